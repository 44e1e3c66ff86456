"""Eager: f itself, where no replay will do: with Values, inside another trace, and in `debug()`."""

from collections.abc import Callable, Sequence
from typing import Any

from autograd.compiler.arguments import without_buffers
from autograd.compiler.axes import Apart, split_rows
from autograd.compiler.results import no_number
from autograd.reals import as_float
from autograd.state import recording
from autograd.transforms import value_and_grad
from autograd.trees import tree_map
from autograd.value import Value

__all__ = ["Eager", "lifted", "numbers"]


class Eager:
    """A function that runs as it is, row by row if asked.

    Args:
        f: the function.
        apart: says which arguments have rows.
        joined: makes one result of those of the rows.
    """

    def __init__(
        self, f: Callable[..., Any], apart: Apart, joined: Callable[[Sequence[Any]], Any]
    ) -> None:
        self.f, self.apart, self.joined = f, apart, joined

    def __call__(self, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """Return what f returns for Values."""
        args = [*map(without_buffers, args)]
        if self.apart.in_axes is None:
            return self.f(*args, **kwargs)
        rows = split_rows(*self.apart(args))
        return self.joined([self.f(*row, **kwargs) for row in rows])

    def gradient(
        self, args: Sequence[Any], kwargs: dict[str, Any], argnums: int | Sequence[int]
    ) -> Any:
        """Return the value and its gradient, which are Values where there are any."""
        f = value_and_grad(lambda *xs: self(xs, kwargs), argnums)
        return f(*map(without_buffers, args))

    def backward(self, args: Sequence[Any], kwargs: dict[str, Any]) -> float:
        """Add the gradient to the leaves; return the value.

        Raises:
            TypeError: when f returns anything but one number.
        """
        with recording():
            result = lifted(self(args, kwargs))
        if not isinstance(result, Value):
            raise no_number(getattr(self.f, "__name__", repr(self.f)), result)
        result.backward()
        return result.data


def lifted(x: Any) -> Any:
    """A tree with a Value for each of its numbers."""
    return tree_map(lambda x: x if isinstance(x, Value) else Value(x), without_buffers(x))


def numbers(x: Any) -> Any:
    """A tree with a float for each of its Values."""
    return tree_map(lambda x: x.data if isinstance(x, Value) else as_float(x), x)
