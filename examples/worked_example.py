"""The worked example by hand and by machine: fit y = w x to (1, 2), (2, 4), (3, 6) by gradient descent.

SSE(w) = 14 (w - 2)**2, so its gradient is 28 (w - 2). With that scaled by 1/28 and steps of 1/2 from w = 0,
the n-th iterate is 2 - 1/2**(n-1). Every number here is a fraction that floating point holds exactly.
"""
from fractions import Fraction

import torch

x = torch.tensor([1.0, 2.0, 3.0])
y = torch.tensor([2.0, 4.0, 6.0])
alpha = 0.5

w = torch.tensor(0.0, requires_grad=True)
print(" n           w  2 - 1/2^(n-1)  gradient/28          SSE")
for n in range(21):
    sse = ((y - w * x) ** 2).sum()
    (gradient,) = torch.autograd.grad(sse, w)
    gradient = gradient / 28
    iterate = Fraction(w.item())
    formula = 2 - Fraction(1, 2) ** (n - 1)
    print(f"{n:2} {iterate!s:>15} {formula!s:>15} {Fraction(gradient.item())!s:>12} {sse.item():12.6g}")
    assert iterate == formula
    w = (w - alpha * gradient).detach().requires_grad_()

print("the limit is 2; after", n + 1, "steps w =", w.item())
