"""Objects to save, for both libraries, and how to compare them."""

from __future__ import annotations

import collections
from collections.abc import Iterator
from typing import Any

DTYPES = [
    "bool",
    "uint8",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint16",
    "uint32",
    "uint64",
    "float16",
    "float32",
    "float64",
    "complex64",
    "complex128",
]


def values(torch: Any) -> dict[str, Any]:
    """Tensors of all types and layouts, and everything else that a checkpoint may hold."""
    base = torch.arange(12.0).reshape(3, 4)
    return {
        "base": base,
        "view": base[1:, ::2],
        "transposed": base.t(),
        "expanded": torch.ones(1).expand(3, 2),
        "scalar": torch.tensor(3),
        "empty": torch.empty(0, 3),
        "types": [torch.tensor([1, 0]).to(getattr(torch, name)) for name in DTYPES],
        "requires": torch.ones(2, requires_grad=True),
        "parameter": torch.nn.Parameter(torch.zeros(2)),
        "frozen": torch.nn.Parameter(torch.zeros(1), requires_grad=False),
        "size": torch.Size([2, 3]),
        "device": torch.device("cpu"),
        "dtype": torch.float64,
        "ordered": collections.OrderedDict(a=1, b=(2,)),
        "counter": collections.Counter("aab"),
        "set": {1, 2},
        "bytes": b"ab\xff\x00",
        "complex": 1 + 2j,
        "numbers": [2**80, -5, 255, 65536, 1e300, -0.0, True, None],
        "text": "ü€😀\n",
        "nested": {(1, "a"): {"x": [({},)]}},
    }


def training(torch: Any) -> dict[str, Any]:
    """A checkpoint of a training run."""
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), torch.nn.Linear(4, 1))
    optimizer = torch.optim.Adam(model.parameters(), amsgrad=True)
    scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, [1, 2])
    model(torch.randn(5, 3)).sum().backward()
    optimizer.step()
    scheduler.step()
    return {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "scheduler": scheduler.state_dict(),
        "epoch": 3,
    }


def flat(x: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Everything in an object, by its place, in a form that doesn't depend on the library."""
    if isinstance(x, dict):
        yield name, type(x).__name__
        for key, value in x.items():
            yield from flat(value, f"{name}/{key}")
    elif type(x) in (list, tuple):
        yield name, type(x).__name__
        for k, value in enumerate(x):
            yield from flat(value, f"{name}/{k}")
    elif hasattr(x, "requires_grad"):
        layout = tuple(x.shape), tuple(x.stride()), x.storage_offset(), x.requires_grad
        yield name, (type(x).__name__, str(x.dtype), layout, x.detach().numpy().tolist())
    else:
        yield name, (type(x).__name__, str(x))
