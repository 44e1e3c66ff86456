"""The saved page in a real browser, from file://, with every request to elsewhere refused."""

import re
from pathlib import Path
from typing import Any

import pytest

import nn
from autograd import Value, scope, tanh
from autograd.drawing.draw import draw
from autograd.drawing.formatting import number, signed
from autograd.drawing.graph import Graph
from autograd.primitives import Primitive
from tests.browser.conftest import Tab


def neuron(x1: float = 2.0) -> tuple[Value, Value]:
    x = Value(x1, label="x1")
    w, b = Value(-3.0, label="w1"), Value(6.7, label="b")
    with scope("neuron"):
        n = x * w + b
        o = tanh(n)
    n.label, o.label = "n", "o"
    result = o * o
    result.label = "L"
    result.backward()
    return x, result


@pytest.fixture
def opened(tab: Tab, tmp_path: Path) -> Any:
    def opened(graph: Graph) -> Any:
        tab.page.goto(graph.save(tmp_path / "graph.html").as_uri())
        tab.page.wait_for_selector(".glassgrad-explorer g.node")
        return tab.page

    return opened


def box(page: Any, name: str) -> Any:
    return page.locator("g.node").filter(has=page.locator(f"title:text-matches('^{name}:')")).first


def numbers(page: Any, identity: str) -> list[str]:
    node = page.locator(f'g.node[data-id="{identity}"]')
    return [node.locator("text.data").inner_html(), node.locator("text.grad").inner_html()]


def picture_of(graph: Graph) -> dict[str, list[str]]:
    return {n.id: [number(n.data), signed(n.grad)] for n in graph.snapshot.nodes}


def shown(page: Any, graph: Graph) -> dict[str, list[str]]:
    return {n.id: numbers(page, n.id) for n in graph.snapshot.nodes}


def caption(page: Any) -> list[str]:
    return [str(line) for line in page.locator(".said > div").all_inner_texts()]


def set_range(page: Any, label: str, x: float) -> None:
    """Drag a slider there: what a person's drag sends is an input event."""
    page.get_by_label(label, exact=True).evaluate(
        "(el, x) => { el.value = x; el.dispatchEvent(new Event('input', { bubbles: true })); }", x
    )


def test_it_opens_with_the_numbers_of_the_static_picture(opened):
    graph = draw(neuron()[1], group="open")
    assert shown(opened(graph), graph) == picture_of(graph)


def test_scrubbing_goes_through_forward_and_backward_to_the_same_picture(opened):
    graph = draw(neuron()[1], group="open")
    page = opened(graph)
    scrubber = page.get_by_label("Step", exact=True)
    set_range(page, "Step", 0)
    assert all(pair == ["—", "—"] for pair in shown(page, graph).values())
    scrubber.focus()
    lines = []
    for _ in range(2 * len(graph.snapshot.nodes) + 1):
        page.keyboard.press("ArrowRight")
        lines += caption(page)
    assert "o = tanh(n) = tanh(0.7) = 0.6044" in lines
    assert any(
        re.fullmatch(r"o\.grad \+= L\.grad × ∂L/∂o = 1 × 0\.6044 → 1\.209 \(2 of 2\)", x)
        for x in lines
    )
    assert shown(page, graph) == picture_of(graph)


@pytest.mark.parametrize("moved", [1.5, 2.75, -0.4])
def test_a_slider_gives_pythons_numbers(opened, moved):
    x, result = neuron()
    page = opened(draw(result, group="open"))
    set_range(page, "neuron.x1: slider", moved)
    again = draw(neuron(moved)[1], group="open")
    assert shown(page, again) == picture_of(again)
    assert (x.data, result.data) == (2.0, neuron()[1].data)
    change = again.snapshot.root.data - result.data
    assert page.locator(".nudge tr").nth(0).locator("td").last.inner_text() == signed(change)
    foretold = x.grad * (moved - 2.0)
    assert page.locator(".nudge tr").nth(1).locator("td").last.inner_text() == signed(foretold)
    page.get_by_role("button", name="Reset all leaves").click()
    graph = draw(result, group="open")
    assert shown(page, graph) == picture_of(graph)


def test_a_number_typed_moves_the_picture(opened):
    page = opened(draw(neuron()[1], group="open"))
    page.get_by_label("neuron.x1: value", exact=True).fill("1.5")
    again = draw(neuron(1.5)[1], group="open")
    assert shown(page, again) == picture_of(again)
    assert page.get_by_label("neuron.x1: slider", exact=True).input_value() == "1.5"


def test_a_slider_dragged_with_the_mouse_moves_the_picture(opened):
    graph = draw(neuron()[1], group="open")
    page = opened(graph)
    place = page.get_by_label("neuron.x1: slider", exact=True).bounding_box()
    middle = place["y"] + place["height"] / 2
    page.mouse.move(place["x"] + place["width"] / 2, middle)
    page.mouse.down()
    page.mouse.move(place["x"] + place["width"] * 0.7, middle, steps=5)
    page.mouse.up()
    moved = float(page.get_by_label("neuron.x1: slider", exact=True).input_value())
    assert moved > 2.5
    again = draw(neuron(moved)[1], group="open")
    assert shown(page, again) == picture_of(again)


def test_a_click_shows_the_sum_over_uses_and_the_paths(opened):
    page = opened(draw(neuron()[1], group="open"))
    page.locator("g.node", has_text=re.compile("tanh o")).click()
    words = page.locator(".inspector").inner_text()
    assert "one term for each of 2 uses" in words
    assert "L.grad × ∂L/∂o" in words
    page.locator("g.node", has_text=re.compile("^x1|^.*x1\n")).first.click()
    assert "2 paths to L" in page.locator(".inspector").inner_text()


def test_pointing_at_a_value_lights_what_it_rests_on_and_its_way(opened):
    graph = draw(neuron()[1], group="open")
    page = opened(graph)
    ids = {n.label: n.id for n in graph.snapshot.nodes}
    page.locator(f'g.node[data-id="{ids["n"]}"]').hover()

    def classes(label: str) -> set[str]:
        return set(page.locator(f'g.node[data-id="{ids[label]}"]').get_attribute("class").split())

    assert "rests" in classes("x1")
    assert "rests" in classes("b")
    assert "route" in classes("L")
    assert "aside" not in classes("o")
    page.locator(f'g.node[data-id="{ids["b"]}"]').hover()
    assert "aside" in classes("x1")


def test_groups_collapse_and_expand(opened):
    graph = draw(neuron()[1], group="open")
    page = opened(graph)
    set_range(page, "neuron.x1: slider", 1.5)
    page.get_by_role("button", name="Collapse neuron").click()
    again = draw(neuron(1.5)[1], group="closed")
    last = next(b for b in again.view.boxes.values() if b.role == "group")
    texts = " ".join(page.locator('g.node[data-id="g:neuron"]').locator("text").all_text_contents())
    assert number(last.data) in texts
    assert signed(last.grad) in texts
    page.locator('g.node[data-id="g:neuron"]').dblclick()
    assert shown(page, draw(neuron(1.5)[1])) == picture_of(draw(neuron(1.5)[1]))


def test_play_runs_to_the_end_and_pauses(opened):
    page = opened(draw(neuron()[1], group="open"))
    page.get_by_role("button", name="Play").click()
    page.get_by_role("button", name="Pause").click()
    assert (
        "forward" in page.locator(".place").inner_text()
        or "start" in page.locator(".place").inner_text()
    )


def test_without_backward_it_can_be_run_on_the_copy(opened):
    x = Value(3.0, label="x")
    y = x * x
    page = opened(draw(y))
    assert numbers(page, "n0") == ["3", "—"]
    page.get_by_role("button", name="Run backward on this copy").click()
    assert numbers(page, "n0") == ["3", "+6"]


def test_a_primitive_of_the_users_own_is_shown_without_sliders(opened):
    cube = Primitive("cube", lambda x: x**3, lambda z, x: 3.0 * x * x)
    y = cube(Value(2.0, label="x"))
    y.backward()
    page = opened(draw(y))
    assert numbers(page, "n0") == ["2", "+12"]
    assert "“cube” is not in glassgrad's table" in page.locator(".notice").inner_text()
    assert page.get_by_label("x: slider", exact=True).is_disabled()


def test_hostile_labels_run_nothing(opened, tab):
    x = Value(1.0, label="</script><script>window.hit=1</script><img src=x onerror=window.hit=1>")
    y = x * x
    y.label = '"];alert(1)//<!--\u202e\0'
    y.backward()
    page = opened(draw(y))
    page.locator("g.node").first.click()
    assert page.evaluate("window.hit") is None
    assert page.locator("script").count() == 2
    assert page.locator("img").count() == 0


def test_a_network_of_groups_opens_and_moves(opened):
    model = nn.MLP(2, [3, 1])
    out = model([Value(0.5, label="a"), Value(-1.0, label="c")])
    result = out if isinstance(out, Value) else out[0]
    result.backward()
    page = opened(draw(result, group="closed"))
    set_range(page, "a: slider", 1.25)
    assert page.locator(".nudge").is_visible()
    assert page.locator("button", has_text="▸").count() >= 1
