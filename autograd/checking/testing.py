"""Gradient checks as tests: an assertion, and a decorator that makes a function a property test.

Hypothesis is imported when a test that `gradcheck` made is run, not before.
"""

import functools
import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from autograd.checking.checker import check
from autograd.checking.domains import Domain
from autograd.checking.drawn_arguments import Shared
from autograd.checking.report import FAIL, INCONCLUSIVE, Report
from autograd.checking.repro_script import script
from autograd.errors import GradientCheckError

__all__ = ["assert_gradients", "gradcheck"]


def assert_gradients(f: Callable[..., Any], point: Any = (), **options: Any) -> Report:
    """Check the gradient of f; return the report.

    Args:
        f: a function, as `check` takes it.
        point: where to check, as `check` takes it.
        options: further arguments of `check`.

    Raises:
        GradientCheckError: on a FAIL, or when nothing was conclusive; it shows the table and a
            script that shows it again.

    >>> assert_gradients(lambda x: x * x, 3.0).summary()
    'gradient check: 1 PASS'
    """
    __tracebackhide__ = True  # pytest shows the test, not this
    report = check(f, point, **options)
    if report.count(FAIL) or not report.conclusive:
        raise GradientCheckError(f"{report}\n\n{script(f, point, **options)}")
    return report


def gradcheck(
    function: Callable[..., Any] | None = None,
    *,
    domain: Domain | Mapping[str, Domain] = (-2.0, 2.0),
    examples: int = 100,
    settings: Any = None,
    **options: Any,
) -> Any:
    """Make a function of numbers a test that checks its gradient at many points.

    The test takes what is not drawn: self, fixtures and parameters, so pytest and unittest run it
    as it is; `.function` is the function.  It fails on a FAIL, with the smallest point that
    Hypothesis finds, and when no point at all was conclusive.  Single INCONCLUSIVEs become
    Hypothesis events: shrinking ends at kinks.

    Args:
        function: when used without parentheses.
        domain: (lowest, highest) for all arguments without a default, save self and cls; or, by
            the name of each argument that is drawn, that or a Hypothesis strategy.
        examples: how many points to try.
        settings: Hypothesis settings to use instead of `examples`.
        options: further arguments of `check`.

    Raises:
        GradientCheckError: from the test.
        TypeError: when function is none that returns a number; from the test, when it is not given
            what is not drawn.
        ValueError: when domain names an argument that the function does not have.

    >>> @gradcheck(domain={"x": (0.1, 2.0)}, examples=20)
    ... def test_reciprocal(x):
    ...     return 1.0 / x
    >>> test_reciprocal()
    >>> class TestReciprocal:
    ...     @gradcheck(domain={"x": (0.1, 2.0)}, examples=20)
    ...     def test_scaled(self, x, scale):
    ...         return scale / x
    >>> TestReciprocal().test_scaled(scale=3.0)
    """
    how: dict[str, Any] = {"domain": domain, "examples": examples, "settings": settings, **options}
    if function is None:
        return lambda f: gradcheck(f, **how)
    if isinstance(function, staticmethod | classmethod):
        return type(function)(gradcheck(function.__func__, **how))
    shared = Shared(function, domain)

    def test(*args: Any, **kwargs: Any) -> None:
        __tracebackhide__ = True
        f = shared.at(shared.arguments(args, kwargs))
        Search(f, options).run(domain, examples, settings)

    functools.update_wrapper(test, function)
    test.__signature__ = shared.given  # type: ignore[attr-defined]
    test.function = function  # type: ignore[attr-defined]
    return test


NESTED = (
    "gradcheck inside a test made by hypothesis.given: expected one of them to draw everything; "
    "give the strategies of the other as domain={name: strategy}"
)


class Search:
    """The checks of a function at the points that Hypothesis chooses.

    Args:
        f: the function.
        options: further arguments of `check`.
    """

    def __init__(self, f: Callable[..., Any], options: Mapping[str, Any]) -> None:
        self.f = f
        self.options = options
        self.checks = 0
        self.conclusive = False
        self.reasons: Counter[str] = Counter()
        self.latest = Report(())

    def run(self, domain: Any, examples: int, settings: Any) -> None:
        """Check at many points; raise GradientCheckError on a FAIL, or when all was in vain."""
        __tracebackhide__ = True
        from autograd.checking import strategies  # noqa: PLC0415 - says what is missing, if it is

        points = strategies.points(self.f, domain)
        import hypothesis  # noqa: PLC0415

        def at(point: tuple[Any, ...]) -> None:
            __tracebackhide__ = True
            for reason in self.check(point):
                hypothesis.event(f"inconclusive: {reason}")
            if self.latest.count(FAIL):
                text = script(self.f, point, **self.options)
                raise GradientCheckError(f"{self.latest}{self.tally()}\n\n{text}")

        # Hypothesis tells tests apart by their names when it keeps examples that failed.
        at.__name__ = at.__qualname__ = getattr(self.f, "__name__", "f")
        chosen = settings or hypothesis.settings(max_examples=examples, deadline=None)
        try:
            chosen(hypothesis.given(points)(at))()
        except hypothesis.errors.FailedHealthCheck as error:
            if not hypothesis.currently_in_test_context():
                raise
            raise TypeError(NESTED) from error
        if self.checks and not self.conclusive:
            found = f"{self.latest}{self.tally()}"
            raise GradientCheckError(f"nothing was conclusive, at no point:\n{found}")

    def check(self, point: tuple[Any, ...]) -> set[str]:
        """Check at one point; return the reasons why something was inconclusive."""
        self.latest = check(self.f, point, **self.options)
        undecided = [p for p in self.latest.partials if p.verdict == INCONCLUSIVE]
        reasons = {kind_of(p.reason) for p in undecided}
        self.checks += 1
        self.conclusive |= self.latest.conclusive
        self.reasons.update(reasons)
        return reasons

    def tally(self) -> str:
        """Return a line on how often, and why, something was inconclusive."""
        counts = ", ".join(f"{n} × {reason}" for reason, n in self.reasons.most_common())
        return f"\ninconclusive at some of the {self.checks} points: {counts}" if counts else ""


def kind_of(reason: str) -> str:
    """Return a reason without its numbers, to be counted."""
    return re.split(r" at distance| at the point|: ", reason)[0]
