"""Check an op sample against PyTorch: structure, dtype, shape, value, writes, gradient, second gradient."""

from __future__ import annotations

import contextlib
import importlib
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
from op_samples import Call, D, Input, Sample, arguments

# By how much a narrower type widens the tolerance.
WIDER = {"float64": 1.0, "complex128": 1.0, "float32": 1e6, "complex64": 1e6, "float16": 3e8}


def check(module: Any, torch: Any, sample: Sample, dtype: str, seed: int = 0) -> None:
    """Fail with the first difference between what `module` and `torch` make of a sample.

    Args:
        module: the package under test.
        torch: PyTorch, or whatever is the reference.
        sample: the call.
        dtype: the type of the arrays that its Maker makes.
        seed: of the vectors that the derivatives are contracted with.
    """
    ours, theirs = Run(module, sample, dtype), Run(torch, sample, dtype)
    if sample.raises is not None:
        for run in (theirs, ours):
            assert type(run.error) is sample.raises, (
                f"{run.module.__name__}: {run.error!r} instead of {sample.raises.__name__}"
            )
        return
    if theirs.error is not None:
        raise AssertionError(f"the reference refuses this sample: {theirs.error!r}") from theirs.error
    if ours.error is not None:
        raise ours.error
    rtol = sample.tolerance
    same("result", ours.result, theirs.result, rtol)
    same("arguments after the call", ours.tensors, theirs.tensors, rtol)
    if np.dtype(dtype).kind not in "fc" or sample.gradient == 0:
        return
    for a, b in zip(ours.outputs, theirs.outputs, strict=True):
        assert a.requires_grad == b.requires_grad, (
            f"the result's requires_grad is {a.requires_grad}, PyTorch's {b.requires_grad}"
        )
        if sample.node and b.grad_fn is not None:
            assert a.grad_fn.name() == b.grad_fn.name(), (
                f"grad_fn is {a.grad_fn.name()}, PyTorch's {b.grad_fn.name()}"
            )
    order = sample.gradient if dtype in ("float64", "complex128") else 1
    first, second = ours.derivatives(order, seed), theirs.derivatives(order, seed)
    for name, a, b in zip(("gradient", "second gradient"), first, second, strict=False):
        same_gradients(name, a, b, rtol * (10 if name == "gradient" else 100))


class Run:
    """A sample carried out by one of the two modules."""

    def __init__(self, module: Any, sample: Sample, dtype: str) -> None:
        self.module = module
        self.tensors: list[Any] = []  # every tensor argument, in order
        self.leaves: list[Any] = []  # those that require gradients
        self.error: Exception | None = None
        self.result: Any = None
        call = arguments(sample, dtype)
        made = Call(self.make(call.args), self.make(call.kwargs))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                self.result = perform(module, sample, made)
            except Exception as error:
                self.error = error

    def make(self, value: Any) -> Any:
        """Arguments as this module's tensors and dtypes."""
        if isinstance(value, Input | np.ndarray):
            array = value.array if isinstance(value, Input) else value
            tensor = self.module.from_numpy(array.copy(order="K"))
            self.tensors.append(tensor)
            if isinstance(value, Input) and value.grad and array.dtype.kind in "fc":
                self.leaves.append(tensor.requires_grad_())
            return tensor
        if isinstance(value, D):
            return getattr(self.module, value.name)
        if isinstance(value, dict):
            return {k: self.make(v) for k, v in value.items()}
        if isinstance(value, tuple | list):
            return type(value)([self.make(v) for v in value])
        return value

    @property
    def outputs(self) -> list[Any]:
        """The tensors in the result."""
        return list(tensors_in(self.result, self.module.Tensor))

    def derivatives(self, order: int, seed: int) -> list[list[Any]]:
        """Gradients of the result contracted with random vectors; and those of these, contracted again.

        An output without a graph, or an input that the result doesn't depend on, counts as a zero: only
        the numbers are compared, and the two modules draw the same vectors whatever they leave out.
        """
        random = np.random.default_rng(seed)
        autograd = importlib.import_module(f"{self.module.__name__}.autograd")
        outputs, wanted, found = self.outputs, list(self.leaves), []
        outputs = [t for t in outputs if array_of(t).dtype.kind in "fc"]
        for step in range(order):
            recorded = [t is not None and t.requires_grad for t in outputs]
            vectors = [
                self.vector(random, array_of(wanted[k] if t is None else t)) for k, t in enumerate(outputs)
            ]
            grads: Any = [None] * len(wanted)
            if wanted and any(recorded):
                pairs = [(t, v) for t, v, r in zip(outputs, vectors, recorded, strict=True) if r]
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    grads = autograd.grad(
                        [t for t, _ in pairs],
                        wanted,
                        [v for _, v in pairs],
                        create_graph=step + 1 < order,
                        allow_unused=True,
                    )
            found.append(
                [
                    np.zeros_like(array_of(w)) if g is None else array_of(g)
                    for g, w in zip(grads, wanted, strict=True)
                ]
            )
            outputs, wanted = list(grads), [*wanted, *vectors]
        return found

    def vector(self, random: np.random.Generator, like: Any) -> Any:
        values = random.standard_normal(like.shape)
        if like.dtype.kind == "c":
            values = values + 1j * random.standard_normal(like.shape)
        return self.module.from_numpy(np.asarray(values).astype(like.dtype)).requires_grad_()


def perform(module: Any, sample: Sample, call: Call) -> Any:
    """Make the call."""
    if sample.function is not None:
        return sample.function(module, *call.args, **call.kwargs)
    path = sample.name.split(".")
    if path[0] == "Tensor":
        first, rest = call.args[0], call.args[1:]
        if path[1].endswith("_") and not path[1].endswith("__"):
            first = first.clone()
        attribute = getattr(first, path[1])
        return attribute(*rest, **call.kwargs) if callable(attribute) else attribute
    function = module
    for part in path:
        function = getattr(function, part)
    return function(*call.args, **call.kwargs)


def tensors_in(value: Any, kind: type) -> Iterator[Any]:
    if isinstance(value, kind):
        yield value
    elif isinstance(value, tuple | list):
        for item in value:
            yield from tensors_in(item, kind)


def array_of(tensor: Any) -> Any:
    """The values of either module's tensor."""
    return tensor.numpy(force=True)


def same(what: str, ours: Any, theirs: Any, rtol: float) -> None:
    """Fail unless two results have the same structure, dtypes, shapes and, nearly, values."""
    if isinstance(theirs, tuple | list):
        assert isinstance(ours, tuple | list), (
            f"{what}: a {type(ours).__name__}, PyTorch gives a {type(theirs).__name__}"
        )
        assert len(ours) == len(theirs), f"{what}: {len(ours)} items, PyTorch gives {len(theirs)}"
        names = getattr(type(theirs), "__match_args__", ()) or [
            n for n in ("values", "indices") if hasattr(theirs, n)
        ]
        for name in names:
            assert hasattr(ours, name), f"{what}: no field {name!r}"
        for k, (a, b) in enumerate(zip(ours, theirs, strict=True)):
            same(f"{what}[{k}]", a, b, rtol)
        return
    if not hasattr(theirs, "detach"):
        assert type(ours).__name__ == type(theirs).__name__, f"{what}: {ours!r}, PyTorch gives {theirs!r}"
        if isinstance(theirs, float | complex):
            np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=rtol, err_msg=what)
        else:
            assert str(ours) == str(theirs), f"{what}: {ours!r}, PyTorch gives {theirs!r}"
        return
    assert hasattr(ours, "detach"), f"{what}: {ours!r}, PyTorch gives a tensor"
    assert str(ours.dtype) == str(theirs.dtype), f"{what}: dtype {ours.dtype}, PyTorch gives {theirs.dtype}"
    assert tuple(ours.shape) == tuple(theirs.shape), (
        f"{what}: shape {tuple(ours.shape)}, PyTorch gives {tuple(theirs.shape)}"
    )
    close(what, array_of(ours), array_of(theirs), rtol)


def close(what: str, ours: Any, theirs: Any, rtol: float) -> None:
    """Fail unless values agree: exactly for integers and bools, else within what fits the type."""
    if theirs.dtype.kind not in "fc":
        np.testing.assert_array_equal(ours, theirs, err_msg=what)
        return
    rtol = rtol * WIDER.get(str(theirs.dtype), 1.0)
    finite = theirs[np.isfinite(theirs)] if theirs.size else theirs
    scale = float(np.abs(finite.astype(np.complex128)).max()) if finite.size else 0.0
    with quiet():
        np.testing.assert_allclose(
            ours, theirs, rtol=rtol, atol=rtol * max(min(scale, 1.0), 1e-3), err_msg=what
        )


def same_gradients(what: str, ours: list[Any], theirs: list[Any], rtol: float) -> None:
    for k, (a, b) in enumerate(zip(ours, theirs, strict=True)):
        assert a.dtype == b.dtype, f"{what} {k}: dtype {a.dtype}, PyTorch gives {b.dtype}"
        assert a.shape == b.shape, f"{what} {k}: shape {a.shape}, PyTorch gives {b.shape}"
        close(f"{what} {k}", a, b, rtol)


def quiet() -> contextlib.AbstractContextManager[Any]:
    return np.errstate(all="ignore")
