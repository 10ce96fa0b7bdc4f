"""A multilayer perceptron on scikit-learn's handwritten digits: dropout, Adam, a falling learning rate.

1797 images of 8 x 8 pixels, 16 grey levels; four fifths to learn from, the rest to be tested on.
"""
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split

torch.manual_seed(0)

digits = np.load(Path(__file__).parent / "data" / "digits.npz")
images = torch.from_numpy(digits["images"]).float().flatten(1) / 16
labels = torch.from_numpy(digits["labels"]).long()
train_set, test_set = random_split(TensorDataset(images, labels), [1437, 360])
train_loader = DataLoader(train_set, batch_size=64, shuffle=True)
test_loader = DataLoader(test_set, batch_size=360)


class MLP(nn.Module):
    def __init__(self, hidden=96, dropout=0.2):
        super().__init__()
        self.fc1 = nn.Linear(64, hidden)
        self.fc2 = nn.Linear(hidden, hidden)
        self.out = nn.Linear(hidden, 10)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        x = self.dropout(F.relu(self.fc1(x)))
        x = self.dropout(F.relu(self.fc2(x)))
        return self.out(x)


def evaluate(model):
    model.eval()
    loss, correct = 0.0, 0
    with torch.no_grad():
        for x, y in test_loader:
            scores = model(x)
            loss += F.cross_entropy(scores, y, reduction="sum").item()
            correct += (scores.argmax(dim=1) == y).sum().item()
    return loss / len(test_set), correct


device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
model = MLP().to(device)
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3, weight_decay=1e-5)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=4, gamma=0.5)
print(model)
print("parameters:", sum(p.numel() for p in model.parameters()))
print("batches per epoch:", len(train_loader))

for epoch in range(1, 13):
    model.train()
    total = 0.0
    for x, y in train_loader:
        x, y = x.to(device), y.to(device)
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
    test_loss, correct = evaluate(model)
    print(f"epoch {epoch:2}  lr {scheduler.get_last_lr()[0]:.6f}  train loss {total / len(train_set):.4f}  "
          f"test loss {test_loss:.4f}  accuracy {correct}/{len(test_set)} = {100 * correct / len(test_set):.1f} %")
    scheduler.step()

model.eval()
with torch.no_grad():
    x, y = next(iter(test_loader))
    probabilities = model(x[:8]).softmax(dim=1)
confidence, guess = probabilities.max(dim=1)
print("labels:    ", y[:8])
print("guesses:   ", guess)
print("confidence:", [f"{p:.2f}" for p in confidence.tolist()])
