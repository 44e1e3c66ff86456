"""What a report says, as text, as HTML and as an exception."""

from xml.etree import ElementTree

import pytest

import autograd
from autograd import GradientCheckError, check
from autograd.checking import PartialCheck, Report


def partial(name, verdict, gradient=1.0, reference=1.0, reason=""):
    return PartialCheck(name, verdict, gradient, reference, 1e-12, 1.0, 24, reason)


def test_a_report_reads_as_a_table():
    report = Report(
        (
            partial("x", "PASS"),
            partial("y", "FAIL", 2.0, 1.5),
            partial("z", "INCONCLUSIVE", reason="a kink"),
        )
    )
    assert str(report) == (
        "gradient check: 1 PASS, 1 FAIL, 1 INCONCLUSIVE\n"
        "input  verdict       gradient  finite difference  ± bound  relative error\n"
        "x      PASS          1         1                  1.0e-12  0.0e+00\n"
        "y      FAIL          2         1.5                1.0e-12  5.0e-01\n"
        "z      INCONCLUSIVE  1         1                  1.0e-12  0.0e+00         a kink"
    )
    assert report.worst is not None
    assert report.worst.name == "y"
    with pytest.raises(GradientCheckError, match="1 FAIL"):
        report.raise_on_failure()


def test_an_empty_report_passes_and_has_no_worst():
    report = Report(())
    assert report
    assert report.worst is None
    report.raise_on_failure()


def test_blame_is_shown_beside_the_numbers():
    failed = PartialCheck(
        "x", "FAIL", 2.0, 1.0, 1e-12, 1.0, 24, blame="tanh(0.5): recorded at f.py:3"
    )
    assert str(Report((failed,))).endswith("tanh(0.5): recorded at f.py:3")


def test_nothing_conclusive_is_a_failure():
    report = Report((partial("x", "INCONCLUSIVE", reason="a kink"),))
    assert not report.conclusive
    with pytest.raises(GradientCheckError, match="a kink"):
        report.raise_on_failure()


def test_one_inconclusive_partial_is_no_failure_but_not_true():
    report = Report((partial("x", "PASS"), partial("y", "INCONCLUSIVE")))
    report.raise_on_failure()
    assert not report


def test_jupyter_gets_a_table_in_which_nothing_is_markup():
    name = "<script>alert(1)</script>"
    html = Report((partial(name, "FAIL", reason="a < b & c"),))._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "a &lt; b &amp; c" in html
    root = ElementTree.fromstring(html)
    assert [cell.text for cell in root.iter("th")][:2] == ["input", "verdict"]
    assert len(list(root.iter("tr"))) == 2


def test_in_a_shell_a_report_shows_its_table():
    report = check(lambda x: x * x, 3.0)
    assert repr(report) == str(report)


def test_a_slope_that_f_does_not_show_is_called_lost():
    report = check(lambda x: autograd.tanh(x), 17.0)
    assert report.partials[0].reason.endswith("is lost in the last digits of f")
