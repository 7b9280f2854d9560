"""Modules are plain objects: what is found in them, under which names, and how state moves."""

import copy
import pickle
from collections import OrderedDict, namedtuple
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Value
from autograd.errors import (
    ArgumentError,
    AssignmentError,
    DTypeError,
    MissingKeyError,
    ShapeError,
    UnsupportedError,
)
from nn.linear import MLP, Linear
from nn.module import Module


class Bag(Module):
    """Attributes as given."""

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...
        def __setattr__(self, name: str, value: Any) -> None: ...
        def __delattr__(self, name: str) -> None: ...

    def __init__(self, **attributes: Any) -> None:
        for name, value in attributes.items():
            setattr(self, name, value)


class Scale(Module):
    """A parameter and a buffer."""

    def __init__(self, n: int = 3) -> None:
        self.factor = Value(np.ones(n))
        self.count = Value(np.zeros(n), requires_grad=False)

    def forward(self, x: Any) -> Any:
        return x * self.factor


def names(module: Module) -> list[str]:
    return [name for name, _ in module.named_parameters()]


def same(module: Module, state: dict[str, np.ndarray]) -> bool:
    now = module.state_dict()
    return list(now) == list(state) and all(
        np.array_equal(now[name], state[name], equal_nan=True) for name in state
    )


# Finding


def test_the_path_is_the_name_through_every_container():
    model = Bag(
        first=Value(1.0),
        layers=[Linear(2, 2), {"deep": (Value(2.0), [Scale()])}],
        heads={"a": Linear(2, 1, bias=False), 7: Value(3.0)},
        other="text",
        nothing=None,
    )
    assert names(model) == [
        "first",
        "layers.1.deep.0",
        "heads.7",
        "layers.0.weight",
        "layers.0.bias",
        "layers.1.deep.1.0.factor",
        "heads.a.weight",
    ]
    assert [name for name, _ in model.named_buffers()] == ["layers.1.deep.1.0.count"]


def test_a_module_needs_no_super_init_and_follows_later_attributes():
    model = Bag()
    assert model.training is True
    assert model.parameters() == []
    model.late = Value(1.0)
    assert names(model) == ["late"]
    del model.late
    assert names(model) == []


def test_replaced_list_items_are_seen():
    model = Bag(items=[Value(1.0)])
    model.items.append(Value(2.0))
    model.items[0] = Value(5.0)
    assert [p.data for p in model.parameters()] == [5.0, 2.0]


def test_slots_dataclasses_and_mapping_types_are_walked():
    class Slotted(Module):
        __slots__ = ("gain", "unset")

        def __init__(self) -> None:
            self.gain = Value(2.0)

    @dataclass
    class Record(Module):
        weight: Value
        inner: Slotted

    Pair = namedtuple("Pair", "left right")
    model = Record(Value(1.0), Slotted())
    assert names(model) == ["weight", "inner.gain"]
    assert names(Bag(pair=Pair(Value(1.0), Value(2.0)))) == ["pair.0", "pair.1"]
    assert names(Bag(d=OrderedDict(b=Value(1.0), a=Value(2.0)))) == ["d.b", "d.a"]
    # The dataclass has an __eq__ and so no hash; all the more must it be told apart by identity.
    twins = Bag(a=Record(Value(1.0), Slotted()), b=Record(Value(1.0), Slotted()))
    assert len(twins.parameters()) == 4


def test_only_state_is_walked():
    model = Bag(array=np.ones(3), function=np.tanh, kind=Value, numbers=[1.0, 2.0], text="abc")
    assert model.parameters() == model.buffers() == model.children() == []


def test_modules_and_children():
    inner = Linear(2, 2)
    middle = Bag(inner=inner, again=inner)
    model = Bag(stack=[middle, np.tanh], same=middle)
    assert [name for name, _ in model.named_modules()] == ["", "stack.0", "stack.0.inner"]
    assert model.modules() == [model, middle, inner]
    assert [name for name, _ in model.named_children()] == ["stack.0"]
    assert middle.children() == [inner]


def test_circles_end():
    child = Bag(weight=Value(1.0))
    model = Bag(child=child, loop=[])
    child.parent = model
    model.loop.append(model.loop)
    assert names(model) == ["child.weight"]
    assert list(model.state_dict()) == ["child.weight"]
    assert names(child) == ["weight"]
    assert model.modules() == [model, child]
    assert "..." in repr(model)
    assert model.freeze().parameters() == []
    assert len(model.eval().modules()) == 2 and not child.training
    twin = copy.deepcopy(model)
    assert twin.child.parent is twin


def test_deep_nesting_needs_no_recursion():
    model = Bag(weight=Value(1.0))
    nested: list[Any] = [Value(2.0)]
    for _ in range(2000):
        nested = [nested]
    model.nested = nested
    assert len(model.parameters()) == 2
    for _ in range(2000):
        model = Bag(inner=model)
    assert len(model.parameters()) == len(model.state_dict()) == 2
    assert len(model.modules()) == 2001


def test_two_values_of_one_name_are_refused():
    model = Bag(table={1: Value(1.0), "1": Value(2.0)})
    with pytest.raises(ArgumentError, match=r"two Values named 'table\.1'"):
        model.parameters()
    with pytest.raises(ArgumentError, match="rename"):
        Bag(a={"b.c": Value(1.0), "b": {"c": Value(2.0)}}).state_dict()


def test_what_an_op_computed_is_no_state_and_is_pointed_out():
    w = Value(np.ones(2))
    model = Bag(inner=Bag(w=w * 0.1, _kept=w + 1.0, bias=Value(0.0)))
    with pytest.warns(UserWarning, match=r"inner\.w, the result of multiply") as seen:
        assert names(model) == ["inner.bias"]
    assert len(seen) == 1
    assert seen[0].filename == __file__
    with pytest.warns(UserWarning, match=r"Value\(x\.data\)") as seen:
        model.parameters()
    assert seen[0].filename == __file__
    # Saving and evaluating a model that keeps its last activations must not disturb.
    assert list(model.state_dict()) == ["inner.bias"]
    model.zero_grad()
    model.load_state_dict({"inner.bias": 3.0})
    assert model.inner.bias.data == 3.0
    assert model.buffers() == []


def test_item_assignment_leaves_a_buffer_a_buffer():
    scale = Scale()
    scale.count[0] = 4.0
    assert [name for name, _ in scale.named_buffers()] == ["count"]
    assert scale.state_dict()["count"].tolist() == [4.0, 0.0, 0.0]
    scale.load_state_dict({"factor": np.ones(3), "count": np.ones(3)})
    # A recorded number in it makes it the result of an op, which cannot be assigned to.
    scale.count[1] = 2.0 * scale.factor[1]
    assert names(scale) == ["factor"]
    before = scale.state_dict()
    assert before["count"].tolist() == [1.0, 2.0, 1.0]
    with pytest.raises(AssignmentError, match=r"'count' holding the result of setitem"):
        scale.load_state_dict({"factor": np.zeros(3), "count": np.zeros(3)})
    assert same(scale, before)


def test_named_attributes_can_be_renamed():
    class Renamed(Module):
        def __init__(self) -> None:
            self.inside = Value(1.0)

        def named_attributes(self):
            yield "outside", self.inside

    assert names(Bag(part=Renamed())) == ["part.outside"]


# Tied parameters


def tied() -> Bag:
    shared = Value(np.arange(3.0), name="shared")
    return Bag(encoder=Bag(weight=shared), decoder=Bag(weight=shared, bias=Value(1.0)))


def test_a_tied_parameter_counts_once_and_is_saved_under_each_name():
    model = tied()
    assert names(model) == ["encoder.weight", "decoder.bias"]
    assert list(model.state_dict()) == ["encoder.weight", "decoder.weight", "decoder.bias"]
    layer = Linear(2, 2)
    assert len(Bag(a=layer, b=[layer]).parameters()) == 2
    assert list(Bag(a=layer, b=[layer]).state_dict()) == [
        "a.weight",
        "a.bias",
        "b.0.weight",
        "b.0.bias",
    ]


def test_a_tied_parameter_loads_from_either_name():
    for name in ("encoder.weight", "decoder.weight"):
        model = tied()
        assert model.load_state_dict({name: np.full(3, 7.0), "decoder.bias": 2.0}) == ([], [])
        assert model.encoder.weight is model.decoder.weight
        np.testing.assert_array_equal(model.encoder.weight.data, 7.0)


def test_two_arrays_for_one_tied_parameter_are_refused():
    model = tied()
    before = model.state_dict()
    state = {"encoder.weight": np.zeros(3), "decoder.weight": np.ones(3), "decoder.bias": 9.0}
    with pytest.raises(ArgumentError, match=r"'encoder\.weight' and 'decoder\.weight'"):
        model.load_state_dict(state)
    assert same(model, before)


def test_copies_stay_tied_and_are_independent():
    model = tied()
    for twin in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert twin.encoder.weight is twin.decoder.weight
        assert twin.encoder.weight is not model.encoder.weight
        assert twin.encoder.weight.name == "shared"
        twin.encoder.weight.assign(np.zeros(3))
        np.testing.assert_array_equal(model.encoder.weight.data, np.arange(3.0))


# State


def test_state_is_a_copy_in_order():
    model = Scale()
    state = model.state_dict()
    assert list(state) == ["factor", "count"]
    state["factor"][:] = 5.0
    np.testing.assert_array_equal(model.factor.data, 1.0)
    model.load_state_dict(state)
    state["factor"][:] = 6.0
    np.testing.assert_array_equal(model.factor.data, 5.0)


def test_loading_keeps_identity_dtype_and_kind():
    model = Bag(
        half=Value(np.ones(2, np.float32)), number=Value(2.0), steps=Value(1, requires_grad=False)
    )
    half = model.half
    model.load_state_dict(
        {"half": np.array([1.5, 2.5]), "number": np.array(4), "steps": np.int64(3)}
    )
    assert model.half is half
    assert half.dtype == np.float32 and half.requires_grad
    assert type(model.number.data) is float and model.number.data == 4.0
    assert model.steps.data == 3
    assert np.asarray(model.steps.data).dtype.kind == "i"


def test_values_numbers_lists_and_scalars_are_states_too():
    model = Bag(a=Value(np.zeros(2)), b=Value(np.zeros(())))
    model.load_state_dict({"a": Value([1.0, 2.0]), "b": 3})
    assert model.a.data.tolist() == [1.0, 2.0] and model.b.item() == 3.0
    model.load_state_dict({"a": [4.0, 5.0], "b": np.float32(6.0)})
    assert model.a.data.tolist() == [4.0, 5.0] and model.b.item() == 6.0


def test_every_difference_is_named_and_nothing_is_changed():
    model = Bag(a=Linear(2, 3), b=Scale())
    before = model.state_dict()
    state = {
        "a.weight": np.zeros((3, 2)),
        "b.factor": np.zeros(4),
        "b.count": np.zeros(3, complex),
        "surplus": np.zeros(1),
    }
    with pytest.raises(MissingKeyError) as caught:
        model.load_state_dict(state)
    error = caught.value
    assert error.expected == (
        "a state that fits Bag, with b.factor float64 (3,), b.count float64 (3,)"
    )
    assert error.received == (
        "b.factor float64 (4,), b.count complex128 (3,), missing 'a.bias', unexpected 'surplus'"
    )
    assert "strict=False" in error.remedy
    assert "a.weight" not in str(error)
    assert same(model, before)


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize(
    ("name", "array", "kind"),
    [
        ("factor", np.ones(4), ShapeError),
        ("factor", np.ones((3, 1)), ShapeError),
        ("factor", np.ones(()), ShapeError),
        ("factor", np.ones(3, complex), DTypeError),
        ("factor", np.array(["a", "b", "c"]), DTypeError),
        ("factor", np.array([None] * 3), DTypeError),
        ("factor", [[1.0], [1.0, 2.0]], DTypeError),
        ("steps", np.ones(3), DTypeError),
    ],
)
def test_a_misfit_is_refused_whole(name, array, kind, strict):
    model: Any = Scale()
    model.steps = Value(np.arange(3), requires_grad=False)
    before = model.state_dict()
    # The misfit comes last, so that loading one by one would have changed the others.
    state = {key: value + 1 for key, value in before.items() if key != name} | {name: array}
    with pytest.raises(kind, match=name):
        model.load_state_dict(state, strict=strict)
    assert same(model, before)


def test_a_loose_load_takes_what_is_shared_and_says_what_is_not():
    model = Scale()
    result = model.load_state_dict({"factor": np.full(3, 2.0), "x.y": object()}, strict=False)
    assert result.missing_keys == ["count"]
    assert result.unexpected_keys == ["x.y"]
    np.testing.assert_array_equal(model.factor.data, 2.0)


def test_a_forgotten_prefix_is_recognised():
    layer = Linear(2, 2)
    state = {f"net.module.{name}": array for name, array in layer.state_dict().items()}
    with pytest.raises(MissingKeyError, match=r"take the prefix 'net\.module\.' off"):
        layer.load_state_dict(state)
    with pytest.raises(MissingKeyError, match=r"put the prefix 'layers\.0\.' before"):
        Bag(layers=[layer]).load_state_dict(layer.state_dict())


@pytest.mark.parametrize("state", [None, "model.safetensors", [("factor", 1.0)], Scale()])
def test_a_state_that_is_no_mapping(state):
    with pytest.raises(ArgumentError, match="mapping of names to arrays to load into Scale"):
        Scale().load_state_dict(state)


VALUES = st.builds(
    lambda x, grad: Value(x, requires_grad=grad),
    st.one_of(st.floats(-9, 9), st.lists(st.floats(-9, 9), min_size=1, max_size=3).map(np.array)),
    st.booleans(),
)
KEYS = st.text("abc", min_size=1, max_size=2)
TREES = st.recursive(
    VALUES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(KEYS, inner, max_size=3),
        st.dictionaries(KEYS, inner, max_size=3).map(lambda attributes: Bag(**attributes)),
    ),
    max_leaves=12,
)


def leaves(path: str, part: Any) -> list[tuple[str, Value]]:
    """Paths and Values by recursion: the plainest way to say what the walk finds."""
    if isinstance(part, Value):
        return [(path, part)]
    if isinstance(part, Module):
        items: Any = vars(part).items()
    else:
        items = part.items() if isinstance(part, dict) else enumerate(part)
    return [leaf for key, item in items for leaf in leaves(f"{path}.{key}", item)]


@given(TREES, st.randoms(use_true_random=False))
def test_any_structure_gives_its_state_and_takes_it(tree, random):
    model = Bag(tree=tree)
    expected = dict(leaves("tree", tree))
    assert set(model.state_dict()) == set(expected)
    assert set(names(model)) == {n for n, v in expected.items() if v.requires_grad}
    assert all(value is expected[name] for name, value in model.named_parameters())
    twin = copy.deepcopy(model)
    for _, value in leaves("tree", twin.tree):
        value.assign(value.data + random.random())
    twin.load_state_dict(model.state_dict())
    assert same(twin, model.state_dict())
    twin.freeze()
    assert twin.parameters() == [] and same(twin, model.state_dict())
    assert names(twin.unfreeze()) == names(model)


# Modes


def test_train_and_eval_reach_every_module():
    model = Bag(layers=[Bag(inner={"x": Scale()})])
    assert model.eval() is model
    assert not any(module.training for module in model.modules())
    model.layers[0].train()
    assert [module.training for module in model.modules()] == [False, True, True]
    assert Bag().training, "the class keeps its default"
    wrong: Any = "yes"
    with pytest.raises(ArgumentError, match="train\\(True\\)"):
        model.train(wrong)


def test_zero_grad_forgets_every_gradient():
    model = Bag(scale=Scale(), number=Value(2.0))
    (model.scale(np.ones(3)).sum() * model.number).backward()
    np.testing.assert_array_equal(model.scale.factor.grad, 2.0)
    assert model.number.grad == 3.0
    model.zero_grad()
    assert model.scale.factor.grad is None
    assert model.number.grad == 0.0


def test_frozen_parameters_do_not_train_but_are_state():
    model = Bag(first=Scale(), second=Scale())
    assert model.first.freeze() is model.first
    assert names(model) == ["second.factor"]
    assert list(model.state_dict()) == [
        "first.factor",
        "first.count",
        "second.factor",
        "second.count",
    ]
    model.second(model.first(np.ones(3))).sum().backward()
    assert model.first.factor.grad is None
    np.testing.assert_array_equal(model.second.factor.grad, 1.0)
    model.load_state_dict({name: array + 4 for name, array in model.state_dict().items()})
    np.testing.assert_array_equal(model.first.factor.data, 5.0)
    assert not model.first.factor.requires_grad
    assert model.unfreeze() is model
    assert names(model) == ["first.factor", "second.factor"]
    assert [name for name, _ in model.named_buffers()] == ["first.count", "second.count"]


def test_unfreezing_a_part_of_what_was_frozen_whole():
    model = Bag(first=Scale(), second=[Scale()], own=[Value(1.0)])
    model.freeze()
    model.freeze()
    model.second[0].unfreeze()
    assert names(model) == ["second.0.factor"]
    twin = copy.deepcopy(model)
    assert names(twin.unfreeze()) == ["own.0", "first.factor", "second.0.factor"]
    assert names(model) == ["second.0.factor"]


def test_a_frozen_tied_parameter_thaws_with_any_owner():
    model = tied().freeze()
    model.decoder.unfreeze()
    assert names(model) == ["encoder.weight", "decoder.bias"]


def test_freezing_again_adds_and_unfreezing_forgets():
    scale = Bag(factor=Value(1.0))
    scale.freeze()
    scale.offset = Value(2.0)
    scale.freeze()
    assert names(scale) == []
    assert names(scale.unfreeze()) == ["factor", "offset"]
    scale.offset.requires_grad = False
    assert names(scale.unfreeze()) == ["factor"], "made a buffer by hand, it stays one"
    assert repr(scale) == "Bag()  # 1 parameter"


def test_a_frozen_parameter_gets_gradients_again():
    scale = Scale().freeze().unfreeze()
    scale(np.ones(3)).sum().backward()
    np.testing.assert_array_equal(scale.factor.grad, 1.0)


# Calling and text


def test_calling_is_forward():
    class Affine(Module):
        def forward(self, x, *, shift=0.0):
            return x + shift

    assert Affine()(2.0, shift=1.0) == 3.0
    with pytest.raises(UnsupportedError, match=r"def forward\(self, x\)"):
        Bag()(1.0)


def test_repr_shows_structure_and_counts():
    model = MLP([64, 32, 1], activation=np.tanh)
    assert repr(model) == (
        "MLP(\n"
        "  (layers.0): Linear(in_features=64, out_features=32, bias=True)  # 2,080 parameters\n"
        "  (layers.1): Linear(in_features=32, out_features=1, bias=True)  # 33 parameters\n"
        "  (activation): tanh\n"
        ")  # 2,113 parameters"
    )
    model.layers[0].freeze()
    assert "(layers.0): Linear(in_features=64, out_features=32, bias=True)" in repr(model)
    assert repr(model).endswith(")  # 2,113 parameters (2,080 frozen)")
    assert repr(Bag()) == "Bag()"
    assert repr(Bag(b=Value(1.0))) == "Bag()  # 1 parameter"
    assert repr(Bag(outer=Bag(inner=Bag()))) == "Bag(\n  (outer): Bag(\n    (inner): Bag()\n  )\n)"
    assert repr(tied()).endswith(")  # 4 parameters")


def test_repr_shows_settings_and_partial_functions():
    from functools import partial

    class Named(Bag):
        def extra_repr(self):
            return "alpha=2"

    assert repr(Named()) == "Named(alpha=2)"
    assert repr(Named(f=partial(np.clip, a_min=0))) == "Named(\n  alpha=2\n  (f): clip(a_min=0)\n)"
