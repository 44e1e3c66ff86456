"""det, ode, llsq, lse and gmm on scalars: one text for our Values and for CasADi's symbols.

GradBench's functions (https://github.com/gradbench/gradbench); det, ode and llsq come from
cmpad, gmm from ADBench.
"""

from collections.abc import Callable, Sequence
from typing import Any

from data import D, K, llsq_table

__all__ = ["det", "gmm_rest", "gmm_row", "llsq", "lse", "ode"]

Numbers = Sequence[Any]
SIZE = 7


def det(a: Numbers) -> Any:
    """The determinant of a 7×7 matrix, expanded by minors along the first row."""
    return minor([list(a[i : i + SIZE]) for i in range(0, SIZE * SIZE, SIZE)])


def minor(rows: list[list[Any]]) -> Any:
    if len(rows) == 1:
        return rows[0][0]
    result: Any = 0.0
    for j, x in enumerate(rows[0]):
        term = x * minor([row[:j] + row[j + 1 :] for row in rows[1:]])
        result = result - term if j % 2 else result + term
    return result


def ode(x: Numbers, start: Numbers, steps: int = 10) -> Any:
    """The last component at t = 2 of y₀' = x₀, yᵢ' = xᵢ·yᵢ₋₁, by Runge and Kutta's method."""

    def slope(y: list[Any]) -> list[Any]:
        return [x[0], *(a * b for a, b in zip(x[1:], y, strict=False))]

    def moved(y: list[Any], k: list[Any], by: float) -> list[Any]:
        return [a + by * b for a, b in zip(y, k, strict=True)]

    y, h = list(start), 2.0 / steps
    for _ in range(steps):
        k1 = slope(y)
        k2 = slope(moved(y, k1, h / 2.0))
        k3 = slope(moved(y, k2, h / 2.0))
        k4 = slope(moved(y, k3, h))
        parts = zip(y, k1, k2, k3, k4, strict=True)
        y = [v + h / 6.0 * (a + 2.0 * b + 2.0 * c + d) for v, a, b, c, d in parts]
    return y[-1]


def llsq(x: Numbers, dot: Callable[..., Any]) -> Any:
    """Half the sum of squares of sign(t) − Σⱼ xⱼ·tʲ."""
    rests = [sign - dot(x, powers) for powers, sign in zip(*llsq_table(), strict=True)]
    return 0.5 * dot(rests, rests)


def lse(x: Numbers, ops: Any) -> Any:
    """log Σ exp x, shifted by the largest."""
    largest = ops.maximum(x)
    return ops.log(ops.total([ops.exp(v - largest) for v in x])) + largest


def gmm_row(parameters: Numbers, row: Numbers, ops: Any) -> Any:
    """What a row adds to the log posterior of a mixture of Gaussians."""
    alphas, means, qs, ls = gmm_parts(parameters)
    terms = []
    for alpha, mean, q, below in zip(alphas, means, qs, ls, strict=True):
        centred = [x - m for x, m in zip(row, mean, strict=True)]
        scaled = [ops.exp(a) * c for a, c in zip(q, centred, strict=True)]
        scaled[1] = scaled[1] + below * centred[0]
        terms.append(alpha + ops.total(q) - 0.5 * ops.dot(scaled, scaled))
    return lse(terms, ops)


def gmm_rest(parameters: Numbers, rows: int, ops: Any) -> Any:
    """What the parameters add apart from the rows, without the constant."""
    alphas, _, qs, ls = gmm_parts(parameters)
    squares = [ops.exp(2.0 * q) for each in qs for q in each] + [x * x for x in ls]
    return -rows * lse(alphas, ops) - 0.5 * ops.total(squares)


def gmm_parts(parameters: Numbers) -> tuple[Numbers, list[Numbers], list[Numbers], Numbers]:
    """Split into α, μ, the diagonals' logarithms, and what is below them (d = 2: one each)."""
    means, qs = parameters[K : K + K * D], parameters[K + K * D : K + 2 * K * D]
    pairs = [[each[i : i + D] for i in range(0, K * D, D)] for each in (means, qs)]
    return parameters[:K], pairs[0], pairs[1], parameters[K + 2 * K * D :]
