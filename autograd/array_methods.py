"""ndarray's methods on a Value: NumPy's functions, with NumPy's arguments in NumPy's order.

What an array's method writes in place (`sort`, `put`, `fill`, ...) is item assignment here: it is
recorded, and refused where item assignment is. `out=` is refused by the functions themselves.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from autograd import methods
from autograd.errors import AssignmentError, ConversionError, describe
from autograd.methods import Operators, numpy_call

if TYPE_CHECKING:
    from autograd.value import Value

Axis = int | tuple[int, ...] | None


def _call(function: Any, value: Any, *args: Any, **options: Any) -> Any:
    """NumPy's function with those options that were given."""
    given = {k: x for k, x in options.items() if x is not None and x is not np._NoValue}
    return numpy_call(function, value, *args, **given)


class ArrayMethods(Operators):
    """What a Value can do because an ndarray can; the formulas are in `autograd.ops`."""

    __slots__ = ()

    # Elementwise functions that micrograd and PyTorch have as methods

    def tanh(self) -> "Value":
        """tanh(x)."""
        return methods.tanh(self)

    def exp(self) -> "Value":
        """e**x."""
        return methods.exp(self)

    def log(self) -> "Value":
        """The natural logarithm of x."""
        return methods.log(self)

    def relu(self) -> "Value":
        """max(x, 0); its derivative at 0 is 0."""
        return methods.relu(self)

    def sigmoid(self) -> "Value":
        """1 / (1 + e**-x)."""
        return methods.sigmoid(self)

    def sqrt(self) -> "Value":
        """The square root of x."""
        return numpy_call(np.sqrt, self)

    def sin(self) -> "Value":
        """sin(x)."""
        return numpy_call(np.sin, self)

    def cos(self) -> "Value":
        """cos(x)."""
        return numpy_call(np.cos, self)

    def abs(self) -> "Value":
        """|x|; its derivative at 0 is 0."""
        return numpy_call(np.absolute, self)

    def square(self) -> "Value":
        """x**2."""
        return numpy_call(np.square, self)

    # Reductions

    def sum(
        self,
        axis: Axis = None,
        dtype: Any = None,
        out: None = None,
        keepdims: bool = False,
        initial: Any = np._NoValue,
        where: Any = np._NoValue,
    ) -> "Value":
        """The sum over `axis`."""
        if dtype is None and out is None and initial is np._NoValue and where is np._NoValue:
            return methods.reduce_sum(self, axis, keepdims)
        options = {"dtype": dtype, "out": out, "initial": initial, "where": where}
        return _call(np.sum, self, axis, keepdims=keepdims, **options)

    def mean(
        self,
        axis: Axis = None,
        dtype: Any = None,
        out: None = None,
        keepdims: bool = False,
        *,
        where: Any = np._NoValue,
    ) -> "Value":
        """The mean over `axis`."""
        if dtype is None and out is None and where is np._NoValue:
            return methods.reduce_mean(self, axis, keepdims)
        return _call(np.mean, self, axis, dtype=dtype, out=out, keepdims=keepdims, where=where)

    def prod(
        self,
        axis: Axis = None,
        dtype: Any = None,
        out: None = None,
        keepdims: bool = False,
        initial: Any = np._NoValue,
        where: Any = np._NoValue,
    ) -> "Value":
        """The product over `axis`."""
        options = {"dtype": dtype, "out": out, "initial": initial, "where": where}
        return _call(np.prod, self, axis, keepdims=keepdims, **options)

    def max(
        self,
        axis: Axis = None,
        out: None = None,
        keepdims: bool = False,
        initial: Any = np._NoValue,
        where: Any = np._NoValue,
    ) -> "Value":
        """The maximum over `axis`; ties share the gradient equally."""
        options = {"out": out, "initial": initial, "where": where}
        return _call(np.max, self, axis, keepdims=keepdims, **options)

    def min(
        self,
        axis: Axis = None,
        out: None = None,
        keepdims: bool = False,
        initial: Any = np._NoValue,
        where: Any = np._NoValue,
    ) -> "Value":
        """The minimum over `axis`; ties share the gradient equally."""
        options = {"out": out, "initial": initial, "where": where}
        return _call(np.min, self, axis, keepdims=keepdims, **options)

    def var(
        self,
        axis: Axis = None,
        dtype: Any = None,
        out: None = None,
        ddof: float = 0,
        keepdims: bool = False,
        *,
        where: Any = np._NoValue,
    ) -> "Value":
        """The variance over `axis`, of `n - ddof` degrees of freedom."""
        options = {"dtype": dtype, "out": out, "where": where}
        return _call(np.var, self, axis, ddof=ddof, keepdims=keepdims, **options)

    def std(
        self,
        axis: Axis = None,
        dtype: Any = None,
        out: None = None,
        ddof: float = 0,
        keepdims: bool = False,
        *,
        where: Any = np._NoValue,
    ) -> "Value":
        """The standard deviation over `axis`."""
        options = {"dtype": dtype, "out": out, "where": where}
        return _call(np.std, self, axis, ddof=ddof, keepdims=keepdims, **options)

    def any(
        self, axis: Axis = None, out: None = None, keepdims: bool = False, *, where: Any = None
    ) -> Any:
        """Whether any element is nonzero: a plain array."""
        return _call(np.any, self, axis, out=out, keepdims=keepdims, where=where)

    def all(
        self, axis: Axis = None, out: None = None, keepdims: bool = False, *, where: Any = None
    ) -> Any:
        """Whether all elements are nonzero: a plain array."""
        return _call(np.all, self, axis, out=out, keepdims=keepdims, where=where)

    def cumsum(self, axis: int | None = None, dtype: Any = None, out: None = None) -> "Value":
        """The running sum along `axis`; of the flattened array where it is None."""
        return _call(np.cumsum, self, axis, dtype=dtype, out=out)

    def cumprod(self, axis: int | None = None, dtype: Any = None, out: None = None) -> "Value":
        """The running product along `axis`; of the flattened array where it is None."""
        return _call(np.cumprod, self, axis, dtype=dtype, out=out)

    # Order

    def argmax(self, axis: int | None = None, out: None = None, *, keepdims: bool = False) -> Any:
        """Where the maximum is: plain integers."""
        return _call(np.argmax, self, axis, out=out, keepdims=keepdims)

    def argmin(self, axis: int | None = None, out: None = None, *, keepdims: bool = False) -> Any:
        """Where the minimum is: plain integers."""
        return _call(np.argmin, self, axis, out=out, keepdims=keepdims)

    def argsort(self, axis: int | None = -1, kind: Any = None) -> Any:
        """The order that sorts: plain integers."""
        return _call(np.argsort, self, axis, kind=kind)

    def argpartition(self, kth: Any, axis: int | None = -1) -> Any:
        """An order that puts the element `kth` in its place: plain integers."""
        return _call(np.argpartition, self, kth, axis)

    def searchsorted(self, v: Any, side: Any = "left", sorter: Any = None) -> Any:
        """Where the numbers `v` belong in this sorted array: plain integers."""
        return _call(np.searchsorted, self, v, side=side, sorter=sorter)

    def nonzero(self) -> Any:
        """Where the elements are nonzero: plain integers."""
        return numpy_call(np.nonzero, self)

    def round(self, decimals: int = 0, out: None = None) -> Any:
        """The rounded numbers: a plain array, since the derivative is zero."""
        return _call(np.round, self, decimals, out=out)

    def sort(self, axis: int = -1, kind: Any = None) -> None:
        """Sort in place, recorded as item assignment; np.sort(v) makes a sorted copy."""
        self._assign_all(numpy_call(np.sort, self, axis=axis, kind=kind))

    def partition(self, kth: Any, axis: int = -1) -> None:
        """Put the element `kth` in its place, and smaller ones before it, in place."""
        self._assign_all(numpy_call(np.partition, self, kth, axis=axis))

    def fill(self, value: Any) -> None:
        """Assign one number to all elements, in place."""
        self._assign_all(value)

    def put(self, indices: Any, values: Any, mode: str = "raise") -> None:
        """Assign to elements of the flattened array, in place."""
        _call(np.put, self, indices, values, mode=mode)

    def resize(self, *shape: Any) -> None:
        """Refused: an array's own resize changes its memory; np.resize makes a new array."""
        raise AssignmentError(
            "an operation that is recorded",
            f"resize() of {describe(self)}",
            "write v = np.resize(v, shape), or np.pad",
        )

    def _assign_all(self, value: Any) -> None:
        set_all: Any = self
        set_all[...] = value

    # Shape

    def reshape(self, *shape: Any, order: str = "C") -> "Value":
        """The same elements in another shape, given as a tuple or one by one."""
        return numpy_call(np.reshape, self, shape[0] if len(shape) == 1 else shape, order=order)

    def ravel(self, order: str = "C") -> "Value":
        """The same elements along one axis."""
        return numpy_call(np.ravel, self, order=order)

    def flatten(self, order: str = "C") -> "Value":
        """A copy of the elements along one axis."""
        return numpy_call(np.ravel, self, order=order).copy()

    def transpose(self, *axes: Any) -> "Value":
        """The axes permuted, or reversed where none are given."""
        if len(axes) == 1 and (axes[0] is None or isinstance(axes[0], tuple | list)):
            return numpy_call(np.transpose, self, axes[0])
        return numpy_call(np.transpose, self, axes or None)

    @property
    def T(self) -> "Value":
        """The axes reversed."""
        return methods.transpose(self)

    @property
    def mT(self) -> "Value":
        """The last two axes exchanged."""
        return numpy_call(np.swapaxes, self, -1, -2)

    def swapaxes(self, axis1: int, axis2: int) -> "Value":
        """Two axes exchanged."""
        return numpy_call(np.swapaxes, self, axis1, axis2)

    def squeeze(self, axis: Axis = None) -> "Value":
        """Axes of length one removed."""
        return numpy_call(np.squeeze, self, axis=axis)

    def repeat(self, repeats: Any, axis: int | None = None) -> "Value":
        """Each element repeated."""
        return numpy_call(np.repeat, self, repeats, axis=axis)

    @property
    def flat(self) -> "Value":
        """The elements along one axis, to iterate over; assign to `v[...]` or with np.put."""
        return numpy_call(np.ravel, self)

    @property
    def strides(self) -> tuple[int, ...]:
        """The bytes from one element to the next, along each axis of the data."""
        return np.asarray(self._data).strides

    # Elements

    def take(
        self, indices: Any, axis: int | None = None, out: None = None, mode: str = "raise"
    ) -> "Value":
        """The elements at `indices` along `axis`."""
        return _call(np.take, self, indices, axis=axis, out=out, mode=mode)

    def compress(self, condition: Any, axis: int | None = None, out: None = None) -> "Value":
        """The slices along `axis` where the condition holds."""
        return _call(np.compress, condition, self, axis=axis, out=out)

    def choose(self, choices: Any, out: None = None, mode: str = "raise") -> "Value":
        """For each of these integers, the element of the choice of that number."""
        return _call(np.choose, self, choices, out=out, mode=mode)

    def diagonal(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> "Value":
        """The diagonal of the plane of two axes."""
        return numpy_call(np.diagonal, self, offset=offset, axis1=axis1, axis2=axis2)

    def trace(
        self,
        offset: int = 0,
        axis1: int = 0,
        axis2: int = 1,
        dtype: Any = None,
        out: None = None,
    ) -> "Value":
        """The sum of the diagonal."""
        return _call(np.trace, self, offset, axis1, axis2, dtype=dtype, out=out)

    def clip(self, min: Any = None, max: Any = None, out: None = None) -> "Value":
        """The numbers limited to [min, max]."""
        return (
            numpy_call(np.clip, self, min, max)
            if out is None
            else numpy_call(np.clip, self, min, max, out=out)
        )

    def dot(self, b: Any, out: None = None) -> "Value":
        """np.dot."""
        return _call(np.dot, self, b, out=out)

    def copy(self, order: str = "C") -> "Value":
        """A recorded copy, which items may be assigned to."""
        return numpy_call(np.copy, self)

    def astype(
        self,
        dtype: Any,
        order: str = "K",
        casting: Any = "unsafe",
        subok: bool = True,
        copy: bool = True,
    ) -> Any:
        """The numbers in another dtype: recorded for a float or complex one, else a plain array.

        Raises TypeError, as NumPy does, where `casting` forbids it.
        """
        if casting != "unsafe":
            np.empty(0, self.dtype).astype(dtype, casting=casting)
        return methods.cast(self, dtype)

    # Complex numbers

    @property
    def real(self) -> "Value":
        """The real part."""
        return numpy_call(np.real, self)

    @property
    def imag(self) -> "Value":
        """The imaginary part."""
        return numpy_call(np.imag, self)

    def conj(self) -> "Value":
        """The complex conjugate."""
        return numpy_call(np.conjugate, self)

    conjugate = conj

    # What leaves the graph

    def tolist(self) -> Any:
        """The numbers as nested lists; no gradient flows from them."""
        return np.asarray(self.numpy()).tolist()

    def numpy(self) -> np.ndarray:
        """The data as an array; no gradient flows from it."""
        raise ConversionError("a Value", describe(self), "call numpy() on a Value")

    def tobytes(self, order: Any = "C") -> bytes:
        """The data as bytes; no gradient flows from them."""
        return np.asarray(self.numpy()).tobytes(order)
