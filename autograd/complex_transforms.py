"""The complex derivative of a holomorphic function."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from autograd.broadcast import data_of
from autograd.containers import describe_tree, unflatten
from autograd.errors import DTypeError, ShapeError, describe
from autograd.holomorphy import OF_IMAGINARY, joined
from autograd.runs import Argnum, Graph, as_argnums, name_of, roots_of, run_on_values
from autograd.value import Value


def holomorphic_grad(
    f: Callable[..., Any], argnum: Argnum | None = None, *, argnums: Argnum | None = None
) -> Callable[..., Any]:
    """z -> df/dz of a function of complex numbers with one complex result, in the shape of z.

    argnum    the number of the argument to differentiate by, 0 unless given, or a tuple of them
              (also spelled `argnums`).

    The derivative of a holomorphic function is the same in every direction. Two are computed, and
    where they differ (np.conj, np.abs, np.real inside f) ArgumentError says so; under `jit` and
    inside `vmap`, where the numbers are not known yet, the derivative is NaN. Raises DTypeError
    for an argument or a result that is real, ShapeError for one that is no scalar.

    >>> holomorphic_grad(lambda z: z**3)(2j)
    np.complex128(-12+0j)
    """
    numbers, alone = as_argnums(argnum, argnums)

    @wraps(f, assigned=("__name__", "__doc__"), updated=())
    def gradient(*args: Any, **kwargs: Any) -> Any:
        run = run_on_values(f, args, kwargs, numbers)
        for x in run.inputs:
            if not np.iscomplexobj(x._data):
                raise DTypeError(
                    f"complex arguments of {name_of(f)} for holomorphic_grad",
                    describe(x),
                    "pass complex numbers, or use grad for a real function",
                )
        output = _complex_scalar(f, run.output)
        graph = Graph(run, roots_of(output))
        graph.warn_if_detached(f)
        one = [np.ones_like(root._data) for root in graph.roots]
        of_real = graph.pull(one)
        of_imaginary = graph.pull([OF_IMAGINARY * c for c in one])
        found = [
            joined(f, u, v, OF_IMAGINARY, to_complex=True)
            for u, v in zip(of_real, of_imaginary, strict=True)
        ]
        gradients = unflatten(run.structure, found)
        return gradients[0] if alone else gradients

    return gradient


def _complex_scalar(f: Callable[..., Any], output: Any) -> Any:
    """The one complex number that f must have returned."""
    if isinstance(output, tuple | list | dict) or output is None or np.size(data_of(output)) != 1:
        raise ShapeError(
            f"a scalar output of {name_of(f)} for holomorphic_grad",
            describe_tree(output) or repr(output),
            "reduce it with np.sum, which gives the derivatives of elements that are functions of "
            "their own argument",
        )
    if type(output) is Value and not np.iscomplexobj(output._data):
        raise DTypeError(
            f"a complex output of {name_of(f)} for holomorphic_grad",
            describe(output),
            "use grad: a real function of complex numbers has a gradient, but is not holomorphic",
        )
    return output
