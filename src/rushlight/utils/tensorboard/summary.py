"""The records of TensorBoard's event files: what is logged, as its protocol buffers.

Each function makes a `Summary`, whose fields are what TensorBoard's plugins read.
"""

from __future__ import annotations

import io
import wave
from typing import Any

import numpy as np
from google.protobuf import struct_pb2
from tensorboard.compat.proto.summary_pb2 import HistogramProto, Summary, SummaryMetadata
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.plugins.custom_scalar import layout_pb2
from tensorboard.plugins.pr_curve.plugin_data_pb2 import PrCurvePluginData
from tensorboard.plugins.text.plugin_data_pb2 import TextPluginData

from ..._tensor import Tensor
from ._arrays import array_of, png, to_bytes, to_hwc

_MOST_THRESHOLDS = 127  # the plugin reads no more


def _metadata(plugin: str, content: bytes = b"") -> Any:
    return SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name=plugin, content=content))


def _shape(*sizes: int) -> Any:
    return TensorShapeProto(dim=[TensorShapeProto.Dim(size=size) for size in sizes])


def _one(**fields: Any) -> Any:
    return Summary(value=[Summary.Value(**fields)])


def scalar(name: str, value: Any, new_style: bool = False, double_precision: bool = False) -> Any:
    """A number.

    Args:
        name: the curve.
        value: a number, or a tensor or array of one element.
        new_style: as a tensor, which TensorBoard loads faster.
        double_precision: in double precision, with `new_style`.
    """
    array = array_of(value).squeeze()
    if array.ndim:
        raise AssertionError(f"a scalar has one element, and this has shape {list(array.shape)}")
    number = float(array)
    if not new_style:
        return _one(tag=name, simple_value=number)
    if double_precision:
        tensor = TensorProto(double_val=[number], dtype="DT_DOUBLE")
    else:
        tensor = TensorProto(float_val=[number], dtype="DT_FLOAT")
    return _one(tag=name, tensor=tensor, metadata=_metadata("scalars"))


# The types of tensors: what TensorBoard calls them, and the field that holds their values.
_TENSORS = {
    "float16": ("DT_HALF", "half_val"), "float32": ("DT_FLOAT", "float_val"), "float64": ("DT_DOUBLE", "double_val"),
    "int8": ("DT_INT8", "int_val"), "int16": ("DT_INT16", "int_val"), "int32": ("DT_INT32", "int_val"),
    "int64": ("DT_INT64", "int64_val"), "uint8": ("DT_UINT8", "uint32_val"), "bool": ("DT_BOOL", "bool_val"),
    "complex64": ("DT_COMPLEX64", "scomplex_val"), "complex128": ("DT_COMPLEX128", "dcomplex_val"),
}  # fmt: skip


def tensor_proto(tag: str, tensor: Any) -> Any:
    """All values of a tensor.

    Args:
        tag: its name.
        tensor: the tensor.
    """
    array = array_of(tensor)
    if array.dtype.name not in _TENSORS:
        raise ValueError(f"{tag} has unsupported tensor dtype {array.dtype}")
    dtype, field = _TENSORS[array.dtype.name]
    flat = array.reshape(-1)
    if dtype == "DT_HALF":  # torch writes the bits of a float32
        flat = flat.astype(np.float32).view(np.int32)
    elif array.dtype.kind == "c":
        flat = flat.view(flat.real.dtype)
    values: dict[str, Any] = {field: flat.tolist()}
    proto = TensorProto(dtype=dtype, tensor_shape=_shape(*array.shape), **values)
    return _one(tag=tag, metadata=_metadata("tensor"), tensor=proto)


def histogram_raw(
    name: str, min: Any, max: Any, num: Any, sum: Any, sum_squares: Any, bucket_limits: Any, bucket_counts: Any
) -> Any:
    """A histogram that was counted already.

    Args:
        name: its name.
        min, max, num, sum, sum_squares: of the values.
        bucket_limits: the right end of each bucket.
        bucket_counts: how many values are in each.
    """
    histo = HistogramProto(
        min=min, max=max, num=num, sum=sum, sum_squares=sum_squares, bucket_limit=bucket_limits, bucket=bucket_counts
    )
    return _one(tag=name, histo=histo)


def histogram(name: str, values: Any, bins: Any, max_bins: int | None = None) -> Any:
    """A histogram of values.

    Args:
        name: its name.
        values: numbers.
        bins: as in `numpy.histogram`.
        max_bins: neighbouring buckets are joined until there are about so many.
    """
    values = array_of(values).astype(float).reshape(-1)
    if not values.size:
        raise ValueError("The input has no element.")
    counts, edges = np.histogram(values, bins=bins)
    if max_bins is not None and len(counts) > max_bins:
        joined = len(counts) // max_bins
        rest = len(counts) % joined
        if rest:
            counts = np.pad(counts, (0, joined - rest))
        counts = counts.reshape(-1, joined).sum(axis=1)
        edges = np.append(edges[:-1:joined], edges[-1])
    filled = np.flatnonzero(counts)
    if not filled.size:
        raise ValueError(f"none of the values lies between the bins' ends {edges[0]} and {edges[-1]}")
    # Buckets are given by their right ends, so an empty one comes first, to say where the first filled one begins.
    first, last = filled[0], filled[-1]
    shown = counts[first - 1 : last + 1] if first else np.concatenate([[0], counts[: last + 1]])
    return histogram_raw(
        name, values.min(), values.max(), len(values), values.sum(), values @ values,
        edges[first : last + 2].tolist(), shown.tolist(),
    )  # fmt: skip


def image(tag: str, picture: Any, dataformats: str = "NCHW") -> Any:
    """A picture, or several in a grid.

    Args:
        tag: its name.
        picture: bytes, or numbers from 0 to 1.
        dataformats: its dimensions (N images, C channels, H height, W width).
    """
    pixels = to_bytes(to_hwc(array_of(picture), dataformats))
    height, width, channels = pixels.shape
    encoded = Summary.Image(height=height, width=width, colorspace=channels, encoded_image_string=png(pixels))
    return _one(tag=tag, image=encoded)


def audio(tag: str, sound: Any, sample_rate: int = 44100) -> Any:
    """A sound.

    Args:
        tag: its name.
        sound: one channel of numbers from -1 to 1; what is beyond is cut off.
        sample_rate: how many of them make a second.
    """
    samples = array_of(sound).squeeze()
    if samples.ndim != 1:
        raise AssertionError(f"a sound has one dimension, and this has shape {list(samples.shape)}")
    if np.abs(samples).max() > 1:
        print("warning: audio amplitude out of range, auto clipped.")
        samples = samples.clip(-1, 1)
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(sample_rate)
        writer.writeframes((samples * 32767).astype("<i2").tobytes())
    record = Summary.Audio(
        sample_rate=sample_rate, num_channels=1, length_frames=len(samples), encoded_audio_string=file.getvalue(),
        content_type="audio/wav",
    )  # fmt: skip
    return _one(tag=tag, audio=record)


def text(tag: str, words: str) -> Any:
    """A text in Markdown.

    Args:
        tag: its name.
        words: the text.
    """
    metadata = _metadata("text", TextPluginData(version=0).SerializeToString())
    tensor = TensorProto(dtype="DT_STRING", string_val=[words.encode()], tensor_shape=_shape(1))
    return _one(tag=f"{tag}/text_summary", metadata=metadata, tensor=tensor)


def custom_scalars(layout: dict[str, dict[str, Any]]) -> Any:
    """Which curves are to share a chart.

    Args:
        layout: by category and title of the chart, ["Multiline", tags] or ["Margin", [value, lower, upper]].
    """
    categories = []
    for category, descriptions in layout.items():
        charts = []
        for title, (kind, tags) in descriptions.items():
            if kind != "Margin":
                chart = layout_pb2.Chart(title=title, multiline=layout_pb2.MultilineChartContent(tag=tags))
            elif len(tags) == 3:
                series = layout_pb2.MarginChartContent.Series(value=tags[0], lower=tags[1], upper=tags[2])
                chart = layout_pb2.Chart(title=title, margin=layout_pb2.MarginChartContent(series=[series]))
            else:
                raise AssertionError(f"a margin chart needs 3 tags: value, lower, upper; {title!r} has {len(tags)}")
            charts.append(chart)
        categories.append(layout_pb2.Category(title=category, chart=charts))
    content = layout_pb2.Layout(category=categories).SerializeToString()
    tensor = TensorProto(dtype="DT_STRING", string_val=[content], tensor_shape=TensorShapeProto())
    return _one(tag="custom_scalars__config__", tensor=tensor, metadata=_metadata("custom_scalars"))


def pr_curve_raw(tag: str, rows: Any, num_thresholds: int = _MOST_THRESHOLDS) -> Any:
    """Precision and recall, as counted.

    Args:
        tag: the name of the curve.
        rows: at each threshold the true and false positives, true and false negatives, precision and recall.
        num_thresholds: how many thresholds.
    """
    data = np.stack([array_of(row) for row in rows])
    content = PrCurvePluginData(version=0, num_thresholds=min(num_thresholds, _MOST_THRESHOLDS)).SerializeToString()
    tensor = TensorProto(dtype="DT_FLOAT", float_val=data.reshape(-1).tolist(), tensor_shape=_shape(*data.shape))
    return _one(tag=tag, metadata=_metadata("pr_curves", content), tensor=tensor)


def pr_curve(
    tag: str, labels: Any, predictions: Any, num_thresholds: int = _MOST_THRESHOLDS, weights: Any = None
) -> Any:
    """Precision and recall at evenly spaced thresholds of a prediction.

    Args:
        tag: the name of the curve.
        labels: whether each element is true, 0 or 1.
        predictions: the probability that it is, from 0 to 1.
        num_thresholds: how many thresholds, at most 127.
        weights: of the elements.
    """
    count = min(num_thresholds, _MOST_THRESHOLDS)
    weight = 1.0 if weights is None else weights
    truth = array_of(labels).astype(float)
    bucket = np.floor(array_of(predictions) * (count - 1)).astype(np.int32)

    def at_or_above(share: Any) -> Any:
        counts, _ = np.histogram(bucket, bins=count, range=(0, count - 1), weights=share * weight)
        return np.cumsum(counts[::-1])[::-1]

    tp, fp = at_or_above(truth), at_or_above(1 - truth)
    tn, fn = fp[0] - fp, tp[0] - tp
    least = 1e-7  # instead of nothing, to divide by
    rows = (tp, fp, tn, fn, tp / np.maximum(least, tp + fp), tp / np.maximum(least, tp + fn))
    return pr_curve_raw(tag, rows, count)


def hparams(
    hparam_dict: dict[str, Any], metric_dict: dict[str, Any], hparam_domain_discrete: dict[str, list[Any]] | None = None
) -> tuple[Any, Any, Any]:
    """Settings of a run and the names of its results: three records, for the experiment, its start and its end.

    Args:
        hparam_dict: settings by name: bool, str, float, int, tensors of one element, or None, which is left out.
        metric_dict: results by name.
        hparam_domain_discrete: all values that a setting can have, by its name.

    Raises:
        TypeError: if they aren't dictionaries, or the values that a setting can have are of another type.
        ValueError: for settings of another type.
    """
    from tensorboard.plugins.hparams import api_pb2, metadata, plugin_data_pb2

    domains = hparam_domain_discrete or {}
    for given in (hparam_dict, metric_dict, domains):
        if not isinstance(given, dict):
            raise TypeError(f"settings, results and domains come in dictionaries, not in {type(given).__name__}")
    for name, domain in domains.items():
        type_ = type(hparam_dict.get(name))
        if name not in hparam_dict or not isinstance(domain, list) or not all(isinstance(d, type_) for d in domain):
            raise TypeError(f"hparam_domain_discrete[{name!r}] must be a list of values of the setting's own type")

    start = plugin_data_pb2.SessionStartInfo()
    infos = []
    for name, value in hparam_dict.items():
        if value is None:
            continue
        if isinstance(value, str):
            kind, field = "STRING", "string_value"
        elif isinstance(value, (int, float)):  # torch counts True and False among the numbers
            kind, field = "FLOAT64", "number_value"
        elif isinstance(value, Tensor):
            kind, field, value = "FLOAT64", "number_value", value.item()
        else:
            raise ValueError(f"{name!r} is a {type(value).__name__}; settings are int, float, str, bool or a tensor")
        setattr(start.hparams[name], field, value)
        info = api_pb2.HParamInfo(name=name, type=api_pb2.DataType.Value(f"DATA_TYPE_{kind}"))
        if name in domains:
            info.domain_discrete.CopyFrom(
                struct_pb2.ListValue(values=[struct_pb2.Value(**{field: d}) for d in domains[name]])
            )
        infos.append(info)
    metrics = [api_pb2.MetricInfo(name=api_pb2.MetricName(tag=name)) for name in metric_dict]
    end = plugin_data_pb2.SessionEndInfo(status=api_pb2.Status.Value("STATUS_SUCCESS"))

    def record(tag: str, **content: Any) -> Any:
        data = plugin_data_pb2.HParamsPluginData(version=metadata.PLUGIN_DATA_VERSION, **content)
        return _one(tag=tag, metadata=_metadata(metadata.PLUGIN_NAME, data.SerializeToString()))

    return (
        record(metadata.EXPERIMENT_TAG, experiment=api_pb2.Experiment(hparam_infos=infos, metric_infos=metrics)),
        record(metadata.SESSION_START_INFO_TAG, session_start_info=start),
        record(metadata.SESSION_END_INFO_TAG, session_end_info=end),
    )


__all__ = [
    "audio", "custom_scalars", "histogram", "histogram_raw", "hparams", "image", "pr_curve", "pr_curve_raw", "scalar",
    "tensor_proto", "text",
]  # fmt: skip
