"""Every declared op is exercised by a sample: none can be added without being compared with PyTorch."""

from __future__ import annotations

import gc
import importlib
import pkgutil
import types
from typing import Any

import pytest
from op_check import Run
from op_samples import Sample, registry

import rushlight
import rushlight.ops
from rushlight.ops._op import ALL_OPS, Op


def import_every_op() -> None:
    for module in pkgutil.iter_modules(rushlight.ops.__path__, "rushlight.ops."):
        importlib.import_module(module.name)


def count_calls(monkeypatch: pytest.MonkeyPatch) -> dict[int, int]:
    """Count the calls of every op's array code, by the op's id.

    A dispatcher that was compiled for an op has the array code among its globals; the other paths
    take it from the op.
    """
    counts = {id(op): 0 for op in ALL_OPS}

    def counted(op: Op, forward: Any) -> Any:
        def count(*args: Any) -> Any:
            counts[id(op)] += 1
            return forward(*args)

        return count

    for thing in gc.get_objects():
        if type(thing) is types.FunctionType and isinstance(thing.__globals__.get("OP"), Op):
            scope = thing.__globals__
            monkeypatch.setitem(scope, "forward_", counted(scope["OP"], scope["OP"].forward))
    for op in ALL_OPS:
        forward, careful = op.forward, op.careful
        monkeypatch.setattr(op, "forward", counted(op, forward))
        monkeypatch.setattr(op, "careful", counted(op, careful))
    return counts


def exercise(sample: Sample) -> None:
    """Run a sample and its derivatives in the first of its types."""
    run = Run(rushlight, sample, sample.dtypes[0])
    if run.error is None and sample.gradient and run.leaves:
        run.derivatives(min(sample.gradient, 2), 0)


def test_every_op_is_exercised_by_a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    import_every_op()
    samples = registry()
    counts = count_calls(monkeypatch)
    for sample in samples.values():
        exercise(sample)
    missing = sorted(f"{op.name} ({op.node.__name__})" for op in ALL_OPS if not counts[id(op)])
    assert not missing, f"{len(missing)} ops that no sample exercises: {', '.join(missing)}"
