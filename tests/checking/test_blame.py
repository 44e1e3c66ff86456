"""A FAIL names what is to blame: the primitive and its line, or what else went wrong."""

import math
import random

import pytest

from autograd import Primitive, Value, check, exp, log, sin, tanh
from autograd.primitives import TABLE
from tests.support import faults
from tests.support.points import POINTS, arguments
from tests.support.random_programs import random_program

# Their partials are 0 in every smooth piece, so that a factor changes nothing; and the trivial one.
FLAT = {"step", "same"}


def blame_of(f, point):
    report = check(f, point)
    assert report.count("FAIL") >= 1, str(report)
    return next(p.blame for p in report.partials if p.blame)


def test_the_primitive_its_numbers_and_its_line_are_named():
    def f(x):
        y = x * 2.0
        return sin(tanh(y)) + exp(x)

    with faults.partial_changed("tanh", 0, lambda p: p * 1.001):
        blame = blame_of(f, 0.25)
    assert blame.startswith("tanh(0.5): its partial by operand 0 is 0.78723")
    line = f.__code__.co_firstlineno + 2
    assert blame.endswith(f"{__file__}:{line} in f")


def test_the_line_is_named_where_the_graph_makes_inf_too():
    def f(x):
        y = x * 2.0
        where = exp(1e3 * x) * 0.0 == 0.0  # inf, which nothing rests on
        return sin(tanh(y)) + exp(x) + where * 0.0

    with faults.partial_changed("tanh", 0, lambda p: p * 1.001):
        blame = blame_of(f, 0.75)
    assert blame.endswith(f"{__file__}:{f.__code__.co_firstlineno + 3} in f")


@pytest.mark.parametrize("name", sorted(TABLE.keys() - FLAT))
def test_every_primitive_can_be_blamed(name):
    row, point = TABLE[name], POINTS[name][1]
    wanted = 1 if name == "where" else 0
    with faults.partial_changed(name, wanted, lambda p: p + 0.5):
        report = check(lambda *xs: row(*arguments(row, xs)), tuple(point))
    assert report.count("FAIL") >= 1, str(report)
    assert any(p.blame.startswith(f"{name}(") for p in report.partials), str(report)


def test_a_primitive_of_the_user_s_own_is_blamed():
    wrong = Primitive("cube", lambda x: x**3, lambda z, x: 2.0 * x * x)
    assert blame_of(lambda x: wrong(sin(x)), 0.5).startswith("cube(")


def test_of_several_wrong_nodes_the_one_that_matters_most_is_named():
    def f(x):
        return tanh(x) + 100.0 * tanh(x + 1.0)

    with faults.partial_changed("tanh", 0, lambda p: p * 1.001):
        assert blame_of(f, 0.5).startswith("tanh(1.5)")


def test_overwritten_terms_are_blamed_on_accumulation():
    with faults.last_term_only():
        assert blame_of(lambda x: x * x + sin(x), 0.5).startswith("accumulation")


def test_given_partials_are_blamed():
    def wrong_sine(x):
        return Value(math.sin(x.data), (x,), (-math.cos(x.data),))

    assert blame_of(wrong_sine, 1.0).startswith("partials given by the caller")


def test_a_path_outside_the_graph_is_told_from_accumulation():
    assert "outside the graph" in blame_of(lambda x: x * x.data, 3.0)
    assert "outside the graph" in blame_of(lambda x: sin(x) + x.detach(), 3.0)


def test_an_input_that_the_graph_does_not_hold():
    assert "does not hold this input" in blame_of(lambda x: Value(2.0) * x.data, 3.0)
    assert "plain number" in blame_of(lambda x: x.data * 2.0, 3.0)


def test_non_finite_numbers_on_the_way_do_not_stop_the_search():
    def f(x):
        return tanh(x) + 1.0 / exp(Value(1e4))

    with faults.partial_changed("tanh", 0, lambda p: p * 1.5):
        assert blame_of(f, 1.0).startswith("tanh(1)")


def test_a_black_box_has_nobody_to_blame():
    report = check(math.sin, 1.0, gradient=lambda x: 0.0)
    assert report.count("FAIL") == 1
    assert report.partials[0].blame == ""


def test_leaves_are_left_as_found_by_the_search():
    w = Value(0.5)
    with faults.partial_changed("log", 0, lambda p: p * 2.0):
        report = check(lambda: log(w) * w, (), wrt=[w])
    assert report.partials[0].blame.startswith("log(0.5)")
    assert (w.data, w.reached) == (0.5, False)


def test_the_right_one_is_blamed_in_random_programs():
    draw, right, failed = random.Random(1), 0, 0
    with faults.partial_changed("mul", 1, lambda p: p * 1.001):
        for _ in range(150):
            program = random_program(draw, 8)
            report = check(lambda *xs, program=program: program.run(xs)[-1], program.leaves)
            blames = [p.blame for p in report.partials if p.verdict == "FAIL"]
            failed += len(blames)
            right += sum(blame.startswith("mul(") for blame in blames)
    assert failed > 5
    assert right >= 0.95 * failed
