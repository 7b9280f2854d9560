"""`scan` in a trace: the loop is one equation, whose body is a program of its own."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from autograd.broadcast import data_of, dtype_of
from autograd.compiler.bodies import Body, notes_of_trace, record, run, sliced
from autograd.compiler.loop_rules import batch, joint, tangent
from autograd.compiler.recording import section_program
from autograd.compiler.writing import is_array
from autograd.containers import flatten, unflatten
from autograd.graph import sources
from autograd.journal import sealed
from autograd.modes import current
from autograd.op import Kind, Op
from autograd.value import Value, detached, leaf, next_order

# One row for all loops: what differs is the body.
scan_row = Op(run, Kind.GENERAL, joint=joint, tangent=tangent, batch=batch, arity=0, name="scan")


def scan(f: Callable[..., Any], init: Any, xs: Any, length: int, reverse: bool) -> tuple[Any, Any]:
    """`autograd.scan` in a trace: f runs on one step, which stands for all."""
    carry, structure = flatten(init)
    step = partial(_step, f, structure, xs, length - 1 if reverse else 0)
    start, inputs, outputs, rest = step(carry)
    # A Python number that f turns into an array is one from the start.
    settled = [
        x
        if _kind(x) == _kind(y)
        else np.asarray(x).astype(_kind(y))
        if type(x) is not Value
        else x.astype(_kind(y))
        for x, y in zip(carry, outputs, strict=False)
    ]
    if any(x is not y for x, y in zip(carry, settled, strict=True)):
        carry = settled
        start, inputs, outputs, rest = step(carry)
    roots = [v for v in outputs if type(v) is Value]
    own = {id(x) for x in inputs}
    shared = [x for x in sources(roots, start) if id(x) not in own]
    program = section_program(notes_of_trace(), [*inputs, *shared], outputs)
    given = flatten(xs)[0]
    body = Body(program, len(carry), len(given))
    results = record(scan_row, body, [*carry, *given, *shared], length, reverse)
    return unflatten(structure, results[: len(carry)]), unflatten(rest, results[len(carry) :])


def _step(
    f: Callable[..., Any], structure: Any, xs: Any, at: int, carry: list[Any]
) -> tuple[int, list[Value], list[Any], Any]:
    """f on one step: what is older than that, its inputs, its outputs, the containers of y."""
    start = next_order()
    given, xs_structure = flatten(xs)
    fresh = leaf if current().records else detached
    inputs = [
        fresh(data_of(x)) if dtype_of(x).kind in "fc" else detached(data_of(x)) for x in carry
    ]
    slices = [sliced(data_of(x), at) for x in given]
    inputs += [
        leaf(one) if type(x) is Value and x.requires_grad else detached(one)
        for x, one in zip(given, slices, strict=True)
    ]
    n = len(carry)
    notes = notes_of_trace()
    notes.inside.update(x.order for x in inputs)
    notes.plain.update(
        x.order for x, y in zip(inputs, [*carry, *given], strict=True) if is_array(notes, y)
    )
    with sealed(start):
        after, y = f(unflatten(structure, inputs[:n]), unflatten(xs_structure, inputs[n:]))
    ys, rest = flatten(y)
    return start, inputs, [*flatten(after)[0], *ys], rest


def _kind(x: Any) -> Any:
    """The dtype, or the type of a Python number."""
    data = data_of(x)
    return data.dtype if hasattr(data, "dtype") else type(data)
