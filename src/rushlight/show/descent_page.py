"""The page that shows a descent in a browser: one file, which fetches nothing."""

from __future__ import annotations

from html import escape
from typing import Any

from rushlight.show import labels
from rushlight.show.descent_charts import charts, fitted, fitted_svg, places
from rushlight.show.descent_data import Descent
from rushlight.show.labels import number_text
from rushlight.show.page import asset, document

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
    notes = [n for n in (picture.surface.note if picture.surface else "", picture.note) if n]
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
