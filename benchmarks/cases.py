"""What the benchmarks time: expressions in names that array libraries share, and whole training steps."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Step = Callable[[], Any]


@dataclass
class Case:
    """One row of the table.

    Attributes:
        name: what is timed.
        bar: the ratio torch/rushlight that the project asks of itself; None where it asks for none.
        program: builds the timed step for a torch-like module.
        expression: the same as a scalar function of arrays, for libraries that differentiate functions.
        inputs: the arrays that the expression is differentiated by.
    """

    name: str
    bar: float | None
    program: Callable[[Any], Step] | None = None
    expression: Callable[..., Any] | None = None
    inputs: list[np.ndarray] = field(default_factory=list)

    def torch_step(self, torch: Any) -> Step:
        """The step for a torch-like module: forward and backward, gradients dropped afterwards."""
        if self.program is not None:
            return self.program(torch)
        expression = self.expression
        leaves = [torch.from_numpy(array.copy()).requires_grad_() for array in self.inputs]

        def step() -> None:
            expression(torch, *leaves).backward()
            for leaf in leaves:
                leaf.grad = None

        return step


def array(*shape: int, seed: int = 0, scale: float = 1.0) -> np.ndarray:
    return (np.random.default_rng(seed).standard_normal(shape) * scale).astype(np.float32)


# --- small operations -------------------------------------------------------------------------------------


FACTOR = np.array([1.01, 0.99, 1.0], np.float32)


def multiply_chain(xp: Any, x: Any, y: Any) -> Any:
    z = x
    for _ in range(100):
        z = z * y
    return z.sum()


def multiply_by_constant(xp: Any, x: Any) -> Any:
    return multiply_chain(xp, x, as_constant(xp))


@functools.cache
def as_constant(xp: Any) -> Any:
    """The factor in the library's own form, made once."""
    return xp.from_numpy(FACTOR) if hasattr(xp, "from_numpy") else xp.asarray(FACTOR)


def scalar_expression(xp: Any, a: Any, b: Any) -> Any:
    """30 recorded operations on 0-d values."""
    c = a * b + xp.sin(a) - xp.cos(b)  # 5
    d = xp.exp(c / 4) * xp.tanh(a - b) + c * c  # 12
    e = xp.log(d * d + 1) / (xp.sqrt(c * c + 1) + b)  # 20
    f = (e - a) * (d + b) - xp.exp(-e) * c  # 26
    return f * f + xp.sin(f) / 2  # 30


def grad_descent(torch: Any) -> Step:
    """The text's function as it stands, with its default of 1000 steps, each recorded."""
    X = torch.tensor([[1.0, 1], [3, 1]], requires_grad=True)
    y = torch.tensor([2.0, 4], requires_grad=True).reshape(2, 1)
    eps = torch.tensor(0.01, requires_grad=True)

    def step() -> Any:
        weights = torch.zeros(X.shape[1], 1, requires_grad=True)
        for _ in range(1000):
            grad = torch.mm(X.t(), (torch.mm(X, weights) - y)) / 2
            weights = weights - eps * grad
        return weights

    return step


# --- large arrays -----------------------------------------------------------------------------------------


def matrix_product(xp: Any, a: Any, b: Any) -> Any:
    return xp.matmul(a, b).sum()


def half_mean_squared_error(torch: Any) -> Step:
    """Gradient of L = SSE / 2m for 20 weights on a million rows."""
    X, y = torch.from_numpy(array(1_000_000, 20)), torch.from_numpy(array(1_000_000, seed=1))
    weights = torch.from_numpy(array(20, seed=2)).requires_grad_()

    def step() -> None:
        residual = X @ weights - y
        ((residual * residual).sum() / (2 * len(X))).backward()
        weights.grad = None

    return step


def gates(torch: Any) -> Step:
    x = torch.from_numpy(array(4_000_000)).requires_grad_()

    def step() -> None:
        (torch.sigmoid(x) * torch.tanh(x) + torch.exp(x)).sum().backward()
        x.grad = None

    return step


def softmax(torch: Any) -> Step:
    x = torch.from_numpy(array(1000, 1000)).requires_grad_()
    weights = torch.from_numpy(array(1000, 1000, seed=1))

    def step() -> None:
        (torch.softmax(x, dim=1) * weights).sum().backward()
        x.grad = None

    return step


def convolutions(torch: Any) -> Step:
    """The two convolution layers of LeNet, batch 32, with their gradients."""
    images = torch.from_numpy(array(32, 1, 28, 28))
    maps = torch.from_numpy(array(32, 6, 14, 14)).requires_grad_()
    first = torch.from_numpy(array(6, 1, 5, 5)).requires_grad_()
    second = torch.from_numpy(array(16, 6, 5, 5)).requires_grad_()
    conv2d = torch.nn.functional.conv2d

    def step() -> None:
        conv2d(images, first, padding=2).sum().backward()
        conv2d(maps, second).sum().backward()
        first.grad = second.grad = maps.grad = None

    return step


def layers(torch: Any) -> Step:
    """What a small network computes between its products: norms, activations, pooling, attention."""
    functional = torch.nn.functional
    x = torch.from_numpy(array(8, 32, 256)).requires_grad_()
    maps = torch.from_numpy(array(32, 6, 28, 28)).requires_grad_()
    heads = torch.from_numpy(array(8, 4, 32, 16)).requires_grad_()

    def step() -> None:
        functional.gelu(functional.layer_norm(x, (256,))).sum().backward()
        functional.max_pool2d(maps, 2).sum().backward()
        functional.scaled_dot_product_attention(heads, heads, heads, is_causal=True).sum().backward()
        x.grad = maps.grad = heads.grad = None

    return step


# --- training steps ---------------------------------------------------------------------------------------


def training(torch: Any, model: Any, optimizer: Any, loss_of: Callable[[], Any]) -> Step:
    def step() -> None:
        optimizer.zero_grad()
        loss_of().backward()
        optimizer.step()

    return step


def small_mlp(torch: Any) -> Step:
    """nn.Sequential 4-16-16-1 with tanh, batch 8, SGD."""
    nn = torch.nn
    model = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 16), nn.Tanh(), nn.Linear(16, 1))
    x, y = torch.from_numpy(array(8, 4)), torch.from_numpy(array(8, 1, seed=1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    return training(torch, model, optimizer, lambda: nn.functional.mse_loss(model(x), y))


def digits_mlp(torch: Any) -> Step:
    """784-256-10 with ReLU, batch 128, cross entropy, Adam."""
    nn = torch.nn
    model = nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 10))
    x, y = torch.from_numpy(array(128, 784)), torch.from_numpy(np.arange(128) % 10)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    return training(torch, model, optimizer, lambda: nn.functional.cross_entropy(model(x), y))


def lenet(torch: Any) -> Step:
    """LeNet-5 with average pooling, batch 32, SGD."""
    nn = torch.nn
    model = nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2),
        nn.Tanh(),
        nn.AvgPool2d(2),
        nn.Conv2d(6, 16, 5),
        nn.Tanh(),
        nn.AvgPool2d(2),
        nn.Flatten(),
        nn.Linear(400, 120),
        nn.Tanh(),
        nn.Linear(120, 84),
        nn.Tanh(),
        nn.Linear(84, 10),
    )
    x, y = torch.from_numpy(array(32, 1, 28, 28)), torch.from_numpy(np.arange(32) % 10)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    return training(torch, model, optimizer, lambda: nn.functional.cross_entropy(model(x), y))


def transformer_block(torch: Any) -> Step:
    """One encoder layer, batch 8, length 32, width 64, four heads, AdamW."""
    model = torch.nn.TransformerEncoderLayer(64, 4, 256, dropout=0.0, batch_first=True, norm_first=True)
    x = torch.from_numpy(array(8, 32, 64))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    return training(torch, model, optimizer, lambda: (model(x) ** 2).mean())


CASES = [
    Case("z = z*y, 100 times, 3 elements", 1.7, expression=multiply_by_constant, inputs=[array(3)]),
    Case("the same, y with gradient too", 1.7, expression=multiply_chain, inputs=[array(3), FACTOR]),
    Case(
        "scalar expression of 30 ops",
        1.6,
        expression=scalar_expression,
        inputs=[np.array(0.7, np.float32), np.array(1.3, np.float32)],
    ),
    Case("gradDescent of the text, 1000 steps", 2.0, grad_descent),
    Case("matmul 512x512", 1.0, expression=matrix_product, inputs=[array(512, 512), array(512, 512, seed=1)]),
    Case("half mean squared error, 1e6 x 20", 1.0, half_mean_squared_error),
    Case("sigmoid*tanh + exp, 4M elements", 0.6, gates),
    Case("softmax 1000x1000", 0.5, softmax),
    Case("LeNet's two convolutions, batch 32", 0.5, convolutions),
    Case("layer norm, gelu, max pooling, attention", None, layers),
    Case("MLP 4-16-16-1, batch 8, SGD step", 1.5, small_mlp),
    Case("MLP 784-256-10, batch 128, Adam step", 1.0, digits_mlp),
    Case("LeNet, batch 32, SGD step", 0.5, lenet),
    Case("transformer block B8 T32 d64, AdamW step", 0.7, transformer_block),
]
