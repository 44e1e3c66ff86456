"""The table as JavaScript: each forward function as the explorer computes it in the browser.

The partials are not written here: they are read off the table, on symbols.  So the browser computes
what Python computes; tests hold the two to 4 units in the last place.
"""

from importlib import resources
from typing import Any

from autograd.core.symbols import Symbol, partial_formulas
from autograd.primitives import SMALLEST, TABLE, Primitive

__all__ = ["FORWARD", "VARIADIC_PARTIALS", "static_text", "table_module"]

# One function per row.  They may use one another, and erf and erfc of static/special.mjs.
FORWARD: dict[str, str] = {
    "identity": "(x) => x",
    "add": "(x, y) => x + y",
    "sub": "(x, y) => x - y",
    "mul": "(x, y) => x * y",
    "div": "(x, y) => x / y",
    "neg": "(x) => -x",
    "abs": "(x) => Math.abs(x)",
    "weigh": "(a, p) => (a === 0 ? 0 : a * p)",
    # IEEE 754 has 1 where JavaScript has NaN: 1^nan, and (±1)^±∞.
    "pow": "(x, y) => (x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : Math.pow(x, y))",
    "sqrt": "(x) => Math.sqrt(x) + 0",  # the root of −0 is +0
    "exp": "(x) => Math.exp(x)",
    "expm1": "(x) => Math.expm1(x)",
    "log": "(x) => Math.log(x)",
    "log1p": "(x) => Math.log1p(x)",
    "sin": "(x) => Math.sin(x)",
    "cos": "(x) => Math.cos(x)",
    "tan": "(x) => Math.tan(x)",
    "asin": "(x) => Math.asin(x)",
    "acos": "(x) => Math.acos(x)",
    "atan": "(x) => Math.atan(x)",
    "atan2": "(x, y) => Math.atan2(x, y)",
    "hypot": """(x, y) => {
    const [a, b] = [Math.abs(x), Math.abs(y)];
    if (a === Infinity || b === Infinity) return Infinity;
    const [small, large] = a > b ? [b, a] : [a, b];
    if (large === 0) return small + large;
    const ratio = small / large;
    return large * Math.sqrt(1 + ratio * ratio);
  }""",
    "sinh": "(x) => Math.sinh(x)",
    "cosh": "(x) => Math.cosh(x)",
    "tanh": "(x) => Math.tanh(x)",
    "sech2": """(x) => {
    const e = Math.exp(-2 * Math.abs(x));
    return (4 * e) / ((1 + e) * (1 + e));
  }""",
    "sigmoid": """(x) => {
    if (x >= 0) return 1 / (1 + Math.exp(-x));
    const e = Math.exp(x);
    return e / (1 + e);
  }""",
    "softplus": "(x) => (x > 0 ? x : 0) + Math.log1p(Math.exp(-Math.abs(x)))",
    "relu": "(x) => (x <= 0 ? 0 : x)",
    "leaky_relu": "(x, slope) => (x > 0 ? x : slope * x)",
    "elu": "(x, alpha) => (x > 0 ? x : alpha * Math.expm1(x))",
    "gelu": "(x) => weigh(0.5 * erfc(-x * Math.sqrt(0.5)), x)",
    "silu": "(x) => weigh(sigmoid(x), x)",
    "erf": "special.erf",
    "erfc": "special.erfc",
    "step": "(x) => (x > 0 ? 1 : x <= 0 ? 0 : x)",
    "same": "(x, y) => (x === y ? 1 : x === x && y === y ? 0 : NaN)",
    "where": "(c, x, y) => (c > 0 ? x : y)",
    "total": "(...xs) => xs.reduce((sum, x) => sum + x, 0)",
    "dot": """(...xs) => {
    const half = xs.length / 2;
    let sum = half ? -0 : 0;
    for (let i = 0; i < half; i++) sum += xs[i] * xs[half + i];
    return sum;
  }""",
    "maximum": "(...xs) => xs.reduce((z, x) => (x > z || x !== x ? x : z))",
    "minimum": "(...xs) => xs.reduce((z, x) => (x < z || x !== x ? x : z))",
    "logsumexp": """(...xs) => {
    const largest = maximum(...xs);
    if (!Number.isFinite(largest)) return largest;
    return largest + Math.log(total(...xs.map((x) => Math.exp(x - largest))));
  }""",
    "share": "(x, z) => (x === z ? (x === -Infinity ? 0 : 1) : Math.exp(x - z))",
}

# What the partials below are made of, beside the rows.
INNER: dict[str, str] = {
    "datan": """(x) => {
    const q = 1 + x * x;
    return q !== Infinity ? 1 / q : 1 / x / x;
  }""",
    "over": """(x, y) => {
    if (y === 0) return y;
    return y === Infinity && Math.abs(x) === Infinity ? Math.sign(x) : x / y;
  }""",
}

TIES = """(z, xs) => {
    const hits = xs.map((x) => same(x, z));
    return hits.map((hit) => div(hit, total(...hits)));
  }"""

# A variadic row's one partial is a loop over its operands, which symbols cannot show.
VARIADIC_PARTIALS: dict[str, str] = {
    "total": "(z, xs) => xs.map(() => 1)",
    "dot": "(z, xs) => [...xs.slice(xs.length / 2), ...xs.slice(0, xs.length / 2)]",
    "maximum": TIES,
    "minimum": TIES,
    "logsumexp": """(z, xs) => {
    const parts = xs.map((x) => share(x, z));
    const whole = maximum(total(...parts), SMALLEST);
    return parts.map((part) => div(part, whole));
  }""",
}

INFIX = {"add": "+", "sub": "-", "mul": "*", "div": "/"}


def table_module() -> str:
    """Return the text of an ES module that exports `table`.

    `table.mul.forward([x, y])` is the product, `table.mul.partials(z, [x, y])` the list of its
    partial derivatives by each operand, with z the product.
    """
    functions = "\n".join(
        f"  const {name} = {text};" for name, text in {**FORWARD, **INNER}.items()
    )
    functions = f"  const SMALLEST = {SMALLEST!r};\n{functions}"
    rows = "\n".join(row_text(row) for row in TABLE.values())
    special = static_text("special.mjs").replace("export function", "function")
    return (
        "// Written by autograd/drawing/javascript.py.\n"
        f"const special = (() => {{\n{special}\nreturn {{ erf, erfc }};\n}})();\n\n"
        f"export const table = (() => {{\n{functions}\n  return {{\n{rows}\n  }};\n}})();\n"
    )


def row_text(row: Primitive) -> str:
    """Return one row of the table."""
    partials = VARIADIC_PARTIALS[row.name] if row.variadic else fixed_partials(row)
    return f"    {row.name}: {{ forward: (xs) => {row.name}(...xs), partials: {partials} }},"


def fixed_partials(row: Primitive) -> str:
    """Return a function of the output and the list of operands that lists the partials."""
    formulas = partial_formulas(row)
    names = ", ".join(f"x{i}" for i in range(len(formulas)))
    return f"(z, [{names}]) => [{', '.join(map(expression, formulas))}]"


def expression(formula: Any) -> str:
    """Return a formula over the table's rows as JavaScript.

    >>> x = Symbol("x")
    >>> print(expression(-(x * 2.0)))
    -(x * 2.0)
    """
    if not isinstance(formula, Symbol):
        return repr(float(formula))
    if formula.rule is None:
        return formula.name
    name, operands = formula.rule.name, [expression(x) for x in formula.operands]
    if name == "neg":
        return f"-{operands[0]}" if operands[0][0] != "-" else f"-({operands[0]})"
    if name in INFIX:
        return f"({operands[0]} {INFIX[name]} {operands[1]})"
    return f"{name}({', '.join(operands)})"


def static_text(name: str) -> str:
    """Return a file of the folder `static`."""
    return resources.files("autograd.drawing").joinpath("static", name).read_text("utf-8")
