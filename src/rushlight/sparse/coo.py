"""Sparse tensors in coordinate form: a matrix of places beside a vector of values."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

import rushlight as torch
from rushlight._layout import sparse_coo
from rushlight._tensor import Size, Tensor, wrap
from rushlight.ops._arguments import not_for_sparse, wrap_dim


class _NoArray(NotImplementedError, AttributeError):
    """Both: functions that expect a tensor's array and miss it look whether the tensor is sparse."""


class SparseTensor(Tensor):
    """A tensor that keeps only some elements; the others are 0, and elements of one place add up.

    Everything is computed from the values by operations on dense tensors, so gradients flow to them.  Made by
    `torch.sparse_coo_tensor` and `Tensor.to_sparse`.
    """

    _places: Any
    _kept: Any
    _size: Size
    _unique: bool

    def __new__(cls, indices: Any, values: Any, size: Any, coalesced: bool = False) -> Any:
        self = object.__new__(cls)
        self._places, self._kept, self._size, self._unique = indices, values, Size(size), coalesced
        self._node = self._ver = self._view = None
        return self

    is_sparse = True
    is_leaf = property(lambda self: self._kept.is_leaf)
    shape = property(lambda self: self._size)
    ndim = property(lambda self: len(self._size))
    dtype = property(lambda self: self._kept.dtype)
    device = property(lambda self: self._kept.device)
    layout = sparse_coo
    requires_grad = property(lambda self: self._kept.requires_grad, lambda self, on: self.requires_grad_(on))
    grad_fn = property(lambda self: self._kept.grad_fn)

    @property
    def _a(self) -> Any:
        raise _NoArray("not supported for sparse tensors, which have no array of all elements; call .to_dense() first")

    def _with(self, values: Any) -> SparseTensor:
        """The same places with other values."""
        made: SparseTensor = SparseTensor(self._places, values, self._size, self._unique)
        return made

    def _flat(self) -> Any:
        """Each place as one number, in row-major order."""
        return np.ravel_multi_index(tuple(self._places._a), self._size)

    # -- what it is ------------------------------------------------------------------------------

    def size(self, dim: int | None = None) -> Any:
        """The shape, or the size of one dimension."""
        return self._size if dim is None else self._size[dim]

    def dim(self) -> int:
        """The number of dimensions."""
        return len(self._size)

    def numel(self) -> int:
        """The number of elements, with those that are 0."""
        return self._size.numel()

    def is_floating_point(self) -> bool:
        """Whether the values are."""
        return bool(self._kept.is_floating_point())

    def is_complex(self) -> bool:
        """Whether the values are."""
        return bool(self._kept.is_complex())

    def sparse_dim(self) -> int:
        """The number of dimensions that places have."""
        return len(self._size)

    def dense_dim(self) -> int:
        """The number of dimensions that values have: 0."""
        return 0

    def _nnz(self) -> int:
        return int(self._places.shape[1])

    def _indices(self) -> Any:
        return self._places

    def _values(self) -> Any:
        return self._kept

    def is_coalesced(self) -> bool:
        """Whether places are known to be in order, each once."""
        return self._unique

    def _must_be_unique(self, what: str) -> None:
        if not self._unique:
            raise RuntimeError(f"Cannot get {what} on an uncoalesced tensor, please call .coalesce() first")

    def indices(self) -> Any:
        """The places, (dimensions, nnz)."""
        self._must_be_unique("indices")
        return self._places

    def values(self) -> Any:
        """The values, (nnz,)."""
        self._must_be_unique("values")
        return self._kept

    def __len__(self) -> int:
        return int(self._size[0])

    def __iter__(self) -> Any:
        return (self[k] for k in range(len(self)))

    def numpy(self, *, force: bool = False) -> Any:
        """Refused: an array would hold every element."""
        raise TypeError("can't convert Sparse layout tensor to numpy. Use Tensor.to_dense() first.")

    def __repr__(self, *, tensor_contents: Any = None) -> str:
        def under(name: str, value: Any) -> str:
            written = repr(value).replace(f", dtype={value.dtype}", "")
            if value.shape == (0,):
                written = "tensor([], size=(0,))"
            return f"{name}={written}".replace("\n", "\n" + " " * (8 + len(name)))

        about = f"size={tuple(self._size)}, nnz={self._nnz()}, layout=torch.sparse_coo"
        if self.dtype not in (torch.get_default_dtype(), torch.int64, torch.bool, torch.complex64):
            about = about.replace("layout", f"dtype={self.dtype}, layout")
        if self.requires_grad:
            grad_fn = self._kept.grad_fn
            about += ", requires_grad=True" if grad_fn is None else f",\n       grad_fn=<{grad_fn.name()}>"
        parts = (under("indices", self._places), under("values", self._kept.detach()), about)
        return "tensor(" + ",\n       ".join(parts) + ")"

    # -- conversion ------------------------------------------------------------------------------

    def coalesce(self) -> SparseTensor:
        """The same tensor with places in order, each once."""
        if self._unique:
            return self
        places, inverse = np.unique(self._flat(), return_inverse=True)
        values = torch.zeros(len(places), dtype=self.dtype).index_add(0, wrap(inverse.reshape(-1)), self._kept)
        indices = wrap(np.array(np.unravel_index(places, self._size)).reshape(len(self._size), -1))
        return SparseTensor(indices, values, self._size, True)  # type: ignore[no-any-return]

    def to_dense(self, dtype: Any = None, *, masked_grad: bool | None = None) -> Any:
        """The same numbers as a dense tensor.

        Args:
            dtype: the new type (default: the same).
            masked_grad: accepted for compatibility.
        """
        flat = torch.zeros(self.numel(), dtype=self.dtype).index_add(0, wrap(self._flat()), self._kept)
        return flat.reshape(self._size).to(dtype or self.dtype)

    def to_sparse(self, *args: Any, **kwargs: Any) -> SparseTensor:
        """The tensor itself."""
        return self

    def clone(self, *, memory_format: Any = None) -> SparseTensor:
        """A copy with gradients."""
        return self._with(self._kept.clone())

    def detach(self) -> SparseTensor:
        """The same tensor outside the graph."""
        return self._with(self._kept.detach())

    def __deepcopy__(self, memo: dict[int, Any]) -> SparseTensor:
        return self._with(copy.deepcopy(self._kept, memo))

    data = property(detach)

    def requires_grad_(self, requires_grad: bool = True) -> SparseTensor:
        """Whether gradients are to be computed for the values."""
        self._kept.requires_grad_(requires_grad)
        return self

    def to(self, *args: Any, **kwargs: Any) -> SparseTensor:
        """The tensor in another type."""
        return self._with(self._kept.to(*args, **kwargs))

    def cpu(self) -> SparseTensor:
        """The tensor itself."""
        return self

    def float(self) -> SparseTensor:
        """The tensor in float32."""
        return self.to(torch.float32)

    def double(self) -> SparseTensor:
        """The tensor in float64."""
        return self.to(torch.float64)

    # -- computation -----------------------------------------------------------------------------

    def transpose(self, dim0: int, dim1: int) -> SparseTensor:
        """The tensor with two dimensions exchanged."""
        order = list(range(self.dim()))
        a, b = wrap_dim(dim0, self.dim()), wrap_dim(dim1, self.dim())
        order[a], order[b] = b, a
        size = [self._size[k] for k in order]
        return SparseTensor(self._places[order], self._kept, size)  # type: ignore[no-any-return]

    def t(self) -> SparseTensor:
        """The transposed matrix."""
        return self.transpose(0, 1)

    T = property(t)

    def mm(self, mat2: Any) -> Any:
        """The product with a dense matrix or vector, or with a sparse matrix."""
        if getattr(mat2, "is_sparse", False):
            return self.mm(mat2.to_dense()).to_sparse()
        if self.dim() != 2 or mat2.dim() not in (1, 2) or self._size[1] != mat2.shape[0]:
            raise RuntimeError(f"mm(): shapes {list(self._size)} and {list(mat2.shape)} can't be multiplied")
        rows, columns = self._places
        values = self._kept if mat2.dim() == 1 else self._kept.unsqueeze(-1)
        out = torch.zeros((self._size[0], *mat2.shape[1:]), dtype=self.dtype)
        return out.index_add(0, rows, values * mat2.index_select(0, columns))

    matmul = mv = __matmul__ = mm

    def _become(self, other: Any) -> SparseTensor:
        self._places, self._kept, self._size, self._unique = other._places, other._kept, other._size, other._unique
        return self

    def add_(self, other: Any, *, alpha: Any = 1) -> SparseTensor:
        """Add a sparse tensor to this one."""
        return self._become(self.add(other, alpha=alpha))

    def mul_(self, other: Any) -> SparseTensor:
        """Multiply this tensor."""
        return self._become(self.mul(other))

    def zero_(self) -> SparseTensor:
        """Drop all elements."""
        return self._become(sparse_coo_tensor(self._places[:, :0], self._kept[:0], self._size))

    def add(self, other: Any, *, alpha: Any = 1) -> Any:
        """The sum with a sparse tensor."""
        if not getattr(other, "is_sparse", False):
            raise RuntimeError("add(sparse, dense) is not supported. Use add(dense, sparse) instead.")
        if other.shape != self._size:
            raise RuntimeError(f"add(): sparse shapes {list(self._size)} and {list(other.shape)} differ")
        if torch.equal(self._places, other._places):
            return self._with(self._kept + other._kept * alpha)
        places = torch.cat([self._places, other._places], 1)
        return SparseTensor(places, torch.cat([self._kept, other._kept * alpha]), self._size).coalesce()

    def sub(self, other: Any, *, alpha: Any = 1) -> Any:
        """The difference."""
        return self.add(other, alpha=-alpha)

    def mul(self, other: Any) -> SparseTensor:
        """The product, element by element, with a number or a tensor; sparse."""
        if getattr(other, "is_sparse", False):
            other = other.to_dense()
        if isinstance(other, Tensor) and other.dim():
            other = other.expand(self._size)[tuple(self._places)]
        return self._with(self._kept * other)

    def div(self, other: Any) -> SparseTensor:
        """The quotient by a number or a tensor of no dimensions; sparse."""
        if isinstance(other, Tensor) and other.dim():
            raise RuntimeError("Sparse division requires a scalar or zero-dim dense tensor divisor")
        return self._with(self._kept / other)

    __add__ = add
    __sub__ = sub
    __mul__ = __rmul__ = mul
    __truediv__ = div

    def neg(self) -> SparseTensor:
        """The negative."""
        return self._with(-self._kept)

    __neg__ = neg

    def pow(self, exponent: Any) -> SparseTensor:
        """A positive power of each element."""
        if not exponent:
            raise RuntimeError("pow: the zeroth power of a sparse tensor is 1 everywhere; use torch.ones(tensor.shape)")
        whole = self.coalesce()
        return whole._with(whole._kept**exponent)

    __pow__ = pow

    def relu(self) -> SparseTensor:
        """Each element, 0 if it is negative."""
        whole = self.coalesce()
        return whole._with(whole._kept.relu())

    def sum(self, dim: Any = None, dtype: Any = None, *, keepdim: bool = False) -> Any:
        """The sum of all elements, or over dimensions, which is sparse."""
        dims = range(self.dim()) if dim is None else (dim,) if isinstance(dim, int) else dim
        gone = {wrap_dim(d, self.dim()) for d in dims}
        if len(gone) == self.dim() and not keepdim:
            return self._kept.sum(dtype=dtype)
        values = self._kept if dtype is None else self._kept.to(dtype)
        places, size = self._places.clone(), [1 if k in gone else n for k, n in enumerate(self._size)]
        places[sorted(gone)] = 0
        left = [k for k in range(self.dim()) if keepdim or k not in gone]
        return SparseTensor(places[left], values, [size[k] for k in left]).coalesce()

    def __getitem__(self, index: Any) -> Any:
        if not isinstance(index, int):
            raise NotImplementedError("sparse tensors are indexed by one whole number; call .to_dense() first")
        count = self._size[0]
        if not -count <= index < count:
            raise IndexError(f"index {index} is out of bounds for dimension 0 with size {count}")
        chosen = self._places[0] == index % count
        if self.dim() == 1:
            return self._kept[chosen].sum(dtype=self.dtype)
        return SparseTensor(self._places[1:, chosen], self._kept[chosen], self._size[1:], self._unique)

    def index_select(self, dim: int, index: Any) -> SparseTensor:
        """Some rows or columns, in any order."""
        return self.to_dense().index_select(dim, index).to_sparse()  # type: ignore[no-any-return]


# Ops that make 0 of 0, element by element.
_KEEPING_ZERO = {"abs", "asin", "asinh", "atan", "atanh", "ceil", "deg2rad", "erf", "erfinv", "expm1", "floor", "log1p",
                 "rad2deg", "round", "sgn", "sign", "sin", "sinh", "sqrt", "square",
                 "tan", "tanh", "trunc"}  # fmt: skip

# By the name of an op: what serves it where an operand is sparse.
_BY_NAME: dict[str, Callable[..., Any]] = {
    name: getattr(SparseTensor, name) for name in ("detach", "div", "mm", "mul", "neg", "relu", "t")
}


def of_op(op: Any, inputs: tuple[Any, ...], options: tuple[Any, ...]) -> Any:
    """What an op on sparse tensors gives.

    Args:
        op: the op.
        inputs: its tensors.
        options: its other arguments: `alpha` of a sum or difference, none of others.

    Raises:
        NotImplementedError: if the op isn't there for them.
    """
    name = op.name
    first, *rest = inputs
    if name in ("add", "sub"):
        (alpha,) = options or (1,)
        act = torch.add if name == "add" else torch.sub
        if not getattr(first, "is_sparse", False):
            return act(first, rest[0].to_dense(), alpha=alpha)
        return first.add(*rest, alpha=alpha if name == "add" else -alpha)
    if name == "pow" and len(inputs) == len(options) == 1:
        return first.pow(*options)
    if options or (name == "div" and op.node.__name__ != "DivBackward0"):  # a rounded quotient
        raise not_for_sparse(name)
    if getattr(first, "is_sparse", False) and name in _BY_NAME:
        return _BY_NAME[name](first, *rest)
    if name in _KEEPING_ZERO:
        whole = first.coalesce()
        return whole._with(getattr(whole._kept, name)())
    if name == "mul":
        return rest[0].mul(first)
    if name == "mm":
        return rest[0].t().mm(first.t()).t()
    raise not_for_sparse(name)


def sparse_coo_tensor(
    indices: Any = None,
    values: Any = None,
    size: Any = None,
    *,
    dtype: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    check_invariants: bool | None = None,
    is_coalesced: bool | None = None,
) -> Any:
    """A sparse tensor of values at places.

    Args:
        indices: whole numbers, (dimensions, nnz).
        values: numbers, (nnz,).
        size: the shape (default: the least that holds all places).
        dtype: the values' type (default: theirs).
        device: the CPU.
        pin_memory, check_invariants: accepted for compatibility; places are always checked.
        requires_grad: whether gradients are to be computed.
        is_coalesced: whether places are in order, each once.

    Raises:
        RuntimeError: if a place is outside the shape, or there are more or fewer places than values.

    Example:
        >>> import rushlight as torch
        >>> torch.sparse_coo_tensor([[0, 1], [2, 0]], [3.0, 4.0]).to_dense()
        tensor([[0., 0., 3.],
                [4., 0., 0.]])
    """
    if isinstance(indices, tuple) and values is None:
        size, indices = indices, None  # an empty tensor of a shape
    if indices is None:
        indices, values = torch.zeros((len(size), 0), dtype=torch.int64), torch.zeros(0, dtype=dtype)
    indices = torch.as_tensor(indices).long().detach()
    values = torch.as_tensor(values, dtype=dtype)
    if values.dim() != 1 or indices.dim() != 2 or indices.shape[1] != values.shape[0]:
        raise RuntimeError(
            f"indices and values must have the same nnz: places of shape {list(indices.shape)} go with as many single "
            f"values, and their shape is {list(values.shape)}"
        )
    places = indices._a
    size = (places.max(1, initial=-1) + 1).tolist() if size is None else tuple(size)
    if len(size) != len(places):
        raise RuntimeError(
            f"number of dimensions must be {len(places)}, the rows of indices, but got size {list(size)}"
        )
    wrong = (places < 0) | (places >= np.array(size).reshape(-1, 1))
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        raise RuntimeError(f"size is inconsistent with indices: for dim {row}, size is {size[row]} but found index "
                           f"{places[row, column]}")  # fmt: skip
    if requires_grad:
        values = values.detach().clone().requires_grad_()
    return SparseTensor(indices, values, size, bool(is_coalesced))


def to_sparse(self: Any, sparse_dim: int | None = None, **kwargs: Any) -> Any:
    """The elements that are not 0, as a sparse tensor.

    Args:
        self: a dense tensor.
        sparse_dim: all dimensions.
        kwargs: `layout`, `torch.sparse_coo`.

    Raises:
        NotImplementedError: for other forms of sparse tensors.
    """
    if kwargs.get("layout") not in (None, sparse_coo) or sparse_dim not in (None, self.dim()):
        raise NotImplementedError("to_sparse(): torch.sparse_coo over all dimensions is the only form that is here")
    places = self.detach().nonzero().t().contiguous()
    return SparseTensor(places, self[tuple(places)], self.shape, True)


def of_type(dense: type) -> type:
    """The old constructor of sparse tensors of one type: `torch.sparse.FloatTensor(indices, values, size)`."""

    def make(cls: type, *args: Any) -> Any:
        return sparse_coo_tensor(*args, dtype=dense.kind)  # type: ignore[attr-defined]

    return type(dense.__name__, (), {"__new__": make, "__doc__": f"A sparse {dense.__name__}."})


def mm(mat1: Any, mat2: Any, reduce: str = "sum") -> Any:
    """The product of two matrices, at least one of them sparse.

    Args:
        mat1, mat2: matrices.
        reduce: "sum".

    Raises:
        NotImplementedError: for another reduction.
    """
    if reduce != "sum":
        raise NotImplementedError(f"torch.sparse.mm(): reduce={reduce!r} isn't supported; 'sum' is")
    return torch.mm(mat1, mat2)


spmm = mm


def addmm(mat: Any, mat1: Any, mat2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """`beta * mat + alpha * (mat1 @ mat2)`.

    Args:
        mat: a dense matrix.
        mat1: a sparse one.
        mat2: a dense one.
        beta, alpha: factors.
    """
    return torch.addmm(mat, mat1, mat2, beta=beta, alpha=alpha)


def sum(input: Any, dim: Any = None, dtype: Any = None) -> Any:
    """The sum of a sparse tensor's elements, all of them or over dimensions.

    Args:
        input: a sparse tensor.
        dim: a dimension, or several (default: all).
        dtype: the type to add in.
    """
    return input.sum(dim, dtype)


def softmax(input: Any, dim: int, *, dtype: Any = None) -> Any:
    """The softmax over a dimension of the elements that are kept; others count as minus infinity.

    Args:
        input: a sparse tensor.
        dim: the dimension.
        dtype: the type to compute in.
    """
    logarithms = log_softmax(input, dim, dtype=dtype)
    return logarithms._with(logarithms._kept.exp())


def log_softmax(input: Any, dim: int, *, dtype: Any = None) -> Any:
    """The logarithm of `softmax`.

    Args:
        input: a sparse tensor.
        dim: the dimension.
        dtype: the type to compute in.
    """
    whole = input.coalesce()
    values = whole._kept if dtype is None else whole._kept.to(dtype)
    gone = wrap_dim(dim, whole.dim())
    left = [k for k in range(whole.dim()) if k != gone]
    sizes = tuple(whole._size[k] for k in left)
    group = (
        wrap(np.ravel_multi_index(tuple(whole._places._a[left]), sizes)) if left else torch.zeros_like(whole._places[0])
    )
    n = int(np.prod(sizes, dtype=np.int64))
    most = torch.full((n,), -torch.inf, dtype=values.dtype).scatter_reduce(0, group, values.detach(), "amax")
    centred = values - most[group]
    total = torch.zeros(n, dtype=values.dtype).index_add(0, group, centred.exp())
    return whole._with(centred - total[group].log())


__all__ = ["SparseTensor", "addmm", "log_softmax", "mm", "of_op", "of_type", "softmax", "sparse_coo_tensor", "spmm",
           "sum", "to_sparse"]  # fmt: skip
