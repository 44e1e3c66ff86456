"""The same questions put to this package and its peers: right gradients, kinks, planted errors.

Each case is one function of one number: one input of a random function, of operations that all of
them have.  The planted error sits in an identity before everything else, so the gradient is
1 + error times the right one; where that is next to 0, or a thousandth of its terms in sum,
another is drawn.  Kinks are planted on the input itself.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from autograd import check, grad, identity
from autograd.checking import PartialCheck
from benchmarks.checking.functions import SHARED, Function, make
from benchmarks.checking.tables import VERDICTS, decade, show
from benchmarks.checking.wrong import exact_adjoints
from benchmarks.peers import measure
from tests.support import faults

__all__ = ["compare"]

SEED = "side by side"
GAPS = (1e-9, 1e-7, 1e-5, 1e-3)
# Powers of ten that planted errors lie between.
ERRORS = range(-6, -1)
# A derivative nearer to 0 than this may be 0 in floats, and times 1 + error still be right.
TINY = 1e-300
PEERS = {
    "torch": ("torch", "float64"),
    "JAX": ("jax", "float64"),
    "JAX, float32": ("jax", "float32"),
    "HIPS autograd": ("hips", "float64"),
}


@dataclass(frozen=True)
class Case:
    """A derivative to be checked.

    Attributes:
        place: the row of the table it counts in.
        function: of several inputs.
        i: the position of the input that is varied.
        error: how wrong its derivative is to be.
    """

    place: str
    function: Function
    i: int
    error: float = 0.0

    def call(self) -> Callable[[Any], Any]:
        """Return the function of one number, on this package's operations."""
        f, point, i = self.function.call(), self.function.point, self.i
        return lambda t: f(*point[:i], identity(t), *point[i + 1 :])


def cases(draw: random.Random, count: int) -> Iterator[Case]:
    """Yield so many cases of a right gradient, and as many of each kink and each decade."""
    for _ in range(count):
        function = make(draw, SHARED)
        yield Case("right, away from kinks", function, draw.randrange(len(function.point)))
    for gap in GAPS:
        for _ in range(count):
            function = make(draw, SHARED, gap, at_leaf=True)
            yield Case(f"right, kink at {gap:.0e}", function, function.bent[0])
    for low in ERRORS:
        for _ in range(count):
            error = 10.0 ** draw.uniform(low, low + 1)
            yield Case(f"wrong by {decade(error)}", *sloping(draw), error)


def sloping(draw: random.Random) -> tuple[Function, int]:
    """Return a function and an input that it has a slope by."""
    while True:
        function = make(draw, SHARED)
        i = draw.randrange(len(function.point))
        exact = exact_adjoints(function.program)[function.inputs[i]]
        if abs(float(exact.derivative)) > max(1e-3 * float(exact.size), TINY):
            return function, i


def compare(count: int) -> None:
    """Print how often each calls a right gradient wrong, and how often a wrong one right.

    Args:
        count: how many cases a row has.
    """
    asked = list(cases(random.Random(SEED), count))
    found = {
        "check": [verdict(case, with_graph) for case in asked],
        "check, black box": [verdict(case, black_box) for case in asked],
    }
    for name, (peer, precision) in PEERS.items():
        answer = measure("gradcheck", peer, precision, given=[plain(case) for case in asked])
        found[f"{name} {answer['version']}"] = answer["verdicts"]
    tables(asked, found, count)


def plain(case: Case) -> list[Any]:
    return [case.function.source, case.function.point, case.i, case.error]


def tables(asked: list[Case], found: dict[str, list[str]], count: int) -> None:
    """Print what was wrongly said, and what check left open, in percent; anything else in words."""
    note = f"% of {count} (seed {SEED!r})"
    show(f"right gradients called wrong, {note}", ("", *found), rows(asked, found, "right", "FAIL"))
    show(f"wrong gradients passed, {note}", ("", *found), rows(asked, found, "wrong", "PASS"))
    ours = {name: verdicts for name, verdicts in found.items() if name.startswith("check")}
    show(f"INCONCLUSIVE, {note}", ("", *ours), rows(asked, ours, "", "INCONCLUSIVE"))
    for name, verdicts in found.items():
        for said in sorted(set(verdicts) - set(VERDICTS)):
            print(f"   {name} {said}, in {verdicts.count(said)} cases")


def rows(
    asked: list[Case], found: dict[str, list[str]], wanted: str, said: str
) -> Iterator[list[object]]:
    """Yield for each kind of case how often each checker said so, in percent."""
    for place in dict.fromkeys(case.place for case in asked if case.place.startswith(wanted)):
        here = [k for k, case in enumerate(asked) if case.place == place]
        counts = [sum(verdicts[k] == said for k in here) for verdicts in found.values()]
        yield [place, *(f"{100.0 * count / len(here):.1f}" for count in counts)]


# -- this package's verdicts ----------------------------------------------------------------------


def with_graph(case: Case) -> PartialCheck:
    return check(case.call(), case.function.point[case.i]).partials[0]


def black_box(case: Case) -> PartialCheck:
    f = case.call()
    found = grad(f)(case.function.point[case.i])
    return check(f, case.function.point[case.i], gradient=lambda t: found).partials[0]


def verdict(case: Case, checked: Callable[[Case], PartialCheck]) -> str:
    """Return what a check says, with the error planted in the engine's own table."""
    with faults.partial_changed("identity", 0, lambda p: p * (1.0 + case.error)):
        said = checked(case).verdict
    assert said in VERDICTS
    return said
