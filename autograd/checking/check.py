"""`check`: the engine's gradient beside finite differences, one verdict per partial."""

import inspect
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from autograd.chain_rule import Paths, pullback
from autograd.checking.differences import Estimate, differentiate
from autograd.checking.report import FAIL, INCONCLUSIVE, PASS, PartialCheck, Report
from autograd.reals import as_float
from autograd.state import no_grad, recording
from autograd.trees import flatten, rebuild
from autograd.value import Value

__all__ = ["check"]


def check(
    f: Callable[..., Any], point: Any = (), *, wrt: Any = None, resolution: float = 1e-6
) -> Report:
    """Compare the gradient of f with finite differences.

    Data, grads and the freshness of every Value are left as they were found.

    Args:
        f: a function of numbers, or of nested lists, tuples and dicts of them, to one number.
        point: where to check.  A tuple is f's arguments; anything else is its only argument.
        wrt: leaves to differentiate by instead of the arguments: a Module, or a list of Values.
        resolution: the relative error that must be told from 0 for a PASS.

    Raises:
        TypeError: when f does not return one number, or wrt holds what is no leaf.

    >>> report = check(lambda x, y: x * y ** 2, (3.0, 2.0))
    >>> bool(report), [partial.gradient for partial in report.partials]
    (True, [4.0, 12.0])
    """
    args = point if isinstance(point, tuple) else (point,)
    inputs: Inputs = Arguments(f, args) if wrt is None else Leaves(f, args, wrt)
    gradient = inputs.gradient()
    here = abs(inputs.value())
    checks = []
    for i, (name, number) in enumerate(zip(inputs.names, inputs.numbers, strict=True)):
        estimate = differentiate(lambda x, i=i: inputs.value(i, x), number)  # type: ignore[misc]
        scale = max(abs(estimate.derivative), 1e-3 * here / max(1.0, abs(number)))
        checks.append(judge(name, gradient[i], estimate, scale, resolution))
    return Report(tuple(checks))


def judge(
    name: str, gradient: float, estimate: Estimate, scale: float, resolution: float
) -> PartialCheck:
    """Return the verdict on one partial.

    The difference may be four times the bound, which is an estimate.  A reference that could
    not tell an error of `resolution` from none decides nothing.
    """
    tolerance = 4.0 * estimate.bound
    verdict, reason = PASS, ""
    if not math.isfinite(estimate.derivative) or not math.isfinite(estimate.bound):
        verdict, reason = INCONCLUSIVE, "no finite difference is finite"
    elif not abs(gradient - estimate.derivative) <= tolerance:
        verdict = FAIL
    elif tolerance > 0.5 * resolution * scale:
        verdict, reason = INCONCLUSIVE, "the differences do not settle: a kink, a pole or noise"
    numbers = (gradient, estimate.derivative, estimate.bound, scale, estimate.evaluations)
    return PartialCheck(name, verdict, *numbers, reason)


class Inputs:
    """The numbers to differentiate by, and the function of them."""

    names: list[str]
    numbers: list[float]

    def gradient(self) -> list[float]:
        """Return the derivative by each input, by the chain rule."""
        raise NotImplementedError

    def value(self, i: int = 0, number: float | None = None) -> float:
        """Return the function's value with input i replaced."""
        raise NotImplementedError


def derivatives(output: Any, targets: Sequence[Value]) -> list[float]:
    if isinstance(output, list | tuple | dict):
        raise TypeError(
            f"expected a function that returns one number, it returned a {type(output).__name__}"
        )
    return pullback(Paths([output], targets), [(output, 1.0)])


def number_of(output: Any) -> float:
    return output.data if isinstance(output, Value) else as_float(output)


class Arguments(Inputs):
    """The numbers in f's arguments, lifted to fresh Values for every call."""

    def __init__(self, f: Callable[..., Any], args: tuple[Any, ...]) -> None:
        self.f = f
        self.args = args
        self.numbers = [number_of(x) for x in flatten(args)]
        self.names = argument_names(f, args)

    def call(self, leaves: Sequence[Value]) -> Any:
        return self.f(*rebuild(self.args, leaves))

    def gradient(self) -> list[float]:
        leaves = [Value(x) for x in self.numbers]
        with recording():
            return derivatives(self.call(leaves), leaves)

    def value(self, i: int = 0, number: float | None = None) -> float:
        leaves = [Value(x) for x in self.numbers]
        if number is not None:
            leaves[i] = Value(number)
        with no_grad():
            return number_of(self.call(leaves))


class Leaves(Inputs):
    """Leaves that f reaches by itself, such as a module's parameters, nudged in place."""

    def __init__(self, f: Callable[..., Any], args: tuple[Any, ...], wrt: Any) -> None:
        self.f = f
        self.args = args
        named = wrt.named_parameters() if hasattr(wrt, "named_parameters") else label(wrt)
        self.names = [name for name, _ in named]
        self.leaves = [leaf for _, leaf in named]
        self.numbers = [leaf.data for leaf in self.leaves]

    def gradient(self) -> list[float]:
        with recording():
            return derivatives(self.f(*self.args), self.leaves)

    def value(self, i: int = 0, number: float | None = None) -> float:
        with nudged(self.leaves[i], number), no_grad():
            return number_of(self.f(*self.args))


@contextmanager
def nudged(leaf: Value, number: float | None) -> Iterator[None]:
    """Give a leaf another number for a while, without making graphs that use it stale."""
    before = leaf._data
    try:
        leaf._data = before if number is None else number
        yield
    finally:
        leaf._data = before


def label(wrt: Any) -> list[tuple[str, Value]]:
    """Return names for bare leaves: their labels, or their positions."""
    named = []
    for i, leaf in enumerate([wrt] if isinstance(wrt, Value) else wrt):
        if not isinstance(leaf, Value) or leaf.parents:
            raise TypeError(f"expected wrt to hold leaves (Values without parents), got {leaf!r}")
        named.append((leaf.label or f"wrt[{i}]", leaf))
    return named


def argument_names(f: Callable[..., Any], args: tuple[Any, ...]) -> list[str]:
    """Return a name for every number in args: "x", "p['w'][0]"."""
    try:
        names = list(inspect.signature(f).parameters)
    except (TypeError, ValueError):  # a builtin without a signature
        names = []
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
