"""Functions of several steps as NumPy code: each step in the output's memory, as the op does it."""

import numpy as np

from autograd.compiler.emit.numpy_names import Form, Names
from autograd.compiler.program import Equation
from autograd.ops.logits import peak


def _is_float(equation: Equation) -> bool:
    """Whether what it computes with has the dtype of the output."""
    x, y = equation.inputs[0], equation.output
    return x.dtype.kind == "f" and x.dtype == y.dtype and x.shape == y.shape


def sigmoid(equation: Equation, names: Names) -> Form | None:
    """As the op computes it: 1 / (1 + exp(−x))."""
    if not _is_float(equation):
        return None
    negative, exp, add, divide = (_name(f, names) for f in (np.negative, np.exp, np.add, np.divide))

    def fill(args: list[str], out: str) -> list[str]:
        return [
            f"{negative}({args[0]}, out={out})",
            f"{exp}({out}, out={out})",
            f"{add}(1, {out}, out={out})",
            f"{divide}(1, {out}, out={out})",
        ]

    return Form(fill=fill, elementwise=True, in_place=True)


def softplus(equation: Equation, names: Names) -> Form | None:
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


def softmax(equation: Equation, names: Names) -> Form | None:
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


def log_softmax(equation: Equation, names: Names) -> Form | None:
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


def _name(function: np.ufunc, names: Names) -> str:
    return names.bind(function, function.__name__)
