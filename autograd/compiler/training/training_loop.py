"""The training loop: a compiled loss and an update of its parameters, batch by batch."""

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from autograd import errors
from autograd.compiler.cache import CacheEntry
from autograd.compiler.results import one_number
from autograd.compiler.runtime.interpreter import Tape
from autograd.compiler.runtime.signature import grow, numbers_of
from autograd.compiler.specialization import NOTHING, Batch, Specialization, Wanted
from autograd.compiler.training.minibatches import Minibatches
from autograd.compiler.training.optimizer_update import (
    States,
    Update,
    UpdateTape,
    require_known,
    update_tape,
)
from autograd.core.modes import modes
from autograd.extend import assign_all
from autograd.value import Value

__all__ = ["TrainingLoop", "Taken", "require_training_loop"]


class Taken(NamedTuple):
    """Steps that were taken.

    Args:
        losses: each batch's, from before its step.
        others: what the loss returned besides, for each row, or for each batch that it got whole.
    """

    losses: list[float]
    others: list[Any]


class TrainingLoop:
    """Gradient descent on the mean of a loss over rows.

    Args:
        branches: gives the traces of the loss for such rows as they are now.
        sample: what to trace it on, where there is no trace.
        lots: all rows, and how many the loss takes at once.
        parameters: the leaves to move; those that the loss does not rest on stay.
        rate: a leaf that the update captures: the learning rate.
    """

    def __init__(
        self,
        entry: Callable[[], CacheEntry],
        sample: Batch,
        lots: Minibatches,
        parameters: Sequence[Value],
        rate: Value,
    ) -> None:
        self.entry, self.sample, self.lots, self.rate = entry, sample, lots, rate
        self.positions = {id(x): i for i, x in enumerate(parameters)}
        self.checked: Specialization | None = None
        self.moving: list[tuple[int, Value, int]] = []
        self.wanted = NOTHING
        self.tapes: list[tuple[Any, UpdateTape]] = []  # the latest, if any, with its key
        self.specialization()

    def specialization(self) -> Specialization:
        """The first trace of the loss; of the sample, where there is none."""
        found = self.entry()
        if not found.found:
            found.specialization_for(self.sample)
        if self.checked is not found.found[0]:
            self.take(found.found[0], found.name)
        return found.found[0]

    def take(self, specialization: Specialization, name: str) -> None:
        """Find out which uniforms move: (place, leaf, place among the parameters)."""
        if not is_pair(specialization.trace.result):
            one_number(specialization, name)
        for leaf in specialization.trace.written:
            if id(leaf) in self.positions:
                raise errors.TraceError(errors.parameter_assigned(name, leaf.label))
        require_known(name, specialization.trace.program)
        self.moving = [
            (i, leaf, self.positions[id(leaf)])
            for i, leaf in zip(specialization.moved_places, specialization.moved, strict=True)
            if id(leaf) in self.positions
        ]
        self.wanted = Wanted(tuple([i for i, _, _ in self.moving]), False)
        self.checked = specialization

    def moved(self) -> list[Value]:
        """The parameters that the loss rests on, as the function is now."""
        self.specialization()
        return [leaf for _, leaf, _ in self.moving]

    @property
    def gathers(self) -> bool:
        """Whether numbers are laid out anew for each run, which takes memory."""
        return self.lots.together > 1 or bool(self.specialization().draws)

    def run(
        self,
        update: Update,
        states: list[tuple[float, ...]],
        order: Sequence[int],
        size: int,
        max_norm: float | None = None,
        times: int = 1,
    ) -> Taken:
        """Take one step per batch; return what the loss gave from before each.

        The parameters and states are those of a whole number of steps, also when it is interrupted.

        Args:
            update: (p, g, *state) -> (p, *state), written with operators and primitives.
            states: the state of each parameter, replaced in place.
            order: the rows' positions, batch by batch.
            size: rows per batch; the last one may have fewer.
            max_norm: the largest norm of a gradient.
            times: how often to go through the order, which is then of whole batches.

        Returns:
            The steps until a batch with a row that takes another branch of the loss.

        Raises:
            TraceError: when the update compares numbers, or captures leaves besides the rate, or
                where rows of one batch would let a leaf become different numbers.
        """
        specialization = self.specialization()
        if specialization.trace.written and size != self.lots.together:
            specialization.refuse_rows()
        own = [states[place] for _, _, place in self.moving]
        state = States(own, self.update_tape(update, own, len(states[0])), self.rate)
        numbers, uniforms = state.numbers(), specialization.uniforms(self.sample)
        columns, places, lanes, times = self.lots.laid_out(specialization, order, size, times)
        rows = len(places) * times
        losses = array("d", bytes(8 * -(-rows // lanes)))
        others = array("d", bytes(8 * rows * (len(specialization.trace.program.outputs) - 1)))
        written = array("q", specialization.trace.program.written)
        try:
            done = specialization.tape(self.wanted, None).train(
                state.tape, columns, places, lanes, uniforms, array("q", self.wanted.places),
                numbers, state.settings, losses, max_norm, others=others, written=written,
                times=times,
            )  # fmt: skip
        finally:
            self.write_back(specialization, uniforms, states, state.tuples(numbers))
        taken = min(done * lanes, rows)
        return Taken(losses[:done].tolist(), [*others_of(specialization, others, taken)])

    def write_back(
        self,
        specialization: Specialization,
        uniforms: "array[float]",
        states: list[tuple[float, ...]],
        moved: Iterable[tuple[float, ...]],
    ) -> None:
        """Set parameters, what leaves became, and states: all of them, or none if interrupted."""
        leaves = [leaf for _, leaf, _ in self.moving] + specialization.trace.written
        places = [i for i, _, _ in self.moving] + [*specialization.trace.program.written]
        after = list(states)
        for (_, _, place), new in zip(self.moving, moved, strict=True):
            after[place] = new
        assign_all(leaves, [uniforms[i] for i in places], (states, after))

    def update_tape(
        self, update: Update, states: Sequence[tuple[float, ...]], width: int
    ) -> UpdateTape:
        """The tape of an update, the latest one again if it fits."""
        alike = tuple([len({state[i] for state in states}) == 1 for i in range(width)])
        in_order = bool(self.specialization().trace.written)
        key = (update, alike, in_order)
        if not self.tapes or self.tapes[0][0] != key:
            self.tapes = [(key, update_tape(update, self.rate, alike, in_order))]
        return self.tapes[0][1]


def is_pair(result: Any) -> bool:
    """Whether a loss returned something besides."""
    return isinstance(result, tuple) and len(result) == 2 and isinstance(result[0], float)


def others_of(specialization: Specialization, numbers: "array[float]", rows: int) -> Iterator[Any]:
    """What the loss returned besides itself, for each of the first rows."""
    result, width = specialization.trace.result, len(specialization.trace.program.outputs) - 1
    if is_pair(result):
        shape = numbers_of(result[1], array("d"), [])
        for i in range(0, rows * width, width):
            yield grow(shape, iter(numbers[i : i + width]))


def require_training_loop(reduce: str | None) -> None:
    """Raise unless a loss that is joined like that can be descended below Python, here and now."""
    if reduce != "mean":
        raise ValueError(f'expected reduce="mean" for a descent, got {reduce!r}')
    if not hasattr(Tape, "train"):
        raise RuntimeError("expected the accelerator for a descent: it was not built")
    if modes.debugging or not modes.recording:
        raise errors.TraceError(errors.training_loop_in_mode())
