"""The commands on data files, as typer sees them: names, options and what they mean."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from rushlight.cli import LIGHT, commands, reader_left
from rushlight.cli.commands import FitRequest

INTERRUPTED = 130

app = typer.Typer(
    name="rushlight",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="A small torch: run programs that import torch, and fit regressions by gradient descent.",
    epilog="Exit status: 0 done; 1 data or files that cannot be used; 2 a command spelled wrong; "
    "3 fitted, but not converged (the result is printed all the same); 130 interrupted.",
)

Files = Annotated[
    list[Path],
    typer.Argument(help="CSV, Parquet, Arrow or .npy files, or folders of them.", metavar="FILE..."),
]
Target = Annotated[
    list[str], typer.Option("--target", "-t", help="The column to explain; may be given again.")
]
Features = Annotated[
    list[str] | None,
    typer.Option(
        "--features", "-x", help="The columns that explain it, with commas between; default: all others."
    ),
]
Weights = Annotated[str | None, typer.Option(help="A column of sample weights.")]
Intercept = Annotated[
    bool, typer.Option("--intercept/--no-intercept", help="Whether the model has an intercept.")
]
Standardize = Annotated[
    bool, typer.Option("--standardize/--no-standardize", help="Descend on columns of mean 0 and deviation 1.")
]
Degree = Annotated[
    int, typer.Option(min=1, max=30, help="Add the powers of each column of numbers up to this one.")
]
DropMissing = Annotated[
    bool, typer.Option("--drop-missing", help="Leave out rows with missing or infinite values.")
]
OneHot = Annotated[bool, typer.Option("--one-hot", help="Turn columns of text into 0/1 columns.")]
Separator = Annotated[
    str | None, typer.Option(help="What stands between the values; default: a comma (a tab in .tsv).")
]
Decimal = Annotated[str, typer.Option(help="The decimal sign, . or ,")]
Encoding = Annotated[str, typer.Option(help="The text encoding of CSV files.")]
LearningRate = Annotated[
    str,
    typer.Option(
        help="auto (1/lambda_max), best (2/(lambda_max + lambda_min)) or a number; a number descends plainly."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


@app.command(short_help="Fit a regression from data files.")
def fit(
    files: Files,
    target: Target,
    features: Features = None,
    weights: Weights = None,
    intercept: Intercept = True,
    standardize: Standardize = True,
    degree: Degree = 1,
    learning_rate: LearningRate = "auto",
    loss: Annotated[str, typer.Option(help="squared, huber, logistic, poisson or quantile.")] = "squared",
    delta: Annotated[float, typer.Option(help="Where Huber's square ends, in units of the target.")] = 1.0,
    quantile: Annotated[float, typer.Option(help="Which quantile, between 0 and 1.")] = 0.5,
    l1: Annotated[float, typer.Option(help="L1 penalty on the standardised coefficients.")] = 0.0,
    l2: Annotated[float, typer.Option(help="L2 penalty on the standardised coefficients.")] = 0.0,
    method: Annotated[
        str,
        typer.Option(help="auto, gradient, momentum, nesterov, accelerated, line-search or backtracking."),
    ] = "auto",
    momentum: Annotated[float, typer.Option(help="For momentum and nesterov.")] = 0.9,
    batch_size: Annotated[
        int | None, typer.Option(min=1, help="Rows a step; 1 is stochastic descent.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Of the order of mini-batches.")] = None,
    patience: Annotated[
        int | None, typer.Option(min=1, help="End after so many steps without a lower loss.")
    ] = None,
    max_steps: Annotated[
        int, typer.Option(min=0, help="The budget of steps (of passes over the rows, with --batch-size).")
    ] = 10_000,
    tolerance: Annotated[
        float, typer.Option(help="Converged when the gradient has come down to this share of its first norm.")
    ] = 1e-8,
    drop_missing: DropMissing = False,
    one_hot: OneHot = False,
    separator: Separator = None,
    decimal: Decimal = ".",
    encoding: Encoding = "utf-8",
    cluster: Annotated[
        str | None, typer.Option(help="Read and reduce on a Dask cluster: the scheduler's address, or local.")
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(help="Draw the descent into this .html, .svg, .png or .pdf file.")
    ] = None,
    trajectory: Annotated[
        Path | None, typer.Option(help="Write every iterate to this .parquet, .csv or .arrow file.")
    ] = None,
    save: Annotated[Path | None, typer.Option(help="Write the model to this file (JSON).")] = None,
    as_json: AsJson = False,
) -> None:
    """Fit a regression by gradient descent, and print its coefficients in the units of the file."""
    request = FitRequest(
        files=files,
        targets=target,
        features=split_names(features),
        weights=weights,
        intercept=intercept,
        standardize=standardize,
        degree=degree,
        learning_rate=parse_rate(learning_rate),
        loss=loss,
        delta=delta,
        quantile=quantile,
        l1=l1,
        l2=l2,
        method=method,
        momentum=momentum,
        batch_size=batch_size,
        seed=seed,
        patience=patience,
        max_steps=max_steps,
        tolerance=tolerance,
        drop_missing=drop_missing,
        one_hot=one_hot,
        separator=separator,
        decimal=decimal,
        encoding=encoding,
        cluster=cluster,
        plot=plot,
        trajectory=trajectory,
        save=save,
        as_json=as_json,
    )
    finish(lambda: commands.fit(request))


@app.command(short_help="Predict with a saved model.")
def predict(
    model: Annotated[Path, typer.Argument(help="A model that fit --save wrote.")],
    files: Files,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write here instead of printing.")
    ] = None,
    separator: Separator = None,
    decimal: Decimal = ".",
    encoding: Encoding = "utf-8",
    as_json: AsJson = False,
) -> None:
    """Predict with a saved model, one line a row; columns are found by their names."""
    finish(lambda: commands.predict(model, files, output, separator, decimal, encoding, as_json))


@app.command(short_help="Tell how a descent will go.")
def explain(
    files: Files,
    target: Target,
    features: Features = None,
    weights: Weights = None,
    intercept: Intercept = True,
    standardize: Standardize = True,
    degree: Degree = 1,
    learning_rate: Annotated[str, typer.Option(help="auto, best or the number to be judged.")] = "auto",
    drop_missing: DropMissing = False,
    one_hot: OneHot = False,
    separator: Separator = None,
    decimal: Decimal = ".",
    encoding: Encoding = "utf-8",
    as_json: AsJson = False,
) -> None:
    """Tell how the descent will go, without taking a step: eigenvalues, learning rates, number of steps."""
    request = FitRequest(
        files=files,
        targets=target,
        features=split_names(features),
        weights=weights,
        intercept=intercept,
        standardize=standardize,
        degree=degree,
        learning_rate=parse_rate(learning_rate),
        drop_missing=drop_missing,
        one_hot=one_hot,
        separator=separator,
        decimal=decimal,
        encoding=encoding,
        as_json=as_json,
    )
    finish(lambda: commands.explain(request))


def finish(work: Callable[[], int]) -> NoReturn:
    """Do a command's work and leave with its status; an interrupt is 130 under every version of typer."""
    try:
        status = work()
    except KeyboardInterrupt:
        print("rushlight: interrupted", file=sys.stderr)
        status = INTERRUPTED
    raise typer.Exit(status)


def _list_light_commands() -> None:
    """Name the commands that parse their own arguments in the help; `rushlight.cli.main` runs them."""
    for name, about in LIGHT.items():
        if importlib.util.find_spec(f"rushlight.cli.{name}") is not None:
            settings = {"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []}
            app.command(name, help=about[0].upper() + about[1:] + ".", context_settings=settings)(_elsewhere)


def _elsewhere(context: typer.Context) -> None:
    module = importlib.import_module(f"rushlight.cli.{context.info_name}")
    raise typer.Exit(int(module.main(context.args)))


_list_light_commands()


def split_names(given: Sequence[str] | None) -> list[str] | None:
    """Split names at commas: ``-x a,b -x c`` is a, b, c."""
    if given is None:
        return None
    return [name.strip() for part in given for name in part.split(",") if name.strip()]


def parse_rate(text: str) -> float | str:
    """Read a learning rate: a word or a number."""
    if text in ("auto", "best"):
        return text
    try:
        return float(text)
    except ValueError:
        raise typer.BadParameter(f"--learning-rate is auto, best or a number, not {text!r}") from None


def execute(args: Sequence[str]) -> int:
    """Run a command and return the exit status."""
    from rushlight.regression import DataError, DivergenceError, ModelFileError

    name = next((a for a in args if not a.startswith("-")), "")
    try:
        app(args=list(args), prog_name="rushlight")
    except SystemExit as done:
        return done.code if isinstance(done.code, int) else 1
    except KeyboardInterrupt:
        print("rushlight: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        return reader_left()
    except (
        DataError,
        DivergenceError,
        ModelFileError,
        OSError,
        ImportError,
        ValueError,
        MemoryError,
    ) as error:
        print(f"rushlight {name}: {_message(error)}", file=sys.stderr)
        return 1
    return 0


def _message(error: Any) -> str:
    if isinstance(error, MemoryError):
        return "the data do not fit into memory"
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return str(error)
