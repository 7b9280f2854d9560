"""Cases for `test_registry.py`: autograd.scipy.signal; given plain arrays, it is SciPy's own."""

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from itertools import product
from typing import Any

import numpy as np
from cases import Case, array, row_of

from autograd.ops import convolution

MODES = ("full", "same", "valid")
LENGTHS: tuple[Any, ...] = (((5,), (2,)), ((2,), (4,)), ((3, 4), (2, 3)), ((2, 2), (3, 4)))


def convolution_cases(signal: Any) -> Iterator[Case]:
    """Every mode and method, the first or the second array longer, one axis, two, or three."""
    of = convolution.window_row
    fft = row_of("rfft")
    direct = {"method": "direct"}
    calls: list[tuple[Any, str, dict[str, Any], Any]] = [
        (of, "convolve", direct, LENGTHS),
        (of, "correlate", direct, LENGTHS),
        (fft, "convolve", {"method": "fft"}, LENGTHS[1:3]),
        (fft, "correlate", {"method": "fft"}, LENGTHS[:1]),
        (fft, "fftconvolve", {}, LENGTHS[1:3]),
        (fft, "oaconvolve", {}, LENGTHS[:1]),
        *((of, "convolve2d", {"boundary": b}, LENGTHS[2:]) for b in ("fill", "wrap", "symm")),
        *((of, "correlate2d", {"boundary": b}, LENGTHS[2:]) for b in ("fill", "wrap", "symm")),
        (of, "convolve2d", {"fillvalue": 1.5}, LENGTHS[2:3]),
    ]
    for of, name, options, lengths in calls:
        f = getattr(signal, name)
        for (n, m), mode in product(lengths, MODES):
            yield Case(
                f"signal.{name} {n} {m} {mode} {options}",
                of,
                lambda x, y, f=f, o=options, mode=mode: f(x, y, mode, **o),
                (array(*n), array(*m, seed=1)),
                of is not fft,
            )
    of = convolution.window_row
    three = array(2, 3, 2), array(2, 1, 2, seed=1)
    yield Case("signal.convolve auto", of, lambda x, y: signal.convolve(x, y), three, True)
    yield Case(
        "signal.fftconvolve axes",
        row_of("rfft"),
        lambda x, y: signal.fftconvolve(x, y, axes=[0, -1]),
        three,
    )
    z = array(3) + 1j * array(3, seed=2), array(2) + 0.5j
    f: Callable[..., Any] = signal.fftconvolve
    yield Case("signal.fftconvolve complex", row_of("fft"), f, z)
    images, filters = array(1, 2, 4, 3), array(2, 2, 2, 3, seed=1)
    axes: dict[str, Any] = {"axes": ([2, 3], [2, 3]), "dot_axes": ([1], [0])}
    for mode in ("valid", "full"):
        yield Case(
            f"signal.convolve axes {mode}",
            row_of("sliding_window_view"),
            lambda x, y, mode=mode: signal.convolve(x, y, mode=mode, **axes),
            (images, filters),
            True,
        )


def filter_cases(signal: Any) -> Iterator[Case]:
    """With and without feedback and states, along each axis, shorter than the states are."""
    row = signal.recursion
    x, b, a = array(4, 2), array(3, seed=1), array(3, seed=2) / 4 + np.array([1.7, 0, 0])
    for axis in (0, -1):
        yield Case(
            f"signal.lfilter {axis}",
            row,
            lambda b, a, x, axis=axis: signal.lfilter(b, a, x, axis),
            (b, a, x),
            True,
        )
        zi = array(2, 1, seed=3) if axis == 0 else array(1, 2, seed=3)
        yield Case(
            f"signal.lfilter {axis} zi",
            row,
            lambda b, a, x, zi, axis=axis: signal.lfilter(b, a, x, axis, zi),
            (b, a, x, zi),
            True,
        )
    one = array(5, seed=4)
    yield Case("signal.lfilter more poles", row, signal.lfilter, (b[:1], a, one))
    yield Case("signal.lfilter few", row, signal.lfilter, (b, a, one[:1]))
    yield Case(
        "signal.lfilter few zi",
        row,
        lambda b, a, x, zi: signal.lfilter(b, a, x, zi=zi),
        (b, a, one[:1], array(2)),
    )
    window = convolution.window_row
    yield Case("signal.lfilter no poles", window, signal.lfilter, (b, a[:1], one), True)
    yield Case("signal.recursion batch", row, row, (np.stack([a, a[::-1] + 1]), array(3, 1, 4)))
    sections = np.array([[1.0, 2.0, 1.0, -0.4, 0.2], [0.5, 0.1, 0.3, 0.3, 0.1]])

    def sos(s: Any) -> Any:
        return np.concatenate([s[:, :3], s[:, :1] * 0 + 1, s[:, 3:]], axis=1)

    yield Case(
        "signal.sosfilt", row, lambda s, x: signal.sosfilt(sos(s), x, 0), (sections, x), True
    )
    yield Case(
        "signal.sosfilt zi",
        row,
        lambda s, x, zi: signal.sosfilt(sos(s), x, zi=zi),
        (sections, array(2, 4), array(2, 2, 2, seed=1)),
    )


CASES: list[Case] = []
if find_spec("scipy") is not None:
    from autograd.scipy import signal

    CASES += [*convolution_cases(signal), *filter_cases(signal)]
