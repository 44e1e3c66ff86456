"""Right gradients: how often a check cries wolf, how often it cannot tell, what it costs."""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from autograd import check, grad
from autograd.checking import PartialCheck
from benchmarks.checking.functions import EVERY, SMOOTH, Function, make
from benchmarks.checking.tables import counted, decade, show

__all__ = ["evaluations", "false_alarms"]

BATCH = 10_000
HEAD = ("", "partials", "PASS", "INCONCLUSIVE", "FAIL", "INCONCLUSIVE %")
Found = Iterator[tuple[str, Function, PartialCheck]]


def false_alarms(partials: int) -> None:
    """Print verdicts on right gradients, away from kinks and near planted ones.

    Args:
        partials: how many to check of each kind; a batch has a seed of its own.
    """
    sizes = [min(BATCH, partials - start) for start in range(0, partials, BATCH)]
    with ProcessPoolExecutor() as pool:
        for name in CHECKS:
            found = pool.map(batch, [name] * len(sizes), range(len(sizes)), sizes)
            counts = sum(found, Counter[tuple[str, str]]())
            seeds = f"seeds '{name} 0' to '{name} {len(sizes) - 1}'"
            show(f"right gradients, {name} ({seeds})", HEAD, counted(counts))


def batch(name: str, number: int, partials: int) -> Counter[tuple[str, str]]:
    """Count verdicts, on half as many partials away from kinks and on half near one."""
    draw, checked = random.Random(f"{name} {number}"), CHECKS[name]
    away = tally(away_from_kinks(draw, checked), partials // 2)
    return away + tally(near_kinks(draw, checked), partials - partials // 2)


def tally(found: Found, partials: int) -> Counter[tuple[str, str]]:
    """Count so many verdicts; print every FAIL, to be looked at."""
    counts: Counter[tuple[str, str]] = Counter()
    for place, function, partial in found:
        counts[place, partial.verdict] += 1
        if partial.verdict == "FAIL":
            print(
                f"FAIL on a right gradient: {partial}\n{function.source}\n{function.point}",
                flush=True,
            )
        if counts.total() == partials:
            break
    return counts


def away_from_kinks(draw: random.Random, checked: "Checked") -> Found:
    while True:
        function = make(draw, EVERY)
        for partial in checked(function):
            yield "away from kinks", function, partial


def near_kinks(draw: random.Random, checked: "Checked") -> Found:
    """Yield verdicts on the inputs that a kink rests on, by how far it is from its operand."""
    while True:
        gap = 10.0 ** draw.uniform(-9.0, -1.0)
        function = make(draw, EVERY, gap)
        partials = checked(function)
        for k in function.bent:
            yield f"kink at {decade(gap)}", function, partials[k]


# -- what is checked ------------------------------------------------------------------------------

Checked = Callable[[Function], Sequence[PartialCheck]]


def with_graph(function: Function) -> Sequence[PartialCheck]:
    """Check the engine's gradient."""
    return check(function.call(), function.point).partials


def black_box(function: Function) -> Sequence[PartialCheck]:
    """Check the same gradient as somebody's own, of a function that takes and returns floats."""
    f = function.call()
    derivatives: Any = grad(f, argnums=tuple(range(len(function.point))))
    return check(f, function.point, gradient=derivatives).partials


CHECKS = {"with the graph": with_graph, "as a black box": black_box}


def evaluations(partials: int) -> None:
    """Print how often f is called for one derivative of a smooth function."""
    rows = []
    for name, checked in CHECKS.items():
        draw, calls = random.Random("evaluations"), list[int]()
        while len(calls) < partials:
            calls += [partial.evaluations for partial in checked(make(draw, SMOOTH))]
        rows.append([name, *spread(calls)])
    head = ("", "inputs", "mean", "median", "99 %", "most")
    show("evaluations of f per input, smooth functions (seed 'evaluations')", head, rows)


def spread(calls: list[int]) -> list[object]:
    """Return how many numbers, their mean, median, 99th percentile and maximum."""
    count, ordered = len(calls), sorted(calls)
    mean = f"{sum(calls) / count:.1f}"
    return [count, mean, ordered[count // 2], ordered[int(0.99 * count)], ordered[-1]]
