"""Every op sample is drawn, with the gradients that backward gives and the values that were computed."""

from __future__ import annotations

import importlib
import xml.etree.ElementTree as ElementTree
from typing import Any

import numpy as np
import pytest
from op_check import Run, array_of
from op_samples import registry

import rushlight as torch
from rushlight.show import graph
from rushlight.show.page import FORMULAS, derivative, formula
from rushlight.show.reading import AGAIN, computed_again

SAMPLES = list(registry().items())
PARTS = 20  # so many tests share the samples, which take milliseconds each


@pytest.mark.parametrize("part", range(PARTS))
def test_samples_are_drawn(part: int) -> None:
    drawn = 0
    for name, sample in SAMPLES[part::PARTS]:
        run = Run(torch, sample, sample.dtypes[0])
        outputs = [t for t in run.outputs if t.grad_fn is not None]
        if outputs:
            drawn += 1
            draw(name, run, outputs[-1], sample.gradient > 0)
    assert drawn > 20


def draw(name: str, run: Run, out: Any, differentiable: bool) -> None:
    """Draw one result, and compare its leaves' gradients with those of autograd."""
    g = graph(out, names={f"leaf {k}": t for k, t in enumerate(run.leaves)})
    if differentiable and run.leaves and "needs SciPy" not in g.gradient_note:
        assert g.gradient_note.startswith("gradients are those of"), (name, g.gradient_note)
        with np.errstate(all="ignore"):
            ones = torch.ones_like(out)
            leaves = run.leaves
            wanted = torch.autograd.grad(out, leaves, ones, retain_graph=True, allow_unused=True) if leaves else ()
        found = {v.name: v.gradient for v in g.vertices}
        for k, gradient in enumerate(wanted):
            if gradient is not None:
                same(name, found[f"leaf {k}"], gradient)
    result = g.result
    if result.node.op is not None and result.node.op.name in AGAIN and not result.node.op.multi:
        known = {e.input: g.vertex(e.source).values[e.output] for e in g.inputs.get(result.number, [])}
        for value in computed_again(result, known):
            same(name, value, out)
    assert g.text(), name
    assert g.dot().endswith("}\n"), name
    ElementTree.fromstring(g.svg())
    assert "</html>" in g.html(), name


def same(name: str, found: Any, wanted: Any) -> None:
    np.testing.assert_allclose(array_of(found), array_of(wanted), rtol=1e-6, atol=1e-9, equal_nan=True, err_msg=name)


def test_formulas_are_those_of_ops_and_of_their_inputs() -> None:
    importlib.import_module("rushlight.nn.functional")  # the ops of neural networks load later
    ops = importlib.import_module("rushlight.ops._op").ALL_OPS
    for name, (text, rules) in FORMULAS.items():
        inputs = {i for op in ops if op.name == name for i in op.inputs}
        assert inputs, f"there is no op {name}"
        assert set(rules) <= inputs, f"{name} has the inputs {inputs}"
        assert text


@pytest.mark.parametrize(
    ("make", "text", "rules"),
    [
        (lambda x: x * x, "x · y", ["y", "x"]),
        (lambda x: x**3, "x ^ exponent", ["exponent · x ^ (exponent − 1)"]),  # noqa: RUF001
        (lambda x: 3**x, "base ^ x", ["base ^ x · ln base"]),
        (lambda x: x.flip(0), "flip(x, dims)", ["gradient ↦ flip_op(g, dims), with g the gradient"]),
        (
            lambda x: torch.lerp(x, x, x),
            "lerp(x, y, weight)",
            [f"gradient ↦ {rule}, with g the gradient" for rule in ("g * (1 - weight)", "g * weight", "g * (y - x)")],
        ),
    ],
)
def test_formulas_of_some_ops(make: Any, text: str, rules: list[str]) -> None:
    """Where there is no formula, the rule's own code is shown."""
    node = make(torch.ones(2, requires_grad=True)).grad_fn
    assert formula(node) == text
    assert [derivative(node, name) for name in node.op.inputs] == rules
