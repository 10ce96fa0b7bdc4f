"""Samples of indexing, gathering and scattering."""

from __future__ import annotations

from typing import Any

import numpy as np

from op_samples import FLOATS, Sample, call, words

KINDS = ("float64", "float32", "complex128", "int64", "bool")
NUMBERS = ("float64", "float32", "complex128", "int64")


SAMPLES: list[Sample] = []


def add(name: str, build: Any, dtypes: tuple[str, ...] = FLOATS, **more: Any) -> None:
    SAMPLES.append(Sample(name, build, dtypes, label=str(len(SAMPLES)), **more))


def array(*values: Any) -> Any:
    return np.array(values)


# -- index expressions -----------------------------------------------------------------------------

_READ = {
    "number": lambda i: 1,
    "negative": lambda i: -1,
    "slice": lambda i: slice(1, None),
    "step": lambda i: (slice(None, None, 2), slice(1, 3)),
    "none": lambda i: (None, 1),
    "dots": lambda i: (..., 0),
    "all": lambda i: ...,
    "array": lambda i: i,
    "list": lambda i: [0, 2, 0],
    "columns": lambda i: (slice(None), i),
    "two-arrays": lambda i: (i, slice(None), i),
    "array-and-number": lambda i: (i, 1),
    "number-between": lambda i: (slice(None), 0, i),
    "none-and-array": lambda i: (None, i, slice(1, 2)),
}
for _index in _READ.values():
    add(
        "__getitem__",
        lambda a, f=_index: (a(3, 4, 3), f(array(0, -1, 2))),
        KINDS,
        function=lambda torch, x, i: x[i],
    )
    add(
        "__setitem__",
        lambda a, f=_index: (a(3, 4, 3), f(array(0, -1, 2)), a()),
        KINDS,
        function=lambda torch, x, i, v: _written(x, i, v),
        node=False,
    )


def _written(x: Any, index: Any, value: Any) -> Any:
    y = x.clone()
    y[index] = value
    return y


def _added(torch: Any, x: Any, index: Any, value: Any) -> Any:
    y = x * 1
    y[index] += value
    return y


add("mask", lambda a: (a(3, 4), a.bools(3, 4)), KINDS, function=lambda torch, x, m: x[m])
add("mask-rows", lambda a: (a(3, 4), a.bools(3)), function=lambda torch, x, m: x[m])
add("mask-columns", lambda a: (a(3, 4), a.bools(4)), function=lambda torch, x, m: x[:, m])
add("mask-write", lambda a: (a(3, 4), a.bools(3, 4), a()), function=lambda torch, x, m, v: _written(x, m, v))
add("mask-wrong", lambda a: (a(3, 4), a.bools(4)), function=lambda torch, x, m: x[m], raises=IndexError)
add("bool-index", lambda a: (a(3),), function=lambda torch, x: (x[True], x[False], x[torch.tensor(True)]))
add("add-at", lambda a: (a(4), array(0, 0, 2), a(3)), function=_added, node=False)
add("add-rows", lambda a: (a(4, 2), slice(1, 3), a(2)), function=_added, node=False)
add("out-of-range", lambda a: (a(3),), function=lambda torch, x: x[3], raises=IndexError)
add("array-out-of-range", lambda a: (a(3), array(0, 3)), function=lambda torch, x, i: x[i], raises=IndexError)
add("too-many", lambda a: (a(3),), function=lambda torch, x: x[0, 0], raises=IndexError)
add("of-0d", lambda a: (a(),), function=lambda torch, x: x[0], raises=IndexError)
add("negative-step", lambda a: (a(3),), function=lambda torch, x: x[::-1], raises=ValueError)
add(
    "wrong-shape",
    lambda a: (a(3), array(0, 1), a(3)),
    function=lambda torch, x, i, v: _written(x, i, v),
    raises=RuntimeError,
)
add("float-index", lambda a: (a(3), a(2, grad=False)), function=lambda torch, x, i: x[i], raises=IndexError)

# -- rows ------------------------------------------------------------------------------------------

add("index_select", lambda a: (a(3, 4), 1, array(0, 3, 3)), KINDS)
add("index_select", lambda a: (a(3, 4), 0, np.array([2, 0], np.int32)))
add("index_select", lambda a: (a(3, 4), 0, np.array([3])), raises=IndexError)
add("index_select", lambda a: (a(3, 4), 0, a(2, grad=False)), raises=RuntimeError)
for _place in words("index_add Tensor.index_add_"):
    add(_place, lambda a: (a(3, 4), 1, array(0, 3, 3), a(3, 3)), NUMBERS)
    add(_place, lambda a: call(a(3, 4), 0, array(1, 1), a(2, 4), alpha=2))
    add(_place, lambda a: (a(), 0, array(0), a()))
    add(_place, lambda a: (a(3, 4), 0, array(1, 1), a(2, 3)), raises=RuntimeError)
for _place in words("index_copy Tensor.index_copy_"):
    add(_place, lambda a: (a(3, 4), 1, array(0, 3), a(3, 2)), KINDS)
for _place in words("index_fill Tensor.index_fill_"):
    add(_place, lambda a: (a(3, 4), 1, array(0, 3), 2))
    add(_place, lambda a: (a(3, 4), 0, array(0, 2), a()), node=False)
for _how in words("prod mean amax amin"):
    for _self in (True, False):
        for _place in words("index_reduce Tensor.index_reduce_"):
            add(
                _place,
                lambda a, h=_how, s=_self: call(
                    a.nonzero(4, 3), 0, array(0, 2, 0), a.nonzero(3, 3), h, include_self=s
                ),
                tolerance=1e-10,
            )

# -- gather and scatter ----------------------------------------------------------------------------

_INDEX = array([0, 1], [1, 1], [3, 0])
add("gather", lambda a: (a(4, 3), 0, _INDEX), KINDS)
add("gather", lambda a: (a(3, 4), -1, _INDEX))
add("gather", lambda a: (a(), 0, np.array(0)))
add("gather", lambda a: (a(3), 0, np.zeros(0, np.int64)))
add("gather", lambda a: (a(3, 4), 0, _INDEX), raises=RuntimeError)
add("gather", lambda a: (a(3, 4), 0, array(0)), raises=RuntimeError)
add("take_along_dim", lambda a: (a(3, 4), a.ints(0, 4, 3, 2), 1))
add("take_along_dim", lambda a: (a(3, 1), a.ints(0, 3, 2, 4), 0), node=False)
add("take_along_dim", lambda a: (a(3, 4), a.ints(0, 12, 5)), node=False)
for _place in words("scatter Tensor.scatter_"):
    add(_place, lambda a: (a(4, 3), 0, array([0, 1], [2, 3]), a(2, 2)), KINDS)
    add(_place, lambda a: (a(4, 3), 0, array([0, 1], [2, 3]), 2.5))
    add(_place, lambda a: call(a(4, 3), 1, array([0, 1], [2, 0]), value=1.5))
    add(_place, lambda a: call(a(4, 3), 1, array([0, 0], [2, 0]), a(2, 2), reduce="add"), gradient=0)
    add(_place, lambda a: call(a(4, 3), 1, array([0, 0], [2, 0]), a(2, 2), reduce="multiply"), gradient=0)
    add(_place, lambda a: (a(4, 3), 0, array([0, 1], [2, 4]), a(2, 2)), raises=RuntimeError)
for _place in words("scatter_add Tensor.scatter_add_"):
    add(_place, lambda a: (a(4, 3), 0, array([0, 0], [0, 3]), a(2, 2)), NUMBERS)
    add(_place, lambda a: (a(2, 3), 0, array([0, 1, 1]).reshape(1, 3), a(1, 3)))
    add(_place, lambda a: (a(), 0, np.array(0), a()))
# PyTorch has no gradient for a source that is larger than its index; tests/test_indexing.py checks ours.
add("scatter_add", lambda a: (a(4), 0, array(3, 1), a(5)), gradient=0)
for _how in words("sum prod mean amax amin"):
    for _self in (True, False):
        for _place in words("scatter_reduce Tensor.scatter_reduce_"):
            add(
                _place,
                lambda a, h=_how, s=_self: call(
                    a.nonzero(3, 4), 1, array([0, 0, 2], [1, 3, 1]), a.nonzero(2, 3), h, include_self=s
                ),
                tolerance=1e-10,
            )
    add(
        "scatter_reduce",
        lambda a, h=_how: (a.values([2, 3, 0]), 0, array(0, 0, 1, 2, 2), a.values([2, 0, 3, 4, 5]), h),
        gradient=1,
    )
add("scatter_reduce", lambda a: (a(3), 0, array(0), a(1), "median"), raises=RuntimeError)

# -- by number, by mask ----------------------------------------------------------------------------

add("take", lambda a: (a(3, 4), array([0, -1], [5, 5])), KINDS)
add("take", lambda a: (a(3, 4), array(12)), raises=IndexError)
for _place in words("put Tensor.put_"):
    add(_place, lambda a: (a(3, 4), array(0, -1, 5), a(3)), KINDS)
    add(_place, lambda a: call(a(3, 4), array(0, 5, 5), a(3), accumulate=True), NUMBERS)
for _place in words("index_put Tensor.index_put_"):
    add(_place, lambda a: (a(3, 4), (array(0, 2), array(1, 3)), a(2)), KINDS)
    add(_place, lambda a: call(a(3, 4), (array(0, 0),), a(2, 4), accumulate=True), NUMBERS)
    add(_place, lambda a: (a(3, 4), (a.bools(3, 4),), a()))
    add(_place, lambda a: (a(3), (array(0),), np.array([1])), raises=RuntimeError)
add("masked_select", lambda a: (a(3, 4), a.bools(3, 4)), KINDS)
add("masked_select", lambda a: (a(4), a.bools(3, 4)))
add("masked_select", lambda a: (a(3, 4), a.ints(0, 2, 3, 4)), raises=RuntimeError)
for _place in words("masked_scatter Tensor.masked_scatter_"):
    add(_place, lambda a: (a(3, 4), a.bools(3, 4), a(12)), KINDS)
    add(_place, lambda a: (a(3, 4), a.bools(4), a(3, 5)))
    add(_place, lambda a: (a(3), array(True, True, True), a(2)), raises=RuntimeError)
add("nonzero", lambda a: (a(3, 4),), ("int64", "bool", "float64"))
add("nonzero", lambda a: call(a(3, 4), as_tuple=True), ("bool",))
add("nonzero", lambda a: (a(),), ("int64",))
add("argwhere", lambda a: (a(2, 3, 2),), ("bool",))
add("nonzero_static", lambda a: call(a(5), size=3), ("bool",))
add("nonzero_static", lambda a: call(a(2, 2), size=6, fill_value=9), ("bool",))
add("unravel_index", lambda a: (a.ints(0, 12, 5), (3, 4)))
