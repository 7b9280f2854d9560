"""autograd.scipy.integrate: integrals and equations that have solutions in closed form.

On a fixed grid of steps the numerical solution is a smooth function, and `gradcheck` holds its
derivatives to full precision; where SciPy chooses the steps, they are as accurate as the solution.
"""

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest
from cases import array

from autograd import Value, checkpoint, grad, gradcheck, hessian, history, jacobian, jvp, vjp, vmap
from autograd.errors import AutogradError, DTypeError, ShapeError, UnsupportedError

scipy_integrate = pytest.importorskip("scipy.integrate")
integrate = pytest.importorskip("autograd.scipy.integrate")


# Samples


@pytest.mark.parametrize(("n", "axis"), list(product((2, 3, 4, 5, 6), (0, -1))))
def test_simpsons_rule_is_scipys(n: int, axis: int):
    y = array(n, 2) if axis == 0 else array(2, n)
    x = np.cumsum(0.3 + np.abs(array(n, seed=1)))
    for name, places in product(("simpson", "cumulative_simpson"), (None, x)):
        f, expected = getattr(integrate, name), getattr(scipy_integrate, name)
        found = f(Value(y), x=places, axis=axis)
        np.testing.assert_allclose(found.data, expected(y, x=places, axis=axis), 1e-12)
        assert type(f(y, x=places, axis=axis)) in (np.ndarray, np.float64)


@pytest.mark.parametrize("n", [2, 5, 6])
def test_derivatives_of_simpsons_rule(n: int):
    y, x = array(2, n), np.cumsum(0.3 + np.abs(array(n, seed=1)))
    assert gradcheck(lambda y, x: integrate.simpson(y, x), y, x)
    assert gradcheck(lambda y, x: integrate.cumulative_simpson(y, x=x, initial=0), y, x)
    assert gradcheck(lambda y, h: integrate.simpson(y, dx=h), y, 0.4)


def test_parabolas_are_integrated_exactly():
    x = np.array([0.0, 0.3, 1.0, 1.5, 2.5])

    def f(a):
        return integrate.simpson(a * x**2 + x, x)

    assert grad(f)(2.0) == pytest.approx(2.5**3 / 3)


def test_romberg():
    y = array(2, 5)
    found = integrate.romb(Value(y), 0.5)
    np.testing.assert_allclose(found.data, scipy_integrate.romb(y, 0.5), 1e-12)
    assert gradcheck(integrate.romb, y, 0.5)
    with pytest.raises(ShapeError, match=r"2\*\*k \+ 1 samples"):
        integrate.romb(Value(array(4)))


# Functions


def test_an_integral_depends_on_its_limits_and_parameters():
    def f(a: Any, b: Any, p: Any) -> Any:
        return integrate.quad(lambda x, p: np.exp(-p * x * x) * np.cos(x), a, b, (p,))[0]

    assert gradcheck(f, 0.2, 1.5, 1.1)
    assert gradcheck(lambda p: integrate.quad(lambda x: np.cos(p * x), p, 1.0)[0], 0.3)
    value, error = integrate.quad(lambda x, p: np.exp(-p * x * x) * np.cos(x), 0.2, 1.5, (1.1,))
    assert type(value) is type(error) is float
    assert value == f(0.2, 1.5, 1.1)


def test_an_infinite_interval():
    """∫ exp(-p x²) dx = (π / p)^½, and its derivatives by p."""

    def f(p):
        return integrate.quad(lambda x: np.exp(-p * x * x), -np.inf, np.inf)[0]

    root = np.sqrt(np.pi)
    for expected in (root, -root / 2, 3 * root / 4, -15 * root / 8):
        assert f(1.0) == pytest.approx(expected, rel=1e-8)
        f = grad(f)


def test_parameters_in_containers_and_several_components():
    def f(w: Any, c: Any) -> Any:
        given = {"w": w, "c": [c]}
        return integrate.quad_vec(
            lambda x, p: np.sin(x * p["w"]) + p["c"][0] ** 2 * x, 0.0, 2.0, args=(given,)
        )[0]

    w = np.array([1.0, 2.0, 3.0])
    assert gradcheck(f, w, 0.5)
    np.testing.assert_allclose(f(w, 0.5), (1 - np.cos(2 * w)) / w + 0.5, 1e-9)


def test_an_integral_in_an_integral():
    """∫ ∫ a² x y dy dx over a triangle is a² / 8."""

    def f(a: Any) -> Any:
        def inner(x: Any) -> Any:
            return integrate.quad(lambda y: a * a * x * y, 0.0, x)[0]

        return integrate.quad(inner, 0.0, 1.0)[0]

    assert grad(f)(3.0) == pytest.approx(0.75)
    assert jvp(f, (3.0,), (1.0,))[1] == pytest.approx(0.75)


def test_a_complex_integrand():
    def f(p):
        return integrate.quad(lambda x, p: np.exp(1j * p * x), 0, 1, p, complex_func=True)[0]

    assert gradcheck(f, 1.1)
    assert gradcheck(f, 1.1 + 0.3j)


def test_gauss_with_few_places():
    def f(a, b, p):
        return integrate.fixed_quad(lambda x, p: np.exp(p * x), a, b, (p,))[0]

    assert gradcheck(f, 0.2, 1.5, 0.7)
    assert f(0.2, 1.5, 0.7) == pytest.approx(
        scipy_integrate.fixed_quad(lambda x: np.exp(0.7 * x), 0.2, 1.5)[0]
    )


def test_a_weighted_integral_has_no_derivative():
    with pytest.raises(UnsupportedError, match="weight='cos'"):
        grad(lambda p: integrate.quad(lambda x: p * x, 0.0, 1.0, weight="cos", wvar=1.0)[0])(1.0)


# Differential equations

FIXED = {"rtol": 1e6, "atol": 1e6, "first_step": 0.25, "max_step": 0.25}
P = np.array([1.2, 0.7])
TIMES = np.array([0.1, 0.3, 0.6, 0.99])
EXPLICIT = ("RK23", "RK45", "DOP853")
IMPLICIT = ("Radau", "BDF", "LSODA")


def pendulum(t: Any, y: Any, p: Any) -> Any:
    """A driven pendulum, as a list, as people write it for SciPy."""
    return [y[1] * p[0] + t, -np.sin(y[0]) * p[1] - 0.1 * y[1]]


@pytest.mark.parametrize("method", EXPLICIT)
def test_derivatives_of_the_discrete_solution(method: str):
    def f(y0: Any, p: Any, t: Any) -> Any:
        return integrate.solve_ivp(pendulum, (0.0, 1.0), y0, method, t_eval=t, args=(p,), **FIXED).y

    assert gradcheck(f, np.array([1.0, 0.5]), P, TIMES)


@pytest.mark.parametrize(
    ("method", "backwards"), [("RK23", False), ("RK45", True), ("DOP853", False)]
)
def test_derivatives_by_the_ends_of_the_interval(method: str, backwards: bool):
    def f(start: Any, end: Any) -> Any:
        span = (end, start) if backwards else (start, end)

        def fun(t, y):
            return pendulum(t, y, P)

        return integrate.solve_ivp(fun, span, [1.0, 0.5], method, **FIXED).y[:, -1]

    assert gradcheck(f, 0.01, 0.9)


def test_a_wrong_step_is_caught(monkeypatch: Any):
    from autograd.scipy.integrate import steps

    row = steps.weighted_sum
    right = row.joint
    assert right is not None

    def wrong(wanted: Any, g: Any, y: Any, *xs: Any, weights: Any) -> Any:
        return right(wanted, 1.001 * g, y, *xs, weights=weights)

    monkeypatch.setattr(row, "joint", wrong)

    def f(p):
        return integrate.solve_ivp(pendulum, (0.0, 0.5), P, args=(p,), **FIXED).y

    with pytest.raises(AssertionError):
        gradcheck(f, P, order=1)


@pytest.mark.parametrize(("method", "t_eval"), list(product((*EXPLICIT, *IMPLICIT), (None, TIMES))))
def test_the_numbers_are_scipys(method: str, t_eval: Any):
    options = {"args": (P,), "t_eval": t_eval}
    expected = scipy_integrate.solve_ivp(pendulum, (0.0, 1.0), [1.0, 0.5], method, **options)
    options = {"args": (Value(P),), "t_eval": t_eval}
    found = integrate.solve_ivp(pendulum, (0.0, 1.0), [1.0, 0.5], method, **options)
    np.testing.assert_allclose(found.y.data, expected.y, 1e-14)
    np.testing.assert_array_equal(found.t, expected.t)
    assert found.success
    assert found.sol is None
    plain = integrate.solve_ivp(pendulum, (0.0, 1.0), [1.0, 0.5], method, args=(P,))
    assert type(plain.y) is np.ndarray


def forced(k: Any, t: Any) -> Any:
    """The solution of y' = -k y + cos t, y(0) = 1."""
    return np.exp(-k * t) * (1 - k / (k * k + 1)) + (k * np.cos(t) + np.sin(t)) / (k * k + 1)


@pytest.mark.parametrize("method", [*EXPLICIT, *IMPLICIT])
def test_the_derivatives_are_those_of_the_solution(method: str):
    tolerance = 1e-6 if method == "RK23" else 1e-9
    t = np.linspace(0.0, 1.0, 4)

    def f(k: Any) -> Any:
        def fun(t, y, k):
            return -k * y + np.cos(t)

        tight = {"rtol": tolerance, "atol": tolerance}
        return integrate.solve_ivp(fun, (0, 1), [1.0], method, t_eval=t, args=(k,), **tight).y[0]

    def exact(k):
        return forced(k, t)

    np.testing.assert_allclose(
        jacobian(f, mode="rev")(2.0), jacobian(exact)(2.0), 0, 20 * tolerance
    )
    np.testing.assert_allclose(
        jacobian(f, mode="fwd")(2.0), jacobian(exact)(2.0), 0, 20 * tolerance
    )

    def last(k):
        return f(k)[-1]

    assert hessian(last)(2.0) == pytest.approx(hessian(lambda k: exact(k)[-1])(2.0), abs=1e-5)


def robertson(t: Any, y: Any, k: Any) -> Any:
    """Three reactions whose rates span nine decades."""
    slow, back, fast = k[0] * y[0], k[1] * y[1] * y[2], k[2] * y[1] ** 2
    return [back - slow, slow - back - fast, fast]


def test_a_stiff_equation():
    """The sum of the three concentrations stays, whatever the rates are."""
    k = np.array([0.04, 1e4, 3e7])

    def f(k):
        return integrate.odeint(
            robertson, [1.0, 0.0, 0.0], [0.0, 4.0], (k,), tfirst=True, rtol=1e-7, atol=1e-10
        )[-1]

    sensitivity = jacobian(f)(k) * k
    np.testing.assert_allclose(np.sum(sensitivity, axis=0), 0.0, 0, 1e-9)
    h = 1e-3
    for i, unit in enumerate(np.eye(3)):
        ends = [
            scipy_integrate.solve_ivp(
                lambda t, y, s=s, u=unit: robertson(t, y, k * (1 + s * h * u)),
                (0.0, 4.0),
                [1.0, 0.0, 0.0],
                "Radau",
                rtol=1e-9,
                atol=1e-12,
            ).y[0, -1]
            for s in (1, -1)
        ]
        assert sensitivity[0, i] == pytest.approx((ends[0] - ends[1]) / (2 * h), rel=1e-4)


def test_odeint_depends_on_everything():
    """y = y0 exp(-k (t - t[0]))."""
    t, y0 = np.array([0.1, 0.5, 1.0, 2.0]), np.array([1.0, 2.0])

    def f(k, y0, t):
        return integrate.odeint(lambda y, t, k: -k * y, y0, t, (k,))

    decay = np.exp(-1.3 * (t - t[0]))
    found = f(Value(1.3), y0, t)
    np.testing.assert_array_equal(found.data, scipy_integrate.odeint(lambda y, t: -1.3 * y, y0, t))

    def exact(k, y0, t):
        return np.exp(-k * (t - t[0]))[:, np.newaxis] * y0

    for mode in ("rev", "fwd"):
        derivatives = jacobian(f, (0, 1, 2), mode=mode)(1.3, y0, t)
        wanted = jacobian(exact, (0, 1, 2))(1.3, y0, t)
        for found, expected in zip(derivatives, wanted, strict=True):
            np.testing.assert_allclose(found, expected, 0, 2e-6)
    second = hessian(lambda k: integrate.odeint(lambda y, t: -k * y, 1.0, t)[-1, 0])(1.3)
    assert second == pytest.approx(1.9**2 * decay[-1], abs=1e-6)


def test_odeint_as_it_is_called_elsewhere():
    k, t = Value(0.5), np.array([0.0, 1.0, 1.0, 2.0])
    y, report = integrate.odeint(lambda y, t: [-k * y[0]], [1.0], t, full_output=True)
    assert report["message"] == "Integration successful."
    np.testing.assert_allclose(y.data[:, 0], np.exp(-0.5 * t), 1e-6)
    backwards = integrate.odeint(lambda y, t: -k * y, 1.0, t[::-1])
    np.testing.assert_allclose(backwards.data[:, 0], np.exp(-0.5 * (t[::-1] - 2.0)), 1e-6)
    plain = integrate.odeint(lambda y, t: -y, 1.0, t)
    assert type(plain) is np.ndarray
    with pytest.raises(UnsupportedError, match="tcrit="):
        integrate.odeint(lambda y, t: -k * y, 1.0, t, tcrit=[0.5])


def test_complex_states():
    def f(y0, p):
        return integrate.solve_ivp(
            lambda t, y, p: 1j * p * y - y * y, (0.0, 1.0), y0, args=(p,), **FIXED
        ).y

    assert gradcheck(f, np.array([1.0 + 0.5j, 0.5]), 1.2)
    z, t = np.array([1.0 + 0.5j]), np.linspace(0.0, 1.0, 3)

    def g(k):
        return integrate.solve_ivp(
            lambda t, y: 1j * k * y, (0, 1), z, "BDF", t_eval=t, rtol=1e-8, atol=1e-8
        ).y[0]

    wave = np.exp(1.3j * t) * z
    np.testing.assert_allclose(jvp(g, (1.3,), (1.0,))[1], 1j * t * wave, 0, 1e-6)
    weights = np.array([1.0, 2j, 3.0 - 1j])
    expected = np.sum(weights * 1j * t * wave).real
    np.testing.assert_allclose(vjp(g, 1.3)[1](weights)[0], expected, 1e-6)


def fall(t: Any, y: Any, g: Any) -> Any:
    """A ball in free fall."""
    return [y[1], -g]


class Height:
    """Zero where the ball reaches the ground, and stays."""

    terminal = True

    def __call__(self, t: Any, y: Any, g: Any) -> Any:
        return y[0]


def test_the_time_of_an_event():
    """A ball from height h reaches the ground at t = (2 h / g)^½ with speed -(2 g h)^½."""

    def f(h: Any, g: Any) -> Any:
        tight = {"rtol": 1e-10, "atol": 1e-10}
        return integrate.solve_ivp(fall, (0, 100), [h, 0.0], args=(g,), events=Height(), **tight)

    h, g = 10.0, 9.81

    def time(h, g):
        return np.sqrt(2 * h / g)

    for of in (lambda r: r.t[-1], lambda r: r.t_events[0][0]):
        found = grad(lambda h, g, of=of: of(f(h, g)), (0, 1))(h, g)
        np.testing.assert_allclose(found, grad(time, (0, 1))(h, g), 1e-9)
    assert hessian(lambda h: f(h, g).t[-1])(h) == pytest.approx(hessian(time)(h, g), rel=1e-7)
    for of in (lambda r: r.y[1, -1], lambda r: r.y_events[0][0, 1]):
        found = grad(lambda h, g, of=of: of(f(h, g)), (0, 1))(h, g)
        expected = grad(lambda h, g: -np.sqrt(2 * g * h), (0, 1))(h, g)
        np.testing.assert_allclose(found, expected, 1e-9)


def test_the_dense_solution_is_recorded():
    p, t0 = Value(P), 0.4
    sol = integrate.solve_ivp(pendulum, (0.0, 1.0), P, args=(p,), dense_output=True).sol
    expected = scipy_integrate.solve_ivp(pendulum, (0.0, 1.0), P, args=(P,), dense_output=True).sol
    np.testing.assert_allclose(sol(t0).data, expected(t0), 1e-12)
    np.testing.assert_allclose(sol(TIMES).data, expected(TIMES), 1e-12)
    t = Value(t0)
    sol(t)[0].backward()
    h = 1e-6
    assert t.grad == pytest.approx((expected(t0 + h)[0] - expected(t0 - h)[0]) / (2 * h), rel=1e-6)
    assert p.grad is not None


def test_checkpointed_slopes_make_the_record_smaller():
    def f(p: Any, fun: Any = pendulum) -> Any:
        return integrate.solve_ivp(fun, (0.0, 1.0), P, args=(p,), **FIXED).y[0, -1]

    def kept(t, y, p):
        return checkpoint(lambda y, p: np.stack(pendulum(t, y, p)))(y, p)

    np.testing.assert_allclose(grad(lambda p: f(p, kept))(P), grad(f)(P), 1e-12)
    assert len(history(f(Value(P), kept))) < len(history(f(Value(P)))) / 2


def test_vmap_chooses_the_steps_of_each_example():
    t, k = np.array([0.0, 1.0]), np.array([0.5, 4.0])

    def f(k: Any) -> Any:
        return integrate.odeint(lambda y, t, k: -k * y, 1.0, t, (k,))[1, 0]

    def g(k: Any) -> Any:
        def fun(t, y, k):
            return [-k * y[0]]

        tight = {"rtol": 1e-7, "atol": 1e-8}
        return integrate.solve_ivp(fun, (0, 1), [1.0], t_eval=t, args=(k,), **tight).y[0, 1]

    for solve in (f, g):
        np.testing.assert_allclose(vmap(solve)(k), np.exp(-k), 0, 1e-5)
        np.testing.assert_allclose(vmap(grad(solve))(k), -np.exp(-k), 0, 1e-5)
        np.testing.assert_allclose(
            grad(lambda k, s=solve: np.sum(vmap(s)(k)))(k), -np.exp(-k), 0, 1e-5
        )
        tangents = vmap(lambda k, s=solve: jvp(s, (k,), (1.0,))[1])(k)
        np.testing.assert_allclose(tangents, -np.exp(-k), 0, 1e-5)
    np.testing.assert_allclose(vmap(grad(grad(f)))(k), np.exp(-k), 0, 1e-5)
    with pytest.raises(UnsupportedError, match="pass t_eval"):
        vmap(lambda k: integrate.solve_ivp(lambda t, y, k: -k * y, (0, 1), [1.0], args=(k,)).y)(k)
    with pytest.raises(UnsupportedError, match="pass that Value in args"):
        vmap(lambda k: integrate.odeint(lambda y, t: -k * y, 1.0, t))(k)


def test_an_interval_of_no_length():
    y = integrate.odeint(lambda y, t, k: -k * y, 2.0, [1.0], (Value(3.0),))
    np.testing.assert_array_equal(y.data, [[2.0]])


def test_what_is_not_recorded_gives_constants():
    k = Value(3.0, requires_grad=False)
    y = integrate.odeint(lambda y, t, k: -k * y, 2.0, TIMES, (k,))
    z = integrate.solve_ivp(lambda t, y, k: -k * y, (0, 1), [2.0], args=(k,)).y
    w = integrate.quad(lambda x, k: k * x, 0.0, 1.0, (k,))[0]
    for found in (y, z, w):
        assert type(found) is Value
        assert not found.requires_grad


def _decay(t: Any, y: Any, k: Any) -> Any:
    return -k * y


REFUSED: list[tuple[str, type[Exception], str, Callable[..., Any]]] = [
    (
        "odeint",
        RuntimeError,
        "size",
        lambda k: integrate.odeint(lambda y, t, k: [k, k], 1.0, [0, 1], (k,)),
    ),
    (
        "odeint",
        ValueError,
        "one-dim",
        lambda k: integrate.odeint(_decay, np.ones((1, 1)), [0, 1], (k,)),
    ),
    ("odeint", TypeError, "foo", lambda k: integrate.odeint(_decay, 1.0, [0, 1], (k,), foo=1)),
    (
        "solve_ivp",
        ValueError,
        "method",
        lambda k: integrate.solve_ivp(_decay, (0, 1), [1], "x", args=(k,)),
    ),
    (
        "solve_ivp",
        ValueError,
        "y0",
        lambda k: integrate.solve_ivp(_decay, (0, 1), [[1.0]], args=(k,)),
    ),
    (
        "solve_ivp",
        TypeError,
        "iterable",
        lambda k: integrate.solve_ivp(_decay, 1.0, [1.0], args=(k,)),
    ),
    ("quad", ValueError, "foo", lambda k: integrate.quad(lambda x, k: k, 0, 1, (k,), weight="foo")),
    (
        "fixed_quad",
        ValueError,
        "positive",
        lambda k: integrate.fixed_quad(lambda x: k * x, 0, 1, n=0),
    ),
]


@pytest.mark.parametrize(("name", "kind", "words", "call"), REFUSED)
def test_refusals_of_scipy_have_three_parts(
    name: str, kind: type[Exception], words: str, call: Callable[..., Any]
) -> None:
    with pytest.raises(AutogradError, match=rf"scipy\.integrate\.{name} can work on") as caught:
        call(Value(2.0))
    assert isinstance(caught.value, kind)
    assert words in caught.value.received


def test_slopes_that_nobody_returned_are_refused() -> None:
    with pytest.raises(DTypeError, match=r"(?s)numbers from <lambda>.*None.*return"):
        integrate.solve_ivp(lambda t, y: None, (0, 1), [1.0])
    with pytest.raises(KeyError, match="3"):
        integrate.solve_ivp(lambda t, y: {}[3], (0, 1), [1.0])
