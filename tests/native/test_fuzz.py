"""Random worlds of hostile objects, for seconds; `make sanitize` runs many more."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.engine


@pytest.mark.parametrize("seed", [0, 1000])
def test_no_hook_of_anybody_brings_the_process_down(seed):
    command = [sys.executable, "-m", "tests.native.fuzz", str(seed), "--worlds", "12"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "12 worlds" in done.stdout
