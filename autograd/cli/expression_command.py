"""`python -m autograd EXPRESSION name=number`: its forward and backward flow, a table or JSON."""

import argparse
import json
from collections.abc import Sequence
from typing import Any

from autograd.checking import Report, check
from autograd.cli.expression import Expression, leaves
from autograd.cli.table import flow, table, to_dict
from autograd.cli.usage_errors import Parser, answered, number
from autograd.drawing.snapshot import finite
from autograd.errors import ExpressionError
from autograd.value import Value

__all__ = ["main"]

USAGE = """\
python -m autograd "tanh(w*x + b)" w=2 x=0.5 b=-1 [--check] [--json] [--draw FILE]
       python -m autograd check package.module:function x=1.5 [--help]
       python -m autograd demo [--help]"""


def main(arguments: Sequence[str]) -> int:
    """Evaluate an expression; return 0 done, 1 a check failed, 2 misuse."""
    options = parser().parse_args([shielded(argument) for argument in arguments])
    return answered("python -m autograd", lambda: show(options))


def parser() -> Parser:
    """Return the parser of the expression command."""
    described = Parser(
        prog="python -m autograd",
        usage=USAGE,
        description="Evaluate an expression and show every step forward and backward.",
        allow_abbrev=False,
    )
    described.add_argument("expression", help='arithmetic in names, such as "x*w + b"')
    described.add_argument("numbers", nargs="*", metavar="name=number", help="one per name")
    described.add_argument(
        "--check", action="store_true", help="compare each gradient with finite differences"
    )
    described.add_argument("--json", action="store_true", help="print JSON instead of a table")
    described.add_argument(
        "--draw", metavar="FILE", help="write a picture: .svg, .png, .pdf, .html, .dot or .json"
    )
    return described


def shielded(argument: str) -> str:
    """Keep argparse from taking an expression such as "-x*2" for an option."""
    dashes = argument.startswith("-") and not argument.startswith("--") and argument != "-h"
    return f" {argument}" if dashes else argument


def show(options: argparse.Namespace) -> int:
    """Print what was asked for; return 1 when a checked gradient failed."""
    expression = Expression(options.expression)
    inputs = leaves(expression, assignments(options.numbers))
    result = expression(inputs)
    if not inputs:
        raise ExpressionError(f"{expression.text!r} = {result!r} has no names to differentiate by")
    result.backward()
    rows = flow(result)
    if options.draw is not None:
        write_picture(result, options.draw)
    report = checked(expression, inputs) if options.check else None
    if options.json:
        print(json.dumps(finite(as_json(expression, rows, report)), indent=2))
    else:
        print(table(rows))
        if report is not None:
            print(f"\n{report}")
    return 1 if report is not None and report.count("FAIL") else 0


def write_picture(result: Value, path: str) -> None:
    """Write the picture of a result; misuse of the file name is an ExpressionError."""
    from autograd.drawing.draw import draw  # noqa: PLC0415 - only for pictures

    try:
        draw(result).save(path)
    except (ValueError, OSError, ImportError, RuntimeError) as problem:
        raise ExpressionError(f"cannot draw to {path}: {problem}") from None


def assignments(arguments: Sequence[str]) -> dict[str, float]:
    """Return the numbers in arguments of the form name=number."""
    numbers: dict[str, float] = {}
    for argument in arguments:
        name, equals, text = argument.strip().partition("=")
        if not equals or not name.isidentifier():
            raise ExpressionError(f"expected name=number, got {argument!r}")
        if name in numbers:
            raise ExpressionError(f"{name} is given twice")
        numbers[name] = number(name, text)
    return numbers


def checked(expression: Expression, inputs: dict[str, Any]) -> Report:
    """Return the finite-difference verdict on the gradient by every name."""
    return check(lambda: expression(inputs), (), wrt=list(inputs.values()))


def as_json(expression: Expression, rows: Sequence[Any], report: Report | None) -> dict[str, Any]:
    """Return what --json prints."""
    result: dict[str, Any] = {
        "expression": expression.text,
        "value": rows[-1].data,
        "nodes": to_dict(rows),
    }
    if report is not None:
        result["check"] = [
            {
                "name": p.name,
                "verdict": p.verdict,
                "gradient": p.gradient,
                "reference": p.reference,
                "bound": p.bound,
                "reason": p.reason,
            }
            for p in report.partials
        ]
    return result
