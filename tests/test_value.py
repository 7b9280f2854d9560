"""`Value` by itself: what it holds, how it shows, what it becomes, what assigning to it does."""

import copy
import itertools
import math
import operator
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograd import Value, grad, no_grad, relu
from autograd.errors import (
    AssignmentError,
    AutogradError,
    ConversionError,
    DTypeError,
    ShapeError,
    UnsupportedError,
)

finite = st.floats(-1e6, 1e6)


def same(a: Any, b: Any) -> bool:
    """Equal numbers of one type, dtype and shape."""
    return (
        type(a) is type(b)
        and np.asarray(a).dtype == np.asarray(b).dtype
        and np.array_equal(np.asarray(a), np.asarray(b))
        and np.shape(a) == np.shape(b)
    )


# Construction


@pytest.mark.parametrize(
    ("data", "requires_grad", "held"),
    [
        (2.5, True, 2.5),
        (2, True, 2.0),
        (True, True, 1.0),
        (2, False, 2),
        (np.float64(2.5), True, 2.5),
        (np.float32(2.5), True, np.float32(2.5)),
        (1 + 2j, True, np.array(1 + 2j)),
        ([1, 2], True, np.array([1.0, 2.0])),
        ([1, 2], False, np.array([1, 2])),
        ([True, False], True, np.array([1.0, 0.0])),
        ([[1.0], [2.0]], True, np.array([[1.0], [2.0]])),
        (np.array([1.5], np.float32), True, np.array([1.5], np.float32)),
        (np.array([1, 2], np.int8), True, np.array([1.0, 2.0])),
        (np.array([1, 2], np.int8), False, np.array([1, 2], np.int8)),
        (np.zeros((0, 3)), True, np.zeros((0, 3))),
        (np.array([1j], np.complex64), True, np.array([1j], np.complex64)),
    ],
)
def test_what_a_value_holds(data: Any, requires_grad: bool, held: Any) -> None:
    v = Value(data, requires_grad=requires_grad)
    assert same(v.data, held) or (np.ndim(held) == 0 and same(np.asarray(v.data), held))
    assert v.requires_grad is requires_grad
    assert v.is_leaf
    assert v.op is None
    assert v.inputs == ()
    assert v.versions == []
    assert v.name is None
    assert v.grad == (0.0 if type(v.data) is float else None)
    assert v.shape == np.shape(held)
    assert v.ndim == np.ndim(held)
    assert v.size == np.size(held)
    assert v.dtype == np.asarray(held).dtype
    assert v.nbytes == v.size * v.itemsize == np.asarray(held).nbytes


@pytest.mark.parametrize("dtype", [np.float32, "float64", np.complex128, np.float16])
@pytest.mark.parametrize("data", [1, 2.5, np.float64(2.5), [1, 2], np.arange(3)])
def test_dtype_converts(data: Any, dtype: Any) -> None:
    assert Value(data, dtype=dtype).dtype == np.dtype(dtype)
    assert np.allclose(Value(data, dtype=dtype).numpy(), data)


@given(hnp.arrays(np.float64, hnp.array_shapes(min_dims=0, max_dims=3), elements=finite))
def test_a_value_owns_its_array(a: np.ndarray) -> None:
    before = a.copy()
    v = Value(a)
    a += 1.0
    assert np.array_equal(v.numpy(), before)
    assert not np.shares_memory(v.numpy(), a)


def test_a_value_of_a_constant_value_has_its_data() -> None:
    assert Value(Value([1, 2], requires_grad=False)).data.dtype == np.float64
    v = Value([1.0])
    with no_grad():
        w = Value(v)
    assert w.is_leaf
    assert w.requires_grad
    assert not np.shares_memory(v.data, w.data)


@pytest.mark.parametrize(
    "data",
    ["1.0", [1.0, "a"], [[1.0], [1.0, 2.0]], None, {"a": 1}, object(), np.array(["a"]), {1, 2}],
)
def test_data_that_are_no_numbers_are_refused(data: Any) -> None:
    with pytest.raises(DTypeError):
        Value(data)


@pytest.mark.parametrize(
    "use",
    [
        lambda masked, v: masked * v,
        lambda masked, v: masked < v,
        lambda masked, v: np.ma.sin(v),
        lambda masked, v: np.ma.where(masked > 1, v, 0.0),
        lambda masked, v: masked.__setitem__(0, v[0]),
        lambda masked, v: v * masked,
    ],
)
def test_masked_arrays_lose_no_gradient_in_silence(use: Any) -> None:
    """They read `_data` of their operands, which a Value has; without care the gradient is 1."""
    masked = np.ma.array([1.0, 2.0], mask=[False, True])
    with pytest.raises(DTypeError, match=r"np\.where for (the|a) mask"):
        grad(lambda v: np.sum(v) + np.sum(use(masked, v)))(np.ones(2))


def test_no_subclasses() -> None:
    with pytest.raises(DTypeError, match="Parameter"):
        type("Parameter", (Value,), {})


def test_order_counts_up() -> None:
    made = [Value(1.0)]
    made += [made[0] * 2.0, Value([1.0]), Value(1.0, requires_grad=False)]
    assert all(a.order < b.order for a, b in itertools.pairwise(made))


# Text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Value(2.0), "Value(data=2.0, grad=0.0)"),
        (Value(2.0, name="x"), "Value(data=2.0, grad=0.0, name='x')"),
        (Value(2.0) * 3.0, "Value(data=6.0, grad=0.0, op=multiply)"),
        (Value(2, requires_grad=False), "Value(data=2, requires_grad=False)"),
        (Value([1.0, 2.0]), "Value(data=[1., 2.], shape=(2,), dtype=float64, grad=None)"),
        (Value(np.float32(0.5)), "Value(data=0.5, dtype=float32, grad=None)"),
    ],
)
def test_repr(value: Value, text: str) -> None:
    assert repr(value) == str(value) == f"{value}" == text


def test_repr_shows_the_gradient() -> None:
    v = Value(2.0)
    (v * v).backward()
    assert repr(v) == "Value(data=2.0, grad=4.0)"


@pytest.mark.parametrize("spec", [".3f", "8.2e", "+.1f", "g"])
def test_format_specs(spec: str) -> None:
    x = math.pi
    assert format(Value(x), spec) == format(Value(x) * 1.0, spec) == format(x, spec)
    assert format(Value(np.float32(2.5)), spec) == format(2.5, spec)
    assert format(Value([x, 2.0]), spec) == f"[{format(x, spec)} {format(2.0, spec)}]"


def test_name() -> None:
    v = Value(1.0)
    v.name = "a"
    v.name = "b"
    assert v.name == "b"
    assert Value([1.0], name="w").name == "w"


# Conversions

CONVERSIONS: list[Callable[[Any], Any]] = [float, int, complex, np.asarray, np.array, Value]


@pytest.mark.parametrize("convert", CONVERSIONS)
@pytest.mark.parametrize("data", [2.0, np.float32(2.0)])
def test_no_gradient_is_lost_in_silence(convert: Callable[[Any], Any], data: Any) -> None:
    for v in (Value(data), Value(data) * 2.0):
        with pytest.raises(ConversionError) as caught:
            convert(v)
        assert isinstance(caught.value, TypeError)
        assert v.item() == float(v.detach())
        with no_grad():
            assert convert(v) is not None
    assert convert(Value(data, requires_grad=False)) == 2.0


def test_index_and_bool() -> None:
    three = Value(3, requires_grad=False)
    assert list(range(10))[three] == 3
    assert bool(Value(3.0))
    assert not Value(0.0)
    with pytest.raises(ValueError, match="ambiguous"):
        bool(Value([1.0, 2.0]))


def test_numpy_and_item_and_tolist() -> None:
    v = Value([[1.0, 2.0]])
    assert v.numpy() is v.data
    assert v.tolist() == [[1.0, 2.0]]
    assert Value([[4.0]]).item() == 4.0
    assert type(Value(np.float32(4.0)).item()) is float
    with pytest.raises(ValueError):
        v.item()


def test_detach() -> None:
    v = Value([1.0, 2.0])
    d = (v * 2.0).detach()
    assert d.is_leaf
    assert not d.requires_grad
    assert not (d * 2.0).requires_grad
    assert np.array_equal(np.asarray(d), [2.0, 4.0])


# Assigning


@given(hnp.arrays(np.float32, (2, 3), elements=st.floats(-4, 4, width=32)))
def test_assign_rebinds_casts_and_never_writes(a: np.ndarray) -> None:
    v = Value(np.zeros((2, 3), np.float32))
    old, order = v.data, v.order
    assert v.assign(a.astype(np.float64)) is v
    assert v.data.dtype == np.float32
    assert np.array_equal(v.data, a)
    assert not old.any()
    assert v.order > order
    v.data = np.ones((2, 3))
    assert np.array_equal(v.data, np.ones((2, 3)))
    v.data -= 0.5
    assert np.array_equal(v.data, np.full((2, 3), 0.5))


def test_assign_keeps_the_kind_of_number() -> None:
    x = Value(1.0)
    for given_data in (2, np.float64(2.0), np.array(2.0), np.int64(2), Value(2.0)):
        assert x.assign(0.0).assign(given_data).data == 2.0
        assert type(x.data) is float
    y = Value(np.float32(1.0)).assign(2.0)
    assert type(y.data) is np.float32


@pytest.mark.parametrize(
    ("data", "new", "error"),
    [
        (1.0, [1.0], ShapeError),
        ([1.0, 2.0], [1.0], ShapeError),
        ([1.0, 2.0], 1.0, ShapeError),
        ([1.0], [1j], DTypeError),
        (1.0, 1j, DTypeError),
        ([1.0], ["a"], DTypeError),
    ],
)
def test_assign_refuses(data: Any, new: Any, error: type[AutogradError]) -> None:
    v = Value(data, name="weight")
    order = v.order
    with pytest.raises(error):
        v.assign(new)
    with pytest.raises(error):
        v.data = new
    assert v.order == order
    assert np.array_equal(v.numpy(), data)


def test_assign_to_a_result_is_refused() -> None:
    with pytest.raises(AssignmentError, match="multiply"):
        (Value(2.0) * 3.0).assign(1.0)


AUGMENTED = [
    (operator.iadd, operator.add),
    (operator.isub, operator.sub),
    (operator.imul, operator.mul),
    (operator.itruediv, operator.truediv),
    (operator.ipow, operator.pow),
    (operator.imod, operator.mod),
]


@pytest.mark.parametrize(("augmented", "plain"), AUGMENTED)
def test_augmented_assignment_makes_a_new_value(augmented: Any, plain: Any) -> None:
    v = w = Value([3.0, 4.0])
    v = augmented(v, 2.0)
    assert v is not w
    assert np.array_equal(w.data, [3.0, 4.0])
    assert np.array_equal(v.data, plain(w.data, 2.0))
    v.sum().backward()
    assert w.grad is not None
    with no_grad():
        with pytest.raises(AssignmentError, match="assign"):
            augmented(w, 2.0)
        assert np.array_equal(augmented(w.detach(), 2.0).data, v.data)
    m = Value(np.eye(2))
    m @= np.ones((2, 2))
    assert np.array_equal(m.data, np.ones((2, 2)))


def test_a_floor_division_in_place_makes_a_plain_array() -> None:
    v: Any = Value([3.0, 4.0])
    with no_grad(), pytest.raises(AssignmentError, match="assign"):
        v //= 2.0
    v //= 2.0
    assert type(v) is np.ndarray and np.array_equal(v, [1.0, 2.0])


@pytest.mark.parametrize(("augmented", "plain"), AUGMENTED)
def test_an_ndarray_is_not_changed_in_place(augmented: Any, plain: Any) -> None:
    a = np.array([3.0, 4.0])
    with pytest.raises(UnsupportedError, match=r"a = a \+ v"):
        augmented(a, Value([1.0, 2.0]))
    assert np.array_equal(a, [3.0, 4.0])
    assert np.array_equal(plain(a, Value([1.0, 2.0])).data, plain(a, np.array([1.0, 2.0])))


# Copies


@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v))]
)
@pytest.mark.parametrize("data", [2.0, np.float32(2.0), np.arange(3.0)])
def test_copies_are_detached_leaves(copied: Callable[[Any], Any], data: Any) -> None:
    for v in (Value(data, name="x"), Value(data) * 2.0, Value(data, requires_grad=False)):
        w = copied(v)
        assert w.is_leaf
        assert w.order > v.order
        assert w.name == v.name
        assert w.requires_grad is v.requires_grad
        assert same(w.data, v.data)
        assert not np.shares_memory(w.numpy(), v.numpy()) or type(v.data) is not np.ndarray
        assert w.grad == (0.0 if type(data) is float and v.requires_grad else None) or w.grad == 0


def test_the_method_copy_is_recorded() -> None:
    v = Value([1.0, 2.0])
    w = v.copy()
    assert w.inputs[0] is v
    assert not np.shares_memory(v.data, w.data)


# Iteration, comparison, NumPy's protocols


def test_iteration() -> None:
    v = Value([[1.0, 2.0], [3.0, 4.0]])
    rows = list(v)
    assert len(v) == 2
    assert [row.tolist() for row in rows] == [[1.0, 2.0], [3.0, 4.0]]
    rows[1].sum().backward()
    assert np.array_equal(v.grad, [[0.0, 0.0], [1.0, 1.0]])
    assert 3.0 in v
    assert 5.0 not in v
    a, b = Value([1.0, 2.0])
    assert (a.item(), b.item()) == (1.0, 2.0)


def test_comparisons_are_elementwise_and_hash_is_by_identity() -> None:
    v, w = Value([1.0, 2.0]), Value([1.0, 3.0])
    assert type(v == w) is np.ndarray
    assert (v == w).tolist() == [True, False]
    assert (v != w).tolist() == [False, True]
    assert [(v < 2).tolist(), (v <= 1).tolist()] == [[True, False], [True, False]]
    assert [(v > 2).tolist(), (w >= v).tolist()] == [[False, False], [True, True]]
    assert len({v, w, v, Value([1.0, 2.0])}) == 3


@pytest.mark.parametrize("order", ["value first", "array first"])
@pytest.mark.parametrize(
    "op", [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow, operator.mod]
)
def test_operators_with_arrays_and_numbers(op: Any, order: str) -> None:
    a, b = np.array([2.0, 3.0]), np.array([1.5, 2.5])
    for other in (b, 2, 2.5, np.float64(2.5), np.int64(2), [1.5, 2.5]):
        pair = (Value(a), other) if order == "value first" else (other, Value(a))
        raw = (a, np.asarray(other)) if order == "value first" else (np.asarray(other), a)
        assert type(op(*pair)) is Value
        assert np.array_equal(op(*pair).data, op(*raw))


def test_ndarray_item_assignment_refuses_a_value() -> None:
    a = np.zeros(2)
    for v in (Value(2.0), Value([1.0, 2.0])):
        with pytest.raises((TypeError, ValueError)) as caught:
            a[0] = v
        error: BaseException | None = caught.value
        while error is not None and not isinstance(error, ConversionError):
            error = error.__cause__
        assert error is not None
        assert "np.stack" in str(error)
    assert not a.any()
    a[0] = Value(2.0).item()
    a[1] = Value(3.0, requires_grad=False)
    assert a.tolist() == [2.0, 3.0]


# Programs of scalars, with numbers known by hand or from finite differences


def by_hand(x: Any) -> Any:
    """At -4: z = -10, q = 40, h = 100, y = -20; dy/dx = 2 z 3 + (3x + z)(1 + x) + q = 46."""
    z = 2 * x + 2 + x
    q = relu(z) + z * x
    h = relu(z * z)
    return h + q + q * x


def test_a_program_done_by_hand() -> None:
    x = Value(-4.0)
    y = by_hand(x)
    y.backward()
    assert (y.data, x.grad) == (-20.0, 46.0)


def everything(a: Any, b: Any) -> Any:
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + relu(b + a)
    d += 3 * d + relu(b - a)
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    return g + np.tanh(a) * np.exp(-b) - 2.0**b + abs(a) ** b + b % 0.7


@given(st.floats(-3, 3).filter(lambda x: abs(x) > 0.1), st.floats(0.75, 1.35))
def test_a_program_of_every_operator(a: float, b: float) -> None:
    x, y = Value(a), Value(b)
    if abs(abs(a) - b) < 1e-3:  # a kink of relu
        return
    out = everything(x, y)
    assert type(out.data) is float
    assert out.data == pytest.approx(float(everything(a, b)), rel=1e-12)
    out.backward()
    h = 1e-6
    scale = 1 + abs(out.data)
    for v, low, high in (
        (x, everything(a - h, b), everything(a + h, b)),
        (y, everything(a, b - h), everything(a, b + h)),
    ):
        assert v.grad == pytest.approx((high - low) / (2 * h), rel=1e-4, abs=1e-6 * scale)


def test_a_gradient_has_the_shape_of_the_data():
    v = Value(np.ones(3))
    for gradient in (None, 0.0, 0, np.ones(3), Value(np.zeros(3))):
        v.grad = gradient
    v.grad = [1.0, 2.0, 3.0]
    assert np.array_equal(v.grad, np.array([1.0, 2.0, 3.0]))
    for gradient in (np.ones(4), np.ones((1, 3)), Value(np.ones(2))):
        with pytest.raises(ShapeError, match=r"a gradient of the data's shape, \(3,\)"):
            v.grad = gradient
