"""Index expressions of every kind against PyTorch, live: read, written, added to, and differentiated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch")

import rushlight  # noqa: E402

pytestmark = pytest.mark.parity
Item = Callable[[Any], Any]  # makes an index for a module


@st.composite
def items(draw: Any, size: int) -> tuple[Item, bool]:
    """Something to index a dimension of a size with, and whether it uses the dimension up."""
    kind = draw(st.integers(0, 9))
    if kind == 0 and size:
        number = draw(st.integers(-size, size - 1))
        return lambda m: number, True
    if kind <= 3:
        bound = st.none() | st.integers(-size - 1, size + 1)
        part = slice(draw(bound), draw(bound), draw(st.sampled_from([None, 1, 2, 3])))
        return lambda m: part, True
    if kind == 4:
        return lambda m: None, False
    if kind == 5:
        flag = draw(st.booleans())
        return (lambda m: flag) if draw(st.booleans()) else (lambda m: m.tensor(flag)), False
    if kind == 6:
        mask = np.array(draw(st.lists(st.booleans(), min_size=size, max_size=size)), bool)
        return lambda m: m.tensor(mask), True
    if not size:
        return lambda m: slice(None), True
    shape = draw(st.sampled_from([(), (2,), (1,), (2, 1), (1, 3)]))
    count = int(np.prod(shape))
    chosen = draw(st.lists(st.integers(-size, size - 1), min_size=count, max_size=count))
    array = np.array(chosen, np.int64).reshape(shape)
    if kind == 7 and array.ndim == 1:
        return lambda m: array.tolist(), True
    return (lambda m: m.tensor(array)), True


@st.composite
def cases(draw: Any) -> tuple[tuple[int, ...], list[Item]]:
    """A shape and an index for it."""
    shape = tuple(draw(st.lists(st.integers(0, 4), max_size=4)))
    index: list[Item] = []
    dim, dots = 0, draw(st.integers(0, 5))
    for k in range(draw(st.integers(0, len(shape) + 1))):
        if k == dots:
            index.append(lambda m: Ellipsis)
            continue
        item, used = draw(items(shape[dim] if dim < len(shape) else 1))
        index.append(item)
        dim += used
    return shape, index


def run(module: Any, shape: tuple[int, ...], index: list[Item]) -> dict[str, Any]:
    """All that can be seen of an index on one module."""
    data = np.random.default_rng(0).standard_normal(shape)
    seen: dict[str, Any] = {}
    x = module.tensor(data, requires_grad=True)
    at = tuple(item(module) for item in index)
    try:
        read = x[at]
    except Exception as error:
        return {"error": type(error)}
    seen["read"], seen["node"] = read.detach().numpy(), read.grad_fn.name()
    weights = module.arange(1.0, read.numel() + 1, dtype=module.float64).reshape(read.shape)
    seen["gradient"] = module.autograd.grad((read * weights).sum(), x)[0].numpy()
    for how in ("number", "tensor", "add"):
        x = module.tensor(data, requires_grad=True)
        value = module.tensor(3.0 if how != "tensor" else seen["read"] * 2, requires_grad=True)
        y = x * 1
        try:
            if how == "number":
                y[at] = 7.0
            elif how == "tensor":
                y[at] = value * 1
            else:
                y[at] += value * 2
        except Exception as error:
            seen[how] = type(error)
            continue
        seen[how] = y.detach().numpy()
        weights = module.arange(1.0, y.numel() + 1, dtype=module.float64).reshape(y.shape)
        grads = module.autograd.grad((y * weights).sum(), (x, value), allow_unused=True)
        for name, g, of in zip(("x", "value"), grads, (x, value), strict=True):
            seen[f"{how} {name}"] = np.zeros(tuple(of.shape)) if g is None else g.numpy()
    return seen


@settings(max_examples=600, deadline=None, suppress_health_check=list(HealthCheck))
@given(cases())
def test_index_expressions_agree_with_torch(case: tuple[tuple[int, ...], list[Item]]) -> None:
    ours, theirs = run(rushlight, *case), run(torch, *case)
    # Nothing is picked from an empty tensor: torch then lets an index through that is out of range.
    assume(not ("error" in ours and "error" not in theirs and theirs["read"].size == 0))
    assert ours.keys() == theirs.keys()
    for name, expected in theirs.items():
        if isinstance(expected, np.ndarray):
            np.testing.assert_allclose(ours[name], expected, rtol=1e-12, err_msg=name)
        else:
            assert ours[name] == expected, name
