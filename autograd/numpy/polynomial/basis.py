"""The functions of numpy.polynomial for Values, alike for every basis P₀, P₁, …

What a basis is, NumPy says by its own functions of unit vectors: x Pₖ (`mulx`) is the three-term
recurrence, and all that is linear in the coefficients is the matrix of what it does to them.
"""

from collections.abc import Callable
from functools import wraps
from types import ModuleType
from typing import Any

import numpy as np

from autograd.errors import ArgumentError, ShapeError, describe
from autograd.numpy.lists import holds_values
from autograd.ops.joining import operand


class Basis:
    """One basis: the functions of `module`, whose names begin with `prefix`, for Values."""

    def __init__(self, module: ModuleType, prefix: str) -> None:
        self.module = module
        self.prefix = prefix

    def numpys(self, name: str) -> Callable[..., Any]:
        """NumPy's function of plain numbers."""
        return getattr(self.module, self.prefix + name)

    def matrix(self, name: str, n: int) -> np.ndarray:
        """Column k is what a function that is linear in n coefficients makes of Pₖ."""
        columns = [self.numpys(name)(unit) for unit in np.eye(n)]
        rows = max(map(len, columns))
        return np.stack([np.pad(column, (0, rows - len(column))) for column in columns], axis=1)

    # Arithmetic of series

    def line(self, off: Any, scl: Any) -> Any:
        """off + scl x."""
        constant, slope = self.numpys("line")(1.0, 0.0), self.numpys("line")(0.0, 1.0)
        return off * np.pad(constant, (0, 1)) + scl * slope

    def add(self, c1: Any, c2: Any) -> Any:
        """c1 + c2."""
        c1, c2 = series(c1), series(c2)
        n = max(len(c1), len(c2))
        return trimmed(np.pad(c1, (0, n - len(c1))) + np.pad(c2, (0, n - len(c2))))

    def sub(self, c1: Any, c2: Any) -> Any:
        """c1 - c2."""
        return self.add(c1, -series(c2))

    def mulx(self, c: Any) -> Any:
        """x c."""
        c = series(c)
        return self.matrix("mulx", len(c)) @ c

    def mul(self, c1: Any, c2: Any) -> Any:
        """c1 c2."""
        c1, c2 = series(c1), series(c2)
        return trimmed(np.einsum("ijk,i,j->k", self._products(len(c1), len(c2)), c1, c2))

    def _products(self, n1: int, n2: int) -> np.ndarray:
        """[i, j, :] are the coefficients of Pᵢ Pⱼ."""
        found = np.zeros((n1, n2, n1 + n2 - 1))
        for i, first in enumerate(np.eye(n1)):
            for j, second in enumerate(np.eye(n2)):
                product = self.numpys("mul")(first, second)
                found[i, j, : len(product)] = product
        return found

    def div(self, c1: Any, c2: Any) -> tuple[Any, Any]:
        """The quotient and the remainder of c1 / c2."""
        c1, c2 = series(c1), series(c2)
        n1, n2 = len(c1), len(c2)
        if n2 == 1 and not np.any(c2):
            raise ArgumentError("a divisor that is not 0", describe(c2), "divide by another")
        if n1 < n2:
            return c1[:1] * 0, c1
        if n2 == 1:
            return c1 / c2[-1], c1[:1] * 0
        # What q c2 and c1 have in common at the top determines q.
        times = np.einsum("ijk,j->ki", self._products(n1 - n2 + 1, n2), c2)
        q = np.linalg.solve(times[n2 - 1 :], c1[n2 - 1 :])
        return q, trimmed((c1 - times @ q)[: n2 - 1])

    def pow(self, c: Any, pow: int, maxpower: int | None = 16) -> Any:
        """c to a whole power."""
        if pow != int(pow) or pow < 0 or (maxpower is not None and pow > maxpower):
            raise ArgumentError(f"a whole power from 0 to {maxpower}", f"{pow}", "change maxpower")
        found = np.ones(1)
        for _ in range(int(pow)):
            found = self.mul(found, c)
        return found

    def trim(self, c: Any, tol: float = 0) -> Any:
        """c without the trailing coefficients up to tol."""
        return trimmed(np.atleast_1d(operand(c)), tol)

    # Values

    def terms(self, x: Any, count: int) -> list[Any]:
        """P₀(x), …, by the recurrence x Pₖ = α Pₖ₋₁ + β Pₖ + γ Pₖ₊₁."""
        found = [x * 0 + 1.0]
        for k in range(count - 1):
            shifted = self.numpys("mulx")(np.eye(k + 1)[-1])
            after = (x - shifted[k]) * found[k]
            if k > 0:
                after = after - shifted[k - 1] * found[k - 1]
            found.append(after / shifted[k + 1])
        return found

    def val(self, x: Any, c: Any, tensor: bool = True) -> Any:
        """Σ c[k] Pₖ(x); with `tensor`, every series of c at every x."""
        x, c = operand(x), np.atleast_1d(operand(c))
        if tensor:
            c = np.reshape(c, np.shape(c) + (1,) * np.ndim(x))
        return sum(c[k] * term for k, term in enumerate(self.terms(x, len(c))))

    def val2d(self, x: Any, y: Any, c: Any) -> Any:
        """Σ c[i, j] Pᵢ(x) Pⱼ(y) at pairs x, y."""
        return self._at_points((x, y), c)

    def val3d(self, x: Any, y: Any, z: Any, c: Any) -> Any:
        """Σ c[i, j, k] Pᵢ(x) Pⱼ(y) Pₖ(z) at triples x, y, z."""
        return self._at_points((x, y, z), c)

    def _at_points(self, points: tuple[Any, ...], c: Any) -> Any:
        if len({np.shape(operand(x)) for x in points}) > 1:
            raise ShapeError(
                "points whose coordinates have one shape",
                ", ".join(describe(x) for x in points),
                f"{self.prefix}grid2d and {self.prefix}grid3d take every combination of them",
            )
        for number, x in enumerate(points):
            c = self.val(x, c, tensor=number == 0)
        return c

    def grid2d(self, x: Any, y: Any, c: Any) -> Any:
        """Σ c[i, j] Pᵢ(x) Pⱼ(y) at all x and all y."""
        return self.val(y, self.val(x, c))

    def grid3d(self, x: Any, y: Any, z: Any, c: Any) -> Any:
        """Σ c[i, j, k] Pᵢ(x) Pⱼ(y) Pₖ(z) at all x, y and z."""
        return self.val(z, self.val(y, self.val(x, c)))

    def vander(self, x: Any, deg: int) -> Any:
        """[..., k] is Pₖ(x)."""
        return np.stack(self.terms(np.atleast_1d(operand(x)) + 0.0, deg + 1), axis=-1)

    def vander2d(self, x: Any, y: Any, deg: Any) -> Any:
        """Every product Pᵢ(x) Pⱼ(y), along the last axis."""
        return self._product_of_vanders((x, y), deg)

    def vander3d(self, x: Any, y: Any, z: Any, deg: Any) -> Any:
        """Every product Pᵢ(x) Pⱼ(y) Pₖ(z), along the last axis."""
        return self._product_of_vanders((x, y, z), deg)

    def _product_of_vanders(self, points: tuple[Any, ...], degrees: Any) -> Any:
        whole = np.ones(1)
        for x, degree in zip(points, degrees, strict=True):
            whole = whole[..., :, None] * self.vander(x, degree)[..., None, :]
            whole = np.reshape(whole, (*np.shape(whole)[:-2], -1))
        return whole

    # Calculus

    def der(self, c: Any, m: int = 1, scl: Any = 1, axis: int = 0) -> Any:
        """The m-th derivative, times sclᵐ."""
        c = np.moveaxis(np.atleast_1d(operand(c)), axis, 0)
        matrix = self.numpys("der")(np.eye(len(c)), m)
        return np.moveaxis(np.tensordot(matrix, c, 1) * scl**m, 0, axis)

    def int(
        self, c: Any, m: int = 1, k: Any = (), lbnd: Any = 0, scl: Any = 1, axis: int = 0
    ) -> Any:
        """The m-th integral, which at lbnd is k[0] after the first step, k[1] after the second."""
        c = np.moveaxis(np.atleast_1d(operand(c)) + 0.0, axis, 0)
        constants = np.atleast_1d(operand(k))
        if np.size(constants) > m:
            raise ArgumentError(f"at most {m} constants", f"{np.size(constants)}", "drop some")
        for step in range(m):
            matrix = self.numpys("int")(np.eye(len(c)))
            c = np.tensordot(matrix, c * scl, 1)
            constant = constants[step] if step < len(constants) else 0.0
            first = np.eye(len(c))[0].reshape((-1,) + (1,) * (np.ndim(c) - 1))
            c = c + first * (constant - self.val(lbnd, c))
        return np.moveaxis(c, 0, axis)

    # Roots and fits

    def fromroots(self, roots: Any) -> Any:
        """The product of all x - root."""
        found = np.ones(1)
        for root in np.atleast_1d(operand(roots)):
            found = self.mul(found, self.line(-root, 1.0))
        return found

    def companion(self, c: Any) -> Any:
        """A matrix whose eigenvalues are the roots: affine in the ratios c[k] / c[-1]."""
        c = series(c)
        n = len(c) - 1
        if n < 1:
            raise ArgumentError(
                "a series of degree 1 or more", describe(c), "give two coefficients"
            )
        last = np.eye(n + 1)[-1]
        constant = self.numpys("companion")(last)
        slopes = [self.numpys("companion")(last + unit) - constant for unit in np.eye(n, n + 1)]
        return constant + np.tensordot(c[:-1] / c[-1], np.stack(slopes), 1)

    def roots(self, c: Any) -> Any:
        """The roots, sorted."""
        c = series(c)
        if len(c) < 2:
            return np.zeros(0)
        # Turned round, as NumPy does, for smaller rounding.
        found = np.linalg.eigvals(self.companion(c)[::-1, ::-1])
        return found[np.argsort(found)]

    def fit(
        self,
        x: Any,
        y: Any,
        deg: Any,
        rcond: float | None = None,
        full: bool = False,
        w: Any = None,
    ) -> Any:
        """The series of least squares Σ w² (y - series(x))²; `deg` lists its terms, or the last."""
        x, y = operand(x) + 0.0, operand(y) + 0.0
        degrees = np.sort(np.atleast_1d(deg))
        terms = degrees if np.ndim(deg) else np.arange(deg + 1)
        left = self.vander(x, int(degrees[-1]))[:, terms]
        weight = np.ones(len(x)) if w is None else operand(w)
        left, right = left * weight[:, None], (y.T * weight).T
        rcond = len(x) * np.finfo(x.dtype).eps if rcond is None else rcond
        scale = np.sqrt(np.sum(np.real(left) ** 2 + np.imag(left) ** 2, axis=0))
        scale = np.where(scale == 0, 1.0, scale)
        found, *more = np.linalg.lstsq(left / scale, right, rcond)
        found = (found.T / scale).T
        if np.ndim(deg):
            found = np.eye(int(degrees[-1]) + 1)[:, terms] @ found
        return (found, [*more, rcond]) if full else found


def series(c: Any) -> Any:
    """Coefficients along one axis, without zeros at the end."""
    c = np.atleast_1d(operand(c))
    if np.ndim(c) > 1 or np.size(c) == 0:
        raise ShapeError("coefficients along one axis", describe(c), "pass one series")
    return trimmed(c + 0.0)


def trimmed(c: Any, tol: float = 0) -> Any:
    """c without the trailing coefficients up to tol; one at least, then zero."""
    places = np.flatnonzero(np.abs(c) > tol)
    return c[: places[-1] + 1] if len(places) else c[:1] * 0


def taking_values(ours: Callable[..., Any], theirs: Callable[..., Any]) -> Callable[..., Any]:
    """NumPy's function of plain numbers, ours where there are Values among the arguments."""

    @wraps(theirs)
    def call(*args: Any, **kwargs: Any) -> Any:
        values = any(map(holds_values, (*args, *kwargs.values())))
        return (ours if values else theirs)(*args, **kwargs)

    return call
