"""How a fit is told: as a dictionary for programs, as a table for people."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from rushlight.regression.general import GeneralFit
from rushlight.regression.least_squares import Fit
from rushlight.regression.losses import Loss
from rushlight.regression.trajectory import Trajectory

PRECONDITIONED = "descent preconditioned by the Hessian"
REASONS = {
    "tolerance": "the gradient came down to the tolerance",
    "budget": "the budget of steps ended",
    "patience": "the loss did not fall any more for as many steps as patience allows",
    "separated": "a plane separates the classes, and the coefficients grow for ever",
    "stalled": "no further step lowers the loss in float64",
}


def summarise(
    title: str,
    targets: Sequence[str],
    names: Sequence[str],
    fit: Fit | GeneralFit,
    dropped: int,
    loss: Loss,
    method: str,
) -> dict[str, Any]:
    """Collect the figures of a fit.

    Args:
        title: the name of the data.
        targets: the targets' names.
        names: the names of the columns of X.
        fit: the fit.
        dropped: rows left out.
        loss: the loss.
        method: what kind of steps were taken.

    Returns:
        Plain numbers, strings, lists and dictionaries.
    """
    out: dict[str, Any] = {"data": title, "rows": fit.rows, "dropped": dropped, "loss_name": loss.name}
    parts = {target: _target(names, fit, k) for k, target in enumerate(targets)}
    if len(targets) == 1:
        out |= {"target": targets[0], **parts[targets[0]]}
    else:
        out["targets"] = parts
    first = fit.descent.first_norm
    out |= {
        "loss": fit.loss,
        "converged": fit.converged,
        "reason": REASONS[fit.reason],
        "steps": fit.descent.steps,
        "method": method,
        "learning_rate": fit.descent.learning_rate,
        "gradient": fit.descent.gradient_norm / first if first else 0.0,
        "condition_number": fit.condition,
        "notes": fit.notes + (fit.remarks if isinstance(fit, GeneralFit) else []),
    }
    if isinstance(fit, GeneralFit) and fit.refined:
        out["refining_steps"] = fit.refined
    if isinstance(fit, Fit):
        out |= {
            "refining_steps": fit.refined,
            "largest_learning_rate": fit.problem.quadratic.largest_learning_rate,
            "plain_descent": {
                "converged": fit.descent.converged,
                "steps": fit.descent.steps,
                "gradient": out["gradient"],
                "largest_relative_error": fit.plain_error,
            },
            "degrees_of_freedom": fit.degrees,
        }
    return out


def _target(names: Sequence[str], fit: Fit | GeneralFit, k: int) -> dict[str, Any]:
    out: dict[str, Any] = {
        "coefficients": dict(zip(names, fit.coef[:, k].tolist(), strict=True)),
        "intercept": float(fit.intercept[k]),
        "standard_errors": None,
    }
    if isinstance(fit, Fit):
        out |= {"r2": float(fit.r2[k]), "residual_sum_of_squares": float(fit.rss[k])}
    if fit.standard_errors is not None:
        errors = dict(zip(names, fit.standard_errors[:, k].tolist(), strict=True))
        if fit.intercept_errors is not None:
            errors["(intercept)"] = float(fit.intercept_errors[k])
        out["standard_errors"] = errors
        if isinstance(fit, Fit):
            out["residual_standard_deviation"] = math.sqrt(float(fit.rss[k]) / fit.degrees)
    return out


def unconverged(summary: dict[str, Any]) -> str:
    """The warning for a fit that is not at the minimum."""
    text = (
        f"not converged: {summary['reason']} after {summary['steps']} steps, the gradient is at "
        f"{number(summary['gradient'])} of its first norm"
    )
    error = summary.get("plain_descent", {}).get("largest_relative_error")
    if error is not None and not math.isnan(error):
        text += f" and the coefficients are up to {number(error)} (relative) from the least-squares solution"
    return text + ". Give it more steps (--max-steps), or leave out --learning-rate and --method"


def trajectory(targets: Sequence[str], names: Sequence[str], fit: Fit | GeneralFit) -> Trajectory:
    """Every iterate of a fit, in the units of the file."""
    rows = []
    for iterate in fit.descent.iterates:
        coefficients, intercepts = fit.in_units(iterate)
        rows.append(np.concatenate([coefficients, intercepts[None]]).T.ravel())
    labels = [*names, "(intercept)"]
    if len(targets) > 1:
        labels = [f"{target}: {label}" for target in targets for label in labels]
    descent = fit.descent
    return Trajectory(
        np.array(rows), descent.losses, descent.gradient_norms, descent.learning_rate, labels, fit.reason
    )


def curve(fit: Fit | GeneralFit, loss: Loss) -> Trajectory:
    """The losses and gradients of a fit, without its iterates."""
    descent = fit.descent
    name = "SSE/2m" if loss.name == "squared" else loss.name
    return Trajectory(
        np.zeros((len(descent.losses), 0)),
        descent.losses,
        descent.gradient_norms,
        descent.learning_rate,
        [],
        fit.reason,
        loss_name=name,
    )


def show(summary: dict[str, Any]) -> None:
    """Print a fit: tables on a terminal, aligned text in a pipe."""
    heading = f"{summary['data']}: {summary['rows']} rows"
    if summary["dropped"]:
        heading += f" ({summary['dropped']} dropped)"
    parts = summary.get("targets") or {summary["target"]: summary}
    print(heading)
    for target, part in parts.items():
        print()
        errors = part["standard_errors"]
        rows = [["", "coefficient", *(["std. error"] if errors else [])]]
        for name, value in part["coefficients"].items():
            rows.append([name, number(value), *([number(errors[name])] if errors else [])])
        error = errors.get("(intercept)") if errors else None
        rows.append(["intercept", number(part["intercept"]), *([number(error)] if errors else [])])
        table(rows, title=f"target {target}")
    print()
    pairs(figures(summary, parts))
    for note in summary["notes"]:
        print(f"note: {note}")


def figures(summary: dict[str, Any], parts: dict[str, Any]) -> list[tuple[str, str]]:
    """The figures under the coefficients, as labels and texts."""
    squared = summary["loss_name"] == "squared"
    out = [("loss (SSE/2m)" if squared else f"loss ({summary['loss_name']})", number(summary["loss"]))]
    for target, part in parts.items():
        if "r2" in part:
            out.append(("R2" if len(parts) == 1 else f"R2 of {target}", number(part["r2"])))
    rate = number(summary["learning_rate"])
    steps = f"{summary['steps']} of {summary['method']}"
    if summary["method"] != PRECONDITIONED:
        steps += f" at learning rate {rate}"
    if summary.get("refining_steps"):
        steps += f", then {summary['refining_steps']} preconditioned" + (
            " over all rows" if "plain_descent" not in summary else ""
        )
    out.append(("steps", steps))
    out.append(("converged", f"{'yes' if summary['converged'] else 'NO'}: {summary['reason']}"))
    out.append(("condition", f"{number(summary['condition_number'])} (of the standardised columns)"))
    plain = summary.get("plain_descent")
    if plain and not math.isnan(plain["largest_relative_error"]):
        reached = "converged" if plain["converged"] else f"not converged after {plain['steps']} steps"
        error = number(plain["largest_relative_error"])
        out.append(("plain descent", f"{reached}; largest relative error {error}"))
    return out


def number(value: float | None) -> str:
    """A number for people: eight significant digits, no trailing zeros."""
    if value is None:
        return ""
    if math.isinf(value):
        return "infinite"
    return f"{value:.8g}"


def table(rows: Sequence[Sequence[str]], title: str = "") -> None:
    """Print a table whose first row is its heading: drawn by rich on a terminal, aligned text elsewhere."""
    if sys.stdout.isatty():
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        drawn = Table(title=Text(title) if title else None, title_justify="left")
        for place, cell in enumerate(rows[0]):
            drawn.add_column(Text(cell), justify="right" if place else "left")
        for row in rows[1:]:
            drawn.add_row(*(Text(cell) for cell in row))
        Console().print(drawn)
        return
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    if title:
        print(title)
    for row in rows:
        first = row[0].ljust(widths[0])
        rest = "".join("  " + cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))
        print((first + rest).rstrip())


def pairs(rows: Sequence[tuple[str, str]]) -> None:
    """Print labels and texts, aligned."""
    width = max(len(label) for label, _ in rows)
    for label, text in rows:
        print(f"{label.ljust(width)}  {text}")
