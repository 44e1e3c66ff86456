"""Trace: one run of a function on Values, and the program that its recorded graph is.

While the function runs, the engine tells the Tracer of every comparison, which becomes a guard,
and of every number that is read out of a Value, which is refused: nothing that is computed from
a Value may be frozen without a word.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from autograd import errors
from autograd.compiler.chance import Chance, branches_on
from autograd.compiler.program import DETACH, KINDS, Guard, Instruction, Program
from autograd.given import Given
from autograd.order import describe, topological
from autograd.reals import as_float
from autograd.source import raising_line, user_line
from autograd.state import recording, switched
from autograd.trees import flatten, rebuild
from autograd.value import Value

__all__ = ["Trace", "Tracer", "trace"]


class Comparison(NamedTuple):
    """A comparison that the function made, and where."""

    kind: int
    left: Any
    right: Any
    outcome: bool
    source: str


class Tracer:
    """What the engine tells of a trace that is being made in this thread.

    Args:
        name: of the function, for messages.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.comparisons: list[Comparison] = []
        self.origin: dict[Value, Value] = {}  # of what was detached
        self.chance: list[Chance] = []
        self.fresh: list[Value] = []  # the numbers that were drawn

    def guard(self, kind: str, left: Any, right: Any, outcome: bool) -> None:
        """Note a comparison of a Value with a Value or a number."""
        source = user_line()
        if not isinstance(right, Value):
            right = self.exactly(right, source)
        self.comparisons.append(Comparison(KINDS.index(kind), left, right, outcome, source))

    def exactly(self, number: Any, source: str) -> float:
        """Return a number that a Value is compared with as a float."""
        as_double = as_float(number)
        if isinstance(number, int) and as_double != number:
            raise errors.TraceError(errors.no_double(self.name, number, source))
        return as_double

    def read(self, node: Any, what: str) -> None:
        """Refuse what would freeze a number, or happen at the trace alone.

        Args:
            node: the Value that it is done with, or a name.
            what: a key of errors.UNTRACEABLE.
        """
        subject = describe(node) if isinstance(node, Value) else str(node)
        raise errors.TraceError(errors.untraceable(self.name, what, subject, user_line()))

    def detached(self, node: Value) -> Value:
        """Return a leaf that stands for the number of a Value."""
        leaf = Value(node._data)
        self.origin[leaf] = node
        return leaf

    def drawn(self, draw: Callable[[int], Sequence[float]], count: int) -> list[Value]:
        """Return leaves for numbers of chance: inputs that differ from row to row."""
        names = range(len(self.fresh), len(self.fresh) + count)
        leaves = [Value(x, label=f"r{i}") for i, x in zip(names, draw(count), strict=True)]
        self.chance.append((draw, count))
        self.fresh += leaves
        return leaves

    def operands(self, node: Value) -> tuple[Any, ...]:
        """What a node rests on, and what a detached leaf does."""
        origin = self.origin.get(node)
        return node._operands if origin is None else (origin,)

    def rule(self, node: Value) -> Any:
        """The primitive that computed a node."""
        if node in self.origin:
            return DETACH
        if isinstance(node._rule, Given):
            message = errors.untraceable(self.name, "given", describe(node), None)
            raise errors.TraceError(message)
        return node._rule


@dataclass
class Trace:
    """A program and what its inputs and outputs stand for.

    Attributes:
        program: as it was recorded, before any pass.
        captured: the leaves that the function reached by itself: the last uniforms.
        result: what the function returned, with zeros for numbers.
        sources: the line of each guard.
        numbers: the inputs at the time of the trace.
        chance: what draws the last columns, at each replay.
    """

    program: Program
    captured: list[Value]
    result: Any
    sources: list[str]
    numbers: list[float] = field(repr=False)
    chance: list[Chance]


def trace(
    f: Callable[..., Any],
    args: Sequence[Any],
    kwargs: dict[str, Any],
    uniforms: Sequence[Value],
    columns: Sequence[Value],
) -> Trace:
    """Run a function on Values and return its program.

    Args:
        f: the function.
        args: its arguments: trees of the leaves that follow.
        kwargs: its keyword arguments, constants of the trace.
        uniforms: the leaves in the arguments that are the same for all rows.
        columns: those that differ from row to row.

    Raises:
        TraceError: when the function does what cannot be replayed; names the line and a remedy.
    """
    tracer = Tracer(getattr(f, "__name__", repr(f)))
    with recording(), switched(tracer=tracer):
        try:
            result = f(*args, **kwargs)
        except TypeError as problem:
            if "Value" not in str(problem) or isinstance(problem, errors.TraceError):
                raise
            message = errors.not_a_length(tracer.name, str(problem), raising_line(problem))
            raise errors.TraceError(message) from problem
    outputs = [x if isinstance(x, Value) else as_float(x) for x in flatten(result)]
    return Assembly(tracer, outputs, uniforms, [*columns, *tracer.fresh]).trace(result)


class Assembly:
    """The registers of a recorded graph.

    The instructions stand in the order in which `backward()` visits the nodes, so that adjoints
    add up to the same bits; what only guards rest on comes after.
    """

    def __init__(
        self,
        tracer: Tracer,
        outputs: Sequence[Any],
        uniforms: Sequence[Value],
        columns: Sequence[Value],
    ) -> None:
        self.tracer, self.outputs = tracer, outputs
        self.given, self.columns = uniforms, columns
        operands = tracer.operands
        self.nodes = [(node, operands(node)) for node in self.order()]
        known = {*uniforms, *columns}
        self.captured = [x for x, below in self.nodes if not below and x not in known]
        self.constants: dict[Any, int] = {}
        self.place: dict[Value, int] = {}
        self.number()

    def order(self) -> list[Value]:
        """Every node of the trace, each after its operands."""
        comparisons = self.tracer.comparisons
        roots = [x for x in self.outputs if isinstance(x, Value)]
        compared = [x for c in comparisons for x in (c.left, c.right) if isinstance(x, Value)]
        return topological(*roots, *compared, follow=self.tracer.operands)

    def number(self) -> None:
        """Give every constant and every node its register."""
        for _, operands in self.nodes:
            for x in operands:
                if type(x) is float:
                    self.add_constant(x)
        for x in (*self.outputs, *[c.right for c in self.tracer.comparisons]):
            if type(x) is float:
                self.add_constant(x)
        computed = [node for node, operands in self.nodes if operands]
        registers = (*self.given, *self.captured, *self.columns, *computed)
        for register, node in enumerate(registers, len(self.constants)):
            self.place[node] = register

    def add_constant(self, x: float) -> None:
        self.constants.setdefault(bits(x), len(self.constants))

    def register(self, x: Any) -> int:
        return self.constants[bits(x)] if type(x) is float else self.place[x]

    def trace(self, result: Any) -> Trace:
        """Return the program with what belongs to it."""
        for c in branches_on(self.tracer.fresh, self.nodes, self.tracer.comparisons):
            raise errors.TraceError(errors.branch_on_chance(self.tracer.name, c.source))
        place, register = self.place, self.register
        instructions = tuple(
            [
                Instruction(
                    self.tracer.rule(node),
                    tuple([register(x) if type(x) is float else place[x] for x in operands]),
                )
                for node, operands in self.nodes
                if operands
            ]
        )
        inputs = [*self.given, *self.captured, *self.columns]
        program = Program(
            tuple([key if type(key) is float else key[0] for key in self.constants]),
            len(self.given) + len(self.captured),
            len(self.columns),
            instructions,
            tuple([register(x) for x in self.outputs]),
            tuple(
                [
                    Guard(c.kind, register(c.left), register(c.right), c.outcome)
                    for c in self.tracer.comparisons
                ]
            ),
            names=tuple([x.label for x in inputs]),
        )
        sources = [c.source for c in self.tracer.comparisons]
        shape = rebuild(result, [0.0] * len(self.outputs))  # no need to keep the graph
        numbers = [x._data for x in inputs]
        return Trace(program, self.captured, shape, sources, numbers, self.tracer.chance)


def bits(x: float) -> Any:
    """A key that tells 0 from −0, and makes all nan one."""
    if x == 0.0 or x != x:
        return (x, str(x))
    return x
