"""Functions of functions: each a few lines over the sweeps.

They take and return nested tuples, lists, dicts and named tuples of arrays, and nest in any order.
Given plain arrays they return plain arrays; given Values, or where the function closes over Values that
require a gradient, the result is recorded, so that no derivative of it is lost.
"""

import warnings
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, NamedTuple

import numpy as np

from autograd.broadcast import data_of, match
from autograd.containers import describe_tree, flatten, unflatten
from autograd.errors import ArgumentError, DetachedWarning, DTypeError, ShapeError, describe
from autograd.modes import current, enable_grad
from autograd.op import Kind, Op
from autograd.sweep import one_like, own, pull_section, pushforward, section
from autograd.value import NO_STATIC, Value, as_data, detached, leaf, node

Argnum = int | Sequence[int]

_alias = Op(lambda x: x, Kind.LINEAR, (lambda g, y, x: g,), name="argument")


class _Run(NamedTuple):
    """A function run on Values in place of some of its arguments."""

    output: Any  # as the function returned it
    inputs: list[Value]  # the Values put in, in order
    orders: list[int]  # their orders at that time; the function may assign to them
    structure: Any  # the containers they were in
    given: list[Any]  # what was given in their place


def _run(f: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any], argnums: Any) -> _Run:
    """Call `f` with a fresh Value for every leaf of the chosen arguments."""
    chosen = tuple(_argument(f, args, i) for i in argnums)
    given, structure = flatten(chosen)
    inputs = [_fresh(x) for x in given]
    orders = [x.order for x in inputs]
    replaced = list(args)
    for i, argument in zip(argnums, unflatten(structure, inputs), strict=True):
        replaced[i] = argument
    with enable_grad():
        output = f(*replaced, **kwargs)
    return _Run(output, inputs, orders, structure, given)


def _argument(f: Callable[..., Any], args: Sequence[Any], argnum: int) -> Any:
    if not -len(args) <= argnum < len(args):
        raise ArgumentError(
            f"a positional argument number {argnum} of {_name(f)} to differentiate by",
            f"{len(args)} positional arguments",
            "pass it by position, or choose another argnum",
        )
    return args[argnum]


def _fresh(x: Any) -> Value:
    """A new input: a leaf for data, and for a Value one that remembers where it came from."""
    if type(x) is not Value:
        return leaf(as_data(x, True, copy=False))
    if x.requires_grad:
        with enable_grad():
            return node(_alias, x._data, (x,), NO_STATIC, True)
    return leaf(as_data(x._data, True, copy=False))


def _name(f: Callable[..., Any]) -> str:
    return getattr(f, "__name__", type(f).__name__)


def _argnums(argnum: Argnum, argnums: Argnum | None) -> tuple[tuple[int, ...], bool]:
    """The numbers as a tuple, and whether one alone was asked for."""
    chosen = argnum if argnums is None else argnums
    if isinstance(chosen, int | np.integer) and not isinstance(chosen, bool):
        return (int(chosen),), True
    if isinstance(chosen, tuple | list) and all(isinstance(i, int | np.integer) for i in chosen):
        return tuple(int(i) for i in chosen), False
    raise ArgumentError(
        "argnum as an int or a tuple of ints", describe(chosen), "number the arguments from 0"
    )


def _roots(output: Any) -> list[Value | None]:
    """The leaves of an output that a sweep can start from, and None for the others."""
    return [x if type(x) is Value and x.requires_grad else None for x in flatten(output)[0]]


class _Graph:
    """The section of a run's record that matters, and how its results are handed out."""

    def __init__(self, run: _Run, roots: Sequence[Value | None]) -> None:
        self.run = run
        self.roots = [root for root in roots if root is not None]
        self.nodes, outside = section(self.roots, run.orders)
        taken = any(type(x) is Value and x.requires_grad for x in run.given)
        self.record = (outside or taken) and current().records
        self.depends = any(order in self.nodes for order in run.orders) and any(
            root.order in self.nodes for root in self.roots
        )

    def warn_if_detached(self, f: Callable[..., Any]) -> None:
        if not self.depends:
            warnings.warn(
                f"expected an output of {_name(f)} that depends on its argument\n"
                f"  received: {describe_tree(self.run.output)}, computed without it: the derivative "
                "is zero\n"
                "  remedy:   compute with NumPy's functions on the argument; .numpy(), .item() and "
                "stop_gradient end a gradient",
                DetachedWarning,
                stacklevel=4,
            )

    def pull(self, cotangents: Sequence[Any]) -> list[Any]:
        """The cotangent of every input, zeros where the outputs do not depend on it."""
        with enable_grad():
            found = pull_section(
                self.nodes, self.roots, cotangents, set(self.run.orders), self.record
            )
        seen = {id(c) for c in cotangents}
        return [
            _handed_out(found.get(order), data_of(x), given, seen)
            for order, x, given in zip(
                self.run.orders, self.run.inputs, self.run.given, strict=True
            )
        ]

    def push(self, roots: Sequence[Value | None], tangents: Sequence[Any]) -> list[Any]:
        """The tangent of every root, None for one that is None or does not depend on the inputs."""
        with enable_grad():
            moving = dict(zip(self.run.orders, tangents, strict=True))
            found = pushforward([r for r in roots if r is not None], moving, self.record)
        remaining = iter(found)
        return [None if r is None else next(remaining) for r in roots]

    def plain(self, output: Any) -> Any:
        """The output; as plain data unless it depends on more than this run's inputs."""
        leaves, structure = flatten(output)
        return unflatten(structure, [self._plain_leaf(x) for x in leaves])

    def _plain_leaf(self, x: Any) -> Any:
        if type(x) is not Value or current().replayable:
            return x
        if self.record and x.requires_grad:
            return x
        if any(type(given) is Value for given in self.run.given):
            return detached(x._data)
        return x._data


def _handed_out(c: Any, like: Any, given: Any, seen: set[int]) -> Any:
    """A cotangent or tangent in the form that its argument came in: plain, or a Value."""
    if c is None:
        c = 0.0 if type(like) is float else np.zeros_like(like)
    if type(c) is Value:
        if c.requires_grad or current().replayable:
            return c
        c = c._data
    c = c[()] if type(c) is np.ndarray and c.ndim == 0 else own(c, seen)
    return detached(c) if type(given) is Value else c


def _scalar_output(f: Callable[..., Any], output: Any, what: str) -> Any:
    """The one real number that `f` must have returned; errors say what to do with any other."""
    if isinstance(output, tuple | list | dict) or output is None:
        raise ShapeError(
            f"a scalar output of {_name(f)} for {what}",
            describe_tree(output) or repr(output),
            "return one number; jacobian and vjp take several outputs, has_aux=True one beside it",
        )
    data = data_of(output)
    if np.size(data) != 1:
        raise ShapeError(
            f"a scalar output of {_name(f)} for {what}",
            describe(output),
            "reduce it with np.sum or np.mean; elementwise_grad gives the derivative of each "
            "element, jacobian all derivatives",
        )
    if np.iscomplexobj(data):
        raise DTypeError(
            f"a real output of {_name(f)} for {what}",
            describe(output),
            "take np.real, np.imag or np.abs of it",
        )
    if np.asarray(data).dtype.kind not in "fbiu":
        raise DTypeError(f"a number from {_name(f)}", describe(output), "return a real scalar")
    return output


def value_and_grad(
    f: Callable[..., Any],
    argnum: Argnum = 0,
    *,
    argnums: Argnum | None = None,
    has_aux: bool = False,
) -> Callable[..., Any]:
    """x -> (f(x), df/dx) of a scalar function, from one forward and one backward pass.

    argnum     the argument, or a tuple of them, to differentiate by (also spelled `argnums`).
    has_aux    f returns (scalar, anything); the result is ((scalar, anything), gradient).

    Raises ShapeError for an output that is no scalar; warns where it does not depend on the argument.

    >>> value_and_grad(lambda x: x**3)(2.0)
    (8.0, 12.0)
    """
    numbers, alone = _argnums(argnum, argnums)

    @wraps(f, assigned=("__name__", "__doc__"), updated=())
    def differentiated(*args: Any, **kwargs: Any) -> Any:
        run = _run(f, args, kwargs, numbers)
        output, aux = run.output, None
        if has_aux:
            if not (isinstance(output, tuple) and len(output) == 2):
                raise ArgumentError(
                    f"a pair (scalar, aux) from {_name(f)}, with has_aux=True",
                    describe_tree(output),
                    "return such a pair, or leave has_aux out",
                )
            output, aux = output
        output = _scalar_output(f, output, "grad")
        roots = _roots(output)
        graph = _Graph(run, roots)
        graph.warn_if_detached(f)
        cotangents = [one_like(root, "grad") for root in graph.roots]
        found = unflatten(run.structure, graph.pull(cotangents))
        gradient = found[0] if alone else found
        if has_aux:
            return (graph.plain(output), graph.plain(aux)), gradient
        return graph.plain(output), gradient

    return differentiated


def grad(
    f: Callable[..., Any],
    argnum: Argnum = 0,
    *,
    argnums: Argnum | None = None,
    has_aux: bool = False,
) -> Callable[..., Any]:
    """x -> df/dx of a scalar function, in the shape and containers of x.

    With `has_aux`, f returns (scalar, anything) and the result is (gradient, anything). See
    `value_and_grad` for the arguments and errors.

    >>> grad(lambda x, y: x * x * y, argnum=(0, 1))(3.0, 2.0)
    (12.0, 9.0)
    >>> grad(grad(grad(lambda x: x**4)))(1.0)
    24.0
    """
    both = value_and_grad(f, argnum, argnums=argnums, has_aux=has_aux)

    @wraps(f, assigned=("__name__", "__doc__"), updated=())
    def gradient(*args: Any, **kwargs: Any) -> Any:
        value, found = both(*args, **kwargs)
        return (found, value[1]) if has_aux else found

    return gradient


def elementwise_grad(
    f: Callable[..., Any], argnum: Argnum = 0, *, argnums: Argnum | None = None
) -> Callable[..., Any]:
    """x -> d sum(f(x)) / dx: each element's own derivative, for a function that works elementwise.

    >>> elementwise_grad(np.sin)(np.array([0.0, np.pi]))
    array([ 1., -1.])
    """
    numbers, alone = _argnums(argnum, argnums)

    @wraps(f, assigned=("__name__", "__doc__"), updated=())
    def gradient(*args: Any, **kwargs: Any) -> Any:
        run = _run(f, args, kwargs, numbers)
        graph = _Graph(run, _roots(run.output))
        graph.warn_if_detached(f)
        ones = [match(np.ones(root.shape), root._data) for root in graph.roots]
        found = unflatten(run.structure, graph.pull(ones))
        return found[0] if alone else found

    return gradient


def vjp(
    f: Callable[..., Any], *primals: Any, has_aux: bool = False
) -> tuple[Any, Callable[[Any], Any]] | tuple[Any, Callable[[Any], Any], Any]:
    """(f(x), v -> vᵀ J): the output, and the function that pulls cotangents back to the arguments.

    The cotangent has the containers and shapes of the output; the result is a tuple with one entry
    per argument. Raises ShapeError where they do not fit.

    >>> y, pull = vjp(lambda x: x**2, np.array([1.0, 3.0]))
    >>> pull(np.array([1.0, 10.0]))
    (array([ 2., 60.]),)
    """
    run = _run(f, primals, {}, tuple(range(len(primals))))
    output, aux = run.output if has_aux else (run.output, None)
    roots = _roots(output)
    graph = _Graph(run, roots)
    leaves, structure = flatten(output)

    def pull(cotangent: Any) -> Any:
        """The cotangents of the arguments, for one of the output."""
        given, received = flatten(cotangent)
        if received != structure:
            raise ArgumentError(
                f"a cotangent with the output's structure {structure!r}",
                f"{received!r}",
                "pass one array for each array of the output",
            )
        seeds = []
        for c, y, root in zip(given, leaves, roots, strict=True):
            if np.shape(data_of(c)) != np.shape(data_of(y)):
                raise ShapeError(
                    f"a cotangent of the output's shape {np.shape(data_of(y))}",
                    describe(c),
                    "pass one number for each element of the output",
                )
            if root is not None:
                seeds.append(match(_number(c), root._data))
        moving = any(type(c) is Value and c.requires_grad for c in seeds)
        graph.record = graph.record or moving
        return unflatten(run.structure, graph.pull(seeds))

    result = graph.plain(output)
    return (result, pull, graph.plain(aux)) if has_aux else (result, pull)


def _number(x: Any) -> Any:
    """A number, array or Value that arithmetic works on."""
    return x if type(x) is Value else np.asarray(x)[()] if type(x) is not float else x


def jvp(f: Callable[..., Any], primals: Any, tangents: Any) -> tuple[Any, Any]:
    """(f(x), J t): the output and its derivative in the direction `tangents`, in forward mode.

    primals, tangents    tuples or lists with one entry per argument, of equal containers and shapes;
                         one argument may be given as it is.

    >>> jvp(np.sin, (0.0,), (2.0,))
    (0.0, 2.0)
    """
    if not isinstance(primals, tuple | list):
        primals, tangents = (primals,), (tangents,)
    given, received = flatten(tuple(tangents))
    _, structure = flatten(tuple(primals))
    if received != structure:
        raise ArgumentError(
            f"tangents with the arguments' structure {structure!r}",
            f"{received!r}",
            "pass one tangent for each array of the arguments",
        )
    run = _run(f, tuple(primals), {}, tuple(range(len(primals))))
    seeds = []
    for t, x in zip(given, run.inputs, strict=True):
        if np.shape(data_of(t)) != x.shape:
            raise ShapeError(
                f"a tangent of its argument's shape {x.shape}",
                describe(t),
                "pass one number for each element of the argument",
            )
        seeds.append(match(_number(t), x._data))
    leaves, output_structure = flatten(run.output)
    roots = _roots(run.output)
    graph = _Graph(run, roots)
    graph.record = (
        graph.record or any(type(t) is Value and t.requires_grad for t in seeds)
    ) and current().records
    like = next((x for x in (*run.given, *given) if type(x) is Value), None)
    seen = {id(t) for t in seeds}
    moved = [
        _handed_out(t, _floating(data_of(y)), like, seen)
        for t, y in zip(graph.push(roots, seeds), leaves, strict=True)
    ]
    return graph.plain(run.output), unflatten(output_structure, moved)


def _floating(y: Any) -> Any:
    return as_data(y, True, copy=False)


def jacobian(
    f: Callable[..., Any],
    argnum: Argnum = 0,
    *,
    argnums: Argnum | None = None,
    mode: str = "auto",
) -> Callable[..., Any]:
    """x -> J with J[o, i] = d f(x)[o] / d x[i], of shape f(x).shape + x.shape.

    Nested containers give the containers of the output, each leaf holding those of the argument.
    mode    "rev" sweeps once per element of the output, "fwd" once per element of the input, "auto"
            whichever are fewer.

    >>> jacobian(lambda x: np.stack([x[0] * x[1], x[1]]))(np.array([2.0, 5.0]))
    array([[5., 2.],
           [0., 1.]])
    """
    numbers, alone = _argnums(argnum, argnums)
    if mode not in ("auto", "rev", "fwd"):
        raise ArgumentError("mode 'auto', 'rev' or 'fwd'", repr(mode), "leave it out for 'auto'")

    @wraps(f, assigned=("__name__", "__doc__"), updated=())
    def matrix(*args: Any, **kwargs: Any) -> Any:
        run = _run(f, args, kwargs, numbers)
        roots = _roots(run.output)
        graph = _Graph(run, roots)
        leaves, structure = flatten(run.output)
        outputs = [_floating(data_of(y)) for y in leaves]
        rows = sum(np.size(y) for y in outputs)
        columns = sum(x.size for x in run.inputs)
        if mode == "fwd" or (mode == "auto" and columns < rows):
            blocks = _by_columns(graph, roots, outputs)
        else:
            blocks = _by_rows(graph, roots, outputs)
        found = [unflatten(run.structure, row) for row in blocks]
        return unflatten(structure, [row[0] if alone else row for row in found])

    return matrix


def _one_hot(like: Any, position: int) -> Any:
    unit = np.zeros(np.size(like), np.asarray(like).dtype)
    unit[position] = 1
    return match(unit.reshape(np.shape(like))[()], like)


def _joined(slices: list[Any], shape: tuple[int, ...], axis: int, given: Any, like: Any) -> Any:
    if not slices:
        return np.zeros(shape, np.asarray(like).dtype)
    recorded = any(type(s) is Value for s in slices)
    joined = np.stack(slices, axis=axis) if recorded or shape else slices[0]
    joined = np.reshape(joined, shape) if shape else np.reshape(joined, ())
    return _handed_out(joined, like, given, set())


def _by_rows(graph: _Graph, roots: Sequence[Value | None], outputs: list[Any]) -> list[list[Any]]:
    """One pullback per element of the outputs."""
    run = graph.run
    blocks = []
    for number, y in enumerate(outputs):
        columns: list[list[Any]] = [[] for _ in run.inputs]
        for position in range(np.size(y)):
            if roots[number] is None:
                found = [np.zeros(x.shape, x.dtype) for x in run.inputs]
            else:
                live = [i for i, root in enumerate(roots) if root is not None]
                seeds = [
                    _one_hot(outputs[i], position) if i == number else _zeros(outputs[i])
                    for i in live
                ]
                found = graph.pull(seeds)
            for column, c in zip(columns, found, strict=True):
                column.append(c)
        blocks.append(
            [
                _joined(column, (*np.shape(y), *x.shape), 0, given, x._data)
                for column, x, given in zip(columns, run.inputs, run.given, strict=True)
            ]
        )
    return blocks


def _by_columns(
    graph: _Graph, roots: Sequence[Value | None], outputs: list[Any]
) -> list[list[Any]]:
    """One pushforward per element of the inputs."""
    run = graph.run
    blocks: list[list[Any]] = [[] for _ in outputs]
    for number, x in enumerate(run.inputs):
        columns: list[list[Any]] = [[] for _ in outputs]
        for position in range(x.size):
            seeds = [
                _one_hot(other._data, position) if i == number else _zeros(other._data)
                for i, other in enumerate(run.inputs)
            ]
            for column, t, y in zip(columns, graph.push(roots, seeds), outputs, strict=True):
                column.append(_handed_out(t, y, None, set()))
        for block, column, y in zip(blocks, columns, outputs, strict=True):
            shape = (*np.shape(y), *x.shape)
            block.append(_joined(column, shape, -1, run.given[number], x._data))
    return blocks


def _zeros(like: Any) -> Any:
    return 0.0 if type(like) is float else np.zeros_like(like)


def hessian(
    f: Callable[..., Any], argnum: Argnum = 0, *, argnums: Argnum | None = None
) -> Callable[..., Any]:
    """x -> H with H[i, j] = d²f / dx[i] dx[j] of a scalar function, of shape x.shape + x.shape.

    >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 3.0]))
    array([[6., 2.],
           [2., 0.]])
    """
    return jacobian(grad(f, argnum, argnums=argnums), argnum, argnums=argnums)


def hvp(f: Callable[..., Any], *args: Any, argnum: int = 0) -> Any:
    """H v without H: the derivative of the gradient in the direction v, at about the cost of grad.

    hvp(f)(x, v) or hvp(f, x, v): the arguments of f, then v in the containers and shapes of the
    argument `argnum`.

    >>> hvp(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 3.0]), np.array([1.0, 0.0]))
    array([6., 2.])
    """

    def product(*args: Any, **kwargs: Any) -> Any:
        if len(args) < 2:
            raise ArgumentError(
                f"the arguments of {_name(f)}, then the vector", f"{len(args)} arguments",
                "call hvp(f)(x, v)",
            )
        *points, vector = args
        at = _argument(f, points, argnum)

        def gradient(x: Any) -> Any:
            replaced = list(points)
            replaced[argnum] = x
            return grad(f, argnum)(*replaced, **kwargs)

        return jvp(gradient, (at,), (vector,))[1]

    return product(*args) if args else product
