"""Automatic differentiation of Python and NumPy code.

values        Value, no_grad, enable_grad, is_grad_enabled, detect_anomaly
transforms    grad, value_and_grad, elementwise_grad, vjp, jvp, linearize, jacobian, hessian, hvp,
              vmap, checkpoint, custom_vjp
loops         scan
compiling     jit
checking      gradcheck
memory        empty_cache
pictures      draw
functions     relu, sigmoid, softplus, erf, erfc, logsumexp, softmax, log_softmax,
              sliding_window_view, stop_gradient; everything else is NumPy's own
new ops       elementwise, linear, multilinear, general, constant, composite
sweeps        history, pullback, pushforward, replay
existing code make_vjp, make_jvp, make_hvp, make_ggnvp, deriv, grad_named, grad_and_aux, primitive,
              multigrad_dict, ...; autograd.numpy, scipy, extend, test_util, misc, builtins
errors        autograd.errors
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from autograd.checkpointing import checkpoint
from autograd.custom import custom_vjp
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
from autograd.reuse import empty_cache
from autograd.scanning import scan
from autograd.sweep import history, pullback, pushforward, replay
from autograd.transforms import elementwise_grad, grad, jvp, linearize, value_and_grad, vjp
from autograd.value import Value
from autograd.vectorizing import vmap

if TYPE_CHECKING:
    from autograd.checking import GradcheckReport, gradcheck
    from autograd.compiler import jit
    from autograd.differential_operators import (
        deriv,
        grad_and_aux,
        grad_named,
        hessian_tensor_product,
        hessian_vector_product,
        holomorphic_grad,
        make_ggnvp,
        make_hvp,
        make_jvp,
        make_vjp,
        multigrad_dict,
        tensor_jacobian_product,
        vector_jacobian_product,
    )
    from autograd.drawing import Drawing, draw

__version__ = "0.1.0"

_OPERATORS = (
    "deriv",
    "grad_and_aux",
    "grad_named",
    "hessian_tensor_product",
    "hessian_vector_product",
    "holomorphic_grad",
    "make_ggnvp",
    "make_hvp",
    "make_jvp",
    "make_vjp",
    "multigrad_dict",
    "tensor_jacobian_product",
    "vector_jacobian_product",
)
# Loaded when first asked for: together they take longer to import than everything else.
_LATER = {
    "Drawing": "autograd.drawing",
    "GradcheckReport": "autograd.checking",
    "jit": "autograd.compiler",
    "draw": "autograd.drawing",
    "gradcheck": "autograd.checking",
    **dict.fromkeys(_OPERATORS, "autograd.differential_operators"),
    "primitive": "autograd.extend",
    **dict.fromkeys(("dict", "isinstance", "list", "tuple", "type"), "autograd.builtins"),
}


# `import autograd` makes these known as `autograd.numpy` ..., as existing code expects.
_MODULES = (
    "builtins",
    "core",
    "differential_operators",
    "extend",
    "misc",
    "numpy",
    "test_util",
    "tracer",
    "util",
    "wrap_util",
)


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f"autograd.{name}")
    if name not in _LATER:
        raise AttributeError(f"module 'autograd' has no attribute {name!r}")
    found = getattr(import_module(_LATER[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATER, *_MODULES})


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
    "custom_vjp",
    "deriv",
    "detect_anomaly",
    "draw",
    "elementwise",
    "elementwise_grad",
    "empty_cache",
    "enable_grad",
    "erf",
    "general",
    "grad",
    "grad_and_aux",
    "grad_named",
    "gradcheck",
    "hessian",
    "hessian_tensor_product",
    "hessian_vector_product",
    "history",
    "holomorphic_grad",
    "hvp",
    "is_grad_enabled",
    "jacobian",
    "jit",
    "jvp",
    "linear",
    "linearize",
    "log_softmax",
    "logsumexp",
    "make_ggnvp",
    "make_hvp",
    "make_jvp",
    "make_vjp",
    "multigrad_dict",
    "multilinear",
    "no_grad",
    "pullback",
    "pushforward",
    "relu",
    "replay",
    "scan",
    "sigmoid",
    "sliding_window_view",
    "softmax",
    "softplus",
    "stop_gradient",
    "tensor_jacobian_product",
    "value_and_grad",
    "vector_jacobian_product",
    "vjp",
    "vmap",
]
