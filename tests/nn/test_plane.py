"""Pictures of the plane: always well-formed, everything within the frame, errors that tell."""

import math
import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Value
from nn import plot_plane, side_by_side
from nn.plots.plane import FAR, SHADES

places = st.dictionaries(
    st.text(), st.lists(st.tuples(st.floats(), st.floats()), max_size=9), max_size=5
)


def tags(svg, name):
    return list(ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}" + name))


def shade(surface, **settings):
    return plot_plane(surface=surface, x=(0.0, 1.0), y=(0.0, 2.0), **settings)


@given(places, places, st.text())
def test_any_lines_and_points_make_well_formed_svg(lines, points, title):
    svg = plot_plane(lines, points, x=(-1.0, 1.0), y=(-2.0, 2.0), title=title).svg
    for line in tags(svg, "polyline"):
        for pair in line.attrib["points"].split():
            assert all(abs(float(number)) <= FAR for number in pair.split(","))
    assert "nan" not in re.sub(r">[^<]*<", "><", svg)


@given(places, places)
def test_the_span_is_taken_from_what_is_finite(lines, points):
    near = [(0.0, 0.0), (1.0, 2.0)]
    assert tags(plot_plane({**lines, "near": near}, points).svg, "polyline")


def test_what_lies_outside_is_cut_off():
    (outer,) = tags(plot_plane({"": [(0.0, 0.0), (9.0, 9.0)]}, x=(0, 1), y=(0, 1)).svg, "svg")[1:]
    assert outer.attrib["overflow"] == "hidden"
    assert outer.attrib["viewBox"] == "72 56 552 296"


def test_a_gap_parts_a_line():
    line = [(0.0, 0.0), (1.0, 1.0), (math.nan, 0.0), (2.0, 1.0), (3.0, 0.0)]
    assert len(tags(plot_plane({"": line}).svg, "polyline")) == 2


def test_points_of_a_line_have_its_colour_and_one_name():
    svg = plot_plane({"a": [(0.0, 0.0), (1.0, 1.0)]}, {"a": [(1.0, 1.0)], "b": [(0.0, 1.0)]}).svg
    (line, piece), (end, other, named) = tags(svg, "polyline"), tags(svg, "circle")
    assert line.attrib["stroke"] == piece.attrib["stroke"] == end.attrib["fill"]
    assert other.attrib["fill"] == named.attrib["fill"] != end.attrib["fill"]
    assert [word.text for word in tags(svg, "text")][-2:] == ["a", "b"]


def test_every_shade_covers_the_same_area():
    paths = tags(shade(lambda x, y: math.exp(9 * y) + x, cells=64, size=(728, 744)).svg, "path")
    assert len(paths) == SHADES
    areas = [sum(float(w) * 10 for w in re.findall(r"h(\d[\d.]*)v", p.attrib["d"])) for p in paths]
    assert max(areas) < 1.3 * min(areas)


def test_higher_is_darker():
    low, *_, high = tags(shade(lambda x, y: y, cells=32).svg, "path")
    assert (low.attrib["fill"], high.attrib["fill"]) == ("#ffffff", "#8ca4bc")


def test_a_surface_of_values_is_not_recorded():
    seen = []

    def surface(x, y):
        seen.append(Value(x) * y)
        return seen[-1]

    shade(surface, cells=3)
    assert all(z.parents == () for z in seen)


def test_a_flat_surface_has_one_shade():
    assert len(tags(shade(lambda x, y: 0.0, cells=4).svg, "path")) == 1


def test_where_a_surface_is_nan_the_paper_stays_white():
    half = shade(lambda x, y: y if x > 0.5 else math.nan, cells=8)
    assert all(
        int(i) >= 4 for p in tags(half.svg, "path") for i in re.findall(r"M(\d)", p.attrib["d"])
    )
    assert tags(shade(lambda x, y: math.nan, cells=8).svg, "path") == []


def test_no_cells():
    with pytest.raises(ValueError, match="expected cells of at least 1, got 0"):
        shade(lambda x, y: x, cells=0)


def test_pictures_side_by_side_fill_rows():
    frames = [plot_plane(points={"": [(0.0, 0.0)]}, size=(400, 200)) for _ in range(5)]
    strip = side_by_side(frames, columns=2, width=400)
    assert (strip.width, strip.height) == (400, 300)
    moves = [g.attrib["transform"] for g in tags(strip.svg, "g")]
    assert moves[3] == "translate(200.0 100.0) scale(0.5000)"


@pytest.mark.parametrize("span", [(1.0, 1.0), (2.0, 1.0), (0.0, math.inf), (math.nan, 1.0)])
def test_a_span_that_is_none(span):
    with pytest.raises(ValueError, match=r"expected x to go from a number up to another, got \("):
        plot_plane({"a": [(0.0, 0.0)]}, x=span)


def test_nothing_to_take_a_span_from():
    with pytest.raises(ValueError, match=r"expected y=\(first, last\) where no data tell it"):
        plot_plane({"a": [(0.0, math.nan)]})


def test_no_pictures_side_by_side():
    with pytest.raises(ValueError, match="expected pictures and columns, got 0 and 2"):
        side_by_side([])
