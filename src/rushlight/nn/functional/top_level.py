"""Functions of neural networks under their other names and signatures: `torch.dropout`, `torch.batch_norm` and so on.

What layers are made of has a plainer spelling in `torch` itself: arguments by position, reductions by number.
"""

from __future__ import annotations

from typing import Any

from ...ops.dropout import apply, apply_alpha
from . import classification, loss, normalization, padding, pooling, sampling
from . import margin as margins
from .activation import celu, celu_, selu, selu_
from .convolution import (
    conv1d,
    conv2d,
    conv3d,
    conv_tbc,
    conv_transpose1d,
    conv_transpose2d,
    conv_transpose3d,
)
from .distance import cdist, cosine_similarity, pairwise_distance, pdist
from .embedding import embedding as rows_of
from .linear import bilinear
from .pooling import adaptive_avg_pool1d, avg_pool1d, max_pool1d, max_pool2d, max_pool3d
from .pooling_indices import max_pool1d_with_indices
from .rectifiers import hardshrink, prelu, relu_, rrelu, rrelu_, threshold, threshold_
from .sampling import channel_shuffle, pixel_shuffle, pixel_unshuffle

REDUCTIONS = ("none", "mean", "sum")


def _reduction(number: int) -> str:
    if number not in (0, 1, 2):
        raise ValueError(
            f"reduction must be 0 (none), 1 (mean) or 2 (sum), not {number!r}; nn.functional takes the words"
        )
    return REDUCTIONS[number]


def dropout(input: Any, p: float, train: bool) -> Any:
    """`nn.functional.dropout` with arguments by position.

    Args:
        input: a tensor of any shape.
        p: the probability of zero.
        train: whether to drop anything.

    Returns:
        a tensor of the same shape.
    """
    return apply(input, p, train, False)


def dropout_(input: Any, p: float, train: bool) -> Any:
    """`dropout` in place.

    Args:
        input: the tensor to overwrite.
        p: the probability of zero.
        train: whether to drop anything.

    Returns:
        the same tensor.
    """
    return apply(input, p, train, True)


def feature_dropout(input: Any, p: float, train: bool) -> Any:
    """Dropout of whole channels (dimension 1).

    Args:
        input: a tensor of shape (batch, channels, *).
        p: the probability of zero.
        train: whether to drop anything.

    Returns:
        a tensor of the same shape.
    """
    return apply(input, p, train, False, per_channel=True)


def feature_dropout_(input: Any, p: float, train: bool) -> Any:
    """`feature_dropout` in place.

    Args:
        input: the tensor to overwrite.
        p: the probability of zero.
        train: whether to drop anything.

    Returns:
        the same tensor.
    """
    return apply(input, p, train, True, per_channel=True)


def alpha_dropout(input: Any, p: float, train: bool) -> Any:
    """`nn.functional.alpha_dropout` with arguments by position.

    Args:
        input: a tensor of any shape.
        p: the probability of being dropped.
        train: whether to drop anything.

    Returns:
        a tensor of the same shape.
    """
    return apply_alpha(input, p, train, False)


def alpha_dropout_(input: Any, p: float, train: bool) -> Any:
    """`alpha_dropout` in place.

    Args:
        input: the tensor to overwrite.
        p: the probability of being dropped.
        train: whether to drop anything.

    Returns:
        the same tensor.
    """
    return apply_alpha(input, p, train, True)


def feature_alpha_dropout(input: Any, p: float, train: bool) -> Any:
    """`alpha_dropout` of whole channels (dimension 1).

    Args:
        input: a tensor of shape (batch, channels, *).
        p: the probability of being dropped.
        train: whether to drop anything.

    Returns:
        a tensor of the same shape.
    """
    return apply_alpha(input, p, train, False, per_channel=True)


def feature_alpha_dropout_(input: Any, p: float, train: bool) -> Any:
    """`feature_alpha_dropout` in place.

    Args:
        input: the tensor to overwrite.
        p: the probability of being dropped.
        train: whether to drop anything.

    Returns:
        the same tensor.
    """
    return apply_alpha(input, p, train, True, per_channel=True)


def batch_norm(
    input: Any,
    weight: Any,
    bias: Any,
    running_mean: Any,
    running_var: Any,
    training: bool,
    momentum: float,
    eps: float,
    cudnn_enabled: bool = False,
) -> Any:
    """`nn.functional.batch_norm` with arguments by position.

    Args:
        input: a floating-point tensor of shape (batch, channels, *).
        weight, bias, running_mean, running_var: tensors of shape (channels,), or None.
        training: whether to use the batch's statistics.
        momentum: how far the running statistics move.
        eps: added to the variance.
        cudnn_enabled: accepted for compatibility.

    Returns:
        a tensor of the same shape.
    """
    return normalization.batch_norm(input, running_mean, running_var, weight, bias, training, momentum, eps)


def instance_norm(
    input: Any,
    weight: Any,
    bias: Any,
    running_mean: Any,
    running_var: Any,
    use_input_stats: bool,
    momentum: float,
    eps: float,
    cudnn_enabled: bool = False,
) -> Any:
    """`nn.functional.instance_norm` with arguments by position.

    Args:
        input: a floating-point tensor of shape (batch, channels, *).
        weight, bias, running_mean, running_var: tensors of shape (channels,), or None.
        use_input_stats: whether to use the input's statistics.
        momentum: how far the running statistics move.
        eps: added to the variance.
        cudnn_enabled: accepted for compatibility.

    Returns:
        a tensor of the same shape.
    """
    return normalization.instance_norm(
        input, running_mean, running_var, weight, bias, use_input_stats, momentum, eps
    )


def layer_norm(
    input: Any,
    normalized_shape: Any,
    weight: Any = None,
    bias: Any = None,
    eps: float = 1e-5,
    cudnn_enable: bool = True,
) -> Any:
    """`nn.functional.layer_norm`.

    Args:
        input: a floating-point tensor of shape (*, *normalized_shape).
        normalized_shape: the sizes of the last dimensions.
        weight, bias: tensors of shape `normalized_shape`.
        eps: added to the variance.
        cudnn_enable: accepted for compatibility.

    Returns:
        a tensor of the same shape.
    """
    return normalization.layer_norm(input, normalized_shape, weight, bias, eps)


def group_norm(
    input: Any,
    num_groups: int,
    weight: Any = None,
    bias: Any = None,
    eps: float = 1e-5,
    cudnn_enabled: bool = True,
) -> Any:
    """`nn.functional.group_norm`.

    Args:
        input: a floating-point tensor of shape (batch, channels, *).
        num_groups: how many groups of consecutive channels there are.
        weight, bias: tensors of shape (channels,).
        eps: added to the variance.
        cudnn_enabled: accepted for compatibility.

    Returns:
        a tensor of the same shape.
    """
    return normalization.group_norm(input, num_groups, weight, bias, eps)


rms_norm = normalization.rms_norm


def embedding(
    weight: Any, indices: Any, padding_idx: int = -1, scale_grad_by_freq: bool = False, sparse: bool = False
) -> Any:
    """`nn.functional.embedding` with the table first.

    Args:
        weight: the table, of shape (rows, size).
        indices: indices of any shape.
        padding_idx: a row that gets no gradient; -1 for none.
        scale_grad_by_freq: divide gradients by how often their row was picked.
        sparse: sparse gradients are not supported: False.

    Returns:
        a tensor of shape (*indices, size).
    """
    return rows_of(
        indices, weight, None if padding_idx < 0 else padding_idx, None, 2.0, scale_grad_by_freq, sparse
    )


def adaptive_max_pool1d(input: Any, output_size: Any) -> Any:
    """`nn.functional.adaptive_max_pool1d` with indices.

    Args:
        input: a tensor of shape (batch, channels, length), or without the batch.
        output_size: the number of windows.

    Returns:
        the largest elements, and where they are.
    """
    return pooling.adaptive_max_pool1d(input, output_size, return_indices=True)


def binary_cross_entropy_with_logits(
    input: Any, target: Any, weight: Any = None, pos_weight: Any = None, reduction: int = 1
) -> Any:
    """`nn.functional.binary_cross_entropy_with_logits` with the reduction by number: 0 none, 1 mean, 2 sum.

    Args:
        input: scores.
        target: the true probabilities.
        weight, pos_weight: what elements and positive targets count for.
        reduction: a number.

    Returns:
        a 0-d tensor, or one of the input's shape.
    """
    return loss.binary_cross_entropy_with_logits(
        input, target, weight, reduction=_reduction(reduction), pos_weight=pos_weight
    )


def kl_div(input: Any, target: Any, reduction: int = 1, *, log_target: bool = False) -> Any:
    """`nn.functional.kl_div` with the reduction by number: 0 none, 1 mean, 2 sum.

    Args:
        input: log-probabilities.
        target: probabilities, or log-probabilities if `log_target`.
        reduction: a number.
        log_target: whether the target is given in logarithms.

    Returns:
        a 0-d tensor, or one of the input's shape.
    """
    total = loss.kl_div(input, target, reduction="none", log_target=log_target)
    return loss.reduce_losses(total, _reduction(reduction))


def poisson_nll_loss(input: Any, target: Any, log_input: bool, full: bool, eps: float, reduction: int) -> Any:
    """`nn.functional.poisson_nll_loss` with the reduction by number: 0 none, 1 mean, 2 sum.

    Args:
        input: the logarithms of the rates, or the rates.
        target: the counts.
        log_input, full, eps: as there.
        reduction: a number.

    Returns:
        a 0-d tensor, or one of the input's shape.
    """
    return loss.poisson_nll_loss(input, target, log_input, full, eps=eps, reduction=_reduction(reduction))


def ctc_loss(
    log_probs: Any,
    targets: Any,
    input_lengths: Any,
    target_lengths: Any,
    blank: int = 0,
    reduction: int = 1,
    zero_infinity: bool = False,
) -> Any:
    """`nn.functional.ctc_loss` with the reduction by number: 0 none, 1 mean, 2 sum.

    Args:
        log_probs, targets, input_lengths, target_lengths, blank, zero_infinity: as there.
        reduction: a number.

    Returns:
        a 0-d tensor, or one of shape (batch,).
    """
    return classification.ctc_loss(
        log_probs, targets, input_lengths, target_lengths, blank, _reduction(reduction), zero_infinity
    )


def cosine_embedding_loss(
    input1: Any, input2: Any, target: Any, margin: float = 0.0, reduction: int = 1
) -> Any:
    """`nn.functional.cosine_embedding_loss` with the reduction by number: 0 none, 1 mean, 2 sum.

    Args:
        input1, input2, target, margin: as there.
        reduction: a number.

    Returns:
        a 0-d tensor, or one of shape (batch,).
    """
    return margins.cosine_embedding_loss(input1, input2, target, margin, reduction=_reduction(reduction))


def hinge_embedding_loss(input: Any, target: Any, margin: float = 1.0, reduction: int = 1) -> Any:
    """`nn.functional.hinge_embedding_loss` with the reduction by number: 0 none, 1 mean, 2 sum.

    Args:
        input, target, margin: as there.
        reduction: a number.

    Returns:
        a 0-d tensor, or one of the input's shape.
    """
    return margins.hinge_embedding_loss(input, target, margin, reduction=_reduction(reduction))


def margin_ranking_loss(
    input1: Any, input2: Any, target: Any, margin: float = 0.0, reduction: int = 1
) -> Any:
    """`nn.functional.margin_ranking_loss` with the reduction by number: 0 none, 1 mean, 2 sum.

    Args:
        input1, input2, target, margin: as there.
        reduction: a number.

    Returns:
        a 0-d tensor, or one of the broadcast shape.
    """
    return margins.margin_ranking_loss(input1, input2, target, margin, reduction=_reduction(reduction))


def triplet_margin_loss(
    anchor: Any,
    positive: Any,
    negative: Any,
    margin: float = 1.0,
    p: float = 2.0,
    eps: float = 1e-6,
    swap: bool = False,
    reduction: int = 1,
) -> Any:
    """`nn.functional.triplet_margin_loss` with the reduction by number: 0 none, 1 mean, 2 sum.

    Args:
        anchor, positive, negative, margin, p, eps, swap: as there.
        reduction: a number.

    Returns:
        a 0-d tensor, or one of shape (batch,).
    """
    return margins.triplet_margin_loss(
        anchor, positive, negative, margin, p, eps, swap, reduction=_reduction(reduction)
    )


def grid_sampler(
    input: Any, grid: Any, interpolation_mode: int, padding_mode: int, align_corners: bool
) -> Any:
    """`nn.functional.grid_sample` with the modes by number.

    Args:
        input, grid, align_corners: as there.
        interpolation_mode: 0 bilinear, 1 nearest, 2 bicubic.
        padding_mode: 0 zeros, 1 border, 2 reflection.

    Returns:
        a tensor of shape (batch, channels, *out).
    """
    modes, paddings = ("bilinear", "nearest", "bicubic"), ("zeros", "border", "reflection")
    return sampling.grid_sample(input, grid, modes[interpolation_mode], paddings[padding_mode], align_corners)


def _grid_sampler(dimensions: int, *args: Any) -> Any:
    if args[0]._a.ndim != dimensions + 2:
        raise RuntimeError(
            f"grid_sampler_{dimensions}d(): expected an input of {dimensions + 2} dimensions (batch, channels and "
            f"{dimensions} of space), but got one with sizes {list(args[0]._a.shape)}"
        )
    return grid_sampler(*args)


def grid_sampler_2d(
    input: Any, grid: Any, interpolation_mode: int, padding_mode: int, align_corners: bool
) -> Any:
    """`nn.functional.grid_sample` of images, with the modes by number.

    Args:
        input, grid, align_corners: as there.
        interpolation_mode: 0 bilinear, 1 nearest, 2 bicubic.
        padding_mode: 0 zeros, 1 border, 2 reflection.

    Returns:
        a tensor of shape (batch, channels, height_out, width_out).

    Raises:
        RuntimeError: if the input isn't a batch of images.
    """
    return _grid_sampler(2, input, grid, interpolation_mode, padding_mode, align_corners)


def grid_sampler_3d(
    input: Any, grid: Any, interpolation_mode: int, padding_mode: int, align_corners: bool
) -> Any:
    """`nn.functional.grid_sample` of volumes, with the modes by number.

    Args:
        input, grid, align_corners: as there.
        interpolation_mode: 0 bilinear, 1 nearest.
        padding_mode: 0 zeros, 1 border, 2 reflection.

    Returns:
        a tensor of shape (batch, channels, depth_out, height_out, width_out).

    Raises:
        RuntimeError: if the input isn't a batch of volumes.
    """
    return _grid_sampler(3, input, grid, interpolation_mode, padding_mode, align_corners)


def constant_pad_nd(input: Any, pad: Any, value: Any = 0) -> Any:
    """`nn.functional.pad` with a constant.

    Args:
        input: a tensor.
        pad: how much before and after the last dimension, then the one before it, and so on.
        value: what to fill in.

    Returns:
        a new tensor.

    Raises:
        RuntimeError: if the numbers don't fit the input.

    Example:
        >>> import rushlight as torch
        >>> torch.constant_pad_nd(torch.tensor([1, 2]), (1, 1), 7)
        tensor([7, 1, 2, 7])
    """
    return padding.pad(input, pad, "constant", value)


def affine_grid_generator(theta: Any, size: Any, align_corners: bool) -> Any:
    """`nn.functional.affine_grid`.

    Args:
        theta, size, align_corners: as there.

    Returns:
        a tensor of points.
    """
    return sampling.affine_grid(theta, size, align_corners)


__all__ = [
    "adaptive_avg_pool1d",
    "adaptive_max_pool1d",
    "affine_grid_generator",
    "alpha_dropout",
    "alpha_dropout_",
    "avg_pool1d",
    "batch_norm",
    "bilinear",
    "binary_cross_entropy_with_logits",
    "cdist",
    "celu",
    "celu_",
    "channel_shuffle",
    "constant_pad_nd",
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_tbc",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "cosine_embedding_loss",
    "cosine_similarity",
    "ctc_loss",
    "dropout",
    "dropout_",
    "embedding",
    "feature_alpha_dropout",
    "feature_alpha_dropout_",
    "feature_dropout",
    "feature_dropout_",
    "grid_sampler",
    "grid_sampler_2d",
    "grid_sampler_3d",
    "group_norm",
    "hardshrink",
    "hinge_embedding_loss",
    "instance_norm",
    "kl_div",
    "layer_norm",
    "margin_ranking_loss",
    "max_pool1d",
    "max_pool1d_with_indices",
    "max_pool2d",
    "max_pool3d",
    "pairwise_distance",
    "pdist",
    "pixel_shuffle",
    "pixel_unshuffle",
    "poisson_nll_loss",
    "prelu",
    "relu_",
    "rms_norm",
    "rrelu",
    "rrelu_",
    "selu",
    "selu_",
    "threshold",
    "threshold_",
    "triplet_margin_loss",
]
