"""Graph: a picture that can be opened and closed, saved, and shows itself in a notebook."""

import json
import zlib
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from autograd import errors
from autograd.core import settings
from autograd.core.atomic_write import write_file
from autograd.drawing import graphviz
from autograd.drawing.dot import to_dot
from autograd.drawing.formatting import name_of
from autograd.drawing.group_paths import ancestors
from autograd.drawing.layout import layout
from autograd.drawing.options import Options
from autograd.drawing.snapshot import Snapshot
from autograd.drawing.svg import to_svg
from autograd.drawing.text import to_text
from autograd.drawing.view import View, collapsed_view, neighbourhood
from autograd.value import Value

__all__ = ["Graph"]

# Above so many boxes, `dot` takes too long to be waited for.
DOT_BOXES = 600
# Bytes of SVG above which a notebook gets the outline only.
LARGEST_SVG = 5_000_000


@dataclass(frozen=True)
class Graph:
    """A picture of a recorded graph.

    It is an immutable copy: later changes of the Values do not reach it.  In a notebook it shows
    itself; nothing is written to disk unless `save` is called.

    Args:
        snapshot: the graph.
        closed: paths of the groups drawn as one box.
        only: ids of the nodes shown; None for all.
        notes: lines for the caption.
        options: how it is drawn.
        engine: "dot", "builtin", or "auto": `dot` where it is installed and quick enough.
        node_attr: further Graphviz attributes for all nodes.
    """

    snapshot: Snapshot
    closed: frozenset[str]
    only: frozenset[str] | None
    notes: tuple[str, ...]
    options: Options
    engine: str = "auto"
    node_attr: tuple[tuple[str, str], ...] = ()

    # -- what it shows --------------------------------------------------------------------------

    @property
    def view(self) -> View:
        """The boxes and lines that are drawn."""
        return collapsed_view(
            self.snapshot, self.closed, only=self.only, notes=self.notes, fmt=self.options.fmt
        )

    @property
    def backend(self) -> str:
        """What draws it: "dot" or "builtin"."""
        if self.engine != "auto":
            return self.engine
        return "dot" if graphviz.available() and len(self.view.boxes) <= DOT_BOXES else "builtin"

    def collapse(self, path: str) -> "Graph":
        """Return the picture with a group drawn as one box.

        Args:
            path: such as "mlp.layer0".

        Raises:
            ValueError: when there is no such group.
        """
        self.require_group(path)
        return replace(self, closed=self.closed | {path})

    def expand(self, path: str) -> "Graph":
        """Return the picture with a group, and those around it, drawn open.

        Args:
            path: such as "mlp.layer0".

        Raises:
            ValueError: when there is no such group.
        """
        self.require_group(path)
        return replace(self, closed=self.closed - set(ancestors(path)))

    def require_group(self, path: str) -> None:
        """Raise ValueError, naming some groups, when there is none at the path."""
        known = {p for node in self.snapshot.nodes for p in ancestors(node.group)}
        if path not in known:
            some = errors.listed(sorted(known)[:8]) or "none"
            raise ValueError(f"expected the path of a group, got {path!r}; there are {some}")

    def focus(self, node: Value | str, radius: int = 2) -> "Graph":
        """Return the picture of one node and what is near it.

        Args:
            node: a label or an id of the snapshot, or a Value with a label.
            radius: how many edges away it reaches.

        Raises:
            ValueError: when the snapshot has no such node.
        """
        radius = settings.whole(radius, "expected radius to be an integer ≥ 0", 0)
        name = node.label if isinstance(node, Value) else node
        found = next((n for n in self.snapshot.nodes if name and name in (n.label, n.id)), None)
        if found is None:
            raise ValueError(f"expected a label or an id of this graph, got {name!r}")
        near = neighbourhood(self.snapshot, found, radius)
        note = f"within {radius} of {name_of(found)}"
        return replace(self, only=frozenset(near), notes=(*self.notes, note))

    # -- what it is drawn as --------------------------------------------------------------------

    @property
    def source(self) -> str:
        """The picture in DOT, the language of Graphviz."""
        return self.dot_text()

    def dot_text(self, token: str = "") -> str:
        """Return the picture in DOT, with ids that begin with a token."""
        attributes = dict(self.node_attr)
        return to_dot(
            self.view, self.options, token=token, caption=self.caption, node_attr=attributes
        )

    @property
    def dot(self) -> Any:
        """The picture as a `graphviz.Digraph`.

        Raises:
            ImportError: when the package graphviz is not installed.
        """
        try:
            from graphviz import Digraph  # noqa: PLC0415 - optional
        except ImportError:
            raise ImportError(
                "g.dot is a graphviz.Digraph: pip install 'glassgrad[viz]'; g.source is its text"
            ) from None
        return Digraph(body=[line + "\n" for line in self.source.split("\n")[1:-2]])

    @property
    def caption(self) -> str:
        """The line below the picture."""
        state = [] if self.snapshot.reached else ["backward not run"]
        stale = ["stale: call refresh()"] if self.snapshot.stale else []
        return " · ".join([*state, *stale, *self.notes])

    def svg(self) -> str:
        """Return the picture as SVG text; it always appears, with `dot` or without."""
        if self.backend == "dot":
            try:
                return self.dot_svg()
            except TimeoutError as slow:
                note = f"{slow}: drawn with the built-in layout"
                paths = {p for node in self.snapshot.nodes for p in ancestors(node.group)}
                return replace(
                    self, engine="builtin", closed=frozenset(paths), notes=(*self.notes, note)
                ).svg()
        view = self.view
        return to_svg(view, layout(view, self.options), self.options, token=self.token)

    def dot_svg(self) -> str:
        """Return what `dot` draws, without the parts of a file that a page does not need."""
        text = graphviz.render(self.dot_text(f"{self.token}_"), "svg").decode()
        return text[text.index("<svg") :]

    @property
    def token(self) -> str:
        """What ids begin with, so that several pictures can stand on one page."""
        drawn = repr((self.view, self.options, self.engine))
        return f"g{zlib.crc32(drawn.encode(errors='replace')):08x}"

    def text(self) -> str:
        """Return the graph as an outline."""
        return to_text(self.snapshot, self.options.fmt)

    def to_dict(self) -> dict[str, Any]:
        """Return the whole graph as JSON has it."""
        return self.snapshot.to_dict()

    def save(self, path: str | Path) -> Path:
        """Write the picture to a file, an old one replaced whole; its suffix decides the format.

        Args:
            path: ends in .svg, .png, .pdf, .html, .dot or .json.

        Raises:
            ValueError: for another suffix.
            OSError: when the file cannot be written.
            FileNotFoundError: for .png and .pdf, when there is no `dot`.
        """
        target = Path(path)
        suffix = target.suffix.removeprefix(".")
        writers = {
            "svg": lambda: self.svg().encode(),
            "png": lambda: graphviz.render(self.source, "png"),
            "pdf": lambda: graphviz.render(self.source, "pdf"),
            "dot": lambda: self.source.encode(),
            "json": lambda: json.dumps(self.to_dict(), indent=1).encode(),
            "html": lambda: self.page().encode(),
        }
        if suffix not in writers:
            known = ", ".join(f".{name}" for name in writers)
            raise ValueError(
                f"expected a file name that ends in one of {known}, got {target.name!r}"
            )
        write_file(target, writers[suffix]())
        return target

    def page(self) -> str:
        """Return the explorer as one HTML file that needs no network."""
        from autograd.drawing import explorer  # noqa: PLC0415 - most pictures never need it

        return explorer.page(self)

    def explore(self) -> Any:
        """Return the explorer as a notebook widget.

        Raises:
            ImportError: when the package anywidget is not installed.
        """
        from autograd.drawing import explorer  # noqa: PLC0415 - most pictures never need it

        return explorer.widget(self)

    # -- what a notebook asks for ------------------------------------------------------------------

    def _repr_svg_(self) -> str:
        return self.svg()

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, str]:
        wanted = [
            name
            for name in ("image/svg+xml", "text/plain")
            if (not include or name in include) and name not in (exclude or ())
        ]
        bundle = {"text/plain": self.text()} if "text/plain" in wanted else {}
        svg = self.svg() if "image/svg+xml" in wanted else ""
        if len(svg) > LARGEST_SVG:  # a notebook that holds it could not be opened again
            hint = (
                f"a picture of {len(svg) / 1e6:.0f} MB is not shown: save('x.svg'), or close groups"
            )
            return {name: f"{text}\n{hint}" for name, text in bundle.items()}
        return ({"image/svg+xml": svg} if svg else {}) | bundle

    def __repr__(self) -> str:
        return self.text()
