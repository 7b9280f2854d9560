"""The modules of numpy.polynomial, for Values: every function and the class of each basis."""

import inspect
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
from numpy.polynomial import polyutils

from autograd.numpy.lists import holds_values
from autograd.numpy.polynomial.basis import Basis, taking_values
from autograd.ops.joining import operand

# d/dx of nothing: what the polynomials are orthogonal by.
WEIGHTS: dict[str, Callable[[Any], Any]] = {
    "chebweight": lambda x: 1.0 / (np.sqrt(1.0 + x) * np.sqrt(1.0 - x)),
    "legweight": lambda x: x * 0.0 + 1.0,
    "lagweight": lambda x: np.exp(-x),
    "hermweight": lambda x: np.exp(-(x**2)),
    "hermeweight": lambda x: np.exp(-0.5 * x**2),
}


def functions_of(module: ModuleType, prefix: str) -> dict[str, Any]:
    """Every public name of the module; functions take Values, and so does the class."""
    basis = Basis(module, prefix)
    found: dict[str, Any] = {}
    for name in module.__all__:
        thing = getattr(module, name)
        found[name] = thing
        if callable(thing) and not isinstance(thing, type):
            ours = _ours(basis, name)
            found[name] = thing if ours is None else taking_values(ours, thing)
    for name in module.__all__:
        if inspect.isclass(found[name]):
            found[name] = _class(found[name], found, prefix)
    return found


def _ours(basis: Basis, name: str) -> Callable[..., Any] | None:
    if name in WEIGHTS:
        return lambda x: WEIGHTS[name](operand(x))
    if name == "polyvalfromroots":
        return _value_from_roots
    if name in (f"{basis.prefix}2poly", f"poly2{basis.prefix}"):
        function = getattr(basis.module, name)
        return lambda c: _converted(function, c)
    own = name.removeprefix(basis.prefix)
    return getattr(basis, own, None) if own not in ("numpys", "matrix", "terms") else None


def _converted(function: Callable[..., Any], c: Any) -> Any:
    """A change of basis, which is linear."""
    c = np.atleast_1d(operand(c))
    columns = [function(unit) for unit in np.eye(len(c))]
    return np.stack([np.pad(x, (0, len(c) - len(x))) for x in columns], axis=1) @ c


def _value_from_roots(x: Any, r: Any, tensor: bool = True) -> Any:
    """The product of x - r over the first axis of r."""
    x, r = operand(x), np.atleast_1d(operand(r))
    if tensor:
        r = np.reshape(r, np.shape(r) + (1,) * np.ndim(x))
    return np.prod(x - r, axis=0)


def _plain(x: Any) -> Any:
    return operand(x).numpy() if holds_values(x) else x


def _class(theirs: Any, functions: dict[str, Any], prefix: str) -> Any:
    """The class of the basis, whose coefficients and arguments may be Values."""

    class Series(theirs):
        def __init__(self, coef: Any, *args: Any, **kwargs: Any) -> None:
            values = holds_values(coef)
            super().__init__([0.0] if values else coef, *args, **kwargs)
            if values:
                self.coef = np.atleast_1d(operand(coef))

        def __call__(self, arg: Any) -> Any:
            if not (holds_values(arg) or holds_values(self.coef)):
                return super().__call__(arg)
            off, scl = self.mapparms()
            return self._val(off + scl * operand(arg), self.coef)

        def roots(self) -> Any:
            """The roots, sorted."""
            off, scl = polyutils.mapparms(self.window, self.domain)
            return off + scl * self._roots(self.coef)

        @classmethod
        def fromroots(cls, roots: Any, *args: Any, **kwargs: Any) -> Any:
            """The series with these roots."""
            like = super().fromroots(_plain(roots), *args, **kwargs)
            if not holds_values(roots):
                return like
            off, scl = like.mapparms()
            coef = cls._fromroots(off + scl * operand(roots)) / scl ** len(roots)
            return cls(coef, like.domain, like.window)

        @classmethod
        def fit(
            cls,
            x: Any,
            y: Any,
            deg: Any,
            domain: Any = None,
            rcond: Any = None,
            full: bool = False,
            w: Any = None,
            window: Any = None,
            symbol: str = "x",
        ) -> Any:
            """The series of least squares; its domain is that of the plain numbers x."""
            plain = map(_plain, (x, y, deg, domain, rcond, full, w, window))
            like = super().fit(*plain, symbol)
            if not any(map(holds_values, (x, y, w))):
                return like
            like, rest = like if full else (like, None)
            off, scl = like.mapparms()
            found = cls._fit(off + scl * operand(x), y, deg, rcond=rcond, full=full, w=w)
            coef, rest = found if full else (found, rest)
            fitted = cls(coef, like.domain, like.window, symbol)
            return (fitted, rest) if full else fitted

        def __str__(self) -> str:
            return repr(self) if holds_values(self.coef) else super().__str__()

        def __repr__(self) -> str:
            if not holds_values(self.coef):
                return super().__repr__()
            return f"{theirs.__name__}({self.coef!r}, domain={self.domain}, window={self.window})"

        _add = staticmethod(functions[f"{prefix}add"])
        _sub = staticmethod(functions[f"{prefix}sub"])
        _mul = staticmethod(functions[f"{prefix}mul"])
        _div = staticmethod(functions[f"{prefix}div"])
        _pow = staticmethod(functions[f"{prefix}pow"])
        _val = staticmethod(functions[f"{prefix}val"])
        _int = staticmethod(functions[f"{prefix}int"])
        _der = staticmethod(functions[f"{prefix}der"])
        _fit = staticmethod(functions[f"{prefix}fit"])
        _line = staticmethod(functions[f"{prefix}line"])
        _roots = staticmethod(functions[f"{prefix}roots"])
        _fromroots = staticmethod(functions[f"{prefix}fromroots"])

    Series.__name__ = Series.__qualname__ = theirs.__name__
    Series.__doc__ = theirs.__doc__
    return Series
