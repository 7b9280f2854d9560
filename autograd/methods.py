"""Operators and ndarray's methods, each one op of the table applied to the Value itself."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.errors import AssignmentError, ConversionError, DTypeError, describe
from autograd.modes import current

if TYPE_CHECKING:
    from autograd.value import Value

Axis = int | tuple[int, ...] | None


def not_filled(*args: Any, **kwargs: Any) -> Any:
    """What stands for an op until `autograd.ops` is imported."""
    raise RuntimeError("import autograd, which fills the operators of Value")


# Filled by `ops` when it is imported: this module imports none of it.
add: Callable[..., Any] = not_filled
subtract: Callable[..., Any] = not_filled
multiply: Callable[..., Any] = not_filled
divide: Callable[..., Any] = not_filled
negative: Callable[..., Any] = not_filled
raise_to: Callable[..., Any] = not_filled
matmul: Callable[..., Any] = not_filled
tanh: Callable[..., Any] = not_filled
exp: Callable[..., Any] = not_filled
log: Callable[..., Any] = not_filled
relu: Callable[..., Any] = not_filled
sigmoid: Callable[..., Any] = not_filled
reduce_sum: Callable[..., Any] = not_filled
reduce_mean: Callable[..., Any] = not_filled
reduce_prod: Callable[..., Any] = not_filled
reduce_max: Callable[..., Any] = not_filled
reduce_min: Callable[..., Any] = not_filled
transpose: Callable[..., Any] = not_filled
get_item: Callable[..., Any] = not_filled
cast: Callable[..., Any] = not_filled
registry: dict[Any, Callable[..., Any]] = {}
dispatch_ufunc: Callable[..., Any] = not_filled
dispatch_function: Callable[..., Any] = not_filled


def _numpy(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """NumPy's own call, which comes back here through its protocols."""
    return function(*args, **kwargs)


class ArrayMethods:
    """What a Value can do because an ndarray can; the formulas are in `autograd.ops`."""

    __slots__ = ()

    _data: Any
    op: Any
    requires_grad: bool

    # Arithmetic

    def __add__(self, other: Any) -> "Value":
        return add(self, other)

    def __radd__(self, other: Any) -> "Value":
        return add(other, self)

    def __sub__(self, other: Any) -> "Value":
        return subtract(self, other)

    def __rsub__(self, other: Any) -> "Value":
        return subtract(other, self)

    def __mul__(self, other: Any) -> "Value":
        return multiply(self, other)

    def __rmul__(self, other: Any) -> "Value":
        return multiply(other, self)

    def __truediv__(self, other: Any) -> "Value":
        return divide(self, other)

    def __rtruediv__(self, other: Any) -> "Value":
        return divide(other, self)

    def __pow__(self, other: Any) -> "Value":
        return raise_to(self, other)

    def __rpow__(self, other: Any) -> "Value":
        return raise_to(other, self)

    def __matmul__(self, other: Any) -> "Value":
        return matmul(self, other)

    def __rmatmul__(self, other: Any) -> "Value":
        return matmul(other, self)

    def __mod__(self, other: Any) -> "Value":
        return _numpy(np.remainder, self, other)

    def __neg__(self) -> "Value":
        return negative(self)

    def __rmod__(self, other: Any) -> "Value":
        return _numpy(np.remainder, other, self)

    def __floordiv__(self, other: Any) -> Any:
        return _numpy(np.floor_divide, self, other)

    def __rfloordiv__(self, other: Any) -> Any:
        return _numpy(np.floor_divide, other, self)

    def __divmod__(self, other: Any) -> tuple[Any, "Value"]:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> tuple[Any, "Value"]:
        return other // self, other % self

    def __pos__(self) -> "Value":
        return _numpy(np.positive, self)

    def __abs__(self) -> "Value":
        return _numpy(np.absolute, self)

    def __round__(self, decimals: int = 0) -> Any:
        return _numpy(np.round, self, decimals)

    # `v += w` rebinds the name to a new Value; on a parameter under no_grad that is never meant.

    def __iadd__(self, other: Any) -> "Value":
        return self._augmented(add, other)

    def __isub__(self, other: Any) -> "Value":
        return self._augmented(subtract, other)

    def __imul__(self, other: Any) -> "Value":
        return self._augmented(multiply, other)

    def __itruediv__(self, other: Any) -> "Value":
        return self._augmented(divide, other)

    def __ipow__(self, other: Any) -> "Value":
        return self._augmented(raise_to, other)

    def __imatmul__(self, other: Any) -> "Value":
        return self._augmented(matmul, other)

    def _augmented(self, op: Callable[..., Any], other: Any) -> "Value":
        if self.requires_grad and self.op is None and not current().records:
            raise AssignmentError(
                "an assignment to change a parameter under no_grad",
                f"an augmented assignment, which would make a new Value beside {describe(self)}",
                "write v.assign(v.data - step), or v.data -= step",
            )
        return op(self, other)

    # Comparisons: elementwise, plain arrays; `hash` is by identity

    def __eq__(self, other: object) -> Any:
        return _numpy(np.equal, self, other)

    def __ne__(self, other: object) -> Any:
        return _numpy(np.not_equal, self, other)

    def __lt__(self, other: Any) -> Any:
        return _numpy(np.less, self, other)

    def __le__(self, other: Any) -> Any:
        return _numpy(np.less_equal, self, other)

    def __gt__(self, other: Any) -> Any:
        return _numpy(np.greater, self, other)

    def __ge__(self, other: Any) -> Any:
        return _numpy(np.greater_equal, self, other)

    # Masks of booleans: Values only where every operation is recorded

    def __or__(self, other: Any) -> Any:
        return _numpy(np.logical_or, self, other) if self.dtype == bool else NotImplemented

    def __and__(self, other: Any) -> Any:
        return _numpy(np.logical_and, self, other) if self.dtype == bool else NotImplemented

    def __xor__(self, other: Any) -> Any:
        return _numpy(np.logical_xor, self, other) if self.dtype == bool else NotImplemented

    def __invert__(self) -> Any:
        return _numpy(np.logical_not, self) if self.dtype == bool else NotImplemented

    __hash__ = object.__hash__

    # Shape and dtype: Python values, whatever the mode

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the data; () for a Python float."""
        return self._data.shape if hasattr(self._data, "shape") else ()

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of elements."""
        return np.size(self._data)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of the data; float64 for a Python float."""
        data = self._data
        return data.dtype if hasattr(data, "dtype") else np.asarray(data).dtype

    @property
    def itemsize(self) -> int:
        """Bytes per element."""
        return self.dtype.itemsize

    @property
    def nbytes(self) -> int:
        """Bytes of the data."""
        return self.size * self.itemsize

    def __len__(self) -> int:
        if self.ndim == 0:
            raise DTypeError("an array, which has a len()", describe(self), "use .size")
        return self.shape[0]

    def __iter__(self) -> "Iterator[Value]":
        if self.ndim == 0:
            raise DTypeError(
                "an array to iterate over", describe(self), "use the Value itself, or np.atleast_1d"
            )
        return (get_item(self, i) for i in range(self.shape[0]))

    def __contains__(self, item: Any) -> bool:
        return bool(np.any(self == item))

    def __getitem__(self, index: Any) -> "Value":
        return get_item(self, index)

    # NumPy's protocols

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        function = registry.get(ufunc)
        if function is not None and not kwargs and method == "__call__":
            return function(*inputs)
        return dispatch_ufunc(ufunc, method, inputs, kwargs)

    def __array_function__(
        self, function: Callable[..., Any], types: Any, args: Any, kwargs: Any
    ) -> Any:
        return dispatch_function(function, args, kwargs)

    # Elementwise functions that micrograd and PyTorch have as methods

    def tanh(self) -> "Value":
        """tanh(x)."""
        return tanh(self)

    def exp(self) -> "Value":
        """e**x."""
        return exp(self)

    def log(self) -> "Value":
        """The natural logarithm of x."""
        return log(self)

    def relu(self) -> "Value":
        """max(x, 0); its derivative at 0 is 0."""
        return relu(self)

    def sigmoid(self) -> "Value":
        """1 / (1 + e**-x)."""
        return sigmoid(self)

    def sqrt(self) -> "Value":
        """The square root of x."""
        return _numpy(np.sqrt, self)

    def sin(self) -> "Value":
        """sin(x)."""
        return _numpy(np.sin, self)

    def cos(self) -> "Value":
        """cos(x)."""
        return _numpy(np.cos, self)

    def abs(self) -> "Value":
        """|x|; its derivative at 0 is 0."""
        return _numpy(np.absolute, self)

    def square(self) -> "Value":
        """x**2."""
        return _numpy(np.square, self)

    # Reductions, as np.sum and its like

    def sum(
        self, axis: Axis = None, dtype: Any = None, keepdims: bool = False, **options: Any
    ) -> "Value":
        """The sum over `axis`."""
        if dtype is not None or options:
            return _numpy(np.sum, self, axis=axis, dtype=dtype, keepdims=keepdims, **options)
        return reduce_sum(self, axis, keepdims)

    def mean(
        self, axis: Axis = None, dtype: Any = None, keepdims: bool = False, **options: Any
    ) -> "Value":
        """The mean over `axis`."""
        if dtype is not None or options:
            return _numpy(np.mean, self, axis=axis, dtype=dtype, keepdims=keepdims, **options)
        return reduce_mean(self, axis, keepdims)

    def prod(self, axis: Axis = None, keepdims: bool = False) -> "Value":
        """The product over `axis`."""
        return reduce_prod(self, axis, keepdims)

    def max(self, axis: Axis = None, keepdims: bool = False) -> "Value":
        """The maximum over `axis`; ties share the gradient equally."""
        return reduce_max(self, axis, keepdims)

    def min(self, axis: Axis = None, keepdims: bool = False) -> "Value":
        """The minimum over `axis`; ties share the gradient equally."""
        return reduce_min(self, axis, keepdims)

    def var(self, axis: Axis = None, *, ddof: float = 0, keepdims: bool = False) -> "Value":
        """The variance over `axis`, of `n - ddof` degrees of freedom."""
        return _numpy(np.var, self, axis=axis, ddof=ddof, keepdims=keepdims)

    def std(self, axis: Axis = None, *, ddof: float = 0, keepdims: bool = False) -> "Value":
        """The standard deviation over `axis`."""
        return _numpy(np.std, self, axis=axis, ddof=ddof, keepdims=keepdims)

    def any(self, axis: Axis = None, keepdims: bool = False) -> Any:
        """Whether any element is nonzero: a plain array."""
        return _numpy(np.any, self, axis=axis, keepdims=keepdims)

    def all(self, axis: Axis = None, keepdims: bool = False) -> Any:
        """Whether all elements are nonzero: a plain array."""
        return _numpy(np.all, self, axis=axis, keepdims=keepdims)

    def cumsum(self, axis: int | None = None) -> "Value":
        """The running sum along `axis`; of the flattened array where it is None."""
        return _numpy(np.cumsum, self, axis=axis)

    def argmax(self, axis: int | None = None, *, keepdims: bool = False) -> Any:
        """Where the maximum is: plain integers."""
        return _numpy(np.argmax, self, axis=axis, keepdims=keepdims)

    def argmin(self, axis: int | None = None, *, keepdims: bool = False) -> Any:
        """Where the minimum is: plain integers."""
        return _numpy(np.argmin, self, axis=axis, keepdims=keepdims)

    def argsort(self, axis: int = -1) -> Any:
        """The order that sorts: plain integers."""
        return _numpy(np.argsort, self, axis=axis)

    def nonzero(self) -> Any:
        """Where the elements are nonzero: plain integers."""
        return _numpy(np.nonzero, self)

    def round(self, decimals: int = 0) -> Any:
        """The rounded numbers: a plain array, since the derivative is zero."""
        return _numpy(np.round, self, decimals)

    # Shape

    def reshape(self, *shape: Any, order: str = "C") -> "Value":
        """The same elements in another shape, given as a tuple or one by one."""
        return _numpy(np.reshape, self, shape[0] if len(shape) == 1 else shape, order=order)

    def ravel(self, order: str = "C") -> "Value":
        """The same elements along one axis."""
        return _numpy(np.ravel, self, order=order)

    def flatten(self, order: str = "C") -> "Value":
        """A copy of the elements along one axis."""
        return _numpy(np.ravel, self, order=order).copy()

    def transpose(self, *axes: Any) -> "Value":
        """The axes permuted, or reversed where none are given."""
        if len(axes) == 1 and (axes[0] is None or isinstance(axes[0], tuple | list)):
            return _numpy(np.transpose, self, axes[0])
        return _numpy(np.transpose, self, axes or None)

    @property
    def T(self) -> "Value":
        """The axes reversed."""
        return transpose(self)

    @property
    def mT(self) -> "Value":
        """The last two axes exchanged."""
        return _numpy(np.swapaxes, self, -1, -2)

    def swapaxes(self, axis1: int, axis2: int) -> "Value":
        """Two axes exchanged."""
        return _numpy(np.swapaxes, self, axis1, axis2)

    def squeeze(self, axis: Axis = None) -> "Value":
        """Axes of length one removed."""
        return _numpy(np.squeeze, self, axis=axis)

    def repeat(self, repeats: Any, axis: int | None = None) -> "Value":
        """Each element repeated."""
        return _numpy(np.repeat, self, repeats, axis=axis)

    def take(self, indices: Any, axis: int | None = None, mode: str = "raise") -> "Value":
        """The elements at `indices` along `axis`."""
        return _numpy(np.take, self, indices, axis=axis, mode=mode)

    def sort(self, axis: int = -1) -> "Value":
        """A sorted copy; unlike an array's method it changes nothing in place."""
        return _numpy(np.sort, self, axis=axis)

    def diagonal(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> "Value":
        """The diagonal of the plane of two axes."""
        return _numpy(np.diagonal, self, offset=offset, axis1=axis1, axis2=axis2)

    def trace(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> "Value":
        """The sum of the diagonal."""
        return _numpy(np.trace, self, offset=offset, axis1=axis1, axis2=axis2)

    def clip(self, min: Any = None, max: Any = None) -> "Value":
        """The numbers limited to [min, max]."""
        return _numpy(np.clip, self, min, max)

    def dot(self, other: Any) -> "Value":
        """np.dot."""
        return _numpy(np.dot, self, other)

    def copy(self) -> "Value":
        """A recorded copy, which items may be assigned to."""
        return _numpy(np.copy, self)

    def astype(self, dtype: Any, *, copy: bool = True) -> Any:
        """The numbers in another dtype: recorded for a float or complex one, else a plain array."""
        return cast(self, dtype)

    # Complex numbers

    @property
    def real(self) -> "Value":
        """The real part."""
        return _numpy(np.real, self)

    @property
    def imag(self) -> "Value":
        """The imaginary part."""
        return _numpy(np.imag, self)

    def conj(self) -> "Value":
        """The complex conjugate."""
        return _numpy(np.conjugate, self)

    conjugate = conj

    # What leaves the graph

    def tolist(self) -> Any:
        """The numbers as nested lists; no gradient flows from them."""
        return np.asarray(self.numpy()).tolist()

    def numpy(self) -> np.ndarray:
        """The data as an array; no gradient flows from it."""
        raise ConversionError("a Value", describe(self), "call numpy() on a Value")

    def fill(self, value: Any) -> None:
        """Refused: assign to `v[...]`, which is recorded."""
        raise AssignmentError(
            "an assignment that is recorded", f"fill() on {describe(self)}", "write v[...] = value"
        )
