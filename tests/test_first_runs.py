"""What a program gives before it is compiled: arrays that nobody else has, not copied in vain."""

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from random_programs import op_of, programs

from autograd import Value, grad, jit
from autograd.compiler import backends, jitting
from autograd.compiler.first_runs import interpreted
from autograd.compiler.ownership import copied, is_shared
from autograd.compiler.program import Constant, Equation, Program, Variable, evaluate
from autograd.errors import CompilationError
from autograd.op import Kind, Op
from autograd.ops import shape
from nn.optim import Adam


def arrays(among: Any) -> list[np.ndarray]:
    return [x for x in among if isinstance(x, np.ndarray) and x.ndim]


@given(programs())
def test_results_are_right_and_lie_in_memory_of_their_own(case: Any) -> None:
    program, inputs = case
    with np.errstate(all="ignore"):
        expected = copied(evaluate(program, copied(inputs)))
    before = copied(inputs)
    results = interpreted(program, inputs)
    for x, y in zip(results, expected, strict=True):
        np.testing.assert_array_equal(x, y)
    constants = [
        x.data
        for operands in (*(e.inputs for e in program.equations), program.results)
        for x in operands
        if isinstance(x, Constant)
    ]
    for x in arrays(results):
        assert x.flags.writeable
        for y in arrays((*inputs, *constants)):
            assert not np.shares_memory(x, y)
    for x, y in combinations(arrays(results), 2):
        assert not np.shares_memory(x, y)
    for x in arrays(results):
        x[...] = 0
    np.testing.assert_equal(inputs, before)


def transposed(*axes: int, also: bool = False) -> list[np.ndarray]:
    """The double of an array with its axes in another order; and, if `also`, as it is."""
    x = Variable((2, 3, 4), float)
    y, z = Variable((2, 3, 4), float), Variable(tuple((2, 3, 4)[i] for i in axes), float)
    equations = [
        Equation(op_of(np.add), (x, x), {}, (y,)),
        Equation(shape.transpose, (y,), {"axes": axes}, (z,)),
    ]
    return interpreted(Program([x], equations, [z, y] if also else [z]), [np.ones((2, 3, 4))])


def test_a_transposed_view_of_an_array_that_is_gone_is_not_copied() -> None:
    (x,) = transposed(2, 1, 0)
    assert x.base is not None and (x == 2.0).all()


def test_a_transposed_view_of_another_result_is_copied_once() -> None:
    x, y = transposed(2, 1, 0, also=True)
    assert not np.shares_memory(x, y)
    assert y.base is None


def test_what_a_function_keeps_of_its_results_is_copied() -> None:
    kept: list[np.ndarray] = []

    def keeping(x: Any) -> Any:
        kept.append((2.0 * x).T)
        return kept[0]

    x, y = Variable((2, 3), float), Variable((3, 2), float)
    program = Program([x], [Equation(Op(keeping, Kind.GENERAL), (x,), {}, (y,))], [y])
    (result,) = interpreted(program, [np.ones((2, 3))])
    assert not np.shares_memory(result, kept[0])


@pytest.mark.parametrize(
    ("view", "shared"),
    [
        (lambda x: x, False),
        (lambda x: x.T, False),
        (lambda x: x.reshape(3, 4), False),
        (lambda x: x[::-1], True),  # in no order of its own
        (lambda x: x[1:], True),  # a part, which would keep all of it
        (lambda x: np.broadcast_to(x[0], (4, 3)), True),
    ],
)
def test_a_view_is_shared_that_is_not_all_of_an_array(view: Any, shared: bool) -> None:
    assert is_shared([view(np.arange(12.0).reshape(4, 3).copy())], 0) is shared


def test_an_array_is_shared_that_anyone_refers_to() -> None:
    x: np.ndarray = np.arange(12.0)
    found = [x]
    assert is_shared(found, 0)
    del x
    assert not is_shared(found, 0)
    part = found[0][:2]
    assert is_shared(found, 0)
    found[0] = found[0].reshape(3, 4).T
    assert is_shared(found, 0)
    del part
    assert not is_shared(found, 0)


def test_memory_that_is_not_numpys_is_shared() -> None:
    assert is_shared([np.frombuffer(bytearray(16), float)], 0)


LARGE = np.linspace(-1.0, 1.0, 1 << 19)


def built(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The programs that are compiled from now on."""
    found: list[Any] = []

    def build(program: Program, *args: Any) -> Any:
        found.append(program)
        return backends.build(program, *args)

    monkeypatch.setattr(jitting, "build", build)
    return found


@pytest.mark.parametrize(("x", "after"), [(LARGE, [1, 1, 1]), (LARGE[:10], [0, 1, 1])])
@pytest.mark.parametrize("emitter", ["numpy", "native"])
def test_what_takes_longer_to_run_than_to_compile_is_compiled_first(
    x: Any, after: list[int], emitter: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = built(monkeypatch)

    def f(x: Any) -> Any:
        weights = np.arange(float(len(x)))  # made anew at every call: part of the program
        return np.sum(weights * np.tanh(x) ** 2)

    slope = jit(grad(f), emitter=emitter)
    for count in after:
        np.testing.assert_allclose(slope(x), grad(f)(x), rtol=1e-12)
        assert len(found) == count


def test_an_array_that_others_hold_is_read_at_every_call(monkeypatch: pytest.MonkeyPatch) -> None:
    found = built(monkeypatch)
    held = LARGE.copy()
    f = jit(lambda x: np.sin(x) * held)
    for count in (0, 1, 1):
        np.testing.assert_allclose(f(LARGE), np.sin(LARGE) * held, rtol=1e-12)
        assert len(found) == count
        held += 1.0


def test_a_program_that_only_one_trace_says_is_not_run_again() -> None:
    draws = np.random.default_rng(0)
    f = jit(lambda x: np.sin(x) * draws.standard_normal(x.shape))
    f(LARGE)
    for _ in range(2):
        with pytest.raises(CompilationError, match="at every call"):
            f(LARGE)


def test_state_is_written_back_from_the_first_call_on(monkeypatch: pytest.MonkeyPatch) -> None:
    found = built(monkeypatch)
    w = Value(LARGE)
    optimizer = Adam([w], lr=0.1)

    def step(x: Any) -> Any:
        optimizer.zero_grad()
        loss = np.mean((w * x - 1.0) ** 2)
        loss.backward()
        optimizer.step()
        return loss

    compiled = jit(step)
    losses = [compiled(LARGE).item() for _ in range(4)]
    once, state = len(found), w.data.copy()
    w.assign(LARGE)
    optimizer = Adam([w], lr=0.1)
    np.testing.assert_allclose(losses, [step(LARGE).item() for _ in range(4)])
    np.testing.assert_allclose(state, w.data)
    assert once == 1
