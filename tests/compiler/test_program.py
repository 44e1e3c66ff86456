"""Programs as people read them, their pictures, and when a module makes a function trace anew."""

import functools
import gc
from typing import Any

import pytest

import autograd
from autograd import Value, tanh
from autograd.compiler.ir.program import Guard, Instruction, Program, carrying
from autograd.compiler.tracing import captures
from autograd.compiler.tracing.trace import trace
from autograd.core.pytree import flatten
from autograd.primitives import TABLE
from nn import MLP, Layer, Module, mse

pytestmark = pytest.mark.engine

compile = autograd.compile


def neuron(x, y):
    return tanh(W[0] * x + W[1] * y + B)


W = [Value(0.5, label="w0"), Value(-1.0, label="w1")]
B = Value(0.25, label="b")


def test_golden_listing():
    fast = compile(neuron)
    fast(1.0, 2.0)
    assert str(fast.program) == (
        "uniforms x, y, w0, w1, b\nv0 = dot([w0, w1, b], [x, y, 1.0])\nv1 = tanh(v0)\nreturn v1"
    )


def test_golden_listing_of_rows_guards_and_trees():
    def f(row, k):
        best = max(row)
        return [-(best**k), autograd.where(row[0], best, 2.0)] if best else [k, 0.0]

    fast = compile(f, in_axes=(0, None))
    fast([[1.0, 2.0]], 3.0)
    assert repr(fast.program) == (
        "uniforms k\n"
        "columns row[0], row[1]\n"
        "v0 = row[1] ** k\n"
        "v1 = -v0\n"
        "v2 = where(row[0], row[1], 2.0)\n"
        "guard row[1] > row[0] is True\n"
        "guard row[1] != 0.0 is True\n"
        "return v1, v2"
    )


def test_golden_listing_of_a_derivative():
    fast = compile(autograd.grad(lambda x: autograd.sin(x * x)))
    fast(1.0)
    assert str(fast.program) == (
        "uniforms x\nv0 = x * x\nv1 = cos(v0)\nv2 = weigh(v1, x)\nv3 = v2 + v2\nreturn v3"
    )


def test_many_operands_are_cut_short():
    fast = compile(lambda xs: autograd.total(xs))
    fast([float(i) for i in range(20)])
    assert "total(xs[0], xs[1], xs[2], xs[3], xs[4], xs[5], ..., xs[19])" in str(fast.program)


def test_inputs_have_names_of_their_own():
    program = Program((), 3, 1, (), (0,), names=("w", "w", None, "x"))
    assert program.input_names() == ["w", "w_1", "u2", "x"]


def test_what_carries_adjoints():
    steps = (
        Instruction(TABLE["mul"], (0, 2)),
        Instruction(TABLE["tanh"], (1,)),
        Instruction(TABLE["add"], (3, 4)),
        Instruction(TABLE["exp"], (3,)),
    )
    program = Program((2.0,), 1, 1, steps, (5,), (Guard(0, 6, 0, True),), (2,))
    assert carrying(program) == {2, 3, 5}


def test_the_order_of_instructions_is_backward_s():
    x = Value(1.0)
    made = trace(lambda x: (x * 2.0) * (x + 1.0), [x], {}, [x], [])
    assert [rule.name for rule, _ in made.program.instructions] == ["mul", "add", "mul"]


def test_a_picture_of_the_program():
    fast = compile(neuron)
    fast(1.0, 2.0)
    nodes = fast.draw().to_dict()["nodes"]
    assert {"w0", "w1", "b", "x", "y"} <= {node.get("label") for node in nodes}


# -- modules ---------------------------------------------------------------------------------------


class Scaled(Module):
    def __init__(self) -> None:
        self.w, self.factor, self.parts = Value(2.0), 3.0, [Value(1.0)]

    def forward(self, x):
        return self.w * x * self.factor + self.parts[0] + (1.0 if self.training else 0.0)


MODEL = Scaled()


def by_name(x):
    return MODEL(x)


def closed_over(model):
    def f(x):
        return next(model(each) for each in (x,))

    return f


@pytest.mark.parametrize(
    "reach",
    [
        lambda model: model,
        lambda model: model.forward,
        lambda model: lambda x: model(x),
        closed_over,
        lambda model: functools.partial(lambda m, x: m(x), model),
        lambda model: lambda x, m=model: m(x),
        lambda model: compile(lambda x: model(x)),
    ],
)
def test_a_changed_module_is_traced_anew(reach):
    model = Scaled()
    fast = compile(reach(model))
    assert fast(1.0) == 8.0
    model.factor = 5.0
    assert fast(1.0) == 12.0
    model.eval()
    assert fast(1.0) == 11.0
    model.w = Value(3.0)
    assert fast(1.0) == 16.0
    model.parts[0] = Value(2.0)
    assert fast(1.0) == 17.0
    model.w.data = 1.0
    assert fast(1.0) == 7.0


def test_a_module_in_a_global_is_watched():
    fast = compile(by_name)
    assert fast(1.0) == 8.0
    MODEL.factor = 1.0
    assert fast(1.0) == 4.0
    MODEL.factor = 3.0


NAMED = Value(2.0)


def test_a_global_that_stands_for_another_leaf_is_traced_anew(monkeypatch):
    fast = compile(lambda x: NAMED * x)
    assert [fast(3.0), fast(3.0)] == [6.0, 6.0]
    other = Value(5.0)
    monkeypatch.setitem(globals(), "NAMED", other)
    assert [fast(3.0), fast.value_and_grad(3.0), fast.backward(2.0)] == [15.0, (15.0, 5.0), 10.0]
    assert other.grad == 2.0
    monkeypatch.delitem(globals(), "NAMED")
    with pytest.raises(NameError):
        fast(3.0)


def test_a_closure_that_stands_for_another_leaf_is_traced_anew():
    w = Value(2.0)
    fast = compile(lambda x: w * x)
    for step in range(4):  # as some write a training loop
        assert fast.backward(3.0) == 3.0 * (2.0 - step)
        w = Value(w.data - w.grad / 3.0)
    model = Scaled()
    fast = compile(lambda x: model(x))
    assert fast(1.0) == 8.0
    model = Scaled()
    model.w.data = 3.0
    assert fast(1.0) == 11.0


@pytest.mark.parametrize("make", [lambda: [Value(2.0), 1.0], lambda: {"w": Value(2.0), "b": 1.0}])
def test_lists_and_dicts_of_leaves_are_watched(make):
    held = make()
    fast = compile(lambda x: next(iter(held.values() if isinstance(held, dict) else held)) * x)
    assert fast(3.0) == 6.0
    held["w" if isinstance(held, dict) else 0] = Value(5.0)
    assert fast(3.0) == 15.0
    held = [Value(7.0)]
    assert fast(3.0) == 21.0


def test_lists_of_lists_of_leaves_are_watched():
    listed = [[[Value(2.0)]], [[Value(3.0)]]]
    fast = compile(lambda x: autograd.total([w * x for w in flatten(listed)]))
    assert fast(3.0) == 15.0
    listed[1][0][0] = Value(4.0)
    assert fast(3.0) == 18.0


def test_a_list_that_holds_itself_or_much_else_is_looked_into_at_its_beginning():
    held: list[Any] = [Value(2.0)]
    held.append(held)
    round_and_round: list[Any] = []
    round_and_round.append(round_and_round)
    fast = compile(lambda x: held[0] * x + len(round_and_round))
    assert fast(3.0) == 7.0
    held[0] = Value(5.0)
    assert fast(3.0) == 16.0


def test_what_no_name_stands_for_any_more_is_let_go(monkeypatch):
    monkeypatch.setattr(captures, "STATES", 3)
    w = Value(0.0)
    fast = compile(lambda x: w + x)
    for number in range(10):
        w = Value(float(number))
        assert fast(1.0) == number + 1.0
    assert len(fast.cache.watch.known) == 3


def test_a_state_that_was_seen_before_keeps_its_trace():
    model = Scaled()
    fast = compile(lambda x: model(x))
    for _ in range(3):
        model.train()
        assert fast(1.0) == 8.0
        model.eval()
        assert fast(1.0) == 7.0
    assert len(fast.programs) == 2


def test_parameters_are_inputs():
    model = MLP(2, [3, 1], "tanh", seed=0)
    fast = compile(lambda x, y: mse(model(x), y), in_axes=0, reduce="mean")
    losses = []
    for _ in range(20):
        model.zero_grad()
        losses.append(fast.backward([[1.0, 2.0], [0.5, -1.0]], [1.0, -1.0]))
        for p in model.parameters():
            p.data -= 0.1 * p.grad
    assert losses[-1] < losses[0] / 2.0
    assert len(fast.programs) == 1


def test_a_compiled_function_is_freed():
    class Held(Layer):
        pass

    def make():
        layer = Held(2, 1)
        fast = compile(lambda x: layer(x))
        fast([1.0, 2.0])

    make()
    gc.collect()
    assert not [x for x in gc.get_objects() if isinstance(x, Held)]
