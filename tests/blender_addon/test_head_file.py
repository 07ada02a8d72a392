"""The distrustful reader of mesh files."""

import io
import tracemalloc
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from ..in_blender import part, wire


@pytest.fixture
def arrays() -> dict[str, NDArray[Any]]:
    """One triangle."""
    return {
        "vertices": np.array([[0, 0, 0], [0.1, 0, 0], [0, 0.2, 0]], np.float32),
        "faces": np.array([[0, 1, 2]], np.int32),
        "corner_uvs": np.zeros((1, 3, 2), np.float32),
    }


def test_a_good_mesh_is_read(
    extension: ModuleType, arrays: dict[str, NDArray[Any]], tmp_path: Path
) -> None:
    np.savez(tmp_path / "head.npz", **arrays)
    head = part("head_file").read_head(tmp_path / "head.npz")
    for name, array in arrays.items():
        assert (getattr(head, name) == array).all()


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("faces", np.array([[0, 1, 3]], np.int32), "not there"),
        ("faces", np.array([[0, 1, -1]], np.int32), "not there"),
        ("faces", np.array([[0.0, 1.0, 2.0]]), "whole numbers"),
        ("faces", np.zeros((0, 3), np.int32), "shape"),
        ("vertices", np.full((3, 3), np.nan, np.float32), "not finite"),
        ("vertices", np.zeros((3, 2), np.float32), "shape"),
        ("vertices", 1e5 * np.eye(3, dtype=np.float32), "larger than 10000 m"),
        ("corner_uvs", np.zeros((2, 3, 2), np.float32), "belong together"),
        ("vertices", np.array([object()] * 3), "holds object, not numbers"),
        ("corner_uvs", None, "corner_uvs"),
        ("faces", np.zeros((1, 3), np.int32), "uses a vertex twice"),
        ("faces", np.array([[0, 1, 2**32 + 2]]), "too large"),
        ("faces", np.array([[0, 1, 2**64 - 1]], np.uint64), "too large"),
        ("corner_uvs", np.full((1, 3, 2), 1e30, np.float32), "outside the picture"),
        ("corner_uvs", np.full((1, 3, 2), np.nan, np.float32), "not finite"),
        ("vertices", 1e300 * np.eye(3), "not finite"),
        ("vertices", 1e5 + np.eye(3, dtype=np.float32), "as far away"),
        ("vertices", np.zeros((3, 3), np.float32), "no extent"),
        ("vertices", np.outer([0.0, 0.1, 0.3], [1, 2, 3]).astype(np.float32), "on a line"),
        ("vertices", np.ones((200_001, 3), np.float32), "more than any head"),
        ("vertices", np.ones((1_000_000, 3), np.float32), "vertices is larger than that of any"),
        ("faces", np.full((100, 3), [0, 1, 2], np.int32), "again and again"),
    ],
)
def test_a_mesh_of_no_use_is_refused(
    extension: ModuleType,
    arrays: dict[str, NDArray[Any]],
    name: str,
    value: Any,
    says: str,
    tmp_path: Path,
) -> None:
    arrays[name] = value
    np.savez(tmp_path / "head.npz", **{k: v for k, v in arrays.items() if v is not None})
    with pytest.raises(wire().RequestError, match=says) as caught:
        part("head_file").read_head(tmp_path / "head.npz")
    assert "generate the head again" in caught.value.user_text


def test_a_small_file_that_unpacks_to_gigabytes_is_refused_unread(
    extension: ModuleType, arrays: dict[str, NDArray[Any]], tmp_path: Path
) -> None:
    arrays["vertices"] = np.zeros((10_000_000, 3), np.float32)
    np.savez_compressed(tmp_path / "head.npz", **arrays)
    tracemalloc.start()
    with pytest.raises(wire().RequestError, match="larger than that of any head"):
        part("head_file").read_head(tmp_path / "head.npz")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 << 20


def test_only_the_first_line_of_a_reason_is_told(extension: ModuleType) -> None:
    error = ValueError("Header is too large.\nTo allow, use max_header_size.")
    text = part("head_file").unusable(Path("head.npz"), error).user_text
    assert (
        text == "The mesh head.npz cannot be used (Header is too large.); generate the head again."
    )
    assert "(ValueError)" in part("head_file").unusable(Path("head.npz"), ValueError()).user_text


def test_a_file_that_is_no_archive_is_refused(extension: ModuleType, tmp_path: Path) -> None:
    with zipfile.ZipFile(empty := io.BytesIO(), "w"):
        pass
    for number, content in enumerate((b"", b"text", b"PK\x03\x04", empty.getvalue())):
        path = tmp_path / f"{number}.npz"
        path.write_bytes(content)
        with pytest.raises(wire().RequestError):
            part("head_file").read_head(path)
    with pytest.raises(wire().RequestError):
        part("head_file").read_head(tmp_path / "missing.npz")
