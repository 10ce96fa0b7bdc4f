"""A convolutional network on scikit-learn's handwritten digits, in the manner of LeNet, with batch norm.

SGD with Nesterov's momentum and one cycle of the learning rate; images shifted at random as they are drawn.
"""
from pathlib import Path

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
from torch.utils.data import DataLoader, Dataset

torch.manual_seed(7)
EPOCHS = 5


class Digits(Dataset):
    """Every fifth image is for the test. Images to learn from are moved by up to a pixel."""

    def __init__(self, train):
        data = np.load(Path(__file__).parent / "data" / "digits.npz")
        chosen = (np.arange(len(data["labels"])) % 5 != 0) == train
        self.images = torch.tensor(data["images"][chosen], dtype=torch.float32).unsqueeze(1)
        self.images = (self.images - self.images.mean()) / self.images.std()
        self.labels = torch.tensor(data["labels"][chosen], dtype=torch.int64)
        self.train = train

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        image = self.images[index]
        if self.train:
            down, right = torch.randint(-1, 2, (2,)).tolist()
            image = torch.roll(image, shifts=(down, right), dims=(1, 2))
        return image, self.labels[index]


class ConvNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 16, kernel_size=3, padding=1, bias=False),
            nn.BatchNorm2d(16),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(2),
            nn.Conv2d(16, 32, kernel_size=3, padding=1, bias=False),
            nn.BatchNorm2d(32),
            nn.ReLU(inplace=True),
            nn.AdaptiveAvgPool2d(2),
        )
        self.classifier = nn.Linear(32 * 2 * 2, 10)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x):
        x = self.features(x)
        return self.classifier(torch.flatten(x, 1))


train_loader = DataLoader(Digits(train=True), batch_size=32, shuffle=True, drop_last=True)
test_loader = DataLoader(Digits(train=False), batch_size=128)

net = ConvNet()
criterion = nn.CrossEntropyLoss(label_smoothing=0.05)
optimizer = optim.SGD(net.parameters(), lr=0.001, momentum=0.9, nesterov=True, weight_decay=5e-4)
scheduler = optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.05, epochs=EPOCHS, steps_per_epoch=len(train_loader))
print(net)
for name, parameter in net.named_parameters():
    print(f"{name:22} {tuple(parameter.shape)}")

for epoch in range(EPOCHS):
    net.train()
    running = 0.0
    for inputs, targets in train_loader:
        optimizer.zero_grad()
        loss = criterion(net(inputs), targets)
        loss.backward()
        optimizer.step()
        scheduler.step()
        running += loss.item()
    print(f"[{epoch + 1}] loss: {running / len(train_loader):.4f}, lr: {optimizer.param_groups[0]['lr']:.6f}")

net.eval()
confusion = torch.zeros(10, 10, dtype=torch.int64)
test_loss = 0.0
with torch.no_grad():
    for inputs, targets in test_loader:
        outputs = net(inputs)
        test_loss += F.cross_entropy(outputs, targets, reduction="sum").item()
        for target, guess in zip(targets, outputs.argmax(1)):
            confusion[target, guess] += 1
print("rows: the digit, columns: what the net takes it for")
print(confusion)
print(f"test loss: {test_loss / confusion.sum().item():.4f}")
print(f"accuracy: {confusion.diag().sum().item()} of {confusion.sum().item()}")
print("batches seen by the first batch norm:", net.features[1].num_batches_tracked)
