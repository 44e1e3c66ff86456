"""det, ode, llsq, lse and gmm on scalars: one text for our Values and for CasADi's symbols.

GradBench's functions (https://github.com/gradbench/gradbench); det, ode and llsq come from
cmpad, gmm from ADBench.
"""

from collections.abc import Callable, Sequence
from typing import Any

from data import D, K, llsq_table

__all__ = ["det", "gmm_rest", "gmm_row", "llsq", "lse", "ode", "runge_kutta"]

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


class Elements(list[Any]):
    """Numbers that add up element by element, as arrays do."""

    def __add__(self, other: Any) -> "Elements":
        return Elements(a + b for a, b in zip(self, other, strict=True))

    def __rmul__(self, by: Any) -> "Elements":
        return Elements(by * a for a in self)


def ode(x: Numbers, start: Numbers, steps: int = 10) -> Any:
    """The last component at t = 2 of y₀' = x₀, yᵢ' = xᵢ·yᵢ₋₁, by Runge and Kutta's method."""

    def slope(y: Elements) -> Elements:
        return Elements([x[0], *(a * b for a, b in zip(x[1:], y, strict=False))])

    return runge_kutta(slope, Elements(start), steps)[-1]


def runge_kutta(slope: Callable[[Any], Any], y: Any, steps: int) -> Any:
    """Where y' = slope(y) leads from t = 0 to 2, y being what adds up element by element."""
    h = 2.0 / steps
    for _ in range(steps):
        k1 = slope(y)
        k2 = slope(y + h / 2.0 * k1)
        k3 = slope(y + h / 2.0 * k2)
        k4 = slope(y + h * k3)
        y = y + h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
    return y


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
