"""How the learning rate changes while a model learns."""

import math
from collections.abc import Callable
from typing import Any

from autograd.extend import settings
from nn.modules.arguments import require_count
from nn.optim.optimizer import Optimizer

__all__ = ["Rate", "Schedule", "cosine", "step_decay", "warmup"]

# The share of the optimiser's learning rate that is used after so many steps.
Rate = Callable[[int], float]


def step_decay(every: int, factor: float = 0.1) -> Rate:
    """Return the rate factor^⌊t / every⌋: a cut after every so many steps.

    Args:
        every: how many steps a rate lasts.
        factor: what is left of it then.

    Raises:
        ValueError: when every is below 1.

    As in He et al., "Deep residual learning for image recognition", 2016, section 4.2, but at even
    distances.

    >>> [step_decay(2, 0.5)(t) for t in range(6)]
    [1.0, 1.0, 0.5, 0.5, 0.25, 0.25]
    """
    every = require_count("every", every)
    factor = settings.real(factor, "expected factor to be a real number")
    return lambda t: float(factor ** (t // every))


def cosine(steps: int, floor: float = 0.0) -> Rate:
    """Return the rate that falls from 1 to floor along half a cosine, and then stays there.

    Args:
        steps: how many steps the fall takes.
        floor: the share that is left.

    Raises:
        ValueError: when steps is below 1.

    Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017,
    equation 5, without the restarts.

    >>> [round(cosine(4)(t), 4) for t in range(6)]
    [1.0, 0.8536, 0.5, 0.1464, 0.0, 0.0]
    """
    steps = require_count("steps", steps)
    floor = settings.real(floor, "expected floor to be a real number")
    return lambda t: floor + (1.0 - floor) * (1.0 + math.cos(math.pi * min(t, steps) / steps)) / 2.0


def constant(t: int) -> float:
    return 1.0


def warmup(steps: int, then: Rate = constant) -> Rate:
    """Return the rate that grows in a line, 1/steps, 2/steps, ... 1, before another one begins.

    Args:
        steps: how many steps the growth takes.
        then: the rate after that, which counts its own steps from 0.

    Raises:
        ValueError: when steps is below 1.

    Goyal et al., "Accurate, large minibatch SGD", 2017, section 2.2.

    >>> [warmup(4, step_decay(1, 0.5))(t) for t in range(7)]
    [0.25, 0.5, 0.75, 1.0, 1.0, 0.5, 0.25]
    """
    steps = require_count("steps", steps)
    return lambda t: (t + 1) / steps if t < steps else then(t - steps)


class Schedule:
    """Sets an optimiser's learning rate: at once, and then after each step.

    As one of `fit`'s callbacks it counts epochs; in a loop of your own, call `step()`.

    Args:
        optimizer: whose learning rate, taken as the largest.
        rate: a function from the number of steps done to a share of it.

    >>> from nn import MLP, SGD
    >>> optimizer = SGD(MLP(1, [1]), lr=0.8)
    >>> schedule = Schedule(optimizer, step_decay(1, 0.5))
    >>> schedule.step()
    >>> schedule.step()
    >>> optimizer.lr
    0.2
    """

    def __init__(self, optimizer: Optimizer, rate: Rate) -> None:
        self.optimizer, self.rate = optimizer, rate
        self.lr, self.t = optimizer.lr, 0
        optimizer.lr = self.lr * rate(0)

    def step(self) -> None:
        """Go on to the next learning rate."""
        self.t += 1
        self.optimizer.lr = self.lr * self.rate(self.t)

    def __call__(self, epoch: int, history: Any) -> None:
        """Go on to the next learning rate, as a callback of `fit`."""
        self.step()
