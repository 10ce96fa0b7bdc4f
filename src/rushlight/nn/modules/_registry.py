"""How a module keeps its parameters, buffers and submodules, and finds them as attributes.

PyTorch looks such a name up in a `__getattr__`, which Python asks last.  Here what is registered is also
put into the module's `__dict__`, where Python looks first: reading `self.weight` costs as little as
reading any attribute, and an error inside a property stays the error that it was.  A name that the class
defines itself isn't put there, so that the class's attribute wins, as in PyTorch.
"""

from __future__ import annotations

import weakref
from types import CodeType
from typing import Any

from ..._hints import hinted
from ..._settings import typename
from ..._tensor import Parameter, Tensor

PARAMETERS, BUFFERS, MODULES = "_parameters", "_buffers", "_modules"
REGISTRIES = (PARAMETERS, BUFFERS, MODULES)


def place(module: str, *classes: type) -> None:
    """Let classes be known as those of a module, where PyTorch has them."""
    for cls in classes:
        cls.__module__ = module


class Registry(dict[str, Any]):
    """The parameters, buffers or submodules of one module, by name.

    A write shows in the owner's attributes too.  The owner is referred to weakly, so that a module is
    freed as soon as nobody uses it.  Copies and pickles are plain dictionaries.
    """

    __slots__ = ("_owner",)

    def __init__(self, owner: Any, items: Any = ()) -> None:
        super().__init__()
        self._owner = weakref.ref(owner)
        for name, value in dict(items).items():
            self[name] = value

    def __setitem__(self, name: str, value: Any) -> None:
        super().__setitem__(name, value)
        owner = self._owner()
        if owner is not None and not hasattr(type(owner), name):
            owner.__dict__[name] = value

    def __delitem__(self, name: str) -> None:
        super().__delitem__(name)
        owner = self._owner()
        if owner is not None and not hasattr(type(owner), name):
            owner.__dict__.pop(name, None)

    def pop(self, name: str, *default: Any) -> Any:
        if name not in self and default:
            return default[0]
        value = self[name]
        del self[name]
        return value

    def popitem(self) -> tuple[str, Any]:
        if not self:
            raise KeyError("there is nothing registered")
        name = next(reversed(self))
        return name, self.pop(name)

    def clear(self) -> None:
        for name in list(self):
            del self[name]

    def setdefault(self, name: str, default: Any = None) -> Any:
        if name not in self:
            self[name] = default
        return self[name]

    def update(self, *args: Any, **kwargs: Any) -> None:
        for name, value in dict(*args, **kwargs).items():
            self[name] = value

    def __ior__(self, other: Any) -> Registry:  # type: ignore[override,misc]
        self.update(other)
        return self

    def move_to_end(self, name: str, last: bool = True) -> None:
        """Make a name the last or the first, as in an OrderedDict."""
        items = list(self.items())
        value = dict.pop(self, name)
        dict.__setitem__(self, name, value)
        if not last:
            for other, kept in items:
                if other != name:
                    dict.pop(self, other)
                    dict.__setitem__(self, other, kept)

    def __reduce_ex__(self, protocol: Any) -> Any:
        return (dict, (), None, None, iter(self.items()))

    __copy__ = dict.copy


class Fallback:
    """The last base of a module class that has a `__getattr__`, or calls one: what its
    `super().__getattr__(name)` or `self.__getattr__(name)` finds.
    """

    def __getattr__(self, name: str) -> Any:
        for registry in REGISTRIES:
            held = self.__dict__.get(registry)
            if held is not None and name in held:
                return held[name]
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self)


def _calls_getattr(code: CodeType | None) -> bool:
    """Whether a function, or one inside it, speaks of `__getattr__`."""
    if code is None:
        return False
    inner = (constant for constant in code.co_consts if isinstance(constant, CodeType))
    return "__getattr__" in code.co_names or any(map(_calls_getattr, inner))


def type_name(value: Any) -> str:
    """A value's type as users know it."""
    return type(value).__name__


class Members:
    """The part of a module that registers its members and answers for them as attributes."""

    _parameters: Any
    _buffers: Any
    _modules: Any
    _non_persistent_buffers_set: set[str]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        # Other classes go without: a `__getattr__` anywhere makes every read of an attribute slower.
        codes = (getattr(member, "__code__", None) for member in vars(cls).values())
        if (hasattr(cls, "__getattr__") or any(map(_calls_getattr, codes))) and not issubclass(cls, Fallback):
            cls.__bases__ = (*cls.__bases__, Fallback)

    def _open_registries(self) -> None:
        """Start with nothing registered (again, if `Module.__init__` is called a second time)."""
        attributes = self.__dict__
        for registry in REGISTRIES:
            if registry in attributes:
                attributes[registry].clear()
            attributes[registry] = Registry(self)
        attributes["_non_persistent_buffers_set"] = set()

    def _registry(self, name: str, what: str) -> Any:
        try:
            return self.__dict__[name]
        except KeyError:
            raise hinted(
                AttributeError(f"cannot assign {what} before Module.__init__() call"),
                f"begin {type_name(self)}.__init__ with super().__init__()",
            ) from None

    # -- assignment ---------------------------------------------------------------------------------

    def __setattr__(self, name: str, value: Any) -> None:
        attributes = self.__dict__
        if isinstance(value, Parameter):
            self._registry(PARAMETERS, "parameters")
            self._forget(name, keep=PARAMETERS)
            self.register_parameter(name, value)
            return
        if isinstance(value, Members):
            modules = self._registry(MODULES, "module")
            if name not in attributes.get(PARAMETERS, ()) or name in modules:
                self._forget(name, keep=MODULES)
                modules[name] = registered(module_hooks, self, name, value)
                return
        if is_buffer(value):
            self._registry(BUFFERS, "buffer")
            if name not in attributes[PARAMETERS] and name not in attributes[MODULES]:
                self._forget(name, keep=BUFFERS)
                self.register_buffer(name, value, value.persistent)
                return
        if PARAMETERS in attributes:
            if name in attributes[PARAMETERS]:
                if value is not None:
                    raise hinted(
                        TypeError(
                            f"cannot assign '{typename(value)}' as parameter '{name}' (torch.nn.Parameter or "
                            "None expected)"
                        ),
                        "wrap the tensor in nn.Parameter, or write into the parameter under torch.no_grad()",
                    )
                self.register_parameter(name, None)
                return
            if name in attributes[MODULES]:
                if value is not None:
                    raise hinted(
                        TypeError(
                            f"cannot assign '{typename(value)}' as child module '{name}' (torch.nn.Module or "
                            "None expected)"
                        ),
                        f"del self.{name} first to use the name for something else",
                    )
                attributes[MODULES][name] = registered(module_hooks, self, name, None)
                return
            if name in attributes[BUFFERS]:
                if value is not None and not isinstance(value, Tensor):
                    raise TypeError(
                        f"cannot assign '{typename(value)}' as buffer '{name}' "
                        "(torch.nn.Buffer, torch.Tensor or None expected)"
                    )
                attributes[BUFFERS][name] = registered(buffer_hooks, self, name, value)
                return
            if name in REGISTRIES and value is not attributes[name]:
                items = dict(value)
                attributes[name].clear()
                value = Registry(self, items)
        object.__setattr__(self, name, value)

    def _forget(self, name: str, keep: str) -> None:
        """Drop what else goes by a name that is about to be registered."""
        attributes = self.__dict__
        if name not in attributes[keep]:
            attributes.pop(name, None)
        for registry in REGISTRIES:
            if registry != keep and name in attributes[registry]:
                del attributes[registry][name]
        if keep != BUFFERS:
            attributes["_non_persistent_buffers_set"].discard(name)

    def __delattr__(self, name: str) -> None:
        attributes = self.__dict__
        for registry in REGISTRIES:
            if name in attributes.get(registry, ()):
                del attributes[registry][name]
                attributes["_non_persistent_buffers_set"].discard(name)
                return
        object.__delattr__(self, name)

    def __dir__(self) -> list[str]:
        names = {*dir(type(self)), *self.__dict__, *self._parameters, *self._modules, *self._buffers}
        return sorted(name for name in names if not name[:1].isdigit())

    # -- registration -------------------------------------------------------------------------------

    def _check_name(self, name: Any, what: str, registry: dict[str, Any]) -> None:
        if not isinstance(name, str):
            raise TypeError(f"the name of a {what} must be a string, not {type_name(name)}")
        if "." in name:
            got = f", got: {name}" if what == "module" else ""
            raise hinted(KeyError(f'{what} name can\'t contain "."{got}'), "dots separate the modules in keys")
        if not name:
            raise KeyError(f'{what} name can\'t be empty string ""')
        if name not in registry and hasattr(self, name):
            raise hinted(
                KeyError(f"attribute '{name}' already exists"),
                f"{type_name(self)} has it; choose another name for the {what}",
            )

    def register_parameter(self, name: str, param: Any) -> None:
        """Add a parameter under a name; afterwards it is an attribute.

        Args:
            name: without dots.
            param: an `nn.Parameter`, or None for one that is left out (it has no key in state_dict).

        Raises:
            TypeError: if it is no Parameter.
            KeyError: if the name is empty, has a dot or is taken.

        Example:
            >>> import rushlight as torch
            >>> m = torch.nn.Module()
            >>> m.register_parameter("scale", torch.nn.Parameter(torch.ones(1)))
            >>> list(m.state_dict())
            ['scale']
        """
        parameters = self._registry(PARAMETERS, "parameter")
        self._check_name(name, "parameter", parameters)
        if param is not None:
            if not isinstance(param, Parameter):
                raise TypeError(
                    f"cannot assign '{typename(param)}' object to parameter '{name}' (torch.nn.Parameter "
                    "or None required)"
                )
            if param._node is not None and not param.is_leaf:
                raise ValueError(
                    f"parameter '{name}' is the result of a computation ({param.grad_fn.name()}), which a training "
                    "step can't change; a parameter must be a leaf: compute from it in forward() instead"
                )
        parameters[name] = registered(parameter_hooks, self, name, param)

    def register_buffer(self, name: str, tensor: Any, persistent: bool = True) -> None:
        """Add a tensor that belongs to the module's state but isn't trained, such as a running mean.

        Args:
            name: without dots.
            tensor: the tensor, or None.
            persistent: whether state_dict contains it.

        Raises:
            TypeError: if it is no tensor.
            KeyError: if the name is empty, has a dot or is taken.

        Example:
            >>> import rushlight as torch
            >>> m = torch.nn.Module()
            >>> m.register_buffer("steps", torch.zeros(1))
            >>> m.steps
            tensor([0.])
        """
        buffers = self._registry(BUFFERS, "buffer")
        self._check_name(name, "buffer", buffers)
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(
                f"cannot assign '{typename(tensor)}' object to buffer '{name}' (torch Tensor or None required)"
            )
        buffers[name] = registered(buffer_hooks, self, name, tensor)
        if persistent:
            self._non_persistent_buffers_set.discard(name)
        else:
            self._non_persistent_buffers_set.add(name)

    def add_module(self, name: str, module: Any) -> None:
        """Add a submodule under a name; afterwards it is an attribute.

        Args:
            name: without dots.
            module: the module, or None.

        Raises:
            TypeError: if it is no Module.
            KeyError: if the name is empty, has a dot or is taken.

        Example:
            >>> import rushlight as torch
            >>> m = torch.nn.Module()
            >>> m.add_module("act", torch.nn.ReLU())
            >>> m.act
            ReLU()
        """
        if not isinstance(module, Members) and module is not None:
            raise TypeError(f"{type_name(module)} is not a Module subclass")
        modules = self._registry(MODULES, "module")
        self._check_name(name, "module", modules)
        modules[name] = registered(module_hooks, self, name, module)

    def register_module(self, name: str, module: Any) -> None:
        """The same as `add_module`."""
        self.add_module(name, module)

    # -- look-up by path ----------------------------------------------------------------------------

    def get_submodule(self, target: str) -> Any:
        """The submodule at a dotted path.

        Args:
            target: such as "encoder.layers.0"; "" is the module itself.

        Raises:
            AttributeError: if a step of the path isn't there or is no module.

        Example:
            >>> import rushlight as torch
            >>> torch.nn.Sequential(torch.nn.Sequential(torch.nn.Tanh())).get_submodule("0.0")
            Tanh()
        """
        module: Any = self
        for name in filter(None, [target] if "." not in target else target.split(".")):
            if not hasattr(module, name):
                raise hinted(
                    AttributeError(f"{module._get_name()} has no attribute `{name}`"),
                    f"the path {target!r} goes through it",
                )
            module = getattr(module, name)
            if not isinstance(module, Members):
                raise hinted(
                    AttributeError(f"`{name}` is not an nn.Module"),
                    f"the path {target!r} has a {type_name(module)} there",
                )
        return module

    def set_submodule(self, target: str, module: Any, strict: bool = False) -> None:
        """Put a module in the place at a dotted path.

        Args:
            target: such as "encoder.layers.0".
            module: the new module.
            strict: refuse to add what isn't there yet.

        Raises:
            ValueError: if the path is empty or `module` is no module.
            AttributeError: if the path doesn't lead to a module.
        """
        if not target:
            raise ValueError("set_submodule needs a path; an empty one would be the module itself")
        if not isinstance(module, Members):
            raise ValueError(f"{type_name(module)} is not an nn.Module")
        path, _, name = target.rpartition(".")
        parent = self.get_submodule(path)
        if strict and not hasattr(parent, name):
            raise AttributeError(f"{parent._get_name()} has no attribute `{name}`")
        if hasattr(parent, name) and not isinstance(getattr(parent, name), Members):
            raise AttributeError(f"`{name}` is not an nn.Module")
        setattr(parent, name, module)

    def _member(self, target: str, registry: str, what: str) -> Any:
        path, _, name = target.rpartition(".")
        module = self.get_submodule(path)
        if not hasattr(module, name):
            raise AttributeError(f"{module._get_name()} has no attribute `{name}`")
        if name not in getattr(module, registry):
            raise AttributeError(f"`{name}` is not a {what}")
        return getattr(module, name)

    def get_parameter(self, target: str) -> Any:
        """The parameter at a dotted path.

        Args:
            target: such as "encoder.layers.0.weight".

        Raises:
            AttributeError: if there is none.

        Example:
            >>> import rushlight as torch
            >>> torch.nn.Sequential(torch.nn.Linear(2, 3)).get_parameter("0.weight").shape
            torch.Size([3, 2])
        """
        return self._member(target, PARAMETERS, "parameter")

    def get_buffer(self, target: str) -> Any:
        """The buffer at a dotted path.

        Args:
            target: such as "bn.running_mean".

        Raises:
            AttributeError: if there is none.
        """
        return self._member(target, BUFFERS, "buffer")


def is_buffer(value: Any) -> bool:
    """Whether a value was made by `nn.Buffer`."""
    return isinstance(value, Tensor) and getattr(value, "_is_buffer", False)


# Hooks that run when a member is registered with any module: {id: hook(module, name, member)}.
parameter_hooks: dict[int, Any] = {}
buffer_hooks: dict[int, Any] = {}
module_hooks: dict[int, Any] = {}


def registered(hooks: dict[int, Any], module: Any, name: str, value: Any) -> Any:
    """What is to be registered: the value, or what a registration hook puts in its place."""
    if hooks:
        for hook in tuple(hooks.values()):
            result = hook(module, name, value)
            if result is not None:
                value = result
    return value
