"""Sums of products that share a factor: a w + b w → (a + b) w. Results differ by rounding.

Nested derivatives make many: each use of a weight in the forward pass gives a product of its own in
the backward pass, also where the uses turn out to be one.
"""

from collections.abc import Iterator
from typing import TypeAlias

from autograd.compiler.passes.layout import axes_of, transposed
from autograd.compiler.passes.rewriting import Rewriting
from autograd.compiler.program import Constant, Equation, Operand, Program, Variable
from autograd.ops import arithmetic, contract

# What two products need in common: on which side, the factor there, the shape of the other one.
_Key: TypeAlias = tuple[int, Variable | Constant, tuple[int, ...]]


def distribution(program: Program) -> Program:
    """Products in one sum that have a factor in common become one product."""
    return Rewriting(program).run([_of_transposes, _Sums().of_products])


def _of_transposes(equation: Equation, rewriting: Rewriting) -> Operand | None:
    """xᵀ + yᵀ → (x + y)ᵀ."""
    if not _is_sum(equation):
        return None
    sources = [rewriting.source(x) for x in equation.inputs]
    axes = [None if source is None else axes_of(source) for source in sources]
    if axes[0] is None or axes[0] != axes[1]:
        return None
    if not all(rewriting.is_used_once(x) for x in equation.inputs):
        return None
    x, y = (source.inputs[0] for source in sources if source is not None)
    total = rewriting.make(equation.op, (x, y), equation.output, lengths=x.shape)
    return transposed(total, axes[0], rewriting)


class _Sums:
    """The products among the terms of each sum so far.

    In a sum of sums only a term of one and a term of the other may have come together, so that a
    sum of very many terms is not searched through once for each of them.
    """

    def __init__(self) -> None:
        self.keys: dict[Variable, set[_Key]] = {}

    def of_products(self, equation: Equation, rewriting: Rewriting) -> Operand | None:
        """a w + … + b w → … + (a + b) w, and w a + … + w b likewise."""
        if not _is_sum(equation):
            return None
        x, y = (self._keys(part, rewriting) for part in equation.inputs)
        few, many = (x, y) if len(x) < len(y) else (y, x)
        if not few.isdisjoint(many):
            found = _distributed(equation, rewriting)
            if found is not None:
                return found
        # Nothing but this sum reads the parts: what was known of the larger one is not needed.
        many |= few
        self.keys[equation.output] = many
        return None

    def _keys(self, x: Operand, rewriting: Rewriting) -> set[_Key]:
        """What the products among the terms of a part of a sum may share with others."""
        if isinstance(x, Variable) and rewriting.is_used_once(x) and x in self.keys:
            return self.keys[x]
        product = _product(x, rewriting)
        if product is None:
            return set()
        a, b = product.inputs
        return {(0, a, b.shape), (1, b, a.shape)}


def _distributed(equation: Equation, rewriting: Rewriting) -> Operand | None:
    """The sum with the first two of its products that share a factor made one."""
    terms = list(_terms(equation, rewriting))
    for i, x in enumerate(terms):
        first = _product(x, rewriting)
        for y in terms[i + 1 :] if first else ():
            second = _product(y, rewriting)
            joined = first and second and _joined(first, second, rewriting)
            if joined:
                rest = [z for z in terms if z is not x and z is not y]
                total = joined
                for z in rest:
                    total = rewriting.make(equation.op, (z, total), equation.output)
                return total
    return None


def _joined(first: Equation, second: Equation, rewriting: Rewriting) -> Operand | None:
    for shared in (0, 1):
        a, b = first.inputs[1 - shared], second.inputs[1 - shared]
        if first.inputs[shared] is second.inputs[shared] and a.shape == b.shape:
            total = rewriting.make(arithmetic.add, (a, b), a)
            pair = (first.inputs[0], total) if shared == 0 else (total, first.inputs[1])
            return rewriting.make(contract.matmul_row, pair, first.output)
    return None


def _is_sum(equation: Equation) -> bool:
    y = equation.output
    return (
        equation.op is arithmetic.add
        and not equation.static
        and y.dtype.kind in "fc"
        and all(x.shape == y.shape and x.dtype == y.dtype for x in equation.inputs)
    )


def _terms(equation: Equation, rewriting: Rewriting) -> Iterator[Variable]:
    """What is added up, through sums that nothing else reads."""
    stack = list(reversed(equation.inputs))
    while stack:
        x = stack.pop()
        inner = rewriting.source(x, arithmetic.add)
        if inner is not None and rewriting.is_used_once(x) and _is_sum(inner):
            stack += reversed(inner.inputs)
        else:
            yield x


def _product(x: Operand, rewriting: Rewriting) -> Equation | None:
    """The product of two matrices that nothing but the sum reads."""
    found = rewriting.source(x, contract.matmul_row)
    if found is None or not rewriting.is_used_once(x):
        return None
    return found if all(len(y.shape) == 2 for y in found.inputs) else None
