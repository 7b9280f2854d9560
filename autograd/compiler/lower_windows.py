"""Products with what sliding windows see: read where it lies, for no copy of the windows is made.

The windows of a convolution overlap, so that a matrix of them has several times the elements of the
image. As axes apart they need no memory: x[c, y + u, x + v] is an array with strides, and

    y[o, (y, x)] = Σ_{c, u, v} W[o, (c, u, v)] x[c, y + u, x + v]

is a sum over u and v of products of matrices, whose columns are whole rows of the image one after
another: between them lie the few columns of its border, which are computed too and never read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from autograd.compiler import views
from autograd.compiler.building import Builder, contiguous_access
from autograd.compiler.loops import contiguous
from autograd.compiler.nodes import Access, Elementwise, Product

# So much more than what is asked for may be computed.
_MOST_WORK = 1.5
# Fewer elements in a row are no use to the lanes of a CPU.
_FEW = 8


class _Along(NamedTuple):
    """An axis of a product: its length, and how far the left and the right factor move."""

    length: int
    a: int
    b: int


@dataclass(frozen=True)
class _Seen:
    """A factor as axes apart: of every axis of it (length, stride), the outermost first."""

    source: Access
    axes: list[list[tuple[int, int]]]


def product_of_windows(b: Builder, x: Access, w: Access) -> Access | None:
    """x @ w where one of them was copied from windows that overlap; None where neither was."""
    turned = _windows_of(x) is not None
    if turned:
        x, w = transposed(w), transposed(x)
    seen = _windows_of(w)
    if seen is None:
        return None
    left = _Seen(x, [[(n, s)] if n != 1 else [] for n, s in zip(x.shape, x.strides, strict=True)])
    *batch, terms = (
        _refined(p, q)
        for p, q in zip([*left.axes[:-2], left.axes[-1]], seen.axes[:-1], strict=True)
    )
    if terms is None or any(axes is None for axes in batch):
        return None
    around = [axis for axes in batch for axis in axes or ()]
    found = _product(b, left, seen, around, terms)
    if found is None:
        return None
    found = contiguous_access(b.copy(found).node, (*x.shape[:-1], w.shape[-1]))
    return transposed(found) if turned else found


def transposed(x: Access) -> Access:
    """The last two axes in the other order."""
    n = len(x.shape)
    return views.permuted(x, [*range(n - 2), n - 1, n - 2])


def _windows_of(x: Access) -> _Seen | None:
    """What a copy was made of, as axes; None unless elements come several times in it."""
    node = x.node
    if not isinstance(node, Elementwise) or node.function != "copy" or x.offset:
        return None
    source = node.arguments[0]
    if not isinstance(source, Access) or not views.overlaps_itself(source):
        return None
    if 0 in [s for n, s in zip(source.shape, source.strides, strict=True) if n != 1]:
        return None
    own = [
        (step, n, stride)
        for step, n, stride in zip(contiguous(node.shape), node.shape, source.strides, strict=True)
        if n != 1
    ]
    axes = []
    for n, step in zip(x.shape, x.strides, strict=True):
        parts: list[tuple[int, int]] = []
        while n != 1 and step:
            place = next((row for row in own if row[0] == step and n % row[1] == 0), None)
            if place is None:
                return None
            own.remove(place)
            parts.insert(0, (place[1], place[2]))
            n, step = n // place[1], step * place[1]
        axes.append(parts if n == 1 else [(n, 0)])
    return _Seen(source, axes)


def _refined(
    left: Sequence[tuple[int, int]], right: Sequence[tuple[int, int]]
) -> list[_Along] | None:
    """The same axis of two factors, cut into parts that both of them have."""
    p, q = list(left), list(right)
    out: list[_Along] = []
    while p and q:
        (n, s), (m, t) = p.pop(), q.pop()
        part = min(n, m)
        if n % part or m % part:
            return None
        out.insert(0, _Along(part, s, t))
        if n > part:
            p.append((n // part, s * part))
        if m > part:
            q.append((m // part, t * part))
    return None if p or q else out


def _product(
    b: Builder, left: _Seen, right: _Seen, around: list[_Along], terms: list[_Along]
) -> Access | None:
    """The product as axes (around, rows, columns), each as the factors have them."""
    rows = [_Along(n, s, 0) for n, s in left.axes[-2]]
    columns = [_Along(n, 0, s) for n, s in right.axes[-1]]
    if not rows or not columns or not terms:
        return None
    lengths = [x.length for x in (*around, *rows, *columns)]
    sizes = list(lengths)
    flat = _joined(columns)
    if flat is not None and len(columns) > 1:
        # In memory the rows of an image lie as far apart as those of what the windows see.
        sizes[-1] = columns[-2].b
    elif flat is None and not any(map(_in_rows, terms)):
        return None
    steps = contiguous(sizes)
    first, second = len(around), len(around) + len(rows)
    i = max(range(len(rows)), key=lambda i: rows[i].length)
    if flat is not None:
        j, column, apart = len(columns) - 1, flat, list(range(len(columns) - 2))
    else:
        j = max(range(len(columns)), key=lambda j: columns[j].length)
        column, apart = columns[j], [x for x in range(len(columns)) if x != j]
    k = max(
        range(len(terms)),
        key=lambda k: (_in_rows(terms[k]), terms[k].length, -abs(terms[k].b)),
    )
    loops = [(x, steps[n]) for n, x in enumerate(around)]
    loops += [(x, steps[first + n]) for n, x in enumerate(rows) if n != i]
    loops += [(columns[n], steps[second + n]) for n in apart]
    summed = tuple(range(len(loops), len(loops) + len(terms) - 1))
    loops += [(x, 0) for n, x in enumerate(terms) if n != k]
    batch = tuple(x.length for x, _ in loops)
    a = Access(
        left.source.node,
        (*batch, rows[i].length, terms[k].length),
        (*(x.a for x, _ in loops), rows[i].a, terms[k].a),
        left.source.offset,
    )
    c = Access(
        right.source.node,
        (*batch, terms[k].length, column.length),
        (*(x.b for x, _ in loops), terms[k].b, column.b),
        right.source.offset,
    )
    out = (*(step for _, step in loops), steps[first + i], steps[second + j])
    node = b.add(Product(tuple(sizes), a.dtype, a, c, batch, out, summed))
    return Access(node, tuple(lengths), steps)


def _in_rows(x: _Along) -> bool:
    """Whether lanes can go along an axis of the sum."""
    return x.a == 1 == x.b and x.length >= _FEW


def _joined(columns: list[_Along]) -> _Along | None:
    """The last two axes as one that runs over what lies between; None where that is no use."""
    *_, inner = columns
    if inner.b != 1:
        return None
    count = inner.length
    if len(columns) > 1:
        outer = columns[-2]
        count += (outer.length - 1) * outer.b
        if outer.b < inner.length or count > _MOST_WORK * outer.length * inner.length:
            return None
    return _Along(count, 0, 1) if count >= _FEW else None


def sum_over_first(b: Builder, x: Access, axes: Sequence[int]) -> Access | None:
    """The sum of such a product over its first axes as one product; None where it is none."""
    copy = x.node
    if not isinstance(copy, Elementwise) or copy.function != "copy" or not x.is_whole:
        return None
    seen = copy.arguments[0]
    if not isinstance(seen, Access) or not isinstance(seen.node, Product) or not seen.node.summed:
        return None
    node, number = seen.node, len(axes)
    if tuple(axes) != tuple(range(number)) or not seen.is_whole or not number:
        return None
    if node.shape[:number] != x.shape[:number] or node.batch[:number] != x.shape[:number]:
        return None
    if node.out[:number] != contiguous(node.shape)[:number]:
        return None
    out = (*(0 for _ in axes), *node.out[number:])
    summed = (*range(number), *node.summed)
    new = b.add(Product(node.shape[number:], node.dtype, node.a, node.b, node.batch, out, summed))
    return contiguous_access(b.copy(new.whole()).node, x.shape[number:])
