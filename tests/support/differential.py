"""What either engine computes, bit for bit, as lines of text: `test_native` compares the two.

usage: python -m tests.support.differential SEED PROGRAMS
"""

import copy
import itertools
import math
import operator
import pickle
import random
import struct
import sys
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np

import autograd
from autograd import Primitive, Value
from autograd.primitives import TABLE
from autograd.toposort import topological

SPECIAL = (
    0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -3.0, 0.1, 1e-3, 30.0, -30.0, 710.0, -745.0, 1e300,
    -1e300, 1e-300, 5e-324, math.pi, math.inf, -math.inf, math.nan,
)  # fmt: skip
MODERATE = (0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -3.0, 1e200, math.inf, math.nan)
CUBE = Primitive("cube", lambda x: x * x * x, lambda z, x: 3.0 * x * x)
MEAN = Primitive("mean", lambda x, y: (x + y) / 2, lambda z, x, y: 0.5, lambda z, x, y: 0.5)


def bits(x: Any) -> str:
    """All 64 bits of a float, and whatever else as its repr; every nan is the same."""
    if type(x) is not float:
        return repr(x)
    return "nan" if math.isnan(x) else struct.pack(">d", x).hex()


def told(call: Callable[[], Any]) -> str:
    """What a call returns, or the type and text of what it raises."""
    try:
        return bits(call())
    except Exception as error:  # what it raises is what we compare
        return f"{type(error).__name__}: {error}"


def state(nodes: Sequence[Value]) -> str:
    """Everything there is to know about some nodes."""
    return " ".join(
        f"{bits(x.data)}/{bits(x.grad)}/{x.reached:d}/{x.scope}/"
        f"{getattr(x._rule, 'name', None)}/{len(x.parents)}"
        for x in nodes
    )


# -- every row, everywhere ------------------------------------------------------------------------


def arguments(name: str) -> Iterator[tuple[float, ...]]:
    row = TABLE[name]
    arity = 4 if row.variadic else len(row.partials)
    numbers = SPECIAL if arity < 3 else MODERATE
    yield from itertools.product(numbers, repeat=min(arity, 3))


def applied(name: str, xs: Sequence[Any]) -> Any:
    row = TABLE[name]
    return row(xs, xs[::-1]) if name == "dot" else row(*xs)


def rows() -> Iterator[str]:
    """Each primitive on floats, on Values, and on both, with its partials and its gradients."""
    for name in TABLE:
        for point in arguments(name):
            yield f"{name}{point} {bits(applied(name, point))}"
            for kinds in itertools.product((False, True), repeat=len(point)):
                xs = [Value(x) if kind else x for x, kind in zip(point, kinds, strict=True)]
                if any(kinds):
                    z = applied(name, xs)
                    z.backward(-1.5)
                    leaves = [x for x in xs if isinstance(x, Value)]
                    yield f"{[*map(bits, z.partials())]} {state([z, *leaves])}"


# -- random programs ------------------------------------------------------------------------------

OPERATORS = (operator.add, operator.sub, operator.mul, operator.truediv, operator.pow)
NUMBERS = (0, 0.0, 1, -2, 0.5, True, Fraction(1, 3), np.float64(0.7), np.float32(1.5), np.int64(2))


def step(rng: random.Random, nodes: list[Any]) -> Any:
    """One more node from those there are."""
    x, y = rng.choice(nodes[-8:]), rng.choice(nodes)
    kind = rng.random()
    if kind < 0.35:
        pair = [x, rng.choice((y, y, rng.choice(NUMBERS)))]
        rng.shuffle(pair)
        return rng.choice(OPERATORS)(*pair)
    if kind < 0.4:
        return CUBE(x) if rng.random() < 0.5 else MEAN(x, y)
    if kind < 0.45:
        return Value(x.data, (x, y), (0.5, rng.choice((2.0, y))))
    row = TABLE[rng.choice(list(TABLE))]
    if row.name == "dot":
        size = rng.randrange(1, 6)
        return row([rng.choice(nodes) for _ in range(size)], [*rng.choices(nodes, k=size - 1), 2.5])
    count = rng.randrange(1, 6) if row.variadic else len(row.partials)
    operands = [rng.choice((x, y, rng.choice(nodes), 0.25)) for _ in range(count)]
    return row(*operands) if any(isinstance(v, Value) for v in operands) else x


def program(seed: int) -> Iterator[str]:
    """Build, go backward, assign, refresh, copy: the state after each of these."""
    rng = random.Random(seed)
    nodes: list[Any] = [Value(rng.uniform(-2.0, 2.0), label=f"x{i}") for i in range(4)]
    leaves = list(nodes)
    for _ in range(30):
        if rng.random() < 0.1:
            with autograd.scope(rng.choice("ab")), autograd.scope("c"):
                nodes.append(step(rng, nodes))
        elif rng.random() < 0.05:
            with autograd.no_grad():
                nodes.append(step(rng, nodes))
        else:
            nodes.append(step(rng, nodes))
    result = nodes[-1]
    yield told(lambda: result.backward(0.75))
    yield state(nodes)
    nodes[-5].backward()
    yield state(topological(result))
    twin = copy.deepcopy(result)
    for leaf in rng.sample(leaves, 2):
        leaf.data = rng.uniform(-2.0, 2.0)
    yield told(result.backward)
    yield told(result.refresh)
    yield told(result.backward)
    yield state(nodes)
    twin.backward()
    yield state(topological(twin))
    with autograd.debug():
        yield told(result.backward)
    result.zero_grad()
    yield state(nodes)


# -- errors ----------------------------------------------------------------------------------------


class Stranger:
    """No number, but with operators of its own."""

    def __radd__(self, other: Any) -> str:
        return "stranger"


class Index:
    def __index__(self) -> int:
        return 3


ODD_NUMBERS = (Index(), np.float64(2), np.int8(1), True)
NAMES = ("__add__", "__radd__", "__mul__", "__rpow__", "__lt__", "__eq__")


def attempts(x: Any, other: Any) -> list[Callable[[], Any]]:
    """Ways to use something where a number is expected."""
    return [
        *(partial(getattr(x, name), other) for name in NAMES),
        lambda: x + other,
        lambda: other - x,
        lambda: autograd.tanh(other),
        lambda: autograd.dot([x, other], [1.0, 2.0]),
        lambda: autograd.maximum(x, other),
        lambda: autograd.where(x, other, 1.0),
        lambda: Value(other),
        lambda: setattr(x, "grad", other),
        lambda: setattr(Value(1.0), "data", other),
        lambda: Value(1.0).backward(other),
    ]


def errors() -> Iterator[str]:
    """What goes wrong, and in which words."""
    make: Any = Value  # with whatever arguments
    x = make(3.0, label="x")
    y = x * x
    odd = ("3", b"3", None, 1j, [1.0], np.array([1.0, 2.0]), Fraction(1, 2), 10**400, Stranger())
    calls = [call for other in (*odd, *ODD_NUMBERS) for call in attempts(x, other)]
    calls += [
        lambda: setattr(y, "data", 1.0),
        lambda: setattr(y, "parents", ()),
        lambda: setattr(y, "operands", ()),
        lambda: setattr(y, "reached", True),
        lambda: delattr(y, "data"),
        lambda: delattr(y, "grad"),
        lambda: setattr(y, "color", 1),
        lambda: make(),
        lambda: make(1.0, 2.0, 3.0, 4.0),
        lambda: make(1.0, colour=3),
        lambda: Value(1.0, (x,), ()),
        lambda: Value(1.0, (2.0,), (1.0,)),
        lambda: Value(label="z", data=2),
        lambda: float(y),
        lambda: pickle.dumps(y),
        lambda: pickle.loads(pickle.dumps(x)),
        lambda: autograd.tanh(),
        lambda: autograd.tanh(x, x),
        lambda: autograd.tanh(x=x),  # on purpose
        lambda: autograd.leaky_relu(x),
        lambda: autograd.leaky_relu(2.0),
        lambda: autograd.where(x, x),
        lambda: autograd.dot([x], [x, x]),
        lambda: autograd.dot([x]),
        lambda: autograd.dot([], []),
        lambda: autograd.total(),
        lambda: autograd.total([]),
        lambda: autograd.maximum([]),
        lambda: autograd.maximum(v for v in (x, 4.0)),
        lambda: autograd.dot((v for v in [x]), np.array([2.0])),
        lambda: x.tanh(1.0, 2.0),
        lambda: x.maximum(*range(9)),
        lambda: Value.__autograd_record__(autograd.mul, (2.0, 3.0)),
        lambda: Value.__autograd_record__(autograd.dot, (2.0, 3.0, x)),
        lambda: Value.__autograd_record__(CUBE, (x,)),
        lambda: x._prev,
        lambda: x.nothing,
        lambda: x % 2,
        lambda: x < "3",
        lambda: np.float64(2.0) * x,
        lambda: np.array([1.0]) * x,
        lambda: np.tanh(x),
        lambda: sum([x, x, 1]),
        lambda: (x.label, y.label, hash(x) == hash(x), bool(x), +x is x, abs(-x), f"{x:.2f}"),
    ]
    yield from map(told, calls)


def main() -> None:
    seed, count = int(sys.argv[1]), int(sys.argv[2])
    print(autograd.backend, file=sys.stderr)
    print(*rows(), sep="\n")
    for i in range(seed, seed + count):
        print(f"-- program {i}", *program(i), sep="\n")
    print(*errors(), sep="\n")


if __name__ == "__main__":
    main()
