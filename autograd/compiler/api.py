"""Compiled: a function that is traced once and then replayed on numbers, row by row if asked."""

from collections.abc import Callable, Sequence
from functools import partial, update_wrapper
from types import MethodType
from typing import Any

from autograd import primitives
from autograd.compiler.cache import Cache, CacheEntry, Reduce
from autograd.compiler.call import Call
from autograd.compiler.fallback import lifted, numbers, rebuilt
from autograd.compiler.fast_path import Backward, FastPath, Gradient, Values
from autograd.compiler.gradients import By, accumulate_gradients, gradient
from autograd.compiler.ir.program import Program
from autograd.compiler.runtime.in_axes import Axes
from autograd.compiler.specialization import NOTHING, Specialization
from autograd.compiler.training.minibatches import Minibatches, first_minibatch
from autograd.compiler.training.training_loop import TrainingLoop, require_training_loop
from autograd.core import settings
from autograd.core.modes import modes, tracing, unusual
from autograd.core.untaken_branches import judged
from autograd.transforms import positions
from autograd.value import Value

__all__ = ["Compiled"]


class Compiled:
    """A function as it is traced and replayed; `compile` makes it.

    Args:
        f: the function.
        in_axes: which arguments have rows.
        reduce: what to make of the rows' results.
    """

    def __init__(self, f: Callable[..., Any], in_axes: Axes, reduce: Reduce) -> None:
        if not callable(f):
            raise TypeError(
                f"expected a function to compile, got a {type(f).__name__}; as a decorator it is "
                "written @autograd.compile or @autograd.compile(in_axes=0)"
            )
        update_wrapper(self, f)
        self.cache = Cache(f, in_axes, reduce)
        self.fast_paths: dict[Any, FastPath] = {}  # the latest, by what was asked for
        self.attribute: str | None = None  # what a class calls it

    # -- what it is called with ------------------------------------------------------------------
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Return f(*args, **kwargs): floats; Values where Values are given, or inside a trace."""
        found = self.again(Values, args, kwargs)
        if found is not None:
            return found
        call = None if tracing() else self.cache.read(args)
        if call is None or call.leaves:
            return self.cache.fallback(args, kwargs)
        if modes.debugging:
            return numbers(judged(self.cache.fallback, lifted(args), kwargs))
        entry = self.cache.entry(call, kwargs)
        found = self.cache.results(call, entry)
        self.remember(Values, call, entry, kwargs, (False, ()))
        return found

    def value_and_grad(self, *args: Any, argnums: int | Sequence[int] = 0, **kwargs: Any) -> Any:
        """Return the value, and its gradient by an argument, as autograd.value_and_grad does.

        Args:
            args: f's arguments.
            argnums: which of them to differentiate by: a position, or several.
            kwargs: f's keyword arguments.

        Raises:
            TypeError: when f returns anything but one number.
            ValueError: for rows without `reduce`, or positions of no argument or of one twice.

        >>> from autograd import compile
        >>> compile(lambda x, y: x * y ** 2).value_and_grad(3.0, 2.0, argnums=(0, 1))
        (12.0, (4.0, 12.0))
        """
        by = argnums if type(argnums) is int else settings.positions(argnums)
        found = self.again(by, args, kwargs)
        if found is not None:
            return found
        chosen = positions(by, len(args), self.cache.name)
        call = self.cache.read(args)
        if tracing() or call.leaves:
            return self.cache.fallback.gradient(args, kwargs, by)
        if modes.debugging:
            return numbers(self.cache.fallback.gradient(args, kwargs, by))
        entry = self.cache.entry(call, kwargs)
        value, sweeps = self.cache.gradients(call, entry, (False, call.layout.places(chosen)))
        self.remember(by, call, entry, kwargs, (False, chosen))
        grads = [gradient(call, i, sweeps) for i in chosen]
        return value, grads[0] if isinstance(by, int) else tuple(grads)

    def backward(self, *args: Any, **kwargs: Any) -> float:
        """Add the gradient to the `grad` of the leaves f captured, and of those in the arguments.

        Args:
            args: f's arguments, with leaf Values among them or without.
            kwargs: f's keyword arguments.

        Returns:
            What f returned.

        Raises:
            TypeError: when f returns anything but one number.
            ValueError: for rows without `reduce`, or a computed Value among the arguments.

        >>> from autograd import compile
        >>> w = Value(3.0)
        >>> loss = compile(lambda x: (w * x - 1.0) ** 2)
        >>> loss.backward(2.0), w.grad
        (25.0, 20.0)
        """
        if tracing():
            modes.tracer.read(self.cache.name, "backward")
        found: float | None = self.again(Backward, args, kwargs)
        if found is not None:
            return found
        call = self.cache.read(args)
        call.require_leaves(self.cache.name)
        if modes.debugging:
            return self.cache.fallback.backward(lifted(args), kwargs)
        given = tuple(sorted({i for i, _ in call.leaves}))
        entry = self.cache.entry(call, kwargs)
        value, sweeps = self.cache.gradients(call, entry, (True, given))
        self.remember(Backward, call, entry, kwargs, (True, given))
        accumulate_gradients(call, sweeps)
        return value

    def training_loop(
        self, *args: Any, parameters: Sequence[Value], rate: Value, together: int = 1
    ) -> TrainingLoop:
        """Return gradient descent on the mean of the loss over rows, which runs below Python.

        Args:
            args: f's arguments: all rows.
            parameters: the leaves to move.
            rate: the leaf that holds the learning rate.
            together: how many rows f takes at once, as lists, where it is more than one.

        Raises:
            ValueError: unless `reduce` is "mean".
            RuntimeError: without the accelerator.
            TraceError: in `debug()`, which looks at every operation, and in `no_grad()`.
        """
        require_training_loop(self.cache.reduce)
        call = self.cache.read(args)
        lots = Minibatches(call, together)
        lot = call if together == 1 else first_minibatch(*self.cache.apart(args), together)
        return TrainingLoop(partial(self.cache.entry, lot, {}), lot.batch, lots, parameters, rate)

    def __reduce__(self) -> Any:
        """Copies and pickles hold the function, and are traced anew."""
        if self.attribute and isinstance(self.cache.f, MethodType):
            return getattr, (self.cache.f.__self__, self.attribute)
        return type(self), (self.cache.f, self.cache.apart.in_axes, self.cache.reduce)

    def __set_name__(self, owner: type, name: str) -> None:
        self.attribute = name

    def __get__(self, instance: Any, owner: type | None = None) -> "Compiled":
        """That of an instance is traced for it alone, and kept by it."""
        if instance is None:
            return self
        f = MethodType(self.cache.f, instance)
        bound = Compiled(f, self.cache.apart.in_axes, self.cache.reduce)
        if self.attribute and hasattr(instance, "__dict__") and not tracing():
            bound.attribute = self.attribute
            vars(instance)[self.attribute] = bound
        return bound

    # -- what is inside --------------------------------------------------------------------------

    @property
    def program(self) -> Program:
        """The program that ran last: a listing, when printed."""
        return self.ran().program(NOTHING)

    @property
    def programs(self) -> list[Program]:
        """One program for each way through the function that was taken so far."""
        shapes = self.cache.shapes.values()
        return [
            specialization.program(NOTHING) for found in shapes for specialization in found.found
        ]

    def draw(self, **options: Any) -> Any:
        """Draw the program that ran last, with the numbers that it was traced on.

        Args:
            options: those of autograd.draw.
        """
        from autograd.drawing.draw import draw  # noqa: PLC0415 - pictures are imported when needed

        outputs = rebuilt(self.ran())
        root = outputs[0] if len(outputs) == 1 else primitives.total(outputs)
        return draw(root if isinstance(root, Value) else Value(root), **options)

    def ran(self) -> Specialization:
        """The specialization that was taken last."""
        if self.cache.latest is None:
            raise RuntimeError(f"{self.cache.name} has no program yet: call it first")
        return self.cache.latest

    def again(self, asked: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """What a call like one before returns, or None where it has to go the long way."""
        replay = self.fast_paths.get(asked)
        if replay is None or kwargs or (unusual.blocks and (tracing() or modes.debugging)):
            return None
        if self.cache.watch.key() != replay.entry.watched:
            return None
        if (found := replay(args)) is not None:
            self.cache.latest = replay.entry.found[0]
        return found

    def remember(
        self, asked: Any, call: Call, entry: CacheEntry, kwargs: dict[str, Any], by: By
    ) -> None:
        """Let the next call like this one take the short way, where there is one."""
        if self.cache.has_rows or kwargs or call.leaves or entry.once:
            return
        if asked not in entry.fast_paths:
            kind = asked if isinstance(asked, type) else partial(Gradient, argnums=asked)
            entry.fast_paths[asked] = kind(call, entry, by)
        self.fast_paths[asked] = entry.fast_paths[asked]
