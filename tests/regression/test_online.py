"""partial_fit of the losses that need their rows: one pass of mini-batches for each call."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rushlight.regression import DataError, DivergenceError, GeneralizedLinearRegression, LogisticRegression

SCALES = np.array([1.0, 100.0, 0.01, 5.0])
CENTRES = np.array([0.0, 1000.0, 5.0, -2.0])
ROWS, CALLS = 20_000, 50


def draw(kind: str) -> tuple[Any, Any, Any]:
    """Columns of very different scales, two of them alike, and targets for a loss."""
    random = np.random.default_rng(1)
    z = random.normal(size=(ROWS, 4))
    z[:, 3] = 0.9 * z[:, 0] + 0.436 * z[:, 3]
    f = z @ [0.5, -0.3, 0.2, 0.1]
    y = {
        "logistic": lambda: (random.random(ROWS) < 1 / (1 + np.exp(-f))).astype(int),
        "classes": lambda: (z[:, :3] + random.gumbel(size=(ROWS, 3))).argmax(axis=1),
        "poisson": lambda: random.poisson(np.exp(f + 3)),
        "huber": lambda: f + random.standard_t(2, ROWS),
        "quantile": lambda: f + random.exponential(size=ROWS),
        "own": lambda: f + random.standard_t(3, ROWS),
    }[kind]()
    return z * SCALES + CENTRES, y, z


def estimator(kind: str, **options: Any) -> Any:
    if kind in ("logistic", "classes"):
        return LogisticRegression(random_state=0, **options)
    loss: Any = (lambda f, y: ((f - y) ** 2 + 1).sqrt()) if kind == "own" else kind
    return GeneralizedLinearRegression(loss, random_state=0, **options)


def feed(model: Any, x: Any, y: Any, calls: int = CALLS) -> Any:
    more = {"classes": np.unique(y)} if isinstance(model, LogisticRegression) else {}
    for part in np.array_split(np.arange(len(y)), calls):
        model.partial_fit(x[part], y[part], **more)
    return model


@pytest.mark.parametrize("kind", ["logistic", "classes", "poisson", "huber", "quantile", "own"])
def test_one_pass_comes_within_what_the_rows_can_tell(kind: str) -> None:
    # the standard errors of the logistic fit, of standardised columns, are 0.015, and 0.035 of the two alike
    x, y, _ = draw(kind)
    whole = estimator(kind).fit(x, y)
    model = feed(estimator(kind), x, y)
    assert np.abs((model.coef_ - whole.coef_) * SCALES).max() < 0.03
    assert model.converged_ is False
    assert len(model.history_) == CALLS
    once = np.abs((model.coef_ - whole.coef_) * SCALES).max()
    for _ in range(4):
        feed(model, x, y)
    assert np.abs((model.coef_ - whole.coef_) * SCALES).max() < max(once, 0.01)


def test_a_seed_gives_the_same_fit() -> None:
    x, y, _ = draw("huber")
    fits = [feed(estimator("huber"), x[:500], y[:500], 5).coef_.tolist() for _ in range(2)]
    assert fits[0] == fits[1]
    other = GeneralizedLinearRegression("huber", random_state=1)
    assert feed(other, x[:500], y[:500], 5).coef_.tolist() != fits[0]


def test_an_average_of_scikit_learn_is_no_nearer() -> None:
    linear_model = pytest.importorskip("sklearn.linear_model")
    _, y, z = draw("logistic")
    right = LogisticRegression().fit(z, y).coef_
    ours = feed(estimator("logistic"), z, y).coef_
    model = linear_model.SGDClassifier(loss="log_loss", alpha=1e-12, average=True, random_state=0)
    for part in np.array_split(np.arange(ROWS), CALLS):
        model.partial_fit(z[part], y[part], classes=[0, 1])
    assert np.abs(ours - right).max() <= np.abs(model.coef_ - right).max()


def test_weights_count_as_repeats() -> None:
    # each row given twice is the same as weights of 2, up to what the order of the rows does
    x, y, _ = draw("logistic")
    twice = feed(estimator("logistic"), np.repeat(x, 2, axis=0), np.repeat(y, 2))
    model = LogisticRegression(random_state=0)
    for part in np.array_split(np.arange(ROWS), CALLS):
        model.partial_fit(x[part], y[part], classes=[0, 1], sample_weight=np.full(len(part), 2.0))
    assert np.abs((model.coef_ - twice.coef_) * SCALES).max() < 0.02
    ignored = LogisticRegression(random_state=0)
    broken = np.where(np.arange(ROWS) % 2 == 0, y, 1 - y)
    for part in np.array_split(np.arange(ROWS), CALLS):
        ignored.partial_fit(x[part], broken[part], classes=[0, 1], sample_weight=(part % 2 == 0) * 1.0)
    whole = LogisticRegression().fit(x[::2], y[::2])
    assert np.abs((ignored.coef_ - whole.coef_) * SCALES).max() < 0.04


def test_classes_are_settled_at_the_first_call() -> None:
    model = LogisticRegression(random_state=0)
    with pytest.raises(DataError, match="classes must be passed on the first call"):
        model.partial_fit([[0.0], [1.0]], ["a", "b"])
    model.partial_fit([[0.0], [1.0]], ["a", "b"], classes=["a", "b", "c"])
    assert model.classes_.tolist() == ["a", "b", "c"]
    assert model.predict_proba([[0.5]]).shape == (1, 3)
    model.partial_fit([[2.0]], ["c"])
    with pytest.raises(DataError, match="'d', and the classes are a, b, c"):
        model.partial_fit([[2.0]], ["d"])
    with pytest.raises(DataError, match="not those of the first call"):
        model.partial_fit([[2.0]], ["a"], classes=["a", "b"])
    with pytest.raises(DataError, match="2 features"):
        model.partial_fit([[2.0, 1.0]], ["a"])


@pytest.mark.parametrize("method", ["gradient", "momentum", "nesterov"])
def test_a_learning_rate_of_ones_own(method: str) -> None:
    x, y, _ = draw("huber")
    whole = GeneralizedLinearRegression("huber").fit(x, y)
    model = estimator("huber", learning_rate=0.05, method=method, momentum=0.5)
    for _ in range(6):
        feed(model, x, y)
    assert np.abs((model.coef_ - whole.coef_) * SCALES).max() < 0.1
    with pytest.raises(DivergenceError, match="too large"):
        feed(estimator("poisson", learning_rate=50.0), x, np.round(np.abs(y)))


def test_penalties() -> None:
    x, y, z = draw("huber")
    model = estimator("huber", l1=0.15)
    for _ in range(3):
        feed(model, x, y)
    whole = GeneralizedLinearRegression("huber", l1=0.15).fit(x, y)
    assert np.abs((model.coef_ - whole.coef_) * SCALES).max() < 0.03
    ridge = feed(estimator("huber", l2=0.5), z, y)
    right = GeneralizedLinearRegression("huber", l2=0.5).fit(z, y)
    assert np.abs(ridge.coef_ - right.coef_).max() < 0.03
    assert np.abs(right.coef_ - GeneralizedLinearRegression("huber").fit(z, y).coef_).max() > 0.05


def test_single_rows_and_constant_beginnings() -> None:
    random = np.random.default_rng(0)
    model = GeneralizedLinearRegression("huber", random_state=0)
    for k in range(800):
        x = random.normal(size=(1, 2)) if k > 5 else np.ones((1, 2))
        model.partial_fit(x, x @ [1.0, -2.0] + 3)
    assert model.coef_ == pytest.approx([1, -2], abs=0.05)
    assert model.intercept_ == pytest.approx(3, abs=0.05)
