"""The conventions: what the engine answers where calculus alone does not decide.

`tests/core/test_conventions.py` evaluates every row; `make docs` writes them to a page of docs,
which is never edited by hand.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import autograd
import nn
from autograd import Value
from autograd.primitives import TABLE

DOCUMENT = Path(__file__).parent.with_name("docs") / "conventions.md"

inf, nan = math.inf, math.nan
NAMES = {**TABLE, **vars(autograd)}


@dataclass(frozen=True)
class Row:
    """One convention.

    Args:
        expression: Python text in the inputs' names and autograd's functions.
        at: the inputs.
        value: what it gives.
        gradient: its derivative by each input, in order.
        reason: why, and what other libraries do.
    """

    expression: str
    at: Mapping[str, float]
    value: float
    gradient: Sequence[float]
    reason: str

    def evaluate(self) -> tuple[float, list[float]]:
        """Return the engine's value and gradient."""
        leaves = {name: Value(number) for name, number in self.at.items()}
        result: Any = eval(self.expression, {**NAMES, **leaves})
        result.backward()
        return result.data, [leaf.grad for leaf in leaves.values()]


@dataclass(frozen=True)
class Group:
    """Rows that one rule explains."""

    title: str
    rule: str
    rows: list[Row] = field(default_factory=list)


def at(*numbers: float) -> dict[str, float]:
    """Name inputs x, y, z."""
    return dict(zip("xyz", numbers, strict=False))


GROUPS = [
    Group(
        "Kinks and ties",
        "Where the slopes from the left and from the right differ, any number between them is a "
        "subgradient. The engine takes the one of least size when 0 is among them, shares a tie "
        "equally, and otherwise takes the slope from the left.",
        [
            Row("relu(x)", at(0.0), 0.0, [0.0], "As PyTorch and `jax.nn.relu`."),
            Row("relu(x)", at(-0.0), 0.0, [0.0], "Both zeros are one place."),
            Row("abs(x)", at(0.0), 0.0, [0.0], "As PyTorch, Stan and HIPS autograd; JAX says 1."),
            Row("leaky_relu(x)", at(0.0), 0.0, [0.01], "The slope from the left."),
            Row("elu(x)", at(0.0), 0.0, [1.0], "Both sides agree for alpha = 1."),
            Row("elu(x, 2.0)", at(0.0), 0.0, [2.0], "The slope from the left."),
            Row(
                "maximum(x, y)",
                at(3.0, 3.0),
                3.0,
                [0.5, 0.5],
                "As PyTorch, JAX and HIPS autograd; Stan gives all to the second.",
            ),
            Row(
                "maximum(x, y, z)",
                at(1.0, 3.0, 3.0),
                3.0,
                [0.0, 0.5, 0.5],
                "Only those that tie share.",
            ),
            Row(
                "maximum(x, y, z)",
                at(3.0, 3.0, 3.0),
                3.0,
                [1 / 3, 1 / 3, 1 / 3],
                "Each of k gets 1/k.",
            ),
            Row("maximum(x, x)", at(3.0), 3.0, [1.0], "Two halves of one variable."),
            Row(
                "maximum(x, 0.0)",
                at(0.0),
                0.0,
                [0.5],
                "The plain number takes its half; `relu` is the function that does not share.",
            ),
            Row("minimum(x, y)", at(3.0, 3.0), 3.0, [0.5, 0.5], "As `maximum`."),
            Row(
                "maximum(x, y)", at(0.0, -0.0), 0.0, [0.5, 0.5], "The zeros are equal, so they tie."
            ),
            Row(
                "hypot(x, y)",
                at(0.0, 0.0),
                0.0,
                [0.0, 0.0],
                "The tip of a cone: 0 is the subgradient of least size.",
            ),
            Row(
                "sqrt(x * x + y * y)",
                at(0.0, 0.0),
                0.0,
                [nan, nan],
                "The chain rule has ∞·0 here and says so; write `hypot`.",
            ),
        ],
    ),
    Group(
        "Kinks, differentiated again",
        "The first derivative at a kink is the one above. Its own derivatives are those of one "
        "side, so that a smooth function of a kink has its second derivative: of `abs` the right "
        "side, where several tie the first of them, of `relu`, `leaky_relu`, `elu` and `where` the "
        "side that the value is taken from. A jump of the slope counts as flat, as `step` is. The "
        "tip of a cone has no side, and its second derivatives are nan. Rows here show the "
        "derivative of the derivative.",
        [
            Row("grad(lambda x: abs(x) ** 2)(x)", at(0.0), 0.0, [2.0], "x² on both sides."),
            Row("grad(lambda x: maximum(x, -x) ** 2)(x)", at(0.0), 0.0, [2.0], "The same."),
            Row("grad(lambda x: x * abs(x))(x)", at(0.0), 0.0, [2.0], "From the right; −2 left."),
            Row("grad(abs)(x)", at(0.0), 0.0, [0.0], "0 on both sides; the jump is not seen."),
            Row("grad(lambda x: relu(x) ** 2)(x)", at(0.0), 0.0, [0.0], "From the left."),
            Row("grad(lambda x: hypot(x, 0.0))(x)", at(0.0), 0.0, [0.0], "It is `abs(x)`."),
            Row("grad(hypot)(x, y)", at(0.0, 0.0), 0.0, [nan, nan], "The tip of a cone."),
            Row("grad(pow, 1)(x, y)", at(0.0, 2.0), 0.0, [0.0, 0.0], "0ʸ is flat for y > 1."),
        ],
    ),
    Group(
        "Choice",
        "`step`, `same` and the condition of `where` are flat between their jumps: their "
        "derivative is 0 everywhere, at the jumps too. `where(c, x, y)` is x where c > 0, else y, "
        "and the branch that was not taken gets nothing, whatever its own derivative.",
        [
            Row("step(x)", at(0.0), 0.0, [0.0], "0 at zero itself: step(x) is 1 where x > 0."),
            Row("step(x)", at(2.0), 1.0, [0.0], "Flat."),
            Row("same(x, y)", at(3.0, 3.0), 1.0, [0.0, 0.0], "Flat."),
            Row("where(x, y, z)", at(0.0, 5.0, 7.0), 7.0, [0.0, 0.0, 1.0], "0 is not > 0."),
            Row("where(x, y, z)", at(nan, 5.0, 7.0), 7.0, [0.0, 0.0, 1.0], "nan is not > 0."),
            Row(
                "where(x > 0, y, z)",
                at(1.0, 5.0, 7.0),
                5.0,
                [0.0, 1.0, 0.0],
                "A comparison is a bool, which is 1 or 0.",
            ),
            Row(
                "where(x > 0, log(x), 0.0)",
                at(0.0),
                0.0,
                [0.0],
                "No nan from the branch not taken; PyTorch and JAX need a second `where` inside.",
            ),
            Row("where(x > 0, sqrt(x), 0.0)", at(0.0), 0.0, [0.0], "The same."),
        ],
    ),
    Group(
        "Powers",
        "Values are those of IEEE 754's `pow`, so nothing turns complex. x⁰ is 1 for every x, "
        "hence flat.",
        [
            Row("x ** 0", at(0.0), 1.0, [0.0], "As PyTorch; 0·0⁻¹ by formula would be nan."),
            Row("x ** y", at(0.0, 0.0), 1.0, [0.0, 0.0], "Flat to both sides, as PyTorch."),
            Row(
                "x ** y",
                at(nan, 0.0),
                1.0,
                [0.0, nan],
                "IEEE 754: x⁰ is 1 even of nan; its slope by y is log(nan).",
            ),
            Row("0 ** x", at(0.0), 1.0, [0.0], "The same with a plain base."),
            Row("x ** 1", at(0.0), 0.0, [1.0], "1·0⁰ = 1; Stan gives 0 with a variable exponent."),
            Row("x ** 2", at(0.0), 0.0, [0.0], "No case of its own."),
            Row("x ** 0.5", at(0.0), 0.0, [inf], "As `sqrt`."),
            Row("x ** -1", at(0.0), inf, [-inf], "As 1 / x."),
            Row("x ** y", at(0.0, 2.0), 0.0, [0.0, 0.0], "0ʸ is 0 for every y > 0, so flat in y."),
            Row("x ** y", at(0.0, -1.0), inf, [-inf, -inf], "As PyTorch; JAX hides it as 0."),
            Row("x ** 3", at(-2.0), -8.0, [12.0], "A plain exponent never needs log(−2)."),
            Row("x ** -3", at(-2.0), -0.125, [-0.1875], "The same."),
            Row(
                "x ** y",
                at(-2.0, -3.0),
                -0.125,
                [-0.1875, nan],
                "Real at −3 but at no exponent near it; as PyTorch.",
            ),
            Row("x ** (1 / 3)", at(-8.0), nan, [nan], "Never complex."),
        ],
    ),
    Group(
        "Poles and edges of domains",
        "No arithmetic raises an exception. A value that does not exist is nan, one that grows "
        "without bound is inf, and the derivative is its formula, read by the same rules. "
        "`with autograd.debug():` raises instead and names the line: in a function that is "
        "differentiated, compiled or checked when it has returned, unless the number ends in a "
        "branch that a `where` does not take; elsewhere at once, since nobody knows yet what a "
        "`where` will take.",
        [
            Row("1 / x", at(0.0), inf, [-inf], "IEEE 754."),
            Row("1 / x", at(-0.0), -inf, [-inf], "The sign of zero decides."),
            Row("x / y", at(0.0, 0.0), nan, [inf, nan], "By x it is 1/y."),
            Row("sqrt(x)", at(0.0), 0.0, [inf], "The limit from the right, as everywhere."),
            Row("x ** y", at(nan, 2.0), nan, [nan, nan], "nan wins."),
            Row("hypot(x, y)", at(nan, 0.0), nan, [nan, nan], "nan wins."),
            Row("hypot(x, y)", at(inf, 1.0), inf, [1.0, 0.0], "The limit far out."),
            Row("hypot(x, y)", at(inf, -inf), inf, [1.0, -1.0], "Each grows as its own axis."),
            Row("atan2(x, y)", at(1.0, inf), 0.0, [0.0, -0.0], "The limit far out."),
            Row("sqrt(x)", at(-0.0), 0.0, [inf], "The root of −0 is +0, so that its slope is +∞."),
            Row("sqrt(x)", at(-1.0), nan, [nan], "Outside the domain."),
            Row("log(x)", at(0.0), -inf, [inf], "The limit from the right."),
            Row("log(x)", at(-1.0), nan, [-1.0], "1/x exists where log does not; as PyTorch."),
            Row("log1p(x)", at(-1.0), -inf, [inf], "As `log`."),
            Row("asin(x)", at(1.0), math.pi / 2, [inf], "The limit from the left."),
            Row("acos(x)", at(1.0), 0.0, [-inf], "The limit from the left."),
            Row("asin(x)", at(2.0), nan, [nan], "Outside the domain."),
            Row(
                "atan2(x, y)",
                at(0.0, 0.0),
                0.0,
                [nan, nan],
                "The angle of nothing is 0 in IEEE 754, but it has no slope.",
            ),
        ],
    ),
    Group(
        "Large and small numbers",
        "What is finite is computed without overflow on the way, and small results keep their "
        "relative accuracy.",
        [
            Row("exp(x)", at(1000.0), inf, [inf], "Too large for a double."),
            Row("exp(x)", at(-1000.0), 0.0, [0.0], "Too small for a double."),
            Row("x * x", at(1e200), inf, [2e200], "The value overflows, the slope does not."),
            Row("tanh(x)", at(1000.0), 1.0, [0.0], "Not (eˣ − e⁻ˣ)/(eˣ + e⁻ˣ)."),
            Row(
                "tanh(x)",
                at(20.0),
                1.0,
                [1.6993417021166355e-17],
                "tanh rounds to 1, yet its slope is not 0.",
            ),
            Row(
                "sech2(x)",
                at(20.0),
                1.6993417021166355e-17,
                [-3.398683404233271e-17],
                "1 − tanh² would be 0.",
            ),
            Row("sigmoid(x)", at(1000.0), 1.0, [0.0], "Saturated."),
            Row("sigmoid(x)", at(-1000.0), 0.0, [0.0], "No overflow of exp(1000) on the way."),
            Row("softplus(x)", at(1000.0), 1000.0, [1.0], "No overflow of exp(1000) on the way."),
            Row("softplus(x)", at(-1000.0), 0.0, [0.0], "Saturated."),
            Row("silu(x)", at(-inf), 0.0, [0.0], "The limit, not 0·∞."),
            Row("gelu(x)", at(-inf), 0.0, [0.0], "The limit, not 0·∞."),
            Row(
                "logsumexp(x, y)",
                at(1000.0, 1000.0),
                1000.6931471805599,
                [0.5, 0.5],
                "The largest is taken out first.",
            ),
            Row(
                "logsumexp(x, y)",
                at(-inf, -inf),
                -inf,
                [0.0, 0.0],
                "The log of no probability at all; PyTorch, JAX and Stan give nan.",
            ),
            Row("logsumexp(x, y)", at(-inf, 2.0), 2.0, [0.0, 1.0], "−∞ takes no part."),
            Row(
                "logsumexp(x, y)",
                at(2.0, inf),
                inf,
                [0.0, 1.0],
                "As PyTorch's logaddexp; its logsumexp gives nan.",
            ),
            Row(
                "logsumexp(x, y)",
                at(inf, inf),
                inf,
                [0.5, 0.5],
                "Equal operands share equally.",
            ),
        ],
    ),
    Group(
        "nan",
        "A nan is never hidden by an operation that uses it.",
        [
            Row("relu(x)", at(nan), nan, [nan], "micrograd gave a gradient of 0."),
            Row("abs(x)", at(nan), nan, [nan], "The sign of nan is nan."),
            Row("step(x)", at(nan), nan, [0.0], "The value is nan; the slope is 0 everywhere."),
            Row(
                "maximum(x, y)", at(nan, 1.0), nan, [nan, nan], "nan wins, whichever side it is on."
            ),
            Row("maximum(x, y)", at(1.0, nan), nan, [nan, nan], "The same."),
            Row("minimum(x, y)", at(1.0, nan), nan, [nan, nan], "The same."),
            Row("logsumexp(x, y)", at(1.0, nan), nan, [nan, nan], "nan wins."),
        ],
    ),
    Group(
        "Paths that carry nothing",
        "In backward an adjoint of exactly 0 adds 0 to what it reaches, whatever the local "
        "derivative: 0·∞ is 0 there. An adjoint of ∞ is not silenced: ∞·0 is nan.",
        [
            Row("0 * sqrt(x)", at(0.0), 0.0, [0.0], "Nothing flows into sqrt's infinite slope."),
            Row(
                "x + 0 * log(y)",
                at(1.0, 0.0),
                nan,
                [1.0, 0.0],
                "The value is IEEE 754's 0·(−∞); the derivative by y is that of nothing.",
            ),
            Row("x - x", at(3.0), 0.0, [0.0], "1 − 1, an honest 0."),
            Row("log(0 * x)", at(1.0), -inf, [nan], "∞·0: the pole is real, so it shows."),
        ],
    ),
]


@dataclass(frozen=True)
class Fact:
    """What Python itself asks of a Value, and what it gets.

    Args:
        expression: Python text in a and b, two leaves of one number, and in model.
        gives: what it gives.
        reason: why.
    """

    expression: str
    gives: object
    reason: str

    def evaluate(self) -> object:
        """Return what the engine gives."""
        names = {"a": Value(1.0), "b": Value(1.0), "model": nn.MLP(2, [3, 1], seed=0)}
        return eval(self.expression, {**NAMES, **names})


EQUALITY = (
    "Comparisons, `==` among them, are by number: training code asks `loss < best` and "
    "`label == 1`. `hash` is by identity, so sets and dicts keep two Values of one number apart. "
    "Python would have equal objects hash alike; a number that can be assigned cannot be hashed, "
    "and PyTorch decided as we do. What is handed out as a sequence of Values therefore finds them "
    "by identity too: `parameters()` of a module, an optimizer's `parameters`, `parents` and "
    "`operands`. A list of your own compares by number, as every list does: keep Values in a set "
    "or dict, or ask `any(x is y for y in xs)`.\n\n"
    "Below, a and b are two leaves of the number 1, and `model` is `nn.MLP(2, [3, 1])`, whose four "
    "biases are 0."
)

FACTS = [
    Fact("a == b", True, "By number."),
    Fact("a == 1", True, "By number."),
    Fact("a is b", False, "Two leaves."),
    Fact("hash(a) == hash(b)", False, "By identity."),
    Fact("len({a, b})", 2, "A set goes by hash first."),
    Fact("{a: 1, b: 2}[a]", 1, "So does a dict."),
    Fact("b in [a]", True, "A plain list compares by number."),
    Fact("b in (a * 2).parents", False, "It is a, and no other."),
    Fact("a in (a * 2).operands", True, "The same."),
    Fact("(a * a).parents.count(a)", 2, "Duplicates are kept."),
    Fact(
        "[*map(model.parameters().index, model.parameters())] == [*range(13)]",
        True,
        "Each is where it is, equal biases too.",
    ),
    Fact(
        "len(model.parameters() - model.layers[1].parameters())",
        9,
        "Those that are not in the last layer.",
    ),
    Fact(
        "b in [a] + model.parameters()[:3]",
        False,
        "Sums, slices and differences of such a list are such lists again.",
    ),
    Fact("model.parameters() == [*model.parameters()]", True, "Otherwise it is a list."),
]

ROWS = [row for group in GROUPS for row in group.rows]

HEADING = """# Conventions

Calculus leaves some questions open: the slope of |x| at 0, the gradient of a maximum that two
share, the value of 0⁰. IEEE 754 arithmetic opens more: what to do at a pole, with inf, with nan.
Here is every answer that this engine gives.

Each row is a test. This page is written by `make docs` from the table that the tests check,
so it cannot say anything that the engine does not do.
"""


def number(x: float) -> str:
    """A float as a reader writes it.

    >>> number(3.0), number(-math.inf), number(1 / 3)
    ('3', '-inf', '0.3333333333')
    """
    return f"{x:.10g}"


def line(row: Row) -> str:
    """One row of a table in Markdown."""
    inputs = ", ".join(f"{name} = {number(x)}" for name, x in row.at.items())
    gradient = ", ".join(map(number, row.gradient))
    return f"| `{row.expression}` | {inputs} | {number(row.value)} | {gradient} | {row.reason} |"


def section(group: Group) -> str:
    """A heading, the rule, and the table of one group."""
    head = "| expression | at | value | gradient | why |\n|---|---|---|---|---|"
    return "\n".join([f"## {group.title}\n", f"{group.rule}\n", head, *map(line, group.rows)])


def told(fact: Fact) -> str:
    """One row of the last table in Markdown."""
    return f"| `{fact.expression}` | {fact.gives!r} | {fact.reason} |"


def document() -> str:
    """The text of docs/conventions.md."""
    head = "| expression | gives | why |\n|---|---|---|"
    facts = [f"## Equality and identity\n\n{EQUALITY}\n", head, *map(told, FACTS)]
    return "\n".join([HEADING, "\n\n".join([*map(section, GROUPS), "\n".join(facts)]), ""])


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
