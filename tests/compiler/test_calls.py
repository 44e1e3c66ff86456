"""compile: calls, gradients, rows, branches, and what it refuses."""

import copy
import math
import pickle
import tracemalloc
from array import array
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import (
    NonFiniteError,
    StaleGraphError,
    TraceError,
    Value,
    detach,
    grad,
    hessian,
    no_grad,
    tanh,
    value_and_grad,
    where,
)  # fmt: skip
from autograd.compiler import cache
from autograd.compiler.runtime.batch import columns_of
from autograd.compiler.runtime.interpreter import Reference, Tape
from tests.support.programs import EVERY, programs

pytestmark = pytest.mark.engine

compile = autograd.compile


class Line:
    """Something with a leaf and a compiled method."""

    def __init__(self, slope):
        self.slope = Value(slope, label="slope")

    @compile
    def at(self, x):
        return self.slope * x


def bits(x):
    """The bits of numbers, all nan being one."""
    return ["nan" if each != each else float(each).hex() for each in np.ravel(x)]


def reference(monkeypatch):
    monkeypatch.setattr("autograd.compiler.runtime.interpreter.Tape", Reference)


@pytest.fixture
def python_tape(monkeypatch):
    reference(monkeypatch)


class TestCalls:
    def test_it_returns_floats(self):
        fast = compile(lambda x, y: x * y)
        assert fast(3.0, 2.0) == 6.0
        assert type(fast(3.0, 4.0)) is float

    def test_the_function_runs_once(self):
        runs = []

        def noting(x):
            runs.append(x)
            return x * 2.0

        fast = compile(noting)
        assert [fast(float(i)) for i in range(5)] == [0.0, 2.0, 4.0, 6.0, 8.0]
        assert len(runs) == 1

    def test_it_keeps_the_name_and_signature(self):
        def cube(x):
            """Its words."""
            return x**3

        fast = compile(cube)
        kept = [getattr(fast, name) for name in ("__name__", "__doc__", "__wrapped__")]
        assert kept == ["cube", "Its words.", cube]

    def test_trees_go_in_and_out(self):
        fast = compile(lambda p, q: {"sum": p["a"][0] + q[1], "pair": (p["b"], q[0] * 2.0)})
        assert fast({"a": [1.0], "b": 5.0}, (2.0, 3.0)) == {"sum": 4.0, "pair": (5.0, 4.0)}

    def test_a_constant_result_is_a_result(self):
        assert compile(lambda x: [x, 2.5])(1.0) == [1.0, 2.5]

    def test_an_argument_is_a_result(self):
        assert compile(lambda x, y: y)(1.0, 2.0) == 2.0

    def test_odd_numbers_are_numbers(self):
        fast = compile(lambda x: x * 2.0)
        assert [fast(2), fast(True), fast(np.float64(0.5))] == [4.0, 2.0, 1.0]

    def test_a_buffer_is_nested_lists(self):
        fast = compile(lambda m, v: [autograd.dot(row, v) for row in m])
        assert fast(np.arange(6.0).reshape(2, 3), np.ones(3)) == [3.0, 12.0]
        assert fast([[1.0, 2.0]], array("d", [3.0, 4.0])) == [11.0]

    def test_a_changed_shape_is_traced_anew(self):
        fast = compile(lambda xs: autograd.total(xs))
        assert [fast([1.0]), fast([1.0, 2.0]), fast((1.0, 2.0, 3.0)), fast([5.0])] == [1, 3, 6, 5]
        assert len(fast.programs) == 3

    def test_keyword_arguments_are_constants_of_the_trace(self):
        fast = compile(lambda x, n=1: x**n)
        assert [fast(3.0, n=2), fast(3.0, n=3), fast(2.0, n=2)] == [9.0, 27.0, 4.0]
        assert len(fast.programs) == 2

    def test_constants_that_are_equal_but_not_the_same_are_traced_apart(self):
        kinds = compile(lambda x, n: x * {bool: 2.0, int: 3.0, float: 4.0}[type(n)])
        assert [kinds(1.0, n=n) for n in (True, 1, 1.0)] == [2.0, 3.0, 4.0]
        within = compile(lambda x, n: x * {bool: 2.0, int: 3.0}[type(n[0][0])])
        assert [within(1.0, n=((n,),)) for n in (True, 1)] == [2.0, 3.0]
        signs = compile(lambda x, n: x / Value(n))
        assert [signs(1.0, n=n) for n in (0.0, -0.0, 0.0)] == [math.inf, -math.inf, math.inf]
        nan = compile(lambda x, n: x * n)
        assert all(math.isnan(nan(1.0, n=float("nan"))) for _ in range(3))
        assert len(nan.programs) == 1

    def test_called_with_values_it_is_the_function(self):
        x = Value(3.0)
        y = compile(lambda x: x * x)(x)
        y.backward()
        assert (y.data, x.grad) == (9.0, 6.0)

    def test_inside_another_trace_it_is_the_function(self):
        inner = compile(lambda x: x * x + 1.0)
        outer = compile(lambda x: inner(x) * 2.0)
        assert (outer(3.0), outer(4.0)) == (20.0, 34.0)
        assert inner.programs == []

    def test_its_gradient_inside_another_trace_is_the_function_s(self):
        inner = compile(lambda x: x**3)
        outer = compile(lambda x: inner.value_and_grad(x)[1] * x)
        assert (outer(2.0), outer(3.0)) == (24.0, 81.0)

    def test_with_values_a_buffer_is_nested_lists_too(self):
        w = Value(3.0)
        f = lambda x, w: (x + x)[3][1] * w  # noqa: E731 - lists are joined, arrays would be added
        fast, xs = compile(f), np.arange(4.0).reshape(2, 2)
        assert fast(xs, w).data == fast(xs, 3.0) == 9.0
        value, (by_x, by_w) = fast.value_and_grad(xs, w, argnums=(0, 1))
        assert (value.data, by_x[1][1].data, by_w.data) == (9.0, 3.0, 3.0)
        rows = compile(f, in_axes=(0, None), reduce="sum")
        assert rows([xs, xs], w).data == rows([xs, xs], 3.0) == 18.0
        value, (by_x, by_w) = rows.value_and_grad(np.array([xs, xs]), w, argnums=(0, 1))
        assert (value.data, by_x[1][1][1].data, by_w.data) == (18.0, 3.0, 6.0)

    def test_a_gradient_by_values_can_be_differentiated(self):
        x = Value(2.0)
        value, by = compile(lambda x: x**3).value_and_grad(x)
        by.backward()
        assert (value.data, by.data, x.grad) == (8.0, 12.0, 12.0)

    def test_in_debug_every_operation_of_every_call_is_looked_at(self):
        w = Value(1.0)
        fast, slope = compile(lambda x: w * autograd.log(x)), compile(lambda x: autograd.sqrt(x))
        for f in (fast, fast.value_and_grad, fast.backward, slope, slope.value_and_grad):
            f(2.0)
        with autograd.debug():
            assert fast(2.0) == pytest.approx(math.log(2.0))
            assert fast.value_and_grad(2.0) == (fast(2.0), 0.5)
            assert [type(x) for x in (fast(2.0), *fast.value_and_grad(2.0))] == [float] * 3
            w.zero_grad()
            assert (fast.backward(2.0), w.grad) == (fast(2.0), fast(2.0))
            for f in (fast, fast.value_and_grad, fast.backward):
                with pytest.raises(NonFiniteError, match="log gave -inf of finite operands"):
                    f(0.0)
            assert slope(0.0) == 0.0
            with pytest.raises(NonFiniteError, match="backward through sqrt of finite operands"):
                slope.value_and_grad(0.0)

    def test_in_debug_rows_are_looked_at_one_by_one(self):
        fast: Any = compile(lambda x, k: autograd.log(x[0]) * k, in_axes=(0, None), reduce="sum")
        xs = np.array([[1.0], [2.0]])
        with autograd.debug():
            value, (by_x, by_k) = fast.value_and_grad(xs, 3.0, argnums=(0, 1))
            assert (value, by_x, by_k) == (3.0 * math.log(2.0), [[3.0], [1.5]], math.log(2.0))
            with pytest.raises(NonFiniteError, match="log gave -inf"):
                fast(np.array([[1.0], [0.0]]), 3.0)

    def test_a_method_is_compiled_for_each_instance(self):
        one, other = Line(2.0), Line(3.0)
        assert (one.at(5.0), other.at(5.0)) == (10.0, 15.0)
        assert one.at is one.at
        assert one.at.value_and_grad(5.0) == (10.0, 2.0)
        assert one.at.backward(5.0) == 10.0
        assert (one.slope.grad, other.slope.grad) == (5.0, 0.0)
        assert "slope" in str(one.at.program)

    @pytest.mark.parametrize("again", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
    def test_a_copy_has_methods_of_its_own(self, again):
        line = Line(2.0)
        line.at(1.0)
        other = again(line)
        other.slope.data = 4.0
        assert (line.at(1.0), other.at(1.0)) == (2.0, 4.0)

    def test_a_method_is_compiled_without_room_in_the_instance_too(self):
        class Slotted:
            __slots__ = ()

            @compile
            def twice(self, x):
                return 2.0 * x

        assert Slotted().twice(3.0) == 6.0

    def test_it_copies_and_pickles_as_the_function_does(self):
        fast = compile(autograd.total, in_axes=0, reduce="mean")
        assert fast([[1.0, 2.0], [3.0, 4.0]]) == 5.0
        for other in (copy.copy(fast), copy.deepcopy(fast), pickle.loads(pickle.dumps(fast))):
            assert other([[1.0, 2.0], [3.0, 4.0]]) == 5.0
            assert other.cache is not fast.cache

    @pytest.mark.parametrize("f", [3, None, "f", [abs]])
    def test_what_is_no_function(self, f):
        with pytest.raises(TypeError) as caught:
            compile(f)
        assert str(caught.value) == (
            f"expected a function to compile, got a {type(f).__name__}; as a decorator it is "
            "written @autograd.compile or @autograd.compile(in_axes=0)"
        )

    def test_a_decorator_with_settings(self):
        @compile(in_axes=(0, None), reduce="mean")
        def scaled(x, factor):
            """Multiply."""
            return x * factor

        assert scaled([1.0, 3.0], 2.0) == 4.0
        assert (getattr(scaled, "__name__", ""), scaled.__doc__) == ("scaled", "Multiply.")
        assert compile()(lambda x: x * x)(3.0) == 9.0

    @pytest.mark.parametrize(
        ("no_number", "got"),
        [(None, "got None"), ("x", "got the str 'x'"), ([1.0, None], "got None")],
    )
    def test_what_is_no_number_goes_by_keyword(self, no_number, got):
        fast = compile(lambda x, y: x)
        for call in (fast, fast.value_and_grad):
            with pytest.raises(TypeError) as caught:
                call(1.0, no_number)
            assert str(caught.value).startswith("argument 1: expected a real number, " + got)
            assert str(caught.value).endswith("; what is no number is given by keyword")
        with pytest.raises(TypeError, match="argument 0: expected a real number, got None"):
            compile(lambda x: x, in_axes=0)([1.0, None])
        with pytest.raises(TypeError, match=r"argument 0\['w'\]: expected a real number"):
            compile(lambda p: p["w"], in_axes=({"w": None, "x": 0},))({"w": "a", "x": [1.0]})

    def test_it_records_inside_no_grad(self):
        fast = compile(lambda x: x * x)
        with no_grad():
            assert (fast(3.0), fast(4.0)) == (9.0, 16.0)

    def test_a_users_primitive_runs(self):
        cube = autograd.Primitive("cube", lambda x: x * x * x, lambda z, x: 3.0 * x * x)
        fast = compile(lambda x: cube(x) + 1.0)
        assert (fast(2.0), fast.value_and_grad(3.0)) == (9.0, (28.0, 27.0))


class TestGradients:
    def test_value_and_grad_by_one_argument_or_several(self):
        fast = compile(lambda x, y: x * y**2)
        assert fast.value_and_grad(3.0, 2.0) == (12.0, 4.0)
        assert fast.value_and_grad(3.0, 2.0, argnums=1) == (12.0, 12.0)
        assert fast.value_and_grad(3.0, 2.0, argnums=(1, 0)) == (12.0, (12.0, 4.0))

    def test_the_gradient_nests_like_the_argument(self):
        fast = compile(lambda p: p["w"][0] * p["w"][1] + p["b"])
        assert fast.value_and_grad({"w": (2.0, 3.0), "b": 1.0}) == (
            7.0,
            {"w": (3.0, 2.0), "b": 1.0},
        )

    def test_an_array_has_an_array_of_gradients(self):
        value, by = compile(lambda m: m[0][1] * m[1][0]).value_and_grad(
            np.arange(4.0).reshape(2, 2)
        )
        assert value == 2.0
        assert isinstance(by, np.ndarray)
        assert by.tolist() == [[0.0, 2.0], [1.0, 0.0]]

    @pytest.mark.parametrize("shape", [(0,), (3, 0), (0, 3), (2, 0, 2)])
    def test_an_empty_array_has_one(self, shape):
        fast: Any = compile(lambda x, k: k * k)
        for _ in range(2):
            value, (by, by_k) = fast.value_and_grad(np.zeros(shape), 3.0, argnums=(0, 1))
            assert (value, by_k, type(by), by.shape) == (9.0, 6.0, np.ndarray, shape)
        if shape[0]:
            rows: Any = compile(lambda x: 2.0, in_axes=0, reduce="sum")
            assert rows.value_and_grad(np.zeros(shape))[1].shape == shape

    def test_a_buffer_has_a_buffer_of_gradients(self):
        _, by = compile(lambda xs: xs[0] * xs[1]).value_and_grad(array("d", [2.0, 5.0]))
        assert by.tolist() == [5.0, 2.0]

    def test_captured_leaves_stay_inputs(self):
        w = Value(3.0)
        fast = compile(lambda x: w * x)
        assert fast(2.0) == 6.0
        w.data = 5.0
        assert fast(2.0) == 10.0
        assert len(fast.programs) == 1

    def test_backward_adds_to_captured_leaves_as_eager_does(self):
        w, b = Value(3.0), Value(-1.0)
        fast = compile(lambda x: tanh(w * x + b) ** 2)
        for _ in range(2):
            fast.backward(0.25)
        seen = (w.grad, b.grad)
        w.zero_grad()
        b.zero_grad()
        for _ in range(2):
            (tanh(w * 0.25 + b) ** 2).backward()
        assert seen == (w.grad, b.grad)

    def test_backward_returns_the_value(self):
        assert compile(lambda x: x * x).backward(3.0) == 9.0

    def test_backward_adds_to_leaves_among_the_arguments(self):
        x, y = Value(3.0), Value(4.0)
        compile(lambda p: p[0] * p[1] * p[0]).backward([x, y])
        assert (x.grad, y.grad) == (24.0, 9.0)

    def test_backward_of_one_leaf_given_twice(self):
        x = Value(3.0)
        compile(lambda p, q: p * q).backward(x, x)
        assert x.grad == 6.0

    def test_backward_refuses_a_computed_argument(self):
        with pytest.raises(ValueError, match="got a computed Value: call the function itself"):
            compile(lambda x: x * x).backward(Value(3.0) * 2.0)

    def test_what_only_a_comparison_uses_is_not_reached(self):
        w, gate = Value(3.0), Value(1.0)
        compile(lambda x: w * x if gate > 0.0 else x).backward(2.0)
        assert (w.grad, gate.reached) == (2.0, False)

    def test_a_gradient_needs_one_number(self):
        def pair(x):
            return [x, x]

        with pytest.raises(TypeError, match="that returns one number, pair returned a list"):
            compile(pair).value_and_grad(1.0)

    @pytest.mark.parametrize("other", [lambda x: [x, x], lambda x: (), lambda x: {"a": x}])
    def test_a_branch_that_returns_no_number_hinders_no_row_on_another(self, other):
        w = Value(2.0)
        f = lambda x: other(w * x) if x < 0.0 else w * x * x  # noqa: E731
        fast = compile(f)
        for _ in range(2):
            fast(-1.0)
            assert fast.value_and_grad(3.0) == (18.0, 12.0)
            fast(-1.0)
            assert fast.backward(3.0) == 18.0
            with pytest.raises(TypeError, match="needs a function that returns one number"):
                fast.value_and_grad(-1.0)
        assert w.grad == 18.0
        assert len(fast.programs) == 2

    def test_only_rows_that_return_a_number_have_a_gradient(self):
        f = lambda x, w: [x, w] if x < 0.0 else w * x * x  # noqa: E731
        fast = compile(f, in_axes=(0, None), reduce="sum")
        assert len(compile(f, in_axes=(0, None))([-1.0, 2.0], 3.0)) == 2
        for row in (2.0, -1.0):  # the last one's branch is tried first from now on
            assert fast([row], 3.0) == f(row, 3.0)
        assert fast.value_and_grad([2.0, 1.0], 3.0, argnums=(0, 1)) == (15.0, ([12.0, 6.0], 5.0))
        for rows in ([2.0, -1.0, 1.0], [-1.0, 2.0], [-1.0]):
            for way in (fast.value_and_grad, fast.backward):
                with pytest.raises(TypeError, match="needs a function that returns one number"):
                    way(rows, 3.0)

    def test_a_refused_gradient_writes_nothing(self):
        seen = Value(0.0)

        def f(x):
            autograd.extend.assign(seen, seen + x)
            return [x] if x < 0.0 else x

        fast = compile(f)
        fast(-1.0)
        assert seen.data == -1.0
        for _ in range(2):
            with pytest.raises(TypeError, match="needs a function that returns one number"):
                fast.value_and_grad(-1.0)
        assert seen.data == -1.0
        assert fast.value_and_grad(3.0) == (3.0, 1.0)
        assert seen.data == 2.0

    def test_no_argument_at_a_position(self):
        def same(x):
            return x

        with pytest.raises(ValueError, match="argnums=2: same was called with 1 arguments"):
            compile(same).value_and_grad(1.0, argnums=2)

    def test_derivatives_compile(self):
        assert compile(grad(lambda x: x**3))(2.0) == 12.0
        assert compile(grad(grad(lambda x: x**3)))(2.0) == 12.0
        assert compile(hessian(lambda p: p[0] ** 2 * p[1]))([3.0, 2.0]) == [[4.0, 6.0], [6.0, 0.0]]

    def test_a_forward_derivative_compiles_and_notes_what_it_compared(self):
        f = lambda x: autograd.jvp(autograd.sqrt, (x,), (1.0,))[1]  # noqa: E731
        fast = compile(f)
        assert [fast(4.0), fast(0.0), fast(1.0)] == [f(4.0), f(0.0), f(1.0)]

    def test_detach_lets_no_gradient_through(self):
        fast = compile(lambda x: x * detach(x) + x.detach())
        assert fast.value_and_grad(3.0) == (12.0, 3.0)
        assert compile(grad(lambda x: x * detach(x)))(3.0) == 3.0

    def test_detach_follows_the_numbers(self):
        fast = compile(lambda x: x * detach(x * x))
        assert (fast(2.0), fast(3.0), fast.value_and_grad(3.0)) == (8.0, 27.0, (27.0, 9.0))


class TestRows:
    def test_rows_of_numbers(self):
        fast = compile(lambda x, k: x * k, in_axes=(0, None))
        assert fast([1.0, 2.0, 3.0], 10.0) == [10.0, 20.0, 30.0]

    def test_rows_of_lists_and_dicts(self):
        fast = compile(lambda r: {"z": r["x"][0] * r["y"]}, in_axes=0)
        assert fast({"x": [[1.0, 0.0], [2.0, 0.0]], "y": [3.0, 4.0]}) == [{"z": 3.0}, {"z": 8.0}]

    def test_rows_of_an_array_are_taken_as_they_lie(self):
        x = np.arange(6.0).reshape(3, 2)
        fast = compile(lambda r: r[0] * 10.0 + r[1], in_axes=0)
        assert fast(x) == fast(x.tolist()) == fast(np.asfortranarray(x)) == [1.0, 23.0, 45.0]

    def test_the_numbers_of_a_contiguous_array_are_not_copied(self):
        x = np.arange(6.0).reshape(3, 2)
        assert np.shares_memory(np.asarray(columns_of(x, "x").numbers), x)

    def test_a_buffer_is_let_go(self):
        xs = array("d", [1.0, 2.0])
        fast = compile(lambda x: x * 2.0, in_axes=0)
        assert fast(xs) == [2.0, 4.0]
        xs.append(3.0)
        assert fast(xs) == [2.0, 4.0, 6.0]

    def test_reductions(self):
        rows = [[1.0, 2.0], [3.0, 4.0], [5.0, 7.0]]
        assert compile(lambda r: r[0] * r[1], in_axes=0, reduce="sum")(rows) == 49.0
        assert compile(lambda r: r[0] * r[1], in_axes=0, reduce="mean")(rows) == 49.0 / 3.0
        assert compile(lambda r: r, in_axes=0, reduce="sum")(rows) == [9.0, 13.0]

    def test_a_reduction_makes_no_object_of_each_row(self):
        fast, xs = compile(lambda x: x * x, in_axes=0, reduce="mean"), array("d", [0.5]) * 20_000
        for way in (fast, fast.value_and_grad, fast.backward):
            way(xs)
            tracemalloc.start()
            way(xs)
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            assert peak < 64 * len(xs)

    @pytest.mark.parametrize("values", [False, True])
    def test_reductions_of_results_that_name_their_parts_in_another_order(self, values):
        f = lambda x: {"a": x, "b": [2.0 * x]} if x > 0.0 else {"b": (2.0 * x,), "a": x}  # noqa: E731
        rows = [Value(x) if values else x for x in (1.0, -2.0, 4.0)]
        found = compile(f, in_axes=0, reduce="sum")(rows)
        assert [found["a"], *found["b"]] == [3.0, 6.0]

    @pytest.mark.parametrize("other", [lambda x: x, lambda x: [x, x], lambda x: {"a": x}])
    def test_reductions_of_results_that_do_not_nest_alike(self, other):
        def f(x):
            return [x] if x > 0.0 else other(x)

        assert len(compile(f, in_axes=0)([1.0, -1.0])) == 2
        with pytest.raises(ValueError, match="expected results that nest alike") as caught:
            compile(f, in_axes=0, reduce="sum")([1.0, -1.0])
        assert str(caught.value) == (
            'expected results that nest alike to reduce by "sum", but those of f do not: '
            f"[0.0] for row 0, {other(0.0)} for row 1"
        )

    def test_gradients_by_rows_and_by_what_they_share(self):
        fast = compile(lambda x, w: (x * w) ** 2, in_axes=(0, None), reduce="sum")
        assert fast.value_and_grad([1.0, 2.0], 3.0) == (45.0, [18.0, 36.0])
        assert fast.value_and_grad([1.0, 2.0], 3.0, argnums=1) == (45.0, 30.0)

    def test_the_gradient_by_an_array_of_rows_is_an_array(self):
        fast = compile(lambda x, y: x * y[0] * y[1], in_axes=0, reduce="sum")
        xs, ys = np.array([1.0, 2.0]), np.array([[3.0, 4.0], [5.0, 6.0]])
        _, (by_x, by_y) = fast.value_and_grad(xs, ys, argnums=(0, 1))
        assert isinstance(by_x, np.ndarray)
        assert by_x.tolist() == [12.0, 30.0]
        assert by_y.tolist() == [[4.0, 3.0], [12.0, 10.0]]

    def test_the_gradient_by_a_dict_of_rows_is_a_dict(self):
        fast = compile(lambda r: r["x"][0] * r["y"], in_axes=0, reduce="sum")
        _, by = fast.value_and_grad({"x": [[1.0], [2.0]], "y": [3.0, 4.0]})
        assert by == {"x": [[3.0], [4.0]], "y": [1.0, 2.0]}

    def test_backward_over_rows(self):
        w = Value(0.5)
        fast = compile(lambda x, y: (w * x - y) ** 2, in_axes=0, reduce="mean")
        loss = fast.backward([1.0, 2.0, 4.0], [0.0, 1.0, -1.0])
        got, w.grad = w.grad, 0.0
        terms = [(w * x - y) ** 2 for x, y in zip([1.0, 2.0, 4.0], [0.0, 1.0, -1.0], strict=True)]
        eager = autograd.total(terms) / 3.0
        w.zero_grad()
        eager.backward()
        assert loss == eager.data
        assert got == pytest.approx(w.grad, rel=1e-15)

    def test_rows_of_values_run_the_function_itself(self):
        xs = [Value(1.0), Value(2.0)]
        y = compile(lambda x: x * x, in_axes=0, reduce="sum")(xs)
        y.backward()
        assert (y.data, xs[0].grad, xs[1].grad) == (5.0, 2.0, 4.0)

    def test_backward_adds_to_leaves_in_rows(self):
        xs: Any = [[Value(1.0), 5.0], [Value(2.0), 7.0]]
        compile(lambda r: r[0] * r[1], in_axes=0, reduce="sum").backward(xs)
        assert [row[0].grad for row in xs] == [5.0, 7.0]

    def test_rows_branch_on_their_own(self):
        f = lambda x, y: max(x * y, x + y) if x > 0.0 else -x * y  # noqa: E731
        fast = compile(f, in_axes=0)
        xs, ys = [1.0, -2.0, 3.0, -4.0, 5.0], [4.0, 1.0, 0.25, 2.0, 8.0]
        assert fast(xs, ys) == [f(x, y) for x, y in zip(xs, ys, strict=True)]
        assert len(fast.programs) == 3

    def test_gradients_of_rows_that_branch(self):
        f = lambda x, w: (x * w) ** 2 if x > 0.0 else x + w  # noqa: E731
        fast = compile(f, in_axes=(0, None), reduce="sum")
        xs = [1.0, -2.0, 3.0, -4.0]
        value, by = fast.value_and_grad(xs, 2.0, argnums=(0, 1))
        each = [value_and_grad(f, (0, 1))(x, 2.0) for x in xs]
        assert value == sum(v for v, _ in each)
        assert by == ([g[0] for _, g in each], sum(g[1] for _, g in each))

    @pytest.mark.parametrize(
        ("axes", "args", "message"),
        [
            ((0,), ([1.0], [2.0]), "expected in_axes to be 0 or None for each of 2 arguments"),
            (1, ([1.0],), "expected in_axes to be 0 or None"),
            ((None,), (1.0,), "expected in_axes to be 0 for one argument at least"),
            (
                0,
                ([1.0, 2.0], [1.0]),
                "expected as many rows in each part of the arguments, got 2, 1",
            ),
            (0, ([],), "expected at least one row in the arguments, got none"),
            (
                0,
                ([[1.0], [1.0, 2.0]],),
                "a list of 1 numbers as row 0 and a list of 2 numbers as row 1",
            ),
            (
                0,
                ([{"a": 1.0, "b": 2.0}, {"b": 1.0, "a": 2.0}],),
                "a dict of 2 numbers, a, b, as row 0 and a dict of 2 numbers, b, a, as row 1",
            ),
        ],
    )
    def test_rows_that_do_not_fit(self, axes, args, message):
        with pytest.raises(ValueError, match=message):
            compile(lambda *xs: xs[0], in_axes=axes)(*args)

    def test_one_number_has_no_rows(self):
        with pytest.raises(TypeError, match="expected rows as argument 0, since in_axes says 0"):
            compile(lambda x: x, in_axes=0)(3.0)

    def test_a_buffer_of_another_format_is_refused(self):
        with pytest.raises(TypeError, match=r"expected a buffer of float64 .* got a ndarray"):
            compile(lambda x: x, in_axes=0)(np.ones(3, dtype=np.float32))

    def test_settings_are_checked(self):
        with pytest.raises(ValueError, match='expected reduce to be "mean", "sum" or None'):
            compile(abs, in_axes=0, reduce=cast(Any, "max"))
        with pytest.raises(ValueError, match="say which arguments have rows"):
            compile(abs, reduce="sum")
        with pytest.raises(ValueError, match="needs one number"):
            compile(lambda x: x, in_axes=0).value_and_grad([1.0])


class TestBranches:
    def test_python_branches_are_traced_as_they_come(self):
        fast = compile(lambda x: x * x if x > 0.0 else -x)
        assert [fast(2.0), fast(-2.0), fast(3.0), fast(-3.0)] == [4.0, 2.0, 9.0, 3.0]
        assert len(fast.programs) == 2

    def test_truth_is_a_comparison(self):
        fast = compile(lambda x: 1.0 if x else 2.0)
        assert [fast(0.0), fast(5.0), fast(math.nan), fast(0.0)] == [2.0, 1.0, 1.0, 2.0]

    def test_loops_of_changing_length(self):
        def halvings(x):
            count = 0
            while x > 1.0:
                x, count = x / 2.0, count + 1
            return [x, float(count)]

        fast = compile(halvings)
        for x in (0.5, 8.0, 100.0, 3.0, 8.0):
            assert fast(x) == halvings(x)
        assert len(fast.programs) == 4

    def test_sorting_and_max(self):
        f = lambda xs: sorted(xs)[1] * max(xs) - min(xs)  # noqa: E731
        fast = compile(f)
        for xs in ([3.0, 1.0, 2.0], [1.0, 2.0, 3.0], [2.0, 2.0, 1.0]):
            assert fast(xs) == f(xs)

    def test_where_needs_no_guard(self):
        fast = compile(lambda x: where(x, x * 2.0, -x))
        assert [fast(1.0), fast(-1.0)] == [2.0, 1.0]
        assert len(fast.programs) == 1

    def test_their_number_is_bounded_and_the_error_says_what_flips(self, monkeypatch):
        monkeypatch.setattr(cache, "MOST", 5)

        def count(x):
            n = 0.0
            while x > n:
                n += 1.0
            return n

        fast = compile(count)
        with pytest.raises(TraceError, match=r"(?s)cannot compile count: .* 5 .*> at .*in count"):
            [fast(float(n)) for n in range(10)]

    def test_a_comparison_with_an_integer_that_is_no_float(self):
        with pytest.raises(TraceError, match="which no float equals"):
            compile(lambda x: x if x > 2**53 + 1 else -x)(1.0)

    def test_a_comparison_with_what_is_no_number_is_as_ever(self):
        assert compile(lambda x: x if x != "word" else -x)(3.0) == 3.0

    @given(programs(), st.lists(st.integers(0, 30), max_size=4), st.data())
    def test_random_branching_programs_replay_as_they_run(self, program, places, data):
        f = branching(program, places)
        fast = compile(f)
        for _ in range(4):
            xs = [data.draw(st.floats(-2.0, 2.0)) for _ in program.leaves]
            eager = f([Value(x) for x in xs])
            assert bits(fast_exact(fast, xs)) == bits(getattr(eager, "data", eager))

    @given(programs(), st.lists(st.integers(0, 30), max_size=3), st.data())
    @settings(max_examples=50)
    def test_rows_of_random_branching_programs_replay_as_they_run(self, program, places, data):
        f = branching(program, places)
        rows = [[data.draw(st.floats(-2.0, 2.0)) for _ in program.leaves] for _ in range(6)]
        eager = [f([Value(x) for x in row]) for row in rows]
        got = fast_exact(compile(f, in_axes=0), rows)
        assert bits(got) == bits([getattr(each, "data", each) for each in eager])

    def test_a_trace_keeps_no_graph(self):
        fast = compile(lambda x: x * x + 1.0)
        assert fast(2.0) == 5.0
        assert fast.ran().trace.result == 0.0

    def test_branches_in_threads(self):
        fast = compile(lambda x: x * x if x > 0.0 else -x, in_axes=0)
        rows = [[float(i - 50) * sign for i in range(100)] for sign in (1.0, -1.0)] * 4
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(fast, rows))
        assert found == [[x * x if x > 0.0 else -x for x in row] for row in rows]


def branching(program, places):
    """A function that goes another way wherever its values compare another way."""

    def f(xs):
        values = program.run(list(xs))
        result = values[-1]
        for place in places:
            x, y = values[place % len(values)], values[-place % len(values)]
            if x > y:
                result = result * 2.0 + x
            elif y:
                result = max(result, y) - x
        return result

    return f


def fast_exact(fast, xs):
    """The result by the reference tape."""
    with pytest.MonkeyPatch.context() as patch:
        reference(patch)
        return fast(xs)


class TestSameBits:
    @given(programs(EVERY))
    def test_values_and_gradients_of_the_python_tape_equal_eager(self, program):
        fast = compile(lambda *xs: program.run(xs)[-1])
        leaves = [Value(x) for x in program.leaves]
        y = program.run(leaves)[-1]
        if not isinstance(y, Value) or not y.operands:
            return
        y.backward()
        with pytest.MonkeyPatch.context() as patch:
            reference(patch)
            value, by = fast.value_and_grad(*program.leaves, argnums=range(len(leaves)))
        assert bits([value, *by]) == bits([y.data, *[leaf.grad for leaf in leaves]])


class TestRefusals:
    @pytest.mark.parametrize("argnums", [(0, 0), (1, -1), (0, 1, -2)])
    @pytest.mark.parametrize("given", [(3.0, 2.0), (Value(3.0), 2.0)])
    def test_an_argument_that_is_named_twice_is_refused_as_eager_does(self, argnums, given):
        def f(x, y):
            return x * y

        for derive in (value_and_grad, grad, autograd.jacobian, hessian):
            with pytest.raises(ValueError, match="twice") as eager:
                derive(f, argnums)(*given)
            assert str(eager.value) == f"argnums={argnums!r} names one argument of f twice"
        fast = compile(f)
        for _ in range(2):
            with pytest.raises(ValueError, match="twice") as compiled:
                fast.value_and_grad(*given, argnums=argnums)
            assert str(compiled.value) == str(eager.value)
            assert fast(3.0, 2.0) == 6.0

    @pytest.mark.parametrize(
        ("f", "message"),
        [
            (lambda x: x * x.data, "reads the data of 'x' .*autograd.detach"),
            (lambda x: x * x.grad, "reads the grad of 'x'.*autograd.grad"),
            (lambda x: (x * x).partials()[0], "reads the partials of the mul"),
            (lambda x: (x * x).backward(), "calls backward on the mul .*backward of the compiled"),
            (lambda x: (x * x).refresh(), "refreshes the mul"),
            (lambda x: x * len(repr(x)), "turns 'x' .* into text"),
            (lambda x: x * float(f"{x:.2f}"), "turns 'x' .* into text"),
            (lambda x: print(x * x), "turns the mul .* into text.*print.*program"),
            (lambda x: x * x.reached, "reads the grad of 'x'"),
            (lambda x: x.zero_grad(), "clears or assigns the grad of 'x'"),
            (lambda x: setattr(x, "grad", 0.0), "clears or assigns the grad of 'x'"),
            (lambda x: math.sin(x), "turns 'x' .* into a float.*autograd's own functions"),
            (lambda x: np.array([x], float)[0], "turns 'x' .* into a float"),
            (lambda x: __import__("copy").copy(x), "copies 'x'"),
            (lambda x: __import__("copy").deepcopy(x), "copies 'x'"),
            (lambda x: __import__("pickle").loads(__import__("pickle").dumps(x)), "copies 'x'"),
            (lambda x: Value(3.0, (x,), (1.0,)) * 2.0, "whose number and partials its maker"),
            (lambda x: [1.0, 2.0][x], "pass it as a keyword argument.*test_calls.py"),
            (
                lambda x: [1.0 for _ in range(x)],
                "pass it as a keyword argument.*test_calls.py",
            ),
        ],
    )
    def test_what_a_replay_could_not_repeat(self, f, message):
        with pytest.raises(TraceError, match=f"(?s)cannot trace <lambda>: .*{message}"):
            compile(f)(3.0)

    def test_backward_of_a_compiled_function(self):
        inner = compile(lambda x: x * x)
        with pytest.raises(TraceError, match="calls backward on <lambda>"):
            compile(lambda x: inner.backward(x))(3.0)

    def test_no_grad(self):
        def f(x):
            with no_grad():
                return x * x

        with pytest.raises(
            TraceError, match=r"(?s)it uses no_grad.*detach.*test_calls.py:\d+ in f"
        ):
            compile(f)(3.0)

    def test_assigning_a_leaf(self):
        w = Value(1.0, label="w")

        def f(x):
            w.data = 2.0
            return w * x

        with pytest.raises(
            TraceError, match=r"(?s)assigns the data of 'w'.*test_calls.py:\d+ in f"
        ):
            compile(f)(3.0)
        assert w.data == 1.0

    def test_the_trace_ends_with_the_error(self):
        with pytest.raises(TraceError):
            compile(lambda x: x.data)(3.0)
        x = Value(3.0)
        assert (x.data, x > 2.0) == (3.0, True)

    def test_an_error_of_the_function_is_its_own(self):
        with pytest.raises(KeyError):
            compile(lambda x: {"a": x}["b"])(1.0)

    def test_a_comparison_of_what_is_stale(self):
        w = Value(2.0, label="w")
        y = w * w
        fast = compile(lambda x: x * y if y > 5.0 else -x)
        assert fast(1.0) == -1.0
        w.data = 3.0
        with pytest.raises(
            StaleGraphError, match=r"the mul with data=4.0 was computed before 'w' .* changed"
        ):
            fast(1.0)
        y.refresh()
        assert (fast(1.0), fast.value_and_grad(2.0), fast.backward(1.0)) == (9.0, (18.0, 9.0), 9.0)
        assert w.grad == 6.0

    def test_an_error_of_the_function_may_tell_a_value(self):
        def root(x):
            if x < 0.0:
                raise ValueError(f"{x} is {x:.1f}")
            return autograd.sqrt(x)

        fast = compile(root)
        assert fast(4.0) == 2.0
        with pytest.raises(ValueError, match=r"Value\(data=-4.0, grad=0.0, label='x'\) is -4.0"):
            fast(-4.0)

    @pytest.mark.parametrize("read", [lambda x: float(f"{x:.1f}"), lambda x: x.data])
    def test_a_function_that_swallows_errors_is_refused_too(self, read):
        def f(x):
            try:
                return x * read(x)
            except TraceError:
                return x

        with pytest.raises(TraceError, match=r"cannot trace f: it \w+ .*'x'.*stay frozen"):
            compile(f)(4.0)

    def test_keyword_arguments_must_be_hashable(self):
        with pytest.raises(TypeError, match="keyword arguments are constants of the trace"):
            compile(lambda x, xs: x)(1.0, xs=[1.0])

    def test_no_program_before_the_first_call(self):
        with pytest.raises(RuntimeError, match="has no program yet: call it first"):
            compile(lambda x: x).program


def test_the_accelerators_tape_is_used_where_there_is_one():
    native = autograd.core.backend.native
    assert Tape is (native.Tape if native is not None else Reference)
