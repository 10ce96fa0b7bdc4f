"""torch.func and torch.autograd.functional: PyTorch's recorded results, nesting, mistakes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import rushlight as torch
from rushlight import func
from rushlight.autograd import functional
from tests.func_cases import CASES, plain, x

RECORDED = json.loads((Path(__file__).parent / "golden/func.json").read_text(encoding="utf-8"))


def close(got: Any, expected: Any) -> None:
    if isinstance(expected, dict):
        assert got.keys() == expected.keys()
        for key in expected:
            close(got[key], expected[key])
    elif isinstance(expected, list):
        assert len(got) == len(expected)
        for a, b in zip(got, expected, strict=True):
            close(a, b)
    elif isinstance(expected, bool):
        assert got is expected
    else:
        assert got == pytest.approx(expected, rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("name", CASES)
def test_as_recorded(name: str) -> None:
    close(plain(CASES[name](torch)), RECORDED[name])


def test_inner_loop_of_meta_learning() -> None:
    # one inner step on f(p) = p^2 with rate 0.1: q = p - 0.2 p = 0.8 p; the outer loss q^2 has slope 1.28 p
    p = torch.tensor(2.0, requires_grad=True)
    inner = func.grad(lambda q: q * q)(p)
    ((p - 0.1 * inner) ** 2).backward()
    assert p.grad.item() == pytest.approx(2.56)


def test_results_of_plain_tensors_are_plain() -> None:
    assert not func.grad(lambda a: (a * a).sum())(x(torch)).requires_grad
    with torch.no_grad():  # a transform records by itself
        assert func.grad(lambda a: (a * a).sum())(x(torch)).tolist() == [2, 4, 6]


def test_cotangents_of_another_structure() -> None:
    _, pull = func.vjp(lambda a: {"y": a}, x(torch))
    with pytest.raises(RuntimeError, match="containers"):
        pull(x(torch))
    with pytest.raises(RuntimeError, match=r"\[2\] for an output of shape \[3\]"):
        pull({"y": torch.ones(2)})


def test_randomness_in_vmap() -> None:
    batch = torch.zeros(3, 2)
    same = func.vmap(lambda a: a + torch.rand(2), randomness="same")(batch)
    different = func.vmap(lambda a: a + torch.rand(2), randomness="different")(batch)
    assert same[0].tolist() == same[1].tolist() == same[2].tolist()
    assert different[0].tolist() != different[1].tolist()
    with pytest.raises(RuntimeError, match="randomness error mode"):
        func.vmap(lambda a: a + torch.rand(2))(batch)


def test_gradients_go_through_vmap() -> None:
    batch = torch.ones(3, 2, requires_grad=True)
    func.vmap(lambda a: a.sum() * 2)(batch).sum().backward()
    assert batch.grad.tolist() == [[2, 2]] * 3


@pytest.mark.parametrize(
    ("act", "error", "words"),
    [
        (lambda: func.grad(lambda a: a)(x(torch)), RuntimeError, r"scalar tensor, but got shape \[3\]"),
        (lambda: func.grad(lambda a: a.sum())(3), TypeError, "int"),
        (lambda: func.grad(lambda a: a.sum(), argnums=1)(x(torch)), RuntimeError, "argnum=1"),
        (lambda: func.grad(lambda a: a.sum())(torch.arange(3)), RuntimeError, "torch.int64"),
        (lambda: func.jvp(lambda a: a, x(torch), x(torch)), RuntimeError, "tuples"),
        (lambda: func.jvp(lambda a: a, (x(torch),), (torch.ones(2),)), RuntimeError, r"shape \[3\], not \[2\]"),
        (lambda: func.vmap(lambda a, b: a)(torch.ones(2), torch.ones(3)), ValueError, "got 2 and 3"),
        (lambda: func.vmap(lambda a: a, in_dims=None)(x(torch)), ValueError, "all of in_dims are None"),
        (lambda: func.vmap(lambda a: a)(3), ValueError, "in_dim=0 for a int"),
        (lambda: func.vmap(lambda a: a, in_dims=2)(x(torch)), ValueError, "1 dimensions"),
        (lambda: func.vmap(lambda a: 1)(x(torch)), ValueError, "only return Tensors"),
        (lambda: func.vmap(lambda a: a, randomness="some"), RuntimeError, "some"),
        (lambda: functional.hessian(lambda a: a, x(torch)), RuntimeError, "single element"),
        (lambda: functional.jacobian(lambda a: 3, x(torch)), TypeError, "int"),
        (lambda: functional.jacobian(lambda a: a, [1]), TypeError, "list"),
        (
            lambda: functional.jacobian(lambda a: torch.ones(2), x(torch), strict=True),
            RuntimeError,
            "does not require gradients",
        ),
        (lambda: functional.vjp(lambda a: a, x(torch)), RuntimeError, "v can only be None"),
        (lambda: functional.jvp(lambda a: a, x(torch), torch.ones(2)), RuntimeError, r"shape \[2\], and \[3\]"),
    ],
)
def test_mistakes_are_explained(act: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        act()
