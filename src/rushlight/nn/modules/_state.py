"""The state of a module as a dictionary of tensors, and back."""

from __future__ import annotations

from collections import OrderedDict, namedtuple
from collections.abc import Mapping
from typing import Any

from ..._grad_mode import no_grad
from ..._tensor import Parameter, Tensor
from ..parameter import is_lazy

EXTRA_STATE = "_extra_state"


class _IncompatibleKeys(namedtuple("IncompatibleKeys", ["missing_keys", "unexpected_keys"])):
    """What load_state_dict returns: the keys that the state lacked, and those that the module has no use for."""

    __slots__ = ()

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return super().__repr__()

    __str__ = __repr__


class State:
    """The part of a module that gives its state out and takes it in."""

    _version = 1
    _parameters: Any
    _buffers: Any
    _modules: Any
    _non_persistent_buffers_set: set[str]

    def state_dict(self, *args: Any, destination: Any = None, prefix: str = "", keep_vars: bool = False) -> Any:
        """All parameters and persistent buffers, by dotted name.

        The tensors are detached but not copied: they show what later training does to the module.

        Args:
            destination: a dictionary to add to (default: a new OrderedDict).
            prefix: put before each name.
            keep_vars: give the parameters themselves rather than detached tensors.

        Returns:
            the dictionary.

        Example:
            >>> import rushlight as torch
            >>> list(torch.nn.Sequential(torch.nn.Linear(1, 2), torch.nn.ReLU()).state_dict())
            ['0.weight', '0.bias']
        """
        for given, name in zip(args, ("destination", "prefix", "keep_vars"), strict=False):  # the old way, by position
            if name == "destination":
                destination = given
            elif name == "prefix":
                prefix = given
            else:
                keep_vars = given
        if destination is None:
            destination = OrderedDict()
            destination._metadata = OrderedDict()
        metadata = {"version": self._version}
        if hasattr(destination, "_metadata"):
            destination._metadata[prefix[:-1]] = metadata
        hooks = self.__dict__
        for hook in tuple(hooks.get("_state_dict_pre_hooks", {}).values()):
            hook(self, prefix, keep_vars)
        self._save_to_state_dict(destination, prefix, keep_vars)
        for name, module in self._modules.items():
            if module is not None:
                module.state_dict(destination=destination, prefix=f"{prefix}{name}.", keep_vars=keep_vars)
        for hook in tuple(hooks.get("_state_dict_hooks", {}).values()):
            changed = hook(self, destination, prefix, metadata)
            if changed is not None:
                if getattr(hook, "_from_public_api", False):
                    raise RuntimeError("state_dict post-hook must return None: change the dictionary in place")
                destination = changed
        return destination

    def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
        for name, value in self._parameters.items():
            if value is not None:
                destination[prefix + name] = value if keep_vars else value.detach()
        for name, value in self._buffers.items():
            if value is not None and name not in self._non_persistent_buffers_set:
                destination[prefix + name] = value if keep_vars else value.detach()
        if type(self).get_extra_state is not State.get_extra_state:
            destination[prefix + EXTRA_STATE] = self.get_extra_state()

    def get_extra_state(self) -> Any:
        """What state_dict is to contain besides tensors, under the key "_extra_state"; to be overridden.

        Returns:
            anything that can be pickled.
        """
        raise RuntimeError("get_extra_state() is there to be overridden, together with set_extra_state()")

    def set_extra_state(self, state: Any) -> None:
        """Take back what `get_extra_state` gave; to be overridden.

        Args:
            state: what it gave.
        """
        raise RuntimeError("set_extra_state() is there to be overridden, together with get_extra_state()")

    def load_state_dict(self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False) -> Any:
        """Copy the values of a state_dict into the parameters and buffers of the same names.

        Args:
            state_dict: as `state_dict()` gives it.
            strict: whether missing and unexpected keys are an error.
            assign: put the given tensors themselves in place of the module's.

        Returns:
            a named tuple of the lists `missing_keys` and `unexpected_keys`.

        Raises:
            TypeError: if `state_dict` is no mapping.
            RuntimeError: if a shape differs, or, if `strict`, the keys do.

        Example:
            >>> import rushlight as torch
            >>> a, b = torch.nn.Linear(2, 1), torch.nn.Linear(2, 1)
            >>> b.load_state_dict(a.state_dict())
            <All keys matched successfully>
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}.")
        missing: list[str] = []
        unexpected: list[str] = []
        errors: list[str] = []
        metadata = getattr(state_dict, "_metadata", None)
        state = OrderedDict(state_dict)
        if metadata is not None:
            state._metadata = metadata  # type: ignore[attr-defined]
        self._load(state, metadata or {}, "", assign, missing, unexpected, errors)
        if strict:
            if missing:
                errors.insert(0, f"Missing key(s) in state_dict: {_listed(missing)}. ")
            if unexpected:
                errors.insert(len(missing[:1]), f"Unexpected key(s) in state_dict: {_listed(unexpected)}. ")
        if errors:
            raise RuntimeError(f"Error(s) in loading state_dict for {type(self).__name__}:\n\t" + "\n\t".join(errors))
        return _IncompatibleKeys(missing, unexpected)

    def _load(
        self, state: Any, metadata: Any, prefix: str, assign: bool, missing: Any, unexpected: Any, errors: Any
    ) -> None:
        local = metadata.get(prefix[:-1], {})
        if assign:
            local = {**local, "assign_to_params_buffers": True}
        self._load_from_state_dict(state, prefix, local, True, missing, unexpected, errors)
        for name, module in self._modules.items():
            if module is not None:
                start = f"{prefix}{name}."
                below = {key: value for key, value in state.items() if key.startswith(start)}
                module._load(below, metadata, start, assign, missing, unexpected, errors)
        for hook in tuple(self.__dict__.get("_load_state_dict_post_hooks", {}).values()):
            if hook(self, _IncompatibleKeys(missing, unexpected)) is not None:
                raise RuntimeError("a load_state_dict post-hook must return None: change the lists of keys in place")

    def _load_from_state_dict(
        self,
        state_dict: Any,
        prefix: str,
        local_metadata: Any,
        strict: bool,
        missing_keys: list[str],
        unexpected_keys: list[str],
        error_msgs: list[str],
    ) -> None:
        """Load this module's own part; modules with a state of another kind override it."""
        for hook in tuple(self.__dict__.get("_load_state_dict_pre_hooks", {}).values()):
            hook.run(self, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs)
        persistent = {k: v for k, v in self._buffers.items() if k not in self._non_persistent_buffers_set}
        own = {name: value for name, value in (*self._parameters.items(), *persistent.items()) if value is not None}
        assign = local_metadata.get("assign_to_params_buffers", False)
        for name, target in own.items():
            key = prefix + name
            if key in state_dict:
                error = self._take(name, target, key, state_dict[key], assign)
                if error:
                    error_msgs.append(error)
            elif strict:
                missing_keys.append(key)
        extra = prefix + EXTRA_STATE
        if type(self).set_extra_state is not State.set_extra_state:
            if extra in state_dict:
                self.set_extra_state(state_dict[extra])
            elif strict:
                missing_keys.append(extra)
        elif strict and extra in state_dict:
            unexpected_keys.append(extra)
        if strict:
            for key in state_dict:
                if key.startswith(prefix) and key != extra:
                    first, *rest = key[len(prefix) :].split(".", 1)
                    if first not in (self._modules if rest else own):
                        unexpected_keys.append(key)

    def _take(self, name: str, target: Any, key: str, value: Any, assign: bool) -> str | None:
        """Load one tensor; returns what is wrong with it, or None."""
        is_tensor = isinstance(value, Tensor)
        if not is_tensor:
            return f'"{key}" must be a torch.Tensor, but the state_dict has a {type(value).__name__} there.'
        lazy = is_lazy(target)
        if not lazy and target.ndim == 0 and value.ndim == 1 and value.numel() == 1:
            value = value[0]  # scalars had one dimension in PyTorch before 0.4
        if not lazy and value.shape != target.shape:
            return (
                f"size mismatch for {key}: copying a param with shape {value.shape} from checkpoint, the shape in "
                f"current model is {target.shape}."
            )
        try:
            if assign:
                if isinstance(target, Parameter):
                    if not isinstance(value, Parameter):
                        value = Parameter(value.detach(), requires_grad=target.requires_grad)
                    else:
                        value.requires_grad_(target.requires_grad)
                setattr(self, name, value)
            else:
                with no_grad():
                    target.copy_(value)
        except Exception as error:
            return f'"{key}" of shape {value.shape} could not be copied: {error}'
        return None


def _listed(keys: list[str]) -> str:
    return ", ".join(f'"{key}"' for key in keys)
