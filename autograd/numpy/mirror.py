"""How NumPy's namespace becomes one whose functions also take lists of Values.

    np.sum([v, w])         NumPy turns the list into an array and never asks a Value
    anp.sum([v, w])        the list is joined first, by np.stack, and then NumPy is called

A call without Values goes to NumPy as it is, so its result is NumPy's to the last bit.
"""

from collections.abc import Callable, Mapping
from functools import wraps
from types import ModuleType
from typing import Any

import numpy as np

from autograd.numpy.lists import holds_values, joined, joined_items
from autograd.protocols import dispatch_function, implementation

# Functions of sequences of arrays, which may differ in shape: only the items are joined.
_OF_SEQUENCES = frozenset(
    [
        *("concatenate", "concat", "stack", "vstack", "hstack", "dstack", "column_stack"),
        *("row_stack", "choose", "select", "piecewise", "histogramdd"),
        "multi_dot",
    ]
)
# Nested lists mean something else here.
_OF_NESTED = frozenset(["block"])


def taking_lists(function: Callable[..., Any]) -> Callable[..., Any]:
    """The NumPy function, taking lists of Values as well.

    >>> from autograd import Value
    >>> taking_lists(np.sum)([Value(1.0), Value(2.0)]).data
    np.float64(3.0)
    """
    name = getattr(function, "__name__", "")
    join = joined_items if name in _OF_SEQUENCES else joined
    if name in _OF_NESTED:
        join = _as_it_is
    # What NumPy asks a Value for only in some arguments (`pad`'s constant) is found here in all.
    by_protocol = not isinstance(function, np.ufunc)

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if any(map(holds_values, args)) or (kwargs and any(map(holds_values, kwargs.values()))):
            args = tuple(map(join, args))
            kwargs = {key: join(x) for key, x in kwargs.items()}
            if by_protocol and implementation(function) is not None:
                return dispatch_function(function, args, kwargs)
        return function(*args, **kwargs)

    if isinstance(function, np.ufunc):
        for attribute in dir(function):
            if not attribute.startswith("_"):
                found = getattr(function, attribute)
                setattr(call, attribute, taking_lists(found) if callable(found) else found)
    return call


def _as_it_is(x: Any) -> Any:
    return x


def mirrored(module: ModuleType, own: Mapping[str, Any]) -> dict[str, Any]:
    """Every public name of a module of NumPy's: its functions taking lists, the rest as it is.

    own    what is used in place of the module's, by name, where the module has the name at all.
    """
    found: dict[str, Any] = {}
    public = getattr(module, "__all__", None) or [n for n in vars(module) if n[0] != "_"]
    for name in public:
        if name in own:
            found[name] = own[name]
            continue
        thing = vars(module).get(name)
        if thing is None or isinstance(thing, ModuleType):
            continue  # loaded when first asked for, as in NumPy
        takes_arrays = callable(thing) and not isinstance(thing, type)
        found[name] = taking_lists(thing) if takes_arrays else thing
    return found
