"""Optimizer: how a step visits the parameters and keeps their state."""

import math
from collections.abc import Iterable, Sequence
from operator import is_
from typing import Any

from autograd import NonFiniteError, Value
from autograd.extend import assign_all, debug_enabled, identity_list, settings
from nn.modules.arguments import at_least_0
from nn.modules.module import Module

__all__ = ["Optimizer", "Parameters"]

Parameters = Module | Iterable[Value]


class Optimizer:
    """Moves parameters along their gradients; a subclass says how, in `update`.

    Args:
        parameters: a Module, or leaf Values; one given twice counts once.
        lr: the learning rate, which may be assigned at any time.
        initial_state: what `update` gets as the state at the first step.

    Raises:
        ValueError: when there are no parameters, one is no leaf, or lr is negative.
        TypeError: when a parameter is no Value.

    >>> class SignDescent(Optimizer):
    ...     def update(self, p, g, *state):
    ...         return (p - self.lr * ((g > 0) - (g < 0)),)
    >>> x = Value(3.0)
    >>> (x * x).backward()
    >>> SignDescent([x], lr=0.5).step()
    >>> x.data
    2.5
    """

    def __init__(
        self, parameters: Parameters, lr: float, initial_state: tuple[float, ...] = ()
    ) -> None:
        self.parameters = leaves(parameters)
        self.lr = at_least_0("lr", lr)
        self.initial_state = initial_state
        self.states = [initial_state] * len(self.parameters)
        self.owners = tuple(self.parameters)  # whose the states are
        self.held: dict[Value, Any] = {}  # the states of those taken out

    def __setattr__(self, name: str, x: Any) -> None:
        # Arithmetic with a float32 would be in single precision.
        super().__setattr__(name, settings.plain(x))

    def update(self, p: Any, g: Any, *state: Any) -> tuple[Any, ...]:
        """Return the new parameter, then the new state.

        It uses operators and primitives only, so that it runs on floats and can be compiled.

        Args:
            p: the parameter.
            g: its gradient.
            state: what the last call returned after the parameter; at first `initial_state`.

        Raises:
            NotImplementedError: when a subclass does not define it.
        """
        raise NotImplementedError(f"{type(self).__name__} has no update: define update(self, p, g)")

    def step(self) -> None:
        """Update every parameter that backward has reached since its grad was cleared.

        So PyTorch does with whole tensors; here each number is a parameter of its own.  An error or
        an interrupt leaves all parameters and states as before, or all of them updated.

        Raises:
            TypeError: when the update returns something else than a parameter and its state.
            NonFiniteError: in `autograd.debug()`, when finite numbers become inf or nan.
        """
        self.align()
        looked_at, states = debug_enabled(), list(self.states)
        moved, numbers = [], []
        for i, p in enumerate(self.parameters):
            if p.reached:
                given = (p.data, p.grad, *states[i])
                new = self.update(*given)
                require_update(self.update, new, len(given) - 1)
                if looked_at:
                    self.require_finite(p, given, new)
                number, *state = new
                moved.append(p)
                numbers.append(number)
                states[i] = tuple(state)
        assign_all(moved, numbers, (self.states, states))

    def align(self) -> None:
        """Give every parameter its own state, whatever was taken out of `parameters` or put in."""
        if len(self.owners) != len(self.parameters) or not all(
            map(is_, self.owners, self.parameters)
        ):
            self.held |= zip(self.owners, self.states, strict=True)
            self.owners = tuple(self.parameters)
            self.states[:] = [self.held.get(p, self.initial_state) for p in self.owners]

    def require_finite(self, p: Value, given: Sequence[Any], new: Sequence[Any]) -> None:
        """Raise NonFiniteError when the update of a parameter made inf or nan of finite numbers."""
        if all(map(math.isfinite, given)) and not all(map(math.isfinite, new)):
            name = "a parameter" if p.label is None else f"the parameter {p.label!r}"
            raise NonFiniteError(
                f"{type(self).__name__}.update gave {tuple(new)!r} for {name}, of finite numbers: "
                f"{tuple(given)!r} as p, g and state"
            )

    def zero_grad(self) -> None:
        """Set every parameter's grad to "not computed"."""
        for p in self.parameters:
            p.zero_grad()


def require_update(update: Any, new: Any, count: int) -> None:
    """Raise TypeError unless an update returned a parameter and its state."""
    if not isinstance(new, tuple | list) or len(new) != count:
        got = f"{len(new)}" if isinstance(new, tuple | list) else f"a {type(new).__name__}"
        raise TypeError(
            f"expected {update.__qualname__} to return (p, *state), {count} numbers in all, "
            f"got {got}"
        )


def leaves(parameters: Parameters) -> identity_list.IdentityList[Value]:
    """The parameters, each once."""
    given = parameters.parameters() if isinstance(parameters, Module) else list(parameters)
    for i, p in enumerate(given):
        if not isinstance(p, Value):
            raise TypeError(f"expected leaf Values, got a {type(p).__name__} as parameter {i}")
        if p.operands:
            raise ValueError(f"expected leaf Values, got a computed one as parameter {i}: {p!r}")
    if not given:
        raise ValueError("expected at least one parameter, got none")
    return identity_list.IdentityList({id(p): p for p in given}.values())
