"""What Python decides by and no number: what modules, lists of layers and closures held in a trace.

A program has baked in what is no Value: an option of a layer, a function among the layers, the
model that a global names. Where one is another object later, the program does not stand for the
call, and the function is traced again.
"""

import dis
from collections.abc import Iterator, Sequence
from functools import partial
from inspect import unwrap
from types import CellType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any, NamedTuple, NoReturn, TypeAlias

import numpy as np

from autograd.deferred import Deferred
from autograd.errors import CompilationError
from autograd.journal import Journal
from autograd.value import Value

# A container, a key, and what was there.
Item: TypeAlias = tuple[Any, Any, Any]

# What is compared by what it is, where the objects are two.
_PLAIN = (int, float, complex, str, np.generic)
_NOTHING = object()
# Packages whose functions name nothing that changes.
_CONSTANT = ("autograd", "nn", "numpy", "scipy")


class Found(NamedTuple):
    """What a trace looked things up in, and found.

    held       Values and modules.
    lengths    lists and dictionaries that held some, the attributes of modules and of instances,
               and how many items they had.
    options    anything else: numbers, arrays, strings, booleans, None, functions.
    """

    held: list[Item]
    lengths: list[tuple[Any, int]]
    options: list[Item]


class Watched:
    """Items, and whether they are what they were.

    >>> options = {"rate": 0.5, "act": np.tanh}
    >>> watched = Watched([(options, key, x) for key, x in options.items()])
    >>> options["rate"] = float("0.5")
    >>> watched.stands()
    True
    >>> options["act"] = np.sin
    >>> watched.stands(), watched.changed()
    (False, ['act'])
    """

    def __init__(self, items: Sequence[Item]) -> None:
        # What is met on two ways is watched once.
        self._items = items = list({(id(item[0]), item[1]): item for item in items}.values())
        # Apart, since every call of the program asks for all of them.
        self._in_containers = [
            (vars(c) if isinstance(c, type) else c, key, x)
            for c, key, x in items
            if type(c) is not CellType
        ]
        self._in_cells = [(cell, x) for cell, _, x in items if type(cell) is CellType]

    def stands(self) -> bool:
        """Whether all are."""
        try:
            for container, key, x in self._in_containers:
                if container[key] is not x:
                    return not self.changed()
            for cell, x in self._in_cells:
                if cell.cell_contents is not x:
                    return not self.changed()
        except (LookupError, ValueError):
            return False
        return True

    def changed(self) -> list[Any]:
        """The keys of those that are not."""
        return [key for c, key, x in self._items if not _is_alike(_item(c, key), x)]


def consult(notes: Journal, f: Any) -> None:
    """Note what a function looks up that is no argument: its globals, its closure, its instance.

    What its own code names counts, and that of functions of the same module that it names. Of a
    function that was made of another one, by a transform or a decorator, this other one counts.
    """
    waiting, seen = [f], set()
    while waiting:
        f = waiting.pop()
        if isinstance(f, MethodType):
            consult_instance(notes, f.__self__)
            f = f.__func__
        f = unwrap(f)
        if isinstance(f, partial):
            waiting.append(f.func)
        elif isinstance(f, FunctionType):
            if f.__code__ not in seen and not _is_constant(f):
                seen.add(f.__code__)
                waiting += _looked_up(notes, f)
        elif isinstance(type(f).__call__, FunctionType) and not isinstance(f, type):
            consult_instance(notes, f)


def _looked_up(notes: Journal, f: FunctionType) -> list[Any]:
    """Note the globals and the closure of a function; those that are functions of its module."""
    known = f.__globals__
    named = sorted(set(_globals_of(f.__code__)) & known.keys())
    found = {name: known[name] for name in named if type(known[name]) is not ModuleType}
    notes.consult(known, found)
    variables = zip(f.__code__.co_freevars, f.__closure__ or (), strict=True)
    cells = [(name, cell, _item(cell, name)) for name, cell in variables]
    for name, cell, x in cells:
        notes.consult(cell, {name: x})
    values = [*found.values(), *(x for _, _, x in cells)]
    functions = [x for x in values if callable(x) and isinstance(unwrap(x), FunctionType)]
    return [x for x in functions if unwrap(x).__globals__ is known]


def _is_constant(f: FunctionType | type) -> bool:
    return str(f.__module__).split(".")[0] in _CONSTANT  # None where it was made by exec


def consult_instance(notes: Journal, instance: Any) -> None:
    """Note the attributes of the object whose method is traced, and those of its class."""
    if not isinstance(instance, type | ModuleType) and hasattr(instance, "__dict__"):
        notes.consult(vars(instance))
        _consult_class(notes, type(instance))


def _consult_class(notes: Journal, kind: type) -> None:
    for base in kind.__mro__:
        if base is not object and not _is_constant(base):
            known = {name: x for name, x in vars(base).items() if not name.startswith("__")}
            notes.consult(base, known)


def _globals_of(code: CodeType) -> Iterator[str]:
    for step in dis.get_instructions(code):
        if step.opname == "LOAD_GLOBAL":
            yield step.argval
    for x in code.co_consts:
        if isinstance(x, CodeType):
            yield from _globals_of(x)


def looked_up(notes: Journal) -> Found:
    """What there was in the modules that a trace called, and in what else it consulted.

    What the function itself puts somewhere else is not watched: counters, caches.
    """
    called = set(notes.modules)
    for module, _ in notes.modules.values():
        consult(notes, type(module).forward)
        _consult_class(notes, type(module))
    found = Found([], [], [])

    def is_state(x: Any) -> bool:
        # The result of an op is none: another call puts another one there.
        return id(x) in called or (type(x) is Value and (x.op is None or x.order < notes.start))

    def put(container: Any, key: Any, x: Any) -> None:
        if is_state(x):
            found.held.append((container, key, x))
        elif type(x) is not Value:
            found.options.append((container, key, x))

    for container, before, whole in notes.consulted.values():
        now = _items(container) if whole else {key: _item(container, key) for key in before}
        for key, x in now.items():
            if type(x) is not Value and before.get(key, _NOTHING) is not x:
                continue
            put(container, key, x)
            parts = _items(x) if isinstance(x, list | dict) else {}
            if any(map(is_state, parts.values())):
                for place, part in parts.items():
                    put(x, place, part)
                found.lengths.append((x, len(x)))
        if whole:
            found.lengths.append((container, len(container)))
    return found


def _items(container: Any) -> dict[Any, Any]:
    return dict(container if isinstance(container, dict) else enumerate(container))


def _item(container: Any, key: Any) -> Any:
    """What a container or class has under a key, or a variable of a closure, by any name."""
    try:
        if isinstance(container, type):
            return vars(container)[key]
        return container.cell_contents if type(container) is CellType else container[key]
    except (LookupError, ValueError):  # of a variable: not assigned yet
        return _NOTHING


def _is_alike(x: Any, y: Any) -> bool:
    if x is y:
        return True
    if type(x) is not type(y) or not isinstance(x, _PLAIN):
        return False
    return bool(x == y or (x != x and y != y))


class _Gone:
    """In place of the op that made what a trace left in an attribute."""

    def __init__(self, place: str) -> None:
        self.place = place

    def function(self) -> NoReturn:
        """Raise: nobody knows the contents."""
        raise CompilationError(
            "results that a compiled function returns",
            f"one that it left in {self.place}, which holds what no call computed",
            "return it, or keep it in a Value(..., requires_grad=False) by .assign(...)",
        )


def give_up(notes: Journal) -> None:
    """Let results that modules keep in attributes raise when they are read.

    Within the function they are what they are. After it they would be those of the trace, call
    after call.
    """
    for module, _ in notes.modules.values():
        for name, x in vars(module).items():
            for part in _items(x).values() if isinstance(x, list | tuple | dict) else (x,):
                made = type(part) is Value and part.op is not None and part.order >= notes.start
                if made and id(part) not in notes.before and hasattr(part._data, "dtype"):
                    gone: Any = _Gone(f"{name} of {type(module).__name__}")
                    part._data = Deferred(gone, (), {}, part.shape, part.dtype)


def require_known(x: Value) -> None:
    """Raise where a Value that a function reads is what an earlier trace left behind."""
    data = x._data
    if type(data) is Deferred and type(data._op) is _Gone:
        data.made()
