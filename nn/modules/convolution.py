"""Windows that slide over an image: filters that look through them, and pooling."""

from collections.abc import Callable, Sequence
from typing import Any

from autograd import maximum, total
from nn.modules.activations import Activation, activate, activation_name, of_one_number
from nn.modules.arguments import require_count
from nn.modules.initializers import Initializer, Seed, generator
from nn.modules.layers import Neuron
from nn.modules.module import Module
from nn.modules.rows import Number
from nn.modules.shapes import elementwise, shape, shown

__all__ = ["AvgPool2d", "Conv2d", "MaxPool2d"]

Plane = Sequence[Sequence[Number]]


class Conv2d(Module):
    """Filters, each a neuron that looks at an image through a small window, place after place.

    The weights of a filter are those of its `Neuron`, channel by channel and line by line.

    Args:
        nin: how many channels the image has.
        nout: how many filters, hence channels of the output.
        size: how many numbers wide and high the window is.
        stride: how many numbers it moves at a time.
        padding: how many rings of zeros are put around the image.
        activation: a name from `ACTIVATIONS`, or a function of one number.
        init: a name from `INITIALIZERS`, "auto", or a function (rng, fan_in, fan_out) -> float.
        seed: an integer for weights of its own; None draws from `random`'s generator.

    Raises:
        ValueError: for an unknown name, a count below 1, or a negative padding.

    LeCun et al., "Gradient-based learning applied to document recognition", 1998.

    >>> edge = Conv2d(1, 1, 2, activation="linear", seed=0)
    >>> for w, number in zip(edge.filters[0].w, [-1.0, 1.0, -1.0, 1.0]):
    ...     w.data = number
    >>> [[z.data for z in line] for line in edge([[0.0, 0.0, 9.0], [0.0, 0.0, 9.0]])[0]]
    [[0.0, 18.0]]
    """

    compiles = True

    def __init__(
        self,
        nin: int,
        nout: int,
        size: int,
        *,
        stride: int = 1,
        padding: int = 0,
        activation: Activation = "relu",
        init: str | Initializer = "auto",
        seed: Seed = None,
    ) -> None:
        nin, nout = require_count("nin", nin), require_count("nout", nout)
        size, stride = require_count("size", size), require_count("stride", stride)
        padding = require_count("padding", padding, least=0)
        self.nin, self.size, self.stride, self.padding = nin, size, stride, padding
        rng, area = generator(seed), size * size
        self.filters = [
            Neuron(nin * area, activation, init=init, seed=rng, fan_out=nout * area)
            for _ in range(nout)
        ]

    @property
    def activation(self) -> Activation:
        """That of the filters, which may be assigned."""
        return self.filters[0].activation

    @activation.setter
    def activation(self, activation: Activation) -> None:
        of_one_number(activation)
        activate(self.filters, activation)

    def forward(self, image: Any) -> list[list[list[Any]]]:
        """Return nout planes, one per filter.

        Args:
            image: nin planes of height × width numbers; where nin is 1, the plane itself will do.

        Raises:
            ValueError: when the image has another shape, or is smaller than the window.
        """
        planes = [padded(plane, self.padding) for plane in as_planes(self, image, self.nin)]
        grid = windows(self, planes, self.size, self.stride)
        return [[[look(window) for window in line] for line in grid] for look in self.filters]

    def __repr__(self) -> str:
        sizes = f"{self.nin}, {len(self.filters)}, {self.size}, stride={self.stride}"
        name = activation_name(self.activation)
        return f"Conv2d({sizes}, padding={self.padding}, activation={name!r})"


class Pool2d(Module):
    """What both kinds of pooling share: a window that makes one number of many."""

    compiles = True
    pool: Callable[[Sequence[Number]], Any]

    def __init__(self, size: int, stride: int | None = None) -> None:
        self.size = require_count("size", size)
        self.stride = self.size if stride is None else require_count("stride", stride)

    def forward(self, image: Any) -> list[list[list[Any]]]:
        """Return as many planes, each smaller.

        Args:
            image: planes of height × width numbers, or one such plane.

        Raises:
            ValueError: when the image has another shape, or is smaller than the window.
        """
        grids = (windows(self, [p], self.size, self.stride) for p in as_planes(self, image))
        return [[[self.pool(window) for window in line] for line in grid] for grid in grids]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.size}, stride={self.stride})"


class MaxPool2d(Pool2d):
    """The largest number in each window, one `maximum` node; a tie shares the gradient evenly.

    Args:
        size: how many numbers wide and high the window is.
        stride: how many numbers it moves at a time; None for its size.

    Raises:
        ValueError: for a count below 1.

    Riesenhuber and Poggio, "Hierarchical models of object recognition in cortex", 1999.

    >>> MaxPool2d(2)([[1.0, 5.0, 2.0, 0.0], [3.0, 4.0, 1.0, 1.0]])
    [[[5.0, 2.0]]]
    """

    def pool(self, window: Sequence[Number]) -> Any:
        """Return the window's largest number."""
        return maximum(window)


class AvgPool2d(Pool2d):
    """The mean of each window.

    Args:
        size: how many numbers wide and high the window is.
        stride: how many numbers it moves at a time; None for its size.

    Raises:
        ValueError: for a count below 1.

    LeCun et al., "Handwritten digit recognition with a back-propagation network", 1990.

    >>> AvgPool2d(2)([[1.0, 5.0, 2.0, 0.0], [3.0, 3.0, 1.0, 1.0]])
    [[[3.0, 1.0]]]
    """

    def pool(self, window: Sequence[Number]) -> Any:
        """Return the window's mean."""
        return total(window) / len(window)


def as_planes(module: Module, image: Any, count: int | None = None) -> list[Plane]:
    """Return an image's planes of Values and floats; a single plane is an image of one."""
    found = elementwise(lambda x: x, image)
    sizes = shape(found)
    if len(sizes) == 2 and count in (1, None):
        found, sizes = [found], (1, *sizes)
    if len(sizes) != 3 or count not in (sizes[0], None):
        channels = "channels" if count is None else count
        raise ValueError(
            f"{type(module).__name__}: expected an image of {channels}×height×width numbers, "
            f"got {shown(shape(image))}"
        )
    return found  # type: ignore[no-any-return]


def padded(plane: Plane, rings: int) -> Plane:
    """The plane within rings of zeros."""
    if not rings:
        return plane
    side = [0.0] * rings
    empty = [[0.0] * (len(plane[0]) + 2 * rings)] * rings
    return [*empty, *([*side, *line, *side] for line in plane), *empty]


def windows(
    module: Module, planes: Sequence[Plane], size: int, stride: int
) -> list[list[tuple[Number, ...]]]:
    """What is seen at each place: the numbers of all planes in the window, as one row."""
    high, wide = len(planes[0]), len(planes[0][0])
    if min(high, wide) < size:
        raise ValueError(
            f"{type(module).__name__}: expected an image of at least {size}×{size}, "
            f"got {high}×{wide}: take a smaller window, or pad"
        )
    return [
        [
            tuple([x for p in planes for line in p[i : i + size] for x in line[j : j + size]])
            for j in range(0, wide - size + 1, stride)
        ]
        for i in range(0, high - size + 1, stride)
    ]
