"""The words of every exception."""

import inspect
import pickle

import numpy as np
import pytest

import autograd
from autograd import (
    AutogradError,
    ExpressionError,
    GradientCheckError,
    NonFiniteError,
    NotDifferentiableError,
    StaleGraphError,
    TraceError,
    Value,
    errors,
)


def stale():
    x = Value(3.0, label="x")
    y = x * x
    x.data = 4.0
    y.backward()


def stale_without_labels():
    s = Value(3.0) * 2.0
    y = s + 1.0
    s.parents[0].data = 5.0
    s.refresh()
    y.backward()


def interior_data():
    y = Value(3.0) * 2.0
    y.data = 1.0


def interior_pickle():
    y = Value(3.0) * 2.0
    y.label = "y"
    pickle.dumps(y)


def given(x):
    return Value(9.0, (x,), (6.0,))


def refresh_given():
    x = Value(3.0)
    y = given(x)
    x.data = 4.0
    y.refresh()


# One row per text: the function in errors.py, what raises, the class, the words.
TEXTS = [
    (
        "too_large",
        lambda: Value(10**400),
        OverflowError,
        "expected a real number that a float can hold, got one too large for it (int); "
        "inf is float('inf')",
    ),
    (
        "not_a_number",
        lambda: Value("ab"),
        TypeError,
        "expected a real number, got the str 'ab'; convert it first: float(...)",
    ),
    (
        "not_a_number",
        lambda: Value(None),
        TypeError,
        "expected a real number, got None; did a function forget to return its result?",
    ),
    (
        "not_a_number",
        lambda: Value(1j),
        TypeError,
        "expected a real number, got the complex 1j; use its .real and .imag",
    ),
    (
        "not_a_number",
        lambda: Value(Value(1.0)),
        TypeError,
        "expected a real number, got a Value; use it as it is, or x.detach() for a new leaf",
    ),
    (
        "not_a_number",
        lambda: Value(object),
        TypeError,
        "expected a real number, got a type; pass something that float() understands",
    ),
    (
        "shape",
        lambda: Value(np.ones((2, 3))),
        TypeError,
        "expected a real number, got a ndarray of shape (2, 3); "
        "a Value holds one number, loop over its elements: [Value(v) for v in xs]",
    ),
    (
        "shape",
        lambda: Value([1.0]),
        TypeError,
        "expected a real number, got a list of length 1; "
        "a Value holds one number, loop over its elements: [Value(v) for v in xs]",
    ),
    (
        "shorten",
        lambda: Value("a" * 100),
        TypeError,
        f"expected a real number, got the str '{'a' * 27}...{'a' * 7}'; "
        "convert it first: float(...)",
    ),
    ("wrong_count", lambda: autograd.tanh(), TypeError, "tanh takes 1 argument, got 0"),
    (
        "no_float",
        lambda: float(Value(3.0, label="x")),
        TypeError,
        "'x' (data=3.0) cannot become a float: the graph would be lost without a word. "
        "Use autograd's own functions (autograd.tanh(v), v.tanh()), or v.data for the number",
    ),
    (
        "interior_data",
        interior_data,
        AttributeError,
        "the data of the mul with data=6.0 is computed from its parents and cannot be assigned: "
        "assign a leaf's data, then call refresh() on the result",
    ),
    (
        "stale",
        stale,
        StaleGraphError,
        "the mul with data=9.0 was computed before 'x' (data=4.0) changed: "
        "call refresh() on the result to recompute the recorded graph, or build it anew",
    ),
    (
        "stale",
        stale_without_labels,
        StaleGraphError,
        "the add with data=7.0 was computed before the mul with data=10.0 changed: "
        "call refresh() on the result to recompute the recorded graph, or build it anew",
    ),
    (
        "renamed",
        lambda: Value(3.0)._prev,
        AttributeError,
        "'Value' object has no attribute '_prev'; here it is parents",
    ),
    (
        "interior_pickle",
        interior_pickle,
        TypeError,
        "cannot pickle 'y' (data=6.0): it is computed, and a pickle would hold its whole graph. "
        "Pickle the leaves, or keep a snapshot: draw(y).to_dict()",
    ),
    *(
        (
            "by_position",
            lambda x=x: autograd.elu(x, alpha=2.0),
            TypeError,
            "elu takes its arguments by position, got alpha by keyword",
        )
        for x in (1.0, Value(1.0))
    ),
    (
        "given_numbers",
        refresh_given,
        NotDifferentiableError,
        "cannot recompute a node whose partials were given as numbers: "
        "give them as Values, or record the operation with a Primitive",
    ),
    (
        "given_numbers",
        lambda: autograd.grad(autograd.grad(given))(3.0),
        NotDifferentiableError,
        "cannot differentiate twice through a node whose partials were given as numbers: "
        "give them as Values, or record the operation with a Primitive",
    ),
    (
        "given_partials",
        lambda: Value(9.0, (Value(3.0),), ()),
        ValueError,
        "expected one partial per parent: got 1 parents and 0 partials "
        "(a label is given by name: label=...)",
    ),
]


def ids(rows):
    return [row[0] for row in rows]


@pytest.mark.parametrize(("name", "act", "kind", "text"), TEXTS, ids=ids(TEXTS))
def test_the_text_says_what_came_and_what_to_do(name, act, kind, text):
    with pytest.raises(kind) as caught:
        act()
    assert str(caught.value) == text


def test_names_are_listed_in_quotes():
    assert errors.listed(["a", "b"]) == "'a', 'b'"


# Words of the command line, of drawing, of checking and of the compiler have their tests there.
ELSEWHERE = {
    "listed", "assigned_over_rows", "branch_on_random_input", "training_loop_in_mode",
    "no_double", "not_a_length", "not_an_update", "parameter_assigned", "too_many_branches",
    "unknown_below", "untraceable", "wrong_update",
}  # fmt: skip
ENGINE = {name for name, *_ in TEXTS}


def test_every_text_of_the_engine_is_tested():
    functions = {name for name, _ in inspect.getmembers(errors, inspect.isfunction)}
    assert functions - ELSEWHERE >= ENGINE
    assert {name for name in functions if name not in ENGINE | ELSEWHERE} == set()


HIERARCHY = [
    (StaleGraphError, RuntimeError),
    (NotDifferentiableError, RuntimeError),
    (NonFiniteError, ArithmeticError),
    (ExpressionError, ValueError),
    (GradientCheckError, AssertionError),
    (TraceError, RuntimeError),
]


@pytest.mark.parametrize(("error", "builtin"), HIERARCHY)
def test_every_exception_is_ours_and_a_builtin(error, builtin):
    assert issubclass(error, AutogradError)
    assert issubclass(error, builtin)
    assert getattr(autograd, error.__name__) is error
    assert error.__doc__


def test_every_exception_is_listed():
    assert {error.__name__ for error, _ in HIERARCHY} | {"AutogradError"} == set(errors.__all__)
