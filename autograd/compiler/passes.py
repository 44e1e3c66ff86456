"""Passes: each makes of a Program a shorter one that computes the same bits, gradient included.

Adjoints add up in the order in which the instructions stand, so a pass may join or drop only what
leaves those sums as they are.  Where nothing is wanted but the outputs, that is everything.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from autograd import primitives
from autograd.compiler.program import DETACH, Guard, Instruction, Program, carrying, resting
from autograd.compiler.tape import COMPARE
from autograd.primitive import Primitive

__all__ = ["PASSES", "fold", "fuse", "optimise", "prune", "share"]

Pass = Callable[[Program], Program]


class Rewrite:
    """A program under construction, its registers those of an old one as far as they are kept.

    Constants are added at will: until `finished`, the n-th is register −1 − n.
    """

    def __init__(self, old: Program) -> None:
        self.old = old
        self.constants = list(old.constants)
        self.numbers = {key(x): -1 - i for i, x in enumerate(self.constants)}
        self.instructions: list[Instruction] = []
        self.moved = [-1 - i for i in range(len(old.constants))]  # old register -> new one
        self.shift = len(old.constants)
        self.moved += [x - self.shift for x in old.inputs]
        self.inputs = old.uniforms + old.columns

    def number(self, register: int) -> float | None:
        """The constant in a new register; None for what is computed."""
        return self.constants[-1 - register] if register < 0 else None

    def constant(self, x: float) -> int:
        """The new register of a number."""
        if key(x) not in self.numbers:
            self.constants.append(x)
            self.numbers[key(x)] = -len(self.constants)
        return self.numbers[key(x)]

    def emit(self, rule: Primitive, operands: Iterable[int]) -> int:
        """Add an instruction on new registers; return its own."""
        self.instructions.append(Instruction(rule, tuple(operands)))
        return self.inputs + len(self.instructions) - 1

    def operands(self, old: Iterable[int]) -> tuple[int, ...]:
        """The new registers of old ones."""
        moved = self.moved
        return tuple([moved[x] for x in old])

    def finished(self, guards: Iterable[Guard] | None = None) -> Program:
        """The new program."""
        count = len(self.constants)

        def final(registers: Iterable[int]) -> tuple[int, ...]:
            return tuple([x + count if x >= 0 else -1 - x for x in registers])

        moved = self.moved
        return replace(
            self.old,
            constants=tuple(self.constants),
            instructions=tuple([Instruction(rule, final(xs)) for rule, xs in self.instructions]),
            outputs=final(self.operands(self.old.outputs)),
            guards=tuple(
                [
                    Guard(kind, *final((moved[left], moved[right])), outcome)
                    for kind, left, right, outcome in (
                        self.old.guards if guards is None else guards
                    )
                ]
            ),
            wanted=final(self.operands(self.old.wanted)),
        )


def key(x: float) -> Any:
    """What is equal only for numbers of the same bits, all nan being one."""
    return (x, str(x)) if x == 0.0 or x != x else x


# -- constant folding -----------------------------------------------------------------------------

# The operand that stays as it is when another is this number: x·1, 1·x, x/1, x − 0, x¹.
NEUTRAL: dict[str, tuple[tuple[int, float, int], ...]] = {
    "mul": ((1, 1.0, 0), (0, 1.0, 1)),
    "weigh": ((0, 1.0, 1),),
    "div": ((1, 1.0, 0),),
    "sub": ((1, 0.0, 0),),
    "pow": ((1, 1.0, 0),),
}


def fold(program: Program) -> Program:
    """Compute what rests on constants alone, and drop what hands an operand on as it is."""
    live = carrying(program)
    rests = resting(program, program.wanted)
    new = Rewrite(program)
    for register, (rule, old) in enumerate(program.instructions, program.start):
        operands = new.operands(old)
        same = None
        if rule is DETACH:
            same = operands[0] if old[0] not in rests else None
        elif register not in live:
            same = unchanged(new, rule, operands)
        if same is None:
            xs = [x for x in map(new.number, operands) if x is not None]
            if rule.trusted and len(xs) == len(operands):
                same = new.constant(rule.evaluate(xs))
        new.moved.append(new.emit(rule, operands) if same is None else same)
    return new.finished([g for g in program.guards if not settled(new, g)])


def unchanged(new: Rewrite, rule: Primitive, operands: Sequence[int]) -> int | None:
    """The operand that an instruction gives as it is, if any."""
    if rule is primitives.identity:
        return operands[0]
    if rule.trusted:
        for place, number, kept in NEUTRAL.get(rule.name, ()):
            found = new.number(operands[place])
            if found is not None and key(found) == key(number):
                return operands[kept]
    return None


def settled(new: Rewrite, guard: Guard) -> bool:
    """Whether a guard compares constants, and comes out right."""
    kind, left, right, outcome = guard
    x, y = new.number(new.moved[left]), new.number(new.moved[right])
    return x is not None and y is not None and COMPARE[kind](x, y) == outcome


# -- common subexpressions ------------------------------------------------------------------------


def share(program: Program) -> Program:
    """Compute once what is computed twice, where no adjoint flows through the second."""
    live = carrying(program)
    new = Rewrite(program)
    first: dict[Any, int] = {}
    for register, (rule, old) in enumerate(program.instructions, program.start):
        operands = new.operands(old)
        found = first.get((rule.name, operands)) if rule.trusted and register not in live else None
        if found is None:
            found = new.emit(rule, operands)
            if rule.trusted:
                first.setdefault((rule.name, operands), found)
        new.moved.append(found)
    kept = {(k, new.moved[x], new.moved[y]): Guard(k, x, y, out) for k, x, y, out in program.guards}
    return new.finished(kept.values())


# -- dead code ------------------------------------------------------------------------------------


def prune(program: Program) -> Program:
    """Drop the instructions on which no output and no guard rests."""
    needed = needed_by(program)
    new = Rewrite(program)
    for register, (rule, old) in enumerate(program.instructions, program.start):
        new.moved.append(new.emit(rule, new.operands(old)) if register in needed else 0)
    return without_constants(new.finished())


def needed_by(program: Program) -> set[int]:
    """The registers on which an output or a guard rests."""
    needed = {*program.outputs, *[x for g in program.guards for x in (g.left, g.right)]}
    for register in range(program.start + len(program.instructions) - 1, program.start - 1, -1):
        if register in needed:
            needed.update(program.instructions[register - program.start].operands)
    return needed


def without_constants(program: Program) -> Program:
    """Drop the constants that nothing reads."""
    needed = needed_by(program)
    kept = [i for i in range(len(program.constants)) if i in needed]
    if len(kept) == len(program.constants):
        return program
    place = {old: new for new, old in enumerate(kept)}
    gone = len(program.constants) - len(kept)

    def moved(registers: Iterable[int]) -> tuple[int, ...]:
        return tuple([place[x] if x in place else x - gone for x in registers])

    return replace(
        program,
        constants=tuple([program.constants[i] for i in kept]),
        instructions=tuple([Instruction(rule, moved(xs)) for rule, xs in program.instructions]),
        outputs=moved(program.outputs),
        guards=tuple([Guard(k, *moved((x, y)), out) for k, x, y, out in program.guards]),
        wanted=moved(program.wanted),
    )


# -- sums of products -----------------------------------------------------------------------------


class Chain:
    """A sum of terms, left to right, that can become one `dot`.

    Attributes:
        last: the register of the sum.
        terms: (register of the term, its factors), first term first; a plain term x is x·1.
        inner: the registers that vanish.
    """

    def __init__(self, last: int) -> None:
        self.last = last
        self.terms: list[tuple[int, tuple[int, ...]]] = []
        self.inner: list[int] = []


def fuse(program: Program) -> Program:
    """Make a sum of two or more products one `dot`, where adjoints keep their order."""
    chains = find_chains(program)
    while chains:
        disturbed = out_of_order(program, chains)
        if not disturbed:
            break
        chains = [c for c in chains if not touches(c, disturbed)]
    return fused(program, chains) if chains else program


def uses(program: Program) -> Counter[int]:
    """How often each register is read."""
    counts = Counter(program.outputs)
    for _, operands in program.instructions:
        counts.update(operands)
    counts.update([x for g in program.guards for x in (g.left, g.right)])
    return counts


def find_chains(program: Program) -> list[Chain]:
    """The longest sums ((a + b) + c) + ... of which two terms are products."""
    counts, start = uses(program), program.start

    def only(register: int, name: str) -> bool:
        """Whether a register is read once, and what computes it is the primitive of that name."""
        if register < start or counts[register] != 1:
            return False
        rule = program.instructions[register - start].rule
        return rule.trusted and rule.name == name

    within: set[int] = set()
    chains = []
    for register in range(start + len(program.instructions) - 1, start - 1, -1):
        rule, operands = program.instructions[register - start]
        if rule is not primitives.add or register in within:
            continue
        chain, left, terms = Chain(register), operands[0], [operands[1]]
        while only(left, "add"):
            chain.inner.append(left)
            left, right = program.instructions[left - start].operands
            terms.append(right)
        terms.append(left)
        for term in reversed(terms):
            product = only(term, "mul")
            factors = program.instructions[term - start].operands if product else (term,)
            chain.terms.append((term, factors))
            chain.inner += [term] if product else []
        within.update(chain.inner)
        if sum(len(factors) == 2 for _, factors in chain.terms) >= 2:
            chains.append(chain)
    return chains


def out_of_order(program: Program, chains: Sequence[Chain]) -> set[int]:
    """The registers whose adjoint would add up in another order if the chains were fused."""
    if not program.wanted:
        return set()
    live, inner = carrying(program), {x for c in chains for x in c.inner}
    before: dict[int, list[Any]] = {}
    after: dict[int, list[Any]] = {}
    heads = {c.last: c for c in chains}
    for register in range(program.start + len(program.instructions) - 1, program.start - 1, -1):
        if register not in live:
            continue
        operands = program.instructions[register - program.start].operands
        for place, x in enumerate(operands):
            if x in live and x not in inner:
                source = (register, place) if register in inner else (register, x, place)
                before.setdefault(x, []).append(source)
        chain = heads.get(register)
        if chain is None and register not in inner:
            for place, x in enumerate(operands):
                if x in live:
                    after.setdefault(x, []).append((register, x, place))
        elif chain is not None:
            for source, x in handed_down(program, chain):
                if x in live:
                    after.setdefault(x, []).append(source)
    return {x for x, order in before.items() if len(order) > 2 and order != after[x]}


def handed_down(program: Program, chain: Chain) -> list[tuple[Any, int]]:
    """(where the contribution came from before, register), in the order of dot's operands."""
    links = {chain.last, *chain.inner}
    plain = {
        x: (register, place) if register != chain.last else (register, x, place)
        for register in links
        for place, x in enumerate(program.instructions[register - program.start].operands)
    }
    found = []
    for place in (0, 1):
        for term, factors in chain.terms:
            if len(factors) == 2:
                found.append(((term, place), factors[place]))
            elif place == 0:
                found.append((plain[term], term))
    return found


def touches(chain: Chain, registers: set[int]) -> bool:
    return any(not registers.isdisjoint(factors) for _, factors in chain.terms)


def fused(program: Program, chains: Sequence[Chain]) -> Program:
    """The program with a `dot` in the place of each chain's last sum."""
    heads = {c.last: c for c in chains}
    inner = {x for c in chains for x in c.inner}
    new = Rewrite(program)
    for register, (rule, old) in enumerate(program.instructions, program.start):
        if register in heads:
            one = new.constant(1.0)
            pairs = [
                (new.moved[factors[0]], new.moved[factors[1]] if len(factors) == 2 else one)
                for _, factors in heads[register].terms
            ]
            lefts, rights = zip(*pairs, strict=True)
            new.moved.append(new.emit(primitives.dot, (*lefts, *rights)))
        elif register in inner:
            new.moved.append(0)
        else:
            new.moved.append(new.emit(rule, new.operands(old)))
    return new.finished()


PASSES: tuple[Pass, ...] = (fold, share, prune, fuse)


def optimise(program: Program) -> Program:
    """Return the program after every pass.

    >>> from autograd.compiler.program import Program
    """
    for each in PASSES:
        program = each(program)
    return program
