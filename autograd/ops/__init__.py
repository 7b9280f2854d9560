"""The op tables. Importing this package fills the names that `Value`'s operators call."""

from autograd import methods, op, protocols
from autograd.ops import (
    arithmetic,
    complex,
    contract,
    diagonal,
    elementary,
    gather,
    index,
    joining,
    logits,
    reduce,
    shape,
    special,
    window,
)
from autograd.ops.elementary import relu, sigmoid, softplus
from autograd.ops.index import stop_gradient
from autograd.ops.logits import log_softmax, logsumexp, softmax
from autograd.ops.special import erf
from autograd.ops.window import sliding_window_view

methods.add = arithmetic.add_call
methods.subtract = arithmetic.subtract_call
methods.multiply = arithmetic.multiply_call
methods.divide = arithmetic.divide_call
methods.negative = op.registry[elementary.negative.function]
methods.raise_to = arithmetic.raise_to
methods.matmul = contract.matmul
methods.tanh = op.registry[elementary.tanh.function]
methods.exp = op.registry[elementary.exp.function]
methods.log = op.registry[elementary.log.function]
methods.relu = elementary.relu_call
methods.sigmoid = elementary.sigmoid_call
methods.reduce_sum = reduce.over_axes(reduce.sum_row)
methods.reduce_mean = reduce.over_axes(reduce.mean_row)
methods.transpose = shape.transpose_all
methods.get_item = index.get_item
methods.cast = shape.cast
methods.registry = op.registry
methods.dispatch_ufunc = protocols.dispatch_ufunc
methods.dispatch_function = protocols.dispatch_function
methods.retell = protocols.retell
# All other functions of NumPy: importing them takes longer than all of this.
protocols.later["numpy"] = protocols.later["numpy.linalg"] = "autograd.ops.more"
protocols.later["numpy.fft"] = "autograd.ops.fft"
protocols.later["numpy.lib.scimath"] = "autograd.ops.emath"
protocols.later["numpy.polynomial.polynomial"] = "autograd.ops.power_series"

# The commonest operators are their ops themselves: it spares a call for every node.
for name, call in (
    ("__add__", arithmetic.add_call),
    ("__sub__", arithmetic.subtract_call),
    ("__mul__", arithmetic.multiply_call),
    ("__truediv__", arithmetic.divide_call),
    ("__matmul__", contract.matmul),
):
    setattr(methods.Operators, name, call)

__all__ = [
    "arithmetic",
    "complex",
    "contract",
    "diagonal",
    "elementary",
    "erf",
    "gather",
    "index",
    "joining",
    "log_softmax",
    "logits",
    "logsumexp",
    "reduce",
    "relu",
    "shape",
    "sigmoid",
    "sliding_window_view",
    "softmax",
    "softplus",
    "special",
    "stop_gradient",
    "window",
]
