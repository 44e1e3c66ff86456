"""Graphviz, run as a program: found, given a time limit, its failures told plainly."""

import shutil
import subprocess

__all__ = ["SECONDS", "available", "render"]

SECONDS = 20.0


def available() -> bool:
    """Whether the program `dot` can be found."""
    return shutil.which("dot") is not None


def render(source: str, form: str, seconds: float | None = None) -> bytes:
    """Return what `dot` makes of DOT text.

    Args:
        source: the text.
        form: "svg", "png" or "pdf".
        seconds: how long it may take; `SECONDS` when not given.

    Raises:
        FileNotFoundError: when there is no `dot`.
        TimeoutError: when it takes longer.
        RuntimeError: when it refuses the text.
    """
    program = shutil.which("dot")
    limit = SECONDS if seconds is None else seconds
    if program is None:
        raise FileNotFoundError(
            f"{form} needs Graphviz's program dot, which is not on the PATH: install it "
            "(apt install graphviz, brew install graphviz, winget install graphviz), "
            "or draw with engine='builtin' and save as .svg"
        )
    try:
        done = subprocess.run(
            [program, f"-T{form}"],
            input=source.encode(),
            capture_output=True,
            timeout=limit,
            check=True,
        )
    except subprocess.TimeoutExpired:
        raise TimeoutError(f"dot took longer than {limit:g} s") from None
    except subprocess.CalledProcessError as problem:
        raise RuntimeError(f"dot failed: {problem.stderr.decode(errors='replace')}") from None
    return done.stdout
