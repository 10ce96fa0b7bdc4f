"""A fitted model in a file: JSON that a person can read, with a format name and a version."""

from __future__ import annotations

import json
import math
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from rushlight.regression.doubled import Floats
from rushlight.regression.encoding import Encoding
from rushlight.regression.errors import DataError, ModelFileError
from rushlight.regression.losses import LOSSES

FORMAT = "rushlight-regression"
VERSION = 1


@dataclass
class Model:
    """What is needed to predict.

    Attributes:
        targets: the names of the targets.
        encoding: how columns become X.
        coef: shape (len(encoding.names), targets).
        intercept: shape (targets,).
        loss: "squared", "huber", "quantile", "logistic" or "poisson".
        fit: figures of the fit, for the reader of the file.
    """

    targets: list[str]
    encoding: Encoding
    coef: Floats
    intercept: Floats
    loss: str = "squared"
    fit: dict[str, Any] = field(default_factory=dict)

    def predict(self, block: dict[str, Any]) -> Floats:
        """Predict the expected value of each target: for "logistic" the probability of 1, for "poisson" the rate.

        Args:
            block: arrays by column name.

        Returns:
            Shape (rows, targets).

        Raises:
            DataError: if a prediction is not finite.
        """
        design = self.encoding.encode(block)[0] if self.encoding.features else np.zeros((_length(block), 0))
        linear = design @ self.coef + self.intercept
        out = LOSSES[self.loss]().mean(linear)
        if not np.isfinite(out).all():
            row = int(np.argwhere(~np.isfinite(out))[0][0])
            raise DataError(f"the prediction for row {row + 1} of the block is too large for float64")
        return out

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the model, whole or not at all.

        Args:
            path: the file; one that is there is replaced.

        Raises:
            OSError: if it cannot be written.
        """
        names = self.encoding.names
        content = {
            "format": FORMAT,
            "version": VERSION,
            "loss": self.loss,
            "targets": self.targets,
            "features": self.encoding.features,
            "categories": self.encoding.categories,
            "degree": self.encoding.degree,
            "intercepts": dict(zip(self.targets, self.intercept.tolist(), strict=True)),
            "coefficients": {
                target: dict(zip(names, self.coef[:, k].tolist(), strict=True))
                for k, target in enumerate(self.targets)
            },
            "fit": clean(self.fit),
        }
        write_whole(path, json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n")

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Model:
        """Read a model.

        Args:
            path: a file that `save` wrote.

        Returns:
            The model.

        Raises:
            ModelFileError: if it is not such a file, or a later version wrote it.
        """
        try:
            content = json.loads(Path(path).read_text(encoding="utf-8-sig"))
        except OSError as error:
            raise ModelFileError(f"the model {path} cannot be opened: {error.strerror}") from None
        except (ValueError, RecursionError):
            raise ModelFileError(f"{path} is not a model file: it is not JSON text") from None
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            raise ModelFileError(f'{path} is not a model file: it lacks "format": "{FORMAT}"')
        version = content.get("version")
        if version != VERSION:
            raise ModelFileError(
                f"{path} has version {version!r} of the model format; this rushlight reads version {VERSION}"
            )
        try:
            return _from_content(content)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ModelFileError(
                f"{path} is a damaged model file: {type(error).__name__} at {error}"
            ) from None


def _from_content(content: dict[str, Any]) -> Model:
    targets = [str(name) for name in content["targets"]]
    encoding = Encoding(
        [str(name) for name in content["features"]],
        {str(name): [str(c) for c in found] for name, found in content["categories"].items()},
        int(content["degree"]),
    )
    coef = np.array(
        [[float(content["coefficients"][target][name]) for target in targets] for name in encoding.names]
    ).reshape(len(encoding.names), len(targets))
    intercept = np.array([float(content["intercepts"][target]) for target in targets])
    if content["loss"] not in LOSSES:
        raise ValueError(f"unknown loss {content['loss']!r}")
    if not (np.isfinite(coef).all() and np.isfinite(intercept).all()):
        raise ValueError("a coefficient that is not finite")
    return Model(targets, encoding, coef, intercept, content["loss"], dict(content.get("fit", {})))


def _length(block: dict[str, Any]) -> int:
    return next((len(v) for v in block.values() if hasattr(v, "__len__")), 0)


def clean(value: Any) -> Any:
    """Make a value fit for strict JSON: arrays to lists, numbers that are not finite to null."""
    if isinstance(value, dict):
        return {str(k): clean(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [clean(v) for v in value]
    if isinstance(value, np.ndarray):
        return clean(value.tolist())
    if isinstance(value, np.generic):
        return clean(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def write_whole(path: str | os.PathLike[str], text: str | bytes) -> None:
    """Write a file so that nobody ever sees half of it: beside its place, then renamed into it.

    Args:
        path: the file.
        text: its content.

    Raises:
        OSError: if the folder is missing or cannot be written; nothing is left behind.
    """
    place = Path(path)
    if place.exists() and not place.is_file():
        # a pipe or a terminal device has no "whole": write into it
        with open(place, "wb") as special:
            special.write(text.encode() if isinstance(text, str) else text)
        return
    handle, temporary = tempfile.mkstemp(dir=place.parent, prefix=f".{place.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode() if isinstance(text, str) else text)
        mode = place.stat().st_mode & 0o777 if place.exists() else 0o666 & ~_umask()
        os.chmod(temporary, mode)
        os.replace(temporary, place)
    except BaseException:
        os.unlink(temporary)
        raise


def _umask() -> int:
    current = os.umask(0o022)
    os.umask(current)
    return current
