"""Buffers: numbers that a module keeps and saves, but that no gradient trains."""

from autograd import Value
from autograd.extend import assign

__all__ = ["Buffer"]


class Buffer(Value):
    """A leaf that `state_dict` holds and `parameters` does not, such as a running mean.

    >>> mean = Buffer(1.0, label="mean")
    >>> mean.assign(mean * 0.5 + 2.0)
    >>> mean.data
    2.5
    """

    __slots__ = ()

    def assign(self, new: Value) -> None:
        """Take over a computed number; a compiled program has it as an output, written back.

        Args:
            new: the number to keep from now on.
        """
        assign(self, new)

    become = assign  # the name it had
