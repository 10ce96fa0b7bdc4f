"""Reports of a descent: its charts, in SVG and matplotlib, the page that shows them, and files."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from html import escape
from typing import Any

import numpy as np

from rushlight.regression import Quadratic, Trajectory
from rushlight.regression.errors import missing_extra
from rushlight.regression.model import write_whole
from rushlight.show import labels
from rushlight.show.charts import HEIGHT, WIDTH, Chart, Floats
from rushlight.show.descent_data import Descent, Surface, descent
from rushlight.show.drawings import clean
from rushlight.show.labels import number_text
from rushlight.show.page import asset, document

# The charts of a descent, and where each iterate lies in them.

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
    predicted = picture.predicted()
    title = f"Loss ({picture.trajectory.loss_name}) above its least"
    title += "" if predicted is None else ", seen and predicted"
    axes = ("step", "loss above its least, logarithmic")
    chart = Chart(title, (0, max(1, picture.shown[-1])), (low, high), axes, log=True)
    steps = [float(k) for k in picture.shown]
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
    notes = picture.notes
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


# The page that shows a descent in a browser: one file, which fetches nothing.


# A table has so many coordinates at most; the rest are counted.
_MOST_COLUMNS = 8

_BODY = """\
<header><h1>{title}</h1><p class="soft">{about}</p>{notes}</header>
<div class="bar" role="toolbar" aria-label="Steps">
<button type="button" id="back" aria-label="One step back">◀</button>
<button type="button" id="play">Play</button>
<button type="button" id="next" aria-label="One step on">▶</button>
<input type="range" id="slider" min="0" max="0" value="0" aria-label="Step of the descent">
</div>
<p id="now" class="status" aria-live="polite"></p>
<div class="charts">
{charts}
</div>
<div class="figures">
<section aria-label="Figures"><h2>At this step</h2>
<dl><dt>loss ({loss_name})</dt><dd id="loss"></dd>
<dt>norm of the gradient</dt><dd id="gradient"></dd>
<dt>error's factor, seen</dt><dd id="seen"></dd>
<dt>error's factor, predicted</dt><dd id="predicted">{predicted}</dd>
<dt>learning rate</dt><dd>{rate}</dd>{limits}</dl>
<p class="soft">The factor is what a step multiplies the error by: the square root of the ratio of the loss
above its least to that of the step before. {explained}</p></section>
<section aria-label="Iterates"><h2>Iterates</h2>
<div id="iterates-box" class="tall" tabindex="0" role="region" aria-label="Table of iterates">{table}</div></section>
</div>
"""


def descent_page(picture: Descent, title: str) -> str:
    """See `Descent.html`."""
    t = picture.trajectory
    title = labels.printable(title)
    drawn = charts(picture)
    at = places(picture, drawn)
    if picture.data is not None:
        start = fitted(picture, drawn["fit"], picture.shown[0])
        drawn["fit"].parts.append(fitted_svg(start, picture.data.line))
    factors = picture.seen_factors()
    line = picture.data is not None and picture.data.line
    across = [] if line or picture.data is None else [x for x, _ in at[0]["fit"]]
    if across:  # only the heights of the predictions change
        for place in at:
            place["fit"] = [round(y) for _, y in place["fit"]]
    steps = [
        {
            "step": k,
            "iterate": _shortened(picture.iterate_text(k)),
            "loss": _loss_text(picture, k),
            "gradient": number_text(float(t.gradient_norms[k])),
            "factor": None if factor is None else number_text(factor),
            **place,
        }
        for k, factor, place in zip(picture.shown, factors, at, strict=True)
    ]
    predicted = picture.predicted_factor()
    about = f"{t.steps:,} steps at learning rate {number_text(t.learning_rate)}, ended by {t.reason}."
    notes = picture.notes
    closed = picture.closed_form()
    limit = picture.limit_text()
    limits = ""
    if picture.bowl is not None:
        limits += f"<dt>eigenvalues</dt><dd>{escape(_some(picture.bowl.eigenvalues))}</dd>"
    if limit is not None:
        limits += f'<dt>limit</dt><dd id="limit">{escape(", ".join(_shortened(limit)))}</dd>'
    if closed:
        limits += f'<dt>closed form</dt><dd id="closed">{escape(closed)}</dd>'
    body = _BODY.format(
        title=escape(title),
        about=escape(about),
        notes="".join(f'<p class="notice">{escape(n)}</p>' for n in notes),
        charts="\n".join(chart.svg(key) for key, chart in drawn.items()),
        loss_name=escape(labels.printable(t.loss_name)),
        predicted="not of the closed form" if predicted is None else number_text(predicted),
        rate=number_text(t.learning_rate),
        limits=limits,
        explained=_EXPLAINED if predicted is not None else _NOT_PREDICTED,
        table=_table(picture, steps, limit),
    )
    data = {
        "names": _shortened([labels.printable(n) for n in t.names]),
        "line": line,
        "across": across,
        "steps": steps,
    }
    return document(title, body, data, [asset("descent.js")])


_EXPLAINED = (
    "The prediction is the largest of |1 - learning rate * eigenvalue|, which all steps come near to: the dashed curve."
)
_NOT_PREDICTED = (
    "A prediction needs a quadratic loss that is known and a plain descent at one learning rate; this was not one."
)


def _loss_text(picture: Descent, step: int) -> str:
    exact = picture.trajectory.exact
    if exact is not None and len(str(exact[1][step])) <= 24:
        return str(exact[1][step])
    return f"{float(picture.trajectory.losses[step]):.8g}"


def _least_text(picture: Descent) -> str:
    first = float(picture.trajectory.losses[0])
    rounding = picture.least < 1e-14 * first
    return "0" if rounding else f"{picture.least:.8g}"


def _shortened(values: list[str]) -> list[str]:
    if len(values) <= _MOST_COLUMNS:
        return values
    return [*values[: _MOST_COLUMNS - 1], "..."]


def _some(values: Any) -> str:
    texts = [number_text(float(v)) for v in values[:6]]
    return ", ".join(texts) + (f", ... ({len(values)})" if len(values) > 6 else "")


def _table(picture: Descent, steps: list[dict[str, Any]], limit: list[str] | None) -> str:
    names = _shortened([labels.printable(n) for n in picture.trajectory.names])
    heads = ["step", *names, "loss", "gradient", "factor"]
    out = ['<table id="iterates"><thead><tr>']
    out += [f'<th scope="col" class="number">{escape(h)}</th>' for h in heads]
    out.append("</tr></thead><tbody>")
    for s in steps:
        cells = [str(s["step"]), *s["iterate"], s["loss"], s["gradient"], s["factor"] or ""]
        out.append(f'<tr data-step="{s["step"]}">')
        out += [f'<td class="number">{escape(c)}</td>' for c in cells]
        out.append("</tr>")
    if limit is not None:
        cells = ["limit", *_shortened(limit), _least_text(picture), "0", ""]
        out.append('<tr class="limit">' + "".join(f'<td class="number">{escape(c)}</td>' for c in cells) + "</tr>")
    return "".join([*out, "</tbody></table>"])


# The charts of a descent in matplotlib.


def plot_descent(picture: Descent, axes: Any = None) -> Any:
    """See `Descent.plot`."""
    drawn = charts(picture)
    if axes is None:
        try:
            import matplotlib.pyplot as plt
        except ImportError:
            raise missing_extra("matplotlib", "plot") from None
        _, axes = plt.subplots(1, len(drawn), figsize=(5.2 * len(drawn), 3.8), layout="constrained")
    axes = np.atleast_1d(axes)
    if len(axes) != len(drawn):
        raise ValueError(f"this descent has {len(drawn)} charts ({', '.join(drawn)}), and {len(axes)} axes were given")
    for ax, (key, chart) in zip(axes, drawn.items(), strict=True):
        {"surface": _surface, "losses": _plot_losses, "fit": _plot_data}[key](ax, picture, chart)
        ax.set_title(chart.title)
        ax.set_xlabel(chart.labels[0])
        ax.set_ylabel(chart.labels[1])
    return axes


def _surface(ax: Any, picture: Descent, chart: Chart) -> None:
    surface = picture.surface
    assert surface is not None
    path = picture.path()
    across = np.linspace(chart.across[0], chart.across[1], 121)
    if len(surface.labels) == 1:
        ax.plot(across, surface.evaluate(across[:, None]), color=GREY)
        ax.plot(path[:, 0], picture.trajectory.losses[picture.shown], "o-", color=BLUE, markersize=4)
        if surface.minimum is not None:
            ax.plot(surface.minimum[0], picture.least, "x", color=GREEN, markersize=9)
        return
    upward = np.linspace(chart.upward[0], chart.upward[1], 121)
    grid = np.stack(np.meshgrid(across, upward), axis=-1).reshape(-1, 2)
    values = surface.evaluate(grid).reshape(len(upward), len(across))
    ax.contour(across, upward, values, levels=levels(min(picture.least, values.min()), values.max()), colors=GREY)
    ax.plot(path[:, 0], path[:, 1], "o-", color=BLUE, markersize=3)
    if surface.minimum is not None:
        ax.plot(*surface.minimum, "x", color=GREEN, markersize=9)


def _plot_losses(ax: Any, picture: Descent, chart: Chart) -> None:
    ax.set_yscale("log")
    ax.set_ylim(*chart.upward)
    excess = picture.excess()
    ax.plot(picture.shown, np.where(excess > 0, excess, np.nan), color=RED, label="seen")
    predicted = picture.predicted()
    if predicted is not None:
        ax.plot(picture.shown, np.where(predicted > 0, predicted, np.nan), "--", color=DARK, label="predicted")
        ax.legend()


def _plot_data(ax: Any, picture: Descent, chart: Chart) -> None:
    data = picture.data
    assert data is not None
    values = data.predict(picture.trajectory.iterates[-1])
    if data.line:
        ax.plot(data.across, data.target, "o", color=RED)
        ax.plot(data.across, values, color=BLUE)
    else:
        ax.plot(data.across, data.across, "--", color=GREY)
        ax.plot(data.across, values, "o", color=BLUE, markersize=3)


# Reports of a descent as files.


SUFFIXES = (".html", ".svg", ".png", ".pdf")


def kind_of_report(path: str | os.PathLike[str]) -> str:
    """The suffix of a report's file, checked.

    Raises:
        ValueError: if it is none that can be written.
        ImportError: if it needs matplotlib and that is missing.
    """
    suffix = os.path.splitext(os.fspath(path))[1].lower()
    if suffix not in SUFFIXES:
        raise ValueError(
            f"a descent is drawn as {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}, "
            f"not as {suffix or 'a file without a suffix'}: {os.fspath(path)!r}"
        )
    if suffix in (".png", ".pdf"):
        try:
            import matplotlib.figure  # noqa: F401
        except ImportError:
            raise missing_extra("matplotlib", "plot") from None
    return suffix


def save_descent(picture: Descent, path: str | os.PathLike[str], title: str = "Gradient descent") -> None:
    """See `Descent.save`."""
    suffix = kind_of_report(path)
    content: str | bytes
    if suffix == ".html":
        content = picture.html(title)
    elif suffix == ".svg":
        content = picture.svg()
    else:
        content = _drawn_by_matplotlib(picture, suffix[1:])
    write_whole(path, content)


def _drawn_by_matplotlib(picture: Descent, kind: str) -> bytes:
    from matplotlib.figure import Figure

    count = len(charts(picture))
    figure = Figure(figsize=(5.2 * count, 3.8), layout="constrained")
    picture.plot(figure.subplots(1, count))
    out = io.BytesIO()
    # without its date, the same descent is the same file
    figure.savefig(out, format=kind, metadata={"CreationDate": None} if kind == "pdf" else {"Software": None})
    return out.getvalue()


def write_report(
    path: str | os.PathLike[str],
    trajectory: Trajectory,
    X: Any = None,
    y: Any = None,
    *,
    intercept: bool = False,
    surface: Quadratic | Callable[[Floats], float] | None = None,
    title: str = "Gradient descent",
) -> None:
    """Draw a descent into a file, whole or not at all.

    Args:
        path: the file: .html (a page with a slider), .svg, or .png and .pdf, which matplotlib draws.
        trajectory: the iterates.
        X: the data, shape (m, n).
        y: the target, shape (m,).
        intercept: whether the fit added a column of ones, whose weight comes last.
        surface: the loss, if it isn't the squared loss of `X` and `y` (see `descent`).
        title: of the page.

    Raises:
        ValueError: for another suffix, or data that don't fit together.
        ImportError: for .png and .pdf without matplotlib, the `plot` extra; nothing is written then.

    Example:
        >>> import tempfile, os
        >>> from rushlight.regression import gradient_descent
        >>> X, y = [[1.0, 1.0], [3.0, 1.0]], [2.0, 4.0]
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     write_report(os.path.join(folder, "report.svg"), gradient_descent(X, y, steps=50), X, y)
        ...     os.listdir(folder)
        ['report.svg']
    """
    kind_of_report(path)
    save_descent(descent(trajectory, X, y, intercept=intercept, surface=surface), path, title)
