"""`scan`: a loop that carries something from step to step, and stacks what each step gives."""

from collections.abc import Callable, Sequence
from numbers import Integral
from typing import Any

import numpy as np

from autograd.broadcast import data_of, dtype_of
from autograd.containers import describe_tree, flatten, unflatten
from autograd.errors import ArgumentError, DTypeError, ShapeError, describe
from autograd.journal import journal
from autograd.ops.steps import stack, unstack
from autograd.runs import name_of, require_function
from autograd.value import Value, detached

Body = Callable[[Any, Any], tuple[Any, Any]]


def scan(
    f: Body,
    init: Any,
    xs: Any = None,
    length: int | None = None,
    reverse: bool = False,
) -> tuple[Any, Any]:
    """carry, y₀ = f(init, xs[0]); carry, y₁ = f(carry, xs[1]); …: the last carry, and all y.

    f           takes the carry and one step's x, and returns the pair of the next carry and the
                step's y. Carry, x and y may be nested tuples, lists and dicts of arrays, or None.
    init        the first carry. Those that follow have its structure, shapes and dtypes; a Python
                number in it takes the dtype that f gives it.
    xs          arrays whose first axis counts the steps.
    length      the number of steps, needed only where xs holds no array.
    reverse     whether the last step comes first; each y is still in the place of its x.

    The meaning is that of JAX's `lax.scan`. It is the loop that one would write, so gradients,
    tangents and `vmap` go through it as through any other code; f is called once for each step. If
    there are none, f is called on zeros, since only f knows the shapes of the empty ys.

    Raises ArgumentError where nothing says the length or f returns no pair, ShapeError for xs of
    other lengths, and ArgumentError, ShapeError or DTypeError for a carry or a y whose structure,
    shape or dtype changes from step to step.

    >>> scan(lambda total, x: (total + x, total + x), np.float64(0), np.array([1.0, 2.0, 3.0]))
    (np.float64(6.0), array([1., 3., 6.]))
    >>> from autograd import grad
    >>> grad(lambda x: scan(lambda y, _: (y * x, None), 1.0, length=4)[0])(2.0)
    32.0
    """
    require_function(f, "for the step", "write scan(f, init, xs), with f(carry, x) -> (carry, y)")
    steps = _number_of_steps(f, xs, length)
    _refuse_what_is_no_number(f, init, "init")
    if steps == 0:
        return init, _empty(f, init, xs)
    notes = journal()
    if notes is not None:
        return notes.scan(_checked(f, init), init, xs, steps, reverse)
    return _loop(f, init, xs, range(steps)[::-1] if reverse else range(steps))


def _checked(f: Body, init: Any) -> Body:
    """f, which raises where it does not return a pair, or a carry unlike the first."""

    def step(carry: Any, x: Any) -> tuple[Any, Any]:
        after, y = _pair(f, f(carry, x))
        _Likeness(f, init).check(after, 0)
        return after, y

    return step


def _loop(f: Body, init: Any, xs: Any, order: Sequence[int]) -> tuple[Any, Any]:
    """Step after step, recorded as any other code is."""
    given, structure = flatten(xs)
    columns = [unstack(x) for x in given]
    carry = init
    like = _Likeness(f, init)
    rows: list[Any] = [None] * len(order)
    ys_structure = None
    for i in order:
        x = unflatten(structure, [column[i] for column in columns])
        carry, y = _pair(f, f(carry, x))
        like.check(carry, i)
        rows[i], received = flatten(y)
        if i == order[0]:
            ys_structure = received
        elif received != ys_structure:
            raise ArgumentError(
                f"a y of {name_of(f)} with the structure {ys_structure!r} at every step",
                f"{received!r} at step {i}",
                "return the same containers at every step",
            )
    ys = [_stacked(f, column, order) for column in zip(*rows, strict=True)]
    return carry, unflatten(ys_structure, ys)


def _empty(f: Body, init: Any, xs: Any) -> Any:
    """The ys of no steps, of the shapes that f gives for zeros."""
    given, structure = flatten(xs)
    zeros = [np.zeros(np.shape(x)[1:], data_of(x).dtype)[()] for x in given]
    with np.errstate(all="ignore"):
        leaves, ys_structure = flatten(_pair(f, f(init, unflatten(structure, zeros)))[1])
    raw = [np.asarray(data_of(y)) for y in leaves]
    ys = [np.zeros((0, *y.shape), y.dtype) for y in raw]
    kinds = zip(ys, leaves, strict=True)
    return unflatten(ys_structure, [detached(x) if type(y) is Value else x for x, y in kinds])


def _number_of_steps(f: Body, xs: Any, length: int | None) -> int:
    """The length, on which all xs agree."""
    if length is not None and (
        isinstance(length, bool) or not isinstance(length, Integral) or length < 0
    ):
        raise ArgumentError(
            f"a number of steps for scan({name_of(f)})",
            f"length={describe(length)}",
            "pass an int, or leave length out where xs has the steps",
        )
    given = flatten(xs)[0]
    if not all(getattr(data_of(x), "ndim", 0) for x in given):
        raise ShapeError(
            f"arrays with a first axis that counts the steps of {name_of(f)}",
            describe_tree(xs),
            "xs is a container of arrays: write np.array([...]), or np.stack for a list of Values",
        )
    lengths = {len(x) for x in given}
    if len(lengths) > 1:
        raise ShapeError(
            f"as many steps in each of the xs of {name_of(f)}",
            describe_tree(xs),
            "slice them to one length; let f close over what all steps share",
        )
    if length is None and not lengths:
        raise ArgumentError(
            f"xs or length, to say how many steps of {name_of(f)} there are",
            "neither an array in xs nor a length",
            "pass length=n",
        )
    if length is not None and lengths and length not in lengths:
        raise ShapeError(
            f"xs of {length} steps, as length says",
            describe_tree(xs),
            "leave length out, or slice xs",
        )
    return lengths.pop() if lengths else int(length or 0)


def _pair(f: Body, result: Any) -> tuple[Any, Any]:
    if type(result) is not tuple or len(result) != 2:
        raise ArgumentError(
            f"a pair (carry, y) from {name_of(f)}",
            describe(result),
            "end f with `return carry, y`; y may be None",
        )
    return result


# What stays the same from step to step


def _refuse_what_is_no_number(f: Body, tree: Any, what: str) -> None:
    if not all(dtype_of(data_of(x)).kind in "fcbiu" for x in flatten(tree)[0]):
        raise DTypeError(
            f"numbers in the {what} of scan({name_of(f)})",
            describe_tree(tree),
            "let f close over anything else",
        )


def _is_weak(raw: Any) -> bool:
    """Whether this is a Python number, which takes the dtype of what it meets."""
    return type(raw) is float or type(raw) is int or type(raw) is complex


class _Likeness:
    """The structure, shapes and dtypes that every carry has."""

    def __init__(self, f: Body, init: Any) -> None:
        self.f = f
        self.init = init
        leaves, self.structure = flatten(init)
        raw = [data_of(x) for x in leaves]
        self.shapes = [np.shape(x) for x in raw]
        self.dtypes = [dtype_of(x) for x in raw]
        self.weak = {i: x for i, x in enumerate(raw) if _is_weak(x)}

    def check(self, carry: Any, step: int) -> None:
        """Raise unless the carry that this step returned is like the one it was given."""
        leaves, structure = flatten(carry)
        if structure != self.structure:
            raise ArgumentError(
                f"a carry of {name_of(self.f)} with init's structure, {self.structure!r}",
                f"{structure!r} from step {step}",
                "return the carry in the containers it came in",
            )
        raw = [data_of(x) for x in leaves]
        if [np.shape(x) for x in raw] != self.shapes:
            raise ShapeError(
                f"a carry of {name_of(self.f)} with init's shapes, {describe_tree(self.init)}",
                f"{describe_tree(carry)} from step {step}",
                "give init the shape that f returns, with np.broadcast_to or np.zeros",
            )
        dtypes = [dtype_of(x) for x in raw]
        for i, number in list(self.weak.items()):
            if np.result_type(number, dtypes[i]) == dtypes[i]:
                self.dtypes[i] = dtypes[i]
            if not _is_weak(raw[i]):
                del self.weak[i]
        if dtypes != self.dtypes:
            raise DTypeError(
                f"a carry of {name_of(self.f)} with init's dtypes, {describe_tree(self.init)}",
                f"{describe_tree(carry)} from step {step}",
                "cast init, or what f returns, with .astype",
            )


def _stacked(f: Body, parts: Sequence[Any], order: Sequence[int]) -> Any:
    """The ys of all steps along a new first axis."""
    raw = [data_of(y) for y in parts]
    first = raw[order[0]]
    for i in order:
        if np.shape(raw[i]) != np.shape(first):
            raise ShapeError(
                f"a y of {name_of(f)} with the same shape at every step, {describe(first)}",
                f"{describe(raw[i])} at step {i}",
                "return arrays of one shape; np.where masks what a step does not have",
            )
    dtypes = {dtype_of(x) for x in raw if not _is_weak(x)}
    for dtype in dtypes:
        others = [i for i in order if np.result_type(dtype, _numeral(raw[i])) != dtype]
        if others:
            raise DTypeError(
                f"a y of {name_of(f)} with the same dtype at every step, {dtype}",
                f"{describe(raw[others[0]])} at step {others[0]}",
                "cast what f returns with .astype",
            )
        parts = [_as(dtype, y) if _is_weak(x) else y for x, y in zip(raw, parts, strict=True)]
    return stack(parts)


def _numeral(raw: Any) -> Any:
    """What NumPy promotes by: the number itself if it has no dtype of its own."""
    return raw if _is_weak(raw) else dtype_of(raw)


def _as(dtype: np.dtype[Any], y: Any) -> Any:
    return y.astype(dtype) if hasattr(y, "astype") else dtype.type(y)
