"""The complex derivative of a holomorphic function."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from autograd.broadcast import data_of
from autograd.containers import describe_tree, unflatten
from autograd.errors import ArgumentError, DTypeError, ShapeError, describe
from autograd.modes import current
from autograd.runs import Argnum, Graph, as_argnums, name_of, roots_of, run_on_values
from autograd.value import Value


def holomorphic_grad(
    f: Callable[..., Any], argnum: Argnum = 0, *, argnums: Argnum | None = None
) -> Callable[..., Any]:
    """z -> df/dz of a function of complex numbers with one complex result, in the shape of z.

    argnum    the argument, or a tuple of them, to differentiate by (also spelled `argnums`).

    The derivative of a holomorphic function is the same in every direction. Two are computed, and
    where they differ (np.conj, np.abs, np.real inside f) ArgumentError says so. Raises DTypeError
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
        found = graph.pull(one)
        if not current().replayable:
            along_y = graph.pull([1j * c for c in one])
            for dx, dy in zip(found, along_y, strict=True):
                _refuse_if_different(f, data_of(dx), -1j * data_of(dy))
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


def _refuse_if_different(f: Callable[..., Any], dx: Any, dy: Any) -> None:
    """Raise where the derivative along the real axis is not that along the imaginary one."""
    scale = np.max(np.abs(dx), initial=0.0) + np.max(np.abs(dy), initial=0.0)
    tolerance = np.sqrt(np.finfo(dx.dtype).eps) * scale
    if np.max(np.abs(dx - dy), initial=0.0) > tolerance:
        worst = np.argmax(np.abs(dx - dy))
        raise ArgumentError(
            f"a holomorphic function, whose derivative is the same in every direction, as "
            f"{name_of(f)}",
            f"{np.ravel(dx)[worst]:.6g} along the real and {np.ravel(dy)[worst]:.6g} along the "
            "imaginary axis",
            "look for conj, abs, real, imag and angle; grad of a real part has no such condition",
        )
