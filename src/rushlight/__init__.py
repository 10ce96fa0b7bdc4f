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

from ._dtypes import bool_ as bool  # noqa: A004
from ._dtypes import (
    bfloat16, can_cast, cdouble, cfloat, chalf, complex32, complex64, complex128, double, dtype, finfo, float16, float32,
    float64, get_default_dtype, half, iinfo, int8, int16, int32, int64, long, promote_types, set_default_dtype, short, uint8,
    uint16, uint32, uint64,
)  # fmt: skip
from ._dtypes import float_ as float  # noqa: A004
from ._dtypes import int_ as int  # noqa: A004
from ._grad_mode import (
    enable_grad, inference_mode, is_grad_enabled, is_inference_mode_enabled, no_grad, set_grad_enabled,
)  # fmt: skip
from ._tensor import Size, Tensor
from . import _methods, linalg, random
from . import autograd
from .autograd.anomaly import is_anomaly_check_nan_enabled, is_anomaly_enabled
from .autograd.variable import Variable
from ._creation import (
    BoolTensor, ByteTensor, CharTensor, DoubleTensor, FloatTensor, HalfTensor, IntTensor, LongTensor, ShortTensor, arange,
    as_tensor, asarray, empty, empty_like, eye, from_numpy, frombuffer, full, full_like, linspace, logspace, ones, ones_like,
    scalar_tensor, tensor, zeros, zeros_like,
)  # fmt: skip
from ._device import device
from ._random import (
    Generator, bernoulli, binomial, default_generator, get_rng_state, initial_seed, manual_seed, multinomial, normal, poisson,
    rand, rand_like, randint, randint_like, randn, randn_like, randperm, seed, set_rng_state,
)  # fmt: skip
from ._printing import set_printoptions
from .ops.index import getitem
from .ops.join import cat, chunk, split, stack, unbind
from .ops.einsum import einsum
from .ops.linalg_products import chain_matmul, ger, inner, kron, outer, tensordot
from .ops.matmul import addbmm, addmm, addmv, addr, baddbmm, bmm, dot, matmul, mm, mv, vdot
from . import special
from .ops.arithmetic import (
    add, addcdiv, addcmul, div, floor_divide, fmod, lerp, mul, neg, positive, reciprocal, remainder, rsub, square, sub,
)  # fmt: skip
from .ops.bessel import i0
from .ops.comparison import (
    allclose, bitwise_and, bitwise_left_shift, bitwise_not, bitwise_or, bitwise_right_shift, bitwise_xor, eq, equal, gcd, ge,
    gt, isclose, isfinite, isinf, isnan, isneginf, isposinf, isreal, lcm, le, logical_and, logical_not, logical_or,
    logical_xor, lt, ne,
)  # fmt: skip
from .ops.complex import (
    angle, complex, conj, conj_physical, imag, is_complex, is_conj, is_floating_point, is_neg, is_nonzero, polar, real,
    resolve_conj, resolve_neg, view_as_complex, view_as_real,
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
from .ops.aliases import (
    absolute, arccos, arccosh, arcsin, arcsinh, arctan, arctan2, arctanh, clip, divide, fix, greater, greater_equal, less,
    less_equal, multiply, negative, not_equal, subtract, true_divide,
)  # fmt: skip
from .ops.reduction import mean, sum
from .ops.shape import flip, permute, reshape, squeeze, t, transpose, unsqueeze
