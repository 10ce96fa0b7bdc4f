"""The descent's drawing: the text's example in fractions, what is predicted, contours, plots and reports."""

from __future__ import annotations

import json
import re
import sys
import xml.etree.ElementTree as ElementTree
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rushlight import show
from rushlight.regression import Trajectory, gradient_descent
from rushlight.show.charts import Chart, powers, segments, ticks
from rushlight.show.descent_report import charts, places

X3, Y3 = [[1], [2], [3]], [2, 4, 6]  # SSE = 14 (w - 2)^2


def example() -> show.Descent:
    """The text's example: a step is half of w - 2, so w = 0, 1, 3/2, 7/4, ... tends to 2."""
    t = gradient_descent(X3, Y3, learning_rate=Fraction(1, 56), steps=7, loss="SSE")
    return show.descent(t, X3, Y3)


def line() -> show.Descent:
    """y = x + 1 through (1, 2) and (3, 4), from zero, at a learning rate of 0.3."""
    X = [[1.0, 1.0], [3.0, 1.0]]
    return show.descent(gradient_descent(X, [2.0, 4.0], learning_rate=0.3, steps=60), X, [2.0, 4.0])


def page_data(page: str) -> Any:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found
    return json.loads(found[1])


def test_the_texts_example_in_fractions_with_its_limit() -> None:
    found = example()
    iterates = [found.iterate_text(k)[0] for k in found.shown]
    assert iterates == ["0", "1", "3/2", "7/4", "15/8", "31/16", "63/32", "127/64"]
    assert found.limit_text() == ["2"]
    assert found.closed_form() == "w1(n) = 2 + (1/2)^n · (0 - 2)"
    assert found.predicted_factor() == pytest.approx(0.5, abs=1e-12)
    assert found.seen_factors()[0] is None
    assert found.seen_factors()[1:] == pytest.approx([0.5] * 7, abs=1e-9)
    page = found.html()
    table = re.search(r'<table id="iterates">.*</table>', page, re.DOTALL)
    assert table
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", table[0], re.DOTALL)
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in rows]
    assert cells[3] == ["2", "3/2", "7/2", "14", "0.5"]
    assert cells[-1][:3] == ["limit", "2", "0"]


def test_the_predicted_rate_of_the_line() -> None:
    """X'X / 2 = [[5, 2], [2, 1]] has the eigenvalues 3 +- sqrt(8); 1 - 0.3 (3 - sqrt(8)) = 0.94853."""
    found = line()
    assert found.predicted_factor() == pytest.approx(1 - 0.3 * (3 - 8**0.5), rel=1e-9)
    assert found.seen_factors()[-1] == pytest.approx(0.948528, rel=1e-4)
    predicted = found.predicted()
    assert predicted is not None
    assert predicted == pytest.approx(found.excess(), rel=1e-6, abs=1e-9)
    assert found.closed_form() == ""


def test_other_descents_are_not_predicted() -> None:
    X = [[1.0, 1.0], [3.0, 1.0]]
    t = gradient_descent(X, [2.0, 4.0], learning_rate=0.1, steps=20, method="momentum")
    found = show.descent(t, X, [2.0, 4.0])
    assert found.predicted() is None
    assert found.predicted_factor() is None
    assert "not of the closed form" in found.html()


def test_more_parameters_are_drawn_along_two_eigenvectors() -> None:
    """Columns with the variances 9, 4 and 1, orthogonal: the leading eigenvectors are the first two axes."""
    signs = np.array([[a, b, c] for a in (-1, 1) for b in (-1, 1) for c in (-1, 1)], dtype=float)
    X = signs * [3.0, 2.0, 1.0]
    y = X @ [1.0, 2.0, 3.0]
    found = show.descent(gradient_descent(X, y, learning_rate=0.1, steps=5), X, y)
    assert found.surface is not None
    assert np.abs(found.surface.basis) == pytest.approx(np.eye(3)[:, :2], abs=1e-12)
    # the start, zero, is at (-1, -2) from the minimum in these two coordinates
    assert np.abs(found.path()[0]) == pytest.approx([1, 2])
    assert "two leading of 3 eigenvectors (eigenvalues 9 and 4)" in found.html()


def test_a_loss_that_is_a_function() -> None:
    t = Trajectory(np.array([[0.0], [1.0]]), [4.0, 1.0], [4.0, 2.0], 0.25, ["w"], loss_name="square")
    found = show.descent(t, surface=lambda w: float((w[0] - 2) ** 2))
    assert found.surface is not None
    assert found.surface.evaluate(np.array([[0.0], [3.0]])).tolist() == [4.0, 1.0]
    assert list(charts(found)) == ["surface", "losses"]
    three = Trajectory(np.zeros((2, 3)), [1.0, 1.0], [1.0, 1.0], 0.1, ["a", "b", "c"])
    with pytest.raises(ValueError, match="give it as a Quadratic"):
        show.descent(three, surface=lambda w: float(w.sum()))


def test_a_trajectory_alone_has_a_loss_curve_and_a_table() -> None:
    t = gradient_descent(X3, Y3, steps=3, learning_rate=0.1)
    found = show.descent(t)
    assert list(charts(found)) == ["losses"]
    assert "<svg" in found.html()
    ElementTree.fromstring(found.svg())


def test_what_does_not_fit_together() -> None:
    t = gradient_descent(X3, Y3, steps=3, learning_rate=0.1)
    with pytest.raises(ValueError, match="give both or neither"):
        show.descent(t, X3)
    with pytest.raises(ValueError, match="X has 3"):
        show.descent(t, X3, [1, 2])
    with pytest.raises(ValueError, match="2 parameters and the trajectory 1"):
        show.descent(t, X3, Y3, intercept=True)


def test_a_long_descent_shows_some_iterates_and_says_so() -> None:
    X = [[1.0, 1.0], [3.0, 1.0]]
    t = gradient_descent(X, [2.0, 4.0], learning_rate=0.01, steps=10_000)
    found = show.descent(t, X, [2.0, 4.0])
    assert found.shown[:4] == [0, 1, 2, 3]
    assert found.shown[-1] == 10_000
    assert len(found.shown) <= 200
    assert f"{len(found.shown)} of 10,001 iterates are shown" in found.note
    assert len(found.html().encode()) < 600_000


def test_a_diverging_descent_is_drawn() -> None:
    t = gradient_descent(X3, Y3, learning_rate=0.5, steps=8, diverge=True)
    found = show.descent(t, X3, Y3)
    factor = found.predicted_factor()
    assert factor is not None
    assert factor > 1
    ElementTree.fromstring(found.svg())


def test_the_fitted_line_and_its_data() -> None:
    found = line()
    assert found.data is not None
    assert found.data.line
    assert found.data.predict(np.array([2.0, 1.0])).tolist() == [3.0, 7.0]
    drawn = charts(found)
    at = places(found, drawn)
    # the line at zero weights is level; the last one rises
    assert at[0]["fit"][0][1] == at[0]["fit"][1][1]
    assert at[-1]["fit"][0][1] > at[-1]["fit"][1][1]
    assert page_data(found.html())["line"] is True


# -- charts -----------------------------------------------------------------------------------------------


def test_ticks_are_round_and_inside() -> None:
    assert ticks(0.13, 0.71) == [0.2, 0.3, 0.4, 0.5, 0.6, 0.7]
    assert ticks(-3, 4, 4) == [-2.0, 0.0, 2.0, 4.0]
    assert powers(0.02, 300) == [0.1, 1.0, 10.0, 100.0]
    assert len(powers(1e-20, 1)) <= 8


def test_contours_of_a_circle_lie_on_it() -> None:
    side = np.linspace(-1, 1, 81)
    x, y = np.meshgrid(side, side)
    found = segments(x**2 + y**2, 0.25)
    ends = np.array([(p[0], p[1]) for p in found] + [(p[2], p[3]) for p in found]) / 40 - 1
    assert np.hypot(ends[:, 0], ends[:, 1]) == pytest.approx(0.5, abs=2e-3)
    angles = np.sort(np.arctan2(ends[:, 1], ends[:, 0]))
    assert np.max(np.diff(angles)) < 0.1  # and go all around
    length = sum(np.hypot(p[2] - p[0], p[3] - p[1]) for p in found) / 40
    assert length == pytest.approx(np.pi, rel=1e-2)


def test_a_saddle_has_both_branches() -> None:
    side = np.linspace(-1, 1, 5)
    x, y = np.meshgrid(side, side)
    assert len(segments(x * y, 0.01)) > 4
    assert segments(x * y, 2.0) == []


def test_a_chart_of_a_single_value_has_axes() -> None:
    chart = Chart("one", (2.0, 2.0), (0.0, 0.0), ("x", "y"))
    chart.curve([(2.0, 0.0), (float("nan"), 1.0)], "curve", "#000")
    ElementTree.fromstring(chart.svg("one"))


# -- files ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("suffix", "start"), [(".html", "<!doctype"), (".svg", "<svg")])
def test_reports_are_written_and_are_the_same_each_time(suffix: str, start: str, tmp_path: Path) -> None:
    t = gradient_descent(X3, Y3, learning_rate=Fraction(1, 56), steps=5, loss="SSE")
    for name in ("a", "b"):
        show.write_report(tmp_path / f"{name}{suffix}", t, X3, Y3, title="<descent>")
    text = (tmp_path / f"a{suffix}").read_text(encoding="utf-8")
    assert text.startswith(start)
    assert text == (tmp_path / f"b{suffix}").read_text(encoding="utf-8")
    assert "<descent>" not in text
    if suffix == ".svg":
        ElementTree.fromstring(text)


def test_other_kinds_of_report_are_refused_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    t = gradient_descent(X3, Y3, steps=2, learning_rate=0.1)
    with pytest.raises(ValueError, match=r"drawn as \.html, \.svg, \.png or \.pdf"):
        show.write_report(tmp_path / "report.txt", t)
    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r'pip install "rushlight\[plot\]"'):
        show.write_report(tmp_path / "report.png", t)
    with pytest.raises(ImportError, match=r'pip install "rushlight\[plot\]"'):
        show.descent(t).plot()
    assert list(tmp_path.iterdir()) == []


def test_plots_in_matplotlib(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    from matplotlib.figure import Figure

    for found, count in ((example(), 3), (line(), 3)):
        axes = found.plot(Figure().subplots(1, count))
        assert axes[1].get_yscale() == "log"
        assert [line.get_label() for line in axes[1].lines] == ["seen", "predicted"]
        path = axes[0].lines[-2]
        assert path.get_xdata()[:2] == pytest.approx(found.path()[:2, 0])
        with pytest.raises(ValueError, match="has 3 charts"):
            found.plot(Figure().subplots(1, 2))
    example().save(tmp_path / "report.png")
    assert (tmp_path / "report.png").read_bytes().startswith(b"\x89PNG")
    example().save(tmp_path / "report.pdf")
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")
