"""One process, several interpreters, several imports: each runs an engine, and the process ends."""

import pytest

from autograd.core.backend import native
from tests.native.children import runs

pytestmark = pytest.mark.engine

built = pytest.mark.skipif(native is None, reason="the C accelerator is not built, or switched off")

# `kind` is "legacy", which shares the interpreter's lock, or "isolated".
SECOND = """
    import sys
    try:
        import _interpreters as interpreters
    except ImportError:
        import _xxsubinterpreters as interpreters

    def run(kind, code):
        code = f"import sys; sys.path[:0] = {sys.path!r}\\n" + code
        if hasattr(interpreters, "exec"):  # from Python 3.13 on
            one = interpreters.create(kind)
            failed = interpreters.exec(one, code)
            assert failed is None, failed
        else:
            one = interpreters.create(isolated=kind == "isolated")
            interpreters.run_string(one, code)
        interpreters.destroy(one)
"""
USE = (
    "import autograd; x = autograd.Value(3.0); y = x * x.tanh(); y.backward(); "
    "fast = autograd.compile(lambda x: x * x); "
    "print(autograd.backend, fast(3.0), flush=True)"
)


@pytest.mark.parametrize("kind", ["legacy", "isolated"])
@pytest.mark.parametrize("order", ["main first", "main last", "main between"])
def test_a_second_interpreter_runs_the_reference(kind, order):
    main = f"exec({USE!r})\n"
    second = f"run({kind!r}, {USE!r})\n"
    program = {
        "main first": main + second,
        "main last": second + main,
        "main between": second + main + second + main,
    }[order]
    backend = "python" if native is None else "native"
    expected = [f"{backend} 9.0" if part == main else "python 9.0"
                for part in program.splitlines(keepends=True)]  # fmt: skip
    assert runs(SECOND.replace("\n    ", "\n") + program).splitlines() == expected


@built
def test_the_extension_itself_says_in_one_line_that_it_is_for_the_main_interpreter():
    code = SECOND.replace("\n    ", "\n") + (
        "run('legacy', '''if 1:\n"
        " try:\n  from autograd.native import core\n"
        " except ImportError as error:\n  print(error, flush=True)''')\n"
    )
    assert runs(code) == (
        "the accelerator runs in the main interpreter alone; in others, autograd runs in plain "
        "Python"
    )


@built
def test_a_second_import_runs_the_reference_and_leaves_the_first_alone():
    code = """
        import sys, autograd
        x = autograd.Value(3.0)
        for name in [name for name in sys.modules if name.split(".")[0] == "autograd"]:
            del sys.modules[name]
        import autograd as again
        y = again.Value(2.0) * 3.0
        y.backward()
        (x * x).backward()
        print(autograd.backend, again.backend, x.grad, y.data)
    """
    assert runs(code) == "native python 6.0 6.0"


def test_the_class_of_results_is_made_once():
    code = """
        from autograd import Value
        from autograd.core.backend import native
        class Open(Value): pass
        class Lean(Value): __slots__ = ()
        class Weak(Value): __slots__ = ("__weakref__",)
        class Wide(Value): __slots__ = ("more",)
        for kind in (Value, Open, Lean, Weak, Wide, int, object, 3):
            try:
                native and native.value_type(kind)
            except TypeError as error:
                assert "got a second call" in str(error), error
            else:
                assert not native
        xs = [Value(1.0) * kind(2.0) for kind in (Open, Lean, Weak, Wide) for _ in range(1000)]
        print({type(x) for x in xs} == {Value})
    """
    assert runs(code) == "True"
