"""From a table's columns to the model's: powers of numbers, and 0/1 columns for categories."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rushlight.regression import doubled
from rushlight.regression.compress import LARGEST
from rushlight.regression.doubled import Doubled, Floats
from rushlight.regression.errors import DataError
from rushlight.regression.files import select

MOST_CATEGORIES = 200


@dataclass(frozen=True)
class Encoding:
    """How the columns that were chosen become columns of X.

    Attributes:
        features: the chosen columns, in order.
        categories: for each column of text, its categories; the first is the base and has no column of its
            own.
        degree: the highest power of each column of numbers.

    Example:
        >>> Encoding(["area", "district"], {"district": ["East", "North"]}, degree=2).names
        ['area', 'area^2', 'district=North']
    """

    features: list[str]
    categories: dict[str, list[str]] = field(default_factory=dict)
    degree: int = 1

    @property
    def numbers(self) -> list[str]:
        """The chosen columns that are read as numbers."""
        return [name for name in self.features if name not in self.categories]

    @property
    def names(self) -> list[str]:
        """The names of the columns of X."""
        out: list[str] = []
        for name in self.features:
            if name in self.categories:
                out += [f"{name}={category}" for category in self.categories[name][1:]]
            else:
                out += [name] + [f"{name}^{power}" for power in range(2, self.degree + 1)]
        return out

    def encode(self, block: dict[str, Any]) -> Doubled:
        """Build X for a block of rows.

        Args:
            block: arrays by column name.

        Returns:
            X as a doubled array of shape (rows, len(names)): the second part holds what float64 loses of
            powers.

        Raises:
            DataError: for a category that the model does not know, or a power that float64 does not hold.
        """
        if self.degree == 1 and not self.categories:
            high = select(block, self.features)
            return high, np.zeros((1, high.shape[1]))
        columns, lost = [], []
        for name in self.features:
            values = block[name]
            if name in self.categories:
                columns.append(zeros_and_ones(values, self.categories[name], name))
                lost.append(np.zeros_like(columns[-1]))
            else:
                largest = float(np.max(np.abs(values), initial=0.0))
                if self.degree > 1 and largest > LARGEST ** (1 / self.degree):
                    raise DataError(
                        f"column {name!r} holds {largest:g}: its power {self.degree} is too large"
                    )
                high, low = doubled.powers(values, self.degree)
                columns.append(high)
                lost.append(low)
        return np.hstack(columns), np.hstack(lost)


def zeros_and_ones(values: Any, known: Sequence[Any], title: Any, rows: bool = False) -> Floats:
    """0/1 columns for all categories but the first.

    Args:
        values: an array of categories, shape (rows,).
        known: the categories, the base first.
        title: how errors call the column.
        rows: whether errors name the row.

    Returns:
        Shape (rows, len(known) - 1).

    Raises:
        DataError: for a category that is not known.
    """
    places = {category: k for k, category in enumerate(known)}
    codes = np.empty(len(values), dtype=int)
    for row, value in enumerate(values.tolist()):
        if value not in places:
            place = f" in row {row}" if rows else ""
            raise DataError(
                f"column {title!r} holds {value!r}{place}, a category that the model was not fitted with; it knows "
                f"{', '.join(map(str, known[:12]))}"
            )
        codes[row] = places[value]
    return np.asarray(codes[:, None] == np.arange(1, len(known)), dtype=np.float64)


def check_categories(title: Any, found: Sequence[Any]) -> None:
    """Refuse so many categories that the column is more likely an identifier.

    Raises:
        DataError: naming the column.
    """
    if len(found) > MOST_CATEGORIES:
        raise DataError(
            f"column {title!r} has {len(found)} categories, more than {MOST_CATEGORIES}: it looks like an identifier; "
            "leave it out of the features"
        )


def full(pair: Doubled) -> tuple[Floats, Floats]:
    """Spread the single row of zeros that `encode` gives for plain columns over all rows."""
    return pair[0], np.broadcast_to(pair[1], pair[0].shape)
