"""Devices: there is one, the CPU."""

from __future__ import annotations

from typing import Any

from ._hints import hinted

_TYPES = ("cpu", "cuda", "ipu", "xpu", "mkldnn", "opengl", "opencl", "ideep", "hip", "ve", "fpga", "maia", "xla",
          "lazy", "vulkan", "mps", "meta", "hpu", "mtia", "privateuseone")  # fmt: skip


class device:
    """Where a tensor is: always "cpu".

    Args:
        type: "cpu", or a device.
        index: 0 or None.

    Raises:
        RuntimeError: for any other device.

    Example:
        >>> import rushlight as torch
        >>> torch.device("cpu")
        device(type='cpu')
    """

    __slots__ = ("type", "index")

    def __init__(self, type: Any = "cpu", index: int | None = None) -> None:
        given: Any = type
        if isinstance(given, device):
            given, index = given.type, given.index
        if not isinstance(given, str):
            raise RuntimeError(f"rushlight computes on the CPU only; there is no device {given!r}")
        name, colon, number = given.partition(":")
        if colon:
            if not number.isdecimal():
                raise RuntimeError(f"Invalid device string: {given!r}")
            index = int(number)
        if name not in _TYPES:
            raise RuntimeError(
                f"Expected one of {', '.join(_TYPES)} device type at start of device string: {name}"
            )
        self.type: str = name
        self.index = index

    def __repr__(self) -> str:
        return f"device(type='{self.type}'" + (f", index={self.index})" if self.index is not None else ")")

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, device) and (self.type, self.index) == (other.type, other.index)

    def __hash__(self) -> int:
        return hash((self.type, self.index))

    def __enter__(self) -> device:
        check_device(self)
        return self

    def __exit__(self, *exc: object) -> None:
        pass

    def __reduce__(self) -> Any:
        return (device, (self.type, self.index))


CPU = device("cpu")


def check_device(d: Any) -> None:
    """Refuse any device but the CPU, in words that say what to do."""
    if d is None or d is CPU:
        return
    name = device(d).type
    if name != "cpu":
        hint = (
            f"rushlight computes on the CPU only; device {str(d)!r} is not there. Ask torch.cuda.is_available() "
            '(False here) first, or use device="cpu"'
        )
        if name == "cuda":  # the exception that PyTorch raises where it is built for the CPU alone
            raise hinted(AssertionError("Torch not compiled with CUDA enabled"), hint)
        raise RuntimeError(hint)
