"""`SummaryWriter` and `FileWriter`: what a program logs, into event files."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any, NoReturn

from tensorboard.compat.proto.event_pb2 import Event, SessionLog, TaggedRunMetadata
from tensorboard.plugins.projector.projector_config_pb2 import ProjectorConfig
from tensorboard.summary.writer.event_file_writer import EventFileWriter

from . import _arrays, summary


class FileWriter:
    """Writes records to one event file; a thread of TensorBoard's does the writing.

    Args:
        log_dir: the folder.
        max_queue: how many records wait, at most.
        flush_secs: how often what waits is written, in seconds.
        filename_suffix: the end of the file's name.
    """

    def __init__(self, log_dir: Any, max_queue: int = 10, flush_secs: float = 120, filename_suffix: str = "") -> None:
        self._options = (str(log_dir), max_queue, flush_secs, filename_suffix)
        self.event_writer: Any = EventFileWriter(*self._options)
        self._closed = False

    def get_logdir(self) -> str:
        """The folder."""
        return self.event_writer.get_logdir()  # type: ignore[no-any-return]

    def add_event(self, event: Any, step: int | None = None, walltime: float | None = None) -> None:
        """Write an `Event`, TensorBoard's protocol buffer.

        Args:
            event: it.
            step: the training step.
            walltime: seconds since 1970 (None: now).
        """
        event.wall_time = time.time() if walltime is None else walltime
        if step is not None:
            event.step = int(step)
        self.event_writer.add_event(event)

    def add_summary(self, summary: Any, global_step: int | None = None, walltime: float | None = None) -> None:
        """Write a `Summary`, TensorBoard's protocol buffer.

        Args:
            summary: it.
            global_step, walltime: as in `add_event`.
        """
        self.add_event(Event(summary=summary), global_step, walltime)

    def add_graph(self, graph_profile: tuple[Any, Any], walltime: float | None = None) -> None:
        """Write a graph and the statistics of a step.

        Args:
            graph_profile: both, as protocol buffers.
            walltime: as in `add_event`.
        """
        graph, statistics = graph_profile
        self.add_event(Event(graph_def=graph.SerializeToString()), None, walltime)
        run = TaggedRunMetadata(tag="step1", run_metadata=statistics.SerializeToString())
        self.add_event(Event(tagged_run_metadata=run), None, walltime)

    def flush(self) -> None:
        """Write what waits."""
        self.event_writer.flush()

    def close(self) -> None:
        """Write what waits, and end the file."""
        self.event_writer.close()
        self._closed = True

    def reopen(self) -> None:
        """Go on in a new file of the same folder, once closed."""
        if self._closed:
            self.event_writer = EventFileWriter(*self._options)
            self._closed = False


def _default_bins() -> list[float]:
    """TensorBoard's buckets: ends from 1e-12 to 1e20, each 1.1 times the one before, on both sides of 0."""
    ends = []
    end = 1e-12
    while end < 1e20:
        ends.append(end)
        end *= 1.1
    return [*(-e for e in reversed(ends)), 0, *ends]


class SummaryWriter:
    """Logs numbers, histograms, pictures, texts and more to a folder that TensorBoard shows.

    Each `add_` method takes a tag (a name, with slashes to group), the value, `global_step` (the training step) and
    `walltime` (seconds since 1970; None: now).

    Args:
        log_dir: the folder (default: `runs/<date and time>_<host><comment>`).
        comment: the end of the default folder's name.
        purge_step: hide what earlier runs in this folder logged at this step and later.
        max_queue, flush_secs, filename_suffix: as in `FileWriter`.

    Example:
        >>> import tempfile
        >>> from rushlight.utils.tensorboard import SummaryWriter
        >>> folder = tempfile.TemporaryDirectory()
        >>> with SummaryWriter(folder.name) as writer:
        ...     for step in range(3):
        ...         writer.add_scalar("loss/train", 1.0 / (step + 1), step)
        >>> folder.cleanup()
    """

    def __init__(
        self,
        log_dir: Any = None,
        comment: str = "",
        purge_step: int | None = None,
        max_queue: int = 10,
        flush_secs: float = 120,
        filename_suffix: str = "",
    ) -> None:
        if not log_dir:
            import socket

            log_dir = os.path.join("runs", time.strftime("%b%d_%H-%M-%S") + f"_{socket.gethostname()}{comment}")
        self.log_dir = log_dir
        self.purge_step = purge_step
        self.max_queue = max_queue
        self.flush_secs = flush_secs
        self.filename_suffix = filename_suffix
        self.file_writer: FileWriter | None = None  # closed
        self.all_writers: dict[str, FileWriter] | None = None
        self._projector = ProjectorConfig()
        self.default_bins = _default_bins()
        self._get_file_writer()

    def _new_writer(self, folder: Any) -> FileWriter:
        return FileWriter(folder, self.max_queue, self.flush_secs, self.filename_suffix)

    def _get_file_writer(self) -> FileWriter:
        """The writer of the folder itself; after `close`, a new one."""
        if self.file_writer is None:
            self.file_writer = self._new_writer(self.log_dir)
            self.all_writers = {self.file_writer.get_logdir(): self.file_writer}
            if self.purge_step is not None:
                step, self.purge_step = self.purge_step, None
                self.file_writer.add_event(Event(step=step, file_version="brain.Event:2"))
                self.file_writer.add_event(Event(step=step, session_log=SessionLog(status=SessionLog.START)))
        return self.file_writer

    def get_logdir(self) -> Any:
        """The folder."""
        return self.log_dir

    def _add(self, record: Any, global_step: Any = None, walltime: float | None = None) -> None:
        self._get_file_writer().add_summary(record, global_step, walltime)

    def add_scalar(
        self,
        tag: str,
        scalar_value: Any,
        global_step: Any = None,
        walltime: float | None = None,
        new_style: bool = False,
        double_precision: bool = False,
    ) -> None:
        """Log a number.

        Args:
            tag: the curve.
            scalar_value: a number, or a tensor of one element.
            global_step, walltime: when.
            new_style: as a tensor, which TensorBoard loads faster.
            double_precision: in double precision, with `new_style`.
        """
        self._add(summary.scalar(tag, scalar_value, new_style, double_precision), global_step, walltime)

    def add_scalars(
        self, main_tag: str, tag_scalar_dict: dict[str, Any], global_step: Any = None, walltime: float | None = None
    ) -> None:
        """Log several numbers for one chart, each to a folder of its own.

        Args:
            main_tag: the chart.
            tag_scalar_dict: the numbers by name.
            global_step, walltime: when.
        """
        walltime = time.time() if walltime is None else walltime
        folder = self._get_file_writer().get_logdir()
        writers = self.all_writers
        assert writers is not None
        for tag, value in tag_scalar_dict.items():
            own = f"{folder}/{main_tag.replace('/', '_')}_{tag}"
            if own not in writers:
                writers[own] = self._new_writer(own)
            writers[own].add_summary(summary.scalar(main_tag, value), global_step, walltime)

    def add_tensor(self, tag: str, tensor: Any, global_step: Any = None, walltime: float | None = None) -> None:
        """Log all values of a tensor.

        Args:
            tag: its name.
            tensor: the tensor.
            global_step, walltime: when.
        """
        self._add(summary.tensor_proto(tag, tensor), global_step, walltime)

    def add_histogram(
        self,
        tag: str,
        values: Any,
        global_step: Any = None,
        bins: Any = "tensorflow",
        walltime: float | None = None,
        max_bins: int | None = None,
    ) -> None:
        """Log a histogram of values.

        Args:
            tag: its name.
            values: a tensor or array.
            global_step, walltime: when.
            bins: "tensorflow" for buckets that grow by a tenth, or as in `numpy.histogram`.
            max_bins: join neighbouring buckets until there are about so many.
        """
        if isinstance(bins, str) and bins == "tensorflow":
            bins = self.default_bins
        self._add(summary.histogram(tag, values, bins, max_bins), global_step, walltime)

    def add_histogram_raw(
        self,
        tag: str,
        min: Any,
        max: Any,
        num: Any,
        sum: Any,
        sum_squares: Any,
        bucket_limits: Any,
        bucket_counts: Any,
        global_step: Any = None,
        walltime: float | None = None,
    ) -> None:
        """Log a histogram that was counted already.

        Args:
            tag: its name.
            min, max, num, sum, sum_squares: of the values.
            bucket_limits: the right end of each bucket.
            bucket_counts: how many values are in each.
            global_step, walltime: when.
        """
        if len(bucket_limits) != len(bucket_counts):
            raise ValueError(f"there are {len(bucket_limits)} bucket_limits and {len(bucket_counts)} bucket_counts")
        record = summary.histogram_raw(tag, min, max, num, sum, sum_squares, bucket_limits, bucket_counts)
        self._add(record, global_step, walltime)

    def add_image(
        self,
        tag: str,
        img_tensor: Any,
        global_step: Any = None,
        walltime: float | None = None,
        dataformats: str = "CHW",
    ) -> None:
        """Log a picture.

        Args:
            tag: its name.
            img_tensor: bytes, or numbers from 0 to 1; one channel is gray, three are red, green and blue.
            global_step, walltime: when.
            dataformats: its dimensions: "CHW", "HWC" or "HW".
        """
        self._add(summary.image(tag, img_tensor, dataformats), global_step, walltime)

    def add_images(
        self,
        tag: str,
        img_tensor: Any,
        global_step: Any = None,
        walltime: float | None = None,
        dataformats: str = "NCHW",
    ) -> None:
        """Log several pictures as one, eight in a row.

        Args:
            tag: their name.
            img_tensor: as in `add_image`, with one dimension more.
            global_step, walltime: when.
            dataformats: its dimensions: "NCHW" or "NHWC".
        """
        self._add(summary.image(tag, img_tensor, dataformats), global_step, walltime)

    def add_figure(
        self, tag: str, figure: Any, global_step: Any = None, close: bool = True, walltime: float | None = None
    ) -> None:
        """Log a figure of matplotlib as a picture.

        Args:
            tag: its name.
            figure: the figure, or a list of them.
            global_step, walltime: when.
            close: close the figure.
        """
        axes = "NCHW" if isinstance(figure, list) else "CHW"
        self.add_image(tag, _arrays.drawn(figure, close), global_step, walltime, dataformats=axes)

    def add_audio(
        self,
        tag: str,
        snd_tensor: Any,
        global_step: Any = None,
        sample_rate: int = 44100,
        walltime: float | None = None,
    ) -> None:
        """Log a sound.

        Args:
            tag: its name.
            snd_tensor: one channel of numbers from -1 to 1.
            global_step, walltime: when.
            sample_rate: how many of them make a second.
        """
        self._add(summary.audio(tag, snd_tensor, sample_rate), global_step, walltime)

    def add_text(self, tag: str, text_string: str, global_step: Any = None, walltime: float | None = None) -> None:
        """Log a text in Markdown.

        Args:
            tag: its name.
            text_string: the text.
            global_step, walltime: when.
        """
        self._add(summary.text(tag, text_string), global_step, walltime)

    def add_graph(
        self, model: Any, input_to_model: Any = None, verbose: bool = False, use_strict_trace: bool = True
    ) -> None:
        """Log the graph of operations that a model records, grouped by its modules.

        PyTorch logs the graph of its tracer; here it is the graph that gradients are computed by.

        Args:
            model: the module; it is run once, in evaluation mode.
            input_to_model: its argument, or a tuple of them.
            verbose: print the graph.
            use_strict_trace: ignored.

        Raises:
            RuntimeError: if no output depends on a parameter or a floating-point input.
        """
        self._get_file_writer().add_graph(_arrays.model_graph(model, input_to_model, verbose))

    def add_hparams(
        self,
        hparam_dict: dict[str, Any],
        metric_dict: dict[str, Any],
        hparam_domain_discrete: dict[str, list[Any]] | None = None,
        run_name: str | None = None,
        global_step: Any = None,
    ) -> None:
        """Log the settings of a run with its results, for a table of runs.

        Args:
            hparam_dict: settings by name (bool, str, float, int or None).
            metric_dict: results by name; use names that no other method uses.
            hparam_domain_discrete: all values that a setting can have, by its name.
            run_name: the folder in `log_dir` to log to (default: the time).
            global_step: the training step.
        """
        records = summary.hparams(hparam_dict, metric_dict, hparam_domain_discrete)
        folder = os.path.join(self._get_file_writer().get_logdir(), run_name or str(time.time()))
        with SummaryWriter(log_dir=folder) as writer:
            for record in records:
                writer._add(record, global_step)
            for name, value in metric_dict.items():
                writer.add_scalar(name, value, global_step)

    def add_embedding(
        self,
        mat: Any,
        metadata: Any = None,
        label_img: Any = None,
        global_step: Any = None,
        tag: str = "default",
        metadata_header: list[str] | None = None,
    ) -> None:
        """Log points of many dimensions, for the projector.

        Args:
            mat: one row for each point.
            metadata: a label for each point, or a list of labels with `metadata_header`.
            label_img: a picture for each point, of shape (points, channels, height, width), from 0 to 1.
            global_step: the training step.
            tag: the name.
            metadata_header: the names of several labels.
        """
        folder = Path(self._get_file_writer().get_logdir())
        step = str(global_step if global_step is not None else 0).zfill(5)
        info = _arrays.save_embedding(folder, step, tag, _arrays.array_of(mat), metadata, label_img, metadata_header)
        self._projector.embeddings.append(info)
        _arrays.save_config(folder, self._projector)

    def add_pr_curve(
        self,
        tag: str,
        labels: Any,
        predictions: Any,
        global_step: Any = None,
        num_thresholds: int = 127,
        weights: Any = None,
        walltime: float | None = None,
    ) -> None:
        """Log precision and recall at each threshold of a prediction.

        Args:
            tag: the name of the curve.
            labels: whether each element is true.
            predictions: the probability that it is, from 0 to 1.
            global_step, walltime: when.
            num_thresholds: how many thresholds, at most 127.
            weights: of the elements.
        """
        self._add(summary.pr_curve(tag, labels, predictions, num_thresholds, weights), global_step, walltime)

    def add_pr_curve_raw(
        self,
        tag: str,
        true_positive_counts: Any,
        false_positive_counts: Any,
        true_negative_counts: Any,
        false_negative_counts: Any,
        precision: Any,
        recall: Any,
        global_step: Any = None,
        num_thresholds: int = 127,
        weights: Any = None,
        walltime: float | None = None,
    ) -> None:
        """Log precision and recall as counted.

        Args:
            tag: the name of the curve.
            true_positive_counts, false_positive_counts, true_negative_counts, false_negative_counts, precision,
                recall: at each threshold.
            global_step, walltime: when.
            num_thresholds: how many thresholds, at most 127.
            weights: ignored, as in PyTorch.
        """
        rows = (
            true_positive_counts, false_positive_counts, true_negative_counts, false_negative_counts, precision, recall,
        )  # fmt: skip
        self._add(summary.pr_curve_raw(tag, rows, num_thresholds), global_step, walltime)

    def add_custom_scalars(self, layout: dict[str, dict[str, Any]]) -> None:
        """Say which curves are to share a chart; once for a writer.

        Args:
            layout: by category and title of the chart, ["Multiline", tags] or ["Margin", [value, lower, upper]].
        """
        self._add(summary.custom_scalars(layout))

    def add_custom_scalars_multilinechart(
        self, tags: list[str], category: str = "default", title: str = "untitled"
    ) -> None:
        """Say that curves are to share a chart.

        Args:
            tags: the curves.
            category, title: of the chart.
        """
        self.add_custom_scalars({category: {title: ["Multiline", tags]}})

    def add_custom_scalars_marginchart(
        self, tags: list[str], category: str = "default", title: str = "untitled"
    ) -> None:
        """Say that three curves are one with its margin.

        Args:
            tags: the value, its lower and its upper bound.
            category, title: of the chart.
        """
        self.add_custom_scalars({category: {title: ["Margin", tags]}})

    def add_video(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Raises NotImplementedError."""
        _refuse("add_video", "log single pictures with add_image")

    def add_image_with_boxes(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Raises NotImplementedError."""
        _refuse("add_image_with_boxes", "draw the boxes with matplotlib and log them with add_figure")

    def add_mesh(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Raises NotImplementedError."""
        _refuse("add_mesh", "draw it with matplotlib and log it with add_figure")

    def add_onnx_graph(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Raises NotImplementedError."""
        _refuse("add_onnx_graph", "log the model itself with add_graph")

    def flush(self) -> None:
        """Write what waits."""
        for writer in (self.all_writers or {}).values():
            writer.flush()

    def close(self) -> None:
        """Write what waits, and end the files; what is logged after this begins new ones."""
        for writer in (self.all_writers or {}).values():
            writer.flush()
            writer.close()
        self.file_writer = self.all_writers = None

    def __enter__(self) -> SummaryWriter:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def _refuse(method: str, instead: str) -> NoReturn:
    raise NotImplementedError(f"SummaryWriter.{method} isn't supported by rushlight; {instead}")


__all__ = ["FileWriter", "SummaryWriter"]
