"""Programs for the Tape in C, and the same programs row by row on Values."""

import math
import random
from array import array
from itertools import pairwise

from autograd import Value
from autograd.checking.error_bounds import forward_errors, reverse_errors
from autograd.core.backend import native
from autograd.primitives import TABLE
from autograd.toposort import topological

VECTORS = ("plain", "avx2", "avx512")


def available():
    """The instruction sets that this machine runs."""
    if native is None:
        return ()
    best = native.vectors(None)
    return VECTORS[: VECTORS.index(best) + 1]


class Program:
    """Instructions over registers; runs in C, or row by row on Values."""

    def __init__(self, constants, uniforms, columns, instructions, outputs, guards=(), wanted=None):
        self.constants, self.uniforms, self.columns = list(constants), uniforms, columns
        self.instructions, self.outputs, self.guards = instructions, list(outputs), list(guards)
        inputs = range(len(constants), len(constants) + uniforms + columns)
        self.wanted = list(inputs if wanted is None else wanted)
        rows = [(TABLE[name], operands) for name, operands in instructions]
        self.tape = native.Tape(
            self.constants, uniforms, columns, rows, self.outputs, self.guards, self.wanted
        )

    def evaluate(self, uniforms, rows, threads=1):
        outputs, failed = zeros(len(rows) * len(self.outputs)), bytearray(len(rows))
        count = self.tape.evaluate(
            array("d", uniforms), flat(rows), len(rows), outputs, failed, threads
        )
        assert count == sum(failed)
        return table(outputs, len(rows)), list(failed)

    def differentiate(self, uniforms, rows, seeds=None, threads=1):
        n = len(rows)
        outputs, failed = zeros(n * len(self.outputs)), bytearray(n)
        by_uniforms, by_columns = zeros(self.uniforms), zeros(n * self.columns)
        seeds = array("d", [1.0] * len(outputs)) if seeds is None else flat(seeds)
        count = self.tape.differentiate(
            array("d", uniforms), flat(rows), n, seeds, outputs, failed, by_uniforms, by_columns,
            threads,
        )  # fmt: skip
        assert count == sum(failed)
        return table(outputs, n), list(by_uniforms), table(by_columns, n), list(failed)

    def eager(self, uniforms, row):
        """All registers of one row, inputs as Values."""
        registers = [*self.constants, *map(Value, uniforms), *map(Value, row)]
        for name, operands in self.instructions:
            xs = [registers[r] for r in operands]
            if TABLE[name].variadic:
                registers.append(Value.__autograd_record__(TABLE[name], xs))
            else:
                registers.append(TABLE[name](*xs))
        return registers


def zeros(n):
    return array("d", bytes(8 * n))


def flat(rows):
    return array("d", [x for row in rows for x in row])


def table(xs, rows):
    width = len(xs) // rows if rows else 0
    return [list(xs[i * width : (i + 1) * width]) for i in range(rows)]


def numbers(registers):
    return [x.data if isinstance(x, Value) else x for x in registers]


def same(x, y):
    return x == y or (x != x and y != y)


def near(x, y, bound):
    return same(x, y) or abs(x - y) <= bound or not math.isfinite(bound)


def check_rows(program, uniforms, rows, threads=1):
    """Values and gradients in C are within 4 times the running rounding bound of eager's."""
    found, by_uniforms, by_columns, failed = program.differentiate(uniforms, rows, threads=threads)
    assert not any(failed)
    values, _ = program.evaluate(uniforms, rows, threads)
    assert [list(map(repr, row)) for row in values] == [list(map(repr, row)) for row in found]
    c, u = len(program.constants), program.uniforms
    sums, bounds = [0.0] * u, [0.0] * u
    for row, z, grads in zip(rows, found, by_columns, strict=True):
        registers = program.eager(uniforms, row)
        root = Value.__autograd_record__(TABLE["total"], [registers[r] for r in program.outputs])
        order = [node for node in topological(root) if node._operands]
        errors = forward_errors(order, {})
        for r, got in zip(program.outputs, z, strict=True):
            expected = numbers([registers[r]])[0]
            bound = 4 * errors.get(registers[r], 0.0) if isinstance(registers[r], Value) else 0.0
            assert near(got, expected, bound), (got, expected, bound)
        adjoints = reverse_errors(root, order)
        root.backward()
        for i, x in enumerate(registers[c : c + u]):
            sums[i] += x.grad
            bounds[i] += (
                4 * adjoints[x].error + 2e-16 * adjoints[x].size * len(rows) if x in adjoints else 0
            )
        for x, got in zip(registers[c + u : c + u + program.columns], grads, strict=True):
            bound = 4 * adjoints[x].error if x in adjoints else 0.0
            assert near(got, x.grad, bound), (got, x.grad, bound)
    for got, expected, bound in zip(by_uniforms, sums, bounds, strict=True):
        assert near(got, expected, bound), (got, expected, bound)


def layers(sizes, seed=0, biases=True, activation="tanh"):
    """A network: parameters are uniforms, inputs are columns, the sum of squares is the loss."""
    draw = random.Random(seed)
    count = sum((m + biases) * n for m, n in pairwise(sizes))
    register, weight, xs = count + sizes[0], 0, list(range(count, count + sizes[0]))
    instructions = []
    for m, n in pairwise(sizes):
        outs = []
        for _ in range(n):
            weights = list(range(weight, weight + m))
            pair = weights + xs if draw.random() < 0.8 else xs + weights
            instructions.append(("dot", pair))
            weight += m
            if biases:
                instructions.append(("add", [register, weight]))
                weight += 1
                register += 1
            instructions.append((activation, [register]))
            outs.append(register + 1)
            register += 2
        xs = outs
    instructions.append(("dot", xs + xs))
    uniforms = [draw.uniform(-0.5, 0.5) for _ in range(count)]
    return Program([], count, sizes[0], instructions, [register]), uniforms


def random_rows(n, width, seed=1):
    draw = random.Random(seed)
    return [[draw.uniform(-1, 1) for _ in range(width)] for _ in range(n)]


REGULAR = ("add", "mul", "sub", "tanh", "sin", "exp", "where", "dot", "total", "weigh", "neg")


def wide(width, levels=5, seed=0):
    """A program of one row: many instructions alike, their operands side by side or anywhere."""
    draw = random.Random(seed)
    instructions, previous, every = [], list(range(1, width + 1)), list(range(width + 1))
    register = width + 1
    for _ in range(levels):
        name, results = draw.choice(REGULAR), []
        count = 2 * draw.randint(1, 3) if TABLE[name].variadic else len(TABLE[name].partials)
        starts = [(draw.choice((0, 0, 1, 1, 2)), draw.randint(-2, 2)) for _ in range(count)]
        for k in range(width):
            operands = [
                (every[shift % 2], previous[(k + shift) % width], draw.choice(every))[kind]
                for kind, shift in starts
            ]
            instructions.append((name, operands))
            results.append(register)
            register += 1
        previous, every = results, every + results
    mixed = draw.sample(every, len(previous))
    last = [("dot", previous + mixed), ("total", mixed), ("dot", [register, 0, register + 1, 0])]
    last += [(name, draw.choice((previous, mixed))) for name in ("maximum", "minimum", "logsumexp")]
    last += [("total", [register + 2, register + 3, register + 4, register + 5])]
    return Program([0.5], width, 0, [*instructions, *last], [register + 6])
