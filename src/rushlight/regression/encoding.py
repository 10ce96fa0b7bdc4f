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
                known = self.categories[name]
                strange = next((value for value in values if value not in known), None)
                if strange is not None:
                    raise DataError(
                        f"column {name!r} holds {strange!r}, a category that the model was not fitted with; "
                        f"it knows {', '.join(known[:12])}"
                    )
                for category in known[1:]:
                    columns.append(np.asarray(values == category, dtype=np.float64)[:, None])
                    lost.append(np.zeros((len(values), 1)))
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


def one_hot(name: str, values: Sequence[str]) -> list[str]:
    """Sort a column's categories; the first becomes the base.

    Raises:
        DataError: if there are so many that the column is more likely an identifier.
    """
    found = sorted(set(values))
    if len(found) > MOST_CATEGORIES:
        raise DataError(
            f"column {name!r} has {len(found)} categories, more than {MOST_CATEGORIES}: it looks like an "
            "identifier; "
            "leave it out with --features"
        )
    return found


def full(pair: Doubled) -> tuple[Floats, Floats]:
    """Spread the single row of zeros that `encode` gives for plain columns over all rows."""
    return pair[0], np.broadcast_to(pair[1], pair[0].shape)
