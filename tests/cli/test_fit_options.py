"""The wider options of ``rushlight fit``, and ``rushlight explain``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("typer")
pytest.importorskip("rich")
pyarrow = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")

from rushlight.cli import main  # noqa: E402

LINE = "x,y\n0,1\n1,3\n2,5\n3,7\n4,90\n"


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    def call(*args: str, **files: str) -> tuple[int, str, str]:
        for name, text in files.items():
            Path(f"{name}.csv").write_text(text)
        status = main(list(args))
        found = capsys.readouterr()
        return status, found.out, found.err

    return call


def fitted(run, *args: str, **files: str) -> dict:
    status, out, err = run("fit", *args, "--json", **files)
    assert (status, err) == (0, "")
    return json.loads(out)


def test_huber(run) -> None:
    found = fitted(run, "a.csv", "-t", "y", "--loss", "huber", "--delta", "0.5", a=LINE)
    f = found["intercept"] + found["coefficients"]["x"] * np.arange(5)
    pull = np.clip([1, 3, 5, 7, 90] - f, -0.5, 0.5)
    assert [pull.sum(), pull @ np.arange(5)] == pytest.approx([0, 0], abs=1e-7)
    assert "r2" not in found


def test_poisson_model_predicts_rates(run) -> None:
    text = "x,y\n0,1\n0,2\n0,3\n1,5\n1,7\n"
    found = fitted(run, "a.csv", "-t", "y", "--loss", "poisson", "--save", "m.json", a=text)
    # the groups' means are 2 and 6; the variance of a log rate is 1 / the sum of its counts: 1/6 and 1/6 +
    # 1/12
    assert found["intercept"] == pytest.approx(np.log(2), rel=1e-8)
    assert found["standard_errors"] == pytest.approx({"x": 0.5, "(intercept)": (1 / 6) ** 0.5}, rel=1e-6)
    _, out, _ = run("predict", "m.json", "a.csv")
    assert [float(v) for v in out.split()[1:]] == pytest.approx([2, 2, 2, 6, 6], rel=1e-8)


def test_logistic_model_predicts_probabilities(run) -> None:
    text = "x,y\n" + "0,0\n" * 3 + "0,1\n" + "1,1\n" * 3 + "1,0\n"
    fitted(run, "a.csv", "-t", "y", "--loss", "logistic", "--save", "m.json", a=text)
    _, out, _ = run("predict", "m.json", "new.csv", new="x\n0\n1\n")
    assert [float(v) for v in out.split()[1:]] == pytest.approx([0.25, 0.75], rel=1e-7)
    # f = 2 log(3) x - log(3): the odds of a far x are beyond float64
    _, out, _ = run("predict", "m.json", "far.csv", far="x\n-1000\n1000\n")
    assert [float(v) for v in out.split()[1:]] == [0.0, 1.0]
    status, _, err = run("fit", "b.csv", "-t", "y", "--loss", "logistic", b="x,y\n1,0\n2,2\n")
    assert status == 1
    assert "0 and 1" in err


def test_separated_classes_have_status_3(run) -> None:
    status, out, err = run("fit", "a.csv", "-t", "y", "--loss", "logistic", a="x,y\n0,0\n1,0\n2,1\n3,1\n")
    assert status == 3
    assert "grow for ever" in out
    assert "not converged" in err


def test_lasso_sets_coefficients_to_zero(run) -> None:
    # standardised x is (-s, 0, s) with s^2 = 3/2, so z'y/3 = 2 s / 3 = 0.816 of a slope of 1; 0.9 pulls it
    # to 0
    text = "x,y\n1,1\n2,2\n3,3\n"
    assert fitted(run, "a.csv", "-t", "y", "--l1", "0.9", a=text)["coefficients"] == {"x": 0.0}
    half = fitted(run, "a.csv", "-t", "y", "--l1", "0.4")["coefficients"]["x"]
    assert half == pytest.approx((2 * 1.5**0.5 / 3 - 0.4) * 1.5**0.5, rel=1e-7)


def test_mini_batches_are_reproducible(run) -> None:
    args = ("fit", "a.csv", "-t", "y", "--batch-size", "2", "--max-steps", "5", "--seed", "7", "--json")
    first, second = run(*args, a=LINE), run(*args)
    assert first == second
    assert first[0] == 3
    assert "mini-batch" in json.loads(first[1])["method"]


def test_trajectory_and_plot(run) -> None:
    args = ("a.csv", "-t", "y", "--learning-rate", "0.5", "--trajectory", "t.parquet", "--plot", "p.svg")
    found = fitted(run, *args, a="x,y\n1,2\n2,4\n3,6\n")
    table = parquet.read_table("t.parquet")
    assert table.column_names == ["step", "x", "(intercept)", "loss", "gradient_norm"]
    # one standardised column: each step halves the error of the slope, and the line goes through the means
    # (2, 4)
    assert table["x"].to_pylist()[:4] == pytest.approx([0, 1, 1.5, 1.75], abs=1e-12)
    assert table["(intercept)"].to_pylist()[:3] == pytest.approx([4, 2, 1], abs=1e-12)
    assert table.num_rows == found["steps"] + 1
    assert Path("p.svg").read_text().startswith("<svg")


@pytest.mark.parametrize("suffix", ["html", "svg"])
def test_a_picture_of_the_fit(run, suffix: str) -> None:
    """y = 2 x over the column standardised to -1.22, 0, 1.22: one eigenvalue, 1, so half the rate halves the error."""
    fitted(run, "a.csv", "-t", "y", "--learning-rate", "0.5", "--plot", f"p.{suffix}", a="x,y\n1,2\n2,4\n3,6\n")
    text = Path(f"p.{suffix}").read_text(encoding="utf-8")
    assert "coefficients are those of the standardised columns" in text
    assert 'id="fitted"' in text
    if suffix == "html":
        assert '<dd id="predicted">0.5</dd>' in text


@pytest.mark.parametrize(
    "options", [["--loss", "huber"], ["--l2", "0.1"], ["-t", "z"], ["--batch-size", "2", "--max-steps", "3"]]
)
def test_a_picture_of_other_fits_has_the_loss_curve(run, options: list[str]) -> None:
    run("fit", "a.csv", "-t", "y", "--plot", "p.html", *options, a="x,z,y\n1,0,2\n2,1,4.5\n3,0,6\n4,1,8\n")
    text = Path("p.html").read_text(encoding="utf-8")
    assert 'id="losses"' in text
    assert 'id="surface"' not in text


def test_outputs_of_an_unknown_kind_are_refused_before_any_work(run) -> None:
    status, out, err = run("fit", "a.csv", "-t", "y", "--plot", "p.jpeg", "--save", "m.json", a=LINE)
    assert (status, out) == (1, "")
    assert ".svg" in err
    assert not Path("m.json").exists()


@pytest.mark.parametrize("suffix", ["parquet", "arrow", "npy"])
def test_other_kinds_of_file(run, suffix: str) -> None:
    x = np.arange(100.0)
    columns = {"x": x, "z": x**2, "y": 2 * x - 3 * x**2 + 1}
    path = f"data.{suffix}"
    if suffix == "npy":
        np.save(path, np.column_stack(list(columns.values())))
        args, names = ["-t", "x2"], ("x0", "x1")
    else:
        args, names = ["-t", "y"], ("x", "z")
        if suffix == "parquet":
            parquet.write_table(pyarrow.table(columns), path, row_group_size=30)
        else:
            with pyarrow.ipc.new_file(path, pyarrow.table(columns).schema) as writer:
                writer.write_table(pyarrow.table(columns))
    found = fitted(run, path, *args)
    assert found["rows"] == 100
    assert found["coefficients"] == pytest.approx({names[0]: 2, names[1]: -3}, rel=1e-11)


def test_a_folder_of_files(run) -> None:
    Path("parts").mkdir()
    for k in range(3):
        Path(f"parts/{k}.csv").write_text(
            "y,x\n" + "".join(f"{2 * x + 1},{x}\n" for x in range(10 * k, 10 * k + 10))
        )
    found = fitted(run, "parts", "-t", "y")
    assert found["rows"] == 30
    assert found["coefficients"] == pytest.approx({"x": 2}, rel=1e-12)
    Path("parts/3.csv").write_text("y,z\n1,2\n")
    status, _, err = run("fit", "parts", "-t", "y")
    assert status == 1
    assert "x, z not in both" in err


def test_a_table_larger_than_a_block(run) -> None:
    random = np.random.default_rng(0)
    data = random.normal(size=(300_000, 4)) + np.array([0, 100, -5, 2])
    np.save("big.npy", np.column_stack([data, data @ [1, 2, 3, 4] + random.normal(size=300_000)]))
    found = fitted(run, "big.npy", "-t", "x4")
    design = np.column_stack([np.ones(300_000), data])
    right = np.linalg.lstsq(design, np.load("big.npy")[:, 4])[0]
    assert [found["intercept"], *found["coefficients"].values()] == pytest.approx(right.tolist(), rel=1e-9)


def test_polynomials(run) -> None:
    text = "x,y\n" + "".join(f"{x},{1 + x + x**2 + x**3}\n" for x in range(8))
    found = fitted(run, "a.csv", "-t", "y", "--degree", "3", "--save", "m.json", a=text)
    assert found["coefficients"] == pytest.approx({"x": 1, "x^2": 1, "x^3": 1}, rel=1e-12)
    _, out, _ = run("predict", "m.json", "new.csv", new="x\n10\n")
    assert float(out.split()[1]) == pytest.approx(1111, rel=1e-12)


def test_explain(run) -> None:
    status, out, err = run("explain", "a.csv", "-t", "y", a="x,z,y\n1,3,1\n-1,3,2\n1,-3,3\n-1,-3,5\n")
    assert (status, err) == (0, "")
    assert "condition number          1\n" in out  # orthogonal columns, standardised
    status, out, _ = run("explain", "a.csv", "-t", "y", "--no-standardize", "--no-intercept", "--json")
    found = json.loads(out)
    # X'X / 4 is diag(1, 9)
    assert found["eigenvalues"] == pytest.approx([9, 1], rel=1e-13)
    assert found["largest_learning_rate"] == pytest.approx(2 / 9, rel=1e-13)
    status, out, _ = run(
        "explain", "a.csv", "-t", "y", "--no-standardize", "--no-intercept", "--learning-rate", "0.5"
    )
    assert status == 0
    assert "DIVERGES" in out


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_a_terminal_gets_tables_and_a_progress_bar(tmp_path) -> None:
    import os
    import pty

    (tmp_path / "a.csv").write_text(LINE)
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(tmp_path)
        os.environ["TERM"] = "xterm"
        os.execv(sys.executable, [sys.executable, "-m", "rushlight", "fit", "a.csv", "-t", "y"])
    found = b""
    while True:
        try:
            part = os.read(terminal, 4096)
        except OSError:
            break
        if not part:
            break
        found += part
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    text = found.decode()
    assert "reading" in text
    assert "┃" in text
    assert "coefficient" in text


def test_columns_of_all_kinds_of_numbers(run) -> None:
    # y = a + 2 b + c with whole numbers, booleans and short floats; the third row has no a
    columns = {
        "a": pyarrow.array([1, 2, None, 4, 5, 9], pyarrow.int16()),
        "b": pyarrow.array([True, False, True, True, False, True]),
        "c": pyarrow.array([1.5, 2, 3, 4, 7, 1], pyarrow.float32()),
        "y": pyarrow.array([4.5, 4, 0, 10, 12, 12]),
    }
    parquet.write_table(pyarrow.table(columns), "a.parquet")
    found = fitted(run, "a.parquet", "-t", "y", "--drop-missing")
    assert found["coefficients"] == pytest.approx({"a": 1, "b": 2, "c": 1}, rel=1e-12)
    status, _, err = run("fit", "a.parquet", "-t", "y")
    assert status == 1
    assert "column 'a' in data row 3 is missing" in err
