"""Reports of a descent as files."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from typing import Any

from rushlight.regression import Quadratic, Trajectory
from rushlight.regression.errors import missing_extra
from rushlight.regression.model import write_whole
from rushlight.show.charts import Floats
from rushlight.show.descent_data import Descent, descent

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

    from rushlight.show.descent_charts import charts

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
