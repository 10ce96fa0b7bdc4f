"""The base class of optimizers: parameter groups, state, hooks, saving and loading."""

from __future__ import annotations

import copy
import functools
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import chain
from typing import Any

from .._grad_mode import enable_grad
from .._graph import LEAF, RemovableHandle
from .._hints import hinted
from .._settings import typename
from .._tensor import Tensor, bump


class _Required:
    """The default of an option that every parameter group must give itself."""

    def __repr__(self) -> str:
        return "<required parameter>"


required = _Required()
_GLOBAL_PRE: dict[int, Any] = {}
_GLOBAL_POST: dict[int, Any] = {}


def register_optimizer_step_pre_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call `hook(optimizer, args, kwargs)` before the step of every optimizer.

    Args:
        hook: may return a pair of new (args, kwargs), or None.

    Returns:
        a handle whose `remove()` takes the hook away.
    """
    return RemovableHandle(_GLOBAL_PRE, hook)


def register_optimizer_step_post_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call `hook(optimizer, args, kwargs)` after the step of every optimizer.

    Args:
        hook: what it returns is ignored.

    Returns:
        a handle whose `remove()` takes the hook away.
    """
    return RemovableHandle(_GLOBAL_POST, hook)


def with_hooks(step: Callable[..., Any]) -> Callable[..., Any]:
    """A step method that runs the step hooks, and notes that a step was made (schedulers ask)."""

    @functools.wraps(step)
    def hooked(self: Optimizer, *args: Any, **kwargs: Any) -> Any:
        if _GLOBAL_PRE or self._optimizer_step_pre_hooks:
            for hook in chain(_GLOBAL_PRE.values(), self._optimizer_step_pre_hooks.values()):
                changed = hook(self, args, kwargs)
                if changed is not None:
                    if not (isinstance(changed, tuple) and len(changed) == 2):
                        raise RuntimeError(
                            f"a step pre-hook must return None or a pair (args, kwargs), not {changed!r}"
                        )
                    args, kwargs = changed
        out = step(self, *args, **kwargs)
        self._opt_called = True
        if _GLOBAL_POST or self._optimizer_step_post_hooks:
            for hook in chain(self._optimizer_step_post_hooks.values(), _GLOBAL_POST.values()):
                hook(self, args, kwargs)
        return out

    hooked._with_hooks = True  # type: ignore[attr-defined]
    return hooked


class Optimizer:
    """What all optimizers share; a subclass of your own overrides `step`.

    Args:
        params: tensors, (name, tensor) pairs, or dictionaries with an entry "params" and options for these
            parameters alone.
        defaults: the options of groups that don't give their own.

    Attributes:
        param_groups: a list of dictionaries, each with "params" and options such as "lr".
        state: by parameter, what the optimizer remembers of it.

    Example:
        >>> class Plain(torch.optim.Optimizer):
        ...     def step(self, closure=None):
        ...         with torch.no_grad():
        ...             for group in self.param_groups:
        ...                 for p in group["params"]:
        ...                     p.sub_(p.grad * group["lr"])
        >>> x = torch.ones(2, requires_grad=True)
        >>> optimizer = Plain([x], {"lr": 0.5})
        >>> x.sum().backward()
        >>> optimizer.step()
        >>> x
        tensor([0.5000, 0.5000], requires_grad=True)
    """

    _opt_called = False

    def __init__(self, params: Any, defaults: dict[str, Any]) -> None:
        self.defaults = defaults
        self._make_hooks()
        if isinstance(params, Tensor):
            raise hinted(
                TypeError(
                    "params argument given to the optimizer should be an iterable of Tensors or dicts, but got "
                    + typename(params)
                ),
                "write [tensor], or module.parameters()",
            )
        self.state: defaultdict[Any, Any] = defaultdict(dict)
        self.param_groups: list[dict[str, Any]] = []
        groups = list(params)
        if not groups:
            raise hinted(ValueError("optimizer got an empty parameter list"), "an iterator can be used only once")
        if not isinstance(groups[0], dict):
            groups = [{"params": groups}]
        for group in groups:
            self.add_param_group(dict(group) if isinstance(group, dict) else group)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        step = cls.__dict__.get("step")
        if step is not None and not hasattr(step, "_with_hooks"):
            cls.step = with_hooks(step)  # type: ignore[method-assign]

    def _make_hooks(self) -> None:
        self._optimizer_step_pre_hooks: dict[int, Any] = {}
        self._optimizer_step_post_hooks: dict[int, Any] = {}
        self._optimizer_state_dict_pre_hooks: dict[int, Any] = {}
        self._optimizer_state_dict_post_hooks: dict[int, Any] = {}
        self._optimizer_load_state_dict_pre_hooks: dict[int, Any] = {}
        self._optimizer_load_state_dict_post_hooks: dict[int, Any] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {"defaults": self.defaults, "state": self.state, "param_groups": self.param_groups}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if "_optimizer_step_pre_hooks" not in self.__dict__:
            self._make_hooks()
        self.defaults.setdefault("differentiable", False)

    def __repr__(self) -> str:
        lines = [type(self).__name__ + " ("]
        for number, group in enumerate(self.param_groups):
            lines += ["", f"Parameter Group {number}"] if number else [f"Parameter Group {number}"]
            lines += [f"    {key}: {group[key]}" for key in sorted(group) if key != "params"]
        return "\n".join([*lines, ")"])

    # -- hooks ---------------------------------------------------------------------------------------

    def register_step_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(optimizer, args, kwargs)` before each step; it may return a new (args, kwargs)."""
        return RemovableHandle(self._optimizer_step_pre_hooks, hook)

    def register_step_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(optimizer, args, kwargs)` after each step."""
        return RemovableHandle(self._optimizer_step_post_hooks, hook)

    def register_state_dict_pre_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call `hook(optimizer)` before each `state_dict()`."""
        return RemovableHandle(self._optimizer_state_dict_pre_hooks, hook, first=prepend)

    def register_state_dict_post_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call `hook(optimizer, state_dict)` after each `state_dict()`; it may return another one."""
        return RemovableHandle(self._optimizer_state_dict_post_hooks, hook, first=prepend)

    def register_load_state_dict_pre_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call `hook(optimizer, state_dict)` before each `load_state_dict()`; it may return another one."""
        return RemovableHandle(self._optimizer_load_state_dict_pre_hooks, hook, first=prepend)

    def register_load_state_dict_post_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call `hook(optimizer)` after each `load_state_dict()`."""
        return RemovableHandle(self._optimizer_load_state_dict_post_hooks, hook, first=prepend)

    # -- state ---------------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """The optimizer's state in PyTorch's layout.

        Returns:
            a dictionary with "state" (by the parameters' numbers, counted through all groups) and
            "param_groups" (the groups, with numbers in place of parameters).

        Example:
            >>> x = torch.ones(2, requires_grad=True)
            >>> torch.optim.SGD([x], lr=0.1, momentum=0.9).state_dict()["param_groups"][0]["params"]
            [0]
        """
        for hook in self._optimizer_state_dict_pre_hooks.values():
            hook(self)
        numbers: dict[int, int] = {}
        groups = []
        for group in self.param_groups:
            packed = {key: value for key, value in group.items() if key != "params"}
            for p in group["params"]:
                numbers.setdefault(id(p), len(numbers))
            packed["params"] = [numbers[id(p)] for p in group["params"]]
            groups.append(packed)
        state = {numbers[id(k)] if isinstance(k, Tensor) else k: v for k, v in self.state.items()}
        out: dict[str, Any] = {"state": state, "param_groups": groups}
        for hook in self._optimizer_state_dict_post_hooks.values():
            changed = hook(self, out)
            out = out if changed is None else changed
        return out

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over a state that `state_dict()` returned, here or in PyTorch.

        Args:
            state_dict: the state; it is copied.

        Raises:
            ValueError: if its groups don't have as many parameters as this optimizer's.

        Example:
            >>> x = torch.ones(2, requires_grad=True)
            >>> a, b = torch.optim.SGD([x], lr=0.1), torch.optim.SGD([x], lr=0.2)
            >>> b.load_state_dict(a.state_dict())
            >>> b.param_groups[0]["lr"]
            0.1
        """
        state_dict = dict(state_dict)
        for hook in self._optimizer_load_state_dict_pre_hooks.values():
            changed = hook(self, state_dict)
            state_dict = state_dict if changed is None else changed
        saved = copy.deepcopy(state_dict["param_groups"])
        if len(saved) != len(self.param_groups):
            raise hinted(
                ValueError("loaded state dict has a different number of parameter groups"),
                f"it has {len(saved)}, and the optimizer has {len(self.param_groups)}",
            )
        for number, (ours, theirs) in enumerate(zip(self.param_groups, saved, strict=True)):
            if len(ours["params"]) != len(theirs["params"]):
                raise hinted(
                    ValueError(
                        "loaded state dict contains a parameter group that doesn't match the size of optimizer's group"
                    ),
                    f"group {number} has {len(theirs['params'])} parameters in it and {len(ours['params'])} here",
                )
        by_number = dict(
            zip(
                chain.from_iterable(g["params"] for g in saved),
                chain.from_iterable(g["params"] for g in self.param_groups),
                strict=True,
            )
        )
        state: defaultdict[Any, Any] = defaultdict(dict)
        for key, value in state_dict["state"].items():
            p = by_number.get(key)
            state[key if p is None else p] = value if p is None else self._fitted(p, value)
        groups = []
        for ours, theirs in zip(self.param_groups, saved, strict=True):
            theirs["params"] = ours["params"]
            if "param_names" in ours and "param_names" not in theirs:
                theirs["param_names"] = ours["param_names"]
            groups.append(theirs)
        self.__setstate__({"state": state, "param_groups": groups})
        for hook in self._optimizer_load_state_dict_post_hooks.values():
            hook(self)

    def _fitted(self, p: Any, value: Any, key: Any = None) -> Any:
        """A copy of a loaded value, in the type of its parameter (counts of steps keep theirs)."""
        if isinstance(value, Tensor):
            if key != "step" and p.is_floating_point():
                value = value.to(p.dtype)
            return value.detach().clone()
        if isinstance(value, dict):
            return {k: self._fitted(p, v, k) for k, v in value.items()}
        if isinstance(value, (list, tuple)):
            return type(value)(self._fitted(p, v) for v in value)
        return value

    # -- parameters -------------------------------------------------------------------------------------

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add parameters, for instance of layers that are to be trained from now on.

        Args:
            param_group: a dictionary with "params" and options that differ from the defaults.

        Raises:
            TypeError: if it isn't a dictionary, or what it holds isn't tensors.
            ValueError: if a parameter was computed, is in another group, or an option without default is missing.
        """
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group).__name__}")
        params = param_group["params"]
        if isinstance(params, set):
            raise TypeError("optimizer parameters need an order, and a set has none; use a list")
        params = [params] if isinstance(params, Tensor) else list(params)
        if params and isinstance(params[0], tuple):
            if not all(isinstance(item, tuple) and len(item) == 2 for item in params):
                raise ValueError("all optimizer params should be (name, tensor) pairs, or none of them")
            param_group["param_names"] = [name for name, _ in params]
            params = [p for _, p in params]
        param_group["params"] = params
        for k, p in enumerate(params):
            if not isinstance(p, Tensor):
                fact = TypeError(f"optimizer can only optimize Tensors, but one of the params is {typename(p)}")
                raise hinted(fact, f"it is params[{k}]")
            if not self.defaults.get("differentiable") and not (p.is_leaf or p.retains_grad):
                raise hinted(
                    ValueError("can't optimize a non-leaf Tensor"),
                    f"params[{k}] (shape {list(p.shape)}) was computed by {p.grad_fn.name()}; pass the tensors that it "
                    "was computed from",
                )
        if self.param_groups and ("param_names" in param_group) != ("param_names" in self.param_groups[0]):
            raise ValueError("all parameter groups must be named if one is")
        for name, default in self.defaults.items():
            if default is required and name not in param_group:
                raise ValueError(f"parameter group didn't specify a value of required optimization parameter {name}")
            param_group.setdefault(name, default)
        if len(params) != len({id(p) for p in params}):
            warnings.warn(
                "optimizer contains a parameter group with duplicate parameters; each step will update them twice",
                stacklevel=3,
            )
        known = {id(p) for group in self.param_groups for p in group["params"]}
        if not known.isdisjoint(id(p) for p in params):
            raise ValueError("some parameters appear in more than one parameter group")
        self.param_groups.append(param_group)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters.

        Args:
            set_to_none: set `grad` to None; False fills it with zeros.

        Example:
            >>> x = torch.ones(2, requires_grad=True)
            >>> x.sum().backward()
            >>> torch.optim.SGD([x], lr=0.1).zero_grad()
            >>> x.grad is None
            True
        """
        for group in self.param_groups:
            for p in group["params"]:
                grad = p._grad
                if grad is None:
                    continue
                if set_to_none:
                    p._grad = None
                elif grad._node is None or grad._node is LEAF:
                    grad._node = None
                    grad._a.fill(0)
                    bump(grad)
                else:
                    p._grad = grad.detach() * 0

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change the parameters by one step.

        Args:
            closure: computes the loss anew, with its gradients, and returns it.

        Returns:
            what the closure returned, else None.
        """
        raise NotImplementedError(f"{type(self).__name__} has no step of its own: a subclass must define it")


def call_closure(closure: Callable[[], Any] | None) -> Any:
    """The loss from a closure, recorded; None without one."""
    if closure is None:
        return None
    with enable_grad():
        return closure()


def number(value: Any) -> Any:
    """An option that may be given as a tensor of one element, as a Python number."""
    return value.item() if isinstance(value, Tensor) else value


def require(condition: bool, name: str, value: Any, wanted: str) -> None:
    """Refuse an option's value.

    Raises:
        ValueError: unless `condition` holds.
    """
    if not condition:
        raise hinted(ValueError(f"Invalid {name}: {value}"), f"it must be {wanted}")


def check_options(lr: Any = 0.0, eps: float = 0.0, weight_decay: Any = 0.0, betas: Iterable[Any] = ()) -> None:
    """Refuse values out of range of the options that most optimizers share."""
    if isinstance(lr, Tensor) and lr.numel() != 1:
        raise ValueError(f"Tensor lr must be 1-element, and has shape {list(lr.shape)}; give groups for several rates")
    require(number(lr) >= 0, "learning rate", lr, "at least 0")
    require(eps >= 0, "epsilon value", eps, "at least 0")
    require(number(weight_decay) >= 0, "weight_decay value", weight_decay, "at least 0")
    for index, beta in enumerate(betas):
        require(0 <= number(beta) < 1, f"beta parameter at index {index}", beta, "at least 0 and below 1")


def check_modes(
    differentiable: bool = False,
    capturable: bool = False,
    foreach: bool | None = None,
    fused: bool | None = None,
) -> None:
    """Accept the flags that only choose among PyTorch's implementations; refuse those that change what is computed."""
    if differentiable:
        raise NotImplementedError(
            "differentiable=True isn't supported: steps write into the parameters, outside the graph. To differentiate "
            "through an update, compute new values (p - lr * grad) from torch.autograd.grad(..., create_graph=True)"
        )
    if capturable:
        raise NotImplementedError("capturable=True is for CUDA graphs, and there is no GPU here; leave it out")
    if fused and foreach:
        raise RuntimeError("`fused` and `foreach` cannot be `True` together")


__all__ = ["Optimizer", "register_optimizer_step_post_hook", "register_optimizer_step_pre_hook", "required"]
