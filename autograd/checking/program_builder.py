"""Program builder: drafts of instructions become a program whose operands are all admitted."""

from collections.abc import Iterator, Sequence
from math import inf
from typing import NamedTuple

from autograd.checking.operations import Operation, by_name
from autograd.checking.random_program import Constant, Instruction, RandomProgram

__all__ = ["LIMIT", "Draft", "assemble"]

# Larger numbers than these leave the programs' conditions behind without testing anything new.
LIMIT = 1e3


class Draft(NamedTuple):
    """What an instruction is to be, if its operation admits that.

    Args:
        operation: what it computes.
        backs: more back-references than it needs.
        constant: perhaps a number, and which operand it is.
        above: the side of the operation's kink or jump, if it has one.
    """

    operation: Operation
    backs: list[int]
    constant: tuple[int, Constant] | None = None
    above: bool = True


# An operation, its operands, and the side of its kink that they have to be on, if any.
Candidate = tuple[Operation, tuple[int | Constant, ...], bool | None]


def assemble(
    leaves: Sequence[float],
    drafted: Sequence[Draft],
    operations: Sequence[Operation],
    *,
    join: bool = True,
) -> RandomProgram:
    """Make the drafts a program; `join` adds up what is left over, where there is an `add`.

    An operation that does not admit its operands, or has them on the other side of its kink, gets
    those further back; then any that it admits; when there are none, the next operation takes its
    place.  Most values are positive: left to chance, one side would seldom be seen.
    """
    building = Building(leaves)
    for draft in drafted:
        next(filter(building.took, candidates(draft, building.size, operations)), None)
    names = by_name(*operations)
    if join and "add" in names:
        building.join(names["add"])
    return RandomProgram(tuple(leaves), tuple(building.made), names)


class Building:
    """A program while instructions are added to it.

    Args:
        leaves: its leaves.
    """

    def __init__(self, leaves: Sequence[float]) -> None:
        self.values = list(leaves)
        self.made: list[Instruction] = []
        self.loose: list[int] = []

    @property
    def size(self) -> int:
        """How many values there are."""
        return len(self.values)

    def took(self, candidate: Candidate, limit: float = LIMIT) -> bool:
        """Add an instruction, if the operation admits the operands; return whether it does."""
        operation, operands, above = candidate
        xs = [float(x.number) if isinstance(x, Constant) else self.values[-1 - x] for x in operands]
        if not operation.admits(*xs) or not abs(result := operation.call(*xs)) <= limit:
            return False
        if above is not None and operation.above is not None and operation.above(*xs) != above:
            return False
        used = {self.size - 1 - x for x in operands if not isinstance(x, Constant)}
        self.loose = [i for i in self.loose if i not in used] + [self.size]
        self.made.append(Instruction(operation.name, operands))
        self.values.append(result)
        return True

    def join(self, add: Operation) -> None:
        """Add up what is used by nothing, the latest first, however large the sum."""
        for i in self.loose[-2::-1]:
            self.took((add, (0, self.size - 1 - i), None), limit=inf)


def candidates(draft: Draft, size: int, operations: Sequence[Operation]) -> Iterator[Candidate]:
    """Yield what an instruction may become, what was drafted first."""
    wanted = draft.operation
    sides = (draft.above, None) if wanted.above is not None else (None,)
    for above in sides:
        for further in range(size):
            yield wanted, operands_for(wanted, draft, size, further), above
    start = operations.index(wanted)
    for other in (*operations[start + 1 :], *operations[:start]):
        yield other, operands_for(other, draft, size, 0), None


def operands_for(
    operation: Operation, draft: Draft, size: int, further: int
) -> tuple[int | Constant, ...]:
    operands: list[int | Constant] = [
        (back + further) % size for back in draft.backs[: operation.arity]
    ]
    if draft.constant is not None and operation.arity > 1:
        operands[draft.constant[0] % operation.arity] = draft.constant[1]
    return tuple(operands)
