"""in_axes: which parts of the arguments have rows, and how arguments are made of such parts.

An argument with one axis is one part.  Where its axes nest, it is taken apart as far as they do,
and a dict with rows is one part for each entry.  From there on the compiler sees nothing but
parts, each with an axis of its own.
"""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, repeat
from operator import index
from typing import Any, SupportsIndex

from autograd.compiler.runtime.batch import require_as_many, rows_in
from autograd.compiler.runtime.signature import flat, grow, size
from autograd.compiler.tracing.keys import keys_of

__all__ = ["ArgumentSplitter", "Axes", "Layout", "split_rows"]

# One axis, or a tree of them that an argument's own tree begins with.
Axes = int | None | Sequence["Axes"] | Mapping[Any, "Axes"]
# How something nests: see signature.py.
Shape = Any


@dataclass
class Layout:
    """How arguments are made of parts.

    Args:
        axes: 0 for each part that has rows, None for each that is the same for all rows.
        nests: the shape of each argument, with parts for its numbers; () where each is one part.
    """

    axes: Sequence[int | None]
    nests: tuple[Shape, ...] = ()

    def joined(self, parts: Sequence[Any]) -> Sequence[Any]:
        """The arguments that are made of these parts."""
        given = iter(parts)
        return [grow(nest, given) for nest in self.nests] if self.nests else parts

    def places(self, arguments: Sequence[int]) -> tuple[int, ...]:
        """Which parts some arguments are made of."""
        if not self.nests:
            return tuple(arguments)
        ends = [*accumulate(map(size, self.nests), initial=0)]
        return tuple([place for i in arguments for place in range(ends[i], ends[i + 1])])

    def names(self, arguments: Sequence[str]) -> list[str]:
        """What the parts are called, by the names of the arguments: x, y[0], y['w']."""
        if not self.nests:
            return [*arguments]
        pairs = zip(self.nests, arguments, strict=True)
        return [path for nest, name in pairs for path in paths(nest, name)]

    @cached_property
    def titles(self) -> list[str]:
        """What the parts are called in messages."""
        return self.names([f"argument {i}" for i in range(len(self.nests or self.axes))])


class ArgumentSplitter:
    """Takes the arguments of calls apart as in_axes says.

    Args:
        in_axes: which arguments have rows; kept as it is now.
    """

    def __init__(self, in_axes: Axes) -> None:
        self.in_axes = integers(in_axes)
        self.whole: dict[int, Layout] = {}  # of so many arguments, each of which is one part

    def __call__(self, args: Sequence[Any]) -> tuple[Sequence[Any], Layout]:
        """Return the parts of some arguments, and how these are made of them.

        Raises:
            ValueError: when in_axes does not fit the arguments.
        """
        layout = self.whole.get(len(args)) or self.layout(len(args))
        parts = args
        if not all(map(is_whole, args, layout.axes)):
            parts, layout = nested(args, layout.axes)
        if self.in_axes is not None and 0 not in layout.axes:
            raise ValueError(
                f"expected in_axes to be 0 for one argument at least, got {self.in_axes!r}"
            )
        return parts, layout

    def layout(self, many: int) -> Layout:
        """That of so many arguments, before what nests is taken apart."""
        single = self.in_axes is None or isinstance(self.in_axes, int)
        axes: Any = [self.in_axes] * many if single else self.in_axes
        if not isinstance(axes, list | tuple) or len(axes) != many:
            raise ValueError(
                f"expected in_axes to be 0 or None for each of {many} arguments, or a tuple of as "
                f"many entries, got {self.in_axes!r}; the axes of one argument's parts are one "
                "entry: in_axes=((0, None), 0)"
            )
        return self.whole.setdefault(many, Layout(axes))


def integers(axes: Axes) -> Axes:
    """A copy of in_axes in which integers are ints."""
    if isinstance(axes, dict):
        return {key: integers(below) for key, below in axes.items()}
    if isinstance(axes, list | tuple):
        return type(axes)(map(integers, axes)) if type(axes) in (list, tuple) else deepcopy(axes)
    if isinstance(axes, SupportsIndex) and not isinstance(axes, bool):
        return index(axes)
    return axes


def nested(args: Sequence[Any], axes: Sequence[Any]) -> tuple[Sequence[Any], Layout]:
    """Return the parts of arguments that nest, and how these are made of them."""
    apart: list[tuple[Any, int | None]] = []
    pairs = enumerate(zip(args, axes, strict=True))
    nests = [separate(x, axis, f"argument {i}", apart) for i, (x, axis) in pairs]
    return [x for x, _ in apart], Layout([axis for _, axis in apart], tuple(nests))


def is_whole(x: Any, axes: Any) -> bool:
    """Whether an argument with these axes is one part."""
    return axes is None or (axes == 0 and not (isinstance(x, dict) and x))


def separate(x: Any, axes: Any, name: str, apart: list[tuple[Any, int | None]]) -> Shape:
    """Append the parts of an argument, each with its axis; return how it is made of them."""
    if is_whole(x, axes):
        apart.append((x, axes))
        return float
    if axes == 0:
        axes = dict.fromkeys(x, 0)
    if isinstance(axes, dict) and isinstance(x, dict) and axes.keys() == x.keys():
        below = [separate(x[key], axes[key], f"{name}[{key!r}]", apart) for key in x]
        return dict, keys_of(x), tuple(below)
    sequences = isinstance(axes, list | tuple) and isinstance(x, list | tuple)
    if not sequences or len(axes) != len(x):
        raise ValueError(
            f"expected in_axes to be 0 or None for {name}, or to nest as it does, got {axes!r} for "
            f"{nesting(x)}: give one axis for the whole of it, or one for each of its parts"
        )
    pairs = enumerate(zip(x, axes, strict=True))
    return type(x), flat([separate(y, a, f"{name}[{i}]", apart) for i, (y, a) in pairs])


def nesting(x: Any) -> str:
    """How an argument nests, in words."""
    kind = f"a {type(x).__name__}"
    if isinstance(x, dict):
        return f"{kind} with keys {[*x]}"
    return f"{kind} of {len(x)}" if isinstance(x, list | tuple) else kind


def paths(nest: Shape, name: str) -> Iterator[str]:
    """Yield what the parts of an argument are called."""
    if nest is float:
        yield name
    elif nest[0] is dict:
        for key, below in zip(nest[1], nest[2], strict=True):
            yield from paths(below, f"{name}[{key!r}]")
    else:
        for i, below in enumerate([float] * nest[1] if isinstance(nest[1], int) else nest[1]):
            yield from paths(below, f"{name}[{i}]")


def split_rows(parts: Sequence[Any], layout: Layout) -> list[Sequence[Any]]:
    """The arguments of every row, for f itself."""
    named = zip(parts, layout.axes, layout.titles, strict=True)
    split = [repeat(x) if axis is None else rows_in(x, name) for x, axis, name in named]
    require_as_many([len(rows) for rows in split if isinstance(rows, list)], "the arguments")
    return [*map(layout.joined, zip(*split, strict=False))]
