"""The passes: what they make of small programs, and that no bit changes on random ones."""

from array import array
from dataclasses import replace

import pytest

from autograd.compiler.ir.passes import PASSES, optimise
from autograd.compiler.ir.passes.constant_folding import fold
from autograd.compiler.ir.passes.cse import share
from autograd.compiler.ir.passes.dce import prune
from autograd.compiler.ir.passes.dot_fusion import fuse
from autograd.compiler.ir.program import Guard
from autograd.compiler.runtime.interpreter import Reference, tape_of
from tests.support.compiled_programs import listing, program, random_program

pytestmark = pytest.mark.engine

# -- what they do --------------------------------------------------------------------------------


def test_folding_computes_what_is_constant():
    assert listing(fold(program("add 1 2; mul v0 u0"))).endswith("v0 = 3.0 * u0\nreturn v0")


def test_folding_drops_what_changes_nothing():
    steps = program("identity u0; mul v0 1; mul 1 v1; weigh 1 v2; div v3 1; sub v4 0; pow v5 1")
    assert listing(fold(steps)) == "return u0"


def test_folding_keeps_what_changes_the_sign_of_zero():
    steps = program("add u0 0; mul v0 0; weigh u0 1; add v1 v2")
    assert fold(steps).instructions == steps.instructions


def test_folding_keeps_the_instructions_that_carry_adjoints():
    assert len(fold(program("identity u0; mul v0 u2", wanted=["u0"])).instructions) == 2
    assert len(fold(program("identity u2; mul v0 u0", wanted=["u0"])).instructions) == 1


def test_folding_drops_detach_where_nothing_flows():
    assert listing(fold(program("detach u0; mul v0 u2"))) == "v0 = u0 * u2\nreturn v0"
    kept = fold(program("detach u0; mul v0 u0", wanted=["u0"]))
    assert listing(kept) == "v0 = detach(u0)\nv1 = v0 * u0\nreturn v1"


def test_folding_drops_guards_between_constants():
    steps = program("mul u0 u0", guards=[(0, "1", "2", True), (0, "u0", "2", True)])
    assert listing(fold(steps)) == "v0 = u0 * u0\nguard u0 < 2.0 is True\nreturn v0"


def test_sharing_computes_once_what_is_computed_twice():
    steps = program("mul u0 u2; mul u0 u2; add v0 v1")
    assert listing(prune(share(steps))) == "v0 = u0 * u2\nv1 = v0 + v0\nreturn v1"


def test_sharing_leaves_apart_what_adjoints_flow_through():
    steps = program("mul u0 u2; mul u0 u2; add v0 v1", wanted=["u0"])
    assert share(steps) == steps


def test_sharing_joins_what_only_guards_use():
    steps = program(
        "mul u0 u2; mul u0 u2; tanh v0", ["u0"], guards=[(0, "v1", "1", True), (0, "v0", "1", True)]
    )
    assert listing(share(steps)) == (
        "v0 = u0 * u2\nv1 = tanh(v0)\nguard v0 < 1.0 is True\nreturn v1"
    )


def test_pruning_drops_what_nothing_rests_on():
    steps = program("mul u0 u2; tanh v0; exp u1; add u3 1", guards=[(0, "v2", "2", True)])
    assert str(prune(steps)) == (
        "uniforms u0, u1\ncolumns u2, u3\n"
        "v0 = exp(u1)\nv1 = u3 + 1.0\nguard v0 < 2.0 is True\nreturn v1"
    )
    assert prune(steps).constants == (1.0, 2.0)


def test_fusing_makes_a_sum_of_products_a_dot():
    steps = program("mul u0 u2; mul u1 u3; add v0 v1; add v2 u0")
    assert listing(fuse(steps)) == "v0 = dot([u0, u1, u0], [u2, u3, 1.0])\nreturn v0"


def test_fusing_starts_with_a_plain_term_too():
    steps = program("mul u0 u2; add u1 v0; mul u1 u3; add v1 v2")
    assert listing(fuse(steps)) == "v0 = dot([u1, u0, u1], [1.0, u2, u3])\nreturn v0"


@pytest.mark.parametrize(
    "text",
    [
        "mul u0 u2; add u1 v0",  # one product
        "mul u0 u2; mul u1 u3; sub v0 v1",
        "mul u0 u2; mul u1 u3; add v0 v1; mul v0 v2",  # a product that is used elsewhere
    ],
)
def test_fusing_leaves_alone_what_is_no_sum_of_products(text):
    assert fuse(program(text)) == program(text)


def test_fusing_keeps_the_order_in_which_adjoints_add_up():
    # u0's adjoint has three terms, which a dot would hand down in another order.
    steps = program("mul u0 u2; mul u3 u0; add v0 v1; mul u0 u1; add v2 v3", wanted=["u0"])
    assert fuse(steps) == steps
    assert len(fuse(replace(steps, wanted=())).instructions) == 1


# -- that they change no bit ----------------------------------------------------------------------


def bits(numbers):
    return ["nan" if x != x else x.hex() for x in numbers]


def everything(each, numbers):
    """Values, failures and the wanted part of the gradient, as bits."""
    tape = tape_of(each, Reference)
    uniforms, columns = array("d", numbers[:2]), array("d", numbers[2:])
    outputs, failed = array("d", [0.0]), bytearray(1)
    by_uniforms, by_columns = array("d", [0.0] * 2), array("d", [0.0] * 2)
    tape.differentiate(
        uniforms, columns, 1, array("d", [1.5]), outputs, failed, by_uniforms, by_columns
    )
    gradient = [*by_uniforms, *by_columns]
    wanted = [gradient[x - len(each.constants)] for x in each.wanted]
    return list(failed), [] if failed[0] else bits([*outputs, *wanted])


def changed(change, count=1500):
    """The programs of which a change alters a bit."""
    return [
        seed
        for seed in range(count)
        for each, numbers in [random_program(seed)]
        if everything(change(each), numbers) != everything(each, numbers)
    ]


@pytest.mark.parametrize("change", [*PASSES, optimise], ids=lambda f: f.__name__)
def test_a_pass_changes_no_bit(change):
    assert changed(change) == []


@pytest.mark.parametrize("change", PASSES, ids=lambda f: f.__name__)
def test_a_pass_has_something_to_do_and_does_it_at_once(change):
    made = [(each, change(each)) for each, _ in map(random_program, range(300))]
    assert sum(len(after.instructions) < len(each.instructions) for each, after in made) > 10
    assert all(len(change(after).instructions) == len(after.instructions) for _, after in made)


# -- and that it would be noticed ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "target", "replacement"),
    [
        (fold, "carrying", lambda each: set()),
        (fold, "NEUTRAL", {"add": ((1, 0.0, 0), (0, 0.0, 1))}),
        (share, "carrying", lambda each: set()),
        (prune, "Guard", lambda k, x, y, out: Guard(k, x, y, not out)),
        (fuse, "out_of_order", lambda each, chains: set()),
    ],
)
def test_a_sabotaged_pass_is_found(monkeypatch, change, target, replacement):
    monkeypatch.setitem(change.__globals__, target, replacement)
    assert changed(change)


def test_every_program_is_optimised_by_every_pass():
    assert {each.__name__ for each in PASSES} == {"fold", "share", "prune", "fuse"}
