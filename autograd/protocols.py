"""How NumPy reaches the table: `__array_ufunc__` and `__array_function__`."""

import re
import sys
from collections.abc import Callable
from functools import cache, partial
from importlib import import_module
from itertools import zip_longest
from typing import Any, NamedTuple, NoReturn

import numpy as np

from autograd.errors import AutogradError, UnsupportedError, describe
from autograd.op import Op, is_default, registry
from autograd.value import Value
from autograd.wording import REFUSALS, explain, refuse_option


def dispatch_ufunc(
    ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """`__array_ufunc__`: a ufunc, or one of its methods, called on a Value."""
    if kwargs.pop("out", None) is not None:
        raise UnsupportedError(
            f"{ufunc.__name__} to return its result",
            f"out= or an in-place operator on an array, with {', '.join(map(describe, inputs))}",
            "write `a = a + v`, not `a += v`, for an ndarray a and a Value v",
        )
    function = implementation(ufunc)
    if function is None:
        refuse_function(ufunc, None if method == "__call__" else f"{ufunc.__name__}.{method}")
    if method != "__call__":
        return _call_method(ufunc, method, inputs, kwargs)
    loop = {key: kwargs.pop(key) for key in ("dtype", "signature", "casting") if key in kwargs}
    kwargs = {key: given for key, given in kwargs.items() if not is_default(key, given)}
    if "where" in kwargs:
        raise UnsupportedError(
            f"{ufunc.__name__} of all elements",
            f"where={describe(kwargs['where'])}; without out=, NumPy leaves the others as they are "
            "in memory",
            f"write np.where(mask, np.{ufunc.__name__}(...), other)",
        )
    known = () if isinstance(function, Op) or not kwargs else options_of(function)
    for key, given in kwargs.items():
        if key not in known:
            refuse_option(ufunc, key, given)
    try:
        return function(*(in_loop(ufunc, inputs, loop) if loop else inputs), **kwargs)
    except REFUSALS as error:
        retell(ufunc, inputs, kwargs, error)


def in_loop(ufunc: np.ufunc, inputs: tuple[Any, ...], loop: dict[str, Any]) -> tuple[Any, ...]:
    """The arguments in the dtypes that NumPy computes with under dtype=, signature= or casting=."""
    raw = [x._data if type(x) is Value else x for x in inputs]
    given = [type(x) if type(x) in _WEAK else np.asarray(x).dtype for x in raw]
    signature = loop.get("signature")
    if isinstance(signature, str):
        signature = tuple(map(np.dtype, signature.replace("->", "")))
    elif signature is None and loop.get("dtype") is not None:
        signature = (None,) * ufunc.nin + (np.dtype(loop["dtype"]),) * ufunc.nout
    elif isinstance(signature, tuple):
        signature = tuple(None if d is None else np.dtype(d) for d in signature)
    casting = loop.get("casting", "same_kind")
    found = ufunc.resolve_dtypes(
        (*given, *(None,) * ufunc.nout), signature=signature, casting=casting
    )
    return tuple(
        x if d == kind else _as(x, d) for x, d, kind in zip(inputs, found, given, strict=False)
    )


_WEAK = (int, float, complex)


def _as(x: Any, dtype: Any) -> Any:
    return (x if hasattr(x, "astype") else np.asarray(x)).astype(dtype)


# (ufunc, method) -> what does it, and method -> what does it for any ufunc: `ops` fills both.
_METHODS: dict[tuple[np.ufunc, str], Callable[..., Any]] = {}
_GENERAL_METHODS: dict[str, Callable[..., Any]] = {}

# The options that may be given by position, behind the array.
_POSITIONS = {
    "reduce": ("axis", "dtype", "out", "keepdims", "initial", "where"),
    "accumulate": ("axis", "dtype", "out"),
    "reduceat": ("indices", "axis", "dtype", "out"),
}


def ufunc_method(ufunc: np.ufunc, method: str, function: Callable[..., Any]) -> None:
    """Say what `ufunc.reduce`, `accumulate` or another method is, called on a Value."""
    _METHODS[ufunc, method] = function


def general_method(method: str, function: Callable[..., Any]) -> None:
    """Say what a method of ufuncs is, called on a Value: a function of the ufunc, and the rest."""
    _GENERAL_METHODS[method] = function


class _Named(NamedTuple):
    """Stands in messages for a method of a ufunc."""

    name: str


def _call_method(
    ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    if method in _POSITIONS:
        names = _POSITIONS[method]
        kwargs = {**dict(zip(names, inputs[1:], strict=False)), **kwargs}
        inputs = inputs[:1]
        kwargs.setdefault("axis", 0)
    if kwargs.pop("out", None) is not None:
        refuse_option(_Named(f"{ufunc.__name__}.{method}"), "out", None)
    kwargs = {
        key: x for key, x in kwargs.items() if key in ("axis", "initial") or not is_default(key, x)
    }
    if kwargs.get("initial") is np._NoValue:
        del kwargs["initial"]
    if method in _POSITIONS:
        if (dtype := kwargs.pop("dtype", None)) is not None:
            inputs = (_as(inputs[0], dtype),)
        if method == "reduce" and np.ndim(inputs[0]) == 0 and kwargs["axis"] in (0, -1):
            kwargs["axis"] = None  # NumPy allows it
    if (ufunc, method) not in _METHODS and method not in _GENERAL_METHODS:
        import_module(later["numpy"])
    function = _METHODS.get((ufunc, method)) or partial(_GENERAL_METHODS[method], ufunc)
    try:
        return function(*inputs, **kwargs)
    except REFUSALS as error:
        retell(_Named(f"{ufunc.__name__}.{method}"), inputs, kwargs, error)


def retell(function: Any, args: Any, kwargs: Any, error: Exception, ours: Any = None) -> NoReturn:
    """Raise the error of one of the ops that `function` is made of as an error of `function`.

    `ours` is what it is here, which knows the names of its arguments. An error in a function that
    the caller gave is the caller's, and stays as it is.
    """
    name = getattr(function, "name", None) or function.__name__
    named = isinstance(error, AutogradError) and re.search(rf"\b{re.escape(name)}\b", str(error))
    if named or any(callable(x) and not isinstance(x, type) for x in args):
        raise error
    arrays: list[Any] = []
    options: dict[str, Any] = {}
    names = [] if ours is None else names_of(ours)
    for x, key in zip_longest(args, names[: len(args)]):
        if isinstance(x, list | tuple) and any(type(part) is Value for part in x):
            arrays += x
        elif hasattr(x, "dtype") or isinstance(x, list | float) or key is None:
            arrays.append(x)
        else:
            options[key] = x
    cause = error.__cause__ if isinstance(error, AutogradError) else error
    if isinstance(cause, Exception) and not isinstance(cause, AutogradError):
        options |= {k: _Words(describe(x)) if hasattr(x, "dtype") else x for k, x in kwargs.items()}
        explain(function, arrays, options, cause)
    if isinstance(error, AutogradError):
        error.received += f", in {name}({', '.join(map(describe, arrays))})"
        error.args = error.expected, error.received, error.remedy
    raise error


class _Words(str):
    """Stands in messages for an array."""

    __slots__ = ()
    __repr__ = str.__str__


@cache
def names_of(function: Callable[..., Any]) -> list[str]:
    """The names of a composite's arguments that may be given by position, in order."""
    import inspect  # takes a tenth of the time to import everything

    arguments = inspect.signature(function).parameters.values()
    return [p.name for p in arguments if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]


@cache
def options_of(function: Callable[..., Any]) -> frozenset[str | None]:
    """The names of a composite's arguments; None is among them where it takes any."""
    import inspect  # takes a tenth of the time to import everything

    arguments = inspect.signature(function).parameters.values()
    return frozenset(None if p.kind is p.VAR_KEYWORD else p.name for p in arguments)


# A module of NumPy's or of SciPy's -> our module that registers what the tables imported at first
# do not, imported when such a function is first called with a Value; filled by `ops`.
later: dict[str, str] = {"scipy.special": "autograd.scipy.special_rows"}


def implementation(function: Callable[..., Any]) -> Callable[..., Any] | None:
    """What a call of a NumPy or SciPy function on a Value does; None where it has no derivative."""
    ours = registry.get(function)
    if ours is not None:
        return ours
    modules = [getattr(function, "__module__", None) or ""]
    if isinstance(function, np.ufunc):
        # A ufunc does not say whose it is; not of scipy.special where that was never imported.
        modules = ["numpy", *(["scipy.special"] if "scipy.special" in sys.modules else [])]
    for module in modules:
        if module in later:
            import_module(later[module])
            if function in registry:
                return registry[function]
    return None


def dispatch_function(function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """`__array_function__`: a NumPy function called with a Value among its arguments."""
    ours = implementation(function)
    if ours is None:
        refuse_function(function)
    if isinstance(ours, Op):
        return ours(*args, **kwargs)
    if kwargs:
        known = options_of(ours)
        takes_any = None in known
        kwargs = {
            k: x
            for k, x in kwargs.items()
            if x is not np._NoValue and (k in known or not is_default(k, x))
        }
        for key, given in kwargs.items():
            if (key not in known and not takes_any) or (key == "out" and given is not None):
                refuse_option(function, key, given)
    if len(args) > 2:
        for name, given in zip(names_of(ours), args, strict=False):
            if name == "out" and given is not None:
                refuse_option(function, name, given)
    try:
        return ours(*args, **kwargs)
    except REFUSALS as error:
        retell(function, args, kwargs, error, ours)


def refuse_function(function: Any, name: str | None = None) -> NoReturn:
    """Raise the three-part error for a NumPy function without a row."""
    module = getattr(function, "__module__", None) or "numpy"
    if isinstance(function, np.ufunc) and getattr(np, function.__name__, None) is not function:
        module = "ufunc"
    full = name or getattr(function, "__name__", str(function))
    raise UnsupportedError(
        "a NumPy function that has a derivative rule",
        f"{module}.{full}, called on a Value",
        "write it with functions that have one, add a row (autograd.elementwise, linear, ...), or "
        "call it on v.numpy(), through which no gradient flows",
    )
