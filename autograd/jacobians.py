"""All derivatives at once: `jacobian` and `hessian`; and `hvp`, which is none of them."""

from collections.abc import Callable, Sequence
from functools import partial, wraps
from typing import Any

import numpy as np

from autograd.broadcast import data_of, dtype_of, is_finite
from autograd.containers import flatten, unflatten
from autograd.errors import ArgumentError
from autograd.holomorphy import ALONG_Y, OF_IMAGINARY, joined
from autograd.leading import stacked
from autograd.modes import current, no_grad
from autograd.runs import (
    Argnum,
    Graph,
    argument_at,
    as_argnums,
    floating,
    handed_out,
    name_of,
    roots_of,
    run_on_values,
)
from autograd.transforms import jvp, with_gradient
from autograd.value import Value
from autograd.vectorizing import vmap


def jacobian(
    f: Callable[..., Any],
    argnum: Argnum | None = None,
    *,
    argnums: Argnum | None = None,
    mode: str = "auto",
) -> Callable[..., Any]:
    """x -> J with J[o, i] = d f(x)[o] / d x[i], of shape f(x).shape + x.shape.

    Nested containers give the containers of the output, each leaf holding those of the argument.
    mode    "rev" sweeps for each element of the output, "fwd" for each element of the input, twice
            where it is complex, "auto" whichever are fewer; all of these sweeps run as one,
            vectorised by `vmap`. The result is the same.

    Of real x, complex outputs have complex derivatives; of z = x + iy, real outputs have
    df/dx - i df/dy, as in `grad`, and complex ones df/dz, which only a holomorphic function has:
    ArgumentError for any other, NaN under `jit` and inside `vmap`, where the numbers are not known
    yet. Warns where the output is plain data, which do not depend on the argument.

    >>> jacobian(lambda x: np.stack([x[0] * x[1], x[1]]))(np.array([2.0, 5.0]))
    array([[5., 2.],
           [0., 1.]])
    >>> jacobian(np.fft.fft)(np.array([1.0, 2.0]))
    array([[ 1.+0.j,  1.+0.j],
           [ 1.+0.j, -1.+0.j]])
    """
    numbers, alone = as_argnums(argnum, argnums)
    if mode not in ("auto", "rev", "fwd"):
        raise ArgumentError("mode 'auto', 'rev' or 'fwd'", repr(mode), "leave it out for 'auto'")
    return all_derivatives(f, numbers, alone, mode, warns=True)


def all_derivatives(
    f: Callable[..., Any],
    numbers: tuple[int, ...] = (0,),
    alone: bool = True,
    mode: str = "auto",
    warns: bool = False,
) -> Callable[..., Any]:
    """`jacobian` by the arguments `numbers`, of a function that may well be constant."""

    @wraps(f, assigned=("__name__", "__doc__"), updated=())
    def matrix(*args: Any, **kwargs: Any) -> Any:
        run = run_on_values(f, args, kwargs, numbers)
        roots = roots_of(run.output)
        graph = Graph(run, roots)
        leaves, structure = flatten(run.output)
        # A Value may well be constant: the derivative of a linear function is one.
        if warns and not any(type(y) is Value for y in leaves):
            graph.warn_if_detached(f)
        outputs = [floating(data_of(y)) for y in leaves]
        rows = sum(map(_coordinates, outputs))
        columns = sum(_coordinates(x._data) for x in run.inputs)
        if mode == "fwd" or (mode == "auto" and columns < rows):
            blocks = _by_columns(f, graph, roots, outputs)
        else:
            blocks = _by_rows(f, graph, roots, outputs)
        found = [unflatten(run.structure, row) for row in blocks]
        return unflatten(structure, [row[0] if alone else row for row in found])

    return matrix


# Up to here as many single sweeps are faster than the record of one that can be vectorised.
_FEW = 4


def _many(graph: Graph, sweep: Callable[..., Any], seeds: list[Any]) -> list[Any]:
    """The results of one sweep for every slice of the seeds, stacked along a first axis."""
    if len(seeds[0]) > _FEW:
        with np.errstate(all="ignore"):  # as in a single sweep, whose guard removes the infinities
            if graph.record or current().replayable:
                found = vmap(sweep)(seeds)
            else:
                with no_grad():
                    found = vmap(sweep)(seeds)
        if current().replayable or all(c is None or is_finite(c) for c in found):
            return found
    # Each by itself: faster for a few, and the guard of such a sweep knows all poles.
    rows = [sweep([x[i] for x in seeds]) for i in range(len(seeds[0]))]
    if len(rows) == 1:
        return [None if c is None else np.reshape(c, (1, *np.shape(c))) for c in rows[0]]
    return [None if c[0] is None else stacked(list(c), c[0]) for c in zip(*rows, strict=True)]


def _coordinates(x: Any) -> int:
    """How many real numbers `x` has: two for a complex one."""
    return np.size(x) * (2 if np.iscomplexobj(x) else 1)


def _units(likes: Sequence[Any], second: complex) -> list[Any]:
    """The unit vectors of the space of all these arrays together, stacked along a first axis.

    After those of a complex array come the same vectors times `second`.
    """
    counts = [_coordinates(x) for x in likes]
    total, start, found = sum(counts), 0, []
    for x, count in zip(likes, counts, strict=True):
        size = np.size(x)
        block = np.zeros((total, size), dtype_of(x))
        block[start : start + size] = np.eye(size)
        if count > size:
            block[start + size : start + count] = second * np.eye(size)
        found.append(block.reshape(total, *np.shape(x)))
        start += count
    return found


def _section(
    f: Callable[..., Any], found: Any, start: int, seeded: Any, other: Any, second: complex
) -> Any:
    """What the sweeps seeded with the units of the array `seeded`, from `start` on, have found."""
    n = np.size(seeded)
    first = found if n == len(found) else found[start : start + n]
    if not np.iscomplexobj(seeded):
        return first
    turned = found[start + n : start + 2 * n]
    return joined(f, first, turned, second, to_complex=np.iscomplexobj(other), rows=n)


def _shaped(block: Any, y: Any, x: Value, given: Any) -> Any:
    """A block of derivatives of the output y by the input x, in the precision of x."""
    like, shape = x._data, (*np.shape(y), *x.shape)
    dtype = np.result_type(dtype_of(like), np.complex64) if np.iscomplexobj(y) else dtype_of(like)
    block = np.zeros(shape, dtype) if block is None else np.reshape(block, shape)
    if block.dtype != dtype:
        block = block.astype(dtype)
    if type(like) is float and shape == () and type(block) is not Value and dtype.kind != "c":
        block = float(block)
    return handed_out(block, like, given, set())


def _by_rows(
    f: Callable[..., Any], graph: Graph, roots: Sequence[Value | None], outputs: list[Any]
) -> list[list[Any]]:
    """A pullback for each element of the outputs."""
    run = graph.run
    live = [y for y, root in zip(outputs, roots, strict=True) if root is not None]
    units = _units(live, OF_IMAGINARY)
    columns: list[Any] = [None] * len(run.inputs)
    if units and len(units[0]):
        columns = _many(graph, graph.pull, units)
    blocks, start = [], 0
    for y, root in zip(outputs, roots, strict=True):
        row = []
        for c, x, given in zip(columns, run.inputs, run.given, strict=True):
            part = None
            if root is not None and c is not None:
                part = _section(f, c, start, y, x._data, OF_IMAGINARY)
            row.append(_shaped(part, y, x, given))
        start += 0 if root is None else _coordinates(y)
        blocks.append(row)
    return blocks


def _by_columns(
    f: Callable[..., Any], graph: Graph, roots: Sequence[Value | None], outputs: list[Any]
) -> list[list[Any]]:
    """A pushforward for each element of the inputs."""
    run = graph.run
    units = _units([x._data for x in run.inputs], ALONG_Y)
    moved: list[Any] = [None] * len(roots)
    if units and len(units[0]):
        moved = _many(graph, partial(graph.push, roots), units)
    blocks: list[list[Any]] = []
    for y, t in zip(outputs, moved, strict=True):
        start, row = 0, []
        for x, given in zip(run.inputs, run.given, strict=True):
            part = None
            if t is not None:
                part = np.moveaxis(_section(f, t, start, x._data, y, ALONG_Y), 0, -1)
            start += _coordinates(x._data)
            row.append(_shaped(part, y, x, given))
        blocks.append(row)
    return blocks


def hessian(
    f: Callable[..., Any], argnum: Argnum | None = None, *, argnums: Argnum | None = None
) -> Callable[..., Any]:
    """x -> H with H[i, j] = d²f / dx[i] dx[j] of a scalar function, of shape x.shape + x.shape.

    Of an array it is jacobian(jacobian(f)), of shape f(x).shape + x.shape + x.shape. Warns as
    `jacobian` does.

    >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 3.0]))
    array([[6., 2.],
           [2., 0.]])
    """
    numbers, alone = as_argnums(argnum, argnums)
    return all_derivatives(all_derivatives(f, numbers, alone, warns=True), numbers, alone)


def hvp(f: Callable[..., Any], *args: Any, argnum: int = 0) -> Any:
    """H v without H: the derivative of the gradient in the direction v, at about the cost of grad.

    hvp(f)(x, v) or hvp(f, x, v): the arguments of f, then v in the containers and shapes of the
    argument `argnum`.

    >>> hvp(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 3.0]), np.array([1.0, 0.0]))
    array([6., 2.])
    """
    numbers, alone = as_argnums(argnum, None)
    if not alone:
        raise ArgumentError(
            "the number of one argument for hvp",
            f"argnum={argnum!r}",
            "put the arguments in one tuple: f takes it, and the vector is such a tuple",
        )
    with_slope = with_gradient(f, numbers, alone, False, "hvp")

    def product(*args: Any, **kwargs: Any) -> Any:
        if len(args) < 2:
            raise ArgumentError(
                f"the arguments of {name_of(f)}, then the vector",
                f"{len(args)} arguments",
                "call hvp(f)(x, v)",
            )
        *points, vector = args
        at = argument_at(f, points, numbers[0])

        def gradient(x: Any) -> Any:
            replaced = list(points)
            replaced[numbers[0]] = x
            return with_slope(*replaced, **kwargs)[1]

        return jvp(gradient, (at,), (vector,))[1]

    return product(*args) if args else product
