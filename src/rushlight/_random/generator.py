"""Generators of random numbers, and the default one: seeds, states, forks."""

from __future__ import annotations

import contextlib
import operator
import os
from collections.abc import Iterator
from typing import Any

import numpy as np

from .._device import CPU, check_device
from .._dtypes import I64
from .._tensor import Tensor, wrap
from .streams import MersenneTwister, integers_default


class Generator(MersenneTwister):
    """A stream of random numbers of its own.

    Args:
        device: "cpu", the only device there is.

    Raises:
        RuntimeError: for another device.

    Example:
        >>> import rushlight as torch
        >>> g = torch.Generator().manual_seed(0)
        >>> torch.rand(2, generator=g)
        tensor([0.4963, 0.7682])
        >>> torch.rand(2, generator=g.manual_seed(0))
        tensor([0.4963, 0.7682])
    """

    def __init__(self, device: Any = "cpu") -> None:
        check_device(device)
        super().__init__()

    @property
    def device(self) -> Any:
        """The CPU."""
        return CPU

    def manual_seed(self, seed: int) -> Generator:
        """Start the stream that belongs to a seed.

        Args:
            seed: an integer from -2**63 to 2**64 - 1; a negative one counts from 2**64 down.

        Returns:
            the generator itself.

        Raises:
            RuntimeError: if the seed isn't an integer.
            ValueError: if it is out of range.
        """
        if isinstance(seed, bool) or not hasattr(seed, "__index__"):
            raise RuntimeError(f"manual_seed expects an integer, but got {type(seed).__name__}")
        seed = operator.index(seed)
        if not -(2**63) <= seed < 2**64:
            raise ValueError(f"a seed must lie between -2**63 and 2**64 - 1, but got {seed}")
        self.reseed(seed % 2**64)
        return self

    def seed(self) -> int:
        """Start a stream from a seed that the operating system draws, and return that seed."""
        seed = int.from_bytes(os.urandom(8), "little")
        self.reseed(seed)
        return seed

    def initial_seed(self) -> int:
        """The seed that the stream was started from."""
        return self._seed

    def get_state(self) -> Tensor:
        """The place in the stream: a uint8 tensor of 5056 elements, laid out as PyTorch lays it out."""
        return wrap(self.to_bytes())  # type: ignore[no-any-return]

    def set_state(self, new_state: Tensor) -> None:
        """Go to a place in a stream.

        Args:
            new_state: what `get_state` returned, here or in PyTorch.

        Raises:
            TypeError: if it isn't a uint8 tensor.
            RuntimeError: if it isn't such a state.
        """
        if not isinstance(new_state, Tensor) or new_state._a.dtype != np.uint8:
            kind = repr(new_state.dtype) if isinstance(new_state, Tensor) else type(new_state).__name__
            raise TypeError(
                f"a generator state is a uint8 tensor, not {kind}; pass what get_state() returned"
            )
        self.from_bytes(new_state._a)

    def clone_state(self) -> Generator:
        """Another generator at the same place of the same stream."""
        twin = Generator()
        twin.from_bytes(self.to_bytes())
        return twin

    def get_offset(self) -> int:
        """CPU generators have no offset."""
        raise RuntimeError("a CPU generator has no offset; get_state() says where it is")

    def set_offset(self, offset: int) -> None:
        """CPU generators have no offset."""
        raise RuntimeError("a CPU generator has no offset; set_state() moves it")

    def __reduce__(self) -> Any:
        return _generator_at, (self.to_bytes().tobytes(),)

    def __repr__(self) -> str:
        return f"<torch.Generator on cpu, seed {self._seed}>"


def _generator_at(state: bytes) -> Generator:
    generator = Generator()
    generator.from_bytes(np.frombuffer(state, np.uint8))
    return generator


default_generator = Generator()
default_generator.seed()


def manual_seed(seed: int) -> Generator:
    """Seed the generator that random functions use by default.

    Args:
        seed: an integer, or what `int()` makes one of, from -2**63 to 2**64 - 1.

    Returns:
        the default generator.

    Raises:
        ValueError: if the seed is out of range.

    Example:
        >>> import rushlight as torch
        >>> generator = torch.manual_seed(0)
        >>> torch.rand(3)
        tensor([0.4963, 0.7682, 0.0885])
    """
    return default_generator.manual_seed(int(seed))


def seed() -> int:
    """Seed the default generator from the operating system and return the seed."""
    return default_generator.seed()


def initial_seed() -> int:
    """The seed that the default generator was started from.

    Example:
        >>> import rushlight as torch
        >>> generator = torch.manual_seed(7)
        >>> torch.initial_seed()
        7
    """
    return default_generator.initial_seed()


def get_rng_state() -> Tensor:
    """The default generator's place in its stream.

    Returns:
        a uint8 tensor of 5056 elements, which PyTorch's `set_rng_state` takes too.

    Example:
        >>> import rushlight as torch
        >>> state = torch.get_rng_state()
        >>> first = torch.rand(3)
        >>> torch.set_rng_state(state)
        >>> first.tolist() == torch.rand(3).tolist()
        True
    """
    return default_generator.get_state()


def set_rng_state(new_state: Tensor) -> None:
    """Put the default generator at a place in a stream.

    Args:
        new_state: what `get_rng_state` returned, here or in PyTorch.

    Raises:
        TypeError: if it isn't a uint8 tensor.
        RuntimeError: if it isn't such a state.
    """
    default_generator.set_state(new_state)


@contextlib.contextmanager
def fork_rng(devices: Any = None, enabled: bool = True, **_of_other_devices: Any) -> Iterator[None]:
    """A block after which the default generator is where it was before.

    Args:
        devices: GPUs whose generators to keep as well; there are none here.
        enabled: False makes the block do nothing.

    Example:
        >>> import rushlight as torch
        >>> generator = torch.manual_seed(0)
        >>> with torch.random.fork_rng():
        ...     inside = torch.rand(3)
        >>> inside.tolist() == torch.rand(3).tolist()
        True
    """
    if not enabled:
        yield
        return
    state = default_generator.to_bytes()
    try:
        yield
    finally:
        default_generator.from_bytes(state)


def stream(generator: Any = None) -> Generator:
    """The generator to draw from: the one given, or the default one for None."""
    if generator is None:
        return default_generator
    if not isinstance(generator, Generator):
        raise TypeError(f"generator must be a torch.Generator, not {type(generator).__name__}")
    return generator


def draw_seed(generator: Any = None) -> int:
    """A seed from 0 to 2**63 - 1, as samplers and data loaders draw theirs (`random_()` on an int64)."""
    return int(integers_default(stream(generator), 1, I64)[0])
