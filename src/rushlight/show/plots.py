"""The charts of a descent in matplotlib."""

from __future__ import annotations

from typing import Any

import numpy as np

from rushlight.regression.errors import missing_extra
from rushlight.show.charts import Chart
from rushlight.show.descent_charts import BLUE, DARK, GREEN, GREY, RED, charts, levels
from rushlight.show.descent_data import Descent


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
        {"surface": _surface, "losses": _losses, "fit": _data}[key](ax, picture, chart)
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


def _losses(ax: Any, picture: Descent, chart: Chart) -> None:
    ax.set_yscale("log")
    ax.set_ylim(*chart.upward)
    excess = picture.excess()
    ax.plot(picture.shown, np.where(excess > 0, excess, np.nan), color=RED, label="seen")
    predicted = picture.predicted()
    if predicted is not None:
        ax.plot(picture.shown, np.where(predicted > 0, predicted, np.nan), "--", color=DARK, label="predicted")
        ax.legend()


def _data(ax: Any, picture: Descent, chart: Chart) -> None:
    data = picture.data
    assert data is not None
    values = data.predict(picture.trajectory.iterates[-1])
    if data.line:
        ax.plot(data.across, data.target, "o", color=RED)
        ax.plot(data.across, values, color=BLUE)
    else:
        ax.plot(data.across, data.across, "--", color=GREY)
        ax.plot(data.across, values, "o", color=BLUE, markersize=3)
