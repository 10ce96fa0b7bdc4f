"""Random programs of operations, views, in-place writes, hooks and passes: rushlight against torch."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import rushlight
from tests.programs import KINDS, Machine

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.parity

number = st.integers(0, 40)
steps = st.sampled_from(sorted(KINDS)).flatmap(lambda kind: st.tuples(st.just(kind), *[number] * KINDS[kind]))
programs = st.lists(steps, min_size=3, max_size=14)


def same(ours: Any, theirs: Any) -> bool:
    if ours is None or theirs is None:
        return ours is theirs
    return np.allclose(np.array(ours), np.array(theirs), rtol=1e-9, atol=1e-12, equal_nan=True)


def check(program: list[tuple[Any, ...]]) -> None:
    """Run a program on both and compare all that can be seen after every step."""
    ours, theirs = Machine(rushlight), Machine(torch)
    for k, step in enumerate(program):
        got, expected = ours.run(step), theirs.run(step)
        if theirs.stopped:
            return
        where = f"after step {k} {step} of {program}"
        assert got == expected, f"{got} here, {expected} in torch {where}"
        expected_state = theirs.state()
        our_state = ours.state()
        if theirs.stopped:
            return
        for j, (a, b) in enumerate(zip(our_state, expected_state, strict=True)):
            for key in ("shape", "requires_grad", "is_leaf", "version", "view"):
                assert a[key] == b[key], f"{key} of tensor {j}: {a[key]} here, {b[key]} in torch {where}"
            assert same(a["value"], b["value"]), f"tensor {j}: {a['value']} here, {b['value']} in torch {where}"
            assert same(a["grad"], b["grad"]), f"grad of tensor {j}: {a['grad']} here, {b['grad']} in torch {where}"


@settings(max_examples=2000, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
@given(programs)
def test_random_programs_give_what_torch_gives(program: list[tuple[Any, ...]]) -> None:
    with warnings.catch_warnings():
        # torch warns of much that these programs do on purpose, and some of its lazy imports leave filters behind.
        warnings.simplefilter("ignore")
        check(program)
