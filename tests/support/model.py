"""What a graph of Values should be, in exact arithmetic: what the state machine holds it to.

The derivatives are the oracle's.  Staleness is told by what each node saw of its operands when it
was computed, not by a clock.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

from tests.support import oracles

# Numbers within these bounds, and sums and products of a few, are exact in doubles.
LARGEST = FINEST = 2**12

Operand: TypeAlias = "Node | Fraction"


class InexactError(Exception):
    """Doubles would have to round."""


class StaleError(Exception):
    """An operand changed after a node was computed."""


class RefusedError(Exception):
    """A partial raised an exception."""


@dataclass(eq=False)
class Node:
    """One number of a graph.

    Attributes:
        data: the number.
        op: the name of the oracle's rule; None for a leaf.
        operands: nodes and plain numbers.
        grad: None while no backward has reached it.
        changes: how often the number was assigned or recomputed.
        seen: the changes of each operand when this was computed.
        refuses: whether its partial raises.
    """

    data: Fraction
    op: str | None = None
    operands: tuple[Operand, ...] = ()
    grad: Fraction | None = None
    changes: int = 0
    seen: tuple[int, ...] = ()
    refuses: bool = False

    @property
    def stale(self) -> bool:
        return self.seen != changes_of(self.operands)

    def partials(self) -> list[Fraction]:
        """Return the derivative by each operand; that by plain numbers too."""
        if self.op is None:
            return []
        return [Fraction(p) for p in oracles.RULES[self.op].partials(*map(number, self.operands))]

    def assign(self, data: Fraction) -> None:
        self.data = data
        self.changes += 1


def number(x: Operand) -> Fraction:
    return x.data if isinstance(x, Node) else x


def changes_of(operands: Sequence[Operand]) -> tuple[int, ...]:
    return tuple(x.changes if isinstance(x, Node) else 0 for x in operands)


def computed(op: str, numbers: Sequence[Fraction]) -> Fraction:
    """Return the result of an operation.

    Raises:
        InexactError: when doubles would have to round.
    """
    try:
        data = Fraction(oracles.forward(op)(*numbers))
    except ZeroDivisionError:
        raise InexactError from None
    if abs(data) > LARGEST or FINEST % data.denominator:
        raise InexactError
    return data


def record(op: str, operands: Sequence[Operand], *, refuses: bool = False) -> Node:
    operands = tuple(operands)
    data = computed(op, [number(x) for x in operands])
    return Node(data, op, operands, seen=changes_of(operands), refuses=refuses)


def below(root: Node) -> list[Node]:
    """Return the nodes that root rests on and itself, each once and after its operands."""
    order: dict[Node, None] = {}

    def visit(node: Node) -> None:
        if node not in order:
            for x in node.operands:
                if isinstance(x, Node):
                    visit(x)
            order[node] = None

    visit(root)
    return list(order)


def edges(node: Node) -> Iterator[tuple[Node, Fraction]]:
    for x, partial in zip(node.operands, node.partials(), strict=True):
        if isinstance(x, Node):
            yield x, partial


def adjoints(root: Node, seed: Fraction) -> dict[Node, Fraction]:
    """Return the derivative of root by each node below it, times seed.

    Raises:
        InexactError: when doubles might have to round on the way.
        RefusedError: when a partial raises that something flows through.
    """
    found = {node: oracles.Adjoint(Fraction(0), Fraction(0)) for node in below(root)}
    found[root] = oracles.Adjoint(seed, abs(seed), abs(seed) or Fraction(1))
    for node in reversed(found):
        if node.refuses and found[node].derivative:
            raise RefusedError
        for x, partial in edges(node):
            if FINEST % partial.denominator:
                raise InexactError
            oracles.hand_down(found[node], found[x], partial, 0.0)
    if any(each.size >= each.grain * 2**53 for each in found.values()):
        raise InexactError
    return {node: each.derivative for node, each in found.items()}


def backward(root: Node, seed: Fraction) -> None:
    """Leaves add this pass to their gradient; interior nodes hold this pass alone.

    Raises:
        StaleError: when a node below root is stale; nothing has changed then.
        RefusedError: when a partial raises; leaves are as before, no interior node has a gradient.
        InexactError: when doubles might have to round; nothing has changed then.
    """
    nodes = below(root)
    if any(node.stale for node in nodes):
        raise StaleError
    try:
        flow = adjoints(root, seed)
    except RefusedError:
        for node in nodes:
            node.grad = node.grad if node.op is None else None
        raise
    sums = {x: flow[x] + (x.grad or 0) if x.op is None else flow[x] for x in nodes}
    if any(exact(x) != x for x in sums.values()):
        raise InexactError
    for node, grad in sums.items():
        node.grad = grad


def exact(x: Fraction) -> Fraction:
    return Fraction(float(x))


def refresh(root: Node) -> None:
    """Recompute what an assignment made stale; what is recomputed has no gradient any more.

    Raises:
        InexactError: when doubles would have to round; nothing has changed then.
    """
    changed: dict[Any, Fraction] = {}
    nodes = below(root)
    for node in nodes:
        if node.op is not None and (node.stale or any(x in changed for x in node.operands)):
            numbers = [changed.get(x, number(x)) for x in node.operands]
            changed[node] = computed(node.op, numbers)
    for node in nodes:
        if node in changed:
            node.assign(changed[node])
            node.grad = None
            node.seen = changes_of(node.operands)


def zero_grad(root: Node) -> None:
    for node in below(root):
        node.grad = None
