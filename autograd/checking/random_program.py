"""Random programs: straight-line code that runs on any numbers and prints as a Python script.

An instruction names its operands by counting back from the latest value: 0 is the latest.  So
deleting an instruction leaves its neighbours meaningful, and what Hypothesis shrinks towards, all
zeros, is a program that uses its latest value twice: `v1 = x0 + x0; v2 = v1 + v1`.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from autograd.checking.operations import EVERY, Number, Operation, by_name, imported

__all__ = ["OPERATIONS", "Constant", "Instruction", "RandomProgram"]

OPERATIONS = by_name(*EVERY)


@dataclass(frozen=True)
class Constant:
    """An operand that is a plain number: an int, a bool, a float, a Fraction, a NumPy scalar."""

    number: Any


@dataclass(frozen=True)
class Instruction:
    """An operation and its operands: an int counts back from the latest value, which is 0."""

    op: str
    operands: tuple[int | Constant, ...]


@dataclass(frozen=True, repr=False)
class RandomProgram:
    """Leaves, then instructions; the last value is the program's result.

    It is a function of its leaves, so `check(program, program.leaves)` checks its gradient.

    Args:
        leaves: the numbers to run it at.
        instructions: what to compute from them.
        operations: what the instructions' names stand for.

    >>> program = RandomProgram((3.0,), (Instruction("mul", (0, 0)), Instruction("sin", (0,))))
    >>> program(3.0) == RandomProgram((9.0,), (Instruction("sin", (0,)),))(9.0)
    True
    >>> print(program)
    from autograd import Value, sin
    x0 = Value(3.0)
    v1 = x0 * x0
    v2 = sin(v1)
    v2.backward()
    """

    leaves: tuple[float, ...]
    instructions: tuple[Instruction, ...]
    operations: Mapping[str, Operation] = field(default_factory=lambda: OPERATIONS, compare=False)

    __name__ = "program"

    def __call__(self, *leaves: Number) -> Number:
        """Return the result."""
        return self.run(leaves)[-1]

    @property
    def __signature__(self) -> inspect.Signature:
        """One argument per leaf, so that reports name x0, x1 as the script does."""
        kind = inspect.Parameter.POSITIONAL_ONLY
        return inspect.Signature([inspect.Parameter(x, kind) for x in self.names()])

    def names(self) -> list[str]:
        """Return what the script calls the leaves."""
        return [f"x{i}" for i in range(len(self.leaves))]

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
        values, call_of = list(leaves), calls or (lambda op: self.operations[op].call)
        for op, operands in self.wiring():
            xs = [constant(x.number) if isinstance(x, Constant) else values[x] for x in operands]
            values.append(call_of(op)(*xs))
        return values

    def wiring(self) -> Iterator[tuple[str, list[int | Constant]]]:
        """Yield each instruction's operation and operands, values by their absolute index."""
        for size, (op, operands) in enumerate(self.parts(), start=len(self.leaves)):
            yield op, [x if isinstance(x, Constant) else size - 1 - x for x in operands]

    def parts(self) -> Iterator[tuple[str, tuple[int | Constant, ...]]]:
        """Yield each instruction's operation and operands as they stand."""
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

    def size(self) -> int:
        """Return how many instructions the result rests on."""
        return sum(index >= len(self.leaves) for index in self.used())

    def statements(self) -> list[str]:
        """Return the source of the instructions that the result rests on."""
        used, names, lines = self.used(), self.names(), []
        for op, operands in self.wiring():
            name = f"v{len(names)}"
            texts = [repr(x.number) if isinstance(x, Constant) else names[x] for x in operands]
            if len(names) in used:
                lines.append(f"{name} = {self.operations[op].text.format(*texts)}")
            names.append(name)
        return lines

    def result(self) -> str:
        """Return what the script calls the result."""
        last = len(self.leaves) + len(self.instructions) - 1
        return f"v{last}" if self.instructions else f"x{last}"

    def imports(self, *names: str) -> list[str]:
        """Return the lines that import what the source needs, and these names of autograd."""
        used, start = self.used(), len(self.leaves)
        ops = [op for i, (op, _) in enumerate(self.wiring(), start) if i in used]
        needs = {self.operations[op].needs for op in ops} | {imported(name) for name in names}
        ours = sorted(line.removeprefix(imported("")) for line in needs if imported("") in line)
        source = "\n".join(self.statements())
        return [
            *(["from fractions import Fraction"] if "Fraction(" in source else []),
            *(["import numpy as np"] if "np." in source else []),
            *([imported(", ".join(ours))] if ours else []),
            *sorted(line for line in needs if line and imported("") not in line),
        ]

    def __str__(self) -> str:
        """The program as a Python script, without what its result does not use."""
        used = self.used()
        pairs = enumerate(zip(self.names(), self.leaves, strict=True))
        leaves = [f"{name} = Value({x!r})" for i, (name, x) in pairs if i in used]
        lines = [*self.imports("Value"), *leaves, *self.statements()]
        return "\n".join([*lines, f"{self.result()}.backward()"])

    __repr__ = __str__

    def definition(self) -> str:
        """Return the program as the source of a function of its leaves.

        >>> print(RandomProgram((3.0,), (Instruction("exp", (0,)),)).definition())
        from autograd import exp
        <BLANKLINE>
        def program(x0):
            v1 = exp(x0)
            return v1
        """
        body = [f"    {line}" for line in (*self.statements(), f"return {self.result()}")]
        head = f"def {self.__name__}({', '.join(self.names())}):"
        return "\n".join([*self.imports(), "", head, *body])
