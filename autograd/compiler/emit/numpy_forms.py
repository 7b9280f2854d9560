"""How each op is written as NumPy code: as lines that fill an array, or as an expression."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from autograd.compiler.emit.numpy_names import Form, Names
from autograd.compiler.program import Constant, Equation, Variable
from autograd.compiler.repetition import scan_row
from autograd.op import Op, scalar_result
from autograd.ops import arithmetic, contract, elementary, index, joining, logits, reduce, shape
from autograd.ops.extremes import fmax_row, fmin_row, max_row, min_row
from autograd.ops.steps import stack_row
from autograd.runs import alias as argument


def form_of(equation: Equation, names: Names) -> Form:
    """How this equation is written."""
    if equation.op is scan_row:
        return Form()
    if len(equation.outputs) > 1:
        return _call(equation, names)
    output = equation.output
    if output.weak or not output.shape:
        return _of_number(equation, names)
    if equation.op in _VIEWS and np.shape(equation.inputs[0]) != ():
        return _view(equation, names)
    write = _FORMS.get(equation.op)
    if write is not None:
        form = write(equation, names)
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


def _is_float(equation: Equation) -> bool:
    """Whether what it computes with has the dtype of the output."""
    x, y = equation.inputs[0], equation.output
    return x.dtype.kind == "f" and x.dtype == y.dtype and x.shape == y.shape


def _sigmoid(equation: Equation, names: Names) -> Form | None:
    """As the op computes it: e = exp(−|x|), (1 for x ≥ 0, else e) / (1 + e)."""
    if not _is_float(equation):
        return None
    absolute, negative, exp = (_name(f, names) for f in (np.absolute, np.negative, np.exp))
    add, at_least, larger = (_name(f, names) for f in (np.add, np.greater_equal, np.maximum))
    divide = _name(np.divide, names)

    def fill(args: list[str], out: str) -> list[str]:
        return [
            f"{absolute}({args[0]}, out={out})",
            f"{negative}({out}, out={out})",
            f"{exp}({out}, out={out})",
            f"total = {add}(1, {out})",
            f"{larger}({out}, {at_least}({args[0]}, 0), out={out})",
            f"{divide}({out}, total, out={out})",
        ]

    return Form(fill=fill, elementwise=True)


def _softplus(equation: Equation, names: Names) -> Form | None:
    """As the op computes it: max(x, 0) + log1p(exp(−|x|))."""
    if not _is_float(equation):
        return None
    absolute, negative, exp = (_name(f, names) for f in (np.absolute, np.negative, np.exp))
    log1p, add, larger = (_name(f, names) for f in (np.log1p, np.add, np.maximum))

    def fill(args: list[str], out: str) -> list[str]:
        return [
            f"{absolute}({args[0]}, out={out})",
            f"{negative}({out}, out={out})",
            f"{exp}({out}, out={out})",
            f"{log1p}({out}, out={out})",
            f"{add}({larger}({args[0]}, 0), {out}, out={out})",
        ]

    return Form(fill=fill, elementwise=True)


def _name(function: np.ufunc, names: Names) -> str:
    return names.bind(function, function.__name__)


# Reductions and products


def peak(x: Any, axis: Any) -> Any:
    """The largest elements, or 0 where they are not finite: what a softmax subtracts."""
    found = np.maximum.reduce(x, axis=axis, keepdims=True)
    return np.where(np.isfinite(found), found, 0)


def _softmax(equation: Equation, names: Names) -> Form | None:
    """As the op computes it, in the output's memory."""
    if not _is_float(equation):
        return None
    axis = names.literal(equation.static.get("axis", -1))
    largest, total = names.bind(peak, "peak"), names.bind(np.add.reduce, "add_reduce")
    subtract, exp, divide = (_name(f, names) for f in (np.subtract, np.exp, np.divide))

    def fill(args: list[str], out: str) -> list[str]:
        return [
            f"{subtract}({args[0]}, {largest}({args[0]}, {axis}), out={out})",
            f"{exp}({out}, out={out})",
            f"{divide}({out}, {total}({out}, axis={axis}, keepdims=True), out={out})",
        ]

    return Form(fill=fill)


def _log_softmax(equation: Equation, names: Names) -> Form | None:
    """As the op computes it."""
    if not _is_float(equation):
        return None
    axis = names.literal(equation.static.get("axis", -1))
    largest, total = names.bind(peak, "peak"), names.bind(np.add.reduce, "add_reduce")
    subtract, exp, log = (_name(f, names) for f in (np.subtract, np.exp, np.log))

    def fill(args: list[str], out: str) -> list[str]:
        return [
            f"{subtract}({args[0]}, {largest}({args[0]}, {axis}), out={out})",
            f"total = {log}({total}({exp}({out}), axis={axis}, keepdims=True))",
            f"{subtract}({out}, total, out={out})",
        ]

    return Form(fill=fill)


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


# Rearranging


def _view(equation: Equation, names: Names) -> Form:
    op, static = equation.op, equation.static
    if op is index.stop_row or op is argument:
        return Form(lambda args: args[0], view=True)
    if op is shape.reshape_row:
        if static.get("order", "C") != "C":
            return _call(equation, names)
        return Form(lambda args: f"{args[0]}.reshape({names.literal(static['shape'])})", view=True)
    if op is shape.transpose:
        axes = static.get("axes")
        suffix = "T" if axes is None else f"transpose({names.literal(axes)})"
        return Form(lambda args: f"{args[0]}.{suffix}", view=True)
    if op is index.get_row:
        place = names.literal(static["index"], "index")
        if index.is_basic(static["index"]):
            return Form(lambda args: f"{args[0]}[{place}]", view=True)
        return Form(lambda args: f"{args[0]}[{place}]")
    name = names.bind(op.function, op.name)
    options = names.options(static)
    return Form(lambda args: f"{name}({args[0]}{options})", view=True)


def copied_reshape(equation: Equation) -> Form:
    """A reshape of what does not lie in memory as a view would need it."""
    shape = equation.inputs[0].shape
    return Form(fill=lambda args, out: [f"copyto({out}.reshape({shape}), {args[0]})"])


_VIEWS = {
    argument,
    index.stop_row,
    index.get_row,
    shape.reshape_row,
    shape.transpose,
    shape.swapaxes,
    shape.moveaxis,
    shape.expand_dims,
    shape.squeeze,
    shape.broadcast_to,
}


def _broadcast(equation: Equation, names: Names) -> Form:
    return Form(fill=lambda args, out: [f"copyto({out}, {args[0]})"])


def _joined(function: Callable[..., Any]) -> Callable[[Equation, Names], Form]:
    def write(equation: Equation, names: Names) -> Form:
        name = names.bind(function, function.__name__)
        options = names.options({"axis": 0, **equation.static})

        def parts(args: list[str]) -> str:
            return f"({', '.join(args)}{',' if len(args) == 1 else ''})"

        return Form(
            lambda args: f"{name}({parts(args)}{options})",
            lambda args, out: [f"{name}({parts(args)}{options}, out={out})"],
        )

    return write


def _scatter(equation: Equation, names: Names) -> Form:
    place = names.literal(equation.static["index"], "index")
    if index.is_basic(equation.static["index"]):
        return Form(fill=lambda args, out: [f"{out}.fill(0)", f"{out}[{place}] = {args[0]}"])
    add_at = names.bind(np.add.at, "add_at")
    return Form(
        fill=lambda args, out: [f"{out}.fill(0)", f"{add_at}({out}, {place}, {args[0]})"],
    )


def _put(equation: Equation, names: Names) -> Form:
    place = names.literal(equation.static["index"], "index")
    return Form(
        fill=lambda args, out: [f"copyto({out}, {args[0]})", f"{out}[{place}] = {args[1]}"],
    )


_FORMS: dict[Op, Callable[[Equation, Names], Form | None]] = {
    arithmetic.power_of_number: _power,
    arithmetic.where_row: _where,
    elementary.relu_row: _relu,
    elementary.sigmoid_row: _sigmoid,
    elementary.softplus_row: _softplus,
    logits.softmax_row: _softmax,
    logits.log_softmax_row: _log_softmax,
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
    joining.join: _joined(np.concatenate),
    stack_row: _joined(np.stack),
    shape.broadcast_to: _broadcast,
    index.scatter: _scatter,
    index.put_row: _put,
}
