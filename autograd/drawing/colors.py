"""The colours: what stands for a role, for a gradient's sign and size, for what is not a number."""

import math
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["NORMS", "ROLES", "THEMES", "Theme", "fill", "ink", "scaled", "width"]

NEGATIVE, CENTRE, POSITIVE = "#2b7bba", "#f7f7f7", "#e66101"
# Black text stays readable on the strongest fill.
STRONGEST = 0.85
# A line needs more colour than a cell does to be seen at all.
FAINTEST = 0.35
MISSING, ZERO_INK = "#ffffff", "#cccccc"
MAGENTA, PALE_MAGENTA = "#c2189b", "#f8d0ee"
SYMLOG_DECADES = 3

ROLES = {
    "input": "#dbe9f6",
    "parameter": "#e5f5e0",
    "constant": "#eeeeee",
    "operation": "#ffffff",
    "group": "#f3f7fc",
}

# What share of the scale a size takes, by its ratio to the largest.
NORMS: dict[str, Callable[[float], float]] = {
    "sqrt": math.sqrt,
    "linear": lambda ratio: ratio,
    "symlog": lambda ratio: math.log1p(ratio * 10**SYMLOG_DECADES) / math.log1p(10**SYMLOG_DECADES),
}


@dataclass(frozen=True)
class Theme:
    """The colours of what is not inside a box; boxes keep light fills and dark text.

    Attributes:
        background: behind everything; "none" to let the page show through.
        text: names of clusters.
        muted: labels of lines, and the caption.
        stroke: around boxes.
        forward: forward arrows, and lines before backward.
        cluster: the fill of clusters; drawn with little opacity, so that nested ones darken.
        cluster_stroke: around clusters.
    """

    background: str
    text: str
    muted: str
    stroke: str
    forward: str
    cluster: str
    cluster_stroke: str


THEMES = {
    "light": Theme("#ffffff", "#222222", "#444444", "#666666", "#8a8a8a", "#5b7fb5", "#b9c0cc"),
    "dark": Theme("#1e1f24", "#e8e8e8", "#c4c4c4", "#9a9a9a", "#a0a0a0", "#8fb0e8", "#5a6170"),
    "transparent": Theme("none", "#808080", "#808080", "#777777", "#8a8a8a", "#7f9fd0", "#9aa3b2"),
}


def scaled(x: float, largest: float, norm: str = "sqrt") -> float:
    """Return where x stands on a scale from -1 to 1; 0 is exactly 0.

    Args:
        x: a finite number.
        largest: the size that stands at the ends; what is larger stands there too.
        norm: "sqrt", "linear" or "symlog", a logarithm over three decades.

    Raises:
        ValueError: when there is no such norm.

    >>> scaled(-0.25, 1.0), scaled(-0.25, 1.0, "linear")
    (-0.5, -0.25)
    """
    if norm not in NORMS:
        raise ValueError(f"expected norm to be one of {', '.join(NORMS)}, got {norm!r}")
    ratio = min(abs(x) / largest, 1.0) if largest > 0.0 else float(x != 0.0)
    return math.copysign(NORMS[norm](ratio), x)


def fill(grad: float | None, largest: float, norm: str = "sqrt") -> str:
    """Return the fill of a gradient's cell: blue below 0, orange above, magenta for no number.

    Args:
        grad: the gradient; None when backward has not reached it.
        largest: the largest size in the picture, which takes the strongest colour.
        norm: how sizes become colours.

    >>> fill(0.0, 1.0), fill(None, 1.0)
    ('#f7f7f7', '#ffffff')
    """
    if grad is None:
        return MISSING
    if not math.isfinite(grad):
        return PALE_MAGENTA
    return diverging(STRONGEST * scaled(grad, largest, norm))


def ink(contribution: float | None, largest: float, norm: str = "sqrt") -> str:
    """Return the colour of a backward arrow; light grey where nothing flows, as past a dead relu.

    Args:
        contribution: what flows back; None when that is not known.
        largest: the largest size in the picture.
        norm: how sizes become colours.
    """
    if contribution is None or contribution == 0.0:
        return ZERO_INK
    if not math.isfinite(contribution):
        return MAGENTA
    position = scaled(contribution, largest, norm)
    return diverging(math.copysign(FAINTEST + (1.0 - FAINTEST) * abs(position), position))


def width(contribution: float | None, largest: float) -> float:
    """Return the width of a line: its area, so to speak, is what flows.

    >>> width(1.0, 4.0), width(None, 4.0)
    (1.6, 1.0)
    """
    if contribution is None:
        return 1.0
    if not math.isfinite(contribution):
        return 2.5
    return round(0.7 + 1.8 * abs(scaled(contribution, largest)), 3)


def diverging(position: float) -> str:
    """Return the colour at a position from -1 to 1."""
    return mixed(CENTRE, POSITIVE if position > 0.0 else NEGATIVE, abs(position))


def mixed(first: str, second: str, share: float) -> str:
    """Return first with that share of second in it.

    >>> mixed("#000000", "#ffffff", 0.5)
    '#808080'
    """
    pairs = zip(channels(first), channels(second), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def channels(color: str) -> tuple[int, ...]:
    """Return red, green and blue, each from 0 to 255."""
    return tuple(int(color[i : i + 2], 16) for i in (1, 3, 5))
