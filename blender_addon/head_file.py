"""Reading the mesh file of a finished head, distrustfully. No bpy here."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..backend import api

Floats = npt.NDArray[np.float32]
MAX_FILE_BYTES = 1 << 30
MAX_EXTENT_M = 10.0  # a head is 0.3 m; anything of this size is a wrong unit or garbage


@dataclass(frozen=True)
class HeadFile:
    """A triangle mesh in metres, field frame (y up, the face along +z)."""

    vertices: Floats  # [V,3]
    faces: npt.NDArray[np.int32]  # [F,3]
    corner_uvs: Floats  # [F,3,2], v upwards


def read_head(path: Path) -> HeadFile:
    """The mesh at `path`. Raises RequestError (PROTOCOL) with one sentence if it is none."""
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise ValueError(f"it is larger than {MAX_FILE_BYTES} bytes")
        with np.load(path, allow_pickle=False) as arrays:
            head = HeadFile(
                vertices=_floats(arrays["vertices"], (-1, 3)),
                faces=_integers(arrays["faces"], (-1, 3)),
                corner_uvs=_floats(arrays["corner_uvs"], (-1, 3, 2)),
            )
        _check(head)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise api.RequestError(
            f"The mesh {path.name} cannot be used ({str(error)[:120]}); generate the head again.",
            api.ErrorCode.PROTOCOL,
        ) from error
    return head


def _floats(array: np.ndarray, shape: tuple[int, ...]) -> Floats:
    _check_shape(array, shape)
    if array.dtype.kind != "f":
        raise ValueError(f"real numbers expected, not {array.dtype}")
    return np.ascontiguousarray(array, dtype=np.float32)


def _integers(array: np.ndarray, shape: tuple[int, ...]) -> npt.NDArray[np.int32]:
    _check_shape(array, shape)
    if array.dtype.kind not in "iu":
        raise ValueError(f"whole numbers expected, not {array.dtype}")
    return np.ascontiguousarray(array, dtype=np.int32)


def _check_shape(array: np.ndarray, shape: tuple[int, ...]) -> None:
    fits = array.ndim == len(shape) and array.shape[1:] == shape[1:] and len(array) > 0
    if not fits:
        wanted = ", ".join(str(size) if size > 0 else "N" for size in shape)
        raise ValueError(f"an array of shape {array.shape} instead of ({wanted})")


def _check(head: HeadFile) -> None:
    if head.faces.min() < 0 or head.faces.max() >= len(head.vertices):
        raise ValueError("a face names a vertex that is not there")
    if len(head.corner_uvs) != len(head.faces):
        raise ValueError("its arrays do not belong together")
    if not all(np.isfinite(array).all() for array in (head.vertices, head.corner_uvs)):
        raise ValueError("it holds numbers that are not finite")
    if np.ptp(head.vertices, axis=0).max() > MAX_EXTENT_M:
        raise ValueError(f"it is larger than {MAX_EXTENT_M:.0f} m")
