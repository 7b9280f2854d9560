"""The derivatives of a loop, and the loop for many examples: each is another loop.

The pullback goes the other way. What it needs to know of a step is found by making the step once
more; the first loop then stacks those results as well. A product of two matrices that is added up
over the steps, as the gradient of a weight is, leaves the loop: its factors are stacked, and
multiplied once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd.broadcast import data_of, dtype_of
from autograd.compiler.bodies import Body, body_of, interpreted, notes_of_trace, put_off, record
from autograd.compiler.program import Equation, Program, Variable
from autograd.compiler.recording import section_program
from autograd.forward import push_section
from autograd.graph import edges, histories, section, sources
from autograd.leading import size_of
from autograd.modes import enable_grad
from autograd.op import Op, apply, component
from autograd.sweep import pullback
from autograd.value import Value, detached, next_order
from autograd.vectorizing import vmap


def _is_real(x: Any) -> bool:
    return dtype_of(x).kind in "fc"


def joint(
    wanted: Sequence[bool], g: Any, y: Any, *inputs: Any, body: Body, length: int, reverse: bool
) -> list[Any]:
    """The cotangents of the inputs, by a loop that goes the other way."""
    notes = notes_of_trace()
    n, m = body.carried, body.sliced
    fresh = body.fresh(
        inputs,
        [w or (i < n and _is_real(x)) for i, (w, x) in enumerate(zip(wanted, inputs, strict=True))],
    )
    with enable_grad():
        found = interpreted(body.program, fresh)
        ends = body.outcome(found)[: len(g)]
        start = next_order()
        live = [type(v) is Value and v.requires_grad for v in ends]
        carried = [i for i in range(n) if live[i] and fresh[i].requires_grad]
        # A stack that nothing was computed from has a plain cotangent of zeros, made by the sweep.
        stacked = [i for i in range(n, len(g)) if live[i] and (type(g[i]) is Value or np.any(g[i]))]
        seeds = {i: detached(np.zeros_like(ends[i]._data)) for i in (*carried, *stacked)}
        pulled = pullback(
            [ends[i] for i in seeds],
            list(seeds.values()),
            [x for x in fresh if x.requires_grad],
            True,
        )
        back = [pulled.get(x.order, np.zeros_like(x._data)) for x in fresh]
        products = {
            i: factors
            for i in range(n + m, len(fresh))
            if wanted[i] and (factors := _factors(back[i], start)) is not None
        }
        summed = [i for i in range(n + m, len(fresh)) if wanted[i] and i not in products]
        sums = {i: detached(np.zeros_like(fresh[i]._data)) for i in summed}
        carry = [back[i] for i in carried] + [sums[i] + back[i] for i in summed]
        rows = [back[i] for i in range(n, n + m) if wanted[i]]
        rows += [x for factors in products.values() for x in factors.pair]
    own = [*seeds.values(), *sums.values()]
    step = _Step(body, fresh, found, start)
    moving, stacks, shared, given = step.remembered(y[0].inputs[0], inputs, [*carry, *rows], own)
    program = section_program(
        notes,
        [
            *(seeds[i] for i in carried),
            *sums.values(),
            *(seeds[i] for i in stacked),
            *moving,
            *shared,
        ],
        [*carry, *rows],
    )
    results = record(
        y[0].inputs[0].op,
        Body(program, len(carry), len(stacked) + len(moving)),
        [
            *(g[i] for i in carried),
            *(np.zeros_like(data_of(inputs[i])) for i in summed),
            *(g[i] for i in stacked),
            *stacks,
            *given,
        ],
        length,
        not reverse,
    )
    remaining = iter(results)
    cotangents: dict[int, Any] = {i: next(remaining) for i in (*carried, *summed)}
    cotangents |= {i: next(remaining) for i in range(n, n + m) if wanted[i]}
    for i, factors in products.items():
        cotangents[i] = factors.multiplied(next(remaining), next(remaining))
    return [cotangents.get(i) if wanted[i] else None for i in range(len(inputs))]


@dataclass
class _Step:
    """One step of a recorded loop, made again from fresh leaves to be differentiated.

    found      what every variable of the body's program is.
    start      from which order on Values belong to the derivative.
    """

    body: Body
    fresh: Sequence[Value]
    found: dict[Variable, Any]
    start: int

    def remembered(
        self, whole: Value, inputs: Sequence[Any], roots: Sequence[Any], own: Sequence[Value]
    ) -> tuple[list[Value], list[Any], list[Value], list[Any]]:
        """What the roots read of the step, apart from their `own` inputs.

        What changes from step to step with the stacks of it, which `whole`, the recorded loop,
        gives from now on; what does not with the inputs of the loop that it is.
        """
        n, m = self.body.carried, self.body.sliced
        number = {id(x): i for i, x in enumerate(self.fresh)}
        known = set(map(id, own))
        needed = [x for x in _read(roots, self.start) if id(x) not in known]
        kept = [x for x in needed if number.get(id(x), 0) < n]
        slices = [x for x in needed if n <= number.get(id(x), 0) < n + m]
        shared = [x for x in needed if number.get(id(x), 0) >= n + m]
        names = {_identity(value): x for x, value in reversed(self.found.items())}
        step, more = _grown(self.body.program, self.found)
        names |= more
        stacks = _stacked(whole, inputs, step, [names[_identity(x)] for x in kept])
        given = [[inputs[number[id(x)]] for x in part] for part in (slices, shared)]
        return [*kept, *slices], [*stacks, *given[0]], shared, given[1]


def _read(roots: Sequence[Any], start: int) -> list[Value]:
    """What the roots were made from and is older than `start`.

    Of an op with several results, those that were taken out of it since stand for it.
    """
    recent = [v for v in roots if type(v) is Value]
    older = {x.order: x for x in sources(recent, start)}
    whole = {order for order, x in older.items() if isinstance(x._data, tuple)}
    if whole:
        nodes = histories(recent, start).values()
        parts = [n for n in nodes if n.op is component and edges(n)[0].order in whole]
        older |= {part.order: part for part in parts}
    return [x for order, x in older.items() if order not in whole]


def _identity(x: Any) -> Any:
    """Equal for Values that are the same: one part of an op's results may be taken out twice."""
    if type(x) is Value and x.op is component:
        return edges(x)[0].order, x.static["index"]
    return id(x)


def _grown(program: Program, found: Mapping[Variable, Any]) -> tuple[Program, dict[Any, Variable]]:
    """The step, whose loops give what a sweep over it has asked them for; the names of that.

    `found` is what every variable of the step is.
    """
    equations: list[Equation] = []
    names: dict[Any, Variable] = {}
    for equation in program.equations:
        if body_of(equation) is not None:
            (whole,) = edges(found[equation.outputs[0]])
            parts = [Variable.like(part) for part in whole._data[len(equation.outputs) :]]
            outputs = (*equation.outputs, *parts)
            equation = Equation(equation.op, equation.inputs, whole.static, outputs)
            names |= {(whole.order, i): x for i, x in enumerate(outputs)}
        equations.append(equation)
    return Program(program.inputs, equations, program.results), names


def _stacked(
    whole: Value, inputs: Sequence[Any], step: Program, variables: Sequence[Variable]
) -> list[Any]:
    """These variables of every step, as further results of a recorded loop over such steps."""
    body = whole.static["body"]
    results = [*step.results]
    place = {id(x): i for i, x in reversed(list(enumerate(results))) if i >= body.carried}
    new = [x for x in variables if id(x) not in place]
    for x in new:
        place[id(x)] = len(results)
        results.append(x)
    if new:
        # In place of the old body, which other loops may have as well.
        program = Program(step.inputs, step.equations, results)
        whole.static = {**whole.static, "body": Body(program, body.carried, body.sliced)}
        whole._data = put_off(whole.op, inputs, whole.static)
    return [apply(component, (whole,), {"index": place[id(x)]}) for x in variables]


@dataclass
class _Factors:
    """aᵀ b, transposed as `turns` says: what a step adds to a sum over all steps."""

    pair: tuple[Any, Any]
    turns: list[Value]

    def multiplied(self, a: Any, b: Any) -> Any:
        """The sum over the steps, from the stacks of both."""
        c = np.matmul(_flat(a).T, _flat(b))
        for turn in self.turns:
            c = apply(turn.op, (c,), turn.static)
        return c


def _flat(x: Any) -> Any:
    return np.reshape(x, (-1, np.shape(x)[-1]))


def _factors(c: Any, start: int) -> _Factors | None:
    """The factors of a cotangent that is a product of matrices, possibly transposed."""
    turns: list[Value] = []
    while type(c) is Value and c.order >= start and c.op is not None and c.op.name == "transpose":
        turns.append(c)
        (c,) = edges(c)
    if type(c) is not Value or c.order < start or c.op is None or c.op.name != "matmul":
        return None
    a, b = edges(c)
    if np.ndim(a) != 2 or np.ndim(b) != 2:
        return None
    return _Factors((np.transpose(a), b), turns[::-1])


def tangent(
    tangents: Sequence[Any], y: Any, *inputs: Any, body: Body, length: int, reverse: bool
) -> Any:
    """The tangents of the results, by a loop that carries those of what is carried."""
    notes = notes_of_trace()
    n, m = body.carried, body.sliced
    moves = [t is not None or (i < n and _is_real(inputs[i])) for i, t in enumerate(tangents)]
    fresh = body.fresh(inputs, moves)
    with enable_grad():
        found = interpreted(body.program, fresh)
        ends = body.outcome(found)
        start = next_order()
        dots = {i: detached(np.zeros_like(fresh[i]._data)) for i, is_ in enumerate(moves) if is_}
        orders = {fresh[i].order: dot for i, dot in dots.items()}
        roots = [v for v in ends if type(v) is Value and v.requires_grad]
        pushed = push_section(section(roots, orders).nodes, roots, orders, True)
    by_root = {id(root): t for root, t in zip(roots, pushed, strict=True)}
    moved = [
        np.zeros_like(data_of(v)) if by_root.get(id(v)) is None else by_root[id(v)] for v in ends
    ]
    carried, sliced, same = (
        [i for i in part if moves[i]]
        for part in (range(n), range(n, n + m), range(n + m, len(inputs)))
    )
    outcome = [*(moved[i] for i in carried), *moved[n:]]
    step = _Step(body, fresh, found, start)
    moving, stacks, shared, given = step.remembered(
        y[0].inputs[0], inputs, outcome, [*dots.values()]
    )
    program = section_program(
        notes,
        [
            *(dots[i] for i in (*carried, *sliced)),
            *moving,
            *(dots[i] for i in same),
            *shared,
        ],
        outcome,
    )
    t = [
        np.zeros_like(data_of(x)) if t is None else t for x, t in zip(inputs, tangents, strict=True)
    ]
    results = record(
        y[0].inputs[0].op,
        Body(program, len(carried), len(sliced) + len(moving)),
        [*(t[i] for i in (*carried, *sliced)), *stacks, *(t[i] for i in same), *given],
        length,
        reverse,
    )
    tangent = dict(zip(carried, results, strict=False))
    zeros = {i: np.zeros_like(data_of(ends[i])) for i in range(n)}
    return (*(tangent.get(i, zeros[i]) for i in range(n)), *results[len(carried) :])


# The loop for many examples at once


def batch(op: Op, xs: Any, batched: Any, static: Any, y: Any) -> list[Any]:
    """One loop, whose step has the axis of the examples in front of what depends on them."""
    body, length, reverse = static["body"], static["length"], static["reverse"]
    n, m = body.carried, body.sliced
    size = size_of(xs, batched)
    has, gives = _depending(body, batched)
    inputs = [*xs]
    for i, x in enumerate(xs):
        if has[i] and not batched[i]:
            inputs[i] = np.broadcast_to(x, (size, *np.shape(x)))
        elif has[i] and n <= i < n + m:
            inputs[i] = np.moveaxis(x, 1, 0)

    def step(*given: Any) -> list[Any]:
        return body.outcome(interpreted(body.program, given))

    axes = [0 if each else None for each in has]
    fresh = body.fresh(inputs, [False] * len(inputs))
    outcome = vmap(step, tuple(axes), [0 if each else None for each in gives])(*fresh)
    program = section_program(notes_of_trace(), fresh, outcome)
    results = record(op, Body(program, n, m), inputs, length, reverse)
    for i, x in enumerate(results):
        if not gives[i]:
            results[i] = np.broadcast_to(x, (size, *np.shape(x)))
        elif i >= n:
            results[i] = np.moveaxis(x, 1, 0)
    return results


def _depending(body: Body, batched: Sequence[bool]) -> tuple[list[bool], list[bool]]:
    """Which inputs and which results of a step depend on these inputs, in any step."""
    program, n = body.program, body.carried
    has = [*batched]
    while True:
        found = {x for x, each in zip(program.inputs, has, strict=True) if each}
        for equation in program.equations:
            if not found.isdisjoint(x for x in equation.inputs if isinstance(x, Variable)):
                found.update(equation.outputs)
        gives = [x in found or (i < n and has[i]) for i, x in enumerate(program.results)]
        if gives[:n] == has[:n]:
            return has, gives
        has[:n] = gives[:n]
