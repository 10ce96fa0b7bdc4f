"""What every test shares: fixed seeds, a watch over global state, and the rule that parity tests don't skip.

Set ``REQUIRE_TORCH=1`` where PyTorch must be there (continuous integration does): then a missing torch stops
the run and a parity test that skips counts as failed, so comparisons with PyTorch can't fade away unnoticed.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import settings

import rushlight
from rushlight._grad_mode import STATE
from rushlight._printing import get_printoptions

# Nothing is asserted about time, a single example's included.
# In CI the same examples every time: a change must not fail there for a case that it has nothing to do with.
settings.register_profile("rushlight", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("rushlight")

with contextlib.suppress(ImportError):
    import scipy.special  # noqa: F401  its first import adds a warning filter, for which no test is to blame

REQUIRE_TORCH = os.environ.get("REQUIRE_TORCH", "") not in ("", "0")


def pytest_configure(config: pytest.Config) -> None:
    if REQUIRE_TORCH:
        try:
            importlib.import_module("torch")
        except ImportError as error:
            raise pytest.UsageError(f"REQUIRE_TORCH is set, but torch can't be imported: {error}") from error


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as parity what holds PyTorch under the name ``torch``, should its file have forgotten to."""
    for item in items:
        module = getattr(item, "module", None)
        if getattr(getattr(module, "torch", None), "__name__", None) == "torch":
            item.add_marker("parity")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    must_run = REQUIRE_TORCH and item.get_closest_marker("parity") is not None
    if must_run and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"a parity test must not skip under REQUIRE_TORCH: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Iterator[None]:
    """The same for a whole file of them, which skips when it is imported."""
    report = yield
    if REQUIRE_TORCH and report.skipped and collector.path.parent.name == "parity":
        report.outcome = "failed"
        report.longrepr = f"a parity test must not skip under REQUIRE_TORCH: {report.longrepr}"
    return report


# One entry for each piece of global state that a test could leave changed.
GLOBAL_STATE: dict[str, Callable[[], Any]] = {
    "grad mode": rushlight.is_grad_enabled,
    "inference mode": rushlight.is_inference_mode_enabled,
    "anomaly mode": rushlight.is_anomaly_enabled,
    "forward mode": lambda: STATE.dual,
    "default dtype": rushlight.get_default_dtype,
    "print options": get_printoptions,
    "numpy error state": np.geterr,
    "numpy print options": np.get_printoptions,
    "numpy global random state": lambda: repr(np.random.get_state()[1:]),  # noqa: NPY002
}


def changed(before: dict[str, Any]) -> list[str]:
    return [name for name, read in GLOBAL_STATE.items() if read() != before[name]]


@pytest.fixture(autouse=True)
def clean_global_state() -> Iterator[None]:
    """Fix the seed, and fail the test that leaves a global setting changed (naming the setting)."""
    rushlight.manual_seed(0)
    before = {name: read() for name, read in GLOBAL_STATE.items()}
    yield
    leaked = changed(before)
    assert not leaked, f"the test left global state changed: {', '.join(leaked)}"


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Iterator[None]:
    """The warning filters, watched here because pytest restores them right after the test function."""
    before = list(warnings.filters)
    result = yield
    assert list(warnings.filters) == before, "the test left global state changed: warning filters"
    return result
