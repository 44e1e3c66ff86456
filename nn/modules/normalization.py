"""Layers that bring numbers to mean 0 and variance 1: across a row, or across a mini-batch."""

from collections.abc import Sequence
from typing import Any, ClassVar

from autograd import Value, dot, sqrt, total
from autograd.extend import settings
from nn.modules.arguments import at_least_0, require_count
from nn.modules.buffers import Buffer
from nn.modules.module import Module
from nn.modules.rows import Number, as_row
from nn.modules.shapes import as_rows

__all__ = ["BatchNorm", "LayerNorm"]


class LayerNorm(Module):
    """w · (x − mean) / √(variance + eps) + b, over the numbers of one row.

    Args:
        size: how many numbers a row has.
        eps: keeps the division finite.

    Raises:
        ValueError: for a size below 1.

    Ba, Kiros and Hinton, "Layer normalization", 2016, equation 4.

    >>> [round(y.data, 3) for y in LayerNorm(3)([1.0, 2.0, 3.0])]
    [-1.225, 0.0, 1.225]
    """

    compiles = True

    def __init__(self, size: int, eps: float = 1e-5) -> None:
        size = require_count("size", size)
        self.eps = at_least_0("eps", eps)
        self.w = [Value(1.0, label=f"w{i}") for i in range(size)]
        self.b = [Value(0.0, label=f"b{i}") for i in range(size)]

    def forward(self, x: Any) -> list[Any]:
        """Return the normalised row.

        Args:
            x: a row of `size` numbers.

        Raises:
            ValueError: when the row is of another length.
        """
        row = as_row(x)
        if len(row) != len(self.w):
            raise ValueError(f"LayerNorm: expected a row of {len(self.w)}, got one of {len(row)}")
        mean, variance = moments(row)
        deviation = sqrt(variance + self.eps)
        return [
            w * ((x - mean) / deviation) + b for x, w, b in zip(row, self.w, self.b, strict=True)
        ]

    def __repr__(self) -> str:
        return f"LayerNorm({len(self.w)})"


class BatchNorm(Module):
    """w · (x − mean) / √(variance + eps) + b, each column over the rows of a mini-batch.

    In training, mean and variance are those of the mini-batch, and running ones move towards them;
    in `eval()` the running ones are used.  It is called on a whole mini-batch: see `Batchwise`.

    Args:
        size: how many numbers a row has.
        eps: keeps the division finite.
        momentum: how far the running mean and variance move at each mini-batch.

    Raises:
        ValueError: for a size below 1.

    Ioffe and Szegedy, "Batch normalization", 2015, algorithm 1.

    >>> norm = BatchNorm(1)
    >>> [[round(y.data, 3) for y in row] for row in norm([[1.0], [2.0], [3.0]])]
    [[-1.225], [0.0], [1.225]]
    >>> norm.state_dict()
    {'w.0': 1.0, 'b.0': 0.0, 'mean.0': 0.2, 'variance.0': 1.0}
    """

    compiles = True
    on_batch: ClassVar[bool] = True

    def __init__(self, size: int, eps: float = 1e-5, momentum: float = 0.1) -> None:
        size = require_count("size", size)
        self.eps = at_least_0("eps", eps)
        self.momentum = settings.real(momentum, "expected momentum to be a real number")
        self.w = [Value(1.0, label=f"w{i}") for i in range(size)]
        self.b = [Value(0.0, label=f"b{i}") for i in range(size)]
        self.mean = [Buffer(0.0, label=f"mean{i}") for i in range(size)]
        self.variance = [Buffer(1.0, label=f"variance{i}") for i in range(size)]

    def forward(self, batch: Any) -> list[list[Any]]:
        """Return the normalised rows.

        Args:
            batch: n rows of `size` numbers, in training at least two.

        Raises:
            ValueError: when a row is of another length, or there are too few.
        """
        advice = ": in a model, let it stand in Batchwise(...)"
        rows = as_rows(self, batch, len(self.w), "a mini-batch", advice)
        means, variances = self.learned(rows) if self.training else (self.mean, self.variance)
        deviations = [sqrt(variance + self.eps) for variance in variances]
        columns = list(zip(means, deviations, self.w, self.b, strict=True))
        return [
            [w * ((x - mean) / dev) + b for x, (mean, dev, w, b) in zip(row, columns, strict=True)]
            for row in rows
        ]

    def learned(self, rows: Sequence[Sequence[Number]]) -> tuple[Sequence[Any], Sequence[Any]]:
        """Return the means and variances of a mini-batch's columns; the running ones follow."""
        if len(rows) == 1:
            raise ValueError(
                "BatchNorm: expected a mini-batch of at least 2 rows in training, got 1, "
                "which has no variance: use larger batches, or eval()"
            )
        means, variances = zip(*map(moments, zip(*rows, strict=True)), strict=True)
        unbiased = len(rows) / (len(rows) - 1)
        self.follow(self.mean, means)
        self.follow(self.variance, [unbiased * variance for variance in variances])
        return means, variances

    def follow(self, running: Sequence[Buffer], latest: Sequence[Any]) -> None:
        """Move running statistics towards the latest ones."""
        for kept, new in zip(running, latest, strict=True):
            kept.assign((1.0 - self.momentum) * kept + self.momentum * new)

    def __repr__(self) -> str:
        return f"BatchNorm({len(self.w)})"


def moments(row: Sequence[Number]) -> tuple[Any, Any]:
    """The mean and the variance of some numbers."""
    mean = total(row) / len(row)
    centred = [x - mean for x in row]
    return mean, dot(centred, centred) / len(row)
