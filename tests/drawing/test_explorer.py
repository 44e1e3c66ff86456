"""The explorer's page and widget: self-contained, deaf to hostile labels, switching groups."""

import base64
import hashlib
import json
import re
import subprocess
import sys
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Value, scope, tanh
from autograd.drawing import explorer
from autograd.drawing.draw import draw
from autograd.drawing.graph import Graph

HOSTILE = [
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "-->",
    "]]>",
    '"];alert(1)//',
    "</svg><img src=x onerror=alert(1)>",
    "<foreignObject><a href='javascript:alert(1)'>",
    "{digest}{0}%s",
    "a\0b",
    "\u202egnp.exe",
    "\u2028\u2029",
    "é\U0001f600",
    "x" * 10_000,
]


def neuron(label: str = "x", group: str = "layer") -> Value:
    x, w = Value(2.0, label=label), Value(-0.5, label="w")
    with scope(group):
        y: Value = tanh(x * w)
    y.backward()
    return y


class Reader(HTMLParser):
    """Keeps what a browser would make of a page."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.raw: list[str] = []
        self.comments: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag == "script":
            self.raw.append("")

    def handle_data(self, data: str) -> None:
        if self.cdata_elem == "script":
            self.raw[-1] += data

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)


def data_of(text: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(Reader(text).raw[0])
    return found


def assert_harmless(text: str) -> None:
    reader = Reader(text)
    kinds = [tag for tag, _ in reader.elements]
    assert [a.get("type") for tag, a in reader.elements if tag == "script"] == [
        "application/json",
        "module",
    ]
    assert not {"foreignobject", "iframe", "img", "image", "a", "use", "object", "link"} & set(
        kinds
    )
    for _, attributes in reader.elements:
        for name in attributes:
            assert not name.startswith("on")
            assert name not in ("href", "xlink:href", "src", "action")
    digest = base64.b64encode(hashlib.sha256(reader.raw[1].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in text


@pytest.mark.parametrize("label", HOSTILE, ids=range(len(HOSTILE)))
def test_no_label_gets_out_of_its_text(label: str) -> None:
    text = explorer.page(draw(neuron(label)))
    assert_harmless(text)
    assert label in [n["label"] for n in data_of(text)["snapshot"]["nodes"]]  # type: ignore[index]


@given(st.text(), st.text(st.characters(exclude_characters=".")))
def test_no_label_and_no_group_gets_out_of_its_text(label: str, group: str) -> None:
    assert_harmless(explorer.page(draw(neuron(label, group or "g"))))


def test_the_harmless_are_told_from_the_harmful() -> None:
    bad = explorer.page(draw(neuron())).replace("</main>", "<script>alert(1)</script></main>")
    with pytest.raises(AssertionError):
        assert_harmless(bad)


def test_the_page_names_no_address() -> None:
    text = explorer.page(draw(neuron()))
    addresses = set(re.findall(r"https?://[^\s\"'\\]+", text))
    assert addresses <= {"http://www.w3.org/2000/svg"}
    assert "default-src 'none'" in text
    assert "import " not in Reader(text).raw[1].replace("@typedef {import(", "")


def test_the_script_has_no_import_and_no_markup_of_its_own() -> None:
    script = explorer.script("")
    assert not re.search(r"^import\b|\bimport\((?!\"\./\w+\.mjs\"\)\.)", script, re.M)
    assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b", script)
    assert "</script" not in script
    assert "<!--" not in script


def test_the_page_holds_the_picture_before_any_script_runs() -> None:
    assert "<svg" in explorer.page(draw(neuron()))


def test_saved_views_switch_between_open_and_closed() -> None:
    views = data_of(explorer.page(draw(neuron(), group="open")))["views"]
    assert isinstance(views, list)
    assert [view["closed"] for view in views] == [[], ["layer"]]
    assert views[0]["toggles"] == [{"path": "layer", "closed": False, "to": 1}]
    assert views[1]["toggles"] == [{"path": "layer", "closed": True, "to": 0}]
    assert views[0]["svg"] != views[1]["svg"]


def nested(count: int) -> Graph:
    total = Value(0.0)
    for i in range(count):
        with scope(f"part{i}"):
            total = total + Value(float(i))
    return draw(total, group="open")


def test_many_groups_are_saved_in_a_few_states() -> None:
    views = data_of(explorer.page(nested(12)))["views"]
    assert isinstance(views, list)
    assert len(views) == explorer.MOST_VIEWS
    assert all(0 <= t["to"] < len(views) for view in views for t in view["toggles"])


def test_a_graph_too_large_is_refused_with_a_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explorer, "LARGEST", 3)
    with pytest.raises(
        ValueError, match=r"at most 3 values to explore, got 4: draw a smaller part"
    ):
        explorer.page(draw(neuron()))


def test_importing_the_explorer_imports_no_widget_package() -> None:
    check = "import sys, autograd.drawing.explorer; assert 'anywidget' not in sys.modules"
    subprocess.run([sys.executable, "-c", check], check=True)


def test_without_anywidget_the_widget_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    explorer.widget_class.cache_clear()
    monkeypatch.setitem(sys.modules, "anywidget", None)
    with pytest.raises(ImportError, match=r"pip install 'glassgrad\[widget\]'"):
        explorer.widget(draw(neuron()))


class TestWidget:
    @pytest.fixture(autouse=True)
    def needs_anywidget(self) -> None:
        pytest.importorskip("anywidget")

    def test_its_traits_are_what_the_page_has(self) -> None:
        graph = draw(neuron(), group="open")
        made = explorer.widget(graph)
        saved = data_of(explorer.page(graph))
        assert json.loads(json.dumps(made.snapshot)) == saved["snapshot"]
        assert made.options == saved["options"]
        assert made.view["svg"] == saved["views"][0]["svg"]  # type: ignore[index]
        assert made.view["toggles"] == [{"path": "layer", "closed": False}]

    def test_it_answers_with_a_new_picture(self) -> None:
        made = explorer.widget(draw(neuron(), group="open"))
        made.answer(made, {"kind": "collapse", "path": "layer"}, [])
        assert made.view["closed"] == ["layer"]
        assert made.view["toggles"] == [{"path": "layer", "closed": True}]
        made.answer(made, {"kind": "expand", "path": "layer"}, [])
        assert made.view["closed"] == []

    def test_its_module_ends_in_the_default_export(self) -> None:
        made = explorer.widget(draw(neuron()))
        assert made._esm.rstrip().endswith("export default frontend(table);")
