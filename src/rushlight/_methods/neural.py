"""Functions of neural networks as methods of Tensor."""

from __future__ import annotations

from typing import Any

from ..ops.softmax import log_softmax, softmax
from ._attach import method


def hardshrink(self: Any, lambd: float = 0.5) -> Any:
    """`torch.hardshrink` of this tensor."""
    from ..ops.activation import hard_shrink

    return hard_shrink(self, lambd)


def prelu(self: Any, weight: Any) -> Any:
    """`torch.prelu` of this tensor."""
    from ..nn.functional.rectifiers import prelu

    return prelu(self, weight)


method("softmax", softmax)
method("log_softmax", log_softmax)
method("hardshrink", hardshrink)
method("prelu", prelu)
