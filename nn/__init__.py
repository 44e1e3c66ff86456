"""Neural networks of Values: what to import from here, and from which file it comes.

>>> from nn import MLP
>>> model = MLP(2, [16, 16, 1])
>>> len(model.parameters())
337
"""

from nn.activations import ACTIVATIONS, log_softmax, softmax
from nn.boundary import plot_decision_boundary
from nn.clipping import clip_by_norm, clip_by_value
from nn.diagnosis import Diagnosis, LayerHealth, diagnose
from nn.evaluation import Scores, accuracy, evaluate
from nn.history import History
from nn.initializers import (
    INITIALIZERS,
    he_normal,
    he_uniform,
    uniform,
    xavier_normal,
    xavier_uniform,
)
from nn.layers import MLP, Layer, Neuron, Sequential
from nn.losses import LOSSES, binary_cross_entropy, cross_entropy, hinge, huber, l1, mse
from nn.module import Module
from nn.optimizer import Optimizer
from nn.optimizers import OPTIMIZERS, SGD, Adam, AdamW, RMSProp
from nn.plane import plot_plane, side_by_side
from nn.plotting import Curves, curves
from nn.training import fit

__all__ = [
    "ACTIVATIONS", "Adam", "AdamW", "Curves", "Diagnosis", "History", "INITIALIZERS", "LOSSES",
    "Layer", "LayerHealth", "MLP", "Module", "Neuron", "OPTIMIZERS", "Optimizer", "RMSProp",
    "SGD", "Scores", "Sequential", "accuracy", "binary_cross_entropy", "clip_by_norm",
    "clip_by_value", "cross_entropy", "curves", "diagnose", "evaluate", "fit", "he_normal",
    "he_uniform", "hinge", "huber", "l1", "log_softmax", "mse", "plot_decision_boundary",
    "plot_plane", "side_by_side", "softmax", "uniform", "xavier_normal", "xavier_uniform",
]  # fmt: skip
