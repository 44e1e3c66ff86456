"""Programs run in a process of their own, since a fault of the C side takes the process with it."""

import subprocess
import sys
import textwrap

__all__ = ["runs"]


def runs(code: str, *, seconds: float = 120.0) -> str:
    """Run a program; return what it printed.

    Raises:
        AssertionError: when it does not end well, with what it told.
    """
    command = [sys.executable, "-X", "faulthandler", "-c", textwrap.dedent(code)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)
    assert done.returncode == 0, f"status {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout.strip()
