"""Hooks of modules: when they run, with what, and what they can change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import rushlight as torch
from rushlight import nn
from rushlight.nn.modules import module as module_hooks


class Scale(nn.Module):
    """y = factor x"""

    def forward(self, x: Any, factor: float = 2.0) -> Any:
        return x * factor


def test_a_module_without_hooks_keeps_no_hook_dictionaries() -> None:
    m = Scale()
    m(torch.ones(1))
    m.state_dict()
    m.load_state_dict({})
    assert not any(name.endswith("hooks") for name in m.__dict__)


def test_hooks_are_kept_in_ordered_dictionaries() -> None:
    m = Scale()
    assert repr(m._forward_hooks) == "OrderedDict()"
    handle = m.register_forward_pre_hook(print)
    assert list(m._forward_pre_hooks.items()) == [(handle.id, print)]


def test_forward_hooks_run_in_order_and_can_be_removed() -> None:
    m, log = Scale(), []
    handles = [
        m.register_forward_pre_hook(lambda module, args: log.append(("pre", args[0].item()))),
        m.register_forward_hook(lambda module, args, output: log.append(("post", output.item()))),
        m.register_forward_hook(lambda module, args, output: log.append("first"), prepend=True),
    ]
    m(torch.tensor(3.0))
    assert log == [("pre", 3.0), "first", ("post", 6.0)]
    for handle in handles:
        handle.remove()
    m(torch.tensor(3.0))
    assert len(log) == 3


def test_hooks_change_arguments_and_results() -> None:
    m = Scale()
    m.register_forward_pre_hook(lambda module, args: args[0] + 1)
    m.register_forward_pre_hook(lambda module, args, kwargs: (args, {"factor": 10.0}), with_kwargs=True)
    m.register_forward_hook(lambda module, args, kwargs, output: output + kwargs["factor"], with_kwargs=True)
    assert m(torch.tensor(1.0)).item() == 30.0  # (1 + 1) * 10 + 10
    m.register_forward_pre_hook(lambda module, args, kwargs: (args,), with_kwargs=True)
    with pytest.raises(RuntimeError, match="None or"):
        m(torch.tensor(1.0))


def test_a_handle_is_a_context() -> None:
    m, seen = Scale(), []
    with m.register_forward_hook(lambda *args: seen.append(1)):
        m(torch.ones(1))
    m(torch.ones(1))
    assert seen == [1]


def test_hooks_that_are_always_called() -> None:
    m, seen = nn.Linear(2, 2), []
    m.register_forward_hook(lambda module, args, output: seen.append(output), always_call=True)
    m.register_forward_hook(lambda module, args, output: seen.append("not this one"))
    with pytest.raises(RuntimeError):
        m(torch.ones(1, 3))
    assert seen == [None]


def test_full_backward_hooks() -> None:
    m, log = Scale(), []
    m.register_full_backward_pre_hook(lambda module, grad_output: (grad_output[0] * 3,))
    m.register_full_backward_hook(lambda module, gi, go: log.append((gi[0].item(), go[0].item())))
    m.register_full_backward_hook(lambda module, gi, go: (gi[0] * 10,))
    x = torch.tensor(1.0, requires_grad=True)
    m(x).backward()
    assert log == [(6.0, 3.0)]  # 1 * 3 arrives, times 2
    assert x.grad.item() == 60.0


def test_backward_hook_without_inputs_that_require_gradients() -> None:
    m, log = nn.Linear(1, 1), []
    m.register_full_backward_hook(lambda module, gi, go: log.append((gi, go[0].item())))
    m(torch.ones(1, 1)).sum().backward()
    assert log == [((None,), 1.0)]
    assert m.weight.grad is not None


def test_backward_hooks_see_none_for_what_is_no_tensor() -> None:
    class Two(nn.Module):
        def forward(self, x: Any, k: int, y: Any) -> Any:
            return x * k, y

    m, log = Two(), []
    m.register_full_backward_hook(lambda module, gi, go: log.append(([g is None for g in gi], [g is None for g in go])))
    x, y = torch.ones(1, requires_grad=True), torch.ones(1)
    m(x, 3, y)[0].backward()
    assert log == [([False, True, True], [False, True])]


def test_old_backward_hooks_sit_on_the_last_operation() -> None:
    m, log = Scale(), []
    m.register_backward_hook(lambda module, gi, go: log.append((gi[0].item(), go[0].item())))
    x = torch.tensor(1.0, requires_grad=True)
    m(x).backward()
    assert log == [(2.0, 1.0)]
    with pytest.raises(RuntimeError, match="not both"):
        m.register_full_backward_hook(lambda *args: None)


def test_hooks_on_all_modules() -> None:
    log: list[str] = []
    net = nn.Sequential(nn.ReLU(), nn.Tanh())
    handles = [
        module_hooks.register_module_forward_pre_hook(lambda m, args: log.append(f"pre {type(m).__name__}")),
        module_hooks.register_module_forward_hook(lambda m, args, output: log.append(type(m).__name__)),
        module_hooks.register_module_full_backward_hook(lambda m, gi, go: log.append(f"back {type(m).__name__}")),
    ]
    net(torch.ones(1, requires_grad=True)).sum().backward()
    for handle in handles:
        handle.remove()
    net(torch.ones(1))
    assert not nn.Module._hooked
    assert log == [
        "pre Sequential", "pre ReLU", "ReLU", "pre Tanh", "Tanh", "Sequential",
        "back Tanh", "back ReLU", "back Sequential",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("register", "member"),
    [
        (module_hooks.register_module_parameter_registration_hook, "weight"),
        (module_hooks.register_module_buffer_registration_hook, "running_mean"),
        (module_hooks.register_module_module_registration_hook, "0"),
    ],
)
def test_registration_hooks(register: Callable[..., Any], member: str) -> None:
    seen: list[str] = []
    handle = register(lambda module, name, value: seen.append(name))
    nn.Sequential(nn.BatchNorm1d(2))
    handle.remove()
    count = len(seen)
    nn.Sequential(nn.BatchNorm1d(2))
    assert member in seen
    assert len(seen) == count


def test_hooks_are_copied_with_the_module() -> None:
    import copy

    m, seen = Scale(), []
    m.register_forward_hook(seen_hook := (lambda *args: seen.append(1)))
    copy.copy(m)(torch.ones(1))
    assert seen == [1]
    assert seen_hook in m._forward_hooks.values()
    m._forward_hooks.clear()
    m(torch.ones(1))
    assert seen == [1]
