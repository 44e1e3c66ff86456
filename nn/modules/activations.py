"""The activations by name, and which of them look at a whole layer at once."""

from collections.abc import Callable, Iterable
from math import inf
from typing import Any

from autograd import (
    detach,
    div,
    elu,
    gelu,
    leaky_relu,
    logsumexp,
    maximum,
    relu,
    sigmoid,
    silu,
    softplus,
    tanh,
    total,
    where,
)
from autograd.extend import equal, exp_difference, multiply_no_nan
from nn.modules.lookup import lookup
from nn.modules.rows import Row, as_row

__all__ = [
    "ACTIVATIONS", "Activation", "RECTIFIERS", "activate", "activation_name", "find_activation",
    "is_vector", "linear", "log_softmax", "of_one_number", "softmax",
]  # fmt: skip

SMALLEST = 2.0**-1022

# A name from the table below, or a function: of one number, or one of VECTORS.
Activation = str | Callable[..., Any]


def linear(x: Any) -> Any:
    """Return x itself, with no node for it.

    >>> linear(3.0)
    3.0
    """
    return x


def softmax(xs: Iterable[Any]) -> list[Any]:
    """Return exp(x) / Σ exp(x) for each x, from their distances to the largest: nothing overflows,
    and no digit goes with the size of x.

    Args:
        xs: one or more numbers or Values.

    Raises:
        ValueError: when xs is empty.

    Bridle, "Probabilistic interpretation of feedforward classification network outputs", 1990.

    >>> [round(p, 6) for p in softmax([1000.0, 1000.0, -1000.0])]
    [0.5, 0.5, 0.0]
    """
    row = at_least_one("softmax", xs)
    largest = detach(maximum(row))  # whatever is taken away from all, the result is the same
    parts = [exp_difference(x, largest) for x in row]
    whole = maximum(total(parts), SMALLEST)  # 0 where every x is −∞, and so is each share
    return [div(part, whole) for part in parts]


def log_softmax(xs: Iterable[Any]) -> list[Any]:
    """Return log(softmax(xs)), which stays finite where softmax rounds to 0, and keeps its digits
    where softmax rounds to 1.

    Args:
        xs: one or more numbers or Values.

    Raises:
        ValueError: when xs is empty.

    >>> log_softmax([0.0, -1000.0])
    [0.0, -1000.0]
    """
    row = at_least_one("log_softmax", xs)
    first = first_largest(row)
    top = total([where(chosen, x, 0.0) for chosen, x in zip(first, row, strict=True)])
    # The largest is at distance 0 from itself, exactly: log Σ exp(x − top) has 1 + the rest.
    away = [where(chosen, 0.0, x - top) for chosen, x in zip(first, row, strict=True)]
    rest = [where(chosen, -inf, d) for chosen, d in zip(first, away, strict=True)]
    z = softplus(logsumexp(rest))
    return [d - z for d in away]


def at_least_one(name: str, xs: Iterable[Any]) -> Row:
    """xs as a row; ValueError when there is nothing in it."""
    row = as_row(xs)
    if not row:
        raise ValueError(f"{name} of nothing: expected at least one number, got none")
    return row


def first_largest(row: Iterable[Any]) -> list[Any]:
    """1 for the first of the largest, 0 for the others: of numbers, so that no branch is taken."""
    numbers = [detach(x) for x in row]
    largest, left, found = maximum(numbers), 1.0, []
    for x in numbers:
        found.append(multiply_no_nan(left, equal(x, largest)))
        left = left - found[-1]
    return found


ACTIVATIONS: dict[str, Callable[..., Any]] = {
    "linear": linear,
    "sigmoid": sigmoid,
    "tanh": tanh,
    "relu": relu,
    "leaky_relu": leaky_relu,
    "elu": elu,
    "gelu": gelu,
    "silu": silu,
    "softmax": softmax,
}
VECTORS = (softmax, log_softmax)
# Those that pass about half of their input on, which He's initialisation makes up for.
RECTIFIERS = (relu, leaky_relu, elu, gelu, silu)


def find_activation(activation: Activation) -> Callable[..., Any]:
    """Return the function of that name, or the function itself.

    Raises:
        ValueError: when the name is unknown; lists the known ones.

    >>> find_activation("tanh")
    <primitive tanh>
    """
    return lookup("activation", activation, ACTIVATIONS)  # type: ignore[no-any-return]


def is_vector(activation: Activation) -> bool:
    """Whether the activation is a function of a whole row.

    >>> is_vector("softmax"), is_vector("relu")
    (True, False)
    """
    return find_activation(activation) in VECTORS


def of_one_number(activation: Activation) -> Callable[[Any], Any]:
    """Return the function that an activation is, for a single neuron.

    Raises:
        ValueError: when it is a function of a whole row.

    >>> of_one_number("tanh")
    <primitive tanh>
    """
    if is_vector(activation):
        raise ValueError(
            f"{activation_name(activation)} needs all outputs of a layer: "
            "give it to a Layer or an MLP, not to a Neuron"
        )
    return find_activation(activation)


def activate(modules: Iterable[Any], activation: Activation) -> None:
    """Give an activation to those modules that have one."""
    find_activation(activation)
    for module in modules:
        if "activation" in getattr(module, "__dict__", ()):
            module.activation = activation


def activation_name(activation: Activation) -> str:
    """Return how a repr calls the activation.

    >>> activation_name(tanh), activation_name("relu")
    ('tanh', 'relu')
    """
    if isinstance(activation, str):
        return activation
    known = {function: name for name, function in ACTIVATIONS.items()}
    return known.get(activation, getattr(activation, "__name__", repr(activation)))
