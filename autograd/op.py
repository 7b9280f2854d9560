"""An op is one row: a NumPy function, its kind, and one rule per argument.

A rule reads `(cotangent, output, *inputs, **static)` and returns the cotangent of its argument:

    tanh = elementwise(np.tanh, lambda g, y, x: g * (1 - y * y))

The contract: NumPy calls and operators only; no in-place writes, no `.data`, no `float(x)`, no `if` on
an array's contents. Given raw arrays a rule computes; given Values it is recorded, which is all that
higher orders need. A rule does not broadcast: the engine sums its result to the argument's shape and
casts it to the argument's dtype. None in place of a rule says that the argument has no derivative.
"""

import inspect
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, NoReturn

import numpy as np

from autograd.errors import (
    ArgumentError,
    AutogradError,
    AxisError,
    DTypeError,
    IndexingError,
    LinAlgError,
    ShapeError,
    UnsupportedError,
    describe,
)
from autograd.modes import EAGER, current
from autograd.value import (
    ABSENT,
    MANY,
    NO_STATIC,
    Value,
    as_data,
    detached,
    next_order,
    node,
)

Rule = Callable[..., Any]

# NumPy function -> what a call of it on a Value does: an Op, or a function made of others.
registry: dict[Callable[..., Any], Callable[..., Any]] = {}
rows: list["Op"] = []


class Kind(Enum):
    """What is known of an op's Jacobian, and therefore of its forward mode."""

    ELEMENTWISE = "elementwise"
    MULTILINEAR = "multilinear"
    LINEAR = "linear"
    GENERAL = "general"
    CONSTANT = "constant"


class Op:
    """One row of the table; calling it is calling the NumPy function, recorded.

    function    computes the output from raw arrays.
    rules       one per array argument, or None where there is no derivative.
    joint       instead of `rules`: `(wanted, cotangent, output, *inputs, **static)` returns all of
                them at once; `wanted` says which are needed, the others may be None.
    tangent     `(tangents, output, *inputs, **static)` returns the output's tangent; tangents are
                None where there is none. Only where the kind's own way costs too much.
    scalar      the same function of Python floats, from `math` or `operator`.
    pole        whether a rule may be infinite where the cotangent is zero (guarded under jit).
    bind        `(args, kwargs) -> (inputs, static)` where NumPy's call has lists of arrays.
    affine      options that add a constant (`initial`); forward mode drops them.
    domain      an interval, or one per argument, on which tests draw the inputs.
    """

    __slots__ = (
        "_options",
        "_parameters",
        "affine",
        "arity",
        "bind",
        "domain",
        "function",
        "joint",
        "kind",
        "name",
        "pole",
        "rules",
        "scalar",
        "tangent",
    )

    def __init__(
        self,
        function: Callable[..., Any],
        kind: Kind,
        rules: tuple[Rule | None, ...] = (),
        *,
        name: str | None = None,
        arity: int | None = None,
        joint: Rule | None = None,
        tangent: Rule | None = None,
        scalar: Callable[..., float] | None = None,
        pole: bool = False,
        bind: Callable[..., tuple[tuple[Any, ...], dict[str, Any]]] | None = None,
        affine: tuple[str, ...] = (),
        domain: Any = (-2.0, 2.0),
    ) -> None:
        self.function = function
        self.kind = kind
        self.rules = rules
        self.name = name or function.__name__
        self.arity = len(rules) or 1 if arity is None else arity
        self.joint = joint
        self.tangent = tangent
        self.scalar = scalar
        self.pole = pole
        self.bind = bind or self._bind
        self.affine = affine
        self.domain = domain
        self._parameters: list[str] | None = None
        self._options: frozenset[str] | None = None

    def __repr__(self) -> str:
        return f"<{self.kind.value} op {self.name}>"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        inputs, static = self.bind(args, kwargs)
        return apply(self, inputs, static)

    @property
    def parameters(self) -> list[str]:
        """The names of the function's arguments, in order."""
        if self._parameters is None:
            if isinstance(self.function, np.ufunc):
                self._parameters = ["x1", "x2", "x3"][: self.function.nin]
            else:
                self._parameters = list(inspect.signature(self.function).parameters)
        return self._parameters

    @property
    def options(self) -> frozenset[str]:
        """The options that every rule knows; the function's other options are refused."""
        if self._options is None:
            if self.kind is Kind.CONSTANT:
                names = set(self.parameters[self.arity :])
            else:
                names = set()
                for rule in (*self.rules, self.joint):
                    if rule is not None:
                        kinds = inspect.signature(rule).parameters.values()
                        names |= {p.name for p in kinds if p.kind is p.KEYWORD_ONLY}
                names |= set(self.affine)
            self._options = frozenset(names)
        return self._options

    def _bind(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        if not kwargs and len(args) == self.arity:
            return tuple(map(_constant, args)), NO_STATIC
        names = self.parameters
        if len(args) > len(names):
            raise ArgumentError(
                f"at most {len(names)} arguments for {self.name}: {', '.join(names)}",
                f"{len(args)}",
                "pass options by keyword",
            )
        bound = dict(zip(names, args, strict=False))
        for key, given in kwargs.items():
            if key in bound:
                raise ArgumentError(
                    f"one value for {key} of {self.name}", "two", "pass it by position or by keyword"
                )
            bound[key] = given
        inputs = tuple(_constant(bound.pop(name, None)) for name in names[: self.arity])
        static = {}
        for key, given in bound.items():
            if given is np._NoValue or _is_default(key, given):
                continue
            if key not in self.options or type(given) is Value:
                refuse_option(self, key, given)
            static[key] = given
        return inputs, static or NO_STATIC


# What NumPy's functions do anyway when these are left out.
_DEFAULTS = {
    "out": None,
    "where": True,
    "dtype": None,
    "casting": "same_kind",
    "order": "K",
    "subok": True,
    "copy": True,
}


def _is_default(key: str, given: Any) -> bool:
    return key in _DEFAULTS and given is _DEFAULTS[key]


def refuse_option(op: Any, key: str, given: Any) -> NoReturn:
    """Raise the three-part error for an option of a NumPy function that has no rule."""
    name = getattr(op, "name", None) or getattr(op, "__name__", str(op))
    if key == "out":
        raise UnsupportedError(
            f"{name} to return its result",
            "out=, which would write into an array that the record may hold",
            "bind the returned Value to a name",
        )
    known = ", ".join(sorted(op.options)) if isinstance(op, Op) and op.options else "no options"
    raise UnsupportedError(
        f"options of {name} that have a derivative rule: {known}",
        f"{key}={describe(given)}",
        f"leave {key}= out, and write what it does as operations of their own",
    )


def _constant(x: Any) -> Any:
    """A list among the operands becomes the array that NumPy would make of it."""
    if type(x) is list or type(x) is tuple:
        return np.asarray(x)
    if isinstance(x, np.ma.MaskedArray | np.matrix):
        raise DTypeError(
            "a plain array", f"a {type(x).__name__}, {x.shape}", "use np.asarray, and np.where for a mask"
        )
    return x


# The kinds


def _row(
    function: Callable[..., Any], kind: Kind, rules: tuple[Rule | None, ...], row: dict[str, Any]
) -> Op:
    """A new row, registered for its NumPy function, or for those that `numpy=` names."""
    functions = row.pop("numpy", (function,))
    op = Op(function, kind, rules, **row)
    rows.append(op)
    for numpy_function in functions:
        registry[numpy_function] = op
    return op


def elementwise(function: Callable[..., Any], *rules: Rule | None, **row: Any) -> Op:
    """A row whose Jacobian is diagonal after broadcasting (for complex input: holomorphic).

    >>> import autograd.numpy as np
    >>> from autograd import Value
    >>> cube = elementwise(lambda x: x**3, lambda g, y, x: g * 3 * x * x, name="cube")
    >>> v = Value(2.0); cube(v).backward(); v.grad
    12.0
    """
    return _row(function, Kind.ELEMENTWISE, rules, row)


def linear(function: Callable[..., Any], *rules: Rule | None, **row: Any) -> Op:
    """A row that is linear in its array arguments jointly: `sum`, `reshape`, `concatenate`."""
    return _row(function, Kind.LINEAR, rules, row)


def multilinear(function: Callable[..., Any], *rules: Rule | None, **row: Any) -> Op:
    """A row that is linear in each array argument by itself: `matmul`, `einsum`."""
    return _row(function, Kind.MULTILINEAR, rules, row)


def general(function: Callable[..., Any], *rules: Rule | None, **row: Any) -> Op:
    """A row of which only the rules are known: `logsumexp`, `solve`."""
    return _row(function, Kind.GENERAL, rules, row)


def constant(function: Callable[..., Any], **row: Any) -> Op:
    """A row that is piecewise constant: it returns a plain array, or a tuple of them."""
    return _row(function, Kind.CONSTANT, (), row)


def composite(*numpy_functions: Callable[..., Any]) -> Callable[..., Any]:
    """Register a function made of other ops as what these NumPy functions do on a Value."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        for numpy_function in numpy_functions:
            registry[numpy_function] = function
        return function

    return register


# Applying an op


def apply(op: Op, inputs: tuple[Any, ...], static: dict[str, Any]) -> Any:
    """Compute the op on the data of its inputs, and record it where the mode says so."""
    raw = [x._data if type(x) is Value else x for x in inputs]
    try:
        if op.scalar is not None and not static and all(type(x) is float for x in raw):
            data = scalar_result(op, raw)
        else:
            data = op.function(*raw, **static)
    except AutogradError:
        raise
    except Exception as error:
        explain(op, raw, static, error)
    return record(op, data, inputs, static)


def record(op: Op, data: Any, inputs: tuple[Any, ...], static: dict[str, Any]) -> Any:
    """`data` as the result of `op`: a recorded Value, a constant Value, or the plain array."""
    mode = current()
    if op.kind is Kind.CONSTANT and not mode.replayable:
        return data
    values = [x for x in inputs if type(x) is Value]
    if not values:
        return data
    requires = mode.records and op.kind is not Kind.CONSTANT and any(x.requires_grad for x in values)
    if mode.anomaly:
        refuse_nan(op, data, inputs)
    if type(data) is not float and np.ndim(data) == 0 and getattr(data, "dtype", None) == np.float64:
        raw = (x._data if type(x) is Value else x for x in inputs)
        if all(type(x) in _PYTHON_NUMBERS for x in raw) and "dtype" not in static:
            data = float(data)
    if isinstance(data, tuple):
        whole = node(op, data, inputs, static, requires)
        parts = [apply(component, (whole,), {"index": i}) for i in range(len(data))]
        if not (requires or mode.replayable):
            parts = [detached(part) for part in data]
        return type(data)(*parts) if hasattr(data, "_fields") else tuple(parts)
    if not (requires or mode.replayable):
        return detached(data)
    return node(op, data, inputs, static, requires)


_PYTHON_NUMBERS = (float, int, bool, np.bool_, type(None))


def _only(g: Any, index: int, count: int) -> tuple[Any, ...]:
    return tuple(g if i == index else None for i in range(count))


# Picks one of the outputs of an op that has several: qr, slogdet. The sweeps know its tuples.
component = linear(
    lambda x, index: x[index],
    lambda g, y, x, *, index: _only(g, index, len(x)),
    name="component",
)


def scalar_result(op: Op, raw: list[Any]) -> float:
    """The op on Python floats: `math`, and NumPy where `math` would raise or turn complex."""
    try:
        data = op.scalar(*raw) if op.scalar is not None else op.function(*raw)
    except (ArithmeticError, ValueError):
        return float(op.function(*raw))
    return data if type(data) is float else float(op.function(*raw))


def unary(op: Op) -> Callable[[Any], Any]:
    """`op` as a function of one argument, with nothing between the call and the arithmetic."""
    function = op.function
    scalar = op.scalar

    def call(x: Any) -> Any:
        if type(x) is not Value:
            return op(x)
        a = x._data
        if type(a) is float and scalar is not None:
            try:
                data = scalar(a)
            except (ArithmeticError, ValueError):
                data = float(function(a))
            grad = 0.0
        else:
            try:
                data = function(a)
            except Exception as error:
                explain(op, [a], NO_STATIC, error)
            grad = None
            if type(a) is float:
                data = float(data)
                grad = 0.0
        if current() is EAGER and x.requires_grad:
            value = _new(Value)
            value._data = data
            value.op = op
            value._left = x
            value._right = ABSENT
            value.static = NO_STATIC
            value.order = next_order()
            value.grad = grad
            value.requires_grad = True
            return value
        return record(op, data, (x,), NO_STATIC)

    call.__name__ = op.name
    return call


def binary(op: Op, numpy: bool = False) -> Callable[[Any, Any], Any]:
    """`op` as a function of two arguments, with nothing between the call and the arithmetic.

    Python's operators serve arrays as well, and faster than the ufunc does.
    """
    scalar = op.scalar
    function = scalar if getattr(scalar, "__module__", "") == "_operator" else op.function

    def call(x: Any, y: Any) -> Any:
        if type(x) is Value:
            a = x._data
            if type(y) is Value:
                b = y._data
                requires = x.requires_grad or y.requires_grad
            else:
                b = y
                requires = x.requires_grad
        elif type(y) is Value:
            a = x
            b = y._data
            requires = y.requires_grad
        else:
            return op(x, y)
        if scalar is not None and (
            (type(a) is float and (type(b) is float or type(b) is int))
            or (type(b) is float and type(a) is int)
        ):
            try:
                data = scalar(a, b)
                if type(data) is not float:
                    data = float(op.function(a, b))
            except (ArithmeticError, ValueError):
                data = float(op.function(a, b))
            grad = 0.0
        else:
            if not (
                (type(a) is np.ndarray or isinstance(a, _PLAIN))
                and (type(b) is np.ndarray or isinstance(b, _PLAIN))
            ):
                return op(x, y) if is_operand(a) and is_operand(b) else NotImplemented
            try:
                data = function(a, b)
            except Exception as error:
                explain(op, [a, b], NO_STATIC, error)
            grad = None
        if requires and current() is EAGER:
            value = _new(Value)
            value._data = data
            value.op = op
            value._left = x
            value._right = y
            value.static = NO_STATIC
            value.order = next_order()
            value.grad = grad
            value.requires_grad = True
            return value
        return record(op, data, (x, y), NO_STATIC)

    call.__name__ = op.name
    return call


_new = object.__new__
# Not complex: Python's complex numbers would make Python's complex results.
_PLAIN = (np.generic, float, int)


def is_operand(x: Any) -> bool:
    """Whether an operator should take `x` for a number or an array of them."""
    return isinstance(x, (*_PLAIN, complex, list, tuple, np.ndarray, Value)) or hasattr(x, "__array__")


# NumPy's protocols


def dispatch_ufunc(
    ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """`__array_ufunc__`: a ufunc, or one of its methods, called on a Value."""
    if kwargs.pop("out", None) is not None:
        raise UnsupportedError(
            f"{ufunc.__name__} to return its result",
            f"out= or an in-place operator on an array, with {_shapes(inputs)}",
            "write `a = a + v`, not `a += v`, for an ndarray a and a Value v",
        )
    if method == "__call__":
        function = registry.get(ufunc)
        if function is None:
            refuse_function(ufunc)
        dtype = kwargs.pop("dtype", None)
        for key, given in kwargs.items():
            if not _is_default(key, given):
                refuse_option(ufunc, key, given)
        if dtype is not None:
            inputs = tuple((x if type(x) is Value else np.asarray(x)).astype(dtype) for x in inputs)
        return function(*inputs)
    reduction = _METHODS.get((ufunc, method))
    if reduction is None:
        refuse_function(ufunc, f"{ufunc.__name__}.{method}")
    if method in ("reduce", "accumulate"):
        names = ("axis", "dtype", "out", "keepdims", "initial", "where")
        if method == "accumulate":
            names = ("axis", "dtype", "out")
        array, *options = inputs
        kwargs = {**dict(zip(names, options, strict=False)), **kwargs}
        kwargs.setdefault("axis", 0)
        return reduction(array, **kwargs)
    return reduction(*inputs, **kwargs)


# (ufunc, method) -> the reduction that it is; filled by `ops.reduce`.
_METHODS: dict[tuple[np.ufunc, str], Callable[..., Any]] = {}


def ufunc_method(ufunc: np.ufunc, method: str, function: Callable[..., Any]) -> None:
    """Say what `ufunc.reduce` or `ufunc.accumulate` is, called on a Value."""
    _METHODS[ufunc, method] = function


def dispatch_function(function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """`__array_function__`: a NumPy function called with a Value among its arguments."""
    ours = registry.get(function)
    if ours is None:
        refuse_function(function)
    if isinstance(ours, Op):
        return ours(*args, **kwargs)
    kwargs = {key: given for key, given in kwargs.items() if not _is_default(key, given)}
    if "out" in kwargs:
        refuse_option(function, "out", kwargs["out"])
    try:
        return ours(*args, **kwargs)
    except AutogradError:
        raise
    except (TypeError, ValueError, IndexError) as error:
        known = inspect.signature(ours).parameters
        for key, given in kwargs.items():
            if key not in known:
                refuse_option(function, key, given)
        explain(function, args, kwargs, error)


def refuse_function(function: Any, name: str | None = None) -> NoReturn:
    """Raise the three-part error for a NumPy function without a row."""
    module = getattr(function, "__module__", None) or "numpy"
    full = name or getattr(function, "__name__", str(function))
    raise UnsupportedError(
        "a NumPy function that has a derivative rule",
        f"{module}.{full}, called on a Value",
        "write it with functions that have one, add a row (autograd.elementwise, linear, ...), or "
        "call it on v.numpy(), through which no gradient flows",
    )


# Words for what went wrong


def _shapes(raw: Any) -> str:
    return ", ".join(describe(x) for x in raw)


_ALIGN = (
    "give shapes that are equal, or 1, axis by axis from the right; reshape or np.expand_dims adds axes "
    "of length 1"
)


def explain(op: Any, raw: Any, static: Mapping[str, Any], error: Exception) -> NoReturn:
    """Raise NumPy's error again as one of ours, naming the op, the shapes and the options."""
    name = op.name if isinstance(op, Op) else op.__name__
    kind = op.kind if isinstance(op, Op) else None
    options = "".join(f", {key}={value!r}" for key, value in static.items())
    said = " ".join(str(error).split())
    received = f"{_shapes(raw)}{options} ({said})" if said else f"{_shapes(raw)}{options}"
    remedy = _ALIGN if kind is Kind.ELEMENTWISE else f"see help(numpy.{name}) for what it takes"
    if isinstance(error, np.exceptions.AxisError):
        ndims = ", ".join(str(np.ndim(x)) for x in raw if x is not None)
        raise AxisError(
            f"an axis that the argument of {name} has",
            received,
            f"pass an axis from -n to n - 1 for n axes (here n = {ndims})",
        ) from error
    if isinstance(error, np.linalg.LinAlgError):
        raise LinAlgError(
            f"a matrix that {name} can work on", received, "check its rank and its shape"
        ) from error
    if isinstance(error, IndexError):
        raise IndexingError(
            f"indices inside the array for {name}", received, "compare the index with the shape"
        ) from error
    if isinstance(error, TypeError):
        raise DTypeError(
            f"arguments that {name} takes", received, "pass arrays or numbers"
        ) from error
    if isinstance(error, ValueError):
        raise ShapeError(f"shapes that fit {name}", received, remedy) from error
    raise error


def refuse_nan(op: Op, data: Any, inputs: Any) -> None:
    """Raise if `data` holds a NaN that its inputs did not hold."""
    raw = [x._data if type(x) is Value else x for x in inputs]
    if _has_nan(data) and not any(_has_nan(x) for x in raw):
        raise ArgumentError(
            f"a result of {op.name} without NaN",
            f"NaN from {_shapes(raw)}",
            f"keep the inputs inside the domain of {op.name}, or mask them with np.where",
        )


def _has_nan(x: Any) -> bool:
    if isinstance(x, tuple):
        return any(map(_has_nan, x))
    array = np.asarray(x) if x is not None else np.zeros(())
    return array.dtype.kind in "fc" and bool(np.isnan(array).any())


__all__ = [
    "MANY",
    "Kind",
    "Op",
    "Rule",
    "apply",
    "as_data",
    "binary",
    "component",
    "composite",
    "constant",
    "elementwise",
    "general",
    "linear",
    "multilinear",
    "registry",
    "rows",
    "unary",
]
