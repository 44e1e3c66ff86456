"""Operators: comparisons, `x.tanh()`, and how a result of odd operands is recorded.

What is out of the ordinary (debug mode, odd numbers, a user's own rule) happens here in both
engines; the native one has the rest in C.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from autograd import errors
from autograd.backward import compute
from autograd.core.caller import user_line
from autograd.core.clock import clock
from autograd.core.debugging import alarms, debug_enabled
from autograd.core.ieee754 import as_float
from autograd.core.modes import modes, unusual
from autograd.core.node import Node
from autograd.core.primitive import Primitive

if TYPE_CHECKING:
    from autograd.value import Value

__all__ = ["comparison", "foreign", "method", "record_with_care", "without_modulus"]


def foreign(other: object) -> bool:
    """Whether `other` is no number, but of a type whose own operators may know what to do."""
    kind = type(other)
    number = hasattr(kind, "__float__") or isinstance(other, complex)
    return not number and not hasattr(kind, "__len__") and hasattr(kind, "__radd__")


def record_with_care(kind: Any, rule: Primitive, operands: Sequence[Any]) -> Any:
    """Return the Value of rule(*operands), whatever the operands, the rule and the modes are.

    Args:
        kind: the class Value.
        rule: what to apply.
        operands: Values and any real numbers.
    """
    operands = tuple([x if isinstance(x, Node) else as_float(x) for x in operands])
    node = object.__new__(kind)
    node._source = user_line() if modes.debugging else None
    recording = modes.recording
    waiting = alarms.waiting if recording and debug_enabled() else None
    node._data = compute(rule, operands, node._source, waiting is not None)
    node._grad = None
    node._operands = operands if recording else ()
    node._rule = rule if recording else None
    node._stamp = clock.now
    node._mark = None
    node._scope = modes.scope
    node.label = None
    if waiting is not None:
        waiting.note(node)
    return node


def comparison(name: str) -> Callable[[Any, object], bool]:
    """Return the method `__name__`: by number, and told to the trace that is being made."""
    compare = getattr(float, f"__{name}__")

    def compared(self: Any, other: Any) -> Any:
        if isinstance(other, Node):
            outcome = compare(self._data, other._data)
        else:
            if not isinstance(other, int | float):
                if not hasattr(type(other), "__float__"):
                    return NotImplemented
                other = as_float(other)
            outcome = compare(self._data, other)
        if unusual.blocks and modes.tracer is not None:
            modes.tracer.guard(name, self, other, outcome)
        return outcome

    compared.__name__ = f"__{name}__"
    return compared


def method(rule: Primitive) -> Callable[..., "Value"]:
    """Return the method `self.rule(...)`; further operands follow self."""

    def apply(self: Any, *others: Any) -> Any:
        return rule(self, *others)

    apply.__name__ = rule.name
    apply.__doc__ = f"Return autograd.{rule.name}(self, ...)."
    return apply


def without_modulus(power: Callable[[Any, Any], "Value"]) -> Callable[..., "Value"]:
    """Return the method for `self ** other`, which takes no modulus as that of an int does."""

    def pow_without_modulus(self: Any, other: Any, modulus: Any = None) -> Any:
        if modulus is not None:
            raise TypeError(errors.MODULUS)
        return power(self, other)

    return pow_without_modulus
