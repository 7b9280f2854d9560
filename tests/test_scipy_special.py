"""scipy.special on Values: how it gets there, how exact it is, and what happens at singular points.

Every row in every mode is the business of `test_registry.py`, with the cases of `cases_special.py`.
"""

import json
import math
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy
import scipy.special as sp
from cases import elementwise_case
from cases_special import SPECIAL

from autograd import (
    Value,
    grad,
    gradcheck,
    hessian,
    holomorphic_grad,
    jacobian,
    jvp,
    value_and_grad,
    vmap,
)
from autograd.errors import ArgumentError, UnsupportedError
from autograd.op import Kind, Op
from autograd.scipy import special
from autograd.scipy.special_rows import making
from benchmarks.coverage import special as coverage

ELEMENTWISE = [row for row in dict.fromkeys(SPECIAL) if row.kind is Kind.ELEMENTWISE]


def run(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


# How a ufunc of SciPy's finds its row


def test_autograd_does_not_import_scipy():
    assert run("import sys, autograd, nn; print('scipy' in sys.modules)") == "False"


def test_a_ufunc_works_on_a_value_though_nothing_else_was_imported():
    program = """
import scipy.special as sp
from autograd import grad
print(round(grad(sp.gammaln)(1.0), 6), round(grad(lambda x: sp.airy(x)[0])(0.0), 6))
"""
    assert run(program) == "-0.577216 -0.258819"


def test_a_ufunc_without_a_row_is_refused_by_its_name():
    strange = np.frompyfunc(lambda x: x, 1, 1)
    with pytest.raises(UnsupportedError, match="a NumPy function that has a derivative rule"):
        strange(Value(1.0))
    with pytest.raises(UnsupportedError, match="obl_rad2"):
        sp.obl_rad2(1, 2, 1.3, Value(0.4))


def test_names_are_those_of_scipy():
    assert special.gammaln is sp.gammaln
    assert {"gammaln", "logsumexp", "roots_legendre"} <= set(dir(special))
    with pytest.raises(AttributeError, match="has no attribute 'gamaln'"):
        special.gamaln(1.0)


# How exact


REFERENCES = json.loads(
    Path(__file__).with_name("special_references.json").read_text(encoding="utf-8")
)


def errors(name: str) -> list[float]:
    """Relative errors of the derivatives of one function, against many digits."""
    found = []
    for ufunc, point, position, wanted in REFERENCES:
        if ufunc == name:
            slope = grad(getattr(sp, ufunc), position)(*point)
            found.append(abs(slope - wanted) / (abs(wanted) or 1.0))
    return found


@pytest.mark.parametrize("name", dict.fromkeys(line[0] for line in REFERENCES))
def test_derivatives_are_right_to_nine_digits(name: str):
    assert max(errors(name)) < 1e-9


def test_a_wrong_stencil_would_be_noticed(monkeypatch: Any):
    stencil = making.stencil

    def wrong(order: int) -> Any:
        places, weights, step = stencil(order)
        return places, weights * (1 + 1e-8), step

    monkeypatch.setattr(making, "stencil", wrong)
    assert max(errors("jv")) > 5e-9


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_stencils_differentiate_polynomials_exactly(order: int):
    places, weights, step = making.stencil(order)
    assert 0 < step < 0.1
    for power in range(9):
        wanted = float(np.prod(np.arange(1, order + 1))) if power == order else 0.0
        np.testing.assert_allclose(weights @ places**power, wanted, 1e-9, 1e-9)


def test_higher_orders_in_a_parameter_lose_digits_slowly():
    """J_v(x) in v: order 2 to 1e-9, order 3 to 1e-7 of differences of the derivative below."""
    x, h = 2.5, 1e-3
    for order, tolerance in ((2, 1e-8), (3, 1e-6)):
        below = grad(lambda v: sp.jv(v, x))
        for _ in range(order - 2):
            below = grad(below)
        slope = (below(1.3 - 2 * h) - 8 * below(1.3 - h)) / (12 * h)
        slope += (8 * below(1.3 + h) - below(1.3 + 2 * h)) / (12 * h)
        np.testing.assert_allclose(grad(below)(1.3), slope, tolerance)


def test_both_tails_keep_their_digits():
    """Where P is almost 1 its derivative is that of Q, which is as small as it should be."""
    a, x = 3.0, 90.0
    assert 0 > grad(sp.gammainc)(a, x) == -grad(sp.gammaincc)(a, x) > -1e-34
    assert grad(sp.stdtr)(3.0, 50.0) == -grad(sp.stdtr)(3.0, -50.0)


# Points where a formula divides by zero, or a difference cancels


def test_limits_at_zero():
    assert grad(sp.exprel)(0.0) == 0.5
    assert grad(sp.boxcox, 1)(2.0, 0.0) == pytest.approx(0.5 * np.log(2.0) ** 2, 1e-15)
    assert grad(lambda x: sp.sici(x)[0])(0.0) == 1.0
    assert grad(lambda x: sp.shichi(x)[0])(0.0) == 1.0
    assert grad(sp.j1)(0.0) == 0.5
    assert grad(special.spherical_jn, 1)(1, 0.0) == pytest.approx(1 / 3)
    assert grad(sp.beip)(0.0) == 0.5
    assert grad(sp.berp)(0.0) == 0.0
    assert grad(sp.i0e)(0.0) == 0.0
    assert grad(sp.spence)(1.0) == -1.0
    assert grad(lambda x: sp.it2i0k0(x)[0])(1e-8) == pytest.approx(2.5e-9, 1e-12)
    assert grad(sp.kv)(0.0, 1.5) == pytest.approx(0.0, abs=1e-13)


def test_second_derivatives_at_coincident_arguments():
    """K''(0) = 9π/64; Carlson's integrals of equal arguments."""
    assert grad(grad(sp.ellipk))(0.0) == pytest.approx(9 * np.pi / 64, 1e-9)
    assert grad(grad(sp.ellipe))(0.0) == pytest.approx(-3 * np.pi / 64, 1e-9)
    for f in (sp.elliprd, sp.elliprf, sp.elliprg):
        assert np.isfinite(hessian(lambda v, f=f: f(v[0], v[1], v[2]))(np.ones(3))).all()
    found = hessian(lambda v: sp.elliprj(v[0], v[1], v[2], v[3]))(np.ones(4))
    # R_J is homogeneous of degree -3/2: x · H = -5/2 gradient, and the gradient sums to -3/2
    np.testing.assert_allclose(found.sum(), 15 / 4, 1e-8)


def test_zeros_of_the_reciprocal_gamma_function():
    for n, wanted in ((0, 1.0), (-1, -1.0), (-2, 2.0), (-3, -6.0)):
        assert grad(sp.rgamma)(float(n)) == pytest.approx(wanted, 1e-13)


def test_degree_zero_is_constant_and_degree_minus_one_never_asked_for():
    for f in (sp.eval_legendre, sp.eval_chebyt, sp.eval_laguerre, sp.eval_hermite):
        x = np.array([0.3, -0.2])
        np.testing.assert_array_equal(jacobian(lambda x, f=f: f(0, x))(x), np.zeros((2, 2)))
        np.testing.assert_array_equal(hessian(lambda x, f=f: np.sum(f(1, x)))(x), np.zeros((2, 2)))


def test_nothing_times_the_logarithm_of_nothing():
    with np.errstate(all="ignore"):
        assert grad(sp.xlogy)(0.0, 0.0) == -np.inf
        assert grad(sp.xlogy, 1)(0.0, 0.0) == 0.0
        assert grad(sp.entr)(0.0) == np.inf
        # Guarded by a mask, or by a factor that is 0
        p = np.array([0.0, 0.25, 0.75])
        masked = grad(lambda p: np.sum(np.where(p > 0, sp.entr(p), 0.0)))(p)
        np.testing.assert_allclose(masked, [0.0, *(-1 - np.log(p[1:]))])
        np.testing.assert_allclose(grad(lambda p: np.sum(sp.rel_entr(p, p)))(p[1:]), [0.0, 0.0])
        # The pole of Ci, which is not asked for
        assert grad(lambda x: sp.sici(x)[0] * 2)(0.0) == 2.0


def inputs(row: Op) -> list[Any]:
    return list(elementwise_case(row, [(3,)] * row.arity).args)


POINTS = np.array([0.0, 1.0, -1.0, 2.0, np.inf, -np.inf, np.nan])


@pytest.mark.parametrize("row", ELEMENTWISE, ids=lambda row: row.name)
def test_a_masked_branch_leaks_nothing_at_first_order(row: Op):
    inside = np.arange(3 + POINTS.size) < 3
    function = elementwise_case(row, [inside.shape] * row.arity).function
    inner = inputs(row)
    for position, good in enumerate(inner):
        others = [np.resize(x, inside.shape) for x in inner]
        x = np.concatenate([good, POINTS])

        def total(
            x: Any, safe: bool = False, position: int = position, others: Any = others
        ) -> Any:
            x = np.where(inside, x, others[position]) if safe else x
            y = function(*others[:position], x, *others[position + 1 :])
            return np.sum(np.where(inside, y, 0.0))

        with np.errstate(all="ignore"):
            found = grad(total)(x)
            np.testing.assert_allclose(found, grad(lambda x: total(x, True))(x), 1e-12)
            assert not found[~inside].any()
            moved = jvp(total, (x,), (np.where(inside, 1.0, 0.5),))[1]
        assert moved == pytest.approx(np.sum(found[inside]), 1e-9)


# What SciPy does not survive


def test_spheroidal_functions_outside_of_what_scipy_can_hold_are_nan():
    for c in (1e4, np.nan, np.inf):
        assert np.isnan(sp.pro_cv(0, 1, Value(c)).data)
        assert np.isnan(sp.pro_ang1(0, 1, Value(c), 0.5)[0].data)
    short = sp.obl_cv(0, 1, Value(np.float32(1.5)))
    assert short.dtype == np.float32
    assert short.data == pytest.approx(sp.obl_cv(0, 1, 1.5), 1e-6)


def test_a_confluent_function_that_is_infinite_comes_back():
    assert sp.hyp1f1(1.2, 2.3, Value(1e300)).data == np.inf
    assert sp.hyp1f1(-2.0, 2.0, Value(1e12)).data == pytest.approx(sp.hyp1f1(-2.0, 2.0, 1e12))


# Complex numbers


@pytest.mark.parametrize(
    ("f", "slope"),
    [
        (sp.gamma, lambda z: sp.gamma(z) * sp.psi(z)),
        (sp.erf, lambda z: 2 / np.sqrt(np.pi) * np.exp(-z * z)),
        (sp.wofz, lambda z: 2j / np.sqrt(np.pi) - 2 * z * sp.wofz(z)),
        (lambda z: sp.hankel1(1.5, z), lambda z: sp.h1vp(1.5, z)),
        (lambda z: sp.lambertw(z, 1), lambda z: 1 / (z + np.exp(sp.lambertw(z, 1)))),
        (lambda z: sp.airy(z)[2], lambda z: sp.airy(z)[3]),
        (lambda z: sp.kv(0.7, z), lambda z: sp.kvp(0.7, z)),
        (sp.exp1, lambda z: -np.exp(-z) / z),
    ],
)
def test_holomorphic_derivatives(f: Any, slope: Any):
    z = np.array([1.2 + 0.4j, 0.3 - 0.8j])
    np.testing.assert_allclose(np.diag(jacobian_of(f, z)), slope(z), 1e-11)


def jacobian_of(f: Any, z: Any) -> Any:
    return np.array([jvp(f, (z,), (t,))[1] for t in np.eye(2, dtype=complex)]).T


def test_a_real_number_with_a_complex_value_has_a_real_gradient():
    found = grad(lambda x: np.imag(sp.hankel1(0.5, x)))(2.0)
    assert type(found) is float
    assert found == pytest.approx(sp.yvp(0.5, 2.0))
    assert holomorphic_grad(lambda z: sp.wofz(z))(0.5 + 0.5j) == pytest.approx(
        2j / np.sqrt(np.pi) - 2 * (0.5 + 0.5j) * sp.wofz(0.5 + 0.5j)
    )


# The functions that are no ufuncs


X = np.array([[0.7, 1.9, 2.6], [1.1, 0.8, 1.4]])
Y = np.array([[0.4, -0.6, 0.9], [-0.3, 0.8, 0.1]])
CALLS: list[tuple[str, Callable[..., Any], tuple[Any, ...]]] = [
    ("logsumexp", lambda s, a: s.logsumexp(a), (X,)),
    ("logsumexp axis", lambda s, a: s.logsumexp(a, axis=1, keepdims=True), (X,)),
    ("logsumexp weights", lambda s, a, b: s.logsumexp(a, axis=0, b=b), (Y, X)),
    ("logsumexp no weight", lambda s, a: s.logsumexp(a, b=np.array([1.0, 0.0, 2.0])), (Y,)),
    ("logsumexp sign", lambda s, a, b: s.logsumexp(a, 1, b, return_sign=True)[0], (X, Y)),
    ("softmax", lambda s, a: s.softmax(a), (X,)),
    ("softmax axis", lambda s, a: s.softmax(a, axis=0), (X,)),
    ("log_softmax", lambda s, a: s.log_softmax(a, axis=-1), (X,)),
    ("polygamma", lambda s, a: s.polygamma(2, a), (X,)),
    ("polygamma orders", lambda s, a: s.polygamma(np.array([0, 1, 3]), a), (X,)),
    ("multigammaln", lambda s, a: s.multigammaln(a + 2, 3), (X,)),
    ("factorial", lambda s, a: s.factorial(a), (X,)),
    ("comb", lambda s, n, k: s.comb(n + 5, k), (X, X)),
    ("comb repeated", lambda s, n, k: s.comb(n + 5, k, repetition=True), (X, X)),
    ("perm", lambda s, n, k: s.perm(n + 5, k), (X, X)),
    ("diric", lambda s, a: s.diric(a, 4), (X,)),
    ("sinc", lambda s, a: s.sinc(a), (X,)),
    ("softplus", lambda s, a: s.softplus(a), (X,)),
    ("zeta", lambda s, a, q: s.zeta(a + 1, q), (X, X)),
    ("zeta of one", lambda s, a: s.zeta(a + 1), (X,)),
    ("jvp", lambda s, a: s.jvp(1.3, a, 2), (X,)),
    ("assoc_laguerre", lambda s, a: s.assoc_laguerre(a, 2, 1.5), (X,)),
    ("sph_harm_y", lambda s, a, b: np.real(s.sph_harm_y(3, 2, a, b)), (X, Y)),
    *(
        (
            f"{name} {slope}",
            lambda s, a, name=name, slope=slope: getattr(s, name)(2, a, slope),
            (X,),
        )
        for name in ("spherical_jn", "spherical_yn", "spherical_in", "spherical_kn")
        for slope in (False, True)
    ),
]


@pytest.mark.parametrize(("name", "call", "args"), CALLS, ids=lambda x: x if type(x) is str else "")
def test_functions_that_are_no_ufuncs(name: str, call: Any, args: Any):
    theirs = call(sp, *args)
    np.testing.assert_array_equal(call(special, *args), theirs)
    found = call(special, *map(Value, args))
    assert found.shape == np.shape(theirs)
    np.testing.assert_allclose(found.data, theirs, 1e-12)
    gradcheck(lambda *xs: call(special, *xs), *args)


def test_logsumexp_where_terms_vanish_or_overflow():
    found = grad(special.logsumexp)(np.array([-np.inf, 0.0, 1000.0]))
    np.testing.assert_array_equal(found, [0.0, 0.0, 1.0])
    value, sign = special.logsumexp(
        Value([800.0, 801.0]), b=np.array([1.0, -1.0]), return_sign=True
    )
    assert value.data == pytest.approx(800 + np.log(np.e - 1))
    assert np.asarray(getattr(sign, "data", sign)) == -1.0
    assert special.logsumexp(Value([-np.inf, -np.inf]), b=np.ones(2)).data == -np.inf


def test_exact_integers_and_wrong_dimensions_are_refused():
    with pytest.raises(ArgumentError, match="exact=True"):
        special.factorial(Value(3.0), exact=True)
    with pytest.raises(ArgumentError, match="multigammaln"):
        special.multigammaln(Value(0.5), 3)


def test_multigammaln_under_vmap_is_nan_outside_its_domain():
    found = vmap(lambda a: special.multigammaln(a, 3))(np.array([1.5, 0.5]))
    assert found[0] == pytest.approx(special.multigammaln(1.5, 3))
    assert np.isnan(found[1])
    slopes = vmap(grad(lambda a: special.multigammaln(a, 3)))(np.array([1.5, 2.5]))
    expected = [grad(lambda a: special.multigammaln(a, 3))(a) for a in (1.5, 2.5)]
    np.testing.assert_allclose(slopes, expected)


def test_an_entire_likelihood():
    """A gamma density by scipy.special alone; its score at the maximum is 0."""
    x = np.array([0.8, 1.3, 2.2, 0.4, 3.1, 1.7])

    def negative(shape: Any, rate: Any) -> Any:
        terms = sp.xlogy(shape - 1, x) - rate * x + sp.xlogy(shape, rate) - sp.gammaln(shape)
        return -np.sum(terms)

    shape, rate = 1.0, 1.0
    for _ in range(50):
        _, slopes = value_and_grad(negative, (0, 1))(shape, rate)
        bend = [[grad(grad(negative, i), j)(shape, rate) for j in (0, 1)] for i in (0, 1)]
        move = np.linalg.solve(bend, slopes)
        shape, rate = float(shape - 0.5 * move[0]), float(rate - 0.5 * move[1])
    assert rate == pytest.approx(shape / x.mean(), 1e-9)
    assert np.log(shape) - sp.psi(shape) == pytest.approx(np.log(x.mean()) - np.log(x).mean(), 1e-9)


# The page


def test_the_page_is_current():
    told = coverage.PAGE.read_text(encoding="utf-8")
    if f"scipy.special {scipy.__version__}:" not in told:
        pytest.skip("the page is of another SciPy")
    assert told == coverage.page(coverage.rows()), "run: python -m benchmarks.coverage.special"


def test_every_ufunc_has_a_place_on_the_page():
    listed = [*coverage.SAMPLES, *coverage.CONSTANT, *coverage.UNSUPPORTED]
    assert len(listed) == len(set(listed))
    assert set(coverage.ufuncs()) <= set(listed), "add it to benchmarks/coverage/special_samples.py"


def test_no_derivative_on_the_page_is_wrong():
    assert not [row.name for row in coverage.rows() if "no" in row.how]


def test_the_mean_of_two_negative_numbers_has_the_slopes_of_their_magnitudes():
    a, b = np.array([-1.0, -2.0]), np.array([-1.0, -0.3])
    for found, of_magnitudes in zip(
        grad(lambda a, b: np.sum(scipy.special.agm(a, b)), argnum=(0, 1))(a, b),
        grad(lambda a, b: np.sum(scipy.special.agm(a, b)), argnum=(0, 1))(-a, -b),
        strict=True,
    ):
        np.testing.assert_array_equal(found, of_magnitudes)
    step = 1e-6
    differences = (scipy.special.agm(a + step, b) - scipy.special.agm(a - step, b)) / (2 * step)
    found = grad(lambda a: np.sum(scipy.special.agm(a, b)))(a)
    np.testing.assert_allclose(found, differences, rtol=1e-8)


EDGES: dict[str, tuple[Callable[..., Any], tuple[float, ...], tuple[float, ...]]] = {
    "boxcox of 0 is -1/λ": (sp.boxcox, (0.0, 2.0), (0.0, 0.25)),
    "boxcox1p of -1": (sp.boxcox1p, (-1.0, 2.0), (0.0, 0.25)),
    "agm of 0 and b is 0": (sp.agm, (0.0, 2.0), (math.inf, 0.0)),
    "agm of a and 0": (sp.agm, (2.0, 0.0), (0.0, math.inf)),
    "agm of 0 and 0": (sp.agm, (0.0, 0.0), (0.0, 0.0)),
    "F of 2 degrees of freedom begins with slope 1": (sp.fdtr, (2.0, 4.0, 0.0), (0.0, 0.0, 1.0)),
    "F of 3 begins with slope 0": (sp.fdtr, (3.0, 4.0, 0.0), (0.0, 0.0, 0.0)),
    "above the support": (sp.tklmbda, (2.0, 1.4), (0.0, 0.0)),
    "below the support": (sp.tklmbda, (-2.0, 0.8), (0.0, 0.0)),
    "x (x + 1) at 0": (sp.poch, (0.0, 2.0), (1.0, 0.0)),
    "x (x + 1) at -1": (sp.poch, (-1.0, 2.0), (-1.0, 0.0)),
    "x at -3": (lambda x: sp.poch(x, 1.0), (-3.0,), (1.0,)),
    "x (x + 1) (x + 2) at -3": (lambda x: sp.poch(x, 3.0), (-3.0,), (11.0,)),
    "the order is cut to a whole number": (sp.expn, (0.6, 0.5), (0.0, -6 * math.exp(-0.5))),
    "δ |r| for small δ": (sp.pseudo_huber, (0.0, -2.0), (2.0, 0.0)),
    "neither δ nor r": (sp.pseudo_huber, (0.0, 0.0), (0.0, 0.0)),
    "n (n - 1) / 2 at 0": (sp.binom, (0.0, 2.0), (-0.5, 0.5)),
    "n (n - 1) / 2 at 1": (sp.binom, (1.0, 2.0), (0.5, -0.5)),
    "no way to choose 4 of 3": (sp.binom, (3.0, 4.0), (0.25, -0.25)),
    "Voigt's profile of no normal part": (
        sp.voigt_profile,
        (0.5, 0.0, 0.5),  # c / π / (x² + c²)
        (-2 / math.pi, 0.0, 0.0),
    ),
}


@pytest.mark.parametrize("name", EDGES)
@pytest.mark.filterwarnings("ignore:floating point number truncated:RuntimeWarning")
def test_edges_of_domains(name: str):
    f, args, slopes = EDGES[name]
    for position, slope in enumerate(slopes):
        if f is sp.expn and position == 0:
            continue  # the order is no argument of a derivative
        np.testing.assert_allclose(grad(f, position)(*args), slope, rtol=1e-12, atol=1e-15)
        tangents = [float(i == position) for i in range(len(args))]
        np.testing.assert_allclose(jvp(f, args, tuple(tangents))[1], slope, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize(
    ("f", "x", "second"),
    [
        (lambda x: sp.poch(x, 2.0), 0.0, 2.0),
        (lambda x: sp.poch(x, 3.0), -1.0, 0.0),
        (lambda x: sp.poch(x, 3.0), -4.0, -18.0),
        (lambda n: sp.binom(n, 2.0), 1.0, 1.0),
        (lambda n: sp.binom(n, 3.0), 0.0, -1.0),
        (lambda p: sp.boxcox(0.0, p), 2.0, -0.25),
        (lambda s: sp.voigt_profile(0.0, s, 0.5), 0.0, -2 / math.pi / 0.5**3),
    ],
)
def test_second_derivatives_at_edges_of_domains(f: Callable[..., Any], x: float, second: float):
    np.testing.assert_allclose(grad(grad(f))(x), second, rtol=1e-12, atol=1e-13)
