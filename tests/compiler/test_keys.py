"""What shares a trace: not what is equal without being the same.  Arguments stay as given."""

import math
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum
from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest

import autograd
from autograd import TraceError, Value

pytestmark = pytest.mark.engine

compile = autograd.compile


class Text(str):
    """A text that says more than its letters."""


class Level(IntEnum):
    ONE = 1


@dataclass(frozen=True)
class Config:
    rate: object


# Each row: things that are equal, and not the same.
EQUAL = [
    (0.0, -0.0, 0, False, np.float64(0.0), np.float64(-0.0), Decimal(0), Decimal("-0"), 0j),
    (1, True, 1.0, Level.ONE, np.int64(1), Fraction(1), Decimal("1.0"), Decimal("1.00")),
    (complex(0.0, 0.0), complex(-0.0, 0.0), complex(0.0, -0.0)),
    ("a", Text("a"), np.str_("a")),
    ((0.0, 1), (-0.0, 1), (0.0, True), (0, 1)),
    (((0.0,),), ((-0.0,),)),
    (frozenset([1]), frozenset([True]), frozenset([1.0])),
    (Config(0.0), Config(-0.0), Config(False)),
]
PAIRS = [pair for row in EQUAL for pair in permutations(row, 2)]


def shown(x):
    """What tells them apart."""
    return f"{type(x).__name__} {x!r}"


@pytest.mark.parametrize(("first", "second"), PAIRS, ids=str)
def test_equal_keys_and_keyword_arguments_that_are_not_the_same_share_no_trace(first, second):
    seen: list[str] = []

    def noted(x, *keys):
        seen.extend(map(shown, keys))
        return x

    of_dict = compile(lambda d: noted([*d.values()], *d))
    of_nested = compile(lambda p: noted([*p[0]["d"].values()], *p[0]["d"]))
    of_rows = compile(lambda d: noted([*d.values()], *d), in_axes=0)
    of_keyword = compile(lambda x, k: noted(x, k))
    for key in (first, second, first, second):
        of_dict({key: 1.0})
        of_nested([{"d": {key: 1.0}}, 2.0])
        of_rows([{key: 1.0}, {key: 2.0}])
        of_keyword(1.0, k=key)
    assert seen == [shown(key) for key in (first, second) for _ in range(4)]


def test_signs_of_keys_reach_the_result():
    fast = compile(lambda d: sum(autograd.div(v, k) for k, v in d.items()))
    assert [fast({0.0: 1.0}), fast({-0.0: 1.0}), fast({0.0: 1.0})] == [
        math.inf,
        -math.inf,
        math.inf,
    ]


def test_a_key_that_is_not_even_itself_is_found_by_those_who_hold_it():
    one, other = float("nan"), float("nan")
    fast = compile(lambda d: d[one] if one in [*d] else 7.0)
    assert [fast({one: 1.0}), fast({other: 1.0}), fast({one: 2.0})] == [1.0, 7.0, 2.0]


def doubled(a, b):
    a[0] = a[0] * 2.0
    return b[0] + a[0]


def popped(a, b):
    return a.pop("x") + len(b)


def within(a, b):
    a[0]["x"].append(1.0)
    return b[0]["x"][0] + len(a[0]["x"])


@pytest.mark.parametrize(
    ("f", "given"), [(doubled, [1.0]), (popped, {"x": 1.0}), (within, [{"x": [1.0]}])]
)
def test_a_function_that_changes_its_arguments_is_refused(f, given):
    with pytest.raises(TraceError, match=r"changes its argument 0 in place.*\n  at .* in "):
        compile(f)(given, given)
    with pytest.raises(TraceError, match="Change a copy"):
        compile(f, in_axes=(0, 0))([given], [given])


def test_one_list_given_twice_is_read_twice():
    fast, given = compile(lambda a, b: a[0] * b[1]), [2.0, 3.0]
    assert fast(given, given) == 6.0
    assert fast.value_and_grad(given, given, argnums=(0, 1)) == (6.0, ([3.0, 0.0], [0.0, 2.0]))


def test_one_leaf_given_twice_gets_both_gradients():
    w = Value(3.0)
    assert compile(lambda a, b: a[0] * b).backward([w], w) == 9.0
    assert w.grad == 6.0
