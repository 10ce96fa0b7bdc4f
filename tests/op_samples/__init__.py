"""The registry of op samples: calls on which an op must agree with PyTorch.

Each family of ops has a module here with a list `SAMPLES`.  A sample names a public function by its
path and says how to make the arguments, from a `Maker` of random arrays; the same arguments are then
handed to this package and to PyTorch (`op_check.check`):

    Sample("add", lambda a: (a(2, 3), a(3)))
    Sample("add", lambda a: call(a(3), a(3), alpha=2))
    Sample("Tensor.add_", lambda a: (a(3), 5))
    Sample("sum", lambda a: call(a(2, 3), dim=1, dtype=D("float64")), dtypes=("float32", "int64"))
    Sample("where", lambda a: (a.bools(3), a(3), a(3)))
    Sample("square-loss", lambda a: (a(3),), function=lambda torch, x: (x * x).sum())

An `Input` becomes a tensor, one that requires gradients if its type can; a bare array becomes a
tensor that doesn't.  Both may sit in lists, tuples and dictionaries.
"""

from __future__ import annotations

import importlib
import pkgutil
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

FLOATS = ("float64", "float32")
REAL = ("float64", "float32", "float16")
COMPLEX = ("complex128", "complex64")
INTS = ("int64", "int32", "int16", "int8", "uint8")
ALL = (*REAL, *COMPLEX, *INTS, "bool")


@dataclass(frozen=True)
class D:
    """A dtype by name, to be looked up in the module under test."""

    name: str


@dataclass(frozen=True, eq=False)
class Input:
    """An array that becomes a tensor.

    Attributes:
        array: the values; strides are kept.
        grad: whether the tensor requires gradients (if its type can).
    """

    array: Any
    grad: bool = True


@dataclass(frozen=True)
class Call:
    """The arguments of a call."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]


def call(*args: Any, **kwargs: Any) -> Call:
    """Arguments with keywords among them."""
    return Call(args, kwargs)


@dataclass(frozen=True)
class Sample:
    """A call on which the op must do what PyTorch does.

    Attributes:
        name: the path of the function ("nn.functional.gelu"), of a method or property ("Tensor.add_";
            one that ends in a single underscore is called on a clone), or any label with `function`.
        build: makes the arguments, a tuple or a `call(...)`.
        dtypes: the types that the Maker gives arrays, one check each.
        tolerance: relative and absolute, in float64 (scaled up for narrower types).
        gradient: how far derivatives are compared: 0 not at all, 1 the gradient, 2 the second one too.
        node: whether the name of the output's grad_fn is compared.
        function: takes the module and the arguments and makes the call, where a name is not enough.
        raises: the exception that both must raise.
        label: tells samples of one name apart in test names.
    """

    name: str
    build: Callable[[Maker], Any]
    dtypes: tuple[str, ...] = FLOATS
    tolerance: float = 1e-11
    gradient: int = 2
    node: bool = True
    function: Callable[..., Any] | None = None
    raises: type[Exception] | None = None
    label: str = ""


class Maker:
    """Makes random arrays of one type; the same ones for the same seed.

    Calling it gives an `Input` of standard normal values (whole numbers from -9 to 9 for integer
    types, 0 to 9 for uint8).
    """

    def __init__(self, dtype: str, seed: int = 0) -> None:
        self.dtype = np.dtype(dtype)
        self.random = np.random.default_rng(seed)

    def __call__(self, *shape: int, grad: bool = True) -> Input:
        kind = self.dtype.kind
        if kind == "b":
            values = self.random.integers(0, 2, shape)
        elif kind in "iu":
            values = self.random.integers(0 if kind == "u" else -9, 10, shape)
        else:
            values = self.random.standard_normal(shape)
            if kind == "c":
                values = values + 1j * self.random.standard_normal(shape)
        return self.values(values, grad=grad)

    def values(self, values: Any, grad: bool = True) -> Input:
        """These very values."""
        return Input(np.asarray(values).astype(self.dtype), grad)

    def between(self, low: float, high: float, *shape: int, grad: bool = True) -> Input:
        """Evenly distributed values (for complex types in both parts; for integers, both ends included)."""
        if self.dtype.kind in "iub":
            return self.values(self.random.integers(int(low), int(high) + 1, shape), grad)
        values = self.random.uniform(low, high, shape)
        if self.dtype.kind == "c":
            values = values + 1j * self.random.uniform(low, high, shape)
        return self.values(values, grad)

    def positive(self, *shape: int, grad: bool = True) -> Input:
        """Values from 0.5 to 3 (1 to 9 for integers)."""
        return (
            self.between(1, 9, *shape, grad=grad)
            if self.dtype.kind in "iu"
            else self.between(0.5, 3, *shape, grad=grad)
        )

    def nonzero(self, *shape: int, grad: bool = True) -> Input:
        """Values of both signs whose size is from 0.5 to 3."""
        values = self.positive(*shape).array
        if self.dtype.kind not in "ub":
            values = values * self.random.choice([-1, 1], shape).astype(self.dtype)
        return self.values(values, grad)

    def distinct(self, *shape: int, grad: bool = True) -> Input:
        """Values of which no two are near each other, in random order: for sorting, maxima and the like."""
        count = int(np.prod(shape))
        return self.values((self.random.permutation(count) - count // 2).reshape(shape) * 0.75, grad)

    def ints(self, low: int, high: int, *shape: int, dtype: str = "int64") -> Any:
        """A bare integer array, whatever the Maker's type: for indices, counts, targets."""
        return self.random.integers(low, high, shape).astype(dtype)

    def bools(self, *shape: int) -> Any:
        """A bare array of bools: for masks and conditions."""
        return self.random.integers(0, 2, shape).astype(bool)


def words(text: str) -> list[str]:
    """Names from a string, for loops over similar functions."""
    return text.split()


def arguments(sample: Sample, dtype: str) -> Call:
    """The arguments of a sample, the same each time."""
    built = sample.build(Maker(dtype, zlib.crc32(f"{sample.name} {sample.label}".encode())))
    return built if isinstance(built, Call) else Call(tuple(built), {})


def registry() -> dict[str, Sample]:
    """All samples of all families by a name that is unique."""
    found: dict[str, Sample] = {}
    for module in pkgutil.iter_modules(__path__):
        for sample in importlib.import_module(f"{__name__}.{module.name}").SAMPLES:
            key = f"{sample.name}-{sample.label}" if sample.label else sample.name
            unique, count = key, 2
            while unique in found:
                unique, count = f"{key}-{count}", count + 1
            found[unique] = sample
    return found
