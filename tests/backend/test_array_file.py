"""Arrays from damaged, hostile and oversized archives: one error, and little memory."""

import io
import os
import struct
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from backend import array_file
from backend.array_file import DAMAGED, read_arrays


def npy(array: NDArray[Any]) -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array(stream, array, allow_pickle=False)
    return stream.getvalue()


def header(text: str, content: bytes = b"") -> bytes:
    """An array file of any header."""
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode() + content


def archive(path: Path, content: bytes, method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as file:
        file.writestr("vertices.npy", content)
    return path


def test_arrays_come_back_whatever_their_order_and_bytes(tmp_path: Path) -> None:
    values = np.arange(12.0).reshape(4, 3)
    for number, array in enumerate(
        (values, np.asfortranarray(values), values.astype(">f4"), values.astype(np.int64))
    ):
        path = tmp_path / f"{number}.npz"
        np.savez_compressed(path, vertices=array)
        assert (read_arrays(path, ["vertices"])["vertices"] == values).all()


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-1, 3)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': ('3',)}",
        "{'descr': '|O', 'fortran_order': False, 'shape': (1,)}",
        "{'descr': 'nonsense', 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000, 3)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (" + "9" * 5000 + ",)}",
        "(" * 3000,
        "\x00" * 40,
    ],
)
def test_a_broken_array_header_is_refused(tmp_path: Path, text: str) -> None:
    path = archive(tmp_path / "head.npz", header(text, b"\x00" * 24))
    with pytest.raises(DAMAGED):
        read_arrays(path, ["vertices"])


def test_a_damaged_deflate_stream_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "head.npz", npy(np.random.default_rng(0).random((500, 3))))
    content = bytearray(path.read_bytes())
    content[200:300] = b"\xff" * 100
    path.write_bytes(content)
    with pytest.raises(DAMAGED):
        read_arrays(path, ["vertices"])


def test_encrypted_and_strangely_packed_arrays_are_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "head.npz", npy(np.zeros((3, 3))), zipfile.ZIP_STORED)
    content = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + offset] |= 1  # the flag "encrypted"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="encrypted"):
        read_arrays(path, ["vertices"])
    archive(path, npy(np.zeros((3, 3))), zipfile.ZIP_LZMA)
    with pytest.raises(ValueError, match="packed in a way"):
        read_arrays(path, ["vertices"])


def test_a_bomb_is_refused_by_its_headers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(array_file, "MAX_UNPACKED_BYTES", 1 << 20)
    path = archive(tmp_path / "head.npz", npy(np.zeros((1 << 20, 3), np.float32)))
    assert path.stat().st_size < 100_000
    tracemalloc.start()
    with pytest.raises(ValueError, match="larger than"):
        read_arrays(path, ["vertices"])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 20


def test_what_is_optional_may_be_missing(tmp_path: Path) -> None:
    path = tmp_path / "head.npz"
    np.savez(path, vertices=np.zeros((3, 3)), colors=np.ones(2))
    found = read_arrays(path, ("vertices",), optional=("colors", "uvs"))
    assert list(found) == ["vertices", "colors"]


@pytest.mark.skipif(os.name != "posix", reason="named pipes are POSIX's")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "head.npz")
    with pytest.raises(DAMAGED):
        read_arrays(tmp_path / "head.npz", ["vertices"])
