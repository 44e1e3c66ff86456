"""Trainer: what is done with one batch, and with the batches of an epoch."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from autograd import Value
from nn.modules.buffers import Buffer
from nn.modules.calling import over_batch
from nn.modules.dataset import Rows
from nn.modules.module import Module
from nn.optim.clipping import clip_by_norm
from nn.optim.optimizer import Optimizer
from nn.training.batches import Batches
from nn.training.evaluation import Metric, Scores, mean_metric, measured
from nn.training.rollback import BufferState
from nn.training.unused_parameters import outside_model, require_used

__all__ = ["Clip", "Trainer", "require_loss"]

Clip = float | Callable[[list[Value]], Any] | None


@dataclass
class Trainer:
    """What stays the same from batch to batch."""

    model: Module
    loss: Callable[[Any, Any], Any]
    optimizer: Optimizer
    metric: Metric | None
    clip: Clip
    buffers: list[Buffer] = field(default_factory=list, kw_only=True)
    outside: list[Value] = field(default_factory=list, kw_only=True)

    def inspect_model(self) -> None:
        """Look at the model as it is now, which the caller's code may have changed."""
        self.buffers = self.model.buffers()
        self.outside = outside_model(self.model, self.optimizer)

    @property
    def on_batch(self) -> bool:
        """Whether the model wants a whole mini-batch at once."""
        return bool(getattr(self.model, "on_batch", False))

    def epoch(self, rows: Rows, batches: Batches) -> tuple[float, float]:
        """Take one step per batch; return the mean loss and, if any, metric over all rows."""
        loss = metric = 0.0
        for positions in batches.epoch():
            batch_loss, batch_metric = self.step(rows.pick(positions))
            loss += batch_loss * len(positions)
            metric += batch_metric * len(positions)
        n = batches.count
        return loss / n, metric / n

    def epochs(self, rows: Rows, batches: Batches, most: int) -> tuple[list[float], list[float]]:
        """Go through the rows once, or up to `most` times.

        Returns:
            Of each time, the mean loss; and the mean metric, where there is one.
        """
        loss, metric = self.epoch(rows, batches)
        return [loss], [metric] if self.metric else []

    def step(self, rows: Rows) -> tuple[float, float]:
        """Take one step; return the loss and the metric from before it.

        An error or an interrupt leaves the model and the optimizer as before the step, or after it.
        """
        state = BufferState(self.buffers, self.optimizer)
        try:
            return self.take_step(rows)
        except BaseException:
            state.roll_back()
            raise

    def take_step(self, rows: Rows) -> tuple[float, float]:
        """Take one step; what it changes before its end is the buffers."""
        self.optimizer.zero_grad()
        predictions = over_batch(self.model, rows.inputs)
        loss = self.loss(predictions, list(rows.targets))
        require_loss(loss)
        loss.backward()
        if self.outside:
            reached = {id(p) for p in self.outside if p.reached}
            require_used(self.outside, reached, self.optimizer)
            self.outside = []
        self.clip_gradients()
        self.optimizer.step()
        metric = mean_metric(self.metric, predictions, rows.targets) if self.metric else 0.0
        return loss.data, metric

    def scores(self, rows: Rows) -> Scores:
        """Return the loss and the metric of some rows, in `eval()`."""
        return measured(self.model, rows, self.loss, self.metric)

    def clip_gradients(self) -> None:
        """Bring the gradients within the limit that was asked for."""
        if callable(self.clip):
            self.clip(self.optimizer.parameters)
        elif self.clip is not None:
            clip_by_norm(self.optimizer.parameters, self.clip)


def require_loss(loss: object) -> None:
    """Raise unless it is something to go backward from."""
    if not isinstance(loss, Value):
        raise TypeError(f"expected the loss to return a Value, got a {type(loss).__name__}")
    if not loss.operands:
        raise ValueError(f"expected a computed loss, got {loss!r}: is this in no_grad()?")
