"""Five hundred malformed files: each is fitted rightly or refused cleanly, and nothing half-done is left.

Refused cleanly means exit status 1, one line on standard error, nothing on standard output, no traceback and
no new file. A file may also turn out to be readable after all; then the fit must be finite and say whether it
has converged.
"""

from __future__ import annotations

import json
import math
import random
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("typer")
pytest.importorskip("rich")
pytest.importorskip("pyarrow")

from rushlight.cli import main

ROWS = [[k, 3 * k % 7, 2 * k + 1 + (k % 3)] for k in range(12)]
GOOD = "x,z,y\n" + "".join(f"{a},{b},{c}\n" for a, b, c in ROWS)


def table(rows: list[list[object]], header: str = "x,z,y") -> str:
    return header + "\n" + "".join(",".join(map(str, row)) + "\n" for row in rows)


def odd_value(rng: random.Random) -> bytes:
    values = [
        "",
        "NA",
        "nan",
        "inf",
        "-inf",
        "1e999",
        "-1e999",
        "1e200",
        "abc",
        "1,2",
        '"',
        "''",
        "0x1F",
        "1_000",
    ]
    values += [
        "--5",
        "1.2.3",
        "٣",
        "½",
        "\x00",
        "\x1b[31m",
        "=1+1",
        "TRUE",
        "2024-01-01",
        "12:30",
        "$5",
        "9" * 400,
    ]
    rows: list[list[object]] = [list(row) for row in ROWS]
    rows[rng.randrange(12)][rng.randrange(3)] = rng.choice(values)
    return table(rows).encode()


def ragged(rng: random.Random) -> bytes:
    rows: list[list[object]] = [list(row) for row in ROWS]
    k = rng.randrange(12)
    rows[k] = rows[k][: rng.randrange(3)] if rng.random() < 0.5 else rows[k] + [1] * rng.randrange(1, 5)
    return table(rows).encode()


def encoding(rng: random.Random) -> bytes:
    text = GOOD.replace("x,z,y", rng.choice(["x,z,y", "größe,z,y", "x,日本,y"]))
    return text.encode(
        rng.choice(["utf-16", "utf-16-le", "utf-32", "cp1252", "utf-8-sig", "shift_jis"]), "replace"
    )


def binary(rng: random.Random) -> bytes:
    return rng.randbytes(rng.choice([1, 7, 100, 5000]))


def flipped(rng: random.Random) -> bytes:
    text = bytearray(GOOD.encode())
    for _ in range(rng.randrange(1, 20)):
        text[rng.randrange(len(text))] = rng.randrange(256)
    return bytes(text)


def cut(rng: random.Random) -> bytes:
    return GOOD.encode()[: rng.randrange(len(GOOD))]


def header(rng: random.Random) -> bytes:
    heads = [
        "",
        "x,x,y",
        "x,,y",
        "x;z;y",
        "1,2,3",
        "x,z",
        '"x,z,y',
        "y",
        ",,,",
        "x\tz\ty",
        "Y,Z,X",
        " ",
        "x,z,y,",
        "y,y,y",
    ]
    return table(ROWS, rng.choice(heads)).encode()  # type: ignore[arg-type]


def few(rng: random.Random) -> bytes:
    return rng.choice(
        [
            "",
            "\n",
            "\n\n\n",
            "x,z,y",
            "x,z,y\n",
            "x,z,y\n1,2,3\n",
            "y\n1\n2\n",
            "\ufeff",
            "\r\n",
            "x,z,y\r1,2,3",
        ]
    ).encode()


def quotes(rng: random.Random) -> bytes:
    text = GOOD
    for _ in range(rng.randrange(1, 4)):
        place = rng.randrange(len(text))
        text = text[:place] + rng.choice(['"', '""', '"\n', "'", "\\"]) + text[place:]
    return text.encode()


def huge(rng: random.Random) -> bytes:
    size = rng.choice([1e100, 1e139, 1e150, 1e200, 1e300, 1.7e308, 1e-300, 5e-324])
    return table([[a * size, b, c] for a, b, c in ROWS]).encode()


def disguised(rng: random.Random) -> bytes:
    heads = [
        b"PAR1",
        b"ARROW1\x00\x00",
        b"\x93NUMPY\x01\x00",
        b"\x1f\x8b\x08\x00",
        b"PK\x03\x04",
        b"%PDF-1.7",
        b"\x89PNG\r\n",
    ]
    return rng.choice(heads) + rng.choice([b"", GOOD.encode(), rng.randbytes(200)])


KINDS = [odd_value, ragged, encoding, binary, flipped, cut, header, few, quotes, huge, disguised]
SUFFIXES = ["csv"] * 6 + ["parquet", "arrow", "npy", "tsv", "dat", "feather"]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_malformed_files(kind, tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    rng = random.Random(kind.__name__)
    refused = 0
    for number in range(46):  # 11 kinds of 46 files: 506
        path = Path(f"f{number}.{rng.choice(SUFFIXES)}")
        content = kind(rng)
        path.write_bytes(content)
        option = rng.choice(
            [[], [], ["--drop-missing"], ["--one-hot"], ["--loss", "huber"], ["--degree", "2"]]
        )
        status = main(["fit", str(path), "-t", "y", "--save", "m.json", "--json", *option])
        found = capsys.readouterr()
        case = f"{path} {option} {content[:300]!r}\n{found.err}"
        assert "Traceback" not in found.err, case
        if status == 1:
            refused += 1
            assert found.out == "", case
            assert found.err.count("\n") == 1, case
            assert len(found.err) < 700, case
            assert [p.name for p in tmp_path.iterdir()] == [path.name], case
        else:
            assert status in (0, 3), case
            result = json.loads(found.out)
            values = [result["intercept"], *result["coefficients"].values(), result["loss"]]
            assert all(isinstance(v, float) and math.isfinite(v) for v in values), case
            assert result["converged"] is (status == 0), case
            saved = json.loads(Path("m.json").read_text())
            assert saved["coefficients"]["y"] == result["coefficients"], case
            assert sorted(p.name for p in tmp_path.iterdir()) == sorted([path.name, "m.json"]), case
            Path("m.json").unlink()
        path.unlink()
    assert refused > 0


def test_truncated_files_of_other_kinds(tmp_path, monkeypatch, capsys) -> None:
    import pyarrow
    import pyarrow.parquet

    monkeypatch.chdir(tmp_path)
    columns = pyarrow.table({name: [float(row[k]) for row in ROWS] for k, name in enumerate("xzy")})
    pyarrow.parquet.write_table(columns, "a.parquet")
    with pyarrow.ipc.new_file("a.arrow", columns.schema) as writer:
        writer.write_table(columns)
    np.save("a.npy", np.array(ROWS, dtype=float))
    rng = random.Random(1)
    for path in (Path("a.parquet"), Path("a.arrow"), Path("a.npy")):
        whole = path.read_bytes()
        for _ in range(20):
            content = bytearray(whole[: rng.randrange(8, len(whole))])
            content[rng.randrange(len(content))] ^= 255
            path.write_bytes(bytes(content))
            status = main(["fit", str(path), "-t", "y"])
            found = capsys.readouterr()
            assert status in (0, 1, 3), found.err
            assert "Traceback" not in found.err
            assert found.err.count("\n") <= 1
            if status == 1:
                assert found.out == ""
        path.unlink()
