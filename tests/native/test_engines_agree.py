import gc
import os
import signal
import subprocess
import sys
import threading
import time
import weakref

import pytest

import autograd
from autograd import Primitive, Value
from autograd.primitives import TABLE
from tests.support import differential
from tests.support.graphs import chain
from tests.support.native_build import PURE, built, lines
from tools import generate_c_rules

pytestmark = pytest.mark.engine


def differences(first, second):
    return [pair for pair in zip(first, second, strict=True) if pair[0] != pair[1]][:5]


# -- which engine ---------------------------------------------------------------------------------


def engine_of(code="import autograd", env=os.environ):
    command = [sys.executable, "-c", f"{code}; import autograd; print(autograd.backend)"]
    return subprocess.run(command, check=True, env=env, capture_output=True, text=True).stdout


def test_the_environment_can_ask_for_the_reference():
    assert engine_of(env=PURE) == "python\n"


def test_without_the_extension_the_reference_runs():
    assert engine_of("import sys; sys.modules['autograd.native.core'] = None") == "python\n"


@built
def test_the_backend_is_native():
    assert autograd.backend == "native"


# -- the same numbers -----------------------------------------------------------------------------


@built
def test_both_engines_agree_bit_for_bit_on_every_row_on_programs_and_in_errors():
    (fast, ours), (slow, theirs) = lines(0, 300), lines(0, 300, env=PURE)
    assert (fast, slow) == ("native", "python")
    assert len(ours) > 70_000
    assert differences(ours, theirs) == []


@built
@pytest.mark.long
def test_both_engines_agree_on_many_programs():
    seed = random_seed()
    (_, ours), (_, theirs) = lines(seed, 20_000), lines(seed, 20_000, env=PURE)
    assert differences(ours, theirs) == [], f"seed {seed}"


def random_seed():
    return time.time_ns() % 10**9


def test_a_bit_that_differs_is_seen():
    ours = list(differential.program(7))
    theirs = [line.replace("3", "4", 1) if i == 3 else line for i, line in enumerate(ours)]
    assert len(differences(ours, theirs)) == 1


# -- the table in C -------------------------------------------------------------------------------


def test_rules_h_is_what_the_table_says():
    assert generate_c_rules.RULES.read_text() == generate_c_rules.text(), (
        "run python -m tools.generate_c_rules"
    )


def test_a_changed_partial_changes_rules_h(monkeypatch):
    changed = Primitive("tanh", TABLE["tanh"].forward, lambda z, x: 1.0 - z * z)
    monkeypatch.setitem(TABLE, "tanh", changed)
    assert "UNARY(tanh, forward_sub(1.0, forward_mul(z, z)))" in generate_c_rules.text()


def test_every_row_has_a_forward_function_in_c():
    assert set(TABLE) <= generate_c_rules.implemented()


def test_a_row_without_one_is_left_out_of_rules_h(monkeypatch):
    monkeypatch.setitem(TABLE, "new", Primitive("new", lambda x: x, lambda z, x: 1.0))
    assert "new" not in generate_c_rules.text()


def test_another_partial_in_the_table_is_the_one_that_is_used(monkeypatch):
    x = Value(3.0)
    before = x * x
    monkeypatch.setattr(TABLE["mul"], "partials", (lambda z, x, y: 1.0, lambda z, x, y: 10.0))
    before.backward()
    assert x.grad == 11.0
    (x * x).backward()
    assert x.grad == 22.0
    monkeypatch.undo()
    before.backward()
    assert x.grad == 28.0


def test_another_forward_function_in_the_table_is_the_one_that_is_used(monkeypatch):
    x = Value(3.0)
    y = x.tanh()
    monkeypatch.setattr(TABLE["tanh"], "forward", lambda x: 7.0)
    assert (x.tanh().data, autograd.tanh(x).data, autograd.tanh(3.0)) == (7.0, 7.0, 7.0)
    x.data = 3.0
    assert y.refresh().data == 7.0


# -- memory ---------------------------------------------------------------------------------------


@built
def test_a_node_has_96_bytes_and_is_none_of_the_collectors_business():
    assert sys.getsizeof(Value(1.0)) == 96
    assert not gc.is_tracked(Value(1.0) * 2.0)


@built
@pytest.mark.long
def test_a_chain_of_ten_million_nodes():
    x, y = chain(10**7)
    y.backward()
    assert x.grad == 1.0
    del y


@built
def test_a_chain_of_subclasses_is_freed_without_recursion():
    class Link(Value):
        __slots__ = ("__weakref__", "note")
        note: str

    first = y = Link(1.0)
    for _ in range(100_000):
        y = Link(y.data, (y,), (1.0,))
        y.note = "a link"
    gone = weakref.ref(first)
    del first, y
    assert gone() is None


@built
def test_a_node_that_dies_while_another_is_freed_waits_its_turn():
    freed = []

    class Loud(Value):
        def __del__(self):
            freed.append((Value(self.data) * 2.0 + 1.0).data)

    y: Value = Loud(1.0)
    for _ in range(1_000):
        y = Loud(y.data + 1.0, (y,), (1.0,)) * 1.0
    del y
    assert len(freed) == 1_001


# -- what users' code may do in the middle --------------------------------------------------------


def test_a_partial_may_go_backward_itself():
    w = Value(2.0)

    def partial(z, x):
        (w * 3.0).backward()
        return 1.0

    y = Primitive("nested", lambda x: x, partial)(w * w)
    y.backward()
    assert w.grad == 4.0 + 3.0


def test_a_partial_may_take_its_node_apart():
    x = Value(2.0)
    s = x * x

    def partial(z, x):
        y._operands = ()
        return 1.0

    y = Primitive("apart", lambda x: x, partial)(s * s)
    del s
    y.backward()
    assert x.grad == 32.0


def test_a_node_may_be_made_anew():
    x = Value(2.0)
    y = x * x
    z = y + 1.0
    Value.__init__(y, 5.0)
    assert (y.parents, y.rule, y.data) == ((), None, 5.0)
    z.backward()
    assert (x.grad, y.grad) == (0.0, 1.0)


def test_a_rule_with_the_wrong_number_of_operands_does_not_crash():
    x = Value(2.0)
    y = x * x
    y._operands = (x, x, x)
    with pytest.raises((ValueError, TypeError)):
        y.backward()
    y._operands = (x,)
    with pytest.raises((ValueError, TypeError)):
        y.backward()
    y._operands = (x, x)
    y.backward()
    assert x.grad == 4.0


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs an interval timer")
def test_backward_notices_an_interrupt_and_restores_the_leaves():
    def interrupt(*_):
        raise KeyboardInterrupt

    x, y = chain(1_000_000)

    def many_times():
        signal.setitimer(signal.ITIMER_REAL, 0.002)
        for _ in range(1000):
            y.backward()

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        with pytest.raises(KeyboardInterrupt):
            many_times()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
    x.grad = 0.0
    y.backward()
    assert x.grad == 1.0


# -- threads --------------------------------------------------------------------------------------


def trained(seed):
    """A small descent on a graph of its own, every number of it."""
    numbers = []
    for k in range(30):
        for line in differential.program(seed * 1000 + k):
            numbers.append(line)
    return numbers


def test_threads_on_disjoint_graphs_give_the_serial_results():
    results = {}
    threads = [
        threading.Thread(target=lambda s=s: results.update({s: trained(s)})) for s in range(4)
    ]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert results == {s: trained(s) for s in range(4)}


def test_a_scope_belongs_to_its_thread():
    entered, leave, found = threading.Event(), threading.Event(), []

    def inside():
        with autograd.scope("thread"), autograd.scope("inner"):
            entered.set()
            leave.wait(10)
            found.append((Value(1.0) * 2.0).scope)

    thread = threading.Thread(target=inside)
    thread.start()
    entered.wait(10)
    outside = (Value(1.0) * 2.0).scope
    leave.set()
    thread.join()
    assert (outside, found) == ("", ["thread.inner"])
