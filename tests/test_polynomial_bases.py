"""autograd.numpy.polynomial: NumPy's functions and classes for Values, in every basis."""

import inspect
from importlib import import_module
from typing import Any

import numpy as np
import pytest

import autograd.numpy as anp
from autograd import Value, grad, gradcheck, jacobian
from autograd.errors import ArgumentError, ConversionError, ShapeError
from benchmarks.coverage.probe import QUESTIONS, ask, evaluate, leaves, ours
from benchmarks.coverage.samples import BASES, SERIES, VARIABLES

LISTS = ours("autograd.numpy")
CLASSES = ("Polynomial", "Chebyshev", "Legendre", "Laguerre", "Hermite", "HermiteE")
C, X = np.array([0.7, -1.2, 0.4, 1.1]), np.array([-0.6, 0.1, 0.9])


@pytest.mark.parametrize("full", SERIES)
def test_a_function_is_differentiable(full: str):
    assert ask(LISTS, SERIES[full], every=True) == dict.fromkeys(QUESTIONS, "")


@pytest.mark.parametrize("full", SERIES)
def test_values_and_shapes_are_numpys(full: str):
    wanted = leaves(evaluate(SERIES[full], np, VARIABLES))
    plain = leaves(evaluate(SERIES[full], anp, VARIABLES))
    values = {name: Value(x) for name, x in VARIABLES.items()}
    found = leaves(evaluate(SERIES[full], anp, values))
    for y, same, expected in zip(found, plain, wanted, strict=True):
        np.testing.assert_array_equal(same, expected)
        assert y.shape == np.shape(expected) and y.dtype == np.asarray(expected).dtype
        np.testing.assert_allclose(y.data, expected, 1e-10, 1e-12)


@pytest.mark.parametrize("module", BASES)
def test_every_name_of_numpys_module_is_there_and_has_a_sample(module: str):
    theirs = getattr(np.polynomial, module)
    found = import_module(f"autograd.numpy.polynomial.{module}")
    constant = ("gauss", "pts1", "pts2", "interpolate", "domain", "zero", "one", "x")
    for name in theirs.__all__:
        assert hasattr(found, name)
        if not (inspect.isclass(getattr(theirs, name)) or name.endswith(constant)):
            assert f"numpy.polynomial.{module}.{name}" in SERIES


def calculated(cls: Any, c: Any, x: Any) -> Any:
    p = cls(c, domain=[-2, 3])
    q = p * p + p.deriv(2) - 2.0 * p.integ(lbnd=0.3) + p**2 / 3 - [1.0, 2.0]
    return q(x), (q // p)(0.3), (q % p)(0.1), p.roots(), cls.fromroots(x)(0.5), (-p)(x).sum()


@pytest.mark.parametrize("name", CLASSES)
def test_classes_of_values_calculate_as_numpys(name: str):
    ours, theirs = getattr(anp.polynomial, name), getattr(np.polynomial, name)
    for y, expected in zip(
        calculated(ours, Value(C), Value(X)), calculated(theirs, C, X), strict=True
    ):
        np.testing.assert_allclose(y.data, expected, 1e-9)
    for y, expected in zip(calculated(ours, C, X), calculated(theirs, C, X), strict=True):
        np.testing.assert_array_equal(y, expected)
    assert gradcheck(lambda c, x: calculated(ours, c, x)[0], C, X)
    assert gradcheck(lambda x, y: ours.fit(x, y, 1, [-1, 1])(0.4), X, X**2)
    for options in ({}, {"domain": [], "w": [1.0, 2.0, 3.0]}):
        wanted = theirs.fit(X, C[:3], 1, **options)
        for x, y in ((Value(X), C[:3]), (X, Value(C[:3]))):
            found = ours.fit(x, y, 1, **options)
            np.testing.assert_allclose(found.coef.data, wanted.coef, 1e-12)
            np.testing.assert_array_equal(found.domain, wanted.domain)
    fitted, rest = ours.fit(Value(X), C[:3], 1, full=True)
    assert len(rest) == 4 and type(fitted) is ours
    assert isinstance(ours(C), theirs) and repr(ours(C)) == repr(theirs(C))
    assert str(ours(C)) == str(theirs(C))
    assert "Value" in repr(ours(Value(C))) and "Value" in str(ours(Value(C)))


def test_fits_with_weights_terms_and_rest():
    fit, theirs = anp.polynomial.legendre.legfit, np.polynomial.legendre.legfit
    x, y, w = np.linspace(-1, 1, 7), np.cos(np.arange(7.0)), 1 + np.arange(7.0) / 7
    for options in ({"w": w}, {"deg": [0, 2]}, {"deg": [1, 3], "rcond": 1e-3}):
        options = {"deg": 3, **options}
        np.testing.assert_allclose(fit(x, Value(y), **options).data, theirs(x, y, **options))
    assert gradcheck(lambda x, y, w: fit(x, y, [0, 2], w=w), x, y, w)
    table = np.stack([y, y**2], axis=1)
    found, rest = fit(x, Value(table), 2, full=True)
    expected, others = theirs(x, table, 2, full=True)
    np.testing.assert_allclose(found.data, expected)
    assert len(rest) == len(others) and rest[-1] == others[-1]


def test_series_that_end_in_zeros_and_short_ones():
    module = anp.polynomial.chebyshev
    found = module.chebadd(Value([1.0, 2.0, 3.0]), [0.0, 0.0, -3.0])
    np.testing.assert_array_equal(found.data, [1.0, 2.0])
    quotient, rest = module.chebdiv(Value([1.0, 2.0]), [1.0, 1.0, 1.0])
    np.testing.assert_array_equal(quotient.data, [0.0])
    np.testing.assert_array_equal(rest.data, [1.0, 2.0])
    quotient, rest = module.chebdiv(Value([1.0, 2.0]), [2.0])
    np.testing.assert_array_equal(quotient.data, [0.5, 1.0])
    assert module.chebroots(Value([1.0])).shape == (0,)
    np.testing.assert_array_equal(module.chebpow(Value(C), 0), [1.0])
    np.testing.assert_array_equal(module.chebtrim(Value([1.0, 1e-9]), 1e-6).data, [1.0])


def test_what_cannot_be_is_refused():
    module, v = anp.polynomial.hermite, Value(C)
    for error, call in (
        (ArgumentError, lambda: module.hermdiv(v, [0.0])),
        (ArgumentError, lambda: module.hermpow(v, 17)),
        (ArgumentError, lambda: module.hermpow(v, -1)),
        (ArgumentError, lambda: module.hermint(v, 1, [1.0, 2.0])),
        (ArgumentError, lambda: module.hermcompanion(Value([1.0]))),
        (ShapeError, lambda: module.hermmul(Value(np.ones((2, 2))), v)),
        (ShapeError, lambda: module.hermval2d(v, X, np.ones((2, 2)))),
        (ConversionError, lambda: np.polynomial.hermite.hermval(X, v)),
    ):
        with pytest.raises(error):
            call()


def test_an_interpolated_function_may_close_over_a_value():
    def coefficients(a: Any) -> Any:
        return anp.polynomial.chebyshev.chebinterpolate(lambda t: np.exp(a * t), 4)

    assert gradcheck(coefficients, 0.7)


def test_values_as_a_user_writes_them():
    p = anp.polynomial.Polynomial([1.0, 2.0, 3.0])
    assert grad(lambda x: p(x))(2.0) == 14.0
    slopes = jacobian(lambda c: anp.polynomial.Polynomial(c)(2.0))(np.ones(3))
    np.testing.assert_array_equal(slopes, [1.0, 2.0, 4.0])
    by_list = grad(lambda a: anp.polynomial.chebyshev.chebval(0.5, [a, 1.0, a * a]))(3.0)
    assert by_list == 1.0 + 2 * 3.0 * -0.5
