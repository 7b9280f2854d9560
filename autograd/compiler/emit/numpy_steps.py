"""In which order a program runs with NumPy, and what runs piece by piece.

Long elementwise chains become one step, so that what one equation writes is still in cache when the
next one reads it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd.compiler.emit.numpy_layouts import Layouts
from autograd.compiler.emit.numpy_names import Form
from autograd.compiler.program import Equation, Program, Variable

# How many bytes of an array a piece of a chain takes. A few such arrays fit into a core's cache; of
# smaller pieces, calling NumPy (0.9 µs each time) costs more than the cache gains.
PIECE = 1 << 18
# An array of fewer pieces is not worth it either.
FEWEST = 4
# How far ahead a chain looks for what it may take in.
AHEAD = 200


@dataclass(eq=False)
class Step:
    """Equations that run together: one, or a chain of elementwise ones in pieces.

    piece    of a chain, how many elements, or `rows`, a piece has; 0 for a single equation.
    rows     whether the pieces are rows: some operand is broadcast along them.
    """

    equations: list[Equation]
    piece: int = 0
    rows: bool = False

    @property
    def shape(self) -> tuple[int, ...]:
        """Of a chain, the shape of its outputs."""
        return self.equations[0].output.shape

    @property
    def length(self) -> int:
        """How many elements or rows there are in all."""
        return self.shape[0] if self.rows else self.equations[0].output.size


class Scheduler:
    """Brings the equations into steps; one moves only before what it does not depend on.

    size    how many bytes of an array a piece of a chain takes.
    """

    def __init__(
        self,
        program: Program,
        forms: Mapping[Equation, Form],
        layouts: Layouts,
        size: int,
    ) -> None:
        self.equations = program.equations
        self.forms = forms
        self.layouts = layouts
        self.size = size

    def run(self) -> list[Step]:
        """The steps."""
        steps: list[Step] = []
        done: set[Equation] = set()
        for i, first in enumerate(self.equations):
            if first in done:
                continue
            if self._way(first) is None:
                steps.append(Step([first]))
                continue
            ahead = self.equations[i + 1 : i + 1 + AHEAD]
            chain, before = self._chain(first, [e for e in ahead if e not in done])
            steps += [Step([equation]) for equation in before]
            steps.append(self._step(chain))
            done.update(chain, before)
        return steps

    def _step(self, chain: list[Equation]) -> Step:
        if len(chain) == 1:
            return Step(chain)
        rows = any(self._way(equation) == "rows" for equation in chain)
        widest = max(equation.output.dtype.itemsize for equation in chain)
        row = int(np.prod(chain[0].output.shape[1:])) if rows else 1
        return Step(chain, max(self.size // (widest * row), 1), rows)

    def _chain(
        self, first: Equation, ahead: list[Equation]
    ) -> tuple[list[Equation], list[Equation]]:
        """The chain that starts here, and the equations of numbers that come before it."""
        chain = [first]
        before: list[Equation] = []
        behind: set[Any] = set()
        for equation in ahead:
            late = any(x in behind for x in equation.inputs if isinstance(x, Variable))
            same = len(equation.outputs) == 1 and equation.output.shape == first.output.shape
            if not late and same and self._way(equation) is not None:
                chain.append(equation)
            elif not late and _is_of_numbers(equation):
                before.append(equation)
            else:
                behind.update(equation.outputs)
        return chain, before

    def _way(self, equation: Equation) -> str | None:
        """How an equation may run in pieces: "flat", by "rows", or not at all."""
        form = self.forms[equation]
        if not form.elementwise or form.fill is None or len(equation.outputs) != 1:
            return None
        y = equation.output
        if y.size * y.dtype.itemsize <= FEWEST * self.size or not self.layouts.is_flat(y):
            return None
        shapes = [np.shape(x) for x in equation.inputs]
        whole = [x for x, given in zip(equation.inputs, shapes, strict=True) if given == y.shape]
        if not all(map(self.layouts.is_flat, whole)):
            return None
        if all(given in ((), y.shape) for given in shapes):
            return "flat"
        row = y.size // y.shape[0] * y.dtype.itemsize
        return "rows" if row <= self.size else None


def _is_of_numbers(equation: Equation) -> bool:
    return equation.op.is_elementwise and not equation.output.shape
