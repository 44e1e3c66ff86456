"""Every walk over a graph costs what its nodes cost: twice as many, twice the work."""

import copy
import pickle
import sys

import pytest

import autograd
from autograd import Value, check, draw, explain
from autograd.cli.table import flow, table
from autograd.drawing.explain import Explanation
from autograd.drawing.snapshot import take

pytestmark = pytest.mark.engine


def chain(n, x):
    for _ in range(n):
        x = x * 0.999
    return x


def doubled(n, x):
    for _ in range(n):
        x = 0.5 * (x + x)
    return x


def ladder(n, x):
    y = x * 0.5
    for _ in range(n // 2):
        x, y = 0.6 * x + 0.4 * y, 0.4 * x + 0.6 * y
    return x


def fan(n, x):
    return autograd.total([x * 0.1 for _ in range(n)]) / n


def looped(n, x):
    y = x
    for _ in range(n):
        y = 0.5 * (y + x)
    return y


SHAPES = {f.__name__: f for f in (chain, doubled, ladder, fan, looped)}


def graph(shape, n):
    x = Value(0.5, label="x")
    y = SHAPES[shape](n, x)
    y.backward()
    return x, y


def refreshed(x, y):
    x.data = 0.25
    y.refresh()


# What is walked, of a shape and a size: made first, so that only the walk is counted.
WALKS = {
    "draw": lambda s, n, x, y: draw(y),
    "draw a part": lambda s, n, x, y: draw(y, max_nodes=n),
    "draw all": lambda s, n, x, y: draw(y, max_nodes=None).view,
    "focus": lambda s, n, x, y: draw(y, max_nodes=None).focus("x", radius=n).view,
    "text": lambda s, n, x, y: draw(y).text(),
    "to_dict": lambda s, n, x, y: draw(y).to_dict(),
    "explain": lambda s, n, x, y: explain(y, x),
    "flow": lambda s, n, x, y: table(flow(y)),
    "deepcopy": lambda s, n, x, y: copy.deepcopy(y),
    "backward": lambda s, n, x, y: y.backward(),
    "refresh": lambda s, n, x, y: refreshed(x, y),
    "grad": lambda s, n, x, y: autograd.grad(lambda x: SHAPES[s](n, x))(0.5),
    "jvp": lambda s, n, x, y: autograd.jvp(lambda x: SHAPES[s](n, x), (0.5,), (1.0,)),
    "check": lambda s, n, x, y: check(lambda x: SHAPES[s](n, x), 0.5),
    "compile": lambda s, n, x, y: autograd.compile(lambda x: SHAPES[s](n, x))(0.5),
    "compiled gradient": lambda s, n, x, y: autograd.compile(
        lambda x: SHAPES[s](n, x)
    ).value_and_grad(0.5),
    "pickle": lambda s, n, x, y: pickle.dumps(take(y)),
}  # fmt: skip


def work(walk, shape, n):
    """How many instructions of Python a walk takes, and calls into C."""
    x, y = graph(shape, n)
    count = 0

    def trace(frame, event, arg):
        nonlocal count
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        count += event == "opcode"
        return trace

    def profile(frame, event, arg):
        nonlocal count
        count += event == "c_call"

    before = sys.gettrace(), sys.getprofile()
    sys.settrace(trace)
    sys.setprofile(profile)
    try:
        WALKS[walk](shape, n, x, y)
    finally:
        sys.settrace(before[0])
        sys.setprofile(before[1])
    return count


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("walk", WALKS)
def test_twice_the_nodes_are_at_most_twice_the_work(walk, shape):
    work(walk, shape, 8)  # what is done once
    small, large = work(walk, shape, 24), work(walk, shape, 48)
    assert large <= 2.3 * small + 500


def test_a_wrong_gradient_is_blamed_in_as_much_time_as_the_graph_takes():
    wrong = autograd.Primitive("wrong", lambda x: x * 0.5, lambda z, x: 0.25)

    def f(n):
        def doubles(x):
            x = wrong(x)
            for _ in range(n):
                x = 0.5 * (x + x)
            return x

        return doubles

    WALKS["blame"] = lambda s, n, x, y: str(check(f(n), 0.5))
    try:
        assert work("blame", "chain", 40) <= 2.5 * work("blame", "chain", 20) + 500
    finally:
        del WALKS["blame"]


def test_more_paths_than_can_be_written_out():
    many = Explanation("y", "x", 1.0, 2**20_000, ())
    assert str(many).endswith("about 10^6020 more paths")
    assert "about 10^6020 more paths" in many.latex()


def test_paths_whose_products_are_not_finite():
    x = Value(1.0)
    y = autograd.total([x * 1e308 * s * 10.0 for s in (1.0, -1.0) for _ in range(12)])
    assert str(explain(y, x)).endswith("4 more paths")


def test_a_thousand_nodes_with_one_label_are_told_apart_in_the_time_of_a_thousand():
    def named(n):
        x = Value(1.0)
        for _ in range(n):
            x = x * 0.5
            x.label = "same"
        return x

    def count(n):
        root = named(n)
        WALKS["named"] = lambda s, _, x, y: flow(root)
        return work("named", "chain", 1)

    try:
        assert count(400) <= 2.3 * count(200)
    finally:
        del WALKS["named"]
