"""Minima and least squares: implicit functions, by their first-order conditions.

The gradients and Hessians that SciPy works with are computed, not approximated, unless others are
given.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import scipy.optimize

from autograd.calls import as_array, on_numbers, plain
from autograd.errors import ArgumentError, describe
from autograd.jacobians import hessian, hvp, jacobian
from autograd.scipy.optimize.conditions import conditions, held, limits_of, multipliers_at
from autograd.scipy.optimize.roots import as_args, found_by, numeric
from autograd.scipy.refusing import refused
from autograd.transforms import grad, value_and_grad
from autograd.value import Value

_WITHOUT_GRADIENT = ("nelder-mead", "powell", "cobyla", "cobyqa")
_WITH_HESSIAN = ("dogleg", "trust-exact")
_WITH_PRODUCT = ("newton-cg", "trust-ncg", "trust-krylov")


@refused("give x0 one axis, a pair of bounds for each of its elements, and a method of SciPy's")
def minimize(
    fun: Callable[..., Any],
    x0: Any,
    args: Any = (),
    method: Any = None,
    jac: Any = None,
    hess: Any = None,
    hessp: Any = None,
    bounds: Any = None,
    constraints: Any = (),
    tol: float | None = None,
    callback: Any = None,
    options: Any = None,
) -> Any:
    """scipy.optimize.minimize: x where fun(x, *args) is least; `.x` and `.fun` depend on args.

    jac, hess, hessp    as SciPy takes them; where they are left out, they are the derivatives of
                        fun themselves, not finite differences. jac="2-point" is SciPy's default.

    The derivative of x is that of the solution of the first-order conditions, with the bounds and
    constraints that hold there as equations. It is as accurate as x: lower `tol` for more.

    >>> import numpy as np
    >>> x = lambda p: minimize(lambda x, p: np.sum((x - p) ** 2 + x**2), np.zeros(1), p).x[0]
    >>> round(grad(x)(3.0), 6)
    0.5
    """
    name = method.lower() if isinstance(method, str) else ""
    target = (lambda x, *args: fun(x, *args)[0]) if jac is True else fun
    f: Any = numeric(fun, pair=jac is True)
    gradient: Any = numeric(jac) if callable(jac) else jac
    if jac is None and name not in _WITHOUT_GRADIENT:
        f, gradient = on_numbers(value_and_grad(fun)), True
    if hess is None and hessp is None:
        if name in _WITH_HESSIAN:
            hess = hessian(lambda x, *args: np.reshape(target(x, *args), ()))
        elif name in _WITH_PRODUCT:
            hessp = partial(_product, target)
    limits = limits_of(constraints)
    box = None if bounds is None else _box(bounds)

    def run(*args: Any) -> Any:
        result = scipy.optimize.minimize(
            f,
            plain(x0),
            args,
            method,
            gradient,
            numeric(hess),
            numeric(hessp),
            None if box is None else scipy.optimize.Bounds(*plain(box)),
            _with_jacobians(constraints),
            tol,
            callback,
            options,
        )
        x = result["x"]
        result["unknowns"] = [x, *multipliers_at(target, x, args, box, limits)]
        return result

    def residual(unknowns: Any, *args: Any) -> Any:
        return conditions(target, unknowns[0], args, box, limits, unknowns[1:])

    result = found_by(run, "unknowns", residual, args)
    x = result["x"] = result.pop("unknowns")[0]
    if type(x) is Value:
        result["fun"] = target(x, *as_args(args))
    return result


def _product(target: Callable[..., Any], x: Any, v: Any, *args: Any) -> Any:
    return hvp(lambda x: target(x, *args))(x, v)


def _box(bounds: Any) -> tuple[Any, Any]:
    """The lower and the upper bounds, from a Bounds or from pairs in which None is none."""
    if hasattr(bounds, "lb"):
        return bounds.lb, bounds.ub
    pairs = [(-np.inf if a is None else a, np.inf if b is None else b) for a, b in bounds]
    return as_array([a for a, _ in pairs]), as_array([b for _, b in pairs])


def _with_jacobians(constraints: Any) -> Any:
    """SciPy's constraints with the Jacobians that are not given, on plain numbers."""
    if isinstance(constraints, list | tuple):
        return [_with_jacobians(c) for c in constraints]
    if isinstance(constraints, dict):
        f = constraints["fun"]
        jac = constraints.get("jac") or jacobian(lambda x, *more: as_array(f(x, *more)))
        plain_args = plain(constraints.get("args", ()))
        return {**constraints, "fun": numeric(f), "jac": numeric(jac), "args": plain_args}
    return constraints


@refused("pass bounds=(a, b) for method='bounded', bracket= or nothing for the others")
def minimize_scalar(
    fun: Callable[..., Any],
    bracket: Any = None,
    bounds: Any = None,
    args: Any = (),
    method: str | None = None,
    tol: float | None = None,
    options: Any = None,
) -> Any:
    """scipy.optimize.minimize_scalar: x where fun(x, *args) is least.

    `.x` and `.fun` of the result depend on args.
    """

    def run(*args: Any) -> Any:
        return scipy.optimize.minimize_scalar(
            numeric(fun), plain(bracket), plain(bounds), args, method, tol, options
        )

    def residual(x: Any, *args: Any) -> Any:
        gradient = grad(fun)(x, *args)
        return gradient if bounds is None else held(x, gradient, *bounds)

    result = found_by(run, "x", residual, args)
    if type(result["x"]) is Value:
        result["fun"] = fun(result["x"], *as_args(args))
    return result


# rho(z) of the robust losses, of squares z in units of f_scale².
_LOSSES: dict[str, Callable[[Any], Any]] = {
    "linear": lambda z: z,
    "soft_l1": lambda z: 2 * (np.sqrt(1 + z) - 1),
    "huber": lambda z: np.where(z <= 1, z, 2 * np.sqrt(np.where(z <= 1, 1, z)) - 1),
    "cauchy": np.log1p,
    "arctan": np.arctan,
}


@refused("give x0 one axis, inside of the bounds, finite residuals there, and a method of SciPy's")
def least_squares(
    fun: Callable[..., Any],
    x0: Any,
    jac: Any = None,
    bounds: Any = (-np.inf, np.inf),
    *,
    loss: str = "linear",
    f_scale: float = 1.0,
    args: Any = (),
    kwargs: Any = None,
    **options: Any,
) -> Any:
    """scipy.optimize.least_squares: x where ½ Σ rho(fun(x, *args)²) is least; `.x` depends on args.

    `.fun` and `.cost` do so as well. jac is the Jacobian of fun itself unless it is given.
    """
    more = kwargs or {}

    def f(x: Any, *args: Any) -> Any:
        return as_array(fun(x, *args, **more))

    if loss not in _LOSSES:
        raise ArgumentError(
            f"a loss with a derivative: {', '.join(_LOSSES)}", describe(loss), "choose one of these"
        )
    rho = _LOSSES[loss]
    box = (bounds.lb, bounds.ub) if hasattr(bounds, "lb") else tuple(bounds)
    bounded = bool(np.any(np.isfinite(box[0])) or np.any(np.isfinite(box[1])))

    def cost(x: Any, *args: Any) -> Any:
        return 0.5 * f_scale**2 * np.sum(rho((f(x, *args) / f_scale) ** 2))

    def run(*args: Any) -> Any:
        return scipy.optimize.least_squares(
            numeric(f),
            plain(x0),
            numeric(jacobian(f) if jac is None else jac),
            plain(box),
            args=args,
            loss=loss,
            f_scale=f_scale,
            **options,
        )

    def residual(x: Any, *args: Any) -> Any:
        gradient = grad(cost)(x, *args)
        return held(x, gradient, *box) if bounded else gradient

    result = found_by(run, "x", residual, args)
    x = result["x"]
    if type(x) is Value:
        result["fun"], result["cost"] = f(x, *as_args(args)), cost(x, *as_args(args))
    return result


@refused("make f(xdata, *p) and ydata one shape, and p0 one number for each parameter of f")
def curve_fit(
    f: Callable[..., Any],
    xdata: Any,
    ydata: Any,
    p0: Any = None,
    sigma: Any = None,
    absolute_sigma: bool = False,
    **options: Any,
) -> Any:
    """scipy.optimize.curve_fit: (p, covariance) of the least squares Σ ((f(x, *p) - y) / sigma)².

    Both depend on xdata, ydata and sigma. The Jacobian is that of f itself unless `jac` is given.
    """
    bounds = options.get("bounds", (-np.inf, np.inf))
    box = (bounds.lb, bounds.ub) if hasattr(bounds, "lb") else tuple(bounds)
    bounded = bool(np.any(np.isfinite(box[0])) or np.any(np.isfinite(box[1])))

    def fitted(p: Any, xdata: Any) -> Any:
        return as_array(f(xdata, *(p[i] for i in range(np.shape(p)[0]))))

    def weighted(p: Any, xdata: Any, ydata: Any, sigma: Any) -> Any:
        difference = fitted(p, xdata) - ydata
        if sigma is None:
            return difference
        if np.ndim(sigma) == 2:
            return np.linalg.solve(np.linalg.cholesky(sigma), difference)
        return difference / sigma

    options.setdefault("jac", on_numbers(lambda x, *p: jacobian(fitted)(as_array(list(p)), x)))

    def run(xdata: Any, ydata: Any, sigma: Any) -> Any:
        return scipy.optimize.curve_fit(
            numeric(f), xdata, ydata, plain(p0), sigma, absolute_sigma, **options
        )

    def residual(p: Any, *data: Any) -> Any:
        gradient = grad(lambda p: 0.5 * np.sum(weighted(p, *data) ** 2))(p)
        return held(p, gradient, *box) if bounded else gradient

    data = tuple(x if type(x) is Value or x is None else as_array(x) for x in (xdata, ydata, sigma))
    p, covariance, *more = found_by(run, 0, residual, data)
    if type(p) is Value:
        slopes = jacobian(weighted)(p, *data)
        covariance = np.linalg.inv(np.matrix_transpose(slopes) @ slopes)
        if not absolute_sigma:
            freedom = slopes.shape[0] - slopes.shape[1]
            covariance = covariance * (np.sum(weighted(p, *data) ** 2) / freedom)
    return p, covariance, *more
