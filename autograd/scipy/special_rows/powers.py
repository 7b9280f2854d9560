"""Powers, exponentials and logarithms; angles in degrees; Lambert's W; a mean."""

import math
from typing import Any

import numpy as np
import scipy.special as sp

from autograd.op import constant, elementwise, registry
from autograd.ops.elementary import DEGREE, LN10
from autograd.scipy.special_rows.making import complex_valued

# SciPy's own versions of NumPy's functions do what those do.
for _theirs, _ours in ((sp.expm1, np.expm1), (sp.log1p, np.log1p)):
    registry[_theirs] = registry[_ours]
for _theirs, _ours in ((sp.exp2, np.exp2), (sp.cbrt, np.cbrt)):
    registry[_theirs] = registry[_ours]

exp10 = elementwise(sp.exp10, lambda g, y, x: g * y * LN10)
cosm1 = elementwise(sp.cosm1, lambda g, y, x: -g * np.sin(x))
powm1 = elementwise(
    sp.powm1,
    lambda g, z, x, y: g * (y * np.power(x, y - 1)),
    lambda g, z, x, y: g * sp.xlogy(z + 1, x),
    pole=True,
    domain=((0.2, 3.0), (-2.0, 2.0)),
)


# 1 / (k! (k + 2)), the highest power of the series for |x| < 0.5 first
_EXPREL = tuple(1 / (math.factorial(k) * (k + 2)) for k in range(14, -1, -1))


def exprel_slope(x: Any) -> Any:
    """d/dx (e**x - 1) / x = (e**x (x - 1) + 1) / x², and near 0 its series."""
    near = np.abs(x) < 0.5
    small, large = np.where(near, x, 0.0), np.where(near, 1.0, x)
    series = _EXPREL[0]
    for coefficient in _EXPREL[1:]:
        series = series * small + coefficient
    return np.where(near, series, (np.exp(large) * (large - 1) + 1) / (large * large))


exprel = elementwise(sp.exprel, lambda g, y, x: g * exprel_slope(x))
round_row = constant(sp.round)

# Angles in degrees
sindg = elementwise(sp.sindg, lambda g, y, x: g * (DEGREE * sp.cosdg(x)), domain=(-90.0, 200.0))
cosdg = elementwise(sp.cosdg, lambda g, y, x: g * (-DEGREE * sp.sindg(x)), domain=(-90.0, 200.0))
tandg = elementwise(
    sp.tandg, lambda g, y, x: g * (DEGREE * (1 + y * y)), pole=True, domain=(-70.0, 70.0)
)
cotdg = elementwise(
    sp.cotdg, lambda g, y, x: g * (-DEGREE * (1 + y * y)), pole=True, domain=(20.0, 160.0)
)
radian = elementwise(
    sp.radian,
    lambda g, y, d, m, s: g * DEGREE,
    lambda g, y, d, m, s: g * (DEGREE / 60),
    lambda g, y, d, m, s: g * (DEGREE / 3600),
    domain=(0.0, 60.0),
)

# Logistic functions; 1 - y would have lost its digits for large x
expit = elementwise(sp.expit, lambda g, y, x: g * (y * sp.expit(-x)))
log_expit = elementwise(sp.log_expit, lambda g, y, x: g * sp.expit(-x))
logit = elementwise(sp.logit, lambda g, y, x: g / (x * (1 - x)), pole=True, domain=(0.05, 0.95))

# Box and Cox's transformation (x**λ - 1) / λ = L exprel(λ L) with L = log x


def _in_lambda(log_x: Any, p: Any) -> Any:
    """d/dλ of L exprel(λ L): 0 where L is 0, and 1/λ² where x**λ is 0."""
    gone = p * log_x == -np.inf
    log_x = np.where(gone, 0, log_x)
    at_zero = 1 / np.square(np.where(gone, p, 1))
    return np.where(gone, at_zero, log_x * log_x * exprel_slope(p * log_x))


boxcox = elementwise(
    sp.boxcox,
    lambda g, y, x, p: g * np.power(x, p - 1),
    lambda g, y, x, p: g * _in_lambda(np.log(x), p),
    pole=True,
    domain=((0.2, 3.0), (-1.0, 2.0)),
)
boxcox1p = elementwise(
    sp.boxcox1p,
    lambda g, y, x, p: g * np.exp((p - 1) * np.log1p(x)),
    lambda g, y, x, p: g * _in_lambda(np.log1p(x), p),
    pole=True,
    domain=((-0.8, 2.0), (-1.0, 2.0)),
)
inv_boxcox = elementwise(
    sp.inv_boxcox,
    lambda g, x, y, p: g * np.power(x, 1 - p),
    lambda g, x, y, p: -g * (np.power(x, 1 - p) * _in_lambda(np.log(x), p)),
    pole=True,
    domain=((-0.4, 2.0), (0.2, 2.0)),
)
inv_boxcox1p = elementwise(
    sp.inv_boxcox1p,
    lambda g, x, y, p: g * np.power(1 + x, 1 - p),
    lambda g, x, y, p: -g * (np.power(1 + x, 1 - p) * _in_lambda(np.log1p(x), p)),
    pole=True,
    domain=((-0.4, 2.0), (0.2, 2.0)),
)


# Lambert's W solves w e**w = z (DLMF 4.13.1, 4.13.4); ω(z) solves ω + log ω = z


class _Asked:
    """Answers with the ufunc that a function of SciPy's hands its argument to."""

    def __array_ufunc__(self, ufunc: Any, *rest: Any, **options: Any) -> Any:
        return ufunc


asked: Any = _Asked()
lambertw = complex_valued(
    sp.lambertw(asked), lambda w, z, k, tol: np.exp(-w) / (1 + w), None, None, name="lambertw"
)
wrightomega = elementwise(sp.wrightomega, lambda g, w, z: g * (w / (1 + w)), pole=True)


# The arithmetic-geometric mean is π / (2 R_F(0, a², b²)) (DLMF 19.8.5, 19.25.1); the derivative
# is that of R_F, DLMF 19.18.1. Of two negative numbers it is minus that of their magnitudes.
def _agm_slope(y: Any, a: Any, b: Any) -> Any:
    """In a. With a number 0 the mean is 0 whatever the other, and steepest in the former."""
    is_zero = y == 0
    a_, b_ = np.where(is_zero, 1, a), np.where(is_zero, 1, b)
    inside = 2 / (3 * math.pi) * np.abs(a_) * y * y * sp.elliprd(0.0, b_ * b_, a_ * a_)
    return np.where(is_zero, np.where((a == 0) & (b != 0), np.inf, 0), inside)


agm = elementwise(
    sp.agm,
    lambda g, y, a, b: g * _agm_slope(y, a, b),
    lambda g, y, a, b: g * _agm_slope(y, b, a),
    pole=True,
    domain=((0.3, 3.0), (0.3, 3.0)),
)
