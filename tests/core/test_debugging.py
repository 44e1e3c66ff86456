"""What debug() says of an inf or nan, and of where it comes from."""

import sys
import types
from typing import Any

import pytest

import autograd
from autograd import NonFiniteError, Value

pytestmark = pytest.mark.engine


def twice(y):
    y.backward()
    y.backward()


def in_debug(f):
    def call():
        with autograd.debug():
            f()

    return call


BEGINNINGS = [
    (
        "result",
        in_debug(lambda: Value(1e308, label="x") * 10.0),
        "mul gave inf of finite operands (1e+308, 10.0)\n  recorded at ",
    ),
    (
        "adjoint",
        in_debug(lambda: Value(0.0).sqrt().backward()),
        "backward through sqrt of finite operands (0.0) is not finite: "
        "adjoint 1.0 × partial inf\n  recorded at ",
    ),
    (
        "tangent",
        in_debug(lambda: autograd.jvp(autograd.sqrt, (0.0,), (2.0,))),
        "forward through sqrt of finite operands (0.0) is not finite: "
        "tangent 2.0 × partial inf\n  recorded at ",
    ),
    (
        "two passes",
        in_debug(lambda: twice(Value(1.0, label="x") * -1e308)),
        "the gradients of two passes add up to -inf for 'x' (data=1.0): -1e+308 + -1e+308; "
        "zero_grad() between them starts anew",
    ),
    (
        "many operands",
        in_debug(lambda: autograd.total([Value(float(i)) for i in range(9)] + [1.5e308, 1.5e308])),
        "total gave inf of finite operands (0.0, 1.0, 2.0, 3.0, 4.0, 5.0, ..., 1.5e+308; "
        "11 in all)\n",
    ),
    (
        "a line unknown",
        in_debug(Value(0.0).sqrt().backward),
        "backward through sqrt of finite operands (0.0) is not finite: adjoint 1.0 × partial inf\n"
        "  recorded at a line unknown: it was recorded outside debug()",
    ),
]


@pytest.mark.parametrize(("name", "act", "text"), BEGINNINGS, ids=[row[0] for row in BEGINNINGS])
def test_the_text_begins_with_what_happened(name, act, text):
    with pytest.raises(NonFiniteError) as caught:
        act()
    assert str(caught.value).startswith(text)


def test_the_line_of_debug_is_the_users():
    with pytest.raises(NonFiniteError, match=r"recorded at .*test_debugging\.py:\d+ in ") as caught:
        BEGINNINGS[0][1]()
    assert "autograd/" not in str(caught.value)


def test_a_line_in_a_notebook_is_named_by_its_cell(monkeypatch):
    cell = "/tmp/ipykernel_7/42.py"
    compiler = types.SimpleNamespace(format_code_name={cell: ("Cell", "In[3]")}.get)
    shell = types.SimpleNamespace(compile=compiler)
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: shell))
    for filename, name in ((cell, "In[3]:2"), ("other.py", "other.py:2")):
        space: dict[str, Any] = {"sqrt": autograd.sqrt, "Value": autograd.Value}
        exec(compile("\nf = lambda: sqrt(Value(-1.0))", filename, "exec"), space)
        with autograd.debug(), pytest.raises(NonFiniteError) as caught:
            space["f"]()
        assert str(caught.value).endswith(f"recorded at {name} in <lambda>")


@pytest.mark.parametrize(
    ("find", "flow"),
    [
        (lambda: autograd.jvp(lambda x: autograd.sqrt(3.0 * x), (0.0,), (2.0,)), "tangent 6.0"),
        (lambda: autograd.jvp(lambda x: autograd.sqrt(x + x), (0.0,), (2.0,)), "tangent 4.0"),
        (lambda: autograd.grad(lambda x: -3.0 * autograd.sqrt(x))(0.0), "adjoint -3.0"),
    ],
)
def test_what_flows_is_told(find, flow):
    with autograd.debug(), pytest.raises(NonFiniteError, match=f"{flow} × partial inf"):
        find()
