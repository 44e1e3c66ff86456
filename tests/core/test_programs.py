from typing import Any

import pytest
from hypothesis import Phase, find, given, settings

from autograd import Value
from tests.support.programs import EVERY, RATIONAL, Constant, Instruction, RandomProgram, programs

pytestmark = pytest.mark.engine

TWO_SUMS = RandomProgram((1.0,), (Instruction("add", (0, 0)), Instruction("add", (0, 0))))


def results(program):
    leaves = [Value(x) for x in program.leaves]
    result = program.run(leaves)[-1]
    result.backward()
    return result, leaves


@given(programs())
def test_the_printed_script_computes_what_the_program_does(program):
    result, leaves = results(program)
    names: dict[str, Any] = {}
    exec(str(program), names)
    assert names[str(program).split()[-1].removesuffix(".backward()")].data == result.data
    for i in range(len(leaves)):
        assert f"x{i}" not in names or names[f"x{i}"].grad == leaves[i].grad


@given(programs())
def test_every_value_stays_moderate(program):
    assert all(abs(x) <= 1e3 for x in program.run(program.leaves))


def test_back_references_count_from_the_latest_value():
    assert TWO_SUMS.run([3.0]) == [3.0, 6.0, 12.0]


def test_a_script_leaves_out_what_its_result_does_not_use():
    unused = RandomProgram((1.0, 2.0), (Instruction("mul", (0, 1)), Instruction("neg", (2,))))
    assert str(unused).splitlines()[1:] == ["x0 = Value(1.0)", "v3 = -x0", "v3.backward()"]


def test_a_script_imports_what_it_uses():
    program = RandomProgram((1.0,), (Instruction("tanh", (0,)), Instruction("abs", (0,))))
    assert str(program).splitlines()[0] == "from autograd import Value, tanh"


def test_a_script_shows_constants_as_they_were_given():
    program = RandomProgram((1.0,), (Instruction("add", (0, Constant(True))),))
    assert "v1 = x0 + True" in str(program)


def test_shrinking_finds_the_two_sums_that_double_counting_fails_on():
    def uses_a_computed_value_twice(program):
        return any(
            operands[:2] == (0, 0) and i and program.instructions[i - 1].op != "neg"
            for i, (_, operands) in enumerate(program.parts())
        )

    smallest = find(programs(RATIONAL), uses_a_computed_value_twice)
    assert [each.op for each in smallest.instructions] == ["add", "add"]
    assert smallest.run([1.0])[-1] == 4.0


def test_every_operation_is_reached():
    met: set[str] = set()

    @settings(max_examples=1500, database=None, derandomize=True, phases=[Phase.generate])
    @given(programs())
    def meet(program):
        met.update(each.op for each in program.instructions)

    meet()
    assert met == {operation.name for operation in EVERY}
