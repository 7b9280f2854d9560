"""`unary_to_nary`: an operator on functions of one argument, for those of many."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from autograd.runs import Argnum, arguments_at, as_argnums, require_differentiable


def unary_to_nary(operator: Callable[..., Any]) -> Callable[..., Any]:
    """`operator(f, x)` for f of one argument becomes `new(f, argnum)(*args)` for f of many.

    Where argnum is a tuple, x is the tuple of these arguments.

    >>> slope = unary_to_nary(lambda f, x: (f(x + 1e-6) - f(x - 1e-6)) / 2e-6)
    >>> round(slope(lambda a, b: a * b, 1)(3.0, 5.0), 3)
    3.0
    """

    @wraps(operator)
    def nary(fun: Callable[..., Any], argnum: Argnum = 0, *options: Any, **more: Any) -> Any:
        require_differentiable(fun)
        numbers, alone = as_argnums(argnum, None)

        @wraps(fun, assigned=("__name__", "__doc__"), updated=())
        def at(*args: Any, **kwargs: Any) -> Any:
            def unary(x: Any) -> Any:
                replaced = list(args)
                for number, new in zip(numbers, (x,) if alone else x, strict=True):
                    replaced[number] = new
                return fun(*replaced, **kwargs)

            chosen = arguments_at(fun, args, numbers)
            return operator(unary, chosen[0] if alone else chosen, *options, **more)

        return at

    return nary
