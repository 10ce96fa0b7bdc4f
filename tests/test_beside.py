"""What programs use beside: versions, devices that aren't there, settings, amp, jit, testing, checkpoints, timers."""

from __future__ import annotations

import gzip
import importlib
import json
import math
import re
import subprocess
import sys
import warnings
import weakref
from collections import OrderedDict, defaultdict, namedtuple
from pathlib import Path
from typing import Any, Optional

import numpy as np
import pytest

import rushlight as torch
from rushlight.testing import assert_close, make_tensor
from rushlight.utils._pytree import tree_flatten, tree_leaves, tree_map, tree_map_only, tree_unflatten
from rushlight.utils.checkpoint import CheckpointError, checkpoint, checkpoint_sequential


def test_only_what_is_used_is_loaded() -> None:
    program = (
        "import sys, rushlight\n"
        "names = 'optim utils distributions serialization _saving safetensors cuda backends amp jit func testing "
        "profiler quasirandom hub __config__ _utils'\n"
        "print([n for n in names.split() if 'rushlight.' + n in sys.modules])\n"
        "rushlight.optim.SGD, rushlight.utils.data.DataLoader, rushlight.save\n"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


# -- versions ----------------------------------------


def test_version_checks_of_programs() -> None:
    version = torch.__version__
    assert tuple(int(part) for part in version.split(".")[:2]) >= (2, 0)
    assert int(version.split("+")[0].split(".")[0]) == 2
    assert version >= "1.13.1"
    assert version > "2.9"
    assert version >= (2, 0)
    assert not version < "2.0"
    assert version < "10.0"
    assert version <= (99,)
    assert version != "1.0"
    assert version == version.split("+")[0]
    assert torch.version.cuda is None
    assert "rushlight" in version
    with pytest.raises(ValueError, match="no version"):
        assert version < "new"


# -- devices that aren't there ----------------------------------------


def test_the_usual_lines_run() -> None:
    device = torch.device(
        "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    )
    assert device.type == "cpu"
    torch.cuda.manual_seed(0)
    torch.cuda.manual_seed_all(0)
    torch.cuda.empty_cache()
    torch.mps.manual_seed(0)
    torch.xpu.manual_seed_all(0)
    assert torch.cuda.device_count() == torch.accelerator.device_count() == torch.mps.device_count() == 0
    assert torch.cuda.memory_allocated() == torch.cuda.max_memory_allocated() == 0
    assert torch.cuda.get_rng_state_all() == []
    torch.cuda.set_rng_state_all([])
    torch.cpu.synchronize()
    with torch.cuda.device(-1), torch.cuda.stream(None):
        pass
    assert not (torch.distributed.is_available() and torch.distributed.is_initialized())
    assert torch.accelerator.current_accelerator() is None


@pytest.mark.parametrize(
    "name", ["synchronize", "current_device", "get_device_name", "get_device_properties", "mem_get_info", "init"]
)
def test_what_needs_a_gpu_says_so(name: str) -> None:
    with pytest.raises(AssertionError, match=rf"(?s)not compiled with CUDA enabled.*torch\.cuda\.{name}"):
        getattr(torch.cuda, name)()


def test_tensorboard_names_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tensorboard", None)  # as if it weren't installed
    for name in [name for name in sys.modules if name.startswith("rushlight.utils.tensorboard")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(ImportError, match=r'pip install "rushlight\[tensorboard\]"'):
        importlib.import_module("rushlight.utils.tensorboard")


def test_more_that_needs_a_gpu() -> None:
    with pytest.raises(RuntimeError, match="CUDA"):
        torch.cuda.Event()
    with pytest.raises(RuntimeError, match="MPS"):
        torch.mps.synchronize()
    with pytest.raises(RuntimeError, match="accelerator"):
        torch.accelerator.synchronize()
    with pytest.raises(AssertionError, match="set_device"):
        torch.cuda.set_device(0)
    with pytest.raises(AttributeError, match="exists in PyTorch, but rushlight does not support it"):
        torch.hub.load("a", "b")


def test_no_tensor_is_of_a_type_of_the_gpu() -> None:
    assert not isinstance(torch.zeros(1), torch.cuda.FloatTensor)
    assert not isinstance(torch.zeros(1, dtype=torch.int64), (torch.cuda.LongTensor, torch.cuda.ByteTensor))
    with pytest.raises(TypeError, match="type torch.cuda.FloatTensor not available"):
        torch.cuda.FloatTensor(2)


def test_switches_of_backends() -> None:
    cudnn = torch.backends.cudnn
    before = cudnn.benchmark, cudnn.deterministic
    with cudnn.flags(enabled=False, benchmark=True, deterministic=True):
        assert (cudnn.benchmark, cudnn.deterministic) == (True, True)
    assert (cudnn.benchmark, cudnn.deterministic) == before
    torch.backends.cuda.matmul.allow_tf32 = False
    with torch.backends.cuda.sdp_kernel(enable_flash=False):
        assert not torch.backends.cuda.flash_sdp_enabled()
    assert torch.backends.cuda.flash_sdp_enabled()
    assert not torch.backends.mkldnn.is_available()


# -- settings ----------------------------------------


def test_settings_are_remembered() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    assert torch.get_num_threads() == 1
    torch.set_num_threads(before)
    torch.use_deterministic_algorithms(True)
    assert torch.are_deterministic_algorithms_enabled()
    assert torch.get_deterministic_debug_mode() == 2
    torch.set_deterministic_debug_mode("default")
    assert not torch.are_deterministic_algorithms_enabled()
    torch.set_float32_matmul_precision("high")
    assert torch.get_float32_matmul_precision() == "high"
    torch.set_float32_matmul_precision("highest")
    torch.set_default_device("cpu")
    assert torch.get_default_device() == torch.device("cpu")
    torch.set_default_tensor_type("torch.DoubleTensor")
    assert torch.get_default_dtype() is torch.float64
    torch.set_default_tensor_type(torch.FloatTensor)
    assert torch.get_default_dtype() is torch.float32


@pytest.mark.parametrize(
    ("act", "error", "words"),
    [
        (lambda: torch.set_num_threads(0), RuntimeError, "positive"),
        (lambda: torch.set_num_threads(1.5), RuntimeError, "float"),
        (lambda: torch.set_float32_matmul_precision("low"), RuntimeError, "'low'"),
        (lambda: torch.set_default_device("cuda"), AssertionError, "CPU only"),
        (lambda: torch.set_default_tensor_type("torch.cuda.FloatTensor"), TypeError, "cuda"),
        (lambda: torch.compile(3), RuntimeError, "int"),
        (lambda: torch.jit.load("x"), NotImplementedError, "state dict"),
        (lambda: torch.amp.autocast("gpu"), RuntimeError, "'gpu'"),
        (lambda: torch.multiprocessing.set_sharing_strategy("none"), AssertionError, "none"),
    ],
)
def test_mistakes_are_explained(act: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        act()


def test_questions_about_objects() -> None:
    assert torch.is_tensor(torch.ones(1))
    assert not torch.is_tensor(np.ones(1))
    assert torch.typename(torch.ones(1, dtype=torch.int64)) == "torch.LongTensor"
    assert torch.typename(3) == "int"
    assert torch.typename(torch.nn.Linear) == "torch.nn.modules.linear.Linear"
    assert torch.overrides.is_tensor_like(torch.ones(1))
    assert not torch.overrides.has_torch_function((torch.ones(1),))


def test_compilers_leave_programs_as_they_are() -> None:
    @torch.jit.script
    def double(x: Any) -> Any:
        return x * 2

    @torch.compile(mode="max-autotune")
    def triple(x: Any) -> Any:
        return x * 3

    model = torch.nn.Linear(1, 1)
    assert torch.compile(model) is model
    assert torch.jit.trace(model, torch.ones(1)) is model
    assert (double(2), triple(2)) == (4, 6)
    assert not torch.jit.is_scripting()
    assert not torch.compiler.is_compiling()
    assert torch.compiler.disable(double) is double
    assert torch.jit.isinstance([1], list[int]) and not torch.jit.isinstance([1], (int, dict[str, int]))
    for optional in (int | None, Optional[int]):  # noqa: UP045 (another object than the first)
        assert torch.jit.isinstance(1, optional) and torch.jit.isinstance(None, optional)
        assert not torch.jit.isinstance("a", optional)
    assert torch.jit.annotate(int, 3) == 3


# -- mixed precision ----------------------------------------


def test_mixed_precision_changes_nothing() -> None:
    with torch.amp.autocast("cpu", dtype=torch.bfloat16):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype is torch.float32
    with pytest.warns(UserWarning, match="not available"), pytest.warns(FutureWarning, match="deprecated"):
        assert torch.cuda.amp.autocast().device == "cuda"
    with pytest.warns(UserWarning, match="Disabling"), pytest.warns(FutureWarning, match="deprecated"):
        scaler = torch.cuda.amp.GradScaler()
    assert not scaler.is_enabled()
    assert scaler.scale(3) == 3
    with pytest.warns(UserWarning, match="not available"), torch.autocast("cuda", dtype=torch.float16):
        pass


def test_scaler_skips_steps_with_infinite_gradients() -> None:
    x = torch.ones(1, requires_grad=True)
    optimizer = torch.optim.SGD([x], lr=0.5)
    scaler = torch.amp.GradScaler("cpu", init_scale=4.0, growth_interval=1)
    scaler.scale(x.sum() * math.inf).backward()
    scaler.step(optimizer)
    scaler.update()
    assert (x.item(), scaler.get_scale()) == (1.0, 2.0)
    optimizer.zero_grad()
    scaler.scale(x.sum()).backward()
    assert x.grad.item() == 2
    scaler.unscale_(optimizer)
    assert x.grad.item() == 1
    scaler.step(optimizer)
    scaler.update()
    assert (x.item(), scaler.get_scale()) == (0.5, 4.0)
    other = torch.amp.GradScaler("cpu")
    other.load_state_dict(scaler.state_dict())
    assert other.get_scale() == 4.0
    with pytest.raises(RuntimeError, match="No inf checks"):
        other.update()


# -- testing ----------------------------------------


def test_assert_close_accepts() -> None:
    assert_close(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 2.000001]))
    assert_close([1, {"a": torch.ones(2)}], [1, {"a": torch.ones(2)}])
    assert_close(math.nan, math.nan, equal_nan=True)
    assert_close(torch.tensor([math.nan]), torch.tensor([math.nan]), equal_nan=True)
    assert_close(torch.tensor([math.inf]), torch.tensor([math.inf]))
    assert_close(np.ones(2), np.ones(2))
    assert_close(1.0, 1.05, rtol=0.1, atol=0)
    assert_close(torch.ones(2), torch.ones(2).double(), check_dtype=False)


@pytest.mark.parametrize(
    ("a", "b", "words"),
    [
        (torch.ones(2), torch.ones(2).double(), "attribute 'dtype' do not match: torch.float32 != torch.float64"),
        (torch.ones(2), torch.ones(3), r"attribute 'shape'"),
        (torch.tensor([1, 2]), torch.tensor([1, 3]), r"(?s)not equal!.*1 / 2 \(50.0%\).*: 1 at index \(1,\)"),
        (torch.ones(2, 2), torch.eye(2), r"(?s)50.0%.*: 1.0 at index \(0, 1\) \(up to 1e-05.*: inf at index \(0, 1\)"),
        (torch.tensor(1.0), torch.tensor(math.nan), "not close"),
        (torch.tensor([math.inf]), torch.tensor([1.0]), "not close"),
        (1.0, 1.1, r"(?s)Expected 1.1 but got 1.0.*0.10000000000000009 \(up to 1e-07"),
        ({"a": [1, 2]}, {"a": [1, 3]}, r"item \['a'\]\[1\]"),
        ({"a": 1}, {"b": 1}, "keys of the mappings"),
        ([1, 2], [1], "2 != 1"),
        (True, False, "Booleans"),
        (None, 1, "None"),
    ],
)
def test_assert_close_refuses(a: Any, b: Any, words: str) -> None:
    with pytest.raises(AssertionError, match=words):
        assert_close(a, b)


def test_assert_close_messages_and_mistakes() -> None:
    with pytest.raises(AssertionError, match="^mine$"):
        assert_close(1, 2, msg="mine")
    with pytest.raises(AssertionError, match="^mine: Scalars"):
        assert_close(1, 2, msg=lambda text: "mine: " + text)
    with pytest.raises(ValueError, match="both"):
        assert_close(1, 2, rtol=1.0)
    with pytest.raises(TypeError, match="str"):
        assert_close("a", "b")
    torch.testing.assert_allclose(torch.ones(2), [1.0, 1.0])


def test_made_tensors() -> None:
    x = make_tensor(3, 4, dtype=torch.float32, low=1, high=2, requires_grad=True)
    assert x.shape == (3, 4)
    assert 1 <= x.min().item() <= x.max().item() < 2
    assert not make_tensor((3, 4), dtype=torch.int64, noncontiguous=True).is_contiguous()
    assert (make_tensor(50, dtype=torch.int8, low=0, high=3, exclude_zero=True) != 0).all()
    assert make_tensor(2, dtype=torch.complex64).dtype is torch.complex64
    with pytest.raises(ValueError, match="low=2"):
        make_tensor(2, dtype=torch.float32, low=2, high=1)


# -- checkpoints, containers, timers ----------------------------------------


@pytest.mark.parametrize("reentrant", [None, True, False])
def test_checkpoint_gives_the_same_gradients(reentrant: bool | None) -> None:
    torch.manual_seed(1)
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Dropout(0.5), torch.nn.Tanh(), torch.nn.Linear(4, 2))
    x = torch.randn(5, 3)

    def gradients(run: Any) -> Any:
        torch.manual_seed(7)
        model.zero_grad()
        data = x.clone().requires_grad_()
        run(data).pow(2).sum().backward()
        return [data.grad.tolist(), *[p.grad.tolist() for p in model.parameters()]], torch.rand(1).item()

    plain = gradients(model)
    assert gradients(lambda data: checkpoint(model, data, use_reentrant=reentrant)) == plain
    assert gradients(lambda data: checkpoint_sequential(model, 2, data, use_reentrant=reentrant)) == plain


def test_checkpoint_with_more_arguments_and_outputs() -> None:
    x = torch.tensor(3.0, requires_grad=True)
    a, b = checkpoint(lambda x, n, scale=1: (x**n, x * scale), x, 2, scale=5)
    (a + b).backward()
    assert x.grad.item() == 11  # 2 * 3 + 5
    with pytest.raises(NotImplementedError, match="selective"):
        checkpoint(lambda x: x, x, context_fn=lambda: None)


def test_gradients_of_gradients_through_a_checkpoint() -> None:
    """x^3 at 2: 3 x^2 = 12, then 6 x = 12, then 6."""
    x = torch.tensor(2.0, requires_grad=True)
    y, seen = checkpoint(lambda v: v**3, x, use_reentrant=False), []
    for _ in range(3):
        (y,) = torch.autograd.grad(y, x, create_graph=True)
        seen.append(y.item())
    assert seen == [12, 12, 6]


def test_a_checkpoint_runs_again_once_as_far_as_it_must() -> None:
    log: list[str] = []

    def function(v: Any) -> Any:
        log.append("start")
        out = v.exp().sin()
        log.append("end")
        return out

    x = torch.tensor(2.0, requires_grad=True)
    checkpoint(function, x, use_reentrant=False).backward()
    checkpoint(function, x, use_reentrant=False, early_stop=False).backward()
    assert log == ["start", "end", "start", "start", "end", "start", "end"]


def test_a_checkpoint_that_does_something_else_the_second_time() -> None:
    def changing(*steps: Any) -> Any:
        runs = iter(steps)
        return lambda v: next(runs)(v)

    def run(*steps: Any, **options: Any) -> None:
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        checkpoint(changing(*steps), x, use_reentrant=False, **options).sum().backward()

    with pytest.raises(CheckpointError, match=r"tensor 0 was \[2\] of .* at first, and \[4\] of"):
        run(torch.sin, lambda v: torch.cat([v, v]).sin())
    with pytest.raises(CheckpointError, match="1 tensors were saved at first, and 2 when"):
        run(torch.sin, lambda v: v.sin().exp(), early_stop=False)
    with pytest.raises(CheckpointError, match="2 tensors were saved at first, and 1 when"):
        run(lambda v: v.sin().exp(), torch.sin)
    run(lambda v: v.sin(), lambda v: v.double().sin().float(), determinism_check="none")


def test_nested_containers() -> None:
    Point = namedtuple("Point", "x y")
    tree = {"a": [1, (2, None)], "b": Point(3, OrderedDict(c=4)), "d": defaultdict(list, e=5)}
    leaves, spec = tree_flatten(tree)
    assert leaves == [1, 2, None, 3, 4, 5]
    assert tree_unflatten(leaves, spec) == tree
    assert isinstance(tree_unflatten(leaves, spec)["b"], Point)
    assert tree_unflatten(leaves, spec)["d"].default_factory is list
    assert tree_map(lambda a, b: a + b, [1, (2,)], [10, (20,)]) == [11, (22,)]
    assert tree_map_only(int, lambda n: -n, [1, "x"]) == [-1, "x"]
    assert tree_leaves([1, [2]], is_leaf=lambda t: t == [2]) == [1, [2]]
    with pytest.raises(ValueError, match="6 leaves can't be made of 1"):
        tree_unflatten([1], spec)


def test_timers() -> None:
    timer = torch.utils.benchmark.Timer("x + x", globals={"x": 1}, label="sum")
    measured = timer.blocked_autorange(min_run_time=0.001)
    assert measured.median > 0
    assert "sum" in repr(measured)
    assert timer.timeit(5).number_per_run == 5


def test_profilers_count_named_blocks() -> None:
    cycles = []
    plan = torch.profiler.schedule(wait=1, warmup=0, active=1, repeat=2)
    with torch.profiler.profile(
        schedule=plan, on_trace_ready=lambda p: cycles.append(p.key_averages()[0].count)
    ) as prof:
        for _ in range(6):
            with torch.profiler.record_function("step"):
                torch.ones(2).exp()
            prof.step()
    assert cycles == [1, 1]
    with torch.autograd.profiler.profile() as prof:
        for _ in range(3):
            with torch.autograd.profiler.record_function("inner"):
                pass
    assert prof.total_average().count == 3
    assert "inner" in prof.table(sort_by="cpu_time_total")


@pytest.mark.parametrize("gz", [False, True])
def test_traces_of_profiled_blocks(tmp_path: Path, gz: bool) -> None:
    handler = torch.profiler.tensorboard_trace_handler(str(tmp_path / "log"), "worker", use_gzip=gz)
    plan = torch.profiler.schedule(wait=1, warmup=0, active=1, repeat=1)
    with torch.profiler.profile(schedule=plan, on_trace_ready=handler) as prof:
        for _ in range(3):
            with torch.profiler.record_function("outer"), torch.profiler.record_function("inner"):
                pass
            prof.step()
    (file,) = (tmp_path / "log").iterdir()
    assert re.fullmatch(r"worker\.\d+\.pt\.trace\.json" + (r"\.gz" if gz else ""), file.name)
    trace = json.loads(gzip.decompress(file.read_bytes()) if gz else file.read_bytes())
    spans = {e["name"]: (e["ts"], e["ts"] + e["dur"]) for e in trace["traceEvents"] if e["ph"] == "X"}
    assert list(spans) == ["inner", "outer", "ProfilerStep#1"]  # the step that the plan records, and nothing else
    begins, ends = zip(*spans.values(), strict=True)
    assert list(begins) == sorted(begins, reverse=True) and list(ends) == sorted(ends)  # each inside the next
    with torch.profiler.profile() as prof:
        pass
    prof.export_chrome_trace(str(tmp_path / "empty.json"))
    assert json.loads((tmp_path / "empty.json").read_text())["traceEvents"][0]["ph"] == "M"


def test_swapping_tensors() -> None:
    layer, new = torch.nn.Linear(2, 1), torch.nn.Parameter(torch.tensor([[1.0, 2.0]], dtype=torch.float64))
    weight = layer.weight
    new.grad = torch.ones(1, 2, dtype=torch.float64)
    new.note = "kept"
    torch.utils.swap_tensors(weight, new)
    assert weight is layer.weight and weight.tolist() == [[1.0, 2.0]] and weight.dtype == torch.float64
    assert weight.grad.tolist() == [[1.0, 1.0]] and weight.note == "kept" and new.grad is None
    plain = torch.zeros(3)
    torch.utils.swap_tensors(plain, new)
    assert type(plain) is torch.nn.Parameter and plain.is_leaf and type(new) is torch.Tensor
    torch.utils.swap_tensors(plain, plain)
    with pytest.raises(TypeError, match="t2 must be a Tensor"):
        torch.utils.swap_tensors(plain, 1)


def test_swapping_refuses_what_others_hold() -> None:
    x = torch.ones(2, requires_grad=True)
    reference = weakref.ref(x)
    with pytest.raises(RuntimeError, match="Cannot swap t1 because it has weakref"):
        torch.utils.swap_tensors(x, torch.zeros(2))
    del reference
    for hold in (lambda: x * 2, lambda: torch.cat([x, x]), lambda: x[:1], lambda: torch.ones(2).requires_grad_() * x):
        result = hold()
        with pytest.raises(RuntimeError, match="Cannot swap t2 because a recorded operation or a view holds it"):
            torch.utils.swap_tensors(torch.zeros(2), x)
        del result
    torch.utils.swap_tensors(torch.zeros(2), x)
    assert x.tolist() == [0.0, 0.0]


def test_memory_shared_with_other_libraries() -> None:
    a = np.zeros(3)
    x = torch.from_dlpack(a)
    x[0] = 5
    assert a[0] == 5
    assert np.from_dlpack(x)[0] == 5
    y = torch.from_dlpack(x)
    y[1] = 6
    assert a[1] == 6
    assert torch.from_dlpack(torch.utils.dlpack.to_dlpack(x)).tolist() == [5, 6, 0]
    with pytest.raises(BufferError, match="detach"):
        np.from_dlpack(torch.ones(1, requires_grad=True))
    with pytest.raises(TypeError, match="list"):
        torch.from_dlpack([1])


def leave_a_mark(number: int, folder: Path) -> None:
    (folder / str(number)).touch()


def test_multiprocessing_is_pythons(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert torch.multiprocessing.cpu_count() >= 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        spawned = torch.multiprocessing.spawn(leave_a_mark, (tmp_path,), nprocs=2, start_method="fork")
        assert spawned is None and sorted(file.name for file in tmp_path.iterdir()) == ["0", "1"]
        with pytest.raises(RuntimeError, match="process 0 ended with exit code 1"):
            torch.multiprocessing.spawn(leave_a_mark, (tmp_path / "nowhere",), start_method="fork")
    assert "FileNotFoundError" in capfd.readouterr().err
