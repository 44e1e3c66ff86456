"""Functions that turn fast: how often a check calls their gradients wrong, or passes wrong ones.

Each family draws functions whose derivative is known in closed form: f takes a number or a Value,
and the module whose `sin` is meant.  What is checked is the right gradient, the right one times
1 + error, with errors of 1e-5 to 1e-1, and the gradient of the slow part alone.
"""

import math
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any

import autograd
from autograd import Value, check
from benchmarks.checking.tables import VERDICTS, show

__all__ = ["FAMILIES", "Case", "cases", "turns", "verdict"]

BATCH = 5_000
# A claim is wrong when it is off by so much, relative.
WRONG = 1e-5
HEAD = ("", "gradients", *VERDICTS, "INCONCLUSIVE %")
Function = Callable[[Any, Any], Any]
Drawn = tuple[Function, Function, float]


@dataclass(frozen=True)
class Case:
    """A function of one number and a gradient to be checked.

    Attributes:
        family: what kind of function it is.
        f: takes the number and the module whose functions are meant.
        x: the number.
        right: the derivative.
        claim: the gradient that is checked.
    """

    family: str
    f: Function
    x: float
    right: float
    claim: float

    @property
    def wrong(self) -> bool:
        """Whether the claim is not the derivative."""
        return self.claim != self.right


def size(draw: random.Random, low: float, high: float) -> float:
    return float(10.0 ** draw.uniform(low, high))


def rate(draw: random.Random) -> float:
    """Return 1e3 to 1e10 rad per unit; every other one has a period that computers like."""
    k = size(draw, 3.0, 10.0)
    return draw.choice((k, k, 2.0 ** round(math.log2(k)) * math.tau, math.tau * round(k)))


def place(draw: random.Random) -> float:
    """Return an argument of 1 to 1e10, half of them with few digits."""
    x = draw.choice((-1.0, 1.0)) * size(draw, 0.0, 10.0)
    return draw.choice((x, float(f"{x:.2g}")))


def floor(x: Any) -> float:
    return float(math.floor(getattr(x, "data", x)))


def slow(draw: random.Random) -> Drawn:
    """Return a function that turns once a unit or so, its derivative, and a place."""
    c, x = draw.uniform(0.3, 2.0), draw.uniform(-2.0, 2.0)
    kinds: list[Drawn] = [
        (lambda t, m: m.sin(c * t + 0.7), lambda t, m: c * m.cos(c * t + 0.7), x),
        (lambda t, m: m.exp(c * t), lambda t, m: c * m.exp(c * t), x),
        (lambda t, m: c * t, lambda t, m: c, place(draw)),
        (lambda t, m: c * t * t + t, lambda t, m: 2.0 * c * t + 1.0, place(draw)),
        (lambda t, m: m.log(t * t + c), lambda t, m: 2.0 * t / (t * t + c), place(draw)),
    ]
    return draw.choice(kinds)


def inside(drawn: Callable[[], float], x: float) -> float:
    """Return a number of teeth or steps per unit, drawn until x is not at the edge of one.

    Where there are so many that all floats near x are at edges, the last one drawn.
    """
    k = drawn()
    for _ in range(99):
        if 0.01 < k * x % 1.0 < 0.99:
            break
        k = drawn()
    return k


def summed(
    draw: random.Random, slowly: Drawn, fast: Function, slope: Function
) -> tuple[Drawn, float]:
    """Return the sum of a slow part and a fast one of 1e-12 to 1 of its size, and its slope."""
    f, df, x = slowly
    part = (abs(f(x, math)) or 1.0) * size(draw, -12.0, 0.0)
    total = (
        lambda t, m: f(t, m) + part * fast(t, m),
        lambda t, m: df(t, m) + part * slope(t, m),
        x,
    )
    return total, df(x, math)


# -- the families ---------------------------------------------------------------------------------


def sine(draw: random.Random) -> tuple[Drawn, float]:
    k = rate(draw)
    return (lambda t, m: m.sin(k * t), lambda t, m: k * m.cos(k * t), place(draw)), 0.0


def slow_and_fast(draw: random.Random) -> tuple[Drawn, float]:
    k = rate(draw)
    return summed(draw, slow(draw), lambda t, m: m.sin(k * t), lambda t, m: k * m.cos(k * t))


def chirp(draw: random.Random) -> tuple[Drawn, float]:
    k, x = rate(draw), draw.uniform(0.5, 2.0)
    kinds: list[Drawn] = [
        (lambda t, m: m.sin(k * t * t), lambda t, m: 2.0 * k * t * m.cos(k * t * t), x),
        (lambda t, m: m.sin(k / t), lambda t, m: -k / t / t * m.cos(k / t), x),
        (
            lambda t, m: m.cos(m.exp(9.0 * t)),
            lambda t, m: -9.0 * m.exp(9.0 * t) * m.sin(m.exp(9.0 * t)),
            x,
        ),
    ]
    return draw.choice(kinds), 0.0


def sawtooth(draw: random.Random) -> tuple[Drawn, float]:
    f, df, x = slow(draw)
    k = inside(lambda: draw.choice((size(draw, 0.0, 8.0), 2.0 ** draw.randrange(28))), x)
    return summed(draw, (f, df, x), lambda t, m: k * t - floor(k * t), lambda t, m: k)


def look_up(draw: random.Random) -> tuple[Drawn, float]:
    """A table of numbers, with and without straight lines between them."""
    f, df, x = slow(draw)
    k = inside(lambda: size(draw, 0.0, 8.0), x)
    numbers, straight = [draw.uniform(-1.0, 1.0) for _ in range(64)], draw.choice((0.0, 1.0))

    def entry(t: Any, ahead: int) -> float:
        return numbers[(int(floor(k * t)) + ahead) % 64]

    def fast(t: Any, m: Any) -> Any:
        return entry(t, 0) + straight * (k * t - floor(k * t)) * (entry(t, 1) - entry(t, 0))

    slope = lambda t, m: straight * k * (entry(t, 1) - entry(t, 0))  # noqa: E731 - as the others
    return summed(draw, (f, df, x), fast, slope)


def steps(draw: random.Random) -> tuple[Drawn, float]:
    """A slow part, and one that is flat but for its steps, which climb as fast or slower."""
    f, df, x = slow(draw)
    share, part = draw.choice((1.0, size(draw, -5.0, 0.0))), draw.choice((0.0, 1.0))
    most = 12.0 + math.log10(share / max(1.0, abs(part * f(x, math)), abs(share * x)))
    k = inside(lambda: size(draw, min(most - 1.0, 0.0), most), x)
    drawn: Drawn = (
        lambda t, m: part * f(t, m) + share * floor(k * t) / k,
        lambda t, m: part * df(t, m),
        x,
    )
    return drawn, part * df(x, math) + share


def weierstrass(draw: random.Random) -> tuple[Drawn, float]:
    a, b, count = draw.uniform(0.3, 0.9), draw.choice((2.0, 3.0, 7.0)), draw.randrange(4, 25)
    terms = [(a**n, b**n * math.pi) for n in range(count)]
    drawn: Drawn = (
        lambda t, m: sum((p * m.cos(k * t) for p, k in terms), 0.0),
        lambda t, m: sum((-p * k * m.sin(k * t) for p, k in terms), 0.0),
        draw.uniform(-2.0, 2.0),
    )
    return drawn, -sum(p * k * math.sin(k * drawn[2]) for p, k in terms[: count // 2])


def sin_of_inverse(draw: random.Random) -> tuple[Drawn, float]:
    """x² sin(1/x) near 0 and, by its limit, at 0."""
    x = draw.choice((0.0, size(draw, -12.0, 0.0), -size(draw, -4.0, 0.0)))

    def f(t: Any, m: Any) -> Any:
        return t * t * m.sin(1.0 / t) if getattr(t, "data", t) else t * t

    def df(t: float, m: Any) -> float:
        return 2.0 * t * m.sin(1.0 / t) - m.cos(1.0 / t) if t else 0.0

    return (f, df, x), 2.0 * x * math.sin(1.0 / x) if x else 1.0


FAMILIES = {
    "sine": sine,
    "slow + fast": slow_and_fast,
    "chirp": chirp,
    "sawtooth": sawtooth,
    "look-up": look_up,
    "steps": steps,
    "Weierstrass": weierstrass,
    "x² sin(1/x)": sin_of_inverse,
}


def cases(family: str, draw: random.Random) -> Iterator[Case]:
    """Yield functions, each with its right gradient, a scaled one, and the slow part's."""
    while True:
        (f, df, x), other = FAMILIES[family](draw)
        right = float(df(x, math))
        scaled = right * (1.0 + draw.choice((-1.0, 1.0)) * size(draw, -4.99, -1.0))
        for claim in (right, scaled, other):
            if claim == right or abs(claim - right) > WRONG * abs(right):
                yield Case(family, f, x, right, claim)


def verdict(case: Case, black_box: bool) -> str:
    """Return the verdict on the claim, as somebody's own or as the engine's.

    The engine's is made wrong by a term that is 0 and has a slope.
    """
    if black_box:
        checked = check(lambda t: case.f(t, math), case.x, gradient=lambda t: case.claim)
        return checked.partials[0].verdict

    def f(t: Value) -> Any:
        found = case.f(t, autograd)
        off = case.claim - case.right
        return found + off * (t - t.detach()) if off else found

    return check(f, case.x).partials[0].verdict


# -- the tables -----------------------------------------------------------------------------------


def turns(points: int) -> None:
    """Print verdicts on right and on wrong gradients of every family.

    Args:
        points: how many functions of each kind; a batch has a seed of its own.
    """
    sizes = [min(BATCH, points - start) for start in range(0, points, BATCH)]
    with ProcessPoolExecutor() as pool:
        for name, black_box in (("with the graph", False), ("as a black box", True)):
            rows = []
            for family in FAMILIES:
                found = pool.map(
                    batch, [family] * len(sizes), [black_box] * len(sizes), range(len(sizes)), sizes
                )
                counts = sum(found, Counter[tuple[str, str]]())
                rows += [row(family, kind, counts) for kind in ("right", "wrong")]
            title = f"functions that turn fast, {name} (seeds '<family> 0' to '{len(sizes) - 1}')"
            show(title, HEAD, rows)


def batch(family: str, black_box: bool, number: int, points: int) -> Counter[tuple[str, str]]:
    """Count verdicts on so many functions; print every one that must not be."""
    draw, counts = random.Random(f"{family} {number}"), Counter[tuple[str, str]]()
    for k, case in enumerate(cases(family, draw)):
        if k == 3 * points:
            break
        said, kind = verdict(case, black_box), "wrong" if case.wrong else "right"
        counts[kind, said] += 1
        if (kind, said) in (("right", "FAIL"), ("wrong", "PASS")):
            print(f"{said} on a {kind} gradient: function {k // 3} of {case}", flush=True)
    return counts


def row(family: str, kind: str, counts: Counter[tuple[str, str]]) -> Sequence[object]:
    numbers = [counts[kind, each] for each in VERDICTS]
    total = sum(numbers)
    share = f"{100.0 * numbers[1] / total:.2f}" if total else "-"
    return [f"{family}, {kind}", total, *numbers, share]
