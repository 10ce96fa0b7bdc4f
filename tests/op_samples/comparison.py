"""Samples of comparisons, logic and bits."""

from __future__ import annotations

import numpy as np

from op_samples import ALL, COMPLEX, FLOATS, INTS, REAL, Sample, call, words

SAMPLES: list[Sample] = []
ORDERED = (*REAL, *INTS, "bool")
for _name in words("eq ne lt le gt ge"):
    _types = ALL if _name in ("eq", "ne") else ORDERED
    SAMPLES += [
        Sample(_name, lambda a: (a.between(0, 1, 2, 9), a.between(0, 1, 9)), _types),
        Sample(_name, lambda a: (a.between(0, 2, 9), 1), _types, label="number"),
        Sample(
            _name,
            lambda a: (a.values([0.0, np.nan, np.inf]), a.values([-0.0, np.nan, np.inf])),
            label="extremes",
        ),
        Sample(f"Tensor.{_name}", lambda a: (a(9), a(9))),
        Sample(f"Tensor.{_name}_", lambda a: (a(9), a(9))),
    ]
for _name in words("lt le gt ge"):
    SAMPLES.append(
        Sample(_name, lambda a: (a(3), a(3)), COMPLEX, raises=NotImplementedError, label="complex")
    )
for _name in words("logical_and logical_or logical_xor"):
    SAMPLES += [
        Sample(_name, lambda a: (a.between(0, 1, 2, 9), a.between(0, 1, 9)), ALL),
        Sample(f"Tensor.{_name}_", lambda a: (a.between(0, 1, 9), a.between(0, 1, 9)), ("int64", "bool")),
        Sample(f"Tensor.{_name}_", lambda a: (a(9), a(9)), gradient=0, label="floats"),
    ]
SAMPLES += [
    Sample("logical_not", lambda a: (a.between(0, 1, 9),), ALL),
    Sample("Tensor.logical_not_", lambda a: (a.between(0, 1, 9),), ("int64", "bool")),
    Sample("Tensor.logical_not_", lambda a: (a(9),), gradient=0, label="floats"),
]
for _name in words("isnan isinf isfinite isposinf isneginf isreal"):
    _types = REAL if _name.endswith(("posinf", "neginf")) else (*REAL, *COMPLEX)
    SAMPLES += [
        Sample(_name, lambda a: (a.values([0, 1, np.nan, np.inf, -np.inf]),), _types),
        Sample(_name, lambda a: (a(3),), ("int64", "bool"), label="integers"),
    ]
for _name in words("bitwise_and bitwise_or bitwise_xor"):
    SAMPLES += [
        Sample(_name, lambda a: (a(2, 9), a(9)), (*INTS, "bool")),
        Sample(_name, lambda a: (a(9), 5), (*INTS, "bool"), label="number"),
        Sample(_name, lambda a: (5, a(9)), INTS, label="number first"),
        Sample(_name, lambda a: (a(3), a(3)), FLOATS, raises=NotImplementedError, label="floats"),
        Sample(f"Tensor.{_name}_", lambda a: (a(9), a(9)), INTS),
    ]
for _name in words("bitwise_left_shift bitwise_right_shift"):
    SAMPLES += [
        Sample(_name, lambda a: (a(2, 9), a.between(0, 5, 9)), INTS),
        Sample(_name, lambda a: (a(9), 70), ("int64",), label="far"),
        Sample(_name, lambda a: (a(9), -1), ("int64",), label="negative"),
        Sample(f"Tensor.{_name}_", lambda a: (a(9), 2), INTS),
    ]
for _name in ("gcd", "lcm"):
    SAMPLES += [
        Sample(_name, lambda a: (a(2, 9), a(9)), INTS),
        Sample(f"Tensor.{_name}_", lambda a: (a(9), a(9)), ("int64",)),
        Sample(_name, lambda a: (a(3), a(3)), FLOATS, raises=NotImplementedError, label="floats"),
    ]
SAMPLES += [
    Sample("bitwise_not", lambda a: (a(9),), (*INTS, "bool")),
    Sample("bitwise_not", lambda a: (a(3),), raises=NotImplementedError, label="floats"),
    Sample("Tensor.bitwise_not_", lambda a: (a(9),), INTS),
    Sample("Tensor.__invert__", lambda a: (a(3),), raises=TypeError, label="floats"),
    Sample("equal", lambda a: (a(3), a(3))),
    Sample("equal", lambda a: (a.values([1, 2]), a.values([1, 2])), ALL, label="same"),
    Sample("equal", lambda a: (a.values([1, 2]), a.values([[1, 2]])), label="shapes differ"),
    Sample(
        "isclose",
        lambda a: (a.values([1, 2, np.nan, np.inf]), a.values([1 + 1e-6, 2.1, np.nan, np.inf])),
        (*REAL, *COMPLEX),
    ),
    Sample(
        "isclose",
        lambda a: call(
            a.values([1, np.nan, np.inf]), a.values([1.2, np.nan, -np.inf]), rtol=0.3, equal_nan=True
        ),
    ),
    Sample(
        "isclose",
        lambda a: call(a.values([1, 2, 30]), a.values([1, 3, 31]), rtol=0.1),
        INTS,
        label="integers",
    ),
    Sample("isclose", lambda a: (a(3), a.ints(0, 2, 3)), raises=RuntimeError, label="types differ"),
    Sample("isclose", lambda a: call(a(3), a(3), rtol=-1.0), raises=RuntimeError, label="negative tolerance"),
    Sample("allclose", lambda a: (a.values([1, 2]), a.values([1 + 1e-9, 2]))),
    Sample("allclose", lambda a: (a.values([1, 2]), a.values([1.1, 2])), label="far"),
]
