"""Value: a number that records its parents and its local derivative rule.

A leaf is a number someone chose; every other Value is a primitive applied to operands.  The graph
is nothing but these references, from results to operands: it has no cycles, so it is freed the
moment the last result is dropped.
"""

from typing import Any, Self

from autograd import backward, errors, toposort
from autograd.core import copying, node
from autograd.core.ieee754 import as_float
from autograd.core.methods import Methods
from autograd.core.modes import modes, scopes
from autograd.core.node import Core, Real, results_are
from autograd.core.precomputed import Precomputed
from autograd.core.primitive import Primitive
from autograd.core.ufuncs import array_ufunc

__all__ = ["Value", "detach"]


class Value(Core, Methods):
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

    __slots__ = ()

    # NumPy's functions, and the operators of its scalars and arrays.
    __array_ufunc__ = array_ufunc

    # -- what it is ---------------------------------------------------------------------------

    @property
    def rule(self) -> Primitive | None:
        """The Primitive that computed it; None for a leaf and where partials were given."""
        return None if isinstance(self._rule, Precomputed) else self._rule

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
        tell(self, "partials")
        if not self._operands:
            return ()
        toposort.check_fresh(self)
        return tuple(partial for _, partial in backward.local_partials(self))

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
        tell(self, "backward")
        node.backward(self, as_float(seed))

    def refresh(self) -> Self:
        """Recompute the recorded graph in place after leaves were assigned; return self.

        >>> x = Value(3.0)
        >>> y = x * x
        >>> x.data = 5.0
        >>> y.refresh().data
        25.0
        """
        tell(self, "refresh")
        node.refresh(self)
        return self

    def zero_grad(self) -> None:
        """Set the grad of this Value, and of all it rests on, to "not computed"."""
        tell(self, "clear")
        node.zero_grad(self)

    def detach(self) -> "Value":
        """Return a new leaf with this number."""
        if modes.tracer is not None:
            return modes.tracer.detached(self)  # type: ignore[no-any-return]
        return Value(self._data)

    def __float__(self) -> float:
        tell(self, "float")
        raise TypeError(errors.no_float(toposort.describe(self)))

    def __int__(self) -> int:
        raise TypeError(no_number("an int"))

    __trunc__ = __int__

    def __round__(self, digits: int | None = None) -> float:
        raise TypeError(no_number("rounded"))

    def as_integer_ratio(self) -> tuple[int, int]:
        """Raise TypeError: `statistics`, which asks, would lose the graph."""
        raise TypeError(no_number("a fraction"))

    def conjugate(self) -> Self:
        """Return the Value itself, as every real number does: `np.std` asks for it."""
        return self

    # -- text and copies ------------------------------------------------------------------------

    def __repr__(self) -> str:
        tell(self, "text")
        name = "" if self.label is None else f", label={self.label!r}"
        grad = 0.0 if self._grad is None else self._grad
        return f"{type(self).__name__}(data={self._data!r}, grad={grad!r}{name})"

    def __format__(self, spec: str) -> str:
        tell(self, "text")
        return format(self._data, spec) if spec else repr(self)

    def __copy__(self) -> Self:
        tell(self, "copy")
        return copying.shallow(self)  # type: ignore[no-any-return]

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        tell(self, "copy")
        return copying.deep(self, memo)  # type: ignore[no-any-return]

    def __reduce_ex__(self, protocol: Any) -> Any:
        tell(self, "copy")
        return copying.reduce_leaf(self)

    def __getstate__(self) -> Any:
        tell(self, "copy")
        return object.__getstate__(self)


def tell(node: Value, what: str) -> None:
    """Tell the trace that is being made, if any, what is done with a Value; it may object."""
    if modes.tracer is not None:
        modes.tracer.read(node, what)


def no_number(what: str) -> str:
    return (
        f"a Value cannot become {what}: the graph would be lost without a word. "
        "Use v.data for the number, and autograd.total(*vs) / len(vs) for a mean"
    )


results_are(Value)


def detach(x: Any) -> Any:
    """Return a new leaf with the number of a Value; a plain number as a float.

    >>> x = Value(3.0)
    >>> y = x * detach(x)
    >>> y.backward()
    >>> x.grad
    3.0
    """
    return x.detach() if isinstance(x, Value) else as_float(x)
