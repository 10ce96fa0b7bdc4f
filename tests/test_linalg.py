"""Linear algebra by hand-computed values, by what defines a decomposition, and by numerical derivatives."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rushlight as torch
from rushlight.autograd import gradcheck, gradgradcheck

L = torch.linalg
SHAPES = [(3, 3), (5, 3), (3, 5), (2, 4, 3), (0, 3), (2, 0, 0)]


def matrix(*shape: int, seed: int = 0, kind: str = "float64") -> torch.Tensor:
    random = np.random.default_rng(seed)
    a = random.standard_normal(shape)
    return torch.tensor(
        (a + 1j * random.standard_normal(shape) if kind.startswith("complex") else a).astype(kind)
    )


def close(a: torch.Tensor, b: torch.Tensor, tolerance: float = 1e-10) -> None:
    np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=tolerance, atol=tolerance)


def test_values_by_hand() -> None:
    a = torch.tensor([[2.0, 1.0], [4.0, 3.0]])
    assert L.det(a).item() == pytest.approx(2.0)
    close(L.inv(a), torch.tensor([[1.5, -0.5], [-2.0, 1.0]]), 1e-6)
    close(L.solve(a, torch.tensor([4.0, 10.0])), torch.tensor([1.0, 2.0]), 1e-6)
    close(L.cholesky(torch.tensor([[4.0, 2.0], [2.0, 5.0]])), torch.tensor([[2.0, 0.0], [1.0, 2.0]]))
    close(L.eigvalsh(torch.tensor([[0.0, 2.0], [2.0, 0.0]])), torch.tensor([-2.0, 2.0]), 1e-6)
    close(L.svdvals(torch.tensor([[0.0, 2.0], [3.0, 0.0]])), torch.tensor([3.0, 2.0]), 1e-6)
    assert L.matrix_power(torch.tensor([[1, 1], [0, 1]]), 5).tolist() == [[1, 5], [0, 1]]
    assert L.matrix_norm(torch.tensor([[1.0, -2.0], [3.0, 4.0]]), 1).item() == 6.0
    assert L.matrix_norm(torch.tensor([[1.0, -2.0], [3.0, 4.0]]), math.inf).item() == 7.0
    assert L.cross(torch.tensor([1, 0, 0]), torch.tensor([0, 1, 0])).tolist() == [0, 0, 1]
    assert L.vander(torch.tensor([2, 3]), N=3).tolist() == [[1, 2, 4], [1, 3, 9]]


@pytest.mark.parametrize("kind", ["float64", "complex128"])
@pytest.mark.parametrize("shape", SHAPES)
def test_decompositions_give_the_matrix_back(shape: tuple[int, ...], kind: str) -> None:
    a = matrix(*shape, kind=kind)
    q, r = L.qr(a)
    close(q @ r, a)
    u, s, vh = L.svd(a, full_matrices=False)
    close((u * s[..., None, :].to(u.dtype)) @ vh, a)
    p, low, up = L.lu(a)
    close(p @ low @ up, a)
    close(p.mT @ a, low @ up)
    packed, pivots, info = L.lu_factor_ex(a)
    unpacked = torch.lu_unpack(packed, pivots)
    for x, y in zip(unpacked, (p, low, up), strict=True):
        close(x, y)
    assert not info.numpy().any()
    if shape[-1] == shape[-2]:
        values, vectors = L.eig(a)
        b = a.to(values.dtype)
        close(b @ vectors, vectors * values[..., None, :])
        h = a + a.mH
        values, vectors = L.eigh(h)
        close(h @ vectors, vectors * values[..., None, :].to(vectors.dtype))


@pytest.mark.parametrize("size", [1, 31, 32, 33, 70])
def test_triangular_and_lu_systems_of_every_block_size(size: int) -> None:
    a = matrix(size, size, seed=size) + size * torch.tensor(np.eye(size))
    b = matrix(size, 2, seed=size + 1)
    for upper in (False, True):
        triangle = torch.tensor(np.triu(a.numpy()) if upper else np.tril(a.numpy()))
        close(triangle @ L.solve_triangular(a, b, upper=upper), b)
    close(a @ L.lu_solve(*L.lu_factor(a), b), b)
    close(a.mT @ L.lu_solve(*L.lu_factor(a), b, adjoint=True), b)


@pytest.mark.parametrize("hermitian", [False, True])
@pytest.mark.parametrize("kind", ["float64", "complex128"])
def test_ldl_solves_indefinite_systems(kind: str, hermitian: bool) -> None:
    a = matrix(4, 7, 7, kind=kind)
    a = a + (a.mH if hermitian else a.mT)
    b = matrix(4, 7, 2, seed=1, kind=kind)
    factor, pivots = L.ldl_factor(a, hermitian=hermitian)
    assert (pivots.numpy() < 0).any()  # blocks of size 2 occur
    close(a @ L.ldl_solve(factor, pivots, b, hermitian=hermitian), b, 1e-8)


def test_the_determinant_of_a_singular_matrix_has_a_gradient() -> None:
    # The cofactors of [[1, 2, 3], [4, 5, 6], [1, 2, 3]]: 5*3 - 6*2 = 3, -(4*3 - 6*1) = -6, 4*2 - 5*1 = 3, ...
    a = torch.tensor(
        [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [1.0, 2.0, 3.0]], dtype=torch.float64, requires_grad=True
    )
    (g,) = torch.autograd.grad(L.det(a), a, create_graph=True)
    close(g, torch.tensor([[3.0, -6.0, 3.0], [0.0, 0.0, 0.0], [-3.0, 6.0, -3.0]], dtype=torch.float64))
    # d/da_22 of the cofactor of a_11, a_22 a_33 - a_23 a_32, is a_33 = 3.
    (second,) = torch.autograd.grad(g[0, 0], a)
    assert second[1, 1].item() == pytest.approx(3.0)
    assert second[2, 2].item() == pytest.approx(5.0)


def test_equal_eigenvalues_have_a_gradient_if_no_vector_is_used() -> None:
    a = torch.tensor(np.eye(3), requires_grad=True)
    L.eigh(a).eigenvalues.sum().backward()
    close(a.grad, torch.tensor(np.eye(3)))


SQUARE = [
    ("inv", L.inv),
    ("det", L.det),
    ("slogdet", lambda x: L.slogdet(x)[1]),
    ("matrix_exp", L.matrix_exp),
    ("pinv", L.pinv),
    ("power", lambda x: L.matrix_power(x, 3)),
    ("norm", lambda x: L.matrix_norm(x, "nuc")),
    ("solve", lambda x: L.solve(x, x.mT @ x)),
    ("qr", lambda x: L.qr(x).R),
    ("lu", lambda x: L.lu_factor(x).LU),
    ("cholesky", lambda x: L.cholesky(x @ x.mH)),
    ("cond", L.cond),
    ("svdvals", L.svdvals),
    ("triangular", lambda x: L.solve_triangular(x, x @ x, upper=False)),
    ("eigvals", lambda x: L.eigvals(x).abs().sum()),
    ("reflections", lambda x: L.householder_product(x, x[..., 0] * 0.5)),
]


@pytest.mark.parametrize(("name", "function"), SQUARE, ids=[name for name, _ in SQUARE])
def test_derivatives_are_those_of_differences(name: str, function: object) -> None:
    a = (matrix(3, 3, seed=5) + torch.tensor(np.diag([2.0, 4.0, 7.0]))).requires_grad_()
    assert gradcheck(function, (a,))
    assert gradgradcheck(function, (a,))


def test_least_squares_line() -> None:
    # 1, 3, 6 at 0, 1, 2: slope 5/2, intercept 5/6; residuals 1/6, -1/3, 1/6, the sum of whose squares is 1/6.
    a = torch.tensor([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]], dtype=torch.float64)
    b = torch.tensor([[1.0], [3.0], [6.0]], dtype=torch.float64, requires_grad=True)
    result = L.lstsq(a, b, driver="gelsd")
    close(result.solution, torch.tensor([[5 / 6], [2.5]], dtype=torch.float64))
    close(result.residuals, torch.tensor([1 / 6], dtype=torch.float64))
    assert result.rank.item() == 2
    result.residuals.sum().backward()
    # The derivative of the sum of squares by b is -2 times (Xw - b).
    close(b.grad, torch.tensor([[1 / 3], [-2 / 3], [1 / 3]], dtype=torch.float64))


def test_results_are_named_and_print_as_torch_prints_them() -> None:
    result = L.slogdet(torch.tensor([[0.0, 1.0], [1.0, 0.0]]))
    assert repr(result) == "torch.return_types.linalg_slogdet(\nsign=tensor(-1.),\nlogabsdet=tensor(0.))"
    assert L.svd(torch.ones(2, 2))._fields == ("U", "S", "Vh")
    assert L.inv_ex(torch.ones(2, 2)).info.item() == 2


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: L.inv(torch.ones(2, 2)), L.LinAlgError, "diagonal element 2 is zero"),
        (lambda: L.inv(torch.tensor([[[1.0]], [[0.0]]])), L.LinAlgError, r"\(Batch element 1\)"),
        (lambda: L.solve(torch.zeros(2, 2), torch.ones(2)), L.LinAlgError, "singular"),
        (lambda: L.cholesky(torch.tensor([[1.0, 2.0], [2.0, 1.0]])), L.LinAlgError, "order 2"),
        (lambda: L.svd(torch.full((2, 2), float("nan"))), L.LinAlgError, "non-finite"),
        (lambda: L.inv(torch.ones(2, 3)), RuntimeError, "2 by 3"),
        (lambda: L.inv(torch.ones(2)), RuntimeError, "at least 2 dimensions"),
        (lambda: L.inv(torch.ones(2, 2, dtype=torch.int64)), RuntimeError, "floating point"),
        (lambda: L.lu_factor(torch.zeros(2, 2)), RuntimeError, r"U\[1,1\] is zero"),
        (lambda: L.qr(torch.ones(2, 2), mode="x"), RuntimeError, "mode"),
        (lambda: L.solve(torch.ones(2, 2), torch.ones(3, 1)), RuntimeError, "2x2 and 3x1"),
        (lambda: L.cross(torch.ones(2), torch.ones(2)), RuntimeError, "length 3"),
        (lambda: torch.symeig(torch.ones(2, 2)), RuntimeError, "eigh"),
        (lambda: torch.lstsq(torch.ones(2, 2), torch.ones(2, 2)), RuntimeError, "linalg.lstsq"),
    ],
)
def test_errors_say_what_is_wrong(call: object, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        call()  # type: ignore[operator]
    assert issubclass(L.LinAlgError, RuntimeError)


@settings(max_examples=25)
@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 1000))
def test_pseudo_inverse_has_its_four_properties(rows: int, columns: int, seed: int) -> None:
    a = matrix(rows, columns, seed=seed)
    p = L.pinv(a)
    close(a @ p @ a, a, 1e-7)
    close(p @ a @ p, p, 1e-7)
    close((a @ p).mT, a @ p, 1e-7)
    close((p @ a).mT, p @ a, 1e-7)


def test_exponential_of_a_rotation() -> None:
    # exp([[0, -t], [t, 0]]) is the rotation by t, whatever the size of t.
    for t in (1e-3, 1.0, 100.0):
        out = L.matrix_exp(torch.tensor([[0.0, -t], [t, 0.0]], dtype=torch.float64))
        rotation = [[math.cos(t), -math.sin(t)], [math.sin(t), math.cos(t)]]
        close(out, torch.tensor(rotation, dtype=torch.float64), 1e-12)


def test_low_rank_approximations() -> None:
    torch.manual_seed(0)
    a = matrix(20, 3) @ matrix(3, 10, seed=1)
    u, s, v = torch.svd_lowrank(a, q=4)
    close((u * s) @ v.mT, a, 1e-8)
    u, s, v = torch.pca_lowrank(torch.tensor([[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]]), q=1)
    assert s.item() == pytest.approx(2.0, abs=1e-5)  # centred: the rows are -1, 0, 1 times (1, 1)
