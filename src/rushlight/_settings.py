"""Settings of the whole library, and questions about objects."""

from __future__ import annotations

import os
import sys
from typing import Any

from ._device import CPU, check_device, device
from ._dtypes import as_dtype, dtype, float16, float32, float64, set_default_dtype, tensor_name
from ._tensor import Parameter, Tensor

_threads: dict[str, int | None] = {"inside": None, "between": None}
_flags: dict[str, Any] = {"deterministic": False, "warn_only": False, "matmul": "highest", "warn_always": False}
fill_uninitialized_memory = True  # a switch of torch.utils.deterministic that programs may set; no effect


def _cores() -> int:
    try:
        return max(1, len(os.sched_getaffinity(0)))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1


def _set_threads(kind: str, function: str, count: Any) -> None:
    if isinstance(count, bool) or not isinstance(count, int):
        raise RuntimeError(f"{function} expects an int, but got {type(count).__name__}")
    if count <= 0:
        raise RuntimeError(f"{function} expects a positive integer, but got {count}")
    _threads[kind] = count


def set_num_threads(int: int) -> None:
    """Note how many threads an operation may use.

    NumPy's linear algebra chooses its number when it is loaded (by OMP_NUM_THREADS and the like), so this
    changes nothing but what `get_num_threads` tells.

    Args:
        int: a positive integer.

    Raises:
        RuntimeError: if it isn't.
    """
    _set_threads("inside", "set_num_threads", int)


def get_num_threads() -> int:
    """How many threads an operation may use: what `set_num_threads` noted, or the number of processor cores."""
    given = os.environ.get("OMP_NUM_THREADS", "")
    return _threads["inside"] or (int(given) if given.isdigit() and int(given) else _cores())


def set_num_interop_threads(int: int) -> None:
    """Note how many operations may run at once; nothing here runs several.

    Args:
        int: a positive integer.
    """
    _set_threads("between", "set_num_interop_threads", int)


def get_num_interop_threads() -> int:
    """What `set_num_interop_threads` noted, or the number of processor cores."""
    return _threads["between"] or _cores()


def set_default_device(device: Any) -> None:
    """Set the device of new tensors: only the CPU is there.

    Args:
        device: "cpu", a device, or None.

    Raises:
        RuntimeError: for any other device.
    """
    check_device(device)


def get_default_device() -> device:
    """The device of new tensors.

    Example:
        >>> torch.get_default_device()
        device(type='cpu')
    """
    return CPU


def set_default_tensor_type(t: Any) -> None:
    """Set the type of new floating-point tensors, in the old way; `set_default_dtype` is the new one.

    Args:
        t: a tensor type such as torch.FloatTensor, or its name.

    Raises:
        TypeError: if it isn't a floating-point type of the CPU's.
    """
    name = t if isinstance(t, str) else getattr(t, "__name__", str(t))
    kinds = {"FloatTensor": float32, "DoubleTensor": float64, "HalfTensor": float16}
    kind = kinds.get(name.rpartition(".")[2])
    if kind is None or "cuda" in name:
        raise TypeError(f"the default tensor type must be torch.{', torch.'.join(kinds)}, not {name}")
    set_default_dtype(kind)


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Ask for operations that give the same on every run; all of rushlight's do.

    Args:
        mode: what `are_deterministic_algorithms_enabled` tells from now on.
        warn_only: what `is_deterministic_algorithms_warn_only_enabled` tells.
    """
    _flags["deterministic"], _flags["warn_only"] = bool(mode), bool(warn_only)


def are_deterministic_algorithms_enabled() -> bool:
    """What `use_deterministic_algorithms` was told."""
    return bool(_flags["deterministic"])


def is_deterministic_algorithms_warn_only_enabled() -> bool:
    """What `use_deterministic_algorithms` was told of warnings."""
    return bool(_flags["warn_only"])


def set_deterministic_debug_mode(debug_mode: int | str) -> None:
    """Ask for deterministic operations by a mode.

    Args:
        debug_mode: 0 or "default", 1 or "warn", 2 or "error".
    """
    modes = {"default": 0, "warn": 1, "error": 2}
    level = modes.get(debug_mode, debug_mode) if isinstance(debug_mode, str) else debug_mode
    if level not in (0, 1, 2):
        raise RuntimeError(f"invalid value of debug_mode: {debug_mode!r}; it is default, warn, error or 0, 1, 2")
    use_deterministic_algorithms(level != 0, warn_only=level == 1)


def get_deterministic_debug_mode() -> int:
    """0, 1 or 2: off, warnings, errors."""
    return (1 if _flags["warn_only"] else 2) if _flags["deterministic"] else 0


def set_float32_matmul_precision(precision: str) -> None:
    """Note how exact products of float32 matrices must be; here they are always computed in float32.

    Args:
        precision: "highest", "high" or "medium".

    Raises:
        RuntimeError: for any other word.
    """
    if precision not in ("highest", "high", "medium"):
        raise RuntimeError(f"{precision!r} is not one of 'highest', 'high', 'medium'")
    _flags["matmul"] = precision


def get_float32_matmul_precision() -> str:
    """What `set_float32_matmul_precision` noted."""
    return str(_flags["matmul"])


def set_flush_denormal(mode: bool) -> bool:
    """Whether denormal numbers can be flushed to zero: NumPy has no such switch, so nothing changes.

    Args:
        mode: whether to.

    Returns:
        False, the word for "not supported".
    """
    return False


def set_warn_always(b: bool) -> None:
    """Note whether warnings that come once should come always.

    Args:
        b: whether to.
    """
    _flags["warn_always"] = bool(b)


def is_warn_always_enabled() -> bool:
    """What `set_warn_always` noted."""
    return bool(_flags["warn_always"])


def compiled_with_cxx11_abi() -> bool:
    """True, as PyTorch says today; nothing here is compiled."""
    return True


def is_tensor(obj: Any) -> bool:
    """Whether an object is a tensor.

    Example:
        >>> torch.is_tensor(torch.ones(1)), torch.is_tensor([1.0])
        (True, False)
    """
    return isinstance(obj, Tensor)


def is_storage(obj: Any) -> bool:
    """Whether an object is a storage, which is to say looks at a tensor's memory.

    Example:
        >>> torch.is_storage(torch.ones(1).untyped_storage()), torch.is_storage(torch.ones(1))
        (True, False)
    """
    storage = sys.modules.get("rushlight.storage")
    return storage is not None and isinstance(obj, storage.UntypedStorage)


def typename(obj: Any) -> str:
    """The name of an object's type, as PyTorch gives it.

    Args:
        obj: any object, or a class.

    Example:
        >>> torch.typename(torch.ones(1)), torch.typename(torch.nn.ReLU())
        ('torch.FloatTensor', 'torch.nn.modules.activation.ReLU')
    """
    if type(obj) in (Tensor, Parameter):
        return f"torch.{tensor_name(obj.dtype)}Tensor"
    module: str = getattr(obj, "__module__", None) or type(obj).__module__
    name = str(getattr(obj, "__qualname__", None) or type(obj).__qualname__)
    if module in ("", "builtins"):
        return name
    return ("torch" + module.removeprefix("rushlight") if module.startswith("rushlight") else module) + "." + name


def get_autocast_dtype(device_type: str) -> dtype:
    """The type that PyTorch's autocast computes in on a device; here autocast changes nothing.

    Args:
        device_type: "cpu" or "cuda".
    """
    return as_dtype(_autocast_types()[device_type])


def _autocast_types() -> dict[str, Any]:
    from ._dtypes import bfloat16

    return {"cpu": bfloat16, "cuda": float16}


def is_autocast_enabled(device_type: str | None = None) -> bool:
    """False: on a CPU without bfloat16, autocast does nothing.

    Args:
        device_type: "cpu" or "cuda".
    """
    return False


def is_autocast_cpu_enabled() -> bool:
    """False: on a CPU without bfloat16, autocast does nothing."""
    return False


def is_autocast_available(device_type: str) -> bool:
    """Whether `autocast` may be used for a device; it then does nothing.

    Args:
        device_type: "cpu" or "cuda".
    """
    return device_type == "cpu"


def clear_autocast_cache() -> None:
    """Nothing to do: autocast keeps nothing."""


def compile(model: Any = None, **options: Any) -> Any:
    """The model itself: there is no compiler, and what is given runs as it is.

    Args:
        model: a function or module; without one, a decorator is returned.
        options: PyTorch's, all of which choose how to compile.

    Example:
        >>> @torch.compile
        ... def double(x):
        ...     return x * 2
        >>> double(torch.ones(1))
        tensor([2.])
    """
    if model is None:
        return lambda function: function
    if not callable(model):
        raise RuntimeError(f"torch.compile takes a function or a module, not a {type(model).__name__}")
    return model
