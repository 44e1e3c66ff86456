"""The SVG line plot: always well-formed, with everything inside the frame."""

import math
import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn import curves
from nn.plots.line_plot import HEIGHT, WIDTH, round_ticks

series = st.dictionaries(st.text(), st.lists(st.floats(), min_size=1, max_size=20), min_size=1)


def tags(svg, name):
    return ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}" + name)


@given(series, st.text(), st.text())
def test_any_series_make_well_formed_svg(data, title, xlabel):
    svg = curves(data, title=title, xlabel=xlabel).svg
    for shape in tags(svg, "polyline"):
        for x, y in (pair.split(",") for pair in shape.attrib["points"].split()):
            assert 0 <= float(x) <= WIDTH
            assert float(y) >= 0
    for dot in tags(svg, "circle"):
        assert 0 <= float(dot.attrib["cy"]) <= HEIGHT
    assert "nan" not in re.sub(r">[^<]*<", "><", svg)


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_ticks_are_round_and_inside(low, span):
    ticks = round_ticks(low, low + span, False)
    assert 2 <= len(ticks) <= 8
    assert all(low - 1e-6 * span <= t <= low + span * (1 + 1e-6) for t in ticks)


def test_whole_ticks():
    assert round_ticks(1.0, 3.0, True) == [1.0, 2.0, 3.0]


def test_text_is_escaped():
    svg = curves({"<a>": [1.0, 2.0]}, title='"x" & y', xlabel="\x00\x1b z").svg
    words = [t.text for t in tags(svg, "text")]
    assert {"<a>", '"x" & y', " z"} <= set(words)


def test_gaps_and_lone_points():
    svg = curves({"a": [1.0, 2.0, math.nan, 3.0, math.inf, 4.0, 5.0]}).svg
    assert len(list(tags(svg, "polyline"))) == 2 + 1  # the legend's
    assert len(list(tags(svg, "circle"))) == 1


def test_series_beyond_the_palette_are_dashed():
    svg = curves({str(i): [float(i), 1.0] for i in range(9)}).svg
    looks = {(p.attrib["stroke"], p.attrib["stroke-dasharray"]) for p in tags(svg, "polyline")}
    assert len(looks) == 9


def test_save_and_notebook(tmp_path):
    plot = curves({"loss": [2.0, 1.0]})
    plot.save(tmp_path / "a.svg")
    assert (tmp_path / "a.svg").read_text() == plot.svg == plot._repr_svg_()


@pytest.mark.parametrize("data", [{}, {"a": []}])
def test_nothing_to_draw(data):
    with pytest.raises(ValueError, match="expected at least one series, and one number in each"):
        curves(data)
