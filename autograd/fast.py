"""Ops as functions of one and two arguments, with nothing between the call and the arithmetic."""

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.modes import EAGER, current
from autograd.op import Op, apply, record
from autograd.reuse import LARGE
from autograd.value import ABSENT, NO_STATIC, Value, next_order
from autograd.wording import explain

_new = object.__new__

# Beside a Python float these are as good as Python's own numbers: an element of an array of labels.
_PYTHONIC = {np.float64, np.bool_, bool, *(np.dtype(c).type for c in "bhilqBHILQ")}

# Of two floats these make a float, and raise for none.
_TOTAL = (operator.add, operator.sub, operator.mul)

# Not complex: Python's complex numbers would make Python's complex results.
_PLAIN: Any = (np.generic, float, int)


def unary(op: Op) -> Callable[[Any], Any]:
    """`op` as a function of one argument, with nothing between the call and the arithmetic."""
    function = op.function
    in_room = op.in_room or op.function
    scalar = op.scalar
    array = np.ndarray

    def call(x: Any) -> Any:
        if type(x) is not Value:
            return op(x)
        mode = current()
        if mode is not EAGER and mode.replayable:
            return apply(op, (x,), NO_STATIC)
        a = x._data
        if type(a) is float and scalar is not None:
            try:
                data = scalar(a)
            except (ArithmeticError, ValueError):
                data = float(function(a))
            grad = 0.0
        else:
            try:
                data = in_room(a) if type(a) is array and a.size >= LARGE else function(a)
            except Exception as error:
                explain(op, [a], NO_STATIC, error)
            grad = None
            if type(a) is float:
                data = float(data)
                grad = 0.0
        if mode is EAGER and x.requires_grad:
            value = _new(Value)
            value._data = data
            value.op = op
            value._left = x
            value._right = ABSENT
            value.static = NO_STATIC
            value.order = next_order()
            value._grad = grad
            value.requires_grad = True
            return value
        return record(op, data, (x,), NO_STATIC)

    call.__name__ = op.name
    return call


def binary(op: Op) -> Callable[[Any, Any], Any]:
    """`op` as a function of two arguments, with nothing between the call and the arithmetic.

    Python's operators serve arrays as well, and faster than the ufunc does.
    """
    scalar: Any = op.scalar
    array = np.ndarray
    in_room = op.in_room or op.function
    is_operator = getattr(scalar, "__module__", "") == "_operator"
    function = op.shorter or (scalar if is_operator else op.function)
    total = scalar in _TOTAL

    def call(x: Any, y: Any) -> Any:
        if type(x) is Value:
            a = x._data
            if type(y) is Value:
                b = y._data
                requires = x.requires_grad or y.requires_grad
                if total and requires and type(a) is float is type(b) and current() is EAGER:
                    value = _new(Value)
                    value._data = scalar(a, b)
                    value.op = op
                    value._left = x
                    value._right = y
                    value.static = NO_STATIC
                    value.order = next_order()
                    value._grad = 0.0
                    value.requires_grad = True
                    return value
            else:
                b = y
                requires = x.requires_grad
        elif type(y) is Value:
            a = x
            b = y._data
            requires = y.requires_grad
        else:
            return op(x, y)
        kind, other = type(a), type(b)
        size = a.size if kind is array else b.size if other is array else -1
        mode = current()
        grad = None
        if (
            size >= 0
            and (kind is array or isinstance(a, _PLAIN))
            and (other is array or isinstance(b, _PLAIN))
        ):
            if mode is not EAGER and mode.replayable:
                return apply(op, (x, y), NO_STATIC)
            try:
                data = function(a, b) if size < LARGE else in_room(a, b)
            except Exception as error:
                explain(op, [a, b], NO_STATIC, error)
        elif scalar is not None and (
            (kind is float and (other is float or other is int)) or (other is float and kind is int)
        ):
            try:
                data = scalar(a, b)
                if type(data) is not float:
                    data = float(op.function(a, b))
            except (ArithmeticError, ValueError):
                data = float(op.function(a, b))
            grad = 0.0
        elif other is float and kind in _PYTHONIC and type(x) is not Value:
            return call(a.item() if kind is not bool else int(a), y)
        elif kind is float and other in _PYTHONIC and type(y) is not Value:
            return call(x, b.item() if other is not bool else int(b))
        elif isinstance(a, _PLAIN) and isinstance(b, _PLAIN):
            try:
                data = function(a, b)
            except Exception as error:
                explain(op, [a, b], NO_STATIC, error)
        elif is_operand(a) and is_operand(b):
            return op(x, y)
        else:
            return NotImplemented
        if requires and mode is EAGER:
            value = _new(Value)
            value._data = data
            value.op = op
            value._left = x
            value._right = y
            value.static = NO_STATIC
            value.order = next_order()
            value._grad = grad
            value.requires_grad = True
            return value
        return record(op, data, (x, y), NO_STATIC)

    call.__name__ = op.name
    return call


def is_operand(x: Any) -> bool:
    """Whether an operator should take `x` for a number or an array of them."""
    return isinstance(x, (*_PLAIN, complex, list, tuple, np.ndarray, Value)) or hasattr(
        x, "__array__"
    )
