"""In-place operators under `jit`: on plain arrays they write, as NumPy does, or are refused."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from compiled_cases import EMITTERS

from autograd import Value, grad, jit, scan, vmap
from autograd.errors import AssignmentError, DTypeError, ShapeError


def added_under_two_names(x: Any) -> Any:
    y = np.zeros(x.shape) + x
    z = y
    y += 1.0
    return z


def kept_in_a_list(x: Any) -> Any:
    y, kept = x.copy(), []
    for _ in range(3):
        y += x
        kept.append(y)
    return np.stack(kept)


def by_every_operator(x: Any) -> Any:
    y = x * 1.0
    z = y
    y -= 0.5
    y *= x
    y /= 2.0
    y **= 2
    return z + y


def by_remainders(x: Any) -> Any:
    y = x * 3.0
    z = y
    y %= 2.0
    y //= 0.5
    return z + y


def of_masks_and_bits(x: Any) -> Any:
    mask, bits = x > 0.0, (x * 10.0).astype(int)
    same, also = mask, bits
    mask &= x < 1.5
    mask |= x > 2.0
    mask ^= x > 0.5
    bits <<= 2
    bits >>= 1
    return same, mask, also, bits


def of_itself(x: Any) -> Any:
    y = x * 1.0
    z = y
    y *= y
    y -= y * 2.0
    return z, y


def of_integers(x: Any) -> Any:
    y = np.where(x > 2.0, 3, 1)
    z = y
    y += 1
    y *= y
    return z


def of_a_part_after_the_whole(x: Any) -> Any:
    y = x.copy()
    z = y
    y += x
    y[1:] *= 2.0
    y **= 2
    y[:2] -= y[1:3] * y[0]
    return z, y * 1.0


def of_what_is_like_an_argument(x: Any) -> Any:
    total, y = np.zeros_like(x), x * 0.5
    first, second = total, y
    for _ in range(2):
        total += x
        y *= np.ones_like(x) + np.full_like(x, 2.0)
    return first, second


def of_parts_in_between(x: Any) -> Any:
    y = x.copy()
    y[0] = 1.0
    y *= 2.0
    y[1:] = x[1:] + 0.5
    y += x
    y[-1] = 0.0
    return y


def of_parts(x: Any) -> Any:
    y = x * 1.0
    z = y
    y[0] += 1.0
    y[1:] *= 3.0
    y[np.array([0, 2])] -= x[:2]
    y[-1:] **= 2
    return z


def of_numbers(x: Any) -> Any:
    total = np.sum(x)
    before = total
    total += 1.0
    return before, total


def old_results_stay(x: Any) -> Any:
    y = x * 1.0
    before = y * 2.0
    y += 1.0
    return before, y


WRITTEN: list[Callable[..., Any]] = [
    *(added_under_two_names, kept_in_a_list, by_every_operator, of_itself, of_integers),
    *(of_parts, of_parts_in_between, of_a_part_after_the_whole, of_what_is_like_an_argument),
    *(of_numbers, old_results_stay, by_remainders, of_masks_and_bits),
]


@pytest.mark.parametrize("emitter", EMITTERS)
@pytest.mark.parametrize("size", [4, 5000])
@pytest.mark.parametrize("f", WRITTEN)
def test_every_name_of_an_array_sees_what_is_written(f: Any, size: int, emitter: str) -> None:
    x = np.arange(1.0, size + 1.0)
    compiled = jit(f, emitter=emitter)
    expected = f(x.copy())
    for _ in range(3):
        found = compiled(x)
        pairs = zip(expected, found, strict=True) if type(found) is tuple else [(expected, found)]
        for a, b in pairs:
            np.testing.assert_allclose(b, a, rtol=1e-12)
            assert b.dtype == a.dtype


@pytest.mark.parametrize("f", [added_under_two_names, kept_in_a_list, by_every_operator])
def test_values_are_not_written_to_either_way(f: Any) -> None:
    for _ in range(3):
        x = Value(np.array([1.0, 2.0, 3.0]))
        compiled = jit(f)
        for _ in range(3):
            np.testing.assert_allclose(compiled(x).numpy(), f(x).numpy())
    # Inside of a transform what it differentiates is a Value as well.
    x = np.array([1.0, 2.0, 3.0])
    for g, given in ((grad(lambda x: np.sum(f(x) ** 2)), x), (vmap(f), np.stack([x, 2.0 * x]))):
        for _ in range(2):
            np.testing.assert_allclose(jit(g)(given), g(given))


def a_slice(y: Any) -> None:
    part = y[:2]
    part += 1.0


def a_slice_put_elsewhere(y: Any) -> None:
    part = y[:2]
    part += 1.0
    y[2:] = part


def a_row(y: Any) -> None:
    part = y.reshape(2, 2)
    part += 1.0


def an_item_of_a_slice(y: Any) -> None:
    part = y[:2]
    part[0] = 1.0


def an_item_of_a_row(y: Any) -> None:
    part = y.reshape(2, -1)
    part[0] = 1.0


@pytest.mark.parametrize("size", [4, 6000])
@pytest.mark.parametrize(
    "write", [a_slice, a_slice_put_elsewhere, a_row, an_item_of_a_slice, an_item_of_a_row]
)
def test_what_would_write_through_a_view_is_refused(write: Any, size: int) -> None:
    def f(x: Any) -> Any:
        y = x * 1.0
        write(y[:4] if write is a_row else y)
        return y

    if write is a_slice_put_elsewhere:
        size = 4
    with pytest.raises(AssignmentError):
        jit(f)(np.arange(float(size)))


def test_an_argument_is_not_written_to_through_a_view() -> None:
    def f(x: Any) -> Any:
        part = x.reshape(-1)
        part += 1.0
        return part

    with pytest.raises(AssignmentError):
        jit(f)(np.ones((2, 3)))


def test_a_step_of_a_loop_writes_to_nothing_from_outside() -> None:
    def f(x: Any) -> Any:
        y = x * 1.0

        def step(c: Any, _: Any) -> Any:
            nonlocal y
            y += c
            return c, None

        return scan(step, x, length=2)[0] + y

    with pytest.raises(AssignmentError):
        jit(f)(np.ones(3))


def test_what_a_step_of_a_loop_computes_leaves_it_by_its_results_alone() -> None:
    def f(x: Any) -> Any:
        kept = []

        def step(c: Any, _: Any) -> Any:
            kept.append(c * 2.0)
            return c + 1.0, None

        return scan(step, x, length=2)[0] + kept[0]

    with pytest.raises(AssignmentError, match="return it from the step"):
        jit(f)(np.ones(3))


@pytest.mark.parametrize("size", [3, 5000])
def test_a_step_of_a_loop_does_not_write_to_what_it_is_given(size: int) -> None:
    def carry(c: Any, x: Any) -> Any:
        c += x
        return c, c

    def row(c: Any, x: Any) -> Any:
        x += c
        return x, None

    for step in (carry, row):
        with pytest.raises(AssignmentError, match="copy"):
            jit(lambda c, xs, step=step: scan(step, c * 1.0, xs * 2.0))(
                np.ones(size), np.ones((2, size))
            )


def test_a_result_that_does_not_fit_is_refused_as_by_numpy() -> None:
    def wider(x: Any) -> Any:
        y = np.sum(x, axis=0, keepdims=True)
        y += x
        return y

    def halves(x: Any) -> Any:
        y = np.where(x > 2.0, 3, 1)
        y += 0.5
        return y

    with pytest.raises(ShapeError):
        jit(wider)(np.ones((2, 3)))
    with pytest.raises(DTypeError):
        jit(halves)(np.ones((2, 3)))


@pytest.mark.parametrize("emitter", EMITTERS)
def test_narrow_arrays_keep_their_dtype(emitter: str) -> None:
    def f(x: Any, z: Any) -> Any:
        y = x * 1
        y += z
        return y

    x, z = np.ones(3, np.float32), np.full(3, 0.1)
    compiled = jit(f, emitter=emitter)
    for _ in range(3):
        found = compiled(x, z)
        assert found.dtype == np.float32
        np.testing.assert_array_equal(found, f(x, z))
