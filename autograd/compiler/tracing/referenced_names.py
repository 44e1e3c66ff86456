"""Referenced names: what a function's code mentions: globals, closures, attributes."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from opcode import EXTENDED_ARG, opmap
from types import CodeType
from typing import Any

__all__ = ["Names", "names_of"]

# Code with these comes to names by their text.
BY_TEXT = {"eval", "exec", "getattr", "globals", "import_module", "locals", "vars"}
GLOBAL, CACHE = opmap["LOAD_GLOBAL"], 0
NAMED = {opmap[x] for x in ("LOAD_NAME", "IMPORT_NAME", "LOAD_FROM_DICT_OR_GLOBALS") if x in opmap}
CELLS = {
    opmap[x] for x in ("LOAD_DEREF", "LOAD_CLASSDEREF", "LOAD_FROM_DICT_OR_DEREF") if x in opmap
}
METHODS = {opmap[x] for x in ("LOAD_ATTR", "LOAD_METHOD") if x in opmap}
BELOW = int(sys.version_info >= (3, 12))  # one bit stands below the number of an attribute's name
# Containers, and what adds to them and reads nothing.
ADDED_TO = {list: {"append", "extend"}, set: {"add"}}
ADDING = set().union(*ADDED_TO.values())


@dataclass(frozen=True)
class Names:
    """The names in code, inner functions' too.

    Attributes:
        globals: the global names.
        attributes: those that may be of attributes.
        looked_into: the variables with which more is done than to add to what they stand for.
    """

    globals: dict[str, None]
    attributes: dict[str, None]
    looked_into: frozenset[str]

    def read(self, variables: dict[str, Any]) -> list[Any]:
        """What variables stand for, but for lists and sets that are only added to."""
        return [
            x for name, x in variables.items()
            if type(x) not in ADDED_TO or name in self.looked_into
        ]  # fmt: skip


@lru_cache(maxsize=4096)
def names_of(code: CodeType) -> Names:
    """The names that code uses."""
    inner = [names_of(each) for each in code.co_consts if isinstance(each, CodeType)]
    loads = [*loaded(code)]
    found = dict.fromkeys([name for kind, name, _ in loads if kind is not CELLS])
    attributes = dict.fromkeys(code.co_names)
    looked_into = {name for _, name, method in loads if method not in ADDING}
    if not BY_TEXT.isdisjoint(code.co_names):
        texts = dict.fromkeys([x for x in code.co_consts if type(x) is str and x.isidentifier()])
        found, attributes = found | texts, attributes | texts
        looked_into |= {*texts, *code.co_names, *code.co_freevars, *code.co_cellvars}
    for each in inner:
        found, attributes = found | each.globals, attributes | each.attributes
        looked_into |= each.looked_into
    return Names(found, attributes, frozenset(looked_into))


def loaded(code: CodeType) -> Iterator[tuple[Any, str, str | None]]:
    """Yield the variables that code loads from outside, and the method that each is loaded for."""
    steps = [*instructions(code)]
    for i, (operation, argument) in enumerate(steps):
        if operation == GLOBAL:
            yield GLOBAL, code.co_names[argument >> 1], method_in(code, steps[i + 1 : i + 2])
        elif operation in NAMED:
            yield NAMED, code.co_names[argument], None
        elif operation in CELLS:
            name = code._varname_from_oparg(argument)  # type: ignore[attr-defined]
            yield CELLS, name, method_in(code, steps[i + 1 : i + 2])


def method_in(code: CodeType, steps: list[tuple[int, int]]) -> str | None:
    """The method or attribute that an instruction loads."""
    for operation, argument in steps:
        if operation in METHODS:
            return str(code.co_names[argument >> BELOW])
    return None


def instructions(code: CodeType) -> Iterator[tuple[int, int]]:
    """Yield the instructions of code with their arguments."""
    wide, text = 0, code.co_code
    for operation, low in zip(text[::2], text[1::2], strict=True):
        argument = low | wide
        wide = argument << 8 if operation == EXTENDED_ARG else 0
        if operation not in (CACHE, EXTENDED_ARG):
            yield operation, argument
