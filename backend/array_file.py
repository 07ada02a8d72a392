"""Arrays of .npz files, read distrustfully: sizes come from the headers before anything is unpacked.

Blender imports it too: it needs numpy (1.24 to 2.x) and the standard library only.
"""

from __future__ import annotations

import math
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from .wire.job_files import open_file

MAX_FILE_BYTES = 512 << 20
MAX_UNPACKED_BYTES = 512 << 20  # of all arrays of a file
# Whatever the readers of archives, of deflate streams and of array headers raise for damaged bytes.
DAMAGED = (
    ArithmeticError, EOFError, LookupError, MemoryError, OSError, RuntimeError, SyntaxError, TypeError, ValueError,
    struct.error, tokenize.TokenError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip
_PLAIN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 1  # of an entry's flags
_HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


def read_arrays(
    path: Path, names: Sequence[str], optional: Sequence[str] = ()
) -> Mapping[str, npt.NDArray[Any]]:
    """The arrays of these names, numbers all of them, and those of the optional ones that there are; read-only.

    Raises one of DAMAGED if the file is not that.
    """
    found: dict[str, npt.NDArray[Any]] = {}
    with open_file(path, MAX_FILE_BYTES) as file, zipfile.ZipFile(file) as archive:
        there = set(archive.namelist())
        wanted = [*names, *(name for name in optional if f"{name}.npy" in there)]
        entries = [_entry(archive, name) for name in wanted]
        if sum(entry.file_size for entry in entries) > MAX_UNPACKED_BYTES:
            raise ValueError(f"its arrays are larger than {MAX_UNPACKED_BYTES} bytes")
        for name, entry in zip(wanted, entries, strict=True):
            with archive.open(entry) as stream:
                found[name] = _read_array(name, stream, entry.file_size)
    return MappingProxyType(found)


def _entry(archive: zipfile.ZipFile, name: str) -> zipfile.ZipInfo:
    try:
        entry = archive.getinfo(f"{name}.npy")
    except KeyError:
        raise ValueError(f"the array {name} is missing") from None
    if entry.flag_bits & _ENCRYPTED or entry.compress_type not in _PLAIN:
        raise ValueError(f"the array {name} is encrypted or packed in a way that is not read")
    return entry


def _read_array(name: str, stream: IO[bytes], size: int) -> npt.NDArray[Any]:
    version = np.lib.format.read_magic(stream)
    if version not in _HEADERS:
        raise ValueError(f"the array {name} has a header that is not read")
    shape, is_fortran, dtype = _HEADERS[version](stream)  # type: ignore[no-untyped-call]
    if dtype.kind not in "fiu":
        raise ValueError(f"the array {name} holds {dtype}, not numbers")
    if min(shape, default=0) < 0 or math.prod(shape) * dtype.itemsize != size - stream.tell():
        raise ValueError(f"the array {name} has another size than its header says")
    array = np.frombuffer(stream.read(), dtype)
    return array.reshape(shape, order="F" if is_fortran else "C")
