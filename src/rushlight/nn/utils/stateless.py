"""Modules as functions of their parameters."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any


def _find(module: Any, path: str) -> tuple[Any, str] | None:
    """(submodule, name) of a parameter or buffer, or None."""
    *steps, name = path.split(".")
    for step in steps:
        module = module._modules.get(step)
        if module is None:
            return None
    return (module, name) if name in module._parameters or name in module._buffers else None


def _tied(module: Any, given: dict[str, Any]) -> dict[str, Any]:
    """What is given for one name of a shared parameter, for its other names too."""
    names: dict[int, list[str]] = {}
    for members in (
        module.named_parameters(remove_duplicate=False),
        module.named_buffers(remove_duplicate=False),
    ):
        for name, member in members:
            names.setdefault(id(member), []).append(name)
    whole = dict(given)
    for tied in names.values():
        found = [name for name in tied if name in given]
        if len({id(given[name]) for name in found}) > 1:
            raise ValueError(
                f"{', '.join(found)} are one tensor in the module, and different values were given for them"
            )
        if found:
            whole.update(dict.fromkeys(tied, given[found[0]]))
    return whole


@contextlib.contextmanager
def _replaced(module: Any, given: dict[str, Any], tie_weights: bool, strict: bool) -> Iterator[None]:
    """Put other tensors in the places of parameters and buffers for a while."""
    if strict:
        own = {
            name
            for name, _ in (
                *module.named_parameters(remove_duplicate=False),
                *module.named_buffers(remove_duplicate=False),
            )
        }
        if own != set(given):
            raise RuntimeError(
                f"with strict=True exactly the module's names must be given; missing: {sorted(own - set(given))}, "
                f"unexpected: {sorted(set(given) - own)}"
            )
    before: list[tuple[Any, str, Any]] = []
    try:
        for path, value in (_tied(module, given) if tie_weights else given).items():
            place = _find(module, path)
            if place is None:
                raise KeyError(f"{type(module).__name__} has no parameter or buffer {path!r}")
            owner, name = place
            registry = owner._parameters if name in owner._parameters else owner._buffers
            before.append((registry, name, registry[name]))
            registry[name] = value
        yield
    finally:
        for registry, name, value in reversed(before):
            registry[name] = value


def functional_call(
    module: Any,
    parameter_and_buffer_dicts: Any,
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """Call a module with other tensors in the places of its parameters and buffers.

    Args:
        module: the module, which is the same afterwards.
        parameter_and_buffer_dicts: tensors by dotted name, a dictionary or several.
        args: the positional arguments, a tuple or a single one.
        kwargs: the keyword arguments.
        tie_weights: whether what is given for one name of a shared parameter counts for all.
        strict: whether all names, and no others, must be given.

    Returns:
        what the module gives; gradients go to the tensors that were given.

    Raises:
        KeyError: if there is no such parameter or buffer.
        RuntimeError: if `strict` and the names aren't all there.
        ValueError: if different values are given for one shared parameter, or one name twice.

    Example:
        >>> import rushlight as torch
        >>> w = torch.tensor([[2.]], requires_grad=True)
        >>> layer = torch.nn.Linear(1, 1, bias=False)
        >>> torch.func.functional_call(layer, {"weight": w}, torch.tensor([3.]))
        tensor([6.], grad_fn=<SqueezeBackward4>)
    """
    if isinstance(parameter_and_buffer_dicts, dict):
        given = parameter_and_buffer_dicts
    else:
        given = {}
        for part in parameter_and_buffer_dicts:
            twice = set(given) & set(part)
            if twice:
                raise ValueError(f"{sorted(twice)} are given in more than one of the dictionaries")
            given.update(part)
    arguments = () if args is None else args if isinstance(args, tuple) else (args,)
    with _replaced(module, given, tie_weights, strict):
        return module(*arguments, **(kwargs or {}))


__all__ = ["functional_call"]
