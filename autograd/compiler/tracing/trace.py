"""Trace: one run of a function on Values, and the program that its recorded graph is.

While the function runs, the engine tells the Tracer of what the graph does not hold.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from autograd import errors
from autograd.compiler.ir.program import Guard, Instruction, Program
from autograd.compiler.tracing.captures import Seen
from autograd.compiler.tracing.instruction_order import Again, in_order
from autograd.compiler.tracing.keys import bits
from autograd.compiler.tracing.random_inputs import Chance, branches_on
from autograd.compiler.tracing.tracer import Tracer
from autograd.compiler.tracing.unwatched import first_unwatched, is_captured, unwatched
from autograd.core.caller import raising_line
from autograd.core.clock import clock
from autograd.core.ieee754 import as_float
from autograd.core.modes import closed, recording, switched
from autograd.core.pytree import flatten, rebuild
from autograd.toposort import check_fresh, topological
from autograd.value import Value

__all__ = ["Trace", "trace"]


@dataclass
class Trace:
    """A program and what its inputs and outputs stand for.

    Attributes:
        program: as it was recorded, before any pass.
        captured: the leaves that the function reached by itself: the last uniforms.
        written: those among them that became something: the last outputs.
        writers: the line of each.
        echoes: leaves that take up the gradient of what was read later, and whose it is.
        result: what the function returned, with zeros for numbers.
        sources: the line of each guard.
        numbers: the inputs at the time of the trace.
        chance: what draws the last columns, at each replay.
        once: whether it holds for one call only, since the function changed what it reads.
    """

    program: Program
    captured: list[Value]
    written: list[Value]
    writers: list[str]
    echoes: dict[Value, Value]
    result: Any
    sources: list[str]
    numbers: list[float] = field(repr=False)
    chance: list[Chance]
    once: bool = False

    @property
    def drawn(self) -> int:
        """How many numbers are drawn for a row."""
        return sum(count for _, count in self.chance)


def trace(
    f: Callable[..., Any],
    args: Sequence[Any],
    kwargs: dict[str, Any],
    uniforms: Sequence[Value],
    columns: Sequence[Value],
    seen: Seen | None = None,
) -> Trace:
    """Run a function on Values and return its program.

    Args:
        f: the function.
        args: its arguments: trees of the leaves that follow.
        kwargs: its keyword arguments, constants of the trace.
        uniforms: the leaves in the arguments that are the same for all rows.
        columns: those that differ from row to row.
        seen: what the function reaches, where that is watched.

    Raises:
        TraceError: when the function does what cannot be replayed; names the line and a remedy.
        StaleGraphError: when it compares what was computed outside, before a leaf was assigned.
    """
    tracer = Tracer(getattr(f, "__name__", repr(f)), [*uniforms, *columns])
    try:
        with closed(), tracer.versions.undone(), recording(), switched(tracer=tracer):
            result = f(*args, **kwargs)
        tracer.end(seen)
    except TypeError as problem:
        if "Value" not in str(problem) or isinstance(problem, errors.TraceError):
            raise
        message = errors.not_a_length(tracer.name, str(problem), raising_line(problem))
        raise errors.TraceError(message) from problem
    made = Assembly(tracer, flatten(result), uniforms, [*columns, *tracer.fresh], seen)
    return made.watched(f, args, kwargs).trace(result)


class Assembly:
    """The registers of a recorded graph.

    The instructions stand in the order in which `backward()` visits the nodes, so that adjoints
    add up to the same bits; what only guards rest on comes after: see instruction_order.py.
    """

    def __init__(
        self,
        tracer: Tracer,
        outputs: Sequence[Any],
        uniforms: Sequence[Value],
        columns: Sequence[Value],
        seen: Seen | None,
    ) -> None:
        versions = tracer.versions
        self.seen = seen
        self.tracer, self.written = tracer, [*versions.echoes]
        results = [x if isinstance(x, Value) else as_float(x) for x in outputs]
        self.outputs = [versions.now(x) for x in results]
        self.outputs += [versions.final[x] for x in self.written]
        self.given, self.columns = uniforms, columns
        roots = [x for x in self.outputs if isinstance(x, Value)]
        self.nodes = in_order(roots, self.compared(), tracer.operands, tracer.origin)
        known = {*uniforms, *columns}
        echoes = {*versions.echoes.values()}
        leaves = [x for x, below in self.nodes if not below and x not in known]
        self.captured = [x for x in leaves if x in echoes or is_captured(x, versions.begun, seen)]
        read = {*self.captured}
        self.made = [x for x in leaves if x not in read]
        self.captured += [x for x in self.written if x not in read]
        self.unwatched = first_unwatched(self.captured, versions.begun, seen)
        self.constants: dict[Any, int] = {}
        self.place: dict[Any, int] = {}
        self.number()

    def compared(self) -> list[Value]:
        """What the function compared."""
        comparisons = self.tracer.comparisons
        return [x for c in comparisons for x in (c.left, c.right) if isinstance(x, Value)]

    def require_fresh(self) -> None:
        """Raise StaleGraphError when a comparison saw a number that a replay would not compute."""
        nodes = [x for x, below in self.nodes if below and type(x) is not Again]
        old = {node for node in nodes if node._stamp != clock.now}
        if old and self.tracer.comparisons:
            for node in topological(*self.compared(), follow=self.tracer.operands):
                if node in old:
                    check_fresh(node)

    def watched(self, f: Callable[..., Any], *given: Any) -> "Assembly":
        """Raise TraceError when the function came to a leaf in a way that cannot be watched."""
        if self.unwatched is not None:
            raise unwatched(self.unwatched, f, *given)
        return self

    def number(self) -> None:
        """Give every constant and every node its register."""
        for _, operands in self.nodes:
            for x in operands:
                if type(x) is float:
                    self.add_constant(x)
        for x in (*self.outputs, *[c.right for c in self.tracer.comparisons]):
            if type(x) is float:
                self.add_constant(x)
        for x in self.made:
            self.add_constant(x._data)
            self.place[x] = self.constants[bits(x._data)]
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
        self.require_fresh()
        for c in branches_on(self.tracer.fresh, self.nodes, self.tracer.comparisons):
            raise errors.TraceError(errors.branch_on_random_input(self.tracer.name, c.source))
        place, register = self.place, self.register
        instructions = tuple(
            [
                Instruction(
                    self.tracer.rule(node.node if type(node) is Again else node),
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
            written=tuple([place[x] - len(self.constants) for x in self.written]),
        )
        sources = [c.source for c in self.tracer.comparisons]
        writers = [self.tracer.writers[x] for x in self.written]
        zeros = [0.0] * (len(self.outputs) - len(writers))
        shape = rebuild(result, zeros)  # no need to keep the graph
        numbers = [x._data for x in inputs]
        echoes = {echo: leaf for leaf, echo in self.tracer.versions.echoes.items()}
        return Trace(
            program, self.captured, self.written, writers, echoes, shape, sources, numbers,
            self.tracer.chance, bool(self.seen and self.seen.once),
        )  # fmt: skip
