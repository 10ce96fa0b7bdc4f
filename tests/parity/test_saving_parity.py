"""Files across the two libraries, in both directions: layers, optimizers, values of all kinds."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import rushlight  # noqa: E402
from tests.optim_cases import OPTIMIZERS, name_of, optimize  # noqa: E402
from tests.saving_cases import flat, training, values  # noqa: E402

pytestmark = pytest.mark.parity
torch.optim.SGD([torch.ones(1)]).step()  # imports what changes the warning filters


def across(obj: Any, save: Any, load: Any, **options: Any) -> Any:
    file = io.BytesIO()
    save(obj, file)
    file.seek(0)
    return load(file, **options)


@pytest.mark.parametrize("make", [values, training])
def test_values_both_ways(make: Any) -> None:
    theirs, ours = make(torch), make(rushlight)
    assert list(flat(across(theirs, torch.save, rushlight.load))) == list(flat(theirs))
    assert list(flat(across(ours, rushlight.save, torch.load, weights_only=True))) == list(flat(ours))


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_protocols_of_pickle(protocol: int) -> None:
    file = io.BytesIO()
    torch.save(
        {"a": torch.ones(2), "s": {1}, "f": frozenset([2]), "b": b"12"}, file, pickle_protocol=protocol
    )
    file.seek(0)
    assert rushlight.load(file)["f"] == frozenset([2])


LAYERS: dict[str, tuple[Any, ...]] = {
    "Linear": (3, 2), "Bilinear": (2, 3, 4), "Conv1d": (2, 3, 3), "Conv2d": (2, 4, 3, 1, 1, 1, 2),
    "Conv3d": (1, 2, 2),
    "ConvTranspose2d": (2, 3, 3), "BatchNorm1d": (3,), "BatchNorm2d": (3,),
    "InstanceNorm2d": (3, 1e-5, 0.1, True, True),
    "LayerNorm": ((2, 3),), "GroupNorm": (2, 4), "RMSNorm": (3,), "Embedding": (5, 3, 0),
    "EmbeddingBag": (5, 3),
    "RNN": (2, 3, 2), "LSTM": (2, 3, 2, True, True, 0.0, True), "GRU": (2, 3), "LSTMCell": (2, 3),
    "PReLU": (3,),
    "MultiheadAttention": (4, 2), "TransformerEncoderLayer": (4, 2, 8), "Transformer": (4, 2, 1, 1, 8),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:enable_nested_tensor")
@pytest.mark.parametrize("name", LAYERS)
def test_layers_both_ways(name: str) -> None:
    def make(library: Any) -> Any:
        library.manual_seed(1)
        return getattr(library.nn, name)(*LAYERS[name])

    ours, theirs = make(rushlight), make(torch)
    for source, target, save, load in (
        (theirs, make(rushlight), torch.save, rushlight.load),
        (ours, make(torch), rushlight.save, torch.load),
    ):
        for p in target.parameters():
            p.requires_grad_(False).zero_()
        target.load_state_dict(across(source.state_dict(), save, load, weights_only=True))
        for key, value in source.state_dict().items():
            np.testing.assert_array_equal(target.state_dict()[key].numpy(), value.numpy(), err_msg=key)


@pytest.mark.parametrize("case", OPTIMIZERS, ids=name_of)
def test_optimizers_both_ways(case: tuple[str, dict[str, Any]]) -> None:
    _, ours = optimize(rushlight, case, steps=3)
    _, theirs = optimize(torch, case, steps=3)
    for source, other, save, load in (
        (theirs, ours, torch.save, rushlight.load),
        (ours, theirs, rushlight.save, torch.load),
    ):
        state = source.state_dict()
        loaded = across(state, save, load, weights_only=True)
        other.load_state_dict(loaded)
        assert list(flat(other.state_dict())) == list(flat(state))
