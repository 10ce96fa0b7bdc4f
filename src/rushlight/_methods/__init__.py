"""The operations as methods and operators of Tensor."""

from __future__ import annotations

from typing import Any

from .. import _creation, _dtypes, _filled
from .. import storage as storages
from .._hints import hinted
from .._layout import strided
from .._legacy import new_like
from .._meta import NoData, device_of
from .._random import METHODS
from .._tensor import Tensor
from ..ops import (
    converting,
    copying,
    counting,
    covariance,
    diagonal,
    differences,
    extremes,
    fft_helpers,
    index,
    indexing,
    inserting,
    join,
    linalg_det,
    linalg_functions,
    linalg_least_squares,
    linalg_lu,
    linalg_products,
    linalg_qr,
    linalg_solve,
    linalg_spectral,
    linalg_triangular,
    masking,
    matmul,
    norms,
    rearrange,
    reduction,
    scan,
    scatter,
    seldom,
    shape,
    sorting,
    statistics,
    storage,
    view,
)
from ..ops._arguments import also_named
from ..ops.softmax import log_softmax, softmax
from . import pointwise
from ._attach import attach_missing, method, twin

for _module, _names in (
    (
        scatter,
        "gather take_along_dim scatter scatter_ scatter_add scatter_add_ scatter_reduce scatter_reduce_",
    ),
    (
        indexing,
        "index_select index_add index_add_ index_copy index_copy_ index_fill index_fill_ index_reduce index_reduce_ "
        "index_put index_put_ take",
    ),
    (masking, "masked_select masked_scatter masked_scatter_ nonzero argwhere nonzero_static"),
):
    for _name in _names.split():
        method(_name, getattr(_module, _name))

method("put", indexing.put_by_number)
method("put_", indexing.put_by_number_)


def _matmul_operator(self: Any, other: Any) -> Any:
    return matmul.matmul(self, other) if isinstance(other, Tensor) else NotImplemented


def _rmatmul_operator(self: Any, other: Any) -> Any:
    return matmul.matmul(other, self) if isinstance(other, Tensor) else NotImplemented


method("__matmul__", _matmul_operator)
method("__rmatmul__", _rmatmul_operator)

for _name in (
    "mm", "mv", "dot", "vdot", "bmm", "matmul", "addmm", "addmv", "addbmm", "baddbmm", "addr",
    "addmm_", "addmv_", "addbmm_", "baddbmm_", "addr_",
):  # fmt: skip
    method(_name, getattr(matmul, _name))

for _module, _names in (
    (linalg_products, "outer ger inner kron"),
    (linalg_det, "logdet slogdet"),
    (linalg_functions, "cross matrix_exp"),
    (linalg_least_squares, "pinverse"),
    (linalg_lu, "lu_solve"),
    (linalg_qr, "geqrf orgqr ormqr qr"),
    (linalg_solve, "inverse matrix_power"),
    (linalg_spectral, "svd"),
    (linalg_triangular, "cholesky cholesky_inverse cholesky_solve triangular_solve"),
    (linalg_functions, "eig lstsq solve symeig"),
    (fft_helpers, "istft stft"),
):
    for _name in _names.split():
        method(_name, getattr(_module, _name))

method("det", linalg_det.torch_det)
method("lu", linalg_lu.torch_lu)


def hardshrink(self: Any, lambd: float = 0.5) -> Any:
    """`torch.hardshrink` of this tensor."""
    from ..ops.activation import hard_shrink

    return hard_shrink(self, lambd)


def prelu(self: Any, weight: Any) -> Any:
    """`torch.prelu` of this tensor."""
    from ..nn.functional.rectifiers import prelu

    return prelu(self, weight)


method("softmax", softmax)
method("log_softmax", log_softmax)
method("hardshrink", hardshrink)
method("prelu", prelu)


method("__getitem__", index.getitem)
method("__setitem__", index.setitem)


def _iterate(self: Any) -> Any:
    if not self._a.ndim:
        raise hinted(TypeError("iteration over a 0-d tensor"), "item() gives its number")
    return iter(join.unbind(self))


method("__iter__", _iterate)


for _name, _function in METHODS.items():
    method(_name, _function)


for _module, _names in (
    (reduction, "sum nansum mean nanmean prod all any count_nonzero logsumexp sum_to_size"),
    (extremes, "max min amax amin aminmax argmax argmin cummax cummin"),
    (statistics, "var std median nanmedian mode kthvalue quantile nanquantile"),
    (scan, "cumsum cumprod logcumsumexp"),
    (differences, "diff"),
    (norms, "norm dist renorm"),
    (sorting, "sort argsort msort topk unique unique_consecutive"),
    (counting, "bincount histc histogram"),
    (covariance, "cov corrcoef"),
):
    for _name in _names.split():
        method(_name, getattr(_module, _name))

for _name, _function in (("cumsum_", scan.cumsum), ("cumprod_", scan.cumprod), ("renorm_", norms.renorm)):
    twin(_name, _function)


for _name in ("apply_", "map_", "fill_diagonal_", "narrow_copy", "as_subclass", "pin_memory"):
    method(_name, getattr(seldom, _name))
method("__contains__", seldom.contains)
method("__reversed__", seldom.backwards)
method("new", new_like)
method("storage", storages.typed_storage)
method("untyped_storage", storages.untyped_storage)
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


for _module, _names in (
    (shape, "reshape permute transpose t squeeze unsqueeze expand"),
    (
        view,
        "narrow select flatten ravel unflatten view_as reshape_as expand_as broadcast_to movedim swapaxes swapdims "
        "adjoint",
    ),
    (storage, "unfold as_strided"),
    (diagonal, "diagonal diag diag_embed diagflat tril triu trace"),
    (rearrange, "flip fliplr flipud rot90 roll repeat tile repeat_interleave"),
    (join, "chunk unbind tensor_split hsplit vsplit dsplit unsafe_split unsafe_chunk split_with_sizes"),
    (inserting, "select_scatter slice_scatter diagonal_scatter as_strided_scatter"),
    (copying, "copy_ fill_ zero_"),
    (
        storage,
        "stride storage_offset data_ptr is_contiguous contiguous clone squeeze_ unsqueeze_ t_ transpose_ as_strided_ "
        "resize_ resize_as_ set_ is_set_to numel is_same_size",
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

attach_missing()  # last: every method is there

__all__ = ["pointwise"]
