"""Samples of matrix products, tensor products and einsum."""

from __future__ import annotations

from typing import Any

import numpy as np

from op_samples import COMPLEX, FLOATS, Maker, Sample, call

NUMBERS = (*FLOATS, *COMPLEX, "int64")
PRODUCTS = (*FLOATS, "float16", *COMPLEX, "int64", "int32", "uint8")


def pair(*shapes: tuple[int, ...]) -> Any:
    return lambda a: tuple(a(*shape) for shape in shapes)


def transposed(a: Maker, *shape: int) -> Any:
    """A matrix whose columns lie one after the other in memory."""
    made = a(*shape[::-1])
    return type(made)(made.array.swapaxes(-1, -2))


MATMUL_SHAPES = [
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((3,), (3, 4)),
    ((2, 3), (3, 4)),
    ((5, 2, 3), (3,)),
    ((5, 2, 3), (3, 4)),
    ((2, 3), (5, 3, 4)),
    ((3,), (5, 3, 4)),
    ((5, 2, 3), (5, 3, 4)),
    ((5, 2, 3), (1, 3, 4)),
    ((6, 5, 2, 3), (6, 5, 3, 4)),
    ((6, 1, 2, 3), (5, 3, 4)),
    ((0, 3), (3, 2)),
    ((2, 0), (0, 3)),
    ((0, 2, 3), (3,)),
]
EQUATIONS = [
    ("ij,jk->ik", (2, 3), (3, 4)),
    ("ij,jk->ki", (2, 3), (3, 4)),
    ("bij,bjk->bik", (5, 2, 3), (5, 3, 4)),
    ("bhid,bhjd->bhij", (2, 3, 4, 5), (2, 3, 6, 5)),
    ("i,i->", (3,), (3,)),
    ("i,j->ij", (2,), (3,)),
    ("i,j->ji", (2,), (3,)),
    ("ij,j->i", (2, 3), (3,)),
    ("ij,ij->ij", (2, 3), (2, 3)),
    ("ij,ij->", (2, 3), (2, 3)),
    ("ij->ji", (2, 3)),
    ("ij->", (2, 3)),
    ("ij->j", (2, 3)),
    ("ii->i", (3, 3)),
    ("ii", (3, 3)),
    ("iij->ji", (3, 3, 2)),
    ("iji", (3, 2, 3)),
    ("ij,jk,kl->il", (2, 3), (3, 4), (4, 2)),
    ("bn,anm,bm->ba", (2, 3), (5, 3, 4), (2, 4)),
    ("...ij,jk->...ik", (5, 2, 3), (3, 4)),
    ("...i,...i->...", (2, 1, 3), (4, 3)),
    ("i...->...i", (2, 3, 4)),
    ("ij,jk", (2, 3), (1, 5)),
    ("ij,ij->ij", (2, 3), (1, 3)),
    ("ij,kl->ijkl", (2, 3), (4, 5)),
    ("bA,Ab", (2, 3), (3, 2)),
    ("ab,ab,c->ac", (2, 3), (2, 3), (4,)),
    ("i,i,i->i", (3,), (3,), (3,)),
]

OTHERWISE = ("ij,jk", "ab,ab,c->ac")  # PyTorch sums over a dimension of size 1 here

SAMPLES = [
    *(Sample("matmul", pair(*shapes), FLOATS, label=str(shapes)) for shapes in MATMUL_SHAPES),
    *(
        Sample("matmul", pair(*shapes), COMPLEX, label=f"complex {shapes}", tolerance=1e-10)
        for shapes in MATMUL_SHAPES[:9]
    ),
    Sample("matmul", pair((2, 3), (3, 4)), ("int64", "uint8", "float16"), label="other types"),
    Sample("matmul", lambda a: (transposed(a, 2, 3), transposed(a, 3, 4)), label="transposed"),
    Sample("Tensor.matmul", pair((2, 3), (3, 4))),
    Sample("matmul", pair((2, 3), (4, 5)), raises=RuntimeError, label="shapes"),
    Sample("matmul", pair((), (3,)), raises=RuntimeError, label="no dimensions"),
    Sample("matmul", pair((2, 2), (2, 2)), ("bool",), raises=NotImplementedError, label="bool"),
    Sample("at", pair((2, 3), (3, 4)), function=lambda torch, x, y: x @ y),
    Sample("mm", pair((2, 3), (3, 4)), PRODUCTS),
    Sample("mm", pair((2, 3), (4, 5)), raises=RuntimeError, label="shapes"),
    Sample("mm", lambda a: (a(2, 3), a.ints(0, 3, 3, 2)), raises=RuntimeError, label="types"),
    Sample("Tensor.mm", pair((2, 3), (3, 4))),
    Sample("mv", pair((2, 3), (3,)), PRODUCTS),
    Sample("mv", lambda a: (transposed(a, 2, 3), a(3)), label="transposed"),
    Sample("mv", pair((2, 3), (2,)), raises=RuntimeError, label="shapes"),
    Sample("dot", pair((3,), (3,)), PRODUCTS),
    Sample("dot", pair((3,), (2,)), raises=RuntimeError, label="shapes"),
    Sample("vdot", pair((3,), (3,)), NUMBERS),
    Sample("bmm", pair((5, 2, 3), (5, 3, 4)), PRODUCTS),
    Sample("bmm", pair((5, 2, 3), (4, 3, 4)), raises=RuntimeError, label="shapes"),
    Sample("addmm", pair((2, 4), (2, 3), (3, 4)), PRODUCTS),
    Sample("addmm", lambda a: call(a(4), a(2, 3), a(3, 4), beta=2, alpha=3), NUMBERS, label="factors"),
    Sample(
        "addmm", lambda a: call(a.values(np.full((2, 4), np.nan)), a(2, 3), a(3, 4), beta=0), label="beta 0"
    ),
    Sample(
        "addmm",
        lambda a: call(a(2, 4), a(2, 3), a(3, 4), beta=1j, alpha=2 - 1j),
        COMPLEX,
        label="complex factors",
    ),
    Sample("addmm", pair((3,), (2, 3), (3, 4)), raises=RuntimeError, label="shapes"),
    Sample("Tensor.addmm_", lambda a: call(a(2, 4), a(2, 3), a(3, 4), beta=0.5), FLOATS),
    Sample("addmv", pair((2,), (2, 3), (3,)), NUMBERS),
    Sample("addmv", lambda a: call(a(1), a(2, 3), a(3), beta=2, alpha=3), label="factors"),
    Sample("Tensor.addmv_", pair((2,), (2, 3), (3,))),
    Sample("addbmm", pair((2, 4), (5, 2, 3), (5, 3, 4)), NUMBERS),
    Sample("addbmm", lambda a: call(a(4), a(5, 2, 3), a(5, 3, 4), beta=2, alpha=3), label="factors"),
    Sample("Tensor.addbmm_", pair((2, 4), (5, 2, 3), (5, 3, 4))),
    Sample("baddbmm", pair((5, 2, 4), (5, 2, 3), (5, 3, 4)), NUMBERS),
    Sample("baddbmm", lambda a: call(a(4), a(5, 2, 3), a(5, 3, 4), beta=2, alpha=3), label="factors"),
    Sample("Tensor.baddbmm_", pair((5, 2, 4), (5, 2, 3), (5, 3, 4))),
    Sample("addr", pair((2, 3), (2,), (3,)), (*NUMBERS, "bool")),
    Sample("addr", lambda a: call(a(3), a(2), a(3), beta=2, alpha=3), label="factors"),
    Sample("Tensor.addr_", pair((2, 3), (2,), (3,))),
    Sample("outer", pair((2,), (3,)), (*NUMBERS, "bool")),
    Sample("outer", pair((2,), (3, 1)), raises=RuntimeError, label="shapes"),
    Sample("ger", pair((2,), (3,))),
    Sample("inner", pair((2, 3), (4, 3)), NUMBERS),
    Sample("inner", pair((3,), (3,)), label="vectors"),
    Sample("inner", pair((), (3,)), label="number"),
    Sample("inner", pair((3,), (2,)), raises=RuntimeError, label="shapes"),
    Sample("kron", pair((2, 3), (4, 5)), NUMBERS, node=False),
    Sample("kron", pair((3,), (2, 4)), label="dimensions", node=False),
    Sample("tensordot", lambda a: (a(2, 3, 4), a(3, 4, 5)), NUMBERS),
    Sample(
        "tensordot", lambda a: call(a(2, 3, 4), a(5, 3, 2), dims=([0, 1], [2, 1])), NUMBERS, label="pairs"
    ),
    Sample("tensordot", lambda a: call(a(2, 3), a(2, 3), dims=2), label="all"),
    Sample("tensordot", lambda a: call(a(2), a(3), dims=0), label="none", node=False),
    Sample("tensordot", lambda a: call(a(2, 3), a(1, 4), dims=1), label="broadcast"),
    Sample("tensordot", lambda a: call(a(2, 3), a(2, 4), dims=1), raises=RuntimeError, label="shapes"),
    Sample("chain_matmul", pair((2, 3), (3, 4), (4, 5)), node=False),
    Sample(
        "linalg.multi_dot", lambda a: ([a(2, 3), a(3, 5), a(5, 4), a(4, 2)],), node=False, tolerance=1e-10
    ),
    Sample("linalg.multi_dot", lambda a: ([a(3), a(3, 4), a(4)],), label="vectors", node=False),
    *(
        Sample(
            "einsum",
            lambda a, e=equation, s=shapes: (e, *(a(*shape) for shape in s)),
            FLOATS,
            label=equation,
            tolerance=1e-10,
            node=equation not in OTHERWISE,
        )
        for equation, *shapes in EQUATIONS
    ),
    *(
        Sample(
            "einsum",
            lambda a, e=equation, s=shapes: (e, *(a(*shape) for shape in s)),
            ("complex128", "int64"),
            label=f"{equation} again",
            tolerance=1e-10,
        )
        for equation, *shapes in EQUATIONS[::4]
    ),
    Sample("einsum", lambda a: (a(2, 3), [0, 1], a(3, 4), [1, 2], [2, 0]), label="lists"),
    Sample("einsum", lambda a: (a(2, 3, 4), [..., 0], [0, ...]), label="lists with ellipsis"),
    Sample("einsum", lambda a: ("ij,jk->ik", [a(2, 3), a(3, 4)]), label="operands in a list"),
    *(
        Sample(
            "einsum",
            lambda a, e=equation: (e, a(2, 3), a(3, 4)),
            raises=RuntimeError,
            label=f"wrong {equation}",
        )
        for equation in (
            "ij->i",
            "ij,jk->il",
            "ij,jk->ii",
            "ijk,jk",
            "i.j,jk",
            "i1,jk",
            "ij,ik",
            "i...j...,jk",
        )
    ),
]
