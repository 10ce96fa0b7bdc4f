"""What a module registers: parameters and buffers, also those whose shape isn't known yet."""

from __future__ import annotations

from typing import Any

from .. import _dtypes
from .._device import check_device
from .._tensor import Parameter, Tensor, wrap


class _BufferType(type(Tensor)):  # type: ignore[misc]
    """Tells a tensor that was made by `Buffer` from others."""

    def __instancecheck__(cls, instance: object) -> bool:
        if cls is Buffer:
            return isinstance(instance, Tensor) and bool(getattr(instance, "_is_buffer", False))
        return type.__instancecheck__(cls, instance)


class Buffer(Tensor, metaclass=_BufferType):
    """A tensor that a module registers as a buffer when it is assigned to an attribute.

    Args:
        data: the values.
        persistent: whether state_dict contains it.

    Example:
        >>> import rushlight as torch
        >>> m = torch.nn.Module()
        >>> m.count = torch.nn.Buffer(torch.zeros(1))
        >>> list(m.state_dict())
        ['count']
    """

    def __new__(cls, data: Any = None, *, persistent: bool = True) -> Any:
        if data is None:
            from .._filled import empty

            data = empty(0)
        t = data.detach().requires_grad_(data.requires_grad)
        t.persistent = persistent
        t._is_buffer = True
        return t


class _Uninitialized:
    """What parameters and buffers without a shape have in common: `materialize`, and errors on everything else."""

    cls_to_become: type = Tensor

    def materialize(self, shape: Any, device: Any = None, dtype: Any = None) -> None:
        """Give it a shape, and memory with arbitrary values.

        Args:
            shape: the shape.
            device: the CPU.
            dtype: default: as it was declared.
        """
        import numpy as np

        check_device(device)
        own: Any = self
        own._a = np.empty(tuple(shape), own._a.dtype if dtype is None else _dtypes.numpy_dtype(dtype))
        own.__class__ = self.cls_to_become

    def detach(self) -> Any:
        """The same: there are no values yet."""
        return self

    @property
    def shape(self) -> Any:
        """There is none yet."""
        raise RuntimeError(
            f"an {type(self).__name__} has no shape yet; call the module once with real data, which "
            "determines it"
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


class UninitializedParameter(_Uninitialized, Parameter):
    """A parameter whose shape is found at the first call of its (lazy) module.

    Args:
        requires_grad: whether gradients are computed for it.
        device: the CPU.
        dtype: the type that it will have.
    """

    cls_to_become = Parameter

    def __new__(cls, requires_grad: bool = True, device: Any = None, dtype: Any = None) -> Any:
        import numpy as np

        check_device(device)
        t = super().__new__(cls, None, requires_grad)
        t._a = np.empty(0, _dtypes.numpy_dtype(dtype))
        return t

    def __deepcopy__(self, memo: Any) -> Any:
        if id(self) not in memo:
            memo[id(self)] = type(self)(self.requires_grad, None, self.dtype)
        return memo[id(self)]


class UninitializedBuffer(_Uninitialized, Tensor):
    """A buffer whose shape is found at the first call of its (lazy) module.

    Args:
        requires_grad: whether gradients are computed for it.
        device: the CPU.
        dtype: the type that it will have.
        persistent: whether state_dict contains it.
    """

    def __new__(
        cls, requires_grad: bool = False, device: Any = None, dtype: Any = None, persistent: bool = True
    ) -> Any:
        import numpy as np

        check_device(device)
        t = wrap(np.empty(0, _dtypes.numpy_dtype(dtype)))
        t.requires_grad = requires_grad
        t.__class__ = cls
        t.persistent = persistent
        t._is_buffer = True
        return t


def is_lazy(value: Any) -> bool:
    """Whether a parameter or buffer has no shape yet.

    Args:
        value: anything.
    """
    return isinstance(value, _Uninitialized)


__all__ = ["Buffer", "Parameter", "UninitializedBuffer", "UninitializedParameter", "is_lazy"]
