"""All derivatives at once: `jacobian` and `hessian`; and `hvp`, which is none of them."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import numpy as np

from autograd.broadcast import data_of, match
from autograd.containers import flatten, unflatten
from autograd.errors import ArgumentError
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


def jacobian(
    f: Callable[..., Any],
    argnum: Argnum = 0,
    *,
    argnums: Argnum | None = None,
    mode: str = "auto",
) -> Callable[..., Any]:
    """x -> J with J[o, i] = d f(x)[o] / d x[i], of shape f(x).shape + x.shape.

    Nested containers give the containers of the output, each leaf holding those of the argument.
    mode    "rev" sweeps once per element of the output, "fwd" once per element of the input, "auto"
            whichever are fewer.

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


def _one_hot(like: Any, position: int) -> Any:
    unit = np.zeros(np.size(like), np.asarray(like).dtype)
    unit[position] = 1
    return match(unit.reshape(np.shape(like))[()], like)


def _joined(slices: list[Any], shape: tuple[int, ...], axis: int, given: Any, like: Any) -> Any:
    if not slices:
        return np.zeros(shape, np.asarray(like).dtype)
    if not shape:
        return handed_out(slices[0], like, given, set())
    joined = np.reshape(np.stack(slices, axis=axis), shape)
    return handed_out(joined, like, given, set())


def _by_rows(graph: Graph, roots: Sequence[Value | None], outputs: list[Any]) -> list[list[Any]]:
    """One pullback per element of the outputs."""
    run = graph.run
    blocks = []
    for number, y in enumerate(outputs):
        columns: list[list[Any]] = [[] for _ in run.inputs]
        for position in range(np.size(y)):
            if roots[number] is None:
                found = [np.zeros(x.shape, x.dtype) for x in run.inputs]
            else:
                live = [i for i, root in enumerate(roots) if root is not None]
                seeds = [
                    _one_hot(outputs[i], position) if i == number else _zeros(outputs[i])
                    for i in live
                ]
                found = graph.pull(seeds)
            for column, c in zip(columns, found, strict=True):
                column.append(c)
        blocks.append(
            [
                _joined(column, (*np.shape(y), *x.shape), 0, given, x._data)
                for column, x, given in zip(columns, run.inputs, run.given, strict=True)
            ]
        )
    return blocks


def _by_columns(graph: Graph, roots: Sequence[Value | None], outputs: list[Any]) -> list[list[Any]]:
    """One pushforward per element of the inputs."""
    run = graph.run
    blocks: list[list[Any]] = [[] for _ in outputs]
    for number, x in enumerate(run.inputs):
        columns: list[list[Any]] = [[] for _ in outputs]
        for position in range(x.size):
            seeds = [
                _one_hot(other._data, position) if i == number else _zeros(other._data)
                for i, other in enumerate(run.inputs)
            ]
            for column, t, y in zip(columns, graph.push(roots, seeds), outputs, strict=True):
                column.append(handed_out(t, y, None, set()))
        for block, column, y in zip(blocks, columns, outputs, strict=True):
            shape = (*np.shape(y), *x.shape)
            block.append(_joined(column, shape, -1, run.given[number], x._data))
    return blocks


def _zeros(like: Any) -> Any:
    return 0.0 if type(like) is float else np.zeros_like(like)


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
