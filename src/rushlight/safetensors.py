"""Safetensors files: named tensors as plain bytes behind a JSON header.

A file is the header's length (8 bytes, little-endian), the header, and the tensors' bytes. The header maps
each name to {"dtype", "shape", "data_offsets"}; "__metadata__" maps strings to strings.

>>> import rushlight.safetensors
>>> data = rushlight.safetensors.save({"x": torch.ones(2)})
>>> rushlight.safetensors.load(data)
{'x': tensor([1., 1.])}
"""

from __future__ import annotations

import json
import math
import os
import sys
from typing import Any

import numpy as np

from ._saving import write_whole
from ._saving.pickling import widened
from ._tensor import Tensor, wrap

_NAMES = {
    "bool": "BOOL", "uint8": "U8", "int8": "I8", "uint16": "U16", "int16": "I16", "uint32": "U32",
    "int32": "I32", "uint64": "U64", "int64": "I64", "float16": "F16", "float32": "F32", "float64": "F64",
    "complex64": "C64",
}  # fmt: skip
_TYPES = {name: np.dtype(numpy_name) for numpy_name, name in _NAMES.items()}
_MOST_HEADER = 100_000_000  # bytes, the format's own limit


class SafetensorError(ValueError):
    """A file that isn't a sound safetensors file, or tensors that such a file can't hold."""


def save(tensors: dict[str, Tensor], metadata: dict[str, str] | None = None) -> bytes:
    """Tensors as the bytes of a safetensors file.

    Args:
        tensors: by name.
        metadata: strings by name, to be kept in the file.

    Returns:
        the bytes.

    Raises:
        SafetensorError: for a type that the format lacks.
        TypeError: if a name isn't a string or a value no tensor.
    """
    header: dict[str, Any] = {} if metadata is None else {"__metadata__": _checked(metadata)}
    pieces, position = [], 0
    for name, tensor in tensors.items():
        if not isinstance(name, str) or not isinstance(tensor, Tensor):
            raise TypeError(f"safetensors files hold tensors by name; {name!r} is a {type(tensor).__name__}")
        kind = _NAMES.get(tensor._a.dtype.name)
        if kind is None or name == "__metadata__":
            raise SafetensorError(
                f"{name!r}: a tensor of type {tensor.dtype!r} can't be saved under this name and type"
            )
        array = np.ascontiguousarray(tensor._a)
        content = (array if sys.byteorder == "little" else array.byteswap()).tobytes()
        header[name] = {
            "dtype": kind, "shape": list(array.shape) if tensor._a.ndim else [],
            "data_offsets": [position, position + len(content)],
        }  # fmt: skip
        position += len(content)
        pieces.append(content)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return b"".join([len(text).to_bytes(8, "little"), text, *pieces])


def _checked(metadata: dict[str, str]) -> dict[str, str]:
    if not all(isinstance(part, str) for item in metadata.items() for part in item):
        raise TypeError("the metadata of a safetensors file are strings by strings")
    return metadata


def save_file(tensors: dict[str, Tensor], filename: Any, metadata: dict[str, str] | None = None) -> None:
    """Write tensors to a safetensors file, whole or not at all.

    Args:
        tensors: by name.
        filename: the file's name.
        metadata: strings by name, to be kept in the file.
    """
    data = save(tensors, metadata)
    write_whole(filename, lambda file: file.write(data))


def load(data: bytes) -> dict[str, Any]:
    """The tensors in the bytes of a safetensors file.

    Args:
        data: the bytes.

    Returns:
        the tensors by name; bfloat16 comes as float32.

    Raises:
        SafetensorError: if it isn't a sound file.
    """
    header, start = _header(data)
    header.pop("__metadata__", None)
    return {name: wrap(_array(name, entry, data, start)) for name, entry in header.items()}


def load_file(filename: Any, device: Any = "cpu") -> dict[str, Any]:
    """The tensors in a safetensors file.

    Args:
        filename: the file's name.
        device: "cpu".

    Returns:
        the tensors by name; bfloat16 comes as float32.

    Raises:
        SafetensorError: if it isn't a sound file.
    """
    from ._device import check_device

    check_device(device)
    with open(os.fspath(filename), "rb") as file:
        return load(file.read())


def metadata_of(data: bytes) -> dict[str, str]:
    """The strings that a safetensors file keeps beside its tensors.

    Args:
        data: the file's bytes.
    """
    return dict(_header(data)[0].get("__metadata__") or {})


def _header(data: bytes) -> tuple[dict[str, Any], int]:
    """The header, checked, and where the tensors' bytes begin."""
    length = int.from_bytes(data[:8], "little")
    if len(data) < 8 or length > min(len(data) - 8, _MOST_HEADER):
        raise SafetensorError(f"not a safetensors file: a header of {length} bytes in a file of {len(data)} bytes")
    try:
        header = json.loads(data[8 : 8 + length].decode("utf-8"), object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise SafetensorError(f"not a safetensors file: its header isn't JSON ({error})") from None
    if not isinstance(header, dict):
        raise SafetensorError("not a safetensors file: its header is no JSON object")
    total = 0
    for name, entry in header.items():
        if name == "__metadata__":
            if not isinstance(entry, dict) or not all(isinstance(value, str) for value in entry.values()):
                raise SafetensorError("the file's metadata aren't strings by strings")
            continue
        total += _size(name, entry, len(data) - 8 - length)
    if total != len(data) - 8 - length:
        raise SafetensorError(
            f"the file's tensors have {total} bytes, and {len(data) - 8 - length} follow the header; it is damaged"
        )
    return header, 8 + length


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name occurs twice")
    return found


def _size(name: str, entry: Any, available: int) -> int:
    """The bytes of one tensor, its header entry checked."""
    try:
        kind, shape, (begin, end) = entry["dtype"], entry["shape"], entry["data_offsets"]
        sound = isinstance(shape, list) and len(shape) <= 64 and isinstance(kind, str)
        sound = sound and all(type(n) is int and 0 <= n < 2**63 for n in (*shape, begin, end))
    except (KeyError, TypeError, ValueError):
        sound = False
    if not sound:
        raise SafetensorError(f"the header's entry of {name!r} isn't one: {str(entry)[:200]}")
    itemsize = 2 if kind == "BF16" else _TYPES[kind].itemsize if kind in _TYPES else 0
    if not itemsize:
        raise SafetensorError(f"{name!r} is of type {kind}, which NumPy has no type for")
    if not begin <= end <= available or end - begin != math.prod(shape) * itemsize:
        raise SafetensorError(
            f"{name!r} of shape {shape} and type {kind} can't be bytes {begin} to {end} of {available}"
        )
    return int(end - begin)


def _array(name: str, entry: Any, data: bytes, start: int) -> Any:
    begin, end = entry["data_offsets"]
    content = bytearray(data[start + begin : start + end])
    if entry["dtype"] == "BF16":
        return widened(np.frombuffer(content, "<u2")).reshape(entry["shape"])
    array = np.frombuffer(content, _TYPES[entry["dtype"]].newbyteorder("<")).reshape(entry["shape"])
    if array.dtype.kind == "b" and array.size and array.view(np.uint8).max() > 1:
        raise SafetensorError(f"{name!r} has bools that are neither 0 nor 1")
    return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))


__all__ = ["SafetensorError", "load", "load_file", "metadata_of", "save", "save_file"]
