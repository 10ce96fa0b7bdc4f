"""Elementwise ops by hand: values and rules that follow from definitions, without PyTorch."""

from __future__ import annotations

import math
import operator
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rushlight as torch

INF, NAN = math.inf, math.nan


def grad_of(function: Any, *values: float) -> list[float]:
    x = torch.tensor(values, dtype=torch.float64, requires_grad=True)
    function(x).sum().backward()
    return x.grad.tolist()  # type: ignore[no-any-return]


def same(a: Any, b: Any) -> bool:
    return bool(np.array_equal(np.asarray(a), np.asarray(b), equal_nan=True))


# -- types ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "right", "result"),
    [
        # a tensor's type wins over a number of its category, whatever the number's size
        (torch.ones(2), 1e300, torch.float32),
        (torch.ones(2, dtype=torch.float16), 2, torch.float16),
        (torch.ones(2, dtype=torch.int8), 1, torch.int8),
        (torch.ones(2, dtype=torch.bool), True, torch.bool),
        # a number of a higher category brings its default type
        (torch.ones(2, dtype=torch.int64), 1.5, torch.float32),
        (torch.ones(2, dtype=torch.bool), 1, torch.int64),
        (torch.ones(2, dtype=torch.float64), 1j, torch.complex128),
        # a tensor without dimensions counts as a number does, but for its own category's width
        (torch.ones(2), torch.tensor(1.0, dtype=torch.float64), torch.float32),
        (torch.ones(2, dtype=torch.int8), torch.tensor(1), torch.int8),
        (torch.ones(2, dtype=torch.int8), torch.tensor(1.0, dtype=torch.float64), torch.float64),
        # tensors with dimensions meet at the wider type
        (torch.ones(2), torch.ones(2, dtype=torch.float64), torch.float64),
        (torch.ones(2, dtype=torch.uint8), torch.ones(2, dtype=torch.int8), torch.int16),
        (torch.ones(2, dtype=torch.int64), torch.ones(2, dtype=torch.float16), torch.float16),
    ],
)
def test_result_types(left: Any, right: Any, result: Any) -> None:
    assert (left + right).dtype is result
    assert (right * left).dtype is result


def test_division_makes_floats_of_integers() -> None:
    assert (torch.tensor([7, -7]) / 2).tolist() == [3.5, -3.5]
    assert (torch.tensor([7, -7]) / 2).dtype is torch.float32
    assert (torch.tensor([7, -7]) // 2).tolist() == [3, -4]
    assert torch.div(torch.tensor([7, -7]), 2, rounding_mode="trunc").tolist() == [3, -3]
    assert (torch.tensor([7, -7]) % 3).tolist() == [1, 2]
    assert torch.fmod(torch.tensor([7, -7]), 3).tolist() == [1, -1]


@pytest.mark.parametrize("divide", [operator.floordiv, operator.mod, torch.fmod])
def test_integers_are_not_divided_by_zero(divide: Any) -> None:
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        divide(torch.tensor([1, 2]), 0)
    assert same((torch.tensor([1.0, -1.0]) // 0).tolist(), [INF, -INF])


def test_unsigned_bytes_wrap_around() -> None:
    x = torch.tensor([1, 200], dtype=torch.uint8)
    assert (x + 100).tolist() == [101, 44]  # 300 - 256
    assert (-x).tolist() == [255, 56]
    assert (x - 2).tolist() == [255, 198]
    assert (x < 300).tolist() == [True, False]  # 300 is 44 as a byte


def test_bools_add_multiply_but_do_not_subtract() -> None:
    x = torch.tensor([True, False])
    assert (x + x).tolist() == [True, False]
    assert (x * 2).tolist() == [2, 0]
    for refused in (lambda: x - x, lambda: 1 - x, lambda: x - 1, lambda: -x, lambda: +x):
        with pytest.raises(RuntimeError, match="bool"):
            refused()


def test_half_precision_is_rounded_once() -> None:
    # 0.3 lies between the halves 0.2998046875 and 0.300048828125, nearer to the second; with the factor
    # rounded to a half first (0.0999755859375) the product would round to the first.
    x = torch.tensor([3.0], dtype=torch.float16)
    assert (x * 0.1).tolist() == [0.300048828125]
    x *= 0.1
    assert x.tolist() == [0.300048828125]
    # 1 / (1 + exp(-2)) = 0.88079708 lies between 0.88037109375 and 0.880859375; rounded step by step, it
    # would come out as the first.
    assert torch.sigmoid(torch.tensor([2.0], dtype=torch.float16)).tolist() == [0.880859375]


def test_an_in_place_result_must_fit_the_type() -> None:
    x = torch.tensor([1, 2])
    with pytest.raises(RuntimeError, match="cast"):
        x += 0.5
    with pytest.raises(RuntimeError, match="cast"):
        x.exp_()
    with pytest.raises(RuntimeError, match="cast"):
        x.pow_(0.5)
    x *= 3
    assert x.tolist() == [3, 6]


# -- operators --------------------------------------------------------------------------------------------


def test_foreign_operands_are_left_to_python() -> None:
    class Foreign:
        def __radd__(self, other: Any) -> str:
            return "mine"

        def __rpow__(self, other: Any) -> str:
            return "mine too"

    x = torch.ones(2)
    assert x + Foreign() == "mine"
    assert x ** Foreign() == "mine too"
    assert (x == "a") is False
    assert (x != None) is True  # noqa: E711
    for refused in (lambda: x + "a", lambda: x < "a", lambda: x % None, lambda: None - x):
        with pytest.raises(TypeError):
            refused()


def test_numpy_numbers_count_as_python_numbers() -> None:
    x = torch.ones(2)
    for r in (np.float64(2) * x, x * np.float64(2), np.float64(4) / (x + 1), np.int64(2) ** x):
        assert r.dtype is torch.float32
        assert r.tolist() == [2.0, 2.0]


def test_bits() -> None:
    x = torch.tensor([5, -6])
    assert (x & 3).tolist() == [1, 2]  # 0b101 & 0b011, ...11010 & 0b011
    assert (1 | x).tolist() == [5, -5]
    assert (x ^ 1).tolist() == [4, -5]
    assert (~x).tolist() == [-6, 5]
    assert (x << 2).tolist() == [20, -24]
    assert (x >> 1).tolist() == [2, -3]
    assert (x << 64).tolist() == [0, 0]
    assert (x >> 64).tolist() == [0, -1]
    assert (~torch.tensor([True])).tolist() == [False]
    with pytest.raises(TypeError, match="integer"):
        ~torch.ones(1)


# -- values at extremes -----------------------------------------------------------------------------------


def test_no_overflow_on_the_way() -> None:
    x = torch.tensor([-1000.0, 0.0, 1000.0], dtype=torch.float64)
    assert torch.sigmoid(x).tolist() == [0.0, 0.5, 1.0]
    assert torch.tanh(x).tolist() == [-1.0, 0.0, 1.0]
    assert torch.logaddexp(x, x).tolist() == [-1000 + math.log(2), math.log(2), 1000 + math.log(2)]
    assert torch.hypot(
        torch.tensor([1e200], dtype=torch.float64), torch.tensor([1e200], dtype=torch.float64)
    ).tolist() == [pytest.approx(math.sqrt(2) * 1e200)]
    tiny = torch.tensor([1e-20], dtype=torch.float64)
    assert torch.log1p(tiny).tolist() == [1e-20]
    assert torch.expm1(tiny).tolist() == [1e-20]
    # -x*x/2 - log(x sqrt(2 pi)) + log(1 - 1/x**2 + 3/x**4 - ...)
    assert torch.special.log_ndtr(torch.tensor([-40.0], dtype=torch.float64)).tolist() == [
        pytest.approx(-804.608442013754, rel=1e-13)
    ]


def test_subgradients_at_singular_points() -> None:
    assert grad_of(torch.abs, -2, 0, 3) == [-1, 0, 1]
    assert grad_of(torch.sgn, -2, 0, 3) == [0, 0, 0]
    assert grad_of(torch.relu, -2, 0, 3) == [0, 0, 1]
    assert grad_of(torch.sqrt, 0, 4) == [INF, 0.25]
    assert grad_of(lambda x: torch.clamp(x, -1, 1), -2, -1, 0, 1, 2) == [0, 1, 1, 1, 0]
    assert grad_of(lambda x: x**0, 0, 2) == [0, 0]
    assert grad_of(lambda x: torch.xlogy(x, x), 1.0) == [1]
    assert grad_of(torch.floor, 0.5, 1) == [0, 0]


def test_ties_share_the_gradient() -> None:
    a = torch.tensor([1.0, 2.0, 2.0], requires_grad=True)
    b = torch.tensor([1.0, 3.0, 1.0], requires_grad=True)
    torch.maximum(a, b).sum().backward()
    assert a.grad.tolist() == [0.5, 0.0, 1.0]
    assert b.grad.tolist() == [0.5, 1.0, 0.0]


def test_second_derivatives() -> None:
    x = torch.tensor([0.5], dtype=torch.float64, requires_grad=True)
    cases = {
        torch.sin: -math.sin(0.5), torch.exp: math.exp(0.5), torch.log: -4.0, torch.sqrt: -0.25 * 0.5**-1.5,
        torch.abs: 0.0, torch.square: 2.0, torch.reciprocal: 16.0,
    }  # fmt: skip
    for f, expected in cases.items():
        (g,) = torch.autograd.grad(f(x).sum(), x, create_graph=True)
        (second,) = torch.autograd.grad(g.sum(), x)
        assert second.tolist() == [pytest.approx(expected, rel=1e-14, abs=0)]


# -- special functions: tabulated values and closed forms --------------------------------------------------


@pytest.mark.parametrize(
    ("f", "x", "value"),
    [
        (torch.erf, 1.0, 0.84270079294971486934),
        (torch.erf, 0.25, 0.27632639016823693830),
        (torch.erfc, 3.0, 2.2090496998585441373e-05),
        (torch.erfc, 10.0, 2.0884875837625447570e-45),
        (torch.erfinv, 0.5, 0.47693627620446987338),
        (torch.special.erfcx, 100.0, 0.0056416137829894329305),
        (torch.special.ndtri, 0.975, 1.9599639845400542355),
        (torch.lgamma, 0.5, math.log(math.pi) / 2),
        (torch.lgamma, 1.0, 0.0),
        (torch.lgamma, 100.0, 359.13420536957539878),
        (torch.lgamma, -0.5, math.log(2 * math.sqrt(math.pi))),
        (torch.digamma, 1.0, -np.euler_gamma),
        (torch.digamma, 0.5, -np.euler_gamma - 2 * math.log(2)),
        (lambda x: torch.polygamma(1, x), 1.0, math.pi**2 / 6),
        (lambda x: torch.polygamma(1, x), -0.5, math.pi**2 / 2 + 4),
        (lambda x: torch.polygamma(3, x), 1.0, math.pi**4 / 15),
        (lambda x: torch.special.zeta(x, 1.0), 4.0, math.pi**4 / 90),
        (torch.i0, 1.0, 1.2660658777520083356),
        (torch.special.entr, 0.5, math.log(2) / 2),
    ],
)
def test_special_values(f: Any, x: float, value: float) -> None:
    assert f(torch.tensor([x], dtype=torch.float64)).tolist() == [pytest.approx(value, rel=1e-14, abs=1e-16)]


@given(st.floats(-4, 4))
def test_erfinv_undoes_erf(x: float) -> None:
    t = torch.tensor([x], dtype=torch.float64)
    # An error of one unit in erf moves its inverse by that times the inverse's slope.
    slope = math.sqrt(math.pi) / 2 * math.exp(x * x)
    assert abs(torch.erfinv(torch.erf(t)).item() - x) <= 1e-15 * (abs(x) + 4 * slope)


@given(st.floats(1e-3, 1e3))
def test_gamma_recurrences(x: float) -> None:
    """log gamma(x + 1) = log gamma(x) + log(x), and its derivative."""
    t = torch.tensor([x], dtype=torch.float64)
    size = abs(torch.lgamma(t).item()) + abs(math.log(x)) + 1
    assert abs((torch.lgamma(t + 1) - torch.lgamma(t) - torch.log(t)).item()) <= 1e-14 * size
    size = abs(torch.digamma(t).item()) + 1 / x + 1
    assert abs((torch.digamma(t + 1) - torch.digamma(t) - 1 / t).item()) <= 1e-14 * size


def test_erf_in_single_precision() -> None:
    x = np.linspace(-6, 6, 20001)
    single = torch.erf(torch.from_numpy(x.astype(np.float32))).numpy()
    double = np.array([math.erf(v) for v in x.astype(np.float32).tolist()])
    assert np.abs(single - double).max() < 3e-7
    assert np.abs(single / np.where(double == 0, 1, double) - (double != 0)).max() < 5e-7


def test_what_needs_scipy_says_so() -> None:
    """In a process where SciPy can't be imported: the error names the extra, and the rest works."""
    program = (
        "import sys; sys.modules['scipy'] = None; sys.modules['scipy.special'] = None\n"
        "import rushlight as torch\n"
        "x = torch.tensor([0.5])\n"
        "torch.erf(x), torch.lgamma(x), torch.digamma(x), torch.polygamma(2, x), torch.i0(x)\n"
        "try:\n    torch.special.bessel_j0(x)\nexcept ImportError as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "rushlight[special]" in done.stdout


# -- choosing, complex parts, out= ---------------------------------------------------------------------------


def test_where_in_all_its_forms() -> None:
    c = torch.tensor([[True, False], [False, True]])
    assert torch.where(c, 1, 2).tolist() == [[1, 2], [2, 1]]
    assert torch.where(c, 1, 2).dtype is torch.int64
    assert torch.where(c, 1.0, 2).dtype is torch.float32
    assert torch.where(c, torch.ones(2, dtype=torch.float16), 0.5).dtype is torch.float16
    rows, columns = torch.where(c)
    assert (rows.tolist(), columns.tolist()) == ([0, 1], [0, 1])
    with pytest.raises(RuntimeError, match="bool"):
        torch.where(torch.tensor([1, 0]), 1, 2)


def test_where_keeps_nan_out_of_the_gradient() -> None:
    x = torch.tensor([0.0, 4.0], requires_grad=True)
    y = torch.where(x > 0, x, 1.0)
    torch.where(x > 0, torch.sqrt(y), 0.0).sum().backward()
    assert x.grad.tolist() == [0.0, 0.25]


def test_complex_parts_are_views() -> None:
    z = torch.tensor([1 + 2j, 3 - 4j])
    z.real[0] = 9
    z.imag.mul_(2)
    assert z.tolist() == [9 + 4j, 3 - 8j]
    pairs = torch.view_as_real(z)
    pairs[1, 0] = 0
    assert z.tolist() == [9 + 4j, -8j]
    back = torch.view_as_complex(torch.tensor([[1.0, 2.0]]))
    assert back.tolist() == [1 + 2j]
    z.real = torch.tensor([5.0, 6.0])
    assert z.tolist() == [5 + 4j, 6 - 8j]
    x = torch.ones(2)
    assert x.real is x
    assert x.conj() is x
    with pytest.raises(RuntimeError, match="imaginary"):
        x.imag


def test_gradient_of_the_size_of_a_complex_number() -> None:
    # d|z| = (x dx + y dy) / |z|: the gradient, in PyTorch's convention, is z / |z|.
    z = torch.tensor([3 + 4j, 0j], requires_grad=True)
    z.abs().sum().backward()
    assert z.grad.tolist() == [pytest.approx(0.6 + 0.8j), 0]


def test_out() -> None:
    x = torch.tensor([1.0, 4.0])
    out = torch.empty(2, dtype=torch.float64)
    assert torch.sqrt(x, out=out) is out
    assert out.tolist() == [1.0, 2.0]
    empty = torch.empty(0)
    torch.add(x, 1, out=empty)
    assert empty.tolist() == [2.0, 5.0]
    with pytest.raises(RuntimeError, match="cast"):
        torch.sqrt(x, out=torch.empty(2, dtype=torch.int64))
    with pytest.raises(RuntimeError, match="out="):
        torch.sqrt(x.requires_grad_(), out=out)
    with pytest.warns(UserWarning, match="resized"):
        torch.neg(x.detach(), out=torch.empty(5))


def test_powers() -> None:
    assert (torch.tensor([2, 3]) ** 2).tolist() == [4, 9]
    assert (torch.tensor([2, 3]) ** 0.5).dtype is torch.float32
    assert (2 ** torch.tensor([0, 3])).tolist() == [1, 8]
    assert (torch.tensor([1, -1, 2]) ** torch.tensor([-1, -3, -1])).tolist() == [1, -1, 0]
    with pytest.raises(RuntimeError, match="negative integer"):
        torch.tensor([2]) ** -1
    base = torch.tensor([0.0, 0.0, 2.0], dtype=torch.float64, requires_grad=True)
    exponent = torch.tensor([0.0, 2.0, 3.0], dtype=torch.float64, requires_grad=True)
    (base**exponent).sum().backward()
    assert base.grad.tolist() == [0.0, 0.0, 12.0]
    assert exponent.grad.tolist() == [0.0, 0.0, pytest.approx(8 * math.log(2))]


def test_derivatives_where_a_formula_divides_by_nothing() -> None:
    y, x = (torch.tensor([0.0, 0.0], dtype=torch.float64, requires_grad=True) for _ in range(2))
    torch.atan2(y, x + torch.tensor([0.0, 2.0], dtype=torch.float64)).sum().backward()
    # at the origin PyTorch's convention, 0; at (2, 0) d/dy atan(y / 2) = 1 / 2
    assert y.grad.tolist() == [0.0, 0.5]
    assert x.grad.tolist() == [0.0, 0.0]

    def second(function: Any, *values: float) -> list[float]:
        return grad_of(lambda x: torch.autograd.grad(function(x).sum(), x, create_graph=True)[0], *values)

    # exp(x) - 1 has the second derivative exp(x) below 0, x has 0 above; PyTorch takes 0 at the joint
    assert second(torch.nn.functional.elu, -1.0, 0.0, 1.0) == [pytest.approx(math.exp(-1)), 0.0, 0.0]
    # far out log(ndtr(x)) is 0, and so are its derivatives, -x exp(-x^2/2) / sqrt(2 pi) at the most
    assert second(torch.special.log_ndtr, 60.0, 800.0) == [0.0, 0.0]
    assert grad_of(torch.digamma, INF) == [0.0]  # 1/x + 1/(2 x^2) + ...


def test_errors_name_the_argument() -> None:
    with pytest.raises(TypeError, match="exponent"):
        torch.pow(torch.ones(2), "2")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="must be Tensor, not list"):
        torch.exp([1.0])
    with pytest.raises(RuntimeError, match="rounding_mode"):
        torch.div(torch.ones(2), 2, rounding_mode="up")
    with pytest.raises(RuntimeError, match="must match the size"):
        torch.ones(2) + torch.ones(3)
    with pytest.raises(NotImplementedError, match="erf"):
        torch.erf(torch.tensor([1j]))
