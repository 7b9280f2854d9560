"""autograd.scipy.optimize and the implicit functions beneath it: solutions known in closed form."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd import Value, grad, gradcheck, hessian, jacobian, jvp, no_grad, vjp, vmap
from autograd.errors import (
    ArgumentError,
    AutogradError,
    DTypeError,
    LinAlgError,
    ShapeError,
    StaleGraphError,
    UnsupportedError,
)
from autograd.implicit import implicit_function

scipy_optimize = pytest.importorskip("scipy.optimize")
optimize = pytest.importorskip("autograd.scipy.optimize")

P = np.array([0.3, 2.0, -3.0])
START = np.array([0.1, 0.2, 0.3])


def every_second(f: Callable[..., Any], x: Any) -> list[Any]:
    """The second derivative in every mix of modes."""
    return [
        jacobian(jacobian(f, mode=inner), mode=outer)(x)
        for inner in ("rev", "fwd")
        for outer in ("rev", "fwd")
    ]


# Implicit functions


def test_derivatives_of_a_square_root_to_the_fourth_order():
    root = implicit_function(math.sqrt, lambda x, p: x * x - p)
    f = root
    for expected in (2.0, 1 / 4, -1 / 32, 3 / 256, -15 / 2048):
        assert f(4.0) == pytest.approx(expected, rel=1e-14)
        f = grad(f)
    for second in every_second(root, 4.0):
        assert second == pytest.approx(-1 / 32)
    assert type(root(Value(4.0)).data) is float


def test_a_linear_system_is_an_implicit_function():
    a, b = np.array([[3.0, 1.0], [0.5, 2.0]]), np.array([1.0, -1.0])
    solve = implicit_function(np.linalg.solve, lambda x, a, b: a @ x - b)
    assert gradcheck(solve, a, b)
    for found, wanted in zip(
        vjp(solve, a, b)[1](P[:2]), vjp(np.linalg.solve, a, b)[1](P[:2]), strict=True
    ):
        np.testing.assert_allclose(found, wanted, 1e-13)


def test_elementwise_equations_need_no_matrix():
    cube = implicit_function(np.cbrt, lambda x, p: x**3 - p, elementwise=True)
    x = np.linspace(1.0, 2.0, 5)
    assert gradcheck(cube, x)
    np.testing.assert_allclose(jacobian(cube)(x), np.diag(x ** (-2 / 3) / 3), 1e-12)


def test_unknowns_and_parameters_in_containers():
    def solve(p: Any) -> Any:
        return {"sum": p["a"] + p["b"][0], "products": [p["a"] * p["b"][1], p["a"] * np.ones(2)]}

    def residual(x: Any, p: Any) -> Any:
        first, second = x["products"]
        return [x["sum"] - p["a"] - p["b"][0], first - p["a"] * p["b"][1], second - p["a"]]

    def f(a: Any, b: Any, c: Any) -> Any:
        x = implicit_function(solve, residual)({"a": a, "b": (b, c)})
        return x["sum"] * x["products"][0] + np.sum(x["products"][1] ** 2)

    assert f(2.0, 3.0, 5.0) == 58.0  # (a + b) a c + 2 a²
    np.testing.assert_allclose(grad(f, (0, 1, 2))(2.0, 3.0, 5.0), (35.0 + 8.0, 10.0, 10.0), 1e-13)
    assert gradcheck(f, 2.0, 3.0, 5.0)


def test_complex_unknowns():
    root = implicit_function(lambda p: np.sqrt(p + 0j), lambda x, p: x * x - p)
    z = np.array([1 + 2j, -3 + 0.5j])
    assert gradcheck(root, z)
    assert gradcheck(root, -2.0)  # a real parameter, a complex solution
    conjugate = implicit_function(np.conj, lambda x, p: np.conj(x) - p)  # not holomorphic
    assert gradcheck(conjugate, z)


def test_gradients_reach_what_is_closed_over():
    def f(p: Any, q: Any) -> Any:
        return optimize.brentq(lambda x, p: x**3 - p * x - q, 0.0, 5.0, p)

    def of_arguments(p: Any, q: Any) -> Any:
        return optimize.brentq(lambda x, p, q: x**3 - p * x - q, 0.0, 5.0, (p, q))

    assert gradcheck(f, 2.0, 1.0)
    assert grad(f, (0, 1))(2.0, 1.0) == pytest.approx(grad(of_arguments, (0, 1))(2.0, 1.0))
    p = Value(2.0)
    x = optimize.brentq(lambda x: x * x - p, 0.0, 5.0)
    (x * p).backward()
    assert p.grad == pytest.approx(1.5 * math.sqrt(2.0))


def test_a_parameter_given_twice_counts_twice():
    f = implicit_function(lambda p, q: math.sqrt(p * q), lambda x, p, q: x * x - p * q)
    assert grad(lambda p: f(p, p))(3.0) == pytest.approx(1.0)
    assert jvp(lambda p: f(p, p), (3.0,), (1.0,))[1] == pytest.approx(1.0)


def test_float32_stays():
    solve = implicit_function(np.sqrt, lambda x, p: x * x - p)
    v = Value(np.array([4.0, 9.0], np.float32))
    y = solve(v)
    y.sum().backward()
    assert y.dtype == v.grad.dtype == np.float32
    np.testing.assert_allclose(v.grad, [1 / 4, 1 / 6], 1e-6)


@pytest.mark.parametrize("start", [1.0, np.ones(1), np.ones(2)])
@pytest.mark.parametrize("elementwise", [True, False])
def test_a_double_root_has_no_derivative(start: Any, elementwise: bool):
    """0 / 0 in both modes, which the guard of masked branches must not take for a zero."""
    root = implicit_function(lambda p: start * p, lambda x, p: (x - p) ** 2, elementwise)
    with pytest.raises(LinAlgError, match="invertible Jacobian of the residual"):
        grad(lambda p: np.sum(root(p)))(2.0)
    with pytest.raises(LinAlgError, match="invertible Jacobian of the residual"):
        jvp(root, (2.0,), (1.0,))


def test_a_singular_element_without_a_cotangent_adds_nothing():
    root = implicit_function(np.sqrt, lambda x, p: x * x - p, True)
    found = grad(lambda p: np.sum(np.where(p > 0, root(p), 0.0)))(np.array([0.0, 4.0]))
    np.testing.assert_allclose(found, [0.0, 0.25])
    second = hessian(lambda p: np.sum(np.where(p > 0, root(p), 0.0)))(np.array([0.0, 4.0]))
    np.testing.assert_allclose(second, [[0.0, 0.0], [0.0, -1 / 32]])


def test_errors_of_implicit_functions():
    double = implicit_function(lambda p: np.zeros(2) + p, lambda x, p: (x - p) ** 2)
    with pytest.raises(LinAlgError, match="invertible Jacobian of the residual"):
        grad(lambda p: np.sum(double(p)))(1.0)
    short = implicit_function(lambda p: np.zeros(2), lambda x, p: x[0] - p)
    with pytest.raises(ShapeError, match="as many equations as unknowns"):
        short(Value(1.0))
    p = Value(4.0)
    y = implicit_function(math.sqrt, lambda x, p: x * x - p)(p)
    p.assign(9.0)
    with pytest.raises(StaleGraphError):
        y.backward()


def test_a_wrong_residual_is_caught():
    wrong = implicit_function(math.sqrt, lambda x, p: x * x - p + 0.1 * (p - 4.0))
    assert wrong(Value(4.0)).data == 2.0
    with pytest.raises(AssertionError):
        gradcheck(wrong, 4.0)


# Roots


@pytest.mark.parametrize("name", ["brentq", "brenth", "bisect", "ridder", "toms748"])
def test_bracketed_roots(name: str):
    find = getattr(optimize, name)

    def f(p: Any) -> Any:
        return find(lambda x, p: x**3 - p, 0.0, 5.0, args=(p,))

    assert grad(f)(8.0) == pytest.approx(1 / 12)
    for second in every_second(f, 8.0):
        assert second == pytest.approx(-2 / 9 * 8 ** (-5 / 3))
    x, report = find(lambda x, p: x**3 - p, 0.0, 5.0, Value(8.0), full_output=True)
    assert report.converged
    assert x.data == pytest.approx(2.0)
    assert f(8.0) == getattr(scipy_optimize, name)(lambda x: x**3 - 8.0, 0.0, 5.0)


def test_newton_for_one_and_for_each_of_several():
    def f(p: Any) -> Any:
        return optimize.newton(lambda x, p: x**3 - p, 1.5 + 0 * np.ones_like(p), args=(p,))

    p = np.array([2.0, 3.0])
    np.testing.assert_allclose(jacobian(f)(p), np.diag(p ** (-2 / 3) / 3), 1e-7)

    def with_slope(p):
        return optimize.newton(lambda x: x**3 - p, 1.5, lambda x: 3 * x**2)

    assert gradcheck(with_slope, 2.0)
    assert gradcheck(lambda p: optimize.newton(lambda x, p: x**3 - p, 1 + 1j, args=(p,)), 2 + 1j)


def test_systems():
    def equations(x: Any, p: Any) -> Any:
        return [x[0] * p["a"] + x[1] ** 3 - p["b"][0], x[0] - x[1] * p["b"][1]]

    def f(p: Any) -> Any:
        given = {"a": p[0], "b": [p[1], p[2]]}
        return optimize.root(equations, [1.0, 1.0], (given,), tol=1e-13).x

    p = np.array([1.0, 2.0, 0.5])
    assert gradcheck(f, p)

    def by_fsolve(p):
        return optimize.fsolve(
            lambda x: equations(x, {"a": p[0], "b": p[1:]}), [1.0, 1.0], xtol=1e-13
        )

    np.testing.assert_allclose(jacobian(by_fsolve)(p), jacobian(f)(p), 1e-9)
    x, *rest = optimize.fsolve(lambda x: x - p, np.zeros(3), full_output=True)
    np.testing.assert_allclose(x, p)
    assert len(rest) == 3
    result = optimize.root_scalar(lambda x, p: x * x - p, Value(2.0), bracket=(0, 2))
    result.root.backward()
    assert result.converged


def test_a_system_that_returns_its_jacobian():
    def f(p: Any) -> Any:
        def both(x):
            return (x**3 - p, np.diag(3 * x**2))

        return optimize.root(both, np.ones(2), jac=True, tol=1e-13).x

    p = np.array([2.0, 3.0])
    np.testing.assert_allclose(jacobian(f)(p), np.diag(p ** (-2 / 3) / 3), 1e-9)


def test_fixed_points():
    def f(c: Any, d: Any) -> Any:
        return optimize.fixed_point(
            lambda x, c, d: np.sqrt(c / (x + d)), [1.2, 1.3], (c, d), xtol=1e-13
        )

    assert gradcheck(f, np.array([10.0, 12.0]), np.array([3.0, 5.0]))


def test_vmap_solves_one_by_one():
    def f(p):
        return optimize.brentq(lambda x, p: x**3 - p, 0.0, 5.0, p)

    p = np.array([1.0, 8.0])
    np.testing.assert_allclose(vmap(f)(p), [1.0, 2.0], 1e-12)
    np.testing.assert_allclose(vmap(grad(f))(p), [1 / 3, 1 / 12], 1e-10)
    np.testing.assert_allclose(grad(lambda p: np.sum(vmap(f)(p)))(p), [1 / 3, 1 / 12], 1e-10)
    np.testing.assert_allclose(vmap(grad(grad(f)))(p), -2 / 9 * p ** (-5 / 3), 1e-9)
    with pytest.raises(UnsupportedError, match="pass that Value in args"):
        vmap(lambda p: optimize.brentq(lambda x: x**3 - p, 0.0, 5.0))(p)


# Minima


def quadratic(x: Any, p: Any) -> Any:
    """Least at the x nearest to p."""
    return np.sum((x - p) ** 2)


def test_the_minimum_and_its_value_depend_on_the_parameters():
    def f(p: Any) -> Any:
        return optimize.minimize(lambda x, p: np.sum((x - p) ** 2) + x @ x, START, p, tol=1e-12)

    np.testing.assert_allclose(jacobian(lambda p: f(p).x)(P), np.eye(3) / 2, 0, 1e-9)
    np.testing.assert_allclose(grad(lambda p: f(p).fun)(P), P, 1e-6)
    np.testing.assert_allclose(hessian(lambda p: f(p).fun)(P), np.eye(3), 0, 1e-8)


METHODS = ("BFGS", "CG", "L-BFGS-B", "TNC", "SLSQP", "Nelder-Mead")
BY_HESSIANS = ("Newton-CG", "trust-ncg", "trust-exact", "dogleg")


@pytest.mark.parametrize("method", [*METHODS, *BY_HESSIANS])
def test_every_method_gives_the_derivative_of_the_solution(method: str):
    """x = (a, a²) is the minimum of Rosenbrock's function."""

    def f(a: Any) -> Any:
        return optimize.minimize(
            lambda x, a: (a - x[0]) ** 2 + 3 * (x[1] - x[0] ** 2) ** 2,
            [1.1, 1.3],
            (a,),
            method=method,
            tol=1e-9,
        ).x

    np.testing.assert_allclose(jacobian(f)(1.2), [1.0, 2.4], 1e-4)


def test_the_gradient_is_exact_unless_another_is_asked_for():
    counts: list[int] = []
    for jac in (None, "2-point"):
        result = optimize.minimize(quadratic, START, P, jac=jac)
        counts.append(result.nfev)
        np.testing.assert_allclose(result.x, P, 1e-5)
    assert counts[0] < counts[1]

    def both(x, p):
        return (quadratic(x, p), 2 * (x - p))

    found = jacobian(lambda p: optimize.minimize(both, START, p, jac=True).x)(P)
    np.testing.assert_allclose(found, np.eye(3), 0, 1e-6)


def test_bounds_hold_what_they_hold():
    def f(p: Any, low: Any) -> Any:
        bounds = [(low, 1.0), (None, 0.5), (-4.0, None)]
        return optimize.minimize(quadratic, START, p, bounds=bounds, tol=1e-12).x

    x = f(np.array([-1.0, 2.0, -3.0]), 0.05)
    np.testing.assert_allclose(x, [0.05, 0.5, -3.0], 1e-6)
    to_p, to_low = jacobian(f, (0, 1))(np.array([-1.0, 2.0, -3.0]), 0.05)
    np.testing.assert_allclose(to_p, np.diag([0.0, 0.0, 1.0]), 0, 1e-9)
    np.testing.assert_allclose(to_low, [1.0, 0.0, 0.0], 0, 1e-9)


def test_constraints_of_every_form():
    """The nearest point of a plane, and of a ball."""
    onto_plane = np.eye(3) - 1 / 3
    x = P / np.linalg.norm(P)
    onto_ball = (np.eye(3) - np.outer(x, x)) / np.linalg.norm(P)
    linear, nonlinear = scipy_optimize.LinearConstraint, scipy_optimize.NonlinearConstraint
    for constraint, expected in (
        ({"type": "eq", "fun": lambda x: np.sum(x) - 1}, onto_plane),
        ([{"type": "ineq", "fun": lambda x: [1 - x @ x, x[2] + 9]}], onto_ball),
        (linear(np.ones((1, 3)), 1.0, 1.0), onto_plane),
        (nonlinear(lambda x: x @ x, -np.inf, 1.0), onto_ball),
        (linear(np.eye(3), -9.0, [9.0, 9.0, 9.0]), np.eye(3)),
    ):

        def f(p: Any, constraint: Any = constraint) -> Any:
            return optimize.minimize(
                quadratic, START, p, constraints=constraint, method="SLSQP", tol=1e-12
            ).x

        np.testing.assert_allclose(jacobian(f)(P), expected, 0, 1e-6)


def test_a_constraint_may_depend_on_parameters_too():
    def f(total: Any) -> Any:
        constraint = {"type": "eq", "fun": lambda x, c: np.sum(x) - c, "args": (total,)}
        return optimize.minimize(quadratic, START, P, constraints=constraint, tol=1e-12).x

    np.testing.assert_allclose(jacobian(f)(1.0), np.full(3, 1 / 3), 1e-6)


def test_minima_of_one_number():
    def f(p):
        return optimize.minimize_scalar(lambda x, p: (x - p) ** 2 + x**2, args=(p,)).x

    assert grad(f)(0.7) == pytest.approx(0.5)

    def held(p):
        return optimize.minimize_scalar(lambda x, p: (x - p) ** 2, bounds=(0.0, 1.0), args=p)

    assert grad(lambda p: held(p).x)(0.7) == pytest.approx(1.0)
    assert grad(lambda p: held(p).fun)(0.7) == pytest.approx(0.0, abs=1e-6)


T = np.linspace(0.0, 2.0, 9)
Y = 2 * np.exp(-1.3 * T) + 0.1 * np.cos(9 * T)


def test_linear_least_squares_have_the_derivative_of_the_pseudoinverse():
    design = np.stack([np.ones(9), T, T**2], axis=1)
    expected = np.linalg.pinv(design)

    def f(y):
        return optimize.least_squares(lambda x, y: design @ x - y, np.zeros(3), args=(y,)).x

    np.testing.assert_allclose(jacobian(f)(Y), expected, 0, 1e-10)

    def model(t, a, b, c):
        return a + b * t + c * t**2

    def fit(y):
        return optimize.curve_fit(model, T, y)[0]

    np.testing.assert_allclose(jacobian(fit)(Y), expected, 0, 1e-9)

    def variance(y):
        return optimize.curve_fit(model, T, y)[1]

    found = variance(Value(Y))
    np.testing.assert_allclose(found.data, scipy_optimize.curve_fit(model, T, Y)[1], 1e-6)
    scaled = np.linalg.inv(design.T @ design) / 6
    residual = (design @ expected - np.eye(9)) @ Y
    np.testing.assert_allclose(
        jacobian(variance)(Y), 2 * np.multiply.outer(scaled, -residual), 0, 1e-8
    )


def test_a_nonlinear_fit():
    tight = {"xtol": 1e-15, "ftol": 1e-15, "gtol": 1e-15}

    def f(y: Any) -> Any:
        return optimize.least_squares(
            lambda x, y: x[0] * np.exp(-x[1] * T) - y, [1.0, 1.0], args=(y,), **tight
        ).x

    assert gradcheck(f, Y)

    def model(t, a, b):
        return a * np.exp(-b * t)

    def fit(y):
        return optimize.curve_fit(model, T, y, **tight)[0]

    np.testing.assert_allclose(jacobian(fit)(Y), jacobian(f)(Y), 1e-7)
    weights = np.linspace(0.5, 1.0, 9)

    def by_sigma(y):
        return optimize.curve_fit(model, T, y, sigma=weights, **tight)[0]

    def by_matrix(y):
        return optimize.curve_fit(model, T, y, sigma=np.diag(weights**2), **tight)[0]

    np.testing.assert_allclose(jacobian(by_sigma)(Y), jacobian(by_matrix)(Y), 1e-6)


@pytest.mark.parametrize("loss", ["soft_l1", "huber", "cauchy", "arctan"])
def test_robust_losses(loss: str):
    def f(y: Any) -> Any:
        return optimize.least_squares(
            lambda x, y: x - y, [0.1], args=(y,), loss=loss, f_scale=0.5, xtol=1e-15, gtol=1e-15
        )

    y = np.array([0.0, 0.1, 0.3, 2.0])
    h = 1e-5
    differences = np.array([(f(y + h * u).x - f(y - h * u).x)[0] / (2 * h) for u in np.eye(4)])
    np.testing.assert_allclose(jacobian(lambda y: f(y).x)(y)[0], differences, 0, 1e-5)
    assert f(Value(y)).cost.data == pytest.approx(f(y).cost)


def test_what_is_not_recorded_gives_constants():
    def find(p):
        return optimize.brentq(lambda x, p: x * x - p, 0.0, 5.0, p)

    constant = find(Value(4.0, requires_grad=False))
    with no_grad():
        unrecorded = find(Value(4.0))
    for x in (constant, unrecorded):
        assert type(x) is Value
        assert not x.requires_grad
        assert x.data == pytest.approx(2.0)
    assert type(find(4.0)) is float


# What SciPy refuses

REFUSED: list[tuple[str, type[Exception], str, Callable[..., Any]]] = [
    ("brentq", ValueError, "different signs", lambda o, f, p: o.brentq(f, 3.0, 4.0, p)),
    ("bisect", TypeError, "foo", lambda o, f, p: o.bisect(f, 0.0, 4.0, p, foo=2)),
    ("brentq", RuntimeError, "2 iterations", lambda o, f, p: o.brentq(f, 0.0, 4.0, p, maxiter=2)),
    ("newton", RuntimeError, "", lambda o, f, p: o.newton(lambda x, p: x * x + p, 1.0, args=p)),
    ("root", ValueError, "solver foo", lambda o, f, p: o.root(f, 1.0, p, method="foo")),
    ("fsolve", ValueError, "size", lambda o, f, p: o.fsolve(lambda x, p: [p, p], 1.0, p)),
    ("root_scalar", ValueError, "bracket", lambda o, f, p: o.root_scalar(f, p)),
    ("minimize", ValueError, "solver foo", lambda o, f, p: o.minimize(f, 1.0, p, "foo")),
    ("least_squares", ValueError, "trf", lambda o, f, p: o.least_squares(f, 1, args=p, method="")),
]


@pytest.mark.parametrize(("name", "kind", "words", "call"), REFUSED)
def test_refusals_of_scipy_have_three_parts(
    name: str, kind: type[Exception], words: str, call: Callable[..., Any]
) -> None:
    with pytest.raises(AutogradError, match=rf"scipy\.optimize\.{name} can work on") as caught:
        call(optimize, lambda x, p: x * x - p, (Value(2.0),))
    assert isinstance(caught.value, kind)
    assert words in caught.value.received
    assert type(caught.value.__cause__) is kind


def test_errors_of_the_function_itself_come_out_as_they_are() -> None:
    def f(x: Any, p: Any) -> Any:
        raise ValueError("mine")

    with pytest.raises(ValueError, match=r"^mine$"):
        optimize.brentq(f, 0.0, 1.0, Value(2.0))
    with pytest.raises(DTypeError, match=r"(?s)numbers from <lambda>.*None.*return"):
        optimize.root(lambda x, p: None, 1.0, Value(2.0))
    with pytest.raises(ArgumentError, match="a loss with a derivative"):
        optimize.least_squares(lambda x: x, 1.0, loss="foo")
