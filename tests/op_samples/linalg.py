"""Samples of linear algebra.

What a decomposition leaves open (the signs of vectors, the order of eigenvalues) is taken out before the
comparison.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from op_samples import COMPLEX, FLOATS, Maker, Sample, call

TYPES = (*FLOATS, *COMPLEX)


def definite(a: Maker, *shape: int) -> Any:
    """Symmetric (Hermitian) positive-definite matrices."""
    x = a(*shape).array.astype(np.complex128 if a.dtype.kind == "c" else np.float64)
    return a.values(x @ x.conj().mT + shape[-1] * np.eye(shape[-1]))


def regular(a: Maker, *shape: int) -> Any:
    """Square matrices that are far from singular, and whose pivots and eigenvalues are far from equal."""
    x = a(*shape).array
    return a.values(x + np.diag(3.0 * np.arange(1, shape[-1] + 1)))


def singular(a: Maker, n: int) -> Any:
    x = a(n, n).array
    x[-1] = x[0]
    return a.values(x)


def symmetric(torch: Any, x: Any) -> Any:
    return x + x.mH


def wide_and_tall(name: str, **more: Any) -> list[Sample]:
    return [
        Sample(name, lambda a, s=s: (a(*s),), TYPES, label=str(s), tolerance=1e-8, **more)
        for s in ((3, 3), (5, 3), (3, 5), (2, 4, 3))
    ]


def parts_of_svd(torch: Any, x: Any) -> Any:
    u, s, vh = torch.linalg.svd(x, full_matrices=False)
    return u.abs(), s, vh.abs(), (u * s[..., None, :]) @ vh


def parts_of_eig(torch: Any, x: Any) -> Any:
    values, vectors = torch.linalg.eig(x)
    return values.abs().sum(-1), (values * values).sum(-1), (vectors.abs() ** 4).sum(-1).sum(-1)


SOLVERS = [
    ("linalg.inv", lambda a: (regular(a, 3, 3),)),
    ("linalg.inv", lambda a: (regular(a, 2, 3, 3),)),
    ("linalg.inv", lambda a: (a(2, 0, 0),)),
    ("linalg.inv_ex", lambda a: (regular(a, 3, 3),)),
    ("inverse", lambda a: (regular(a, 3, 3),)),
    ("linalg.solve", lambda a: (regular(a, 3, 3), a(3, 2))),
    ("linalg.solve", lambda a: (regular(a, 3, 3), a(3))),
    ("linalg.solve", lambda a: (regular(a, 2, 1, 3, 3), a(4, 3, 2))),
    ("linalg.solve", lambda a: call(regular(a, 3, 3), a(2, 3), left=False)),
    ("linalg.solve", lambda a: (regular(a, 2, 3, 3), a(2, 3))),
    ("linalg.solve_ex", lambda a: (regular(a, 3, 3), a(3, 2))),
    ("linalg.solve_triangular", lambda a: call(regular(a, 3, 3), a(3, 2), upper=True)),
    ("linalg.solve_triangular", lambda a: call(regular(a, 2, 3, 3), a(3, 2), upper=False)),
    ("linalg.solve_triangular", lambda a: call(regular(a, 3, 3), a(2, 3), upper=True, left=False)),
    (
        "linalg.solve_triangular",
        lambda a: call(regular(a, 3, 3), a(2, 3), upper=False, left=False, unitriangular=True),
    ),
    ("triangular_solve", lambda a: (a(3, 2), regular(a, 3, 3))),
    ("triangular_solve", lambda a: call(a(2, 3, 2), regular(a, 3, 3), upper=False, transpose=True)),
    ("linalg.tensorsolve", lambda a: (a(2, 3, 6), a(2, 3))),
    ("linalg.tensorsolve", lambda a: call(a(2, 6, 3), a(2, 3), dims=(1,))),
    ("linalg.tensorinv", lambda a: call(a(2, 3, 6), ind=2)),
    ("linalg.pinv", lambda a: (a(3, 5),)),
    ("linalg.pinv", lambda a: (a(2, 5, 3),)),
    ("linalg.pinv", lambda a: call(a(5, 3), rtol=0.1)),
    ("linalg.pinv", lambda a: call(a(5, 3), atol=0.1)),
    ("pinverse", lambda a: (a(3, 2),)),
    ("linalg.matrix_power", lambda a: (regular(a, 3, 3), 5)),
    ("linalg.matrix_power", lambda a: (regular(a, 3, 3), -2)),
    ("linalg.matrix_power", lambda a: (regular(a, 3, 3), 0)),
    ("matrix_power", lambda a: (regular(a, 2, 3, 3), 2)),
    ("linalg.lstsq", lambda a: (a(5, 3), a(5, 2))),
    ("linalg.lstsq", lambda a: call(a(5, 3), a(5, 2), driver="gels")),
    ("linalg.lstsq", lambda a: call(a(5, 3), a(5, 2), driver="gelsd")),
    ("linalg.lstsq", lambda a: call(a(3, 5), a(3, 2), driver="gelsd")),
    ("linalg.lstsq", lambda a: (a(2, 5, 3), a(2, 5))),
]
NUMBERS = [
    ("linalg.det", lambda a: (a(3, 3),)),
    ("linalg.det", lambda a: (a(2, 4, 4),)),
    ("linalg.det", lambda a: (a(0, 0),)),
    ("det", lambda a: (a(2, 2),)),
    ("linalg.slogdet", lambda a: (a(2, 3, 3),)),
    ("slogdet", lambda a: (a(3, 3),)),
    ("logdet", lambda a: (definite(a, 3, 3),)),
    ("linalg.cond", lambda a: (regular(a, 3, 3),)),
    ("linalg.cond", lambda a: (a(2, 5, 3), -2)),
    ("linalg.cond", lambda a: (regular(a, 3, 3), "nuc")),
    *(
        ("linalg.matrix_norm", lambda a, p=p: (a(3, 5), p))
        for p in ("fro", "nuc", 2, -2, 1, -1, float("inf"), -float("inf"))
    ),
    *(
        ("linalg.matrix_norm", lambda a, p=p: call(a(3, 2, 5), p, (2, 0), True))
        for p in ("fro", "nuc", 2, 1, float("inf"))
    ),
    *(("linalg.norm", lambda a, p=p: (a(3, 5), p)) for p in (None, "fro", 1, 2)),
    ("linalg.norm", lambda a: (a(2, 3, 4), 3, 1)),
    ("linalg.norm", lambda a: (a(2, 3, 4), "nuc", (0, 2))),
    ("linalg.norm", lambda a: (a(2, 3, 4),)),
    ("norm", lambda a: (a(3, 5), "nuc")),
]

UNNAMED = ("linalg.matrix_power", "matrix_power", "linalg.tensorinv")  # their last step is named otherwise

SAMPLES = [
    *(
        Sample(name, build, TYPES, tolerance=1e-9, label=str(k))
        for k, (name, build) in enumerate(SOLVERS)
        if name not in UNNAMED
    ),
    *(
        Sample(name, build, TYPES, tolerance=1e-9, label=str(k), node=False)
        for k, (name, build) in enumerate(SOLVERS)
        if name in UNNAMED
    ),
    *(
        Sample(name, build, TYPES, tolerance=1e-8, label=str(k), node=False)
        for k, (name, build) in enumerate(NUMBERS)
    ),
    Sample(
        "linalg.pinv",
        lambda a: (definite(a, 3, 3),),
        TYPES,
        label="hermitian",
        tolerance=1e-9,
        function=lambda torch, x: torch.linalg.pinv(symmetric(torch, x), hermitian=True),
    ),
    Sample("linalg.matrix_rank", lambda a: (singular(a, 3),), TYPES),
    Sample(
        "linalg.matrix_rank",
        lambda a: call(definite(a, 2, 3, 3), hermitian=True, rtol=0.1),
        TYPES,
        label="hermitian",
    ),
    Sample("linalg.matrix_rank", lambda a: (a(0, 3),), label="empty"),
    *(
        Sample(f"linalg.{name}", lambda a: (a(2, 3),), raises=RuntimeError)
        for name in ("inv", "det", "eigh", "eig", "cholesky")
    ),
    *(
        Sample(f"linalg.{name}", lambda a: (a(2, 2),), ("int64",), raises=RuntimeError)
        for name in ("inv", "det", "svd", "qr", "eig")
    ),
    Sample("linalg.solve", lambda a: (a(3, 3), a(2, 2)), raises=RuntimeError, label="shapes"),
    *(  # PyTorch doesn't differentiate these
        Sample(
            "linalg.cond",
            lambda a, p=p: (regular(a, 2, 3, 3), p),
            TYPES,
            gradient=0,
            label=f"norm {p}",
            tolerance=1e-9,
        )
        for p in ("fro", 1, -1, float("inf"), -float("inf"))
    ),
    # -- Cholesky
    *(
        Sample(
            name,
            lambda a, u=upper: call(definite(a, 2, 3, 3), upper=u),
            TYPES,
            label=f"upper {upper}",
            tolerance=1e-9,
            function=lambda torch, x, upper, name=name: look_up(torch, name)(
                symmetric(torch, x), upper=upper
            ),
        )
        for name in ("cholesky", "linalg.cholesky", "linalg.cholesky_ex")
        for upper in (False, True)
    ),
    Sample(
        "cholesky_inverse",
        lambda a: (definite(a, 3, 3),),
        TYPES,
        tolerance=1e-9,
        function=lambda torch, x: torch.cholesky_inverse(torch.linalg.cholesky(symmetric(torch, x))),
    ),
    Sample(
        "cholesky_inverse",
        lambda a: (definite(a, 2, 3, 3),),
        TYPES,
        tolerance=1e-9,
        label="upper",
        function=lambda torch, x: torch.cholesky_inverse(
            torch.linalg.cholesky(symmetric(torch, x), upper=True), upper=True
        ),
    ),
    Sample(
        "cholesky_solve",
        lambda a: (a(3, 2), regular(a, 3, 3)),
        TYPES,
        tolerance=1e-9,
        function=lambda torch, b, x: torch.cholesky_solve(b, x.tril()),
    ),
    Sample(
        "cholesky_solve",
        lambda a: (a(3, 2), regular(a, 2, 3, 3)),
        TYPES,
        tolerance=1e-9,
        label="upper",
        function=lambda torch, b, x: torch.cholesky_solve(b, x.triu(), upper=True),
    ),
    # -- LU
    *wide_and_tall("linalg.lu"),
    *wide_and_tall("linalg.lu_factor"),
    *wide_and_tall("linalg.lu_factor_ex"),
    *wide_and_tall("lu", function=lambda torch, x: torch.lu(x)),
    Sample(
        "linalg.lu",
        lambda a: call(regular(a, 3, 3), pivot=False),
        label="no pivoting",
        tolerance=1e-9,
        function=lambda torch, x, pivot: torch.linalg.lu(x)[1:],
    ),
    *(
        Sample(
            "linalg.lu_solve",
            lambda a, s=shape, left=left, adjoint=adjoint: call(
                regular(a, 2, 3, 3), a(*s), left=left, adjoint=adjoint
            ),
            TYPES,
            label=f"{left} {adjoint}",
            tolerance=1e-9,
            function=lambda torch, x, b, **options: torch.linalg.lu_solve(
                *torch.linalg.lu_factor(x), b, **options
            ),
        )
        for shape, left in (((3, 2), True), ((2, 3), False))
        for adjoint in (False, True)
    ),
    Sample(
        "lu_solve",
        lambda a: (a(3, 2), regular(a, 3, 3)),
        TYPES,
        tolerance=1e-9,
        function=lambda torch, b, x: torch.lu_solve(b, *torch.linalg.lu_factor(x)),
    ),
    *wide_and_tall("lu_unpack", function=lambda torch, x: torch.lu_unpack(*torch.linalg.lu_factor(x))),
    # -- LDL
    *(
        Sample(
            "linalg.ldl_factor",
            lambda a: (a(2, 5, 5),),
            TYPES,
            gradient=0,
            tolerance=1e-9,
            label=f"hermitian {h}",
            function=lambda torch, x, h=h: torch.linalg.ldl_factor(x + (x.mH if h else x.mT), hermitian=h),
        )
        for h in (False, True)
    ),
    *(
        Sample(
            "linalg.ldl_solve",
            lambda a: (a(2, 5, 5), a(5, 3)),
            TYPES,
            gradient=0,
            tolerance=1e-8,
            label=f"hermitian {h}",
            function=lambda torch, x, b, h=h: torch.linalg.ldl_solve(
                *torch.linalg.ldl_factor_ex(x + (x.mH if h else x.mT), hermitian=h)[:2], b, hermitian=h
            ),
        )
        for h in (False, True)
    ),
    # -- QR
    *wide_and_tall("linalg.qr"),
    *wide_and_tall("qr"),
    Sample("linalg.qr", lambda a: call(a(3, 5), mode="complete"), TYPES, label="complete", tolerance=1e-8),
    Sample("linalg.qr", lambda a: call(a(5, 3), mode="complete"), TYPES, label="complete tall", gradient=0),
    Sample("linalg.qr", lambda a: call(a(5, 3), mode="r"), TYPES, label="r", gradient=0),
    Sample("geqrf", lambda a: (a(2, 5, 3, grad=False),), TYPES, gradient=0),
    Sample("linalg.householder_product", lambda a: (a(2, 5, 3), a(2, 2)), TYPES, tolerance=1e-8),
    Sample("orgqr", lambda a: (a(5, 3), a(3)), TYPES, tolerance=1e-8),
    *(
        Sample(
            "ormqr",
            lambda a, s=shape, left=left, t=t: call(a(5, 3), a(3), a(*s), left=left, transpose=t),
            TYPES,
            label=f"{left} {t}",
            tolerance=1e-8,
        )
        for shape, left in (((5, 2), True), ((2, 5), False))
        for t in (False, True)
    ),
    Sample(
        "linalg.cholesky_ex",
        lambda a: (a(2, 4, 4, grad=False),),
        TYPES,
        label="indefinite",
        function=lambda torch, x: torch.linalg.cholesky_ex(symmetric(torch, x)).info,
    ),
    # -- eigenvalues and singular values
    Sample(
        "linalg.eigvals",
        lambda a: (regular(a, 2, 3, 3).array,),
        TYPES,
        label="without gradient",
        tolerance=1e-9,
        function=lambda torch, x: torch.linalg.eigvals(x).abs().sum(-1),
    ),
    Sample(
        "linalg.eigh",
        lambda a: (a(2, 3, 3),),
        TYPES,
        tolerance=1e-7,
        function=lambda torch, x: (lambda r: (r.eigenvalues, r.eigenvectors.abs()))(
            torch.linalg.eigh(symmetric(torch, x))
        ),
        node=False,
    ),
    Sample(
        "linalg.eigvalsh",
        lambda a: (a(2, 3, 3),),
        TYPES,
        tolerance=1e-8,
        function=lambda torch, x: torch.linalg.eigvalsh(symmetric(torch, x), UPLO="U"),
    ),
    Sample(
        "linalg.eig", lambda a: (regular(a, 3, 3),), TYPES, tolerance=1e-6, function=parts_of_eig, node=False
    ),
    Sample(
        "linalg.eigvals",
        lambda a: (regular(a, 2, 3, 3),),
        TYPES,
        tolerance=1e-7,
        node=False,
        function=lambda torch, x: torch.linalg.eigvals(x).abs().sum(-1),
    ),
    *wide_and_tall("linalg.svd", function=parts_of_svd, node=False),
    *wide_and_tall("linalg.svdvals"),
    Sample(
        "svd",
        lambda a: (a(4, 3),),
        TYPES,
        tolerance=1e-8,
        node=False,
        function=lambda torch, x: tuple(part.abs() for part in torch.svd(x)),
    ),
    Sample(
        "svd", lambda a: call(a(4, 3), compute_uv=False), TYPES, tolerance=1e-9, label="values", gradient=1
    ),
    # -- functions
    Sample("matrix_exp", lambda a: (a(3, 3),), TYPES, tolerance=1e-9),
    Sample("linalg.matrix_exp", lambda a: (a(2, 2, 3, 3),), TYPES, tolerance=1e-9),
    Sample("linalg.cross", lambda a: (a(2, 3), a(2, 3)), (*TYPES, "int64")),
    Sample("linalg.cross", lambda a: call(a(3, 1), a(3, 4), dim=0), TYPES, label="broadcast"),
    Sample("linalg.cross", lambda a: (a(2, 2), a(2, 2)), raises=RuntimeError, label="size"),
    Sample("cross", lambda a: call(a(3, 4), a(3, 4), dim=0), TYPES),
    Sample("linalg.vecdot", lambda a: (a(2, 3), a(3)), TYPES),
    Sample("linalg.vecdot", lambda a: call(a(2, 3), a(2, 1), dim=0), TYPES, label="dim"),
    Sample("linalg.vander", lambda a: (a(2, 3),), (*TYPES, "int64"), tolerance=1e-9),
    Sample("linalg.vander", lambda a: call(a(3), N=5), TYPES, label="N", tolerance=1e-9),
    Sample("vander", lambda a: (a(3),), (*FLOATS, "int64"), gradient=0, tolerance=1e-9),
    Sample(
        "vander",
        lambda a: call(a(3), 4, increasing=True),
        FLOATS,
        gradient=0,
        label="increasing",
        tolerance=1e-9,
    ),
    Sample("linalg.diagonal", lambda a: call(a(2, 3, 4), offset=1), TYPES),
    Sample("linalg.diagonal", lambda a: call(a(2, 3, 4), offset=-1, dim1=0, dim2=2), TYPES, label="dims"),
    *(Sample(name, lambda a: (a(2, 2),), raises=RuntimeError) for name in ("symeig", "eig", "matrix_rank")),
    *(Sample(name, lambda a: (a(2, 2), a(2, 2)), raises=RuntimeError) for name in ("solve", "lstsq")),
]


def look_up(torch: Any, path: str) -> Any:
    for part in path.split("."):
        torch = getattr(torch, part)
    return torch
