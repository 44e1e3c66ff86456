"""`python -m autograd check`: a function and points, both named on the command line."""

import argparse
import importlib
import inspect
import json
import math
import random
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from autograd.checking.checker import check
from autograd.checking.report import FAIL, Report
from autograd.checking.repro_script import script
from autograd.checking.testing import kind_of
from autograd.cli.usage_errors import Misuse, answered, number
from autograd.errors import shorten

__all__ = ["main"]

PASSED, FAILED, UNDECIDED = 0, 1, 3

USAGE = """\
python -m autograd check package.module:function x=1.5 y=2
       python -m autograd check package.module:function --examples 200 --domain x=-2:2"""


class Parser(argparse.ArgumentParser):
    """An argument parser that answers misuse with one line."""

    def error(self, message: str) -> NoReturn:
        """Raise instead of printing the usage."""
        raise Misuse(message)


def main(arguments: Sequence[str]) -> int:
    """Check a function's gradient; return 0 pass, 1 fail, 2 misuse, 3 inconclusive.

    Args:
        arguments: what follows `python -m autograd check`.
    """
    return answered("python -m autograd check", lambda: checked_function(arguments))


def checked_function(arguments: Sequence[str]) -> int:
    """Check what the arguments name; return the status of the verdict."""
    options = parser().parse_args(list(arguments))
    function = found(options.function)
    require_one_way(options)
    if options.examples is None:
        return one(function, numbers(function, options.numbers), options)
    return many(function, domains(function, options.domain), options)


def require_one_way(options: Any) -> None:
    """Raise Misuse unless there is either a point or a number of them."""
    if options.examples is None and options.domain:
        raise Misuse("--domain says where --examples are: add --examples 200")
    if options.examples is not None and options.examples < 1:
        raise Misuse(f"expected at least one of --examples, got {options.examples}")
    if options.examples is not None and options.numbers:
        given = " ".join(options.numbers)
        raise Misuse(f"expected either --examples or a point, got both: {given}")


def parser() -> Parser:
    """Return the parser of the command's options."""
    described = Parser(prog="python -m autograd check", usage=USAGE, description=__doc__)
    described.add_argument("function", help="package.module:function")
    described.add_argument("numbers", nargs="*", metavar="name=number", help="one per argument")
    described.add_argument("--examples", type=int, help="check at that many points")
    described.add_argument(
        "--domain", action="append", default=[], metavar="name=low:high", help="-2:2 by default"
    )
    described.add_argument("--order", type=int, choices=(1, 2), default=1, help="2: Hessian too")
    described.add_argument("--resolution", type=float, default=1e-6, help="relative error (1e-6)")
    described.add_argument("--seed", type=int, default=0, help="of points and steps (0)")
    return described


def found(name: str) -> Callable[..., Any]:
    """Return the function that "package.module:function" names."""
    module, colon, path = name.partition(":")
    if not colon or not path:
        raise Misuse(f"expected package.module:function, got {name!r}")
    if not all(module.split(".")) or "/" in module or module.endswith(".py"):
        raise Misuse(
            f"expected package.module:function, got {name!r}: name the module as `import` does, "
            "with dots, not the path of its file"
        )
    try:
        function: Any = importlib.import_module(module)
        for part in path.split("."):
            function = getattr(function, part)
    except (ImportError, AttributeError) as error:
        raise Misuse(f"cannot import {name}: {error}") from None
    except (Exception, SystemExit) as error:  # what the module does when it is imported
        raise Misuse(f"cannot import {name}: {type(error).__name__}: {error}") from None
    function = getattr(function, "function", function)  # what gradcheck wrapped
    if not callable(function):
        raise Misuse(f"expected a function, {name} is a {type(function).__name__}")
    if inspect.iscoroutinefunction(function):
        raise Misuse(f"expected a function, {name} is an async one: it returns no number")
    return function  # type: ignore[no-any-return]


def required(function: Callable[..., Any]) -> list[str]:
    """Return the names of the arguments that have no default."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        raise Misuse(f"the arguments of {function!r} are not known") from None
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [p.name for p in parameters if p.kind in positional and p.default is p.empty]


def pairs(texts: Sequence[str], form: str) -> dict[str, str]:
    split = [text.partition("=") for text in texts]
    for text, (name, equals, value) in zip(texts, split, strict=True):
        if not (name and equals and value):
            raise Misuse(f"expected {form}, got {text!r}")
    names = [name for name, _, _ in split]
    for name in names:
        if names.count(name) > 1:
            raise Misuse(f"{name} is given twice")
    return {name: value for name, _, value in split}


def numbers(function: Callable[..., Any], texts: Sequence[str]) -> tuple[Any, ...]:
    """Return f's arguments from "name=number"; a JSON list or object is a tree of numbers."""
    given, names = pairs(texts, "name=number"), required(function)
    if given.keys() != set(names):
        got = ", ".join(given) or "none"
        raise Misuse(f"expected a number for each of {', '.join(names)}; got {got}")
    return tuple(tree(name, given[name]) for name in names)


def tree(name: str, text: str) -> Any:
    """Return a number, or what a JSON list or object holds."""
    if text[:1] not in ("[", "{"):
        return number(name, text)
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise Misuse(f"expected a number for {name}, got {shorten(text)}") from None


def domains(function: Callable[..., Any], texts: Sequence[str]) -> dict[str, tuple[float, float]]:
    """Return the interval of each argument."""
    given, names = pairs(texts, "name=low:high"), required(function)
    unknown = given.keys() - set(names)
    if unknown:
        raise Misuse(f"there is no argument {', '.join(sorted(unknown))}, only {', '.join(names)}")
    return {name: interval(given.get(name, "-2:2")) for name in names}


def interval(text: str) -> tuple[float, float]:
    try:
        low, high = map(float, text.split(":"))
    except ValueError:
        raise Misuse(f"expected low:high, got {shorten(text)}") from None
    if not -math.inf < low <= high < math.inf:
        raise Misuse(f"expected low:high, both finite, low below high, got {text!r}")
    return low, high


def checked(function: Callable[..., Any], point: tuple[Any, ...], options: Any) -> Report:
    try:
        settings = {"order": options.order, "resolution": options.resolution}
        return check(function, point, seed=options.seed, **settings)
    except (Exception, SystemExit) as error:  # the function's own, too, which is no verdict
        raise Misuse(f"{type(error).__name__}: {error}") from error


def status(report: Report) -> int:
    if report.count(FAIL):
        return FAILED
    return PASSED if report else UNDECIDED


def one(function: Callable[..., Any], point: tuple[Any, ...], options: Any) -> int:
    """Print the report at one point; return the exit status."""
    report = checked(function, point, options)
    print(report)
    return status(report)


def many(function: Callable[..., Any], wanted: Any, options: Any) -> int:
    """Check at random points until one fails; print it, or what was found; return the status."""
    draw = random.Random(options.seed)
    counts: dict[str, int] = {}
    for done in range(1, options.examples + 1):
        point = tuple(draw.uniform(low, high) for low, high in wanted.values())
        report = checked(function, point, options)
        if report.count(FAIL):
            print(f"point {done} of {options.examples}: {report}\n\n{script(function, point)}")
            return FAILED
        for partial in report.partials:
            why = f": {kind_of(partial.reason)}" if partial.reason else ""
            counts[partial.verdict + why] = counts.get(partial.verdict + why, 0) + 1
    print(f"gradient check at {options.examples} points")
    print("\n".join(f"{count:8} {verdict}" for verdict, count in sorted(counts.items())))
    return PASSED if "PASS" in counts or not counts else UNDECIDED
