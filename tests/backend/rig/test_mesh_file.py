"""Files of users' meshes: whatever is wrong with one is told in one sentence, at once and in little memory."""

from __future__ import annotations

import io
import os
import random
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from backend.errors import HeadsmithError
from backend.rig.mesh_file import read_mesh
from backend.wire import mesh_bounds
from backend.wire.requests import ErrorCode

TRIANGLE = {
    "vertices": np.eye(3, dtype=np.float32),
    "faces": np.array([[0, 1, 2]], np.int32),
}


def refusal(path: Path) -> str:
    with pytest.raises(HeadsmithError) as caught:
        read_mesh(path)
    assert caught.value.code is ErrorCode.BAD_REQUEST
    text = caught.value.user_text
    assert text.endswith(".") and "\n" not in text
    return text


def write(folder: Path, **arrays: NDArray[Any]) -> Path:
    np.savez(folder / "mesh.npz", **{**TRIANGLE, **arrays})
    return folder / "mesh.npz"


def write_entries(path: Path, vertices: bytes, method: int = zipfile.ZIP_STORED) -> None:
    faces = io.BytesIO()
    np.save(faces, TRIANGLE["faces"])
    with zipfile.ZipFile(path, "w", method) as file:
        file.writestr("vertices.npy", vertices)
        file.writestr("faces.npy", faces.getvalue())


def npy(descr: str, shape: str, content: bytes = b"") -> bytes:
    text = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}}}"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode() + content


def change(path: Path, places: dict[bytes, int], value: int) -> None:
    """Set a byte at some distance after every one of these marks."""
    content = bytearray(path.read_bytes())
    for mark, offset in places.items():
        content[content.index(mark) + offset] = value
    path.write_bytes(content)


@pytest.mark.parametrize(
    "kind", ["deflate", "encrypted", "method", "header", "void", "rows", "npy"]
)
def test_a_damaged_or_hostile_file_is_told(kind: str, tmp_path: Path) -> None:
    path, good = tmp_path / "mesh.npz", npy("'<f4'", "(3, 3)", b"\x01\x02\x03" * 12)
    if kind == "deflate":
        write_entries(path, good, zipfile.ZIP_DEFLATED)
        change(path, {b"vertices.npy": 12 + 5}, 255)
    elif kind == "encrypted":
        write_entries(path, good)
        change(path, {b"PK\x03\x04": 6, b"PK\x01\x02": 8}, 1)
    elif kind == "method":
        write_entries(path, good)
        change(path, {b"PK\x03\x04": 8, b"PK\x01\x02": 10}, 99)
    elif kind == "header":
        write_entries(path, npy("(", "3"))
    elif kind == "void":
        write_entries(path, npy("[]", "(3, 3)"))
    elif kind == "rows":
        write_entries(path, npy("'<f4'", "(99999999999, 3)", b"1234"))
    else:
        with path.open("wb") as file:
            np.save(file, TRIANGLE["vertices"])
    assert refusal(path).startswith("mesh.npz is no mesh of Headsmith (")


@pytest.mark.skipif(os.name != "posix", reason="named pipes and links are POSIX's")
def test_a_pipe_is_refused_and_a_link_is_followed(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.npz")
    assert "pipe.npz is no mesh" in refusal(tmp_path / "pipe.npz")
    (tmp_path / "loop.npz").symlink_to("loop.npz")
    assert "loop.npz is no mesh" in refusal(tmp_path / "loop.npz")
    (tmp_path / "link.npz").symlink_to(write(tmp_path))
    assert len(read_mesh(tmp_path / "link.npz").faces) == 1


@pytest.mark.parametrize("name", ["none.npz", "", "a\0b.npz", "a" * 300])
def test_a_file_that_is_not_there_is_told(name: str, tmp_path: Path) -> None:
    assert "is no mesh of Headsmith (" in refusal(tmp_path / name)


@pytest.mark.parametrize("kind", [np.complex64, "U4", "S4", np.bool_, "M8[s]", object])
@pytest.mark.parametrize("name", ["vertices", "faces", "corner_uvs"])
def test_arrays_of_anything_but_numbers_are_told(name: str, kind: Any, tmp_path: Path) -> None:
    shape = (1, 3, 2) if name == "corner_uvs" else (3, 3)
    array = np.zeros(shape, np.int64).astype(kind)
    assert "not numbers" in refusal(write(tmp_path, **{name: array}))


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"faces": np.array([[0.0, 1.5, 2.0]])}, "float64, not whole numbers"),
        ({"faces": np.array([[0, 1, 2**64 - 1]], np.uint64)}, "vertices that it does not have"),
        ({"faces": np.array([[0, 1, -1]])}, "vertices that it does not have"),
        ({"faces": np.zeros((0, 3), np.int32)}, "no faces"),
        ({"vertices": np.zeros((0, 3))}, "no vertices"),
        ({"vertices": np.zeros((3, 2))}, "no triangle mesh"),
        ({"vertices": np.full((3, 3), np.inf)}, "not numbers"),
        ({"vertices": 1e300 * np.eye(3)}, "1.7e+300 m large"),
        ({"vertices": 1e-30 * np.eye(3)}, "1.7e-30 m large; change its scale"),
        ({"vertices": 1e6 + np.eye(3)}, "1e+06 m from the origin"),
        ({"corner_uvs": np.full((1, 3, 2), 1e30)}, "UVs reach 1e+30; unwrap it again"),
        ({"corner_uvs": np.full((1, 3, 2), np.nan)}, "UVs do not fit"),
        ({"corner_uvs": np.zeros((5, 3, 2))}, "UVs do not fit"),
        ({"corner_colors": np.zeros((5, 3, 4), np.uint8)}, "colours do not fit"),
        ({"corner_colors": np.zeros((1, 3, 4), np.float32)}, "colours do not fit"),
    ],
)
def test_numbers_that_are_no_mesh_are_told(
    wrong: dict[str, NDArray[Any]], says: str, tmp_path: Path
) -> None:
    assert says in refusal(write(tmp_path, **wrong))


def test_more_triangles_than_are_read_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mesh_bounds, "MAX_TRIANGLES", 3)
    path = write(tmp_path, faces=np.tile(TRIANGLE["faces"], (4, 1)))
    assert "million triangles" in refusal(path)


@pytest.mark.parametrize("kind", ["<f2", ">f8", "<i4"])
def test_numbers_of_any_width_are_read(kind: str, tmp_path: Path) -> None:
    uvs = np.arange(6.0).reshape(1, 3, 2)
    colors = np.full((1, 3, 4), 7, np.uint8)
    path = write(tmp_path, vertices=np.eye(3).astype(kind), corner_uvs=uvs, corner_colors=colors)
    mesh = read_mesh(path)
    assert mesh.vertices.dtype == np.float64 and (mesh.vertices == np.eye(3)).all()
    assert mesh.corner_uvs is not None and (mesh.corner_uvs == uvs).all()
    assert mesh.corner_colors is not None and (mesh.corner_colors == colors).all()


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_mutated_files_are_a_mesh_or_a_refusal(save: Any, tmp_path: Path) -> None:
    path, chance = tmp_path / "mesh.npz", random.Random(0)
    save(path, **TRIANGLE, corner_uvs=np.ones((1, 3, 2)))
    whole = path.read_bytes()
    for _ in range(500):
        content = bytearray(whole)
        for _ in range(chance.randint(1, 5)):
            content[chance.randrange(len(content))] = chance.randrange(256)
        path.write_bytes(content[: chance.choice([len(content), chance.randrange(len(content))])])
        try:
            assert np.isfinite(read_mesh(path).vertices).all()
        except HeadsmithError as error:
            assert error.code is ErrorCode.BAD_REQUEST
