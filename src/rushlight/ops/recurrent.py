"""Recurrent layers: all steps of one layer in one direction as a single node.

A step of a small network is a dozen operations on small arrays, so what counts is their number.  The kernels
here work on packed rows: those of the first step, then those of the second, and so on, where later steps may
have fewer (sequences that ended).  The state keeps the last values of every sequence; a step changes its
first rows.  Read backwards the same works for the other direction: a sequence begins where the rows grow to
it.

Products with inputs, and gradients of weights, are one matrix product for all steps.  Logistic functions are
computed as hyperbolic tangents, 1/(1 + exp(-x)) = (1 + tanh(x/2))/2, together with those that are wanted
anyhow. What can be computed for all steps at once before going back through them is.

Derivatives of higher order go through `composed`, the same computed by single operations.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .._dtypes import F16
from .._engine import call_user
from .._grad_mode import is_grad_enabled
from .._graph import FREED, Node, NodeType, Out, edge_of, fresh_node, next_seq
from .._tensor import wrap
from ._arguments import freed, modified

Steps = list[tuple[int, int]]

# The inputs of a recurrence, in the order of its edges.
INPUTS = ("x", "h0", "c0", "w_ih", "w_hh", "b_ih", "b_hh", "w_hr")
GATES = {"LSTM": 4, "GRU": 3, "RNN_TANH": 1, "RNN_RELU": 1}


def steps_of(batch_sizes: list[int], reverse: bool) -> Steps:
    """The rows (from, to) of each step, in the order in which the steps are taken."""
    steps, start = [], 0
    for size in batch_sizes:
        steps.append((start, start + size))
        start += size
    return steps[::-1] if reverse else steps


# -- long short-term memory ------------------------------------------------------------------------------


def halves(mode: str, width: int, kind: Any) -> Any:
    """What the gates' arguments are multiplied by for the hyperbolic tangent: 1/2 for logistic functions."""
    each = {"LSTM": (0.5, 0.5, 1.0, 0.5), "GRU": (0.5, 0.5, 1.0)}.get(mode)
    return None if each is None else np.repeat(np.array(each, kind), width)


def lstm_forward(gates: Any, steps: Steps, h: Any, c: Any, by_state: Any, w_hr: Any) -> tuple[Any, ...]:
    """The steps of an LSTM; `gates` comes with the inputs' part, halved as `by_state` is, and is overwritten.

    i, f, g, o = logistic, logistic, tanh, logistic; c' = f c + i g; h' = o tanh(c').
    """
    rows, width = gates.shape[0], gates.shape[1] // 4
    kind = gates.dtype
    scale = halves("LSTM", width, kind)
    shift = np.repeat(np.array([0.5, 0.5, 0.0, 0.5], kind), width)
    out = np.empty((rows, h.shape[1]), kind)
    h_before, c_before, tanh_c = (
        np.empty_like(out),
        np.empty((rows, width), kind),
        np.empty((rows, width), kind),
    )
    h, c = h.copy(), c.copy()
    project = None if w_hr is None else np.ascontiguousarray(w_hr.T)
    buffer = np.empty((len(h), 4 * width), kind)
    for start, end in steps:
        n = end - start
        a, h_now, c_now, t = gates[start:end], h[:n], c[:n], tanh_c[start:end]
        h_before[start:end] = h_now
        c_before[start:end] = c_now
        a += np.matmul(h_now, by_state, buffer[:n])
        np.tanh(a, a)
        a *= scale
        a += shift
        c_now *= a[:, width : 2 * width]
        c_now += a[:, :width] * a[:, 2 * width : 3 * width]
        np.tanh(c_now, t)
        if project is None:
            np.multiply(a[:, 3 * width :], t, out[start:end])
        else:
            np.matmul(a[:, 3 * width :] * t, project, out[start:end])
        h_now[...] = out[start:end]
    return out, h, c, (gates, h_before, c_before, tanh_c)


def lstm_backward(
    saved: Any, steps: Steps, g_out: Any, dh: Any, dc: Any, w_hh: Any, w_hr: Any
) -> tuple[Any, ...]:
    """The gradients of the gates' arguments and of the first state; `dh` and `dc` are overwritten."""
    gates, _, c_before, tanh_c = saved
    rows, width = tanh_c.shape
    i, f, g, o = (gates[:, k * width : (k + 1) * width] for k in range(4))
    slopes = np.empty((rows, 4, width), gates.dtype)  # of each gate's argument by dc, of o's by dm
    np.multiply(i * (1 - i), g, slopes[:, 0])
    np.multiply(f * (1 - f), c_before, slopes[:, 1])
    np.multiply(1 - g * g, i, slopes[:, 2])
    np.multiply(o * (1 - o), tanh_c, slopes[:, 3])
    into_c = o * (1 - tanh_c * tanh_c)
    d = np.empty((rows, 4, width), gates.dtype)
    d_out = None if w_hr is None else np.empty((rows, dh.shape[1]), gates.dtype)
    flat = d.reshape(rows, 4 * width)
    for start, end in reversed(steps):
        n = end - start
        dh_now, dc_now = dh[:n], dc[:n]
        if g_out is not None:
            dh_now += g_out[start:end]
        dm = dh_now
        if d_out is not None:
            d_out[start:end] = dh_now
            dm = dh_now @ w_hr
        dc_now += dm * into_c[start:end]
        np.multiply(dc_now[:, None], slopes[start:end, :3], d[start:end, :3])
        np.multiply(dm, slopes[start:end, 3], d[start:end, 3])
        dc_now *= f[start:end]
        np.matmul(flat[start:end], w_hh, dh_now)
    d_project = None if d_out is None else d_out.T @ (o * tanh_c)
    return flat, flat, dh, dc, d_project


# -- gated recurrent unit --------------------------------------------------------------------------------


def gru_forward(gates: Any, steps: Steps, h: Any, by_state: Any, bias: Any) -> tuple[Any, ...]:
    """The steps of a GRU; `gates` comes with the inputs' part, halved as the others, and is overwritten.

    r, z = logistic; n = tanh(x_n + r (w h + b)); h' = (1 - z) n + z h.
    """
    rows, width = gates.shape[0], gates.shape[1] // 3
    kind = gates.dtype
    two = 2 * width
    out, h_before, inner = (np.empty((rows, width), kind) for _ in range(3))
    h = h.copy()
    buffer = np.empty((len(h), 3 * width), kind)
    for start, end in steps:
        size = end - start
        a, h_now, part = gates[start:end], h[:size], buffer[:size]
        h_before[start:end] = h_now
        np.matmul(h_now, by_state, part)
        if bias is not None:
            part += bias
        inner[start:end] = part[:, two:]
        rz, n = a[:, :two], a[:, two:]
        rz += part[:, :two]
        np.tanh(rz, rz)
        rz *= 0.5
        rz += 0.5
        n += a[:, :width] * part[:, two:]
        np.tanh(n, n)
        h_now -= n
        h_now *= a[:, width:two]
        h_now += n
        out[start:end] = h_now
    return out, h, None, (gates, h_before, inner)


def gru_backward(saved: Any, steps: Steps, g_out: Any, dh: Any, w_hh: Any) -> tuple[Any, ...]:
    """The gradients of the gates' arguments (the inputs' and the state's part) and of the first state."""
    gates, h_before, inner = saved
    rows, width = inner.shape
    r, z, n = (gates[:, k * width : (k + 1) * width] for k in range(3))
    by_n = (1 - z) * (1 - n * n)
    slopes = np.empty((rows, 3, width), gates.dtype)  # of each gate's argument by dh, for the state's part
    np.multiply(by_n * inner, r * (1 - r), slopes[:, 0])
    np.multiply(h_before - n, z * (1 - z), slopes[:, 1])
    np.multiply(by_n, r, slopes[:, 2])
    d = np.empty((rows, 3, width), gates.dtype)
    dn = np.empty((rows, width), gates.dtype)
    flat = d.reshape(rows, 3 * width)
    for start, end in reversed(steps):
        dh_now = dh[: end - start]
        if g_out is not None:
            dh_now += g_out[start:end]
        np.multiply(dh_now[:, None], slopes[start:end], d[start:end])
        np.multiply(dh_now, by_n[start:end], dn[start:end])
        dh_now *= z[start:end]
        dh_now += flat[start:end] @ w_hh
    by_input = flat.copy()
    by_input[:, 2 * width :] = dn
    return by_input, flat, dh, None, None


# -- plain recurrence --------------------------------------------------------------------------------------


def rnn_forward(gates: Any, steps: Steps, h: Any, by_state: Any, relu: bool) -> tuple[Any, ...]:
    """The steps of h' = tanh or relu(x + w h); `gates` comes with the inputs' part and is overwritten."""
    h_before = np.empty_like(gates)
    h = h.copy()
    for start, end in steps:
        a, h_now = gates[start:end], h[: end - start]
        h_before[start:end] = h_now
        a += h_now @ by_state
        if relu:
            np.maximum(a, 0, out=a)
        else:
            np.tanh(a, a)
        h_now[...] = a
    return gates, h, None, (gates, h_before)


def rnn_backward(saved: Any, steps: Steps, g_out: Any, dh: Any, w_hh: Any, relu: bool) -> tuple[Any, ...]:
    """The gradients of the arguments and of the first state; `dh` is overwritten."""
    out, _ = saved
    slopes = (out > 0).astype(out.dtype) if relu else 1 - out * out
    for start, end in reversed(steps):
        dh_now = dh[: end - start]
        if g_out is not None:
            dh_now += g_out[start:end]
        slopes[start:end] *= dh_now
        np.matmul(slopes[start:end], w_hh, dh_now)
    return slopes, slopes, dh, None, None


# -- the same by single operations -------------------------------------------------------------------------


def composed(
    mode: str, steps: Steps, x: Any, h: Any, c: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any, w_hr: Any
) -> list[Any]:
    """[out, h, c] of a recurrence, recorded operation by operation."""
    from .elementary import sigmoid, tanh
    from .join import cat
    from .linear import linear_addmm as linear
    from .selection import where

    shape = x.shape
    gates = linear(x.reshape(-1, shape[-1]), w_ih, b_ih)
    width = w_hh.shape[0] // GATES[mode]
    outs: dict[int, Any] = {}
    for start, end in steps:
        n = end - start
        h_now = h[:n]
        a, s = gates[start:end], linear(h_now, w_hh, b_hh)
        if mode == "LSTM":
            i, f, g, o = (
                k(a[:, j * width : (j + 1) * width] + s[:, j * width : (j + 1) * width])
                for j, k in enumerate((sigmoid, sigmoid, tanh, sigmoid))
            )
            c_new = f * c[:n] + i * g
            h_new = o * tanh(c_new)
            if w_hr is not None:
                h_new = linear(h_new, w_hr)
            c = c_new if n == len(c) else cat([c_new, c[n:]])
        elif mode == "GRU":
            r, z = (
                sigmoid(a[:, j * width : (j + 1) * width] + s[:, j * width : (j + 1) * width]) for j in (0, 1)
            )
            inner = tanh(a[:, 2 * width :] + r * s[:, 2 * width :])
            h_new = (1 - z) * inner + z * h_now
        else:
            h_new = where(a + s > 0, a + s, 0.0) if mode == "RNN_RELU" else tanh(a + s)
        outs[start] = h_new
        h = h_new if n == len(h) else cat([h_new, h[n:]])
    out = cat([outs[start] for start in sorted(outs)])
    return (
        [out.reshape(*shape[:-1], out.shape[-1]), h]
        if c is None
        else [out.reshape(*shape[:-1], out.shape[-1]), h, c]
    )


# -- the node ------------------------------------------------------------------------------------------------


class RecurrentNode(Node):
    """A recorded recurrence; subclasses differ in name."""

    __slots__ = ("_edges", "inputs", "mode", "steps", "saved", "number_of_outputs")
    inputs: Any
    mode: str
    steps: Steps
    saved: Any
    number_of_outputs: int

    @property
    def outputs(self) -> int:
        return self.number_of_outputs

    def _arrays(self) -> list[Any]:
        """The inputs as they were, or an error if one was overwritten."""
        if self._vers is FREED:
            raise freed(self)
        for t, version in zip(self.inputs, self._vers, strict=True):
            if t is not None and version_of(t) != version:
                raise modified(self, t, version_of(t), version)
        return [None if t is None else t._a for t in self.inputs]

    def _free(self) -> None:
        self._vers = FREED
        self.inputs = self.saved = None

    def vjp(self, g: Any, edges: tuple[Any, ...], keep: bool) -> Any:
        x, h0, c0, w_ih, w_hh, _, _, w_hr = self._arrays()
        saved, mode, steps = self.saved, self.mode, self.steps
        kind = x.dtype
        if kind == F16:
            x, w_ih, w_hh, w_hr = (None if a is None else a.astype(np.float32) for a in (x, w_ih, w_hh, w_hr))
        work = x.dtype
        if not keep:
            self._free()
        g_out = None if g[0] is None else g[0].reshape(-1, g[0].shape[-1])
        dh = np.zeros(h0.shape, work) if g[1] is None else g[1].astype(work)
        if mode == "LSTM":
            dc = np.zeros(c0.shape, work) if g[2] is None else g[2].astype(work)
            by_input, by_state, dh, dc, d_project = lstm_backward(saved, steps, g_out, dh, dc, w_hh, w_hr)
        elif mode == "GRU":
            by_input, by_state, dh, dc, d_project = gru_backward(saved, steps, g_out, dh, w_hh)
        else:
            by_input, by_state, dh, dc, d_project = rnn_backward(
                saved, steps, g_out, dh, w_hh, mode == "RNN_RELU"
            )
        wanted = [e is not None for e in edges]
        rows = x.reshape(-1, x.shape[-1])
        totals = by_input.sum(0) if wanted[5] or wanted[6] else None
        grads = (
            (by_input @ w_ih).reshape(x.shape) if wanted[0] else None,
            dh,
            dc,
            by_input.T @ rows if wanted[3] else None,
            by_state.T @ saved[1] if wanted[4] else None,
            totals,
            None if totals is None else totals.copy() if by_state is by_input else by_state.sum(0),
            d_project,
        )
        return tuple(
            None if not w or d is None else d if d.dtype is kind else d.astype(kind)
            for w, d in zip(wanted, grads, strict=True)
        )

    def vjp_recorded(self, g: Any, edges: tuple[Any, ...], keep: bool) -> Any:
        from ..autograd import grad

        self._arrays()
        inputs, mode, steps = self.inputs, self.mode, self.steps
        if not keep:
            self._free()
        wanted = [t for t, e in zip(inputs, edges, strict=True) if e is not None]

        def derivatives() -> Any:
            outputs = composed(mode, steps, *inputs)
            pairs = [(o, part) for o, part in zip(outputs, g, strict=True) if part is not None]
            return grad(
                [o for o, _ in pairs],
                wanted,
                [part for _, part in pairs],
                create_graph=True,
                allow_unused=True,
            )

        found = iter(call_user(True, derivatives))
        return tuple(None if e is None else next(found) for e in edges)


def version_of(t: Any) -> int:
    """The version of a tensor."""
    return 0 if t._ver is None else int(t._ver[0])


_nodes: dict[str, Any] = {}


def recurrence(
    mode: str,
    node: str,
    batch_sizes: list[int],
    reverse: bool,
    x: Any,
    h0: Any,
    c0: Any,
    w_ih: Any,
    w_hh: Any,
    b_ih: Any,
    b_hh: Any,
    w_hr: Any = None,
) -> tuple[Any, ...]:
    """One layer of a recurrent network in one direction.

    Args:
        mode: "LSTM", "GRU", "RNN_TANH" or "RNN_RELU".
        node: the name of the node.
        batch_sizes: the number of rows of each step; never more than in the step before.
        reverse: whether to begin with the last step.
        x: the input's packed rows, of shape (*, input size).
        h0, c0: the first state, of shape (batch, hidden size); c0 for LSTM.
        w_ih, w_hh, b_ih, b_hh: weights and biases (or None).
        w_hr: the projection of an LSTM's output, or None.

    Returns:
        the outputs in the places of the inputs, and the last h (and c) of every sequence.
    """
    inputs = (x, h0, c0, w_ih, w_hh, b_ih, b_hh, w_hr)
    arrays: list[Any] = [None if t is None else t._a for t in inputs]
    kind = arrays[0].dtype
    if kind == F16:
        arrays = [None if a is None else a.astype(np.float32) for a in arrays]
    xa, h, c, wi, wh, bi, bh, wr = arrays
    steps = steps_of(batch_sizes, reverse)
    bias = bi if bi is None or mode == "GRU" else bi + bh
    scale = halves(mode, len(wh) // GATES[mode], wh.dtype)
    if scale is not None:
        wi, wh = wi * scale[:, None], wh * scale[:, None]
        bias, bh = (None, None) if bias is None else (bias * scale, bh * scale)
    gates = xa.reshape(-1, xa.shape[-1]) @ wi.T
    if bias is not None:
        gates += bias
    by_state = np.ascontiguousarray(wh.T)
    with np.errstate(all="ignore"):
        if mode == "LSTM":
            out, h, c, saved = lstm_forward(gates, steps, h, c, by_state, wr)
        elif mode == "GRU":
            out, h, c, saved = gru_forward(gates, steps, h, by_state, bh)
        else:
            out, h, c, saved = rnn_forward(gates, steps, h, by_state, mode == "RNN_RELU")
    shown = out.reshape(*xa.shape[:-1], out.shape[1])
    if mode not in ("LSTM", "GRU"):
        shown = shown.copy()  # the node keeps `out`, and users may write into what they get
    results = [shown, h] if c is None else [shown, h, c]
    if kind == F16:
        results = [a.astype(kind) for a in results]
    tensors = [wrap(a) for a in results]
    if is_grad_enabled() and any(t is not None and fresh_node(t) is not None for t in inputs):
        cls = _nodes.get(node)
        if cls is None:
            cls = _nodes[node] = NodeType(node, (RecurrentNode,), {"__slots__": ()})
        n = cls()
        n._seq = next_seq()
        n._shape, n._dtype = [a.shape for a in results], [a.dtype for a in results]
        n.number_of_outputs = len(results)
        n.mode, n.steps, n.saved = mode, steps, saved
        n.inputs = inputs
        n._edges = tuple(None if t is None else edge_of(t) for t in inputs)
        n._vers = tuple(None if t is None else version_of(t) for t in inputs)
        for k, t in enumerate(tensors):
            t._node = Out(n, k, t._a.shape, t._a.dtype)
    return tuple(tensors)


__all__ = ["composed", "recurrence"]
