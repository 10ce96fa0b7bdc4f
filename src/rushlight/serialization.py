"""`torch.save` and `torch.load`: files that PyTorch reads, and that PyTorch wrote.

Loading never runs code from the file: only what is on a list is built, by functions of this package.

>>> import rushlight as torch
>>> import io
>>> file = io.BytesIO()
>>> torch.save({"weights": torch.ones(2), "epoch": 3}, file)
>>> position = file.seek(0)
>>> torch.load(file)
{'weights': tensor([1., 1.]), 'epoch': 3}
"""

from __future__ import annotations

import io
import os
import pickle
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ._device import device as device_of
from ._saving import allowed, archive, write_whole

DEFAULT_PROTOCOL = 2


def _check_pickle_module(module: Any) -> None:
    if module is not None and module is not pickle:
        raise NotImplementedError(
            f"pickle_module={getattr(module, '__name__', module)!r} isn't supported: files are read and "
            "written by a pickler of rushlight's own, so that nothing in them is run"
        )


def save(
    obj: Any,
    f: Any,
    pickle_module: Any = None,
    pickle_protocol: int = DEFAULT_PROTOCOL,
    _use_new_zipfile_serialization: bool = True,
    _disable_byteorder_record: bool = False,
) -> None:
    """Save an object to a file that PyTorch reads too.

    Tensors keep their types, strides, shared memory and `requires_grad`. A file is written whole or not at all.

    Args:
        obj: tensors, state dicts, numbers, strings, and containers of such; also modules and objects of your
            classes, which `load` takes only with `weights_only=False`.
        f: a file's name, or an object with `write`.
        pickle_module: None or `pickle`.
        pickle_protocol: 2 or higher; PyTorch's `weights_only=True` reads 2.

    Raises:
        PicklingError: if something in it can't be saved.
        NotImplementedError: for another pickle module, and the layout before PyTorch 1.6.

    Example:
        >>> import io
        >>> file = io.BytesIO()
        >>> torch.save(torch.nn.Linear(2, 1).state_dict(), file)
        >>> position = file.seek(0)
        >>> list(torch.load(file))
        ['weight', 'bias']
    """
    _check_pickle_module(pickle_module)
    if not _use_new_zipfile_serialization:
        raise NotImplementedError("the layout of before PyTorch 1.6 is read, but not written")
    if hasattr(f, "write"):
        whole = io.BytesIO()
        archive.write(obj, whole, "archive", pickle_protocol)
        f.write(whole.getvalue())
        return
    if not isinstance(f, (str, os.PathLike)):
        raise AttributeError(f"f must be a file's name or an object with write(), not {type(f).__name__}")
    folder = os.path.dirname(os.fspath(f))
    if folder and not os.path.isdir(folder):
        raise RuntimeError(f"Parent directory {folder!s} does not exist.")
    write_whole(f, lambda file: archive.write(obj, file, archive.folder_name(f), pickle_protocol))


def load(
    f: Any,
    map_location: Any = None,
    pickle_module: Any = None,
    *,
    weights_only: bool | None = None,
    mmap: bool | None = None,
    **pickle_load_args: Any,
) -> Any:
    """Load an object from a file that PyTorch or rushlight wrote.

    Args:
        f: a file's name, or an object with `read`, `seek` and `tell`.
        map_location: where tensors go that were on another device: "cpu", a device, or a dictionary or
            function that says so; anything leads to the CPU, the only device.
        pickle_module: None or `pickle`.
        weights_only: True (the default) allows tensors, numbers, strings, containers and what
            `add_safe_globals` has declared; False also modules of torch.nn and classes that your program
            defines. Nothing a file names is imported or called in either case.
        mmap: ignored; the file is read.
        pickle_load_args: `encoding`, of strings that Python 2 wrote.

    Returns:
        the object. bfloat16 tensors come as float32.

    Raises:
        FileNotFoundError: if there is no such file.
        RuntimeError: if it is no such file or a damaged one, or has tensors on a device that isn't there.
        UnpicklingError: if it holds what isn't allowed, or is corrupt.
        EOFError: if it is empty.
    """
    _check_pickle_module(pickle_module)
    encoding = pickle_load_args.pop("encoding", "utf-8")
    if pickle_load_args:
        raise TypeError(f"load() got unexpected keyword arguments {sorted(pickle_load_args)}")
    if hasattr(f, "read"):
        return _load(f, map_location, weights_only is False, encoding)
    if not isinstance(f, (str, os.PathLike)):
        raise AttributeError(f"f must be a file's name or an object with read(), not {type(f).__name__}")
    with open(f, "rb") as file:
        return _load(file, map_location, weights_only is False, encoding)


def _load(file: Any, map_location: Any, trusted: bool, encoding: str) -> Any:
    start = file.tell()
    head = file.read(len(archive.LEGACY_HEAD))
    if not head:
        raise EOFError("Ran out of input: the file is empty")
    file.seek(start)
    check = _location_check(map_location)
    if head[:4] == b"PK\x03\x04":
        if start:  # the archive's offsets count from its own beginning
            file = io.BytesIO(file.read())
        file.seek(0, os.SEEK_END)
        size = file.tell()
        file.seek(0)
        return archive.read(file, size, trusted, encoding, check)
    data = file.read()
    if head[:2] != b"\x80\x02":
        raise RuntimeError(
            "the file wasn't written by torch.save (its beginning is neither a zip archive's nor a pickle's); for "
            "safetensors files use rushlight.safetensors.load_file, for NumPy's numpy.load"
        )
    return archive.read_legacy(data, trusted, encoding, check)


def _location_check(map_location: Any) -> Callable[[Any], None]:
    """A function that refuses a tensor's device if it isn't there and nobody says where the tensor is to go."""
    if isinstance(map_location, (str, device_of)) and str(map_location).partition(":")[0] not in (
        "cpu",
        "meta",
    ):
        raise RuntimeError(f'there is no device {str(map_location)!r} here; use map_location="cpu"')

    def check(location: Any) -> None:
        if map_location is None and location.partition(":")[0] != "cpu":
            raise RuntimeError(
                f"Attempting to deserialize object on device {location!r}, but torch.cuda.is_available() is False. "
                'Pass map_location="cpu" to load it onto the CPU'
            )

    return check


def add_safe_globals(safe_globals: Sequence[Any]) -> None:
    """Declare classes and functions that files may name.

    Args:
        safe_globals: classes and functions, or pairs (object, "module.name") for those that files know by
            another name. An object of such a class is made by `__new__`, and given its state by `__setstate__` or as
            attributes.
    """
    for item in safe_globals:
        allowed.SAFE[allowed.key_of(item)] = item[0] if isinstance(item, tuple) else item


def get_safe_globals() -> list[Any]:
    """What `add_safe_globals` has declared."""
    return list(allowed.SAFE.values())


def clear_safe_globals() -> None:
    """Take back all that `add_safe_globals` has declared."""
    allowed.SAFE.clear()


@contextmanager
def safe_globals(safe_globals: Sequence[Any]) -> Iterator[None]:
    """A block in which files may name some classes and functions.

    Args:
        safe_globals: as for `add_safe_globals`.
    """
    before = dict(allowed.SAFE)
    add_safe_globals(safe_globals)
    try:
        yield
    finally:
        allowed.SAFE.clear()
        allowed.SAFE.update(before)


__all__ = ["add_safe_globals", "clear_safe_globals", "get_safe_globals", "load", "safe_globals", "save"]
