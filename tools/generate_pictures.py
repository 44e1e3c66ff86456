"""The pictures in the README and the docs: `python -m tools.generate_pictures` draws them anew."""

from pathlib import Path

import nn
from autograd import Value, draw

FOLDER = Path(__file__).parent.parent / "docs" / "pictures"


def neuron() -> str:
    """The neuron of the README's first lines, with the numbers that its table has, as SVG."""
    numbers = {"x1": 2.0, "x2": 0.0, "w1": -3.0, "w2": 1.0, "b": 6.8813735870195432}
    x1, x2, w1, w2, b = (Value(x, label=name) for name, x in numbers.items())
    z = (x1 * w1 + x2 * w2 + b).tanh()
    z.backward()
    return draw(z, engine="builtin").svg()


def network(max_nodes: int) -> str:
    """A small network, its groups open or closed, as SVG."""
    model = nn.MLP(2, [3, 1], activation="tanh", init="xavier_uniform", seed=1)
    loss = (model([Value(0.6, label="x0"), Value(-1.2, label="x1")]) - 1.0) ** 2
    loss.label = "L"
    loss.backward()
    return draw(loss, engine="builtin", max_nodes=max_nodes).svg()


def pictures() -> dict[str, str]:
    """Return every picture by its file's name."""
    return {
        "neuron.svg": neuron(),
        "network_open.svg": network(150),
        "network_closed.svg": network(10),
    }


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, svg in pictures().items():
        (FOLDER / name).write_text(svg, encoding="utf-8")
