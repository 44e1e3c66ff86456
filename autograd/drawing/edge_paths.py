"""Edge paths: a line of a layout as two parallel paths and an arrowhead at each end."""

import math
from collections.abc import Sequence

__all__ = ["arrowhead", "coordinates", "path", "sampled", "trimmed"]

Point = tuple[float, float]
Cubic = tuple[Point, Point, Point, Point]


def coordinates(x: float) -> str:
    """Return a coordinate as SVG has it, to a hundredth.

    >>> coordinates(1.5), coordinates(-0.001)
    ('1.5', '0')
    """
    return f"{round(x, 2) + 0.0:.2f}".rstrip("0").rstrip(".")


def path(points: Sequence[Point], aside: float = 0.0) -> str:
    """Return the path data of curves, moved sideways.

    Args:
        points: a start, then three points for each cubic Bezier curve.
        aside: how far to the right, as seen along the line.

    >>> path(((0.0, 0.0), (1.0, 0.0), (2.0, 0.0), (3.0, 0.0)), 1.0)
    'M0,1L3,1'
    """
    whole = [cubic for cubic in cubics(points) if cubic[0] != cubic[3]]
    if not whole:
        return ""
    moved = [sideways(cubic, aside) for cubic in whole]
    words = [f"M{pair(moved[0][0])}"]
    for cubic, (_, first, second, end) in zip(whole, moved, strict=True):
        words.append(
            f"C{pair(first)} {pair(second)} {pair(end)}" if bent(cubic) else f"L{pair(end)}"
        )
    return "".join(words)


def pair(point: Point) -> str:
    """Return a point as SVG has it."""
    return f"{coordinates(round(point[0], 1))},{coordinates(round(point[1], 1))}"


def cubics(points: Sequence[Point]) -> list[Cubic]:
    """Return the curves one by one."""
    return [
        (points[i], points[i + 1], points[i + 2], points[i + 3])
        for i in range(0, len(points) - 1, 3)
    ]


def bent(cubic: Cubic) -> bool:
    """Return whether a curve leaves the line through its ends."""
    start, first, second, end = cubic
    along = (end[0] - start[0], end[1] - start[1])
    return any(
        abs(along[0] * (p[1] - start[1]) - along[1] * (p[0] - start[0])) > 1e-6 * math.hypot(*along)
        for p in (first, second)
    )


def divided(cubic: Cubic, pieces: int) -> list[Cubic]:
    """Return a curve cut into pieces, by de Casteljau's construction."""
    found = []
    for left in range(pieces, 1, -1):
        piece, cubic = split(cubic, 1.0 / left)
        found.append(piece)
    return [*found, cubic]


def split(cubic: Cubic, at: float) -> tuple[Cubic, Cubic]:
    """Return the two parts of a curve before and behind a share of it."""
    a, b, c, d = cubic
    ab, bc, cd = between(a, b, at), between(b, c, at), between(c, d, at)
    abc, bcd = between(ab, bc, at), between(bc, cd, at)
    middle = between(abc, bcd, at)
    return (a, ab, abc, middle), (middle, bcd, cd, d)


def between(a: Point, b: Point, at: float) -> Point:
    """Return the point a share of the way from one to another."""
    return a[0] + (b[0] - a[0]) * at, a[1] + (b[1] - a[1]) * at


def sideways(cubic: Cubic, aside: float) -> Cubic:
    """Return a curve moved sideways: exact at its ends and in its middle, close between."""
    a, b, c, d = cubic
    start, end = normal(a, b if b != a else d), normal(c if c != d else a, d)
    (_, _, before, middle), (_, behind, _, _) = split(cubic, 0.5)
    wanted = plus(middle, normal(before, behind), aside)
    a1, d1 = plus(a, start, aside), plus(d, end, aside)
    x, y = ((8.0 * wanted[i] - a1[i] - d1[i] - 3.0 * (b[i] + c[i])) / 6.0 for i in (0, 1))
    return a1, (b[0] + x, b[1] + y), (c[0] + x, c[1] + y), d1


def normal(a: Point, b: Point) -> Point:
    """Return the unit vector to the right of the way from one point to another."""
    x, y = b[0] - a[0], b[1] - a[1]
    length = math.hypot(x, y) or 1.0
    return -y / length, x / length


def plus(point: Point, direction: Point, length: float) -> Point:
    """Return the point so far away in a direction."""
    return point[0] + length * direction[0], point[1] + length * direction[1]


def trimmed(points: Sequence[Point], start: float, end: float) -> tuple[Point, ...]:
    """Return curves without so much of their first and last, which are straight."""
    found = list(points)
    found[0] = advanced(points[0], points[3], start)
    found[-1] = advanced(points[-1], points[-4], end)
    for i in {0, len(found) - 4}:
        if not bent((points[i], points[i + 1], points[i + 2], points[i + 3])):
            found[i + 1] = between(found[i], found[i + 3], 1 / 3)
            found[i + 2] = between(found[i], found[i + 3], 2 / 3)
    return tuple(found)


def advanced(point: Point, towards: Point, length: float) -> Point:
    """Return the point so far on the way to another, but no further."""
    whole = math.dist(point, towards)
    return between(point, towards, min(length / whole, 0.95)) if whole else point


def arrowhead(points: Sequence[Point], length: float, half: float, at_end: bool) -> str:
    """Return the corners of an arrowhead whose tip is the end, or the start, of a line."""
    tip = points[-1] if at_end else points[0]
    inner = points[-4] if at_end else points[3]
    back = advanced(tip, inner, length)
    aside = normal(tip, inner)
    corners = tip, plus(back, aside, half), plus(back, aside, -half)
    return " ".join(map(pair, corners))


def sampled(points: Sequence[Point], each: int = 12) -> list[Point]:
    """Return points on curves, so many of each bend."""
    found = [points[0]]
    for cubic in cubics(points):
        pieces = divided(cubic, each) if bent(cubic) else [cubic]
        found += [piece[3] for piece in pieces if piece[3] != found[-1]]
    return found
