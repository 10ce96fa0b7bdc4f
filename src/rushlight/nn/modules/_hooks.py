"""Hooks of modules: functions that run before and after forward and backward.

The dictionaries that hold a module's hooks are made when they are first asked for.  A module that never
had a hook so has none of them, and a call only asks whether it ever had one.
"""

from __future__ import annotations

import warnings
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from ..._graph import RemovableHandle, as_function
from ..._tensor import Tensor
from ...autograd.function import Function


class HookDict:
    """A dictionary that comes into being when it is first looked at; the descriptor then leaves it its place."""

    __slots__ = ("name", "runs")

    def __init__(self, runs: bool) -> None:
        self.runs = runs  # whether these hooks run when the module is called

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, module: Any, owner: Any = None) -> Any:
        if module is None:
            return self
        if self.runs:
            module.__dict__["_hooked"] = True
        return module.__dict__.setdefault(self.name, OrderedDict())


class _Everywhere:
    """Hooks on all modules."""

    def __init__(self) -> None:
        self.forward_pre: dict[int, Any] = {}
        self.forward: dict[int, Any] = {}
        self.backward_pre: dict[int, Any] = {}
        self.backward: dict[int, Any] = {}
        self.with_kwargs: set[int] = set()
        self.always: set[int] = set()
        self.full_backward = True

    def any(self) -> bool:
        """Whether there is one."""
        return bool(self.forward_pre or self.forward or self.backward_pre or self.backward)

    def add(self, hooks: dict[int, Any], hook: Any) -> RemovableHandle:
        Hooks._hooked = True
        return RemovableHandle(hooks, hook)


everywhere = _Everywhere()


class Hooks:
    """The part of a module that keeps its hooks and runs them."""

    _forward_hooks = HookDict(True)
    _forward_hooks_with_kwargs = HookDict(True)
    _forward_hooks_always_called = HookDict(True)
    _forward_pre_hooks = HookDict(True)
    _forward_pre_hooks_with_kwargs = HookDict(True)
    _backward_hooks = HookDict(True)
    _backward_pre_hooks = HookDict(True)
    _state_dict_hooks = HookDict(False)
    _state_dict_pre_hooks = HookDict(False)
    _load_state_dict_pre_hooks = HookDict(False)
    _load_state_dict_post_hooks = HookDict(False)
    _is_full_backward_hook: bool | None
    _hooked = False  # whether calls have to look for hooks: set in a module that had one, or here for all

    def _own(self, name: str) -> dict[int, Any]:
        """A dictionary of hooks, without making it if it isn't there."""
        return self.__dict__.get(name) or {}

    def _note_hooks(self) -> None:
        """Find out whether calls have to look for hooks."""
        attributes = self.__dict__
        kinds = (name for name, kind in vars(Hooks).items() if isinstance(kind, HookDict) and kind.runs)
        if any(attributes.get(name) for name in kinds):
            attributes["_hooked"] = True
        else:
            attributes.pop("_hooked", None)

    def register_forward_pre_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Call `hook(module, args)` before each forward.

        Args:
            hook: may return new arguments (a tuple, or a single value); with `with_kwargs` it is called
                as `hook(module, args, kwargs)` and may return (args, kwargs).
            prepend: run it before the hooks that are there.
            with_kwargs: whether the hook gets keyword arguments too.

        Returns:
            a handle whose `remove()` takes the hook away.

        Example:
            >>> import rushlight as torch
            >>> m = torch.nn.ReLU()
            >>> handle = m.register_forward_pre_hook(lambda module, args: args[0] - 1)
            >>> m(torch.tensor([3.]))
            tensor([2.])
        """
        handle = RemovableHandle(self._forward_pre_hooks, hook, first=prepend)
        if with_kwargs:
            self._forward_pre_hooks_with_kwargs[handle.id] = True
        return handle

    def register_forward_hook(
        self,
        hook: Callable[..., Any],
        *,
        prepend: bool = False,
        with_kwargs: bool = False,
        always_call: bool = False,
    ) -> RemovableHandle:
        """Call `hook(module, args, output)` after each forward.

        Args:
            hook: what it returns, if not None, takes the output's place; with `with_kwargs` it is called
                as `hook(module, args, kwargs, output)`.
            prepend: run it before the hooks that are there.
            with_kwargs: whether the hook gets keyword arguments too.
            always_call: run it also when forward raised an error.

        Returns:
            a handle whose `remove()` takes the hook away.

        Example:
            >>> import rushlight as torch
            >>> shapes = []
            >>> m = torch.nn.Linear(2, 3)
            >>> handle = m.register_forward_hook(lambda module, args, output: shapes.append(output.shape))
            >>> y = m(torch.ones(4, 2))
            >>> shapes
            [torch.Size([4, 3])]
        """
        handle = RemovableHandle(self._forward_hooks, hook, first=prepend)
        if with_kwargs:
            self._forward_hooks_with_kwargs[handle.id] = True
        if always_call:
            self._forward_hooks_always_called[handle.id] = True
        return handle

    def register_full_backward_pre_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call `hook(module, grad_output)` before the gradient goes through the module.

        Args:
            hook: gets a tuple; may return another, or None.
            prepend: run it before the hooks that are there.

        Returns:
            a handle whose `remove()` takes the hook away.
        """
        return RemovableHandle(self._backward_pre_hooks, hook, first=prepend)

    def register_full_backward_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call `hook(module, grad_input, grad_output)` when the gradient has gone through the module.

        Args:
            hook: gets two tuples, with None for what isn't a tensor with gradient; it may return a tuple that
                takes the place of `grad_input`. Only positional inputs count.
            prepend: run it before the hooks that are there.

        Returns:
            a handle whose `remove()` takes the hook away.

        Raises:
            RuntimeError: if the module has hooks of the old kind.

        Example:
            >>> import rushlight as torch
            >>> m = torch.nn.Tanh()
            >>> handle = m.register_full_backward_hook(lambda module, gi, go: print(gi[0], go[0]))
            >>> m(torch.zeros(1, requires_grad=True)).backward()
            tensor([1.]) tensor([1.])
        """
        self._set_kind_of_backward_hooks(True)
        return RemovableHandle(self._backward_hooks, hook, first=prepend)

    def register_backward_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """The old kind of backward hook, which sees only the last operation in forward.

        Args:
            hook: as for `register_full_backward_hook`, which is to be preferred.

        Raises:
            RuntimeError: if the module has full backward hooks.
        """
        self._set_kind_of_backward_hooks(False)
        return RemovableHandle(self._backward_hooks, hook)

    def _set_kind_of_backward_hooks(self, full: bool) -> None:
        if self._is_full_backward_hook is not None and self._is_full_backward_hook != full:
            raise RuntimeError(
                "a module has either full backward hooks or those of register_backward_hook, not both; "
                "use register_full_backward_hook for all"
            )
        self._is_full_backward_hook = full

    # -- hooks of the state -------------------------------------------------------------------------

    def register_state_dict_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(module, prefix, keep_vars)` before this module's part of a state_dict is made."""
        return RemovableHandle(self._state_dict_pre_hooks, hook)

    def register_state_dict_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(module, state_dict, prefix, local_metadata)`, which may change the state_dict in place.

        Args:
            hook: must return None.
        """
        hook._from_public_api = True  # type: ignore[attr-defined]
        return RemovableHandle(self._state_dict_hooks, hook)

    def _register_state_dict_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        if getattr(hook, "_from_public_api", False):
            raise RuntimeError("this hook was registered by register_state_dict_post_hook already")
        return RemovableHandle(self._state_dict_hooks, hook)

    def register_load_state_dict_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call a hook before this module's part of a state_dict is loaded.

        Args:
            hook: `hook(module, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys,
                error_msgs)`; it may change the state_dict and the lists.
        """
        return self._register_load_state_dict_pre_hook(hook, with_module=True)

    def _register_load_state_dict_pre_hook(
        self, hook: Callable[..., Any], with_module: bool = False
    ) -> RemovableHandle:
        return RemovableHandle(self._load_state_dict_pre_hooks, LoadHook(hook, with_module))

    def register_load_state_dict_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(module, incompatible_keys)` after a state_dict was loaded into this module.

        Args:
            hook: may change the two lists of `incompatible_keys` in place; must return None.
        """
        return RemovableHandle(self._load_state_dict_post_hooks, hook)

    def _call_with_hooks(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if "_hooked" not in self.__dict__ and not everywhere.any():
            Hooks._hooked = False  # the last hook on all modules was taken away
            return self.forward(*args, **kwargs)  # type: ignore[attr-defined]
        called: set[int] = set()
        result = None
        try:
            args, kwargs = self._before(args, kwargs)
            pre, full, old = self._backward_hooks_to_run()
            watch = BackwardWatch(self, pre, full) if pre or full else None
            if watch is not None:
                args = watch.inputs(args)
            result = self.forward(*args, **kwargs)  # type: ignore[attr-defined]
            result = self._after(args, kwargs, result, called)
        except Exception:
            self._after_error(args, kwargs, result, called)
            raise
        if watch is not None:
            result = watch.outputs(result)
        if old:
            watch_last_operation(self, old, result)
        return result

    def _before(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        with_kwargs = {**self._own("_forward_pre_hooks_with_kwargs"), **dict.fromkeys(everywhere.with_kwargs)}
        for number, hook in [*everywhere.forward_pre.items(), *self._own("_forward_pre_hooks").items()]:
            if number in with_kwargs:
                changed = hook(self, args, kwargs)
                if changed is None:
                    continue
                if not isinstance(changed, tuple) or len(changed) != 2:
                    raise RuntimeError(
                        f"a forward pre-hook with kwargs must return None or (args, kwargs), but returned {changed!r}"
                    )
                args, kwargs = changed
            else:
                changed = hook(self, args)
                if changed is not None:
                    args = changed if isinstance(changed, tuple) else (changed,)
        return args, kwargs

    def _after(self, args: Any, kwargs: Any, result: Any, called: set[int]) -> Any:
        for number, hook in [*everywhere.forward.items(), *self._own("_forward_hooks").items()]:
            called.add(number)
            changed = self._run_after(number, hook, args, kwargs, result)
            if changed is not None:
                result = changed
        return result

    def _run_after(self, number: int, hook: Any, args: Any, kwargs: Any, result: Any) -> Any:
        if number in self._own("_forward_hooks_with_kwargs") or number in everywhere.with_kwargs:
            return hook(self, args, kwargs, result)
        return hook(self, args, result)

    def _after_error(self, args: Any, kwargs: Any, result: Any, called: set[int]) -> None:
        """Run the hooks that are always to be called and weren't yet."""
        for number, hook in [*everywhere.forward.items(), *self._own("_forward_hooks").items()]:
            always = number in self._own("_forward_hooks_always_called") or number in everywhere.always
            if always and number not in called:
                try:
                    changed = self._run_after(number, hook, args, kwargs, result)
                    result = result if changed is None else changed
                except Exception as error:
                    warnings.warn(
                        f"a forward hook with always_call=True raised an error of its own, which is dropped: {error}",
                        stacklevel=2,
                    )

    def _backward_hooks_to_run(self) -> tuple[list[Any], list[Any], list[Any]]:
        """(full pre-hooks, full hooks, hooks of the old kind)"""
        pre = [*everywhere.backward_pre.values(), *self._own("_backward_pre_hooks").values()]
        full: list[Any] = []
        old: list[Any] = []
        (full if everywhere.full_backward else old).extend(everywhere.backward.values())
        (old if self._is_full_backward_hook is False else full).extend(self._own("_backward_hooks").values())
        return pre, full, old


class LoadHook:
    """A load_state_dict pre-hook, and whether it is called with the module."""

    __slots__ = ("hook", "with_module")

    def __init__(self, hook: Callable[..., Any], with_module: bool) -> None:
        self.hook = hook
        self.with_module = with_module

    def run(self, module: Any, *args: Any) -> Any:
        return self.hook(module, *args) if self.with_module else self.hook(*args)


class BackwardHookFunction(Function):
    """The identity, whose node tells when a gradient comes by."""

    @staticmethod
    def forward(ctx: Any, *args: Any) -> Any:
        ctx.mark_non_differentiable(*[a for a in args if not a.requires_grad])
        return args

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        return grads


class BackwardWatch:
    """One call of a module with backward hooks: puts an identity on its inputs and one on its outputs.

    Attributes:
        grad_output: the gradients of the outputs, from when a pass has reached them until it has left the module.
    """

    def __init__(self, module: Any, pre: list[Any], full: list[Any]) -> None:
        self.module, self.pre, self.full = module, pre, full
        self.grad_output: Any = None
        self.input_places: list[int] | None = None  # of the tensors among the inputs, if one has a gradient
        self.number_of_inputs = 0

    def _through_identity(self, values: tuple[Any, ...]) -> tuple[tuple[Any, ...], list[int], Any]:
        places = [k for k, v in enumerate(values) if isinstance(v, Tensor)]
        if not any(values[k].requires_grad for k in places):
            return values, places, None
        passed = BackwardHookFunction.apply(*[values[k] for k in places])
        node = next((as_function(t._node)[0] for t in passed if t._node is not None), None)
        changed = list(values)
        for k, t in zip(places, passed, strict=True):
            changed[k] = t
        return type(values)(*changed) if hasattr(values, "_fields") else type(values)(changed), places, node

    @staticmethod
    def _spread(grads: Any, places: list[int], count: int) -> tuple[Any, ...]:
        spread: list[Any] = [None] * count
        for k, g in zip(places, grads, strict=True):
            spread[k] = g
        return tuple(spread)

    def inputs(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments to call forward with."""
        self.number_of_inputs = len(args)
        args, places, node = self._through_identity(args)
        if node is not None:
            self.input_places = places
            node.register_hook(self._leaving)
        return args

    def outputs(self, result: Any) -> Any:
        """The result to return."""
        values = result if isinstance(result, tuple) else (result,)
        if not all(isinstance(v, Tensor) for v in values):
            warnings.warn(
                f"the backward hooks of {type(self.module).__name__} need a forward that returns a Tensor or a tuple "
                f"of Tensors; it returned {type(result).__name__}, so they may not run",
                stacklevel=3,
            )
        values, places, node = self._through_identity(values)
        if node is not None:
            count = len(values)
            node.register_prehook(lambda grads: self._arriving(grads, places, count))
        return values if isinstance(result, tuple) else values[0]

    def _arriving(self, grads: Any, places: list[int], count: int) -> Any:
        grad_output = self._spread(grads, places, count)
        for hook in self.pre:
            changed = hook(self.module, grad_output)
            if changed is not None:
                grad_output = changed if isinstance(changed, tuple) else (changed,)
                if len(grad_output) != count:
                    raise RuntimeError(
                        f"a backward pre-hook of {type(self.module).__name__} returned {len(grad_output)} gradients "
                        f"where there are {count}"
                    )
        self.grad_output = grad_output
        if self.input_places is None:  # nothing will leave by the inputs
            for hook in self.full:
                changed = hook(self.module, (None,) * self.number_of_inputs, grad_output)
                if changed is not None and any(c is not None for c in changed):
                    raise RuntimeError(
                        "a backward hook can't replace grad_input where no input requires gradients; it "
                        "must return None"
                    )
            self.grad_output = None
        return tuple(grad_output[k] for k in places)

    def _leaving(self, grad_input: Any, _: Any) -> Any:
        if self.grad_output is None:  # it didn't come through the output, as with a result that is no tuple
            return None
        assert self.input_places is not None
        spread = self._spread(grad_input, self.input_places, self.number_of_inputs)
        for hook in self.full:
            changed = hook(self.module, spread, self.grad_output)
            if changed is not None:
                spread = changed if isinstance(changed, tuple) else (changed,)
                if len(spread) != self.number_of_inputs:
                    raise RuntimeError(
                        f"a backward hook of {type(self.module).__name__} returned {len(spread)} gradients "
                        f"where there are {self.number_of_inputs} inputs"
                    )
        self.grad_output = None
        return tuple(spread[k] for k in self.input_places)


def watch_last_operation(module: Any, hooks: list[Any], result: Any) -> None:
    """Hooks of the old kind sit on the operation that made the (first) output."""
    value = result
    while not isinstance(value, Tensor):
        values = list(value.values()) if isinstance(value, dict) else value
        value = next((v for v in values if isinstance(v, Tensor)), None) if isinstance(values, (list, tuple)) else None
        if value is None:
            return
    node = value.grad_fn
    if node is None:
        return
    for hook in hooks:
        node.register_hook(lambda grad_input, grad_output, hook=hook: hook(module, grad_input, grad_output))
