"""Models that want a whole mini-batch at once, and how they get it."""

from collections.abc import Callable
from typing import Any, ClassVar

from nn.layers import Sequential

__all__ = ["Batchwise", "over_batch"]


class Batchwise(Sequential):
    """Modules in a row, called on a mini-batch: what normalises over it sees all of its rows.

    Every other module is applied to one row after the other.  `fit` and `evaluate` hand such a
    model its whole mini-batches.

    Args:
        modules: what to apply, in order.

    >>> from nn import BatchNorm, Layer
    >>> model = Batchwise(Layer(2, 3, "linear"), BatchNorm(3), Layer(3, 1))
    >>> len(model([[1.0, 2.0], [3.0, 4.0]]))
    2
    """

    on_batch: ClassVar[bool] = True

    def forward(self, x: Any) -> Any:
        """Return the last module's outputs for the rows of a mini-batch."""
        for layer in self.layers:
            x = over_batch(layer, x)
        return x


def over_batch(module: Callable[[Any], Any], batch: Any) -> Any:
    """Return a module's outputs for the rows of a mini-batch, which it may want as a whole.

    >>> over_batch(abs, [-1.0, 2.0])
    [1.0, 2.0]
    """
    return module(batch) if getattr(module, "on_batch", False) else [module(x) for x in batch]
