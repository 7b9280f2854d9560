"""What a program gives before it is compiled: arrays that nobody else has, not copied in vain."""

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from random_programs import op_of, programs

from autograd.compiler.first_runs import interpreted
from autograd.compiler.ownership import copied, is_shared
from autograd.compiler.program import Constant, Equation, Program, Variable, evaluate
from autograd.op import Kind, Op
from autograd.ops import shape


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
