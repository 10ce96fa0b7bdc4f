"""The pages in a real browser: nothing is fetched, no error is logged, and what is clicked tells the right numbers.

Set SCREENSHOTS to a folder to keep pictures of the pages as they look on a desk and on a phone.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from browser import HOW_TO_INSTALL, Browser, Page, find

import rushlight as torch
from rushlight.regression import gradient_descent
from rushlight.show import graph, record, write_report

PROGRAM = find()
pytestmark = pytest.mark.skipif(PROGRAM is None, reason=HOW_TO_INSTALL)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    assert PROGRAM is not None
    opened = Browser(PROGRAM)
    yield opened
    opened.close()


def picture(page: Page, name: str) -> None:
    """Keep a picture, if they are wanted."""
    folder = os.environ.get("SCREENSHOTS")
    if folder:
        page.screenshot(Path(folder) / f"{name}.png")


def box(number: int) -> str:
    return f'[data-key="n{number}"]'


def shared(folder: Path) -> Path:
    """z = a a + a at a = 2."""
    a = torch.tensor(2.0, requires_grad=True)
    z = a * a + a
    graph(z, names={"a": a, "z": z}).save(folder / "graph.html")
    return folder / "graph.html"


def test_a_click_on_a_node_tells_its_numbers(browser: Browser, tmp_path: Path) -> None:
    page = browser.open(shared(tmp_path))
    page.click(box(1))
    assert page.text("#detail h2") == "n1 a: leaf"
    assert page.text("#gradient") == "5"
    assert page.text("#value") == "2"
    assert page.text("#sum") == "5"
    page.click(box(2))
    assert page.text("#formula") == "x · y"
    assert "y = 2" in page.text("#inputs")
    assert page.text("#gradient") == "1"
    picture(page, "shared-1280")
    page.dark()
    picture(page, "shared-dark-1280")
    assert page.complaints() == []


def test_steps_backward_see_the_contributions_of_a_shared_node_add_up(browser: Browser, tmp_path: Path) -> None:
    page = browser.open(shared(tmp_path))
    page.click("#first")
    assert page.text("#status") == "Before the forward pass."
    told = []
    for _ in range(8):
        page.click("#next")
        told.append(page.text("#status"))
    assert told[:4] == [
        "Forward: n1 a: leaf is given, and gathers a gradient = 2.",
        "Forward: n2 MulBackward0 computes x · y = 4.",
        "Forward: n3 z: AddBackward0 computes x + y = 6.",
        "Backward starts: the gradient of n3 z: AddBackward0 by itself is 1.",
    ]
    assert told[4] == ("Backward: n3 z: AddBackward0 sends 1 to n2 MulBackward0; the gradient of n2 is 1 so far.")
    assert told[5] == "Backward: n3 z: AddBackward0 sends 1 to n1 a: leaf; the gradient of n1 is 1 so far."
    assert told[6] == "Backward: n2 MulBackward0 sends 2 to n1 a: leaf; it is added: the gradient of n1 is now 3."
    assert told[7].startswith("Both passes are done")
    page.click("#back")
    page.click(box(1))
    assert page.text("#gradient") == "3"
    assert "gradient 3" in page.text(box(1))
    page.run("document.getElementById('step').focus()")
    page.press("ArrowLeft")
    page.press("ArrowLeft")
    assert page.text("#count") == "step 5 of 8"
    page.press("End")
    assert page.text("#gradient") == "5"
    assert page.complaints() == []


def test_the_keyboard_alone_is_enough(browser: Browser, tmp_path: Path) -> None:
    page = browser.open(shared(tmp_path))
    page.run(f"document.querySelector('{box(3)}').focus()")
    page.press("Enter")
    assert page.text("#detail h2") == "n3 z: AddBackward0"
    page.press("ArrowUp")
    assert page.text("#detail h2") == "n2 MulBackward0"
    page.press("ArrowUp")
    assert page.text("#detail h2") == "n1 a: leaf"
    page.press("ArrowDown")
    assert page.text("#detail h2") == "n2 MulBackward0"
    assert page.run("document.activeElement.getAttribute('aria-label')") == (
        "n2 MulBackward0, () float32, value 4, gradient 1"
    )
    unnamed = page.run(
        "[...document.querySelectorAll('button, input, select, [role=button]')].filter(e => !(e.ariaLabel "
        "|| e.textContent || (e.labels && e.labels.length))).length"
    )
    assert unnamed == 0


def test_search_finds_nodes_by_name(browser: Browser, tmp_path: Path) -> None:
    page = browser.open(shared(tmp_path))
    page.run("document.getElementById('search').focus()")
    page.type("mulb")
    assert page.text("#hits") == "1 found"
    page.press("Enter")
    assert page.text("#detail h2") == "n2 MulBackward0"
    assert page.complaints() == []


class Block(torch.nn.Module):
    """A transformer's block."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = torch.nn.LayerNorm(width)
        self.query, self.key, self.value = (torch.nn.Linear(width, width) for _ in range(3))
        self.out = torch.nn.Linear(width, width)
        self.norm2 = torch.nn.LayerNorm(width)
        self.wide = torch.nn.Linear(width, 4 * width)
        self.narrow = torch.nn.Linear(4 * width, width)

    def forward(self, x: Any) -> Any:
        h = self.norm(x)
        size = x.shape[-1] // 2
        heads = []
        for k in range(2):
            part = slice(k * size, (k + 1) * size)
            q, key, v = (f(h)[..., part] for f in (self.query, self.key, self.value))
            heads.append(torch.softmax(q @ key.transpose(-2, -1) / size**0.5, -1) @ v)
        x = x + self.out(torch.cat(heads, -1))
        h = self.wide(self.norm2(x))
        return x + self.narrow(0.5 * h * (1 + torch.tanh(0.8 * (h + 0.04 * h**3))))


class Language(torch.nn.Module):
    """A two-layer GPT."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.places = torch.nn.Embedding(11, 8), torch.nn.Embedding(5, 8)
        self.blocks = torch.nn.ModuleList([Block(8), Block(8)])
        self.norm = torch.nn.LayerNorm(8)
        self.head = torch.nn.Linear(8, 11)

    def forward(self, tokens: Any) -> Any:
        x = self.words(tokens) + self.places(torch.arange(tokens.shape[1]))
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x))


def language(folder: Path) -> tuple[Path, int]:
    model = Language()
    tokens = torch.tensor([[1, 2, 3, 4, 5], [6, 7, 8, 9, 10]])
    with record(model) as seen:
        parts = model(tokens)
        loss = torch.nn.functional.cross_entropy(parts.reshape(-1, 11), tokens.reshape(-1))
    found = graph(loss, names={"loss": loss}, modules=seen)
    found.save(folder / "language.html")
    return folder / "language.html", len(found.vertices)


def test_a_language_model_opens_collapsed_and_opens_up(browser: Browser, tmp_path: Path) -> None:
    path, count = language(tmp_path)
    page = browser.open(path)
    assert page.run("Number(document.documentElement.dataset.boxes)") <= 60
    picture(page, "language-1280")
    page.run("{ const d = document.getElementById('depth'); d.value = 1; d.dispatchEvent(new Event('change')); }")
    assert page.run("document.querySelectorAll('.box').length") < 10
    page.click('[data-key="Language"]')
    assert page.text("#detail h2") == "Language: module"
    page.click("#open")
    assert page.run("!!document.querySelector('[data-key=\"Language/blocks.1\"]')")
    page.run("{ const d = document.getElementById('depth'); d.value = 0; d.dispatchEvent(new Event('change')); }")
    assert page.run("document.querySelectorAll('.box').length") == count
    page.resize(390, 844)
    picture(page, "language-390")
    assert page.run("document.documentElement.scrollWidth") <= 390
    assert page.complaints() == []


def test_a_phone_shows_all_of_it(browser: Browser, tmp_path: Path) -> None:
    page = browser.open(shared(tmp_path), 390, 844)
    page.click(box(1))
    assert page.text("#gradient") == "5"
    assert page.run("document.documentElement.scrollWidth") <= 390
    picture(page, "shared-390")
    assert page.complaints() == []


def test_ten_thousand_nodes_open_and_the_page_says_that_it_is_cut(browser: Browser, tmp_path: Path) -> None:
    x = torch.ones(2, requires_grad=True)
    for _ in range(10_000):
        x = x * 1.0001
    graph(x).save(tmp_path / "long.html")
    page = browser.open(tmp_path / "long.html")
    assert page.text("#notice") == "cut: drawn are the 600 of 10,001 nodes that are nearest to the result"
    assert page.run("document.querySelectorAll('.box').length") == 601
    assert page.complaints() == []


def slide(page: Page, to: int) -> None:
    page.run(f"{{ const s = document.getElementById('slider'); s.value = {to}; s.dispatchEvent(new Event('input')); }}")


def test_the_slider_of_the_descent_tells_the_iterate(browser: Browser, tmp_path: Path) -> None:
    """The text's example: 0, 1, 3/2, 7/4, ... and its limit 2."""
    X, y = [[1], [2], [3]], [2, 4, 6]
    t = gradient_descent(X, y, learning_rate=Fraction(1, 56), steps=7, loss="SSE")
    write_report(tmp_path / "report.html", t, X, y)
    page = browser.open(tmp_path / "report.html")
    told = []
    for k in range(8):
        slide(page, k)
        told.append(page.text("#now"))
    values = ["0", "1", "3/2", "7/4", "15/8", "31/16", "63/32", "127/64"]
    assert told == [f"step {k}: w1 = {v}" for k, v in enumerate(values)]
    assert page.text("#limit") == "2"
    assert (page.text("#seen"), page.text("#predicted")) == ("0.5", "0.5")
    assert page.text("tr[aria-current] td") == "7"
    mark = page.run("['cx', 'cy'].map(a => Number(document.querySelector('#surface .mark').getAttribute(a)))")
    minimum = page.run("document.querySelector('#surface .minimum').getBBox().x + 5")
    assert mark[0] == pytest.approx(minimum, abs=6)
    page.run("document.getElementById('slider').focus()")
    page.press("Home")
    page.press("ArrowRight")
    page.press("ArrowRight")
    assert page.text("#now") == "step 2: w1 = 3/2"
    assert page.text("#loss") == "7/2"
    page.click("#next")
    assert page.text("#now") == "step 3: w1 = 7/4"
    picture(page, "descent-1280")
    assert page.complaints() == []


def test_the_descent_of_a_line_on_a_phone(browser: Browser, tmp_path: Path) -> None:
    X, y = [[1.0, 1.0], [3.0, 1.0]], [2.0, 4.0]
    write_report(tmp_path / "report.html", gradient_descent(X, y, learning_rate=0.3, steps=50), X, y)
    page = browser.open(tmp_path / "report.html", 390, 844)
    assert page.run("document.documentElement.scrollWidth") <= 390
    assert page.run("document.querySelectorAll('#surface .contour').length") > 4
    slide(page, 50)
    assert page.text("#now").startswith("step 50: w1 = ")
    shape = page.run("document.querySelector('#surface .path').getAttribute('points').split(' ').length")
    assert shape == 51
    picture(page, "descent-390")
    assert page.complaints() == []


def test_the_predictions_of_many_columns_move_with_the_slider(browser: Browser, tmp_path: Path) -> None:
    """At step 0 all predictions are 0: one height. At the end they are the targets: their dots rise with them."""
    X = [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [2.0, 1.0]]
    y = [1.0, 2.0, 3.0, 4.0]
    write_report(tmp_path / "report.html", gradient_descent(X, y, steps=200), X, y)
    page = browser.open(tmp_path / "report.html")
    heights = "document.querySelector('#fitted').getAttribute('d').match(/M[^a]*/g).map(p => Number(p.split(' ')[1]))"
    assert len(set(page.run(heights))) == 1
    page.run("document.getElementById('slider').focus()")
    page.press("End")
    at = page.run(heights)
    assert at == sorted(at, reverse=True)
    assert len(set(at)) == 4
    assert page.complaints() == []
