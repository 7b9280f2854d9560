"""The record of a trace, written as equations."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autograd.compiler.program import Constant, Equation, Program, Variable
from autograd.deferred import contents
from autograd.errors import AssignmentError, describe
from autograd.graph import edges, resolve
from autograd.journal import Journal
from autograd.op import Kind, Op, component
from autograd.ops.shape import cast_row
from autograd.value import Value

# What a Value is since data was assigned to it; it may be that of no Value.
assigned = Op(lambda x: x, Kind.LINEAR, (lambda g, y, x: g,), name="assigned")


def section_program(notes: Journal, inputs: Sequence[Value], results: Sequence[Any]) -> Program:
    """What leads from these Values to those, as a program of its own."""
    record = Record(notes, {x.order: x for x in inputs})
    record.write(results)
    return Program(record.arguments, record.equations, [record.operand(x) for x in results])


class Record:
    """Nodes as equations; a state of a Value is known by its order."""

    def __init__(self, notes: Journal, arguments: Mapping[int, Value]) -> None:
        self.notes = notes
        self.arguments = [Variable.like(x._data, x.name) for x in arguments.values()]
        self.inputs: list[Variable] = []
        self.captured: list[Value] = []
        self.equations: list[Equation] = []
        self._found: dict[int, Any] = dict(zip(arguments, self.arguments, strict=True))
        self._constants: dict[int, Constant] = {}
        # Values that the trace changed, by the order that each had before; copies stand for them.
        self._owners = {kept.state["order"]: kept.value for kept in notes.before.values()}
        self._reads = {value.order: owner for owner, value in notes.reads.values()}
        self._read: dict[Value, Variable] = {}

    def write(self, roots: Sequence[Any]) -> None:
        """One equation for every node that the roots depend on, in the order they were made."""
        nodes: dict[int, tuple[Value, Sequence[Any]]] = {}
        seen = set(self._found)
        sources, start = self.notes.sources, self.notes.start
        stack = [root for root in roots if type(root) is Value]
        while stack:
            n = stack.pop()
            order = n.order
            if order in seen:
                continue
            seen.add(order)
            if order in sources:
                below = [self._assigned(order)]
            elif n.op is None or order < start:
                continue
            else:
                below = edges(n)
            nodes[order] = n, below
            stack += [x for x in below if type(x) is Value and x.order not in seen]
        for order in sorted(nodes):
            self._found[order] = self._equation(*nodes[order])

    def _equation(self, n: Value, below: Sequence[Any]) -> Any:
        """The output of a node, made from those below it: a variable, or the tuple of them."""
        inputs = [self.operand(x) for x in below]
        if n.order in self.notes.sources:
            return self._since_assigned(n, inputs[0])
        if n.op is component:
            return inputs[0][n.static["index"]]
        several = isinstance(n._data, tuple)
        if several:
            outputs = tuple(Variable.like(part, n.name) for part in n._data)
        else:
            outputs = (Variable.like(n._data, n.name),)
        self.equations.append(Equation(n.op, tuple(inputs), n.static, outputs))
        return outputs if several else outputs[0]

    def _since_assigned(self, n: Value, x: Any) -> Variable:
        """The output of an assignment of this operand: `n` has kept its dtype."""
        like = Variable.like(n._data, n.name)
        if not x.shape and isinstance(x, Constant):
            x = Constant(n._data)
        elif x.dtype != like.dtype:
            cast = Variable(x.shape, like.dtype)
            self.equations.append(Equation(cast_row, (x,), {"dtype": like.dtype}, (cast,)))
            x = cast
        self.equations.append(Equation(assigned, (x,), {}, (like,)))
        return like

    def operand(self, x: Any) -> Any:
        """What stands for a Value, a number or an array; anything else as it is."""
        if type(x) is Value:
            found = self._found.get(x.order)
            if found is not None:
                return found
            if x.order < self.notes.start or x.order in self._reads:
                return self._input(x)
            if x.order in self.notes.inside:
                raise AssignmentError(
                    "what a step of scan computes to leave it in its carry or in its y",
                    f"a Value of one step that is used after the loop, {describe(x)}",
                    "return it from the step",
                )
            x = x._data  # a leaf that the function made itself
        x = contents(x)
        if isinstance(x, np.ndarray | np.generic) or type(x) in (bool, int, float, complex):
            if id(x) not in self._constants:
                self._constants[id(x)] = Constant(x)
            return self._constants[id(x)]
        return x

    def _assigned(self, order: int) -> Any:
        """What was assigned then: a Value as it was, whatever has been assigned to it since."""
        data = self.notes.sources[order]
        return resolve(data, order) if type(data) is Value else data

    def knows(self, x: Value) -> bool:
        """Whether the results depend on this Value of the trace."""
        return x.order in self._found

    def _input(self, x: Value) -> Variable:
        """The input that a Value from before the call, or the gradient of one, is read from."""
        owner = self._owners.get(x.order, x)
        variable = Variable.like(x._data, owner.name)
        self._found[x.order] = variable
        if x.order in self._reads:
            self._read[self._reads[x.order]] = variable
        else:
            self.captured.append(owner)
            self.inputs.append(variable)
        return variable

    def read_grads(self, known: dict[int, tuple[Value, Any]]) -> dict[Value, Variable]:
        """The inputs that are `.grad` of a Value: read by a sweep, or met as an array.

        `known` are the Values whose gradient may have been met, and what it was.
        """
        found = dict(self._read)
        by_identity = {id(grad): v for v, grad in known.values() if isinstance(grad, np.ndarray)}
        replaced: dict[Any, Variable] = {}
        for key, met in self._constants.items():
            v = by_identity.get(key)
            if v is not None:
                replaced[met] = found[v] = Variable.like(met.data)
        if replaced:
            for equation in self.equations:
                equation.inputs = tuple(replaced.get(x, x) for x in equation.inputs)
        return found
