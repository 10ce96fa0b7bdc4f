"""The charts of a descent, and where each iterate lies in them."""

from __future__ import annotations

from typing import Any

import numpy as np

from rushlight.show.charts import HEIGHT, WIDTH, Chart, Floats
from rushlight.show.descent_data import Descent, Surface
from rushlight.show.svg import clean

BLUE, RED, GREEN, GREY, DARK = "#0b5cad", "#d9703f", "#0b7a53", "#8a97a3", "#14202b"
_GRID, _LEVELS = 61, 10


def charts(picture: Descent) -> dict[str, Chart]:
    """The charts by their keys: `surface`, `losses` and `fit`, those that there is something to draw for."""
    out = {}
    if picture.surface is not None and len(picture.surface.labels) == 1:
        out["surface"] = _loss_of_one(picture, picture.surface)
    elif picture.surface is not None:
        out["surface"] = _contours(picture, picture.surface)
    out["losses"] = _losses(picture)
    if picture.data is not None:
        out["fit"] = _data(picture)
    return out


def _finite(path: Floats) -> Floats:
    out: Floats = path[np.all(np.isfinite(path), axis=1)]
    return out


def _loss_of_one(picture: Descent, surface: Surface) -> Chart:
    path = picture.path()
    ends = [*_finite(path)[:, 0].tolist(), *([] if surface.minimum is None else surface.minimum.tolist())]
    losses = picture.trajectory.losses[picture.shown]
    low = min(picture.least, float(np.min(losses)))
    high = float(np.max(losses[np.isfinite(losses)]))
    name = surface.labels[0]
    title = f"Loss ({picture.trajectory.loss_name}) over {name}"
    chart = Chart(title, (min(ends), max(ends)), (low, high), (name, "loss"))
    across = np.linspace(*chart.across, 161)
    chart.curve(list(zip(across.tolist(), surface.evaluate(across[:, None]).tolist(), strict=True)), "loss", GREY)
    points = list(zip(path[:, 0].tolist(), losses.tolist(), strict=True))
    chart.curve(points, "path", BLUE)
    chart.dots(points, "iterate", BLUE)
    if surface.minimum is not None:
        chart.cross(float(surface.minimum[0]), picture.least, "minimum", GREEN, "the minimum")
    return chart


def _contours(picture: Descent, surface: Surface) -> Chart:
    path = picture.path()
    ends = _finite(path)
    if surface.minimum is not None:
        ends = np.vstack([ends, surface.minimum])
    low, high = ends.min(axis=0), ends.max(axis=0)
    # An axis along which next to nothing happens gets some room all the same.
    size = np.maximum(high - low, 0.25 * float(np.max(high - low)) or 1.0)
    middle = (low + high) / 2
    low, high = middle - size / 2, middle + size / 2
    title = f"Loss ({picture.trajectory.loss_name})"
    chart = Chart(
        title,
        (float(low[0]), float(high[0])),
        (float(low[1]), float(high[1])),
        (surface.labels[0], surface.labels[1]),
    )
    across, upward = np.linspace(*chart.across, _GRID), np.linspace(*chart.upward, _GRID)
    grid = np.stack(np.meshgrid(across, upward), axis=-1).reshape(-1, 2)
    values = surface.evaluate(grid).reshape(_GRID, _GRID)
    bottom = min(picture.least, float(np.min(values)))
    # squares, so that the contours of a quadratic lie at even distances
    chart.contours(values, levels(bottom, float(np.max(values))), GREY)
    chart.curve([(a, b) for a, b in path.tolist()], "path", BLUE)
    chart.dots([(a, b) for a, b in path.tolist()], "iterate", BLUE, 2.5)
    if surface.minimum is not None:
        chart.cross(float(surface.minimum[0]), float(surface.minimum[1]), "minimum", GREEN, "the minimum")
    return chart


def levels(low: float, high: float) -> list[float]:
    """The losses at which contours are drawn."""
    return [low + (high - low) * (k / _LEVELS) ** 2 for k in range(1, _LEVELS)]


def _losses(picture: Descent) -> Chart:
    excess = picture.excess()
    good = excess[(excess > 0) & np.isfinite(excess)]
    high = float(np.max(good)) if len(good) else 1.0
    low = max(float(np.min(good)) if len(good) else 0.1, high * 1e-20)
    name = picture.trajectory.loss_name
    chart = Chart(
        f"Loss ({name}) above its least, seen and predicted" if picture.predicted() is not None
        else f"Loss ({name}) above its least",
        (0, max(1, picture.shown[-1])),
        (low, high),
        ("step", "loss above its least, logarithmic"),
        log=True,
    )  # fmt: skip
    steps = [float(k) for k in picture.shown]
    predicted = picture.predicted()
    chart.curve(list(zip(steps, excess.tolist(), strict=True)), "losses", RED, width=3.5)
    if predicted is not None:
        chart.curve(list(zip(steps, predicted.tolist(), strict=True)), "predicted", DARK, "5 5", 2)
    return chart


def _data(picture: Descent) -> Chart:
    data = picture.data
    assert data is not None
    last = data.predict(picture.trajectory.iterates[-1])
    first = data.predict(picture.trajectory.iterates[0])
    upward = np.concatenate([data.target, last, first])
    upward = upward[np.isfinite(upward)]
    title = "Data and fitted line" if data.line else "Predictions over targets"
    across = (float(np.min(data.across)), float(np.max(data.across)))
    chart = Chart(title, across, (float(np.min(upward)), float(np.max(upward))), data.labels)
    if data.line:
        chart.dots(list(zip(data.across.tolist(), data.target.tolist(), strict=True)), "row", RED)
    else:
        chart.curve([(across[0], across[0]), (across[1], across[1])], "equal", GREY, "6 4")
    return chart


def places(picture: Descent, drawn: dict[str, Chart]) -> list[dict[str, Any]]:
    """Where each shown iterate lies in each chart, in pixels."""
    out: list[dict[str, Any]] = [{} for _ in picture.shown]
    losses = picture.trajectory.losses[picture.shown]
    if picture.surface is not None:
        for k, point in enumerate(picture.path().tolist()):
            upward = float(losses[k]) if len(point) == 1 else point[1]
            out[k]["surface"] = drawn["surface"].place(point[0], upward)
    for k, excess in enumerate(picture.excess().tolist()):
        out[k]["losses"] = drawn["losses"].place(picture.shown[k], excess)
    if picture.data is not None:
        for k, step in enumerate(picture.shown):
            out[k]["fit"] = fitted(picture, drawn["fit"], step)
    return out


def fitted(picture: Descent, chart: Chart, step: int) -> list[list[float]]:
    """A line's two ends, or every prediction, in pixels."""
    data = picture.data
    assert data is not None
    values = data.predict(picture.trajectory.iterates[step])
    points = list(zip(data.across.tolist(), values.tolist(), strict=True))
    if data.line:
        (x0, y0), (x1, y1) = points[0], points[-1]
        slope = (y1 - y0) / (x1 - x0)
        left, right = chart.across
        points = [(left, y0 + slope * (left - x0)), (right, y0 + slope * (right - x0))]
    return [chart.place(a, b) for a, b in points]


def side_by_side(picture: Descent) -> str:
    """See `Descent.svg`."""
    drawn = charts(picture)
    if picture.data is not None:
        last = fitted(picture, drawn["fit"], picture.shown[-1])
        drawn["fit"].parts.append(fitted_svg(last, picture.data.line))
    notes = [n for n in (picture.surface.note if picture.surface else "", picture.note) if n]
    height = HEIGHT + 20 * len(notes)
    width = WIDTH * len(drawn)
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
    ]
    for k, (key, chart) in enumerate(drawn.items()):
        out.append(f'<g transform="translate({k * WIDTH} 0)">{chart.svg(key)}</g>')
    for k, note in enumerate(notes):
        out.append(f'<text x="16" y="{HEIGHT + 12 + 20 * k}" fill="#14202b">{clean(note)}</text>')
    return "\n".join([*out, "</svg>"]) + "\n"


def fitted_svg(points: list[list[float]], line: bool) -> str:
    """The fitted line or the predictions, as SVG."""
    if line:
        text = " ".join(f"{x},{y}" for x, y in points)
        return f'<polyline id="fitted" points="{text}" fill="none" stroke="{BLUE}" stroke-width="2"/>'
    dots = "".join(f"M{x - 2} {y}a2 2 0 1 0 4 0a2 2 0 1 0 -4 0" for x, y in points)
    return f'<path id="fitted" d="{dots}" fill="{BLUE}"/>'
