"""Hypothesis strategies: random programs, points to check a function at, points near its kinks.

They shrink to what a person would try first: 0, one argument, one or two operations.  No other
module needs Hypothesis to be imported, and none imports this one before it is asked for.
"""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from math import inf, log10, nan
from typing import Any

from autograd.checking.domains import Domain, domains_of
from autograd.checking.kink_search import border
from autograd.checking.operations import EVERY, Operation
from autograd.checking.program_builder import Draft, assemble
from autograd.checking.random_program import Constant, RandomProgram
from autograd.value import Value

try:
    from hypothesis import strategies as st
except ImportError:
    raise ImportError(
        "autograd.checking.strategies and gradcheck draw their examples with Hypothesis, which is "
        "not installed; run: pip install hypothesis",
        name="hypothesis",
    ) from None

__all__ = ["constants", "near_kinks", "points", "programs", "values"]

MODERATE = st.floats(-2.0, 2.0, allow_subnormal=False)
# Where functions are apt to go wrong: borders, their neighbours, what over- and underflows.
SPECIAL = (
    0.0, -0.0, 1.0, -1.0, 0.49, 0.99, 1.01, -1.3, 1e-300, 5e-324, 1e154, 1e308, inf, -inf, nan,
)  # fmt: skip

# Operands are among the latest so many values.
FURTHEST = 7


def values(numbers: st.SearchStrategy[float] | None = None) -> st.SearchStrategy[Value]:
    """Draw Values, all of them leaves; `st.from_type(Value)` is the same.

    Args:
        numbers: what they hold; any floats at all unless given, inf and nan among them.

    >>> from hypothesis import find
    >>> find(values(st.floats(1.0, 2.0)), lambda v: v * v >= 2.25)
    Value(data=2.0, grad=0.0)
    """
    return st.builds(Value, st.floats() | st.sampled_from(SPECIAL) if numbers is None else numbers)


def points(
    f: Callable[..., Any], domain: Domain | Mapping[str, Domain] = (-2.0, 2.0)
) -> st.SearchStrategy[tuple[Any, ...]]:
    """Draw points to check a function at: a tuple of its arguments, as `check` takes it.

    Args:
        f: the function; arguments with a default are left alone.
        domain: (lowest, highest) or a strategy, for all arguments or each by its name.

    Raises:
        ValueError: when domain does not name f's arguments.

    >>> from hypothesis import find
    >>> find(points(lambda x, y: x / y, {"x": (0.0, 1.0), "y": (1.0, 9.0)}), lambda point: True)
    (0.0, 1.0)
    """
    return st.tuples(*map(strategy, domains_of(f, domain).values()))


def strategy(domain: Domain) -> st.SearchStrategy[Any]:
    """Return the strategy of one argument."""
    if isinstance(domain, st.SearchStrategy):
        return domain
    low, high = domain
    return st.floats(low, high, allow_nan=False, allow_subnormal=False)


@st.composite
def near_kinks(
    draw: st.DrawFn,
    f: Callable[..., Any],
    domain: Domain | Mapping[str, Domain] = (-2.0, 2.0),
    distances: tuple[float, float] = (1e-9, 1e-1),
) -> tuple[Any, ...]:
    """Draw points a small distance before or behind a kink, a jump or a pole of a function.

    A point is drawn from the domain; one number in it is then moved inside its interval to the
    next place where f takes another branch, and away from there by a distance that is as likely
    tiny as large.  Where there is no such place, the point stays as it is.

    Args:
        f: the function, which must take Values.
        domain: as for `points`; an argument drawn by a strategy is not moved.
        distances: how far from the kink: the smallest and the largest.

    >>> from autograd import relu
    >>> from hypothesis import find
    >>> (x,) = find(near_kinks(lambda x: relu(x - 1.0)), lambda point: point[0] > 1.0)
    >>> 1.0 < x <= 1.1
    True
    """
    domains = list(domains_of(f, domain).values())
    point = draw(st.tuples(*map(strategy, domains)))
    movable = [i for i, each in enumerate(domains) if not isinstance(each, st.SearchStrategy)]
    if not movable:
        return point
    i = draw(st.sampled_from(movable))
    low, high = domains[i]
    ends = draw(st.sampled_from(((high, low), (low, high))))
    found = next((x for end in ends if (x := border(f, point, i, end)) is not None), None)
    if found is None:
        return point
    offset = draw(st.sampled_from((1.0, -1.0))) * 10.0 ** draw(st.floats(*map(log10, distances)))
    return (*point[:i], min(max(found + offset, low), high), *point[i + 1 :])


# -- programs -------------------------------------------------------------------------------------


def constants(kinds: Sequence[type] = (int, float, bool, Fraction)) -> st.SearchStrategy[Constant]:
    """Draw plain numbers of every kind that an operand may be, all exact in few bits."""
    return st.builds(lambda kind, n: Constant(kind(n)), st.sampled_from(kinds), st.integers(-3, 3))


def drafts(
    operations: Sequence[Operation], numbers: st.SearchStrategy[Constant]
) -> st.SearchStrategy[Draft]:
    """Draw what instructions are to be.

    Back-references and side are drawn as the digits of one number, for Hypothesis deletes no more
    than five neighbouring choices at once: an instruction must not consist of more, or none is
    deleted.
    """
    most = max(operation.arity for operation in operations)
    code = st.integers(0, 2 * FURTHEST**most - 1)
    constant = st.none() | st.tuples(st.integers(0, most - 1), numbers)

    def draft(operation: Operation, code: int, constant: tuple[int, Constant] | None) -> Draft:
        backs, below = divmod(code, 2)  # the side first: most large numbers drawn are smaller ones
        return Draft(operation, digits(backs, most), constant, not below)

    return st.builds(draft, st.sampled_from(operations), code, constant)


def digits(code: int, count: int) -> list[int]:
    return [code // FURTHEST**i % FURTHEST for i in range(count)]


def programs(
    operations: Sequence[Operation] = EVERY,
    leaves: st.SearchStrategy[float] = MODERATE,
    max_size: int = 180,
    numbers: st.SearchStrategy[Constant] | None = None,
) -> st.SearchStrategy[RandomProgram]:
    """Draw programs of one to three leaves whose operands stay inside every operation's domain.

    A program is a function of its leaves, prints as a Python script, and shrinks to few
    instructions that use their latest value: `v1 = x0 + x0`.  Where `add` is among the operations,
    the result is the sum of all that is used by nothing else, so that every instruction matters.

    Args:
        operations: what instructions may be, simplest first; one must admit everything.
        leaves: the leaves' numbers.
        max_size: the largest number of instructions drawn; the sum's come on top.
        numbers: operands that are plain numbers; ints, floats, bools and Fractions unless given.

    >>> from hypothesis import find
    >>> find(programs(max_size=4), lambda program: program.size() == 2).size()
    2
    """
    data = st.lists(leaves, min_size=1, max_size=3)
    draft = drafts(operations, constants() if numbers is None else numbers)
    # Hypothesis draws lists of six or so, however long they may be: a program takes several.
    lists = [
        st.lists(draft, max_size=min(10, max_size - start)) for start in range(0, max_size, 10)
    ]
    drafted = st.tuples(*lists).map(lambda them: [draft for each in them for draft in each])
    return st.builds(lambda xs, them: assemble(xs, them, operations), data, drafted.filter(bool))
