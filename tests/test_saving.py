"""Saved files: PyTorch's recorded ones, our own, hostile ones, and safetensors."""

from __future__ import annotations

import argparse
import collections
import io
import json
import os
import pickle
import subprocess
import sys
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rushlight as torch
from rushlight import safetensors
from tests.hostile_pickles import HOSTILE, archive, called, tensor
from tests.saving_cases import flat, training, values

FOLDER = Path(__file__).parent / "golden/saved"
RECORDED = json.loads((FOLDER / "saved.json").read_text(encoding="utf-8"))


def there_and_back(obj: Any, **options: Any) -> Any:
    file = io.BytesIO()
    torch.save(obj, file)
    file.seek(0)
    return torch.load(file, **options)


def told(obj: Any) -> list[list[str]]:
    return [[place, repr(what)] for place, what in flat(obj)]


@pytest.mark.parametrize(
    ("file", "recorded"), [("values.pt", "values"), ("old.pt", "values"), ("training.pt", "training")]
)
def test_files_of_pytorch(file: str, recorded: str) -> None:
    assert told(torch.load(FOLDER / file)) == RECORDED[recorded]


@pytest.mark.parametrize("make", [values, training])
def test_there_and_back(make: Any) -> None:
    obj = make(torch)
    assert told(there_and_back(obj)) == told(obj)


def test_shared_memory_stays_shared() -> None:
    for loaded in (
        there_and_back(values(torch)),
        torch.load(FOLDER / "values.pt"),
        torch.load(FOLDER / "old.pt"),
    ):
        loaded["base"][1, 0] = 99
        assert loaded["view"][0, 0].item() == 99
        assert loaded["transposed"][0, 1].item() == 99


def test_the_same_tensor_stays_the_same() -> None:
    x = torch.nn.Parameter(torch.ones(2))
    a, b = there_and_back([x, x])
    assert a is b


def test_shared_memory_is_written_once() -> None:
    base = torch.zeros(10_000)
    file = io.BytesIO()
    torch.save([base, base[:5], base.reshape(100, 100)], file)
    assert 40_000 < len(file.getvalue()) < 45_000


def test_state_dict_loads_into_a_module_and_an_optimizer() -> None:
    state = torch.load(FOLDER / "training.pt")
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), torch.nn.Linear(4, 1))
    optimizer = torch.optim.Adam(model.parameters(), amsgrad=True)
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    assert model[0].weight.tolist() == state["model"]["0.weight"].tolist()
    assert optimizer.state[model[0].weight]["step"].item() == 1
    assert state["model"]._metadata["1"] == {"version": 2}


def test_layout_of_an_archive() -> None:
    file = io.BytesIO()
    torch.save({"x": torch.ones(3)}, file)
    with zipfile.ZipFile(file) as archive:
        records = {info.filename: info for info in archive.infolist()}
        assert archive.read("archive/version") == b"3\n"
        assert archive.read("archive/byteorder") == sys.byteorder.encode()
        assert archive.read("archive/data/0") == np.ones(3, np.float32).tobytes()
    for info in records.values():
        content = info.header_offset + 30 + len(info.filename) + len(info.extra)
        assert content % 64 == 0
        assert info.compress_type == zipfile.ZIP_STORED


def test_whole_modules_need_trust() -> None:
    with pytest.raises(pickle.UnpicklingError, match=r"container\.Sequential.*weights_only=False"):
        torch.load(FOLDER / "module.pt")
    model = torch.load(FOLDER / "module.pt", weights_only=False)
    assert repr(model).splitlines()[1:-1] == [
        "  (0): Linear(in_features=3, out_features=2, bias=True)",
        "  (1): Dropout(p=0.3, inplace=False)",
    ]
    assert model(torch.ones(1, 3)).shape == (1, 2)
    again = there_and_back(model, weights_only=False)
    assert again[0].weight.tolist() == model[0].weight.tolist()


@pytest.mark.parametrize("file", ["bfloat16.pt", "old_bfloat16.pt"])
def test_bfloat16_comes_as_float32(file: str) -> None:
    with pytest.warns(UserWarning, match="bfloat16"):
        x = torch.load(FOLDER / file)
    assert x.dtype == torch.float32
    assert x.tolist() == [1.5, -2.0]


class Settings:
    def __init__(self, rate: float) -> None:
        self.rate = rate


def test_own_classes_must_be_declared() -> None:
    file = io.BytesIO()
    torch.save(Settings(0.5), file)
    for trust in (True, False):
        file.seek(0)
        with pytest.raises(pickle.UnpicklingError, match="Settings"):
            torch.load(file, weights_only=trust)
    file.seek(0)
    with torch.serialization.safe_globals([Settings]):
        assert torch.serialization.get_safe_globals() == [Settings]
        assert torch.load(file).rate == 0.5
    assert torch.serialization.get_safe_globals() == []
    torch.serialization.add_safe_globals([(Settings, "elsewhere.Settings")])
    torch.serialization.clear_safe_globals()
    assert torch.serialization.get_safe_globals() == []


def test_modules_of_ones_own_and_namespaces_need_trust() -> None:
    loaded = there_and_back([Net(), argparse.Namespace(rate=0.5)], weights_only=False)
    assert isinstance(loaded[0], Net)
    assert loaded[1].rate == 0.5


class Net(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(1, 1)


def test_numpy_values() -> None:
    saved = {
        "a": np.arange(6).reshape(2, 3).T, "s": np.float32(2.5), "d": np.dtype(">f4"), "t": np.array(["x",
        "yz"]),
        "big": np.arange(3, dtype=">i4"), "empty": np.zeros((0, 2)),
    }  # fmt: skip
    loaded = there_and_back(saved)
    for key, value in saved.items():
        if isinstance(value, np.ndarray):
            np.testing.assert_array_equal(loaded[key], value)
            assert loaded[key].dtype == value.dtype.newbyteorder("=")  # NumPy itself loads arrays so
        else:
            assert loaded[key] == value
    with pytest.raises(pickle.UnpicklingError, match="plain numbers"):
        there_and_back(np.array([{}, []], dtype=object))


def test_default_dictionaries() -> None:
    made = collections.defaultdict(list, a=[1])
    loaded = there_and_back(made)
    assert loaded == made
    assert loaded["new"] == []


@pytest.mark.parametrize("what", HOSTILE)
@pytest.mark.parametrize("trusted", [False, True])
def test_hostile_files_are_refused(what: str, trusted: bool) -> None:
    with pytest.raises((pickle.UnpicklingError, RuntimeError)):
        torch.load(io.BytesIO(archive(HOSTILE[what])), weights_only=not trusted)


def test_expanded_tensors_are_views_only() -> None:
    # A million million elements in one place of memory: allowed, as PyTorch saves expanded tensors so
    x = torch.load(io.BytesIO(archive(tensor(0, (10**6, 10**6), (0, 0)))))
    assert x.shape == (10**6, 10**6)
    assert x[5, 7].item() == 0
    with pytest.raises(pickle.UnpicklingError, match="reaches out of its storage of 4 elements"):
        torch.load(io.BytesIO(archive(tensor(1, (2, 2), (2, 1)))))


def test_archives_that_are_no_checkpoint() -> None:
    fine = tensor(0, (4,), (1,))
    cases = {
        "no data.pkl": (zip_of({"a/b": b""}), "data.pkl"),
        "TorchScript": (archive(fine, {"constants.pkl": b""}), "TorchScript"),
        "byte order": (archive(fine, {"byteorder": b"middle"}), "byte order"),
        "compressed": (
            archive(fine, {"data/1": bytes(10**6)}, zipfile.ZIP_DEFLATED),
            "larger than the file|compressed",
        ),
        "short storage": (archive(fine, {"data/0": b"\0" * 12}), "12 bytes"),
        "no zip": (b"PK\x03\x04" + b"x" * 100, "zip archive"),
        "text": (b"hello world", "wasn't written by torch.save"),
    }
    for what, (data, words) in cases.items():
        print(what)  # shown if it fails
        with pytest.raises((RuntimeError, pickle.UnpicklingError), match=words):
            torch.load(io.BytesIO(data))
    with pytest.raises(EOFError, match="empty"):
        torch.load(io.BytesIO(b""))


def zip_of(records: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, content in records.items():
            file.writestr(name, content)
    return buffer.getvalue()


def test_other_byte_order() -> None:
    numbers = np.arange(4, dtype=">f4").tobytes()
    data = archive(tensor(0, (4,), (1,)), {"byteorder": b"big", "data/0": numbers})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a name twice in the archive
        assert torch.load(io.BytesIO(data)).tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("file", ["values.pt", "old.pt"])
def test_every_truncation_is_an_error(file: str) -> None:
    data = (FOLDER / file).read_bytes()
    for end in range(0, len(data), 7):
        with pytest.raises((RuntimeError, pickle.UnpicklingError, EOFError)):
            torch.load(io.BytesIO(data[:end]))


def test_ten_thousand_mutated_files(tmp_path: Path) -> None:
    """No crash, no hang, nothing run: in a process of its own, which watches itself
    (tests/fuzz_saving.py).
    """
    saved = tmp_path / "x.safetensors"
    safetensors.save_file({"a": torch.ones(2, 3), "b": torch.tensor([True])}, saved, {"made": "here"})
    script = Path(__file__).with_name("fuzz_saving.py")
    files = [str(path) for path in sorted(FOLDER.glob("*.pt"))]
    source = str(Path(torch.__file__).parents[1])
    path = os.pathsep.join([source, *filter(None, [os.environ.get("PYTHONPATH")])])
    run = subprocess.run(
        [sys.executable, str(script), *files, str(saved), "--count", "10000"],
        capture_output=True,
        text=True,
        timeout=600,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    torch.save({"x": 1}, path)
    with pytest.raises(pickle.PicklingError):
        torch.save({"x": lambda: 0}, path)
    assert torch.load(path) == {"x": 1}
    assert os.listdir(tmp_path) == ["model.pt"]
    with zipfile.ZipFile(path) as file:
        assert "model/data.pkl" in file.namelist()


def test_devices_that_are_not_there() -> None:
    data = archive(tensor(0, (4,), (1,)).replace(b"\x03\x00\x00\x00cpu", b"\x06\x00\x00\x00cuda:0"))
    with pytest.raises(RuntimeError, match="map_location"):
        torch.load(io.BytesIO(data))
    for location in ("cpu", torch.device("cpu"), {"cuda:0": "cpu"}, lambda storage, location: storage):
        assert torch.load(io.BytesIO(data), map_location=location).shape == (4,)
    with pytest.raises(RuntimeError, match="no device 'cuda'"):
        torch.load(io.BytesIO(data), map_location="cuda")


@pytest.mark.parametrize(
    ("act", "error", "words"),
    [
        (lambda: torch.load("there-is-no-such-file.pt"), FileNotFoundError, "there-is-no-such-file"),
        (lambda: torch.load(3), AttributeError, "int"),
        (lambda: torch.save(3, 3), AttributeError, "int"),
        (lambda: torch.load(io.BytesIO(b"x"), pickle_module=json), NotImplementedError, "json"),
        (lambda: torch.load(io.BytesIO(b"x"), unknown=1), TypeError, "unknown"),
        (lambda: torch.save(torch.Generator(), io.BytesIO()), TypeError, "get_state"),
        (
            lambda: torch.save(1, io.BytesIO(), _use_new_zipfile_serialization=False),
            NotImplementedError,
            "not written",
        ),
        (
            lambda: torch.load(io.BytesIO(archive(called("torch", "float8_e5m2")))),
            pickle.UnpicklingError,
            "NumPy has no",
        ),
    ],
)
def test_mistakes_are_explained(act: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        act()


# -- safetensors --------------------------------------------------------------------------------


def test_safetensors_bytes() -> None:
    # The format by hand: the header's length, the header padded to 8 bytes with spaces, the values
    header = b'{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'
    header += b" " * (-len(header) % 8)
    data = len(header).to_bytes(8, "little") + header + np.array([1.0, -2.0], "<f4").tobytes()
    assert safetensors.save({"x": torch.tensor([1.0, -2.0])}) == data
    assert safetensors.load(data)["x"].tolist() == [1.0, -2.0]


def test_safetensors_there_and_back(tmp_path: Path) -> None:
    tensors = {str(k): t for k, t in enumerate(values(torch)["types"][:-1])}
    tensors |= {
        "view": torch.arange(6).reshape(2, 3).t(),
        "scalar": torch.tensor(2.0),
        "empty": torch.empty(0, 3),
    }
    safetensors.save_file(tensors, tmp_path / "x.safetensors", {"who": "me"})
    loaded = safetensors.load_file(tmp_path / "x.safetensors")
    assert list(loaded) == list(tensors)
    for name, saved in tensors.items():
        assert (loaded[name].dtype, loaded[name].tolist()) == (saved.dtype, saved.tolist())
    assert safetensors.metadata_of((tmp_path / "x.safetensors").read_bytes()) == {"who": "me"}
    loaded["view"] += 1  # memory of its own


def test_safetensors_bfloat16() -> None:
    header = b'{"x":{"dtype":"BF16","shape":[1],"data_offsets":[0,2]}}'
    with pytest.warns(UserWarning, match="bfloat16"):
        # 1.5 is 0x3FC0 in bfloat16
        assert safetensors.load(len(header).to_bytes(8, "little") + header + b"\xc0\x3f")["x"].tolist() == [
            1.5
        ]


@pytest.mark.parametrize(
    ("header", "content", "words"),
    [
        (b"{", b"", "JSON"),
        (b"[" * 100_000, b"", "JSON"),
        (b"[]", b"", "no JSON object"),
        (b'{"x":1}', b"", "entry of 'x'"),
        (b'{"x":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}', b"1234", "entry of 'x'"),
        (b'{"x":{"dtype":"F32","shape":[true],"data_offsets":[0,4]}}', b"1234", "entry of 'x'"),
        (b'{"x":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,1]}}', b"1", "F8_E4M3"),
        (b'{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}', b"1234", "bytes 0 to 4"),
        (b'{"x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}', b"1234", "bytes 4 to 8"),
        (
            b'{"x":{"dtype":"F32","shape":[9223372036854775807],"data_offsets":[0,4]}}',
            b"1234",
            "bytes 0 to 4",
        ),
        (b'{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', b"12345", "damaged"),
        (b'{"x":{"dtype":"BOOL","shape":[1],"data_offsets":[0,1]}}', b"\x07", "bools"),
        (b'{"x":{},"x":{}}', b"", "twice"),
        (b'{"__metadata__":{"a":1}}', b"", "metadata"),
    ],
)
def test_hostile_safetensors(header: bytes, content: bytes, words: str) -> None:
    with pytest.raises(safetensors.SafetensorError, match=words):
        safetensors.load(len(header).to_bytes(8, "little") + header + content)


def test_safetensors_headers_longer_than_the_file() -> None:
    for data in (b"", b"1234567", b"\xff" * 8, (100).to_bytes(8, "little") + b"{}"):
        with pytest.raises(safetensors.SafetensorError, match="not a safetensors file"):
            safetensors.load(data)


def test_what_safetensors_cannot_hold() -> None:
    with pytest.raises(TypeError, match="'x' is a int"):
        safetensors.save({"x": 1})  # type: ignore[dict-item]
    with pytest.raises(TypeError, match="strings by strings"):
        safetensors.save({}, {"a": 1})  # type: ignore[dict-item]
    with pytest.raises(safetensors.SafetensorError, match="complex128"):
        safetensors.save({"x": torch.ones(1, dtype=torch.complex128)})
