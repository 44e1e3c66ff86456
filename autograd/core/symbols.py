"""Symbols: arguments on which a partial derivative is read as a formula instead of a number."""

from collections.abc import Sequence
from typing import Any, NoReturn

from autograd import primitives
from autograd.core.primitive import Primitive

__all__ = ["Symbol", "partial_formulas"]


class Symbol:
    """A name, or a primitive applied to symbols and numbers.

    It has a Value's recording hook and operators, and no number.

    >>> x, y = Symbol("x"), Symbol("y")
    >>> x * y + 2.0
    add(mul(x, y), 2.0)
    """

    __slots__ = ("name", "operands", "rule")

    def __init__(
        self, name: str = "", rule: Primitive | None = None, operands: Sequence[Any] = ()
    ) -> None:
        self.name = name
        self.rule = rule
        self.operands = tuple(operands)

    @staticmethod
    def __autograd_record__(rule: Primitive, operands: Sequence[Any]) -> "Symbol":
        """Return the symbol of rule(*operands)."""
        return Symbol("", rule, operands)

    def __repr__(self) -> str:
        if self.rule is None:
            return self.name
        return f"{self.rule.name}({', '.join(map(repr, self.operands))})"

    def __add__(self, other: Any) -> Any:
        return primitives.add(self, other)

    def __radd__(self, other: Any) -> Any:
        return primitives.add(other, self)

    def __sub__(self, other: Any) -> Any:
        return primitives.sub(self, other)

    def __rsub__(self, other: Any) -> Any:
        return primitives.sub(other, self)

    def __mul__(self, other: Any) -> Any:
        return primitives.mul(self, other)

    def __rmul__(self, other: Any) -> Any:
        return primitives.mul(other, self)

    def __neg__(self) -> Any:
        return primitives.neg(self)

    def __bool__(self) -> NoReturn:
        raise TypeError("a partial cannot branch on a number: choose with where or step")

    def __lt__(self, other: Any) -> NoReturn:
        bool(self)
        raise AssertionError  # pragma: no cover - bool raises

    __le__ = __gt__ = __ge__ = __lt__


def partial_formulas(rule: Primitive, operands: int | None = None) -> list[Any]:
    """Return the rule's partials as formulas in z (the output) and x0, x1, ... (the operands).

    Args:
        rule: a primitive.
        operands: how many operands, for a variadic rule.

    Returns:
        One Symbol or float per operand.

    >>> partial_formulas(primitives.tanh)
    [sech2(x0)]
    >>> partial_formulas(primitives.total, 2)
    [1.0, 1.0]
    """
    count = len(rule.partials) if operands is None or not rule.variadic else operands
    xs = [Symbol(f"x{i}") for i in range(count)]
    return rule.partials_at(Symbol("z"), xs, [True] * count)
