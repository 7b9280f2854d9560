"""In which order the elements of every array lie in memory, as far as it can be told beforehand."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from autograd.compiler.emit.numpy_names import Form
from autograd.compiler.program import Equation, Program, Variable

# The axes of an array, the slowest first.
Order = tuple[int, ...]


def in_order(shape: tuple[int, ...], itemsize: int, order: Order) -> tuple[int, ...]:
    """Strides in bytes."""
    strides = [0] * len(shape)
    step = itemsize
    for axis in reversed(order):
        strides[axis] = step
        step *= max(shape[axis], 1)
    return tuple(strides)


def order_of(strides: tuple[int, ...]) -> Order:
    """The axes from the slowest to the fastest."""
    return tuple(sorted(range(len(strides)), key=lambda i: (-abs(strides[i]), i)))


def is_flat(x: Any, strides: tuple[int, ...]) -> bool:
    """Whether the elements lie one after another in C order."""
    step = x.dtype.itemsize
    for n, stride in zip(reversed(x.shape), reversed(strides), strict=True):
        if n != 1 and stride != step:
            return False
        step *= n
    return True


class Layouts:
    """The strides that every array has as far as can be told beforehand.

    Inputs are taken to be in C order. Where they are not, a sum may be rounded in another order.
    """

    def __init__(self, program: Program, forms: Mapping[Equation, Form]) -> None:
        self.strides: dict[Any, tuple[int, ...]] = {}
        self.copies: set[Equation] = set()  # reshapes that no view can be
        for equation in program.equations:
            for variable in equation.outputs:
                if variable.shape:
                    self.strides[variable] = self._made(equation, variable, forms[equation])

    def of(self, x: Any) -> tuple[int, ...]:
        """The strides of an operand in bytes."""
        if x in self.strides:
            return self.strides[x]
        if hasattr(x, "data") and isinstance(x.data, np.ndarray):
            return x.data.strides
        return _in_c_order(x)

    def is_flat(self, x: Any) -> bool:
        """Whether the elements of an operand lie one after another in C order."""
        return is_flat(x, self.of(x))

    def _dummy(self, x: Any) -> np.ndarray:
        """An array that may be asked for its shape and strides; there is nothing in it."""
        return np.lib.stride_tricks.as_strided(np.empty(1, x.dtype), x.shape, self.of(x))

    def _made(self, equation: Equation, y: Variable, form: Form) -> tuple[int, ...]:
        plain = _in_c_order(y)
        if form.view:
            return self._viewed(equation, y)
        if form.elementwise:
            same = [x for x in equation.inputs if np.shape(x) == y.shape]
            if all(self.is_flat(x) for x in same):
                return plain
            arrays = [self._dummy(x) for x in equation.inputs if np.shape(x)]
            flags: Any = [["readonly"]] * len(arrays) + [["writeonly", "allocate"]]
            dtypes = [*(a.dtype for a in arrays), y.dtype]
            made = np.nditer([*arrays, None], ["zerosize_ok"], flags, dtypes, order="K")
            return in_order(y.shape, y.dtype.itemsize, order_of(made.operands[-1].strides))
        if form.reduces and equation.static.get("axis") is not None:
            axis = equation.static["axis"]
            x = equation.inputs[0]
            gone = np.lib.array_utils.normalize_axis_tuple(axis, len(x.shape))
            kept = [i for i in order_of(self.of(x)) if i not in gone]
            if equation.static.get("keepdims"):
                return in_order(y.shape, y.dtype.itemsize, (*gone, *kept))
            places = {axis: i for i, axis in enumerate(sorted(kept))}
            return in_order(y.shape, y.dtype.itemsize, tuple(places[i] for i in kept))
        return plain

    def _viewed(self, equation: Equation, y: Variable) -> tuple[int, ...]:
        x = equation.inputs[0]
        if equation.op.name != "reshape":
            return equation.op.function(self._dummy(x), **equation.static).strides
        if self.is_flat(x):
            return _in_c_order(y)
        try:
            return np.reshape(self._dummy(x), y.shape, copy=False).strides
        except (ValueError, TypeError):  # TypeError: NumPy 2.0 knows no copy=
            self.copies.add(equation)
            return _in_c_order(y)


def _in_c_order(x: Any) -> tuple[int, ...]:
    return in_order(x.shape, x.dtype.itemsize, tuple(range(len(x.shape))))
