"""How models are called: on a whole mini-batch if they want one, with their flags put back."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from nn.modules.layers import Sequential
from nn.modules.module import Module

__all__ = ["Batchwise", "over_batch", "require_module", "training_flags"]


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


@contextmanager
def training_flags(model: Module) -> Iterator[None]:
    """Put the `training` flag of every module back at the end."""
    before = [(module, module.training) for module in model.modules()]
    try:
        yield
    finally:
        for module, flag in before:
            module.training = flag


def require_module(model: object) -> None:
    """Raise TypeError unless a model is a Module, whose parameters are known."""
    if not isinstance(model, Module):
        raise TypeError(
            f"expected a Module as the model, got {model!r:.60}: put its leaves into a subclass of "
            "nn.Module, and what it computes into forward(self, row)"
        )
