"""Samples of what layers compute: affine maps, convolution, pooling, normalisation, resizing, embedding,
attention."""

from __future__ import annotations

from typing import Any

import numpy as np

from op_samples import REAL, Maker, Sample, call

F = "nn.functional."


def _quiet(a: Maker, *shape: int) -> Any:
    return a(*shape, grad=False)


def _conv(
    n: int, *shape: int, weight: tuple[int, ...], bias: int | None = None, node: bool = True, **options: Any
) -> Sample:
    name = F + ("conv_transpose" if options.pop("transposed", False) else "conv") + f"{n}d"
    return Sample(
        name,
        lambda a: call(a(*shape), a(*weight), None if bias is None else a(bias), **options),
        node=node,
        label=",".join(f"{k}={v}" for k, v in options.items()),
    )


def _pool(name: str, *shape: int, args: tuple[Any, ...], node: bool = True, **options: Any) -> Sample:
    return Sample(
        F + name,
        lambda a: call(a.distinct(*shape), *args, **options),
        node=node,
        label=",".join(f"{k}={v}" for k, v in options.items()),
    )


def _unpooled(torch: Any, x: Any, n: int) -> Any:
    functional = torch.nn.functional
    values, indices = getattr(functional, f"max_pool{n}d")(x, 2, return_indices=True)
    return getattr(functional, f"max_unpool{n}d")(values, indices, 2)


SAMPLES = [
    Sample(F + "linear", lambda a: (a(3, 4), a(2, 4), a(2)), dtypes=REAL),
    Sample(F + "linear", lambda a: (a(3, 4), a(2, 4))),
    Sample(F + "linear", lambda a: (a(2, 3, 4), a(2, 4), a(2))),
    Sample(F + "linear", lambda a: (a(2, 3, 4), a(2, 4))),
    Sample(F + "linear", lambda a: (a(4), a(2, 4), a(2))),
    Sample(F + "linear", lambda a: (a(4), a(2, 4))),
    Sample(F + "linear", lambda a: (a(3, 4), a(4)), node=False),
    Sample(F + "linear", lambda a: (a(3, 4), a(2, 5)), raises=RuntimeError),
    Sample(F + "bilinear", lambda a: (a(3, 4), a(3, 5), a(2, 4, 5), a(2)), node=False),
    # convolution
    _conv(1, 2, 3, 9, weight=(4, 3, 3), bias=4),
    _conv(1, 2, 3, 9, weight=(4, 3, 3), stride=2, padding=2, dilation=2),
    _conv(1, 2, 4, 9, weight=(6, 2, 3), groups=2, padding="same", node=False),
    _conv(1, 3, 9, weight=(4, 3, 3), node=False),
    _conv(2, 2, 3, 6, 7, weight=(4, 3, 3, 2), bias=4),
    _conv(2, 2, 3, 6, 7, weight=(4, 3, 3, 2), stride=(2, 1), padding=(1, 2), dilation=(1, 2)),
    _conv(2, 2, 3, 7, 7, weight=(4, 3, 3, 3), dilation=2, bias=4),
    _conv(2, 2, 4, 6, 6, weight=(4, 1, 3, 3), groups=4, padding=1),
    _conv(2, 2, 3, 6, 6, weight=(4, 3, 2, 2), padding="same", node=False),
    _conv(3, 2, 2, 4, 5, 4, weight=(3, 2, 2, 3, 2), bias=3, padding=1, stride=2),
    _conv(1, 2, 3, 5, weight=(3, 4, 3), bias=4, transposed=True, stride=2, padding=1, output_padding=1),
    _conv(
        2, 2, 4, 4, 3, weight=(4, 2, 3, 2), bias=4, transposed=True, groups=2, stride=(2, 1), dilation=(1, 2)
    ),
    _conv(
        2,
        1,
        2,
        3,
        3,
        weight=(2, 2, 2, 2),
        bias=2,
        transposed=True,
        padding=1,
        dilation=4,
        output_padding=(2, 3),
        stride=2,
        node=False,
    ),
    _conv(3, 1, 2, 2, 3, 2, weight=(2, 3, 2, 2, 2), transposed=True, stride=2),
    Sample(F + "conv2d", lambda a: (a(2, 3, 6, 6), a(4, 2, 3, 3)), raises=RuntimeError),
    Sample(F + "conv_tbc", lambda a: (a(5, 2, 3), a(3, 3, 4), a(4)), node=False, gradient=1),
    Sample(F + "unfold", lambda a: call(a(2, 3, 5, 6), (2, 3), dilation=(2, 1), padding=1, stride=2)),
    Sample(F + "fold", lambda a: call(a(2, 12, 12), (4, 5), 2)),
    # pooling
    _pool("max_pool1d", 2, 3, 9, args=(3, 2), node=False, padding=1),
    _pool("max_pool2d", 2, 3, 6, 6, args=(2,)),
    _pool("max_pool2d", 2, 3, 7, 8, args=((3, 2), 2), padding=(1, 0), dilation=(1, 2), ceil_mode=True),
    _pool("max_pool2d", 2, 3, 7, 8, args=(3, 2), return_indices=True, node=False),
    _pool("max_pool3d", 2, 4, 5, 4, args=(2,), node=False),
    *(
        Sample(
            f"max_unpool{n}d",
            lambda a, n=n: (a.distinct(1, 2, *(4,) * n),),
            node=False,
            function=lambda torch, x, n=n: _unpooled(torch, x, n),
        )
        for n in (1, 2, 3)
    ),
    _pool("adaptive_max_pool1d", 2, 3, 7, args=(3,), node=False),
    _pool("adaptive_max_pool2d", 2, 3, 7, 5, args=((3, 4),)),
    _pool("adaptive_max_pool2d", 2, 3, 7, 5, args=((3, 4),), return_indices=True, node=False),
    _pool("adaptive_max_pool3d", 1, 2, 4, 3, 5, args=(2,)),
    _pool("adaptive_max_pool3d", 1, 2, 4, 3, 5, args=(2,), return_indices=True, node=False),
    _pool("avg_pool1d", 2, 3, 9, args=(3, 2), node=False, padding=1),
    _pool("avg_pool2d", 2, 3, 6, 6, args=(2,)),
    _pool("avg_pool2d", 2, 3, 7, 8, args=(3, 2), padding=1, ceil_mode=True, count_include_pad=False),
    _pool("avg_pool2d", 2, 3, 7, 8, args=(3, 2), padding=1, ceil_mode=True),
    _pool("avg_pool2d", 2, 3, 6, 6, args=(2,), divisor_override=3),
    _pool("avg_pool3d", 1, 2, 4, 4, 4, args=(2,)),
    _pool("adaptive_avg_pool1d", 2, 3, 7, args=(3,), node=False),
    _pool("adaptive_avg_pool2d", 2, 3, 7, 5, args=((3, 4),)),
    _pool("adaptive_avg_pool2d", 2, 3, 7, 5, args=(1,)),
    _pool("adaptive_avg_pool3d", 1, 2, 4, 3, 5, args=(2,)),
    Sample(F + "lp_pool1d", lambda a: (a.positive(2, 3, 8), 3, 2), node=False),
    Sample(F + "lp_pool2d", lambda a: (a.positive(2, 3, 6, 6), 2, 3, 2), node=False),
    Sample(
        "fractional_max_pool2d",
        lambda a: (a.distinct(2, 2, 9, 8), a.between(0, 1, 2, 2, 2, grad=False)),
        node=False,
        function=lambda torch, x, s: torch.nn.functional.fractional_max_pool2d(
            x, (2, 3), (4, 3), return_indices=True, _random_samples=s
        ),
    ),
    Sample(
        "fractional_max_pool3d",
        lambda a: (a.distinct(1, 2, 6, 7, 5), a.between(0, 1, 1, 2, 3, grad=False)),
        node=False,
        function=lambda torch, x, s: torch.nn.functional.fractional_max_pool3d(
            x, 2, (3, 4, 2), _random_samples=s
        ),
    ),
    # normalisation
    Sample(F + "layer_norm", lambda a: (a(3, 4, 5), (4, 5), a(4, 5), a(4, 5)), tolerance=1e-10),
    Sample(
        F + "layer_norm",
        lambda a: (a(3, 5), (5,)),
        tolerance=1e-10,
        dtypes=("float64", "float32", "float16"),
        gradient=2,
    ),
    Sample(F + "rms_norm", lambda a: (a(3, 5), (5,), a(5), 1e-5), tolerance=1e-10, node=False),
    Sample(F + "group_norm", lambda a: (a(2, 4, 3), 2, a(4), a(4)), tolerance=1e-10),
    Sample(
        F + "batch_norm",
        lambda a: call(
            a(4, 3, 2), _quiet(a, 3), a.positive(3, grad=False), a(3), a(3), training=True, momentum=0.3
        ),
        tolerance=1e-10,
    ),
    Sample(
        F + "batch_norm",
        lambda a: call(a(4, 3), _quiet(a, 3), a.positive(3, grad=False), a(3), a(3)),
        tolerance=1e-10,
    ),
    Sample(F + "batch_norm", lambda a: call(a(4, 3), None, None, training=True), tolerance=1e-10),
    Sample(F + "batch_norm", lambda a: call(a(1, 3), None, None, training=True), raises=ValueError),
    Sample(
        F + "instance_norm",
        lambda a: call(a(2, 3, 5), _quiet(a, 3), a.positive(3, grad=False), a(3), a(3)),
        tolerance=1e-10,
        node=False,
    ),
    Sample(F + "local_response_norm", lambda a: (a(2, 5, 3), 3, 0.5, 0.75, 2.0), node=False),
    # padding and resizing
    Sample(F + "pad", lambda a: (a(2, 3, 4), (1, 2, 0, 1)), dtypes=("float64", "int64", "bool")),
    Sample(F + "pad", lambda a: call(a(2, 3, 4), (-1, 2, 3, -2), value=1.5)),
    *(
        Sample(F + "pad", lambda a, m=m: call(a(2, 3, 4), (2, 1), mode=m), node=m != "circular", label=m)
        for m in ("reflect", "replicate", "circular")
    ),
    *(
        Sample(
            F + "pad", lambda a, m=m: call(a(1, 2, 4, 5), (2, 1, 3, 0), mode=m), node=m != "circular", label=m
        )
        for m in ("reflect", "replicate", "circular")
    ),
    *(
        Sample(
            F + "pad",
            lambda a, m=m: call(a(1, 2, 3, 4, 5), (2, 1, 2, 0, 1, 1), mode=m),
            node=m != "circular",
            label=m,
        )
        for m in ("reflect", "replicate")
    ),
    Sample(F + "pad", lambda a: call(a(2, 3), (3, 0), mode="reflect"), raises=RuntimeError),
    *(
        Sample(
            F + "interpolate",
            lambda a, m=m, n=n: call(a(2, 3, *(4, 5, 3)[:n]), scale_factor=1.7, mode=m),
            label=f"{m} {n}",
        )
        for m in ("nearest", "nearest-exact")
        for n in (1, 2, 3)
    ),
    *(
        Sample(
            F + "interpolate",
            lambda a, m=m, n=n, c=c: call(
                a(2, 3, *(4, 5, 3)[:n]), size=(7, 3, 5)[:n], mode=m, align_corners=c
            ),
            label=f"{m} {c}",
        )
        for m, n in (("linear", 1), ("bilinear", 2), ("trilinear", 3), ("bicubic", 2))
        for c in (False, True)
    ),
    *(
        Sample(
            F + "interpolate",
            lambda a, m=m: call(a(1, 2, 9, 7), size=(4, 9), mode=m, antialias=True),
            label=m,
            node=False,
        )
        for m in ("bilinear", "bicubic")
    ),
    Sample(F + "interpolate", lambda a: call(a(1, 2, 9, 7), size=(4, 3), mode="area"), node=False),
    *(
        Sample(
            F + "grid_sample",
            lambda a, m=m, p=p, c=c: call(
                a(2, 3, 4, 5), a(2, 3, 2, 2), mode=m, padding_mode=p, align_corners=c
            ),
            node=False,
            gradient=1,
            tolerance=1e-10,
            label=f"{m} {p} {c}",
        )
        for m in ("bilinear", "nearest", "bicubic")
        for p in ("zeros", "border", "reflection")
        for c in (False, True)
    ),
    Sample(
        F + "grid_sample",
        lambda a: call(a(1, 2, 3, 4, 3), a(1, 2, 2, 2, 3), align_corners=False),
        node=False,
        gradient=1,
    ),
    Sample(
        F + "affine_grid",
        lambda a: call(a(2, 2, 3), (2, 1, 3, 4), align_corners=False),
        node=False,
        gradient=1,
    ),
    Sample(
        F + "affine_grid",
        lambda a: call(a(1, 3, 4), (1, 1, 2, 3, 4), align_corners=True),
        node=False,
        gradient=1,
    ),
    Sample("pixel_shuffle", lambda a: (a(2, 8, 3, 2), 2)),
    Sample("pixel_unshuffle", lambda a: (a(2, 4, 6), 2)),
    Sample("channel_shuffle", lambda a: (a(2, 6, 3), 2), node=False),
    # embedding
    Sample(F + "embedding", lambda a: (np.array([[1, 2, 2], [0, 1, 3]]), a(4, 3))),
    Sample(
        F + "embedding",
        lambda a: call(np.array([1, 2, 2, 0]), a(4, 3), padding_idx=-2, scale_grad_by_freq=True),
    ),
    Sample(F + "embedding", lambda a: call(np.array([1, 2]), a(4, 3, grad=False), max_norm=0.5)),
    Sample(F + "embedding", lambda a: (np.array([4]), a(4, 3)), raises=IndexError),
    *(
        Sample(
            F + "embedding_bag",
            lambda a, m=m: call(np.array([1, 2, 2, 0, 3]), a.distinct(4, 3), np.array([0, 2, 2]), mode=m),
            node=False,
            gradient=1,
            label=m,
        )
        for m in ("sum", "mean", "max")
    ),
    Sample(
        F + "embedding_bag",
        lambda a: call(
            np.array([[1, 2], [2, 0]]), a(4, 3), mode="sum", per_sample_weights=a(2, 2), padding_idx=2
        ),
        node=False,
        gradient=1,
    ),
    Sample(F + "one_hot", lambda a: (np.array([[0, 2], [1, 1]]), 4)),
    # attention
    Sample(
        F + "scaled_dot_product_attention",
        lambda a: (a(2, 3, 4, 5), a(2, 3, 6, 5), a(2, 3, 6, 2)),
        node=False,
        tolerance=1e-10,
    ),
    Sample(
        F + "scaled_dot_product_attention",
        lambda a: call(a(2, 4, 5), a(2, 4, 5), a(2, 4, 2), is_causal=True, scale=0.3),
        node=False,
        tolerance=1e-10,
    ),
    Sample(
        F + "scaled_dot_product_attention",
        lambda a: (a(1, 2, 3, 4), a(1, 2, 5, 4), a(1, 2, 5, 4), a(1, 1, 3, 5)),
        node=False,
        tolerance=1e-10,
    ),
    Sample(
        F + "scaled_dot_product_attention",
        lambda a: call(a(1, 4, 3, 5), a(1, 2, 6, 5), a(1, 2, 6, 2), enable_gqa=True),
        node=False,
        tolerance=1e-10,
    ),
    Sample(
        F + "scaled_dot_product_attention",
        lambda a: (
            a(1, 2, 2, 3),
            a(1, 2, 3, 3),
            a(1, 2, 3, 2),
            np.array([[True, False, True], [False, False, False]]),
        ),
        node=False,
        tolerance=1e-10,
    ),
]
