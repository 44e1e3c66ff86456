"""The connection that leads past a module: what came in is added to what comes out."""

from collections.abc import Callable
from typing import Any

from autograd import add
from nn.modules.module import Module
from nn.modules.shapes import elementwise, shape, shown

__all__ = ["Residual"]


class Residual(Module):
    """x + module(x), so that gradients reach x undiminished, by a factor of 1.

    Args:
        module: a module, or any function, that returns the shape it is given.

    He et al., "Deep residual learning for image recognition", 2016, equation 1.

    >>> Residual(lambda row: [3.0 * x for x in row])([1.0, 2.0])
    [4.0, 8.0]
    """

    compiles = True

    def __init__(self, module: Callable[[Any], Any]) -> None:
        self.inner = module
        self.on_batch = getattr(module, "on_batch", False)

    def forward(self, x: Any) -> Any:
        """Return x + module(x), place by place.

        Args:
            x: a number, or numbers nested at any depth.

        Raises:
            ValueError: when the module returns another shape.
        """
        y = self.inner(x)
        if shape(x) != shape(y):
            raise ValueError(
                f"Residual: expected its module to return the shape it was given, "
                f"{shown(shape(x))}, got {shown(shape(y))}: let it end as wide as it begins"
            )
        return elementwise(add, x, y)

    def __repr__(self) -> str:
        return f"Residual({self.inner!r})"
