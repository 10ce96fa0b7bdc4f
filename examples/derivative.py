"""The derivative of y = x**2 by backpropagation: 2x, and its own derivative, 2.

The graph is built while the expression is computed; backward() walks it once and leaves dy/dx in x.grad.
"""
import torch

for value in [-3.0, -0.5, 0.0, 1.0, 4.0]:
    x = torch.tensor(value, requires_grad=True)
    y = x ** 2
    y.backward()
    print(f"x = {value:4}: y = {y.item():5}, dy/dx = {x.grad.item():4}, 2x = {2 * value:4}")

# The graph grows with every tensor that is made from one of its own.
x = torch.tensor(1.0, requires_grad=True)
y = x ** 2
z = 3 * y + x
print(y)
print(z)
print("what z was made by:", z.grad_fn.name(), "<-", [node.name() for node, _ in z.grad_fn.next_functions])

# A derivative that is recorded itself can be differentiated again.
x = torch.tensor(1.0, requires_grad=True)
(first,) = torch.autograd.grad(x ** 2, x, create_graph=True)
(second,) = torch.autograd.grad(first, x)
print("first:", first.item(), "second:", second.item())

# Every use of x adds its part: y = x**2 + 5x has the derivative 2x + 5.
x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
(x ** 2 + 5 * x).sum().backward()
print(x.grad)
