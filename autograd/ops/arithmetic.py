"""Arithmetic and other functions of two arguments. The engine sums over broadcast axes.

On Python floats + - * are Python's own: an overflow gives inf, as in NumPy, but in silence, as in
Python. Looking at every result for the sake of NumPy's RuntimeWarning would cost each node of a
scalar program a comparison; a gradient that turns NaN is warned of by the sweep.
"""

import math
import operator
from typing import Any

import numpy as np

from autograd import leading
from autograd.fast import binary
from autograd.op import Op, apply, composite, constant, elementwise, registry
from autograd.ops.elementary import LN2
from autograd.value import Value

add = elementwise(
    np.add,
    lambda g, z, x, y: g,
    lambda g, z, x, y: g,
    scalar=operator.add,
)
subtract = elementwise(
    np.subtract,
    lambda g, z, x, y: g,
    lambda g, z, x, y: -g,
    scalar=operator.sub,
)
multiply = elementwise(
    np.multiply,
    lambda g, z, x, y: g * y,
    lambda g, z, x, y: g * x,
    scalar=operator.mul,
)
divide = elementwise(
    np.divide,
    lambda g, z, x, y: g / y,
    lambda g, z, x, y: -g * z / y,
    scalar=operator.truediv,
    pole=True,
    domain=((-2.0, 2.0), (0.3, 2.0)),
)

# x**0 has derivative 0 at x = 0 as well, and 0**y has derivative 0 in y for y >= 0.
power = elementwise(
    np.power,
    lambda g, z, x, y: g * np.where(y == 0, 0.0, y * x ** np.where(y == 0, 1.0, y - 1)),
    lambda g, z, x, y: g * z * np.log(np.where(x == 0, 1.0, x)),
    scalar=math.pow,
    pole=True,
    domain=((0.2, 2.0), (-2.0, 2.0)),
)


def _to_number(x: Any, exponent: float) -> Any:
    if type(x) is float:
        try:
            z = x**exponent
        except ArithmeticError:
            return float(np.power(x, exponent))
        return z if type(z) is float else float(np.power(x, exponent))
    return x**exponent


def _to_number_rule(g: Any, z: Any, x: Any, *, exponent: float) -> Any:
    if exponent == 0:
        return g * 0.0
    return g * (exponent * x ** (exponent - 1)) if exponent != 2 else g * (2 * x)


power_of_number = elementwise(
    _to_number, _to_number_rule, name="power", numpy=(_to_number,), pole=True, domain=(0.2, 2.0)
)


def raise_to(x: Any, y: Any, **options: Any) -> Any:
    """x**y; an exponent that is a Python number is no input of the graph but part of the op."""
    if type(x) is Value and (type(y) is int or type(y) is float) and not options:
        return apply(power_of_number, (x,), {"exponent": y})
    return power_call(x, y) if not options else power(x, y, **options)


def _float_power(x: Any, y: Any) -> Any:
    return raise_to(_as_float64(x), _as_float64(y))


def _as_float64(x: Any) -> Any:
    dtype = np.result_type(getattr(x, "dtype", np.float64), np.float64)
    return x.astype(dtype) if getattr(x, "dtype", dtype) != dtype else x


composite(np.float_power)(_float_power)

remainder = elementwise(
    np.remainder,
    lambda g, z, x, y: g,
    lambda g, z, x, y: -g * np.floor_divide(x, y),
    pole=True,
    domain=((0.1, 0.9), (1.0, 2.0)),
)
fmod = elementwise(
    np.fmod,
    lambda g, z, x, y: g,
    lambda g, z, x, y: -g * np.rint((x - z) / y),  # not x / y, which may round to a whole number
    pole=True,
    domain=((0.1, 0.9), (1.0, 2.0)),
)

# Ties share the gradient equally; fmax and fmin pass over NaN.
maximum = elementwise(
    np.maximum,
    lambda g, z, x, y: (g * (x >= y) + g * (x > y)) / 2,
    lambda g, z, x, y: (g * (y >= x) + g * (y > x)) / 2,
    scalar=lambda x, y: x if x >= y or x != x else y,
)
minimum = elementwise(
    np.minimum,
    lambda g, z, x, y: (g * (x <= y) + g * (x < y)) / 2,
    lambda g, z, x, y: (g * (y <= x) + g * (y < x)) / 2,
    scalar=lambda x, y: x if x <= y or x != x else y,
)
fmax = elementwise(
    np.fmax,
    lambda g, z, x, y: (g * ((x >= y) | (y != y)) + g * ((x > y) | (y != y))) / 2,
    lambda g, z, x, y: (g * ((y >= x) | (x != x)) + g * ((y > x) | (x != x))) / 2,
)
fmin = elementwise(
    np.fmin,
    lambda g, z, x, y: (g * ((x <= y) | (y != y)) + g * ((x < y) | (y != y))) / 2,
    lambda g, z, x, y: (g * ((y <= x) | (x != x)) + g * ((y < x) | (x != x))) / 2,
)

# At the origin both have derivative 0, as a norm has.
hypot = elementwise(
    np.hypot,
    lambda g, z, x, y: g * (x / np.where(z == 0, np.inf, z)),
    lambda g, z, x, y: g * (y / np.where(z == 0, np.inf, z)),
    domain=(0.3, 2.0),
)
arctan2 = elementwise(
    np.arctan2,
    lambda g, z, y, x: g * (x / np.where((x == 0) & (y == 0), np.inf, x * x + y * y)),
    lambda g, z, y, x: -g * (y / np.where((x == 0) & (y == 0), np.inf, x * x + y * y)),
    domain=(0.3, 2.0),
)


def _finite(z: Any) -> Any:
    return np.where(np.isfinite(z), z, 0)


logaddexp = elementwise(
    np.logaddexp,
    lambda g, z, x, y: g * np.exp(x - _finite(z)),
    lambda g, z, x, y: g * np.exp(y - _finite(z)),
)
logaddexp2 = elementwise(
    np.logaddexp2,
    lambda g, z, x, y: g * np.exp((x - _finite(z)) * LN2),
    lambda g, z, x, y: g * np.exp((y - _finite(z)) * LN2),
)

copysign = elementwise(
    np.copysign,
    lambda g, z, x, y: g * np.copysign(1, x) * np.copysign(1, y),
    None,
    domain=(0.2, 2.0),
)
ldexp = elementwise(np.ldexp, lambda g, z, x, y: np.ldexp(g, y), None)
nextafter = elementwise(np.nextafter, lambda g, z, x, y: g, None)
heaviside = elementwise(np.heaviside, None, lambda g, z, x, y: g * (x == 0))

where_row = elementwise(
    np.where,
    None,
    lambda g, z, c, x, y: np.where(c, g, 0),
    lambda g, z, c, x, y: np.where(c, 0, g),
    name="where",
)


@composite(np.where)
def where(condition: Any, *choices: Any) -> Any:
    """np.where; without choices, where the condition holds."""
    return where_row(condition, *choices) if choices else np.nonzero(condition)


@composite(np.clip)
def clip(a: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Any:
    """np.clip: minimum(maximum(a, a_min), a_max), so that ties at a bound share the gradient."""
    low = min if a_min is None else a_min
    high = max if a_max is None else a_max
    if low is not None:
        a = np.maximum(a, low)
    if high is not None:
        a = np.minimum(a, high)
    return a


@composite(np.divmod)
def divmod_(x: Any, y: Any) -> Any:
    """np.divmod: the quotient is piecewise constant."""
    return np.floor_divide(x, y), np.remainder(x, y)


@composite(np.modf)
def modf(x: Any) -> Any:
    """np.modf: the whole part is piecewise constant."""
    whole = np.trunc(x)
    infinite = np.isinf(whole)
    return np.where(infinite, 0.0, x) - np.where(infinite, 0.0, whole), whole


exponent_of = constant(lambda x: np.frexp(x)[1], batch=leading.elementwise, name="exponent")


@composite(np.frexp)
def frexp(x: Any) -> Any:
    """np.frexp: x = mantissa * 2**exponent, the exponent piecewise constant."""
    exponent = exponent_of(x)
    return np.ldexp(x, -exponent), exponent


# Piecewise constant functions
for function in (
    np.equal,
    np.not_equal,
    np.less,
    np.less_equal,
    np.greater,
    np.greater_equal,
    np.logical_and,
    np.logical_or,
    np.logical_xor,
    np.floor_divide,
    np.isclose,
    np.bitwise_and,
    np.bitwise_or,
    np.bitwise_xor,
    np.left_shift,
    np.right_shift,
    np.gcd,
    np.lcm,
):
    constant(function, arity=2)
for function in (np.invert, np.bitwise_count):
    constant(function)

add_call = binary(add)
subtract_call = binary(subtract)
multiply_call = binary(multiply)
divide_call = binary(divide)
power_call = binary(power)

calls: dict[Op, Any] = {
    add: add_call,
    subtract: subtract_call,
    multiply: multiply_call,
    divide: divide_call,
}
for row, call in calls.items():
    registry[row.function] = call
registry[np.power] = raise_to
