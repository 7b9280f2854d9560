"""An op is one row: a NumPy function, its kind, and one rule per argument.

A rule reads `(cotangent, output, *inputs, **static)` and returns the cotangent of its argument:

    tanh = elementwise(np.tanh, lambda g, y, x: g - g * (y * y))

The contract: NumPy calls and operators only; no in-place writes, no `.data`, no `float(x)`, no `if`
on an array's contents. Given raw arrays a rule computes; given Values it is recorded, which is all
that higher orders need. A rule does not broadcast: the engine sums its result to the argument's
shape and casts it to the argument's dtype. None in place of a rule says that the argument has no
derivative.
"""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any

import numpy as np

from autograd.errors import ArgumentError, AutogradError, DTypeError, ShapeError, describe
from autograd.journal import journal
from autograd.modes import EAGER, current
from autograd.reuse import in_room
from autograd.value import NO_STATIC, Value, detached, node
from autograd.wording import explain, refuse_nan, refuse_option

Rule = Callable[..., Any]

# NumPy function -> what a call of it on a Value does: an Op, or a function made of others.
registry: dict[Callable[..., Any], Callable[..., Any]] = {}
rows: list["Op"] = []


# What options that count axes are called, in NumPy and in every row.
AXIS_OPTIONS = ("axis", "axes", "axis1", "axis2", "source", "destination")


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
    in_room     the same of a ufunc; large results lie in memory that is used again.
    rules       one per array argument, or None where there is no derivative.
    joint       instead of `rules`: `(wanted, cotangent, output, *inputs, **static)` returns all of
                them at once; `wanted` says which are needed, the others may be None.
    tangent     `(tangents, output, *inputs, **static)` returns the output's tangent; tangents are
                None where there is none. Only where the kind's own way costs too much.
    shorter     does the same as the function, to small arrays in less time.
    scalar      the same function of Python floats, from `math` or `operator`.
    pole        whether a rule may be infinite where the cotangent is zero (guarded under jit).
    bind        `(args, kwargs) -> (inputs, static)` where NumPy's call has lists of arrays.
    affine      options that add a constant (`initial`); forward mode drops them.
    batch       how it takes one axis more in front, under `vmap` (see `autograd.leading`); without
                it, slice by slice.
    domain      an interval, or one per argument, on which tests draw the inputs.
    """

    __slots__ = (
        "_options",
        "_parameters",
        "affine",
        "arity",
        "batch",
        "bind",
        "domain",
        "function",
        "in_room",
        "joint",
        "kind",
        "name",
        "pole",
        "rules",
        "scalar",
        "shorter",
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
        shorter: Callable[..., Any] | None = None,
        scalar: Callable[..., float] | None = None,
        pole: bool = False,
        bind: Callable[..., tuple[tuple[Any, ...], dict[str, Any]]] | None = None,
        affine: tuple[str, ...] = (),
        batch: Callable[..., Any] | None = None,
        domain: Any = (-2.0, 2.0),
    ) -> None:
        if joint is not None and (rules or kind is Kind.ELEMENTWISE):
            raise ArgumentError(
                "either one rule per argument or a joint rule, and that for no elementwise op",
                f"{len(rules)} rules and joint= for {name or function.__name__}, {kind.value}",
                "use general, linear or multilinear with joint= alone",
            )
        if not all(map(callable, (function, *filter(None, (*rules, joint, tangent))))):
            raise ArgumentError(
                "a function of arrays, and rules that are functions of (g, y, *inputs)",
                ", ".join(map(describe, (function, *rules))),
                "write elementwise(np.tanh, lambda g, y, x: g - g * (y * y))",
            )
        self.function = function
        self.in_room = None
        if isinstance(function, np.ufunc) and function.nout == 1:
            self.in_room = in_room(function)
        self.kind = kind
        self.rules = rules
        self.name = name or function.__name__
        self.arity = len(rules) or 1 if arity is None else arity
        self.joint = joint
        self.tangent = tangent
        self.shorter = shorter
        self.scalar = scalar
        self.pole = pole
        self.bind = bind  # not self._bind, which would be a reference cycle
        self.affine = affine
        self.batch = batch
        self.domain = domain
        self._parameters: list[str] | None = None
        self._options: frozenset[str] | None = None

    def __repr__(self) -> str:
        return f"<{self.kind.value} op {self.name}>"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        inputs, static = (self.bind or self._bind)(args, kwargs)
        return apply(self, inputs, static)

    @property
    def is_elementwise(self) -> bool:
        """Whether each element of the output depends on one element of each argument."""
        return self.kind is Kind.ELEMENTWISE

    @property
    def parameters(self) -> list[str]:
        """The names of the function's arguments, in order."""
        if self._parameters is None:
            import inspect  # takes a tenth of the time to import everything

            if isinstance(self.function, np.ufunc):
                self._parameters = [f"x{i + 1}" for i in range(self.function.nin)]
            else:
                self._parameters = list(inspect.signature(self.function).parameters)
        return self._parameters

    @property
    def options(self) -> frozenset[str]:
        """The options that every rule knows; the function's other options are refused."""
        if self._options is None:
            import inspect

            if self.kind is Kind.CONSTANT:
                names = set(self.parameters[self.arity :]) - {"out"}
            else:
                names = set()
                for rule in (*self.rules, self.joint):
                    if rule is not None:
                        kinds = inspect.signature(rule).parameters.values()
                        names |= {p.name for p in kinds if p.kind is p.KEYWORD_ONLY}
                names |= set(self.affine)
            self._options = frozenset(names)
        return self._options

    def axis_options(self) -> dict[str, Any] | None:
        """The options that name axes, with the defaults they have; None if there is no such option.

        >>> sum_ = Op(lambda x, axis=None: np.sum(x, axis), Kind.LINEAR, (lambda g, y, x: g,))
        >>> sum_.axis_options()
        {'axis': None}
        """
        import inspect  # takes a tenth of the time to import everything

        try:
            signature = inspect.signature(self.function)
        except ValueError:
            return None
        found = {k: p.default for k, p in signature.parameters.items() if k in AXIS_OPTIONS}
        defaults = {k: x for k, x in found.items() if x is not inspect.Parameter.empty}
        return defaults if found else None

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
                    f"one value for {key} of {self.name}",
                    "two",
                    "pass it by position or by keyword",
                )
            bound[key] = given
        inputs = tuple(_constant(bound.pop(name, None)) for name in names[: self.arity])
        static = {}
        for key, given in bound.items():
            if is_default(key, given):
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


def is_default(key: str, given: Any) -> bool:
    """Whether an option says what NumPy does anyway."""
    return given is np._NoValue or (key in _DEFAULTS and given is _DEFAULTS[key])


def _constant(x: Any) -> Any:
    """A list among the operands becomes the array that NumPy would make of it."""
    if type(x) is list or type(x) is tuple:
        try:
            return np.asarray(x)
        except ValueError as error:
            raise ShapeError(
                "rows of one length in a list of numbers",
                f"{describe(x)} ({error})",
                "pad the rows, or compute with one at a time",
            ) from error
    if isinstance(x, np.ma.MaskedArray | np.matrix):
        raise DTypeError(
            "a plain array",
            f"a {type(x).__name__}, {x.shape}",
            "use np.asarray, and np.where for a mask",
        )
    return x


# The kinds


def _row(
    function: Callable[..., Any], kind: Kind, rules: tuple[Rule | None, ...], row: dict[str, Any]
) -> Op:
    """A new row, registered for its NumPy function, or for those that `numpy=` names."""
    if not (rules or "joint" in row or kind is Kind.CONSTANT):
        raise ArgumentError(
            "one rule for each array argument, or a joint rule",
            f"none for {row.get('name') or function.__name__}",
            "give a rule, None for an argument without derivative, or use constant",
        )
    functions = row.pop("numpy", (function,))
    op = Op(function, kind, rules, **row)
    rows.append(op)
    for numpy_function in functions:
        registry[numpy_function] = op
    return op


def elementwise(function: Callable[..., Any], *rules: Rule | None, **row: Any) -> Op:
    """A row whose Jacobian is diagonal after broadcasting (for complex input: holomorphic).

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


def composite(*numpy_functions: Callable[..., Any] | str) -> Callable[..., Any]:
    """Register a function made of other ops as what these NumPy functions do on a Value.

    A function that NumPy 2.0 does not have yet is given by its name.
    """

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        for given in numpy_functions:
            numpy_function = getattr(np, given, None) if isinstance(given, str) else given
            if numpy_function is not None:
                registry[numpy_function] = function
        return function

    return register


# Applying an op


def apply(op: Op, inputs: tuple[Any, ...], static: dict[str, Any]) -> Any:
    """Compute the op on the data of its inputs, and record it where the mode says so."""
    raw = [x._data if type(x) is Value else x for x in inputs]
    try:
        if op.scalar is not None and not static and {*map(type, raw)} == _FLOAT:
            data = scalar_result(op, raw)
        elif Value not in map(type, inputs):
            data = op.function(*raw, **static)
        elif (notes := journal()) is not None:
            data = notes.compute(op, raw, static)
        else:
            data = (op.in_room or op.function)(*raw, **static)
    except AutogradError:
        raise
    except Exception as error:
        explain(op, raw, static, error)
    return record(op, data, inputs, static)


_FLOAT = {float}


def apply_eagerly(
    op: Op, raw: tuple[Any, ...], inputs: tuple[Any, ...], static: dict[str, Any]
) -> Any:
    """`apply` in EAGER mode, where one of the inputs is an array that requires a gradient."""
    try:
        data = op.function(*raw, **static)
    except AutogradError:
        raise
    except Exception as error:
        explain(op, list(raw), static, error)
    return node(op, data, inputs, static, True)


_CONSTANT = Kind.CONSTANT  # looking it up in the Enum each time costs as much as a small sum


def record(op: Op, data: Any, inputs: tuple[Any, ...], static: dict[str, Any]) -> Any:
    """`data` as the result of `op`: a recorded Value, a constant Value, or the plain array."""
    mode = current()
    if op.kind is _CONSTANT and not mode.replayable:
        return data
    if mode is EAGER and len(inputs) == 1 and not isinstance(data, tuple):
        x = inputs[0]  # the short way of most calls that come here: one array, and options
        if type(x) is Value and x.requires_grad and type(x._data) is np.ndarray:
            return node(op, data, inputs, static, True)
    plain, requires = True, False
    for x in inputs:
        if type(x) is Value:
            plain = False
            requires = requires or x.requires_grad
    if plain:
        return data
    requires = requires and mode.records and op.kind is not _CONSTANT
    if mode.anomaly:
        refuse_nan(op, data, inputs)
    if type(data) is np.float64 or (type(data) is np.ndarray and data.shape == ()):
        raw = (x._data if type(x) is Value else x for x in inputs)
        # A truth value beside Python numbers chooses one, but makes none: NumPy's True * 1.0 is no
        # Python number.
        known = any(type(x) is Value and type(x._data) is not np.bool_ for x in inputs)
        if known and "dtype" not in static and all(type(x) in _PYTHON_NUMBERS for x in raw):
            data = data.item()
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


# Picks one of the outputs of an op that has several: slogdet. The sweeps know its tuples, and put
# what its rule gives in its place.
component = linear(lambda x, index: x[index], lambda g, y, x, *, index: g, name="component")


def scalar_result(op: Op, raw: list[Any]) -> float:
    """The op on Python floats: `math`, and NumPy where `math` would raise or turn complex."""
    try:
        data = op.scalar(*raw) if op.scalar is not None else op.function(*raw)
    except (ArithmeticError, ValueError):
        return float(op.function(*raw))
    return data if type(data) is float else float(op.function(*raw))
