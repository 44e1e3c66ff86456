"""Snapshots: conservation of what flows back, immutability, JSON, staleness, groups."""

import json
import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
from autograd import Value, relu, scope
from autograd.drawing.group_paths import ancestors
from autograd.drawing.snapshot import take
from autograd.drawing.view import choose_closed, collapsed_view
from tests.support.programs import programs


def computed(program):
    """The last Value of a program, after one pass from clean gradients."""
    result = program.run([Value(x) for x in program.leaves])[-1]
    result.zero_grad()
    result.backward()
    return result


def close(a, b, terms):
    return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12 * max(map(abs, terms), default=0.0))


@given(programs())
def test_what_is_drawn_to_a_node_sums_to_its_grad(program):
    snapshot = take(computed(program))
    received = snapshot.received()
    for node in snapshot.nodes[:-1]:
        terms = [e.contribution for e in snapshot.edges if e.source == node.id]
        assert close(received[node.id], node.grad, terms)


@given(programs(), st.integers(0, 3))
def test_collapsed_sums_are_sums_of_their_members(program, cut):
    with scope("inside"):
        middle = program.run([Value(x) for x in program.leaves])
    result = middle[-1] * 2.0 + middle[min(cut, len(middle) - 1)]
    result.backward()
    snapshot = take(result)
    view = collapsed_view(snapshot, {"inside"})
    home = {node.id: f"g:{node.group}" if node.group else node.id for node in snapshot.nodes}
    for line in view.lines:
        members = [
            e
            for e in snapshot.edges
            if (home[e.source], home[e.target]) == (line.source, line.target)
        ]
        assert line.count == len(members) or line.count == 1
        if line.count > 1:
            terms = [e.contribution or 0.0 for e in members]
            assert close(line.contribution, math.fsum(terms), terms)


@given(programs())
def test_json_round_trip(program):
    tree = take(computed(program)).to_dict()
    assert json.loads(json.dumps(tree, allow_nan=False)) == tree


@given(programs())
def test_two_snapshots_of_one_graph_are_equal(program):
    result = computed(program)
    assert take(result) == take(result)


def test_later_changes_do_not_reach_a_snapshot():
    x = Value(3.0, label="x")
    y = x * x
    before = take(y)
    x.data = 5.0
    y.refresh()
    y.backward()
    assert before.nodes[0].data == 3.0
    assert not before.reached


def test_a_repeated_operand_is_two_edges():
    x = Value(3.0)
    y = x * x
    y.backward()
    assert [(e.id, e.contribution) for e in take(y).edges] == [("e1_0", 3.0), ("e1_1", 3.0)]


def test_before_backward_there_are_partials_and_no_contributions():
    y = Value(3.0) * Value(2.0)
    snapshot = take(y)
    assert not snapshot.reached
    assert [(e.partial, e.contribution) for e in snapshot.edges] == [(2.0, None), (3.0, None)]


def test_what_an_assignment_made_stale_has_no_derivatives_to_show():
    x, w = Value(3.0), Value(2.0)
    side = w * 2.0
    y = (x * 1.5).tanh() + side
    x.data = 4.0
    snapshot = take(y)
    assert snapshot.stale
    assert [node.stale for node in snapshot.nodes] == [False, True, True, False, False, True]
    assert {e.target: e.partial for e in snapshot.edges}["n4"] == 2.0
    assert {e.target: e.partial for e in snapshot.edges}["n2"] is None


def test_a_dead_relu_hands_down_zero():
    x = Value(-1.0)
    y = relu(x) * 3.0
    y.backward()
    assert take(y).edges[0].contribution == 0.0


def test_labels_name_what_has_no_label_of_its_own():
    x, w = Value(3.0), Value(2.0, label="weight")
    y = x * w
    names = [node.label for node in take(y, {"x": x, "w": w, "other": 5, "y": y}).nodes]
    assert names == ["x", "weight", "y"]


def test_parameters_lie_in_the_group_that_uses_them():
    model = nn.MLP(2, [2, 1], seed=0)
    snapshot = take(model([Value(1.0, label="x0"), Value(2.0, label="x1")]))
    roles = {
        (node.label, node.role, node.group) for node in snapshot.nodes if node.role != "operation"
    }
    assert ("w0", "parameter", "mlp.layer0.neuron0") in roles
    assert ("x0", "input", "") in roles
    assert sum(node.role == "parameter" for node in snapshot.nodes) == 9


def test_a_number_is_no_graph():
    with pytest.raises(TypeError, match=r"expected a Value to draw, got 3\.0"):
        take(3.0)  # type: ignore[arg-type]  # the mistake it is about


def test_fewest_groups_are_closed_that_keep_to_the_limit():
    model = nn.MLP(2, [3, 1], seed=0)
    snapshot = take(model([1.0, 2.0]))
    assert choose_closed(snapshot, None) == set()
    assert choose_closed(snapshot, 10_000) == set()
    assert choose_closed(snapshot, 6) == {
        "mlp.layer0.neuron0", "mlp.layer0.neuron1", "mlp.layer0.neuron2", "mlp.layer1.neuron0",
    }  # fmt: skip
    assert len(collapsed_view(snapshot, choose_closed(snapshot, 2)).boxes) <= 2
    assert choose_closed(snapshot, 150, depth=2) == choose_closed(snapshot, 6)


@given(st.lists(st.text("ab", min_size=1, max_size=2), min_size=1, max_size=4))
def test_ancestors_nest(parts):
    found = ancestors(".".join(parts))
    assert len(found) == len(parts)
    assert all(inner.startswith(outer + ".") for outer, inner in pairwise(found))
