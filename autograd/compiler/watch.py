"""Watch: the leaves and modules that a function reaches by name, and whether they are the same.

A trace holds for the leaves that its names stood for, and for the attributes that a module had.
What a module is, nn says: this file takes anything with `named_parameters` and `modules` for one.
"""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from operator import is_
from types import CellType, FunctionType, MethodType
from typing import Any

from autograd.compiler.constants import constant
from autograd.engine import native
from autograd.value import Value

__all__ = ["Watch"]

CONTAINERS = (list, tuple, dict)
# How deep lists of lists are looked into, and how many states a watch tells apart.
DEEP, STATES = 8, 256

# Containers with what they held: a tuple; of a function's globals, a dict of some names.
State = list[tuple[Any, Any]]


def is_module(x: Any) -> bool:
    return hasattr(type(x), "named_parameters") and hasattr(type(x), "modules")


def state_of(root: Any) -> State:
    """What holds the leaves and modules that a function reaches, each with what it holds."""
    seen: set[int] = set()
    stack, state = [root], []
    while stack:
        x = stack.pop()
        if id(x) in seen:
            continue
        seen.add(id(x))
        if is_module(x):
            held = [each for module in x.modules() for each in containers(module)]
        else:
            held = [x] if isinstance(x, CONTAINERS) and holds(x) else []
            stack += references(x)
        state += [(each, tuple(items(each))) for each in held]
        if isinstance(x, FunctionType):
            state += bindings(x)
    return state


def references(x: Any) -> list[Any]:
    """What a function or a container refers to."""
    if isinstance(x, MethodType):
        return [x.__self__, x.__func__]
    if isinstance(x, partial):
        return [x.func, *x.args, *x.keywords.values()]
    if isinstance(x, CONTAINERS):
        return [each for each in items(x) if leads(each)]
    if not isinstance(x, FunctionType):
        return [x.__wrapped__] if hasattr(x, "__wrapped__") else []
    found = [cell.cell_contents for cell in x.__closure__ or () if filled(cell)]
    found += [x.__globals__[name] for name in names(x.__code__) if name in x.__globals__]
    return [*found, *(x.__defaults__ or ()), *(x.__kwdefaults__ or {}).values()]


def bindings(function: FunctionType) -> State:
    """The cells and the globals of a function that stand for leaves or modules."""
    cells = [each for each in function.__closure__ or () if filled(each)]
    found: State = [(each, (each.cell_contents,)) for each in cells if holds(each.cell_contents)]
    known = function.__globals__
    named = {x: known[x] for x in names(function.__code__) if x in known and holds(known[x])}
    return [*found, (known, named)] if named else found


def holds(x: Any) -> bool:
    """Whether something is a leaf or a module, or a container of some."""
    return any(map(leads, items(x))) if isinstance(x, CONTAINERS) else leads(x)


def leads(x: Any) -> bool:
    """Whether something is a leaf or a module, or its first item leads to one: rows are many."""
    for _ in range(DEEP):
        if not (isinstance(x, CONTAINERS) and x):
            break
        x = next(iter(items(x)))
    return isinstance(x, Value) or is_module(x)


def names(code: Any) -> Iterator[str]:
    """The global names that code uses, inner functions' too."""
    yield from code.co_names
    for each in code.co_consts:
        if hasattr(each, "co_names"):
            yield from names(each)


def filled(cell: Any) -> bool:
    try:
        cell.cell_contents  # noqa: B018
    except ValueError:
        return False
    return True


def containers(x: Any) -> Iterator[Any]:
    """Yield a module's attributes, and the lists and dicts in them."""
    stack = [vars(x)]
    while stack:
        each = stack.pop()
        yield each
        stack += [y for y in items(each) if isinstance(y, CONTAINERS)]


def items(x: Any) -> Any:
    return x.values() if isinstance(x, dict) else x


class Watch:
    """Tells whether the modules of a function are as they were.

    Args:
        f: the function.
    """

    def __init__(self, f: Callable[..., Any]) -> None:
        self.f = f
        self.latest: list[tuple[int, State]] = []  # two of them: a model trains, and evaluates
        self.known: dict[Any, tuple[int, State]] = {}  # what it holds, so that no id comes again
        self.numbers = count()

    def key(self) -> int:
        """A number that is the same as long as the names and attributes are."""
        for number, state in self.latest:
            if all_unchanged(state):
                return number
        state = state_of(self.f)
        told_all = tuple([told_of(held) for _, held in state])
        if told_all not in self.known:
            self.known[told_all] = (next(self.numbers), state)
        if len(self.known) > STATES:
            del self.known[next(iter(self.known))]
        number, _ = self.known[told_all]
        self.latest = [(number, state), *self.latest[:1]]
        return number


def unchanged(seen: tuple[Any, Any]) -> bool:
    now, before = seen
    if isinstance(before, dict):
        return all(now.get(name) is x for name, x in before.items())
    if isinstance(now, CellType):
        return filled(now) and now.cell_contents is before[0]
    return len(now) == len(before) and all(map(is_, items(now), before))


def all_unchanged(seen: State) -> bool:
    """Whether each container holds what it held."""
    return all(map(unchanged, seen))


if native is not None:
    all_unchanged = native.all_unchanged


def told_of(held: Any) -> Any:
    """What of a container goes into the key."""
    return (*(held if isinstance(held, dict) else ()), *map(told, items(held)))


def told(x: Any) -> Any:
    """What of an attribute goes into the key: a plain one by value, all others by identity."""
    if isinstance(x, bool | int | float | str | None):
        return constant(x)
    return (Value, id(x)) if isinstance(x, Value) else id(x)
