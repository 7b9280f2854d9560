"""Automatic differentiation of Python and NumPy code.

values        Value, no_grad, enable_grad, is_grad_enabled, detect_anomaly
transforms    grad, value_and_grad, elementwise_grad, vjp, jvp, jacobian, hessian, hvp, checkpoint
checking      gradcheck
pictures      draw
functions     relu, sigmoid, softplus, erf, erfc, logsumexp, softmax, log_softmax,
              sliding_window_view, stop_gradient; everything else is NumPy's own
new ops       elementwise, linear, multilinear, general, constant, composite
sweeps        history, pullback, pushforward, replay
errors        autograd.errors
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from autograd.checkpointing import checkpoint
from autograd.errors import AutogradError, GradcheckError
from autograd.jacobians import hessian, hvp, jacobian
from autograd.modes import detect_anomaly, enable_grad, is_grad_enabled, no_grad
from autograd.op import Op, composite, constant, elementwise, general, linear, multilinear
from autograd.ops import (
    erf,
    log_softmax,
    logsumexp,
    relu,
    sigmoid,
    sliding_window_view,
    softmax,
    softplus,
    stop_gradient,
)
from autograd.sweep import history, pullback, pushforward, replay
from autograd.transforms import elementwise_grad, grad, jvp, value_and_grad, vjp
from autograd.value import Value

if TYPE_CHECKING:
    from autograd.checking import GradcheckReport, gradcheck
    from autograd.drawing import Drawing, draw

__version__ = "0.1.0"

# Loaded when first asked for: together they take longer to import than everything else.
_LATER = {
    "Drawing": "autograd.drawing",
    "GradcheckReport": "autograd.checking",
    "draw": "autograd.drawing",
    "gradcheck": "autograd.checking",
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module 'autograd' has no attribute {name!r}")
    found = getattr(import_module(_LATER[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATER})


__all__ = [
    "AutogradError",
    "Drawing",
    "GradcheckError",
    "GradcheckReport",
    "Op",
    "Value",
    "checkpoint",
    "composite",
    "constant",
    "detect_anomaly",
    "draw",
    "elementwise",
    "elementwise_grad",
    "enable_grad",
    "erf",
    "general",
    "grad",
    "gradcheck",
    "hessian",
    "history",
    "hvp",
    "is_grad_enabled",
    "jacobian",
    "jvp",
    "linear",
    "log_softmax",
    "logsumexp",
    "multilinear",
    "no_grad",
    "pullback",
    "pushforward",
    "relu",
    "replay",
    "sigmoid",
    "sliding_window_view",
    "softmax",
    "softplus",
    "stop_gradient",
    "value_and_grad",
    "vjp",
]
