"""A physics-informed network solves the heat equation u_t = k u_xx on a rod whose ends are kept at zero.

No solution is shown to the network. Its loss is how far it is from satisfying the equation at points inside,
which takes a second derivative of the network by its input, plus how far off it is at the start and at the ends
(Raissi, Perdikaris and Karniadakis, 2019). From u(x, 0) = sin(pi x) the solution is exp(-k pi^2 t) sin(pi x).
"""
import math

import torch
import torch.nn as nn

torch.manual_seed(42)
torch.set_default_dtype(torch.float64)
k = 0.1


class PINN(nn.Module):
    def __init__(self, hidden=20):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(2, hidden), nn.Tanh(), nn.Linear(hidden, hidden), nn.Tanh(), nn.Linear(hidden, 1)
        )
        for layer in self.net:
            if isinstance(layer, nn.Linear):
                nn.init.xavier_normal_(layer.weight)
                nn.init.zeros_(layer.bias)

    def forward(self, x, t):
        return self.net(torch.cat([x, t], dim=1))


def derivative(y, x):
    return torch.autograd.grad(y, x, grad_outputs=torch.ones_like(y), create_graph=True)[0]


def residual(model, x, t):
    u = model(x, t)
    u_t = derivative(u, t)
    u_xx = derivative(derivative(u, x), x)
    return u_t - k * u_xx


def exact(x, t):
    return torch.exp(-k * math.pi ** 2 * t) * torch.sin(math.pi * x)


model = PINN()
x_inside = torch.rand(200, 1, requires_grad=True)
t_inside = torch.rand(200, 1, requires_grad=True)
x_start = torch.linspace(0, 1, 40).unsqueeze(1)
t_start = torch.zeros_like(x_start)
t_ends = torch.rand(40, 1)
x_ends = torch.cat([torch.zeros(20, 1), torch.ones(20, 1)])


def losses():
    physics = residual(model, x_inside, t_inside).pow(2).mean()
    start = (model(x_start, t_start) - torch.sin(math.pi * x_start)).pow(2).mean()
    ends = model(x_ends, t_ends).pow(2).mean()
    return physics, start, ends


# Adam finds the neighbourhood, L-BFGS the bottom.
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.998)
for step in range(801):
    optimizer.zero_grad()
    physics, start, ends = losses()
    loss = physics + 10 * start + 10 * ends
    loss.backward()
    optimizer.step()
    scheduler.step()
    if step % 100 == 0:
        print(f"Adam step {step:3}: loss {loss.item():.6f} (equation {physics.item():.6f}, "
              f"start {start.item():.6f}, ends {ends.item():.6f})")

optimizer = torch.optim.LBFGS(model.parameters(), max_iter=10, line_search_fn="strong_wolfe")


def closure():
    optimizer.zero_grad()
    physics, start, ends = losses()
    loss = physics + 10 * start + 10 * ends
    loss.backward()
    return loss


for round in range(4):
    optimizer.step(closure)
    print(f"L-BFGS, {10 * (round + 1):2} steps: loss {closure().item():.6f}")

grid_x, grid_t = torch.meshgrid(torch.linspace(0, 1, 21), torch.linspace(0, 1, 11), indexing="ij")
x, t = grid_x.reshape(-1, 1), grid_t.reshape(-1, 1)
with torch.no_grad():
    error = model(x, t) - exact(x, t)
print(f"largest error on a grid: {error.abs().max().item():.4f}, "
      f"relative to the solution: {(error.norm() / exact(x, t).norm()).item():.4f}")
print("   t   network     exact   (the middle of the rod)")
for time in [0.0, 0.25, 0.5, 0.75, 1.0]:
    middle, at = torch.tensor([[0.5]]), torch.tensor([[time]])
    print(f"{time:4.2f} {model(middle, at).item():9.4f} {exact(middle, at).item():9.4f}")
