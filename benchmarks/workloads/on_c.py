"""The compiled workloads in C written by hand: gcc -O3 -march=native, called through ctypes.

usage: on_c.py ENGINE WORKLOAD DIGITS
"""

import ctypes
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

import data
from timing import Measured, best, report

HERE = Path(__file__).parent
# -fopenmp-simd only heeds `#pragma omp simd`; the vectors are 64 bytes wide.
GCC = [
    "gcc",
    "-O3",
    "-march=native",
    "-mprefer-vector-width=512",
    "-fopenmp-simd",
    "-shared",
    "-fPIC",
]
LANES = 16


def compiled(name: str) -> ctypes.CDLL:
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / f"{name}.so"
        subprocess.run(
            [*GCC, str(HERE / f"{name}.c"), "-o", str(library), "-lmvec", "-lm"], check=True
        )
        return ctypes.CDLL(str(library))


def doubles(numbers: list[float]) -> ctypes.Array[ctypes.c_double]:
    return (ctypes.c_double * len(numbers))(*numbers)


def integers(numbers: list[int]) -> ctypes.Array[ctypes.c_int]:
    return (ctypes.c_int * len(numbers))(*numbers)


def joined(rows: list[list[float]]) -> ctypes.Array[ctypes.c_double]:
    return doubles([x for row in rows for x in row])


def padded(found: data.Layers) -> list[float]:
    """Lay parameters out as networks.c has them: by input, the last outputs filled up to lanes."""
    numbers = []
    for weights, biases in found:
        lanes = 1 if len(biases) == 1 else -(-len(biases) // LANES) * LANES
        fill = [0.0] * (lanes - len(biases))
        for column in zip(*weights, strict=True):
            numbers += [*column, *fill]
        numbers += [*biases, *fill]
    return numbers


def unpadded(sizes: list[int], numbers: list[float]) -> list[float]:
    """Return the parameters in the order that they were drawn in."""
    found: data.Layers = []
    rest = iter(numbers)
    for inputs, outputs in zip(sizes, sizes[1:], strict=False):  # noqa: RUF007 - as a pair
        lanes = 1 if outputs == 1 else -(-outputs // LANES) * LANES
        columns = [[next(rest) for _ in range(lanes)][:outputs] for _ in range(inputs + 1)]
        weights = [list(row) for row in zip(*columns[:-1], strict=True)]
        found.append((weights, columns[-1]))
    result: list[float] = data.flat(found)
    return result


def moons() -> Measured:
    rows, labels = data.moons_rows()
    x, y, p = (
        joined(rows),
        doubles([float(v) for v in labels]),
        doubles(padded(data.layers(data.MOONS))),
    )
    function = compiled("networks").moons_steps
    settings = ctypes.c_double(data.LEARNING_RATE["moons"]), ctypes.c_double(data.PENALTY)
    function(x, y, p, *settings, 20)
    values = unpadded(data.MOONS, list(p))
    return values, best(lambda: function(x, y, p, *settings, 1_000), 1_000)


def digits() -> Measured:
    rows, labels = data.digits_rows(sys.argv[3])
    x, y, p = joined(rows), integers(labels), doubles(padded(data.layers(data.DIGITS)))
    state = doubles([0.0] * (1 + 2 * len(p)))
    function, rate = (
        compiled("networks").digits_epoch,
        ctypes.c_double(data.LEARNING_RATE["digits"]),
    )
    start = bytes(p)

    def epoch() -> None:
        """Train from the start: after a thousand epochs the means are denormal, and slow."""
        ctypes.memmove(p, start, len(start))
        ctypes.memset(state, 0, ctypes.sizeof(state))
        function(x, y, len(rows), p, state, rate)

    epoch()
    return unpadded(data.DIGITS, list(p)), best(epoch)


def wide() -> Measured:
    rows, labels = data.wide_rows()
    x, y, p = joined(rows), integers(labels), doubles(padded(data.layers(data.WIDE)))
    function, rate = compiled("networks").wide_steps, ctypes.c_double(data.LEARNING_RATE["wide"])
    function(x, y, p, rate, 3)
    return unpadded(data.WIDE, list(p))[-1290:], best(lambda: function(x, y, p, rate, 1))


def function(name: str) -> Measured:
    numbers = data.point(name)
    x, g = doubles(numbers), doubles([0.0] * len(numbers))
    before = {
        "det": (),
        "ode": (len(x),),
        "ode small": (len(x),),
        "llsq": (64, 128, *tables()),
        "lse": (len(x),),
        "gmm": (data.N, joined(data.gmm_rows())),
    }[name]
    call = getattr(compiled("functions"), name.split()[0])
    call.restype = ctypes.c_double
    value = call(*before, x, g) + (data.gmm_constant() if name == "gmm" else 0.0)
    return [value, *g], best(lambda: call(*before, x, g))


def tables() -> tuple[ctypes.Array[ctypes.c_double], ctypes.Array[ctypes.c_double]]:
    table, signs = data.llsq_table()
    return joined(table), doubles(signs)


FUNCTIONS = {name: partial(function, name) for name in data.FUNCTIONS}

if __name__ == "__main__":
    report({"moons": moons, "digits": digits, "wide": wide, **FUNCTIONS})
