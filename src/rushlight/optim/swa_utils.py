"""`torch.optim.swa_utils`: averages of a model's parameters over the training."""

from __future__ import annotations

import copy
import itertools
import math
from collections.abc import Callable, Iterable
from typing import Any

from .. import nn
from .._creation import tensor
from .._dtypes import int64
from .._grad_mode import no_grad
from ._schedules import LRScheduler, per_group


def _check_decay(decay: float) -> None:
    if not 0 <= decay <= 1:
        raise ValueError(f"Invalid decay value {decay} provided. Please provide a value in [0,1] range.")


def get_ema_avg_fn(decay: float = 0.999) -> Callable[[Any, Any, Any], Any]:
    """The exponential moving average: a <- decay * a + (1 - decay) * p, for `AveragedModel`'s `avg_fn`.

    Args:
        decay: from 0 to 1.
    """
    _check_decay(decay)

    def ema_update(ema_param: Any, current_param: Any, num_averaged: Any) -> Any:
        with no_grad():
            return decay * ema_param + (1 - decay) * current_param

    return ema_update


def get_swa_avg_fn() -> Callable[[Any, Any, Any], Any]:
    """The mean of all values: a <- a + (p - a) / (n + 1), for `AveragedModel`'s `avg_fn`."""

    def swa_update(averaged_param: Any, current_param: Any, num_averaged: Any) -> Any:
        with no_grad():
            return averaged_param + (current_param - averaged_param) / (num_averaged + 1)

    return swa_update


def _over_lists(average: Callable[[Any, Any, Any], Any]) -> Callable[[Any, Any, Any], None]:
    def update(averaged: Any, current: Any, num_averaged: Any) -> None:
        with no_grad():
            for a, p in zip(averaged, current, strict=True):
                a.copy_(average(a, p, num_averaged))

    return update


def get_ema_multi_avg_fn(decay: float = 0.999) -> Callable[[Any, Any, Any], None]:
    """As `get_ema_avg_fn`, in place for lists of parameters: for `AveragedModel`'s `multi_avg_fn`.

    Args:
        decay: from 0 to 1.
    """
    _check_decay(decay)
    return _over_lists(
        lambda a, p, n: a + (p - a) * (1 - decay) if a.is_floating_point() else a * decay + p * (1 - decay)
    )


def get_swa_multi_avg_fn() -> Callable[[Any, Any, Any], None]:
    """As `get_swa_avg_fn`, in place for lists of parameters: for `AveragedModel`'s `multi_avg_fn`."""
    return _over_lists(get_swa_avg_fn())


class AveragedModel(nn.Module):
    """A copy of a model whose parameters are averages of the model's.

    Args:
        model: the model.
        device: "cpu" or None.
        avg_fn: gives a new average from the average, the parameter and the number of averages so far (default: the mean
            of all).
        multi_avg_fn: the same in place, for lists of parameters.
        use_buffers: average the buffers too; else they are copied.

    Example:
        >>> model = torch.nn.Linear(2, 1)
        >>> averaged = torch.optim.swa_utils.AveragedModel(model)
        >>> averaged.update_parameters(model)
        >>> averaged.n_averaged
        tensor(1)

    Source: P. Izmailov and others, "Averaging weights leads to wider optima and better generalization", 2018.
    """

    def __init__(
        self,
        model: Any,
        device: Any = None,
        avg_fn: Callable[[Any, Any, Any], Any] | None = None,
        multi_avg_fn: Callable[[Any, Any, Any], None] | None = None,
        use_buffers: bool = False,
    ) -> None:
        super().__init__()
        if avg_fn is not None and multi_avg_fn is not None:
            raise AssertionError("Only one of avg_fn and multi_avg_fn should be provided")
        self.module = copy.deepcopy(model)
        if device is not None:
            self.module = self.module.to(device)
        self.register_buffer("n_averaged", tensor(0, dtype=int64))
        self.avg_fn = avg_fn
        self.multi_avg_fn = multi_avg_fn
        self.use_buffers = use_buffers

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the averaged model gives."""
        return self.module(*args, **kwargs)

    def update_parameters(self, model: Any) -> None:
        """Take the model's present parameters into the averages.

        Args:
            model: the model that was copied.
        """
        with no_grad():
            self._update(model)

    def _update(self, model: Any) -> None:
        ours: Iterable[Any] = self.module.parameters()
        theirs: Iterable[Any] = model.parameters()
        if self.use_buffers:
            ours = itertools.chain(ours, self.module.buffers())
            theirs = itertools.chain(theirs, model.buffers())
        averages, values = [a.detach() for a in ours], [p.detach() for p in theirs]
        count = self.n_averaged
        if int(count) == 0:
            for a, p in zip(averages, values, strict=False):
                a.copy_(p)
        elif self.multi_avg_fn is not None:
            self.multi_avg_fn(averages, values, count)
        else:
            average = self.avg_fn or get_swa_avg_fn()
            for a, p in zip(averages, values, strict=False):
                a.copy_(average(a, p, count))
        if not self.use_buffers:
            for a, p in zip(self.module.buffers(), model.buffers(), strict=True):
                a.detach().copy_(p.detach())
        self.n_averaged += 1


def update_bn(loader: Iterable[Any], model: Any, device: Any = None) -> None:
    """Compute the running statistics of a model's batch normalisation layers anew.

    Args:
        loader: batches, or lists and tuples whose first item is a batch.
        model: the model, for instance an `AveragedModel`.
        device: "cpu" or None.
    """
    momenta = {}
    for module in model.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.reset_running_stats()
            momenta[module] = module.momentum
    if not momenta:
        return
    was_training = model.training
    model.train()
    for module in momenta:
        module.momentum = None
    with no_grad():
        for batch in loader:
            first = batch[0] if isinstance(batch, (list, tuple)) else batch
            model(first if device is None else first.to(device))
    for module, momentum in momenta.items():
        module.momentum = momentum
    model.train(was_training)


class SWALR(LRScheduler):
    """The learning rate goes to `swa_lr` over some epochs and stays there.

    Args:
        optimizer: the optimizer.
        swa_lr: the last value, or one for each parameter group.
        anneal_epochs: the epochs it takes.
        anneal_strategy: "cos" or "linear", the shape of the way.
        last_epoch: the last epoch done, -1 at the start.

    Raises:
        ValueError: if an option is out of range.
    """

    def __init__(
        self,
        optimizer: Any,
        swa_lr: Any,
        anneal_epochs: int = 10,
        anneal_strategy: str = "cos",
        last_epoch: int = -1,
    ) -> None:
        for lr, group in zip(per_group("swa_lr", optimizer, swa_lr), optimizer.param_groups, strict=True):
            group["swa_lr"] = lr
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}")
        if not isinstance(anneal_epochs, int) or anneal_epochs < 0:
            raise ValueError(f"anneal_epochs must be equal or greater than 0, got {anneal_epochs}")
        self._anneal_strategy = anneal_strategy
        self.anneal_epochs = anneal_epochs
        super().__init__(optimizer, last_epoch)

    def _part(self, step: int) -> float:
        """How much of the way is done."""
        t = max(0.0, min(1.0, step / max(1, self.anneal_epochs)))
        return (1 - math.cos(math.pi * t)) / 2 if self._anneal_strategy == "cos" else t

    def get_lr(self) -> list[Any]:
        self._closed()
        step = self._step_count - 1
        if self.anneal_epochs == 0:
            step = max(1, step)
        before, now = self._part(step - 1), self._part(step)
        lrs = []
        for group in self.optimizer.param_groups:
            last = group["swa_lr"]
            start = last if before == 1 else (group["lr"] - before * last) / (1 - before)
            lrs.append(last * now + start * (1 - now))
        return lrs


__all__ = [
    "SWALR", "AveragedModel", "get_ema_avg_fn", "get_ema_multi_avg_fn", "get_swa_avg_fn",
    "get_swa_multi_avg_fn", "update_bn",
]  # fmt: skip
