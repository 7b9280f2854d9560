"""Random programs for Hypothesis, with inputs to run them on."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st

from autograd.compiler.program import Constant, Equation, Operand, Program, Variable
from autograd.op import Op, apply, registry, rows
from autograd.ops import arithmetic, contract, elementary, index, joining, logits, reduce, shape
from autograd.ops.extremes import max_row
from autograd.runs import alias as argument

# Exact in every order of computing with a few of them; and what is special.
NUMBERS = (-3.0, -2.0, -1.0, -0.5, -0.0, 0.0, 0.5, 1.0, 2.0, 4.0, np.nan, np.inf, -np.inf)
SHAPES = ((), (3,), (1,), (4, 3), (4, 1), (1, 3), (2, 4, 3))


def op_of(function: Any) -> Op:
    """The row of a NumPy function."""
    found = registry[function]
    return found if isinstance(found, Op) else next(op for op in rows if op.function is function)


UNARY = [
    *map(op_of, (np.negative, np.square, np.absolute, np.positive, np.sqrt)),
    elementary.relu_row,
    shape.copy,
    argument,
    index.stop_row,
]
# What rounds: no comparison may read it, or another rounding would turn it round.
ROUNDING = [
    elementary.exp,
    elementary.log,
    elementary.tanh,
    elementary.sigmoid_row,
    elementary.softplus_row,
]
BINARY = [*map(op_of, (np.add, np.subtract, np.multiply, np.divide, np.maximum, np.minimum))]
COMPARING = [*map(op_of, (np.less, np.equal, np.greater_equal))]
LOGICAL = [*map(op_of, (np.logical_or, np.logical_and))]


class Builder:
    """A program that grows, and what its variables are for the inputs at hand."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.inputs: list[Variable] = []
        self.equations: list[Equation] = []
        self.data: dict[Operand, Any] = {}
        self.rounded: set[Operand] = set()

    def choose(self, among: Sequence[Any]) -> Any:
        """One of these."""
        return among[int(self.rng.integers(len(among)))]

    def integer(self, low: int, high: int) -> int:
        """A whole number, both bounds included."""
        return int(self.rng.integers(low, high + 1))

    def flag(self) -> bool:
        """Yes or no."""
        return bool(self.rng.integers(2))

    def order(self, n: int) -> list[int]:
        """The numbers below n in some order."""
        return self.rng.permutation(n).tolist()

    def add_input(self, data: Any) -> None:
        """One more input."""
        variable = Variable.like(data)
        self.inputs.append(variable)
        self.data[variable] = data

    def constant(self) -> Constant:
        """A constant: a number, or an array that is part of the program or not."""
        number = self.choose(NUMBERS)
        kind = self.choose(("number", "scalar", "fixed", "closure"))
        data: Any = number
        if kind == "scalar":
            data = np.float64(number)
        elif kind != "number":
            data = np.full(self.choose(SHAPES[1:]), number)
        made = Constant(data, fixed=None if kind in ("number", "scalar") else kind == "fixed")
        self.data[made] = data
        return made

    def pick(self, kinds: str = "f", exact: bool = False, array: bool = False) -> Any:
        """One of the operands there are, or a new constant; None if there is none."""
        found = [
            x
            for x in self.data
            if x.dtype.kind in kinds
            and not (exact and x in self.rounded)
            and not (array and not x.shape)
        ]
        if kinds == "f" and not array and self.integer(0, 4) == 0:
            return self.constant()
        if not found:
            return None
        return found[-1 - self.integer(0, min(len(found), 8) - 1)]

    def equation(
        self, op: Op, inputs: tuple[Any, ...], rounds: bool = False, **static: Any
    ) -> Variable | None:
        """The output of one more equation; None if NumPy refuses it or it grows too large."""
        if any(x is None for x in inputs):
            return None
        try:
            data = apply(op, tuple(self.data[x] for x in inputs), static)
        except Exception:
            return None
        if np.size(data) > 100:
            return None
        y = Variable.like(data)
        self.equations.append(Equation(op, inputs, static, (y,)))
        self.data[y] = data
        if rounds or any(x in self.rounded for x in inputs):
            self.rounded.add(y)
        return y

    def step(self) -> None:
        """One more random equation."""
        before = len(self.equations)
        for _ in range(20):
            self._try()
            if len(self.equations) > before:
                break

    def _try(self) -> None:
        choice = self.choose(("unary", "binary", "binary", "other", "other", "other", "rounding"))
        if choice == "unary":
            self.equation(self.choose(UNARY), (self.pick(),))
        elif choice == "binary":
            self.equation(self.choose(BINARY), (self.pick(), self.pick()))
        elif choice == "rounding":
            self.equation(self.choose(ROUNDING), (self.pick(),), rounds=True)
        else:
            self.choose(OTHERS)(self)


def _compare(b: Builder) -> None:
    b.equation(b.choose(COMPARING), (b.pick(exact=True), b.pick(exact=True)))


def _logical(b: Builder) -> None:
    b.equation(b.choose(LOGICAL), (b.pick("b"), b.pick("b")))


def _not(b: Builder) -> None:
    b.equation(op_of(np.logical_not), (b.pick("b"),))


def _where(b: Builder) -> None:
    b.equation(arithmetic.where_row, (b.pick("b"), b.pick(), b.pick()))


def _guard(b: Builder) -> None:
    """What a trace records around a pole."""
    c, g = b.pick(exact=True), b.pick(exact=True)
    if c is None or g is None:
        return
    zero = Constant(0.0)
    b.data[zero] = 0.0
    finite = b.equation(op_of(np.isfinite), (c,))
    keep = b.equation(op_of(np.logical_or), (finite, b.equation(op_of(np.not_equal), (g, zero))))
    b.equation(arithmetic.where_row, (keep, c, zero))


def _power(b: Builder) -> None:
    exponent = b.choose((1, 2, 3, 4, 0.5, -1, 0, 2.0))
    rounds = exponent in (3, 4)
    b.equation(arithmetic.power_of_number, (b.pick(),), rounds=rounds, exponent=exponent)


def _reduce(b: Builder) -> None:
    x = b.pick(array=True)
    if x is None:
        return
    axis = b.choose((None, *range(-len(x.shape), len(x.shape))))
    static = {} if axis is None else {"axis": axis}
    if b.flag():
        static["keepdims"] = True
    op = b.choose((reduce.sum_row, reduce.sum_row, reduce.mean_row, max_row))
    b.equation(op, (x,), rounds=op is not max_row, **static)


def _matmul(b: Builder) -> None:
    b.equation(contract.matmul_row, (b.pick(array=True), b.pick(array=True)), rounds=True)


def _transpose(b: Builder) -> None:
    x = b.pick(array=True)
    if x is None:
        return
    axes = b.order(len(x.shape))
    kind = b.integer(0, 3)
    if kind == 0:
        b.equation(shape.transpose, (x,))
    elif kind == 1:
        b.equation(shape.transpose, (x,), axes=tuple(axes))
    elif kind == 2:
        b.equation(shape.swapaxes, (x,), axis1=axes[0], axis2=-1)
    else:
        b.equation(shape.moveaxis, (x,), source=axes[0], destination=-1)


def _reshape(b: Builder) -> None:
    x = b.pick(array=True)
    if x is None:
        return
    kind = b.integer(0, 3)
    if kind == 0:
        b.equation(shape.reshape_row, (x,), shape=(-1,))
    elif kind == 1:
        b.equation(shape.reshape_row, (x,), shape=(*x.shape[::-1],))
    elif kind == 2:
        b.equation(shape.expand_dims, (x,), axis=b.integer(0, len(x.shape)))
    else:
        b.equation(shape.squeeze, (x,))


def _broadcast(b: Builder) -> None:
    b.equation(shape.broadcast_to, (b.pick(),), shape=b.choose(SHAPES[1:]))


def _cast(b: Builder) -> None:
    dtype = np.dtype(b.choose(("float32", "float64")))
    b.equation(shape.cast_row, (b.pick("fb"),), dtype=dtype)


def _slice(b: Builder) -> None:
    x = b.pick(array=True)
    if x is None:
        return
    start = b.integer(0, 2)
    rows = slice(start, None)
    columns = (Ellipsis, slice(0, start + 1))
    among = (0, rows, columns, slice(None, None, -1), slice(None), (None, slice(None), None))
    given = b.choose(among)
    if b.flag():
        b.equation(index.get_row, (x,), index=given)
    else:
        b.equation(index.get_row, (x,), index=np.array([0, 0]))


def _scatter(b: Builder) -> None:
    x = b.pick(array=True)
    if x is None:
        return
    whole = (x.shape[0] + 2, *x.shape[1:])
    stop = x.shape[0]
    first = b.equation(index.scatter, (x,), index=slice(0, stop), shape=whole)
    rest = b.pick(array=True)
    second = b.equation(index.scatter, (rest,), index=slice(stop, None), shape=whole)
    b.equation(op_of(np.add), (first, second))


def _softmax(b: Builder) -> None:
    x = b.pick(array=True)
    if x is not None:
        op = b.choose((logits.softmax_row, logits.log_softmax_row))
        b.equation(op, (x,), rounds=True, axis=b.integer(-1, len(x.shape) - 1))


def _put(b: Builder) -> None:
    b.equation(index.put_row, (b.pick(array=True), b.pick()), index=0)


def _join(b: Builder) -> None:
    b.equation(joining.join, (b.pick(array=True), b.pick(array=True)), axis=-1)


OTHERS = (
    _compare,
    _logical,
    _not,
    _where,
    _guard,
    _power,
    _reduce,
    _matmul,
    _transpose,
    _reshape,
    _broadcast,
    _cast,
    _slice,
    _scatter,
    _put,
    _join,
    _softmax,
)


def program_of(seed: int, length: int) -> tuple[Program, list[Any]]:
    """A program of so many equations and inputs for it; results may take an input's memory."""
    b = Builder(seed)
    for _ in range(b.integer(1, 4)):
        given = b.choose(SHAPES)
        values = b.rng.choice(NUMBERS, given)
        dtype = b.choose((np.float64, np.float64, np.float32))
        b.add_input(values.astype(dtype) if given else dtype(values))
    if b.flag():
        b.add_input(b.choose(NUMBERS))
    with np.errstate(all="ignore"):
        for _ in range(length):
            b.step()
    candidates = list(b.data)
    results: list[Operand] = [
        candidates[-1 - min(b.integer(0, len(candidates) - 1), b.integer(0, len(candidates) - 1))]
        for _ in range(b.integer(1, 5))
    ]
    donated = {}
    for number, x in enumerate(results):
        same = [i for i, y in enumerate(b.inputs) if (y.shape, y.dtype) == (x.shape, x.dtype)]
        if same and b.flag():
            donated[number] = b.choose(same)
    return Program(b.inputs, b.equations, results, donated), [b.data[x] for x in b.inputs]


def programs() -> st.SearchStrategy[tuple[Program, list[Any]]]:
    """Random programs, from a single equation on."""
    return st.builds(program_of, st.integers(0, 1 << 32), st.integers(1, 30))
