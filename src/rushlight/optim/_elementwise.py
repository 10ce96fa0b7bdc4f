"""Optimizers whose update treats each element by itself: all but LBFGS, Adafactor and Muon.

A subclass says what it remembers of a parameter (`slots`), which numbers one step uses (`numbers`) and how
they change the parameter (`update`); everything else is here.  An update is written in NumPy calls that put
their results into arrays which are there already: the parameter, the slots, and scratch memory shared by all
parameters.  Large parameters are updated in blocks that stay in the processor's cache from one call to the
next.  The updates round where PyTorch's do, so that the last digits are the same.
"""

from __future__ import annotations

import contextvars
from collections.abc import Callable
from typing import Any

import numpy as np

from .._rounding import wider
from .._tensor import wrap
from .optimizer import Optimizer, call_closure, check_modes, check_options, number, with_hooks

BLOCK = 1 << 14  # elements of a block
_FEW = 1 << 12  # up to here parameters are worth the time that products of twice the digits take
_context = contextvars.copy_context()
_context.run(np.seterr, all="ignore")


def quietly(function: Callable[..., Any]) -> None:
    """Call without NumPy's floating-point warnings, in a context of its own (cheaper than np.errstate)."""
    try:
        _context.run(function)
    except RuntimeError as error:
        if "already entered" not in str(error) or error.__traceback__.tb_next is not None:  # type: ignore[union-attr]
            raise
        with np.errstate(all="ignore"):  # a step within a step, or in another thread
            function()


def as_real(a: Any) -> Any:
    """A complex array's memory as real and imaginary parts in turn; a real array as it is."""
    return (a if a.ndim else a[None]).view(a.real.dtype) if a.dtype.kind == "c" else a


class Work:
    """What stays the same from step to step for one parameter.

    Attributes:
        array: the parameter's array; another one in its place means that the rest is to be made anew.
        scratch: three arrays of its shape (of a block's size if it is large), and one that is of a wider type
            if the array is small.
        flat: whether it is large and in one piece, so that it can be updated in blocks.
    """

    __slots__ = ("array", "scratch", "flat")

    def __init__(self, array: Any, pool: dict[Any, Any]) -> None:
        self.array = array
        real = as_real(array)
        self.flat = real.size > BLOCK and real.flags.c_contiguous
        key = (BLOCK if self.flat else real.shape, real.dtype)
        if key not in pool:
            like = np.empty(BLOCK, real.dtype) if self.flat else real
            few = real.size <= _FEW and type(real) is np.ndarray
            wide = wider(real.dtype, real.size) if few else real.dtype
            pool[key] = (*(np.empty_like(like) for _ in range(3)), np.empty_like(like, dtype=wide))
        self.scratch = pool[key]


class Elementwise(Optimizer):
    """The step of optimizers that treat each element by itself."""

    counts = True  # whether the state has a "step"
    shares_numbers = True  # whether parameters at the same step have the same numbers

    def __init__(self, params: Any, defaults: dict[str, Any]) -> None:
        check_options(**{key: defaults[key] for key in ("lr", "eps", "weight_decay", "betas") if key in defaults})
        check_modes(**{key: defaults.get(key, False) for key in ("differentiable", "capturable", "foreach", "fused")})
        super().__init__(params, defaults)

    def slots(self, group: dict[str, Any]) -> tuple[str, ...]:
        """The names of the arrays that the state holds for a parameter."""
        raise NotImplementedError

    def fill(self, name: str, p: Any, group: dict[str, Any]) -> float:
        """The value that a slot starts with."""
        return 0.0

    def scalars(self, p: Any, group: dict[str, Any]) -> dict[str, float]:
        """The numbers that the state holds for a parameter, beside the step, with their first values."""
        return {}

    def numbers(self, group: dict[str, Any], step: float, state: dict[str, Any]) -> tuple[Any, ...]:
        """The numbers that `update` uses at a step (counted from 1); None for what isn't to be done."""
        raise NotImplementedError

    def update(self, p: Any, g: Any, slots: Any, numbers: Any, s: Any, t: Any, w: Any) -> None:
        """Change a parameter and its slots in place.

        Args:
            p: the parameter's values.
            g: its gradient, with weight decay added; not to be written to.
            slots: the arrays named by `slots`.
            numbers: those of `numbers`, as 0-d arrays of the parameter's type.
            s, t: scratch arrays of the same shape.
            w: one for `fused`.
        """
        raise NotImplementedError

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if self.counts:  # old checkpoints hold plain numbers
            for value in self.state.values():
                if "step" in value and not hasattr(value["step"], "_a"):
                    value["step"] = wrap(np.array(float(value["step"]), np.float32))

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change the parameters by one step.

        Args:
            closure: computes the loss anew, with its gradients, and returns it.

        Returns:
            what the closure returned, else None.
        """
        loss = call_closure(closure)
        quietly(self._step)
        return loss

    step = with_hooks(step)

    def _begin(self, p: Any, group: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
        """Complete the state of a parameter with what it lacks, in PyTorch's order."""
        state: dict[str, Any] = self.state[p]
        if self.counts and "step" not in state:
            state["step"] = wrap(np.array(0.0, np.float32))
        for name, value in self.scalars(p, group).items():
            if name not in state:
                state[name] = wrap(np.array(value, np.float32))
        for name in names:
            if state.get(name) is None:
                state[name] = wrap(np.empty_like(p._a))
                state[name]._a.fill(self.fill(name, p, group))
        return state

    def _step(self) -> None:
        works: dict[Any, Work] = self.__dict__.setdefault("_works", {})
        for group in self.param_groups:
            self._step_group(group, works)

    def _step_group(self, group: dict[str, Any], works: dict[Any, Work]) -> None:
        names = self.slots(group)
        keeps = bool(names) or self.counts
        decay = number(group.get("weight_decay", 0))
        decoupled = bool(decay) and group.get("decoupled_weight_decay", False)
        rate: Any = 1 - number(group["lr"]) * decay if decoupled else decay if decay else None
        factor = rate
        maximize = group.get("maximize", False)
        plain = not decay and not maximize
        update, states, counts = self.update, self.state, self.counts
        last_step, last_dtype, step = -1.0, None, 0.0
        numbers: Any = ()
        state: Any = None
        arrays: Any = ()
        for p in group["params"]:
            grad = p._grad
            if grad is None:
                continue
            a, g = p._a, grad._a
            work = works.get(p)
            if work is None or work.array is not a:
                work = works[p] = Work(a, self.__dict__.setdefault("_pool", {}))
            if keeps:
                state = states.get(p)
                try:
                    arrays = [state[name]._a for name in names]
                    step = 2.0
                except (KeyError, TypeError, AttributeError):
                    # The first step, or not all that it takes was loaded.
                    state = self._begin(p, group, names)
                    arrays = [state[name]._a for name in names]
                    step = 1.0
                if counts:
                    try:
                        count = state["step"]._a
                    except KeyError:
                        count = self._begin(p, group, names)["step"]._a
                    step = count.item() + 1
                    count.fill(step)
            dtype = a.dtype
            if dtype.kind == "c":
                a, g, *arrays = map(as_real, (a, g, *arrays))
                dtype = a.dtype
            if step != last_step or dtype is not last_dtype or not self.shares_numbers:
                numbers = self.numbers(group, step, state)
                if type(a) is np.ndarray:  # arrays of NumPy's type make the calls below quicker
                    numbers = [None if x is None else np.array(x, dtype) for x in numbers]
                    factor = None if rate is None else np.array(rate, dtype)
                last_step, last_dtype = step, dtype
            s, t, u, w = work.scratch
            if not work.flat:
                if not plain:
                    g = decayed(a, g, factor, decoupled, maximize, u, w)
                update(a, g, arrays, numbers, s, t, w)
            elif g.flags.c_contiguous and all(x.flags.c_contiguous for x in arrays):
                a, g, *arrays = (x.reshape(-1) for x in (a, g, *arrays))
                for start in range(0, a.size, BLOCK):
                    stop = start + BLOCK
                    pb, gb = a[start:stop], g[start:stop]
                    n = pb.size
                    if n < BLOCK:
                        s, t, u, w = s[:n], t[:n], u[:n], w[:n]
                    if not plain:
                        gb = decayed(pb, gb, factor, decoupled, maximize, u, w)
                    update(pb, gb, [x[start:stop] for x in arrays], numbers, s, t, w)
            else:
                s, t, u = (np.empty_like(a) for _ in range(3))
                w = np.empty_like(a, dtype=w.dtype)
                if not plain:
                    g = decayed(a, g, factor, decoupled, maximize, u, w)
                update(a, g, arrays, numbers, s, t, w)
            version = p._ver
            if version is None:
                p._ver = [1]
            else:
                version[0] += 1


def fused(x: Any, y: Any, z: Any, w: Any, out: Any) -> None:
    """Write x * y + z into `out`, rounded once if `w` is of a wider type, as processors' fused multiply-add does."""
    if w.dtype is out.dtype:  # a large array: speed goes before the last digit
        np.multiply(x, y, w)
        np.add(w, z, out)
    else:
        w[...] = x
        w *= y
        w += z
        out[...] = w


def towards(m: Any, g: Any, weight: Any, s: Any, w: Any) -> None:
    """Move a mean `m` towards `g`, by the part `weight` of the way."""
    np.subtract(g, m, s)
    if weight < 0.5:
        fused(s, weight, m, w, m)
    else:
        fused(s, weight - 1, g, w, m)


def decayed(p: Any, g: Any, factor: Any, decoupled: bool, maximize: bool, out: Any, w: Any) -> Any:
    """The gradient of the loss with weight decay (`factor`, or None); decoupled decay shrinks the parameter by it."""
    if maximize:
        g = np.negative(g, out)
    if decoupled:
        np.multiply(p, factor, p)
    elif factor is not None:
        fused(p, factor, g, w, out)
        g = out
    return g
