"""Recurrent layers and their cells."""

from __future__ import annotations

import math
import numbers
import warnings
from typing import Any

import numpy as np

from ..._dtypes import numpy_dtype
from ..._tensor import Tensor, wrap
from ...ops._called import called
from ...ops.join import cat, stack
from ...ops.recurrent import GATES, recurrence
from .. import functional as F
from .. import init
from ..utils.rnn import PackedSequence
from ._common import new_parameter
from .module import Module


def is_probability(value: Any) -> bool:
    """Whether a value is a number from 0 to 1."""
    return not isinstance(value, bool) and isinstance(value, numbers.Real) and 0 <= float(value) <= 1


class RNNBase(Module):
    """What RNN, LSTM and GRU share.

    Args:
        mode: "RNN_TANH", "RNN_RELU", "LSTM" or "GRU".
        input_size: the size of each step's input.
        hidden_size: the size of the state.
        num_layers: the number of layers, one upon the other.
        bias: whether there are biases.
        batch_first: whether inputs and outputs are (N, L, *) rather than (L, N, *).
        dropout: the probability of dropout after each layer but the last.
        bidirectional: whether there is a second direction, backwards.
        proj_size: the size that an LSTM's output is projected to; 0: it isn't.
        device: the CPU.
        dtype: of the parameters (default: the default dtype).
    """

    def __init__(
        self,
        mode: str,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        if mode not in GATES:
            raise ValueError(f"Unrecognized RNN mode: {mode}; there are {', '.join(GATES)}")
        if not is_probability(dropout):
            raise ValueError(
                f"dropout should be a number in range [0, 1], the probability to drop an element, not {dropout!r}"
            )
        for name, value, kind in (
            ("hidden_size", hidden_size, int), ("bias", bias, bool), ("batch_first", batch_first, bool),
            ("bidirectional", bidirectional, bool),
        ):  # fmt: skip
            if not isinstance(value, kind):
                raise TypeError(f"{name} should be of type {kind.__name__}, got: {type(value).__name__}")
        if hidden_size <= 0:
            raise ValueError("hidden_size must be greater than zero")
        if num_layers <= 0:
            raise ValueError("num_layers must be greater than zero")
        if proj_size < 0 or proj_size >= hidden_size:
            raise ValueError(
                f"proj_size has to be smaller than hidden_size ({hidden_size}) and not negative, not {proj_size}"
            )
        if dropout > 0 and num_layers == 1:
            warnings.warn(
                f"dropout={dropout} has no effect with num_layers=1: it comes after each layer but the last",
                stacklevel=3,
            )
        self.mode = mode
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = float(dropout)
        self.bidirectional = bidirectional
        self.proj_size = proj_size
        self._all_weights: list[list[str]] = []
        rows = GATES[mode] * hidden_size
        out_size = proj_size or hidden_size
        directions = 2 if bidirectional else 1
        for layer in range(num_layers):
            in_size = input_size if layer == 0 else out_size * directions
            for suffix in ("", "_reverse")[:directions]:
                shapes: dict[str, tuple[int, ...]] = {
                    "weight_ih": (rows, in_size),
                    "weight_hh": (rows, out_size),
                }
                if bias:
                    shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
                if proj_size:
                    shapes["weight_hr"] = (proj_size, hidden_size)
                names = [f"{name}_l{layer}{suffix}" for name in shapes]
                for name, shape in zip(names, shapes.values(), strict=True):
                    setattr(self, name, new_parameter(shape, device, dtype))
                self._all_weights.append(names)
        self.reset_parameters()

    @property
    def all_weights(self) -> list[list[Any]]:
        """The parameters of each layer and direction."""
        return [[getattr(self, name) for name in names] for names in self._all_weights]

    @property
    def _flat_weights_names(self) -> list[str]:
        return [name for names in self._all_weights for name in names]

    @property
    def _flat_weights(self) -> list[Any]:
        return [getattr(self, name) for name in self._flat_weights_names]

    def flatten_parameters(self) -> None:
        """Nothing: the memory of parameters needs no preparation on a CPU."""

    def reset_parameters(self) -> None:
        """Draw new values for the parameters, uniform on +-1/sqrt(hidden_size)."""
        bound = 1.0 / math.sqrt(self.hidden_size)
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    def extra_repr(self) -> str:
        parts = [f"{self.input_size}, {self.hidden_size}"]
        if self.proj_size:
            parts.append(f"proj_size={self.proj_size}")
        if self.num_layers != 1:
            parts.append(f"num_layers={self.num_layers}")
        if self.bias is not True:
            parts.append(f"bias={self.bias}")
        if self.batch_first is not False:
            parts.append(f"batch_first={self.batch_first}")
        if self.dropout != 0:
            parts.append(f"dropout={self.dropout}")
        if self.bidirectional is not False:
            parts.append(f"bidirectional={self.bidirectional}")
        return ", ".join(parts)

    # -- forward --------------------------------------------------------------------------------------

    def forward(self, input: Any, hx: Any = None) -> Any:
        packed = input if isinstance(input, PackedSequence) else None
        if packed is not None:
            rows, sizes = packed.data, packed.batch_sizes.tolist()
            whole, batch = True, sizes[0]
            if rows.ndim != 2:
                raise ValueError(
                    f"{self.mode}: packed sequences have rows of one dimension, not data of shape {list(rows.shape)}"
                )
        else:
            if not isinstance(input, Tensor):
                raise TypeError(f"{type(self).__name__} takes a Tensor or a PackedSequence, not {type(input).__name__}")
            if input.ndim not in (2, 3):
                raise ValueError(f"{type(self).__name__}: Expected input to be 2D or 3D, got {input.ndim}D instead")
            whole = input.ndim == 3
            rows = input if whole else input.unsqueeze(0 if self.batch_first else 1)
            if self.batch_first:
                rows = rows.transpose(0, 1)
            length, batch = rows.shape[:2]
            if not length:
                raise RuntimeError(
                    f"{type(self).__name__}: expected a sequence of one step or more, got shape {list(input.shape)}"
                )
            sizes = [batch] * length
        self._check_input(rows)
        states = self._first_states(hx, batch, whole)
        if packed is not None and packed.sorted_indices is not None and hx is not None:
            states = [s.index_select(1, packed.sorted_indices) for s in states]
        output, last = self._run(rows, sizes, states, hx is None, packed is not None)
        if packed is not None:
            output = PackedSequence(output, packed.batch_sizes, packed.sorted_indices, packed.unsorted_indices)
            if packed.unsorted_indices is not None:
                last = [s.index_select(1, packed.unsorted_indices) for s in last]
        else:
            if self.batch_first:  # PyTorch's node has one name for LSTM, the other for the others
                output = output.transpose(0, 1) if self.mode == "LSTM" else output.transpose_(0, 1)
            if not whole:
                output = output.squeeze(0 if self.batch_first else 1)
                last = [s.squeeze(1) for s in last]
        return output, tuple(last) if self.mode == "LSTM" else last[0]

    def _check_input(self, rows: Any) -> None:
        if rows.shape[-1] != self.input_size:
            raise RuntimeError(
                f"input.size(-1) must be equal to input_size. Expected {self.input_size}, got {rows.shape[-1]}"
            )
        weight = getattr(self, self._all_weights[0][0])
        if rows._a.dtype != weight._a.dtype:
            raise ValueError(
                f"RNN input dtype ({rows.dtype!r}) does not match weight dtype ({weight.dtype!r}). Convert input: "
                f"input.to({weight.dtype!r}), or convert model: model.to({rows.dtype!r})"
            )

    def _first_states(self, hx: Any, batch: int, whole: bool) -> list[Any]:
        """The states before the first step, of shape (layers * directions, batch, size)."""
        count = len(self._all_weights)
        sizes = [self.proj_size or self.hidden_size] + ([self.hidden_size] if self.mode == "LSTM" else [])
        if hx is None:
            kind = getattr(self, self._all_weights[0][0])._a.dtype
            return [wrap(np.zeros((count, batch, size), kind)) for size in sizes]
        given = list(hx) if isinstance(hx, (tuple, list)) else [hx]
        if len(given) != len(sizes):
            wanted = "a tuple (h_0, c_0)" if self.mode == "LSTM" else "one tensor h_0"
            raise RuntimeError(f"{type(self).__name__} takes {wanted} as its first state, not {type(hx).__name__}")
        states = []
        for k, (state, size) in enumerate(zip(given, sizes, strict=True)):
            if state.ndim != (3 if whole else 2):
                raise RuntimeError(
                    f"For {'batched 3-D' if whole else 'unbatched 2-D'} input, the state should be "
                    f"{3 if whole else 2}-D too, but it is {state.ndim}-D"
                )
            state = state if whole else state.unsqueeze(1)
            if tuple(state.shape) != (count, batch, size):
                label = f"hidden[{k}]" if self.mode == "LSTM" else "hidden"
                raise RuntimeError(f"Expected {label} size {(count, batch, size)}, got {list(state.shape)}")
            states.append(state)
        return states

    def _run(self, rows: Any, sizes: list[int], states: list[Any], zero: bool, packed: bool) -> tuple[Any, list[Any]]:
        """All layers and directions; `zero` says that the states are zeros outside the graph."""
        node = "CatBackward0" if packed else "StackBackward0"
        if self.mode == "LSTM" and not (packed or self.proj_size):
            node = "MkldnnRnnLayerBackward0"
        directions = 2 if self.bidirectional else 1
        last: list[list[Any]] = [[] for _ in states]
        for layer in range(self.num_layers):
            outputs = []
            for direction in range(directions):
                k = layer * directions + direction
                weights = [getattr(self, name) for name in self._all_weights[k]]
                if not self.bias:
                    weights[2:2] = [None, None]
                now = [wrap(s._a[k]) if zero else s[k] for s in states]
                c = now[1] if len(now) == 2 else None
                results = recurrence(self.mode, node, sizes, direction == 1, rows, now[0], c, *weights)
                outputs.append(results[0])
                for kept, state in zip(last, results[1:], strict=True):
                    kept.append(state)
            rows = outputs[0] if directions == 1 else cat(outputs, -1)
            if self.dropout and self.training and layer < self.num_layers - 1:
                rows = F.dropout(rows, self.dropout, True)
        return rows, [stack(kept) for kept in last]


class RNN(RNNBase):
    """Recurrent layers h' = tanh(W_ih x + b_ih + W_hh h + b_hh) (Elman, 1990).

    Args:
        input_size: the size of each step's input.
        hidden_size: the size of the state.
        num_layers: the number of layers, one upon the other.
        nonlinearity: "tanh" or "relu".
        bias: whether there are biases.
        batch_first: whether inputs and outputs are (N, L, *) rather than (L, N, *).
        dropout: the probability of dropout after each layer but the last.
        bidirectional: whether there is a second direction, backwards.
        device: the CPU.
        dtype: of the parameters (default: the default dtype).

    Shape:
        (L, N, input_size) or a PackedSequence, and the first state (layers * directions, N, hidden_size)
        (default: 0), to outputs (L, N, directions * hidden_size) and the last state; N may be left out.

    Example:
        >>> import rushlight as torch
        >>> output, h = torch.nn.RNN(10, 20, 2)(torch.randn(5, 3, 10))
        >>> output.shape, h.shape
        (torch.Size([5, 3, 20]), torch.Size([2, 3, 20]))
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if "proj_size" in kwargs:
            raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")
        if len(args) > 3:
            nonlinearity, args = args[3], (*args[:3], *args[4:])
        else:
            nonlinearity = kwargs.pop("nonlinearity", "tanh")
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"Unknown nonlinearity {nonlinearity!r}. Select from 'tanh' or 'relu'.")
        super().__init__(f"RNN_{nonlinearity.upper()}", *args, **kwargs)
        self.nonlinearity = nonlinearity


class LSTM(RNNBase):
    """Layers of long short-term memory (Hochreiter and Schmidhuber, 1997).

    i, f, g, o = sigmoid, sigmoid, tanh, sigmoid of W_ih x + b_ih + W_hh h + b_hh; c' = f c + i g; h' = o tanh(c').

    Args:
        input_size: the size of each step's input.
        hidden_size: the size of the state.
        num_layers: the number of layers, one upon the other.
        bias: whether there are biases.
        batch_first: whether inputs and outputs are (N, L, *) rather than (L, N, *).
        dropout: the probability of dropout after each layer but the last.
        bidirectional: whether there is a second direction, backwards.
        proj_size: the size that h' is projected to; 0: it isn't.
        device: the CPU.
        dtype: of the parameters (default: the default dtype).

    Shape:
        (L, N, input_size) or a PackedSequence, and the first states (h, c), each (layers * directions, N,
        size) (default: 0), to outputs (L, N, directions * size) and the last states; N may be left out.

    Example:
        >>> import rushlight as torch
        >>> output, (h, c) = torch.nn.LSTM(10, 20, 2)(torch.randn(5, 3, 10))
        >>> output.shape, c.shape
        (torch.Size([5, 3, 20]), torch.Size([2, 3, 20]))
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__("LSTM", *args, **kwargs)


class GRU(RNNBase):
    """Layers of gated recurrent units (Cho et al., 2014).

    r, z = sigmoid of W_ih x + b_ih + W_hh h + b_hh; n = tanh(W_in x + b_in + r (W_hn h + b_hn)); h' = (1 - z) n + z h.

    Args:
        input_size: the size of each step's input.
        hidden_size: the size of the state.
        num_layers: the number of layers, one upon the other.
        bias: whether there are biases.
        batch_first: whether inputs and outputs are (N, L, *) rather than (L, N, *).
        dropout: the probability of dropout after each layer but the last.
        bidirectional: whether there is a second direction, backwards.
        device: the CPU.
        dtype: of the parameters (default: the default dtype).

    Shape:
        (L, N, input_size) or a PackedSequence, and the first state (layers * directions, N, hidden_size)
        (default: 0), to outputs (L, N, directions * hidden_size) and the last state; N may be left out.

    Example:
        >>> import rushlight as torch
        >>> output, h = torch.nn.GRU(10, 20, batch_first=True)(torch.randn(3, 5, 10))
        >>> output.shape, h.shape
        (torch.Size([3, 5, 20]), torch.Size([1, 3, 20]))
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if "proj_size" in kwargs:
            raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")
        super().__init__("GRU", *args, **kwargs)


class RNNCellBase(Module):
    """What the cells share.

    Args:
        input_size: the size of the input.
        hidden_size: the size of the state.
        bias: whether there are biases.
        num_chunks: the number of gates.
        device: the CPU.
        dtype: of the parameters (default: the default dtype).
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool,
        num_chunks: int,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.bias = bias
        rows = num_chunks * hidden_size
        self.weight_ih = new_parameter((rows, input_size), device, dtype)
        self.weight_hh = new_parameter((rows, hidden_size), device, dtype)
        self.register_parameter("bias_ih", new_parameter((rows,), device, dtype) if bias else None)
        self.register_parameter("bias_hh", new_parameter((rows,), device, dtype) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new values for the parameters, uniform on +-1/sqrt(hidden_size)."""
        bound = 1.0 / math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    def extra_repr(self) -> str:
        parts = [f"{self.input_size}, {self.hidden_size}"]
        if self.bias is not True:
            parts.append(f"bias={self.bias}")
        if self.__dict__.get("nonlinearity", "tanh") != "tanh":
            parts.append(f"nonlinearity={self.nonlinearity}")
        return ", ".join(parts)

    def _step(self, mode: str, node: str, input: Any, states: Any) -> tuple[Any, ...]:
        """The states after one step; `states` is None for zeros."""
        name = type(self).__name__
        if input.ndim not in (1, 2):
            raise ValueError(f"{name}: Expected input to be 1D or 2D, got {input.ndim}D instead")
        whole = input.ndim == 2
        if not whole:
            input = input.unsqueeze(0)
        if input.shape[1] != self.input_size:
            raise RuntimeError(f"input has inconsistent input_size: got {input.shape[1]} expected {self.input_size}")
        count = 2 if mode == "LSTM" else 1
        if states is None:
            kind = numpy_dtype(input.dtype)
            states = [wrap(np.zeros((len(input), self.hidden_size), kind)) for _ in range(count)]
        else:
            for state in states:
                if state.ndim not in (1, 2):
                    raise ValueError(f"{name}: Expected hidden to be 1D or 2D, got {state.ndim}D instead")
            states = [state if state.ndim == 2 else state.unsqueeze(0) for state in states]
            for state in states:
                if tuple(state.shape) != (len(input), self.hidden_size):
                    size, wanted = state.shape[1], self.hidden_size
                    fact = f"Input batch size {len(input)} doesn't match hidden0 batch size {len(state)}"
                    if len(state) == len(input):
                        fact = f"hidden0 has inconsistent hidden_size: got {size}, expected {wanted}"
                    raise RuntimeError(fact)
        c = states[1] if count == 2 else None
        results = recurrence(
            mode,
            node,
            [len(input)],
            False,
            input,
            states[0],
            c,
            self.weight_ih,
            self.weight_hh,
            self.bias_ih,
            self.bias_hh,
        )[1:]
        return results if whole else tuple(state.squeeze(0) for state in results)


class RNNCell(RNNCellBase):
    """One step of an `RNN`.

    Args:
        input_size: the size of the input.
        hidden_size: the size of the state.
        bias: whether there are biases.
        nonlinearity: "tanh" or "relu".
        device: the CPU.
        dtype: of the parameters (default: the default dtype).

    Shape:
        (N, input_size) and the state (N, hidden_size) (default: 0) to the next state; N may be left out.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.RNNCell(10, 20)(torch.randn(3, 10)).shape
        torch.Size([3, 20])
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 1, device, dtype)
        self.nonlinearity = nonlinearity

    def forward(self, input: Any, hx: Any = None) -> Any:
        if self.nonlinearity not in ("tanh", "relu"):
            raise RuntimeError(f"Unknown nonlinearity: {self.nonlinearity}")
        relu = self.nonlinearity == "relu"
        mode, node = ("RNN_RELU", "ReluBackward0") if relu else ("RNN_TANH", "TanhBackward0")
        return self._step(mode, node, input, None if hx is None else (hx,))[0]


class LSTMCell(RNNCellBase):
    """One step of an `LSTM`.

    Args:
        input_size: the size of the input.
        hidden_size: the size of the state.
        bias: whether there are biases.
        device: the CPU.
        dtype: of the parameters (default: the default dtype).

    Shape:
        (N, input_size) and the states (h, c), each (N, hidden_size) (default: 0), to the next states; N may
        be left out.

    Example:
        >>> import rushlight as torch
        >>> h, c = torch.nn.LSTMCell(10, 20)(torch.randn(3, 10))
        >>> h.shape
        torch.Size([3, 20])
    """

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 4, device, dtype)

    def forward(self, input: Any, hx: Any = None) -> Any:
        h, c = self._step("LSTM", "MulBackward0", input, hx)
        return h, called(c, "AddBackward0") if input.ndim == 2 else c


class GRUCell(RNNCellBase):
    """One step of a `GRU`.

    Args:
        input_size: the size of the input.
        hidden_size: the size of the state.
        bias: whether there are biases.
        device: the CPU.
        dtype: of the parameters (default: the default dtype).

    Shape:
        (N, input_size) and the state (N, hidden_size) (default: 0) to the next state; N may be left out.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.GRUCell(10, 20)(torch.randn(3, 10)).shape
        torch.Size([3, 20])
    """

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 3, device, dtype)

    def forward(self, input: Any, hx: Any = None) -> Any:
        return self._step("GRU", "AddBackward0", input, None if hx is None else (hx,))[0]


__all__ = ["GRU", "GRUCell", "LSTM", "LSTMCell", "RNN", "RNNBase", "RNNCell", "RNNCellBase"]
