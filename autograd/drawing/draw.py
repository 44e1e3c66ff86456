"""`draw`: the picture of a Value, cut to what can be read."""

from collections.abc import Collection, Mapping
from dataclasses import fields, replace
from typing import Any

from autograd import errors
from autograd.core import settings
from autograd.drawing.graph import Graph
from autograd.drawing.options import Options
from autograd.drawing.snapshot import Snapshot, take
from autograd.drawing.view import choose_closed, neighbourhood
from autograd.value import Value

__all__ = ["draw", "draw_dot"]

ENGINES = ("auto", "dot", "builtin")
MORE = "some gradients hold more than this pass brings them"


def draw(
    root: Value,
    *,
    labels: Mapping[str, Any] | None = None,
    group: str | Collection[str] = "auto",
    depth: int | None = None,
    max_nodes: int | None = 150,
    engine: str = "auto",
    node_attr: Mapping[str, str] | None = None,
    **options: str,
) -> Graph:
    """Return a picture of how a Value was computed and how its gradient flows back.

    Args:
        root: the Value.
        labels: names to their Values, such as `locals()`.
        group: "auto" closes as few groups as keep to max_nodes, "open" none, "closed" all; or the
            paths of those to close.
        depth: draw groups deeper than this as one box.
        max_nodes: how many boxes to draw at most; None for all.
        engine: "dot", "builtin", or "auto": `dot` where it is installed.
        node_attr: further Graphviz attributes for all nodes.
        options: flow, direction, color, norm, fmt, theme, form: see `Options`.

    Raises:
        TypeError: when root is no Value, or an option unknown.
        ValueError: when an option is none of its choices.

    >>> x = Value(3.0, label="x")
    >>> y = x * x
    >>> y.backward()
    >>> print(draw(y).text())
    Graph of n1: 2 values, 2 edges (1 input, 1 operation), depth 1, backward done
    ×  9  grad +1
    └─ 2× x  3  grad +6  (= 3 +3)
    """
    if engine not in ENGINES:
        raise ValueError(f"expected engine to be one of {', '.join(ENGINES)}, got {engine!r}")
    if depth is not None:
        depth = settings.whole(depth, "expected depth to be an integer ≥ 0 or None", 0)
    if max_nodes is not None:
        max_nodes = settings.whole(max_nodes, "expected max_nodes to be an integer ≥ 1 or None", 1)
    unknown = options.keys() - {field.name for field in fields(Options)}
    if unknown:
        raise TypeError(f"draw has no option {errors.listed(sorted(unknown))}")
    snapshot = take(root, labels)
    closed = closed_groups(snapshot, group, depth, max_nodes)
    graph = Graph(
        snapshot,
        frozenset(closed),
        None,
        (MORE,) if snapshot.accumulated else (),
        Options(**options),
        engine,
        tuple((node_attr or {}).items()),
    )
    for path in () if isinstance(group, str) else closed:
        graph.require_group(path)
    return limited(graph, max_nodes)


def closed_groups(
    snapshot: Snapshot, group: str | Collection[str], depth: int | None, max_nodes: int | None
) -> set[str]:
    """Return the paths of the groups to draw as one box."""
    if group == "auto" or depth is not None:
        return choose_closed(snapshot, max_nodes, depth)
    if group == "open":
        return set()
    if group == "closed":
        return choose_closed(snapshot, 1)
    if isinstance(group, str):
        raise ValueError(
            f"expected group to be 'auto', 'open', 'closed' or a list of paths, got {group!r}"
        )
    return set(group)


def limited(graph: Graph, max_nodes: int | None) -> Graph:
    """Return the picture cut down to what is nearest the root, when it is still too large."""
    boxes = graph.view.boxes
    if max_nodes is None or len(boxes) <= max_nodes:
        return graph
    near = neighbourhood(graph.snapshot, graph.snapshot.root, None, max_nodes)
    left = len(graph.snapshot.nodes) - len(near)
    note = f"the {len(near)} values nearest the result; … {left:,} more"
    return replace(graph, only=frozenset(near), notes=(*graph.notes, note))


def draw_dot(root: Value, format: str = "svg", rankdir: str = "LR") -> Any:
    """Return a `graphviz.Digraph`, for programs written for micrograd's `draw_dot`.

    Args:
        root: the Value.
        format: what the Digraph renders as.
        rankdir: "LR" or "TB".

    Raises:
        ImportError: when the package graphviz is not installed.
    """
    digraph = draw(root, direction=rankdir, max_nodes=None, group="open").dot
    digraph.format = format
    return digraph
