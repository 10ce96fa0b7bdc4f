"""Samples of activation functions, softmax and dropout."""

from __future__ import annotations

from typing import Any

import numpy as np

from op_samples import REAL, D, Maker, Sample, call

F = "nn.functional."


def _smooth(name: str, *options: dict[str, Any], node: bool = True) -> list[Sample]:
    return [
        Sample(
            F + name, lambda a, o=o: call(a(3, 4), **o), dtypes=REAL, tolerance=1e-10, node=node, label=str(k)
        )
        for k, o in enumerate(options or ({},))
    ] + [Sample(F + name, lambda a: (a(),), tolerance=1e-10, node=node, label="0-d")]


def _kinks(a: Maker) -> Any:
    """Values on both sides of every kink of these functions, and at some of them."""
    return a.values(np.array([-7.0, -3.0, -2.2, -1.0, -0.5, -0.2, 0.0, 0.2, 0.5, 1.0, 2.2, 3.0, 7.0]))


def _linear(name: str, *options: dict[str, Any], node: bool = True) -> list[Sample]:
    return [
        Sample(F + name, lambda a, o=o: call(_kinks(a), **o), node=node, label=str(k))
        for k, o in enumerate(options or ({},))
    ]


SAMPLES = [
    *_smooth("silu"),
    Sample(F + "silu", lambda a: (a(3, grad=False),), dtypes=("complex128",)),
    *_smooth("mish"),
    *_smooth("softplus", {}, {"beta": 2.0}, {"beta": 0.5, "threshold": 0.2}),
    *_smooth("elu", {}, {"alpha": 0.7}),
    *_smooth("selu"),
    *_smooth("celu", {}, {"alpha": 0.5}),
    *_smooth("logsigmoid"),
    *_smooth("gelu", {}, {"approximate": "tanh"}),
    *_smooth("softsign", node=False),
    *_smooth("tanhshrink", node=False),
    *_smooth("glu", node=False)[:1],
    Sample(F + "glu", lambda a: (a(4, 3), 0)),
    *_linear("relu"),
    *_linear("relu6", node=False),
    *_linear("leaky_relu", {}, {"negative_slope": 0.3}, {"negative_slope": 1.5}),
    *_linear("hardtanh", {}, {"min_val": -0.5, "max_val": 2.0}),
    Sample(F + "hardsigmoid", lambda a: (_kinks(a),), gradient=1, tolerance=1e-8),
    *_linear("hardswish"),
    *_linear("hardshrink"),
    *_linear("softshrink", {}, {"lambd": 1.0}),
    *_linear("threshold", {"threshold": 0.5, "value": -1.0}),
    *_linear("rrelu", {}, {"lower": 0.2, "upper": 0.4}, node=False),
    *(
        Sample(
            F + name + "_",
            lambda a, m=meta: (a(3, 4), *m),
            node=False,
            function=lambda torch, x, *m, n=name: getattr(torch.nn.functional, n + "_")(x.clone(), *m),
        )
        for name, meta in (
            ("relu", ()),
            ("elu", (0.5,)),
            ("selu", ()),
            ("celu", (0.5,)),
            ("leaky_relu", (0.1,)),
            ("hardtanh", (-0.5, 0.5)),
            ("threshold", (0.1, 2.0)),
        )
    ),
    Sample(
        "silu in place",
        lambda a: (a(3, 4),),
        node=False,
        function=lambda torch, x: torch.nn.functional.silu(x.clone(), inplace=True),
    ),
    Sample(F + "prelu", lambda a: (a(2, 3, 4), a(3))),
    Sample(F + "prelu", lambda a: (a(5), a(1))),
    Sample(F + "prelu", lambda a: (a(2, 3), a(2)), raises=RuntimeError),
    Sample("Tensor.prelu", lambda a: (a(2, 3), a(3))),
    Sample("Tensor.hardshrink", lambda a: (_kinks(a), 0.3)),
    Sample("softmax", lambda a: (a(2, 3, 4), 1), dtypes=REAL),
    Sample("softmax", lambda a: (a(3), -1)),
    Sample("softmax", lambda a: (a(), 0)),
    Sample("softmax", lambda a: (a(3), 2), raises=IndexError),
    Sample("Tensor.softmax", lambda a: call(a(2, 3), dim=1, dtype=D("float64")), dtypes=("float32", "int64")),
    Sample("log_softmax", lambda a: (a(2, 3, 4), 2), dtypes=REAL),
    Sample("log_softmax", lambda a: (a(2, 3), 0)),
    Sample("log_softmax", lambda a: (a(), 0)),
    Sample("Tensor.log_softmax", lambda a: (a(4), 0)),
    Sample(F + "softmin", lambda a: (a(2, 3), 1)),
    Sample(F + "dropout", lambda a: (a(2, 3), 0.5, False)),
    Sample(F + "dropout", lambda a: (a(2, 3), 1.0)),
    Sample(
        "dropout, seeded",
        lambda a: (a(20, 3),),
        function=lambda torch, x: (torch.manual_seed(3), torch.nn.functional.dropout(x, 0.3))[1],
    ),
    Sample(
        "dropout2d, seeded",
        lambda a: (a(4, 5, 2, 2),),
        function=lambda torch, x: (torch.manual_seed(3), torch.nn.functional.dropout2d(x, 0.3))[1],
    ),
    Sample(
        "alpha_dropout, seeded",
        lambda a: (a(20, 3),),
        function=lambda torch, x: (torch.manual_seed(3), torch.nn.functional.alpha_dropout(x, 0.3, True))[1],
    ),
    Sample(
        "feature_alpha_dropout, seeded",
        lambda a: (a(4, 5, 2, 2),),
        function=lambda torch, x: (
            torch.manual_seed(3),
            torch.nn.functional.feature_alpha_dropout(x, 0.3, True),
        )[1],
    ),
    Sample(
        "rrelu, seeded",
        lambda a: (a(20, 3),),
        function=lambda torch, x: (torch.manual_seed(3), torch.nn.functional.rrelu(x, training=True))[1],
    ),
    Sample(
        "gumbel_softmax, seeded",
        lambda a: (a(4, 5),),
        tolerance=1e-9,
        dtypes=("float64",),
        node=False,
        function=lambda torch, x: (torch.manual_seed(3), torch.nn.functional.gumbel_softmax(x, 0.7))[1],
    ),
]
