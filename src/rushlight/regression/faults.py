"""What is wrong with a CSV file, and where: read again, slowly, when the fast reader has refused it."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rushlight.regression.errors import DataError

# how files spell "there is no value here"
MISSING = (
    "",
    "NA",
    "N/A",
    "n/a",
    "na",
    "#N/A",
    "NaN",
    "nan",
    "-NaN",
    "-nan",
    "NULL",
    "null",
    "None",
    "none",
    "?",
)
_COUNTED_BYTES = 32 << 20  # beyond this size the rest of the file is not read to count further faults


@dataclass(frozen=True)
class Layout:
    """How a CSV file is written: between the values, between a number's digits, and in bytes."""

    separator: str = ","
    decimal: str = "."
    encoding: str = "utf-8"

    def __post_init__(self) -> None:
        if len(self.separator) != 1 or self.separator in '"\r\n':
            raise DataError(f"the separator must be one character, not {self.separator!r}")
        if self.decimal not in (".", ","):
            raise DataError(f"the decimal sign is . or , and not {self.decimal!r}")
        if self.decimal == self.separator:
            raise DataError(f"the separator and the decimal sign cannot both be {self.decimal!r}")
        try:
            "".encode(self.encoding)
        except LookupError:
            raise DataError(
                f"there is no text encoding {self.encoding!r}; try utf-8, latin-1 or utf-16"
            ) from None


def read_header(path: Path, layout: Layout) -> list[str]:
    """Return the names in the first line of a CSV file, as they are spelled there.

    Args:
        path: the file.
        layout: how it is written.

    Returns:
        The names; no byte order mark, no quotation marks, spaces kept.

    Raises:
        DataError: if the file is binary, empty, or not in the encoding.
    """
    with open(path, "rb") as file:
        start = file.read(4096)
    if layout.encoding.lower().replace("_", "-") in ("utf-8", "utf8"):
        if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
            raise DataError(f"{path} is written in UTF-16: say so with --encoding utf-16")
        if b"\0" in start:
            raise DataError(f"{path} is not a text file: it holds zero bytes")
    try:
        with open(path, encoding=_codec(layout), newline="") as text:
            for row in csv.reader(text, delimiter=layout.separator):
                if row and (len(row) > 1 or row[0].strip()):
                    return row
    except UnicodeError as error:
        raise DataError(_undecodable(path, layout, error)) from None
    except csv.Error as error:
        raise DataError(f"{path} cannot be read as CSV: {error}") from None
    raise DataError(f"{path} is empty: it has no column names and no rows")


def find_fault(path: Path, layout: Layout, numbers: Sequence[str], names: Sequence[str]) -> str | None:
    """Find the first value that cannot be fitted.

    Args:
        path: a CSV file.
        layout: how it is written.
        numbers: the columns that must hold numbers.
        names: all columns, in the file's order.

    Returns:
        A message that names the column, the line, the data row and the value; None if nothing was found.
    """
    places = [(names.index(name), name) for name in numbers if name in names]
    first: str | None = None
    more = 0
    try:
        with open(path, encoding=_codec(layout), newline="") as text:
            reader = csv.reader(text, delimiter=layout.separator)
            header_seen, row_number = False, 0
            for row in reader:
                if not row:
                    continue
                if not header_seen:
                    header_seen = bool(len(row) > 1 or row[0].strip())
                    continue
                row_number += 1
                where = f"line {reader.line_num} (data row {row_number})"
                if len(row) != len(names):
                    return (
                        first or f"{path.name}, {where}: {len(row)} values in a table of {len(names)} columns"
                    )
                for place, name in places:
                    problem = _problem(row[place], name, layout)
                    if problem:
                        if first is None:
                            first = f"{path.name}, {where}: {problem}"
                        else:
                            more += 1
                        break
                if first and path.stat().st_size > _COUNTED_BYTES:
                    break
    except UnicodeError as error:
        return first or _undecodable(path, layout, error)
    except csv.Error as error:
        return first or f"{path} cannot be read as CSV: {error}"
    if first and more:
        first += f" ({more} more {'rows have' if more > 1 else 'row has'} a value like this)"
    return first


def _problem(cell: str, name: str, layout: Layout) -> str | None:
    text = cell.strip()
    if text in MISSING:
        shown = "is missing" if not text else f"is missing ({text!r})"
        return f"the value of column {name!r} {shown}; fill it in, or leave such rows out with --drop-missing"
    plain = text.replace(",", ".") if layout.decimal == "," else text
    try:
        value = float(plain)
    except ValueError:
        if layout.decimal == "." and re.fullmatch(r"[+-]?\d+,\d+", text):
            return f"column {name!r} holds {text!r}: for numbers with a decimal comma use --decimal ,"
        return text_column(name, text)
    if not math.isfinite(value):
        return (
            f"the value of column {name!r} is {text!r}, which is not finite; correct it, or leave such rows out with "
            "--drop-missing"
        )
    if "_" in plain:
        return text_column(name, text)
    return None


def text_column(name: str, value: Any) -> str:
    """The message for a column of text where numbers are needed."""
    return (
        f"column {name!r} holds text, for example {value!r}: leave it out (choose the columns with --features), "
        "turn it into 0/1 columns with --one-hot, or encode it yourself"
    )


def _codec(layout: Layout) -> str:
    return "utf-8-sig" if layout.encoding.lower().replace("_", "-") in ("utf-8", "utf8") else layout.encoding


def _undecodable(path: Path, layout: Layout, error: UnicodeError) -> str:
    place = f" (byte {error.start})" if isinstance(error, UnicodeDecodeError) else ""
    return (
        f"{path} is not written in {layout.encoding}{place}: name its encoding, for example --encoding latin-1"
    )
