"""An environment of its own for every peer, and how to run a workload in one."""

import json
import os
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

__all__ = ["PEERS", "measure", "python_of"]

HERE = Path(__file__).parent
ROOT = HERE.parent
PEERS = HERE / ".peers"
# What pip installs for each peer; glassgrad runs in the project's own environment.
PACKAGES = {
    "micrograd": ["micrograd==0.1.0"],
    "xad": ["xad==1.5.2"],
    "casadi": ["casadi==3.8.2"],
    "names": ["names==0.3.0"],  # the data of a workload
    # These are heavy, and built only where a workload asks for them.
    "torch": ["torch==2.13.0", "numpy==2.4.6"],
    "jax": ["jax==0.10.2"],
    # Imported by the same name as this project, which its environment therefore must not hold.
    "hips": ["autograd==1.9.1"],
}


def python_of(engine: str) -> str:
    """Return the Python that has the engine, building its environment at the first use."""
    if engine not in PACKAGES:
        return sys.executable
    home = PEERS / engine
    python = home / "bin" / "python"
    if not (home / "ready").exists():
        print(f"building an environment for {engine} ...", file=sys.stderr)
        venv.create(home, with_pip=True, clear=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *PACKAGES[engine]], check=True)
        (home / "ready").touch()
    return str(python)


def measure(workload: str, engine: str, *arguments: object, given: Any = None) -> Any:
    """Run `workloads/<workload>.py engine ...` in the engine's environment; return its JSON.

    The engine "glassgrad" is ours as it is installed, "reference" the same in plain Python.  What
    is given goes to the script's standard input, as JSON.
    """
    script = HERE / "workloads" / f"{workload}.py"
    command = [python_of(engine), str(script), engine, *map(str, arguments)]
    # A peer's environment must not see this project, and ours must.
    ours = {"PYTHONPATH": str(ROOT), "AUTOGRAD_PURE_PYTHON": "1" if engine == "reference" else "0"}
    settings = {**os.environ, "PYTHONPATH": "", **({} if engine in PACKAGES else ours)}
    text = json.dumps(given)
    result = subprocess.run(
        command, check=True, input=text, stdout=subprocess.PIPE, text=True, env=settings
    )
    return json.loads(result.stdout)
