"""exp, log, … in native code: errors in units of the last place, and that loops are widened."""

import math
import re

import numpy as np
import pytest

from autograd.compiler.emit import coefficients, exponentials, machine, vector_math

pytestmark = pytest.mark.skipif(not machine.available(), reason="llvmlite is not installed")

DTYPES = ("float32", "float64")
UNARY = sorted(vector_math.NAMES - {"power"})
LIMITS = {"float32": 2.0, "float64": 4.0}
KINDS = {"float32": ("float", "f32"), "float64": ("double", "f64")}
# Where a long double is no longer than a double there is nothing to measure float64 with.
EXTENDED = np.finfo(np.longdouble).nmant > np.finfo(np.float64).nmant


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory):
    """Object code made here stays here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUTOGRAD_CACHE", str(tmp_path_factory.mktemp("native")))
        yield


def loop(function: str, dtype: str, definition: str | None = None) -> str:
    """LLVM IR of a loop that applies the function to `n` elements of each array."""
    kind, short = KINDS[dtype]
    count = 2 if function == "power" else 1
    loads = "".join(
        f"  %p{k} = getelementptr {kind}, ptr %x{k}, i64 %i\n  %a{k} = load {kind}, ptr %p{k}\n"
        for k in range(count)
    )
    arguments = ", ".join(f"{kind} %a{k}" for k in range(count))
    arrays = ", ".join(f"ptr noalias %x{k}" for k in range(count))
    return (
        (definition or vector_math.definition(function, dtype))
        + f"""
define void @apply({arrays}, ptr noalias %y, i64 %n) nounwind "prefer-vector-width"="512" {{
entry:
  br label %loop
loop:
  %i = phi i64 [0, %entry], [%j, %loop]
{loads}  %r = call {kind} @{function}_{short}({arguments})
  %q = getelementptr {kind}, ptr %y, i64 %i
  store {kind} %r, ptr %q
  %j = add i64 %i, 1
  %more = icmp slt i64 %j, %n
  br i1 %more, label %loop, label %done
done:
  ret void
}}
"""
    )


def applied(text: str, *arrays: np.ndarray) -> np.ndarray:
    result = np.empty_like(arrays[0])
    apply = machine.compile_ir(text).function("apply", len(arrays) + 2)
    apply(*(array.ctypes.data for array in (*arrays, result)), result.size)
    return result


def sigmoid(x):
    part = np.exp(-abs(x))
    return np.where(x < 0, part, 1) / (1 + part)


def erf(x):
    return np.array([math.erf(float(each)) for each in x], x.dtype)


def softplus(x):
    return np.maximum(x, 0) + np.log1p(np.exp(-abs(x)))


REFERENCES = {"sigmoid": sigmoid, "softplus": softplus, "erf": erf}


def reference(function: str, *arrays: np.ndarray) -> np.ndarray:
    """The function with digits to spare; erf's float64 has its own rounding instead."""
    longer = np.float64 if arrays[0].dtype == np.float32 and function == "erf" else np.longdouble
    with np.errstate(all="ignore"):
        exact = REFERENCES.get(function, getattr(np, function, None))
        assert exact is not None
        return exact(*(array.astype(longer) for array in arrays)).astype(np.longdouble)


def error(result: np.ndarray, exact: np.ndarray) -> float:
    """The largest error in units of the last place; infinite where the kind of number is wrong."""
    limits = np.finfo(result.dtype)
    # What rounds to infinity is beyond the largest number by half a unit.
    edge = np.longdouble(limits.max) * (1 + np.longdouble(limits.eps) / 4)
    exact = np.where(abs(exact) >= edge, np.copysign(np.inf, exact), exact)
    if not np.array_equal(np.isnan(result), np.isnan(exact)):
        return math.inf
    infinite = np.isinf(exact) | np.isinf(result)
    if not np.array_equal(result[infinite].astype(np.longdouble), exact[infinite]):
        return math.inf
    finite = np.isfinite(exact)
    got, exact = result[finite].astype(np.longdouble), exact[finite]
    exponent = np.maximum(np.frexp(exact)[1], limits.minexp + 1)
    unit = np.ldexp(np.longdouble(1), exponent - limits.nmant - 1)
    return float((abs(got - exact) / unit).max(initial=0))


def points(dtype: str) -> np.ndarray:
    """Every kind of number: all exponents, and the ranges where functions do something."""
    rng = np.random.default_rng(7)
    bits = np.dtype(dtype).itemsize * 8
    n = 60_000 if dtype == "float32" else 12_000
    patterns = rng.integers(0, 2**bits, n, dtype=np.uint64).astype(f"uint{bits}").view(dtype)
    # Where exp is tiny, and where it overflows.
    low, high = (-110, 95) if dtype == "float32" else (-760, 720)
    parts = [
        patterns,
        rng.normal(size=n),
        rng.uniform(-20, 20, n),
        rng.uniform(low, high, n),
        1 + rng.normal(size=n) * 1e-3,
        rng.uniform(-1e5, 1e5, n),
        rng.integers(-60_000, 60_000, n) * (np.pi / 2),
        2.0 ** rng.integers(-100, 100, 100),
    ]
    with np.errstate(over="ignore"):
        return np.concatenate([part.astype(dtype) for part in parts])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("function", UNARY)
def test_errors_are_within_the_limit(function, dtype):
    if dtype == "float64" and not EXTENDED:
        pytest.skip("no numbers longer than float64")
    x = points(dtype)
    # math.erf has an error of its own, of up to one unit.
    limit = LIMITS[dtype] - (function == "erf" and dtype == "float64")
    if function == "erf":
        x = x[::5].copy()
    assert error(applied(loop(function, dtype), x), reference(function, x)) <= limit


@pytest.mark.parametrize("dtype", DTYPES)
def test_an_error_in_a_coefficient_is_seen(dtype):
    definition = vector_math.definition("exp", dtype)
    sixth = np.array(coefficients.EXP[32 if dtype == "float32" else 64][1], dtype)
    pattern = int(sixth.astype(np.float64).view(np.uint64))
    wrong = definition.replace(f"0x{pattern:016X}", f"0x{pattern + 2**36:016X}")
    assert wrong != definition
    x = points(dtype)
    assert error(applied(loop("exp", dtype, wrong), x), reference("exp", x)) > LIMITS[dtype]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("function", ["exp", "exp2", "sigmoid", "softplus", "power"])
def test_a_cpu_without_an_instruction_for_scaling_computes_the_same(function, dtype, monkeypatch):
    x = points(dtype)
    arrays = (x, np.linspace(-3, 3, x.size, dtype=dtype))[: 2 if function == "power" else 1]
    bits = []
    for has_it in (True, False):
        monkeypatch.setattr(exponentials, "_has_scaling_instruction", lambda has_it=has_it: has_it)
        definition = vector_math.definition.__wrapped__(function, dtype)
        assert ("ldexp" in definition) == (has_it and (function, dtype) != ("power", "float32"))
        bits.append(applied(loop(function, dtype, definition), *arrays))
    np.testing.assert_array_equal(*bits)


@pytest.mark.parametrize("dtype", DTYPES)
def test_power_is_within_the_limit(dtype):
    rng = np.random.default_rng(3)
    n = 30_000
    x = np.concatenate([np.exp(rng.uniform(-80, 80, n)), rng.uniform(0, 3, n)])
    x = np.concatenate([x, 1 + rng.normal(size=n) * 1e-4]).astype(dtype)
    y = np.concatenate([rng.uniform(-3, 3, n), rng.normal(size=n) * 30, rng.normal(size=n) * 1e5])
    y = y.astype(dtype)
    result = applied(loop("power", dtype), x, y)
    if dtype == "float64" and EXTENDED:
        # A long double's power may itself be off where the exponent is large.
        exact = reference("power", x, y)
        assert error(result, exact) <= LIMITS[dtype]
    if dtype == "float32":
        assert error(result, reference("power", x, y)) <= LIMITS[dtype]
    whole = np.arange(1, 60).astype(dtype)
    for exponent in (1, 2, 3):
        power = applied(loop("power", dtype), whole, np.full_like(whole, exponent))
        np.testing.assert_array_equal(power, whole**exponent)


@pytest.mark.parametrize("dtype", DTYPES)
def test_special_powers_are_those_of_the_standard(dtype):
    large = 2.0 ** np.finfo(dtype).nmant
    numbers = [0.0, 1, 2, 3, 0.5, 0.3, 2.5, np.inf, large, large + 1, np.finfo(dtype).max]
    numbers = np.array([*numbers, *(-np.array(numbers)), np.nan], dtype)
    x, y = (grid.ravel().copy() for grid in np.meshgrid(numbers, numbers))
    result = applied(loop("power", dtype), x, y)
    with np.errstate(all="ignore"):
        expected = np.power(x, y)
    np.testing.assert_allclose(result, expected, rtol=8 * np.finfo(dtype).eps)
    known = ~np.isnan(expected)
    np.testing.assert_array_equal(np.signbit(result[known]), np.signbit(expected[known]))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("function", UNARY)
def test_zeros_infinities_and_the_smallest_numbers(function, dtype):
    smallest = np.finfo(dtype).smallest_subnormal
    x = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, smallest, -smallest, 1, -1], dtype)
    result = applied(loop(function, dtype), x)
    exact = reference(function, x)
    assert error(result, exact) <= LIMITS[dtype]
    zero = exact == 0
    np.testing.assert_array_equal(np.signbit(result[zero]), np.signbit(exact[zero]))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("function", sorted(vector_math.NAMES))
def test_loops_are_vectorised(function, dtype):
    features = machine.host()[1].split(",")
    if "+avx" not in features:
        pytest.skip("registers have other names here")
    register = "zmm" if "+avx512f" in features else "ymm"
    assembly = machine.assembly(loop(function, dtype))
    where = assembly[assembly.index("\napply:") :]
    if function in ("sin", "cos"):
        widest = (64 if register == "zmm" else 32) // np.dtype(dtype).itemsize
        assert f"call\t{function}_v{widest}" in where.replace("callq", "call")
    else:
        assert re.search(rf"vfn?m[a-z0-9]+p[sd]\s[^\n]*%{register}", where), "no wide arithmetic"
    calls = re.findall(r"call\w*\s+\**(\w+)", where)
    # The last few elements may be done one by one.
    assert all(call.startswith(f"{function}_") for call in calls)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("function", sorted(vector_math.NAMES))
def test_text_for_vectors_gives_what_the_loop_gives(function, dtype):
    kind, short = KINDS[dtype]
    count = 2 if function == "power" else 1
    names = [f"x{k}" for k in range(count)]
    loads = "".join(f"  %{x} = load <4 x {kind}>, ptr %p{x}, align 1\n" for x in names)
    text = vector_math.definition(function, dtype, 4) + (
        f"define void @apply({', '.join(f'ptr %p{x}' for x in names)}, ptr %y, i64 %n) {{\n{loads}"
        f"  %r = call <4 x {kind}> @{function}_v4{short}"
        f"({', '.join(f'<4 x {kind}> %{x}' for x in names)})\n"
        f"  store <4 x {kind}> %r, ptr %y, align 1\n  ret void\n}}\n"
    )
    x = np.array([0.7, 1e20, 3.1, -0.25], dtype)
    arrays = (x, np.array([2.0, 0.5, -1.5, 3], dtype))[:count]
    np.testing.assert_array_equal(applied(text, *arrays), applied(loop(function, dtype), *arrays))


def test_the_c_library_has_what_has_no_formula_and_says_so_where_not():
    found = vector_math.libm("arctan2", "float32")
    assert found is not None
    declaration, symbol = found
    assert symbol == "atan2f"
    assert declaration.startswith("declare float @atan2f(float, float)")
    assert vector_math.libm("no such function", "float64") is None
