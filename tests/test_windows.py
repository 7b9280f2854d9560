"""Products with what sliding windows see: the numbers of eager code, and no copy of the windows."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scheduling import draw, same

import autograd
import nn
from autograd.compiler.loops import Kernel, MatMul, Store, Task
from autograd.compiler.memory import plan

windows = np.lib.stride_tricks.sliding_window_view


def exact(*shape: int) -> np.ndarray:
    """Numbers whose sums differ by little however they are added."""
    return draw(*shape, dtype=float)


def seen(x: Any, size: tuple[int, int]) -> Any:
    """What windows over the last two axes see, as columns."""
    found = windows(x, size, axis=(-2, -1))
    found = np.moveaxis(found, (-2, -1), (-4, -3))
    shape = found.shape
    return np.reshape(found, (*shape[:-5], -1, shape[-2] * shape[-1]))


def stored(tasks: list[Task]) -> int:
    """The most elements that a kernel writes to one place."""
    views = [
        s.view
        for task in tasks
        if isinstance(task, Kernel)
        for s in task.statements()
        if isinstance(s, Store)
    ]
    return max((int(np.prod(view.shape)) for view in views), default=0)


def convolution(
    size: tuple[int, int], channels: tuple[int, int] = (3, 5), **options: Any
) -> Callable[..., Any]:
    """The gradients of a function of a convolution by the image and by the weights."""
    layer = nn.Conv2d(channels[0], channels[1], size, rng=0, bias=False, dtype=float, **options)

    def loss(x: Any, weight: Any) -> Any:
        layer.weight = weight
        return np.sum(np.square(layer(x)))

    return autograd.grad(loss, argnums=(0, 1))


def weights(channels: tuple[int, int], size: tuple[int, int], groups: int = 1) -> np.ndarray:
    return exact(channels[1], channels[0] // groups, *size)


CASES = [
    ((3, 3), {"padding": 1}, (2, 3, 12, 10)),
    ((3, 2), {"padding": (2, 1)}, (3, 11, 13)),
    ((2, 3), {"dilation": (2, 1)}, (2, 3, 12, 12)),
    ((3, 3), {"stride": 2}, (2, 3, 21, 21)),
    ((3, 3), {"padding": 1, "groups": 2, "channels": (4, 6)}, (2, 4, 10, 12)),
    ((3, 3), {"padding": 1, "channels": (1, 2)}, (2, 2, 1, 9, 11)),
    ((1, 3), {}, (2, 3, 9, 12)),
    ((2, 2), {}, (2, 3, 3, 3)),
]


@pytest.mark.parametrize(("size", "options", "shape"), CASES)
def test_convolutions(
    size: tuple[int, int], options: dict[str, Any], shape: tuple[int, ...]
) -> None:
    channels = options.get("channels", (3, 5))
    weight = weights(channels, size, options.get("groups", 1))
    same(convolution(size, **options), exact(*shape), weight)


def test_no_copy_of_the_windows_is_made() -> None:
    f = convolution((3, 3), padding=1, channels=(4, 6))
    schedule = same(f, exact(2, 4, 12, 12), weights((4, 6), (3, 3)))
    # What windows see has 9 elements for each of the image; nothing is that large.
    assert stored(schedule.tasks) < 2 * 4 * 9 * 144
    assert plan(schedule).size < 2 * 4 * 9 * 144 * 8
    # What padding added to the image is not computed in its gradient.
    products = [task for task in schedule.tasks if isinstance(task, MatMul)]
    assert sorted(task.b.shape[-1] for task in products)[1:] == [11 * 14 + 12] * 2


@pytest.mark.parametrize("turned", [False, True])
def test_windows_on_either_side_of_a_product(turned: bool) -> None:
    x, w = exact(2, 3, 10, 12), exact(5, 3 * 2 * 3)

    def product(x: Any, w: Any) -> Any:
        columns = seen(x, (2, 3))
        if turned:
            return np.swapaxes(columns, -1, -2) @ np.transpose(w)
        return w @ columns

    schedule = same(product, x, w)
    assert stored(schedule.tasks) <= 2 * 5 * 9 * 10
    same(lambda x, w: np.sum(product(x, w), axis=0), x, w)
    same(autograd.grad(lambda x, w: np.sum(np.square(product(x, w))), argnums=(0, 1)), x, w)


def test_windows_along_one_axis() -> None:
    x, w = exact(3, 40), exact(4, 3 * 5)

    def product(x: Any, w: Any) -> Any:
        columns = np.swapaxes(windows(x, 5, axis=1), 1, 2)
        return w @ np.reshape(columns, (15, 36))

    same(product, x, w)
    f = autograd.grad(lambda x, w: np.sum(np.square(product(x, w))), argnums=(0, 1))
    schedule = same(f, x, w)
    assert stored(schedule.tasks) < 15 * 36


def test_windows_that_something_else_reads_too() -> None:
    x, w = exact(2, 9, 9), exact(4, 18)

    def both(x: Any, w: Any) -> Any:
        columns = seen(x, (3, 3))
        return w @ columns, np.sum(columns), columns[:, 1:3]

    same(both, x, w)


def test_parts_of_products() -> None:
    a, b = exact(4, 5), exact(3, 5, 30)
    same(lambda a, b: (a @ b)[..., 3:20], a, b)
    same(lambda a, b: (a @ b)[1:, ::2, 4:9], a, b)
    same(lambda a, b: (a @ b)[..., ::-1], a, b)
    same(lambda a, b: ((a @ b)[..., 3:20], np.sum(a @ b)), a, b)
    products = [t for t in same(lambda a, b: (a @ b)[..., 3:20], a, b).tasks if type(t) is MatMul]
    assert [task.b.shape[-1] for task in products] == [17]


def test_what_lies_between_the_rows_is_not_read() -> None:
    x = exact(2, 3, 12, 12)
    x[..., 5, 11] = np.inf
    schedule = same(lambda w, x: w @ seen(x, (3, 3)), exact(4, 27), x)
    (product,) = [task for task in schedule.tasks if isinstance(task, MatMul)]
    assert product.b.shape[-1] == 9 * 12 + 10
