import importlib
import subprocess
import sys

import pytest

import autograd
from autograd import extend
from tests.support.architecture import (
    ROOT,
    cycle,
    edges,
    imported,
    not_allowed,
    sources,
    too_long,
    units,
)

# Every edge between the rows of the engine, lowest first.  A new one is a decision.
ALLOWED: dict[str, set[str]] = {
    "errors": set(),
    "core.identity_list": set(),
    "core.differentiable": set(),
    "core.atomic_write": set(),
    "core.settings": {"errors"},
    "native": set(),
    "core.backend": {"native"},
    "core.caller": set(),
    "core.forks": {"core.backend"},
    "core.frames": set(),
    "core.scope_table": set(),
    "core.clock": {"core.backend"},
    "core.modes": {"core.backend", "core.clock", "core.forks", "core.frames", "core.scope_table"},
    "core.debugging": {"core.modes", "errors"},
    "core.pytree": set(),
    "core.ieee754": {"errors"},
    "core.primitive": {"core.backend", "core.caller", "core.debugging", "core.ieee754", "errors"},
    "core.derivative_functions": {"core.ieee754"},
    "primitives": {"core.derivative_functions", "core.ieee754", "core.primitive"},
    "core.precomputed": {"core.ieee754", "errors"},
    "core.scopes": {"core.backend", "core.frames", "core.modes"},
    "core.node": set(),
    "toposort": {"core.clock", "core.node", "errors"},
    "backward": {
        "core.clock", "core.debugging", "core.ieee754", "core.modes", "core.node",
        "core.primitive", "toposort",
    },
    "core.copying": {"core.node", "errors", "toposort"},
    "core.ufuncs": {"core.ieee754", "core.node", "primitives"},
    "core.operators": {
        "backward", "core.caller", "core.clock", "core.debugging", "core.ieee754", "core.modes",
        "core.node", "core.primitive", "errors",
    },
    "core.value_methods": {
        "backward", "core.copying", "core.modes", "core.node", "core.operators",
        "core.precomputed", "core.primitive", "core.ufuncs", "errors", "primitives", "toposort",
    },
    "value": {
        "backward", "core.backend", "core.caller", "core.clock", "core.identity_list",
        "core.ieee754", "core.modes", "core.node", "core.operators", "core.precomputed",
        "core.primitive", "core.value_methods", "errors", "primitives", "toposort",
    },
    "core": set(),
    "extend": {
        "core.atomic_write", "core.clock", "core.debugging", "core.identity_list", "core.ieee754",
        "core.modes", "core.primitive", "core.scopes", "core.settings", "errors", "primitives",
        "toposort", "value",
    },
    "core.symbols": {"core.primitive", "primitives"},
    "core.untaken_branches": {
        "backward", "core.debugging", "core.modes", "core.pytree", "toposort",
    },
    "chain_rule": {
        "backward", "core.clock", "core.debugging", "core.primitive", "core.untaken_branches",
        "primitives", "toposort", "value",
    },
    "transforms": {
        "chain_rule", "core.clock", "core.differentiable", "core.ieee754", "core.modes",
        "core.pytree", "core.settings", "core.untaken_branches", "primitives", "toposort", "value",
    },
    "compiler": {
        "backward", "chain_rule", "core.backend", "core.caller", "core.clock", "core.debugging",
        "core.ieee754", "core.modes", "core.precomputed", "core.primitive", "core.pytree",
        "core.settings", "core.untaken_branches", "drawing", "errors", "extend", "primitives",
        "toposort", "transforms", "value",
    },
    "drawing": {
        "backward", "chain_rule", "core.atomic_write", "core.ieee754", "core.modes", "core.pytree",
        "core.settings", "core.symbols", "errors", "primitives", "toposort", "value",
    },
    "checking": {
        "backward", "chain_rule", "core.clock", "core.debugging", "core.ieee754", "core.modes",
        "core.pytree", "core.settings", "errors", "primitives", "toposort", "transforms", "value",
    },
}  # fmt: skip


# These stand above everything: the public names, and the command line.
TOP = {"autograd", "__main__", "cli"}

# Lines a file may have; those that have more, and may not grow.
FILE_LIMIT = 250
LONGER = {
    "autograd.value": 295,
    "autograd.transforms": 290,
    "autograd.drawing.graph": 400,
}
FUNCTION_LIMIT = 40

TEXTS = sources()
EDGES = edges(TEXTS)


def engine(found):
    return {name: targets for name, targets in found.items() if name.split(".")[0] == "autograd"}


def rows():
    joined = units(engine(EDGES))
    return {name: targets for name, targets in joined.items() if name not in TOP}


def test_every_row_of_the_engine_imports_only_what_it_may():
    assert not_allowed(rows(), ALLOWED) == []


def test_every_row_of_the_engine_is_in_the_table():
    assert rows().keys() <= ALLOWED.keys()


def test_the_table_of_edges_has_no_cycle():
    assert cycle({name: set(targets) for name, targets in ALLOWED.items()}) == []


@pytest.mark.parametrize("package", ["autograd", "nn"])
def test_no_modules_import_each_other_in_a_ring(package):
    # A package's __init__ names its modules, which do not import it back.
    found = {module: targets for module, targets in EDGES.items() if module.startswith(package)}
    assert cycle({m: t - {"autograd", "nn", m} for m, t in found.items()}) == []


def test_nn_imports_only_public_names():
    public = {"autograd": {*vars(autograd), *autograd.__all__}, "autograd.extend": extend.__all__}
    for module, text in TEXTS.items():
        if module.split(".")[0] == "nn":
            for package, name in imported(text):
                if package.split(".")[0] == "autograd":
                    assert name in public[package], f"{module} imports {name} from {package}"


def test_only_the_command_that_runs_the_demo_imports_nn():
    importers = {m for m in engine(EDGES) if any(t.split(".")[0] == "nn" for t in EDGES[m])}
    assert importers == {"autograd.cli.demo_command"}


# -- what importing costs -------------------------------------------------------------------------

ISOLATED = "import sys; before = set(sys.modules); import {}; print(*set(sys.modules) - before)"


def modules_after(package):
    command = [sys.executable, "-c", ISOLATED.format(package)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in done.stdout.split()}


def foreign(names):
    return {n for n in names if n not in sys.stdlib_module_names} - {"autograd", "nn"}


@pytest.mark.parametrize("package", ["autograd", "nn"])
def test_importing_imports_no_third_party_package(package):
    assert foreign(modules_after(package)) == set()


# Inside functions too: what a test asks for, and what pytest and Hypothesis load on their own.
BY_CHECKING = {
    "plugins.pytest_plugin": {"pytest"},
    "strategies": {"hypothesis"},
    "testing": {"hypothesis"},
    "hypothesis_types": {"hypothesis"},
}


def test_what_checking_imports_of_third_parties():
    found = {
        module.removeprefix("autograd.checking."): foreign(
            {p.split(".")[0] for p, _ in imported(text)}
        )
        for module, text in TEXTS.items()
        if module.startswith("autograd.checking.")
    }
    assert {module: names for module, names in found.items() if names} == BY_CHECKING


def test_importing_nn_imports_no_compiler_and_no_pictures_of_graphs():
    done = subprocess.run(
        [sys.executable, "-c", ISOLATED.format("nn")], capture_output=True, text=True, check=True
    )
    late = ("autograd.compiler", "autograd.drawing")
    assert [name for name in done.stdout.split() if name.startswith(late)] == []


def test_importing_a_third_party_package_would_be_noticed():
    assert "numpy" in foreign(modules_after("numpy"))


# -- house style ----------------------------------------------------------------------------------


def test_no_function_is_too_long():
    assert too_long(TEXTS, FUNCTION_LIMIT) == []


@pytest.mark.parametrize("module", TEXTS)
def test_no_file_is_too_long(module):
    assert len(TEXTS[module].splitlines()) <= LONGER.get(module, FILE_LIMIT)


@pytest.mark.parametrize("module", TEXTS)
def test_every_file_begins_with_a_sentence(module):
    if TEXTS[module].strip():
        first = TEXTS[module].lstrip()
        assert first.startswith('"""') or module.endswith("__main__")


# -- the checker itself ---------------------------------------------------------------------------

SMALL = {
    "autograd": "from autograd.value import Value",
    "autograd.errors": "",
    "autograd.value": "from autograd import errors",
    "autograd.drawing.dot": "def f():\n    from autograd.value import Value",
    "nn": "import autograd",
}


def test_imports_are_found_wherever_they_stand():
    assert edges(SMALL) == {
        "autograd": {"autograd.value"},
        "autograd.errors": set(),
        "autograd.value": {"autograd.errors"},
        "autograd.drawing.dot": {"autograd.value"},
        "nn": {"autograd"},
    }


def test_imports_for_type_checkers_alone_are_not_imports():
    text = "if TYPE_CHECKING:\n    from autograd.value import Value"
    assert edges({"autograd.value": "", "autograd.low": text})["autograd.low"] == set()


def test_an_edge_that_is_not_allowed_is_found():
    planted = {**SMALL, "autograd.errors": "import autograd.value"}
    found = units(engine(edges(planted)))
    assert not_allowed(found, {**ALLOWED, "autograd": {"value"}}) == ["errors imports value"]


def test_a_row_that_is_not_in_the_table_may_import_nothing():
    assert not_allowed({"new": {"value"}}, ALLOWED) == ["new imports value"]


def test_a_ring_is_found():
    assert cycle({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}, "e": set()}) == [
        "a",
        "b",
        "c",
        "d",
    ]
    assert cycle({"a": {"b"}, "b": set()}) == []


def test_a_function_that_is_too_long_is_found():
    text = 'def f():\n    """Its docstring."""\n' + "    x = 1\n" * 41
    assert too_long({"m": text}, 40) == ["m.f has 41 lines"]
    assert too_long({"m": text}, 41) == []


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a clone")
def test_nothing_that_is_to_be_ignored_is_in_the_repository():
    command = ["git", "ls-files", "--cached", "--ignored", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert listed.stdout.split() == []


# Every edge between the rooms of nn, lowest first.
ROOMS_OF_NN = {
    "modules": set(),
    "optim": {"modules"},
    "plots": {"modules"},
    "training": {"modules", "optim", "plots"},
}


def test_every_room_of_nn_imports_only_those_below_it():
    rooms = {m: t for m, t in EDGES.items() if m.split(".")[0] == "nn" and m.count(".") > 1}
    assert not_allowed(units({m: t & rooms.keys() for m, t in rooms.items()}), ROOMS_OF_NN) == []


def test_dir_is_what_is_public():
    assert dir(autograd) == sorted(autograd.__all__)
    assert {"compile", "draw", "explain"} <= {*dir(autograd)}
    for name, where in autograd.ALIASES.items():
        module, _, attribute = where.rpartition(".")
        assert getattr(autograd, name) is getattr(importlib.import_module(module), attribute)
        assert name not in autograd.__all__
