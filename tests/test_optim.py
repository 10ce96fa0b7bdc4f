"""Optimizers and schedules: PyTorch's recorded runs, updates worked out by hand, groups, hooks, state, errors."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rushlight as torch
from tests.optim_cases import OPTIMIZERS, name_of, optimize, schedule, schedules

RECORDED = np.load(Path(__file__).with_name("golden") / "optim.npz")


def leaf(*values: float) -> Any:
    x = torch.tensor(list(values), requires_grad=True)
    x.grad = torch.ones(len(values))
    return x


def complex_step(name: str) -> None:
    x = torch.ones(1, 1, dtype=torch.complex64, requires_grad=True)
    x.grad = torch.ones_like(x)
    getattr(torch.optim, name)([x]).step()


@pytest.mark.parametrize("case", OPTIMIZERS, ids=name_of)
def test_hundred_steps_as_recorded(case: tuple[str, dict[str, Any]]) -> None:
    parameters, _ = optimize(torch, case)
    got = np.concatenate([p.detach().numpy().reshape(-1) for p in parameters])
    np.testing.assert_allclose(got, RECORDED[name_of(case)], rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize("name", schedules(torch))
def test_schedule_as_recorded(name: str) -> None:
    np.testing.assert_array_equal(schedule(torch, name)[0], RECORDED[name])


def test_sgd_by_hand() -> None:
    # b = 1; x = 1 - 0.1 = 0.9.  b = 0.5 + 1 = 1.5; x = 0.9 - 0.15 = 0.75
    x = leaf(1.0)
    optimizer = torch.optim.SGD([x], lr=0.1, momentum=0.5)
    optimizer.step()
    assert x.item() == pytest.approx(0.9)
    optimizer.step()
    assert x.item() == pytest.approx(0.75)
    assert optimizer.state[x]["momentum_buffer"].item() == 1.5


def test_adam_first_step_is_the_learning_rate_by_sign() -> None:
    # m / c1 = g and sqrt(v / c2) = |g|, so the first step is lr * sign(g) whatever the size of g
    x = torch.tensor([1.0, 1.0, 1.0], requires_grad=True)
    x.grad = torch.tensor([1e-3, -5.0, 1e4])
    torch.optim.Adam([x], lr=0.25).step()
    np.testing.assert_allclose(x.detach().numpy(), [0.75, 1.25, 0.75], rtol=1e-4)


def test_large_parameters_in_blocks_as_small_ones() -> None:
    rng = np.random.default_rng(1)
    values, gradient = rng.standard_normal((2, 40000)).astype(np.float32)
    whole = torch.tensor(values, requires_grad=True)
    parts = [torch.tensor(part, requires_grad=True) for part in np.split(values, 8)]
    options = {"lr": 0.1, "weight_decay": 0.1, "amsgrad": True, "maximize": True}
    a, b = torch.optim.AdamW([whole], **options), torch.optim.AdamW(parts, **options)
    for _ in range(3):
        whole.grad = torch.tensor(gradient)
        for part, g in zip(parts, np.split(gradient, 8), strict=True):
            part.grad = torch.tensor(g)
        a.step()
        b.step()
    joined = np.concatenate([part.detach().numpy() for part in parts])
    np.testing.assert_array_equal(whole.detach().numpy(), joined)


@pytest.mark.parametrize("shape", [(300, 200), (200, 300)])
def test_large_parameter_of_other_strides(shape: tuple[int, int]) -> None:
    x = torch.ones(shape).t().requires_grad_()
    x.grad = torch.ones(shape[1], shape[0])
    optimizer = torch.optim.SGD([x], lr=0.5, momentum=0.9, weight_decay=1.0)
    optimizer.step()
    assert (x.detach().numpy() == 0).all()  # 1 - 0.5 * (1 + 1)


def test_a_step_writes_in_place_and_counts_as_a_write() -> None:
    x = leaf(1.0, 2.0)
    array, version = x.detach().numpy(), x._version
    y = x * x  # saves x
    torch.optim.SGD([x], lr=1.0).step()
    assert array.tolist() == [0.0, 1.0]
    assert x._version == version + 1
    with pytest.raises(RuntimeError, match="modified by an inplace operation|in place"):
        y.sum().backward()


def test_closure_is_recorded_and_its_loss_returned() -> None:
    x = leaf(3.0)
    optimizer = torch.optim.SGD([x], lr=0.1)

    def closure() -> Any:
        optimizer.zero_grad()
        loss = (x * x).sum()
        loss.backward()
        return loss

    with torch.no_grad():
        assert optimizer.step(closure).item() == 9.0
    assert x.item() == pytest.approx(2.4)


def test_parameters_without_gradient_stay_and_have_no_state() -> None:
    x, y = leaf(1.0), torch.ones(1, requires_grad=True)
    optimizer = torch.optim.Adam([x, y])
    optimizer.step()
    assert y.item() == 1.0
    assert list(optimizer.state) == [x]


def test_groups_have_their_own_options() -> None:
    x, y = leaf(1.0), leaf(1.0)
    optimizer = torch.optim.SGD([{"params": [x]}, {"params": y, "lr": 1.0}], lr=0.5)
    z = leaf(1.0)
    optimizer.add_param_group({"params": [z], "lr": 0.25})
    optimizer.step()
    assert [x.item(), y.item(), z.item()] == [0.5, 0.0, 0.75]
    assert [group["lr"] for group in optimizer.param_groups] == [0.5, 1.0, 0.25]
    assert optimizer.state_dict()["param_groups"][2]["params"] == [2]


def test_named_parameters() -> None:
    optimizer = torch.optim.SGD([("w", leaf(1.0)), ("b", leaf(2.0))], lr=0.5)
    assert optimizer.param_groups[0]["param_names"] == ["w", "b"]
    with pytest.raises(ValueError, match="named"):
        optimizer.add_param_group({"params": [leaf(1.0)]})


def test_zero_grad() -> None:
    x = leaf(1.0)
    gradient = x.grad
    optimizer = torch.optim.SGD([x], lr=0.5)
    optimizer.zero_grad(set_to_none=False)
    assert x.grad is gradient
    assert gradient.tolist() == [0.0]
    optimizer.zero_grad()
    assert x.grad is None


def test_repr() -> None:
    assert repr(torch.optim.Rprop([leaf(1.0)])) == (
        "Rprop (\nParameter Group 0\n    capturable: False\n    differentiable: False\n    etas: (0.5, 1.2)\n"
        "    foreach: None\n    lr: 0.01\n    maximize: False\n    step_sizes: (1e-06, 50)\n)"
    )


@pytest.mark.parametrize("case", [*OPTIMIZERS, ("LBFGS", {"max_iter": 3})], ids=name_of)
def test_training_goes_on_from_a_state_dict(case: tuple[str, dict[str, Any]]) -> None:
    def make(values: Any) -> Any:
        x = torch.tensor(values, requires_grad=True)
        return x, getattr(torch.optim, case[0])([x], **case[1])

    def step(x: Any, optimizer: Any) -> None:
        def closure() -> Any:
            optimizer.zero_grad()
            loss = ((x - 1) ** 2 * torch.tensor([[1.0, 3.0, 0.5]])).sum()
            loss.backward()
            return loss

        optimizer.step(closure)

    x, optimizer = make([[1.0, 2.0, -1.0]])
    for _ in range(3):
        step(x, optimizer)
    state = pickle.loads(pickle.dumps(optimizer.state_dict()))
    y, other = make(x.detach().numpy().copy())
    other.load_state_dict(state)
    twin, third = copy.deepcopy((x, optimizer))
    for _ in range(3):
        step(x, optimizer)
        step(y, other)
        step(twin, third)
    assert x.tolist() == y.tolist() == twin.tolist()


def test_loaded_state_is_a_copy_in_the_parameters_type() -> None:
    x = leaf(1.0)
    optimizer = torch.optim.Adam([x])
    optimizer.step()
    y = torch.ones(1, dtype=torch.float64, requires_grad=True)
    other = torch.optim.Adam([y])
    other.load_state_dict(optimizer.state_dict())
    state = other.state[y]
    assert (state["exp_avg"].dtype, state["step"].dtype) == (torch.float64, torch.float32)
    state["exp_avg"].zero_()
    assert optimizer.state[x]["exp_avg"].item() != 0


def test_state_of_another_size_is_refused() -> None:
    optimizer = torch.optim.SGD([leaf(1.0)], lr=0.1)
    with pytest.raises(ValueError, match="group 0 has 2 parameters in it and 1 here"):
        optimizer.load_state_dict(torch.optim.SGD([leaf(1.0), leaf(2.0)], lr=0.1).state_dict())
    with pytest.raises(ValueError, match="different number of parameter groups"):
        optimizer.load_state_dict({"state": {}, "param_groups": []})


def test_hooks_run_in_order_and_can_be_removed() -> None:
    calls: list[str] = []

    class Plain(torch.optim.Optimizer):
        def step(self, closure: Any = None) -> None:
            calls.append("step")

    for optimizer in (Plain([leaf(1.0)], {}), torch.optim.SGD([leaf(1.0)], lr=0.1)):
        calls.clear()
        handles = [
            optimizer.register_step_pre_hook(lambda o, args, kwargs: calls.append("pre")),
            optimizer.register_step_post_hook(lambda o, args, kwargs: calls.append("post")),
        ]
        optimizer.step()
        assert [call for call in calls if call != "step"] == ["pre", "post"]
        for handle in handles:
            handle.remove()
        calls.clear()
        optimizer.step()
        assert "pre" not in calls
    optimizer.register_state_dict_post_hook(lambda o, state: {**state, "note": 1})
    assert optimizer.state_dict()["note"] == 1
    optimizer.register_load_state_dict_pre_hook(lambda o, state: calls.append("load"))
    optimizer.load_state_dict(optimizer.state_dict())
    assert calls == ["load"]


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda x: torch.optim.SGD(x), TypeError, r"\[tensor\]"),
        (lambda x: torch.optim.SGD([]), ValueError, "empty parameter list"),
        (lambda x: torch.optim.SGD([x * 2]), ValueError, "MulBackward0"),
        (lambda x: torch.optim.SGD([3]), TypeError, "int"),
        (lambda x: torch.optim.SGD([{"params": [x]}, {"params": [x]}]), ValueError, "more than one"),
        (lambda x: torch.optim.SGD([x], lr=-1), ValueError, "Invalid learning rate: -1"),
        (lambda x: torch.optim.SGD([x], nesterov=True), ValueError, "Nesterov"),
        (lambda x: torch.optim.Adam([x], betas=(1.0, 0.9)), ValueError, "index 0: 1.0"),
        (lambda x: torch.optim.Adam([x], differentiable=True), NotImplementedError, "autograd.grad"),
        (lambda x: torch.optim.Adam([x], capturable=True), NotImplementedError, "CUDA"),
        (lambda x: torch.optim.Adam([x], fused=True, foreach=True), RuntimeError, "fused"),
        (lambda x: complex_step("Muon"), RuntimeError, "Muon does not support complex"),
        (lambda x: complex_step("Adafactor"), RuntimeError, "Adafactor does not support complex"),
        (lambda x: torch.optim.LBFGS([{"params": [x]}, {"params": [leaf(1.0)]}]), ValueError, "groups"),
        (lambda x: torch.optim.LBFGS([x]).step(), TypeError, "closure"),
        (lambda x: torch.optim.Optimizer([x], {}).step(), NotImplementedError, "step"),
    ],
)
def test_mistakes_are_explained(make: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        make(leaf(1.0))


def test_duplicate_parameters_warn() -> None:
    x = leaf(1.0)
    with pytest.warns(UserWarning, match="duplicate"):
        torch.optim.SGD([x, x], lr=0.1)


@pytest.mark.parametrize("search", [None, "strong_wolfe"])
def test_lbfgs_finds_the_minimum_of_a_quadratic(search: str | None) -> None:
    # (x - 1)^2 + 10 (y + 2)^2 + x y: gradient 0 at 2x + y = 2, x + 20 y = -40, so x = 80/39, y = -82/39
    p = torch.zeros(2, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([p], lr=0.1 if search is None else 1, line_search_fn=search)

    def closure() -> Any:
        optimizer.zero_grad()
        loss = (p[0] - 1) ** 2 + 10 * (p[1] + 2) ** 2 + p[0] * p[1]
        loss.backward()
        return loss

    for _ in range(10):
        optimizer.step(closure)
    np.testing.assert_allclose(p.detach().numpy(), [80 / 39, -82 / 39], rtol=1e-4)


def test_lbfgs_takes_only_the_search_that_is_there() -> None:
    x = leaf(1.0)
    with pytest.raises(RuntimeError, match="only 'strong_wolfe' is supported"):
        torch.optim.LBFGS([x], line_search_fn="armijo").step(lambda: x.sum())


def test_scheduler_before_optimizer_warns() -> None:
    optimizer = torch.optim.SGD([leaf(1.0)], lr=0.1)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1)
    with pytest.warns(UserWarning, match=r"before `optimizer.step\(\)`"):
        scheduler.step()
    with pytest.warns(UserWarning, match="get_last_lr"):
        scheduler.get_lr()


def test_epoch_argument_uses_the_closed_form() -> None:
    optimizer = torch.optim.SGD([leaf(1.0)], lr=1.0)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
    optimizer.step()
    with pytest.warns(UserWarning, match="deprecated"):
        scheduler.step(3)
    assert scheduler.get_last_lr() == [0.125]


def test_resuming_needs_the_initial_learning_rate() -> None:
    optimizer = torch.optim.SGD([leaf(1.0)], lr=1.0)
    with pytest.raises(KeyError, match="initial_lr"):
        torch.optim.lr_scheduler.StepLR(optimizer, 1, last_epoch=4)


@pytest.mark.parametrize("name", schedules(torch))
def test_schedule_goes_on_from_its_state(name: str) -> None:
    rows, _ = schedule(torch, name, 30)
    scheduler = schedule(torch, name, 15)[1]
    twin = schedule(torch, name, 1)[1]
    twin.load_state_dict(copy.deepcopy(scheduler.state_dict()))
    twin.optimizer.load_state_dict(scheduler.optimizer.state_dict())
    assert twin.get_last_lr() == scheduler.get_last_lr() == list(rows[15][:2])
    if not name.startswith("Reduce"):
        twin.optimizer.step()
        twin.step()
        assert twin.get_last_lr() == list(rows[16][:2])


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda s, o: s.StepLR(3, 1), TypeError, "int is not an Optimizer"),
        (lambda s, o: s.LambdaLR(o, [abs, abs]), ValueError, "Expected 1 lr_lambdas, but got 2"),
        (lambda s, o: s.ConstantLR(o, 2.0), ValueError, "between 0 and 1"),
        (lambda s, o: s.OneCycleLR(o, 0.1), ValueError, "total_steps OR"),
        (lambda s, o: s.CyclicLR(o, 0.1, 0.2, mode="up"), ValueError, "'up'"),
        (lambda s, o: s.ReduceLROnPlateau(o, factor=1.5), ValueError, "< 1.0"),
        (lambda s, o: s.ReduceLROnPlateau(o, mode="least"), ValueError, "least"),
        (lambda s, o: s.SequentialLR(o, [], []), ValueError, "no scheduler"),
        (lambda s, o: s.SequentialLR(o, [s.StepLR(o, 1)], [1]), ValueError, "1 schedulers and 1 milestones"),
        (lambda s, o: s.CosineAnnealingWarmRestarts(o, 0), ValueError, "positive integer T_0"),
    ],
)
def test_schedulers_explain_mistakes(make: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        make(torch.optim.lr_scheduler, torch.optim.SGD([leaf(1.0)], lr=0.1, momentum=0.9))


def test_tensor_learning_rate_is_changed_in_place() -> None:
    lr = torch.tensor(0.5)
    x = leaf(1.0)
    optimizer = torch.optim.SGD([x], lr=lr)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
    optimizer.step()
    scheduler.step()
    assert optimizer.param_groups[0]["lr"] is lr
    assert lr.item() == 0.25
    optimizer.step()
    assert x.item() == 0.25


def test_averaged_model_by_hand() -> None:
    model = torch.nn.Linear(1, 1, bias=False)
    averaged = torch.optim.swa_utils.AveragedModel(model)
    for value in (1.0, 2.0, 6.0):
        model.weight.detach().fill_(value)
        averaged.update_parameters(model)
    assert averaged.module.weight.item() == 3.0  # the mean of 1, 2 and 6
    assert averaged.n_averaged.item() == 3
    ema = torch.optim.swa_utils.AveragedModel(model, avg_fn=torch.optim.swa_utils.get_ema_avg_fn(0.75))
    for value in (4.0, 8.0):
        model.weight.detach().fill_(value)
        ema.update_parameters(model)
    assert ema.module.weight.item() == 5.0  # 0.75 * 4 + 0.25 * 8
    with pytest.raises(ValueError, match="decay"):
        torch.optim.swa_utils.get_ema_avg_fn(2.0)


def test_a_learning_rate_is_one_number() -> None:
    with pytest.raises(ValueError, match=r"1-element.*\[2\]"):
        torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=torch.ones(2))
