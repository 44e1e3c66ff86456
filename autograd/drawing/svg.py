"""A laid-out view as SVG: one self-contained text with tooltips, without scripts or addresses."""

import re
from dataclasses import dataclass, field, replace

from autograd.drawing import box_content
from autograd.drawing.box_renderer import BoxRenderer
from autograd.drawing.colors import THEMES, Theme
from autograd.drawing.edge_renderer import EdgeRenderer
from autograd.drawing.group_paths import own_name
from autograd.drawing.layout import Layout, Rect
from autograd.drawing.legend import largest_grad, legend
from autograd.drawing.options import Options
from autograd.drawing.svg_elements import Element, add, root, text_element, xml
from autograd.drawing.text_width import shortened
from autograd.drawing.view import View

__all__ = ["to_svg"]

MARGIN = 10.0
CAPTION_GAP = 8.0
GROUP_SIZE = 10.0
GROUP_OPACITY = "0.07"


def to_svg(view: View, layout: Layout, options: Options = Options(), *, token: str = "g") -> str:  # noqa: B008 - frozen
    """Return a view as SVG text; the same view gives the same text.

    Boxes, lines and groups are `<g>` of class "node", "edge" and "cluster" with the view's ids in
    data-id.

    Args:
        view: what to draw.
        layout: where it stands, from `layout` with the same options.
        options: how it is drawn.
        token: put before every id, so that several pictures can stand on one page.

    >>> from autograd.drawing.layout import layout
    >>> empty = View({}, ())
    >>> to_svg(empty, layout(empty)).startswith('<svg xmlns="http://www.w3.org/2000/svg"')
    True
    """
    below = legend(view, options, layout.width)
    width = max(layout.width, below.width) + 2.0 * MARGIN
    height = layout.height + 2.0 * MARGIN + (below.height + CAPTION_GAP if below.height else 0.0)
    theme = THEMES[options.theme]
    picture = root(width, height, spoken(view))
    ids = Ids(token)
    hatch = add_hatch(picture, ids, theme)
    if theme.background != "none":
        add(picture, "rect", class_="background", width=width, height=height, fill=theme.background)
    drawn = add(picture, "g", transform=f"translate({MARGIN:g},{MARGIN:g})")
    draw_groups(drawn, layout, theme, ids)
    draw_lines(drawn, view, layout, options, ids)
    draw_boxes(drawn, view, layout, options, hatch, ids)
    below.draw(
        add(picture, "g", class_="caption"),
        MARGIN,
        height - MARGIN - below.height,
        theme,
        options.fmt,
    )
    return xml(picture)


@dataclass
class Ids:
    """Makes ids that are unique in the picture and hold no character that needs quoting."""

    token: str
    used: dict[str, int] = field(default_factory=dict)

    def make(self, name: str) -> str:
        """Return an id for a name."""
        wanted = re.sub(r"[^A-Za-z0-9_.-]", "_", f"{self.token}_{name}")[:120]
        found = wanted
        while found in self.used:
            self.used[wanted] += 1  # on from the last one, so that many alike are soon told apart
            found = f"{wanted}_{self.used[wanted]}"
        self.used[found] = 1
        return found


def spoken(view: View) -> str:
    """Return what the picture is, in words."""
    last = next(reversed(view.boxes.values())).title if view.boxes else "nothing"
    return f"Computation graph of {last}: {len(view.boxes)} boxes, {len(view.lines)} lines"


def add_hatch(picture: Element, ids: Ids, theme: Theme) -> str:
    """Add the hatching of what was not computed; return the fill that uses it."""
    name = ids.make("hatch")
    settings = {"patternUnits": "userSpaceOnUse", "patternTransform": "rotate(45)"}
    definitions = add(picture, "defs")
    pattern = add(definitions, "pattern", id=name, width=5, height=5, **settings)
    add(pattern, "rect", width=5, height=5, fill="#ffffff")
    add(pattern, "rect", width=1.2, height=5, fill="#dcdcdc")
    return f"url(#{name})"


def draw_groups(into: Element, layout: Layout, theme: Theme, ids: Ids) -> None:
    """Draw the open groups, outer ones first."""
    for path, rect in layout.groups.items():
        group = add(into, "g", class_="cluster", id=ids.make(f"cluster_{path}"), data_id=path)
        add(group, "title", path)
        add(
            group, "rect", rx=9, **frame(rect), fill=theme.cluster, fill_opacity=GROUP_OPACITY,
            stroke=theme.cluster_stroke,
        )  # fmt: skip
        name = shortened(own_name(path), rect.width - 12.0, GROUP_SIZE)
        x, y = rect.x + rect.width / 2.0, rect.y + 10.5
        text_element(group, name, x, y, GROUP_SIZE, text_anchor="middle", fill=theme.text)


def draw_lines(into: Element, view: View, layout: Layout, options: Options, ids: Ids) -> None:
    """Draw the lines with their labels."""
    arrows = EdgeRenderer(options, THEMES[options.theme], view.largest)
    for line in view.lines:
        if line.id in layout.curves:
            group = add(into, "g", class_="edge", id=ids.make(line.id), data_id=line.id)
            add(group, "title", line.tooltip)
            arrows.draw(group, line, layout.curves[line.id])
            if line.id in layout.labels:
                arrows.label(group, line, layout.labels[line.id])


def draw_boxes(
    into: Element, view: View, layout: Layout, options: Options, hatch: str, ids: Ids
) -> None:
    """Draw the boxes."""
    face = BoxRenderer(options, THEMES[options.theme], largest_grad(view), hatch)
    form = box_content.form_of(view, options)
    for box in view.boxes.values():
        rect = layout.boxes[box.id]
        place = f"translate({rect.x:g},{rect.y:g})"
        group = add(into, "g", class_="node", id=ids.make(box.id), data_id=box.id, transform=place)
        add(group, "title", box.tooltip)
        card = box_content.box_content(box, form, options.fmt)
        face.draw(group, box, replace(card, width=rect.width))


def frame(rect: Rect) -> dict[str, str | float]:
    """Return a rectangle's attributes."""
    return {"x": rect.x, "y": rect.y, "width": rect.width, "height": rect.height}
