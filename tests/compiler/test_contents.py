"""Never stale: numbers in arrays, iterators, context variables and weak references are watched."""

import contextvars
import gc
import io
import itertools
import threading
import types
import weakref
from array import array
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Value

pytestmark = pytest.mark.compiled

compile = autograd.compile


def numbers():
    return [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]


def by_yields():
    yield 1.0
    yield 2.0
    yield 3.0
    yield from (4.0, 5.0, 6.0)


ARRAYS = {
    "array": lambda: array("d", numbers()),
    "bytearray": lambda: bytearray([1, 2, 3]),
    "memoryview": lambda: memoryview(array("d", numbers()))[1:],
    "numpy": lambda: np.array(numbers()),
    "numpy integers": lambda: np.arange(4),
    "numpy view": lambda: np.arange(12.0).reshape(3, 4)[1],
    "numpy column": lambda: np.arange(12.0).reshape(3, 4)[:, 1],
    "numpy bools": lambda: np.array([True, False]),
    "numpy objects": lambda: np.array([Value(1.0), 2.0], dtype=object),
    "many numbers": lambda: np.ones(5000),
}
ITERATORS = {
    "list": lambda: iter(numbers()),
    "tuple": lambda: iter((*numbers(),)),
    "range": lambda: iter(range(9)),
    "dict": lambda: iter(dict.fromkeys(numbers())),
    "set": lambda: iter({*numbers()}),
    "reversed": lambda: reversed(numbers()),
    "array": lambda: iter(array("d", numbers())),
    "numpy": lambda: iter(np.array(numbers())),
    "flat numpy": lambda: np.array(numbers()).flat,
    "leaves": lambda: iter([Value(each) for each in numbers()]),
    "count": lambda: itertools.count(1),
    "cycle": lambda: itertools.cycle([1.0, 2.0]),
    "chain": lambda: itertools.chain([1.0, 2.0], (3.0, 4.0, 5.0)),
    "accumulate": lambda: itertools.accumulate(numbers()),
    "islice": lambda: itertools.islice(itertools.count(1), 6),
    "map": lambda: map(float, numbers()),
    "zip": lambda: (x * y for x, y in zip(numbers(), numbers(), strict=True)),
    "generator": by_yields,
}


@pytest.mark.parametrize("make", ARRAYS.values(), ids=ARRAYS)
@pytest.mark.parametrize("rows", [False, True])
def test_numbers_changed_in_an_array_are_noticed(make, rows):
    held = types.SimpleNamespace(numbers=make())

    def f(x):
        return x * held.numbers[0] + held.numbers[1]

    fast = compile(f, in_axes=0, reduce="sum") if rows else compile(f)
    given = [2.0] if rows else 2.0
    for change in (None, (0, 5), (1, 7), (0, 0)):
        if change:
            held.numbers[change[0]] = change[1]
        expected = f(Value(2.0)).data
        assert [fast(given), fast(given)] == [expected, expected]
        assert fast.value_and_grad(given)[0] == fast.backward(given) == expected


def test_another_shape_of_the_same_numbers_is_noticed():
    held = np.arange(6.0).reshape(2, 3)
    fast = compile(lambda x: x * len(held))
    assert fast(1.0) == 2.0
    held.shape = (3, 2)
    assert fast(1.0) == 3.0


@pytest.mark.parametrize("make", ITERATORS.values(), ids=ITERATORS)
def test_an_iterator_moves_on_at_each_call(make):
    ours, theirs = make(), make()
    fast = compile(lambda x: x * next(ours))
    for call in (fast, fast, lambda x: fast.value_and_grad(x)[0], fast.backward, fast):
        each = next(theirs)
        assert call(2.0) == 2.0 * (each.data if isinstance(each, Value) else each)


def test_an_iterator_that_stands_still_costs_no_trace():
    ours = [iter(numbers()), itertools.count(), by_yields(), itertools.repeat(1.0), map(float, [])]
    runs: list[int] = []

    def f(x):
        runs.append(1)
        return x * len(ours)

    fast = compile(f)
    assert [fast(1.0), fast(2.0)] == [5.0, 10.0]
    assert len(runs) == 1


def test_the_end_of_an_iterator_is_as_in_the_function_itself():
    ended: Iterator[float] = iter([])
    with pytest.raises(StopIteration):
        compile(lambda x: x * next(ended))(1.0)
    with pytest.raises(StopIteration):
        compile(lambda x: x * next(ended), in_axes=0)([1.0, 2.0])


def test_a_context_variable_and_the_attributes_of_a_thread_are_watched():
    scale, own = contextvars.ContextVar("scale", default=1.0), threading.local()
    own.shift = 0.0
    fast = compile(lambda x: x * scale.get() + own.shift)
    assert fast(2.0) == 2.0
    token = scale.set(5.0)
    assert fast(2.0) == 10.0
    own.shift = 1.0
    assert fast(2.0) == 11.0
    scale.reset(token)
    assert fast(2.0) == 3.0
    found = []

    def elsewhere():
        own.shift = 100.0
        found.append(fast(2.0))

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert (found, fast(2.0)) == ([102.0], 3.0)


class Held:
    def __init__(self):
        self.scale = 1.0
        self.by = {"ref": weakref.ref(self), "proxy": weakref.proxy(self)}


@pytest.mark.parametrize("way", ["ref", "proxy", "values"])
def test_what_a_weak_reference_alone_leads_to_is_read_at_each_call_and_not_kept(way):
    held = Held()
    values = weakref.WeakValueDictionary(held=held)
    weak = {"ref": held.by["ref"], "proxy": held.by["proxy"], "values": values}[way]
    read: Any = {"ref": lambda w: w(), "proxy": lambda w: w, "values": lambda w: w["held"]}[way]
    fast = compile(lambda x: x * read(weak).scale)
    assert fast(2.0) == 2.0
    held.scale = 5.0
    assert fast(2.0) == 10.0
    alive = weakref.ref(held)
    held.by.clear()
    del held
    gc.collect()
    assert alive() is None
    with pytest.raises((AttributeError, ReferenceError, KeyError)):
        fast(2.0)
    assert compile(lambda x: x if x.label else weak)(2.0) == 2.0


def test_a_weak_reference_to_what_is_watched_costs_no_trace():
    held = Held()
    del held.by["proxy"]
    runs: list[int] = []

    def f(x):
        runs.append(1)
        return x * held.by["ref"]().scale

    fast = compile(f)
    assert [fast(1.0), fast(2.0)] == [1.0, 2.0]
    assert len(runs) == 1
    held.scale = 3.0
    assert fast(1.0) == 3.0


def test_a_file_is_no_state():
    log = io.StringIO()

    def f(x):
        print("run", file=log)
        return x * 2.0

    fast = compile(f, in_axes=0)
    assert fast([1.0, 2.0]) == fast([1.0, 2.0]) == [2.0, 4.0]
    assert log.getvalue() == "run\n"


def test_a_buffer_that_raises_is_none():
    class Odd:
        def __buffer__(self, flags):
            raise RuntimeError(flags)

    odd = Odd()
    assert compile(lambda x: x if odd else 0.0)(2.0) == 2.0
