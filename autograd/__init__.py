"""Scalar reverse-mode automatic differentiation that you can see through.

>>> from autograd import Value, grad, tanh
>>> x, w = Value(2.0), Value(-0.5)
>>> y = tanh(x * w) + 1.0
>>> y.backward()
>>> round(w.grad, 4)
0.8399
>>> round(grad(lambda w: tanh(2.0 * w) + 1.0)(-0.5), 4)
0.8399
"""

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

from autograd.checking import check
from autograd.core.backend import backend
from autograd.core.debugging import debug
from autograd.core.modes import no_grad
from autograd.core.scopes import scope
from autograd.errors import (
    AutogradError,
    ExpressionError,
    GradientCheckError,
    NonFiniteError,
    NotDifferentiableError,
    StaleGraphError,
    TraceError,
)
from autograd.primitives import (
    abs,
    acos,
    add,
    asin,
    atan,
    atan2,
    cos,
    cosh,
    div,
    dot,
    elu,
    erf,
    erfc,
    exp,
    expm1,
    gelu,
    hypot,
    leaky_relu,
    log,
    log1p,
    logsumexp,
    maximum,
    minimum,
    mul,
    neg,
    pow,
    relu,
    sigmoid,
    silu,
    sin,
    sinh,
    softplus,
    sqrt,
    sub,
    tan,
    tanh,
    total,
    where,
)
from autograd.transforms import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
from autograd.value import Value, detach

if TYPE_CHECKING:
    from autograd.compiler.decorator import compile
    from autograd.drawing.draw import draw, draw_dot
    from autograd.drawing.explain import explain

__version__ = "0.1.0"

# Pictures and the compiler are imported when they are asked for, so that `import autograd` stays
# quick.
LAZY = {
    "compile": "autograd.compiler.decorator",
    "draw": "autograd.drawing.draw",
    "draw_dot": "autograd.drawing.draw",
    "explain": "autograd.drawing.explain",
}
# Names that were public here, and where they are now.
ALIASES = {
    "Primitive": "autograd.extend.Primitive",
    "Variadic": "autograd.extend.Variadic",
    "alarmed": "autograd.extend.debug_enabled",
    "become": "autograd.extend.assign",
    "drawn": "autograd.extend.random_input",
    "identity": "autograd.primitives.identity",
    "same": "autograd.extend.equal",
    "scope_call": "autograd.extend.scope_call",
    "scope_each": "autograd.extend.scope_each",
    "sech2": "autograd.primitives.sech2",
    "share": "autograd.primitives.share",
    "step": "autograd.extend.heaviside",
    "weigh": "autograd.extend.multiply_no_nan",
}

# Hypothesis looked for us when it was imported, which was too early.
if sys.modules.get("hypothesis"):
    import_module("autograd.checking.hypothesis_types").register()


def __getattr__(name: str) -> Any:
    if name in LAZY:
        return getattr(import_module(LAZY[name]), name)
    if name in ALIASES:
        module, _, attribute = ALIASES[name].rpartition(".")
        return getattr(import_module(module), attribute)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__


__all__ = [
    "AutogradError",
    "ExpressionError",
    "GradientCheckError",
    "NonFiniteError",
    "NotDifferentiableError",
    "StaleGraphError",
    "TraceError",
    "Value",
    "__version__",
    "abs",
    "acos",
    "add",
    "asin",
    "atan",
    "atan2",
    "backend",
    "check",
    "compile",
    "cos",
    "cosh",
    "debug",
    "detach",
    "div",
    "dot",
    "draw",
    "draw_dot",
    "elu",
    "erf",
    "erfc",
    "exp",
    "explain",
    "expm1",
    "gelu",
    "grad",
    "hessian",
    "hvp",
    "hypot",
    "jacobian",
    "jvp",
    "leaky_relu",
    "log",
    "log1p",
    "logsumexp",
    "maximum",
    "minimum",
    "mul",
    "neg",
    "no_grad",
    "pow",
    "relu",
    "scope",
    "sigmoid",
    "silu",
    "sin",
    "sinh",
    "softplus",
    "sqrt",
    "sub",
    "tan",
    "tanh",
    "total",
    "value_and_grad",
    "vjp",
    "where",
]
