"""Formatting: how numbers, titles and the chain rule's lines are written in a picture."""

import math
from collections.abc import Mapping

from autograd.drawing.snapshot import Edge, Node

__all__ = [
    "counted", "edge_tooltip", "name_of", "node_tooltip", "number", "plain", "signed", "title",
]  # fmt: skip

MISSING = "—"
LONGEST_TITLE = 24
MOST_IN_FULL = 10**100
INFIX = {"add": "+", "sub": "−", "mul": "·", "div": "/", "pow": "^"}


def number(x: float | None, fmt: str = ".4g") -> str:
    """Return a number with a true minus sign; an em dash for none.

    >>> number(-0.70710678)
    '−0.7071'
    """
    if x is None:
        return MISSING
    if not math.isfinite(x):
        return {math.inf: "∞", -math.inf: "−∞"}.get(x, "nan")
    return format(x + 0.0, fmt).replace("-", "−")


def signed(x: float | None, fmt: str = ".4g") -> str:
    """Return a number with its sign, + included, so that colour never says it alone."""
    text = number(x, fmt)
    return text if x is None or x != x or text.startswith("−") else f"+{text}"


def counted(count: int) -> str:
    """Return a number of paths, which doubles with every node that uses another twice.

    >>> counted(2**10), counted(2**100_000)
    ('1,024', 'about 10^30102')
    """
    if count < MOST_IN_FULL:
        return f"{count:,}"
    return f"about 10^{int((count.bit_length() - 1) * math.log10(2.0))}"


def plain(text: str, longest: int = LONGEST_TITLE) -> str:
    """Return text fit for one line: no control or bidirectional characters, cut when long.

    >>> plain("a" + chr(0) + chr(0x202E) + "b" * 30)
    'abbbbbbbbbbbbbbbbbbbbbb…'
    """
    shown = "".join(c if c.isprintable() else " " if c in "\n\t" else "" for c in text)
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


def name_of(node: Node) -> str:
    """Return how other texts call a node: its label, or its id."""
    return plain(node.label) if node.label else node.id


def title(node: Node, nodes: Mapping[str, Node]) -> str:
    """Return the header of a node: its operation, then its label or a short formula."""
    if not node.rule:
        return plain(node.label) or "value"
    return plain(f"{node.symbol} {node.label or formula(node, nodes)}".strip(), LONGEST_TITLE + 4)


def formula(node: Node, nodes: Mapping[str, Node]) -> str:
    """Return a formula when all that the node rests on directly has a name or is a number."""
    words = [number(x) if isinstance(x, float) else nodes[x].label or "" for x in node.operands]
    if node.rule not in INFIX:
        constants = [w for x, w in zip(node.operands, words, strict=True) if isinstance(x, float)]
        return ", ".join(constants) if len(constants) <= 2 else ""
    if all(words):
        return INFIX[node.rule].join(words)
    first, second = node.operands
    return words[1] if isinstance(second, float) else words[0] if isinstance(first, float) else ""


def node_tooltip(node: Node, fmt: str = ".4g") -> str:
    """Return every number of a node in full."""
    grad = MISSING if node.grad is None else repr(node.grad)
    stale = " (stale: call refresh())" if node.stale else ""
    kind = plain(node.rule) or node.role
    return f"{name_of(node)}: {kind}, data {node.data!r}, grad {grad}{stale}"


def edge_tooltip(edge: Edge, nodes: Mapping[str, Node], fmt: str = ".4g") -> str:
    """Return the line of the chain rule that an edge stands for.

    It reads like "w1.grad += 0.7071 × 2 = 1.414".
    """
    source, target = name_of(nodes[edge.source]), nodes[edge.target]
    if edge.partial is None:
        return f"{source} → {name_of(target)}: stale, call refresh()"
    if edge.contribution is None:
        return f"∂{name_of(target)}/∂{source} = {number(edge.partial, fmt)}"
    factors = f"{number(target.grad, fmt)} × {number(edge.partial, fmt)}"
    return f"{source}.grad += {factors} = {number(edge.contribution, fmt)}"
