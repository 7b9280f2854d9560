"""What moves elements, as NumPy code: views, copies, and joining and scattering into an array."""

from collections.abc import Callable
from typing import Any

from autograd.compiler.emit.numpy_names import Form, Names
from autograd.compiler.program import Equation
from autograd.ops import index, shape
from autograd.ops.scattering import add_at
from autograd.runs import alias as argument


def view(equation: Equation, names: Names) -> Form | None:
    """What shows the memory of its first argument; None for a reshape that does not."""
    op, static = equation.op, equation.static
    if op is index.stop_row or op is argument:
        return Form(lambda args: args[0], view=True)
    if op is shape.reshape_row:
        if static.get("order", "C") != "C":
            return None
        return Form(lambda args: f"{args[0]}.reshape({names.literal(static['shape'])})", view=True)
    if op is shape.transpose:
        axes = static.get("axes")
        suffix = "T" if axes is None else f"transpose({names.literal(axes)})"
        return Form(lambda args: f"{args[0]}.{suffix}", view=True)
    if op is index.get_row:
        place = names.literal(static["index"], "index")
        if index.is_basic(static["index"]):
            return Form(lambda args: f"{args[0]}[{place}]", view=True)
        return Form(lambda args: f"{args[0]}[{place}]")
    name = names.bind(op.function, op.name)
    options = names.options(static)
    return Form(lambda args: f"{name}({args[0]}{options})", view=True)


def copied_reshape(equation: Equation) -> Form:
    """A reshape of what does not lie in memory as a view would need it."""
    shape = equation.inputs[0].shape
    return Form(fill=lambda args, out: [f"copyto({out}.reshape({shape}), {args[0]})"])


# The ops that `view` writes.
VIEWS = {
    argument,
    index.stop_row,
    index.get_row,
    shape.reshape_row,
    shape.transpose,
    shape.swapaxes,
    shape.moveaxis,
    shape.expand_dims,
    shape.squeeze,
    shape.broadcast_to,
}


def broadcast(equation: Equation, names: Names) -> Form:
    """Elements repeated."""
    return Form(fill=lambda args, out: [f"copyto({out}, {args[0]})"])


def joined(function: Callable[..., Any]) -> Callable[[Equation, Names], Form]:
    """Arrays joined by NumPy's function, along the option `axis`."""

    def write(equation: Equation, names: Names) -> Form:
        name = names.bind(function, function.__name__)
        options = names.options({"axis": 0, **equation.static})

        def parts(args: list[str]) -> str:
            return f"({', '.join(args)}{',' if len(args) == 1 else ''})"

        return Form(
            lambda args: f"{name}({parts(args)}{options})",
            lambda args, out: [f"{name}({parts(args)}{options}, out={out})"],
        )

    return write


def scattered(equation: Equation, names: Names) -> Form:
    """Slices added to zeros where the option `index` says."""
    place = names.literal(equation.static["index"], "index")
    if index.is_basic(equation.static["index"]):
        return Form(fill=lambda args, out: [f"{out}.fill(0)", f"{out}[{place}] = {args[0]}"])
    add = names.bind(add_at, "add_at")
    return Form(fill=lambda args, out: [f"{out}.fill(0)", f"{add}({out}, {place}, {args[0]})"])


def put(equation: Equation, names: Names) -> Form:
    """The first argument with the second where the option `index` says."""
    place = names.literal(equation.static["index"], "index")
    return Form(
        fill=lambda args, out: [f"copyto({out}, {args[0]})", f"{out}[{place}] = {args[1]}"],
    )
