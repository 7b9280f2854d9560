"""Cases for what puts in, leaves out, pads and assigns in place."""

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import numpy as np
from cases import Case, Constant, array, row_of
from cases_building import CONTENTS, numbered

X, Y, V, W = array(3, 4), array(3, 4, seed=1), array(3, seed=2), array(4, seed=3)
ONE = np.array(0.7)


def inserting_cases() -> Iterator[Case]:
    some: tuple[Any, ...] = (1, -1, [1], [2, 0, 0], slice(0, 3, 2), np.array([True, False, True]))
    for place, axis in product((*some, []), (0, None)):
        yield Case(
            f"insert {place} {axis}",
            np.insert,
            lambda x, v, p=place, a=axis: np.insert(x, p, v, a),
            (X, ONE),
            True,
        )
    yield from numbered(
        np.insert,
        (lambda x, v: np.insert(x, [2, 0], v, 0), (X, array(2, 4))),
        (lambda x, v: np.insert(x, [2, 0, 1], v), (X, V)),
        (lambda x, v: np.insert(x, 1, v, axis=1), (X, V)),
        (lambda x, v: np.insert(x, [1], v, axis=1), (X, array(3, 2))),
        (lambda x, v: np.insert(x, 1, v), (X, W)),
        (lambda x, v: np.insert(x, 1, v, axis=-1), (X, array(2, 3))),
        (lambda x: np.insert(x, 1, [1, 2, 3], axis=1), (X,)),
    )
    yield Case("insert into a constant", np.insert, lambda v: np.insert(X, 1, v, axis=1), (ONE,))
    for place, axis in product((1, -1, [0, 1], slice(None, None, 2), []), (0, None)):
        yield Case(
            f"delete {place} {axis}",
            np.delete,
            lambda x, p=place, a=axis: np.delete(x, p, a),
            (X,),
            True,
        )
    yield from numbered(np.delete, (lambda x: np.delete(x, [True, False, True], 0), (X,)))
    yield from numbered(
        np.append,
        (np.append, (X, Y)),
        (lambda x, y: np.append(x, y, 0), (X, Y)),
        (lambda x, y: np.append(x, y, -1), (X, V[:, None])),
    )
    zeros, ends = np.array([0, 0, 1.0, 2, 0, 3, 0]), tuple[Any, ...](("fb", "f", "B"))
    yield from numbered(
        np.trim_zeros,
        *((lambda x, t=t: np.trim_zeros(x * zeros, t), (array(7),)) for t in ends),
        name=f"{CONTENTS}: trim_zeros",
    )


def assigned(f: Callable[..., None], *args: Any, **options: Any) -> Callable[..., Any]:
    """x, v -> what f makes of a copy of x, given v in the place of the Ellipsis."""

    def function(x: Any, v: Any) -> Any:
        y = np.copy(x)
        given = {key: v if part is ... else part for key, part in options.items()}
        f(y, *(v if part is ... else part for part in args), **given)
        return y

    return function


def in_place_cases() -> Iterator[Case]:
    for mode, place in product(("raise", "wrap", "clip"), ([0, 5, -1], [[3, 3], [1, 0]], 2, [])):
        yield Case(
            f"put {mode} {place}", np.put, assigned(np.put, place, ..., mode=mode), (X, V), True
        )
    yield from numbered(
        np.put,
        (assigned(np.put, [-20, 30], ..., "wrap"), (X, V)),
        (assigned(np.put, [-20, 30], ..., "clip"), (X, V)),
        (assigned(np.put, [0, 0], ...), (ONE, V)),
        (assigned(np.put, [0, 2], ...), (V, ONE)),
    )
    mask = X > 0
    for f in (np.place, np.putmask):
        yield from numbered(
            f,
            (assigned(f, mask, ...), (X, V)),
            (assigned(f, mask, ...), (X, ONE)),
            (assigned(f, mask.ravel(), ...), (X, array(15))),
            (assigned(f, mask.astype(int), ...), (X, V)),
        )
    yield from numbered(
        np.copyto,
        (assigned(np.copyto, ...), (X, W)),
        (assigned(np.copyto, ..., where=mask), (X, Y)),
        (assigned(np.copyto, ..., "unsafe", mask[0]), (X, ONE)),
        (assigned(lambda y, v: np.copyto(dst=y, src=v), ...), (X, ONE)),
        (assigned(lambda y, v: np.copyto(y, v * y), ...), (X, ONE)),
    )
    for axis in (0, 1, -1):
        order = np.argsort(X, axis)
        yield from (
            Case(
                f"put_along_axis {axis} {number}",
                np.put_along_axis,
                assigned(np.put_along_axis, places, ..., axis),
                (X, v),
                True,
            )
            for number, (places, v) in enumerate(
                ((order, Y), (order.take([0], axis), ONE), (np.zeros_like(order), Y))
            )
        )
    yield from numbered(
        np.put_along_axis, (assigned(np.put_along_axis, np.array([1, 1, 7]), ..., None), (X, V))
    )
    for shape, wrap in product(((3, 3), (5, 2), (2, 4), (2, 2, 2)), (False, True)):
        yield from (
            Case(
                f"fill_diagonal {shape} {wrap} {v.shape}",
                np.fill_diagonal,
                assigned(np.fill_diagonal, ..., wrap),
                (array(*shape), v),
                True,
            )
            for v in (ONE, V)
        )


WIDTHS: tuple[Any, ...] = (1, ((0, 0), (2, 5)), ((4, 3), (9, 0)))
GATHERING = ("edge", "wrap", "reflect", "symmetric")
STATISTICS = ("maximum", "mean", "median", "minimum")


def _padded(*args: Any, **options: Any) -> Callable[..., Any]:
    return lambda x: np.pad(x, *args, **options)


def padding_cases() -> Iterator[Case]:
    for width, mode in product(WIDTHS, (*GATHERING, *STATISTICS, "constant", "linear_ramp")):
        options: list[dict[str, Any]] = [{}]
        if mode in ("reflect", "symmetric"):
            options = [{"reflect_type": "odd"}, {"reflect_type": "even"}]
        elif mode in STATISTICS:
            options = [{}, {"stat_length": 2}, {"stat_length": ((1, 2), (3, 9))}]
        elif mode in ("constant", "linear_ramp"):
            name = "constant_values" if mode == "constant" else "end_values"
            options = [{}, {name: 2}, {name: ((1.0, 2.0), (3, 2))}]
        for number, given in enumerate(options):
            yield Case(
                f"pad {mode} {width} {number}",
                np.pad,
                _padded(width, mode, **given),
                (X,),
                mode not in ("maximum", "median", "minimum"),
            )
    modes: tuple[Any, ...] = (("constant", "constant_values"), ("linear_ramp", "end_values"))
    for mode, name in modes:
        yield from numbered(
            np.pad,
            (lambda x, m=mode, n=name: np.pad(x, (1, 2), m, **{n: x[1]}), (V,)),
            (lambda x, m=mode, n=name: np.pad(x, 1, m, **{n: ((1.0, x[0]),)}), (V,)),
        )
    yield Case(
        "fold",
        row_of("fold"),
        lambda g: row_of("fold")(g, pad_width=((2, 5), (1, 0)), mode="reflect"),
        (array(9, 3),),
        True,
    )
    for mode, n in product(("reflect", "symmetric"), (1, 2, 3)):
        yield Case(
            f"pad {mode} far from {n}",
            np.pad,
            _padded((7, 6), mode, reflect_type="odd"),
            (array(n),),
            True,
        )
    yield from numbered(
        np.pad,
        (_padded(((1, 2), (0, 3)), _ramp), (X,)),
        (_padded(2, _ramp, factor=3.0), (V,)),
        (_padded(((0, 2), (1, 1))), (np.ones((0, 2)),)),
        (lambda x: np.pad(x, 1, mode="edge"), (X,)),
    )
    if np.lib.NumpyVersion(np.__version__) >= "2.4.0":
        yield Case("pad dict", np.pad, _padded({0: (1, 2), -1: 3}, "edge"), (X,), True)


def _ramp(vector: Any, width: Any, axis: int, options: dict[str, Any]) -> None:
    """A user's way of padding: one end a multiple of the edge, the other a sum."""
    vector[: width[0]] = options.get("factor", 10.0) * vector[width[0]]
    vector[len(vector) - width[1] :] = np.sum(vector[width[0] : len(vector) - width[1]])


def _whole(x: Any) -> Any:
    """Integers of the kind of x: an array, or a Value without a gradient."""
    places = np.array([1, 0, 2])
    return np.asarray(places) if isinstance(x, np.ndarray) else type(x)(places, requires_grad=False)


def _unravelled(x: Any) -> Any:
    return np.unravel_index(_whole(x), (2, 2), order="F")


def _ravelled(x: Any) -> Any:
    return np.ravel_multi_index((_whole(x), [0, 1, 1]), (2, 2), mode="wrap", order="F")


CASES = [*inserting_cases(), *in_place_cases(), *padding_cases()]

CONSTANTS = [
    Constant("unravel_index", np.unravel_index, _unravelled, (V,)),
    Constant("ravel_multi_index", np.ravel_multi_index, _ravelled, (V,)),
    Constant("its row", row_of("ravel_multi_index").function, _ravelled, (V,)),
]
