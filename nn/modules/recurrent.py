"""Networks that read a sequence row by row and remember: RNN, LSTM, GRU."""

from typing import Any

from autograd import dot, tanh
from nn.modules.activations import Activation
from nn.modules.arguments import require_count
from nn.modules.initializers import Seed, generator
from nn.modules.layers import Layer
from nn.modules.module import Module
from nn.modules.rows import Row, as_row
from nn.modules.shapes import as_rows

__all__ = ["GRU", "LSTM", "RNN"]


class Recurrent(Module):
    """What the three share: a state that a subclass's `step` carries from row to row.

    Args:
        nin: how many numbers a row has.
        nhidden: how many numbers it remembers and gives out.
    """

    compiles = True

    def __init__(self, nin: int, nhidden: int) -> None:
        nin = require_count("nin", nin)
        nhidden = require_count("nhidden", nhidden)
        self.nin, self.nhidden = nin, nhidden

    def start(self) -> Any:
        """Return the state before the first row: zeros."""
        return (0.0,) * self.nhidden

    def step(self, row: Row, state: Any) -> Any:
        """Return the state after one more row; a subclass defines this."""
        raise NotImplementedError(
            f"{type(self).__name__} has no step: define step(self, row, state)"
        )

    def output(self, state: Any) -> Row:
        """Return what is given out in this state: here, the state itself."""
        return state  # type: ignore[no-any-return]

    def forward(self, sequence: Any) -> list[Row]:
        """Return one output of nhidden numbers for each row; the last one has seen them all.

        Args:
            sequence: rows of nin numbers; where nin is 1, bare numbers will do.

        Raises:
            ValueError: when the sequence is empty, or a row is of another length.
        """
        state, outputs = self.start(), []
        for row in as_rows(self, sequence, self.nin, "a sequence"):
            state = self.step(row, state)
            outputs.append(self.output(state))
        return outputs

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.nin}, {self.nhidden})"


class RNN(Recurrent):
    """h ← activation(W·[x, h] + b).

    Args:
        nin: how many numbers a row has.
        nhidden: how many numbers it remembers and gives out.
        activation: a name from `ACTIVATIONS`, or a function of one number.
        seed: an integer for weights of its own; None draws from `random`'s generator.

    Raises:
        ValueError: for a count below 1, or an unknown name.

    Elman, "Finding structure in time", 1990.

    >>> outputs = RNN(1, 4, seed=0)([0.5, -1.0, 2.0])
    >>> len(outputs), len(outputs[-1])
    (3, 4)
    """

    def __init__(
        self, nin: int, nhidden: int, activation: Activation = "tanh", *, seed: Seed = None
    ) -> None:
        super().__init__(nin, nhidden)
        self.hidden = Layer(nin + nhidden, nhidden, activation, seed=seed)

    @property
    def activation(self) -> Activation:
        """That of what is remembered, which may be assigned."""
        return self.hidden.activation

    @activation.setter
    def activation(self, activation: Activation) -> None:
        self.hidden.activation = activation

    def step(self, row: Row, state: Row) -> Row:
        """Return h after one more row."""
        return as_row(self.hidden((*row, *state)))


class LSTM(Recurrent):
    """c ← f·c + i·g and h ← o·tanh(c), with gates i, f, o = sigmoid(W·[x, h] + b), g by tanh.

    The forget gate's bias starts at 1: a new LSTM remembers.

    Args:
        nin: how many numbers a row has.
        nhidden: how many numbers it remembers and gives out.
        seed: an integer for weights of its own; None draws from `random`'s generator.

    Raises:
        ValueError: for a count below 1.

    Hochreiter and Schmidhuber, "Long short-term memory", 1997; with the forget gate of Gers,
    Schmidhuber and Cummins, "Learning to forget", 2000.

    >>> outputs = LSTM(1, 4, seed=0)([0.5, -1.0, 2.0])
    >>> len(outputs), len(outputs[-1])
    (3, 4)
    """

    def __init__(self, nin: int, nhidden: int, *, seed: Seed = None) -> None:
        super().__init__(nin, nhidden)
        rng, width = generator(seed), nin + nhidden
        self.input_gate = Layer(width, nhidden, "sigmoid", seed=rng)
        self.forget_gate = Layer(width, nhidden, "sigmoid", seed=rng)
        self.candidate = Layer(width, nhidden, "tanh", seed=rng)
        self.output_gate = Layer(width, nhidden, "sigmoid", seed=rng)
        for neuron in self.forget_gate.neurons:
            neuron.b.data = 1.0

    def start(self) -> tuple[Row, Row]:
        """Return (h, c) before the first row: zeros."""
        return (0.0,) * self.nhidden, (0.0,) * self.nhidden

    def output(self, state: tuple[Row, Row]) -> Row:
        """Return h."""
        return state[0]

    def step(self, row: Row, state: tuple[Row, Row]) -> tuple[Row, Row]:
        """Return (h, c) after one more row."""
        h, c = state
        seen = (*row, *h)
        gates = (self.forget_gate, self.input_gate, self.candidate, self.output_gate)
        parts = zip(c, *(as_row(gate(seen)) for gate in gates), strict=True)
        # One node for f·c + i·g.
        cells = [(dot((forget, let), (cell, new)), out) for cell, forget, let, new, out in parts]
        return tuple([out * tanh(cell) for cell, out in cells]), tuple([cell for cell, _ in cells])


class GRU(Recurrent):
    """h ← (1 − z)·n + z·h, with gates r, z = sigmoid(W·[x, h] + b), n = tanh(A·x + r·(B·h)).

    Args:
        nin: how many numbers a row has.
        nhidden: how many numbers it remembers and gives out.
        seed: an integer for weights of its own; None draws from `random`'s generator.

    Raises:
        ValueError: for a count below 1.

    Cho et al., "Learning phrase representations using RNN encoder-decoder", 2014, with the reset
    gate after the product, as in PyTorch; both A and B have a bias.

    >>> outputs = GRU(1, 4, seed=0)([0.5, -1.0, 2.0])
    >>> len(outputs), len(outputs[-1])
    (3, 4)
    """

    def __init__(self, nin: int, nhidden: int, *, seed: Seed = None) -> None:
        super().__init__(nin, nhidden)
        rng = generator(seed)
        self.reset_gate = Layer(nin + nhidden, nhidden, "sigmoid", seed=rng)
        self.update_gate = Layer(nin + nhidden, nhidden, "sigmoid", seed=rng)
        self.from_input = Layer(nin, nhidden, "linear", seed=rng)
        self.from_memory = Layer(nhidden, nhidden, "linear", seed=rng)

    def step(self, row: Row, state: Row) -> Row:
        """Return h after one more row."""
        seen = (*row, *state)
        parts = zip(
            state,
            as_row(self.reset_gate(seen)),
            as_row(self.update_gate(seen)),
            as_row(self.from_input(row)),
            as_row(self.from_memory(state)),
            strict=True,
        )
        new = [(tanh(a + reset * b), keep, h) for h, reset, keep, a, b in parts]
        return tuple([dot((1.0 - keep, keep), (n, h)) for n, keep, h in new])
