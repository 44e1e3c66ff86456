"""Every exception this package raises, and the words it raises them with."""

from collections.abc import Iterable

__all__ = [
    "AutogradError",
    "ExpressionError",
    "GradientCheckError",
    "NonFiniteError",
    "NotDifferentiableError",
    "StaleGraphError",
    "TraceError",
]


MODULUS = "pow of a Value takes no modulus: it has no derivative; got three arguments"


class AutogradError(Exception):
    """The base of the exceptions that only this package raises."""


class StaleGraphError(AutogradError, RuntimeError):
    """A recorded graph is older than the last assignment to one of its leaves."""


class NotDifferentiableError(AutogradError, RuntimeError):
    """A derivative was asked for that the recorded numbers cannot give."""


class NonFiniteError(AutogradError, ArithmeticError):
    """In `debug()`: an operation on finite numbers gave inf or nan."""


class ExpressionError(AutogradError, ValueError):
    """An expression on the command line cannot be read."""


class TraceError(AutogradError, RuntimeError):
    """A function that is being compiled does what a replay could not repeat."""


class GradientCheckError(AutogradError, AssertionError):
    """A gradient disagrees with finite differences."""


def not_a_number(x: object) -> str:  # noqa: PLR0911 - one per kind of thing
    """The text for an `x` that is no real number: what it is, and what to do instead."""
    kind = type(x)
    expected = "expected a real number"
    if hasattr(kind, "__autograd_record__"):
        return f"{expected}, got a {kind.__name__}; use it as it is, or x.detach() for a new leaf"
    if isinstance(x, str | bytes):
        return f"{expected}, got the {kind.__name__} {shorten(x)}; convert it first: float(...)"
    if x is None:
        return f"{expected}, got None; did a function forget to return its result?"
    if getattr(x, "shape", None) == () and not kind.__name__.startswith("complex"):
        return f"{expected}, got a {kind.__name__} of shape (); give its number: x.item()"
    if hasattr(kind, "__len__"):
        loop = "loop over its elements: [Value(v) for v in xs]"
        return f"{expected}, got a {kind.__name__}{shape(x)}; a Value holds one number, {loop}"
    if isinstance(x, complex) or kind.__name__.startswith("complex"):
        return f"{expected}, got the complex {x!r}; use its .real and .imag"
    return f"{expected}, got a {kind.__name__}; pass something that float() understands"


def too_large(x: object) -> str:
    """The text for a number beyond the largest float."""
    got = f"got one too large for it ({type(x).__name__}); inf is float('inf')"
    return f"expected a real number that a float can hold, {got}"


def shorten(x: object, width: int = 40) -> str:
    """`repr(x)`, cut in the middle when it is long."""
    text = repr(x)
    return text if len(text) <= width else f"{text[: width - 12]}...{text[-8:]}"


def shape(x: object) -> str:
    return f" of shape {x.shape}" if hasattr(x, "shape") else f" of length {len(x)}"  # type: ignore[arg-type]


def wrong_count(name: str, expected: str, got: int) -> str:
    return f"{name} takes {expected}, got {got}"


def by_position(name: str, named: Iterable[str]) -> str:
    return f"{name} takes its arguments by position, got {', '.join(named)} by keyword"


def no_float(name: str) -> str:
    return (
        f"{name} cannot become a float: the graph would be lost without a word. "
        "Use autograd's own functions (autograd.tanh(v), v.tanh()), or v.data for the number"
    )


def interior_data(name: str) -> str:
    return (
        f"the data of {name} is computed from its parents and cannot be assigned: "
        "assign a leaf's data, then call refresh() on the result"
    )


def stale(node: str, parent: str) -> str:
    return (
        f"{node} was computed before {parent} changed: "
        "call refresh() on the result to recompute the recorded graph, or build it anew"
    )


def renamed(kind: str, name: str, ours: str) -> str:
    return f"{kind!r} object has no attribute {name!r}; here it is {ours}"


def interior_pickle(name: str) -> str:
    return (
        f"cannot pickle {name}: it is computed, and a pickle would hold its whole graph. "
        "Pickle the leaves, or keep a snapshot: draw(y).to_dict()"
    )


def given_numbers(action: str) -> str:
    return (
        f"cannot {action} a node whose partials were given as numbers: "
        "give them as Values, or record the operation with a Primitive"
    )


def given_partials(parents: int, partials: int) -> str:
    return (
        f"expected one partial per parent: got {parents} parents and {partials} partials "
        "(a label is given by name: label=...)"
    )


def listed(names: Iterable[str]) -> str:
    """Names in quotes, for 'expected one of ...'."""
    return ", ".join(repr(name) for name in names)


# What a function that is being traced must not do with a Value, and what it can do instead.
UNTRACEABLE = {
    "data": "reads the data of {}: it would stay frozen. Use the Value itself; "
    "autograd.detach(x) is its number without its gradient",
    "grad": "reads the grad of {}: it would stay frozen. Use autograd.grad(...) for derivatives",
    "clear": "clears or assigns the grad of {}, which a replay would not repeat. "
    "Do it before or after the call",
    "text": "turns {} into text, which would stay frozen. Where that is to be printed: print the "
    "result, or the program of the compiled function",
    "float": "turns {} into a float, and the graph would be lost. "
    "Use autograd's own functions: autograd.tanh(x), x.tanh()",
    "partials": "reads the partials of {}: they would stay frozen. Use autograd.grad(...)",
    "assign": "assigns the data of {}, which a replay would not repeat. Return the new number "
    "and assign it after the call, or use autograd.extend.assign(leaf, number)",
    "become": "assigns a number to {}, which is an argument. "
    "Return the new number, or assign it to a leaf that is no argument",
    "backward": "calls backward on {}, which a replay would not repeat. "
    "Use autograd.grad(...) inside, or backward of the compiled function",
    "refresh": "refreshes {}, which a replay would not repeat. Compute it anew",
    "copy": "copies {}: the copy would stay frozen. Use the Value itself",
    "no_grad": "uses no_grad(), in which nothing is recorded. Use autograd.detach(...) for what "
    "has no gradient",
    "given": "uses {}, whose number and partials its maker computed. "
    "Record the operation with a Primitive",
}


def untraceable(name: str, what: str, subject: str, source: str | None) -> str:
    where = "" if source is None else f"\n  at {source}"
    return f"cannot trace {name}: it {UNTRACEABLE[what].format(subject)}{where}"


def no_double(name: str, number: int, source: str) -> str:
    return (
        f"cannot trace {name}: it compares a Value with the integer {shorten(number)}, which no "
        f"float equals. Compare with a float\n  at {source}"
    )


def too_many_branches(name: str, most: int, flips: str) -> str:
    return (
        f"cannot compile {name}: its comparisons came out in more than {most} ways. "
        f"Most part at {flips}: choose there with autograd.where, relu, maximum and the like, "
        "which are no comparisons, or leave the function as it is"
    )


def assigned_over_rows(leaf: str, source: str) -> str:
    return (
        f"cannot compile over rows a function that assigns to {leaf}: which row's would stay? "
        f"Compile a function of all rows at once, without in_axes\n  at {source}"
    )


def training_loop_in_mode() -> str:
    return (
        "cannot run a compiled training loop in debug(), which looks at every operation, nor in "
        "no_grad(): fit with compiled=False"
    )


def branch_on_random_input(name: str, source: str) -> str:
    return (
        f"cannot trace {name}: it branches on a random input at {source}; choose with "
        "autograd.where, or compile it without random inputs (a model: in eval())"
    )


def parameter_assigned(name: str, label: str | None) -> str:
    return (
        f"cannot run a compiled training loop: {name} assigns to a parameter, {label!r}, which the "
        "optimizer moves too: fit with compiled=False"
    )


def unknown_below(name: str, rule: str) -> str:
    return (
        f"cannot run a compiled training loop: {name} uses {rule}, a Primitive that only Python "
        "knows: write it with the engine's own, or fit with compiled=False"
    )


def not_an_update(name: str, sources: list[str]) -> str:
    what = f"compares numbers at {sources[0]}" if sources else "captures Values"
    return (
        f"cannot run a compiled training loop: {name} {what}. Write it with operators and "
        "primitives of its arguments (autograd.where, minimum, ...), or fit with compiled=False"
    )


def wrong_update(name: str, count: int, found: object) -> str:
    got = f"{len(found)}" if isinstance(found, tuple | list) else f"a {type(found).__name__}"
    return f"expected {name} to return (p, *state), {count} numbers in all, got {got}"


def not_a_length(name: str, problem: str, source: str) -> str:
    return (
        f"cannot trace {name}: {problem}. While it is traced its arguments are Values; a count, an "
        "index, a choice is a constant of the trace: pass it as a keyword argument"
        f"\n  at {source}"
    )
