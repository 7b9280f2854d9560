"""Helpers that the rules of existing primitives import from here."""

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd import broadcast

__all__ = ["match_complex", "unbroadcast_f"]


def unbroadcast_f(target: Any, f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """g -> f(g), summed over the axes that broadcasting added, to the shape and dtype of `target`.

    `defvjp` does so itself: a rule may do without, or do both.

    >>> unbroadcast_f(np.zeros(3), lambda g: 2 * g)(np.ones((2, 3)))
    array([4., 4., 4.])
    """
    return lambda g: broadcast.unbroadcast(f(g), target)


def match_complex(target: Any, x: Any) -> Any:
    """`x`, or its real part where `target` is real; as a complex number where that is complex.

    >>> match_complex(1.0, 2 + 3j), match_complex(1j, 2.0)
    (2.0, (2+0j))
    """
    if np.iscomplexobj(target):
        return x if np.iscomplexobj(x) else x + 0j
    return np.real(x) if np.iscomplexobj(x) else x
