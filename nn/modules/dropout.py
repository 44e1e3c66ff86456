"""Dropout: numbers are put to 0 at random while a model learns."""

from typing import Any

from autograd import mul
from autograd.extend import random_input, settings
from nn.modules.initializers import Seed, generator
from nn.modules.module import Module
from nn.modules.shapes import elementwise, numbers_in

__all__ = ["Dropout"]


class Dropout(Module):
    """In training, each number becomes 0 with probability p, else is divided by 1 − p.

    In `eval()` everything passes as it is; the division keeps the mean the same in both.

    Args:
        p: the share of numbers to drop, in [0, 1).
        seed: an integer for masks of its own; None draws from `random`'s generator.

    Raises:
        ValueError: when p is outside [0, 1).

    Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", 2014.

    >>> dropout = Dropout(0.5, seed=1)
    >>> dropout([1.0, 2.0, 3.0, 4.0]), dropout.eval()([1.0, 2.0, 3.0, 4.0])
    ([0.0, 4.0, 6.0, 0.0], [1.0, 2.0, 3.0, 4.0])
    """

    compiles = True

    def __init__(self, p: float = 0.5, *, seed: Seed = None) -> None:
        expected = "Dropout: expected p, the share to drop, in [0, 1)"
        self.p = settings.real(p, expected, lambda x: 0.0 <= x < 1.0)
        # None stays None: `random` itself, which generator(None) is, cannot be copied.
        self.source = None if seed is None else generator(seed)

    def draw(self, count: int) -> list[float]:
        """Return a fresh mask: plain numbers, 0 or 1 / (1 − p), to multiply with.

        This is the only place where chance enters; a compiled program calls it at each replay.

        Args:
            count: how many numbers to mask.
        """
        number, dropped, kept = generator(self.source).random, self.p, 1.0 / (1.0 - self.p)
        return [0.0 if number() < dropped else kept for _ in range(count)]

    def forward(self, x: Any) -> Any:
        """Return x, in training times a fresh mask.

        Args:
            x: a number, or numbers nested at any depth.
        """
        if not self.training or self.p == 0.0:
            return x
        mask = iter(random_input(self.draw, sum(1 for _ in numbers_in(x))))
        return elementwise(lambda number: mul(number, next(mask)), x)

    def __repr__(self) -> str:
        return f"Dropout({self.p:g})"
