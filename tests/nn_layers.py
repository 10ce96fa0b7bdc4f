"""The layers that are compared with PyTorch: live in the parity tests, and as recorded in golden/nn.json."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass
class Layer:
    """A layer and what it is called with.

    Attributes:
        name: of the test.
        make: builds it from `nn`.
        inputs: shapes of normal inputs that require gradients; arrays and other values are given as they are.
        eval_too: whether to compare evaluation mode as well.
        tolerance: relative to the largest value.
        constant: the positions of inputs that take no gradient.
    """

    name: str
    make: Callable[[Any], Any]
    inputs: tuple[Any, ...]
    call: dict[str, Any] = field(default_factory=dict)
    tolerance: float = 2e-5
    constant: tuple[int, ...] = ()


def integers(shape: tuple[int, ...], high: int, seed: int = 3) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, high, shape)


def positive(shape: tuple[int, ...], seed: int = 4) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0.1, 0.9, shape).astype(np.float32)


X2, X3, X4, X5 = (4, 6), (2, 4, 9), (2, 4, 7, 6), (2, 3, 5, 6, 4)

ACTIVATIONS = [
    Layer(name, lambda nn, name=name, args=args: getattr(nn, name)(*args), (X2,))
    for name, args in [
        ("CELU", (1.3,)),
        ("ELU", (0.7,)),
        ("GELU", ()),
        ("GELU", ("tanh",)),
        ("GLU", ()),
        ("Hardshrink", ()),
        ("Hardsigmoid", ()),
        ("Hardswish", ()),
        ("Hardtanh", (-0.5, 0.8)),
        ("LeakyReLU", (0.1,)),
        ("LogSigmoid", ()),
        ("LogSoftmax", (1,)),
        ("Mish", ()),
        ("PReLU", (6, 0.3)),
        ("RReLU", ()),
        ("ReLU", ()),
        ("ReLU6", ()),
        ("SELU", ()),
        ("SiLU", ()),
        ("Sigmoid", ()),
        ("Softmax", (0,)),
        ("Softmin", (1,)),
        ("Softplus", (2.0, 3.0)),
        ("Softshrink", ()),
        ("Softsign", ()),
        ("Tanh", ()),
        ("Tanhshrink", ()),
        ("Threshold", (0.1, 2.0)),
        ("Identity", (1, 2)),
    ]
]

LAYERS = [
    *ACTIVATIONS,
    Layer("Softmax2d", lambda nn: nn.Softmax2d(), (X4,)),
    Layer("Linear", lambda nn: nn.Linear(6, 5), (X2,)),
    Layer("Linear 3d", lambda nn: nn.Linear(9, 5, bias=False), (X3,)),
    Layer("Linear 1d", lambda nn: nn.Linear(6, 5), ((6,),)),
    Layer("Linear float64", lambda nn: nn.Linear(6, 5).double(), (np.linspace(-1, 1, 24).reshape(4, 6),)),
    Layer("Bilinear", lambda nn: nn.Bilinear(6, 5, 3), (X2, (4, 5))),
    Layer("LazyLinear", lambda nn: nn.LazyLinear(5), (X2,)),
    Layer("Conv1d", lambda nn: nn.Conv1d(4, 6, 3, stride=2, padding=1), (X3,)),
    Layer("Conv1d same", lambda nn: nn.Conv1d(4, 6, 4, padding="same"), (X3,)),
    Layer("Conv2d", lambda nn: nn.Conv2d(4, 6, (3, 2), dilation=(1, 2), groups=2), (X4,)),
    Layer(
        "Conv2d reflect", lambda nn: nn.Conv2d(4, 3, 3, padding=1, padding_mode="reflect", bias=False), (X4,)
    ),
    Layer("Conv2d circular", lambda nn: nn.Conv2d(4, 3, 3, padding=(1, 2), padding_mode="circular"), (X4,)),
    Layer("Conv2d unbatched", lambda nn: nn.Conv2d(4, 3, 3), (X4[1:],)),
    Layer("Conv3d", lambda nn: nn.Conv3d(3, 2, 3, padding=1), (X5,)),
    Layer("ConvTranspose1d", lambda nn: nn.ConvTranspose1d(4, 6, 3, stride=2, output_padding=1), (X3,)),
    Layer("ConvTranspose2d", lambda nn: nn.ConvTranspose2d(4, 6, 4, stride=2, padding=1, groups=2), (X4,)),
    Layer(
        "ConvTranspose2d size",
        lambda nn: nn.ConvTranspose2d(4, 2, 3, stride=2),
        (X4,),
        {"output_size": (16, 13)},
    ),
    Layer("ConvTranspose3d", lambda nn: nn.ConvTranspose3d(3, 2, 2, dilation=2), (X5,)),
    Layer("LazyConv2d", lambda nn: nn.LazyConv2d(3, 3, padding=1), (X4,)),
    Layer("LazyConvTranspose1d", lambda nn: nn.LazyConvTranspose1d(3, 3), (X3,)),
    Layer("MaxPool1d", lambda nn: nn.MaxPool1d(3, stride=2), (X3,)),
    Layer("MaxPool2d", lambda nn: nn.MaxPool2d((3, 2), padding=1, ceil_mode=True), (X4,)),
    Layer("MaxPool3d", lambda nn: nn.MaxPool3d(2), (X5,)),
    Layer("AvgPool1d", lambda nn: nn.AvgPool1d(3, stride=2, padding=1), (X3,)),
    Layer("AvgPool2d", lambda nn: nn.AvgPool2d(3, padding=1, count_include_pad=False), (X4,)),
    Layer("AvgPool3d", lambda nn: nn.AvgPool3d(2, divisor_override=3), (X5,)),
    Layer("LPPool1d", lambda nn: nn.LPPool1d(2, 3), (X3,)),
    Layer("LPPool2d", lambda nn: nn.LPPool2d(2, (2, 3)), (X4,)),
    Layer("AdaptiveAvgPool1d", lambda nn: nn.AdaptiveAvgPool1d(4), (X3,)),
    Layer("AdaptiveAvgPool2d", lambda nn: nn.AdaptiveAvgPool2d((None, 3)), (X4,)),
    Layer("AdaptiveAvgPool3d", lambda nn: nn.AdaptiveAvgPool3d(2), (X5,)),
    Layer("AdaptiveMaxPool1d", lambda nn: nn.AdaptiveMaxPool1d(4), (X3,)),
    Layer("AdaptiveMaxPool2d", lambda nn: nn.AdaptiveMaxPool2d((3, 4)), (X4,)),
    Layer("AdaptiveMaxPool3d", lambda nn: nn.AdaptiveMaxPool3d(2), (X5,)),
    Layer("FractionalMaxPool2d", lambda nn: nn.FractionalMaxPool2d(2, output_size=(4, 3)), (X4,)),
    Layer("FractionalMaxPool3d", lambda nn: nn.FractionalMaxPool3d(2, output_ratio=0.6), (X5,)),
    Layer("BatchNorm1d", lambda nn: nn.BatchNorm1d(6), (X2,)),
    Layer("BatchNorm1d 3d", lambda nn: nn.BatchNorm1d(4, momentum=None), (X3,)),
    Layer("BatchNorm2d", lambda nn: nn.BatchNorm2d(4, affine=False), (X4,)),
    Layer("BatchNorm2d no statistics", lambda nn: nn.BatchNorm2d(4, track_running_stats=False), (X4,)),
    Layer("BatchNorm3d", lambda nn: nn.BatchNorm3d(3, momentum=0.3), (X5,)),
    Layer("LazyBatchNorm2d", lambda nn: nn.LazyBatchNorm2d(), (X4,)),
    Layer("InstanceNorm1d", lambda nn: nn.InstanceNorm1d(4, affine=True), (X3,)),
    Layer("InstanceNorm2d", lambda nn: nn.InstanceNorm2d(4, track_running_stats=True), (X4,)),
    Layer("InstanceNorm3d", lambda nn: nn.InstanceNorm3d(3), (X5,)),
    Layer("LazyInstanceNorm1d", lambda nn: nn.LazyInstanceNorm1d(), (X3,)),
    Layer("LayerNorm", lambda nn: nn.LayerNorm((7, 6)), (X4,)),
    Layer("LayerNorm no bias", lambda nn: nn.LayerNorm(6, bias=False), (X2,)),
    Layer("GroupNorm", lambda nn: nn.GroupNorm(2, 4), (X4,)),
    Layer("RMSNorm", lambda nn: nn.RMSNorm(6), (X2,)),
    Layer("LocalResponseNorm", lambda nn: nn.LocalResponseNorm(3), (X4,)),
    Layer("Dropout", lambda nn: nn.Dropout(0.3), (X2,)),
    Layer("Dropout1d", lambda nn: nn.Dropout1d(0.3), (X3,)),
    Layer("Dropout2d", lambda nn: nn.Dropout2d(0.3), (X4,)),
    Layer("Dropout3d", lambda nn: nn.Dropout3d(0.3), (X5,)),
    Layer("AlphaDropout", lambda nn: nn.AlphaDropout(0.3), (X2,)),
    Layer("FeatureAlphaDropout", lambda nn: nn.FeatureAlphaDropout(0.3), (X4,)),
    Layer("Embedding", lambda nn: nn.Embedding(10, 4, padding_idx=2), (integers((3, 5), 10),)),
    Layer(
        "Embedding by frequency",
        lambda nn: nn.Embedding(4, 3, scale_grad_by_freq=True),
        (integers((3, 5), 4),),
    ),
    Layer("Embedding max_norm", lambda nn: nn.Embedding(10, 4, max_norm=1.0), (integers((3, 5), 10),)),
    Layer("EmbeddingBag mean", lambda nn: nn.EmbeddingBag(10, 4), (integers((3, 5), 10),)),
    Layer(
        "EmbeddingBag sum",
        lambda nn: nn.EmbeddingBag(10, 4, mode="sum"),
        (integers((7,), 10), np.array([0, 3, 3])),
    ),
    Layer("EmbeddingBag max", lambda nn: nn.EmbeddingBag(10, 4, mode="max"), (integers((3, 5), 10),)),
    Layer("Flatten", lambda nn: nn.Flatten(), (X4,)),
    Layer("Unflatten", lambda nn: nn.Unflatten(1, (2, -1)), (X4,)),
    Layer("Fold", lambda nn: nn.Fold((4, 5), (2, 2)), ((1, 12, 12),)),
    Layer("Unfold", lambda nn: nn.Unfold((2, 3), padding=1, stride=2), (X4,)),
    Layer("PixelShuffle", lambda nn: nn.PixelShuffle(2), (X4,)),
    Layer("PixelUnshuffle", lambda nn: nn.PixelUnshuffle(2), ((1, 2, 4, 6),)),
    Layer("ChannelShuffle", lambda nn: nn.ChannelShuffle(2), (X4,)),
    Layer("Upsample", lambda nn: nn.Upsample(scale_factor=2), (X4,)),
    Layer("Upsample bilinear", lambda nn: nn.Upsample(size=(9, 11), mode="bilinear"), (X4,)),
    Layer("UpsamplingBilinear2d", lambda nn: nn.UpsamplingBilinear2d(scale_factor=2), (X4,)),
    Layer("UpsamplingNearest2d", lambda nn: nn.UpsamplingNearest2d((9, 9)), (X4,)),
    Layer("CosineSimilarity", lambda nn: nn.CosineSimilarity(), (X2, X2)),
    Layer("PairwiseDistance", lambda nn: nn.PairwiseDistance(), (X2, X2)),
    *[
        Layer(
            f"{kind}{n}d",
            lambda nn, kind=kind, n=n, sides=sides, value=value: getattr(nn, f"{kind}{n}d")(sides, *value),
            ({1: X3, 2: X4, 3: X5}[n],),
        )
        for kind, value in [
            ("ConstantPad", (1.5,)),
            ("ZeroPad", ()),
            ("ReflectionPad", ()),
            ("ReplicationPad", ()),
            ("CircularPad", ()),
        ]
        for n, sides in ((1, (1, 2)), (2, 1), (3, (1, 0, 2, 1, 0, 1)))
    ],
    # -- losses
    Layer("L1Loss", lambda nn: nn.L1Loss(), (X2, X2)),
    Layer("MSELoss", lambda nn: nn.MSELoss(reduction="sum"), (X2, X2)),
    Layer("SmoothL1Loss", lambda nn: nn.SmoothL1Loss(beta=0.5), (X2, X2)),
    Layer("HuberLoss", lambda nn: nn.HuberLoss(delta=0.5), (X2, X2)),
    Layer("NLLLoss", lambda nn: nn.NLLLoss(reduction="none"), (X2, integers((4,), 6))),
    Layer("CrossEntropyLoss", lambda nn: nn.CrossEntropyLoss(label_smoothing=0.1), (X2, integers((4,), 6))),
    Layer(
        "CrossEntropyLoss images",
        lambda nn: nn.CrossEntropyLoss(ignore_index=1),
        (X4, integers((2, 7, 6), 4)),
    ),
    Layer("BCELoss", lambda nn: nn.BCELoss(), (positive((4, 3)), positive((4, 3), 5))),
    Layer("BCEWithLogitsLoss", lambda nn: nn.BCEWithLogitsLoss(), (X2, positive(X2))),
    Layer("KLDivLoss", lambda nn: nn.KLDivLoss(reduction="batchmean"), (X2, positive(X2))),
    Layer("PoissonNLLLoss", lambda nn: nn.PoissonNLLLoss(full=True), (X2, positive(X2))),
    Layer("GaussianNLLLoss", lambda nn: nn.GaussianNLLLoss(full=True), (X2, X2, positive(X2))),
    Layer(
        "HingeEmbeddingLoss",
        lambda nn: nn.HingeEmbeddingLoss(),
        (X2, np.where(integers(X2, 2), 1.0, -1.0).astype("f4")),
    ),
    Layer(
        "SoftMarginLoss",
        lambda nn: nn.SoftMarginLoss(),
        (X2, np.where(integers(X2, 2), 1.0, -1.0).astype("f4")),
        constant=(1,),
    ),
    Layer("CosineEmbeddingLoss", lambda nn: nn.CosineEmbeddingLoss(0.1), (X2, X2, np.array([1, -1, 1, -1]))),
    Layer(
        "MarginRankingLoss",
        lambda nn: nn.MarginRankingLoss(0.3),
        ((4,), (4,), np.array([1.0, -1.0, 1.0, -1.0], "f4")),
    ),
    Layer("MultiMarginLoss", lambda nn: nn.MultiMarginLoss(), (X2, integers((4,), 6))),
    Layer("MultiLabelMarginLoss", lambda nn: nn.MultiLabelMarginLoss(), ((1, 4), np.array([[3, 0, -1, 1]]))),
    Layer("MultiLabelSoftMarginLoss", lambda nn: nn.MultiLabelSoftMarginLoss(), (X2, positive(X2))),
    Layer("TripletMarginLoss", lambda nn: nn.TripletMarginLoss(swap=True), (X2, X2, X2)),
    Layer("TripletMarginWithDistanceLoss", lambda nn: nn.TripletMarginWithDistanceLoss(), (X2, X2, X2)),
    Layer(
        "CTCLoss",
        lambda nn: nn.CTCLoss(zero_infinity=True),
        (np.log(positive((8, 2, 4))), 1 + integers((2, 3), 3), np.array([8, 7]), np.array([3, 2])),
    ),
    Layer(
        "AdaptiveLogSoftmaxWithLoss",
        lambda nn: nn.AdaptiveLogSoftmaxWithLoss(6, 12, [3, 7], div_value=2.0, head_bias=True),
        (X2, np.array([1, 4, 8, 11])),
    ),
    # -- recurrent
    *[
        Layer(
            f"{name} {label}",
            lambda nn, name=name, args=args: getattr(nn, name)(5, 4, **args),
            inputs,
            tolerance=1e-4,
        )
        for name in ("RNN", "LSTM", "GRU")
        for label, args, inputs in [
            ("plain", {}, ((7, 3, 5),)),
            ("batch_first", {"batch_first": True, "bias": False}, ((3, 7, 5),)),
            ("bidirectional", {"num_layers": 2, "bidirectional": True, "dropout": 0.4}, ((7, 3, 5),)),
            ("unbatched", {"num_layers": 2}, ((7, 5),)),
        ]
    ],
    Layer("RNN relu", lambda nn: nn.RNN(5, 4, 2, "relu"), ((7, 3, 5), (2, 3, 4)), tolerance=1e-4),
    Layer("GRU state", lambda nn: nn.GRU(5, 4, 2), ((7, 3, 5), (2, 3, 4)), tolerance=1e-4),
    Layer(
        "LSTM projected",
        lambda nn: nn.LSTM(5, 4, 2, proj_size=2, bidirectional=True),
        ((7, 3, 5),),
        tolerance=1e-4,
    ),
    Layer("RNNCell", lambda nn: nn.RNNCell(5, 4), ((3, 5), (3, 4))),
    Layer("RNNCell relu", lambda nn: nn.RNNCell(5, 4, nonlinearity="relu"), ((3, 5),)),
    Layer("LSTMCell", lambda nn: nn.LSTMCell(5, 4), ((3, 5),)),
    Layer("GRUCell", lambda nn: nn.GRUCell(5, 4, bias=False), ((3, 5), (3, 4))),
    # -- attention
    Layer(
        "MultiheadAttention",
        lambda nn: nn.MultiheadAttention(8, 2, dropout=0.2),
        ((5, 3, 8), (4, 3, 8), (4, 3, 8)),
        tolerance=1e-4,
    ),
    Layer(
        "MultiheadAttention sizes",
        lambda nn: nn.MultiheadAttention(8, 2, kdim=5, vdim=6, batch_first=True, add_bias_kv=True),
        ((3, 5, 8), (3, 4, 5), (3, 4, 6)),
        tolerance=1e-4,
    ),
    Layer(
        "TransformerEncoderLayer",
        lambda nn: nn.TransformerEncoderLayer(8, 2, 16),
        ((5, 3, 8),),
        tolerance=1e-4,
    ),
    Layer(
        "TransformerEncoderLayer norm_first",
        lambda nn: nn.TransformerEncoderLayer(8, 2, 16, 0.2, "gelu", norm_first=True, batch_first=True),
        ((5, 3, 8),),
        tolerance=1e-4,
    ),
    Layer(
        "TransformerDecoderLayer",
        lambda nn: nn.TransformerDecoderLayer(8, 2, 16),
        ((5, 3, 8), (4, 3, 8)),
        tolerance=1e-4,
    ),
    Layer(
        "TransformerEncoder",
        lambda nn: nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16), 2),
        ((5, 3, 8),),
        tolerance=1e-4,
    ),
    Layer("Transformer", lambda nn: nn.Transformer(8, 2, 2, 2, 16), ((5, 3, 8), (4, 3, 8)), tolerance=2e-4),
    # -- containers
    Layer(
        "Sequential",
        lambda nn: nn.Sequential(nn.Linear(6, 4), nn.ReLU(), nn.Dropout(0.5), nn.Linear(4, 2)),
        (X2,),
    ),
    Layer("ModuleList", lambda nn: nn.Sequential(*nn.ModuleList(nn.Linear(6, 6) for _ in range(3))), (X2,)),
]


def ids() -> list[str]:
    seen: dict[str, int] = {}
    names = []
    for layer in LAYERS:
        seen[layer.name] = seen.get(layer.name, 0) + 1
        names.append(layer.name if seen[layer.name] == 1 else f"{layer.name} {seen[layer.name]}")
    return names


def array(t: Any) -> np.ndarray:
    return np.array(t.detach().numpy())


def tensors_of(result: Any) -> Iterator[Any]:
    if isinstance(result, (tuple, list)):
        for part in result:
            yield from tensors_of(part)
    elif result is not None:
        yield result


def arguments(module: Any, inputs: tuple[Any, ...], constant: tuple[int, ...] = ()) -> list[Any]:
    random = np.random.default_rng(0)
    given = []
    for k, value in enumerate(inputs):
        if isinstance(value, tuple):
            given.append(module.tensor(random.standard_normal(value).astype(np.float32), requires_grad=True))
        else:
            given.append(module.tensor(value, requires_grad=value.dtype.kind == "f" and k not in constant))
    return given


def run(module: Any, layer: Layer, training: bool) -> tuple[Any, dict[str, Any]]:
    """The layer, and the arrays to compare: outputs, buffers and gradients."""
    module.manual_seed(7)
    net = layer.make(module.nn).train(training)
    module.manual_seed(11)
    given = arguments(module, layer.inputs, layer.constant)
    outputs = [t for t in tensors_of(net(*given, **layer.call)) if t.is_floating_point()]
    weights = np.random.default_rng(1)
    total: Any = 0.0
    for t in outputs:
        if t.requires_grad:
            total = (
                total
                + (t * module.tensor(weights.standard_normal(tuple(t.shape)).astype(array(t).dtype))).sum()
            )
    if isinstance(total, module.Tensor):
        total.backward()
    found = {f"output {k}": array(t) for k, t in enumerate(outputs)}
    found |= {f"gradient of input {k}": array(t.grad) for k, t in enumerate(given) if t.grad is not None}
    found |= {
        f"gradient of {name}": array(p.grad) for name, p in net.named_parameters() if p.grad is not None
    }
    found |= {f"buffer {name}": array(b) for name, b in net.named_buffers()}
    return net, found


def digest(a: np.ndarray) -> list[Any]:
    """An array in a few numbers: its shape, its sum, the sum of its absolute values and its last element."""
    wide = a.astype(np.float64)
    last = wide.reshape(-1)[-1:].tolist()
    return [list(a.shape), *(float(f"{v:.9g}") for v in (wide.sum(), np.abs(wide).sum(), *last))]
