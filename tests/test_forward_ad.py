"""torch.autograd.forward_ad: tangents against derivatives by hand, and the rules of levels."""

from __future__ import annotations

import math
from typing import Any

import pytest

import rushlight as torch
import rushlight.autograd.forward_ad as fwAD


def test_tangents_of_a_chain() -> None:
    with fwAD.dual_level() as level:
        assert level == 0
        x = fwAD.make_dual(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 10.0]))
        y = x * x + 3  # dy = 2 x dx
        value, tangent = fwAD.unpack_dual(y)
        assert value.tolist() == [4.0, 7.0] and tangent is not None and tangent.tolist() == [2.0, 40.0]
        assert not value.requires_grad and not tangent.requires_grad
        total = fwAD.unpack_dual(y.sum()).tangent
        assert total is not None and total.item() == 42.0
    assert fwAD.unpack_dual(y).tangent is None


def test_the_dual_tensor_itself() -> None:
    x, dx = torch.ones(2), torch.tensor([1.0, 10.0])
    with fwAD.dual_level():
        primal, tangent = fwAD.unpack_dual(fwAD.make_dual(x, dx))
        assert tangent is dx and primal.data_ptr() == x.data_ptr()
        assert fwAD.unpack_dual(x.clone().requires_grad_() * 2).tangent is None


def test_several_dual_tensors_and_one_without() -> None:
    with fwAD.dual_level():
        a = fwAD.make_dual(torch.tensor(2.0), torch.tensor(1.0))
        b = fwAD.make_dual(torch.tensor(3.0), torch.tensor(100.0))
        c = torch.tensor(5.0)
        product = fwAD.unpack_dual(a * b * c).tangent  # b c da + a c db = 15 + 1000
        assert product is not None and product.item() == 1015.0
        assert fwAD.unpack_dual(c * 2) == (10.0, None)
        assert fwAD.unpack_dual(a.detach()).tangent is None
        assert fwAD.unpack_dual(a > 1).tangent is None


def test_tangents_are_differentiable_by_what_is_outside() -> None:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    with fwAD.dual_level():
        dual = fwAD.make_dual(w, torch.tensor([3.0, 4.0]))
        value, tangent = fwAD.unpack_dual(dual**3)
        assert tangent is not None and tangent.tolist() == [9.0, 48.0]  # 3 w^2 dw
    tangent.sum().backward()
    assert w.grad is not None and w.grad.tolist() == [18.0, 48.0]  # 6 w dw
    value.sum().backward()
    assert w.grad.tolist() == [21.0, 60.0]  # and 3 w^2


def test_what_was_unpacked_is_a_constant_in_its_level() -> None:
    x = torch.tensor(3.0, requires_grad=True)
    with fwAD.dual_level():
        dual = fwAD.make_dual(x, torch.tensor(1.0))
        primal, tangent = fwAD.unpack_dual(dual * dual)
        assert tangent is not None
        assert fwAD.unpack_dual(primal).tangent is None and fwAD.unpack_dual(tangent).tangent is None
        again = fwAD.unpack_dual(primal * dual).tangent  # 9 dx
        assert again is not None and again.item() == 9.0


def test_writes_and_views_carry_tangents() -> None:
    with fwAD.dual_level():
        x = fwAD.make_dual(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 10.0]))
        buffer = torch.zeros(3)
        buffer[1:] = x
        whole = fwAD.unpack_dual(buffer).tangent
        assert whole is not None and whole.tolist() == [0.0, 1.0, 10.0]
        x.mul_(3)
        x[0] = 5.0
        part = fwAD.unpack_dual(x).tangent
        assert part is not None and part.tolist() == [0.0, 30.0]
        last = fwAD.unpack_dual(x[1:] ** 2).tangent  # 2 * 6 * 30
        assert last is not None and last.tolist() == [360.0]


def test_tangents_of_a_running_logarithm_of_sums() -> None:
    # log e^a is a; d log(e^a + e^b) = (e^a da + e^b db) / (e^a + e^b) = da + (db - da) / (1 + e^(a - b))
    a, da = torch.tensor([1.0, 2.0]), torch.tensor([1.0, 10.0])
    expected = pytest.approx([1.0, 1 + 9 / (1 + math.exp(-1))])
    with fwAD.dual_level():
        tangent = fwAD.unpack_dual(fwAD.make_dual(a, da).logcumsumexp(0)).tangent
    assert tangent is not None and tangent.tolist() == expected
    assert torch.func.jvp(lambda x: x.logcumsumexp(0), (a,), (da,))[1].tolist() == expected


def test_parameters_of_a_module() -> None:
    layer = torch.nn.Linear(2, 1)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[2.0, 3.0]]))
        layer.bias.zero_()
    x = torch.tensor([[1.0, 10.0]])
    with fwAD.dual_level():
        duals = {name: fwAD.make_dual(p, torch.ones_like(p)) for name, p in layer.named_parameters()}
        value, tangent = fwAD.unpack_dual(torch.func.functional_call(layer, duals, (x,)))
        assert tangent is not None and (value.item(), tangent.item()) == (32.0, 12.0)  # 1 + 10 + 1
    value.backward()
    assert layer.weight.grad is not None and layer.weight.grad.tolist() == [[1.0, 10.0]]


def test_printing_and_numpy() -> None:
    with fwAD.dual_level():
        x = fwAD.make_dual(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 10.0]))
        assert repr(x * x) == "tensor([1., 4.], tangent=tensor([ 2., 40.]))"
        assert (x * x).numpy().tolist() == [1.0, 4.0]
        w = fwAD.make_dual(torch.ones(1, requires_grad=True), torch.ones(1))
        with pytest.raises(RuntimeError, match="numpy"):
            w.numpy()


def test_levels() -> None:
    with pytest.raises(RuntimeError, match="no level exists"):
        fwAD.make_dual(torch.ones(1), torch.ones(1))
    with pytest.raises(RuntimeError, match="no level to exit"):
        fwAD.exit_dual_level()
    assert fwAD.unpack_dual(torch.ones(1)).tangent is None
    with fwAD.dual_level(), pytest.raises(RuntimeError, match="Nested forward mode AD is not supported"):
        fwAD.enter_dual_level()
    with torch.inference_mode(), pytest.raises(NotImplementedError, match="leave it out"):
        fwAD.enter_dual_level()
    with pytest.raises(RuntimeError, match="only one level, 0, and no level 3"):
        fwAD.unpack_dual(torch.ones(1), level=3)


def test_what_make_dual_refuses() -> None:
    x, t = torch.ones(2), torch.ones(2)
    with fwAD.dual_level():
        dual = fwAD.make_dual(x, t)
        with pytest.raises(RuntimeError, match=r"size \[2\] while the given forward gradient is of size \[3\]"):
            fwAD.make_dual(x, torch.ones(3))
        with pytest.raises(ValueError, match="Expected primal to be floating point"):
            fwAD.make_dual(torch.tensor([1, 2]), t)
        with pytest.raises(ValueError, match="Expected tangent to be floating point"):
            fwAD.make_dual(x, torch.tensor([1, 2]))
        with pytest.raises(RuntimeError, match="already has a forward gradient"):
            fwAD.make_dual(dual * 2, t)
        with pytest.raises(RuntimeError, match="itself has a forward gradient"):
            fwAD.make_dual(x, dual)
        with pytest.raises(TypeError, match="must be a Tensor"):
            fwAD.make_dual(1.0, t)


def test_no_grad_around_and_inside() -> None:
    w = torch.tensor(2.0, requires_grad=True)
    with torch.no_grad():
        with fwAD.dual_level():
            value, tangent = fwAD.unpack_dual(w * fwAD.make_dual(w, torch.tensor(1.0)))
        assert not torch.is_grad_enabled()
    assert tangent is not None and tangent.item() == 2.0
    assert not value.requires_grad and not tangent.requires_grad

    @torch.no_grad()
    def decorated() -> None:
        raise AssertionError("not reached")

    with fwAD.dual_level():
        for stop in (torch.no_grad, torch.inference_mode, lambda: torch.set_grad_enabled(False)):
            with pytest.raises(NotImplementedError, match="inside a dual level isn't supported"), stop():
                pass
        with pytest.raises(NotImplementedError, match="inside a dual level isn't supported"):
            decorated()
        torch.distributions.Normal(0.0, 1.0).sample()  # which records nothing in PyTorch either
        with torch.enable_grad():
            pass


class Product(torch.autograd.Function):
    """x y n and x + 1, with a jvp and no backward."""

    calls: list[Any] = []

    @staticmethod
    def forward(ctx: Any, x: Any, y: Any, n: int) -> Any:
        ctx.save_for_forward(x, y)
        ctx.n = n
        return x * y * n, x + 1

    @staticmethod
    def jvp(ctx: Any, dx: Any, dy: Any, dn: Any) -> Any:
        Product.calls.append((dx.tolist(), dy.tolist(), dn))
        x, y = ctx.saved_tensors
        return (dx * y + x * dy) * ctx.n, dx


def test_jvp_of_a_custom_function() -> None:
    Product.calls.clear()
    with fwAD.dual_level():
        x = fwAD.make_dual(torch.tensor(3.0), torch.tensor(1.0))
        a, b = Product.apply(x, torch.tensor(5.0), 2)
        first, second = fwAD.unpack_dual(a * a), fwAD.unpack_dual(b)
    assert first.tangent is not None and first.tangent.item() == 2 * 30 * 10  # 2 a da, da = 5 * 2
    assert second.tangent is not None and second.tangent.item() == 1.0
    assert Product.calls == [(1.0, 0.0, None)]  # zeros for the tensor without tangent; called once


def test_functional_transforms_use_jvp_too() -> None:
    def f(x: Any) -> Any:
        return Product.apply(x, x, 1)[0]

    value, tangent = torch.func.jvp(f, (torch.tensor(3.0),), (torch.tensor(1.0),))
    assert (value.item(), tangent.item()) == (9.0, 6.0)
    assert torch.func.jacfwd(f)(torch.tensor([1.0, 2.0])).tolist() == [[2.0, 0.0], [0.0, 4.0]]
    _, linear = torch.func.linearize(f, torch.tensor(3.0))
    assert [linear(torch.tensor(t)).item() for t in (1.0, 10.0)] == [6.0, 60.0]


def test_wrong_number_of_tangents() -> None:
    class Wrong(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 2

        @staticmethod
        def jvp(ctx: Any, dx: Any) -> Any:
            return dx, dx

    with fwAD.dual_level(), pytest.raises(RuntimeError, match=r"Wrong.jvp returned 2 tangents, and forward 1 outputs"):
        fwAD.unpack_dual(Wrong.apply(fwAD.make_dual(torch.ones(1), torch.ones(1))))


def test_gradcheck_of_forward_mode() -> None:
    x = torch.tensor([0.5, 2.0], dtype=torch.float64, requires_grad=True)

    class Bad(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x**2

        @staticmethod
        def jvp(ctx: Any, dx: Any) -> Any:
            return dx

    assert torch.autograd.gradcheck(lambda x: x.exp() * 2, x, check_forward_ad=True)
    z = torch.tensor([1 + 2j], dtype=torch.complex128, requires_grad=True)
    assert torch.autograd.gradcheck(lambda z: (z * z, z.abs()), z, check_forward_ad=True)
    assert torch.autograd.gradgradcheck(lambda x: x**3, x, check_fwd_over_rev=True)
    with pytest.raises(torch.autograd.GradcheckError, match="forward mode"):
        torch.autograd.gradcheck(Bad.apply, x, check_forward_ad=True, check_backward_ad=False)


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
    with fwAD.dual_level():
        dual = fwAD.make_dual(x, torch.tensor([3.0, 0.0], dtype=torch.float64))
        assert fwAD.unpack_dual(Exp.apply(dual)).tangent.tolist() == [3.0, 0.0]
    assert torch.autograd.gradcheck(Exp.apply, (x,), check_forward_ad=True, check_backward_ad=False)
    with pytest.raises(torch.autograd.GradcheckError, match="forward mode"):
        torch.autograd.gradcheck(WrongExp.apply, (x,), check_forward_ad=True, check_backward_ad=False)
