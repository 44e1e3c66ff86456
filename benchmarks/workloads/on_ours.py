"""The compiled workloads in glassgrad: `autograd.compile` and `nn.fit(..., compiled=True)`.

usage: on_ours.py ENGINE WORKLOAD DIGITS
"""

import sys
from array import array
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

import data
import functions
import gpt
import gpt_compiled
from timing import Measured, best, report

import autograd
import nn

OPS = SimpleNamespace(
    exp=autograd.exp,
    log=autograd.log,
    maximum=lambda xs: autograd.maximum(*xs),
    total=autograd.total,
    dot=autograd.dot,
)


def network(sizes: list[int]) -> nn.MLP:
    model = nn.MLP(sizes[0], sizes[1:])
    numbers = data.flat(data.layers(sizes))
    for p, number in zip(model.parameters(), numbers, strict=True):
        p.data = number
    return model


def trained(
    sizes: list[int],
    optimizer: Callable[[nn.Module], Any],
    checked: int,
    epochs: int,
    **settings: Any,
) -> Measured:
    """Check the parameters after a few epochs; time an epoch, apart from compiling the loss."""
    settings |= {"shuffle": False, "progress": False, "compiled": True}

    def fit(count: int) -> list[float]:
        model = network(sizes)
        nn.fit(model, optimizer=optimizer(model), epochs=count, **settings)
        return [p.data for p in model.parameters()]

    values = fit(checked)
    more = best(lambda: fit(1 + epochs)) - best(lambda: fit(1))
    return values, more / epochs


def moons() -> Measured:
    # The penalty's gradient is what weight_decay adds.
    rate, decay = data.LEARNING_RATE["moons"], 2.0 * data.PENALTY
    descent = partial(nn.SGD, lr=rate, weight_decay=decay)
    rows, labels = data.moons_rows()
    return trained(data.MOONS, descent, 20, 50_000, X=rows, y=labels, loss=nn.hinge)


def digits() -> Measured:
    adam = partial(nn.Adam, lr=data.LEARNING_RATE["digits"])
    rows, labels = data.digits_rows(sys.argv[3])
    settings = {"loss": nn.cross_entropy, "batch_size": data.BATCH["digits"]}
    return trained(data.DIGITS, adam, 1, 100, X=rows, y=labels, **settings)


def wide() -> Measured:
    descent = partial(nn.SGD, lr=data.LEARNING_RATE["wide"])
    rows, labels = data.wide_rows()
    values, seconds = trained(data.WIDE, descent, 3, 100, X=rows, y=labels, loss=nn.cross_entropy)
    return values[-1290:], seconds


def gpt_steps(trainer: Callable[[list[str]], Callable[[], list[float]]]) -> Measured:
    """The losses of an epoch, name by name; then the seconds of a step."""
    names = data.names_by_length(sys.argv[3])
    epoch = trainer(names)
    return epoch(), best(epoch, len(names))


def gradient(name: str, f: Callable[..., Any]) -> Measured:
    x, fast = array("d", data.point(name)), autograd.compile(f)
    value, found = fast.value_and_grad(x)
    return [value, *found], best(lambda: fast.value_and_grad(x))


def ode(x: Any) -> Any:
    return functions.ode(x, [0.0] * len(x))


def gmm() -> Measured:
    """Rows in lanes; each row brings its share of what rests on the parameters alone."""
    x, numbers = array("d", data.point("gmm")), [v for row in data.gmm_rows() for v in row]
    rows = memoryview(array("d", numbers)).cast("B").cast("d", (data.N, data.D))

    def posterior(parameters: Any, row: Any) -> Any:
        rest = functions.gmm_rest(parameters, len(rows), OPS) + data.gmm_constant()
        return functions.gmm_row(parameters, row, OPS) + rest / len(rows)

    fast = autograd.compile(posterior, in_axes=(None, 0), reduce="sum")
    value, found = fast.value_and_grad(x, rows)
    return [value, *found], best(lambda: fast.value_and_grad(x, rows))


if __name__ == "__main__":
    report(
        {
            "moons": moons,
            "digits": digits,
            "wide": wide,
            "det": lambda: gradient("det", functions.det),
            "ode": lambda: gradient("ode", ode),
            "ode small": lambda: gradient("ode small", ode),
            "llsq": lambda: gradient("llsq", lambda x: functions.llsq(x, autograd.dot)),
            "lse": lambda: gradient("lse", lambda x: functions.lse(x, OPS)),
            "gmm": gmm,
            "gpt": lambda: gpt_steps(gpt_compiled.trainer),
            "gpt eager": lambda: gpt_steps(partial(gpt.trainer, autograd.Value)),
        }
    )
