"""Elementary functions of one argument. Each row: the function, and d(output)/d(x) times g."""

import math
from typing import Any

import numpy as np

from autograd.fast import unary
from autograd.op import constant, elementwise, registry
from autograd.reuse import in_room

LN2 = math.log(2.0)
LN10 = math.log(10.0)
DEGREE = math.pi / 180.0

# Exponentials and logarithms
exp = elementwise(np.exp, lambda g, y, x: g * y, scalar=math.exp)
exp2 = elementwise(np.exp2, lambda g, y, x: g * y * LN2)
expm1 = elementwise(np.expm1, lambda g, y, x: g * np.exp(x), scalar=math.expm1)
log = elementwise(np.log, lambda g, y, x: g / x, scalar=math.log, pole=True, domain=(0.1, 3.0))
log2 = elementwise(np.log2, lambda g, y, x: g / (x * LN2), pole=True, domain=(0.1, 3.0))
log10 = elementwise(np.log10, lambda g, y, x: g / (x * LN10), pole=True, domain=(0.1, 3.0))
log1p = elementwise(
    np.log1p, lambda g, y, x: g / (1 + x), scalar=math.log1p, pole=True, domain=(-0.8, 3.0)
)

# Powers
square = elementwise(np.square, lambda g, y, x: g * (2 * x), scalar=lambda x: x * x)
sqrt = elementwise(
    np.sqrt, lambda g, y, x: g / (2 * y), scalar=math.sqrt, pole=True, domain=(0.1, 3.0)
)
cbrt = elementwise(np.cbrt, lambda g, y, x: g / (3 * y * y), pole=True, domain=(0.1, 3.0))
reciprocal = elementwise(np.reciprocal, lambda g, y, x: -g * y * y, pole=True, domain=(0.2, 3.0))

# Trigonometry
sin = elementwise(np.sin, lambda g, y, x: g * np.cos(x), scalar=math.sin)
cos = elementwise(np.cos, lambda g, y, x: -g * np.sin(x), scalar=math.cos)
tan = elementwise(np.tan, lambda g, y, x: g * (1 + y * y), scalar=math.tan, domain=(-1.2, 1.2))


def _other_leg(x: Any) -> Any:
    """sqrt(1 - x²); of complex x on NumPy's side of the cuts at |x| > 1."""
    return np.sqrt(-(x - 1)) * np.sqrt(x + 1) if np.iscomplexobj(x) else np.sqrt((1 - x) * (1 + x))


arcsin = elementwise(np.arcsin, lambda g, y, x: g / _other_leg(x), pole=True, domain=(-0.9, 0.9))
arccos = elementwise(np.arccos, lambda g, y, x: -g / _other_leg(x), pole=True, domain=(-0.9, 0.9))
arctan = elementwise(np.arctan, lambda g, y, x: g / (1 + x * x), scalar=math.atan)
deg2rad = elementwise(np.deg2rad, lambda g, y, x: g * DEGREE)
rad2deg = elementwise(np.rad2deg, lambda g, y, x: g / DEGREE)
radians = elementwise(np.radians, lambda g, y, x: g * DEGREE)
degrees = elementwise(np.degrees, lambda g, y, x: g / DEGREE)

# Hyperbolic functions
sinh = elementwise(np.sinh, lambda g, y, x: g * np.cosh(x), scalar=math.sinh)
cosh = elementwise(np.cosh, lambda g, y, x: g * np.sinh(x), scalar=math.cosh)
tanh = elementwise(np.tanh, lambda g, y, x: g - g * (y * y), scalar=math.tanh)
arcsinh = elementwise(np.arcsinh, lambda g, y, x: g / np.sqrt(x * x + 1))
arccosh = elementwise(
    np.arccosh,
    lambda g, y, x: g / (np.sqrt(x - 1) * np.sqrt(x + 1)),
    pole=True,
    domain=(1.2, 4.0),
)
arctanh = elementwise(np.arctanh, lambda g, y, x: g / (1 - x * x), pole=True, domain=(-0.8, 0.8))

# Signs; |x| has derivative 0 at 0
absolute = elementwise(
    np.absolute, lambda g, y, x: g * (x > 0) - g * (x < 0), scalar=abs, domain=(0.1, 2.0)
)
fabs = elementwise(np.fabs, lambda g, y, x: g * (x > 0) - g * (x < 0), domain=(0.1, 2.0))
negative = elementwise(np.negative, lambda g, y, x: -g, scalar=lambda x: -x)
positive = elementwise(np.positive, lambda g, y, x: g, scalar=lambda x: x)

# Activations that NumPy lacks


_maximum = in_room(np.maximum)


def _relu(x: Any) -> Any:
    return _maximum(x, 0)


def _relu_float(x: float) -> float:
    return 0.0 if x <= 0.0 else x


def _sigmoid(x: Any) -> Any:
    # Where e**-x overflows, 1 / inf is 0, and so is the result but for denormal numbers.
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-np.asarray(x)))[()]


def _sigmoid_float(x: float) -> float:
    e = math.exp(-abs(x))
    return (1.0 if x >= 0.0 else e) / (1.0 + e)


def _softplus(x: Any) -> Any:
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def _softplus_float(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


relu_row = elementwise(
    _relu, lambda g, y, x: g * (x > 0), name="relu", scalar=_relu_float, domain=(0.1, 2.0)
)
sigmoid_row = elementwise(
    _sigmoid, lambda g, y, x: g * (y * (1 - y)), name="sigmoid", scalar=_sigmoid_float
)
softplus_row = elementwise(
    _softplus, lambda g, y, x: g * sigmoid(x), name="softplus", scalar=_softplus_float
)

relu_call = unary(relu_row)
sigmoid_call = unary(sigmoid_row)
softplus_call = unary(softplus_row)


def relu(x: Any) -> Any:
    """max(x, 0), of a Value or an array; its derivative at 0 is 0.

    >>> relu(np.array([-1.0, 2.0]))
    array([0., 2.])
    """
    return relu_call(x)


def sigmoid(x: Any) -> Any:
    """1 / (1 + e**-x), of a Value or an array; nothing overflows.

    >>> sigmoid(np.array([-1000.0, 0.0]))
    array([0. , 0.5])
    """
    return sigmoid_call(x)


def softplus(x: Any) -> Any:
    """log(1 + e**x), of a Value or an array; nothing overflows.

    >>> softplus(np.array([-1000.0, 1000.0]))
    array([   0., 1000.])
    """
    return softplus_call(x)


# Piecewise constant functions
for function in (
    np.floor,
    np.ceil,
    np.trunc,
    np.rint,
    np.fix,
    np.signbit,
    np.isposinf,
    np.isneginf,
    np.isnan,
    np.isinf,
    np.isfinite,
    np.logical_not,
    np.spacing,
):
    constant(function)

for row in (exp, log, sqrt, sin, cos, tanh, square, negative):
    registry[row.function] = unary(row)
