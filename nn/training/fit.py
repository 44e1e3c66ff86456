"""The training loop: one optimiser step per batch, and a record of every epoch."""

import math
import random
from collections.abc import Callable, Iterable
from typing import Any

from autograd.extend import settings
from nn.modules.calling import require_module, training_flags
from nn.modules.dataset import read_rows
from nn.modules.lookup import lookup
from nn.modules.module import Module
from nn.modules.warning import warn
from nn.optim.clipping import require_positive
from nn.optim.optimizer import Optimizer
from nn.optim.optimizers import OPTIMIZERS
from nn.training.batches import Batches, split
from nn.training.compile_mode import compiled_trainer
from nn.training.early_stopping import EarlyStopping
from nn.training.evaluation import Metric, Scores, find_metric
from nn.training.history import History
from nn.training.losses import LOSSES
from nn.training.progress import epochs_bar
from nn.training.trainer import Clip, Trainer

__all__ = ["fit"]

Callback = Callable[[int, History], Any]


def fit(
    model: Module,
    X: Any,  # noqa: N803
    y: Any,
    *,
    loss: str | Callable[[Any, Any], Any],
    optimizer: str | Optimizer,
    epochs: int,
    batch_size: int | None = None,
    shuffle: bool = True,
    seed: int | None = 0,
    validation: Any = None,
    metric: str | Metric | None = None,
    early_stopping: int | None = None,
    clip: Clip = None,
    callbacks: Callback | Iterable[Callback] = (),
    progress: bool = True,
    compiled: bool | str = "auto",
) -> History:
    """Train a model and return what happened; the same seed gives the same history, bit for bit.

    Args:
        model: the model, in `train()` while it learns.
        X: n rows.
        y: n targets.
        loss: a name from `LOSSES`, or a function (predictions, targets) -> Value.
        optimizer: an Optimizer, or a name from `OPTIMIZERS` for its defaults.
        epochs: how often to go through the rows.
        batch_size: rows per step; None for all of them, 1 for stochastic descent.
        shuffle: whether batches are dealt in a new random order each epoch.
        seed: for the order and the held-out rows; None for another one each time.
        validation: the share of the rows to hold out, or a pair (X, y).
        metric: "accuracy", or a function (prediction, target) -> number of one row.
        early_stopping: after how many epochs without a better loss to stop; the weights of the
            best epoch are then put back.
        clip: the largest norm of the gradients, or a function of the list of parameters.
        callbacks: functions, or one; each is called as callback(epoch, history) after an epoch,
            the first being 1; training stops when one returns True.
        progress: whether to show a bar, if tqdm is installed.
        compiled: whether to compile, so that epochs run below Python: True, False, or "auto" for
            where the model, the loss and the optimizer are this package's, and the steps of a
            `Batchwise` model are many.  The losses are the same up to rounding; the parameters'
            `grad` is then "not computed".  In `autograd.debug()` all of it runs in Python.

    Raises:
        ValueError: for an unknown name, a bad setting, rows that do not fit or have a nan, or an
            optimizer of another model; a UserWarning says when it holds some other parameters.
        TypeError: when the model is no Module, a row is no numbers, or the loss no Value.

    A RuntimeWarning says in which epoch the loss became inf or nan.

    >>> from nn import MLP, SGD
    >>> model = MLP(1, [1], seed=0)
    >>> history = fit(model, [[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0], loss="mse",
    ...               optimizer=SGD(model, lr=0.2), epochs=200, progress=False)
    >>> round(model([10.0]).data, 3)
    21.0
    """
    require_module(model)
    callbacks, metric = listed(callbacks), find_metric(metric)
    epochs = settings.whole(epochs, "expected epochs to be an integer ≥ 0", 0)
    if clip is not None and not callable(clip):
        clip = require_positive("max_norm", clip)
    seed = None if seed is None else settings.whole(seed, "expected seed to be an integer or None")
    rows, held = split(read_rows(X, y), validation, seed)
    trainer = Trainer(model, lookup("loss", loss, LOSSES), chosen(optimizer, model), metric, clip)
    batches = Batches(len(rows.inputs), batch_size, shuffle, random.Random(seed))
    trainer = compiled_trainer(trainer, rows, batches, epochs, compiled)
    stopping, history = EarlyStopping(model, early_stopping), History()
    watched = rows if held is None and early_stopping is not None else held
    said = False
    looks = watched is not None or bool(callbacks)  # then each epoch has to be waited for
    bar = epochs_bar(epochs, progress)
    try:
        with training_flags(model):
            while (left := epochs - len(history.epochs)) > 0:
                model.train()
                trainer.inspect_model()
                done = len(history.epochs)
                during = trainer.epochs(rows, batches, 1 if looks else left)
                after = None if watched is None else trainer.scores(watched)
                record(history, *during, after, held is not None)
                said = said or say_divergence(history, done)
                bar.update(len(history.epochs) - done)
                bar.set_postfix(**shown(history, metric))
                stop = [
                    settings.is_true(callback(len(history.epochs), history))
                    for callback in callbacks
                ]
                if stopping.done(history) or any(stop):
                    break
            stopping.restore()
    finally:
        bar.close()
    return history


def listed(callbacks: Callback | Iterable[Callback]) -> tuple[Callback, ...]:
    """The callbacks; one alone counts too."""
    if callable(callbacks):
        return (callbacks,)
    found = tuple(callbacks) if hasattr(callbacks, "__iter__") else (None,)
    if not all(map(callable, found)):
        raise TypeError(f"expected callbacks to be a list of functions, got {callbacks!r:.80}")
    return found  # type: ignore[return-value]  # all of them can be called


def chosen(optimizer: str | Optimizer, model: Module) -> Optimizer:
    """The optimizer itself, or a new one of that name with its defaults."""
    if isinstance(optimizer, Optimizer):
        return optimizer
    made: Optimizer = lookup("optimizer", optimizer, OPTIMIZERS)(model)
    return made


def record(
    history: History, losses: list[float], metrics: list[float], after: Scores | None, held: bool
) -> None:
    """Add epochs: the scores of the training rows, and those watched after the last one."""
    done = len(history.epochs)
    history.epochs += range(done + 1, done + len(losses) + 1)
    history.loss += losses
    history.metric += metrics
    history.watched += [after.loss or 0.0] if after else losses
    if held and after is not None:
        history.val_loss.append(after.loss or 0.0)
        history.val_metric += [] if after.metric is None else [after.metric]


def say_divergence(history: History, done: int) -> bool:
    """Whether a loss after the first `done` epochs is inf or nan, which a RuntimeWarning says."""
    for name in ("loss", "val_loss"):
        for epoch, loss in enumerate(getattr(history, name)[done:], done + 1):
            if not math.isfinite(loss):
                warn(
                    f"the {name} of epoch {epoch} is {loss!r}: the steps have become too large, or "
                    "a function left its domain.  Lower the learning rate, limit the gradients "
                    "(clip=1.0), or scale the rows to about 1; in autograd.debug() the operation "
                    "and its line are named",
                    RuntimeWarning,
                )
                return True
    return False


def shown(history: History, metric: Metric | None) -> dict[str, str]:
    """The latest numbers, as the bar shows them."""
    name = getattr(metric, "__name__", "metric")
    latest = {
        "loss": history.loss, name: history.metric,
        "val_loss": history.val_loss, f"val_{name}": history.val_metric,
    }  # fmt: skip
    return {key: f"{numbers[-1]:.4g}" for key, numbers in latest.items() if numbers}
