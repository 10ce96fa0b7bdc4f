"""The certified results of NIST's Statistical Reference Datasets for linear regression.

Every figure is NIST's (certified.json says where from). Digits are counted as NIST does, by the log relative
error, -log10(|found - certified| / |certified|); where the certified value is 0, by -log10(|found|).
"""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

pytest.importorskip("pyarrow")

from rushlight.regression import tables
from rushlight.regression.files import Table

FOLDER = Path(__file__).parents[1] / "data" / "nist"
CERTIFIED = {k: v for k, v in json.loads((FOLDER / "certified.json").read_text()).items() if k[0] != "_"}
# least digits of coefficients, standard errors and residual sum of squares; Filip's condition number of
# 3.8e9 on standardised columns leaves its standard errors, which come from a float64 triangle, some 7 digits
DIGITS = dict.fromkeys(CERTIFIED, (13, 13, 13)) | {"Filip": (13, 6, 13)}


def digits(found: float, certified: str) -> float:
    right = float(certified)
    if found == right:
        return 15
    return min(15, -math.log10(abs(found - right) / (abs(right) or 1)))


def fit(name: str) -> tables.Fit:
    info = CERTIFIED[name]
    degree = len(info["design_terms"]) - 1 if name not in ("Longley", "NoInt1", "NoInt2") else 1
    loaded = tables.load(Table([FOLDER / f"{name}.csv"]), tables.Choice(["y"], degree=degree))
    return tables.fit(loaded, intercept=info["intercept"])


@pytest.mark.parametrize("name", CERTIFIED)
def test_certified_digits(name: str) -> None:
    info, found = CERTIFIED[name], fit(name)
    coefficients, errors = found.coef[:, 0].tolist(), found.standard_errors[:, 0].tolist()
    if info["intercept"]:
        coefficients.insert(0, float(found.intercept[0]))
        errors.insert(0, float(found.intercept_errors[0]))
    least, least_error, least_rss = DIGITS[name]
    assert min(map(digits, coefficients, info["coefficients"])) >= least
    assert min(map(digits, errors, info["standard_errors"])) >= least_error
    assert digits(float(found.rss[0]), info["residual_ss"]) >= least_rss
    assert digits(float(found.r2[0]), info["r_squared"]) >= 12
    assert found.degrees == info["residual_df"]
    assert found.converged


def test_the_plain_descent_of_an_ill_conditioned_fit_is_not_passed_off_as_converged() -> None:
    found = fit("Filip")
    assert not found.descent.converged
    assert found.descent.reason == "budget"
    assert found.plain_error > 0.1
    assert found.condition > 1e9
    assert any("condition number" in note for note in found.notes)
