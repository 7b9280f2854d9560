"""`scan` in a trace: the loop is one equation, whose body is a program of its own.

Its pullback is another such loop, in the other direction. What the pullback needs to know of a step
is found by tracing it on one step; the first loop then stacks those results as well. A product of
two matrices that is added up over the steps, as the gradient of a weight is, leaves the loop: its
factors are stacked, and multiplied once.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from autograd.broadcast import data_of, dtype_of
from autograd.compiler.program import Constant, Program, Variable, interpret
from autograd.compiler.recording import section_program
from autograd.containers import flatten, unflatten
from autograd.errors import UnsupportedError
from autograd.forward import push_section
from autograd.graph import edges, histories, section, sources
from autograd.journal import Journal, journal, sealed
from autograd.modes import current, enable_grad
from autograd.op import Kind, Op, apply, component
from autograd.ops.random import random_row
from autograd.sweep import pullback
from autograd.value import Value, detached, leaf, next_order, node


@dataclass(eq=False)
class Body:
    """One step of a loop.

    program    its inputs are the carry, this step's slices, what all steps share; its results are
               the next carry, and what is stacked.
    carried    how many are carried.
    sliced     how many arrays give a slice to each step.
    """

    program: Program
    carried: int
    sliced: int

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Body) and str(self.program) == str(other.program)

    def __repr__(self) -> str:
        return f"a step of {len(self.program.equations)} equations"

    def results(self, inputs: Sequence[Any]) -> list[Any]:
        """The results of one step, recorded if the inputs are Values."""
        return self.outcome(interpret(self.program, inputs))

    def outcome(self, found: dict[Variable, Any]) -> list[Any]:
        """The results among what was found of all variables."""
        return [
            found[x] if isinstance(x, Variable) else x.data if isinstance(x, Constant) else x
            for x in self.program.results
        ]

    def fresh(self, inputs: Sequence[Any], moving: Sequence[bool]) -> list[Value]:
        """New leaves for the inputs of one step; `moving` says which are to be differentiated."""
        n, m = self.carried, self.sliced
        raw = [data_of(x) for x in inputs]
        raw[n : n + m] = [x[0] for x in raw[n : n + m]]
        return [leaf(x) if moves else detached(x) for x, moves in zip(raw, moving, strict=True)]


def _run(*inputs: Any, body: Body, length: int, reverse: bool) -> tuple[Any, ...]:
    """The loop on arrays, step by step."""
    n, m = body.carried, body.sliced
    carry, xs, shared = list(inputs[:n]), inputs[n : n + m], inputs[n + m :]
    rows: list[list[Any]] = [[None] * length for _ in body.program.results[n:]]
    for i in range(length)[:: -1 if reverse else 1]:
        results = body.results([*carry, *(x[i] for x in xs), *shared])
        carry = results[:n]
        for row, y in zip(rows, results[n:], strict=True):
            row[i] = y
    return (*carry, *(np.stack(row) for row in rows))


def record(body: Body, inputs: Sequence[Any], length: int, reverse: bool) -> list[Any]:
    """The loop as one node; its results."""
    body, inputs = _hoisted(body, inputs)
    data = _run(*map(data_of, inputs), body=body, length=length, reverse=reverse)
    requires = current().records and any(type(x) is Value and x.requires_grad for x in inputs)
    static = {"body": body, "length": length, "reverse": reverse}
    whole = node(scan_row, data, tuple(inputs), static, requires)
    return [apply(component, (whole,), {"index": i}) for i in range(len(data))]


def _hoisted(body: Body, inputs: Sequence[Any]) -> tuple[Body, list[Any]]:
    """The body without what is the same at every step, and its inputs with that computed before."""
    program, first = body.program, body.carried + body.sliced
    changing = set(program.inputs[:first])
    before, inside = [], []
    for equation in program.equations:
        moves = any(x in changing for x in equation.inputs if isinstance(x, Variable))
        if moves or equation.op is random_row:
            changing.update(equation.outputs)
            inside.append(equation)
        else:
            before.append(equation)
    found = interpret(Program(program.inputs[first:], before, []), inputs[first:])
    used = {x for equation in inside for x in equation.inputs if isinstance(x, Variable)}
    used |= {x for x in program.results if isinstance(x, Variable)}
    shared = [x for x in found if x in used]
    inner = Program([*program.inputs[:first], *shared], inside, program.results)
    return (
        Body(inner, body.carried, body.sliced),
        [*inputs[:first], *(found[x] for x in shared)],
    )


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
    program = section_program(_notes(), [*inputs, *shared], outputs)
    given = flatten(xs)[0]
    body = Body(program, len(carry), len(given))
    results = record(body, [*carry, *given, *shared], length, reverse)
    return unflatten(structure, results[: len(carry)]), unflatten(rest, results[len(carry) :])


def _step(
    f: Callable[..., Any], structure: Any, xs: Any, at: int, carry: list[Any]
) -> tuple[int, list[Value], list[Any], Any]:
    """f on one step: what is older than that, its inputs, its outputs, the containers of y."""
    start = next_order()
    given, xs_structure = flatten(xs)
    fresh = leaf if current().records else detached
    inputs = [fresh(data_of(x)) if _is_real(x) else detached(data_of(x)) for x in carry]
    inputs += [
        leaf(data_of(x)[at]) if type(x) is Value and x.requires_grad else detached(data_of(x)[at])
        for x in given
    ]
    n = len(carry)
    with sealed(start):
        after, y = f(unflatten(structure, inputs[:n]), unflatten(xs_structure, inputs[n:]))
    ys, rest = flatten(y)
    return start, inputs, [*flatten(after)[0], *ys], rest


def _kind(x: Any) -> Any:
    """The dtype, or the type of a Python number."""
    data = data_of(x)
    return data.dtype if hasattr(data, "dtype") else type(data)


def _notes() -> Journal:
    notes = journal()
    if notes is None:
        raise UnsupportedError(
            "a loop that is one equation inside of a trace", "one outside", "call autograd.scan"
        )
    return notes


def _is_real(x: Any) -> bool:
    return dtype_of(x).kind in "fc"


# Derivatives


def _joint(
    wanted: Sequence[bool], g: Any, y: Any, *inputs: Any, body: Body, length: int, reverse: bool
) -> list[Any]:
    """The cotangents of the inputs, by a loop that goes the other way."""
    notes = _notes()
    n, m = body.carried, body.sliced
    fresh = body.fresh(
        inputs,
        [w or (i < n and _is_real(x)) for i, (w, x) in enumerate(zip(wanted, inputs, strict=True))],
    )
    with enable_grad():
        found = _interpreted(body.program, fresh)
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
    number = {id(x): i for i, x in enumerate(fresh)}
    own = {id(seed) for seed in seeds.values()} | {id(x) for x in sums.values()}
    needed = [x for x in _read([*carry, *rows], start) if id(x) not in own]
    kept = [x for x in needed if number.get(id(x), 0) < n]
    slices = [x for x in needed if n <= number.get(id(x), 0) < n + m]
    shared = [x for x in needed if number.get(id(x), 0) >= n + m]
    names = {_identity(value): x for x, value in reversed(found.items())}
    stacks = _stacked(y[0].inputs[0], inputs, [names[_identity(x)] for x in kept])
    program = section_program(
        notes,
        [
            *(seeds[i] for i in carried),
            *sums.values(),
            *(seeds[i] for i in stacked),
            *kept,
            *slices,
            *shared,
        ],
        [*carry, *rows],
    )
    results = record(
        Body(program, len(carry), len(stacked) + len(kept) + len(slices)),
        [
            *(g[i] for i in carried),
            *(np.zeros_like(data_of(inputs[i])) for i in summed),
            *(g[i] for i in stacked),
            *stacks,
            *(inputs[number[id(x)]] for x in (*slices, *shared)),
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


def _interpreted(program: Program, inputs: Sequence[Any]) -> dict[Variable, Any]:
    """What every variable of a step is; the random numbers that it draws are Values as well."""
    drawing = [e for e in program.equations if e.op is random_row]
    others = [e for e in program.equations if e.op is not random_row]
    drawn = [
        node(random_row, np.zeros(e.static["shape"]), (), dict(e.static), False) for e in drawing
    ]
    variables = [*program.inputs, *(e.output for e in drawing)]
    return interpret(Program(variables, others, program.results), [*inputs, *drawn])


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


def _stacked(whole: Value, inputs: Sequence[Any], variables: Sequence[Variable]) -> list[Any]:
    """These variables of every step, as further results of a recorded loop."""
    body = whole.static["body"]
    results = body.program.results
    place = {id(x): i for i, x in reversed(list(enumerate(results))) if i >= body.carried}
    new = [x for x in variables if id(x) not in place]
    for x in new:
        place[id(x)] = len(results)
        results.append(x)
    if new:
        whole._data = _run(*map(data_of, inputs), **whole.static)
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


def _tangent(
    tangents: Sequence[Any], y: Any, *inputs: Any, body: Body, length: int, reverse: bool
) -> Any:
    """The loop that carries with each number its tangent."""
    notes = _notes()
    n, m = body.carried, body.sliced
    moving = [t is not None or (i < n and _is_real(inputs[i])) for i, t in enumerate(tangents)]
    fresh = body.fresh(inputs, moving)
    with enable_grad():
        found = _interpreted(body.program, fresh)
        ends = body.outcome(found)
        dots = {i: detached(np.zeros_like(fresh[i]._data)) for i, is_ in enumerate(moving) if is_}
        orders = {fresh[i].order: dot for i, dot in dots.items()}
        roots = [v for v in ends if type(v) is Value and v.requires_grad]
        pushed = push_section(section(roots, orders).nodes, roots, orders, True)
    by_root = {id(root): t for root, t in zip(roots, pushed, strict=True)}
    moved = [
        np.zeros_like(data_of(v)) if by_root.get(id(v)) is None else by_root[id(v)] for v in ends
    ]
    given = {
        i: np.zeros_like(data_of(x)) if tangents[i] is None else tangents[i]
        for i, x in enumerate(inputs)
    }
    # The numbers that the steps have drawn are stacked: this loop must not draw others.
    random = [e.output for e in body.program.equations if e.op is random_row]
    stacks = _stacked(y[0].inputs[0], inputs, random)
    parts = [range(n), range(n, n + m), range(n + m, len(inputs))]
    carried, sliced, shared = [[i for i in part if moving[i]] for part in parts]

    def ordered(
        first: Sequence[Any], tangents: Mapping[int, Any], drawn: Sequence[Any]
    ) -> list[Any]:
        """The inputs of a step or of the loop, each kind followed by its tangents."""
        return [
            *(first[i] for i in parts[0]),
            *(tangents[i] for i in carried),
            *drawn,
            *(first[i] for i in parts[1]),
            *(tangents[i] for i in sliced),
            *(first[i] for i in parts[2]),
            *(tangents[i] for i in shared),
        ]

    program = section_program(
        notes,
        ordered(fresh, dots, [found[x] for x in random]),
        [*ends[:n], *(moved[i] for i in carried), *moved[n:]],
    )
    results = record(
        Body(program, n + len(carried), m + len(sliced) + len(random)),
        ordered(inputs, given, stacks),
        length,
        reverse,
    )
    tangent = dict(zip(carried, results[n:], strict=False))
    zeros = {i: np.zeros_like(data_of(ends[i])) for i in range(n)}
    return (*(tangent.get(i, zeros[i]) for i in range(n)), *results[n + len(carried) :])


# One row for all loops: what differs is the body.
scan_row = Op(_run, Kind.GENERAL, joint=_joint, tangent=_tangent, arity=0, name="scan")
