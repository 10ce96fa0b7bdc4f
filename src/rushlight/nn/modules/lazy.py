"""Modules that learn the shapes of their parameters from their first input."""

from __future__ import annotations

import itertools
from typing import Any

from ..parameter import is_lazy


class LazyModuleMixin:
    """Makes a module lazy: `initialize_parameters(*args)` is called before the first forward.

    Attributes:
        cls_to_become: the class that the module has from then on.
    """

    cls_to_become: Any = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        module: Any = self
        self._initialize_hook = module.register_forward_pre_hook(LazyModuleMixin._infer_parameters, with_kwargs=True)
        self._load_hook = module._register_load_state_dict_pre_hook(self._take_shapes)

    def has_uninitialized_params(self) -> bool:
        """Whether a parameter or buffer has no shape yet."""
        module: Any = self
        return any(is_lazy(v) for v in itertools.chain(module._parameters.values(), module._buffers.values()))

    def initialize_parameters(self, *args: Any, **kwargs: Any) -> None:
        """Give the parameters the shapes that an input asks for; to be overridden.

        Args:
            args, kwargs: what forward is called with.
        """
        raise NotImplementedError(f"initialize_parameters is not implemented for {type(self).__name__}")

    def _take_shapes(self, state_dict: Any, prefix: str, *rest: Any) -> None:
        """Before loading, the parameters take the shapes of what is loaded into them."""
        module: Any = self
        for name, value in itertools.chain(module._parameters.items(), module._buffers.items()):
            if is_lazy(value) and prefix + name in state_dict:
                value.materialize(state_dict[prefix + name].shape)

    @staticmethod
    def _infer_parameters(module: Any, args: Any, kwargs: Any) -> None:
        module.initialize_parameters(*args, **kwargs)
        if module.has_uninitialized_params():
            raise RuntimeError(
                f"{type(module).__name__}.initialize_parameters left parameters without a shape: "
                "materialize() all of them"
            )
        module._initialize_hook.remove()
        module._load_hook.remove()
        del module._initialize_hook, module._load_hook
        module._note_hooks()
        if module.cls_to_become is not None:
            module.__class__ = module.cls_to_become


__all__ = ["LazyModuleMixin"]
