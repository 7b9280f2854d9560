"""How each op is written as NumPy code: as lines that fill an array, or as an expression."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from autograd.compiler.emit import numpy_composites, numpy_moves
from autograd.compiler.emit.numpy_names import Form, Names
from autograd.compiler.program import Constant, Equation, Variable
from autograd.compiler.repetition import scan_row
from autograd.op import Op, scalar_result
from autograd.ops import arithmetic, contract, elementary, index, joining, logits, reduce, shape
from autograd.ops.extremes import fmax_row, fmin_row, max_row, min_row
from autograd.ops.steps import stack_row


def form_of(equation: Equation, names: Names) -> Form:
    """How this equation is written."""
    if equation.op is scan_row:
        return Form()
    if len(equation.outputs) > 1:
        return _call(equation, names)
    output = equation.output
    if output.weak or not output.shape:
        return _of_number(equation, names)
    shows = equation.op in numpy_moves.VIEWS and np.shape(equation.inputs[0]) != ()
    write = numpy_moves.view if shows else _FORMS.get(equation.op)
    form = write(equation, names) if write is not None else None
    if form is not None:
        return form
    function = equation.op.function
    if isinstance(function, np.ufunc) and function.nout == 1 and not function.signature:
        return _ufunc(function, names, names.options(equation.static))
    return _call(equation, names)


# Any function, and numbers


def _call(equation: Equation, names: Names) -> Form:
    """The op's own function, whatever it does."""
    function = names.bind(equation.op.function, equation.op.name)
    options = names.options(equation.static)
    plain = isinstance(equation.op.function, np.ufunc) or equation.op.is_elementwise
    single = len(equation.outputs) == 1 and not plain

    def expression(args: list[str]) -> str:
        call = f"{function}({(', '.join(args) + options).removeprefix(', ')})"
        return f"{names.bind(only, 'only')}({call})" if single else call

    return Form(expression, fresh=False)


def only(x: Any) -> Any:
    """What an op with one output returns, which some give as a tuple of one."""
    return x[0] if type(x) is tuple else x


_SIGNS = {np.add: "+", np.subtract: "-", np.multiply: "*", np.divide: "/"}


def _of_number(equation: Equation, names: Names) -> Form:
    """A Python number, or a NumPy scalar, for which Python's operators are the fastest."""
    op, output = equation.op, equation.output
    operands = equation.inputs
    sign = _SIGNS.get(op.function)
    floats = all(_is_number(x) and x.dtype.kind in "fc" for x in operands)
    if output.weak:
        python = all(_is_number(x) and x.weak and x.dtype == np.float64 for x in operands)
        if python and sign is not None and sign != "/":
            return Form(lambda args: f"{args[0]} {sign} {args[1]}")
        if python and op.function is np.negative:
            return Form(lambda args: f"-{args[0]}")
        if python and op.scalar is not None and not equation.static:
            compute = names.bind(_on_floats(op), f"{op.name}_of_floats")
            return Form(lambda args: f"{compute}({', '.join(args)})")
        call = _call(equation, names)
        number = names.bind(_number, "number")
        return Form(lambda args: f"{number}({call.expression(args) if call.expression else ''})")
    if floats and operands and not all(x.weak for x in operands):
        if sign is not None:
            return Form(lambda args: f"{args[0]} {sign} {args[1]}")
        if op.function is np.negative:
            return Form(lambda args: f"-{args[0]}")
    write = _FORMS.get(op)
    form = write(equation, names) if write is not None else None
    return form if form is not None and form.expression is not None else _call(equation, names)


def _is_number(x: Any) -> bool:
    return isinstance(x, Variable | Constant) and not x.shape


def _number(x: Any) -> Any:
    """A Python number for a NumPy one."""
    return x.item() if hasattr(x, "item") else x


@cache
def _on_floats(op: Op) -> Callable[..., float]:
    """The op on Python floats, with NumPy's answer where Python would raise."""
    return lambda *xs: scalar_result(op, list(xs))


# Elementwise


def _ufunc(function: np.ufunc, names: Names, options: str = "", extra: str = "") -> Form:
    name = names.bind(function, function.__name__)

    def expression(args: list[str]) -> str:
        return f"{name}({', '.join(args)}{extra}{options})"

    def fill(args: list[str], out: str) -> list[str]:
        return [f"{name}({', '.join(args)}{extra}{options}, out={out})"]

    return Form(expression, fill, elementwise=True, in_place=True)


def _power(equation: Equation, names: Names) -> Form | None:
    """x**number, by the ufuncs that NumPy's operator takes for some exponents."""
    exponent = equation.static["exponent"]
    kind = equation.inputs[0].dtype.kind
    shorter = {2: np.square, 0.5: np.sqrt, -1: np.reciprocal, 1: np.positive}
    if kind not in "fc" or exponent == 0 or not equation.inputs[0].shape:
        return None
    if exponent in shorter:
        return _ufunc(shorter[exponent], names)
    return _ufunc(np.power, names, extra=f", {names.literal(exponent)}")


def _where(equation: Equation, names: Names) -> Form | None:
    condition = equation.inputs[0]
    if getattr(condition, "dtype", None) != np.bool_ or not np.shape(condition):
        return None
    where = names.bind(np.where, "where")
    return Form(
        lambda args: f"{where}({', '.join(args)})",
        lambda args, out: [
            f"copyto({out}, {args[2]})",
            f"copyto({out}, {args[1]}, where={args[0]})",
        ],
        elementwise=True,
    )


def _relu(equation: Equation, names: Names) -> Form:
    return _ufunc(np.maximum, names, extra=", 0")


def _copy(equation: Equation, names: Names) -> Form | None:
    if not equation.inputs[0].shape:
        return None
    return Form(
        fill=lambda args, out: [f'copyto({out}, {args[0]}, casting="unsafe")'], elementwise=True
    )


# Reductions and products


def _reduction(ufunc: np.ufunc) -> Callable[[Equation, Names], Form | None]:
    def write(equation: Equation, names: Names) -> Form | None:
        if not equation.inputs[0].shape:
            return None
        static = {"axis": None, **equation.static}
        if ufunc is np.add:
            static.setdefault("initial", 0)
        options = names.options(static)
        name = names.bind(ufunc.reduce, f"{ufunc.__name__}_reduce")
        return Form(
            lambda args: f"{name}({args[0]}{options})",
            lambda args, out: [f"{name}({args[0]}{options}, out={out})"],
            reduces=True,
        )

    return write


def _mean(equation: Equation, names: Names) -> Form | None:
    x = equation.inputs[0]
    if x.dtype.char not in "fdgFDG" or equation.static.get("dtype") is not None or not x.shape:
        return None
    static = {"axis": None, **equation.static}
    number = reduce.count(np.broadcast_to(0, x.shape), static["axis"])
    options = names.options(static)
    name = names.bind(np.add.reduce, "add_reduce")
    divide = names.bind(np.divide, "divide")
    return Form(
        lambda args: f"{name}({args[0]}{options}) / {number}",
        lambda args, out: [
            f"{name}({args[0]}{options}, out={out})",
            f"{divide}({out}, {number}, out={out})",
        ],
        reduces=True,
    )


def _matmul(equation: Equation, names: Names) -> Form:
    name = names.bind(np.matmul, "matmul")
    return Form(
        lambda args: f"{name}({args[0]}, {args[1]})",
        lambda args, out: [f"{name}({args[0]}, {args[1]}, out={out})"],
    )


_FORMS: dict[Op, Callable[[Equation, Names], Form | None]] = {
    arithmetic.power_of_number: _power,
    arithmetic.where_row: _where,
    elementary.relu_row: _relu,
    elementary.sigmoid_row: numpy_composites.sigmoid,
    elementary.softplus_row: numpy_composites.softplus,
    logits.softmax_row: numpy_composites.softmax,
    logits.log_softmax_row: numpy_composites.log_softmax,
    shape.copy: _copy,
    shape.cast_row: _copy,
    shape.truncate_row: _copy,
    reduce.sum_row: _reduction(np.add),
    reduce.mean_row: _mean,
    max_row: _reduction(np.maximum),
    min_row: _reduction(np.minimum),
    fmax_row: _reduction(np.fmax),
    fmin_row: _reduction(np.fmin),
    contract.matmul_row: _matmul,
    joining.join: numpy_moves.joined(np.concatenate),
    stack_row: numpy_moves.joined(np.stack),
    shape.broadcast_to: numpy_moves.broadcast,
    index.scatter: numpy_moves.scattered,
    index.put_row: numpy_moves.put,
}
