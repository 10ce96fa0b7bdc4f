"""Pickles that were made to do harm, by what they try; each is the whole data.pkl of an archive."""

from __future__ import annotations

import io
import pickle
import struct
import zipfile


def called(module: str, name: str, *args: str) -> bytes:
    """A pickle that calls a name with strings."""
    pushed = b"".join(b"X" + struct.pack("<I", len(a)) + a.encode() for a in args)
    return b"\x80\x02c" + f"{module}\n{name}\n".encode() + b"(" + pushed + b"tR."


STORAGE = b"(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x04tQ"


def tensor(offset: int, size: tuple[int, ...], stride: tuple[int, ...], grad: bool = False) -> bytes:
    """A pickle of one tensor on a storage of four elements."""

    def integer(n: int) -> bytes:
        return b"\x8a\x09" + n.to_bytes(9, "little", signed=True)

    sizes = b"(" + b"".join(map(integer, size)) + b"t(" + b"".join(map(integer, stride)) + b"t"
    flag = b"\x88" if grad else b"\x89"
    return (
        b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n(" + STORAGE + integer(offset) + sizes + flag + b"}tR."
    )


def archive(
    pickled: bytes, extra: dict[str, bytes] | None = None, compress: int = zipfile.ZIP_STORED
) -> bytes:
    """An archive with this pickle and a storage of four float32 numbers."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compress) as file:
        records = {"data.pkl": pickled, "byteorder": b"little", "data/0": b"\0" * 16, "version": b"3\n"}
        for name, content in {**records, **(extra or {})}.items():
            file.writestr(f"archive/{name}", content)
    return buffer.getvalue()


HOSTILE: dict[str, bytes] = {
    "runs a command": called("os", "system", "touch /tmp/never"),
    "runs a command, by another name": called("posix", "system", "touch /tmp/never"),
    "evaluates": called("builtins", "eval", "1/0"),
    "imports": called("builtins", "__import__", "antigravity"),
    "imports, in Python 2's words": called("__builtin__", "__import__", "antigravity"),
    "gets an attribute": called("builtins", "getattr", "x", "upper"),
    "reaches through a module of ours": called("torch.serialization", "os.system", "true"),
    "reaches a module through torch.nn": b"\x80\x02ctorch.nn.modules.module\nsys\n}X\x03\0\0\0argK\x01sb.",
    "sets a module's attributes": b"\x80\x02ctorch.nn\nfunctional\n}X\x04\x00\x00\x00reluK\x01sb.",
    "partial": called("functools", "partial", "x"),
    "loads another file": called("torch.serialization", "load", "x"),
    "an own class": b"\x80\x02c__main__\nThing\n)\x81.",
    "calls a string": b"\x80\x02X\x01\x00\x00\x00a)R.",
    "calls a type that may only be named": b"\x80\x02cbuiltins\nlist\n)R.",
    "reaches out of the storage": tensor(0, (5,), (1,)),
    "reaches out by its offset": tensor(3, (2,), (1,)),
    "reaches out by its strides": tensor(0, (2, 2), (3, 1)),
    "negative stride": tensor(3, (2,), (-1,)),
    "negative offset": tensor(-1, (2,), (1,)),
    "negative size": tensor(0, (-2,), (1,)),
    "sizes that overflow": tensor(0, (2**40, 2**40), (0, 0)),
    "sizes and strides of different lengths": tensor(0, (2,), (1, 1)),
    "too many dimensions": tensor(0, (1,) * 100, (1,) * 100),
    "a huge memo": b"\x80\x02K\x01r\xff\xff\xff\x7f0h\x00.",
    "a huge string": b"\x80\x02X\xff\xff\xff\xff.",
    "huge bytes": b"\x80\x04\x8e" + b"\xff" * 7 + b"\x7f.",
    "a huge byte array": b"\x80\x05\x96" + b"\xff" * 7 + b"\x7f.",
    "a byte array of a length": called("builtins", "bytearray", "9999999999"),
    "a deep key": b"\x80\x02}" + b")" + b"\x85" * 200_000 + b"K\x01s.",
    "a key that doubles": b"\x80\x02})q\x00" + b"0h\x00h\x00\x86q\x00" * 100 + b"0h\x00K\x01s.",
    "endless encoding": b"\x80\x02c_codecs\nencode\nq\x000X"
    + struct.pack("<I", 100_000) + b"x" * 100_000 + b"q\x010(" + b"h\x00h\x01\x85R0" * 200_000 + b"N.",
    "a pop too many": b"\x80\x020000.",
    "no end": b"\x80\x02]",
    "nothing": b"",
    "a mark missing": b"\x80\x02t.",
    "a persistent id that is none": b"\x80\x02K\x01Q.",
    "an extension": b"\x80\x02\x82\x01.",
    "protocol 0": b"cos\nsystem\n(S'true'\ntR.",
    "an object array": pickle.dumps(__import__("numpy").array([object], dtype=object), 2),
}  # fmt: skip
