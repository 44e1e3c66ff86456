"""Error bounds: how much of a number, and of a computed derivative, may be round-off.

Running error analysis: beside each node's number goes a bound on its distance from the exact
result; an operation hands its operands' bounds on, times its slopes, and adds its own rounding.
Backward, the same for adjoints, where errors of the operands shift the partials as well.

Source: J. H. Wilkinson, "Rounding Errors in Algebraic Processes" (1963); S. Linnainmaa, "Taylor
expansion of the accumulated rounding error", BIT 16 (1976).
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from autograd.backward import read
from autograd.checking.sensitivities import UNIT, UNKNOWN, curvatures, row_of, slopes_of
from autograd.checking.singularities import jumps_between
from autograd.toposort import topological

__all__ = ["Adjoint", "error_bound", "forward_errors", "moving_with", "opaque", "reverse_errors"]

INF = math.inf
TINY = 2.0**-1074
# Below this, a rounding error is no longer relative.
NEAR_ZERO = 2.0**-1000
# Their forward functions or slopes are an operand times what may have underflowed.
MULTIPLYING = {"gelu", "silu", "pow"}
# These turn again and again: an operand that is not known to so many radians leaves nothing known.
TURNING, TURN = {"sin", "cos", "tan"}, 2.0**-7
# Slopes are taken at the ends of the operands' intervals; between them they are hardly larger.
SLACK = 1.01
# What the engine's own partial may be off by, in units of round-off.
PARTIAL_UNITS = 64.0


def times(a: float, b: float) -> float:
    """a·b rounded up next to 0; but 0 where either is 0: nothing times unknown is nothing."""
    return 0.0 if a == 0.0 or b == 0.0 else a * b or TINY


def moving_with(order: Iterable[Any], leaves: Iterable[Any]) -> list[Any]:
    """Return the nodes that rest on one of the leaves, in the order given."""
    linked = set(leaves)
    moving = []
    for node in order:
        if any(type(x) is not float and x in linked for x in node._operands):
            linked.add(node)
            moving.append(node)
    return moving


def opaque(nodes: Iterable[Any]) -> bool:
    """Whether a forward function among these nodes is not the table's: its noise is unknown."""
    return any(not node._rule.trusted for node in nodes)


def forward_errors(moving: Iterable[Any], start: Mapping[Any, float]) -> dict[Any, float]:
    """Return a bound on the error of every node that rests on the leaves in `start`.

    Args:
        moving: those nodes, each after its parents; all others count as exact.
        start: the error of each leaf.
    """
    errors = dict(start)
    for node in moving:
        operands = node._operands
        known = [0.0 if type(x) is float else errors.get(x, 0.0) for x in operands]
        errors[node] = spread(node._rule, node._data, read(operands), known)
    return errors


def error_bound(root: Any) -> float:
    """Return a bound on |computed − exact| of a recorded result, its leaves taken as exact.

    >>> from autograd import Value
    >>> x = Value(0.1)
    >>> error_bound(x * x) == 2.0 ** -53 * 0.1 * 0.1
    True
    """
    order = topological(root)
    return forward_errors(order_of_nodes(order), {}).get(root, 0.0)


def order_of_nodes(order: Iterable[Any]) -> list[Any]:
    return [node for node in order if node._operands]


def spread(rule: Any, z: float, xs: Sequence[float], errors: Sequence[float]) -> float:
    """Return the error bound of one node from those of its operands."""
    own = rounding(rule, z, xs, errors)
    if not any(errors):
        return own
    if not all(map(math.isfinite, errors)) or turns_within(rule, errors):
        return INF
    if rule.name in ("maximum", "minimum") and rule.trusted:
        return max(errors)
    above = [x + e for x, e in zip(xs, errors, strict=True)]
    below = [x - e for x, e in zip(xs, errors, strict=True)]
    if jumps_between(rule, above, below):
        return INF
    corners = zip(*(slopes_of(rule, at) for at in (xs, above, below)), strict=True)
    steepest = [max(map(abs, slopes)) for slopes in corners]
    bound = sum(times(s, e) for s, e in zip(steepest, errors, strict=True))
    return own + SLACK * bound if bound == bound else INF


def turns_within(rule: Any, errors: Sequence[float]) -> bool:
    """Whether a rule that turns again and again does so within its operand's error."""
    return rule.name in TURNING and rule.trusted and max(errors) > TURN


def rounding(rule: Any, z: float, xs: Sequence[float], errors: Sequence[float] = ()) -> float:
    """Return the round-off that a rule's forward function adds, underflow included."""
    row = row_of(rule)
    if row.units == 0.0:
        return 0.0
    if math.isinf(z) and any(map(math.isinf, xs)):
        return 0.0  # as exact as the infinite operand; what overflows here is not
    own = row.units * UNIT * row.size(z, *xs)
    return own + grain(rule, xs) if abs(z) < NEAR_ZERO and underflows(rule, z, xs, errors) else own


def grain(rule: Any, xs: Sequence[float]) -> float:
    """Return what a result, or a slope, so near 0 may have lost to underflow.

    Some multiply by an operand what has lost bits already, as x·Φ(x) does far left of 0.
    """
    factor = max(1.0, *map(abs, xs)) if rule.name in MULTIPLYING else 1.0
    return 4.0 * TINY * factor


def underflows(rule: Any, z: float, xs: Sequence[float], errors: Sequence[float]) -> bool:
    """Whether a result this near 0 has lost bits; a sum loses none, nor does a factor of 0."""
    if rule.name in ("add", "sub", "total"):
        return False
    inexact = [x != 0.0 or e != 0.0 for x, e in zip_longest(xs, errors, fillvalue=0.0)]
    if rule.name in ("mul", "weigh"):
        return all(inexact)
    if rule.name == "dot":
        half = len(xs) // 2
        return any(x and y for x, y in zip(inexact[:half], inexact[half:], strict=True))
    return z != 0.0 or any(errors) or all(xs)


@dataclass
class Adjoint:
    """A derivative in formulas of our own.

    Attributes:
        derivative: the sum over all paths.
        error: how far the engine's number may be off by round-off.
        size: the sum over all paths with every term taken positive.
    """

    derivative: float = 0.0
    error: float = 0.0
    size: float = 0.0


def reverse_errors(root: Any, order: Sequence[Any]) -> dict[Any, Adjoint]:
    """Return the adjoint of every node below root, with a bound on the engine's round-off.

    Args:
        root: the result.
        order: all nodes below it with operands, each after its parents.

    >>> from autograd import Value
    >>> x = Value(3.0)
    >>> y = x * x
    >>> found = reverse_errors(y, [y])[x]
    >>> found.derivative, found.size, found.error < 1e-12
    (6.0, 6.0, True)
    """
    errors = forward_errors(order, {})
    adjoints = {root: Adjoint(1.0, 0.0, 1.0)}
    for node in reversed(order):
        above = adjoints.get(node)
        if above is not None and (above.size or above.error):
            propagate_bound(node, above, errors, adjoints)
    return adjoints


def propagate_bound(
    node: Any, above: Adjoint, errors: Mapping[Any, float], adjoints: dict[Any, Adjoint]
) -> None:
    operands = node._operands
    xs = read(operands)
    known = [0.0 if type(x) is float else errors.get(x, 0.0) for x in operands]
    slopes = slopes_of(node._rule, xs)
    shifts = shifts_of(node._rule, xs, slopes, known)
    for x, slope, shift in zip(operands, slopes, shifts, strict=True):
        if type(x) is not float:
            below = adjoints.setdefault(x, Adjoint())
            term = times(above.derivative, slope)
            below.derivative += term
            below.size += times(above.size, abs(slope))
            below.error += times(above.error, abs(slope) + shift)
            below.error += times(abs(above.derivative), shift)
            below.error += 2.0 * UNIT * (abs(term) + abs(below.derivative))
            below.error += TINY if slope and abs(term) < NEAR_ZERO else 0.0


def lost(rule: Any, slope: float, xs: Sequence[float]) -> float:
    """Return what a slope may have lost to underflow; one of exactly 0 has lost none."""
    return grain(rule, xs) if 0.0 < abs(slope) < NEAR_ZERO else 0.0


def shifts_of(
    rule: Any, xs: Sequence[float], slopes: Sequence[float], errors: Sequence[float]
) -> list[float]:
    """Return how far each partial may be off: round-off, and errors of the operands."""
    row = row_of(rule)
    own = [UNIT * (PARTIAL_UNITS * abs(s) + 4.0 * row.terms) + lost(rule, s, xs) for s in slopes]
    if rule.name in ("add", "sub", "mul", "neg", "total", "dot", "identity") and rule.trusted:
        own = [0.0] * len(xs)  # these partials are exact: 1, −1, or an operand
    if not any(errors) or hasattr(rule, "given"):
        return own
    if turns_within(rule, errors):
        return [INF] * len(xs)
    if row is UNKNOWN:
        bends = curvatures(rule.evaluate, xs)
        return [a + sum(map(times, bends, errors)) for a in own]
    above = slopes_of(rule, [x + e for x, e in zip(xs, errors, strict=True)])
    below = slopes_of(rule, [x - e for x, e in zip(xs, errors, strict=True)])
    corners = zip(own, slopes, above, below, strict=True)
    found = [a + SLACK * max(abs(high - s), abs(low - s)) for a, s, high, low in corners]
    return [INF if shift != shift else shift for shift in found]
