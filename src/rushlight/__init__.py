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
from .ops.pointwise import add, mul, pow, sub
from .ops.reduction import mean, sum
from .ops.shape import flip, permute, reshape, squeeze, t, transpose, unsqueeze
