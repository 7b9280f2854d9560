"""Implicit functions: x(p) with r(x, p) = 0, whose derivative is -(dr/dx)⁻¹ dr/dp.

It takes the residual r at the solution, not how that was found. Its rules are NumPy on Values, so
that the derivatives of every order follow, in both modes.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from autograd.broadcast import data_of
from autograd.calls import Call, Linearized, constants, on_numbers, plain
from autograd.containers import flatten, unflatten
from autograd.errors import LinAlgError, ShapeError, describe
from autograd.modes import current
from autograd.runs import name_of


def implicit_function(
    solve: Callable[..., Any], residual: Callable[..., Any], elementwise: bool = False
) -> Callable[..., Any]:
    """p -> x with residual(x, p) = 0: dx/dp = -(dr/dx)⁻¹ dr/dp, differentiable to every order.

    solve          (*args) -> x, a number, an array or nested containers of them. It is called with
                   plain numbers in place of all Values, and may be any program.
    residual       (x, *args) -> as many numbers as x has, in NumPy's functions; zero at x.
    elementwise    each element of the residual depends on the same element of x only, which saves
                   the matrix dr/dx of n² elements and its factorization.

    Gradients flow to the arguments, which may be nested containers, and to the Values that
    `residual` closes over. x has the accuracy that `solve` gives it, and the derivatives are those
    at that x. Raises LinAlgError, in a sweep, where dr/dx is singular (a double root), ShapeError
    where residual and x differ in size.

    >>> import math
    >>> from autograd import grad
    >>> root = implicit_function(math.sqrt, lambda x, p: x * x - p)
    >>> root(4.0), grad(root)(4.0), grad(grad(root))(4.0)
    (2.0, 0.25, -0.03125)
    """
    name = name_of(solve)

    @wraps(solve, assigned=("__name__", "__doc__"), updated=())
    def solved(*args: Any) -> Any:
        solution = on_numbers(solve)(*plain(args))
        x, rebuilt = _as_unknowns(solution)

        def r(x: Any, *args: Any) -> Any:
            return _as_equations(residual(rebuilt(x), *args), x, name)

        call = Call(name, args)
        call.watched(r, x)
        if not call.inputs:
            return constants(solution, args)
        rules = _Rules(call, r, elementwise and np.shape(x) == np.shape(solution))

        def compute(*args: Any) -> Any:
            return _as_unknowns(on_numbers(solve)(*args))[0]

        return rebuilt(call.node(x, compute, rules.joint, rules.tangent))

    return solved


class _Rules:
    """The rules of the node: systems of equations with the matrix dr/dx."""

    def __init__(self, call: Call, r: Callable[..., Any], elementwise: bool) -> None:
        self.call, self.r, self.elementwise = call, r, elementwise
        self.known: tuple[Any, Any] | None = None  # the last solution, and its matrix

    def joint(self, wanted: Any, g: Any, x: Any, *xs: Any) -> list[Any]:
        at = self.call.linearized(self.r, xs, [x])
        return at.pull(-self._solved(at, x, g, transposed=True))[1:]

    def tangent(self, t: Any, x: Any, *xs: Any) -> Any:
        at = self.call.linearized(self.r, xs, [x])
        return -self._solved(at, x, at.push([None, *t]), transposed=False)

    def _solved(self, at: Linearized, x: Any, right: Any, transposed: bool) -> Any:
        if self.elementwise or np.size(data_of(x)) == 1:
            slope = at.pull(np.ones_like(data_of(x)), first=1)[0]
            return right / self._regular(slope, right, transposed)
        if at.record or self.known is None or self.known[0] is not x:
            matrix = _jacobian(at, x)
            if not at.record:  # more cotangents may come
                self.known = x, matrix
        else:
            matrix = self.known[1]
        matrix = matrix.T if transposed else matrix
        try:
            found = np.linalg.solve(matrix, np.reshape(right, (-1,)))
        except np.linalg.LinAlgError as error:
            raise self._singular(matrix) from error
        return np.reshape(found, np.shape(right))

    def _regular(self, slope: Any, right: Any, transposed: bool) -> Any:
        """The diagonal of dr/dx, without the zeros that nothing is to be divided by."""
        zero = np.equal(data_of(slope), 0)
        if current().replayable or not np.any(zero):
            return slope
        # A cotangent of 0 adds nothing; a tangent of 0 there is 0 / 0, as at a double root.
        if not transposed or np.any(zero & np.not_equal(data_of(right), 0)):
            raise self._singular(slope)
        return np.where(zero, 1.0, slope)

    def _singular(self, matrix: Any) -> LinAlgError:
        return LinAlgError(
            f"an invertible Jacobian of the residual of {self.call.name} at the solution",
            f"a singular one, {describe(matrix)}",
            "look for a double root, or for unknowns that the equations do not determine",
        )


def _jacobian(at: Linearized, x: Any) -> Any:
    """dr/dx as a matrix, row by row."""
    n = np.size(data_of(x))
    units = np.eye(n, dtype=np.asarray(data_of(x)).dtype)
    rows = [at.pull(unit.reshape(np.shape(x)), first=1)[0] for unit in units]
    return np.reshape(np.stack(rows), (n, n))


def _as_unknowns(solution: Any) -> tuple[Any, Callable[[Any], Any]]:
    """The real numbers to solve for, as one array, and what makes the solution of them again."""
    leaves, structure = flatten(solution)
    leaves = [x if type(x) is float else np.asarray(x)[()] for x in leaves]
    if len(leaves) == 1 and not np.iscomplexobj(leaves[0]):
        return leaves[0], lambda x: unflatten(structure, [x])
    kinds = [(np.shape(x), np.size(x), np.iscomplexobj(x)) for x in leaves]

    def rebuilt(x: Any) -> Any:
        parts, end = [], 0
        for shape, size, is_complex in kinds:
            part = np.reshape(x[end : end + size], shape)
            end += size
            if is_complex:
                part = part + 1j * np.reshape(x[end : end + size], shape)
                end += size
            parts.append(part)
        return unflatten(structure, parts)

    return _in_a_row(leaves), rebuilt


def _in_a_row(leaves: list[Any]) -> Any:
    """All real numbers of these arrays one behind another; of complex ones the two parts."""
    parts = []
    for x in leaves:
        parts += [np.real(x), np.imag(x)] if np.iscomplexobj(x) else [x]
    return np.concatenate([np.reshape(part, (-1,)) for part in parts])


def _as_equations(found: Any, x: Any, name: str) -> Any:
    """The residual in the shape of the unknowns."""
    leaves = flatten(found)[0]
    if len(leaves) == 1 and np.shape(leaves[0]) == np.shape(x) and not np.iscomplexobj(leaves[0]):
        return leaves[0]
    equations = _in_a_row(leaves)
    if np.size(equations) != np.size(x):
        raise ShapeError(
            f"as many equations as unknowns for {name}, {np.size(x)} real numbers",
            f"a residual of {np.size(equations)}",
            "return one number for each element of x",
        )
    return np.reshape(equations, np.shape(x))
