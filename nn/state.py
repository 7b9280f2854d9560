"""Does a state fit a module? Checked whole before anything is changed, and said in one message."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from autograd import Value
from autograd.errors import (
    ArgumentError,
    AssignmentError,
    DTypeError,
    MissingKeyError,
    ShapeError,
    describe,
)


class LoadResult(NamedTuple):
    """What a state and a module did not share; both are empty after a strict load."""

    missing_keys: list[str]
    unexpected_keys: list[str]


def forget(values: Iterable[Value], set_to_none: bool) -> None:
    """No gradient, or gradients of 0 where there is one.

    >>> v = Value([1.0, 2.0])
    >>> v.grad = np.ones(2)
    >>> forget([v], set_to_none=False)
    >>> v.grad
    array([0., 0.])
    """
    for value in values:
        if set_to_none or value.grad is None:
            value.zero_grad()
        else:
            gradient = value.grad
            value.zero_grad()
            value.grad = 0.0 if type(gradient) is float else np.zeros_like(gradient)


def checked_assignments(
    own: Mapping[str, Value], state: Mapping[str, Any], strict: bool, owner: str
) -> tuple[list[tuple[Value, Any]], LoadResult]:
    """What to assign to which Value so that `own` holds `state`, or the error that says why not.

    own       Values by name; a tied Value is there under each of its names.
    state     arrays by name.
    strict    whether missing and unexpected names are errors.
    owner     the class of the module, for messages.

    Raises MissingKeyError, ShapeError, DTypeError, or ArgumentError for a state that is no mapping
    and for tied names that hold different numbers; AssignmentError for a buffer that an item
    assignment has made the result of an op.

    >>> own = {"weight": Value([1.0, 2.0])}
    >>> checked_assignments(own, {"weight": np.array([3, 4])}, True, "Scale")[0][0][1]
    array([3., 4.])
    """
    if not isinstance(state, Mapping):
        raise ArgumentError(
            f"a mapping of names to arrays to load into {owner}",
            describe(state),
            "pass module.state_dict(), or nn.load(path) for a file",
        )
    given = {name: as_array(name, state[name]) for name in own if name in state}
    names_of: dict[int, list[str]] = {}
    for name, value in own.items():
        names_of.setdefault(id(value), []).append(name)
    missing = [names[0] for names in names_of.values() if not any(name in given for name in names)]
    unexpected = [str(name) for name in state if name not in own]
    shapes = [name for name, array in given.items() if array.shape != own[name].shape]
    dtypes = [name for name, array in given.items() if not _fits(array, own[name])]
    keys_differ = strict and bool(missing or unexpected)
    if keys_differ or shapes or dtypes:
        kind = MissingKeyError if keys_differ else ShapeError if shapes else DTypeError
        misfits = [name for name in given if name in shapes or name in dtypes]
        wanted = [f"{name} {own[name].dtype} {own[name].shape}" for name in misfits]
        differences = [f"{name} {describe(given[name])}" for name in misfits]
        if keys_differ:
            differences += [f"missing {name!r}" for name in missing]
            differences += [f"unexpected {name!r}" for name in unexpected]
        raise kind(
            f"a state that fits {owner}" + (f", with {', '.join(wanted)}" if wanted else ""),
            ", ".join(differences),
            _remedy(missing, unexpected, keys_differ),
        )
    for name in given:
        _check_leaf(name, own[name])
    for names in names_of.values():
        _check_tied([name for name in names if name in given], given)
    assignments = [(own[name], _data_for(own[name], array)) for name, array in given.items()]
    return assignments, LoadResult(missing, unexpected)


def as_array(name: str, x: Any) -> np.ndarray:
    """`x` as an array of numbers: an array, a number, a Value or another library's tensor.

    Raises DTypeError naming the entry where NumPy cannot read it.

    >>> as_array("bias", Value([1.0]))
    array([1.])
    """
    try:
        # Tensors and Values that take part in a recorded graph refuse np.asarray until detached.
        array = np.asarray(x.detach() if hasattr(x, "detach") else x)
    except (TypeError, ValueError, RuntimeError) as error:
        raise DTypeError(
            f"an array of numbers for {name!r}",
            f"{type(x).__name__}, which NumPy cannot read: {error}",
            "convert it to a NumPy array first; for a PyTorch tensor: tensor.float().cpu().numpy()",
        ) from error
    if array.dtype.kind not in "fcbiu":
        raise DTypeError(
            f"an array of numbers for {name!r}", describe(array), "convert it to numbers first"
        )
    return array


def _fits(array: np.ndarray, value: Value) -> bool:
    return np.can_cast(array.dtype, value.dtype, casting="same_kind")


def _data_for(value: Value, array: np.ndarray) -> Any:
    """A copy, so that writing to the state later does not change the module."""
    if isinstance(value.data, np.ndarray | np.generic):
        return np.array(array, dtype=value.dtype)
    return array.item()


def _check_leaf(name: str, value: Value) -> None:
    if value.op is not None:
        raise AssignmentError(
            f"leaves to load into, such as {name!r} once was",
            f"{name!r} holding the result of {value.op.name}, {describe(value)}",
            "give the module a new Value there first, such as its .detach()",
        )


def _check_tied(names: list[str], given: Mapping[str, np.ndarray]) -> None:
    for name in names[1:]:
        if not np.array_equal(given[names[0]], given[name], equal_nan=True):
            raise ArgumentError(
                f"the same numbers for {names[0]!r} and {name!r}, which are one tied parameter",
                "two different arrays",
                "leave one of them out, or give the module two parameters before loading",
            )


def _remedy(missing: list[str], unexpected: list[str], keys_differ: bool) -> str:
    if not keys_differ:
        return "make it with the sizes and dtype it was saved with"
    for name in missing:
        for other in unexpected:
            if other.endswith(f".{name}"):
                prefix = other[: -len(name)]
                return f"take the prefix {prefix!r} off the names of the state"
            if name.endswith(f".{other}"):
                return f"put the prefix {name[: -len(other)]!r} before the names of the state"
    return "make it as it was when saved; for a module, strict=False loads what is shared"
