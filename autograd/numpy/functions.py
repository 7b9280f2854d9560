"""NumPy's objects that are called or indexed like functions, taking Values."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograd.errors import ConversionError, ShapeError
from autograd.numpy.lists import holds_values, joined
from autograd.ops.joining import operand
from autograd.value import Value

_CORES = re.compile(r"\(([^)]*)\)")


class vectorize:
    """np.vectorize: the function called for each element of what the arguments broadcast to.

    Where Values go in or come out, the results are stacked, and recorded.

    >>> from autograd import grad
    >>> clipped = vectorize(lambda x, low: x * x if x > low else low)
    >>> grad(lambda x: np.sum(clipped(x, 0.0)))(np.array([-1.0, 3.0]))
    array([0., 6.])
    """

    def __init__(self, *function: Any, **options: Any) -> None:
        self._numpy = np.vectorize(*function, **options)
        self.__doc__ = self._numpy.__doc__

    def __getattr__(self, name: str) -> Any:
        return getattr(vars(self)["_numpy"], name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not callable(self.pyfunc):  # @vectorize(otypes=...)
            self._numpy(*args)
            return self
        if not any(map(holds_values, (*args, *kwargs.values()))):
            try:
                return self._numpy(*args, **kwargs)
            except ConversionError:  # the function closes over Values
                pass
        return self._each(args, kwargs)

    def _each(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        named = dict(enumerate(args)) | kwargs
        moving = {key: operand(x) for key, x in named.items() if key not in self.excluded}
        ndims = _core_ndims(self.signature, moving)
        loops = {key: np.shape(x)[: np.ndim(x) - ndims[key]] for key, x in moving.items()}
        shape = np.broadcast_shapes(*loops.values())
        if 0 in shape:
            return self._numpy(*map(_plain, args), **{key: _plain(x) for key, x in kwargs.items()})
        spread = {
            key: np.broadcast_to(x, (*shape, *np.shape(x)[len(loops[key]) :]))
            for key, x in moving.items()
        }

        def at(index: tuple[int, ...]) -> Any:
            given = named | {key: x[index] for key, x in spread.items()}
            return self.pyfunc(
                *(given[i] for i in range(len(args))), **{key: given[key] for key in kwargs}
            )

        results = [at(index) for index in np.ndindex(shape)]
        if not isinstance(results[0], tuple):
            return _stacked(results, shape, self.otypes and self.otypes[0])
        columns = zip(*results, strict=True)
        otypes = self.otypes or [None] * len(results[0])
        pairs = zip(columns, otypes, strict=True)
        return tuple(_stacked(list(column), shape, dtype) for column, dtype in pairs)


def _plain(x: Any) -> Any:
    return x.numpy() if type(x) is Value else x


def _core_ndims(signature: str | None, given: dict[Any, Any]) -> dict[Any, int]:
    """How many axes of each argument one call takes: `(m,n),(n)->(m)` says 2 and 1."""
    if signature is None:
        return dict.fromkeys(given, 0)
    cores = [
        [name.strip() for name in core.split(",") if name.strip()]
        for core in _CORES.findall(str(signature).split("->")[0])
    ]
    lengths: dict[str, int] = {}
    for (key, x), core in zip(given.items(), cores, strict=True):
        shape = np.shape(x)[max(np.ndim(x) - len(core), 0) :]
        known = [lengths.setdefault(*pair) for pair in zip(core, shape, strict=False)]
        if known != list(shape) or len(shape) < len(core):
            raise ShapeError(
                f"arguments of the signature {signature}",
                f"shape {np.shape(x)} of argument {key!r}",
                "give axes of equal length where the signature has one name",
            )
    return {key: len(core) for key, core in zip(given, cores, strict=True)}


def _stacked(results: list[Any], shape: tuple[int, ...], dtype: Any) -> Any:
    """The results of all calls as one array."""
    whole = operand(results)
    whole = np.reshape(whole, (*shape, *np.shape(whole)[1:]))
    return whole if dtype is None else whole.astype(dtype)


def frompyfunc(func: Callable[..., Any], /, nin: int, nout: int, **options: Any) -> Any:
    """np.frompyfunc; given Values it returns Values, where NumPy's returns Python objects.

    >>> square = frompyfunc(lambda x: x * x, 1, 1)
    >>> square(Value([2.0, 3.0])).data
    array([4., 9.])
    """
    ufunc = np.frompyfunc(func, nin, nout, **options)
    over = vectorize(func)

    def call(*args: Any, **kwargs: Any) -> Any:
        if any(map(holds_values, args)):
            return over(*args, **kwargs)
        return ufunc(*args, **kwargs)

    call.__name__ = getattr(func, "__name__", "frompyfunc")
    return call


class _Joiner:
    """`np.r_` or `np.c_`, which rearrange and never compute: done to the positions of elements."""

    def __init__(self, joiner: Any) -> None:
        self._joiner = joiner
        self.__doc__ = joiner.__doc__

    def __len__(self) -> int:
        return 0

    def __getitem__(self, key: Any) -> Any:
        items = key if isinstance(key, tuple) else (key,)
        if not any(map(holds_values, items)):
            return self._joiner[key]
        flat, places, start = [], [], 0
        for item in items:
            if isinstance(item, str):
                places.append(item)
                continue
            array = np.r_[item] if isinstance(item, slice) else joined(item)
            size = np.size(array)
            places.append(np.reshape(np.arange(start, start + size), np.shape(array))[()])
            flat.append(np.reshape(array, -1))
            start += size
        return np.concatenate(flat)[self._joiner[tuple(places)]]


r_ = _Joiner(np.r_)
c_ = _Joiner(np.c_)


class ndenumerate:
    """np.ndenumerate: pairs of an index and the element there, which is recorded.

    >>> [(i, x.data) for i, x in ndenumerate(Value([[1.0, 2.0]]))]
    [((0, 0), np.float64(1.0)), ((0, 1), np.float64(2.0))]
    """

    def __init__(self, arr: Any) -> None:
        arr = joined(arr)
        self.iter: Any = (
            ((i, arr[i]) for i in np.ndindex(arr.shape))
            if type(arr) is Value
            else np.ndenumerate(arr)
        )

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        return next(self.iter)


class poly1d(np.poly1d):
    """np.poly1d: a polynomial whose coefficients may be Values."""

    def __init__(self, c_or_r: Any, r: bool = False, variable: str | None = None) -> None:
        super().__init__(joined(c_or_r), r, variable)
