"""The zeta functions of Riemann and Hurwitz (DLMF 25)."""

from typing import Any

import numpy as np
import scipy.special as sp

from autograd.op import elementwise
from autograd.scipy.special_rows.making import differences, slope, slow
from autograd.scipy.special_rows.powers import asked


def _distance(x: Any) -> Any:
    """How far the pole at 1 is; for x < 0 the function grows like |x|**|x|."""
    return np.minimum(np.abs(x - 1), 1.0) / (1 + slow(np.minimum(np.real(x), 0) - 1))


_in_complex, _in_real = slope(sp.zeta(asked), 0, _distance), slope(sp.zetac, 0, _distance)

# Differences of ζ - 1, where that is real, keep their digits for large x
riemann = elementwise(
    sp.zeta(asked),
    lambda g, y, x: g * (_in_complex if np.iscomplexobj(x) else _in_real)(x),
    name="zeta",
    pole=True,
    domain=(1.4, 4.0),
)
zetac = elementwise(sp.zetac, differences(sp.zetac, 0, _distance), pole=True, domain=(1.4, 4.0))
# DLMF 25.11.17: dζ(s, q)/dq = -s ζ(s + 1, q)
hurwitz = elementwise(
    sp.zeta(asked, asked),
    differences(
        sp.zeta(asked, asked), 0, lambda s, q: np.minimum(np.abs(s - 1), 1.0) / (1 + slow(q))
    ),
    lambda g, y, s, q: g * (-s * sp.zeta(s + 1, q)),
    name="hurwitz",
    pole=True,
    domain=((1.4, 4.0), (0.4, 3.0)),
)
