"""Whole training runs that are compared with PyTorch: live, and as recorded in golden/nn_training.json."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

STEPS = 100


def mlp_with_dropout(m: Any) -> list[float]:
    nn = m.nn
    m.manual_seed(0)
    net = nn.Sequential(
        nn.Linear(8, 64),
        nn.ReLU(),
        nn.Dropout(0.2),
        nn.Linear(64, 64),
        nn.Tanh(),
        nn.Dropout(0.5),
        nn.Linear(64, 3),
    )
    optimizer = m.optim.Adam(net.parameters(), lr=1e-2, weight_decay=1e-4)
    x, y = m.randn(64, 8), m.randint(0, 3, (64,))
    losses = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def lenet_with_batch_norm(m: Any) -> list[float]:
    nn = m.nn

    class LeNet(nn.Module):  # type: ignore[misc,name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.conv1 = nn.Conv2d(1, 6, 5, padding=2)
            self.bn1 = nn.BatchNorm2d(6)
            self.conv2 = nn.Conv2d(6, 16, 5)
            self.bn2 = nn.BatchNorm2d(16)
            self.pool = nn.MaxPool2d(2)
            self.head = nn.Sequential(nn.Flatten(), nn.Linear(16 * 16, 32), nn.ReLU(), nn.Linear(32, 10))

        def forward(self, x: Any) -> Any:
            x = self.pool(m.relu(self.bn1(self.conv1(x))))
            return self.head(self.pool(m.relu(self.bn2(self.conv2(x)))))

    # With some seeds (1, for one) PyTorch parts from itself by 2e-4 when it runs on another number of threads.
    m.manual_seed(2)
    net = LeNet()
    optimizer = m.optim.SGD(net.parameters(), lr=0.002, momentum=0.9)
    criterion = nn.CrossEntropyLoss()
    patterns = m.randn(10, 1, 24, 24)
    losses = []
    for _ in range(STEPS):
        y = m.randint(0, 10, (16,))
        x = patterns[y] + 2 * m.randn(16, 1, 24, 24)
        optimizer.zero_grad(set_to_none=False)
        loss = criterion(net(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    net.eval()
    with m.no_grad():
        losses.append(criterion(net(x), y).item())
    return losses


def lstm_language_model(m: Any) -> list[float]:
    nn = m.nn

    class Model(nn.Module):  # type: ignore[misc,name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.embedding = nn.Embedding(20, 16)
            self.lstm = nn.LSTM(16, 32, num_layers=2, batch_first=True, dropout=0.2)
            self.out = nn.Linear(32, 20)

        def forward(self, tokens: Any, state: Any = None) -> Any:
            output, state = self.lstm(self.embedding(tokens), state)
            return self.out(output), state

    m.manual_seed(2)
    net = Model()
    optimizer = m.optim.RMSprop(net.parameters(), lr=2e-3)
    text = m.randint(0, 20, (4, 101))
    losses, state = [], None
    for step in range(STEPS):
        start = step * 10 % 90
        tokens, targets = text[:, start : start + 10], text[:, start + 1 : start + 11]
        if state is not None:
            state = tuple(s.detach() for s in state)
        scores, state = net(tokens, state)
        loss = nn.functional.cross_entropy(scores.reshape(-1, 20), targets.reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 0.5)
        optimizer.step()
        losses.append(loss.item())
    return losses


def small_gpt(m: Any) -> list[float]:
    nn, F = m.nn, m.nn.functional
    width, heads, length, vocabulary = 32, 4, 16, 24

    class Block(nn.Module):  # type: ignore[misc,name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.ln1, self.ln2 = nn.LayerNorm(width), nn.LayerNorm(width)
            self.qkv, self.project = nn.Linear(width, 3 * width, bias=False), nn.Linear(width, width)
            self.mlp = nn.Sequential(
                nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width), nn.Dropout(0.1)
            )
            self.drop = nn.Dropout(0.1)
            self.register_buffer("mask", m.tril(m.ones(length, length)).view(1, 1, length, length))

        def forward(self, x: Any) -> Any:
            b, t, c = x.shape
            q, k, v = (
                part.view(b, t, heads, c // heads).transpose(1, 2)
                for part in self.qkv(self.ln1(x)).split(c, dim=2)
            )
            weights = (q @ k.transpose(-2, -1)) * (c // heads) ** -0.5
            weights = weights.masked_fill(self.mask[:, :, :t, :t] == 0, float("-inf"))
            y = self.drop(F.softmax(weights, dim=-1)) @ v
            x = x + self.drop(self.project(y.transpose(1, 2).contiguous().view(b, t, c)))
            return x + self.mlp(self.ln2(x))

    class GPT(nn.Module):  # type: ignore[misc,name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.tokens, self.positions = nn.Embedding(vocabulary, width), nn.Embedding(length, width)
            self.blocks = nn.Sequential(*[Block() for _ in range(2)])
            self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, vocabulary, bias=False)
            self.apply(self.init)
            self.head.weight = self.tokens.weight

        def init(self, module: Any) -> None:
            if isinstance(module, (nn.Linear, nn.Embedding)):
                nn.init.normal_(module.weight, mean=0.0, std=0.02)
            if isinstance(module, nn.Linear) and module.bias is not None:
                nn.init.zeros_(module.bias)

        def forward(self, x: Any) -> Any:
            h = self.tokens(x) + self.positions(m.arange(x.shape[1]))
            return self.head(self.norm(self.blocks(h)))

    m.manual_seed(3)
    net = GPT()
    optimizer = m.optim.AdamW(net.parameters(), lr=3e-3, betas=(0.9, 0.95))
    scheduler = m.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS)
    text = m.randint(0, vocabulary, (200,))
    losses = []
    for _ in range(STEPS):
        starts = m.randint(0, 200 - length - 1, (8,))
        x = m.stack([text[i : i + length] for i in starts])
        y = m.stack([text[i + 1 : i + length + 1] for i in starts])
        loss = F.cross_entropy(net(x).view(-1, vocabulary), y.view(-1))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        scheduler.step()
        losses.append(loss.item())
    return losses


def vae(m: Any) -> list[float]:
    nn, F = m.nn, m.nn.functional

    class VAE(nn.Module):  # type: ignore[misc,name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.encode = nn.Linear(36, 24)
            self.mean, self.log_variance = nn.Linear(24, 4), nn.Linear(24, 4)
            self.decode = nn.Sequential(nn.Linear(4, 24), nn.ReLU(), nn.Linear(24, 36), nn.Sigmoid())

        def forward(self, x: Any) -> Any:
            h = F.relu(self.encode(x))
            mean, log_variance = self.mean(h), self.log_variance(h)
            noise = m.randn_like(mean)
            return self.decode(mean + noise * m.exp(0.5 * log_variance)), mean, log_variance

    m.manual_seed(4)
    net = VAE()
    optimizer = m.optim.Adam(net.parameters(), lr=1e-2)
    x = m.rand(16, 36)
    losses = []
    for _ in range(STEPS):
        rebuilt, mean, log_variance = net(x)
        likelihood = F.binary_cross_entropy(rebuilt, x, reduction="sum")
        divergence = -0.5 * m.sum(1 + log_variance - mean.pow(2) - log_variance.exp())
        loss = likelihood + divergence
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def transformer_encoder(m: Any) -> list[float]:
    nn = m.nn
    m.manual_seed(5)
    layer = nn.TransformerEncoderLayer(16, 4, 32, dropout=0.1, batch_first=True)
    net = nn.Sequential(nn.Linear(5, 16), nn.TransformerEncoder(layer, 2), nn.Linear(16, 1))
    optimizer = m.optim.AdamW(net.parameters(), lr=1e-3)
    x = m.randn(8, 10, 5)
    y = x.cumsum(1).sum(-1, keepdim=True).tanh()
    losses = []
    for _ in range(STEPS):
        loss = nn.MSELoss()(net(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def physics_informed(m: Any) -> list[float]:
    """y'' + 2 d y' + w^2 y = 0, y(0) = 1, y'(0) = 0: the loss holds a second derivative of the network."""
    nn = m.nn
    m.manual_seed(6)
    net = nn.Sequential(nn.Linear(1, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 1))
    optimizer = m.optim.Adam(net.parameters(), lr=2e-3)
    inside = m.linspace(0, 1, 30).view(-1, 1).requires_grad_()
    start = m.zeros(1, 1, requires_grad=True)
    damping, frequency = 2.0, 10.0
    losses = []
    for _ in range(STEPS):
        y_start = net(start)
        (slope_start,) = m.autograd.grad(y_start, start, m.ones_like(y_start), create_graph=True)
        y = net(inside)
        (slope,) = m.autograd.grad(y, inside, m.ones_like(y), create_graph=True)
        (curvature,) = m.autograd.grad(slope, inside, m.ones_like(slope), create_graph=True)
        physics = curvature + 2 * damping * slope + frequency**2 * y
        loss = (y_start - 1).square().sum() + 0.1 * slope_start.square().sum() + 1e-4 * physics.square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def lbfgs_fit(m: Any) -> list[float]:
    """A hundred steps of up to two iterations: a network fitted to a wave by strong Wolfe's line search.

    With sin(4 x) PyTorch itself, on another set of instructions, ends 0.5 % elsewhere: rounding grows there.
    """
    nn = m.nn
    m.manual_seed(7)
    net = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 1)).double()
    x = m.linspace(-1, 1, 50, dtype=m.float64).view(-1, 1)
    y = m.sin(2 * x) + 0.1 * m.randn(50, 1, dtype=m.float64)
    optimizer = m.optim.LBFGS(net.parameters(), lr=1, max_iter=2, line_search_fn="strong_wolfe")

    def closure() -> Any:
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(net(x), y)
        loss.backward()
        return loss

    return [optimizer.step(closure).item() for _ in range(STEPS)]


PROGRAMS: list[Callable[[Any], list[float]]] = [
    mlp_with_dropout,
    lenet_with_batch_norm,
    lstm_language_model,
    small_gpt,
    vae,
    transformer_encoder,
    physics_informed,
    lbfgs_fit,
]
