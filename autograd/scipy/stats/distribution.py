"""What all distributions share: SciPy's own for plain arrays, frozen parameters, their domains."""

from collections.abc import Callable
from functools import wraps
from importlib import import_module
from typing import Any, NoReturn

import numpy as np

from autograd.errors import UnsupportedError
from autograd.numpy.lists import holds_values
from autograd.ops.joining import operand


def recorded(method: Callable[..., Any]) -> Callable[..., Any]:
    """A method of SciPy's name: SciPy's own, unless there is a Value among the arguments."""
    name = method.__name__

    @wraps(method)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        if not any(map(holds_values, (*args, *kwargs.values()))):
            return getattr(self.of_scipy(), name)(*args, **kwargs)
        args = tuple(operand(x) if isinstance(x, list) else x for x in args)
        kwargs = {key: operand(x) if isinstance(x, list) else x for key, x in kwargs.items()}
        # Where NumPy would warn of log(0) the answer -inf is right; at inf NaN is SciPy's as well.
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            args, kwargs = self.arguments(name, args, kwargs)
            return method(self, *args, **kwargs)

    return call


class Named:
    """A distribution by its name in scipy.stats; called with parameters, it keeps them."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"<distribution {self.name}>"

    def __call__(self, *args: Any, **kwargs: Any) -> "Frozen":
        return Frozen(self, args, kwargs)

    def arguments(self, method: str, args: Any, kwargs: Any) -> tuple[Any, dict[str, Any]]:
        """The arguments of a method in the order of its definition here."""
        return args, kwargs

    def of_scipy(self) -> Any:
        """SciPy's distribution, which takes a second to import."""
        return getattr(import_module("scipy.stats"), self.name)

    def __getattr__(self, method: str) -> Any:
        """SciPy's other methods, for plain arrays."""
        if method.startswith("_"):
            raise AttributeError(f"{self!r} has no attribute {method!r}")
        found = getattr(self.of_scipy(), method)
        if not callable(found):
            return found

        def call(*args: Any, **kwargs: Any) -> Any:
            if any(map(holds_values, (*args, *kwargs.values()))):
                self.refuse(method)
            return found(*args, **kwargs)

        return call

    def refuse(self, method: str) -> NoReturn:
        """Raise the error for a method without a derivative."""
        raise UnsupportedError(
            f"a method of {self.name} with a derivative in closed form",
            f"{self.name}.{method}, called on a Value",
            "compute it from methods that have one, or call it on v.numpy(), through which no "
            "gradient flows",
        )


class Frozen:
    """A distribution with its parameters: norm(loc=1.0).pdf(x) is norm.pdf(x, loc=1.0)."""

    def __init__(self, of: Named, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.dist, self.args, self.kwds = of, args, kwargs

    def __repr__(self) -> str:
        given = [*map(repr, self.args), *(f"{key}={x!r}" for key, x in self.kwds.items())]
        return f"{self.dist.name}({', '.join(given)})"

    def __getattr__(self, method: str) -> Any:
        if method.startswith("_"):
            raise AttributeError(f"{self!r} has no attribute {method!r}")
        if hasattr(type(self.dist), method):
            found = getattr(self.dist, method)
            return lambda *args, **kwargs: found(*args, *self.args, **self.kwds, **kwargs)
        if any(map(holds_values, (*self.args, *self.kwds.values()))):
            self.dist.refuse(method)
        return getattr(self.dist.of_scipy()(*self.args, **self.kwds), method)
