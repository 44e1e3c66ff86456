"""Which arguments of a test are drawn, and which the caller gives: self, fixtures, parameters."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from autograd.checking.domains import Domain, domains_of
from autograd.checking.repro_script import binding, definition

__all__ = ["Shared"]

Parameter = inspect.Parameter
VARIADIC = (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)


class Shared:
    """A function whose arguments are shared between those that are drawn and those that are given.

    Drawn are those that `domain` names; where it is one for all, all that have no default, save
    self, cls and what `pytest.mark.parametrize` has named by then.

    Args:
        function: the test.
        domain: as `gradcheck` takes it.

    Raises:
        TypeError: when the function cannot return a number, as a coroutine function cannot.
        ValueError: when domain names an argument that the function does not have.
    """

    def __init__(self, function: Callable[..., Any], domain: Domain | Mapping[str, Domain]) -> None:
        require_number(function)
        self.function = function
        self.whole = signature_of(function)
        self.drawn = self.named(domain)
        given = [p for p in self.parameters() if p.name not in self.drawn]
        self.given = inspect.Signature(given)
        domains_of(self.at({}), domain)  # what is wrong with it is told before the test runs

    def parameters(self) -> list[Parameter]:
        """Return all parameters of the function."""
        return list(self.whole.parameters.values()) if self.whole else []

    def named(self, domain: Domain | Mapping[str, Domain]) -> list[str]:
        """Return the names of the arguments that are drawn."""
        required = [
            p.name for p in self.parameters() if p.default is p.empty and p.kind not in VARIADIC
        ]
        if not isinstance(domain, Mapping):
            given = {*required[:1]} & {"self", "cls"} | parametrized(self.function)
            return [name for name in required if name not in given]
        known = [p.name for p in self.parameters() if p.kind not in VARIADIC and p.name in domain]
        return known if len(known) == len(domain) else required

    def arguments(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a call gives, by name.

        Raises:
            TypeError: when it does not give what is not drawn.
        """
        try:
            return dict(self.given.bind(*args, **kwargs).arguments)
        except TypeError as error:
            name = getattr(self.function, "__name__", "the test")
            raise TypeError(
                f"{name}: {error}; expected a domain for each argument, or a fixture or a "
                f"parameter that gives it; drawn are {', '.join(self.drawn) or 'none'}"
            ) from None

    def at(self, given: Mapping[str, Any]) -> Callable[..., Any]:
        """Return the function of what is drawn alone, the other arguments being given."""
        kinds = {p.kind for p in self.parameters() if p.name in self.drawn}
        if not self.given.parameters and Parameter.KEYWORD_ONLY not in kinds:
            return self.function

        def f(*numbers: Any) -> Any:
            arguments = {**given, **dict(zip(self.drawn, numbers, strict=True))}
            assert self.whole is not None
            bound = inspect.BoundArguments(self.whole, arguments)  # type: ignore[arg-type]
            return self.function(*bound.args, **bound.kwargs)

        drawn = [Parameter(name, Parameter.POSITIONAL_OR_KEYWORD) for name in self.drawn]
        f.__name__ = f.__qualname__ = f"{self.function.__name__}_at"
        f.__signature__ = inspect.Signature(drawn)  # type: ignore[attr-defined]
        f.definition = lambda: self.written(given)  # type: ignore[attr-defined]
        return f

    def written(self, given: Mapping[str, Any]) -> str:
        """Return the source of the function of what is drawn, after what is given."""
        name = self.function.__name__
        others = [binding(key, x, ()) for key, x in given.items()]
        used = [p for p in self.parameters() if p.name in given or p.name in self.drawn]
        passed = [as_argument(p) for p in used]
        head = f"def {name}_at({', '.join(self.drawn)}):"
        call = f"    return {name}({', '.join(passed)})"
        return "\n".join([definition(self.function, name), *others, head, call])


def as_argument(p: Parameter) -> str:
    """Return how a parameter's own name is passed on to it."""
    if p.kind in VARIADIC:
        return "*" * (1 + VARIADIC.index(p.kind)) + p.name
    return f"{p.name}={p.name}" if p.kind is p.KEYWORD_ONLY else p.name


def signature_of(function: Callable[..., Any]) -> inspect.Signature | None:
    """Return the signature; None where it is not known, which `domains_of` tells."""
    try:
        return inspect.signature(function)
    except (TypeError, ValueError):
        return None


def parametrized(function: Callable[..., Any]) -> set[str]:
    """Return the names of the arguments that `pytest.mark.parametrize` gives already."""
    names: set[str] = set()
    for mark in getattr(function, "pytestmark", []):
        if mark.name == "parametrize":
            wanted = mark.args[0] if mark.args else mark.kwargs["argnames"]
            names.update(wanted.replace(",", " ").split() if isinstance(wanted, str) else wanted)
    return names


def require_number(function: Any) -> None:
    """Raise TypeError for what is called without giving a number."""
    kind = ""
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        kind = "a coroutine function: check a plain one, and run what it awaits before"
    elif inspect.isgeneratorfunction(function):
        kind = "a generator function: return the number, do not yield it"
    elif inspect.isclass(function):
        kind = "a class: decorate its methods"
    elif hasattr(function, "hypothesis"):
        kind = "a test made by hypothesis.given: give its strategies as domain={name: strategy}"
    elif not callable(function):
        kind = repr(function)
    if kind:
        raise TypeError(f"gradcheck: expected a function that returns a number, got {kind}")
