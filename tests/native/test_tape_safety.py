"""What the Tape in C refuses, survives and gives back."""

import gc
import signal
import threading
from array import array

import pytest

from autograd import Primitive
from autograd.compiler.ir.program import DETACH
from autograd.core.backend import native
from autograd.primitives import TABLE
from tests.support.memory import resident, tells_its_size
from tests.support.tapes import Program, flat, layers, random_rows, zeros
from tests.support.training import Lesson

pytestmark = [
    pytest.mark.skipif(native is None, reason="the C accelerator is not built, or switched off"),
    pytest.mark.engine,
]

# -- programs --------------------------------------------------------------------------------------


def tape(instructions, outputs=(0,), guards=(), wanted=(), columns=2):
    return native.Tape([], 0, columns, instructions, outputs, guards, wanted)


ADD, SIN, DOT, TOTAL = (TABLE[name] for name in ("add", "sin", "dot", "total"))
CUBE = Primitive("cube", lambda x: x * x * x, lambda z, x: 3.0 * x * x)


def made_of(instructions=(), **rest):
    return lambda: tape(instructions, **rest)


@pytest.mark.parametrize(
    ("make", "kind", "message"),
    [
        (made_of([(CUBE, (0,))]), TypeError, "runs rows of the table as they are, got <primitive"),
        (made_of([("sin", (0,))]), TypeError, "got 'sin': let the Tape of autograd.compiler run"),
        (made_of([(SIN, (2,))]), ValueError, "instruction 0: expected a register from 0 to 1, got"),
        (made_of([(SIN, (0,)), (SIN, (-1,))]), ValueError, "1: expected a register from 0 to 2, "),
        (made_of([(SIN, (0, 1))]), ValueError, "instruction 0: expected 1 operands of sin, got 2"),
        (made_of([(DOT, (0, 1, 0))]), ValueError, "as many xs as ys of dot, got 3"),
        (made_of([(TABLE["maximum"], ())]), ValueError, "expected operands of maximum, got none"),
        (made_of([SIN]), TypeError, r"instruction 0: expected \(rule, operands\), got <primitive"),
        (made_of([(SIN, 3)]), TypeError, "not iterable"),
        (made_of([(SIN, (0.5,))]), TypeError, "cannot be interpreted as an integer"),
        (made_of(outputs=[2]), ValueError, "output 0: expected a register from 0 to 1, got 2"),
        (made_of(wanted=[7]), ValueError, "wanted 0: expected a register from 0 to 1, got 7"),
        (made_of(guards=[(6, 0, 1, True)]), ValueError, "guard 0: expected a kind from 0 to 5"),
        (made_of(guards=[(0, 0, 9, True)]), ValueError, "guard 0: expected a register"),
        (made_of(guards=[(0, 0)]), TypeError, r"a guard is \(kind, left, right, outcome\)"),
        (made_of(columns=-1), ValueError, "expected uniforms and columns to be 0 or more"),
    ],
)
def test_what_is_no_program_is_refused(make, kind, message):
    with pytest.raises(kind, match=message):
        make()


def test_a_row_with_another_function_than_the_table_s_is_refused(monkeypatch):
    monkeypatch.setattr(TABLE["sin"], "forward", lambda x: x)
    with pytest.raises(TypeError, match="rows of the table as they are, got <primitive sin>"):
        tape([(SIN, (0,))])


def test_operands_may_be_any_iterable_of_registers():
    assert tape([(TOTAL, iter(range(2)))], [2]).evaluate(
        zeros(0), array("d", [1.0, 2.0]), 1, (out := zeros(1)), bytearray(1)
    ) == 0  # fmt: skip
    assert list(out) == [3.0]


# -- buffers ---------------------------------------------------------------------------------------


def arguments(**changes):
    given = {
        "uniforms": zeros(0), "columns": zeros(6), "rows": 3, "seeds": zeros(3),
        "outputs": zeros(3), "failed": bytearray(3), "uniform_grads": zeros(0),
        "column_grads": zeros(6),
    }  # fmt: skip
    return {**given, **changes}


@pytest.mark.parametrize(
    ("name", "buffer", "kind", "message"),
    [
        ("uniforms", zeros(1), ValueError, "expected uniforms to hold 0 numbers, got 1"),
        ("columns", zeros(5), ValueError, "expected columns to hold 6 numbers, got 5"),
        ("columns", [0.0] * 6, TypeError, "columns to be a contiguous buffer of float64, got list"),
        ("columns", array("f", [0.0] * 6), TypeError, "buffer of float64, got format 'f'"),
        ("columns", memoryview(zeros(12))[::2], TypeError, "columns to be a contiguous buffer"),
        (
            "seeds",
            bytes(24),
            TypeError,
            "seeds to be a contiguous buffer of float64, got format 'B'",
        ),
        (
            "outputs",
            memoryview(zeros(3)).toreadonly(),
            TypeError,
            "outputs to be a writable contig",
        ),
        (
            "failed",
            zeros(3),
            TypeError,
            "failed to be a contiguous buffer of uint8, got format 'd'",
        ),
        ("failed", bytes(3), TypeError, "failed to be a writable contiguous buffer of uint8"),
        ("column_grads", zeros(0), ValueError, "column_grads to hold 6 numbers, got 0"),
        ("rows", -1, ValueError, "expected rows to be 0 or more, got -1"),
        ("rows", 2**60, MemoryError, "^$"),
        ("threads", 0, ValueError, "expected threads to be 1 to 1024, got 0"),
    ],
)
def test_each_argument_is_checked(name, buffer, kind, message):
    program = tape([(ADD, (0, 1))], [2], wanted=[0])
    with pytest.raises(kind, match=message):
        program.differentiate(**arguments(**{name: buffer}))
    program.differentiate(**arguments())


@pytest.mark.parametrize(
    ("changes", "kind", "message"),
    [
        (
            {"order": array("q", [0, 50] * 50)},
            ValueError,
            "order to hold numbers from 0 to 49, got 50",
        ),
        ({"order": array("d", [0.0])}, TypeError, "order to be a contiguous buffer of int64"),
        (
            {"parameters": array("q", [-1])},
            ValueError,
            "parameters to hold numbers from 0 to 31, g",
        ),
        ({"columns": zeros(100)}, ValueError, "columns to hold rows of 3 numbers, got 100 in all"),
        ({"batch": 0}, ValueError, "expected batch to be 1 or more, got 0"),
        ({"state": zeros(3)}, ValueError, "expected state to hold 0 numbers, got 3"),
        ({"settings": zeros(1)}, ValueError, "expected settings to hold 2 numbers, got 1"),
        ({"losses": zeros(2)}, ValueError, "expected losses to hold 13 numbers, got 2"),
        ({"threads": 2000}, ValueError, "expected threads to be 1 to 1024, got 2000"),
        (
            {"update": Program([], 0, 1, [], [0]).tape if native else 0},
            ValueError,
            "update to take",
        ),
        ({"max_norm": "1"}, TypeError, "real number"),
    ],
)
def test_each_argument_of_train_is_checked(changes, kind, message):
    with pytest.raises(kind, match=message):
        Lesson().run(**changes)


def test_training_takes_a_loss_and_parameters_that_are_wanted():
    lesson = Lesson()
    program = lesson.program
    lesson.program = Program([], 32, 3, program.instructions, [])
    with pytest.raises(ValueError, match="expected the tape of a loss, got one without outputs"):
        lesson.run()
    lesson.program = Program([], 32, 3, program.instructions, [35, 36])
    for changes, kind, message in (
        ({}, TypeError, "expected others to be a writable contiguous buffer of float64, got None"),
        ({"others": zeros(3)}, ValueError, "expected others to hold 100 numbers, got 3"),
        ({"others": zeros(100), "written": array("q", [0, 1])}, ValueError,
         "expected written for at most 1 outputs besides the loss, got 2"),
        ({"others": zeros(100), "written": array("q", [32])}, ValueError,
         "expected written to hold numbers from 0 to 31, got 32"),
        ({"others": zeros(100), "written": zeros(1)}, TypeError, "expected written to be"),
    ):  # fmt: skip
        with pytest.raises(kind, match=message):
            lesson.run(**changes)
    lesson.program = Program([], 32, 3, program.instructions, program.outputs, wanted=[0])
    with pytest.raises(ValueError, match="to be wanted by the tape, but uniform 1 is not"):
        lesson.run()


# -- memory ----------------------------------------------------------------------------------------


def everything():
    program, uniforms = layers([3, 5, 2])
    for rows in (1, 20, 300):
        program.differentiate(uniforms, random_rows(rows, 3), threads=2)
    Lesson(rows=10).run(threads=2)


@tells_its_size
def test_tapes_and_calls_leave_nothing_behind():
    def rounds(n):
        for _ in range(n):
            everything()
        gc.collect()

    rounds(20)
    before = resident()
    rounds(60)
    assert resident() - before < 2**20


# -- threads and interrupts ------------------------------------------------------------------------


def long_program():
    """About a second of sines."""
    return Program([], 0, 1, [("sin", [k]) for k in range(400)], [400])


def call(program, rows):
    program.tape.evaluate(zeros(0), zeros(rows), rows, zeros(rows), bytearray(rows))


def test_other_threads_run_meanwhile():
    program, ticks, done = long_program(), [], threading.Event()

    def tick():
        while not done.wait(0.01):
            ticks.append(1)

    thread = threading.Thread(target=tick)
    thread.start()
    call(program, 100_000)
    done.set()
    thread.join()
    assert len(ticks) > 3


class Alarm(Exception):  # noqa: N818
    pass


def interrupted(run):
    """Run it until an alarm rings in it."""

    def ring(*_):
        raise Alarm

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    try:
        with pytest.raises(Alarm):
            run()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)


def test_an_interrupt_stops_a_call():
    program, rows = long_program(), 2_000_000
    numbers, outputs = zeros(rows), array("d", [2.0]) * rows
    interrupted(lambda: program.tape.evaluate(zeros(0), numbers, rows, outputs, bytearray(rows)))
    assert outputs[0] != 2.0  # it was under way
    assert outputs[-1] == 2.0  # and did not come to its end


def test_an_interrupt_leaves_training_at_a_whole_step():
    lesson = Lesson(momentum=True)
    lesson.order = array("q", list(lesson.order) * 50_000)
    lesson.losses = zeros(-(-len(lesson.order) // lesson.batch))
    interrupted(lesson.run)
    done = int(lesson.settings[1])
    assert 0 < done < len(lesson.losses)
    whole = Lesson(momentum=True)
    whole.order, whole.losses = lesson.order[: done * lesson.batch], zeros(done)
    assert whole.run() == done
    assert (whole.uniforms, whole.state) == (lesson.uniforms, lesson.state)


def test_one_tape_may_run_in_several_threads_at_once():
    program, uniforms = layers([3, 5, 2])
    rows = random_rows(500, 3)
    expected = program.differentiate(uniforms, rows)
    found: list[object] = []

    def work():
        found.extend(program.differentiate(uniforms, rows) for _ in range(20))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 80


def test_what_is_detached_hands_down_nothing():
    rows = [(DETACH, [0]), (TABLE["mul"], [0, 1])]
    by_columns, outputs = zeros(3), zeros(3)
    native.Tape([], 0, 1, rows, [2], [], [0]).differentiate(
        zeros(0), flat([[2.0], [3.0], [4.0]]), 3, flat([[1.0]] * 3), outputs, bytearray(3),
        zeros(0), by_columns,
    )  # fmt: skip
    assert (list(outputs), list(by_columns)) == ([4.0, 9.0, 16.0], [2.0, 3.0, 4.0])
