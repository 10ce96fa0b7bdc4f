"""Random programs of tensor operations, and an interpreter that runs one on any torch-like module.

A step is a tuple of a name and small integers.  Operands are picked by index modulo the number of
tensors there are, so every step means something in every program; a step that makes no sense
(shapes that don't fit, a write that is forbidden) must fail on both modules alike.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

SHAPES = ((), (3,), (2, 3), (3, 2), (1, 3), (2, 1), (2, 2))
UNARY: tuple[Callable[[Any, Any], Any], ...] = (
    lambda m, x: -x,
    lambda m, x: m.sin(x),
    lambda m, x: m.exp(x * 0.1),
    lambda m, x: m.tanh(x),
    lambda m, x: m.sigmoid(x),
    lambda m, x: m.relu(x),
    lambda m, x: x.abs(),
    lambda m, x: x**2,
    lambda m, x: x * 0.5,
    lambda m, x: 1.5 - x,
    lambda m, x: x / 4,
    lambda m, x: x.clone(),
    lambda m, x: x.sum(),
    lambda m, x: x.mean(-1),
    lambda m, x: x.sum(0, keepdim=True),
    lambda m, x: x.cumsum(0),
    lambda m, x: x.softmax(-1),
    lambda m, x: m.where(x > 0, x, 0.1 * x),
)
BINARY: tuple[Callable[[Any, Any, Any], Any], ...] = (
    lambda m, x, y: x + y,
    lambda m, x, y: x - y,
    lambda m, x, y: x * y,
    lambda m, x, y: x / (y * y + 1),
    lambda m, x, y: m.maximum(x, y),
    lambda m, x, y: x @ y,
    lambda m, x, y: m.cat([x, y]),
    lambda m, x, y: m.stack([x, y], -1),
    lambda m, x, y: m.where(x > y, x, y),
)
VIEWS: tuple[Callable[[Any], Any], ...] = (
    lambda x: x.t(),
    lambda x: x[0],
    lambda x: x[..., -1],
    lambda x: x[1:],
    lambda x: x[:, None],
    lambda x: x.reshape(-1),
    lambda x: x.view(-1),
    lambda x: x.unsqueeze(0),
    lambda x: x.squeeze(),
    lambda x: x.expand(2, 3),
    lambda x: x.transpose(0, -1),
    lambda x: x.permute(1, 0),
    lambda x: x.detach(),
    lambda x: x[::2],
    lambda x: x.split(1)[0],
    lambda x: x.unbind()[-1],
    lambda x: x.chunk(2, -1)[0],
    lambda x: x.view_as(x),
    lambda x: x.narrow(0, 0, 1),
    lambda x: x.diagonal(),
)
INPLACE_1: tuple[Callable[[Any], Any], ...] = (
    lambda x: x.mul_(0.5),
    lambda x: x.add_(1),
    lambda x: x.sin_(),
    lambda x: x.tanh_(),
    lambda x: x.zero_(),
    lambda x: x.fill_(0.25),
    lambda x: x.relu_(),
    lambda x: x.__setitem__(0, 0.5),
    lambda x: x.__setitem__((Ellipsis, -1), -0.5),
    lambda x: x.__setitem__(x < 0, 0.125),
    lambda x: x.detach_(),
    lambda x: x.neg_(),
    lambda x: x.exp_(),
)
INPLACE_2: tuple[Callable[[Any, Any, Any], Any], ...] = (
    lambda m, x, y: x.add_(y),
    lambda m, x, y: x.sub_(y),
    lambda m, x, y: x.mul_(y),
    lambda m, x, y: x.copy_(y),
    lambda m, x, y: x.__setitem__(0, y),
    lambda m, x, y: x.__setitem__(slice(1, None), y),
    lambda m, x, y: x.__setitem__(m.tensor([0, -1]), y),
    lambda m, x, y: x.__setitem__(x > 0, y),
    lambda m, x, y: x.masked_fill_(x > 0.5, 0.0) if 0 not in x.stride() else None,  # torch only warns there
    lambda m, x, y: x.div_(y * y + 1),
    lambda m, x, y: x[0].mul_(y),
    lambda m, x, y: x.index_add_(0, m.tensor([0, 0]), y),
)
PICKS: tuple[Callable[[Any, Any], Any], ...] = (
    lambda m, x: x[m.tensor([0, 0, 1])],
    lambda m, x: x[x > 0],
    lambda m, x: x[m.tensor([[0], [1]]), m.tensor([0, 1])],
    lambda m, x: x[:, m.tensor([1, 0])],
    lambda m, x: x[[-1]],
    lambda m, x: x.flip(0),
    lambda m, x: x.index_select(0, m.tensor([1, 1])),
)
# How many integers each kind of step takes.
KINDS = {
    "leaf": 3, "constant": 2, "unary": 2, "binary": 3, "view": 2, "pick": 2, "inplace1": 2, "inplace2": 3, "quiet1": 2,
    "quiet2": 3, "backward": 2, "grad": 3, "hook": 2, "retain": 1, "requires": 1, "drop": 1, "second": 2,
}  # fmt: skip


class Machine:
    """Runs steps on one module.

    Attributes:
        tensors: every tensor made so far.
        stopped: a backward pass failed half-way; what it had done till then isn't specified.
    """

    def __init__(self, module: Any) -> None:
        self.m = module
        self.tensors: list[Any] = []
        self.stopped = False
        for k, shape in enumerate(((2, 3), (3,))):
            self.tensors.append(self._values(shape, k + 1).requires_grad_())

    def _values(self, shape: tuple[int, ...], seed: int) -> Any:
        m = self.m
        count = 1
        for s in shape:
            count *= s
        # Small, distinct and without exact ties or zeros.
        values = [((7 * seed + 3 * k * k + 5 * k) % 23 - 11) / 8 + 0.0625 for k in range(count)]
        return m.tensor(values, dtype=m.float64).reshape(shape).clone()  # a leaf, and no view

    def pick(self, k: int) -> Any:
        return self.tensors[k % len(self.tensors)]

    def run(self, step: tuple[Any, ...]) -> str:
        """Run a step; returns "ok" or "error" (the tests of each op look at the kinds of errors)."""
        try:
            self._run(*step)
        except (RuntimeError, IndexError, TypeError, ValueError) as error:
            if step[0] in ("backward", "grad", "second"):
                self.stopped = True
            if "detached in-place" in str(error):  # torch refuses what is well defined here
                self.stopped = True
            return "error"
        return "ok"

    def _run(self, kind: str, *n: int) -> None:
        m = self.m
        made: Any = None
        if kind == "leaf":
            made = self._values(SHAPES[n[0] % len(SHAPES)], n[1])
            if n[2] % 2:
                made.requires_grad_()
        elif kind == "constant":
            made = self._values(SHAPES[n[0] % len(SHAPES)], n[1])
        elif kind == "unary":
            made = UNARY[n[0] % len(UNARY)](m, self.pick(n[1]))
        elif kind == "binary":
            made = BINARY[n[0] % len(BINARY)](m, self.pick(n[1]), self.pick(n[2]))
        elif kind == "view":
            made = VIEWS[n[0] % len(VIEWS)](self.pick(n[1]))
        elif kind == "pick":
            made = PICKS[n[0] % len(PICKS)](m, self.pick(n[1]))
        elif kind == "inplace1":
            INPLACE_1[n[0] % len(INPLACE_1)](self.pick(n[1]))
        elif kind == "inplace2":
            INPLACE_2[n[0] % len(INPLACE_2)](m, self.pick(n[1]), self.pick(n[2]))
        elif kind == "quiet1":
            with m.no_grad():
                made = UNARY[n[0] % len(UNARY)](m, self.pick(n[1])) if n[0] % 2 else None
                if made is None:
                    INPLACE_1[n[0] % 10](self.pick(n[1]))
        elif kind == "quiet2":
            with m.no_grad():
                INPLACE_2[n[0] % len(INPLACE_2)](m, self.pick(n[1]), self.pick(n[2]))
        elif kind == "backward":
            self.pick(n[0]).sum().backward(retain_graph=bool(n[1] % 2))
        elif kind == "grad":
            made = m.autograd.grad(
                (self.pick(n[0]) ** 2).sum(), [self.pick(n[1])], allow_unused=True, retain_graph=bool(n[2] % 2)
            )[0]
        elif kind == "second":
            x = self.pick(n[1])
            g = m.autograd.grad((self.pick(n[0]) ** 3).sum(), [x], allow_unused=True, create_graph=True)[0]
            if g is not None and g.requires_grad:
                made = m.autograd.grad(g.sum(), [x], allow_unused=True)[0]
        elif kind == "hook":
            factor = 2 + n[1] % 3
            self.pick(n[0]).register_hook(lambda g: g * factor)
        elif kind == "retain":
            self.pick(n[0]).retain_grad()
        elif kind == "requires":
            x = self.pick(n[0])
            # Views taken before pass no gradient on, and torch says of some that they require one.
            if not x._is_view() and not any(t._base is x for t in self.tensors):
                x.requires_grad_()
        elif kind == "drop" and len(self.tensors) > 2:
            del self.tensors[n[0] % len(self.tensors)]
        if made is not None:
            if kind in ("grad", "second", "binary"):
                made = (
                    made.contiguous().clone()
                )  # how often a gradient was written to, or that it is a view, isn't specified
            self.tensors.append(made)

    def state(self) -> list[dict[str, Any]]:
        """What can be seen of every tensor.

        A view from `unbind` or `split` whose base was written to can't even be looked at in torch: the
        program ends there.
        """
        try:
            return self._state()
        except RuntimeError as error:
            if "multiple views" not in str(error):
                raise
            self.stopped = True
            return []

    def _state(self) -> list[dict[str, Any]]:
        out = []
        for t in self.tensors:
            # Reading .grad of a computed tensor warns in torch; only leaves and tensors that keep it have one.
            grad = t.grad if t.is_leaf or t.retains_grad else None
            out.append({
                "shape": tuple(t.shape), "requires_grad": t.requires_grad, "is_leaf": t.is_leaf,
                "version": t._version, "view": t._is_view(), "value": t.detach().tolist(),
                "grad": None if grad is None else grad.detach().tolist(),
                "node": None if t.grad_fn is None else t.grad_fn.name(),
            })  # fmt: skip
        return out
