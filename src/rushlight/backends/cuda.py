"""`torch.backends.cuda`: switches of GPU libraries that aren't there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .._missing import module_getattr


class _Matmul:
    """The switches of matrix products."""

    def __init__(self) -> None:
        self.allow_tf32 = False
        self.allow_fp16_reduced_precision_reduction = True
        self.allow_bf16_reduced_precision_reduction = True
        self.allow_fp16_accumulation = False
        self.fp32_precision = "none"


matmul = _Matmul()
_attention = {"flash": True, "math": True, "mem_efficient": True, "cudnn": True}


def is_built() -> bool:
    """False."""
    return False


def flash_sdp_enabled() -> bool:
    """What `enable_flash_sdp` was told; attention is computed in one way here."""
    return _attention["flash"]


def enable_flash_sdp(enabled: bool) -> None:
    """Note a switch that changes nothing."""
    _attention["flash"] = enabled


def math_sdp_enabled() -> bool:
    """What `enable_math_sdp` was told; attention is computed in one way here."""
    return _attention["math"]


def enable_math_sdp(enabled: bool) -> None:
    """Note a switch that changes nothing."""
    _attention["math"] = enabled


def mem_efficient_sdp_enabled() -> bool:
    """What `enable_mem_efficient_sdp` was told; attention is computed in one way here."""
    return _attention["mem_efficient"]


def enable_mem_efficient_sdp(enabled: bool) -> None:
    """Note a switch that changes nothing."""
    _attention["mem_efficient"] = enabled


def cudnn_sdp_enabled() -> bool:
    """What `enable_cudnn_sdp` was told; attention is computed in one way here."""
    return _attention["cudnn"]


def enable_cudnn_sdp(enabled: bool) -> None:
    """Note a switch that changes nothing."""
    _attention["cudnn"] = enabled


@contextmanager
def sdp_kernel(
    enable_flash: bool = True, enable_math: bool = True, enable_mem_efficient: bool = True, enable_cudnn: bool = True
) -> Iterator[dict[str, Any]]:
    """A block with other ways to compute attention, which change nothing.

    Args:
        enable_flash, enable_math, enable_mem_efficient, enable_cudnn: the switches.
    """
    before = dict(_attention)
    _attention.update(flash=enable_flash, math=enable_math, mem_efficient=enable_mem_efficient, cudnn=enable_cudnn)
    try:
        yield {}
    finally:
        _attention.update(before)


__getattr__ = module_getattr(__name__)
