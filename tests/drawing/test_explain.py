"""`explain`: all paths counted, the largest listed, their products summing to the gradient."""

import math

import pytest
from hypothesis import given

from autograd import Value, tanh, total
from autograd.core.symbols import partial_formulas
from autograd.drawing.explain import LISTED, explain
from autograd.drawing.latex import LATEX, latex, latex_name
from autograd.primitives import TABLE
from tests.support.programs import programs


@given(programs())
def test_products_of_all_paths_sum_to_the_gradient(program):
    leaves = [Value(x) for x in program.leaves]
    y = program.run(leaves)[-1]
    y.backward()
    for x in leaves:
        explained = explain(y, x)
        products = explained.products()
        assert explained.count >= len(explained.paths)
        if explained.count <= LISTED:
            assert len(products) == explained.count
            scale = max(map(abs, products), default=0.0)
            assert math.isclose(math.fsum(products), x.grad, rel_tol=1e-9, abs_tol=1e-9 * scale)


@given(programs())
def test_the_largest_come_first(program):
    leaves = [Value(x) for x in program.leaves]
    sizes = [abs(p) for p in explain(program.run(leaves)[-1], leaves[0]).products()]
    assert sizes == sorted(sizes, reverse=True)


def test_paths_are_counted_without_being_walked():
    x = y = Value(1.0, label="x")
    for _ in range(200):
        y = y + y
    explained = explain(y, x)
    assert explained.count == 2**200
    assert len(explained.paths) == LISTED
    assert f"{2**200 - LISTED:,} more paths" in str(explained)


def test_the_listed_paths_are_the_largest_of_all():
    x = Value(1.0)
    y = total([x * float(i) for i in range(1, 101)])
    assert explain(y, x).products() == [float(i) for i in range(100, 80, -1)]


def test_text():
    x, w = Value(2.0, label="x"), Value(-0.5, label="w")
    y = tanh(x * w) + x
    y.label = "y"
    assert str(explain(y, x)) == (
        "∂y/∂x = 0.79, the sum of 2 paths\n"
        "          +1  x → y  = 1\n"
        "       −0.21  x → v1 → v2 → y  = −0.5 × 0.42 × 1"
    )


def test_no_path():
    x, other = Value(2.0, label="x"), Value(1.0, label="c")
    assert str(explain(x * 2.0, other)) == "∂y/∂c = 0, no path"


def test_a_node_of_the_way_will_do():
    x = Value(2.0, label="x")
    middle = x * x
    middle.label = "m"
    assert explain(middle * 3.0, middle).gradient == 3.0
    assert explain(x, x).gradient == 1.0


def test_latex_has_the_rule_from_the_table_and_the_numbers():
    n = Value(0.5, label="n")
    o = tanh(n)
    o.label = "o"
    text = explain(o, n).latex()
    assert r"\frac{\partial o}{\partial n} &= \operatorname{sech}^2\left(n\right) = 0.7864" in text
    assert explain(o, n)._repr_latex_().startswith("$")


def test_every_primitive_is_written_in_latex():
    assert LATEX.keys() == TABLE.keys()


@pytest.mark.parametrize("rule", TABLE.values(), ids=list(TABLE))
def test_every_partial_is_balanced_latex(rule):
    for formula in partial_formulas(rule, 4):
        text = latex(formula, ["a", "b", "c", "d"], "z")
        assert text.count("{") == text.count("}")
        assert text.count(r"\left") == text.count(r"\right")


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("x", "x"),
        ("w12", "w_{12}"),
        ("x_1", "x_{1}"),
        ("loss", r"\text{loss}"),
        ("a_b", r"\text{a\_b}"),
        ("}\\end{x}$", r"\text{\}\textbackslash{}end\{x\}\$}"),
    ],
)
def test_names_cannot_break_out_of_latex(name, written):
    assert latex_name(name) == written


def test_only_values_are_explained():
    with pytest.raises(TypeError, match="expected a Value, got 3"):
        explain(3, Value(1.0))  # type: ignore[arg-type]  # the mistake it is about
