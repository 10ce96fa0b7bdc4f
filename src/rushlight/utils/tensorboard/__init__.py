"""`torch.utils.tensorboard`: event files that TensorBoard shows, written by the package `tensorboard`.

    pip install "rushlight[tensorboard]"

>>> import rushlight as torch
>>> from rushlight.utils.tensorboard import SummaryWriter
>>> import tempfile
>>> with tempfile.TemporaryDirectory() as folder, SummaryWriter(folder) as writer:
...     writer.add_scalar("loss", 0.5, global_step=1)
"""

from __future__ import annotations

try:
    import tensorboard as _tensorboard
except ImportError as error:
    raise ImportError(
        'torch.utils.tensorboard needs TensorBoard, which is not installed: pip install "rushlight[tensorboard]"'
    ) from error

from tensorboard.summary.writer.record_writer import RecordWriter

from .writer import FileWriter, SummaryWriter

del _tensorboard

__all__ = ["FileWriter", "RecordWriter", "SummaryWriter"]
