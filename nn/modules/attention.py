"""Attention: every row of a sequence looks at the rows before it; and the block built on it."""

import math
from collections.abc import Sequence
from typing import Any

from autograd import add, dot, scope
from nn.modules.activations import Activation, softmax
from nn.modules.arguments import require_count
from nn.modules.dropout import Dropout
from nn.modules.initializers import Seed, generator
from nn.modules.layers import MLP, Layer
from nn.modules.module import Module
from nn.modules.normalization import LayerNorm
from nn.modules.rows import Row, as_row
from nn.modules.shapes import as_rows, elementwise

__all__ = ["Attention", "TransformerBlock"]


class Attention(Module):
    """Each row asks a query; the rows whose keys fit it best have most say in its new value.

    Args:
        size: how many numbers a row has.
        heads: how many such lookups run side by side, each on size / heads of the numbers.
        causal: whether a row sees only itself and the rows before it.
        seed: an integer for weights of its own; None draws from `random`'s generator.

    Raises:
        ValueError: for a count below 1, or a size that heads does not divide.

    Vaswani et al., "Attention is all you need", 2017, section 3.2.

    >>> attention = Attention(4, heads=2, seed=0)
    >>> outputs = attention([[1.0, 0.0, 0.0, 1.0], [0.0, 1.0, 1.0, 0.0], [1.0, 1.0, 0.0, 0.0]])
    >>> len(outputs), len(outputs[0])
    (3, 4)
    """

    compiles = True

    def __init__(
        self, size: int, heads: int = 1, *, causal: bool = True, seed: Seed = None
    ) -> None:
        size = require_count("size", size)
        heads = require_count("heads", heads)
        if size % heads:
            raise ValueError(
                f"Attention: expected heads to divide size={size} evenly, got heads={heads}"
            )
        self.size, self.heads, self.causal = size, heads, causal
        rng = generator(seed)
        self.query = Layer(size, size, "linear", seed=rng)
        self.key = Layer(size, size, "linear", seed=rng)
        self.value = Layer(size, size, "linear", seed=rng)
        self.out = Layer(size, size, "linear", seed=rng)

    def forward(self, sequence: Any) -> list[Row]:
        """Return as many rows of as many numbers.

        Args:
            sequence: n rows of `size` numbers.

        Raises:
            ValueError: when the sequence is empty, or a row is of another length.
        """
        rows = as_rows(self, sequence, self.size, "a sequence")
        values = [as_row(self.value(row)) for row in rows]
        heads = [
            mixed(weights, part)
            for weights, part in zip(self.attend(rows), self.parts(values), strict=True)
        ]
        joined = [[x for head in heads for x in head[i]] for i in range(len(rows))]
        return [as_row(self.out(row)) for row in joined]

    def weights(self, sequence: Any) -> list[list[list[Any]]]:
        """Return how much row i looks at row j, as [head][i][j]; each [head][i] sums to 1.

        Args:
            sequence: n rows of `size` numbers.

        Raises:
            ValueError: when the sequence is empty, or a row is of another length.
        """
        return self.attend(as_rows(self, sequence, self.size, "a sequence"))

    def attend(self, rows: Sequence[Row]) -> list[list[list[Any]]]:
        """Return the weights for rows that were checked; a causal row i has only i + 1 of them."""
        shrink = 1.0 / math.sqrt(self.size // self.heads)
        queries = self.parts([[shrink * q for q in as_row(self.query(row))] for row in rows])
        keys = self.parts([as_row(self.key(row)) for row in rows])
        found = []
        for number, (asked, offered) in enumerate(zip(queries, keys, strict=True)):
            with scope(f"head{number}"):
                scores = [
                    [dot(q, k) for k in (offered[: i + 1] if self.causal else offered)]
                    for i, q in enumerate(asked)
                ]
                found.append([softmax(row) for row in scores])
        return found

    def parts(self, rows: Sequence[Sequence[Any]]) -> list[list[Sequence[Any]]]:
        """Return each head's share of the rows."""
        wide = self.size // self.heads
        return [[row[k : k + wide] for row in rows] for k in range(0, self.size, wide)]

    def __repr__(self) -> str:
        return f"Attention({self.size}, heads={self.heads}, causal={self.causal})"


def mixed(weights: Sequence[Sequence[Any]], values: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """For each row of weights the weighted mean of the values, number by number."""
    columns = list(zip(*values, strict=True))
    return [[dot(row, column[: len(row)]) for column in columns] for row in weights]


class TransformerBlock(Module):
    """x ← x + attention(norm(x)), then x ← x + mlp(norm(x)), with Dropout before each addition.

    Args:
        size: how many numbers a row has.
        heads: how many heads the attention has.
        hidden: how many hidden neurons the MLP has; None for 4·size.
        activation: that of the MLP.
        causal: whether a row sees only itself and the rows before it.
        dropout: the share of numbers to drop.
        seed: an integer for weights of its own; None draws from `random`'s generator.

    Raises:
        ValueError: for a count below 1, a size that heads does not divide, or an unknown name.

    Vaswani et al. 2017, with the norms in front as in Xiong et al., "On layer normalization in
    the Transformer architecture", 2020.

    >>> block = TransformerBlock(4, heads=2, seed=0)
    >>> outputs = block([[1.0, 0.0, 0.0, 1.0], [0.0, 1.0, 1.0, 0.0], [1.0, 1.0, 0.0, 0.0]])
    >>> len(outputs), len(outputs[0])
    (3, 4)
    """

    compiles = True

    def __init__(
        self,
        size: int,
        heads: int = 1,
        *,
        hidden: int | None = None,
        activation: Activation = "gelu",
        causal: bool = True,
        dropout: float = 0.0,
        seed: Seed = None,
    ) -> None:
        rng = generator(seed)
        self.attention_norm = LayerNorm(size)
        self.attention = Attention(size, heads, causal=causal, seed=rng)
        self.mlp_norm = LayerNorm(size)
        self.mlp = MLP(size, [4 * size if hidden is None else hidden, size], activation, seed=rng)
        self.dropout = Dropout(dropout, seed=None if seed is None else rng)

    def forward(self, sequence: Any) -> list[Any]:
        """Return as many rows of as many numbers.

        Args:
            sequence: n rows of `size` numbers.

        Raises:
            ValueError: when the sequence is empty, or a row is of another length.
        """
        sequence = as_rows(self, sequence, self.attention.size, "a sequence")
        sequence = elementwise(add, sequence, self.attend(sequence))
        return elementwise(add, sequence, self.feed_forward(sequence))  # type: ignore[no-any-return]

    def attend(self, sequence: Any) -> Any:
        """Return what the rows take from each other."""
        return self.dropout(self.attention([self.attention_norm(row) for row in sequence]))

    def feed_forward(self, sequence: Any) -> Any:
        """Return what the MLP makes of each row by itself."""
        return self.dropout([as_row(self.mlp(self.mlp_norm(row))) for row in sequence])
