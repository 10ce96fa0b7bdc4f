"""Softmax over very many classes, rare ones in clusters."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Sequence
from typing import Any

from ...ops._called import called
from .. import functional as F
from .container import ModuleList, Sequential
from .linear import Linear
from .module import Module

_ASMoutput = namedtuple("_ASMoutput", ["output", "loss"])


class AdaptiveLogSoftmaxWithLoss(Module):
    """The log-probabilities of classes and their mean loss, cheap for frequent classes (Grave et al., 2016).

    Args:
        in_features: the size of the input.
        n_classes: the number of classes, which are ordered by falling frequency.
        cutoffs: where the clusters of rare classes begin, rising.
        div_value: each cluster's inner size is the one's before divided by this.
        head_bias: whether the frequent classes have a bias.
        device: the CPU.
        dtype: of the parameters (default: the default dtype).

    Shape:
        (N, in_features) and integers (N,) to the named tuple of output (N,) and loss (); N may be left out.

    Raises:
        ValueError: if the cutoffs aren't rising integers from 1 to n_classes - 1.

    Example:
        >>> import rushlight as torch
        >>> m = torch.nn.AdaptiveLogSoftmaxWithLoss(8, 20, [5, 10], div_value=2.)
        >>> m.log_prob(torch.randn(3, 8)).exp().sum(1)
        tensor([1.0000, 1.0000, 1.0000], grad_fn=<SumBackward1>)
    """

    def __init__(
        self,
        in_features: int,
        n_classes: int,
        cutoffs: Sequence[int],
        div_value: float = 4.0,
        head_bias: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        cutoffs = list(cutoffs)
        rising = cutoffs == sorted(set(cutoffs)) and all(int(c) == c for c in cutoffs)
        if not cutoffs or not rising or cutoffs[0] <= 0 or cutoffs[-1] > n_classes - 1:
            raise ValueError(
                "cutoffs must be a rising sequence of integers between 1 and n_classes - 1 = "
                f"{n_classes - 1}, not {cutoffs}"
            )
        self.in_features = in_features
        self.n_classes = n_classes
        self.cutoffs = [*cutoffs, n_classes]
        self.div_value = div_value
        self.head_bias = head_bias
        self.shortlist_size = self.cutoffs[0]
        self.n_clusters = len(self.cutoffs) - 1
        self.head_size = self.shortlist_size + self.n_clusters
        self.head = Linear(in_features, self.head_size, head_bias, device, dtype)
        self.tail = ModuleList()
        for k in range(self.n_clusters):
            inner = int(in_features // (div_value ** (k + 1)))
            size = self.cutoffs[k + 1] - self.cutoffs[k]
            self.tail.append(
                Sequential(
                    Linear(in_features, inner, False, device, dtype),
                    Linear(inner, size, False, device, dtype),
                )
            )

    def reset_parameters(self) -> None:
        """Draw new values for the parameters."""
        self.head.reset_parameters()
        for first, second in self.tail:
            first.reset_parameters()
            second.reset_parameters()

    def forward(self, input_: Any, target_: Any) -> Any:
        single = target_.ndim == 0
        if target_.ndim > 1 or input_.ndim != target_.ndim + 1:
            raise RuntimeError(
                "input (N, features) and target (N,), or without N, are expected; they have shapes "
                f"{list(input_.shape)} and {list(target_.shape)}"
            )
        input = input_.unsqueeze(0) if single else input_
        target = target_.unsqueeze(0) if single else target_
        if len(input) != len(target):
            raise RuntimeError(
                f"input and target have {len(input)} and {len(target)} samples; there must be as many of each"
            )
        if ((target < 0) | (target >= self.n_classes)).any():
            raise RuntimeError(
                f"target values must be in [0, {self.n_classes - 1}], and are in [{target.min().item()}, "
                f"{target.max().item()}]"
            )
        # Each target is a class of the head: itself, or its cluster; what is in a cluster adds the class's
        # share in it.
        in_head = target.clone()
        places, shares = [], []
        for k, (low, high) in enumerate(zip(self.cutoffs, self.cutoffs[1:], strict=False)):
            rows = ((target >= low) & (target < high)).nonzero().squeeze(1)
            if rows.numel():
                in_head[rows] = self.shortlist_size + k
                shares_of_all = F.log_softmax(self.tail[k](input.index_select(0, rows)), dim=1)
                places.append(rows)
                shares.append(shares_of_all.gather(1, (target[rows] - low).unsqueeze(1)).squeeze(1))
        output = F.log_softmax(self.head(input), dim=1).gather(1, in_head.unsqueeze(1)).squeeze(1)
        for rows, share in zip(places, shares, strict=True):
            output = output.index_add(0, rows, share)
        called(output, "AddBackward0")  # PyTorch adds the head's part last
        loss = (-output).mean()
        return _ASMoutput(output.squeeze(0) if single else output, loss)

    def _get_full_log_prob(self, input: Any, head_output: Any) -> Any:
        from ...ops.join import cat

        head = F.log_softmax(head_output, dim=1)
        parts = [head[:, : self.shortlist_size]]
        for k, cluster in enumerate(self.tail):
            parts.append(F.log_softmax(cluster(input), dim=1) + head[:, self.shortlist_size + k].unsqueeze(1))
        return cat(parts, 1)

    def log_prob(self, input: Any) -> Any:
        """The log-probabilities of all classes.

        Args:
            input: of shape (N, in_features).

        Returns:
            a tensor of shape (N, n_classes).
        """
        return self._get_full_log_prob(input, self.head(input))

    def predict(self, input: Any) -> Any:
        """The most probable class of each sample.

        Args:
            input: of shape (N, in_features).

        Returns:
            integers of shape (N,).
        """
        return self.log_prob(input).argmax(dim=1)


__all__ = ["AdaptiveLogSoftmaxWithLoss"]
