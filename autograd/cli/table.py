"""The forward and backward flow through a recorded graph, as rows, as a text table, as JSON."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, count
from typing import Any

from autograd.backward import local_partials, product
from autograd.toposort import topological
from autograd.value import Value

__all__ = ["Row", "flow", "table", "to_dict"]

INFIX = {"add": "+", "sub": "-", "mul": "*", "div": "/", "pow": "**"}


@dataclass
class Contribution:
    """One term of a node's grad: what one consumer hands down."""

    consumer: str
    adjoint: float
    partial: float
    product: float  # what is added to the grad: 0 where nothing flows


@dataclass
class Row:
    """One node: what it is, what it computed, and how its grad came about."""

    name: str
    formula: str
    data: float
    grad: float
    partials: list[tuple[str, float]]
    contributions: list[Contribution] = field(default_factory=list)


def flow(root: Value) -> list[Row]:
    """Return a row for every node below root, in topological order, after `root.backward()`.

    >>> x = Value(3.0, label="x")
    >>> y = x * x
    >>> y.backward()
    >>> [(row.name, row.formula, row.grad) for row in flow(y)]
    [('x', 'x', 6.0), ('v1', 'x * x', 1.0)]
    """
    order = topological(root)
    names = name_all(order)
    rows = {node: Row(names[node], "", node.data, node.grad, []) for node in order}
    for node in order:
        row = rows[node]
        row.formula = formula(node, names)
        edges = local_partials(node) if node.operands else []
        row.partials = [(names[x], partial) for x, partial in edges]
        for x, partial in edges:
            handed_down = product(node._rule, node.grad, partial)
            term = Contribution(row.name, node.grad, partial, handed_down)
            rows[x].contributions.append(term)
    return list(rows.values())


def name_all(order: Sequence[Value]) -> dict[Value, str]:
    """Return a name of its own for every node: its label (x, then x_2), else v1, v2, ..."""
    names: dict[Value, str] = {}
    taken: set[str] = set()
    alike: dict[str, Iterator[str]] = {}  # each label's names go on where the last one stopped
    for node in order:
        label = node.label
        if label is not None:
            alike.setdefault(label, chain([label], numbered(f"{label}_", 2)))
            names[node] = first_free(alike[label], taken)
    unnamed = numbered("v", 1)
    return {node: names.get(node) or first_free(unnamed, taken) for node in order}


def numbered(stem: str, start: int) -> Iterator[str]:
    return (f"{stem}{i}" for i in count(start))


def first_free(names: Iterator[str], taken: set[str]) -> str:
    """Return the first name that is not taken, and take it."""
    name = next(name for name in names if name not in taken)
    taken.add(name)
    return name


def formula(node: Value, names: dict[Value, str]) -> str:
    """Return how the node was computed from its operands."""
    if not node.operands:
        return names[node]
    words = [f"{x:.6g}" if type(x) is float else names[x] for x in node.operands]
    rule = node.rule.name if node.rule else "given"
    if rule in INFIX:
        return f"{words[0]} {INFIX[rule]} {words[1]}"
    if rule == "neg":
        return f"-{words[0]}"
    return f"{rule}({', '.join(words)})"


def short(x: float) -> str:
    return f"{x:.6g}"


def chain_line(row: Row) -> str:
    """Return the line of the chain rule that gave the row's grad."""
    if not row.contributions:
        return f"seed = {short(row.grad)}"
    symbols = " + ".join(
        f"{c.consumer}.grad × ∂{c.consumer}/∂{row.name}" for c in row.contributions
    )
    numbers = " + ".join(f"{short(c.adjoint)} × {short(c.partial)}" for c in row.contributions)
    return f"{symbols} = {numbers}"


def table(rows: Sequence[Row]) -> str:
    """Return the rows as an aligned text table."""
    head = ("node", "formula", "data", "local derivatives", "grad", "chain rule")
    cells: list[tuple[str, ...]] = [head]
    for row in rows:
        partials = "  ".join(f"∂{row.name}/∂{name} = {short(p)}" for name, p in row.partials)
        formula = "" if row.formula == row.name else row.formula
        numbers = short(row.data), partials, short(row.grad)
        cells.append((row.name, formula, *numbers, chain_line(row)))
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    rule: tuple[str, ...] = tuple("─" * width for width in widths)
    numeric = (2, 4)
    lines = []
    for line in [head, rule, *cells[1:]]:
        padded = [
            cell.rjust(width) if i in numeric else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        lines.append("  ".join(padded).rstrip())
    return "\n".join(lines)


def to_dict(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return the rows as JSON has them."""
    return [
        {
            "name": row.name,
            "formula": row.formula,
            "data": row.data,
            "partials": [{"by": name, "partial": p} for name, p in row.partials],
            "grad": row.grad,
            "contributions": [
                {
                    "from": c.consumer,
                    "adjoint": c.adjoint,
                    "partial": c.partial,
                    "product": c.product,
                }
                for c in row.contributions
            ],
        }
        for row in rows
    ]
