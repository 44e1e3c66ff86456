import copy
import itertools
import math
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp

import autograd
from autograd import Primitive, Value, Variadic, grad
from autograd.core.primitive import at_least_one, spread
from autograd.primitives import TABLE
from tests.support import oracles
from tests.support.points import (
    POINTS,
    arguments,
    derivative,
)

pytestmark = pytest.mark.engine

SPECIAL = (
    0.0,
    -0.0,
    math.inf,
    -math.inf,
    math.nan,
    5e-324,
    -5e-324,
    1e308,
    -1e308,
    1e3,
    -1e3,
    20.0,
)


# Units of 2⁻⁵³ relative: 8 where not said otherwise.
FORWARD_ERROR = {"gelu": 16.0, "logsumexp": 16.0, "total": 16.0, "dot": 16.0}
PARTIAL_ERROR = {"gelu": 32.0, "silu": 64.0, "pow": 32.0, "logsumexp": 32.0}

ROWS = [pytest.param(row, id=name) for name, row in TABLE.items()]


def numeric(row, point, orders):
    """The derivative of the oracle's forward function, by mpmath's own differentiation."""
    forward = oracles.forward(row.name)
    return mp.diff(forward, tuple(mp.mpf(x) for x in point), orders)


def same_float(x, y):
    return x == y or (x != x and y != y)


def test_every_row_has_points_and_a_rule_of_the_oracle():
    assert POINTS.keys() == TABLE.keys()
    assert TABLE.keys() <= oracles.RULES.keys()


def test_names_in_the_table_are_the_public_ones():
    assert all(getattr(autograd, name) is row for name, row in TABLE.items())


@pytest.mark.parametrize("row", ROWS)
def test_forward_is_right_to_a_few_units_in_the_last_place(row):
    for point in POINTS[row.name]:
        exact = oracles.forward(row.name)(*map(mp.mpf, point))
        error = oracles.relative_error(row(*arguments(row, point)), exact)
        assert error <= FORWARD_ERROR.get(row.name, 8.0), point


@pytest.mark.parametrize("row", ROWS)
def test_partials_are_the_derivatives_of_the_forward_function(row):
    for point in POINTS[row.name]:
        z = row.forward(*point)
        partials = row.partials_at(z, point, [True] * len(point))
        for i, partial in enumerate(partials):
            exact = numeric(row, point, [int(i == j) for j in range(len(point))])
            error = oracles.relative_error(partial, mp.chop(exact, 1e-30))
            assert error <= PARTIAL_ERROR.get(row.name, 16.0), (point, i)


def scale_of(exact):
    return max(1.0, float(abs(exact)))


@pytest.mark.parametrize("order", [2, 3])
@pytest.mark.parametrize("row", ROWS)
def test_higher_derivatives_agree_with_mpmath(row, order):
    for point in POINTS[row.name][:3]:
        for indices in itertools.combinations_with_replacement(range(len(point)), order):
            ours = derivative(row, indices)(*point)
            exact = numeric(row, point, [indices.count(j) for j in range(len(point))])
            assert abs(ours - float(exact)) <= 1e-11 * scale_of(exact), (point, indices)


@pytest.mark.parametrize("row", ROWS)
def test_partials_read_on_values_give_the_numbers_read_on_floats(row):
    for point in POINTS[row.name]:
        wanted = [True] * len(point)
        on_floats = row.partials_at(row.forward(*point), point, wanted)
        xs = tuple(Value(x) for x in point)
        on_values = row.partials_at(row(*arguments(row, xs)), xs, wanted)
        numbers = [p.data if isinstance(p, Value) else p for p in on_values]
        assert numbers == on_floats


def special_points(row):
    arity = 1 if not row.variadic and len(row.partials) == 1 else 2
    points = list(itertools.product(SPECIAL, repeat=arity))
    if row.name == "where":
        return [(c, *rest) for c in SPECIAL for rest in ((0.0, math.nan), (math.inf, -0.0))]
    return points


@pytest.mark.parametrize("row", ROWS)
def test_special_numbers_never_raise_and_never_turn_complex(row):
    for point in special_points(row):
        z = row(*arguments(row, point))
        partials = row.partials_at(z, point, [True] * len(point))
        assert type(z) is float, point
        assert all(type(p) is float for p in partials), point


@pytest.mark.parametrize("row", ROWS)
def test_special_numbers_give_the_same_on_values(row):
    for point in special_points(row):
        xs = tuple(Value(x) for x in point)
        node = row(*arguments(row, xs))
        z = row(*arguments(row, point))
        assert same_float(node.data, z), point
        expected = row.partials_at(z, point, [True] * len(point))
        assert all(map(same_float, node.partials(), expected)), point
        on_values = row.partials_at(node, xs, [True] * len(point))
        numbers = [p.data if isinstance(p, Value) else p for p in on_values]
        assert all(map(same_float, numbers, expected)), point


@pytest.mark.parametrize("row", ROWS)
def test_derivatives_at_special_numbers_never_raise(row):
    for point in special_points(row)[::3]:
        for index in range(len(point)):
            derivative(row, (index, index))(*point)


@pytest.mark.parametrize("row", ROWS)
def test_nan_in_an_operand_that_counts_is_not_hidden(row):
    constant = {"where": [1, 2], "pow": [0], "weigh": [1], "leaky_relu": [0], "elu": [0]}
    for index in constant.get(row.name, range(len(POINTS[row.name][0]))):
        point = [0.5] * len(POINTS[row.name][0])
        point[index] = math.nan
        if row.name == "where":
            point[0] = 1.0 if index == 1 else -1.0
        assert math.isnan(row(*arguments(row, tuple(point)))), index


@given(st.floats(), st.floats())
def test_arithmetic_on_values_is_that_of_floats(x, y):
    a, b = Value(x), Value(y)
    assert same_float((a + b).data, x + y)
    assert same_float((a - b).data, x - y)
    assert same_float((a * b).data, x * y)
    if y:
        assert same_float((a / b).data, x / y)


@given(st.floats(), st.floats())
def test_powers_are_those_of_floats_where_these_are_real(x, y):
    try:
        expected = x**y
    except ZeroDivisionError:
        assert math.isinf((Value(x) ** Value(y)).data)
    except OverflowError:  # of a real power or of a complex one
        assert not math.isfinite((Value(x) ** Value(y)).data)
    else:
        ours = (Value(x) ** Value(y)).data
        assert math.isnan(ours) if isinstance(expected, complex) else same_float(ours, expected)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=5))
def test_variadic_rows_add_left_to_right(xs):
    expected = 0.0
    for x in xs:
        expected += x
    assert autograd.total(xs) == expected
    assert autograd.dot(xs, [1.0] * len(xs)) == expected
    assert autograd.total([Value(x) for x in xs]).data == expected


@pytest.mark.parametrize("x", [5.0, 18.0, 20.0, 100.0, 300.0])
def test_the_slope_of_tanh_keeps_its_accuracy_in_the_tail(x):
    exact = mp.sech(mp.mpf(x)) ** 2
    for slope in (autograd.sech2(x), autograd.sech2(-x), grad(autograd.tanh)(x)):
        assert oracles.relative_error(slope, exact) <= 8


STEEP = [
    ("sigmoid", 1000.0, 1.0, 0.0),
    ("sigmoid", -1000.0, 0.0, 0.0),
    ("softplus", 1000.0, 1000.0, 1.0),
    ("softplus", -1000.0, 0.0, 0.0),
    ("tanh", 1000.0, 1.0, 0.0),
    ("tanh", -1000.0, -1.0, 0.0),
    ("gelu", 1000.0, 1000.0, 1.0),
    ("gelu", -1000.0, 0.0, 0.0),
    ("silu", 1000.0, 1000.0, 1.0),
    ("silu", -1000.0, 0.0, 0.0),
    ("elu", 1000.0, 1000.0, 1.0),
    ("elu", -1000.0, -1.0, 0.0),
    ("exp", 1000.0, math.inf, math.inf),
    ("exp", -1000.0, 0.0, 0.0),
]


@pytest.mark.parametrize(("name", "x", "value", "slope"), STEEP)
def test_nothing_overflows_at_a_thousand(name, x, value, slope):
    assert autograd.value_and_grad(TABLE[name])(x) == (value, slope)


LOG_SUMS = [
    ((1000.0, 1000.0), 1000.0 + math.log(2.0), (0.5, 0.5)),
    ((-1000.0, -1000.0), -1000.0 + math.log(2.0), (0.5, 0.5)),
    ((1000.0, -1000.0), 1000.0, (1.0, 0.0)),
    ((-math.inf, 0.0), 0.0, (0.0, 1.0)),
    ((-math.inf, -math.inf), -math.inf, (0.0, 0.0)),
    ((2.0, math.inf), math.inf, (0.0, 1.0)),
    ((7.0,), 7.0, (1.0,)),
]


@pytest.mark.parametrize(("xs", "value", "slopes"), LOG_SUMS)
def test_logsumexp_neither_overflows_nor_makes_nan(xs, value, slopes):
    data, gradient = autograd.value_and_grad(autograd.logsumexp)(xs)
    assert data == pytest.approx(value, rel=1e-15)
    assert gradient == pytest.approx(slopes, rel=1e-12)


# -- rows of one's own ----------------------------------------------------------------------------

CUBE = Primitive("cube", lambda x: x * x * x, lambda z, x: 3.0 * x * x)
SCALED = Primitive(
    "scaled", lambda x, k: k * x, lambda z, x, k: k, lambda z, x, k: x, defaults=(10.0,)
)
NUMPY = Primitive("numpy", lambda x: np.float64(x) ** 2, lambda z, x: np.float64(2.0) * x)
WHOLE = Primitive("whole", lambda x: 2 * int(x), lambda z, x: 2)
PRODUCT = Variadic(
    "product",
    lambda *xs: math.prod(xs),
    lambda z, *xs: [autograd.div(z, x) for x in xs],
    gather=at_least_one,
)
SUM = Variadic(
    "numpy sum", lambda *xs: np.sum(xs), lambda z, *xs: list(np.ones(len(xs))), gather=spread
)

OWN = [
    pytest.param(CUBE, (2.0,), 8.0, (12.0,), id="cube"),
    pytest.param(SCALED, (2.0, 3.0), 6.0, (3.0, 2.0), id="two arguments"),
    pytest.param(NUMPY, (3.0,), 9.0, (6.0,), id="NumPy scalars"),
    pytest.param(WHOLE, (3.0,), 6.0, (2.0,), id="ints"),
    pytest.param(PRODUCT, (2.0, 3.0, 5.0), 30.0, (15.0, 10.0, 6.0), id="variadic"),
    pytest.param(SUM, (2.0, 3.0, 5.0), 10.0, (1.0, 1.0, 1.0), id="variadic NumPy"),
]


@pytest.mark.parametrize(("row", "point", "value", "slopes"), OWN)
class TestARowOfOnesOwn:
    def test_gives_floats_for_floats(self, row, point, value, slopes):
        assert row(*point) == value
        assert type(row(*point)) is float

    def test_goes_backward(self, row, point, value, slopes):
        xs = [Value(x) for x in point]
        y = row(*xs)
        y.backward()
        assert y.data == value
        assert tuple(x.grad for x in xs) == slopes
        assert all(type(x) is float for x in (y.data, *y.partials(), *(x.grad for x in xs)))

    def test_has_a_gradient(self, row, point, value, slopes):
        argnums = tuple(range(len(point)))
        assert autograd.value_and_grad(row, argnums)(*point) == (value, slopes)
        assert all(type(slope) is float for slope in grad(row, argnums)(*point))

    def test_goes_forward(self, row, point, value, slopes):
        tangents = tuple(float(i) for i in range(1, len(point) + 1))
        expected = sum(t * slope for t, slope in zip(tangents, slopes, strict=True))
        assert autograd.jvp(row, point, tangents) == (value, expected)

    def test_refreshes(self, row, point, value, slopes):
        xs = [Value(1.0) for _ in point]
        y = row(*xs)
        for x, number in zip(xs, point, strict=True):
            x.data = number
        assert y.refresh().data == value
        assert type(y.data) is float

    def test_copies(self, row, point, value, slopes):
        y = copy.deepcopy(row(*[Value(x) for x in point]))
        y.backward()
        assert y.data == value
        assert tuple(x.grad for x in y.parents) == slopes

    def test_works_in_debug(self, row, point, value, slopes):
        xs = [Value(x) for x in point]
        with autograd.debug():
            row(*xs).backward()
        assert tuple(x.grad for x in xs) == slopes


def test_a_row_of_ones_own_differentiates_to_any_order():
    assert grad(grad(CUBE))(2.0) == 12.0
    assert grad(grad(grad(CUBE)))(2.0) == 6.0
    assert grad(grad(PRODUCT, 0), 1)(2.0, 3.0, 5.0) == 5.0


def test_defaults_fill_the_last_arguments():
    assert SCALED(2.0) == 20.0
    x = Value(2.0)
    SCALED(x).backward()
    assert x.grad == 10.0
    assert autograd.leaky_relu(-1.0) == -0.01


def test_a_partial_by_a_plain_number_is_never_evaluated():
    def never(z, x, k):
        raise AssertionError

    row = Primitive("half", lambda x, k: x * k, lambda z, x, k: k, never)
    x = Value(3.0)
    y = row(x, 2.0)
    y.backward()
    assert (x.grad, y.partials()) == (2.0, (2.0,))
    assert grad(lambda x: row(x, 2.0))(3.0) == 2.0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: autograd.tanh(), "tanh takes 1 argument, got 0"),
        (lambda: autograd.tanh(1.0, 2.0), "tanh takes 1 argument, got 2"),
        (lambda: autograd.pow(1.0), "pow takes 2 arguments, got 1"),
        (lambda: autograd.where(1.0, 2.0), "where takes 3 arguments, got 2"),
        (lambda: autograd.leaky_relu(), "leaky_relu takes 2 arguments, got 0"),
        (lambda: autograd.elu(1.0, 2.0, 3.0), "elu takes 2 arguments, got 3"),
        (lambda: Value(1.0).atan2(), "atan2 takes 2 arguments, got 1"),
        (lambda: autograd.dot([1.0]), "dot takes 2 sequences, got 1"),
    ],
)
def test_a_wrong_number_of_arguments_is_a_type_error(call, message):
    with pytest.raises(TypeError) as caught:
        call()
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: autograd.maximum(), "maximum of nothing: expected at least one number, got none"),
        (
            lambda: autograd.minimum([]),
            "minimum of nothing: expected at least one number, got none",
        ),
        (
            lambda: autograd.logsumexp([]),
            "logsumexp of nothing: expected at least one number, got none",
        ),
        (
            lambda: autograd.dot([1.0], [1.0, 2.0]),
            "dot takes sequences of one length, got 1 and 2",
        ),
    ],
)
def test_a_wrong_number_of_operands_is_a_value_error(call, message):
    with pytest.raises(ValueError, match=r"sequences|nothing") as caught:
        call()
    assert str(caught.value) == message


def test_sums_of_nothing_are_zero():
    assert autograd.total() == autograd.total([]) == autograd.dot([], []) == 0.0


def test_variadic_rows_take_a_sequence_an_iterator_or_arguments():
    x, y = Value(1.0), Value(2.0)
    for node in (
        autograd.total(x, y),
        autograd.total([x, y]),
        autograd.total(iter((x, y))),
        autograd.total(v for v in (x, y)),
    ):
        assert (node.data, node.parents) == (3.0, (x, y))


def test_variadic_rows_take_one_value():
    x = Value(2.0)
    assert autograd.maximum(x).operands == (x,)
    assert x.maximum(3.0).data == 3.0
    assert x.minimum(3.0).data == 2.0


def test_a_symbol_is_the_name_unless_given():
    assert CUBE.symbol == "cube"
    assert autograd.mul.symbol == "×"
    assert repr(CUBE) == "<primitive cube>"


@pytest.mark.parametrize("row", ROWS)
def test_rows_of_the_table_copy_and_pickle_as_themselves(row):
    assert copy.copy(row) is row
    assert copy.deepcopy(row) is row
    assert pickle.loads(pickle.dumps(row)) is row


@pytest.mark.parametrize("row", [CUBE, PRODUCT], ids=lambda row: row.name)
def test_a_row_of_ones_own_can_be_copied(row):
    assert copy.deepcopy(row)(2.0) == row(2.0)
    assert copy.deepcopy([row, row])[0](3.0) == row(3.0)


def test_a_row_of_ones_own_pickles_when_its_functions_do():
    row = Primitive("doubled", math.fabs, math.copysign)
    assert pickle.loads(pickle.dumps(row))(-2.0) == 2.0


@pytest.mark.parametrize("name", ["record", "_record", "__record__"])
def test_an_object_that_happens_to_record_is_no_operand(name):
    foreign = type("Camera", (), {name: lambda self, rule, operands: "film"})()
    with pytest.raises(TypeError, match="expected a real number, got a Camera"):
        TABLE["tanh"](foreign)
    with pytest.raises(TypeError):
        Value(1.0) * foreign
