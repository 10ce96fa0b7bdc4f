"""Control flow that depends on the data: the graph is whatever the program did, different in every run.

A static graph would have to be declared before any value is known, with the loop's length and the branch
left open. Here plain `while` and `if` decide, and backward() differentiates the path that was taken.
"""
import torch


def square_root(a):
    """Newton's iteration until it stands still: how many steps it takes depends on a."""
    root = (a + 1) / 2
    steps = 1
    while abs(root.item() ** 2 - a.item()) > 1e-12 * a.item():
        root = (root + a / root) / 2
        steps += 1
    return root, steps


for value in [1.0, 2.0, 100.0, 1e6]:
    a = torch.tensor(value, dtype=torch.float64, requires_grad=True)
    root, steps = square_root(a)
    root.backward()
    print(f"sqrt({value:g}) = {root.item():.6f} in {steps} steps; derivative {a.grad.item():.6f}, "
          f"1/(2 sqrt) = {0.5 / value ** 0.5:.6f}")


def collatz(x):
    """Halve even values, take odd ones to 3x + 1, to reach 1; the derivative counts the steps of each."""
    halvings = triplings = 0
    while x.item() != 1:
        if x.item() % 2 == 0:
            x = x / 2
            halvings += 1
        else:
            x = 3 * x + 1
            triplings += 1
    return x, halvings, triplings


for start in [1.0, 6.0, 7.0, 12.0]:
    x = torch.tensor(start, requires_grad=True)
    end, halvings, triplings = collatz(x)
    if end.grad_fn is not None:
        end.backward()
        print(f"{start:g}: {halvings} halvings, {triplings} triplings, derivative {x.grad.item():.6g}, "
              f"3^{triplings}/2^{halvings} = {3 ** triplings / 2 ** halvings:.6g}")
    else:
        print(f"{start:g}: nothing to do, so nothing was recorded")


# The branch is part of the recorded graph: the same line of code, two different histories.
for value in [-2.0, 2.0]:
    x = torch.tensor(value, requires_grad=True)
    y = x.exp() if x > 0 else x * x
    print(y)
    y.backward()
    print(x.grad)
