"""Gradient checks as tests: an assertion, and a decorator that makes a function a property test.

Hypothesis is imported when a test that `gradcheck` made is run, not before.
"""

import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any

from autograd.checking.checker import check
from autograd.checking.report import FAIL, INCONCLUSIVE, Report
from autograd.checking.scripts import script
from autograd.errors import GradientCheckError

__all__ = ["assert_gradients", "gradcheck"]

# (lowest, highest), or a Hypothesis strategy of an argument.
Domain = Any


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

    The test takes no arguments, so pytest runs it as it is; `.function` is the function.  It
    fails on a FAIL, with the smallest point that Hypothesis finds, and when no point at all was
    conclusive.  Single INCONCLUSIVEs become Hypothesis events: shrinking ends at kinks.

    Args:
        function: when used without parentheses.
        domain: (lowest, highest) for all arguments; or, by the argument's name, that or a
            Hypothesis strategy.
        examples: how many points to try.
        settings: Hypothesis settings to use instead of `examples`.
        options: further arguments of `check`.

    Raises:
        GradientCheckError: from the test.
        ValueError: when domain names an argument that the function does not have, or not all.

    >>> @gradcheck(domain={"x": (0.1, 2.0)}, examples=20)
    ... def test_reciprocal(x):
    ...     return 1.0 / x
    >>> test_reciprocal()
    """
    if function is None:
        return lambda f: gradcheck(
            f, domain=domain, examples=examples, settings=settings, **options
        )
    domains = domains_of(function, domain)

    def test() -> None:
        reports = searched(function, domains, examples, settings, options)
        if reports and not any(report.conclusive for report in reports):
            raise GradientCheckError(f"nothing was conclusive, at no point:\n{reports[-1]}")

    test.__name__, test.__qualname__ = function.__name__, function.__qualname__
    test.__doc__, test.__module__ = function.__doc__, function.__module__
    test.function = function  # type: ignore[attr-defined]
    return test


def domains_of(f: Callable[..., Any], domain: Domain | Mapping[str, Domain]) -> dict[str, Domain]:
    """Return the domain of each of f's arguments that has no default."""
    named = inspect.signature(f).parameters.values()
    names = [p.name for p in named if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD]
    if not isinstance(domain, Mapping):
        return dict.fromkeys(names, domain)
    if set(domain) != set(names):
        expected, got = ", ".join(names), ", ".join(domain)
        raise ValueError(f"expected a domain for each of {expected}; got {got}")
    return {name: domain[name] for name in names}


def searched(
    f: Callable[..., Any],
    domains: Mapping[str, Domain],
    examples: int,
    settings: Any,
    options: dict[str, Any],
) -> list[Report]:
    """Return the reports of all points that Hypothesis chose; raise on a FAIL."""
    import hypothesis  # noqa: PLC0415 - only here, so that the package works without it

    reports: list[Report] = []

    def at(point: tuple[Any, ...]) -> None:
        report = check(f, point, **options)
        for partial in report.partials:
            if partial.verdict == INCONCLUSIVE:
                hypothesis.event(f"inconclusive: {kind_of(partial.reason)}")
        reports.append(report)
        if report.count(FAIL):
            raise GradientCheckError(f"{report}\n\n{script(f, point, **options)}")

    points = hypothesis.strategies.tuples(*map(strategy, domains.values()))
    chosen = settings or hypothesis.settings(max_examples=examples, deadline=None)
    chosen(hypothesis.given(points)(at))()
    return reports


def strategy(domain: Domain) -> Any:
    """Return the Hypothesis strategy of an argument."""
    from hypothesis import strategies  # noqa: PLC0415 - as above

    if isinstance(domain, strategies.SearchStrategy):
        return domain
    low, high = domain
    return strategies.floats(low, high, allow_nan=False, allow_subnormal=False)


def kind_of(reason: str) -> str:
    """Return a reason without its numbers, to be counted."""
    return re.split(r" at distance| at the point|: ", reason)[0]
