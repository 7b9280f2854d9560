"""Numbers, arrays, options and indices in the few characters that a picture has room for."""

from collections.abc import Mapping
from typing import Any

import numpy as np

# An array of this many elements is shown element by element.
FEW = 4
WIDEST = 40

# What Python writes for an op, or what mathematics does, where that is shorter than its name.
SIGNS = {
    "add": "+",
    "subtract": "−",
    "multiply": "×",
    "divide": "/",
    "true_divide": "/",
    "negative": "−",
    "positive": "+",
    "power": "**",
    "float_power": "**",
    "matmul": "@",
    "mod": "%",
    "remainder": "%",
    "floor_divide": "//",
}


def shorten(text: str, width: int = WIDEST) -> str:
    """At most `width` characters, the end of what is cut off marked.

    >>> shorten("convolution", 5)
    'conv…'
    """
    return text if len(text) <= width else text[: width - 1] + "…"


def number(x: Any) -> str:
    """A number to four significant digits; a whole one says by its point that it is no integer.

    >>> number(2.0), number(2), number(0.123456), number(1e-9), number(1 - 2j)
    ('2.0', '2', '0.1235', '1e-09', '1.0-2.0j')
    """
    if isinstance(x, bool | int):
        return str(x)
    if isinstance(x, complex):
        sign = "-" if np.copysign(1.0, x.imag) < 0 else "+"
        return f"{number(x.real)}{sign}{number(abs(x.imag))}j"
    if not isinstance(x, float):
        return shorten(str(x))
    if x.is_integer() and abs(x) < 1e7:
        return f"{x + 0.0:.1f}"  # + 0.0 turns -0.0, which says nothing here, into 0.0
    text = f"{x:.4g}"
    return f"{text}.0" if text.lstrip("-").isdigit() and abs(x) < 999.5 else text


def elements(array: Any) -> str:
    """The elements of a small array; empty for one that has many, or none.

    >>> elements(np.array([[1.0, 2.0], [3.0, 4.5]]))
    '[[1.0, 2.0], [3.0, 4.5]]'
    >>> elements(np.zeros(100))
    ''
    """
    if not 0 < array.size <= FEW or array.ndim > 2:
        return ""

    def text(x: Any) -> str:
        return f"[{', '.join(map(text, x))}]" if isinstance(x, list) else number(x)

    return text(array.tolist())


def is_array(x: Any) -> bool:
    """Whether `x` has elements of a dtype, as an array or a NumPy scalar has."""
    return hasattr(x, "dtype") and hasattr(x, "shape") and hasattr(x, "tolist")


def described(data: Any) -> tuple[str, str]:
    """The value of a scalar or a small array, and its dtype and shape where they are not evident.

    >>> described(0.5), described(np.float32(0.5)), described(np.ones((3, 4)))
    (('0.5', ''), ('0.5', 'float32'), ('', 'float64 (3, 4)'))
    """
    if isinstance(data, tuple | list):
        return "", f"{type(data).__name__} of {len(data)}"
    if not is_array(data):
        return number(data), ""
    if data.ndim:
        return elements(data), f"{data.dtype} {tuple(data.shape)}"
    # Python's own numbers are float64, int64, complex128 and bool.
    return number(data.item()), "" if data.dtype.name in _USUAL else str(data.dtype)


_USUAL = frozenset({"float64", "int64", "complex128", "bool"})


def described_gradient(gradient: Any) -> str:
    """A gradient's value, or its few elements, or its Euclidean norm.

    >>> described_gradient(0.25), described_gradient(np.ones(2)), described_gradient(np.ones(100))
    ('grad 0.25', 'grad [1.0, 1.0]', 'grad norm 10.0')
    """
    if not is_array(gradient):
        return f"grad {number(gradient)}"
    if not gradient.ndim:
        return f"grad {number(gradient.item())}"
    sizes = np.abs(gradient)
    norm = largest = float(np.max(sizes, initial=0.0))
    if 0.0 < largest < np.inf:  # the squares of what is very large or small would be lost
        norm = largest * float(np.sqrt(np.sum((sizes / largest) ** 2)))
    return f"grad {elements(gradient) or f'norm {number(norm)}'}"


def op_label(name: str, static: Mapping[str, Any]) -> tuple[str, str]:
    """What stands in the node of an op, and its static arguments; None and False are left out.

    >>> op_label("multiply", {}), op_label("sum", {"axis": 1, "keepdims": True, "dtype": None})
    (('×', ''), ('sum', 'axis=1, keepdims=True'))
    >>> op_label("getitem", {"index": (slice(1, None), ..., np.array([0, 2]))})
    ('[1:, ..., [0, 2]]', '')
    """
    if "index" in static and name in _INDEXING:
        return shorten(f"[{_index(static['index'])}]") + _INDEXING[name], ""
    if name == "power" and "exponent" in static:
        return f"** {brief(static['exponent'])}", ""
    given = {key: x for key, x in static.items() if x is not None and x is not False}
    if given.get("order") == "C":  # how arrays lie in memory anyway
        del given["order"]
    return SIGNS.get(name, name), ", ".join(
        f"{key}={shorten(brief(x))}" for key, x in given.items()
    )


_INDEXING = {"getitem": "", "component": "", "setitem": " ="}


def _index(given: Any) -> str:
    return ", ".join(map(brief, given)) if isinstance(given, tuple) else brief(given)


def brief(given: Any) -> str:
    """A static argument in a few characters.

    >>> brief(slice(None, 3)), brief(np.zeros((8, 8))), brief(np.float32), brief("ij,jk")
    (':3', 'float64 (8, 8)', 'float32', "'ij,jk'")
    """
    if given is Ellipsis:
        return "..."
    if isinstance(given, slice):
        ends = ("" if end is None else brief(end) for end in (given.start, given.stop))
        return ":".join(ends) + ("" if given.step is None else f":{brief(given.step)}")
    if isinstance(given, np.dtype | type):
        return getattr(given, "name", None) or given.__name__
    if is_array(given):
        return elements(given) or f"{given.dtype} {tuple(given.shape)}"
    if isinstance(given, float):
        return number(given)
    if isinstance(given, tuple | list) and len(given) <= FEW:
        inner = ", ".join(map(brief, given))
        return f"[{inner}]" if isinstance(given, list) else f"({inner}{',' * (len(given) == 1)})"
    if callable(given):
        return getattr(given, "__name__", type(given).__name__)
    return repr(given)
