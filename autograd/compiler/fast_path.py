"""The fast path of a call like one before it: read its numbers, run the tape, hand back.

The long way, in api.py, finds out what the arguments are, which traces there are for them and
which row takes which.  All of that holds again for one row whose arguments nest like those before,
as long as it takes the specialization that is tried first.  Where anything differs, the fast path
returns None before anything has happened, and the long way is gone.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

from autograd.compiler.cache import CacheEntry
from autograd.compiler.call import Call
from autograd.compiler.gradients import By, terms_of, wanted_of
from autograd.compiler.runtime.buffers import add_gradients, read_leaves
from autograd.compiler.runtime.signature import (
    flat,
    grow_like,
    is_buffer_shape,
    is_like,
    read_like,
    size,
)
from autograd.compiler.specialization import NOTHING, Specialization
from autograd.core.modes import graph_lock

__all__ = ["Backward", "Gradient", "FastPath", "Values"]

# How many numbers it takes for a copy to be worth avoiding.
LARGE = 1_000
NO_COLUMNS, ONE, ZERO = array("d"), array("d", [1.0]), array("d", [0.0])


@dataclass
class Ready:
    """A specialization made ready for single rows.

    Args:
        specialization: the specialization.
        tape: what runs it, or None where that needs the long way.
        uniforms: as many zeros as it has uniforms.
        outputs: as many zeros as it has results.
    """

    specialization: Specialization
    tape: Any
    uniforms: "array[float]"
    outputs: "array[float]"


class FastPath:
    """The short way for arguments of one shape; a subclass says what to compute.

    Args:
        call: one that went the long way.
        entry: the traces for its shape.
        by: what a gradient is by.
    """

    def __init__(self, call: Call, entry: CacheEntry, by: By) -> None:
        self.call, self.entry, self.by = call, entry, by
        self.shape = (tuple, flat(call.shapes))
        self.size = len(call.uniforms)
        alone = len(call.shapes) == 1 and is_buffer_shape(call.shapes[0]) and self.size >= LARGE
        self.buffer = call.shapes[0] if alone else None  # is taken as it lies
        self.ready: dict[Specialization, Ready] = {}

    def __call__(self, args: tuple[Any, ...]) -> Any:
        """What the long way would return, or None where it has to be gone."""
        specialization = self.entry.found[0]
        ready = self.ready.get(specialization) or self.prepare(specialization)
        uniforms = None if ready.tape is None else self.numbers(ready, args)
        return None if uniforms is None else self.run(ready, uniforms)

    def numbers(self, ready: Ready, args: tuple[Any, ...]) -> Any:
        """The uniforms of a specialization; None for arguments of another shape."""
        captured = ready.specialization.trace.captured
        if self.buffer and not captured and len(args) == 1 and is_like(self.buffer, args[0]):
            return args[0]
        uniforms = ready.uniforms[:]
        if not read_like(self.shape, args, uniforms):
            return None
        if captured:
            rest: Any = memoryview(uniforms)[self.size :]
            read_leaves(captured, rest)
        return uniforms

    def run(self, ready: Ready, uniforms: Any) -> Any:
        """Compute what is asked for; None where a guard failed."""
        raise NotImplementedError

    def prepare(self, specialization: Specialization) -> Ready:
        """Make a specialization ready."""
        tape = None if specialization.has_side_effects else self.tape(specialization)
        uniforms = array("d", bytes(8 * specialization.trace.program.uniforms))
        ready = Ready(specialization, tape, uniforms, array("d", bytes(8 * specialization.width())))
        self.ready[specialization] = ready
        return ready

    def tape(self, specialization: Specialization) -> Any:
        """What runs a specialization; None where there is no gradient, which the long way tells."""
        if specialization.shape is not float:
            return None
        return specialization.merged(wanted_of(self.call, specialization, self.by))


class Values(FastPath):
    """The results."""

    def tape(self, specialization: Specialization) -> Any:
        """What runs a specialization."""
        return specialization.tape(NOTHING)

    def run(self, ready: Ready, uniforms: Any) -> Any:
        """Compute the results; None where a guard failed."""
        outputs = ready.outputs[:]
        if ready.tape.evaluate(uniforms, NO_COLUMNS, 1, outputs, bytearray(1)):
            return None
        shape = ready.specialization.shape
        return outputs[0] if shape is float else grow_like(shape, outputs)


def differentiate(ready: Ready, uniforms: Any) -> tuple[float, "array[float]"] | None:
    """The result and its gradient by all uniforms; None where that takes the long way."""
    outputs, grads = ZERO[:], ready.uniforms[:]
    tape = ready.tape
    failures = tape.differentiate(uniforms, NO_COLUMNS, 1, ONE, outputs, bytearray(1), grads, None)
    return None if failures or not isfinite(outputs[0]) else (outputs[0], grads)


class Gradient(FastPath):
    """The one result and its gradient by some arguments.

    Args:
        argnums: which, as the caller said it.
    """

    def __init__(self, call: Call, entry: CacheEntry, by: By, argnums: int | Sequence[int]) -> None:
        super().__init__(call, entry, by)
        self.alone = isinstance(argnums, int)
        starts = [(call.starts[i], call.shapes[i]) for i in by[1]]
        self.parts = [(start, start + size(shape), shape) for start, shape in starts]

    def run(self, ready: Ready, uniforms: Any) -> Any:
        """Compute the result and the gradient; None where a guard failed."""
        found = differentiate(ready, uniforms)
        if found is None:
            return None
        value, grads = found
        if self.alone:
            start, end, shape = self.parts[0]
            whole = end - start == len(grads)
            return value, grow_like(shape, grads if whole else grads[start:end])
        return value, tuple([grow_like(shape, grads[i:j]) for i, j, shape in self.parts])


class Backward(FastPath):
    """The one result, its gradient added to the leaves that the function captured."""

    def run(self, ready: Ready, uniforms: Any) -> Any:
        """Compute the result and add the gradient; None where a guard failed."""
        found = differentiate(ready, uniforms)
        if found is None:
            return None
        value, grads = found
        with graph_lock:
            add_gradients(ready.specialization.moved, terms_of(ready.specialization, grads))
        return value
