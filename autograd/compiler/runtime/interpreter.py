"""The interpreter: a program run over rows of numbers, forward and backward, in Python.

It is the reference for the Tape of `autograd/native`, which takes the rows in lanes.  What it
computes equals the recorded graph's numbers and its `backward()` bit for bit.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from autograd.backward import plain, product
from autograd.compiler.ir.program import COMPARE, DETACH, Instruction, Program, carrying
from autograd.core.backend import native

__all__ = ["Reference", "Tape", "kind_for", "tape_of"]


class Reference:
    """A program made ready to run; see `program.Program` for what the numbers mean.

    Args:
        constants: the numbers in the first registers.
        uniforms: how many inputs have one number for all rows.
        columns: how many inputs differ from row to row.
        instructions: (primitive, operand registers) pairs.
        outputs: the registers that are the results.
        guards: (kind, left, right, outcome): comparisons of two registers, by their place in
            `program.KINDS`.
        wanted: the input registers whose gradient will be asked for.
        in_order: for the accelerator: whether uniform registers have the bits that they have here.
    """

    def __init__(
        self,
        constants: Sequence[float],
        uniforms: int,
        columns: int,
        instructions: Sequence[tuple[Any, Sequence[int]]],
        outputs: Sequence[int],
        guards: Sequence[tuple[int, int, int, bool]],
        wanted: Sequence[int],
        in_order: bool = True,
    ) -> None:
        self.constants = [float(x) for x in constants]
        self.uniforms = uniforms
        self.columns = columns
        self.instructions = [(rule, tuple(operands)) for rule, operands in instructions]
        self.outputs = tuple(outputs)
        self.guards = tuple(guards)
        self.wanted = tuple(wanted)
        self.start = len(self.constants) + uniforms + columns
        self.flows = self.backward_edges()

    def carrying(self, many: bool) -> list[int]:
        """The registers through which adjoints flow; the same for one row and for many."""
        steps = tuple([Instruction(*each) for each in self.instructions])
        inputs = tuple(self.constants), self.uniforms, self.columns
        return sorted(carrying(Program(*inputs, steps, self.outputs, (), self.wanted)))

    def backward_edges(self) -> list[tuple[int, Any, tuple[int, ...], list[bool]]]:
        """What the reverse sweep visits, in its order: instructions between wanted and outputs."""
        live = {*self.carrying(False)}
        return [
            (register, rule, operands, [x in live for x in operands])
            for register, (rule, operands) in enumerate(self.instructions, self.start)
            if register in live
        ][::-1]

    def evaluate(
        self, uniforms: Any, columns: Any, rows: int, outputs: Any, failed: Any, threads: int = 1
    ) -> int:
        """Compute every row's outputs; return for how many rows a guard failed.

        Args:
            uniforms: a float64 buffer of as many numbers as there are uniforms.
            columns: a float64 buffer of rows × columns numbers, row by row.
            rows: how many rows.
            outputs: a writable float64 buffer of rows × outputs numbers; a failed row's mean
                nothing.
            failed: a writable uint8 buffer, one for each row: 1 where a guard failed.
            threads: for the accelerator.

        Raises:
            TypeError: for a buffer of another format.
            ValueError: for a buffer of another length.
        """
        us = doubles("uniforms", uniforms, self.uniforms)
        xs = doubles("columns", columns, rows * self.columns)
        zs = doubles("outputs", outputs, rows * len(self.outputs), writable=True)
        flags = octets("failed", failed, rows)
        for row in range(rows):
            self.run_row(us, xs, row, zs, flags)
        return sum(flags)

    def differentiate(
        self,
        uniforms: Any,
        columns: Any,
        rows: int,
        seeds: Any,
        outputs: Any,
        failed: Any,
        uniform_grads: Any,
        column_grads: Any,
        threads: int = 1,
    ) -> int:
        """Compute every row's outputs and gradient; return for how many rows a guard failed.

        Args:
            uniforms: a float64 buffer of as many numbers as there are uniforms.
            columns: a float64 buffer of rows × columns numbers, row by row.
            rows: how many rows.
            seeds: a float64 buffer of rows × outputs numbers, each output's adjoint.
            outputs: a writable float64 buffer of rows × outputs numbers.
            failed: a writable uint8 buffer, one for each row: 1 where a guard failed.
            uniform_grads: a writable float64 buffer of as many numbers as there are uniforms: the
                gradient summed over the rows that did not fail, in their order.
            column_grads: a writable float64 buffer of rows × columns numbers, or None.
            threads: for the accelerator.

        Raises:
            TypeError: for a buffer of another format.
            ValueError: for a buffer of another length.
        """
        us = doubles("uniforms", uniforms, self.uniforms)
        xs = doubles("columns", columns, rows * self.columns)
        ss = doubles("seeds", seeds, rows * len(self.outputs))
        zs = doubles("outputs", outputs, rows * len(self.outputs), writable=True)
        flags = octets("failed", failed, rows)
        by_uniforms = doubles("uniform_grads", uniform_grads, self.uniforms, writable=True)
        by_columns = (
            None
            if column_grads is None
            else doubles("column_grads", column_grads, rows * self.columns, writable=True)
        )
        sums = [0.0] * self.uniforms
        first = len(self.constants) + self.uniforms
        for row in range(rows):
            registers = self.run_row(us, xs, row, zs, flags)
            if not flags[row]:
                start = row * len(self.outputs)
                adjoints = self.backward(registers, ss[start : start + len(self.outputs)])
                sums = [s + a for s, a in zip(sums, adjoints[len(self.constants) :], strict=False)]
                if by_columns is not None:
                    for j, adjoint in enumerate(adjoints[first : self.start], row * self.columns):
                        by_columns[j] = adjoint
        for j, adjoint in enumerate(sums):
            by_uniforms[j] = adjoint
        return sum(flags)

    def run_row(self, uniforms: Any, columns: Any, row: int, outputs: Any, failed: Any) -> Any:
        """Write one row's outputs and whether a guard failed; return what is in every register."""
        registers = self.forward(uniforms, columns, row)
        failed[row] = not self.holds(registers)
        for j, register in enumerate(self.outputs, row * len(self.outputs)):
            outputs[j] = registers[register]
        return registers

    def forward(self, uniforms: Any, columns: Any, row: int) -> list[float]:
        """Return what is in every register for one row."""
        registers = [*self.constants, *uniforms]
        registers += columns[row * self.columns : (row + 1) * self.columns]
        for rule, operands in self.instructions:
            registers.append(rule.evaluate([registers[x] for x in operands]))
        return registers

    def holds(self, registers: Sequence[float]) -> bool:
        """Whether every guard comes out as it did when the function was traced."""
        return self.first_failure(registers) is None

    def first_failure(self, registers: Sequence[float]) -> int | None:
        """Return the place of the first guard that comes out otherwise."""
        for i, (kind, left, right, outcome) in enumerate(self.guards):
            if COMPARE[kind](registers[left], registers[right]) != outcome:
                return i
        return None

    def backward(self, registers: Sequence[float], seeds: Iterable[float]) -> list[float]:
        """Return every register's adjoint; only those on the way to what is wanted are right."""
        adjoints = [0.0] * len(registers)
        for register, seed in zip(self.outputs, seeds, strict=True):
            adjoints[register] += seed
        for register, rule, operands, flows in self.flows:
            adjoint = adjoints[register]
            if adjoint == 0.0:  # `weigh`: nothing flows, whatever the partials are
                continue
            xs = [registers[x] for x in operands]
            partials = rule.partials_at(registers[register], xs, flows)
            for x, partial, flow in zip(operands, partials, flows, strict=True):
                if flow:
                    adjoints[x] += product(rule, adjoint, plain(partial))
        return adjoints


def doubles(name: str, buffer: Any, count: int, *, writable: bool = False) -> Any:
    """Return a buffer of `count` float64 numbers as a flat view."""
    return flat(name, buffer, count, "d", "float64", writable)


def octets(name: str, buffer: Any, count: int) -> Any:
    """Return a writable buffer of `count` bytes as a flat view."""
    return flat(name, buffer, count, "B", "uint8", True)


def flat(name: str, buffer: Any, count: int, code: str, kind: str, writable: bool) -> Any:
    access = "writable " if writable else ""
    try:
        view = memoryview(buffer)
    except TypeError:
        view = None
    if view is None or not view.c_contiguous or (writable and view.readonly):
        raise TypeError(
            f"expected {name} to be a {access}contiguous buffer of {kind}, "
            f"got {type(buffer).__name__}"
        )
    if view.format != code:
        raise TypeError(
            f"expected {name} to be a contiguous buffer of {kind}, got format {view.format!r}"
        )
    if view.nbytes != count * view.itemsize:
        raise ValueError(
            f"expected {name} to hold {count} numbers, got {view.nbytes // view.itemsize}"
        )
    if count == 0:
        return []
    return view if view.ndim == 1 else view.cast("B").cast(code)  # type: ignore[call-overload]


Tape: Any = Reference if native is None else native.Tape


def kind_for(program: Program) -> Any:
    """Return the class of the fastest tape that can run a program."""
    ours = all(rule.trusted or rule is DETACH for rule, _ in program.instructions)
    return Tape if ours else Reference


def tape_of(program: Program, kind: Any = None) -> Any:
    """Return the tape of a program, of the fastest class that can run it or of the one given.

    Where leaves become something, other roundings would be carried on: see docs/compiler.md.
    """
    return (kind or kind_for(program))(
        program.constants, program.uniforms, program.columns, program.instructions,
        program.outputs, program.guards, program.wanted, bool(program.written),
    )  # fmt: skip
