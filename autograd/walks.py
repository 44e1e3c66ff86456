"""The walks that write into a recorded graph: backward, refresh, zero_grad.

They are `chain_rule` once more, on floats only and written for speed; tests hold the two equal.
No walk recurses, so depth is limited by memory alone.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from autograd import errors
from autograd.primitive import Primitive
from autograd.reals import as_float
from autograd.state import clock, graph_lock, modes

# A Value.  The walks see only its slots, so that value.py can import them.
Node = Any

__all__ = [
    "backward", "check_fresh", "local_partials", "read", "refresh", "topological", "zero_grad",
]  # fmt: skip


def operands_of(node: Node) -> tuple[Any, ...]:
    return node._operands  # type: ignore[no-any-return]


def topological(
    *roots: Node, follow: Callable[[Node], tuple[Any, ...]] = operands_of
) -> list[Node]:
    """Return every Value the roots rest on, leaves included, each after its parents.

    Args:
        roots: Values.
        follow: what a Value rests on, Values and floats.

    >>> from autograd import Value
    >>> x = Value(2.0, label="x")
    >>> [node.data for node in topological(x * x + 1.0)]
    [2.0, 4.0, 5.0]
    """
    order: list[Node] = []
    seen: set[Node] = set()
    stack: list[Node] = list(reversed(roots))
    while stack:
        node = stack.pop()
        if node is None:  # everything above it is done
            order.append(stack.pop())
        elif node not in seen:
            seen.add(node)
            stack += (node, None)
            stack += [x for x in reversed(follow(node)) if type(x) is not float and x not in seen]
    return order


def read(operands: Iterable[Any]) -> list[float]:
    """Return the numbers of operands, Values and floats."""
    return [x if type(x) is float else x._data for x in operands]


def local_partials(node: Node) -> list[tuple[Node, float]]:
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


def check_fresh(node: Node) -> None:
    """Raise StaleGraphError if a parent, or a partial given as a Value, changed after the node."""
    for x in (*node._operands, *getattr(node._rule, "given", ())):
        if type(x) is not float and x._stamp > node._stamp:
            raise errors.StaleGraphError(errors.stale(describe(node), describe(x)))


def describe(node: Node) -> str:
    """How a message names a node: its label, or its rule, and its number."""
    if node.label is not None:
        return f"{node.label!r} (data={node._data!r})"
    kind = node._rule.name if node._operands else "leaf"
    return f"the {kind} with data={node._data!r}"


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
            (sweep_checked if modes.debugging else sweep)(order)
        except BaseException:
            for leaf, before in leaves:
                leaf._grad = before
            for node in order:
                node._grad = None
            raise
        for leaf, before in leaves:
            if before is not None:
                leaf._grad = before + leaf._grad


def prepare(root: Node) -> tuple[list[Node], list[tuple[Node, float | None]]]:
    """Return the interior nodes below root in the order of `topological`, and leaves with grads.

    Raises StaleGraphError before anything is changed.
    """
    order: list[Node] = []
    leaves: list[tuple[Node, float | None]] = []
    # Objects of this walk alone, so that marks of earlier walks mean nothing.
    begun, done = object(), object()
    now = clock.now
    stack: list[Node] = [root]
    pop, push = stack.pop, stack.append
    while stack:
        node = pop()
        mark = node._mark
        if mark is begun:  # all that it rests on is in order
            node._mark = done
            order.append(node)
        elif mark is not done:
            if node._rule is None:
                node._mark = done
                leaves.append((node, node._grad))
                continue
            if node._stamp != now:  # nothing is younger than now
                check_fresh(node)
            node._mark = begun
            push(node)
            x, y = node._first, node._second
            if y is None:
                stack += [
                    x for x in reversed(x) if x.__class__ is not float and x._mark is not done
                ]
            else:
                if y.__class__ is not float and y._mark is not done:
                    push(y)
                if x.__class__ is not float and x._mark is not done:
                    push(x)
    return order, leaves


def sweep(order: Sequence[Node]) -> None:
    """Hand each node's adjoint down to its parents, outputs first."""
    for node in reversed(order):
        adjoint = node._grad
        if adjoint == 0.0:  # `weigh`: nothing flows, whatever the partials are
            continue
        rule = node._rule
        x, y = node._first, node._second
        if not rule.inline:
            hand_down(node, adjoint)
        elif y is None:
            if len(x) == 1:
                (x,) = x
                x._grad += adjoint * rule.partials[0](node._data, x._data)
            else:
                hand_down(node, adjoint)
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


def hand_down(node: Node, adjoint: float) -> None:
    """`sweep` for one node of any rule: many operands, a user's own, partials given."""
    rule = node._rule
    if not (rule.variadic and rule.trusted):
        check_fresh(node)  # `prepare` does not look at partials given as Values
        for x, partial in local_partials(node):
            x._grad += adjoint * partial
        return
    operands = node._operands
    (partials,) = rule.partials
    for x, partial in zip(operands, partials(node._data, *read(operands)), strict=True):
        if x.__class__ is not float:
            x._grad += adjoint * partial


def sweep_checked(order: Sequence[Node]) -> None:
    """`sweep`, but raise NonFiniteError where finite numbers make an adjoint inf or nan."""
    for node in reversed(order):
        adjoint = node._grad
        if adjoint == 0.0:
            continue
        check_fresh(node)
        numbers = [node._data, adjoint, *read(node._operands)]
        for x, partial in local_partials(node):
            finite = all_finite((*numbers, x._grad))
            x._grad += adjoint * partial
            if finite and not math.isfinite(x._grad):
                raise errors.NonFiniteError(
                    errors.non_finite_adjoint(
                        node._rule.name, numbers[2:], adjoint, partial, node._source
                    )
                )


def all_finite(numbers: Iterable[float]) -> bool:
    return all(map(math.isfinite, numbers))


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


def compute(rule: Primitive, operands: Iterable[Any], source: str | None = None) -> float:
    """Return the forward result; in `debug()`, raise if finite numbers make it inf or nan."""
    numbers = read(operands)
    result = rule.forward(*numbers) if rule.trusted else rule.evaluate(numbers)
    if modes.debugging and not math.isfinite(result) and all_finite(numbers):
        raise errors.NonFiniteError(errors.non_finite_result(rule.name, numbers, result, source))
    return result


def zero_grad(root: Node) -> None:
    """Make every grad below root "not computed"."""
    with graph_lock:
        for node in topological(root):
            node._grad = None
