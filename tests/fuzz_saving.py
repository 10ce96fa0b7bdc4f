"""Load files that were mutated at random, in a process that watches what happens.

`python tests/fuzz_saving.py FILE... --count 10000` exits with 0 if every load gave an object or one of the errors
that `load` documents, within its time, and nothing was opened, imported or run meanwhile.
"""

from __future__ import annotations

import argparse
import codecs
import contextlib
import importlib
import io
import pickle
import random
import sys
import warnings
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import rushlight as torch
import rushlight.nn.modules.module
import rushlight.optim.optimizer
import rushlight.safetensors
from rushlight.safetensors import SafetensorError

DOCUMENTED = (RuntimeError, pickle.UnpicklingError, EOFError, SafetensorError)
FORBIDDEN = ("exec", "os.", "subprocess.", "socket.", "shutil.", "ctypes.", "open", "pickle.find_class")


def mutate(data: bytes, rng: random.Random) -> bytes:
    """A few changes: bytes changed, cut out, doubled, put in, or the end cut off."""
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 5, 20))):
        if not changed:
            break
        at, length = rng.randrange(len(changed)), rng.choice((1, 1, 2, 4, 8, 50))
        kind = rng.randrange(6)
        if kind < 2:
            changed[at] = rng.randrange(256)
        elif kind == 2:
            changed[at : at + length] = rng.choice((b"\xff", b"\x00", b"\x7f", b"\x80")) * length
        elif kind == 3:
            del changed[at : at + length]
        elif kind == 4:
            source = rng.randrange(len(changed))
            changed[at:at] = changed[source : source + length]
        elif rng.random() < 0.2:
            del changed[at:]
    return bytes(changed)


def mutate_record(data: bytes, rng: random.Random) -> bytes:
    """An archive whose pickle is mutated and whose checksums are right, so that the mutation gets through."""
    source = zipfile.ZipFile(io.BytesIO(data))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            target.writestr(name, mutate(content, rng) if name.endswith("data.pkl") else content)
    return buffer.getvalue()


def load(data: bytes, name: str, trusted: bool) -> Any:
    if name.endswith(".safetensors"):
        return rushlight.safetensors.load(data)
    return torch.load(io.BytesIO(data), weights_only=not trusted)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--count", type=int, default=10000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    files = [(path.name, path.read_bytes()) for path in options.files]
    warnings.simplefilter("ignore")
    codecs.lookup("cp437")  # names in zip archives
    for name, data in files:  # everything that loading needs is imported now
        load(data, name, True)
    with contextlib.suppress(ImportError):  # a name that isn't there is looked up in a list, which is read once
        importlib.import_module("rushlight.nn.no_such_module")
    seen: list[str] = []
    watching = False

    def watch(event: str, args: tuple[Any, ...]) -> None:
        if watching and ((event == "import" and args[0] not in sys.modules) or event.startswith(FORBIDDEN)):
            seen.append(f"{event} {str(args)[:100]}")

    sys.addaudithook(watch)
    outcomes: Counter[str] = Counter()
    rng = random.Random(options.seed)
    for number in range(options.count):
        name, data = files[number % len(files)]
        archived = data[:2] == b"PK" and rng.random() < 0.7
        changed = mutate_record(data, rng) if archived else mutate(data, rng)
        watching = True
        try:
            load(changed, name, number % 3 == 0)
            outcomes["loaded"] += 1
        except DOCUMENTED as error:
            outcomes[type(error).__name__] += 1
        watching = False
    print(dict(outcomes))
    print("\n".join(seen[:20]))
    return 1 if seen else 0


if __name__ == "__main__":
    sys.exit(main())
