"""Random straight-line programs: what the property tests run, print and shrink.

An instruction names its operands by counting back from the latest value: 0 is the latest.  So
deleting an instruction leaves its neighbours meaningful, and what Hypothesis shrinks towards, all
zeros, is a program that uses its latest value twice: `v1 = x0 + x0; v2 = v1 + v1`.
"""

import math
import operator
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import strategies as st

import autograd

# Whatever the program runs on: floats, Values, Fractions, mpmath numbers.
Number = Any

# Larger numbers than these leave the programs' conditions behind without testing anything new.
LIMIT = 1e3
# How far operands stay from kinks and poles.
MARGIN = 0.01


@dataclass(frozen=True)
class Operation:
    """One kind of instruction.

    Args:
        name: what oracles know it by.
        arity: how many operands it takes.
        call: computes it, on floats and Values.
        text: its Python source, with {} for each operand.
        admits: whether it may be given these floats.
    """

    name: str
    arity: int
    call: Callable[..., Number]
    text: str
    admits: Callable[..., bool] = lambda *xs: True


@dataclass(frozen=True)
class Constant:
    """An operand that is a plain number: an int, a bool, a float, a Fraction, a NumPy scalar."""

    number: Any


@dataclass(frozen=True)
class Instruction:
    """An operation and its operands: an int counts back from the latest value, which is 0."""

    op: str
    operands: tuple[int | Constant, ...]


@dataclass(frozen=True)
class Program:
    """Leaves, then instructions; the last value is the program's result."""

    leaves: tuple[float, ...]
    instructions: tuple[Instruction, ...]

    def run(
        self,
        leaves: Sequence[Number],
        calls: Callable[[str], Callable[..., Number]] | None = None,
        constant: Callable[[Any], Number] = lambda number: number,
    ) -> list[Number]:
        """Return every value: the leaves, then each instruction's result.

        Args:
            leaves: the numbers to run on, as many as the program has leaves.
            calls: gives the function of each operation by its name; the engine's unless given.
            constant: turns a constant into an operand.
        """
        values, call_of = list(leaves), calls or engine
        for op, operands in self.wiring():
            xs = [constant(x.number) if isinstance(x, Constant) else values[x] for x in operands]
            values.append(call_of(op)(*xs))
        return values

    def wiring(self) -> Iterator[tuple[str, list[int | Constant]]]:
        """Yield each instruction's operation and operands, values by their absolute index."""
        for size, (op, operands) in enumerate(self.parts(), start=len(self.leaves)):
            yield op, [x if isinstance(x, Constant) else size - 1 - x for x in operands]

    def parts(self) -> Iterator[tuple[str, tuple[int | Constant, ...]]]:
        return ((each.op, each.operands) for each in self.instructions)

    def used(self) -> set[int]:
        """Return the indices of the values that the result rests on."""
        wiring = list(self.wiring())
        last = len(self.leaves) + len(wiring) - 1
        used = {last}
        for index in range(last, len(self.leaves) - 1, -1):
            if index in used:
                operands = wiring[index - len(self.leaves)][1]
                used.update(x for x in operands if not isinstance(x, Constant))
        return used

    def __str__(self) -> str:
        """The program as a Python script, without what its result does not use."""
        used, names, lines = self.used(), [f"x{i}" for i in range(len(self.leaves))], []
        for i, leaf in enumerate(self.leaves):
            lines += [f"x{i} = Value({leaf!r})"] if i in used else []
        for op, operands in self.wiring():
            name = f"v{len(names)}"
            texts = [repr(x.number) if isinstance(x, Constant) else names[x] for x in operands]
            if len(names) in used:
                lines.append(f"{name} = {OPERATIONS[op].text.format(*texts)}")
            names.append(name)
        return "\n".join([*header("\n".join(lines)), *lines, f"{names[-1]}.backward()"])

    __repr__ = __str__


def header(script: str) -> list[str]:
    """Return the imports that a script needs."""
    functions = re.findall(r"= (?!abs\b|Fraction\b)(\w+)\(", script)
    ours = ", ".join(sorted({"Value", *functions}))
    return [
        *(["from fractions import Fraction"] if "Fraction(" in script else []),
        *(["import numpy as np"] if "np." in script else []),
        f"from autograd import {ours}",
    ]


def engine(name: str) -> Callable[..., Number]:
    return OPERATIONS[name].call


# -- what operations admit ------------------------------------------------------------------------


def away_from_zero(*xs: float) -> bool:
    return abs(xs[0]) > MARGIN


def apart(x: float, y: float) -> bool:
    return abs(x - y) > MARGIN


def divides(x: float, y: float) -> bool:
    return abs(y) > MARGIN


def power_of_two(*xs: float) -> bool:
    return xs[-1] != 0.0 and abs(math.frexp(xs[-1])[0]) == 0.5


def raised(x: float, y: float) -> bool:
    return x > MARGIN and abs(y) < 5.0


def positive(x: float) -> bool:
    return x > MARGIN


def above_minus_one(x: float) -> bool:
    return x > MARGIN - 1.0


def inside_one(x: float) -> bool:
    return abs(x) < 1.0 - MARGIN


def away_from_poles(x: float) -> bool:
    return abs(math.cos(x)) > MARGIN


def off_cut(y: float, x: float) -> bool:
    """Away from the negative half of the x axis, where the angle jumps, and from the origin."""
    return off_origin(x, y) and (x > 0.0 or abs(y) > MARGIN)


def off_origin(x: float, y: float) -> bool:
    return math.hypot(x, y) > MARGIN


def infix(name: str, call: Callable[..., Number], sign: str, **how: Any) -> Operation:
    return Operation(name, 2, call, f"{{}} {sign} {{}}", **how)


def function(name: str, arity: int = 1, **how: Any) -> Operation:
    places = ", ".join(["{}"] * arity)
    return Operation(name, arity, getattr(autograd, name), f"{name}({places})", **how)


def power(name: str, exponent: int, **how: Any) -> Operation:
    return Operation(name, 1, lambda x: x**exponent, f"{{}} ** {exponent}", **how)


# Simplest first: shrinking ends there.
RATIONAL = (
    infix("add", operator.add, "+"),
    infix("mul", operator.mul, "*"),
    infix("sub", operator.sub, "-"),
    Operation("neg", 1, operator.neg, "-{}"),
    power("square", 2),
    power("cube", 3),
    power("one", 0),
    power("inverse", -1, admits=power_of_two),
    infix("halves", operator.truediv, "/", admits=power_of_two),
    function("relu"),
    Operation("abs", 1, abs, "abs({})"),
    function("maximum", 2),
    function("minimum", 2),
    function("total", 3),
)

SMOOTH = (
    *RATIONAL[:6],
    infix("div", operator.truediv, "/", admits=divides),
    infix("pow", operator.pow, "**", admits=raised),
    function("exp"),
    function("log", admits=positive),
    function("sqrt", admits=positive),
    function("tanh"),
    function("sin"),
    function("cos"),
    function("tan", admits=away_from_poles),
    function("expm1"),
    function("log1p", admits=above_minus_one),
    function("asin", admits=inside_one),
    function("acos", admits=inside_one),
    function("atan"),
    function("atan2", 2, admits=off_cut),
    function("hypot", 2, admits=off_origin),
    function("sinh"),
    function("cosh"),
    function("sech2"),
    function("sigmoid"),
    function("softplus"),
    function("gelu"),
    function("silu"),
    function("erf"),
    function("erfc"),
    function("weigh", 2, admits=away_from_zero),
    function("identity"),
    function("total", 3),
    function("logsumexp", 3),
    Operation("dot", 4, lambda a, b, c, d: autograd.dot([a, b], [c, d]), "dot([{}, {}], [{}, {}])"),
)

KINKED = (
    function("relu", admits=away_from_zero),
    Operation("abs", 1, abs, "abs({})", admits=away_from_zero),
    function("leaky_relu", 2, admits=away_from_zero),
    function("elu", 2, admits=away_from_zero),
    function("maximum", 2, admits=apart),
    function("minimum", 2, admits=apart),
    function("where", 3, admits=away_from_zero),
    function("step", admits=away_from_zero),
)

EVERY = (*SMOOTH, *KINKED)
OPERATIONS: dict[str, Operation] = {each.name: each for each in (*RATIONAL, *EVERY)}


# -- strategies -----------------------------------------------------------------------------------


def quarters(largest: int = 3) -> st.SearchStrategy[float]:
    """Floats with few bits, so that short rational programs are exact."""
    return st.integers(-4 * largest, 4 * largest).map(lambda n: n / 4)


REALS = st.floats(-2.0, 2.0, allow_subnormal=False)


def constants() -> st.SearchStrategy[Constant]:
    """Plain numbers of every kind that an operand may be, all exact in few bits."""
    kinds = (int, float, bool, Fraction, np.float64, np.float32, np.int64)
    kind = st.sampled_from(kinds)
    return st.builds(lambda kind, n: Constant(kind(n)), kind, st.integers(-3, 3))


Draft = tuple[Operation, list[int], tuple[int, Constant] | None]


def drafts(operations: Sequence[Operation]) -> st.SearchStrategy[Draft]:
    """An operation, more back-references than it needs, and perhaps a constant somewhere."""
    backs = st.lists(st.integers(0, 6), min_size=4, max_size=4)
    constant = st.none() | st.tuples(st.integers(0, 3), constants())
    return st.tuples(st.sampled_from(operations), backs, constant)


def programs(
    operations: Sequence[Operation] = EVERY,
    leaves: st.SearchStrategy[float] = REALS,
    max_size: int = 10,
) -> st.SearchStrategy[Program]:
    """Programs of one to three leaves whose operands stay inside every operation's domain.

    Args:
        operations: what instructions may be, simplest first; one must admit everything.
        leaves: the leaves' numbers.
        max_size: the largest number of instructions.
    """
    numbers = st.lists(leaves, min_size=1, max_size=3)
    instructions = st.lists(drafts(operations), min_size=1, max_size=max_size)
    return st.builds(lambda xs, them: assemble(xs, them, operations), numbers, instructions)


def assemble(
    leaves: Sequence[float], instructions: Sequence[Draft], operations: Sequence[Operation]
) -> Program:
    """Make the drafts a program: each gets the first operation from its own on that is admitted."""
    values, made = list(leaves), []
    for wanted, backs, constant in instructions:
        start = operations.index(wanted)
        for operation in (*operations[start:], *operations[:start]):
            operands = operands_for(operation, backs, constant, len(values))
            xs = [float(x.number) if isinstance(x, Constant) else values[-1 - x] for x in operands]
            if admitted(operation, xs):
                made.append(Instruction(operation.name, operands))
                values.append(operation.call(*xs))
                break
    return Program(tuple(leaves), tuple(made))


def operands_for(
    operation: Operation, backs: Sequence[int], constant: tuple[int, Constant] | None, size: int
) -> tuple[int | Constant, ...]:
    operands: list[int | Constant] = [back % size for back in backs[: operation.arity]]
    if constant is not None and operation.arity > 1:
        operands[constant[0] % operation.arity] = constant[1]
    return tuple(operands)


def admitted(operation: Operation, xs: Sequence[float]) -> bool:
    return operation.admits(*xs) and abs(operation.call(*xs)) <= LIMIT
