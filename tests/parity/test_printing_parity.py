"""Printing against torch itself, over random values, shapes, dtypes, layouts and print options."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

torch = pytest.importorskip("torch")

import rushlight  # noqa: E402
from rushlight import _printing as printing  # noqa: E402

pytestmark = pytest.mark.parity

FLOATING = ["float16", "float32", "float64", "complex64", "complex128"]
DTYPES = [*FLOATING, "bool", "uint8", "int8", "int16", "int32", "int64", "uint16", "uint32", "uint64"]

print_options = st.fixed_dictionaries(
    {},
    optional={
        "precision": st.integers(0, 12),
        "threshold": st.sampled_from([-1, 0, 1, 5, 20, 1000, float("inf")]),
        "edgeitems": st.integers(0, 4),
        "linewidth": st.integers(0, 130),
        "profile": st.sampled_from(["default", "short", "full"]),
        "sci_mode": st.booleans(),
    },
)


@st.composite
def doubles(draw: st.DrawFn, shape: tuple[int, ...]) -> Any:
    """Doubles that suit each other now and then: whole, of one size, or of all sizes, some not finite."""
    whole = st.integers(-(10 ** draw(st.integers(1, 10))), 10**5).map(float)
    size = 10.0 ** draw(st.integers(-9, 9))
    alike = st.integers(-9999, 9999).map(lambda n: n * size / 1000)
    special = st.sampled_from([0.0, -0.0, float("inf"), float("-inf"), float("nan")])
    kind = draw(st.sampled_from([whole, alike, whole | special, alike | special, st.floats()]))
    return draw(hnp.arrays(np.float64, shape, elements=kind))


@st.composite
def arrays(draw: st.DrawFn) -> Any:
    dtype = draw(st.sampled_from(DTYPES))
    shape = draw(hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=7))
    with np.errstate(all="ignore"):
        if dtype.startswith("complex"):
            array = np.empty(shape, dtype)
            array.real, array.imag = draw(doubles(shape)), draw(doubles(shape))
        elif dtype.startswith("float"):
            array = draw(doubles(shape)).astype(dtype)
        elif dtype == "bool" or draw(st.booleans()):
            array = draw(hnp.arrays(dtype, shape))
        else:
            array = draw(hnp.arrays(dtype, shape, elements=st.integers(0, 20)))
    return array


def identity(t: Any) -> Any:
    return t


VIEWS = {
    "none": identity,
    "transposed": lambda t: t.transpose(0, -1) if t.ndim else t,
    "every second": lambda t: t[..., ::2] if t.ndim else t,
    "expanded": lambda t: t.expand(9, *t.shape),
    "one row": lambda t: t[-1] if t.ndim and t.shape[0] else t,
}
# Operations that move values and compute none, so that a difference is a difference in printing.
GRAPHS = {
    "none": identity,
    "leaf": lambda t: t.clone().requires_grad_(),
    "clone": lambda t: t.clone().requires_grad_().clone(),
    "unsqueezed": lambda t: t.clone().requires_grad_().unsqueeze(0),
    "transposed": lambda t: t.clone().requires_grad_().transpose(0, -1) if t.ndim else t,
}


def text(module: Any, printer: Any, make: Any, options: dict[str, Any], default: str) -> str:
    before = module.get_default_dtype()
    module.set_default_dtype(getattr(module, default))
    try:
        with printer.printoptions(**options):
            return repr(make(module))
    finally:
        module.set_default_dtype(before)


@settings(max_examples=3000, deadline=None)
@given(
    array=arrays(),
    view=st.sampled_from(sorted(VIEWS)),
    graph=st.sampled_from(sorted(GRAPHS)),
    options=print_options,
    default=st.sampled_from(["float32", "float64", "float16"]),
)
def test_prints_what_torch_prints(
    array: Any, view: str, graph: str, options: dict[str, Any], default: str
) -> None:
    def make(module: Any) -> Any:
        t = VIEWS[view](module.from_numpy(array.copy()))
        return GRAPHS[graph](t) if array.dtype.name in FLOATING else t

    ours = text(rushlight, printing, make, options, default)
    assert ours == text(torch, torch._tensor_str, make, options, default)


@settings(max_examples=300, deadline=None)
@given(
    shape=hnp.array_shapes(min_dims=1, max_dims=4, min_side=1, max_side=40),
    dtype=st.sampled_from(DTYPES),
    seed=st.integers(0, 2**32 - 1),
    options=print_options,
)
def test_large_arrays_print_what_torch_prints(
    shape: Any, dtype: str, seed: int, options: dict[str, Any]
) -> None:
    while np.prod(shape) > 5000:
        shape = shape[:-1]
    rng = np.random.default_rng(seed)
    spread = 10.0 ** rng.integers(0, 4)
    with np.errstate(invalid="ignore"):  # a negative number as an unsigned one is any number, and will do
        array = (rng.standard_normal(shape) * spread).astype(dtype)

    def make(module: Any) -> Any:
        return module.from_numpy(array)

    assert text(rushlight, printing, make, options, "float32") == text(
        torch, torch._tensor_str, make, options, "float32"
    )


@settings(max_examples=500, deadline=None)
@given(
    value=st.floats() | st.floats(width=32) | st.integers(-(2**63), 2**63 - 1),
    dtype=st.sampled_from(["float64", "float32", "int64"]),
    spec=st.sampled_from(["", ".3f", "10.2e", ">+30", "08"]),
)
def test_formats_what_torch_formats(value: float, dtype: str, spec: str) -> None:
    array = np.asarray(value if np.isfinite(value) or dtype != "int64" else 0.0)
    with np.errstate(all="ignore"):
        array = array.astype(dtype)
    assert format(rushlight.from_numpy(array), spec) == format(torch.from_numpy(array), spec)
