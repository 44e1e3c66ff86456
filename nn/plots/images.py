"""Images side by side: digits, filters, feature maps, attention."""

from collections.abc import Sequence
from typing import Any

from nn.modules.arguments import require_count
from nn.modules.rows import as_float
from nn.plots.line_plot import Curves, head, text

__all__ = ["plot_images"]

# As the curves' first two colours, and dark enough for ink.
POSITIVE, NEGATIVE = "#08306b", "#d55e00"
GAP, LINE = 10, 18

Grid = list[list[float]]


def plot_images(
    images: Any,
    texts: Sequence[object] = (),
    *,
    columns: int = 10,
    size: int = 9,
    left: Sequence[str] = (),
    top: Sequence[str] = (),
) -> Curves:
    """Draw images side by side: numbers above 0 in blue, below 0 in orange, 0 white.

    The darkest shade is that of the largest number in any of them.

    Args:
        images: n images, each lines of numbers or Values; the lines may differ in length.
        texts: what is printed below each.
        columns: how many in a row.
        size: of a square, in pixels.
        left: what is printed beside each line of an image.
        top: what is printed above each column of it.

    Raises:
        ValueError: when there is no image, or one has no number.

    >>> plot_images([[[0.0, 1.0], [-1.0, 0.5]]], ["a filter"]).svg.count("opacity")
    3
    """
    columns, size = require_count("columns", columns), require_count("size", size)
    grids = [[[as_float(x) for x in line] for line in image] for image in images]
    if not all(any(grid) for grid in grids) or not grids:
        raise ValueError("expected at least one image, and a number in each, got none")
    wide, high = max(len(line) for g in grids for line in g) * size, max(map(len, grids)) * size
    most = max(abs(x) for grid in grids for line in grid for x in line) or 1.0
    margin, crown = (LINE if left else 0), (LINE if top else 0)
    step = margin + max(wide, *(7 * len(str(words)) for words in texts), 0) + GAP
    parts = []
    for k, grid in enumerate(grids):
        x = GAP + margin + k % columns * step
        y = GAP + crown + k // columns * (crown + high + LINE + GAP)
        parts += squares(grid, x, y, size, most)
        parts += beside(left, top, x, y, size)
        words = str(texts[k]) if k < len(texts) else ""
        parts.append(text(x + wide / 2, y + high + LINE - 4, words, 'text-anchor="middle"'))
    width = GAP + min(len(grids), columns) * step
    height = GAP + -(-len(grids) // columns) * (crown + high + LINE + GAP)
    return Curves("\n".join([head(width, height), *parts, "</svg>"]), width, height)


def squares(grid: Grid, x: float, y: float, size: int, most: float) -> list[str]:
    """The squares of an image; the larger the number, the less see-through."""
    # Down the right side in steps, where the lines differ in length.
    steps = "".join(f"H{x + len(row) * size}v{size}" for row in grid)
    edge = f'<path d="M{x},{y}{steps}H{x}z" fill="none" stroke="#bbb"/>'
    shades: dict[tuple[str, float], str] = {}
    for i, row in enumerate(grid):
        for j, number in enumerate(row):
            shade = (POSITIVE if number > 0.0 else NEGATIVE, round(abs(number) / most, 2))
            place = f"M{x + j * size},{y + i * size}h{size}v{size}h-{size}z"
            shades[shade] = shades.get(shade, "") + place
    found = shades.items()
    return [*[f'<path d="{d}" fill="{c}" opacity="{o}"/>' for (c, o), d in found if o], edge]


def beside(left: Sequence[str], top: Sequence[str], x: float, y: float, size: int) -> list[str]:
    """The words beside the lines and above the columns."""
    lines = [
        text(x - 6, y + (i + 0.5) * size + 4, words, 'text-anchor="end"')
        for i, words in enumerate(left)
    ]
    columns = [
        text(x + (j + 0.5) * size, y - 5, words, 'text-anchor="middle"')
        for j, words in enumerate(top)
    ]
    return lines + columns
