"""Graphs: what notebooks get, what is saved, what large graphs show, with dot and without."""

import json
import shutil
import time
import xml.etree.ElementTree as ElementTree

import graphviz
import pytest
from hypothesis import given, settings

import nn
from autograd import Value, draw, draw_dot
from autograd.drawing import graphviz as program
from tests.support.pictures_of import hostile, labelled, needs_dot, network, neuron
from tests.support.programs import programs

SVG = "{http://www.w3.org/2000/svg}"
ENGINES = ["builtin", pytest.param("dot", marks=needs_dot)]


def ids(svg):
    """The ids of boxes and lines, without the picture's own token."""
    found = [e.get("id") for e in ElementTree.fromstring(svg).iter() if e.get("id")]
    assert len(found) == len(set(found))
    drawn = [e.get("id", "") for e in ElementTree.fromstring(svg).iter(f"{SVG}g")
             if e.get("class") in ("node", "edge")]  # fmt: skip
    return sorted(name.partition("_")[2] for name in drawn)


def words(svg):
    return {t.text for t in ElementTree.fromstring(svg).iter(f"{SVG}text")}


# -- notebooks ----------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
def test_a_notebook_gets_a_picture_and_an_outline(engine):
    bundle = draw(neuron(), engine=engine)._repr_mimebundle_()
    assert list(bundle) == ["image/svg+xml", "text/plain"]
    assert bundle["image/svg+xml"].startswith("<svg")
    assert bundle["text/plain"].startswith("Graph of L: 11 values, 11 edges")
    assert draw(neuron())._repr_mimebundle_(include=["text/plain"]).keys() == {"text/plain"}
    assert draw(neuron())._repr_mimebundle_(exclude=["text/plain"]).keys() == {"image/svg+xml"}
    assert not hasattr(draw(neuron()), "_repr_html_")


@needs_dot
def test_both_engines_show_the_same_ids_and_titles():
    for value in (neuron(), network()):
        own, dots = (draw(value, engine=engine).svg() for engine in ("builtin", "dot"))
        assert ids(own) == ids(dots)
        titles = {box.title for box in draw(value).view.boxes.values()}
        assert titles <= words(own)
        assert titles <= words(dots)


@settings(max_examples=25)
@given(programs())
def test_every_program_is_drawn(program):
    result = program.run([Value(x) for x in program.leaves])[-1]
    result.backward()
    graph = draw(result, engine="builtin")
    assert ids(graph.svg()) == sorted(
        [*(node.id for node in graph.snapshot.nodes), *(edge.id for edge in graph.snapshot.edges)]
    )


@settings(max_examples=40)
@given(hostile)
def test_hostile_labels_stay_text(label):
    for element in ElementTree.fromstring(draw(labelled(label), engine="builtin").svg()).iter():
        assert element.tag.removeprefix(SVG) not in ("script", "foreignObject", "a")
        assert not any(name.startswith("on") or name.endswith("href") for name in element.attrib)


def test_a_picture_too_large_for_a_notebook_is_not_shown(monkeypatch):
    monkeypatch.setattr("autograd.drawing.graph.LARGEST_SVG", 100)
    bundle = draw(neuron())._repr_mimebundle_()
    assert list(bundle) == ["text/plain"]
    assert bundle["text/plain"].endswith("is not shown: save('x.svg'), or close groups")


# -- files -------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["svg", "dot", "json"])
def test_the_suffix_decides_what_is_written(suffix, tmp_path):
    graph = draw(neuron(), engine="builtin")
    text = graph.save(tmp_path / f"x.{suffix}").read_text(encoding="utf-8")
    assert text == {"svg": graph.svg(), "dot": graph.source}.get(suffix, text)
    if suffix == "json":
        assert json.loads(text) == graph.to_dict()


@needs_dot
@pytest.mark.parametrize(("suffix", "start"), [("png", b"\x89PNG"), ("pdf", b"%PDF")])
def test_pictures_that_dot_makes(suffix, start, tmp_path):
    assert draw(neuron()).save(tmp_path / f"x.{suffix}").read_bytes().startswith(start)


def test_an_unknown_suffix_is_refused_and_nothing_written(tmp_path):
    with pytest.raises(ValueError, match=r"ends in one of \.svg, .* got 'x\.gif'"):
        draw(neuron()).save(tmp_path / "x.gif")
    assert list(tmp_path.iterdir()) == []


def test_drawing_writes_no_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    draw(neuron())._repr_mimebundle_()
    assert list(tmp_path.iterdir()) == []


# -- without dot, and with a slow one ----------------------------------------------------------


def test_without_dot_a_picture_appears(monkeypatch):
    monkeypatch.setenv("PATH", "")
    graph = draw(neuron())
    assert graph.backend == "builtin"
    assert "tanh o" in words(graph.svg())
    with pytest.raises(FileNotFoundError, match="png needs Graphviz's program dot"):
        program.render(graph.source, "png")


def test_dot_asked_for_and_missing_says_how_to_get_it(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(FileNotFoundError, match="apt install graphviz"):
        draw(neuron(), engine="dot").svg()


@needs_dot
def test_a_slow_dot_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(program, "SECONDS", 0.0)
    svg = draw(network(), engine="dot").svg()
    assert any("drawn with the built-in layout" in (text or "") for text in words(svg))


@needs_dot
def test_what_dot_refuses_is_told():
    with pytest.raises(RuntimeError, match=r"dot failed: .*syntax error"):
        program.render("no graph", "svg")


# -- what is shown --------------------------------------------------------------------------------


def test_groups_open_and_close():
    graph = draw(network(), group="open")
    closed = graph.collapse("mlp.layer0")
    assert "g:mlp.layer0" in closed.view.boxes
    assert closed.expand("mlp.layer0").view == graph.view
    assert closed.expand("mlp.layer0.neuron1").view == graph.view
    with pytest.raises(
        ValueError, match=r"expected the path of a group, got 'spam'; there are 'mlp'"
    ):
        graph.collapse("spam")


def test_a_closed_box_tells_what_is_in_it():
    box = draw(network(), group="closed").view.boxes["g:mlp"]
    assert box.note == "17 values · 9 params"
    assert box.norm is not None


def test_paths_to_close_can_be_given():
    assert set(draw(network(), group=["mlp.layer1"]).view.boxes) >= {"g:mlp.layer1"}
    assert set(draw(network(), depth=1).view.boxes) >= {"g:mlp.layer0", "g:mlp.layer1"}


def test_focus_shows_what_is_near():
    graph = draw(neuron()).focus("w1", radius=1)
    assert {box.title for box in graph.view.boxes.values()} == {"w1", "× x1·w1"}
    assert "within 1 of w1" in graph.caption
    with pytest.raises(ValueError, match="expected a label or an id of this graph, got 'spam'"):
        graph.focus("spam")


def test_too_many_values_without_groups_show_those_near_the_result():
    y = Value(1.0, label="x")
    for _ in range(500):
        y = y * 1.01
    graph = draw(y)
    assert len(graph.view.boxes) == 150
    assert "… 351 more" in graph.caption
    assert len(draw(y, max_nodes=None).view.boxes) == 501


def test_a_layer_of_many_neurons_is_closed():
    model = nn.MLP(8, [32, 4], seed=0)
    graph = draw(nn.cross_entropy([model([1.0] * 8)], [1]))
    assert len(graph.view.boxes) <= 150
    assert graph.closed


def test_a_hundred_thousand_nodes_have_an_outline():
    y = Value(1.0)
    for _ in range(100_000):
        y = y + 1.0
    started = time.perf_counter()
    text = draw(y).text()
    assert "100,001 values" in text
    assert time.perf_counter() - started < 60.0  # a hang, not a speed


def test_before_backward_the_picture_says_so():
    y = Value(2.0) * 3.0
    svg = draw(y, engine="builtin").svg()
    assert "—" in words(svg)
    assert "backward not run" in draw(y).caption


def test_gradients_of_several_passes_are_told():
    x = Value(2.0, label="x")
    y = x * 3.0
    y.backward()
    assert draw(y).snapshot.accumulated == []
    y.backward()
    assert draw(y).snapshot.accumulated == ["n0"]
    assert "hold more than this pass" in draw(y).caption


def test_stale_graphs_say_so():
    x = Value(2.0)
    y = x * 3.0
    x.data = 4.0
    assert "stale: call refresh()" in draw(y).caption


# -- options -----------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "options",
    [
        {"flow": "forward"},
        {"flow": "backward"},
        {"direction": "TB"},
        {"color": "none"},
        {"norm": "symlog"},
        {"fmt": ".2f"},
        {"theme": "dark"},
        {"theme": "transparent"},
        {"form": "compact"},
        {"form": "tiny"},
    ],
    ids=str,
)
def test_every_option_draws(options, engine):
    assert ElementTree.fromstring(draw(network(), engine=engine, **options).svg()) is not None


def test_labels_name_values():
    x = Value(2.0)
    y = x * 3.0
    names = {"x": x, "y": y, "other": 5}
    assert {"x", "× y"} <= words(draw(y, labels=names, engine="builtin").svg())


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"engine": "neato"}, ValueError, "engine to be one of auto, dot, builtin, got 'neato'"),
        ({"flow": "up"}, ValueError, "flow to be one of both, forward, backward, got 'up'"),
        ({"colour": "grad"}, TypeError, "draw has no option 'colour'"),
        ({"group": "some"}, ValueError, "'auto', 'open', 'closed' or a list of paths, got 'some'"),
        ({"theme": "pink"}, ValueError, "theme to be one of light, dark, transparent, got 'pink'"),
    ],
)
def test_misuse_is_told(options, error, message):
    with pytest.raises(error, match=message):
        draw(neuron(), **options)


# -- graphviz ----------------------------------------------------------------------------------


def test_dot_is_a_digraph_of_the_same_source():
    graph = draw(neuron())
    assert isinstance(graph.dot, graphviz.Digraph)
    assert graph.dot.source == graph.source


def test_micrograds_draw_dot():
    digraph = draw_dot(neuron(), format="png", rankdir="TB")
    assert isinstance(digraph, graphviz.Digraph)
    assert digraph.format == "png"
    assert 'rankdir="TB"' in digraph.source


def test_node_attributes_reach_graphviz():
    assert 'node [penwidth="3"]' in draw(neuron(), node_attr={"penwidth": "3"}).source


@needs_dot
def test_dot_accepts_them():
    assert shutil.which("dot")
    assert draw(neuron(), node_attr={"fontsize": "20"}, engine="dot").svg().startswith("<svg")
