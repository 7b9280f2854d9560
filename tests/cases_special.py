"""Cases for the rows of scipy.special, for `test_registry.py`.

For each row of one output and real arguments from its domain, by hand for the others.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import scipy.special as sp
from cases import CASES as OF_NUMPY
from cases import Case, Constant, draw, elementwise_case

from autograd.op import Kind, Op
from autograd.scipy import special_rows
from autograd.scipy.special_rows import airy, bessel, harmonics, powers

FAMILIES = [getattr(special_rows, name) for name in special_rows.__all__]
SPECIAL = [x for family in FAMILIES for x in vars(family).values() if isinstance(x, Op)]


def of_domains() -> Iterator[Case]:
    """Each elementwise row, at numbers from its domain."""
    known = {id(case.of) for case in OF_NUMPY}
    for row in dict.fromkeys(SPECIAL):
        if row.kind is Kind.ELEMENTWISE and id(row) not in known:
            yield elementwise_case(row, [(3,)] * row.arity)._replace(order=2)
            yield elementwise_case(row, [(0, 2)] * row.arity)


X = draw((0.4, 2.5), (3,), seed=1)
V = draw((0.3, 2.4), (3,), seed=2)
Z = X + 1j * draw((-1.5, 1.5), (3,), seed=3)
NEAR, FAR = draw((-0.8, 0.8), (3,), seed=4), draw((1.3, 3.0), (3,), seed=5)


def with_orders(function: Any, *orders: Any) -> Callable[..., Any]:
    return lambda *args: function(*orders, *args)


def of_several() -> Iterator[Case]:
    """Rows with several outputs."""
    of_one = (
        *(sp.airy, sp.airye, sp.sici, sp.shichi, sp.fresnel, sp.modfresnelp, sp.modfresnelm),
        *(sp.itj0y0, sp.iti0k0, sp.it2j0y0, sp.it2i0k0, sp.itairy, sp.kelvin),
    )
    in_complex = (sp.airy, sp.sici, sp.shichi, sp.fresnel)
    for f in of_one:
        yield Case(f.__name__, f, f, (X,), f in in_complex)
    yield Case("airy < 0", sp.airy, sp.airy, (-X,))
    yield Case("airye complex", sp.airye, sp.airye, (Z,))
    yield Case("airye row", airy.airye_complex, airy.airye_complex, (Z - 1.5,))
    yield Case("airye real row", airy.airye_real, airy.airye_real, (X,))
    for f in (sp.pbdv, sp.pbvv, sp.pbwa):
        yield Case(f.__name__, f, f, (V, X))
    yield Case("ellipj", sp.ellipj, sp.ellipj, (X * 2, NEAR / 2 + 0.5))
    degrees, q = 40 * X, V
    for f in (sp.mathieu_cem, sp.mathieu_sem):
        yield Case(f.__name__, f, with_orders(f, np.array([1, 2, 3])), (q, degrees))
    for f in (sp.mathieu_modcem1, sp.mathieu_modcem2, sp.mathieu_modsem1, sp.mathieu_modsem2):
        yield Case(f.__name__, f, with_orders(f, np.array(2)), (q, X / 2))
    n = np.array([1, 1, 2])
    for f, g, x in (
        (sp.pro_ang1, sp.pro_ang1_cv, NEAR),
        (sp.pro_rad1, sp.pro_rad1_cv, FAR),
        (sp.pro_rad2, sp.pro_rad2_cv, FAR),
        (sp.obl_ang1, sp.obl_ang1_cv, NEAR),
        (sp.obl_rad1, sp.obl_rad1_cv, X),
    ):
        # SciPy's radial functions of the second kind are wrong for m > 0, as their Wronskian shows
        m = np.array([0, 1, 1]) * (f is not sp.pro_rad2)
        yield Case(f.__name__, f, with_orders(f, m, n), (V, x))
        value = sp.pro_cv if f.__name__.startswith("pro") else sp.obl_cv
        yield Case(
            g.__name__,
            g,
            lambda c, x, g=g, m=m, value=value: g(m, n, c, value(m, n, c), x),
            (V, x),
        )


def of_complex() -> Iterator[Case]:
    """Rows whose output or argument is complex while another argument is real."""
    yield Case("wofz", sp.wofz, sp.wofz, (X,), True)
    yield Case("wofz far", sp.wofz, sp.wofz, (20 * Z,))
    for k in (0, -1, 1):
        yield Case(f"lambertw {k}", powers.lambertw, lambda z, k=k: sp.lambertw(z, k), (X,), True)
    of_order = (sp.jv, sp.yv, sp.iv, sp.kv, sp.jve, sp.yve, sp.ive, sp.kve)
    for f in (*of_order, sp.hankel1, sp.hankel2, sp.hankel1e, sp.hankel2e):
        yield Case(f"{f.__name__} of complex", f, f, (V, Z))
    for f in (sp.hankel1, sp.hankel2, sp.hankel1e, sp.hankel2e):
        yield Case(f.__name__, f, f, (V, X))
    for row in (bessel.jve_complex, bessel.yve_complex, bessel.ive_complex):
        yield Case(f"{row.name} row", row, row, (V, -Z))
    for row in (bessel.spherical_jn, bessel.spherical_yn, bessel.spherical_in, bessel.spherical_kn):
        yield Case(f"{row.name} complex", row, with_orders(row, np.arange(3)), (X,), True)
    a, b, c = V, X, V + 2
    yield Case("hyp0f1 of complex", sp.hyp0f1, sp.hyp0f1, (V, Z))
    yield Case("hyp1f1 of complex", sp.hyp1f1, sp.hyp1f1, (a, b, Z))
    yield Case("hyp2f1 of complex", sp.hyp2f1, sp.hyp2f1, (a, b, c, Z / 5))
    yield Case("legendre of complex", sp.eval_legendre, with_orders(sp.eval_legendre, 3), (Z,))
    for f in (sp.eval_chebyt, sp.eval_laguerre):
        yield Case(f"{f.__name__} of complex", f, f, (V, Z))


def of_aliases() -> Iterator[Case]:
    """SciPy's own versions of NumPy's ufuncs, composites, and rows whose domain says too little."""
    for f in (sp.expm1, sp.log1p, sp.exp2, sp.cbrt):
        yield Case(f"scipy {f.__name__}", f, f, (X,))
    for f in (sp.jve, sp.yve, sp.ive):
        yield Case(f"composite {f.__name__}", f, f, (V, X))
    for f in (sp.pro_cv, sp.obl_cv):
        yield Case(f"ufunc {f.__name__}", f, with_orders(f, np.array(0), np.array(2)), (V,))
    # A second of arc is too small for a fault to show
    yield Case("radian", sp.radian, lambda d, m, s: 1e6 * sp.radian(d, m, s), (X, X + 1, X + 2))
    yield Case(
        "harmonics", harmonics.sph_harm_y, with_orders(harmonics.sph_harm_y, 3, 2), (X / 2, V)
    )


CASES: list[Case] = [*of_domains(), *of_several(), *of_complex(), *of_aliases()]
CONSTANTS: list[Constant] = [
    Constant("special round", sp.round, sp.round, (3 * NEAR,)),
    Constant("gammasgn", sp.gammasgn, sp.gammasgn, (3 * NEAR,)),
]
