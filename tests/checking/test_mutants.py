"""A sample of what `make bench-check` counts in full: mutants of the engine are found."""

import collections

import pytest

from autograd.primitives import TABLE
from benchmarks.checking import mutants
from tests.support import faults

CATALOGUE = list(mutants.catalogue())
SAMPLE = CATALOGUE[::37]


def named(mutant):
    return f"{mutant.row}-{mutant.fault}-{mutant.operand}".replace(" ", "_")


@pytest.mark.parametrize("mutant", SAMPLE, ids=named)
def test_a_mutant_is_killed(mutant):
    # One hunt in a few hundred comes to nothing, and which one depends on what else is loaded:
    # Hypothesis draws constants that it finds in the modules.
    assert any(mutants.hunt(mutant, seed).examples for seed in range(3))


def test_the_fan_out_mutant_is_found_soon_and_shrunk_to_two_operations():
    found = mutants.hunt(mutants.FAN_OUT, seed=0, shrink=True)
    assert found.examples is not None
    assert found.smallest is not None
    assert found.examples <= 30
    assert found.smallest.size() <= 2


def test_without_a_fault_nothing_is_found():
    assert mutants.hunt(mutants.Mutant("none", "none", 0, nothing), seed=0).examples is None


def nothing():
    return faults.partial_changed("sin", 0, lambda p: p)


def test_the_catalogue_has_every_fault_of_every_row_that_changes_it():
    count = collections.Counter(mutant.row for mutant in CATALOGUE)
    assert set(count) == set(TABLE) - {"same"}
    assert (count["exp"], count["mul"], count["add"], count["step"]) == (5, 10, 9, 1)
    assert {mutant.fault for mutant in CATALOGUE} == set(mutants.FAULTS)


def test_every_mutant_leaves_the_engine_as_it_was():
    before = [(row.partials, row.forward) for row in TABLE.values()]
    for mutant in CATALOGUE:
        with mutant.plant():
            pass
    assert [(row.partials, row.forward) for row in TABLE.values()] == before
