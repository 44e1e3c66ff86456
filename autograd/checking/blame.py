"""Which operation is to blame for a wrong gradient, and the line that recorded it.

Each operation's partial is checked where it stands in the graph, by differences of its own forward
function.  If every partial is right, the numbers were not added up right, or they did not all go
through the graph.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from autograd.backward import local_partials, read
from autograd.checking.error_bounds import moving_with, reverse_errors, rounding
from autograd.checking.evaluation import nodes_below
from autograd.checking.finite_differences import EPSILON, Sample, central
from autograd.checking.noise import quiet
from autograd.checking.singularities import side
from autograd.checking.targets import Subject, number_of
from autograd.core.debugging import located
from autograd.value import Value

__all__ = ["Blame"]

# More operations than this are not looked at one by one.
MOST = 5000


@dataclass(frozen=True)
class Suspect:
    """A partial that differences of the forward function contradict."""

    node: Any
    operand: int
    partial: float
    reference: float

    def __str__(self) -> str:
        rule, numbers = self.node._rule, ", ".join(f"{x:.6g}" for x in read(self.node._operands))
        line = f", recorded at {self.node._source}" if self.node._source else ""
        return (
            f"{rule.name}({numbers}): its partial by operand {self.operand} is "
            f"{self.partial:.10g}, differences of its forward function give "
            f"{self.reference:.10g}{line}"
        )


class Blame:
    """The search for what made one derivative wrong.

    Args:
        subject: the function.
        row: which of its results.
        i: which of its numbers.
    """

    def __init__(self, subject: Subject, row: int, i: int) -> None:
        self.subject = subject
        self.row = row
        self.i = i
        self.known: dict[object, float] = {}

    def told(self) -> str:
        """Return what is to blame, in words."""
        with located():
            return self.searched()

    def searched(self) -> str:
        """Record the graph once more, and look at it."""
        with self.subject.at() as (outputs, leaves):
            output, leaf = outputs[self.row], leaves[self.i]
            if not isinstance(output, Value):
                return "the result is a plain number: no graph leads to it"
            order = nodes_below(output)
            moving = moving_with(order, [leaf])
            suspects = self.suspects(moving[:MOST], leaf)
            if suspects:
                adjoints = reverse_errors(output, order)
                return str(max(suspects, key=lambda each: effect(each, adjoints)))
        return self.without_suspect(moving)

    def suspects(self, moving: Sequence[Any], leaf: Value) -> list[Suspect]:
        """Return the partials that are wrong, on the way from the leaf to the result."""
        linked, found = {leaf, *moving}, []
        for node in moving:
            if hasattr(node._rule, "given"):
                continue
            partials = iter(local_partials(node))
            for k, x in enumerate(node._operands):
                if type(x) is not float:
                    _, partial = next(partials)
                    reference = self.contradicted(node, k, partial) if x in linked else None
                    if reference is not None:
                        found.append(Suspect(node, k, partial, reference))
        return found

    def contradicted(self, node: Any, k: int, partial: float) -> float | None:
        """Return the derivative of a node's forward function by an operand, if it is another."""
        xs = tuple(read(node._operands))
        key = (node._rule, xs, k, partial)
        if key not in self.known:
            self.known[key] = local_difference(node._rule, node._data, xs, k, partial)
        found = self.known[key]
        return None if found != found else found

    def without_suspect(self, moving: Sequence[Any]) -> str:
        """Return what is left to blame when every partial is right."""
        given = [node for node in moving if hasattr(node._rule, "given")]
        if given:
            return f"partials given by the caller, for the node with data={given[0]._data!r}"
        if not moving:
            return "the graph does not hold this input: was .data or detach used, or a float?"
        if self.off_the_graph(moving):
            return "the function uses this input outside the graph too: by .data, detach or a float"
        return "accumulation: every partial is right, their products were not added up right"

    def off_the_graph(self, moving: Sequence[Any]) -> bool:
        """Whether the graph, computed anew at another number, differs from another call."""
        with self.subject.at() as (outputs, leaves):
            order, leaf = nodes_below(outputs[self.row]), leaves[self.i]
            x = leaf.data + 2.0**-10 * max(1.0, abs(leaf.data))
            replayed = replay(moving_with(order, [leaf]), leaf, x, outputs[self.row])
        with self.subject.at(self.i, x) as (outputs, _):
            called = number_of(outputs[self.row])
        return not math.isclose(replayed, called, rel_tol=1e-9, abs_tol=1e-300)


def replay(moving: Sequence[Any], leaf: Value, x: float, output: Any) -> float:
    """Return the output's number with the leaf at x, by the recorded operations alone."""
    numbers = {leaf: x}
    for node in moving:
        xs = [y if type(y) is float else numbers.get(y, y._data) for y in node._operands]
        numbers[node] = node._rule.evaluate(xs)
    return numbers.get(output, number_of(output))


def local_difference(rule: Any, z: float, xs: Sequence[float], k: int, partial: float) -> float:
    """Return the derivative by operand k if it contradicts the partial, else nan."""

    def forward(x: float) -> float:
        return rule.evaluate([*xs[:k], x, *xs[k + 1 :]])  # type: ignore[no-any-return]

    scatter = 0.0 if rule.trusted else quiet(forward, xs[k]).fine

    def probe(x: float, off: float) -> Sample:
        at = [*xs[:k], x, *xs[k + 1 :]]
        value = forward(x)
        slope = abs(value - z) / abs(x - xs[k]) if x != xs[k] else 0.0
        noise = rounding(rule, value, at) + scatter + 2.0 * slope * off
        return Sample(value, noise, (side(rule, at),))

    try:
        found = central(probe, xs[k], probe(xs[k], 0.0), 0.22 * max(1.0, abs(xs[k])))
    except Exception:  # a user's function may raise anything
        return math.nan
    room = 4.0 * (found.error + 64.0 * EPSILON * abs(partial)) + 1e-9 * found.slope
    vague = not found.resolved or not found.error <= 0.05 * max(abs(found.derivative), found.slope)
    agrees = abs(partial - found.derivative) <= room
    return math.nan if vague or agrees or found.problem else found.derivative


def effect(suspect: Suspect, adjoints: Any) -> float:
    """How much of the gradient's error a wrong partial may explain."""
    above = adjoints.get(suspect.node)
    error = abs(suspect.partial - suspect.reference) * (above.size if above else 0.0)
    return error if error == error else math.inf
