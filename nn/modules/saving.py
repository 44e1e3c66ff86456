"""The file format of saved parameters: JSON with exact floats, read with suspicion."""

import json
import math
import os
import re
from collections.abc import Mapping
from typing import Any

from autograd.extend import atomic_write

__all__ = ["FORMAT", "MAX_BYTES", "VERSION", "read_state", "write_state"]

FORMAT = "glassgrad.module"
VERSION = 1
MAX_BYTES = 256 * 1024 * 1024
WORDS = {"inf": math.inf, "-inf": -math.inf, "nan": math.nan}

# Up to the next bracket that is in no string.
FLAT = re.compile(r'(?:[^"{\[]++|"(?:[^"\\]++|\\.)*+"?)*+', re.DOTALL)


def write_state(path: atomic_write.StrPath, state: Mapping[str, float]) -> None:
    """Write names and numbers to a file that is replaced whole or not at all.

    Args:
        path: the file.
        state: numbers by name.
    """
    numbers = {name: x if math.isfinite(x) else str(x) for name, x in state.items()}
    document = {"format": FORMAT, "version": VERSION, "state": numbers}
    atomic_write.write_file(path, json.dumps(document, allow_nan=False, indent=1))


def read_state(path: atomic_write.StrPath) -> dict[str, float]:
    """Return the names and numbers that `write_state` wrote.

    Args:
        path: the file.

    Raises:
        ValueError: when the file is anything else, or larger than MAX_BYTES.
        OSError: when it cannot be read.
    """
    try:
        with open(path, "rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise ValueError(f"it is larger than {MAX_BYTES} bytes")
        return checked(parse(content.decode("utf-8")))
    except (ValueError, MemoryError) as error:
        reason = "it takes more memory than there is" if isinstance(error, MemoryError) else error
        raise ValueError(f"{os.fspath(path)!r} is no {FORMAT} file: {reason}") from None


def parse(text: str) -> Any:
    """What a text of JSON says, unless it nests deeper than `write_state` does."""
    require_flat(text)
    return json.loads(text, object_pairs_hook=unique, parse_constant=refuse)


def require_flat(text: str) -> None:
    """Raise ValueError for lists, and for more than two objects, before any of them is built.

    A small file can hold very many of them, and each takes dozens of bytes.
    """
    end = 0
    for _ in range(3):
        end = FLAT.match(text, end).end()  # type: ignore[union-attr]  # it matches nothing too
        if text[end : end + 1] != "{":
            break
        end += 1
    if end < len(text):
        raise ValueError("expected one object of numbers by name, got lists or more objects")


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The pairs as a dict; a name that comes twice is an error."""
    names = dict(pairs)
    if len(names) < len(pairs):
        raise ValueError("a name comes twice")
    return names


def refuse(word: str) -> Any:
    raise ValueError(f"{word} is not JSON: expected it as a string")


def checked(document: Any) -> dict[str, float]:
    """The numbers in a document of this format and version."""
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ValueError(f'expected an object with "format": "{FORMAT}"')
    version, state = document.get("version"), document.get("state")
    if type(version) is not int or version != VERSION:
        raise ValueError(f"expected version {VERSION}, got {version!r:.40}")
    if not isinstance(state, dict):
        raise ValueError('expected "state" to be an object of numbers by name')
    return {name: exact(name, x) for name, x in state.items()}


def exact(name: str, x: Any) -> float:
    """The float that a JSON number, or the word for a non-finite one, stands for."""
    if isinstance(x, str) and x in WORDS:
        return WORDS[x]
    if type(x) is float and math.isfinite(x):
        return x
    if type(x) is int and abs(x) <= 2**53:
        return float(x)
    raise ValueError(f'expected {name!r:.80} to be a float, "inf", "-inf" or "nan", got {x!r:.40}')
