"""The tests of memory that runs out, over a build of the C code that has hooks for them."""

import os
import shutil
import subprocess
import sys

from tests.support.architecture import ROOT
from tests.support.native_build import built

PARTS = ("autograd", "nn", "tests", "tools")
FILES = ("setup.py", "pyproject.toml", "README.md", "LICENSE")
# Unoptimised: it is built for one run.
FLAGS = {"GLASSGRAD_CFLAGS": "-O0 -DGLASSGRAD_TEST_HOOKS", "NO_SKIPS": ""}


def run(folder, *arguments):
    command, env = [sys.executable, *arguments], {**os.environ, **FLAGS}
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=env, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@built
def test_any_allocation_may_fail_and_none_is_lost(tmp_path):
    for part in PARTS:
        ignore = shutil.ignore_patterns("*.so", "__pycache__")
        shutil.copytree(ROOT / part, tmp_path / part, ignore=ignore)
    for name in FILES:
        shutil.copy(ROOT / name, tmp_path)
    run(tmp_path, "setup.py", "--quiet", "build_ext", "--inplace")
    output = run(tmp_path, "-m", "pytest", "-q", "-p", "no:cacheprovider",
                 "tests/native/test_memory_hooks.py")  # fmt: skip
    assert "10 passed" in output
