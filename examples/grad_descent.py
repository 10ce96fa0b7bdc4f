"""Gradient descent for the line through (1, 2) and (3, 4): how far 1000 and 10000 steps get.

The step is w <- w - eps X^T (X w - y) / m. The line is y = x + 1, so both weights tend to 1, each along its
eigenvector of X^T X / m: the error shrinks by the factor 1 - eps * lambda in every step.
"""
import torch


def gradDescent(X, y, eps=0.01, numIt=1000):
    m, n = X.shape
    weights = torch.zeros(n, 1, requires_grad=True)
    for k in range(numIt):
        loss = ((torch.mm(X, weights) - y) ** 2).sum() / (2 * m)
        loss.backward()
        with torch.no_grad():
            weights -= eps * weights.grad
        weights.grad.zero_()
    return weights


X = torch.tensor([[1.0, 1.0], [3.0, 1.0]])
y = torch.tensor([[2.0], [4.0]])
solution = torch.tensor([[1.0], [1.0]])

for steps in [1, 10, 100, 1000, 10000]:
    weights = gradDescent(X, y, numIt=steps)
    error = (weights - solution).abs().max().item()
    slope, intercept = weights[:, 0].tolist()
    print(f"{steps:5} steps: slope {slope:.4f}, intercept {intercept:.4f}, error {error:.1e}")

# X^T X / m = [[5, 2], [2, 1]] has the eigenvalues 3 +- sqrt(8): the smaller one sets the pace.
slow = 3 - 8 ** 0.5
print(f"slowest factor per step: {1 - 0.01 * slow:.6f}")
print(f"its 1000th power: {(1 - 0.01 * slow) ** 1000:.4f}")
print(f"learning rates up to {2 / (3 + 8 ** 0.5):.4f} converge")
print(gradDescent(X, y))
print(gradDescent(X, y, numIt=10000))
