"""Value: a number that records its parents and its local derivative rule.

A leaf is a number someone chose; every other Value is a primitive applied to operands.  The graph
is nothing but these references, from results to operands: it has no cycles, so it is freed the
moment the last result is dropped.
"""

from collections.abc import Callable, Sequence
from typing import Any, Self, TypeVar

from autograd import backward, errors, primitives, toposort
from autograd.core.backend import native
from autograd.core.caller import user_line
from autograd.core.clock import clock
from autograd.core.identity_list import IdentityTuple
from autograd.core.ieee754 import as_float
from autograd.core.modes import modes, unusual
from autograd.core.node import Node, Real
from autograd.core.operators import (
    foreign,
    method,
    record_with_care,
    without_modulus,
)
from autograd.core.precomputed import Precomputed
from autograd.core.primitive import Primitive
from autograd.core.value_methods import ValueMethods, tell

__all__ = ["Value", "detach"]

Class = TypeVar("Class", bound=type)
new = object.__new__


def engine_class(reference: Class) -> Class:
    """Return the class in C where it was built, else the one in Python: here one is chosen."""
    return reference if native is None else native.value_type(reference)


def infix(rule: Primitive) -> Callable[[Any, Real], "Value"]:
    """Return the method for `self ∘ other`: `record`, written out for two operands."""
    forward = rule.forward

    def operate(self: Any, other: Real) -> Any:
        if unusual.blocks:
            return NotImplemented if foreign(other) else record(rule, (self, other))
        if isinstance(other, Node):
            data = forward(self._data, other._data)
        else:
            if other.__class__ is not float:
                if foreign(other):
                    return NotImplemented
                other = as_float(other)
            data = forward(self._data, other)
        node = new(Value)
        node._data = data
        node._grad = None
        node._first = self
        node._second = other
        node._rule = rule
        node._stamp = clock.now
        node._mark = None
        node._scope = modes.scope if unusual.scoped else 0
        node._source = None
        node.label = None
        return node

    return operate


def reflected(rule: Primitive) -> Callable[[Any, Real], "Value"]:
    """Return the method for `other ∘ self` where other is not a Value."""

    def operate(self: Any, other: Real) -> Any:
        return NotImplemented if foreign(other) else record(rule, (as_float(other), self))

    return operate


def record(rule: Primitive, operands: Sequence[Any]) -> Any:
    """Return the Value of rule(*operands), recorded unless in `no_grad()`."""
    ordinary = rule.trusted and not unusual.blocks
    if not ordinary or not {float, Value}.issuperset(map(type, operands)):
        return record_with_care(Value, rule, operands)
    node = new(Value)
    node._data = rule.forward(*[x if x.__class__ is float else x._data for x in operands])
    node._grad = None
    node._first, node._second = operands if len(operands) == 2 else (tuple(operands), None)
    node._rule = rule
    node._stamp = clock.now
    node._mark = None
    node._scope = modes.scope if unusual.scoped else 0
    node._source = None
    node.label = None
    return node


def require_value(x: object) -> Any:
    if not isinstance(x, Node):
        raise TypeError(f"expected parents to be Values, got a {type(x).__name__}")
    return x


@engine_class
class Value(ValueMethods):
    """A number that records how it was computed.

    Args:
        data: any real number: int, float, bool, Fraction, NumPy scalar.
        parents: the Values it was computed from, when the caller computed it.
        partials: the derivative of data by each parent, as numbers or as Values.
        label: a name for messages and pictures.

    Raises:
        TypeError: when data is no real number: a str, a complex, None, an array, a Value.
        ValueError: when parents and partials differ in length.

    >>> a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    >>> y = a * b + a ** 2
    >>> y.backward()
    >>> y.data, a.grad, b.grad
    (-2.0, 1.0, 2.0)
    """

    __slots__ = (
        "_data", "_first", "_grad", "_mark", "_rule", "_scope", "_second", "_source", "_stamp",
        "label",
    )  # fmt: skip

    def __init__(
        self,
        data: Real,
        parents: Sequence[Any] = (),
        partials: Sequence[Any] = (),
        *,
        label: str | None = None,
    ) -> None:
        self._data = as_float(data)
        self._grad = None
        self._operands = ()
        self._rule = None
        self._stamp = clock.now
        self._mark = None
        self._scope = modes.scope
        self._source = None
        self.label = label
        if len(parents) != len(partials):
            raise ValueError(errors.given_partials(len(parents), len(partials)))
        if parents and modes.recording:
            self._operands = tuple(require_value(x) for x in parents)
            self._rule = Precomputed(partials)
            self._source = user_line() if modes.debugging else None

    # The hook by which a Primitive recognises what records.
    __autograd_record__ = staticmethod(record)

    @property
    def _operands(self) -> tuple[Any, ...]:
        if self._second is None:
            return self._first  # type: ignore[no-any-return]
        return (self._first, self._second)

    @_operands.setter
    def _operands(self, operands: tuple[Any, ...]) -> None:
        self._first, self._second = operands if len(operands) == 2 else (operands, None)

    # -- what it is -------------------------------------------------------------------------------

    @property
    def data(self) -> float:
        """The number.  A leaf's can be assigned; what rests on it is then stale until refresh()."""
        if unusual.blocks:
            tell(self, "data")
        return self._data

    @data.setter
    def data(self, number: Real) -> None:
        if self._operands:
            raise AttributeError(errors.interior_data(toposort.describe(self)))
        tell(self, "assign")
        number = as_float(number)
        self._stamp = clock.tick()
        self._data = number

    @property
    def grad(self) -> float:
        """The derivative of the last `backward()`'s result by this Value; leaves add up passes."""
        if unusual.blocks:
            tell(self, "grad")
        return 0.0 if self._grad is None else self._grad

    @grad.setter
    def grad(self, number: Real) -> None:
        if unusual.blocks:
            tell(self, "clear")
        self._grad = None if number is None else as_float(number)

    @property
    def reached(self) -> bool:
        """Whether grad is a result of backward: "not computed" is not 0."""
        if unusual.blocks:
            tell(self, "grad")
        return self._grad is not None

    @property
    def operands(self) -> tuple[Any, ...]:
        """The rule's arguments in order, Values and floats; () for a leaf."""
        return IdentityTuple(self._operands) if self._operands else ()

    @property
    def parents(self) -> tuple[Any, ...]:
        """The Values among the operands, in order, duplicates kept."""
        return IdentityTuple(x for x in self._operands if type(x) is not float)

    # -- what it does -----------------------------------------------------------------------------

    def backward(self, seed: Real = 1.0) -> None:
        """Apply the chain rule from this Value down to every leaf.

        Leaves add this pass to their `grad`; interior nodes hold this pass alone.

        Args:
            seed: the derivative of what you are after by this Value.

        Raises:
            StaleGraphError: when a leaf was assigned after the graph was recorded.

        >>> x = Value(3.0)
        >>> (x * x * x).backward()
        >>> x.grad
        27.0
        """
        tell(self, "backward")
        backward.backward(self, as_float(seed))

    def refresh(self) -> Self:
        """Recompute the recorded graph in place after leaves were assigned; return self.

        >>> x = Value(3.0)
        >>> y = x * x
        >>> x.data = 5.0
        >>> y.refresh().data
        25.0
        """
        tell(self, "refresh")
        backward.refresh(self)
        return self

    def zero_grad(self) -> None:
        """Set the grad of this Value, and of all it rests on, to "not computed"."""
        tell(self, "clear")
        backward.zero_grad(self)

    def detach(self) -> "Value":
        """Return a new leaf with this number."""
        if modes.tracer is not None:
            return modes.tracer.detached(self)  # type: ignore[no-any-return]
        return Value(self._data)

    # -- operators --------------------------------------------------------------------------------

    __add__ = infix(primitives.add)
    __sub__ = infix(primitives.sub)
    __mul__ = infix(primitives.mul)
    __truediv__ = infix(primitives.div)
    __pow__ = without_modulus(infix(primitives.pow))
    __rsub__ = reflected(primitives.sub)
    __rmul__ = reflected(primitives.mul)
    __rtruediv__ = reflected(primitives.div)
    __rpow__ = reflected(primitives.pow)
    __neg__ = method(primitives.neg)
    __abs__ = method(primitives.abs)

    def __radd__(self, other: Real) -> Any:
        # `sum` starts at the int 0, which adds nothing, not even a node.
        if type(other) is int and other == 0:
            return self
        return NotImplemented if foreign(other) else record(primitives.add, (other, self))

    def __pos__(self) -> Self:
        return self


def detach(x: Any) -> Any:
    """Return a new leaf with the number of a Value; a plain number as a float.

    >>> x = Value(3.0)
    >>> y = x * detach(x)
    >>> y.backward()
    >>> x.grad
    3.0
    """
    return x.detach() if isinstance(x, Value) else as_float(x)
