"""A generative adversarial network learns where points lie: on a ring of eight spots.

The discriminator learns to tell given points from made ones, the generator to be taken for given
(Goodfellow et al., 2014). Two optimizers, two losses, and detach() where one must not teach the other.
"""
import math

import torch
from torch import nn

torch.manual_seed(11)
torch.set_default_dtype(torch.float64)
SPOTS, SPREAD, NOISE, BATCH = 8, 0.05, 8, 128

angles = torch.arange(SPOTS) * (2 * math.pi / SPOTS)
centres = torch.stack([angles.cos(), angles.sin()], dim=1)


def given_points(n):
    return centres[torch.randint(SPOTS, (n,))] + SPREAD * torch.randn(n, 2)


generator = nn.Sequential(
    nn.Linear(NOISE, 64), nn.LeakyReLU(0.2), nn.Linear(64, 64), nn.LeakyReLU(0.2), nn.Linear(64, 2)
)
discriminator = nn.Sequential(
    nn.Linear(2, 64), nn.LeakyReLU(0.2), nn.Linear(64, 64), nn.LeakyReLU(0.2), nn.Linear(64, 1)
)
criterion = nn.BCEWithLogitsLoss()
optimizer_g = torch.optim.Adam(generator.parameters(), lr=1e-3, betas=(0.5, 0.999))
optimizer_d = torch.optim.Adam(discriminator.parameters(), lr=1e-3, betas=(0.5, 0.999))
real, fake = torch.ones(BATCH, 1), torch.zeros(BATCH, 1)

for step in range(1, 1001):
    made = generator(torch.randn(BATCH, NOISE))

    optimizer_d.zero_grad()
    loss_d = criterion(discriminator(given_points(BATCH)), real) + criterion(discriminator(made.detach()), fake)
    loss_d.backward()
    optimizer_d.step()

    optimizer_g.zero_grad()
    loss_g = criterion(discriminator(made), real)
    loss_g.backward()
    optimizer_g.step()

    if step % 200 == 0 or step == 1:
        print(f"step {step:4}: discriminator {loss_d.item():.3f}, generator {loss_g.item():.3f}, "
              f"mean distance from the middle {made.norm(dim=1).mean().item():.3f}")

with torch.no_grad():
    points = generator(torch.randn(1000, NOISE))
nearest = torch.cdist(points, centres).min(dim=1)
print("made points for each spot:", torch.bincount(nearest.indices, minlength=SPOTS).tolist())
print(f"median distance from the nearest spot: {nearest.values.median().item():.2f}")
