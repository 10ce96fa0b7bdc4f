"""torch.nn.functional: what its functions mean, by hand."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rushlight as torch
import rushlight.nn.functional as F
from rushlight.autograd import grad, gradcheck, gradgradcheck

INF = math.inf


def leaf(values: Any) -> Any:
    return torch.tensor(values, dtype=torch.float64, requires_grad=True)


def doubles(*shape: int, seed: int = 0) -> Any:
    return leaf(np.random.default_rng(seed).standard_normal(shape))


def close(x: Any, wanted: Any, tolerance: float = 1e-6) -> None:
    np.testing.assert_allclose(x.detach().numpy(), wanted, rtol=tolerance, atol=tolerance)


# -- activations and softmax -----------------------------------------------------------------------


def test_softmax_of_rows_with_minus_infinity() -> None:
    x = leaf([[0.0, -INF, 0.0], [-INF, -INF, 5.0]])
    y = F.softmax(x, dim=1)
    close(y, [[0.5, 0, 0.5], [0, 0, 1]])
    y[0, 0].backward()
    close(x.grad, [[0.25, 0, -0.25], [0, 0, 0]])  # p (1 - p) and -p p with p = 1/2


def test_softmax_of_nothing_but_minus_infinity_is_nan() -> None:
    assert torch.softmax(torch.full((2,), -INF), 0).isnan().all()


def test_softmax_without_dim_warns_and_picks_one() -> None:
    with pytest.warns(UserWarning, match="Implicit dimension choice for softmax"):
        close(F.softmax(torch.zeros(2, 4)), np.full((2, 4), 0.25))


@pytest.mark.parametrize(
    ("function", "low", "high"),
    [
        (F.softplus, 0.0, 1e4),
        (F.logsigmoid, -1e4, 0.0),
        (F.silu, 0.0, 1e4),
        (F.gelu, 0.0, 1e4),
        (F.mish, 0.0, 1e4),
    ],
)
def test_smooth_functions_at_extremes(function: Any, low: float, high: float) -> None:
    x = leaf([-1e4, 1e4])
    y = function(x)
    close(y, [low, high])
    y.sum().backward()
    assert x.grad.isfinite().all()


def test_in_place_activations_overwrite_and_record() -> None:
    x = leaf([-2.0, 3.0])
    y = x * 1
    z = F.leaky_relu(y, 0.5, inplace=True)
    assert z is y
    z.sum().backward()
    close(z, [-1, 3])
    close(x.grad, [0.5, 1])


def test_activations_refuse_integers() -> None:
    for function in (F.gelu, F.silu, F.softplus, F.elu, lambda x: F.softmax(x, 0)):
        with pytest.raises(NotImplementedError, match="torch.int64"):
            function(torch.tensor([1, 2]))


@pytest.mark.parametrize(
    "function",
    [F.silu, F.mish, F.softplus, F.elu, F.selu, F.gelu, lambda x: F.gelu(x, "tanh"), F.logsigmoid, F.softsign,
     F.glu, F.tanhshrink, lambda x: F.softmax(x, 1), lambda x: F.log_softmax(x, 0), F.normalize],
)  # fmt: skip
def test_derivatives_by_differences(function: Any) -> None:
    x = doubles(3, 4)
    assert gradcheck(function, (x,))
    assert gradgradcheck(function, (x,))


# -- losses ----------------------------------------------------------------------------------------


def test_cross_entropy_by_hand() -> None:
    x = leaf([[0.0, math.log(3)], [0.0, 0.0]])  # probabilities 1/4, 3/4 and 1/2, 1/2
    loss = F.cross_entropy(x, torch.tensor([1, 0]))
    close(loss, (math.log(4 / 3) + math.log(2)) / 2)
    loss.backward()
    close(x.grad, [[1 / 8, -1 / 8], [-1 / 4, 1 / 4]])  # (p - 1[label]) / 2


def test_cross_entropy_weights_and_ignored_labels() -> None:
    x, labels = leaf(np.zeros((3, 2))), torch.tensor([0, -100, 1])
    weight = torch.tensor([1.0, 3.0], dtype=torch.float64)
    close(F.cross_entropy(x, labels, weight), math.log(2))  # (1 log 2 + 3 log 2) / (1 + 3)
    close(F.cross_entropy(x, labels, weight, reduction="none"), [math.log(2), 0, 3 * math.log(2)])


def test_cross_entropy_of_ignored_labels_only() -> None:
    x, labels = doubles(2, 3), torch.tensor([-100, -100])
    assert math.isnan(F.cross_entropy(x, labels).item())
    assert F.cross_entropy(x, labels, reduction="sum").item() == 0.0


def test_label_smoothing_is_a_soft_target() -> None:
    x = doubles(2, 4)
    # 0.1 / 4 for every class, 0.9 more for the label
    soft = torch.tensor([[0.025, 0.925, 0.025, 0.025], [0.025, 0.025, 0.025, 0.925]], dtype=torch.float64)
    smoothed = F.cross_entropy(x, torch.tensor([1, 3]), label_smoothing=0.1)
    close(smoothed, F.cross_entropy(x, soft).item())
    first, second = grad(smoothed, x), grad(F.cross_entropy(x, soft), x)
    close(first[0], second[0].numpy())


def test_derivatives_of_cross_entropy() -> None:
    labels, weight = torch.tensor([0, 2, -100]), torch.tensor([1.0, 2.0, 0.5], dtype=torch.float64)
    for reduction, smoothing in itertools.product(("mean", "sum", "none"), (0.0, 0.2)):

        def loss(x: Any, r: str = reduction, s: float = smoothing) -> Any:
            return F.cross_entropy(x, labels, weight, reduction=r, label_smoothing=s)

        x = doubles(3, 3)
        assert gradcheck(loss, (x,))
        assert gradgradcheck(loss, (x,))


def test_label_out_of_range_names_it() -> None:
    with pytest.raises(IndexError, match="Target 3 is out of bounds"):
        F.cross_entropy(torch.zeros(2, 3), torch.tensor([0, 3]))
    with pytest.raises(RuntimeError, match=r"\.long\(\)"):
        F.cross_entropy(torch.zeros(2, 3), torch.tensor([0, 1], dtype=torch.int32))


def test_bce_with_logits_at_extremes() -> None:
    x = leaf([0.0, -200.0, 200.0])
    loss = F.binary_cross_entropy_with_logits(
        x, torch.tensor([0.0, 1.0, 0.0], dtype=torch.float64), reduction="none"
    )
    close(loss, [math.log(2), 200, 200])
    loss.sum().backward()
    close(x.grad, [0.5, -1, 1])


def test_bce_clamps_logarithms_and_refuses_scores() -> None:
    assert F.binary_cross_entropy(torch.tensor([0.0]), torch.tensor([1.0])).item() == 100.0
    with pytest.raises(RuntimeError, match="between 0 and 1"):
        F.binary_cross_entropy(torch.tensor([1.5]), torch.tensor([1.0]))


def test_huber_and_smooth_l1() -> None:
    x, y = torch.tensor([0.5, 4.0]), torch.zeros(2)
    close(F.huber_loss(x, y, "none", delta=2.0), [0.125, 6.0])  # 2 (4 - 1)
    close(F.smooth_l1_loss(x, y, reduction="none", beta=2.0), [0.0625, 3.0])  # the same over 2


def test_losses_warn_of_broadcasting() -> None:
    with pytest.warns(UserWarning, match="different to the input size"):
        F.mse_loss(torch.zeros(3, 1), torch.zeros(3))


def test_ctc_loss_adds_up_alignments() -> None:
    # Two steps, one label: the paths "1 1", "1 _" and "_ 1" out of four equally likely ones.
    x = leaf(np.log(np.full((2, 1, 2), 0.5)))
    close(F.ctc_loss(x, torch.tensor([[1]]), torch.tensor([2]), torch.tensor([1])), -math.log(0.75))
    # Two equal labels need a blank between them: impossible in two steps.
    twice = torch.tensor([[1, 1]]), torch.tensor([2]), torch.tensor([2])
    assert F.ctc_loss(x, *twice).item() == INF
    assert F.ctc_loss(x, *twice, zero_infinity=True).item() == 0.0


def test_second_derivative_of_ctc_loss_is_refused() -> None:
    x = doubles(3, 1, 3)
    loss = F.ctc_loss(F.log_softmax(x, 2), torch.tensor([[1]]), torch.tensor([3]), torch.tensor([1]))
    (g,) = grad(loss, x, create_graph=True)
    with pytest.raises(RuntimeError, match="second derivative of ctc_loss"):
        g.sum().backward()


def test_distance_of_a_point_from_itself_has_gradient_zero() -> None:
    x = leaf([[1.0, 2.0], [3.0, 4.0]])
    torch.cdist(x, x.detach()).sum().backward()
    # Each point is sqrt(8) from the other: unit vectors along the diagonal; none from itself.
    close(x.grad, np.array([[-1, -1], [1, 1]]) / math.sqrt(2))


# -- convolution -----------------------------------------------------------------------------------


def slow_convolution(x: Any, weight: Any, stride: int, padding: int, dilation: int, groups: int) -> Any:
    """The definition, element by element."""
    n, (filters, per_group, *kernel) = x.shape[0], weight.shape
    x = np.pad(x, [(0, 0), (0, 0)] + [(padding, padding)] * len(kernel))
    out = [(s - dilation * (k - 1) - 1) // stride + 1 for s, k in zip(x.shape[2:], kernel, strict=True)]
    y = np.zeros((n, filters, *out))
    for f in range(filters):
        first = f // (filters // groups) * per_group
        for place in itertools.product(*map(range, out)):
            window = tuple(
                slice(p * stride, p * stride + dilation * (k - 1) + 1, dilation)
                for p, k in zip(place, kernel, strict=True)
            )
            y[(slice(None), f, *place)] = (
                (x[(slice(None), slice(first, first + per_group), *window)] * weight[f]).reshape(n, -1).sum(1)
            )
    return y


@given(
    dims=st.integers(1, 3), stride=st.integers(1, 3), padding=st.integers(0, 2), dilation=st.integers(1, 2),
    groups=st.sampled_from([1, 2]), kernel=st.integers(1, 3), seed=st.integers(0, 1000),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_convolution_follows_its_definition(
    dims: int, stride: int, padding: int, dilation: int, groups: int, kernel: int, seed: int
) -> None:
    random = np.random.default_rng(seed)
    size = tuple(int(s) for s in random.integers(5, 8, dims))
    x = random.standard_normal((2, 2 * groups, *size))
    weight = random.standard_normal((2 * groups, 2, *([kernel] * dims)))
    function = (F.conv1d, F.conv2d, F.conv3d)[dims - 1]
    tx, tw = leaf(x), leaf(weight)
    y = function(tx, tw, None, stride, padding, dilation, groups)
    wanted = slow_convolution(x, weight, stride, padding, dilation, groups)
    close(y, wanted, 1e-10)
    # The gradients are the adjoints: <conv(x, w), g> = <x, dx> = <w, dw>, as it is linear in each.
    g = torch.tensor(random.standard_normal(wanted.shape))
    dx, dw = grad(y, [tx, tw], g)
    inner = float((wanted * g.numpy()).sum())
    assert math.isclose(float((x * dx.numpy()).sum()), inner, rel_tol=1e-9, abs_tol=1e-9)
    assert math.isclose(float((weight * dw.numpy()).sum()), inner, rel_tol=1e-9, abs_tol=1e-9)


def test_derivatives_of_convolutions() -> None:
    x, weight, bias = doubles(1, 2, 5, 4), doubles(2, 1, 3, 2, seed=1), doubles(2, seed=2)
    assert gradgradcheck(lambda x, w, b: F.conv2d(x, w, b, 2, 1, groups=2), (x, weight, bias))
    assert gradgradcheck(lambda x, w, b: F.conv_transpose2d(x, w, b, 2, 1, groups=2), (x, weight, bias))


def test_transposed_convolution_spreads_filters() -> None:
    x, weight = torch.tensor([[[1.0, 2.0]]]), torch.tensor([[[1.0, 10.0, 100.0]]])
    close(F.conv_transpose1d(x, weight, stride=1), [[[1, 12, 120, 200]]])
    close(F.conv_transpose1d(x, weight, stride=2, output_padding=1), [[[1, 10, 102, 20, 200, 0]]])


def test_padding_same_keeps_the_size() -> None:
    x = torch.arange(5.0).reshape(1, 1, 5)
    # An even kernel is padded more at the end: 0+1, 1+2, 2+3, 3+4, 4+0.
    close(F.conv1d(x, torch.ones(1, 1, 2), padding="same"), [[[1, 3, 5, 7, 4]]])
    with pytest.raises(RuntimeError, match="strided"):
        F.conv1d(x, torch.ones(1, 1, 2), stride=2, padding="same")


def test_convolution_names_what_does_not_fit() -> None:
    with pytest.raises(RuntimeError, match="expected input.* to have 2 channels, but got 3"):
        F.conv2d(torch.zeros(1, 3, 4, 4), torch.zeros(1, 2, 2, 2))
    with pytest.raises(RuntimeError, match="Kernel size can't be greater"):
        F.conv2d(torch.zeros(1, 1, 2, 2), torch.zeros(1, 1, 3, 3))
    with pytest.raises(RuntimeError, match="should be the same"):
        F.conv2d(torch.zeros(1, 1, 2, 2), torch.zeros(1, 1, 1, 1, dtype=torch.float64))


# -- pooling ---------------------------------------------------------------------------------------


def test_max_pool_gives_ties_to_the_first() -> None:
    x = leaf(np.full((1, 1, 2, 2), 2.0))
    F.max_pool2d(x, 2).backward()
    close(x.grad, [[[[1, 0], [0, 0]]]])


def test_max_pool_padding_never_wins() -> None:
    x = -1 - torch.arange(7.0).reshape(1, 1, 7)
    y, places = F.max_pool1d(x, 3, 2, 1, return_indices=True)
    close(y, [[[-1, -2, -4, -6]]])
    assert places.tolist() == [[[0, 1, 3, 5]]]


def test_max_pool_finds_nan() -> None:
    y = F.max_pool2d(torch.tensor([[[1.0, math.nan], [2.0, 0.0]]]), 2)
    assert math.isnan(y.item())


def test_pooling_that_overhangs() -> None:
    x = torch.arange(1.0, 6.0).reshape(1, 1, 5)
    close(F.max_pool1d(x, 2), [[[2, 4]]])
    close(F.max_pool1d(x, 2, ceil_mode=True), [[[2, 4, 5]]])
    close(F.avg_pool1d(x, 2, ceil_mode=True), [[[1.5, 3.5, 5]]])  # the last window holds one element
    # Padding counts, unless it is told not to: (0 + 1) / 2 or 1 / 1.
    close(F.avg_pool1d(x, 2, padding=1), [[[0.5, 2.5, 4.5]]])
    close(F.avg_pool1d(x, 2, padding=1, count_include_pad=False), [[[1, 2.5, 4.5]]])


def test_overlapping_windows_add_their_gradients() -> None:
    x = leaf([[[1.0, 5.0, 2.0, 3.0]]])
    F.max_pool1d(x, 3, 1).sum().backward()
    close(x.grad, [[[0, 2, 0, 0]]])


def test_adaptive_pooling_covers_evenly() -> None:
    x = torch.arange(5.0).reshape(1, 1, 5)
    # Windows 0-1, 1-3, 3-4: from floor(5 k / 3) up to ceil(5 (k + 1) / 3).
    close(F.adaptive_avg_pool1d(x, 3), [[[0.5, 2, 3.5]]])
    close(F.adaptive_max_pool1d(x, 3), [[[1, 3, 4]]])


def test_unpooling_puts_back() -> None:
    x = torch.tensor([[[1.0, 5.0, 2.0, 3.0]]])
    y, places = F.max_pool1d(x, 2, return_indices=True)
    close(F.max_unpool1d(y, places, 2), [[[0, 5, 0, 3]]])
    with pytest.raises(RuntimeError, match="invalid max index: 9"):
        F.max_unpool1d(y, torch.tensor([[[1, 9]]]), 2)


# -- normalisation ---------------------------------------------------------------------------------


def test_batch_norm_statistics() -> None:
    x = torch.tensor([[1.0, 10.0], [3.0, 10.0], [8.0, 40.0]])
    mean, variance = torch.zeros(2), torch.ones(2)
    y = F.batch_norm(x, mean, variance, training=True, momentum=0.5)
    # Means 4 and 20; biased variances 26/3 and 200, unbiased 13 and 300.
    close(y[:, 1], [-10 / math.sqrt(200), -10 / math.sqrt(200), 20 / math.sqrt(200)])
    close(mean, [2, 10])
    close(variance, [7, 150.5])
    close(
        F.batch_norm(torch.zeros(1, 2), mean, variance, eps=0.0),
        [[-2 / math.sqrt(7), -10 / math.sqrt(150.5)]],
    )


def test_batch_norm_of_one_value_needs_eval_mode() -> None:
    with pytest.raises(ValueError, match="more than 1 value per channel"):
        F.batch_norm(torch.ones(1, 2), None, None, training=True)


def test_normalisations_by_hand() -> None:
    x = torch.tensor([[1.0, 3.0, 10.0, 20.0]])
    close(
        F.layer_norm(x, (4,), eps=0.0), (x.numpy() - 8.5) / math.sqrt(55.25)
    )  # 7.5^2 + 5.5^2 + 1.5^2 + 11.5^2 over 4
    close(F.group_norm(x, 2, eps=0.0), [[-1, 1, -1, 1]])
    close(F.rms_norm(x, (4,), eps=0.0), x.numpy() / math.sqrt(127.5))  # (1 + 9 + 100 + 400) / 4


@pytest.mark.parametrize(
    "function",
    [
        lambda x, w, b: F.layer_norm(x, (4,), w, b),
        lambda x, w, b: F.batch_norm(x, None, None, w, b, training=True),
        lambda x, w, b: F.group_norm(x, 2, w, b),
        lambda x, w, b: F.rms_norm(x, (4,), w) + b,
    ],
)
def test_derivatives_of_normalisations(function: Any) -> None:
    operands = doubles(3, 4), doubles(4, seed=1), doubles(4, seed=2)
    assert gradcheck(function, operands)
    assert gradgradcheck(function, operands)


# -- the rest --------------------------------------------------------------------------------------


def test_embedding_adds_up_repeated_rows() -> None:
    table = leaf(np.ones((4, 2)))
    F.embedding(torch.tensor([1, 2, 2, 1, 0]), table, padding_idx=-3).sum().backward()
    close(table.grad, [[1, 1], [0, 0], [2, 2], [0, 0]])
    with pytest.raises(IndexError, match="index 4 for a table of 4 rows"):
        F.embedding(torch.tensor([4]), table)
    table.grad = None
    F.embedding(torch.tensor([1]), table, sparse=True).sum().backward()
    close(table.grad, [[0, 0], [1, 1], [0, 0], [0, 0]])


def test_embedding_shortens_long_rows() -> None:
    table = torch.tensor([[3.0, 4.0], [30.0, 40.0]])
    F.embedding(torch.tensor([0]), table, max_norm=1.0)
    close(table, [[0.6, 0.8], [30, 40]])


def test_embedding_bags() -> None:
    table = torch.tensor([[1.0, 8.0], [3.0, 4.0], [5.0, 6.0]])
    indices, offsets = torch.tensor([0, 1, 2]), torch.tensor([0, 2, 2])
    close(F.embedding_bag(indices, table, offsets, mode="sum"), [[4, 12], [0, 0], [5, 6]])
    close(F.embedding_bag(indices, table, offsets), [[2, 6], [0, 0], [5, 6]])
    close(F.embedding_bag(indices, table, offsets, mode="max"), [[3, 8], [0, 0], [5, 6]])


def test_padding_modes() -> None:
    x = torch.tensor([[[1.0, 2.0, 3.0]]])
    close(F.pad(x, (2, 1)), [[[0, 0, 1, 2, 3, 0]]])
    close(F.pad(x, (-1, 2), value=9.0), [[[2, 3, 9, 9]]])
    close(F.pad(x, (2, 1), mode="reflect"), [[[3, 2, 1, 2, 3, 2]]])
    close(F.pad(x, (2, 1), mode="replicate"), [[[1, 1, 1, 2, 3, 3]]])
    close(F.pad(x, (2, 1), mode="circular"), [[[2, 3, 1, 2, 3, 1]]])
    with pytest.raises(RuntimeError, match="less than the corresponding input dimension"):
        F.pad(x, (3, 0), mode="reflect")


def test_interpolation_by_hand() -> None:
    x = torch.tensor([[[0.0, 3.0]]])
    close(F.interpolate(x, size=4), [[[0, 0, 3, 3]]])
    close(F.interpolate(x, size=4, mode="linear", align_corners=True), [[[0, 1, 2, 3]]])
    close(F.interpolate(x, size=4, mode="linear"), [[[0, 0.75, 2.25, 3]]])  # centres at -1/4, 1/4, 3/4, 5/4
    close(F.interpolate(torch.arange(4.0).reshape(1, 1, 4), size=2, mode="area"), [[[0.5, 2.5]]])


def test_grid_sample_between_and_outside() -> None:
    image = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])
    points = torch.tensor([[[[0.0, 0.0], [-1.0, -1.0], [5.0, 0.0]]]])
    close(F.grid_sample(image, points, align_corners=True), [[[[2.5, 1, 0]]]])
    close(F.grid_sample(image, points, padding_mode="border", align_corners=True), [[[[2.5, 1, 3]]]])


def test_unfold_and_fold_are_adjoint() -> None:
    x = torch.arange(9.0).reshape(1, 1, 3, 3)
    columns = F.unfold(x, 2)
    close(columns[0, :, 0], [0, 1, 3, 4])
    # Each element comes back as often as windows hold it.
    close(F.fold(columns, (3, 3), 2), x.numpy() * np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]]))


def test_attention_masks() -> None:
    q, k = torch.zeros(1, 2, 2), torch.zeros(1, 2, 2)
    v = torch.tensor([[[2.0], [4.0]]])
    close(F.scaled_dot_product_attention(q, k, v), [[[3], [3]]])
    close(F.scaled_dot_product_attention(q, k, v, is_causal=True), [[[2], [3]]])
    nothing = torch.tensor([[False, True], [False, False]])
    close(F.scaled_dot_product_attention(q, k, v, attn_mask=nothing), [[[4], [0]]])


def test_dropout_scales_what_is_left() -> None:
    torch.manual_seed(0)
    x = torch.ones(1000, requires_grad=True)
    y = F.dropout(x, 0.25)
    kept = y != 0
    assert set(np.unique(y.detach().numpy())) == {np.float32(0), np.float32(1 / 0.75)}
    assert 650 < int(kept.sum()) < 850
    y.sum().backward()
    assert (x.grad == y).all()
    assert F.dropout(x, 0.25, training=False) is x
    with pytest.raises(ValueError, match="between 0 and 1"):
        F.dropout(x, 1.5)


def test_dropout2d_drops_whole_channels() -> None:
    torch.manual_seed(0)
    y = F.dropout2d(torch.ones(8, 8, 3, 3), 0.5)
    means = y.mean((2, 3))
    assert ((means == 0) | (means == 2)).all()
    assert 0 < int((means == 0).sum()) < 64


def test_linear_of_any_number_of_dimensions() -> None:
    weight, bias = torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([10.0, 20.0])
    for shape in ((2,), (3, 2), (2, 3, 2)):
        y = F.linear(torch.ones(shape), weight, bias)
        assert y.shape == shape
        close(y, np.broadcast_to([13.0, 27.0], shape))
    with pytest.raises(RuntimeError, match=r"cannot be multiplied \(1x3 and 2x2\)"):
        F.linear(torch.ones(3), weight)


def test_half_precision_is_computed_in_single() -> None:
    # Added up one by one in half precision, ones would stop at 2048: 2049 is none of its numbers.
    x = torch.ones(1, 4096, dtype=torch.float16)
    close(F.linear(x, torch.ones(1, 4096, dtype=torch.float16)), [[4096]])
    assert F.softmax(x, 1).dtype is torch.float16


def test_top_level_spellings() -> None:
    x = torch.tensor([[1.0, 3.0]])
    close(torch.layer_norm(x, (2,)), [[-1, 1]], 1e-4)
    close(torch.batch_norm(x.t(), None, None, None, None, True, 0.1, 0.0), [[-1], [1]])
    close(torch.embedding(torch.tensor([[1.0], [2.0]]), torch.tensor([1, 0])), [[2], [1]])
    assert torch.dropout(x, 0.5, False) is x
    close(torch.kl_div(x.log(), x, 2), 0.0)
    close(x.softmax(1).log(), x.log_softmax(1).numpy())


def test_margins_that_are_just_kept_have_no_slope() -> None:
    # x[1] and x[3] lie just 1 below x[0], x[2] lies 1 above: only x[2] breaks the margin
    x = torch.tensor([[1.0, 0.0, 2.0, 0.0]], requires_grad=True)
    F.multi_margin_loss(x, torch.tensor([0])).backward()
    assert x.grad.tolist() == [[-0.25, 0.0, 0.25, 0.0]]
    x.grad = None
    F.multilabel_margin_loss(x, torch.tensor([[0, -1, -1, -1]])).backward()
    assert x.grad.tolist() == [[-0.25, 0.0, 0.25, 0.0]]


def test_equally_far_coordinates_each_count_in_the_largest_distance() -> None:
    # PyTorch's convention: every coordinate that attains the maximum gets the whole slope
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    F.pdist(x, p=float("inf")).sum().backward()
    assert x.grad.tolist() == [[-1.0, -1.0], [1.0, 1.0]]


def test_the_grid_of_an_unmoved_image_is_rounded_as_in_pytorch() -> None:
    theta = torch.tensor([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]])
    line = F.affine_grid(theta, (1, 1, 28, 28), align_corners=False)[0, 0, [1, 4, 9, 14], 0]
    # PyTorch's, of which the last two are one rounding away from the exact quotients
    assert line.tolist() == [-0.8928571343421936, -0.6785714030265808, -0.3214285373687744, 0.0357142798602581]
    with pytest.warns(UserWarning, match="unit-size"):
        assert F.affine_grid(theta, (1, 1, 1, 1), align_corners=True).tolist() == [[[[0.0, 0.0]]]]


@pytest.mark.parametrize(
    ("loss", "names"),
    [
        (F.l1_loss, ("MeanBackward0", "SumBackward0", "AbsBackward0")),
        (F.kl_div, ("MeanBackward0", "SumBackward0", "SubBackward0")),
        (F.cross_entropy, ("DivBackward1", "NegBackward0", "NegBackward0")),
        (
            lambda x, y, **how: F.margin_ranking_loss(x, y, y, **how),
            ("MeanBackward0", "SumBackward0", "ClampMinBackward0"),
        ),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:reduction")
def test_the_node_of_a_loss_is_named_after_its_last_step(loss: Any, names: tuple[str, ...]) -> None:
    # what print(loss) shows in PyTorch
    x, y = leaf([[0.5, 0.25]]), torch.tensor([[0.5, 0.5]], dtype=torch.float64)
    assert tuple(loss(x, y, reduction=r).grad_fn.name() for r in ("mean", "sum", "none")) == names


def test_an_empty_batch_is_normalised_to_nothing() -> None:
    norm = torch.nn.BatchNorm1d(3)
    norm(torch.zeros(0, 3, 2)).sum().backward()
    assert norm.weight.grad.tolist() == [0.0] * 3
    assert norm.running_mean.tolist() == [0.0] * 3


def test_variances_broadcast() -> None:
    x, y = torch.zeros(2, 3), torch.ones(2, 3)
    assert F.gaussian_nll_loss(x, y, torch.ones(1, 3)) == 0.5  # (log 1 + 1 / 1) / 2
    with pytest.raises(ValueError, match="incorrect size"):
        F.gaussian_nll_loss(x, y, torch.ones(2, 2))
