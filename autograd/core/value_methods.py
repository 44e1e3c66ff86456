"""Value methods: what a Value does in the same words whichever engine holds its numbers."""

from typing import Any, Self

from autograd import backward, errors, primitives, toposort
from autograd.core import copying
from autograd.core.modes import modes, scopes
from autograd.core.node import Node
from autograd.core.operators import comparison, method
from autograd.core.precomputed import Precomputed
from autograd.core.primitive import Primitive
from autograd.core.ufuncs import array_ufunc

__all__ = ["ValueMethods", "tell"]


def tell(node: Node, what: str) -> None:
    """Tell the trace that is being made, if any, what is done with a Value; it may object."""
    if modes.tracer is not None:
        modes.tracer.read(node, what)


def no_number(what: str) -> str:
    return (
        f"a Value cannot become {what}: the graph would be lost without a word. "
        "Use v.data for the number, and autograd.total(*vs) / len(vs) for a mean"
    )


def renamed(name: str, ours: str) -> property:
    """Return a property that only tells how a name of micrograd's is called here."""

    def missing(self: Any) -> Any:
        raise AttributeError(errors.renamed(type(self).__name__, name, ours))

    return property(missing)


class ValueMethods(Node):
    """Text, copies, comparisons, conversions, and one method per function of the table."""

    __slots__ = ()

    # NumPy's functions, and the operators of its scalars and arrays.
    __array_ufunc__ = array_ufunc

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

        >>> from autograd import Value
        >>> x = Value(3.0)
        >>> (x * x).partials()
        (3.0, 3.0)
        """
        tell(self, "partials")
        if not self._operands:
            return ()
        toposort.check_fresh(self)
        return tuple(partial for _, partial in backward.local_partials(self))

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
        return copying.shallow(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        tell(self, "copy")
        return copying.deep(self, memo)

    def __reduce_ex__(self, protocol: Any) -> Any:
        tell(self, "copy")
        return copying.reduce_leaf(self)

    def __getstate__(self) -> Any:
        tell(self, "copy")
        return object.__getstate__(self)

    # -- comparisons, by number -------------------------------------------------------------------

    __eq__ = comparison("eq")
    __ne__ = comparison("ne")
    __lt__ = comparison("lt")
    __le__ = comparison("le")
    __gt__ = comparison("gt")
    __ge__ = comparison("ge")
    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        return self != 0.0

    # -- conversions, which would lose the graph --------------------------------------------------

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

    # -- functions of the table -------------------------------------------------------------------

    pow = method(primitives.pow)
    sqrt = method(primitives.sqrt)
    exp = method(primitives.exp)
    expm1 = method(primitives.expm1)
    log = method(primitives.log)
    log1p = method(primitives.log1p)
    sin = method(primitives.sin)
    cos = method(primitives.cos)
    tan = method(primitives.tan)
    asin = method(primitives.asin)
    acos = method(primitives.acos)
    atan = method(primitives.atan)
    atan2 = method(primitives.atan2)
    sinh = method(primitives.sinh)
    cosh = method(primitives.cosh)
    tanh = method(primitives.tanh)
    sech2 = method(primitives.sech2)
    sigmoid = method(primitives.sigmoid)
    softplus = method(primitives.softplus)
    relu = method(primitives.relu)
    leaky_relu = method(primitives.leaky_relu)
    elu = method(primitives.elu)
    gelu = method(primitives.gelu)
    silu = method(primitives.silu)
    erf = method(primitives.erf)
    erfc = method(primitives.erfc)
    abs = method(primitives.abs)
    hypot = method(primitives.hypot)
    step = method(primitives.step)
    maximum = method(primitives.maximum)
    minimum = method(primitives.minimum)

    # Properties, because a `__getattr__` on Value would slow down every read of every attribute.
    _prev = renamed("_prev", "parents")
    _children = renamed("_children", "parents")
    _op = renamed("_op", "rule")
    _backward = renamed("_backward", "rule or partials()")
    _local_grads = renamed("_local_grads", "partials()")
