"""Every layer against what was recorded of PyTorch's: repr, keys, outputs, buffers and gradients."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import numpy as np
import pytest
from nn_layers import LAYERS, Layer, digest, ids, run

import rushlight

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "nn.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("mode", ["train", "eval"])
@pytest.mark.parametrize(("name", "layer"), list(zip(ids(), LAYERS, strict=True)), ids=ids())
def test_layer(name: str, layer: Layer, mode: str) -> None:
    expected = GOLDEN[f"{name}, {mode}"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some layers are called in ways that PyTorch warns about
        net, found = run(rushlight, layer, mode == "train")
    assert repr(net) == expected["repr"]
    assert list(net.state_dict()) == expected["keys"]
    assert list(found) == list(expected["found"])
    for key, value in found.items():
        shape, *numbers = expected["found"][key]
        ours = digest(value)
        assert ours[0] == shape, key
        size = numbers[1]  # the sum of absolute values is the scale of rounding errors
        np.testing.assert_allclose(ours[1:], numbers, rtol=layer.tolerance, atol=layer.tolerance * size, err_msg=key)
