"""What builds, edits, selects and interpolates: every bad call says what was wrong."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from cases import array

from autograd import Value
from autograd import errors as E
from autograd.modes import replayable
from autograd.ops.window import as_strided
from autograd.value import detached

X, V = array(2, 3), array(3, seed=2)

L: Any = Value(V, name="leaf")
TABLE: Any = Value(X)
WHOLE: Any = Value(np.array([1, 2, 3]), requires_grad=False)
WRONG: Any = "no"
MANY: Any = 3
LIST: Any = [1, 2, 3]
SUM: Any = np.sum


def traced(f: Callable[[Any], Any]) -> Callable[[], Any]:
    def call() -> Any:
        with replayable():
            return f(detached(V))

    return call


BAD: list[tuple[Callable[[], Any], type[E.AutogradError], list[str]]] = [
    (lambda: np.diff(L, -1), E.ArgumentError, ["n=-1"]),
    (lambda: np.diff(L[0]), E.ShapeError, ["diff", "float64 ()"]),
    (lambda: np.ediff1d(L, to_end=1j), E.DTypeError, ["to_end", "1j"]),
    (lambda: np.gradient(L[:2], edge_order=2), E.ShapeError, ["3", "float64 (2,)"]),
    (lambda: np.gradient(L, edge_order=MANY), E.ArgumentError, ["edge_order"]),
    (lambda: np.gradient(L, 1.0, 2.0), E.ArgumentError, ["axis="]),
    (lambda: np.gradient(L, np.ones(4)), E.ShapeError, ["length 3", "float64 (4,)"]),
    (lambda: np.interp(L, np.ones(3), np.ones(4)), E.ShapeError, ["interp", "(3,)", "(4,)"]),
    (lambda: np.interp(L, [], []), E.ShapeError, ["not empty"]),
    (lambda: np.interp(L, L, L, period=0.0), E.ArgumentError, ["period"]),
    (lambda: np.interp(L * 1j, V, V), E.DTypeError, ["complex128"]),
    (lambda: np.linspace(L, 1.0, -1), E.ArgumentError, ["num=-1"]),
    (lambda: np.geomspace(L * 0, 1.0), E.ArgumentError, ["start", "linspace"]),
    (lambda: np.meshgrid(L, indexing=WRONG), E.ArgumentError, ["'no'"]),
    (lambda: np.ix_(L, TABLE), E.ShapeError, ["ix_", "(2, 3)"]),
    (lambda: np.vander(TABLE), E.ShapeError, ["vander", "(2, 3)"]),
    (lambda: np.block([L, [L]]), E.ArgumentError, ["depth", "brackets"]),
    (lambda: np.block([L, (L, L)]), E.ArgumentError, ["tuple", "list"]),
    (lambda: np.resize(L, (2, -1)), E.ShapeError, ["(2, -1)"]),
    (lambda: np.select([V > 0], [L, L]), E.ArgumentError, ["1 conditions, 2 choices"]),
    (lambda: np.select([V], [L]), E.DTypeError, ["booleans"]),
    (lambda: np.choose([0, 2], [L[:2], 1.0]), E.IndexingError, ["0 to 1", "0 to 2"]),
    (lambda: np.choose([-1, 0], [L[:2], 1.0]), E.IndexingError, ["-1 to 0"]),
    (lambda: np.choose([0], [L], mode=WRONG), E.ArgumentError, ["'no'"]),
    (lambda: np.piecewise(L, [V > 0], LIST), E.ArgumentError, ["1 or 2 functions"]),
    (lambda: np.apply_along_axis(SUM, 0, L[:, None][:, :0]), E.ShapeError, ["one vector"]),
    (lambda: np.apply_over_axes(lambda a, i: a.ravel()[0], TABLE, 0), E.ShapeError, ["2 axes"]),
    (lambda: np.insert(L, 7, 1.0), E.IndexingError, ["insert", "7"]),
    (lambda: np.insert(L, 1, 1j), E.DTypeError, ["float64", "complex128"]),
    (lambda: np.insert(WHOLE, 1, L[0]), E.DTypeError, ["int64"]),
    (lambda: np.delete(L, 8), E.IndexingError, ["delete", "8"]),
    (lambda: np.trim_zeros(L, WRONG), E.ArgumentError, ["'no'"]),
    (traced(lambda v: np.trim_zeros(v)), E.ConversionError, ["traced"]),
    (lambda: np.put(L, [0], 1.0), E.AssignmentError, ["leaf: float64 (3,)", "copy()"]),
    (lambda: np.put(L * 1, [3], 1.0), E.IndexingError, ["-3 to 2", "clip"]),
    (lambda: np.put(np.zeros(3), [0], L[0]), E.AssignmentError, ["plain array", "Value"]),
    (lambda: np.copyto(np.zeros(3), L), E.AssignmentError, ["plain array"]),
    (lambda: np.full_like(np.zeros(3), L[0]), E.AssignmentError, ["np.broadcast_to"]),
    (lambda: np.copyto(L * 1, 1j), E.DTypeError, ["same_kind"]),
    (lambda: np.copyto(WHOLE, L), E.DTypeError, ["int64", "same_kind"]),
    (lambda: np.place(L * 1, V > 0, []), E.ArgumentError, ["none"]),
    (lambda: np.place(L * 1, [True], [1.0]), E.ShapeError, ["(3,)", "bool (1,)"]),
    (lambda: np.put_along_axis(TABLE * 1, np.arange(2), 1.0, 0), E.ShapeError, ["expand_dims"]),
    (lambda: np.fill_diagonal(L * 1, 1.0), E.ShapeError, ["matrix"]),
    (lambda: np.pad(L, 1, "empty"), E.UnsupportedError, ["empty", "memory"]),
    (lambda: np.pad(L, -1), E.ArgumentError, ["-1"]),
    (lambda: np.pad(L, 1, WRONG), E.ArgumentError, ["'no'", "reflect"]),
    (lambda: np.pad(L, 1, "edge", stat_length=1), E.ArgumentError, ["stat_length"]),
    (lambda: np.pad(L[:0], 1, "edge"), E.ShapeError, ["constant"]),
    (lambda: np.pad(L, 1, "maximum", stat_length=0), E.ArgumentError, ["stat_length", "0"]),
    (lambda: np.concatenate([L, L], dtype=int), E.DTypeError, ["int64", "same_kind"]),
    (lambda: np.concatenate([L, L], 0, np.zeros(6)), E.UnsupportedError, ["out="]),
    (lambda: np.vdot(L, V[:1]), E.ShapeError, ["vdot", "(1,)"]),
    (lambda: np.linalg.outer(TABLE, L), E.ShapeError, ["np.outer"]),
    (lambda: np.cross(L, np.ones(4)), E.ShapeError, ["2 or 3", "(4,)"]),
    (lambda: np.linalg.cross(L, np.ones(2)), E.ShapeError, ["three"]),
    (lambda: np.einsum("i,i", L, L, dtype=int), E.DTypeError, ["int64", "unsafe"]),
    (lambda: np.einsum("ij", L), E.ShapeError, ["einsum"]),
    (lambda: np.roots(TABLE), E.ShapeError, ["roots", "(2, 3)"]),
    (lambda: np.poly(TABLE), E.ShapeError, ["square", "(2, 3)"]),
    (lambda: np.polyder(L, -1), E.ArgumentError, ["m=-1"]),
    (lambda: np.polyint(L, 3, k=[1.0, 2.0]), E.ShapeError, ["3"]),
    (lambda: np.polyfit(L, V, -1), E.ArgumentError, ["deg=-1"]),
    (lambda: np.polyfit(L, V[:2], 1), E.ShapeError, ["(3,)", "(2,)"]),
    (lambda: np.polyfit(L, V, 2, cov=True), E.ArgumentError, ["unscaled"]),
    (lambda: np.polyfit(L, V, 1, w=V[:2]), E.ShapeError, ["weight"]),
    (lambda: as_strided(L, (4,), (8,)), E.ShapeError, ["(4,)", "(8,)"]),
    (
        lambda: np.lib.stride_tricks.sliding_window_view(L, (1, 1)),
        E.ShapeError,
        ["(1, 1)", "float64 (3,)"],
    ),
]


@pytest.mark.parametrize(("call", "kind", "words"), BAD, ids=range(len(BAD)))
def test_a_bad_call_says_what_was_wrong(call: Any, kind: type[E.AutogradError], words: list[str]):
    with pytest.raises(kind) as caught:
        call()
    for word in words:
        assert word in str(caught.value)
    assert all(caught.value.args)
