"""`torch.hub`, as far as it fetches saved parameters: files by their address, kept in a folder.

Fetching and running a repository's code (`torch.hub.load`) isn't supported.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
from typing import Any, BinaryIO
from urllib.parse import urlparse
from urllib.request import Request, urlopen

from ._missing import module_getattr
from ._saving import write_whole

_BLOCK = 1 << 20
_HASH_IN_NAME = re.compile(r"-([a-f0-9]*)\.")  # resnet18-f37072fd.pth
_chosen: list[str] = []  # the folder that set_dir asked for, if any


def get_dir() -> str:
    """The folder that files are kept in: `$TORCH_HOME/hub`, else `~/.cache/torch/hub` (under `$XDG_CACHE_HOME`).

    Example:
        >>> import rushlight as torch
        >>> torch.hub.get_dir().endswith("hub")
        True
    """
    if _chosen:
        return _chosen[0]
    cache = os.environ.get("XDG_CACHE_HOME", os.path.join("~", ".cache"))
    return os.path.join(os.path.expanduser(os.environ.get("TORCH_HOME", os.path.join(cache, "torch"))), "hub")


def set_dir(d: str | os.PathLike[str]) -> None:
    """Keep files in another folder from now on.

    Args:
        d: the folder; it is made when something is kept in it.
    """
    _chosen[:] = [os.path.expanduser(d)]


def download_url_to_file(url: str, dst: str, hash_prefix: str | None = None, progress: bool = True) -> None:
    """Fetch a file; `dst` is written whole or not at all.

    Args:
        url: its address.
        dst: the file to write.
        hash_prefix: how the hexadecimal SHA-256 of its content must begin.
        progress: has no effect.

    Raises:
        RuntimeError: if the content has another hash.
        urllib.error.URLError: if it can't be fetched.
    """
    digest = hashlib.sha256()

    def fetch(file: BinaryIO) -> None:
        with urlopen(Request(url, headers={"User-Agent": "rushlight"})) as source:
            while block := source.read(_BLOCK):
                digest.update(block)
                file.write(block)
        if not digest.hexdigest().startswith(hash_prefix or ""):
            raise RuntimeError(
                f'invalid hash value (expected "{hash_prefix}", got "{digest.hexdigest()}"): {url} was changed or '
                "cut off on the way; nothing was written"
            )

    write_whole(dst, fetch)


def load_state_dict_from_url(
    url: str,
    model_dir: str | None = None,
    map_location: Any = None,
    progress: bool = True,
    check_hash: bool = False,
    file_name: str | None = None,
    weights_only: bool = False,
) -> Any:
    """Load a saved object from an address; it is fetched once and kept.

    Args:
        url: its address, whose last part is the file's name.
        model_dir: the folder to keep it in (default: `checkpoints` in `get_dir()`).
        map_location: as in `torch.load`.
        progress: has no effect.
        check_hash: whether the content must have the hash in its name, as in `resnet18-f37072fd.pth`.
        file_name: the name to keep it under.
        weights_only: as in `torch.load`; nothing in a file is ever run.

    Returns:
        what was saved, mostly a state_dict.

    Raises:
        RuntimeError: if the content has another hash.
        urllib.error.URLError: if it can't be fetched.
    """
    from .serialization import load

    folder = model_dir if model_dir is not None else os.path.join(get_dir(), "checkpoints")
    os.makedirs(folder, exist_ok=True)
    name = file_name or os.path.basename(urlparse(url).path)
    kept = os.path.join(folder, name)
    if not os.path.exists(kept):
        sys.stderr.write(f'Downloading: "{url}" to {kept}\n')
        in_name = _HASH_IN_NAME.search(name) if check_hash else None
        download_url_to_file(url, kept, in_name[1] if in_name else None, progress)
    return load(kept, map_location=map_location, weights_only=weights_only)


__all__ = ["download_url_to_file", "get_dir", "load_state_dict_from_url", "set_dir"]
__getattr__ = module_getattr(__name__)
