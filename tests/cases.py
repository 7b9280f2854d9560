"""One list of cases per NumPy function and per row of the op table, for `test_registry.py`."""

from collections.abc import Callable, Iterator
from importlib import import_module
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import autograd
import autograd.ops.more
from autograd.op import Kind, Op, registry, rows
from autograd.ops.contract import affine
from autograd.ops.index import stop_row
from autograd.ops.logits import softmax_cross_entropy


class Case(NamedTuple):
    """A function of arrays, the arrays, and what to ask of it beyond order 2.

    of         the NumPy function or row that the case is for.
    complex    whether it takes complex numbers as well.
    order      up to which derivatives are compared with finite differences.
    """

    name: str
    of: Any
    function: Callable[..., Any]
    args: tuple[Any, ...]
    complex: bool = False
    order: int = 2


class Constant(NamedTuple):
    """A piecewise constant function: plain results, equal to NumPy's."""

    name: str
    of: Any
    function: Callable[..., Any]
    args: tuple[Any, ...]


def label(function: Any) -> str:
    """The name of a row, or of a NumPy function with its module."""
    if isinstance(function, Op):
        return f"{function.name} ({function.kind.value})"
    module = (getattr(function, "__module__", None) or "numpy").replace("numpy", "np", 1)
    return f"{module}.{function.__name__}"


def is_numpy(function: Any) -> bool:
    """Whether `function` is NumPy's own, and not one that a row was made of here."""
    return (getattr(function, "__module__", None) or "numpy").split(".")[0] == "numpy"


def numpy_functions() -> list[Callable[..., Any]]:
    """Every NumPy function that a Value may be given to."""
    return [function for function in registry if is_numpy(function)]


def row_of(name: str, kind: Kind | None = None, arity: int = 0) -> Op:
    """The row of that name."""
    fits = (row for row in rows if row.name == name and kind in (None, row.kind))
    return next(row for row in fits if arity in (0, row.arity))


def caller(row: Op) -> Callable[..., Any]:
    """How a user calls an elementwise row: by NumPy's name, where it has one."""
    return row.function if is_numpy(row.function) and row.function in registry else row


def draw(domain: tuple[float, float], shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    """Numbers spread over the domain, each at least a hundredth of it from all others.

    A domain of integers gives all of them, in turn.
    """
    size = int(np.prod(shape, dtype=int))
    low, high = domain
    if type(low) is int:
        return np.resize(np.arange(low, int(high) + 1), size).reshape(shape)
    random = np.random.default_rng(seed)
    places = (random.permutation(max(size, 1)) + random.uniform(0.2, 0.8, max(size, 1)))[:size]
    return (low + (high - low) * places / max(size, 1)).reshape(shape)


def array(*shape: int, seed: int = 0) -> np.ndarray:
    """Numbers between -2 and 2, no two of them near each other."""
    return draw((-2.0, 2.0), shape, seed)


def domains(row: Op) -> list[tuple[float, float]]:
    """The interval of each argument of an elementwise row."""
    if isinstance(row.domain[0], tuple):
        return list(row.domain)
    return [row.domain] * row.arity


# Elementwise rows, from their domains

# NumPy computes these for complex numbers too, but not as functions with a derivative.
ORDERED = ("maximum", "minimum", "fmax", "fmin", "absolute", "relu", "sigmoid", "softplus")


def takes_complex(row: Op, static: dict[str, Any]) -> bool:
    """Whether an elementwise row is a holomorphic function that NumPy computes."""
    try:
        row.function(*[np.full(1, 0.5 + 0.1j)] * row.arity, **static)
    except TypeError:
        return False
    return row.name not in ORDERED


# Arguments that have no derivative, at which the others are tested
FIXED: dict[tuple[str, int], Callable[[tuple[int, ...]], Any]] = {
    ("where", 0): lambda shape: array(*shape, seed=5) > 0,
    ("ldexp", 1): lambda shape: np.arange(np.prod(shape, dtype=int)).reshape(shape) % 4 - 1,
    ("nextafter", 1): lambda shape: np.full(shape, 9.0),
    ("heaviside", 0): lambda shape: np.arange(np.prod(shape, dtype=int)).reshape(shape) % 3 - 1.0,
    ("copysign", 1): lambda shape: array(*shape, seed=6),
}


def elementwise_case(row: Op, shapes: list[Any], sign: float = 1.0) -> Case:
    """The row at numbers from its domain; a shape of None gives a Python float."""
    fixed: dict[int, Any] = {}
    args: list[Any] = []
    for position, (domain, shape) in enumerate(zip(domains(row), shapes, strict=True)):
        if row.rules[position] is None and type(domain[0]) is int:
            x = draw(domain, shape or ())
            fixed[position] = x.item() if shape is None else x
        elif (row.name, position) in FIXED and row.rules[position] is None:
            x = FIXED[row.name, position](shape or ())
            fixed[position] = np.asarray(x).item() if shape is None else x
        else:
            x = sign * draw(domain, shape or (), seed=position)
            args.append(float(x) if shape is None else x)
    static = {"exponent": 2.5} if row is row_of("power", arity=1) else {}
    call = caller(row)

    def function(*given: Any) -> Any:
        remaining = iter(given)
        operands = (fixed[i] if i in fixed else next(remaining) for i in range(row.arity))
        return call(*operands, **static)

    name = f"{row.name} {'-' if sign < 0 else ''}{shapes}"
    order = 3 if row.arity == 1 else 2
    return Case(name, row, function, tuple(args), takes_complex(row, static), order)


EVERYWHERE_BUT_ZERO = ("absolute", "fabs", "relu", "copysign", "cbrt", "reciprocal", "hypot")


def elementwise_cases() -> Iterator[Case]:
    for row in rows:
        if row.kind is Kind.ELEMENTWISE:
            yield elementwise_case(row, [(2, 3)] * row.arity)
            yield elementwise_case(row, [(0, 2)] * row.arity)
            if row.name in EVERYWHERE_BUT_ZERO:
                yield elementwise_case(row, [(2, 3)] * row.arity, sign=-1.0)


# By hand

AXES: tuple[Any, ...] = (None, 0, 1, -1, (0, 2), (-1, 0), (2, 0, 1), np.int64(1))
SQUARE = array(3, 3, seed=7) + 3 * np.eye(3)
BATCH = array(2, 3, 3, seed=8) + 4 * np.eye(3)


def _cases(of: Any, *calls: tuple[str, Callable[..., Any], tuple[Any, ...]], **more: Any) -> list:
    return [Case(f"{label(of)} {name}".strip(), of, f, args, **more) for name, f, args in calls]


def reduction_cases() -> Iterator[Case]:
    x = array(2, 3, 2)
    functions: list[tuple[Any, Callable[..., Any], bool]] = [
        (np.sum, np.sum, True),
        (np.mean, np.mean, True),
        (np.prod, np.prod, True),
        (np.max, np.max, False),
        (np.min, np.min, False),
        (np.var, np.var, True),
        (np.std, np.std, True),
        (row_of("norm"), row_of("norm"), True),
        (row_of("logsumexp"), autograd.logsumexp, False),
        (np.linalg.vector_norm, np.linalg.vector_norm, True),
    ]
    for of, f, in_complex in functions:
        for axis, keepdims in product(AXES, (False, True)):
            options: dict[str, Any] = {"axis": axis, "keepdims": keepdims}
            yield Case(
                f"{label(of)} {axis} {keepdims}",
                of,
                lambda x, f=f, options=options: f(x, **options),
                (x,),
                in_complex,
            )
        yield Case(f"{label(of)} 0-d", of, f, (np.array(1.5),), in_complex)
        if f not in (np.mean, np.max, np.min, np.var, np.std, autograd.logsumexp):
            yield Case(f"{label(of)} empty", of, lambda x, f=f: f(x, axis=0), (np.ones((0, 2)),))
        empty = np.ones((2, 0))
        yield Case(f"{label(of)} of none", of, lambda x, f=f: f(x, axis=0), (empty,))
    for of, f in ((np.var, np.var), (np.std, np.std)):
        yield Case(f"{label(of)} ddof", of, lambda x, f=f: f(x, axis=1, ddof=1), (x,), True)
    for of in (np.amax, np.amin):
        yield from _cases(
            of, ("", of, (x,)), ("axis", lambda x, f=of: f(x, -1, keepdims=True), (x,))
        )
    yield Case("sum initial", np.sum, lambda x: np.sum(x, axis=1, initial=3.0), (x,), True)
    for of, f in (
        (row_of("softmax"), autograd.softmax),
        (row_of("log_softmax"), autograd.log_softmax),
    ):
        for axis in (-1, 0, 1, (0, 2), None):
            yield Case(f"{label(of)} {axis}", of, lambda x, f=f, a=axis: f(x, axis=a), (x,))
    for classes in (1, 3, 40):  # few are put first, many are not
        chosen = np.array([0, classes - 1, 0, classes // 2])
        yield Case(
            f"softmax_cross_entropy {classes}",
            row_of("softmax_cross_entropy"),
            lambda x, i=chosen: softmax_cross_entropy(x, i),
            (array(4, classes),),
        )
    for axis in (None, 0, 1, -1):
        yield Case(f"cumsum {axis}", np.cumsum, lambda x, a=axis: np.cumsum(x, a), (x,), True)
    zeros = x * (np.abs(x) > 0.9)
    for axis in (None, 0, 1, (0, 1)):
        yield Case(f"prod of zeros {axis}", np.prod, lambda x, a=axis: np.prod(x, a), (zeros,))
    of = np.prod
    yield from _cases(of, ("cubed", lambda x: np.prod(x, axis=-1), (array(2, 4),)), order=3)


def contraction_cases() -> Iterator[Case]:
    m, n, v, w = array(2, 3), array(3, 2, seed=1), array(3, seed=2), array(3, seed=3)
    t, u = array(2, 1, 2, 3), array(3, 3, 2, seed=1)
    first: dict[str, Any] = {"axis": 0}
    yield from _cases(
        np.matmul,
        ("matrices", np.matmul, (m, n)),
        ("vectors", np.matmul, (v, w)),
        ("matrix vector", np.matmul, (m, v)),
        ("vector matrix", np.matmul, (v, n)),
        ("batches", np.matmul, (t, u)),
        ("batch matrix", np.matmul, (t, n)),
        ("matrix batch", np.matmul, (m, u)),
        ("batch vector", np.matmul, (t, v)),
        ("vector batch", np.matmul, (v, u)),
        ("one operand twice", lambda x: np.matmul(x, x), (SQUARE,)),
        ("empty", np.matmul, (np.ones((2, 0)), np.ones((0, 3)))),
        ("no rows", np.matmul, (np.ones((0, 3)), n)),
        complex=True,
    )
    b = array(2, seed=4)
    yield from _cases(
        row_of("affine"),
        ("rows", affine, (v[np.newaxis], m, b)),
        ("vector", affine, (v, m, b)),
        ("batches", affine, (t, m, b)),
        ("no rows", affine, (np.ones((0, 3)), m, b)),
        ("twice", lambda x, w, b: affine(affine(x, w, b) ** 2, w.T, b[0] * v), (u[0] @ m, m, b)),
        complex=True,
    )
    yield Case("matmul cubed", np.matmul, lambda x: np.matmul(x @ x, x), (SQUARE,), False, 3)
    for text, *args in (
        ("ij,jk->ik", m, n),
        ("ij,jk", m, n),
        ("ij,kj,kl->il", m, m, m),
        ("ii->i", SQUARE),
        ("ii", SQUARE),
        ("ij->j", m),
        ("ij->", m),
        ("ij->ji", m),
        ("i,j->ij", v, w),
        ("...ij,...jk->...ik", t, u),
        ("...i->...", t),
        ("i...,i->...", u, v),
        ("bii,b->i", u[:, :2] @ array(2, 2)[:, :2], v),
        ("i,i,i->", v, w, v),
        (",i->i", np.array(1.5), v),
    ):
        yield Case(
            f"einsum {text}", np.einsum, lambda *x, s=text: np.einsum(s, *x), tuple(args), True
        )
    yield from _cases(
        np.einsum,
        ("sublists", lambda x, y: np.einsum(x, [0, 1], y, [1, 2], [0, 2]), (m, n)),
        ("sublists implicit", lambda x, y: np.einsum(x, [0, 1], y, [1, 2]), (m, n)),
        ("x twice", lambda x: np.einsum("ij,ij->i", x, x), (m,)),
        complex=True,
    )
    yield from _cases(
        np.dot,
        ("vectors", np.dot, (v, w)),
        ("matrices", np.dot, (m, n)),
        ("number", np.dot, (np.array(2.0), m)),
        ("three axes", np.dot, (m, u)),
        ("many axes", np.dot, (t, u)),
        complex=True,
    )
    yield from _cases(
        np.inner,
        ("vectors", np.inner, (v, w)),
        ("matrices", np.inner, (m, array(4, 3))),
        ("number", np.inner, (np.array(2.0), m)),
        ("many axes", np.inner, (t, m)),
        complex=True,
    )
    yield from _cases(
        np.outer, ("", np.outer, (m, v)), ("0-d", np.outer, (np.array(2.0), v)), complex=True
    )
    yield from _cases(np.linalg.outer, ("", np.linalg.outer, (v, w)), complex=True)
    yield from _cases(
        np.vecdot,
        ("", np.vecdot, (m, v)),
        ("axis 0", lambda x, y: np.vecdot(x, y, **first), (n, v[:, None])),
        complex=True,
    )
    yield from _cases(
        np.linalg.vecdot,
        ("axis 0", lambda x, y: np.linalg.vecdot(x, y, **first), (n, n + 1)),
        complex=True,
    )
    for name, args in (("matvec", (t, v)), ("vecmat", (v, u))):
        f = getattr(np, name, None)
        if f is not None:  # NumPy 2.2 brought them
            yield Case(name, f, f, args, True)
    yield from _cases(np.vdot, ("", np.vdot, (m, n)), complex=True)
    yield from _cases(np.linalg.matmul, ("", np.linalg.matmul, (m, n)), complex=True)
    yield from _cases(
        np.tensordot,
        ("two axes", np.tensordot, (array(2, 3), array(2, 3, seed=4))),
        ("one axis", lambda x, y: np.tensordot(x, y, axes=1), (m, u)),
        ("none", lambda x, y: np.tensordot(x, y, axes=0), (m, v)),
        ("pairs", lambda x, y: np.tensordot(x, y, axes=([0, -1], [1, 0])), (m, array(3, 2, 2))),
        ("numbers", lambda x, y: np.tensordot(x, y, axes=(-1, 0)), (m, n)),
        complex=True,
    )
    yield from _cases(
        np.linalg.tensordot,
        ("", lambda x, y: np.linalg.tensordot(x, y, axes=1), (m, n)),
        complex=True,
    )


def shape_cases() -> Iterator[Case]:
    x, y, v = array(2, 3, 2), array(2, 3, seed=1), array(3, seed=2)
    layouts: tuple[Any, ...] = ("C", "F", "A", "K")
    modes: tuple[Any, ...] = ("edge", "reflect", "symmetric", "wrap")
    zero, fortran = np.array(1.5), np.asfortranarray(array(2, 3))
    calls: list[tuple[Any, Callable[..., Any], tuple[Any, ...]]] = [
        (np.reshape, lambda x: np.reshape(x, (3, 4)), (x,)),
        (np.reshape, lambda x: np.reshape(x, -1), (x,)),
        (np.reshape, lambda x: np.reshape(x, (4, 3), order="F"), (x,)),
        (np.reshape, lambda x: np.reshape(x, (3, 2), order="A"), (fortran,)),
        (np.reshape, lambda x: x.reshape(2, 6), (x,)),
        (np.reshape, lambda x: np.reshape(x, (0, 5)), (np.ones((2, 0)),)),
        (np.ravel, np.ravel, (x,)),
        (np.ravel, np.ravel, (zero,)),
        *((np.ravel, lambda x, o=o: np.ravel(x, order=o), (fortran,)) for o in layouts),
        (np.transpose, np.transpose, (x,)),
        (np.transpose, lambda x: np.transpose(x, (1, 2, 0)), (x,)),
        (np.transpose, lambda x: np.transpose(x, axes=[-1, 0, 1]), (x,)),
        (np.permute_dims, lambda x: np.permute_dims(x, (2, 0, 1)), (x,)),
        (np.swapaxes, lambda x: np.swapaxes(x, 0, -1), (x,)),
        (np.moveaxis, lambda x: np.moveaxis(x, 0, -1), (x,)),
        (np.moveaxis, lambda x: np.moveaxis(x, [0, 1], [-1, 0]), (x,)),
        (np.rollaxis, lambda x: np.rollaxis(x, 2), (x,)),
        (np.rollaxis, lambda x: np.rollaxis(x, 0, 3), (x,)),
        (np.rollaxis, lambda x: np.rollaxis(x, -1, -2), (x,)),
        (np.expand_dims, lambda x: np.expand_dims(x, 1), (x,)),
        (np.expand_dims, lambda x: np.expand_dims(x, (0, -1)), (x,)),
        (np.squeeze, np.squeeze, (array(1, 3, 1),)),
        (np.squeeze, lambda x: np.squeeze(x, -1), (array(1, 3, 1),)),
        (np.squeeze, lambda x: np.squeeze(x, axis=(0, 2)), (array(1, 3, 1),)),
        (np.broadcast_to, lambda x: np.broadcast_to(x, (2, 3)), (v,)),
        (np.broadcast_to, lambda x: np.broadcast_to(x, (2, 3, 2)), (array(3, 1),)),
        (np.broadcast_to, lambda x: np.broadcast_to(x, (2, 0)), (array(1),)),
        (np.broadcast_arrays, np.broadcast_arrays, (v, array(2, 1), zero)),
        (np.copy, np.copy, (x,)),
        (row_of("copy"), lambda x: x.copy(), (x,)),
        (np.matrix_transpose, np.matrix_transpose, (x,)),
        (np.linalg.matrix_transpose, np.linalg.matrix_transpose, (x,)),
        (row_of("astype"), lambda x: x.astype(np.complex128), (x,)),
        *(
            (f, f, (a,))
            for f in (np.atleast_1d, np.atleast_2d, np.atleast_3d)
            for a in (zero, v, y, x)
        ),
        (np.atleast_2d, np.atleast_2d, (zero, v)),
        (row_of("concatenate"), lambda x, y: np.concatenate([x, y]), (y, y + 9)),
        *(
            (np.concatenate, lambda *p, a=a: np.concatenate(p, axis=a), (x, x + 9))
            for a in (0, 1, -1, None)
        ),
        (np.concatenate, lambda *p: np.concatenate(p, 1), (y, array(2, 1), np.ones((2, 0)))),
        (np.concatenate, lambda x: np.concatenate([x, x, np.ones((1, 3))]), (y,)),
        (np.concatenate, np.concatenate, (x,)),
        (np.concat, lambda *p: np.concat(p, axis=1), (y, array(2, 1))),
        *((np.stack, lambda *p, a=a: np.stack(p, axis=a), (y, y + 9)) for a in (0, 1, 2, -1, -3)),
        (np.stack, lambda *p: np.stack(p), (zero, zero + 1)),
        (np.stack, lambda x, y: np.stack([x, y]), (1.5, 2.5)),
        (np.vstack, lambda *p: np.vstack(p), (v, y)),
        (np.hstack, lambda *p: np.hstack(p), (v, array(2))),
        (np.hstack, lambda *p: np.hstack(p), (y, array(2, 1))),
        (np.dstack, lambda *p: np.dstack(p), (v, v + 9)),
        (np.dstack, lambda *p: np.dstack(p), (y, x)),
        (np.column_stack, lambda *p: np.column_stack(p), (array(2), y)),
        (np.split, lambda x: np.split(x, 3, axis=1), (x,)),
        (np.split, lambda x: np.split(x, [1, 2], axis=-2), (x,)),
        (np.array_split, lambda x: np.array_split(x, 2, axis=1), (x,)),
        (np.array_split, lambda x: np.array_split(x, 5), (v,)),
        (np.array_split, lambda x: np.array_split(x, [1, 7, 2]), (v,)),
        (np.hsplit, lambda x: np.hsplit(x, 3), (y,)),
        (np.hsplit, lambda x: np.hsplit(x, 3), (v,)),
        (np.vsplit, lambda x: np.vsplit(x, 2), (y,)),
        (np.dsplit, lambda x: np.dsplit(x, 2), (x,)),
        (np.pad, lambda x: np.pad(x, 1), (y,)),
        (np.pad, lambda x: np.pad(x, ((1, 0), (2, 1)), constant_values=7.0), (y,)),
        (np.pad, lambda x: np.pad(x, (0, 2)), (v,)),
        *(
            (np.pad, lambda x, m=m: np.pad(x, ((1, 2), (0, 2)), mode=m), (array(3, 3),))
            for m in modes
        ),
        (np.repeat, lambda x: np.repeat(x, 2), (y,)),
        (np.repeat, lambda x: np.repeat(x, [2, 0, 1], axis=-1), (y,)),
        (np.repeat, lambda x: np.repeat(x, 0, axis=0), (y,)),
        (np.tile, lambda x: np.tile(x, 2), (y,)),
        (np.tile, lambda x: np.tile(x, (2, 1, 3)), (y,)),
        (np.tile, lambda x: np.tile(x, (2,)), (x,)),
        (np.tile, lambda x: np.tile(x, (0, 2)), (y,)),
        (np.tile, lambda x: np.tile(x, 3), (zero,)),
        *((np.flip, lambda x, a=a: np.flip(x, a), (x,)) for a in AXES),
        (np.flipud, np.flipud, (y,)),
        (np.fliplr, np.fliplr, (y,)),
        (np.roll, lambda x: np.roll(x, 2), (y,)),
        (np.roll, lambda x: np.roll(x, -4, axis=1), (y,)),
        (np.roll, lambda x: np.roll(x, (1, 2), axis=(0, -1)), (y,)),
        (np.roll, lambda x: np.roll(x, 1, axis=(0, 1)), (y,)),
        (np.roll, lambda x: np.roll(x, 1), (np.ones((0, 2)),)),
        *((np.rot90, lambda x, k=k: np.rot90(x, k), (y,)) for k in (0, 1, 2, 3, -1)),
        (np.rot90, lambda x: np.rot90(x, 1, (2, 0)), (x,)),
        *((f, lambda x, f=f, k=k: f(x, k), (x,)) for f in (np.tril, np.triu) for k in (0, 1, -1)),
        (np.tril, np.tril, (v,)),
        *((np.diagonal, lambda x, k=k: np.diagonal(x, k), (y,)) for k in (0, 1, -1, 5)),
        (np.diagonal, lambda x: np.diagonal(x, 0, -1, 0), (x,)),
        (np.linalg.diagonal, lambda x: np.linalg.diagonal(x, offset=-1), (x,)),
        *((np.trace, lambda x, k=k: np.trace(x, k, 1, 2), (x,)) for k in (0, 1, -1)),
        (np.linalg.trace, lambda x: np.linalg.trace(x, offset=1), (x,)),
        *((np.diag, lambda x, k=k: np.diag(x, k), (a,)) for a in (v, y) for k in (0, 1, -1)),
    ]
    if hasattr(np, "unstack"):
        calls.append((np.unstack, lambda x: np.unstack(x, axis=1), (x,)))
    if hasattr(np, "astype"):
        calls.append((np.astype, lambda x: np.astype(x, np.complex128), (x,)))
    for number, (of, f, args) in enumerate(calls):
        yield Case(f"{label(of)} #{number}", of, f, args, True)


def _assigned(place: Any) -> Callable[..., Any]:
    def function(x: Any, v: Any) -> Any:
        y = np.copy(x)
        y[place] = v
        return y

    return function


INDICES: tuple[Any, ...] = (
    0,
    -1,
    (1, 2),
    slice(1, None),
    slice(None, None, -2),
    slice(2, 1),
    (..., 0),
    (None, 1, ..., None),
    (slice(None), 1, slice(0, 1)),
    np.array([0, 1, 1]),
    [1, 0, 1, 1],
    (np.array([0, 1, 1]), np.array([2, 0, 0])),
    (np.array([[0], [1]]), slice(None), np.array([1, 1])),
    (slice(None), np.array([2, 2, 0])),
    np.array([True, False]),
    (slice(None), np.array([True, False, True])),
    array(2, 3, 2) > 0.3,
    np.array([], dtype=int),
    (np.int64(1), np.array(2)),
    (),
    True,
)


def index_cases() -> Iterator[Case]:
    x, y = array(2, 3, 2), array(2, 3, seed=1)
    for number, place in enumerate(INDICES):
        yield Case(f"getitem #{number}", row_of("getitem"), lambda x, p=place: x[p], (x,), True)
        part = x[place]
        new = array(*np.shape(part), seed=4) if np.shape(part) else np.array(0.7)
        yield Case(f"setitem #{number}", row_of("setitem"), _assigned(place), (x, new), True)
        yield Case(
            f"setitem {number}: 0-d", row_of("setitem"), _assigned(place), (x, np.array(0.7))
        )
        yield Case(f"setitem {number}: float", row_of("setitem"), _assigned(place), (x, 0.7))
        yield Case(
            f"scatter #{number}",
            row_of("scatter"),
            lambda v, p=place: row_of("scatter")(v, index=p, shape=(2, 3, 2)),
            (new,),
            True,
        )
    yield from _cases(
        row_of("setitem"),
        ("same twice", lambda x: _assigned(0)(x, x[1] * x[0]), (x,)),
        ("broadcast", _assigned((slice(None), np.array([0, 2]))), (x, array(1, 2))),
    )
    calls: list[tuple[Any, Callable[..., Any], tuple[Any, ...]]] = [
        (np.take, lambda x: np.take(x, [0, 2, 2]), (y,)),
        (np.take, lambda x: np.take(x, 1, axis=0), (y,)),
        (np.take, lambda x: np.take(x, np.array([[0, 1], [2, 0]]), axis=-1), (y,)),
        (np.take, lambda x: np.take(x, [-7, 9], mode="wrap"), (y,)),
        (np.take, lambda x: np.take(x, [-7, 9], axis=1, mode="clip"), (y,)),
        (np.take, lambda x: np.take(x, np.array([], int), axis=1), (y,)),
        *(
            (np.take_along_axis, lambda x, a=a: np.take_along_axis(x, np.argsort(y, a), a), (y,))
            for a in (0, 1, -1)
        ),
        (np.take_along_axis, lambda x: np.take_along_axis(x, np.array([3, 3, 0]), None), (y,)),
        (np.take_along_axis, lambda x: np.take_along_axis(x, np.zeros((1, 3), int), 0), (y,)),
        (np.compress, lambda x: np.compress([True, False, True], x, axis=1), (y,)),
        (np.compress, lambda x: np.compress([False, True], x), (y,)),
        (np.extract, lambda x: np.extract(y > 0, x), (y,)),
    ]
    for number, (of, f, args) in enumerate(calls):
        yield Case(f"{label(of)} #{number}", of, f, args, True)
    for axis in (-1, 0, None):
        yield Case(f"sort {axis}", np.sort, lambda x, a=axis: np.sort(x, a), (y,))


def other_cases() -> Iterator[Case]:
    x, y = array(2, 3), array(2, 3, seed=1)
    yield from _cases(row_of("absolute", Kind.GENERAL), ("", np.absolute, (x + 1j * y,)), order=3)
    yield from _cases(row_of("angle"), ("complex", np.angle, (x + 1j * y,)), order=3)
    for of in (np.real, np.imag, np.conjugate):
        yield from _cases(of, ("", of, (x,)), ("complex", of, (x + 1j * y,)))
    yield from _cases(
        np.angle,
        ("", np.angle, (x + 1j * y,)),
        ("degrees", lambda z: np.angle(z, deg=True), (x + 1j * y,)),
        ("real", np.angle, (x,)),
    )
    yield from _cases(np.sign, ("complex", np.sign, (x + 1j * y,)))
    bounds = [(-1.0, 1.0), (None, 0.5), (-0.5, None)]
    for low, high in bounds:
        yield Case(f"clip {low} {high}", np.clip, lambda x, b=(low, high): np.clip(x, *b), (x,))
    yield from _cases(
        np.clip,
        ("of three", lambda x, a, b: np.clip(x, a, b), (x, y - 2, y + 2)),
    )
    if np.lib.NumpyVersion(np.__version__) >= "2.1.0":
        yield Case("clip min max", np.clip, lambda x: np.clip(x, min=-1.0, max=1.0), (x,))
    yield from _cases(
        np.where,
        ("", lambda x, y: np.where(x > 0.5, x * y, y), (x, y)),
        (
            "broadcast",
            lambda x, y: np.where(np.array([True, False, True]), x, y),
            (x[:1], y[:, :1]),
        ),
        ("number", lambda x: np.where(x > 0, x, 0.0), (x,)),
    )
    yield from _cases(
        np.nan_to_num,
        ("", np.nan_to_num, (x,)),
        ("options", lambda x: np.nan_to_num(x, nan=1.0, posinf=2.0), (x,)),
        complex=True,
    )
    yield from _cases(np.divmod, ("", np.divmod, (x, np.abs(y) + 1)))
    above, below = np.array([2.3, -2.7, 5.2, -1.9]), np.array([0.9, 1.1, -1.2, -0.8])
    for of in (np.remainder, np.fmod):
        yield from _cases(of, ("of both signs", of, (above, below)))
    yield from _cases(np.modf, ("", np.modf, (3 * x,)))
    yield from _cases(np.frexp, ("", np.frexp, (3 * x,)))
    yield from _cases(
        np.float_power,
        ("", np.float_power, (np.abs(x) + 0.2, y)),
        ("number", lambda x: np.float_power(x, 3), (x,)),
    )
    yield from _cases(
        np.power,
        ("to a Value", np.power, (np.abs(x) + 0.2, y)),
        ("of a number", lambda y: np.power(2.0, y), (y,)),
        ("to an array", lambda x: np.power(x, np.array([0.0, 1.0, 3.0])), (x,)),
        complex=True,
        order=3,
    )
    for exponent in (-2, -1, 0, 1, 2, 3, 3.0):
        yield Case(
            f"power to {exponent}",
            row_of("power", arity=1),
            lambda x, n=exponent: x**n,
            (x,),
            True,
            3,
        )
    for of in (np.zeros_like, np.ones_like, np.empty_like):

        def filled(x: Any, of: Any = of) -> Any:
            v = of(x)
            v[1:] = x[:-1] ** 2
            v[0] = x[1]
            return v

        yield from _cases(of, ("filled", filled, (x,)))
    yield from _cases(np.full_like, ("", lambda x, v: np.full_like(x, v), (x, np.array(1.5))))
    for size, axis in ((2, 0), ((2, 2), None), ((1, 2), (1, 0)), (3, -1)):
        yield Case(
            f"windows {size} {axis}",
            np.lib.stride_tricks.sliding_window_view,
            lambda x, s=size, a=axis: np.lib.stride_tricks.sliding_window_view(x, s, axis=a),
            (array(3, 4),),
            True,
        )
    of = row_of("sliding_window_view")
    yield from _cases(of, ("ours", lambda x: autograd.sliding_window_view(x, 2, 1), (x,)))
    yield Case(
        "overlap_add",
        row_of("overlap_add"),
        lambda x: row_of("overlap_add")(x, window=(2,), axes=(1,)),
        (array(2, 3, 2),),
        True,
    )
    yield Case("einsum row", row_of("einsum"), lambda x: np.einsum("ii", x), (SQUARE,), True)


def constant_cases() -> Iterator[Constant]:
    """Functions whose results are plain: piecewise constant, or of shape and dtype alone."""
    x, y = array(2, 3), array(2, 3, seed=1)
    for row in rows:
        function = row.function
        if (
            row.kind is Kind.CONSTANT
            and isinstance(function, np.ufunc)
            and "d" in str(function.types)
        ):
            yield Constant(row.name, row.function, row.function, (x, y)[: row.arity])
    one = (
        *(np.argmax, np.argmin, np.argsort, np.argwhere, np.nonzero, np.flatnonzero, np.any),
        *(np.count_nonzero, np.all, np.round, np.isreal, np.iscomplex),
        *(np.shape, np.ndim, np.size, np.iscomplexobj, np.isrealobj),
    )
    for of in one:
        yield Constant(label(of), of, of, (x,))
    axis = (np.argmax, np.argmin, np.argsort, np.any, np.all, np.count_nonzero, np.size)
    for of, a in product(axis, (0, -1)):
        yield Constant(f"{label(of)} {a}", of, lambda x, of=of, a=a: of(x, axis=a), (x,))
    for of in (np.isclose, np.allclose, np.array_equal, np.result_type, np.may_share_memory):
        yield Constant(label(of), of, of, (x, y))
    calls: tuple[tuple[Any, Callable[..., Any], tuple[Any, ...]], ...] = (
        (np.shares_memory, np.shares_memory, (x, y)),
        (np.round, lambda x: np.round(x, 1), (x,)),
        (np.around, lambda x: np.around(x, decimals=1), (x,)),
        (np.isclose, lambda x, y: np.isclose(x, y, atol=1.0), (x, y)),
        (np.searchsorted, np.searchsorted, (np.sort(x[0]), y[0])),
        (np.searchsorted, lambda x: np.searchsorted(x, 0.5, side="right"), (np.sort(x[0]),)),
        (np.digitize, np.digitize, (y, np.sort(x[0]))),
        (np.where, np.where, (x > 0,)),
        (stop_row.function, stop_row, (x,)),
    )
    for number, (of, f, args) in enumerate(calls):
        yield Constant(f"{label(of)} #{number}", of, f, args)


# A module `cases_<topic>` beside this one defines CASES, CONSTANTS or both for its own functions.
TOPICS = sorted(path.stem for path in Path(__file__).parent.glob("cases_*.py"))


def of_topics(kind: str) -> Iterator[Any]:
    """What the modules of the topics define under this name."""
    for topic in TOPICS:
        yield from getattr(import_module(topic), kind, [])


def every_case() -> list[Case]:
    """The cases of this module and of the topics."""
    return [*CASES, *of_topics("CASES")]


def every_constant() -> list[Constant]:
    """The piecewise constant functions of this module and of the topics."""
    return [*CONSTANTS, *of_topics("CONSTANTS")]


CASES: list[Case] = [
    *elementwise_cases(),
    *reduction_cases(),
    *contraction_cases(),
    *shape_cases(),
    *index_cases(),
    *other_cases(),
]
CONSTANTS: list[Constant] = list(constant_cases())
