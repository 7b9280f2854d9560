"""Products of many small matrices that are one of large ones. Results differ by rounding."""

import math

from autograd.compiler.passes.layout import axes_of, transposed
from autograd.compiler.passes.rewriting import Rewriting, reshaped
from autograd.compiler.program import Equation, Operand, Program
from autograd.ops import contract, reduce


def products(program: Program) -> Program:
    """x[b] w for every b → all rows of x at once times w; Σ_b x[b]ᵀ y[b] → xᵀ y of all rows."""
    return Rewriting(program).run([_rows, _columns, _summed])


def _rows(equation: Equation, rewriting: Rewriting) -> Operand | None:
    """x (…, m, k) times w (k, n), where the rows of x lie one after another."""
    if equation.op is not contract.matmul_row:
        return None
    x, w = equation.inputs
    y = equation.output
    if len(x.shape) < 3 or len(w.shape) != 2 or not x.size or _is_turned(x, rewriting):
        return None
    n = math.prod(x.shape[:-1])
    rows = reshaped(x, (n, x.shape[-1]), rewriting)
    product = rewriting.make(equation.op, (rows, w), y, lengths=(n, w.shape[1]))
    return reshaped(product, y.shape, rewriting)


def _columns(equation: Equation, rewriting: Rewriting) -> Operand | None:
    """w (m, k) times columns x (…, k, 1): their rows times wᵀ."""
    if equation.op is not contract.matmul_row:
        return None
    w, x = equation.inputs
    y = equation.output
    if len(x.shape) < 3 or len(w.shape) != 2 or x.shape[-1] != 1 or not x.size:
        return None
    n = math.prod(x.shape[:-2])
    rows = reshaped(x, (n, x.shape[-2]), rewriting)
    turned = transposed(w, (1, 0), rewriting)
    product = rewriting.make(equation.op, (rows, turned), y, lengths=(n, w.shape[0]))
    return reshaped(product, y.shape, rewriting)


def _summed(equation: Equation, rewriting: Rewriting) -> Operand | None:
    """Σ over b of a[b]ᵀ c[b]: what the gradient of a layer's weight is."""
    if equation.op is not reduce.sum_row or {"dtype", "initial"} & set(equation.static):
        return None
    product = rewriting.source(equation.inputs[0], contract.matmul_row)
    if product is None or not rewriting.is_used_once(product.output):
        return None
    a, c = product.inputs
    lengths = product.output.shape
    n = len(lengths)
    axis = equation.static.get("axis")
    axes = {axis} if isinstance(axis, int) else set(axis or ())
    if n < 3 or {i % n for i in axes} != set(range(n - 2)) or not a.size or not c.size:
        return None
    if a.shape[:-2] != c.shape[:-2] or a.dtype != c.dtype:
        return None
    source = rewriting.source(a)
    last = (*range(n - 2), n - 1, n - 2)
    if source is not None and axes_of(source) == last:
        a = source.inputs[0]
    elif a.shape[-1] != 1:
        return None
    rows = reshaped(a, (math.prod(c.shape[:-1]), lengths[-2]), rewriting)
    others = reshaped(c, (math.prod(c.shape[:-1]), lengths[-1]), rewriting)
    turned = transposed(rows, (1, 0), rewriting)
    y = equation.output
    total = rewriting.make(contract.matmul_row, (turned, others), y, lengths=lengths[-2:])
    return reshaped(total, y.shape, rewriting)


def _is_turned(x: Operand, rewriting: Rewriting) -> bool:
    """Whether an operand is a transpose, whose rows do not lie one after another."""
    source = rewriting.source(x)
    return source is not None and axes_of(source) is not None
