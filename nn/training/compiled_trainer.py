"""Training with a compiled loss: whole epochs below Python, the same steps up to rounding."""

import copy
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain, islice, takewhile
from operator import is_, mul
from typing import Any

from autograd import Value
from nn.modules.calling import over_batch, training_flags
from nn.modules.dataset import Rows
from nn.optim.clipping import require_positive
from nn.optim.optimizer import Optimizer
from nn.training.batches import Batches
from nn.training.evaluation import Scores, mean_metric
from nn.training.trainer import Trainer, require_loss
from nn.training.unused_parameters import require_used

__all__ = ["CompiledTrainer"]

# How much is done before Python has a look: so many rows, for then its look at each parameter costs
# little beside them; or, where that is more, some 50 ms in rows times parameters, a step being as
# much again as a thousand.  Where numbers of rows have to be laid out, or predictions kept, memory
# has to hold those of fewer rows.
ROWS_AT_ONCE = 100_000
WORK_AT_ONCE = 200_000_000
STEP = 1_000
ROWS_HELD = 10_000


@dataclass
class CompiledTrainer(Trainer):
    """A trainer whose epochs run below Python.

    Args:
        rows: the rows to train on.
        first: how many the first batch has.
        known: whether the model is this package's, whose rows `eval()` takes one by one.
        rate: the leaf that holds the learning rate.
        twin: the optimizer with that leaf for its rate.
        learn: the compiled loss of a row, with the predictions where there is a metric.
        learn_whole: that of a mini-batch, which the model gets as a whole.
        score: that of each row, for evaluation.
        descents: the compiled losses with all rows, by how many a model gets at once.
        moved: the parameters that these move.
    """

    rows: Rows
    first: int
    known: bool
    rate: Value
    twin: Optimizer
    learn: Any
    learn_whole: Any
    score: Any
    training_loops: dict[int, Any] = field(default_factory=dict)
    moved: list[Value] = field(default_factory=list)

    @classmethod
    def of(cls, trainer: Trainer, rows: Rows, batches: Batches, known: bool) -> "CompiledTrainer":
        """Compile what a trainer does."""
        from autograd import compile  # noqa: PLC0415 - the compiler takes a while to import

        # Names of their own, for the compiler watches the modules that a function refers to.
        model, loss, alone = trainer.model, trainer.loss, trainer.metric is None

        def whole(inputs: Any, targets: Any) -> Any:
            predictions = over_batch(model, inputs)
            found = loss(predictions, targets)
            if model.training:
                require_loss(found)
            return found if alone else (found, predictions)

        def row(x: Any, target: Any) -> Any:
            found = whole([x], [target])
            return found if alone else (found[0], found[1][0])

        axes = (0, 0)
        made = cls(
            **vars(trainer),
            rows=rows,
            first=batches.first,
            known=known,
            rate=Value(trainer.optimizer.lr, label="lr"),
            twin=copy.copy(trainer.optimizer),
            learn=compile(row, axes, "mean"),
            learn_whole=compile(whole, axes, "mean"),
            score=compile(row, axes),
        )
        with training_flags(trainer.model):
            trainer.model.train()
            made.training_loop(batches.first)
        return made

    def inspect_model(self) -> None:
        """Look at the model as it is now, and at what its loss rests on."""
        super().inspect_model()
        if [*map(id, self.moved)] != [*map(id, self.optimizer.parameters)]:  # some were frozen
            self.training_loops, self.moved = {}, [*self.optimizer.parameters]
            self.optimizer.align()
        if self.outside:
            with training_flags(self.model):
                self.model.train()
                moved = {id(leaf) for leaf in self.training_loop(self.first).moved()}
            require_used(self.outside, moved, self.optimizer)

    def training_loop(self, size: int) -> Any:
        """The descent for batches of some size."""
        together = size if self.on_batch else 1
        if together not in self.training_loops:
            learn = self.learn if together == 1 else self.learn_whole
            self.training_loops[together] = learn.training_loop(
                self.rows.inputs, self.rows.targets, parameters=self.optimizer.parameters,
                rate=self.rate, together=together,
            )  # fmt: skip
        return self.training_loops[together]

    def epochs(self, rows: Rows, batches: Batches, most: int) -> tuple[list[float], list[float]]:
        """Go through the rows up to `most` times below Python, some 100,000 rows at a time."""
        times = self.times(batches, most)
        self.clear_gradients()
        if batches.alike:
            dealt = [*batches.epoch()] * times
        else:
            dealt = [batch for _ in range(times) for batch in batches.epoch()]
        losses, metrics = self.taken(rows, dealt)
        sizes = [*map(len, dealt[: len(dealt) // times])]
        return weighed_means(losses, sizes), weighed_means(metrics, sizes)

    def times(self, batches: Batches, most: int) -> int:
        """How often to go through the rows before Python has a look."""
        if most == 1 or batches.count % batches.first:  # batches would reach into the next epoch
            return 1
        work = STEP * batches.steps + batches.count * len(self.optimizer.parameters)
        most = min(most, max(ROWS_AT_ONCE // batches.count, WORK_AT_ONCE // work))
        if self.metric is not None or self.training_loop(batches.first).gathers:
            most = min(most, ROWS_HELD // batches.count)
        return max(1, most)

    def clear_gradients(self) -> None:
        """Set every parameter's grad to "not computed", which is what it is below Python."""
        for p in self.optimizer.parameters:
            if p.reached:
                p.zero_grad()

    def taken(self, rows: Rows, dealt: list[list[int]]) -> tuple[list[float], list[float]]:
        """Take a step for each batch; return their losses, and metrics if any, from before it."""
        losses: list[float] = []
        metrics: list[float] = []
        limit = len(dealt)
        while len(losses) < len(dealt):
            left = dealt[len(losses) : len(losses) + limit]
            found, predictions = self.steps(left)
            limit = 2 * len(found) + 8  # where many batches branch, little is laid out in vain
            if found:
                losses += found
                if self.metric is not None:
                    metrics += self.metrics(rows, left[: len(found)], predictions)
            else:  # a batch with a row that takes another branch of the loss is a step in Python
                loss, metric = self.step(rows.pick(left[0]))
                losses.append(loss)
                metrics += [] if self.metric is None else [metric]
        return losses, metrics

    def steps(self, dealt: list[list[int]]) -> tuple[list[float], list[Any]]:
        """Take steps below Python, for batches of one size if the model gets them whole."""
        size = len(dealt[0])
        if self.on_batch:
            dealt = [*takewhile(lambda batch: len(batch) == size, dealt)]
        self.rate.data = self.optimizer.lr
        if settings_of(self.twin) != settings_of(self.optimizer):
            self.twin = copy.copy(self.optimizer)
        self.twin.lr = self.rate  # type: ignore[assignment]  # a leaf, so that it is an input
        if isinstance(self.clip, float | int):
            require_positive("max_norm", self.clip)
        order, times = positions(dealt)
        losses, predictions = self.training_loop(size).run(
            self.twin.update, self.optimizer.states, order, size, self.clip, times
        )
        whole = self.on_batch and size > 1
        return losses, [*chain.from_iterable(predictions)] if whole else predictions

    def metrics(
        self, rows: Rows, dealt: list[list[int]], predictions: Iterable[Any]
    ) -> list[float]:
        """The mean metric of each batch, for the predictions from before its step."""
        assert self.metric is not None
        given = map(as_values, predictions)
        return [
            mean_metric(self.metric, [*islice(given, len(batch))], [rows.targets[i] for i in batch])
            for batch in dealt
        ]

    def scores(self, rows: Rows) -> Scores:
        """Return the loss and the metric of some rows, in `eval()`."""
        if self.on_batch and not self.known:  # a row may need the others
            return super().scores(rows)
        with training_flags(self.model):
            self.model.eval()
            found = self.score(rows.inputs, rows.targets)
        if self.metric is None:
            return Scores(sum(found) / len(found), None)
        losses, predictions = zip(*found, strict=True)
        metric = mean_metric(self.metric, [*map(as_values, predictions)], rows.targets)
        return Scores(sum(losses) / len(losses), metric)


def positions(dealt: list[list[int]]) -> tuple["array[int]", int]:
    """The rows' positions, batch by batch, and how often to go through them."""
    batches = (i for i in range(1, len(dealt)) if dealt[i] is dealt[0])
    period = next(batches, len(dealt))
    if len(dealt) % period or not all(map(is_, dealt, dealt[period:])):
        period = len(dealt)
    return array("q", chain.from_iterable(dealt[:period])), len(dealt) // period


def settings_of(optimizer: Optimizer) -> dict[str, Any]:
    """What an update depends on besides the rate, the parameters and their states."""
    others = ("lr", "parameters", "states")
    return {name: x for name, x in vars(optimizer).items() if name not in others}


def weighed_means(numbers: list[float], sizes: list[int]) -> list[float]:
    """The means over the rows of each epoch, of means over its batches of these sizes."""
    steps, count = len(sizes), sum(sizes)
    if steps == 1:
        return numbers
    return [
        sum(map(mul, numbers[i : i + steps], sizes)) / count for i in range(0, len(numbers), steps)
    ]


def as_values(prediction: Any) -> Any:
    """What the model gives: Values again, for a metric that is written for them."""
    if isinstance(prediction, list | tuple):
        return type(prediction)(map(as_values, prediction))
    return Value(prediction)
