"""Branches not taken: which inf and nan of a function's run count in `debug()`, and which do not.

What a `where` does not take, and what is multiplied by an adjoint of 0, adds nothing.  Whether a
result ends there is known when the function has returned; so its alarms wait until then.  Nor does
the chain rule hand anything down there.
"""

from collections.abc import Callable, Iterable
from typing import Any

from autograd.backward import read, step_of
from autograd.core.debugging import alarms, debug_enabled, require_finite
from autograd.core.modes import tracing
from autograd.core.pytree import flatten
from autograd.toposort import topological

__all__ = ["alive", "judged", "selected"]

# A Value.
Node = Any


class Waiting:
    """The alarms of a run, and what it did not take."""

    def __init__(self) -> None:
        self.faults: list[Node] = []
        self.untaken: list[Node] = []

    def note(self, node: Node) -> None:
        """Look at a node that has just been recorded."""
        self.untaken += [x for x in not_taken(node) if type(x) is not float]
        if node._data - node._data != 0.0 and all(x - x == 0.0 for x in read(node._operands)):
            self.faults.append(node)

    def judge(self, results: Iterable[Any]) -> None:
        """Raise NonFiniteError for the first fault that a result, or anything else, may rest on."""
        if not self.faults:
            return
        counting = alive(results)
        excused = {*topological(*self.untaken)} - counting
        for node in self.faults:
            if node not in excused:
                require_finite(step_of(node))


def not_taken(node: Node) -> tuple[Any, ...]:
    """Return the operands of a node that add nothing to it."""
    rule, operands = node._rule, node._operands
    if not operands or not rule.trusted:
        return ()
    if rule.name == "where":
        (chosen,) = read(operands[:1])
        return operands[2:] if chosen > 0.0 else operands[1:2]  # type: ignore[no-any-return]
    if rule.name == "weigh" and read(operands[:1]) == [0.0]:
        return operands[1:]  # type: ignore[no-any-return]
    return ()


def taken(node: Node) -> tuple[Any, ...]:
    """Return the operands of a node that count."""
    skipped = not_taken(node)
    if not skipped:
        return node._operands  # type: ignore[no-any-return]
    if node._rule.name == "weigh":
        return node._operands[:1]  # type: ignore[no-any-return]
    condition, x, y = node._operands
    return condition, x if read((condition,))[0] > 0.0 else y


def alive(results: Iterable[Any]) -> set[Node]:
    """Return every Value that the results rest on by way of branches that were taken."""
    return {*topological(*[x for x in results if hasattr(x, "_operands")], follow=taken)}


def selected(partial: Any, again: bool) -> bool:
    """Whether an operand of `where` was selected: what is not gets no adjoint, not even a 0.

    In a trace that may be otherwise at the next replay, and the adjoint is recorded; unless it is
    differentiated again, where a 0 would meet the infinite derivatives of the branch: a guard.
    """
    return (tracing() and not again) or partial != 0.0


def judged(f: Callable[..., Any], *args: Any, _apart: bool = False, **kwargs: Any) -> Any:
    """Return f(*args, **kwargs); in `debug()` raise NonFiniteError at the first fault that counts.

    A function that runs inside another is judged with it, unless it is told apart.
    """
    before = alarms.waiting
    if not debug_enabled() or (before is not None and not _apart):
        return f(*args, **kwargs)
    alarms.waiting = waiting = Waiting()
    try:
        result = f(*args, **kwargs)
    except Exception:
        waiting.judge(())
        raise
    finally:
        alarms.waiting = before
    waiting.judge(flatten(result))
    return result
