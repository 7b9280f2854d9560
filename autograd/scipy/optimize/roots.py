"""Roots and fixed points: f(x(p), p) = 0, so that dx/dp = -(df/dx)⁻¹ df/dp."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any

import scipy.optimize

from autograd.calls import as_array, on_numbers, plain
from autograd.errors import DTypeError
from autograd.implicit import implicit_function
from autograd.runs import name_of
from autograd.scipy.refusing import refused


def as_args(args: Any) -> tuple[Any, ...]:
    """SciPy's `args`: one that is no tuple stands for a tuple of one."""
    return args if isinstance(args, tuple) else (args,)


def numeric(f: Callable[..., Any] | None, pair: bool = False) -> Any:
    """f as SciPy is to call it: numbers in, numbers out, a list of Values as an array.

    pair    f returns its derivative as well.
    """
    if not callable(f):
        return f

    @wraps(f, assigned=("__name__", "__doc__"), updated=())
    def function(*args: Any, **kwargs: Any) -> Any:
        y = f(*args, **kwargs)
        if y is None:
            raise DTypeError(f"numbers from {name_of(f)}", "None", "end the function with return")
        return tuple(as_array(part) for part in y) if pair else as_array(y)

    return on_numbers(function)


def found_by(
    run: Callable[..., Any],
    part: str | int | None,
    residual: Callable[..., Any],
    args: Any,
    elementwise: bool = False,
) -> Any:
    """The result of run(*args), of which one part is made an implicit function of args.

    part    an attribute of the result, 0 for the first item of a tuple, None for all of it.
    """
    results: list[Any] = []

    def solve(*args: Any) -> Any:
        results.append(run(*args))
        result = results[-1]
        if part is None:
            return result
        return result[part] if isinstance(part, int) else getattr(result, part)

    x = implicit_function(solve, residual, elementwise)(*as_args(args))
    result = results[0]
    if part is None:
        return x
    if isinstance(part, int):
        return (x, *result[1:])
    setattr(result, part, x)
    return result


def _array(f: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x, *args: as_array(f(x, *args))


def _first_of(f: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x, *args: as_array(f(x, *args)[0])


@refused("return as many numbers as x0 has, in one shape, and choose a method of SciPy's")
def root(
    fun: Callable[..., Any],
    x0: Any,
    args: Any = (),
    method: str = "hybr",
    jac: Any = None,
    tol: float | None = None,
    callback: Any = None,
    options: Any = None,
) -> Any:
    """scipy.optimize.root: x with fun(x, *args) = 0; `.x` of the result depends on args.

    >>> from autograd import jacobian
    >>> x = lambda p: root(lambda x, p: [x[0] + x[1] - p, x[0] - x[1]], [0.0, 0.0], p).x
    >>> jacobian(x)(3.0)
    array([0.5, 0.5])
    """
    f = numeric(fun, pair=jac is True)

    def run(*args: Any) -> Any:
        return scipy.optimize.root(f, plain(x0), args, method, numeric(jac), tol, callback, options)

    return found_by(run, "x", _first_of(fun) if jac is True else _array(fun), args)


@refused("return as many numbers as x0 has, in one shape")
def fsolve(func: Callable[..., Any], x0: Any, args: Any = (), *more: Any, **options: Any) -> Any:
    """scipy.optimize.fsolve: x with func(x, *args) = 0, or the tuple that starts with it."""
    names = ("fprime", "full_output")
    options = {**dict(zip(names, more, strict=False)), **options}
    fprime = numeric(options.pop("fprime", None))
    full = options.get("full_output", 0)

    def run(*args: Any) -> Any:
        return scipy.optimize.fsolve(numeric(func), plain(x0), args, fprime, **options)

    return found_by(run, 0 if full else None, _array(func), args)


@refused("start nearer to it, or find a root of func(x) - x")
def fixed_point(
    func: Callable[..., Any],
    x0: Any,
    args: Any = (),
    xtol: float = 1e-8,
    maxiter: int = 500,
    method: str = "del2",
) -> Any:
    """scipy.optimize.fixed_point: x with func(x, *args) = x.

    >>> import numpy as np
    >>> from autograd import grad
    >>> x = lambda p: fixed_point(lambda x, p: np.cos(p * x), 0.7, p)
    >>> round(float(grad(x)(1.0)), 6)
    -0.297474
    """

    def run(*args: Any) -> Any:
        return scipy.optimize.fixed_point(numeric(func), plain(x0), args, xtol, maxiter, method)

    return found_by(run, None, lambda x, *args: as_array(func(x, *args)) - x, args)


@refused("start nearer to the root, raise maxiter, or bracket it and use brentq")
def newton(
    func: Callable[..., Any],
    x0: Any,
    fprime: Any = None,
    args: Any = (),
    tol: float = 1.48e-8,
    maxiter: int = 50,
    fprime2: Any = None,
    x1: Any = None,
    rtol: float = 0.0,
    full_output: bool = False,
    disp: bool = True,
) -> Any:
    """scipy.optimize.newton: x with func(x, *args) = 0, each element of x0 on its own."""

    def run(*args: Any) -> Any:
        return scipy.optimize.newton(
            numeric(func),
            plain(x0),
            numeric(fprime),
            args,
            tol,
            maxiter,
            numeric(fprime2),
            plain(x1),
            rtol,
            full_output,
            disp,
        )

    return found_by(run, 0 if full_output else None, func, args, elementwise=True)


def _bracketing(scipy_function: Callable[..., Any]) -> Callable[..., Any]:
    """One of SciPy's functions (f, a, b, args=(), ..., full_output=False, disp=True)."""
    signature = inspect.signature(scipy_function)

    def find(f: Callable[..., Any], a: Any, b: Any, args: Any = (), *more: Any, **options: Any):
        full = signature.bind(f, a, b, args, *more, **options).arguments.get("full_output")

        def run(*args: Any) -> Any:
            return scipy_function(numeric(f), plain(a), plain(b), args, *more, **options)

        return found_by(run, 0 if full else None, f, args)

    name = scipy_function.__name__
    find.__name__ = find.__qualname__ = name
    find.__doc__ = f"scipy.optimize.{name}: x between a and b with f(x, *args) = 0."
    return refused(
        "choose numbers a and b where f is finite and has different signs, and raise maxiter if it "
        "was reached"
    )(find)


brentq = _bracketing(scipy.optimize.brentq)
brenth = _bracketing(scipy.optimize.brenth)
bisect = _bracketing(scipy.optimize.bisect)
ridder = _bracketing(scipy.optimize.ridder)
toms748 = _bracketing(scipy.optimize.toms748)


@refused("pass bracket=(a, b) with other signs of f at a and at b, or x0=, and a method of SciPy's")
def root_scalar(f: Callable[..., Any], args: Any = (), *more: Any, **options: Any) -> Any:
    """scipy.optimize.root_scalar: x with f(x, *args) = 0; `.root` of the result depends on args."""
    names = ("method", "bracket", "fprime", "fprime2", "x0", "x1")
    options = {**dict(zip(names, more, strict=False)), **options}
    for name in ("fprime", "fprime2"):
        if name in options:
            options[name] = numeric(options[name])
    for name in ("bracket", "x0", "x1"):
        if name in options:
            options[name] = plain(options[name])

    pair = options.get("fprime") is True

    def run(*args: Any) -> Any:
        return scipy.optimize.root_scalar(numeric(f, pair), args, **options)

    return found_by(run, "root", _first_of(f) if pair else f, args)
