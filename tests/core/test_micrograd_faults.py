"""One test for each fault of micrograd (commit c911406) that programs met there."""

import copy
import gc
import math
import pickle
import weakref

import numpy as np
import pytest

import nn
from autograd import NonFiniteError, StaleGraphError, Value, debug

pytestmark = pytest.mark.engine


def gradient(f, *xs):
    leaves = [Value(x) for x in xs]
    f(*leaves).backward()
    return tuple(x.grad for x in leaves)


def test_01_a_depth_of_a_thousand_is_no_recursion_error():
    x = y = Value(1.0)
    for _ in range(5000):
        y = y + 1.0
    y.backward()
    assert (y.data, x.grad) == (5001.0, 1.0)


def test_02_backward_twice_is_twice_the_gradient_and_after_a_reset_once():
    x = Value(3.0)
    y = x * x * x
    y.backward()
    y.backward()
    assert x.grad == 54.0
    x.grad = 0.0
    y.backward()
    assert x.grad == 27.0


def test_03_two_losses_that_share_a_subgraph_do_not_count_it_twice():
    x = Value(2.0)
    shared = x * x
    (shared * 2.0).backward()
    (shared * 3.0).backward()
    assert x.grad == 20.0


def test_04_powers_of_zero_have_gradients():
    assert gradient(lambda x: x**0, 0.0) == (0.0,)
    assert gradient(lambda x: x**0.5, 0.0) == (math.inf,)


def test_05_a_negative_base_is_never_complex():
    y = Value(-8.0) ** (1 / 3)
    assert type(y.data) is float
    assert math.isnan(y.data)


def test_06_the_exponent_may_be_a_value():
    assert gradient(lambda x, y: x**y, 2.0, 3.0) == (12.0, 8.0 * math.log(2.0))
    assert gradient(lambda y: 2**y, 3.0) == (8.0 * math.log(2.0),)


def test_07_relu_does_not_hide_nan():
    x = Value(math.nan)
    y = x.relu()
    y.backward()
    assert math.isnan(y.data)
    assert math.isnan(x.grad)


@pytest.mark.parametrize("wrong", [Value(1.0), "ab", 2j, None, [1.0]])
def test_08_data_that_is_no_number_is_refused(wrong):
    with pytest.raises(TypeError, match="expected a real number"):
        Value(wrong)


def test_09_values_have_the_truth_and_the_order_of_their_numbers():
    assert not Value(0.0)
    assert Value(1.0) < Value(2.0)
    assert Value(2.0) == 2.0
    assert max(Value(1.0), Value(2.0)).data == 2.0
    with pytest.raises(TypeError, match="the graph would be lost"):
        float(Value(1.0))


def test_10_a_layer_of_one_output_can_be_followed_by_another():
    out = nn.MLP(2, [1, 3])([1.0, 2.0])
    assert len(out) == 3
    assert all(isinstance(y, Value) for y in out)


@pytest.mark.parametrize("inputs", [[1.0], [1.0, 2.0, 3.0]])
def test_11_inputs_of_the_wrong_length_are_refused(inputs):
    with pytest.raises(ValueError, match=rf"of 2 inputs got a row of {len(inputs)}"):
        nn.MLP(2, [3, 1])(inputs)


def test_12_arrays_are_refused_on_both_sides():
    for multiply in (lambda x, xs: x * xs, lambda x, xs: xs * x):
        with pytest.raises(TypeError, match="a Value holds one number, loop over its elements"):
            multiply(Value(2.0), np.ones(3))


def test_13_parents_keep_order_and_multiplicity():
    a, b = Value(1.0), Value(2.0)
    assert [id(v) for v in (a + a).parents] == [id(a), id(a)]
    assert [id(v) for v in (b * a).parents] == [id(b), id(a)]


def test_14_parameters_pickle():
    x = pickle.loads(pickle.dumps(Value(3.0, label="w")))
    assert (x.data, x.label) == (3.0, "w")


def test_15_a_number_assigned_before_backward_is_never_silently_wrong():
    x = Value(3.0)
    y = x * x
    x.data = 10.0
    with pytest.raises(StaleGraphError):
        y.backward()
    y.refresh().backward()
    assert (y.data, x.grad) == (100.0, 20.0)


def test_16_a_dropped_graph_is_freed_at_once():
    class Watched(Value):
        __slots__ = ("__weakref__",)

    gc.disable()
    try:
        x = Watched(3.0)
        y = (x * x).tanh() + x
        y.backward()
        alive = weakref.ref(x)
        del x, y
        assert alive() is None
    finally:
        gc.enable()


def test_17_tanh_does_not_overflow():
    x = Value(1000.0)
    y = x.tanh()
    y.backward()
    assert (y.data, x.grad) == (1.0, 0.0)


def test_18_a_division_by_zero_is_inf_and_debug_says_where():
    assert (Value(0.0) ** -1).data == math.inf
    with debug(), pytest.raises(NonFiniteError, match=r"pow gave inf .*\n.*test_micrograd_faults"):
        Value(0.0) ** -1


def test_19_zero_grad_reaches_everything():
    x = Value(3.0)
    s = x * x
    y = s * 2.0
    y.backward()
    y.zero_grad()
    assert [v.grad for v in (x, s, y)] == [0.0, 0.0, 0.0]


def test_20_the_gradients_of_a_deepcopy_are_its_own():
    x = Value(3.0)
    twin = copy.deepcopy(x * x)
    twin.backward()
    assert (twin.parents[0].grad, x.grad) == (6.0, 0.0)
