"""Module: the base class of everything with parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from ..._device import check_device
from ..._dtypes import dtype as Dtype
from ..._grad_mode import no_grad
from ..._hints import hinted
from ..._meta import is_meta
from ..._tensor import Tensor
from ._hooks import Hooks
from ._registry import REGISTRIES, Members, Registry
from ._state import State, _IncompatibleKeys
from .global_hooks import (
    register_module_backward_hook,
    register_module_buffer_registration_hook,
    register_module_forward_hook,
    register_module_forward_pre_hook,
    register_module_full_backward_hook,
    register_module_full_backward_pre_hook,
    register_module_module_registration_hook,
    register_module_parameter_registration_hook,
)


class Module(Members, Hooks, State):
    """The base class of neural networks and of their parts.

    A subclass makes its layers and parameters in `__init__`, after `super().__init__()`, and says in
    `forward` what it computes. Parameters and modules that are assigned to attributes are registered:
    `parameters()`, `state_dict()`, `to()` and `train()` know of them.

    Attributes:
        training: whether it is in training mode (dropout drops, batch norm takes the batch's statistics).

    Example:
        >>> import rushlight as torch
        >>> class Net(torch.nn.Module):
        ...     def __init__(self):
        ...         super().__init__()
        ...         self.hidden = torch.nn.Linear(2, 4)
        ...         self.out = torch.nn.Linear(4, 1)
        ...     def forward(self, x):
        ...         return self.out(torch.nn.functional.relu(self.hidden(x)))
        >>> Net()
        Net(
          (hidden): Linear(in_features=2, out_features=4, bias=True)
          (out): Linear(in_features=4, out_features=1, bias=True)
        )
    """

    training: bool
    dump_patches = False
    call_super_init = False
    T_destination = Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if not self.call_super_init:
            if kwargs:
                raise TypeError(
                    f"{type(self).__name__}.__init__() got an unexpected keyword argument '{next(iter(kwargs))}'"
                )
            if args:
                raise TypeError(
                    f"{type(self).__name__}.__init__() takes 1 positional argument but {len(args) + 1} were given"
                )
        object.__setattr__(self, "training", True)
        object.__setattr__(self, "_is_full_backward_hook", None)
        self._open_registries()
        if self.call_super_init:
            super().__init__(*args, **kwargs)

    if TYPE_CHECKING:  # what subclasses register

        def __getattr__(self, name: str) -> Any: ...

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the module's output; to be overridden.

        Raises:
            NotImplementedError: if a subclass doesn't.
        """
        raise hinted(
            NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function'),
            "define forward(self, ...)",
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self._hooked:
            return self._call_with_hooks(args, kwargs)
        return self.forward(*args, **kwargs)

    _call_impl = _wrapped_call_impl = __call__

    # -- the modules below, and their members ---------------------------------------------------------

    def named_modules(
        self, memo: set[Any] | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Any]]:
        """This module and all below it, with their dotted names; each once.

        Args:
            memo: the modules not to give (again).
            prefix: put before each name.
            remove_duplicate: give a module that is used in several places only once.

        Example:
            >>> import rushlight as torch
            >>> net = torch.nn.Sequential(torch.nn.Sequential(torch.nn.ReLU()))
            >>> [name for name, _ in net.named_modules()]
            ['', '0', '0.0']
        """
        if memo is None:
            memo = set()
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        yield prefix, self
        for name, module in self._modules.items():
            if module is not None:
                yield from module.named_modules(memo, f"{prefix}.{name}" if prefix else name, remove_duplicate)

    def modules(self) -> Iterator[Any]:
        """This module and all below it; each once."""
        for _, module in self.named_modules():
            yield module

    def named_children(self) -> Iterator[tuple[str, Any]]:
        """The modules directly below this one, with their names; each once."""
        seen = set()
        for name, module in self._modules.items():
            if module is not None and module not in seen:
                seen.add(module)
                yield name, module

    def children(self) -> Iterator[Any]:
        """The modules directly below this one; each once."""
        for _, module in self.named_children():
            yield module

    def _named_members(
        self,
        get_members_fn: Callable[[Any], Any],
        prefix: str = "",
        recurse: bool = True,
        remove_duplicate: bool = True,
    ) -> Iterator[tuple[str, Any]]:
        seen = set()
        modules = self.named_modules(prefix=prefix, remove_duplicate=remove_duplicate) if recurse else [(prefix, self)]
        for path, module in modules:
            for name, member in get_members_fn(module):
                if member is None or member in seen:
                    continue
                if remove_duplicate:
                    seen.add(member)
                yield f"{path}.{name}" if path else name, member

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Any]]:
        """The parameters with their dotted names; a shared one once, under its first name.

        Args:
            prefix: put before each name.
            recurse: whether to include those of submodules.
            remove_duplicate: give a shared parameter only once.

        Example:
            >>> import rushlight as torch
            >>> [name for name, _ in torch.nn.Linear(2, 1).named_parameters()]
            ['weight', 'bias']
        """
        yield from self._named_members(lambda m: m._parameters.items(), prefix, recurse, remove_duplicate)

    def parameters(self, recurse: bool = True) -> Iterator[Any]:
        """The parameters, as an optimizer wants them; each once.

        Args:
            recurse: whether to include those of submodules.

        Example:
            >>> import rushlight as torch
            >>> sum(p.numel() for p in torch.nn.Linear(2, 3).parameters())
            9
        """
        for _, parameter in self.named_parameters(recurse=recurse):
            yield parameter

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Any]]:
        """The buffers with their dotted names.

        Args:
            prefix: put before each name.
            recurse: whether to include those of submodules.
            remove_duplicate: give a shared buffer only once.
        """
        yield from self._named_members(lambda m: m._buffers.items(), prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Any]:
        """The buffers; each once.

        Args:
            recurse: whether to include those of submodules.
        """
        for _, buffer in self.named_buffers(recurse=recurse):
            yield buffer

    # -- modes ----------------------------------------------------------------------------------------

    def train(self, mode: bool = True) -> Any:
        """Put this module and all below it in training mode.

        Args:
            mode: False for evaluation mode.

        Returns:
            the module.

        Raises:
            ValueError: if `mode` is no bool.
        """
        if not isinstance(mode, bool):
            raise ValueError(f"train(mode) takes True or False, not {type(mode).__name__}; the data goes into forward")
        self.training = mode
        for module in self.children():
            module.train(mode)
        return self

    def eval(self) -> Any:
        """Put this module and all below it in evaluation mode, and return it."""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Any:
        """Set `requires_grad` of all parameters, for instance to freeze them.

        Args:
            requires_grad: the new value.

        Returns:
            the module.
        """
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters.

        Args:
            set_to_none: whether `grad` becomes None; else it is filled with zeros.
        """
        for parameter in self.parameters():
            if parameter.grad is not None:
                if set_to_none:
                    parameter.grad = None
                    continue
                if parameter.grad.grad_fn is not None:
                    parameter.grad.detach_()
                else:
                    parameter.grad.requires_grad_(False)
                parameter.grad.zero_()

    def apply(self, fn: Callable[[Any], Any]) -> Any:
        """Call `fn` with every module below this one, and then with this one.

        Args:
            fn: for instance a function that initialises weights.

        Returns:
            the module.

        Example:
            >>> import rushlight as torch
            >>> def ones(m):
            ...     if isinstance(m, torch.nn.Linear):
            ...         torch.nn.init.ones_(m.weight)
            >>> torch.nn.Sequential(torch.nn.Linear(1, 1, bias=False)).apply(ones)[0].weight.item()
            1.0
        """
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    # -- conversion -----------------------------------------------------------------------------------

    def _apply(self, fn: Callable[[Any], Any], recurse: bool = True) -> Any:
        """Put `fn(t)` in the place of every parameter, its gradient and every buffer."""
        if recurse:
            for module in self.children():
                module._apply(fn)
        for parameter in self._parameters.values():
            if parameter is None:
                continue
            with no_grad():
                parameter.data = fn(parameter)
                if parameter.grad is not None:
                    gradient, parameter.grad = parameter.grad, None
                    changed = fn(gradient)
                    changed.requires_grad_(gradient.requires_grad)
                    parameter.grad = changed
        for name, buffer in self._buffers.items():
            if buffer is not None:
                self._buffers[name] = fn(buffer)
        return self

    def to(self, *args: Any, **kwargs: Any) -> Any:
        """Convert all floating-point parameters and buffers, in place.

        Args:
            args, kwargs: `to(dtype)`, `to(device)`, `to(device, dtype)` or `to(tensor)`; the device must be
                the CPU, `non_blocking` and `memory_format` have no effect.

        Returns:
            the module.

        Raises:
            TypeError: if the dtype isn't floating-point or complex.
            RuntimeError: for any other device but "meta", on which parameters have no data.

        Example:
            >>> import rushlight as torch
            >>> torch.nn.Linear(1, 1).to(torch.float64).weight.dtype
            torch.float64
        """
        device, dtype = read_target(args, kwargs)
        meta = is_meta(device)
        if not meta:
            check_device(device)
        if dtype is None:
            return self._apply(lambda t: t.to(device)) if meta or self._on_meta() else self
        if not (dtype.is_floating_point or dtype.is_complex):
            raise TypeError(
                f"nn.Module.to only accepts floating point or complex dtypes, but got desired dtype={dtype!r}"
            )
        kept = {"device": device} if meta else {}
        return self._apply(lambda t: t.to(dtype=dtype if t.is_floating_point() or t.is_complex() else None, **kept))

    def _on_meta(self) -> bool:
        return any(parameter.is_meta for parameter in self.parameters())

    def type(self, dst_type: Any) -> Any:
        """Convert all parameters and buffers, those of integers too.

        Args:
            dst_type: a dtype or the name of one.

        Returns:
            the module.
        """
        return self._apply(lambda t: t.type(dst_type))

    def _to_float(self, dtype: str) -> Any:
        import rushlight

        target = getattr(rushlight, dtype)
        return self._apply(lambda t: t.to(target) if t.is_floating_point() else t)

    def float(self) -> Any:
        """Convert floating-point parameters and buffers to float32, and return the module."""
        return self._to_float("float32")

    def double(self) -> Any:
        """Convert floating-point parameters and buffers to float64, and return the module."""
        return self._to_float("float64")

    def half(self) -> Any:
        """Convert floating-point parameters and buffers to float16, and return the module."""
        return self._to_float("float16")

    def bfloat16(self) -> Any:
        """Refused: NumPy has no bfloat16.

        Raises:
            TypeError: always; use `half()` or `float()`.
        """
        return self._to_float("bfloat16")

    def cpu(self) -> Any:
        """The module itself, which is on the CPU."""
        return self

    def cuda(self, device: Any = None) -> Any:
        """Refused: there is only the CPU.

        Raises:
            RuntimeError: always; ask `torch.cuda.is_available()` first.
        """
        check_device("cuda" if device is None or isinstance(device, int) else device)
        return self

    def to_empty(self, *, device: Any, recurse: bool = True) -> Any:
        """Give parameters and buffers new memory, with arbitrary values.

        Args:
            device: the CPU.
            recurse: whether to include submodules.

        Returns:
            the module.
        """
        from ..._filled import empty_like

        check_device(device)
        return self._apply(lambda t: empty_like(t), recurse)

    def share_memory(self) -> Any:
        """Refused: memory isn't shared between processes.

        Raises:
            RuntimeError: always; use threads, or send state_dicts.
        """
        raise RuntimeError(
            "rushlight doesn't share memory between processes; train in threads, or send state_dict() to and fro"
        )

    def compile(self, *args: Any, **kwargs: Any) -> Any:
        """The module itself: operations run as they are called, there is nothing to compile."""
        return self

    # -- what it looks like -----------------------------------------------------------------------------

    def _get_name(self) -> str:
        return type(self).__name__

    def extra_repr(self) -> str:
        """What is printed between the parentheses; to be overridden."""
        return ""

    def __repr__(self) -> str:
        extra = self.extra_repr()
        lines = extra.split("\n") if extra else []
        if not self._modules and len(lines) <= 1:
            return f"{self._get_name()}({extra})"
        lines += [f"({name}): {indented(repr(module))}" for name, module in self._modules.items()]
        return f"{self._get_name()}(\n  " + "\n  ".join(lines) + "\n)"

    # -- copies -----------------------------------------------------------------------------------------

    def __getstate__(self) -> dict[str, Any]:
        state = dict(self.__dict__)
        for registry in REGISTRIES:
            members = state.get(registry)
            if members is None:
                continue
            for name in members:
                if state.get(name) is members[name]:
                    state.pop(name, None)
            state[registry] = dict(members)
        state.pop("_hooked", None)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        attributes = self.__dict__
        attributes.update(state)
        for registry in REGISTRIES:
            attributes[registry] = Registry(self, attributes.get(registry, ()))
        attributes.setdefault("_non_persistent_buffers_set", set())
        attributes.setdefault("_is_full_backward_hook", None)
        self._note_hooks()

    def _replicate_for_data_parallel(self) -> Any:
        replica = object.__new__(type(self))
        replica.__setstate__(self.__getstate__())
        return replica


def _addindent(text: str, spaces: int) -> str:
    """A text with all lines but the first further in."""
    return text.replace("\n", "\n" + spaces * " ")


def indented(text: str) -> str:
    """A text with all lines but the first two spaces further in."""
    return _addindent(text, 2)


def read_target(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any]:
    """The (device, dtype) that the arguments of `to` ask for; None for what they leave."""
    device, dtype = kwargs.get("device"), kwargs.get("dtype")
    unknown = set(kwargs) - {"device", "dtype", "tensor", "non_blocking", "memory_format", "copy"}
    if unknown:
        raise TypeError(f"to() got an unexpected keyword argument '{sorted(unknown)[0]}'")
    for value in (*args[:2], kwargs.get("tensor")):
        if isinstance(value, Dtype):
            dtype = value
        elif isinstance(value, Tensor):
            dtype = value.dtype
        elif value is not None and not isinstance(value, bool):
            device = value
    return device, dtype


__all__ = [
    "Module",
    "_IncompatibleKeys",
    "register_module_backward_hook",
    "register_module_buffer_registration_hook",
    "register_module_forward_hook",
    "register_module_forward_pre_hook",
    "register_module_full_backward_hook",
    "register_module_full_backward_pre_hook",
    "register_module_module_registration_hook",
    "register_module_parameter_registration_hook",
]
