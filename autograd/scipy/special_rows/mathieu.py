"""Mathieu functions (DLMF 28.2.1): y'' = -(a - 2 q cos 2x) y, in q by differences.

The characteristic values a(m, q) and b(m, q) of even and odd functions; orders m are integers.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.special as sp

from autograd.op import Op, elementwise
from autograd.ops.elementary import DEGREE
from autograd.scipy.special_rows.making import differences, several, slopes_of_parts

_Q = (0.3, 3.0)

mathieu_a = elementwise(
    sp.mathieu_a, None, differences(sp.mathieu_a, 1), domain=((0, 4), _Q), pole=True
)
mathieu_b = elementwise(
    sp.mathieu_b, None, differences(sp.mathieu_b, 1), domain=((1, 4), _Q), pole=True
)


def _row(function: Any, bend: Callable[..., Any], unit: float) -> Op:
    """y and y' by the derivative in x; `unit` is that of x, degrees or 1."""
    return several(
        function,
        None,
        slopes_of_parts(function, 1),
        lambda y, m, q, x: (y[1] * unit, bend(m, q, x * unit) * y[0] * unit),
    )


def _angular(value: Any) -> Callable[..., Any]:
    return lambda m, q, x: 2 * q * np.cos(2 * x) - value(m, q)


def _radial(value: Any) -> Callable[..., Any]:
    return lambda m, q, x: value(m, q) - 2 * q * np.cosh(2 * x)


# Of x in degrees; the derivative SciPy gives is that by radians
cem = _row(sp.mathieu_cem, _angular(sp.mathieu_a), DEGREE)
sem = _row(sp.mathieu_sem, _angular(sp.mathieu_b), DEGREE)
modcem1 = _row(sp.mathieu_modcem1, _radial(sp.mathieu_a), 1.0)
modcem2 = _row(sp.mathieu_modcem2, _radial(sp.mathieu_a), 1.0)
modsem1 = _row(sp.mathieu_modsem1, _radial(sp.mathieu_b), 1.0)
modsem2 = _row(sp.mathieu_modsem2, _radial(sp.mathieu_b), 1.0)
