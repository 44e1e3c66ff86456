"""An optimizer's scalar update as a tape, and the states that it carries along."""

from array import array
from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any, NamedTuple

from autograd import errors
from autograd.compiler.ir.passes import PASSES, optimise
from autograd.compiler.ir.passes.dot_fusion import fuse
from autograd.compiler.ir.program import DETACH, Program
from autograd.compiler.runtime.interpreter import tape_of
from autograd.compiler.tracing.trace import trace
from autograd.primitives import add
from autograd.value import Value

__all__ = ["States", "Update", "UpdateTape", "require_known", "update_tape"]

# (parameter, gradient, *state) -> (parameter, *state)
Update = Callable[..., Sequence[Any]]


class UpdateTape(NamedTuple):
    """An update made ready to run, and which part of the state counts steps, if any does."""

    tape: Any
    counter: int | None


def update_tape(
    update: Update, rate: Value, alike: Sequence[bool], in_order: bool = False
) -> UpdateTape:
    """Return the tape of an update.

    Args:
        update: (p, g, *state) -> (p, *state).
        rate: a leaf that it captures.
        alike: which parts of the state are the same for all parameters.
        in_order: whether operators give the bits of Python's: sums of products then stay apart,
            which lanes would round once.
    """
    passes = [each for each in PASSES if each is not fuse] if in_order else PASSES
    program = update_program(update, rate, len(alike), None)
    place = counter(program, len(alike))
    if place is None or not alike[place]:
        return UpdateTape(tape_of(optimise(program, passes)), None)
    program = update_program(update, rate, len(alike), place)
    return UpdateTape(tape_of(optimise(program, passes)), place)


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

    require_results(update, update(*[1.0] * (2 + width)), 1 + width)
    made = trace(results, [p, g, *state], {}, settings, columns)
    if made.captured or made.program.guards:
        raise errors.TraceError(errors.not_an_update(named(update), made.sources))
    require_known(named(update), made.program)
    return made.program


def require_results(update: Update, found: Any, count: int) -> None:
    """Raise TypeError unless an update returned a parameter and its state."""
    if not isinstance(found, tuple | list) or len(found) != count:
        raise TypeError(errors.wrong_update(named(update), count, found))


def named(update: Update) -> str:
    return getattr(update, "__qualname__", repr(update))


def require_known(name: str, program: Program) -> None:
    """Raise TraceError where a program uses a Primitive that the accelerator does not know."""
    for rule, _ in program.instructions:
        if not (rule.trusted or rule is DETACH):
            raise errors.TraceError(errors.unknown_below(name, rule.name))


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
