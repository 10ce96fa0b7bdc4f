"""Samples of the elementwise ops."""

from __future__ import annotations

from op_samples import Sample, call

SAMPLES = [
    Sample("add", lambda a: (a(2, 3), a(3))),
    Sample("add", lambda a: call(a(3), a(3), alpha=2)),
    Sample("Tensor.add_", lambda a: (a(2, 3), a(3))),
    Sample("exp", lambda a: (a(2, 3),), dtypes=("float64", "float32", "complex128")),
]
