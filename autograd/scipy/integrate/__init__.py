"""scipy.integrate: integrals of samples and of functions, and ordinary differential equations."""

from autograd.scipy.integrate.integrals import fixed_quad, quad, quad_vec
from autograd.scipy.integrate.ode import odeint, solve_ivp
from autograd.scipy.integrate.samples import (
    cumulative_simpson,
    cumulative_trapezoid,
    romb,
    simpson,
    trapezoid,
)

__all__ = [
    "cumulative_simpson",
    "cumulative_trapezoid",
    "fixed_quad",
    "odeint",
    "quad",
    "quad_vec",
    "romb",
    "simpson",
    "solve_ivp",
    "trapezoid",
]
