"""Embedding: a table that has a row of learned numbers for each symbol."""

from typing import Any

from autograd import Value, dot, total
from autograd.extend import equal, settings
from nn.modules.arguments import require_count
from nn.modules.initializers import Seed, generator
from nn.modules.module import Module
from nn.modules.rows import as_float, is_number

__all__ = ["Embedding"]


class Embedding(Module):
    """Row i of a table, drawn from N(0, scale²), for the symbol number i.

    Args:
        count: how many symbols there are.
        size: how many numbers stand for one.
        scale: the standard deviation of the first numbers.
        seed: an integer for a table of its own; None draws from `random`'s generator.

    Raises:
        ValueError: for a count below 1.

    A row that no symbol of a step was has no gradient, and an optimizer leaves it alone.  In a
    compiled program a symbol can be any: there every row has a gradient, if only 0, and momentum,
    Adam and weight decay move it on, as they do with PyTorch's (if it is not sparse).  Since the
    two differ, `fit` compiles an embedding only when asked to.

    Bengio et al., "A neural probabilistic language model", 2003.

    >>> letters = Embedding(26, 3, seed=0)
    >>> len(letters(4)), [len(row) for row in letters([7, 8])]
    (3, [3, 3])
    """

    def __init__(self, count: int, size: int, *, scale: float = 1.0, seed: Seed = None) -> None:
        count = require_count("count", count)
        size = require_count("size", size)
        scale = settings.real(scale, "expected scale to be a real number")
        rng = generator(seed)
        self.rows = [
            [Value(rng.gauss(0.0, scale), label=f"e{i}.{j}") for j in range(size)]
            for i in range(count)
        ]

    def forward(self, symbol: Any) -> Any:
        """Return the row of a symbol, or a list of the rows of several.

        A number gives the row itself.  A Value, such as the input of a compiled program, gives a
        choice among all rows, which can differ at a replay.

        Args:
            symbol: an integer from 0 to count − 1, or several.

        Raises:
            ValueError: when it is anything else.
        """
        if not is_number(symbol):
            return [self.forward(item) for item in symbol]
        if isinstance(symbol, Value):
            return self.choose(symbol)
        number = as_float(symbol)
        if not (number.is_integer() and 0.0 <= number < len(self.rows)):
            raise ValueError(self.expected(number))
        return self.rows[int(number)]

    def choose(self, symbol: Value) -> list[Value]:
        """Return the row of a symbol that can differ at a replay: one dot node per column."""
        hits = [equal(symbol, float(i)) for i in range(len(self.rows))]
        if total(hits) != 1.0:
            raise ValueError(self.expected(symbol))
        return [dot(hits, column) for column in zip(*self.rows, strict=True)]

    def expected(self, got: object) -> str:
        """Return what to say of a symbol that is not in the table."""
        last = len(self.rows) - 1
        return f"Embedding: expected an integer from 0 to {last} as the symbol, got {got!r}"

    def __repr__(self) -> str:
        return f"Embedding({len(self.rows)}, {len(self.rows[0])})"
