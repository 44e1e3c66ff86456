"""`check`: anyone's gradient beside certified finite differences, one verdict per derivative."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from autograd.checking.blame import Blame
from autograd.checking.evaluation import Local, Probing, survey
from autograd.checking.neville import Estimate
from autograd.checking.report import FAIL, PartialCheck, Report
from autograd.checking.targets import Arguments, BlackBox, Derivatives, Leaves, Subject
from autograd.checking.trials import REACH, Draw, Trial
from autograd.checking.verdicts import Case, judge
from autograd.core import settings
from autograd.core.pytree import flatten

__all__ = ["check"]

UNSTEADY = "f gives another number when it is called again"


def check(
    f: Callable[..., Any],
    point: Any = (),
    *,
    wrt: Any = None,
    gradient: Callable[..., Any] | None = None,
    order: int = 1,
    resolution: float = 1e-6,
    seed: int = 0,
) -> Report:
    """Compare the gradient of f with finite differences.

    Data, grads and the freshness of every Value are left as they were found.

    Args:
        f: a function of numbers, or of nested lists, tuples and dicts of them, to one number.
        point: where to check.  A tuple is f's arguments; anything else is its only argument.
        wrt: leaves to differentiate by instead of the arguments: a Module, or a list of Values.
        gradient: anybody's gradient of f, to be checked instead of this package's: a function of
            f's arguments that returns what nests like them.  f then gets and returns plain floats.
        order: 2 checks every second derivative as well, named "x,y".
        resolution: the relative error that must be told from 0 for a PASS.
        seed: of the first step's length, which must not be in tune with a period of f.

    Raises:
        TypeError: when f does not return one number, wrt holds what is no leaf, or the point is
            an array.
        ValueError: when settings do not go together, there is nothing to differentiate by,
            gradient does not nest like point, or f uses a result of the leaves in wrt that was
            recorded before.

    >>> report = check(lambda x, y: x * y ** 2, (3.0, 2.0))
    >>> bool(report), [partial.gradient for partial in report.partials]
    (True, [4.0, 12.0])
    >>> bool(check(lambda x: x ** 3, 2.0, gradient=lambda x: 3 * x ** 2))
    True
    """
    order = settings.whole(order, "expected order to be 1 or 2")
    require(order, wrt, gradient)
    between = "expected resolution between 0 and 1"
    resolution = settings.real(resolution, between, lambda x: 0.0 < x < 1.0)
    seed = settings.whole(seed, "expected seed to be an integer")
    args = point if isinstance(point, tuple) else (point,)
    if not args and wrt is None:
        raise ValueError("nothing to check: expected a point, or leaves as wrt=model")
    subject = subject_of(f, args, wrt, gradient)
    draw = Draw(seed)
    partials = certify(subject, resolution, draw)
    if order == 2:
        partials += certify(Derivatives(subject), resolution, draw)
    return Report(tuple(partials))


def require(order: int, wrt: Any, gradient: Any) -> None:
    """Raise ValueError when settings are out of range or do not go together."""
    if order not in (1, 2):
        raise ValueError(f"expected order to be 1 or 2, got {order!r}")
    if gradient is not None and (order != 1 or wrt is not None):
        raise ValueError("a gradient of your own is checked by f's arguments, and to order 1 only")


def subject_of(f: Callable[..., Any], args: tuple[Any, ...], wrt: Any, gradient: Any) -> Subject:
    if wrt is not None:
        return Leaves(f, args, wrt)
    for x in flatten(args):
        if hasattr(x, "tolist") and hasattr(x, "shape") and x.shape:
            raise TypeError(
                "expected a point of numbers, or of lists, tuples and dicts of them, got a "
                f"{type(x).__name__} of shape {x.shape}: give its tolist(), and let f take lists"
            )
    return Arguments(f, args) if gradient is None else BlackBox(f, args, gradient)


def certify(subject: Subject, resolution: float, draw: Draw) -> list[PartialCheck]:
    """Return a verdict on the derivative of each result by each number."""
    table = survey(subject)
    if not table or not table[0]:
        return []
    steady = repeats(subject, table)
    columns = [
        column(subject, i, [row[i] for row in table], resolution, draw, steady)
        for i in range(len(subject.numbers))
    ]
    return [checked for row in zip(*columns, strict=True) for checked in row]


def repeats(subject: Subject, table: Sequence[Sequence[Local]]) -> list[bool]:
    """Return, for each result, whether a second call gives the same number."""
    with subject.at() as (outputs, _):
        again = [getattr(output, "data", output) for output in outputs]
    before = [row[0].sample.value for row in table]
    return [a == b or (a != a and b != b) for a, b in zip(again, before, strict=True)]


def column(
    subject: Subject,
    i: int,
    locals: Sequence[Local],
    resolution: float,
    draw: Draw,
    steady: Sequence[bool],
) -> list[PartialCheck]:
    """Return the verdicts on the derivatives by one number."""
    probing = Probing(subject, i, locals)
    found = []
    for row, (prefix, local) in enumerate(zip(subject.rows(), locals, strict=True)):
        name = prefix + subject.names[i]
        before = probing.calls
        if steady[row]:
            trial = Trial(probing, row, name, local, resolution)
            checked = trial.verdict(draw)
        else:
            case = Case(name, local, Estimate(problem=UNSTEADY), resolution, REACH)
            checked = judge(case)
        checked = replace(checked, evaluations=probing.calls - before)
        if checked.verdict == FAIL and not isinstance(subject, BlackBox):
            checked = replace(checked, blame=Blame(subject, row, i).told())
        found.append(checked)
    return found
