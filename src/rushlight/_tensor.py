"""The Tensor: an array, and its place in the graph.

This file holds a tensor's state and its autograd interface; the operations are attached as methods
by `_methods.py`.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _dtypes
from ._dtypes import FROM_NUMPY, dtype
from ._grad_mode import LOCAL, STATE, is_grad_enabled
from ._graph import (
    LEAF,
    STALE_VIEW,
    Node,
    Out,
    RemovableHandle,
    as_function,
    fresh_node,
    is_stale,
    leaf_hooks,
    node_hooks,
)
from ._hints import hinted

_ndarray = np.ndarray


class _NoVersions:
    """In place of a version counter: what inference tensors have."""

    __slots__ = ()

    def __getitem__(self, i: int) -> int:
        raise RuntimeError("inference tensors can't be saved for backward; use .clone() outside inference_mode first")


INFERENCE: Any = _NoVersions()


class Size(tuple[int, ...]):
    """The shape of a tensor: a tuple that prints as torch.Size and counts elements."""

    __slots__ = ()

    def numel(self) -> int:
        """The product of the sizes."""
        n = 1
        for s in self:
            n *= s
        return n

    def __repr__(self) -> str:
        return f"torch.Size({list(self)})"

    def __getitem__(self, i: Any) -> Any:
        out = tuple.__getitem__(self, i)
        return Size(out) if isinstance(i, slice) else out

    def __add__(self, other: Any) -> Size:
        return Size(tuple.__add__(self, tuple(other)))

    def __mul__(self, n: Any) -> Size:
        return Size(tuple.__mul__(self, n))

    __rmul__ = __mul__


LEAF_TYPES: set[type] = set()  # Tensor and its subclasses: what an edge to a leaf can be


class _TensorType(type):
    """Lets `isinstance(t, torch.FloatTensor)` and the like ask for a dtype."""


def no_gradients_for(kind: dtype) -> RuntimeError:
    """For a tensor whose type can't have gradients."""
    return hinted(
        RuntimeError("Only Tensors of floating point and complex dtype can require gradients"),
        f"this one is {kind!r}; convert it first, for instance with .float()",
    )


class Tensor(metaclass=_TensorType):
    """An n-dimensional array that records what is computed from it.

    Make one with `rushlight.tensor`, `zeros`, `randn` and so on.  With `requires_grad=True`
    every result is recorded, and `backward()` on a result leaves the derivatives in `grad`.

    Example:
        >>> import rushlight as torch
        >>> x = torch.tensor(1., requires_grad=True)
        >>> y = x ** 2
        >>> y.backward()
        >>> x.grad
        tensor(2.)
    """

    __slots__ = ("_a", "_node", "_ver", "_view", "__dict__", "__weakref__")
    _a: Any  # the array
    _node: Any  # None, LEAF, a Node, or an Out of one
    _ver: list[int] | None  # version counter, shared with views; None: 0 and not shared yet
    _view: Any  # a View, or None
    # Rarely there, hence in __dict__ with these defaults:
    _grad: Any = None
    _hooks: Any = None  # of leaves; those of others are on the node
    _post_hooks: Any = None
    _retains = False

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        from ._legacy import legacy_new

        return legacy_new(cls, args, kwargs)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        LEAF_TYPES.add(cls)

    if TYPE_CHECKING:  # operations become methods at import (see _methods), which a type checker can't see

        def __getattr__(self, name: str) -> Any: ...

    # There must be no real __getattr__: with one, reading any attribute takes the interpreter's slow path.

    # -- what it is ------------------------------------------------------------------------------

    @property
    def shape(self) -> Size:
        """The sizes of the dimensions."""
        return Size(self._a.shape)

    @property
    def dtype(self) -> dtype:
        """The type of the elements."""
        return FROM_NUMPY[self._a.dtype]

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return self._a.ndim  # type: ignore[no-any-return]

    @property
    def requires_grad(self) -> bool:
        """Whether gradients are to be computed for this tensor."""
        view = self._view
        if self._node is not None or view is None:
            return self._node is not None
        return view.base._node is not None and is_stale(self)

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        if not self.is_leaf:
            if value:
                return
            raise RuntimeError(
                "you can only change requires_grad flags of leaf variables. If you want to use a computed variable in "
                "a subgraph that doesn't require differentiation use var_no_grad = var.detach()."
            )
        if value and not self.is_floating_point() and not self.is_complex():
            raise no_gradients_for(self.dtype)
        if value and self.is_inference() and not LOCAL.inference:
            raise RuntimeError("an inference tensor can't require gradients; use .clone() outside inference_mode first")
        self._node = LEAF if value else None

    def requires_grad_(self, requires_grad: bool = True) -> Any:
        """Set `requires_grad` in place and return the tensor.

        Args:
            requires_grad: the new value.

        Raises:
            RuntimeError: for integer and bool tensors, and for switching it off on a computed tensor.

        Example:
            >>> import rushlight as torch
            >>> torch.ones(2).requires_grad_()
            tensor([1., 1.], requires_grad=True)
        """
        self.requires_grad = requires_grad
        return self

    @property
    def is_leaf(self) -> bool:
        """Whether it was made by the user rather than computed from recorded tensors."""
        node = fresh_node(self)
        return node is None or node is LEAF

    @property
    def grad_fn(self) -> Any:
        """The node that made this tensor; None for a leaf."""
        view = self._view
        if view is not None and view.restriction is not None and view.base._node is not None and is_stale(self):
            raise RuntimeError(STALE_VIEW[view.restriction])
        node = fresh_node(self)
        if node is None or node is LEAF:
            return None
        return as_function(node)[0]

    @property
    def output_nr(self) -> int:
        """Which output of `grad_fn` this is."""
        node = fresh_node(self)
        return node.number if isinstance(node, Out) else 0

    @property
    def _version(self) -> int:
        if self.is_inference():
            raise RuntimeError("inference tensors don't count versions")
        return 0 if self._ver is None else self._ver[0]

    @property
    def _base(self) -> Any:
        return None if self._view is None else self._view.base

    def _is_view(self) -> bool:
        return self._view is not None

    def is_inference(self) -> bool:
        """Whether it was made in inference mode."""
        return self._ver is INFERENCE

    @property
    def grad(self) -> Any:
        """The gradient that backward passes have left here, or None."""
        return self._grad

    @grad.setter
    def grad(self, value: Any) -> None:
        if value is None:
            self._grad = None
            return
        if not isinstance(value, Tensor):
            raise TypeError(
                f"assigned grad expected to be a Tensor or None but got grad of type {type(value).__name__}"
            )
        if value is self:
            raise RuntimeError("a tensor can't be its own gradient")
        if value._a.shape != self._a.shape:
            raise RuntimeError(
                f"attempting to assign a gradient of size '{list(value._a.shape)}' to a tensor of size "
                f"'{list(self._a.shape)}'. Please ensure that the gradient and the tensor are the same size"
            )
        if value._a.dtype != self._a.dtype:
            raise RuntimeError(f"the gradient is {value.dtype!r} and its tensor {self.dtype!r}; they must be the same")
        self._grad = value

    @grad.deleter
    def grad(self) -> None:
        self._grad = None

    @property
    def data(self) -> Any:
        """The values as a tensor outside the graph: shares memory, doesn't share the version counter."""
        return wrap(self._a)

    @data.setter
    def data(self, value: Any) -> None:
        if not isinstance(value, Tensor):
            raise TypeError(f".data must be a Tensor, not {type(value).__name__}")
        if self._node is not None and value._a.dtype.kind not in "fc":
            raise RuntimeError(
                "data set to a tensor that requires gradients must be floating point or complex dtype"
            )
        self._a = value._a

    # -- the graph -------------------------------------------------------------------------------

    def backward(
        self,
        gradient: Any = None,
        retain_graph: bool | None = None,
        create_graph: bool = False,
        inputs: Any = None,
    ) -> None:
        """Compute the derivative of this tensor by every leaf and add it to the leaf's `grad`.

        Args:
            gradient: the vector of the vector-Jacobian product, a tensor of this tensor's shape;
                may be left out for a tensor of one element, where it is 1.
            retain_graph: keep the saved values for another pass (default: as `create_graph`).
            create_graph: record the pass itself, for derivatives of higher order.
            inputs: the tensors to compute gradients for (default: all leaves).

        Raises:
            RuntimeError: if the tensor doesn't require gradients, has several elements and no
                `gradient`, or if its graph was freed by an earlier pass.

        Example:
            >>> import rushlight as torch
            >>> x = torch.tensor([1., 2.], requires_grad=True)
            >>> (x * x).sum().backward()
            >>> x.grad
            tensor([2., 4.])
        """
        from .autograd import backward

        backward(self, gradient, retain_graph, create_graph, inputs=inputs)

    def detach(self) -> Any:
        """The same values outside the graph.

        Memory and version counter are shared: writing to one shows in the other, and is noticed
        by a backward pass that needed the old values.

        Example:
            >>> import rushlight as torch
            >>> (torch.ones(1, requires_grad=True) * 2).detach()
            tensor([2.])
        """
        t = _new(Tensor)
        t._a = self._a
        t._node = t._view = None
        if self._ver is None:
            self._ver = [0]
        t._ver = self._ver
        return t

    def detach_(self) -> Any:
        """Cut this tensor from the graph that made it, in place."""
        if self._view is not None:
            raise RuntimeError("a view can't be detached in place: it would still be part of its base. Use .detach()")
        self._node = None
        return self

    def retain_grad(self) -> None:
        """Keep the gradient of this computed tensor in `grad` as for a leaf.

        Raises:
            RuntimeError: if the tensor doesn't require gradients.
        """
        node = fresh_node(self)
        if node is None:
            raise RuntimeError("retain_grad() needs a tensor that requires gradients")
        if node is LEAF:
            return
        function, number = as_function(node)
        node_hooks.seen = True
        if function._retain is None:
            function._retain = {}
        function._retain[number] = weakref.ref(self)
        self._retains = True

    @property
    def retains_grad(self) -> bool:
        """Whether this computed tensor keeps its gradient."""
        return self._retains

    def register_hook(self, hook: Callable[[Any], Any]) -> RemovableHandle:
        """Call `hook(grad)` whenever a gradient of this tensor is computed.

        Args:
            hook: gets the gradient; what it returns, if not None, takes the gradient's place.

        Returns:
            a handle whose `remove()` takes the hook away.

        Raises:
            RuntimeError: if the tensor doesn't require gradients.

        Example:
            >>> import rushlight as torch
            >>> x = torch.ones(2, requires_grad=True)
            >>> handle = x.register_hook(lambda g: g * 10)
            >>> x.sum().backward()
            >>> x.grad
            tensor([10., 10.])
        """
        node = fresh_node(self)
        if node is None:
            raise RuntimeError("a hook can only be registered on a tensor that requires gradients")
        if node is LEAF:
            leaf_hooks.seen = True
            if self._hooks is None:
                self._hooks = {}
            return RemovableHandle(self._hooks, hook)
        function, number = as_function(node)
        return RemovableHandle(function.output_hooks(number), hook)

    def register_post_accumulate_grad_hook(self, hook: Callable[[Any], Any]) -> RemovableHandle:
        """Call `hook(tensor)` each time a gradient has been added to this leaf's `grad`.

        Args:
            hook: gets the leaf itself.

        Returns:
            a handle whose `remove()` takes the hook away.

        Raises:
            RuntimeError: if the tensor isn't a leaf that requires gradients.
        """
        if self._node is not LEAF:
            raise RuntimeError("post-accumulate hooks are for leaf tensors that require gradients")
        leaf_hooks.seen = True
        if self._post_hooks is None:
            self._post_hooks = {}
        return RemovableHandle(self._post_hooks, hook)

    # -- Python's protocols -----------------------------------------------------------------------

    # NumPy's operators must leave `np.float64(2) * tensor` to us.
    __array_priority__ = 1000

    __hash__ = object.__hash__  # by identity, and in C: the engine keeps tensors in dictionaries

    def __repr__(self) -> str:
        from ._printing import tensor_str

        return tensor_str(self)

    def __len__(self) -> int:
        if not self._a.ndim:
            raise hinted(TypeError("len() of a 0-d tensor"), "item() gives its number")
        return len(self._a)

    def __bool__(self) -> bool:
        if self._a.size != 1:
            count = "more than one value" if self._a.size else "no values"
            raise hinted(
                RuntimeError(f"Boolean value of Tensor with {count} is ambiguous"),
                f"the shape is {list(self._a.shape)}; use .any() or .all()",
            )
        return bool(self._a.reshape(())[()])

    def item(self) -> Any:
        """The single element as a Python number.

        Raises:
            RuntimeError: if there isn't exactly one element.

        Example:
            >>> import rushlight as torch
            >>> torch.tensor([2.5]).item()
            2.5
        """
        if self._a.size != 1:
            raise hinted(
                RuntimeError(f"a Tensor with {self._a.size} elements cannot be converted to Scalar"),
                f"item() is for tensors of one element; this one has shape {list(self._a.shape)}",
            )
        return self._a.item()

    def tolist(self) -> Any:
        """The elements as nested lists of Python numbers (a number for a 0-d tensor).

        Example:
            >>> import rushlight as torch
            >>> torch.tensor([[1, 2], [3, 4]]).tolist()
            [[1, 2], [3, 4]]
        """
        return self._a.tolist()

    def _number(self) -> Any:
        if self._a.size != 1:
            raise hinted(
                ValueError("only one element tensors can be converted to Python scalars"),
                f"this one has shape {list(self._a.shape)}",
            )
        return self._a.item()

    def __float__(self) -> float:
        return float(self._number())

    def __int__(self) -> int:
        return int(self._number())

    def __complex__(self) -> complex:
        return complex(self._number())

    def __index__(self) -> int:
        if self._a.dtype.kind not in "biu" or self._a.size != 1:
            raise TypeError("only integer tensors of a single element can be used as an index")
        return int(self.item())

    def numpy(self, *, force: bool = False) -> Any:
        """The array itself: shares memory with the tensor.

        Args:
            force: detach first, rather than refuse a tensor that requires gradients.

        Raises:
            RuntimeError: if the tensor requires gradients and `force` is False.

        Example:
            >>> import rushlight as torch
            >>> torch.ones(2).numpy()
            array([1., 1.], dtype=float32)
        """
        if self.requires_grad and not force and is_grad_enabled() and not self._is_only_dual():
            raise RuntimeError(
                "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead."
            )
        return self._a

    def _is_only_dual(self) -> bool:
        """Whether nothing but a tangent of forward mode goes with this tensor."""
        if not STATE.dual:
            return False
        from .autograd.forward_ad import shown

        return not shown(self)[0]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        a = self.numpy()
        if dtype is not None and a.dtype != np.dtype(dtype):
            if copy is False:
                raise ValueError(f"a {a.dtype} tensor can't become a {np.dtype(dtype)} array without a copy")
            return a.astype(dtype)
        return a.copy() if copy else a

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: bool = False) -> Any:
        """What NumPy's own functions give for a tensor: a tensor outside the graph; bools as uint8, as in torch."""
        return wrap(array.view(np.uint8) if array.dtype == np.bool_ else array)

    def __format__(self, spec: str) -> str:
        from ._printing import format_tensor

        return format_tensor(self, spec)

    def __reduce_ex__(self, protocol: Any) -> Any:
        return (_rebuild, (type(self), self._a, self._node is LEAF, self.__dict__.get("_hooks")))

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        if id(self) in memo:
            return memo[id(self)]
        if not self.is_leaf:
            raise RuntimeError(
                "only leaf tensors can be deep-copied, and this one was computed by "
                f"{self.grad_fn.name()}; copy .detach() of it"
            )
        import copy

        t = _new(type(self))
        memo[id(self)] = t
        t._a = memo_array(self._a, memo)
        t._node, t._ver, t._view = self._node, None, None
        for key, value in self.__dict__.items():
            if key not in ("_hooks", "_post_hooks"):
                t.__dict__[key] = copy.deepcopy(value, memo)
        return t


def memo_array(a: Any, memo: dict[int, Any]) -> Any:
    """A copy of an array for deepcopy; tensors that shared memory share it in the copy too."""
    if id(a) not in memo:
        memo[id(a)] = a.copy(order="K")
        memo.setdefault(id(memo), []).append(a)  # keeps `a` alive, so that its id stays its own
    return memo[id(a)]


LEAF_TYPES.add(Tensor)


class Parameter(Tensor):
    """A tensor that a module counts among its parameters.

    Args:
        data: the values (default: none).
        requires_grad: whether gradients are computed for it.

    Example:
        >>> import rushlight as torch
        >>> torch.nn.Parameter(torch.ones(2))
        Parameter containing:
        tensor([1., 1.], requires_grad=True)
    """

    def __new__(cls, data: Any = None, requires_grad: bool = True) -> Any:
        t = _new(cls)
        t._a = np.empty(0, _dtypes.numpy_dtype(None)) if data is None else data._a
        t._node = LEAF if requires_grad else None
        t._ver = t._view = None
        if requires_grad and t._a.dtype.kind not in "fc":
            raise no_gradients_for(data.dtype)
        return t

    def __repr__(self) -> str:
        from ._printing import parameter_str

        return parameter_str(self)


_new = object.__new__


def _rebuild(cls: Any, array: Any, requires_grad: bool, hooks: Any) -> Any:
    t: Any = _new(cls)
    t._a, t._node, t._ver, t._view = array, LEAF if requires_grad else None, None, None
    return t


def as_array(value: Any) -> Any:
    """A NumPy scalar as the 0-d array that it stands for; any other array as it is."""
    return np.asarray(value) if isinstance(value, (np.generic, int, float, complex)) else value


def wrap(array: Any) -> Any:
    """A tensor outside the graph around an array, which isn't copied."""
    if array.__class__ is not _ndarray:
        array = as_array(array)
    t = _new(Tensor)
    t._a = array
    t._node = t._ver = t._view = None
    if not STATE.plain and LOCAL.inference:
        t._ver = INFERENCE
    return t


def bump(x: Any) -> None:
    """Count a write into the memory of `x`."""
    ver = x._ver
    if ver is None:
        x._ver = [1]
    elif ver is not INFERENCE:
        ver[0] += 1


__all__ = ["LEAF_TYPES", "Node", "Parameter", "Size", "Tensor", "as_array", "bump", "is_grad_enabled", "wrap"]
