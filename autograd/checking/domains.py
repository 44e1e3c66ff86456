"""Domains: at which numbers each argument of a function is tried."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["Domain", "domains_of"]

# (lowest, highest), or a Hypothesis strategy, of an argument.
Domain = Any


def domains_of(f: Callable[..., Any], domain: Domain | Mapping[str, Domain]) -> dict[str, Domain]:
    """Return the domain of each of f's arguments that has no default.

    Args:
        f: a function.
        domain: one for all arguments, or each argument's by its name.

    Raises:
        ValueError: when an argument has no domain, or the other way round; when a lowest number
            is above the highest; when f's arguments are not known.

    >>> domains_of(lambda x, y, scale=2.0: scale * x * y, (0.0, 1.0))
    {'x': (0.0, 1.0), 'y': (0.0, 1.0)}
    """
    names = required(f)
    if not isinstance(domain, Mapping):
        domain = dict.fromkeys(names, domain)
    if set(domain) != set(names):
        expected, got = ", ".join(names), ", ".join(domain)
        raise ValueError(f"expected a domain for each of {expected}; got {got}")
    for name in names:
        require_order(name, domain[name])
    return {name: domain[name] for name in names}


def required(f: Callable[..., Any]) -> list[str]:
    """Return the names of the arguments that have no default."""
    try:
        parameters = inspect.signature(f).parameters.values()
    except (TypeError, ValueError):
        raise ValueError(
            f"the arguments of {f!r} are not known; write a function of them: lambda x: f(x)"
        ) from None
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [p.name for p in parameters if p.default is p.empty and p.kind in kinds]


def require_order(name: str, domain: Domain) -> None:
    """Raise ValueError unless the domain is two numbers in order, or a strategy."""
    if not isinstance(domain, tuple | list):
        return
    if len(domain) != 2 or not domain[0] <= domain[1]:
        raise ValueError(f"expected (lowest, highest) or a strategy for {name}; got {domain!r}")
