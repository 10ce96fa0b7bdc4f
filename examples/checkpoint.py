"""Training that is interrupted and goes on from its checkpoint as if nothing had happened.

The checkpoint holds the state of the model, of the optimizer, of the schedule and of the random generator.
"""
import io

import torch
import torch.nn as nn
import torch.nn.functional as F


def build():
    torch.manual_seed(2)
    model = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Dropout(0.1), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 2))
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.02)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=60)
    return model, optimizer, scheduler


def two_spirals(n):
    turn = torch.rand(n) * 2.5 + 0.5
    arm = torch.randint(0, 2, (n,))
    angle = 2 * turn + arm * torch.pi
    points = torch.stack([turn * torch.cos(angle), turn * torch.sin(angle)], dim=1)
    return points + 0.05 * torch.randn(n, 2), arm


def train(model, optimizer, scheduler, steps):
    losses = []
    for _ in range(steps):
        x, y = two_spirals(64)
        loss = F.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
        losses.append(loss.item())
    return losses


# Without a break.
parts = build()
whole = train(*parts, 60)

# With one: save after 30 steps, then start afresh and load.
model, optimizer, scheduler = build()
first_half = train(model, optimizer, scheduler, 30)
file = io.BytesIO()
torch.save({
    "step": 30,
    "model": model.state_dict(),
    "optimizer": optimizer.state_dict(),
    "scheduler": scheduler.state_dict(),
    "random": torch.get_rng_state(),
}, file)

model, optimizer, scheduler = build()
torch.randn(1000)  # whatever else draws numbers between
file.seek(0)
checkpoint = torch.load(file, weights_only=True)
for name, value in checkpoint["model"].items():
    print(f"{name:9} {str(tuple(value.shape)):8} {value.dtype}")
print(model.load_state_dict(checkpoint["model"]))
optimizer.load_state_dict(checkpoint["optimizer"])
scheduler.load_state_dict(checkpoint["scheduler"])
torch.set_rng_state(checkpoint["random"])
print(f"going on after step {checkpoint['step']} with a learning rate of {scheduler.get_last_lr()[0]:.4f}")
second_half = train(model, optimizer, scheduler, 30)

print("as without a break:", first_half + second_half == whole)
for name, a in parts[0].state_dict().items():
    assert torch.equal(a, model.state_dict()[name])
print("losses:", " ".join(f"{loss:.3f}" for loss in whole[::10]))

# What doesn't fit is refused by name, or passed over when asked.
smaller = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Dropout(0.1), nn.Linear(32, 32))
try:
    smaller.load_state_dict(checkpoint["model"])
except RuntimeError as error:
    print("refused:", "Unexpected key(s)" in str(error) and "5.weight" in str(error))
result = smaller.load_state_dict(checkpoint["model"], strict=False)
print("left over:", result.unexpected_keys, "missing:", result.missing_keys)
