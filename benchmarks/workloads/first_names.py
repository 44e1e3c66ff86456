"""The first names of the package `names` (those of the US census of 1990), shuffled, as JSON.

usage: first_names.py ENGINE COUNT
"""

import json
import random
import sys
from pathlib import Path


def main() -> None:
    from names import FILES  # noqa: PLC0415

    lines = [
        line
        for kind in ("first:female", "first:male")
        for line in Path(FILES[kind]).read_text(encoding="ascii").splitlines()
    ]
    found = sorted({line.split()[0].lower() for line in lines})
    random.Random(0).shuffle(found)
    print(json.dumps(found[: int(sys.argv[2])]))


if __name__ == "__main__":
    main()
