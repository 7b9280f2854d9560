"""Generated NumPy code: the numbers of the equations, in memory of its own, from any thread."""

import traceback
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from counting import calls
from hypothesis import given, settings
from random_programs import programs

import nn
from autograd import Value, grad, jit
from autograd.broadcast import data_of
from autograd.compiler.emit.with_numpy import Emitted, emit
from autograd.compiler.kinds import owner
from autograd.compiler.passes.pipeline import optimize
from autograd.compiler.program import Constant, Equation, Program, Variable, evaluate
from autograd.compiler.trace import trace
from autograd.op import Kind, Op
from autograd.ops import arithmetic, contract, elementary, reduce, shape
from autograd.scanning import scan


def copies(inputs: list[Any]) -> list[Any]:
    return [x.copy() if isinstance(x, np.ndarray) else x for x in inputs]


def reference(program: Program, inputs: list[Any]) -> list[Any]:
    with np.errstate(all="ignore"):
        return copies(evaluate(program, copies(inputs)))


def assert_same(found: list[Any], expected: list[Any], exact: bool = True) -> None:
    assert len(found) == len(expected)
    for x, y in zip(found, expected, strict=True):
        assert np.shape(x) == np.shape(y)
        assert np.asarray(x).dtype == np.asarray(y).dtype
        assert (type(x) is float) == (type(y) is float)
        if exact:
            np.testing.assert_array_equal(x, y)
            numbers = ~np.isnan(x)
            np.testing.assert_array_equal(np.signbit(x) & numbers, np.signbit(y) & numbers)
        else:
            np.testing.assert_allclose(x, y, rtol=1e-5, atol=1e-6)


def assert_own_memory(results: list[Any], others: list[Any]) -> None:
    arrays = [x for x in results if isinstance(x, np.ndarray)]
    for i, x in enumerate(arrays):
        assert not any(np.shares_memory(x, y) for y in [*arrays[:i], *others])


def traced(f: Any, arguments: list[Any]) -> tuple[Program, list[Any]]:
    found = trace(f, arguments)
    inputs = [data_of(x) for x in arguments]
    inputs += [v.data for v in found.captured] + [owner(v, arguments).grad for v in found.grads]
    return found.program, copies(inputs)


def chain(*ops: Op, size: int = 1000) -> tuple[Program, list[Any]]:
    x = Variable((size,), float, name="x")
    variables = [x, *(Variable((size,), float) for _ in ops)]
    equations = [Equation(op, (variables[i],), {}, (variables[i + 1],)) for i, op in enumerate(ops)]
    return Program([x], equations, [variables[-1]]), [np.linspace(-1, 1, size)]


@given(programs())
@settings(max_examples=150, deadline=None)
def test_random_programs_give_the_numbers_of_their_equations(case: Any) -> None:
    program, inputs = case
    expected = reference(program, inputs)
    closures = [
        x.data
        for x in [*program.results, *(x for e in program.equations for x in e.inputs)]
        if isinstance(x, Constant) and isinstance(x.data, np.ndarray)
    ]
    for piece in (1 << 18, 16):  # of a whole array, and of two numbers
        emitted = emit(program, piece)
        found: list[Any] = []
        for _ in range(2):
            given_ = copies(inputs)
            found = emitted.run(given_)
            assert_same(found, expected)
            assert_same(given_, inputs)  # read only
            assert_own_memory(found, [*(x for x in given_ if np.ndim(x)), *closures])
        again = emitted.run(copies(inputs))
        assert_own_memory(again, [x for x in found if isinstance(x, np.ndarray)])


@given(programs())
@settings(max_examples=80, deadline=None)
def test_donated_inputs_change_no_result(case: Any) -> None:
    program, inputs = case
    expected = reference(program, inputs)
    for piece in (1 << 18, 16):
        assert_same(emit(program, piece).run(copies(inputs), donate=True), expected)


def step_of_training(optimizer: str = "Adam") -> tuple[Program, list[Any]]:
    rng = np.random.default_rng(0)
    first, second = nn.Linear(20, 30, rng=rng), nn.Linear(30, 5, rng=rng)
    parameters = [*first.parameters(), *second.parameters()]
    trained = getattr(nn, optimizer)(parameters, lr=0.01)
    x = rng.normal(size=(8, 20)).astype(np.float32)

    def step(x: Any, labels: Any) -> Any:
        loss = nn.cross_entropy(second(nn.relu(first(x))), labels)
        trained.zero_grad()
        loss.backward()
        trained.step()
        return loss

    return traced(step, [x, rng.integers(0, 5, 8)])


@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
@pytest.mark.parametrize("piece", [1 << 18, 256])
def test_a_training_step(optimizer: str, piece: int) -> None:
    program, inputs = step_of_training(optimizer)
    emitted = emit(program, piece)
    expected = reference(program, inputs)
    for _ in range(2):
        assert_same(emitted.run(copies(inputs)), expected)
    assert_same(emitted.run(copies(inputs), donate=True), expected)
    assert ("for part, " in emitted.source) == (piece == 256 and optimizer == "Adam")


def test_what_is_donated_is_written_in_place() -> None:
    program, inputs = step_of_training()
    program = optimize(program)
    state = {i: j for i, j in program.donated.items() if np.ndim(inputs[j])}
    assert len(state) == 12
    emitted = emit(program)
    found = emitted.run(copied := copies(inputs), donate=True)
    assert all(found[i] is copied[j] for i, j in state.items())
    found = emitted.run(copied := copies(inputs))
    assert not any(found[i] is copied[j] for i, j in state.items())


def test_what_is_read_later_is_not_overwritten() -> None:
    w, old, new = (Variable((3,), float, name=name) for name in ("w", "old", "new"))
    equations = [
        Equation(arithmetic.add, (w, Constant(1.0)), {}, (new,)),
        Equation(arithmetic.multiply, (w, new), {}, (old,)),
    ]
    data = np.array([1.0, 2.0, 3.0])
    for second in (old, w):
        program = Program([w], equations, [new, second], {0: 0})
        expected = reference(program, [data])
        for piece in (1 << 18, 8):
            assert_same(emit(program, piece).run([data.copy()], donate=True), expected)


def test_an_operand_that_is_donated_is_read_before_it_is_overwritten() -> None:
    c = Variable((3,), bool)
    w, v, y = (Variable((3,), float) for _ in range(3))
    program = Program([c, w, v], [Equation(arithmetic.where_row, (c, w, v), {}, (y,))], [y], {0: 1})
    inputs = [np.array([True, False, True]), np.arange(3.0), np.full(3, 9.0)]
    assert_same(emit(program).run(copies(inputs), donate=True), [np.array([0.0, 9.0, 2.0])])
    m, p = Variable((3, 3), float), Variable((3, 3), float)
    program = Program([m], [Equation(contract.matmul_row, (m, m), {}, (p,))], [p], {0: 0})
    data = np.arange(9.0).reshape(3, 3)
    assert_same(emit(program).run([data.copy()], donate=True), [data @ data])


def test_what_is_donated_twice_is_taken_once() -> None:
    w, a, b = (Variable((3,), float) for _ in range(3))
    equations = [
        Equation(arithmetic.add, (w, Constant(1.0)), {}, (a,)),
        Equation(elementary.exp, (a,), {}, (b,)),
    ]
    program = Program([w], equations, [a, b], {0: 0, 1: 0})
    found = emit(program).run([np.zeros(3)], donate=True)
    assert_same(found, [np.ones(3), np.exp(np.ones(3))])


def test_a_reshape_that_no_view_can_be() -> None:
    x, a, b, c, y = (Variable(given_, float) for given_ in ((2, 3), (2, 3), (3, 2), (6,), (6,)))
    equations = [
        Equation(elementary.exp, (x,), {}, (a,)),
        Equation(shape.transpose, (a,), {}, (b,)),
        Equation(shape.reshape_row, (b,), {"shape": (6,)}, (c,)),
        Equation(arithmetic.add, (c, Constant(1.0)), {}, (y,)),
    ]
    program = Program([x], equations, [y, c])
    emitted = emit(program)
    for number in (1.0, 2.0):
        inputs = [number * np.arange(6.0).reshape(2, 3)]
        assert_same(emitted.run(inputs), reference(program, inputs))


def test_a_sum_of_negative_zeros() -> None:
    x, y, s = Variable((2, 3), float), Variable((3,), float), Variable((), float)
    equations = [
        Equation(reduce.sum_row, (x,), {"axis": 0}, (y,)),
        Equation(reduce.sum_row, (x,), {}, (s,)),
    ]
    program = Program([x], equations, [y, s])
    inputs = [np.full((2, 3), -0.0)]
    assert_same(emit(program).run(inputs), reference(program, inputs))


def test_chains_share_the_memory_of_their_pieces() -> None:
    x = Variable((1000,), float)
    variables, equations = [x], []
    for number in range(3):
        for op in (elementary.tanh, elementary.sin, elementary.exp):
            y = Variable((1000,), float)
            equations.append(Equation(op, (variables[-1],), {}, (y,)))
            variables.append(y)
        if number < 2:
            total, y = Variable((1,), float), Variable((1000,), float)
            options = {"axis": 0, "keepdims": True}
            equations += [
                Equation(reduce.sum_row, (variables[-1],), options, (total,)),
                Equation(shape.broadcast_to, (total,), {"shape": (1000,)}, (y,)),
            ]
            variables.append(y)
    program = Program([x], equations, [variables[-1]])
    emitted = emit(program, 512)
    assert emitted.source.count("for part, ") == 3
    assert emitted.source.count("= memory(") == 3
    inputs = [np.linspace(0, 1, 1000)]
    assert_same(emitted.run(inputs), reference(program, inputs))


def test_donated_memory_that_cannot_be_written_to() -> None:
    program, _ = chain(elementary.exp)
    program.donated[0] = 0
    data = np.linspace(0, 1, 1000)
    data.flags.writeable = False
    backwards = np.linspace(0, 1, 2000)[::-2]
    for x in (data, backwards):
        assert_same(emit(program).run([x], donate=True), [np.exp(x)])


def test_nothing_is_allocated_between() -> None:
    """Memory for what lives at the same time only: two arrays of a chain of a hundred."""
    ops = [elementary.tanh, elementary.sin] * 50
    program, inputs = chain(*ops)
    source = emit(program).source
    assert source.count("memory(8000)") == 1
    assert source.count("out=") == 99  # the last one is the result
    long, _ = chain(*ops, size=100_000)
    emitted = emit(long, 1 << 12)
    assert emitted.source.count("= memory(") == emitted.source.count("memory(4096)") == 1
    assert_same(emit(program).run(inputs), reference(program, inputs))


def test_rows_of_a_chain_read_what_is_broadcast_along_them() -> None:
    x, row, column, a, b, c = (
        Variable(given_, float, name=name)
        for name, given_ in zip(
            ("x", "row", "column", "a", "b", "c"),
            ((50, 4), (4,), (50, 1), (50, 4), (50, 4), (50, 4)),
            strict=True,
        )
    )
    equations = [
        Equation(arithmetic.add, (x, row), {}, (a,)),
        Equation(arithmetic.multiply, (a, column), {}, (b,)),
        Equation(elementary.tanh, (b,), {}, (c,)),
    ]
    program = Program([x, row, column], equations, [c, a])
    rng = np.random.default_rng(0)
    inputs = [rng.normal(size=v.shape) for v in program.inputs]
    emitted = emit(program, 96)
    assert "for part, " in emitted.source
    assert_same(emitted.run(inputs), reference(program, inputs))


def test_contents_of_a_closure_s_array_may_change() -> None:
    x, y = Variable((3,), float), Variable((3,), float)
    data = np.array([1.0, 2.0, 3.0])
    emitted = emit(Program([x], [Equation(arithmetic.add, (x, Constant(data)), {}, (y,))], [y]))
    assert_same(emitted.run([np.zeros(3)]), [data])
    data[:] = 7.0
    assert_same(emitted.run([np.zeros(3)]), [data])


def test_python_numbers_stay_python_numbers() -> None:
    x, y, z = (Variable((), float, weak=True) for _ in range(3))
    w, out = (Variable((2,), np.float32) for _ in range(2))
    equations = [
        Equation(arithmetic.divide, (x, Constant(0.0)), {}, (y,)),
        Equation(arithmetic.multiply, (y, Constant(2.0)), {}, (z,)),
        Equation(arithmetic.multiply, (w, z), {}, (out,)),
    ]
    program = Program([x, w], equations, [z, out])
    found = emit(program).run([1.0, np.ones(2, np.float32)])
    assert type(found[0]) is float
    assert_same(found, [float("inf"), np.full(2, np.inf, np.float32)])


def test_names_of_the_user_stay_and_no_name_is_met_twice() -> None:
    names = ("weight", "lambda", "np", "memory_0", "not a name")
    variables = [Variable((2,), float, name=name) for name in names]
    y = Variable((2,), float, name="sum_of_all")
    total, equations = variables[0], []
    for x in variables[1:]:
        z = Variable((2,), float) if x is not variables[-1] else y
        equations.append(Equation(arithmetic.add, (total, x), {}, (z,)))
        total = z
    emitted = emit(Program(variables, equations, [y]))
    assert "weight" in emitted.source
    assert "sum_of_all = add(" in emitted.source
    assert_same(emitted.run([np.full(2, float(i)) for i in range(5)]), [np.full(2, 10.0)])


def _fail(x: Any) -> Any:
    raise FloatingPointError("nothing works")


def test_an_error_shows_the_line() -> None:
    op = Op(_fail, Kind.GENERAL, (None,), name="failing")
    x, y = Variable((2,), float, name="speed"), Variable((2,), float, name="height")
    emitted = emit(Program([x], [Equation(op, (x,), {}, (y,))], [y]))
    with pytest.raises(FloatingPointError) as caught:
        emitted.run([np.zeros(2)])
    assert "height = only(failing(speed))" in "".join(traceback.format_exception(caught.value))
    with pytest.raises(FloatingPointError):  # and it is in order afterwards
        emitted.run([np.zeros(2)])


def test_threads_do_not_share_memory() -> None:
    program, _ = chain(*[elementary.tanh, elementary.sin, elementary.exp] * 10, size=20_000)
    emitted: Emitted = emit(program, 1 << 12)
    inputs = [np.full(20_000, i / 8) for i in range(8)]
    expected = [reference(program, [x])[0] for x in inputs]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(5):
            found = list(pool.map(lambda x: emitted.run([x])[0], inputs))
            assert_same(found, expected)


def test_a_program_that_runs_itself() -> None:
    """An op's function may call what is being run: it gets memory of its own."""
    x, y, z = (Variable((2,), float) for _ in range(3))
    runs: list[Any] = []

    def inner(a: Any) -> Any:
        if len(runs) == 0:
            runs.append(None)
            runs[0] = emitted.run([np.array([5.0, 6.0])])[0]
        return a * 1.0

    op = Op(inner, Kind.GENERAL, (None,), name="inner")
    total = Variable((2,), float)
    equations = [
        Equation(elementary.exp, (x,), {}, (y,)),
        Equation(op, (y,), {}, (z,)),
        Equation(arithmetic.add, (y, z), {}, (total,)),
    ]
    emitted = emit(Program([x], equations, [total]))
    (found,) = emitted.run([np.zeros(2)])
    np.testing.assert_array_equal(found, [2.0, 2.0])
    np.testing.assert_array_equal(runs[0], 2 * np.exp([5.0, 6.0]))


def test_a_function_that_returns_its_argument() -> None:
    """Its result is a copy, and the argument's memory is kept as long as the result is read."""
    op = Op(lambda a: a, Kind.GENERAL, (None,), name="same")
    x, y, z, t = (Variable((2,), float) for _ in range(4))
    equations = [
        Equation(elementary.exp, (x,), {}, (y,)),
        Equation(op, (y,), {}, (z,)),
        Equation(elementary.exp, (x,), {}, (t,)),
        Equation(arithmetic.multiply, (t, t), {}, (u := Variable((2,), float),)),
        Equation(arithmetic.add, (u, z), {}, (v := Variable((2,), float),)),
    ]
    program = Program([x], equations, [v, z])
    emitted = emit(program)
    first = emitted.run([np.zeros(2)])
    second = emitted.run([np.ones(2)])
    assert_same(first, reference(program, [np.zeros(2)]))
    assert_same(second, reference(program, [np.ones(2)]))


def test_several_outputs() -> None:
    op = Op(lambda a: (a + 1, a.sum()), Kind.GENERAL, (None,), name="both")
    x, y, s = Variable((2,), float), Variable((2,), float), Variable((), float)
    program = Program([x], [Equation(op, (x,), {}, (y, s))], [s, y])
    assert_same(emit(program).run([np.array([1.0, 2.0])]), [np.float64(3.0), np.array([2.0, 3.0])])


def test_products_and_sums_fill_planned_memory() -> None:
    x, w = Variable((4, 3), float), Variable((5, 3), float)
    t, p, s, y = (Variable(given_, float) for given_ in ((3, 5), (4, 5), (5,), (5,)))
    equations = [
        Equation(shape.transpose, (w,), {}, (t,)),
        Equation(contract.matmul_row, (x, t), {}, (p,)),
        Equation(reduce.sum_row, (p,), {"axis": 0}, (s,)),
        Equation(elementary.exp, (s,), {}, (y,)),
    ]
    program = Program([x, w], equations, [y])
    emitted = emit(program)
    assert "matmul(v0, v2, out=v3)" in emitted.source
    assert "out=v4" in emitted.source
    rng = np.random.default_rng(0)
    inputs = [rng.normal(size=v.shape) for v in program.inputs]
    assert_same(emitted.run(inputs), reference(program, inputs))


def test_a_gradient_by_slices() -> None:
    def f(x: Any) -> Any:
        return np.sum(x[:, :2] * x[:, 1:]) + np.sum(x[[0, 0, 1]])

    program, inputs = traced(grad(f), [np.arange(9.0).reshape(3, 3)[:, :3]])
    assert_same(emit(program).run(copies(inputs)), reference(program, inputs))


def test_views_of_planned_memory_are_made_beforehand() -> None:
    x, a, b, y = (Variable(given_, float) for given_ in ((2, 3), (2, 3), (3, 2), (3, 2)))
    equations = [
        Equation(elementary.exp, (x,), {}, (a,)),
        Equation(shape.transpose, (a,), {}, (b,)),
        Equation(arithmetic.add, (b, Constant(1.0)), {}, (y,)),
    ]
    program = Program([x], equations, [y])
    emitted = emit(program)
    before, _, after = emitted.source.partition("def run")
    assert "v2 = v1.T" in before
    assert "v1.T" not in after
    assert_same(emitted.run([np.ones((2, 3))]), reference(program, [np.ones((2, 3))]))


def test_a_draw_comes_anew_and_in_order() -> None:
    generator = np.random.default_rng(0)
    random = Op(lambda *, g: g.random(3), Kind.CONSTANT, name="random")
    first, second, y = (Variable((3,), float) for _ in range(3))
    equations = [
        Equation(random, (), {"g": generator}, (first,)),
        Equation(random, (), {"g": generator}, (second,)),
        Equation(arithmetic.subtract, (first, second), {}, (y,)),
    ]
    emitted = emit(Program([], equations, [y, second]))
    other = np.random.default_rng(0)
    for _ in range(3):
        a, b = other.random(3), other.random(3)
        assert_same(emitted.run([]), [a - b, b])


def test_a_loop_is_a_loop_in_the_code() -> None:
    w = Value(np.random.default_rng(0).normal(size=(4, 4)) * 0.3)

    def f(xs: Any, start: Any) -> Any:
        def step(carry: Any, x: Any) -> Any:
            h = np.tanh(carry @ w + x)
            return h, h * x

        last, ys = scan(step, start, xs)
        loss = np.sum(ys) + np.sum(last)
        w.zero_grad()
        loss.backward()
        return loss, ys, last

    lengths = []
    for n in (2, 50):
        rng = np.random.default_rng(1)
        program, inputs = traced(f, [rng.normal(size=(n, 3, 4)), rng.normal(size=(3, 4))])
        emitted = emit(program)
        assert f"in range({n}):" in emitted.source
        assert f"in range({n})[::-1]:" in emitted.source
        expected = reference(program, inputs)
        for _ in range(2):
            given_ = copies(inputs)
            found = emitted.run(given_)
            assert_same(found, expected, exact=False)
            assert_same(given_, inputs)  # the first carry is replaced in a copy
            assert_own_memory(found, [x for x in given_ if np.ndim(x)])
        lengths.append(len(emitted.source.splitlines()))
    assert lengths[0] == lengths[1]


def test_a_loop_that_carries_numbers_and_gives_nothing_else() -> None:
    def f(xs: Any) -> Any:
        return scan(lambda total, x: (total * 0.5 + x, None), 0.0, xs)[0]

    program, inputs = traced(f, [np.arange(5.0)])
    assert_same(emit(program).run(inputs), reference(program, inputs))


def test_a_tuple_of_one() -> None:
    op = Op(lambda a: (a * 2,), Kind.GENERAL, (None,), name="one")
    x, y = Variable((2,), float), Variable((2,), float)
    program = Program([x], [Equation(op, (x,), {}, (y,))], [y])
    assert_same(emit(program).run([np.array([1.0, 2.0])]), [np.array([2.0, 4.0])])
    fixed = Constant(np.array([1.0, 2.0]), fixed=True)
    program = optimize(Program([], [Equation(op, (fixed,), {}, (y,))], [y]))
    assert_same(emit(program).run([]), [np.array([2.0, 4.0])])


def test_the_dtype_of_a_numpy_number_counts():
    f = jit(lambda x: x - np.int64(3), emitter="numpy")
    for _ in range(3):
        assert f(np.arange(3, dtype=np.int32)).dtype == np.int64


def kept_for_later(length: int) -> Program:
    """As many results as equations, all of them alive until they are added up at the end."""
    x = Variable((3,), float)
    made, equations = [x], []
    for _ in range(length):
        made.append(Variable((3,), float, name="same"))
        equations.append(Equation(elementary.tanh, (made[-2],), {}, (made[-1],)))
    total = made[-1]
    for y in reversed(made[1:-1]):
        term, new = Variable((3,), float), Variable((3,), float)
        number = Constant(np.float64(len(equations)))
        equations.append(Equation(arithmetic.multiply, (y, number), {}, (term,)))
        equations.append(Equation(arithmetic.add, (total, term), {}, (new,)))
        total = new
    return Program([x], equations, [total])


def test_the_work_of_emitting_grows_with_the_length_of_a_program() -> None:
    emit(kept_for_later(10))
    few, many = (calls(emit, kept_for_later(length)) for length in (100, 400))
    assert many < 4.4 * few
