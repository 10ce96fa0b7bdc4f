"""Record how torch prints tensors, into printing.json beside this file.

Run `python tests/golden/record_printing.py` where torch is installed. A case says how to make its tensor
with any module that speaks torch's names (see `rebuild`), so the test needs no torch.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

inf, nan = math.inf, math.nan
Case = dict[str, Any]


def rebuild(module: Any, case: Case) -> Any:
    """Make a case's tensor with `module`, which is torch or speaks torch's names."""
    if "ramp" in case:
        count, scale = case["ramp"]
        values: list[Any] = [(i * 7919 % 10007 - 5000) * scale for i in range(count)]
    else:
        values = case["values"]
    if case["dtype"].startswith("complex"):
        values = [complex(*pair) for pair in values]
    t = module.tensor(values, dtype=getattr(module, case["dtype"])).reshape(case["shape"])
    view = case.get("view")
    if view == "transpose":
        t = t.transpose(0, -1)
    elif view == "step":
        t = t[..., ::2]
    elif view == "expand":
        t = t.expand(4, *case["shape"])
    if case.get("requires_grad"):
        t.requires_grad_()
    graph = case.get("graph")
    if graph == "mul":
        t = t * 1
    elif graph == "sum":
        t = t.sum()
    elif graph == "reshape":
        t = t.reshape(-1)
    elif graph == "matmul":
        t = t @ t
    return t


def show(module: Any, printing: Any, case: Case) -> str:
    """Give the case's text, under its print options (a context manager of `printing`) and default dtype."""
    before = module.get_default_dtype()
    module.set_default_dtype(getattr(module, case.get("default_dtype", "float32")))
    try:
        with printing.printoptions(**case.get("options", {})):
            return repr(rebuild(module, case))
    finally:
        module.set_default_dtype(before)


def cases() -> Iterator[Case]:
    yield from scalars()
    yield from vectors()
    yield from nested()
    yield from summarised()
    yield from suffixes()
    yield from with_options()
    yield from random_mixes()


FLOATS = [0.0, -0.0, 1.0, -1.0, 0.1, 0.5, 1 / 3, 100.0, 12345.678, 1e-4, 9.9999e-5, 1e8, 100000001.0, 65504.0]
FLOATS += [6e-8, 1e-45, 5e-324, 1e38, 1e300, 0.99995, 0.00005, 999.99999, inf, -inf, nan]
FLOAT_DTYPES = ["float16", "float32", "float64"]
INT_LIMITS = {"uint8": (0, 255), "int8": (-128, 127), "int16": (-(2**15), 2**15 - 1)}
INT_LIMITS |= {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}


def finite_in(dtype: str, value: float) -> bool:
    """Whether the dtype can hold the value's size; torch refuses to make a tensor of a larger one."""
    largest = {"float16": 65504.0, "float32": 3.4028234e38, "complex64": 3.4028234e38}.get(dtype, inf)
    return not math.isfinite(value) or abs(value) <= largest


def scalars() -> Iterator[Case]:
    for dtype in FLOAT_DTYPES:
        for value in FLOATS:
            if finite_in(dtype, value):
                yield {"dtype": dtype, "shape": [], "values": [value]}
    for dtype, limits in INT_LIMITS.items():
        for value in limits:
            yield {"dtype": dtype, "shape": [], "values": [value]}
    for flag in (True, False):
        yield {"dtype": "bool", "shape": [], "values": [flag]}
    for pair in [(1.0, 2.0), (1.5, -2.5), (0.0, -0.0), (-0.0, 0.0), (nan, inf), (-inf, nan), (1e-9, 1e9)]:
        yield {"dtype": "complex64", "shape": [], "values": [pair]}
        yield {"dtype": "complex128", "shape": [], "values": [pair]}


def vectors() -> Iterator[Case]:
    samples: list[list[float]] = [
        [1.0, 2.0, 3.0],
        [1.0, -2.0, 3.0],
        [0.0, -0.0],
        [0.0, 0.5],
        [-0.0, -0.00001],
        [1.0, nan],
        [nan, nan],
        [inf, -inf, nan],
        [0.0, nan, -inf],
        [1.5, nan, -inf, 100.25],
        [1.0, 1000.0],
        [1.0, 1001.0],
        [0.001, 1.0, 1.001],
        [0.001, 1.0],
        [-1e-5, 2.0],
        [1e-5, nan, 0.0, -inf],
        [9999.5, 9999.49, 0.5],
        [60000.0, 1.0],
        [0.99999, 1.0],
        [1.000001, 2.0],
        [0.0] * 30,
        [0.5, 1.5, 2.5],
        [2.00005, 2.00015, 2.00025],
        [1e8, 1e6],
        [2e8, 1e6],
        [1e10, -1e10],
        [1e100, 1e-100, 1.0],
        [1e300, 1e-300],
        [1e38, 1e-38],
        [3e-45, 1e-45],
        [5e-324, 1e-323],
        [6e-8, 0.0],
        [16777217.0, 1.0],
        [123456789.0, 123456789.0],
        [0.1 + 0.2, 0.3],
        [12.0, 3.25, -700.125, 0.0],
    ]
    for values in samples:
        for dtype in FLOAT_DTYPES:
            if all(finite_in(dtype, value) for value in values):
                yield {"dtype": dtype, "shape": [len(values)], "values": values}
        if all(finite_in("complex64", value) for value in values):
            pairs = list(zip(values, reversed(values), strict=True))
            yield {"dtype": "complex64", "shape": [len(values)], "values": pairs}
    for dtype, (low, high) in INT_LIMITS.items():
        yield {"dtype": dtype, "shape": [4], "values": [low, high, 0, 1]}
        yield {"dtype": dtype, "shape": [3], "values": [1, 2, 3]}
    yield {"dtype": "bool", "shape": [2], "values": [True, True]}
    yield {"dtype": "bool", "shape": [3], "values": [True, False, True]}
    for count in (9, 10, 11, 12, 13, 24, 25, 26, 100):
        yield {"dtype": "float32", "shape": [count], "ramp": [count, 0.125]}
        yield {"dtype": "int64", "shape": [count], "ramp": [count, 1]}


def nested() -> Iterator[Case]:
    for shape in [
        [1, 1],
        [2, 2],
        [3, 1],
        [1, 3],
        [2, 1, 3],
        [2, 2, 2],
        [1, 2, 1, 2],
        [2, 2, 2, 2],
        [1, 2, 1, 2, 1],
    ]:
        count = math.prod(shape)
        for dtype, scale in [("float32", 0.25), ("float64", 1), ("int64", 1), ("int32", 1)]:
            yield {"dtype": dtype, "shape": shape, "ramp": [count, scale]}
        values = [index % 3 == 0 for index in range(count)]
        yield {"dtype": "bool", "shape": shape, "values": values}
        yield {"dtype": "complex64", "shape": shape, "values": [(i * 0.5, 3 - i) for i in range(count)]}
    yield {"dtype": "float32", "shape": [3, 40], "ramp": [120, 0.5]}
    yield {"dtype": "float32", "shape": [2, 2, 30], "ramp": [120, 3e-7]}
    yield {"dtype": "int64", "shape": [2, 3, 17], "ramp": [102, 1]}
    for view in ("transpose", "step", "expand"):
        yield {"dtype": "float32", "shape": [2, 5], "ramp": [10, 0.5], "view": view}
        yield {"dtype": "int64", "shape": [3, 2, 4], "ramp": [24, 1], "view": view}


def summarised() -> Iterator[Case]:
    for shape in [
        [1000],
        [1001],
        [2000],
        [10, 100],
        [11, 100],
        [1, 1001],
        [1001, 1],
        [6, 200],
        [7, 200],
        [200, 6],
    ]:
        for dtype in ("float32", "int64"):
            yield {"dtype": dtype, "shape": shape, "ramp": [math.prod(shape), 1]}
        yield {"dtype": "float64", "shape": shape, "ramp": [math.prod(shape), 0.03]}
    for shape in [[11, 12, 13], [2, 7, 100], [7, 2, 100], [4, 5, 6, 11], [3, 400, 1]]:
        yield {"dtype": "float32", "shape": shape, "ramp": [math.prod(shape), 0.5]}
        yield {"dtype": "int16", "shape": shape, "ramp": [math.prod(shape), 1]}
    yield {"dtype": "float32", "shape": [50, 60], "ramp": [3000, 0.5], "view": "transpose"}
    yield {"dtype": "float32", "shape": [50, 60], "ramp": [3000, 0.5], "view": "step"}
    yield {"dtype": "float32", "shape": [300], "ramp": [300, 0.5], "view": "expand"}
    yield {"dtype": "bool", "shape": [1100], "values": [i % 7 == 0 for i in range(1100)]}
    # A value that only the hidden middle holds decides nothing.
    yield {"dtype": "float32", "shape": [1100], "values": [1.0] * 550 + [1e20, 0.5] + [1.0] * 548}
    yield {"dtype": "complex64", "shape": [40, 50], "values": [(i * 0.5, -i / 8) for i in range(2000)]}


def suffixes() -> Iterator[Case]:
    for shape in [[0], [0, 3], [3, 0], [2, 0, 4]]:
        for dtype in ("float32", "float64", "int64", "bool", "complex64"):
            yield {"dtype": dtype, "shape": shape, "values": []}
        yield {"dtype": "float32", "shape": shape, "values": [], "requires_grad": True}
        yield {"dtype": "float64", "shape": shape, "values": [], "default_dtype": "float64"}
    for default in ("float16", "float32", "float64"):
        for dtype in (*FLOAT_DTYPES, "complex64", "complex128", "int64", "int32", "bool"):
            values = [(1.0, 0.0)] if dtype.startswith("complex") else [1]
            yield {"dtype": dtype, "shape": [1], "values": values, "default_dtype": default}
    for count in range(1, 14):
        common = {"shape": [count], "ramp": [count, 0.125], "requires_grad": True}
        for dtype in ("float32", "float64"):
            yield {"dtype": dtype, **common}
            yield {"dtype": dtype, **common, "graph": "mul"}
    square = {"dtype": "float32", "shape": [3, 3], "ramp": [9, 0.25], "requires_grad": True}
    for graph in ("mul", "sum", "reshape", "matmul"):
        yield {**square, "graph": graph}
        yield {**square, "dtype": "float64", "graph": graph}
    wide = {"dtype": "float32", "shape": [2, 8], "ramp": [16, 0.25], "requires_grad": True}
    for linewidth in (20, 49, 50, 51, 52, 53, 60, 75, 80, 90, 120):
        yield {**wide, "graph": "mul", "options": {"linewidth": linewidth}}
        yield {**wide, "dtype": "float64", "options": {"linewidth": linewidth}}
        yield {**wide, "dtype": "float64", "graph": "mul", "options": {"linewidth": linewidth}}
    yield {
        "dtype": "complex64",
        "shape": [2],
        "values": [(1, 2), (3, 4)],
        "requires_grad": True,
        "graph": "mul",
    }


def with_options() -> Iterator[Case]:
    settings: list[dict[str, Any]] = [
        {"precision": 0},
        {"precision": 1},
        {"precision": 8},
        {"precision": 20},
        {"sci_mode": True},
        {"sci_mode": False},
        {"sci_mode": True, "precision": 0},
        {"sci_mode": True, "precision": 10},
        {"linewidth": 0},
        {"linewidth": 10},
        {"linewidth": 40},
        {"linewidth": 200},
        {"edgeitems": 0},
        {"edgeitems": 0, "threshold": 3},
        {"edgeitems": 1, "threshold": 3},
        {"edgeitems": 2, "threshold": 0},
        {"edgeitems": 5, "threshold": 10},
        {"threshold": inf},
        {"profile": "short"},
        {"profile": "full"},
        {"profile": "default", "precision": 2},
    ]
    tensors: list[Case] = [
        {"dtype": "float32", "shape": [], "values": [3.14159265]},
        {"dtype": "float64", "shape": [12], "ramp": [12, 0.0123]},
        {"dtype": "float32", "shape": [12], "ramp": [12, 1]},
        {"dtype": "float32", "shape": [5], "values": [nan, 1e-7, -0.0, inf, 123.0]},
        {"dtype": "float32", "shape": [3], "values": [0.0, -0.0, nan]},
        {"dtype": "int64", "shape": [3, 4, 5], "ramp": [60, 1]},
        {"dtype": "complex64", "shape": [3], "values": [(0.5, -1e5), (2, 3), (nan, -0.0)]},
    ]
    for options in settings:
        for t in tensors:
            yield {**t, "options": options}


def random_mixes() -> Iterator[Case]:
    """Values of all sizes, some integers, some zeros and non-finite ones."""
    rng = random.Random(20)
    for _ in range(120):
        dtype = rng.choice([*FLOAT_DTYPES, "complex64"])
        shape = [rng.randint(1, 4) for _ in range(rng.randint(0, 3))]
        spread = rng.choice([0, 1, 3, 4])
        whole = rng.random() < 0.3

        def draw(spread: int = spread, whole: bool = whole) -> float:
            if rng.random() < 0.08:
                return rng.choice([0.0, -0.0, inf, -inf, nan])
            value = rng.uniform(-1, 1) * 10.0 ** rng.randint(-spread, spread)
            return float(round(value)) if whole else value

        count = math.prod(shape)
        values: list[Any] = [draw() for _ in range(count)]
        if dtype == "complex64":
            values = [(value, draw()) for value in values]
        yield {"dtype": dtype, "shape": shape, "values": values}


def record() -> None:
    import torch

    torch.set_num_threads(1)
    recorded = [{**case, "text": show(torch, torch._tensor_str, case)} for case in cases()]
    lines = ",\n".join(json.dumps(case) for case in recorded)
    target = Path(__file__).with_name("printing.json")
    target.write_text(f'{{"torch": "{torch.__version__}", "cases": [\n{lines}\n]}}\n')
    print(f"{len(recorded)} cases recorded from torch {torch.__version__}")


if __name__ == "__main__":
    record()
