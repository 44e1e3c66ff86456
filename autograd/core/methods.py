"""The primitives as methods of a Value (`x.tanh()`), and what micrograd's private names became."""

from collections.abc import Callable
from typing import Any

from autograd import errors, primitives
from autograd.core.backend import native
from autograd.core.primitive import Primitive

__all__ = ["Methods", "prefix"]


def prefix(rule: Primitive) -> Callable[..., Any]:
    """Return the method `self.rule(...)`; further operands follow self."""
    in_c = native and native.method(rule.name)
    if in_c:
        return in_c  # type: ignore[no-any-return]

    def method(self: Any, *others: Any) -> Any:
        return rule(self, *others)

    method.__name__ = rule.name
    method.__doc__ = f"Return autograd.{rule.name}(self, ...)."
    return method


def renamed(name: str, ours: str) -> property:
    """Return a property that only tells how a name of micrograd's is called here."""

    def missing(self: Any) -> Any:
        raise AttributeError(errors.renamed(type(self).__name__, name, ours))

    return property(missing)


class Methods:
    """What a Value inherits: one method per function of the table."""

    __slots__ = ()

    pow = prefix(primitives.pow)
    sqrt = prefix(primitives.sqrt)
    exp = prefix(primitives.exp)
    expm1 = prefix(primitives.expm1)
    log = prefix(primitives.log)
    log1p = prefix(primitives.log1p)
    sin = prefix(primitives.sin)
    cos = prefix(primitives.cos)
    tan = prefix(primitives.tan)
    asin = prefix(primitives.asin)
    acos = prefix(primitives.acos)
    atan = prefix(primitives.atan)
    atan2 = prefix(primitives.atan2)
    sinh = prefix(primitives.sinh)
    cosh = prefix(primitives.cosh)
    tanh = prefix(primitives.tanh)
    sech2 = prefix(primitives.sech2)
    sigmoid = prefix(primitives.sigmoid)
    softplus = prefix(primitives.softplus)
    relu = prefix(primitives.relu)
    leaky_relu = prefix(primitives.leaky_relu)
    elu = prefix(primitives.elu)
    gelu = prefix(primitives.gelu)
    silu = prefix(primitives.silu)
    erf = prefix(primitives.erf)
    erfc = prefix(primitives.erfc)
    abs = prefix(primitives.abs)
    hypot = prefix(primitives.hypot)
    step = prefix(primitives.step)
    maximum = prefix(primitives.maximum)
    minimum = prefix(primitives.minimum)

    # Properties, because a `__getattr__` on Value would slow down every read of every attribute.
    _prev = renamed("_prev", "parents")
    _children = renamed("_children", "parents")
    _op = renamed("_op", "rule")
    _backward = renamed("_backward", "rule or partials()")
    _local_grads = renamed("_local_grads", "partials()")
