"""The demo trains, checks, draws and says so; the model is as it was but for what it learned."""

import nn
from autograd.cli.demo_command import main
from nn.demo import checked


def test_it_learns_checks_and_draws(tmp_path, capsys):
    out = tmp_path / "out"
    settings = ["--epochs", "1", "--hidden", "6", "--partials", "8", "--out", str(out)]
    assert main(settings) == 0
    said = capsys.readouterr().out
    assert "partials checked  8 against finite differences: " in said
    assert " 0 FAIL" in said
    names = {"loss.svg", "model.json", "path.svg", "path.html"}
    assert {path.name for path in out.iterdir()} == names
    assert "the strongest hidden neuron" in (out / "path.svg").read_text(encoding="utf-8")
    model = nn.MLP(64, [6, 10], seed=1)
    model.load(out / "model.json")


def test_a_check_names_parameters_in_full_and_leaves_their_labels():
    model = nn.MLP(64, [3, 10], seed=0)
    before = [p.label for p in model.parameters()]
    rows = [[0.1 * (i + j % 7) for j in range(64)] for i in range(4)]
    report = checked(model, (rows, [0, 1, 2, 3]), 5, seed=0)
    assert len(report.partials) == 5
    assert all(partial.name.startswith("layers.") for partial in report.partials)
    assert [p.label for p in model.parameters()] == before
