"""`Module`: a plain object whose Values are parameters and buffers, found by walking attributes."""

import functools
import reprlib
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Self

import numpy as np

from autograd import Value
from autograd.errors import ArgumentError, UnsupportedError
from autograd.journal import journal
from nn.state import LoadResult, checked_assignments, forget

CONTAINERS = (list, tuple, dict)


class Module:
    """A function with parameters: assign Values and Modules to attributes, and write `forward`.

    A Value with requires_grad=True is a parameter, one with requires_grad=False a buffer; a Value
    that an op computed is neither. Attributes are walked into Modules, lists, tuples and dicts; the
    path, as in `layers.0.weight`, is the name. What two paths lead to (a tied parameter) is one
    parameter, under the first name. Nothing is registered: no `super().__init__()` is needed.

    >>> class Scale(Module):
    ...     def __init__(self, n):
    ...         self.factor = Value(np.ones(n))
    ...     def forward(self, x):
    ...         return x * self.factor
    >>> model = Scale(3)
    >>> model(np.array([1.0, 2.0, 3.0])).data
    array([1., 2., 3.])
    >>> [name for name, parameter in model.named_parameters()]
    ['factor']
    """

    training: bool = True
    """Whether layers such as Dropout behave as in training; set by `train()` and `eval()`."""

    # Paths of what `freeze` took out of training. `unfreeze` must not touch true buffers.
    _frozen: frozenset[str] = frozenset()

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What calling the module computes; every subclass writes its own."""
        kind = type(self).__name__
        raise UnsupportedError(
            f"{kind} to define forward(self, ...)",
            f"a call of {kind}, which has none",
            f"write `def forward(self, x):` in class {kind}",
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        notes = journal()
        if notes is not None:
            notes.called(self, self.training)
        return self.forward(*args, **kwargs)

    def named_attributes(self) -> Iterator[tuple[str, Any]]:
        """The names and values the walk sees; override to name them otherwise.

        >>> model = Module()
        >>> model.rate = 0.5
        >>> list(model.named_attributes())
        [('rate', 0.5)]
        """
        yield from vars(self).items()
        for kind in type(self).__mro__:
            slots = vars(kind).get("__slots__", ())
            for name in (slots,) if isinstance(slots, str) else slots:
                if name not in ("__dict__", "__weakref__") and hasattr(self, name):
                    yield name, getattr(self, name)

    # What is inside

    def named_parameters(self) -> list[tuple[str, Value]]:
        """Every parameter once, with its name.

        Warns about an attribute that an op computed: no gradient reaches it, so it is no parameter.
        """
        return _named_parameters(self)

    def parameters(self) -> list[Value]:
        """Every parameter once: the leaves that training changes."""
        return [value for _, value in _named_parameters(self)]

    def named_buffers(self) -> list[tuple[str, Value]]:
        """Every Value with requires_grad=False once, with its name; frozen parameters too."""
        return [(name, value) for name, value in _state(self).items() if not _trains(value)]

    def buffers(self) -> list[Value]:
        """Every Value with requires_grad=False once."""
        return [value for _, value in self.named_buffers()]

    def named_modules(self) -> list[tuple[str, "Module"]]:
        """This module, under the name "", and every module inside it, once."""
        return list(walk(self))

    def modules(self) -> list["Module"]:
        """This module and every module inside it, once."""
        return [module for _, module in walk(self)]

    def named_children(self) -> list[tuple[str, "Module"]]:
        """The modules directly inside this one, once; those in lists have names like `layers.0`."""
        found = {id(part): (name, part) for name, part in reversed(_inside(self, Module))}
        return list(reversed(found.values()))

    def children(self) -> list["Module"]:
        """The modules directly inside this one, once."""
        return [module for _, module in self.named_children()]

    # State

    def state_dict(self) -> dict[str, np.ndarray]:
        """Copies of all parameters and buffers by name, as PyTorch names and orders them.

        A tied parameter is there under each of its names.

        >>> from nn.linear import Linear
        >>> {name: array.shape for name, array in Linear(2, 3).state_dict().items()}
        {'weight': (3, 2), 'bias': (3,)}
        """
        return {name: np.array(value.data) for name, value in _state(self, every_path=True).items()}

    def load_state_dict(self, state: Mapping[str, Any], strict: bool = True) -> LoadResult:
        """Assign the arrays of `state` to the parameters and buffers of the same names.

        state     arrays by name; PyTorch's tensors and Values will do. Each is copied and cast to
                  the dtype of the Value it goes to, but no float to integer or complex to real.
        strict    whether the names must be the same. A tied parameter needs one of its names.

        All is checked before anything is changed. Raises MissingKeyError naming every missing and
        unexpected key, ShapeError or DTypeError naming every array that does not fit.

        >>> from nn.linear import Linear
        >>> a, b = Linear(2, 3), Linear(2, 3)
        >>> b.load_state_dict(a.state_dict())
        LoadResult(missing_keys=[], unexpected_keys=[])
        """
        owner = type(self).__name__
        assignments, result = checked_assignments(
            _state(self, every_path=True), state, strict, owner
        )
        for value, data in assignments:
            value.assign(data)
        return result

    # Modes

    def train(self, mode: bool = True) -> Self:
        """Set `training` here and in every module inside; returns self."""
        if not isinstance(mode, bool):
            raise ArgumentError(
                "train(True) or train(False)", repr(mode), "pass a bool, or nothing"
            )
        for _, module in walk(self):
            module.training = mode
        return self

    def eval(self) -> Self:
        """`train(False)`: Dropout passes its input through."""
        return self.train(False)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget every gradient; with set_to_none=False those there are become 0."""
        for _, _, values in _scan(self):
            forget((value for _, value in values), set_to_none)

    def freeze(self) -> Self:
        """Take every parameter in here out of training; they stay in `state_dict`. Returns self.

        >>> from nn.linear import Linear
        >>> layer = Linear(2, 3).freeze()
        >>> len(layer.parameters()), len(layer.state_dict()), len(layer.unfreeze().parameters())
        (0, 2, 2)
        """
        for _, module, values in _scan(self):
            trained = [path for path, value in values if _is_state(value) and _trains(value)]
            if trained:
                module._frozen = module._frozen.union(trained)
        for value in _state(self).values():
            if _trains(value):
                value.requires_grad = False
        return self

    def unfreeze(self) -> Self:
        """Undo `freeze`; buffers stay buffers. Returns self."""
        for _, module, values in _scan(self):
            for path, value in values:
                if path in module._frozen:
                    value.requires_grad = True
            if module._frozen:
                module._frozen = frozenset()
        return self

    # Text

    def extra_repr(self) -> str:
        """What stands between the brackets of the repr; override to show settings."""
        return ""

    @reprlib.recursive_repr("...")
    def __repr__(self) -> str:
        parts = [f"({path}): {_text(part)}" for path, part in _inside(self, Callable)]
        lines = [self.extra_repr(), *parts] if self.extra_repr() else parts
        inside = "".join(f"  {line}\n" for part in lines for line in part.split("\n"))
        if not parts:
            inside = self.extra_repr()
        elif inside:
            inside = f"\n{inside}"
        return f"{type(self).__name__}({inside}){_count(self)}"


def walk(root: Module, every_path: bool = False) -> Iterator[tuple[str, Module]]:
    """`root` and the modules inside it with their paths, each before its own insides.

    Each module comes once; with `every_path`, once for each path that does not run in a circle.

    >>> outer = Module()
    >>> outer.inner = outer.same = Module()
    >>> [path for path, _ in walk(outer)], [path for path, _ in walk(outer, every_path=True)]
    (['', 'inner'], ['', 'inner', 'same'])
    """
    return ((path, module) for path, module, _ in _scan(root, every_path))


def _scan(
    root: Module, every_path: bool = False
) -> Iterator[tuple[str, Module, list[tuple[str, Value]]]]:
    """The modules of `walk`, each with the Values it holds itself and their names in it."""
    seen: dict[int, Module] = {}
    waiting: list[tuple[str, Module, tuple[int, ...]]] = [("", root, ())]
    while waiting:
        path, module, around = waiting.pop()
        if id(module) in (around if every_path else seen):
            continue
        seen[id(module)] = module
        inside = (*around, id(module)) if every_path else ()
        prefix = f"{path}." if path else ""
        parts = _inside(module, Value, Module)
        yield path, module, [(name, part) for name, part in parts if type(part) is Value]
        waiting += [
            (prefix + name, part, inside)
            for name, part in reversed(parts)
            if type(part) is not Value
        ]


def _inside(module: Module, *kinds: Any) -> list[tuple[str, Any]]:
    """What of these kinds a module holds directly or in lists, tuples and dicts, with its path."""
    found: list[tuple[str, Any]] = []
    wanted = (*CONTAINERS, *kinds)
    waiting: list[tuple[str, Any, tuple[int, ...]]] = [
        (name, part, ()) for name, part in module.named_attributes() if isinstance(part, wanted)
    ]
    waiting.reverse()
    while waiting:
        path, part, around = waiting.pop()
        if not isinstance(part, CONTAINERS):
            found.append((path, part))
        elif id(part) not in around:
            items = part.items() if isinstance(part, dict) else enumerate(part)
            inside = (*around, id(part))
            waiting += reversed(
                [(f"{path}.{key}", item, inside) for key, item in items if isinstance(item, wanted)]
            )
    return found


def _is_state(value: Value) -> bool:
    # Item assignment makes an op's result of a leaf; what it was first says what it is.
    return value.op is None or (value.versions or [value])[0].op is None


def _trains(value: Value) -> bool:
    return (value if value.op is None else value.versions[0]).requires_grad


def _state(root: Module, every_path: bool = False) -> dict[str, Value]:
    """Parameters and buffers by name: each once, or with `every_path` under all of its names."""
    state: dict[str, Value] = {}
    seen: set[int] = set()
    for path, _, values in _scan(root, every_path):
        for local, value in values:
            if not _is_state(value):
                continue
            name = f"{path}.{local}" if path else local
            if name in state and state[name] is not value:
                raise ArgumentError(
                    f"one Value of {type(root).__name__} for each name",
                    f"two Values named {name!r}",
                    "rename an attribute or a dict key: 'a.b' beside 'a', or '1' beside 1",
                )
            if every_path or id(value) not in seen:
                state[name] = value
                seen.add(id(value))
    return state


def _named_parameters(root: Module) -> list[tuple[str, Value]]:
    for path, _, values in _scan(root):
        for local, value in values:
            if not (_is_state(value) or local.startswith("_")):
                name = f"{path}.{local}" if path else local
                warnings.warn(
                    f"expected parameters that are leaves\n"
                    f"  received: {name}, the result of {value.op.name}\n"
                    f"  remedy:   `= Value(x.data)` makes it a parameter; "
                    f"a name such as _{local} says that it is none",
                    stacklevel=3,
                )
    return [(name, value) for name, value in _state(root).items() if _trains(value)]


def _text(part: Any) -> str:
    """A layer as one reads it in code: `relu`, `leaky_relu(slope=0.1)`, or a module's repr."""
    if isinstance(part, functools.partial):
        settings = [*map(repr, part.args), *(f"{k}={v!r}" for k, v in part.keywords.items())]
        return f"{_text(part.func)}({', '.join(settings)})"
    return repr(part) if isinstance(part, Module) else getattr(part, "__name__", repr(part))


def _count(root: Module) -> str:
    """`  # 12 parameters (4 frozen)`, or nothing where there are none."""
    frozen = {
        id(value): value.size
        for _, module, values in _scan(root)
        for path, value in values
        if path in module._frozen and _is_state(value) and not _trains(value)
    }
    state = _state(root).values()
    total = sum(value.size for value in state if _trains(value) or id(value) in frozen)
    if not total:
        return ""
    words = "1 parameter" if total == 1 else f"{total:,} parameters"
    return f"  # {words} ({sum(frozen.values()):,} frozen)" if frozen else f"  # {words}"
