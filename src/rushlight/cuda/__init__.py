"""`torch.cuda`: there is no GPU, and these functions say so, as PyTorch's do where it is built without CUDA.

>>> import rushlight as torch
>>> torch.device("cuda" if torch.cuda.is_available() else "cpu")
device(type='cpu')
"""

from __future__ import annotations

import collections
import sys
from typing import Any, NoReturn

from .._hints import hinted
from .._missing import module_getattr
from .._naming import give_addresses

has_half = True


def _no_cuda(what: str) -> NoReturn:
    raise hinted(
        AssertionError("Torch not compiled with CUDA enabled"),
        f"torch.cuda.{what} needs a GPU, and there is none here. Ask torch.cuda.is_available() first",
    )


class _TypedTensorType(type):
    """No tensor is of these types; they are there to be asked for, and can't be made."""

    def __instancecheck__(cls, x: Any) -> bool:
        return False

    def __call__(cls, *args: Any, **kwargs: Any) -> NoReturn:
        raise hinted(
            TypeError(f"type torch.cuda.{cls.__name__} not available. Torch not compiled with CUDA enabled."),
            f"there is no GPU here; torch.{cls.__name__} is the type on the CPU",
        )


def _typed(name: str) -> Any:
    return _TypedTensorType(name, (), {"__doc__": "The type of tensors on a GPU, of which there are none here."})


BoolTensor, ByteTensor, CharTensor = map(_typed, ("BoolTensor", "ByteTensor", "CharTensor"))
DoubleTensor, FloatTensor, HalfTensor = map(_typed, ("DoubleTensor", "FloatTensor", "HalfTensor"))
BFloat16Tensor, IntTensor, LongTensor, ShortTensor = map(
    _typed, ("BFloat16Tensor", "IntTensor", "LongTensor", "ShortTensor")
)


def is_available() -> bool:
    """False."""
    return False


def is_initialized() -> bool:
    """False."""
    return False


def is_bf16_supported(including_emulation: bool = True) -> bool:
    """False."""
    return False


def is_tf32_supported() -> bool:
    """False."""
    return False


def device_count() -> int:
    """0."""
    return 0


def get_arch_list() -> list[str]:
    """No architectures."""
    return []


def init() -> None:
    """Raises AssertionError: there is no GPU."""
    _no_cuda("init()")


# Seeds and caches: programs set them without asking, and on a CPU there is nothing to do.


def manual_seed(seed: int) -> None:
    """Nothing to do: no GPU draws random numbers.

    Args:
        seed: the seed.
    """
    int(seed)


def manual_seed_all(seed: int) -> None:
    """Nothing to do: no GPU draws random numbers.

    Args:
        seed: the seed.
    """
    int(seed)


def seed() -> None:
    """Nothing to do: no GPU draws random numbers."""


def seed_all() -> None:
    """Nothing to do: no GPU draws random numbers."""


def get_rng_state_all() -> list[Any]:
    """The states of no generators."""
    return []


def set_rng_state_all(new_states: Any) -> None:
    """Nothing to do for no generators.

    Args:
        new_states: an empty list.
    """
    if list(new_states):
        _no_cuda("set_rng_state_all()")


def empty_cache() -> None:
    """Nothing to do: there is no GPU memory."""


def memory_allocated(device: Any = None) -> int:
    """0."""
    return 0


def max_memory_allocated(device: Any = None) -> int:
    """0."""
    return 0


def memory_reserved(device: Any = None) -> int:
    """0."""
    return 0


def max_memory_reserved(device: Any = None) -> int:
    """0."""
    return 0


def memory_stats(device: Any = None) -> dict[str, Any]:
    """No statistics."""
    return collections.OrderedDict()


# What needs a GPU.


def synchronize(device: Any = None) -> None:
    """Raises AssertionError: there is no GPU to wait for."""
    _no_cuda("synchronize()")


def current_device() -> int:
    """Raises AssertionError: there is no GPU."""
    _no_cuda("current_device()")


def get_device_name(device: Any = None) -> str:
    """Raises AssertionError: there is no GPU."""
    _no_cuda("get_device_name()")


def get_device_properties(device: Any = None) -> Any:
    """Raises AssertionError: there is no GPU."""
    _no_cuda("get_device_properties()")


def get_device_capability(device: Any = None) -> tuple[int, int]:
    """Raises AssertionError: there is no GPU."""
    _no_cuda("get_device_capability()")


def get_rng_state(device: Any = "cuda") -> Any:
    """Raises AssertionError: there is no GPU."""
    _no_cuda("get_rng_state()")


def set_rng_state(new_state: Any, device: Any = "cuda") -> None:
    """Raises AssertionError: there is no GPU."""
    _no_cuda("set_rng_state()")


def initial_seed() -> int:
    """Raises AssertionError: there is no GPU."""
    _no_cuda("initial_seed()")


def mem_get_info(device: Any = None) -> tuple[int, int]:
    """Raises AssertionError: there is no GPU."""
    _no_cuda("mem_get_info()")


def reset_peak_memory_stats(device: Any = None) -> None:
    """Raises AssertionError: there is no GPU."""
    _no_cuda("reset_peak_memory_stats()")


def ipc_collect() -> None:
    """Raises AssertionError: there is no GPU."""
    _no_cuda("ipc_collect()")


def current_stream(device: Any = None) -> Any:
    """Raises AssertionError: there is no GPU."""
    _no_cuda("current_stream()")


def default_stream(device: Any = None) -> Any:
    """Raises AssertionError: there is no GPU."""
    _no_cuda("default_stream()")


def set_device(device: Any) -> None:
    """Raises AssertionError for any GPU; a negative number is accepted and does nothing.

    Args:
        device: the GPU's number.
    """
    if not isinstance(device, int) or device >= 0:
        _no_cuda("set_device()")


class device:
    """A block with another current GPU; with a negative number or None, the block does nothing.

    Args:
        device: the GPU.
    """

    def __init__(self, device: Any) -> None:
        self.idx = device

    def __enter__(self) -> None:
        if self.idx is not None and not (isinstance(self.idx, int) and self.idx < 0):
            _no_cuda("device")

    def __exit__(self, *exc: object) -> None:
        pass


class Stream:
    """Raises RuntimeError when made: there is no GPU."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise RuntimeError("torch.cuda.Stream requires CUDA support, and there is no GPU here")


class Event:
    """Raises RuntimeError when made: there is no GPU."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise RuntimeError(
            "torch.cuda.Event requires CUDA support, and there is no GPU here; time.perf_counter() tells time"
        )


class OutOfMemoryError(RuntimeError):
    """What PyTorch raises when a GPU has no memory left; never raised here."""


class StreamContext:
    """A block with another current stream; with None, the block does nothing.

    Args:
        stream: None.
    """

    def __init__(self, stream: Any) -> None:
        self.stream = stream

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exc: object) -> None:
        pass


def stream(stream: Any) -> StreamContext:
    """A block with another current stream; with None, the block does nothing.

    Args:
        stream: None.
    """
    return StreamContext(stream)


__getattr__ = module_getattr(__name__, submodules=("amp", "nvtx"))
give_addresses(
    __name__, sys.modules[__name__], random="get_rng_state get_rng_state_all initial_seed manual_seed manual_seed_all "
    "seed seed_all set_rng_state set_rng_state_all",
)  # fmt: skip
