"""A machine for pickles that runs nothing: it knows containers and numbers, and builds what `allowed` says.

Python's own unpickler calls whatever a pickle names. This one reads the same language, but a name must be on a list,
what is built from it is built by functions of this package, and the work is bounded by the size of the file.
"""

from __future__ import annotations

import pickle
import struct
from collections.abc import Callable
from typing import Any

MOST_KEY_PARTS = 100  # parts of a dictionary key that is a tuple: hashing one must neither recurse deeply nor hang


class Constructor:
    """A name that a pickle may call.

    Attributes:
        name: as in the pickle.
        call: builds the object from arguments that the file gives, and checks them.
        build: puts a state into the object, or None if it takes none.
        held: the class or function itself, which is what an object holds that has it for an attribute.
    """

    __slots__ = ("name", "call", "build", "held")

    def __init__(
        self, name: str, call: Callable[..., Any], build: Callable[..., Any] | None = None, held: Any = None
    ) -> None:
        self.name = name
        self.call = call
        self.build = build
        self.held = held


class Unpickler:
    """Reads one pickle.

    Args:
        data: the bytes.
        find: from (module, name), a `Constructor`, or a value that may only be held.
        persistent_load: from a persistent id, an object.
        start: where in the data the pickle begins; `position` is its end afterwards.
        encoding: of byte strings in files of Python 2.
        build: (object, state): puts a state into an object.
        size: bytes of the whole file, which bound the work.

    Raises:
        UnpicklingError: (from `load`) if it is no pickle, or has something in it that isn't allowed.
    """

    def __init__(
        self,
        data: bytes,
        find: Callable[[str, str], Any],
        persistent_load: Callable[[Any], Any],
        build: Callable[[Any, Any], None],
        start: int = 0,
        encoding: str = "utf-8",
        size: int = 0,
    ) -> None:
        self.data = data
        self.position = start
        self.find = find
        self.persistent_load = persistent_load
        self.build = build
        self.encoding = encoding
        self.stack: list[Any] = []
        self.marks: list[list[Any]] = []
        self.memo: dict[int, Any] = {}
        self.callable: dict[int, Constructor] = {}  # by the id of what an object may hold
        self.made: dict[int, Any] = {}  # what was built for this file, and so may be given a state
        self.budget = 16 * max(len(data), size) + 10_000_000

    def load(self) -> Any:
        """The object that the pickle holds."""
        try:
            while True:
                code = self.read(1)[0]
                if code == 0x2E:  # STOP
                    return self.stack.pop()
                action = ACTIONS.get(code)
                if action is None:
                    raise pickle.UnpicklingError(
                        f"the pickle has an instruction that PyTorch's files don't have (byte {code:#04x} at "
                        f"{self.position - 1})"
                    )
                action(self)
        except pickle.UnpicklingError:
            raise
        except (
            ArithmeticError,
            AttributeError,
            LookupError,
            MemoryError,
            RecursionError,
            TypeError,
            ValueError,
        ) as e:
            raise pickle.UnpicklingError(f"the file is corrupt near byte {self.position} of its pickle: {e}") from e
        except struct.error as e:
            raise pickle.UnpicklingError(f"the file's pickle breaks off after {len(self.data)} bytes") from e

    # -- reading -----------------------------------------------------------------------------------------

    def read(self, n: int) -> bytes:
        end = self.position + n
        if n < 0 or end > len(self.data):
            raise pickle.UnpicklingError(f"the file's pickle breaks off after {len(self.data)} bytes")
        piece = self.data[self.position : end]
        self.position = end
        return piece

    def line(self) -> str:
        end = self.data.find(b"\n", self.position)
        if end < 0:
            raise pickle.UnpicklingError(f"the file's pickle breaks off after {len(self.data)} bytes")
        piece = self.data[self.position : end]
        self.position = end + 1
        return piece.decode("utf-8")

    def unsigned(self, n: int) -> int:
        return int.from_bytes(self.read(n), "little")

    def marked(self) -> list[Any]:
        """What was put on the stack since the last mark."""
        items = self.stack
        self.stack = self.marks.pop()
        return items

    def spend(self, n: int) -> None:
        """Count work that instructions repeat on the same data; a file may not ask for much more than its size."""
        self.budget -= n
        if self.budget < 0:
            raise pickle.UnpicklingError("the file asks for far more work than its size explains: it was made to hang")

    def key(self, value: Any) -> Any:
        """A value that is about to be hashed."""
        parts, levels = [value], 0
        while parts:
            levels += 1
            if levels > MOST_KEY_PARTS:
                raise pickle.UnpicklingError("the file has a dictionary key of too many parts")
            part = parts.pop()
            if isinstance(part, (tuple, frozenset)):
                parts.extend(part)
                if len(parts) > MOST_KEY_PARTS:
                    raise pickle.UnpicklingError("the file has a dictionary key of too many parts")
        return value

    # -- calling -----------------------------------------------------------------------------------------

    def named(self, module: str, name: str) -> Any:
        """What a name stands for: a value, or a class or function that may also be called."""
        found = self.find(module, name)
        if isinstance(found, Constructor) and found.held is not None:
            self.callable[id(found.held)] = found
            return found.held
        return found

    def call(self, function: Any, args: Any) -> Any:
        function = self.callable.get(id(function), function)
        if not isinstance(function, Constructor):
            raise pickle.UnpicklingError(f"the file wants to call {function!r}, which isn't allowed")
        if not isinstance(args, tuple):
            raise pickle.UnpicklingError(f"the file calls {function.name} with {type(args).__name__} as arguments")
        self.spend(sum(len(a) for a in args if isinstance(a, (list, dict, str, bytes, bytearray, set))))
        try:
            made = function.call(*args)
            self.made[id(made)] = made
            return made
        except (pickle.UnpicklingError, RuntimeError):
            raise
        except Exception as e:
            raise pickle.UnpicklingError(f"the file is corrupt: {function.name} can't be made: {e}") from e


ACTIONS: dict[int, Callable[[Unpickler], None]] = {}


def on(code: bytes) -> Callable[[Callable[[Unpickler], None]], Callable[[Unpickler], None]]:
    def register(function: Callable[[Unpickler], None]) -> Callable[[Unpickler], None]:
        ACTIONS[code[0]] = function
        return function

    return register


def constant(code: bytes, make: Callable[[], Any]) -> None:
    ACTIONS[code[0]] = lambda u: u.stack.append(make())


for _code, _make in (
    (pickle.NONE, lambda: None), (pickle.NEWTRUE, lambda: True), (pickle.NEWFALSE, lambda: False),
    (pickle.EMPTY_DICT, dict), (pickle.EMPTY_LIST, list), (pickle.EMPTY_TUPLE, tuple),
    (pickle.EMPTY_SET, set),
):  # fmt: skip
    constant(_code, _make)


def number(code: bytes, format: str) -> None:
    unpack, size = struct.Struct(format).unpack, struct.calcsize(format)
    ACTIONS[code[0]] = lambda u: u.stack.append(unpack(u.read(size))[0])


for _code, _format in (
    (pickle.BININT, "<i"),
    (pickle.BININT1, "<B"),
    (pickle.BININT2, "<H"),
    (pickle.BINFLOAT, ">d"),
):
    number(_code, _format)


def text(code: bytes, width: int, decode: Callable[[Unpickler, bytes], Any]) -> None:
    ACTIONS[code[0]] = lambda u: u.stack.append(decode(u, u.read(u.unsigned(width))))


def _utf8(u: Unpickler, b: bytes) -> str:
    return b.decode("utf-8", "surrogatepass")


def _old(u: Unpickler, b: bytes) -> Any:
    return b if u.encoding == "bytes" else b.decode(u.encoding)


def _long(u: Unpickler, b: bytes) -> int:
    return int.from_bytes(b, "little", signed=True)


for _code, _width, _decode in (
    (pickle.BINUNICODE, 4, _utf8), (pickle.SHORT_BINUNICODE, 1, _utf8), (pickle.BINUNICODE8, 8, _utf8),
    (pickle.BINSTRING, 4, _old), (pickle.SHORT_BINSTRING, 1, _old),
    (pickle.LONG1, 1, _long), (pickle.LONG4, 4, _long),
    (pickle.BINBYTES, 4, lambda u, b: bytes(b)), (pickle.SHORT_BINBYTES, 1, lambda u, b: bytes(b)),
    (pickle.BINBYTES8, 8, lambda u, b: bytes(b)), (pickle.BYTEARRAY8, 8, lambda u, b: bytearray(b)),
):  # fmt: skip
    text(_code, _width, _decode)


@on(pickle.PROTO)
def _proto(u: Unpickler) -> None:
    protocol = u.unsigned(1)
    if protocol > 5:
        raise pickle.UnpicklingError(f"pickle protocol {protocol} doesn't exist")


@on(pickle.FRAME)
def _frame(u: Unpickler) -> None:
    u.read(8)


@on(pickle.MARK)
def _mark(u: Unpickler) -> None:
    u.marks.append(u.stack)
    u.stack = []


@on(pickle.POP)
def _pop(u: Unpickler) -> None:
    if u.stack:
        u.stack.pop()
    else:
        u.marked()


@on(pickle.POP_MARK)
def _pop_mark(u: Unpickler) -> None:
    u.marked()


@on(pickle.DUP)
def _dup(u: Unpickler) -> None:
    u.stack.append(u.stack[-1])


@on(pickle.TUPLE)
def _tuple(u: Unpickler) -> None:
    items = tuple(u.marked())
    u.stack.append(items)


def _short_tuple(n: int) -> Callable[[Unpickler], None]:
    def action(u: Unpickler) -> None:
        if len(u.stack) < n:
            raise IndexError("a tuple of too few items")
        u.stack[-n:] = [tuple(u.stack[-n:])]

    return action


ACTIONS[pickle.TUPLE1[0]], ACTIONS[pickle.TUPLE2[0]], ACTIONS[pickle.TUPLE3[0]] = map(_short_tuple, (1, 2, 3))


@on(pickle.LIST)
def _list(u: Unpickler) -> None:
    items = u.marked()
    u.stack.append(items)


@on(pickle.DICT)
def _dict(u: Unpickler) -> None:
    items = u.marked()
    made: dict[Any, Any] = {}
    _set_items(u, made, items)
    u.stack.append(made)


@on(pickle.FROZENSET)
def _frozenset(u: Unpickler) -> None:
    items = frozenset(u.key(item) for item in u.marked())
    u.stack.append(items)


@on(pickle.ADDITEMS)
def _add_items(u: Unpickler) -> None:
    items = u.marked()
    target = u.stack[-1]
    if type(target) is not set:
        raise TypeError(f"items of a set for a {type(target).__name__}")
    target.update(u.key(item) for item in items)


@on(pickle.APPEND)
def _append(u: Unpickler) -> None:
    item = u.stack.pop()
    _extend(u.stack[-1], [item])


@on(pickle.APPENDS)
def _appends(u: Unpickler) -> None:
    items = u.marked()
    _extend(u.stack[-1], items)


def _extend(target: Any, items: list[Any]) -> None:
    if not isinstance(target, list):
        raise TypeError(f"items of a list for a {type(target).__name__}")
    list.extend(target, items)


@on(pickle.SETITEM)
def _setitem(u: Unpickler) -> None:
    value, key = u.stack.pop(), u.stack.pop()
    _set_items(u, u.stack[-1], [key, value])


@on(pickle.SETITEMS)
def _setitems(u: Unpickler) -> None:
    items = u.marked()
    _set_items(u, u.stack[-1], items)


def _set_items(u: Unpickler, target: Any, items: list[Any]) -> None:
    if not isinstance(target, dict) or len(items) % 2:
        raise TypeError(f"keys and values for a {type(target).__name__}")
    for key, value in zip(items[::2], items[1::2], strict=True):
        target[u.key(key)] = value


def _put(code: bytes, width: int) -> None:
    def action(u: Unpickler) -> None:
        u.memo[u.unsigned(width)] = u.stack[-1]

    ACTIONS[code[0]] = action


def _get(code: bytes, width: int) -> None:
    ACTIONS[code[0]] = lambda u: u.stack.append(u.memo[u.unsigned(width)])


_put(pickle.BINPUT, 1)
_put(pickle.LONG_BINPUT, 4)
_get(pickle.BINGET, 1)
_get(pickle.LONG_BINGET, 4)


@on(pickle.MEMOIZE)
def _memoize(u: Unpickler) -> None:
    u.memo[len(u.memo)] = u.stack[-1]


@on(pickle.GLOBAL)
def _global(u: Unpickler) -> None:
    module = u.line()
    u.stack.append(u.named(module, u.line()))


@on(pickle.STACK_GLOBAL)
def _stack_global(u: Unpickler) -> None:
    name, module = u.stack.pop(), u.stack.pop()
    if type(name) is not str or type(module) is not str:
        raise TypeError("a name that is no string")
    u.stack.append(u.named(module, name))


@on(pickle.REDUCE)
def _reduce(u: Unpickler) -> None:
    args = u.stack.pop()
    u.stack[-1] = u.call(u.stack[-1], args)


@on(pickle.NEWOBJ)
def _newobj(u: Unpickler) -> None:
    args = u.stack.pop()
    u.stack[-1] = u.call(u.stack[-1], args)


@on(pickle.BUILD)
def _build(u: Unpickler) -> None:
    state = u.stack.pop()
    u.spend(len(state) if isinstance(state, (dict, tuple, list, bytes)) else 1)
    if isinstance(state, tuple):
        u.spend(sum(len(part) for part in state if isinstance(part, (bytes, str, list))))
    if id(u.stack[-1]) not in u.made:
        raise pickle.UnpicklingError("the file has a state for something that it didn't make")
    u.build(u.stack[-1], state)


@on(pickle.BINPERSID)
def _persistent(u: Unpickler) -> None:
    u.stack.append(u.persistent_load(u.stack.pop()))
