"""Printing: what torch printed, recorded in golden/printing.json, and the print options themselves."""

from __future__ import annotations

import json
import math
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rushlight as torch
from rushlight import _printing as printing
from rushlight._tensor import Parameter

GOLDEN = Path(__file__).parent / "golden"
CASES = json.loads((GOLDEN / "printing.json").read_text())["cases"]
show = runpy.run_path(str(GOLDEN / "record_printing.py"))["show"]


@pytest.fixture
def options() -> Iterator[Any]:
    """`set_printoptions`, undone after the test."""
    yield torch.set_printoptions
    torch.set_printoptions(profile="default")


def test_hundreds_of_cases_were_recorded() -> None:
    assert len(CASES) > 700


@pytest.mark.parametrize("case", CASES)
def test_prints_what_torch_printed(case: dict[str, Any]) -> None:
    assert show(torch, printing, case) == case["text"]


def test_str_and_print_are_repr(capsys: pytest.CaptureFixture[str]) -> None:
    t = torch.tensor([1.0, 2.5])
    print(t)
    assert str(t) == repr(t) == "tensor([1.0000, 2.5000])"
    assert capsys.readouterr().out == "tensor([1.0000, 2.5000])\n"


# ------------------------------------------------------------------------------- kinds of tensor and node
# The texts of this section are torch 2.13's for the same lines.


def test_parameter() -> None:
    p = Parameter(torch.ones(2, 2))
    assert repr(p) == ("Parameter containing:\ntensor([[1., 1.],\n        [1., 1.]], requires_grad=True)")
    assert f"{p}" == repr(p)
    frozen = Parameter(torch.tensor(3.0), requires_grad=False)
    assert repr(frozen) == "Parameter containing:\ntensor(3.)"


def test_subclasses_print_under_their_own_name() -> None:
    class Mine(torch.Tensor):
        pass

    class MyParameter(Parameter):
        pass

    t = Mine([[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]])
    assert repr(t) == "Mine([[1., 1., 1.],\n      [1., 1., 1.]])"
    p = MyParameter(torch.ones(2))
    assert repr(p) == "Parameter containing:\nParameter(MyParameter([1., 1.], requires_grad=True))"


def test_function_nodes_print_the_name_of_their_class() -> None:
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 2

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * 2

    doubled = Double.apply(torch.ones(2, requires_grad=True))
    assert repr(doubled) == "tensor([2., 2.], grad_fn=<DoubleBackward>)"


def test_writing_into_a_part_prints_copy_slices() -> None:
    x = torch.ones(2, requires_grad=True) * 1
    x[0] = 3.0
    assert repr(x) == "tensor([3., 1.], grad_fn=<CopySlices>)"


def test_a_tensor_off_the_graph_prints_neither_node_nor_flag() -> None:
    x = torch.ones(2, requires_grad=True)
    assert repr((x * 2).detach()) == "tensor([2., 2.])"
    with torch.no_grad():
        assert repr(x * 2) == "tensor([2., 2.])"


# --------------------------------------------------------------------------------------- formatting one


@pytest.mark.parametrize(
    ("value", "spec", "text"),
    [
        (0.1, "", "0.10000000149011612"),  # the double nearest to float32's 0.1
        (0.1, "8.3f", "   0.100"),
        (1234.5, ",.1f", "1,234.5"),
        (7, "", "7"),
        (7, "03d", "007"),
        (255, "x", "ff"),
        (True, "", "True"),
        (1 + 2j, ".1f", "1.0+2.0j"),
        (math.nan, ".2f", "nan"),
        (-math.inf, "6.2f", "  -inf"),
    ],
)
def test_a_zero_dimensional_tensor_formats_as_its_number(value: Any, spec: str, text: str) -> None:
    assert format(torch.tensor(value), spec) == text


def test_formatting_needs_no_detach() -> None:
    x = torch.tensor(2.0, requires_grad=True)
    assert f"{x:.1f} {x * x:.1f}" == "2.0 4.0"


@pytest.mark.parametrize("t", [torch.ones(2), torch.ones(1), Parameter(torch.tensor(1.0))])
def test_a_number_format_on_anything_else_is_refused(t: Any) -> None:
    assert f"{t}" == str(t)
    with pytest.raises(TypeError, match=r"'\.2f'.*shape"):
        format(t, ".2f")


# --------------------------------------------------------------------------------------------- options


def test_options_at_first() -> None:
    expected = {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80, "sci_mode": None}
    assert printing.get_printoptions() == expected


def test_what_get_gives_set_takes(options: Any) -> None:
    options(precision=7, threshold=12, edgeitems=1, linewidth=33, sci_mode=False)
    saved = printing.get_printoptions()
    options(profile="full")
    assert printing.get_printoptions()["threshold"] == math.inf
    options(**saved)
    assert printing.get_printoptions() == {
        "precision": 7,
        "threshold": 12,
        "edgeitems": 1,
        "linewidth": 33,
        "sci_mode": False,
    }


def test_only_sci_mode_goes_back_when_not_named(options: Any) -> None:
    options(precision=2, sci_mode=True)
    options(linewidth=40)
    assert printing.get_printoptions() == {
        "precision": 2,
        "threshold": 1000,
        "edgeitems": 3,
        "linewidth": 40,
        "sci_mode": None,
    }


def test_options_beside_a_profile_win(options: Any) -> None:
    options(profile="short", edgeitems=5)
    now = printing.get_printoptions()
    assert (now["precision"], now["edgeitems"]) == (2, 5)


def test_printoptions_are_undone_after_an_error_too() -> None:
    @printing.printoptions(precision=1, sci_mode=True)
    def fail() -> None:
        raise KeyError(repr(torch.tensor(0.25)))

    before = printing.get_printoptions()
    with pytest.raises(KeyError, match=r"tensor\(2\.5e-01\)"):
        fail()
    assert printing.get_printoptions() == before


def test_printoptions_decorates() -> None:
    @printing.printoptions(precision=1)
    def text() -> str:
        return repr(torch.tensor(1.25))

    assert (text(), text()) == ("tensor(1.2)", "tensor(1.2)")
    assert repr(torch.tensor(1.25)) == "tensor(1.2500)"


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"precision": -1}, ValueError),
        ({"edgeitems": -2}, ValueError),
        ({"linewidth": -80}, ValueError),
        ({"profile": "long"}, ValueError),
        ({"precision": 2.5}, TypeError),
        ({"edgeitems": "3"}, TypeError),
        ({"threshold": "many"}, TypeError),
    ],
)
def test_wrong_options_change_nothing(wrong: dict[str, Any], error: type[Exception]) -> None:
    before = printing.get_printoptions()
    with pytest.raises(error, match=str(next(iter(wrong)))):
        torch.set_printoptions(**{"precision": 9, "edgeitems": 9, "sci_mode": True, **wrong})
    assert printing.get_printoptions() == before


def test_numpy_numbers_are_numbers(options: Any) -> None:
    options(precision=np.int64(1), threshold=np.float32(2), edgeitems=np.int8(1))
    assert repr(torch.tensor([0.5, 1.5, 2.5])) == "tensor([0.5,  ..., 2.5])"


# ---------------------------------------------------------------------------------- large and odd arrays


def test_only_the_part_shown_is_read() -> None:
    # A million million million elements, all one number in memory: a pass over them would never end.
    t = torch.tensor(0.5).expand(10**6, 10**6, 10**6)
    row = "[0.5000, 0.5000, 0.5000,  ..., 0.5000, 0.5000, 0.5000]"
    matrix = "[" + ",\n         ".join([row, row, row, "...", row, row, row]) + "]"
    assert repr(t) == "tensor([" + ",\n\n        ".join([matrix] * 3 + ["..."] + [matrix] * 3) + "])"


def test_a_hidden_value_has_no_say() -> None:
    t = torch.ones(2000)
    t[1000] = 1e-30
    assert repr(t) == "tensor([1., 1., 1.,  ..., 1., 1., 1.])"


def test_a_signalling_nan_prints_without_a_warning() -> None:
    # 0x7fa00000 is a signalling NaN: converting it to a double raises the processor's invalid flag.
    t = torch.from_numpy(np.array([0x7FA00000], dtype=np.uint32).view(np.float32))
    assert repr(t) == "tensor([nan])"


def test_numpy_error_settings_make_no_difference() -> None:
    t = torch.tensor([1e300, 1e-300, 5e-324, math.nan, math.inf], dtype=torch.float64)
    with np.errstate(all="raise"):
        text = repr(t)
    assert text == (
        "tensor([1.0000e+300, 1.0000e-300, 4.9407e-324,         nan,         inf],\n"
        "       dtype=torch.float64)"
    )


def test_nesting_of_many_dimensions() -> None:
    t = torch.ones([1] * 30)
    assert repr(t) == "tensor(" + "[" * 30 + "1." + "]" * 30 + ")"
