"""A snapshot as an outline in plain text: every node under the one that uses it."""

from collections import Counter
from collections.abc import Sequence

from autograd.drawing.formatting import name_of, number, plain, signed
from autograd.drawing.snapshot import Edge, Node, Snapshot

__all__ = ["summary", "to_text"]

LONGEST = 40


def to_text(snapshot: Snapshot, fmt: str = ".4g", longest: int = LONGEST) -> str:
    """Return a summary line, and the outline of the graph from the root down.

    A node that is used several times is followed where it appears first.

    Args:
        snapshot: the graph.
        fmt: how numbers are written.
        longest: after how many lines to stop.
    """
    return "\n".join([summary(snapshot), *Outline(snapshot, fmt).lines(longest)])


def summary(snapshot: Snapshot) -> str:
    """Return how large the graph is, and whether its gradients are known and fresh."""
    roles = Counter(node.role for node in snapshot.nodes)
    kinds = ("input", "parameter", "operation")
    counted = ", ".join(plural(roles[kind], kind) for kind in kinds if roles[kind])
    state = "backward done" if snapshot.reached else "backward not run"
    if snapshot.stale:
        state = "stale: call refresh()"
    return (
        f"Graph of {name_of(snapshot.root)}: {plural(len(snapshot.nodes), 'value')}, "
        f"{plural(len(snapshot.edges), 'edge')} ({counted}), "
        f"depth {depth(snapshot)}, {state}"
    )


def plural(count: int, word: str) -> str:
    return f"{count:,} {word}{'s' if count != 1 else ''}"


def depth(snapshot: Snapshot) -> int:
    """Return how many operations lie on the longest way from an input to the root."""
    levels = {node.id: 0 for node in snapshot.nodes}
    for edge in snapshot.edges:  # edges come in the topological order of their targets
        levels[edge.target] = max(levels[edge.target], levels[edge.source] + 1)
    return levels[snapshot.root.id]


class Outline:
    """The lines below the summary."""

    def __init__(self, snapshot: Snapshot, fmt: str) -> None:
        self.snapshot = snapshot
        self.fmt = fmt
        self.nodes = {node.id: node for node in snapshot.nodes}
        self.incoming: dict[str, list[Edge]] = {}
        self.outgoing: dict[str, list[Edge]] = {}
        for edge in snapshot.edges:
            self.incoming.setdefault(edge.target, []).append(edge)
            self.outgoing.setdefault(edge.source, []).append(edge)

    def lines(self, longest: int) -> list[str]:
        """Return at most so many lines, and one that says how many values they leave out."""
        found: list[str] = []
        shown: set[str] = set()
        stack: list[tuple[str, str, str, int]] = [(self.snapshot.root.id, "", "", 1)]
        while stack and len(found) < longest:
            identity, lead, indent, times = stack.pop()
            again = identity in shown and identity in self.incoming
            shown.add(identity)
            found.append(lead + self.line(self.nodes[identity], times, again))
            if not again:
                stack += reversed(self.below(identity, indent))
        left = len(self.nodes) - len(shown)
        return [*found, *([f"... {plural(left, 'more value')}"] if left else [])]

    def below(self, identity: str, indent: str) -> list[tuple[str, str, str, int]]:
        """Return what to show under a node: its parents, each once, with how it is indented."""
        counts = Counter(edge.source for edge in self.incoming.get(identity, ()))
        parents = list(counts)
        return [
            (parent, *branch(indent, parent == parents[-1]), counts[parent]) for parent in parents
        ]

    def line(self, node: Node, times: int, again: bool) -> str:
        """Return the line of one node."""
        uses = f"{times}× " if times > 1 else ""
        named = node.label or ("" if node.rule else node.id)
        equals = " = " if named and node.rule else ""
        head = f"{uses}{name_of(node) if named else ''}{equals}{plain(node.symbol)}"
        data = number(node.data, self.fmt)
        if again:
            return f"{head}  {data}  (shown above)"
        return f"{head}  {data}  grad {signed(node.grad, self.fmt)}{self.terms(node)}"

    def terms(self, node: Node) -> str:
        """Return the sum that made a gradient, where it has several terms."""
        known = [e.contribution for e in self.outgoing.get(node.id, ())]
        if not 2 <= len(known) <= 4 or None in known:
            return ""
        written: Sequence[str] = [signed(term, self.fmt) for term in known]
        return f"  (= {' '.join(written).removeprefix('+')})"


def branch(indent: str, last: bool) -> tuple[str, str]:
    """Return what stands before a line, and before the lines under it."""
    return (f"{indent}└─ ", f"{indent}   ") if last else (f"{indent}├─ ", f"{indent}│  ")
