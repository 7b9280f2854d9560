"""sin, cos and arctan: formulas of `vector_math`."""

import math

from autograd.compiler.emit.exponentials import nearest, table
from autograd.compiler.emit.vector_code import Real, fma, polynomial, where


def _circular(x: Real, turn: int) -> Real:
    """sin(x + turn π/2), from x less the nearest multiple of π/2, which is taken in three parts."""
    number, k = nearest(x, 2 / math.pi)
    r = x
    for part in table("HALF_PI", x.format):
        r = fma(number, -part, r)
    z = r * r
    sine = fma(r * z, polynomial(z, table("SIN", x.format)), r)
    cosine = fma(z * z, polynomial(z, table("COS", x.format)), fma(z, -0.5, 1.0))
    quadrant = k + turn
    result = where((quadrant & 1).is_zero(), sine, cosine)
    sign = (quadrant & 2) << (x.format.bits - 2)
    return (result.whole() ^ sign).real()


def sin(x: Real) -> Real:
    """sin x for |x| <= 1e5 (float32), 1e9 (float64)."""
    return where(x.equals(0.0), x, _circular(x, 0))


def cos(x: Real) -> Real:
    """cos x for the same x."""
    return _circular(x, 1)


def arctan(x: Real) -> Real:
    """From the tangents of x, x - π/4 or x - π/2, whichever is below tan(π/8)."""
    size = abs(x)
    far, middle = size > math.sqrt(2) + 1, size > math.sqrt(2) - 1
    one = size.constant(1.0)
    top = where(far, -one, where(middle, size - 1.0, size))
    bottom = where(far, size, where(middle, size + 1.0, one))
    t = top / bottom
    quarters = where(far, one * 2.0, where(middle, one, 0.0))
    high, low = table("QUARTER_PI", x.format)
    z = t * t
    rest = fma(t * z, polynomial(z, table("ATAN", x.format)), quarters * low)
    return fma(quarters, high, t + rest).with_sign_of(x)
