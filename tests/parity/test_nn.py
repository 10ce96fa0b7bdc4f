"""Every layer against PyTorch from one seed: parameters, keys, repr, outputs and gradients."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from nn_layers import LAYERS, Layer, arguments, array, ids, run, tensors_of  # noqa: E402

import rushlight  # noqa: E402

pytestmark = pytest.mark.parity


def assert_close(ours: dict[str, Any], theirs: dict[str, Any], tolerance: float) -> None:
    assert list(ours) == list(theirs)
    for name, expected in theirs.items():
        scale = np.abs(expected).max(initial=1e-3)
        assert ours[name].shape == expected.shape, name
        assert ours[name].dtype == expected.dtype, name
        np.testing.assert_allclose(ours[name], expected, rtol=tolerance, atol=tolerance * scale, err_msg=name)


@pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
@pytest.mark.parametrize("layer", LAYERS, ids=ids())
def test_layer(layer: Layer, training: bool) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours, found = run(rushlight, layer, training)
        theirs, expected = run(torch, layer, training)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    assert repr(ours) == repr(theirs)
    assert_close(found, expected, layer.tolerance)


@pytest.mark.parametrize("layer", LAYERS, ids=ids())
def test_initial_parameters(layer: Layer) -> None:
    """The default initialisation draws the same numbers, to the bit."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        states = []
        for module in (rushlight, torch):
            module.manual_seed(42)
            net = layer.make(module.nn)
            if "Lazy" in layer.name:
                net.eval()(*arguments(module, layer.inputs))
            states.append({name: array(t) for name, t in net.state_dict().items()})
            states.append({"what is drawn next": array(module.rand(3))})
    ours, theirs = {**states[0], **states[1]}, {**states[2], **states[3]}
    assert list(ours) == list(theirs)
    for name, expected in theirs.items():
        np.testing.assert_array_equal(ours[name], expected, err_msg=name)


@pytest.mark.parametrize("name", ["RNN", "LSTM", "GRU"])
@pytest.mark.parametrize("enforce_sorted", [True, False])
@pytest.mark.parametrize("bidirectional", [True, False])
def test_packed_sequences(name: str, enforce_sorted: bool, bidirectional: bool) -> None:
    lengths = [7, 4, 4, 1] if enforce_sorted else [4, 7, 1, 4]

    def results(module: Any) -> dict[str, Any]:
        module.manual_seed(3)
        net = getattr(module.nn, name)(5, 4, num_layers=2, bidirectional=bidirectional)
        (x,) = arguments(module, ((7, 4, 5),))
        packed = module.nn.utils.rnn.pack_padded_sequence(x, lengths, enforce_sorted=enforce_sorted)
        output, state = net(packed)
        padded, sizes = module.nn.utils.rnn.pad_packed_sequence(output, padding_value=-1.0, total_length=9)
        total = (padded * padded).sum() + sum((s * s * s).sum() for s in tensors_of(state))
        total.backward()
        found = {
            "padded": array(padded),
            "sizes": array(sizes),
            "data": array(output.data),
            "x": array(x.grad),
        }
        found |= {f"state {k}": array(s) for k, s in enumerate(tensors_of(state))}
        return found | {n: array(p.grad) for n, p in net.named_parameters()}

    assert_close(results(rushlight), results(torch), 1e-4)


@pytest.mark.parametrize("name", ["RNN", "LSTM", "GRU"])
def test_second_derivatives_of_recurrent_layers(name: str) -> None:
    def results(module: Any) -> dict[str, Any]:
        module.manual_seed(3)
        net = getattr(module.nn, name)(3, 4, bidirectional=True).double()
        x = module.tensor(np.random.default_rng(0).standard_normal((4, 2, 3)), requires_grad=True)
        if module is torch:  # PyTorch's fused layer has no second derivative; its packed one has
            x_in = module.nn.utils.rnn.pack_padded_sequence(x, [4, 4])
            output = net(x_in)[0].data
        else:
            output = net(x)[0]
        (g,) = module.autograd.grad((output**2).sum(), x, create_graph=True)
        (g**2).sum().backward()
        return {"x": array(x.grad)} | {n: array(p.grad) for n, p in net.named_parameters()}

    assert_close(results(rushlight), results(torch), 1e-9)


MASKS = {
    "none": {},
    "causal": {"mask": "causal"},
    "padding": {
        "src_key_padding_mask": np.array(
            [[False] * 5, [False, False, False, True, True], [False] * 4 + [True]]
        )
    },
}


@pytest.mark.parametrize("name", MASKS)
@pytest.mark.parametrize("training", [True, False])
def test_masks_of_an_encoder(name: str, training: bool) -> None:
    def results(module: Any) -> dict[str, Any]:
        module.manual_seed(3)
        layer = module.nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True)
        net = module.nn.TransformerEncoder(layer, 2).train(training)
        (x,) = arguments(module, ((3, 5, 8),))
        given = dict(MASKS[name])
        if "mask" in given:
            given["mask"] = module.nn.Transformer.generate_square_subsequent_mask(5)
        else:
            given = {k: module.tensor(v) for k, v in given.items()}
        with module.set_grad_enabled(training):
            return {"output": array(net(x.detach(), **given))}

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert_close(results(rushlight), results(torch), 1e-4)


INITIALISERS = [
    ("uniform_", (4, 3), (-1.0, 2.0)),
    ("normal_", (4, 8), (1.0, 0.5)),
    ("normal_", (3,), (1.0, 0.5)),
    ("trunc_normal_", (5, 5), (0.0, 1.0, -1.0, 0.5)),
    ("constant_", (2, 2), (0.3,)),
    ("ones_", (2,), ()),
    ("zeros_", (2,), ()),
    ("eye_", (3, 5), ()),
    ("dirac_", (4, 2, 3, 3), (2,)),
    ("dirac_", (3, 2, 5), ()),
    ("xavier_uniform_", (4, 3, 2), (1.5,)),
    ("xavier_normal_", (4, 3), ()),
    ("kaiming_uniform_", (4, 3), (0.2, "fan_out")),
    ("kaiming_normal_", (4, 3, 3), (0.0, "fan_in", "relu")),
    ("sparse_", (10, 6), (0.35,)),
]


@pytest.mark.parametrize(
    ("name", "shape", "args"), INITIALISERS, ids=[f"{n} {s}" for n, s, _ in INITIALISERS]
)
def test_initialisers_to_the_bit(name: str, shape: Any, args: Any) -> None:
    drawn = []
    for module in (rushlight, torch):
        module.manual_seed(5)
        drawn.append(array(getattr(module.nn.init, name)(module.empty(shape), *args)))
    np.testing.assert_array_equal(drawn[0], drawn[1])


@pytest.mark.parametrize("shape", [(4, 4), (3, 5), (6, 2, 2)])
def test_orthogonal(shape: Any) -> None:
    drawn = []
    for module in (rushlight, torch):
        module.manual_seed(5)
        drawn.append(array(module.nn.init.orthogonal_(module.empty(shape), 1.3)))
    np.testing.assert_allclose(drawn[0], drawn[1], atol=2e-6)


def test_layers_are_in_the_modules_that_pytorch_has_them_in() -> None:
    for name in dir(rushlight.nn):
        ours, theirs = getattr(rushlight.nn, name), getattr(torch.nn, name, None)
        if isinstance(ours, type) and issubclass(ours, rushlight.nn.Module):
            assert ours.__module__ == "rushlight" + theirs.__module__.removeprefix("torch"), name
