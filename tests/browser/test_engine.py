"""The explorer's engine computes, counts and writes what Python does: both run side by side."""

import json
import math
import subprocess
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from autograd import Value, scope
from autograd.drawing import colors, formatting
from autograd.drawing.snapshot import Snapshot, take
from autograd.drawing.view import collapsed_view
from autograd.primitives import Primitive
from tests.browser.engine import Engine, node, restored
from tests.support.programs import EVERY, RATIONAL, programs, quarters

pytestmark = pytest.mark.skipif(node is None, reason="needs Node.js")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    served = Engine(tmp_path_factory.mktemp("engine"))
    yield served
    served.close()


def snapshot_of(program: Any, seed: float = 1.0) -> Snapshot:
    leaves = [Value(x, label=f"x{i}") for i, x in enumerate(program.leaves)]
    result = program.run(leaves)[-1]
    result.backward(seed)
    return take(result)


def numbers_of(graph: dict[str, Any]) -> list[Any]:
    nodes = [x for n in graph["nodes"] for x in (n["data"], n["grad"])]
    return nodes + [x for e in graph["edges"] for x in (e["partial"], e["contribution"])]


# What both languages round alike.  A browser's `Math.pow` may differ in the last place.
EXACT = tuple(op for op in RATIONAL if op.name not in ("square", "cube", "inverse"))


def same(x: Any, y: Any) -> bool:
    if x is None or y is None:
        return x is y
    return bool(x == y or (x != x and y != y))


# -- computing ------------------------------------------------------------------------------------


def test_the_node_tests_pass() -> None:
    tests = Path(__file__).parents[1].joinpath("drawing", "explorer.test.mjs")
    done = subprocess.run(
        [str(node), "--test", str(tests)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@given(programs(EXACT, quarters()), st.sampled_from([1.0, -2.0, 0.0]))
def test_rational_graphs_come_out_bit_for_bit(engine, program, seed) -> None:
    graph = snapshot_of(program, seed).to_dict()
    got = engine("evaluate", graph, {}, seed)
    expected = restored(json.loads(json.dumps(graph)))
    assert [got["nodes"], got["edges"]] == [expected["nodes"], expected["edges"]]


@given(programs(EVERY))
def test_every_graph_comes_out_within_rounding(engine, program) -> None:
    snapshot = snapshot_of(program)
    got = engine("evaluate", snapshot.to_dict(), {}, 1.0)
    for x, y in zip(numbers_of(got), numbers_of(snapshot.to_dict()), strict=True):
        # Rounding grows where a program subtracts near-equals, so this bound is wide; the rows'
        # own agreement, to 4 units in the last place, is tested beside the table.
        assert same(x, y) or math.isclose(x, y, rel_tol=1e-6, abs_tol=1e-6), (x, y)


@given(programs(EXACT, quarters()), st.lists(quarters(), min_size=3, max_size=3))
def test_moved_leaves_give_what_python_gives(engine, program, moved) -> None:
    values = [Value(x, label=f"x{i}") for i, x in enumerate(program.leaves)]
    result = program.run(values)[-1]
    result.backward()
    before = take(result)
    ids = {n.label: n.id for n in before.nodes if not n.operands}
    leaves = {ids[v.label]: x for v, x in zip(values, moved, strict=False) if v.label in ids}
    for value, x in zip(values, moved, strict=False):
        value.data = x
    result.refresh()
    result.zero_grad()
    result.backward()
    expected = restored(json.loads(json.dumps(take(result).to_dict())))
    got = engine("evaluate", before.to_dict(), leaves, 1.0)
    assert all(map(same, numbers_of(got), numbers_of(expected)))


@given(programs(EVERY), st.integers(1, 3))
def test_the_last_step_is_the_snapshot(engine, program, passes) -> None:
    leaves = [Value(x) for x in program.leaves]
    result = program.run(leaves)[-1]
    for _ in range(passes):
        result.backward()
    snapshot = take(result)
    last = engine("last", snapshot.to_dict())
    for n in snapshot.nodes:
        assert same(last["data"][n.id], n.data)
        assert same(last["grad"][n.id], n.grad)
    for e in snapshot.edges:
        assert same(last["partial"][e.id], e.partial)
        assert same(last["contribution"][e.id], e.contribution)


@given(programs(EVERY))
def test_what_a_step_shows_stays_or_grows(engine, program) -> None:
    states = engine("states", snapshot_of(program).to_dict())
    assert all(x is None for x in states[0]["data"].values())
    for earlier, later in pairwise(states):
        for kind in ("data", "partial", "contribution", "grad"):
            known = {key for key, x in earlier[kind].items() if x is not None}
            assert known <= {key for key, x in later[kind].items() if x is not None}


@given(programs(EXACT, quarters()))
def test_paths_sum_to_the_gradient(engine, program) -> None:
    snapshot = snapshot_of(program)
    for leaf in snapshot.nodes:
        if not leaf.operands:
            found = engine("paths", snapshot.to_dict(), leaf.id)
            assert found["sum"] == pytest.approx(leaf.grad, abs=1e-9)
            products = [path["product"] for path in found["listed"]]
            assert len(products) == min(int(found["count"]), 20)
            assert products == sorted(products, key=lambda p: -abs(p))
            if len(products) == int(found["count"]):
                assert math.fsum(products) == pytest.approx(leaf.grad, abs=1e-9)


def test_a_primitive_of_the_users_own_is_named_as_an_obstacle(engine) -> None:
    cube = Primitive("cube", lambda x: x**3, lambda z, x: 3.0 * x * x)
    assert "“cube” is not in glassgrad's table" in engine(
        "obstacle", take(cube(Value(2.0))).to_dict()
    )
    other = Primitive("exp", lambda x: x + 1.0, lambda z, x: 1.0)
    assert "does not give" in engine("obstacle", take(other(Value(2.0))).to_dict())
    given_partials = Value(7.0, (Value(1.0),), (3.0,))
    assert "given as numbers" in engine("obstacle", take(given_partials).to_dict())


@given(programs(EVERY))
def test_nothing_of_the_table_is_an_obstacle(engine, program) -> None:
    assert engine("obstacle", snapshot_of(program).to_dict()) == ""


def test_a_stale_graph_can_be_recomputed(engine) -> None:
    x = Value(2.0, label="x")
    y = x * x
    x.data = 3.0
    graph = take(y).to_dict()
    assert engine("obstacle", graph) == ""
    assert [n["data"] for n in engine("evaluate", graph, {}, 1.0)["nodes"]] == [3.0, 9.0]


FORMATS = ["", ".4g", ".1g", ".0f", ".3f", ".12g", ".2e", "+.3g", ",.2f", ".1%", ".6G"]
FLOATS = st.floats() | st.integers(-(10**6), 10**6).map(lambda n: n / 8) | st.none()


@given(FLOATS, st.sampled_from(FORMATS))
@example(1.7e308, ".1%")
def test_numbers_are_written_as_python_writes_them(engine, x, fmt) -> None:
    assert engine("number", x, fmt) == f"= {formatting.number(x, fmt)}"
    assert engine("signed", x, fmt) == f"= {formatting.signed(x, fmt)}"


@given(st.floats())
def test_full_numbers_are_written_as_repr(engine, x) -> None:
    assert engine("full", x) == f"= {x + 0.0!r}"


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cn"])))
def test_names_are_cut_and_cleaned_as_in_python(engine, text) -> None:
    assert engine("plain", text) == f"= {formatting.plain(text)}"


@given(FLOATS, st.floats(0.0, 1e9), st.sampled_from(list(colors.NORMS)))
def test_colours_are_those_of_the_static_picture(engine, x, largest, norm) -> None:
    for name, python in (("fill", colors.fill), ("ink", colors.ink)):
        got, expected = engine(name, x, largest, norm), python(x, largest, norm)
        pairs = zip(colors.channels(got), colors.channels(expected), strict=True)
        assert all(abs(a - b) <= 1 for a, b in pairs)
    assert engine("width", x, largest) == pytest.approx(colors.width(x, largest), abs=0.0011)


@given(st.lists(st.floats(-1e100, 1e100)))
def test_sums_of_lines_lose_nothing_before_the_last_place(engine, terms) -> None:
    exact = math.fsum(terms)
    assert abs(engine("sum", terms) - exact) <= math.ulp(exact)


@given(st.lists(st.sampled_from(["", "a", "a.b", "a.c", "d"]), min_size=9, max_size=9), st.data())
def test_groups_gather_the_nodes_and_edges_that_the_view_has(engine, groups, data) -> None:
    values = [Value(1.0, label="x"), Value(2.0, label="y")]
    for i, group in enumerate(groups):
        with scope(group or "outside"):
            values.append(values[i] * values[i + 1] if i % 2 else values[-1] + values[i])
    snapshot = take(values[-1])
    closed = sorted(data.draw(st.sets(st.sampled_from(["a", "a.b", "a.c", "d", "outside"]))))
    view = collapsed_view(snapshot, closed)
    boxes, lines = engine("layout", snapshot.to_dict(), closed)
    assert [box for box, _ in boxes] == list(view.boxes)
    assert {line: len(edges) for line, edges in lines} == {x.id: x.count for x in view.lines}
