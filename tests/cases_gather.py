"""Cases for indices that are arguments: what the plain calls of NumPy reach only while traced."""

from typing import Any

import numpy as np
from cases import Case, array

from autograd.op import apply
from autograd.ops import gather

_I = np.array([2, 0, 2])
_PAIRS: list[tuple[str, tuple[Any, ...]]] = [
    ("one", (gather.TRACED,)),
    ("second", (slice(None), gather.TRACED)),
    ("with a slice", (gather.TRACED, slice(0, 2))),
    ("with None", (None, gather.TRACED)),
]


def _at(x: Any, index: Any) -> Any:
    return apply(gather.at, (x, _I), {"index": index})


def _back_at(g: Any, index: Any) -> Any:
    return apply(gather.back_at, (g, _I), {"index": index, "shape": (3, 3)})


CASES = [
    *(
        Case(f"gather {name}", gather.at, lambda x, i=index: _at(x, i), (array(3, 3),), True)
        for name, index in _PAIRS
    ),
    *(
        Case(
            f"scatter_add {name}",
            gather.back_at,
            lambda g, i=index: _back_at(g, i),
            (np.asarray(array(3, 3)[tuple(_I if p is gather.TRACED else p for p in index)]),),
            True,
        )
        for name, index in _PAIRS
    ),
    *(
        Case(
            f"put_along_axis {name}",
            gather.back_along,
            lambda g, i=indices, a=axis: apply(
                gather.back_along, (g, i), {"axis": a, "shape": (3, 3)}
            ),
            (array(*np.broadcast_shapes(indices.shape, (1, 3) if axis == 0 else (3, 1))),),
            True,
        )
        for name, indices, axis in (
            ("once", np.array([[2], [0], [0]]), 1),
            ("twice", np.array([[2, 2, 1], [0, 1, 0]]), 0),
        )
    ),
]
