"""Numbers of chance: plain ones, or in a compiled function inputs that each replay draws afresh."""

from collections.abc import Callable, Sequence
from typing import Any

from autograd.state import modes

__all__ = ["drawn"]


def drawn(draw: Callable[[int], Sequence[float]], count: int) -> Sequence[Any]:
    """Return draw(count): numbers drawn at random, which a trace must not take for constants.

    Args:
        draw: returns that many numbers.  A compiled function calls it again for each row.
        count: how many.

    >>> import random, autograd
    >>> coins = random.Random(0)
    >>> def toss(count):
    ...     return [float(coins.randrange(2)) for _ in range(count)]
    >>> fast = autograd.compile(lambda x: x * drawn(toss, 1)[0], in_axes=0)
    >>> fast([1.0, 2.0, 3.0, 4.0]), fast([1.0, 2.0, 3.0, 4.0])
    ([1.0, 2.0, 0.0, 4.0], [1.0, 2.0, 3.0, 4.0])
    """
    tracer = modes.tracer
    return draw(count) if tracer is None else tracer.drawn(draw, count)
