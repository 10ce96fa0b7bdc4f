"""AdamW: Adam with decoupled weight decay."""

from __future__ import annotations

from typing import Any

from .adam import Adam


class AdamW(Adam):
    r"""Adam whose weight decay shrinks the parameters and stays out of the means.

    For each parameter p with gradient g, at step t::

        p <- p - lr * weight_decay * p
        then the step of `Adam` without weight decay

    Args:
        params: tensors, (name, tensor) pairs or dictionaries of parameter groups.
        lr: the learning rate.
        betas: the decay rates of the two means.
        eps: keeps the denominator from 0.
        weight_decay: how much the parameters shrink, as a factor of the learning rate.
        amsgrad: use the largest mean square so far.
        maximize: go up instead of down.
        foreach, fused: accepted; they choose among PyTorch's implementations.
        capturable, differentiable: must be False.

    Raises:
        ValueError: if an option is out of range.

    Example:
        >>> x = torch.tensor([1., 2.], requires_grad=True)
        >>> optimizer = torch.optim.AdamW([x], lr=0.1, weight_decay=0.5)
        >>> (x * x).sum().backward()
        >>> optimizer.step()
        >>> x
        tensor([0.8500, 1.8000], requires_grad=True)

    Source: I. Loshchilov and F. Hutter, "Decoupled weight decay regularization", 2019.
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        betas: tuple[Any, Any] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        super().__init__(
            params, lr, betas, eps, weight_decay, amsgrad, maximize=maximize, foreach=foreach,
            capturable=capturable, differentiable=differentiable, fused=fused, decoupled_weight_decay=True,
        )  # fmt: skip

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            group["decoupled_weight_decay"] = True


__all__ = ["AdamW"]
