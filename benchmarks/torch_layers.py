"""Writes tests/golden/torch_layers.json: what PyTorch's layers give for the weights named there.

Run it where torch==2.13.0 is installed, from the repository's folder:

    python -m benchmarks.torch_layers

Every case holds inputs, weights under PyTorch's names, PyTorch's outputs, and the gradients of
Σ outputs² by inputs and weights, all in float64; but for the learning rates of schedules, and a
table that Adam has trained.
"""

import json
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import nn

TARGET = Path(__file__).parent.parent / "tests" / "support" / "golden" / "torch_layers.json"


def case(layer: Any, x: Any, run: Callable[[Any], Any] | None = None) -> dict[str, Any]:
    """Return what goes into a layer, what comes out, and the gradients of Σ outputs²."""
    for p in layer.parameters():
        nn.init.uniform_(p, -0.8, 0.8)
    weights = {name: p.tolist() for name, p in layer.named_parameters()}
    x = x.requires_grad_() if x.is_floating_point() else x
    out = (run or layer)(x)
    z = out[0] if isinstance(out, tuple) else out
    (z * z).sum().backward()
    return {
        "input": x.tolist(),
        "weights": weights,
        "output": z.tolist(),
        "input_grad": None if x.grad is None else x.grad.tolist(),
        "grads": {name: p.grad.tolist() for name, p in layer.named_parameters()},
        "buffers": {name: b.tolist() for name, b in layer.named_buffers()},
        "eval_output": layer.eval()(x).tolist() if layer._buffers else None,
    }


def attention(causal: bool) -> dict[str, Any]:
    """Return the case of a sequence that attends to itself."""
    layer = nn.MultiheadAttention(4, 2)
    mask = nn.Transformer.generate_square_subsequent_mask(3) if causal else None
    return case(layer, torch.randn(3, 4), lambda x: layer(x, x, x, attn_mask=mask))


def block() -> dict[str, Any]:
    """Return the case of a causal block with the norms in front."""
    layer = nn.TransformerEncoderLayer(4, 2, 5, 0.0, "gelu", norm_first=True)
    mask = nn.Transformer.generate_square_subsequent_mask(3)
    return case(layer, torch.randn(3, 4), lambda x: layer(x, src_mask=mask))


def learned_table() -> dict[str, Any]:
    """Return a table before and after steps of Adam, row 4 of which is never asked for."""
    layer, symbols = nn.Embedding(5, 3), [0, 1, 0, 3, 2, 3, 0, 0]
    before = nn.init.uniform_(layer.weight, -0.8, 0.8).tolist()
    optimizer = torch.optim.Adam(layer.parameters(), lr=0.1)
    for symbol in symbols:
        optimizer.zero_grad()
        layer(torch.tensor(symbol)).square().mean().backward()
        optimizer.step()
    return {"symbols": symbols, "before": before, "after": layer.weight.tolist()}


def rate(schedule: Any, steps: int = 12) -> list[float]:
    """Return the learning rates of a schedule over an optimiser whose own is 0.5."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.5)
    schedule, rates = schedule(optimizer), []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return rates


def main() -> None:
    torch.manual_seed(0)
    torch.set_default_dtype(torch.float64)
    lr = torch.optim.lr_scheduler
    document = {
        "versions": {"torch": torch.__version__, "python": platform.python_version()},
        "layer_norm": case(nn.LayerNorm(4), torch.randn(4)),
        "batch_norm": case(nn.BatchNorm1d(3), torch.randn(5, 3)),
        "conv": case(nn.Conv2d(2, 3, 3), torch.randn(2, 5, 4)),
        "conv_stride_padding": case(nn.Conv2d(1, 2, 3, 2, 1), torch.randn(1, 6, 5)),
        "max_pool": case(nn.MaxPool2d(2), torch.randn(2, 5, 4)),
        "max_pool_overlapping": case(nn.MaxPool2d(3, 1), torch.randn(1, 4, 5)),
        "avg_pool": case(nn.AvgPool2d(2), torch.randn(2, 4, 4)),
        "rnn": case(nn.RNN(2, 3), torch.randn(4, 2)),
        "lstm": case(nn.LSTM(2, 3), torch.randn(4, 2)),
        "gru": case(nn.GRU(2, 3), torch.randn(4, 2)),
        "embedding": case(nn.Embedding(5, 3), torch.tensor([4, 0, 4])),
        "attention": attention(causal=False),
        "attention_causal": attention(causal=True),
        "block": block(),
        "schedules": {
            "step_decay": rate(lambda o: lr.StepLR(o, 3, 0.5)),
            "cosine": rate(lambda o: lr.CosineAnnealingLR(o, 10, eta_min=0.05), 11),
            "warmup": rate(lambda o: lr.LinearLR(o, 0.2, 1.0, 4)),
        },
        "embedding_adam": learned_table(),
    }
    TARGET.write_text(json.dumps(document) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
