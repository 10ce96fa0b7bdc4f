"""Charts in SVG: axes with round numbers, curves, points and contours."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from rushlight.show.drawings import clean
from rushlight.show.labels import number_text

Floats = npt.NDArray[np.float64]

WIDTH, HEIGHT = 520, 380
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 16, 34, 48


class Chart:
    """Axes to draw in.

    Args:
        title: written above.
        across: the lowest and highest value of the horizontal axis.
        upward: likewise of the vertical one.
        labels: of the two axes.
        log: whether the vertical axis is logarithmic.
    """

    def __init__(
        self,
        title: str,
        across: tuple[float, float],
        upward: tuple[float, float],
        labels: tuple[str, str],
        log: bool = False,
    ) -> None:
        self.title = title
        self.across = widened(*across)
        self.log = log
        self.upward = upward if log else widened(*upward)
        if log:
            low = max(upward[0], 1e-300)
            self.upward = (low, max(upward[1], low * 10))
        self.labels = labels
        self.parts: list[str] = []

    def x(self, value: float) -> float:
        """Where a value lies on the horizontal axis, in pixels."""
        low, high = self.across
        return _LEFT + (WIDTH - _LEFT - _RIGHT) * (value - low) / (high - low)

    def y(self, value: float) -> float:
        """Where a value lies on the vertical axis, in pixels; values below a logarithmic axis lie at its foot."""
        low, high = self.upward
        if self.log:
            value = math.log10(value) if value > low else math.log10(low)
            low, high = math.log10(low), math.log10(high)
        return HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * (value - low) / (high - low)

    def place(self, across: float, upward: float) -> list[float]:
        """A point in pixels, rounded; one that is infinite or far outside is kept within reach of a picture."""
        values = (self.x(across), self.y(upward))
        return [round(min(max(v, -1e4), 1e4), 1) if not math.isnan(v) else -1e4 for v in values]

    def curve(
        self, points: Sequence[tuple[float, float]], name: str, colour: str, dash: str = "", width: float = 1.6
    ) -> None:
        """Draw a line through points that aren't infinite."""
        good = [self.place(a, b) for a, b in points if math.isfinite(a) and math.isfinite(b)]
        if not good:
            return
        text = " ".join(f"{a},{b}" for a, b in good)
        style = f' stroke-dasharray="{dash}"' if dash else ""
        self.parts.append(
            f'<polyline class="{name}" points="{text}" fill="none" stroke="{colour}" stroke-width="{width}"{style}/>'
        )

    def dots(self, points: Sequence[tuple[float, float]], name: str, colour: str, size: float = 3) -> None:
        """Draw points."""
        for a, b in points:
            if math.isfinite(a) and math.isfinite(b):
                x, y = self.place(a, b)
                self.parts.append(f'<circle class="{name}" cx="{x}" cy="{y}" r="{size}" fill="{colour}"/>')

    def cross(self, across: float, upward: float, name: str, colour: str, what: str) -> None:
        """Mark a point by a cross, and say what it is."""
        x, y = self.place(across, upward)
        self.parts.append(
            f'<path class="{name}" d="M{x - 5} {y - 5}l10 10m0 -10l-10 10" stroke="{colour}" stroke-width="2">'
            f"<title>{clean(what)}</title></path>"
        )

    def contours(self, values: Floats, levels: Sequence[float], colour: str) -> None:
        """Draw the lines on which a grid of values (rows upward, columns across) takes the levels."""
        low, high = self.across
        bottom, top = self.upward
        rows, columns = values.shape
        for level in levels:
            pieces = []
            for x0, y0, x1, y1 in segments(values, level):
                a = self.place(low + (high - low) * x0 / (columns - 1), bottom + (top - bottom) * y0 / (rows - 1))
                b = self.place(low + (high - low) * x1 / (columns - 1), bottom + (top - bottom) * y1 / (rows - 1))
                pieces.append(f"M{a[0]} {a[1]}L{b[0]} {b[1]}")
            if pieces:
                self.parts.append(
                    f'<path class="contour" d="{"".join(pieces)}" fill="none" stroke="{colour}" stroke-width="1">'
                    f"<title>loss {number_text(level)}</title></path>"
                )

    def svg(self, key: str) -> str:
        """The chart as an SVG element."""
        right, bottom = WIDTH - _RIGHT, HEIGHT - _BOTTOM
        out = [
            f'<svg xmlns="http://www.w3.org/2000/svg" id="{key}" class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" '
            f'width="{WIDTH}" height="{HEIGHT}" role="img" font-family="sans-serif" font-size="12">',
            f"<title>{clean(self.title)}</title>",
            f'<text class="ink" x="{_LEFT}" y="20" font-size="14" fill="#14202b">{clean(self.title)}</text>',
            f'<clipPath id="{key}-inside"><rect x="{_LEFT}" y="{_TOP}" width="{right - _LEFT}" '
            f'height="{bottom - _TOP}"/></clipPath>',
        ]
        for value in ticks(*self.across):
            x = round(self.x(value), 1)
            out.append(f'<path class="grid" d="M{x} {_TOP}V{bottom}" stroke="#dde3e8"/>')
            out.append(_text(x, bottom + 16, "middle", number_text(value)))
        for value in powers(*self.upward) if self.log else ticks(*self.upward):
            y = round(self.y(value), 1)
            out.append(f'<path class="grid" d="M{_LEFT} {y}H{right}" stroke="#dde3e8"/>')
            out.append(_text(_LEFT - 6, y + 4, "end", number_text(value)))
        out.append(_text((_LEFT + right) / 2, HEIGHT - 12, "middle", self.labels[0]))
        middle = (_TOP + bottom) / 2
        out.append(
            f'<text class="ink" transform="translate(14 {middle}) rotate(-90)" text-anchor="middle" '
            f'fill="#14202b">{clean(self.labels[1])}</text>'
        )
        out.append(f'<g class="inside" clip-path="url(#{key}-inside)">')
        return "\n".join([*out, *self.parts, "</g>", "</svg>"])


def _text(x: float, y: float, anchor: str, text: str) -> str:
    return f'<text class="ink" x="{x}" y="{y}" text-anchor="{anchor}" fill="#14202b">{clean(text)}</text>'


def widened(low: float, high: float) -> tuple[float, float]:
    """An interval with some room at both ends, never empty."""
    size = high - low
    if not size > 1e-12 * max(abs(low), abs(high), 1e-300):
        size = max(abs(low), 1.0)
    return low - 0.1 * size, high + 0.1 * size


def ticks(low: float, high: float, most: int = 7) -> list[float]:
    """Round numbers in an interval.

    Example:
        >>> ticks(0, 2.2)
        [0.0, 0.5, 1.0, 1.5, 2.0]
    """
    rough = (high - low) / most
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next(m * unit for m in (1, 2, 5, 10) if m * unit >= rough * 0.999)
    return [round(k * step, 12) for k in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]


def powers(low: float, high: float, most: int = 8) -> list[float]:
    """Powers of ten in an interval."""
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    step = max(1, math.ceil((last - first + 1) / most))
    return [10.0**k for k in range(first, last + 1, step)]


def segments(values: Floats, level: float) -> list[tuple[float, float, float, float]]:
    """The pieces of the line on which a grid of values takes a level, by marching squares.

    W. E. Lorensen, H. E. Cline, "Marching cubes", Computer Graphics 21, 1987, in two dimensions.

    Args:
        values: shape (rows, columns).
        level: the level.

    Returns:
        (x0, y0, x1, y1) with x counted in columns and y in rows.

    Example:
        >>> segments(np.array([[0.0, 1.0], [0.0, 1.0]]), 0.5)
        [(0.5, 0.0, 0.5, 1.0)]
    """
    above = values > level
    code = above[:-1, :-1] + 2 * above[:-1, 1:] + 4 * above[1:, 1:] + 8 * above[1:, :-1]
    # The sides of a square: 0 below, 1 right, 2 above, 3 left; which ones each case of the corners joins.
    joins = {
        1: [(3, 0)], 2: [(0, 1)], 3: [(3, 1)], 4: [(1, 2)], 5: [(3, 2), (0, 1)], 6: [(0, 2)], 7: [(3, 2)],
        8: [(2, 3)], 9: [(0, 2)], 10: [(3, 0), (1, 2)], 11: [(1, 2)], 12: [(1, 3)], 13: [(0, 1)], 14: [(0, 3)],
    }  # fmt: skip
    out = []
    for row, column in np.argwhere((code > 0) & (code < 15)).tolist():
        corner = values[row : row + 2, column : column + 2]
        (a, b), (d, c) = corner.tolist()

        def point(
            side: int,
            a: float = a,
            b: float = b,
            c: float = c,
            d: float = d,
            row: int = row,
            column: int = column,
        ) -> tuple[float, float]:
            if side == 0:
                return column + (level - a) / (b - a), float(row)
            if side == 1:
                return column + 1.0, row + (level - b) / (c - b)
            if side == 2:
                return column + (level - d) / (c - d), row + 1.0
            return float(column), row + (level - a) / (d - a)

        out += [(*point(one), *point(other)) for one, other in joins[int(code[row, column])]]
    return out
