"""Unwatched: leaves that a function came to in a way that no watch could follow: it is refused."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from autograd import errors
from autograd.compiler.tracing.captures import Seen
from autograd.compiler.tracing.tracer import Tracer
from autograd.core.caller import defined_at
from autograd.core.modes import closed, recording, switched
from autograd.core.pytree import flatten
from autograd.toposort import describe, topological
from autograd.value import Value

__all__ = ["first_unwatched", "is_captured", "unwatched"]


def is_captured(leaf: Value, begun: int, seen: Seen | None) -> bool:
    """Whether a leaf is an input: not one that the function made for itself."""
    return leaf._stamp < begun or (seen is not None and seen.reaches_now(leaf))


def first_unwatched(leaves: Sequence[Value], begun: int, seen: Seen | None) -> Value | None:
    """The first leaf that was there before the trace, and that no watched place leads to."""
    if seen is None or all(id(x) in seen.before.values for x in leaves):
        return None
    reached = seen.leaves
    return next((x for x in leaves if x._stamp < begun and id(x) not in reached), None)


def unwatched(
    leaf: Value, f: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any]
) -> errors.TraceError:
    """The error for such a leaf."""
    line = line_of(leaf, f, args, kwargs) or defined_at(f)
    name = getattr(f, "__name__", repr(f))
    return errors.TraceError(text(name, describe(leaf), line))


def line_of(
    leaf: Value, f: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any]
) -> str | None:
    """The line that uses a leaf, by one more run of the function; None where that finds none."""
    tracer = Tracer("f", [])
    result = None
    modes_of_run = switched(tracer=tracer, debugging=True)
    with suppress(Exception), closed(), tracer.versions.undone(), recording(), modes_of_run:
        result = f(*args, **kwargs)
    roots = [x for x in flatten(result) if isinstance(x, Value)]
    roots += [x for c in tracer.comparisons for x in (c.left, c.right) if isinstance(x, Value)]
    for node in topological(*roots, follow=tracer.operands):
        if node._source and any(x is leaf for x in node._operands):
            return str(node._source)
    return None


def text(name: str, leaf: str, source: str) -> str:
    return (
        f"cannot trace {name}: it comes to {leaf} by a way that cannot be watched, and would not "
        "notice another in its place. Pass it as an argument, or let a variable, an attribute, a "
        f"list or a dict that the function names hold it\n  at {source}"
    )
