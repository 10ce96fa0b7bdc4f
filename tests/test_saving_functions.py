"""Saved modules that hold functions and classes, such as an activation."""

from __future__ import annotations

import io
import pickle
from typing import Any

import pytest

import rushlight as torch
from rushlight._saving import allowed
from rushlight.nn import functional as F
from rushlight.nn.modules.activation import MultiheadAttention
from rushlight.nn.modules.dropout import Dropout
from rushlight.nn.modules.linear import Linear, NonDynamicallyQuantizableLinear
from rushlight.nn.modules.normalization import LayerNorm
from rushlight.nn.modules.transformer import TransformerEncoderLayer


def saved(obj: Any) -> io.BytesIO:
    buffer = io.BytesIO()
    torch.save(obj, buffer)
    buffer.seek(0)
    return buffer


FUNCTIONS = [
    (F.relu, b"torch.nn.functional\nrelu\n"),
    (F.silu, b"torch.nn.functional\nsilu\n"),
    (torch.tanh, b"torch\ntanh\n"),
    (torch.relu, b"torch\nrelu\n"),
]


@pytest.mark.parametrize(("function", "name"), FUNCTIONS)
def test_functions_are_saved_by_the_names_that_pytorch_knows(function: Any, name: bytes) -> None:
    buffer = saved({"activation": function})
    assert name in buffer.getvalue()
    assert torch.load(buffer, weights_only=False)["activation"] is function
    with pytest.raises(pickle.UnpicklingError):
        torch.load(io.BytesIO(buffer.getvalue()))


def test_whole_layer_with_an_activation_declared_safe() -> None:
    layer = TransformerEncoderLayer(4, 2, 8, dropout=0.0)
    buffer = saved(layer)
    parts = [TransformerEncoderLayer, MultiheadAttention, NonDynamicallyQuantizableLinear, Linear, Dropout]
    parts += [LayerNorm, F.relu]
    with torch.serialization.safe_globals(parts):
        again = torch.load(buffer)
    assert again.activation is F.relu
    x = torch.arange(24.0).reshape(3, 2, 4)
    assert torch.equal(again(x), layer(x))


def test_classes_that_an_object_holds() -> None:
    buffer = saved({"norm": torch.nn.LayerNorm})
    with torch.serialization.safe_globals([torch.nn.LayerNorm]):
        assert torch.load(buffer)["norm"] is torch.nn.LayerNorm


def test_functions_that_pytorch_saves_by_getattr() -> None:
    """PyTorch pickles torch.tanh as getattr(torch._C._VariableFunctionsClass, "tanh")."""
    find = allowed.find
    call = find("__builtin__", "getattr", trusted=True).call
    functions = find("torch._C", "_VariableFunctionsClass", trusted=True)
    assert call(functions, "tanh") is torch.tanh
    for owner, name in ((functions, "nn"), (functions, "__init__"), (functions, 3), (torch, "tanh"), ("", "join")):
        with pytest.raises(TypeError, match="attribute"):
            call(owner, name)
    for module, name in (("builtins", "getattr"), ("torch._C", "_VariableFunctionsClass"), ("torch", "tanh")):
        with pytest.raises(pickle.UnpicklingError):
            find(module, name)
