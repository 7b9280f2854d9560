"""Ordinary differential equations, y' = f(t, y, p), differentiable by everything.

SciPy solves the equation on plain numbers, and so chooses its steps. If the solution depends on a
Value, the same steps are made on Values: see `autograd.scipy.integrate.steps`. The record of them
holds every stage; `checkpoint` around f makes it smaller.
"""

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import scipy.integrate
import scipy.optimize

from autograd.broadcast import data_of
from autograd.calls import Call, as_array, constants, holds_value, on_numbers, plain, whole
from autograd.errors import DTypeError, UnsupportedError
from autograd.implicit import implicit_function
from autograd.modes import current
from autograd.runs import name_of
from autograd.scipy.integrate.steps import Solution, method_of
from autograd.scipy.refusing import refused
from autograd.value import Value

Function = Callable[..., Any]

# SciPy's methods whose own steps are made on Values; for others, the steps are Radau's.
_RECORDED = ("RK23", "RK45", "DOP853", "Radau")
_TOLERANCES = ("rtol", "atol", "first_step", "max_step")


def _watched(call: Call, f: Function) -> Function:
    """f(t, y, *args) as SciPy calls it, with plain t and y; SciPy looks for some attributes."""

    def slopes(t: Any, y: Any, *args: Any) -> Any:
        found = f(t, y, *args)
        if found is None:  # SciPy would take it for NaN, and not come to an end
            raise DTypeError(f"numbers from {name_of(f)}", "None", "end the function with return")
        return as_array(found)

    def function(t: Any, y: Any) -> Any:
        return call.watched(lambda *args: slopes(t, y, *args))

    for name in ("terminal", "direction"):
        if hasattr(f, name):
            setattr(function, name, getattr(f, name))
    return function


def _recorded(fun: Function, args: tuple[Any, ...], t_span: Any, y0: Any, result: Any) -> Any:
    """The steps of a SciPy result with dense output, made on Values."""

    def f(t: Any, y: Any) -> Any:
        slopes = as_array(fun(t, y, *args))
        return slopes if np.shape(slopes) == np.shape(y) else np.reshape(slopes, np.shape(y))

    # The steps keep their lengths: the times move with the first one, the last step also with the
    # end of the interval.
    start, end = t_span
    steps = [part for part in result.sol.interpolants if part.t != part.t_old]
    moves = type(start) is Value
    ends = [start + (part.t - data_of(start)) if moves else part.t for part in steps]
    lengths: list[Any] = [part.t - part.t_old for part in steps]
    if steps and steps[-1].t == data_of(end) and (moves or type(end) is Value):
        ends[-1] = end
        lengths[-1] = end - (ends[-2] if len(ends) > 1 else start)
    y0 = y0 if np.shape(y0) else np.reshape(y0, (1,))
    method = method_of(result.method, result.sol)
    return Solution(f, [start, *ends], lengths, y0, method)


def _solved(fun: Function, t_span: Any, y0: Any, method: str, dense: bool, **options: Any) -> Any:
    """scipy.integrate.solve_ivp of plain numbers, and by which method."""
    result = scipy.integrate.solve_ivp(
        fun, plain(t_span), plain(y0), method, dense_output=dense, **options
    )
    result.method = method
    return result


def _in_a_replay(name: str, unsupported: str, solve: Function, *given: Any) -> Any:
    """The states alone, computed as a whole, since the steps depend on the numbers."""
    if unsupported:
        raise UnsupportedError(
            f"a call of {name} whose result has a shape known beforehand, under vmap and jit",
            unsupported,
            "pass t_eval, and leave out events and full_output",
        )
    return whole(name, solve)(*given)


@refused(
    "give t_span=(start, end), y0 one axis, as many slopes from fun, t_eval ordered inside of "
    "t_span, a method of SciPy's and positive steps"
)
def solve_ivp(
    fun: Function,
    t_span: Any,
    y0: Any,
    method: Any = "RK45",
    t_eval: Any = None,
    dense_output: bool = False,
    events: Any = None,
    vectorized: bool = False,
    args: Any = None,
    **options: Any,
) -> Any:
    """scipy.integrate.solve_ivp: y' = fun(t, y, *args), y(t_span[0]) = y0.

    `.y`, `.t`, `.sol` and the times and states of events depend on t_span, y0, t_eval, args, and on
    what fun closes over; fun may return a list. The numbers are SciPy's. The derivatives are those
    of its steps; for methods other than RK23, RK45, DOP853 and Radau, of steps of Radau's to the
    same tolerances.

    >>> from autograd import grad
    >>> options = {"rtol": 1e-9, "atol": 1e-9}
    >>> decay = lambda k: solve_ivp(lambda t, y: -k * y, (0, 1), [1.0], **options).y[0, -1]
    >>> round(grad(decay)(2.0), 6)
    -0.135335
    """
    args = () if args is None else tuple(args)
    if current().replayable:
        odd = "t_eval=None" if t_eval is None else "" if events is None else "events="

        def states(t_span: Any, y0: Any, t_eval: Any, args: Any) -> Any:
            more = {**options, "args": args, "vectorized": vectorized}
            return _solve_ivp(fun, t_span, y0, method, t_eval, **more).y

        y = _in_a_replay("solve_ivp", odd, states, tuple(t_span), as_array(y0), t_eval, args)
        return scipy.optimize.OptimizeResult(t=t_eval, y=y, sol=None, status=0, success=True)
    return _solve_ivp(
        fun, t_span, y0, method, t_eval, dense_output, events, vectorized, args, **options
    )


def _solve_ivp(
    fun: Function,
    t_span: Any,
    y0: Any,
    method: Any,
    t_eval: Any,
    dense_output: bool = False,
    events: Any = None,
    vectorized: bool = False,
    args: tuple[Any, ...] = (),
    **options: Any,
) -> Any:
    """`solve_ivp`, in steps that depend on the numbers."""
    call = Call("solve_ivp", args)
    t_span, y0 = tuple(t_span), as_array(y0)
    jac = options.get("jac")
    if callable(jac):
        options["jac"] = lambda t, y: plain(jac(t, y, *plain(args)))
    events = [] if events is None else events
    events = events if isinstance(events, list | tuple) else [events]

    def run(method: Any, dense: bool, **more: Any) -> Any:
        return _solved(_watched(call, fun), t_span, y0, method, dense, **more)

    asked = {**options, "t_eval": plain(t_eval), "vectorized": vectorized}
    asked["events"] = [_watched(call, event) for event in events] or None
    given = (y0, t_span, t_eval)
    result = run(method, dense_output or holds_value((given, args)), **asked)
    if call.inputs or holds_value(given):
        if result.sol is None:
            result = run(method, True, **asked)
        steps = result
        if method not in _RECORDED and not np.iscomplexobj(plain(y0)):  # Radau's is real only
            tolerances = {key: x for key, x in options.items() if key in _TOLERANCES}
            steps = run("Radau", True, **tolerances)
        sol = _recorded(fun, args, t_span, y0, steps)
        _replace(result, sol, t_eval, steps is result, [_with(event, args) for event in events])
        result.sol = sol
    else:
        result.y = constants(result.y, args)
    if not dense_output:
        result.sol = None
    del result["method"]
    return result


def _with(f: Function, args: tuple[Any, ...]) -> Function:
    return lambda t, y: f(t, y, *args)


def _replace(
    result: Any, sol: Solution, t_eval: Any, own_steps: bool, events: Sequence[Function]
) -> None:
    """Values in place of the plain numbers of SciPy's result."""
    times, states = result.t, result.y
    ends = t_eval is None and own_steps
    t = list(sol.times) if ends else times if t_eval is None else as_array(t_eval)[: len(times)]
    y = _shifted(np.stack(sol.ends, axis=1) if ends else sol(t), states)
    for number, event in enumerate(events):
        found = [_time_of(event, sol, float(time)) for time in result.t_events[number]]
        if found:
            last = result.t_events[number][-1] == times[-1]
            if t_eval is None and result.status == 1 and last:
                t = [*(t[i] for i in range(len(times) - 1)), found[-1]]
                y = np.concatenate([y[:, :-1], np.expand_dims(sol(found[-1]), -1)], axis=1)
            result.t_events[number] = as_array(found)
            result.y_events[number] = np.stack([sol(time) for time in found])
    result.t = as_array(t)
    result.y = y


def _shifted(y: Any, states: Any) -> Any:
    """SciPy's numbers with the derivatives of y, which is near them."""
    return y + (states - data_of(y))


def _time_of(event: Function, sol: Solution, time: float) -> Any:
    """When the event happens, an implicit function of what the solution depends on."""
    return implicit_function(lambda: time, lambda t: event(t, sol(t)))()


@refused("give y0 one axis, as many slopes from func(y, t), and t one axis, up or down throughout")
def odeint(func: Function, y0: Any, t: Any, args: Any = (), *more: Any, **options: Any) -> Any:
    """scipy.integrate.odeint: y' = func(y, t, *args) with y(t[0]) = y0; a row for each t.

    Depends on y0, t, args and on what func closes over; func may return a list. The numbers are
    SciPy's, by LSODA. The derivatives are those of steps to the same tolerances: of Radau's method
    where LSODA found the equation stiff, else of Dormand and Prince's of order 8.

    >>> from autograd import grad
    >>> decay = lambda k: odeint(lambda y, t, k: -k * y, 1.0, np.array([0.0, 1.0]), (k,))[1, 0]
    >>> round(grad(decay)(2.0), 6)
    -0.135335
    """
    args = args if isinstance(args, tuple) else (args,)
    if current().replayable:
        full = len(more) > 2 or options.get("full_output")

        def states(y0: Any, t: Any, args: Any) -> Any:
            return _odeint(func, y0, t, args, *more, **options)

        given = (as_array(y0), as_array(t), args)
        return _in_a_replay("odeint", "full_output=" if full else "", states, *given)
    return _odeint(func, y0, t, args, *more, **options)


def _odeint(func: Function, y0: Any, t: Any, args: Any, *more: Any, **options: Any) -> Any:
    """`odeint`, in steps that depend on the numbers."""
    bound = inspect.signature(scipy.integrate.odeint).bind(func, y0, t, args, *more, **options)
    asked = dict(list(bound.arguments.items())[4:])
    fun = func if asked.pop("tfirst", False) else lambda t, y, *args: func(y, t, *args)
    call = Call("odeint", args)
    y0, t = as_array(y0), as_array(t)
    if callable(asked.get("Dfun")):
        jac = asked["Dfun"]
        asked["Dfun"] = lambda y, t: plain(jac(y, t, *plain(args)))

    def run(**changed: Any) -> Any:
        f = _watched(call, fun)
        return scipy.integrate.odeint(f, plain(y0), plain(t), tfirst=True, **{**asked, **changed})

    known = holds_value((y0, t, args))
    result = run(full_output=1) if known else run()
    full = bool(asked.get("full_output"))
    if not (call.inputs or holds_value((y0, t))):
        y = constants(result[0] if known or full else result, args)
        return (y, result[1]) if full else y
    if not known and not full:
        result = run(full_output=1)
    if asked.get("tcrit") is not None:
        raise UnsupportedError(
            "an equation without tcrit= to differentiate",
            f"tcrit={asked['tcrit']!r}",
            "solve from one critical time to the next, and np.concatenate",
        )
    tolerances = {key: asked.get(key) or 1.49012e-8 for key in ("rtol", "atol")}
    stiff = bool(np.any(np.asarray(result[1]["mused"]) == 2))
    span = (t[0], t[-1])
    steps = _solved(
        on_numbers(lambda t, y: as_array(fun(t, y, *plain(args)))),
        span,
        np.atleast_1d(plain(y0)),
        "Radau" if stiff else "DOP853",
        True,
        max_step=asked.get("hmax") or np.inf,
        first_step=asked.get("h0") or None,
        **tolerances,
    )
    y = _shifted(np.transpose(_recorded(fun, args, span, y0, steps)(t)), result[0])
    return (y, result[1]) if full else y
