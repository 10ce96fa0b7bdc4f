"""The graph object: what it reads from a recorded tensor, and its drawings as text, DOT and SVG."""

from __future__ import annotations

import gc
import json
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rushlight as torch
from rushlight.show import Graph, graph, record

ODD = 'layer.0."odd"<w>|{a}\\\n'


def shared() -> tuple[Any, Any, Any]:
    """z = a a + a at a = 2: dz/da = 2a + 1 = 5, in three contributions 2, 2 and 1."""
    a = torch.tensor(2.0, requires_grad=True)
    z = a * a + a
    return a, z, graph(z, names={"a": a, "z": z})


def chain(length: int) -> Any:
    x = torch.ones(2, requires_grad=True)
    for _ in range(length):
        x = x * 1.5
    return x


# -- reading ----------------------------------------------------------------------------------------------


def test_vertices_are_numbered_in_the_order_of_creation_and_know_what_they_are() -> None:
    w = torch.tensor(3.0, requires_grad=True)
    x = torch.tensor([1.0, 2.0])
    b = torch.tensor(1.0, requires_grad=True)
    g = graph((w * x + b).relu().sum(), names={"w": w, "x": x})
    seen = [(v.id, v.kind, v.operation, v.name, v.shape, v.dtype) for v in g.vertices]
    assert seen == [
        ("n1", "leaf", "", "w", (), "float32"),
        ("n2", "constant", "", "x", (2,), "float32"),
        ("n3", "operation", "MulBackward0", None, (2,), "float32"),
        ("n4", "leaf", "", None, (), "float32"),
        ("n5", "operation", "AddBackward0", None, (2,), "float32"),
        ("n6", "operation", "ReluBackward0", None, (2,), "float32"),
        ("n7", "operation", "SumBackward0", None, (), "float32"),
    ]
    assert [(e.source, e.target, e.input) for e in g.edges] == [
        (1, 3, "x"), (2, 3, "y"), (3, 5, "x"), (4, 5, "y"), (5, 6, "x"), (6, 7, "x"),
    ]  # fmt: skip


def test_values_and_gradients_of_every_vertex() -> None:
    """f = sum(relu(w x + b)), w = 3, x = (1, 2), b = 1: w x = (3, 6), f = 11, df/dw = 1 + 2, df/db = 2."""
    w = torch.tensor(3.0, requires_grad=True)
    b = torch.tensor(1.0, requires_grad=True)
    g = graph((w * torch.tensor([1.0, 2.0]) + b).relu().sum())
    assert [v.value.tolist() for v in g.vertices] == [3, [1, 2], [3, 6], 1, [4, 7], [4, 7], 11]
    gradients = [None if v.gradient is None else v.gradient.tolist() for v in g.vertices]
    assert gradients == [3, None, [1, 1], 2, [1, 1], [1, 1], 1]
    assert g.gradient_note == "gradients are those of the result"
    assert w.grad is None  # nothing is added to anybody's grad


def test_a_shared_vertex_is_there_once_and_its_contributions_add_up() -> None:
    _, _, g = shared()
    assert [v.title for v in g.vertices] == ["a: leaf", "MulBackward0", "z: AddBackward0"]
    assert [(e.source, e.target, e.contribution.item()) for e in g.edges] == [
        (1, 2, 2.0), (1, 2, 2.0), (2, 3, 1.0), (1, 3, 1.0),
    ]  # fmt: skip
    assert g.find("a").gradient.item() == 5.0
    assert str(g).splitlines() == [
        "n3 z: AddBackward0 () float32 = 6, gradient 1",
        "├─ n2: MulBackward0 () float32 = 4, gradient 1",
        "│  ├─ n1 a: leaf () float32 = 2, gradient 5",
        "│  └─ n1 a: leaf (above)",
        "└─ n1 a: leaf (above)",
    ]


def test_local_derivatives_of_operations_with_one_element() -> None:
    """y = x^2 at 3 and z = 4 y: dy/dx = 6, dz/dy = 4, dz/dx = 24."""
    x = torch.tensor(3.0, requires_grad=True)
    g = graph(4 * x**2)
    assert [e.local.item() for e in g.edges] == [6.0, 4.0]
    assert [e.contribution.item() for e in g.edges] == [24.0, 4.0]


def test_gradients_of_several_outputs_and_through_broadcasting() -> None:
    """q is the second half of 2 w, and only it is used, times the row (1, 10)."""
    w = torch.tensor([[1.0], [2.0]], requires_grad=True)
    _, q = (2 * w).split(1)
    g = graph((q * torch.tensor([1.0, 10.0])).sum(), names={"w": w, "q": q})
    split = g.find("q")
    assert split.shapes == [(1, 1), (1, 1)]
    assert split.gradients[0] is None
    assert split.gradients[1].tolist() == [[11.0]]
    assert g.find("w").gradient.tolist() == [[0.0], [22.0]]


def test_what_is_saved_with_its_bytes() -> None:
    """mm saves both matrices where both need gradients: 6 and 2 floats of 4 bytes."""
    x = torch.ones(3, 2, requires_grad=True)
    w = torch.ones(2, 1, requires_grad=True)
    g = graph(x @ w)
    mm = g.result
    assert [(s.value.shape, s.bytes) for s in mm.saved] == [((3, 2), 24), ((2, 1), 8)]
    assert g.saved_bytes == 32
    square = graph(x * x)  # the same tensor twice takes its memory once
    assert [s.bytes for s in square.result.saved] == [24, 24]
    assert square.saved_bytes == 24


def test_a_saved_value_that_was_changed_since_is_marked_and_the_gradients_say_why() -> None:
    x = torch.ones(2, requires_grad=True)
    y = x.exp()
    z = y * y
    with torch.no_grad():
        y.zero_()
    g = graph(z.sum())
    assert any(s.stale for v in g.vertices for s in v.saved)
    assert g.gradient_note.startswith("gradients are incomplete: ")
    assert "changed in place since" in str(next(s for v in g.vertices for s in v.saved if s.stale))


def test_after_backward_the_graph_is_drawn_and_says_that_its_values_are_gone() -> None:
    x = torch.tensor(1.0, requires_grad=True)
    y = x**2
    y.backward()
    g = graph(y)
    assert g.result.freed
    assert "retain_graph=True" in g.gradient_note
    assert g.vertex(1).accumulated.item() == 2.0


def test_writes_in_place_and_views_are_drawn_with_their_gradients() -> None:
    """y = 2 (3, 3, 1, 1) x and z = sum(y[1:] y[:3]): dz/dx = 36, 48, 16, 4 at x = 1 (y' is 6, 6, 2, 2)."""
    x = torch.ones(4, requires_grad=True)
    y = x.clone()
    y[0:2] = y[0:2] * 3
    view = y[1:]
    y.mul_(2)
    g = graph((view * y[:3]).sum(), names={"x": x, "y": y, "view": view})
    assert g.find("x").gradient.tolist() == [36, 48, 16, 4]
    assert g.find("y").value.tolist() == [6, 6, 2, 2]
    assert g.find("view").operation == "AsStridedBackward0"
    assert "CopySlices" in g.text()


def test_the_graph_of_a_gradient_is_drawn() -> None:
    """d/dx x^3 = 3 x^2, and its derivative 6 x: 27 and 18 at 3."""
    x = torch.tensor(3.0, requires_grad=True)
    (slope,) = torch.autograd.grad(x**3, x, create_graph=True)
    g = graph(slope, names={"x": x})
    assert (g.result.value.item(), g.find("x").gradient.item()) == (27.0, 18.0)


def test_lines_of_user_code_come_from_anomaly_mode() -> None:
    x = torch.tensor(1.0, requires_grad=True)
    with torch.autograd.detect_anomaly():
        y = x**2
    line = graph(y).result.line
    assert line is not None
    assert re.fullmatch(r"test_graph\.py:\d+  y = x\*\*2", line)
    assert graph(x**2).result.line is None


def test_a_function_of_the_users_own() -> None:
    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            (x,) = ctx.saved_tensors
            return 3 * x**2 * g

    x = torch.tensor(2.0, requires_grad=True)
    g = graph(Cube.apply(x))
    assert g.result.operation == "CubeBackward"
    assert g.vertex(1).gradient.item() == 12.0
    assert g.result.saved[0].bytes == 4


def test_a_tensor_without_history_is_one_vertex() -> None:
    constant = graph(torch.ones(2))
    assert str(constant) == "n1: constant (2,) float32 = [1, 1]"
    assert "nothing was recorded" in constant.gradient_note
    leaf = graph(torch.ones(2, requires_grad=True))
    assert str(leaf) == "n1: leaf (2,) float32 = [1, 1], gradient [1, 1]"
    assert leaf.dot().count("label=") == 1
    assert leaf.svg().count("<rect") == 2  # the background and the box


@pytest.mark.parametrize("wrong", [1.0, None, [1], "x"])
def test_only_tensors_have_graphs(wrong: Any) -> None:
    with pytest.raises(TypeError, match="a graph is drawn of a tensor"):
        graph(wrong)


@pytest.mark.parametrize("wrong", [3, [1, 2], "ab"])
def test_names_of_a_wrong_kind(wrong: Any) -> None:
    with pytest.raises(TypeError, match="names are given as"):
        graph(torch.ones(1), names=wrong)


def test_names_from_locals_pairs_and_modules() -> None:
    layer = torch.nn.Linear(2, 1)
    x = torch.ones(1, 2)
    out = layer(x)
    for names in (layer, layer.named_parameters(), dict(layer.named_parameters())):
        assert graph(out, names=names).find("bias").shape == (1,)
    assert graph(out, names=locals()).find("x").kind == "constant"
    with pytest.raises(KeyError, match="no vertex is named 'nothing'; there are 'bias', 'weight'"):
        graph(out, names=layer).find("nothing")


# -- DOT --------------------------------------------------------------------------------------------------


def test_odd_names_are_escaped_in_dot_and_unnamed_tensors_show_their_shape() -> None:
    x = torch.ones(3, 2)
    w = torch.ones(2, 1, requires_grad=True)
    text = graph((x @ w).sum(), names={ODD: w}).dot()
    # The quote and the backslash are escaped; a line break is written as \n, its backslash escaped too.
    assert r'label="layer.0.\"odd\"<w>|{a}\\\\n: leaf\n(2, 1) float32' in text
    assert r'label="constant\n(3, 2) float32' in text
    assert len(text.splitlines()) == len([line for line in text.splitlines() if line.strip()])


def unquoted(text: str) -> str:
    """DOT without its strings; by the language, one ends at a quote that has no backslash before it."""
    return re.sub(r'"(?:[^"\\]|\\.)*"', "S", text, flags=re.DOTALL)


@given(st.text())
def test_dot_and_svg_are_well_formed_whatever_a_name_holds(name: str) -> None:
    w = torch.ones(2, requires_grad=True)
    g = graph(w * 2, names={name: w})
    rest = unquoted(g.dot())
    assert re.fullmatch(r"[\w\s={}\[\],;>-]*", rest), rest
    assert rest.count("[label=S") == 2
    ElementTree.fromstring(g.svg())
    assert len(g.text().splitlines()) == 2


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz's program dot is not installed")
@given(st.text())
def test_graphviz_accepts_whatever_a_name_holds(name: str) -> None:
    w = torch.ones(2, requires_grad=True)
    text = graph(w * 2, names={name: w}).dot()
    done = subprocess.run(["dot", "-Tsvg"], input=text.encode(), capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_ids_are_unique_and_stay_after_garbage_collection() -> None:
    def drawing() -> str:
        w = torch.ones(2, requires_grad=True)
        # temporaries die as the loop goes on, and their id() is used again
        parts = [(w * torch.ones(2)).sum() for _ in range(50)]
        gc.collect()
        return graph(torch.stack(parts).sum()).dot()

    first, second = drawing(), drawing()
    assert first == second
    ids = re.findall(r"^  (\w+) \[label=", first, re.MULTILINE)
    # w, 50 times (ones, mul, sum), stack, sum
    assert len(ids) == len(set(ids)) == 1 + 150 + 2


def test_a_new_process_draws_the_same_text() -> None:
    program = (
        "import rushlight as torch\n"
        "from rushlight.show import graph\n"
        "m = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1))\n"
        "torch.manual_seed(1)\n"
        "[torch.nn.init.normal_(p) for p in m.parameters()]\n"
        "g = graph(m(torch.ones(4, 2)).sum(), names=m)\n"
        "print(g.dot(), g.text(), g.svg(), g.html())"
    )
    runs = [
        subprocess.run([sys.executable, "-X", "utf8", "-c", program], capture_output=True, check=True).stdout
        for _ in range(2)
    ]
    assert runs[0] == runs[1]
    assert runs[0].count(b"AddmmBackward0") > 4


# -- size -------------------------------------------------------------------------------------------------


def test_a_long_chain_is_drawn_without_recursion() -> None:
    y = chain(6000)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(200)
    try:
        g = graph(y)
        text, dot = g.text(None), g.dot()
    finally:
        sys.setrecursionlimit(limit)
    assert len(text.splitlines()) == 6001
    assert dot.count(" -> ") == 6000


def test_a_cut_drawing_says_so() -> None:
    g = graph(chain(400))
    text = g.text()
    notice = "cut: drawn are the 200 of 401 nodes that are nearest to the result"
    assert text.splitlines()[-1] == notice
    assert "201 more not drawn" in text
    assert "cut: drawn are the 300 of 401 nodes" in g.svg()
    assert "cut: drawn are the 9 of 401 nodes" in g.dot(most=9)
    assert "cut" not in g.dot()
    assert g.cut(401) is g
    with pytest.raises(ValueError, match="at least one"):
        g.cut(0)


def block(modules: int) -> tuple[Any, Graph]:
    inner = [torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Tanh()) for _ in range(modules)]
    model = torch.nn.Sequential(*inner)
    with record(model, lines=False) as seen:
        y = model(torch.ones(1, 2)).sum()
    return model, graph(y, modules=seen)


def test_modules_collapse() -> None:
    _, g = block(3)
    assert [v.scope for v in g.vertices if v.operation == "TanhBackward0"] == [
        "Sequential/0/1", "Sequential/1/1", "Sequential/2/1",
    ]  # fmt: skip
    assert g.find("0.0.weight").scope == "Sequential/0/0"
    two = g.collapse(2)
    # per inner module linear, tanh, weight and bias; the first one also holds the constant it is given
    assert [(v.id, v.name, v.holds) for v in two.vertices if v.kind == "module"] == [
        ("m5", "Sequential/0", 5), ("m9", "Sequential/1", 4), ("m13", "Sequential/2", 4),
    ]  # fmt: skip
    assert [(e.source, e.target) for e in two.edges] == [(5, 9), (9, 13), (13, 14)]
    assert two.vertex(13).value.tolist() == g.vertex(13).value.tolist()
    assert two.notice == "collapsed: 14 nodes are drawn as 4, each module's call as one"
    one = g.collapse(1)
    assert [v.title for v in one.vertices] == ["Sequential: module", "SumBackward0"]
    assert "of 13 nodes" in one.text()
    assert g.fit(6).notice == two.notice
    assert g.saved_bytes == one.saved_bytes


def test_modules_called_twice_are_two_calls() -> None:
    layer = torch.nn.Linear(1, 1)
    with record(layer, lines=False) as seen:
        y = layer(layer(torch.ones(1, 1)))
    g = graph(y, modules=seen)
    assert [v.scope for v in g.vertices if v.kind == "operation"] == ["Linear", "Linear#2"]
    assert {v.scope for v in g.vertices if v.kind == "leaf"} == {""}  # used by both


def test_a_module_called_between_others_calls_collapses_without_a_cycle() -> None:
    """The list of layers isn't a call: work between its layers must not fall into a vertex with both."""

    class Net(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = torch.nn.ModuleList([torch.nn.Linear(1, 1), torch.nn.Linear(1, 1)])

        def forward(self, x: Any) -> Any:
            return self.layers[1](self.layers[0](x).exp())

    net = Net()
    with record(net, lines=False) as seen:
        y = net(net(torch.ones(1, 1)))
    g = graph(y, modules=seen)
    assert [v.scope for v in g.vertices if v.kind == "operation"] == [
        "Net/layers.0", "Net", "Net/layers.1", "Net#2/layers.0", "Net#2", "Net#2/layers.1",
    ]  # fmt: skip
    for depth in (1, 2):
        small = g.collapse(depth)
        assert all(e.source < e.target for e in small.edges)
        assert small.svg().startswith("<svg")


def test_outputs_of_modules_have_their_values() -> None:
    """Nobody else keeps the value of x + 1: a sum needs no more than its shape."""

    class Next(torch.nn.Module):
        def forward(self, x: Any) -> Any:
            return x + 1

    x = torch.ones(2, requires_grad=True)
    layer = Next()
    with record(layer, lines=False) as seen:
        y = layer(x).sum()
    assert graph(y).vertex(2).value is None
    assert graph(y, modules=seen).vertex(2).value.tolist() == [2.0, 2.0]


def test_recording_ends_with_its_block() -> None:
    layer = torch.nn.Linear(1, 1)
    with pytest.raises(RuntimeError), record(layer):
        layer(torch.ones(1, 3))
    assert not torch.is_anomaly_enabled()
    with record(layer) as seen:
        pass
    layer(torch.ones(1, 1))
    assert seen.spans == []


# -- files ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("suffix", "start"),
    [
        (".txt", "n3 z: Add"),
        (".dot", "digraph"),
        (".gv", "digraph"),
        (".svg", "<svg"),
        (".html", "<!doctype"),
    ],
)
def test_drawings_are_written_without_any_program(
    suffix: str, start: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    file = tmp_path / f"graph{suffix}"
    shared()[2].save(file)
    assert file.read_text(encoding="utf-8").startswith(start)
    assert [p.name for p in tmp_path.iterdir()] == [file.name]


@pytest.mark.parametrize("suffix", [".png", ".pdf"])
def test_without_graphviz_its_pictures_are_refused_before_anything_is_written(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RuntimeError, match=r"Graphviz's program dot, which draws P.., is missing.*DOT text is there"):
        shared()[2].save(tmp_path / f"graph{suffix}")
    assert list(tmp_path.iterdir()) == []


def test_a_program_that_fails_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "dot").write_text("#!/bin/sh\necho no fonts >&2\nexit 3\n", encoding="utf-8")
    (programs / "dot").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    with pytest.raises(RuntimeError, match="no fonts"):
        shared()[2].save(tmp_path / "graph.png")
    assert [p.name for p in tmp_path.iterdir()] == ["bin"]


def test_other_files_are_refused_by_their_suffix(tmp_path: Path) -> None:
    for name in ("graph.jpeg", "graph"):
        with pytest.raises(ValueError, match=r"a graph is drawn as \.txt, \.dot"):
            shared()[2].save(tmp_path / name)
    with pytest.raises(OSError):
        shared()[2].save(tmp_path / "missing" / "graph.txt")
    assert list(tmp_path.iterdir()) == []


# -- the page, as text ------------------------------------------------------------------------------------


def page_data(page: str) -> Any:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found
    return json.loads(found[1])


def test_the_page_holds_everything_and_may_fetch_nothing() -> None:
    page = shared()[2].html("a < b & c")
    assert "<title>a &lt; b &amp; c</title>" in page
    assert "default-src 'none'" in page
    assert "Permission is hereby granted" in page  # the licence of the layout library
    for sign in ("http:", "https:", "src=", "@import", "fetch("):
        assert sign not in page.replace("http://www.w3.org/2000/svg", ""), sign


def test_the_page_tells_how_contributions_add_up() -> None:
    data = page_data(shared()[2].html())
    told = {(e["source"], e["target"], e["input"]): (e["contribution"], e["sum"]) for e in data["edges"]}
    # back from z: 1 to the product, 1 to a; then 2 and 2 from the product's two uses of a
    assert told == {
        (2, 3, "x"): ("1", "1"),
        (1, 3, "y"): ("1", "1"),
        (1, 2, "x"): ("2", "3"),
        (1, 2, "y"): ("2", "5"),
    }
    product = data["vertices"][1]
    assert (product["formula"], product["value"], product["gradient"]) == ("x · y", "4", "1")
    rules = [(e["rule"], e["local"]) for e in data["edges"] if e["target"] == 2]
    assert rules == [("y", "2"), ("x", "2")]


@given(st.text())
def test_no_name_breaks_out_of_the_page(name: str) -> None:
    w = torch.ones(2, requires_grad=True)
    page = graph(w * 2, names={name + "</script><script>": w}).html(name)
    assert page.count("<script") == page.count("</script>") == 3
    assert page_data(page)["vertices"][0]["title"].endswith("</script><script>: leaf")


def test_a_large_graph_makes_a_page_of_moderate_size_that_says_it_is_cut() -> None:
    page = graph(chain(10_000)).html()
    assert len(page.encode()) < 600_000
    assert "cut: drawn are the 600 of 10,001 nodes that are nearest to the result" in page
    _, g = block(400)
    page = g.html()
    assert len(page.encode()) < 600_000
    assert "collapsed: 1,602 nodes are drawn as 401" in page
