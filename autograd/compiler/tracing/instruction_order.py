"""Instruction order: in which order a trace's nodes become instructions.

Adjoints add up in the reverse of it, so those that `backward()` visits come in its order: the order
of the graph without what is behind `detach`.  What is behind it is computed where it is first read;
a node that `backward()` visits only later is then computed twice, for the passes to join where no
bit depends on it.
"""

from collections.abc import Callable, Container, Iterable
from typing import Any

from autograd.toposort import topological
from autograd.value import Value

__all__ = ["Again", "in_order"]

Operands = tuple[Any, ...]


class Again:
    """A node that is computed once more, through which no adjoint flows.

    Args:
        node: the Value that it is.
    """

    def __init__(self, node: Value) -> None:
        self.node = node


class Order:
    """An order that is being made.

    Args:
        follow: what a node rests on, what was detached included.
        detached: the leaves that `detach` made.

    Attributes:
        nodes: the nodes so far, each after its operands, with these.
    """

    def __init__(self, follow: Callable[[Value], Operands], detached: Container[Value]) -> None:
        self.follow, self.detached = follow, detached
        self.nodes: list[tuple[Any, Operands]] = []
        self.found: dict[Value, Any] = {}

    def add(self, node: Value, key: Any) -> None:
        """Append a node whose operands are there; those that read it read `key` from now on."""
        read = [x if type(x) is float else self.found[x] for x in self.follow(node)]
        self.nodes.append((key, tuple(read)))
        self.found[node] = key

    def missing(self, *nodes: Value) -> list[Value]:
        """What has to be appended before some nodes are there, in order, and these."""

        def below(node: Value) -> Operands:
            return () if node in self.found else self.follow(node)

        return [x for x in topological(*nodes, follow=below) if x not in self.found]

    def differentiable(self, node: Value) -> Operands:
        """What adjoints flow to from a node."""
        return () if node in self.detached else self.follow(node)

    def add_visited(self, roots: Iterable[Value]) -> None:
        """Append what `backward()` visits from the roots on, and what that rests on."""
        visited = topological(*roots, follow=self.differentiable)
        computed = {x for x in visited if self.differentiable(x)}
        for node in visited:
            if node in self.detached:  # when it is read
                continue
            behind = [x for x in self.follow(node) if x in self.detached]
            for x in self.missing(*behind):
                self.add(x, Again(x) if x in computed else x)
            self.add(node, node)

    def add_rest(self, roots: Iterable[Value]) -> None:
        """Append what else the roots rest on."""
        for x in self.missing(*roots):
            self.add(x, x)


def in_order(
    outputs: Iterable[Value],
    compared: Iterable[Value],
    follow: Callable[[Value], Operands],
    detached: Container[Value],
) -> list[tuple[Any, Operands]]:
    """Return every node of a trace with its operands, each after these.

    Args:
        outputs: what the function returned, and what leaves became.
        compared: what it compared.
        follow: what a node rests on, what was detached included.
        detached: the leaves that `detach` made.
    """
    order = Order(follow, detached)
    order.add_visited(outputs)
    order.add_rest([*outputs, *compared])
    return order.nodes
