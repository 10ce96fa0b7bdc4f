"""L-BFGS, and the line search that it may use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from .._grad_mode import enable_grad
from .._hints import hinted
from .._tensor import Tensor, bump, wrap
from .optimizer import Optimizer, check_options, number, with_hooks


class Trial(NamedTuple):
    """A step that was tried.

    Attributes:
        t: the length of the step.
        loss: the loss after it.
        grad: the flat gradient after it.
        slope: the derivative of the loss along the direction.
    """

    t: Any
    loss: float
    grad: Any
    slope: Any


def minimum_of_cubic(a: Trial, b: Trial, bounds: tuple[Any, Any] | None = None) -> Any:
    """Where the cubic through two trials' losses and slopes is least, kept within bounds (default: the trials)."""
    low, high = bounds if bounds is not None else (a.t, b.t) if a.t <= b.t else (b.t, a.t)
    d1 = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.t - b.t)
    square = d1 * d1 - a.slope * b.slope
    if not square >= 0:
        return (low + high) / 2.0
    d2 = np.sqrt(square)
    if a.t <= b.t:
        t = b.t - (b.t - a.t) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2))
    else:
        t = a.t - (a.t - b.t) * ((a.slope + d2 - d1) / (a.slope - b.slope + 2 * d2))
    return min(max(t, low), high)


def strong_wolfe(
    evaluate: Callable[[Any], Trial],
    start: Trial,
    t: Any,
    largest: Any,
    tolerance: float,
    most: int,
    c1: float = 1e-4,
    c2: float = 0.9,
) -> tuple[Trial, int]:
    """Find a step that lowers the loss enough and the slope too.

    Args:
        evaluate: tries a step length.
        start: the trial of length 0.
        t: the first length to try.
        largest: the largest size of an element of the direction.
        tolerance: a bracket that moves no parameter by more than this is small enough.
        most: how many lengths may be tried after the first.
        c1: the part of the slope's promise by which the loss must fall.
        c2: the part of its size to which the slope must fall.

    Returns:
        the trial found (the best one, if none satisfies the conditions), and how many were made.
    """

    def too_high(trial: Trial) -> bool:
        return bool(trial.loss > start.loss + c1 * trial.t * start.slope)

    def flat_enough(trial: Trial) -> bool:
        return bool(abs(trial.slope) <= -c2 * start.slope)

    new, previous = evaluate(t), start
    tried = 0
    bracket = [start, new]
    while tried < most:
        if too_high(new) or (tried > 1 and new.loss >= previous.loss):
            bracket = [previous, new]
            break
        if flat_enough(new):
            return new, tried + 1
        if new.slope >= 0:
            bracket = [previous, new]
            break
        t = minimum_of_cubic(previous, new, (new.t + 0.01 * (new.t - previous.t), new.t * 10))
        previous, new = new, evaluate(t)
        tried += 1
    if tried == most:
        bracket = [start, new]
    low, high = (0, 1) if bracket[0].loss <= bracket[1].loss else (1, 0)
    stuck = False  # the last length was close to an end of the bracket already
    while tried < most and not abs(bracket[1].t - bracket[0].t) * largest < tolerance:
        t = minimum_of_cubic(bracket[0], bracket[1])
        first, last = min(bracket[0].t, bracket[1].t), max(bracket[0].t, bracket[1].t)
        margin = 0.1 * (last - first)
        if min(last - t, t - first) < margin:
            if stuck or t >= last or t <= first:
                t = last - margin if abs(t - last) < abs(t - first) else first + margin
                stuck = False
            else:
                stuck = True
        else:
            stuck = False
        new = evaluate(t)
        tried += 1
        if too_high(new) or new.loss >= bracket[low].loss:
            bracket[high] = new
            low, high = (0, 1) if bracket[0].loss <= bracket[1].loss else (1, 0)
            continue
        done = flat_enough(new)
        if not done and new.slope * (bracket[high].t - bracket[low].t) >= 0:
            bracket[high] = bracket[low]
        bracket[low] = new
        if done:
            break
    return bracket[low], tried + 1


def _flat(a: Any) -> Any:
    """An array as a vector of real numbers (a view where it can be)."""
    return a.reshape(-1).view(a.real.dtype)


def _stored(x: Any) -> Any:
    """A value as the state keeps it: arrays and NumPy scalars as tensors."""
    return wrap(np.asarray(x)) if isinstance(x, (np.ndarray, np.generic)) else x


def _loaded(x: Any) -> Any:
    """A value of the state as it is computed with."""
    return x._a[()] if isinstance(x, Tensor) else x


class LBFGS(Optimizer):
    r"""Steps along -H g, where g is the gradient and H estimates the inverse of the Hessian.

    H is never formed. From the last `history_size` steps s and the changes y of the gradient over them, the
    direction comes by the two-loop recursion::

        q = -g;   from the newest pair to the oldest:  a_i = s_i.q / y_i.s_i,   q <- q - a_i y_i
        d = q * (s.y / y.y);   from the oldest to the newest:  d <- d + s_i (a_i - y_i.d / y_i.s_i)

    Args:
        params: tensors or (name, tensor) pairs; a single parameter group.
        lr: the length of a step, or the first one that the line search tries.
        max_iter: iterations in one call of `step`.
        max_eval: calls of the closure in one call of `step` (default: 5/4 of max_iter).
        tolerance_grad: stop when no element of the gradient is larger.
        tolerance_change: stop when a step changes neither parameters nor loss by more.
        history_size: how many steps are remembered.
        line_search_fn: None, or "strong_wolfe".

    Raises:
        ValueError: for several parameter groups, or an option out of range.

    Example:
        >>> x = torch.tensor([5., -3.], requires_grad=True)
        >>> optimizer = torch.optim.LBFGS([x], line_search_fn="strong_wolfe")
        >>> def closure():
        ...     optimizer.zero_grad()
        ...     loss = (x[0] - 1) ** 2 + 10 * (x[1] - 2) ** 2
        ...     loss.backward()
        ...     return loss
        >>> loss = optimizer.step(closure)
        >>> bool((x - torch.tensor([1., 2.])).mul(100).pow(2).sum() < 1)
        True

    Source: J. Nocedal and S. Wright, "Numerical optimization", 2006, algorithm 7.4.
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        check_options(lr)
        defaults = {
            "lr": lr, "max_iter": max_iter, "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
            "tolerance_grad": tolerance_grad, "tolerance_change": tolerance_change,
            "history_size": history_size,
            "line_search_fn": line_search_fn,
        }  # fmt: skip
        super().__init__(params, defaults)
        if len(self.param_groups) != 1:
            raise hinted(
                ValueError("LBFGS doesn't support per-parameter options (parameter groups)"),
                "give it one list of tensors",
            )

    def _gradient(self) -> Any:
        parts = [
            np.zeros(p._a.size, p._a.dtype) if p._grad is None else p._grad._a for p in self.param_groups[0]["params"]
        ]
        return np.concatenate([_flat(part) for part in parts])

    def _move(self, t: Any, d: Any) -> None:
        """Add t * d to the parameters."""
        start = 0
        for p in self.param_groups[0]["params"]:
            a = p._a
            real = a.real.dtype
            stop = start + a.size * (2 if a.dtype.kind == "c" else 1)
            a += np.multiply(d[start:stop], t, dtype=real).view(a.dtype).reshape(a.shape)
            bump(p)
            start = stop

    def _restore(self, values: list[Any]) -> None:
        for p, a in zip(self.param_groups[0]["params"], values, strict=True):
            np.copyto(p._a, a)
            bump(p)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Run up to `max_iter` iterations.

        Args:
            closure: clears the gradients, computes the loss and its gradients, and returns the loss.

        Returns:
            the loss before the first iteration.

        Raises:
            TypeError: without a closure.
            RuntimeError: for a line search other than "strong_wolfe".
        """
        if closure is None:
            raise TypeError("LBFGS evaluates the loss several times in a step: call step(closure)")

        def loss_of() -> Any:
            with enable_grad():
                return closure()

        with np.errstate(all="ignore"):
            return self._iterate(loss_of)

    step = with_hooks(step)

    def _iterate(self, closure: Callable[[], Any]) -> Any:
        group = self.param_groups[0]
        lr = number(group["lr"])
        search = group["line_search_fn"]
        if search not in (None, "strong_wolfe"):
            raise RuntimeError(f"only 'strong_wolfe' is supported as line_search_fn, not {search!r}")
        state = self.state[group["params"][0]]
        state.setdefault("func_evals", 0)
        state.setdefault("n_iter", 0)
        first = closure()
        loss, evaluations = float(first), 1
        state["func_evals"] += 1
        g = self._gradient()
        if np.abs(g).max() <= group["tolerance_grad"]:
            return first
        memory = _Memory(state, group["history_size"])
        d, t = _loaded(state.get("d")), _loaded(state.get("t"))
        previous_g, previous_loss = _loaded(state.get("prev_flat_grad")), state.get("prev_loss")
        for iteration in range(1, group["max_iter"] + 1):
            state["n_iter"] += 1
            if state["n_iter"] == 1:
                memory.clear()
                d = -g
                t = min(1.0, 1.0 / np.abs(g).sum()) * lr
            else:
                memory.add(g - previous_g, d * t)
                d = memory.direction(g)
                t = lr
            previous_g, previous_loss = g, loss
            slope = g.dot(d)
            if slope > -group["tolerance_change"]:
                break
            used = 0
            if search is not None:
                trial, used = self._search(
                    closure,
                    Trial(0, loss, g, slope),
                    t,
                    d,
                    group["tolerance_change"],
                    group["max_eval"] - evaluations,
                )
                t, loss, g = trial.t, trial.loss, trial.grad
                self._move(t, d)
            else:
                self._move(t, d)
                if iteration != group["max_iter"]:  # after the last, the next step evaluates it anyway
                    loss, g, used = float(closure()), self._gradient(), 1
            evaluations += used
            state["func_evals"] += used
            if (
                evaluations >= group["max_eval"]
                or np.abs(g).max() <= group["tolerance_grad"]
                or np.abs(d * t).max() <= group["tolerance_change"]
                or abs(loss - previous_loss) < group["tolerance_change"]
            ):
                break
        memory.store_factors(state, group["history_size"])
        state.update(d=_stored(d), t=_stored(t))
        memory.store(state)
        state.update(prev_flat_grad=_stored(previous_g), prev_loss=previous_loss)
        return first

    def _search(
        self, closure: Callable[[], Any], start: Trial, t: Any, d: Any, tolerance: float, most: int
    ) -> tuple[Trial, int]:
        """The line search along d; the parameters are where they were before."""
        values = [p._a.copy() for p in self.param_groups[0]["params"]]

        def evaluate(t: Any) -> Trial:
            self._move(t, d)
            loss, g = float(closure()), self._gradient()
            self._restore(values)
            return Trial(t, loss, g, g.dot(d))

        return strong_wolfe(evaluate, start, t, np.abs(d).max(), tolerance, most)


class _Memory:
    """The last steps s and the changes y of the gradient over them, as lists from the oldest to the newest."""

    def __init__(self, state: dict[str, Any], size: int) -> None:
        self.size = size
        self.ys, self.ss, self.inverses = (
            [_loaded(x) for x in state.get(name) or []] for name in ("old_dirs", "old_stps", "ro")
        )
        self.scale: Any = _loaded(state.get("H_diag", 1))
        self.factors: list[Any] | None = None

    def clear(self) -> None:
        self.ys, self.ss, self.inverses, self.scale = [], [], [], 1

    def add(self, y: Any, s: Any) -> None:
        """Remember a step, unless the gradient fell along it."""
        product = y.dot(s)
        if product > 1e-10:
            if len(self.ys) == self.size:
                del self.ys[0], self.ss[0], self.inverses[0]
            self.ys.append(y)
            self.ss.append(s)
            self.inverses.append(1.0 / product)
            self.scale = product / y.dot(y)

    def direction(self, g: Any) -> Any:
        """The two-loop recursion."""
        q = -g
        scratch = np.empty_like(q)
        factors: list[Any] = [None] * len(self.ys)
        for i in range(len(self.ys) - 1, -1, -1):
            factors[i] = self.ss[i].dot(q) * self.inverses[i]
            q -= np.multiply(self.ys[i], factors[i], scratch)
        q *= self.scale
        for i in range(len(self.ys)):
            back = self.ys[i].dot(q) * self.inverses[i]
            q += np.multiply(self.ss[i], factors[i] - back, scratch)
        self.factors = factors
        return q

    def store_factors(self, state: dict[str, Any], size: int) -> None:
        """Write the factors of the last direction into the optimizer's state, as PyTorch lays it out."""
        if self.factors is not None:
            rest = [None] * (size - len(self.factors))
            state["al"] = [_stored(a) for a in self.factors] + rest

    def store(self, state: dict[str, Any]) -> None:
        """Write the memory into the optimizer's state."""
        state["old_dirs"] = [_stored(y) for y in self.ys]
        state["old_stps"] = [_stored(s) for s in self.ss]
        state["ro"] = [_stored(r) for r in self.inverses]
        state["H_diag"] = _stored(self.scale)


__all__ = ["LBFGS"]
