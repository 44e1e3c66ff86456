"""Targets: what is checked: a function, the numbers to differentiate it by, how to move one.

Every call of the function is recorded anew, so that its own `if` and `while` take the turn they
take at the moved number.  All Values that the caller holds are left as they were found.
"""

import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from autograd.chain_rule import Paths, pullback
from autograd.core.clock import clock
from autograd.core.ieee754 import as_float
from autograd.core.modes import recording
from autograd.core.pytree import flatten, rebuild, same_shape
from autograd.toposort import describe, topological
from autograd.value import Value

__all__ = ["Arguments", "BlackBox", "Derivatives", "Leaves", "Subject", "gradients_by_backward"]

# The results, and the leaves that they are differentiated by, in the order of `names`.
Call = tuple[list[Any], Sequence[Value]]


class Subject:
    """A function and the numbers to differentiate it by.

    Attributes:
        names: what the report calls each number.
        numbers: the point.
    """

    names: list[str]
    numbers: list[float]

    @contextmanager
    def at(self, i: int | None = None, number: float = 0.0) -> Iterator[Call]:
        """Call the function, with number i replaced when i is given."""
        yield [], []

    def rows(self) -> list[str]:
        """Return what the name of a derivative starts with, for each result."""
        return [""]


def number_of(x: Any) -> float:
    return x.data if isinstance(x, Value) else as_float(x)


def one_number(output: Any) -> Any:
    """Return the function's result.

    Raises:
        TypeError: when it is several numbers, or none.
    """
    if isinstance(output, list | tuple | dict):
        kind = type(output).__name__
        raise TypeError(f"expected a function that returns one number, it returned a {kind}")
    return output if isinstance(output, Value) else as_float(output)


class Arguments(Subject):
    """The numbers in f's arguments, lifted to fresh Values for every call."""

    def __init__(self, f: Callable[..., Any], args: tuple[Any, ...]) -> None:
        self.f = f
        self.args = args
        self.numbers = [number_of(x) for x in flatten(args)]
        self.names = argument_names(f, args)

    @contextmanager
    def at(self, i: int | None = None, number: float = 0.0) -> Iterator[Call]:
        """Call f on fresh leaves."""
        leaves = [Value(number if i == j else x) for j, x in enumerate(self.numbers)]
        with recording():
            yield [one_number(self.f(*rebuild(self.args, leaves)))], leaves


class Leaves(Subject):
    """Leaves that f reaches by itself, such as a module's parameters, nudged in place."""

    def __init__(self, f: Callable[..., Any], args: tuple[Any, ...], wrt: Any) -> None:
        self.f = f
        self.args = args
        named = wrt.named_parameters() if hasattr(wrt, "named_parameters") else label(wrt)
        self.names = [name for name, _ in named]
        self.leaves = [leaf for _, leaf in named]
        self.numbers = [leaf.data for leaf in self.leaves]

    @contextmanager
    def at(self, i: int | None = None, number: float = 0.0) -> Iterator[Call]:
        """Call f with one leaf nudged for as long as the result is looked at.

        Raises:
            ValueError: when f uses a result of the leaves that was recorded before.
        """
        with recording():
            if i is None:
                since = clock.begin()
                output = one_number(self.f(*self.args))
                require_recorded_since(since, output, self.leaves)
                yield [output], self.leaves
            else:
                with nudged(self.leaves[i], number):
                    yield [one_number(self.f(*self.args))], self.leaves


def require_recorded_since(time: int, output: Any, leaves: Sequence[Value]) -> None:
    """Raise ValueError when a result that rests on the leaves is older: it would not move along."""
    linked = set(leaves)
    for node in topological(output) if isinstance(output, Value) else ():
        if any(x in linked for x in node.parents):
            linked.add(node)
            if node._stamp < time:
                raise ValueError(
                    f"expected f to compute anew all that rests on wrt, but {describe(node)} was "
                    "recorded before; compute it inside f"
                )


class BlackBox(Subject):
    """A function of floats that returns a float, and somebody's gradient of it."""

    def __init__(
        self, f: Callable[..., Any], args: tuple[Any, ...], gradient: Callable[..., Any]
    ) -> None:
        self.f = f
        self.args = args
        self.gradient = gradient
        self.numbers = [as_float(x) for x in flatten(args)]
        self.names = argument_names(f, args)

    @contextmanager
    def at(self, i: int | None = None, number: float = 0.0) -> Iterator[Call]:
        """Call f on floats."""
        floats = [number if i == j else x for j, x in enumerate(self.numbers)]
        output = self.f(*rebuild(self.args, floats))
        yield [number_of(one_number(output))], []

    def stated(self) -> list[float]:
        """Return the numbers of the gradient to be checked.

        Raises:
            ValueError: when the gradient does not nest like the point.
        """
        found = plain(self.gradient(*rebuild(self.args, self.numbers)))
        for like in (self.args, self.args[0] if len(self.args) == 1 else self.args):
            if same_shape(like, found):
                return [number_of(x) for x in flatten(found)]
        raise ValueError(f"expected a gradient that nests like {self.args!r}, got {found!r}")


def plain(tree: Any) -> Any:
    """Return an array as nested lists; anything else as it is."""
    if isinstance(tree, tuple | list):
        return type(tree)([plain(branch) for branch in tree])
    return tree.tolist() if hasattr(tree, "tolist") else tree


class Derivatives(Subject):
    """The gradient of another subject, each of its numbers a result in its own right."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.names = subject.names
        self.numbers = subject.numbers

    def rows(self) -> list[str]:
        """Return the name of the first variable, for the Hessian's "x,y"."""
        return [f"{name}," for name in self.names]

    @contextmanager
    def at(self, i: int | None = None, number: float = 0.0) -> Iterator[Call]:
        """Call the function and record its pullback."""
        with self.subject.at(i, number) as ((output,), leaves):
            yield gradient_values(output, leaves), leaves


def gradient_values(output: Any, leaves: Sequence[Value]) -> list[Any]:
    return pullback(Paths([output], leaves), [(output, 1.0)], differentiable=True)


def gradients_by_backward(output: Any, leaves: Sequence[Value]) -> list[float]:
    """Return what `output.backward()` puts into the leaves' grad, every grad then put back.

    >>> x = Value(3.0)
    >>> gradients_by_backward(x * x, [x]), x.reached
    ([6.0], False)
    """
    if not isinstance(output, Value):
        return [0.0] * len(leaves)
    before = [(node, node._grad) for node in topological(output, *leaves)]
    try:
        for node, _ in before:
            node._grad = None
        output.backward()
        return [leaf.grad for leaf in leaves]
    finally:
        for node, grad in before:
            node._grad = grad


@contextmanager
def nudged(leaf: Value, number: float) -> Iterator[None]:
    """Give a leaf another number for a while, without making graphs that use it stale."""
    before = leaf._data
    try:
        leaf._data = number
        yield
    finally:
        leaf._data = before


def label(wrt: Any) -> list[tuple[str, Value]]:
    """Return names for bare leaves: their labels, or their positions."""
    named = []
    for i, leaf in enumerate([wrt] if isinstance(wrt, Value) else wrt):
        if not isinstance(leaf, Value) or leaf.operands:
            raise TypeError(f"expected wrt to hold leaves (Values without parents), got {leaf!r}")
        named.append((leaf.label or f"wrt[{i}]", leaf))
    return named


def argument_names(f: Callable[..., Any], args: tuple[Any, ...]) -> list[str]:
    """Return a name for every number in args: "x", "p['w'][0]"."""
    try:
        parameters = inspect.signature(f).parameters.values()
    except (TypeError, ValueError):  # a builtin without a signature
        parameters = []  # type: ignore[assignment]
    names = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    names += [f"args[{i}]" for i in range(len(names), len(args))]
    return [path for name, arg in zip(names, args, strict=False) for path in paths(name, arg)]


def paths(name: str, tree: Any) -> Iterator[str]:
    """Yield the Python expression of every number in a tree called `name`."""
    if isinstance(tree, dict):
        for key, branch in tree.items():
            yield from paths(f"{name}[{key!r}]", branch)
    elif isinstance(tree, list | tuple):
        for i, branch in enumerate(tree):
            yield from paths(f"{name}[{i}]", branch)
    else:
        yield name
