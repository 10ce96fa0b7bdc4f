"""Connectionist temporal classification: the likelihood of a label sequence over all its alignments.

The forward and backward recursions of Graves et al. (2006), in logarithms: over the T time steps one
after the other, over the batch and the 2 S + 1 positions of the labels (blanks between them) at once.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ._kernel import require_real
from ._op import op


def _extended(targets: Any, blank: int) -> tuple[Any, Any]:
    """Labels with blanks around them (batch, 2 S + 1), and where a position may be reached from two
    before."""
    n, s = targets.shape
    labels = np.full((n, 2 * s + 1), blank, np.int64)
    labels[:, 1::2] = targets
    skip = np.zeros(labels.shape, bool)
    skip[:, 2:] = (labels[:, 2:] != blank) & (labels[:, 2:] != labels[:, :-2])
    return labels, skip


def _shift(a: Any, by: int) -> Any:
    """Positions moved up by `by` (down if negative), with log 0 moving in."""
    out = np.full_like(a, -np.inf)
    if by > 0:
        out[:, by:] = a[:, :-by] if by < a.shape[1] else a[:, :0]
    else:
        out[:, :by] = a[:, -by:]
    return out


def _add_logs(*terms: Any) -> Any:
    """log(sum(exp(terms))), without nan where all are log 0."""
    top = terms[0]
    for t in terms[1:]:
        top = np.maximum(top, t)
    safe = np.where(top == -np.inf, 0, top)
    return np.log(sum(np.exp(t - safe) for t in terms)) + safe


def _ctc(
    x: Any, *, targets: Any, lengths: Any, target_lengths: Any, blank: int, zero_infinity: bool, kept: Any
) -> Any:
    require_real("ctc_loss", x)
    steps, n, _ = x.shape
    labels, skip = _extended(targets, blank)
    width = labels.shape[1]
    rows = np.arange(n)
    at = x[:, rows[:, None], labels]  # (T, N, 2 S + 1)
    alpha = np.full((steps, n, width), -np.inf, x.dtype)
    if steps:
        alpha[0, :, 0] = at[0, :, 0]
        if width > 1:
            alpha[0, :, 1] = np.where(target_lengths > 0, at[0, :, 1], -np.inf)
    for t in range(1, steps):
        a = alpha[t - 1]
        alpha[t] = _add_logs(a, _shift(a, 1), np.where(skip, _shift(a, 2), -np.inf)) + at[t]
    last = alpha[np.maximum(lengths - 1, 0), rows]
    end = 2 * target_lengths
    final = last[rows, end]
    before = np.where(target_lengths > 0, last[rows, np.maximum(end - 1, 0)], -np.inf)
    nll = -_add_logs(final, before)
    nll = np.where(lengths == 0, np.where(target_lengths == 0, 0, np.inf), nll).astype(x.dtype)
    kept[:] = alpha, nll
    return np.where(nll == np.inf, 0, nll) if zero_infinity else nll


def _ctc_backward(
    grad: Any,
    x: Any,
    *,
    targets: Any,
    lengths: Any,
    target_lengths: Any,
    blank: int,
    zero_infinity: bool,
    kept: Any,
) -> Any:
    """exp(x) minus the posterior of each label at each time: the gradient of x as the output of
    log_softmax."""
    alpha, nll = kept
    steps, n, classes = x.shape
    labels, skip = _extended(targets, blank)
    rows = np.arange(n)
    at = x[:, rows[:, None], labels]
    skip_from = np.zeros_like(skip)  # where two positions further may be gone to
    skip_from[:, :-2] = skip[:, 2:]
    position = np.arange(labels.shape[1])
    end = (2 * target_lengths)[:, None]
    ends = (position == end) | ((position == end - 1) & (target_lengths > 0)[:, None])
    posterior = np.zeros(x.shape, x.dtype)
    beta = np.full(labels.shape, -np.inf, x.dtype)
    flat = rows[:, None] * classes + labels
    for t in range(steps - 1, -1, -1):
        follow = _add_logs(beta, _shift(beta, -1), np.where(skip_from, _shift(beta, -2), -np.inf))
        follow = np.where((lengths - 1 == t)[:, None], np.where(ends, 0, -np.inf), follow)
        beta = np.where((t < lengths)[:, None], follow + at[t], -np.inf).astype(x.dtype)
        joint = np.exp(alpha[t] + beta - at[t] + nll[:, None])
        joint = np.where(np.isnan(joint), 0, joint)
        posterior[t] = np.bincount(flat.ravel(), joint.ravel(), n * classes).reshape(n, classes)
    out = (np.exp(x) - posterior) * grad[:, None]
    out[np.arange(steps)[:, None] >= lengths] = 0
    if zero_infinity:
        out[:, nll == np.inf] = 0
    return out.astype(x.dtype, copy=False)


def _no_second_derivative(g: Any) -> Any:
    raise RuntimeError(
        "the second derivative of ctc_loss is not implemented, as in torch: its gradient can't be "
        "differentiated again"
    )


ctc_backward = op(
    "ctc_loss_backward", _ctc_backward, promote=(), grad=_no_second_derivative, x=_no_second_derivative
)
ctc_op = op(
    "ctc_loss",
    _ctc,
    x=lambda g, x, targets, lengths, target_lengths, blank, zero_infinity, kept: ctc_backward(
        g, x, targets, lengths, target_lengths, blank, zero_infinity, kept
    ),
)
