"""Rollback: buffers that a step changed are put back where it does not come to its end."""

from array import array
from collections.abc import Sequence
from typing import Any

from autograd import Value
from autograd.extend import assign_all
from nn.modules.buffers import Buffer
from nn.optim.optimizer import Optimizer

__all__ = ["BufferState"]


class BufferState:
    """What buffers were before a step: the loss changes them, the optimizer all else at the end.

    Args:
        buffers: those of the model.
        optimizer: what moves its parameters.
    """

    def __init__(self, buffers: Sequence[Buffer], optimizer: Optimizer) -> None:
        self.buffers, self.optimizer = buffers, optimizer
        self.numbers = [x.data for x in buffers]
        self.rest = self.moved() if buffers else None

    def moved(self) -> Any:
        """What the end of a step changes, as something that compares by bits."""
        return numbers_of(self.optimizer.parameters), list(self.optimizer.states)

    def roll_back(self) -> None:
        """Put the buffers back, unless the step had come to its end."""
        if self.buffers and self.moved() == self.rest:
            assign_all(self.buffers, self.numbers)


def numbers_of(leaves: Sequence[Value]) -> bytes:
    return array("d", [x.data for x in leaves]).tobytes()
