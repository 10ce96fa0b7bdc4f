"""Saved files: zip archives, and the format before them."""

from __future__ import annotations

import hashlib
import io
import os
import pickle
import sys
import zipfile
from collections.abc import Callable
from typing import Any, BinaryIO

import numpy as np

from . import allowed
from .pickling import Pickler, Storage, StorageType, memory_of
from .unpickling import Unpickler

# PyTorch's archives: zip files with a pickle, and each storage as a record.


ALIGNMENT = 64
LITTLE = sys.byteorder == "little"


def write(obj: Any, file: BinaryIO, name: str, protocol: int) -> None:
    """Write an object as an archive.

    Args:
        obj: the object.
        file: where to write; needs no seeking.
        name: the folder inside the archive.
        protocol: pickle's protocol.
    """
    pickled = io.BytesIO()
    pickler = Pickler(pickled, protocol)
    pickler.dump(obj)
    data = pickled.getvalue()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:

        def record(path: str, content: Any) -> None:
            info = zipfile.ZipInfo(f"{name}/{path}", (1980, 1, 1, 0, 0, 0))
            info.extra = _padding(archive.start_dir, len(info.filename.encode()))
            archive.writestr(info, content)

        record("data.pkl", data)
        record(".format_version", "1")
        record(".storage_alignment", str(ALIGNMENT))
        record("byteorder", sys.byteorder)
        for number, owner in enumerate(pickler.owners):
            record(f"data/{number}", memory_of(owner))
        record("version", "3\n")
        digest = int.from_bytes(hashlib.sha256(data).digest()[:16], "big")
        record(".data/serialization_id", f"{digest:040d}"[:40])


def _padding(start: int, name_length: int) -> bytes:
    """An extra field that makes a record's content begin at a multiple of the alignment, so that it can be mapped."""
    before = start + 30 + name_length + 4
    length = -before % ALIGNMENT
    return b"FB" + length.to_bytes(2, "little") + b"Z" * length


class Archive:
    """An archive that was opened for reading.

    Args:
        file: the open file.
        size: its size in bytes.

    Raises:
        RuntimeError: if it isn't a sound archive of PyTorch's.
    """

    def __init__(self, file: BinaryIO, size: int) -> None:
        self.size = size
        try:
            self.zip = zipfile.ZipFile(file)
            records = {info.filename: info for info in self.zip.infolist()}
        except Exception as error:
            raise RuntimeError(f"the file is not a sound zip archive: {error}") from error
        pickles = [path for path in records if path.endswith("/data.pkl") and path.count("/") == 1]
        if len(pickles) != 1:
            raise RuntimeError("the file is a zip archive, but has no data.pkl: it wasn't written by torch.save")
        self.folder = pickles[0].removesuffix("data.pkl")
        self.records = records
        if f"{self.folder}constants.pkl" in records:
            raise RuntimeError("the file is a TorchScript archive, which isn't supported: save a state_dict instead")
        if sum(info.file_size for info in records.values()) > size:
            raise RuntimeError(
                "the archive's records are said to be larger than the file that holds them; it is corrupt"
            )
        order = self.read("byteorder") if f"{self.folder}byteorder" in records else b"little"
        if order not in (b"little", b"big"):
            raise RuntimeError(f"the archive's byte order is {bytes(order[:20])!r}, which is none")
        self.swapped = (order == b"little") != LITTLE

    def read(self, path: str) -> bytearray:
        """A record's content.

        Raises:
            RuntimeError: if it isn't there, compressed, or damaged.
        """
        info = self.records.get(self.folder + path)
        if info is None:
            raise RuntimeError(f"the archive has no record {path}, which its pickle names; it is corrupt")
        if info.compress_type != zipfile.ZIP_STORED:
            raise RuntimeError(f"the archive's record {path} is compressed, which PyTorch's never are")
        content = bytearray(info.file_size)
        try:
            with self.zip.open(info) as record:
                got = record.readinto(content)  # type: ignore[attr-defined]
                while 0 < got < len(content):
                    more = record.readinto(memoryview(content)[got:])  # type: ignore[attr-defined]
                    if not more:
                        break
                    got += more
                if got != len(content) or record.read(1):
                    raise EOFError("it breaks off")
        except Exception as error:
            raise RuntimeError(f"the archive's record {path} is damaged: {error}") from error
        return content


def read(file: BinaryIO, size: int, trusted: bool, encoding: str, check_location: Callable[[Any], None]) -> Any:
    """The object in an archive.

    Args:
        file: the open file.
        size: its size in bytes.
        trusted: whether classes of the program are allowed.
        encoding: of byte strings written by Python 2.
        check_location: refuses devices that aren't there.
    """
    archive = Archive(file, size)
    storages: dict[str, Storage] = {}

    def persistent_load(pid: Any) -> Storage:
        kind, key, location, count = parts_of(pid)
        check_location(location)
        if key not in storages:
            content = archive.read(f"data/{key}")
            if len(content) != count * kind.itemsize:
                raise pickle.UnpicklingError(
                    f"storage {key} has {len(content)} bytes, and {count} elements of {kind.itemsize} bytes are "
                    "announced"
                )
            storage = Storage.of_bytes(kind, content)
            storages[key] = storage.swapped() if archive.swapped and kind.itemsize > 1 else storage
        return storages[key]

    data = bytes(archive.read("data.pkl"))
    return _unpickler(data, trusted, persistent_load, encoding=encoding, size=size).load()


def _unpickler(data: bytes, trusted: bool, persistent_load: Callable[[Any], Storage], **options: Any) -> Unpickler:
    """A machine for a pickle that may name what is allowed."""
    return Unpickler(
        data, lambda module, name: allowed.find(module, name, trusted), persistent_load, allowed.build, **options
    )


def parts_of(pid: Any) -> tuple[StorageType, str, Any, int]:
    """Type, key, location and number of elements, from a persistent id.

    Raises:
        UnpicklingError: if it isn't a storage's.
    """
    if not isinstance(pid, tuple) or len(pid) < 5 or type(pid[0]) is not str or pid[0] != "storage":
        raise pickle.UnpicklingError("the file refers to something that isn't a storage")
    _, kind, key, location, count = pid[:5]
    if (
        not isinstance(kind, StorageType)
        or type(key) is not str
        or type(location) is not str
        or type(count) is not int
        or count < 0
    ):
        raise pickle.UnpicklingError("the file refers to a storage that can't be")
    return kind, key, location, count


def folder_name(path: Any) -> str:
    """The folder that PyTorch uses inside an archive: the file's name without extension."""
    stem = os.path.splitext(os.path.basename(os.fspath(path)))[0] if path is not None else ""
    return stem if stem and "/" not in stem else "archive"


# Files of PyTorch before 1.6: five pickles in a row, then the storages.


MAGIC = 0x1950A86A20F9469CFC6C
VERSION = 1001
LEGACY_HEAD = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."  # the magic number's pickle


def read_legacy(data: bytes, trusted: bool, encoding: str, check_location: Callable[[Any], None]) -> Any:
    """The object in a file of the old layout.

    The pickles are: a magic number, a version, facts about the machine, the object, the storages' keys in the order
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
        if isinstance(pid, tuple) and pid and type(pid[0]) is str and pid[0] == "module":
            raise pickle.UnpicklingError(
                "the file holds a module with its source; load it in PyTorch, save its state_dict"
            )
        kind, key, location, count = parts_of(pid)
        check_location(location)
        if key not in waiting:
            # The elements come later in the file: room for them now, as tensors look into it already.
            if count * kind.itemsize > len(data):
                raise pickle.UnpicklingError(f"storage {key} is announced to be larger than the file")
            loaded = np.float32 if kind.dtype is None else kind.dtype  # of bfloat16 as float32
            waiting[key] = (kind, count, Storage(np.zeros(count, loaded)))
        if len(pid) > 5 and pid[5] is not None:
            _key, offset, size = pid[5]
            array = waiting[key][2].array
            if type(offset) is not int or type(size) is not int or not 0 <= offset <= offset + size <= array.size:
                raise pickle.UnpicklingError("the file has a part of a storage that isn't in it")
            return Storage(array[offset : offset + size])
        return waiting[key][2]

    def following() -> Any:
        nonlocal position
        unpickler = _unpickler(data, trusted, persistent_load, encoding=encoding, start=position)
        value = unpickler.load()
        position = unpickler.position
        return value

    if not data.startswith(LEGACY_HEAD) or following() != MAGIC:
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
