"""The layers against PyTorch's: outputs, and the gradients of Σ outputs² by inputs and weights.

PyTorch's numbers are in golden/torch_layers.json, as `benchmarks/torch_layers.py` wrote them.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autograd import Value, backend, total
from nn import (
    GRU,
    LSTM,
    RNN,
    SGD,
    Adam,
    Attention,
    AvgPool2d,
    BatchNorm,
    Conv2d,
    Embedding,
    LayerNorm,
    MaxPool2d,
    Schedule,
    TransformerBlock,
    cosine,
    fit,
    flatten,
    step_decay,
    warmup,
)
from nn.modules.shapes import elementwise

TORCH = json.loads(
    (Path(__file__).parents[1] / "support/golden/torch_layers.json").read_text("utf-8")
)


# Each function yields (Value, where) pairs; a Value is the sum of PyTorch's numbers at `where`.


def row(values, *names):
    return [(p, [(name, i) for name in names]) for i, p in enumerate(values)]


def layer_rows(layer, weight, bias, start=0):
    for i, neuron in enumerate(layer.neurons):
        yield from ((w, [(weight, start + i, j)]) for j, w in enumerate(neuron.w))
        yield neuron.b, [(bias, start + i)]


def norm(module):
    return row(module.w, "weight") + row(module.b, "bias")


def conv(module):
    area = module.size * module.size
    for k, neuron in enumerate(module.filters):
        for n, w in enumerate(neuron.w):
            yield w, [("weight", k, n // area, n % area // module.size, n % module.size)]
        yield neuron.b, [("bias", k)]


def gates(module, layers):
    """PyTorch stacks the gates, and keeps the weights of row and state apart."""
    for g, layer in enumerate(layers):
        for i, neuron in enumerate(layer.neurons):
            at = g * module.nhidden + i
            for j, w in enumerate(neuron.w):
                side = ("weight_ih_l0", at, j)
                yield w, [side if j < module.nin else ("weight_hh_l0", at, j - module.nin)]
            yield neuron.b, [("bias_ih_l0", at), ("bias_hh_l0", at)]


def gru(module):
    yield from gates(module, [module.reset_gate, module.update_gate])
    start = 2 * module.nhidden
    yield from layer_rows(module.from_input, "weight_ih_l0", "bias_ih_l0", start)
    yield from layer_rows(module.from_memory, "weight_hh_l0", "bias_hh_l0", start)


def attention(module, prefix=""):
    for k, layer in enumerate((module.query, module.key, module.value)):
        names = f"{prefix}in_proj_weight", f"{prefix}in_proj_bias"
        yield from layer_rows(layer, *names, k * module.size)
    yield from layer_rows(module.out, f"{prefix}out_proj.weight", f"{prefix}out_proj.bias")


def block(module):
    yield from attention(module.attention, "self_attn.")
    for k, layer in enumerate(module.mlp.layers, start=1):
        yield from layer_rows(layer, f"linear{k}.weight", f"linear{k}.bias")
    for k, norm in enumerate((module.attention_norm, module.mlp_norm), start=1):
        yield from row(norm.w, f"norm{k}.weight") + row(norm.b, f"norm{k}.bias")


def nothing(module):
    return []


def table(module):
    return [(e, [("weight", i, j)]) for i, row in enumerate(module.rows) for j, e in enumerate(row)]


CASES: dict[str, tuple[Any, Callable[[Any], Any]]] = {
    "layer_norm": (LayerNorm(4), norm),
    "batch_norm": (BatchNorm(3), norm),
    "conv": (Conv2d(2, 3, 3, activation="linear"), conv),
    "conv_stride_padding": (Conv2d(1, 2, 3, stride=2, padding=1, activation="linear"), conv),
    "max_pool": (MaxPool2d(2), nothing),
    "max_pool_overlapping": (MaxPool2d(3, 1), nothing),
    "avg_pool": (AvgPool2d(2), nothing),
    "rnn": (RNN(2, 3), lambda m: gates(m, [m.hidden])),
    "lstm": (
        LSTM(2, 3),
        lambda m: gates(m, [m.input_gate, m.forget_gate, m.candidate, m.output_gate]),
    ),
    "gru": (GRU(2, 3), gru),
    "embedding": (Embedding(5, 3), table),
    "attention": (Attention(4, 2, causal=False), attention),
    "attention_causal": (Attention(4, 2), attention),
    "block": (TransformerBlock(4, 2, hidden=5), block),
}


def at(tables, where):
    name, *path = where
    found = tables[name]
    for i in path:
        found = found[i]
    return found


@pytest.mark.parametrize("name", CASES)
def test_a_layer_gives_pytorchs_numbers(name):
    torch, (module, pairs) = TORCH[name], CASES[name]
    weights = list(pairs(module))
    assert {id(p) for p, _ in weights} == {id(p) for p in module.parameters()}
    for p, places in weights:
        p.data = sum(at(torch["weights"], place) for place in places)
    x = torch["input"] if name == "embedding" else elementwise(Value, torch["input"])
    out = flatten(module(x))
    assert [z.data for z in out] == pytest.approx(flatten(torch["output"]), rel=1e-10, abs=1e-12)
    total([z * z for z in out]).backward()
    for p, places in weights:
        for place in places:
            expected = at(torch["grads"], place)
            assert p.grad == pytest.approx(expected, rel=1e-8, abs=1e-10)
    if name != "embedding":
        expected = flatten(torch["input_grad"])
        assert [v.grad for v in flatten(x)] == pytest.approx(expected, rel=1e-8, abs=1e-9)


def test_running_statistics_are_pytorchs():
    torch, module = TORCH["batch_norm"], BatchNorm(3)
    for p, [place] in norm(module):
        p.data = at(torch["weights"], place)
    module(torch["input"])
    assert [m.data for m in module.mean] == pytest.approx(torch["buffers"]["running_mean"])
    assert [v.data for v in module.variance] == pytest.approx(torch["buffers"]["running_var"])
    out = flatten(module.eval()(torch["input"]))
    assert [z.data for z in out] == pytest.approx(flatten(torch["eval_output"]), rel=1e-10)


@pytest.mark.skipif(backend == "python", reason="compiled by the engine in C")
def test_a_compiled_table_learns_as_pytorchs_does():
    """Also the rows that no symbol of a step was: their means and squares fade, and they move."""
    torch, module = TORCH["embedding_adam"], Embedding(5, 3)
    for p, [(_, *place)] in table(module):
        p.data = at(torch, ("before", *place))
    symbols = torch["symbols"]
    fit(
        module, symbols, [[0.0] * 3 for _ in symbols], loss="mse", optimizer=Adam(module, lr=0.1),
        epochs=1, batch_size=1, shuffle=False, compiled=True, progress=False,
    )  # fmt: skip
    learned = [[p.data for p in row] for row in module.rows]
    assert flatten(learned) == pytest.approx(flatten(torch["after"]), rel=1e-10)
    assert learned[4] == torch["before"][4]


SCHEDULES = {
    "step_decay": step_decay(3, 0.5),
    "cosine": cosine(10, floor=0.1),
    "warmup": warmup(5),
}


@pytest.mark.parametrize("name", SCHEDULES)
def test_learning_rates_are_pytorchs(name):
    optimizer, rates = SGD([Value(0.0)], lr=0.5), []
    schedule = Schedule(optimizer, SCHEDULES[name])
    for _ in TORCH["schedules"][name]:
        rates.append(optimizer.lr)
        schedule.step()
    assert rates == pytest.approx(TORCH["schedules"][name])


def test_the_versions_are_stated():
    assert TORCH["versions"]["torch"].startswith("2.13.0")
