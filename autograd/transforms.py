"""Derivatives of plain functions: grad, value_and_grad, vjp, jvp, jacobian, hessian, hvp.

Each lifts its arguments to fresh Values, calls the function once, and walks the recorded graph.
Plain numbers in, plain numbers out; where a Value takes part (an argument, or one the function
reaches by itself), the result is a Value and can be differentiated again.  Variables are told
apart by identity, so transforms nest in any order without confusing each other's.
"""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from autograd.chain_rule import Paths, pullback, pushforward
from autograd.core import settings
from autograd.core.clock import clock
from autograd.core.differentiable import require_no_bool, require_numbers
from autograd.core.ieee754 import as_float
from autograd.core.modes import recording
from autograd.core.pytree import flatten, rebuild, same_shape
from autograd.core.untaken_branches import judged
from autograd.primitives import identity
from autograd.toposort import check_fresh
from autograd.value import Value

__all__ = ["grad", "hessian", "hvp", "jacobian", "jvp", "value_and_grad", "vjp"]

# A number, or lists, tuples and dicts of them.
Tree = Any


class Call:
    """One call of a function on fresh Values, and the graph that it recorded.

    Args:
        f: a function of trees of numbers that returns a tree of numbers.
        args: its positional arguments.
        argnums: which of them to differentiate by.
        kwargs: its keyword arguments, passed on as they are.
    """

    def __init__(
        self,
        f: Callable[..., Tree],
        args: Sequence[Tree],
        argnums: Sequence[int],
        kwargs: Any = None,
    ) -> None:
        since = clock.begin()
        self.name = getattr(f, "__name__", repr(f))
        self.primals = [args[i] for i in argnums]
        given = flatten(self.primals)
        require_numbers(given, self.name)
        with recording():
            targets = [identity(x) if isinstance(x, Value) else Value(x) for x in given]
            lifted = list(args)
            for i, tree in zip(argnums, rebuild(self.primals, targets), strict=True):
                lifted[i] = tree
            self.result = judged(f, *lifted, **(kwargs or {}))
        require_no_bool(flatten(self.result), self.name)
        self.outputs = [x if isinstance(x, Value) else as_float(x) for x in flatten(self.result)]
        self.paths = Paths(self.outputs, targets, since)
        self.paths.again = any(isinstance(x, Value) and x.parents for x in given)
        self.touches_values = self.paths.outside or any(isinstance(x, Value) for x in given)

    @property
    def output(self) -> Any:
        """The one number that the function returned."""
        if isinstance(self.result, list | tuple | dict):
            kind = type(self.result).__name__
            raise TypeError(
                f"grad needs a function that returns one number, {self.name} returned a {kind}: "
                "use jacobian for all derivatives, or vjp for one combination of them"
            )
        return self.outputs[0]

    def finished(self, x: Any, differentiable: bool) -> Any:
        """A float where only plain numbers took part, else a Value."""
        if not differentiable:
            return x._data if isinstance(x, Value) else x
        return x if isinstance(x, Value) else Value(x)

    def value(self) -> Tree:
        """What the function returned."""
        values = [self.finished(x, self.touches_values) for x in self.outputs]
        return rebuild(self.result, values)

    def gradients(self, seeds: Sequence[Any]) -> list[Tree]:
        """Return one tree of derivatives per argument, for one seed per output."""
        differentiable = self.touches_values or any(isinstance(s, Value) for s in seeds)
        with recording():
            pairs = zip(self.outputs, seeds, strict=True)
            flat = judged(pullback, self.paths, pairs, differentiable=differentiable)
        return rebuild(self.primals, [self.finished(x, differentiable) for x in flat])  # type: ignore[no-any-return]

    def tangents(self, directions: Sequence[Any]) -> Tree:
        """Return the directional derivative of the result."""
        differentiable = self.touches_values or any(isinstance(t, Value) for t in directions)
        with recording():
            flow = judged(pushforward, self.paths, directions, differentiable=differentiable)
        flat = [flow.get(x, 0.0) if isinstance(x, Value) else 0.0 for x in self.outputs]
        return rebuild(self.result, [self.finished(x, differentiable) for x in flat])


def positions(argnums: int | Sequence[int], count: int, name: str) -> tuple[int, ...]:
    """Return the positions of the arguments to differentiate by, counted from 0."""
    wanted = [argnums] if isinstance(argnums, int) else argnums
    for i in wanted:
        if not -count <= i < count:
            hint = "" if count else "; what it is differentiated by is given by position"
            raise ValueError(f"argnums={argnums!r}: {name} was called with {count} arguments{hint}")
    found = tuple([i % count for i in wanted])
    if len(set(found)) < len(found):
        raise ValueError(f"argnums={argnums!r} names one argument of {name} twice")
    return found


def numbers(tree: Tree, like: Tree, what: str) -> list[Any]:
    """Return the numbers of a tree that must nest like another."""
    if not same_shape(like, tree):
        raise ValueError(f"expected {what} to nest like {like!r}, got {tree!r}")
    return [x if isinstance(x, Value) else as_float(x) for x in flatten(tree)]


def value_and_grad(
    f: Callable[..., Any], argnums: int | Sequence[int] = 0
) -> Callable[..., tuple[Any, Tree]]:
    """Return a function with f's arguments that gives (f's value, its gradient).

    Args:
        f: a function of numbers, or of nested lists, tuples and dicts of them, to one number.
        argnums: the positional argument to differentiate by, or several of them.

    Raises:
        TypeError: when f returns anything but one number.
        ValueError: when there is no argument at a position.

    >>> value_and_grad(lambda x, y: x * y ** 2, argnums=(0, 1))(3.0, 2.0)
    (12.0, (4.0, 12.0))
    """
    by = settings.positions(argnums)

    @wraps(f)
    def derived(*args: Tree, **kwargs: Any) -> tuple[Any, Tree]:
        name = getattr(f, "__name__", repr(f))
        call = Call(f, args, positions(by, len(args), name), kwargs)
        call.output  # raises unless there is just one  # noqa: B018
        gradients = call.gradients([1.0])
        return call.value(), gradients[0] if isinstance(by, int) else tuple(gradients)

    return derived


def grad(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Tree]:
    """Return the gradient of f, a function with f's arguments.

    Args:
        f: a function of numbers, or of nested lists, tuples and dicts of them, to one number.
        argnums: the positional argument to differentiate by, or several of them.

    Raises:
        TypeError: when f returns anything but one number.
        ValueError: when there is no argument at a position.

    >>> grad(lambda x: x ** 3)(2.0)
    12.0
    >>> grad(grad(lambda x: x ** 3))(2.0)
    12.0
    >>> grad(lambda p: p["w"] * p["x"])({"w": 2.0, "x": 5.0})
    {'w': 5.0, 'x': 2.0}
    """
    both = value_and_grad(f, argnums)

    @wraps(f)
    def derived(*args: Tree, **kwargs: Any) -> Tree:
        return both(*args, **kwargs)[1]

    return derived


def vjp(f: Callable[..., Tree], *primals: Tree) -> tuple[Tree, Callable[[Tree], tuple[Tree, ...]]]:
    """Return f's value and the function that pulls a cotangent back to f's arguments.

    Args:
        f: a function of trees of numbers that returns a tree of numbers.
        primals: its arguments.

    Raises:
        ValueError: from the pullback, when the cotangent does not nest like f's value.
        StaleGraphError: from the pullback, when a Value that f used was assigned after the call.

    >>> y, pull = vjp(lambda a, b: [a * b, a + b], 3.0, 2.0)
    >>> y, pull([1.0, 10.0])
    ([6.0, 5.0], (12.0, 13.0))
    """
    call = Call(f, primals, range(len(primals)))

    def pull(cotangent: Tree) -> tuple[Tree, ...]:
        for node in call.paths.order:
            check_fresh(node)
        return tuple(call.gradients(numbers(cotangent, call.result, "the cotangent")))

    return call.value(), pull


def jvp(
    f: Callable[..., Tree], primals: Sequence[Tree], tangents: Sequence[Tree]
) -> tuple[Tree, Tree]:
    """Return f's value and its derivative in a direction.

    Args:
        f: a function of trees of numbers that returns a tree of numbers.
        primals: its arguments, a tuple or list.
        tangents: the direction, nested like primals.

    Raises:
        ValueError: when tangents does not nest like primals.

    >>> jvp(lambda x, y: x * y, (3.0, 2.0), (1.0, 10.0))
    (6.0, 32.0)
    """
    if not isinstance(primals, list | tuple) or not isinstance(tangents, list | tuple):
        raise TypeError("expected primals and tangents to be tuples: one entry per argument of f")
    directions = numbers(list(tangents), list(primals), "tangents")
    call = Call(f, primals, range(len(primals)))
    return call.value(), call.tangents(directions)


def jacobian(f: Callable[..., Tree], argnums: int | Sequence[int] = 0) -> Callable[..., Tree]:
    """Return the function of all first derivatives: f's result with, for each number in it, the
    tree of its derivatives.

    Args:
        f: a function of trees of numbers that returns a tree of numbers.
        argnums: the positional argument to differentiate by, or several of them.

    Raises:
        ValueError: when there is no argument at a position.

    >>> jacobian(lambda p: [p[0] * p[1], p[0] + p[1]])([3.0, 2.0])
    [[2.0, 3.0], [1.0, 1.0]]
    """
    by = settings.positions(argnums)

    @wraps(f)
    def derived(*args: Tree, **kwargs: Any) -> Tree:
        name = getattr(f, "__name__", repr(f))
        call = Call(f, args, positions(by, len(args), name), kwargs)
        rows = []
        for i in range(len(call.outputs)):
            row = call.gradients([float(i == j) for j in range(len(call.outputs))])
            rows.append(row[0] if isinstance(by, int) else tuple(row))
        return rebuild(call.result, rows)

    return derived


def hessian(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Tree]:
    """Return the function of all second derivatives of f.

    Args:
        f: a function of trees of numbers to one number.
        argnums: the positional argument to differentiate by, or several of them.

    >>> hessian(lambda p: p[0] ** 2 * p[1])([3.0, 2.0])
    [[4.0, 6.0], [6.0, 0.0]]
    """
    return jacobian(grad(f, argnums), argnums)


def hvp(f: Callable[..., Any], primals: Sequence[Tree], tangents: Sequence[Tree]) -> Tree:
    """Return the Hessian of f times a vector, without forming the Hessian.

    Args:
        f: a function of trees of numbers to one number.
        primals: its arguments, a tuple or list.
        tangents: the vector, nested like primals.

    Returns:
        A tree nested like f's argument; a tuple of them when f has several.

    >>> hvp(lambda p: p[0] ** 2 * p[1], ([3.0, 2.0],), ([1.0, 0.0],))
    [4.0, 6.0]
    """
    argnums = 0 if len(primals) == 1 else tuple(range(len(primals)))
    return jvp(grad(f, argnums), primals, tangents)[1]
