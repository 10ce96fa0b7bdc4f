"""autograd's own interface: custom functions, the gradient checker on right and wrong rules, saved-tensor hooks."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import numpy as np
import pytest

import rushlight as torch
from rushlight.autograd import Function, gradcheck, gradgradcheck
from rushlight.autograd.function import once_differentiable
from rushlight.autograd.gradcheck import GradcheckError


def leaf(*values: Any, dtype: Any = torch.float64) -> Any:
    return torch.tensor(list(values), dtype=dtype, requires_grad=True)


class Cube(Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        (x,) = ctx.saved_tensors
        return g * 3 * x**2


class WrongFactor(Cube):
    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        (x,) = ctx.saved_tensors
        return g * 3.01 * x**2


class RightOnceOnly(Cube):
    """The first derivative is right; the second isn't, for the factor is cut from the graph."""

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        (x,) = ctx.saved_tensors
        return g * 3 * x.detach() ** 2


class TransposedJacobian(Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        return torch.stack([x[0] + 2 * x[1], 3 * x[0] + 4 * x[1]])

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        return torch.stack([g[0] + 2 * g[1], 3 * g[0] + 4 * g[1]])  # J g, where J' g belongs


class WrongConjugate(Function):
    @staticmethod
    def forward(ctx: Any, z: Any) -> Any:
        ctx.save_for_backward(z)
        return z * z

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        (z,) = ctx.saved_tensors
        return g * 2 * z  # the conjugate of z belongs here


# -- the checker ------------------------------------------------------------------------------------------


def test_the_checker_accepts_right_rules() -> None:
    x = leaf(1.0, -2.0, 0.5)
    assert gradcheck(Cube.apply, x)
    assert gradgradcheck(Cube.apply, x)
    assert gradcheck(lambda x, y: (x @ y, x.sum() * y), (leaf(1.0, 2.0), leaf(3.0, -1.0)))


@pytest.mark.parametrize("wrong", [WrongFactor, TransposedJacobian])
def test_the_checker_finds_wrong_rules(wrong: Any) -> None:
    x = leaf(1.0, 2.0)
    with pytest.raises(GradcheckError, match="Jacobian mismatch for output 0 with respect to input 0"):
        gradcheck(wrong.apply, x)
    assert not gradcheck(wrong.apply, x, raise_exception=False)


def test_the_checker_finds_a_wrong_second_derivative() -> None:
    x = leaf(1.0, 2.0)
    assert gradcheck(RightOnceOnly.apply, x)
    with pytest.raises(GradcheckError):
        gradgradcheck(RightOnceOnly.apply, x)


def test_the_checker_knows_the_convention_for_complex_numbers() -> None:
    z = leaf(1 + 2j, -0.5 + 1j, dtype=torch.complex128)
    assert gradcheck(lambda z: z * z, z)
    assert gradcheck(lambda z: z.abs(), z)
    with pytest.raises(GradcheckError):
        gradcheck(WrongConjugate.apply, z)


def test_the_checker_needs_something_to_check() -> None:
    with pytest.raises(ValueError, match="require gradient"):
        gradcheck(lambda x: x, torch.ones(1, dtype=torch.float64))


def test_the_gradient_of_a_complex_loss() -> None:
    z = leaf(3 + 4j, dtype=torch.complex128)
    z.abs().sum().backward()
    assert z.grad.tolist() == [pytest.approx(0.6 + 0.8j)]  # z / |z|: the direction of steepest ascent


# -- functions --------------------------------------------------------------------------------------------


def test_a_function_is_named_in_the_graph_and_differentiates_twice() -> None:
    x = leaf(2.0)
    y = Cube.apply(x)
    assert y.grad_fn.name() == "CubeBackward"
    (g,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    (h,) = torch.autograd.grad(g.sum(), x)
    assert (g.item(), h.item()) == (12.0, 12.0)


def test_several_outputs_missing_gradients_and_needs() -> None:
    seen: list[Any] = []

    class Both(Function):
        @staticmethod
        def forward(ctx: Any, a: Any, b: Any, factor: float) -> Any:
            return a * factor, b * factor

        @staticmethod
        def backward(ctx: Any, ga: Any, gb: Any) -> Any:
            seen.append((ga.tolist(), gb.tolist(), ctx.needs_input_grad))
            return ga * 2, None, None

    a, b = leaf(1.0), torch.ones(1, dtype=torch.float64)
    first, _ = Both.apply(a, b, 2.0)
    first.sum().backward()
    assert seen == [([1.0], [0.0], (True, False, False))]
    assert a.grad.tolist() == [2.0]


def test_an_input_written_in_place() -> None:
    class Double(Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            x.mul_(2)
            ctx.mark_dirty(x)
            return x

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * 2

    x = leaf(1.0, 2.0)
    y = x * 1
    z = Double.apply(y)
    assert z is y
    assert y.tolist() == [2.0, 4.0]
    y.sum().backward()
    assert x.grad.tolist() == [2.0, 2.0]
    with pytest.raises(RuntimeError, match="leaf Variable"):
        Double.apply(leaf(1.0))


def test_outputs_without_gradients() -> None:
    class Order(Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            values, places = x.sort()
            ctx.mark_non_differentiable(places)
            ctx.save_for_backward(places)
            return values, places

        @staticmethod
        def backward(ctx: Any, g: Any, _: Any) -> Any:
            (places,) = ctx.saved_tensors
            return torch.zeros_like(g).scatter(0, places, g)

    x = leaf(3.0, 1.0, 2.0)
    values, places = Order.apply(x)
    assert not places.requires_grad
    (values * torch.tensor([1.0, 10.0, 100.0])).sum().backward()
    assert x.grad.tolist() == [100.0, 1.0, 10.0]


def test_wrong_numbers_and_kinds_of_gradients_are_refused() -> None:
    class TooMany(Cube):
        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g, g

    class NotATensor(Cube):
        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return 1.0

    with pytest.raises(RuntimeError, match=r"expected 1, got 2"):
        TooMany.apply(leaf(1.0)).sum().backward()
    with pytest.raises(TypeError, match="must be a Tensor or None"):
        NotATensor.apply(leaf(1.0)).sum().backward()


def test_once_differentiable_refuses_a_second_derivative() -> None:
    class Once(Cube):
        @staticmethod
        @once_differentiable
        def backward(ctx: Any, g: Any) -> Any:
            (x,) = ctx.saved_tensors
            return g * 3 * x**2

    x = leaf(2.0)
    Once.apply(x).sum().backward()
    assert x.grad.tolist() == [12.0]
    (g,) = torch.autograd.grad((Once.apply(x) * x).sum(), x, create_graph=True)  # what arrives at it depends on x
    with pytest.raises(RuntimeError, match="once_differentiable"):
        g.sum().backward()


def test_setup_context_style() -> None:
    class Square(Function):
        @staticmethod
        def forward(x: Any) -> Any:
            return x * x

        @staticmethod
        def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
            ctx.save_for_backward(*inputs)

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * 2 * ctx.saved_tensors[0]

    x = leaf(3.0)
    Square.apply(x).sum().backward()
    assert x.grad.tolist() == [6.0]


def test_a_function_that_saves_its_output_makes_no_cycle() -> None:
    class Exp(Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            y = x.exp()
            ctx.save_for_backward(y)
            return y

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * ctx.saved_tensors[0]

    gc.collect()
    gc.disable()
    try:
        y = Exp.apply(leaf(0.0))
        node = weakref.ref(y.grad_fn)
        del y
        assert node() is None
    finally:
        gc.enable()
    assert gradgradcheck(Exp.apply, leaf(0.5, -1.0))


def test_saved_tensors_of_a_function_are_watched_and_given_up() -> None:
    x = leaf(2.0) * 1
    y = Cube.apply(x)
    x.add_(1)
    with pytest.raises(RuntimeError, match=r"CubeBackward saved .* at version 0"):
        y.sum().backward()
    y = Cube.apply(leaf(2.0))
    y.sum().backward()
    with pytest.raises(RuntimeError, match="second time"):
        y.sum().backward()


# -- the graph's tools ---------------------------------------------------------------------------------------


def test_saved_tensor_hooks_pack_and_unpack() -> None:
    packed: list[Any] = []

    def pack(t: Any) -> Any:
        packed.append(t.tolist())
        return t.numpy(force=True).astype(np.float32)

    x = leaf(1.5, 2.0)
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda a: torch.from_numpy(a).double()):
        y = (x * x).sum()
    y.backward()
    assert packed == [[1.5, 2.0], [1.5, 2.0]]
    assert x.grad.tolist() == [3.0, 4.0]


def test_saved_tensor_hooks_get_results_that_rules_need_too() -> None:
    """d/dx exp(x) is exp(x) itself; what the hook gives back, 10, is what backward uses."""
    packed: list[Any] = []
    x = leaf(0.0)
    with torch.autograd.graph.saved_tensors_hooks(lambda t: packed.append(t.tolist()), lambda _: torch.tensor([10.0])):
        y = x.exp()
    assert packed == [[1.0]]
    assert y.grad_fn._saved_result.tolist() == [10.0]
    y.backward()
    assert x.grad.tolist() == [10.0]


def test_what_a_node_saved_can_be_looked_at() -> None:
    x, y = leaf(1.0), leaf(2.0)
    node = (x * y).grad_fn
    assert node._saved_self.tolist() == [1.0]
    assert node._saved_other.tolist() == [2.0]
    assert [f.name() for f, _ in node.next_functions] == ["torch::autograd::AccumulateGrad"] * 2
    assert node.next_functions[0][0].variable is x


def test_a_hook_on_several_gradients() -> None:
    seen: list[Any] = []
    x, y = leaf(1.0), leaf(2.0)
    handle = torch.autograd.graph.register_multi_grad_hook([x, y], lambda grads: seen.append([g.item() for g in grads]))
    (x * y).sum().backward()
    handle.remove()
    (x * y).sum().backward()
    assert seen == [[2.0, 1.0]]


def test_a_hook_on_several_gradients_waits_for_those_that_the_pass_reaches() -> None:
    a, b = leaf(1.0), leaf(2.0)
    c, d = a * b, a * b
    seen: list[list[bool]] = []
    with torch.autograd.graph.register_multi_grad_hook([a, b, c, d], lambda gs: seen.append([g is None for g in gs])):
        c.sum().backward(retain_graph=True)
        c.sum().backward(inputs=(a,), retain_graph=True)
    assert seen == [[False, False, False, True], [False, True, False, True]]
    first: list[float] = []
    with torch.autograd.graph.register_multi_grad_hook([a, d], lambda g: first.append(g.item()), mode="any"):
        (c + d).sum().backward()
    assert first == [1.0]


def test_batched_gradients() -> None:
    x = leaf(1.0, 2.0)
    y = x**2
    (rows,) = torch.autograd.grad(y, x, torch.eye(2, dtype=torch.float64), is_grads_batched=True)
    assert rows.tolist() == [[2.0, 0.0], [0.0, 4.0]]
    with pytest.raises(RuntimeError, match="needs grad_outputs"):
        torch.autograd.grad(x**2, x, is_grads_batched=True)


def test_gradgradcheck_draws_its_vectors_from_the_default_generator() -> None:
    x = torch.ones(2, dtype=torch.float64, requires_grad=True)
    torch.manual_seed(0)
    torch.autograd.gradgradcheck(torch.exp, (x,))
    after = torch.rand(1, dtype=torch.float64)
    torch.manual_seed(0)
    torch.empty(2, dtype=torch.float64).uniform_(-1, 1)
    assert torch.equal(after, torch.rand(1, dtype=torch.float64))


def names_behind(node: Any) -> Any:
    """A node's name and those of the functions behind it, as deep as they go."""
    return (node.name(), [names_behind(f) for f, _ in node.next_functions]) if node is not None else None


LEAF = ("torch::autograd::AccumulateGrad", [])


def test_next_functions_of_a_linear_map_are_those_of_its_steps() -> None:
    # PyTorch transposes the weight (TBackward0) and flattens batches of more than one dimension.
    x, weight, bias = (torch.ones(*s, requires_grad=True) for s in ((4, 3), (2, 3), (2,)))
    affine = ("AddmmBackward0", [LEAF, LEAF, ("TBackward0", [LEAF])])
    assert names_behind(torch.nn.functional.linear(x, weight, bias).grad_fn) == affine
    product = torch.nn.functional.linear(x.detach(), weight)
    assert names_behind(product.grad_fn) == ("MmBackward0", [None, ("TBackward0", [LEAF])])
    batches = torch.nn.functional.linear(x.detach()[None], weight, bias)
    flat = ("AddmmBackward0", [LEAF, None, ("TBackward0", [LEAF])])
    assert names_behind(batches.grad_fn) == ("ViewBackward0", [flat])
    transposed = product.grad_fn.next_functions[1][0]
    assert repr(transposed).startswith("<TBackward0 object at 0x")
    with pytest.raises(RuntimeError, match="part of the function"):
        transposed.register_hook(print)


def test_next_functions_list_only_inputs_that_can_have_a_gradient() -> None:
    x = torch.ones(2, 2, requires_grad=True)
    index = torch.zeros(1, 2, dtype=torch.int64)
    assert names_behind(x.gather(0, index).grad_fn) == ("GatherBackward0", [LEAF])
    assert names_behind(torch.where(x > 0, x, 2.0).grad_fn) == ("WhereBackward0", [LEAF, None])
    assert names_behind((1 - x).grad_fn) == ("RsubBackward1", [LEAF])
    assert names_behind((x - 1).grad_fn) == ("SubBackward0", [LEAF, None])


def test_saved_tensors_are_packed_in_the_order_in_which_the_rules_ask_for_them() -> None:
    # PyTorch's tutorial on hooks prints it: the gradient by x comes first, and needs y.
    packed: list[Any] = []
    x, y = leaf(1.0), leaf(2.0)
    with torch.autograd.graph.saved_tensors_hooks(lambda t: packed.append(t.item()) or t, lambda t: t):
        product = x * y
    assert packed == [2.0, 1.0]
    product.sum().backward()
    assert (x.grad.item(), y.grad.item()) == (2.0, 1.0)


def test_classes_are_found_where_pytorch_has_them() -> None:
    assert type(leaf(1.0).register_hook(print)).__module__ == "rushlight.utils.hooks"
    assert type(Cube.apply(leaf(1.0)).grad_fn).__module__ == "rushlight.autograd.function"


def test_next_functions_of_losses_are_those_of_their_steps() -> None:
    # In PyTorch cross-entropy takes log_softmax first, and |x - y| is subtracted, made positive, then averaged.
    functional = torch.nn.functional
    x, y = torch.ones(2, 3, requires_grad=True), torch.zeros(2, 3)
    loss = functional.cross_entropy(x, torch.tensor([0, 2]))
    assert names_behind(loss.grad_fn) == ("NllLossBackward0", [("LogSoftmaxBackward0", [LEAF])])
    difference = ("SubBackward0", [LEAF, None])
    assert names_behind(functional.l1_loss(x, y).grad_fn) == ("MeanBackward0", [("AbsBackward0", [difference])])
    assert names_behind(functional.l1_loss(x, y, reduction="none").grad_fn) == ("AbsBackward0", [difference])
    logits = functional.binary_cross_entropy_with_logits(x, y)
    assert names_behind(logits.grad_fn) == ("BinaryCrossEntropyWithLogitsBackward0", [LEAF, None])


def test_the_slope_of_tanh_is_rounded_once_also_when_it_is_recorded() -> None:
    # 1 - out^2 of out = tanh(4) in single precision, worked out in Python's floats and rounded at the end.
    x = torch.tensor(4.0, requires_grad=True)
    out = torch.tanh(x)
    expected = np.float32(1 - out.item() ** 2)
    for create_graph in (False, True):
        (slope,) = torch.autograd.grad(torch.tanh(x), x, create_graph=create_graph)
        assert slope.item() == expected
