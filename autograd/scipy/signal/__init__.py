"""scipy.signal: convolution and filters. Given plain arrays, they are SciPy's own functions."""

from autograd.scipy.signal.convolutions import (
    convolve,
    convolve2d,
    correlate,
    correlate2d,
    fftconvolve,
    oaconvolve,
)
from autograd.scipy.signal.filters import lfilter, recursion, sosfilt

__all__ = [
    "convolve",
    "convolve2d",
    "correlate",
    "correlate2d",
    "fftconvolve",
    "lfilter",
    "oaconvolve",
    "recursion",
    "sosfilt",
]
