"""The compiled workloads in CasADi SX: the gradient of a scalar graph, run by CasADi's machine.

Equal parts are merged with `cse`, and calls read and write buffers: CasADi at its best without a
C compiler.

usage: on_casadi.py ENGINE WORKLOAD DIGITS
"""

from array import array
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import casadi
import data
import functions
from timing import Measured, best, report


def column(xs: Sequence[Any]) -> Any:
    return casadi.vertcat(*xs)


OPS = SimpleNamespace(
    exp=casadi.exp,
    log=casadi.log,
    maximum=lambda xs: casadi.mmax(column(xs)),
    total=lambda xs: casadi.sum1(column(xs)),
    dot=lambda xs, ys: casadi.dot(column(xs), column(ys)),
)


def buffered(inputs: list[Any], outputs: list[Any], numbers: list[Any]) -> tuple[Any, list[Any]]:
    """Return a call without arguments, and the arrays that it fills."""
    function = casadi.Function("f", inputs, casadi.cse(outputs))
    buffer, call = function.buffer()
    results = [array("d", bytes(8 * function.nnz_out(i))) for i in range(len(outputs))]
    for i, given in enumerate(numbers):
        buffer.set_arg(i, memoryview(given))
    for i, result in enumerate(results):
        buffer.set_res(i, memoryview(result))
    call.owner = function, buffer, results
    return call, results


def gradient(name: str, f: Callable[..., Any], start: int = 0) -> Measured:
    """Time f's gradient; `start` symbols are 0 in every call but unknown to CasADi."""
    x, zeros = casadi.SX.sym("x", len(data.point(name))), casadi.SX.sym("zeros", start)
    xs, given = casadi.vertsplit(x), casadi.vertsplit(zeros) if start else []
    value = f(xs, given) if start else f(xs)
    numbers = [array("d", data.point(name)), array("d", [0.0] * start)]
    # Only dense results have a place for every number.
    outputs = [casadi.densify(each) for each in (value, casadi.gradient(value, x))]
    call, results = buffered([x, zeros], outputs, numbers)
    call()
    return [*results[0], *results[1]], best(call)


def llsq(x: Sequence[Any]) -> Any:
    return functions.llsq(x, OPS.dot)


def gmm(parameters: Sequence[Any]) -> Any:
    rows = [functions.gmm_row(parameters, row, OPS) for row in data.gmm_rows()]
    rest = functions.gmm_rest(parameters, len(rows), OPS)
    return OPS.total(rows) + rest + data.gmm_constant()


def moons() -> Measured:
    rows, labels = data.moons_rows()
    start = data.flat(data.layers(data.MOONS))
    p = casadi.SX.sym("p", len(start))
    squares = casadi.dot(p, p)
    losses = [casadi.fmax(0.0, 1.0 - y * score(p, x)) for x, y in zip(rows, labels, strict=True)]
    loss = OPS.total(losses) / len(rows) + data.PENALTY * squares
    moved = p - data.LEARNING_RATE["moons"] * casadi.gradient(loss, p)
    numbers = array("d", start)
    call, results = buffered([p], [casadi.densify(moved)], [numbers])

    def step() -> None:
        call()
        numbers[:] = results[0]

    for _ in range(20):
        step()
    return list(numbers), best(step)


def score(p: Any, row: list[float]) -> Any:
    """Read the parameters neuron by neuron, weights first."""
    x, rest = column(row), iter(casadi.vertsplit(p))
    last = len(data.MOONS) - 2
    for layer, (inputs, outputs) in enumerate(zip(data.MOONS[:-1], data.MOONS[1:], strict=True)):
        sums = []
        for _ in range(outputs):
            weights = column([next(rest) for _ in range(inputs)])
            sums.append(casadi.dot(weights, x) + next(rest))
        x = column(sums if layer == last else [casadi.fmax(0.0, z) for z in sums])
    return x


if __name__ == "__main__":
    report(
        {
            "moons": moons,
            "det": lambda: gradient("det", functions.det),
            "ode": lambda: gradient("ode", functions.ode, start=1_000),
            "ode small": lambda: gradient("ode small", functions.ode, start=20),
            "llsq": lambda: gradient("llsq", llsq),
            "lse": lambda: gradient("lse", lambda x: functions.lse(x, OPS)),
            "gmm": lambda: gradient("gmm", gmm),
        }
    )
