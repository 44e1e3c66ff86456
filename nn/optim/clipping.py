"""Limits on the size of gradients, without overflow on the way."""

import math

from autograd import Value
from autograd.extend import settings
from nn.modules.module import Module
from nn.optim.optimizer import Parameters

__all__ = ["clip_by_norm", "clip_by_value"]


def clip_by_value(parameters: Parameters, limit: float) -> None:
    """Bring each gradient into [−limit, limit]; nan stays nan.

    Args:
        parameters: a Module, or leaf Values.
        limit: the largest magnitude, > 0.

    Raises:
        ValueError: when limit is not positive.

    >>> x = Value(3.0)
    >>> (x * x).backward()
    >>> clip_by_value([x], 1.0)
    >>> x.grad
    1.0
    """
    limit = require_positive("limit", limit)
    for p in reached(parameters):
        if abs(p.grad) > limit:
            p.grad = math.copysign(limit, p.grad)


def clip_by_norm(parameters: Parameters, max_norm: float) -> float:
    """Scale the gradients, all together, to a norm of at most max_norm; return the norm before.

    Gradients among which one is inf or nan stay as they are, and the norm returned tells it.

    Args:
        parameters: a Module, or leaf Values.
        max_norm: the largest Euclidean norm of all gradients as one vector, > 0.

    Raises:
        ValueError: when max_norm is not positive.

    Pascanu, Mikolov and Bengio, "On the difficulty of training recurrent neural networks", 2013.

    >>> x, y = Value(3.0), Value(4.0)
    >>> ((x * x + y * y) * 0.5).backward()
    >>> clip_by_norm([x, y], 1.0), round(x.grad, 12), round(y.grad, 12)
    (5.0, 0.6, 0.8)
    """
    max_norm = require_positive("max_norm", max_norm)
    leaves = reached(parameters)
    norm = math.hypot(*[p.grad for p in leaves])
    largest = max([abs(p.grad) for p in leaves], default=0.0)
    if largest > 0.0 and all(math.isfinite(p.grad) for p in leaves):
        # Finite even where norm is not, and rounded once: in any order of the leaves the same bits.
        shape = math.sqrt(math.fsum([(p.grad / largest) * (p.grad / largest) for p in leaves]))
        for p in leaves if shape * largest > max_norm else ():
            p.grad = p.grad / largest / shape * max_norm
    return norm


def reached(parameters: Parameters) -> list[Value]:
    """The parameters that have a gradient, each once."""
    given = parameters.parameters() if isinstance(parameters, Module) else parameters
    return [p for p in {id(p): p for p in given}.values() if p.reached]


def require_positive(name: str, x: float) -> float:
    """Return x as a float; raise ValueError unless it is a number > 0."""
    return settings.real(x, f"expected {name} > 0", lambda x: x > 0.0)
