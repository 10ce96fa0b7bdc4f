"""Methods that few programs call, and the protocols of Python's own functions."""

from __future__ import annotations

from typing import Any

from .. import storage
from .._legacy import new_like
from .._tensor import Tensor
from ..ops import seldom
from ._attach import method

for _name in ("apply_", "map_", "fill_diagonal_", "narrow_copy", "as_subclass", "pin_memory"):
    method(_name, getattr(seldom, _name))
method("__contains__", seldom.contains)
method("__reversed__", seldom.backwards)
method("new", new_like)
method("storage", storage.typed_storage)
method("untyped_storage", storage.untyped_storage)
for _name in ("is_ipu", "is_maia", "is_mtia", "is_sparse_csr", "is_vulkan", "is_xla"):
    setattr(Tensor, _name, property(lambda self: False, doc="False: tensors here are dense and on the CPU."))
Tensor.is_cpu = property(lambda self: True, doc="True: tensors here are on the CPU.")  # type: ignore[attr-defined]
Tensor.name = property(lambda self: None, doc="None: tensors have no names.")  # type: ignore[attr-defined]


def _to_sparse(self: Any, *args: Any, **kwargs: Any) -> Any:
    """The elements that are not 0, as a sparse tensor; see `torch.sparse`."""
    from ..sparse.coo import to_sparse

    return to_sparse(self, *args, **kwargs)


for _name in ("to_sparse", "to_sparse_coo"):
    method(_name, _to_sparse)
method("to_dense", lambda self, dtype=None, *, masked_grad=None: self if dtype is None else self.to(dtype))


def _dlpack(self: Any, **how: Any) -> Any:
    """A capsule with the tensor's memory, for other array libraries; see Python's array API standard."""
    if self.requires_grad:
        raise BufferError("a tensor that requires gradients isn't handed to other libraries: use tensor.detach()")
    return self._a.__dlpack__(**how)


method("__dlpack__", _dlpack)
method("__dlpack_device__", lambda self: self._a.__dlpack_device__())
