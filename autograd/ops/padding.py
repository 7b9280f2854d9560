"""np.pad, in all its modes: zeros and gathers are linear, the others are made of what joins."""

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.errors import ArgumentError, ShapeError, UnsupportedError, describe
from autograd.op import apply, composite, linear
from autograd.ops.differences import along
from autograd.ops.joining import fitted, operand
from autograd.value import Value


def _pad_zeros(x: Any, pad_width: Any, constant_values: Any = 0) -> Any:
    return np.pad(x, pad_width, constant_values=constant_values)


def _pad_back(g: Any, y: Any, x: Any, *, pad_width: Any, constant_values: Any = 0) -> Any:
    index = tuple(
        slice(before, before + n) for (before, _), n in zip(pad_width, np.shape(x), strict=True)
    )
    return g[index]


def _pad_batch(op: Any, xs: Any, batched: Any, static: Any, y: Any) -> Any:
    widths = ((0, 0), *static["pad_width"])
    values = static.get("constant_values", 0)
    if np.ndim(values):
        values = ((0, 0), *np.broadcast_to(values, (len(widths) - 1, 2)))
    return apply(op, xs, {"pad_width": widths, "constant_values": values})


pad_row = linear(_pad_zeros, _pad_back, affine=("constant_values",), batch=_pad_batch, name="pad")


def _fold(g: Any, pad_width: Any, mode: Any) -> Any:
    """The borders added to the elements that they are copies of."""
    for axis, (before, after) in enumerate(pad_width):
        n = g.shape[axis] - before - after
        places = np.pad(np.arange(n), (before, after), mode)
        inner = g[along(axis, slice(before, before + n))].copy()
        for border in (slice(before), slice(before + n, None)):
            np.add.at(inner, along(axis, places[border]), g[along(axis, border)])
        g = inner
    return g


def _copies_batch(op: Any, xs: Any, batched: Any, static: Any, y: Any) -> Any:
    return apply(op, xs, {**static, "pad_width": ((0, 0), *static["pad_width"])})


copies_row = linear(
    lambda x, pad_width, mode: np.pad(x, pad_width, mode),
    lambda g, y, x, *, pad_width, mode: fold_row(g, pad_width=pad_width, mode=mode),
    batch=_copies_batch,
    name="pad",
    numpy=(),
)
fold_row = linear(
    _fold,
    lambda g, y, x, *, pad_width, mode: copies_row(g, pad_width=pad_width, mode=mode),
    batch=_copies_batch,
    name="fold",
)

Widths = tuple[tuple[int, int], ...]

_OPTIONS = {
    "constant": "constant_values",
    "linear_ramp": "end_values",
    "reflect": "reflect_type",
    "symmetric": "reflect_type",
    **dict.fromkeys(("maximum", "mean", "median", "minimum"), "stat_length"),
    **dict.fromkeys(("edge", "wrap")),
}


@composite(np.pad)
def pad(array: Any, pad_width: Any, mode: Any = "constant", **kwargs: Any) -> Any:
    """np.pad, in every mode but 'empty', whose numbers are arbitrary."""
    array = operand(array)
    widths = _widths(array, pad_width)
    if callable(mode):
        return _by_function(array, widths, mode, kwargs)
    if mode == "empty":
        raise UnsupportedError(
            "a mode of pad that says what the border holds",
            "mode='empty', which leaves what lay in memory",
            "leave mode= out, for zeros",
        )
    if mode not in _OPTIONS:
        raise ArgumentError(f"a mode of pad: {', '.join(_OPTIONS)}", repr(mode), "choose one")
    unknown = set(kwargs) - {_OPTIONS[mode]}
    if unknown:
        raise ArgumentError(
            f"for mode {mode!r} the option {_OPTIONS[mode]} or none", f"{unknown}", "leave it out"
        )
    if not widths:  # a number has no border, and NumPy's own reading of no widths fails
        return np.copy(array)
    option = kwargs.get(_OPTIONS[mode] or "")
    if mode == "constant" and not _holds_values(option):
        return pad_row(array, pad_width=widths, **kwargs)
    if mode in ("constant", "linear_ramp"):
        return _with_ends(array, widths, mode, 0 if option is None else option)
    for axis, (n, width) in enumerate(zip(np.shape(array), widths, strict=True)):
        if n == 0 and any(width):
            raise ShapeError(
                f"elements along axis {axis} to pad with", describe(array), "mode='constant'"
            )
    if mode not in _STATISTICS and option != "odd":
        return copies_row(array, pad_width=widths, mode=mode)
    for axis, (before, after) in enumerate(widths):
        n = np.shape(array)[axis]
        if not (before or after):
            continue
        if mode in _STATISTICS:
            pair = _pairs(option, np.ndim(array), lengths=True)[axis]
            array = _statistics(array, axis, (before, after), _STATISTICS[mode], pair)
        elif n > 1:
            array = _oddly(array, axis, np.arange(-before, n + after), mode == "symmetric")
        else:
            array = np.repeat(array, before + n + after, axis)
    return array


def _widths(array: Any, pad_width: Any) -> Widths:
    """How much goes before and after, for every axis."""
    n = np.ndim(array)
    if isinstance(pad_width, dict):
        given, pad_width = pad_width, [(0, 0)] * n
        for axis, width in given.items():
            pad_width[axis] = (width, width) if isinstance(width, int) else width
    found = np.asarray(pad_width)
    if found.dtype.kind not in "iu" or np.any(found < 0):
        raise ArgumentError("whole numbers of 0 or more to pad by", f"{pad_width}", "slice to cut")
    return tuple((int(a), int(b)) for a, b in np.broadcast_to(found, (n, 2)))


def _holds_values(x: Any) -> bool:
    return type(x) is Value or (isinstance(x, list | tuple) and any(map(_holds_values, x)))


def _pairs(x: Any, n: int, lengths: bool = False) -> Any:
    """An option for both sides of n axes; lengths may be None."""
    if lengths and x is None:
        return [(None, None)] * n
    return np.broadcast_to(operand(x), (n, 2))


def _between(before: Any, array: Any, after: Any, axis: int) -> Any:
    """The array with borders, which are cast to its dtype."""
    borders = [fitted(border, array.dtype) for border in (before, after)]
    return np.concatenate([borders[0], array, borders[1]], axis)


def _border(x: Any, array: Any, axis: int, width: int) -> Any:
    shape = np.shape(array)
    return np.broadcast_to(x, (*shape[:axis], width, *shape[axis + 1 :]))


def _with_ends(array: Any, widths: Widths, mode: str, ends: Any) -> Any:
    """Borders that are constant, or that go straight from the edge to the given ends."""
    ends = _pairs(ends, np.ndim(array))
    for axis, pair in enumerate(widths):
        borders = []
        for side, width in enumerate(pair):
            if mode == "constant":
                borders.append(_border(ends[axis, side], array, axis, width))
                continue
            edge = array[along(axis, -side)]
            ramp = np.linspace(ends[axis, side], edge, width, False, dtype=array.dtype, axis=axis)
            borders.append(np.flip(ramp, axis) if side else ramp)
        array = _between(borders[0], array, borders[1], axis)
    return array


_STATISTICS: dict[str, Callable[..., Any]] = {
    "maximum": np.max,
    "mean": np.mean,
    "median": np.median,
    "minimum": np.min,
}


def _statistics(
    array: Any, axis: int, widths: tuple[int, int], statistic: Callable[..., Any], lengths: Any
) -> Any:
    """Borders that are a statistic of the elements next to them."""
    n = np.shape(array)[axis]
    borders = []
    for side, (width, length) in enumerate(zip(widths, lengths, strict=True)):
        length = n if length is None else min(int(length), n)
        if length < 0 or (not length and statistic in (np.max, np.min)):
            raise ArgumentError(
                "a stat_length of 1 or more", f"{length}", "None takes all the elements"
            )
        part = array[along(axis, slice(n - length, None) if side else slice(length))]
        found = statistic(part, axis=axis, keepdims=True)
        found = np.round(found) if array.dtype.kind in "iu" else found
        borders.append(_border(found, array, axis, width))
    return _between(borders[0], array, borders[1], axis)


def _oddly(array: Any, axis: int, places: np.ndarray, symmetric: bool) -> Any:
    """The function that is odd about both ends: x(-p) = 2 x(0) - x(p), and likewise on the right.

    Symmetric is about the edges of the first and last cell, x(-1 - p) = 2 x(0) - x(p). Twice
    reflected is moved by a period and raised by twice the difference of the ends.
    """
    n = np.shape(array)[axis]
    half = n if symmetric else n - 1
    periods, places = np.divmod(places, 2 * half)
    mirrored = places > n - 1
    places = np.where(mirrored, 2 * half - symmetric - places, places)
    column = (-1,) + (1,) * (np.ndim(array) - axis - 1)
    sign, first, last = (
        np.reshape(factor, column).astype(array.dtype)
        for factor in (1 - 2 * mirrored, -2 * periods, 2 * periods + 2 * mirrored)
    )
    found = sign * np.take(array, places, axis)
    for factor, end in ((first, slice(0, 1)), (last, slice(n - 1, n))):
        # Not 0 times an end, which may be infinite.
        found = found + np.where(factor == 0, 0, factor * array[along(axis, end)])
    return found


def _by_function(
    array: Any, widths: Widths, function: Callable[..., Any], options: dict[str, Any]
) -> Any:
    """A function that assigns the borders of every vector along every axis."""
    array = pad_row(array, pad_width=widths)
    for axis, width in enumerate(widths):
        moved = np.moveaxis(array, axis, -1)
        vectors = [np.copy(moved[index]) for index in np.ndindex(*np.shape(moved)[:-1])]
        for vector in vectors:
            function(vector, width, axis, options)
        if vectors:
            array = np.moveaxis(np.reshape(np.stack(vectors), np.shape(moved)), -1, axis)
    return array
