"""The fallback: f itself, where no replay will do: on Values, in another trace, in `debug()`."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from autograd.chain_rule import Paths, require_finite_adjoints
from autograd.compiler.ir.program import run
from autograd.compiler.results import no_number
from autograd.compiler.runtime.in_axes import ArgumentSplitter, split_rows
from autograd.compiler.runtime.signature import without_buffers
from autograd.compiler.specialization import NOTHING, Specialization
from autograd.core.debugging import alarms, debug_enabled
from autograd.core.ieee754 import as_float
from autograd.core.modes import recording
from autograd.core.pytree import flatten, tree_map
from autograd.core.untaken_branches import judged
from autograd.toposort import topological
from autograd.transforms import value_and_grad
from autograd.value import Value

__all__ = ["Fallback", "lifted", "numbers", "rebuilt"]

# Of the arguments and the result of a row, the Values that its gradient is by.
Targets = Callable[[Sequence[Any], Value], list[Value]]


class Fallback:
    """A function that runs as it is, row by row if asked.

    Args:
        f: the function.
        apart: says which arguments have rows.
        joined: makes one result of those of the rows.
        mean: whether that is their mean.
    """

    def __init__(
        self,
        f: Callable[..., Any],
        apart: ArgumentSplitter,
        joined: Callable[[Sequence[Any]], Any],
        mean: bool,
    ) -> None:
        self.f, self.apart, self.joined, self.mean = f, apart, joined, mean

    def __call__(
        self, args: Sequence[Any], kwargs: dict[str, Any], targets: Targets | None = None
    ) -> Any:
        """Return what f returns for Values.

        Args:
            args: f's arguments.
            kwargs: f's keyword arguments.
            targets: what a gradient is asked for by, of the arguments and the result of a row.

        Raises:
            NonFiniteError: in `debug()`, for the first row whose result or whose gradient calls for
                it, as if each row had its forward and its backward pass before the next one.
        """
        args = [*map(without_buffers, args)]
        if self.apart.in_axes is None:
            return self.f(*args, **kwargs)
        rows, results = split_rows(*self.apart(args)), []
        run = partial(judged, self.f, _apart=True) if alarms.waiting else self.f
        for row in rows:
            results.append(run(*row, **kwargs))
            if targets is not None and debug_enabled() and isinstance(results[-1], Value):
                paths = Paths(results[-1:], targets(row, results[-1]))
                require_finite_adjoints(paths, {results[-1]: self.seed(len(rows))})
        return self.joined(results)

    def seed(self, rows: int) -> float:
        """What flows back into the result of each row."""
        return 1.0 / rows if self.mean else 1.0

    def gradient(
        self, args: Sequence[Any], kwargs: dict[str, Any], argnums: int | Sequence[int]
    ) -> Any:
        """Return the value and its gradient, which are Values where there are any."""
        chosen = [argnums] if isinstance(argnums, int) else [*argnums]

        def targets(row: Sequence[Any], _: Value) -> list[Value]:
            return values_in([row[i] for i in chosen])

        f = value_and_grad(lambda *xs: self(xs, kwargs, targets), argnums)
        return f(*map(without_buffers, args))

    def backward(self, args: Sequence[Any], kwargs: dict[str, Any]) -> float:
        """Add the gradient to the leaves; return the value.

        Raises:
            TypeError: when f returns anything but one number.
        """
        with recording():
            result = lifted(judged(self, args, kwargs, leaves_below))
        if not isinstance(result, Value):
            raise no_number(getattr(self.f, "__name__", repr(self.f)), result)
        result.backward()
        return result.data


def values_in(tree: Any) -> list[Value]:
    """The Values in a tree."""
    return [x for x in flatten(tree) if isinstance(x, Value)]


def leaves_below(_: Sequence[Any], result: Value) -> list[Value]:
    """The leaves that a result rests on."""
    return [x for x in topological(result) if not x.parents]


def lifted(x: Any) -> Any:
    """A tree with a Value for each of its numbers."""
    return tree_map(lambda x: x if isinstance(x, Value) else Value(x), without_buffers(x))


def numbers(x: Any) -> Any:
    """A tree with a float for each of its Values."""
    return tree_map(lambda x: x.data if isinstance(x, Value) else as_float(x), x)


def rebuilt(specialization: Specialization) -> list[Any]:
    """The outputs of a specialization's program run on labelled Values."""
    program = specialization.program(NOTHING)
    names = program.input_names()
    leaves = [
        Value(x, label=name) for x, name in zip(specialization.trace.numbers, names, strict=True)
    ]
    registers = run(program, leaves)
    return [registers[x] for x in program.outputs[: specialization.width()]]
