"""What a gradient check differentiates: functions of real vectors, made from f and its derivatives.

A complex number is two coordinates, a container is the row of its leaves. The first stage is f;
from a stage come x, t -> J(x) t and x, c -> cᵀ J(x), whose derivatives are checked at the next
order.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd.broadcast import data_of
from autograd.checking.finite_differences import Vector
from autograd.modes import no_grad
from autograd.transforms import jvp, vjp
from autograd.value import Value

MODES = {"rev": "VJP", "fwd": "JVP"}


class Coordinates:
    """Leaves as one real vector, and back.

    A cotangent c pairs with dy as Re(c · dy): as a vector it is what its conjugate would be.

    >>> z = Coordinates(["z"], [1 + 2j])
    >>> z.vector([1 + 2j]), z.labels()
    (array([1., 2.]), ['z.real', 'z.imag'])
    """

    def __init__(self, names: Sequence[str], leaves: Sequence[Any]) -> None:
        arrays = [np.asarray(x) for x in leaves]
        self.names = tuple(names)
        self.kinds = tuple(np.ndarray if isinstance(x, np.ndarray) else type(x) for x in leaves)
        self.shapes = tuple(x.shape for x in arrays)
        self.dtypes = tuple(x.dtype for x in arrays)
        self.complex = tuple(x.dtype.kind == "c" for x in arrays)
        self.ends = np.cumsum([0, *(x.size * (1 + (x.dtype.kind == "c")) for x in arrays)])
        self.size = int(self.ends[-1])

    def beside(self, other: "Coordinates", prefix: str) -> "Coordinates":
        """These leaves, then the others with a prefix to their names."""
        return self._joined([self, other.renamed(prefix)])

    def renamed(self, prefix: str) -> "Coordinates":
        """The same leaves with a prefix to their names."""
        renamed = self._joined([self])
        renamed.names = tuple(f"{prefix} {name}" for name in self.names)
        return renamed

    @staticmethod
    def _joined(parts: Sequence["Coordinates"]) -> "Coordinates":
        joined = Coordinates([], [])
        for name in ("names", "kinds", "shapes", "dtypes", "complex"):
            setattr(joined, name, sum((getattr(part, name) for part in parts), ()))
        joined.ends = np.cumsum([0, *(n for part in parts for n in np.diff(part.ends))])
        joined.size = int(joined.ends[-1])
        return joined

    def vector(self, leaves: Sequence[Any], dual: bool = False) -> Vector:
        """The coordinates of leaves; of cotangents if `dual`."""
        columns: list[np.ndarray] = [np.zeros(0)]
        for leaf, is_complex, shape in zip(leaves, self.complex, self.shapes, strict=True):
            x: Any = np.asarray(data_of(leaf))
            if x.dtype.kind == "c" and not is_complex:
                # Real at the point, complex a step away: not defined there as a real function.
                x = np.where(x.imag == 0, x.real, np.nan)
            x = x.astype(np.complex128 if is_complex else np.float64)
            if x.shape != shape:
                x = np.broadcast_to(x, shape)
            if is_complex:
                x = np.stack([x.real, -x.imag if dual else x.imag], axis=-1)
            columns.append(x.ravel())
        return np.concatenate(columns)

    def leaves(self, vector: Vector, dual: bool = False, narrow: bool = False) -> tuple[Any, ...]:
        """Fresh leaves of these coordinates, in 64 bits, or in their own dtypes if `narrow`."""
        found = []
        described = zip(self.kinds, self.shapes, self.dtypes, self.complex, strict=True)
        for i, (kind, shape, dtype, is_complex) in enumerate(described):
            x = vector[self.ends[i] : self.ends[i + 1]]
            if is_complex:
                x = x[0::2] + (-1j if dual else 1j) * x[1::2]
            x = np.array(x, dtype=dtype if narrow else None).reshape(shape)
            if kind is not np.ndarray:
                x = x[()] if issubclass(kind, np.generic) else x.item()
            found.append(x)
        return tuple(found)

    def labels(self) -> list[str]:
        """A name for every coordinate: its leaf's name, its index, its part if it is complex."""
        found = []
        for name, shape, is_complex in zip(self.names, self.shapes, self.complex, strict=True):
            for index in np.ndindex(shape):
                text = f"{name}[{', '.join(map(str, index))}]" if shape else name
                found += [f"{text}.real", f"{text}.imag"] if is_complex else [text]
        return found

    def scales(self, vector: Vector) -> Vector:
        """How large a change of each coordinate is large: its own size; of a 0 its leaf's; or 1."""
        found = np.ones(self.size)
        for start, end in zip(self.ends, self.ends[1:], strict=False):
            size = np.abs(vector[start:end])
            if size.any():
                found[start:end] = np.where(size > 0, size, np.mean(size[size > 0]))
        return found

    def wide_scales(self, vector: Vector) -> Vector:
        """The size of the largest of each coordinate's leaf, at least 1."""
        found = np.ones(self.size)
        for start, end in zip(self.ends, self.ends[1:], strict=False):
            found[start:end] = max(1.0, np.max(np.abs(vector[start:end]), initial=0.0))
        return found

    def sizes(self, vector: Vector) -> Vector:
        """|x| of each coordinate; of a complex number's parts its modulus."""
        found = np.abs(vector)
        for start, end, is_complex in zip(self.ends, self.ends[1:], self.complex, strict=False):
            if is_complex:
                parts = found[start:end].reshape(-1, 2)
                parts[:] = np.hypot(parts[:, :1], parts[:, 1:])
        return found


@dataclass(frozen=True)
class Stage:
    """A function whose derivative is checked at `point`, where its value is `value`.

    name       "" for f, "JVP of VJP" for the forward derivative of the reverse one.
    function   takes leaves and returns a tuple of leaves.
    sizes      of the outputs: what their rounding errors are relative to, and what makes a
    derivative
               along a direction of the inputs' own size large or small.
    narrow     f works in its own dtypes only, not in float64.
    """

    name: str
    function: Callable[..., tuple[Any, ...]]
    inputs: Coordinates
    outputs: Coordinates
    point: Vector
    value: Vector
    sizes: Vector
    narrow: bool

    def derivative(self, mode: str) -> str:
        """What the derivative of this stage is called."""
        return f"{MODES[mode]} of {self.name}" if self.name else MODES[mode]

    def values(self, x: Vector) -> Vector:
        """The function; NaN where it is not defined."""
        try:
            leaves = evaluated(self.function, self.inputs.leaves(x, narrow=self.narrow))
        # Steps may leave the domain: a square root of a negative number, a singular matrix.
        except (ArithmeticError, ValueError):
            return np.full(self.outputs.size, np.nan)
        return self.outputs.vector(leaves)

    def complex_values(self, z: Vector) -> Vector | None:
        """The function of complex numbers in place of real ones; None where it takes none."""
        if any(self.inputs.complex) or any(self.outputs.complex):
            return None
        try:
            leaves = evaluated(self.function, self.inputs.leaves(z))
        # Whatever an f written for real numbers raises, central differences take over.
        except Exception:
            return None
        return np.concatenate([np.ravel(data_of(y)) for y in leaves])

    def push(self, direction: Vector, narrow: bool = False, at: Vector | None = None) -> Vector:
        """J · direction, by the rules; at another point where one is given."""
        narrow |= self.narrow
        point = self.point if at is None else at
        x, t = (self.inputs.leaves(v, narrow=narrow) for v in (point, direction))
        return self.outputs.vector(jvp(self.function, x, t)[1])

    def pull(self, cotangent: Vector, narrow: bool = False, at: Vector | None = None) -> Vector:
        """cotangentᵀ · J, by the rules; at another point where one is given."""
        narrow |= self.narrow
        x = self.inputs.leaves(self.point if at is None else at, narrow=narrow)
        c = self.outputs.leaves(cotangent, dual=True, narrow=narrow)
        return self.inputs.vector(vjp(self.function, *x)[1](c), dual=True)

    def pushed(self, direction: Vector) -> "Stage":
        """The stage x, t -> J(x) t, at t = direction."""
        function, count = self.function, len(self.inputs.names)

        def push(*both: Any) -> tuple[Any, ...]:
            output, moved = jvp(function, both[:count], both[count:])
            _require_finite(output)
            return moved

        inputs = self.inputs.beside(self.inputs, "tangent")
        point = np.concatenate([self.point, direction])
        outputs = self.outputs.renamed("tangent")
        return self._next("fwd", push, inputs, outputs, point, self.sizes)

    def pulled(self, cotangent: Vector) -> "Stage":
        """The stage x, c -> cᵀ J(x), at c = cotangent."""
        function, count = self.function, len(self.inputs.names)

        def pull(*both: Any) -> tuple[Any, ...]:
            output, back, *_ = vjp(function, *both[:count])
            _require_finite(output)
            return back(both[count:])

        inputs = self.inputs.beside(self.outputs, "cotangent")
        c = self.outputs.vector(self.outputs.leaves(cotangent, dual=True))
        point = np.concatenate([self.point, c])
        outputs = self.inputs.renamed("gradient")
        sizes = np.linalg.norm(cotangent * self.sizes) / self.inputs.scales(self.point)
        return self._next("rev", pull, inputs, outputs, point, sizes)

    def _next(
        self,
        mode: str,
        function: Callable[..., tuple[Any, ...]],
        inputs: Coordinates,
        outputs: Coordinates,
        point: Vector,
        sizes: Vector,
    ) -> "Stage":
        value = outputs.vector(evaluated(function, inputs.leaves(point, narrow=self.narrow)))
        sizes = np.maximum(sizes, outputs.sizes(value))
        name = self.derivative(mode)
        return Stage(name, function, inputs, outputs, point, value, sizes, self.narrow)


def evaluated(function: Callable[..., Any], leaves: Sequence[Any]) -> Any:
    """The function of these leaves as constants: Values, so that their methods are there."""
    with no_grad(), np.errstate(all="ignore"):
        return function(*[Value(x, requires_grad=False) for x in leaves])


def _require_finite(output: Any) -> None:
    """Outside the domain of f a sweep would only warn of the NaN that it meets."""
    if not all(np.isfinite(data_of(y)).all() for y in output):
        raise FloatingPointError("outside the domain")
