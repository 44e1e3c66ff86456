"""The two tapes: the same results, failures and errors; C lanes within the rounding bound."""

import random
from array import array

import pytest

from autograd import Primitive, Value
from autograd.checking.error_bounds import forward_errors, reverse_errors
from autograd.compiler.ir.passes import MERGING, PASSES, optimise
from autograd.compiler.ir.program import DETACH, Instruction, Program
from autograd.compiler.runtime.interpreter import Reference, Tape, tape_of
from autograd.compiler.tracing.trace import trace
from autograd.primitives import TABLE
from autograd.toposort import topological
from tests.support.random_programs import random_program

pytestmark = pytest.mark.engine

KINDS = [Reference] if Tape is Reference else [Reference, Tape]


def zeros(n):
    return array("d", bytes(8 * n))


def traced(program, wanted=True):
    """The program of a random program's result, all leaves columns."""
    leaves = [Value(x) for x in program.leaves]
    made = trace(lambda *xs: program.run(xs)[-1], leaves, {}, [], leaves).program
    registers = tuple(made.inputs) if wanted else ()
    return Program(**{**vars(made), "wanted": registers})


def differentiate(tape, numbers):
    outputs, failed, by_columns = zeros(1), bytearray(1), zeros(len(numbers))
    ones = array("d", [1.0])
    tape.differentiate(
        zeros(0), array("d", numbers), 1, ones, outputs, failed, zeros(0), by_columns
    )
    return outputs[0], list(by_columns), failed[0]


@pytest.mark.skipif(Tape is Reference, reason="there is no other tape")
@pytest.mark.parametrize("passes", [PASSES, MERGING], ids=["exact", "merging"])
@pytest.mark.parametrize("seed", range(150))
def test_lanes_are_within_the_rounding_bound(seed, passes):
    program = random_program(random.Random(seed), 12)
    leaves = [Value(x) for x in program.leaves]
    root = program.run(leaves)[-1]
    root.backward()
    tape = tape_of(optimise(traced(program), passes))
    assert isinstance(tape, Tape)
    value, gradient, failed = differentiate(tape, program.leaves)
    order = [node for node in topological(root) if node.operands]
    errors, adjoints = forward_errors(order, {}), reverse_errors(root, order)
    assert not failed
    assert abs(value - root.data) <= 4.0 * errors.get(root, 0.0)
    for leaf, got in zip(leaves, gradient, strict=True):
        assert leaf not in adjoints or abs(got - leaf.grad) <= 4.0 * adjoints[leaf].error


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_detached_hands_down_nothing(kind):
    steps = (Instruction(DETACH, (0,)), Instruction(TABLE["mul"], (0, 1)))
    program = Program((), 0, 1, steps, (2,), (), (0,))
    assert differentiate(tape_of(program, kind), [3.0]) == (9.0, [3.0], 0)


def test_a_users_primitive_runs_on_the_reference():
    own = Primitive("own", lambda x: 2.0 * x, lambda z, x: 2.0)
    program = Program((), 0, 1, (Instruction(own, (0,)),), (1,))
    assert isinstance(tape_of(program), Reference)


@pytest.mark.parametrize("kind", KINDS)
def test_a_failed_guard_is_told(kind):
    tape = kind([0.0], 0, 1, [(TABLE["neg"], [1])], [2], [(4, 1, 0, True)], [])
    outputs, failed = zeros(3), bytearray(3)
    assert tape.evaluate(zeros(0), array("d", [1.0, -1.0, 2.0]), 3, outputs, failed) == 1
    assert list(failed) == [0, 1, 0]
    assert (outputs[0], outputs[2]) == (-1.0, -2.0)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("columns", "outputs", "error"),
    [
        (array("f", [1.0]), zeros(1), TypeError),
        (zeros(2), zeros(1), ValueError),
        (zeros(1), zeros(2), ValueError),
        ([1.0], zeros(1), TypeError),
        (zeros(1), bytes(8), TypeError),
    ],
)
def test_buffers_are_checked(kind, columns, outputs, error):
    tape = kind([], 0, 1, [(TABLE["neg"], [0])], [1], [], [])
    with pytest.raises(error):
        tape.evaluate(zeros(0), columns, 1, outputs, bytearray(1))


def messages(columns, outputs):
    found = []
    for kind in KINDS:
        tape = kind([], 0, 1, [(TABLE["neg"], [0])], [1], [], [])
        with pytest.raises((TypeError, ValueError)) as caught:
            tape.evaluate(zeros(0), columns, 1, outputs, bytearray(1))
        found.append(str(caught.value))
    return found


def test_their_messages_are_the_same():
    for columns in (array("f", [1.0]), zeros(2), [1.0]):
        assert len(set(messages(columns, zeros(1)))) == 1
    for outputs in (b"12345678", memoryview(zeros(4))[::2], zeros(3)):
        assert len(set(messages(zeros(1), outputs))) == 1
