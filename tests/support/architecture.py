"""Who imports whom, and how long things are: read from the source with `ast`."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("autograd", "nn")

Edges = dict[str, set[str]]


def sources() -> dict[str, str]:
    """Return the text of every module of ours, by its dotted name."""
    files = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    return {module_name(path): path.read_text(encoding="utf-8") for path in files}


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def imported(text: str) -> Iterator[tuple[str, str]]:
    """Yield (module, name) for all that a module imports, inside functions too."""
    for node in running(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.module or "", alias.name) for alias in node.names)


def running(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what is below a node, without what only type checkers read."""
    if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
        return
    yield node
    for child in ast.iter_child_nodes(node):
        yield from running(child)


def edges(texts: Mapping[str, str]) -> Edges:
    """Return, for each of our modules, those of ours that it imports."""
    found: Edges = {module: set() for module in texts}
    for module, text in texts.items():
        for package, name in imported(text):
            target = f"{package}.{name}" if f"{package}.{name}" in texts else package
            if target.split(".")[0] in PACKAGES:
                found[module].add(target)
    return found


def unit(module: str) -> str:
    """The row of the table a module belongs to: a package in autograd is one row, but for core."""
    parts = module.split(".")
    if parts[1:2] == ["core"] and len(parts) > 2:
        return f"core.{parts[2]}"
    return parts[1] if len(parts) > 1 else parts[0]


def units(found: Edges) -> Edges:
    """Join the modules of each package."""
    joined: Edges = {}
    for module, targets in found.items():
        others = {unit(target) for target in targets} - {unit(module)}
        joined.setdefault(unit(module), set()).update(others)
    return joined


def not_allowed(found: Edges, allowed: Mapping[str, Iterable[str]]) -> list[str]:
    """Return what imports more than it may, in words."""
    return [
        f"{name} imports {', '.join(sorted(extra))}"
        for name, targets in sorted(found.items())
        if (extra := targets - set(allowed.get(name, ())))
    ]


def cycle(found: Edges) -> list[str]:
    """Return modules that import each other in a ring; none when there is no such ring."""
    left = {name: set(targets) & set(found) for name, targets in found.items()}
    while free := [name for name, targets in left.items() if not targets & set(left)]:
        for name in free:
            del left[name]
    return sorted(left)


def bodies(text: str) -> Iterator[tuple[str, int]]:
    """Yield each function's name and the length of its body in lines, docstring left out."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            yield node.name, (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def too_long(texts: Mapping[str, str], limit: int) -> list[str]:
    """Return the functions whose bodies are longer than `limit` lines, in words."""
    return [
        f"{module}.{name} has {lines} lines"
        for module, text in texts.items()
        for name, lines in bodies(text)
        if lines > limit
    ]
