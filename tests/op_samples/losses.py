"""Samples of losses and distances."""

from __future__ import annotations

from typing import Any

import numpy as np

from op_samples import REAL, Maker, Sample, call

F = "nn.functional."
REDUCTIONS = ("mean", "sum", "none")


def _pairs(
    name: str, second: Any = None, node: bool = True, dtypes: Any = ("float64", "float32"), **options: Any
) -> list[Sample]:
    """The three reductions of a loss of two tensors."""
    make = second or (lambda a: a(3, 4))
    return [
        Sample(
            F + name,
            lambda a, r=r: call(a(3, 4), make(a), reduction=r, **options),
            node=node,
            dtypes=dtypes,
            label=r,
        )
        for r in REDUCTIONS
    ]


def _probability(a: Maker, *shape: int, grad: bool = True) -> Any:
    return a.between(0.05, 0.95, *shape, grad=grad)


def _signs(a: Maker, *shape: int) -> Any:
    return np.where(a.bools(*shape), 1, -1)


def _labels(a: Maker, classes: int, *shape: int) -> Any:
    return a.ints(0, classes, *shape)


def _distribution(a: Maker, *shape: int) -> Any:
    values = a.between(0.1, 1, *shape).array
    return a.values(values / values.sum(1, keepdims=True))


SAMPLES = [
    *_pairs("mse_loss", dtypes=REAL),
    *_pairs("l1_loss", node=False),
    *_pairs("smooth_l1_loss", beta=0.5),
    Sample(F + "smooth_l1_loss", lambda a: call(a(3, 4), a(3, 4), beta=0.0), node=False),
    *_pairs("huber_loss", delta=0.7),
    *_pairs("soft_margin_loss", lambda a: _signs(a, 3, 4).astype(a.dtype)),
    *_pairs("poisson_nll_loss", lambda a: a.positive(3, 4), node=False),
    Sample(
        F + "poisson_nll_loss",
        lambda a: call(a.positive(3), a.positive(3), log_input=False, full=True),
        node=False,
    ),
    *_pairs("hinge_embedding_loss", lambda a: _signs(a, 3, 4), node=False, margin=0.5),
    *_pairs("multilabel_soft_margin_loss", lambda a: _probability(a, 3, 4), node=False),
    *_pairs("kl_div", lambda a: _probability(a, 3, 4), node=False),
    *_pairs("kl_div", node=False, log_target=True),
    Sample(F + "kl_div", lambda a: call(a(3, 4), _probability(a, 3, 4), reduction="batchmean"), node=False),
    *(
        Sample(
            F + "binary_cross_entropy",
            lambda a, r=r: call(
                _probability(a, 3, 4), _probability(a, 3, 4), a.positive(4, grad=False), reduction=r
            ),
            label=r,
            tolerance=1e-10,
        )
        for r in REDUCTIONS
    ),
    *(
        Sample(
            F + "binary_cross_entropy_with_logits",
            lambda a, r=r: call(a(3, 4), _probability(a, 3, 4), reduction=r),
            label=r,
        )
        for r in REDUCTIONS
    ),
    Sample(
        F + "binary_cross_entropy_with_logits",
        lambda a: call(
            a(3, 4),
            _probability(a, 3, 4),
            weight=a.positive(4, grad=False),
            pos_weight=a.positive(3, 4, grad=False),
        ),
        label="weighted",
    ),
    Sample(
        F + "gaussian_nll_loss", lambda a: call(a(3, 4), a(3, 4), a.positive(3, 1), full=True), node=False
    ),
    *(
        Sample(F + "nll_loss", lambda a, r=r: call(a(4, 3), _labels(a, 3, 4), reduction=r), label=r)
        for r in REDUCTIONS
    ),
    Sample(
        F + "nll_loss",
        lambda a: call(a(4, 3), _labels(a, 3, 4), weight=a.positive(3, grad=False), ignore_index=1),
    ),
    Sample(F + "nll_loss", lambda a: (a(2, 3, 4, 2), _labels(a, 3, 2, 4, 2))),
    Sample(F + "nll_loss", lambda a: (a(3), _labels(a, 3))),
    Sample(F + "nll_loss", lambda a: (a(2, 3), np.array([0, 3])), raises=IndexError),
    *(
        Sample(
            F + "cross_entropy",
            lambda a, r=r: call(a(4, 3), _labels(a, 3, 4), reduction=r),
            dtypes=REAL,
            label=r,
        )
        for r in REDUCTIONS
    ),
    *(
        Sample(
            F + "cross_entropy",
            lambda a, r=r, e=e: call(
                a(4, 3),
                np.array([0, 2, 1, 1]),
                weight=a.positive(3, grad=False),
                ignore_index=2,
                reduction=r,
                label_smoothing=e,
            ),
            node=False,
            label=f"{r} {e}",
        )
        for r in REDUCTIONS
        for e in (0.0, 0.2)
    ),
    Sample(F + "cross_entropy", lambda a: call(a(4, 3), _labels(a, 3, 4), label_smoothing=0.2), node=False),
    Sample(
        F + "cross_entropy", lambda a: call(a(2, 3, 4), _labels(a, 3, 2, 4), reduction="none"), node=False
    ),
    Sample(
        F + "cross_entropy", lambda a: call(a(2, 3, 4), _labels(a, 3, 2, 4), label_smoothing=0.1), node=False
    ),
    Sample(F + "cross_entropy", lambda a: (a(3), _labels(a, 3))),
    *(
        Sample(
            F + "cross_entropy",
            lambda a, r=r: call(
                a(4, 3), _distribution(a, 4, 3), a.positive(3, grad=False), reduction=r, label_smoothing=0.1
            ),
            node=False,
            label=r,
        )
        for r in REDUCTIONS
    ),
    Sample(F + "cross_entropy", lambda a: (a(2, 3, 4), _distribution(a, 2, 3, 4)), node=False),
    *(
        Sample(
            F + "multi_margin_loss",
            lambda a, p=p: call(a(4, 3), _labels(a, 3, 4), p=p, weight=a.positive(3, grad=False)),
            node=False,
            gradient=1,
            label=str(p),
        )
        for p in (1, 2)
    ),
    Sample(
        F + "multilabel_margin_loss",
        lambda a: (a(2, 4), np.array([[3, 0, -1, 1], [1, -1, 2, 2]])),
        node=False,
        gradient=1,
    ),
    Sample(F + "margin_ranking_loss", lambda a: call(a(4), a(4), _signs(a, 4), margin=0.3), node=False),
    Sample(
        F + "cosine_embedding_loss", lambda a: call(a(4, 3), a(4, 3), _signs(a, 4), margin=0.1), node=False
    ),
    Sample(
        F + "triplet_margin_loss",
        lambda a: call(a(4, 3), a(4, 3), a(4, 3), swap=True, margin=2.0),
        node=False,
    ),
    # The gradient of ctc_loss is that of log_softmax's output, and has no derivative.
    Sample(
        "ctc_loss",
        lambda a: (a(6, 2, 4), np.array([[1, 2, 2], [3, 1, 0]]), np.array([6, 5]), np.array([3, 2])),
        node=False,
        gradient=1,
        tolerance=1e-9,
        function=lambda torch, x, *rest: torch.nn.functional.ctc_loss(torch.log_softmax(x, 2), *rest),
    ),
    *(
        Sample(F + "pairwise_distance", lambda a, p=p: (a(3, 4), a(3, 4), p), node=False, label=str(p))
        for p in (1.0, 2.0, 3.0)
    ),
    Sample(F + "cosine_similarity", lambda a: (a(3, 4), a(3, 4))),
    Sample(F + "cosine_similarity", lambda a: call(a(3, 1, 4), a(2, 4), dim=-1)),
    Sample(F + "normalize", lambda a: (a(3, 4),)),
    Sample(F + "normalize", lambda a: call(a(3, 4), p=3.0, dim=0)),
    *(
        Sample("cdist", lambda a, p=p: (a(2, 3, 4), a(2, 5, 4), p), label=str(p), gradient=1)
        for p in (0.5, 1.0, 2.0, 3.0, float("inf"))
    ),
    *(Sample(F + "pdist", lambda a, p=p: (a(4, 3), p), label=str(p), gradient=1) for p in (1.0, 2.0, 3.0)),
]
