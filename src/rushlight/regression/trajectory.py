"""A descent to look into: every iterate, its loss and its gradient, as a table, a plot or a frame of data."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from rushlight.regression.doubled import Floats
from rushlight.regression.errors import missing_extra
from rushlight.regression.model import write_whole


class Trajectory:
    """Every step of a descent.

    Args:
        iterates: w_0, w_1, ... of shape (steps + 1, coordinates).
        losses: the loss at each.
        gradient_norms: the gradient's norm at each.
        learning_rate: the constant learning rate, or the last one.
        names: the coordinates' names.
        reason: what ended the descent: "tolerance", "budget", "patience" or "stalled".
        exact: the iterates and losses as fractions, where they are known exactly.
        loss_name: what the loss is, for headings.

    Attributes:
        weights: the last iterate.
        steps: how many steps were taken.
        converged: whether the gradient came down to the tolerance.

    Example:
        >>> t = Trajectory(np.array([[0.0], [1.0], [1.5]]), [2.0, 0.5, 0.125], [2.0, 1.0, 0.5], 0.5, ["w"])
        >>> print(t)
        step    w   loss  gradient
           0    0      2         2
           1    1    0.5         1
           2  1.5  0.125       0.5
        2 steps at learning rate 0.5: ended by budget
    """

    def __init__(
        self,
        iterates: Floats,
        losses: Sequence[float],
        gradient_norms: Sequence[float],
        learning_rate: float,
        names: Sequence[str],
        reason: str = "budget",
        exact: tuple[list[list[Fraction]], list[Fraction]] | None = None,
        loss_name: str = "SSE/2m",
    ) -> None:
        self.iterates = np.asarray(iterates, dtype=np.float64)
        self.losses = np.asarray(losses, dtype=np.float64)
        self.gradient_norms = np.asarray(gradient_norms, dtype=np.float64)
        self.learning_rate = learning_rate
        self.names = list(names)
        self.reason = reason
        self.exact = exact
        self.loss_name = loss_name

    @property
    def weights(self) -> Floats:
        """The last iterate."""
        last: Floats = self.iterates[-1]
        return last

    @property
    def steps(self) -> int:
        """How many steps were taken."""
        return len(self.iterates) - 1

    @property
    def converged(self) -> bool:
        """Whether the gradient came down to the tolerance."""
        return self.reason == "tolerance"

    def __len__(self) -> int:
        return len(self.iterates)

    def __getitem__(self, step: int) -> Floats:
        iterate: Floats = self.iterates[step]
        return iterate

    def table(self, rows: int = 20, fractions: bool | None = None) -> str:
        """Write the descent as a table.

        Args:
            rows: how many steps are shown at most; those in the middle are left out.
            fractions: write exact fractions, such as 31/16; by default where they are known and short.

        Returns:
            Lines of text.

        Raises:
            ValueError: if fractions are asked for and not known.
        """
        if fractions and self.exact is None:
            raise ValueError("the iterates are not known as fractions: run gradient_descent(..., exact=True)")
        count = len(self.iterates)
        head = count if count <= rows else max(1, rows // 2)
        tail = 0 if count <= rows else max(1, rows - head)
        shown = [*range(head), *range(count - tail, count)]
        if fractions is None:
            fractions = self.exact is not None and all(
                len(str(value)) <= 24 for k in shown for value in self.exact[0][k]
            )
        lines = [["step", *self.names, "loss", "gradient"]]
        for k in shown:
            if fractions and self.exact is not None:
                cells = [*map(str, self.exact[0][k]), str(self.exact[1][k])]
            else:
                cells = [f"{v:.8g}" for v in (*self.iterates[k], self.losses[k])]
            lines.append([str(k), *cells, f"{self.gradient_norms[k]:.6g}"])
        widths = [max(len(line[c]) for line in lines) for c in range(len(lines[0]))]
        text = ["  ".join(cell.rjust(w) for cell, w in zip(line, widths, strict=True)) for line in lines]
        if tail:
            text.insert(head + 1, f"{'...':>{widths[0]}}")
        return "\n".join(text)

    def __str__(self) -> str:
        end = f"{self.steps} steps at learning rate {self.learning_rate:.6g}: ended by {self.reason}"
        return f"{self.table()}\n{end}"

    def columns(self) -> dict[str, Any]:
        """Return the columns step, one for each coordinate, loss and gradient_norm, as arrays by name."""
        out: dict[str, Any] = {"step": np.arange(len(self.iterates))}
        for place, name in enumerate(self.names):
            out[name] = self.iterates[:, place]
        return out | {"loss": self.losses, "gradient_norm": self.gradient_norms}

    def to_pandas(self) -> Any:
        """Return the columns as a pandas DataFrame.

        Raises:
            ImportError: without pandas.
        """
        try:
            import pandas
        except ImportError:
            raise ImportError("this needs pandas, which is not installed: pip install pandas") from None
        return pandas.DataFrame(self.columns())

    def to_arrow(self) -> Any:
        """Return the columns as an Arrow table.

        Raises:
            ImportError: without pyarrow, the `data` extra.
        """
        try:
            import pyarrow
        except ImportError:
            raise missing_extra("pyarrow", "data") from None
        return pyarrow.table(self.columns())

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the columns to a .parquet, .csv or .arrow file, whole or not at all.

        Args:
            path: the file; its suffix says which kind.

        Raises:
            ValueError: for another suffix.
        """
        suffix = os.path.splitext(os.fspath(path))[1].lower()
        if suffix not in (".parquet", ".csv", ".arrow"):
            raise ValueError(
                f"a trajectory is written as .parquet, .csv or .arrow, not as {suffix or 'no suffix'!r}"
            )
        table = self.to_arrow()
        import pyarrow as pa

        sink = pa.BufferOutputStream()
        if suffix == ".parquet":
            import pyarrow.parquet

            pyarrow.parquet.write_table(table, sink)
        elif suffix == ".csv":
            import pyarrow.csv

            pyarrow.csv.write_csv(table, sink)
        else:
            with pa.ipc.new_file(sink, table.schema) as writer:
                writer.write_table(table)
        write_whole(path, sink.getvalue().to_pybytes())

    def plot(self, path: str | os.PathLike[str]) -> None:
        """Draw how loss and gradient fall, on a logarithmic scale, into an .svg file.

        Args:
            path: the file.

        Raises:
            ValueError: for another suffix.
        """
        if os.path.splitext(os.fspath(path))[1].lower() != ".svg":
            raise ValueError(f"the plot is drawn as SVG: {os.fspath(path)!r} should end in .svg")
        excess = self.losses - self.losses.min()
        curves = {
            f"loss ({self.loss_name}) above its least": excess,
            "norm of the gradient": self.gradient_norms,
        }
        write_whole(path, draw(curves, f"{self.steps} steps at learning rate {self.learning_rate:.6g}"))


def draw(curves: dict[str, Floats], title: str, width: int = 640, height: int = 400) -> str:
    """Draw curves over the steps on a logarithmic scale.

    Args:
        curves: values by label; those that are not positive are left out.
        title: written above.
        width: of the picture, in pixels.
        height: likewise.

    Returns:
        SVG text.
    """
    left, right, top, bottom = 64, 16, 48, 56
    values = np.concatenate([c[(c > 0) & np.isfinite(c)] for c in curves.values()])
    low = math.floor(math.log10(values.min())) if len(values) else 0
    high = math.ceil(math.log10(values.max())) if len(values) else 1
    low, high = max(low, high - 20), max(high, low + 1)
    last = max(1, max(len(c) for c in curves.values()) - 1)

    def x(step: float) -> float:
        return left + (width - left - right) * step / last

    def y(value: float) -> float:
        share = (math.log10(max(value, 10.0**low)) - low) / (high - low)
        return height - bottom - (height - top - bottom) * share

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
        f'<text x="{left}" y="20" font-size="14">{title}</text>',
    ]
    for power in range(low, high + 1, max(1, (high - low) // 8)):
        place = y(10.0**power)
        parts.append(
            f'<line x1="{left}" x2="{width - right}" y1="{place:.1f}" y2="{place:.1f}" stroke="#ddd"/>'
            f'<text x="{left - 6}" y="{place + 4:.1f}" text-anchor="end">1e{power}</text>'
        )
    for share in (0, 0.25, 0.5, 0.75, 1):
        step = round(last * share)
        parts.append(f'<text x="{x(step):.1f}" y="{height - bottom + 18}" text-anchor="middle">{step}</text>')
    middle = (left + width - right) / 2
    parts.append(f'<text x="{middle:.1f}" y="{height - bottom + 36}" text-anchor="middle">step</text>')
    for number, (label, curve) in enumerate(curves.items()):
        colour = ("#0b62a4", "#b5471b", "#3a7d2c")[number % 3]
        # a long descent has more steps than the picture has pixels
        steps = np.unique(np.linspace(0, len(curve) - 1, 2 * width).astype(int))
        points = " ".join(f"{x(k):.1f},{y(float(curve[k])):.1f}" for k in steps if curve[k] > 0)
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        parts.append(f'<text x="{left + 8 + 270 * number}" y="38" fill="{colour}">{label}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"
