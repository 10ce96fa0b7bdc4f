"""Digits that regression gets right on NIST's eleven certified data sets, as the table in docs/regression.md.

    python benchmarks/regression_nist.py [--write docs/regression.md]

Digits are the log relative error, -log10(|found - certified| / |certified|), the least over the coefficients
of a set, at most 15; where the certified value is 0, -log10(|found|). The files are read by the same code as
`rushlight fit`, with default settings; powers of x come from --degree, and NoInt has --no-intercept.
"""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path
from typing import Any

from rushlight.regression import tables
from rushlight.regression.files import Table
from rushlight.regression.least_squares import Fit

FOLDER = Path(__file__).parents[1] / "tests" / "data" / "nist"
BEGIN, END = "<!-- table of digits: begin -->", "<!-- table of digits: end -->"


def digits(found: float, certified: str) -> float:
    right = float(certified)
    if found == right:
        return 15.0
    return min(15.0, -math.log10(abs(found - right) / (abs(right) or 1)))


def least(found: list[float], certified: list[str]) -> float:
    return min(map(digits, found, certified))


def fit(name: str, info: dict[str, Any]) -> Fit:
    powers = any("**" in term for term in info["design_terms"])
    degree = len(info["design_terms"]) - 1 if powers else 1
    loaded = tables.load(Table([FOLDER / f"{name}.csv"]), tables.Choice(["y"], degree=degree))
    result = tables.fit(loaded, intercept=info["intercept"])
    assert isinstance(result, Fit)
    return result


def row(name: str, info: dict[str, Any]) -> str:
    result = fit(name, info)
    assert result.standard_errors is not None
    coefficients, errors = result.coef[:, 0].tolist(), result.standard_errors[:, 0].tolist()
    plain, plain_intercept = result.problem.in_units(result.descent.weights)
    alone = plain[:, 0].tolist()
    if info["intercept"]:
        assert result.intercept_errors is not None
        coefficients.insert(0, float(result.intercept[0]))
        errors.insert(0, float(result.intercept_errors[0]))
        alone.insert(0, float(plain_intercept[0]))
    cells = [
        name,
        f"{result.condition:.2g}",
        f"{least(coefficients, info['coefficients']):.1f}",
        f"{least(errors, info['standard_errors']):.1f}",
        f"{digits(float(result.rss[0]), info['residual_ss']):.1f}",
        f"{max(0.0, least(alone, info['coefficients'])):.1f}",
        f"{result.descent.steps}{'' if result.descent.converged else ' (budget)'}",
    ]
    return "| " + " | ".join(cells) + " |"


def table() -> str:
    certified = json.loads((FOLDER / "certified.json").read_text())
    head = [
        "| data set | condition number | coefficients | standard errors | RSS | plain descent alone | its "
        "steps |",
        "|---|---|---|---|---|---|---|",
    ]
    return "\n".join(head + [row(name, info) for name, info in certified.items() if name[0] != "_"])


def main() -> None:
    parser = argparse.ArgumentParser(description="Digits correct on NIST's data sets.")
    parser.add_argument("--write", type=Path, help="replace the table in this file")
    arguments = parser.parse_args()
    found = table()
    print(found)
    if arguments.write:
        text = arguments.write.read_text(encoding="utf-8")
        before, _, rest = text.partition(BEGIN)
        _, _, after = rest.partition(END)
        arguments.write.write_text(f"{before}{BEGIN}\n{found}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
