"""`checkpoint`: less memory for more time."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import numpy as np

from autograd.containers import flatten, unflatten
from autograd.errors import ArgumentError, StaleGraphError, UnsupportedError, describe
from autograd.graph import sources
from autograd.modes import current, enable_grad
from autograd.op import Kind, Op, component
from autograd.reverse import guarded
from autograd.runs import name_of, require_function
from autograd.value import NO_STATIC, Value, next_order, node


def checkpoint(f: Callable[..., Any]) -> Callable[..., Any]:
    """f, of which only inputs and outputs are kept: a sweep runs it again for what lies between.

    The memory of a chain of n checkpointed parts is that of n outputs and of the largest part,
    instead of all parts; each part is computed twice. Gradients flow to the arguments and to every
    Value that f closes over.

    f must give the same output each time; a sweep raises ArgumentError if it does not (dropout, for
    instance, draws anew), StaleGraphError if a Value that f uses was assigned since.

    Source: A. Griewank, A. Walther, "Revolve: an implementation of checkpointing" (2000).

    >>> from autograd import grad
    >>> grad(lambda x: np.sum(checkpoint(np.sin)(x) ** 2))(np.array([0.0, 1.0]))
    array([0.        , 0.90929743])
    """
    require_function(f, "to checkpoint", "write checkpoint(f)(x)")

    @wraps(f, assigned=("__name__", "__doc__"), updated=())
    def checkpointed(*args: Any, **kwargs: Any) -> Any:
        mode = current()
        if mode.replayable or not mode.records:
            return f(*args, **kwargs)
        start = next_order()
        outputs, structure = flatten(f(*args, **kwargs))
        roots = [y for y in outputs if type(y) is Value and y.requires_grad and y.order > start]
        older = [x for x in sources(roots, start) if x.requires_grad]
        if not older:
            return unflatten(structure, outputs)
        positions = [i for i, y in enumerate(outputs) if any(y is root for root in roots)]
        kept = _rerun(f, args, kwargs, positions, [root._data for root in roots], older)
        return unflatten(
            structure,
            [kept[positions.index(i)] if i in positions else y for i, y in enumerate(outputs)],
        )

    return checkpointed


def _rerun(
    f: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    positions: list[int],
    data: list[Any],
    older: list[Value],
) -> list[Value]:
    """One node for the whole call, whose rule calls `f` again and pulls back through that."""
    made = next_order()

    def rule(wanted: Sequence[bool], g: Any, y: Any, *xs: Any) -> list[Any]:
        cotangents = g if isinstance(g, tuple) else (g,)
        for x in older:
            if x.order > made:
                raise StaleGraphError(
                    f"the data that the checkpoint of {name_of(f)} was computed from",
                    f"a Value assigned since: {describe(x)}",
                    "take gradients before the next assignment",
                )
        start = next_order()
        with enable_grad():
            again = flatten(f(*args, **kwargs))[0]
        roots = [again[i] for i in positions]
        for root, before in zip(roots, data, strict=True):
            if not _agree(root._data, before):
                raise ArgumentError(
                    f"the same output of {name_of(f)} each time it is called under checkpoint",
                    f"{describe(root)} that differs from the first one",
                    "draw random numbers outside, and pass them as arguments",
                )
        record = any(type(x) is Value for x in (*cotangents, *xs))
        orders = {x.order for x in older}
        with enable_grad():
            # What the sources were made of is the business of the sweep that this one is part of.
            found, _ = guarded(roots, cotangents, None, orders, record, since=start)
        return [found.get(x.order) for x in older]

    def again(*raw: Any) -> Any:
        """The call on other data in place of the sources, for a replay."""
        replaced = dict(zip([id(x) for x in older], raw, strict=True))
        leaves, structure = flatten((args, kwargs))
        given = {id(x) for x in leaves}
        for x, data in zip(older, raw, strict=True):
            if id(x) not in given and data is not x._data:
                raise UnsupportedError(
                    f"other data only for the arguments of {name_of(f)}, which is checkpointed",
                    f"some for a Value that it closes over, {describe(x)}",
                    "pass that Value as an argument",
                )
        new_args, new_kwargs = unflatten(structure, [replaced.get(id(x), x) for x in leaves])
        results = flatten(f(*new_args, **new_kwargs))[0]
        picked = tuple(x._data if type(x) is Value else x for x in (results[i] for i in positions))
        return picked if len(positions) > 1 else picked[0]

    op = Op(again, Kind.GENERAL, joint=rule, arity=len(older), name="checkpoint")
    if len(data) == 1:
        return [node(op, data[0], tuple(older), NO_STATIC, True)]
    whole = node(op, tuple(data), tuple(older), NO_STATIC, True)
    return [node(component, part, (whole,), {"index": i}, True) for i, part in enumerate(data)]


def _agree(again: Any, before: Any) -> bool:
    """Whether two results are of one computation: `jit` may round in other places than NumPy."""
    again, before = np.asarray(again), np.asarray(before)
    if again.shape != before.shape or again.dtype != before.dtype:
        return False
    if np.array_equal(again, before, equal_nan=True):
        return True
    finite = np.abs(before[np.isfinite(before)])
    near = np.sqrt(np.finfo(before.dtype).eps)
    return np.allclose(again, before, near, near * np.max(finite, initial=0.0), equal_nan=True)
