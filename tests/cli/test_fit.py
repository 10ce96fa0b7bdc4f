"""``rushlight fit`` and ``rushlight predict`` on files, as a user meets them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("typer")
pytest.importorskip("rich")
pytest.importorskip("pyarrow")

from rushlight.cli import main

EXAMPLES = Path(__file__).parents[2] / "examples" / "data"
NIST = Path(__file__).parents[1] / "data" / "nist"

HOUSES = (
    "area,rooms,price\n820,2,178\n1540,3,319\n2310,4,470\n3050,3,621\n"
    "1190,1,255\n4480,6,898\n2760,5,557\n640,1,145\n"
)
AIR = "temp,humidity,ozone\n21.5,40,31\n19.0,,28\n25.1,55,39\n23.3,n/a,36\n20.2,inf,30\n22.0,48,33\n"
TANK = "flow,offset,level\n1,0.1,2.5\n2,0.1,4.5\n3,0.1,6.5\n4,0.1,8.5\n5,0.1,10.5\n6,0.1,12.5\n"
FLATS = "area,district,rent\n40,North,610\n55,South,700\n72,North,905\n38,East,560\n"
TRAIN = "size,age,value\n10,1,33\n20,5,55\n30,2,91\n40,9,107\n"


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Write files into an empty folder and run a command there: (exit status, output, error output)."""
    monkeypatch.chdir(tmp_path)

    def call(*args: str, **files: str | bytes) -> tuple[int, str, str]:
        for name, text in files.items():
            Path(f"{name}.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
        status = main(list(args))
        found = capsys.readouterr()
        return status, found.out, found.err

    return call


def fitted(run, *args: str, **files: str | bytes) -> dict:
    status, out, err = run("fit", *args, "--json", **files)
    assert (status, err) == (0, "")
    return json.loads(out)


def refused(run, *args: str, **files: str | bytes) -> str:
    """Run a command that must fail cleanly: one message, status 1, nothing printed, no file left behind."""
    before = {f"{name}.csv" for name in files} | {p.name for p in Path().iterdir()}
    status, out, err = run(*args, **files)
    assert status == 1
    assert out == ""
    assert err.count("\n") == 1
    assert "Traceback" not in err
    assert {p.name for p in Path().iterdir()} == before
    return err


def test_unscaled_features_give_the_coefficients_in_the_units_of_the_file(run) -> None:
    found = fitted(run, "houses.csv", "--target", "price", houses=HOUSES)
    assert found["coefficients"] == pytest.approx({"area": 0.2, "rooms": -3}, rel=1e-12)
    assert found["intercept"] == pytest.approx(20, rel=1e-12)
    assert found["r2"] > 0.999
    assert found["converged"] is True


def test_a_budget_that_ends_first_is_told_and_has_its_own_status(run) -> None:
    status, out, err = run(
        "fit", "houses.csv", "-t", "price", "--method", "gradient", "--max-steps", "5", houses=HOUSES
    )
    assert status == 3
    assert "converged      NO: the budget of steps ended" in out
    assert "not converged" in err


def test_text_in_a_pipe_is_plain_and_complete(run) -> None:
    status, out, err = run("fit", "houses.csv", "-t", "price", houses=HOUSES)
    assert (status, err) == (0, "")
    assert out.isascii()
    assert "\x1b" not in out
    for part in (
        "area               0.2",
        "rooms               -3",
        "intercept           20",
        "R2             1\n",
    ):
        assert part in out
    assert "converged      yes" in out
    assert "learning rate 0.52958602" in out  # 1 / lambda_max: the columns correlate with r = 0.888267...


def test_missing_values_are_refused_by_column_and_line(run) -> None:
    err = refused(run, "fit", "air.csv", "-t", "ozone", "--save", "m.json", air=AIR)
    assert "'humidity'" in err
    assert "line 3 (data row 2)" in err


def test_missing_values_are_dropped_on_request_and_counted(run) -> None:
    found = fitted(run, "air.csv", "-t", "ozone", "--drop-missing", air=AIR)
    assert (found["rows"], found["dropped"]) == (3, 3)
    assert "3 rows with missing values dropped" in found["notes"]


def test_infinity_is_refused_by_its_name(run) -> None:
    err = refused(run, "fit", "a.csv", "-t", "y", a="x,y\n1,2\ninf,3\n4,5\n")
    assert "'inf'" in err
    assert "line 3" in err


@pytest.mark.parametrize("value", ["0.1", "-11.512925464970229"])  # the second is log(1e-5)
def test_a_constant_column_gets_coefficient_zero_and_a_note(run, value: str) -> None:
    text = "flow,offset,level\n" + "".join(f"{k},{value},{2 * k + 0.5}\n" for k in range(1, 23))
    found = fitted(run, "tank.csv", "-t", "level", "--save", "m.json", tank=text)
    assert found["coefficients"] == pytest.approx({"flow": 2, "offset": 0}, abs=1e-12)
    assert found["intercept"] == pytest.approx(0.5, abs=1e-12)
    assert any("'offset' is constant" in note for note in found["notes"])
    status, out, _ = run("predict", "m.json", "new.csv", new=f"flow,offset\n7,{value}\n7,5.0\n")
    assert status == 0
    assert [float(line) for line in out.split()[1:]] == pytest.approx([14.5, 14.5], abs=1e-10)


def test_one_row_is_too_few(run) -> None:
    assert "at least 2 rows" in refused(run, "fit", "a.csv", "-t", "y", a="x,y\n2,7\n")


def test_a_constant_target_has_slope_zero(run) -> None:
    found = fitted(run, "a.csv", "-t", "y", a="x,y\n1,4\n2,4\n3,4\n")
    assert (found["coefficients"], found["intercept"], found["r2"]) == ({"x": 0.0}, 4.0, 1.0)
    assert any("target is constant" in note for note in found["notes"])


@pytest.mark.parametrize(
    ("text", "message"), [("x,y\n", "has no rows"), ("", "is empty"), ("\n\n", "is empty")]
)
def test_a_table_without_rows(run, text: str, message: str) -> None:
    assert message in refused(run, "fit", "a.csv", "-t", "y", a=text)


def test_a_text_column_is_refused_by_name_and_value(run) -> None:
    err = refused(run, "fit", "flats.csv", "-t", "rent", flats=FLATS)
    assert "'district'" in err
    assert "'North'" in err
    assert "--one-hot" in err
    # about the means 51.25 and 693.75: Sxy = 7121.25, Sxx = 746.75
    found = fitted(run, "flats.csv", "-t", "rent", "--features", "area")
    assert found["coefficients"]["area"] == pytest.approx(7121.25 / 746.75, rel=1e-12)


def test_one_hot_names_the_base_and_unknown_categories_are_refused(run) -> None:
    text = "district,rent\nNorth,610\nSouth,700\nNorth,630\nEast,560\n"
    found = fitted(run, "flats.csv", "-t", "rent", "--one-hot", "--save", "m.json", flats=text)
    # means: East 560, North 620, South 700
    assert found["coefficients"] == pytest.approx({"district=North": 60, "district=South": 140}, rel=1e-10)
    assert found["intercept"] == pytest.approx(560, rel=1e-10)
    assert any("'East' is the base" in note for note in found["notes"])
    assert "'West'" in refused(run, "predict", "m.json", "new.csv", new="district\nNorth\nWest\n")


def test_predict_finds_columns_by_name(run) -> None:
    fitted(run, "train.csv", "-t", "value", "--save", "m.json", train=TRAIN)
    status, out, err = run("predict", "m.json", "new.csv", new="id,age,size\na1,3,50\na2,4,15\n")
    assert (status, err) == (0, "")
    header, *values = out.split()
    assert header == "value"
    assert [float(v) for v in values] == pytest.approx([149, 42], rel=1e-12)
    err = refused(run, "predict", "m.json", "bad.csv", bad="id,age\na1,3\n")
    assert "'size'" in err


def test_predict_refuses_missing_values_and_writes_nothing(run) -> None:
    fitted(run, "train.csv", "-t", "value", "--save", "m.json", train=TRAIN)
    err = refused(run, "predict", "m.json", "new.csv", "-o", "out.csv", new="age,size\n3,50\n,15\n")
    assert "'age'" in err
    assert "line 3" in err


def test_predict_writes_a_file(run) -> None:
    fitted(run, "train.csv", "-t", "value", "--save", "m.json", train=TRAIN)
    assert run("predict", "m.json", "train.csv", "-o", "out.csv")[0] == 0
    assert [float(v) for v in Path("out.csv").read_text().split()[1:]] == pytest.approx(
        [33, 55, 91, 107], rel=1e-12
    )


@pytest.mark.parametrize(
    "content",
    [
        b'\xef\xbb\xbf"dose","response"\r\n1,3\r\n2,5\r\n3,7\r\n',
        b"dose, response\n1, 3\n2, 5\n3, 7\n",
        b"dose,response\n1,3\n2,5\n3,7\n\n",
        b"dose,response\n1,3\n2,5\n3,7",
    ],
    ids=["byte order mark", "spaces", "blank last line", "no final newline"],
)
def test_headers_are_found_by_name_however_they_are_written(run, content: bytes) -> None:
    found = fitted(run, "dose.csv", "--target", "response", dose=content)
    assert found["coefficients"] == pytest.approx({"dose": 2}, rel=1e-12)
    assert found["intercept"] == pytest.approx(1, rel=1e-12)
    assert "dose, response" in refused(run, "fit", "dose.csv", "-t", "reply")


def test_decimal_commas(run) -> None:
    text = "x;y\n1,5;3\n2,5;5\n3,5;7\n"
    found = fitted(run, "a.csv", "-t", "y", "--separator", ";", "--decimal", ",", a=text)
    assert found["coefficients"] == pytest.approx({"x": 2}, rel=1e-12)
    assert "--decimal ," in refused(run, "fit", "a.csv", "-t", "y", "--separator", ";")
    assert "--separator" in refused(run, "fit", "a.csv", "-t", "y")


def test_a_diverging_learning_rate_is_refused_with_the_largest_that_works(run) -> None:
    # one standardised column: H = 1, so 2/lambda_max = 2
    err = refused(run, "fit", "a.csv", "-t", "y", "--learning-rate", "2.5", a="x,y\n1,2\n2,4\n3,7\n")
    assert "2/lambda_max = 2," in err


def test_a_learning_rate_of_ones_own_descends_plainly(run) -> None:
    found = fitted(run, "a.csv", "-t", "y", "--learning-rate", "0.5", a="x,y\n1,2\n2,4\n3,7\n")
    assert found["refining_steps"] == 0
    # H = 1: the error halves at every step, and 2**-27 is the first power of 1/2 under the tolerance of 1e-8
    assert found["steps"] == 27


def test_weights(run) -> None:
    text = "x,y,w\n0,1,1\n1,3,1\n2,5,2\n3,9,1\n4,100,0\n"
    found = fitted(run, "a.csv", "-t", "y", "--weights", "w", a=text)
    twice = fitted(run, "b.csv", "-t", "y", b="x,y\n0,1\n1,3\n2,5\n2,5\n3,9\n")
    # the rows 0 1 2 2 3 against 1 3 5 5 9: 33/13 and 7/13
    assert found["coefficients"]["x"] == pytest.approx(33 / 13, rel=1e-12)
    assert found["intercept"] == pytest.approx(7 / 13, rel=1e-12)
    for key in ("standard_errors", "r2", "loss", "residual_sum_of_squares"):
        assert found[key] == pytest.approx(twice[key], rel=1e-12)
    assert "negative weight" in refused(
        run, "fit", "a.csv", "-t", "y", "--weights", "w", a=text.replace("9,1", "9,-1")
    )


def test_several_targets(run) -> None:
    found = fitted(run, "a.csv", "-t", "y", "-t", "z", a="x,y,z\n1,2,-1\n2,4,-2\n3,6,-3\n")
    assert found["targets"]["y"]["coefficients"] == pytest.approx({"x": 2}, rel=1e-12)
    assert found["targets"]["z"]["coefficients"] == pytest.approx({"x": -1}, rel=1e-12)


def test_bundled_data_of_442_patients(run) -> None:
    # solved once in 60-digit arithmetic from the normal equations
    found = fitted(run, str(EXAMPLES / "diabetes.csv"), "--target", "progression")
    right = {
        "age": -0.03636122422362542,
        "sex": -22.85964809049839,
        "bmi": 5.602962091923705,
        "bp": 1.116807993318191,
        "s1": -1.089996334063241,
        "s2": 0.7464504555142268,
        "s3": 0.3720047150891541,
        "s4": 6.533831935990339,
        "s5": 68.48312496478831,
        "s6": 0.2801169893215043,
    }
    assert found["rows"] == 442
    assert found["coefficients"] == pytest.approx(right, rel=1e-13)
    assert found["intercept"] == pytest.approx(-334.5671385187873, rel=1e-13)
    assert found["r2"] == pytest.approx(0.5177484222203498, rel=1e-13)
    assert found["loss"] == pytest.approx(1429.848173793375, rel=1e-13)


def test_norris_and_longley_by_command(run) -> None:
    certified = json.loads((NIST / "certified.json").read_text())
    for name in ("Norris", "Longley"):
        found = fitted(run, str(NIST / f"{name}.csv"), "--target", "y")
        values = [found["intercept"], *found["coefficients"].values()]
        assert values == pytest.approx([float(v) for v in certified[name]["coefficients"]], rel=1e-12)


def test_a_model_is_written_whole_or_not_at_all(run, monkeypatch) -> None:
    fitted(run, "train.csv", "-t", "value", "--save", "m.json", train=TRAIN)
    before = Path("m.json").read_bytes()
    monkeypatch.setattr(
        "os.replace", lambda *args: (_ for _ in ()).throw(OSError(28, "No space left", "m.json"))
    )
    status, _, err = run("fit", "train.csv", "-t", "value", "--features", "size", "--save", "m.json")
    assert status == 1
    assert "No space left" in err
    assert Path("m.json").read_bytes() == before
    assert sorted(p.name for p in Path().iterdir()) == ["m.json", "train.csv"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not JSON"),
        ("{}", "not a model file"),
        ('{"format": "rushlight-regression", "version": 99}', "version 99"),
        ('{"format": "rushlight-regression", "version": 1}', "damaged"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_files_that_are_not_models(run, text: str, message: str) -> None:
    Path("m.json").write_text(text)
    assert message in refused(run, "predict", "m.json", "a.csv", a="x\n1\n")


def test_outputs_that_would_destroy_an_input_are_refused(run) -> None:
    assert "is also an input" in refused(
        run, "fit", "train.csv", "-t", "value", "--save", "train.csv", train=TRAIN
    )
    assert Path("train.csv").read_text() == TRAIN
    assert "no folder" in refused(run, "fit", "train.csv", "-t", "value", "--save", "nowhere/m.json")


def test_usage_errors_have_status_2(run) -> None:
    status, _, err = run("fit", "train.csv", train=TRAIN)
    assert status == 2
    assert "--target" in err


def test_as_a_process_in_a_pipe(tmp_path) -> None:
    (tmp_path / "a.csv").write_text("x,y\n1,2\n2,4\n3,6\n")
    done = subprocess.run(
        [sys.executable, "-m", "rushlight", "fit", "a.csv", "-t", "y"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "converged      yes" in done.stdout


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--tolerance", "nan"], "tolerance must be at least 0"),
        (["--method", "momentum", "--momentum", "1"], "less than 1"),
        (["--method", "newton"], "there are auto, gradient"),
        (["--loss", "cosine"], "there are squared, huber"),
        (["--l1", "-1"], "at least 0"),
        (["--learning-rate", "0"], "positive"),
        (["--features", "area,garage"], "no column 'garage'"),
        (["--features", "price"], "both a feature and the target"),
        (["--weights", "age"], "no column 'age'"),
        (["--separator", ";;"], "one character"),
        (["--encoding", "klingon"], "no text encoding"),
        (["--decimal", "_"], "decimal sign"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_options_that_make_no_sense_are_refused(run, options: list[str], message: str) -> None:
    assert message in refused(run, "fit", "houses.csv", "-t", "price", *options, houses=HOUSES)


def test_archives_are_named_as_such(run) -> None:
    import gzip

    assert "unpack it" in refused(run, "fit", "a.csv", "-t", "y", a=gzip.compress(b"x,y\n1,2\n2,3\n"))
