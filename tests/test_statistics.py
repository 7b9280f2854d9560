"""Ties, zeros, NaN and other points where order and statistics need a choice; and refusals."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd import Value, grad, hessian, jacobian, jit, vmap
from autograd import errors as E
from autograd.ops.ordering import tie_mean
from autograd.ops.running import recurrence


def both(f: Callable[..., Any], x: Any) -> list[Any]:
    """The Jacobian in both modes."""
    return [jacobian(f, mode=mode)(x) for mode in ("rev", "fwd")]


# Ties share equally

TIED = np.array([2.0, 1.0, 2.0, 3.0, 2.0])
THIRD = [1 / 3, 0.0, 1 / 3, 0.0, 1 / 3]
TIES: list[tuple[Callable[..., Any], Any]] = [
    (lambda x: np.sort(x)[1], THIRD),
    (lambda x: np.sort(x)[3], THIRD),
    (lambda x: np.sort(x)[4], [0, 0, 0, 1, 0]),
    (lambda x: np.partition(x, 2)[2], THIRD),
    (np.median, THIRD),
    (np.nanmedian, THIRD),
    (lambda x: np.median(x[1:]), [0, 0, 1 / 2, 0, 1 / 2]),
    (lambda x: np.median(np.append(x, 3.0)), THIRD),
    (lambda x: np.median(np.append(x, [3.0, 3.0])), THIRD),
    (lambda x: np.quantile(x, 0.5), THIRD),
    (lambda x: np.quantile(x, 0.25), THIRD),
    (lambda x: np.quantile(x, 0.8), [4 / 15, 0, 4 / 15, 1 / 5, 4 / 15]),
    (lambda x: np.percentile(x, 75, method="lower"), THIRD),
    (lambda x: np.nanquantile(x, 0.5), THIRD),
    (lambda x: np.unique(x)[1], THIRD),
    (lambda x: np.unique_all(x).values[1], THIRD),
    (lambda x: np.union1d(x, [2.0])[1], [1 / 4, 0, 1 / 4, 0, 1 / 4]),
    (lambda x: np.intersect1d(x, [2.0, 7.0])[0], [1 / 4, 0, 1 / 4, 0, 1 / 4]),
    (lambda x: np.max(x[:3], initial=2.0), [1 / 3, 0, 1 / 3, 0, 0]),
    (lambda x: np.min(x, initial=1.0), [0, 1 / 2, 0, 0, 0]),
    (lambda x: np.max(x, where=TIED < 3, initial=0.0), THIRD),
    (lambda x: np.nanmax(np.append(x[:3], np.nan)), [1 / 2, 0, 1 / 2, 0, 0]),
    (lambda x: np.maximum.accumulate(x)[2], [1 / 2, 0, 1 / 2, 0, 0]),
    (lambda x: np.minimum.accumulate(x[::2])[2], THIRD),
    (lambda x: np.histogram(x, 2)[1][2], [0, 0, 0, 1, 0]),
    (lambda x: np.ptp(x), [0, -1, 0, 1, 0]),
]


@pytest.mark.parametrize(("f", "expected"), TIES, ids=map(str, range(len(TIES))))
def test_ties_share_equally(f: Callable[..., Any], expected: Any):
    for found in both(f, TIED):
        np.testing.assert_allclose(found, expected, 1e-14)


def test_ties_along_an_axis_in_complex_numbers_and_in_the_second_derivative():
    x = np.array([[1.0, 1.0, 0.0], [2.0, 5.0, 2.0]])
    weights = np.array([[1.0, 2.0, 4.0], [8.0, 16.0, 32.0]])
    for found in both(lambda x: np.sum(np.sort(x, axis=1) * weights), x):
        np.testing.assert_allclose(found, [[3.0, 3.0, 1.0], [12.0, 32.0, 12.0]])
    for found in both(lambda x: np.sum(np.sort(x + 1j, axis=1) * weights).real, x):
        np.testing.assert_allclose(found, [[3.0, 3.0, 1.0], [12.0, 32.0, 12.0]])
    # sum of squares of tied elements, each place belonging to both of them alike
    half = hessian(lambda x: np.sum(np.sort(x) ** 2 * np.array([1.0, 3.0])))(np.ones(2))
    np.testing.assert_allclose(half, np.full((2, 2), 2.0))


def test_a_sort_that_forgets_its_ties_would_be_noticed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tie_mean, "function", lambda v, key, axis: v)
    found = both(lambda x: np.sort(x)[1], TIED)
    assert not any(np.allclose(x, THIRD) for x in found)


def test_without_ties_the_rule_of_sort_gives_its_numbers_unchanged():
    random = np.random.default_rng(0)
    x, weights = random.normal(size=200), random.normal(size=200) * 1e17
    found = grad(lambda x: np.sum(np.sort(x) * weights))(x)
    np.testing.assert_array_equal(found, weights[np.argsort(np.argsort(x))])


# Zeros in products


def product_jacobian(x: np.ndarray) -> np.ndarray:
    """d cumprod(x)[i] / d x[j], as products of all the others."""
    n = len(x)
    return np.array(
        [[np.prod(np.delete(x[: i + 1], j)) if j <= i else 0 for j in range(n)] for i in range(n)]
    )


@pytest.mark.parametrize("zeros", [(), (2,), (0,), (1, 3), (0, 1, 2, 3, 4)])
def test_running_products_with_zeros(zeros: tuple[int, ...]):
    x = np.array([1.5, -2.0, 0.7, 3.0, -0.4])
    x[list(zeros)] = 0.0
    for found in both(np.cumprod, x):
        np.testing.assert_allclose(found, product_jacobian(x), 1e-14)
    for found in both(np.multiply.accumulate, x):
        np.testing.assert_allclose(found, product_jacobian(x), 1e-14)
    second = hessian(lambda x: np.cumprod(x)[-1])(x)
    for i, j in np.ndindex(5, 5):
        expected = 0.0 if i == j else np.prod(np.delete(x, [i, j]))
        np.testing.assert_allclose(second[i, j], expected, 1e-14)


def test_recurrences_are_those_of_a_loop():
    random = np.random.default_rng(1)
    for n in (1, 2, 3, 7, 64, 100):
        a, b = random.normal(size=(2, 3, n))
        h = np.zeros(3)
        for i in range(n):
            h = a[:, i] * h + b[:, i]
            np.testing.assert_allclose(recurrence(a, b, axis=1)[:, i], h, 1e-10, 1e-12)


# NaN, empty and constant data


def test_what_is_nan_has_no_gradient():
    x = np.array([1.0, np.nan, 3.0, 2.0])
    for f, expected in (
        (np.nansum, [1, 0, 1, 1]),
        (np.nanmean, [1 / 3, 0, 1 / 3, 1 / 3]),
        (np.nanprod, [6, 0, 2, 3]),
        (np.nanmax, [0, 0, 1, 0]),
        (np.nanmin, [1, 0, 0, 0]),
        (np.nanmedian, [0, 0, 0, 1]),
        (np.nanvar, [-2 / 3, 0, 2 / 3, 0]),
        (lambda x: np.nancumsum(x)[2], [1, 0, 1, 0]),
        (lambda x: np.nancumprod(x)[2], [3, 0, 1, 0]),
        (lambda x: np.nanquantile(x, 0.25), [1 / 2, 0, 0, 1 / 2]),
    ):
        for found in both(f, x):
            np.testing.assert_allclose(found, expected, 1e-14, 1e-15)


def test_a_median_of_nan_is_nan_and_a_line_of_nan_stays_one():
    x = np.array([[1.0, np.nan, 3.0], [1.0, 2.0, 4.0]])
    for f in (np.median, lambda x, axis: np.quantile(x, 0.4, axis=axis)):
        y = f(Value(x), axis=1)
        np.testing.assert_array_equal(y.data, f(x, axis=1))
        (y[1] * 1.0).backward()
    nothing = np.array([[np.nan, np.nan], [1.0, 2.0]])
    for f in (np.nanmedian, np.nanmax):
        assert np.isnan(f(Value(nothing), axis=1).data).tolist() == [True, False]
        for found in both(lambda x, f=f: f(x, axis=1)[1], nothing):
            assert np.isfinite(found).all()


def test_statistics_of_nothing():
    with pytest.warns(RuntimeWarning):
        assert np.isnan(np.median(Value(np.ones(0))).data)
    assert np.nansum(Value(np.full(2, np.nan))).data == 0.0
    with np.errstate(all="ignore"):
        for f in (np.var, np.std, np.nanvar, np.nanstd):
            assert np.isnan(f(Value(np.ones(1)), ddof=1).data)
            assert np.isinf(f(Value(np.array([1.0, 2.0])), ddof=2).data) == (
                "nan" not in f.__name__
            )


def test_spread_that_is_zero():
    for f in (np.std, np.nanstd, lambda x: np.std(x, where=[True, True, False])):
        for found in both(f, np.ones(3)):
            np.testing.assert_array_equal(found, np.zeros(3))
    # |z - mean|² is smooth at 0, unlike |z|
    expected = 2 / 3 * (np.eye(3) - 1 / 3)
    for f in (np.var, lambda x: np.var(x + 1j)):
        np.testing.assert_allclose(hessian(f)(np.ones(3)), expected, 1e-14, 1e-15)


def test_the_correlation_of_lines():
    x = np.array([1.0, 2.0, 4.0])
    for found in both(lambda x: np.corrcoef(x, 3 * x + 1)[0, 1], x):
        np.testing.assert_allclose(found, np.zeros(3), 1e-12, 1e-12)


# Quantiles


def test_the_derivative_in_q_is_the_distance_of_the_neighbours():
    x = np.array([4.0, 1.0, 2.0, 8.0])
    for q, slope in ((0.1, 1.0), (0.5, 2.0), (0.9, 4.0)):
        for found in both(lambda q: np.quantile(x, q), q):
            assert math.isclose(found, 3 * slope)
        for found in both(lambda q: np.percentile(x, q), 100 * q):
            assert math.isclose(found, 3 * slope / 100)
    assert grad(lambda q: np.quantile(x, q, method="nearest") + q)(0.4) == 1.0
    assert grad(lambda q: np.quantile(x, q, method="weibull") + q)(0.05) == 1.0


@pytest.mark.parametrize("f", [np.quantile, np.nanquantile, np.percentile])
@pytest.mark.parametrize("method", ["linear", "lower", "midpoint", "hazen"])
@pytest.mark.parametrize("axis", [None, 0, 1])
def test_probabilities_of_plain_data_under_vmap(f: Any, method: str, axis: int | None):
    data = np.random.default_rng(0).normal(size=(3, 4))
    scale = 100 if f is np.percentile else 1
    chances = np.array([[0.1, 0.64], [0.35, 0.9], [0.52, 0.07]]) * scale

    def of(q: Any) -> Any:
        return f(data, q, axis=axis, method=method)

    def slope(q: Any) -> Any:
        return grad(lambda q: np.sum(of(q) ** 2))(q)

    for q in (chances, chances[:, 0]):
        np.testing.assert_allclose(vmap(of)(q), [of(row) for row in q], rtol=1e-13)
        if method in ("linear", "hazen"):
            np.testing.assert_allclose(vmap(slope)(q), [slope(row) for row in q], rtol=1e-13)


def test_quantiles_under_vmap_are_those_of_a_loop():
    x = np.random.default_rng(2).normal(size=(5, 7))
    x[1, 2] = x[1, 4]
    for f in (np.median, np.nanmedian, lambda x: np.quantile(x, [0.2, 0.7]), np.ptp, np.std):
        np.testing.assert_allclose(vmap(f)(x), np.stack([f(line) for line in x]), 1e-13)
        slopes = [jacobian(f)(line) for line in x]
        np.testing.assert_allclose(vmap(jacobian(f))(x), np.stack(slopes), 1e-13)


# Options


FUNCTIONS = (np.sum, np.mean, np.prod, np.max, np.min, np.var, np.std, np.ptp, np.cumsum)
FUNCTIONS += (np.cumprod, np.median, np.nansum, np.nanmean, np.nanmax, np.nanvar, np.nanmedian)
FUNCTIONS += (np.nancumsum, np.any)
V = Value(np.ones((2, 3)), name="v")


@pytest.mark.parametrize("f", FUNCTIONS, ids=lambda f: f.__name__)
def test_out_is_refused_by_name_and_by_position(f: Any):
    place = {"ptp": 2, "max": 2, "min": 2, "amax": 2, "median": 2, "nanmax": 2, "nanmedian": 2}
    between = [0] + [None] * (place.get(f.__name__, 3) - 2)
    if f is np.any:
        between = [0]
    for call in (lambda: f(V, axis=0, out=np.ones(3)), lambda: f(V, *between, np.ones(3))):
        with pytest.raises(E.UnsupportedError, match=f.__name__) as caught:
            call()
        assert "out=" in str(caught.value)
    f(V, axis=0, out=None)


def refused(f: Callable[[], Any], kind: type[Exception], *words: str) -> None:
    with pytest.raises(kind) as caught:
        f()
    for word in words:
        assert word in str(caught.value)


def test_arguments_that_do_not_fit():
    mask = np.ones((4, 2, 3), bool)
    method: Any = "best"
    refused(lambda: np.max(V, where=[True, False, True]), E.ArgumentError, "initial=", "max")
    refused(lambda: np.sum(V, where=mask), E.ShapeError, "(4, 2, 3)", "sum")
    refused(lambda: np.quantile(V, 1.5), E.ArgumentError, "0 to 1", "1.5")
    refused(lambda: np.quantile(V, 0.5, method=method), E.ArgumentError, "hazen", "'best'")
    refused(lambda: np.quantile(V, 0.5, weights=np.ones((2, 3))), E.ArgumentError, "inverted_cdf")
    refused(lambda: np.quantile(V * 1j, 0.5), E.DTypeError, "real", "complex128")
    refused(lambda: np.median(V, axis=2), E.AxisError, "median", "(2, 3)")
    refused(lambda: np.average(V, weights=np.ones(3)), E.ShapeError, "average", "(3,)")
    for weights in (np.array([1.0, -1.0]), Value(np.array([1.0, -1.0]))):
        refused(lambda w=weights: np.average(V, 0, w), E.ArgumentError, "average", "sum to zero")
    refused(lambda: np.cov(V, aweights=np.ones(2)), E.ShapeError, "(2,)", "3 observations")
    refused(lambda: np.cov(Value(np.ones((2, 2, 2)))), E.ShapeError, "(2, 2, 2)")
    refused(lambda: np.var(V, ddof=1, correction=1), E.ArgumentError, "correction")
    refused(lambda: np.sort(V, order="name"), E.UnsupportedError, "order='name'")
    refused(lambda: np.histogram(V, weights=np.ones(3)), E.ShapeError, "(6,)", "(3,)")
    infinite = Value(np.array([1.0, np.nan])), Value(np.array([np.inf, 0.0]))
    for f in (np.histogram, np.histogram_bin_edges, lambda x: np.histogram2d(x, x)):
        for x in infinite:
            refused(lambda f=f, x=x: f(x), E.ArgumentError, "finite", "range=")
    refused(lambda: np.histogram_bin_edges(V, weights=np.ones(3)), E.ShapeError, "(3,)")
    refused(lambda: np.bincount([0, 1], Value(np.ones(3))), E.ShapeError, "(2,)", "(3,)")
    refused(lambda: np.histogramdd([V[0], V[1]], [2, 2, 2]), E.ArgumentError, "3 bins")
    if hasattr(np, "cumulative_sum"):
        refused(lambda: np.cumulative_sum(V), E.ArgumentError, "axis=", "(2, 3)")


@pytest.mark.parametrize("f", [np.unique, np.unique_values, lambda x: np.histogram(x, "auto")[0]])
def test_shapes_that_depend_on_numbers_are_refused_under_vmap(f: Callable[..., Any]):
    refused(lambda: vmap(f)(np.ones((2, 3))), E.ConversionError, "shape", "vmap")


@pytest.mark.parametrize("transform", [vmap, jit])
@pytest.mark.parametrize(
    "f",
    [
        np.nonzero,
        np.argwhere,
        np.flatnonzero,
        np.where,
        Value.nonzero,
        lambda x: x[np.nonzero(x)],
        lambda x: np.extract(x > 0, x),
        lambda x: np.compress(np.ravel(x) > 0, x),
    ],
)
def test_places_that_depend_on_numbers_are_refused_in_a_trace(
    transform: Callable[..., Any], f: Callable[..., Any]
):
    """A program knows the shapes of its results: jit gave [5, 5] for the second of these rows."""
    for rows in (np.array([[1.0, 2.0], [5.0, 0.0]]), np.ones((2, 2))):
        refused(lambda rows=rows: transform(f)(rows), E.ConversionError, "shape", "vmap")


def test_places_are_plain_outside_of_a_trace():
    x = Value([[1.0, 0.0], [2.0, 3.0]])
    for f in (np.nonzero, np.argwhere, np.flatnonzero, np.where):
        found, expected = f(x), f(x.data)
        assert type(found) is type(expected)
        np.testing.assert_array_equal(found, expected)
    kept = np.arange(3.0) > 1  # known in a trace too, as it is no Value
    np.testing.assert_array_equal(vmap(lambda x: x[np.nonzero(kept)])(np.eye(3)), [[0], [0], [1]])


def test_sets_give_the_indices_that_numpy_gives():
    x, y = np.array([3.0, 1.0, 3.0, 2.0]), np.array([2.0, 2.0, 3.0])
    _, *found = np.intersect1d(Value(x), Value(y), return_indices=True)
    _, *expected = np.intersect1d(x, y, return_indices=True)
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_array_equal(a, b)
    for f in (np.union1d, np.setdiff1d, np.setxor1d, np.intersect1d):
        np.testing.assert_array_equal(f(Value(x), Value(y)).data, f(x, y))
        np.testing.assert_array_equal(f(Value(y), x).data, f(y, x))
    for f in (np.unique_all, np.unique_counts, np.unique_inverse):
        found, expected = f(Value(x)), f(x)
        assert type(found) is type(expected)
        for a, b in zip(found, expected, strict=True):
            np.testing.assert_array_equal(a.data if isinstance(a, Value) else a, b)


# Agreement with PyTorch and JAX


@pytest.mark.peers
def test_pytorch_agrees():
    torch = pytest.importorskip("torch")
    x = np.random.default_rng(3).normal(size=(4, 5))
    x[1, 2] = 0.0
    torch_x = torch.tensor(x, requires_grad=True)
    weights = np.random.default_rng(4).normal(size=(4, 5))
    w = torch.tensor(weights)
    pairs: list[tuple[Callable[..., Any], Callable[..., Any]]] = [
        (lambda x: np.cumprod(x, axis=1) * weights, lambda x: torch.cumprod(x, 1) * w),
        (lambda x: np.sort(x, axis=0) * weights, lambda x: torch.sort(x, 0).values * w),
        (lambda x: np.median(x, axis=1), lambda x: torch.median(x, 1).values),
        (lambda x: np.quantile(x, 0.3, axis=1), lambda x: torch.quantile(x, 0.3, 1)),
        (lambda x: np.var(x, axis=0, ddof=1), lambda x: torch.var(x, 0)),
        (lambda x: np.cov(x) * weights[:4, :4], lambda x: torch.cov(x) * w[:4, :4]),
        (lambda x: np.corrcoef(x) * weights[:4, :4], lambda x: torch.corrcoef(x) * w[:4, :4]),
        (
            lambda x: np.maximum.accumulate(x, axis=1) * weights,
            lambda x: torch.cummax(x, 1).values * w,
        ),
        (lambda x: np.sinc(x), torch.sinc),
        (lambda x: np.i0(x), torch.special.i0),
    ]
    for ours, theirs in pairs:
        (expected,) = torch.autograd.grad(theirs(torch_x).sum(), torch_x)
        found = grad(lambda x, f=ours: np.sum(f(x)))(x)
        np.testing.assert_allclose(found, expected.numpy(), 1e-12, 1e-13)


@pytest.mark.peers
def test_jax_agrees():
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    jnp = jax.numpy
    x = np.random.default_rng(5).normal(size=(4, 5))
    gaps = x.copy()
    gaps[0, 1] = gaps[2, 3] = np.nan
    pairs: list[tuple[Callable[..., Any], Any]] = [
        (lambda m, x: m.nanvar(x, axis=1), gaps),
        (lambda m, x: m.nanmean(x, axis=0), gaps),
        (lambda m, x: m.nanmedian(x, axis=1), gaps),
        (lambda m, x: m.nanquantile(x, 0.3, axis=1), gaps),
        (lambda m, x: m.quantile(x, m.array([0.1, 0.6]), axis=0), x),
        (lambda m, x: m.percentile(x, 35.0), x),
        (lambda m, x: m.cumprod(x * (x > -0.5), axis=0), x),
        (lambda m, x: m.average(x, weights=x**2 + 1), x),
        (lambda m, x: m.std(x, axis=1, where=x > -0.5), x),
        (lambda m, x: m.histogram(m.arange(20) * 0.3, 4, weights=x.ravel())[0] ** 2, x),
        (lambda m, x: m.trapezoid(m.sort(x, axis=0), axis=0), x),
    ]
    for f, at in pairs:
        expected = jax.grad(lambda x, f=f: jnp.sum(f(jnp, x)))(jnp.asarray(at))
        found = grad(lambda x, f=f: np.sum(f(np, x)))(at)
        np.testing.assert_allclose(found, np.nan_to_num(expected), 1e-10, 1e-12)


@pytest.mark.parametrize("f", [np.nanvar, np.nanstd])
@pytest.mark.parametrize("center", [2.0, np.float64(2.0), np.array(2.0), np.array([2.0])])
def test_a_mean_of_more_digits_leaves_the_dtype_as_numpy_does(f: Any, center: Any):
    for data in (np.array([1, 2, np.nan, 4], np.float32), np.array([1, 2, 4])):
        expected = f(data, mean=center)
        found = f(Value(data, requires_grad=False), mean=center)
        assert found.dtype == expected.dtype
        np.testing.assert_allclose(found.numpy(), expected, 1e-6)


@pytest.mark.parametrize("x", [[-np.inf, 1.0, 3.0, np.inf, 7.0], [np.inf, np.inf, 1.0, 2.0, 3.0]])
@pytest.mark.parametrize("f", [np.quantile, np.nanquantile])
def test_quantiles_at_infinite_elements(f: Any, x: list[float]):
    q = [0.0, 0.25, 0.5, 1.0]
    expected = np.sort(x)[[0, 1, 2, 4]]
    with np.errstate(invalid="ignore"):  # as NumPy, which takes the difference of the neighbours
        np.testing.assert_array_equal(f(Value(np.array(x)), q).numpy(), expected)
        assert [f(Value(np.array(x)), part).item() for part in q] == expected.tolist()
        np.testing.assert_array_equal(vmap(lambda x: f(x, q))(np.array([x])), [expected])
        weights = np.array([2.0, 3.0, 5.0, 7.0])
        found = grad(lambda x: np.sum(weights * f(x, q)))(
            np.array([-np.inf, 1.0, 3.0, 7.0, np.inf])
        )
    np.testing.assert_array_equal(found, [2.0, 3.0, 5.0, 0.0, 7.0])
    assert grad(lambda q: f(np.array([1.0, 3.0, 7.0]), q))(0.5) == 8.0
