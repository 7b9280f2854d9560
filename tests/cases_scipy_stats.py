"""Cases for `test_registry.py`: the row of scipy.stats; its composites are in test_scipy_stats."""

import numpy as np
from cases import Constant

from autograd.op import apply
from autograd.scipy.stats import univariate

CONSTANTS = [
    Constant(
        "quantile of counts",
        univariate.quantile_of_counts.function,
        lambda q, mu: apply(
            univariate.quantile_of_counts, (q, mu, 1), {"of": "poisson", "method": "ppf"}
        ),
        (np.array([0.2, 0.9]), np.array(2.5)),
    )
]
