"""The benchmark of gradient checks: its functions, its counts, what it asks of peers."""

import random
from collections import Counter

import pytest

from benchmarks.checking import right, side_by_side, wrong
from benchmarks.checking.functions import EVERY, SHARED, make
from benchmarks.checking.tables import counted, decade
from benchmarks.workloads import gradcheck


def test_a_seed_makes_the_same_functions_again():
    first, again = (make(random.Random(7), EVERY, gap=1e-3) for _ in range(2))
    assert first == again
    assert first.bent


def test_the_text_is_the_program():
    draw = random.Random(8)
    for _ in range(50):
        function = make(draw)
        assert function.call()(*function.point) == function.program.run(function.program.leaves)[-1]


def test_a_kink_is_planted_at_its_gap():
    draw = random.Random(9)
    for _ in range(20):
        function = make(draw, SHARED, gap=0.25, at_leaf=True)
        x = function.point[function.bent[0]]
        assert any(f"- {corner!r})" in function.source for corner in (x - 0.25, x + 0.25))


def test_every_planted_error_has_the_size_it_is_counted_by():
    found = wrong.planted(random.Random(10), black_box=False)
    for _ in range(40):
        size, partial = next(found)
        assert 1e-6 <= size <= 1e-1
        assert partial.verdict != "PASS"
        if partial.verdict == "FAIL":
            assert partial.error <= size * 1.01 + 1e-8


def test_ours_is_right_on_what_peers_are_asked():
    asked = list(side_by_side.cases(random.Random(11), 2))
    assert len(asked) == 2 * (1 + len(side_by_side.GAPS) + len(side_by_side.ERRORS))
    for case in asked:
        for checked in (side_by_side.with_graph, side_by_side.black_box):
            verdict = side_by_side.verdict(case, checked)
            assert verdict != ("FAIL" if case.place.startswith("right") else "PASS"), case
    said = {"a": ["FAIL"] * len(asked)}
    assert {row[1] for row in side_by_side.rows(asked, said, "right", "FAIL")} == {"100.0"}


def test_a_right_gradient_called_wrong_is_printed(capsys):
    function = make(random.Random(12))
    partial = right.with_graph(function)[0]
    failed = type(partial)("x", "FAIL", 1.0, 2.0, 0.0, 1.0, 9)
    counts = right.tally(iter([("here", function, partial), ("here", function, failed)]), 2)
    assert counts["here", "FAIL"] == 1
    assert function.source in capsys.readouterr().out


def test_tables_add_up():
    counts = Counter({("a", "PASS"): 2, ("a", "INCONCLUSIVE"): 2, ("b", "FAIL"): 4})
    assert counted(counts)[-1] == ["all", 8, 2, 2, 4, "25.00"]
    assert [decade(x) for x in (1e-6, 2e-5, 0.5)] == [
        "1e-06..1e-05",
        "1e-05..1e-04",
        "1e-01..1e+00",
    ]


@pytest.mark.parametrize(("answer", "text"), [(True, "PASS"), (False, "FAIL")])
def test_a_peer_s_answer_becomes_a_verdict(answer, text):
    case = ["def f(x0, x1):\n    return tanh(x0) / x1", [0.5, 2.0], 1, 0.0]

    def passes(f, x, error):
        assert (f(4.0), x, error) == (0.125, 2.0, 0.0)
        return answer

    assert gradcheck.verdict(passes, {"tanh": lambda x: x}, case) == text


def test_what_a_peer_raises_is_its_verdict():
    case = ["def f(x0):\n    return 1.0 / x0", [0.0], 0, 0.0]
    said = gradcheck.verdict(lambda f, x, error: f(x), {}, case)
    assert said.startswith("raises ZeroDivisionError")
