"""All derivatives at once: `jacobian` and `hessian`; and `hvp`, which is none of them."""

from collections.abc import Callable, Sequence
from functools import partial, wraps
from typing import Any

import numpy as np

from autograd.broadcast import data_of, dtype_of, is_finite
from autograd.containers import flatten, unflatten
from autograd.errors import ArgumentError
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
from autograd.transforms import grad, jvp
from autograd.value import Value
from autograd.vectorizing import vmap


def jacobian(
    f: Callable[..., Any],
    argnum: Argnum = 0,
    *,
    argnums: Argnum | None = None,
    mode: str = "auto",
) -> Callable[..., Any]:
    """x -> J with J[o, i] = d f(x)[o] / d x[i], of shape f(x).shape + x.shape.

    Nested containers give the containers of the output, each leaf holding those of the argument.
    mode    "rev" sweeps for each element of the output, "fwd" for each element of the input, "auto"
            whichever are fewer; all of these sweeps run as one, vectorised by `vmap`.

    >>> jacobian(lambda x: np.stack([x[0] * x[1], x[1]]))(np.array([2.0, 5.0]))
    array([[5., 2.],
           [0., 1.]])
    """
    numbers, alone = as_argnums(argnum, argnums)
    if mode not in ("auto", "rev", "fwd"):
        raise ArgumentError("mode 'auto', 'rev' or 'fwd'", repr(mode), "leave it out for 'auto'")

    @wraps(f, assigned=("__name__", "__doc__"), updated=())
    def matrix(*args: Any, **kwargs: Any) -> Any:
        run = run_on_values(f, args, kwargs, numbers)
        roots = roots_of(run.output)
        graph = Graph(run, roots)
        leaves, structure = flatten(run.output)
        outputs = [floating(data_of(y)) for y in leaves]
        rows = sum(np.size(y) for y in outputs)
        columns = sum(x.size for x in run.inputs)
        if mode == "fwd" or (mode == "auto" and columns < rows):
            blocks = _by_columns(graph, roots, outputs)
        else:
            blocks = _by_rows(graph, roots, outputs)
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
    return [None if c[0] is None else stacked(list(c), c[0]) for c in zip(*rows, strict=True)]


def _units(likes: Sequence[Any]) -> list[Any]:
    """Every unit vector of the space of all these arrays together, stacked along a first axis."""
    sizes = [np.size(x) for x in likes]
    total, start, found = sum(sizes), 0, []
    for x, size in zip(likes, sizes, strict=True):
        block = np.zeros((total, size), dtype_of(x))
        block[start : start + size] = np.eye(size)
        found.append(block.reshape(total, *np.shape(x)))
        start += size
    return found


def _shaped(block: Any, shape: tuple[int, ...], given: Any, like: Any) -> Any:
    block = np.zeros(shape, dtype_of(like)) if block is None else np.reshape(block, shape)
    if type(like) is float and shape == () and type(block) is not Value:
        block = float(block)
    return handed_out(block, like, given, set())


def _by_rows(graph: Graph, roots: Sequence[Value | None], outputs: list[Any]) -> list[list[Any]]:
    """A pullback for each element of the outputs."""
    run = graph.run
    live = [y for y, root in zip(outputs, roots, strict=True) if root is not None]
    units = _units(live)
    columns: list[Any] = [None] * len(run.inputs)
    if units and len(units[0]):
        columns = _many(graph, graph.pull, units)
    blocks, start = [], 0
    for y, root in zip(outputs, roots, strict=True):
        rows = slice(start, start + np.size(y))
        start += 0 if root is None else np.size(y)
        blocks.append(
            [
                _shaped(
                    None if root is None or c is None else c[rows],
                    (*np.shape(y), *x.shape),
                    given,
                    x._data,
                )
                for c, x, given in zip(columns, run.inputs, run.given, strict=True)
            ]
        )
    return blocks


def _by_columns(graph: Graph, roots: Sequence[Value | None], outputs: list[Any]) -> list[list[Any]]:
    """A pushforward for each element of the inputs."""
    run = graph.run
    units = _units([x._data for x in run.inputs])
    moved: list[Any] = [None] * len(roots)
    if units and len(units[0]):
        moved = _many(graph, partial(graph.push, roots), units)
    blocks: list[list[Any]] = []
    for y, t in zip(outputs, moved, strict=True):
        start, row = 0, []
        for x, given in zip(run.inputs, run.given, strict=True):
            part = None if t is None else np.moveaxis(t[start : start + x.size], 0, -1)
            start += x.size
            row.append(_shaped(part, (*np.shape(y), *x.shape), given, x._data))
        blocks.append(row)
    return blocks


def hessian(
    f: Callable[..., Any], argnum: Argnum = 0, *, argnums: Argnum | None = None
) -> Callable[..., Any]:
    """x -> H with H[i, j] = d²f / dx[i] dx[j] of a scalar function, of shape x.shape + x.shape.

    >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 3.0]))
    array([[6., 2.],
           [2., 0.]])
    """
    return jacobian(grad(f, argnum, argnums=argnums), argnum, argnums=argnums)


def hvp(f: Callable[..., Any], *args: Any, argnum: int = 0) -> Any:
    """H v without H: the derivative of the gradient in the direction v, at about the cost of grad.

    hvp(f)(x, v) or hvp(f, x, v): the arguments of f, then v in the containers and shapes of the
    argument `argnum`.

    >>> hvp(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 3.0]), np.array([1.0, 0.0]))
    array([6., 2.])
    """

    def product(*args: Any, **kwargs: Any) -> Any:
        if len(args) < 2:
            raise ArgumentError(
                f"the arguments of {name_of(f)}, then the vector",
                f"{len(args)} arguments",
                "call hvp(f)(x, v)",
            )
        *points, vector = args
        at = argument_at(f, points, argnum)

        def gradient(x: Any) -> Any:
            replaced = list(points)
            replaced[argnum] = x
            return grad(f, argnum)(*replaced, **kwargs)

        return jvp(gradient, (at,), (vector,))[1]

    return product(*args) if args else product
