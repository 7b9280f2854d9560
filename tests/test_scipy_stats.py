"""scipy.stats: values are SciPy's, derivatives those of central differences, in every argument."""

import importlib
import sys
import warnings
from typing import Any

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from test_registry import compare

import autograd.scipy.stats as ours
from autograd import Value, elementwise_grad, grad, jacobian, jvp, vmap
from autograd.errors import ArgumentError, LinAlgError, NonFiniteWarning, UnsupportedError
from autograd.scipy.stats.univariate import Continuous, positive

SHAPES: dict[str, tuple[float, ...]] = {
    "norm": (),
    "expon": (),
    "laplace": (),
    "logistic": (),
    "cauchy": (),
    "gumbel_r": (),
    "gumbel_l": (),
    "uniform": (),
    "lognorm": (0.8,),
    "weibull_min": (1.9,),
    "pareto": (2.7,),
    "halfnorm": (),
    "rayleigh": (),
    "t": (4.5,),
    "gamma": (2.3,),
    "invgamma": (4.6,),
    "beta": (1.7, 2.4),
    "chi2": (3.4,),
    "f": (3.3, 5.7),
}
COUNTS: dict[str, tuple[float, ...]] = {
    "bernoulli": (0.3,),
    "binom": (7, 0.4),
    "poisson": (2.6,),
    "nbinom": (3.4, 0.45),
    "geom": (0.35,),
}
AT_POINT = ("pdf", "logpdf", "cdf", "sf", "logcdf", "logsf")
OF_COUNT = ("pmf", "logpmf", "cdf", "sf", "logcdf", "logsf")
MOMENTS = ("entropy", "mean", "var", "std", "median")
BOUNDED = [name for name in SHAPES if getattr(ours, name).ends[0] > -np.inf]

POINTS = np.array([-40.0, -3.0, -1.2, -0.3, 1e-8, 0.2, 0.5, 0.9, 1.0, 1.1, 2.3, 5.0, 9.7, 40.0])
INTEGERS = np.array([-2.0, 0, 1, 2, 3, 5, 7, 8, 12, 2.5, np.nan])
CHANCES = np.array([0.0, 1e-9, 1e-3, 0.2, 0.5, 0.7, 0.999, 1.0, -0.1, 1.2, np.nan])


def agree(name: str, method: str, *args: Any, **options: Any) -> None:
    """Ours of Values, without a warning, is SciPy's of arrays."""
    values = [Value(x) if isinstance(x, float | np.ndarray) else x for x in args]
    found = getattr(getattr(ours, name), method)(*values, **options)
    with np.errstate(all="ignore"):
        expected = getattr(getattr(scipy.stats, name), method)(*args, **options)
    assert np.shape(found) == np.shape(expected)
    found = found.data if isinstance(found, Value) else found
    # SciPy takes the logarithm of counts' cdf where we take that of what is missing to 1.
    small = 1e-15 if name in COUNTS else 1e-300
    np.testing.assert_allclose(found, expected, 1e-12, small, err_msg=f"{name}.{method}")


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("options", [{}, {"loc": 0.5, "scale": 1.7}], ids=["standard", "moved"])
def test_values_of_continuous_distributions_are_those_of_scipy(name: str, options: Any):
    for method in AT_POINT:
        if (name, method) == ("halfnorm", "logsf"):
            agree(name, method, POINTS[:-1], **options)  # SciPy's underflows at 40
        else:
            agree(name, method, POINTS, *SHAPES[name], **options)
    for method in ("ppf", "isf"):
        # SciPy's quantiles of f have six digits in the far tail.
        far = name == "f" and method == "isf"
        agree(name, method, np.delete(CHANCES, 1) if far else CHANCES, *SHAPES[name], **options)
    for method in MOMENTS:
        agree(name, method, *SHAPES[name], 0.5, options.get("scale", 1.0))


@pytest.mark.parametrize("name", COUNTS)
@pytest.mark.parametrize("options", [{}, {"loc": 1}], ids=["standard", "moved"])
def test_values_of_discrete_distributions_are_those_of_scipy(name: str, options: Any):
    for method in OF_COUNT:
        agree(name, method, INTEGERS, *COUNTS[name], **options)
    for method in ("ppf", "isf"):
        agree(name, method, CHANCES, *COUNTS[name], **options)
    for method in ("mean", "var", "std", "entropy"):
        if method != "entropy" or name in ("bernoulli", "geom"):
            agree(name, method, *COUNTS[name], **options)


def inside(name: str) -> Any:
    """Points of the support, shapes, location and scale, of shapes that broadcast."""
    points = np.array([0.17, 0.43, 0.78]) + (name == "pareto")
    if name not in BOUNDED:
        points = np.array([-1.3, 0.4, 1.7])
    shapes = [np.array([[s], [1.1 * s]]) for s in SHAPES[name]]
    loc, scale = np.array(0.3), np.array([1.6, 1.4, 1.5])
    return points * scale + loc, *shapes, loc, scale


@pytest.mark.parametrize("name", SHAPES)
def test_derivatives_in_every_argument_of_a_density(name: str):
    distribution = getattr(ours, name)
    compare(distribution.logpdf, inside(name), 2)
    compare(distribution.pdf, inside(name), 1)


@pytest.mark.parametrize("name", SHAPES)
def test_derivatives_of_distribution_functions_and_quantiles(name: str):
    distribution = getattr(ours, name)
    args = inside(name)
    shapeless = not SHAPES[name]
    compare(distribution.cdf, args, 2 if shapeless else 1)
    for method in ("sf", "logcdf", "logsf"):
        compare(getattr(distribution, method), args, 2 if shapeless else 1)
    for method in ("ppf", "isf"):
        function = getattr(distribution, method)
        compare(function, (np.array([0.2, 0.6, 0.9]), *args[1:]), 2 if shapeless else 1)


@pytest.mark.parametrize("name", ["gamma", "t", "beta"])
def test_second_derivatives_of_distribution_functions_in_the_shapes(name: str):
    point, *shapes, _, _ = inside(name)
    args = point[:1], *(s[0] for s in shapes)
    compare(getattr(ours, name).cdf, args, 2)
    compare(getattr(ours, name).ppf, (np.array([0.6]), *args[1:]), 2)


@pytest.mark.parametrize("name", SHAPES)
def test_derivatives_of_moments_and_entropy(name: str):
    for method in MOMENTS:
        if name != "cauchy" or method in ("entropy", "median"):
            compare(getattr(getattr(ours, name), method), inside(name)[1:], 2)


@pytest.mark.parametrize("name", COUNTS)
def test_derivatives_in_the_shapes_of_discrete_distributions(name: str):
    distribution = getattr(ours, name)
    fixed = (7,) if name == "binom" else ()
    shapes = tuple(np.array([[s], [1.1 * s]]) for s in COUNTS[name][len(fixed) :])
    for method in OF_COUNT:
        counts = np.array([0, 0]) if name == "bernoulli" else np.array([1, 2, 4])
        if name == "bernoulli" and "pmf" in method:
            counts = np.array([0, 1])
        function = getattr(distribution, method)
        compare(lambda *s, f=function, k=counts: f(k, *fixed, *s), shapes, 2)
    for method in ("mean", "var", "std"):
        function = getattr(distribution, method)
        compare(lambda *s, f=function: f(*fixed, *s), shapes, 2)
    if name in ("bernoulli", "geom"):
        compare(distribution.entropy, shapes, 2)


def test_a_wrong_density_would_be_caught():
    def wrong(x: Any) -> Any:
        return -0.4 * (x * x)

    faulty = Continuous("norm", logpdf=wrong)
    assert not np.isclose(faulty.logpdf(Value(1.0)).data, scipy.stats.norm.logpdf(1.0))
    with pytest.raises(AssertionError):
        compare(faulty.logpdf, (np.array(1.0), np.array(0.0), np.array(1.0)), 1)


# Outside the support


@pytest.mark.parametrize("name", BOUNDED)
def test_outside_the_support_every_gradient_is_zero_and_nothing_is_nan(name: str):
    distribution = getattr(ours, name)
    x = np.array([-1.0, -30.0, 0.3, 0.7, 1.5])
    numbers = tuple(range(3 + len(SHAPES[name])))
    for method in AT_POINT:
        function = getattr(distribution, method)
        for found in jacobian(function, numbers)(x, *SHAPES[name], 0.0, 1.0):
            assert np.isfinite(found).all(), method
            assert not found[:2].any(), method

        def curved(x: Any, f: Any = function) -> Any:
            return f(x, *SHAPES[name]) + x * x

        second = elementwise_grad(elementwise_grad(curved))(x)
        assert np.isfinite(second).all(), method
        assert (second[:2] == 2).all(), method
    assert (distribution.logpdf(Value(x), *SHAPES[name]).data[:2] == -np.inf).all()


@pytest.mark.parametrize("name", COUNTS)
def test_impossible_counts_have_gradient_zero(name: str):
    distribution = getattr(ours, name)
    *fixed, p = COUNTS[name]
    k = np.array([-1.0, 0.5, 90.0 if name in ("binom", "bernoulli") else -7.0])
    for method in ("pmf", "logpmf"):
        function = getattr(distribution, method)
        assert not jacobian(lambda p, f=function: f(k, *fixed, p))(p).any()


@pytest.mark.parametrize("name", ["norm", "gamma", "beta", "t", "poisson"])
def test_parameters_outside_their_domain_give_nan(name: str):
    distribution = getattr(ours, name)
    shapes = SHAPES.get(name, COUNTS.get(name, ()))
    for wrong in ([-s for s in shapes], shapes):
        options = {} if name == "poisson" else {"scale": Value(-1.0)}
        if wrong == shapes and not options:
            continue
        values = [Value(float(s)) for s in wrong]
        for x in (1.0, -1.0):
            method = distribution.logpmf if name == "poisson" else distribution.logpdf
            assert np.isnan(method(Value(x), *values, **options).data)


def test_the_slope_in_a_parameter_outside_its_domain_is_nan():
    """Where the value is NaN, a slope of 0 would look like an optimum."""
    slopes = (
        lambda: grad(lambda s: ours.norm.logpdf(1.0, 0.0, s))(-1.0),
        lambda: grad(lambda a: ours.gamma.logpdf(1.0, a))(-1.0),
        lambda: grad(ours.norm.ppf)(1.5),
        lambda: jvp(lambda s: ours.norm.logpdf(1.0, 0.0, s), (-1.0,), (1.0,))[1],
    )
    for slope in slopes:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NonFiniteWarning)
            assert np.isnan(slope())
    with pytest.warns(NonFiniteWarning):
        found = elementwise_grad(lambda s: ours.norm.logpdf(1.0, 0.0, s))(np.array([-1.0, 2.0]))
    np.testing.assert_allclose(found, [np.nan, -0.5 + 0.125])


@pytest.mark.parametrize("df", [np.inf, np.array([3.0, np.inf])], ids=["float", "array"])
@pytest.mark.parametrize("method", [*AT_POINT, *MOMENTS, "ppf", "isf"])
def test_infinitely_many_degrees_of_freedom_are_the_normal_distribution(method: str, df: Any):
    point = () if method in MOMENTS else (0.3,)
    agree("t", method, *point, df)
    if point:
        agree("t", method, np.array(point[0]), df, loc=0.1, scale=2.0)
        slope = grad(lambda x: getattr(ours.t, method)(x, np.inf))(0.3)
        expected = grad(getattr(ours.norm, method))(0.3)
        np.testing.assert_allclose(slope, expected, 1e-12)
    if method in ("pdf", "logpdf"):
        np.testing.assert_array_equal(
            elementwise_grad(lambda d: getattr(ours.t, method)(0.3, d))(np.full(2, np.inf)), 0.0
        )


def test_the_median_of_laplace_has_the_derivatives_of_both_sides():
    assert grad(ours.laplace.cdf)(0.0) == 0.5
    assert grad(ours.logistic.logpdf)(0.0) == 0.0
    assert grad(grad(ours.logistic.logpdf))(0.0) == -0.5


# Arguments


@settings(max_examples=25, deadline=None)
@given(
    hnp.mutually_broadcastable_shapes(num_shapes=4, max_dims=3, max_side=3),
    st.sampled_from(["gamma", "t"]),
    st.booleans(),
)
def test_arguments_broadcast(shapes: Any, name: str, narrow: bool):
    kind = np.float32 if narrow else np.float64
    values = [Value(np.full(s, 1.5, kind)) for s in shapes.input_shapes]
    distribution = getattr(ours, name)
    x, shape, loc, scale = values
    y = distribution.logpdf(x, shape, loc - 1, scale)
    assert y.shape == shapes.result_shape
    assert y.dtype == kind
    np.sum(y).backward()
    for v in values:
        assert v.grad.shape == v.shape
        assert v.grad.dtype == kind
    expected = getattr(scipy.stats, name).logpdf(1.5, 1.5, 0.5, 1.5)
    np.testing.assert_allclose(y.data, np.full(y.shape, expected), 1e-5 if narrow else 1e-12)


@pytest.mark.parametrize("name", SHAPES)
def test_vmap_is_a_loop(name: str):
    point, *shapes, loc, scale = inside(name)
    args = (point, *(np.array([s[0, 0], s[1, 0], s[0, 0]]) for s in shapes), loc + 0 * point, scale)
    for method in ("logpdf", "cdf"):
        slopes = grad(getattr(getattr(ours, name), method), tuple(range(len(args))))
        expected = np.transpose(list(map(slopes, *args)))
        # Derivatives in shapes are differences, which magnify the rounding of vectorised functions.
        np.testing.assert_allclose(vmap(slopes)(*args), expected, 1e-10)


def test_python_floats_stay_python_floats():
    value = Value(0.3)
    y = ours.gamma.logpdf(value, 2.5, scale=2.0)
    assert type(y.data) is float
    y.backward()
    assert type(value.grad) is float
    x = Value(np.array([0.3, 0.7], np.float32))
    for distribution, shapes in ((ours.t, (3.5,)), (ours.norm, ()), (ours.gamma, (2,))):
        assert distribution.pdf(x, *shapes, 0.1, 1.5).dtype == np.float32
        assert distribution.cdf(x, *shapes, 0.0, 1).dtype == np.float32


def test_plain_arguments_go_to_scipy():
    x = [0.5, 1.0]
    np.testing.assert_array_equal(ours.t.pdf(x, 3), scipy.stats.t.pdf(x, 3))
    assert type(ours.norm.logpdf(0.5)) is type(scipy.stats.norm.logpdf(0.5))
    sample = ours.norm.rvs(size=3, random_state=0)
    np.testing.assert_array_equal(sample, scipy.stats.norm.rvs(size=3, random_state=0))
    assert ours.norm.a == -np.inf
    assert ours.zipf is scipy.stats.zipf


def test_arguments_by_position_and_by_keyword():
    x, a, loc, scale = (Value(v) for v in (1.3, 2.5, 0.1, 1.7))
    expected = scipy.stats.gamma.logpdf(1.3, 2.5, 0.1, 1.7)
    for y in (
        ours.gamma.logpdf(x, a, loc, scale),
        ours.gamma.logpdf(x, a, scale=scale, loc=loc),
        ours.gamma.logpdf(x=x, a=a, scale=scale, loc=loc),
        ours.gamma(a, loc, scale).logpdf(x),
        ours.gamma(a, scale=scale, loc=loc).logpdf(x),
    ):
        np.testing.assert_allclose(y.data, expected, 1e-13)
    assert repr(ours.gamma(2.5, loc=1.0)) == "gamma(2.5, loc=1.0)"
    assert repr(ours.gamma) == "<distribution gamma>"
    sample = ours.norm(1.0).rvs(2, random_state=0)
    np.testing.assert_array_equal(sample, scipy.stats.norm(1.0).rvs(2, random_state=0))
    assert ours.norm(1.0).mean() == 1.0
    np.testing.assert_allclose(ours.norm([Value(1.0), 2.0]).mean().data, [1.0, 2.0])
    np.testing.assert_allclose(ours.norm.pdf([x, 0.5]).data, scipy.stats.norm.pdf([1.3, 0.5]))


@pytest.mark.parametrize(
    ("args", "options"),
    [((), {}), ((1.0, 2.0, 3.0, 4.0), {}), ((2.0,), {"a": 1.0}), ((2.0,), {"df": 1.0})],
)
def test_wrong_arguments_are_refused(args: Any, options: Any):
    with pytest.raises(ArgumentError, match="x, a, loc, scale"):
        ours.gamma.logpdf(Value(1.0), *args, **options)


def test_methods_without_a_closed_form_refuse_values():
    for call in (
        lambda: ours.poisson.entropy(Value(2.0)),
        lambda: ours.norm.fit(Value(np.ones(3))),
        lambda: ours.norm.expect(Value(1.0)),
        lambda: ours.norm(Value(1.0)).rvs(3),
        lambda: ours.multivariate_normal.cdf(Value(np.ones(2))),
    ):
        with pytest.raises(UnsupportedError, match="closed form"):
            call()
    with pytest.raises(AttributeError):
        _ = ours.norm.nothing


def test_distributions_are_imported_as_modules_too():
    for name in ours.__all__:
        assert importlib.import_module(f"autograd.scipy.stats.{name}") is getattr(ours, name)
    assert sys.modules["autograd.scipy.stats.norm"] is ours.norm


def test_the_domains():
    assert positive(1)
    assert not positive(0)


# Vectors

RANDOM = np.random.default_rng(0)
VECTORS, MEAN, ROOT = RANDOM.normal(size=(5, 3)), RANDOM.normal(size=3), RANDOM.normal(size=(3, 3))


def covariance(root: Any) -> Any:
    return root @ root.T + np.eye(3)


def same(name: str, method: str, *args: Any) -> None:
    values = [Value(x) if isinstance(x, np.ndarray) else x for x in args]
    found = getattr(getattr(ours, name), method)(*values)
    expected = getattr(getattr(scipy.stats, name), method)(*args)
    assert found.shape == np.shape(expected)
    np.testing.assert_allclose(found.data, expected, 1e-12, 1e-13)


@pytest.mark.parametrize("singular", [False, True])
@pytest.mark.parametrize(
    "x",
    [VECTORS, VECTORS[0], VECTORS[:1], VECTORS.reshape(5, 1, 3)],
    ids=["matrix", "vector", "row", "batch"],
)
def test_multivariate_normal(x: Any, singular: bool):
    for method in ("pdf", "logpdf"):
        same("multivariate_normal", method, x, MEAN, covariance(ROOT), singular)
        function = getattr(ours.multivariate_normal, method)
        order = 2 if x.ndim == 1 else 1
        compare(
            lambda x, m, r, f=function: f(x, m, covariance(r), singular), (x, MEAN, ROOT), order
        )


@pytest.mark.parametrize(
    ("x", "mean", "cov"),
    [
        (VECTORS, MEAN, np.array([1.0, 2.0, 3.0])),
        (VECTORS, MEAN, np.array(2.0)),
        (VECTORS[0], np.array(1.0), np.array(2.0)),
        (VECTORS[0], None, 1),
        (VECTORS[0, 0], None, 1),
        (VECTORS[0], MEAN, 1),
    ],
)
def test_multivariate_normal_with_a_diagonal(x: Any, mean: Any, cov: Any):
    same("multivariate_normal", "logpdf", np.asarray(x), mean, cov)
    args = tuple(np.asarray(a, float) for a in (x, mean, cov) if a is not None)
    if isinstance(cov, np.ndarray):
        compare(ours.multivariate_normal.logpdf, args, 2)


def test_multivariate_normal_of_a_singular_covariance():
    basis = RANDOM.normal(size=(3, 2))
    cov, inside = basis @ basis.T, MEAN + RANDOM.normal(size=(4, 2)) @ basis.T
    x = np.concatenate([inside, VECTORS])
    same("multivariate_normal", "logpdf", x, MEAN, cov, True)
    pulled = grad(lambda x: np.sum(ours.multivariate_normal.pdf(x, MEAN, cov, True)))(x)
    assert np.isfinite(pulled).all()
    assert not pulled[4:].any()

    def within(z: Any, basis: Any) -> Any:
        return ours.multivariate_normal.logpdf(z @ basis.T, np.zeros(3), basis @ basis.T, True)

    compare(within, (RANDOM.normal(size=(2, 2)), basis), 2)
    with pytest.raises(np.linalg.LinAlgError):
        ours.multivariate_normal.logpdf(Value(x), MEAN, np.zeros((3, 3)))


def test_the_gradient_in_a_covariance_is_symmetric():
    log_density = ours.multivariate_normal.logpdf
    found = grad(lambda c: log_density(VECTORS[0], MEAN, c))(covariance(ROOT))
    inverse = np.linalg.inv(covariance(ROOT))
    z = inverse @ (VECTORS[0] - MEAN)
    np.testing.assert_allclose(found, (np.outer(z, z) - inverse) / 2, 1e-12)


def test_entropy_of_the_multivariate_normal():
    same("multivariate_normal", "entropy", MEAN, covariance(ROOT))
    compare(lambda r: ours.multivariate_normal.entropy(MEAN, covariance(r)), (ROOT,), 2)


@pytest.mark.parametrize("cov", [[[1.0, 2.0], [2.0, 1.0]], [[1.0, 1.0], [1.0, 1.0]]])
def test_a_covariance_that_is_not_positive_definite_is_refused(cov: Any):
    x = Value(np.ones(2))
    for f in (
        lambda: ours.multivariate_normal.logpdf(x, np.zeros(2), np.array(cov)),
        lambda: ours.multivariate_normal.pdf(x, np.zeros(2), Value(cov)),
        lambda: ours.multivariate_normal.entropy(np.zeros(2), Value(cov)),
    ):
        with pytest.raises(LinAlgError, match="cholesky"):
            f()


ALPHA = np.array([1.3, 2.2, 0.7])
SIMPLEX = np.array([[0.2, 0.4], [0.5, 0.35], [0.3, 0.25]])


@pytest.mark.parametrize("x", [SIMPLEX[:, 0], SIMPLEX[:2, 0], SIMPLEX, SIMPLEX[:2]])
def test_dirichlet(x: Any):
    for method in ("pdf", "logpdf"):
        same("dirichlet", method, x, ALPHA)
        function = getattr(ours.dirichlet, method)
        if len(x) == 2:
            compare(function, (x, ALPHA), 2)
        else:
            compare(lambda a, f=function: f(x, a), (ALPHA,), 2)


def test_moments_of_the_dirichlet_distribution():
    for method in ("mean", "var", "cov", "entropy"):
        same("dirichlet", method, ALPHA)
        compare(getattr(ours.dirichlet, method), (ALPHA,), 2)


@pytest.mark.parametrize(
    ("x", "alpha"),
    [([1.2, -0.2], [1.0, 1.0]), ([1.2], [1.0, 1.0]), ([0.5, 0.5], [2.0, -0.5]), ([0.5], [0.0, 1])],
)
def test_what_the_dirichlet_distribution_is_not_defined_for_is_nan(x: Any, alpha: Any):
    """SciPy raises; log |Γ| and 0 log x would make numbers of it."""
    x, alpha = Value(np.array(x)), Value(np.array(alpha))
    for method in (ours.dirichlet.logpdf, ours.dirichlet.pdf):
        assert np.isnan(method(x, alpha).data)
    if (alpha.data <= 0).any():
        for method in (ours.dirichlet.mean, ours.dirichlet.var, ours.dirichlet.entropy):
            assert np.isnan(method(alpha).data).any()
        assert np.isnan(ours.dirichlet.cov(alpha).data).any()


def test_multinomial():
    x = np.array([[1, 2, 3], [0, 4, 2], [6, 0, 0], [1, 1, 1], [7, -1, 0]])
    p = SIMPLEX[:, 0]
    for method in ("pmf", "logpmf"):
        function = getattr(ours.multinomial, method)
        found, expected = (
            function(x, 6, Value(p)),
            getattr(scipy.stats.multinomial, method)(x, 6, p),
        )
        np.testing.assert_allclose(found.data, expected, 1e-12)
        assert not jacobian(lambda p, f=function: f(x, 6, p))(p)[3:].any()

        def of_logits(logits: Any, f: Any = function) -> Any:
            weights = np.exp(logits)
            return f(x[:3], 6, weights / np.sum(weights))

        compare(of_logits, (np.log(p),), 2)
    for method in ("mean", "cov"):
        found = getattr(ours.multinomial, method)(6, Value(p))
        np.testing.assert_allclose(
            found.data, getattr(scipy.stats.multinomial, method)(6, p), 1e-12
        )


def test_maximum_likelihood_has_gradient_zero():
    """The estimates with a closed form are where the gradient of the likelihood vanishes."""
    x = RANDOM.normal(2.0, 3.0, size=50)
    mean, spread = grad(lambda m, s: np.sum(ours.norm.logpdf(x, m, s)), (0, 1))(x.mean(), x.std())
    np.testing.assert_allclose([mean, spread], 0, atol=1e-12)
    k = RANDOM.poisson(4.0, size=50)
    assert abs(grad(lambda mu: np.sum(ours.poisson.logpmf(k, mu)))(k.mean())) < 1e-12
    size = np.abs(x)
    assert abs(grad(lambda s: np.sum(ours.expon.logpdf(size, 0, s)))(size.mean())) < 1e-12
    p = np.bincount(k, minlength=10) / 50

    def of_logits(logits: Any) -> Any:
        return ours.multinomial.logpmf(50 * p, 50, np.exp(logits) / np.sum(np.exp(logits)))

    np.testing.assert_allclose(grad(of_logits)(np.log(p + 1e-300)), 0, atol=1e-10)
