"""Graphs that are drawn in several tests, and whether Graphviz is there."""

import shutil

import pytest
from hypothesis import strategies as st

import nn
from autograd import Value, scope

needs_dot = pytest.mark.skipif(
    shutil.which("dot") is None, reason="Graphviz's dot is not installed"
)
hostile = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            "</svg><script>alert(1)</script>",
            '"];',
            "\\N \\G \\E \\L",
            "<b>bold</b>",
            "a\0b",
            "\u202egnp.exe",
            "&lt;script&gt; &#60; &amp;",
            "x" * 10_000,
            "{|}<>",
            "\\",
            '\\"',
            "javascript:alert(1)",
            "--> <!-- ]]>",
        ]
    ),
)


def neuron():
    """The neuron of the lecture: tanh(x1·w1 + x2·w2 + b), squared."""
    numbers = {"x1": 2.0, "x2": 0.0, "w1": -3.0, "w2": 1.0, "b": 6.8813735870195432}
    x1, x2, w1, w2, b = (Value(x, label=name) for name, x in numbers.items())
    n = x1 * w1 + x2 * w2 + b
    n.label = "n"
    o = n.tanh()
    o.label = "o"
    loss = o * o
    loss.label = "L"
    loss.backward()
    return loss


def network():
    model = nn.MLP(2, [2, 1], activation="tanh", init="xavier_uniform", seed=3)
    y = (model([Value(0.6, label="x0"), Value(-1.2, label="x1")]) - 1.0) ** 2
    y.backward()
    return y


def labelled(label):
    with scope(label.replace(".", "_") or "group"):
        y = Value(2.0, label=label) * 3.0
    z = y + 1.0
    z.label = label
    z.backward()
    return z
