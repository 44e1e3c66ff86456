"""Box content: what each box and each label says, and how large it therefore is."""

import math
from dataclasses import dataclass

from autograd.drawing.formatting import number, plain, signed
from autograd.drawing.options import Options
from autograd.drawing.text_width import text_width
from autograd.drawing.view import Box, Line, View

__all__ = ["BoxContent", "box_content", "form_of", "label_lines", "label_size", "labelled"]

FULL, COMPACT = 60, 300
LABELLED_LINES = 100
TITLE_SIZE, TEXT_SIZE, SMALL_SIZE, LABEL_SIZE = 11.5, 11.0, 9.5, 9.0
LABEL_LEADING = 10.5
KEY_WIDTH = 34.0
ROW, HEADER = 20.0, 21.0
TINY = 12.0


@dataclass(frozen=True)
class BoxContent:
    """What one box says.

    Attributes:
        kind: "full", "compact", "tiny" or "group".
        title: the header.
        data: the number as it is written.
        grad: the gradient as it is written.
        norm: of a group, the norm of its parameters' gradients as it is written; "" for none.
        note: of a group, what it holds.
        finite: whether both numbers are.
        width: of the box.
        height: of the box.
    """

    kind: str
    title: str
    data: str
    grad: str
    norm: str
    note: str
    finite: bool
    width: float
    height: float


def form_of(view: View, options: Options) -> str:
    """Return how much each box shows: the more boxes, the less."""
    if options.form != "auto":
        return options.form
    count = len(view.boxes)
    return "full" if count <= FULL else "compact" if count <= COMPACT else "tiny"


def box_content(box: Box, form: str, fmt: str = ".4g") -> BoxContent:
    """Return what a box says and its size.

    Args:
        box: a node or a group.
        form: "full", "compact" or "tiny".
        fmt: how numbers are written.
    """
    kind = form if form == "tiny" or box.role != "group" else "group"
    title, note = plain(box.title, 40), plain(box.note, 60)
    data, grad = number(box.data, fmt), signed(box.grad, fmt)
    norm = "" if box.norm is None else number(box.norm, fmt)
    finite = math.isfinite(box.data) and (box.grad is None or math.isfinite(box.grad))
    width, height = SIZES[kind](title, data, grad, norm, note)
    return BoxContent(kind, title, data, grad, norm, note, finite, math.ceil(width), height)


def full_size(title: str, data: str, grad: str, norm: str, note: str) -> tuple[float, float]:
    """Return the size of a header over a row for data and a row for grad."""
    room = max(text_width(data, TEXT_SIZE), text_width(grad, TEXT_SIZE))
    width = max(text_width(title, TITLE_SIZE, bold=True) + 16.0, KEY_WIDTH + room + 14.0, 84.0)
    return width, HEADER + 2.0 * ROW


def compact_size(title: str, data: str, grad: str, norm: str, note: str) -> tuple[float, float]:
    """Return the size of a header over one row of both numbers."""
    room = text_width(data, TEXT_SIZE) + text_width(grad, TEXT_SIZE) + 20.0
    return max(text_width(title, TITLE_SIZE, bold=True) + 14.0, room, 56.0), HEADER - 3.0 + 18.0


def tiny_size(title: str, data: str, grad: str, norm: str, note: str) -> tuple[float, float]:
    """Return the size of a dot."""
    return TINY, TINY


def group_size(title: str, data: str, grad: str, norm: str, note: str) -> tuple[float, float]:
    """Return the size of a closed group: name, contents, numbers, norm."""
    numbers = text_width("out " + data, TEXT_SIZE) + text_width("grad " + grad, TEXT_SIZE) + 28.0
    headings = text_width(title, TITLE_SIZE, bold=True) + 20.0, text_width(note, SMALL_SIZE) + 20.0
    norms = text_width("‖∂params‖ " + norm, TEXT_SIZE) + 20.0
    return max(*headings, numbers, norms, 110.0), 84.0 if norm else 64.0


SIZES = {"full": full_size, "compact": compact_size, "tiny": tiny_size, "group": group_size}


def labelled(view: View, options: Options) -> bool:
    """Return whether lines have labels: few enough, and boxes that are read."""
    return len(view.lines) <= LABELLED_LINES and form_of(view, options) != "tiny"


def label_lines(line: Line, options: Options) -> dict[str, str]:
    """Return what stands beside a line: "partial", the local derivative, and "flow"."""
    flow = signed(line.contribution, options.fmt)
    if line.count > 1:
        return {"flow": f"{flow} ({line.count})"}
    words: dict[str, str] = {}
    if line.partial is not None or line.contribution is None:
        words["partial"] = f"∂={number(line.partial, options.fmt)}"
    if line.contribution is not None and options.flow != "forward":
        words["flow"] = f"←{flow}"
    return words


def label_size(line: Line, options: Options) -> tuple[float, float]:
    """Return the width and height of a line's label."""
    words = label_lines(line, options).values()
    width = max((text_width(word, LABEL_SIZE) for word in words), default=0.0)
    return round(width + 4.0), LABEL_LEADING * len(words) + 2.0
