"""autograd.numpy: every name of NumPy's, NumPy's results without Values, and lists of Values."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd.numpy as anp
from autograd import Value, gradcheck, jacobian, jit, jvp, vmap
from autograd.errors import (
    ArgumentError,
    AutogradError,
    ConversionError,
    ShapeError,
    UnsupportedError,
)
from autograd.numpy import fft, linalg, random
from autograd.numpy.draws import FAMILIES
from benchmarks.coverage.names import functions
from benchmarks.coverage.probe import evaluate, leaves
from benchmarks.coverage.samples import CONSTANTS, SAMPLES, VARIABLES

X = np.array([[1.0, 2.0], [3.0, 4.0]])

# The namespace

NAMESPACES = ((anp, np), (linalg, np.linalg), (fft, np.fft), (random, np.random))


@pytest.mark.parametrize(("ours", "theirs"), NAMESPACES, ids=lambda m: m.__name__)
def test_every_public_name_is_there(ours: Any, theirs: Any):
    for name in theirs.__all__:
        thing = getattr(theirs, name)
        assert hasattr(ours, name), name
        assert callable(getattr(ours, name)) == callable(thing)
    assert set(theirs.__all__) <= set(dir(ours))


def test_names_keep_what_describes_them():
    assert anp.sin.__name__ == "sin" and anp.sin.__doc__ == np.sin.__doc__
    assert anp.add.nin == 2 and anp.pi == np.pi and anp.float32 is np.float32
    assert anp.linalg is linalg and anp.random is random and anp.fft is fft
    assert anp.testing is np.testing
    assert anp.lib.NumpyVersion is np.lib.NumpyVersion and "stride_tricks" in dir(anp.lib)
    with pytest.raises(AttributeError, match="no_such_function"):
        _ = anp.no_such_function


def test_star_import_brings_the_functions():
    namespace: dict[str, Any] = {}
    exec("from autograd.numpy import *", namespace)
    assert namespace["array"] is anp.array and namespace["einsum"] is anp.einsum


KNOWN = SAMPLES | CONSTANTS


@pytest.mark.parametrize("full", [full for full in functions() if full in KNOWN])
def test_without_values_every_function_is_numpys(full: str):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for expression in KNOWN[full].split(" | "):
            found = leaves(evaluate(expression, anp, VARIABLES))
            wanted = leaves(evaluate(expression, np, VARIABLES))
            for y, expected in zip(found, wanted, strict=True):
                assert type(y) is type(expected) or isinstance(expected, np.poly1d)
                np.testing.assert_array_equal(y, expected)


# Names that HIPS's autograd.numpy has beyond NumPy's


def test_make_diagonal_is_what_diagonal_takes_out():
    rows = np.arange(6.0).reshape(2, 3)
    made = anp.make_diagonal(rows, axis1=-1, axis2=-2)
    np.testing.assert_array_equal(made, [np.diag(row) for row in rows])
    assert type(made) is np.ndarray and made.dtype == rows.dtype
    assert anp.make_diagonal(np.ones(2, np.float32)).dtype == np.float32
    np.testing.assert_array_equal(anp.make_diagonal([1, 2], -1), np.diag([1, 2], -1))
    x = np.random.default_rng(0).normal(size=(2, 4, 3))
    for offset in (0, 1, -2):
        for axes in ((0, 1), (1, 0), (-1, -2), (0, 3), (-1, 1)):
            made = anp.make_diagonal(x, offset, *axes)
            np.testing.assert_array_equal(np.diagonal(made, offset, *axes), x)
            assert np.count_nonzero(made) == x.size
    assert "make_diagonal" in dir(anp) and anp.make_diagonal.__doc__


@pytest.mark.parametrize("arguments", [(), (1, -1, -2), (-2, 0, 2)])
def test_make_diagonal_is_differentiable(arguments: Any):
    x = np.random.default_rng(1).normal(size=(2, 3))

    def f(x: Any) -> Any:
        made = anp.make_diagonal(x, *arguments)
        return made * np.sin(made)

    assert gradcheck(f, x)
    mapped = vmap(f)(np.stack([x, 2 * x]))
    np.testing.assert_allclose(mapped, [f(x), f(2 * x)])
    compiled = jit(f)
    for point in (x, x, 3 * x):
        np.testing.assert_allclose(compiled(point), f(point))


def test_make_diagonal_of_a_list_of_values():
    x = Value(2.0)
    made = anp.make_diagonal([x, x * x])
    np.testing.assert_array_equal(made.data, np.diag([2.0, 4.0]))


@pytest.mark.parametrize("given", [(3.0,), (X, 0, 1, 1), (X, 0, 0, 3), (X, 0.5), (X, 0, "a")])
def test_make_diagonal_refuses(given: Any):
    with pytest.raises(AutogradError) as caught:
        anp.make_diagonal(*given)
    assert "make_diagonal" in caught.value.expected and caught.value.remedy


# Lists of Values

LISTS: dict[str, Callable[[Any, Any], Any]] = {
    "array": lambda x, y: anp.array([x, y]),
    "array nested": lambda x, y: anp.array([[x, 1.0], [2.0, x * y]]),
    "array of tuples": lambda x, y: anp.array(((x, y), (y, x))),
    "array of arrays": lambda x, y: anp.array([x * np.ones(3), y * np.arange(3.0), np.ones(3)]),
    "array in one axis more": lambda x, y: anp.array([x, y], ndmin=3),
    "asarray": lambda x, y: anp.asarray([x, y]),
    "sum": lambda x, y: anp.sum([x, 3.0, x * y]),
    "sum along an axis": lambda x, y: anp.sum([[x, 3.0], [y, x * y]], axis=0),
    "mean by keyword": lambda x, y: anp.mean(a=[x, y, x * x]),
    "max": lambda x, y: anp.max([x, y, 0.1]),
    "prod": lambda x, y: anp.prod([x, y, x]),
    "dot": lambda x, y: anp.dot([x, y], [[1.0, 2.0], [x, 3.0]]),
    "operators": lambda x, y: anp.exp([x, y]) * anp.add([x, 1.0], [y, y]),
    "reduce": lambda x, y: anp.add.reduce([x, y, x * y]),
    "accumulate": lambda x, y: anp.multiply.accumulate([x, y, x * y]),
    "outer": lambda x, y: anp.multiply.outer([x, y], [y, 2.0]),
    "concatenate": lambda x, y: anp.concatenate([[x, 1.0], [y], [2.0, x]]),
    "vstack": lambda x, y: anp.vstack([[x, 1.0], [y, x]]),
    "stack": lambda x, y: anp.stack([[x, 1.0], [y, x]], axis=1),
    "block": lambda x, y: anp.block([[x, 1.0], [y, x]]),
    "select": lambda x, y: anp.select([[True, False], [False, True]], [[x, x], [y, x * y]], 0.0),
    "norm": lambda x, y: anp.linalg.norm([x, y]),
    "solve": lambda x, y: anp.linalg.solve([[x, 0.5], [0.1, y]], [1.0, x]),
    "multi_dot": lambda x, y: anp.linalg.multi_dot([[[x, 1.0]], [[y], [2.0]], [[x]]]),
    "fft": lambda x, y: anp.abs(anp.fft.fft([x, y, 1.0])),
    "where": lambda x, y: anp.where([True, False], [x, y], [y, x]),
    "interp": lambda x, y: anp.interp([0.2, 0.7], [0.0, x, 3.0], [y, 1.0, x]),
    "einsum": lambda x, y: anp.einsum("i,i->", [x, y], [y, 2.0]),
    "full": lambda x, y: anp.full((2, 2), [x, y]),
    "full_like": lambda x, y: anp.full_like(np.zeros(3), x * y),
    "pad": lambda x, y: anp.pad([1.0, 2.0], 1, constant_values=x * y),
    "piecewise": lambda x, y: anp.piecewise(
        np.array([-1.0, 1.0]), [[True, False], [False, True]], [x, y]
    ),
    "arange": lambda x, y: anp.arange(x, 4.0, y),
    "arange by keyword": lambda x, y: anp.arange(start=x, stop=2.0, step=0.5),
    "linspace": lambda x, y: anp.linspace(x, [y, 2.0], 3),
    "fromiter": lambda x, y: anp.fromiter((v for v in (x, y, x * y)), float, 2),
    "fromfunction": lambda x, y: anp.fromfunction(lambda i, j: x * i + y * j, (2, 2)),
    "ascontiguousarray": lambda x, y: anp.ascontiguousarray(x * y),
    "asfortranarray": lambda x, y: anp.asfortranarray([[x, y]]),
    "require": lambda x, y: anp.require([x, y], float, ["C"]),
    "asarray_chkfinite": lambda x, y: anp.asarray_chkfinite([x, y]),
    "kaiser": lambda x, y: anp.kaiser(4, x) + anp.kaiser(1, y),
    "r_": lambda x, y: anp.r_[x, 0:2, [y, 1.0], x * y],
    "r_ with axes": lambda x, y: anp.r_["0,2", [x, y], [1.0, 2.0]],
    "c_": lambda x, y: anp.c_[[x, y], [1.0, 2.0]],
    "ndenumerate": lambda x, y: sum(v * (i[0] + 1) for i, v in anp.ndenumerate([x, y])),
    "vectorize": lambda x, y: anp.vectorize(lambda a, b: a * b if a > 0 else b)([x, -1.0], y),
    "vectorize of two outputs": lambda x, y: anp.vectorize(lambda a: (a, a * a))([x, y]),
    "vectorize with a signature": lambda x, y: anp.vectorize(
        lambda a, b: anp.dot(a, b), signature="(n),(n)->()"
    )([[x, 1.0], [y, 2.0]], [y, 3.0]),
    "vectorize what closes over a Value": lambda x, y: anp.vectorize(lambda a: a * x)([1.0, 2.0]),
    "vectorize with what is excluded": lambda x, y: anp.vectorize(
        lambda a, c: a * c[0], excluded=[1]
    )([x, y], [2.0, "text"]),
    "vectorize by keyword": lambda x, y: anp.vectorize(lambda a, b: a - 2 * b)(b=[x, y], a=1.0),
    "frompyfunc": lambda x, y: anp.frompyfunc(lambda a, b: a * b, 2, 1)([x, y], y),
    "as_strided": lambda x, y: anp.lib.stride_tricks.as_strided([x, y, 1.0], (2, 2), (8, 8)),
    "emath": lambda x, y: anp.emath.sqrt([x, y]),
    "poly1d": lambda x, y: anp.poly1d([x, y, 1.0])(2.0),
    "broadcast_arrays": lambda x, y: anp.broadcast_arrays([x, y], [[1.0], [x]])[1],
    "meshgrid": lambda x, y: anp.meshgrid([x, y], [1.0, x])[0],
}


def settled(output: Any) -> Any:
    """What NumPy would give, as floats: `frompyfunc` gives objects."""
    return np.asarray(output, np.result_type(*leaves(output), 0.0)) if leaves(output) else output


@pytest.mark.parametrize("name", LISTS)
def test_lists_of_values_are_what_lists_of_numbers_are(name: str):
    function, point = LISTS[name], (1.3, 0.6)
    found = leaves(function(*map(Value, point)))
    wanted = leaves(function(*point))
    for y, expected in zip(found, wanted, strict=True):
        assert isinstance(y, Value) and y.requires_grad
        assert y.shape == np.shape(expected)
        np.testing.assert_allclose(y.data, np.asarray(expected, float), 1e-14)
    assert gradcheck(lambda x, y: tuple(leaves(function(x, y))), *point)


def test_plain_numpy_refuses_lists_of_values():
    v = Value(2.0)
    for function in (np.array, np.sum, np.exp, np.mean):
        with pytest.raises(ConversionError, match=r"np\.stack"):
            function([v, v])


# Making arrays


def test_an_array_of_a_value_is_a_copy_and_asarray_is_itself():
    v = Value([1.0, 2.0])
    assert anp.asarray(v) is v and anp.asanyarray(v) is v and anp.asarray(v, float) is v
    copy = anp.array(v)
    assert copy is not v and copy.op.name == "copy"
    assert anp.array(v, copy=False) is v
    copy[0] = 5.0  # a copy may be assigned to
    np.testing.assert_array_equal(copy.data, [5.0, 2.0])


@pytest.mark.parametrize("dtype", [np.float32, np.complex128, np.float64])
def test_dtypes_of_arrays_of_values(dtype: Any):
    v = Value(2.0)
    for made in (anp.array([v, 1], dtype), anp.asarray([v, 1], dtype), anp.full(2, v, dtype)):
        assert isinstance(made, Value) and made.dtype == dtype
    assert anp.array([Value(np.float32(1)), np.float32(2)]).dtype == np.float32
    assert anp.array([v, 2j]).dtype == np.complex128
    assert anp.arange(v, 4.0, dtype=dtype).dtype == dtype
    whole = anp.array([v, 1.5], int)
    assert isinstance(whole, np.ndarray) and whole.tolist() == [2, 1]


def test_lists_that_are_no_array_are_refused():
    v = Value(2.0)
    with pytest.raises(ShapeError, match="one shape"):
        anp.array([[v, 1.0], [v]])
    with pytest.raises(ArgumentError, match="finite"):
        anp.asarray_chkfinite([v, np.inf])


def test_what_does_not_move_is_plain():
    v = Value(2.5)
    assert type(anp.arange(v)) is np.ndarray
    np.testing.assert_array_equal(anp.arange(v), np.arange(2.5))
    assert anp.isscalar(v) and not anp.isscalar(Value([1.0])) and anp.isscalar(3)
    assert anp.shape([[v, v]]) == (1, 2) and anp.ndim([v]) == 1


@pytest.mark.parametrize(
    "make", [anp.array, anp.asarray, anp.asanyarray, anp.ascontiguousarray, anp.asfortranarray]
)
def test_numbers_beside_an_example(make: Any):
    found = make([1.0, 2.0], like=Value(1.0))
    assert type(found) is np.ndarray


def test_numpys_options_pass_through():
    x = np.arange(6.0).reshape(2, 3)
    assert anp.array(x, copy=False) is x and anp.asarray(x) is x
    assert anp.array(x, order="F").flags.f_contiguous
    assert anp.array([1, 2], ndmin=2).shape == (1, 2)
    assert anp.require(x, np.float32, ["W"]).dtype == np.float32
    assert anp.fromiter(iter([1, 2, 3]), int, count=2).tolist() == [1, 2]
    with pytest.raises(ValueError, match="infs or NaNs"):
        anp.asarray_chkfinite([np.inf])


def test_a_vectorized_function_is_numpys_and_a_decorator():
    @anp.vectorize(otypes=[float], doc="Twice.")
    def twice(a: Any) -> Any:
        return 2 * a

    assert twice([1, 2]).dtype == float
    assert twice(Value([1.0, 2.0])).data.tolist() == [2.0, 4.0]
    over = anp.vectorize(lambda a: a + 1, otypes=[int])
    assert over.otypes == np.vectorize(len, otypes=[int]).otypes
    assert over([1.5]).dtype == int


def test_a_vectorized_function_of_values_has_its_otypes():
    v = Value([1.0, 2.0])
    assert anp.vectorize(lambda a: a * 2, otypes=[complex])(v).dtype == np.complex128
    assert anp.vectorize(lambda a: a * 2, otypes="f")(v).dtype == np.float32
    first, second = anp.vectorize(lambda a: (a, a * a), otypes="fd")(v)
    assert (first.dtype, second.dtype) == (np.float32, np.float64)


def test_a_vectorized_function_without_elements():
    empty = Value(np.zeros((0, 2)))
    with pytest.raises(ValueError, match="otypes"):
        anp.vectorize(lambda a: a * 2.0)(empty)
    first, second = anp.vectorize(lambda a: (a, a), otypes="fd")(empty)
    assert first.shape == (0, 2) and first.dtype == np.float32 and second.dtype == np.float64


def test_a_signature_that_does_not_fit_is_refused():
    total = anp.vectorize(lambda a, b: anp.dot(a, b), signature="(n),(n)->()")
    for other in (np.ones(3), 2.0):
        with pytest.raises(ShapeError, match="signature"):
            total(Value(np.ones(2)), other)


# Draws


@pytest.mark.parametrize("name", FAMILIES)
def test_draws_of_values_are_numpys_draws(name: str):
    parameters = [np.array([0.4, 1.2]), np.array([1.5, 2.0])][: len(FAMILIES[name].parameters)]
    draw, theirs = getattr(random, name), getattr(np.random, name)
    for size in (None, (3, 2)):
        random.seed(5)
        wanted = theirs(*parameters, size=size)
        random.seed(5)
        found = draw(*map(Value, parameters), size=size)
        np.testing.assert_allclose(found.data, wanted, 1e-12)
    random.seed(5)
    assert type(draw(*(Value(1.5) for _ in parameters)).data) is float


def test_draws_of_numbers_are_numpys():
    random.seed(3)
    found = [random.normal(1.0, 2.0, 3), random.gamma(2.0), random.choice(5), random.randn(2)]
    random.seed(3)
    theirs: Any = np.random
    wanted = [theirs.normal(1.0, 2.0, 3), theirs.gamma(2.0), theirs.choice(5), theirs.randn(2)]
    for y, expected in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(y, expected)
    assert random.RandomState is np.random.RandomState


def test_by_keyword_and_by_default():
    def draw(s: Any) -> Any:
        random.seed(2)
        return random.normal(scale=s, size=3)

    random.seed(2)
    noise = random.standard_normal(3)
    np.testing.assert_allclose(jvp(draw, (2.0,), (1.0,))[1], noise)


def test_other_draws_refuse_values():
    for draw in (random.gamma, random.poisson, random.binomial, random.standard_t):
        with pytest.raises(UnsupportedError, match="normal"):
            draw(Value(2.0))


# A function of NumPy that there is no derivative of


def test_what_is_unsupported_says_so():
    v = Value([1.0, 2.0])
    for call in (lambda: anp.save("file", v), lambda: anp.packbits([v, v])):
        with pytest.raises(AutogradError):
            call()


def test_the_jacobian_of_an_array_made_of_numbers():
    found = jacobian(lambda t: anp.array([t * t, 3.0 * t, 1.0]))(2.0)
    np.testing.assert_array_equal(found, [4.0, 3.0, 0.0])
