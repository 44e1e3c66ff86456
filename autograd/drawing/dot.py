"""A view as DOT, the language of Graphviz: text only, nothing is run here."""

import html
import math
from collections.abc import Iterator, Mapping

from autograd.drawing.box_content import form_of, label_lines, labelled
from autograd.drawing.colors import MAGENTA, ROLES, THEMES, fill, ink, width
from autograd.drawing.formatting import number, plain, signed
from autograd.drawing.group_paths import own_name, parent
from autograd.drawing.legend import largest_grad
from autograd.drawing.options import Options
from autograd.drawing.view import Box, Line, View

__all__ = ["to_dot"]

# How much of a group's path stands in its box.
LONGEST_PATH = 60
FONT = "Helvetica,Arial,sans-serif"


def to_dot(
    view: View,
    options: Options,
    *,
    token: str = "",
    caption: str = "",
    node_attr: Mapping[str, str] | None = None,
) -> str:
    """Return the view as DOT text; the same view gives the same bytes.

    Args:
        view: what to draw.
        options: how to draw it.
        token: put before every id, so that several pictures can stand on one page.
        caption: a line below the picture.
        node_attr: further attributes for all nodes.
    """
    statements = list(body(view, options, token, caption))
    if node_attr:
        statements.insert(2, f"node [{attributes(dict(node_attr))}]")
    return "\n".join(["digraph {", *(f"\t{line}" for line in statements), "}\n"])


def body(view: View, options: Options, token: str, caption: str) -> Iterator[str]:
    """Yield the statements of the graph."""
    theme = THEMES[options.theme]
    background = "transparent" if theme.background == "none" else theme.background
    settings = {
        "rankdir": options.direction, "bgcolor": background, "fontname": FONT,
        "nodesep": "0.2", "ranksep": "0.35", "pad": "0.1", "id": f"{token}graph",
        "label": caption, "labelloc": "b", "fontsize": "10", "fontcolor": theme.muted,
    }  # fmt: skip
    yield f"graph [{attributes(settings)}]"
    yield f'node [shape=plain fontname="{FONT}" fontsize=11 color="{theme.stroke}"]'
    yield f'edge [dir=both arrowsize=0.6 fontname="{FONT}" fontsize=9]'
    yield from cluster(view, "", options, token)
    words = labelled(view, options)
    for line in view.lines:
        yield edge_statement(line, view, options, token, words)


def cluster(view: View, path: str, options: Options, token: str) -> Iterator[str]:
    """Yield the boxes of an open group, and the groups in it as clusters of their own."""
    largest, form = largest_grad(view), form_of(view, options)
    for box in view.boxes.values():
        if box.group == path:
            label = (
                group_label(box, largest, options)
                if box.role == "group"
                else value_label(box, largest, options, form)
            )
            names = {"id": token + box.id, "tooltip": plain(box.tooltip, 200)}
            yield f"{identity(box.id)} [label=<{label}> {attributes(names)}]"
    theme = THEMES[options.theme]
    for inner in view.groups():
        if parent(inner) == path:
            settings = {
                "label": plain(own_name(inner)), "id": f"{token}cluster:{inner}",
                "style": "rounded,filled", "fillcolor": theme.cluster + "14",
                "color": theme.cluster_stroke, "fontcolor": theme.text, "fontsize": "11",
                "tooltip": plain(inner, 200), "labelloc": "t",
            }  # fmt: skip
            yield f"subgraph {identity(f'cluster_{inner}')} {{"
            yield f"\tgraph [{attributes(settings)}]"
            yield from (f"\t{line}" for line in cluster(view, inner, options, token))
            yield "}"


def value_label(box: Box, largest: float, options: Options, form: str) -> str:
    """Return the HTML-like label of one node: a header, and its number and gradient."""
    color = grad_fill(box, largest, options)
    if form == "tiny":
        return table(f'<TD BGCOLOR="{color}" WIDTH="12" HEIGHT="12" FIXEDSIZE="TRUE"></TD>', box)
    data = f'<TD ALIGN="RIGHT">{escaped(number(box.data, options.fmt))}</TD>'
    grad = f'<TD ALIGN="RIGHT" BGCOLOR="{color}">{escaped(signed(box.grad, options.fmt))}</TD>'
    header = f'<TD COLSPAN="2" BGCOLOR="{ROLES[box.role]}"><B>{escaped(box.title)}</B></TD>'
    if form == "compact":
        return table(f"{header}</TR><TR>{data}{grad}", box)
    small = '<TD ALIGN="LEFT"><FONT POINT-SIZE="9" COLOR="#555555">{}</FONT></TD>'
    return table(
        f"{header}</TR><TR>{small.format('data')}{data}</TR><TR>{small.format('grad')}{grad}", box
    )


def group_label(box: Box, largest: float, options: Options) -> str:
    """Return the HTML-like label of a closed group."""
    rows = [f"<TD><B>{escaped(plain(box.title, LONGEST_PATH))}</B></TD>"]
    rows.append(f'<TD><FONT POINT-SIZE="9" COLOR="#555555">{escaped(box.note)}</FONT></TD>')
    rows.append(f"<TD>out {escaped(number(box.data, options.fmt))}</TD>")
    color = grad_fill(box, largest, options)
    rows.append(f'<TD BGCOLOR="{color}">grad {escaped(signed(box.grad, options.fmt))}</TD>')
    if box.norm is not None:
        rows.append(f"<TD>‖∂params‖ {escaped(number(box.norm, options.fmt))}</TD>")
    settings = (
        f'BORDER="1" CELLBORDER="0" CELLSPACING="2" BGCOLOR="{ROLES["group"]}" STYLE="ROUNDED"'
    )
    return f"<TABLE {settings}><TR>{'</TR><TR>'.join(rows)}</TR></TABLE>"


def table(cells: str, box: Box) -> str:
    """Return a table with one border; magenta around a number that is not finite."""
    finite = math.isfinite(box.data) and (box.grad is None or math.isfinite(box.grad))
    border = 'BORDER="0"' if finite else f'BORDER="2" COLOR="{MAGENTA}"'
    inner = 'BGCOLOR="white" CELLBORDER="1" CELLSPACING="0" CELLPADDING="3"'
    return f"<TABLE {border} {inner}><TR>{cells}</TR></TABLE>"


def grad_fill(box: Box, largest: float, options: Options) -> str:
    """Return the fill of a gradient's cell."""
    return fill(box.grad, largest, options.norm) if options.color == "grad" else "#ffffff"


def edge_statement(line: Line, view: View, options: Options, token: str, words: bool) -> str:
    """Return the statement of one line: grey forward, coloured backward."""
    settings = {"id": token + line.id, "tooltip": plain(line.tooltip, 200)} | arrows(
        line, view, options
    )
    if words:
        settings["label"] = "\n".join(label_lines(line, options).values())
        settings["fontcolor"] = THEMES[options.theme].muted
    return f"{identity(line.source)} -> {identity(line.target)} [{attributes(settings)}]"


def arrows(line: Line, view: View, options: Options) -> dict[str, str]:
    """Return the attributes of a line's strokes and heads."""
    grey = THEMES[options.theme].forward
    thickness = f"{width(line.contribution, view.largest):g}"
    if options.flow == "forward" or line.contribution is None:
        return {"dir": "forward", "color": grey, "penwidth": "1"}
    colored = ink(line.contribution, view.largest, options.norm)
    color = colored if options.color == "grad" else grey
    if options.flow == "backward":
        return {"dir": "back", "color": color, "penwidth": thickness}
    return {"color": f"{grey}:{color}", "penwidth": thickness}


def attributes(settings: dict[str, str]) -> str:
    """Return settings as DOT has them; those that are empty are left out."""
    return " ".join(f"{name}={quoted(text)}" for name, text in settings.items() if text)


def quoted(text: str) -> str:
    """Return a DOT string that shows exactly this text.

    Backslashes would start escapes such as \\\\N, and ampersands entities.

    >>> print(quoted('a "b" ' + chr(92) + 'N & c'))
    "a \\"b\\" \\\\N &amp; c"
    """
    text = "".join(c for c in text if c.isprintable() or c == "\n")
    text = text.replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"')
    return '"' + text.replace("\n", "\\n") + '"'


def identity(text: str) -> str:
    """Return a DOT string that no other text has: the name of a box or a cluster."""
    return quoted("".join(c if c.isprintable() else f"\\u{ord(c):x}" for c in text))


def escaped(text: str) -> str:
    """Return text for an HTML-like label, where nothing at all would be a syntax error."""
    printable = "".join(c for c in text if c.isprintable())
    # Where a bracket ends a text, Graphviz takes it for the end of what XML calls CDATA.
    return html.escape(printable, quote=True).replace("]", "&#93;") or " "
