"""Tables in files: CSV, Parquet, Arrow and .npy, one file or many, read block by block by pyarrow.

A `Table` knows its columns and their kinds and hands out blocks of rows as NumPy arrays. Nothing is read
twice and nothing is held: a file may be far larger than memory. What is wrong with a file is said by column,
row and line.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import numpy as np

from rushlight.regression.errors import DataError, first_line, missing_extra
from rushlight.regression.faults import MISSING, Layout, find_fault, read_header, text_column
from rushlight.regression.lines import Runner, cut_lines
from rushlight.regression.npy import map_npy, npy_blocks
from rushlight.regression.prefetch import prefetch

BLOCK_ROWS = 1 << 15
# how Arrow calls its floats; its integers have NumPy's names
_FLOATS = {"double": "float64", "float": "float32", "halffloat": "float16"}
_CSV_BLOCK_BYTES = 4 << 20
CSV_PIECE_BYTES = 64 << 20
SHUFFLED_BYTES = 16 << 20  # pieces of CSV whose order is shuffled are smaller
_AHEAD_BYTES = 64 << 20  # smaller files are read before a thread has started
_SUFFIXES = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".arrow": "arrow",
    ".feather": "arrow",
    ".ipc": "arrow",
    ".npy": "npy",
}
_MAGIC = {b"PAR1": "parquet", b"ARROW1": "arrow", b"\x93NUMPY": "npy"}
_TITLES = {"csv": "CSV text", "parquet": "Parquet", "arrow": "Arrow", "npy": "NumPy .npy"}

Block = dict[str, Any]
WHOLE = "*"  # under this a block may hold the rows as they lie in the file, with the names of their columns
Progress = Callable[[int, float], Any]


@dataclass(frozen=True)
class Piece:
    """A part of a file that can be read on its own: row groups of Parquet, rows of .npy, bytes of CSV, or all."""

    path: Path
    kind: str
    start: int = 0
    stop: int | None = None


@dataclass(frozen=True)
class Column:
    """A column of a table: its name, how the files spell it, and its kind, "number" or "text"."""

    name: str
    raw: str
    kind: str


class Table:
    """One or more files with the same columns.

    Args:
        paths: files or folders; a folder stands for all the files of a known kind in it.
        layout: the separator, decimal sign and encoding of CSV files.

    Attributes:
        columns: the columns, by name.
        rows: the number of rows, where the files tell without being read; None otherwise.

    Raises:
        DataError: if there is no such file, it is not a table, or the files' columns differ.
        ImportError: without pyarrow, the `data` extra.

    Example:
        >>> import tempfile, os
        >>> path = os.path.join(tempfile.mkdtemp(), "t.csv")
        >>> with open(path, "w") as f: _ = f.write("x,y\\n1,2\\n3,4\\n")
        >>> table = Table([path])
        >>> [block["y"].tolist() for block in table.blocks(["y"])]
        [[2.0, 4.0]]
    """

    def __init__(self, paths: Sequence[str | os.PathLike[str]], layout: Layout | None = None) -> None:
        self.layout = layout or Layout()
        self.files = _expand(paths)
        self.kinds = [_kind(path) for path in self.files]
        self.columns: dict[str, Column] = {}
        self._own: dict[Path, dict[str, Column]] = {}
        self._small: list[Piece] | None = None
        self.rows: int | None = 0
        for path, kind in zip(self.files, self.kinds, strict=True):
            columns, rows = self._open(path, kind)
            if not self.columns:
                self.columns = columns
            elif set(columns) != set(self.columns):
                differing = sorted(set(columns) ^ set(self.columns))
                raise DataError(
                    f"{path} has other columns than {self.files[0]}: {', '.join(differing[:8])} not in both"
                )
            self.rows = None if rows is None or self.rows is None else self.rows + rows

    @property
    def title(self) -> str:
        """The name of the file, or of the first and how many there are."""
        if len(self.files) == 1:
            return self.files[0].name
        return f"{self.files[0].name} and {len(self.files) - 1} more"

    def _open(self, path: Path, kind: str) -> tuple[dict[str, Column], int | None]:
        if kind == "csv":
            return self._columns_of(path), None
        if kind == "npy":
            array = map_npy(path)
            names = array.dtype.names or [f"x{k}" for k in range(array.shape[1])]
            return {name: Column(name, name, "number") for name in names}, len(array)
        try:
            if kind == "parquet":
                file = _parquet().ParquetFile(path)
                schema, rows = file.schema_arrow, file.metadata.num_rows
            else:
                schema = _dataset().dataset(path, format="ipc").schema
                rows = None
        except (OSError, ValueError) as error:
            raise DataError(f"{path} cannot be read as {_TITLES[kind]}: {first_line(error)}") from None
        columns = {}
        for field in schema:
            name = field.name.strip()
            columns[name] = Column(name, field.name, _arrow_kind(field.type))
        _check_names(path, [field.name.strip() for field in schema])
        return columns, rows

    def _open_csv(self, path: Path) -> dict[str, Column]:
        csv = _csv()
        raw_names = read_header(path, self.layout)
        names = [raw.strip() for raw in raw_names]
        if len(names) == 1 and any(mark in names[0] for mark in ";\t|"):
            raise DataError(
                f"{path} seems to have one column only, {names[0]!r}: name the sign between the values with "
                "--separator"
            )
        _check_names(path, names)
        # text is told from numbers by the first block, so that a reader can be asked for numbers from then on
        try:
            with csv.open_csv(path, **self._csv_options(csv, None)) as reader:
                types = {field.name: field.type for field in reader.schema}
        except (OSError, ValueError) as error:
            raise self._csv_fault(path, names, error) from None
        if len(types) != len(names) or any(raw not in types for raw in raw_names):
            raise DataError(f"{path}: the header cannot be read: {', '.join(names[:8])}")
        return {
            name: Column(name, raw, _arrow_kind(types[raw]))
            for name, raw in zip(names, raw_names, strict=True)
        }

    def _columns_of(self, path: Path) -> dict[str, Column]:
        """The columns of a CSV file, looked up once."""
        if path not in self._own:
            self._own[path] = self._open_csv(path)
        return self._own[path]

    def _csv_options(self, csv: Any, types: dict[str, Any] | None) -> dict[str, Any]:
        layout = self.layout
        convert: dict[str, Any] = {
            "null_values": list(MISSING),
            "strings_can_be_null": True,
            "decimal_point": layout.decimal,
        }
        if types is not None:
            convert |= {"column_types": types, "include_columns": list(types)}
        return {
            "read_options": csv.ReadOptions(block_size=_CSV_BLOCK_BYTES, encoding=layout.encoding),
            "parse_options": csv.ParseOptions(delimiter=layout.separator, newlines_in_values=True),
            "convert_options": csv.ConvertOptions(**convert),
        }

    def _csv_fault(self, path: Path, names: Sequence[str], error: BaseException) -> DataError:
        found = find_fault(path, self.layout, [n for n in names if self.columns and n in self.columns], names)
        return DataError(found or f"{path} cannot be read as CSV: {first_line(error)}")

    def require(self, name: str, role: str) -> Column:
        """Return a column, or say which there are.

        Raises:
            DataError: if there is no column of that name.
        """
        if name in self.columns:
            return self.columns[name]
        there = ", ".join(list(self.columns)[:12]) + (" ..." if len(self.columns) > 12 else "")
        hint = ""
        if all(_is_number(column) for column in self.columns):
            hint = " (the first line holds only numbers: the file needs a line of column names)"
        raise DataError(f"{self.title} has no column {name!r} for the {role}; its columns are: {there}{hint}")

    def pieces(
        self, rows: int = 1 << 20, csv_bytes: int | None = None, run: Runner | None = None
    ) -> list[Piece]:
        """Divide the files into pieces that workers can read independently.

        Args:
            rows: about how many rows a piece should have, where the kind of file allows a choice.
            csv_bytes: about how many bytes of CSV a piece should have, by default 64 MB; it ends at the end of a
                line.
            run: applies a function to each of a list of arguments, on workers perhaps: CSV is looked through
                for quotation marks, since a line end between two of them ends no line.

        Returns:
            The pieces.
        """
        out: list[Piece] = []
        for path, kind in zip(self.files, self.kinds, strict=True):
            if kind == "parquet":
                metadata = _parquet().ParquetFile(path).metadata
                start = count = 0
                for group in range(metadata.num_row_groups):
                    count += metadata.row_group(group).num_rows
                    if count >= rows or group == metadata.num_row_groups - 1:
                        out.append(Piece(path, kind, start, group + 1))
                        start, count = group + 1, 0
            elif kind == "npy":
                total = len(map_npy(path))
                out += [Piece(path, kind, k, min(k + rows, total)) for k in range(0, total, rows)]
            elif kind == "csv":
                cuts = cut_lines(path, self.layout, csv_bytes or CSV_PIECE_BYTES, run)
                out += [Piece(path, kind, a, b) for a, b in pairwise(cuts)] if len(cuts) > 2 else [Piece(path, kind)]
            else:
                out.append(Piece(path, kind))
        return out

    def shuffled(self, random: np.random.Generator) -> list[Piece]:
        """The files in small pieces, in an order drawn anew; where to cut them is looked up once."""
        if self._small is None:
            self._small = self.pieces(BLOCK_ROWS, SHUFFLED_BYTES)
        return [self._small[k] for k in random.permutation(len(self._small))]

    def blocks(
        self,
        numbers: Sequence[str],
        texts: Sequence[str] = (),
        *,
        drop: bool = False,
        progress: Progress | None = None,
        pieces: Sequence[Piece] | None = None,
        checked: Callable[[], bool] | None = None,
    ) -> Iterator[Block]:
        """Yield blocks of rows.

        Args:
            numbers: the columns that are read as float64.
            texts: the columns that are read as text.
            drop: leave out rows in which one of these columns has a missing or infinite value; otherwise
                refuse them.
            progress: called after each block with the rows read so far and the share of the bytes.
            pieces: read only these parts of the files.
            checked: asked before each block of numbers whether missing and infinite values are to be refused;
                a caller that will notice them itself saves a pass by saying no.

        Yields:
            The columns as arrays by name, and under "" how many rows of the block were dropped.

        Raises:
            DataError: for missing, infinite or unreadable values, naming the first by column, row and line.
        """
        asked = (
            [Piece(*pair) for pair in zip(self.files, self.kinds, strict=True)] if pieces is None else pieces
        )
        sizes = [_size(piece) for piece in asked]
        rows = done = 0
        for piece, size in zip(asked, sizes, strict=True):
            path, kind = piece.path, piece.kind
            before = rows
            read = self._read(piece, numbers, texts)
            ahead = size > _AHEAD_BYTES and kind != "npy"  # whose blocks are maps, there at once
            for block, share in prefetch(read) if ahead else read:
                if checked and numbers and not (texts or drop or checked()):
                    cleaned, count = {**block, "": 0}, len(block[numbers[0]])
                else:
                    first = rows - before + (piece.start if kind == "npy" else 0)
                    cleaned, count = self._clean(path, kind, block, numbers, texts, drop, first)
                rows += count
                if progress:
                    progress(rows, (done + share * size) / max(sum(sizes), 1))
                yield cleaned
            done += size
        if rows == 0 and pieces is None:
            raise DataError(f"{self.title} has no rows: there is nothing after the column names")

    def _read(
        self, piece: Piece, numbers: Sequence[str], texts: Sequence[str]
    ) -> Iterator[tuple[Block, float]]:
        path, kind = piece.path, piece.kind
        if kind == "npy":
            yield from _read_npy(piece, numbers, list(self.columns))
            return
        import pyarrow as pa

        if kind == "csv":
            own = self._columns_of(path)
            types = {own[n].raw: pa.float64() for n in numbers} | {own[n].raw: pa.string() for n in texts}
            options = self._csv_options(_csv(), types)
            if piece.start:
                # the names stand at the beginning of the file, which this piece does not have
                options["read_options"].column_names = [column.raw for column in own.values()]
            try:
                stop = path.stat().st_size if piece.stop is None else piece.stop
                size = max(stop - piece.start, 1)
                with (
                    _bytes_of(path, piece) as file,
                    _csv().open_csv(file, **options) as reader,
                ):
                    for batch in reader:
                        yield _arrays(batch, own, numbers, texts), min(1.0, file.tell() / size)
            except (OSError, ValueError) as error:
                if isinstance(error, DataError):
                    raise
                found = find_fault(path, self.layout, numbers, list(own))
                raise DataError(found or f"{path} cannot be read as CSV: {first_line(error)}") from None
            return
        own = self._open(path, kind)[0]
        wanted = [own[n].raw for n in (*numbers, *texts)]
        try:
            if kind == "parquet":
                # group by group, and buffered: Arrow would read all the groups ahead
                file = _parquet().ParquetFile(path, buffer_size=1 << 20)
                total = max(file.metadata.num_rows, 1)
                groups = range(piece.start, file.num_row_groups if piece.stop is None else piece.stop)
                batches = chain.from_iterable(
                    file.iter_batches(batch_size=BLOCK_ROWS, columns=wanted, row_groups=[group])
                    for group in groups
                )
            else:
                data = _dataset().dataset(path, format="ipc")
                total = max(data.count_rows(), 1)
                batches = data.to_batches(columns=wanted, batch_size=BLOCK_ROWS)
            seen = 0
            for batch in batches:
                seen += batch.num_rows
                yield _arrays(batch, own, numbers, texts), seen / total
        except (OSError, ValueError, NotImplementedError) as error:
            if isinstance(error, DataError):
                raise
            raise DataError(f"{path} cannot be read as {_TITLES[kind]}: {first_line(error)}") from None

    def _clean(
        self,
        path: Path,
        kind: str,
        block: Block,
        numbers: Sequence[str],
        texts: Sequence[str],
        drop: bool,
        before: int,
    ) -> tuple[Block, int]:
        names = [*numbers, *texts]
        count = len(block[names[0]]) if names else 0
        if not texts and _all_finite([block[WHOLE][0]] if WHOLE in block else [block[n] for n in names]):
            return {**block, "": 0}, count
        good = np.ones(count, dtype=bool)
        for name in names:
            values = block[name]
            fine = (
                np.isfinite(values)
                if name in numbers
                else np.array([v is not None for v in values], dtype=bool)
            )
            if not drop and not fine.all():
                row = int(np.argmin(fine))
                self._refuse(path, kind, name, numbers, values[row], before + row)
            good &= fine
        if good.all():
            return {**block, "": 0}, count
        return {name: block[name][good] for name in names} | {"": int(count - good.sum())}, count

    def _refuse(self, path: Path, kind: str, name: str, numbers: Sequence[str], value: Any, row: int) -> None:
        if kind == "csv" and name in numbers:
            found = find_fault(path, self.layout, numbers, list(self.columns))
            if found:
                raise DataError(found)
        shown = "missing" if value is None or np.isnan(value) else f"{value!r}, which is not finite,"
        raise DataError(
            f"{path.name}: the value of column {name!r} in data row {row + 1} is {shown}; "
            "fill it in, or leave such rows out with --drop-missing"
        )


def _all_finite(arrays: Sequence[Any]) -> bool:
    """Whether all values are finite, as a sum tells, cheaply; a sum that overflows tells nothing."""
    with np.errstate(over="ignore", invalid="ignore"):
        return all(bool(np.isfinite(array.sum())) for array in arrays)


def select(block: Block, names: Sequence[str]) -> Any:
    """Put columns of numbers of a block side by side, without a copy where they lie so in the file.

    Args:
        block: arrays by column name.
        names: the wanted columns.

    Returns:
        Shape (rows, len(names)).
    """
    if WHOLE in block:
        rows, own = block[WHOLE]
        places = [own.index(name) for name in names]
        if places == list(range(places[0], places[0] + len(places))):
            return rows[:, places[0] : places[0] + len(places)]
        return rows[:, places]
    out = np.empty((len(names), len(block[names[0]])))
    for place, name in enumerate(names):
        out[place] = block[name]
    return out.T


def _arrays(batch: Any, own: dict[str, Column], numbers: Sequence[str], texts: Sequence[str]) -> Block:
    out: Block = {}
    for name in numbers:
        column = batch.column(batch.schema.get_field_index(own[name].raw))
        if _arrow_kind(column.type) != "number":
            value = next((v for v in column.to_pylist() if v is not None), None)
            raise DataError(text_column(name, value))
        out[name] = _values(column)
    for name in texts:
        column = batch.column(batch.schema.get_field_index(own[name].raw))
        out[name] = np.array([None if v is None else str(v) for v in column.to_pylist()], dtype=object)
    return out


def _bytes_of(path: Path, piece: Piece) -> Any:
    """A CSV file, or the bytes of a piece of it."""
    import pyarrow as pa

    if piece.stop is None:
        return pa.OSFile(str(path))
    with open(path, "rb") as file:
        file.seek(piece.start)
        return pa.BufferReader(file.read(piece.stop - piece.start))


def _values(column: Any) -> Any:
    """The numbers of an Arrow array, nan for null; without Arrow's own way, which would load pandas if it is there."""
    import pyarrow as pa

    plain = pa.types.is_floating(column.type) or pa.types.is_integer(column.type)
    if column.null_count or not plain:
        column = column.cast(pa.float64(), safe=False).fill_null(float("nan"))
    name = str(column.type)
    kind = np.dtype(_FLOATS.get(name, name))
    if not len(column):
        return np.empty(0)
    found = np.frombuffer(column.buffers()[1], kind)[column.offset : column.offset + len(column)]
    return found if kind.kind == "f" else found.astype(np.float64)


def _read_npy(piece: Piece, numbers: Sequence[str], names: list[str]) -> Iterator[tuple[Block, float]]:
    mapped = map_npy(piece.path)
    stop = len(mapped) if piece.stop is None else piece.stop
    done = 0
    for rows in npy_blocks(mapped, piece.start, stop):
        if rows.dtype.names:
            block: Block = {name: np.asarray(rows[name], dtype=np.float64) for name in numbers}
        else:
            block = {name: rows[:, names.index(name)] for name in numbers}
            block[WHOLE] = rows, names
        done += len(rows)
        yield block, done / (stop - piece.start)


def _arrow_kind(kind: Any) -> str:
    import pyarrow as pa

    types = pa.types
    if types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind) or types.is_null(kind):
        return "number"
    return "number" if types.is_boolean(kind) else "text"


def _size(piece: Piece) -> int:
    if piece.kind == "csv" and piece.stop is not None:
        return piece.stop - piece.start
    return piece.path.stat().st_size


def _expand(paths: Sequence[str | os.PathLike[str]]) -> list[Path]:
    out: list[Path] = []
    for name in paths:
        path = Path(name)
        if path.is_dir():
            found = sorted(p for p in path.rglob("*") if p.suffix.lower() in _SUFFIXES and p.is_file())
            if not found:
                raise DataError(f"the folder {path} holds no file of a known kind ({', '.join(_SUFFIXES)})")
            out += found
        elif not path.exists():
            raise DataError(f"there is no file {path}")
        elif not path.is_file():
            raise DataError(f"{path} is not a file")
        else:
            out.append(path)
    if not out:
        raise DataError("no file was given")
    return out


def _kind(path: Path) -> str:
    try:
        with open(path, "rb") as file:
            start = file.read(8)
    except OSError as error:
        raise DataError(f"{path} cannot be opened: {error.strerror}") from None
    named = _SUFFIXES.get(path.suffix.lower())
    inside = next((kind for magic, kind in _MAGIC.items() if start.startswith(magic)), None)
    if not start:
        raise DataError(f"{path} is empty: it has no column names and no rows")
    if named and named != "csv" and inside != named:
        raise DataError(f"{path} is named as {_TITLES[named]}, but does not begin as such a file does")
    if start.startswith((b"\x1f\x8b", b"PK\x03\x04", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")):
        raise DataError(
            f"{path} is compressed or an archive (or a spreadsheet): unpack it, or export it as CSV"
        )
    if named == "csv" and inside:
        raise DataError(f"{path} is named as CSV text, but is a {_TITLES[inside]} file: rename it")
    return named or inside or "csv"


def _check_names(path: Path, names: Sequence[str]) -> None:
    seen: set[str] = set()
    for place, name in enumerate(names):
        if not name:
            raise DataError(f"{path}: column {place + 1} has no name in the first line")
        if name in seen:
            raise DataError(f"{path}: two columns are called {name!r}; give each its own name")
        seen.add(name)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _csv() -> Any:
    try:
        import pyarrow.csv
    except ImportError:
        raise missing_extra("pyarrow", "data") from None
    return pyarrow.csv


def _parquet() -> Any:
    try:
        import pyarrow.parquet
    except ImportError:
        raise missing_extra("pyarrow", "data") from None
    return pyarrow.parquet


def _dataset() -> Any:
    try:
        import pyarrow.dataset
    except ImportError:
        raise missing_extra("pyarrow", "data") from None
    return pyarrow.dataset
