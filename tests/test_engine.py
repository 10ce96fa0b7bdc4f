"""The backward pass: orders, accumulation, need-only rules, hooks, memory.  Values by hand."""

from __future__ import annotations

import gc
import threading
import weakref
from typing import Any

import numpy as np
import pytest

import rushlight as torch


def leaf(*values: float) -> Any:
    return torch.tensor(list(values), dtype=torch.float64, requires_grad=True)


def test_gradients_of_a_shared_input_add_up() -> None:
    x = leaf(2.0, 3.0)
    y = x * x + x * 4  # 2x + 4
    y.sum().backward()
    assert x.grad.tolist() == [8.0, 10.0]
    (x * 1).sum().backward()
    assert x.grad.tolist() == [9.0, 11.0]


def test_higher_orders_of_a_cube() -> None:
    x = leaf(2.0)
    y = (x**3).sum()
    orders = []
    for _ in range(4):
        (y,) = torch.autograd.grad(y, x, create_graph=True)
        orders.append(y.item())
        y = y.sum()
    assert orders == [12.0, 12.0, 6.0, 0.0]  # 3x^2, 6x, 6, 0 at 2


def test_broadcasting_is_undone_in_shape_and_type() -> None:
    x = torch.tensor([[1.0], [2.0]], requires_grad=True)
    y = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64, requires_grad=True)
    (x * y).sum().backward()
    assert x.grad.dtype is torch.float32 and x.grad.tolist() == [[6.0], [6.0]]
    assert y.grad.dtype is torch.float64 and y.grad.tolist() == [3.0, 3.0, 3.0]


def test_second_derivatives_across_types() -> None:
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    y = torch.tensor([1.0, 4.0], dtype=torch.float64, requires_grad=True)
    g, h = torch.autograd.grad((x * y).sum() ** 2, [x, y], create_graph=True)
    # With S = x.y = 14: g = 2 S y, h = 2 S x; the derivative of their sum by x_i is
    # 2 y_i (y1 + y2) + 2 S + 2 y_i (x1 + x2).
    (by_x,) = torch.autograd.grad(g.sum() + h.sum(), x)
    assert by_x.dtype is torch.float32
    assert by_x.tolist() == [48.0, 108.0]


def test_a_second_pass_needs_retain_graph() -> None:
    x = leaf(3.0)
    y = (x * x).sum()
    y.backward(retain_graph=True)
    y.backward()
    assert x.grad.tolist() == [12.0]
    with pytest.raises(RuntimeError, match="retain_graph=True"):
        y.backward()


def test_a_graph_that_saves_nothing_can_be_walked_again() -> None:
    x = leaf(1.0, 2.0)
    y = (x + 1).sum()
    y.backward()
    y.backward()
    assert x.grad.tolist() == [2.0, 2.0]


def test_grad_buffers_never_share_memory() -> None:
    x, y = leaf(1.0, 2.0), leaf(3.0, 4.0)
    seed = torch.ones(2, dtype=torch.float64)
    (x + y).backward(seed)
    assert not np.shares_memory(x.grad.numpy(), y.grad.numpy())
    assert not np.shares_memory(x.grad.numpy(), seed.numpy())
    kept = x.grad
    (x + y).backward(seed)
    assert x.grad is kept and kept.tolist() == [2.0, 2.0] and seed.tolist() == [1.0, 1.0]


def test_only_paths_to_wanted_inputs_are_walked() -> None:
    calls = []

    class Noted(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 2

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            calls.append("called")
            return g * 2

    x, y = leaf(1.0), leaf(5.0)
    z = (Noted.apply(x) * y).sum()
    (g,) = torch.autograd.grad(z, y, retain_graph=True)
    assert g.tolist() == [2.0] and calls == []
    (g,) = torch.autograd.grad(z, x)
    assert g.tolist() == [10.0] and calls == ["called"]


def test_unused_inputs() -> None:
    x, y = leaf(1.0), leaf(2.0)
    with pytest.raises(RuntimeError, match="allow_unused=True"):
        torch.autograd.grad(x.sum(), y)
    assert torch.autograd.grad(x.sum(), y, allow_unused=True) == (None,)
    (g,) = torch.autograd.grad(x.sum(), y, materialize_grads=True)
    assert g.tolist() == [0.0]


def test_backward_for_chosen_inputs_leaves_the_others_alone() -> None:
    x, y = leaf(1.0), leaf(2.0)
    (x * y).sum().backward(inputs=[x])
    assert x.grad.tolist() == [2.0] and y.grad is None


def test_grad_of_a_computed_tensor() -> None:
    x = leaf(2.0)
    y = x * 3
    (g,) = torch.autograd.grad((y * y).sum(), y)
    assert g.tolist() == [12.0]


def test_errors_say_what_to_do() -> None:
    with pytest.raises(RuntimeError, match="does not require grad"):
        torch.ones(1).sum().backward()
    with pytest.raises(RuntimeError, match=r"(?s)scalar outputs.*shape \[2\]"):
        leaf(1.0, 2.0).backward()
    with pytest.raises(RuntimeError, match="Mismatch in shape"):
        leaf(1.0, 2.0).backward(torch.ones(3, dtype=torch.float64))


# -- hooks ---------------------------------------------------------------------------------------------


def test_hooks_fire_newest_node_first_and_change_gradients() -> None:
    order = []
    x = leaf(1.0)
    a = x * 2
    b = a * 3
    a.register_hook(lambda g: order.append("a") or g * 10)
    b.register_hook(lambda g: order.append("b"))
    x.register_hook(lambda g: order.append("x") or g + 1)
    b.sum().backward()
    assert order == ["b", "a", "x"]
    assert x.grad.tolist() == [61.0]  # (3 * 10) * 2 + 1


def test_a_leaf_hook_sees_the_complete_gradient_once() -> None:
    seen = []
    x = leaf(1.0)
    handle = x.register_hook(lambda g: seen.append(g.item()))
    (x * 2 + x * 3).sum().backward()
    assert seen == [5.0]
    handle.remove()
    (x * 2).sum().backward()
    assert seen == [5.0]


def test_post_accumulate_hook_can_take_the_gradient() -> None:
    x = leaf(1.0)
    with torch.no_grad():
        pass

    def step(p: Any) -> None:
        with torch.no_grad():
            p -= 0.5 * p.grad
        p.grad = None

    x.register_post_accumulate_grad_hook(step)
    (x * 4).sum().backward()
    assert x.grad is None and x.tolist() == [-1.0]


def test_node_hooks() -> None:
    x = leaf(2.0)
    y = x * 3
    seen = []
    y.grad_fn.register_prehook(lambda grads: seen.append(("pre", grads[0].item())))
    y.grad_fn.register_hook(
        lambda ins, outs: seen.append(("post", ins[0].item(), outs[0].item())) or (ins[0] * 2, None)
    )
    y.sum().backward()
    assert seen == [("pre", 1.0), ("post", 3.0, 1.0)] and x.grad.tolist() == [6.0]


def test_retain_grad_keeps_the_gradient_after_hooks() -> None:
    x = leaf(2.0)
    y = x * 3
    y.retain_grad()
    y.register_hook(lambda g: g * 2)
    (y * y).sum().backward()
    assert y.grad.tolist() == [24.0] and x.grad.tolist() == [72.0]


# -- in place -------------------------------------------------------------------------------------------


def test_a_saved_value_that_was_overwritten_is_noticed() -> None:
    x = leaf(1.0, 2.0)
    y = x.exp()
    y.mul_(2)
    with pytest.raises(
        RuntimeError, match=r"ExpBackward0 saved a torch.float64 tensor of shape \[2\] at version 0.*version 1"
    ):
        y.sum().backward()


def test_history_of_a_base_and_its_views_is_rewritten() -> None:
    x = leaf(1.0, 2.0, 3.0)
    base = x * 2
    view = base[1:]
    inner = view[:1]
    inner.mul_(10)  # base is now [2, 40, 6]
    assert base.tolist() == [2.0, 40.0, 6.0] and view.tolist() == [40.0, 6.0]
    (view * view).sum().backward()  # d/dx1 (20 x1)^2 = 800 x1, d/dx2 (2 x2)^2 = 8 x2
    assert x.grad.tolist() == [0.0, 1600.0, 24.0]


def test_leaves_and_their_views_refuse_writes() -> None:
    x = leaf(1.0, 2.0)
    with pytest.raises(RuntimeError, match="leaf Variable"):
        x += 1
    with pytest.raises(RuntimeError, match="view of a leaf"):
        x[0] = 5
    with pytest.raises(RuntimeError, match="single memory location"):
        torch.zeros(1).expand(3).add_(1)
    assert x.tolist() == [1.0, 2.0]


def test_split_outputs_refuse_writes() -> None:
    first, _ = (leaf(1.0, 2.0) * 1).split(1)
    with pytest.raises(RuntimeError, match="multiple views"):
        first.mul_(2)


# -- memory ---------------------------------------------------------------------------------------------


def test_a_graph_is_freed_by_reference_counting_alone() -> None:
    gc.collect()
    gc.disable()
    try:
        x = leaf(*range(5))
        y = x.exp().sin() * x
        y = y[1:].reshape(2, 2).sum()
        node = weakref.ref(y.grad_fn)
        y.backward()
        del y
        assert node() is None
    finally:
        gc.enable()


def test_a_long_chain_needs_no_stack() -> None:
    x = leaf(1.0)
    y = x
    for _ in range(20_000):
        y = y + 1
    y.sum().backward()
    assert x.grad.tolist() == [1.0]
    del y


def test_saved_values_are_given_up_after_a_pass() -> None:
    x = leaf(1.0, 2.0)
    h = x * 2
    array = weakref.ref(h.numpy(force=True))
    y = (h * h).sum()
    del h
    assert array() is not None
    y.backward()
    assert array() is None


# -- modes ------------------------------------------------------------------------------------------------


def test_modes_belong_to_the_thread() -> None:
    results = {}

    def other() -> None:
        results["other"] = torch.is_grad_enabled()

    with torch.no_grad():
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        results["here"] = torch.is_grad_enabled()
    assert results == {"other": True, "here": False}


def test_modes_survive_exceptions_and_generators() -> None:
    with pytest.raises(ZeroDivisionError), torch.no_grad():
        raise ZeroDivisionError
    assert torch.is_grad_enabled()

    @torch.no_grad()
    def generate() -> Any:
        yield torch.is_grad_enabled()
        yield torch.is_grad_enabled()

    assert [(inside, torch.is_grad_enabled()) for inside in generate()] == [(False, True), (False, True)]


def test_threads_can_differentiate_at_once() -> None:
    def work(k: int, out: dict[int, Any]) -> None:
        x = torch.tensor([float(k)], requires_grad=True)
        y = x
        for _ in range(200):
            y = y * 1.0 + x
        y.sum().backward()
        out[k] = x.grad.item()

    out: dict[int, Any] = {}
    threads = [threading.Thread(target=work, args=(k, out)) for k in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert out == dict.fromkeys(range(8), 201.0)


def test_views_of_inference_tensors_are_computed_with_and_written_to() -> None:
    with torch.inference_mode():
        x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
        assert (x.view(4) * 2).tolist() == [2.0, 4.0, 6.0, 8.0]
        assert (x[0][1] + x.t()[1]).tolist() == [4.0, 6.0]  # 2 + [2, 4]
        first, second = x.unbind(0)
        first.mul_(10)
        assert (first + second).tolist() == [13.0, 24.0]
        x[:, 1][0] = 7.0
        assert x.tolist() == [[10.0, 7.0], [3.0, 4.0]]
        assert x.view(4).is_inference() and not x.view(4)._is_view()
        with torch.no_grad():
            assert (x.reshape(-1).split(2)[1] + 1).tolist() == [4.0, 5.0]
    assert (x.view(4) + x.chunk(2)[0].sum()).tolist() == [27.0, 24.0, 20.0, 21.0]  # the first row's sum is 17
    with pytest.raises(RuntimeError, match="inference"):
        x.view(4).add_(1)


def test_inference_tensors_stay_out_of_graphs() -> None:
    with torch.inference_mode():
        y = torch.ones(2) * 2
    assert y.is_inference() and not y.requires_grad
    with pytest.raises(RuntimeError, match="inference"):
        y.add_(1)
    with pytest.raises(RuntimeError, match="inference tensors can't be saved"):
        leaf(1.0, 2.0) * y
    assert (y.clone() * 1).tolist() == [2.0, 2.0]


def test_numpy_warnings_stay_silent() -> None:
    x = torch.tensor([0.0, -1.0], requires_grad=True)
    y = 1 / x + x.log() + x.sqrt()
    y.sum().backward()
    assert y[0].item() == np.inf or np.isnan(y[0].item())


def test_anomaly_mode_shows_the_line_that_recorded_the_failure() -> None:
    x = leaf(0.0)
    with torch.autograd.detect_anomaly():
        y = (x * 0).sqrt()  # the failing line
        z = (y * 0).sum()
        with pytest.raises(RuntimeError) as caught:
            z.backward()
    assert "SqrtBackward0" in str(caught.value) and "# the failing line" in str(caught.value)
