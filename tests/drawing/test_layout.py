"""The built-in layout: nothing overlaps, groups hold what is theirs, lines end on boxes."""

import math
import random
import shutil
from dataclasses import replace
from itertools import combinations, groupby, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Value
from autograd.drawing.box_content import labelled
from autograd.drawing.edge_paths import sampled
from autograd.drawing.group_paths import ancestors
from autograd.drawing.layered.crossings import inversions, sort_columns, sweep, walk_from_results
from autograd.drawing.layered.grid import MOST_BENDS, Grid, build, longest_with_bends
from autograd.drawing.layered.group_layering import group_layers
from autograd.drawing.layered.layering import acyclic, assign_layers
from autograd.drawing.layered.vpsc import solve_constraints, topological
from autograd.drawing.layout import Layout, Rect, layout
from autograd.drawing.options import Options
from autograd.drawing.snapshot import take
from autograd.drawing.text_width import shortened, text_width
from autograd.drawing.view import Box, Line, View, collapsed_view
from tests.support.drawing_examples import (
    EXAMPLES,
    crossings,
    dot_lines,
    our_lines,
    tangle,
    view_of,
)
from tests.support.layout_views import views

OPTIONS = st.builds(
    Options,
    direction=st.sampled_from(["LR", "TB"]),
    form=st.sampled_from(["auto", "compact", "tiny"]),
    flow=st.sampled_from(["both", "forward"]),
)
# What rounding to hundredths may take from a distance.
ROUNDING = 0.03


# -- what every layout keeps ----------------------------------------------------------------------


def overlap(one: Rect, other: Rect) -> bool:
    return (
        one.x + ROUNDING < other.x + other.width
        and other.x + ROUNDING < one.x + one.width
        and one.y + ROUNDING < other.y + other.height
        and other.y + ROUNDING < one.y + one.height
    )


def inside(inner: Rect, outer: Rect) -> bool:
    return (
        inner.x >= outer.x - ROUNDING
        and inner.y >= outer.y - ROUNDING
        and inner.x + inner.width <= outer.x + outer.width + ROUNDING
        and inner.y + inner.height <= outer.y + outer.height + ROUNDING
    )


def on_border(point: tuple[float, float], rect: Rect) -> bool:
    x, y = point
    away = max(rect.x - x, x - rect.x - rect.width, rect.y - y, y - rect.y - rect.height)
    return abs(away) < ROUNDING


def overlaps(found: Layout) -> list[tuple[str, str]]:
    """Pairs of boxes and labels that overlap."""
    rects = [*found.boxes.items(), *((f"label {k}", r) for k, r in found.labels.items())]
    return [(a, b) for (a, one), (b, other) in combinations(rects, 2) if overlap(one, other)]


def struck(view: View, found: Layout) -> list[tuple[str, str]]:
    """Lines that run through a box, or through a label, their own included."""
    rects = [*found.boxes.items(), *found.labels.items()]
    return [
        (line, name)
        for line, points in found.curves.items()
        for name, rect in rects
        if any(overlap(Rect(*p, 0.0, 0.0), rect) for p in densely(sampled(points)))
    ]


def densely(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    return [
        (x + (x1 - x) * i / 20, y + (y1 - y) * i / 20)
        for (x, y), (x1, y1) in pairwise(points)
        for i in range(20)
    ]


def require_sound(view: View, found: Layout) -> None:
    assert overlaps(found) == []
    canvas = Rect(0.0, 0.0, found.width, found.height)
    rects = [*found.boxes.values(), *found.labels.values(), *found.groups.values()]
    assert all(inside(rect, canvas) for rect in rects)
    assert found.boxes.keys() == view.boxes.keys()
    assert list(found.groups) == view.groups()
    for line in view.lines:
        if line.source != line.target:
            points = found.curves[line.id]
            assert len(points) % 3 == 1
            assert on_border(points[0], found.boxes[line.source])
            assert on_border(points[-1], found.boxes[line.target])
            assert all(inside(Rect(*p, 0.0, 0.0), canvas) for p in points)
    require_groups_sound(view, found)


def require_groups_sound(view: View, found: Layout) -> None:
    """Groups hold their own boxes and groups, and touch no others."""
    for path, rect in found.groups.items():
        for box in view.boxes.values():
            if path in ancestors(box.group):
                assert inside(found.boxes[box.id], rect), (box.id, path)
            else:
                assert not overlap(found.boxes[box.id], rect), (box.id, path)
        for other, another in found.groups.items():
            if other != path:
                nested = other.startswith(f"{path}."), path.startswith(f"{other}.")
                assert not nested[0] or inside(another, rect)
                assert any(nested) or not overlap(rect, another), (path, other)


# -- random graphs --------------------------------------------------------------------------------


@given(views(), OPTIONS)
def test_nothing_overlaps_in_random_graphs(view, options):
    found = layout(view, options)
    require_sound(view, found)
    assert struck(view, found) == []
    assert bool(found.labels) == (labelled(view, options) and bool(view.lines))


@pytest.mark.parametrize("seed", range(24))
def test_nothing_overlaps_in_larger_graphs_whose_groups_are_mixed_up(seed):
    view = mixed_up(seed)
    require_sound(view, layout(view, Options(direction="TB" if seed % 2 else "LR")))


def mixed_up(seed: int) -> View:
    """A random graph whose boxes are in random groups."""
    rng = random.Random(seed)
    drawn = collapsed_view(take(tangle(seed, rng.randrange(10, 120), rng.randrange(3, 30))))
    path, boxes = "", {}
    for name, box in drawn.boxes.items():
        if rng.random() < 0.3:
            path = rng.choice(["", "a", "a.b", "a.c", "d", "d.e", "f.g.h", "f.g.i"])
        boxes[name] = replace(box, group=path)
    return View(boxes, drawn.lines)


@given(views())
def test_a_layout_is_the_same_each_time(view):
    assert layout(view) == layout(view)


# -- the twenty graphs ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("direction", ["LR", "TB"])
def test_nothing_overlaps_in_the_examples(name, direction):
    view = view_of(name)
    require_sound(view, layout(view, Options(direction=direction)))


@pytest.mark.skipif(shutil.which("dot") is None, reason="compares with Graphviz: no dot on PATH")
def test_lines_cross_hardly_more_often_than_dot_lets_them():
    ours = theirs = 0
    for name in EXAMPLES:
        view = view_of(name)
        ours += crossings(view, our_lines(layout(view)))
        theirs += crossings(view, dot_lines(view, Options()))
    assert ours <= 1.5 * theirs


def test_crossings_are_counted():
    view = boxes_and_lines("abcd", ["ab", "cd"])
    lines = {"ab": [(0.0, 0.0), (10.0, 10.0)], "cd": [(0.0, 10.0), (10.0, 0.0)]}
    assert crossings(view, lines) == 1
    assert (
        crossings(boxes_and_lines("abcd", ["ab", "ad"]), {"ab": lines["ab"], "ad": lines["cd"]})
        == 0
    )


# -- particular graphs ----------------------------------------------------------------------------


def boxes_and_lines(boxes: str, lines: list[str], groups: dict[str, str] | None = None) -> View:
    made = {b: Box(b, b, "operation", 1.0, None, (groups or {}).get(b, ""), b) for b in boxes}
    return View(
        made,
        tuple(Line(f"{l}", l[0], l[1], 1.0, None, 1, l) for l in lines),  # noqa: E741
    )


def test_a_chain_is_straight():
    view = boxes_and_lines("abcd", ["ab", "bc", "cd"])
    found = layout(view)
    assert len({rect.y + rect.height / 2 for rect in found.boxes.values()}) == 1
    assert {y for points in found.curves.values() for _, y in points} == {found.curves["ab"][0][1]}


def test_the_main_line_of_a_chain_with_leaves_is_straight():
    view = boxes_and_lines("axbycz", ["ab", "xb", "bc", "yc"])
    found = layout(view)
    assert found.boxes["b"].y == found.boxes["c"].y


def test_lines_between_the_same_boxes_are_apart():
    y = Value(3.0)
    view = collapsed_view(take(y * y))
    for labels in (False, True):
        one, other = layout(view, labels=labels).curves.values()
        assert abs(one[0][1] - other[0][1]) >= 8.0
        assert abs(one[-1][1] - other[-1][1]) >= 8.0


@pytest.mark.parametrize(
    "lines", [["ab", "ba"], ["ab", "bc", "ca"], ["ab", "ba", "bc", "cb", "aa"]]
)
def test_cycles_between_closed_groups_are_drawn(lines):
    view = boxes_and_lines("abc", lines)
    require_sound(view, layout(view))


@pytest.mark.parametrize("boxes", ["", "a", "ab"])
def test_few_boxes_and_no_lines(boxes):
    view = boxes_and_lines(boxes, [])
    require_sound(view, layout(view))


def test_a_group_stands_behind_what_feeds_it():
    view = boxes_and_lines("xwabvcd", ["xa", "wa", "ab", "bc", "vc", "cd"], {
        "w": "g.h", "a": "g.h", "b": "g.h", "v": "g.i", "c": "g.i"
    })  # fmt: skip
    found = layout(view)
    end = found.groups["g.h"].x + found.groups["g.h"].width
    assert found.boxes["x"].x + found.boxes["x"].width < found.groups["g"].x
    assert end < found.groups["g.i"].x
    assert found.groups["g"].x + found.groups["g"].width < found.boxes["d"].x


def test_a_very_long_chain():
    x = Value(1.0, label="x")
    y = x
    for _ in range(5_000):
        y = y + x
    view = collapsed_view(take(y))
    found = layout(view)
    assert len(found.curves) == 10_000
    assert longest_with_bends(range(5_000)) < 5_000 < MOST_BENDS


# -- the parts ------------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 9)))
def test_inversions(numbers):
    assert inversions(numbers) == sum(a > b for a, b in combinations(numbers, 2))


PAIRS = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)).filter(lambda p: p[0] != p[1]))


@given(PAIRS)
def test_ranks_rise_along_lines_without_cycles(pairs):
    turned = acyclic(8, pairs)
    forward = [(b, a) if t else (a, b) for (a, b), t in zip(pairs, turned, strict=True)]
    rank = assign_layers(8, forward)
    assert all(rank[a] < rank[b] for a, b in forward)
    assert set(rank) == set(range(max(rank) + 1))


def test_nothing_is_turned_without_a_cycle():
    assert acyclic(3, [(2, 1), (1, 0)]) == [False, False]


@given(PAIRS, st.lists(st.integers(0, 3), min_size=8, max_size=8))
def test_stages_keep_ranks_possible(pairs, homes):
    forward = [(min(p), max(p)) for p in pairs]
    rank = assign_layers(8, forward, group_layers(homes, [(), (1,), (1, 2), (3,)], forward))
    assert all(rank[a] < rank[b] for a, b in forward)


GAPS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(0, 4)))


@given(GAPS, st.lists(st.integers(-9, 9), min_size=6, max_size=6))
def test_separated_numbers_keep_their_bounds_and_move_no_further_than_they_must(gaps, wished):
    bounds: list[list[tuple[int, float]]] = [[] for _ in range(6)]
    for a, b, gap in gaps:
        if a != b:
            bounds[max(a, b)].append((min(a, b), float(gap)))
    found = solve_constraints([float(x) for x in wished], [1.0] * 6, bounds, topological(bounds))
    assert all(found[v] >= found[u] + gap - 1e-6 for v in range(6) for u, gap in bounds[v])
    kept = all(wished[v] >= wished[u] + gap for v in range(6) for u, gap in bounds[v])
    assert not kept or found == [float(x) for x in wished]


def test_contradicting_bounds_are_told():
    with pytest.raises(ValueError, match="contradict"):
        topological([[(1, 1.0)], [(0, 1.0)]])


@pytest.mark.parametrize("forward", [False, True])
def test_sweeps_keep_groups_the_same_way_up_in_all_columns(forward):
    view = boxes_and_lines("adbepq", ["ab", "bp", "de", "eq"], {
        "a": "g", "b": "g", "d": "h", "e": "h"
    })  # fmt: skip
    grid = build(view, dict.fromkeys(view.boxes, (40.0, 20.0)), {}, across=True)
    grid.order[2].reverse()  # now the targets of g are below those of h
    assert [[grid.names[i] for i in c] for c in grid.order] == [["a", "d"], ["b", "e"], ["q", "p"]]
    sweep(grid, forward, flip=False)
    require_same_way_up(grid)
    assert [grid.names[i] for i in grid.order[1]] == ["e", "b"]


@pytest.mark.parametrize("seed", range(24))
def test_sweeps_keep_groups_in_one_piece(seed):
    view = mixed_up(seed)
    grid = build(view, dict.fromkeys(view.boxes, (40.0, 20.0)), {}, across=True)
    sort_columns(grid, walk_from_results(grid))
    for turn in range(6):
        sweep(grid, forward=turn % 2 == 0, flip=turn > 3)
        require_same_way_up(grid)


def require_same_way_up(grid: Grid) -> None:
    """In each group, those directly in it have an order that all columns agree with."""
    every = range(len(grid.groups.paths))
    for path in every:
        above = {pair for column in grid.order for pair in pairwise(children(grid, path, column))}
        topological([[(a, 0.0) for a, b in above if b == v] for v in every])


def children(grid: Grid, path: int, column: list[int]) -> list[int]:
    """The groups directly in one that a column passes; each once, or it is not in one piece."""
    groups = grid.groups
    met = [
        next((g for g in groups.lineages[grid.homes[i]] if groups.parents[g] == path), 0)
        for i in column
    ]
    runs = [g for g, _ in groupby(met) if g]
    assert len(runs) == len(set(runs))
    return runs


@given(st.text(), st.floats(0.0, 200.0))
def test_shortened_text_fits(text, room):
    short = shortened(text, room, 10.0)
    assert text_width(short, 10.0) <= room
    assert short == text or text.startswith(short.removesuffix("…"))


def test_text_is_given_enough_room():
    # Widths in em of DejaVu Sans, a broad face: (text, its width as the font has it).
    measured = {
        "+0.7071": 4.34,
        "−2.121": 3.70,
        "tanh": 2.27,
        "data": 2.24,
        "MLP": 2.02,
        "∂=2": 1.99,
    }
    for text, width in measured.items():
        assert width <= text_width(text, 1.0) <= 1.35 * width
    assert text_width("漢字", 10.0) >= 20.0
    assert math.isclose(text_width("", 10.0), 0.0)
