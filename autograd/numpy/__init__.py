"""NumPy's namespace, whose functions take Values and also lists of Values.

    import autograd.numpy as np

Most functions of plain NumPy take Values as well. What only these take is what NumPy gives no hook
for: `np.array([v, w])`, `np.sum([v, w])`, `np.full(3, v)`, `np.vectorize(f)(v)`, `np.r_[v, w]`.
Without Values every function is NumPy's, with NumPy's result.

>>> import autograd.numpy as np
>>> from autograd import grad
>>> grad(lambda x: np.sum(np.array([x, x**2]) * [1.0, 10.0]))(3.0)
61.0
"""

from importlib import import_module as _import_module
from typing import Any

import numpy as _numpy

from autograd.numpy import creation as _creation
from autograd.numpy import functions as _functions
from autograd.numpy.mirror import mirrored as _mirrored
from autograd.numpy.mirror import taking_lists as _taking_lists
from autograd.ops import diagonal as _diagonal

# Loaded when first asked for, as in NumPy
_SUBMODULES = ("emath", "fft", "lib", "linalg", "polynomial", "random")
globals().update(_mirrored(_numpy, {**vars(_creation), **vars(_functions)}))
# Not NumPy's, but HIPS's autograd.numpy has it.
make_diagonal = _taking_lists(_diagonal.make_diagonal)


def __getattr__(name: str) -> Any:
    if name in _SUBMODULES:
        return _import_module(f"autograd.numpy.{name}")
    return getattr(_numpy, name)


def __dir__() -> list[str]:
    return [*dir(_numpy), "make_diagonal"]
