"""Training with a compiled loss: whole epochs below Python, the same steps up to rounding."""

import copy
import math
from array import array
from dataclasses import dataclass
from itertools import chain
from typing import Any

from autograd import TraceError, Value, backend, compile
from nn.batches import Batches, Rows
from nn.clipping import require_positive
from nn.evaluation import Scores, mean_metric
from nn.losses import LOSSES
from nn.module import Module
from nn.optimizer import Optimizer
from nn.rows import as_float
from nn.trainer import Trainer

__all__ = ["compiled_trainer"]

# How many rows are gone through before Python has a look.
ROWS_AT_ONCE = 100_000


def compiled_trainer(trainer: Trainer, rows: Rows, compiled: bool | str) -> Trainer:
    """Return a trainer that runs below Python where that is asked for, or known to be the same.

    Args:
        trainer: the one that runs in Python.
        rows: the rows to train on.
        compiled: True, False or "auto".

    Raises:
        ValueError: for anything else, or when compiled=True and the clipping is a function.
        TraceError: when compiled=True and the model, loss or optimizer cannot be compiled.
    """
    if compiled not in (True, False, "auto"):
        raise ValueError(f'expected compiled to be True, False or "auto", got {compiled!r}')
    asked = compiled is True
    if not compiled or backend == "python" or not (asked or all_ours(trainer)):
        return trainer
    try:
        return CompiledTrainer.of(trainer, rows)
    except (TraceError, TypeError, ValueError):
        if asked:
            raise
        return trainer  # which says what is wrong, if anything is


def all_ours(trainer: Trainer) -> bool:
    """Whether model, loss and optimizer are ones of this package that a trace tells all about."""
    modules = trainer.model.modules()
    return (
        trainer.loss in LOSSES.values()
        and is_ours(type(trainer.optimizer))
        and all(is_ours(type(m)) and m.compiles and all_functions_ours(m) for m in modules)
    )


def all_functions_ours(module: Module) -> bool:
    """Whether the functions among a module's attributes are this package's."""
    held = [x if isinstance(x, list | tuple) else (x,) for x in vars(module).values()]
    functions = [x for x in chain.from_iterable(held) if callable(x) and not isinstance(x, Module)]
    return all(map(is_ours, functions))


def is_ours(x: Any) -> bool:
    return str(getattr(x, "__module__", "")).split(".")[0] in ("nn", "autograd")


@dataclass
class CompiledTrainer(Trainer):
    """A trainer whose epochs run below Python.

    Args:
        predict: the compiled model, over rows.
        descent: the compiled loss with all rows.
        rate: the leaf that holds the learning rate.
        twin: the optimizer with that leaf for its rate.
    """

    predict: Any
    descent: Any
    rate: Value
    twin: Optimizer

    @classmethod
    def of(cls, trainer: Trainer, rows: Rows) -> "CompiledTrainer":
        """Compile what a trainer does."""
        model, loss = trainer.model, trainer.loss

        def predict(x: Any) -> Any:
            return model(x)

        def row_loss(x: Any, target: Any) -> Any:
            return loss([model(x)], [target])

        if callable(trainer.clip):
            raise ValueError("expected clip to be a number where fit is compiled, got a function")
        if type(trainer.optimizer).step is not Optimizer.step:
            raise ValueError("expected fit not to be compiled for an optimizer with its own step")
        require_mean(trainer, rows)
        rate = Value(trainer.optimizer.lr, label="lr")
        descent = compile(row_loss, in_axes=(0, 0), reduce="mean").descent(
            rows.inputs, rows.targets, parameters=trainer.optimizer.parameters, rate=rate
        )
        twin = copy.copy(trainer.optimizer)
        fast = compile(predict, in_axes=0)
        return cls(**vars(trainer), predict=fast, descent=descent, rate=rate, twin=twin)

    def epochs(self, rows: Rows, batches: Batches, most: int) -> list[Scores]:
        """Go through the rows up to `most` times below Python, some 100,000 rows at a time."""
        size = min(batches.size or batches.count, batches.count)
        if self.metric is not None or batches.count % size:
            return [self.epoch(rows, batches)]  # else batches would reach into the next epoch
        self.clear_gradients()
        times = max(1, min(most, ROWS_AT_ONCE // batches.count))
        if size == batches.count:  # each epoch is the same batch
            dealt = [*batches.epoch()] * times
        else:
            dealt = [batch for _ in range(times) for batch in batches.epoch()]
        losses = self.losses(rows, dealt)
        steps = batches.count // size
        means = [sum(losses[i : i + steps]) / steps for i in range(0, len(losses), steps)]
        return [Scores(mean, None) for mean in means]

    def clear_gradients(self) -> None:
        """Set every parameter's grad to "not computed", which is what it is below Python."""
        for p in self.optimizer.parameters:
            if p.reached:
                p.zero_grad()

    def losses(self, rows: Rows, dealt: list[list[int]]) -> list[float]:
        """Take a step for each batch; return their losses from before it."""
        found: list[float] = []
        while len(found) < len(dealt):
            taken = self.steps(dealt[len(found) :])
            # A batch with a row that takes another branch of the loss is a step in Python.
            found += taken or [self.step(rows.pick(dealt[len(found)]))[0]]
        return found

    def epoch(self, rows: Rows, batches: Batches) -> Scores:
        """Take one step per batch; return the mean loss and the mean metric over all rows."""
        dealt = [*batches.epoch()]
        losses: list[float] = []
        metrics: list[float] = []
        self.clear_gradients()
        if self.metric is None:
            return Scores(weighed_mean(self.losses(rows, dealt), dealt), None)
        for batch in dealt:
            metrics.append(self.measured(rows.pick(batch)))
            losses += self.losses(rows, [batch])
        return Scores(weighed_mean(losses, dealt), weighed_mean(metrics, dealt))

    def steps(self, dealt: list[list[int]]) -> list[float]:
        """Take a step for each batch below Python; return the losses of those that were taken."""
        self.rate.data = self.optimizer.lr
        if settings_of(self.twin) != settings_of(self.optimizer):
            self.twin = copy.copy(self.optimizer)
        self.twin.lr = self.rate  # type: ignore[assignment]  # a leaf, so that it is an input
        if isinstance(self.clip, float | int):
            require_positive("max_norm", self.clip)
        found: list[float] = self.descent.run(
            self.twin.update, self.optimizer.states, positions(dealt), len(dealt[0]), self.clip
        )  # fmt: skip
        return found

    def measured(self, rows: Rows) -> float:
        """The mean metric of a batch, before the step."""
        assert self.metric is not None
        predictions = [as_values(each) for each in self.predict(list(rows.inputs))]
        return mean_metric(self.metric, predictions, rows.targets)


def positions(dealt: list[list[int]]) -> "array[int]":
    """The rows' positions, batch by batch."""
    if all(batch is dealt[0] for batch in dealt):
        return array("q", dealt[0]) * len(dealt)
    return array("q", chain.from_iterable(dealt))


def settings_of(optimizer: Optimizer) -> dict[str, Any]:
    """What an update depends on besides the rate, the parameters and their states."""
    others = ("lr", "parameters", "states")
    return {name: x for name, x in vars(optimizer).items() if name not in others}


def require_mean(trainer: Trainer, rows: Rows) -> None:
    """Raise ValueError unless the loss of two rows is the mean of their losses."""
    if trainer.loss in LOSSES.values() or len(rows.inputs) < 2:
        return
    first = rows.pick((0, 1))
    predictions, targets = [trainer.model(x) for x in first.inputs], list(first.targets)
    both = as_float(trainer.loss(predictions, targets))
    each = [as_float(trainer.loss([p], [t])) for p, t in zip(predictions, targets, strict=True)]
    if not math.isclose(both, sum(each) / 2.0, rel_tol=1e-9, abs_tol=1e-12):
        raise ValueError(
            f"expected a loss that is the mean of its rows' losses, for fit to be compiled: got "
            f"{both!r} for two rows of {each[0]!r} and {each[1]!r}"
        )


def weighed_mean(numbers: list[float], dealt: list[list[int]]) -> float:
    """The mean over the rows of what is a mean over each batch."""
    count = sum(map(len, dealt))
    return sum(x * len(batch) for x, batch in zip(numbers, dealt, strict=True)) / count


def as_values(prediction: Any) -> Any:
    """What the model gives: Values again, for a metric that is written for them."""
    if isinstance(prediction, list | tuple):
        return type(prediction)(map(as_values, prediction))
    return Value(prediction)
