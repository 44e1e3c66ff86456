"""Puts new nodes in groups, for pictures: for a block, for a call, for each turn of a loop."""

import sys
from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from types import FrameType
from typing import Any

from autograd.core.backend import accelerated
from autograd.core.frames import owner_of
from autograd.core.modes import Block, here, modes, scopes, settle, unusual

__all__ = ["scope", "scope_call", "scope_each"]


def enter_scope(key: object, name: str, frame: FrameType | None) -> bool:
    """Open a block of a scope if it can be suspended; return whether it is one."""
    owner = owner_of(frame)
    if owner is None:
        return False
    settle()
    unusual.scoped = True
    Block({"scope": scopes.find(modes.scope, name), "key": key}, owner).enter()
    return True


def leave_scope(key: object) -> bool:
    """End the latest block that `enter_scope` opened for a key; return whether there was one."""
    for block in reversed(here.blocks):
        if block.settings.get("key") is key:
            block.leave()
            return True
    return False


@accelerated
class Scope:
    """Puts new nodes of this thread in a group: what `scope` does, in Python."""

    # A class, not a generator: every call of a module enters one, and this is three times faster.
    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __enter__(self) -> None:
        if enter_scope(self, self.name, sys._getframe(1)):
            return
        outer = modes.scope
        inner = scopes.inner.get((outer, self.name)) or scopes.add(outer, self.name)
        unusual.scoped = True
        modes.around.append(outer)
        modes.scope = inner

    def __exit__(self, *exception: object) -> None:
        if modes.owners is None or not leave_scope(self):
            modes.scope = modes.around.pop()


@accelerated
class ScopeEach:
    """Goes through modules, the scope of each on in its turn: what `scope_each` does, in Python."""

    __slots__ = ("modules", "only")

    def __init__(self, modules: Sequence[Any], only: type | None = None) -> None:
        self.modules = modules
        self.only = only

    def __enter__(self) -> Iterator[Any]:
        unusual.scoped = True
        modes.around.append(modes.scope)
        return self.each(modes.scope)

    def each(self, outer: int) -> Iterator[Any]:
        inner = scopes.inner
        for module in self.modules:
            if self.only is not None and type(module) is not self.only:
                break
            name = module.scope_name
            modes.scope = inner.get((outer, name)) or scopes.add(outer, name)
            yield module
        modes.scope = outer

    def __exit__(self, *exception: object) -> None:
        modes.scope = modes.around.pop()


class scope(Scope):  # noqa: N801 - used as a function
    """Put the nodes recorded inside the block in the group `name`, within the group around it.

    It decorates functions too.

    >>> from autograd import Value
    >>> with scope("layer1"), scope("neuron0"):
    ...     y = Value(3.0) * 2.0
    >>> y.scope
    'layer1.neuron0'
    """

    __slots__ = ()

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function, its nodes recorded in the group at every call."""

        @wraps(function)
        def scoped(*args: Any, **kwargs: Any) -> Any:
            with self:
                return function(*args, **kwargs)

        return scoped


class scope_each(ScopeEach):  # noqa: N801 - used as a function
    """Go through modules, with the group of each one's `scope_name` on in its turn.

    The same as `with scope(module.scope_name)` around each turn of a loop, for loops over many
    small modules, where entering and leaving would cost more than they do.

    Args:
        modules: a list or tuple of objects with an attribute `scope_name`.
        only: stop at the first that is not of exactly this class.

    >>> from types import SimpleNamespace
    >>> from autograd import Value
    >>> x, modules = Value(3.0), [SimpleNamespace(scope_name="a"), SimpleNamespace(scope_name="b")]
    >>> with scope("layer"), scope_each(modules) as each:
    ...     [(x * x).scope for module in each], (x * x).scope
    (['layer.a', 'layer.b'], 'layer')
    """

    __slots__ = ()


@accelerated
def scope_call(name: str, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
    """Return function(...), its nodes recorded in the group `name`: `scope` for one call.

    It takes a third of the time of a `with` block, which counts where much is called.

    Args:
        name: the group's own name.
        function: what to call, with the arguments that follow.

    >>> from autograd import Value
    >>> scope_call("layer1", lambda x: x * x, Value(3.0)).scope
    'layer1'
    """
    with Scope(name):
        return function(*args, **kwargs)
