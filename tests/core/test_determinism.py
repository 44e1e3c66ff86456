"""The same program gives the same bits in every process."""

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.engine

SCRIPT = """
import autograd
from autograd import Value, grad, hessian, jvp

labels = {f"x{i}": Value(0.1 * (i + 1), label=f"x{i}") for i in range(8)}
xs = list(labels.values())
y = autograd.logsumexp(xs) * autograd.tanh(autograd.dot(xs, xs[::-1])) + autograd.maximum(xs) ** 2
for x in xs:
    y = y + x * x
z = autograd.total(autograd.sigmoid(x * y) for x in xs)
z.backward()

def f(p):
    return autograd.total(autograd.sin(a * b) for a in p.values() for b in p.values())

p = {name: x.data for name, x in labels.items()}
ones = dict.fromkeys(p, 1.0)
numbers = [
    z.data, *(x.grad for x in xs), *grad(f)(p).values(), jvp(f, (p,), (ones,))[1],
    *(h for row in hessian(f)(p).values() for h in row.values()),
]
print(*map(float.hex, numbers))
"""


def output(hash_seed):
    environment = {**os.environ, "PYTHONHASHSEED": str(hash_seed)}
    command = [sys.executable, "-c", SCRIPT]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout


@pytest.fixture(scope="module")
def first():
    return output(0)


def test_the_script_prints_numbers(first):
    assert len(first.split()) == 1 + 8 + 8 + 1 + 64
    assert all(float.fromhex(x) == float.fromhex(x) for x in first.split())


@pytest.mark.parametrize("hash_seed", range(1, 10))
def test_the_hash_seed_changes_no_bit(first, hash_seed):
    assert output(hash_seed) == first


def test_a_second_run_in_one_process_changes_no_bit(first, capsys):
    for _ in range(2):
        exec(SCRIPT, {})
    assert capsys.readouterr().out == 2 * first
