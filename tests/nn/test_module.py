"""What a Module finds in itself, and what it writes to and reads from a file."""

import copy
import json
import math
import os
import random
import struct
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Value, tanh
from nn import MLP, Layer, Module, Sequential
from nn.modules import module, saving

floats = st.floats(allow_subnormal=True)


class Bag(Module):
    """Holds whatever it is given."""

    def __init__(self, **held):
        for name, x in held.items():
            setattr(self, name, x)


def bits(x):
    return struct.pack("<d", x) if x == x else b"nan"


# -- finding -------------------------------------------------------------------------------------


def test_names_follow_attributes_in_order():
    a, b, c, d = (Value(float(i)) for i in range(4))
    bag = Bag(first=a, nested={"x": [b, (c,)]}, inner=Bag(d=d), note="not one", n=3)
    assert [name for name, _ in bag.named_parameters()] == [
        "first", "nested.x.0", "nested.x.1.0", "inner.d",
    ]  # fmt: skip
    assert [p.data for p in bag.parameters()] == [0.0, 1.0, 2.0, 3.0]


def test_names_in_an_mlp():
    names = [name for name, _ in MLP(3, [4, 1]).named_parameters()]
    assert names[:4] == [
        "layers.0.neurons.0.w.0", "layers.0.neurons.0.w.1", "layers.0.neurons.0.w.2",
        "layers.0.neurons.0.b",
    ]  # fmt: skip
    assert names[-1] == "layers.1.neurons.0.b"


def test_equal_numbers_are_different_parameters_and_shared_ones_count_once():
    a, b = Value(1.0), Value(1.0)
    inner = Bag(a=a)
    bag = Bag(a=a, b=b, again=[a, b], one=inner, two=inner)
    assert [id(p) for p in bag.parameters()] == [id(a), id(b)]
    assert [type(m) for m in bag.modules()] == [Bag, Bag]


def test_computed_values_are_no_parameters():
    x = Value(1.0)
    assert Bag(x=x, y=x * 2.0).parameters() == [x]


def test_a_child_may_know_its_parent():
    child, x = Bag(), Value(1.0)
    parent = Bag(child=child, x=x)
    child.parent = parent
    assert len(parent.parameters()) == 1


def test_zero_grad_and_modes_reach_everything():
    model = MLP(2, [2, 1])
    model([1.0, 2.0]).backward()
    assert any(p.reached for p in model.parameters())
    model.zero_grad()
    assert not any(p.reached for p in model.parameters())
    assert model.training
    assert model.eval() is model
    assert not any(m.training for m in model.modules())
    assert all(m.training for m in model.train().modules())


# -- scopes --------------------------------------------------------------------------------------


def ancestors(y):
    stack, found = [y], []
    while stack:
        node = stack.pop()
        found.append(node)
        stack += node.parents
    return found


def test_nodes_are_grouped_by_module():
    y = MLP(2, [2, 1])([1.0, 2.0])
    scopes = {v.scope for v in ancestors(y) if v.parents}
    assert scopes == {"mlp.layer0.neuron0", "mlp.layer0.neuron1", "mlp.layer1.neuron0"}


class Net(Module):
    def __init__(self):
        self.encoder = Layer(1, 1)
        self.heads = {"left": Layer(1, 1), "right": Layer(1, 1)}
        self.body = [self.encoder]
        self.grid = [[Layer(1, 1)]]

    def forward(self, x):
        z = self.encoder(x)
        return [self.heads["left"](z), self.heads["right"](z), self.grid[0][0](z)]


def test_attributes_name_their_modules_and_the_first_name_stays():
    left, right, cell = Net()(1.0)
    assert left.scope == "net.headleft.neuron0"
    assert right.scope == "net.headright.neuron0"
    assert cell.scope == "net.grid00.neuron0"
    assert Net().encoder(1.0).scope == "encoder.neuron0"
    assert Net().body[0].scope_name == "encoder"


def test_a_name_for_the_scope_leaves_the_dict_of_attributes_the_one_it_was():
    part, whole = Layer(2, 1), Module()
    held = vars(part)  # as what watches a module for changes holds it
    before = [*held]
    whole.part = part
    assert vars(part) is held
    assert [*held] == [*before, "scope_name"]
    part.alpha = 2.0
    assert held["alpha"] == 2.0


def test_a_model_in_two_threads_keeps_its_scopes():
    model = MLP(2, [3, 1], seed=0)
    seen = []

    def work():
        for _ in range(50):
            seen.append({v.scope for v in ancestors(model([1.0, 2.0])) if v.parents})

    threads = [threading.Thread(target=work) for _ in range(3)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(seen) == 150
    assert all(scopes == seen[0] for scopes in seen)


def test_micrograd_style_call_works_without_a_scope():
    class Old(Module):
        def __init__(self):
            self.w = Value(2.0)

        def __call__(self, x):
            return self.w * x

    assert Old()(3.0).data == 6.0
    assert Old()(3.0).scope == ""
    assert Sequential(Old(), tanh)(0.5).data == math.tanh(1.0)


def test_no_forward():
    with pytest.raises(NotImplementedError, match="Bag has no forward: define forward"):
        Bag()(1.0)


def test_repr_and_deepcopy():
    model = MLP(2, [3, 1], seed=0)
    twin = copy.deepcopy(model)
    assert twin.state_dict() == model.state_dict()
    assert {id(p) for p in twin.parameters()}.isdisjoint(id(p) for p in model.parameters())
    assert repr(Bag(x=Value(1.0))) == "Bag(1 parameters)"


# -- state ---------------------------------------------------------------------------------------


@given(st.lists(floats, min_size=1, max_size=8))
def test_state_round_trips_exactly(tmp_path_factory, numbers):
    path = tmp_path_factory.mktemp("state") / "model.json"
    Bag(xs=[Value(x) for x in numbers]).save(path)
    other = Bag(xs=[Value(0.0) for _ in numbers])
    other.load(path)
    assert [bits(p.data) for p in other.parameters()] == [bits(x) for x in numbers]


def test_extreme_numbers_round_trip(tmp_path):
    numbers = [5e-324, -0.0, math.inf, -math.inf, math.nan, 1.7976931348623157e308, 0.1]
    Bag(xs=[Value(x) for x in numbers]).save(str(tmp_path / "m"))
    assert [bits(x) for x in saving.read_state(tmp_path / "m").values()] == [
        bits(x) for x in numbers
    ]
    assert json.loads((tmp_path / "m").read_text())["state"]["xs.4"] == "nan"
    assert [p.name for p in tmp_path.iterdir()] == ["m"]


def test_saving_replaces_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "m"
    Bag(x=Value(1.0)).save(path)
    before = path.read_bytes()
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        Bag(x=Value(2.0)).save(path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["m"]


def test_load_state_dict_is_strict_and_loads_nothing_on_error():
    model = Bag(a=Value(1.0), b=Value(2.0))
    with pytest.raises(ValueError, match="fit Bag: missing 'b'; unexpected 'c', 'd'"):
        model.load_state_dict({"a": 9.0, "c": 1.0, "d": 1.0})
    with pytest.raises(ValueError, match="missing none; unexpected 'c'"):
        model.load_state_dict({"a": 9.0, "b": 1.0, "c": 1.0})
    with pytest.raises(TypeError):
        model.load_state_dict({"a": 9.0, "b": "1"})
    assert model.state_dict() == {"a": 1.0, "b": 2.0}
    model.load_state_dict({"b": 4, "a": Value(3.0)})
    assert model.state_dict() == {"a": 3.0, "b": 4.0}


def test_many_missing_names_are_shortened():
    assert module.listed([str(i) for i in range(12)]).endswith("'9', ... (12 in all)")


def test_two_parameters_of_one_name():
    with pytest.raises(ValueError, match="Bag has two parameters of one name"):
        Bag(x={0: Value(1.0), "0": Value(2.0)}).state_dict()


GOOD = {"format": saving.FORMAT, "version": saving.VERSION, "state": {"x": 1.0}}
BAD = {
    "empty": b"",
    "not text": b"\xff\xfe\x00",
    "not JSON": b"{",
    "a pickle": b"\x80\x04\x95",
    "a list": b"[]",
    "null": b"null",
    "no format": json.dumps({**GOOD, "format": None}).encode(),
    "another format": json.dumps({**GOOD, "format": "other"}).encode(),
    "a later version": json.dumps({**GOOD, "version": 2}).encode(),
    "a bool version": json.dumps({**GOOD, "version": True}).encode(),
    "a float version": json.dumps({**GOOD, "version": 1.0}).encode(),
    "no state": json.dumps({**GOOD, "state": [1.0]}).encode(),
    "a bool": json.dumps({**GOOD, "state": {"x": True}}).encode(),
    "a null": json.dumps({**GOOD, "state": {"x": None}}).encode(),
    "a list of numbers": json.dumps({**GOOD, "state": {"x": [1.0]}}).encode(),
    "a numeral string": json.dumps({**GOOD, "state": {"x": "1.0"}}).encode(),
    "another spelling of inf": json.dumps({**GOOD, "state": {"x": "Infinity"}}).encode(),
    "bare NaN": json.dumps({**GOOD, "state": {"x": math.nan}}).encode(),
    "an overflow": json.dumps(GOOD).replace("1.0", "1e999").encode(),
    "an inexact integer": json.dumps({**GOOD, "state": {"x": 2**53 + 1}}).encode(),
    "a huge integer": json.dumps(GOOD).replace("1.0", "9" * 5000).encode(),
    "a name twice": b'{"format": "glassgrad.module", "version": 1, "state": {"x": 1.0, "x": 2.0}}',
    "missing": json.dumps({**GOOD, "state": {}}).encode(),
    "unexpected": json.dumps({**GOOD, "state": {"x": 1.0, "y": 1.0}}).encode(),
    "deep": b"[" * 100_000,
}


@pytest.mark.parametrize("content", BAD.values(), ids=BAD.keys())
def test_malformed_files(tmp_path, content):
    (tmp_path / "m").write_bytes(content)
    x = Value(7.0)
    model = Bag(x=x)
    with pytest.raises(ValueError, match=r"is no glassgrad\.module file|does not fit"):
        model.load(tmp_path / "m")
    assert x.data == 7.0


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
documents = st.fixed_dictionaries(
    {"format": st.just(saving.FORMAT) | json_values, "version": st.just(1) | json_values},
    optional={"state": st.dictionaries(st.sampled_from("xyz"), json_values) | json_values},
)


@given(st.binary() | documents.map(lambda d: json.dumps(d).encode()))
def test_any_other_file_is_one_value_error(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("fuzz") / "m"
    path.write_bytes(content)
    model = Bag(x=Value(7.0), y=Value(8.0))
    try:
        model.load(path)
    except ValueError:
        assert model.state_dict() == {"x": 7.0, "y": 8.0}
    else:
        assert json.loads(content)["state"].keys() == {"x", "y"}


@given(st.data())
def test_a_damaged_file_never_half_loads(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("damage") / "m"
    Bag(x=Value(1.5), y=Value(2.5)).save(path)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    model = Bag(x=Value(7.0), y=Value(8.0))
    try:
        model.load(path)
    except ValueError:
        assert model.state_dict() == {"x": 7.0, "y": 8.0}


def test_a_file_too_large(tmp_path, monkeypatch):
    monkeypatch.setattr(saving, "MAX_BYTES", 10)
    (tmp_path / "m").write_bytes(b" " * 11)
    with pytest.raises(ValueError, match="larger than 10 bytes"):
        Bag().load(tmp_path / "m")


HEAD = b'{"format": "glassgrad.module", "version": 1, "state": {'
# Each entry takes many times its bytes once it is built.
SWOLLEN = {"lists": b"[],", "objects": b'"a":{},', "after a quoted quote": b'"\\"":[],'}


@pytest.mark.parametrize("entry", SWOLLEN.values(), ids=SWOLLEN.keys())
def test_a_file_of_very_many_lists_or_objects_is_refused_before_they_are_built(
    tmp_path, monkeypatch, entry
):
    monkeypatch.setattr(json, "loads", lambda *_, **__: pytest.fail("it was built"))
    (tmp_path / "m").write_bytes(HEAD + b'"x": ' + entry * 100_000 + b"0}}")
    with pytest.raises(ValueError, match="numbers by name, got lists or more objects"):
        Bag().load(tmp_path / "m")


def test_a_file_that_takes_more_memory_than_there_is(tmp_path, monkeypatch):
    def full(*args, **settings):
        raise MemoryError

    monkeypatch.setattr(json, "loads", full)
    (tmp_path / "m").write_bytes(json.dumps(GOOD).encode())
    with pytest.raises(ValueError, match=r"is no glassgrad\.module file: .* memory"):
        Bag(x=Value(1.0)).load(tmp_path / "m")


@given(st.dictionaries(st.text('a[]{}"\\'), floats, max_size=3))
def test_brackets_and_quotes_in_names_are_no_nesting(tmp_path_factory, state):
    path = tmp_path_factory.mktemp("names") / "m"
    saving.write_state(path, state)
    read = saving.read_state(path)
    assert {name: bits(x) for name, x in read.items()} == {n: bits(x) for n, x in state.items()}


def test_names_that_do_not_fit_are_shortened():
    with pytest.raises(ValueError, match="unexpected") as raised:
        Bag().load_state_dict({"x" * 1000: 1.0})
    assert len(str(raised.value)) < 200


def test_no_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        Bag().load(tmp_path / "none")


def test_loading_makes_recorded_graphs_stale(tmp_path):
    random.seed(0)
    model = MLP(1, [1])
    y = model(1.0)
    model.load_state_dict(dict.fromkeys(model.state_dict(), 2.0))
    assert y.refresh().data == 4.0
