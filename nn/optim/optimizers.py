"""The optimisers, each one scalar function from a parameter, its gradient and its state."""

from collections.abc import Callable
from typing import Any

from autograd import div, pow, sqrt
from nn.modules.arguments import at_least_0, below_1
from nn.optim.optimizer import Optimizer, Parameters

__all__ = ["OPTIMIZERS", "SGD", "Adam", "AdamW", "RMSProp"]


class SGD(Optimizer):
    """Gradient descent: v ← momentum·v + g, p ← p − lr·v; Nesterov's takes g + momentum·v.

    Args:
        parameters: a Module, or leaf Values.
        lr: the learning rate.
        momentum: how much of the last velocity stays.
        nesterov: whether to look ahead by one more momentum step.
        weight_decay: added to the gradient, times the parameter.

    Raises:
        ValueError: for a negative setting, or nesterov without momentum.

    Sutskever et al., "On the importance of initialization and momentum in deep learning", 2013,
    in PyTorch's form, in which lr scales the velocity.

    >>> from autograd import Value
    >>> x = Value(3.0)
    >>> (x * x).backward()
    >>> SGD([x], lr=0.25).step()
    >>> x.data
    1.5
    """

    def __init__(
        self,
        parameters: Parameters,
        lr: float = 1e-3,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
    ) -> None:
        self.momentum = at_least_0("momentum", momentum)
        self.weight_decay = at_least_0("weight_decay", weight_decay)
        self.nesterov = nesterov
        if nesterov and not self.momentum:
            raise ValueError("nesterov=True needs momentum > 0, got momentum=0")
        super().__init__(parameters, lr, (0.0,) if self.momentum else ())

    def update(self, p: Any, g: Any, *state: Any) -> tuple[Any, ...]:
        """Return the new parameter, then its velocity, if any."""
        g = g + self.weight_decay * p if self.weight_decay else g
        if not state:
            return (p - self.lr * g,)
        velocity = self.momentum * state[0] + g
        direction = g + self.momentum * velocity if self.nesterov else velocity
        return p - self.lr * direction, velocity


class RMSProp(Optimizer):
    """v ← alpha·v + (1 − alpha)·g², p ← p − lr·g / (√v + eps).

    Args:
        parameters: a Module, or leaf Values.
        lr: the learning rate.
        alpha: how much of the mean square stays.
        eps: keeps the division finite.
        weight_decay: added to the gradient, times the parameter.
        momentum: how much of the last step stays.

    Raises:
        ValueError: for a negative setting, or alpha ≥ 1.

    Hinton, "Neural networks for machine learning", lecture 6e, 2012.

    >>> from autograd import Value
    >>> x = Value(3.0)
    >>> (x * x).backward()
    >>> RMSProp([x], lr=0.5).step()
    >>> round(x.data, 6)
    -2.0
    """

    def __init__(
        self,
        parameters: Parameters,
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
    ) -> None:
        self.alpha = below_1("alpha", alpha)
        self.eps = at_least_0("eps", eps)
        self.weight_decay = at_least_0("weight_decay", weight_decay)
        self.momentum = at_least_0("momentum", momentum)
        super().__init__(parameters, lr, (0.0, 0.0) if self.momentum else (0.0,))

    def update(self, p: Any, g: Any, *state: Any) -> tuple[Any, ...]:
        """Return the new parameter, then its mean square (and its velocity)."""
        g = g + self.weight_decay * p if self.weight_decay else g
        square, *buffer = state
        square = self.alpha * square + (1.0 - self.alpha) * g * g
        move = div(g, sqrt(square) + self.eps)
        if not buffer:
            return p - self.lr * move, square
        velocity = self.momentum * buffer[0] + move
        return p - self.lr * velocity, square, velocity


class Adam(Optimizer):
    """Steps along the mean gradient over the root of the mean square, both bias-corrected.

    Args:
        parameters: a Module, or leaf Values.
        lr: the learning rate.
        betas: how much of the mean and of the mean square stays.
        eps: keeps the division finite.
        weight_decay: added to the gradient, times the parameter.

    Raises:
        ValueError: for a negative setting, or a beta ≥ 1.

    Kingma and Ba, "Adam: a method for stochastic optimization", 2015, algorithm 1.

    >>> from autograd import Value
    >>> x = Value(3.0)
    >>> (x * x).backward()
    >>> Adam([x], lr=0.5).step()
    >>> round(x.data, 6)
    2.5
    """

    def __init__(
        self,
        parameters: Parameters,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        self.betas = (below_1("betas[0]", betas[0]), below_1("betas[1]", betas[1]))
        self.eps = at_least_0("eps", eps)
        self.weight_decay = at_least_0("weight_decay", weight_decay)
        super().__init__(parameters, lr, (0.0, 0.0, 0.0))

    def update(self, p: Any, g: Any, *state: Any) -> tuple[Any, ...]:
        """Return the new parameter, then its means and number of steps."""
        return self.move(p, g + self.weight_decay * p if self.weight_decay else g, *state)

    def move(self, p: Any, g: Any, mean: Any, square: Any, t: Any) -> tuple[Any, ...]:
        """Return the new parameter, mean, mean square and number of steps."""
        beta1, beta2 = self.betas
        t = t + 1.0
        mean = beta1 * mean + (1.0 - beta1) * g
        square = beta2 * square + (1.0 - beta2) * g * g
        # Both corrections meet in the step, as at the end of the paper's section 2: a root and a
        # division for each parameter are most of what a compiled step costs.
        root = sqrt(1.0 - pow(beta2, t))
        step = self.lr * root / (1.0 - pow(beta1, t))
        return p - step * div(mean, sqrt(square) + self.eps * root), mean, square, t


class AdamW(Adam):
    """Adam whose weight decay shrinks the parameter itself, apart from the gradient.

    Args:
        parameters: a Module, or leaf Values.
        lr: the learning rate.
        betas: how much of the mean and of the mean square stays.
        eps: keeps the division finite.
        weight_decay: the share lr·weight_decay of a parameter is lost at each step.

    Raises:
        ValueError: for a negative setting, or a beta ≥ 1.

    Loshchilov and Hutter, "Decoupled weight decay regularization", 2019, algorithm 2.

    >>> from autograd import Value
    >>> x = Value(3.0)
    >>> (x * 0.0).backward()
    >>> AdamW([x], lr=0.5, weight_decay=0.1).step()
    >>> round(x.data, 6)
    2.85
    """

    def __init__(
        self,
        parameters: Parameters,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
    ) -> None:
        super().__init__(parameters, lr, betas, eps, weight_decay)

    def update(self, p: Any, g: Any, *state: Any) -> tuple[Any, ...]:
        """Return the new parameter, then its means and number of steps."""
        return self.move(p * (1.0 - self.lr * self.weight_decay), g, *state)


OPTIMIZERS: dict[str, Callable[[Parameters], Optimizer]] = {
    "sgd": SGD,
    "rmsprop": RMSProp,
    "adam": Adam,
    "adamw": AdamW,
}
