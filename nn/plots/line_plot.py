"""A line plot as SVG text, without any other package."""

import html
import math
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from autograd.extend import atomic_write

__all__ = ["Curves", "curves"]

WIDTH, HEIGHT = 640, 400
LEFT, RIGHT, TOP, BOTTOM = 72, 16, 56, 48
# Okabe and Ito, "Color universal design", 2008: told apart by colour-blind readers.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000")
DASHES = ("none", "6 3", "2 3")


@dataclass(frozen=True)
class Curves:
    """A finished plot: a notebook shows it, `save` writes it.

    Args:
        svg: the picture as SVG text.
        width: in pixels.
        height: in pixels.
    """

    svg: str = field(repr=False)
    width: int = WIDTH
    height: int = HEIGHT

    def _repr_svg_(self) -> str:
        return self.svg

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the picture to an .svg file; an old file is replaced whole.

        Args:
            path: the file.

        Raises:
            OSError: when it cannot be written.
        """
        atomic_write.write_file(path, self.svg)


@dataclass(frozen=True)
class Axis:
    """A scale from numbers (low to high) to pixels (start to end), and its round ticks."""

    low: float
    high: float
    start: float
    end: float
    ticks: list[float]

    def pixel(self, x: float) -> float:
        return self.start + (x - self.low) / (self.high - self.low) * (self.end - self.start)

    def number(self, pixel: float) -> float:
        return self.low + (pixel - self.start) / (self.end - self.start) * (self.high - self.low)


def curves(series: Mapping[str, Sequence[float]], title: str = "", xlabel: str = "epoch") -> Curves:
    """Draw each series over 1, 2, 3, ...

    Args:
        series: numbers by name, one per step; inf and nan leave a gap.
        title: printed above.
        xlabel: printed below.

    Raises:
        ValueError: when there is no series, or one is empty.

    >>> plot = curves({"loss": [3.0, 1.0, 0.5]}, title="a & b")
    >>> "a &amp; b" in plot.svg
    True
    """
    if not series or not all(len(ys) for ys in series.values()):
        raise ValueError("expected at least one series, and one number in each, got none")
    # A picture has no use for more: the span of what is left is finite.
    clipped = {k: [max(-1e300, min(1e300, y)) if math.isfinite(y) else y for y in ys]
               for k, ys in series.items()}  # fmt: skip
    finite = [y for ys in clipped.values() for y in ys if math.isfinite(y)] or [0.0]
    across = axis(1.0, max(map(len, clipped.values())), LEFT, WIDTH - RIGHT, whole=True)
    up = axis(min(finite), max(finite), HEIGHT - BOTTOM, TOP)
    parts = [
        head(WIDTH, HEIGHT),
        *frame(across, up),
        text((LEFT + WIDTH - RIGHT) / 2, 22, title, 'text-anchor="middle" font-size="15"'),
        text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, xlabel, 'text-anchor="middle"'),
    ]
    for i, ys in enumerate(clipped.values()):
        parts += line(across, up, ys, i)
    return Curves("\n".join([*parts, *legend(list(clipped)), "</svg>"]))


def head(width: float, height: float) -> str:
    """The beginning of a picture, on white."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" font-family="sans-serif" font-size="12" fill="#333">'
        f'<rect width="{width}" height="{height}" fill="#fff"/>'
    )


def axis(
    low: float, high: float, start: float, end: float, *, whole: bool = False, exact: bool = False
) -> Axis:
    """An axis around low..high; one number gets some room on both sides."""
    if high - low < 1e-290:
        room = 1.0 if whole else abs(low) / 2 or 1.0
        low, high = low - room, high + room
    elif not (whole or exact):
        room = (high - low) * 0.04
        low, high = low - room, high + room
    return Axis(low, high, start, end, round_ticks(low, high, whole))


def round_ticks(low: float, high: float, whole: bool) -> list[float]:
    """Multiples of 1, 2 or 5 times a power of ten, about six of them.

    >>> round_ticks(0.0, 1.0, False)
    [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    """
    rough = (high - low) / 6
    power = 10.0 ** math.floor(math.log10(rough)) if rough > 1e-300 else rough
    step = next(m * power for m in (1.0, 2.0, 5.0, 10.0, 20.0) if m * power >= rough)
    step = max(1.0, step) if whole else step
    first, last = math.ceil(low / step), math.floor(high / step)
    return [float(f"{i * step:.12g}") for i in range(first, min(last, first + 20) + 1)]


def frame(across: Axis, up: Axis) -> list[str]:
    """Grid lines, tick labels and the two axes."""
    left, right, bottom, top = across.start, across.end, up.start, up.end
    parts = []
    for x in across.ticks:
        at = across.pixel(x)
        parts += [segment(at, bottom, at, bottom + 5, "#333")]
        parts += [text(at, bottom + 19, f"{x:g}", 'text-anchor="middle"')]
    for y in up.ticks:
        at = up.pixel(y)
        parts += [segment(left - 5, at, right, at, "#ddd")]
        parts += [text(left - 9, at + 4, f"{y:.6g}", 'text-anchor="end"')]
    axes = [segment(left, bottom, right, bottom, "#333"), segment(left, top, left, bottom, "#333")]
    return parts + axes


def line(across: Axis, up: Axis, ys: Sequence[float], i: int) -> list[str]:
    """Series i: one polyline per run of finite numbers; a number alone is a dot."""
    parts, run = [], list[tuple[float, float]]()
    for step, y in enumerate([*ys, math.nan], start=1):
        if math.isfinite(y):
            run.append((across.pixel(step), up.pixel(y)))
        elif len(run) == 1:
            parts.append(dot(*run[0], i))
            run = []
        elif run:
            points = " ".join(f"{x:.2f},{y:.2f}" for x, y in run)
            parts.append(f'<polyline points="{points}" {style(i)}/>')
            run = []
    return parts


def legend(names: Sequence[str], room: float = WIDTH, dotted: Collection[str] = ()) -> list[str]:
    """The names in a row above the plot, each after a piece of its line; many need more rows.

    Those that are `dotted` have points alone, and a point before their names.
    """
    parts, x, y = [], float(LEFT), TOP - 14
    for i, name in enumerate(names):
        if not name:
            continue
        width = 52 + 7 * len(name)
        if x > LEFT and x + width > room:
            x, y = float(LEFT), y + 16
        if name in dotted:
            parts.append(dot(x + 13, y, i))
        else:
            parts.append(f'<polyline points="{x:.0f},{y} {x + 26:.0f},{y}" {style(i)}/>')
        parts.append(text(x + 32, y + 4, name, ""))
        x += width
    return parts


def dot(x: float, y: float, i: int) -> str:
    return f'<circle cx="{x:.2f}" cy="{y:.2f}" r="3" fill="{colour(i)}"/>'


def colour(i: int) -> str:
    return COLOURS[i % len(COLOURS)]


def style(i: int) -> str:
    """How series i is drawn."""
    dash = DASHES[i // len(COLOURS) % len(DASHES)]
    return (
        f'fill="none" stroke="{colour(i)}" stroke-width="2" stroke-dasharray="{dash}" '
        'stroke-linejoin="round" stroke-linecap="round"'
    )


def segment(x1: float, y1: float, x2: float, y2: float, colour: str) -> str:
    return f'<line x1="{x1:.2f}" y1="{y1:.2f}" x2="{x2:.2f}" y2="{y2:.2f}" stroke="{colour}"/>'


def text(x: float, y: float, words: str, look: str) -> str:
    """Words at a place; what XML cannot hold is left out."""
    words = html.escape("".join(c for c in words if c.isprintable()))
    return f'<text x="{x:.2f}" y="{y:.2f}" {look}>{words}</text>'
