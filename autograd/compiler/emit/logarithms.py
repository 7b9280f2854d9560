"""Logarithms, softplus and powers: formulas of `vector_math`."""

import math

from autograd.compiler.emit import coefficients
from autograd.compiler.emit.exponentials import exp, nearest, power_of_two, scaled, table
from autograd.compiler.emit.vector_code import FORMATS, Real, Whole, fma, polynomial, where


def _mantissa(x: Real) -> tuple[Real, Whole]:
    """f and k with x = 2^k (1 + f), 1 + f from √½ to √2, for a normal x > 0."""
    format = x.format
    root = format.pattern(math.sqrt(0.5))
    shifted = x.whole() - root
    rest = (shifted & ((1 << format.fraction) - 1)) + root
    return rest.real() - 1.0, shifted >> format.fraction


def _normal_mantissa(x: Real) -> tuple[Real, Real]:
    """The same for any finite x > 0, k as a number."""
    format = x.format
    tiny = x < format.smallest_normal
    f, k = _mantissa(where(tiny, x * 2.0**format.fraction, x))
    number = k.number()
    return f, where(tiny, number - float(format.fraction), number)


def _log1p_rest(f: Real) -> Real:
    """log(1 + f) - f, for 1 + f from √½ to √2."""
    square = f * f
    if f.format.bits == 32:
        return fma(square * f, polynomial(f, table("LOG", f.format)), square * -0.5)
    # log(1 + f) = 2 artanh(s), whose series in s² is three times shorter.
    s = f / (f + 2.0)
    z = s * s
    half = square * 0.5
    return fma(s, fma(z, polynomial(z, table("LOG", f.format)), half), -half)


def _with_poles(result: Real, x: Real, zero: Real | float = 0.0) -> Real:
    """A logarithm's result, its values at `zero` and infinity put in, NaN below."""
    result = where(x < math.inf, result, x)
    result = where(x.equals(zero), result.constant(-math.inf), result)
    return where(x < zero, result.constant(math.nan), result)


def log(x: Real) -> Real:
    """k log 2 + log(1 + f)."""
    f, k = _normal_mantissa(x)
    high, low = table("LOG_2", x.format)
    return _with_poles(fma(k, high, f + fma(k, low, _log1p_rest(f))), x)


def _log_of_base(x: Real, factor: str, unit: str) -> Real:
    """k unit + log(1 + f) factor, the factors in two parts, the sum's lost digits kept."""
    f, k = _normal_mantissa(x)
    high, low = table(factor, x.format)
    unit_high, unit_low = table(unit, x.format)
    product = f * high
    lost = fma(f, high, -product)
    rest = fma(_log1p_rest(f), high, fma(f, low, lost))
    whole = k * unit_high
    rest = rest + fma(k, unit_low, fma(k, unit_high, -whole))
    total = whole + product
    return _with_poles(total + (rest + (product - (total - whole))), x)


def log2(x: Real) -> Real:
    """The logarithm to base 2; exact at powers of 2."""
    return _log_of_base(x, "LOG2_E", "ONE")


def log10(x: Real) -> Real:
    """The logarithm to base 10."""
    return _log_of_base(x, "LOG10_E", "LOG10_2")


def log1p(x: Real) -> Real:
    """log(u) plus what rounding u = 1 + x lost, divided by u."""
    u = x + 1.0
    part = u - 1.0
    lost = (1.0 - (u - part)) + (x - part)
    f, k = _mantissa(u)
    lost = (lost * 0.5) * power_of_two(-k + 1)
    # lost / (1 + f), of which a few digits are enough.
    lost = lost * fma(f, f, 1.0 - f)
    number = k.number()
    high, low = table("LOG_2", x.format)
    result = fma(number, high, f + (fma(number, low, _log1p_rest(f)) + lost))
    tiny = abs(x) < 2.0 ** -(x.format.fraction + 1)
    return where(tiny, x, _with_poles(result, x, -1.0))


def softplus(x: Real) -> Real:
    """log(1 + e^x) = max(x, 0) + log1p(e^-|x|)."""
    part = exp(-abs(x))
    s = part / (part + 2.0)
    z = s * s
    half = part * part * 0.5
    rest = fma(s, fma(z, polynomial(z, table("LOG_UNIT", x.format)), half), -half)
    ramp = x.at_least(0.0)
    total = ramp + part
    added = total - ramp
    lost = (ramp - (total - added)) + (part - added)
    return where(x > 50.0, x, total + (rest + lost))


def _float32_power(x: Real, y: Real) -> Real:
    """2^(y log2 x) for x >= 0, in float64, but with no more digits than float32 asks for."""
    wide = FORMATS["float64"]
    x, y = x.converted(wide), y.converted(wide)
    f, k = _mantissa(x)
    square = f * f
    rest = fma(square * f, polynomial(f, coefficients.POWER[32]), square * -0.5)
    logarithm = _with_poles(fma(f + rest, 1 / math.log(2), k.number()), x)
    exponent = (y * logarithm).at_most(130.0).at_least(-160.0)
    number, k = nearest(exponent, 1.0)
    r = exponent - number
    size = fma(r, polynomial(r, coefficients.EXP2[32]), 1.0)
    return (size * power_of_two(k)).converted(FORMATS["float32"])


def _log2_in_two_parts(x: Real) -> tuple[Real, Real]:
    """log2(x) for x >= 0 as a sum good to 65 bits, for a float64 power multiplies its error."""
    f, k = _normal_mantissa(x)
    bottom = f + 2.0
    inverse = 1.0 / bottom
    s = f * inverse
    s_low = fma(-s, f - (bottom - 2.0), fma(-s, bottom, f)) * inverse
    z = s * s
    z_low = fma(s + s, s_low, fma(s, s, -z))
    # log(1 + f) = 2 s + 2/3 s³ + …: the second term in two parts as well, the others as they are.
    high, low = table("TWO_THIRDS", x.format)
    second = z * high
    second_low = fma(z_low, high, fma(z, low, fma(z, high, -second)))
    others = z * z * polynomial(z, table("POWER", x.format))
    terms = second + others
    factor = terms + 2.0
    factor_low = (terms - (factor - 2.0)) + ((others - (terms - second)) + second_low)
    natural = s * factor
    natural_low = fma(s_low, factor, fma(s, factor_low, fma(s, factor, -natural)))
    high, low = table("LOG2_E", x.format)
    binary = natural * high
    binary_low = fma(natural_low, high, fma(natural, low, fma(natural, high, -binary)))
    number = k
    total = number + binary
    return _with_poles(total, x), (binary - (total - number)) + binary_low


def _size_of_power(x: Real, y: Real) -> Real:
    """|x|^y = 2^(y log2 |x|); float32 by way of float64."""
    if x.format.bits == 32:
        return _float32_power(abs(x), y)
    logarithm, low = _log2_in_two_parts(abs(x))
    exponent = y * logarithm
    rest = fma(y, low, fma(y, logarithm, -exponent))
    rest = where(abs(exponent) < 2000.0, rest, 0.0)
    exponent = exponent.at_most(1100.0).at_least(-1200.0)
    number, k = nearest(exponent, 1.0)
    r = (exponent - number) + rest
    return scaled(fma(r, polynomial(r, table("EXP2", x.format)), 1.0), k)


def power(x: Real, y: Real) -> Real:
    """x^y, its special values those of IEEE 754's pow."""
    size = _size_of_power(x, y)
    size = where(abs(x).equals(1.0), size.constant(1.0), size)
    whole = y.truncated().equals(y)
    half = y * 0.5
    odd = whole & half.truncated().differs(half)
    negative = size.constant(1.0).with_sign_of(x) < 0.0
    result = where(odd & negative, -size, size)
    # A negative number to a power that is no integer; -∞ has a power all the same.
    finite = abs(x) < math.inf
    undefined = (x < 0.0) & finite & y.truncated().differs(y)
    result = where(undefined, result.constant(math.nan), result)
    result = where(x.is_nan() | y.is_nan(), x + y, result)
    return where(x.equals(1.0) | y.equals(0.0), result.constant(1.0), result)
