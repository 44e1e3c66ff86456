"""The compiled workloads in PyTorch, eager, float64, on one thread.

usage: on_torch.py ENGINE WORKLOAD DIGITS
"""

import sys
from collections.abc import Callable
from itertools import combinations
from typing import Any

import data
import functions
import torch
from timing import Measured, best, report

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)


def network(sizes: list[int]) -> torch.nn.Sequential:
    parts: list[torch.nn.Module] = []
    for weights, biases in data.layers(sizes):
        layer = torch.nn.Linear(len(weights[0]), len(biases))
        with torch.no_grad():
            layer.weight.copy_(torch.tensor(weights))
            layer.bias.copy_(torch.tensor(biases))
        parts += [layer, torch.nn.ReLU()]
    return torch.nn.Sequential(*parts[:-1])


def numbers_of(model: Any) -> list[float]:
    numbers: list[float] = data.flat(
        [(part.weight.tolist(), part.bias.tolist()) for part in model[::2]]
    )
    return numbers


def stepper(model: Any, optimizer: Any, loss_of: Callable[[Any, Any], Any]) -> Callable[..., None]:
    def step(x: Any, y: Any) -> None:
        optimizer.zero_grad()
        loss_of(model(x), y).backward()
        optimizer.step()

    return step


def moons() -> Measured:
    rows, labels = data.moons_rows()
    x, y, model = torch.tensor(rows), torch.tensor(labels, dtype=float), network(data.MOONS)
    # The penalty's gradient is what weight_decay adds.
    rate, decay = data.LEARNING_RATE["moons"], 2.0 * data.PENALTY
    optimizer = torch.optim.SGD(model.parameters(), lr=rate, weight_decay=decay)
    step = stepper(model, optimizer, lambda s, y: torch.relu(1.0 - y * s[:, 0]).mean())
    for _ in range(20):
        step(x, y)
    return numbers_of(model), best(lambda: step(x, y))


def digits() -> Measured:
    rows, labels = data.digits_rows(sys.argv[3])
    x, y = (torch.tensor(each).split(data.BATCH["digits"]) for each in (rows, labels))
    model = network(data.DIGITS)
    optimizer = torch.optim.Adam(model.parameters(), lr=data.LEARNING_RATE["digits"])
    step = stepper(model, optimizer, torch.nn.functional.cross_entropy)

    def epoch() -> None:
        for pair in zip(x, y, strict=True):
            step(*pair)

    epoch()
    return numbers_of(model), best(epoch)


def wide() -> Measured:
    rows, labels = data.wide_rows()
    x, y, model = torch.tensor(rows), torch.tensor(labels), network(data.WIDE)
    optimizer = torch.optim.SGD(model.parameters(), lr=data.LEARNING_RATE["wide"])
    step = stepper(model, optimizer, torch.nn.functional.cross_entropy)
    for _ in range(3):
        step(x, y)
    return numbers_of(model)[-1290:], best(lambda: step(x, y))


def det() -> Callable[[Any], Any]:
    """Expand by minors, all those of the same rows at a time, each of them once."""
    levels: list[Any] = []
    sets: list[tuple[int, ...]] = [()]
    for size in range(1, 8):
        place = {columns: i for i, columns in enumerate(sets)}
        sets = list(combinations(range(7), size))
        below = torch.tensor([[place[s[:i] + s[i + 1 :]] for i in range(size)] for s in sets])
        signs = torch.tensor([(-1.0) ** i for i in range(size)])
        levels.append((7 - size, torch.tensor(sets), below, signs))

    def expanded(a: Any) -> Any:
        rows, minors = a.reshape(7, 7), torch.ones(1)
        for row, columns, below, signs in levels:
            minors = (signs * rows[row][columns] * minors[below]).sum(dim=1)
        return minors[0]

    return expanded


def ode(x: Any, steps: int = 10) -> Any:
    one = torch.ones(1)

    def slope(y: Any) -> Any:
        return x * torch.cat([one, y[:-1]])

    return functions.runge_kutta(slope, torch.zeros_like(x), steps)[-1]


def llsq() -> Callable[[Any], Any]:
    table, signs = map(torch.tensor, data.llsq_table())
    return lambda x: 0.5 * ((signs - table @ x) ** 2).sum()


def lse(x: Any) -> Any:
    largest = x.max(dim=-1, keepdim=True).values
    return (torch.log(torch.exp(x - largest).sum(dim=-1, keepdim=True)) + largest)[..., 0]


def gmm() -> Callable[[Any], Any]:
    rows, k, d = torch.tensor(data.gmm_rows()), data.K, data.D

    def posterior(p: Any) -> Any:
        alpha, mu, q = p[:k], p[k : k + k * d].reshape(k, d), p[k + k * d : k + 2 * k * d]
        q, below = q.reshape(k, d), p[k + 2 * k * d :]
        centred = rows[:, None, :] - mu
        first = torch.exp(q[:, 0]) * centred[:, :, 0]
        second = torch.exp(q[:, 1]) * centred[:, :, 1] + below * centred[:, :, 0]
        terms = alpha + q.sum(dim=1) - 0.5 * (first**2 + second**2)
        squares = torch.exp(2.0 * q).sum() + (below**2).sum()
        return lse(terms).sum() - len(rows) * lse(alpha) - 0.5 * squares + data.gmm_constant()

    return posterior


def gradient(name: str, f: Callable[[Any], Any]) -> Measured:
    x = torch.tensor(data.point(name), requires_grad=True)

    def both() -> tuple[Any, Any]:
        value = f(x)
        return value, torch.autograd.grad(value, x)[0]

    value, found = both()
    return [value.item(), *found.tolist()], best(both)


if __name__ == "__main__":
    report(
        {
            "moons": moons,
            "digits": digits,
            "wide": wide,
            "det": lambda: gradient("det", det()),
            "ode": lambda: gradient("ode", ode),
            "ode small": lambda: gradient("ode small", ode),
            "llsq": lambda: gradient("llsq", llsq()),
            "lse": lambda: gradient("lse", lse),
            "gmm": lambda: gradient("gmm", gmm()),
        }
    )
