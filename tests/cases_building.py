"""Cases for arrays built from numbers, lists and blocks, and for what picks among arrays."""

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import numpy as np
from cases import Case, Constant, array, label, row_of

Call = tuple[Callable[..., Any], tuple[Any, ...]]


def numbered(of: Any, *calls: Call, complex: bool = True, name: str = "") -> Iterator[Case]:
    """The cases of one function, which have no names of their own."""
    for number, (f, args) in enumerate(calls):
        yield Case(f"{name or label(of)} #{number}", of, f, args, complex)


# Begins the name of a case where the numbers decide about shapes, or where a traced function sees
# more than an eager one: vmap and jit cannot do the same there.
CONTENTS = "contents decide"


X, Y, V, W = array(2, 3), array(2, 3, seed=1), array(3, seed=2), array(2, seed=3)
ONE, TWO = np.array(0.5), np.array(2.5)
SPREAD = (array(2, seed=4), array(2, seed=5))


def sequence_cases() -> Iterator[Case]:
    for endpoint, num in product((True, False), (0, 1, 4)):
        options: dict[str, Any] = {"num": num, "endpoint": endpoint}
        yield from (
            Case(
                f"{f.__name__} {num} {endpoint}",
                f,
                lambda a, b, f=f, options=options: f(a, b, **options),
                (ONE, TWO),
                f is not np.logspace,
            )
            for f in (np.linspace, np.logspace, np.geomspace)
        )
    yield from numbered(
        np.linspace,
        (lambda a, b: np.linspace(a, b, 3, retstep=True), SPREAD),
        (lambda a, b: np.linspace(a, b, 3, axis=-1), (array(2, 1), W)),
        (lambda a, b: np.linspace(a, b, 3, axis=1), (array(2, 1), W)),
        (lambda b: np.linspace([0, 1.0], b, 3, dtype=np.complex128), (W,)),
        (lambda a: np.linspace(a, 2, 4), (ONE,)),
        (lambda a: np.linspace(a, 1e-320, 3), (np.zeros(1),)),
    )
    yield from numbered(
        np.logspace,
        (lambda a, b: np.logspace(a, b, 3, axis=1), SPREAD),
        (lambda a, b, c: np.logspace(a, b, 3, base=c, axis=-1), (*SPREAD, np.array([1.5, 2.0]))),
        (lambda a, c: np.logspace(a, 1, 3, base=c), (ONE, np.array([[1.5], [2.0]]))),
        (lambda c: np.logspace([0, 1.0], 1.5, 3, base=c), (TWO,)),
        (lambda a: np.logspace(a, 1, 3, dtype=np.complex128), (ONE,)),
        complex=False,
    )
    yield from numbered(
        np.geomspace,
        (lambda a, b: np.geomspace(a, b, 4, axis=-1), (-1 - W**2, np.array([-0.3, -0.7]))),
        (lambda a, b: np.geomspace(a, b, 4, dtype=np.complex128), (ONE, TWO)),
        (lambda b: np.geomspace([1.0, 2.0], b, 4, endpoint=False), (1 + W**2,)),
    )


def grid_cases() -> Iterator[Case]:
    indexings: tuple[Any, ...] = ("xy", "ij")
    for sparse, copy, indexing in product((True, False), (True, False), indexings):
        for number, args in enumerate(((W, V), (W, V, ONE))):
            yield Case(
                f"meshgrid {sparse} {copy} {indexing} {number}",
                np.meshgrid,
                lambda *x, s=sparse, c=copy, i=indexing: np.meshgrid(
                    *x, sparse=s, copy=c, indexing=i
                ),
                args,
                True,
            )
    yield from numbered(np.meshgrid, (np.meshgrid, (V,)), (lambda x: np.meshgrid(x, [1, 2]), (V,)))
    yield from numbered(np.ix_, (np.ix_, (V, W)), (lambda x: np.ix_([True, False, True], x), (V,)))
    for n, increasing in product((None, 0, 1, 4), (False, True)):
        yield Case(
            f"vander {n} {increasing}",
            np.vander,
            lambda x, n=n, i=increasing: np.vander(x, n, i),
            (V,),
            True,
        )
    yield Case("vander at 0", np.vander, lambda x: np.vander(x, 4), (np.array([0.0, -1.0]),), True)


def block_cases() -> Iterator[Case]:
    square = array(2, 2)
    yield from numbered(
        np.block,
        (lambda m, v: np.block([[m, m[:, :1]], [v[np.newaxis]]]), (square, V)),
        (lambda v: np.block([v, 1.0, v]), (V,)),
        (np.block, (V,)),
        (lambda m: np.block([m, np.eye(2)]), (square,)),
        (lambda m, t: np.block([[[m]], [[t]]]), (square, array(1, 2, 2))),
        (lambda m, t: np.block([[m, t]]), (square, array(1, 2, 2))),
    )
    for shape in (5, (2, 2), (3, 4), (0, 2), ()):
        yield Case(
            f"resize {shape}", np.resize, lambda x, s=shape: np.resize(x, s), (square,), True
        )
    yield Case("resize of none", np.resize, lambda x: np.resize(x, 2), (np.ones(0),), True)


def like_cases() -> Iterator[Case]:
    for of in (np.zeros, np.ones):
        yield from numbered(of, (lambda x, f=of: f((2, 3), like=x) + x, (V,)))
    for of in (np.eye, np.tri):
        yield from numbered(of, (lambda x, f=of: f(3, 2, -1, like=x) * x[:, None], (V,)))
    yield from numbered(np.identity, (lambda x: np.identity(3, like=x) * x, (V,)))
    yield from numbered(np.empty, (lambda x: 0 * np.zeros_like(np.empty(3, like=x)) + x, (V,)))
    yield from numbered(
        np.array,
        (lambda x: np.array([x[0], 2.0, 1], like=x), (V,)),
        (lambda x: np.array([[x[0], 2.0], (1.0, x[1])], ndmin=3, like=x), (V,)),
        (lambda x: np.array(x, like=x), (V,)),
        (lambda x: np.array([x, x], dtype=np.complex128, like=x), (V,)),
        (lambda x: np.array([1.0, 2.0, 3.0], like=x) * x, (V,)),
    )
    for of in (np.asarray, np.asanyarray, np.ascontiguousarray, np.asfortranarray, np.require):
        yield from numbered(
            of,
            (lambda x, f=of: f([x[0], 1.0], like=x), (V,)),
            (lambda x, f=of: f(x, dtype=np.complex128, like=x), (V,)),
        )
    yield from numbered(np.full, (lambda x: np.full((2, 3), x, like=x), (V,)))
    arange: Any = np.arange
    yield from numbered(
        np.arange,
        (lambda x: arange(3, like=x) * x, (V,)),
        (lambda x: arange(0.0, 4.0, 2.0, like=x) * x[:2], (V,)),
        complex=False,
    )
    yield from numbered(
        np.arange,
        (lambda a, s: arange(a[0], 7.3, s[0], like=a), (array(1), TWO.reshape(1))),
        (lambda s: arange(1.0, 8.0, s[0], like=s), (TWO.reshape(1),)),
        (lambda x: arange(start=x[0], step=2, stop=4, like=x), (V,)),
        complex=False,
        name=f"{CONTENTS}: arange",
    )
    yield from numbered(
        np.fromfunction,
        (lambda x: np.fromfunction(lambda i, j: x[0] * i + j * x[1], (2, 2), like=x), (V,)),
    )
    yield from numbered(
        np.fromiter,
        (lambda x: np.fromiter((t * t for t in x), float, like=x), (V,)),
        (lambda x: np.fromiter((t * t for t in x), float, 2, like=x), (V,)),
        complex=False,
    )


def form_cases() -> Iterator[Case]:
    fortran, cube = np.asfortranarray(X), array(3, 4, 2)
    weights, orders = np.arange(6.0).reshape(3, 2), tuple[Any, ...]("CFA")
    windows = np.lib.stride_tricks.sliding_window_view
    calls: tuple[tuple[Any, Callable[..., Any], tuple[Any, ...]], ...] = (
        *(
            (np.reshape, lambda x, o=o: np.reshape(x, (3, 2), o) * weights, (a,))
            for o in orders
            for a in (X, fortran)
        ),
        (np.copy, lambda x: np.copy(x, order="F"), (X,)),
        (np.broadcast_to, lambda x: np.broadcast_to(x, (2, 3), subok=False), (V,)),
        (np.broadcast_to, lambda x: np.broadcast_to(x, 4), (ONE,)),
        (np.rot90, lambda x: np.rot90(x, -3, (1, -1)), (cube,)),
        (np.repeat, lambda x: np.repeat(x, [2], axis=-2), (cube,)),
        (np.repeat, lambda x: np.repeat(x, np.array(3), axis=1), (X,)),
        (np.diagonal, lambda x: np.diagonal(x, 1, axis1=-1, axis2=0), (cube,)),
        (np.split, lambda x: np.split(x, [1, 1], axis=-1), (X,)),
        (np.concatenate, lambda *p: np.concatenate(p, dtype=np.complex128), (X, Y)),
        (np.stack, lambda *p: np.stack(p, 1, dtype=np.complex128), (X, Y)),
        (np.vstack, lambda *p: np.vstack(p, dtype=np.complex128, casting="safe"), (X, Y)),
        (np.hstack, lambda *p: np.hstack(p, dtype=np.complex128), (X, Y)),
        (np.take, lambda x: np.take(x, [0, 7], 0, None, "clip"), (X,)),
        (np.take, lambda x: np.take(x, [True, False, True]), (X,)),
        (np.compress, lambda x: np.compress([True, False], x, 0, None), (X,)),
        (np.trace, lambda x: np.trace(x, 1, 1, 2, np.complex128), (cube,)),
        (np.diagflat, np.diagflat, (X,)),
        (np.diagflat, lambda x: np.diagflat(x, -1), (V,)),
        (np.diagflat, np.diagflat, (ONE,)),
        (np.full_like, lambda x, v: np.full_like(x, v, None, "C", True, 4), (X, ONE)),
        (windows, lambda x: windows(x, (2, 2), (1, 1)), (cube,)),
        (windows, lambda x: windows(x, (2, 3, 1), (0, 1, 0)), (cube,)),
    )
    for number, (of, f, args) in enumerate(calls):
        yield Case(f"{label(of)} forms {number}", of, f, args, True)


PLACES = np.array([[0, 1, 2], [2, 2, 0]])


def selecting_cases() -> Iterator[Case]:
    above = X > 0.2
    yield from numbered(
        np.select,
        (lambda x, y: np.select([above, Y > 0], [x * y, y]), (X, Y)),
        (lambda x, y: np.select([above, ~above], [x * y, y], default=x), (X, Y)),
        (lambda y: np.select([above, above[0]], [2.0, y], default=3), (Y,)),
        (lambda x, y: np.select([above[0]], [x], y), (np.array(0.3), np.array(1.3))),
        (lambda y: np.select([True, False], [y, 1.0]), (Y,)),
    )
    yield from numbered(
        np.choose,
        (lambda x, y: np.choose(PLACES, [x, y, 1.0]), (X, Y)),
        (lambda x: np.choose(PLACES, x), (array(3, 2, 3),)),
        (lambda x: np.choose(PLACES, x), (V,)),
        (lambda x: np.choose(PLACES - 7, x, mode="wrap"), (array(3, 3),)),
        (lambda x: np.choose(3 * PLACES - 2, x, None, "clip"), (array(3, 3),)),
        (lambda x, y: np.choose(1, [x, y]), (V, X)),
        (lambda x, y: np.choose([0, 1, 0], [x, y]), (V, X)),
    )
    yield from numbered(
        np.piecewise,
        (lambda x: np.piecewise(x, [x < 0, x > 1], [np.square, np.sin, lambda t: 3 * t]), (X,)),
        (lambda x: np.piecewise(x, [x < 0, x > -1], [lambda t: t**2, 7.0]), (X,)),
        (lambda x: np.piecewise(x, x < 0, [lambda t: t**3]), (V,)),
        (lambda x: np.piecewise(x, [x < 0], [lambda t, a, b=1: t**2 * a * b, -1], 3, b=2), (X,)),
        (lambda x: np.piecewise(x, [x < 0, x >= 0], [np.square, np.negative]), (ONE,)),
        (lambda x: np.piecewise(x, [x < 0, x >= 0], [np.square, np.negative]), (-1.5,)),
        (lambda x, y: np.piecewise(x, [x < 0], [y[0, 0], np.square]), (X, Y)),
        complex=False,
    )
    yield from numbered(
        np.piecewise,
        (lambda x: np.piecewise(x, [x < 0], [lambda t: t * t.mean()]), (X,)),
        (lambda x: np.piecewise(x, x < 0, [lambda t: np.sqrt(-t)]), (V,)),
        complex=False,
        name=f"{CONTENTS}: piecewise",
    )
    yield Case(
        "piecewise complex",
        np.piecewise,
        lambda x: np.piecewise(x, [np.real(x) < 0], [np.square, np.sin]),
        (X,),
        True,
    )


def applying_cases() -> Iterator[Case]:
    cube = array(2, 3, 2)
    functions: tuple[Callable[..., Any], ...] = (
        lambda v: v * v[0],
        lambda v: np.outer(v, v),
        lambda v: np.sum(v),
    )
    for axis in (0, 1, -1):
        yield from (
            Case(
                f"apply_along_axis {axis} {number}",
                np.apply_along_axis,
                lambda x, f=f, axis=axis: np.apply_along_axis(f, axis, x),
                (cube,),
                True,
            )
            for number, f in enumerate(functions)
        )
    yield from numbered(
        np.apply_along_axis,
        (lambda x: np.apply_along_axis(lambda v, a, b: a * v**b, 0, x, 2, b=3), (V,)),
    )
    yield from numbered(
        np.apply_over_axes,
        *(
            (lambda x, a=axes: np.apply_over_axes(np.sum, x, a), (cube,))
            for axes in (0, (0, 2), [1, -1])
        ),
        (lambda x: np.apply_over_axes(np.cumsum, x, [0, 1]), (cube,)),
    )


CASES = [
    *sequence_cases(),
    *grid_cases(),
    *block_cases(),
    *like_cases(),
    *form_cases(),
    *selecting_cases(),
    *applying_cases(),
]

TRUNCATE = row_of("truncate").function

CONSTANTS = [
    Constant("astype of integers", TRUNCATE, lambda x: x.astype(int), (3 * X,)),
    Constant("astype of booleans", TRUNCATE, lambda x: x.astype(bool), (X > 0,)),
    Constant(
        "linspace of integers", np.linspace, lambda a: np.linspace(a, 5, 4, dtype=int), (ONE,)
    ),
    Constant("diag_indices_from", np.diag_indices_from, np.diag_indices_from, (np.eye(3),)),
    Constant("tril_indices_from", np.tril_indices_from, np.tril_indices_from, (X,)),
    Constant(
        "triu_indices_from", np.triu_indices_from, lambda x: np.triu_indices_from(x, k=1), (X,)
    ),
    Constant("common_type", np.common_type, np.common_type, (X, V)),
    Constant("min_scalar_type", np.min_scalar_type, np.min_scalar_type, (X,)),
    Constant("can_cast", np.can_cast, lambda x: np.can_cast(x, np.float32), (X,)),
]
