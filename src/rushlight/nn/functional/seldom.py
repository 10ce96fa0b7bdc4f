"""Functions that few programs call: single steps of recurrent layers, and a linear layer's loss in one call."""

from __future__ import annotations

from typing import Any

from ...ops.recurrent import recurrence
from .classification import cross_entropy
from .embedding import _indices, _limit_norms
from .linear import linear


def _step(mode: str, node: str, input: Any, h: Any, c: Any, *parameters: Any) -> tuple[Any, ...]:
    if input.ndim != 2 or h.ndim != 2 or len(h) != len(input):
        raise RuntimeError(
            f"a recurrent cell takes an input (N, size) and a state (N, hidden size); these have shapes "
            f"{list(input.shape)} and {list(h.shape)}"
        )
    return recurrence(mode, node, [len(input)], False, input, h, c, *parameters)[1:]


def gru_cell(input: Any, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None) -> Any:
    """One step of `nn.GRUCell` with these parameters.

    Args:
        input: a tensor of shape (N, input size).
        hx: the state, of shape (N, hidden size).
        w_ih, w_hh: the weights, of shapes (3 * hidden size, input size) and (3 * hidden size, hidden size).
        b_ih, b_hh: the biases.

    Returns:
        the next state.
    """
    return _step("GRU", "AddBackward0", input, hx, None, w_ih, w_hh, b_ih, b_hh)[0]


def lstm_cell(
    input: Any, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None
) -> tuple[Any, Any]:
    """One step of `nn.LSTMCell` with these parameters.

    Args:
        input: a tensor of shape (N, input size).
        hx: the two states, each of shape (N, hidden size).
        w_ih, w_hh: the weights, of shapes (4 * hidden size, input size) and (4 * hidden size, hidden size).
        b_ih, b_hh: the biases.

    Returns:
        the next two states.
    """
    h, c = _step("LSTM", "MulBackward0", input, hx[0], hx[1], w_ih, w_hh, b_ih, b_hh)
    return h, c


def rnn_tanh_cell(input: Any, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None) -> Any:
    """One step of `nn.RNNCell` with these parameters: tanh(w_ih x + b_ih + w_hh h + b_hh).

    Args:
        input: a tensor of shape (N, input size).
        hx: the state, of shape (N, hidden size).
        w_ih, w_hh: the weights, of shapes (hidden size, input size) and (hidden size, hidden size).
        b_ih, b_hh: the biases.

    Returns:
        the next state.

    Example:
        >>> import rushlight as torch
        >>> x, h, w = torch.ones(1, 1), torch.zeros(1, 1), torch.ones(1, 1)
        >>> torch.rnn_tanh_cell(x, h, w, w)
        tensor([[0.7616]])
    """
    return _step("RNN_TANH", "TanhBackward0", input, hx, None, w_ih, w_hh, b_ih, b_hh)[0]


def rnn_relu_cell(input: Any, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None) -> Any:
    """As `rnn_tanh_cell`, with max(0, x) in place of tanh."""
    return _step("RNN_RELU", "ReluBackward0", input, hx, None, w_ih, w_hh, b_ih, b_hh)[0]


def embedding_renorm_(input: Any, indices: Any, max_norm: float, norm_type: float) -> Any:
    """Shorten the rows that indices name to a norm, in place.

    Args:
        input: the table, of shape (rows, size).
        indices: integers of any shape.
        max_norm: the longest that a row may be.
        norm_type: the exponent of the norm.

    Returns:
        the table.
    """
    _limit_norms(input, _indices("embedding_renorm_", indices), max_norm, norm_type)
    return input


def linear_cross_entropy(
    input: Any,
    linear_weight: Any,
    target: Any,
    *,
    linear_bias: Any = None,
    weight: Any = None,
    reduction: str = "mean",
    ignore_index: int | None = None,
    label_smoothing: float = 0.0,
    options: Any = None,
) -> Any:
    """`cross_entropy` of what `linear` gives.

    Args:
        input: a tensor of shape (N, features) or (features,).
        linear_weight: of shape (classes, *, features), where the stars are the target's further dimensions.
        target: as for `cross_entropy`.
        linear_bias: of shape (classes, *).
        weight, reduction, label_smoothing: as for `cross_entropy`.
        ignore_index: a label that doesn't count (default: -100).
        options: must be None: there is one way to compute it here.

    Returns:
        a tensor without dimensions, or as `reduction` says.

    Raises:
        RuntimeError: if the shapes don't fit.

    Example:
        >>> import rushlight as torch
        >>> x, w = torch.ones(2, 3), torch.zeros(4, 3)
        >>> torch.nn.functional.linear_cross_entropy(x, w, torch.tensor([0, 1]))
        tensor(1.3863)
    """
    if options is not None:
        raise NotImplementedError("linear_cross_entropy: options= chooses an implementation of PyTorch's; leave it out")
    if input.ndim not in (1, 2):
        raise RuntimeError(f"expected input with dimensionality 1 or 2, got {input.ndim}")
    if linear_weight.ndim < 2:
        raise RuntimeError(f"expected linear_weight with dimensionality at least 2, got {linear_weight.ndim}")
    classes, *more, features = linear_weight.shape
    if more and input.ndim == 1:
        raise RuntimeError(f"a weight of shape {list(linear_weight.shape)} takes a batch of inputs, (N, {features})")
    bias = None if linear_bias is None else linear_bias.reshape(-1)
    scores = linear(input, linear_weight.reshape(-1, features), bias).reshape(*input.shape[:-1], classes, *more)
    if ignore_index is not None and target.shape == scores.shape:
        raise RuntimeError("ignore_index cannot be specified when target contains probabilities")
    return cross_entropy(
        scores, target, weight, ignore_index=-100 if ignore_index is None else ignore_index,
        reduction=reduction, label_smoothing=label_smoothing,
    )  # fmt: skip


__all__ = [
    "embedding_renorm_", "gru_cell", "linear_cross_entropy", "lstm_cell", "rnn_relu_cell", "rnn_tanh_cell",
]  # fmt: skip
