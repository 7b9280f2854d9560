"""Cases for methods of ufuncs, for options of their calls, and for integers."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from typing import Any

import numpy as np
from cases import Case, Constant, array, label, row_of

from autograd import Value
from autograd.op import apply
from autograd.ops import running

X, Y = array(2, 3), array(2, 3, seed=1)
POSITIVE = np.abs(X) + 0.3
AROUND = X + 1j * Y

# Binary ufuncs that no reduction of their own stands for, and what they may be folded over
FOLDED: tuple[tuple[np.ufunc, Any], ...] = (
    (np.subtract, X),
    (np.hypot, X),
    (np.divide, POSITIVE),
    (np.arctan2, POSITIVE),
    (np.logaddexp2, X),
    (np.power, POSITIVE),
    (np.float_power, POSITIVE),
    (np.copysign, X),
    (np.remainder, POSITIVE),
)
REDUCED: tuple[tuple[np.ufunc, Any], ...] = (
    (np.add, X),
    (np.multiply, X),
    (np.maximum, X),
    (np.minimum, X),
    (np.fmax, X),
    (np.fmin, X),
    (np.logaddexp, X),
)
IN_COMPLEX = (np.add, np.multiply, np.subtract, np.divide)
REORDERED = (np.hypot, *(ufunc for ufunc, _ in REDUCED))
# Those that the ways of a method, which are the same for all ufuncs, are tested with
SOME = (np.add, np.subtract, np.hypot, np.maximum)
HOLES = np.array([[True, False, True], [False, False, True]])
EVERYWHERE: tuple[dict[str, Any], ...] = (
    {},
    {"axis": -1, "keepdims": True, "initial": 0.7, "where": HOLES},
)
ELSEWHERE: tuple[dict[str, Any], ...] = (
    {"axis": 1},
    {"axis": 0, "keepdims": True},
    {"axis": 1, "initial": 0.7},
    {"axis": None},
    {"axis": (1, 0)},
)
INDICES: tuple[Any, ...] = (
    np.array([0, 1, 0, 0]),
    (np.array([[0], [1]]), np.array([1, 1])),
    slice(1, 3),
    (1, 2),
)


def method_cases() -> Iterator[Case]:
    for ufunc, x in (*FOLDED, *REDUCED):
        name, some, of = ufunc.__name__, ufunc in SOME, ufunc in IN_COMPLEX
        reductions = list(EVERYWHERE)
        if some:
            reductions += [o for o in ELSEWHERE if ufunc in REORDERED or type(o["axis"]) is int]
        for n, options in enumerate(reductions):
            f = partial(_of, ufunc.reduce, options)
            yield Case(f"{name}.reduce #{n}", ufunc, f, (x,), of)
        for axis in (0, -1) if some else (1,):
            f = partial(_of, ufunc.accumulate, {"axis": axis})
            yield Case(f"{name}.accumulate {axis}", ufunc, f, (x,), of)
        if not some:
            continue
        for indices in ([0, 2], [1, 0, 2, 1], [2]):
            f = partial(_of, ufunc.reduceat, {"indices": indices, "axis": 1})
            yield Case(f"{name}.reduceat {indices}", ufunc, f, (x,), of)
        yield Case(f"{name}.outer", ufunc, ufunc.outer, (x[0], x[:, :1] + 0.05), of)
        yield Case(f"{name}.outer 0-d", ufunc, ufunc.outer, (x[0], x[1, 1]), of)
        for n, index in enumerate(INDICES):
            f = partial(_at, ufunc, index)
            yield Case(f"{name}.at #{n}", ufunc, f, (x, np.array(0.45)), of)
    f = partial(_at, np.power, np.array([0, 1, 0]))
    yield Case("power.at", np.power, f, (POSITIVE, Y[:1] + 0.1))
    f = partial(_at, np.exp, (np.array([0, 1, 0]), 1))
    yield Case("exp.at", np.exp, f, (X,), True)
    yield Case("add.reduce empty", np.add, np.add.reduce, (np.ones((2, 0)),), True)
    yield Case("hypot.reduce one", np.hypot, np.hypot.reduce, (X[:1],))
    yield Case("add.reduce 0-d", np.add, np.add.reduce, (np.array(1.5),), True)
    f = partial(_of, np.subtract.reduce, {"dtype": np.complex128})
    yield Case("subtract.reduce dtype", np.subtract, f, (X,), True)
    yield Case("divmod.outer", np.divmod, np.divmod.outer, (X[0], POSITIVE[1]))


def _of(method: Callable[..., Any], options: dict[str, Any], x: Any) -> Any:
    return method(x, **options)


def _at(ufunc: np.ufunc, index: Any, x: Any, *others: Any) -> Any:
    y = np.copy(x)
    ufunc.at(y, index, *others)
    return y


def _cases(of: Any, *calls: tuple[str, Callable[..., Any], tuple[Any, ...]], **more: Any) -> list:
    return [Case(f"{label(of)} {name}".strip(), of, f, args, **more) for name, f, args in calls]


def call_cases() -> Iterator[Case]:
    """Calls with dtype=, casting= and signature=, and functions that are special somewhere."""
    yield from _cases(
        np.add,
        ("wider", lambda x, y: np.add(x, y, dtype=np.complex128), (X, Y)),
        ("signature", lambda x, y: np.add(x, y, signature="dd->d"), (X, Y)),
        ("number", lambda x: np.add(x, 1, dtype=np.float64), (X,)),
    )
    yield from _cases(np.ldexp, ("dtype", lambda x: np.ldexp(x, 2, signature="dl->d"), (X,)))
    spread = np.array([0.0, 1e-9, -0.3, 1.9, 2.1, -7.3, 40.2])
    yield from _cases(np.sinc, ("", np.sinc, (spread,)), ("2-d", np.sinc, (X,)), complex=True)
    yield from _cases(np.sinc, ("thrice", np.sinc, (spread,)), order=3)
    yield from _cases(np.i0, ("", np.i0, (np.array([0.0, 1e-6, -2.0, 6.0]),)), order=3)
    yield from _cases(
        np.nan_to_num,
        ("by position", lambda x: np.nan_to_num(x, True, 1.0, 2.0, 3.0), (X,)),
    )
    for number, (f, x) in enumerate(
        (
            (np.real_if_close, X),
            (np.real_if_close, AROUND),
            (lambda x: np.real_if_close(x + 1e-15j), X),
            (lambda z: np.real_if_close(np.real(z) + 1e-3j, tol=0.01), AROUND),
        )
    ):
        yield Case(f"contents decide the dtype: real_if_close {number}", np.real_if_close, f, (x,))
    negative = np.array([-2.7, -0.4, 3.3, 2.2])
    yield from _cases(np.fmod, ("negative", lambda x: np.fmod(x, -0.75), (negative,)))
    yield from _cases(np.remainder, ("negative", lambda x: np.remainder(x, -0.75), (negative,)))
    yield from _cases(np.frexp, ("float", lambda x: np.frexp(x)[0], (3.3,)))
    yield from _cases(np.modf, ("float", np.modf, (-3.3,)))
    yield from _cases(np.float_power, ("complex", np.float_power, (AROUND, Y)))
    yield from _cases(np.divmod, ("negative", np.divmod, (negative[1:], POSITIVE[0])))


def running_cases() -> Iterator[Case]:
    zeros = X * (np.abs(X) > 0.9)
    for axis in (0, 1):
        yield from _cases(
            running.recurrence,
            (f"{axis}", lambda a, b, i=axis: running.recurrence(a, b, axis=i), (X, Y)),
            (f"zeros {axis}", lambda a, b, i=axis: running.recurrence(a, b, axis=i), (zeros, Y)),
            complex=True,
        )
    empty = np.ones((2, 0))
    yield from _cases(
        running.recurrence,
        ("empty", lambda a: running.recurrence(a, a, axis=1), (empty,)),
        ("one", lambda a, b: running.recurrence(a, b, axis=0), (X[:1], Y[:1])),
    )
    for row in ("maximum.accumulate", "minimum.accumulate", "fmax.accumulate", "fmin.accumulate"):
        yield from _cases(
            row_of(row), ("row", lambda x, r=row: apply(row_of(r), (x,), {"axis": 1}), (X,))
        )


CASES = [*method_cases(), *call_cases(), *running_cases()]

WHOLE = np.array([[0, 1, 5], [12, 7, 2]])


def _whole(function: Callable[..., Any], count: int) -> Callable[..., Any]:
    """The function of integers, which are Values where the argument is one."""
    given = (WHOLE, WHOLE[0])[:count]

    def call(x: Any) -> Any:
        wrapped = (Value(a, requires_grad=False) for a in given)
        return function(*(wrapped if isinstance(x, Value) else given))

    return call


def constants() -> Iterator[Constant]:
    integers = (
        (np.bitwise_and, 2),
        (np.bitwise_or, 2),
        (np.bitwise_xor, 2),
        (np.left_shift, 2),
        (np.right_shift, 2),
        (np.gcd, 2),
        (np.lcm, 2),
        (np.invert, 1),
        (np.bitwise_count, 1),
    )
    for ufunc, arity in integers:
        yield Constant(f"{ufunc.__name__} of integers", ufunc, _whole(ufunc, arity), (X,))
    for ufunc, method in product((np.bitwise_or, np.gcd), ("reduce", "accumulate")):
        f = getattr(ufunc, method)
        yield Constant(f"{ufunc.__name__}.{method}", ufunc, _whole(f, 1), (X,))
    for ufunc, method in product((np.logical_and, np.floor_divide), ("reduce", "accumulate")):
        f = getattr(ufunc, method)
        yield Constant(f"{ufunc.__name__}.{method}", ufunc, f, (X,))
    yield Constant("logical_or.reduce axis", np.logical_or, _over_all, (X,))
    yield Constant("less.outer", np.less, np.less.outer, (X, Y))
    yield Constant(
        "logical_xor.reduceat", np.logical_xor, lambda x: np.logical_xor.reduceat(x, [0, 1]), (X,)
    )
    holes = np.where(HOLES, X, np.inf)
    for of in (np.fix, np.isposinf, np.isneginf):
        yield Constant(label(of), of, of, (holes,))
    row = row_of("exponent")
    yield Constant("exponent", row.function, row, (X,))


def _over_all(x: Any) -> Any:
    return np.logical_or.reduce(x > 1, axis=None), np.logical_or.reduce(x, axis=None, keepdims=True)


CONSTANTS = list(constants())
