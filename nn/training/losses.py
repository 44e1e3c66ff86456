"""The losses, each a mean over all elements, and the checks on what they are given."""

from collections.abc import Callable, Iterator
from math import inf
from typing import Any

from autograd import Value, detach, logsumexp, maximum, minimum, relu, softplus, total, where
from autograd.extend import equal, multiply_no_nan, settings
from nn.modules.rows import READY, Number, as_row, is_number, number
from nn.training.target_messages import advice, column, kind

__all__ = ["LOSSES", "binary_cross_entropy", "cross_entropy", "hinge", "huber", "l1", "mse"]

Loss = Callable[[Any, Any], Value]
PLAIN = frozenset((float, int))
LARGEST = 2.0**1023


def mse(predictions: Any, targets: Any) -> Value:
    """Return the mean of (prediction − target)².

    Args:
        predictions: one number, n numbers, or n rows of m numbers.
        targets: numbers nested alike.

    Raises:
        ValueError: when they are nested differently, are empty, or a target is nan.

    >>> mse([Value(1.0), Value(3.0)], [0.0, 5.0]).data
    2.5
    """
    return mean([(p - t) * (p - t) for _, p, t in pairs("mse", predictions, targets)])


def l1(predictions: Any, targets: Any) -> Value:
    """Return the mean of |prediction − target|.

    Args:
        predictions: one number, n numbers, or n rows of m numbers.
        targets: numbers nested alike.

    Raises:
        ValueError: when they are nested differently, are empty, or a target is nan.

    >>> l1([Value(1.0), Value(3.0)], [0.0, 5.0]).data
    1.5
    """
    return mean([abs(p - t) for _, p, t in pairs("l1", predictions, targets)])


def huber(predictions: Any, targets: Any, delta: float = 1.0) -> Value:
    """Return the mean of d²/2 where d = |prediction − target| ≤ delta, else delta·(d − delta/2).

    Args:
        predictions: one number, n numbers, or n rows of m numbers.
        targets: numbers nested alike.
        delta: where the parabola goes over into a line, in the units of the targets.

    Raises:
        ValueError: when they are nested differently, are empty, a target is nan, or delta ≤ 0.

    Huber, "Robust estimation of a location parameter", 1964.

    >>> huber([Value(1.0), Value(3.0)], [0.5, 5.0]).data
    0.8125
    """
    delta = settings.real(delta, "huber: expected delta > 0", lambda x: x > 0.0)
    distances = [abs(p - t) for _, p, t in pairs("huber", predictions, targets)]
    # With m = min(d, delta), m·(d − m/2) is both branches at once.
    capped = [minimum(d, delta) for d in distances]
    return mean([m * (d - 0.5 * m) for d, m in zip(distances, capped, strict=True)])


def binary_cross_entropy(predictions: Any, targets: Any) -> Value:
    """Return the mean of −log P(target), for logits: softplus(z) − y·z, which never cancels here.

    Args:
        predictions: logits z, one or n of them or rows; sigmoid(z) is the probability of 1.
        targets: y in [0, 1], nested alike.

    Raises:
        ValueError: when they are nested differently, are empty, or a target is outside [0, 1].

    >>> round(binary_cross_entropy([Value(0.0), Value(1000.0)], [1, 1]).data, 4)
    0.3466
    """
    name = "binary_cross_entropy"
    found = list(pairs(name, predictions, targets))
    for place, _, y in found:
        if not 0.0 <= y <= 1.0:
            raise ValueError(f"{name}: expected targets in [0, 1], got target{place} = {y!r}")
    return mean([binary_surprise(z, y) for _, z, y in found])


def binary_surprise(z: Any, y: Any) -> Any:
    """softplus(−|z|) and what is lost by the sign of z being the wrong one: no term is below 0.

    Where y is 0 or 1, all is in softplus(±z), with the same bits whether y is a Value or a float.
    """
    if type(y) is float and y in (0.0, 1.0):
        return softplus(z if y == 0.0 else -z)
    side = z if type(y) is float else where(equal(y, 0.0), 0.0, where(equal(y, 1.0), 1.0, z))
    return softplus(where(side, -z, z)) + where(
        side, multiply_no_nan(1.0 - y, z), multiply_no_nan(y, -z)
    )


def cross_entropy(predictions: Any, targets: Any) -> Value:
    """Return the mean of −log P(label), for rows of logits: logsumexp(row) − row[label].

    Args:
        predictions: a row of k logits, or n rows.
        targets: an integer label from 0 to k − 1, or n of them.

    Raises:
        ValueError: when there is not one label per row, or a label is no integer in range.

    >>> round(cross_entropy([Value(0.0), Value(0.0)], 1).data, 4)
    0.6931
    """
    if is_number(targets):
        predictions, targets = [predictions], [targets]
    rows, labels = list(predictions), list(targets)
    require_match("cross_entropy", rows, labels, "")
    return mean([surprise(i, r, y) for i, (r, y) in enumerate(zip(rows, labels, strict=True))])


def surprise(i: int, logits: Any, label: Any) -> Any:
    """−log P(label) for row i: softplus of how far the others together are above the label."""
    if is_number(logits):
        raise ValueError(
            f"cross_entropy: expected a row of logits, got prediction[{i}] = {logits!r}"
        )
    word = isinstance(label, str | bytes)
    if word or not is_number(label):
        raise (TypeError if word else ValueError)(
            f"cross_entropy: expected an integer label, got {kind(label)} as target[{i}]"
            f"{advice(label)}"
        )
    row, label = as_row(logits), number(label)
    hits = [equal(label, float(k)) for k in range(len(row))]
    if total(hits) != 1.0:
        raise ValueError(
            f"cross_entropy: expected integer labels from 0 to {len(row) - 1}, "
            f"got target[{i}] = {label!r}"
        )
    rest, chosen = apart(row, hits)
    # Taken away and added again, with no derivative: no digit goes with the size of the logits.
    top = detach(minimum(maximum(*rest, -LARGEST), LARGEST))
    return softplus(logsumexp([z - top for z in rest]) + (top - chosen))


def apart(row: tuple[Number, ...], hits: list[Any]) -> tuple[list[Any], Any]:
    """The other logits, with −∞ in the place of the one that was hit, and that one.

    It is a node of that one, so that backward goes through the logits in the same order, to the
    bit, where the label is a Value that can differ at a replay.
    """
    if isinstance(hits[0], Value):
        chosen = total([where(hit, z, 0.0) for hit, z in zip(hits, row, strict=True)])
        return [where(hit, -inf, z) for hit, z in zip(hits, row, strict=True)], chosen
    at = hits.index(1.0)
    return [where(1.0, -inf, z) if k == at else z for k, z in enumerate(row)], row[at]


def hinge(predictions: Any, targets: Any) -> Value:
    """Return micrograd's max-margin loss, the mean of relu(1 − y·score).

    Args:
        predictions: scores, one or n of them or rows.
        targets: y, −1 or +1, nested alike.

    Raises:
        ValueError: when they are nested differently, are empty, or a target is not ±1.

    Cortes and Vapnik, "Support-vector networks", 1995.

    >>> hinge([Value(0.5), Value(0.5)], [1, -1]).data
    1.0
    """
    found = list(pairs("hinge", predictions, targets))
    for place, _, y in found:
        if abs(y) != 1.0:
            raise ValueError(f"hinge: expected targets -1 or +1, got target{place} = {y!r}")
    return mean([relu(1.0 - y * score) for _, score, y in found])


LOSSES: dict[str, Loss] = {
    "mse": mse,
    "l1": l1,
    "huber": huber,
    "binary_cross_entropy": binary_cross_entropy,
    "cross_entropy": cross_entropy,
    "hinge": hinge,
}


def mean(terms: list[Any]) -> Value:
    return total(terms) / len(terms)  # type: ignore[no-any-return]


def pairs(loss: str, p: Any, t: Any, place: str = "") -> Iterator[tuple[str, Number, Number]]:
    """Each prediction with its target, rows in order, and where it was: "[3][0]"."""
    if is_number(p) and is_number(t):
        p, t = number(p), number(t)
        if t != t:
            raise ValueError(f"{loss}: expected a number, got target{place} = nan")
        yield place, p, t
        return
    if is_number(p) or is_number(t):
        raise ValueError(
            f"{loss}: expected targets nested like predictions, got {kind(p)} as "
            f"prediction{place} and {kind(t)} as target{place}{column(p, t)}"
        )
    ps, ts = list(p), list(t)
    require_match(loss, ps, ts, place)
    for i, (x, y) in enumerate(zip(ps, ts, strict=True)):
        if type(x) in READY and type(y) in PLAIN and y == y:  # as `pairs` of them, but sooner
            yield f"{place}[{i}]", x, float(y)
        else:
            yield from pairs(loss, x, y, f"{place}[{i}]")


def require_match(loss: str, ps: list[Any], ts: list[Any], place: str) -> None:
    at = f" at {place}" if place else ""
    if len(ps) != len(ts):
        raise ValueError(
            f"{loss}: expected one target per prediction, "
            f"got {len(ps)} predictions and {len(ts)} targets{at}"
        )
    if not ps:
        raise ValueError(f"{loss}: expected at least one prediction, got none{at}")
