"""The tutorial's pictures are those that its code draws. (Its blocks, like those of all documents, run as tests.)"""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

DOCS = Path(__file__).parents[2] / "docs"


def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("draw_pictures", DOCS / "draw_pictures.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


@pytest.mark.parametrize("name", ["square.svg", "shared.svg", "worked_example.svg"])
def test_pictures_are_up_to_date(name: str) -> None:
    """But for the last digit of a coordinate, which may be rounded another way with another NumPy."""
    kept = (DOCS / "pictures" / name).read_text(encoding="utf-8")
    drawn = script().PICTURES[name]()
    assert NUMBER.sub("0", drawn) == NUMBER.sub("0", kept), "python docs/draw_pictures.py draws them anew"
    assert list(map(float, NUMBER.findall(drawn))) == pytest.approx(list(map(float, NUMBER.findall(kept))), abs=0.11)


def test_the_tutorial_shows_every_picture() -> None:
    shown = set(re.findall(r"\(pictures/([\w.]+)\)", (DOCS / "tutorial.md").read_text(encoding="utf-8")))
    assert shown == set(script().PICTURES) == {path.name for path in (DOCS / "pictures").iterdir()}


def test_the_site_lists_documents_that_exist() -> None:
    text = (DOCS.parent / "mkdocs.yml").read_text(encoding="utf-8")
    listed = re.findall(r": ([\w/]+\.md)$", text, re.MULTILINE)
    assert len(listed) > 6
    assert [name for name in listed if not (DOCS / name).is_file()] == []
