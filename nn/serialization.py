"""Parameters in files: safetensors, written whole or not at all, and nothing is ever unpickled.

A safetensors file is the length of a header, a JSON header with names, dtypes and shapes, and the
numbers. Reading one runs no code from it. PyTorch, JAX and others read and write the same files.
"""

import json
import os
import secrets
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol, TypeAlias, TypeGuard, TypeVar, overload

import numpy as np
import safetensors
import safetensors.numpy

from autograd.errors import (
    ArgumentError,
    AutogradError,
    DTypeError,
    FileFormatError,
    describe,
)
from nn.optimizer import Optimizer
from nn.state import as_array

DTYPES = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "C64": "<c8",
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "i1",
    "U64": "<u8",
    "U32": "<u4",
    "U16": "<u2",
    "U8": "u1",
    "BOOL": "?",
}
WRITABLE = {np.dtype(code).newbyteorder("=") for code in DTYPES.values()}

# How files that are mistaken for safetensors begin, and how to come by one.
OTHER_FORMATS = {
    b"PK": (
        "a zip archive, as torch.save and np.savez write",
        "convert it once: np.load(path) for .npz, or in PyTorch "
        "safetensors.torch.save_file(torch.load(path, weights_only=True), new_path)",
    ),
    b"\x80": (
        "a pickle, which could run any code",
        "save it again as safetensors where it was made",
    ),
    b"\x93NUMPY": ("an array in NumPy's .npy format", "read it with np.load, then nn.save({...})"),
    b"\x89HDF": ("an HDF5 file", "read it with h5py, then nn.save({...})"),
}

AnyPath: TypeAlias = str | os.PathLike[str]


class Stateful(Protocol):
    """What has a state by name: a module, an optimizer."""

    def state_dict(self) -> Mapping[str, Any]:
        """Its arrays by name."""
        ...

    def load_state_dict(self, state: Mapping[str, Any], /) -> Any:
        """Take such arrays, or raise and change nothing."""
        ...


Target = TypeVar("Target", bound=Stateful)


class MissingFileError(AutogradError, FileNotFoundError):
    """A file or folder that is not there."""

    __str__ = AutogradError.__str__


def save(
    path: AnyPath,
    state: Stateful | Mapping[str, Any],
    *,
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Write the state of a module or an optimizer, or a mapping of names to arrays, to a file.

    path        where; its folder must exist. A file there is replaced.
    metadata    text by name, kept in the header; `load_metadata` reads it.

    The numbers go to a temporary file beside `path`, which takes its place only when all is on
    disk: at every moment `path` holds either what it held or the whole new file. Raises
    ArgumentError for names or metadata that are no text, DTypeError for data a safetensors file has
    no dtype for, MissingFileError where the folder is missing, OSError as `open` does.

    >>> save("model.safetensors", {"weight": np.ones((2, 3))}, metadata={"epochs": "5"})
    >>> load("model.safetensors")["weight"].shape
    (2, 3)
    """
    if not isinstance(path, str | os.PathLike):
        raise ArgumentError(
            "a path, then a module or a mapping of names to arrays",
            describe(path),
            "write save(path, model)",
        )
    arrays = _checked_state(state.state_dict() if _has_state(state) else state)
    contents = safetensors.numpy.save(arrays, metadata=_checked_metadata(metadata))
    with _replacing(Path(path)) as temporary, open(temporary, "xb") as file:
        file.write(contents)
        file.flush()
        os.fsync(file.fileno())


@overload
def load(path: AnyPath, into: None = None, strict: bool = True) -> dict[str, np.ndarray]: ...
@overload
def load(path: AnyPath, into: Target, strict: bool = True) -> Target: ...
def load(path: AnyPath, into: Any = None, strict: bool = True) -> Any:
    """The arrays of a safetensors file by name; or `into`, after it took them.

    into      a module or optimizer made as the saved one was; it is not changed unless all fits.
    strict    as in `Module.load_state_dict`, whose errors this raises too; an optimizer takes a
              whole state only.

    bfloat16 is read as float32, exactly. Raises MissingFileError, and FileFormatError for a file
    that is no safetensors file, is cut short, or holds a dtype NumPy lacks.

    >>> from nn.linear import Linear
    >>> model = Linear(2, 3)
    >>> save("model.safetensors", model)
    >>> same = load("model.safetensors", into=Linear(2, 3))
    >>> bool(np.all(same.weight.data == model.weight.data))
    True
    """
    if into is not None and not _has_state(into):
        raise ArgumentError(
            "a module or an optimizer to load into",
            describe(into),
            "make the module first: load(path, into=Linear(2, 3))",
        )
    if not strict and isinstance(into, Optimizer):
        raise ArgumentError(
            "a module to load a part of a file into",
            f"strict=False for {type(into).__name__}",
            "leave strict out; half of an optimizer's state is none",
        )
    _, entries = _read(path)
    arrays = {name: _array(path, name, entry) for name, entry in entries}
    if into is None:
        return arrays
    into.load_state_dict(arrays, **({} if strict else {"strict": False}))
    return into


def load_metadata(path: AnyPath) -> dict[str, str]:
    """The text saved beside the arrays, by name.

    Raises what `load` raises.

    >>> save("model.safetensors", {"weight": np.ones(2)}, metadata={"epochs": "5"})
    >>> load_metadata("model.safetensors")
    {'epochs': '5'}
    """
    contents, _ = _read(path)
    header_end = 8 + int.from_bytes(contents[:8], "little")
    return json.loads(contents[8:header_end]).get("__metadata__", {})


# Writing


def _has_state(x: Any) -> TypeGuard[Stateful]:
    return hasattr(x, "state_dict") and hasattr(x, "load_state_dict") and not isinstance(x, type)


def _checked_state(state: Any) -> dict[str, np.ndarray]:
    if not isinstance(state, Mapping):
        raise ArgumentError(
            "a module, an optimizer, or a mapping of names to arrays, to save",
            describe(state),
            "write save(path, model) or save(path, {'name': array})",
        )
    arrays: dict[str, np.ndarray] = {}
    for name, item in state.items():
        if not _is_text(name) or name == "__metadata__":
            raise ArgumentError(
                "text as the name of each array, and not '__metadata__', which the format reserves",
                describe(name),
                "rename this entry",
            )
        array = as_array(name, item)
        if array.dtype.newbyteorder("=") not in WRITABLE:
            raise DTypeError(
                f"a dtype that safetensors has for {name!r}: booleans, integers, float16, float32, "
                "float64 or complex64",
                describe(array),
                "convert it: complex128 to its real and imaginary parts",
            )
        # The format's writer takes the memory as it lies.
        arrays[name] = np.asarray(array, order="C")
    return arrays


def _checked_metadata(metadata: Any) -> dict[str, str] | None:
    if metadata is None:
        return None
    is_text = isinstance(metadata, Mapping) and all(
        _is_text(part) for item in metadata.items() for part in item
    )
    if not is_text:
        raise ArgumentError(
            "metadata as a mapping of text to text",
            describe(metadata),
            "convert it: json.dumps(...)",
        )
    return dict(metadata)


def _is_text(x: Any) -> bool:
    """Whether x is text that UTF-8, which the file holds, has bytes for: no lone surrogates."""
    return isinstance(x, str) and not any("\ud800" <= letter <= "\udfff" for letter in x)


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """Where to write the file that takes the place of `path` when the block ends well."""
    # Through a symbolic link, the file it points to is the one to replace.
    target = Path(os.path.realpath(path))
    if not target.parent.is_dir():
        raise MissingFileError(
            f"a folder to save {path.name!r} in",
            f"{target.parent}, which is not there",
            "create it first",
        )
    if target.is_dir():
        raise ArgumentError(
            "the path of a file", f"{path}, which is a folder", "add a name: model.safetensors"
        )
    # Not from `tempfile`, whose files only their owner may read: the new file would stay so.
    # Nor with the name of `path` in it, which may be as long as the system allows.
    temporary = target.with_name(f".{secrets.token_hex(16)}.tmp")
    try:
        yield temporary
        if target.exists():
            temporary.chmod(stat.S_IMODE(target.stat().st_mode))
        os.replace(temporary, target)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    """Put the new name on disk too, where the system can: without it a power cut may undo it."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


# Reading


def _read(path: AnyPath) -> tuple[bytes, list[tuple[str, dict[str, Any]]]]:
    """The contents of a file, and its entries by name."""
    if not isinstance(path, str | os.PathLike):
        raise ArgumentError(
            "the path of a safetensors file", describe(path), 'write load("model.safetensors")'
        )
    if os.path.isdir(path):
        raise ArgumentError(
            "the path of a safetensors file",
            f"{os.fspath(path)!r}, which is a folder",
            "add the name of the file",
        )
    try:
        contents = Path(path).read_bytes()
    except FileNotFoundError as error:
        raise MissingFileError(
            "a safetensors file to load", f"{os.fspath(path)}, which is not there", "check the path"
        ) from error
    try:
        return contents, safetensors.deserialize(contents)
    except safetensors.SafetensorError as error:
        kind, remedy = f"a file of {len(contents)} bytes: {error}", "write it again with nn.save"
        for start, known in OTHER_FORMATS.items():
            if contents.startswith(start):
                kind, remedy = known
        raise FileFormatError(
            "a whole safetensors file", f"{os.fspath(path)}, {kind}", remedy
        ) from error


def _array(path: AnyPath, name: str, entry: Mapping[str, Any]) -> np.ndarray:
    kind, data = entry["dtype"], entry["data"]
    if kind == "BF16":
        # bfloat16 is the upper half of a float32.
        array = (np.frombuffer(data, "<u2").astype(np.uint32) << 16).view(np.float32)
    elif kind in DTYPES:
        stored = np.frombuffer(data, DTYPES[kind])
        array = stored.astype(stored.dtype.newbyteorder("="))
    else:
        raise FileFormatError(
            "dtypes that NumPy has, or bfloat16",
            f"{kind} for {name!r} in {os.fspath(path)}",
            "convert it where the file was made",
        )
    return array.reshape(entry["shape"])
