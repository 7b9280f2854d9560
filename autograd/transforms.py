"""Functions of functions: each a few lines over the sweeps.

They take and return nested tuples, lists, dicts and named tuples of arrays, and nest in any order.
Given plain arrays they return plain arrays; given Values, or where the function closes over Values
that require a gradient, the result is recorded, so that no derivative of it is lost.
"""

from collections.abc import Callable
from copy import copy
from functools import wraps
from typing import Any

import numpy as np

from autograd.broadcast import data_of, dtype_of, match, seed
from autograd.containers import describe_tree, flatten, unflatten
from autograd.errors import ArgumentError, DTypeError, ShapeError, describe
from autograd.holomorphy import OF_IMAGINARY, joined
from autograd.modes import current
from autograd.runs import (
    Argnum,
    Graph,
    as_argnums,
    floating,
    handed_out,
    name_of,
    roots_among,
    roots_of,
    run_on_values,
    taken_apart,
)
from autograd.sweep import one_like
from autograd.value import Value


def value_and_grad(
    f: Callable[..., Any],
    argnum: Argnum | None = None,
    *,
    argnums: Argnum | None = None,
    has_aux: bool = False,
) -> Callable[..., Any]:
    """x -> (f(x), df/dx) of a scalar function, from one forward and one backward pass.

    argnum     the number of the argument to differentiate by, 0 unless given, or a tuple of them
               (also spelled `argnums`).
    has_aux    f returns (scalar, anything); the result is ((scalar, anything), gradient).

    Raises ShapeError for an output that is no scalar; warns where it does not depend on the
    argument.

    >>> value_and_grad(lambda x: x**3)(2.0)
    (8.0, 12.0)
    """
    return with_gradient(f, *as_argnums(argnum, argnums), has_aux, "value_and_grad")


def with_gradient(
    f: Callable[..., Any], numbers: tuple[int, ...], alone: bool, has_aux: bool, what: str
) -> Callable[..., Any]:
    """`value_and_grad` by the arguments `numbers`; `what` is the transform that messages name."""

    @wraps(f, assigned=("__name__", "__doc__"), updated=())
    def differentiated(*args: Any, **kwargs: Any) -> Any:
        run = run_on_values(f, args, kwargs, numbers)
        output, aux = run.output, None
        if has_aux:
            if not (isinstance(output, tuple) and len(output) == 2):
                raise ArgumentError(
                    f"a pair (scalar, aux) from {name_of(f)}, with has_aux=True",
                    describe_tree(output),
                    "return such a pair, or leave has_aux out",
                )
            output, aux = output
        output = _scalar_output(f, output, what)
        roots = roots_of(output)
        graph = Graph(run, roots)
        graph.warn_if_detached(f)
        cotangents = [one_like(root, what) for root in graph.roots]
        found = unflatten(run.structure, graph.pull(cotangents))
        gradient = found[0] if alone else found
        if has_aux:
            return (graph.plain(output), graph.plain(aux)), gradient
        return graph.plain(output), gradient

    return differentiated


def grad(
    f: Callable[..., Any],
    argnum: Argnum | None = None,
    *,
    argnums: Argnum | None = None,
    has_aux: bool = False,
) -> Callable[..., Any]:
    """x -> df/dx of a scalar function, in the shape and containers of x.

    With `has_aux`, f returns (scalar, anything) and the result is (gradient, anything). See
    `value_and_grad` for the arguments and errors.

    >>> grad(lambda x, y: x * x * y, argnum=(0, 1))(3.0, 2.0)
    (12.0, 9.0)
    >>> grad(grad(grad(lambda x: x**4)))(1.0)
    24.0
    """
    both = with_gradient(f, *as_argnums(argnum, argnums), has_aux, "grad")

    @wraps(f, assigned=("__name__", "__doc__"), updated=())
    def gradient(*args: Any, **kwargs: Any) -> Any:
        value, found = both(*args, **kwargs)
        return (found, value[1]) if has_aux else found

    return gradient


def elementwise_grad(
    f: Callable[..., Any], argnum: Argnum | None = None, *, argnums: Argnum | None = None
) -> Callable[..., Any]:
    """x -> d sum(f(x)) / dx: each element's own derivative, for a function that works elementwise.

    It is complex where f(x) or x is, as that of `jacobian`: ArgumentError for a complex function of
    complex numbers that is not holomorphic.

    >>> elementwise_grad(np.sin)(np.array([0.0, np.pi]))
    array([ 1., -1.])
    """
    numbers, alone = as_argnums(argnum, argnums)

    @wraps(f, assigned=("__name__", "__doc__"), updated=())
    def gradient(*args: Any, **kwargs: Any) -> Any:
        run = run_on_values(f, args, kwargs, numbers)
        graph = Graph(run, roots_of(run.output))
        graph.warn_if_detached(f)
        ones = [match(np.ones(root.shape), root._data) for root in graph.roots]
        found = graph.pull(ones)
        if any(map(np.iscomplexobj, ones)):
            imaginary = [c * (OF_IMAGINARY if np.iscomplexobj(c) else 0.0) for c in ones]
            found = [
                joined(f, u, v, OF_IMAGINARY, to_complex=np.iscomplexobj(x._data))
                for u, v, x in zip(found, graph.pull(imaginary), run.inputs, strict=True)
            ]
        gradients = unflatten(run.structure, found)
        return gradients[0] if alone else gradients

    return gradient


def vjp(f: Callable[..., Any], *primals: Any, has_aux: bool = False) -> tuple[Any, ...]:
    """(f(x), v -> vᵀ J): the output, and the function that pulls cotangents back to the arguments.

    The cotangent has the containers and shapes of the output; the result is a tuple with one entry
    per argument, zeros (without a warning: of several outputs and arguments many do not meet) where
    the output does not depend on it. Raises ShapeError where they do not fit, DTypeError for
    complex cotangents of real outputs.

    >>> y, pull = vjp(lambda x: x**2, np.array([1.0, 3.0]))
    >>> pull(np.array([1.0, 10.0]))
    (array([ 2., 60.]),)
    """
    run = run_on_values(f, primals, {}, copy=True)
    output, aux = run.output if has_aux else (run.output, None)
    roots = roots_of(output)
    graph = Graph(run, roots)
    leaves, structure = flatten(output)

    def pull(cotangent: Any) -> Any:
        """The cotangents of the arguments, for one of the output."""
        given, received = flatten(cotangent)
        if received != structure:
            raise ArgumentError(
                f"a cotangent with the output's structure {structure!r}",
                f"{received!r}",
                "pass one array for each array of the output",
            )
        seeds = []
        for c, y, root in zip(given, leaves, roots, strict=True):
            if np.shape(data_of(c)) != np.shape(data_of(y)):
                raise ShapeError(
                    f"a cotangent of the output's shape {np.shape(data_of(y))}",
                    describe(c),
                    "pass one number for each element of the output",
                )
            if root is not None:
                seeds.append(seed(c, root._data, "cotangent"))
        moving = any(type(c) is Value and c.requires_grad for c in seeds)
        # A copy, since what one cotangent wants recorded is no business of the next.
        swept = copy(graph)
        swept.record = graph.record or moving
        return unflatten(run.structure, swept.pull(seeds))

    result = graph.plain(output)
    return (result, pull, graph.plain(aux)) if has_aux else (result, pull)


def _scalar_output(f: Callable[..., Any], output: Any, what: str) -> Any:
    """The one real number that `f` must have returned; errors say what to do with any other."""
    second = what == "hvp"
    if isinstance(output, tuple | list | dict) or output is None:
        raise ShapeError(
            f"a scalar output of {name_of(f)} for {what}",
            describe_tree(output) or repr(output),
            "return one number; "
            + (
                "hessian takes several outputs"
                if second
                else "jacobian and vjp take several outputs, has_aux=True one beside it"
            ),
        )
    data = data_of(output)
    if np.size(data) != 1:
        raise ShapeError(
            f"a scalar output of {name_of(f)} for {what}",
            describe(output),
            "reduce it with np.sum or np.mean; "
            + (
                "hessian gives the second derivatives of every element"
                if second
                else "elementwise_grad gives the derivative of each element, jacobian all of them"
            ),
        )
    if np.iscomplexobj(data):
        raise DTypeError(
            f"a real output of {name_of(f)} for {what}",
            describe(output),
            "take np.real, np.imag or np.abs of it",
        )
    if dtype_of(data).kind not in "fbiu":
        raise DTypeError(f"a number from {name_of(f)}", describe(output), "return a real scalar")
    return output


def jvp(f: Callable[..., Any], primals: Any, tangents: Any) -> tuple[Any, Any]:
    """(f(x), J t): the output and its derivative in the direction `tangents`, in forward mode.

    primals, tangents    tuples or lists with one entry per argument, of equal containers and
                         shapes; one argument may be given as it is.

    The derivative is zero, without a warning, of what does not depend on the arguments. Raises
    DTypeError for complex tangents of real arguments.

    >>> jvp(np.sin, (0.0,), (2.0,))
    (0.0, 2.0)
    """
    if not isinstance(primals, tuple | list):
        primals, tangents = (primals,), (tangents,)
    run = run_on_values(f, primals, {})
    leaves, structure = flatten(run.output)
    graph = Graph(run, roots_among(leaves))
    moved = _pushed(graph, leaves, tangents)
    plain = [graph.plain_leaf(y) for y in leaves]
    return unflatten(structure, plain), unflatten(structure, moved)


def _pushed(graph: Graph, leaves: list[Any], tangents: Any) -> list[Any]:
    """The tangents of a run's output, by its leaves, for tangents of the arguments."""
    run = graph.run
    given, received = taken_apart(tuple(tangents))
    if received != run.structure:
        raise ArgumentError(
            f"tangents with the arguments' structure {run.structure!r}",
            f"{received!r}",
            "pass one tangent for each array of the arguments",
        )
    seeds, like, moving = given, None, False
    for i, (t, x) in enumerate(zip(given, run.inputs, strict=True)):
        data = x._data
        if type(t) is np.ndarray is type(data) and t.dtype is data.dtype and t.shape == data.shape:
            continue
        if np.shape(data_of(t)) != x.shape:
            raise ShapeError(
                f"a tangent of its argument's shape {x.shape}",
                describe(t),
                "pass one number for each element of the argument",
            )
        if type(t) is Value:
            like = t
        seeds[i] = t = seed(t, data, "tangent")
        moving = moving or (type(t) is Value and t.requires_grad)
    if graph.among_values:
        like = next(primal for primal in reversed(run.given) if type(primal) is Value)
    mode = current()
    graph.record = (graph.record or moving) and (mode.records or mode.replayable)
    seen = set(map(id, seeds))
    moved = graph.push(roots_among(leaves), seeds)
    return [
        handed_out(t, None if t is not None else floating(data_of(y)), like, seen)
        for t, y in zip(moved, leaves, strict=True)
    ]


def linearize(f: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[..., Any]]:
    """(f(x), t -> J t): the output, and its derivative at x as a function of the direction.

    f runs once; each call of the second function is a sweep over its record, so that many
    directions cost less than as many calls of `jvp`. It takes one tangent per argument, in its
    containers and shapes.

    >>> y, push = linearize(lambda x: x**2, np.array([1.0, 3.0]))
    >>> push(np.array([1.0, 0.0])), push(np.array([0.0, 1.0]))
    (array([2., 0.]), array([0., 6.]))
    """
    run = run_on_values(f, primals, {}, copy=True)
    leaves, structure = flatten(run.output)
    graph = Graph(run, roots_among(leaves))

    def push(*tangents: Any) -> Any:
        """The tangent of the output, for tangents of the arguments."""
        # A copy, since what one direction wants recorded is no business of the next.
        return unflatten(structure, _pushed(copy(graph), leaves, tangents))

    return graph.plain(run.output), push
