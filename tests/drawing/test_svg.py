"""SVG and its colours: always well formed, never more than a picture, numbers where they belong."""

import math
import re
from collections import Counter
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Value, relu, scope, tanh
from autograd.drawing import colors, edge_paths
from autograd.drawing.box_content import box_content, form_of, label_lines
from autograd.drawing.layout import layout
from autograd.drawing.options import CHOICES, Options
from autograd.drawing.snapshot import take
from autograd.drawing.svg import to_svg
from autograd.drawing.view import Box, Line, View, collapsed_view
from tests.support.drawing_examples import EXAMPLES, neuron, view_of, wide_sum
from tests.support.layout_views import views

Element = ElementTree.Element
NAMESPACE = "{http://www.w3.org/2000/svg}"
SHAPES = {
    "svg", "g", "title", "rect", "text", "tspan", "path", "polygon", "defs", "pattern"
}  # fmt: skip
OPTIONS = st.builds(
    Options, **{name: st.sampled_from(choices) for name, choices in CHOICES.items()}
)


def picture(view: View, options: Options = Options(), **settings: str) -> Element:  # noqa: B008
    """The parsed SVG, with tags without their namespace, after checking that it is harmless."""
    text = to_svg(view, layout(view, options), options, **settings)
    parsed = ElementTree.fromstring(text)
    ids = []
    for element in parsed.iter():
        assert element.tag.startswith(NAMESPACE)
        element.tag = element.tag.removeprefix(NAMESPACE)
        assert element.tag in SHAPES
        for name, setting in element.attrib.items():
            assert not name.lower().startswith("on")
            assert "href" not in name.lower()
            assert "://" not in setting or name.startswith("data-") or name == "aria-label"
        ids += [element.attrib["id"]] if "id" in element.attrib else []
    assert all(count == 1 for count in Counter(ids).values())
    assert all(re.fullmatch(r"[\w.-]+", each, re.ASCII) for each in ids)
    return parsed


def view_for(root: Value, backward: bool = True) -> View:
    if backward:
        root.backward()
    return collapsed_view(take(root))


def of_class(parsed: Element, name: str) -> list[Element]:
    return [e for e in parsed.iter() if name in e.attrib.get("class", "").split()]


def words(parsed: Element) -> str:
    return " | ".join("".join(e.itertext()) for e in parsed.iter() if e.tag in ("text", "title"))


# -- always well formed ---------------------------------------------------------------------------


@given(views(), OPTIONS)
def test_random_graphs_are_well_formed(view, options):
    parsed = picture(view, options)
    assert [e.attrib["data-id"] for e in of_class(parsed, "node")] == list(view.boxes)
    assert [e.attrib["data-id"] for e in of_class(parsed, "edge")] == [
        line.id for line in view.lines
    ]
    assert [e.attrib["data-id"] for e in of_class(parsed, "cluster")] == view.groups()


HOSTILE = (
    "</svg><script>alert(1)</script>",
    '"]; onload="alert(1)',
    "' onmouseover='alert(1)",
    "<![CDATA[ ]]> <!-- -->",
    "&lt;&#0;&amp;",
    "a\0b\x07\ud800￾",
    "\u202eexe.gpj\u2066",
    "x" * 10_000,
    "漢字" * 20,
    "javascript:alert(1)",
    "{|}<f0>\\N\n\t",
)


@pytest.mark.parametrize("label", HOSTILE)
def test_hostile_labels_stay_text(label):
    x = Value(2.0, label=label)
    with scope(label or "g"):
        y = tanh(x)
    y.label = label
    y.backward()
    for closed in ((), {label}):
        view = collapsed_view(take(y), closed, notes=(label,))
        parsed = picture(view, token=label)
        assert all(len(text) < 500 for e in parsed.iter() if (text := e.text))
        shown = words(parsed)
        assert not any("\u202a" <= c <= "\u202e" or c == "\0" for c in shown)
    if label.isprintable() and len(label) < 25:
        assert label in shown


@given(st.text(), st.text(), st.text())
def test_any_text_is_well_formed(title, path, note):
    box = Box(title or "n0", title, "group", math.nan, None, path.replace(".", ""), note, note=note)
    picture(View({box.id: box}, (), (note,)), token=title)


@given(st.floats(), st.none() | st.floats(), st.none() | st.floats(), OPTIONS)
def test_any_numbers_are_well_formed(data, grad, contribution, options):
    boxes = {i: Box(i, i, "operation", data, grad, "", i) for i in "ab"}
    line = Line("e", "a", "b", grad, contribution, 1, "e")
    parsed = picture(View(boxes, (line,)), options)
    assert all("nan" not in e.attrib.get("d", "") for e in parsed.iter())


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_are_well_formed_and_the_same_each_time(name):
    view = view_of(name)
    picture(view)
    assert to_svg(view, layout(view)) == to_svg(view_of(name), layout(view_of(name)))


def test_an_empty_view_is_a_picture():
    assert of_class(picture(View({}, ())), "node") == []


# -- what it says ---------------------------------------------------------------------------------


def test_boxes_say_data_and_grad():
    parsed = picture(view_for(neuron()))
    first = of_class(parsed, "node")[0]
    said = [(e.attrib.get("class"), e.text) for e in first.iter("text")]
    expected = [(None, "v0"), (None, "data"), ("data", "2"), (None, "grad"), ("grad", "−2.123")]
    assert said == expected
    (title,) = first.iter("title")
    assert title.text is not None
    assert title.text.startswith("v0: input, data 2.0, grad -2.123")


def test_lines_say_partial_and_flow():
    x = Value(3.0, label="x")
    parsed = picture(view_for(x * x))
    assert [e.text for e in of_class(parsed, "partial")] == ["∂=3", "∂=3"]
    assert [e.text for e in of_class(parsed, "flow")] == ["←+3", "←+3"]
    assert "x.grad += 1 × 3 = 3" in words(parsed)


def test_bundles_say_their_sum_and_count():
    line = Line("e", "a", "b", None, 0.962, 2, "")
    assert label_lines(line, Options()) == {"flow": "+0.962 (2)"}


def test_closed_groups_say_what_they_hold():
    x = Value(0.5, label="x")
    with scope("unit"):
        y = tanh(x * Value(2.0)) + Value(0.0)
    z = x + y
    z.backward()
    parsed = picture(collapsed_view(take(z), {"unit"}))
    said = words(parsed)
    for part in ("unit | 5 values · 2 params", "out 0.7616", "grad +1", "‖∂params‖ 1.022"):
        assert part in said
    assert [e.text for e in of_class(parsed, "norm")] == ["1.022"]


def test_the_caption_tells_scale_and_notes():
    view = view_for(neuron())
    noted = View(view.boxes, view.lines, ("3 groups closed",))
    parsed = picture(noted, Options(norm="symlog"))
    said = words(of_class(parsed, "caption")[0])
    assert re.search(r"grad −2\.123 \| \+2\.123 +\(symlog scale\) \| 3 groups closed", said)


def test_without_backward_nothing_is_colored():
    parsed = picture(view_for(neuron(), backward=False))
    assert of_class(parsed, "backward") == []
    assert "backward not run" in words(parsed)
    assert {e.attrib["fill"] for e in of_class(parsed, "grad-cell")} == {"url(#g_hatch)"}
    assert {e.text for e in of_class(parsed, "grad")} == {"—"}


def test_stale_graphs_say_so():
    x = Value(3.0, label="x")
    y = x * x
    x.data = 4.0
    parsed = picture(collapsed_view(take(y)))
    assert "stale: call refresh()" in words(parsed)
    assert [e.text for e in of_class(parsed, "partial")] == ["∂=—", "∂=—"]
    outline = of_class(of_class(parsed, "node")[1], "outline")[0]
    assert outline.attrib["stroke-dasharray"]


def test_what_is_not_finite_is_magenta():
    parsed = picture(view_for(Value(0.0, label="x").log()))
    node = of_class(parsed, "node")[1]
    assert of_class(node, "outline")[0].attrib["stroke"] == colors.MAGENTA
    assert [e.text for e in of_class(node, "data")] == ["−∞"]
    head = next(e for e in of_class(parsed, "backward") if e.tag == "polygon")
    assert head.attrib["fill"] == colors.MAGENTA


@pytest.mark.parametrize(
    ("flow", "classes"),
    [("both", {"forward", "backward"}), ("forward", {"forward"}), ("backward", {"backward"})],
)
def test_flow_chooses_the_arrows(flow, classes):
    parsed = picture(view_for(neuron()), Options(flow=flow))
    for edge in of_class(parsed, "edge"):
        parts = [e.attrib["class"] for e in edge if e.tag in ("path", "polygon")]
        assert Counter(parts) == dict.fromkeys(classes, 2)


def test_the_forward_head_is_at_the_target_and_the_backward_head_at_the_source():
    view = view_for(neuron())
    found, parsed = layout(view), picture(view)
    for line, edge in zip(view.lines, of_class(parsed, "edge"), strict=True):
        tips = {e.attrib["class"]: tip(e) for e in edge if e.tag == "polygon"}
        assert math.dist(tips["backward"], found.curves[line.id][0]) < 0.1
        assert math.dist(tips["forward"], found.curves[line.id][-1]) < 0.1


def tip(polygon: Element) -> tuple[float, float]:
    x, y = polygon.attrib["points"].split()[0].split(",")
    return float(x), float(y)


def test_a_dead_relu_is_seen_at_once():
    parsed = picture(view_for(relu(Value(-1.0, label="x")) + Value(1.0, label="b")))
    paints = {
        e.attrib["data-id"]: {p.attrib["stroke"] for p in of_class(e, "backward")} - {"none"}
        for e in of_class(parsed, "edge")
    }
    dead = next(line.id for line in view_for(relu(Value(-1.0)) + Value(1.0)).lines)
    assert paints[dead] == {"#cccccc"}


def test_color_none_leaves_gradients_grey():
    parsed = picture(view_for(neuron()), Options(color="none"))
    assert {e.attrib["fill"] for e in of_class(parsed, "grad-cell")} == {"#ffffff"}
    assert "scale" not in words(parsed)


@pytest.mark.parametrize("theme", colors.THEMES)
def test_themes_have_their_background(theme):
    backgrounds = of_class(picture(view_for(neuron()), Options(theme=theme)), "background")
    assert [e.attrib["fill"] for e in backgrounds] == {
        "light": ["#ffffff"], "dark": [colors.THEMES["dark"].background], "transparent": []
    }[theme]  # fmt: skip


def test_the_more_boxes_the_less_each_says():
    forms = [form_of(view_for(wide_sum(n, variadic=True)), Options()) for n in (20, 60, 200)]
    assert forms == ["full", "compact", "tiny"]
    assert of_class(picture(view_for(wide_sum(200, variadic=True))), "data") == []
    assert of_class(picture(view_for(wide_sum(60, variadic=True))), "flow") == []


def test_several_pictures_can_stand_on_one_page():
    first, second = (
        {e.attrib["id"] for e in picture(view_for(neuron()), token=t).iter() if "id" in e.attrib}
        for t in ("a", "b")
    )
    assert not first & second


def test_the_picture_names_itself():
    parsed = picture(view_for(neuron()))
    assert parsed.attrib["role"] == "img"
    assert parsed.attrib["aria-label"] == "Computation graph of ×: 11 boxes, 11 lines"


@pytest.mark.parametrize("settings", [{"flow": "up"}, {"theme": "red"}, {"norm": "log"}])
def test_options_are_checked(settings):
    with pytest.raises(ValueError, match=r"expected \w+ to be one of"):
        Options(**settings)


# -- colours --------------------------------------------------------------------------------------

REALS = st.floats(allow_nan=False, allow_infinity=False)
NORMS = st.sampled_from(sorted(colors.NORMS))


@given(REALS, REALS.map(abs), NORMS)
def test_scales_are_odd_and_within_one(x, largest, norm):
    position = colors.scaled(x, largest, norm)
    assert -1.0 <= position <= 1.0
    assert colors.scaled(-x, largest, norm) == -position
    assert (position == 0.0) or (position > 0.0) == (x > 0.0)


@given(REALS.map(abs), REALS.map(abs), NORMS)
def test_scales_rise(x, y, norm):
    low, high = sorted((x, y))
    assert colors.scaled(low, high, norm) <= colors.scaled(high, high, norm)


@pytest.mark.parametrize("norm", colors.NORMS)
def test_the_centre_is_exactly_zero(norm):
    assert colors.fill(0.0, 3.0, norm) == colors.fill(-0.0, 3.0, norm) == colors.CENTRE
    assert colors.scaled(3.0, 3.0, norm) == 1.0


@given(REALS, REALS.map(abs), NORMS)
def test_black_text_is_readable_on_every_fill(grad, largest, norm):
    assert contrast(colors.fill(grad, largest, norm), "#1a1a1a") >= 4.0


def contrast(one: str, other: str) -> float:
    """The contrast of two colours after WCAG 2.1."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(color: str) -> float:
    shares = [c / 255 for c in colors.channels(color)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in shares]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_widths_grow_with_the_root_of_the_flow():
    assert colors.width(1.0, 1.0) == 2.5
    assert colors.width(-0.25, 1.0) == 1.6
    assert colors.width(0.0, 1.0) == 0.7


def test_an_unknown_norm_is_told():
    with pytest.raises(ValueError, match="expected norm to be one of sqrt, linear, symlog"):
        colors.scaled(1.0, 1.0, "log")


# -- strokes --------------------------------------------------------------------------------------


@given(st.floats(20.0, 110.0), st.floats(-5.0, 5.0), st.floats(-1.5, 1.5))
def test_moved_bends_keep_their_distance(length, slant, aside):
    half, rise = length / 2.0, slant * length
    bend = ((0.0, 0.0), (half, 0.0), (half, rise), (length, rise))
    moved = edge_paths.sideways(bend, aside)
    line = edge_paths.sampled(bend, 200)
    for point in edge_paths.sampled(moved, 12):
        away = min(distance(point, p, q) for p, q in pairwise(line))
        assert abs(away - abs(aside)) < 0.4 * abs(aside) + 0.05


def distance(point: tuple[float, float], a: tuple[float, float], b: tuple[float, float]) -> float:
    along = (b[0] - a[0], b[1] - a[1])
    square = along[0] ** 2 + along[1] ** 2
    share = ((point[0] - a[0]) * along[0] + (point[1] - a[1]) * along[1]) / square
    share = min(max(share, 0.0), 1.0)
    return math.dist(point, (a[0] + share * along[0], a[1] + share * along[1]))


def test_cards_are_as_wide_as_their_words():
    short, long_ = (Box(t, t, "operation", 1.0, None, "", t) for t in ("x", "a rather long title"))
    assert box_content(short, "full").width < box_content(long_, "full").width
