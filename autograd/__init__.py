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
from autograd.core.debugging import alarmed, debug
from autograd.core.modes import no_grad
from autograd.core.scopes import scope, scope_call, scope_each
from autograd.errors import (
    AutogradError,
    ExpressionError,
    GradientCheckError,
    NonFiniteError,
    NotDifferentiableError,
    StaleGraphError,
    TraceError,
)
from autograd.extend import assign as become
from autograd.extend import random_input as drawn
from autograd.primitives import (
    Primitive,
    Variadic,
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
    identity,
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
    same,
    sech2,
    share,
    sigmoid,
    silu,
    sin,
    sinh,
    softplus,
    sqrt,
    step,
    sub,
    tan,
    tanh,
    total,
    weigh,
    where,
)
from autograd.transforms import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
from autograd.value import Value, detach

__version__ = "0.1.0"

if TYPE_CHECKING:
    from autograd.compiler.decorator import compile
    from autograd.drawing.draw import draw, draw_dot
    from autograd.drawing.explain import explain

# Pictures and the compiler are imported when they are asked for, so that `import autograd` stays
# quick.
LAZY = {
    "compile": "autograd.compiler.decorator",
    "draw": "autograd.drawing.draw",
    "draw_dot": "autograd.drawing.draw",
    "explain": "autograd.drawing.explain",
}


# Hypothesis looked for us when it was imported, which was too early.
if sys.modules.get("hypothesis"):
    import_module("autograd.checking.hypothesis_types").register()


def __getattr__(name: str) -> Any:
    if name in LAZY:
        return getattr(import_module(LAZY[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "AutogradError",
    "ExpressionError",
    "GradientCheckError",
    "NonFiniteError",
    "NotDifferentiableError",
    "Primitive",
    "StaleGraphError",
    "TraceError",
    "Value",
    "Variadic",
    "__version__",
    "abs",
    "acos",
    "add",
    "alarmed",
    "asin",
    "atan",
    "atan2",
    "backend",
    "become",
    "check",
    "compile",
    "cos",
    "cosh",
    "debug",
    "detach",
    "div",
    "dot",
    "draw",
    "drawn",
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
    "identity",
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
    "same",
    "scope",
    "scope_call",
    "scope_each",
    "sech2",
    "share",
    "sigmoid",
    "silu",
    "sin",
    "sinh",
    "softplus",
    "sqrt",
    "step",
    "sub",
    "tan",
    "tanh",
    "total",
    "value_and_grad",
    "vjp",
    "weigh",
    "where",
]
