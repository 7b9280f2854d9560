"""Neural networks built of recorded operations; no derivative is stated here.

Every gradient comes from `autograd`'s graph. Names, argument order and memory layout are PyTorch's.

    layers        Module, Linear, MLP, Sequential, Flatten, Dropout,
                  Conv2d, MaxPool2d, AvgPool2d, BatchNorm1d, BatchNorm2d, LayerNorm,
                  Embedding, MultiheadAttention, scaled_dot_product_attention,
                  RNN, GRU, LSTM, RNNCell, GRUCell, LSTMCell
    activations   relu, leaky_relu, elu, selu, gelu, silu, mish, sigmoid, tanh, softplus, softmax,
                  log_softmax, hardtanh, relu6; any function of an array is one
    losses        mse, l1, huber, cross_entropy, nll, bce, bce_with_logits, hinge,
                  multi_class_hinge, kl_div
    optimizers    SGD, RMSprop, Adagrad, Adam, AdamW, clip_grad_norm, clip_grad_value
    schedules     StepLR, ExponentialLR, CosineAnnealingLR, WarmupCosine
    data          batches, train_test_split, one_hot, standardize
    training      fit, evaluate, predict, accuracy, History, EarlyStopping
    files         save, load, load_metadata
    randomness    seed, generator
    modules       nn.init, initial weights; nn.scalar, micrograd's Neuron, Layer and MLP

>>> import numpy as np
>>> import nn
>>> model = nn.MLP([4, 16, 3], rng=0)
>>> logits = model(np.ones((2, 4)))
>>> nn.cross_entropy(logits, np.array([0, 2])).backward()
>>> [p.grad.shape for p in model.parameters()]
[(16, 4), (16,), (3, 16), (3,)]
"""

from typing import Any

from nn import data, init, optim, scalar, schedules
from nn.activations import (
    elu,
    gelu,
    hardtanh,
    leaky_relu,
    log_softmax,
    mish,
    relu,
    relu6,
    selu,
    sigmoid,
    silu,
    softmax,
    softplus,
    tanh,
)
from nn.attention import scaled_dot_product_attention
from nn.cells import GRUCell, LSTMCell, RNNCell
from nn.conv import Conv2d
from nn.data import batches, one_hot, standardize, train_test_split
from nn.epochs import EarlyStopping, Epoch, History
from nn.linear import MLP, Linear
from nn.lookup import Embedding
from nn.losses import (
    bce,
    bce_with_logits,
    cross_entropy,
    hinge,
    huber,
    kl_div,
    l1,
    mse,
    multi_class_hinge,
    nll,
)
from nn.metrics import accuracy
from nn.module import Module
from nn.multihead import MultiheadAttention
from nn.norm import BatchNorm1d, BatchNorm2d, LayerNorm
from nn.optim import (
    SGD,
    Adagrad,
    Adam,
    AdamW,
    Optimizer,
    RMSprop,
    clip_grad_norm,
    clip_grad_value,
)
from nn.pooling import AvgPool2d, MaxPool2d
from nn.randomness import generator, seed
from nn.recurrent import GRU, LSTM, RNN
from nn.regularization import Dropout
from nn.schedules import CosineAnnealingLR, ExponentialLR, Schedule, StepLR, WarmupCosine
from nn.sequential import Flatten, Sequential
from nn.serialization import load, load_metadata, save
from nn.state import LoadResult
from nn.training import NonFiniteLossError, evaluate, fit, predict

# Layers, and what holds them
__all__ = ["MLP", "Dropout", "Flatten", "Linear", "LoadResult", "Module", "Sequential"]
__all__ += ["AvgPool2d", "BatchNorm1d", "BatchNorm2d", "Conv2d", "LayerNorm", "MaxPool2d"]
__all__ += ["Embedding", "MultiheadAttention", "scaled_dot_product_attention"]
__all__ += ["GRU", "LSTM", "RNN", "GRUCell", "LSTMCell", "RNNCell"]

# Activations: functions of a Value or an array
__all__ += ["elu", "gelu", "hardtanh", "leaky_relu", "log_softmax", "mish", "relu", "relu6"]
__all__ += ["selu", "sigmoid", "silu", "softmax", "softplus", "tanh"]

# Losses
__all__ += ["bce", "bce_with_logits", "cross_entropy", "hinge", "huber", "kl_div", "l1", "mse"]
__all__ += ["multi_class_hinge", "nll"]

# Optimizers and schedules
__all__ += ["SGD", "Adagrad", "Adam", "AdamW", "Optimizer", "RMSprop"]
__all__ += ["clip_grad_norm", "clip_grad_value"]
__all__ += ["CosineAnnealingLR", "ExponentialLR", "Schedule", "StepLR", "WarmupCosine"]

# Data and training
__all__ += ["batches", "one_hot", "standardize", "train_test_split"]
__all__ += ["EarlyStopping", "Epoch", "History", "NonFiniteLossError"]
__all__ += ["accuracy", "evaluate", "fit", "predict"]

# Files and randomness
__all__ += ["generator", "load", "load_metadata", "save", "seed"]

# Modules to import from: nn.init.xavier_uniform, nn.scalar.Neuron
__all__ += ["data", "init", "optim", "scalar", "schedules"]

# What PyTorch's users look for here, and what it is called.
_FUNCTIONS = {
    "ReLU": "relu",
    "LeakyReLU": "leaky_relu",
    "ELU": "elu",
    "SELU": "selu",
    "GELU": "gelu",
    "SiLU": "silu",
    "Mish": "mish",
    "Sigmoid": "sigmoid",
    "Tanh": "tanh",
    "ReLU6": "relu6",
    "Softplus": "softplus",
    "Softmax": "softmax",
    "LogSoftmax": "log_softmax",
    "Hardtanh": "hardtanh",
    "MSELoss": "mse",
    "L1Loss": "l1",
    "HuberLoss": "huber",
    "CrossEntropyLoss": "cross_entropy",
    "NLLLoss": "nll",
    "BCELoss": "bce",
    "BCEWithLogitsLoss": "bce_with_logits",
    "KLDivLoss": "kl_div",
    "MultiMarginLoss": "multi_class_hinge",
}
_INSTEAD = {
    "Parameter": "a Value is a parameter: self.weight = Value(np.zeros((3, 2)))",
    "Buffer": "a Value with requires_grad=False is a buffer",
    "ModuleList": "a list of modules is walked: self.layers = [a, b]",
    "ModuleDict": "a dict of modules is walked: self.parts = {'a': a}",
    "ParameterList": "a list of Values is walked: self.weights = [v, w]",
    "ParameterDict": "a dict of Values is walked: self.weights = {'v': v}",
    "Identity": "any function is a layer: lambda x: x",
    "functional": "the functions are in nn itself: nn.relu, nn.cross_entropy",
    "utils": "clipping is in nn itself: nn.clip_grad_norm, nn.clip_grad_value",
}


def __getattr__(name: str) -> Any:
    if name in _FUNCTIONS:
        remedy = (
            f"activations and losses are functions here, nn.{_FUNCTIONS[name]}; "
            "nn.Sequential takes them as they are"
        )
    elif name in _INSTEAD:
        remedy = _INSTEAD[name]
    else:
        raise AttributeError(f"module 'nn' has no attribute {name!r}")
    raise AttributeError(f"expected a name of nn\n  received: nn.{name}\n  remedy:   {remedy}")
