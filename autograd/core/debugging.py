"""Debug mode: operations know the line that recorded them, and the first inf or nan raises."""

import math
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from autograd.core.modes import modes, switched
from autograd.errors import NonFiniteError

__all__ = [
    "Step", "debug", "debug_enabled", "located", "require_finite", "require_finite_flow",
    "require_finite_grad",
]  # fmt: skip

# How many operands a message names.
SHOWN = 8
FLOWS = {"backward": "adjoint", "forward": "tangent"}


class Alarms(threading.local):
    """Whether this thread wants to know lines but lets inf and nan pass, or where alarms wait."""

    off = False
    waiting: Any = None  # see untaken_branches.py


alarms = Alarms()


@contextmanager
def debug() -> Iterator[None]:
    """Raise at the first inf or nan that an operation makes of finite numbers.

    A branch that `where` does not take raises nothing in what a transform or a compiled function
    runs: alarms wait until the function returns.

    On the way back too, and in functions of plain numbers, in an optimizer's update, and in
    compiled functions, which then trace every row anew: that is slow.

    Raises:
        NonFiniteError: names the operation, its operands and the line that recorded it.

    >>> import autograd
    >>> with debug():
    ...     autograd.log(autograd.Value(0.0))
    Traceback (most recent call last):
    autograd.errors.NonFiniteError: log gave -inf of finite operands (0.0)
      recorded at <doctest autograd.core.debugging.debug[1]>:2
    """
    with switched(debugging=True):
        yield


@contextmanager
def located() -> Iterator[None]:
    """Record lines as `debug()` does, but let inf and nan pass."""
    before, alarms.off = alarms.off, True
    try:
        with switched(debugging=True):
            yield
    finally:
        alarms.off = before


def debug_enabled() -> bool:
    """Return whether this thread raises at the first inf or nan: whether it is in `debug()`.

    >>> with debug():
    ...     debug_enabled()
    True
    """
    return modes.debugging and not alarms.off


def all_finite(numbers: Iterable[float]) -> bool:
    """Whether none of them is inf or nan."""
    return all(map(math.isfinite, numbers))


class Step(NamedTuple):
    """An operation on numbers: its primitive's name, and the line that recorded it, if known."""

    rule: str
    result: float
    operands: Sequence[float]
    source: str | None

    def of_operands(self) -> str:
        """The operands in words; of many, the first ones and the last."""
        words = [*map(repr, self.operands)]
        if len(words) > SHOWN:
            words[SHOWN - 2 :] = ["...", f"{words[-1]}; {len(words)} in all"]
        return f"of finite operands ({', '.join(words)})"

    def recorded(self) -> str:
        """The line in words."""
        return f"\n  recorded at {self.source or 'a line unknown: it was recorded outside debug()'}"


def require_finite(step: Step) -> None:
    """Raise NonFiniteError where finite operands gave inf or nan."""
    if not math.isfinite(step.result) and all_finite(step.operands):
        raise NonFiniteError(
            f"{step.rule} gave {step.result!r} {step.of_operands()}{step.recorded()}"
        )


def require_finite_flow(
    step: Step, way: str, flow: float, partial: float, before: float, after: float
) -> None:
    """Raise NonFiniteError where finite numbers made an adjoint or a tangent inf or nan.

    Args:
        step: the operation that it flows through.
        way: "backward" or "forward".
        flow: what flows into the operation.
        partial: what it is multiplied by.
        before: what the product is added to.
        after: their sum.
    """
    if math.isfinite(after) or not all_finite((step.result, *step.operands, flow, before)):
        return
    raise NonFiniteError(
        f"{way} through {step.rule} {step.of_operands()} is not finite: "
        f"{FLOWS[way]} {flow!r} × partial {partial!r}{step.recorded()}"
    )


def require_finite_grad(leaf: str, before: float, term: float) -> None:
    """Raise NonFiniteError where a leaf's finite gradient and a finite term add up to inf."""
    if not math.isfinite(before + term) and all_finite((before, term)):
        raise NonFiniteError(
            f"the gradients of two passes add up to {before + term!r} for {leaf}: {before!r} + "
            f"{term!r}; zero_grad() between them starts anew"
        )
