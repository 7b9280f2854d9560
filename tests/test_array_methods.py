"""A Value has ndarray's methods: the same arguments in the same order, the same results."""

from typing import Any

import numpy as np
import pytest

from autograd import Value, grad, jacobian
from autograd.errors import AssignmentError, AutogradError

X = np.array([[3.0, -1.0, 2.0], [0.5, 4.0, -2.0]])
MASK = X > 0

# (method, positional arguments, keyword arguments), in NumPy's order
CALLS: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    ("all", (0,), {"where": MASK}),
    ("all", (0,), {"keepdims": True}),
    ("any", (1,), {"keepdims": True}),
    ("argmax", (1,), {"keepdims": True}),
    ("argmin", (), {}),
    ("argpartition", (1, 1), {}),
    ("argsort", (0, "stable"), {}),
    ("astype", (np.float32, "K", "unsafe", True, True), {}),
    ("astype", (np.float32,), {"casting": "same_kind"}),
    ("clip", (-1.0, 1.0), {}),
    ("clip", (), {"min": 0.0}),
    ("compress", ([True, False, True], 1), {}),
    ("conj", (), {}),
    ("conjugate", (), {}),
    ("copy", ("F",), {}),
    ("cumprod", (1, np.float32), {}),
    ("cumsum", (0,), {"dtype": np.float32}),
    ("cumsum", (), {}),
    ("diagonal", (1, 0, 1), {}),
    ("dot", (X.T,), {}),
    ("flatten", ("F",), {}),
    ("flatten", ("f",), {}),
    ("flatten", (None,), {}),
    ("ravel", ("f",), {}),
    ("reshape", (3, 2), {"order": "f"}),
    ("max", (1, None, True), {}),
    ("max", (), {"initial": 10.0, "where": MASK}),
    ("mean", (1, np.float32, None, True), {}),
    ("mean", (0,), {"where": MASK}),
    ("min", (), {"axis": 0, "keepdims": True}),
    ("nonzero", (), {}),
    ("prod", (0, np.float32, None, True, 2.0, MASK), {}),
    ("ravel", ("F",), {}),
    ("repeat", (2, 1), {}),
    ("reshape", (3, -1), {}),
    ("reshape", ((3, 2),), {"order": "F"}),
    ("round", (1,), {}),
    ("squeeze", (), {}),
    ("std", (1, None, None, 1, True), {}),
    ("std", (), {"where": MASK}),
    ("sum", (0, np.float32, None, True, 1.0, MASK), {}),
    ("sum", ((0, 1),), {}),
    ("swapaxes", (0, 1), {}),
    ("take", ([0, 2], 1, None, "clip"), {}),
    ("tobytes", (), {}),
    ("tolist", (), {}),
    ("trace", (1,), {}),
    ("transpose", (1, 0), {}),
    ("transpose", ((1, 0),), {}),
    ("var", (0, None, None, 1, True), {}),
    ("item", (4,), {}),
]

# What makes no sense for a number with a derivative, or is about memory and files.
WITHOUT = {
    *("byteswap", "ctypes", "data", "device", "dump", "dumps", "flags", "getfield", "base"),
    *("setfield", "setflags", "to_device", "tofile", "view", "resize"),
}
IN_PLACE: list[tuple[str, tuple[Any, ...]]] = [
    ("sort", ()),
    ("sort", (0,)),
    ("partition", (1,)),
    ("fill", (7.0,)),
    ("put", ([0, 4], [10.0, 20.0])),
]


def same(found: Any, expected: Any) -> None:
    if isinstance(expected, tuple):
        for a, b in zip(found, expected, strict=True):
            same(a, b)
        return
    found = found.data if type(found) is Value else found
    assert np.shape(found) == np.shape(expected)
    assert np.asarray(found).dtype == np.asarray(expected).dtype
    np.testing.assert_array_almost_equal(found, expected) if not isinstance(
        expected, bytes
    ) else pytest.approx(found == expected)


@pytest.mark.parametrize("call", CALLS, ids=lambda call: f"{call[0]} {call[1]}"[:40])
def test_a_method_is_that_of_an_array(call: tuple[str, tuple[Any, ...], dict[str, Any]]):
    name, args, kwargs = call
    same(getattr(Value(X), name)(*args, **kwargs), getattr(X, name)(*args, **kwargs))


@pytest.mark.parametrize(("name", "args"), IN_PLACE)
def test_what_writes_in_place_does_so_and_is_recorded(name: str, args: tuple[Any, ...]):
    def f(x: Any) -> Any:
        v = x.copy()
        assert getattr(v, name)(*args) is None
        return v

    leaf = Value(X)
    same(f(leaf), f(X))
    weights = np.arange(6.0).reshape(2, 3)
    slopes = grad(lambda x: np.sum(weights * f(x)))(X)
    h = 1e-6
    for i in np.ndindex(2, 3):
        step = np.zeros_like(X)
        step[i] = h
        numeric = np.sum(weights * (f(X + step) - f(X - step))) / (2 * h)
        assert abs(numeric - slopes[i]) < 1e-6
    with pytest.raises(AssignmentError):
        getattr(leaf, name)(*args)


def test_no_method_is_forgotten():
    tested = {name for name, *_ in (*CALLS, *IN_PLACE)}
    properties = {"T", "mT", "real", "imag", "shape", "size", "ndim", "dtype", "itemsize"}
    properties |= {"nbytes", "flat", "strides", "choose", "searchsorted"}
    missing = {name for name in dir(X) if not name.startswith("_")} - tested - properties - WITHOUT
    assert not missing
    for name in tested | properties:
        assert hasattr(Value(X), name), name


def test_properties_and_the_methods_of_integers():
    v = Value(X)
    for name in ("shape", "size", "ndim", "dtype", "itemsize", "nbytes", "strides"):
        assert getattr(v, name) == getattr(X, name)
    assert [x.item() for x in v.flat] == X.ravel().tolist()
    assert np.array_equal(Value(np.arange(3.0)).searchsorted([0.5, 2.5], "right"), [1, 3])
    chosen = Value(np.array([1, 0]), requires_grad=False).choose([v[0, :2], v[1, :2]])
    assert np.array_equal(chosen.data, [0.5, -1.0])


@pytest.mark.parametrize(
    "name",
    [
        *("sum", "mean", "prod", "max", "min", "var", "std", "cumsum", "cumprod", "clip"),
        *("argmax", "any", "all", "round", "trace"),
    ],
)
def test_out_is_refused_with_a_reason(name: str):
    with pytest.raises(AutogradError, match=r"(?s)out.*remedy"):
        getattr(Value(X), name)(out=np.zeros(2))
    with pytest.raises(AssignmentError, match=r"np\.resize"):
        Value(X).copy().resize(3, 2)
    with pytest.raises(TypeError):
        Value(X).astype(np.int64, casting="same_kind")


def test_masks_combine_with_plain_booleans():
    mask = np.greater(Value(X), 0)
    assert np.array_equal(True & mask, MASK)
    assert np.array_equal(False | mask, MASK)


@pytest.mark.parametrize(
    ("method", "args"),
    [("ravel", ("X",)), ("ravel", (5,)), ("compress", (True,))],
)
def test_what_numpys_methods_refuse_is_refused(method: str, args: tuple[Any, ...]):
    with pytest.raises((TypeError, ValueError)):
        getattr(X, method)(*args)
    with pytest.raises(AutogradError):
        getattr(Value(X), method)(*args)


def test_one_axis_may_be_given_as_a_number():
    np.testing.assert_array_equal(grad(lambda v: np.sum(np.transpose(v, 0) * X[0]))(X[1]), X[0])


def test_the_transpose_of_a_number_is_that_number() -> None:
    v = Value(0.5)
    v.T.backward()
    assert (v.grad, grad(np.transpose)(0.5), grad(lambda x: x.T * x)(2.0)) == (1.0, 1.0, 4.0)
    assert jacobian(np.transpose)(0.5) == 1.0
