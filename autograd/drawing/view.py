"""The view: which nodes of a snapshot a picture shows, and which groups stand as one box."""

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from autograd.drawing import formatting
from autograd.drawing.group_paths import ancestors, parent
from autograd.drawing.snapshot import Edge, Node, Snapshot

__all__ = ["Box", "Line", "View", "choose_closed", "collapsed_view", "neighbourhood"]


@dataclass(frozen=True)
class Box:
    """What is drawn as one box: a node, or a group.

    Attributes:
        id: the node's id, or "g:" and the group's path.
        title: the header.
        role: "input", "parameter", "operation" or "group".
        data: the node's number; the group's last output.
        grad: its gradient; None when backward has not reached it.
        group: the path of the group around it.
        tooltip: every number in full.
        stale: whether it is older than a change of something it rests on.
        note: a further line of a group's box: how many values and parameters it holds.
        norm: of a group, the norm of its parameters' gradients; None before backward.
    """

    id: str
    title: str
    role: str
    data: float
    grad: float | None
    group: str
    tooltip: str
    stale: bool = False
    note: str = ""
    norm: float | None = None


@dataclass(frozen=True)
class Line:
    """What is drawn as one edge: one edge of the graph, or all those between two boxes.

    Attributes:
        id: the edge's id, or that of the first one.
        source: the id of the box that the forward arrow leaves.
        target: the id of the box that it enters.
        partial: the local derivative; None for several edges, or when stale.
        contribution: what flows back, summed; None before backward.
        count: how many edges of the graph it stands for.
        tooltip: the line of the chain rule.
    """

    id: str
    source: str
    target: str
    partial: float | None
    contribution: float | None
    count: int
    tooltip: str


@dataclass(frozen=True)
class View:
    """Boxes and lines, each box after those it rests on.

    Attributes:
        boxes: by id, in order.
        lines: in order.
        notes: what the caption must say, such as what was collapsed.
    """

    boxes: dict[str, Box]
    lines: tuple[Line, ...]
    notes: tuple[str, ...] = field(default=())

    def groups(self) -> list[str]:
        """Return the paths of the groups drawn open, outer ones first."""
        found: dict[str, None] = {}
        for box in self.boxes.values():
            for path in ancestors(box.group):
                found.setdefault(path)
        return list(found)

    @cached_property
    def largest(self) -> float:
        """Return the largest finite contribution by size, which sets the width of lines."""
        sizes = (abs(line.contribution) for line in self.lines if line.contribution is not None)
        return max((size for size in sizes if math.isfinite(size)), default=0.0)


def home(node: Node, closed: Collection[str]) -> str:
    """Return the box that shows the node: itself, or the outermost closed group around it."""
    for path in ancestors(node.group):
        if path in closed:
            return f"g:{path}"
    return node.id


def collapsed_view(
    snapshot: Snapshot,
    closed: Collection[str] = (),
    *,
    only: Collection[str] | None = None,
    notes: Iterable[str] = (),
    fmt: str = ".4g",
) -> View:
    """Return the view of a snapshot with some groups drawn as one box each.

    Args:
        snapshot: the graph.
        closed: paths of the groups to draw as one box.
        only: ids of the nodes to show; all when None.
        notes: lines for the caption.
        fmt: how numbers are written.
    """
    nodes = {node.id: node for node in snapshot.nodes}
    shown = nodes if only is None else {i: node for i, node in nodes.items() if i in only}
    homes = {i: home(node, closed) for i, node in shown.items()}
    members: dict[str, list[Node]] = {}
    for i, node in shown.items():
        members.setdefault(homes[i], []).append(node)
    boxes = {
        i: group_box(i, inside) if i.startswith("g:") else value_box(inside[0], nodes)
        for i, inside in members.items()
    }
    bundles: dict[tuple[str, str], list[Edge]] = {}
    lines: list[Line] = []
    for edge in snapshot.edges:
        if edge.source not in homes or edge.target not in homes:
            continue
        ends = homes[edge.source], homes[edge.target]
        if ends[0] == ends[1]:
            continue
        if ends == (edge.source, edge.target):
            lines.append(single_line(edge, nodes, fmt))
        else:
            bundles.setdefault(ends, []).append(edge)
    lines += [bundle_line(ends, edges, boxes, nodes, fmt) for ends, edges in bundles.items()]
    return View(boxes, tuple(lines), tuple(notes))


def value_box(node: Node, nodes: Mapping[str, Node]) -> Box:
    """Return the box of one node."""
    tooltip = formatting.node_tooltip(node)
    heading = formatting.title(node, nodes)
    return Box(node.id, heading, node.role, node.data, node.grad, node.group, tooltip, node.stale)


def group_box(identity: str, inside: list[Node]) -> Box:
    """Return the box of a closed group; its parameters live inside."""
    path = identity.removeprefix("g:")
    last = inside[-1]
    parameters = [node for node in inside if node.role == "parameter"]
    grads = [node.grad for node in parameters]
    known = [grad for grad in grads if grad is not None]
    norm = math.hypot(*known) if parameters and len(known) == len(grads) else None
    counted = f"{len(inside)} values"
    note = f"{counted} · {len(parameters)} params" if parameters else counted
    tooltip = f"{path}: {note}, out {last.data!r}, grad {last.grad!r}"
    stale = any(node.stale for node in inside)
    around = parent(path)
    return Box(identity, path, "group", last.data, last.grad, around, tooltip, stale, note, norm)


def single_line(edge: Edge, nodes: Mapping[str, Node], fmt: str) -> Line:
    """Return the line of one edge between two nodes."""
    tooltip = formatting.edge_tooltip(edge, nodes, fmt)
    return Line(edge.id, edge.source, edge.target, edge.partial, edge.contribution, 1, tooltip)


def bundle_line(
    ends: tuple[str, str],
    edges: list[Edge],
    boxes: Mapping[str, Box],
    nodes: Mapping[str, Node],
    fmt: str,
) -> Line:
    """Return the line of all edges between two boxes; it carries the exact sum of their flow."""
    terms = [edge.contribution for edge in edges]
    known = [term for term in terms if term is not None]
    complete = len(known) == len(terms)
    flow = math.fsum(known) if all(map(math.isfinite, known)) else sum(known)
    source, target = boxes[ends[0]].title, boxes[ends[1]].title
    total = formatting.number(flow if complete else None, fmt)
    counted = f"{len(edges)} contribution{'s' if len(edges) > 1 else ''}"
    tooltip = f"{source} ← {target}: {counted}, sum {total}"
    return Line(edges[0].id, *ends, None, flow if complete else None, len(edges), tooltip)


def choose_closed(snapshot: Snapshot, max_nodes: int | None, depth: int | None = None) -> set[str]:
    """Return the groups to close so that at most max_nodes boxes remain, as few as possible.

    Groups are closed from the innermost level outwards; with `depth`, all below that level are.
    """
    levels = max((len(ancestors(node.group)) for node in snapshot.nodes), default=0)
    paths = {path for node in snapshot.nodes for path in ancestors(node.group)}
    if depth is not None:
        return {path for path in paths if len(ancestors(path)) > depth}
    for level in range(levels, -1, -1):
        closed = {path for path in paths if len(ancestors(path)) > level}
        boxes = {home(node, closed) for node in snapshot.nodes}
        if max_nodes is None or len(boxes) <= max_nodes:
            return closed
    return paths


def neighbourhood(
    snapshot: Snapshot, node: Node, radius: int | None, most: int | None = None
) -> set[str]:
    """Return the ids of at most so many nodes within a number of edges of one, nearest first."""
    beside: dict[str, list[str]] = {}
    for edge in snapshot.edges:
        beside.setdefault(edge.target, []).append(edge.source)
        if radius is not None:  # around a focus both ways; from the root there is one way only
            beside.setdefault(edge.source, []).append(edge.target)
    found, level, distance = {node.id: None}, [node.id], 0
    while level and (radius is None or distance < radius):
        beyond = dict.fromkeys(i for near in level for i in beside.get(near, ()))
        level = [i for i in beyond if i not in found]  # each once, however many edges lead to it
        found |= dict.fromkeys(level)
        distance += 1
        if most is not None and len(found) >= most:
            break
    return set(list(found)[:most])
