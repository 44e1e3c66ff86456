"""The table of the forward and backward flow."""

import math

import pytest
from hypothesis import given

import autograd
from autograd import Value, detach, total
from autograd.cli.table import flow, table, to_dict
from tests.support.programs import programs


@given(programs())
def test_contributions_add_up_to_the_grad(program):
    leaves = [Value(x) for x in program.leaves]
    result = program.run(leaves)[-1]
    result.backward()
    for row in flow(result)[:-1]:
        terms = [c.product for c in row.contributions]
        assert math.fsum(terms) == pytest.approx(
            row.grad, rel=1e-9, abs=1e-9 * max(map(abs, terms))
        )


def test_two_edges_between_the_same_nodes_are_two_contributions():
    x = Value(3.0, label="x")
    y = x * x
    y.backward()
    assert [c.product for c in flow(y)[0].contributions] == [3.0, 3.0]


def test_names_never_collide():
    v1 = Value(2.0, label="v1")
    y = (v1 * 3.0).tanh()
    y.backward()
    assert [row.name for row in flow(y)] == ["v1", "v2", "v3"]


def test_two_leaves_of_one_label_are_told_apart():
    x, other = Value(2.0, label="x"), Value(3.0, label="x")
    y = x * other
    y.backward()
    names = [row.name for row in flow(y)]
    assert len(set(names)) == len(names)


def test_golden_table():
    x, w = Value(2.0, label="x"), Value(-0.5, label="w")
    y = (x * w) ** 2 - 1.0
    y.backward()
    assert table(flow(y)) == (
        "node  formula  data  local derivatives          grad  chain rule\n"
        "────  ───────  ────  ─────────────────────────  ────  ──────────────────────────\n"
        "x                 2                                1  v1.grad × ∂v1/∂x = -2 × -0.5\n"
        "w              -0.5                               -4  v1.grad × ∂v1/∂w = -2 × 2\n"
        "v1    x * w      -1  ∂v1/∂x = -0.5  ∂v1/∂w = 2    -2  v2.grad × ∂v2/∂v1 = 1 × -2\n"
        "v2    v1 ** 2     1  ∂v2/∂v1 = -2                  1  v3.grad × ∂v3/∂v2 = 1 × 1\n"
        "v3    v2 - 1      0  ∂v3/∂v2 = 1                   1  seed = 1"
    ).replace("──────────────────────────\n", "────────────────────────────\n", 1)


def test_given_partials_and_many_operands_have_formulas():
    a = Value(2.0, label="a")
    y = total([Value(7.0, (a,), (3.0,)), a, detach(a)])
    y.backward()
    assert [row.formula for row in flow(y)] == ["a", "given(a)", "v2", "total(v1, a, v2)"]


def test_as_json_has_every_number():
    x = Value(3.0, label="x")
    y = x * x
    y.backward()
    assert to_dict(flow(y))[0] == {
        "name": "x",
        "formula": "x",
        "data": 3.0,
        "partials": [],
        "grad": 6.0,
        "contributions": [
            {"from": "v1", "adjoint": 1.0, "partial": 3.0, "product": 3.0},
            {"from": "v1", "adjoint": 1.0, "partial": 3.0, "product": 3.0},
        ],
    }


def test_nothing_flows_to_what_is_not_selected():
    x, y = Value(0.0, label="x"), Value(3.0, label="y")
    root = autograd.sqrt(autograd.where(x - 1.0, y, x))
    root.backward()
    terms = {row.name: [term.product for term in row.contributions] for row in flow(root)}
    assert (terms["x"][-1], terms["y"]) == (math.inf, [0.0])
