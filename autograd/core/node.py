"""Core: the half of Value that has to be fast, in plain Python.

It is the reference for `autograd/native`, which has a class of the same name and behaviour in C.
What is out of the ordinary (debug mode, odd numbers, errors) happens here in both engines.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Self

from autograd import errors, primitives, toposort
from autograd.backward import backward, compute, local_partials, refresh, zero_grad
from autograd.core.backend import connect, native
from autograd.core.caller import user_line
from autograd.core.clock import clock
from autograd.core.comparisons import Compared
from autograd.core.debugging import alarmed, alarms
from autograd.core.identity_list import IdentityTuple
from autograd.core.ieee754 import as_float
from autograd.core.methods import prefix
from autograd.core.modes import modes, unusual
from autograd.core.precomputed import Precomputed
from autograd.core.primitive import Primitive

if TYPE_CHECKING:
    from autograd.value import Value

__all__ = ["Core", "Real", "backward", "refresh", "results_are", "zero_grad"]

new = object.__new__
# What an operator may be given besides a Value: an int, a float, a NumPy scalar, a Fraction.
Real = Any
# The class of results: Value, once there is one.
Result: Any = None
# What operands are taken as they are: exactly floats, and exactly Values.
PLAIN: set[type] = {float}


def results_are(kind: type) -> None:
    """Make results instances of the class `kind`, once and for all."""
    global Result  # noqa: PLW0603 - value.py rests on this module, and says what Value is
    if Result not in (None, kind):
        raise TypeError(f"expected {Result.__name__}, whose instances results are, got {kind!r}")
    connect(value=kind)
    Result = kind
    PLAIN.add(kind)


def infix(rule: Primitive) -> Callable[[Any, Real], "Value"]:
    """Return the method for `self ∘ other`: `record`, written out for two operands."""
    forward = rule.forward

    def method(self: Any, other: Real) -> Any:
        if unusual.blocks:
            return NotImplemented if foreign(other) else record(rule, (self, other))
        if isinstance(other, Core):
            data = forward(self._data, other._data)
        else:
            if other.__class__ is not float:
                if foreign(other):
                    return NotImplemented
                other = as_float(other)
            data = forward(self._data, other)
        node = new(Result)
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

    return method


def power(method: Callable[[Any, Real], "Value"]) -> Callable[..., "Value"]:
    """The method for `self ** other`, which takes no modulus as that of an int does."""

    def pow_without_modulus(self: Any, other: Real, modulus: Any = None) -> Any:
        if modulus is not None:
            raise TypeError(errors.MODULUS)
        return method(self, other)

    return pow_without_modulus


def reflected(rule: Primitive) -> Callable[[Any, Real], "Value"]:
    """Return the method for `other ∘ self` where other is not a Value."""

    def method(self: Any, other: Real) -> Any:
        return NotImplemented if foreign(other) else record(rule, (as_float(other), self))

    return method


def foreign(other: object) -> bool:
    """Whether `other` is no number, but of a type whose own operators may know what to do."""
    kind = type(other)
    number = hasattr(kind, "__float__") or isinstance(other, complex)
    return not number and not hasattr(kind, "__len__") and hasattr(kind, "__radd__")


def record(rule: Primitive, operands: Sequence[Any]) -> Any:
    """Return the Value of rule(*operands), recorded unless in `no_grad()`.

    This is the hook by which a Primitive recognises what records.
    """
    ordinary = rule.trusted and not unusual.blocks and native is None
    if not ordinary or not PLAIN.issuperset(map(type, operands)):
        return record_with_care(rule, operands)
    node = new(Result)
    node._data = rule.forward(*[x if x.__class__ is float else x._data for x in operands])
    node._grad = None
    if len(operands) == 2:
        node._first, node._second = operands
    else:
        node._first, node._second = tuple(operands), None
    node._rule = rule
    node._stamp = clock.now
    node._mark = None
    node._scope = modes.scope if unusual.scoped else 0
    node._source = None
    node.label = None
    return node


def record_with_care(rule: Primitive, operands: Sequence[Any]) -> Any:
    """`record` of odd numbers, of a user's own rule, in `no_grad()` and `debug()`, and for C."""
    operands = tuple([x if isinstance(x, Core) else as_float(x) for x in operands])
    node = new(Result)
    node._source = user_line() if modes.debugging else None
    recording = modes.recording
    waiting = alarms.waiting if recording and alarmed() else None
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


def require_value(x: object) -> Any:
    if not isinstance(x, Core):
        raise TypeError(f"expected parents to be Values, got a {type(x).__name__}")
    return x


def assign_data(node: Any, number: Real) -> None:
    """Set a leaf's number, which makes what rests on it stale."""
    if node._operands:
        raise AttributeError(errors.interior_data(toposort.describe(node)))
    if modes.tracer is not None:
        modes.tracer.read(node, "assign")
    number = as_float(number)
    node._stamp = clock.tick()
    node._data = number


class Core(Compared):
    """A number, its operands and its gradient; Value gives it words and the walks.

    Two operands, by far the commonest, lie in `_first` and `_second`: a tuple of them would be one
    more object for the garbage collector to visit.  Otherwise `_first` is the tuple of operands,
    and `_second` is None.
    """

    __slots__ = (
        "_data", "_first", "_grad", "_mark", "_rule", "_scope", "_second", "_source", "_stamp",
        "label",
    )  # fmt: skip
    _first: Any
    _second: Any

    def __init__(
        self,
        data: Real,
        parents: Sequence[Any] = (),
        partials: Sequence[Any] = (),
        *,
        label: str | None = None,
    ) -> None:
        self._data: float = as_float(data)
        self._grad: float | None = None
        self._operands = ()
        self._rule: Any = None
        self._stamp = clock.now
        self._mark: object = None
        self._scope: int = modes.scope
        self._source: str | None = None
        self.label = label
        if len(parents) != len(partials):
            raise ValueError(errors.given_partials(len(parents), len(partials)))
        if parents and modes.recording:
            self._operands = tuple(require_value(x) for x in parents)
            self._rule = Precomputed(partials)
            self._source = user_line() if modes.debugging else None

    __autograd_record__ = staticmethod(record)

    @property
    def _operands(self) -> tuple[Any, ...]:
        if self._second is None:
            return self._first  # type: ignore[no-any-return]
        return (self._first, self._second)

    @_operands.setter
    def _operands(self, operands: tuple[Any, ...]) -> None:
        self._first, self._second = operands if len(operands) == 2 else (operands, None)

    @property
    def data(self) -> float:
        """The number.  A leaf's can be assigned; what rests on it is then stale until refresh()."""
        if unusual.blocks and modes.tracer is not None:
            modes.tracer.read(self, "data")
        return self._data

    @data.setter
    def data(self, number: Real) -> None:
        assign_data(self, number)

    @property
    def grad(self) -> float:
        """The derivative of the last `backward()`'s result by this Value; leaves add up passes."""
        if unusual.blocks and modes.tracer is not None:
            modes.tracer.read(self, "grad")
        return 0.0 if self._grad is None else self._grad

    @grad.setter
    def grad(self, number: Real) -> None:
        if unusual.blocks and modes.tracer is not None:
            modes.tracer.read(self, "clear")
        self._grad = None if number is None else as_float(number)

    @property
    def reached(self) -> bool:
        """Whether grad is a result of backward: "not computed" is not 0."""
        if unusual.blocks and modes.tracer is not None:
            modes.tracer.read(self, "grad")
        return self._grad is not None

    @property
    def operands(self) -> tuple[Any, ...]:
        """The rule's arguments in order, Values and floats; () for a leaf."""
        return IdentityTuple(self._operands) if self._operands else ()

    @property
    def parents(self) -> tuple[Any, ...]:
        """The Values among the operands, in order, duplicates kept."""
        return IdentityTuple(x for x in self._operands if type(x) is not float)

    __add__ = infix(primitives.add)
    __sub__ = infix(primitives.sub)
    __mul__ = infix(primitives.mul)
    __truediv__ = infix(primitives.div)
    __pow__ = power(infix(primitives.pow))
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
        return NotImplemented if foreign(other) else record(primitives.add, (other, self))

    def __pos__(self) -> Self:
        return self


Core.__init__.__qualname__ = "Value.__init__"  # messages name it, in both engines
connect(as_float=as_float, given=Precomputed, foreign=foreign, record=record)
connect(identity_tuple=IdentityTuple)
connect(initialise=Core.__init__, assign_data=assign_data, compute=compute)
connect(backward=backward, refresh=refresh, zero_grad=zero_grad)
connect(check_fresh=toposort.check_fresh, local_partials=local_partials)
if native is not None:
    Core = native.Core  # type: ignore[misc]
    backward, refresh, zero_grad = native.backward, native.refresh, native.zero_grad
