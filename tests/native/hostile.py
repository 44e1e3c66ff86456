"""Objects whose hooks act: each special method that C may run does something else first.

What they do is up to the `act` that they are made with; what they answer is mostly of the kind
that is asked for, and sometimes not.
"""

import random
from array import array
from collections.abc import Callable
from typing import Any

from autograd import Primitive, Value

__all__ = ["Raised", "hostile_number", "hostile_rule", "hostile_value", "hostile_whatever"]

NUMBERS = (0.0, -0.0, 1.0, -2.5, 1e308, float("inf"), float("nan"))
INTEGERS = (0, 1, 2, 3, 7, -1, -(2**31), 2**70)


class Raised(Exception):  # noqa: N818 - what hooks raise on purpose
    pass


class Acting:
    """What all of them have: a draw of random numbers, and what to do."""

    draw: random.Random
    act: Callable[[], None]

    def __del__(self) -> None:
        self.act()

    def __repr__(self) -> str:
        self.act()
        return "hostile"


class Number(Acting):
    def __float__(self) -> float:
        self.act()
        return self.draw.choice(NUMBERS)

    def __bool__(self) -> bool:
        self.act()
        return self.draw.random() < 0.5


class Index(Acting):
    def __index__(self) -> int:
        self.act()
        return self.draw.choice(INTEGERS)


class Key(Acting):
    def __hash__(self) -> int:
        self.act()
        return hash("name")

    def __eq__(self, other: object) -> bool:
        self.act()
        return self.draw.random() < 0.5


class Sequence(Acting):
    items: list[Any]

    def __len__(self) -> int:
        self.act()
        return len(self.items)

    def __getitem__(self, i: Any) -> Any:
        self.act()
        return self.items[i]

    def __iter__(self) -> Any:
        self.act()
        for x in self.items:
            self.act()
            yield x


class Buffer(Acting):
    """A buffer from Python 3.12 on; before, nothing in particular."""

    numbers: Any

    def __buffer__(self, flags: int) -> memoryview:
        self.act()
        return memoryview(self.numbers)

    def __release_buffer__(self, view: memoryview) -> None:
        self.act()
        view.release()
        self.act()


class Operand(Acting):
    """Of a type whose operators may know Values."""

    def __radd__(self, other: object) -> Any:
        self.act()
        return other

    __rmul__ = __rsub__ = __rtruediv__ = __rpow__ = __add__ = __radd__


class Name(str):
    act: Callable[[], None]
    __slots__ = ("act",)

    def __hash__(self) -> int:
        self.act()
        return str.__hash__(self)

    def __eq__(self, other: object) -> bool:
        self.act()
        return str.__eq__(self, other)


class Layer(Acting):
    """What has a `scope_name`."""

    @property
    def scope_name(self) -> Any:
        self.act()
        return self.draw.choice(["a", "b" * self.draw.randrange(9), 3])


class Row(list[Any]):
    """A list of a class of its own, that acts when one is made."""

    act: Any = None

    def __init__(self, *items: Any) -> None:
        if Row.act:
            Row.act()
        super().__init__(*items)


class Tracer(Acting):
    """What is told of comparisons and reads."""

    def read(self, *_: Any) -> Any:
        self.act()
        return self.draw.choice(NUMBERS)

    guard = detached = read


class Dying(Value):
    """A Value with attributes, weak references and an end that acts."""

    act: Any = None

    def __del__(self) -> None:
        if self.act:
            self.act()


class Lying(Value):
    """A Value whose private attributes are sometimes anything."""

    lies: Any = None

    @property
    def _operands(self) -> Any:
        if self.lies and self.lies.random() < 0.3:
            return self.lies.choice([(), (1.0,), (object(), 2.0), ("x",) * 3, None])
        return Value._operands.__get__(self)

    @_operands.setter
    def _operands(self, operands: Any) -> None:
        Value._operands.__set__(self, operands)  # type: ignore[attr-defined]


PLAIN = (Number, Index, Key, Operand, Layer, Tracer)


def made(kind: Any, draw: random.Random, act: Any, **attributes: Any) -> Any:
    x = kind.__new__(kind)
    x.draw, x.act = draw, act
    for name, value in attributes.items():
        setattr(x, name, value)
    return x


def hostile_number(draw: random.Random, act: Any) -> Any:
    """Return what can be read as a number."""
    return made(draw.choice((Number, Index)), draw, act)


def hostile_value(draw: random.Random, act: Any) -> Any:
    """Return a Value of a subclass."""
    if draw.random() < 0.3:
        x: Any = Lying(draw.choice(NUMBERS))
        x.lies = draw
        return x
    x = Dying(draw.choice(NUMBERS))
    x.act = act
    return x


def hostile_rule(draw: random.Random, act: Any) -> Any:
    """Return a Primitive of one or two operands whose functions act."""

    def answer(*_: Any) -> Any:
        act()
        return draw.choice(NUMBERS) if draw.random() < 0.8 else draw.choice(["x", None, Value(1.0)])

    partials = [answer] * draw.randint(1, 2)
    forwards: list[Callable[..., Any]] = [lambda x: answer(), lambda x, y: answer()]
    return Primitive(f"hostile{draw.randrange(99)}", forwards[len(partials) - 1], *partials)


def hostile_whatever(draw: random.Random, act: Any, items: list[Any]) -> Any:
    """Return any of them."""
    which = draw.randrange(10)
    if which < 5:
        return made(draw.choice(PLAIN), draw, act)
    if which == 5:
        return made(Sequence, draw, act, items=items)
    if which == 6:
        name = Name("n" * draw.randint(1, 40))
        name.act = act
        return name
    if which == 7:
        return hostile_value(draw, act)
    if which == 8:
        Row.act = act
        return Row(items)
    numbers = array(draw.choice("ddddqB"), [1] * draw.choice((0, 1, 2, 3, 6)))
    return made(Buffer, draw, act, numbers=numbers)
