"""Products of matrices with loops around, in native code: whatever moves along them, or stays."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.lib.stride_tricks import as_strided

from autograd import jit
from autograd.compiler.loops import Buffer, MatMul, View

pytest.importorskip("llvmlite")

from test_windows import CASES, convolution, weights

from autograd.compiler.emit import product_ways, products, threads, with_llvm


@pytest.fixture(params=[1, 3])
def threaded(request: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """One thread, or three for the smallest work too."""
    monkeypatch.setattr(products, "_WORTH_SHARING", 0)
    threads.set_threads(request.param)
    yield request.param
    threads.set_threads(None)


def strided(
    rng: np.random.Generator, shape: list[int], moving: list[bool], dtype: str, least: int = -3
) -> Any:
    """(memory, view): the axes in memory in some order, those that do not move left out of it.

    least    how many elements lie between at least; if negative, they overlap as windows do.
    """
    strides, step = [0] * len(shape), 1
    for axis in rng.permutation(len(shape)):
        if moving[axis]:
            strides[axis] = step
            step = max(step * shape[axis] + int(rng.integers(least, 3)), 1)
    span = 1 + sum((n - 1) * s for n, s in zip(shape, strides, strict=True))
    memory = rng.normal(size=span).astype(dtype)
    return memory, View(Buffer(memory.size, memory.dtype, "input"), tuple(shape), tuple(strides))


def seen(memory: np.ndarray, view: View) -> np.ndarray:
    return as_strided(memory, view.shape, [s * memory.itemsize for s in view.strides])


def multiplied(task: MatMul, memories: list[np.ndarray]) -> None:
    """Run one product natively."""
    buffers = [task.a.buffer, task.b.buffer, task.out.buffer]
    slots = {buffer: number for number, buffer in enumerate(buffers)}
    table = np.array([memory.ctypes.data for memory in memories], np.int64)
    with_llvm.compile_tasks([task], slots, dict.fromkeys(buffers, 0)).run(table.ctypes.data)


@pytest.mark.parametrize("seed", range(60))
def test_loops_around_products(seed: int, threaded: int, monkeypatch: pytest.MonkeyPatch) -> None:
    if seed % 3 == 0:  # Sums go on in memory, as where registers would see too much of it.
        monkeypatch.setattr(product_ways, "_KEPT_BYTES", 0)
    rng = np.random.default_rng(seed)
    loops = rng.choice(["both", "a", "b", "sum"], size=int(rng.integers(0, 5)))
    lengths = [int(n) for n in rng.integers(1, 5, size=len(loops))]
    m, n, k = (int(rng.choice([1, 2, 5, 14, 19, 40])) for _ in range(3))
    dtype = str(rng.choice(["float32", "float64"]))
    a_memory, a = strided(rng, [*lengths, m, k], [*(x != "b" for x in loops), True, True], dtype)
    b_memory, b = strided(rng, [*lengths, k, n], [*(x != "a" for x in loops), True, True], dtype)
    moving = [*(x != "sum" for x in loops), True, True]
    out_memory, out = strided(rng, [*lengths, m, n], moving, dtype, 0)
    accumulate = bool(rng.integers(2))
    before = out_memory.copy()
    summed = tuple(i for i, x in enumerate(loops) if x == "sum")
    want = np.sum(seen(a_memory, a).astype(float) @ seen(b_memory, b), axis=summed, keepdims=True)
    if accumulate:
        want = want + np.sum(seen(before, out).astype(float), axis=summed, keepdims=True) / max(
            np.prod([lengths[i] for i in summed], dtype=int), 1
        )
    multiplied(MatMul(a, b, out, accumulate), [a_memory, b_memory, out_memory])
    got = np.take(seen(out_memory, out), [0], axis=0) if 0 in summed else seen(out_memory, out)
    close = 2e-5 if dtype == "float32" else 1e-12
    np.testing.assert_allclose(got, np.broadcast_to(want, got.shape), close, close * 20)
    # Nothing between the elements was touched.
    touched = np.zeros(out_memory.size, bool)
    as_strided(touched, out.shape, out.strides)[...] = True
    np.testing.assert_array_equal(out_memory[~touched], before[~touched])


def way(a: tuple[int, ...], b: tuple[int, ...], out: tuple[int, ...], lengths: list[int]) -> Any:
    """How a product with these strides is computed; lengths are those of the loops, m, k, n."""
    *around, m, k, n = lengths
    shapes = ([*around, m, k], [*around, k, n], [*around, m, n])
    left, right, result = (
        View(Buffer(1, np.dtype(np.float32)), tuple(shape), strides)
        for shape, strides in zip(shapes, (a, b, out), strict=True)
    )
    return product_ways.chosen_way(products.normalised(MatMul(left, right, result)), 64)


def test_a_convolution_adds_its_windows_in_registers() -> None:
    # y[o, t] = Σ W[o, c, u, v] x[c, t + 16 u + v]
    found = way(
        (0, 3, 1, 144, 9), (4096, 16, 1, 256, 1), (7168, 0, 0, 224, 1), [64, 3, 3, 32, 16, 222]
    )
    assert found.depth == 144
    assert not found.in_memory
    # Its gradient by W: the output's is put in order once for all windows of an image.
    found = way(
        (6272, 0, 0, 14, 196, 1),
        (4096, 16, 1, 16, 1, 256),
        (0, 3, 1, 0, 144, 9),
        [64, 3, 3, 14, 32, 14, 16],
    )
    assert [x.length for x in found.outside] == [64]
    assert found.depth == 196


@pytest.mark.parametrize(("size", "options", "shape"), CASES)
def test_convolutions(
    size: tuple[int, int], options: dict[str, Any], shape: tuple[int, ...], threaded: int
) -> None:
    f = convolution(size, **options)
    weight = weights(options.get("channels", (3, 5)), size, options.get("groups", 1))
    x = np.random.default_rng(0).normal(size=shape)
    compiled = jit(f, emitter="native")
    # The first two calls run eagerly.
    found = [compiled(x, weight) for _ in range(3)]
    for got, want in zip(found[-1], f(x, weight), strict=True):
        np.testing.assert_allclose(got, want, 1e-10, 1e-10)
