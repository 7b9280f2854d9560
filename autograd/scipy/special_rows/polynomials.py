"""Orthogonal polynomials (DLMF 18.9), and their continuation to real degrees.

In the degree, unless it is a plain integer, and in the parameters the derivatives are differences.
In x the derivative is another polynomial, of degree n - 1, which is not asked for where n is 0.
"""

from collections.abc import Callable
from typing import Any

import scipy.special as sp

from autograd.op import Op, Rule, elementwise
from autograd.scipy.special_rows.making import differences

_DEGREE = (1.2, 3.8)
_X = (-0.8, 0.9)
_POSITIVE = (0.1, 0.9)


def _in_x(derivative: Callable[..., Any]) -> Rule:
    """g · derivative(n - 1, ...), and 0 where n is 0."""
    return lambda g, y, n, *args: g * ((n != 0) * derivative(n - (n != 0), *args))


def _row(function: Any, derivative: Callable[..., Any], *parameters: Any, x: Any = _X) -> Op:
    n = function.nin
    rules = (differences(function, position) for position in range(n - 1))
    return elementwise(
        function, *rules, _in_x(derivative), domain=(_DEGREE, *parameters, x), pole=True
    )


# In the formulas n is one less than the polynomial's degree
chebyt = _row(sp.eval_chebyt, lambda n, x: (n + 1) * sp.eval_chebyu(n, x))
chebyu = _row(sp.eval_chebyu, lambda n, x: 2 * sp.eval_gegenbauer(n, 2.0, x))
chebyc = _row(sp.eval_chebyc, lambda n, x: (n + 1) * sp.eval_chebys(n, x))
chebys = _row(sp.eval_chebys, lambda n, x: sp.eval_gegenbauer(n, 2.0, 0.5 * x))
legendre = _row(sp.eval_legendre, lambda n, x: sp.eval_gegenbauer(n, 1.5, x))
laguerre = _row(sp.eval_laguerre, lambda n, x: -sp.eval_genlaguerre(n, 1.0, x))
sh_chebyt = _row(sp.eval_sh_chebyt, lambda n, x: 2 * (n + 1) * sp.eval_sh_chebyu(n, x), x=_POSITIVE)
sh_chebyu = _row(
    sp.eval_sh_chebyu, lambda n, x: 4 * sp.eval_gegenbauer(n, 2.0, 2 * x - 1), x=_POSITIVE
)
sh_legendre = _row(
    sp.eval_sh_legendre, lambda n, x: 2 * sp.eval_gegenbauer(n, 1.5, 2 * x - 1), x=_POSITIVE
)
genlaguerre = _row(
    sp.eval_genlaguerre, lambda n, a, x: -sp.eval_genlaguerre(n, a + 1, x), (0.3, 2.0)
)
gegenbauer = _row(
    sp.eval_gegenbauer, lambda n, a, x: 2 * a * sp.eval_gegenbauer(n, a + 1, x), (0.4, 2.0)
)
jacobi = _row(
    sp.eval_jacobi,
    lambda n, a, b, x: 0.5 * (n + a + b + 2) * sp.eval_jacobi(n, a + 1, b + 1, x),
    (0.3, 2.0),
    (0.3, 2.0),
)
sh_jacobi = _row(
    sp.eval_sh_jacobi,
    lambda n, p, q, x: (n + 1) * sp.eval_sh_jacobi(n, p + 2, q + 1, x),
    (2.0, 3.0),
    (0.6, 1.6),
    x=_POSITIVE,
)
# Of integer degree only
hermite = elementwise(
    sp.eval_hermite,
    None,
    _in_x(lambda n, x: 2 * (n + 1) * sp.eval_hermite(n, x)),
    pole=True,
    domain=((0, 4), (-2.0, 2.0)),
)
hermitenorm = elementwise(
    sp.eval_hermitenorm,
    None,
    _in_x(lambda n, x: (n + 1) * sp.eval_hermitenorm(n, x)),
    pole=True,
    domain=((0, 4), (-2.0, 2.0)),
)
