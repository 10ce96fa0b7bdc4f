"""The named tuples that operations with several results return, as PyTorch names and prints them."""

from __future__ import annotations

from operator import itemgetter
from typing import Any


class Result(tuple[Any, ...]):
    """A tuple of results whose items also have names.

    Example:
        >>> import rushlight as torch
        >>> torch.return_types.max((torch.tensor(3.), torch.tensor(0)))
        torch.return_types.max(
        values=tensor(3.),
        indices=tensor(0))
    """

    __slots__ = ()
    _fields: tuple[str, ...] = ()

    def __new__(cls, items: Any) -> Any:
        made = tuple.__new__(cls, items)
        if len(made) != len(cls._fields):
            raise TypeError(
                f"{cls.__name__}() takes a sequence of {len(cls._fields)} items ({len(made)} given)"
            )
        return made

    def __repr__(self) -> str:
        lines = ",\n".join(f"{name}={item!r}" for name, item in zip(self._fields, self, strict=True))
        return f"torch.return_types.{type(self).__name__}(\n{lines})"


def _named(name: str, *fields: str) -> Any:
    """The class of a result with these fields."""
    body: dict[str, Any] = {
        f: property(itemgetter(k), doc=f"Item {k} of the result.") for k, f in enumerate(fields)
    }
    doc = f"What `{name}` returns: {', '.join(fields)}."
    body |= {
        "__slots__": (),
        "__module__": __name__,
        "__doc__": doc,
        "_fields": fields,
        "__match_args__": fields,
    }
    return type(name, (Result,), body)


_VALUES = ("values", "indices")
max, min, median, nanmedian, mode = (
    _named(n, *_VALUES) for n in ("max", "min", "median", "nanmedian", "mode")
)
sort, topk, kthvalue, cummax, cummin = (
    _named(n, *_VALUES) for n in ("sort", "topk", "kthvalue", "cummax", "cummin")
)
aminmax = _named("aminmax", "min", "max")
histogram, histogramdd = _named("histogram", "hist", "bin_edges"), _named("histogramdd", "hist", "bin_edges")
frexp = _named("frexp", "mantissa", "exponent")
geqrf = _named("geqrf", "a", "tau")
qr, linalg_qr = _named("qr", "Q", "R"), _named("linalg_qr", "Q", "R")
svd, linalg_svd = _named("svd", "U", "S", "V"), _named("linalg_svd", "U", "S", "Vh")
slogdet, linalg_slogdet = (
    _named("slogdet", "sign", "logabsdet"),
    _named("linalg_slogdet", "sign", "logabsdet"),
)
linalg_eig, linalg_eigh = (_named(n, "eigenvalues", "eigenvectors") for n in ("linalg_eig", "linalg_eigh"))
linalg_cholesky_ex = _named("linalg_cholesky_ex", "L", "info")
linalg_inv_ex, linalg_solve_ex = (
    _named("linalg_inv_ex", "inverse", "info"),
    _named("linalg_solve_ex", "result", "info"),
)
linalg_ldl_factor = _named("linalg_ldl_factor", "LD", "pivots")
linalg_ldl_factor_ex = _named("linalg_ldl_factor_ex", "LD", "pivots", "info")
linalg_lstsq = _named("linalg_lstsq", "solution", "residuals", "rank", "singular_values")
linalg_lu, lu_unpack = _named("linalg_lu", "P", "L", "U"), _named("lu_unpack", "P", "L", "U")
linalg_lu_factor = _named("linalg_lu_factor", "LU", "pivots")
linalg_lu_factor_ex = _named("linalg_lu_factor_ex", "LU", "pivots", "info")
triangular_solve = _named("triangular_solve", "solution", "cloned_coefficient")
