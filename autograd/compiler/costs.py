"""What a task costs: floating-point operations, and bytes that it reads and writes."""

from dataclasses import dataclass
from math import prod

from autograd.compiler.loops import (
    Accumulate,
    Call,
    Compute,
    Kernel,
    Load,
    MatMul,
    Reduce,
    Store,
    Task,
    View,
)
from autograd.compiler.scalars import COSTS, FREE


@dataclass(frozen=True)
class Cost:
    """Operations, and bytes if each element that is touched is moved once."""

    operations: int = 0
    bytes: int = 0

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.operations + other.operations, self.bytes + other.bytes)

    def __mul__(self, times: int) -> "Cost":
        return Cost(self.operations * times, self.bytes * times)


def cost(task: Task) -> Cost:
    """What a task costs; of a call the bytes alone are known.

    >>> import numpy as np
    >>> from autograd.compiler.loops import Buffer
    >>> x = View(Buffer(6, np.dtype(float)), (2, 3), (3, 1))
    >>> y = View(Buffer(12, np.dtype(float)), (3, 4), (4, 1))
    >>> z = View(Buffer(8, np.dtype(float)), (2, 4), (4, 1))
    >>> cost(MatMul(x, y, z))
    Cost(operations=48, bytes=208)
    """
    if isinstance(task, Kernel):
        return _of_kernel(task)
    if isinstance(task, MatMul):
        views = [task.a, task.b, task.out]
        return Cost(2 * prod(task.a.shape) * task.b.shape[-1], sum(map(_bytes, views)))
    if isinstance(task, Call):
        views = [*task.inputs, *task.outputs]
        return Cost(0, sum(_bytes(view) for view in views if isinstance(view, View)))
    total = Cost()
    for inner in task.tasks:
        total += cost(inner)
    return total * task.length


def _of_kernel(kernel: Kernel) -> Cost:
    operations = 0
    views: dict[tuple[object, ...], int] = {}
    for stage in kernel.stages:
        turns = prod(kernel.outer) * (prod(kernel.inner) if stage.full else 1)
        for s in stage.statements:
            if isinstance(s, Compute):
                operations += turns * (0 if s.function in FREE else COSTS.get(s.function, 1))
            elif isinstance(s, Reduce | Accumulate):
                operations += turns
            if isinstance(s, Load | Store | Accumulate):
                # The same elements, loaded once more, come from a cache.
                view = s.view
                key = (view.buffer, view.offset, view.strides, isinstance(s, Load))
                views[key] = _bytes(view) * (2 if isinstance(s, Accumulate) else 1)
    return Cost(operations, sum(views.values()))


def _bytes(view: View) -> int:
    """Of the elements of a view, each once."""
    moving = (n for n, stride in zip(view.shape, view.strides, strict=True) if stride)
    return min(prod(moving), max(view.buffer.size, 1)) * view.dtype.itemsize
