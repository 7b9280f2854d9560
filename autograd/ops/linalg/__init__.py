"""numpy.linalg, batched over the leading axes.

Sources are named in each module. For most of it: M. B. Giles, "An extended collection of matrix
derivative results for forward and reverse mode algorithmic differentiation" (2008).
"""

from autograd.ops.linalg import (
    chains,
    determinants,
    eigen,
    factors,
    least_squares,
    norms,
    singular,
    systems,
)

__all__ = [
    "chains",
    "determinants",
    "eigen",
    "factors",
    "least_squares",
    "norms",
    "singular",
    "systems",
]
