"""The snapshot: an immutable, JSON-able copy of a recorded graph, and all that pictures know."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from autograd import errors
from autograd.backward import local_partials, product
from autograd.toposort import topological
from autograd.value import Value

__all__ = ["Edge", "Node", "Snapshot", "take"]

VERSION = 1


class Node(NamedTuple):
    """One Value.

    Attributes:
        id: "n0", "n1", ... in topological order.
        rule: the primitive's name; "" for a leaf, "given" where partials were given.
        symbol: how pictures write the rule.
        label: the Value's own name; "" for none.
        role: "input", "parameter" or "operation".
        data: its number.
        grad: its gradient; None when backward has not reached it.
        group: the path of its group, such as "mlp.layer0"; "" outside every group.
        operands: ids of parents and plain numbers, in order.
        stale: whether it is older than a change of something it rests on.
    """

    id: str
    rule: str
    symbol: str
    label: str
    role: str
    data: float
    grad: float | None
    group: str
    operands: tuple[str | float, ...]
    stale: bool


class Edge(NamedTuple):
    """One use of a Value as an operand: forward from source to target, backward the other way.

    Attributes:
        id: "e5_0" is operand 0 of n5.
        source: the parent's id.
        target: the id of the node computed from it.
        partial: the derivative of target by this operand; None when the target is stale.
        contribution: what the target hands down, its grad × partial; None before backward.
    """

    id: str
    source: str
    target: str
    partial: float | None
    contribution: float | None


@dataclass(frozen=True)
class Snapshot:
    """Every node and edge below one Value, parents first; the last node is the root."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    @property
    def root(self) -> Node:
        """The Value that was drawn."""
        return self.nodes[-1]

    @property
    def stale(self) -> bool:
        """Whether any node is stale."""
        return any(node.stale for node in self.nodes)

    @property
    def reached(self) -> bool:
        """Whether backward has reached the root."""
        return self.root.grad is not None

    def received(self) -> dict[str, float]:
        """Return the sum of the contributions drawn to each node."""
        sums: dict[str, float] = {}
        for edge in self.edges:
            if edge.contribution is not None:
                sums[edge.source] = sums.get(edge.source, 0.0) + edge.contribution
        return sums

    @property
    def accumulated(self) -> list[str]:
        """The ids of nodes whose grad is not the sum of what is drawn to them.

        Such a grad holds other passes too, or what flows along edges outside this graph.
        """
        received = self.received()
        sizes: dict[str, float] = {}
        for edge in self.edges:
            sizes[edge.source] = sizes.get(edge.source, 0.0) + abs(edge.contribution or 0.0)
        return [
            node.id
            for node in self.nodes[:-1]
            if node.grad is not None
            and node.id in received
            and abs(node.grad - received[node.id]) > 1e-9 * sizes[node.id]
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return the snapshot as JSON has it; inf and nan as the strings "inf", "-inf", "nan"."""
        tree = {
            "format": "glassgrad-graph",
            "version": VERSION,
            "nodes": [node._asdict() for node in self.nodes],
            "edges": [edge._asdict() for edge in self.edges],
        }
        return finite(tree)  # type: ignore[no-any-return]


def take(root: Value, labels: Mapping[str, Any] | None = None) -> Snapshot:
    """Return the snapshot of everything that `root` rests on.

    Args:
        root: the Value to draw.
        labels: names to their Values, such as `locals()`; entries that are no Values are passed
            over, and a Value's own label wins.

    Raises:
        TypeError: when root is no Value.

    >>> x = Value(3.0, label="x")
    >>> y = x * x
    >>> y.backward()
    >>> [(edge.source, edge.partial, edge.contribution) for edge in take(y).edges]
    [('n0', 3.0, 3.0), ('n0', 3.0, 3.0)]
    """
    given: Any = root
    if not isinstance(given, Value):
        several = isinstance(root, list | tuple)
        advice = ": draw one of them, or their sum, total(*values)" if several else ""
        raise TypeError(f"expected a Value to draw, got {errors.shorten(root)}{advice}")
    if labels is not None and not isinstance(labels, Mapping):
        raise TypeError(
            f"expected labels to be a dict of names to their Values, such as locals(), got "
            f"{errors.shorten(labels)}"
        )
    order = topological(root)
    ids = {node: f"n{i}" for i, node in enumerate(order)}
    stale = stale_nodes(order)
    groups = leaf_groups(order)
    names = {x: name for name, x in (labels or {}).items() if isinstance(x, Value)}
    nodes = tuple(picture(node, ids, names, groups, node in stale) for node in order)
    edges = tuple(edge for node in order for edge in edges_of(node, ids, node in stale))
    return Snapshot(nodes, edges)


def picture(
    node: Value,
    ids: Mapping[Value, str],
    names: Mapping[Value, str],
    groups: Mapping[Value, str],
    stale: bool,
) -> Node:
    """Return the snapshot of one node."""
    rule = node._rule
    group = groups.get(node, node.scope)
    role = "operation" if node.operands else "parameter" if group else "input"
    return Node(
        id=ids[node],
        rule=rule.name if rule else "",
        symbol=rule.symbol if rule else "",
        label=node.label if node.label is not None else names.get(node, ""),
        role=role,
        data=node.data,
        grad=node.grad if node.reached else None,
        group=group,
        operands=tuple(x if type(x) is float else ids[x] for x in node.operands),
        stale=stale,
    )


def edges_of(node: Value, ids: Mapping[Value, str], stale: bool) -> list[Edge]:
    """Return the edges from a node's parents to it."""
    positions = [i for i, x in enumerate(node.operands) if type(x) is not float]
    if not positions:
        return []
    if stale:
        return [
            Edge(f"e{ids[node][1:]}_{i}", ids[node.operands[i]], ids[node], None, None)
            for i in positions
        ]
    adjoint = node.grad if node.reached else None
    return [
        Edge(
            f"e{ids[node][1:]}_{i}", ids[x], ids[node], partial, handed_down(node, adjoint, partial)
        )
        for i, (x, partial) in zip(positions, local_partials(node), strict=True)
    ]


def handed_down(node: Value, adjoint: float | None, partial: float) -> float | None:
    """Return adjoint × partial, 0 where nothing flows, None where there is no adjoint."""
    return None if adjoint is None else product(node._rule, adjoint, partial)


def stale_nodes(order: Sequence[Value]) -> set[Value]:
    """Return the nodes that rest, at any distance, on a change later than themselves."""
    stale: set[Value] = set()
    for node in order:
        if any(x._stamp > node._stamp or x in stale for x in node.parents):
            stale.add(node)
    return stale


def leaf_groups(order: Sequence[Value]) -> dict[Value, str]:
    """Return the group of each leaf that one group alone uses: a parameter is drawn inside it."""
    users: dict[Value, set[str]] = {}
    for node in order:
        for x in node.parents:
            if not x.operands:
                users.setdefault(x, set()).add(node.scope)
    return {leaf: next(iter(groups)) for leaf, groups in users.items() if len(groups) == 1}


def finite(tree: Any) -> Any:
    """Replace inf and nan, which JSON has not, by strings."""
    if isinstance(tree, dict):
        return {key: finite(branch) for key, branch in tree.items()}
    if isinstance(tree, list | tuple):
        return [finite(branch) for branch in tree]
    return str(tree) if isinstance(tree, float) and not math.isfinite(tree) else tree
