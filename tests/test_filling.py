"""Item assignment: filling arrays element by element, tables, time steps, versions, aliases."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from filling import PROGRAMS, Program, weighed
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import (
    GradcheckError,
    Value,
    checkpoint,
    grad,
    gradcheck,
    hessian,
    history,
    hvp,
    jacobian,
    jvp,
    no_grad,
    value_and_grad,
    vmap,
)
from autograd.errors import (
    AssignmentError,
    ConversionError,
    DTypeError,
    ShapeError,
    UnsupportedError,
)

EVERY = pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)


def close(found: Any, expected: Any) -> None:
    size = float(np.max(np.abs(expected), initial=0.0))
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-10 * size)


# Whole programs


@EVERY
def test_values_are_numpys(program: Program) -> None:
    """Filled by NumPy itself, filled as a Value, and in functional style."""
    plain = program.filled(program.x)
    assert not isinstance(plain, Value)
    close(program.filled(Value(program.x)).numpy(), plain)
    close(program.functional(program.x), plain)


@EVERY
def test_derivatives_are_those_of_functional_style(program: Program) -> None:
    x, f = program.x, program.filled
    t = np.cos(1.0 + np.arange(len(x)))
    for transform in (
        lambda f: grad(f)(x),
        lambda f: jvp(f, (x,), (t,))[1],
        lambda f: hessian(f)(x),
        lambda f: hvp(f)(x, t),
        lambda f: jvp(grad(f), (x,), (t,))[1],
        lambda f: grad(lambda x: jvp(f, (x,), (t,))[1])(x),
        lambda f: jacobian(jacobian(f, mode="fwd"), mode="fwd")(x),
    ):
        close(transform(f), transform(program.functional))


@EVERY
def test_derivatives_equal_differences(program: Program) -> None:
    assert gradcheck(program.filled, program.x)


@EVERY
def test_checkpoints_hold_programs_that_fill(program: Program) -> None:
    x, f = program.x, program.filled
    close(grad(checkpoint(f))(x), grad(f)(x))


@pytest.mark.parametrize(
    "program",
    [each for each in PROGRAMS if not each.branches],
    ids=lambda program: program.name,
)
def test_vmap_of_programs_that_fill(program: Program) -> None:
    xs = np.stack([program.x, 1.1 * program.x, 0.9 * program.x])
    for transform in (lambda f: f, grad, hessian):
        f = transform(program.filled)
        close(vmap(f)(xs), np.stack([f(x) for x in xs]))


# Every augmented assignment, on every kind of index


def add(u: Any, i: Any, w: Any) -> None:
    u[i] += w


def subtract(u: Any, i: Any, w: Any) -> None:
    u[i] -= w


def multiply(u: Any, i: Any, w: Any) -> None:
    u[i] *= w


def divide(u: Any, i: Any, w: Any) -> None:
    u[i] /= w


def power(u: Any, i: Any, w: Any) -> None:
    u[i] **= w


def remainder(u: Any, i: Any, w: Any) -> None:
    u[i] %= w


def floor_divide(u: Any, i: Any, w: Any) -> None:
    u[i] //= w


def put(u: Any, i: Any, w: Any) -> None:
    u[i] = w


AUGMENTED = (add, subtract, multiply, divide, power, remainder, floor_divide, put)
MASK = np.array([[True, False, True, False], [False, True, False, False], [True, True, True, True]])
INDICES: dict[str, Any] = {
    "element": (1, 2),
    "negative": (-1, -2),
    "row": 1,
    "column": (slice(None), 2),
    "inside": (slice(1, -1), slice(1, -1)),
    "steps": (slice(None, None, 2), slice(None, None, -3)),
    "nothing": (slice(2, 2), slice(None)),
    "everything": ...,
    "ellipsis": (..., 0),
    "new axis": (None, 1, None),
    "rows": [2, 0],
    "a row twice": [1, 1],
    "places": ([0, 2, 2], [1, 3, 1]),
    "grid": np.ix_([0, 2], [3, 1]),
    "mask": MASK,
    "mask of rows": np.array([True, False, True]),
    "mixed": (slice(0, 2), [3, 0]),
    "numpy integer": (np.int64(1), np.intp(0)),
}
START = np.linspace(0.6, 2.9, 12).reshape(3, 4)


@pytest.mark.parametrize("index", INDICES.values(), ids=INDICES.keys())
@pytest.mark.parametrize("change", AUGMENTED)
def test_augmented_assignment(change: Callable[..., None], index: Any) -> None:
    """u[i] op= w for a w of the item's shape, and for one that broadcasts, both recorded."""
    item = START[index]
    like_item = 1.3 + np.cos(np.arange(item.size)).reshape(item.shape) / 3
    for w, order in ((like_item, 2), (np.array(1.7), 1)):

        def changed(u: Any, w: Any) -> Any:
            u = u.copy()
            change(u, index, w)
            return u * u

        expected = changed(START, w)
        u, v = Value(START), Value(w)
        np.testing.assert_allclose(changed(u, v).numpy(), expected, rtol=1e-15)
        assert np.array_equal(u.data, START)
        arguments = (0,) if change is floor_divide else (0, 1)
        assert gradcheck(
            lambda u, w: weighed(changed(u, w)), START, w, order=order, argnum=arguments
        )


@given(st.data())
@settings(max_examples=40)
def test_any_program_of_slices(data: st.DataObject) -> None:
    """A random sequence of assignments between slices of two arrays, against NumPy's values."""
    n = 6
    starts = st.integers(0, n - 3)
    kinds = st.sampled_from(("put", "add", "multiply", "mask", "gather", "scale"))
    script = data.draw(st.lists(st.tuples(kinds, starts, starts, st.booleans()), max_size=6))

    def run(x: Any) -> Any:
        u, v = np.empty(n, like=x), np.zeros_like(x)
        u[:] = x
        v[:] = np.sin(x)
        for kind, i, j, swapped in script:
            a, b = (v, u) if swapped else (u, v)
            here, there = slice(i, i + 3), slice(j, j + 3)
            if kind == "put":
                a[here] = b[there]
            elif kind == "add":
                a[here] += 0.5 * a[there] * b[here]
            elif kind == "multiply":
                a[here] *= b[there]
            elif kind == "mask":
                a[np.arange(n) % 3 == i % 3] = b[j]
            elif kind == "gather":
                a[[j, i, j + 1]] = b[[i, i, j]]
            else:
                a[...] = a * b[i]
        return weighed(u) + weighed(v)

    x = np.linspace(-0.9, 1.2, n)
    found, slope = value_and_grad(run)(x)
    close(found, run(x))
    t = np.cos(np.arange(n))
    h = 1e-6
    difference = (run(x + h * t) - run(x - h * t)) / (2 * h)
    assert slope @ t == pytest.approx(difference, rel=1e-6, abs=1e-7 * (1 + np.abs(slope).max()))
    assert jvp(run, (x,), (t,))[1] == pytest.approx(slope @ t, abs=1e-12)


# Versions


def test_what_was_computed_before_an_assignment_keeps_what_it_saw() -> None:
    x = Value([1.0, 2.0, 3.0])
    u = x * x
    seen = [u * 1.0]
    for i in range(3):
        u[i] *= x[i]  # x³
        seen.append(u * 1.0)
    assert [old.tolist() for old in u.versions] == [
        [1.0, 4.0, 9.0],
        [1.0, 4.0, 9.0],
        [1.0, 8.0, 9.0],
    ]
    for number, each in enumerate(seen):
        x.zero_grad()
        np.sum(each).backward()
        cubes = np.arange(3) < number
        np.testing.assert_allclose(x.grad, np.where(cubes, 3 * x.data**2, 2 * x.data))


def test_an_assigned_value_is_not_tied_to_its_source() -> None:
    """What is assigned is read at that moment: later changes of the source do not show."""
    x = Value([1.0, 2.0])
    u, v = x * 2.0, x * 3.0
    u[0] = v[0]
    v[0] = 100.0
    assert u.tolist() == [3.0, 4.0]
    (u[0] + v[0]).backward()
    assert np.array_equal(x.grad, [3.0, 0.0])


def test_lists_of_values_are_stacked() -> None:
    def f(x: Any) -> Any:
        u = np.zeros((3, 2), like=x)
        u[:2] = [[x[0], 2.0], [x[1] * x[2], x[0]]]
        u[2] = x[1], x[2]
        u[0] = [u[0, 1] * x[0], u[0, 0]]  # the right-hand side is read first
        return weighed(u)

    def functional(x: Any) -> Any:
        rows = [[2.0 * x[0], x[0]], [x[1] * x[2], x[0]], [x[1], x[2]]]
        return weighed(np.stack([np.stack(row) for row in rows]))

    x = np.array([0.3, -0.7, 1.1])
    assert f(x) == functional(x)
    np.testing.assert_allclose(grad(f)(x), grad(functional)(x), 1e-12)
    np.testing.assert_allclose(hessian(f)(x), hessian(functional)(x), 1e-12)
    np.testing.assert_allclose(vmap(grad(f))(x * np.ones((2, 1)))[1], grad(f)(x), 1e-12)
    assert gradcheck(f, x)
    single = (Value(x) * 1.0).astype(np.float32)
    single[:2] = [single[2], 4.0]
    assert single.dtype == np.float32
    single.sum().backward()
    with pytest.raises(ShapeError, match="setitem"):
        put(single, slice(0, 2), [single[0]] * 3)


def test_a_program_may_go_on_after_backward() -> None:
    x = Value([1.0, 2.0])
    u = x * x
    np.sum(u).backward()
    assert np.array_equal(x.grad, [2.0, 4.0])
    x.zero_grad()
    u[0] = x[1] ** 3
    np.sum(u).backward()
    assert np.array_equal(x.grad, [0.0, 12.0 + 4.0])


def test_an_inner_transform_may_fill_what_the_outer_one_made() -> None:
    """No confusion between the levels: d/dx of (d/dy u₁ y²)(x), u = (x, x²), u₁ = x² y."""

    def outer(x: Any) -> Any:
        u = np.zeros(2, like=x)
        u[0] = x
        u[1] = x**2

        def inner(y: Any) -> Any:
            v = u.copy()
            v[1] *= y
            return v[1] * y**2

        return grad(inner)(x) + u[1]

    # inner(y) = x² y³, inner'(x) = 3 x⁴; the derivative of 3 x⁴ + x² is 12 x³ + 2 x
    assert grad(outer)(1.5) == pytest.approx(12 * 1.5**3 + 3.0, rel=1e-14)
    assert jvp(outer, (1.5,), (1.0,))[1] == pytest.approx(12 * 1.5**3 + 3.0, rel=1e-14)


def test_filling_inside_an_array_that_is_differentiated_by_itself() -> None:
    """The argument of a transform is filled from itself, with `u.copy()` first."""

    def f(u: Any) -> Any:
        u = u.copy()
        for i in range(1, len(u)):
            u[i] += u[i - 1] ** 2
        return u[-1]

    def by_hand(u: Any) -> Any:
        return u[2] + (u[1] + u[0] ** 2) ** 2

    u = np.array([0.5, -1.0, 2.0])
    close(grad(f)(u), grad(by_hand)(u))
    close(hessian(f)(u), hessian(by_hand)(u))


@pytest.mark.parametrize("dtype", [np.float32, np.complex64, np.complex128])
def test_the_array_keeps_its_dtype(dtype: Any) -> None:
    def f(x: Any) -> Any:
        u = np.zeros(3, dtype, like=x)
        u[0] = x[0]
        u[1:] = x * 2.0
        u[2] *= np.float64(3.0)
        assert u.dtype == dtype
        return np.sum(np.abs(u) ** 2)

    x = np.array([0.5, -1.5])
    np.testing.assert_allclose(grad(f)(x), [2 * 0.5 * (1 + 4), 2 * -1.5 * 36], rtol=1e-6)
    assert grad(f)(x).dtype == np.float64
    assert grad(f)(x.astype(np.float32)).dtype == np.float32


def test_complex_elements() -> None:
    """Real and imaginary parts assigned apart from each other, as z = x + iy."""

    def f(x: Any) -> Any:
        z = np.zeros(2, complex, like=x)
        z[0] = x[0] + 1j * x[1]
        z[1] = z[0] ** 2
        z *= np.exp(1j * x[0])
        return np.sum(np.real(z)) + np.imag(z[1])

    assert gradcheck(f, np.array([0.3, -0.8]))


def test_filling_costs_linear_time_and_graph() -> None:
    """Twice the elements make twice the nodes: an assignment adds a fixed number of them."""
    counts = []
    for n in (50, 100):
        x: Any = Value(np.ones(n))
        u = np.zeros(n, like=x)
        for i in range(n):
            u[i] = u[i - 1] * x[i] + 1.0
        total: Any = np.sum(u)
        counts.append(len(history(total)))
    assert counts[1] - 2 < 2 * (counts[0] - 2) + 1


# Aliases

VIEWS: dict[str, Callable[[Any], Any]] = {
    "slice": lambda u: u[:2],
    "row": lambda u: u[0],
    "new axis": lambda u: u[None],
    "T": lambda u: u.T,
    "transpose": lambda u: u.transpose(1, 0),
    "np.transpose": np.transpose,
    "swapaxes": lambda u: np.swapaxes(u, 0, 1),
    "reshape": lambda u: u.reshape(-1),
    "ravel": lambda u: np.ravel(u),
    "broadcast": lambda u: np.broadcast_to(u, (2, 3, 4)),
    "flip": np.flip,
    "expand_dims": lambda u: np.expand_dims(u, 0),
    "squeeze": np.squeeze,
    "view of a view": lambda u: u[1:].T[0],
}


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS.keys())
def test_assigning_into_a_view_raises_and_names_the_base(view: Callable[[Any], Any]) -> None:
    """NumPy would change the base as well; a copy of the view may be assigned to."""
    x = Value(START, name="base")
    u = x * 1.0
    u.name = "u"
    seen = view(u)
    assert np.may_share_memory(seen.data, u.data)
    with pytest.raises(AssignmentError) as caught:
        seen[...] = 0.0
    assert "copy()" in caught.value.remedy
    own = seen.copy()
    own[...] = 0.0
    assert np.array_equal(u.data, START)
    np.sum(u * 2.0).backward()
    assert np.array_equal(x.grad, np.full((3, 4), 2.0))


def test_a_slice_taken_before_is_a_snapshot() -> None:
    """The one place where a Value is not an ndarray: there the slice would show the assignment."""
    x = Value([1.0, 2.0, 3.0])
    u = x * 1.0
    head = u[:2]
    u[0] = 10.0
    assert head.tolist() == [1.0, 2.0]
    assert u[:2].tolist() == [10.0, 2.0]
    np.sum(head * u[:2]).backward()
    assert np.array_equal(x.grad, [10.0, 4.0, 0.0])


def test_two_names_of_one_value_see_the_same_assignment() -> None:
    x = Value([1.0, 2.0])
    u = x * 1.0
    alias = u

    def fill(array: Any) -> None:
        array[0] = 5.0 * x[1]
        array[:] *= 2.0

    fill(u)
    assert alias.tolist() == [20.0, 4.0]
    np.sum(alias).backward()
    assert np.array_equal(x.grad, [0.0, 12.0])


# What is refused, and what the message says to do


def test_a_value_into_a_plain_array_raises_and_says_how() -> None:
    v = Value([1.0, 2.0])
    plain = np.zeros(2)
    programs: tuple[Callable[[], Any], ...] = (
        lambda: put(plain, 0, v[0]),
        lambda: put(plain, slice(None), v),
        lambda: put(plain, [0, 1], v),
        lambda: put(plain, np.array([True, False]), v[0]),
        lambda: add(plain, 0, v[0]),
        lambda: plain.fill(v[0]),
        lambda: plain.__setitem__(slice(None), [v[0], v[1]]),
    )
    for program in programs:
        with pytest.raises((TypeError, ValueError)) as caught:
            program()
        # NumPy puts words of its own over ours where the item is a single one.
        error: BaseException | None = caught.value
        while error is not None and not isinstance(error, ConversionError):
            error = error.__cause__
        assert isinstance(error, ConversionError)
        assert "np.stack" in error.remedy
        assert "np.zeros(n, like=v)" in error.remedy
        assert not plain.any()


@pytest.mark.parametrize("name", ["+", "-", "*", "/", "**", "@"])
def test_an_in_place_operator_on_a_plain_array_raises_and_says_how(name: str) -> None:
    v = Value(np.eye(2))
    plain = np.ones((2, 2))
    with pytest.raises(UnsupportedError) as caught:
        exec(f"plain {name}= v", {"plain": plain, "v": v})
    assert "a = a + v" in caught.value.remedy
    assert np.array_equal(plain, np.ones((2, 2)))
    with pytest.raises(UnsupportedError):
        exec(f"plain[:1] {name}= v[:1]" if name != "@" else "plain @= v", {"plain": plain, "v": v})


def test_what_item_assignment_refuses() -> None:
    w = Value([1.0, 2.0], name="w")
    with pytest.raises(AssignmentError, match=r"w: float64[\s\S]*v = v.copy\(\) first"):
        w[0] = 1.0
    with pytest.raises(AssignmentError):
        w[0] += 1.0
    with pytest.raises(DTypeError, match="real numbers"):
        put(w * 1.0, 0, 1j)
    with pytest.raises(DTypeError, match="float64"):
        put(Value(np.zeros(2, int), requires_grad=False), 0, w[0])
    recorded = w * 1.0
    with no_grad(), pytest.raises(AssignmentError, match="no_grad"):
        put(recorded, 0, 2.0)
    with pytest.raises(AssignmentError, match="leaf"):
        grad(lambda x: put(x, 0, 1.0) or np.sum(x))(np.ones(2))


def test_a_failed_assignment_changes_nothing() -> None:
    x = Value([1.0, 2.0, 3.0])
    u = x * 2.0
    order = u.order
    for index, new in ((5, 1.0), (slice(0, 2), np.ones(3)), ("a", 1.0), (0, "b")):
        with pytest.raises((ValueError, IndexError, TypeError)):
            u[index] = new
    assert u.order == order
    assert u.versions == []
    np.sum(u).backward()
    assert np.array_equal(x.grad, [2.0, 2.0, 2.0])


def test_a_rule_that_forgets_the_assignment_is_caught() -> None:
    """What the comparisons above are worth: an element detached on its way into the array."""

    def forgetful(x: Any) -> Any:
        u = np.zeros(3, like=x)
        u[0] = x[0].item() if isinstance(x, Value) else x[0]
        u[1:] = x[1:]
        return np.sum(u**2)

    with pytest.raises(GradcheckError):
        gradcheck(forgetful, np.array([1.0, 2.0, 3.0]))
