"""merge: adjoints of equal parts join, for the accelerator; what that may change, and what not."""

import math
import random
from array import array
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import Value, sqrt
from autograd.checking.error_bounds import forward_errors, reverse_errors
from autograd.compiler.ir.passes import MERGING, PASSES, optimise, optimise_merging
from autograd.compiler.ir.passes.cse import merge
from autograd.compiler.ir.passes.dce import prune
from autograd.compiler.ir.program import run
from autograd.compiler.runtime.interpreter import Reference, Tape, tape_of
from autograd.toposort import topological
from tests.support.compiled_programs import listing, program, random_program

pytestmark = pytest.mark.engine

KINDS = [Reference] if Tape is Reference else [Reference, Tape]
INF = math.inf


def test_adjoints_of_equal_products_join():
    steps = program("mul u0 u2; mul u0 u2; exp v0; mul v2 v1", wanted=["u0"])
    assert listing(prune(merge(steps))) == "v0 = u0 * u2\nv1 = exp(v0)\nv2 = v1 * v0\nreturn v2"


def test_what_may_have_an_infinite_partial_stays_apart():
    steps = program("sqrt u0; sqrt u0; sub v0 v1", wanted=["u0"])
    assert merge(steps) == steps
    assert len(prune(merge(replace(steps, wanted=()))).instructions) == 2


def differentiate(each, numbers, kind):
    """Whether a guard failed, the value, and the wanted part of the gradient."""
    outputs, failed = array("d", [0.0]), bytearray(1)
    by_uniforms, by_columns = array("d", [0.0] * 2), array("d", [0.0] * 2)
    tape_of(each, kind).differentiate(
        array("d", numbers[:2]), array("d", numbers[2:]), 1, array("d", [1.0]), outputs, failed,
        by_uniforms, by_columns,
    )  # fmt: skip
    gradient = [*by_uniforms, *by_columns]
    return failed[0], outputs[0], [gradient[x - len(each.constants)] for x in each.wanted]


def bounds_of(root, leaves):
    """How far the gradient by each leaf may be off, by the checker's running bound."""
    if not isinstance(root, Value) or not root.operands:
        return [0.0] * len(leaves)
    adjoints = reverse_errors(root, [node for node in topological(root) if node.operands])
    return [adjoints[leaf].error if leaf in adjoints else 0.0 for leaf in leaves]


def errors_of(each, numbers):
    """The same for a program's wanted inputs."""
    leaves = [Value(x) for x in numbers]
    wanted = [leaves[x - len(each.constants)] for x in each.wanted]
    return bounds_of(run(each, leaves)[each.outputs[0]], wanted)


def kind_of_number(x):
    return "nan" if x != x else x if math.isinf(x) else "finite"


def is_near(x, y, error):
    return kind_of_number(x) == kind_of_number(y) and not abs(x - y) > 4.0 * error + 1e-300


def differing(seeds):
    """Programs with a finite value whose gradient merging moves by more than rounding."""
    found = []
    for seed in seeds:
        each, numbers = random_program(seed)
        exact, merged = optimise(each, PASSES), optimise(each, MERGING)
        failed, value, gradient = differentiate(exact, numbers, Reference)
        if (
            failed
            or not math.isfinite(value)
            or len(merged.instructions) == len(exact.instructions)
        ):
            continue
        bounds = errors_of(each, numbers) if all(map(math.isfinite, numbers)) else [INF] * 4
        for kind in KINDS:
            _, _, others = differentiate(merged, numbers, kind)
            if not all(map(is_near, gradient, others, bounds)):
                found.append(seed)
    return found


def test_where_the_value_is_finite_gradients_stay_within_the_rounding_bound():
    assert differing(range(4000)) == []


def test_that_would_be_noticed(monkeypatch):
    monkeypatch.setitem(merge.__globals__, "STEADY", frozenset(autograd.primitives.TABLE))
    assert differing([4272, 12720, 18511])


# -- and where it is not, compiled functions ask the exact program ---------------------------------


def same(x: Any, y: Any) -> bool:
    return bool(x == y or (x != x and y != y))


@pytest.mark.parametrize(
    ("f", "xs"),
    [
        (lambda x, y: x * y - x * y, (2.0, INF)),
        (lambda x, y: sqrt(x) * y - sqrt(x) * y, (0.0, 3.0)),
        (lambda x, y: (x * y) * (x * y), (1e200, 1e200)),
        (lambda x, y: autograd.log(x * y) - autograd.log(x * y), (0.0, 1.0)),
        (lambda x, y: autograd.where(x, y, x * y) + autograd.where(x, x, x * y), (1.0, INF)),
    ],
)
def test_inf_and_nan_are_those_of_eager(f, xs):
    value, gradient = autograd.value_and_grad(f, (0, 1))(*xs)
    fast, rows = autograd.compile(f), autograd.compile(f, in_axes=0, reduce="sum")
    for _ in range(2):  # the long way, and the short one
        found, by = fast.value_and_grad(*xs, argnums=(0, 1))
        assert all(map(same, (found, *by), (value, *gradient)))
    found, by = rows.value_and_grad(*[[x, 1.0] for x in xs], argnums=(0, 1))
    assert all(same(column[0], expected) for column, expected in zip(by, gradient, strict=True))


def repeating(x, y, z):
    """Equal parts at every turn, whose adjoints are of either sign."""
    a, b = x * y + z, x * y - z
    c = (x * y + z) * (x * y - z) - autograd.tanh(x * y) * b
    return autograd.exp(-(a * a)) * c + autograd.sin(x * y) * a - c * (x * y + z)


@given(*[st.floats(-4.0, 4.0)] * 3)
def test_gradients_of_repeating_functions_are_eager_s_but_for_rounding(x, y, z):
    leaves = [Value(x), Value(y), Value(z)]
    root = repeating(*leaves)
    root.backward()
    order = [node for node in topological(root) if node.operands]
    fast = autograd.compile(repeating)
    value, by = fast.value_and_grad(x, y, z, argnums=range(3))
    assert abs(value - root.data) <= 4.0 * forward_errors(order, {}).get(root, 0.0)
    for leaf, got, bound in zip(leaves, by, bounds_of(root, leaves), strict=True):
        assert abs(got - leaf.grad) <= 4.0 * bound + 1e-300


# -- headroom: where merging would be another number, its guards fail ------------------------------

UNARY: dict[str, Any] = {
    "tanh": autograd.tanh, "sin": autograd.sin, "exp": autograd.exp, "neg": lambda x: -x,
    "double": lambda x: 2.0 * x, "square": lambda x: x * x, "sigmoid": autograd.sigmoid,
    "huge": lambda x: 1e160 * x, "power": lambda x: x**3, "over": lambda x: x / 7.0,
}  # fmt: skip
STEEP: dict[str, Any] = {
    "sqrt": sqrt, "log": autograd.log, "inverse": lambda x: 1.0 / x, "power": lambda x: x**0.5,
    "nothing": lambda x: x, "huge": lambda x: 1e300 * x, "cube root": lambda x: x**-0.25,
    "two": lambda x: autograd.atan2(x, 0.0), "asin": autograd.asin, "log1p": autograd.log1p,
}  # fmt: skip


def cancelling(draw):
    """A function whose equal parts have adjoints that cancel out, below or above a steep slope."""
    steep = STEEP[draw.choice([*STEEP])]
    parts = [UNARY[name] for name in draw.choices([*UNARY], k=draw.randint(1, 3))]
    a, b = draw.choice([0.1, 0.2, 1.0, 1e300, 1e308]), draw.choice([0.1, 0.3, 0.7, 1.0])
    weights = draw.choice([(a, -a), (a, b, -(a + b)), (a, b, -a, -b), (a, -(a + b), b)])

    def f(x):
        def part():
            y = steep(x)
            for each in parts:
                y = each(y)
            return y

        result = weights[0] * part()
        for weight in weights[1:]:
            result = result + weight * part()
        return result

    return f


def hidden(seeds):
    """The functions whose gradient is finite in eager and not when compiled, or vice versa."""
    found, shown = [], 0
    for seed in seeds:
        draw = random.Random(seed)
        f = cancelling(draw)
        x = draw.choice([0.0, -0.0, 1.0, -1.0, 0.5, 1e-310, 1e-200, 1e200, 3e300, INF])
        value, slope = autograd.value_and_grad(f)(x)
        got, by = autograd.compile(f).value_and_grad(x)
        _, [first, *_] = autograd.compile(f, in_axes=0, reduce="sum").value_and_grad([x, 0.5])
        shown += math.isfinite(value) and not math.isfinite(slope)
        assert same(value, got)
        if not all(
            same(slope, z) or (math.isfinite(slope) and math.isfinite(z)) for z in (by, first)
        ):
            found.append(seed)
    assert shown > len(seeds) // 15
    return found


def test_merging_never_makes_an_infinite_gradient_a_finite_one():
    assert hidden(range(1000)) == []


@pytest.mark.skipif(Tape is Reference, reason="it is for the accelerator")
def test_that_would_be_noticed_too(monkeypatch):
    monkeypatch.setitem(optimise_merging.__globals__, "with_headroom", lambda each: each)
    assert hidden(range(150))


def test_guards_hold_where_numbers_are_moderate():
    steps = program("exp u0; exp u0; mul v0 u1; mul v1 u2; sub v2 v3", wanted=["u0"])
    made, joined = optimise_merging(steps)
    assert joined
    assert len(made.guards) == 2 * 2  # the numbers of a column apart
    assert "exp(u0)\nv1 = v0 * u1" in str(made)
    for kind in KINDS:
        assert differentiate(made, [1.0, 2.0, 3.0, 4.0], kind)[0] == 0
        assert differentiate(made, [1.0, 2.0, 1e300, 4.0], kind)[0] == 1
        assert differentiate(made, [1.0, -1e300, 2.0, 4.0], kind)[0] == 1
        assert differentiate(made, [800.0, 2.0, 2.0, 4.0], kind)[0] == 1


def test_what_has_no_bound_stays_apart():
    steps = program("atan2 u0 u2; exp v0; exp v0; add v1 v2", wanted=["u0"])
    assert optimise_merging(steps) == (optimise(steps), False)


def test_without_equal_parts_there_are_no_guards():
    steps = program("exp u0; mul v0 u2; sqrt v1", wanted=["u0"])
    assert optimise_merging(steps) == (optimise(steps), False)


def test_rows_that_take_other_branches_are_found_beside_what_has_no_headroom():
    def f(x, y):
        if x < 0.0:
            return x * y
        return (autograd.tanh(sqrt(x)) - autograd.tanh(sqrt(x))) * y + sqrt(x) * y

    fast = autograd.compile(f, in_axes=(0, None), reduce="sum")
    for rows in ([1.0, 4.0, -1.0], [1.0, 0.0, -1.0], [-1.0, -2.0, 4.0], [4.0, 1.0, 9.0]):
        _, by = fast.value_and_grad(rows, 2.0)
        for got, x in zip(by, rows, strict=True):
            expected = autograd.value_and_grad(f)(x, 2.0)[1]
            assert same(got, expected) or math.isclose(got, expected, rel_tol=1e-12)
