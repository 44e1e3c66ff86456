"""Whatever is done with a graph, in whatever order, it stays what the exact model says it is."""

import copy
import gc
import weakref
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

import autograd
from autograd import Primitive, StaleGraphError, Value
from autograd.checking.strategies import constants
from tests.support import model
from tests.support.faults import last_term_only
from tests.support.graph_faults import FAULTS
from tests.support.model import InexactError, Node, RefusedError, StaleError, below
from tests.support.programs import KINDS, OPERATIONS, Constant, quarters

pytestmark = pytest.mark.engine

UNARY = ("neg", "square", "cube", "one", "inverse", "relu", "abs", "step", "identity")
BINARY = ("add", "mul", "sub", "halves", "maximum", "minimum", "weigh", "leaky_relu", "same")
NARY = ("total", "where", "dot")
FUNCTIONS = {name: each.call for name, each in OPERATIONS.items()} | {"same": autograd.same}
ARITY = {name: OPERATIONS[name].arity for name in NARY}

NUMBERS = quarters()
SEEDS = st.sampled_from((1, -2.0, Fraction(1, 2), 0))


class Leaf(Value):
    """A leaf that weak references can watch: as long as its graph lives, it does."""

    __slots__ = ("__weakref__",)


def refuse(*xs: float) -> float:
    raise ZeroDivisionError("not today")


FAILING = Primitive("failing", refuse, lambda z, x: 1.0)
REFUSING = Primitive("refusing", lambda x: x, refuse)


class Graphs(RuleBasedStateMachine):
    """Values and their models side by side; a bundle holds their numbers in `held`."""

    nodes = Bundle("nodes")
    operands = st.one_of(nodes, constants(KINDS))

    def __init__(self) -> None:
        super().__init__()
        self.held: dict[int, tuple[Value, Node]] = {}
        self.count = 0
        # Every leaf there ever was, and its model.
        self.leaves: list[tuple[weakref.ref[Value], Node]] = []

    def hold(self, value: Value, node: Node) -> int:
        self.count += 1
        self.held[self.count] = value, node
        if isinstance(value, Leaf):
            self.leaves.append((weakref.ref(value), node))
        return self.count

    def record(self, op: str, xs: Any) -> Any:
        """Record one operation on both sides; nothing where doubles would have to round."""
        values = [x.number if isinstance(x, Constant) else self.held[x][0] for x in xs]
        numbers = [
            Fraction(float(x.number)) if isinstance(x, Constant) else self.held[x][1] for x in xs
        ]
        if op == "add" and type(values[0]) is int and values[0] == 0:
            assert FUNCTIONS[op](*values) is values[1]  # `sum` starts so: no node
            return multiple()
        try:
            node = model.record(op, numbers)
        except InexactError:
            return multiple()
        return self.hold(FUNCTIONS[op](*values), node)

    # -- building ---------------------------------------------------------------------------------

    @rule(target=nodes, number=NUMBERS)
    def leaf(self, number):
        return self.hold(Leaf(number), Node(Fraction(number)))

    @rule(target=nodes, op=st.sampled_from(UNARY), x=nodes)
    def unary(self, op, x):
        return self.record(op, [x])

    @rule(target=nodes, op=st.sampled_from(BINARY), x=nodes, y=operands, swap=st.booleans())
    def binary(self, op, x, y, swap):
        return self.record(op, [y, x] if swap else [x, y])

    @rule(target=nodes, op=st.sampled_from(BINARY), x=nodes)
    def reuse(self, op, x):
        return self.record(op, [x, x])

    @rule(
        target=nodes,
        op=st.sampled_from(NARY),
        x=nodes,
        others=st.lists(operands, min_size=3, max_size=3),
        place=st.integers(0, 3),
    )
    def nary(self, op, x, others, place):
        others = others[: ARITY[op] - 1]
        return self.record(op, [*others[:place], x, *others[place:]])

    @rule(target=nodes, x=nodes)
    def refusing(self, x):
        value, node = self.held[x]
        return self.hold(REFUSING(value), model.record("identity", [node], refuses=True))

    @rule(x=nodes, y=nodes)
    def exception_in_mid_build(self, x, y):
        first, second = self.held[x][0], self.held[y][0]
        with pytest.raises(ZeroDivisionError, match="not today"):
            FAILING(first * second + first) - second
        with pytest.raises(TypeError, match="expected a real number"):
            first * second + "3"

    @rule(target=nodes, x=nodes, y=nodes)
    def unrecorded(self, x, y):
        (first, one), (second, other) = self.held[x], self.held[y]
        try:
            data = model.record("add", [one, other]).data
        except InexactError:
            return multiple()
        with autograd.no_grad():
            return self.hold(first + second, Node(data))

    # -- copies -----------------------------------------------------------------------------------

    @rule(target=nodes, x=nodes)
    def detach(self, x):
        value, node = self.held[x]
        return self.hold(value.detach(), Node(node.data))

    @rule(target=nodes, x=nodes)
    def shallow_copy(self, x):
        value, node = self.held[x]
        return self.hold(copy.copy(value), replace(node))

    @rule(target=nodes, x=nodes)
    def deep_copy(self, x):
        value, node = self.held[x]
        twins = isomorphism([(copy.deepcopy(value), copy.deepcopy(node))])
        return multiple(*(self.hold(twin, copied) for copied, twin in twins.items()))

    # -- numbers ----------------------------------------------------------------------------------

    @rule(x=nodes, which=st.integers(0, 50), number=NUMBERS)
    def assign_data(self, x, which, number):
        """Assign one of the leaves that x rests on."""
        leaves = [pair for pair in isomorphism([self.held[x]]).items() if pair[0].op is None]
        node, value = leaves[which % len(leaves)]
        value.data = number
        node.assign(Fraction(number))

    @rule(x=nodes, number=NUMBERS)
    def assign_interior_data(self, x, number):
        value, node = self.held[x]
        if node.op is not None:
            with pytest.raises(AttributeError, match="assign a leaf's data"):
                value.data = number

    @rule(x=nodes, number=NUMBERS)
    def assign_grad(self, x, number):
        value, node = self.held[x]
        value.grad = number
        node.grad = Fraction(number)

    @rule(x=nodes)
    def refresh(self, x):
        value, node = self.held[x]
        try:
            model.refresh(node)
        except InexactError:
            return
        assert value.refresh() is value

    @rule(x=nodes, which=st.integers(0, 50), number=NUMBERS)
    def change_a_number_and_look_again(self, x, which, number):
        self.assign_data(x, which, number)
        self.refresh(x)
        self.backward(x, 1)

    # -- gradients --------------------------------------------------------------------------------

    @rule(x=nodes)
    def zero_grad(self, x):
        value, node = self.held[x]
        value.zero_grad()
        model.zero_grad(node)

    @rule(x=nodes, seed=SEEDS)
    def backward(self, x, seed):
        value, node = self.held[x]
        try:
            model.backward(node, Fraction(seed))
        except InexactError:
            return
        except StaleError:
            with pytest.raises(StaleGraphError, match=r"call refresh\(\)"):
                value.backward(seed)
        except RefusedError:
            with pytest.raises(ZeroDivisionError, match="not today"):
                value.backward(seed)
        else:
            value.backward(seed)

    @rule(x=nodes, seed=SEEDS)
    def backward_twice(self, x, seed):
        self.backward(x, seed)
        self.backward(x, seed)

    # -- the end ----------------------------------------------------------------------------------

    @rule(x=consumes(nodes))
    def delete(self, x):
        del self.held[x]
        gc.collect(1)  # of all generations it would take 50 ms

    # -- what must hold ---------------------------------------------------------------------------

    @invariant()
    def every_value_is_what_its_model_says(self):
        for node, value in isomorphism(self.held.values()).items():
            assert Fraction(value.data) == node.data
            assert Fraction(value.grad) == (node.grad or 0)
            assert value.reached is (node.grad is not None)
            assert (value.rule is None) is (node.op is None)
            if node.stale:
                with pytest.raises(StaleGraphError):
                    value.partials()
            elif not node.refuses:
                assert value.partials() == tuple(float(p) for _, p in model.edges(node))

    @invariant()
    def a_graph_is_freed_with_the_last_that_rests_on_it(self):
        needed = {node for _, held in self.held.values() for node in below(held)}
        for watched, node in self.leaves:
            assert (watched() is not None) is (node in needed)


def isomorphism(pairs: Any) -> dict[Node, Value]:
    """Return the Value of each node below the pairs, having seen that the graphs are the same."""
    found: dict[Node, Value] = {}
    stack = list(pairs)
    while stack:
        value, node = stack.pop()
        assert found.setdefault(node, value) is value
        parents = [x for x in node.operands if isinstance(x, Node)]
        stack += zip(value.parents, parents, strict=True)
    assert len({id(value) for value in found.values()}) == len(found)
    return found


TestGraphs = Graphs.TestCase
TestGraphs.settings = settings(stateful_step_count=40)


# -- the machine itself ---------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [*FAULTS, last_term_only], ids=lambda fault: fault.__name__)
def test_the_machine_finds_a_planted_fault(fault):
    quick = settings(max_examples=300, derandomize=True, phases=[Phase.generate])
    with fault(), pytest.raises((AssertionError, pytest.fail.Exception)):
        run_state_machine_as_test(Graphs, settings=quick)
