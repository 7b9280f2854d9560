"""A long parameter is updated block by block, with the same bits and nobody's array written to."""

import numpy as np
import pytest

import nn
from autograd import Value
from nn import blockwise

SIZE = blockwise.BLOCK + 1000
OPTIMIZERS = {
    "SGD": lambda p: nn.SGD([p], lr=0.1),
    "SGD, momentum": lambda p: nn.SGD([p], lr=0.1, momentum=0.9, nesterov=True),
    "SGD, dampening": lambda p: nn.SGD([p], lr=0.1, momentum=0.9, dampening=0.5),
    "RMSprop": lambda p: nn.RMSprop([p], lr=0.1, momentum=0.9, centered=True),
    "Adagrad": lambda p: nn.Adagrad([p], lr=0.1, lr_decay=0.1),
    "Adam": lambda p: nn.Adam([p], lr=0.1, amsgrad=True, weight_decay=0.1),
    "AdamW": lambda p: nn.AdamW([p], lr=0.1),
}


def trained(make, whole, steps=20):
    """Parameter and state after some steps; `whole` keeps the arrays from being cut."""
    rng = np.random.default_rng(0)
    start = rng.standard_normal((SIZE // 8, 8)).astype(np.float32)
    p = Value(np.asfortranarray(start) if whole else start)
    optimizer = make(p)
    for _ in range(steps):
        g = rng.standard_normal(p.shape).astype(np.float32)
        p.grad = np.asfortranarray(g) if whole else g
        assert blockwise.fits(optimizer.update, p.data, p.grad) is not whole
        optimizer.step()
    return {"p": p.data, **optimizer.state_dict()}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_blocks_change_no_bit(name):
    blocks, whole = (trained(OPTIMIZERS[name], whole) for whole in (False, True))
    assert blocks.keys() == whole.keys()
    for key, x in blocks.items():
        np.testing.assert_array_equal(x, whole[key], strict=True)


def test_arrays_that_others_hold_are_not_written_to():
    p = Value(np.ones(SIZE))
    optimizer = nn.Adam([p], lr=0.1)
    p.grad = np.ones(SIZE)
    mean = optimizer.state[0]["exp_avg"]
    optimizer.step()
    held, view, parameter = mean.data, optimizer.state[0]["exp_avg_sq"].data[:10], p.data
    before = held.copy(), view.copy(), parameter.copy()
    optimizer.step()
    for now, then in zip((held, view, parameter), before, strict=True):
        np.testing.assert_array_equal(now, then)
    assert np.all(mean.data != before[0])


def test_an_update_that_is_not_marked_is_given_the_whole():
    class Normalized(nn.Adam):
        @staticmethod
        def update(parameter, gradient, state, *, lr, **options):
            return parameter - lr * gradient / np.linalg.norm(gradient), state

    p = Value(np.ones(SIZE))
    p.grad = np.ones(SIZE)
    Normalized([p], lr=1.0).step()
    np.testing.assert_allclose(p.data, 1.0 - SIZE**-0.5)
