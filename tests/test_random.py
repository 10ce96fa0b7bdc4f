"""Random numbers: PyTorch's own, recorded in golden/random.npz, and torch's rules around them."""

from __future__ import annotations

import copy
import pickle
import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rushlight as torch
from rushlight._random import sample_dirichlet, standard_gamma, trunc_normal_

HERE = Path(__file__).parent / "golden"
RECORDER = runpy.run_path(str(HERE / "record_random.py"))
SEEDS, draw = RECORDER["SEEDS"], RECORDER["draw"]
GOLDEN = np.load(HERE / "random.npz")
EXPRESSIONS = GOLDEN["expressions"].tolist()


def tolerance(expression: str, dtype: np.dtype[Any]) -> int:
    """By how many units in the last place a value may differ from PyTorch's: none, with exceptions."""
    if dtype == np.float16 and ("randn" in expression or "normal_" in expression):
        return (
            2  # PyTorch rounds to half precision from float32 numbers that themselves differ in the last bit
        )
    if dtype in (np.float64, np.complex128):
        return 4  # a C library's log, sin and tan need not be the one that PyTorch was recorded with
    return 1 if dtype in (np.float32, np.complex64) and "normal(" in expression else 0


@pytest.mark.parametrize("number", range(len(EXPRESSIONS)), ids=EXPRESSIONS)
def test_numbers_and_state_are_pytorchs(number: int) -> None:
    expression, expected = EXPRESSIONS[number], GOLDEN[f"values_{number}"]
    for seed, checksum, want in zip(SEEDS, GOLDEN["checksums"][number], expected, strict=True):
        values, state = draw(torch, expression, seed)
        assert values.dtype == want.dtype
        if want.dtype.kind in "fc":
            ulps = tolerance(expression, want.dtype)
            real = want.real.dtype
            atol = ulps * np.finfo(real).eps * (1.0 + np.abs(np.where(np.isfinite(want), want, 0)))
            with np.errstate(invalid="ignore"):
                near = (values == want) | (np.abs(values - want) <= atol)
            assert near.all(), (seed, values[~near], want[~near])
        else:
            assert values.tolist() == want.tolist()
        if want.dtype not in (np.float64, np.complex128) or "log_normal_" not in expression:
            assert state == checksum, f"seed {seed}: the generator is elsewhere in its stream than PyTorch's"


@pytest.mark.parametrize("number", range(len(RECORDER["TRUNCATED"])))
def test_truncated_normals_are_pytorchs(number: int) -> None:
    n, *bounds = RECORDER["TRUNCATED"][number]
    torch.manual_seed(number)
    leaf = torch.empty(n, requires_grad=True)
    assert trunc_normal_(leaf, *bounds) is leaf
    np.testing.assert_array_equal(leaf.detach().numpy(), GOLDEN[f"truncated_{number}"])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_gamma_and_dirichlet_values_are_pytorchs(dtype: str) -> None:
    shapes = torch.tensor(RECORDER["GAMMA_SHAPES"], dtype=getattr(torch, dtype))
    torch.manual_seed(11)
    ulps = 0 if dtype == "float32" else 4
    np.testing.assert_array_max_ulp(standard_gamma(shapes).numpy(), GOLDEN[f"gamma_{dtype}"], ulps)
    shares = sample_dirichlet(shapes.reshape(3, 4)).numpy()
    np.testing.assert_array_max_ulp(shares, GOLDEN[f"dirichlet_{dtype}"], ulps)


def test_gradients_through_gamma_values_are_refused() -> None:
    alpha = torch.ones(3, requires_grad=True)
    with pytest.raises(NotImplementedError, match="detach"):
        standard_gamma(alpha)
    with torch.no_grad():
        assert not standard_gamma(alpha).requires_grad
    with pytest.raises(RuntimeError, match="-1.0"):
        standard_gamma(torch.tensor([-1.0]))
    with pytest.raises(NotImplementedError, match="int64"):
        sample_dirichlet(torch.tensor([1, 2]))


def test_a_truncated_normal_far_from_its_mean_warns() -> None:
    with pytest.warns(UserWarning, match="more than 2 std"):
        x = trunc_normal_(torch.empty(50), 5.0, 1.0, -1.0, 1.0).numpy()
    assert ((x >= -1) & (x <= 1)).all()


def test_pytorchs_saved_state_can_be_taken_up() -> None:
    torch.set_rng_state(torch.tensor(GOLDEN["state"]))
    assert torch.initial_seed() == 42
    np.testing.assert_array_equal(torch.randn(40).numpy(), GOLDEN["state_then"])


def test_our_state_is_pytorchs_byte_for_byte() -> None:
    torch.manual_seed(42)
    torch.randn(3)
    assert torch.get_rng_state().tolist() == GOLDEN["state"].tolist()


@pytest.mark.parametrize("words", [0, 1, 623, 624, 625, 1248])
def test_a_state_goes_back_to_its_place(words: int) -> None:
    torch.manual_seed(5)
    torch.rand(words)
    state = torch.get_rng_state()
    first = torch.rand(700).tolist()
    torch.set_rng_state(state)
    assert torch.rand(700).tolist() == first


def test_a_state_keeps_the_second_normal_of_a_pair() -> None:
    torch.manual_seed(5)
    a, b, c = torch.randn(3).tolist()
    torch.manual_seed(5)
    assert torch.randn(1).tolist() == [a]
    state = torch.get_rng_state()
    assert torch.randn(2).tolist() == [b, c]
    torch.set_rng_state(state)
    assert torch.randn(2).tolist() == [b, c]


@pytest.mark.parametrize("damage", ["short", "unseeded", "left", "next"])
def test_a_damaged_state_is_refused_and_nothing_changes(damage: str) -> None:
    torch.manual_seed(3)
    before = torch.get_rng_state()
    bad = before.numpy().copy()
    if damage == "short":
        bad = bad[:-1]
    elif damage == "unseeded":
        bad[12] = 0
    elif damage == "left":
        bad[8:12] = np.array([700], "<i4").view(np.uint8)
    else:
        bad[16:24] = np.array([7], "<u8").view(np.uint8)
    with pytest.raises(RuntimeError, match="state"):
        torch.set_rng_state(torch.tensor(bad))
    assert torch.get_rng_state().tolist() == before.tolist()


def test_a_state_must_be_bytes() -> None:
    with pytest.raises(TypeError, match="uint8"):
        torch.set_rng_state(torch.zeros(5056))
    with pytest.raises(TypeError, match="uint8"):
        torch.Generator().set_state(3)  # type: ignore[arg-type]


def test_generators_are_independent_of_the_default_one() -> None:
    torch.manual_seed(0)
    expected = torch.rand(4).tolist()
    torch.manual_seed(0)
    g = torch.Generator().manual_seed(0)
    assert torch.rand(4, generator=g).tolist() == expected
    assert torch.rand(4).tolist() == expected


def test_a_new_generator_starts_from_pytorchs_default_seed() -> None:
    g = torch.Generator()
    assert g.initial_seed() == 67280421310721
    assert str(g.device) == "cpu"


@pytest.mark.parametrize(
    ("seed", "initial"),
    [(0, 0), (-1, 2**64 - 1), (2**64 - 1, 2**64 - 1), (-(2**63), 2**63), (1.9, 1), ("12", 12)],
)
def test_seeds(seed: Any, initial: int) -> None:
    assert torch.manual_seed(seed) is torch.default_generator
    assert torch.initial_seed() == initial


def test_seeds_out_of_range() -> None:
    for seed in (2**64, -(2**63) - 1):
        with pytest.raises(ValueError, match="seed"):
            torch.manual_seed(seed)
    for wrong in (1.5, "3", True):
        with pytest.raises(RuntimeError, match="integer"):
            torch.Generator().manual_seed(wrong)  # type: ignore[arg-type]


def test_seed_draws_a_new_stream() -> None:
    drawn = torch.seed()
    assert drawn == torch.initial_seed()
    first = torch.rand(4).tolist()
    torch.manual_seed(drawn)
    assert torch.rand(4).tolist() == first
    assert torch.seed() != drawn


def test_copies_of_a_generator_go_on_where_it_was() -> None:
    g = torch.Generator().manual_seed(1)
    torch.randn(3, generator=g)
    copies = [g.clone_state(), copy.deepcopy(g), pickle.loads(pickle.dumps(g))]
    expected = torch.randn(5, generator=g).tolist()
    for other in copies:
        assert torch.randn(5, generator=other).tolist() == expected


def test_fork_rng_puts_the_generator_back() -> None:
    torch.manual_seed(0)
    with torch.random.fork_rng():
        torch.manual_seed(9)
        torch.rand(3)
    assert torch.initial_seed() == 0

    def fail_halfway() -> None:
        torch.rand(3)
        raise KeyError

    with pytest.raises(KeyError), torch.random.fork_rng():
        fail_halfway()
    expected = torch.Generator().manual_seed(0)
    assert torch.rand(3).tolist() == torch.rand(3, generator=expected).tolist()
    with torch.random.fork_rng(enabled=False):
        torch.manual_seed(9)
    assert torch.initial_seed() == 9


# -- sizes, types and the other arguments ----------------------------------------------------------------


def test_sizes() -> None:
    for made in (torch.rand(2, 3), torch.rand((2, 3)), torch.rand([2, 3]), torch.rand(size=(2, 3))):
        assert made.shape == (2, 3)
    assert torch.rand(torch.Size([2]), dtype=torch.float64).dtype is torch.float64
    assert torch.rand(torch.tensor(2), 3).shape == (2, 3)
    assert torch.rand(()).shape == ()
    assert torch.randn(0).shape == (0,)
    with pytest.raises(TypeError, match="size"):
        torch.rand()
    with pytest.raises(TypeError, match="integers"):
        torch.rand(2.0)
    with pytest.raises(RuntimeError, match="negative"):
        torch.randn(2, -1)


def test_options() -> None:
    assert torch.randn(2, requires_grad=True, device="cpu", pin_memory=False).requires_grad
    assert torch.rand_like(torch.ones(2, dtype=torch.float64), dtype=torch.float32).dtype is torch.float32
    out = torch.empty(3)
    assert torch.rand(3, out=out) is out
    with pytest.raises(TypeError, match="Generator"):
        torch.rand(2, generator=3)
    with pytest.raises(AssertionError, match="CPU"):
        torch.rand(2, device="cuda")


def test_out_takes_the_shape_and_keeps_its_type() -> None:
    torch.manual_seed(0)
    expected = torch.rand(3, dtype=torch.float64).tolist()
    torch.manual_seed(0)
    out = torch.empty(0, dtype=torch.float64)
    torch.rand(3, out=out)
    assert out.tolist() == expected
    with pytest.raises(RuntimeError, match="dtype"):
        torch.rand(3, out=out, dtype=torch.float32)
    perm = torch.empty(0)
    assert torch.randperm(4, out=perm) is perm
    assert sorted(perm.tolist()) == [0.0, 1.0, 2.0, 3.0]


def test_randint_forms() -> None:
    forms = [
        lambda: torch.randint(5, (3,)),
        lambda: torch.randint(0, 5, (3,)),
        lambda: torch.randint(high=5, size=(3,)),
        lambda: torch.randint(low=0, high=5, size=[3]),
        lambda: torch.randint(5, size=(3,)),
        lambda: torch.randint(torch.tensor(5), (3,)),
    ]
    drawn = []
    for form in forms:
        torch.manual_seed(2)
        drawn.append(form().tolist())
    assert all(values == drawn[0] for values in drawn)
    with pytest.raises(TypeError, match="sequence"):
        torch.randint(5, 3)
    with pytest.raises(TypeError, match="integer"):
        torch.randint(2.5, (2,))
    with pytest.raises(TypeError, match="randint"):
        torch.randint(5)
    with pytest.raises(RuntimeError, match="less than"):
        torch.randint(3, 3, (2,))
    with pytest.raises(RuntimeError, match="out of bounds"):
        torch.randint(0, 300, (2,), dtype=torch.uint8)


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: torch.randn(3, dtype=torch.int64), NotImplementedError, "floating-point"),
        (lambda: torch.rand(3, dtype=torch.bool), NotImplementedError, "floating-point"),
        (lambda: torch.randperm(-1), RuntimeError, "n=-1"),
        (lambda: torch.randperm(300, dtype=torch.uint8), RuntimeError, "300"),
        (lambda: torch.randperm(3, dtype=torch.bool), NotImplementedError, "bool"),
        (lambda: torch.randperm(5.0), TypeError, "integer"),
        (lambda: torch.empty(3).uniform_(2, 1), RuntimeError, "from=2"),
        (lambda: torch.empty(3).uniform_(0, 1e39), RuntimeError, "range"),
        (lambda: torch.empty(3).normal_(0, -1), RuntimeError, "std"),
        (lambda: torch.empty(3).normal_(torch.ones(3)), TypeError, "number"),
        (lambda: torch.empty(3).exponential_(0), RuntimeError, "lambd"),
        (lambda: torch.empty(3, dtype=torch.int64).exponential_(), RuntimeError, "continuous"),
        (lambda: torch.empty(3).log_normal_(0, 0), RuntimeError, "std"),
        (lambda: torch.empty(3).cauchy_(0, 0), RuntimeError, "sigma"),
        (lambda: torch.empty(3).geometric_(1), RuntimeError, "p=1"),
        (lambda: torch.empty(3, dtype=torch.bool).geometric_(0.5), NotImplementedError, "bool"),
        (lambda: torch.empty(3).bernoulli_(1.5), RuntimeError, "p=1.5"),
        (lambda: torch.empty(3).bernoulli_(torch.ones(2)), RuntimeError, "expanded"),
        (lambda: torch.empty(3).random_(5, 5), RuntimeError, "from=5"),
        (lambda: torch.empty(3, dtype=torch.uint8).random_(-1, 5), RuntimeError, "-1"),
        (lambda: torch.empty(3, dtype=torch.uint16).random_(), NotImplementedError, "uint16"),
        (lambda: torch.bernoulli(torch.tensor([1.5])), RuntimeError, "1.5"),
        (lambda: torch.bernoulli(torch.tensor([1, 0])), NotImplementedError, "floating-point"),
        (lambda: torch.poisson(torch.tensor([-1.0])), RuntimeError, "-1.0"),
        (lambda: torch.poisson(torch.tensor([1])), NotImplementedError, "floating-point"),
        (lambda: torch.binomial(torch.tensor([1]), torch.tensor([0.5])), ValueError, "floating-point"),
        (lambda: torch.binomial(torch.ones(1), torch.ones(1, dtype=torch.float64)), RuntimeError, "float64"),
        (lambda: torch.multinomial(torch.ones(3), 4), RuntimeError, "4"),
        (lambda: torch.multinomial(torch.ones(3), 0), RuntimeError, "n_sample <= 0"),
        (lambda: torch.multinomial(torch.zeros(3), 1), RuntimeError, "sum of probabilities <= 0"),
        (lambda: torch.multinomial(torch.tensor([1.0, -1.0]), 1), RuntimeError, "negative"),
        (lambda: torch.multinomial(torch.tensor([1.0, float("nan")]), 1), RuntimeError, "nan"),
        (lambda: torch.multinomial(torch.ones(2, 2, 2), 1), RuntimeError, "1 or 2 dim"),
        (lambda: torch.multinomial(torch.tensor([1, 2]), 1), RuntimeError, "floating-point"),
        (lambda: torch.normal(torch.zeros(3), -1.0), RuntimeError, "std"),
        (lambda: torch.normal(0.0, torch.tensor([-1.0])), RuntimeError, "std"),
        (lambda: torch.normal(torch.zeros(2), torch.ones(3)), RuntimeError, "size of tensor"),
        (lambda: torch.normal(0.0, 1.0), TypeError, "size"),
        (lambda: torch.normal(0.0, 1.0, 2), TypeError, "size"),
    ],
)
def test_refusals_say_what_was_wrong(call: Any, error: type[Exception], match: str) -> None:
    with pytest.raises(error, match=match):
        call()


def test_a_float_type_that_cant_hold_every_whole_number_warns() -> None:
    with pytest.warns(UserWarning, match="can't hold"):
        torch.empty(3).random_(0, 2**30)


def test_named_bounds() -> None:
    torch.manual_seed(0)
    expected = torch.empty(3).uniform_(-1, 2).tolist()
    torch.manual_seed(0)
    assert torch.empty(3).uniform_(**{"from": -1, "to": 2}).tolist() == expected
    torch.manual_seed(0)
    expected = torch.empty(3).random_(0, 9).tolist()
    torch.manual_seed(0)
    assert torch.empty(3).random_(to=9).tolist() == expected
    with pytest.raises(TypeError, match="until"):
        torch.empty(3).uniform_(until=3)


# -- the graph ---------------------------------------------------------------------------------------------

IN_PLACE = {
    "normal_": ("NormalBackward0", ()),
    "uniform_": ("UniformBackward0", ()),
    "exponential_": ("ExponentialBackward0", ()),
    "log_normal_": ("LogNormalBackward0", ()),
    "cauchy_": ("CauchyBackward0", ()),
    "geometric_": ("GeometricBackward0", (0.5,)),
    "bernoulli_": ("BernoulliBackward2", ()),
    "random_": ("RandomBackward2", ()),
}


@pytest.mark.parametrize("name", IN_PLACE)
def test_overwriting_a_recorded_tensor(name: str) -> None:
    node, args = IN_PLACE[name]
    leaf = torch.ones(3, requires_grad=True)
    y = leaf * 2
    assert getattr(y, name)(*args) is y
    assert y._version == 1
    assert y.grad_fn.name() == node
    y.sum().backward()
    assert leaf.grad.tolist() == [0.0, 0.0, 0.0]
    with pytest.raises(RuntimeError, match="leaf"):
        getattr(leaf, name)(*args)
    before = torch.get_rng_state().tolist()
    with pytest.raises(RuntimeError, match="expanded"):
        getattr(torch.ones(1).expand(3), name)(*args)
    assert torch.get_rng_state().tolist() == before
    with torch.no_grad():
        getattr(leaf, name)(*args)
    assert leaf._version == 1
    assert leaf.is_leaf


def test_gradients_by_parameters_are_zero() -> None:
    p = torch.tensor([0.25, 0.5], requires_grad=True)
    (torch.bernoulli(p) + torch.poisson(p) + torch.normal(p, p)).sum().backward()
    assert p.grad.tolist() == [0.0, 0.0]
    assert not torch.multinomial(p, 1).requires_grad


def test_a_view_is_filled_where_it_looks() -> None:
    base = torch.zeros(4, 6)
    base[:, 1:3].uniform_(1, 2)
    inside = (base.numpy() != 0).sum(0).tolist()
    assert inside == [0, 4, 4, 0, 0, 0]
    assert base._version == 1


# -- what the numbers are like -------------------------------------------------------------------------------


def test_means_and_spreads() -> None:
    """The moments of 200,000 draws, within five standard errors of the distributions' own."""
    n = 200_000
    torch.manual_seed(1)
    cases = [
        (torch.rand(n), 0.5, 1 / 12),
        (torch.randn(n), 0.0, 1.0),
        (torch.empty(n).exponential_(2.0), 0.5, 0.25),
        (torch.empty(n).geometric_(0.25), 4.0, 12.0),
        (torch.poisson(torch.full((n,), 3.5)), 3.5, 3.5),
        (torch.poisson(torch.full((n,), 40.0)), 40.0, 40.0),
        (torch.binomial(torch.full((n,), 50.0), torch.tensor(0.1)), 5.0, 4.5),
        (torch.binomial(torch.full((n,), 50.0), torch.tensor(0.6)), 30.0, 12.0),
        (torch.empty(n).bernoulli_(0.3), 0.3, 0.21),
        (torch.empty(n).random_(10).to(torch.float32), 4.5, 8.25),
    ]
    for values, mean, variance in cases:
        x = values.numpy().astype(np.float64)
        assert abs(x.mean() - mean) < 5 * (variance / n) ** 0.5
        assert abs(x.var() / variance - 1) < 0.05


def test_multinomial_frequencies() -> None:
    torch.manual_seed(1)
    drawn = torch.multinomial(torch.tensor([1.0, 2.0, 0.0, 5.0]), 80_000, replacement=True).numpy()
    np.testing.assert_allclose(np.bincount(drawn, minlength=4) / 80_000, [1 / 8, 2 / 8, 0, 5 / 8], atol=0.01)


def test_uniform_values_stay_below_the_upper_bound() -> None:
    torch.manual_seed(0)
    x = torch.rand(100_000, dtype=torch.float16)  # 1 in 4,000 rounds up to 1
    assert x.numpy().max() < 1.0
    y = torch.empty(1000).uniform_(5.0, float(np.nextafter(np.float32(5), np.float32(6)))).numpy()
    assert set(y.tolist()) == {5.0}
