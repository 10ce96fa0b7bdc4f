"""A variational autoencoder on scikit-learn's handwritten digits, and digits that it makes up.

Loss: the cross-entropy of the rebuilt pixels plus the Kullback-Leibler divergence of the code's distribution
from the standard normal (Kingma and Welling, 2013), which for normals is -1/2 sum(1 + log s^2 - m^2 - s^2).
"""
from pathlib import Path

import numpy as np
import torch
from torch import nn, optim
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(4)
images = torch.tensor(np.load(Path(__file__).parent / "data" / "digits.npz")["images"] / 16, dtype=torch.float32)
train_loader = DataLoader(TensorDataset(images[:1536].view(-1, 64)), batch_size=128, shuffle=True)
test_images = images[1536:].view(-1, 64)


class VAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(64, 128)
        self.fc21 = nn.Linear(128, 8)
        self.fc22 = nn.Linear(128, 8)
        self.fc3 = nn.Linear(8, 128)
        self.fc4 = nn.Linear(128, 64)

    def encode(self, x):
        h1 = F.relu(self.fc1(x))
        return self.fc21(h1), self.fc22(h1)

    def reparameterize(self, mu, logvar):
        std = torch.exp(0.5 * logvar)
        eps = torch.randn_like(std)
        return mu + eps * std

    def decode(self, z):
        return torch.sigmoid(self.fc4(F.relu(self.fc3(z))))

    def forward(self, x):
        mu, logvar = self.encode(x)
        return self.decode(self.reparameterize(mu, logvar)), mu, logvar


def loss_function(recon_x, x, mu, logvar):
    bce = F.binary_cross_entropy(recon_x, x, reduction="sum")
    kld = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    return bce, kld


def picture(pixels):
    """Rows of characters, darker for larger values."""
    return ["".join(" .:+#"[min(int(value * 5), 4)] for value in row) for row in pixels.view(8, 8).tolist()]


model = VAE()
optimizer = optim.Adam(model.parameters(), lr=2e-3)

for epoch in range(1, 16):
    model.train()
    train_loss = 0.0
    for (batch,) in train_loader:
        optimizer.zero_grad()
        recon, mu, logvar = model(batch)
        bce, kld = loss_function(recon, batch, mu, logvar)
        (bce + kld).backward()
        optimizer.step()
        train_loss += (bce + kld).item()
    if epoch % 3 == 0 or epoch == 1:
        model.eval()
        with torch.no_grad():
            recon, mu, logvar = model(test_images)
            bce, kld = loss_function(recon, test_images, mu, logvar)
        print(f"epoch {epoch:2}: train loss {train_loss / len(train_loader.dataset):.2f}, test: "
              f"pixels {bce.item() / len(test_images):.2f} + divergence {kld.item() / len(test_images):.2f}")

with torch.no_grad():
    means = model.encode(test_images[:6])[0]
    rebuilt = model.decode(means)
    made_up = model.decode(torch.randn(6, 8))
for title, row in [("given:", test_images[:6]), ("rebuilt:", rebuilt), ("made up:", made_up)]:
    print(title)
    for line in zip(*map(picture, row)):
        print("   |".join(line).rstrip())
