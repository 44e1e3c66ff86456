"""The training of `make demo`: an MLP 64-24-10 learns scikit-learn's digits, with Adam.

usage: digits.py ENGINE EPOCHS
"""

import json
import sys
import time
from typing import Any

import nn
from nn.demo import digits


def trained(epochs: int) -> dict[str, Any]:
    (images, labels), _ = digits(0)
    model = nn.MLP(64, [24, 10], seed=0)
    start = time.perf_counter()
    history = nn.fit(
        model,
        images,
        labels,
        loss=nn.cross_entropy,
        optimizer=nn.Adam(model, lr=0.01),
        epochs=epochs,
        batch_size=32,
        metric=nn.accuracy,
        progress=False,
    )
    return {"total": (time.perf_counter() - start) / epochs, "losses": history.loss}


if __name__ == "__main__":
    print(json.dumps(trained(int(sys.argv[2]))))
