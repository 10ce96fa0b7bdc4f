"""Samples of reductions, scans, statistics, norms, sorting, searching and counting."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from op_samples import COMPLEX, FLOATS, INTS, D, Sample, call, words

nan, inf = math.nan, math.inf
WITH_COMPLEX = (*FLOATS, *COMPLEX)
ADDABLE = (*WITH_COMPLEX, "float16", *INTS, "bool")
ORDERED = (*FLOATS, *INTS)

SAMPLES: list[Sample] = []


def add(name: str, build: Any, dtypes: tuple[str, ...] = FLOATS, **more: Any) -> None:
    SAMPLES.append(Sample(name, build, dtypes, label=str(len(SAMPLES)), **more))


# -- sums, means, products -------------------------------------------------------------------------

add("sum", lambda a: (a(2, 3, 4),), ADDABLE)
add("sum", lambda a: call(a(2, 3, 4), dim=(0, -1)), ADDABLE)
add("sum", lambda a: call(a(2, 3), 1, True, dtype=D("float64")))
add("sum", lambda a: call(a(2, 3), dtype=D("int32")), ("int64", "bool"), gradient=0)
add("sum", lambda a: call(a(2, 3), dim=()))
for _name in words("sum mean nansum nanmean prod"):
    add(_name, lambda a: (a(),))
    add(_name, lambda a: call(a(), dim=-1, keepdim=True))
    add(_name, lambda a: (a(0),))
    add(_name, lambda a: call(a(3, 0, 2), dim=1))
    add(f"Tensor.{_name}", lambda a: call(a(3, 2), 0))
    add(_name, lambda a: call(a(3, 2), dim=2), raises=IndexError)
add("mean", lambda a: (a(3, 4),), (*WITH_COMPLEX, "float16"))
add("mean", lambda a: call(a(3, 4), dim=(1,), keepdim=True), WITH_COMPLEX)
add("mean", lambda a: call(a(3), dtype=D("float64")), ("int64",))
add("mean", lambda a: (a(3),), ("int64",), raises=RuntimeError)
add("sum", lambda a: call(a(3, 4), dim=(0, 0)), raises=RuntimeError)
for _name in words("nansum nanmean"):
    add(_name, lambda a: (a.values([[1, nan, 2], [nan, nan, 3]]),))
    add(_name, lambda a: call(a.values([[1, nan, 2], [nan, nan, 3]]), dim=1, keepdim=True))
add("prod", lambda a: (a.nonzero(2, 3),), WITH_COMPLEX)
add("prod", lambda a: (a.values([2, 0, 3, 5]),), (*FLOATS, *INTS))
add("prod", lambda a: (a.values([2, 0, 3, 0, 5]),))
add("prod", lambda a: call(a.values([[2, 0, 3], [1, 0, 0], [1, 4, 2]]), dim=1), (*FLOATS, "complex128"))
add("prod", lambda a: call(a.nonzero(2, 3), 0, True, dtype=D("float64")))
add("prod", lambda a: (a(3),), ("bool",))
add("Tensor.sum_to_size", lambda a: (a(2, 3, 4), 3, 1))
add("Tensor.sum_to_size", lambda a: (a(2, 3), (2, 1)))
for _name in words("all any"):
    add(_name, lambda a: (a(3, 4),), (*FLOATS, *INTS, "bool"))
    add(_name, lambda a: call(a(3, 4), dim=1, keepdim=True), ("bool", "uint8"))
    add(_name, lambda a: call(a(2, 3, 4), dim=(0, 2)), ("bool", "int64"))
    add(_name, lambda a: call(a(0, 2), dim=0), ("bool",))
add("count_nonzero", lambda a: (a(3, 4),), ("int64", "bool", "float64"))
add("count_nonzero", lambda a: call(a(3, 4), dim=(0,)), ("int64",))

# -- log of sums of exponentials -------------------------------------------------------------------

add("logsumexp", lambda a: (a(3, 4), 1), WITH_COMPLEX)
add("logsumexp", lambda a: call(a(2, 3, 4), dim=(0, 2), keepdim=True))
add("logsumexp", lambda a: (a(3), 0), ("int64",))
add("logsumexp", lambda a: (a.values([[1, 1000], [-inf, 2], [-1000, -999]]), 1), gradient=1)
add("logsumexp", lambda a: (a.values([[-inf, -inf], [1, 2]]), 1), gradient=0)
add("logsumexp", lambda a: (a.values([inf, 2]), 0), gradient=0)
add("logsumexp", lambda a: (a(0, 3), 0))
add("logcumsumexp", lambda a: (a(3, 4), 1))
add("logcumsumexp", lambda a: (a(3, 4), -2))
add("logcumsumexp", lambda a: (a(), 0))
add("logcumsumexp", lambda a: (a.values([-1000, 1000, 999]), 0), gradient=1)

# -- extremes --------------------------------------------------------------------------------------

for _name in words("max min"):
    add(_name, lambda a: (a.distinct(3, 4),), ORDERED)
    add(_name, lambda a: (a.distinct(3, 4), 1), ORDERED)
    add(_name, lambda a: call(a.distinct(3, 4), dim=-2, keepdim=True))
    add(_name, lambda a: (a.values([3, 1, 3, 1]),), gradient=1)
    add(_name, lambda a: (a.values([3, 1, 3, 1]), 0))
    add(_name, lambda a: (a.distinct(3), a(3)), ORDERED)
    add(_name, lambda a: (a.values([1, nan, 3]),), gradient=1)
    add(_name, lambda a: (a.values([[1, nan], [3, 2]]), 1), gradient=1)
    add(_name, lambda a: (a(),))
    add(_name, lambda a: (a(), 0))
    add(_name, lambda a: (a(0),), raises=RuntimeError)
    add(_name, lambda a: (a(0, 3), 0), raises=IndexError)
    add(_name, lambda a: (a(0, 3), 1))
    add(_name, lambda a: (a(3),), ("complex128",), raises=NotImplementedError)
    add(_name, lambda a: (a(3), 0), ("complex128",), raises=RuntimeError)
    add(_name, lambda a: (a(3, 4),), ("bool",))
for _name in words("amax amin"):
    add(_name, lambda a: (a.distinct(3, 4),), ORDERED)
    add(_name, lambda a: call(a.distinct(2, 3, 4), dim=(0, -1), keepdim=True))
    add(_name, lambda a: (a.values([[3, 1, 3, 1], [2, 2, 2, 2]]), 1))
    add(_name, lambda a: (a(),))
    add(_name, lambda a: (a(0, 3), 0), raises=IndexError)
add("aminmax", lambda a: (a.distinct(3, 4),), ORDERED)
add("aminmax", lambda a: call(a.distinct(3, 4), dim=1, keepdim=True))
add("aminmax", lambda a: (a(0),), raises=RuntimeError)
for _name in words("argmax argmin"):
    add(_name, lambda a: (a.distinct(3, 4),), ORDERED)
    add(_name, lambda a: call(a.distinct(3, 4), dim=1, keepdim=True))
    add(_name, lambda a: call(a.distinct(3, 4), keepdim=True))
    add(_name, lambda a: (a.values([1, nan, 3]),))
    add(_name, lambda a: (a(),))
    add(_name, lambda a: (a(0),), raises=IndexError)
for _name in words("cummax cummin"):
    add(_name, lambda a: (a.distinct(3, 4), 1), ORDERED)
    add(_name, lambda a: (a.values([1, 3, 3, 2, nan, 5]), 0), ("float64",))
    add(_name, lambda a: (a(), 0))
    add(_name, lambda a: (a(0, 2), 0))

# -- statistics ------------------------------------------------------------------------------------

for _name in words("var std var_mean std_mean"):
    add(_name, lambda a: (a(3, 4),), (*WITH_COMPLEX, "float16"), tolerance=3e-11)
    add(_name, lambda a: (a(3, 4), 1, False, True))
    add(_name, lambda a: (a(3, 4), False))
    add(_name, lambda a: call(a(2, 3, 4), dim=(0, 2), correction=2))
    add(_name, lambda a: call(a(2, 3, 4), unbiased=False, dim=-1))
    add(_name, lambda a: call(a.values([[2, 1], [2, 3], [2, 5]]), dim=0), gradient=1)
    add(_name, lambda a: (a(1),), gradient=1)
    add(_name, lambda a: (a(3),), ("int64",), raises=RuntimeError)
for _name in words("median nanmedian"):
    add(_name, lambda a: (a.distinct(3, 5),))
    add(_name, lambda a: (a.distinct(3, 4), 1))
    add(_name, lambda a: call(a.distinct(4, 3), dim=0, keepdim=True))
    add(_name, lambda a: (a.values([[1, nan, 3], [4, 2, 9]]), 1), gradient=1)
    add(_name, lambda a: (a.values([1, nan, 3]),), gradient=1)
    add(_name, lambda a: (a(), 0))
    add(_name, lambda a: (a(0, 3), 0), raises=IndexError)
add("mode", lambda a: (a.values([[1, 2, 2, 3], [5, 5, 1, 1], [4, 3, 2, 1]]),), (*FLOATS, "int64"))
add("mode", lambda a: call(a.values([[1, 2], [2, 2], [1, 3]]), dim=0, keepdim=True))
add("mode", lambda a: (a(), 0))
add("kthvalue", lambda a: (a.distinct(3, 4), 2))
add("kthvalue", lambda a: call(a.distinct(3, 4), k=3, dim=0, keepdim=True))
add("kthvalue", lambda a: (a(3), 4), raises=RuntimeError)
add("kthvalue", lambda a: (a(), 1))
for _name in words("quantile nanquantile"):
    for _how in words("linear lower higher midpoint nearest"):
        add(
            _name,
            lambda a, how=_how: call(a.distinct(3, 5), 0.3, dim=1, interpolation=how),
            node=False,
        )
    add(_name, lambda a: (a.distinct(3, 4), a.values([0, 0.25, 0.7, 1], grad=False)), node=False)
    add(_name, lambda a: call(a.distinct(3, 4), a.values([0.25, 0.5], grad=False), 0, True), node=False)
    add(_name, lambda a: (a.values([[1, nan, 3], [4, 2, 9]]), 0.4, 1), gradient=1, node=False)
    add(_name, lambda a: (a(3), 1.5), raises=RuntimeError)
    add(_name, lambda a: (a(3), 0.5), ("int64",), raises=RuntimeError)
add("cov", lambda a: (a(3, 5),), WITH_COMPLEX, node=False)
add("cov", lambda a: (a(5),), node=False)
add("cov", lambda a: call(a(3, 5), correction=0, fweights=a.ints(1, 4, 5)), node=False)
add("cov", lambda a: call(a(3, 5), aweights=a.positive(5, grad=False)), node=False)
add("cov", lambda a: call(a(2, 4), fweights=a.ints(1, 4, 4), aweights=a.positive(4, grad=False)), node=False)
add("cov", lambda a: (a(2, 3, 4),), raises=RuntimeError)
add("corrcoef", lambda a: (a(3, 5),), WITH_COMPLEX, node=False, tolerance=1e-10)
add("corrcoef", lambda a: (a(5),), node=False, gradient=0)

# -- norms -----------------------------------------------------------------------------------------

for _p in (0, 0.5, 1, 1.5, 2, 3, inf, -inf, -1):
    add("norm", lambda a, p=_p: (a.nonzero(3, 4), p), WITH_COMPLEX if _p != 0 else FLOATS, tolerance=1e-10)
    add("norm", lambda a, p=_p: (a.nonzero(3, 4), p, 1, True), tolerance=1e-10)
for _p in (1, 1.5, 2, 3, inf):
    add("norm", lambda a, p=_p: (a.values([[0, 0], [0, 3], [4, 0]]), p, 1), gradient=1)
add("norm", lambda a: (a(3, 4), "fro", (0, 1)))
add("norm", lambda a: call(a(3, 4), dtype=D("float64")))
add("Tensor.norm", lambda a: (a(3),))
add("norm", lambda a: (a(3),), ("int64",), raises=RuntimeError)
add("norm", lambda a: (a(3, 3), "nuc"), tolerance=1e-9, gradient=1, node=False)
for _p in (0.5, 1, 2, 3, inf):
    add("dist", lambda a, p=_p: (a(3, 4), a(4), p), tolerance=1e-10)
add("dist", lambda a: (a(3), a(3)), COMPLEX, tolerance=1e-10)
for _p in (1, 2, 3.5):
    add("renorm", lambda a, p=_p: (a(3, 4, 2), p, 1, 1.5), tolerance=1e-10, node=False)
add("renorm", lambda a: (a(3), 2, 0, 1), raises=RuntimeError)
add("Tensor.renorm_", lambda a: (a(3, 4), 2, 0, 1), node=False, tolerance=1e-10)

# -- scans and differences -------------------------------------------------------------------------

for _name in words("cumsum cumprod"):
    add(_name, lambda a: (a.nonzero(3, 4), 1), (*WITH_COMPLEX, "float16", *INTS, "bool"), tolerance=1e-10)
    add(_name, lambda a: call(a(3, 4), dim=-2, dtype=D("float64")))
    add(_name, lambda a: (a(), 0))
    add(_name, lambda a: (a(2, 0), 1))
    add(f"Tensor.{_name}_", lambda a: (a(3, 4), 0))
    add(_name, lambda a: (a(3), 1), raises=IndexError)
add("cumprod", lambda a: (a.values([[2, 0, 3, 4], [0, 1, 0, 2], [5, 1, 2, 0]]), 1), (*FLOATS, "complex128"))
add("diff", lambda a: (a(3, 5),), (*WITH_COMPLEX, "int64", "bool"))
add("diff", lambda a: call(a(3, 5), n=2, dim=0))
add("diff", lambda a: call(a(3), n=5))
add("diff", lambda a: call(a(2, 3), prepend=a(2, 1), append=a(2, 2)), node=False)
add("diff", lambda a: (a(),), raises=RuntimeError)
for _name in words("trapezoid cumulative_trapezoid"):
    add(_name, lambda a: (a(3, 5),), node=False)
    add(_name, lambda a: (a(3, 5), a(5)), node=False)
    add(_name, lambda a: call(a(3, 5), a(3, 5), dim=0), node=False)
    add(_name, lambda a: call(a(3, 5), dx=0.5, dim=0), node=False)
add("gradient", lambda a: (a(4, 5),), node=False)
add("gradient", lambda a: call(a(4, 5), spacing=0.5, dim=1, edge_order=2), node=False)
add(
    "gradient",
    lambda a: call(a(4, 5), spacing=[a.values([0, 1, 3, 4]), a.values([0, 1, 2.5, 4, 9])]),
    node=False,
)
add("gradient", lambda a: call(a(5), spacing=(a.values([0, 1, 2.5, 4, 9]),), edge_order=2), node=False)
add("gradient", lambda a: (a(1),), raises=RuntimeError)

# -- sorting and searching -------------------------------------------------------------------------

for _kwargs in ({}, {"dim": 0}, {"descending": True}, {"stable": True}, {"stable": True, "descending": True}):
    add("sort", lambda a, k=_kwargs: call(a.distinct(3, 4), **k), ORDERED)
    add("argsort", lambda a, k=_kwargs: call(a.distinct(3, 4), **k))
add("sort", lambda a: call(a.values([2, 1, 2, 1, nan, 0]), stable=True, descending=True), gradient=1)
add("sort", lambda a: call(a.values([2, 1, 2, 1, nan, 0]), stable=True), gradient=1)
add("sort", lambda a: (a(),))
add("sort", lambda a: (a(0, 2), 0))
add("sort", lambda a: (a(3),), ("complex128",), raises=RuntimeError)
add("msort", lambda a: (a.distinct(4, 3),))
for _kwargs in (
    {"k": 2},
    {"k": 3, "dim": 0},
    {"k": 2, "largest": False},
    {"k": 0},
    {"k": 4, "largest": False},
):
    add("topk", lambda a, k=_kwargs: call(a.distinct(3, 4), **k))
add("topk", lambda a: call(a.distinct(2, 40), 3))
add("topk", lambda a: call(a.distinct(2, 40), 3, largest=False))
add("topk", lambda a: (a(), 1))
add("topk", lambda a: (a(3), 4), raises=RuntimeError)
for _kwargs in ({}, {"return_inverse": True}, {"return_inverse": True, "return_counts": True}):
    for _dim in ({}, {"dim": 0}, {"dim": 1}):
        for _name in words("unique unique_consecutive"):
            add(
                _name,
                lambda a, k=_kwargs | _dim: call(a.values([[1, 2, 2, 1], [1, 2, 2, 1], [3, 0, 0, 2]]), **k),
                ("float64", "int64"),
                gradient=0,
            )
add("unique", lambda a: (a(0),), gradient=0)
add("unique", lambda a: (a.values([nan, 1, nan]),), gradient=0)
add("searchsorted", lambda a: (np.sort(a(6).array), a(2, 3, grad=False)), (*FLOATS, "int64"))
add(
    "searchsorted",
    lambda a: call(np.sort(a(2, 6).array), a(2, 3, grad=False), right=True),
    (*FLOATS, "int64"),
)
add("searchsorted", lambda a: call(np.sort(a(2, 6).array), a(2, 3, grad=False), side="left", out_int32=True))
add("searchsorted", lambda a: call(np.array([3.0, 1.0, 2.0]), 1.5, sorter=np.array([1, 2, 0])))
add("searchsorted", lambda a: (np.array([1.0, 2.0, 2.0, 3.0]), np.array([0.0, 2.0, 9.0])))
add("searchsorted", lambda a: (np.zeros((2, 3)), np.zeros((3, 3))), raises=RuntimeError)
add("bucketize", lambda a: (a(2, 3), np.array([-1.0, 0.0, 1.0])), ("float64",))
add("bucketize", lambda a: call(a(2, 3), np.array([-5, 0, 5]), right=True), ("int64",))
add("isin", lambda a: (a(3, 4), a.ints(-3, 3, 4)), ("int64",))
add("isin", lambda a: call(a(3, 4), a(5), invert=True), ("int64",))

# -- counting --------------------------------------------------------------------------------------

add("bincount", lambda a: (a.ints(0, 5, 9),))
add("bincount", lambda a: call(a.ints(0, 5, 9), weights=a(9, grad=False), minlength=8))
add("bincount", lambda a: (a.values([1.0]),), raises=NotImplementedError)
add("bincount", lambda a: (np.array([1, -1]),), raises=RuntimeError)
add("histc", lambda a: (a(20, grad=False), 5))
add("histc", lambda a: call(a(20, grad=False), bins=4, min=-1, max=1))
add("histc", lambda a: call(a.values([2, 2], grad=False), bins=3))
add("histogram", lambda a: (a(20, grad=False), 5))
add("histogram", lambda a: call(a(20, grad=False), 4, range=(-1.0, 1.0), density=True))
add("histogram", lambda a: (a(20, grad=False), a.values([-2, -1, 0.5, 2], grad=False)))
add("histogram", lambda a: call(a(20, grad=False), 3, weight=a.positive(20, grad=False)))
add("histogramdd", lambda a: call(a(20, 2, grad=False), bins=[3, 4]))
add("histogramdd", lambda a: call(a(20, 2, grad=False), bins=[2, 2], density=True, range=[-1, 1, -2, 2]))
add("trace", lambda a: (a(3, 4),), (*WITH_COMPLEX, "int64"))
add("trace", lambda a: (a(4, 2),))
add("trace", lambda a: (a(3),), raises=RuntimeError)
