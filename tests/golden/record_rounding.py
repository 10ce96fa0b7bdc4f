"""Record torch's results to the last bit where the order of sums and the place of rounding decide, into rounding.json.

Run `python tests/golden/record_rounding.py` where torch is installed. A case says how to compute its result with
any module that speaks torch's names (see `compute`), so the test needs no torch.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Case = dict[str, Any]


def ramp(module: Any, shape: list[int], seed: int, dtype: str) -> Any:
    """Numbers with full mantissas between -1.7 and 1.7, in no order."""
    count = 1
    for n in shape:
        count *= n
    values = [((i + 1 + 31 * seed) * 7919 % 10007 - 5000) / 3000 for i in range(count)]
    return module.tensor(values, dtype=getattr(module, dtype)).reshape(shape)


def compute(module: Any, case: Case) -> Any:
    """The result of a case, as nested lists of Python numbers, which hold every bit."""
    kind, options = case["kind"], case.get("options", {})
    x, y, z = (ramp(module, case["shape"], seed, case["dtype"]) for seed in range(3))
    if kind in ("sum", "mean"):
        x = x.permute(case["order"]) if "order" in case else x
        return getattr(x, kind)(*case["dims"]).tolist()
    if kind == "optimizer":
        parameter = x.requires_grad_()
        optimizer = getattr(module.optim, case["name"])([parameter], **options)
        for seed in range(3, 8):
            parameter.grad = ramp(module, case["shape"], seed, case["dtype"])
            optimizer.step()
        return parameter.detach().tolist()
    if kind == "loss":
        x.requires_grad_()
        target = module.arange(case["shape"][0]) % case["shape"][-1] if case["name"] == "nll_loss" else y
        loss = getattr(module.nn.functional, case["name"])(x, target, **options)
        loss.backward()
        return [loss.item(), x.grad.tolist()]
    if kind == "product":  # of rows and columns that lie as told; a sum of them hides no bit
        m, k, n = case["shape"]
        a = ramp(module, [k, m], 1, "float32").t() if case["name"][0] == "t" else ramp(module, [m, k], 1, "float32")
        b = ramp(module, [n, k], 2, "float32").t() if case["name"][1] == "t" else ramp(module, [k, n], 2, "float32")
        return (a @ b).tolist()
    operands = (x, y, z)[: case["operands"]]
    return getattr(module, kind)(*operands, *case.get("numbers", []), **options).tolist()


def cases() -> Iterator[Case]:
    for dtype in ("float32", "float64"):
        for n in (3, 6, 8, 13, 33, 100, 515, 5000):
            yield {"kind": "sum", "shape": [n], "dtype": dtype, "dims": []}
        for shape in ([9, 3], [64, 1], [33, 7], [70, 20], [21, 45]):
            for dims in ([0], [1], [[0, 1]]):
                yield {"kind": "sum", "shape": shape, "dtype": dtype, "dims": dims}
            yield {"kind": "mean", "shape": shape, "dtype": dtype, "dims": [0]}
            yield {"kind": "sum", "shape": shape, "dtype": dtype, "dims": [0], "order": [1, 0]}
        yield {"kind": "sum", "shape": [4, 3, 5, 6], "dtype": dtype, "dims": [[0, 2, 3]]}
        yield {"kind": "sum", "shape": [4, 9, 5], "dtype": dtype, "dims": [1]}
    single = {"shape": [29], "dtype": "float32"}
    yield {"kind": "add", **single, "operands": 2, "options": {"alpha": 0.1}}
    yield {"kind": "sub", **single, "operands": 2, "options": {"alpha": 0.3}}
    yield {"kind": "addcmul", **single, "operands": 3, "options": {"value": 0.1}}
    yield {"kind": "addcdiv", **single, "operands": 3, "options": {"value": -0.1}}
    yield {"kind": "lerp", **single, "operands": 2, "numbers": [0.1]}
    yield {"kind": "lerp", **single, "operands": 2, "numbers": [0.7]}
    for name, options in (
        ("SGD", {"lr": 0.1}),
        ("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.01}),
        ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True, "maximize": True}),
        ("Adamax", {"lr": 0.01}),
        ("ASGD", {"lr": 0.01}),
    ):
        yield {"kind": "optimizer", **single, "name": name, "options": options}
    for name in ("mse_loss", "l1_loss", "smooth_l1_loss"):
        for reduction in ("mean", "sum"):
            options = {"reduction": reduction}
            yield {"kind": "loss", "shape": [13, 3], "dtype": "float32", "name": name, "options": options}
    yield {"kind": "loss", "shape": [40, 3], "dtype": "float32", "name": "nll_loss"}
    # Products that are added up term by term: which ways there are is told in src/rushlight/_products.py.
    for name in ("nn", "nt", "tn"):
        for shape in ([8, 5, 4], [8, 16, 1], [8, 9, 6], [4, 24, 10], [1, 12, 8], [3, 20, 16], [5, 8, 7], [2, 13, 3]):
            yield {"kind": "product", "shape": shape, "dtype": "float32", "name": name}


if __name__ == "__main__":
    import torch

    torch.set_num_threads(1)
    recorded = [{**case, "result": compute(torch, case)} for case in cases()]
    lines = ",\n".join(json.dumps(case) for case in recorded)
    Path(__file__).with_name("rounding.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")
