"""Names of existing code for derivatives, each one line over `grad`, `vjp`, `jvp`, `jacobian`."""

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.checkpointing import checkpoint
from autograd.complex_transforms import holomorphic_grad
from autograd.containers import map_leaves
from autograd.errors import ArgumentError
from autograd.jacobians import hessian, hvp, jacobian
from autograd.runs import Argnum, as_argnums
from autograd.transforms import elementwise_grad, grad, jvp, value_and_grad, vjp
from autograd.wrap_util import unary_to_nary

__all__ = [
    "checkpoint",
    "deriv",
    "elementwise_grad",
    "grad",
    "grad_and_aux",
    "grad_named",
    "hessian",
    "hessian_tensor_product",
    "hessian_vector_product",
    "holomorphic_grad",
    "jacobian",
    "make_ggnvp",
    "make_hvp",
    "make_jvp",
    "make_jvp_reversemode",
    "make_vjp",
    "multigrad_dict",
    "tensor_jacobian_product",
    "value_and_grad",
    "vector_jacobian_product",
]

Function = Callable[..., Any]


def _vjp_at(fun: Function, x: Any) -> tuple[Function, Any]:
    ans, pull = vjp(fun, x)
    return lambda g: pull(g)[0], ans


def make_vjp(fun: Function, argnum: Argnum = 0) -> Function:
    """make_vjp(f)(x) is (v -> vᵀ J, f(x)).

    >>> pull, y = make_vjp(lambda x: x**2)(np.array([1.0, 3.0]))
    >>> pull(np.array([1.0, 10.0])), y
    (array([ 2., 60.]), array([1., 9.]))
    """
    return unary_to_nary(_vjp_at)(fun, argnum)


def make_jvp(fun: Function, argnum: Argnum = 0) -> Function:
    """make_jvp(f)(x)(t) is (f(x), J t).

    >>> make_jvp(lambda x: x**2)(3.0)(1.0)
    (9.0, 6.0)
    """
    return unary_to_nary(lambda f, x: lambda t: jvp(f, (x,), (t,)))(fun, argnum)


def make_jvp_reversemode(fun: Function, argnum: Argnum = 0) -> Function:
    """make_jvp under another name; forward mode here runs over the record of f.

    >>> make_jvp_reversemode(lambda x: x**2)(3.0)(1.0)
    (9.0, 6.0)
    """
    return make_jvp(fun, argnum)


def make_hvp(fun: Function, argnum: Argnum = 0) -> Function:
    """make_hvp(f)(x) is (v -> H v, grad f(x)), for many products at one point.

    >>> product, _ = make_hvp(lambda x: np.sum(x**3))(np.array([1.0, 2.0]))
    >>> product(np.array([1.0, 1.0]))
    array([ 6., 12.])
    """
    return unary_to_nary(lambda f, x: _vjp_at(grad(f), x))(fun, argnum)


def hessian_tensor_product(fun: Function, argnum: int = 0) -> Function:
    """(*args, v) -> H v, for v in the shape of the argument.

    >>> hessian_tensor_product(lambda x: np.sum(x**3))(np.array([1.0, 2.0]), np.ones(2))
    array([ 6., 12.])
    """
    return hvp(fun, argnum=argnum)


hessian_vector_product = hessian_tensor_product


def tensor_jacobian_product(fun: Function, argnum: Argnum = 0) -> Function:
    """(*args, v) -> Σ v[o] J[o, i] over the axes of v, which are the first of the output.

    >>> tensor_jacobian_product(lambda x: x**2)(np.array([1.0, 3.0]), np.array([1.0, 10.0]))
    array([ 2., 60.])
    """

    def product(*args: Any, **kwargs: Any) -> Any:
        *points, v = args
        return jacobian(lambda *xs: np.tensordot(v, fun(*xs, **kwargs), np.ndim(v)), argnum)(
            *points
        )

    return product


vector_jacobian_product = tensor_jacobian_product


def deriv(fun: Function, argnum: Argnum = 0) -> Function:
    """x -> J 1, in forward mode: df/dx of a function of one number.

    >>> deriv(np.sin)(0.0)
    1.0
    """
    return unary_to_nary(lambda f, x: jvp(f, (x,), (map_leaves(_ones, x),))[1])(fun, argnum)


def _ones(x: Any) -> Any:
    return 1.0 if isinstance(x, float | int) else np.ones_like(x)


def grad_and_aux(fun: Function, argnum: Argnum = 0) -> Function:
    """x -> (df/dx, aux), for f that returns (scalar, aux).

    >>> grad_and_aux(lambda x: (x**2, "more"))(3.0)
    (6.0, 'more')
    """
    return grad(fun, argnum, has_aux=True)


def grad_named(fun: Function, argname: str) -> Function:
    """The gradient by the argument of that name, passed by position or by keyword.

    >>> grad_named(lambda a, b: a * b, "b")(3.0, b=5.0)
    3.0
    """
    signature = inspect.signature(fun)
    if argname not in signature.parameters:
        raise ArgumentError(
            f"the name of an argument: {', '.join(signature.parameters)}",
            repr(argname),
            "choose one of them",
        )

    def gradient(*args: Any, **kwargs: Any) -> Any:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()

        def of_one(x: Any) -> Any:
            given = inspect.BoundArguments(signature, {**bound.arguments, argname: x})
            return fun(*given.args, **given.kwargs)

        return grad(of_one)(bound.arguments[argname])

    return gradient


def multigrad_dict(fun: Function) -> Function:
    """(*args, **kwargs) -> {name: gradient} by all arguments at once, defaults among them.

    >>> multigrad_dict(lambda a, b=5.0: a * b)(3.0)
    {'a': 5.0, 'b': 3.0}
    """
    signature = inspect.signature(fun)

    def gradients(*args: Any, **kwargs: Any) -> dict[str, Any]:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()

        def of_all(arguments: dict[str, Any]) -> Any:
            given = inspect.BoundArguments(signature, arguments)
            return fun(*given.args, **given.kwargs)

        return grad(of_all)(dict(bound.arguments))

    return gradients


def _half_square(x: Any) -> Any:
    return 0.5 * np.sum(x**2, axis=-1)


def make_ggnvp(f: Function, g: Function = _half_square, f_argnum: int = 0) -> Function:
    """make_ggnvp(f, g)(*args) is v -> Jᵀ H J v, with J of f and H of g at f(*args).

    Source: N. Schraudolph, "Fast curvature matrix-vector products" (2002).

    >>> product = make_ggnvp(lambda x: x**2)(np.array([1.0, 3.0]))
    >>> product(np.array([1.0, 1.0]))
    array([ 4., 36.])
    """
    as_argnums(f_argnum, None)

    def at(*args: Any, **kwargs: Any) -> Function:
        pull, y = make_vjp(f, f_argnum)(*args, **kwargs)
        curvature, _ = make_hvp(g)(y)
        push = make_jvp(f, f_argnum)(*args, **kwargs)
        return lambda v: pull(curvature(push(v)[1]))

    return at
