"""Files of PyTorch before 1.6: five pickles in a row, then the storages."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

from . import allowed
from .archive import parts_of
from .storages import Storage, StorageType
from .unpickling import Unpickler

MAGIC = 0x1950A86A20F9469CFC6C
VERSION = 1001
HEAD = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."  # the magic number's pickle


def read(data: bytes, trusted: bool, encoding: str, check_location: Callable[[Any], None]) -> Any:
    """The object in a file of the old layout.

    The pickles are: a magic number, a version, facts about the machine, the object, the storages' keys in
        the order
    in which they follow, each as a number of elements (8 bytes) and the elements.

    Args:
        data: the whole file.
        trusted: whether classes of the program are allowed.
        encoding: of byte strings written by Python 2.
        check_location: refuses devices that aren't there.

    Raises:
        UnpicklingError: if it is corrupt, or has something in it that isn't allowed.
    """
    position = 0
    waiting: dict[str, tuple[StorageType, int, Storage]] = {}

    def persistent_load(pid: Any) -> Storage:
        if (
            isinstance(pid, tuple) and pid and type(pid[0]) is str and pid[0] == "module"
        ):  # with a module's source, which isn't read
            raise pickle.UnpicklingError(
                "the file holds a module with its source; load it in PyTorch, save its state_dict"
            )
        kind, key, location, count = parts_of(pid)
        check_location(location)
        if key not in waiting:
            # The elements come later in the file: room for them now, as tensors look into it already.
            itemsize = kind.itemsize if kind.dtype is not None else 4
            if count * kind.itemsize > len(data):
                raise pickle.UnpicklingError(f"storage {key} is announced to be larger than the file")
            empty = bytearray(count * itemsize)
            made = StorageType(kind.dtype, itemsize) if kind.dtype is not None else StorageType("float32", 4)
            waiting[key] = (kind, count, Storage.of_bytes(made, empty))
        if len(pid) > 5 and pid[5] is not None:
            _key, offset, size = pid[5]
            array = waiting[key][2].array
            if type(offset) is not int or type(size) is not int or not 0 <= offset <= offset + size <= array.size:
                raise pickle.UnpicklingError("the file has a part of a storage that isn't in it")
            return Storage(array[offset : offset + size])
        return waiting[key][2]

    def following() -> Any:
        nonlocal position
        unpickler = Unpickler(
            data,
            lambda module, name: allowed.find(module, name, trusted),
            persistent_load,
            allowed.build,
            start=position,
            encoding=encoding,
        )
        value = unpickler.load()
        position = unpickler.position
        return value

    if not data.startswith(HEAD) or following() != MAGIC:
        raise pickle.UnpicklingError("the file's magic number is wrong: it wasn't written by torch.save")
    version = following()
    if type(version) is not int or version != VERSION:
        raise pickle.UnpicklingError("the file's version is unknown")
    facts = following()
    if not (isinstance(facts, dict) and facts.get("little_endian", True)):
        raise pickle.UnpicklingError("the file was written on a machine of the other byte order")
    result = following()
    keys = following()
    if not isinstance(keys, list) or sorted(map(str, keys)) != sorted(waiting):
        raise pickle.UnpicklingError("the file's list of storages doesn't fit its pickle")
    for key in keys:
        kind, count, storage = waiting[key]
        end = position + 8 + count * kind.itemsize
        if end > len(data) or int.from_bytes(data[position : position + 8], "little") != count:
            raise pickle.UnpicklingError(f"the file breaks off in storage {key}, or its size is wrong")
        content = Storage.of_bytes(kind, bytearray(data[position + 8 : end]))
        storage.array[...] = content.array
        position = end
    return result
