"""What the commands on data files do, once their options are read, and what they show meanwhile."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rushlight.cli import report
from rushlight.regression import tables
from rushlight.regression.descent import METHODS, Stop
from rushlight.regression.diagnosis import diagnose_compressed
from rushlight.regression.errors import DataError
from rushlight.regression.faults import Layout
from rushlight.regression.files import Table
from rushlight.regression.losses import find_loss
from rushlight.regression.model import Model, clean, write_whole
from rushlight.regression.penalties import Penalty

# A progress bar on a terminal, and nothing anywhere else.


@contextmanager
def watching(what: str, total: int | None) -> Iterator[Callable[[int, float], Any] | None]:
    """Show a bar on standard error while the block runs, if that is a terminal.

    Args:
        what: what is being done.
        total: how many rows or steps there are, if that is known.

    Yields:
        A function that takes the count so far and, for files, the share of the bytes read; None when no bar
        is shown.
    """
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[count]:,}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=1.0, count=0)

        def update(count: int, second: float) -> None:
            share = count / total if total else second
            bar.update(task, completed=min(1.0, share), count=count)

        yield update


# The commands.

OK, NOT_CONVERGED = 0, 3
TRAJECTORIES = {".parquet", ".csv", ".arrow"}
PICTURES = {".html", ".svg", ".png", ".pdf"}


@dataclass
class FitRequest:
    """The options of ``rushlight fit``."""

    files: Sequence[Path]
    targets: Sequence[str]
    features: Sequence[str] | None = None
    weights: str | None = None
    intercept: bool = True
    standardize: bool = True
    degree: int = 1
    learning_rate: float | str = "auto"
    loss: str = "squared"
    delta: float = 1.0
    quantile: float = 0.5
    l1: float = 0.0
    l2: float = 0.0
    method: str = "auto"
    momentum: float = 0.9
    batch_size: int | None = None
    seed: int | None = None
    patience: int | None = None
    max_steps: int = 10_000
    tolerance: float = 1e-8
    drop_missing: bool = False
    one_hot: bool = False
    separator: str | None = None
    decimal: str = "."
    encoding: str = "utf-8"
    cluster: str | None = None
    plot: Path | None = None
    trajectory: Path | None = None
    save: Path | None = None
    as_json: bool = False

    @property
    def choice(self) -> tables.Choice:
        """The columns that were asked for."""
        return tables.Choice(
            list(dict.fromkeys(self.targets)),
            self.features,
            self.weights,
            one_hot=self.one_hot,
            degree=self.degree,
            drop_missing=self.drop_missing,
        )


def layout(files: Sequence[Path], separator: str | None, decimal: str, encoding: str) -> Layout:
    """Settle how CSV files are written; a .tsv file has tabs unless the user says otherwise."""
    if separator is None:
        separator = "\t" if files and files[0].suffix.lower() == ".tsv" else ","
    return Layout({"tab": "\t", "\\t": "\t"}.get(separator, separator), decimal, encoding)


def check_output(path: Path | None, inputs: Sequence[Path]) -> None:
    """Refuse, before any work, an output file that cannot be written or that is one of the inputs."""
    if path is None:
        return
    if path.is_dir():
        raise DataError(f"{path} is a folder: name a file in it")
    if not path.absolute().parent.is_dir():
        raise DataError(f"there is no folder {path.absolute().parent} to write {path.name} into")
    if any(path.exists() and given.exists() and path.samefile(given) for given in inputs):
        raise DataError(f"{path} is also an input: writing there would destroy it")


def fit(request: FitRequest) -> int:
    """Read, descend, print, save; returns the exit status."""
    outputs = {"--plot": (request.plot, PICTURES), "--trajectory": (request.trajectory, TRAJECTORIES)}
    for option, (path, suffixes) in outputs.items():
        check_output(path, request.files)
        if path is not None and path.suffix.lower() not in suffixes:
            raise DataError(f"{option} writes {' or '.join(sorted(suffixes))} files, and {path} is none")
    check_output(request.save, request.files)
    if request.plot is not None:
        from rushlight.show.descent_report import kind_of_report

        kind_of_report(request.plot)  # says what is missing before any work
    if request.method != "auto" and request.method not in METHODS:
        raise DataError(f"there is no method {request.method!r}; there are auto, {', '.join(METHODS)}")
    loss = find_loss(request.loss, delta=request.delta, quantile=request.quantile)
    penalty = Penalty(request.l1, request.l2)
    # a learning rate of one's own means the plain descent: nothing is refined behind its back
    plain = request.method == "auto" and not isinstance(request.learning_rate, str)
    hold = request.loss != "squared" or request.batch_size is not None
    table = Table(request.files, layout(request.files, request.separator, request.decimal, request.encoding))
    with ExitStack() as stack:
        if request.cluster is not None:
            from rushlight.regression import cluster

            if request.batch_size is not None:
                raise DataError(
                    "--batch-size and --cluster do not go together: a cluster descends on all rows"
                )
            stack.enter_context(cluster.connected(request.cluster))
            loaded = cluster.load(table, request.choice, hold)
        else:
            with watching("reading", table.rows) as progress:
                loaded = tables.load(table, request.choice, progress, hold)
        with watching("descending", request.max_steps) as progress:
            result = tables.fit(
                loaded,
                loss,
                intercept=request.intercept,
                standardize=request.standardize,
                learning_rate=request.learning_rate,
                method="gradient" if plain else request.method,
                momentum=request.momentum,
                penalty=penalty,
                stop=Stop(request.tolerance, request.max_steps, request.patience),
                batch_size=request.batch_size,
                seed=request.seed,
                record=request.trajectory is not None or request.plot is not None,
                progress=progress,
            )
    names, targets = loaded.encoding.names, list(request.choice.targets)
    summary = report.summarise(
        table.title, targets, names, result, loaded.dropped, loss, kind_of_steps(request)
    )
    written = []
    if request.save is not None:
        kept = {
            k: v for k, v in summary.items() if k not in ("coefficients", "intercept", "targets", "target")
        }
        Model(targets, loaded.encoding, result.coef, result.intercept, loss.name, kept).save(request.save)
        written.append(f"model written to {request.save}")
    if request.trajectory is not None:
        report.trajectory(targets, names, result).save(request.trajectory)
        written.append(f"trajectory written to {request.trajectory}")
    if request.plot is not None:
        from rushlight.cli import picture

        drawn = picture.of_fit(result, loaded, targets, names, loss, bool(request.l1 or request.l2))
        drawn.save(request.plot)
        written.append(f"plot written to {request.plot}")
    if request.as_json:
        print(json.dumps(clean(summary), indent=2, ensure_ascii=False))
    else:
        report.show(summary)
        for line in written:
            print(line)
    if not summary["converged"]:
        print(f"rushlight fit: warning: {report.unconverged(summary)}", file=sys.stderr)
        return NOT_CONVERGED
    return OK


def kind_of_steps(request: FitRequest) -> str:
    """Say in words what kind of descent a request leads to."""
    if request.batch_size is not None:
        return f"mini-batch descent ({request.batch_size} rows a step)"
    if request.method == "auto" and not isinstance(request.learning_rate, str):
        return "plain descent"
    if request.method == "auto" and request.l1:
        return "accelerated proximal descent"
    if request.method == "auto" and request.loss != "squared":
        return report.PRECONDITIONED
    return {"auto": "plain descent", "gradient": "plain descent"}.get(
        request.method, f"descent by {request.method}"
    )


def explain(request: FitRequest) -> int:
    """Read, and print the diagnosis; a learning rate that must diverge is told, and is no error."""
    table = Table(request.files, layout(request.files, request.separator, request.decimal, request.encoding))
    with watching("reading", table.rows) as progress:
        loaded = tables.load(table, request.choice, progress)
    found = diagnose_compressed(
        loaded.table,
        loaded.encoding.names,
        learning_rate=request.learning_rate,
        intercept=request.intercept,
        standardize=request.standardize,
    )
    if request.as_json:
        print(json.dumps(clean({"data": table.title, **found.to_dict()}), indent=2, ensure_ascii=False))
    else:
        print(f"{table.title}\n\n{found}")
        for note in loaded.notes:
            print(f"note: {note}")
    return OK


def predict(
    model_path: Path,
    files: Sequence[Path],
    output: Path | None,
    separator: str | None,
    decimal: str,
    encoding: str,
    as_json: bool,
) -> int:
    """Predict for files with a saved model; nothing is printed or written before all rows are good."""
    check_output(output, [model_path, *files])
    model = Model.load(model_path)
    table = Table(files, layout(files, separator, decimal, encoding))
    with watching("predicting", table.rows) as progress:
        found = np.concatenate(list(tables.predict(table, model, progress)))
    text = predictions_json(model, found) if as_json else predictions_csv(model, found)
    if output is not None:
        write_whole(output, text)
        print(f"{len(found)} predictions written to {output}")
    else:
        sys.stdout.write(text)
    return OK


def predictions_csv(model: Model, found: Any) -> str:
    """Predictions as CSV text: a line of target names, then a line a row."""
    import csv

    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(model.targets)
    writer.writerows(found.tolist())
    return out.getvalue()


def predictions_json(model: Model, found: Any) -> str:
    """Predictions as a JSON object of lists, by target."""
    return (
        json.dumps({name: found[:, k].tolist() for k, name in enumerate(model.targets)}, ensure_ascii=False)
        + "\n"
    )
