"""Names that torch itself has given up: what each says is what to use in its place."""

from __future__ import annotations

from typing import Any


def _removed(name: str, instead: str) -> Any:
    def function(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError(
            f"torch.{name} was deprecated in torch 1.9 and is removed, here as there. Use {instead}"
        )

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"Removed from torch; use {instead}.\n\nRaises:\n    RuntimeError: always.\n"
    return function


symeig = _removed(
    "symeig",
    "torch.linalg.eigh(A) or, for the eigenvalues alone, torch.linalg.eigvalsh(A); they read the lower "
    "triangle",
)
eig = _removed("eig", "torch.linalg.eig(A), which returns complex tensors")
solve = _removed(
    "solve", "torch.linalg.solve(A, B), which takes the matrix first and returns the solution alone"
)
lstsq = _removed("lstsq", "torch.linalg.lstsq(A, B), which takes the matrix first")
matrix_rank = _removed("matrix_rank", "torch.linalg.matrix_rank(A)")
