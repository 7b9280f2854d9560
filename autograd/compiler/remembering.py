"""`remembered`: a program's schedule, from the disk if an earlier process has made it.

What is kept is JSON: numbers, and names of the few classes that a schedule is made of. Nothing in
it runs when it is read. A file that does not fit is no file.
"""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import fields
from typing import Any

import numpy as np

from autograd.compiler import keeping
from autograd.compiler.collecting import uncollected
from autograd.compiler.constant_memory import lying, settled
from autograd.compiler.fingerprint import Fingerprint, UnknownError, row, rows
from autograd.compiler.loops import (
    Accumulate,
    Buffer,
    Call,
    Compute,
    Kernel,
    Load,
    Loop,
    MatMul,
    Reduce,
    Register,
    Stage,
    Store,
    View,
)
from autograd.compiler.program import Constant, Program
from autograd.compiler.schedules import Check, Schedule
from autograd.op import Op
from autograd.ops.gather import TRACED

# Shorter programs are compiled as fast as they are looked up.
_WORTH = 200
# Arrays that the compiler made up are kept up to so many bytes.
_LARGEST = 1 << 20
_CLASSES: tuple[Any, ...] = (
    *(Accumulate, Buffer, Call, Check, Compute, Kernel, Load, Loop),
    *(MatMul, Reduce, Register, Schedule, Stage, Store, View),
)
_FIELDS = {
    c: ("dtype", "name") if c is Register else tuple(x.name for x in fields(c)) for c in _CLASSES
}
_NUMBERS = {c: number for number, c in enumerate(_CLASSES)}
_PLAIN = (bool, int, float, type(None))


@uncollected()
def remembered(program: Program) -> Schedule:
    """The schedule of a program, with all passes done."""
    fingerprint = _fingerprint(program)
    name = "" if fingerprint is None else f"{fingerprint.key}.schedule"
    if fingerprint is not None:
        known = keeping.read(name)
        found = None if known is None else _read(known, fingerprint.constants)
        if found is not None and _fits(found, program):
            return found
    # What is found needs none of the many modules that make it.
    from autograd.compiler.fuse import schedule
    from autograd.compiler.passes.pipeline import optimize

    made = schedule(optimize(program))
    if fingerprint is not None:
        with suppress(UnknownError):  # what cannot be kept is made again
            keeping.write(name, _Writing(fingerprint.constants).text(made).encode())
    return made


def _fingerprint(program: Program) -> Fingerprint | None:
    if len(program.equations) < _WORTH:
        return None
    try:
        return Fingerprint(program)
    except (UnknownError, OSError):  # no file of ours can be read in an archive
        return None


def _fits(found: Any, program: Program) -> bool:
    """Whether it has the inputs and the results of the program."""
    if type(found) is not Schedule:
        return False
    pairs = (program.inputs, found.inputs), (program.results, found.results)
    return all(
        [(x.shape, x.dtype) for x in wanted] == [(view.shape, view.dtype) for view in views]
        for wanted, views in pairs
    )


class _Writing:
    """Objects as lists that begin with a word, tuples as lists that do not.

    An object that is there already is its number: what was one is one again.
    """

    def __init__(self, constants: list[Constant]) -> None:
        self.constants = {x: number for number, x in enumerate(constants)}
        self.numbers: dict[int, int] = {}
        self.rows = rows()

    def text(self, made: Schedule) -> str:
        return json.dumps(self.of(made), separators=(",", ":"))

    def of(self, x: Any) -> Any:
        kind = type(x)
        if kind in _PLAIN:
            if x != x:
                raise UnknownError(x)  # JSON has one NaN, there are many
            return x
        if kind is tuple:
            return [*map(self.of, x)]
        if kind in _NUMBERS:
            return self.an_object(x)
        if kind is str:
            return ["str", x]
        if kind is list:
            return ["list", *map(self.of, x)]
        if isinstance(x, np.dtype):
            if np.dtype(x.str) != x or x.hasobject:
                raise UnknownError(x)
            return ["dtype", x.str]
        if kind is Op and x in self.rows:
            return ["op", self.rows[x]]
        if isinstance(x, Mapping):
            return ["dict", *(self.of(pair) for pair in x.items())]
        if kind is slice:
            return ["slice", self.of(x.start), self.of(x.stop), self.of(x.step)]
        if x is Ellipsis or x is TRACED:
            return ["..." if x is Ellipsis else "traced"]
        if kind is Constant and x in self.constants:
            return ["constant", self.constants[x]]
        if isinstance(x, np.ndarray | np.generic):
            if x.dtype.hasobject or x.dtype.names or x.nbytes > _LARGEST:
                raise UnknownError(x)
            word = "array" if kind is np.ndarray else "number"
            return [word, x.dtype.str, [*x.shape], x.tobytes().hex()]
        raise UnknownError(x)

    def an_object(self, x: Any) -> Any:
        if id(x) in self.numbers:
            return ["same", self.numbers[id(x)]]
        kind = type(x)
        parts = {name: getattr(x, name) for name in _FIELDS[kind]}
        if kind is Buffer and x.constant is not None:
            if x.constant in self.constants:
                parts["data"] = None  # it is where the constant is
            elif x.constant.fixed:
                parts["constant"] = None  # a pass has made it
            else:
                raise UnknownError(x)
        found = ["new", _NUMBERS[kind], *map(self.of, parts.values())]
        self.numbers[id(x)] = len(self.numbers)
        return found


def _read(content: bytes, constants: list[Constant]) -> Any:
    """What was written; None if that cannot have been."""
    try:
        return _Reading(constants).of(json.loads(content))
    except (ValueError, TypeError, LookupError, AttributeError, ImportError, RecursionError):
        return None


class _Reading:
    """The way back."""

    def __init__(self, constants: list[Constant]) -> None:
        self.constants = constants
        self.objects: list[Any] = []
        self.words: dict[str, Callable[..., Any]] = {
            "new": self.new,
            "same": self.objects.__getitem__,
            "str": str,
            "list": lambda *parts: [*map(self.of, parts)],
            "dict": lambda *pairs: dict(map(self.of, pairs)),
            "slice": lambda *parts: slice(*map(self.of, parts)),
            "...": lambda: Ellipsis,
            "traced": lambda: TRACED,
            "dtype": np.dtype,
            "op": row,
            "constant": constants.__getitem__,
            "array": _array,
            "number": lambda *parts: _array(*parts)[()],
        }

    def of(self, x: Any) -> Any:
        if type(x) is not list:
            return x
        if x and type(x[0]) is str:
            return self.words[x[0]](*x[1:])
        return tuple([self.of(part) if type(part) is list else part for part in x])

    def new(self, number: int, *parts: Any) -> Any:
        made = _CLASSES[number](*[self.of(x) if type(x) is list else x for x in parts])
        if type(made) is Buffer and made.constant is not None:
            made.data = lying(settled(made.constant))
        self.objects.append(made)
        return made


def _array(dtype: str, shape: list[int], content: str) -> np.ndarray:
    return np.frombuffer(bytes.fromhex(content), dtype).reshape(shape).copy()
