"""Penalties on large parameters, to be added to a loss."""

from autograd import Value, abs, dot, total
from nn.modules.arguments import at_least_0
from nn.optim.optimizer import Parameters, leaves

__all__ = ["l1_penalty", "l2_penalty"]


def l1_penalty(parameters: Parameters, strength: float) -> Value:
    """Return strength · Σ |p|, which draws parameters to 0 and keeps them there.

    Args:
        parameters: a Module, or leaf Values, such as the weights without the biases.
        strength: at least 0.

    Raises:
        ValueError: when there are no parameters, one is no leaf, or strength is negative.

    Tibshirani, "Regression shrinkage and selection via the lasso", 1996.

    >>> l1_penalty([Value(3.0), Value(-4.0)], 0.5).data
    3.5
    """
    sizes = [abs(p) for p in leaves(parameters)]
    return at_least_0("strength", strength) * total(sizes)  # type: ignore[no-any-return]


def l2_penalty(parameters: Parameters, strength: float) -> Value:
    """Return strength · Σ p², which draws every parameter towards 0 in proportion to its size.

    Args:
        parameters: a Module, or leaf Values, such as the weights without the biases.
        strength: at least 0.

    Raises:
        ValueError: when there are no parameters, one is no leaf, or strength is negative.

    Krogh and Hertz, "A simple weight decay can improve generalization", 1992.

    >>> l2_penalty([Value(3.0), Value(-4.0)], 0.5).data
    12.5
    """
    found = leaves(parameters)
    return at_least_0("strength", strength) * dot(found, found)  # type: ignore[no-any-return]
