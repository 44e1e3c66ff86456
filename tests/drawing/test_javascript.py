"""Each row of the table, in JavaScript and in Python, on tabulated points."""

import itertools
import json
import math
import re
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from autograd.drawing.javascript import FORWARD, VARIADIC_PARTIALS, table_module
from autograd.primitives import TABLE, Primitive

LARGEST_ERROR = 4  # units in the last place
INF, NAN, TINY = math.inf, math.nan, 5e-324

# Every row is called with these, and with every pair of the second list.
POINTS = [
    0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 0.1, -0.3, 0.7, -0.9999, 0.9999999, 3.0, -3.7,
    5.9, -6.1, 10.0, -10.0, 20.5, -26.0, 27.2, 36.0, -40.0, 100.25, 709.7, 710.4, 711.0, -745.0,
    -746.0, 1000.0, -1000.0, 1e-8, -1e-8, 1e-9, 1e-20, -1e-300, TINY, -TINY, 3 * TINY, 2.2e-308,
    1e15, 1e22, -1e100, 1e308, -1e308, INF, -INF, NAN, math.pi, math.pi / 2, 1e6, 0.84375, 1.25,
]  # fmt: skip
PAIRED = [
    0.0, -0.0, 1.0, -1.0, 2.0, -2.0, 3.0, -3.0, 0.5, -0.5, 0.1, -1.7, 1000.0, -1000.0, 1e308,
    -1e308, TINY, -TINY, 1e-310, INF, -INF, NAN,
]  # fmt: skip
TRIPLES = [0.0, -0.0, 1.5, -2.0, 1e308, TINY, INF, -INF, NAN]

node = shutil.which("node")
needs_node = pytest.mark.skipif(node is None, reason="needs Node.js")

RUN = """
import { table } from "./table.mjs";
import { readFileSync } from "node:fs";
const number = (hex) => Buffer.from(hex, "hex").readDoubleBE();
const hex = (x) => { const b = Buffer.alloc(8); b.writeDoubleBE(x); return b.toString("hex"); };
const cases = JSON.parse(readFileSync(process.argv[2], "utf8"));
console.log(JSON.stringify(cases.map(([name, z, xs]) => {
  const row = table[name], numbers = xs.map(number);
  return [row.forward(numbers), ...row.partials(number(z), numbers)].map(hex);
})));
"""


def points(row: Primitive) -> list[tuple[float, ...]]:
    if row.name == "dot":
        return [(), *itertools.product(PAIRED, repeat=2), *itertools.product(TRIPLES[:6], repeat=4)]
    if row.variadic:
        none = [()] if row.name == "total" else []
        some = [itertools.product(PAIRED, repeat=n) for n in (1, 2)]
        return [*none, *itertools.chain(*some), *itertools.product(TRIPLES, repeat=3)]
    if len(row.partials) == 1:
        return [(x,) for x in POINTS]
    if len(row.partials) == 2:
        return list(itertools.product(PAIRED, repeat=2))
    return list(itertools.product(TRIPLES, repeat=3))


def python_values(row: Primitive, xs: tuple[float, ...]) -> list[float]:
    z = row.evaluate(xs)
    return [z, *map(float, row.partials_at(z, xs, [True] * len(xs)))]


def to_hex(x: float) -> str:
    return struct.pack(">d", x).hex()


def javascript_values(
    cases: list[tuple[str, tuple[float, ...]]], folder: Path
) -> list[list[float]]:
    (folder / "table.mjs").write_text(table_module(), "utf-8")
    (folder / "run.mjs").write_text(RUN, "utf-8")
    # The partials are read at Python's z, as the walk reads them at the node's.
    rows = [(n, to_hex(TABLE[n].evaluate(xs)), [to_hex(x) for x in xs]) for n, xs in cases]
    (folder / "cases.json").write_text(json.dumps(rows), "utf-8")
    command = [str(node), str(folder / "run.mjs"), str(folder / "cases.json")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [
        [float(struct.unpack(">d", bytes.fromhex(x))[0]) for x in r]
        for r in json.loads(done.stdout)
    ]


def distance(got: float, expected: float) -> float:
    """In units of the last place of the expected number; the sign of zero counts."""
    if got != got or expected != expected:
        return 0.0 if got != got and expected != expected else INF
    if got == expected:
        return 0.0 if math.copysign(1.0, got) == math.copysign(1.0, expected) or got else INF
    if math.isinf(got) or math.isinf(expected):
        return INF
    return abs(got - expected) / math.ulp(expected)


def test_every_row_has_its_javascript_and_no_other() -> None:
    assert FORWARD.keys() == TABLE.keys()
    assert VARIADIC_PARTIALS.keys() == {name for name, row in TABLE.items() if row.variadic}


@needs_node
def test_every_value_and_partial_agrees_with_python(tmp_path: Path) -> None:
    cases = [(name, xs) for name, row in TABLE.items() for xs in points(row)]
    wrong = []
    for (name, xs), got in zip(cases, javascript_values(cases, tmp_path), strict=True):
        expected = python_values(TABLE[name], xs)
        assert len(got) == len(expected)
        errors = [distance(g, e) for g, e in zip(got, expected, strict=True)]
        if max(errors) > LARGEST_ERROR:
            wrong.append((name, xs, got, expected, errors))
    assert not wrong, f"{len(wrong)} of {len(cases)}, first {wrong[:8]}"


@needs_node
def test_the_distance_sees_a_wrong_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FORWARD, "exp", "(x) => Math.pow(2.718281828459, x)")
    ((got, _),) = javascript_values([("exp", (10.0,))], tmp_path)
    assert distance(got, math.exp(10.0)) > LARGEST_ERROR


def test_zeros_of_different_sign_and_nan_are_told_apart() -> None:
    assert distance(0.0, -0.0) == INF
    assert distance(NAN, NAN) == 0.0
    assert distance(NAN, 1.0) == distance(1.0, NAN) == distance(INF, -INF) == INF
    assert distance(1.0 + 2**-52, 1.0) == 1.0


def test_the_module_exports_only_the_table() -> None:
    assert re.findall(r"^export .*", table_module(), re.M) == ["export const table = (() => {"]
