"""Watch: the modules that a function reaches, and whether their attributes are still the same.

A trace holds for the attributes that a module had.  What a module is, nn says: this file takes
anything with `named_parameters` and `modules` for one.
"""

from collections.abc import Callable, Iterator
from functools import partial
from operator import is_
from types import FunctionType, MethodType
from typing import Any

from autograd.compiler.constants import constant
from autograd.engine import native
from autograd.value import Value

__all__ = ["Watch"]

CONTAINERS = (list, tuple, dict)


def is_module(x: Any) -> bool:
    return hasattr(type(x), "named_parameters") and hasattr(type(x), "modules")


def reached(root: Any) -> Iterator[Any]:
    """Yield every module that a function refers to: bound, closed over, global, or a default."""
    seen: set[int] = set()
    stack = [root]
    while stack:
        x = stack.pop()
        if id(x) in seen:
            continue
        seen.add(id(x))
        if is_module(x):
            yield from x.modules()
        else:
            stack += references(x)


def references(x: Any) -> list[Any]:
    """What a function or a container refers to."""
    if isinstance(x, MethodType):
        return [x.__self__, x.__func__]
    if isinstance(x, partial):
        return [x.func, *x.args, *x.keywords.values()]
    if isinstance(x, CONTAINERS):
        items = x.values() if isinstance(x, dict) else x
        return [each for each in items if is_module(each)]
    if not isinstance(x, FunctionType):
        return [x.__wrapped__] if hasattr(x, "__wrapped__") else []
    found = [cell.cell_contents for cell in x.__closure__ or () if filled(cell)]
    found += [x.__globals__[name] for name in names(x.__code__) if name in x.__globals__]
    return [*found, *(x.__defaults__ or ()), *(x.__kwdefaults__ or {}).values()]


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


# The containers of attributes, each with what it held.
State = list[tuple[Any, tuple[Any, ...]]]


class Watch:
    """Tells whether the modules of a function are as they were.

    Args:
        f: the function.
    """

    def __init__(self, f: Callable[..., Any]) -> None:
        self.f = f
        self.latest: list[tuple[int, State]] = []  # two of them: a model trains, and evaluates
        self.known: dict[Any, tuple[int, State]] = {}  # what it holds, so that no id comes again

    def key(self) -> int:
        """A number that is the same as long as the attributes are."""
        for number, state in self.latest:
            if all_unchanged(state):
                return number
        found = [each for module in reached(self.f) for each in containers(module)]
        state = [(each, tuple(items(each))) for each in found]
        told_all = tuple([tuple(map(told, held)) for _, held in state])
        number, _ = self.known.setdefault(told_all, (len(self.known), state))
        self.latest = [(number, state), *self.latest[:1]]
        return number


def unchanged(seen: tuple[Any, tuple[Any, ...]]) -> bool:
    now, before = seen
    return len(now) == len(before) and all(map(is_, items(now), before))


def all_unchanged(seen: State) -> bool:
    """Whether each container holds what it held."""
    return all(map(unchanged, seen))


if native is not None:
    all_unchanged = native.all_unchanged


def told(x: Any) -> Any:
    """What of an attribute goes into the key: a plain one by value, all others by identity."""
    if isinstance(x, bool | int | float | str | None):
        return constant(x)
    return (Value, id(x)) if isinstance(x, Value) else id(x)
