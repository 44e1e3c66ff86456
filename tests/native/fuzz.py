"""Run random worlds of hostile objects: `python -m tests.native.fuzz SEED --seconds N`.

What a world does follows from its seed but for threads and alarms.  The seed that is under way is
printed, so that it is known where the process was lost.
"""

import argparse
import faulthandler
import itertools
import sys
import time

import autograd
from tests.native.deeds import ACTIONS
from tests.native.world import World

STEPS = 150


def main() -> None:
    """Run worlds, of seeds counted up from the first."""
    parser = argparse.ArgumentParser(prog="tests.native.fuzz")
    parser.add_argument("seed", type=int, nargs="?", default=0)
    parser.add_argument("--seconds", type=float, default=float("inf"))
    parser.add_argument("--worlds", type=int, default=None)
    given = parser.parse_args()
    faulthandler.enable()
    sys.unraisablehook = lambda _: None  # hooks raise where nobody can catch it, too
    sys.setswitchinterval(1e-5)
    begun, done = time.monotonic(), 0
    seeds = itertools.count(given.seed)
    for seed in seeds if given.worlds is None else itertools.islice(seeds, given.worlds):
        if time.monotonic() - begun > given.seconds:
            break
        print(f"\rseed {seed}", end="", file=sys.stderr, flush=True)
        World(seed, ACTIONS).run(STEPS)
        done += 1
    print(f"\n{done} worlds over the {autograd.backend} engine", flush=True)


if __name__ == "__main__":
    main()
