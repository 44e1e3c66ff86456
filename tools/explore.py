"""Runs every property test on new examples, over both engines in turn, until the time is up.

usage: python -m tools.explore [MINUTES [arguments of pytest: files, -k ...]]

For each test that fails it prints the example and a command that finds it again.  The status is 1
if there was any.
"""

import os
import random
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

ENGINES = ("native", "python")
OPTIONS = [
    "-q", "--hypothesis-profile=explore", "-p", "tools.explore", "-p", "no:cacheprovider",
    "-m", "hypothesis and not long",
]  # fmt: skip
# The file that a round tells its failures in, and the seed that it has.
FOUND, SEED = "GLASSGRAD_EXPLORE_FOUND", "GLASSGRAD_EXPLORE_SEED"


def engine_of(name: str) -> dict[str, str]:
    """The variable that asks for an engine."""
    return {"AUTOGRAD_PURE_PYTHON": "1" if name == "python" else "0"}


def command(test: str, engine: str, seed: int) -> str:
    """A line for the shell that runs one test on the examples of one round."""
    asked = " ".join(f"{name}={value}" for name, value in engine_of(engine).items())
    options = f"--hypothesis-profile=explore --hypothesis-seed={seed}"
    return f"{asked} {sys.executable} -m pytest {shlex.quote(test)} {options}"


# -- a round, within pytest: this module is its plugin ---------------------------------------------


def pytest_collection_modifyitems(items: list[Any]) -> None:
    """Put the tests in another order each time, so that a round that is cut short misses others."""
    random.Random(int(os.environ[SEED])).shuffle(items)


def pytest_runtest_logreport(report: Any) -> None:
    """Write down what failed."""
    if report.failed:
        with Path(os.environ[FOUND]).open("a") as file:
            file.write(f"{report.nodeid}\0{shown(report.longreprtext)}\0")


def shown(text: str) -> str:
    """The error and the example, out of all that pytest tells."""
    lines = [line for line in text.splitlines() if line.startswith("E ")]
    return "\n".join(line[1:].rstrip() for line in lines) or text


# -- the rounds ------------------------------------------------------------------------------------


def round_of(
    engine: str, seed: int, seconds: float, chosen: Sequence[str] = ()
) -> Iterator[tuple[str, str]]:
    """Yield the tests that fail in one run of all, and how."""
    with tempfile.TemporaryDirectory() as folder:
        found = Path(folder, "found")
        found.touch()
        asked = {**os.environ, **engine_of(engine), FOUND: str(found), SEED: str(seed)}
        arguments = [*OPTIONS, f"--hypothesis-seed={seed}", *chosen]
        run = subprocess.Popen(
            [sys.executable, "-m", "pytest", *arguments],
            env=asked, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        output, cut = ended(run, seconds)
        told = found.read_text().split("\0")[:-1]
        yield from zip(told[::2], told[1::2], strict=True)
        # 0: all passed; 1: some failed, and told so; 5: none was chosen.
        if not cut and run.returncode not in ((0, 1, 5) if told else (0, 5)):
            yield f"(status {run.returncode} of the whole run)", output


def ended(run: "subprocess.Popen[str]", seconds: float) -> tuple[str, bool]:
    """Wait for a run; return what it printed, and whether it was cut short as its time was up."""
    try:
        return run.communicate(timeout=max(seconds, 0.0))[0], False
    except subprocess.TimeoutExpired:
        run.send_signal(signal.SIGINT)
        return run.communicate()[0], True


def explore(minutes: float, chosen: Sequence[str] = ()) -> int:
    """Run rounds until the time is up; return how many tests failed."""
    end, failed, rounds = time.monotonic() + 60.0 * minutes, set[tuple[str, str]](), 0
    while time.monotonic() < end:
        engine, seed = ENGINES[rounds % len(ENGINES)], random.SystemRandom().randrange(2**32)
        rounds += 1
        print(f"round {rounds}: engine {engine}, seed {seed}", flush=True)
        for test, how in round_of(engine, seed, end - time.monotonic(), chosen):
            if (test, engine) not in failed:
                failed.add((test, engine))
                print(f"\n{test} fails in the {engine} engine:\n{how}", flush=True)
                print(f"reproduce it with:\n  {command(test, engine, seed)}\n", flush=True)
    print(f"{rounds} rounds in {minutes:g} minutes: {len(failed)} failed")
    return len(failed)


if __name__ == "__main__":
    sys.exit(explore(float(sys.argv[1]) if len(sys.argv) > 1 else 10.0, sys.argv[2:]) > 0)
