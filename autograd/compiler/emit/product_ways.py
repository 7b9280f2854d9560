"""Small matrix products: in which order the loops run, and what each way costs.

Three ways to put a product into lanes: the columns of the result (`b` read row by row), its rows
(the same for the transposed product), or the sum over k (each element of the result a dot product).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

PACKED_BYTES = 1 << 18
# Of one matrix after another, so many bytes are surely still in a near cache.
_KEPT_BYTES = 1 << 18
# Fewer rows than this leave the units that multiply waiting for what they began.
_FEW_ROWS = 6
_MOST_ROWS = 12


class Axis(NamedTuple):
    """A loop around a product: how far a, b and the result move; out = 0 where it is a sum."""

    length: int
    a: int
    b: int
    out: int


@dataclass(frozen=True)
class Product:
    """out[i, j] (+)= Σ a[i, at] b[at, j], strides in elements; loops around."""

    m: int
    n: int
    k: int
    a: tuple[int, int]
    b: tuple[int, int]
    out: tuple[int, int]
    dtype: np.dtype[Any]
    accumulate: bool = False
    loops: tuple[Axis, ...] = ()

    def transposed(self) -> "Product":
        """outᵀ = bᵀ aᵀ."""
        return replace(
            self,
            m=self.n,
            n=self.m,
            a=self.b[::-1],
            b=self.a[::-1],
            out=self.out[::-1],
            loops=tuple(Axis(x.length, x.b, x.a, x.out) for x in self.loops),
        )


@dataclass(frozen=True)
class Way:
    """How a product is computed.

    p          the product, or its transpose where `swapped`.
    by_sums    lanes go along the sum; else along the columns of the result.
    outside    loops around everything, along which b may move.
    inside     loops in there, along which it does not: b is put in order before they begin.
    rows       loops over further rows, all of which a block of the result in registers has.
    summed     further loops of the sum, inside which such a block stays in registers.
    """

    p: Product
    swapped: bool
    by_sums: bool
    outside: tuple[Axis, ...]
    inside: tuple[Axis, ...]
    rows: tuple[Axis, ...]
    summed: tuple[Axis, ...]
    cost: float

    @property
    def in_memory(self) -> bool:
        """Whether sums go on from what memory holds."""
        return any(not x.out for x in (*self.outside, *self.inside))

    @property
    def depth(self) -> int:
        """The number of terms of a sum that is formed in registers."""
        return self.p.k * math.prod(x.length for x in self.summed)


def chosen_way(p: Product, vector_bytes: int, least_rows: int = 0) -> Way:
    """The cheapest way; its cost, in cycles, is infinite if b has to be copied first.

    least_rows    of the product that is computed, or of its transpose, for threads to share them.
    """
    full = vector_bytes // p.dtype.itemsize
    options = [_by_columns(p, full, False)]
    if p.n >= least_rows:
        options.append(_by_columns(p.transposed(), full, True))
    if (p.a[1] == 1 or p.k == 1) and (p.b[0] == 1 or p.k == 1):
        options.append(_by_sums(p, full))
    return min(options, key=lambda way: way.cost)


def _by_sums(p: Product, full: int) -> Way:
    summed, rest = _in_registers(p)
    times = math.prod(x.length for x in rest)
    vectors = -(-p.k // full) * math.prod(x.length for x in summed)
    loads = 0.1 if p.m > 1 and p.n > 1 else 1.0
    cost = times * p.m * p.n * (vectors * (1 + loads) + 4)
    return Way(p, False, True, rest, (), (), summed, cost)


def _by_columns(p: Product, full: int, swapped: bool) -> Way:
    summed, rest = _in_registers(p)
    inside = [x for x in rest if not x.b]
    outside = [x for x in rest if x.b]
    rows: list[Axis] = []
    here = _blocking(p, full)[0]
    for x in sorted(inside, key=lambda x: abs(x.a)):
        if here < _FEW_ROWS and x.out and here * x.length <= _MOST_ROWS:
            rows.append(x)
            inside.remove(x)
            here *= x.length
    way = Way(p, swapped, False, tuple(outside), tuple(inside), tuple(rows), summed, 0)
    return replace(way, cost=_columns_cost(way, full))


def _in_registers(p: Product) -> tuple[tuple[Axis, ...], tuple[Axis, ...]]:
    """Loops of the sum for which caches keep what they come back to; and the other loops."""
    rows, columns = [(p.m, p.a[0]), (p.k, p.a[1])], [(p.k, p.b[0]), (p.n, p.b[1])]
    chosen: list[Axis] = []
    for x in sorted((x for x in p.loops if not x.out), key=lambda x: abs(x.a) + abs(x.b)):
        rows.append((x.length, x.a))
        columns.append((x.length, x.b))
        if max(_span(rows), _span(columns)) * p.dtype.itemsize > _KEPT_BYTES:
            break
        chosen.insert(0, x)
    return tuple(chosen), tuple(x for x in p.loops if x not in chosen)


def _span(axes: Sequence[tuple[int, int]]) -> int:
    """How many elements there are, or lie between the first and the last if those are fewer."""
    apart = sum((n - 1) * abs(step) for n, step in axes) + 1
    return min(apart, math.prod(n for n, step in axes if step))


def block(way: Way, full: int) -> tuple[int, int]:
    """How many rows of `p`, and of lanes across, are held in registers."""
    return _blocking(way.p, full, math.prod(x.length for x in way.rows))


def lanes_of(p: Product, full: int) -> int:
    """Lanes along the columns: no more than are of use."""
    return min(full, 1 << max(p.n - 1, 0).bit_length())


def _blocking(p: Product, full: int, further: int = 1) -> tuple[int, int]:
    # There are 32 registers of 64 bytes, and 16 narrower ones; some hold what is multiplied.
    room = 24 if full * p.dtype.itemsize > 32 else 12
    across = -(-p.n // lanes_of(p, full))
    vectors = min(across, max(1, min(4 if p.m * further > 2 else 8, room // further)))
    if across > vectors:
        # Equal shares leave no thin rest.
        vectors = -(-across // -(-across // vectors))
    rows = min(p.m, max(1, room // vectors // further), _MOST_ROWS)
    rows = -(-p.m // -(-p.m // rows)) if p.m else 1
    return rows, vectors


def _columns_cost(way: Way, full: int) -> float:
    p, k = way.p, way.depth
    lanes = lanes_of(p, full)
    across = -(-p.n // lanes)
    further = math.prod(x.length for x in way.rows)
    rows, _ = block(way, full)
    times = math.prod(x.length for x in (*way.outside, *way.inside)) * further
    cost = times * (p.m * k * across * (1 + 1 / max(rows * further, 1)) + p.m * across)
    if p.b[1] != 1 and p.n > 1:
        if k * across * lanes * p.dtype.itemsize > PACKED_BYTES:
            return math.inf
        packed = k * across * lanes * (0.5 if p.b[0] == 1 else 2)
        cost += math.prod(x.length for x in way.outside) * packed
    if p.out[1] != 1 and p.n > 1:
        # Lane by lane, which is much text as well.
        cost += times * p.m * p.n * 4 + 1000
    return cost
