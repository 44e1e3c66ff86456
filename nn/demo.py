"""The demo: an MLP of scalar Values learns real handwritten digits; its gradients are checked."""

import random
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nn
from autograd import Value, check, draw

if TYPE_CHECKING:
    from autograd.checking import Report
    from autograd.drawing.snapshot import Snapshot

__all__ = ["run"]

CHECKED_ROWS = 4
# Parameters of each neuron in the picture of one path.
STRONGEST = 5
PATH_NOTE = f"the strongest hidden neuron; of each neuron's parameters the {STRONGEST} strongest"

Rows = list[list[float]]


def run(epochs: int, hidden: Sequence[int], partials: int, seed: int, out: Path) -> int:
    """Train, check, report; return 0, or 1 when a gradient failed.

    Args:
        epochs: passes over the images.
        hidden: neurons per hidden layer.
        partials: how many partial derivatives to check.
        seed: of weights, split and order.
        out: the folder to write to.

    Raises:
        ImportError: without scikit-learn, which has the images.
    """
    train, test = digits(seed)
    out.mkdir(parents=True, exist_ok=True)
    model = nn.MLP(64, [*hidden, 10], seed=seed)
    print(f"{model}: {len(model.parameters())} parameters, {len(train[0])} images to learn from")

    start = time.perf_counter()
    history = nn.fit(
        model,
        *train,
        loss=nn.cross_entropy,
        optimizer=nn.Adam(model, lr=0.01),
        epochs=epochs,
        batch_size=32,
        seed=seed,
        metric=nn.accuracy,
    )
    seconds = time.perf_counter() - start

    accuracy = nn.evaluate(model, *test, metric=nn.accuracy).metric or 0.0
    report = checked(model, test, partials, seed)
    model.save(out / "model.json")
    history.plot().save(out / "loss.svg")
    written = ["loss.svg", "model.json", *draw_path(model, test, out)]
    print(summary(accuracy, len(test[0]), seconds, report))
    print(f"written to        {out}/  ({', '.join(written)})")
    return 1 if report.count("FAIL") else 0


def digits(seed: int) -> tuple[tuple[Rows, list[int]], tuple[Rows, list[int]]]:
    """Return scikit-learn's 1,797 images of 8×8 pixels in 0..1, four fifths to learn from.

    Source: E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten Digits" (1998), UCI.
    """
    from sklearn.datasets import load_digits  # noqa: PLC0415 - only the demo needs it
    from sklearn.model_selection import train_test_split  # noqa: PLC0415

    images, labels = load_digits(return_X_y=True)
    split: list[Any] = train_test_split(
        images / 16.0, labels, test_size=0.2, random_state=seed, stratify=labels
    )
    train_images, test_images, train_labels, test_labels = (part.tolist() for part in split)
    return (train_images, train_labels), (test_images, test_labels)


def checked(model: nn.Module, test: tuple[Rows, list[int]], partials: int, seed: int) -> "Report":
    """Check a sample of the loss's partial derivatives, by the parameters, on a few test images."""
    images, labels = test[0][:CHECKED_ROWS], test[1][:CHECKED_ROWS]
    parameters = model.named_parameters()
    sample = random.Random(seed).sample(parameters, min(partials, len(parameters)))
    own = [leaf.label for _, leaf in sample]
    for name, leaf in sample:
        leaf.label = name  # for the report

    def loss() -> Value:
        return nn.cross_entropy([model(image) for image in images], labels)

    report = check(loss, (), wrt=[leaf for _, leaf in sample])
    for label, (_, leaf) in zip(own, sample, strict=True):
        leaf.label = label
    return report


def draw_path(model: nn.MLP, test: tuple[Rows, list[int]], out: Path) -> list[str]:
    """Draw how one image becomes its score along the strongest neuron; return file names."""
    image, label = test[0][0], test[1][0]
    model.zero_grad()
    score = model(image)[label]
    score.label = f"score of {label}"
    score.backward()
    whole = draw(score, group="open", max_nodes=None)
    picture = replace(whole, only=strongest_path(whole.snapshot), notes=(PATH_NOTE,))
    names = ["path.svg", "path.html"]
    for name in names:
        picture.save(out / name)
    return names


def strongest_path(snapshot: "Snapshot") -> frozenset[str]:
    """Return the ids of the output neuron and of the hidden one that moves it most.

    Of each neuron's parameters, those with the largest gradients are kept.
    """
    last = snapshot.root.group
    hidden = [node for node in snapshot.nodes if node.rule and node.group != last]
    group = max(hidden, key=lambda node: abs(node.grad or 0.0)).group
    kept = [node.id for node in snapshot.nodes if node.rule and node.group in (group, last)]
    for path in (group, last):
        leaves = [node for node in snapshot.nodes if not node.rule and node.group == path]
        leaves.sort(key=lambda node: abs(node.grad or 0.0), reverse=True)
        kept += [node.id for node in leaves[:STRONGEST]]
    return frozenset(kept)


def summary(accuracy: float, images: int, seconds: float, report: "Report") -> str:
    """Return the report that ends the demo."""
    worst = report.worst
    error = f"{worst.error:.1e} relative, at {worst.name}" if worst else "nothing was conclusive"
    verdicts = ", ".join(
        f"{report.count(verdict)} {verdict}" for verdict in ("PASS", "FAIL", "INCONCLUSIVE")
    )
    return f"""
test accuracy     {accuracy:.2%} of {images} held-out images
training took     {seconds:.1f} s
partials checked  {len(report.partials)} against finite differences: {verdicts}
worst error       {error}"""
