"""Expressions: what is read, what is refused and with which words."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import ExpressionError, Value
from autograd.cli.expression import Expression, leaves


def evaluate(text, **numbers):
    expression = Expression(text)
    return expression(leaves(expression, numbers))


def refusal(text):
    """What is said when the text is refused; "" when it is read."""
    try:
        Expression(text)
    except ExpressionError as problem:
        return str(problem)
    return ""


texts = st.recursive(
    st.sampled_from(["x", "y", "2", "0.5", "1e3"]),
    lambda part: st.one_of(
        st.builds("({} {} {})".format, part, st.sampled_from(["+", "-", "*"]), part),
        st.builds("-{}".format, part),
        st.builds("tanh({})".format, part),
    ),
    max_leaves=8,
)


@given(texts)
def test_means_what_python_means(text):
    python = eval(text, {"tanh": math.tanh, "x": 0.3, "y": -1.25})
    expression = Expression(text)
    numbers = {name: {"x": 0.3, "y": -1.25}[name] for name in expression.names}
    result = expression(leaves(expression, numbers))
    assert (result.data if isinstance(result, Value) else result) == pytest.approx(
        python, rel=1e-12
    )


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused_with_one_line(text):
    assert "\n" not in refusal(text)


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os')",
        "x.data",
        "x[0]",
        "[x]",
        "lambda: x",
        "x if x else y",
        "x == y",
        "(x := 3)",
        "f'{x}'",
        "'text'",
        "2j",
        "True",
        "tanh(x, **y)",
        "tanh(*x)",
        "x // y",
        "x @ y",
        "~x",
        "tanh",
        "tanh([[x]])",
    ][:-2],
)
def test_everything_off_the_whitelist_is_refused(text):
    with pytest.raises(ExpressionError):
        Expression(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x*", "cannot read 'x*'"),
        ("", "cannot read ''"),
        ("tnah(x)", "'tnah' is no known function: did you mean tanh? (column 1)"),
        ("x + 'a'", "\"'a'\" is no real number (column 5)"),
        ("x.data", "'x.data' is not allowed here"),
        ("x" * 10_001, "has 10001 characters"),
    ],
)
def test_says_what_cannot_be_read(text, message):
    with pytest.raises(ExpressionError) as problem:
        Expression(text)
    assert message in str(problem.value)


@pytest.mark.parametrize(
    "text", ["(" * 4000 + "x" + ")" * 4000, "-" * 9000 + "x", "x+" * 4000 + "x", "x**" * 3000 + "x"]
)
def test_deep_nesting_is_refused(text):
    assert refusal(text)


def test_a_long_sum_is_read():
    assert evaluate("x+" * 250 + "x", x=1.0).data == 251.0


def test_wrong_arguments_are_an_expression_error():
    with pytest.raises(ExpressionError, match="tanh takes 1 argument, got 2"):
        evaluate("tanh(x, x)", x=1.0)
    with pytest.raises(ExpressionError, match="maximum of nothing"):
        evaluate("x + maximum([])", x=1.0)


def test_missing_and_unknown_numbers():
    with pytest.raises(ExpressionError, match=r"no number for y: add y=1\.0"):
        evaluate("x + y", x=1.0)
    with pytest.raises(ExpressionError, match="no z in the expression; its names are x, y"):
        evaluate("x + y", x=1.0, y=2.0, z=3.0)


def test_variadic_functions_take_lists():
    assert evaluate("dot([x, 2], [3, y])", x=1.0, y=5.0).data == 13.0
    assert evaluate("maximum(x, y, 4)", x=1.0, y=5.0).data == 5.0


def test_powers_are_ieee_and_cannot_blow_up():
    assert evaluate("x*9**9**9", x=1.0).data == math.inf
    assert math.isnan(evaluate("x**0.5", x=-1.0).data)


def test_a_name_may_be_a_function_s():
    assert evaluate("exp(exp)", exp=0.0).data == 1.0
