"""Python's operators and NumPy's protocols on a Value, each one op of the table."""

import operator
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.errors import AssignmentError, AutogradError, DTypeError, describe
from autograd.journal import journal, refuse_array, stands_for_array
from autograd.modes import current

if TYPE_CHECKING:
    from autograd.value import Value


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
transpose: Callable[..., Any] = not_filled
get_item: Callable[..., Any] = not_filled
cast: Callable[..., Any] = not_filled
registry: dict[Any, Callable[..., Any]] = {}
dispatch_ufunc: Callable[..., Any] = not_filled
dispatch_function: Callable[..., Any] = not_filled
retell: Callable[..., Any] = not_filled


def numpy_call(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """NumPy's own call, which comes back here through its protocols."""
    return function(*args, **kwargs)


def _bitwise(logical: Any, bits: Any, a: Any, b: Any) -> Any:
    """The logical function of booleans, that of the bits of integers."""
    kinds = {getattr(x, "dtype", np.asarray(x).dtype if np.isscalar(x) else None) for x in (a, b)}
    return numpy_call(logical if kinds == {np.dtype(bool)} else bits, a, b)


class Operators:
    """What Python's operators and NumPy's protocols do with a Value."""

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
        return numpy_call(np.remainder, self, other)

    def __neg__(self) -> "Value":
        return negative(self)

    def __rmod__(self, other: Any) -> "Value":
        return numpy_call(np.remainder, other, self)

    def __floordiv__(self, other: Any) -> Any:
        return numpy_call(np.floor_divide, self, other)

    def __rfloordiv__(self, other: Any) -> Any:
        return numpy_call(np.floor_divide, other, self)

    def __divmod__(self, other: Any) -> tuple[Any, "Value"]:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> tuple[Any, "Value"]:
        return other // self, other % self

    def __pos__(self) -> "Value":
        return numpy_call(np.positive, self)

    def __abs__(self) -> "Value":
        return numpy_call(np.absolute, self)

    def __round__(self, decimals: int = 0) -> Any:
        return numpy_call(np.round, self, decimals)

    # `v += w` rebinds the name to a new Value; on a parameter under no_grad that is never meant. In
    # a trace, what stands for a plain array is written to.

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

    def __imod__(self, other: Any) -> "Value":
        return self._augmented(operator.mod, other)

    def __ifloordiv__(self, other: Any) -> Any:
        return self._augmented(operator.floordiv, other)

    def __iand__(self, other: Any) -> Any:
        return self._augmented(operator.and_, other)

    def __ior__(self, other: Any) -> Any:
        return self._augmented(operator.or_, other)

    def __ixor__(self, other: Any) -> Any:
        return self._augmented(operator.xor, other)

    def __ilshift__(self, other: Any) -> Any:
        return self._augmented(operator.lshift, other)

    def __irshift__(self, other: Any) -> Any:
        return self._augmented(operator.rshift, other)

    def _augmented(self, op: Callable[..., Any], other: Any) -> "Value":
        if self.op is None and isinstance(self._data, np.ndarray) and stands_for_array(self):
            refuse_array(self._data)  # NumPy would write into it
        if self.requires_grad and self.op is None and not current().records:
            raise AssignmentError(
                "an assignment to change a parameter under no_grad",
                f"an augmented assignment, which would make a new Value beside {describe(self)}",
                "write v.assign(v.data - step), or v.data -= step",
            )
        made = op(self, other)
        notes = journal()
        return made if notes is None else notes.augment(notes, self, other, made)

    # Comparisons: elementwise, plain arrays; `hash` is by identity

    def __eq__(self, other: object) -> Any:
        return numpy_call(np.equal, self, other)

    def __ne__(self, other: object) -> Any:
        return numpy_call(np.not_equal, self, other)

    def __lt__(self, other: Any) -> Any:
        return numpy_call(np.less, self, other)

    def __le__(self, other: Any) -> Any:
        return numpy_call(np.less_equal, self, other)

    def __gt__(self, other: Any) -> Any:
        return numpy_call(np.greater, self, other)

    def __ge__(self, other: Any) -> Any:
        return numpy_call(np.greater_equal, self, other)

    # Masks and bits: Values only where every operation is recorded

    def __or__(self, other: Any) -> Any:
        return _bitwise(np.logical_or, np.bitwise_or, self, other)

    def __and__(self, other: Any) -> Any:
        return _bitwise(np.logical_and, np.bitwise_and, self, other)

    def __xor__(self, other: Any) -> Any:
        return _bitwise(np.logical_xor, np.bitwise_xor, self, other)

    __ror__, __rand__, __rxor__ = __or__, __and__, __xor__

    def __invert__(self) -> Any:
        return numpy_call(np.logical_not if self.dtype == bool else np.invert, self)

    def __lshift__(self, other: Any) -> Any:
        return numpy_call(np.left_shift, self, other)

    def __rlshift__(self, other: Any) -> Any:
        return numpy_call(np.left_shift, other, self)

    def __rshift__(self, other: Any) -> Any:
        return numpy_call(np.right_shift, self, other)

    def __rrshift__(self, other: Any) -> Any:
        return numpy_call(np.right_shift, other, self)

    __hash__ = object.__hash__

    # Shape and dtype: Python values, whatever the mode

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the data; () for a Python float."""
        return getattr(self._data, "shape", ())

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(getattr(self._data, "shape", ()))

    @property
    def size(self) -> int:
        """The number of elements."""
        return np.size(self._data)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of the data; float64 for a Python float."""
        dtype = getattr(self._data, "dtype", None)
        return np.asarray(self._data).dtype if dtype is None else dtype

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
            try:
                return function(*inputs)
            except (AutogradError, TypeError, ValueError, IndexError) as error:
                retell(ufunc, inputs, kwargs, error)
        return dispatch_ufunc(ufunc, method, inputs, kwargs)

    @property
    def _mask(self) -> Any:
        # numpy.ma takes `_data` of whatever has it, and would go on without the gradient; it asks
        # for the mask of each operand too.
        raise DTypeError(
            "plain arrays, beside a Value",
            f"a function or a masked array of numpy.ma, and {describe(self)}",
            "use NumPy's functions on a plain array, and np.where for the mask",
        )

    def __array_function__(
        self, func: Callable[..., Any], types: Any, args: Any, kwargs: Any
    ) -> Any:
        return dispatch_function(func, args, kwargs)
