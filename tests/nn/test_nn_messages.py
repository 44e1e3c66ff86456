"""What nn says when it is given something else: what was expected, what came, what to do."""

from typing import Any

import numpy as np
import pytest

import nn as package
from autograd import Value

nn: Any = package  # what is wrong here, type checkers would find

X, Y = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0]], [0, 1, 2]


def train(outputs=1, X=X, y=Y, loss="mse", **given):  # noqa: N803
    model = nn.MLP(2, [outputs], seed=0)
    return nn.fit(model, X, y, loss=loss, optimizer="sgd", epochs=1, progress=False, **given)


class DataFrame:
    """As pandas and polars have it, as far as it is looked at."""

    columns = ("a", "b")

    def __iter__(self):
        return iter(self.columns)

    def to_numpy(self):
        return np.array(X)


ONE_HOT = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
CASES = {
    "a table as X": (lambda: train(X=DataFrame()), r"a DataFrame.*pass X\.to_numpy\(\)"),
    "a table as y": (lambda: train(y=DataFrame()), r"a DataFrame.*pass y\.to_numpy\(\)"),
    "a dict": (lambda: train(X={"a": [0.0], "b": [1.0]}), r"a dict, which yields its keys: pass"),
    "no y": (lambda: train(y=None), "expected a sequence of rows as y, got None"),
    "a number as X": (lambda: train(X=3.0), "expected a sequence of rows as X, got 3.0"),
    "text as y": (lambda: train(y="abc"), "expected a sequence of rows as y, got 'abc'"),
    "one-hot": (lambda: nn.cross_entropy(X, ONE_HOT), r"target\[0\]: of a one-hot row.* argmax"),
    "labels in a column": (lambda: nn.cross_entropy(X, [[0], [1], [1]]), "give the number itself"),
    "words": (lambda: nn.cross_entropy(X, ["cat", "dog", "cat"]), "'cat'.*number the classes"),
    "targets in a column": (lambda: nn.mse([1.0, 2.0], [[1.0], [2.0]]), "give the number itself"),
    "accuracy of rows": (lambda: nn.accuracy([0.1, 0.9], [0, 1]), "of many rows take the mean"),
    "accuracy of scores": (lambda: nn.accuracy([[0.1, 0.9]], 1), "of many rows take the mean"),
    "accuracy of nothing": (lambda: nn.accuracy([], 1), "expected one row of scores"),
    "accuracy of a word": (lambda: nn.accuracy([0.1, 0.9], "cat"), "class number, got the str"),
    "words to fit": (lambda: train(3, y=["a", "b", "c"]), "a str: number the classes from 0"),
    "a metric": (lambda: train(metric="f1"), "unknown metric 'f1': expected one of accuracy"),
    "callbacks": (lambda: train(callbacks=3), "expected callbacks to be a list of functions, got"),
    "a callback": (lambda: train(callbacks=[3]), "expected callbacks to be a list of functions"),
    "a list of layers": (lambda: nn.Sequential([nn.Layer(2, 1)]), r"Sequential\(\*layers\)"),
    "no layer": (lambda: nn.Sequential(3), "expected modules or functions, got a int as number 0"),
    "sizes": (lambda: nn.MLP(2, 2, 1), r"nouts to be a list of sizes, got 2: write MLP\(2, \["),
    "a rate": (lambda: nn.SGD([Value(1.0)], lr="0.1"), "expected lr ≥ 0 .*, got the str '0.1'"),
    "a seed": (lambda: nn.Layer(1, 1, seed="a"), "expected seed to be an integer, .*, got the str"),
}  # fmt: skip


@pytest.mark.parametrize(("act", "text"), CASES.values(), ids=CASES.keys())
def test_the_message(act, text):
    with pytest.raises((TypeError, ValueError), match=text) as raised:
        act()
    assert len(str(raised.value)) < 300


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("y", [ONE_HOT, [[0], [1], [2]]])
def test_fit_says_the_same_of_labels(compiled, y):
    with pytest.raises(Exception, match="expected an integer label, got a sequence"):
        train(3, y=y, loss="cross_entropy", compiled=compiled)


def test_accuracy_by_its_name():
    named, itself = [
        train(3, metric=metric, loss="cross_entropy") for metric in ("accuracy", nn.accuracy)
    ]
    assert named.metric == itself.metric
    model = nn.MLP(2, [3], seed=0)
    assert nn.evaluate(model, X, Y, metric="accuracy") == nn.evaluate(
        model, X, Y, metric=nn.accuracy
    )


def test_one_callback_alone():
    seen = []
    train(callbacks=lambda epoch, history: seen.append(epoch))
    assert seen == [1]


def test_a_table_as_numpy_is_trained_on():
    assert len(train(X=DataFrame().to_numpy()).loss) == 1


def test_a_model_that_is_no_module():
    def model(row: Any) -> Any:
        return row[0]

    for act in (
        lambda: nn.evaluate(model, X, Y, metric="accuracy"),
        lambda: nn.fit(model, X, Y, loss="mse", optimizer="SGD", epochs=1),
    ):
        with pytest.raises(TypeError, match="expected a Module as the model, got <function"):
            act()
