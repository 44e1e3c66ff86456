"""The compiled workloads in JAX, float64: jit per call, and whole loops below Python.

usage: on_jax.py ENGINE WORKLOAD DIGITS      ("moons loop" and "digits loop" are whole loops)
"""

import math
import sys
from collections.abc import Callable
from itertools import combinations
from typing import Any

import data
import functions
import jax
import jax.numpy as jnp
from timing import Measured, best, report

jax.config.update("jax_enable_x64", True)

Tree = Any


def network(sizes: list[int]) -> Tree:
    return [(jnp.array(weights), jnp.array(biases)) for weights, biases in data.layers(sizes)]


def numbers_of(network: Tree) -> list[float]:
    numbers: list[float] = data.flat([(w.tolist(), b.tolist()) for w, b in network])
    return numbers


def scores_of(network: Tree, x: Any) -> Any:
    for weights, biases in network[:-1]:
        x = jax.nn.relu(x @ weights.T + biases)
    weights, biases = network[-1]
    return x @ weights.T + biases


def hinge(network: Tree, x: Any, y: Any) -> Any:
    squares = sum((p * p).sum() for layer in network for p in layer)
    return jax.nn.relu(1.0 - y * scores_of(network, x)[:, 0]).mean() + data.PENALTY * squares


def cross_entropy(network: Tree, x: Any, y: Any) -> Any:
    logs = jax.nn.log_softmax(scores_of(network, x))
    return -jnp.take_along_axis(logs, y[:, None], axis=1).mean()


def descended(loss: Callable[..., Any], rate: float, network: Tree, x: Any, y: Any) -> Tree:
    gradient = jax.grad(loss)(network, x, y)
    return jax.tree.map(lambda p, g: p - rate * g, network, gradient)


def repeated(step: Callable[[Tree], Tree], state: Tree, calls: int) -> Callable[[], None]:
    """Return what takes a step so often, each from where the last one ended."""

    def run() -> None:
        nonlocal state
        for _ in range(calls):
            state = step(state)
        jax.block_until_ready(state)

    return run


def moons(looped: bool) -> Measured:
    rows, labels = data.moons_rows()
    x, y = jnp.array(rows), jnp.array(labels, dtype=float)

    def step(network: Tree) -> Tree:
        return descended(hinge, data.LEARNING_RATE["moons"], network, x, y)

    def steps(network: Tree, count: int) -> Tree:
        return jax.lax.fori_loop(0, count, lambda _, each: step(each), network)

    once, loop = jax.jit(step), jax.jit(steps, static_argnums=1)
    trained = network(data.MOONS)
    for _ in range(20):
        trained = once(trained)
    values = numbers_of(trained)
    if not looped:
        return values, best(repeated(once, trained, 100), 100)
    values = numbers_of(loop(network(data.MOONS), 20))
    return values, best(lambda: jax.block_until_ready(loop(trained, 1_000)), 1_000)


def adam(state: Tree, x: Any, y: Any) -> Tree:
    network, mean, square, t = state
    t = t + 1.0
    gradient = jax.grad(cross_entropy)(network, x, y)
    mean = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, mean, gradient)
    square = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, square, gradient)
    rate, root = data.LEARNING_RATE["digits"] / (1.0 - 0.9**t), jnp.sqrt(1.0 - 0.999**t)

    def moved(p: Any, m: Any, v: Any) -> Any:
        return p - rate * m / (jnp.sqrt(v) / root + 1e-8)

    return jax.tree.map(moved, network, mean, square), mean, square, t


def digits(looped: bool) -> Measured:
    rows, labels = data.digits_rows(sys.argv[3])
    batches = len(rows) // data.BATCH["digits"]
    x = jnp.array(rows).reshape(batches, data.BATCH["digits"], -1)
    y = jnp.array(labels).reshape(batches, -1)
    # Whole batches lie ready on the device: cutting them is not part of a step.
    pairs = [(x[i], y[i]) for i in range(batches)]
    once = jax.jit(adam)
    scanned = jax.jit(
        lambda state: jax.lax.scan(lambda s, b: (adam(s, *b), None), state, (x, y))[0]
    )

    def epoch(state: Tree) -> Tree:
        for pair in pairs:
            state = once(state, *pair)
        return state

    zeros = [(jnp.zeros_like(w), jnp.zeros_like(b)) for w, b in network(data.DIGITS)]
    step, start = scanned if looped else epoch, (network(data.DIGITS), zeros, zeros, jnp.array(0.0))
    return numbers_of(step(start)[0]), best(lambda: jax.block_until_ready(step(start)))


def wide() -> Measured:
    rows, labels = data.wide_rows()
    x, y = jnp.array(rows), jnp.array(labels)
    once = jax.jit(lambda net: descended(cross_entropy, data.LEARNING_RATE["wide"], net, x, y))
    trained = network(data.WIDE)
    for _ in range(3):
        trained = once(trained)
    return numbers_of(trained)[-1290:], best(repeated(once, trained, 1))


def det(a: Any) -> Any:
    """Expand by minors, all those of the same rows at a time, each of them once."""
    rows = a.reshape(7, 7)
    minors = jnp.ones(1)
    sets: list[tuple[int, ...]] = [()]
    for size in range(1, 8):
        place = {columns: i for i, columns in enumerate(sets)}
        sets = list(combinations(range(7), size))
        columns = jnp.array(sets)
        below = jnp.array([[place[s[:i] + s[i + 1 :]] for i in range(size)] for s in sets])
        signs = jnp.array([(-1.0) ** i for i in range(size)])
        minors = (signs * rows[7 - size][columns] * minors[below]).sum(axis=1)
    return minors[0]


def ode(x: Any, steps: int = 10) -> Any:
    def slope(y: Any) -> Any:
        return x * jnp.concatenate([jnp.ones(1), y[:-1]])

    return functions.runge_kutta(slope, jnp.zeros_like(x), steps)[-1]


def llsq() -> Callable[[Any], Any]:
    table, signs = map(jnp.array, data.llsq_table())
    return lambda x: 0.5 * ((signs - table @ x) ** 2).sum()


def lse(x: Any) -> Any:
    largest = x.max(axis=-1, keepdims=True)
    return (jnp.log(jnp.exp(x - largest).sum(axis=-1, keepdims=True)) + largest)[..., 0]


def gmm() -> Callable[[Any], Any]:
    rows, k, d = jnp.array(data.gmm_rows()), data.K, data.D

    def posterior(p: Any) -> Any:
        alpha, mu, q = p[:k], p[k : k + k * d].reshape(k, d), p[k + k * d : k + 2 * k * d]
        q, below = q.reshape(k, d), p[k + 2 * k * d :]
        centred = rows[:, None, :] - mu
        scaled = jnp.exp(q) * centred
        scaled = scaled.at[:, :, 1].add(below * centred[:, :, 0])
        terms = alpha + q.sum(axis=1) - 0.5 * (scaled**2).sum(axis=2)
        squares = jnp.exp(2.0 * q).sum() + (below**2).sum()
        return lse(terms).sum() - len(rows) * lse(alpha) - 0.5 * squares + data.gmm_constant()

    return posterior


def gradient(name: str, f: Callable[[Any], Any]) -> Measured:
    x, both = jnp.array(data.point(name)), jax.jit(jax.value_and_grad(f))
    value, found = both(x)
    assert math.isfinite(value)
    return [float(value), *found.tolist()], best(lambda: jax.block_until_ready(both(x)))


if __name__ == "__main__":
    report(
        {
            "moons": lambda: moons(False),
            "moons loop": lambda: moons(True),
            "digits": lambda: digits(False),
            "digits loop": lambda: digits(True),
            "wide": wide,
            "det": lambda: gradient("det", det),
            "ode": lambda: gradient("ode", ode),
            "ode small": lambda: gradient("ode small", ode),
            "llsq": lambda: gradient("llsq", llsq()),
            "lse": lambda: gradient("lse", lse),
            "gmm": lambda: gradient("gmm", gmm()),
        }
    )
