"""Initial weights: bounds and moments from the formulas, orthogonality, seeds, dtypes, errors."""

from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import errors
from nn import init
from nn.linear import Linear

# 300,000 elements with a kernel of 3.
SHAPE = (500, 200, 3)
FAN_IN, FAN_OUT = 600, 1500

UNIFORM = {
    "uniform": (partial(init.uniform, low=-0.5, high=0.5), 0.5),
    "xavier_uniform": (init.xavier_uniform, np.sqrt(6 / (FAN_IN + FAN_OUT))),
    "xavier_uniform(gain)": (
        partial(init.xavier_uniform, gain=3.0),
        3 * np.sqrt(6 / (FAN_IN + FAN_OUT)),
    ),
    "kaiming_uniform": (init.kaiming_uniform, np.sqrt(6 / FAN_IN)),
    "kaiming_uniform(a)": (partial(init.kaiming_uniform, a=np.sqrt(5)), np.sqrt(1 / FAN_IN)),
    "kaiming_uniform(fan_out)": (
        partial(init.kaiming_uniform, mode="fan_out"),
        np.sqrt(6 / FAN_OUT),
    ),
    "lecun_uniform": (init.lecun_uniform, np.sqrt(3 / FAN_IN)),
}
NORMAL = {
    "normal": (partial(init.normal, mean=2.0, std=0.5), 2.0, 0.5),
    "xavier_normal": (init.xavier_normal, 0.0, np.sqrt(2 / (FAN_IN + FAN_OUT))),
    "xavier_normal(gain)": (
        partial(init.xavier_normal, gain=0.5),
        0.0,
        0.5 * np.sqrt(2 / (FAN_IN + FAN_OUT)),
    ),
    "kaiming_normal": (init.kaiming_normal, 0.0, np.sqrt(2 / FAN_IN)),
    "kaiming_normal(tanh)": (
        partial(init.kaiming_normal, nonlinearity="tanh"),
        0.0,
        5 / 3 / np.sqrt(FAN_IN),
    ),
    "kaiming_normal(fan_out)": (
        partial(init.kaiming_normal, mode="fan_out"),
        0.0,
        np.sqrt(2 / FAN_OUT),
    ),
    "lecun_normal": (init.lecun_normal, 0.0, np.sqrt(1 / FAN_IN)),
}
DRAWING = {name: row[0] for name, row in {**UNIFORM, **NORMAL}.items()} | {
    "orthogonal": init.orthogonal
}


@pytest.mark.parametrize("name", UNIFORM)
def test_uniform_fills_its_interval(name):
    f, bound = UNIFORM[name]
    weight = f(SHAPE, dtype=np.float64, rng=0)
    # 300,000 draws come this close to both ends, and no further.
    assert bound * 0.9995 < weight.max() <= bound
    assert -bound <= weight.min() < -bound * 0.9995
    assert weight.std() == pytest.approx(bound / np.sqrt(3), rel=0.01)
    assert weight.mean() == pytest.approx(0.0, abs=0.01 * bound)


@pytest.mark.parametrize("name", NORMAL)
def test_normal_has_its_moments(name):
    f, mean, std = NORMAL[name]
    weight = f(SHAPE, dtype=np.float64, rng=0)
    assert weight.mean() == pytest.approx(mean, abs=0.01 * std)
    assert weight.std() == pytest.approx(std, rel=0.01)
    within = np.mean(np.abs(weight - mean) < std)
    assert within == pytest.approx(0.6827, abs=0.005)


@pytest.mark.parametrize("name", DRAWING)
def test_seeds_and_dtypes(name):
    f = DRAWING[name]
    first = f((5, 4), rng=3)
    assert type(first) is np.ndarray and first.dtype == np.float32 and first.shape == (5, 4)
    np.testing.assert_array_equal(first, f((5, 4), rng=3))
    np.testing.assert_array_equal(first, f((5, 4), rng=np.random.default_rng(3)))
    np.testing.assert_array_equal(first, f((5, 4), rng=3, dtype=np.float64).astype(np.float32))
    assert np.any(first != f((5, 4), rng=4))
    rng = np.random.default_rng(3)
    assert np.any(f((5, 4), rng=rng) != f((5, 4), rng=rng))


def test_uniform_takes_pytorchs_names():
    np.testing.assert_array_equal(
        init.uniform(9, a=-2.0, b=-1.0, rng=0), init.uniform(9, -2.0, -1.0, rng=0)
    )
    assert init.uniform(99, b=0.5, rng=0).max() <= 0.5
    with pytest.raises(errors.ArgumentError, match="low=2"):
        init.uniform(9, a=2.0)


def test_the_default_generator_is_seeded_by_nn_seed():
    from nn import randomness

    randomness.seed(5)
    first = init.normal(4)
    randomness.seed(5)
    np.testing.assert_array_equal(first, init.normal(4))
    assert np.any(first != init.normal(4))


@given(
    out=st.integers(1, 12),
    rest=st.lists(st.integers(1, 4), min_size=1, max_size=3),
    seed=st.integers(0, 100),
)
def test_orthogonal(out, rest, seed):
    weight = init.orthogonal((out, *rest), gain=2.0, dtype=np.float64, rng=seed)
    assert weight.shape == (out, *rest)
    matrix = weight.reshape(out, -1) / 2.0
    product = matrix @ matrix.T if out <= matrix.shape[1] else matrix.T @ matrix
    np.testing.assert_allclose(product, np.eye(len(product)), atol=1e-12)


def test_orthogonal_is_not_biased_to_one_sign():
    # LAPACK's Q alone has a diagonal of one sign; a uniform orthogonal matrix does not.
    corners = [init.orthogonal((3, 3), rng=seed)[0, 0] > 0 for seed in range(200)]
    assert 70 < sum(corners) < 130


def test_zeros_and_ones():
    for f, number in ((init.zeros, 0.0), (init.ones, 1.0)):
        for shape in (3, (2, 3), ()):
            filled = f(shape)
            assert filled.dtype == np.float32
            np.testing.assert_array_equal(filled, np.full(shape, number))
        assert f(2, dtype=np.float64).dtype == np.float64


def test_shapes_may_be_of_numpys_integers():
    shapes: list[Any] = [np.int64(3), (np.int32(2), 3), [2, 3], np.array([2, 3])]
    for shape in shapes:
        assert init.normal(shape, rng=0).shape == np.zeros(shape).shape


def test_fans_and_gains():
    assert init.fans((7, 5)) == (5, 7)
    assert init.fans(SHAPE) == (FAN_IN, FAN_OUT)
    assert init.fans((2, 0)) == (0, 2)
    assert init.calculate_gain("leaky_relu") == pytest.approx(np.sqrt(2 / 1.0001))
    assert init.calculate_gain("conv2d") == 1.0
    assert init.kaiming_normal((2, 0)).shape == (2, 0)


WORD: Any = "seed"
LAYER: Any = Linear(2, 3)
HALVES: Any = (2.5, 3)
MATRIX: Any = np.ones((2, 2))


@pytest.mark.parametrize(
    ("call", "kind"),
    [
        (lambda: init.xavier_uniform(3), errors.ShapeError),
        (lambda: init.kaiming_normal((3,)), errors.ShapeError),
        (lambda: init.orthogonal((3,)), errors.ShapeError),
        (lambda: init.fans(()), errors.ShapeError),
        (lambda: init.kaiming_uniform((2, 3), mode="fan"), errors.ArgumentError),
        (lambda: init.kaiming_uniform((2, 3), nonlinearity="gelu"), errors.ArgumentError),
        (lambda: init.calculate_gain("swish"), errors.ArgumentError),
        (lambda: init.uniform(3, 1.0, -1.0), errors.ArgumentError),
        (lambda: init.normal(3, std=-1.0), errors.ArgumentError),
        (lambda: init.normal(3, rng=WORD), errors.ArgumentError),
        (lambda: init.zeros(-1), errors.ShapeError),
        (lambda: init.ones((2, -1)), errors.ShapeError),
        (lambda: init.normal(WORD), errors.ShapeError),
        (lambda: init.uniform(HALVES), errors.ShapeError),
        (lambda: init.xavier_uniform((2, -3)), errors.ShapeError),
        (lambda: init.xavier_uniform(LAYER.weight), errors.ShapeError),
        (lambda: init.zeros(MATRIX), errors.ShapeError),
        (lambda: init.zeros(2, dtype=WORD), errors.ArgumentError),
        (lambda: init.orthogonal((2, 2), dtype=np.int64), errors.ArgumentError),
    ],
)
def test_bad_arguments(call, kind):
    with pytest.raises(kind) as caught:
        call()
    assert caught.value.expected and caught.value.received and caught.value.remedy


@pytest.mark.peers
def test_gains_and_fans_against_torch():
    torch = pytest.importorskip("torch")
    theirs = torch.nn.init
    for name in ("linear", "conv2d", "sigmoid", "tanh", "relu", "leaky_relu", "selu"):
        assert init.calculate_gain(name) == pytest.approx(theirs.calculate_gain(name), rel=1e-15)
    assert init.calculate_gain("leaky_relu", 0.3) == theirs.calculate_gain("leaky_relu", 0.3)
    assert init.fans(SHAPE) == theirs._calculate_fan_in_and_fan_out(torch.empty(SHAPE))
