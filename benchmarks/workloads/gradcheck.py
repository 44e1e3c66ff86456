"""What a peer's own gradient check, at its defaults, says of functions that come as text.

usage: gradcheck.py PEER float64|float32 < cases.json

A case is [source, point, i, error]: check the derivative by input i, which an identity with a
wrong rule makes 1 + error times the right one.  Prints the peer's version and its verdicts.
"""

import contextlib
import io
import json
import sys
import warnings
from collections.abc import Callable
from typing import Any

# Takes a function, where to check it, and the error to plant; says whether the check passes.
Checker = Callable[[Callable[[Any], Any], float, float], bool]


def torch_checker(precision: str) -> tuple[str, dict[str, Any], Checker]:
    import torch  # noqa: PLC0415

    def tensor(x: Any) -> Any:
        return torch.as_tensor(x, dtype=torch.float64)

    class Scaled(torch.autograd.Function):  # type: ignore[misc]
        @staticmethod
        def forward(ctx: Any, x: Any, error: float) -> Any:
            ctx.error = error
            return x.clone()

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * (1.0 + ctx.error), None

    def passes(f: Callable[[Any], Any], x: float, error: float) -> bool:
        leaf = torch.tensor(x, dtype=torch.float64, requires_grad=True)
        checked = (lambda t: f(Scaled.apply(t, error))) if error else f
        return bool(torch.autograd.gradcheck(checked, (leaf,), raise_exception=False))

    def lifted(call: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *xs: call(*map(tensor, xs))

    shared = ("exp", "log", "sqrt", "tanh", "sin", "cos", "relu", "maximum", "minimum")
    names = {name: lifted(getattr(torch, name)) for name in shared}
    return torch.__version__, names, passes


def jax_checker(precision: str) -> tuple[str, dict[str, Any], Checker]:
    import jax  # noqa: PLC0415
    from jax import numpy as jnp  # noqa: PLC0415
    from jax.test_util import check_grads  # noqa: PLC0415

    jax.config.update("jax_enable_x64", precision == "float64")

    def scaled(error: float) -> Callable[[Any], Any]:
        wrong = jax.custom_jvp(lambda x: x)
        wrong.defjvp(lambda primals, tangents: (primals[0], tangents[0] * (1.0 + error)))
        return wrong  # type: ignore[no-any-return]

    def passes(f: Callable[[Any], Any], x: float, error: float) -> bool:
        wrong = scaled(error)
        checked = (lambda t: f(wrong(t))) if error else f
        return succeeds(lambda: check_grads(checked, (jnp.asarray(x),), order=1))

    names = {name: getattr(jnp, name) for name in ("exp", "log", "sqrt", "tanh", "sin", "cos")}
    names |= {"relu": jax.nn.relu, "maximum": jnp.maximum, "minimum": jnp.minimum}
    return jax.__version__, names, passes


def hips_checker(precision: str) -> tuple[str, dict[str, Any], Checker]:
    from importlib.metadata import version  # noqa: PLC0415

    import autograd.numpy as np  # type: ignore[import-not-found]  # noqa: PLC0415
    from autograd.test_util import (  # type: ignore[import-not-found]  # noqa: PLC0415
        check_grads,
    )

    from autograd.extend import (  # type: ignore[attr-defined]  # noqa: PLC0415
        defjvp,
        defvjp,
        primitive,
    )

    def scaled(error: float) -> Callable[[Any], Any]:
        wrong = primitive(lambda x: 1.0 * x)
        defvjp(wrong, lambda z, x: lambda g: g * (1.0 + error))
        defjvp(wrong, lambda g, z, x: g * (1.0 + error))
        return wrong  # type: ignore[no-any-return]

    def passes(f: Callable[[Any], Any], x: float, error: float) -> bool:
        wrong = scaled(error)
        checked = (lambda t: f(wrong(t))) if error else f
        return succeeds(lambda: check_grads(checked)(x))

    names = {name: getattr(np, name) for name in ("exp", "log", "sqrt", "tanh", "sin", "cos")}
    names |= {"maximum": np.maximum, "minimum": np.minimum}
    names["relu"] = lambda x: np.maximum(x, 0.0)
    return version("autograd"), names, passes


def succeeds(check: Callable[[], object]) -> bool:
    try:
        check()
    except AssertionError:
        return False
    return True


PEERS = {"torch": torch_checker, "jax": jax_checker, "hips": hips_checker}


def verdict(passes: Checker, names: dict[str, Any], case: list[Any]) -> str:
    """Return PASS or FAIL, or the name of what else the peer raised."""
    source, point, i, error = case
    space = dict(names)
    exec(source, space)
    try:
        right = passes(lambda t: space["f"](*point[:i], t, *point[i + 1 :]), point[i], error)
    except Exception as problem:  # whatever it is, it is the peer's verdict
        return f"raises {type(problem).__name__}: {str(problem)[:200]}"
    return "PASS" if right else "FAIL"


def main() -> None:
    warnings.simplefilter("ignore")  # of NumPy, where a step leaves the domain
    version, names, passes = PEERS[sys.argv[1]](sys.argv[2])
    cases = json.load(sys.stdin)
    with contextlib.redirect_stdout(io.StringIO()):
        verdicts = [verdict(passes, names, case) for case in cases]
    print(json.dumps({"version": version, "verdicts": verdicts}))


if __name__ == "__main__":
    main()
