"""Making one batch of several samples."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, MutableMapping, MutableSequence, Sequence
from typing import Any

import numpy as np

from ...._creation import as_tensor, tensor
from ...._dtypes import float64
from ...._hints import hinted
from ...._tensor import Tensor
from ....ops.join import stack

_WANTED = "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found {}"


def default_convert(data: Any) -> Any:
    """Turn the NumPy arrays in a sample into tensors.

    Args:
        data: a sample of any structure.

    Returns:
        the same structure; what isn't an array stays as it is.

    Example:
        >>> torch.utils.data.default_convert([np.array([1, 2]), "text"])
        [tensor([1, 2]), 'text']
    """
    if isinstance(data, Tensor):
        return data
    if isinstance(data, (np.ndarray, np.generic)):
        return data if data.dtype.kind in "SUO" else as_tensor(data)
    if isinstance(data, Mapping):
        return _like(data, {key: default_convert(value) for key, value in data.items()})
    if isinstance(data, tuple) and hasattr(data, "_fields"):
        return type(data)(*(default_convert(item) for item in data))
    if isinstance(data, tuple):
        return [default_convert(item) for item in data]
    if isinstance(data, Sequence) and not isinstance(data, (str, bytes)):
        return _like(data, [default_convert(item) for item in data])
    return data


def _like(original: Any, value: Any) -> Any:
    """A value in the type of the original, if that type can be made so."""
    try:
        if isinstance(original, MutableMapping):
            result: Any = copy.copy(original)
            result.update(value)
            return result
        if isinstance(original, MutableSequence):
            result = copy.copy(original)
            for k, item in enumerate(value):
                result[k] = item
            return result
        return type(original)(value)
    except TypeError:
        return value


def collate(batch: Any, *, collate_fn_map: dict[Any, Callable[..., Any]] | None = None) -> Any:
    """As `default_collate`, with a function for each type.

    Args:
        batch: the samples.
        collate_fn_map: by type (or tuple of types), a function of (batch, collate_fn_map=...).

    Raises:
        TypeError: for a type that isn't in the map, a mapping or a sequence.
        RuntimeError: if the samples are lists of different lengths.
    """
    first = batch[0]
    kind = type(first)
    if collate_fn_map is not None:
        if kind in collate_fn_map:
            return collate_fn_map[kind](batch, collate_fn_map=collate_fn_map)
        for types, function in collate_fn_map.items():
            if isinstance(first, types):
                return function(batch, collate_fn_map=collate_fn_map)

    def recurse(items: Any) -> Any:
        return collate(items, collate_fn_map=collate_fn_map)

    if isinstance(first, Mapping):
        return _like(first, {key: recurse([sample[key] for sample in batch]) for key in first})
    if isinstance(first, tuple) and hasattr(first, "_fields"):
        return kind(*(recurse(items) for items in zip(*batch, strict=True)))
    if isinstance(first, Sequence):
        lengths = {len(sample) for sample in batch}
        if len(lengths) > 1:
            raise hinted(
                RuntimeError("each element in list of batch should be of equal size"),
                f"the sizes are {sorted(lengths)}",
            )
        columns = [recurse(items) for items in zip(*batch, strict=True)]
        return columns if isinstance(first, tuple) else _like(first, columns) if len(columns) == len(first) else columns
    raise TypeError(_WANTED.format(kind))


def collate_tensor_fn(batch: Any, *, collate_fn_map: Any = None) -> Any:
    """Tensors, stacked."""
    try:
        return stack(list(batch), 0)
    except RuntimeError as error:
        shapes = sorted({tuple(item.shape) for item in batch})
        if len(shapes) > 1:
            hinted(
                error,
                f"the samples have the shapes {', '.join(map(str, shapes[:4]))}; give them one shape in the "
                "dataset, or pass a collate_fn that pads them",
            )
        raise


def _arrays(batch: Any, *, collate_fn_map: Any = None) -> Any:
    if batch[0].dtype.kind in "SUO":
        raise TypeError(_WANTED.format(batch[0].dtype))
    return collate([as_tensor(item) for item in batch], collate_fn_map=collate_fn_map)


def _floats(batch: Any, *, collate_fn_map: Any = None) -> Any:
    return tensor(batch, dtype=float64)


def _integers(batch: Any, *, collate_fn_map: Any = None) -> Any:
    return tensor(batch)


def _numpy_scalars(batch: Any, *, collate_fn_map: Any = None) -> Any:
    return as_tensor(np.array(batch))


def _as_it_is(batch: Any, *, collate_fn_map: Any = None) -> Any:
    return batch


default_collate_fn_map: dict[Any, Callable[..., Any]] = {
    Tensor: collate_tensor_fn,
    np.ndarray: _arrays,
    (np.bool_, np.number): _numpy_scalars,
    float: _floats,
    int: _integers,
    str: _as_it_is,
    bytes: _as_it_is,
}


def default_collate(batch: Any) -> Any:
    """Make one batch of a list of samples: tensors are stacked, structures are kept.

    Args:
        batch: the samples, all of one structure: tensors, arrays, numbers, strings, or mappings, named
            tuples and
            sequences of such.

    Returns:
        the structure of one sample, with stacked tensors; a list for a tuple.

    Raises:
        TypeError: for samples of another type.
        RuntimeError: if shapes or lengths differ.

    Example:
        >>> torch.utils.data.default_collate([(1, 0.5), (2, 1.5)])
        [tensor([1, 2]), tensor([0.5000, 1.5000], dtype=torch.float64)]
        >>> torch.utils.data.default_collate([{"a": "x"}, {"a": "y"}])
        {'a': ['x', 'y']}
    """
    return collate(batch, collate_fn_map=default_collate_fn_map)


__all__ = ["collate", "collate_tensor_fn", "default_collate", "default_collate_fn_map", "default_convert"]
