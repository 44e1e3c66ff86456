"""History: what happened in each epoch of training."""

import math
from dataclasses import dataclass, field

from nn.plots.line_plot import Curves, curves

__all__ = ["History"]


@dataclass
class History:
    """One number per epoch in each list; a list stays empty when nothing measures it.

    Args:
        loss: the mean over the training rows of the loss as each batch met it.
        val_loss: the loss of the validation rows after the epoch.
        metric: the mean metric of the training rows as each batch met them.
        val_metric: the mean metric of the validation rows after the epoch.
        watched: the loss that early stopping and best_epoch go by: val_loss where there is
            validation, else, with early stopping, the training rows' loss after the epoch,
            else loss.
        epochs: 1, 2, 3, ...

    >>> history = History(loss=[0.5, 0.25], watched=[0.5, 0.25], epochs=[1, 2])
    >>> history.best_epoch
    2
    """

    loss: list[float] = field(default_factory=list)
    val_loss: list[float] = field(default_factory=list)
    metric: list[float] = field(default_factory=list)
    val_metric: list[float] = field(default_factory=list)
    watched: list[float] = field(default_factory=list)
    epochs: list[int] = field(default_factory=list)

    @property
    def best_epoch(self) -> int | None:
        """The first epoch with the smallest watched loss; None when there is none."""
        losses = [(x, epoch) for x, epoch in zip(self.watched, self.epochs, strict=True)]
        return min([pair for pair in losses if not math.isnan(pair[0])], default=(0.0, None))[1]

    def __repr__(self) -> str:
        lists = {
            name: x for name, x in vars(self).items() if x and name not in ("epochs", "watched")
        }
        last = ", ".join(f"{name} {x[0]:.4g} → {x[-1]:.4g}" for name, x in lists.items())
        return f"History({len(self.epochs)} epochs: {last})"

    def plot(self, *names: str, title: str = "") -> Curves:
        """Draw some of the lists over the epochs; loss and val_loss when none is named.

        Args:
            names: "loss", "val_loss", "metric", "val_metric" or "watched".
            title: printed above.

        Raises:
            ValueError: when a name is unknown, or nothing was recorded.

        >>> History(loss=[0.5, 0.25]).plot().svg.startswith("<svg")
        True
        """
        known = {name: x for name, x in vars(self).items() if name != "epochs"}
        for name in names:
            if name not in known:
                raise ValueError(f"unknown list {name!r}: expected one of {', '.join(known)}")
        wanted = names or ("loss", "val_loss")
        return curves({name: known[name] for name in wanted if known[name]}, title=title)
