"""`torch.amp`: mixed precision, which on this CPU changes nothing: all is computed in the tensors' own types.

>>> import rushlight as torch
>>> with torch.amp.autocast("cpu"):
...     y = torch.ones(2, 2) @ torch.ones(2, 2)
>>> y.dtype
torch.float32
"""

from __future__ import annotations

import functools
import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from .._missing import module_getattr
from .._naming import give_addresses
from .._settings import is_autocast_available
from .._tensor import Tensor, bump


class autocast:
    """A block, or a decorator, in which PyTorch computes some operations in a shorter type; here it does nothing.

    NumPy has no bfloat16, which PyTorch uses on a CPU, so results differ from PyTorch's by that type's rounding.

    Args:
        device_type: "cpu" or "cuda".
        dtype: the type to compute in.
        enabled: whether to.
        cache_enabled: ignored.

    Raises:
        RuntimeError: for a device type that doesn't exist.
    """

    def __init__(
        self, device_type: str, dtype: Any = None, enabled: bool = True, cache_enabled: bool | None = None
    ) -> None:
        if device_type not in ("cpu", "cuda", "mps", "xpu", "hpu", "mtia"):
            raise RuntimeError(f"User specified an unsupported autocast device_type {device_type!r}; here it is 'cpu'")
        if device_type != "cpu" and enabled:
            warnings.warn(
                f"User provided device_type of {device_type!r}, but it is not available. Disabling", stacklevel=2
            )
            enabled = False
        self.device = device_type
        self.fast_dtype = dtype
        self.prev = False

    def __enter__(self) -> autocast:
        return self

    def __exit__(self, *exc: object) -> None:
        pass

    def __call__(self, func: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(func)
        def decorated(*args: Any, **kwargs: Any) -> Any:
            with self:
                return func(*args, **kwargs)

        return decorated


class GradScaler:
    """Scales a loss so that small gradients survive in float16, and steps only with finite gradients.

    Args:
        device: "cpu", or "cuda", which without a GPU switches the scaler off.
        init_scale: the scale at the start.
        growth_factor: the scale's factor after `growth_interval` steps without an infinite gradient.
        backoff_factor: its factor after an infinite gradient.
        growth_interval: steps.
        enabled: False makes every method do nothing.

    Example:
        >>> x = torch.ones(1, requires_grad=True)
        >>> optimizer = torch.optim.SGD([x], lr=0.5)
        >>> scaler = torch.amp.GradScaler("cpu")
        >>> scaler.scale(x.sum()).backward()
        >>> scaler.step(optimizer)
        >>> scaler.update()
        >>> x
        tensor([0.5000], requires_grad=True)
    """

    def __init__(
        self,
        device: str = "cuda",
        init_scale: float = 2.0**16,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        if device != "cpu" and enabled:
            warnings.warn("GradScaler is enabled, but CUDA is not available. Disabling.", stacklevel=2)
            enabled = False
        self._device = device
        self._enabled = enabled
        self._scale = init_scale
        self._growth_factor = growth_factor
        self._backoff_factor = backoff_factor
        self._growth_interval = growth_interval
        self._growth_tracker = 0
        self._found: dict[int, bool] = {}  # by optimizer: whether a gradient wasn't finite
        self._stepped: set[int] = set()

    def is_enabled(self) -> bool:
        """Whether the scaler does anything."""
        return self._enabled

    def scale(self, outputs: Any) -> Any:
        """The loss, or each of several, times the scale.

        Args:
            outputs: a tensor, or a list or tuple of them.
        """
        if not self._enabled:
            return outputs
        if isinstance(outputs, Tensor):
            scaled: Any = outputs
            return scaled * self._scale
        if isinstance(outputs, (list, tuple)):
            return type(outputs)(self.scale(item) for item in outputs)
        raise ValueError(f"outputs must be a Tensor or an iterable of Tensors, not {type(outputs).__name__}")

    def unscale_(self, optimizer: Any) -> None:
        """Divide the gradients of an optimizer's parameters by the scale, for instance to clip them.

        Args:
            optimizer: the optimizer.

        Raises:
            RuntimeError: when called twice between updates, or after the step.
        """
        if not self._enabled:
            return
        key = id(optimizer)
        if key in self._stepped:
            raise RuntimeError("unscale_() is being called after step().")
        if key in self._found:
            raise RuntimeError("unscale_() has already been called on this optimizer since the last update().")
        found = False
        for group in optimizer.param_groups:
            for p in group["params"]:
                if p._grad is not None:
                    array = p._grad._a
                    np.divide(array, array.dtype.type(self._scale), out=array)
                    bump(p._grad)
                    found = found or not np.isfinite(array).all()
        self._found[key] = found

    def step(self, optimizer: Any, *args: Any, **kwargs: Any) -> Any:
        """Unscale the gradients if that isn't done, and step the optimizer if all of them are finite.

        Args:
            optimizer: the optimizer.
            args, kwargs: for its `step`; no closure.
        """
        if not self._enabled:
            return optimizer.step(*args, **kwargs)
        if "closure" in kwargs:
            raise RuntimeError("Closure use is not currently supported if GradScaler is enabled.")
        key = id(optimizer)
        if key in self._stepped:
            raise RuntimeError("step() has already been called since the last update().")
        if key not in self._found:
            self.unscale_(optimizer)
        self._stepped.add(key)
        return None if self._found[key] else optimizer.step(*args, **kwargs)

    def update(self, new_scale: Any = None) -> None:
        """Change the scale after a step.

        Args:
            new_scale: the scale to use (default: larger or smaller by what the gradients were).
        """
        if not self._enabled:
            return
        if new_scale is not None:
            self._scale = float(new_scale)
        else:
            if not self._found:
                raise RuntimeError("No inf checks were recorded prior to update.")
            if any(self._found.values()):
                self._scale *= self._backoff_factor
                self._growth_tracker = 0
            else:
                self._growth_tracker += 1
                if self._growth_tracker == self._growth_interval:
                    self._scale *= self._growth_factor
                    self._growth_tracker = 0
        self._found.clear()
        self._stepped.clear()

    def get_scale(self) -> float:
        """The scale; 1 when switched off."""
        return self._scale if self._enabled else 1.0

    def get_growth_factor(self) -> float:
        """The factor by which the scale grows."""
        return self._growth_factor

    def get_backoff_factor(self) -> float:
        """The factor by which the scale shrinks."""
        return self._backoff_factor

    def get_growth_interval(self) -> int:
        """The steps after which the scale grows."""
        return self._growth_interval

    def state_dict(self) -> dict[str, Any]:
        """The scaler's state in PyTorch's layout; empty when switched off."""
        if not self._enabled:
            return {}
        return {
            "scale": self._scale,
            "growth_factor": self._growth_factor,
            "backoff_factor": self._backoff_factor,
            "growth_interval": self._growth_interval,
            "_growth_tracker": self._growth_tracker,
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over a state that `state_dict()` returned.

        Args:
            state_dict: the state.
        """
        if not self._enabled:
            return
        if not state_dict:
            raise RuntimeError("the state dict is empty: it was saved from a scaler that was switched off")
        self._scale = state_dict["scale"]
        self._growth_factor = state_dict["growth_factor"]
        self._backoff_factor = state_dict["backoff_factor"]
        self._growth_interval = state_dict["growth_interval"]
        self._growth_tracker = state_dict["_growth_tracker"]


# The classes of torch.cpu.amp and torch.cuda.amp, which give the device themselves.


def _warn_of_older_name(device: str, name: str) -> None:
    warnings.warn(
        f"`torch.{device}.amp.{name}(args...)` is deprecated. "
        f"Please use `torch.amp.{name}('{device}', args...)` instead.",
        FutureWarning,
        stacklevel=3,
    )


class _DeviceAutocast(autocast):
    _device: str
    _dtype: Any = None

    def __init__(self, enabled: bool = True, dtype: Any = None, cache_enabled: bool = True) -> None:
        _warn_of_older_name(self._device, "autocast")
        super().__init__(self._device, self._dtype if dtype is None else dtype, enabled, cache_enabled)


class _DeviceGradScaler(GradScaler):
    _device: str

    def __init__(
        self,
        init_scale: float = 2.0**16,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        _warn_of_older_name(self._device, "GradScaler")
        super().__init__(self._device, init_scale, growth_factor, backoff_factor, growth_interval, enabled)


def custom_fwd(fwd: Any = None, *, device_type: str = "cpu", cast_inputs: Any = None) -> Any:
    """Mark the forward of a Function for mixed precision; here it stays as it is.

    Args:
        fwd: the method.
        device_type, cast_inputs: ignored.
    """
    return (lambda function: function) if fwd is None else fwd


def custom_bwd(bwd: Any = None, *, device_type: str = "cpu") -> Any:
    """Mark the backward of a Function for mixed precision; here it stays as it is.

    Args:
        bwd: the method.
        device_type: ignored.
    """
    return (lambda function: function) if bwd is None else bwd


__getattr__ = module_getattr(__name__)
give_addresses(
    __name__, sys.modules[__name__], autocast_mode="autocast custom_bwd custom_fwd is_autocast_available",
    grad_scaler="GradScaler",
)  # fmt: skip

__all__ = ["GradScaler", "autocast", "custom_bwd", "custom_fwd", "is_autocast_available"]
