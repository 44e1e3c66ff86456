"""Arithmetic typed on a command line, read by `ast` against a whitelist: nothing is executed.

An expression holds numbers, names, + - * / **, parentheses, calls of the table's primitives, and
lists as arguments of those.
"""

import ast
import difflib
import sys
import warnings
from collections.abc import Mapping
from typing import Any

from autograd import primitives
from autograd.errors import ExpressionError, shorten
from autograd.primitives import TABLE, Primitive
from autograd.value import Value

__all__ = ["Expression"]

OPERATORS: dict[type, Primitive] = {
    ast.Add: primitives.add,
    ast.Sub: primitives.sub,
    ast.Mult: primitives.mul,
    ast.Div: primitives.div,
    ast.Pow: primitives.pow,
}
# Characters, and operations within operations, that are read.
LONGEST = 10_000
LARGEST = int(sys.float_info.max)
DEEPEST = 300


class Expression:
    """An arithmetic expression that can be evaluated on Values.

    Args:
        text: such as "tanh(w*x + b)".

    Raises:
        ExpressionError: one line that says what cannot be read, and where.

    >>> Expression("tanh(w*x + b)").names
    ['w', 'x', 'b']
    """

    def __init__(self, text: str) -> None:
        self.text = text.strip()
        self.tree = parse(self.text)
        self.names: list[str] = []
        self.validate(self.tree)

    def validate(self, node: ast.expr) -> None:
        """Collect the names below a node; raise ExpressionError at what is not allowed."""
        match node:
            case ast.Constant(value=bool() | complex() | str() | bytes() | None):
                self.refuse(node, "is no real number")
            case ast.Constant(value=int() as number) if abs(number) > LARGEST:
                self.refuse(node, "is too large for a float: give a name the number inf")
            case ast.Constant(value=int() | float()):
                pass
            case ast.Name(id=name):
                if name not in self.names:
                    self.names.append(name)
            case ast.BinOp() if type(node.op) in OPERATORS:
                self.validate(node.left)
                self.validate(node.right)
            case ast.UnaryOp(op=ast.USub() | ast.UAdd()):
                self.validate(node.operand)
            case ast.Call(func=ast.Name(id=name), keywords=[]):
                self.validate_call(node, name)
            case _:
                self.refuse(
                    node, "is not allowed here: use numbers, names, + - * / ** and functions"
                )

    def validate_call(self, node: ast.Call, name: str) -> None:
        """Validate a function's name and its arguments, which may be lists."""
        if name not in TABLE:
            close = difflib.get_close_matches(name, TABLE, n=1)
            hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(sorted(TABLE))}"
            self.refuse(node.func, f"is no known function: {hint}")
        for argument in node.args:
            elements = argument.elts if isinstance(argument, ast.List | ast.Tuple) else [argument]
            for element in elements:
                self.validate(element)

    def refuse(self, node: ast.AST, problem: str) -> None:
        """Raise ExpressionError naming the part and its column."""
        part = ast.get_source_segment(self.text, node) or ast.unparse(node)
        raise ExpressionError(
            f"{shorten(part)} {problem} (column {getattr(node, 'col_offset', 0) + 1})"
        )

    def __call__(self, values: Mapping[str, Any]) -> Any:
        """Return the expression's value.

        Args:
            values: a number or Value for every name.

        Raises:
            ExpressionError: when a function is called with the wrong arguments.
        """
        try:
            return self.evaluate(self.tree, values)
        except (TypeError, ValueError) as problem:
            raise ExpressionError(str(problem)) from None

    # One return per kind of node is the clearest form.
    def evaluate(self, node: ast.expr, values: Mapping[str, Any]) -> Any:  # noqa: PLR0911
        """Return the value of one node of the syntax tree."""
        match node:
            case ast.Constant(value=number):
                return float(number)  # type: ignore[arg-type]  # validated: an int or a float
            case ast.Name(id=name):
                return values[name]
            case ast.BinOp(left=left, op=operator, right=right):
                operands = self.evaluate(left, values), self.evaluate(right, values)
                return OPERATORS[type(operator)](*operands)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return primitives.neg(self.evaluate(operand, values))
            case ast.UnaryOp(operand=operand):
                return self.evaluate(operand, values)
            case ast.Call(func=ast.Name(id=name), args=args):
                return TABLE[name](*[self.evaluate(arg, values) for arg in args])
            case ast.List(elts=elements) | ast.Tuple(elts=elements):
                return [self.evaluate(element, values) for element in elements]
        raise AssertionError(node)  # pragma: no cover - validate lets nothing else pass


def parse(text: str) -> ast.expr:
    """Return the syntax tree of one expression."""
    if len(text) > LONGEST:
        raise ExpressionError(
            f"the expression has {len(text)} characters, at most {LONGEST} are read"
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of syntax, which end as errors here
            tree = ast.parse(text, mode="eval").body
    except SyntaxError as problem:
        column = f" at column {problem.offset}" if problem.offset else ""
        raise ExpressionError(f"cannot read {shorten(text)}: {problem.msg}{column}") from None
    except (ValueError, MemoryError, RecursionError) as problem:
        raise ExpressionError(
            f"cannot read the expression: {problem or 'nested too deep'}"
        ) from None
    if depth(tree) > DEEPEST:
        raise ExpressionError(f"the expression nests deeper than {DEEPEST} operations")
    return tree


def depth(tree: ast.expr) -> int:
    """Return how many nodes lie one within the other."""
    reached = 0
    level: list[ast.AST] = [tree]
    while level:
        reached += 1
        level = [child for node in level for child in ast.iter_child_nodes(node)]
    return reached


def leaves(expression: Expression, numbers: Mapping[str, float]) -> dict[str, Value]:
    """Return a labelled leaf for every name of the expression.

    Raises:
        ExpressionError: when a name has no number, or a number no name.
    """
    missing = [name for name in expression.names if name not in numbers]
    if missing:
        example = " ".join(f"{name}=1.0" for name in missing)
        raise ExpressionError(f"no number for {', '.join(missing)}: add {example}")
    unknown = [name for name in numbers if name not in expression.names]
    if unknown:
        known = ", ".join(expression.names) or "none"
        raise ExpressionError(f"no {', '.join(unknown)} in the expression; its names are {known}")
    return {name: Value(numbers[name], label=name) for name in expression.names}
