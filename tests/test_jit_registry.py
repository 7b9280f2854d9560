"""jit equals eager: for every row of the op table, its derivatives, and every kind of argument."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pytest
from cases import (
    FIXED,
    Case,
    caller,
    draw,
    elementwise_case,
    every_case,
    every_constant,
)
from compiled_cases import EMITTERS, Program, differences, second_order, with_gradient, with_tangent

from autograd.op import Kind, Op, rows

# A Value of a Python float stays one where NumPy's function of it gives float64.
STAYS_WEAK = ("np.modf float", "np.polyval #1", "np.interp #6")
# The dtype or the shape of these results depends on the contents, so they cannot be traced;
# numpy.emath's of complex numbers does not.
CONTENTS_DECIDE = ("np.lib.scimath", "emath", "contents decide", "np.polydiv")
CASES = [
    case
    for case in every_case()
    if not case.name.startswith((*CONTENTS_DECIDE, *STAYS_WEAK)) or case.name.endswith(" complex")
]
COMPLEX = [case for case in CASES if case.complex]
ELEMENTWISE = [row for row in rows if row.kind is Kind.ELEMENTWISE]
# How many cases are compiled as one program.
SIZE = 60
# In proportion to the greatest number of a result: sums are added up in another order.
TOLERANCE = {np.float64: 1e-8, np.float32: 2e-3}


def narrow(x: Any, dtype: Any) -> Any:
    """In this precision; a Python number stays one."""
    if type(x) is float:
        return x
    kind = np.result_type(dtype, np.complex64) if np.iscomplexobj(x) else dtype
    return np.asarray(x, kind)[()]


def sets_of(args: tuple[Any, ...], dtype: Any) -> tuple[tuple[Any, ...], ...]:
    """The arguments to trace with, and others near them."""
    return tuple(tuple(narrow(x * (1 + 0.01 * k), dtype) for x in args) for k in range(2))


# Families of many cases, whose programs are long: one in six of these is compiled natively and by
# NumPy, another one by NumPy alone.
LONG = (
    *("np.linalg", "scipy", "linalg", "np.quantile", "np.nanquantile", "np.percentile", "signal"),
    *("np.nanpercentile", "np.poly", "np.choose", "np.append", "window", "bin_sum", "np.delete"),
)


def programs_of(cases: list[Case], dtype: Any) -> Iterator[Program]:
    """Each case with its gradient; a part of them with the tangent, or the second derivative."""
    for number, case in enumerate(cases):
        sets = sets_of(case.args, dtype)
        yield Program(case.name, with_gradient(case.function), sets)
        if number % 12 == 1:
            yield Program(f"forward {case.name}", with_tangent(case.function), sets)
        if number % 24 == 4 and not case.name.startswith(LONG):
            yield Program(f"second order {case.name}", second_order(case.function), sets)


class Group(NamedTuple):
    """Cases that are compiled together."""

    cases: list[Case]
    dtype: Any
    emitters: tuple[str, ...]


def groups() -> Iterator[Group]:
    """Every second case in double precision."""
    long = [case for case in CASES if case.name.startswith(LONG)]
    short = [case for case in CASES if not case.name.startswith(LONG)]
    parts = [(short, EMITTERS), (long[::8], EMITTERS), (long[4::8], EMITTERS[-1:])]
    for cases, emitters in parts:
        for parity, dtype in enumerate((np.float64, np.float32)):
            chosen = cases[parity::2]
            for start in range(0, len(chosen), SIZE):
                yield Group(chosen[start : start + SIZE], dtype, emitters)


def require_equal(
    programs: list[Program], tolerance: float, emitters: Sequence[str] = EMITTERS
) -> None:
    found = differences(programs, tolerance, emitters)
    assert not found, "\n".join(found)


GROUPS = list(groups())


@pytest.mark.parametrize(
    "group", GROUPS, ids=[f"{g.dtype.__name__} from {g.cases[0].name}" for g in GROUPS]
)
def test_every_case_and_its_derivatives(group: Group):
    programs = list(programs_of(group.cases, group.dtype))
    require_equal(programs, TOLERANCE[group.dtype], group.emitters)


def test_a_wrong_result_is_named():
    """The judge itself: a rule that is right when traced, and wrong when it runs compiled."""
    calls: list[int] = []

    def twice(x: Any) -> Any:
        calls.append(1)
        return x * (2.0 if len(calls) <= 6 else 2.0001)

    row = Op(twice, Kind.LINEAR, (lambda g, y, x: 2.0 * g,), name="twice")
    x = draw((1.0, 2.0), (2, 3))
    programs = [
        Program("right", np.exp, ((x,), (2 * x,))),
        Program("wrong", row, ((x,), (2 * x,))),
    ]
    found = differences(programs, 1e-8)
    assert found and all("wrong: result 0" in line for line in found)


# Piecewise constant functions, whose results are plain

# Their results have as many elements as the contents say, or are about types and not numbers.
NEED_CONTENTS = (
    *("np.argwhere", "np.nonzero", "np.flatnonzero", "np.where", "np.unique", "np.histogram stat"),
    *("np.result_type", "common_type", "min_scalar_type", "einsum_path", "np.digitize"),
    *("np.searchsorted", "np.allclose", "np.array_equal"),
)


def varied(x: Any) -> Any:
    """Other contents of the same kind."""
    return x[::-1] if isinstance(x, np.ndarray) and x.ndim else x


def test_piecewise_constant_functions():
    programs = [
        Program(case.name, case.function, (case.args, tuple(varied(x) for x in case.args)))
        for case in every_constant()
        if not case.name.startswith(NEED_CONTENTS)
    ]
    require_equal(programs, 1e-12)


# Every kind of argument, for elementwise rows

SHAPES: list[list[Any]] = [
    [(2, 3), (3,)],
    [(3, 1), (1, 4)],
    [(2, 3), ()],
    [(), (2, 3)],
    [(2, 3), None],
    [None, (2, 3)],
    [(), ()],
    [None, None],
    [(0, 2), (2,)],
    [(1, 3), (0, 1)],
    [(2, 1, 3), (4, 1)],
]
BINARY = [row for row in ELEMENTWISE if row.arity == 2]
UNARY = [row for row in ELEMENTWISE if row.arity == 1]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_broadcasting(dtype: Any):
    """Every row meets some of the shapes, and every pair of shapes some of the rows."""
    pairs = [(row, shapes) for row in BINARY for shapes in SHAPES]
    cases = [elementwise_case(*pair) for pair in pairs[dtype is np.float32 :: 20]]
    require_equal(
        [
            Program(case.name, with_gradient(case.function), sets_of(case.args, dtype))
            for case in cases
            if case.args
        ],
        TOLERANCE[dtype],
    )


SIZES: list[Any] = [(), None, (0,), (1,), (17,), (5, 0, 2), (4, 33)]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_shapes_of_one_argument(dtype: Any):
    pairs = [(row, [size]) for row in UNARY for size in SIZES]
    cases = [elementwise_case(*pair) for pair in pairs[dtype is np.float32 :: 8]]
    require_equal(
        [
            Program(case.name, with_gradient(case.function), sets_of(case.args, dtype))
            for case in cases
        ],
        TOLERANCE[dtype],
    )


# Numbers at which functions are not finite, have no derivative, or keep the sign of a zero.
POINTS = [np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, 3.0, 1e3, -1e3]
# What C's and SciPy's functions give far outside of their domain differs in the last digits.
EXACT = (
    *("add", "subtract", "multiply", "divide", "negative", "absolute", "fabs", "sqrt", "square"),
    *("maximum", "minimum", "copysign", "reciprocal", "relu", "floor", "where"),
)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.filterwarnings("ignore::autograd.errors.NonFiniteWarning")
def test_special_points(dtype: Any):
    """Infinities, NaN, signed zeros and ties, against each other, with the gradients there."""
    one = np.array(POINTS, dtype)
    x, y = (np.ascontiguousarray(a) for a in np.broadcast_arrays(one[:, None], one[None, :]))
    programs = []
    for row in ELEMENTWISE:
        if row.name not in EXACT or (row.name, 0) in FIXED or (row.name, 1) in FIXED:
            continue
        static = {"exponent": 2.5} if row.name == "power" and row.arity == 1 else {}
        args = (one,) if row.arity == 1 else (x, y)
        call = caller(row)

        def function(*given: Any, call: Any = call, static: Any = static) -> Any:
            return call(*given, **static)

        programs.append(Program(f"{row.name} at special points", function, (args, args)))
    require_equal(programs, 0.0)


# Numbers of other kinds


def in_complex(case: Case) -> tuple[tuple[Any, ...], ...]:
    sets = sets_of(case.args, np.float64)
    return tuple(tuple(np.asarray(x + 0.1j + 0.05j * x)[()] for x in args) for args in sets)


@pytest.mark.parametrize("start", range(2))
def test_complex_numbers(start: int):
    require_equal(
        [
            Program(case.name, with_gradient(case.function), in_complex(case))
            for case in COMPLEX[start::40]
        ],
        1e-8,
    )


WHOLE: list[tuple[str, Callable[..., Any]]] = [
    ("sum", lambda x, y: x.sum(axis=0)),
    ("arithmetic", lambda x, y: (x + y, x - y, x * y, x // (y * y + 1), x % (y * y + 1))),
    ("extremes", lambda x, y: (np.maximum(x, y), x.max(axis=1), np.argmin(y), np.sort(x))),
    ("comparisons", lambda x, y: (x > y, x == y, (x > y).any(axis=0), np.where(x > y, x, y))),
    ("to floats", lambda x, y: (x / (y * y + 1), x * 2.5, np.sqrt(x * x), x.mean(axis=0))),
    ("places", lambda x, y: (x.T, x[1:], x[:, ::-1], np.concatenate([x, y]), x.reshape(-1))),
]


def test_whole_numbers():
    kinds = (np.int8, np.uint8, np.int32, np.int64)
    x = np.arange(12).reshape(3, 4)
    programs = [
        Program(f"{name} of {dtype.__name__}", f, (args, (args[1], args[0])))
        for name, f in WHOLE
        for dtype in kinds
        for args in [((7 * x % 11).astype(dtype), (5 * x % 9).astype(dtype))]
    ]
    require_equal(programs, 1e-6)
