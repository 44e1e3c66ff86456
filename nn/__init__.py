"""Neural networks of Values: what to import from here, and from which file it comes.

>>> from nn import MLP
>>> model = MLP(2, [16, 16, 1])
>>> len(model.parameters())
337
"""

from nn.modules.activations import ACTIVATIONS, log_softmax, softmax
from nn.modules.attention import Attention, TransformerBlock
from nn.modules.buffers import Buffer
from nn.modules.calling import Batchwise
from nn.modules.convolution import AvgPool2d, Conv2d, MaxPool2d
from nn.modules.dropout import Dropout
from nn.modules.embedding import Embedding
from nn.modules.initializers import (
    INITIALIZERS,
    he_normal,
    he_uniform,
    uniform,
    xavier_normal,
    xavier_uniform,
)
from nn.modules.layers import MLP, Layer, Neuron, Sequential
from nn.modules.module import Module
from nn.modules.normalization import BatchNorm, LayerNorm
from nn.modules.recurrent import GRU, LSTM, RNN
from nn.modules.residual import Residual
from nn.modules.shapes import flatten
from nn.optim.clipping import clip_by_norm, clip_by_value
from nn.optim.optimizer import Optimizer
from nn.optim.optimizers import OPTIMIZERS, SGD, Adam, AdamW, RMSProp
from nn.optim.penalties import l1_penalty, l2_penalty
from nn.optim.schedules import Schedule, cosine, step_decay, warmup
from nn.plots.decision_boundary import plot_decision_boundary
from nn.plots.images import plot_images
from nn.plots.line_plot import Curves, curves
from nn.plots.plane import plot_plane, side_by_side
from nn.training.diagnosis import Diagnosis, LayerHealth, diagnose
from nn.training.evaluation import Scores, accuracy, evaluate
from nn.training.fit import fit
from nn.training.history import History
from nn.training.losses import LOSSES, binary_cross_entropy, cross_entropy, hinge, huber, l1, mse

__all__ = [
    "ACTIVATIONS", "Adam", "AdamW", "Attention", "AvgPool2d", "BatchNorm", "Batchwise", "Buffer",
    "Conv2d", "Curves", "Diagnosis", "Dropout", "Embedding", "GRU", "History", "INITIALIZERS",
    "LOSSES", "LSTM", "Layer", "LayerHealth", "LayerNorm", "MLP", "MaxPool2d", "Module", "Neuron",
    "OPTIMIZERS", "Optimizer", "RMSProp", "RNN", "Residual", "SGD", "Schedule", "Scores",
    "Sequential", "TransformerBlock", "accuracy", "binary_cross_entropy", "clip_by_norm",
    "clip_by_value", "cosine", "cross_entropy", "curves", "diagnose", "evaluate", "fit", "flatten",
    "he_normal", "he_uniform", "hinge", "huber", "l1", "l1_penalty", "l2_penalty", "log_softmax",
    "mse", "plot_decision_boundary", "plot_images", "plot_plane", "side_by_side", "softmax",
    "step_decay", "uniform", "warmup", "xavier_normal", "xavier_uniform",
]  # fmt: skip
