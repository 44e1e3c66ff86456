"""NumPy's functions of a Value: each calls the primitive of the same meaning."""

import operator
from collections.abc import Callable
from typing import Any

from autograd.core.ieee754 import as_float
from autograd.core.node import Node
from autograd.primitives import TABLE

__all__ = ["array_ufunc"]

# What NumPy calls otherwise.
RENAMED = {
    "absolute": "abs", "arccos": "acos", "arcsin": "asin", "arctan": "atan", "arctan2": "atan2",
    "divide": "div", "multiply": "mul", "negative": "neg", "power": "pow", "subtract": "sub",
}  # fmt: skip
SAME = (
    "add", "cos", "cosh", "exp", "expm1", "hypot", "log", "log1p", "maximum", "minimum", "sin",
    "sinh", "sqrt", "tan", "tanh",
)  # fmt: skip
FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{name: TABLE[name] for name in SAME},
    **{name: TABLE[ours] for name, ours in RENAMED.items()},
    "equal": operator.eq, "not_equal": operator.ne, "less": operator.lt,
    "less_equal": operator.le, "greater": operator.gt, "greater_equal": operator.ge,
    "positive": operator.pos, "conjugate": operator.pos, "square": lambda x: x * x,
}  # fmt: skip


def array_ufunc(self: Node, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
    """Apply a ufunc to Values and real numbers, as NumPy asks a class to.

    Args:
        self: the first Value among the inputs.
        ufunc: NumPy's function.
        method: how it is called; only "__call__" has a meaning for single numbers.
        inputs: its arguments.
        options: its keyword arguments, for which there is no place.

    Raises:
        TypeError: when there is no such primitive, or an input or output is an array.

    >>> from autograd import Value
    >>> import numpy as np
    >>> y = np.exp(Value(0.0))
    >>> y.backward(), y
    (None, Value(data=1.0, grad=1.0))
    """
    name = ufunc.__name__
    function = FUNCTIONS.get(name)
    if "out" in options:
        raise TypeError(
            f"np.{name} would lose the graph of a Value in an array of numbers: write "
            f"y = np.{name}(...) without out=, and y = y + x for y += x"
        )
    if function is None or method != "__call__" or options:
        asked = f"np.{name}" if method == "__call__" else f"np.{name}.{method}"
        told = f" with {', '.join(options)}" if function and options else ""
        raise TypeError(
            f"{asked} of a Value{told} has no derivative rule: write it with the functions of "
            f"autograd, or give it the number, np.{name}(x.data)"
        )
    return function(*[x if isinstance(x, Node) else as_float(x) for x in inputs])
