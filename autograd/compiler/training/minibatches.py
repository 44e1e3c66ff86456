"""Minibatches: rows that a function takes several at once, and their numbers as one row."""

from array import array
from collections.abc import Sequence
from typing import Any

from autograd.compiler.call import Call
from autograd.compiler.runtime.batch import rows_in
from autograd.compiler.runtime.in_axes import Layout
from autograd.compiler.runtime.signature import size
from autograd.compiler.specialization import Specialization

__all__ = ["Minibatches", "first_minibatch"]


class Minibatches:
    """The rows of a call, to be laid out in lots.

    Args:
        call: all rows.
        together: how many of them the function takes at once, as lists.
    """

    def __init__(self, call: Call, together: int) -> None:
        if call.leaves:
            raise TypeError("expected rows of numbers, got Values among them")
        self.batch, self.together = call.batch, together
        shapes = zip(call.starts, call.shapes, call.axes, strict=True)
        spans = [(8 * i, 8 * (i + size(shape))) for i, shape, axis in shapes if axis is not None]
        # One row alone has its arguments side by side already.
        self.spans = spans if together > 1 else [(0, 8 * call.width)]

    def laid_out(
        self, specialization: Specialization, order: Sequence[int], batch: int, times: int
    ) -> tuple[Any, "array[int]", int, int]:
        """Return a tape's columns, the order of its rows, how many make a batch, and how often.

        Args:
            branch: what the tape is of; what it draws at random is drawn here, in this order.
            order: positions of rows, batch by batch.
            batch: how many of these make one.
            times: how often to go through them.
        """
        if self.together == 1 and not specialization.draws:
            return self.batch.columns, array("q", order), batch, times
        view, step = memoryview(self.batch.columns).cast("B"), 8 * self.batch.width
        parts: list[Any] = []
        for first in [*range(0, len(order), self.together)] * times:
            starts = [i * step for i in order[first : first + self.together]]
            parts += [view[at + i : at + j] for i, j in self.spans for at in starts]
            if specialization.draws:
                parts.append(specialization.draws.row())
        columns = array("d")
        columns.frombytes(b"".join(parts))
        lots = len(order) // self.together * times
        return columns, array("q", range(lots)), batch // self.together, 1


def first_minibatch(parts: Sequence[Any], layout: Layout, together: int) -> Call:
    """A call whose only row is the first lot of these parts of the arguments."""
    named = zip(parts, layout.axes, layout.titles, strict=True)
    lot = [x if axis is None else [rows_in(x, name)[:together]] for x, axis, name in named]
    return Call(lot, layout)
