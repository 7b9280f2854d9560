"""Distributions of vectors."""

import math
from typing import Any

import numpy as np
import scipy.special as sp

from autograd.ops.linalg.factors import cholesky
from autograd.scipy.linalg import eigvalsh, pinvh, solve_triangular
from autograd.scipy.stats.distribution import Named, recorded
from autograd.scipy.stats.univariate import positive, within


def _with_dimension(mean: Any, cov: Any) -> tuple[Any, Any, int]:
    """The mean as a vector, the covariance as a matrix, and the dimension."""
    of_cov = np.shape(cov)[0] if np.ndim(cov) > 1 else 1
    n = of_cov if mean is None else np.size(mean)
    if np.ndim(cov) < 2:
        cov = np.reshape(cov, (-1, 1)) * np.eye(n)
    return (np.zeros(n) if mean is None else np.reshape(mean, (n,))), cov, n


def _log_determinant(lower: Any) -> Any:
    """Of L Lᵀ."""
    return 2 * np.sum(np.log(np.diagonal(lower)))


class MultivariateNormal(Named):
    """exp(-(x - μ)ᵀ Σ⁻¹ (x - μ) / 2) / √det(2πΣ); the gradient in Σ is symmetric."""

    def _logpdf(self, x: Any, mean: Any, cov: Any, allow_singular: bool) -> Any:
        mean, cov, n = _with_dimension(mean, cov)
        if n == 1 and np.ndim(x) < 2:
            x = np.reshape(x, (-1, 1))
        deviation = x - mean
        if allow_singular:
            return np.squeeze(self._degenerate(deviation, cov))
        lower = cholesky(cov)  # the row itself, whose errors are ours on plain matrices too
        columns = np.reshape(deviation, (-1, n)).T
        squares = np.sum(np.square(solve_triangular(lower, columns, lower=True)), axis=0)
        found = -0.5 * (squares + _log_determinant(lower) + n * math.log(2 * math.pi))
        return np.squeeze(np.reshape(found, np.shape(deviation)[:-1]))

    def _degenerate(self, deviation: Any, cov: Any) -> Any:
        """The density on the span of a singular covariance, which is 0 elsewhere."""
        relative = 1e6 * np.finfo(np.float64).eps
        sizes = eigvalsh(cov)
        limit = relative * np.max(np.abs(sizes))
        held = sizes > limit
        logdet = np.sum(np.where(held, np.log(np.where(held, sizes, 1.0)), 0.0))
        inverse = pinvh(cov, rtol=relative)
        inside = deviation @ inverse
        squares = np.sum(inside * deviation, axis=-1)
        found = -0.5 * (squares + logdet + np.sum(held) * math.log(2 * math.pi))
        apart = deviation - inside @ cov
        is_outside = np.logical_and(
            np.sum(apart * apart, axis=-1) >= limit * limit, np.any(np.logical_not(held))
        )
        return np.where(is_outside, -math.inf, found)

    @recorded
    def logpdf(self, x: Any, mean: Any = None, cov: Any = 1, allow_singular: bool = False) -> Any:
        """log pdf(x), for the vectors along the last axis of x."""
        return self._logpdf(x, mean, cov, allow_singular)

    @recorded
    def pdf(self, x: Any, mean: Any = None, cov: Any = 1, allow_singular: bool = False) -> Any:
        """The density, for the vectors along the last axis of x."""
        return np.exp(self._logpdf(x, mean, cov, allow_singular))

    @recorded
    def entropy(self, mean: Any = None, cov: Any = 1) -> Any:
        """The mean of -logpdf, of a covariance that is not singular."""
        _, cov, n = _with_dimension(mean, cov)
        return 0.5 * (_log_determinant(cholesky(cov)) + n * (1 + math.log(2 * math.pi)))


class Dirichlet(Named):
    """∏ x**(α - 1) Γ(Σα) / ∏ Γ(α), along the first axis; x may leave out its last component.

    With a Value, x is not tested for its sum, which differs from 1 a step beside x; NaN stands
    where x < 0 and for α ≤ 0.
    """

    def _logpdf(self, x: Any, alpha: Any) -> Any:
        if np.shape(x)[0] == np.size(alpha) - 1:
            x = np.concatenate([x, 1 - np.sum(x, axis=0, keepdims=True)])
        x, alpha = within(x, lambda x: x >= 0), within(alpha, positive)
        alpha = np.reshape(alpha, (-1,) + (1,) * (np.ndim(x) - 1))
        constant = sp.gammaln(np.sum(alpha)) - np.sum(sp.gammaln(alpha))
        return np.squeeze(np.sum(sp.xlogy(alpha - 1, x), axis=0) + constant)

    @recorded
    def logpdf(self, x: Any, alpha: Any) -> Any:
        """log pdf(x), for the vectors along the first axis of x."""
        return self._logpdf(x, alpha)

    @recorded
    def pdf(self, x: Any, alpha: Any) -> Any:
        """The density, for the vectors along the first axis of x."""
        return np.exp(self._logpdf(x, alpha))

    @recorded
    def mean(self, alpha: Any) -> Any:
        """α / Σα."""
        alpha = within(alpha, positive)
        return alpha / np.sum(alpha)

    @recorded
    def var(self, alpha: Any) -> Any:
        """m (1 - m) / (Σα + 1), with the mean m."""
        alpha = within(alpha, positive)
        mean = alpha / np.sum(alpha)
        return mean * (1 - mean) / (np.sum(alpha) + 1)

    @recorded
    def cov(self, alpha: Any) -> Any:
        """(diag(m) - m mᵀ) / (Σα + 1), with the mean m."""
        alpha = within(alpha, positive)
        mean = alpha / np.sum(alpha)
        return (np.diag(mean) - np.outer(mean, mean)) / (np.sum(alpha) + 1)

    @recorded
    def entropy(self, alpha: Any) -> Any:
        """The mean of -logpdf."""
        alpha = within(alpha, positive)
        total = np.sum(alpha)
        return (
            np.sum(sp.gammaln(alpha) - (alpha - 1) * sp.psi(alpha))
            - sp.gammaln(total)
            + (total - np.size(alpha)) * sp.psi(total)
        )


class Multinomial(Named):
    """n! ∏ p**x / x!, along the last axis; the counts x and n are constants."""

    def _logpmf(self, x: Any, n: Any, p: Any) -> Any:
        counts = np.floor(x)
        possible = np.logical_and(counts == x, counts >= 0).all(axis=-1)
        possible = np.logical_and(possible, np.sum(counts, axis=-1) == n)
        counts = np.where(counts < 0, 0, counts)
        logs = np.sum(sp.xlogy(counts, p) - sp.gammaln(counts + 1), axis=-1)
        return np.where(possible, sp.gammaln(np.floor(n) + 1) + logs, -math.inf)

    @recorded
    def logpmf(self, x: Any, n: Any, p: Any) -> Any:
        """log pmf(x)."""
        return self._logpmf(x, n, p)

    @recorded
    def pmf(self, x: Any, n: Any, p: Any) -> Any:
        """The probability of the counts x."""
        return np.exp(self._logpmf(x, n, p))

    @recorded
    def mean(self, n: Any, p: Any) -> Any:
        """n p."""
        return np.expand_dims(n, -1) * p

    @recorded
    def cov(self, n: Any, p: Any) -> Any:
        """n (diag(p) - p pᵀ)."""
        products = np.expand_dims(p, -1) * np.expand_dims(p, -2)
        diagonal = np.expand_dims(p, -1) * np.eye(np.shape(p)[-1])
        return np.expand_dims(n, (-2, -1)) * (diagonal - products)


multivariate_normal = MultivariateNormal("multivariate_normal")
dirichlet = Dirichlet("dirichlet")
multinomial = Multinomial("multinomial")
