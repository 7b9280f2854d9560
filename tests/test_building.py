"""What builds, edits, selects and interpolates: special points, traces, errors."""

import os
from collections.abc import Callable
from typing import Any

import cases_building
import cases_differences
import cases_editing
import cases_polynomial
import cases_products
import numpy as np
import pytest
from cases import Case, array
from numpy.polynomial import chebyshev, hermite, laguerre, legendre, polynomial

from autograd import Value, grad, gradcheck, jacobian, jvp, vjp
from autograd import errors as E
from autograd.graph import edges
from autograd.modes import replayable
from autograd.op import component
from autograd.ops.window import as_strided
from autograd.value import detached

TOPICS = (cases_building, cases_differences, cases_editing, cases_polynomial, cases_products)
X, V = array(2, 3), array(3, seed=2)


def derivatives(f: Callable[..., Any], x: Any) -> list[Any]:
    """In reverse and in forward mode."""
    return [jacobian(f, mode="rev")(x), jacobian(f, mode="fwd")(x)]


# The record is the program: computed again on other numbers, it gives the function of those


def listed(output: Any) -> list[Any]:
    return list(output) if isinstance(output, tuple | list) else [output]


def computed_again(root: Any, given: dict[int, Any]) -> Any:
    """The record of `root` on other numbers for its leaves, which are given by their order."""
    if type(root) is not Value:
        return root
    if root.order not in given:
        if root.op is None:
            return root._data
        inputs = [computed_again(x, given) for x in edges(root)]
        if root.op is component:
            given[root.order] = inputs[0][root.static["index"]]
        else:
            with np.errstate(all="ignore"):
                given[root.order] = root.op.function(*inputs, **root.static)
    return given[root.order]


def check_record(f: Callable[..., Any], args: tuple[Any, ...]) -> None:
    others = [np.asarray(x * 1.001 + 1e-4)[()] for x in args]
    with replayable():
        values = [detached(np.asarray(x)) for x in args]
        outputs = listed(f(*values))
    given = {v.order: x for v, x in zip(values, others, strict=True)}
    for output, wanted in zip(outputs, listed(f(*others)), strict=True):
        np.testing.assert_allclose(computed_again(output, given), wanted, 1e-9, 1e-10)


CASES = [case for topic in TOPICS for case in topic.CASES]
TRACEABLE = [case for case in CASES if not case.name.startswith(cases_building.CONTENTS)]


@pytest.mark.parametrize("case", TRACEABLE, ids=lambda case: case.name)
def test_a_record_computes_again_what_the_function_does(case: Case):
    check_record(case.function, case.args)


def test_a_number_baked_into_a_record_would_be_noticed():
    check_record(lambda x: x * np.argmax(x), (V,))
    with pytest.raises(AssertionError):
        check_record(lambda x: x * np.sum(x._data if type(x) is Value else x), (V,))


# Interpolation

PLACES = np.array([0.0, 1.0, 2.0, 4.0])
VALUES = np.array([1.0, 3.0, 0.0, 8.0])


def test_interp_at_the_places_themselves_and_outside():
    """The slope to the right of a place, at the last the one to its left; outside none."""
    x = np.array([-1.0, 0.0, 1.0, 2.0, 4.0, 5.0])
    wanted = [0.0, 2.0, -3.0, 4.0, 4.0, 0.0]
    for found in derivatives(lambda x: np.interp(x, PLACES, VALUES), x):
        np.testing.assert_array_equal(found, np.diag(wanted))
    np.testing.assert_array_equal(np.interp(Value(x), PLACES, VALUES).data, [1, 1, 3, 0, 8, 8])
    for found in derivatives(lambda f: np.interp(x, PLACES, f), VALUES):
        np.testing.assert_array_equal(found, np.eye(4)[[0, 0, 1, 2, 3, 3]])


def test_interp_of_two_places_at_one_x_is_a_step():
    places, values = np.array([0.0, 1.0, 1.0, 2.0, 2.0]), np.array([0.0, 1.0, 5.0, 7.0, 9.0])
    x = np.array([0.5, 1.0, 1.5, 2.0])
    np.testing.assert_array_equal(
        np.interp(Value(x), places, values).data, np.interp(x, places, values)
    )
    for found in derivatives(lambda x: np.interp(x, places, values), x):
        np.testing.assert_array_equal(found, np.diag([1.0, 2.0, 2.0, 0.0]))


def test_interp_of_nan_is_nan():
    x = np.array([np.nan, 0.5])
    np.testing.assert_array_equal(np.interp(Value(x), PLACES, VALUES).data, [np.nan, 2.0])


# Selecting


def test_what_select_and_piecewise_leave_out_leaks_nothing():
    x = np.array([-1.0, 0.0, 2.0])
    with np.errstate(all="ignore"):
        for found in derivatives(lambda x: np.select([x > 0], [x * np.log(x)], -1), x):
            np.testing.assert_allclose(found, np.diag([0, 0, np.log(2) + 1]))
    for found in derivatives(lambda x: np.piecewise(x, [x > 0], [np.log, np.square]), x):
        np.testing.assert_allclose(found, np.diag([-2.0, 0.0, 0.5]))


def test_a_function_of_piecewise_sees_its_elements_only():
    seen: list[Any] = []
    np.piecewise(Value(V), [V > 0, V > 9], [lambda t: seen.append(t.data) or t, lambda t: 1 / 0])
    np.testing.assert_array_equal(seen[0], V[V > 0])


def test_put_twice_at_one_place_keeps_the_last():
    def f(v: Any) -> Any:
        y = np.zeros(3, like=v)
        np.put(y, [1, 1, 2], v)
        return y

    for found in derivatives(f, V):
        np.testing.assert_array_equal(found, [[0, 0, 0], [0, 1, 0], [0, 0, 1]])


def test_numbers_of_a_constant_go_into_a_plain_array():
    plain = np.zeros(3)
    np.copyto(plain, Value(V, requires_grad=False))
    np.testing.assert_array_equal(plain, V)
    np.put(plain, [0], Value(7.0, requires_grad=False))
    assert plain[0] == 7.0


def test_zeros_like_a_value_are_there_to_be_filled():
    def f(x: Any) -> Any:
        u = np.zeros(4, like=x)
        for i in range(3):
            u[i + 1] = u[i] * x[i] + x[i] ** 2
        return u

    np.testing.assert_array_equal(f(Value(V)).data, f(V))
    assert gradcheck(f, V)


# Sequences


def test_a_step_too_small_for_a_float_is_taken():
    """Gh-5437 of NumPy: (stop - start) / num would be 0."""
    stop = np.nextafter(0.0, 1.0)
    np.testing.assert_array_equal(
        np.linspace(Value(0.0), stop * 4, 5).data, np.linspace(0.0, stop * 4, 5)
    )


def test_ends_are_exact():
    for f in (np.linspace, np.geomspace):
        for start, stop in ((0.1, 0.3), (-0.1, -1e9), (1e-200, 1e200)):
            found: Any = f(Value(start), stop, 7).data
            assert (found[0], found[-1]) == (start, stop)
            np.testing.assert_allclose(found, f(start, stop, 7), 1e-12)


def test_order_a_is_the_order_in_memory():
    weights = np.arange(6.0).reshape(3, 2)
    for x in (X, np.asfortranarray(X)):
        found = grad(lambda x: np.sum(np.reshape(x, (3, 2), order="A") * weights))(x)
        order = "F" if x.flags.fnc else "C"
        np.testing.assert_array_equal(np.ravel(found, order), np.ravel(weights, order))


def strided() -> list[np.ndarray]:
    return [array(3, 4), array(3, 4).T, array(6, 8)[::2, ::-2], array(4, 3)[::-1], np.ones((2, 0))]


@pytest.mark.parametrize("x", strided(), ids=["C", "F", "steps", "turned", "empty"])
def test_as_strided_gathers_what_the_view_would_show(x: np.ndarray):
    down, across = x.strides
    views = [(None, None), ((2, 2), (down, across)), ((2, 2, 2), (down, across, across))]
    views += [((2,), (down + across,)), ((2, 3), (0, across))]
    for shape, strides in views if x.size else views[:1]:
        found = as_strided(detached(x), shape, strides)
        wanted = np.lib.stride_tricks.as_strided(x, shape, strides)
        np.testing.assert_array_equal(found.data, wanted)


def test_as_strided_differentiates():
    assert gradcheck(lambda x: as_strided(x, (2, 2), (8, 8)) ** 2, V)


# Polynomials


def test_a_root_that_comes_twice():
    p = np.array([1.0, -1.0, 0.0, 0.0])  # x**2 (x - 1)
    np.testing.assert_allclose(grad(lambda p: np.roots(p)[0])(p), [-1, -1, -1, -1])
    with np.errstate(all="ignore"), pytest.warns(E.NonFiniteWarning):
        assert not np.isfinite(grad(lambda p: np.roots(p)[1])(p)).any()


def test_roots_turn_complex():
    """X**2 - 2 a x + 1 has the roots a ± i sqrt(1 - a**2)."""
    a = 0.6
    found = jvp(lambda a: np.roots(np.stack([1.0, -2 * a, 1.0])), (a,), (1.0,))[1]
    np.testing.assert_allclose(found, [1 - 0.75j, 1 + 0.75j])
    g = grad(lambda a: np.sum(np.abs(np.roots(np.stack([1.0, -2 * a, 1.0])) - 1) ** 2))(a)
    np.testing.assert_allclose(g, -4.0)  # |a - 1 ± i sqrt(1 - a**2)|**2 = 2 - 2 a


def test_poly_is_the_inverse_of_roots():
    p = np.array([1.0, 2.0, 3.0, 4.0])
    np.testing.assert_allclose(
        jacobian(lambda p: np.real(np.poly(np.roots(p))))(p)[1:, 1:], np.eye(3), atol=1e-12
    )


def test_a_poly1d_of_a_value_differentiates():
    p = array(4)
    assert gradcheck(lambda p, x: np.poly1d(p)(x), p, X)
    assert gradcheck(lambda p, x: (np.poly1d(p) * np.poly1d([1, 2])).deriv()(x), p, X)
    assert gradcheck(lambda p: (np.poly1d(p) ** 2 - 3).integ().coeffs, p)


@pytest.mark.parametrize(
    "f",
    [
        *(polynomial.polyval, chebyshev.chebval, legendre.legval),
        *(hermite.hermval, laguerre.lagval),
    ],
)
def test_series_of_plain_coefficients_are_numpys_own_code(f: Any):
    assert gradcheck(lambda x: f(x, [1.0, -2.0, 0.5, 3.0]), X)


def test_a_poor_fit_warns_as_numpy_does():
    with pytest.warns(np.exceptions.RankWarning):
        np.polyfit(Value(np.ones(3)), np.arange(3.0), 2)


# Peers


def in_jax(f: Callable[..., Any], args: tuple[Any, ...], weights: Any) -> tuple[Any, Any]:
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    y, pull = jax.vjp(lambda *args: f(jax.numpy, *args), *args)
    return y, pull(weights.astype(y.dtype))


CALLS: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "interp": (lambda np, x, p, f: np.interp(x, p, f), (2 * array(7), np.sort(V), V)),
    "interp period": (lambda np, x, p, f: np.interp(x, p, f, period=1.3), (V, np.sort(V), V)),
    "polyval": (lambda np, p, x: np.polyval(p, x), (V, X)),
    "polyfit": (lambda np, x, y: np.polyfit(x, y, 1), (V, V**2)),
    "unwrap": (lambda np, p: np.unwrap(p, axis=0), (10 * X,)),
    "gradient": (lambda np, f: np.gradient(f, axis=1), (X,)),
    "trapezoid": (lambda np, y, x: np.trapezoid(y, x), (X, V)),
    "cross": (lambda np, a, b: np.cross(a, b), (X, V)),
    "kron": (lambda np, a, b: np.kron(a, b), (X, V)),
    "vander": (lambda np, x: np.vander(x, 4), (V,)),
    "pad odd": (lambda np, x: np.pad(x, 2, "reflect", reflect_type="odd"), (array(3, 4),)),
    "pad ramp": (lambda np, x: np.pad(x, 2, "linear_ramp", end_values=3.0), (X,)),
    "pad mean": (lambda np, x: np.pad(x, 2, "mean", stat_length=2), (X,)),
    "logspace": (lambda np, a, b: np.logspace(a, b, 5), (np.array(0.5), np.array(1.5))),
    "geomspace": (lambda np, a, b: np.geomspace(a, b, 5), (np.array(0.5), np.array(1.5))),
}


@pytest.mark.peers
@pytest.mark.parametrize("name", CALLS)
def test_jax_agrees(name: str):
    f, args = CALLS[name]
    y, pull = vjp(lambda *args: f(np, *args), *args)
    weights = array(*np.shape(y), seed=9)
    wanted, expected = in_jax(f, args, weights)
    np.testing.assert_allclose(y, wanted, 1e-9, 1e-9)
    for found, other in zip(listed(pull(weights)), expected, strict=True):
        np.testing.assert_allclose(found, other, 1e-9, 1e-9)
