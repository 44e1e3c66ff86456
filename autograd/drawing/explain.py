"""`explain`: a gradient as the sum over all paths of the product of local derivatives."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest
from typing import NamedTuple

from autograd import errors
from autograd.backward import local_partials
from autograd.chain_rule import Paths, pullback
from autograd.core.symbols import partial_formulas
from autograd.drawing.formatting import counted, number, plain, signed
from autograd.drawing.latex import latex, latex_name, latex_number
from autograd.value import Value

__all__ = ["Explanation", "Step", "explain"]

LISTED = 20
IN_LATEX = 6


class Step(NamedTuple):
    """One edge of a path: a node computed from the one before.

    Attributes:
        source: the name of the node it leads from.
        target: the name of the node it leads to.
        partial: the local derivative of target by source.
        formula: that derivative as LaTeX, from the table.
    """

    source: str
    target: str
    partial: float
    formula: str


class Way(NamedTuple):
    """The beginning of a path, as a linked list, so that paths share what they have in common."""

    product: float
    node: Value
    partial: float
    position: int
    before: "Way | None"


@dataclass(frozen=True)
class Explanation:
    """Why a gradient is what it is.

    Attributes:
        output: the name of what is differentiated.
        input: the name of what it is differentiated by.
        gradient: the derivative.
        count: how many paths there are.
        paths: the listed ones, the largest product first.
    """

    output: str
    input: str
    gradient: float
    count: int
    paths: tuple[tuple[Step, ...], ...]

    def products(self) -> list[float]:
        """Return the product of local derivatives along each listed path."""
        return [math.prod(step.partial for step in path) for path in self.paths]

    def __str__(self) -> str:
        ways = "1 path" if self.count == 1 else f"the sum of {counted(self.count)} paths"
        gradient = f"∂{self.output}/∂{self.input} = {number(self.gradient)}"
        rows = [f"{gradient}, {ways if self.count else 'no path'}"]
        for path, product in zip(self.paths, self.products(), strict=True):
            route = " → ".join(abridged([self.input, *(step.target for step in path)]))
            factors = " × ".join(abridged([number(step.partial) for step in path]))
            rows.append(f"  {signed(product):>10}  {route}  = {factors}")
        left = self.count - len(self.paths)
        if left:
            rest = self.gradient - added(self.products())
            rows.append(f"  {signed(rest):>10}  {counted(left)} more paths")
        return "\n".join(rows)

    def latex(self) -> str:
        """Return the chain rule as LaTeX, with the numbers filled in."""
        whole = fraction(self.output, self.input)
        lines = [rf"{whole} &= {latex_number(self.gradient)}"]
        for i, (path, product) in enumerate(zip(self.paths, self.products(), strict=True)):
            if i == IN_LATEX:
                break
            symbols = r"\,".join(fraction(s.target, s.source) for s in reversed(path))
            numbers = r" \cdot ".join(bracketed(s.partial) for s in reversed(path))
            sign = "=" if i == 0 else "+"
            lines.append(
                rf"&{sign} \underbrace{{{symbols}}}_{{{numbers} \,=\, {latex_number(product)}}}"
            )
        left = self.count - min(len(self.paths), IN_LATEX)
        if left:
            lines.append(rf"&+ \cdots \quad (\text{{{counted(left)} more paths}})")
        steps = {s: None for path in self.paths[:IN_LATEX] for s in path}
        lines += map(definition, steps)
        body = " \\\\\n".join(lines)
        return f"\\begin{{aligned}}\n{body}\n\\end{{aligned}}"

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle\n{self.latex()}\n$"

    def __repr__(self) -> str:
        return str(self)


def explain(y: Value, x: Value, labels: Mapping[str, object] | None = None) -> Explanation:
    """Return the paths from x to y, and the product of local derivatives along each.

    All paths are counted; the twenty with the largest products are listed.  All together sum to
    the gradient.

    Args:
        y: what is differentiated.
        x: what it is differentiated by: a leaf, or a node on the way.
        labels: names to their Values, such as `locals()`.

    Raises:
        TypeError: when y or x is no Value.
        StaleGraphError: when the graph is older than a change of one of its leaves.

    >>> x = Value(3.0, label="x")
    >>> y = x * x + x
    >>> print(explain(y, x))
    ∂y/∂x = 7, the sum of 3 paths
              +3  x → v1 → y  = 3 × 1
              +3  x → v1 → y  = 3 × 1
              +1  x → y  = 1
    """
    for value in (y, x):
        if not isinstance(value, Value):
            raise TypeError(f"expected a Value, got {errors.shorten(value)}")
    between = Paths([y], [x])
    names = name_all(between.order, x, y, labels or {})
    counts, ways = count_and_list(between.order, x)
    (gradient,) = pullback(between, [(y, 1.0)])
    listed = nlargest(LISTED, ways.get(y, []), key=lambda way: abs(way.product))
    return Explanation(
        names[y],
        names[x],
        gradient,
        counts.get(y, 0),
        tuple(steps_of(way, names) for way in listed),
    )


def count_and_list(
    order: Sequence[Value], x: Value
) -> tuple[dict[Value, int], dict[Value, list[Way]]]:
    """Return, for each node, how many paths lead to it from x, and the largest of them.

    A path's product at a node is its product at the parent times one partial, so the largest
    twenty at a node are among the largest twenty at each of its parents.
    """
    counts = {x: 1}
    ways: dict[Value, list[Way]] = {x: [Way(1.0, x, 1.0, 0, None)]}
    for node in order:
        if node is x:
            continue
        positions = [i for i, operand in enumerate(node.operands) if type(operand) is not float]
        found: list[Way] = []
        counts[node] = 0
        for position, (parent, partial) in zip(positions, local_partials(node), strict=True):
            counts[node] += counts.get(parent, 0)
            found += [
                Way(way.product * partial, node, partial, position, way)
                for way in ways.get(parent, ())
            ]
        ways[node] = nlargest(LISTED, found, key=lambda way: abs(way.product))
    return counts, ways


def steps_of(way: Way, names: Mapping[Value, str]) -> tuple[Step, ...]:
    """Return a path as steps, from x on."""
    steps: list[Step] = []
    while way.before is not None:
        written = local_formula(way.node, way.position, names)
        steps.append(Step(names[way.before.node], names[way.node], way.partial, written))
        way = way.before
    return tuple(reversed(steps))


def local_formula(node: Value, position: int, names: Mapping[Value, str]) -> str:
    """Return a local derivative as LaTeX, read from the table on the names of the operands."""
    if node.rule is None:
        return r"\text{given}"
    words = [
        latex_number(operand) if type(operand) is float else latex_name(names.get(operand, "c"))
        for operand in node.operands
    ]
    formulas = partial_formulas(node.rule, len(words))
    return latex(formulas[position], words, latex_name(names[node]))


def name_all(
    order: Sequence[Value], x: Value, y: Value, labels: Mapping[str, object]
) -> dict[Value, str]:
    """Return a name for every node on the way, and for what stands beside it in formulas."""
    given = {value: name for name, value in labels.items() if isinstance(value, Value)}
    names: dict[Value, str] = {}
    beside = (parent for node in order for parent in node.parents)
    for node in (x, *order, y, *beside):
        label = node.label if node.label is not None else given.get(node)
        if node not in names:
            fallback = "y" if node is y else "x" if node is x else None
            names[node] = plain(label) if label else fallback or f"v{len(names)}"
    return names


def abridged(words: list[str], most: int = 12) -> list[str]:
    """Return a long list of words with its middle left out."""
    if len(words) <= most:
        return words
    half = most // 2
    return [*words[:half], f"… {len(words) - 2 * half} more …", *words[-half:]]


def added(terms: Sequence[float]) -> float:
    """Return an exact sum, or what floats give where it is not finite."""
    try:
        return math.fsum(terms)
    except (OverflowError, ValueError):
        return sum(terms)


def definition(step: Step) -> str:
    """Return the line that says what a local derivative is."""
    value = latex_number(step.partial)
    formula = [] if step.formula == value else [step.formula]
    return rf"{fraction(step.target, step.source)} &= {' = '.join([*formula, value])}"


def fraction(output: str, input: str) -> str:
    return rf"\frac{{\partial {latex_name(output)}}}{{\partial {latex_name(input)}}}"


def bracketed(x: float) -> str:
    text = latex_number(x)
    return f"({text})" if text.startswith("-") else text
