"""Linear maps along single axes, given by tables of which elements go where with which weight.

Interpolation, adaptive averages and padding by reflection all are such maps, one for each axis; the
gradient is the transposed map.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ._kernel import in_single
from ._op import op

_DENSE = 6  # contributions per element from which on a matrix product is quicker than gathering


class AxisMap:
    """A sparse matrix of shape (outputs, inputs), applied along an axis.

    Attributes:
        index: array (outputs, terms) of the inputs that each output adds up.
        weight: array (outputs, terms) of their weights in float64, 0 for unused terms; None if all are 1 and
            there is a single term (a selection).
        inputs: the length of the axis before.
    """

    def __init__(self, index: Any, weight: Any, inputs: int) -> None:
        self.index, self.weight, self.inputs = index, weight, inputs
        self._transposed: AxisMap | None = None
        self._dense: Any = None

    @property
    def outputs(self) -> int:
        return len(self.index)

    def transposed(self) -> AxisMap:
        """The map in the other direction: each input collects from the outputs that it went into."""
        if self._transposed is None:
            outputs, terms = self.index.shape
            weight = np.ones(self.index.shape) if self.weight is None else self.weight
            used = weight.ravel() != 0
            source = np.repeat(np.arange(outputs), terms)[used]
            target = self.index.ravel()[used]
            order = np.argsort(target, kind="stable")
            counts = np.bincount(target, minlength=self.inputs)
            place = np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts)
            most = int(counts.max()) if len(counts) and counts.max() else 1
            index = np.zeros((self.inputs, most), np.int64)
            values = np.zeros((self.inputs, most))
            index[target[order], place] = source[order]
            values[target[order], place] = weight.ravel()[used][order]
            self._transposed = AxisMap(index, values, outputs)
            self._transposed._transposed = self
        return self._transposed

    def dense(self, dtype: Any) -> Any:
        """The matrix itself."""
        if self._dense is None:
            matrix = np.zeros((self.outputs, self.inputs))
            rows = np.broadcast_to(np.arange(self.outputs)[:, None], self.index.shape)
            np.add.at(matrix, (rows, self.index), 1.0 if self.weight is None else self.weight)
            self._dense = matrix
        return self._dense.astype(dtype)

    def apply(self, x: Any, axis: int) -> Any:
        """The map along an axis of an array."""
        terms = self.index.shape[1]
        if self.weight is None:
            return x.take(self.index[:, 0], axis)
        if terms > _DENSE:
            return np.moveaxis(np.matmul(np.moveaxis(x, axis, -1), self.dense(x.dtype).T), -1, axis)
        shape = [-1 if k == axis else 1 for k in range(x.ndim)]
        out = x.take(self.index[:, 0], axis)
        out *= self.weight[:, 0].astype(x.dtype).reshape(shape)
        for t in range(1, terms):
            part = x.take(self.index[:, t], axis)
            part *= self.weight[:, t].astype(x.dtype).reshape(shape)
            out += part
        return out


def _map_axes(x: Any, *, maps: Any) -> Any:
    first = x.ndim - len(maps)
    for k, m in enumerate(maps):
        if m is not None:
            x = m.apply(x, first + k)
    return x if x.flags.c_contiguous and x.base is None else x.copy()


def _transposed(maps: Any) -> Any:
    return tuple(None if m is None else m.transposed() for m in maps)


def axis_map_op(name: str, node: str) -> Any:
    """Declare an op that applies maps (x, maps) along the last axes; None leaves an axis as it is."""
    return op(name, in_single(_map_axes), node=node, x=lambda g, maps: axis_maps(g, _transposed(maps)))


axis_maps = axis_map_op("axis_maps", "AxisMapsBackward0")
