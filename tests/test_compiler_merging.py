"""merge: adjoints of equal parts join, for the accelerator; what that may change, and what not."""

import math
from array import array
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import Value, sqrt
from autograd.checking.bounds import forward_errors, reverse_errors
from autograd.compiler.passes import MERGING, PASSES, optimise
from autograd.compiler.passes.prune import prune
from autograd.compiler.passes.share import merge
from autograd.compiler.program import run
from autograd.compiler.tape import Reference, Tape, tape_of
from autograd.order import topological
from tests.test_compiler_passes import listing, program, random_program

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
