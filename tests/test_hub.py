"""torch.hub and torch.utils.model_zoo: saved parameters by their address."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pytest

import rushlight as torch


def test_a_state_dict_is_fetched_once_and_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from rushlight.utils import model_zoo

    source = tmp_path / "weights.pth"
    torch.save({"w": torch.tensor([1.0, 2.0])}, source)
    folder = tmp_path / "kept"
    state = model_zoo.load_url(source.as_uri(), model_dir=str(folder), progress=False)
    assert state["w"].tolist() == [1.0, 2.0]
    assert capsys.readouterr().err == f'Downloading: "{source.as_uri()}" to {folder / "weights.pth"}\n'
    source.unlink()
    assert torch.hub.load_state_dict_from_url(source.as_uri(), str(folder))["w"].tolist() == [1.0, 2.0]
    assert capsys.readouterr().err == ""


def test_content_must_have_the_hash_in_its_name(tmp_path: Path) -> None:
    content = tmp_path / "content"
    torch.save({}, content)
    right = hashlib.sha256(content.read_bytes()).hexdigest()[:8]
    for digest in (right, "00000000" if right != "00000000" else "11111111"):
        source, folder = tmp_path / f"net-{digest}.pth", tmp_path / digest
        source.write_bytes(content.read_bytes())
        if digest == right:
            assert torch.hub.load_state_dict_from_url(source.as_uri(), str(folder), check_hash=True) == {}
        else:
            with pytest.raises(RuntimeError, match="invalid hash value"):
                torch.hub.load_state_dict_from_url(source.as_uri(), str(folder), check_hash=True)
            assert list(folder.iterdir()) == []


def test_the_folder_follows_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCH_HOME", "/somewhere")
    assert Path(torch.hub.get_dir()) == Path("/somewhere/hub")
    monkeypatch.setattr(torch.hub, "_chosen", [])
    torch.hub.set_dir("models")
    assert torch.hub.get_dir() == "models"


def test_a_storage_weighs_what_it_holds() -> None:
    assert sys.getsizeof(torch.zeros(1000).untyped_storage()) - sys.getsizeof(torch.zeros(0).untyped_storage()) == 4000
