"""Evaluation: what one call of the function shows: its number, its round-off, kinks nearby."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from autograd.chain_rule import Paths, pullback
from autograd.checking.error_bounds import (
    Adjoint,
    forward_errors,
    moving_with,
    opaque,
    order_of_nodes,
    reverse_errors,
)
from autograd.checking.finite_differences import EPSILON, Sample
from autograd.checking.noise import Scatter, quiet
from autograd.checking.singularities import NOTHING_NEAR, Nearest, nearest, signature, tangents
from autograd.checking.targets import BlackBox, Subject, gradients_by_backward, number_of
from autograd.toposort import topological
from autograd.value import Value

__all__ = ["Local", "Probing", "survey"]

# The most that measured round-off grows to with the result, relative to it.
STEEPEST = 2.0**10 * EPSILON


@dataclass(frozen=True)
class Local:
    """What is known of one derivative from a single call at the point.

    Attributes:
        gradients: the derivative to be checked: by `backward()`, and by `grad`.
        sample: the function's number there.
        error: a bound on the round-off in the gradient.
        size: the gradient's sum over all paths with every term taken positive.
        nearest: the nearest kink, jump, pole or edge.
        opaque: whether round-off must be measured, for want of a graph that shows it all.
        recorded: whether there is a graph at all.
    """

    gradients: tuple[float, ...]
    sample: Sample
    error: float = 0.0
    size: float = 0.0
    nearest: Nearest = NOTHING_NEAR
    opaque: bool = False
    recorded: bool = False


def survey(subject: Subject) -> list[list[Local]]:
    """Return what is known of the derivative of each result by each number."""
    with subject.at() as (outputs, leaves):
        if isinstance(subject, BlackBox):
            return [stated(outputs[0], subject.stated())]
        return [surveyed(output, leaves) for output in outputs]


def stated(output: float, gradient: Sequence[float]) -> list[Local]:
    return [Local((g,), Sample(output), 64.0 * EPSILON * abs(g), opaque=True) for g in gradient]


def surveyed(output: Any, leaves: Sequence[Value]) -> list[Local]:
    backward = gradients_by_backward(output, leaves)
    pulled = pullback(Paths([output], leaves), [(output, 1.0)])
    order = nodes_below(output)
    adjoints = reverse_errors(output, order) if order else {}
    return [
        looked_at(output, leaf, order, adjoints.get(leaf, Adjoint()), both)
        for leaf, both in zip(leaves, zip(backward, pulled, strict=True), strict=True)
    ]


def looked_at(
    output: Any, leaf: Value, order: Sequence[Any], adjoint: Adjoint, gradients: tuple[float, ...]
) -> Local:
    moving = moving_with(order, [leaf])
    return Local(
        gradients,
        sample_of(output, leaf, moving, 0.0),
        adjoint.error,
        adjoint.size,
        nearest(moving, tangents(moving, leaf)),
        opaque(moving) or not (moving or output is leaf),
        recorded=True,
    )


def nodes_below(output: Any) -> list[Any]:
    return order_of_nodes(topological(output)) if isinstance(output, Value) else []


def sample_of(output: Any, leaf: Value, moving: Sequence[Any], off: float) -> Sample:
    """Return an output's number, its round-off, and the smooth piece it is in.

    Args:
        output: a recorded result, or a plain number.
        leaf: the input that was varied.
        moving: the nodes below output that rest on it.
        off: by how much rounding moved the leaf from where it was meant to be.
    """
    errors = forward_errors(moving, {leaf: off})
    noise = errors.get(output, 0.0) if isinstance(output, Value) else 0.0
    return Sample(number_of(output), noise, signature(moving))


class Probing:
    """Calls of a function with one of its numbers moved; each call serves all its results.

    Args:
        subject: the function.
        i: which number is moved.
        locals: what is known of the derivative of each result by that number.

    Attributes:
        fine: whether round-off is what f scatters at the finest distances, where that is less.
    """

    def __init__(self, subject: Subject, i: int, locals: Sequence[Local]) -> None:
        self.subject = subject
        self.i = i
        self.x = subject.numbers[i]
        self.locals = locals
        self.calls = 0
        self.seen: dict[float, list[Sample]] = {}
        self.scatters: dict[int, Scatter] = {}
        self.fine = False

    def samples(self, number: float, off: float) -> list[Sample]:
        """Return a sample of every result."""
        if number not in self.seen:
            self.calls += 1
            self.seen[number] = self.sampled(number, off)
        return self.seen[number]

    def sampled(self, number: float, off: float) -> list[Sample]:
        """Call the function, whatever it raises."""
        try:
            with self.subject.at(self.i, number) as (outputs, leaves):
                if not leaves:
                    return [Sample(output) for output in outputs]
                leaf = leaves[self.i]
                return [
                    sample_of(output, leaf, moving_with(nodes_below(output), [leaf]), off)
                    for output in outputs
                ]
        except Exception as error:  # a user's function may raise anything outside its domain
            problem = f"f raises {type(error).__name__} nearby"
            return [Sample(math.nan, math.inf, problem=problem)] * len(self.locals)

    def probe(self, row: int, number: float, off: float) -> Sample:
        """Return a sample of one result, with round-off measured where it cannot be computed."""
        sample = self.samples(number, off)[row]
        base = self.locals[row].sample
        if sample.problem or not self.locals[row].opaque:
            return sample
        slope = abs(sample.value - base.value) / abs(number - self.x)
        noise = max(sample.noise, self.measured(row, sample.value))
        return replace(sample, noise=noise + 2.0 * slope * off)

    def base(self, row: int) -> Sample:
        """Return the sample at the point itself."""
        sample = self.locals[row].sample
        if not self.locals[row].opaque:
            return sample
        return replace(sample, noise=max(sample.noise, self.measured(row, sample.value)))

    def scatter(self, row: int) -> Scatter:
        """Return how the function's numbers scatter close to the point."""
        if row not in self.scatters:
            self.scatters[row] = quiet(lambda x: self.samples(x, 0.0)[row].value, self.x)
        return self.scatters[row]

    def measured(self, row: int, value: float) -> float:
        """Return the round-off of a number that the function gave, by how it scatters.

        It grows with the number: but where f is next to 0 at the point by cancellation, no more
        than any function's does.
        """
        scatter = self.scatter(row)
        noise = scatter.fine if self.fine else scatter.coarse
        here = abs(self.locals[row].sample.value)
        growth = max(1.0, abs(value) / here) if here else 1.0
        grown = min(noise * growth, STEEPEST * abs(value))
        return max(noise, grown) + EPSILON * abs(value)
