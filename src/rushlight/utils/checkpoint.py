"""`torch.utils.checkpoint`: trade time for memory, by computing again in the backward pass.

>>> import rushlight as torch
>>> from rushlight.utils.checkpoint import checkpoint
>>> x = torch.tensor([1.0, 2.0], requires_grad=True)
>>> checkpoint(torch.exp, x, use_reentrant=False).sum().backward()
>>> x.grad
tensor([2.7183, 7.3891])
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from .._filled import empty
from .._grad_mode import enable_grad, no_grad
from .._random import default_generator
from .._tensor import Tensor
from ..autograd.backward import backward as run_backward
from ..autograd.function import Function
from ..autograd.graph import saved_tensors_hooks


class CheckpointError(RuntimeError):
    """The function gave something else when it was computed again."""


def _fresh(x: Any) -> Any:
    if not isinstance(x, Tensor):
        return x
    return x.detach().requires_grad_(x.requires_grad)


class _Checkpoint(Function):
    """Runs a function without recording, and again, recorded, when its gradient is wanted."""

    @staticmethod
    def forward(ctx: Any, function: Any, preserve: bool, dummy: Any, *args: Any) -> Any:
        ctx.function = function
        ctx.state = default_generator.to_bytes() if preserve else None
        ctx.others = [None if isinstance(a, Tensor) else a for a in args]
        ctx.places = [k for k, a in enumerate(args) if isinstance(a, Tensor)]
        ctx.save_for_backward(*[a for a in args if isinstance(a, Tensor)])
        with no_grad():
            return function(*args)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        args = list(ctx.others)
        for k, tensor in zip(ctx.places, ctx.saved_tensors, strict=True):
            args[k] = _fresh(tensor)
        now = default_generator.to_bytes()
        if ctx.state is not None:
            default_generator.from_bytes(ctx.state)
        try:
            with enable_grad():
                outputs = ctx.function(*args)
        finally:
            default_generator.from_bytes(now)
        outputs = outputs if isinstance(outputs, tuple) else (outputs,)
        if len(outputs) != len(gradients):
            raise CheckpointError(f"{len(gradients)} outputs at first, and {len(outputs)} when computed again")
        pairs = [
            (y, g)
            for y, g in zip(outputs, gradients, strict=True)
            if isinstance(y, Tensor) and y.requires_grad and g is not None
        ]
        if pairs:
            run_backward([y for y, _ in pairs], [g for _, g in pairs])
        return (None, None, None, *[a.grad if isinstance(a, Tensor) else None for a in args])


class _Enough(Exception):
    """All saved tensors are there again."""


class _Recomputed:
    """A call that keeps the places of its saved tensors only, and runs again when the first of these is wanted."""

    def __init__(self, call: Callable[..., Any], args: Any, preserve: bool, compare: bool, early_stop: bool) -> None:
        self.call, self.args, self.compare, self.early_stop = call, args, compare, early_stop
        self.state = default_generator.to_bytes() if preserve else None
        self.saved: list[tuple[Any, Any]] = []  # the shape and type of each tensor
        self.again: list[Any] = []

    def first(self) -> Any:
        """Run the function."""
        with saved_tensors_hooks(self._forget, self._find):
            return self.call(*self.args)

    def _forget(self, tensor: Any) -> int:
        self.saved.append((tensor.shape, tensor.dtype))
        return len(self.saved) - 1

    def _find(self, place: int) -> Any:
        if not self.again:
            self._run_again()
        return self.again[place]

    def _run_again(self) -> None:
        again: list[Any] = []

        def keep(tensor: Any) -> None:
            again.append(tensor.detach())
            if self.early_stop and len(again) == len(self.saved):
                raise _Enough

        now = default_generator.to_bytes()
        if self.state is not None:
            default_generator.from_bytes(self.state)
        try:
            with contextlib.suppress(_Enough), enable_grad(), saved_tensors_hooks(keep, lambda _: None):
                self.call(*self.args)
        finally:
            default_generator.from_bytes(now)
        if len(again) != len(self.saved):
            raise CheckpointError(
                f"{len(self.saved)} tensors were saved at first, and {len(again)} when computed again: "
                "the function must do the same each time"
            )
        for place, (t, (shape, dtype)) in enumerate(zip(again, self.saved, strict=True)):
            if self.compare and (t.shape, t.dtype) != (shape, dtype):
                raise CheckpointError(
                    f"saved tensor {place} was {list(shape)} of {dtype} at first, and {list(t.shape)} of {t.dtype} "
                    "when computed again: the function must do the same each time"
                )
        self.again = again


def checkpoint(
    function: Callable[..., Any],
    *args: Any,
    use_reentrant: bool | None = None,
    preserve_rng_state: bool = True,
    context_fn: Any = None,
    determinism_check: str = "default",
    debug: bool = False,
    early_stop: bool = True,
    **kwargs: Any,
) -> Any:
    """Run a function without keeping what its gradient needs; that is computed again in the backward pass.

    Parameters that the function uses get their gradients too.

    Args:
        function: returns a tensor or a tuple; without `use_reentrant` whatever it likes.
        args, kwargs: its arguments.
        use_reentrant: run a backward pass inside the backward pass (the default), which gives no gradients of
            gradients, and none of captured tensors to `torch.autograd.grad`; False has no such limits.
        preserve_rng_state: draw the same random numbers again.
        context_fn: None.
        determinism_check: "none" leaves out the comparison of the tensors computed again, without `use_reentrant`.
        debug: ignored.
        early_stop: end the second run as soon as all is there, without `use_reentrant`.

    Returns:
        what the function returns.

    Raises:
        NotImplementedError: for a `context_fn`.
    """
    if context_fn is not None:
        raise NotImplementedError("context_fn (selective checkpoints) isn't supported: all is computed again")

    def call(*values: Any) -> Any:
        return function(*values, **kwargs)

    if use_reentrant is False:
        return _Recomputed(call, args, preserve_rng_state, determinism_check != "none", early_stop).first()

    # A tensor that requires gradients, so that the call is recorded even if only captured parameters do.
    dummy = empty(0, requires_grad=True)
    return _Checkpoint.apply(call, preserve_rng_state, dummy, *args)


def checkpoint_sequential(
    functions: Any, segments: int, input: Any, use_reentrant: bool | None = None, **kwargs: Any
) -> Any:
    """Run modules one after the other in segments, each of which is computed again in the backward pass.

    Args:
        functions: a Sequential, or a list of functions.
        segments: how many; the last one is kept.
        input: the first one's input.
        use_reentrant: as for `checkpoint`.
        kwargs: `preserve_rng_state`.
    """
    steps = list(functions.children()) if hasattr(functions, "children") else list(functions)
    size = len(steps) // segments

    def chain(part: list[Any]) -> Callable[[Any], Any]:
        def run(x: Any) -> Any:
            for step in part:
                x = step(x)
            return x

        return run

    start = 0
    for _ in range(segments - 1):
        input = checkpoint(chain(steps[start : start + size]), input, use_reentrant=use_reentrant, **kwargs)
        start += size
    return chain(steps[start:])(input)


def set_checkpoint_debug_enabled(enabled: bool | None) -> Any:
    """A block that does nothing.

    Args:
        enabled: ignored.
    """
    return contextlib.nullcontext()


def set_checkpoint_early_stop(enable: bool) -> Any:
    """A block that does nothing.

    Args:
        enable: ignored.
    """
    return contextlib.nullcontext()


__all__ = [
    "CheckpointError", "checkpoint", "checkpoint_sequential", "set_checkpoint_debug_enabled",
    "set_checkpoint_early_stop",
]  # fmt: skip
