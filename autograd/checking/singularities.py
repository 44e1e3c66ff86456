"""Singularities: where a graph has kinks, jumps, poles and edges, and on which side it is.

Two graphs of one function with the same signature lie in one smooth piece of it.  A comparison
that the function itself makes (`if x > 0`) is seen only when it changes which operations are
recorded; one that changes only a number is not.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from autograd.backward import read
from autograd.checking.sensitivities import slopes_of

__all__ = [
    "NOTHING_NEAR",
    "SWITCHES",
    "Nearest",
    "Switch",
    "jumps_between",
    "nearest",
    "signature",
    "tangents",
]

INF = math.inf
KINK, JUMP, POLE, EDGE = "kink", "jump", "pole", "edge of the domain"

Signature = tuple[object, ...]


@dataclass(frozen=True)
class Switch:
    """Where a primitive changes its formula.

    Args:
        kind: what happens there: a kink, a jump, a pole, an edge of the domain.
        gap: takes the operands; its sign is the branch, 0 is on the border, None is no border.
    """

    kind: str
    gap: Callable[..., float | None]


def first(*xs: float) -> float:
    return xs[0]


def lead(*xs: float) -> float | None:
    """How far the largest is above the second largest."""
    ordered = sorted(xs, reverse=True)
    return ordered[0] - ordered[1] if len(xs) > 1 else None


def lag(*xs: float) -> float | None:
    return lead(*[-x for x in xs])


def base_of_power(x: float, y: float) -> float | None:
    whole = math.isfinite(y) and y == math.floor(y)
    return None if whole and y >= 0.0 else x


def cut(x: float, y: float) -> float | None:
    """atan2 jumps across the negative half of its second axis."""
    return math.copysign(max(abs(x), 5e-324), x) if y < 0.0 else None


SWITCHES: dict[str, Switch] = {
    "relu": Switch(KINK, first),
    "leaky_relu": Switch(KINK, first),
    "elu": Switch(KINK, first),
    "abs": Switch(KINK, first),
    "maximum": Switch(KINK, lead),
    "minimum": Switch(KINK, lag),
    "hypot": Switch(KINK, math.hypot),
    "step": Switch(JUMP, first),
    "where": Switch(JUMP, first),
    "same": Switch(JUMP, lambda x, y: x - y),
    "atan2": Switch(JUMP, cut),
    "div": Switch(POLE, lambda x, y: y),
    "tan": Switch(POLE, lambda x: math.cos(x) if math.isfinite(x) else None),
    "pow": Switch(POLE, base_of_power),
    "log": Switch(EDGE, first),
    "sqrt": Switch(EDGE, first),
    "log1p": Switch(EDGE, lambda x: 1.0 + x),
    "asin": Switch(EDGE, lambda x: 1.0 - abs(x)),
    "acos": Switch(EDGE, lambda x: 1.0 - abs(x)),
}


def switch_of(rule: Any) -> Switch | None:
    return SWITCHES.get(rule.name) if rule.trusted else None


def side(rule: Any, xs: Sequence[float]) -> object:
    """Return which formula a node's rule used, None when it has but one."""
    switch = switch_of(rule)
    if switch is None:
        return None
    if switch.gap in (lead, lag):  # not only by how far, but who
        best = max(xs) if switch.gap is lead else min(xs)
        return tuple(i for i, x in enumerate(xs) if x == best)
    gap = switch.gap(*xs)
    return 1 if gap is None else (gap > 0.0) - (gap < 0.0)


def signature(moving: Sequence[Any]) -> Signature:
    """Return what must not change for two graphs to lie in one smooth piece of a function.

    Args:
        moving: the nodes that rest on the varied input, each after its parents.

    >>> from autograd import Value, relu
    >>> left, right = relu(Value(-1.0)), relu(Value(1.0))
    >>> signature([left]) == signature([right])
    False
    """
    places = {node: i for i, node in enumerate(moving)}
    shape = [
        (node._rule.name, *(places.get(x, -1) for x in node._operands if type(x) is not float))
        for node in moving
    ]
    sides = [side(node._rule, read(node._operands)) for node in moving]
    return (hash(tuple(shape)), *(taken for taken in sides if taken is not None))


def jumps_between(rule: Any, xs: Sequence[float], ys: Sequence[float]) -> bool:
    """Whether a jump or a pole of the rule lies between two lists of operands."""
    switch = switch_of(rule)
    if switch is None or switch.kind not in (JUMP, POLE):
        return False
    return side(rule, xs) != side(rule, ys)


def tangents(moving: Sequence[Any], leaf: Any) -> dict[Any, float]:
    """Return the derivative by the leaf of every node that rests on it, in formulas of our own."""
    flow = {leaf: 1.0}
    for node in moving:
        slopes = slopes_of(node._rule, read(node._operands))
        pairs = zip(node._operands, slopes, strict=True)
        flow[node] = sum(flow[x] * s for x, s in pairs if type(x) is not float and flow.get(x))
    return flow


@dataclass(frozen=True)
class Nearest:
    """The nearest border of the smooth piece that a point is in.

    Attributes:
        distance: how far the input can move, to first order.
        kind: what is there; "" when there is nothing.
        count: how many borders there are at just this distance.
    """

    distance: float = INF
    kind: str = ""
    count: int = 1


NOTHING_NEAR = Nearest()


def nearest(moving: Sequence[Any], flow: Mapping[Any, float]) -> Nearest:
    """Return the border that is nearest when one input moves.

    Args:
        moving: the nodes that rest on the input, each after its parents.
        flow: the derivative of each of them by the input.

    >>> from autograd import Value, relu
    >>> x = Value(0.5)
    >>> y = relu(x * 2.0)
    >>> nearest([y.parents[0], y], {x: 1.0, y.parents[0]: 2.0, y: 2.0})
    Nearest(distance=0.5, kind='kink', count=1)
    """
    found = Nearest()
    for node in moving:
        switch = switch_of(node._rule)
        if switch is not None:
            distance = distance_to(switch, node, flow)
            if distance < found.distance:
                found = Nearest(distance, switch.kind)
            elif distance == found.distance:
                found = replace(found, count=found.count + 1)
    return found


def distance_to(switch: Switch, node: Any, flow: Mapping[Any, float]) -> float:
    xs = read(node._operands)
    gap = switch.gap(*xs)
    if gap is None or not math.isfinite(gap):
        return INF
    by = [0.0 if type(x) is float else flow.get(x, 0.0) for x in node._operands]
    nudge = 2.0**-20 * max(1.0, *map(abs, xs)) / (max(map(abs, by)) or 1.0)
    after = switch.gap(*[x + nudge * t for x, t in zip(xs, by, strict=True)])
    speed = 0.0 if after is None else abs(after - gap) / nudge if nudge else INF
    return abs(gap) / speed if speed else INF
