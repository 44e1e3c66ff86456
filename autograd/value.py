"""Value: a number that records its parents and its local derivative rule.

A leaf is a number someone chose; every other Value is a primitive applied to operands.  The graph
is nothing but these references, from results to operands: it has no cycles, so it is freed the
moment the last result is dropped.
"""

from collections.abc import Callable, Sequence
from typing import Any, Self

from autograd import copying, errors, primitives, walks
from autograd.given import Given
from autograd.methods import Methods, prefix
from autograd.primitive import Primitive
from autograd.reals import as_float
from autograd.source import user_line
from autograd.state import clock, modes, scopes, unusual

__all__ = ["Value", "detach"]

new = object.__new__
# What an operator may be given besides a Value: an int, a float, a NumPy scalar, a Fraction.
Real = Any


def infix(rule: Primitive) -> Callable[[Any, Real], "Value"]:
    """Return the method for `self ∘ other`: `record`, written out for two operands."""
    forward = rule.forward

    def method(self: Any, other: Real) -> Any:
        if unusual.modes:
            return NotImplemented if foreign(other) else Value.record(rule, (self, other))
        if isinstance(other, Value):
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
        node._operands = (self, other)
        node._rule = rule
        node._stamp = clock.now
        node._mark = None
        node._scope = modes.scope if unusual.scopes else 0
        node._source = None
        node.label = None
        return node

    return method


def reflected(rule: Primitive) -> Callable[[Any, Real], "Value"]:
    """Return the method for `other ∘ self` where other is not a Value."""

    def method(self: Any, other: Real) -> Any:
        return NotImplemented if foreign(other) else Value.record(rule, (as_float(other), self))

    return method


def foreign(other: object) -> bool:
    """Whether `other` is no number, but of a type whose own operators may know what to do."""
    kind = type(other)
    number = hasattr(kind, "__float__") or isinstance(other, complex)
    return not number and not hasattr(kind, "__len__") and hasattr(kind, "__radd__")


def compared(name: str) -> Callable[[Any, object], bool]:
    """Return the comparison method `name`, by value."""
    compare = getattr(float, name)

    def method(self: Any, other: Any) -> Any:
        if isinstance(other, Value):
            return compare(self._data, other._data)
        if not isinstance(other, int | float):
            if not hasattr(type(other), "__float__"):
                return NotImplemented
            other = as_float(other)
        return compare(self._data, other)

    method.__name__ = name
    return method


class Value(Methods):
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
        "_data", "_grad", "_mark", "_operands", "_rule", "_scope", "_source", "_stamp", "label",
    )  # fmt: skip

    # NumPy scalars and arrays leave their operators to ours.
    __array_ufunc__ = None

    def __init__(
        self,
        data: Real,
        parents: Sequence["Value"] = (),
        partials: Sequence[Any] = (),
        *,
        label: str | None = None,
    ) -> None:
        self._data: float = as_float(data)
        self._grad: float | None = None
        self._operands: tuple[Any, ...] = ()
        self._rule: Any = None
        self._stamp = clock.now
        self._mark: object = None
        self._scope = modes.scope
        self._source: str | None = None
        self.label = label
        if len(parents) != len(partials):
            raise ValueError(errors.given_partials(len(parents), len(partials)))
        if parents and modes.recording:
            self._operands = tuple(require_value(x) for x in parents)
            self._rule = Given(partials)

    @staticmethod
    def record(rule: Primitive, operands: Sequence[Any]) -> "Value":
        """Return the Value of rule(*operands), recorded unless in `no_grad()`.

        This is the hook by which a Primitive recognises what records.
        """
        operands = tuple(
            [x if x.__class__ is float or isinstance(x, Value) else as_float(x) for x in operands]
        )
        node = new(Value)
        node._source = user_line() if modes.debugging else None
        node._data = walks.compute(rule, operands, node._source)
        node._grad = None
        recording = modes.recording
        node._operands = operands if recording else ()
        node._rule = rule if recording else None
        node._stamp = clock.now
        node._mark = None
        node._scope = modes.scope
        node.label = None
        return node

    # -- what it is ---------------------------------------------------------------------------

    @property
    def data(self) -> float:
        """The number.  A leaf's can be assigned; what rests on it is then stale until refresh()."""
        return self._data

    @data.setter
    def data(self, number: Real) -> None:
        if self._operands:
            raise AttributeError(errors.interior_data(walks.describe(self)))
        number = as_float(number)
        self._stamp = clock.tick()
        self._data = number

    @property
    def grad(self) -> float:
        """The derivative of the last `backward()`'s result by this Value; leaves add up passes."""
        return 0.0 if self._grad is None else self._grad

    @grad.setter
    def grad(self, number: Real) -> None:
        self._grad = as_float(number)

    @property
    def reached(self) -> bool:
        """Whether grad is a result of backward: "not computed" is not 0."""
        return self._grad is not None

    @property
    def operands(self) -> tuple[Any, ...]:
        """The rule's arguments in order, Values and floats; () for a leaf."""
        return self._operands

    @property
    def parents(self) -> tuple["Value", ...]:
        """The Values among the operands, in order, duplicates kept."""
        return tuple(x for x in self._operands if type(x) is not float)

    @property
    def rule(self) -> Primitive | None:
        """The Primitive that computed it; None for a leaf and where partials were given."""
        return None if isinstance(self._rule, Given) else self._rule

    @property
    def scope(self) -> str:
        """The group it was recorded in, such as "layer1.neuron0"; "" outside every group."""
        return scopes.paths[self._scope]

    def partials(self) -> tuple[float, ...]:
        """Return the local derivatives, one per parent.

        Raises:
            StaleGraphError: when a parent changed after this Value was computed.

        >>> x = Value(3.0)
        >>> (x * x).partials()
        (3.0, 3.0)
        """
        if not self._operands:
            return ()
        walks.check_fresh(self)
        return tuple(partial for _, partial in walks.local_partials(self))

    # -- what it does ---------------------------------------------------------------------------

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
        walks.backward(self, as_float(seed))

    def refresh(self) -> Self:
        """Recompute the recorded graph in place after leaves were assigned; return self.

        >>> x = Value(3.0)
        >>> y = x * x
        >>> x.data = 5.0
        >>> y.refresh().data
        25.0
        """
        walks.refresh(self)
        return self

    def zero_grad(self) -> None:
        """Set the grad of this Value, and of all it rests on, to "not computed"."""
        walks.zero_grad(self)

    def detach(self) -> "Value":
        """Return a new leaf with this number."""
        return Value(self._data)

    # -- operators ------------------------------------------------------------------------------

    __add__ = infix(primitives.add)
    __sub__ = infix(primitives.sub)
    __mul__ = infix(primitives.mul)
    __truediv__ = infix(primitives.div)
    __pow__ = infix(primitives.pow)
    __rsub__ = reflected(primitives.sub)
    __rmul__ = reflected(primitives.mul)
    __rtruediv__ = reflected(primitives.div)
    __rpow__ = reflected(primitives.pow)
    __neg__ = prefix(primitives.neg)
    __abs__ = prefix(primitives.abs)

    def __radd__(self, other: Real) -> Any:
        # `sum` starts at the int 0, which adds nothing, not even a node.
        if type(other) is int and other == 0:
            return self
        return NotImplemented if foreign(other) else Value.record(primitives.add, (other, self))

    def __pos__(self) -> Self:
        return self

    __eq__ = compared("__eq__")
    __ne__ = compared("__ne__")
    __lt__ = compared("__lt__")
    __le__ = compared("__le__")
    __gt__ = compared("__gt__")
    __ge__ = compared("__ge__")
    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        return self._data != 0.0

    def __float__(self) -> float:
        raise TypeError(errors.no_float(walks.describe(self)))

    # -- text and copies ------------------------------------------------------------------------

    def __repr__(self) -> str:
        name = "" if self.label is None else f", label={self.label!r}"
        return f"{type(self).__name__}(data={self._data!r}, grad={self.grad!r}{name})"

    def __format__(self, spec: str) -> str:
        return format(self._data, spec) if spec else repr(self)

    def __copy__(self) -> Self:
        return copying.shallow(self)  # type: ignore[no-any-return]

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return copying.deep(self, memo)  # type: ignore[no-any-return]

    def __reduce_ex__(self, protocol: Any) -> Any:
        return copying.reduce_leaf(self)


def require_value(x: object) -> Value:
    if not isinstance(x, Value):
        raise TypeError(f"expected parents to be Values, got a {type(x).__name__}")
    return x


def detach(x: Any) -> Any:
    """Return a new leaf with the number of a Value; a plain number as a float.

    >>> x = Value(3.0)
    >>> y = x * detach(x)
    >>> y.backward()
    >>> x.grad
    3.0
    """
    return x.detach() if isinstance(x, Value) else as_float(x)
