"""`Value`: data, and how it was made."""

from collections.abc import Callable
from itertools import count
from typing import Any, Self

import numpy as np

from autograd.array_methods import ArrayMethods
from autograd.errors import (
    AssignmentError,
    AttributeAssignmentError,
    ConversionError,
    DTypeError,
    IndexingError,
    ShapeError,
    describe,
)
from autograd.journal import journal
from autograd.methods import not_filled
from autograd.modes import current

ABSENT = type("Absent", (), {"__repr__": lambda self: "ABSENT", "__slots__": ()})()
MANY = type("Many", (), {"__repr__": lambda self: "MANY", "__slots__": ()})()
NO_STATIC: dict[str, Any] = {}

# What to do instead of a conversion that would lose the gradient.
_OTHERWISE = (
    "; np.stack([...]) or autograd.numpy.array joins a list of Values; np.zeros(n, like=v) makes "
    "an array to fill; .item() or .numpy() gives numbers without a gradient"
)
_CURES = {
    "an index": "no gradient flows through an index: write v.item()",
    "Value()": "use it as it is; v.copy() makes a copy, v.detach() one without history",
    "conversion to an array": "a Value is an array already, so leave np.asarray out; write "
    "np.dot(a, v) or a @ v for a.dot(v), as a plain array's methods convert what they are given; "
    "a.toarray() @ v for a sparse matrix a; "
    "autograd.scipy and autograd.numpy have functions that take one where others convert; "
    f"v.copy() or np.copy(v) makes a copy{_OTHERWISE}",
}
_CURES |= dict.fromkeys(
    ("float()", "int()", "complex()"),
    f"use NumPy's functions on the Value itself, np.sqrt for math.sqrt{_OTHERWISE}",
)


def _cure_in_a_trace(conversion: str, dtype: np.dtype[Any]) -> str:
    if conversion == "bool()":
        return "branch with np.where"
    if conversion in ("item()", "numpy()", "float()"):
        return "return the Value, and convert it outside of the function"
    if dtype.kind in "iu":
        return (
            "index Value(array, requires_grad=False)[i] in place of the array; a count that jit is "
            "to know is a static argument"
        )
    return "keep to NumPy's functions of Values; np.stack([...]) joins them"


# What NumPy writes in place by setting an attribute, and what does the same to a Value v.
_SETTERS = {
    "real": "v[...] = w + 1j * v.imag",
    "imag": "v[...] = v.real + 1j * w",
    "flat": "v[...] = np.reshape(w, v.shape)",
    "T": "v[...] = w.T",
    "mT": "v[...] = w.mT",
    "shape": "v = v.reshape(...)",
    "dtype": "v = v.astype(...)",
}

next_order = count(1).__next__
_new = object.__new__

# Filled by `sweep` and `ops` when they are imported: this module imports neither.
backward: Callable[..., None] = not_filled
set_item: Callable[..., None] = not_filled
stop_gradient: Callable[..., Any] = not_filled
recorded_data: Callable[..., Any] = not_filled
assign_traced: Callable[..., Any] = not_filled


class Value(ArrayMethods):
    """A scalar or an array that remembers how it was computed.

    data            float, complex or array; an integer becomes float64 where a gradient is asked
                    for. An array is copied, so that writing to it later changes nothing here.
    requires_grad   whether operations on this Value are recorded.
    name            shown by `repr` and in pictures.
    dtype           converts the data.

    A Python number stays a Python float: its operations go through `math` and cost accordingly.
    Raises DTypeError for data that are no numbers, ConversionError for a list that holds Values.

    >>> x = Value(3.0, name="x")
    >>> y = x * x + 1.0
    >>> y.backward()
    >>> y.data, x.grad
    (10.0, 6.0)
    """

    # One object per scalar node and no tuple beside it: Python's garbage collector visits every
    # container, and takes most of the time of a scalar program otherwise. One or two inputs lie in
    # `_left` and `_right`; otherwise `_left` is their tuple and `_right` is MANY. `_more` is set
    # only where there is a name or a version.
    __slots__ = (
        "__weakref__",
        "_data",
        "_grad",
        "_left",
        "_more",
        "_right",
        "op",
        "order",
        "requires_grad",
        "static",
    )

    _data: Any
    _grad: Any
    _left: Any
    _right: Any
    _more: dict[str, Any]
    op: Any
    static: dict[str, Any]
    order: int
    requires_grad: bool

    def __init__(
        self,
        data: Any,
        *,
        requires_grad: bool = True,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        source = None
        if type(data) is Value:
            source = _for_an_array(data, requires_grad, dtype)
            if source is None:
                data._refuse_recorded("Value()")
        elif type(data) is np.float64 and dtype is None:
            data = float(data)  # the same number, and a Python float already; `math` is faster
        self._data = as_data(data, requires_grad, dtype) if source is None else source._data
        self.op = None
        self._left = ()
        self._right = MANY
        self.static = NO_STATIC
        self.order = next_order()
        if source is not None and (notes := journal()) is not None:
            notes.sources[self.order] = source
        self._grad = 0.0 if type(self._data) is float else None
        self.requires_grad = requires_grad
        if name is not None:
            self.name = name

    def __init_subclass__(cls) -> None:
        raise DTypeError(
            "Value itself",
            f"the subclass {cls.__name__}",
            "hold a Value as an attribute; a sweep knows a Value by its exact type",
        )

    def _get_grad(self) -> Any:
        grad = self._grad
        if type(grad) is not Value:
            notes = journal()
            if notes is not None:
                return notes.read_grad(self, grad, detached)
        return grad

    def _set_grad(self, grad: Any) -> None:
        if type(grad) is not float and grad is not None:
            grad = self._as_gradient(grad)
        notes = journal()
        if notes is not None:
            notes.note_grad(self, reset=True)
        self._grad = grad

    def _as_gradient(self, grad: Any) -> Any:
        """An array of the data's shape or a number, or the error that says what is wrong."""
        if type(grad) is list or type(grad) is tuple:
            grad = as_data(grad, True)
        complex_data = np.iscomplexobj(self._data)
        kind = getattr(grad, "dtype", np.dtype(type(grad))).kind
        if kind not in ("fbiuc" if complex_data else "fbiu"):
            raise DTypeError(
                f"a gradient of {'complex' if complex_data else 'real'} numbers",
                describe(grad),
                "assign an array of the data's shape, a number or None",
            )
        if np.ndim(grad) and np.shape(grad) != np.shape(self._data):
            raise ShapeError(
                f"a gradient of the data's shape, {np.shape(self._data)}",
                describe(grad),
                "assign an array of equal shape, a number or None",
            )
        return grad

    # A trace has to know that a gradient was read, or set.
    grad: Any = property(_get_grad, _set_grad, doc="d(root)/d(self), summed by `backward`.")

    # How it was made

    @property
    def inputs(self) -> tuple[Any, ...]:
        """The arguments of the op that made this: Values, and constants as they were given.

        >>> (Value(2.0) * 5.0).inputs[1]
        5.0
        """
        if self._right is MANY:
            return self._left
        return (self._left,) if self._right is ABSENT else (self._left, self._right)

    @property
    def is_leaf(self) -> bool:
        """Whether no recorded op made this.

        >>> Value(1.0).is_leaf, (-Value(1.0)).is_leaf
        (True, False)
        """
        return self.op is None

    @property
    def name(self) -> str | None:
        """A name for `repr` and pictures; None unless given.

        >>> v = Value(1.0)
        >>> v.name = "speed"
        >>> v
        Value(data=1.0, grad=0.0, name='speed')
        """
        try:
            return self._more.get("name")
        except AttributeError:
            return None

    @name.setter
    def name(self, name: str | None) -> None:
        if not (name is None or isinstance(name, str)):
            raise DTypeError("a string as a name", describe(name), "write name=str(...)")
        try:
            self._more["name"] = name
        except AttributeError:
            self._more = {"name": name}

    @property
    def versions(self) -> list["Value"]:
        """What this Value was before each item assignment, oldest first.

        >>> v = Value([1.0, 2.0]).copy()
        >>> v[0] = 5.0
        >>> v.versions[0].data
        array([1., 2.])
        """
        try:
            return self._more.get("versions", [])
        except AttributeError:
            return []

    # What existing programs read: micrograd's to draw a graph, HIPS autograd's to look inside

    @property
    def _prev(self) -> set["Value"]:
        """The Values among the inputs.

        >>> v = Value(2.0)
        >>> (v * 5.0)._prev == {v}
        True
        """
        return {x for x in self.inputs if type(x) is Value}

    @property
    def _op(self) -> str:
        """The name of the op that made this; "" for a leaf.

        >>> (Value(2.0) * 5.0)._op
        'multiply'
        """
        return "" if self.op is None else self.op.name

    @property
    def _value(self) -> Any:
        """`data`."""
        return self.data

    # Data

    @property
    def data(self) -> Any:
        """The number or array itself; setting it is `assign`.

        `v.data -= step` works, but NumPy then writes into the array, which views of it and
        `v.detach()` share; `v.assign(v.data - step)` does not.
        """
        if current().replayable:
            return recorded_data(self)
        return self._data

    @data.setter
    def data(self, data: Any) -> None:
        self.assign(data)

    def assign(self, data: Any, copy: bool = True) -> Self:
        """Rebind the data of a leaf: v <- data; a graph recorded before is then stale.

        `data` has this Value's shape and is cast to its dtype. It is copied unless `copy` is False,
        and the old array is not written to. Raises ShapeError, and AssignmentError for a Value that
        an op computed.

        >>> w = Value([1.0, 2.0])
        >>> w.assign(w.data - 0.1).data
        array([0.9, 1.9])
        """
        if current().replayable:
            return assign_traced(self, data)
        old = self._data
        kind = type(data)
        fits = kind is type(old) and (
            kind is float
            or (kind is np.ndarray and data.dtype is old.dtype and data.shape == old.shape)
        )
        if not fits or self.op is not None:
            data = self._as_own(data)
        if copy and type(data) is np.ndarray and data is not old:
            data = data.copy()
        more = getattr(self, "_more", None)
        if more and "versions" in more:
            more.setdefault("lost", []).append(self.order)
        self._data = data
        self.order = next_order()
        return self

    def _as_own(self, data: Any) -> Any:
        """Data to assign in this Value's shape and dtype, or the error that says why not."""
        if self.op is not None:
            raise AssignmentError(
                "a leaf to assign to",
                f"the result of {self.op.name}, {describe(self)}",
                "assign to the Values it was computed from, or to its .detach()",
            )
        return self._cast(data)

    def _cast(self, data: Any) -> Any:
        """Data in this Value's shape and dtype."""
        old = self._data
        data = as_data(data, self.requires_grad, copy=False)
        self._refuse_unlike(data)
        if not hasattr(old, "dtype"):
            return type(old)(data)
        array = np.asarray(data, old.dtype)
        return array if array.ndim else array[()]

    def _refuse_unlike(self, data: Any) -> None:
        """Raise where data of this shape, or complex data, cannot be assigned."""
        old = self._data
        if np.iscomplexobj(data) and not np.iscomplexobj(old):
            raise DTypeError(
                f"real data to assign{_of(self)}", describe(data), "assign its real part"
            )
        if np.shape(data) != np.shape(old):
            raise ShapeError(
                f"data of shape {np.shape(old)} to assign{_of(self)}",
                describe(data),
                "assign data of equal shape, or make a new Value",
            )

    def item(self, *index: int) -> Any:
        """The Python number of the only element, or of that at `index`; no gradient flows from it.

        >>> Value([[2.5]]).item()
        2.5
        """
        self._refuse_traced("item()")
        data = self._data
        if not index:
            if type(data) is float:
                return data
            if isinstance(data, np.generic):
                return data.item()
            if self.size != 1:
                raise ShapeError(
                    "one element for item()", describe(self), "pass an index, or use .tolist()"
                )
        try:
            return np.asarray(data).item(*index)
        except (IndexError, TypeError, ValueError) as error:
            raise IndexingError(
                "an index that the array has, for item()",
                f"{', '.join(map(str, index))} for {describe(self)}",
                f"use one number from 0 to {self.size - 1}, or one for each axis",
            ) from error

    @property
    def lost(self) -> list[int]:
        """The orders of what this Value was, after item assignments, before each `assign`."""
        try:
            return self._more.get("lost", [])
        except AttributeError:
            return []

    def numpy(self) -> np.ndarray:
        """The data as an array, not a copy; no gradient flows from it.

        >>> Value([1.0, 2.0]).numpy()
        array([1., 2.])
        """
        self._refuse_traced("numpy()")
        return np.asarray(self._data)

    def detach(self) -> "Value":
        """The same data without history: a constant.

        >>> (Value(2.0) * 3.0).detach()
        Value(data=6.0, requires_grad=False)
        """
        return stop_gradient(self)

    # Gradients

    def backward(self, cotangent: Any = None, keep_grads: bool = False) -> None:
        """Add d(self)/d(leaf), weighted by `cotangent`, to the `.grad` of every leaf.

        cotangent     has the shape of this Value; 1 for a single element.
        keep_grads    also fills the `.grad` of what lies between (float Values always do).

        Raises ShapeError where this has several elements and no cotangent is given,
        StaleGraphError where an input was assigned since.

        >>> w = Value([1.0, 2.0])
        >>> (w * w).sum().backward()
        >>> w.grad
        array([2., 4.])
        """
        backward(self, cotangent, keep_grads)

    def zero_grad(self) -> None:
        """Forget the gradient: None, or 0.0 for a float Value."""
        notes = journal()
        if notes is not None:
            notes.note_grad(self, reset=True)
        self._grad = 0.0 if type(self._data) is float else None

    # Conversions that would lose the gradient in silence

    def _refuse_traced(self, conversion: str) -> None:
        if current().replayable:
            raise ConversionError(
                "operations that can be replayed",
                f"{conversion} of a traced Value, {describe(self)}",
                _cure_in_a_trace(conversion, self.dtype),
            )

    def _refuse_recorded(self, conversion: str) -> None:
        self._refuse_traced(conversion)
        if self.requires_grad and current().records:
            raise ConversionError(
                f"a Value without a recorded gradient for {conversion}",
                describe(self),
                _CURES[conversion],
            )

    def __float__(self) -> float:
        self._refuse_recorded("float()")
        return float(self._data)

    def __int__(self) -> int:
        self._refuse_recorded("int()")
        return int(self._data)

    def __complex__(self) -> complex:
        self._refuse_recorded("complex()")
        return complex(self._data)

    def __index__(self) -> int:
        self._refuse_recorded("an index")
        return self._data.__index__()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        self._refuse_recorded("conversion to an array")
        return np.array(self._data, dtype=dtype, copy=copy)

    def __bool__(self) -> bool:
        self._refuse_traced("bool()")
        return bool(self._data)

    # Items

    def __setitem__(self, index: Any, value: Any) -> None:
        set_item(self, index, value)

    # Copies are leaves: a graph does not travel

    def __copy__(self) -> "Value":
        return _restore(self._data, self.requires_grad, self.name)

    def __deepcopy__(self, memo: dict[int, Any]) -> "Value":
        return _restore(self._data, self.requires_grad, self.name)

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (self._data, self.requires_grad, self.name)

    # Text

    def __repr__(self) -> str:
        data = self._data
        text = (
            repr(data) if type(data) is float else np.array2string(np.asarray(data), separator=", ")
        )
        dtype = getattr(data, "dtype", None)
        if dtype is not None:
            text += f", shape={np.shape(data)}" if np.ndim(data) else ""
            text += f", dtype={dtype}"
        parts = [f"data={text}"]
        if self.requires_grad:
            parts.append(f"grad={self.grad!r}")
        else:
            parts.append("requires_grad=False")
        if self.op is not None:
            parts.append(f"op={self.op.name}")
        if self.name is not None:
            parts.append(f"name={self.name!r}")
        return f"Value({', '.join(parts)})"

    def __format__(self, spec: str) -> str:
        if not spec:
            return str(self)
        data = self._data
        if np.ndim(data) == 0:
            return format(data.item() if isinstance(data, np.ndarray) else data, spec)
        return np.array2string(data, formatter={"all": lambda x: format(x, spec)})


def _unset(name: str, instead: str) -> Callable[[Value, Any], None]:
    def refuse(v: Value, new: Any) -> None:
        raise AttributeAssignmentError(
            f"no assignment to .{name} of a Value",
            f"{describe(v)}, given .{name} = {describe(new)}",
            f"write {instead}",
        )

    return refuse


for _name, _instead in _SETTERS.items():
    setattr(Value, _name, getattr(Value, _name).setter(_unset(_name, _instead)))


def as_data(data: Any, requires_grad: bool, dtype: Any = None, copy: bool = True) -> Any:
    """What a Value holds for `data`: a Python float, a NumPy scalar or an array of numbers.

    >>> as_data([1, 2], True)
    array([1., 2.])
    """
    if type(data) is float and dtype is None:
        return data
    if type(data) is np.ndarray and dtype is None and data.dtype.kind == "f":
        return np.array(data) if copy else data
    if type(data) is Value:
        data = data._data
    if dtype is None and (type(data) is bool or type(data) is int):
        return _as_float(data) if requires_grad else data
    if isinstance(data, np.ma.MaskedArray | np.matrix):
        raise DTypeError(
            "a plain array",
            f"a {type(data).__name__}, {describe(data)}",
            "use np.asarray, and np.where for a mask",
        )
    if isinstance(data, np.generic):
        array = data if dtype is None else data.astype(dtype)
    else:
        try:
            array = np.array(data, dtype=dtype) if copy else np.asarray(data, dtype=dtype)
        except ConversionError:
            raise
        except (TypeError, ValueError) as error:
            raise DTypeError(
                "numbers, or nested lists of them of equal lengths",
                describe(data),
                "pass a number or an array; np.stack([...]) joins Values",
            ) from error
    if array.dtype.kind not in "fcbiu":
        raise DTypeError(
            "floating-point or complex data, or integers",
            describe(array if array.dtype.kind != "O" else data),
            "convert the data to numbers first",
        )
    if requires_grad and array.dtype.kind in "biu":
        return array.astype(np.float64)
    return array


def _as_float(number: int) -> float:
    try:
        return float(number)
    except OverflowError:
        raise DTypeError(
            "a number of the size of floats, below 1.8e308",
            f"an int of {number.bit_length()} bits",
            "divide it first, or take its logarithm with math.log",
        ) from None


def detached(data: Any) -> Value:
    """A constant: a leaf that requires no gradient, holding `data` as it is."""
    value = _new(Value)
    value._data = data
    value.op = None
    value._left = ()
    value._right = MANY
    value.static = NO_STATIC
    value.order = next_order()
    value._grad = None
    value.requires_grad = False
    return value


def leaf(data: Any) -> Value:
    """A leaf that requires a gradient, holding `data` as it is."""
    value = detached(data)
    value.requires_grad = True
    if type(data) is float:
        value._grad = 0.0
    return value


def node(op: Any, data: Any, inputs: tuple[Any, ...], static: dict[str, Any], grad: bool) -> Value:
    """A recorded result: `data` made by `op` from `inputs`."""
    value = _new(Value)
    value._data = data
    value.op = op
    if len(inputs) == 2:
        value._left, value._right = inputs
    elif len(inputs) == 1:
        value._left, value._right = inputs[0], ABSENT
    else:
        value._left, value._right = inputs, MANY
    value.static = static
    value.order = next_order()
    value._grad = 0.0 if type(data) is float else None
    value.requires_grad = grad
    return value


def _for_an_array(data: Value, requires_grad: bool, dtype: Any) -> Value | None:
    """What a leaf of this data is in a trace, where the data stand for a plain array; else None."""
    notes = journal()
    if notes is None or not notes.is_array(notes, data):
        return None
    if dtype is None and requires_grad and data.dtype.kind in "biu":
        dtype = np.float64
    return data if dtype is None else data.astype(dtype)


def _restore(data: Any, requires_grad: bool, name: str | None) -> Value:
    return Value(data, requires_grad=requires_grad, name=name)


def _of(value: Value) -> str:
    return f" to {value.name!r}" if value.name else ""
