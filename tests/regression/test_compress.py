"""The triangle that stands for the rows: however it is come by, it must be the rows' own."""

from __future__ import annotations

import os
import threading
import time
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rushlight.regression import Compressor, DataError, compress, merge
from rushlight.regression.doubled import multiply, powers, total, two_product, two_sum
from rushlight.regression.gram import GramCompressor, compress_fast
from rushlight.regression.threads import core_count, run_together, thread_count, workers

numbers = st.floats(-1e6, 1e6, allow_nan=False, width=32)


def assert_same(found, data, y, weights=None) -> None:
    w = np.ones(len(data)) if weights is None else np.asarray(weights)
    columns = np.column_stack([data, y]).astype(float)
    mean = np.average(columns, axis=0, weights=w)
    scatter = (columns - mean).T @ ((columns - mean) * w[:, None])
    scale = np.abs(columns).max() ** 2 * max(w.sum(), 1) + 1e-300
    assert found.weight == pytest.approx(w.sum())
    assert found.mean == pytest.approx(mean, abs=1e-12 * (1 + np.abs(columns).max()))
    assert found.factor.T @ found.factor == pytest.approx(scatter, abs=1e-12 * scale)
    assert np.array_equal(found.factor, np.triu(found.factor))


@given(arrays(np.float64, st.tuples(st.integers(1, 40), st.integers(1, 4)), elements=numbers))
def test_the_triangle_has_the_rows_scatter(data) -> None:
    y = data.sum(axis=1) * 0.5 + 1
    assert_same(compress(data, y), data, y)


@given(
    arrays(np.float64, st.tuples(st.integers(2, 40), st.just(3)), elements=numbers),
    st.integers(1, 39),
)
def test_parts_merge_into_the_whole(data, cut: int) -> None:
    y = data[:, 0] - 2
    cut = min(cut, len(data) - 1)
    parts = [compress(data[:cut], y[:cut]), compress(data[cut:], y[cut:])]
    assert_same(merge(parts), data, y)
    assert merge(parts).rows == len(data)


def test_weights_are_repetitions() -> None:
    random = np.random.default_rng(0)
    data, y, w = random.normal(size=(20, 2)), random.normal(size=20), random.integers(0, 4, size=20)
    weighted = compress(data, y, w)
    repeated = compress(np.repeat(data, w, axis=0), np.repeat(y, w))
    assert np.abs(weighted.factor) == pytest.approx(np.abs(repeated.factor), abs=1e-12)
    assert weighted.rows == np.count_nonzero(w)


def test_columns_far_from_zero_keep_their_digits() -> None:
    x = 1e9 + np.arange(1000.0)
    found = compress(x[:, None], x * 2)
    # the variance of 0..999 is (1000^2 - 1) / 12
    assert found.factor[0, 0] ** 2 / 1000 == pytest.approx((1000**2 - 1) / 12, rel=1e-9)


@pytest.mark.parametrize("weighted", [False, True])
def test_the_fast_way_agrees(weighted: bool) -> None:
    random = np.random.default_rng(1)
    data = random.normal(size=(60_000, 12)).astype(np.float32) * np.logspace(-3, 3, 12) + np.linspace(
        0, 2000, 12
    )
    y = data @ np.logspace(3, -3, 12) + random.normal(size=60_000)
    w = random.random(60_000) if weighted else None
    found = compress_fast(data, y[:, None], w)
    slow = Compressor(12)
    slow.add(data, y[:, None], w)
    right = slow.result()
    assert found is not None
    assert found.mean == pytest.approx(right.mean, rel=1e-12)
    scale = np.linalg.norm(right.factor, axis=0)
    assert np.abs(found.factor) / scale == pytest.approx(np.abs(right.factor) / scale, abs=1e-9)
    assert not found.constant.any()


@pytest.mark.parametrize("columns", [1, 2, 16, 17, 33, 70])
@pytest.mark.parametrize("order", ["C", "F", "strided"])
def test_sums_of_products_of_any_width_and_layout(columns: int, order: str) -> None:
    # whole numbers: the sums are exact, in float32 too, whatever their order
    random = np.random.default_rng(columns)
    data = random.integers(-3, 4, size=(3001, 2 * columns))
    y = random.integers(-3, 4, size=(3001, 2))
    data = data[:, :columns] if order != "strided" else data[:, ::2]
    whole = np.column_stack([np.ones(3001), data, y])
    for kind in (np.float32, np.float64):
        rows = data.astype(kind, order="F" if order == "F" else "C")
        if order == "strided":
            rows = np.repeat(rows, 2, axis=1)[:, ::2]
        for products in (np.float32, np.float64):
            found = GramCompressor(columns, 2, products)
            found.shift = np.zeros(columns + 2)
            found.add(rows, y.astype(np.float64))
            assert np.array_equal(found.sums(), whole.T @ whole)
            assert found.rows == 3001


def test_products_of_float32_are_used_only_where_they_do() -> None:
    random = np.random.default_rng(4)
    data = random.normal(size=(100_000, 8)).astype(np.float32)
    y = data @ np.ones((8, 1)) + random.normal(size=(100_000, 1))
    exact, rough, strict = (compress_fast(data, y, None, t).factor for t in (0.0, 1e-6, 1e-12))
    assert np.array_equal(exact, strict)
    assert 0 < np.abs(rough - exact).max() / np.sqrt(1e5) < 1e-6


def test_products_of_float32_that_would_spoil_the_least_loss_are_not_used() -> None:
    # the target is explained but for a millionth of its variance: less than sums of float32 can hold
    random = np.random.default_rng(5)
    data = random.normal(size=(100_000, 8)).astype(np.float32)
    y = data.astype(np.float64) @ np.ones((8, 1)) + 3e-3 * random.normal(size=(100_000, 1))
    for centred in (False, True):
        exact, rough = (compress_fast(data, y, None, t, centred).factor for t in (0.0, 1e-3))
        assert np.array_equal(exact, rough)
        assert exact[-1, -1] ** 2 == pytest.approx(np.linalg.lstsq(data, y)[1][0], rel=2e-4)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("weighted", [False, True])
def test_sums_without_means(kind: type, weighted: bool) -> None:
    random = np.random.default_rng(6)
    data = np.column_stack([random.normal(size=(60_000, 10)), np.ones(60_000)]).astype(kind)
    y = (data @ np.ones((11, 1)) + random.normal(size=(60_000, 1))).astype(kind)
    w = random.random(60_000) if weighted else None
    found = compress_fast(data, y, w, 1e-5, centred=False)
    assert found is not None
    assert not found.mean.any()
    root = np.sqrt(1.0 if w is None else w[:, None])
    table = np.hstack([data, y]).astype(np.float64) * root
    factor = found.uncentred()
    assert factor.T @ factor == pytest.approx(table.T @ table, rel=1e-5, abs=60_000 * 1e-6)
    # a constant column, and one far from zero, need the means or QR
    assert compress_fast(data, y, w) is None
    assert compress_fast(data + kind(2000), y, w, centred=False) is None


def test_a_sample_of_rows_that_do_not_count_tells_nothing() -> None:
    random = np.random.default_rng(7)
    data = random.normal(size=(100_000, 8)).astype(np.float32)
    y = data @ np.ones((8, 1), np.float32) + random.normal(size=(100_000, 1))
    weights = np.zeros(100_000)
    weights[5_000:9_000] = 1  # between the first and the second part of the sample
    exact, rough = (compress_fast(data, y, weights, t) for t in (0.0, 1e-3))
    assert np.array_equal(exact.factor, rough.factor)


@pytest.mark.parametrize("rows", [30_000, 65_537, 131_071, 400_000])
@pytest.mark.parametrize("centred", [False, True])
def test_the_result_is_the_same_to_the_bit_whoever_took_which_rows(rows: int, centred: bool) -> None:
    random = np.random.default_rng(9)
    data = random.normal(size=(rows, 20)).astype(np.float32)
    y = data @ np.ones((20, 1), np.float32) + random.normal(size=(rows, 1)).astype(np.float32)
    table = np.hstack([data, y]).astype(np.float64)
    table -= table.mean(axis=0) if centred else 0.0
    found = [compress_fast(data, y, None, 1e-5, centred).factor for _ in range(3)]
    assert all(np.array_equal(found[0], other) for other in found[1:])
    scale = np.sqrt(np.sum(table**2, axis=0))
    error = (found[0].T @ found[0] - table.T @ table) / scale / scale[:, None]
    assert np.abs(error).max() < 1e-6


def test_a_wide_table_takes_less_memory_than_its_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rushlight.regression.gram.thread_count", lambda: 2)  # each holds some 30 MB
    data = np.random.default_rng(10).normal(size=(20_000, 1000))  # 160 MB, and 8 MB for the products of all columns
    tracemalloc.start()
    try:
        assert compress_fast(data, data[:, :1] - data[:, 1:2] + np.sin(data[:, 2:3])) is not None
        assert tracemalloc.get_traced_memory()[1] < data.nbytes
    finally:
        tracemalloc.stop()


def test_the_threads_share_the_cores_and_the_callers_gets_its_own_back() -> None:
    get = getattr(os, "sched_getaffinity", None)
    if get is None:
        pytest.skip("this system does not say which cores a thread may use")
    before, count = get(0), thread_count()
    meet = threading.Barrier(count)

    def look(_: int = 0) -> frozenset[int]:
        meet.wait(10)
        return frozenset(get(0))

    shares: list[frozenset[int]] = []
    run_together(lambda: shares.append(look()), count)
    assert set().union(*shares) == before
    assert sum(map(len, shares)) == len(before)
    with workers(count) as pool:
        assert set(pool.map(look, range(count))) == set(shares)
    assert get(0) == before
    # more threads than cores: none has cores of its own
    with workers(core_count() + 1) as pool:
        assert set(pool.map(lambda _: frozenset(get(0)), range(9))) == {frozenset(before)}


def test_an_error_on_any_thread_arrives_when_all_have_ended() -> None:
    meet, ended = threading.Barrier(2), []

    def fail_once() -> None:
        if meet.wait(10) == 0:
            raise DataError("bad rows")
        time.sleep(0.05)
        ended.append(True)

    for _ in range(8):  # now it is the caller's thread that fails, now the other
        with pytest.raises(DataError, match="bad rows"):
            run_together(fail_once, 2)
    assert len(ended) == 8


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_process_has_threads_of_its_own() -> None:
    run_together(lambda: None, 2)
    child = os.fork()
    if not child:
        seen: list[int] = []
        run_together(lambda: seen.append(1), 2)
        os._exit(len(seen))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 2


def test_the_fast_way_declines_what_it_cannot_do() -> None:
    random = np.random.default_rng(1)
    data = random.normal(size=(50_000, 3))
    y = random.normal(size=(50_000, 1))
    twin = np.column_stack([data, data[:, 0] + 1e-7 * random.normal(size=50_000)])
    constant = np.column_stack([data, np.full(50_000, 0.1)])
    spoiled = data.copy()
    spoiled[40_000, 1] = np.nan
    for bad in (twin, constant, spoiled):
        assert compress_fast(bad, y) is None
    assert compress_fast(data, data[:, :1] * 2) is None  # explained without a rest
    assert GramCompressor(3).result() is None


def test_a_large_table_with_a_bad_value_names_it() -> None:
    data = np.ones((200_000, 3)) * np.arange(200_000)[:, None]
    data[123_456, 1] = np.inf
    with pytest.raises(DataError, match="row 123456, column 1"):
        compress(data, np.arange(200_000))


def test_no_rows() -> None:
    with pytest.raises(DataError, match="no rows"):
        compress(np.empty((0, 2)), np.empty(0))
    with pytest.raises(DataError, match="no rows"):
        merge([])


@given(st.floats(-1e100, 1e100), st.floats(-1e100, 1e100))
def test_error_free_sums_and_products(a: float, b: float) -> None:
    from fractions import Fraction

    high, low = two_sum(np.array(a), np.array(b))
    assert Fraction(float(high)) + Fraction(float(low)) == Fraction(a) + Fraction(b)
    if abs(a * b) > 1e-250:
        high, low = two_product(np.array(a), np.array(b))
        assert Fraction(float(high)) + Fraction(float(low)) == Fraction(a) * Fraction(b)


def test_doubled_sums_and_powers() -> None:
    values = np.array([1e16, 1.0, -1e16, 1.0, 3.0])
    high, low = total((values, np.zeros(5)))
    assert (float(high), float(low)) == (5.0, 0.0)
    tenth = np.array([0.1])
    high, low = powers(tenth, 10)
    from fractions import Fraction

    exact = Fraction(0.1) ** 10
    assert abs(Fraction(float(high[0, 9])) + Fraction(float(low[0, 9])) - exact) < exact * Fraction(1, 10**30)
    square = multiply((tenth, np.zeros(1)), (tenth, np.zeros(1)))
    assert Fraction(float(square[0][0])) + Fraction(float(square[1][0])) == Fraction(0.1) ** 2
