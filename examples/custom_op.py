"""A new op is one row: the function, its kind, and one rule per argument.

Run:  python examples/custom_op.py
"""

import numpy as np

from autograd import elementwise, general, grad, gradcheck, hessian

# sinc(x) = sin(x) / x. The rule is NumPy, so it is recorded like any code: second derivatives
# follow.
sinc = elementwise(
    lambda x: np.sin(x) / x,
    lambda g, y, x: g * (np.cos(x) - y) / x,
    name="unnormalised_sinc",
    domain=(0.5, 3.0),
)

# Any other Jacobian: the rule maps the output's cotangent to the input's. Forward mode is derived.
# The projection onto the unit sphere, y = x / |x|, has J = (1 - y yᵀ) / |x|.
project = general(
    lambda x: x / np.sqrt(np.sum(x * x)),
    lambda g, y, x: (g - y * np.sum(g * y)) / np.sqrt(np.sum(x * x)),
    name="project",
)

x = np.array([0.7, 1.5, 2.5])
print("sinc'(x)  ", grad(lambda x: np.sum(sinc(x)))(x))
print("sinc''(x) ", np.diag(hessian(lambda x: np.sum(sinc(x)))(x)))

for op in (sinc, project):
    report = gradcheck(op, x, order=2, modes=("rev", "fwd"))
    print(report)

# A wrong rule does not pass.
wrong = elementwise(lambda x: x**3, lambda g, y, x: g * 2 * x * x, name="wrong_cube")
try:
    gradcheck(wrong, x)
except AssertionError as error:
    print("caught:", str(error).splitlines()[0])
else:
    raise SystemExit("expected gradcheck to catch the wrong rule")
