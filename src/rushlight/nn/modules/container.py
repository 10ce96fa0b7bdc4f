"""Containers of modules and parameters."""

from __future__ import annotations

import operator
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..._hints import hinted
from ..._tensor import Parameter, Tensor
from .module import Module, indented


class _ModulesByNumber(Module):
    """What Sequential and ModuleList share: submodules under the names "0", "1", ... in order."""

    def _position(self, index: Any) -> int:
        """A position counted from the front."""
        number: int = operator.index(index)
        length = len(self._modules)
        if not -length <= number < length:
            raise hinted(IndexError(f"index {number} is out of range"), f"there are {length} modules")
        return number % length

    def _name_at(self, index: Any) -> str:
        names: list[str] = list(self._modules)
        return names[self._position(index)]

    def _renumber(self, modules: Iterable[Any]) -> None:
        self._modules = {str(k): module for k, module in enumerate(modules)}

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._modules.values())

    def __getitem__(self, index: Any) -> Any:
        raise NotImplementedError

    def __delitem__(self, index: Any) -> None:
        names = list(self._modules)
        for name in names[index] if isinstance(index, slice) else [self._name_at(index)]:
            delattr(self, name)
        self._renumber(list(self._modules.values()))

    def __setitem__(self, index: Any, module: Any) -> None:
        if isinstance(index, slice):
            for name, one in zip(list(self._modules)[index], module, strict=False):
                setattr(self, name, one)
        else:
            setattr(self, self._name_at(index), module)

    def __dir__(self) -> list[str]:
        return [name for name in super().__dir__() if not name.isdigit()]

    def append(self, module: Any) -> Any:
        """Add a module at the end.

        Args:
            module: the module.

        Returns:
            the container.
        """
        self.add_module(str(len(self)), module)
        return self

    def insert(self, index: int, module: Any) -> Any:
        """Put a module before the one at `index`.

        Args:
            index: a position; negative ones count from the end.
            module: the module.

        Returns:
            the container.

        Raises:
            IndexError: if there is no such position.
        """
        length = len(self._modules)
        if not -length <= index <= length:
            raise hinted(IndexError(f"index {index} is out of range"), f"there are {length} modules")
        if not isinstance(module, Module):
            raise TypeError(f"only modules can be inserted, not {type(module).__name__}")
        modules = list(self._modules.values())
        modules.insert(index, module)
        self._renumber(modules)
        return self

    def pop(self, key: Any) -> Any:
        """Take the module at a position out and return it.

        Args:
            key: the position.
        """
        module = self[key]
        del self[key]
        return module


class Sequential(_ModulesByNumber):
    """Modules one after the other: each gets the output of the one before.

    Args:
        args: the modules, or one OrderedDict that names them.

    Shape:
        whatever the modules take and give.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU())
        Sequential(
          (0): Linear(in_features=2, out_features=3, bias=True)
          (1): ReLU()
        )
    """

    def __init__(self, *args: Any) -> None:
        super().__init__()
        named = args[0].items() if len(args) == 1 and isinstance(args[0], OrderedDict) else enumerate(args)
        for name, module in named:
            self.add_module(str(name), module)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return type(self)(OrderedDict(list(self._modules.items())[index]))
        return self._modules[self._name_at(index)]

    def _other(self, other: Any, operation: str) -> list[Any]:
        if not isinstance(other, Sequential):
            raise ValueError(f"only a Sequential can be {operation} a Sequential, not {type(other).__name__}")
        return list(other)

    def __add__(self, other: Any) -> Any:
        return Sequential(*self, *self._other(other, "added to"))

    def __iadd__(self, other: Any) -> Any:
        for module in self._other(other, "added to"):
            self.append(module)
        return self

    def _times(self, times: Any) -> list[Any]:
        if not isinstance(times, int):
            raise TypeError(f"a Sequential can be repeated an integer number of times, not {type(times).__name__}")
        if times <= 0:
            raise ValueError(f"a Sequential can be repeated once or more, not {times} times")
        return list(self) * times

    def __mul__(self, times: int) -> Any:
        return Sequential(*self._times(times))

    __rmul__ = __mul__

    def __imul__(self, times: int) -> Any:
        for module in self._times(times)[len(self) :]:
            self.append(module)
        return self

    def extend(self, sequential: Iterable[Any]) -> Any:
        """Add the modules of another Sequential at the end.

        Args:
            sequential: any iterable of modules.

        Returns:
            the container.
        """
        for module in list(sequential):
            self.append(module)
        return self

    def forward(self, input: Any) -> Any:
        for module in self._modules.values():
            input = module(input)
        return input


class ModuleList(_ModulesByNumber):
    """A list whose modules are registered, which those of a Python list are not.

    Args:
        modules: an iterable of modules.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.ModuleList(torch.nn.Linear(2, 2) for _ in range(3))
        ModuleList(
          (0-2): 3 x Linear(in_features=2, out_features=2, bias=True)
        )
    """

    def __init__(self, modules: Iterable[Any] | None = None) -> None:
        super().__init__()
        if modules is not None:
            self.extend(modules)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return type(self)(list(self._modules.values())[index])
        return self._modules[str(self._position(index))]

    def __iadd__(self, modules: Iterable[Any]) -> Any:
        return self.extend(modules)

    def __add__(self, other: Iterable[Any]) -> Any:
        return ModuleList([*self, *other])

    def extend(self, modules: Iterable[Any]) -> Any:
        """Add modules at the end.

        Args:
            modules: an iterable of modules.

        Returns:
            the list.

        Raises:
            TypeError: if it is no iterable.
        """
        if not isinstance(modules, Iterable):
            raise TypeError(f"ModuleList.extend needs an iterable of modules, not {type(modules).__name__}")
        for module in list(modules):
            self.append(module)
        return self

    def __repr__(self) -> str:
        if not len(self):
            return f"{self._get_name()}()"
        runs: list[tuple[int, int, str]] = []  # equal neighbours are printed once
        for k, text in enumerate(repr(module) for module in self):
            if runs and runs[-1][2] == text:
                runs[-1] = (runs[-1][0], k, text)
            else:
                runs.append((k, k, text))
        lines = [
            f"({first}): {text}" if first == last else f"({first}-{last}): {last - first + 1} x {text}"
            for first, last, text in runs
        ]
        return f"{self._get_name()}(\n  " + "\n  ".join(indented(line) for line in lines) + "\n)"

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        raise hinted(
            NotImplementedError('Module [ModuleList] is missing the required "forward" function'),
            "call its modules one by one",
        )


class ModuleDict(Module):
    """A dictionary whose modules are registered.

    Args:
        modules: a mapping of names to modules, or an iterable of pairs.

    Example:
        >>> import rushlight as torch
        >>> heads = torch.nn.ModuleDict({"up": torch.nn.ReLU(), "flat": torch.nn.Identity()})
        >>> heads["up"], list(heads)
        (ReLU(), ['up', 'flat'])
    """

    def __init__(self, modules: Any = None) -> None:
        super().__init__()
        if modules is not None:
            self.update(modules)

    def __getitem__(self, key: str) -> Any:
        return self._modules[key]

    def __setitem__(self, key: str, module: Any) -> None:
        self.add_module(key, module)

    def __delitem__(self, key: str) -> None:
        del self._modules[key]

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __contains__(self, key: object) -> bool:
        return key in self._modules

    def clear(self) -> None:
        """Take all modules out."""
        self._modules.clear()

    def pop(self, key: str) -> Any:
        """Take the module of a name out and return it.

        Args:
            key: the name.
        """
        return self._modules.pop(key)

    def keys(self) -> Any:
        """The names."""
        return self._modules.keys()

    def items(self) -> Any:
        """The pairs of name and module."""
        return self._modules.items()

    def values(self) -> Any:
        """The modules."""
        return self._modules.values()

    def update(self, modules: Any) -> None:
        """Add modules, or put them in the place of those of the same names.

        Args:
            modules: a mapping of names to modules, or an iterable of pairs.

        Raises:
            TypeError: if it is neither.
        """
        for key, module in pairs(modules, "ModuleDict.update"):
            self[key] = module


class ParameterList(Module):
    """A list whose parameters are registered; tensors become parameters.

    Args:
        values: an iterable of parameters or tensors (other things are kept as they are).

    Example:
        >>> import rushlight as torch
        >>> torch.nn.ParameterList([torch.zeros(2), torch.zeros(3)])
        ParameterList(
            (0): Parameter containing: [torch.float32 of size 2]
            (1): Parameter containing: [torch.float32 of size 3]
        )
    """

    def __init__(self, values: Iterable[Any] | None = None) -> None:
        super().__init__()
        self._size = 0
        if values is not None:
            self.extend(values)

    def _name_at(self, index: Any) -> str:
        number: int = operator.index(index)
        if not -self._size <= number < self._size:
            raise hinted(IndexError(f"index {number} is out of range"), f"there are {self._size} parameters")
        return str(number % self._size)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return type(self)([self[k] for k in range(*index.indices(self._size))])
        return getattr(self, self._name_at(index))

    def __setitem__(self, index: Any, value: Any) -> None:
        if isinstance(value, Tensor) and not isinstance(value, Parameter):
            value = Parameter(value)
        setattr(self, self._name_at(index), value)

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[Any]:
        return iter([self[k] for k in range(self._size)])

    def __iadd__(self, values: Iterable[Any]) -> Any:
        return self.extend(values)

    def append(self, value: Any) -> Any:
        """Add a parameter at the end.

        Args:
            value: a parameter or tensor.

        Returns:
            the list.
        """
        self._size += 1
        self[-1] = value
        return self

    def extend(self, values: Iterable[Any]) -> Any:
        """Add parameters at the end.

        Args:
            values: an iterable of them.

        Returns:
            the list.

        Raises:
            TypeError: if it is no iterable, or a single tensor.
        """
        if not isinstance(values, Iterable) or isinstance(values, Tensor):
            raise TypeError(
                f"ParameterList.extend needs a list of parameters, not a {type(values).__name__}; put it in a list"
            )
        for value in list(values):
            self.append(value)
        return self

    def extra_repr(self) -> str:
        return "\n".join(described(k, value, repr(getattr(value, "dtype", None))) for k, value in enumerate(self))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("a ParameterList can't be called: use its parameters")


class ParameterDict(Module):
    """A dictionary whose parameters are registered; tensors become parameters.

    Args:
        parameters: a mapping of names to parameters or tensors, or an iterable of pairs.

    Example:
        >>> import rushlight as torch
        >>> d = torch.nn.ParameterDict({"scale": torch.ones(1)})
        >>> d["scale"]
        Parameter containing:
        tensor([1.], requires_grad=True)
    """

    def __init__(self, parameters: Any = None) -> None:
        super().__init__()
        self._keys: dict[str, None] = {}
        if parameters is not None:
            self.update(parameters)

    @staticmethod
    def _checked(key: Any) -> str:
        if not isinstance(key, str):
            raise TypeError(f"the keys of a ParameterDict are strings, not {type(key).__name__}; use str(key)")
        return key

    def __getitem__(self, key: str) -> Any:
        if self._checked(key) not in self._keys:
            raise KeyError(key)
        return getattr(self, key)

    def __setitem__(self, key: str, value: Any) -> None:
        self._keys[self._checked(key)] = None
        if isinstance(value, Tensor) and not isinstance(value, Parameter):
            value = Parameter(value)
        setattr(self, key, value)

    def __delitem__(self, key: str) -> None:
        del self._keys[self._checked(key)]
        delattr(self, key)

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __reversed__(self) -> Iterator[str]:
        return reversed(list(self._keys))

    def __contains__(self, key: object) -> bool:
        return key in self._keys

    def copy(self) -> Any:
        """Another ParameterDict with the same parameters."""
        return ParameterDict(OrderedDict(self.items()))

    def setdefault(self, key: str, default: Any = None) -> Any:
        """The parameter of a name; `default` is put there if there is none.

        Args:
            key: the name.
            default: the parameter to add.
        """
        if key not in self:
            self[key] = default
        return self[key]

    def clear(self) -> None:
        """Take all parameters out."""
        for key in list(self._keys):
            del self[key]

    def pop(self, key: str) -> Any:
        """Take the parameter of a name out and return it.

        Args:
            key: the name.
        """
        value = self[key]
        del self[key]
        return value

    def popitem(self) -> tuple[str, Any]:
        """Take the last parameter out and return its name and itself."""
        key, _ = self._keys.popitem()
        self._keys[key] = None
        return key, self.pop(key)

    def get(self, key: str, default: Any = None) -> Any:
        """The parameter of a name, or `default`.

        Args:
            key: the name.
            default: what to return if there is none.
        """
        return getattr(self, key) if key in self._keys else default

    def fromkeys(self, keys: Iterable[str], default: Any = None) -> Any:
        """A new ParameterDict with one value for all names.

        Args:
            keys: the names.
            default: the value.
        """
        return ParameterDict((key, default) for key in keys)

    def keys(self) -> Any:
        """The names."""
        return self._keys.keys()

    def items(self) -> Any:
        """The pairs of name and parameter."""
        return ((key, self[key]) for key in self._keys)

    def values(self) -> Any:
        """The parameters."""
        return (self[key] for key in self._keys)

    def update(self, parameters: Any) -> None:
        """Add parameters, or put them in the place of those of the same names.

        Args:
            parameters: a mapping of names to parameters, or an iterable of pairs.

        Raises:
            TypeError: if it is neither.
        """
        for key, value in pairs(parameters, "ParameterDict.update"):
            self[key] = value

    def extra_repr(self) -> str:
        return "\n".join(
            described(key, value, value.type() if isinstance(value, Tensor) else "") for key, value in self.items()
        )

    def __call__(self, input: Any) -> Any:
        raise RuntimeError("a ParameterDict can't be called: use its parameters")

    def __or__(self, other: Any) -> Any:
        result = self.copy()
        result.update(other)
        return result

    def __ror__(self, other: Any) -> Any:
        result = other.copy()
        result.update(self)
        return result

    def __ior__(self, other: Any) -> Any:
        self.update(other)
        return self


def pairs(given: Any, function: str) -> list[tuple[str, Any]]:
    """The (name, value) pairs of a mapping or an iterable of pairs."""
    if isinstance(given, (Mapping, ModuleDict, ParameterDict)):
        return list(given.items())
    if not isinstance(given, Iterable) or isinstance(given, Tensor):
        raise TypeError(f"{function} needs a mapping or pairs, not {type(given).__name__}")
    found = []
    for k, pair in enumerate(given):
        if not isinstance(pair, Iterable):
            raise TypeError(f"{function}: element {k} is {type(pair).__name__} and no pair of name and value")
        items = list(pair)
        if len(items) != 2:
            raise ValueError(f"{function}: element {k} has length {len(items)}; pairs of name and value have 2")
        found.append((items[0], items[1]))
    return found


def described(key: Any, value: Any, of_type: str) -> str:
    """One line about a value in a ParameterList or ParameterDict, which name its type differently."""
    if not isinstance(value, Tensor):
        return f"  ({key}): Object of type: {type(value).__name__}"
    kind = "Parameter" if isinstance(value, Parameter) else "Tensor"
    return f"  ({key}): {kind} containing: [{of_type} of size {'x'.join(map(str, value.shape))}]"


__all__ = ["ModuleDict", "ModuleList", "ParameterDict", "ParameterList", "Sequential"]
