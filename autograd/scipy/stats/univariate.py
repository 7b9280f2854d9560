"""Distributions of one number: their arguments, supports and methods.

A distribution states its standard form, with location 0 and scale 1, in NumPy and scipy.special.
Parameters outside their domain become NaN, which then spreads. A point outside the support is moved
to one inside before the formula is evaluated, and gets its 0 or -inf afterwards: its gradient is
zero, and no NaN can come of it.
"""

import math
from collections.abc import Callable, Mapping
from functools import reduce
from importlib import import_module
from typing import Any, ClassVar

import numpy as np

from autograd import leading
from autograd.broadcast import data_of
from autograd.errors import ArgumentError
from autograd.op import apply, constant
from autograd.scipy.stats.distribution import Named, recorded

Domain = Callable[[Any], Any]
Formula = Callable[..., Any]


def positive(x: Any) -> Any:
    """Whether a parameter is above 0."""
    return x > 0


def probability(p: Any) -> Any:
    """Whether a parameter is from 0 to 1."""
    return np.logical_and(p >= 0, p <= 1)


def number_of_trials(n: Any) -> Any:
    """Whether a parameter is an integer, 0 or more."""
    return np.logical_and(n >= 0, np.floor(n) == n)


def within(x: Any, domain: Domain) -> Any:
    """`x`, with NaN where it is outside its domain."""
    if isinstance(x, int | float):
        return x if domain(x) else math.nan
    # A product and no choice between the two, whose slope would be that of NaN, a constant.
    return x * np.where(domain(x), np.ones_like(x), math.nan)


def in_one_precision(given: dict[str, Any]) -> dict[str, Any]:
    """Python's numbers in the precision of the arrays, which they shall not widen."""
    kinds = [data_of(x).dtype for x in given.values() if hasattr(data_of(x), "dtype")]
    kind = np.result_type(*kinds, np.float16) if kinds else np.dtype(np.float64)
    if kind in (np.float64, np.longdouble):
        return given
    return {
        key: kind.type(x) if isinstance(x, int | float) and x not in (0, 1) else x
        for key, x in given.items()
    }


def _logarithm(function: Formula, complement: Formula) -> Formula:
    """log(function), from its complement to 1 where that is the smaller."""

    def formula(y: Any, *shapes: Any) -> Any:
        small, rest = function(y, *shapes), complement(y, *shapes)
        is_large = small > 0.5
        from_rest = np.log1p(-np.where(is_large, rest, 0.0))
        return np.where(is_large, from_rest, np.log(np.where(is_large, 1.0, small)))

    return formula


class Univariate(Named):
    """A distribution of one number.

    shapes    the domain of each shape parameter, by name.
    support   the ends of the standard support, or a function of the shapes that gives them.
    inside    a point of the support.
    is_open   whether the lower end is no point of it.
    formulas  by the names of the methods, functions of (x, *shapes): the logarithm of the density,
              cdf, sf, ppf, isf; logcdf and logsf where the logarithm of those would lose digits;
              entropy, mean and var, of the shapes alone.
    """

    point: ClassVar[str]
    others: ClassVar[tuple[str, ...]]

    def __init__(
        self,
        name: str,
        support: Any = (-math.inf, math.inf),
        inside: float = 0.5,
        is_open: bool = False,
        shapes: Mapping[str, Domain] | None = None,
        **formulas: Formula,
    ) -> None:
        super().__init__(name)
        self.ends, self.inside, self.is_open = support, inside, is_open
        self.shapes = dict(shapes or {})
        self.formulas = formulas

    def arguments(self, method: str, args: Any, kwargs: Any) -> tuple[Any, dict[str, Any]]:
        """(point, shapes, location, scale) of a call; without the point where there is none."""
        of_point = method not in ("entropy", "mean", "var", "std", "median")
        names = [*self.shapes, *self.others]
        if of_point:
            names.insert(0, "q" if method in ("ppf", "isf") else self.point)
        given = dict(zip(names, args, strict=False))
        unknown = [key for key in kwargs if key not in names or key in given]
        given.update(kwargs)
        missing = [key for key in names if key not in given and key not in self.others]
        if len(args) > len(names) or unknown or missing:
            received = f"{len(args)} by position, and by keyword {', '.join(kwargs) or 'none'}"
            raise ArgumentError(
                f"the arguments of {self.name}.{method}: {', '.join(names)}",
                received,
                "pass each once; only loc and scale have defaults",
            )
        given = in_one_precision({"loc": 0, "scale": 1, **given})
        shapes = tuple(within(given[key], domain) for key, domain in self.shapes.items())
        start = [given[names[0]]] if of_point else []
        return (*start, shapes, given["loc"], within(given["scale"], positive)), {}

    def formula(self, name: str) -> Formula:
        """The standard form of a method; an error where it has none."""
        if name == "logcdf" and name not in self.formulas:
            return _logarithm(self.formula("cdf"), self.formula("sf"))
        if name == "logsf" and name not in self.formulas:
            return _logarithm(self.formula("sf"), self.formula("cdf"))
        if name not in self.formulas:
            self.refuse(name)
        return self.formulas[name]

    def standard(self, x: Any, loc: Any, scale: Any) -> Any:
        """(x - loc) / scale."""
        x = x if isinstance(loc, int) and loc == 0 else x - loc
        return x if isinstance(scale, int) and scale == 1 else x / scale

    def on_support(self, y: Any, shapes: Any, formula: Any, below: float, above: float) -> Any:
        """formula(y, *shapes) on the support, `below` and `above` it those numbers."""
        ends: Any = self.ends(*shapes) if callable(self.ends) else self.ends
        low, high = ends
        is_below = is_above = None
        # Where a shape is NaN the result shall be, so it is computed and not replaced.
        if low is not -math.inf:
            is_below = y <= low if self.is_open else y < low
            is_below = reduce(np.logical_and, (s == s for s in shapes), is_below)
            y = np.where(is_below, self.inside, y)
        if high is not math.inf:
            is_above = reduce(np.logical_and, (s == s for s in shapes), y > high)
            y = np.where(is_above, self.inside, y)
        found = formula(y, *shapes)
        if is_below is not None:
            found = np.where(is_below, below, found)
        return found if is_above is None else np.where(is_above, above, found)

    @recorded
    def cdf(self, x: Any, shapes: Any, loc: Any, scale: Any) -> Any:
        """The probability of a number up to x."""
        y = self.standard(x, loc, scale)
        return self.on_support(y, shapes, self.formula("cdf"), 0.0, 1.0)

    @recorded
    def sf(self, x: Any, shapes: Any, loc: Any, scale: Any) -> Any:
        """The probability of a number above x."""
        y = self.standard(x, loc, scale)
        return self.on_support(y, shapes, self.formula("sf"), 1.0, 0.0)

    @recorded
    def logcdf(self, x: Any, shapes: Any, loc: Any, scale: Any) -> Any:
        """log cdf(x)."""
        y = self.standard(x, loc, scale)
        return self.on_support(y, shapes, self.formula("logcdf"), -math.inf, 0.0)

    @recorded
    def logsf(self, x: Any, shapes: Any, loc: Any, scale: Any) -> Any:
        """log sf(x)."""
        y = self.standard(x, loc, scale)
        return self.on_support(y, shapes, self.formula("logsf"), 0.0, -math.inf)

    @recorded
    def entropy(self, shapes: Any, loc: Any, scale: Any) -> Any:
        """The mean of minus the logarithm of the density."""
        return self.formula("entropy")(*shapes) + np.log(scale) + 0 * loc

    @recorded
    def mean(self, shapes: Any, loc: Any, scale: Any) -> Any:
        """The mean."""
        return self.formula("mean")(*shapes) * scale + loc

    @recorded
    def var(self, shapes: Any, loc: Any, scale: Any) -> Any:
        """The variance."""
        return self.formula("var")(*shapes) * (scale * scale) + 0 * loc

    @recorded
    def std(self, shapes: Any, loc: Any, scale: Any) -> Any:
        """The standard deviation."""
        return np.sqrt(self.formula("var")(*shapes)) * scale + 0 * loc


class Continuous(Univariate):
    """A distribution with a density, by its logarithm `logpdf`."""

    point = "x"
    others = ("loc", "scale")

    def _logpdf(self, x: Any, shapes: Any, loc: Any, scale: Any) -> Any:
        standard = self.formula("logpdf")

        def scaled(y: Any, *shapes: Any) -> Any:
            return standard(y, *shapes) - np.log(scale)

        formula = standard if isinstance(scale, int) and scale == 1 else scaled
        y = self.standard(x, loc, scale)
        return self.on_support(y, shapes, formula, -math.inf, -math.inf)

    @recorded
    def logpdf(self, x: Any, shapes: Any, loc: Any, scale: Any) -> Any:
        """log pdf(x), -inf outside the support."""
        return self._logpdf(x, shapes, loc, scale)

    @recorded
    def pdf(self, x: Any, shapes: Any, loc: Any, scale: Any) -> Any:
        """The density at x, 0 outside the support."""
        return np.exp(self._logpdf(x, shapes, loc, scale))

    def _quantile(self, name: str, q: Any, shapes: Any, loc: Any, scale: Any) -> Any:
        q = within(q, probability)
        is_end = np.logical_or(q == 0, q == 1)
        found = self.formula(name)(np.where(is_end, 0.5, q), *shapes)
        low, high = self.ends if name == "ppf" else self.ends[::-1]
        return np.where(is_end, np.where(q == 0, low, high), found) * scale + loc

    @recorded
    def ppf(self, q: Any, shapes: Any, loc: Any, scale: Any) -> Any:
        """The x with cdf(x) = q."""
        return self._quantile("ppf", q, shapes, loc, scale)

    @recorded
    def isf(self, q: Any, shapes: Any, loc: Any, scale: Any) -> Any:
        """The x with sf(x) = q."""
        return self._quantile("isf", q, shapes, loc, scale)

    @recorded
    def median(self, shapes: Any, loc: Any, scale: Any) -> Any:
        """The x with cdf(x) = 1/2."""
        return self.formula("ppf")(0.5, *shapes) * scale + loc


# Piecewise constant, so SciPy's own will do.
quantile_of_counts = constant(
    lambda *args, of, method: getattr(getattr(import_module("scipy.stats"), of), method)(*args),
    batch=leading.elementwise,
    name="quantile of counts",
)


class Discrete(Univariate):
    """A distribution of integers, by the logarithm of their probabilities, `logpmf`.

    The integers and their location are constants: derivatives are those in the shape parameters.
    """

    point = "k"
    others = ("loc",)

    def standard(self, x: Any, loc: Any, scale: Any) -> Any:
        """The largest integer up to k - loc."""
        return np.floor(x - loc)

    def _logpmf(self, k: Any, shapes: Any, loc: Any) -> Any:
        whole = self.standard(k, loc, 1)
        found = self.on_support(whole, shapes, self.formula("logpmf"), -math.inf, -math.inf)
        return np.where(whole < k - loc, -math.inf, found)

    @recorded
    def logpmf(self, k: Any, shapes: Any, loc: Any, scale: Any) -> Any:
        """log pmf(k), -inf where k is no integer of the support."""
        return self._logpmf(k, shapes, loc)

    @recorded
    def pmf(self, k: Any, shapes: Any, loc: Any, scale: Any) -> Any:
        """The probability of k."""
        return np.exp(self._logpmf(k, shapes, loc))

    @recorded
    def ppf(self, q: Any, shapes: Any, loc: Any, scale: Any) -> Any:
        """The smallest k with cdf(k) >= q; its derivative is zero."""
        return apply(quantile_of_counts, (q, *shapes, loc), {"of": self.name, "method": "ppf"})

    @recorded
    def isf(self, q: Any, shapes: Any, loc: Any, scale: Any) -> Any:
        """The smallest k with sf(k) <= q; its derivative is zero."""
        return apply(quantile_of_counts, (q, *shapes, loc), {"of": self.name, "method": "isf"})
