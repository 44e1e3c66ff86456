"""A check as a script: what a person pastes into a file to see a failure again."""

import ast
import inspect
import re
import sys
import textwrap
from collections.abc import Callable, Iterator
from types import CodeType, ModuleType
from typing import Any

from autograd.core.ieee754 import as_float
from autograd.core.pytree import tree_map
from autograd.primitives import TABLE, Primitive
from autograd.value import Value

__all__ = ["binding", "definition", "script"]

# What a script can write down as it is.
PLAIN = (int, float, bool, str, bytes, tuple, list, dict, set, frozenset, type(None))


def script(f: Callable[..., Any], point: Any, **options: Any) -> str:
    """Return a Python script that checks f at the point.

    A function that can be imported is imported; any other is written out, where its source can be
    had, with what it uses.

    Args:
        f: the function.
        point: as `check` takes it.
        options: further arguments of `check`; those that are None are left out.

    >>> import math
    >>> print(script(math.gamma, 2.5))
    from autograd import *
    from math import gamma
    <BLANKLINE>
    print(check(gamma, 2.5))
    """
    at = repr(tree_map(plain, point))
    given = {name: x for name, x in options.items() if x is not None}
    named = {"f": f, **given}
    written_out = [definition(x, unused(name, x)) for name, x in named.items() if callable(x)]
    defined = [text for text in written_out if text]
    settings = "".join(f", {name}={text_of(x, name)}" for name, x in given.items())
    call = f"print(check({text_of(f, 'f')}, {at}{settings}))"
    odd = ["from math import inf, nan"] if re.search(r"\b(inf|nan)\b", at) else []
    lines = [*odd, *defined, "", call]
    return "\n".join(["from autograd import *", *unlisted("\n".join(lines)), *lines])


def unlisted(text: str) -> list[str]:
    """Return the line that imports the rows of the table which `import *` leaves out."""
    rows = {*TABLE, "Primitive"} - {*sys.modules["autograd"].__all__}
    used = sorted(name for name in rows if re.search(rf"\b{name}\(|check\({name},", text))
    return [f"from autograd import {', '.join(used)}"] if used else []


def plain(number: Any) -> Any:
    if isinstance(number, Value):
        return number.data
    return number if type(number) in (int, float) else as_float(number)


def text_of(option: Any, name: str) -> str:
    return name_of(option, unused(name, option)) if callable(option) else repr(option)


def unused(name: str, f: Any) -> str:
    """Return a name for a function without one that is none of those it uses."""
    used = inspect.getclosurevars(f) if inspect.isfunction(f) else None
    taken = {*used.globals, *used.nonlocals} if used else set()
    return f"{name}_" if name in taken else name


def name_of(f: Callable[..., Any], name: str) -> str:
    """Return a function's own name, or the name to give to one that has none."""
    if isinstance(f, Primitive):
        return f.name if TABLE.get(f.name) is f else name
    own = getattr(f, "__name__", type(f).__name__)
    return name if own == "<lambda>" else own


def definition(f: Any, name: str, within: tuple[Any, ...] = ()) -> str:
    """Return the lines that make a function's name known.

    Args:
        f: a function.
        name: what it is called when it has no name.
        within: the functions that its definition is part of.
    """
    if hasattr(f, "definition"):  # a RandomProgram
        return str(f.definition())
    if isinstance(f, Primitive) and TABLE.get(f.name) is f:
        return ""
    return imported(f) or written(f, name, within)


def imported(f: Any) -> str:
    """Return the line that imports a function; "" when its module does not hold it."""
    module, path = getattr(f, "__module__", None) or "", getattr(f, "__qualname__", "<")
    if module in ("", "__main__") or "<" in path or "." in path:
        return ""
    found, line = getattr(sys.modules.get(module), path, None), f"from {module} import {path}"
    if found is f:
        return line
    # `gradcheck` put a test in its place.
    tested = getattr(found, "function", None) is f
    return f"{line}\n{path} = {path}.function" if tested else ""


def written(f: Any, name: str, within: tuple[Any, ...]) -> str:
    """Return the source of a function, after what it uses; a comment when there is none."""
    source = source_of(f, name)
    if not source:
        return f"# {name_of(f, name)}: its source is not at hand"
    return "\n".join([*bindings(f, (*within, f)), source])


def bindings(f: Any, within: tuple[Any, ...]) -> Iterator[str]:
    """Yield lines that make known what a function uses besides its arguments."""
    used = inspect.getclosurevars(f)
    for name, x in {**used.globals, **used.nonlocals}.items():
        if getattr(sys.modules["autograd"], name, None) is x or any(x is each for each in within):
            continue
        importable = name in used.globals and f.__module__ != "__main__"
        if importable and not isinstance(x, ModuleType):
            yield f"from {f.__module__} import {name}"
        else:
            yield binding(name, x, within)


def binding(name: str, x: Any, within: tuple[Any, ...] = ()) -> str:
    """Return the line that gives a name what it stands for; a comment where that cannot be."""
    if isinstance(x, ModuleType):
        return f"import {x.__name__}" + (f" as {name}" if name != x.__name__ else "")
    if type(x) in PLAIN:
        return f"{name} = {x!r}"
    if isinstance(x, Value):
        return f"{name} = Value({x.data!r})"
    if callable(x) and hasattr(x, "__code__"):
        again = f"\n{name} = {name_of(x, name)}" if name_of(x, name) != name else ""
        return definition(x, name, within) + again
    return f"# {name}: a {type(x).__name__}, which cannot be written down"


def source_of(f: Any, name: str) -> str:
    """Return the source of a function without its decorators; "" when there is none."""
    try:
        if getattr(f, "__name__", "") == "<lambda>":
            return source_of_lambda(f, name)
        lines = textwrap.dedent(inspect.getsource(f)).splitlines()
    except (OSError, TypeError, SyntaxError):
        return ""
    while lines and not lines[0].startswith("def "):
        lines.pop(0)
    return "\n".join(lines)


def source_of_lambda(f: Any, name: str) -> str:
    """Return a lambda as a definition; "" when it cannot be told from its neighbours."""
    lines, _ = inspect.findsource(f)
    found = [
        ast.unparse(node)
        for node in ast.walk(ast.parse("".join(lines)))
        if isinstance(node, ast.Lambda) and holds(node, f.__code__)
    ]
    return f"{name} = {found[0]}" if len(found) == 1 else ""


def holds(node: ast.Lambda, code: CodeType) -> bool:
    """Whether a compiled function is this lambda: all of its code lies in the lambda's body."""
    body = node.body
    first, last = (body.lineno, body.col_offset), (body.end_lineno, body.end_col_offset)
    spans = [(a, c, b, d) for a, b, c, d in code.co_positions() if d]  # (line, column) twice
    return bool(spans) and all(first <= (a, c) and (b, d) <= last for a, c, b, d in spans)
