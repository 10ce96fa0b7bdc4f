"""Draw the pictures of the tutorial: ``python docs/draw_pictures.py`` writes them anew."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import rushlight as torch
from rushlight import show
from rushlight.regression import gradient_descent

FOLDER = Path(__file__).parent / "pictures"


def square() -> str:
    """y = x ** 2 at 1."""
    x = torch.tensor(1.0, requires_grad=True)
    y = x**2
    return show.graph(y, names={"x": x, "y": y}).svg()


def shared() -> str:
    """A node that is used three times."""
    a = torch.tensor(2.0, requires_grad=True)
    z = a * a + a
    return show.graph(z, names={"a": a, "z": z}).svg()


def worked_example() -> str:
    """0, 1, 3/2, 7/4, ..."""
    X, y = [[1], [2], [3]], [2, 4, 6]
    t = gradient_descent(X, y, learning_rate=Fraction(1, 56), steps=7, loss="SSE")
    return show.descent(t, X, y).svg()


def line() -> str:
    """The program's line through two points, at a learning rate that lets the path be seen."""
    X, y = [[1.0, 1.0], [3.0, 1.0]], [2.0, 4.0]
    return show.descent(gradient_descent(X, y, learning_rate=0.3, steps=40), X, y).svg()


PICTURES = {
    "square.svg": square,
    "shared.svg": shared,
    "worked_example.svg": worked_example,
    "line.svg": line,
}


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, draw in PICTURES.items():
        (FOLDER / name).write_text(draw(), encoding="utf-8")


if __name__ == "__main__":
    main()
