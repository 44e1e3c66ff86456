"""What a model scores on some rows, without recording and without training."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from autograd import no_grad
from nn.modules.calling import over_batch, require_module, training_flags
from nn.modules.dataset import Rows, read_rows
from nn.modules.lookup import lookup
from nn.modules.module import Module
from nn.modules.rows import as_float, is_number
from nn.training.losses import LOSSES

__all__ = [
    "Metric", "Scores", "accuracy", "evaluate", "find_metric", "mean_metric", "measured",

]  # fmt: skip

Metric = Callable[[Any, Any], Any]


class Scores(NamedTuple):
    """The mean loss and the mean metric of some rows; None for what was not asked."""

    loss: float | None
    metric: float | None


def accuracy(prediction: Any, target: Any) -> float:
    """Return 1.0 where a prediction is right, else 0.0.

    Args:
        prediction: a row of scores, the largest of which names the class; or one score, whose
            sign does.
        target: the class's number; for one score 1 or else (−1 or 0).

    Raises:
        ValueError: when they are those of many rows, or the target is no number.

    >>> accuracy([0.1, 2.0, -1.0], 1), accuracy(0.3, -1), accuracy(-0.3, 0)
    (1.0, 0.0, 1.0)
    """
    if not is_number(target) or isinstance(target, str | bytes):
        raise ValueError(
            f"accuracy: expected one row's prediction and its class number, got the "
            f"{type(target).__name__} {target!r:.40} as target: of many rows take the mean, "
            "nn.evaluate(model, X, y, metric=nn.accuracy).metric; of a one-hot row its argmax"
        )
    if is_number(prediction):
        return float((prediction > 0) == (target > 0))
    row = list(prediction)
    if not row or not all(map(is_number, row)):
        raise ValueError(
            f"accuracy: expected one row of scores, got {row!r:.40}: of many rows take the mean, "
            "nn.evaluate(model, X, y, metric=nn.accuracy).metric"
        )
    return float(max(range(len(row)), key=row.__getitem__) == target)


def evaluate(
    model: Module,
    X: Any,  # noqa: N803
    y: Any,
    loss: Any = None,
    metric: str | Metric | None = None,
) -> Scores:
    """Return the loss and the metric of a model on some rows, in `eval()` and `no_grad()`.

    Args:
        model: the model.
        X: n rows.
        y: n targets.
        loss: a name from `LOSSES`, or a function (predictions, targets) -> number.
        metric: "accuracy", or a function (prediction, target) -> number of one row.

    Raises:
        ValueError: when neither is given, or from the checks on the rows and on the loss.
        TypeError: when the model is no Module.

    >>> from nn import MLP
    >>> evaluate(MLP(1, [1], seed=0), [[1.0], [2.0]], [1, 1], metric=accuracy)
    Scores(loss=None, metric=1.0)
    """
    require_module(model)
    if loss is None and metric is None:
        raise ValueError("expected a loss or a metric to evaluate, got neither")
    metric = find_metric(metric)
    chosen = loss if loss is None else lookup("loss", loss, LOSSES)
    return measured(model, read_rows(X, y), chosen, metric)


def measured(model: Module, rows: Rows, loss: Any, metric: Metric | None) -> Scores:
    """Return the scores of rows that were read, by a loss that was looked up."""
    with training_flags(model), no_grad():
        model.eval()
        predictions = over_batch(model, rows.inputs)
        return Scores(
            None if loss is None else as_float(loss(predictions, list(rows.targets))),
            None if metric is None else mean_metric(metric, predictions, rows.targets),
        )


def find_metric(metric: str | Metric | None) -> Metric | None:
    """The metric itself, or that of a name."""
    return None if metric is None else lookup("metric", metric, {"accuracy": accuracy})


def mean_metric(metric: Metric, predictions: list[Any], targets: Iterable[Any]) -> float:
    """Return the mean of the metric over the rows."""
    scores = [as_float(metric(p, t)) for p, t in zip(predictions, targets, strict=True)]
    return sum(scores) / len(scores)
