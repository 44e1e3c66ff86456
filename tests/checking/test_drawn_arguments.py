"""`gradcheck` on methods, and on tests with fixtures, parameters and keyword-only arguments."""

import inspect
import unittest

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograd import GradientCheckError, Primitive, tanh
from autograd.checking import gradcheck

pytest_plugins = ["pytester"]

wrong = Primitive("wrong", lambda x: x * x, lambda z, x: 2.01 * x)


@pytest.fixture
def scale():
    return 3.0


class TestMethods:
    """The same as methods."""

    offset = 0.5

    @gradcheck(domain=(0.1, 3.0), examples=5)
    def test_one_domain_for_all(self, x, y):
        return tanh(x) / y + self.offset

    @gradcheck(domain={"x": (0.1, 3.0)}, examples=5)
    def test_a_fixture(self, scale, x):
        assert scale == 3.0
        return tanh(x) * scale

    @pytest.mark.parametrize("power", [2, 3])
    @gradcheck(domain={"x": (0.1, 3.0)}, examples=5)
    def test_parameters_above(self, x, power):
        assert power in (2, 3)
        return x**power

    @gradcheck(domain=(0.1, 3.0), examples=5)
    @pytest.mark.parametrize(("power", "factor"), [(2, 1.0), (3, 2.0)])
    @pytest.mark.parametrize("sign", [1.0, -1.0])
    def test_parameters_below(self, x, power, factor, sign):
        return sign * factor * x**power

    @staticmethod
    @gradcheck(domain=(0.1, 3.0), examples=5)
    def test_a_static_method(x):
        return tanh(x)

    @gradcheck(domain={"x": (0.1, 3.0)}, examples=5)
    @staticmethod
    def test_a_static_method_below(x, scale):
        return tanh(x) * scale

    @classmethod
    @gradcheck(domain=(0.1, 3.0), examples=5)
    def test_a_class_method(cls, x):
        return tanh(x) + cls.offset

    @gradcheck(domain=(0.1, 3.0), examples=5)
    @classmethod
    def test_a_class_method_below(cls, x):
        return tanh(x) + cls.offset


class TestCase(unittest.TestCase):
    def setUp(self):
        self.scale = 2.0

    @gradcheck(domain=(0.1, 3.0), examples=5)
    def test_a_method(self, x):
        self.assertEqual(self.scale, 2.0)  # noqa: PT009 - unittest's own
        return tanh(x) * self.scale


@pytest.mark.parametrize("power", [2, 3])
@gradcheck(domain={"x": (0.1, 3.0), "p": st.lists(st.floats(-1, 1), min_size=2, max_size=2)})
def test_fixtures_parameters_and_strategies(x, power, p, scale):
    return scale * (p[0] * x**power + p[1])


@gradcheck(domain={"x": (0.1, 3.0)}, examples=5)
def test_keyword_only_arguments(*, x, scale, bias=1.0):  # noqa: PT028 - the subject
    return scale * x + bias


@gradcheck(domain=(0.1, 3.0), examples=5)
def test_keyword_only_arguments_that_are_all_drawn(x, *, y):
    return x / y


@gradcheck(domain={"x": (0.1, 3.0)}, examples=2)
def scaled(x, scale):
    return scale * x


def test_in_a_property_test_it_says_who_is_to_draw():
    with pytest.raises(TypeError, match="inside a test made by hypothesis"):
        settings(max_examples=2)(given(scale=st.floats(1.0, 2.0))(scaled))()


@settings(max_examples=2, suppress_health_check=[HealthCheck.nested_given])
@given(st.floats(1.0, 2.0))
def test_in_a_property_test_that_allows_it(scale):
    scaled(scale)


def test_what_is_not_drawn_is_the_signature():
    @gradcheck(domain={"x": (0.1, 3.0)})
    def f(self, x, scale, *, bias=1.0):
        return scale * x + bias

    assert str(inspect.signature(f)) == "(self, scale, *, bias=1.0)"
    assert f.__name__ == "f"
    f(None, 2.0)
    f(None, scale=2.0, bias=3.0)
    with pytest.raises(TypeError, match="f: missing a required argument: 'scale'; expected a dom"):
        f(None)


def test_a_failure_shows_what_was_given():
    @gradcheck(domain={"x": (0.5, 3.0)}, examples=5)
    def square(x, scale, *, bias):
        return wrong(x) * scale + bias

    with pytest.raises(GradientCheckError) as caught:
        square(2.0, bias=1.0)
    shown = str(caught.value)
    for line in (
        "scale = 2.0",
        "def square_at(x):",
        "    return square(x, scale, bias=bias)",
        "print(check(square_at, (",
    ):
        assert line in shown


async def coroutine(x):
    return x


def generator(x):
    yield x


class Class:
    pass


@pytest.mark.parametrize(
    ("function", "kind"),
    [
        (coroutine, "a coroutine function"),
        (generator, "a generator function"),
        (Class, "a class"),
        (given(x=st.floats())(lambda x: x), "a test made by hypothesis.given"),
        (3.0, "3.0"),
    ],
)
def test_what_gives_no_number_is_refused(function, kind):
    with pytest.raises(TypeError, match=f"expected a function that returns a number, got {kind}"):
        gradcheck(function, domain=(0.0, 1.0))


def test_pytest_runs_each_kind(pytester):
    pytester.makepyfile("""
import pytest
from autograd import Primitive, tanh
from autograd.checking import gradcheck

wrong = Primitive("wrong", lambda x: x * x, lambda z, x: 2.01 * x)

@pytest.fixture(params=[1.0, 2.0])
def scale(request):
    return request.param

class TestThing:
    @gradcheck(domain={"x": (0.1, 3.0)}, examples=5)
    def test_right(self, x, scale):
        return tanh(x) * scale

    @pytest.mark.parametrize("bias", [0.0, 1.0])
    @gradcheck(domain={"x": (0.5, 3.0)}, examples=5)
    def test_wrong(self, x, scale, bias):
        return wrong(x) * scale + bias

@gradcheck(domain={"x": (0.5, 3.0)}, examples=5)
def test_no_such_fixture(x, nothing):
    return x
""")
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=2, failed=4, errors=1)
    result.stdout.fnmatch_lines(["*fixture 'nothing' not found"])
    result.stdout.fnmatch_lines(["*GradientCheckError: gradient check: 1 FAIL"])
