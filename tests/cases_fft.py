"""Cases for `test_registry.py`: Fourier transforms, convolution and correlation."""

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import numpy as np
from cases import Case, array, label

# Not imported with autograd, but when np.fft is first called on a Value.
from autograd.ops import convolution, fft

NORMS = (None, "backward", "ortho", "forward")


def fft_cases() -> Iterator[Case]:
    """Lengths cut and filled, odd and even, every norm, any axis."""
    x = array(3, 4)
    one = (np.fft.fft, np.fft.ifft, np.fft.rfft, np.fft.irfft, np.fft.hfft, np.fft.ihfft)
    of_real = (np.fft.rfft, np.fft.ihfft)
    for f in one:
        takes_complex = f not in of_real
        calls: list[dict[str, Any]] = [{}, {"axis": 0}, {"axis": -2, "norm": "ortho"}]
        calls += [{"n": n, "norm": norm} for n, norm in zip((3, 6, 3, 6), NORMS, strict=True)]
        calls += [{"n": 5, "axis": 0}, {"n": 2}, {"n": 1}]
        for options in calls:
            yield Case(
                f"{label(f)} {options}",
                f,
                lambda x, f=f, options=options: f(x, **options),
                (x,),
                takes_complex,
            )
        yield Case(f"{label(f)} by position", f, lambda x, f=f: f(x, 5, 0, "forward"), (x,))
        yield Case(f"{label(f)} batch", f, f, (array(2, 2, 3),), takes_complex)
        yield Case(f"{label(f)} of none", f, f, (np.ones((0, 3)),), takes_complex)
    several: tuple[tuple[Callable[..., Any], bool], ...] = (
        (np.fft.fft2, True),
        (np.fft.ifft2, True),
        (np.fft.rfft2, False),
        (np.fft.irfft2, True),
        (np.fft.fftn, True),
        (np.fft.ifftn, True),
        (np.fft.rfftn, False),
        (np.fft.irfftn, True),
    )
    three = array(2, 3, 4)
    for f, takes_complex in several:
        calls = [
            {},
            {"axes": (0, 1)},
            {"axes": (-1, 0), "norm": "ortho"},
            {"s": (3, 5), "axes": (0, 2), "norm": "forward"},
            {"s": (-1, 2), "axes": (1, 2)},
            {"s": (2, 3), "axes": (2, 2)},
            {"axes": (1,), "norm": "backward"},
        ]
        if f not in (np.fft.rfftn, np.fft.irfftn, np.fft.rfft2, np.fft.irfft2):
            calls.append({"axes": ()})
        for options in calls:
            yield Case(
                f"{label(f)} {options}",
                f,
                lambda x, f=f, options=options: f(x, **options),
                (three,),
                takes_complex,
            )
    for f in (np.fft.fftshift, np.fft.ifftshift):
        for axes in (None, 0, -1, (0, 2), [1, 1]):
            yield Case(f"{label(f)} {axes}", f, lambda x, f=f, a=axes: f(x, a), (three,), True)
    z = array(3, 3)
    for row, sizes in ((fft.fft_row, (2, 4)), (fft.ifft_row, (4, 2))):
        options = {"sizes": sizes, "axes": (-2, -1), "norm": "ortho"}
        yield Case(f"{row.name} row", row, lambda x, r=row, o=options: r(x, **o), (z,), True)
    for row, n in product((fft.rfft_row, fft.irfft_row), (2, 3, 4, 5)):
        options = {"n": n, "axis": -1, "norm": None}
        of_complex = row is fft.irfft_row
        yield Case(
            f"{row.name} row {n}", row, lambda x, r=row, o=options: r(x, **o), (z,), of_complex
        )


def convolution_cases() -> Iterator[Case]:
    """The first longer, the second longer, equal; odd and even; every mode, named or numbered."""
    pairs = ((1, 1), (1, 3), (2, 5), (4, 2), (4, 3), (3, 4), (5, 5))
    modes: tuple[Any, ...] = ("full", "same", "valid", 0, 1, 2)
    functions: tuple[Any, ...] = (np.convolve, np.correlate)
    for f, (n, m), mode in product(functions, pairs, modes):
        if isinstance(mode, str) or (n, m) == (4, 3):
            args = array(n), array(m, seed=1)
            yield Case(
                f"{label(f)} {n} {m} {mode}",
                f,
                lambda a, v, f=f, mode=mode: f(a, v, mode),
                args,
                True,
            )
    for f in functions:
        yield Case(f"{label(f)} default", f, f, (array(4), array(3, seed=1)), True)
        yield Case(f"{label(f)} squared", f, lambda x, f=f: f(x, x, "same"), (array(4),), True)
        yield Case(f"{label(f)} of a list", f, lambda x, f=f: f([1.0, 2.0], x), (array(4),))
    yield Case("np.convolve 0-d", np.convolve, np.convolve, (np.array(1.5), array(3)), True)
    windows: list[tuple[Any, ...]] = [
        ((4, 3), (2, 2), (0, 0), (5, 4)),
        ((4, 3), (2, 2), (1, 1), (3, 2)),
        ((2, 2), (4, 3), (1, 0), (4, 4)),
        ((2, 4), (3, 2), (-1, 1), (7, 2)),
        ((3, 4), (2,), (1,), (3,)),
        ((4,), (3, 2), (2,), (5,)),
        ((2, 1, 4), (3, 2), (0,), (5,)),
        ((2, 4, 3), (2, 2), (1, 0), (3, 4)),
        ((4,), (3,), (-2,), (3,)),
        ((4,), (3,), (5,), (4,)),
        ((4,), (3,), (7,), (2,)),
        ((4,), (3,), (-3,), (12,)),
        ((4,), (3,), (2,), (0,)),
        ((0, 4), (3,), (0,), (4,)),
    ]
    for a, v, start, size in windows:
        yield Case(
            f"window {a} {v} {start} {size}",
            convolution.window_row,
            lambda a, v, s=start, n=size: convolution.window(a, v, s, n),
            (array(*a), array(*v, seed=1)),
            True,
        )


CASES: list[Case] = [*fft_cases(), *convolution_cases()]
