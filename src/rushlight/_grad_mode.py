"""Whether operations are recorded: no_grad, enable_grad, set_grad_enabled, inference_mode.

The mode belongs to the thread.  Reading a thread-local costs more than recording a node, so
`STATE.plain` says in one attribute whether anything anywhere is out of the ordinary: only then do
the dispatchers look closer.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


class _State:
    __slots__ = ("plain", "backward_depth", "dual", "pushing")

    def __init__(self) -> None:
        self.plain = True  # no thread has recording off, anomaly mode on or saved-tensor hooks
        self.backward_depth = 0  # passes under way: rules may then call ops on bare arrays
        self.dual = False  # a level of forward mode is open
        self.pushing: Any = False  # tangents are being computed: those of a level of forward mode, or others (True)


class _Local(threading.local):
    grad = True
    inference = False
    anomaly: Any = None  # anomaly mode's "check for nan" flag; None when off
    saved_hooks: tuple[Any, ...] = ()  # stack of (pack, unpack)
    walk: Any = None  # the backward pass under way


STATE = _State()
LOCAL = _Local()
_lock = threading.Lock()
_special_threads: set[int] = set()


def refresh() -> None:
    """Bring STATE.plain up to date after a change of this thread's modes."""
    special = not LOCAL.grad or LOCAL.inference or LOCAL.anomaly is not None or bool(LOCAL.saved_hooks)
    with _lock:
        (_special_threads.add if special else _special_threads.discard)(threading.get_ident())
        STATE.plain = not _special_threads


@contextmanager
def pushing(what: Any) -> Iterator[None]:
    """A block in which passes compute tangents, or (False) the gradients that a user asks for."""
    before, STATE.pushing = STATE.pushing, what
    try:
        yield
    finally:
        STATE.pushing = before


def is_grad_enabled() -> bool:
    """Whether operations of this thread are recorded.

    Example:
        >>> import rushlight as torch
        >>> with torch.no_grad():
        ...     torch.is_grad_enabled()
        False
    """
    return STATE.plain or LOCAL.grad


def is_inference_mode_enabled() -> bool:
    """Whether this thread is in inference mode."""
    return LOCAL.inference


def set_mode(grad: bool) -> bool:
    """Switch recording and return the mode before."""
    before = LOCAL.grad
    if before is not grad:
        LOCAL.grad = grad
        refresh()
    return before


def _stop_recording(what: str) -> None:
    """A user's block without recording begins: not inside a level of forward mode."""
    if STATE.dual:
        from .autograd.forward_ad import refuse_to_stop_recording

        refuse_to_stop_recording(what)


class ContextDecorator:
    """A context manager that also decorates functions, generator functions and classes' methods.

    A generator runs in the decorated mode only while it runs: at every `yield` the caller's mode is back.
    """

    def __enter__(self) -> Any:
        raise NotImplementedError

    def __exit__(self, *exc: object) -> None:
        raise NotImplementedError

    def _clone(self) -> ContextDecorator:
        return self.__class__()

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        if getattr(getattr(function, "__code__", None), "co_flags", 0) & 0x20:  # a generator function

            @functools.wraps(function)
            def generator(*args: Any, **kwargs: Any) -> Any:
                inner = function(*args, **kwargs)
                step: Callable[[], Any] = functools.partial(next, inner)
                while True:
                    try:
                        with self._clone():
                            item = step()
                    except StopIteration as stop:
                        return stop.value
                    try:
                        sent = yield item
                    except GeneratorExit:
                        with self._clone():
                            inner.close()
                        raise
                    except BaseException as error:
                        step = functools.partial(inner.throw, error)
                    else:
                        step = functools.partial(inner.send, sent)

            return generator

        @functools.wraps(function)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            with self._clone():
                return function(*args, **kwargs)

        return wrapped


class _Mode(ContextDecorator):
    _grad: bool

    def __new__(cls, function: Callable[..., Any] | None = None) -> Any:
        self = object.__new__(cls)
        self.__init__()  # type: ignore[misc]
        return self if function is None else self(function)  # @no_grad without parentheses

    def __init__(self, function: Callable[..., Any] | None = None) -> None:
        self._before: list[bool] = []

    def _clone(self) -> ContextDecorator:
        return self.__class__()

    def __enter__(self) -> None:
        if not self._grad:
            _stop_recording("no_grad()")
        self._before.append(set_mode(self._grad))

    def __exit__(self, *exc: object) -> None:
        set_mode(self._before.pop())


class no_grad(_Mode):
    """Compute without recording: results don't require gradients.

    A context manager and a decorator (of functions and generators).

    Example:
        >>> import rushlight as torch
        >>> x = torch.tensor(3.0, requires_grad=True)
        >>> with torch.no_grad():
        ...     y = x * 2
        >>> y.requires_grad
        False
    """

    _grad = False


class enable_grad(_Mode):
    """Record operations, also inside `no_grad`.

    Example:
        >>> import rushlight as torch
        >>> with torch.no_grad(), torch.enable_grad():
        ...     torch.is_grad_enabled()
        True
    """

    _grad = True


class set_grad_enabled(ContextDecorator):
    """Switch recording on or off at once; as a context manager, until the block ends.

    Args:
        mode: whether operations are to be recorded.

    Example:
        >>> import rushlight as torch
        >>> with torch.set_grad_enabled(False):
        ...     torch.is_grad_enabled()
        False
    """

    def __init__(self, mode: bool) -> None:
        self.mode = bool(mode)
        if not self.mode:
            _stop_recording("set_grad_enabled(False)")
        self._before = set_mode(self.mode)

    def _clone(self) -> ContextDecorator:
        return set_grad_enabled(self.mode)

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        set_mode(self._before)  # decorating must not switch anything
        return super().__call__(function)

    def __enter__(self) -> None:
        set_mode(self.mode)

    def __exit__(self, *exc: object) -> None:
        set_mode(self._before)


class inference_mode(ContextDecorator):
    """Compute without recording or version counting: results can't be used in recorded work.

    Args:
        mode: False leaves things as they are.

    Example:
        >>> import rushlight as torch
        >>> with torch.inference_mode():
        ...     y = torch.ones(2) * 2
        >>> y.is_inference()
        True
    """

    def __new__(cls, mode: bool | Callable[..., Any] = True) -> Any:
        self = object.__new__(cls)
        if callable(mode):
            self.__init__(True)  # type: ignore[misc]
            return self(mode)
        return self

    def __init__(self, mode: bool = True) -> None:
        self.mode = mode
        self._before: list[tuple[bool, bool]] = []

    def _clone(self) -> ContextDecorator:
        return inference_mode(self.mode)

    def __enter__(self) -> None:
        if self.mode:
            _stop_recording("inference_mode()")
        self._before.append((LOCAL.grad, LOCAL.inference))
        if self.mode:
            LOCAL.grad, LOCAL.inference = False, True
        else:
            LOCAL.grad, LOCAL.inference = (True, False) if LOCAL.inference else (LOCAL.grad, False)
        refresh()

    def __exit__(self, *exc: object) -> None:
        LOCAL.grad, LOCAL.inference = self._before.pop()
        refresh()
