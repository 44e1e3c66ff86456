"""Dot fusion: a sum of two or more products becomes one `dot`.

`dot` starts at its first product and adds left to right, as the sum did: the result has the same
bits.  The adjoints of its operands are handed down in another order, though, so a sum stays as it
is where that would change how three or more terms of an adjoint add up.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from autograd import primitives
from autograd.compiler.ir.passes.builder import Rewrite
from autograd.compiler.ir.program import Program, carrying

__all__ = ["fuse"]


class Edge(NamedTuple):
    """An operand: the instruction that reads it, the place it has there, and its register."""

    reader: int
    place: int
    register: int


class Chain:
    """A sum of terms, left to right, that can become one `dot`.

    Args:
        last: the register of the sum.

    Attributes:
        terms: the factors of each, first term first; a plain term has one.
        inner: the registers that vanish.
    """

    def __init__(self, last: int) -> None:
        self.last = last
        self.terms: list[tuple[Edge, ...]] = []
        self.inner: list[int] = []

    @property
    def products(self) -> int:
        """How many terms are products."""
        return sum(len(term) == 2 for term in self.terms)

    def edges(self) -> list[Edge]:
        """The operands of the `dot`, in its order."""
        rights = [term[1] for term in self.terms if len(term) == 2]
        return [*(term[0] for term in self.terms), *rights]


def fuse(program: Program) -> Program:
    """Make a sum of two or more products one `dot`, where adjoints keep their order."""
    chains = [chain for chain in sums(program) if chain.products >= 2]
    while chains:
        disturbed = out_of_order(program, chains)
        if not disturbed:
            return with_dots(program, chains)
        chains = [c for c in chains if disturbed.isdisjoint(e.register for e in c.edges())]
    return program


def operands(program: Program, register: int) -> list[Edge]:
    """What an instruction reads."""
    read = program.instructions[register - program.start].operands
    return [Edge(register, place, x) for place, x in enumerate(read)]


def computed(program: Program) -> range:
    """The registers of the instructions, last first."""
    return range(program.start + len(program.instructions) - 1, program.start - 1, -1)


def uses(program: Program) -> Counter[int]:
    """How often each register is read."""
    counts = Counter(program.outputs)
    for _, read in program.instructions:
        counts.update(read)
    counts.update([x for g in program.guards for x in (g.left, g.right)])
    return counts


def sums(program: Program) -> list[Chain]:
    """The longest sums ((a + b) + c) + ..."""
    counts, start = uses(program), program.start

    def is_only(register: int, rule: object) -> bool:
        """Whether a register is read just once, and a certain primitive computes it."""
        lone = register >= start and counts[register] == 1
        return lone and program.instructions[register - start].rule is rule

    found: list[Chain] = []
    within: set[int] = set()
    for register in computed(program):
        if program.instructions[register - start].rule is primitives.add and register not in within:
            found.append(unrolled(program, register, is_only))
            within.update(found[-1].inner)
    return found


def unrolled(program: Program, last: int, is_only: Callable[[int, object], bool]) -> Chain:
    """The sum that ends in a register."""
    chain = Chain(last)
    left, right = operands(program, last)
    terms = [right]
    while is_only(left.register, primitives.add):
        chain.inner.append(left.register)
        left, right = operands(program, left.register)
        terms.append(right)
    for term in (left, *reversed(terms)):
        if is_only(term.register, primitives.mul):
            chain.inner.append(term.register)
            chain.terms.append(tuple(operands(program, term.register)))
        else:
            chain.terms.append((term,))
    return chain


def out_of_order(program: Program, chains: Sequence[Chain]) -> set[int]:
    """The registers whose adjoint would add up in another order if the chains were fused."""
    if not program.wanted:
        return set()
    live = carrying(program)
    inner = {x for c in chains for x in c.inner}
    heads = {c.last: c.edges() for c in chains}
    read = {edge.register for edges in heads.values() for edge in edges}  # no other's order changes

    def unfused(register: int) -> Iterable[Edge]:
        apart = read.isdisjoint(program.instructions[register - program.start].operands)
        return () if apart else operands(program, register)

    def arrivals(edges: Callable[[int], Iterable[Edge]]) -> dict[int, list[Edge]]:
        """The terms of each register's adjoint, in the order in which they are added."""
        found: dict[int, list[Edge]] = {}
        for register in computed(program):
            if register in live:
                for edge in edges(register):
                    if edge.register in read:
                        found.setdefault(edge.register, []).append(edge)
        return found

    def fused(register: int) -> Iterable[Edge]:
        return () if register in inner else heads.get(register) or unfused(register)

    after = arrivals(fused)
    return {
        x
        for x, order in arrivals(unfused).items()
        if x in live and x not in inner and len(order) > 2 and order != after.get(x)
    }


def with_dots(program: Program, chains: Sequence[Chain]) -> Program:
    """The program with a `dot` in the place of each chain's last sum."""
    heads = {c.last: c for c in chains}
    inner = {x for c in chains for x in c.inner}
    new = Rewrite(program)
    for register, (rule, old) in enumerate(program.instructions, program.start):
        if register in heads:
            made = new.emit(primitives.dot, factors(new, heads[register]))
        else:
            made = 0 if register in inner else new.emit(rule, new.operands(old))
        new.moved.append(made)
    return new.finished()


def factors(new: Rewrite, chain: Chain) -> list[int]:
    """The operands of the `dot` in a new program; a plain term x is x·1."""
    one = new.constant(1.0) if chain.products < len(chain.terms) else 0
    lefts = [new.moved[term[0].register] for term in chain.terms]
    rights = [new.moved[term[1].register] if len(term) == 2 else one for term in chain.terms]
    return lefts + rights
