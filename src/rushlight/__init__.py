"""Rushlight: a small torch.

PyTorch's dynamic computation graph, backpropagation and gradient descent in pure Python on NumPy.

    >>> import rushlight as torch
    >>> x = torch.tensor(1., requires_grad=True)
    >>> y = x ** 2
    >>> y.backward()
    >>> x.grad
    tensor(2.)
"""

from __future__ import annotations

from math import e, inf, nan, pi

from ._dtypes import bool_ as bool
from ._dtypes import (
    bfloat16, can_cast, cdouble, cfloat, chalf, complex32, complex64, complex128, double, dtype, finfo, float16,
    float32,
    float64, get_default_dtype, half, iinfo, int8, int16, int32, int64, long, promote_types, set_default_dtype,
    short, uint8,
    uint16, uint32, uint64,
)  # fmt: skip
from ._dtypes import float_ as float
from ._dtypes import int_ as int
from ._grad_mode import (
    enable_grad, inference_mode, is_grad_enabled, is_inference_mode_enabled, no_grad, set_grad_enabled,
)  # fmt: skip
from ._tensor import Size, Tensor
from . import _graph, _methods, _naming, _unsupported, fft, linalg, random
from . import autograd
from .autograd.anomaly_mode import is_anomaly_check_nan_enabled, is_anomaly_enabled
from ._creation import as_tensor, asarray, from_numpy, frombuffer, tensor
from ._filled import (
    empty, empty_like, empty_strided, full, full_like, ones, ones_like, scalar_tensor, zeros, zeros_like,
)  # fmt: skip
from ._ranges import arange, eye, linspace, logspace, range
from ._legacy import (
    BoolTensor, ByteTensor, CharTensor, DoubleTensor, FloatTensor, HalfTensor, IntTensor, LongTensor, ShortTensor,
    Variable,
)  # fmt: skip
from ._layout import (
    channels_last, channels_last_3d, contiguous_format, layout, memory_format, preserve_format, sparse_coo, strided,
)  # fmt: skip
from ._device import device
from ._missing import module_getattr
from ._random import (
    Generator, bernoulli, binomial, default_generator, get_rng_state, initial_seed, manual_seed, multinomial, normal,
    poisson,
    rand, rand_like, randint, randint_like, randn, randn_like, randperm, seed, set_rng_state,
)  # fmt: skip
from ._printing import set_printoptions
from . import return_types
from .ops.copying import fill, fill_, zero_
from .ops.counting import bincount, histc, histogram, histogramdd
from .ops.covariance import corrcoef, cov
from .ops.diagonal import diag, diag_embed, diagflat, diagonal, trace, tril, tril_indices, triu, triu_indices
from .ops.differences import cumulative_trapezoid, diff, gradient, trapezoid
from .ops.differences import trapezoid as trapz
from .ops.extremes import amax, amin, aminmax, argmax, argmin, cummax, cummin, max, min
from .ops.indexing import (
    index_add, index_copy, index_fill, index_put, index_put_, index_reduce, index_select, take,
)  # fmt: skip
from .ops.indexing import put_by_number as put
from .ops.inserting import as_strided_scatter, diagonal_scatter, select_scatter, slice_scatter
from .ops.join import (
    cat, chunk, dsplit, hsplit, split, split_with_sizes, stack, tensor_split, unbind, unsafe_chunk, unsafe_split,
    vsplit,
)  # fmt: skip
from .ops.masking import argwhere, masked_scatter, masked_select, nonzero, nonzero_static, unravel_index
from .ops.norms import dist, norm, renorm
from .ops.rearrange import flip, fliplr, flipud, repeat_interleave, roll, rot90, tile
from .ops.reduction import all, any, count_nonzero, logsumexp, mean, nanmean, nansum, prod, sum
from .ops.scan import cumprod, cumsum, logcumsumexp
from .ops.scatter import gather, scatter, scatter_add, scatter_reduce, take_along_dim
from .ops.seldom import detach, detach_, get_device, narrow_copy, result_type
from .ops.shape import permute, reshape, squeeze, t, transpose, unsqueeze
from .ops.sorting import argsort, bucketize, isin, msort, searchsorted, sort, topk, unique, unique_consecutive
from .ops.stacking import (
    block_diag, cartesian_prod, column_stack, combinations, concat, concatenate, dstack, hstack, meshgrid, row_stack,
    vstack,
)  # fmt: skip
from .ops.statistics import (
    kthvalue, median, mode, nanmedian, nanquantile, quantile, std, std_mean, var, var_mean,
)  # fmt: skip
from .ops.storage import clone, is_same_size, numel
from .ops.storage import as_strided
from .ops.view import (
    adjoint, atleast_1d, atleast_2d, atleast_3d, broadcast_shapes, broadcast_tensors, broadcast_to, flatten,
    movedim, narrow, ravel, select, swapaxes, swapdims, unflatten,
)  # fmt: skip
from .ops.view import movedim as moveaxis
from .ops.einsum import einsum
from .ops.linalg_det import logdet, slogdet
from .ops.linalg_det import torch_det as det
from .ops.linalg_functions import cross, matrix_exp, vander
from .ops.linalg_least_squares import pinverse
from .ops.linalg_lu import lu_solve, lu_unpack
from .ops.linalg_lu import torch_lu as lu
from .ops.linalg_products import chain_matmul, ger, inner, kron, outer, tensordot
from .ops.fft_helpers import istft, stft
from .ops.linalg_qr import geqrf, orgqr, ormqr, qr
from .ops.linalg_functions import eig, lstsq, matrix_rank, solve, symeig
from .ops.linalg_solve import inverse, matrix_power
from .ops.linalg_spectral import svd
from ._lowrank import pca_lowrank, svd_lowrank
from .ops.linalg_triangular import cholesky, cholesky_inverse, cholesky_solve, triangular_solve
from .ops.matmul import addbmm, addmm, addmv, addr, baddbmm, bmm, dot, matmul, mm, mv, vdot
from .ops.arithmetic import (
    add, addcdiv, addcmul, div, floor_divide, fmod, lerp, mul, neg, positive, reciprocal, remainder, rsub, square, sub,
)  # fmt: skip
from .ops.bessel import i0
from .ops.comparison import (
    allclose, bitwise_and, bitwise_left_shift, bitwise_not, bitwise_or, bitwise_right_shift, bitwise_xor, eq, equal,
    gcd, ge,
    gt, isclose, isfinite, isinf, isnan, isneginf, isposinf, isreal, lcm, le, logical_and, logical_not, logical_or,
    logical_xor, lt, ne,
)  # fmt: skip
from .ops.complex import (
    angle, complex, conj, conj_physical, imag, polar, real, resolve_conj, resolve_neg, view_as_complex, view_as_real,
)  # fmt: skip
from .ops.elementary import (
    acos, acosh, asin, asinh, atan, atan2, atanh, cos, cosh, deg2rad, exp, exp2, expm1, hypot, log, log1p, log2, log10,
    logaddexp, logaddexp2, logit, rad2deg, relu, rsqrt, sigmoid, sin, sinc, sinh, sqrt, tan, tanh, xlogy,
)  # fmt: skip
from .ops.error_functions import erf, erfc, erfinv
from .ops.gamma import digamma, igamma, igammac, lgamma, mvlgamma, polygamma
from .ops.power import float_power, pow
from .ops.rounding import (
    abs, ceil, copysign, floor, frac, frexp, heaviside, ldexp, nextafter, round, sgn, sign, signbit, trunc,
)  # fmt: skip
from .ops.selection import clamp, clamp_max, clamp_min, fmax, fmin, masked_fill, maximum, minimum, nan_to_num, where
from .ops.queries import (
    is_complex, is_conj, is_floating_point, is_inference, is_neg, is_nonzero, is_signed, is_tensor,
)  # fmt: skip
from .ops.aliases import (
    abs_, absolute, acos_, acosh_, arccos, arccos_, arccosh, arccosh_, arcsin, arcsin_, arcsinh, arcsinh_, arctan,
    arctan2, arctan_, arctanh, arctanh_, asin_, asinh_, atan_, atanh_, ceil_, clamp_, clamp_max_, clamp_min_, clip,
    clip_,
    conj_physical_, cos_, cosh_, deg2rad_, divide, erf_, erfc_, exp2_, exp_, expm1_, fix, fix_, floor_, frac_, gcd_,
    greater, greater_equal, i0_, lcm_, ldexp_, less, less_equal, log10_, log1p_, log2_, log_, logit_, multiply,
    nan_to_num_, neg_, negative, negative_, not_equal, rad2deg_, reciprocal_, relu_, round_, rsqrt_, sigmoid_, sin_,
    sinc_, sinh_, sqrt_, square_, subtract, tan_, tanh_, true_divide, trunc_, xlogy_,
)  # fmt: skip
from .ops.softmax import log_softmax, softmax

# Loaded at first use: what only programs with neural networks need.
_NEURAL = """
    adaptive_avg_pool1d adaptive_max_pool1d affine_grid_generator alpha_dropout alpha_dropout_ avg_pool1d batch_norm
    bilinear binary_cross_entropy_with_logits cdist celu celu_ channel_shuffle constant_pad_nd conv1d conv2d conv3d
    conv_tbc conv_transpose1d conv_transpose2d conv_transpose3d cosine_embedding_loss cosine_similarity ctc_loss
    dropout dropout_ embedding feature_alpha_dropout feature_alpha_dropout_ feature_dropout feature_dropout_
    grid_sampler grid_sampler_2d grid_sampler_3d group_norm hardshrink hinge_embedding_loss instance_norm kl_div
    layer_norm margin_ranking_loss max_pool1d max_pool1d_with_indices max_pool2d max_pool3d pairwise_distance pdist
    pixel_shuffle pixel_unshuffle poisson_nll_loss prelu relu_ rms_norm rrelu rrelu_ selu selu_ threshold threshold_
    triplet_margin_loss
""".split()
# Loaded at first use as well: twins of views that copy, and what is seldom wanted.
_COPIES = """
    alias_copy as_strided_copy detach_copy diagonal_copy expand_copy frobenius_norm norm_except_dim nuclear_norm
    permute_copy segment_reduce select_copy split_copy split_with_sizes_copy squeeze_copy t_copy transpose_copy
    unbind_copy unfold_copy unsqueeze_copy view_as_complex_copy view_as_real_copy view_copy
""".split()
_CELLS = "embedding_renorm_ gru_cell lstm_cell rnn_relu_cell rnn_tanh_cell".split()
newaxis = None
_SUPPLIED = {
    **dict.fromkeys(_COPIES, "rushlight.ops.copies"),
    **dict.fromkeys(_CELLS, "rushlight.nn.functional.seldom"),
    "GradScaler": "rushlight.amp",
    "sparse_coo_tensor": "rushlight.sparse.coo",
    "spmm": "rushlight.sparse.coo",
    "lobpcg": "rushlight._lowrank",
    **dict.fromkeys(
        ("bartlett_window", "blackman_window", "hamming_window", "hann_window", "kaiser_window"), "rushlight._windows"
    ),
    "TypedStorage": "rushlight.storage",
    "UntypedStorage": "rushlight.storage",
    "to_dlpack": "rushlight.utils.dlpack",
    "from_dlpack": "rushlight.utils.dlpack",
    "autocast": "rushlight.amp",
    "clear_autocast_cache": "rushlight._settings",
    "is_autocast_available": "rushlight._settings",
    "is_autocast_cpu_enabled": "rushlight._settings",
    "is_autocast_enabled": "rushlight._settings",
    "get_autocast_dtype": "rushlight._settings",
    "typename": "rushlight._settings",
    "is_storage": "rushlight._settings",
    "is_tensor": "rushlight._settings",
    "compiled_with_cxx11_abi": "rushlight._settings",
    "is_warn_always_enabled": "rushlight._settings",
    "set_warn_always": "rushlight._settings",
    "set_flush_denormal": "rushlight._settings",
    "get_float32_matmul_precision": "rushlight._settings",
    "set_float32_matmul_precision": "rushlight._settings",
    "get_deterministic_debug_mode": "rushlight._settings",
    "set_deterministic_debug_mode": "rushlight._settings",
    "is_deterministic_algorithms_warn_only_enabled": "rushlight._settings",
    "are_deterministic_algorithms_enabled": "rushlight._settings",
    "use_deterministic_algorithms": "rushlight._settings",
    "set_default_tensor_type": "rushlight._settings",
    "get_default_device": "rushlight._settings",
    "set_default_device": "rushlight._settings",
    "get_num_interop_threads": "rushlight._settings",
    "set_num_interop_threads": "rushlight._settings",
    "get_num_threads": "rushlight._settings",
    "set_num_threads": "rushlight._settings",
    "compile": "rushlight._settings",
    "__version__": "rushlight.version",
    "vmap": "rushlight.func",
    "load": "rushlight.serialization",
    "save": "rushlight.serialization",
}
__getattr__ = module_getattr(
    __name__,
    (
        "__config__", "_dynamo", "_inductor", "_utils", "accelerator", "amp", "backends", "compiler", "cpu", "cuda",
        "distributed", "distributions", "func", "functional", "hub", "jit", "mps", "multiprocessing", "nn", "onnx",
        "optim", "overrides", "profiler", "quasirandom", "regression", "safetensors", "serialization", "show", "signal",
        "sparse", "special", "storage", "testing", "torch_version", "types", "utils", "version", "xpu",
    ),
    _SUPPLIED | dict.fromkeys(_NEURAL, "rushlight.nn.functional.top_level"),
)

_unsupported.install()
_graph.relax_collector()
_naming.name_after("rushlight")
