"""The walks that write into a recorded graph: backward, refresh, zero_grad.

They are `chain_rule` once more, on floats only and written for speed; tests hold the two equal.
No walk recurses, so depth is limited by memory alone.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Any

from autograd.core.clock import clock
from autograd.core.debugging import (
    Step,
    debug_enabled,
    require_finite,
    require_finite_flow,
    require_finite_grad,
)
from autograd.core.ieee754 import as_float
from autograd.core.modes import graph_lock
from autograd.core.node import AnyNode, Node
from autograd.core.primitive import Primitive
from autograd.toposort import check_fresh, describe, prepare, topological

__all__ = [
    "backward", "flows", "handed_down", "local_partials", "product", "read", "refresh",
    "require_finite_sums", "step_of", "zero_grad",
]  # fmt: skip


def read(operands: Iterable[Any]) -> list[float]:
    """Return the numbers of operands, Values and floats."""
    return [x if type(x) is float else x._data for x in operands]


def local_partials(node: AnyNode) -> list[tuple[AnyNode, float]]:
    """Return (parent, partial derivative) for each parent of the node, in order."""
    operands = node._operands
    wanted = [type(x) is not float for x in operands]
    partials = node._rule.partials_at(node._data, read(operands), wanted)
    pairs = zip(operands, partials, wanted, strict=True)
    return [(x, plain(p)) for x, p, use in pairs if use]


def plain(partial: Any) -> float:
    """Return what a partial gave, a Value or any real number, as a float."""
    if type(partial) is float:
        return partial
    return partial._data if hasattr(partial, "_data") else as_float(partial)


def backward(root: Node, seed: float) -> None:
    """Add d root / d leaf · seed to every leaf's grad; interior nodes hold this pass alone."""
    with graph_lock:
        order, leaves = prepare(root)
        try:
            for node in order:
                node._grad = 0.0
            for leaf, _ in leaves:
                leaf._grad = 0.0
            root._grad = seed
            if debug_enabled():
                sweep_checked(order)
                require_finite_sums((leaf, before, leaf._grad) for leaf, before in leaves)
            else:
                sweep(order)
        except BaseException:
            for leaf, before in leaves:
                leaf._grad = before
            for node in order:
                node._grad = None
            raise
        for leaf, before in leaves:
            if before is not None:
                leaf._grad = before + leaf._grad


def sweep(order: Sequence[Node]) -> None:
    """Hand each node's adjoint down to its parents, outputs first."""
    for node in reversed(order):
        adjoint = node._grad
        if adjoint == 0.0:  # `weigh`: nothing flows, whatever the partials are
            continue
        rule = node._rule
        x, y = node._first, node._second
        if not rule.inline:
            propagate(node, adjoint)
        elif y is None:
            if len(x) == 1:
                (x,) = x
                x._grad += adjoint * rule.partials[0](node._data, x._data)
            else:
                propagate(node, adjoint)
        else:
            by_x, by_y = rule.partials
            if y.__class__ is float:
                x._grad += adjoint * by_x(node._data, x._data, y)
            elif x.__class__ is float:
                y._grad += adjoint * by_y(node._data, x, y._data)
            else:
                z, a, b = node._data, x._data, y._data
                x._grad += adjoint * by_x(z, a, b)
                y._grad += adjoint * by_y(z, a, b)


def propagate(node: Node, adjoint: float) -> None:
    """`sweep` for one node of any rule: many operands, a user's own, partials given."""
    rule = node._rule
    if not (rule.variadic and rule.trusted):
        check_fresh(node)  # `prepare` does not look at partials given as Values
        for x, partial in local_partials(node):
            x._grad += product(rule, adjoint, partial)
        return
    operands = node._operands
    (partials,) = rule.partials
    for x, partial in zip(operands, partials(node._data, *read(operands)), strict=True):
        if x.__class__ is not float:
            x._grad += adjoint * partial


def flows(rule: Primitive, adjoint: float, partial: float) -> bool:
    """Whether anything is handed down: not from an adjoint of 0, nor to what was not selected."""
    return adjoint != 0.0 and not (rule.selects and partial == 0.0)


def product(rule: Primitive, adjoint: float, partial: float) -> float:
    """Return what is handed down: adjoint · partial, or 0 where nothing is."""
    return adjoint * partial if flows(rule, adjoint, partial) else 0.0


def sweep_checked(order: Sequence[Node]) -> None:
    """`sweep`, but raise NonFiniteError where finite numbers make an adjoint inf or nan."""
    for node in reversed(order):
        adjoint = node._grad
        if adjoint == 0.0:
            continue
        check_fresh(node)
        step = step_of(node)
        for x, partial in local_partials(node):
            if flows(node._rule, adjoint, partial):
                x._grad = handed_down(step, adjoint, partial, x._grad)


def step_of(node: Node) -> Step:
    """Return the operation that computed a node."""
    return Step(node._rule.name, node._data, read(node._operands), node._source)


def handed_down(step: Step, adjoint: float, partial: float, before: float) -> float:
    """Return before + adjoint · partial; raise NonFiniteError if finite numbers make it not so."""
    after = before + adjoint * partial
    require_finite_flow(step, "backward", adjoint, partial, before, after)
    return after


def require_finite_sums(sums: Iterable[tuple[Node, float | None, float]]) -> None:
    """Raise NonFiniteError where a leaf's gradient and a term add up to what is not finite."""
    for leaf, before, term in sums:
        if before is not None:
            require_finite_grad(describe(leaf), before, term)


def refresh(root: Node) -> None:
    """Recompute, in place and in order, every node below root that an assignment made stale.

    What is recomputed has no gradient until the next backward.
    """
    with graph_lock:
        order = [node for node in topological(root) if node._operands]
        now = clock.tick()
        for node in order:
            stamp = node._stamp
            if any(type(x) is not float and x._stamp > stamp for x in node._operands):
                node._data = compute(node._rule, node._operands, node._source)
                node._grad = None
                node._stamp = now


def compute(
    rule: Primitive, operands: Iterable[Any], source: str | None = None, quiet: bool = False
) -> float:
    """Return the forward result; in `debug()`, raise if finite numbers make it inf or nan."""
    numbers = read(operands)
    result = rule.forward(*numbers) if rule.trusted else rule.evaluate(numbers)
    if not math.isfinite(result) and not quiet and debug_enabled():
        require_finite(Step(rule.name, result, numbers, source))
    return result


def zero_grad(root: Node) -> None:
    """Make every grad below root "not computed"."""
    with graph_lock:
        for node in topological(root):
            node._grad = None
