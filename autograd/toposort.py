"""The order in which the walks visit a recorded graph, and whether it is fresh.

No walk recurses, so depth is limited by memory alone.
"""

from collections.abc import Callable
from typing import Any

from autograd import errors
from autograd.core.clock import clock
from autograd.core.node import AnyNode, Node

__all__ = ["check_fresh", "describe", "prepare", "require_fresh", "topological"]


def operands_of(node: Node) -> tuple[Any, ...]:
    return node._operands


def topological(
    *roots: AnyNode, follow: Callable[[AnyNode], tuple[Any, ...]] = operands_of
) -> list[AnyNode]:
    """Return every Value the roots rest on, leaves included, each after its parents.

    Args:
        roots: Values.
        follow: what a Value rests on, Values and floats.

    >>> from autograd import Value
    >>> x = Value(2.0, label="x")
    >>> [node.data for node in topological(x * x + 1.0)]
    [2.0, 4.0, 5.0]
    """
    order: list[AnyNode] = []
    seen: set[AnyNode] = set()
    stack: list[Any] = list(reversed(roots))
    while stack:
        node = stack.pop()
        if node is None:  # everything above it is done
            order.append(stack.pop())
        elif node not in seen:
            seen.add(node)
            stack += (node, None)
            stack += [x for x in reversed(follow(node)) if type(x) is not float and x not in seen]
    return order


def check_fresh(node: Node) -> None:
    """Raise StaleGraphError if a parent, or a partial given as a Value, changed after the node."""
    for x in (*node._operands, *getattr(node._rule, "given", ())):
        if type(x) is not float and x._stamp > node._stamp:
            raise errors.StaleGraphError(errors.stale(describe(node), describe(x)))


def require_fresh(*roots: Node) -> None:
    """Raise StaleGraphError if anything that the roots rest on changed after it was used."""
    for node in topological(*roots):
        check_fresh(node)


def describe(node: Node) -> str:
    """How a message names a node: its label, or its rule, and its number."""
    if node.label is not None:
        return f"{node.label!r} (data={node._data!r})"
    kind = node._rule.name if node._operands else "leaf"
    return f"the {kind} with data={node._data!r}"


def prepare(root: Node) -> tuple[list[Node], list[tuple[Node, float | None]]]:
    """Return the interior nodes below root in the order of `topological`, and leaves with grads.

    Raises StaleGraphError before anything is changed.
    """
    order: list[Node] = []
    leaves: list[tuple[Node, float | None]] = []
    # Objects of this walk alone, so that marks of earlier walks mean nothing.
    begun, done = object(), object()
    now = clock.now
    stack: list[Node] = []
    node = root
    while True:
        mark = node._mark
        if mark is begun:  # all that it rests on is in order
            node._mark = done
            order.append(node)
        elif mark is not done:
            if node._rule is None:
                node._mark = done
                leaves.append((node, node._grad))
            else:
                if node._stamp != now:  # nothing is younger than now
                    check_fresh(node)
                node._mark = begun
                stack.append(node)
                x, y = node._first, node._second
                if y is None:
                    stack += [
                        x for x in reversed(x) if x.__class__ is not float and x._mark is not done
                    ]
                else:
                    if y.__class__ is not float and y._mark is not done:
                        stack.append(y)
                    if x.__class__ is not float:
                        node = x  # straight on, without the stack
                        continue
        if not stack:
            return order, leaves
        node = stack.pop()
