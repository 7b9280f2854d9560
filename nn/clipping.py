"""Gradient clipping: one factor for all gradients, or a bound for each element."""

from collections.abc import Iterable
from math import inf
from numbers import Real
from typing import Any

import numpy as np

from autograd import Value
from autograd.broadcast import number
from autograd.errors import ArgumentError, DTypeError, describe
from nn.optimizer import listed


def clip_grad_norm(
    parameters: Value | Iterable[Value], max_norm: float, norm_type: float = 2.0
) -> Any:
    """Scale all gradients by one factor to a joint norm of at most max_norm; returns the norm.

    norm_type is the p of the p-norm, inf for the largest magnitude. Parameters without a gradient
    do not count. The norm is a float, and a Value where `jit` traces; where it is NaN, all
    gradients become NaN. Raises ArgumentError unless max_norm >= 0 and norm_type > 0 (Pascanu et
    al. 2013).

    >>> w = Value(np.array([3.0, 4.0]))
    >>> (w * w).sum().backward()
    >>> clip_grad_norm([w], 1.0)
    10.0
    >>> w.grad.round(4)
    array([0.6, 0.8])
    """
    if not (_is_number(max_norm) and _is_number(norm_type) and max_norm >= 0.0 and norm_type > 0.0):
        raise ArgumentError(
            "max_norm >= 0 and norm_type > 0",
            f"max_norm={max_norm!r}, norm_type={norm_type!r}",
            "pass max_norm=1.0 for a norm of at most 1",
        )
    trained = _with_gradient(parameters)
    if not trained:
        return 0.0
    # In float64, where the square of no float32 overflows.
    sizes = [np.abs(parameter.grad).astype(np.float64) for parameter in trained]
    if norm_type == inf:
        norm = number(np.max(np.stack([np.max(size, initial=0.0) for size in sizes])))
    elif norm_type == 2.0:
        norm = number(sum(np.sum(size * size) for size in sizes)) ** 0.5
    else:
        norm = number(sum(np.sum(size**norm_type) for size in sizes)) ** (1.0 / norm_type)
    if type(norm) is Value or not norm <= max_norm:
        # PyTorch's 1e-6 keeps the clipped norm below max_norm. The factor is a Python number, which
        # leaves float32 gradients float32; of a norm that is NaN it is NaN.
        factor = number(np.where(norm <= max_norm, 1.0, max_norm / (norm + 1e-6)))
        for parameter in trained:
            parameter.grad = parameter.grad * factor
    return norm


def clip_grad_value(parameters: Value | Iterable[Value], clip_value: float) -> None:
    """Clip every element of every gradient to ±clip_value. Raises ArgumentError below 0.

    >>> w = Value(np.array([3.0, 0.25]))
    >>> (w * w).sum().backward()
    >>> clip_grad_value([w], 1.0)
    >>> w.grad
    array([1. , 0.5])
    """
    if not (_is_number(clip_value) and clip_value >= 0.0):
        raise ArgumentError(
            "clip_value >= 0", f"{clip_value!r}", "pass the largest magnitude to keep"
        )
    for parameter in _with_gradient(parameters):
        clipped = np.clip(parameter.grad, -clip_value, clip_value)
        parameter.grad = _as_before(clipped, parameter.grad)


def _is_number(x: Any) -> bool:
    return isinstance(x, Real)


def _with_gradient(parameters: Value | Iterable[Value]) -> list[Value]:
    given = [parameters] if type(parameters) is Value else listed(parameters)
    for parameter in given:
        if not hasattr(parameter, "grad"):
            raise DTypeError(
                "Values whose gradients to clip", describe(parameter), "pass model.parameters()"
            )
    return [parameter for parameter in given if parameter.grad is not None]


def _as_before(gradient: Any, before: Any) -> Any:
    return number(gradient) if type(before) is float else gradient
