"""How NumPy reaches the table: `__array_ufunc__` and `__array_function__`."""

from collections.abc import Callable
from functools import cache
from typing import Any, NoReturn

import numpy as np

from autograd.errors import AutogradError, UnsupportedError, describe
from autograd.op import Op, is_default, registry
from autograd.value import Value
from autograd.wording import explain, refuse_option


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
    if method == "__call__":
        function = registry.get(ufunc)
        if function is None:
            refuse_function(ufunc)
        dtype = kwargs.pop("dtype", None)
        kwargs = {key: given for key, given in kwargs.items() if not is_default(key, given)}
        known = () if isinstance(function, Op) or not kwargs else options_of(function)
        for key, given in kwargs.items():
            if key not in known:
                refuse_option(ufunc, key, given)
        if dtype is not None:
            inputs = tuple((x if type(x) is Value else np.asarray(x)).astype(dtype) for x in inputs)
        return function(*inputs, **kwargs)
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


@cache
def options_of(function: Callable[..., Any]) -> frozenset[str | None]:
    """The names of a composite's arguments; None is among them where it takes any."""
    import inspect  # takes a tenth of the time to import everything

    arguments = inspect.signature(function).parameters.values()
    return frozenset(None if p.kind is p.VAR_KEYWORD else p.name for p in arguments)


def dispatch_function(function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """`__array_function__`: a NumPy function called with a Value among its arguments."""
    ours = registry.get(function)
    if ours is None:
        refuse_function(function)
    if isinstance(ours, Op):
        return ours(*args, **kwargs)
    if kwargs:
        known = options_of(ours)
        takes_any = None in known
        kwargs = {k: x for k, x in kwargs.items() if k in known or not is_default(k, x)}
        for key, given in kwargs.items():
            if key not in known and not takes_any:
                refuse_option(function, key, given)
    try:
        return ours(*args, **kwargs)
    except AutogradError:
        raise
    except (TypeError, ValueError, IndexError) as error:
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
