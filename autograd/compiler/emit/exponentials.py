"""exp and what is made of it: formulas of `vector_math`."""

import functools
import math

from autograd.compiler.emit import coefficients, machine
from autograd.compiler.emit.vector_code import Format, Real, Whole, fma, polynomial, where


def table(name: str, format: Format) -> tuple[float, ...]:
    """The coefficients of this name for a format."""
    return getattr(coefficients, name)[format.bits]


@functools.cache
def _has_scaling_instruction() -> bool:
    """Whether multiplying vectors by powers of 2, with the right rounding, is one instruction."""
    return machine.available() and "+avx512f" in machine.host()[1].split(",")


def power_of_two(k: Whole) -> Real:
    """2^k for k whose result is a normal number."""
    format = k.format
    return ((k + format.bias) << format.fraction).real()


def scaled(x: Real, k: Whole) -> Real:
    """x 2^k; in two steps, so that neither factor overflows and one rounding is the last."""
    if _has_scaling_instruction():
        return x.scaled(k)
    half = k >> 1
    return (x * power_of_two(half)) * power_of_two(k - half)


def nearest(x: Real, factor: float) -> tuple[Real, Whole]:
    """The integer nearest to x × factor, as a number and as an integer."""
    format = x.format
    shifted = fma(x, factor, format.magic)
    return shifted - format.magic, shifted.whole() - format.pattern(format.magic)


def _reduced(x: Real) -> tuple[Real, Whole]:
    """r and k with x = k log 2 + r and |r| <= log(2) / 2."""
    number, k = nearest(x, 1 / math.log(2))
    high, low = table("LOG_2", x.format)
    return fma(number, -low, fma(number, -high, x)), k


def exp_parts(x: Real) -> tuple[Real, Whole]:
    """p and k with exp(x) = p 2^k."""
    r, k = _reduced(x)
    return fma(r * r, polynomial(r, table("EXP", x.format)), r) + 1.0, k


def _limits(x: Real) -> tuple[float, float]:
    """Where exp becomes 0, and where infinity."""
    return (-105.0, 89.0) if x.format.bits == 32 else (-747.0, 710.0)


def exp(x: Real) -> Real:
    """e^x."""
    low, high = _limits(x)
    return scaled(*exp_parts(x.at_most(high).at_least(low)))


def exp2(x: Real) -> Real:
    """2^x."""
    low, high = (-151.0, 129.0) if x.format.bits == 32 else (-1076.0, 1025.0)
    x = x.at_most(high).at_least(low)
    number, k = nearest(x, 1.0)
    r = x - number
    return scaled(fma(r, polynomial(r, table("EXP2", x.format)), 1.0), k)


def scaled_expm1(x: Real, scale: int) -> Real:
    """(e^x - 1) 2^scale, for x between 0.9 of the exponential's limits."""
    r, k = _reduced(x)
    power = power_of_two(k + scale)
    rest = r * r * polynomial(r, table("EXPM1", x.format))
    return fma(power, rest, fma(power, r, power - 2.0**scale))


def expm1(x: Real) -> Real:
    """e^x - 1."""
    low, high = (-80.0, 88.8) if x.format.bits == 32 else (-700.0, 709.8)
    half = scaled_expm1(x.at_most(high).at_least(low), -1)
    return (half + half).with_sign_of(x)


def _share(top: Real, base: float, part: Real) -> Real:
    """top / (base + part) for part >= 0; float32 needs the residual to stay within 2 units."""
    bottom = part + base
    if top.format.bits == 64:
        return top / bottom
    lost = part - (bottom - base)
    inverse = 1.0 / bottom
    quotient = top * inverse
    return fma(fma(-quotient, lost, fma(-quotient, bottom, top)), inverse, quotient)


def tanh(x: Real) -> Real:
    """(e^2|x| - 1) / (e^2|x| + 1), with the sign of x."""
    twice = (abs(x) * 2.0).at_most(20.0 if x.format.bits == 32 else 44.0)
    top = scaled_expm1(twice, 0)
    return _share(top, 2.0, top).with_sign_of(x)


def sigmoid(x: Real) -> Real:
    """1 / (1 + e^-x), from e^-|x|, which cannot overflow."""
    small = exp(-abs(x))
    return _share(where(x < 0.0, small, small.constant(1.0)), 1.0, small)


def sinh(x: Real) -> Real:
    """With m = e^|x| - 1: (m + m / (m + 1)) / 2, from m / 4, which does not overflow."""
    size = abs(x)
    quarter = scaled_expm1(size.at_most(89.5 if x.format.bits == 32 else 710.6), -2)
    # Far out the second term is nothing beside the first, but its parts must stay finite.
    half = quarter + _share(quarter, 1.0, (quarter * 4.0).at_most(1e30))
    tiny = size < 2.0 ** -(x.format.fraction // 2 + 1)
    return where(tiny, x, (half + half).with_sign_of(x))


def cosh(x: Real) -> Real:
    """(e^|x| + e^-|x|) / 2."""
    part, k = exp_parts(abs(x).at_most(90.0 if x.format.bits == 32 else 711.0))
    quarter = part * power_of_two(k - 2)
    return quarter * 2.0 + 0.125 / quarter


def erf(x: Real) -> Real:
    """x + x P(x²) up to 1, then 1 - e^Q(|x|) with Q ≈ log erfc."""
    size = abs(x)
    small = fma(x, polynomial(x * x, table("ERF", x.format)), x)
    far = polynomial(size.at_most(3.93 if x.format.bits == 32 else 5.93), table("ERFC", x.format))
    part, k = exp_parts(far)
    large = fma(-part, power_of_two(k), 1.0).with_sign_of(x)
    return where(size < 1.0, small, large)
