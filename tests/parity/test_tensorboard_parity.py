"""The same calls of both SummaryWriters give the same events."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rushlight

torch = pytest.importorskip("torch")
pytest.importorskip("tensorboard")
image = pytest.importorskip("PIL.Image")

from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader  # noqa: E402
from tensorboard.compat.proto.event_pb2 import Event  # noqa: E402

pytestmark = pytest.mark.parity


def log(writer: Any, t: Any) -> None:
    values = np.random.default_rng(0).normal(size=(3, 40))
    x = t.from_numpy(values)
    writer.add_scalar("s", 0.1, 1)
    writer.add_scalar("s/tensor", x.sum().requires_grad_(), np.int64(2), walltime=5.0)
    writer.add_scalar("s/new", x.float().mean(), 3, new_style=True)
    writer.add_scalar("s/double", 0.1, 3, new_style=True, double_precision=True)
    writer.add_scalars("some", {"a": 1, "b": x[0, 0]}, 4, walltime=6.0)
    for name, bins in (("default", "tensorflow"), ("auto", "auto"), ("ends", [-1.0, -0.5, 0.25, 3.0])):
        writer.add_histogram(f"h/{name}", x, 5, bins=bins)
        writer.add_histogram(f"h/{name}/few", x[0].half(), 5, bins=bins, max_bins=7)
    writer.add_histogram("h/ints", t.tensor([1, 1, 7]))
    writer.add_histogram_raw("h/raw", -1.0, 2.0, 3, 4.0, 5.0, [0.0, 1.0, 2.0], [1, 0, 2], 6)
    writer.add_image("i", x.reshape(3, 5, 8), 7)
    writer.add_image("i/bytes", (x.abs() * 60).to(t.uint8)[:, :20].reshape(4, 5, 3), dataformats="HWC")
    writer.add_image("i/plane", x.float(), dataformats="HW")
    writer.add_images("i/many", x.reshape(10, 3, 2, 2), 8)
    writer.add_images("i/gray", x.reshape(10, 3, 4, 1), 8, dataformats="NHWC")
    writer.add_audio("sound", x[0] / 4, 9, sample_rate=8000)
    writer.add_text("words", "a | b", 10)
    writer.add_tensor("t/float", x.float(), 11)
    writer.add_tensor("t/half", x.half())
    writer.add_tensor("t/bytes", t.tensor([[1, 2]], dtype=t.uint8))
    writer.add_tensor("t/complex", t.tensor([1 + 2j]))
    labels, predictions = (x[0] > 0).int(), x[1].sigmoid()
    writer.add_pr_curve("pr", labels, predictions, 12)
    writer.add_pr_curve("pr/few", labels, predictions.numpy(), 12, num_thresholds=5, weights=values[2] ** 2)
    writer.add_pr_curve_raw("pr/raw", *values[:, :6].repeat(2, 0), 13, num_thresholds=6)
    writer.add_custom_scalars({"c": {"m": ["Margin", ["a", "b", "c"]], "l": ["Multiline", ["d", "e"]]}})
    writer.add_custom_scalars_multilinechart(["x"])
    writer.add_custom_scalars_marginchart(["x", "y", "z"], "q", "w")
    settings = {"lr": 0.1, "n": 3, "on": True, "name": "a", "t": t.tensor([2.0]), "none": None}
    writer.add_hparams(settings, {"score": 1.5}, {"lr": [0.1, 1.0], "name": ["a", "b"]}, run_name="run", global_step=3)
    writer.add_embedding(x[:2, :3].float(), ["p", "q"], x[:2, :12].reshape(2, 3, 2, 2).abs(), 14, tag="a/b%")
    writer.add_embedding(x[:1, :3], [[1, 2]], metadata_header=["u", "v"])


def recorded(folder: Path) -> dict[str, Any]:
    """All that was written: the events of each folder without their times, and the other files."""
    found: dict[str, Any] = {}
    for file in sorted(folder.rglob("*")):
        if not file.is_file():
            continue
        where = str(file.relative_to(folder))
        if not file.name.startswith("events"):
            content = file.read_bytes()
            found[where] = np.array(image.open(io.BytesIO(content))).tolist() if file.suffix == ".png" else content
            continue
        events = []
        for raw in RawEventFileLoader(str(file)).Load():
            event = Event.FromString(raw)
            if event.wall_time > 100:  # not one of those given
                event.wall_time = 0
            event.ClearField("source_metadata")
            for value in event.summary.value:
                if value.image.encoded_image_string:  # what the files show, however they are packed
                    shown = np.array(image.open(io.BytesIO(value.image.encoded_image_string)))
                    value.image.encoded_image_string = shown.tobytes()
            events.append(str(event))
        found[str(file.parent.relative_to(folder))] = events
    return found


def test_the_same_events(tmp_path: Path) -> None:
    from torch.utils.tensorboard import SummaryWriter as Theirs

    from rushlight.utils.tensorboard import SummaryWriter as Ours

    for name, writer, t in (("theirs", Theirs, torch), ("ours", Ours, rushlight)):
        with writer(tmp_path / name, purge_step=2) as open_writer:
            log(open_writer, t)
    ours, theirs = recorded(tmp_path / "ours"), recorded(tmp_path / "theirs")
    assert sorted(ours) == sorted(theirs)
    for where, content in theirs.items():
        if isinstance(content, list) and content and isinstance(content[0], str):
            for mine, their in zip(ours[where], content, strict=True):
                assert mine == their
        else:
            assert ours[where] == content, where
    assert len(theirs["."]) > 30
