"""Tasks as native code, compared with NumPy and with the Python that `source` says they are."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from autograd.compiler.loops import (
    Accumulate,
    Buffer,
    Compute,
    Kernel,
    Load,
    Loop,
    MatMul,
    Reduce,
    Register,
    Stage,
    Store,
    Task,
    View,
    contiguous,
)

pytest.importorskip("llvmlite")

from autograd import jit
from autograd.compiler.emit import as_python, kernel_ir, lowering, products, threads, with_llvm

RNG = np.random.default_rng(0)


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Three threads, for the smallest work too."""
    monkeypatch.setattr(lowering, "_WORTH_SHARING", 0)
    monkeypatch.setattr(products, "_WORTH_SHARING", 0)
    threads.set_threads(3)
    yield
    threads.set_threads(None)


class Memory:
    """Arrays as buffers: kernels are written over views of them."""

    def __init__(self) -> None:
        self.arrays: dict[Buffer, np.ndarray] = {}

    def view(self, x: np.ndarray, name: str = "") -> View:
        """A view of an array, made contiguous only as far as its memory is."""
        base = x
        while isinstance(base.base, np.ndarray):
            base = base.base
        known = [buffer for buffer, x in self.arrays.items() if x is base]
        buffer = known[0] if known else Buffer(base.size, base.dtype, "input", name)
        self.arrays[buffer] = base
        strides = tuple(s // x.itemsize for s in x.strides)
        return View(buffer, x.shape, strides, (x.ctypes.data - base.ctypes.data) // x.itemsize)

    def run(self, tasks: Sequence[Task]) -> None:
        """Run the tasks natively on the arrays themselves."""
        run(tasks, self.arrays)


def run(tasks: Sequence[Task], arrays: Mapping[Buffer, np.ndarray]) -> None:
    slots = {buffer: number for number, buffer in enumerate(arrays)}
    table = np.array([x.ctypes.data for x in arrays.values()], np.int64)
    segment = with_llvm.compile_tasks(tasks, slots, dict.fromkeys(arrays, 0))
    segment.run(table.ctypes.data)


def as_written(tasks: Sequence[Task], arrays: Mapping[Buffer, np.ndarray]) -> None:
    """Run the Python that a person reads."""
    names = as_python.buffer_names(tasks)
    scope: dict[str, Any] = {}
    exec(compile(as_python.source(tasks), "source", "exec"), scope)
    with np.errstate(all="ignore"):
        scope["run"](**{names[buffer]: arrays[buffer].reshape(-1) for buffer in names})


def assert_agrees(tasks: Sequence[Task], memory: Memory, tolerance: float | None = None) -> None:
    """Native code and the Python of `source` leave the same numbers everywhere."""
    native = {buffer: x.copy() for buffer, x in memory.arrays.items()}
    python = {buffer: x.copy() for buffer, x in memory.arrays.items()}
    run(tasks, native)
    as_written(tasks, python)
    for buffer in native:
        single = buffer.dtype == np.float32
        allowed = tolerance or (3e-6 if single else 1e-13)
        np.testing.assert_allclose(native[buffer], python[buffer], allowed, allowed)


def full(*statements: Any) -> Stage:
    return Stage(True, list(statements))


def row(*statements: Any) -> Stage:
    return Stage(False, list(statements))


# Functions

SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1.5, 2.5, -2.5, 3.7, -3.2, 1e-30, 1e30, -1e30]
SPECIAL += [np.inf, -np.inf, np.nan]
EXACT_1 = ["negative", "absolute", "sign", "square", "sqrt", "reciprocal", "floor", "ceil"]
EXACT_1 += ["trunc", "rint", "isnan", "isinf", "isfinite", "signbit", "logical_not"]
EXACT_2 = ["add", "subtract", "multiply", "divide", "maximum", "minimum", "fmax", "fmin"]
EXACT_2 += ["less", "less_equal", "greater", "greater_equal", "equal", "not_equal", "copysign"]
EXACT_2 += ["logical_and", "logical_or", "logical_xor", "floor_divide", "remainder", "fmod"]
NEAR_1 = ["exp", "log", "tanh", "sin", "cos", "expm1", "log1p", "log2", "log10", "exp2", "arctan"]
NEAR_1 += ["sinh", "cosh", "arcsin", "arccos", "arcsinh", "arccosh", "arctanh", "tan", "cbrt"]
NEAR_2 = ["hypot", "arctan2", "power"]
WHOLE_1 = ["negative", "absolute", "sign", "square", "invert", "logical_not"]
WHOLE_2 = ["add", "subtract", "multiply", "maximum", "minimum", "floor_divide", "remainder"]
WHOLE_2 += ["less", "equal", "greater_equal", "bitwise_and", "bitwise_or", "bitwise_xor"]
WHOLE_2 += ["left_shift", "right_shift", "logical_xor", "fmod"]


def applied(function: str, arguments: Sequence[Any], dtype: Any) -> np.ndarray:
    """The function by a kernel over one axis; numbers among the arguments stay numbers."""
    memory, statements, operands = Memory(), [], []
    n = next(x.size for x in arguments if isinstance(x, np.ndarray))
    for x in arguments:
        if isinstance(x, np.ndarray):
            register = Register(x.dtype)
            statements.append(Load(register, memory.view(x)))
            operands.append(register)
        else:
            operands.append(x)
    result, out = Register(dtype), np.empty(n, dtype)
    statements += [Compute(result, function, tuple(operands)), Store(memory.view(out), result)]
    memory.run([Kernel((), (n,), [full(*statements)])])
    return out


def assert_bits(got: np.ndarray, want: np.ndarray) -> None:
    assert got.dtype == want.dtype
    np.testing.assert_array_equal(got, want)
    if got.dtype.kind == "f":
        numbers = ~np.isnan(want)
        np.testing.assert_array_equal(np.signbit(got[numbers]), np.signbit(want[numbers]))


def pairs(values: Sequence[Any], dtype: Any) -> tuple[np.ndarray, np.ndarray]:
    x, y = np.meshgrid(np.array(values, dtype), np.array(values, dtype))
    return x.ravel().copy(), y.ravel().copy()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("function", EXACT_1)
def test_functions_of_one_number_are_numpys(function: str, dtype: str) -> None:
    x = np.array(SPECIAL, dtype)
    with np.errstate(all="ignore"):
        want = getattr(np, function)(x)
    assert_bits(applied(function, [x], want.dtype), want)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("function", EXACT_2)
def test_functions_of_two_numbers_are_numpys(function: str, dtype: str) -> None:
    values = SPECIAL if function not in ("floor_divide", "remainder", "fmod") else SPECIAL[:11]
    x, y = pairs(values, dtype)
    with np.errstate(all="ignore"):
        want = getattr(np, function)(x, y)
    got = applied(function, [x, y], want.dtype)
    if function in ("maximum", "minimum", "fmax", "fmin"):
        np.testing.assert_array_equal(got, want)  # which zero, NumPy leaves open
    else:
        assert_bits(got, want)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("function", [*NEAR_1, *NEAR_2])
def test_mathematical_functions_are_near(function: str, dtype: str) -> None:
    points = [*SPECIAL[:11], np.inf, -np.inf, np.nan]
    two = function in NEAR_2
    inputs = pairs(points, dtype) if two else (np.array([*points, 20.0, -7.0], dtype),)
    with np.errstate(all="ignore"):
        want = getattr(np, function)(*inputs)
    got = applied(function, inputs, want.dtype)
    few = 8 * float(np.finfo(dtype).eps)
    np.testing.assert_allclose(got, want, few, 0 if function == "exp" else few)


@pytest.mark.parametrize("dtype", ["int32", "int64", "uint8", "int8"])
@pytest.mark.parametrize("function", [*WHOLE_1, *WHOLE_2])
def test_functions_of_whole_numbers_are_numpys(function: str, dtype: str) -> None:
    limits = np.iinfo(dtype)
    values = [0, 1, 2, 3, 7, 40, limits.max, limits.min] + ([-1, -3] if limits.min else [])
    if function == "sign" and not limits.min:
        values = values[:-1]
    if function.endswith("shift"):
        values = [v for v in values if v >= 0]
    inputs = pairs(values, dtype) if function in WHOLE_2 else (np.array(values, dtype),)
    with np.errstate(all="ignore"):
        want = getattr(np, function)(*inputs)
    assert_bits(applied(function, inputs, want.dtype), want)


@pytest.mark.parametrize("exponent", [0, 1, 2, 3, 4, 5, 0.5, -1, -2, 1.7, -0.5])
def test_powers_of_a_number(exponent: float) -> None:
    x = np.array([*SPECIAL[:11], np.inf, -np.inf, np.nan])
    with np.errstate(all="ignore"):
        want = x ** float(exponent)
    got = applied("power", [x, exponent], x.dtype)
    np.testing.assert_allclose(got, want, 1e-15)
    whole = np.array([0, 1, -2, 3, 7])
    if exponent == int(exponent) and exponent >= 0:
        got = applied("power", [whole, int(exponent)], whole.dtype)
        assert_bits(got, whole ** int(exponent))


def test_numbers_and_conditions() -> None:
    x = np.linspace(-2, 2, 37).astype(np.float32)
    condition = x > 0.3
    assert_bits(
        applied("where", [condition, x, 0.1], x.dtype), np.where(condition, x, np.float32(0.1))
    )
    assert_bits(applied("subtract", [1.0, x], x.dtype), 1 - x)
    assert_bits(applied("cast", [x], np.dtype(np.int32)), x.astype(np.int32))
    assert_bits(applied("cast", [condition], np.dtype(np.float64)), condition.astype(np.float64))
    assert_bits(applied("cast", [x], np.dtype(np.bool_)), x.astype(np.bool_))


@pytest.mark.parametrize("dtype", ["uint8", "int8", "int32", "int64", "uint64", "float32"])
def test_truth_values_as_numbers(dtype: str) -> None:
    condition = np.array([True, False, True] * 7)
    assert_bits(applied("cast", [condition], np.dtype(dtype)), condition.astype(dtype))
    two = np.dtype(dtype).type(2)
    want = np.where(condition, two, condition).astype(dtype)
    assert_bits(applied("where", [condition, two, condition], np.dtype(dtype)), want)


@pytest.mark.parametrize("step", [1, 2, 3])
@pytest.mark.parametrize("dtypes", ["lB", "lh", "li", "ib", "df", "l?", "?b", "bl"])
def test_a_row_ends_where_it_ends(dtypes: str, step: int) -> None:
    old, new = map(np.dtype, dtypes)
    for n in (1, 2, 3, 7, 8, 9, 14, 16, 17, 25, 33):
        x = np.arange(n).astype(old)
        guarded = np.full(step * n + 64, 1).astype(new)
        memory, loaded, made = Memory(), Register(old), Register(new)
        out = guarded[: step * n : step]
        body = [Load(loaded, memory.view(x)), Compute(made, "cast", (loaded,))]
        memory.run([Kernel((), (n,), [full(*body, Store(memory.view(out), made))])])
        want = np.full(step * n + 64, 1).astype(new)
        want[: step * n : step] = x.astype(new)
        assert_bits(guarded, want)


def test_many_functions_in_a_row_wait_for_nobody() -> None:
    n = 5000
    x, y, memory = RNG.normal(size=n), np.empty(n), Memory()
    now = Register(x.dtype)
    statements: list[Any] = [Load(now, memory.view(x))]
    want = x
    for _ in range(6):
        scaled, after = Register(x.dtype), Register(x.dtype)
        statements += [Compute(scaled, "multiply", (now, 1.1)), Compute(after, "tanh", (scaled,))]
        now, want = after, np.tanh(want * 1.1)
    statements.append(Store(memory.view(y), now))
    memory.run([Kernel((), (n,), [full(*statements)])])
    np.testing.assert_allclose(y, want, 1e-14)


# Stages and folds


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_function_that_is_called_has_the_bits_of_one_that_is_written_out(
    dtype: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    x = RNG.normal(size=(2, 21)).astype(dtype)

    def chain() -> tuple[np.ndarray, str]:
        memory = Memory()
        loaded = Register(dtype)
        statements: list[Any] = [Load(loaded, memory.view(x))]
        value = loaded
        for _ in range(20):
            near, sum_ = Register(dtype), Register(dtype)
            statements.append(Compute(near, "tanh", (value,)))
            statements.append(Compute(sum_, "add", (near, loaded)))
            value = sum_
        out = memory.view(np.zeros_like(x))
        kernel = Kernel(x.shape, (), [row(*statements, Store(out, value))])
        memory.run([kernel])
        (piece,) = lowering.pieces(kernel, 1, with_llvm.vector_bytes())
        return memory.arrays[out.buffer], piece.text

    called, text = chain()
    assert " noinline" in text
    monkeypatch.setattr(kernel_ir, "_INLINED", 20)
    written_out, text = chain()
    assert " noinline" not in text
    assert_bits(called, written_out)


def softmax(m: int, n: int, dtype: str) -> tuple[list[Task], Memory]:
    memory = Memory()
    x, y = RNG.normal(size=(m, n)).astype(dtype), np.zeros((m, n), dtype)
    a, largest, less, power, total, out = (Register(dtype) for _ in range(6))
    stages = [
        full(Load(a, memory.view(x, "x")), Reduce(largest, "maximum", a)),
        full(
            Compute(less, "subtract", (a, largest)),
            Compute(power, "exp", (less,)),
            Reduce(total, "add", power),
        ),
        full(Compute(out, "divide", (power, total)), Store(memory.view(y, "y"), out)),
    ]
    return [Kernel((m,), (n,), stages, "softmax")], memory


def layer_norm(m: int, n: int, dtype: str) -> tuple[list[Task], Memory]:
    memory = Memory()
    x, y = RNG.normal(size=(m, n)).astype(dtype), np.zeros((m, n), dtype)
    weight = memory.view(RNG.normal(size=n).astype(dtype))
    a, total, mean, centred, square, squares, variance, scale, w, normal, out = (
        Register(dtype) for _ in range(11)
    )
    stages = [
        full(Load(a, memory.view(x)), Reduce(total, "add", a)),
        row(Compute(mean, "multiply", (total, 1 / n))),
        full(
            Compute(centred, "subtract", (a, mean)),
            Compute(square, "square", (centred,)),
            Reduce(squares, "add", square),
        ),
        row(Compute(variance, "multiply", (squares, 1 / n)), Compute(scale, "sqrt", (variance,))),
        full(
            Load(w, View(weight.buffer, (m, n), (0, 1))),
            Compute(normal, "divide", (centred, scale)),
            Compute(out, "multiply", (normal, w)),
            Store(memory.view(y), out),
        ),
    ]
    return [Kernel((m,), (n,), stages, "layer_norm")], memory


SHAPES = [(3, 5), (1, 7), (40, 10), (4, 128), (2, 300), (5, 16), (33, 3), (0, 4), (4, 1), (1, 1)]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", SHAPES)
def test_rows(shape: tuple[int, int], dtype: str) -> None:
    assert_agrees(*softmax(*shape, dtype))
    if shape[1] > 1:
        assert_agrees(*layer_norm(*shape, dtype), 2e-5 if dtype == "float32" else 1e-12)


@pytest.mark.parametrize("shape", [(3, 5), (40, 10), (33, 3), (64, 130)])
def test_rows_in_threads(shape: tuple[int, int], shared: None) -> None:
    assert_agrees(*softmax(*shape, "float32"))


def test_a_wrong_kernel_is_noticed() -> None:
    tasks, memory = softmax(4, 9, "float64")
    native = {buffer: x.copy() for buffer, x in memory.arrays.items()}
    run(tasks, native)
    as_written(tasks, memory.arrays)
    kernel = tasks[0]
    if isinstance(kernel, Kernel):
        broken = kernel.stages[1].statements[2]
        if isinstance(broken, Reduce):
            broken.function = "multiply"
    run(tasks, native)
    y = next(buffer for buffer in native if buffer.name == "y")
    assert not np.allclose(native[y], memory.arrays[y])


def test_division_by_a_fold_reaches_the_ends_of_the_range() -> None:
    x = np.array([[0.0, 0.0], [2e-38, 0.0], [3e38, 0.0], [np.inf, 1], [np.nan, 1], [5.0, 3.0]])
    x, y, memory = x.astype(np.float32), np.empty((6, 2), np.float32), Memory()
    a, total, out = (Register("float32") for _ in range(3))
    stages = [
        full(Load(a, memory.view(x)), Reduce(total, "add", a)),
        full(Compute(out, "divide", (a, total)), Store(memory.view(y), out)),
    ]
    memory.run([Kernel((6,), (2,), stages)])
    with np.errstate(all="ignore"):
        want = x / x.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(y, want, 3e-7)


def accumulation(
    shape: tuple[int, ...], kept: Sequence[int], function: str, outer: int, clear: bool = True
) -> tuple[list[Task], Memory]:
    memory = Memory()
    x = memory.view(RNG.normal(size=shape))
    out = RNG.normal(size=[shape[axis] for axis in kept])
    steps = iter(contiguous(out.shape))
    strides = tuple(next(steps) if axis in kept else 0 for axis in range(len(shape)))
    target = View(memory.view(out).buffer, shape, strides)
    a, b = Register("float64"), Register("float64")
    statements = [
        Load(a, x),
        Compute(b, "multiply", (a, 1.5)),
        Accumulate(target, function, b, (), clear),
        Store(x, b),
    ]
    return [Kernel(shape[:outer], shape[outer:], [full(*statements)])], memory


ACCUMULATED = [(5,), (130,), (7, 9), (40, 33), (3, 4, 5), (6, 1, 20), (0, 3), (3, 0)]


@pytest.mark.parametrize("shape", ACCUMULATED)
def test_accumulations(shape: tuple[int, ...]) -> None:
    for count in range(len(shape) + 1):
        for number, kept in enumerate(itertools.combinations(range(len(shape)), count)):
            outer = number % (len(shape) + 1)
            assert_agrees(*accumulation(shape, kept, "add", outer))
            assert_agrees(*accumulation(shape, kept, "maximum", outer, clear=False))


@pytest.mark.parametrize("shape", [(130,), (40, 33), (3, 4, 5)])
def test_accumulations_in_threads(shape: tuple[int, ...], shared: None) -> None:
    for kept in ((), (0,), (len(shape) - 1,)):
        for clear in (True, False):
            assert_agrees(*accumulation(shape, kept, "add", 0, clear))


def test_the_same_bits_every_time(shared: None) -> None:
    results = []
    for _ in range(5):
        x, total, memory = (
            np.linspace(0, 1, 100_003, dtype=np.float32),
            np.zeros(1, np.float32),
            Memory(),
        )
        a = Register("float32")
        target = View(memory.view(total).buffer, x.shape, (0,))
        memory.run(
            [Kernel((), x.shape, [full(Load(a, memory.view(x)), Accumulate(target, "add", a))])]
        )
        results.append(total.tobytes())
    assert len(set(results)) == 1


@pytest.mark.parametrize("shape", [(1_000_003,), (1000, 1000), (1, 100_000)])
def test_long_sums_are_as_good_as_numpys(shape: tuple[int, ...]) -> None:
    x = RNG.uniform(size=shape).astype(np.float32)
    total, memory = np.zeros(1, np.float32), Memory()
    a, folded = Register("float32"), Register("float32")
    target = View(memory.view(total).buffer, shape, (0,) * len(shape))
    stage = full(Load(a, memory.view(x)), Accumulate(target, "add", a))
    memory.run([Kernel((), shape, [stage])])
    exact = x.sum(dtype=np.float64)
    assert abs(total[0] - exact) / exact < 1e-6
    stages = [
        full(Load(a, memory.view(x)), Reduce(folded, "add", a)),
        row(Store(View(target.buffer, (), ()), folded)),
    ]
    memory.run([Kernel((), shape, stages)])
    assert abs(total[0] - exact) / exact < 1e-6


@pytest.mark.parametrize("function", ["add", "multiply", "maximum", "minimum"])
@pytest.mark.parametrize("dtype", ["bool", "int32", "int64", "float32"])
def test_folds_by_every_function(function: str, dtype: str) -> None:
    x = RNG.integers(0, 3, size=(6, 21)).astype(dtype)
    if dtype == "float32":
        x[2, 5] = np.nan
    out, memory = np.zeros(6, dtype), Memory()
    a, folded = Register(dtype), Register(dtype)
    stages = [
        full(Load(a, memory.view(x)), Reduce(folded, function, a)),
        row(Store(memory.view(out), folded)),
    ]
    memory.run([Kernel((6,), (21,), stages)])
    np.testing.assert_array_equal(out, getattr(np, function).reduce(x, axis=1, dtype=dtype))


def test_windows_of_two_by_two() -> None:
    x = RNG.normal(size=(3, 8, 22)).astype(np.float32)
    out, memory = np.zeros((3, 4, 11), np.float32), Memory()
    buffer = memory.view(x).buffer
    a, largest = Register("float32"), Register("float32")
    windows = View(buffer, (3, 4, 11, 2, 2), (176, 44, 2, 22, 1))
    stages = [
        full(Load(a, windows), Reduce(largest, "maximum", a)),
        row(Store(memory.view(out), largest)),
    ]
    memory.run([Kernel((3, 4, 11), (2, 2), stages)])
    np.testing.assert_array_equal(out, x.reshape(3, 4, 2, 11, 2).max(axis=(2, 4)))


@pytest.mark.parametrize("steps", [(1, 1), (1, -1), (2, 3), (-1, 5), (7, 1)])
def test_strides_of_every_kind(steps: tuple[int, int]) -> None:
    x = RNG.normal(size=(40, 170)).astype(np.float32)[:: steps[0], :: steps[1]]
    for y in (np.zeros(x.shape, np.float32), np.zeros(x.shape[::-1], np.float32).T):
        memory = Memory()
        a, b = Register("float32"), Register("float32")
        memory.run(
            [
                Kernel(
                    (),
                    x.shape,
                    [
                        full(
                            Load(a, memory.view(x)),
                            Compute(b, "negative", (a,)),
                            Store(memory.view(y), b),
                        )
                    ],
                )
            ]
        )
        np.testing.assert_array_equal(y, -x)


def test_in_place() -> None:
    x = RNG.normal(size=1001)
    want, memory = x * 2 + 1, Memory()
    a, b, c = (Register("float64") for _ in range(3))
    view = memory.view(x)
    stage = full(Load(a, view), Compute(b, "multiply", (a, 2)), Compute(c, "add", (b, 1)))
    stage.statements.append(Store(view, c))
    memory.run([Kernel((), x.shape, [stage])])
    np.testing.assert_allclose(x, want, 1e-15)


# Indices


@pytest.mark.parametrize("axis", [0, 1])
def test_gathering_and_scattering(axis: int, shared: None) -> None:
    table = RNG.normal(size=(9, 21)).astype(np.float32)
    where = RNG.integers(0, table.shape[axis], size=50)
    other = table.shape[1 - axis]
    step, along = table.strides[axis] // 4, table.strides[1 - axis] // 4
    gathered, sums, memory = np.zeros((50, other), np.float32), np.ones_like(table), Memory()
    index, a = Register("int64"), Register("float32")
    read = Load(index, View(memory.view(where).buffer, (50, other), (1, 0)))
    source = View(memory.view(table).buffer, (50, other), (0, along))
    memory.run(
        [
            Kernel(
                (),
                (50, other),
                [full(read, Load(a, source, ((index, step),)), Store(memory.view(gathered), a))],
            )
        ]
    )
    np.testing.assert_array_equal(gathered, np.moveaxis(np.take(table, where, axis), axis, 0))
    target = View(memory.view(sums).buffer, (50, other), (0, along))
    added = Accumulate(target, "add", a, ((index, step),), clear=False)
    memory.run([Kernel((), (50, other), [full(read, Load(a, memory.view(gathered)), added)])])
    want = np.ones_like(table)
    np.add.at(np.moveaxis(want, axis, 0), where, gathered)
    np.testing.assert_allclose(sums, want, 1e-5)


def test_the_last_of_several_stores_to_one_place_stays() -> None:
    where, out, memory = np.array([3, 1, 3, 3, 0, 1]), np.zeros(5), Memory()
    index, a = Register("int64"), Register("float64")
    stage = full(
        Load(index, memory.view(where)),
        Load(a, memory.view(np.arange(6.0))),
        Store(View(memory.view(out).buffer, (6,), (0,)), a, ((index, 1),)),
    )
    memory.run([Kernel((), (6,), [stage])])
    np.testing.assert_array_equal(out, [4, 5, 0, 3, 0])


# Products


def matrix(m: int, n: int, dtype: Any, order: str, batch: tuple[int, ...] = ()) -> np.ndarray:
    """By rows, by columns, or every so-many-th element."""
    if order == "columns":
        return np.swapaxes(RNG.normal(size=(*batch, n, m)).astype(dtype), -1, -2)
    if order == "apart":
        return RNG.normal(size=(*batch, 2 * m, 3 * n)).astype(dtype)[..., ::2, ::3]
    return RNG.normal(size=(*batch, m, n)).astype(dtype)


def assert_multiplies(a: Any, b: Any, out: Any, accumulate: bool = False, summed: int = 0) -> None:
    memory = Memory()
    want = a.astype(np.float64) @ b.astype(np.float64)
    target = memory.view(out)
    if summed:
        want = want.sum(axis=0)
        target = View(target.buffer, (summed, *target.shape), (0, *target.strides), target.offset)
    want = want + out if accumulate else want
    memory.run([MatMul(memory.view(a), memory.view(b), target, accumulate)])
    few = 3e-6 if out.dtype == np.float32 else 1e-13
    scale = max(1, np.abs(want).max(initial=0))
    np.testing.assert_allclose(out / scale, want / scale, 0, few)


SIZES = [(1, 1, 1), (3, 5, 7), (32, 4, 32), (32, 32, 2), (17, 33, 18), (5, 1, 9), (1, 40, 30)]
SIZES += [(40, 30, 1), (64, 70, 50), (4, 0, 3), (0, 2, 3), (30, 300, 20)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_products(size: tuple[int, int, int], dtype: str) -> None:
    m, k, n = size
    orders = itertools.product(
        ("rows", "columns", "apart"), ("rows", "columns"), ("rows", "columns")
    )
    for number, (a, b, out) in enumerate(orders):
        if (number + m) % 2 == 0:
            assert_multiplies(
                matrix(m, k, dtype, a),
                matrix(k, n, dtype, b),
                matrix(m, n, dtype, out),
                number % 4 < 2,
            )


@pytest.mark.parametrize("size", [(17, 33, 18), (64, 70, 50)])
def test_products_by_the_blas(size: tuple[int, int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(products, "_LARGE", 0)
    test_products(size, "float32")


@pytest.mark.parametrize("blas", [False, True])
def test_products_in_threads(blas: bool, shared: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(products, "_LARGE", 0 if blas else 1 << 20)
    for size in ((100, 64, 30), (20, 10, 101)):
        test_products(size, "float32")
    test_batches_of_products()


def test_batches_of_products() -> None:
    for a, b in itertools.product(("rows", "columns"), repeat=2):
        assert_multiplies(
            matrix(8, 9, "float32", a, (3, 2)),
            matrix(9, 10, "float32", b, (3, 2)),
            matrix(8, 10, "float32", "rows", (3, 2)),
        )
        # One matrix for all, as in a linear layer; and sums over the batch, as in its gradient.
        shared_b = np.broadcast_to(matrix(9, 10, "float32", b), (4, 9, 10))
        out = matrix(8, 10, "float32", "rows", (4,))
        assert_multiplies(matrix(8, 9, "float32", a, (4,)), shared_b, out)
        for accumulate in (False, True):
            assert_multiplies(
                matrix(8, 9, "float32", a, (4,)),
                matrix(9, 10, "float32", b, (4,)),
                matrix(8, 10, "float32", "rows"),
                accumulate,
                summed=4,
            )


def test_products_of_whole_numbers() -> None:
    a, b = RNG.integers(-5, 5, size=(20, 30)), RNG.integers(-5, 5, size=(30, 17))
    out, memory = np.zeros((20, 17), np.int64), Memory()
    memory.run([MatMul(memory.view(a), memory.view(b), memory.view(out))])
    np.testing.assert_array_equal(out, a @ b)


# Loops


@pytest.mark.parametrize("reverse", [False, True])
def test_loops_move_their_views(reverse: bool) -> None:
    x, memory = RNG.normal(size=(5, 7)), Memory()
    state, history = np.zeros(7), np.zeros((5, 7))
    a, b, c = (Register("float64") for _ in range(3))
    over_x = View(memory.view(x).buffer, (7,), (1,), 0, (7,))
    over_history = View(memory.view(history).buffer, (7,), (1,), 0, (7,))
    here = memory.view(state)
    step = full(Load(a, over_x), Load(b, here), Compute(c, "add", (a, b)))
    step.statements += [Store(here, c), Store(over_history, c)]
    loop = Loop(5, [Kernel((), (7,), [step])], reverse)
    assert_agrees([loop], memory)
    memory.run([loop])
    want = np.cumsum(x[::-1] if reverse else x, axis=0)
    np.testing.assert_allclose(history, want[::-1] if reverse else want, 1e-14)


def test_loops_in_loops_and_products_in_loops() -> None:
    a, memory = RNG.normal(size=(2, 3, 4, 4)), Memory()
    out = np.zeros((2, 3, 4, 4))
    left = View(memory.view(a).buffer, (4, 4), (4, 1), 0, (48, 16))
    right = View(left.buffer, (4, 4), (1, 4), 0, (48, 16))
    target = View(memory.view(out).buffer, (4, 4), (4, 1), 0, (48, 16))
    tasks = [Loop(2, [Loop(3, [MatMul(left, right, target)], True)])]
    assert_agrees(tasks, memory)
    memory.run(tasks)
    np.testing.assert_allclose(out, a @ np.swapaxes(a, -1, -2), 1e-13)


# Segments


def test_equal_kernels_share_their_code(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[str] = []
    real = with_llvm.machine.compile_ir

    def counting(text: str, in_lanes: bool = False) -> Any:
        compiled.append(text)
        return real(text, in_lanes)

    monkeypatch.setattr(with_llvm.machine, "compile_ir", counting)
    memory, tasks = Memory(), []
    arrays = [(RNG.normal(size=50), np.zeros(50)) for _ in range(10)]
    for x, y in arrays:
        a, b = Register("float64"), Register("float64")
        stage = full(Load(a, memory.view(x)), Compute(b, "sqrt", (a,)), Store(memory.view(y), b))
        stage.statements[1] = Compute(b, "square", (a,))
        tasks.append(Kernel((), (50,), [stage]))
    memory.run(tasks)
    assert "".join(compiled).count("define void @k") == 1
    for x, y in arrays:
        np.testing.assert_allclose(y, x * x, 1e-15)


def test_several_buffers_may_lie_in_one_slot() -> None:
    arena = np.zeros(64)
    first, second = Buffer(20, arena.dtype), Buffer(20, arena.dtype)
    arena[:20] = np.arange(20)
    a, b = Register("float64"), Register("float64")
    stage = full(Load(a, View(first, (20,), (1,))), Compute(b, "add", (a, 1)))
    stage.statements.append(Store(View(second, (20,), (1,)), b))
    segment = with_llvm.compile_tasks(
        [Kernel((), (20,), [stage])], {first: 0, second: 0}, {first: 0, second: 256}
    )
    table = np.array([arena.ctypes.data], np.int64)
    segment.run(table.ctypes.data)
    np.testing.assert_array_equal(arena[32:52], np.arange(1, 21))


def test_tiny_results_become_zero_in_single_precision_only() -> None:
    for dtype, tiny, half in (("float32", 1.2e-38, 0.0), ("float64", 2.3e-308, 1.15e-308)):
        x, y, memory = np.full(40, tiny, dtype), np.ones(40, dtype), Memory()
        a, b = Register(dtype), Register(dtype)
        kernel = Kernel(
            (),
            (40,),
            [
                full(
                    Load(a, memory.view(x)),
                    Compute(b, "multiply", (a, 0.5)),
                    Store(memory.view(y), b),
                )
            ],
        )
        memory.run([kernel, Loop(2, [kernel])])
        np.testing.assert_allclose(y, half, 1e-6, 0)
    assert np.float32(1.2e-38) * np.float32(0.5) > 0  # NumPy's own mode is as it was


def test_numbers_are_compared_as_numbers() -> None:
    """-1 > 0 is false, although both would be truth values of another sort."""
    out = Buffer(1, np.dtype(np.float64), "result")
    truth, chosen = Register(np.bool_), Register(np.float64)
    statements = [
        Compute(truth, "greater", (-1.0, 0.0)),
        Compute(chosen, "where", (truth, 1.0, 2.0)),
        Store(View(out, (), ()), chosen),
    ]
    segment = with_llvm.compile_tasks(
        [Kernel((), (), [Stage(False, statements)])], {out: 0}, {out: 0}
    )
    data = np.zeros(1)
    table = np.array([data.ctypes.data], np.int64)
    segment.run(table.ctypes.data)
    assert data[0] == 2.0


def test_the_source_hides_no_name_of_pythons():
    f = jit(lambda range, x: np.sum(x @ range), emitter="native")
    w, x = np.ones((3, 2)), np.ones((4, 3))
    for _ in range(3):
        f(w, x)
    defined = {line.split("(")[0] for line in f.source.splitlines() if line.startswith("def ")}
    assert defined.isdisjoint({"def sum", "def range"})


def test_the_source_is_python_where_no_kernel_is_left() -> None:
    compiled = jit(lambda x: x * 1j)
    for _ in range(3):
        compiled(np.ones(3))
    assert "def run" in compiled.source
    compile(compiled.source, "source", "exec")


def test_rows_that_no_stack_has_room_for() -> None:
    x = np.linspace(-1.0, 1.0, 1 << 21)

    def softmax(x: Any) -> Any:
        e = np.exp(x - np.max(x, -1, keepdims=True))
        return e / np.sum(e, -1, keepdims=True)

    for shape in ((-1,), (2, -1)):
        compiled = jit(softmax, emitter="native")
        rows = x.reshape(shape)
        for _ in range(3):
            np.testing.assert_allclose(compiled(rows), softmax(rows), rtol=1e-13)
