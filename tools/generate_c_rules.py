"""Writes `native/node/rules.h`: the table in C, each derivative as its partial reads on symbols.

Run `python -m tools.generate_c_rules` after a change of the table or of `forward.h`.
"""

import re
from pathlib import Path
from typing import Any

from autograd.core.primitive import Primitive
from autograd.core.symbols import Symbol, partial_formulas
from autograd.primitives import HELPERS, TABLE

__all__ = ["RULES", "text"]

NATIVE = Path(__file__).parent.parent / "autograd" / "native" / "node"
RULES = NATIVE / "rules.h"
KINDS = {1: "UNARY", 2: "BINARY", 3: "TERNARY"}
HEAD = """\
/* The table in C, written by `python -m tools.generate_c_rules`: do not edit.

   Rows are UNARY(name, by x0), BINARY(name, by x0, by x1), TERNARY(...) and VARIADIC(name), where
   z is the output and x0, x1, x2 are the operands.  Whoever includes this file defines the four. */

"""


def formula(x: Any) -> str:
    """Return a partial, read on symbols, as a C expression."""
    if not isinstance(x, Symbol):
        return f"{float(x)!r}"
    if x.rule is None:
        return x.name
    return f"forward_{x.rule.name}({', '.join(map(formula, x.operands))})"


def line(row: Primitive) -> str:
    """Return a row of the table as a line of `rules.h`."""
    if row.variadic:
        return f"VARIADIC({row.name})"
    partials = partial_formulas(row)
    return f"{KINDS[len(partials)]}({', '.join([row.name, *map(formula, partials)])})"


def implemented() -> set[str]:
    """Return the names of the primitives whose forward function there is in C."""
    sources = "".join((NATIVE / name).read_text() for name in ("forward.h", "variadic.c"))
    return set(re.findall(r"^static .*double forward_(\w+)\(", sources, re.MULTILINE))


def text() -> str:
    """Return what `rules.h` ought to hold: a row without a forward function in C is left out."""
    known = implemented()
    rows = (*TABLE.values(), *HELPERS.values())
    return HEAD + "".join(f"{line(row)}\n" for row in rows if row.name in known)


if __name__ == "__main__":
    RULES.write_text(text())
