import itertools
import math
from collections import namedtuple
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import StaleGraphError, Value, grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
from autograd.core.clock import clock
from tests.support.programs import EVERY, RATIONAL, SMOOTH, programs, quarters

pytestmark = pytest.mark.engine


def forward(f):
    """The derivative of a function of one number, in forward mode."""
    return lambda x: jvp(f, (x,), (1.0,))[1]


# The two modes for a function of one number.
DERIVATIVES: dict[str, Any] = {"reverse": grad, "forward": forward}

FUNCTIONS: dict[str, Any] = {
    "cube": (lambda x: x**3, lambda x: 6.0),
    "tanh": (autograd.tanh, lambda x: (4.0 * math.tanh(x) ** 2 - 2.0 * s(x)) * s(x)),
    "exp of square": (
        lambda x: autograd.exp(x * x),
        lambda x: (12.0 * x + 8.0 * x**3) * math.exp(x * x),
    ),
    "quotient": (lambda x: (x - 1.0) / (x + 1.0), lambda x: 12.0 / (x + 1.0) ** 4),
    "sigmoid of product": (
        lambda x: autograd.sigmoid(x) * x,
        lambda x: grad(grad(grad(autograd.silu)))(x),
    ),
    "dot": (lambda x: autograd.dot([x, x * x], [x, 1.0]), lambda x: 0.0),
    "pow": (lambda x: x**x, None),
    "logsumexp": (lambda x: autograd.logsumexp(x, 2.0 * x, 0.5), None),
    "hypot": (lambda x: autograd.hypot(x, x * x), None),
    "atan2": (lambda x: autograd.atan2(x, x * x), None),
}


def s(x):
    return 1.0 - math.tanh(x) ** 2


def composed(f, kinds):
    for kind in kinds:
        f = DERIVATIVES[kind](f)
    return f


# -- nesting --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FUNCTIONS)
def test_all_eight_third_derivatives_agree(name):
    f, exact = FUNCTIONS[name]
    for x in (0.3, 0.7):
        mixes = itertools.product(DERIVATIVES, repeat=3)
        third = [composed(f, kinds)(x) for kinds in mixes]
        expected = exact(x) if exact else third[0]
        assert third == pytest.approx([expected] * 8, rel=1e-11, abs=1e-12)


@given(programs([op for op in RATIONAL if op.name != "one"], quarters(), max_size=5))
def test_second_derivatives_of_exact_programs_agree_in_all_four_mixes(program):
    point = program.leaves[0]

    def f(x):
        return program.run([x, *program.leaves[1:]])[-1]

    second = [composed(f, kinds)(point) for kinds in itertools.product(DERIVATIVES, repeat=2)]
    assert len(set(second)) == 1


@given(programs(SMOOTH, max_size=4))
def test_hessians_are_symmetric(program):
    matrix = hessian(lambda xs: program.run(xs)[-1])(list(program.leaves))
    for i, row in enumerate(matrix):
        for j, entry in enumerate(row):
            assert entry == pytest.approx(matrix[j][i], rel=1e-6, abs=1e-6 * largest(matrix))


def largest(matrix):
    return max(1.0, *(abs(x) for row in matrix for x in row))


@given(programs(SMOOTH, max_size=4), st.data())
def test_hvp_is_the_hessian_times_the_vector(program, data):
    xs = list(program.leaves)
    vector = [data.draw(quarters()) for _ in xs]

    def f(xs):
        return program.run(xs)[-1]

    matrix = hessian(f)(xs)
    product = [math.fsum(h * v for h, v in zip(row, vector, strict=True)) for row in matrix]
    assert hvp(f, (xs,), (vector,)) == pytest.approx(product, rel=1e-6, abs=1e-5 * largest(matrix))


@pytest.mark.parametrize("outer", DERIVATIVES)
@pytest.mark.parametrize("inner", DERIVATIVES)
class TestPerturbationsAreNotConfused:
    """Siskind and Pearlmutter's examples, in every pair of modes."""

    def test_the_inner_derivative_ignores_the_outer_variable(self, outer, inner):
        d, e = DERIVATIVES[outer], DERIVATIVES[inner]
        assert d(lambda x: x * e(lambda y: x + y)(1.0))(1.0) == 1.0

    def test_the_inner_derivative_depends_on_the_outer_variable(self, outer, inner):
        d, e = DERIVATIVES[outer], DERIVATIVES[inner]
        assert d(lambda x: x * e(lambda y: x * y)(2.0))(3.0) == 6.0

    def test_the_inner_point_is_the_outer_variable(self, outer, inner):
        d, e = DERIVATIVES[outer], DERIVATIVES[inner]
        assert d(lambda x: x * e(lambda y: x * y * y)(x))(3.0) == 2.0 * 27.0

    def test_the_inner_function_ignores_its_own_variable(self, outer, inner):
        d, e = DERIVATIVES[outer], DERIVATIVES[inner]
        assert d(lambda x: e(lambda y: x * x)(2.0) + x)(3.0) == 1.0

    def test_the_outer_variable_escapes_through_a_closure(self, outer, inner):
        d, e = DERIVATIVES[outer], DERIVATIVES[inner]

        def shifted(x):
            return lambda f: lambda y: f(y + x)

        twice = d(lambda x: e(shifted(x)(lambda z: z**3))(2.0))
        assert twice(0.0) == 12.0


def test_four_deep():
    assert grad(grad(grad(grad(lambda x: x**4))))(0.5) == 24.0
    assert forward(grad(forward(grad(lambda x: x**4))))(0.5) == 24.0


# A path on which an infinite derivative meets a 0 nearer to the result carries nothing in backward.
POLES: dict[str, Any] = {
    "branch not taken": (lambda x: autograd.where(x > 0, autograd.log(x), 0.0), 0.0),
    "times 0": (lambda x: 0.0 * autograd.sqrt(x), 0.0),
    "slope of x ** 0": (lambda x: grad(lambda x: x**0)(x), 0.0),
    "slope of hypot": (lambda x: grad(lambda x: autograd.hypot(x, 0.0))(x), 0.0),
}


@pytest.mark.parametrize("mode", DERIVATIVES)
@pytest.mark.parametrize("name", POLES)
def test_a_path_that_carries_nothing_does_not_poison_in_either_mode(name, mode):
    f, slope = POLES[name]
    assert DERIVATIVES[mode](f)(0.0) == slope


# -- GradBench's two programs of nested derivatives ------------------------------------------------


def gradient_forward(f):
    """The gradient of a function of a list, in forward mode."""

    def derived(xs):
        units = [[float(i == j) for j in range(len(xs))] for i in range(len(xs))]
        return [jvp(f, (xs,), (unit,))[1] for unit in units]

    return derived


GRADIENTS: dict[str, Any] = {"reverse": grad, "forward": gradient_forward}


def length(xs):
    return autograd.sqrt(autograd.total([x * x for x in xs]))


def along(xs, step, ys):
    return [x + step * y for x, y in zip(xs, ys, strict=True)]


def argmin(f, gradient, xs):
    """GradBench's descent: the rate doubles after ten successes and halves on failure."""
    value, slope, rate, successes = f(xs), gradient(f)(xs), 1e-5, 0
    while length(slope) > 1e-5:
        if successes == 10:
            rate, successes = 2.0 * rate, 0
            continue
        candidate = along(xs, -rate, slope)
        if length(along(xs, -1.0, candidate)) <= 1e-5:
            break
        new = f(candidate)
        if new < value:
            xs, value, slope = candidate, new, gradient(f)(candidate)
            successes += 1
        else:
            rate, successes = rate / 2.0, 0
    return xs


def particle(gradient):
    """The squared place where a charged particle crosses the x axis, as a function of a charge."""

    def crossing(w):
        charges = [[10.0, 10.0 - w[0]], [10.0, 0.0]]

        def potential(x):
            return autograd.total([1.0 / length(along(x, -1.0, c)) for c in charges])

        x, velocity = [0.0, 8.0], [0.75, 0.0]
        while True:
            force = gradient(potential)(x)
            moved = along(x, 0.1, velocity)
            if not moved[1] > 0.0:
                return along(x, -x[1] / velocity[1], velocity)[0] ** 2
            x, velocity = moved, along(velocity, -0.1, force)

    return crossing


@pytest.mark.parametrize("outer", GRADIENTS)
@pytest.mark.parametrize("inner", GRADIENTS)
def test_one_slope_of_particle(outer, inner):
    f = particle(GRADIENTS[inner])
    (slope,) = GRADIENTS[outer](f)([0.2])
    difference = (f([0.2 + 1e-5]) - f([0.2 - 1e-5])) / 2e-5
    assert slope == pytest.approx(difference, rel=1e-6)


@pytest.mark.long
@pytest.mark.parametrize("outer", GRADIENTS)
@pytest.mark.parametrize("inner", GRADIENTS)
def test_particle(outer, inner):
    (w,) = argmin(particle(GRADIENTS[inner]), GRADIENTS[outer], [0.0])
    assert w == pytest.approx(0.2071918746486116, abs=1e-9)


@pytest.mark.long
@pytest.mark.parametrize("outer", GRADIENTS)
@pytest.mark.parametrize("inner", GRADIENTS)
def test_saddle(outer, inner):
    start = [1.0, 1.0]

    def f(x, y):
        return (x[0] ** 2 + x[1] ** 2) - (y[0] ** 2 + y[1] ** 2)

    def highest(x):
        y = argmin(lambda y: -f(x, y), GRADIENTS[inner], start)
        return f(x, y)

    x = argmin(highest, GRADIENTS[outer], start)
    y = argmin(lambda y: -f(x, y), GRADIENTS[inner], start)
    assert [*x, *y] == pytest.approx([8.246324826140356e-06] * 4, abs=1e-9)


# -- what comes out -------------------------------------------------------------------------------


@given(programs(EVERY))
def test_grad_is_backward(program):
    argnums = tuple(range(len(program.leaves)))
    gradient = grad(lambda *xs: program.run(xs)[-1] * 1.0, argnums)(*program.leaves)
    leaves = [Value(x) for x in program.leaves]
    (program.run(leaves)[-1] * 1.0).backward()
    assert list(gradient) == [x.grad for x in leaves]


@given(programs(EVERY))
def test_values_in_give_the_numbers_that_floats_give(program):
    def f(xs):
        return program.run(xs)[-1]

    xs = list(program.leaves)
    value, gradient = value_and_grad(f)(xs)
    lifted_value, lifted = value_and_grad(f)([Value(x) for x in xs])
    assert lifted_value == value
    assert [x.data for x in lifted] == gradient


@pytest.mark.parametrize("number", [3, 3.0, np.float64(3), np.float32(3), True])
def test_plain_numbers_in_give_floats(number):
    expected = float(number) * 2.0
    for result in (
        grad(lambda x: x * x)(number),
        jvp(lambda x: x * x, (number,), (1,))[1],
        vjp(lambda x: x * x, number)[1](1)[0],
        jacobian(lambda x: x * x)(number),
    ):
        assert result == expected
        assert type(result) is float


def test_a_value_in_gives_a_value_that_differentiates_on():
    x = Value(3.0)
    value, slope = value_and_grad(lambda x: x**3)(x)
    assert (value.data, slope.data) == (27.0, 27.0)
    slope.backward()
    assert x.grad == 18.0


def test_a_captured_value_makes_the_result_a_value():
    w = Value(2.0)
    slope = grad(lambda x: w * x * x)(3.0)
    assert slope.data == 12.0
    slope.backward()
    assert w.grad == 6.0
    _, tangent = jvp(lambda x: w * x * x, (3.0,), (1.0,))
    tangent.backward()
    assert w.grad == 12.0


def test_a_captured_value_keeps_its_grad():
    w = Value(2.0)
    grad(lambda x: w * x)(3.0)
    assert not w.reached


def test_a_value_made_inside_is_a_constant():
    slope = grad(lambda x: x * Value(2.0))(3.0)
    assert (slope, type(slope)) == (2.0, float)


def test_a_tangent_may_be_a_value():
    t = Value(5.0)
    value, tangent = jvp(lambda x: x * x, (3.0,), (t,))
    assert type(value) is float
    tangent.backward()
    assert (tangent.data, t.grad) == (30.0, 6.0)


def test_a_cotangent_may_be_a_value():
    _, pull = vjp(lambda x: x * x, 3.0)
    assert grad(lambda c: pull(c)[0])(1.0) == 6.0


def test_a_result_that_does_not_depend_on_the_input_has_gradient_zero():
    assert grad(lambda x: 5.0)(3.0) == 0.0
    assert value_and_grad(lambda x: 5)(3.0) == (5.0, 0.0)
    assert grad(lambda x, y: y * 2.0)(3.0, 1.0) == 0.0
    assert jvp(lambda x: 5.0, (3.0,), (1.0,)) == (5.0, 0.0)
    assert hessian(lambda xs: 5.0)([1.0, 2.0]) == [[0.0, 0.0], [0.0, 0.0]]
    slope = grad(lambda x: 5.0)(Value(3.0))
    assert (type(slope), slope.data) == (Value, 0.0)


def test_the_identity_has_derivative_one():
    x = Value(3.0)
    assert grad(lambda x: x)(3.0) == 1.0
    assert grad(lambda x: x)(x).data == 1.0
    assert jvp(lambda x: x, (3.0,), (2.0,)) == (3.0, 2.0)
    assert jacobian(lambda xs: xs)([1.0, 2.0]) == [[1.0, 0.0], [0.0, 1.0]]


def test_a_primitive_is_a_function_to_differentiate():
    assert grad(autograd.exp)(0.0) == 1.0
    assert grad(autograd.mul, (0, 1))(2.0, 3.0) == (3.0, 2.0)
    assert grad(partial(autograd.mul, 5.0))(2.0) == 5.0


# -- arguments ------------------------------------------------------------------------------------


def weighted(x, y, z=1.0):
    """Its text."""
    return x * y**2 * z


ARGNUMS = [
    (0, 4.0),
    (1, 12.0),
    (-1, 12.0),
    (-2, 4.0),
    ((0,), (4.0,)),
    ((1, 0), (12.0, 4.0)),
    ([0, 1], (4.0, 12.0)),
]


@pytest.mark.parametrize(("argnums", "expected"), ARGNUMS)
def test_argnums(argnums, expected):
    assert grad(weighted, argnums)(3.0, 2.0) == expected
    assert value_and_grad(weighted, argnums)(3.0, 2.0) == (12.0, expected)
    assert jacobian(weighted, argnums)(3.0, 2.0) == expected


def test_hessian_by_several_arguments():
    assert hessian(weighted, (0, 1))(3.0, 2.0) == ((0.0, 4.0), (4.0, 6.0))


def test_keywords_are_passed_on():
    assert grad(weighted)(3.0, 2.0, z=10.0) == 40.0
    assert grad(weighted)(3.0, y=2.0) == 4.0


def test_a_derivative_keeps_the_name_of_its_function():
    assert grad(weighted).__name__ == "weighted"
    assert value_and_grad(weighted).__doc__ == "Its text."


@pytest.mark.parametrize("argnums", [2, -3, (0, 2)])
def test_an_argument_that_is_not_there_is_named(argnums):
    with pytest.raises(ValueError, match="weighted was called with 2 arguments") as caught:
        grad(weighted, argnums)(3.0, 2.0)
    assert str(caught.value).startswith(f"argnums={argnums!r}: ")


@pytest.mark.parametrize("argnums", [(0, 0), (1, -1)])
def test_an_argument_named_twice_is_refused(argnums):
    with pytest.raises(ValueError, match="names one argument of weighted twice"):
        grad(weighted, argnums)(3.0, 2.0)


# -- trees ----------------------------------------------------------------------------------------

Layer = namedtuple("Layer", ["weights", "bias"])

TREES = [
    ([3.0, 2.0], [2.0, 3.0]),
    ((3.0, 2.0), (2.0, 3.0)),
    ({"a": 3.0, "b": 2.0}, {"a": 2.0, "b": 3.0}),
    (Layer([3.0], 2.0), Layer([2.0], 3.0)),
    ({"deep": [({"a": 3.0},), 2.0]}, {"deep": [({"a": 2.0},), 3.0]}),
    ([3.0, [], 2.0, ()], [2.0, [], 3.0, ()]),
]


def product(tree):
    x, y = autograd.core.pytree.flatten(tree)
    return x * y


@pytest.mark.parametrize(("tree", "expected"), TREES)
def test_a_gradient_nests_like_its_argument(tree, expected):
    gradient = grad(product)(tree)
    assert gradient == expected
    assert type(gradient) is type(tree)


@pytest.mark.parametrize(("tree", "expected"), TREES)
def test_jvp_takes_tangents_that_nest_like_the_primals(tree, expected):
    assert jvp(product, (tree,), (tree,)) == (6.0, 12.0)


@pytest.mark.parametrize(("tree", "expected"), TREES)
def test_a_result_may_be_a_tree(tree, expected):
    value, pull = vjp(lambda x: autograd.core.pytree.rebuild(tree, [x, 10.0 * x]), 1.0)
    assert autograd.core.pytree.flatten(value) == [1.0, 10.0]
    assert type(value) is type(tree)
    assert pull(tree) == (23.0,)


def test_jacobian_of_trees_is_a_tree_of_trees():
    matrix = jacobian(lambda p: {"y": p["a"] * p["b"], "z": [p["a"]]})({"a": 3.0, "b": 2.0})
    assert matrix == {"y": {"a": 2.0, "b": 3.0}, "z": [{"a": 1.0, "b": 0.0}]}


def test_hvp_of_several_arguments():
    assert hvp(weighted, (3.0, 2.0), (1.0, 0.0)) == (0.0, 4.0)
    assert hvp(lambda x: x**3, (2.0,), (1.0,)) == 12.0


# -- errors ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("result", "kind"), [([1.0, 2.0], "list"), ((1.0,), "tuple"), ({"a": 1.0}, "dict")]
)
@pytest.mark.parametrize("transform", [grad, value_and_grad])
def test_grad_needs_one_number(transform, result, kind):
    def several(x):
        return result

    with pytest.raises(TypeError) as caught:
        transform(several)(3.0)
    assert str(caught.value) == (
        f"grad needs a function that returns one number, several returned a {kind}: "
        "use jacobian for all derivatives, or vjp for one combination of them"
    )


@pytest.mark.parametrize("result", [None, "3", 1j, np.ones(2)])
def test_a_result_that_is_no_number_is_a_type_error(result):
    with pytest.raises(TypeError, match="expected a real number"):
        grad(lambda x: result)(3.0)


@pytest.mark.parametrize("argument", [None, "3", 1j, np.ones(2)])
def test_an_argument_that_is_no_number_is_a_type_error(argument):
    with pytest.raises(TypeError, match=r"expected (a )?real number"):
        grad(lambda x: 1.0)(argument)


@pytest.mark.parametrize(
    ("primals", "tangents"),
    [
        ((3.0,), ()),
        ((3.0,), (1.0, 2.0)),
        (([3.0, 2.0],), ([1.0],)),
        (([3.0],), (1.0,)),
        (({"a": 3.0},), ({"b": 1.0},)),
    ],
)
def test_tangents_that_nest_otherwise_are_refused(primals, tangents):
    with pytest.raises(ValueError, match="expected tangents to nest like"):
        jvp(lambda *trees: 1.0, primals, tangents)


def test_primals_and_tangents_must_be_tuples():
    number: Any = 3.0
    with pytest.raises(TypeError, match="one entry per argument of f"):
        jvp(lambda x: x, number, number)


def test_a_cotangent_that_nests_otherwise_is_refused():
    _, pull = vjp(lambda x: [x, x], 3.0)
    with pytest.raises(ValueError, match="expected the cotangent to nest like"):
        pull(1.0)


def test_an_exception_of_the_function_comes_through_and_changes_nothing():
    def fail(x):
        raise ZeroDivisionError

    with autograd.no_grad():
        with pytest.raises(ZeroDivisionError):
            grad(fail)(3.0)
        assert (Value(3.0) * 2.0).parents == ()
    assert grad(lambda x: x * x)(3.0) == 6.0


# -- modes and stale graphs ------------------------------------------------------------------------


def test_transforms_record_within_no_grad():
    with autograd.no_grad():
        assert grad(lambda x: x * x)(3.0) == 6.0
        assert jvp(lambda x: x * x, (3.0,), (1.0,)) == (9.0, 6.0)
        assert hessian(lambda x: x**3)(2.0) == 12.0
        assert (Value(3.0) * 2.0).parents == ()


def test_no_grad_within_a_function_is_a_constant():
    def half(x):
        with autograd.no_grad():
            frozen = x * x
        return x * frozen

    assert grad(half)(3.0) == 9.0


def test_no_grad_outside_and_a_vjp_pulled_outside():
    with autograd.no_grad():
        _, pull = vjp(lambda x: x**3, 3.0)
    assert pull(1.0) == (27.0,)


def test_debug_reaches_into_transforms():
    with autograd.debug(), pytest.raises(autograd.NonFiniteError, match="log gave -inf"):
        grad(autograd.log)(0.0)


def root(x):
    return autograd.sqrt(x) * 3.0


@pytest.mark.parametrize(
    "derive",
    [
        lambda: grad(root)(0.0),
        lambda: value_and_grad(root)(Value(0.0)),
        lambda: vjp(root, 0.0)[1](1.0),
        lambda: autograd.jacobian(lambda x: [x, root(x)])(0.0),
        lambda: grad(grad(root))(0.0),
        lambda: grad(lambda x: root(x) * Value(1.0))(0.0),
    ],
)
def test_debug_notices_an_adjoint_of_a_transform_and_names_the_line(derive):
    derive()
    with autograd.debug(), pytest.raises(autograd.NonFiniteError) as caught:
        derive()
    text = str(caught.value)
    assert text.startswith(
        "backward through sqrt of finite operands (0.0) is not finite: adjoint 3.0 × partial inf\n"
    )
    assert text.endswith(" in root")


def test_debug_notices_a_tangent_and_names_the_line():
    for point, direction in ((0.0, 1.0), (Value(0.0), Value(1.0))):
        with autograd.debug(), pytest.raises(autograd.NonFiniteError) as caught:
            jvp(root, (point,), (direction,))
        text = str(caught.value)
        assert text.startswith("forward through sqrt of finite operands (0.0) is not finite: ")
        assert text.endswith(" in root")
    with autograd.debug():
        assert jvp(root, (0.0,), (0.0,)) == (0.0, 0.0)
        assert jvp(lambda x: x * math.inf, (1.0,), (1.0,)) == (math.inf, math.inf)


def test_debug_lets_a_derivative_pass_that_a_zero_keeps_finite():
    with autograd.debug():
        assert grad(lambda x: autograd.where(True, x * 2.0, root(x)))(0.0) == 2.0


def test_assigning_inside_the_function_before_recording_is_fine():
    def f(x):
        w = Value(1.0)
        w.data = 2.0
        return x * w

    assert grad(f)(3.0) == 2.0


def test_assigning_a_captured_leaf_that_was_used_is_stale():
    w = Value(2.0)

    def f(x):
        y = x * w
        w.data = 5.0
        return y

    with pytest.raises(StaleGraphError):
        grad(f)(3.0)


def test_a_captured_leaf_assigned_inside_counts_with_its_new_number():
    w = Value(2.0)

    def f(x):
        w.data = 5.0
        return x * x * w

    assert grad(f)(3.0) == 30.0


def test_a_pullback_after_a_captured_leaf_was_assigned_is_stale():
    w = Value(2.0)
    _, pull = vjp(lambda x: x * w, 3.0)
    w.data = 10.0
    with pytest.raises(StaleGraphError):
        pull(1.0)


def test_transforms_leave_leaves_and_grads_as_they_were():
    x = Value(3.0)
    (x * x).backward()
    for transform in (grad, hessian, jacobian):
        transform(lambda x: x**3)(x)
    hvp(lambda x: x**3, (x,), (1.0,))
    assert (x.data, x.grad) == (3.0, 6.0)


@pytest.mark.parametrize("tangent", [0.0, -0.0])
def test_a_tangent_of_zero_stays_zero_where_the_slope_is_infinite(tangent):
    assert jvp(autograd.sqrt, (0.0,), (tangent,)) == (0.0, 0.0)
    assert jvp(lambda x, y: autograd.sqrt(x) * y, (0.0, 2.0), (tangent, 1.0)) == (0.0, 0.0)


def test_an_infinite_tangent_adds_nothing_where_the_slope_is_zero():
    assert jvp(lambda x: autograd.sqrt(x) * 0.0 + x, (0.0,), (1.0,)) == (0.0, 1.0)


@pytest.mark.parametrize("deep", [False, True])
def test_a_captured_value_that_is_stale_is_refused(deep):
    x = Value(3.0, label="x")
    y = autograd.exp(x) * 2.0 + 1.0 if deep else x * 2.0
    for way in (
        lambda: grad(lambda v: v * y)(1.0),
        lambda: value_and_grad(lambda v: v * (y + 1.0))(1.0),
        lambda: hessian(lambda v: v * v * y)(1.0),
        lambda: jvp(lambda v: v * y, (1.0,), (1.0,)),
    ):
        way()
        x.data = x.data + 1.0
        with pytest.raises(StaleGraphError, match="changed: call refresh"):
            way()
        y.refresh()
        way()


def test_a_call_that_begins_changes_no_data():
    x = Value(3.0)
    y = x * 2.0
    before = clock.changed
    grad(lambda v: v * y)(1.0)
    assert clock.changed == before
    x.data = 4.0
    assert clock.changed > before
