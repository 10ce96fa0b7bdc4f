"""`torch.onnx`: models are not exported; those that ask whether they are being exported learn that they aren't."""

from __future__ import annotations

from typing import Any, NoReturn

from ._missing import module_getattr


class OnnxExporterError(RuntimeError):
    """An export that can't be done."""


def is_in_onnx_export() -> bool:
    """False."""
    return False


def export(model: Any, *args: Any, **options: Any) -> NoReturn:
    """Refuse: rushlight doesn't write ONNX files.

    Args:
        model: the module.
        args, options: what PyTorch takes.

    Raises:
        OnnxExporterError: always; the message says how to get the file.

    Example:
        >>> import rushlight as torch
        >>> torch.onnx.is_in_onnx_export()
        False
    """
    raise OnnxExporterError(
        "rushlight doesn't write ONNX files; save the model with torch.save(model.state_dict(), path) and export it "
        "where PyTorch is installed"
    )


__path__: list[str] = []  # a package in PyTorch: its modules can be imported, unsupported as they are
__getattr__ = module_getattr(__name__)
