"""The public strategies: what they draw, how it prints, what it shrinks to."""

import math
import subprocess
import sys
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

import autograd
from autograd import Primitive, Value, check, maximum, relu, sin, where
from autograd.checking.operations import EVERY, SMOOTH, Operation
from autograd.checking.random_program import Constant
from autograd.checking.strategies import constants, near_kinks, points, programs, values

few = settings(max_examples=25)

# -- programs -------------------------------------------------------------------------------------


@few
@given(programs())
def test_a_program_is_a_function_whose_gradient_can_be_checked(program):
    report = check(program, program.leaves)
    assert report.count("FAIL") == 0, f"{report}\n{program}"
    assert [p.name for p in report.partials] == [f"x{i}" for i in range(len(program.leaves))]


@few
@given(programs())
def test_a_program_stays_where_its_operations_are_defined(program):
    assert all(math.isfinite(x) for x in program.run(program.leaves))


@few
@given(programs())
def test_its_definition_computes_what_it_computes(program):
    names: dict[str, object] = {}
    exec(program.definition(), names)
    assert names["program"](*program.leaves) == program(*program.leaves)  # type: ignore[operator]


@few
@given(programs(max_size=3))
def test_there_are_at_most_as_many_instructions_as_asked_for(program):
    assert len(program.instructions) <= 3 + 2  # what a sum of three takes


@few
@given(programs())
def test_every_instruction_matters(program):
    assert program.size() == len(program.instructions)


@few
@given(programs(SMOOTH, st.just(0.5), numbers=constants([Fraction])))
def test_operations_leaves_and_constants_are_those_asked_for(program):
    assert set(program.leaves) == {0.5}
    assert {each.op for each in program.instructions} <= {each.name for each in SMOOTH}
    for each in program.instructions:
        numbers = [x.number for x in each.operands if isinstance(x, Constant)]
        assert all(type(x) is Fraction for x in numbers)


cube = Primitive("cube", lambda x: x * x * x, lambda z, x: 3.0 * x * x)
CUBE = Operation("cubed", 1, cube, "cube({})", needs=f"from {__name__} import cube")
FIVE = Operation("five", 5, lambda *xs: autograd.total(xs), "total({}, {}, {}, {}, {})")


def test_an_operation_of_ones_own_is_drawn_and_printed():
    program = find(
        programs([CUBE], max_size=3), lambda program: program.run(program.leaves)[-1] > 1.0
    )
    assert [each.op for each in program.instructions] == ["cubed"]
    assert str(program).splitlines() == [
        "from autograd import Value",
        f"from {__name__} import cube",
        "x0 = Value(2.0)",
        "v1 = cube(x0)",
        "v1.backward()",
    ]


@few
@given(programs([FIVE, *SMOOTH[:2]]))
def test_an_operation_may_have_any_number_of_operands(program):
    for each in program.instructions:
        assert len(each.operands) == (5 if each.op == "five" else 2)


def test_every_row_that_has_a_slope_is_among_the_operations():
    missing = set(autograd.primitives.TABLE) - {each.name for each in EVERY}
    assert missing == {"same"}  # its derivative is 0 wherever it has one


# -- points ---------------------------------------------------------------------------------------


@given(points(lambda x, y, scale=2.0: x, {"x": (1.0, 2.0), "y": st.just("anything")}))
def test_points_lie_in_the_domain(point):
    x, y = point
    assert 1.0 <= x <= 2.0
    assert y == "anything"


def test_points_of_a_program_are_as_many_numbers_as_it_has_leaves():
    program = find(programs(max_size=3), lambda program: len(program.leaves) == 3)
    assert find(points(program), lambda point: True) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize("domain", [(2.0, 1.0), (1.0,), (1.0, 2.0, 3.0)])
def test_a_domain_that_is_no_interval_is_refused(domain):
    with pytest.raises(ValueError, match=r"expected \(lowest, highest\) or a strategy for x"):
        points(lambda x: x, domain)


def test_a_function_whose_arguments_are_not_known_is_refused():
    with pytest.raises(ValueError, match="are not known; write a function of them"):
        points(min)


# -- near kinks -----------------------------------------------------------------------------------


def kinked(x, y):
    return relu(x - 1.0) * y + maximum(x, y)


def distance(x, y):
    return min(abs(x - 1.0), abs(x - y))


@few
@given(near_kinks(kinked))
def test_points_lie_near_a_kink(point):
    x, y = point
    assert -2.0 <= x <= 2.0
    assert -2.0 <= y <= 2.0
    assert distance(x, y) <= 0.1 * (1.0 + 1e-9)


@few
@given(near_kinks(lambda x: where(x - 0.3, x * x, -x), distances=(1e-5, 1e-4)))
def test_they_lie_as_near_as_asked_for_on_either_side(point):
    assert 1e-5 * 0.999 <= abs(point[0] - 0.3) <= 1e-4 * 1.001


@pytest.mark.parametrize("side", [-1, 1])
def test_tiny_distances_are_as_likely_as_large_ones(side):
    generated = settings(
        max_examples=200, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )
    near = find(
        near_kinks(lambda x: relu(x)), lambda p: 0.0 < side * p[0] < 1e-7, settings=generated
    )
    assert 0.0 < side * near[0] < 1e-7


@few
@given(near_kinks(lambda x: sin(x)))
def test_where_there_is_no_kink_the_point_is_any(point):
    assert -2.0 <= point[0] <= 2.0


@few
@given(near_kinks(lambda x: x * x if x > 0.5 else x))
def test_an_if_of_the_functions_own_is_a_kink_when_it_shows_in_the_graph(point):
    assert abs(point[0] - 0.5) <= 0.1 * (1.0 + 1e-9)


@few
@given(near_kinks(lambda x: relu(x), {"x": st.just(1.5)}))
def test_what_a_strategy_drew_is_not_moved(point):
    assert point == (1.5,)


@few
@given(near_kinks(lambda x: 1 / 0 if x < -1 else relu(x), (-2.0, 2.0)))
def test_a_function_may_raise_somewhere(point):
    assert -2.0 <= point[0] <= 2.0


@few
@given(near_kinks(kinked))
def test_a_right_gradient_does_not_fail_there(point):
    assert check(kinked, point).count("FAIL") == 0


# -- Values ---------------------------------------------------------------------------------------


@given(values())
def test_values_are_leaves(v):
    assert isinstance(v, Value)
    assert v.operands == ()


@given(st.from_type(Value))
def test_hypothesis_knows_the_type(v):
    assert isinstance(v, Value)


@pytest.mark.parametrize("special", [math.inf, -math.inf, 5e-324, 1e308, 0.49])
def test_special_numbers_are_met(special):
    assert find(values(), lambda v: v.data == special).data == special


ORDERS = ["import autograd, hypothesis", "import hypothesis, autograd"]


@pytest.mark.parametrize("imports", ORDERS)
def test_the_type_is_known_whichever_is_imported_first(imports):
    code = f"""{imports}
from hypothesis.strategies import from_type
assert "autograd.checking.strategies" not in __import__("sys").modules
hypothesis.find(from_type(autograd.Value), lambda v: v.data > 0.5)
"""
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


def test_hypothesis_alone_does_not_import_the_engine():
    code = "import hypothesis, sys; assert not any(m.startswith('autograd') for m in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_without_hypothesis_the_message_says_what_to_install():
    code = """import sys
sys.modules["hypothesis"] = None
import autograd, autograd.checking
def f(x):
    return x
def strategies():
    import autograd.checking.strategies
for use in (autograd.checking.gradcheck(f), strategies):
    try:
        use()
    except ImportError as error:
        assert error.name == "hypothesis" and "pip install hypothesis" in str(error), error
    else:
        raise SystemExit(1)
"""
    subprocess.run([sys.executable, "-c", code], check=True)
