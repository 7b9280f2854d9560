"""The public functions of NumPy, from its own namespaces, and those that no derivative concerns."""

from typing import Any

import numpy as np

from benchmarks.coverage.samples import CONSTANTS, SAMPLES

MODULES: dict[str, Any] = {
    "numpy": np,
    "numpy.linalg": np.linalg,
    "numpy.fft": np.fft,
    "numpy.emath": np.emath,
    "numpy.lib.stride_tricks": np.lib.stride_tricks,
    "numpy.ufunc": np.ufunc,
}
METHODS = ("reduce", "accumulate", "reduceat", "outer", "at")
# Types and objects that are called or indexed like functions
_LIKE_FUNCTIONS = ("vectorize", "ndenumerate", "poly1d", "r_", "c_")

# Reason, and the names.
_GROUPS: dict[str, str] = {
    "files, text and printing": """
        save savez savez_compressed savetxt load loadtxt genfromtxt fromfile fromregex fromstring
        frombuffer from_dlpack array2string array_repr array_str base_repr binary_repr
        format_float_positional format_float_scientific get_printoptions set_printoptions
        printoptions info typename mintypecode""",
    "dates": "busday_count busday_offset is_busday datetime_as_string datetime_data isnat",
    "dtypes": """
        can_cast common_type isdtype issubdtype min_scalar_type promote_types""",
    "settings": """
        geterr seterr geterrcall seterrcall getbufsize setbufsize get_include show_config
        show_runtime test""",
    "integers and bits": """
        bitwise_and bitwise_or bitwise_xor bitwise_invert bitwise_count bitwise_left_shift
        bitwise_right_shift gcd lcm packbits unpackbits
        ravel_multi_index unravel_index""",
    "made of sizes alone": """
        empty empty_like zeros ones eye identity indices tri bartlett blackman hamming hanning
        diag_indices mask_indices tril_indices triu_indices broadcast_shapes""",
    "plans, memory and iterators": "einsum_path isfortran nested_iters",
    "for the class np.matrix": "asmatrix bmat",
}
NOT_APPLICABLE = {f"numpy.{n}": reason for reason, names in _GROUPS.items() for n in names.split()}


WHOLE_MODULES = {
    "strings and records": "numpy.char numpy.strings numpy.rec",
    "masked arrays, which have methods of their own": "numpy.ma",
    "tests, types and builds": """numpy.testing numpy.typing numpy.dtypes numpy.exceptions
        numpy.ctypeslib numpy.f2py numpy.core numpy.lib""",
}
TYPES_AND_OBJECTS = {
    "index and grid makers of plain numbers": "mgrid ogrid s_ index_exp ndindex",
    "iterators over memory": "nditer broadcast flatiter",
    "types, constants and settings": "ndarray dtype ufunc float64 ... pi inf newaxis errstate ...",
}


def functions() -> dict[str, Any]:
    """Every public function, ufunc and method of ufuncs, by its full name; aliases left out."""
    found: dict[str, Any] = {}
    known = {**SAMPLES, **CONSTANTS, **NOT_APPLICABLE}
    for prefix, module in MODULES.items():
        # Those that are known come first: an alias is then listed under the name that has a sample.
        for name in sorted(public(prefix), key=lambda n: (f"{prefix}.{n}" not in known, n)):
            thing = vars(module).get(name)
            is_function = callable(thing) and not isinstance(thing, type)
            if (is_function or name in _LIKE_FUNCTIONS) and all(
                thing is not other for other in found.values()
            ):
                found[f"{prefix}.{name}"] = thing
    return found


def public(prefix: str) -> list[str]:
    """The public names of one of the modules."""
    module = MODULES[prefix]
    if module is np.ufunc:
        return list(METHODS)
    return getattr(module, "__all__", None) or [n for n in vars(module) if n[0] != "_"]


def aliases() -> dict[str, list[str]]:
    """The other names of each function in its module."""
    found: dict[str, list[str]] = {}
    for full, function in functions().items():
        prefix, _, own = full.rpartition(".")
        names = public(prefix)
        found[full] = [n for n in names if n != own and vars(MODULES[prefix]).get(n) is function]
    return found
