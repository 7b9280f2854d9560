"""Files: what is saved is what is loaded, and no failure leaves half a file or half a load."""

import json
import os
import pickle
import stat
import subprocess
import sys
import textwrap
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograd import Value
from autograd.errors import (
    ArgumentError,
    AutogradError,
    DTypeError,
    FileFormatError,
    MissingKeyError,
    ShapeError,
)
from nn import serialization
from nn.linear import MLP, Linear
from nn.module import Module
from nn.optim import SGD, Adam
from nn.scalar import MLP as ScalarMLP
from nn.serialization import MissingFileError, load, load_metadata, save

DTYPES = ["f2", "f4", "f8", "c8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "?"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "model.safetensors"


def mlp(rng: int = 0) -> MLP:
    return MLP([3, 4, 2], activation=np.tanh, rng=rng)


def equal(a: dict[str, np.ndarray], b: dict[str, np.ndarray]) -> bool:
    return set(a) == set(b) and all(np.array_equal(a[name], b[name]) for name in a)


# What is saved is what is loaded


def test_a_module_comes_back_with_identical_predictions(path):
    model, other = mlp(0), mlp(1)
    x = np.random.default_rng(2).normal(size=(5, 3)).astype(np.float32)
    save(path, model)
    assert not np.array_equal(other(x).data, model(x).data)
    assert load(path, into=other) is other
    np.testing.assert_array_equal(other(x).data, model(x).data)
    assert equal(load(path), model.state_dict())


@given(
    st.dictionaries(
        st.text(max_size=8).filter(lambda name: name != "__metadata__"),
        hnp.arrays(
            st.sampled_from(DTYPES).map(np.dtype),
            hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3),
        ),
        max_size=4,
    )
)
def test_every_array_comes_back_bit_for_bit(tmp_path_factory, state):
    path = tmp_path_factory.mktemp("round") / "state"
    save(path, state)
    loaded = load(path)
    assert set(loaded) == set(state)
    for name, array in state.items():
        assert loaded[name].dtype == array.dtype and loaded[name].shape == array.shape
        assert loaded[name].tobytes() == array.tobytes()
        assert loaded[name].flags.writeable and loaded[name].dtype.isnative


def test_memory_layout_and_byte_order_do_not_matter(path):
    x = np.arange(24.0).reshape(2, 3, 4)
    state = {
        "transposed": x.T,
        "strided": x[:, ::2, 1:3],
        "reversed": x[::-1],
        "big": x.astype(">f8"),
        "scalar": x[0, 0, 1],
        "fortran": np.asfortranarray(x),
        "broadcast": np.broadcast_to(x[0, 0], (3, 4)),
    }
    save(path, state)
    assert equal(load(path), state)
    assert load(path)["scalar"].shape == ()


def test_values_numbers_and_lists_are_saved(path):
    save(path, {"value": Value([1.0, 2.0]), "number": 3.0, "list": [1, 2], "flag": True})
    loaded = load(path)
    assert loaded["value"].tolist() == [1.0, 2.0] and loaded["number"] == 3.0
    assert loaded["list"].dtype == np.int64 and loaded["flag"].dtype == bool


def test_scalar_networks_buffers_and_frozen_parameters_travel(path):
    model, other = ScalarMLP(2, [3, 1], rng=0), ScalarMLP(2, [3, 1], rng=1)
    save(path, model)
    assert load(path, into=other)([1.0, 2.0]).data == model([1.0, 2.0]).data

    class Both(Module):
        def __init__(self):
            self.layer = Linear(2, 2)
            self.steps = Value(3, requires_grad=False)

    both = Both()
    both.layer.freeze()
    save(path, both)
    assert sorted(load(path)) == ["layer.bias", "layer.weight", "steps"]
    fresh = Both()
    fresh.steps.assign(0)
    load(path, into=fresh)
    assert fresh.steps.data == 3
    np.testing.assert_array_equal(fresh.layer.weight.data, both.layer.weight.data)
    assert len(fresh.parameters()) == 2


def test_an_optimizer_goes_on_where_it_was(path):
    def train(model: MLP, optimizer: Adam, steps: int) -> None:
        for _ in range(steps):
            optimizer.zero_grad()
            (model(np.ones((2, 3))) ** 2).sum().backward()
            optimizer.step()

    model, other = mlp(0), mlp(0)
    optimizer, resumed = Adam(model.parameters()), Adam(other.parameters())
    train(model, optimizer, 2)
    save(path, optimizer)
    load(path, into=resumed)
    other.load_state_dict(model.state_dict())
    train(model, optimizer, 2)
    train(other, resumed, 2)
    assert equal(model.state_dict(), other.state_dict())


def test_half_an_optimizer_is_refused(path):
    adam = Adam(mlp().parameters())
    save(path, SGD(mlp().parameters(), momentum=0.9))
    with pytest.raises(MissingKeyError, match="make it as it was when saved; for a module, strict"):
        load(path, into=adam)
    with pytest.raises(ArgumentError, match="strict=False for Adam"):
        load(path, into=adam, strict=False)
    assert all(np.all(state["exp_avg"].data == 0.0) for state in adam.state)


def test_tied_parameters_travel(path):
    model: Any = Linear(2, 2)
    model.same = model.weight
    save(path, model)
    other: Any = Linear(2, 2)
    other.same = other.weight
    load(path, into=other)
    np.testing.assert_array_equal(other.same.data, model.weight.data)


def test_metadata(path):
    save(path, {"a": np.ones(2)}, metadata={"epochs": "5", "unicode": "ψ 漢\n\0"})
    assert load_metadata(path) == {"epochs": "5", "unicode": "ψ 漢\n\0"}
    assert list(load(path)) == ["a"]
    save(path, {"a": np.ones(2)})
    assert load_metadata(path) == {}


def test_paths_may_be_text_and_need_no_ending(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save("model", mlp())
    assert load("model", into=mlp(1)).training
    assert os.listdir(tmp_path) == ["model"]


def test_a_name_may_be_as_long_as_the_system_allows(tmp_path):
    path = tmp_path / ("m" * os.pathconf(tmp_path, "PC_NAME_MAX"))
    save(path, {"a": np.ones(1)})
    assert list(load(path)) == ["a"]


def test_bfloat16_is_read_exactly(path):
    x = np.array([1.0, -2.5, 3.140625, 0.0, np.inf], np.float32)
    upper = (x.view(np.uint32) >> 16).astype("<u2")
    write(path, {"x": {"dtype": "BF16", "shape": [5], "data_offsets": [0, 10]}}, upper.tobytes())
    loaded = load(path)["x"]
    assert loaded.dtype == np.float32
    np.testing.assert_array_equal(loaded, x)


def write(path: Path, header: dict, numbers: bytes) -> None:
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + numbers)


# What cannot be saved


@pytest.mark.parametrize(
    ("state", "kind", "words"),
    [
        ({"a": np.ones(2, complex)}, DTypeError, "real and imaginary"),
        ({"a": np.ones(2, np.longdouble)}, DTypeError, "float64 or complex64"),
        ({"a": np.array(["text"])}, DTypeError, "'a'"),
        ({"a": np.array([{}])}, DTypeError, "'a'"),
        ({"a": None}, DTypeError, "'a'"),
        ({"a": {"b": np.ones(2)}}, DTypeError, "'a'"),
        ({1: np.ones(2)}, ArgumentError, "as the name of each array"),
        ({"__metadata__": np.ones(2)}, ArgumentError, "reserves"),
        ({"a\ud800": np.ones(2)}, ArgumentError, "as the name of each array"),
        ([np.ones(2)], ArgumentError, "save\\(path, model\\)"),
        (np.ones(2), ArgumentError, "save\\(path, model\\)"),
    ],
)
def test_what_the_format_has_no_place_for_is_refused(path, state, kind, words):
    save(path, {"old": np.ones(1)})
    with pytest.raises(kind, match=words):
        save(path, state)
    assert list(load(path)) == ["old"]
    assert os.listdir(path.parent) == [path.name]


@pytest.mark.parametrize(
    "metadata", [{"epochs": 5}, {5: "epochs"}, ["epochs"], "epochs", {"\udfff": "a"}]
)
def test_metadata_is_text(path, metadata):
    with pytest.raises(ArgumentError, match="text to text"):
        save(path, mlp(), metadata=metadata)
    assert not path.exists()


def test_arguments_in_the_wrong_order(path):
    model: Any = mlp()
    no_module: Any = MLP
    with pytest.raises(ArgumentError, match=r"save\(path, model\)"):
        save(model, path)
    save(path, mlp())
    with pytest.raises(ArgumentError, match="optimizer to load into"):
        load(path, into=no_module)


def test_where_nothing_can_be_written(tmp_path):
    with pytest.raises(MissingFileError, match="create it first"):
        save(tmp_path / "absent" / "model", mlp())
    with pytest.raises(ArgumentError, match="which is a folder"):
        save(tmp_path, mlp())
    assert os.listdir(tmp_path) == []


# What cannot be loaded


def test_a_missing_file(path):
    with pytest.raises(FileNotFoundError) as caught:
        load(path)
    assert isinstance(caught.value, AutogradError)
    assert str(path) in str(caught.value) and "check the path" in str(caught.value)
    with pytest.raises(MissingFileError):
        load_metadata(path)


@pytest.mark.parametrize("read", [load, load_metadata])
def test_what_is_no_file_is_not_read(read, tmp_path):
    with pytest.raises(ArgumentError, match="which is a folder"):
        read(tmp_path)
    with pytest.raises(ArgumentError, match="the path of a safetensors file"):
        read(3)


class Trap:
    """Pickled, it would write a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def test_a_pickle_is_recognised_and_never_run(path, tmp_path):
    sprung = tmp_path / "sprung"
    path.write_bytes(pickle.dumps(Trap(sprung)))
    for read in (load, load_metadata):
        with pytest.raises(FileFormatError, match="pickle, which could run any code"):
            read(path)
    assert not sprung.exists()
    pickle.loads(path.read_bytes())
    assert sprung.exists(), "the trap works"


def test_other_formats_are_recognised(path):
    np.savez(str(path) + ".npz", a=np.ones(2))
    with pytest.raises(FileFormatError, match=r"zip archive.*\n.*np\.load"):
        load(str(path) + ".npz")
    np.save(str(path) + ".npy", np.ones(2))
    with pytest.raises(FileFormatError, match=r"\.npy format"):
        load(str(path) + ".npy")
    for contents in (b"", b"text that is no model", b"\x89HDF\r\n\x1a\n"):
        path.write_bytes(contents)
        with pytest.raises(FileFormatError, match="whole safetensors file"):
            load(path)


def test_a_file_cut_short_anywhere_is_refused(path):
    save(path, {"a": np.arange(3.0), "b": np.ones((2, 2), np.float32)}, metadata={"k": "v"})
    contents = path.read_bytes()
    for length in range(len(contents)):
        path.write_bytes(contents[:length])
        with pytest.raises(FileFormatError):
            load(path)
    path.write_bytes(contents + b"\0")
    with pytest.raises(FileFormatError):
        load(path)


def test_a_header_that_lies_is_refused(path):
    for header in (
        {"x": {"dtype": "F64", "shape": [2], "data_offsets": [0, 8]}},
        {"x": {"dtype": "F64", "shape": [1], "data_offsets": [8, 16]}},
        {"x": {"dtype": "F65", "shape": [1], "data_offsets": [0, 8]}},
        {"x": {"dtype": "F64", "shape": [2**62, 2**62], "data_offsets": [0, 8]}},
    ):
        write(path, header, bytes(8))
        with pytest.raises(FileFormatError):
            load(path)


def test_a_dtype_numpy_lacks_is_named(path):
    write(path, {"x": {"dtype": "F8_E4M3", "shape": [4], "data_offsets": [0, 4]}}, bytes(4))
    with pytest.raises(FileFormatError, match="F8_E4M3 for 'x'"):
        load(path)


def test_a_file_for_another_model_changes_nothing(path):
    model = mlp()
    before = model.state_dict()
    save(path, MLP([3, 5, 2]))
    with pytest.raises(ShapeError, match=r"layers\.0\.weight float32 \(5, 3\)"):
        load(path, into=model)
    save(path, {"layers.0.weight": np.ones((4, 3))})
    with pytest.raises(MissingKeyError, match=r"layers\.1\.bias"):
        load(path, into=model)
    assert equal(model.state_dict(), before)
    load(path, into=model, strict=False)
    np.testing.assert_array_equal(model.layers[0].weight.data, 1.0)


# No failure leaves half a file


@pytest.mark.parametrize("function", ["fsync", "replace"])
@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt()])
def test_a_save_that_fails_leaves_the_old_file_and_no_other(path, monkeypatch, function, error):
    save(path, {"a": np.zeros(3)})
    before = path.read_bytes()

    def fail(*args):
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(serialization.os, function, fail)
        with pytest.raises(type(error)):
            save(path, {"a": np.ones(3)})
    assert path.read_bytes() == before
    assert os.listdir(path.parent) == [path.name]
    save(path, {"a": np.ones(3)})
    np.testing.assert_array_equal(load(path)["a"], 1.0)


@pytest.mark.parametrize("when", ["fsync", "replace"])
def test_a_process_killed_while_saving_leaves_the_old_file(path, when):
    save(path, {"a": np.zeros(3)})
    before = path.read_bytes()
    program = f"""
        import os
        import numpy as np
        from nn.serialization import save
        os.{when} = lambda *args: os._exit(9)
        save({str(path)!r}, {{"a": np.ones(3)}})
    """
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], cwd=Path(__file__).resolve().parent.parent
    )
    assert ended.returncode == 9
    assert path.read_bytes() == before
    assert len(os.listdir(path.parent)) == 2, "the new numbers lie beside it, under another name"


def test_the_numbers_are_on_disk_before_the_name_changes(path, monkeypatch):
    done = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(serialization.os, "fsync", lambda fd: (done.append("fsync"), fsync(fd)))
    monkeypatch.setattr(
        serialization.os, "replace", lambda a, b: (done.append(Path(a).parent), replace(a, b))
    )
    save(path, mlp())
    assert done[:2] == ["fsync", path.parent]


def test_readers_never_see_half_a_file(path):
    save(path, {"a": np.full(20_000, 0.0)})
    seen: list[set[float]] = []
    finished = threading.Event()

    def read() -> None:
        while not finished.is_set():
            seen.append(set(load(path)["a"].tolist()))

    reader = threading.Thread(target=read)
    writers = [
        threading.Thread(
            target=lambda k=k: [save(path, {"a": np.full(20_000, float(k))}) for _ in range(10)]
        )
        for k in range(3)
    ]
    for thread in (reader, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    finished.set()
    reader.join()
    assert seen and all(len(numbers) == 1 for numbers in seen)
    assert os.listdir(path.parent) == [path.name]


@pytest.mark.skipif(os.name != "posix", reason="permissions and links are POSIX's")
def test_permissions_and_links_are_kept(path, tmp_path):
    old = os.umask(0o022)
    try:
        save(path, mlp())
    finally:
        os.umask(old)
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    path.chmod(0o640)
    save(path, mlp())
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    link = tmp_path / "link"
    link.symlink_to(path)
    save(link, {"new": np.ones(1)})
    assert link.is_symlink() and list(load(path)) == ["new"]


# Beside PyTorch


@pytest.mark.peers
def test_pytorch_reads_and_writes_the_same_files(path):
    torch = pytest.importorskip("torch")
    theirs_io = pytest.importorskip("safetensors.torch")
    ours = Linear(3, 2)
    save(path, ours)
    theirs = torch.nn.Linear(3, 2)
    theirs.load_state_dict(theirs_io.load_file(path))
    np.testing.assert_array_equal(theirs.weight.detach().numpy(), ours.weight.data)
    with torch.no_grad():
        theirs.weight.mul_(2.0)
    theirs_io.save_file(theirs.state_dict(), path)
    load(path, into=ours)
    np.testing.assert_array_equal(ours.weight.data, theirs.weight.detach().numpy())
    theirs_io.save_file(theirs.bfloat16().state_dict(), path)
    load(path, into=ours)
    np.testing.assert_array_equal(ours.weight.data, theirs.weight.float().detach().numpy())


@pytest.mark.peers
def test_a_pytorch_checkpoint_is_recognised(path):
    torch = pytest.importorskip("torch")
    torch.save(torch.nn.Linear(3, 2).state_dict(), path)
    with pytest.raises(FileFormatError, match=r"safetensors\.torch\.save_file"):
        load(path)
