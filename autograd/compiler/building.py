"""Making nodes: what every lowering of an op is written in."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from autograd.compiler import views
from autograd.compiler.constant_memory import lying, settled
from autograd.compiler.loops import Buffer, contiguous
from autograd.compiler.nodes import (
    Access,
    Assembled,
    Elementwise,
    Node,
    Number,
    Opaque,
    Reduction,
    Result,
    Source,
    Write,
)
from autograd.compiler.program import Constant
from autograd.compiler.scalars import COMPARISONS, SUPPORTED
from autograd.ops.shape import copy

BOOL = np.dtype(np.bool_)


class OnlyByNumPy(Exception):
    """No kernel computes this: the equation becomes a call."""


class Builder:
    """Nodes, in an order in which they may be computed."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.uses: dict[Any, int] = {}  # of each variable of the program, how often it is read
        self.shared: set[Any] = set()  # views of what others read as well
        self.checks: list[Any] = []
        # Indices that were made to lie inside, and max(x, 0) of each x.
        self.places: dict[Any, Access] = {}
        self._constants: dict[int, Access] = {}
        self._fixed: dict[Any, Access] = {}

    def add(self, node: Any) -> Any:
        """A node more."""
        node.number = len(self.nodes)
        self.nodes.append(node)
        return node

    def is_only_use(self, variable: Any) -> bool:
        """Whether nothing else reads a variable, nor what it is a view of."""
        return self.uses.get(variable) == 1 and variable not in self.shared

    # What is there

    def source(self, shape: Sequence[int], dtype: Any, role: str, name: str = "") -> Access:
        """An input, in C order."""
        node = self.add(Source(tuple(shape), np.dtype(dtype)))
        node.buffer = Buffer(node.size, node.dtype, role, name)
        return node.whole()

    def constant(self, constant: Constant) -> Access | Number:
        """A number that is part of the program, or an array that is read where it lies."""
        if constant.fixed and constant.shape == ():
            return Number(constant.data, constant.dtype, constant.weak)
        if id(constant) not in self._constants:
            found = self._array(settled(constant))
            if isinstance(found.node, Source):
                found.node.memory.constant = constant
            self._constants[id(constant)] = found
        return self._constants[id(constant)]

    def _array(self, data: np.ndarray) -> Access:
        steps = tuple(stride // data.itemsize for stride in data.strides)
        if any(stride % data.itemsize for stride in data.strides) or not data.flags.aligned:
            # Its elements may change between calls: they are copied in each.
            return self.call(copy, [data], {}, [data])[0]
        flat = lying(data)
        node = self.add(Source(flat.shape, data.dtype))
        node.buffer = Buffer(flat.size, data.dtype, "constant", data=flat)
        start = sum((n - 1) * -step for n, step in zip(data.shape, steps, strict=True) if step < 0)
        return Access(node, data.shape, steps, start)

    def fixed(self, data: np.ndarray) -> Access:
        """An array that the compiler itself made up."""
        key = (data.dtype.str, data.shape, data.tobytes())
        if key not in self._fixed:
            node = self.add(Source(data.shape, data.dtype))
            node.buffer = Buffer(data.size, data.dtype, "constant", data=np.ascontiguousarray(data))
            self._fixed[key] = node.whole()
        return self._fixed[key]

    def forget(self, start: int) -> None:
        """Take back the nodes from number `start` on."""
        del self.nodes[start:]
        for known in (self._constants, self._fixed, self.places):
            for key, x in list(known.items()):
                if x.node.number >= start:
                    del known[key]
        self.checks = [bounds for bounds in self.checks if bounds.index.number < start]

    # Elementwise

    def access(self, x: Any) -> Access:
        """An operand that may be a number as elements of a node."""
        if isinstance(x, Access):
            return x
        if x.dtype not in SUPPORTED:
            data = np.asarray(x.value, x.dtype)
            return self.call(copy, [data], {}, [data])[0]
        return self.add(Elementwise((), x.dtype, "copy", (x.dtype.type(x.value).item(),))).whole()

    def cast(self, x: Any, dtype: Any) -> Any:
        """An operand in another dtype; as it is where that is its own."""
        dtype = np.dtype(dtype)
        if isinstance(x, Number):
            with np.errstate(all="ignore"):
                return Number(np.asarray(x.value).astype(dtype).item(), dtype, False)
        if x.dtype == dtype:
            return replace(x, weak=False) if x.weak else x
        if x.dtype not in SUPPORTED or dtype not in SUPPORTED:
            raise OnlyByNumPy
        return self.add(Elementwise(x.shape, dtype, "cast", (x,))).whole()

    def make(self, function: str, dtype: Any, *operands: Any) -> Any:
        """function(*operands), broadcast, computed in `dtype`; a comparison gives a boolean."""
        dtype = BOOL if function in COMPARISONS else np.dtype(dtype)
        if function == "copy" and isinstance(operands[0], Access | Number):
            return operands[0]
        if function in ("greater", "maximum") and _is_zero(operands[1]):
            operands = self._rectified(function, dtype, operands)
            if len(operands) == 1:
                return operands[0]
        if isinstance(operands[0], Number) and not any(isinstance(x, Access) for x in operands):
            operands = (self.access(operands[0]), *operands[1:])  # which says what is computed in
        shape = np.broadcast_shapes(*(x.shape for x in operands if isinstance(x, Access)))
        arguments = tuple(self._argument(x, shape) for x in operands)
        return self.add(Elementwise(shape, dtype, function, arguments)).whole()

    def _rectified(self, function: str, dtype: Any, operands: Any) -> Any:
        """x > 0 is max(x, 0) > 0, and that is what lies in memory when the gradient is due."""
        x = operands[0]
        if not isinstance(x, Access):
            return operands
        key = (x.node, x.offset, x.shape, x.strides)
        found = self.places.get(key)
        if found is not None:
            return (found,) if function == "maximum" else (found, operands[1])
        if function == "maximum":
            made = Elementwise(x.shape, np.dtype(dtype), function, (x, 0))
            self.places[key] = self.add(made).whole()
            return (self.places[key],)
        return operands

    def _argument(self, x: Any, shape: tuple[int, ...]) -> Any:
        if isinstance(x, Number):
            return x.value
        return views.broadcast(x, shape) if isinstance(x, Access) else x

    def copy(self, x: Any) -> Access:
        """The elements in memory of their own, in C order."""
        if x.dtype not in SUPPORTED:
            raise OnlyByNumPy
        value = x.value if isinstance(x, Number) else x
        return self.add(Elementwise(x.shape, x.dtype, "copy", (value,))).whole()

    def reshape(self, x: Any, shape: Sequence[int]) -> Access:
        """Another shape: of a view where strides can say so, else of a copy."""
        x = self.access(x)
        return views.reshaped(x, shape) or contiguous_access(self.copy(x).node, shape)

    # Reductions

    def reduce(self, function: str, x: Any, axis: Any, keepdims: bool = False) -> Access:
        """The fold over axes by add, multiply, maximum or minimum."""
        x = self.access(x)
        axes = views.axes_of(axis, len(x.shape))
        repeated = 1
        if function != "multiply":
            same = [i for i in axes if x.strides[i] == 0 and x.shape[i] != 1]
            repeated = views.inner_length([x.shape[i] for i in same])
            shape = tuple(1 if i in same else n for i, n in enumerate(x.shape))
            x = replace(x, shape=shape)
        live = tuple(i for i in axes if x.shape[i] != 1)
        ones = [i for i in axes if x.shape[i] == 1]
        reduced = x
        if live:
            shape = tuple(n for i, n in enumerate(x.shape) if i not in live)
            node = self.add(Reduction(shape, x.dtype, function, x, live))
            strides = iter(node.whole().strides)
            reduced = Access(
                node,
                tuple(1 if i in live else n for i, n in enumerate(x.shape)),
                tuple(0 if i in live else next(strides) for i in range(len(x.shape))),
            )
        if repeated != 1 and function == "add":
            reduced = self.make("multiply", x.dtype, reduced, repeated)
        return reduced if keepdims else views.without(reduced, [*live, *ones])

    # Arrays made of parts

    def assembled(self, shape: Sequence[int], dtype: Any) -> Assembled:
        """Memory to write parts of."""
        return self.add(Assembled(tuple(shape), np.dtype(dtype)))

    def write(self, target: Access, x: Any, **options: Any) -> Write:
        """A part of what is assembled."""
        value = x.value if isinstance(x, Number) else x
        if isinstance(value, Access):
            value = views.broadcast(value, target.shape)
        node = self.add(Write(target.shape, target.dtype, target, value, **options))
        node.whole_node.writes.append(node)
        return node

    # Calls

    def call(
        self, op: Any, inputs: Sequence[Any], static: Any, outputs: Sequence[Any], after: Any = ()
    ) -> list[Access]:
        """A call of NumPy; `outputs` have shapes and dtypes."""
        given = tuple(x.value if isinstance(x, Number) else x for x in inputs)
        node = self.add(Opaque((), BOOL, op, given, static, after=after))
        for x in outputs:
            node.results.append(self.add(Result(tuple(x.shape), x.dtype, node)))
        return [result.whole() for result in node.results]


def _is_zero(x: Any) -> bool:
    value = x.value if isinstance(x, Number) else x
    return not isinstance(value, Access) and value == 0


def contiguous_access(node: Node, shape: Sequence[int]) -> Access:
    """The elements of a node in C order under another shape of that size."""
    return Access(node, tuple(shape), contiguous(shape))
