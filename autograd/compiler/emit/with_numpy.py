"""A program as NumPy code: one function, one line per equation, that needs nothing but NumPy.

Results of equations go into memory that was planned beforehand (`numpy_memory`), so that nothing is
allocated but what the function returns. The code is readable and can be read: `Emitted.source`.
"""

import linecache
import weakref
from collections import deque
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

import numpy as np

from autograd.compiler.emit.numpy_forms import form_of
from autograd.compiler.emit.numpy_layouts import Layouts, order_of
from autograd.compiler.emit.numpy_memory import Home, Plan, Planner
from autograd.compiler.emit.numpy_moves import copied_reshape
from autograd.compiler.emit.numpy_names import Form, Names
from autograd.compiler.emit.numpy_steps import PIECE, Scheduler, Step
from autograd.compiler.passes.pipeline import optimize
from autograd.compiler.program import Constant, Equation, Program, Variable
from autograd.compiler.repetition import scan_row

_numbers = count()


class Emitted:
    """Generated code, and how to run it.

    source    the code: `make` plans memory and returns the function that computes the results.
    """

    def __init__(self, source: str, names: dict[str, Any]) -> None:
        self.source = source
        filename = f"<program {next(_numbers)}>"
        lines = source.splitlines(keepends=True)
        linecache.cache[filename] = (len(source), None, lines, filename)
        weakref.finalize(self, linecache.cache.pop, filename, None)
        namespace = dict(names)
        exec(compile(source, filename, "exec"), namespace)
        self._make: Callable[[], Callable[..., list[Any]]] = namespace["make"]
        # Functions that no thread runs at the moment, each with a memory of its own.
        self._idle: deque[Callable[..., list[Any]]] = deque()

    def run(self, inputs: Sequence[Any], donate: bool = False) -> list[Any]:
        """The results for these inputs, sharing memory with nothing else.

        donate    the arrays that the program replaces may be written into: nothing else needs them.

        Any number of threads may run it at once; each has memory of its own.
        """
        try:
            function = self._idle.pop()
        except IndexError:
            function = self._make()
        try:
            with np.errstate(all="ignore"):
                return function(donate, *inputs)
        finally:
            self._idle.append(function)


def emit(program: Program, piece: int = PIECE) -> Emitted:
    """The program as NumPy code; chains on arrays of more than four pieces run piece by piece.

    piece    how many bytes of an array that is.

    >>> from autograd.ops.elementary import tanh
    >>> x, y = Variable((2,), float, name="x"), Variable((2,), float, name="y")
    >>> emitted = emit(Program([x], [Equation(tanh, (x,), {}, (y,))], [y]))
    >>> emitted.run([np.array([0.0, 1.0])])
    [array([0.        , 0.76159416])]
    >>> print(emitted.source)
    def make():
    <BLANKLINE>
        def run(donate, x):
            y = tanh(x)  # float64[2]
            return [y]
    <BLANKLINE>
        return run
    <BLANKLINE>
    """
    writer = _Writer(program, piece, Names())
    source = "\n\n\n".join(writer.functions("make")) + "\n"
    own = {f.__name__: f for f in (memory, place, take_over, pieces)}
    own |= {"copyto": np.copyto, "empty": np.empty}
    return Emitted(source, writer.names.bound | own)


class _Writer:
    """Writes the code of a program."""

    def __init__(self, program: Program, piece: int, names: Names) -> None:
        self.program = program.named()
        self.piece = piece
        self.names = names
        self.forms: dict[Equation, Form] = {e: form_of(e, self.names) for e in program.equations}
        self.layouts = Layouts(program, self.forms)
        self.forms |= {e: copied_reshape(e) for e in self.layouts.copies}
        steps = Scheduler(program, self.forms, self.layouts, piece).run()
        self.plan: Plan = Planner(program, steps, self.forms, self.layouts).run()
        self.name: dict[Any, str] = {v: self.names.fresh(str(v.name)) for v in program.variables()}
        self.setup: list[str] = []
        self.body: list[str] = []
        self._fixed: set[Variable] = set()  # what is there before the function runs
        self._steps: list[str] = []  # the functions of loops

    def functions(self, name: str) -> list[str]:
        """The code: the functions of the steps of loops, then that of this name."""
        self._reserve()
        for step in self.plan.steps:
            if step.piece:
                self._chain(step)
            else:
                self._line(step.equations[0])
        results = self._results()
        arguments = ", ".join(["donate", *(self.name[v] for v in self.program.inputs)])
        lines = [
            f"def {name}():",
            *(f"    {line}" for line in self.setup),
            "",
            f"    def run({arguments}):",
            *(f"        {line}" for line in self.body),
            f"        return [{', '.join(results)}]",
            "",
            "    return run",
        ]
        return [*self._steps, "\n".join(lines)]

    # Memory

    def _reserve(self) -> None:
        """Write what is there before the function runs: memory, and the arrays in it."""
        self._memories = [self.names.fresh(f"memory_{i}") for i in range(len(self.plan.sizes))]
        for name, size in zip(self._memories, self.plan.sizes, strict=True):
            self.setup.append(f"{name} = memory({size})")
        for variable, home in self.plan.homes.items():
            if home.kind == "memory":
                order = order_of(self.layouts.of(variable))
                turned = "" if order == tuple(range(len(order))) else f", {order}"
                self.setup.append(
                    f"{self.name[variable]} = place({self._memories[home.slot]}, {variable.shape}, "
                    f'"{variable.dtype}"{turned})'
                )
                self._fixed.add(variable)

    def _home(self, variable: Variable) -> Home:
        return self.plan.homes[variable]

    # Lines

    def _operand(self, x: Any) -> str:
        if isinstance(x, Variable):
            return self.name[x]
        if isinstance(x, Constant) and isinstance(x.data, np.generic):
            return self.names.bind(x.data, "constant")  # not as a number, which has no dtype
        return self.names.literal(x.data if isinstance(x, Constant) else x, "operand")

    def _comment(self, y: Variable) -> str:
        return f"  # {y.dtype}{list(y.shape)}" if y.shape else ""

    def _line(self, equation: Equation) -> None:
        """One equation."""
        if equation.op is scan_row:
            self._loop(equation)
            return
        form = self.forms[equation]
        args = [self._operand(x) for x in equation.inputs]
        if len(equation.outputs) > 1:
            left = ", ".join(self.name[y] for y in equation.outputs)
            self.body.append(f"{left} = {_expression(form, args)}")
            return
        y = equation.output
        home, name, comment = self._home(y), self.name[y], self._comment(y)
        if home.kind == "result" and (home.instead_of is not None or form.expression is None):
            self._new(y, home)
        elif home.kind != "memory":
            self._bind(equation, f"{name} = {_expression(form, args)}{comment}")
            return
        lines = _filled(form, args, name)
        self.body += [*lines[:-1], lines[-1] + comment]

    def _new(self, y: Variable, home: Home) -> None:
        """The array of a result."""
        if home.instead_of is None:
            made = f'empty({y.shape}, "{y.dtype}")'
        else:
            made = f"take_over({self.name[home.instead_of]}, donate)"
        self.body.append(f"{self.name[y]} = {made}")

    def _bind(self, equation: Equation, line: str) -> None:
        """A line that names something: beforehand, if it is a view of what is there beforehand."""
        form, x = self.forms[equation], equation.inputs[0] if equation.inputs else None
        before = x in self._fixed or (isinstance(x, Constant) and isinstance(x.data, np.ndarray))
        if form.view and before:
            self.setup.append(line)
            self._fixed.add(equation.output)
        else:
            self.body.append(line)

    # Loops

    def _loop(self, equation: Equation) -> None:
        """A loop, whose step is a function of its own that replaces what is carried in place."""
        body, length = equation.static["body"], equation.static["length"]
        n, m = body.carried, body.sliced
        inner = optimize(body.program)
        inner = Program(inner.inputs, inner.equations, inner.results, {i: i for i in range(n)})
        maker, step, i = map(self.names.fresh, ("make_step", "step", "i"))
        self._steps += _Writer(inner, self.piece, self.names).functions(maker)
        self.setup.append(f"{step} = {maker}()")
        args = [self._operand(x) for x in equation.inputs]
        for y, x, arg in zip(equation.outputs[:n], equation.inputs, args, strict=False):
            self.body.append(f"{self.name[y]} = {f'np.array({arg})' if np.shape(x) else arg}")
        for y in equation.outputs[n:]:
            self.body.append(f'{self.name[y]} = empty({y.shape}, "{y.dtype}"){self._comment(y)}')
        order = f"range({length})[::-1]" if equation.static["reverse"] else f"range({length})"
        carry = [self.name[y] for y in equation.outputs[:n]]
        left = [*carry, *(f"{self.name[y]}[{i}]" for y in equation.outputs[n:])]
        given = [*carry, *(f"{arg}[{i}]" for arg in args[n : n + m]), *args[n + m :]]
        self.body.append(f"for {i} in {order}:")
        self.body.append(f"    [{', '.join(left)}] = {step}({', '.join(['True', *given])})")

    # Chains

    def _chain(self, step: Step) -> None:
        """Equations that run piece by piece."""
        shape, length, piece = step.shape, step.length, step.piece
        loop: list[str] = []  # what a piece brings along: the names, and the arrays they are of
        cut: list[str] = []
        local: dict[Any, str] = {}

        def part(x: Any) -> str:
            """The name of the part of an array that belongs to a piece."""
            if x in local:
                return local[x]
            whole = self._operand(x)
            if np.shape(x) == () or (np.shape(x) != shape and not _is_cut(x, shape)):
                return whole
            flat = whole if step.rows or len(shape) == 1 else f"{whole}.reshape(-1)"
            if x in self._fixed or (isinstance(x, Constant) and isinstance(x.data, np.ndarray)):
                name = local[x] = self.names.fresh(f"{whole}_part")
                loop.append(name)
                cut.append(flat)
                return name
            if flat != whole:
                name = self.names.fresh(f"{whole}_flat")
                self.body.append(f"{name} = {flat}")
                whole = name
            local[x] = f"{whole}[part]"
            return local[x]

        lines: list[str] = []
        for equation in step.equations:
            y = equation.output
            home = self._home(y)
            args = [part(x) for x in equation.inputs]
            if home.kind == "piece":
                out = local[y] = self.name[y]
                unit = (min(piece, length), *(shape[1:] if step.rows else ()))
                place_ = f'place({self._memories[home.slot]}, {unit}, "{y.dtype}")'
                loop.append(out)
                cut.append(place_)
            else:
                if home.kind == "result":
                    self._new(y, home)
                out = part(y)
            filled = _filled(self.forms[equation], args, out)
            lines += [*filled[:-1], filled[-1] + self._comment(y)]
        slices = self.names.fresh("pieces_of_chain")
        self.setup.append(f"{slices} = pieces({length}, {piece}, {', '.join(cut)})")
        self.body.append(f"for {', '.join(['part', *loop])} in {slices}:")
        self.body += [f"    {line}" for line in lines]

    # Results

    def _results(self) -> list[str]:
        """Code for every result: memory that nothing else has."""
        found = []
        given: set[Any] = set()
        inputs = set(self.program.inputs)
        for x in self.program.results:
            name = self._operand(x)
            if isinstance(x, Variable) and self._home(x).kind == "result" and x not in given:
                given.add(x)
                found.append(name)
            elif x.weak:
                found.append(name)
            elif not x.shape and (x in inputs or x.dtype.kind == "c"):
                # A step before may have left a number, and 0j + np.float64 is Python's complex.
                found.append(f"np.asarray({name})[()]")
            else:
                found.append(f"np.array({name})" if x.shape else f"{name}[()]")
        return found


def _is_cut(x: Any, shape: tuple[int, ...]) -> bool:
    """Whether an operand that is broadcast is divided into pieces too."""
    return len(np.shape(x)) == len(shape) and np.shape(x)[0] == shape[0]


def _expression(form: Form, args: list[str]) -> str:
    if form.expression is None:
        raise TypeError("a form with an expression")
    return form.expression(args)


def _filled(form: Form, args: list[str], out: str) -> list[str]:
    if form.fill is None:
        raise TypeError("a form that fills an array")
    return form.fill(args, out)


# What generated code calls


def memory(size: int) -> np.ndarray:
    """So many bytes, from the start of a cache line."""
    whole = np.empty(size + 63, np.uint8)
    start = -whole.ctypes.data % 64
    return whole[start : start + size]


def place(
    memory: np.ndarray, shape: tuple[int, ...], dtype: str, order: tuple[int, ...] | None = None
) -> np.ndarray:
    """The array at the start of a memory; `order` names its axes, slowest first."""
    kind = np.dtype(dtype)
    number = int(np.prod(shape, dtype=np.int64))
    flat = memory[: number * kind.itemsize].view(kind)
    if order is None:
        return flat.reshape(shape)
    turned = flat.reshape([shape[axis] for axis in order])
    return turned.transpose(np.argsort(order))


def take_over(old: Any, donate: bool) -> np.ndarray:
    """An array like the old one, or that itself if it may be written into."""
    if donate and old.flags.carray:
        return old
    return np.empty(old.shape, old.dtype)


def pieces(length: int, piece: int, *arrays: np.ndarray) -> list[tuple[Any, ...]]:
    """For every piece its slice, and its part of every array; of one piece's own, the beginning."""
    found = []
    for start in range(0, length, piece):
        part = slice(start, min(start + piece, length))
        size = part.stop - start
        found.append((part, *(a[part] if len(a) == length else a[:size] for a in arrays)))
    return found
