"""Samples of arithmetic, powers, elementary functions, rounding, selection and complex numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from op_samples import COMPLEX, FLOATS, INTS, REAL, D, Maker, Sample, call, words

SPECIAL_VALUES = [0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 1e300, -1e-300]
ANALYTIC = (*REAL, *COMPLEX)
WITH_INTS = (*ANALYTIC, "int64", "uint8", "bool")
# A shift away from the borders of a function's domain, where its derivatives grow without bound.
# PyTorch doesn't differentiate these in place.
NO_GRADIENT_IN_PLACE = ("acosh", "asinh", "atanh")
Where = Callable[[Maker], Any]


def anywhere(a: Maker) -> Any:
    return a(2, 3)


def positive(a: Maker) -> Any:
    return a.positive(2, 3)


def inside_one(a: Maker) -> Any:
    return a.between(-0.9, 0.9, 2, 3)


def unary(
    name: str, place: Where = anywhere, dtypes: tuple[str, ...] = WITH_INTS, **more: Any
) -> list[Sample]:
    """A function on values of all its types, on an empty and a 0-d tensor, as a method and in place."""
    in_place = {**more, "gradient": 0} if name in NO_GRADIENT_IN_PLACE else more
    return [
        Sample(name, lambda a: (place(a),), dtypes, **more),
        Sample(name, lambda a: (a.values(place(a).array[0, 0]),), label="no dimensions", **more),
        Sample(name, lambda a: (a(0, 2),), label="empty", **more),
        Sample(f"Tensor.{name}", lambda a: (place(a),), **more),
        Sample(f"Tensor.{name}_", lambda a: (place(a),), **in_place),
    ]


def extremes(name: str, **more: Any) -> Sample:
    """Zeros, infinities, NaN, huge and tiny numbers: values and first derivatives."""
    more = {"gradient": 1, **more}
    return Sample(name, lambda a: (a.values(SPECIAL_VALUES),), ("float64",), label="extremes", **more)


SAMPLES: list[Sample] = []
for _name in words(
    "exp exp2 expm1 sin cos tan sinh cosh tanh asinh atan sigmoid square neg abs sgn reciprocal"
):
    _types = tuple(t for t in WITH_INTS if not (t == "bool" and _name in ("neg", "abs")))
    if _name == "sigmoid":
        _types = tuple(t for t in _types if t != "float16")
    SAMPLES += [*unary(_name, dtypes=_types), extremes(_name)]
for _name in words("log log2 log10 log1p sqrt rsqrt"):
    SAMPLES += [*unary(_name, positive), extremes(_name)]
for _name in words("asin acos atanh"):
    SAMPLES += [*unary(_name, inside_one), extremes(_name)]
SAMPLES += [
    *unary("acosh", lambda a: a.between(1.5, 4, 2, 3), (*ANALYTIC, "int64"), tolerance=1e-10),
    extremes("acosh"),
]
for _name in words("deg2rad rad2deg sinc"):
    SAMPLES += [*unary(_name, dtypes=(*REAL, "int64")), extremes(_name)]
for _name in words("floor ceil trunc round"):
    SAMPLES += [*unary(_name, lambda a: a.between(-9, 9, 2, 3), (*REAL, "int64", "uint8")), extremes(_name)]
SAMPLES += [
    *unary("sign", dtypes=(*REAL, "int64", "bool")),
    extremes("sign"),
    *unary("frac", dtypes=REAL),
    extremes("frac"),
    *unary("relu", dtypes=(*REAL, "int64")),
    extremes("relu"),
    *unary("nan_to_num", dtypes=(*REAL, "int64")),
    extremes("nan_to_num"),
    Sample(
        "nan_to_num", lambda a: call(a.values(SPECIAL_VALUES), nan=2.0, posinf=3.0, neginf=-4.0), ("float64",)
    ),
    Sample("nan_to_num", lambda a: (a.values([1 + 2j, np.nan * 1j], grad=False),), COMPLEX, label="complex"),
    Sample("round", lambda a: call(a.between(-99, 99, 5), decimals=1), tolerance=1e-9),
    Sample("round", lambda a: call(a.between(-9999, 9999, 5), decimals=-2), tolerance=1e-9),
    Sample("signbit", lambda a: (a.values([0.0, -0.0, 1, -1]),), (*REAL, "int64")),
    Sample("positive", lambda a: (a(3),), (*FLOATS, "int64")),
    Sample("positive", lambda a: (a(3),), ("bool",), raises=RuntimeError, label="bool"),
    Sample("neg", lambda a: (a(3),), ("bool",), raises=RuntimeError, label="bool"),
    Sample("neg", lambda a: (a(3),), ("uint8",), label="wraps around"),
    Sample("abs", lambda a: (a.values([-128, 127]),), ("int8",), label="wraps around"),
]


def binary(
    name: str,
    first: Where = anywhere,
    second: Where = anywhere,
    dtypes: tuple[str, ...] = FLOATS,
    **more: Any,
) -> list[Sample]:
    """A function of two operands: equal shapes, broadcast shapes, a method and in place."""
    return [
        Sample(name, lambda a: (first(a), second(a)), dtypes, **more),
        Sample(name, lambda a: (first(a), a.values(second(a).array[0])), label="broadcast", **more),
        Sample(
            name,
            lambda a: (a.values(first(a).array[:, :1]), a.values(second(a).array[:1])),
            label="both broadcast",
            **more,
        ),
        Sample(name, lambda a: (first(a), a.values(second(a).array[0, 0])), label="no dimensions", **more),
    ]


def methods(
    name: str, first: Where = anywhere, second: Where = anywhere, dtypes: tuple[str, ...] = FLOATS
) -> list[Sample]:
    return [Sample(f"Tensor.{n}", lambda a: (first(a), second(a)), dtypes) for n in (name, name + "_")]


def nonzero(a: Maker) -> Any:
    return a.nonzero(2, 3)


_all = (*REAL, *COMPLEX, *INTS)
SAMPLES += [
    *binary("add", dtypes=(*_all, "bool")),
    *methods("add"),
    *binary("sub", dtypes=_all),
    *methods("sub"),
    *binary("mul", dtypes=(*_all, "bool")),
    *methods("mul"),
    *binary("div", second=nonzero, dtypes=_all),
    *methods("div", second=nonzero),
    *binary("rsub", dtypes=_all),
    *binary("remainder", second=nonzero, dtypes=(*REAL, *INTS), tolerance=1e-9),
    *methods("remainder", second=nonzero),
    *binary("fmod", second=nonzero, dtypes=(*REAL, *INTS), tolerance=1e-9),
    *methods("fmod", second=nonzero),
    *binary("floor_divide", second=nonzero, dtypes=(*REAL, *INTS), gradient=0),
    *binary("atan2", dtypes=(*REAL, "int64")),
    *methods("atan2"),
    *binary("hypot", dtypes=REAL),
    *methods("hypot"),
    *binary("copysign", nonzero, dtypes=(*REAL, "int64")),
    *methods("copysign", nonzero),
    *binary("xlogy", second=positive, dtypes=(*REAL, "int64")),
    *methods("xlogy", second=positive),
    *binary("special.xlog1py", second=positive, dtypes=(*REAL, "int64")),
    *binary("logaddexp", dtypes=(*REAL, *COMPLEX)),
    *binary("logaddexp2", dtypes=REAL),
    *binary("maximum", dtypes=(*REAL, *INTS, "bool")),
    *binary("minimum", dtypes=(*REAL, *INTS, "bool")),
    *binary("fmax", dtypes=(*REAL, *INTS)),
    *binary("fmin", dtypes=(*REAL, *INTS)),
    *binary("heaviside", dtypes=(*REAL, *INTS), gradient=0),
    *methods("heaviside", dtypes=("int64",)),
    *binary("nextafter", dtypes=FLOATS, tolerance=0.0),
    *methods("nextafter"),
    *binary("pow", positive, dtypes=(*REAL, *COMPLEX)),
    *methods("pow", positive),
    *binary("float_power", positive, dtypes=(*REAL, *COMPLEX)),
    *methods("float_power", positive, dtypes=("float64",)),
]
for _name in words("maximum minimum fmax fmin"):
    SAMPLES.append(
        Sample(
            _name,
            lambda a: (a.values([1, 2, 2, np.nan, 1]), a.values([2, 1, 2, 1, np.nan])),
            label="ties and NaN",
        )
    )
SAMPLES += [
    Sample("add", lambda a: call(a(3), a(3), alpha=2)),
    Sample(
        "add", lambda a: call(a(3), 2, alpha=-3), (*FLOATS, "int64", "complex128"), label="alpha and number"
    ),
    Sample("add", lambda a: call(a(3), a(3), alpha=1j), ("complex128",), label="complex alpha"),
    Sample(
        "add",
        lambda a: call(a(3), a(3), alpha=0.5),
        ("int64",),
        raises=RuntimeError,
        label="fractional alpha",
    ),
    Sample("sub", lambda a: call(a(3), a(3), alpha=2.5)),
    Sample("sub", lambda a: (a(3), a(3)), ("bool",), raises=RuntimeError, label="bool"),
    Sample("Tensor.__sub__", lambda a: (a(3), 1), ("bool",), raises=RuntimeError, label="bool and number"),
    Sample("Tensor.add_", lambda a: call(a(3), a(3), alpha=2)),
    Sample("Tensor.sub_", lambda a: call(a(3), a(3), alpha=2)),
    Sample("rsub", lambda a: (a(3), 5)),
    Sample("rsub", lambda a: call(a(3), a(3), alpha=2), gradient=1, node=False),
    Sample("div", lambda a: call(a(2, 3), nonzero(a), rounding_mode="floor"), (*FLOATS, *INTS)),
    Sample("div", lambda a: call(a(2, 3), nonzero(a), rounding_mode="trunc"), (*FLOATS, *INTS)),
    Sample("div", lambda a: call(a(2), a(2), rounding_mode="up"), raises=RuntimeError, label="unknown mode"),
    Sample(
        "div",
        lambda a: call(a(2), 0, rounding_mode="floor"),
        ("int64",),
        raises=RuntimeError,
        label="by zero",
    ),
    Sample("Tensor.div_", lambda a: call(a(2, 3), nonzero(a), rounding_mode="floor")),
    Sample("Tensor.div_", lambda a: call(a(3), 2), ("int64",), raises=RuntimeError, label="integers"),
    Sample("remainder", lambda a: (7, nonzero(a)), ("float64", "int64"), gradient=0, label="number first"),
    Sample("remainder", lambda a: (a(3), 0), ("int64",), raises=RuntimeError, label="by zero"),
    Sample("remainder", lambda a: (a(3), 2.5), tolerance=1e-9, label="number"),
    Sample("fmod", lambda a: (a(3), 2.5), tolerance=1e-9, label="number"),
    Sample("copysign", lambda a: (a(3), -1), label="number"),
    Sample("xlogy", lambda a: (2, a.positive(3)), label="number first"),
    Sample("xlogy", lambda a: (a(3), 2.5), label="number"),
    Sample(
        "xlogy", lambda a: (a.values([0, 0, 0, 1]), a.values([0, -1, np.nan, 2])), label="zeros", gradient=1
    ),
    Sample("special.xlog1py", lambda a: (2, a.positive(3)), label="number first"),
    Sample("special.xlog1py", lambda a: (a(3), 2.5), label="number"),
    Sample("logaddexp", lambda a: (a.values([1000, -1000, 0]), a.values([1000, 0, -1000])), label="extremes"),
    Sample("ldexp", lambda a: (a(3), a.ints(-3, 4, 3)), gradient=0),
    Sample("ldexp", lambda a: (a(3), a.ints(0, 4, 3)), node=False, label="gradient"),
    Sample("ldexp", lambda a: (a(3), a(3)), ("float64",), node=False, label="two floats", tolerance=1e-10),
    Sample("Tensor.ldexp_", lambda a: (a(3), a.ints(0, 4, 3)), node=False),
    Sample("frexp", lambda a: (a(4),), REAL),
    Sample("frexp", lambda a: (a.values([0.0, 1.0, -8.0, 0.3]),), label="exact"),
]

# -- powers -----------------------------------------------------------------------------------------------

for _exponent in (0, 1, 2, 3, -1, 0.5, -0.5, 2.5):
    SAMPLES.append(
        Sample(
            "pow",
            lambda a, e=_exponent: (a.positive(3), e),
            ANALYTIC,
            label=f"number {_exponent}",
            tolerance=1e-10,
        )  # type: ignore[misc]
    )
SAMPLES += [
    Sample("pow", lambda a: (a(3), 3), (*INTS, "bool"), label="integers"),
    Sample("pow", lambda a: (a(3), -1), ("int64",), raises=RuntimeError, label="negative integer"),
    Sample("pow", lambda a: (a(3), 0.5), ("int64",), gradient=0, label="root of integers"),
    Sample("pow", lambda a: (a.positive(3), 1 + 1j), ("float64", "complex128"), label="complex number"),
    Sample("pow", lambda a: (2.5, a(3)), (*FLOATS, "complex128", "int64"), label="number first"),
    Sample("pow", lambda a: (0, a.values([0.0, 1, 2, -1])), label="powers of zero", gradient=1),
    Sample("pow", lambda a: (-2, a(3)), label="powers of a negative", gradient=1),
    Sample("pow", lambda a: (1 + 1j, a(3)), ("complex128",), label="complex number first"),
    Sample("pow", lambda a: (2, a.ints(0, 6, 3)), label="integer powers of a number"),
    Sample("pow", lambda a: (a.values([0, 0, 2.0, -1]), a.values([0, 2, 0, 2.0])), gradient=1, label="zeros"),
    Sample("Tensor.pow_", lambda a: (a(3), 2)),
    Sample("Tensor.pow_", lambda a: (a(3), 0.5), ("int64",), raises=RuntimeError, label="integers"),
    Sample("Tensor.__rpow__", lambda a: (a(3), 2)),
    Sample("float_power", lambda a: (a.positive(3), 2), (*REAL, "int64", "complex64")),
    Sample("float_power", lambda a: (2, a(3)), (*FLOATS, "int64")),
    Sample("float_power", lambda a: (a(3), 1j), ("complex128",), label="complex number"),
]

# -- fused, chosen, clamped -------------------------------------------------------------------------------

SAMPLES += [
    Sample("addcmul", lambda a: (a(2, 3), a(3), a(2, 1)), (*REAL, *COMPLEX, "int64")),
    Sample("addcmul", lambda a: call(a(3), a(3), a(3), value=2), (*FLOATS, "int64")),
    Sample("addcmul", lambda a: call(a(3), a(3), a(3), value=1j), ("complex128",), label="complex value"),
    Sample("Tensor.addcmul_", lambda a: call(a(3), a(3), a(3), value=0.5)),
    Sample("addcdiv", lambda a: (a(2, 3), a(3), nonzero(a)), (*REAL, *COMPLEX)),
    Sample("addcdiv", lambda a: call(a(2, 3), a(2, 3), nonzero(a), value=2)),
    Sample("addcdiv", lambda a: (a(3), a(3), a(3)), ("int64",), raises=RuntimeError, label="integers"),
    Sample("Tensor.addcdiv_", lambda a: call(a(2, 3), a(2, 3), nonzero(a), value=0.5)),
    Sample("lerp", lambda a: (a(2, 3), a(3), 0.3), (*FLOATS, *COMPLEX)),
    Sample("lerp", lambda a: (a(2, 3), a(3), 0.7), FLOATS),
    Sample("lerp", lambda a: (a(2, 3), a(3), a(2, 1)), (*FLOATS, *COMPLEX), label="tensor weight"),
    Sample("lerp", lambda a: (a(3), a.ints(0, 2, 3), 0.5), raises=RuntimeError, label="types differ"),
    Sample("Tensor.lerp_", lambda a: (a(3), a(3), 0.25)),
    Sample("where", lambda a: (a.bools(2, 3), a(2, 3), a(3)), (*REAL, *COMPLEX, "int64", "bool")),
    Sample("where", lambda a: (a.bools(2, 3), a(2, 3), 0), (*FLOATS, "int64"), label="number last"),
    Sample("where", lambda a: (a.bools(2, 3), 2.5, a(2, 3)), (*FLOATS, "int64"), label="number first"),
    Sample("where", lambda a: (a.bools(3), 1, 2.0), label="numbers"),
    Sample("where", lambda a: (a.bools(3), 1, 2), label="whole numbers"),
    Sample("where", lambda a: (a.bools(2, 3),), label="condition alone"),
    Sample("where", lambda a: (a.ints(0, 2, 3), a(3), a(3)), raises=RuntimeError, label="integer condition"),
    Sample("Tensor.where", lambda a: (a(3), a.bools(3), a(3))),
    Sample("clamp", lambda a: call(a(9), min=-0.5, max=0.5), (*REAL, "int64")),
    Sample("clamp", lambda a: call(a(9), min=-0.5), label="min"),
    Sample("clamp", lambda a: call(a(9), max=0.5), label="max"),
    Sample("clamp", lambda a: call(a(9), min=1, max=-1), label="crossed"),
    Sample("clamp", lambda a: call(a.values([-1.0, 0.0, 1.0]), min=-1.0, max=1.0), label="at the bounds"),
    Sample("clamp", lambda a: call(a(3, 4), a(4), a(3, 1)), label="tensors"),
    Sample("clamp", lambda a: call(a(3, 4), max=a(4)), label="tensor max"),
    Sample("clamp", lambda a: call(a(3, 4), min=a(4)), label="tensor min"),
    Sample("clamp", lambda a: (a(3),), raises=RuntimeError, label="no bound"),
    Sample("clamp", lambda a: call(a(9), -1, 100), ("uint8", "int8"), label="narrow types"),
    Sample("clamp", lambda a: call(a(9), 0, 300), ("uint8",), raises=RuntimeError, label="overflow"),
    Sample("Tensor.clamp_", lambda a: (a(9), -0.5, 0.5)),
    Sample("clamp_min", lambda a: (a(9), 0.25), (*REAL, "int64")),
    Sample("clamp_min", lambda a: (a(3, 4), a(4)), label="tensor"),
    Sample("clamp_max", lambda a: (a(9), 0.25), (*REAL, "int64")),
    Sample("clamp_max", lambda a: (a(3, 4), a(4)), label="tensor"),
    Sample("Tensor.clamp_min_", lambda a: (a(9), 0.25)),
    Sample("Tensor.clamp_max_", lambda a: (a(9), 0.25)),
    Sample("masked_fill", lambda a: (a(2, 3), a.bools(3), 2.5), (*REAL, *COMPLEX, "int64", "bool")),
    Sample(
        "masked_fill", lambda a: (a(2, 3), a.bools(2, 1), a()), (*REAL, *COMPLEX, "int64"), label="tensor"
    ),
    Sample(
        "masked_fill", lambda a: (a(3), a.bools(3), a(3)), raises=RuntimeError, label="value with dimensions"
    ),
    Sample("masked_fill", lambda a: (a(3), a.ints(0, 2, 3), 1), raises=RuntimeError, label="integer mask"),
    Sample(
        "masked_fill", lambda a: (a(3), a.bools(3), 300), ("int8",), raises=RuntimeError, label="overflow"
    ),
    Sample("Tensor.masked_fill_", lambda a: (a(2, 3), a.bools(3), -1)),
    Sample("Tensor.masked_fill_", lambda a: (a(2, 3), a.bools(3), a()), label="tensor"),
    Sample("logit", lambda a: (a.between(0.1, 0.9, 3),), REAL, tolerance=1e-10),
    Sample("logit", lambda a: (a.values([0.0, 1.0, -0.5, 1.5, 0.5]),), gradient=1, label="borders"),
    Sample("logit", lambda a: (a.values([0.0, 1.0, 0.05, 0.5]), 0.1), tolerance=1e-10),
    Sample("Tensor.logit_", lambda a: (a.between(0.1, 0.9, 3),), tolerance=1e-10),
]

# -- complex numbers --------------------------------------------------------------------------------------

SAMPLES += [
    Sample("real", lambda a: (a(2, 3),), (*COMPLEX, *FLOATS)),
    Sample("imag", lambda a: (a(2, 3),), COMPLEX),
    Sample("imag", lambda a: (a(2, 3),), raises=RuntimeError, label="real"),
    Sample("Tensor.real", lambda a: (a(2),), COMPLEX),
    Sample("Tensor.imag", lambda a: (a(2),), COMPLEX),
    Sample("conj", lambda a: (a(2, 3),), (*COMPLEX, *FLOATS)),
    Sample("conj_physical", lambda a: (a(2, 3),), (*COMPLEX, *FLOATS, "int64")),
    Sample("Tensor.conj_physical_", lambda a: (a(3),), ("complex128",), node=False),
    Sample("resolve_conj", lambda a: (a(3),), COMPLEX),
    Sample("resolve_neg", lambda a: (a(3),), COMPLEX),
    Sample("view_as_real", lambda a: (a(2, 3),), COMPLEX),
    Sample("view_as_real", lambda a: (a(),), COMPLEX, label="no dimensions"),
    Sample("view_as_complex", lambda a: (a(3, 2),)),
    Sample("view_as_complex", lambda a: (a(3),), raises=RuntimeError, label="wrong size"),
    Sample("complex", lambda a: (a(2, 3), a(3))),
    Sample("polar", lambda a: (a.positive(2, 3), a(3))),
    Sample("angle", lambda a: (a(2, 3),), (*COMPLEX, *REAL, "int64")),
    Sample("angle", lambda a: (a.values([0j, 1, -1, 1j, -1j]),), ("complex128",), gradient=1, label="axes"),
    Sample("abs", lambda a: (a.values([0j, 3 + 4j]),), ("complex128",), gradient=1, label="complex zero"),
    Sample("sgn", lambda a: (a.values([0j, 3 + 4j]),), ("complex128",), gradient=1, label="complex zero"),
    Sample("is_complex", lambda a: (a(2),), ("float64", "complex64")),
    Sample("is_floating_point", lambda a: (a(2),), ("float64", "complex64", "int64")),
    Sample("is_conj", lambda a: (a(2),)),
    Sample("is_neg", lambda a: (a(2),)),
    Sample("is_nonzero", lambda a: (a(1),)),
    Sample("is_nonzero", lambda a: (a(2),), raises=RuntimeError, label="two elements"),
    Sample(
        "complex parts written",
        lambda a: (a(3),),
        COMPLEX,
        function=lambda torch, z: _write_parts(z),
        node=False,
    ),
]


def _write_parts(z: Any) -> Any:
    """In-place writes through the views of the parts become part of the history."""
    w = z * (1 + 2j)
    w.real.mul_(3)
    w.imag[1:] = w.real[1:]
    return w


# -- operators and out= -----------------------------------------------------------------------------------


def _operators(torch: Any, x: Any, y: Any) -> Any:
    return [
        x + y,
        x - y,
        x * y,
        x / y,
        x % y,
        x**2,
        x + 2,
        2 + x,
        x - 2,
        2 - x,
        x * 2,
        2 * x,
        x / 2,
        2 / x,
        x % 2,
        2.0**y,
        -x,
        +x,
        abs(x),
        x > y,
        x >= 0,
        x < y,
        x <= 0,
        x == y,
        x != y,
        x == "a",
        x != "a",
    ]


def _integer_operators(torch: Any, x: Any, y: Any) -> Any:
    n = y * y + 1
    return [
        x // n,
        x // 3,
        7 // n,
        x % n,
        x % 3,
        7 % n,
        x & y,
        x & 1,
        1 & x,
        x | y,
        x | 1,
        1 | x,
        x ^ y,
        x ^ 1,
        1 ^ x,
        ~x,
        x << 2,
        2 << n,
        x >> 1,
        64 >> n,
        x << n,
        x >> n,
        2**n,
    ]


def _in_place_operators(torch: Any, x: Any, y: Any) -> Any:
    z = x.clone()
    z += y
    z -= 1
    z *= y
    z /= 2
    z **= 2
    z %= 5
    return z


def _in_place_integers(torch: Any, x: Any, y: Any) -> Any:
    z = x.clone()
    z += y
    z //= 2
    z <<= 2
    z >>= 1
    z &= 29
    z |= 3
    z ^= y
    z %= 7
    return z


SAMPLES += [
    Sample("operators", lambda a: (a(2, 3), nonzero(a)), function=_operators, gradient=1, tolerance=1e-10),
    Sample("integer operators", lambda a: (a(2, 3), a(2, 3)), INTS, function=_integer_operators),
    Sample(
        "in-place operators", lambda a: (a(2, 3), nonzero(a)), function=_in_place_operators, tolerance=1e-9
    ),
    Sample("in-place operators on integers", lambda a: (a(2, 3), a(2, 3)), INTS, function=_in_place_integers),
    Sample("add", lambda a: call(a(3, grad=False), a(3, grad=False), out=np.zeros(3)), label="out"),
    Sample(
        "exp resized",
        lambda a: (a(3, grad=False),),
        function=lambda torch, x: torch.exp(x, out=torch.empty(0)),
    ),
    Sample(
        "exp",
        lambda a: call(a(3, grad=False), out=np.zeros(3, np.int64)),
        raises=RuntimeError,
        label="out of integers",
    ),
    Sample("exp", lambda a: call(a(3), out=np.zeros(3)), raises=RuntimeError, label="out and gradient"),
    Sample("clamp", lambda a: call(a(3, grad=False), 0, 1, out=a(3, grad=False)), label="out"),
]

_ALIASES = words("absolute arccos arccosh arcsin arcsinh arctan arctanh negative fix")
for _name in _ALIASES:
    _place = (lambda a: a.between(1.5, 4, 3)) if _name == "arccosh" else (lambda a: a.between(-0.9, 0.9, 3))
    SAMPLES.append(Sample(_name, lambda a, place=_place: (place(a),)))  # type: ignore[misc]
for _name in words(
    "arctan2 divide true_divide multiply subtract greater greater_equal less less_equal not_equal"
):
    SAMPLES.append(Sample(_name, lambda a: (a(3), a.nonzero(3))))
SAMPLES += [Sample("clip", lambda a: (a(3), -0.5, 0.5)), Sample("Tensor.clip_", lambda a: (a(3), -0.5, 0.5))]
_ = D
for _name in words("sin_ neg_ clamp_min_ round_ xlogy_ gcd_"):
    _kind = ("int64",) if _name == "gcd_" else FLOATS
    _two = _name in words("clamp_min_ xlogy_ gcd_")
    SAMPLES.append(
        Sample(
            f"torch.{_name}",
            lambda a, two=_two: (a(3), a.positive(3)) if two else (a(3),),  # type: ignore[misc]
            _kind,
            function=lambda torch, x, *rest, name=_name: getattr(torch, name)(x.clone(), *rest),  # type: ignore[misc]
        )
    )
SAMPLES += [
    Sample("is_signed", lambda a: (a(2),), ("float64", "uint8", "int8", "bool", "complex64")),
    Sample("is_tensor", lambda a: (a(2),)),
    Sample("is_inference", lambda a: (a(2),)),
]
