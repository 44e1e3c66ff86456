"""How drafts of instructions become a program in which every operation admits its operands."""

from collections.abc import Sequence
from math import inf

from autograd.checking.operations import Operation, by_name
from autograd.checking.programs import Constant, Instruction, Program

__all__ = ["LIMIT", "Draft", "assemble"]

# Larger numbers than these leave the programs' conditions behind without testing anything new.
LIMIT = 1e3

# An operation, more back-references than it needs, and perhaps a constant and where it goes.
Draft = tuple[Operation, list[int], tuple[int, Constant] | None]


def assemble(
    leaves: Sequence[float],
    drafted: Sequence[Draft],
    operations: Sequence[Operation],
    *,
    join: bool = True,
) -> Program:
    """Make the drafts a program; `join` adds up what is left over, where there is an `add`.

    An operation that does not admit its operands gets those further back; when there are none
    that it admits, the next operation takes its place.
    """
    building = Building(leaves)
    for wanted, backs, constant in drafted:
        start = operations.index(wanted)
        others = (*operations[start + 1 :], *operations[:start])
        for operation, further in (
            *((wanted, i) for i in range(building.size)),
            *((other, 0) for other in others),
        ):
            operands = operands_for(operation, backs, constant, building.size, further)
            if building.took(operation, operands):
                break
    names = by_name(*operations)
    if join and "add" in names:
        building.join(names["add"])
    return Program(tuple(leaves), tuple(building.made), names)


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

    def took(
        self, operation: Operation, operands: tuple[int | Constant, ...], limit: float = LIMIT
    ) -> bool:
        """Add an instruction, if the operation admits the operands; return whether it does."""
        xs = [float(x.number) if isinstance(x, Constant) else self.values[-1 - x] for x in operands]
        if not operation.admits(*xs) or not abs(result := operation.call(*xs)) <= limit:
            return False
        used = {self.size - 1 - x for x in operands if not isinstance(x, Constant)}
        self.loose = [i for i in self.loose if i not in used] + [self.size]
        self.made.append(Instruction(operation.name, operands))
        self.values.append(result)
        return True

    def join(self, add: Operation) -> None:
        """Add up what is used by nothing, the latest first, however large the sum."""
        for i in self.loose[-2::-1]:
            self.took(add, (0, self.size - 1 - i), limit=inf)


def operands_for(
    operation: Operation,
    backs: Sequence[int],
    constant: tuple[int, Constant] | None,
    size: int,
    further: int,
) -> tuple[int | Constant, ...]:
    operands: list[int | Constant] = [(back + further) % size for back in backs[: operation.arity]]
    if constant is not None and operation.arity > 1:
        operands[constant[0] % operation.arity] = constant[1]
    return tuple(operands)
