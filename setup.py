"""Builds the C accelerator where that is possible; everything else is in pyproject.toml.

`AUTOGRAD_PURE_PYTHON=1` leaves it out, which makes a wheel for every platform.
`GLASSGRAD_CFLAGS` adds options for the compiler and the linker, as `make sanitize` does.
`GLASSGRAD_POISON=1` fills all memory with signalling NaNs before it is written to, the stack (with
gcc 12 or clang) with other large numbers: `make poison` tests that nothing reads it before.
"""

import os
import sys
from pathlib import Path
from typing import Any

from setuptools import Extension, find_packages, setup
from setuptools.command.build_ext import build_ext

NATIVE = Path("autograd/native")
PURE = (
    os.environ.get("AUTOGRAD_PURE_PYTHON", "0") not in ("", "0")
    or sys.implementation.name != "cpython"
)
EXTRA = os.environ.get("GLASSGRAD_CFLAGS", "").split()
if os.environ.get("GLASSGRAD_POISON", "0") not in ("", "0"):
    EXTRA += ["-DGLASSGRAD_POISON", "-ftrivial-auto-var-init=pattern"]
# One rounding for each operation, on every machine; no libm function folded or merged away.
EXACT = ["-O2", "-ffp-contract=off", "-fno-builtin", "-Wall", "-Wextra"]
# Only Python calls in here: what the files share, they reach without a detour.
ALONE = ["-fvisibility=hidden"]


class OptionalBuild(build_ext):
    """Builds extensions, and says in one line where that failed and what it means."""

    def build_extension(self, ext: Any) -> None:
        """Build one extension, or tell that it is left out."""
        if self.compiler.compiler_type == "unix":
            ext.extra_compile_args = [*EXACT, *ALONE, *EXTRA]
            ext.extra_link_args = [*ext.extra_link_args, *EXTRA]
        try:
            super().build_extension(ext)
        except Exception as error:  # whatever it is, the reference engine does without
            reason = str(error).strip().splitlines()
            print(
                f"glassgrad: no C accelerator ({reason[-1] if reason else type(error).__name__}); "
                "it works all the same, in plain Python",
                file=sys.stderr,
            )


CORE = Extension(
    "autograd.native.core",
    sources=sorted(str(path) for path in NATIVE.rglob("*.c")),
    depends=sorted(str(path) for path in NATIVE.rglob("*.h")),
    include_dirs=[str(NATIVE)],  # an include names the room: "node/node.h"
    optional=True,
)

# What pytest and Hypothesis load by themselves is installed beside `autograd`, not inside it:
# importing a module of a package imports the package, and with it the engine.
PLUGINS = "autograd.checking.plugins"

setup(
    packages=[
        *find_packages(include=["autograd*", "nn*"], exclude=[PLUGINS]),
        "glassgrad_plugins",
    ],
    package_dir={"glassgrad_plugins": PLUGINS.replace(".", "/")},
    ext_modules=[] if PURE else [CORE],
    cmdclass={"build_ext": OptionalBuild},
)
