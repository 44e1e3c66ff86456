"""Never stale: what stands between a compiled function and a leaf is watched, or refused."""

import collections
import contextlib
import functools
import random
import sys
import types
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pytest

import autograd
from autograd import TraceError, Value

pytestmark = pytest.mark.engine

compile = autograd.compile


def two():
    return Value(2.0)


class Plain:
    def __init__(self):
        self.w = two()


class Slotted:
    __slots__ = ("v", "w")

    def __init__(self):
        self.w = two()


class Both(Slotted):
    pass


def made_class():
    class Made:
        w = two()

    return Made


class Property:
    def __init__(self):
        self._w = [1.0, two()]

    @property
    def w(self):
        return self._w[1]


class Looked:
    def __init__(self):
        self.hidden = {"w": two()}

    def __getattr__(self, name):
        return self.__dict__["hidden"][name]


class Listed(list[Any]):
    pass


@dataclass
class Data:
    w: Any = field(default_factory=two)


@dataclass(slots=True)
class Slots:
    w: Any = field(default_factory=two)


class Pair(NamedTuple):
    name: str
    inside: Any


def set_w(x, w):
    x.w = w


def set_item(x, key, w):
    x[key] = w


def rebound(make, read, write):
    """A function that reads a leaf out of a holder, and what puts another leaf there."""
    holder = make()
    return (lambda x: read(holder) * x), (lambda w: write(holder, w))


def proxied(held):
    return held, types.MappingProxyType(held)


def by_attribute(make):
    return rebound(make, lambda h: h.w, set_w)


def by_item(make, key):
    return rebound(make, lambda h: h[key], lambda h, w: set_item(h, key, w))


def module():
    made = types.ModuleType("settings_of_a_user")
    made.w = two()  # type: ignore[attr-defined]
    return made


def of_default():
    def f(x, w=two()):  # noqa: B008
        return w * x

    return f, lambda w: setattr(f, "__defaults__", (w,))


def of_keyword_default():
    def f(x, *, w=two()):  # noqa: B008
        return w * x

    return f, lambda w: setattr(f, "__kwdefaults__", {"w": w})


def of_function_attribute():
    def f(x):
        return f.w * x  # type: ignore[attr-defined]

    f.w = two()  # type: ignore[attr-defined]
    return f, functools.partial(set_w, f)


def of_code():
    w, v = two(), two()

    def f(x):
        return w * x + v - v

    def other(x):
        return (w + v) * x

    def change(new):
        nonlocal w, v
        w, v = new, Value(0.0)
        f.__code__ = other.__code__

    return f, change


def of_partial():
    def f(w, x):
        return w[0] * x

    held = [two()]
    return functools.partial(f, held), functools.partial(set_item, held, 0)


def of_function_in_list():
    w = two()

    def g(x):
        return w * x

    def change(new):
        nonlocal w
        w = new

    gs = [g]
    return (lambda x: gs[0](x)), change


def of_method_in_dict():
    class Layer(Plain):
        def __call__(self, x):
            return self.w * x

    layers = {"first": Layer()}
    return (lambda x: layers["first"](x)), lambda w: set_w(layers["first"], w)


def of_decorated():
    def doubled(f):
        @functools.wraps(f)
        def g(x):
            return f(x)

        return g

    w = two()

    @doubled
    def f(x):
        return w * x

    def change(new):
        nonlocal w
        w = new

    return f, change


def of_decorated_method():
    class Model(Plain):
        @compile
        def loss(self, x):
            return self.w * x

    model = Model()
    return (lambda x: model.loss(x)), functools.partial(set_w, model)


def of_none():
    w = None

    def change(new):
        nonlocal w
        w = new

    return (lambda x: 2.0 * x if w is None else w * x), change


def of_nothing():
    held: dict[str, Any] = {}
    return (lambda x: held.get("w", 2.0) * x), functools.partial(set_item, held, "w")


def of_empty_deque():
    held: Any = collections.deque()
    return (lambda x: held[0] * x if held else 2.0 * x), held.appendleft


def of_renamed_key():
    w = two()
    held = {"a": w}

    def f(x):
        return held["a"] * x if "a" in held else held["b"] * held["c"] * x

    def change(new):
        held.clear()
        held.update(b=new, c=Value(1.0))

    return f, change


def of_another_class():
    class One(Plain):
        def read(self):
            return self.w

    class Other(Plain):
        def read(self):
            return self.v  # type: ignore[attr-defined]

    held = One()

    def change(new):
        held.v = new  # type: ignore[attr-defined]
        held.__class__ = Other  # type: ignore[assignment]

    return (lambda x: held.read() * x), change


def of_another_base():
    class One:
        w = two()

    class Other:
        w = two()

    class Held(One):
        pass

    held = Held()

    def change(new):
        Other.w = new
        Held.__bases__ = (Other,)

    return (lambda x: held.w * x), change


def of_another_dict():
    held = Plain()
    return (lambda x: held.w * x), lambda w: setattr(held, "__dict__", {"w": w})


def of_cache():
    @functools.lru_cache
    def made():
        return two()

    def change(new):
        made().data = new.data

    return (lambda x: made() * x), change


def of_first_use():
    cache: dict[str, Any] = {}

    def f(x):
        if "w" not in cache:
            cache["w"] = two()
        return cache["w"] * x

    return f, functools.partial(set_item, cache, "w")


def of_number():
    held = types.SimpleNamespace(w=2.0)
    return (lambda x: held.w * x), lambda w: set_w(held, w.data)


def of_named_module():
    sys.modules["settings_of_a_test"] = types.ModuleType("settings_of_a_test")
    sys.modules["settings_of_a_test"].w = two()  # type: ignore[attr-defined]

    def f(x):
        import settings_of_a_test  # type: ignore[import-not-found]  # noqa: PLC0415

        return settings_of_a_test.w * x

    return f, functools.partial(set_w, sys.modules["settings_of_a_test"])


WAYS = {
    "attribute": lambda: by_attribute(Plain),
    "slot": lambda: by_attribute(Slotted),
    "slot with attributes": lambda: by_attribute(Both),
    "class attribute": lambda: by_attribute(made_class),
    "class attribute of an instance": lambda: rebound(
        lambda: made_class()(), lambda h: h.w, lambda h, w: set_w(type(h), w)
    ),
    "property": lambda: rebound(Property, lambda h: h.w, lambda h, w: set_item(h._w, 1, w)),
    "__getattr__": lambda: rebound(Looked, lambda h: h.w, lambda h, w: set_item(h.hidden, "w", w)),
    "namespace": lambda: by_attribute(lambda: types.SimpleNamespace(w=two())),
    "module": lambda: by_attribute(module),
    "imported module": of_named_module,
    "dataclass": lambda: by_attribute(Data),
    "dataclass with slots": lambda: by_attribute(Slots),
    "mixed list": lambda: by_item(lambda: [1.0, two()], 1),
    "list subclass": lambda: by_item(lambda: Listed(["a", two()]), 1),
    "attribute of a list subclass": lambda: rebound(Listed, lambda h: getattr(h, "w", 2.0), set_w),
    "dict": lambda: by_item(lambda: {"n": 3, "w": two()}, "w"),
    "ordered dict": lambda: by_item(lambda: collections.OrderedDict(n=3, w=two()), "w"),
    "default dict": lambda: by_item(lambda: collections.defaultdict(two), "w"),
    "deque": lambda: by_item(lambda: collections.deque([1.0, two()]), 1),
    "user dict": lambda: by_item(lambda: collections.UserDict(w=two()), "w"),
    "chain map": lambda: by_item(lambda: collections.ChainMap({}, {"w": two()}), "w"),
    "nested": lambda: rebound(
        lambda: {"n": 1, "in": [0.0, Pair("a", [two()])]},
        lambda h: h["in"][1].inside[0],
        lambda h, w: set_item(h["in"][1].inside, 0, w),
    ),
    "proxy": lambda: rebound(
        lambda: proxied({"w": two()}),
        lambda h: h[1]["w"],
        lambda h, w: set_item(h[0], "w", w),
    ),
    "set": lambda: rebound(
        lambda: {two()}, lambda h: next(iter(h)), lambda h, w: (h.clear(), h.add(w))
    ),
    **{name[3:].replace("_", " "): x for name, x in list(globals().items()) if name[:3] == "of_"},
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("rows", [False, True])
def test_another_leaf_in_its_place_is_noticed(way, rows):
    f, change = WAYS[way]()
    if rows and way in ("cache", "first use", "default dict"):
        f(Value(1.0))
    fast = compile(f, in_axes=0, reduce="sum") if rows else compile(f)
    given = [3.0, 4.0] if rows else 3.0
    sums = 7.0 if rows else 3.0
    for new in (None, Value(5.0), Value(-1.0)):
        expected = 2.0 if new is None else new.data
        if new is not None:
            change(new)
        assert [fast(given), fast(given)] == [expected * sums] * 2
        assert fast.value_and_grad(given)[0] == expected * sums
        assert fast.backward(given) == expected * sums


def test_a_global_that_was_none_is_noticed(monkeypatch):
    fast = compile(lambda x: 2.0 * x if SCALE is None else SCALE * x)
    assert fast(3.0) == 6.0
    monkeypatch.setitem(globals(), "SCALE", Value(5.0))
    assert fast(3.0) == 15.0
    monkeypatch.delitem(globals(), "SCALE")
    with pytest.raises(NameError):
        fast(3.0)


SCALE = None


def test_keyword_arguments_are_watched():
    held = Plain()
    fast = compile(lambda x, by: by.w * x)
    assert fast(3.0, by=held) == 6.0
    held.w = Value(5.0)
    assert [fast(3.0, by=held), fast(3.0, by=Plain())] == [15.0, 6.0]


def test_a_leaf_that_is_made_in_the_trace_is_its_own():
    stored = []

    def f(x):
        w = Value(2.0)
        stored.append(w)
        return w * x

    fast = compile(f)
    assert fast(3.0) == 6.0
    stored[0].data = 5.0
    assert [fast(3.0), len(stored)] == [6.0, 1]


def test_weights_that_are_made_at_the_first_call_get_their_gradient():
    held = types.SimpleNamespace(w=None)

    def f(x):
        if held.w is None:
            held.w = Value(2.0)
        return held.w * x

    fast = compile(f)
    assert (fast.backward(3.0), held.w.grad) == (6.0, 3.0)
    held.w.data = 5.0
    assert (fast.backward(3.0), held.w.grad) == (15.0, 6.0)
    held.w = None
    assert (fast.backward(1.0), held.w.grad) == (2.0, 1.0)


def test_a_state_that_a_function_carries_on_is_carried_on():
    held = types.SimpleNamespace(h=1.0, n=0)

    def f(x):
        held.n += 1
        held.h = held.h * x
        return held.h * held.n

    fast = compile(f)
    assert [fast(2.0) for _ in range(4)] == [2.0, 8.0, 24.0, 64.0]
    with pytest.raises(TraceError, match="changes what it reads itself"):
        compile(f, in_axes=0)([1.0, 2.0])


def test_what_is_only_added_to_is_no_state():
    seen: list[Any] = []
    kinds: set[Any] = set()

    def f(x):
        seen.append(x)
        kinds.add(type(x))
        return x * 2.0

    fast = compile(f)
    assert [fast(1.0), fast(2.0), len(seen)] == [2.0, 4.0, 1]


def test_what_is_added_to_and_read_is_a_state():
    seen: list[Any] = []

    def f(x):
        seen.append(2.0)
        return x * len(seen)

    fast = compile(f)
    assert [fast(1.0), fast(2.0), fast(1.0)] == [1.0, 4.0, 3.0]


KEPT_BY_ID: Any = [None, Value(2.0, label="kept")]


def test_a_leaf_that_is_come_to_unseen_is_refused_with_its_line_and_a_remedy():
    name = "_".join(("KEPT", "BY", "ID"))

    def f(x):
        leaf = globals()[name][1]
        return x + leaf * x

    with pytest.raises(TraceError, match=r"(?s)comes to 'kept'.*Pass it as an argument") as caught:
        compile(f)(3.0)
    line = f.__code__.co_firstlineno + 2
    assert str(caught.value).endswith(f"test_captures.py:{line} in f")


@pytest.mark.parametrize(
    "read",
    [
        lambda w: w.__getstate__(),
        lambda w: w.__reduce__(),
        lambda w: w.__reduce_ex__(2),
        lambda w: w.__copy__(),
        lambda w: [float(w)],
        lambda w: [int(w)],
        lambda w: [round(w)],
        lambda w: f"{w:.3f}",
        lambda w: [w.__float__()],
        lambda w: autograd.draw(w),
        lambda w: w.partials(),
    ],
)
def test_other_ways_to_a_number_are_refused(read):
    w = Value(2.0)

    def f(x):
        read(w)
        return w * x

    with pytest.raises((TraceError, TypeError, AttributeError)):
        compile(f)(3.0)


# -- random objects ------------------------------------------------------------------------------


class Thing:
    """Something with attributes."""


class Small:
    __slots__ = ("a", "b")


def grown(draw, depth):
    """A random graph of objects with leaves and numbers in it."""
    kind = draw.choice(["leaf", "number", "none"] if depth == 0 else KINDS)
    if kind == "leaf":
        return Value(draw.uniform(-2.0, 2.0))
    if kind == "number":
        return draw.choice([0.5, -1.5, 2, True])
    if kind == "none":
        return None
    below = [grown(draw, depth - 1) for _ in range(draw.randint(0, 3))]
    return MAKERS[kind](below)


def with_attributes(make):
    def made(below):
        x = make()
        for name, each in zip("ab", below, strict=False):
            setattr(x, name, each)
        return x

    return made


def function_of(below):
    cell = [*below]

    def g(x):
        return combined(cell, x)

    return g


MAKERS: dict[str, Any] = {
    "list": list,
    "tuple": tuple,
    "dict": lambda below: dict(zip("ab", below, strict=False)),
    "deque": collections.deque,
    "thing": with_attributes(Thing),
    "small": with_attributes(Small),
    "namespace": with_attributes(types.SimpleNamespace),
    "function": function_of,
    "partial": lambda below: functools.partial(combined, below),
}
KINDS = [*MAKERS, "leaf", "leaf", "number", "none"]


def combined(held, x):
    """A number out of all that is in an object, in which every place counts."""
    if held is None:
        return x * 0.25
    if isinstance(held, Value | float | int):
        return held * x + 1.0
    if callable(held):
        return held(x)
    total = x
    for i, each in enumerate(parts(held)):
        total = total * 1.5 + combined(each, x) * (i + 1.0)
    return total


def parts(held):
    if isinstance(held, dict):
        return [each for key in sorted(held) for each in ([key == "b", held[key]])]
    if isinstance(held, list | tuple | collections.deque):
        return [*held]
    return [y for name in "ab" for y in ([hasattr(held, name), getattr(held, name, None)])]


def mutate(draw, held):
    """Change something somewhere in an object; return whether anything was."""
    if held is None or isinstance(held, bool | int | float):
        return False
    if isinstance(held, functools.partial):
        return mutate(draw, held.args[0])
    if isinstance(held, types.FunctionType):
        return mutate(draw, held.__closure__[0].cell_contents)  # type: ignore[index]
    inside = (
        [x for x in parts(held) if x is not None and not isinstance(x, bool | int | float)]
        if (not isinstance(held, Value))
        else []
    )
    if isinstance(held, Value):
        held.data = draw.uniform(-2.0, 2.0)
        return True
    if inside and (isinstance(held, tuple) or draw.random() < 0.6):
        return mutate(draw, draw.choice(inside))
    return replace(draw, held)


def replace(draw, held):
    new, name = grown(draw, 1), draw.choice("ab")
    if isinstance(held, tuple):
        return False
    if isinstance(held, dict):
        held[name] = new
    elif isinstance(held, list | collections.deque):
        if held and draw.random() < 0.7:
            held[draw.randrange(len(held))] = new
        else:
            held.append(new)
    elif draw.random() < 0.3 and hasattr(held, name):
        delattr(held, name)
    else:
        setattr(held, name, new)
    return True


@pytest.mark.parametrize("seed", range(60))
def test_compiled_is_eager_whatever_is_changed(seed):
    draw = random.Random(seed)
    root = [grown(draw, 3), grown(draw, 2)]

    def f(x):
        return combined(root, x)

    fast = compile(f)
    for _ in range(12):
        x = draw.choice([0.5, 1.0, -2.0])
        with contextlib.suppress(TraceError):
            expected = f(Value(x)).data
            assert [fast(x), fast(x), fast.value_and_grad(x)[0]] == [expected] * 3
        mutate(draw, draw.choice([*root, root]))
