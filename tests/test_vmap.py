"""vmap is a loop: for every row of the op table, for its derivatives, and however it is nested."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from cases import Case, every_case, row_of

from autograd import (
    Value,
    grad,
    hessian,
    jacobian,
    jit,
    jvp,
    leading,
    linearize,
    log_softmax,
    logsumexp,
    no_grad,
    softmax,
    vectorizing,
    vjp,
    vmap,
)
from autograd.containers import flatten, map_leaves
from autograd.errors import ArgumentError, AssignmentError, ConversionError, ShapeError

# The dtype of these results depends on the contents, so they cannot be traced; numpy.emath's of
# complex numbers does not.
CONTENTS_DECIDE = ("np.lib.scimath", "emath", "contents decide")
CASES = [
    case
    for case in every_case()
    if not case.name.startswith(CONTENTS_DECIDE) or case.name.endswith(" complex")
]


def examples(case: Case) -> list[tuple[Any, ...]]:
    """The arguments of the case, and two sets of others near them."""
    return [tuple(x * (1 + 0.01 * k) for x in case.args) for k in range(3)]


def together(several: list[tuple[Any, ...]]) -> tuple[Any, ...]:
    return tuple(np.stack(list(map(np.asarray, column))) for column in zip(*several, strict=True))


def agree(found: Any, expected: list[Any]) -> None:
    columns = list(zip(*(flatten(y)[0] for y in expected), strict=True))
    leaves = flatten(found)[0]
    assert len(leaves) == len(columns)
    for leaf, column in zip(leaves, columns, strict=True):
        stacked = np.stack(list(map(np.asarray, column)))
        assert np.shape(leaf) == stacked.shape
        np.testing.assert_allclose(leaf, stacked, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_every_case_is_as_in_a_loop(case: Case):
    """Values, cotangents pulled back inside of vmap, and cotangents pulled back through it."""
    sets = examples(case)
    expected = [case.function(*args) for args in sets]
    agree(vmap(case.function)(*together(sets)), expected)

    random = np.random.default_rng(0)
    like = map_leaves(lambda y: random.standard_normal(np.shape(y)) + 0 * y, expected[0])

    def pulled(*xs: Any) -> Any:
        return vjp(case.function, *xs)[1](like)

    back = [pulled(*args) for args in sets]
    agree(vmap(pulled)(*together(sets)), back)
    _, pull = vjp(vmap(case.function), *together(sets))
    agree(pull(map_leaves(lambda c: np.stack([c] * 3), like)), back)


# How arguments and outputs are mapped


def test_axes_of_arguments_and_outputs():
    x = np.arange(24.0).reshape(2, 3, 4)
    assert np.array_equal(vmap(np.sum, in_axes=1)(x), x.sum(axis=(0, 2)))
    assert np.array_equal(vmap(np.sum, in_axes=-1)(x), x.sum(axis=(0, 1)))
    assert np.array_equal(vmap(lambda a: 2 * a, in_axes=2, out_axes=1)(x), 2 * np.moveaxis(x, 2, 1))
    shared = vmap(lambda a, b: a @ b, in_axes=(0, None))(x, np.ones(4))
    assert np.array_equal(shared, x @ np.ones(4))


def test_axes_of_containers():
    tree = {"w": np.arange(6.0).reshape(3, 2), "b": np.ones(2)}

    def f(p: Any, x: Any, scale: float = 1.0) -> Any:
        return {"y": p["w"] * x + p["b"], "half": (scale * x / 2,)}

    mapped = vmap(f, in_axes=({"w": 0, "b": None}, 0), out_axes={"y": 1, "half": 0})
    found = mapped(tree, np.arange(3.0), scale=3.0)
    assert np.array_equal(found["y"], (tree["w"] * np.arange(3.0)[:, None] + 1).T)
    assert np.array_equal(found["half"][0], 1.5 * np.arange(3.0))


def test_an_output_that_no_example_changes():
    x = np.ones((3, 2))
    assert np.array_equal(vmap(lambda a: np.zeros(2))(x), np.zeros((3, 2)))
    assert vmap(lambda a: (a, 7.0), out_axes=(0, None))(x)[1] == 7.0
    with pytest.raises(ArgumentError, match="does not depend on the examples"):
        vmap(lambda a: a, out_axes=None)(x)


def test_no_examples_at_all():
    assert vmap(np.sum)(np.zeros((0, 3))).shape == (0,)
    assert vmap(grad(lambda a: np.prod(a)))(np.zeros((0, 3))).shape == (0, 3)
    assert vmap(np.linalg.det)(np.zeros((0, 3, 3))).shape == (0,)


def test_nested_and_among_other_transforms():
    x, y = np.linspace(0.1, 1, 3), np.linspace(-1, 1, 4)
    outer = vmap(lambda a: vmap(lambda b: a * np.sin(b))(y))(x)
    assert np.allclose(outer, np.outer(x, np.sin(y)))

    def f(a: Any) -> Any:
        return np.sum(vmap(lambda b: a**2 * b**3)(y))

    assert np.allclose(grad(f)(2.0), 4 * np.sum(y**3))
    assert np.allclose(hessian(f)(2.0), 2 * np.sum(y**3))
    assert np.allclose(vmap(hessian(lambda v: np.prod(v)))(np.ones((2, 3)))[0], 1 - np.eye(3))
    assert np.allclose(jvp(vmap(np.sin), (x,), (np.ones(3),))[1], np.cos(x))
    assert np.allclose(vmap(lambda a: jvp(np.sin, (a,), (1.0,))[1])(x), np.cos(x))
    both = vmap(vmap(grad(lambda a, b: a * b**2), in_axes=(None, 0)), in_axes=(0, None))(x, y)
    assert np.allclose(both, np.tile(y**2, (3, 1)))
    assert np.allclose(jacobian(vmap(lambda a: a**2))(x), np.diag(2 * x))


def test_values_the_function_closes_over():
    w = Value(np.ones(2))
    np.sum(vmap(lambda x: w * x)(np.arange(6.0).reshape(3, 2))).backward()
    assert np.array_equal(w.grad, [6.0, 9.0])
    x = Value(np.arange(3.0))
    found = vmap(lambda a: a**2)(x)
    assert type(found) is Value
    found.sum().backward()
    assert np.array_equal(x.grad, [0.0, 2.0, 4.0])
    with no_grad():
        assert not vmap(lambda a: a * w)(x).requires_grad
    assert type(vmap(lambda a: a * 2)(np.ones(3))) is np.ndarray


def test_indices_that_depend_on_the_example():
    x = np.array([[3.0, 1.0, 2.0], [0.0, 5.0, 4.0]])
    assert np.array_equal(vmap(np.sort)(x), np.sort(x))
    assert np.array_equal(vmap(lambda a: a[np.argmax(a)])(x), [3.0, 5.0])
    shared = Value(x[0], requires_grad=False)
    assert np.array_equal(vmap(lambda i: shared[i])(np.array([2, 0])), [2, 3])
    with pytest.raises(ConversionError, match=r"requires_grad=False\)\[i\]"):
        vmap(lambda i: x[0][i])(np.array([2, 0]))
    table = np.arange(12.0).reshape(2, 3, 2)
    picked = vmap(lambda a, i: a[:, i])(table, np.array([1, 0]))
    assert np.array_equal(picked, np.stack([table[0][:, 1], table[1][:, 0]]))
    picked = vmap(lambda a, i: a[:, np.newaxis, i])(table, np.array([[1, 0], [0, 0]]))
    assert np.array_equal(picked, np.stack([table[0][:, None, [1, 0]], table[1][:, None, [0, 0]]]))
    apart = vmap(lambda a, i: a[i, np.newaxis, i])(table, np.array([[1, 0], [0, 0]]))
    assert np.array_equal(apart[0], table[0][[1, 0], None, [1, 0]])
    slopes = vmap(grad(lambda a, i: np.sum(a[:, i] ** 2)))(table, np.array([1, 0]))
    assert np.array_equal(slopes[0], 2 * table[0] * [0, 1])


def test_filling_an_array():
    def running(x: Any) -> Any:
        v = x.copy()
        for i in range(1, 3):
            v[i] = v[i - 1] * x[i]
        v[[0, 2]] = v[[2, 0]]
        return v

    x = np.arange(1.0, 7.0).reshape(2, 3)
    expected = np.cumprod(x, axis=1)[:, [2, 1, 0]]
    assert np.array_equal(vmap(running)(x), expected)
    slopes = vmap(grad(lambda a: running(a)[0]))(x)
    assert np.allclose(slopes, expected[:, :1] / x)


@pytest.mark.parametrize("axis", [0, -1])
@pytest.mark.parametrize(
    "f",
    [np.sum, np.max, np.ptp, np.nansum, np.argmax, np.cumsum, logsumexp, softmax, log_softmax],
)
def test_an_axis_of_a_number_is_not_the_axis_of_the_examples(f: Any, axis: int):
    """NumPy takes the axes 0 and -1 of a number: softmax(2.0, axis=-1) is 1, not a share."""
    x = np.array([0.3, 1.0, -2.0])
    options = [{}] if f in (np.cumsum, softmax, log_softmax) else [{}, {"keepdims": True}]
    for more in options:
        found = vmap(lambda t, more=more: f(t, axis=axis, **more))(x)
        np.testing.assert_allclose(found, np.stack([f(t, axis=axis, **more) for t in x]))
    if f is not np.argmax:
        slopes = vmap(grad(lambda t: np.sum(f(t * t, axis=axis))))(x)
        loop = [grad(lambda t: np.sum(f(t * t, axis=axis)))(t) for t in x]
        np.testing.assert_allclose(slopes, np.stack(loop), atol=1e-15)


def test_a_masked_pole_leaks_nothing():
    def f(x: Any) -> Any:
        return np.sum(np.where(x > 0, np.log(x) + np.sqrt(x), 0.0))

    with np.errstate(all="ignore"):
        found = vmap(grad(f))(np.array([[0.0, 1.0], [-1.0, 4.0]]))
    assert np.array_equal(found, [[0.0, 1.5], [0.0, 0.5]])


@pytest.mark.parametrize("form", [(slice(None),), (Ellipsis,), ()])
def test_a_masked_assignment_with_all_of_the_other_axes(form: Any):
    def f(x: Any) -> Any:
        y = x * 1.0
        y[(x[:, 0] > 0, *form)] = 7.0
        return y

    x = np.random.default_rng(0).standard_normal((4, 5, 3))
    expected = [f(part) for part in x]
    assert np.array_equal(vmap(f)(x), expected)


# What cannot be mapped


def test_branching_on_contents_raises():
    with pytest.raises(ConversionError, match=r"np\.where"):
        vmap(lambda x: x if x > 0 else -x)(np.ones(2))
    with pytest.raises(ConversionError):
        vmap(lambda x: float(x))(np.ones(2))
    with pytest.raises(ConversionError, match="traced boolean"):
        vmap(lambda x: x[x > 0])(np.ones((2, 3)))


def test_arguments_that_do_not_fit():
    with pytest.raises(ShapeError, match="3 and 2"):
        vmap(lambda a, b: a + b)(np.ones(3), np.ones(2))
    with pytest.raises(ArgumentError, match="map over"):
        vmap(lambda a: a, in_axes=None)(np.ones(3))
    with pytest.raises(ArgumentError, match="axis 0"):
        vmap(lambda a: a)(1.0)
    with pytest.raises(ArgumentError, match="structure"):
        vmap(lambda a, b: a, in_axes=(0,))(np.ones(3), np.ones(3))
    with pytest.raises(ArgumentError, match="out_axes"):
        vmap(lambda a: a, out_axes=1)(np.ones(3))


def test_assigning_to_what_is_outside_raises():
    w = Value(1.0)

    def f(x: Any) -> Any:
        w.assign(2.0)
        return x * w

    with pytest.raises(AssignmentError, match="one run of a function"):
        vmap(f)(np.ones(2))
    assert w.data == 1.0


def test_a_wrong_way_to_take_the_axis_would_be_seen(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(row_of("sum"), "batch", leading.elementwise)
    vectorizing._batch_of.cache_clear()
    case = next(case for case in CASES if case.of is np.sum)
    with pytest.raises((AssertionError, ValueError)):
        test_every_case_is_as_in_a_loop(case)
    vectorizing._batch_of.cache_clear()


def test_plain_arrays_give_plain_arrays_also_for_an_argument_that_is_shared():
    def f(a: Any, b: Any) -> Any:
        return np.sum(np.tanh(a * b) ** 2)

    a, b = np.linspace(0.1, 1.0, 6).reshape(2, 3), np.ones(3)
    both = grad(f, argnum=(0, 1))
    found = vmap(both, in_axes=(0, None))(a, b)
    expected = [np.stack(rows) for rows in zip(*(both(row, b) for row in a), strict=True)]
    for one, other in zip(found, expected, strict=True):
        assert type(one) is np.ndarray
        np.testing.assert_allclose(one, other)
    # A Value from outside that requires a gradient is still differentiated by.
    w = Value(b)
    recorded = vmap(lambda x: both(x, w * 2.0)[1])(a)
    assert recorded.requires_grad
    recorded.sum().backward()
    expected = grad(lambda w: sum(np.sum(both(row, w * 2.0)[1]) for row in a))(b)
    np.testing.assert_allclose(w.grad, expected)


_MASKED: list[Callable[[Any], Any]] = [
    lambda z: _filled(z, z > 0, 7.0),
    lambda z: _filled(z, z > 0, np.array([7.0])),
    lambda z: _filled(np.outer(z, z), z > 0, np.array([7.0, 8.0, 9.0])),
    lambda z: _filled(np.outer(z, z), (slice(None), z > 0), 3.0),
    lambda z: _filled(np.outer(z, z), (Ellipsis, z > 0), 3.0 * z[:, np.newaxis]),
    lambda z: _filled(np.outer(z, z), np.outer(z, z) > 0, z[0]),
    lambda z: _filled(z, z[0] > 0, 3.0 * z),
]


def _filled(z: Any, index: Any, new: Any) -> Any:
    z = z * 1.0
    z[index] = new
    return z


@pytest.mark.parametrize("f", _MASKED)
def test_assigning_through_a_mask_of_the_example_s_own(f: Callable[[Any], Any]) -> None:
    x = np.array([[1.0, -2.0, 3.0], [-3.0, 4.0, -5.0]])
    for g in (f, grad(lambda z: np.sum(np.tanh(f(z))))):
        expected = np.stack([g(row) for row in x])
        np.testing.assert_allclose(vmap(g)(x), expected)
        compiled = jit(g)
        np.testing.assert_allclose(np.stack([compiled(row) for row in (*x, *x)][2:]), expected)


def test_masks_whose_number_of_places_matters_name_np_where() -> None:
    x = np.array([[1.0, -2.0, 3.0], [-3.0, 4.0, -5.0]])
    for new in (np.ones(2), np.ones((2, 1))):
        with pytest.raises(ConversionError, match=r"x = np\.where\(mask, new, x\)"):
            vmap(lambda z, new=new: _filled(z, z > 0, new))(x)
    with pytest.raises(IndexError, match=r"axes that it is for, \(3,\)"):
        vmap(lambda z: _filled(z, z[:1] > 0, 1.0))(x)
    with pytest.raises(ValueError, match="places of a mask"):
        vmap(lambda z: _filled(np.outer(z, z), z > 0, np.ones(2)))(x)
    with pytest.raises(TypeError, match="integers or booleans"):
        vmap(lambda z: _filled(z, z, 1.0))(x)


@pytest.mark.parametrize("compiled", [False, True])
def test_vmap_of_a_pullback_over_the_unit_vectors_is_a_plain_jacobian(compiled):
    def f(x):
        return np.sin(x) * x[0]

    x = np.array([0.3, 1.0, 2.0])
    through = jit if compiled else lambda f: f
    rows = through(vmap(vjp(f, x)[1]))
    columns = through(vmap(linearize(f, x)[1]))
    for _ in range(3):
        (found,) = rows(np.eye(3))
        assert type(found) is np.ndarray and type(columns(np.eye(3))) is np.ndarray
        np.testing.assert_allclose(found, jacobian(f)(x))
        np.testing.assert_allclose(columns(np.eye(3)).T, jacobian(f)(x))
