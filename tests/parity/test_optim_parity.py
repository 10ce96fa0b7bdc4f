"""Optimizers and schedules against torch itself: parameters, states and groups after many steps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import rushlight  # noqa: E402
from tests.optim_cases import OPTIMIZERS, name_of, optimize, schedule, schedules  # noqa: E402

pytestmark = pytest.mark.parity
torch.optim.SGD([torch.ones(1)]).step()  # imports what changes the warning filters
TOLERANCE = {"float32": 2e-5, "float64": 1e-11, "complex64": 2e-5, "complex128": 1e-11}


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("case", OPTIMIZERS, ids=name_of)
def test_parameters_and_states(case: tuple[str, dict[str, Any]], dtype: str) -> None:
    if case[0] == "Adafactor" and dtype.startswith("complex"):
        with pytest.raises(RuntimeError, match="complex"):
            optimize(rushlight, case, dtype, 1)
        return
    theirs, their_optimizer = optimize(torch, case, dtype)
    ours, our_optimizer = optimize(rushlight, case, dtype)
    rtol = TOLERANCE[dtype]
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=rtol, atol=rtol)
    assert repr(our_optimizer) == repr(their_optimizer)
    a, b = our_optimizer.state_dict(), their_optimizer.state_dict()
    assert a["param_groups"] == b["param_groups"]
    assert [list(group) for group in a["param_groups"]] == [list(group) for group in b["param_groups"]]
    assert list(a["state"]) == list(b["state"])
    for key, expected in b["state"].items():
        got = a["state"][key]
        assert list(got) == list(expected)
        for name, value in expected.items():
            assert (str(got[name].dtype), tuple(got[name].shape)) == (str(value.dtype), tuple(value.shape))
            np.testing.assert_allclose(got[name].numpy(), value.numpy(), rtol=1e-3, atol=1e-4, err_msg=name)


@pytest.mark.parametrize("name", schedules(rushlight))
def test_schedules(name: str) -> None:
    ours, our_schedule = schedule(rushlight, name)
    theirs, their_schedule = schedule(torch, name)
    np.testing.assert_array_equal(ours, theirs)
    a, b = our_schedule.state_dict(), their_schedule.state_dict()
    assert list(a) == list(b)
    plain = [key for key in a if key != "_schedulers"]
    assert [a[key] for key in plain] == [b[key] for key in plain]


@pytest.mark.filterwarnings("ignore:Converting a tensor")
@pytest.mark.parametrize(
    "options",
    [
        {"line_search_fn": "strong_wolfe"},
        {"lr": 0.02},
        {"line_search_fn": "strong_wolfe", "lr": 0.5, "history_size": 4},
    ],
)
def test_lbfgs_takes_the_same_path(options: dict[str, Any]) -> None:
    def run(library: Any) -> Any:
        x = library.tensor([[-1.2, 1.0], [0.5, -0.3]], dtype=library.float64, requires_grad=True)
        y = library.tensor([2.0], dtype=library.float64, requires_grad=True)
        optimizer = library.optim.LBFGS([x, y], **options)

        def closure() -> Any:
            optimizer.zero_grad()
            a, b = x[:, 0], x[:, 1]
            loss = ((b - a * a) * (b - a * a) * 10 + (1 - a) * (1 - a)).sum()
            loss = loss + ((y - x[0, 0]) * (y - x[0, 0])).sum()
            loss.backward()
            return loss

        losses = [float(optimizer.step(closure)) for _ in range(2)]  # later, rounding has grown large
        return losses, optimizer.state_dict()

    (ours, our_state), (theirs, their_state) = run(rushlight), run(torch)
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-12)
    a, b = our_state["state"][0], their_state["state"][0]
    assert list(a) == list(b)
    assert (a["n_iter"], a["func_evals"], len(a["ro"])) == (b["n_iter"], b["func_evals"], len(b["ro"]))


@pytest.mark.parametrize("average", ["mean", "exponential", "exponential of lists", "with buffers"])
def test_averaged_models(average: str) -> None:
    def run(library: Any) -> tuple[Any, ...]:
        swa = library.optim.swa_utils
        library.manual_seed(0)
        model = library.nn.Sequential(library.nn.Linear(3, 4), library.nn.BatchNorm1d(4), library.nn.Linear(4, 1))
        options = {
            "mean": {},
            "exponential": {"avg_fn": swa.get_ema_avg_fn(0.9)},
            "exponential of lists": {"multi_avg_fn": swa.get_ema_multi_avg_fn(0.9)},
            "with buffers": {"use_buffers": True},
        }[average]
        averaged = swa.AveragedModel(model, **options)
        optimizer = library.optim.SGD(model.parameters(), lr=0.3)
        scheduler = swa.SWALR(optimizer, 0.05, 7)
        x = library.randn(8, 3)
        for _ in range(12):
            optimizer.zero_grad()
            model(x).pow(2).mean().backward()
            optimizer.step()
            scheduler.step()
            averaged.update_parameters(model)
        swa.update_bn([x, x * 2], averaged)
        averaged.eval()
        return averaged(x).detach().numpy(), list(averaged.state_dict()), scheduler.state_dict()

    ours, theirs = run(rushlight), run(torch)
    np.testing.assert_allclose(ours[0], theirs[0], rtol=1e-5, atol=1e-6)
    assert ours[1:] == theirs[1:]
