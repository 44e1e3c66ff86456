"""Gradients are as near to the exact ones as rounding allows; a running bound says how near."""

import os
import time

import pytest

from tests.support.faults import partial_changed
from tests.support.native_build import PURE, built, lines
from tests.support.rounding import CHUNK, Tally, chunk, digest, digests, gradients, program_of

MILLION = 1_000_000
# A night may look elsewhere: `FIRST_CHUNK=1000 make test-long`.
FIRST = int(os.environ.get("FIRST_CHUNK", "0"))


def judged(seeds):
    tally = Tally()
    for seed in seeds:
        tally.judge(seed)
    return tally


def test_gradients_are_within_their_bounds():
    tally = judged(range(100))
    assert tally.outside == []
    assert tally.judged > 400


def test_a_partial_a_few_units_in_the_last_place_off_is_outside():
    with partial_changed("mul", 0, lambda p: p * (1.0 + 1e-13)):
        assert judged(range(100)).outside


def test_both_engines_draw_the_same_programs_and_a_bit_that_differs_is_seen():
    grads = [leaf.grad for seed in chunk(0) for leaf in gradients(program_of(seed))[1]]
    assert [digest(grads)] == list(digests(0, 1))
    assert digest(grads) != digest([*grads[:-1], grads[-1] * (1.0 + 2.0**-52) or 5e-324])


@built
@pytest.mark.long
def test_a_million_gradients_of_both_engines_are_within_their_bounds(capsys):
    start, tally = time.monotonic(), Tally()
    ours: list[str] = []
    while tally.judged < MILLION:
        seeds = chunk(FIRST + len(ours))
        ours.append(digest(x for seed in seeds for x in tally.judge(seed)))
    _, theirs = lines(FIRST, len(ours), env=PURE, module="tests.support.rounding")
    with capsys.disabled():
        minutes = (time.monotonic() - start) / 60
        print(f"\nseeds from {FIRST * CHUNK}, {minutes:.0f} minutes: {tally}")
    assert ours == theirs
    assert tally.outside == []
    assert tally.unbounded <= tally.judged / 1000
