"""Tensors with tangents, against derivatives worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

import rushlight as torch
from rushlight.autograd import forward_ad as fwd


def test_tangents_of_results() -> None:
    # d(x^2 + y^2) = 2 x dx + 2 y dy
    x, y, dx = torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0]), torch.tensor([1.0, 10.0])
    with fwd.dual_level():
        dual = fwd.make_dual(x, dx)
        assert fwd.unpack_dual(dual).tangent is dx
        assert fwd.unpack_dual(dual).primal is x
        result = dual**2 + y**2
        primal, tangent = fwd.unpack_dual(result)
        assert primal.tolist() == [10.0, 20.0]
        assert tangent.tolist() == [2.0, 40.0]
        assert not tangent.requires_grad
        both = fwd.unpack_dual(dual * fwd.make_dual(y, dx)).tangent  # y dx + x dy
        assert both.tolist() == [4.0, 60.0]
        assert fwd.unpack_dual(y).tangent is None
        assert fwd.unpack_dual(y.clone().requires_grad_() * 2).tangent is None
    assert fwd.unpack_dual(result).tangent is None


def test_parameters_as_dual_tensors() -> None:
    model = torch.nn.Linear(2, 1)
    weight, bias = model.weight, model.bias
    x = torch.tensor([[1.0, 2.0]])
    with fwd.dual_level():
        duals = {
            "weight": fwd.make_dual(weight, torch.tensor([[3.0, 4.0]])),
            "bias": fwd.make_dual(bias, torch.tensor([5.0])),
        }
        out = torch.func.functional_call(model, duals, x)
        assert fwd.unpack_dual(out).tangent.tolist() == [[16.0]]  # 1*3 + 2*4 + 5
    with fwd.dual_level():
        # The tangent of w^2 is 2 w dw, which w's gradient flows through: 2 dw.
        square = fwd.make_dual(bias, torch.tensor([5.0])) ** 2
        fwd.unpack_dual(square).tangent.sum().backward()
    assert bias.grad.tolist() == [10.0]


class Exp(torch.autograd.Function):
    """e^x with a jvp alone."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.result = torch.exp(x)
        return ctx.result

    @staticmethod
    def jvp(ctx: Any, t: Any) -> Any:
        out = t * ctx.result
        del ctx.result
        return out


class WrongExp(Exp):
    @staticmethod
    def jvp(ctx: Any, t: Any) -> Any:
        return t * ctx.result * 2


def test_functions_with_a_jvp_alone() -> None:
    x = torch.tensor([0.0, 1.0], dtype=torch.float64, requires_grad=True)
    with fwd.dual_level():
        dual = fwd.make_dual(x, torch.tensor([3.0, 0.0], dtype=torch.float64))
        assert fwd.unpack_dual(Exp.apply(dual)).tangent.tolist() == [3.0, 0.0]
    assert torch.autograd.gradcheck(Exp.apply, (x,), check_forward_ad=True, check_backward_ad=False)
    with pytest.raises(torch.autograd.GradcheckError, match="forward mode"):
        torch.autograd.gradcheck(WrongExp.apply, (x,), check_forward_ad=True, check_backward_ad=False)


def test_mistakes_are_explained() -> None:
    x = torch.ones(2)
    with pytest.raises(RuntimeError, match="no level exists"):
        fwd.make_dual(x, x)
    with fwd.dual_level():
        with pytest.raises(RuntimeError, match="Nested"):
            fwd.enter_dual_level()
        with pytest.raises(RuntimeError, match=r"shape \[3\]"):
            fwd.make_dual(x, torch.ones(3))
        with pytest.raises(ValueError, match="floating point"):
            fwd.make_dual(torch.tensor([1, 2]), torch.tensor([1, 2]))
    with pytest.raises(RuntimeError, match="exit"):
        fwd.exit_dual_level()
