"""Reachable objects: all that a function can come to a leaf by, and what each holds.

From the function it goes to the names in its code, its closure and defaults, and from any object to
what that refers to, as the cycle collector does, to the classes of instances and the functions in
them.  Each object on the way is a place: as long as all places hold what they held, the function
reads the leaves that it read.  Of modules, those names count that the code mentions; what the
standard library and this package hold by themselves does not.
"""

import sys
from dataclasses import dataclass, field
from functools import lru_cache
from random import Random
from types import (
    CodeType,
    FrameType,
    FunctionType,
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodDescriptorType,
    ModuleType,
    WrapperDescriptorType,
)  # fmt: skip
from typing import Any
from weakref import ref

from autograd.compiler.tracing.containers import (
    HAS_REFERENTS,
    HEAP,
    MISSING,
    Place,
    content,
    listed,
    parts_of,
    referents,
    unchanged_since,
)  # fmt: skip
from autograd.compiler.tracing.contents import WEAK, Contents, contents_of, same_contents
from autograd.compiler.tracing.keys import is_plain
from autograd.compiler.tracing.referenced_names import names_of
from autograd.value import Value

__all__ = ["Reach"]

OURS = {"autograd", "nn"}
# Whose objects are not looked into: they have a state of their own, and hold no leaves.
SHUT = {"autograd", "_io", "_thread", "asyncio", "io", "logging", "random", "re", "threading"}
# What holds nothing that could be rebound, and what chance draws from: it changes, as it must.
STOPS = (
    Random,
    CodeType, FrameType, GetSetDescriptorType, MemberDescriptorType, MethodDescriptorType,
    WrapperDescriptorType,
)  # fmt: skip


@dataclass
class Reach:
    """What a function reaches.

    Args:
        roots: the function, and what else it is given.

    Attributes:
        places: what holds something, in the order in which it was come to.
        contents: what has contents beside, and those.
        values: the Values among what was reached.
    """

    roots: list[Any]
    places: list[Place] = field(default_factory=list)
    contents: list[tuple[Any, Contents]] = field(default_factory=list)
    values: dict[int, Value] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.seen: dict[int, Any] = {}  # with the objects, so that no id comes again
        self.stack = [*reversed(self.roots)]
        self.modules: list[ModuleType] = []
        self.weak: list[Any] = []
        self.mentioned: dict[str, None] = {}
        done: set[tuple[int, str]] = set()
        while self.stack:
            self.follow()
            for module in self.modules:
                self.enter(module, done)
        self.contents += [(x, (object(), ())) for x in self.weak if self.is_lone(x)]
        self.versions = bytearray(8 * len(self.places))

    def unchanged(self) -> bool:
        """Whether all places hold what they held."""
        return unchanged_since(self.places, self.versions) and all(
            same_contents(contents_of(x), held) for x, held in self.contents
        )

    def follow(self) -> None:
        """Go on from all that is on the stack."""
        while self.stack:
            x = self.stack.pop()
            if is_plain(x) or id(x) in self.seen:
                continue
            self.seen[id(x)] = x
            if issubclass(type(x), WEAK):  # first: to ask a dead one for its class raises
                self.weak.append(x)
                continue
            if isinstance(x, Value):
                self.values[id(x)] = x
                if type(x) is Value:
                    continue
            self.visit(x)

    def visit(self, x: Any) -> None:
        """Note what an object holds, and go on from there."""
        if isinstance(x, STOPS):
            return
        self.read(x)
        if isinstance(x, FunctionType):
            self.function(x)
        elif isinstance(x, ModuleType):
            if not is_library(x.__name__):
                self.modules.append(x)
        elif isinstance(x, type):
            if not is_library(x.__module__):
                self.dict(x)
                self.stack.append(type(x))
        elif package_of(type(x)) in SHUT and not isinstance(x, Value):
            self.stack += (
                [vars(x)["__wrapped__"]] if "__wrapped__" in (attributes_of(x) or ()) else []
            )
        elif type(x) is dict:
            self.dict(x)
        else:
            self.instance(x)

    def instance(self, x: Any) -> None:
        """An instance of any class: what is in it, attributes, slots, and its class."""
        attributes = attributes_of(x)
        if attributes is not None:
            self.stack.append(attributes)
        if isinstance(x, Value):
            self.stack.append(type(x))
            return
        if isinstance(x, dict):
            self.dict(x)
        slots = {slot: content(slot, x) for slot in slots_of(type(x))}
        if slots:
            self.note(x, slots, [*slots.values()])
        if type(x) in (tuple, frozenset):
            self.stack.extend(reversed([*x]))
        elif type(x).__flags__ & HAS_REFERENTS:
            held = referents(x)
            self.note(x, held, [y for y in held if y is not attributes])

    def function(self, x: FunctionType) -> None:
        """A function: its code, closure and defaults, and the globals that it names."""
        held = parts_of(x)
        self.note(x, held, (*held[1:3], held[4]))
        for name, cell in zip(x.__code__.co_freevars, x.__closure__ or (), strict=False):
            inside = referents(cell)
            self.note(cell, inside, names_of(x.__code__).read(dict.fromkeys([name], *inside)))
        typed = x.__code__.co_filename.startswith("<")  # in a notebook, a doctest
        if not typed and is_library(x.__globals__.get("__name__") or ""):
            return
        known, names = x.__globals__, names_of(x.__code__)
        self.mentioned |= names.attributes
        if names.globals:
            named = {name: known.get(name, MISSING) for name in names.globals}
            self.note(known, named, names.read(named))
        self.stack += [sys.modules[name] for name in names.globals if name in sys.modules]

    def enter(self, module: ModuleType, done: set[tuple[int, str]]) -> None:
        """Note the names of a module that the code mentions."""
        known, place = vars(module), id(module)
        new = {x: known.get(x, MISSING) for x in self.mentioned if (place, x) not in done}
        done |= {(place, x) for x in new}
        if new:
            self.note(known, new, [*new.values()])

    def dict(self, x: Any) -> None:
        """A dict or a class: its keys and values."""
        held = listed(x)
        self.note(x, held, held)

    def read(self, x: Any) -> None:
        """Note what an object holds that no reference tells, and go on to what is there."""
        held = contents_of(x)
        if held is not None:
            self.contents.append((x, held))
            self.stack.extend(reversed(held[1]))

    def is_lone(self, x: Any) -> bool:
        """Whether a weak reference is the only way to an object: to watch it would keep it."""
        if not issubclass(type(x), ref):  # a proxy, which does not tell what it stands for
            return True
        target = x()
        return not (is_plain(target) or isinstance(target, type) or id(target) in self.seen)

    def note(self, x: Any, held: Any, onward: Any) -> None:
        """Note a place, and go on to what it holds."""
        self.places.append((x, held))
        self.stack.extend(reversed(onward))


@lru_cache(maxsize=4096)
def is_library(name: str) -> bool:
    """Whether a module is of the standard library, of this package, or of another package."""
    top = name.partition(".")[0]
    if top in OURS or (top in sys.stdlib_module_names and top != "__main__"):
        return True
    path = getattr(sys.modules.get(top), "__file__", None) or ""
    return "site-packages" in path or "dist-packages" in path


def package_of(kind: type) -> str:
    """The package that a class is of."""
    return str(kind.__module__).partition(".")[0]


def attributes_of(x: Any) -> Any:
    """The dict of an object's attributes; None when it has none."""
    try:
        return object.__getattribute__(x, "__dict__")
    except AttributeError:
        return None


def slots_of(kind: type) -> list[Any]:
    """The descriptors of the slots of a class, those of the library left out."""
    classes = [x for x in kind.__mro__ if x.__flags__ & HEAP and not is_library(x.__module__)]
    return [x for each in classes for x in vars(each).values() if type(x) is MemberDescriptorType]
