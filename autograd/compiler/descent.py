"""Descent: a compiled loss and an update of its parameters, run below Python batch by batch."""

from array import array
from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any, NamedTuple

from autograd import errors
from autograd.compiler.branch import NOTHING, Branch, Wanted
from autograd.compiler.branches import Branches
from autograd.compiler.call import Call
from autograd.compiler.passes import optimise
from autograd.compiler.program import Program
from autograd.compiler.results import one_number
from autograd.compiler.tape import Tape, tape_of
from autograd.compiler.trace import trace
from autograd.primitives import add
from autograd.state import modes
from autograd.value import Value

__all__ = ["Descent", "require_descent"]

# (parameter, gradient, *state) -> (parameter, *state)
Update = Callable[..., Sequence[Any]]


class Descent:
    """Gradient descent on the mean of a loss over rows.

    Args:
        branches: gives the traces of the loss for such rows as they are now.
        call: all rows.
        parameters: the leaves to move; those that the loss does not rest on stay.
        rate: a leaf that the update captures: the learning rate.
    """

    def __init__(
        self,
        branches: Callable[[], Branches],
        call: Call,
        parameters: Sequence[Value],
        rate: Value,
    ) -> None:
        self.branches, self.call, self.rate = branches, call, rate
        self.positions = {id(x): i for i, x in enumerate(parameters)}
        self.moving: tuple[Branch, list[tuple[int, Value, int]]] | None = None
        self.wanted = NOTHING
        self.tapes: list[tuple[Any, UpdateTape]] = []  # the latest, if any, with its key
        if call.leaves:
            raise TypeError("expected rows of numbers, got Values among them")
        self.branch()

    def branch(self) -> Branch:
        """The first trace of the loss; of the first row, where there is none."""
        found = self.branches()
        if not found.found:
            found.branch_for(self.call.batch)
        one_number(found.found[0], found.name)
        if found.found[0].trace.chance:
            raise errors.TraceError(errors.chance_in_descent(found.name))
        return found.found[0]

    def run(
        self,
        update: Update,
        states: list[tuple[float, ...]],
        order: Sequence[int],
        size: int,
        max_norm: float | None = None,
    ) -> list[float]:
        """Take one step per batch; return the batches' losses from before each.

        The parameters and states are those of a whole number of steps, also when it is interrupted.

        Args:
            update: (p, g, *state) -> (p, *state), written with operators and primitives.
            states: the state of each parameter, replaced in place.
            order: the rows' positions, batch by batch.
            size: rows per batch; the last one may have fewer.
            max_norm: the largest norm of a gradient.

        Returns:
            A loss for each batch until one with a row that takes another branch of the loss.

        Raises:
            TraceError: when the update compares numbers, or captures leaves besides the rate.
        """
        branch = self.branch()
        trained = self.trained(branch)
        own = [states[place] for _, _, place in trained]
        state = States(own, self.update_tape(update, own), self.rate)
        uniforms = branch.uniforms(self.call.batch)
        losses = array("d", bytes(8 * -(-len(order) // size)))
        numbers = state.numbers()
        try:
            done = branch.tape(self.wanted, None).train(
                state.tape, self.call.batch.columns, array("q", order), size, uniforms,
                array("q", self.wanted.places), numbers, state.settings, losses, max_norm,
            )  # fmt: skip
        finally:
            for (i, leaf, place), new in zip(trained, state.tuples(numbers), strict=True):
                leaf.data = uniforms[i]
                states[place] = new
        return losses[:done].tolist()

    def trained(self, branch: Branch) -> list[tuple[int, Value, int]]:
        """Which uniforms move: (place, leaf, place among the parameters)."""
        if self.moving is None or self.moving[0] is not branch:
            found = [
                (i, leaf, self.positions[id(leaf)])
                for i, leaf in zip(branch.moved_places, branch.moved, strict=True)
                if id(leaf) in self.positions
            ]
            self.moving = branch, found
            self.wanted = Wanted(tuple([i for i, _, _ in found]), False)
        return self.moving[1]

    def update_tape(self, update: Update, states: Sequence[tuple[float, ...]]) -> "UpdateTape":
        """The tape of an update, the latest one again if it fits."""
        width = len(states[0]) if states else 0
        alike = tuple([len({state[i] for state in states}) == 1 for i in range(width)])
        key = (update, alike)
        if not self.tapes or self.tapes[0][0] != key:
            self.tapes = [(key, update_tape(update, self.rate, alike))]
        return self.tapes[0][1]


def require_descent(reduce: str | None) -> None:
    """Raise unless a loss that is joined like that can be descended below Python, here and now."""
    if reduce != "mean":
        raise ValueError(f'expected reduce="mean" for a descent, got {reduce!r}')
    if not hasattr(Tape, "train"):
        raise RuntimeError("expected the accelerator for a descent: it was not built")
    if modes.debugging or not modes.recording:
        raise errors.TraceError(errors.descent_in_mode())


class UpdateTape(NamedTuple):
    """An update made ready to run, and which part of the state counts steps, if any does."""

    tape: Any
    counter: int | None


def update_tape(update: Update, rate: Value, alike: Sequence[bool]) -> UpdateTape:
    """Return the tape of an update.

    Args:
        update: (p, g, *state) -> (p, *state).
        rate: a leaf that it captures.
        alike: which parts of the state are the same for all parameters.
    """
    program = update_program(update, rate, len(alike), None)
    place = counter(program, len(alike))
    if place is None or not alike[place]:
        return UpdateTape(tape_of(optimise(program)), None)
    return UpdateTape(tape_of(optimise(update_program(update, rate, len(alike), place))), place)


class States:
    """The states of parameters as numbers, and the update's tape.

    A part of the state that only counts steps, alike for all parameters, becomes a setting: what
    rests on it and on the rate is then computed once a step.
    """

    def __init__(
        self, states: Sequence[tuple[float, ...]], update: UpdateTape, rate: Value
    ) -> None:
        self.states = states
        self.tape, self.place = update
        self.settings = array("d", [rate._data])
        if self.place is not None:  # train counts before each step, and so does the update
            self.settings.append(states[0][self.place] - 1.0)

    def numbers(self) -> "array[float]":
        """The states, parameter by parameter, without the counter."""
        return array("d", chain.from_iterable(map(self.without, self.states)))

    def without(self, state: tuple[float, ...]) -> tuple[float, ...]:
        """A state without the counter."""
        return state if self.place is None else state[: self.place] + state[self.place + 1 :]

    def tuples(self, numbers: "array[float]") -> list[tuple[float, ...]]:
        """The states that these numbers are, with the counter."""
        many = len(self.states) or 1
        width = len(numbers) // many
        rows = [tuple(numbers[i * width : (i + 1) * width]) for i in range(many)]
        if self.place is None:
            return rows[: len(self.states)]
        steps = (self.settings[1] + 1.0,)
        return [row[: self.place] + steps + row[self.place :] for row in rows]


def update_program(update: Update, rate: Value, width: int, place: int | None) -> Program:
    """Return the program of an update, with the part of the state at `place` as a setting."""
    p, g, *state = [Value(1.0, label=name) for name in ("p", "g", *[f"s{i}" for i in range(width)])]
    columns = [p, g, *[x for i, x in enumerate(state) if i != place]]
    settings = [rate] if place is None else [rate, state[place]]

    def results(*args: Any) -> tuple[Any, ...]:
        new, *after = update(*args)
        return (new, *[x for i, x in enumerate(after) if i != place])

    made = trace(results, [p, g, *state], {}, settings, columns)
    if made.captured or made.program.guards:
        name = getattr(update, "__qualname__", repr(update))
        raise errors.TraceError(errors.not_an_update(name, made.sources))
    return made.program


def counter(program: Program, width: int) -> int | None:
    """Which part of the state is the number of steps: it becomes itself + 1."""
    first = len(program.constants) + program.uniforms + 2
    for i in range(width):
        register = program.outputs[1 + i] - program.start
        if register >= 0:
            rule, operands = program.instructions[register]
            ones = [x for x in operands if x < len(program.constants)]
            counts = [program.constants[x] for x in ones] == [1.0]
            if rule is add and counts and {first + i, *ones} == {*operands}:
                return i
    return None
