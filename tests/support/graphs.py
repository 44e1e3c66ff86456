"""Graphs that are deep, and graphs whose nodes are shared."""

import random

import autograd
from autograd import Value


def chain(depth):
    x = y = Value(1.0)
    for _ in range(depth):
        y = y + 1.0
    return x, y


def tangle(size):
    """A graph whose nodes reach far back, as in PyTorch's test of freeing."""
    draw = random.Random(0)
    nodes = [Value(draw.uniform(-1.0, 1.0)) for _ in range(10)]
    for _ in range(size):
        a, b = nodes[draw.randrange(len(nodes))], nodes[-1 - draw.randrange(10)]
        nodes.append(0.5 * (a + b) if draw.random() < 0.5 else autograd.tanh(a * b + 0.5))
    return nodes[:10], autograd.total(nodes)
