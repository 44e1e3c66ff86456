"""The explorer: a picture with a scrubber and sliders, as one HTML file and as a notebook widget.

Both run the same script, `static/*.mjs` with the table as JavaScript in front.  The page carries
the pictures it can switch between; the widget asks Python for each.
"""

import base64
import hashlib
import html
import json
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from autograd.drawing.colors import THEMES
from autograd.drawing.formatting import name_of
from autograd.drawing.javascript import static_text, table_module
from autograd.drawing.snapshot import Snapshot

if TYPE_CHECKING:
    from autograd.drawing.graph import Graph

__all__ = ["page", "widget"]

MODULES = ("numbers.mjs", "engine.mjs", "picture.mjs", "explorer.mjs")
# More values than this make a page too slow to be of use.
LARGEST = 20_000
# How many pictures a page carries, and how much text they may take.
MOST_VIEWS, MOST_TEXT = 16, 1_500_000

START = """
const saved = JSON.parse(document.querySelector("script[type='application/json']").textContent);
const el = document.querySelector("main");
el.replaceChildren();
frontend(table).render({ model: savedModel(saved), el });
"""

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src '{digest}'; \
style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ margin: 1.5rem; background: #ffffff; }}
{css}
</style>
</head>
<body>
<main>
{svg}
</main>
<script type="application/json">{data}</script>
<script type="module">{script}</script>
</body>
</html>
"""


def page(graph: "Graph") -> str:
    """Return the explorer as the text of one HTML file that needs no network.

    Args:
        graph: the picture it starts with.

    Raises:
        ValueError: when the graph is too large to be explored.
    """
    views = saved_views(builtin(graph))
    data = {"snapshot": graph.snapshot.to_dict(), "options": options_of(graph), "views": views}
    code = script(START)
    digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
    return PAGE.format(
        digest=f"sha256-{digest}",
        title=html.escape(f"Graph of {name_of(graph.snapshot.root)}"),
        css=static_text("explorer.css"),
        svg=only_svg(builtin(graph).svg()),
        data=embedded(data),
        script=code,
    )


def widget(graph: "Graph") -> Any:
    """Return the explorer as a notebook widget.

    Args:
        graph: the picture it starts with.

    Raises:
        ImportError: when the package anywidget is not installed.
        ValueError: when the graph is too large to be explored.
    """
    return widget_class()(builtin(graph))


def builtin(graph: "Graph") -> "Graph":
    """Return the graph drawn by the built-in engine, whose parts the script knows by name."""
    count = len(graph.snapshot.nodes)
    if count > LARGEST:
        raise ValueError(
            f"expected at most {LARGEST:,} values to explore, got {count:,}: "
            "draw a smaller part of the computation, or look at g.text()"
        )
    return replace(graph, engine="builtin")


@cache
def script(start: str) -> str:
    """Return the whole front end as one ES module, with a last statement that starts it."""
    parts = [table_module(), *map(without_imports, MODULES), start]
    return "\n".join(parts)


def without_imports(name: str) -> str:
    """Return a module's text without its import lines: in one file, all names are at hand."""
    lines = static_text(name).splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith("import "))


def embedded(tree: Any) -> str:
    """Return a tree as JSON that no label can end or turn into markup.

    >>> embedded({"label": "</script>"})
    '{"label":"\\\\u003c/script\\\\u003e"}'
    """
    text = json.dumps(tree, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def options_of(graph: "Graph") -> dict[str, str]:
    """Return what the script must know of how numbers and colours are written."""
    options, theme = graph.options, THEMES[graph.options.theme]
    return {
        "fmt": options.fmt, "norm": options.norm, "color": options.color, "flow": options.flow,
        "stroke": theme.stroke,
    }  # fmt: skip


def toggles(graph: "Graph") -> Iterator[tuple[str, bool, "Graph"]]:
    """Yield the path of each group in the picture, whether it is closed, and it the other way."""
    view = graph.view
    for path in view.groups():
        yield path, False, graph.collapse(path)
    for box in view.boxes.values():
        if box.role == "group":
            yield box.title, True, graph.expand(box.title)


def view_of(graph: "Graph") -> dict[str, Any]:
    """Return the picture and what the script must know of it."""
    return {
        "svg": only_svg(replace(graph, snapshot=with_room(graph.snapshot)).svg()),
        "closed": sorted(graph.closed),
        "only": None if graph.only is None else sorted(graph.only),
    }


def with_room(snapshot: Snapshot) -> Snapshot:
    """Return the snapshot with 0 for what is not known of an edge.

    So every line is drawn with both arrows and its label; the script hides what is not known yet.
    """
    edges = [
        edge._replace(partial=edge.partial or 0.0, contribution=edge.contribution or 0.0)
        for edge in snapshot.edges
    ]
    return Snapshot(snapshot.nodes, tuple(edges))


def only_svg(text: str) -> str:
    """Return the text from its svg element on."""
    return text[text.index("<svg") :]


def saved_views(graph: "Graph") -> list[dict[str, Any]]:
    """Return pictures with groups open and closed, the given one first; each names the others."""
    graphs, size = {graph.closed: graph}, 0
    views: list[dict[str, Any]] = []
    for each in (found := [graph]):
        views.append(view_of(each))
        size += len(views[-1]["svg"])
        for _, _, other in toggles(each):
            room = len(found) < MOST_VIEWS and size * len(found) < MOST_TEXT * len(views)
            if room and other.closed not in graphs:
                graphs[other.closed] = other
                found.append(other)
    places = {each.closed: i for i, each in enumerate(found)}
    for view, each in zip(views, found, strict=True):
        view["toggles"] = [
            {"path": path, "closed": closed, "to": places[other.closed]}
            for path, closed, other in toggles(each)
            if other.closed in places
        ]
    return views


@cache
def widget_class() -> Any:
    """Return the widget's class, made when it is first asked for."""
    try:
        import anywidget  # noqa: PLC0415 - optional, and slow to import
        import traitlets  # noqa: PLC0415
    except ImportError:
        raise ImportError(
            "g.explore() needs anywidget: pip install 'glassgrad[widget]'; "
            "g.save('graph.html') is the same explorer in a file"
        ) from None

    class ExplorerWidget(anywidget.AnyWidget):
        """The explorer in a notebook."""

        _esm = script("export default frontend(table);\n")
        _css = static_text("explorer.css")
        snapshot = traitlets.Dict().tag(sync=True)
        options = traitlets.Dict().tag(sync=True)
        view = traitlets.Dict().tag(sync=True)

        def __init__(self, graph: "Graph") -> None:
            self.graph = graph
            super().__init__(
                snapshot=graph.snapshot.to_dict(), options=options_of(graph), view=live_view(graph)
            )
            self.on_msg(self.answer)

        def answer(self, sender: Any, message: Any, buffers: Any) -> None:
            """Expand or collapse a group, as the page asked."""
            turn = {"expand": self.graph.expand, "collapse": self.graph.collapse}
            self.graph = turn[message["kind"]](message["path"])
            self.view = live_view(self.graph)

    return ExplorerWidget


def live_view(graph: "Graph") -> dict[str, Any]:
    """Return the picture with all its groups, each of which Python will turn on request."""
    found = [{"path": path, "closed": closed} for path, closed, _ in toggles(graph)]
    return view_of(graph) | {"toggles": found}
