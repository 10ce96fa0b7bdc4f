"""A fitted estimator as text."""

from __future__ import annotations

from typing import Any

import numpy as np


def describe(model: Any) -> str:
    """Tell about a fitted estimator: coefficients by name, rows, categories, and whether it has converged.

    Args:
        model: a fitted estimator of this package.

    Returns:
        Several lines.
    """
    fit = model.fit_
    lines = [_heading(model)]
    coef, intercept = np.atleast_2d(model.coef_), np.atleast_1d(model.intercept_)
    errors = None if fit is None else fit.standard_errors
    lever = None if fit is None else fit.intercept_errors
    for k in range(len(coef)):
        rows = [("", "coefficient", "std. error" if errors is not None else "")]
        for place, name in enumerate(model.coef_names_):
            error = "" if errors is None else f"{errors[place, k]:.8g}"
            rows.append((name, f"{coef[k, place]:.8g}", error))
        if model.fit_intercept:
            rows.append(("intercept", f"{intercept[k]:.8g}", "" if lever is None else f"{lever[k]:.8g}"))
        title = _title(model, k, len(coef))
        lines += ["", *([title] if title else []), *_aligned(rows)]
    lines.append("")
    for name, found in model.categories_.items():
        others = ", ".join(map(str, found[1:])) or "none"
        lines.append(f"column {name!r}: 0/1 columns for {others}; {found[0]} is the base")
    if fit is None:
        lines.append(f"{model.n_iter_} steps of mini-batches so far")
    else:
        lines.append(f"converged: {'yes' if model.converged_ else 'no'} ({fit.reason}), {model.n_iter_} steps")
        lines += [f"note: {note}" for note in [*fit.notes, *getattr(fit, "remarks", [])]]
    return "\n".join(lines)


def _heading(model: Any) -> str:
    rows = "" if model.fit_ is None else f": {model.fit_.rows} rows"
    count = model.dropped_rows_
    left = f", {count} with missing values dropped" if count else ""
    return f"{type(model).__name__}{rows}{left}"


def _title(model: Any, place: int, count: int) -> str:
    classes = getattr(model, "classes_", None)
    if classes is not None:
        return f"class {classes[1] if len(classes) == 2 else classes[place]}"
    return f"target {place}" if count > 1 else ""


def _aligned(rows: list[tuple[str, str, str]]) -> list[str]:
    widths = [max(len(row[k]) for row in rows) for k in range(3)]
    out = [
        f"{row[0]:<{widths[0]}}  {row[1]:>{widths[1]}}" + (f"  {row[2]:>{widths[2]}}" if widths[2] else "")
        for row in rows
    ]
    return [line.rstrip() for line in out]
