"""`compile`: a function, or a decorator with settings, that traces once and then replays."""

from collections.abc import Callable
from typing import Any, overload

from autograd.compiler.api import Compiled
from autograd.compiler.cache import Reduce
from autograd.compiler.runtime.in_axes import Axes

__all__ = ["compile"]

NOT_GIVEN: Any = object()


@overload
def compile(
    *, in_axes: Axes = ..., reduce: Reduce = ...
) -> Callable[[Callable[..., Any]], Compiled]: ...


@overload
def compile(f: Callable[..., Any], in_axes: Axes = ..., reduce: Reduce = ...) -> Compiled: ...


def compile(f: Any = NOT_GIVEN, in_axes: Axes = None, reduce: Reduce = None) -> Any:
    """Return a function that traces f once and then replays it; without f, a decorator.

    Args:
        f: a function of numbers, or of nested lists, tuples and dicts of them; leaves that it
            captures, as a module's parameters, stay inputs.
        in_axes: 0 for every argument that has rows, None for every other; an integer for all.
            Where the parts of an argument differ, its entry nests as it does: see the example.
        reduce: "mean" or "sum" over the rows, or None for a list of their results.

    Raises:
        TypeError: when f cannot be called.
        ValueError: for another `in_axes` or `reduce`.
        TraceError: at the first call, when f does what cannot be replayed.

    >>> fast = compile(lambda x: x * x + 1.0 if x > 0.0 else -x)
    >>> fast(3.0), fast(-2.0), fast.value_and_grad(3.0)
    (10.0, 2.0, (10.0, 6.0))
    >>> compile(lambda x, y: x * y, in_axes=0, reduce="mean")([1.0, 2.0], [3.0, 4.0])
    5.5
    >>> @compile(in_axes=0)
    ... def square(x):
    ...     return x * x
    >>> square([1.0, 2.0])
    [1.0, 4.0]
    >>> nested = compile(lambda p: p["w"] * p["x"], in_axes=({"w": None, "x": 0},))
    >>> nested({"w": 2.0, "x": [1.0, 3.0]})
    [2.0, 6.0]
    """
    if f is NOT_GIVEN:
        return lambda f: Compiled(f, in_axes, reduce)
    return Compiled(f, in_axes, reduce)
