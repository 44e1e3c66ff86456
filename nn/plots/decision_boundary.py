"""The decision boundary of a model of two inputs, as a picture."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from autograd import no_grad
from autograd.extend import settings
from nn.modules.calling import over_batch, training_flags
from nn.modules.dataset import read_rows
from nn.modules.module import Module
from nn.modules.rows import as_float, is_number
from nn.plots.line_plot import (
    BOTTOM,
    COLOURS,
    HEIGHT,
    LEFT,
    RIGHT,
    TOP,
    WIDTH,
    Axis,
    Curves,
    axis,
    frame,
    head,
)

__all__ = ["plot_decision_boundary"]

Model = Callable[[Any], Any]


def plot_decision_boundary(
    model: Model,
    X: Any,  # noqa: N803
    y: Any,
    *,
    cells: int = 60,
) -> Curves:
    """Draw which class the model gives to each point of the plane, and the rows themselves.

    Args:
        model: a module, or any function, of two inputs.  One output decides by its sign, several
            by the largest.
        X: n rows of two numbers.
        y: n labels: class numbers, or for one output 1 and else (-1 or 0).
        cells: into how many squares each side is divided.

    Raises:
        ValueError: when a row has not two numbers, or rows and labels do not fit.

    >>> from nn import MLP
    >>> picture = plot_decision_boundary(MLP(2, [1], seed=0), [[0, 1], [1, 0]], [1, -1], cells=4)
    >>> picture.svg.count("<circle")
    2
    """
    cells = settings.whole(cells, "expected cells to be an integer of at least 1", 1)
    rows = read_rows(X, y)
    for i, row in enumerate(rows.inputs):
        if is_number(row) or len(row) != 2:
            raise ValueError(f"expected rows of two numbers, got {row!r} in row {i} of X")
    across = around([row[0] for row in rows.inputs], LEFT, WIDTH - RIGHT)
    up = around([row[1] for row in rows.inputs], HEIGHT - BOTTOM, TOP)
    with evaluating(model), no_grad():
        squares = plane(model, across, up, cells)
    points = [
        f'<circle cx="{across.pixel(x1):.1f}" cy="{up.pixel(x2):.1f}" r="4" '
        f'fill="{colour(class_of_label(label))}" stroke="#fff"/>'
        for (x1, x2), label in zip(rows.inputs, rows.targets, strict=True)
    ]
    return Curves("\n".join([head(WIDTH, HEIGHT), *frame(across, up), *squares, *points, "</svg>"]))


@contextmanager
def evaluating(model: Model) -> Iterator[None]:
    """Put a module in `eval()` for a while; any other function needs nothing."""
    if not isinstance(model, Module):
        yield
        return
    with training_flags(model):
        model.eval()
        yield


def around(numbers: list[float], start: float, end: float) -> Axis:
    """Return an axis with a tenth of room on both sides of some numbers."""
    low, high = min(numbers), max(numbers)
    room = 0.1 * (high - low)
    return axis(low - room, high + room, start, end)


def plane(model: Model, across: Axis, up: Axis, cells: int) -> list[str]:
    """Return one path per class: the cells whose middle the model puts in that class."""
    width = (across.end - across.start) / cells
    height = (up.start - up.end) / cells
    paths: dict[int, list[str]] = {}
    for i in range(cells):
        x1 = across.low + (i + 0.5) * (across.high - across.low) / cells
        for j in range(cells):
            x2 = up.high - (j + 0.5) * (up.high - up.low) / cells
            corner = f"M{across.start + i * width:.2f} {up.end + j * height:.2f}"
            cell = f"{corner}h{width + 0.3:.2f}v{height + 0.3:.2f}h-{width + 0.3:.2f}z"
            paths.setdefault(class_of(over_batch(model, [(x1, x2)])[0]), []).append(cell)
    return [f'<path d="{"".join(cells)}" fill="{pale(k)}"/>' for k, cells in sorted(paths.items())]


def class_of(output: Any) -> int:
    """Return the class that an output stands for."""
    if is_number(output):
        return int(as_float(output) > 0.0)
    return max(range(len(output)), key=lambda k: as_float(output[k]))


def class_of_label(label: Any) -> int:
    return max(0, int(label))


def colour(number: int) -> str:
    return COLOURS[number % len(COLOURS)]


def pale(number: int) -> str:
    """Return a class's colour mixed with three parts of white, opaque so that no seams show."""
    channels = (int(colour(number)[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{(c + 3 * 255) // 4:02x}" for c in channels)
