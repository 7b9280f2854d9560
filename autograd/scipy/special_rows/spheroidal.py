"""Spheroidal wave functions (DLMF 30.2.1): ((1 - x²) w')' + (λ - c² x² - m²/(1 - x²)) w = 0.

So for prolate ones, angular and radial. For oblate ones c² is -c², and in the radial equation
1 - x² is 1 + x². In c, and in a characteristic value λ that is given, by differences.
"""

from typing import Any

import numpy as np
import scipy.special as sp

from autograd.op import Op, elementwise
from autograd.scipy.special_rows.making import Function, differences, several, slopes_of_parts

_DOMAIN = ((0, 1), (1, 3), (0.5, 3.0))


def _in_bounds(function: Any) -> Function:
    """SciPy's function where that is safe, and NaN elsewhere.

    For large n - m + c, and for NaN, SciPy writes beyond its arrays; in float32 its iterations do
    not end.
    """

    def call(*args: Any) -> Any:
        m, n, c, *others = args
        inside = (np.abs(n - m) + np.abs(c) < 300) & (np.abs(m) < 300)
        safe = [np.where(inside, x, 1.0) for x in (m, n, c)]
        found = function(*safe, *(np.asarray(x, float) for x in others))
        kind = np.result_type(*args)
        kind = kind if kind.kind == "f" else np.dtype(float)
        if not isinstance(found, tuple):
            return np.where(inside, found, np.nan).astype(kind)[()]
        return tuple(np.where(inside, part, np.nan).astype(kind)[()] for part in found)

    return call


def _row_of_value(function: Any) -> Op:
    return elementwise(
        _in_bounds(function),
        None,
        None,
        differences(function, 2),
        name=function.__name__,
        numpy=(function,),
        domain=_DOMAIN,
        pole=True,
    )


pro_cv, obl_cv = _row_of_value(sp.pro_cv), _row_of_value(sp.obl_cv)


def _prolate(w: Any, m: Any, c: Any, value: Any, x: Any) -> Any:
    u = 1 - x * x
    return (2 * x * w[1] - (value - c * c * x * x - m * m / u) * w[0]) / u


def _oblate_angular(w: Any, m: Any, c: Any, value: Any, x: Any) -> Any:
    u = 1 - x * x
    return (2 * x * w[1] - (value + c * c * x * x - m * m / u) * w[0]) / u


def _oblate_radial(w: Any, m: Any, c: Any, value: Any, x: Any) -> Any:
    u = 1 + x * x
    return ((value - c * c * x * x - m * m / u) * w[0] - 2 * x * w[1]) / u


def _row(function: Any, bend: Function, value: Any = None) -> Op:
    """(w, w') of m, n, c, x; without `value`, of m, n, c, λ, x, where λ belongs to m, n and c."""

    def itself(*args: Any) -> Any:
        return op(*args)

    def slopes(w: Any, m: Any, n: Any, c: Any, *others: Any) -> Any:
        given = others[0] if value is None else value(m, n, c)
        return w[1], bend(w, m, c, given, others[-1])

    op = several(
        _in_bounds(function),
        None,
        None,
        *(slopes_of_parts(itself, i) for i in ((2, 3) if value is None else (2,))),
        slopes,
        name=function.__name__,
        numpy=(function,),
    )
    return op


pro_ang1 = _row(sp.pro_ang1, _prolate, pro_cv)
pro_rad1 = _row(sp.pro_rad1, _prolate, pro_cv)
pro_rad2 = _row(sp.pro_rad2, _prolate, pro_cv)
obl_ang1 = _row(sp.obl_ang1, _oblate_angular, obl_cv)
obl_rad1 = _row(sp.obl_rad1, _oblate_radial, obl_cv)
pro_ang1_cv = _row(sp.pro_ang1_cv, _prolate)
pro_rad1_cv = _row(sp.pro_rad1_cv, _prolate)
pro_rad2_cv = _row(sp.pro_rad2_cv, _prolate)
obl_ang1_cv = _row(sp.obl_ang1_cv, _oblate_angular)
obl_rad1_cv = _row(sp.obl_rad1_cv, _oblate_radial)

# obl_rad2 and obl_rad2_cv have no rows: SciPy's values are wrong for m > 0 and for small x, as
# their Wronskian shows. Those of pro_rad2 are wrong for m > 0.
