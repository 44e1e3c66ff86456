"""The native engine where it was built, the reference beside it, and what each prints."""

import os
import subprocess
import sys

import pytest

from autograd.core.backend import native

PURE = {**os.environ, "AUTOGRAD_PURE_PYTHON": "1"}
built = pytest.mark.skipif(native is None, reason="the C accelerator is not built, or switched off")


def lines(*arguments, env=os.environ, module="tests.support.differential"):
    command = [sys.executable, "-m", module, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=env)
    return done.stderr.strip(), done.stdout.splitlines()
