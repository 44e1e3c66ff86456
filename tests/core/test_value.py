import math
import operator
import pickle
import weakref
from fractions import Fraction
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import NotDifferentiableError, Value, detach, grad
from autograd.primitives import TABLE

pytestmark = pytest.mark.engine

# -- what it holds --------------------------------------------------------------------------------


@given(st.floats())
def test_data_is_the_number_it_was_given(x):
    assert Value(x).data.hex() == x.hex() or math.isnan(x)


@given(st.integers(-(2**1000), 2**1000))
def test_an_int_is_rounded_to_the_nearest_float(n):
    assert Value(n).data == float(n)


@given(st.fractions())
def test_a_fraction_is_rounded_to_the_nearest_float(q):
    assert Value(q).data == float(q)


@pytest.mark.parametrize(
    "number", [3, 3.0, True, Fraction(3), np.float64(3), np.float32(3), np.int64(3), np.bool_(True)]
)
def test_data_is_a_plain_float(number):
    assert type(Value(number).data) is float
    x = Value(0.0)
    x.data = number
    x.grad = number
    assert (type(x.data), type(x.grad)) == (float, float)


def test_an_object_with_float_or_index_is_a_number():
    class Floating:
        def __float__(self):
            return 2.5

    class Indexing:
        def __index__(self):
            return 7

    assert (Value(Floating()).data, Value(Indexing()).data) == (2.5, 7.0)


def test_a_leaf_has_no_parents_no_rule_and_no_partials():
    x = Value(3.0)
    assert (x.parents, x.operands, x.rule, x.partials(), x.label) == ((), (), None, (), None)


def test_operands_hold_plain_numbers_and_parents_do_not():
    x = Value(3.0)
    y = 2 * x
    assert [type(v) for v in y.operands] == [float, Value]
    assert y.operands[0] == 2.0
    assert y.parents[0] is x
    assert y.rule is autograd.mul
    assert y.partials() == (2.0,)


def test_parents_keep_their_order_and_duplicates():
    a, b = Value(1.0), Value(2.0)
    parents = (b - a).parents
    assert parents[0] is b
    assert parents[1] is a
    assert len((a * a).parents) == 2


def test_partials_match_parents():
    a, b = Value(3.0), Value(2.0)
    assert (a / b).partials() == (0.5, -0.75)
    assert (5.0 - a).partials() == (-1.0,)


def test_label_is_assignable():
    x = Value(3.0, label="x")
    y = x * 2.0
    y.label = "y"
    assert (x.label, y.label) == ("x", "y")


@pytest.mark.parametrize(
    "name", ["data", "grad", "parents", "operands", "rule", "scope", "reached"]
)
def test_what_it_holds_can_be_read_of_every_value(name):
    x = Value(3.0)
    getattr(x, name)
    getattr(x * x, name)


@pytest.mark.parametrize("name", ["parents", "operands", "rule", "scope", "reached"])
def test_what_it_rests_on_cannot_be_assigned(name):
    with pytest.raises(AttributeError):
        setattr(Value(3.0), name, None)


def test_interior_data_cannot_be_assigned():
    x = Value(3.0)
    y = x * x
    with pytest.raises(AttributeError, match="assign a leaf's data, then call refresh"):
        y.data = 5.0
    assert y.data == 9.0


def test_a_value_has_no_dict():
    x: Any = Value(3.0)
    with pytest.raises(AttributeError):
        x.colour = "red"
    assert not hasattr(Value(3.0), "__dict__")


# -- partials given by hand ------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [tuple, list])
def test_given_partials_go_backward(kind):
    a, b = Value(2.0), Value(5.0)
    y = Value(7.0, kind((a, b)), kind((3, -1.0)), label="y")
    (y * 2.0).backward()
    assert (a.grad, b.grad, y.rule, y.label) == (6.0, -2.0, None, "y")
    assert y.partials() == (3.0, -1.0)


def test_a_parent_given_twice_counts_twice():
    a = Value(3.0)
    y = Value(9.0, (a, a), (3.0, 3.0))
    y.backward()
    assert a.grad == 6.0


def test_partials_may_be_given_for_many_parents():
    xs = [Value(float(i)) for i in range(1000)]
    Value(0.0, xs, range(1000)).backward()
    assert [x.grad for x in xs] == [x.data for x in xs]


def test_a_label_is_given_by_name_alone():
    make: Any = Value
    assert make(label="x", data=3.0).label == "x"
    with pytest.raises(TypeError, match="positional argument"):
        make(3.0, (), (), "x")


def test_given_partials_that_are_numbers_have_a_first_derivative_only():
    def square(x):
        return Value(x.data**2, (x,), (2.0 * x.data,))

    assert grad(square)(3.0) == 6.0
    with pytest.raises(NotDifferentiableError, match="cannot differentiate twice through a node"):
        grad(grad(square))(3.0)


def test_given_partials_that_are_values_differentiate_further():
    def square(x):
        return Value(x.data**2, (x,), (2.0 * x,))

    assert grad(square)(3.0) == 6.0
    assert grad(grad(square))(3.0) == 2.0
    assert grad(grad(grad(square)))(3.0) == 0.0
    x = Value(3.0)
    square(x).backward()
    assert x.grad == 6.0


def test_given_partials_record_nothing_in_no_grad():
    x = Value(3.0)
    with autograd.no_grad():
        y = Value(9.0, (x,), (6.0,))
    assert y.parents == ()


def test_parents_and_partials_must_match():
    x, number = Value(3.0), cast(Any, 3.0)
    with pytest.raises(ValueError, match="got 2 parents and 1 partials"):
        Value(9.0, (x, x), (3.0,))
    with pytest.raises(ValueError, match="got 1 parents and 2 partials"):
        Value(9.0, (x,), (3.0, 3.0))
    with pytest.raises(TypeError, match="expected parents to be Values, got a float"):
        Value(9.0, (number,), (3.0,))
    with pytest.raises(TypeError, match="expected a real number, got the str"):
        Value(9.0, (x,), ("3",))


# -- operators and methods -------------------------------------------------------------------------

REFLECTED = [
    (operator.add, 5.0, (1.0,)),
    (operator.sub, -1.0, (-1.0,)),
    (operator.mul, 6.0, (2.0,)),
    (operator.truediv, 2.0 / 3.0, (-2.0 / 9.0,)),
    (operator.pow, 8.0, (8.0 * math.log(2.0),)),
]


@pytest.mark.parametrize(("operation", "value", "partials"), REFLECTED)
def test_a_number_may_stand_on_the_left(operation, value, partials):
    y = operation(2.0, Value(3.0))
    assert y.data == value
    assert y.partials() == pytest.approx(partials, rel=1e-15)


@pytest.mark.parametrize(("operation", "value", "partials"), REFLECTED)
def test_augmented_assignment_makes_a_new_value(operation, value, partials):
    x = y = Value(2.0)
    y = getattr(operator, "i" + operation.__name__)(y, Value(3.0))
    assert y is not x
    assert (x.data, y.data) == (2.0, value)


def test_signs():
    x = Value(-3.0)
    assert +x is x
    assert ((-x).data, abs(x).data) == (3.0, 3.0)
    assert ((-x).partials(), abs(x).partials()) == ((-1.0,), (-1.0,))


def test_sum_adds_no_node_for_its_start():
    x, y = Value(1.0), Value(2.0)
    assert sum([x]) is x
    both: Any = sum([x, y])
    assert both.operands == (x, y)


def test_only_the_int_zero_is_a_start():
    x = Value(-0.0)
    assert (0.0 + x).parents == (x,)
    assert (False + x).parents == (x,)
    assert (x + 0).parents == (x,)


@pytest.mark.parametrize("number", [-2, -1, 1, 2])
def test_any_other_int_on_the_left_is_added(number):
    y = number + Value(3.0)
    assert (y.data, y.operands[0]) == (number + 3.0, number)


@pytest.mark.parametrize("name", sorted(name for name in TABLE if hasattr(Value, name)))
def test_methods_are_the_functions(name):
    row, arity = TABLE[name], 1 if TABLE[name].variadic else len(TABLE[name].partials)
    others = (0.25,) * (arity - 1)
    x = Value(0.5)
    method, function = getattr(x, name)(*others), row(x, *others)
    assert method.rule is row
    assert (method.data, method.operands) == (function.data, function.operands)


def test_a_negative_base_with_a_fraction_is_nan_and_never_complex():
    for y in (
        Value(-8.0) ** (1 / 3),
        Value(-8.0) ** Value(1 / 3),
        -(8.0 ** Value(1 / 3)) * math.nan,
    ):
        assert type(y.data) is float
        assert math.isnan(y.data)


def test_modulo_and_floor_division_are_not_there():
    operations: list[Any] = [operator.mod, operator.floordiv, operator.matmul, divmod]
    for operation in operations:
        with pytest.raises(TypeError, match="unsupported operand"):
            operation(Value(3.0), 2.0)


# -- comparisons, hash, truth ----------------------------------------------------------------------

COMPARISONS = [operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne]


@pytest.mark.parametrize("compare", COMPARISONS, ids=lambda f: f.__name__)
@given(x=st.floats(), y=st.floats())
def test_comparisons_are_those_of_the_numbers(compare, x, y):
    for ours in (compare(Value(x), Value(y)), compare(Value(x), y), compare(x, Value(y))):
        assert ours is compare(x, y)


def test_comparisons_are_called_by_their_names():
    for compare in COMPARISONS:
        name = f"__{compare.__name__}__"
        assert getattr(Value, name).__name__ == name


def test_comparing_with_what_is_no_number():
    x = Value(3.0)
    assert x != "3"
    assert x != None  # noqa: E711
    assert x != 3j
    assert (x == [3.0]) is False
    with pytest.raises(TypeError, match="not supported between"):
        operator.lt(x, "3")
    with pytest.raises(TypeError, match="not supported between"):
        sorted([x, cast(Any, None)])


def test_a_huge_int_compares_exactly():
    assert Value(1.0) < 10**400
    assert Value(2.0**53) != 2**53 + 1


def test_hash_is_by_identity():
    a, b = Value(1.0), Value(1.0)
    assert a == b
    assert len({a, b, a}) == 2
    assert {a: "a", b: "b"}[a] == "a"


def test_sorting_and_extremes_are_by_number():
    values = [Value(x) for x in (3.0, 1.0, 2.0)]
    assert [v.data for v in sorted(values)] == [1.0, 2.0, 3.0]
    assert max(values) is values[0]
    assert min(values) is values[1]


@pytest.mark.parametrize(
    ("x", "truth"), [(0.0, False), (-0.0, False), (1e-300, True), (math.nan, True)]
)
def test_truth_is_by_number(x, truth):
    assert bool(Value(x)) is truth


# -- what must not lose the graph ------------------------------------------------------------------


@pytest.mark.parametrize(
    "lose",
    [math.tanh, float, math.floor, complex, lambda v: math.hypot(v, 1.0), lambda v: math.fsum([v])],
    ids=["tanh", "float", "floor", "complex", "hypot", "fsum"],
)
def test_turning_into_a_float_fails_loudly(lose):
    with pytest.raises(TypeError, match="the graph would be lost without a word") as caught:
        lose(Value(3.0))
    assert "autograd.tanh(v), v.tanh()), or v.data" in str(caught.value)


@pytest.mark.parametrize("lose", [int, round, operator.index, range])
def test_a_value_is_no_int(lose):
    with pytest.raises(TypeError):
        lose(Value(3.0))


def test_an_array_of_numbers_refuses_a_value():
    with pytest.raises(TypeError, match="the graph would be lost"):
        np.array([Value(3.0)], dtype=float)


def test_weak_references_need_a_subclass():
    class Referable(Value):
        __slots__ = ("__weakref__",)

    value = Referable(3.0)
    reference = weakref.ref(value)
    assert reference() is value
    del value
    assert reference() is None
    with pytest.raises(TypeError, match="weak reference"):
        weakref.ref(Value(3.0))


# -- text ------------------------------------------------------------------------------------------


def test_repr():
    x = Value(6)
    assert repr(x) == str(x) == f"{x}" == "Value(data=6.0, grad=0.0)"
    (x * 2.0).backward()
    assert repr(x) == "Value(data=6.0, grad=2.0)"
    assert repr(Value(0.1, label="w")) == "Value(data=0.1, grad=0.0, label='w')"


def test_repr_names_the_subclass():
    class Parameter(Value):
        pass

    assert repr(Parameter(1.0)) == "Parameter(data=1.0, grad=0.0)"


@pytest.mark.parametrize("spec", [".3f", "+.2e", "10.1f", "g", "%", ">8"])
def test_format_is_that_of_the_number(spec):
    assert format(Value(0.12345), spec) == format(0.12345, spec)


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("_prev", "parents"),
        ("_children", "parents"),
        ("_op", "rule"),
        ("_backward", "rule or partials()"),
        ("_local_grads", "partials()"),
    ],
)
def test_names_of_micrograd_tell_ours(name, ours):
    with pytest.raises(AttributeError) as caught:
        getattr(Value(3.0), name)
    assert str(caught.value) == f"'Value' object has no attribute {name!r}; here it is {ours}"
    assert not hasattr(Value(3.0), name)


# -- subclasses ------------------------------------------------------------------------------------


class Named(Value):
    """A Value with attributes of its own."""

    def __init__(self, data, name):
        super().__init__(data)
        self.name = name


def test_a_subclass_adds_attributes():
    x = Named(3.0, "weight")
    y = x * 2.0
    y.backward()
    assert (x.name, x.grad, type(y)) == ("weight", 2.0, Value)
    assert y.parents[0] is x


@pytest.mark.parametrize("operation", [pair[0] for pair in REFLECTED])
def test_a_subclass_may_stand_on_both_sides(operation):
    x, y = Named(3.0, "x"), Value(2.0)
    assert operation(x, y).operands == (x, y)
    assert operation(y, x).operands == (y, x)


# -- detach ----------------------------------------------------------------------------------------


def test_detach_is_a_new_leaf():
    x = Value(3.0)
    y = (x * x).detach()
    assert (y.data, y.parents) == (9.0, ())
    (x * detach(x)).backward()
    assert x.grad == 3.0


def test_detach_of_a_number_is_a_float():
    assert detach(3) == 3.0
    assert type(detach(np.float64(3))) is float


def test_detach_cuts_derivatives_of_every_order():
    assert grad(lambda x: x * detach(x))(3.0) == 3.0
    assert grad(grad(lambda x: x * x * detach(x)))(3.0) == 6.0


def test_pickling_is_for_leaves():
    assert pickle.loads(pickle.dumps(Value(3.0))).data == 3.0
