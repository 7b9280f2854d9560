"""`vmap`: a function of one example, made one of many at once.

The function runs once, on the first example, in replayable mode: the record is then the whole
program. It is replayed with one axis more in front, each op by what `autograd.leading` says of it.
"""

from collections.abc import Callable, Sequence
from functools import cache, wraps
from typing import Any

import numpy as np

from autograd import leading
from autograd.broadcast import data_of
from autograd.containers import LEAF, flatten, unflatten
from autograd.errors import ArgumentError, ShapeError, describe
from autograd.graph import edges, histories
from autograd.journal import sealed
from autograd.modes import current, replayable
from autograd.op import Op, component
from autograd.runs import name_of, require_function
from autograd.value import Value, detached, leaf, next_order, node

Axes = Any  # an int, None, or containers of them shaped like the beginning of the arguments


def vmap(f: Callable[..., Any], in_axes: Axes = 0, out_axes: Axes = 0) -> Callable[..., Any]:
    """xs -> [f(x) for x in xs], computed by one call of each NumPy function instead of many.

    in_axes     the axis of each argument that counts the examples, or None for an argument that all
                share; one int for all arguments, or a tuple with an entry per argument, in which
                containers stand for containers. Keyword arguments are shared.
    out_axes    where that axis is in the outputs; None for one that does not depend on the
                examples.

    f runs on one example at a time as far as it can see: shapes are those of one example. It must
    not branch on contents: bool() of an argument raises ConversionError (write np.where). Nests,
    and goes around and inside of grad and all other transforms. Random numbers that f draws from
    NumPy are the same for all examples.

    Raises ArgumentError for what is no function and for axes that do not fit the arguments,
    ShapeError for arguments of different lengths.

    >>> vmap(np.dot)(np.ones((3, 2)), np.arange(6.0).reshape(3, 2))
    array([1., 5., 9.])
    >>> vmap(np.dot, in_axes=(0, None))(np.eye(2), np.array([3.0, 4.0]))
    array([3., 4.])
    >>> from autograd import grad
    >>> vmap(grad(lambda x: x**3))(np.array([1.0, 2.0]))
    array([ 3., 12.])
    """
    require_function(f, "to map", "write vmap(f)(xs)")

    @wraps(f, assigned=("__name__", "__doc__"), updated=())
    def mapped(*args: Any, **kwargs: Any) -> Any:
        leaves, structure = flatten(args)
        axes = _spread(in_axes, list(structure) if isinstance(in_axes, list) else structure, f)
        whole = [
            x if axis is None else _in_front(x, axis, f)
            for x, axis in zip(leaves, axes, strict=True)
        ]
        size = _size(whole, axes, f)
        start = next_order()
        with sealed(start), replayable(), np.errstate(all="ignore"):
            examples = [
                x if axis is None else _example(x) for x, axis in zip(whole, axes, strict=True)
            ]
            orders = [x.order if type(x) is Value else 0 for x in examples]
            output = f(*unflatten(structure, examples), **kwargs)
        outputs, output_structure = flatten(output)
        given = {
            order: x for order, x, axis in zip(orders, whole, axes, strict=True) if axis is not None
        }
        roots = [y for y in outputs if type(y) is Value and y.order > start]
        with np.errstate(all="ignore"):  # of a branch that np.where drops; as in the sweeps
            found = _replay(roots, given, start)
        places = _spread(out_axes, output_structure, f)
        plain = not current().replayable and not any(type(x) is Value for x in leaves)
        results = []
        for y, place in zip(outputs, places, strict=True):
            result, has = found.get(y.order, (y, False)) if type(y) is Value else (y, False)
            results.append(_handed_out(_placed(result, has, place, size, f), plain))
        return unflatten(output_structure, results)

    return mapped


def _spread(axes: Axes, structure: Any, f: Callable[..., Any]) -> list[int | None]:
    """The axis of every leaf: one given for a container holds for all that is in it."""
    found: list[int | None] = []
    pending = [(axes, structure)]
    while pending:
        axis, tree = pending.pop()
        if axis is None or isinstance(axis, int | np.integer):
            number = None if axis is None else int(axis)
            found += [number] * (1 if tree is LEAF else len(flatten(tree)[0]))
        elif isinstance(axis, dict) and isinstance(tree, dict) and axis.keys() == tree.keys():
            pending += [(axis[key], inner) for key, inner in reversed(tree.items())]
        elif (
            isinstance(axis, tuple | list)
            and isinstance(tree, tuple | list)
            and len(axis) == len(tree)
        ):
            pending += reversed(list(zip(axis, tree, strict=True)))
        else:
            raise ArgumentError(
                f"axes for vmap({name_of(f)}) with the structure {structure!r}, or the beginning "
                "of it",
                repr(axes),
                "give an int or None for each argument, and for each leaf of one that differs",
            )
    return found


def _in_front(x: Any, axis: int, f: Callable[..., Any]) -> Any:
    """The array with its axis of the examples first."""
    x = x if type(x) is Value else np.asarray(x)
    if not -x.ndim <= axis < x.ndim:
        raise ArgumentError(
            f"arrays with an axis {axis} to map {name_of(f)} over",
            describe(x),
            "pass in_axes=None for an argument that all examples share",
        )
    return np.moveaxis(x, axis, 0) if axis else x


def _size(whole: Sequence[Any], axes: Sequence[int | None], f: Callable[..., Any]) -> int:
    sizes = [np.shape(x)[0] for x, axis in zip(whole, axes, strict=True) if axis is not None]
    if not sizes:
        raise ArgumentError(
            f"an argument of {name_of(f)} to map over",
            "in_axes of None only",
            "give one argument an axis, or call the function itself",
        )
    if len(set(sizes)) > 1:
        raise ShapeError(
            f"as many examples in every mapped argument of {name_of(f)}",
            " and ".join(map(str, sizes)),
            "pass in_axes=None for what all examples share",
        )
    return sizes[0]


def _example(x: Any) -> Value:
    """The first of the examples, as a Value that is an input of the record."""
    data = data_of(x)
    first = data[0] if len(data) else np.zeros(data.shape[1:], data.dtype)[()]
    if type(x) is Value and x.requires_grad:
        return leaf(first)
    return detached(first)


@cache
def _batch_of(op: Op) -> leading.Batch:
    """How an op takes the axis: what its row says, or what follows from its kind and options."""
    if op.batch is not None:
        return op.batch
    if op.is_elementwise or isinstance(op.function, np.ufunc):
        return leading.elementwise
    defaults = op.axis_options()
    return leading.one_by_one if defaults is None else leading.along(**defaults)


def _replay(roots: list[Value], given: dict[int, Any], start: int) -> dict[int, tuple[Any, bool]]:
    """By order, what every node is for all examples, and whether it depends on them."""
    found: dict[int, tuple[Any, bool]] = {order: (x, True) for order, x in given.items()}
    for order, n in histories(roots, start).items():
        if order in found:
            continue
        inputs = [
            found.get(x.order, (x, False)) if type(x) is Value else (x, False) for x in edges(n)
        ]
        batched = [has for _, has in inputs]
        xs = tuple(x for x, _ in inputs)
        if not any(batched):
            found[order] = (_shared(n, xs), False)
        elif n.op is component:
            found[order] = (xs[0][n.static["index"]], True)
        else:
            found[order] = (_batch_of(n.op)(n.op, xs, batched, n.static, n._data), True)
    return found


def _shared(n: Value, xs: tuple[Any, ...]) -> Value:
    """A node that is the same for all examples, made from `xs`.

    In a trace it is made again, so that whatever draws random numbers is still in order. It
    requires a gradient only where they do: what f made itself, such as the argument of a `grad`
    inside, is no business of the caller.
    """
    if current().replayable:
        return n if n.op is None else node(n.op, n._data, xs, n.static, n.requires_grad)
    return n if any(type(x) is Value and x.requires_grad for x in xs) else detached(n._data)


def _placed(x: Any, has: bool, axis: int | None, size: int, f: Callable[..., Any]) -> Any:
    """An output with the axis of the examples where it is wanted."""
    if axis is None:
        if has:
            raise ArgumentError(
                f"an output of {name_of(f)} that does not depend on the examples, for out_axes="
                "None",
                describe(x),
                "pass the axis that is to count the examples",
            )
        return x
    if not has:
        x = np.broadcast_to(x, (size, *np.shape(x)))
        x = x if type(x) is Value else x.copy()
    if not -np.ndim(x) <= axis < np.ndim(x):
        raise ArgumentError(
            f"out_axes within the axes of the output of {name_of(f)}",
            f"{axis} for {describe(x)}",
            "out_axes counts the axes of the result, the new one included",
        )
    return np.moveaxis(x, 0, axis) if axis else x


def _handed_out(x: Any, plain: bool) -> Any:
    if plain and type(x) is Value and not x.requires_grad:
        return x._data
    return x
