"""Neural networks of Values: what to import from here, and from which file it comes.

>>> from nn import MLP
>>> model = MLP(2, [16, 16, 1])
>>> len(model.parameters())
337
"""

from nn.activations import ACTIVATIONS, log_softmax, softmax
from nn.attention import Attention, TransformerBlock
from nn.batchwise import Batchwise
from nn.boundary import plot_decision_boundary
from nn.buffers import Buffer
from nn.clipping import clip_by_norm, clip_by_value
from nn.convolution import AvgPool2d, Conv2d, MaxPool2d
from nn.diagnosis import Diagnosis, LayerHealth, diagnose
from nn.dropout import Dropout
from nn.embedding import Embedding
from nn.evaluation import Scores, accuracy, evaluate
from nn.history import History
from nn.images import plot_images
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
from nn.normalization import BatchNorm, LayerNorm
from nn.optimizer import Optimizer
from nn.optimizers import OPTIMIZERS, SGD, Adam, AdamW, RMSProp
from nn.penalties import l1_penalty, l2_penalty
from nn.plane import plot_plane, side_by_side
from nn.plotting import Curves, curves
from nn.recurrent import GRU, LSTM, RNN
from nn.residual import Residual
from nn.schedules import Schedule, cosine, step_decay, warmup
from nn.shapes import flatten
from nn.training import fit

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
