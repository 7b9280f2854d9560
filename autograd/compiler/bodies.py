"""The step of a loop as a program, and the loop over it: run on arrays, or recorded as one node."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autograd.broadcast import data_of
from autograd.compiler.program import Constant, Equation, Program, Variable, interpret, solve
from autograd.deferred import Deferred
from autograd.errors import UnsupportedError
from autograd.journal import Journal, journal
from autograd.modes import current
from autograd.op import Op, apply, component
from autograd.ops.random import random_row
from autograd.value import Value, detached, leaf, node


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
        raw[n : n + m] = [sliced(x, 0) for x in raw[n : n + m]]
        return [leaf(x) if moves else detached(x) for x, moves in zip(raw, moving, strict=True)]


def body_of(equation: Equation) -> Body | None:
    """The step of a loop; None for other equations."""
    body = equation.static.get("body")
    return body if type(body) is Body else None


def drawn_from(op: Op, static: Mapping[str, Any]) -> Iterator[np.random.Generator]:
    """The random generators that an op draws from."""
    if op is random_row:
        yield static["generator"]
    elif type(static.get("body")) is Body:
        for equation in static["body"].program.equations:
            yield from drawn_from(equation.op, equation.static)


def draws(equation: Equation) -> bool:
    """Whether it draws random numbers."""
    return any(True for _ in drawn_from(equation.op, equation.static))


def run(*inputs: Any, body: Body, length: int, reverse: bool) -> tuple[Any, ...]:
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


def put_off(op: Op, inputs: Sequence[Any], static: Mapping[str, Any]) -> tuple[Any, ...]:
    """The data of a recorded loop: a program needs its shapes and dtypes, which one step shows."""
    body: Body = static["body"]
    n, results = body.carried, body.program.results
    raw = [data_of(x) for x in inputs]
    if any(x.weak for x in results[:n]):  # a Python number has no other way to say that it is one
        return run(*raw, **static)
    whole = Deferred(op, raw, static, (), np.dtype(object))
    shapes = [x.shape if i < n else (static["length"], *x.shape) for i, x in enumerate(results)]
    return tuple(
        Deferred(component, (whole,), {"index": i}, shape, x.dtype)
        for i, (shape, x) in enumerate(zip(shapes, results, strict=True))
    )


def sliced(x: Any, i: int) -> Any:
    """x[i], put off if x is."""
    if type(x) is not Deferred:
        return x[i]
    return Deferred(component, (x,), {"index": i}, x.shape[1:], x.dtype)


def record(op: Op, body: Body, inputs: Sequence[Any], length: int, reverse: bool) -> list[Any]:
    """The loop as one node of this op; its results."""
    body, inputs = _hoisted(body, inputs)
    requires = current().records and any(type(x) is Value and x.requires_grad for x in inputs)
    static = {"body": body, "length": length, "reverse": reverse}
    data = put_off(op, inputs, static)
    whole = node(op, data, tuple(inputs), static, requires)
    return [apply(component, (whole,), {"index": i}) for i in range(len(data))]


def _hoisted(body: Body, inputs: Sequence[Any]) -> tuple[Body, list[Any]]:
    """The body without what is the same at every step, and its inputs with that computed before."""
    program, first = body.program, body.carried + body.sliced
    changing = set(program.inputs[:first])
    before, inside = [], []
    for equation in program.equations:
        moves = any(x in changing for x in equation.inputs if isinstance(x, Variable))
        if moves or draws(equation):
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


def interpreted(program: Program, inputs: Sequence[Any]) -> dict[Variable, Any]:
    """What every variable of a step is; the random numbers that it draws are Values as well."""
    found: dict[Variable, Any] = dict(zip(program.inputs, inputs, strict=True))
    for equation in program.equations:
        if equation.op is random_row:
            zeros = np.zeros(equation.static["shape"])
            found[equation.output] = node(random_row, zeros, (), dict(equation.static), False)
            continue
        if draws(equation):
            # Of plain numbers alone it would be computed here and now, and be a constant.
            plain = {x: Variable.like(x.data) for x in equation.inputs if type(x) is Constant}
            found |= {variable: detached(x.data) for x, variable in plain.items()}
            given = tuple(plain.get(x, x) for x in equation.inputs)
            equation = replace(equation, inputs=given)
        solve(equation, found)
    return found


def notes_of_trace() -> Journal:
    """The journal of the trace; UnsupportedError outside of one."""
    notes = journal()
    if notes is None:
        raise UnsupportedError(
            "a loop that is one equation inside of a trace", "one outside", "call autograd.scan"
        )
    return notes
