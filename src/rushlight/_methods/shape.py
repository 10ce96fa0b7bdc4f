"""Shapes, views, parts, memory and conversions as methods."""

from __future__ import annotations

from .. import _creation, _dtypes, _filled
from .._layout import strided
from .._meta import NoData, device_of
from .._tensor import Tensor
from ..ops import converting, copying, diagonal, join, rearrange, shape, storage, view
from ..ops._arguments import also_named
from ._attach import method, twin

for _module, _names in (
    (shape, "reshape permute transpose t squeeze unsqueeze expand"),
    (
        view,
        "narrow select flatten ravel unflatten view_as reshape_as expand_as broadcast_to movedim swapaxes "
        "swapdims "
        "adjoint",
    ),
    (storage, "unfold as_strided"),
    (diagonal, "diagonal diag diag_embed diagflat tril triu trace"),
    (rearrange, "flip fliplr flipud rot90 roll repeat tile repeat_interleave"),
    (join, "chunk unbind tensor_split hsplit vsplit dsplit unsafe_split unsafe_chunk split_with_sizes"),
    (diagonal, "select_scatter slice_scatter diagonal_scatter as_strided_scatter"),
    (copying, "copy_ fill_ zero_"),
    (
        storage,
        "stride storage_offset data_ptr is_contiguous contiguous clone squeeze_ unsqueeze_ t_ transpose_ "
        "as_strided_ resize_ "
        "resize_as_ set_ is_set_to numel is_same_size",
    ),
    (converting, "to type type_as cpu cuda"),
    (_filled, "new_zeros new_ones new_full new_empty new_empty_strided"),
    (_creation, "new_tensor"),
):
    for _name in _names.split():
        method(_name, getattr(_module, _name))

method("split", also_named(split_size="split_size_or_sections")(join.split))
method("view", shape.view_method)
method("moveaxis", view.movedim)
method("nelement", storage.numel)
method("swapaxes_", storage.transpose_)
method("swapdims_", storage.transpose_)
method("dim", lambda self: self._a.ndim)
method("ndimension", lambda self: self._a.ndim)
method("element_size", lambda self: self._a.itemsize)
twin("tril_", diagonal.tril)
twin("triu_", diagonal.triu)

for _name, _kind in (
    ("float", _dtypes.float32),
    ("double", _dtypes.float64),
    ("half", _dtypes.float16),
    ("bfloat16", _dtypes.bfloat16),
    ("int", _dtypes.int32),
    ("long", _dtypes.int64),
    ("short", _dtypes.int16),
    ("char", _dtypes.int8),
    ("byte", _dtypes.uint8),
    ("bool", _dtypes.bool_),
    ("cfloat", _dtypes.complex64),
    ("cdouble", _dtypes.complex128),
    ("chalf", _dtypes.complex32),
):
    method(_name, converting.converter(_name, _kind))


def _size(self: Tensor, dim: int | None = None) -> object:
    """The shape, or the size of one dimension.

    Args:
        dim: a dimension (default: all).

    Returns:
        a torch.Size, or a number.

    Raises:
        IndexError: if the dimension is out of range.

    Example:
        >>> import rushlight as torch
        >>> torch.zeros(2, 3).size(-1)
        3
    """
    if dim is None:
        return self.shape
    if not self._a.ndim:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    return self._a.shape[shape.wrap_dim(dim, self._a.ndim)]


method("size", _size)
method("get_device", lambda self: -1)
method("is_pinned", lambda self, device=None: False)
method("is_shared", lambda self: False)
Tensor.T = property(view.all_reversed)  # type: ignore[attr-defined]
Tensor.mT = property(view.matrix_transpose)  # type: ignore[attr-defined]
Tensor.H = property(view.hermitian)  # type: ignore[attr-defined]
Tensor.mH = property(view.adjoint)  # type: ignore[attr-defined]
Tensor.device = property(device_of)  # type: ignore[attr-defined]
Tensor.is_meta = property(lambda self: type(self._a) is NoData, doc="Whether it has no data.")  # type: ignore[attr-defined]
Tensor.layout = property(lambda self: strided, doc="How it is stored: densely.")  # type: ignore[attr-defined]
Tensor.itemsize = property(lambda self: self._a.itemsize, doc="The bytes of an element.")  # type: ignore[attr-defined]
Tensor.nbytes = property(lambda self: self._a.nbytes, doc="The bytes of all elements.")  # type: ignore[attr-defined]
for _name in (
    "is_cuda",
    "is_sparse",
    "is_quantized",
    "is_mps",
    "is_xpu",
    "is_mkldnn",
    "is_nested",
):
    setattr(Tensor, _name, property(lambda self: False, doc="False: tensors here are dense and on the CPU."))
