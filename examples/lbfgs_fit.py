"""Least squares by L-BFGS with a strong Wolfe line search: two overlapping peaks and a sloping ground.

A measured spectrum is noisy; the model has eight parameters, of which the widths and heights are kept positive
by learning their logarithms. L-BFGS asks for the loss and its gradient as often as it wants, through a closure.
Near the minimum the Hessian of the loss gives the parameters' standard errors.
"""
import torch

torch.manual_seed(3)
torch.set_default_dtype(torch.float64)

NAMES = ["height 1", "centre 1", "width 1", "height 2", "centre 2", "width 2", "ground", "slope"]
TRUE = torch.tensor([3.0, 4.0, 0.5, 2.0, 5.5, 0.8, 0.5, 0.05])
NOISE = 0.05


def positive(raw):
    """The parameters themselves: of what is learned, heights and widths are logarithms."""
    is_log = torch.tensor([True, False, True, True, False, True, False, False])
    return torch.where(is_log, raw.exp(), raw)


def spectrum(x, p):
    first = p[0] * torch.exp(-0.5 * ((x - p[1]) / p[2]) ** 2)
    second = p[3] * torch.exp(-0.5 * ((x - p[4]) / p[5]) ** 2)
    return first + second + p[6] + p[7] * x


x = torch.linspace(0, 10, 200)
y = spectrum(x, TRUE) + NOISE * torch.randn(200)

raw = torch.tensor([0.0, 3.0, 0.0, 0.0, 7.0, 0.0, 0.0, 0.0], requires_grad=True)
optimizer = torch.optim.LBFGS([raw], lr=1, max_iter=5, history_size=10, line_search_fn="strong_wolfe")
evaluations = 0


def closure():
    global evaluations
    evaluations += 1
    optimizer.zero_grad()
    loss = torch.mean((spectrum(x, positive(raw)) - y) ** 2)
    loss.backward()
    return loss


for step in range(15):
    loss = optimizer.step(closure)
    print(f"step {step:2}: loss before {loss.item():.6f}, evaluations {evaluations}")


def negative_log_likelihood(p):
    return 0.5 * ((spectrum(x, p) - y) ** 2).sum() / NOISE ** 2


fitted = positive(raw.detach())
hessian = torch.autograd.functional.hessian(negative_log_likelihood, fitted)
covariance = torch.linalg.inv(hessian)
errors = covariance.diag().sqrt()
print(f"remaining noise: {closure().item() ** 0.5:.4f} (put in: {NOISE})")
print("parameter     true   fitted    error")
for name, true, value, error in zip(NAMES, TRUE.tolist(), fitted.tolist(), errors.tolist()):
    print(f"{name:9} {true:8.4f} {value:8.4f} {error:8.4f}")
print("within three standard errors:", bool(((fitted - TRUE).abs() < 3 * errors).all()))
