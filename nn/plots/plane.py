"""Lines and points in the plane, over the shades of a function; and pictures side by side."""

import math
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from autograd import no_grad
from autograd.extend import settings
from nn.modules.rows import as_float
from nn.plots.line_plot import (
    BOTTOM,
    HEIGHT,
    LEFT,
    RIGHT,
    TOP,
    WIDTH,
    Axis,
    Curves,
    axis,
    dot,
    frame,
    head,
    legend,
    style,
    text,
)

__all__ = ["plot_plane", "side_by_side"]

Point = tuple[float, float]
Span = tuple[float, float]
Named = Mapping[str, Iterable[Point]]

SHADES = 16
PALE, DEEP = (255, 255, 255), (140, 164, 188)  # the lowest shade and the highest
FAR = 1e5  # pixels: what lies further out than this is drawn here


def plot_plane(
    lines: Named | None = None,
    points: Named | None = None,
    *,
    surface: Callable[[float, float], Any] | None = None,
    x: Span | None = None,
    y: Span | None = None,
    title: str = "",
    xlabel: str = "",
    size: tuple[int, int] = (WIDTH, HEIGHT),
    cells: int = 110,
) -> Curves:
    """Draw lines and points given by coordinates, over the shades of a function.

    Args:
        lines: (x, y) pairs by name; one that is not finite interrupts the line.
        points: (x, y) pairs by name; those of a line's name have its colour.
        surface: a function of x and y; darker is higher, and every shade covers the same area.
        x: the first and the last x of the picture; None takes them from the data.
        y: the same for y.
        title: printed above.
        xlabel: printed below.
        size: width and height in pixels.
        cells: into how many squares the width is divided for the shades.

    Raises:
        ValueError: when x or y is no interval, or is None and there are no data to take it from;
            when cells is below 1.

    >>> path = [(1.0, 1.0), (0.5, 0.2), (0.1, 0.0)]
    >>> picture = plot_plane({"path": path}, surface=lambda x, y: x * x + 5 * y * y)
    >>> picture.svg.count("<polyline")  # the path, and a piece of it before its name
    2
    """
    routes = {name: list(where) for name, where in (lines or {}).items()}
    marks = {name: list(where) for name, where in (points or {}).items()}
    names, (width, height) = list({**routes, **marks}), map(settings.plain, size)
    where = [p for some in (routes, marks) for several in some.values() for p in several]
    across = scale("x", x, [p[0] for p in where], LEFT, width - RIGHT)
    up = scale("y", y, [p[1] for p in where], height - BOTTOM, TOP)
    cells = settings.whole(cells, "expected cells of at least 1", 1)
    inside = [] if surface is None else shading(surface, across, up, cells)
    for name, given in marks.items():
        inside += [mark(across, up, p, names.index(name)) for run in runs(given) for p in run]
    for i, given in enumerate(routes.values()):
        inside += [route(across, up, run, i) for run in runs(given)]
    middle = (LEFT + width - RIGHT) / 2
    parts = [head(width, height), *frame(across, up), window(across, up, inside)]
    parts += [text(middle, 22, title, 'text-anchor="middle" font-size="15"')]
    parts += [text(middle, height - 10, xlabel, 'text-anchor="middle"')]
    parts += legend(names, width, {*marks} - {*routes})
    return Curves("\n".join([*parts, "</svg>"]), width, height)


def side_by_side(pictures: Sequence[Curves], columns: int = 2, width: int = 960) -> Curves:
    """Put pictures of one size in rows: a film strip, or a comparison.

    Args:
        pictures: at least one.
        columns: how many in a row.
        width: of the whole, in pixels.

    Raises:
        ValueError: when there is no picture, or no column.

    >>> frames = [plot_plane(points={"": [(0.0, float(i))]}) for i in range(3)]
    >>> side_by_side(frames, columns=3, width=900).height
    188
    """
    columns = settings.whole(columns, "expected columns to be an integer of at least 1", 1)
    if not pictures:
        raise ValueError(f"expected pictures and columns, got 0 and {columns}")
    width = settings.whole(width, "expected width to be an integer of at least 1", 1)
    factor = width / (columns * pictures[0].width)
    wide, high = width / columns, pictures[0].height * factor
    placed = [
        f'<g transform="translate({i % columns * wide:.1f} {i // columns * high:.1f}) '
        f'scale({factor:.4f})">{picture.svg}</g>'
        for i, picture in enumerate(pictures)
    ]
    height = math.ceil(high * -(-len(pictures) // columns))
    return Curves("\n".join([head(width, height), *placed, "</svg>"]), width, height)


def scale(name: str, span: Span | None, given: list[float], start: float, end: float) -> Axis:
    """The axis over a span, or with some room around the numbers."""
    if span is not None:
        low, high = span
        if not (math.isfinite(high - low) and low < high):
            raise ValueError(f"expected {name} to go from a number up to another, got {span!r}")
        return axis(low, high, start, end, exact=True)
    finite = [z for z in given if math.isfinite(z) and abs(z) < 1e300]
    if not finite:
        raise ValueError(f"expected {name}=(first, last) where no data tell it, got None")
    return axis(min(finite), max(finite), start, end)


def shading(surface: Callable[[float, float], Any], across: Axis, up: Axis, n: int) -> list[str]:
    """One path per shade, of the cells where the surface is that high; none where it is nan."""
    side = (across.end - across.start) / n
    paths: dict[int, str] = {}
    for j, row in enumerate(ranks(heights(surface, across, up, side))):
        for shade, i, wide in stretches(row):
            paths[shade] = paths.get(shade, "") + f"M{i} {j}h{wide}v1h-{wide}z"
    shades = [f'<path d="{paths[k]}" fill="{shade_colour(k)}"/>' for k in sorted(paths) if k >= 0]
    place = f"translate({across.start} {up.end}) scale({side:.5f})"  # so that a cell is 1 by 1
    return [f'<g transform="{place}" shape-rendering="crispEdges">', *shades, "</g>"]


def heights(
    surface: Callable[[float, float], Any], across: Axis, up: Axis, side: float
) -> list[list[float]]:
    """How high the surface is in the middle of each cell, rows from the top."""
    columns = round((across.end - across.start) / side)
    xs = [across.number(across.start + (i + 0.5) * side) for i in range(columns)]
    rows = math.ceil((up.start - up.end) / side)
    ys = [up.number(up.end + (j + 0.5) * side) for j in range(rows)]
    with no_grad():
        return [[as_float(surface(x, y)) for x in xs] for y in ys]


def ranks(rows: list[list[float]]) -> list[list[int]]:
    """The shades, 0 to SHADES − 1, each as often as any other; −1 for nan."""
    known = sorted(z for row in rows for z in row if z == z)
    borders = [known[k * len(known) // SHADES] for k in range(1, SHADES)] if known else []
    return [[bisect_right(borders, z) if z == z else -1 for z in row] for row in rows]


def stretches(row: list[int]) -> Iterator[tuple[int, int, int]]:
    """Yield (number, where it begins, how often) for each stretch of equal numbers.

    >>> list(stretches([7, 7, 5]))
    [(7, 0, 2), (5, 2, 1)]
    """
    first = 0
    for number, same in groupby(row):
        count = len(list(same))
        yield number, first, count
        first += count


def shade_colour(shade: int) -> str:
    part = shade / (SHADES - 1)
    mixed = [round(a + part * (b - a)) for a, b in zip(PALE, DEEP, strict=True)]
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


def runs(points: list[Point]) -> list[list[Point]]:
    """The pieces of a line between points that are not finite."""
    grouped = groupby(points, key=lambda p: math.isfinite(p[0]) and math.isfinite(p[1]))
    return [list(run) for finite, run in grouped if finite]


def route(across: Axis, up: Axis, run: list[Point], i: int) -> str:
    spots = (f"{x:.1f},{y:.1f}" for x, y in (spot(across, up, p) for p in run))
    moved = " ".join(place for place, _ in groupby(spots))  # steps too short to see are left out
    return f'<polyline points="{moved}" {style(i)}/>'


def mark(across: Axis, up: Axis, point: Point, i: int) -> str:
    return dot(*spot(across, up, point), i)


def spot(across: Axis, up: Axis, point: Point) -> Point:
    """Where a point is, in pixels."""
    x, y = across.pixel(point[0]), up.pixel(point[1])
    return max(-FAR, min(FAR, x)), max(-FAR, min(FAR, y))


def window(across: Axis, up: Axis, parts: list[str]) -> str:
    """Parts of the picture, cut off at the axes' ends."""
    box = f"{across.start} {up.end} {across.end - across.start} {up.start - up.end}"
    x, y, width, height = box.split()
    place = f'x="{x}" y="{y}" width="{width}" height="{height}"'
    return f'<svg {place} viewBox="{box}" overflow="hidden">{"".join(parts)}</svg>'
