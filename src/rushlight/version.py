"""`torch.version`: which PyTorch's interface this is.

`__version__` is PyTorch's, so that programs that ask for a minimum version run; the part after the plus sign
says that this is rushlight. The package's own version is in `rushlight.version.rushlight`.
"""

from __future__ import annotations

from ._version import __version__ as rushlight
from .torch_version import TorchVersion

__version__ = TorchVersion("2.13.0+rushlight")
debug = False
cuda: str | None = None
hip: str | None = None
rocm: str | None = None
xpu: str | None = None
git_version = "unknown"

__all__ = ["__version__", "cuda", "debug", "git_version", "hip", "rocm", "rushlight", "xpu"]
