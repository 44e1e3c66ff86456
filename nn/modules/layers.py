"""Neurons, layers of them, and layers in a row, with micrograd's names and calls."""

from collections.abc import Callable, Sequence
from typing import Any

from autograd import Value, dot
from autograd.extend import scope_each
from nn.modules.activations import (
    Activation,
    activate,
    activation_name,
    find_activation,
    is_vector,
    linear,
    of_one_number,
)
from nn.modules.arguments import is_nonlinear, require_count, wrong_length
from nn.modules.initializers import Initializer, Seed, find_initializer, generator
from nn.modules.module import Module
from nn.modules.rows import READY, as_row

__all__ = ["MLP", "Layer", "Neuron", "Sequential"]

PLAIN = frozenset((list, tuple))


class Neuron(Module):
    """activation(w · x + b), with one `dot` node for the weighted sum.

    Args:
        nin: how many inputs.
        activation: a name from `ACTIVATIONS`, or a function of one number.
        nonlin: micrograd's switch: False means a linear neuron.
        init: a name from `INITIALIZERS`, "auto", or a function (rng, fan_in, fan_out) -> float.
        seed: an integer for weights of its own; None draws from `random`'s generator.
        fan_out: how many neurons share the inputs, for the initializer.

    Raises:
        ValueError: for an unknown name, a vector activation, or a count below 1.

    >>> n = Neuron(2, activation="linear", seed=0)
    >>> n.w[0].data, n.w[1].data, n.b.data = 3.0, -1.0, 0.5
    >>> n([1.0, 2.0]).data
    1.5
    """

    compiles = True

    def __init__(
        self,
        nin: int,
        activation: Activation = "relu",
        *,
        nonlin: bool | None = None,
        init: str | Initializer = "auto",
        seed: Seed = None,
        fan_out: int = 1,
    ) -> None:
        nin = require_count("nin", nin)
        self.activate: Callable[[Any], Any] = linear
        self.activation: Activation = activation if is_nonlinear(nonlin) else "linear"
        rng, draw = generator(seed), find_initializer(init, self.activation)
        self.w = [Value(draw(rng, nin, fan_out), label=f"w{i}") for i in range(nin)]
        self.b = Value(0.0, label="b")

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "activation":  # what it names is looked up here, and not at each call
            self.activate = of_one_number(value)
        super().__setattr__(name, value)

    def forward(self, x: Any) -> Any:
        """Return the neuron's output for a row of nin numbers or Values.

        Raises:
            ValueError: when the row is of another length.
        """
        row = as_row(x)
        if len(row) != len(self.w):
            raise ValueError(wrong_length(self, len(self.w), row))
        return self.activate(dot(self.w, row) + self.b)

    def __repr__(self) -> str:
        return f"Neuron({len(self.w)}, activation={activation_name(self.activation)!r})"


class Layer(Module):
    """Neurons that share their inputs.

    Args:
        nin: how many inputs.
        nout: how many neurons.
        activation: a name from `ACTIVATIONS`, or a function of one number.
        nonlin: micrograd's switch: False means linear neurons.
        init: a name from `INITIALIZERS`, "auto", or a function (rng, fan_in, fan_out) -> float.
        seed: an integer for weights of its own; None draws from `random`'s generator.

    Raises:
        ValueError: for an unknown name, or a count below 1.

    >>> Layer(2, 3)
    Layer(2, 3, activation='relu')
    >>> probabilities = Layer(2, 3, "softmax", seed=0)([0.5, -1.0])
    >>> round(sum(p.data for p in probabilities), 12)
    1.0
    """

    compiles = True

    def __init__(
        self,
        nin: int,
        nout: int,
        activation: Activation = "relu",
        *,
        nonlin: bool | None = None,
        init: str | Initializer = "auto",
        seed: Seed = None,
    ) -> None:
        nin = require_count("nin", nin)
        nout = require_count("nout", nout)
        self.nin = nin
        self.across: Callable[[Any], Any] = linear
        self.activation: Activation = activation if is_nonlinear(nonlin) else "linear"
        each: Activation = "linear" if is_vector(self.activation) else self.activation
        rng = generator(seed)
        self.neurons = [Neuron(nin, each, init=init, seed=rng, fan_out=nout) for _ in range(nout)]

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "activation":
            whole = is_vector(value)
            self.across = find_activation(value) if whole else linear
            activate(vars(self).get("neurons", ()), "linear" if whole else value)
        super().__setattr__(name, value)

    def forward(self, x: Any) -> Any:
        """Return the list of outputs for a row of nin numbers or Values; of one output, a Value.

        Raises:
            ValueError: when the row is of another length.
        """
        # `dot` reads any real number; what is no float or Value costs less if it is read once.
        row = x if type(x) in PLAIN and x and type(x[0]) in READY else as_row(x)
        if len(row) != self.nin:
            raise ValueError(wrong_length(self, self.nin, row))
        out = []
        with scope_each(self.neurons, Neuron) as neurons:
            # `Neuron.forward`, once more: a call for each would cost as much as the three nodes.
            for n in neurons:
                activate = n.activate
                out.append(activate(dot(n.w, row) + n.b))
        if len(out) < len(self.neurons):  # there is one of somebody's own
            out += [neuron(row) for neuron in self.neurons[len(out) :]]
        if self.across is not linear:
            out = self.across(out)
        return out[0] if len(out) == 1 else out

    def __repr__(self) -> str:
        name = activation_name(self.activation)
        return f"Layer({self.nin}, {len(self.neurons)}, activation={name!r})"


class Sequential(Module):
    """Modules, or any functions, each applied to the result of the one before.

    Args:
        modules: what to apply, in order.

    >>> Sequential(Layer(2, 3, "tanh"), Layer(3, 1, "linear"))
    Sequential(Layer(2, 3, activation='tanh'), Layer(3, 1, activation='linear'))
    """

    compiles = True

    def __init__(self, *modules: Callable[[Any], Any]) -> None:
        given: tuple[Any, ...] = modules
        for i, module in enumerate(given):
            if not callable(module):
                advice = ": write Sequential(*layers)" if isinstance(module, list | tuple) else ""
                got = f"a {type(module).__name__} as number {i}"
                raise TypeError(f"expected modules or functions, got {got}{advice}")
        self.layers: list[Any] = list(modules)

    def forward(self, x: Any) -> Any:
        """Return the last module's output."""
        for layer in self.layers:
            x = layer(x)
        return x

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self.layers))})"


class MLP(Sequential):
    """A multi-layer perceptron: hidden layers with an activation, and a linear last layer.

    Args:
        nin: how many inputs.
        nouts: how many neurons in each layer.
        activation: that of the hidden layers.
        output_activation: that of the last layer.
        init: a name from `INITIALIZERS`, "auto", or a function (rng, fan_in, fan_out) -> float.
        seed: an integer for weights of its own; None draws from `random`'s generator.

    Raises:
        ValueError: for an unknown name, a count below 1, or no layers.

    >>> model = MLP(2, [16, 16, 1], seed=0)
    >>> model, len(model.parameters())
    (MLP(2, [16, 16, 1], activation='relu'), 337)
    """

    def __init__(
        self,
        nin: int,
        nouts: Sequence[int],
        activation: Activation = "relu",
        *,
        output_activation: Activation = "linear",
        init: str | Initializer = "auto",
        seed: Seed = None,
    ) -> None:
        if not hasattr(nouts, "__len__") or hasattr(nouts, "encode"):
            raise TypeError(
                f"expected nouts to be a list of sizes, got {nouts!r:.40}: write MLP(2, [16, 1])"
            )
        if len(nouts) == 0:
            raise ValueError("expected nouts to give at least one layer's size, got none")
        rng, last = generator(seed), len(nouts) - 1
        self.activation, self.output_activation = activation, output_activation
        super().__init__(
            *[
                Layer(a, b, activation if i < last else output_activation, init=init, seed=rng)
                for i, (a, b) in enumerate(zip([nin, *nouts], nouts, strict=False))
            ]
        )

    def __setattr__(self, name: str, value: Any) -> None:
        layers = vars(self).get("layers", ())
        if name in ("activation", "output_activation"):
            activate(layers[:-1] if name == "activation" else layers[-1:], value)
        super().__setattr__(name, value)

    def __repr__(self) -> str:
        sizes = [len(layer.neurons) for layer in self.layers if isinstance(layer, Layer)]
        shown = f"activation={activation_name(self.activation)!r}"
        if find_activation(self.output_activation) is not linear:
            shown += f", output_activation={activation_name(self.output_activation)!r}"
        first = self.layers[0]
        return f"MLP({getattr(first, 'nin', '?')}, {sizes}, {shown})"
