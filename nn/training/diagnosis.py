"""What ails a network: dead or saturated units, lost or exploding gradients, unused weights."""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from autograd import Value
from nn.modules.calling import over_batch, training_flags
from nn.modules.dataset import Rows, read_rows
from nn.modules.lookup import lookup
from nn.modules.module import Module
from nn.modules.rows import is_number
from nn.training.losses import LOSSES

__all__ = ["Diagnosis", "LayerHealth", "diagnose"]

# A unit is ill when all but so many of the rows find it so.
NEARLY_ALL = 0.95
PERCENT = f"{100 * NEARLY_ALL:g} %"
SATURATED: dict[str, Callable[[float], bool]] = {
    "tanh": lambda z: abs(z) > 0.99,
    "sigmoid": lambda z: min(z, 1.0 - z) < 0.01,
}
RELUS = ("relu",)
# How many times smaller than the last layer's, or larger than its parameters, a gradient is ill.
FAR = 1e3


@dataclass(frozen=True)
class LayerHealth:
    """One layer: its parameters, and the typical size of a gradient in it.

    Attributes:
        name: such as "layers.0".
        parameters: how many it has.
        gradient: the root of the mean square of their gradients.
        size: the root of the mean square of the parameters themselves.
        unused: how many of them the loss does not rest on.
    """

    name: str
    parameters: int
    gradient: float
    size: float
    unused: int


@dataclass(frozen=True)
class Diagnosis:
    """What was found; true when nothing is wrong.

    Attributes:
        loss: the name of the loss it was measured with, and its value.
        layers: the layers in order.
        findings: one sentence per thing that is wrong.
    """

    loss: str
    layers: tuple[LayerHealth, ...]
    findings: tuple[str, ...]

    def __bool__(self) -> bool:
        return not self.findings

    def __str__(self) -> str:
        width = max([5, *(len(layer.name) for layer in self.layers)])
        head = f"{'layer'.ljust(width)}  parameters  typical gradient"
        rows = [
            f"{layer.name.ljust(width)}  {layer.parameters:>10}  {layer.gradient:>16.3g}"
            for layer in self.layers
        ]
        found = [f"- {finding}" for finding in self.findings] or ["nothing is wrong"]
        return "\n".join([f"loss: {self.loss}", head, *rows, *found])


def diagnose(
    model: Module,
    X: Any,  # noqa: N803
    y: Any,
    loss: str | Callable[[Any, Any], Any] | None = None,
) -> Diagnosis:
    """Run a model forward and backward on some rows and say what ails it.

    The model's gradients and training flags are left as they were.

    Args:
        model: the model.
        X: n rows; the more, the surer a unit that is silent on all of them is dead.
        y: n targets.
        loss: a name from `LOSSES`, or a function (predictions, targets) -> Value.  When not
            given: cross_entropy for several outputs and whole labels, hinge for labels ±1,
            else mse.

    Raises:
        ValueError: for an unknown name, or rows that do not fit or have a nan.

    >>> from nn import MLP
    >>> model = MLP(1, [2, 1], seed=0)
    >>> for neuron in model.layers[0].neurons:
    ...     neuron.b.data = -100.0
    >>> print(diagnose(model, [[0.0], [1.0]], [0.0, 1.0]).findings[0])
    dead relu: layer0.neuron0, layer0.neuron1 give 0 on at least 95 % of the rows
    """
    rows = read_rows(X, y)
    with training_flags(model), gradients_kept(model):
        model.eval()
        model.zero_grad()
        predictions = over_batch(model, rows.inputs)
        chosen = guess(predictions, rows) if loss is None else loss
        result = lookup("loss", chosen, LOSSES)(predictions, list(rows.targets))
        result.backward()
        layers = tuple(layers_of(model))
        units = units_of(predictions)
    name = chosen if isinstance(chosen, str) else getattr(chosen, "__name__", "loss")
    found = [*dead(units), *saturated(units), *far_off(layers), *unused(layers)]
    return Diagnosis(f"{name} = {result.data:.4g}", layers, tuple(found))


@contextmanager
def gradients_kept(model: Module) -> Iterator[None]:
    """Put every parameter's gradient back at the end."""
    before = [(p, p.grad if p.reached else None) for p in model.parameters()]
    try:
        yield
    finally:
        for p, grad in before:
            p.zero_grad()
            if grad is not None:
                p.grad = grad


def guess(predictions: Sequence[Any], rows: Rows) -> str:
    """Return the name of the loss that outputs and targets look made for."""
    labels = all(isinstance(target, int) for target in rows.targets)
    if not is_number(predictions[0]):
        return "cross_entropy" if labels else "mse"
    return "hinge" if set(rows.targets) == {-1, 1} else "mse"


def layers_of(model: Module) -> Iterator[LayerHealth]:
    """Yield the health of each layer: an attribute of the model, or an item of a list there."""
    groups: dict[str, list[Value]] = {}
    for name, p in model.named_parameters():
        first, *rest = name.split(".")
        item = f"{first}.{rest[0]}" if len(rest) > 1 and rest[0].isdigit() else first
        groups.setdefault(item, []).append(p)
    for name, group in groups.items():
        mean = math.fsum(p.grad * p.grad for p in group) / len(group)
        size = math.sqrt(math.fsum(p.data * p.data for p in group) / len(group))
        lost = sum(not p.reached for p in group)
        yield LayerHealth(name, len(group), math.sqrt(mean), size, lost)


def units_of(predictions: Sequence[Any]) -> dict[tuple[str, str], list[float]]:
    """Return the outputs of every activation, by its group and its primitive."""
    outputs = [z for row in predictions for z in ([row] if is_number(row) else row)]
    stack = [z for z in outputs if isinstance(z, Value)]
    seen: set[Value] = set()
    units: dict[tuple[str, str], list[float]] = {}
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            stack.extend(node.parents)
            if node.rule is not None and (node.rule.name in SATURATED or node.rule.name in RELUS):
                units.setdefault((node.scope, node.rule.name), []).append(node.data)
    return dict(sorted(units.items()))


def share(found: Sequence[bool]) -> float:
    return sum(found) / len(found)


def dead(units: dict[tuple[str, str], list[float]]) -> Iterator[str]:
    """Yield a sentence when some relus give 0 on nearly all rows."""
    names = [
        scope.partition(".")[2] or scope
        for (scope, rule), outputs in units.items()
        if rule in RELUS and share([z == 0.0 for z in outputs]) >= NEARLY_ALL
    ]
    if names:
        yield f"dead relu: {listed(names)} give 0 on at least {PERCENT} of the rows"


def saturated(units: dict[tuple[str, str], list[float]]) -> Iterator[str]:
    """Yield a sentence when some sigmoids or tanhs are near their ends on nearly all rows."""
    for rule, ended in SATURATED.items():
        names = [
            scope.partition(".")[2] or scope
            for (scope, name), outputs in units.items()
            if name == rule and share([ended(z) for z in outputs]) >= NEARLY_ALL
        ]
        if names:
            yield f"saturated {rule}: {listed(names)} on at least {PERCENT} of the rows"


def far_off(layers: Sequence[LayerHealth]) -> Iterator[str]:
    """Yield a sentence for layers whose gradients are lost on the way, or far too large."""
    last = layers[-1].gradient if layers else 0.0
    for layer in layers:
        if not math.isfinite(layer.gradient):
            yield f"gradient of {layer.name} is {layer.gradient}: find its origin with debug()"
        elif layer.gradient * FAR < last:
            compared = f"{layer.name} has {layer.gradient:.2g}, the last layer {last:.2g}"
            yield f"vanishing gradient: {compared}"
        elif layer.gradient > FAR * max(1.0, layer.size):
            compared = f"{layer.name} has {layer.gradient:.2g}, its parameters {layer.size:.2g}"
            yield f"exploding gradient: {compared}"


def unused(layers: Sequence[LayerHealth]) -> Iterator[str]:
    """Yield a sentence for layers with parameters that the loss does not rest on."""
    for layer in layers:
        if layer.unused:
            yield f"unused: the loss does not rest on {layer.unused} parameters of {layer.name}"


def listed(names: Sequence[str], most: int = 6) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
