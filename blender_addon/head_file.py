"""Reading the mesh file of a finished head, distrustfully. No bpy here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..backend import wire
from ..backend.array_file import DAMAGED, read_arrays

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]
# A head in millimetres that were taken for metres is 220 m; more is garbage, and so is less than a thousandth.
MAX_EXTENT_M, MIN_EXTENT_M = 10_000.0, 1e-6
UV_MARGIN = 0.01  # around the picture, for what rounding does
INT32 = np.iinfo(np.int32)


@dataclass(frozen=True)
class HeadFile:
    """A triangle mesh in metres, field frame (y up, the face along +z)."""

    vertices: Floats  # [V,3]
    faces: Ints  # [F,3]
    corner_uvs: Floats  # [F,3,2], v upwards


def read_head(path: Path) -> HeadFile:
    """The mesh at `path`. Raises RequestError (PROTOCOL) with one sentence if it is none."""
    try:
        arrays = read_arrays(path, ("vertices", "faces", "corner_uvs"))
        head = HeadFile(
            vertices=floats(arrays["vertices"], (-1, 3)),
            faces=integers(arrays["faces"], (-1, 3)),
            corner_uvs=floats(arrays["corner_uvs"], (-1, 3, 2)),
        )
        check_mesh(head.vertices, head.faces, head.corner_uvs)
    except DAMAGED as error:
        raise unusable(path, error) from error
    return head


def unusable(path: Path, error: Exception) -> wire.RequestError:
    """The sentence for a file that is not what it should be."""
    return wire.RequestError(
        f"The mesh {path.name} cannot be used ({str(error)[:120] or type(error).__name__}); generate the head again.",
        wire.ErrorCode.PROTOCOL,
    )


def floats(array: npt.NDArray[Any], shape: tuple[int, ...]) -> Floats:
    """The array as float32 if it has this shape, -1 for any length; else ValueError."""
    _check_shape(array, shape)
    if array.dtype.kind != "f":
        raise ValueError(f"real numbers expected, not {array.dtype}")
    with np.errstate(over="ignore"):  # what is no number any more is found by `check_mesh`
        return np.ascontiguousarray(array, dtype=np.float32)


def integers(array: npt.NDArray[Any], shape: tuple[int, ...]) -> Ints:
    """The array as int32 if it has this shape, -1 for any length; else ValueError."""
    _check_shape(array, shape)
    if array.dtype.kind not in "iu":
        raise ValueError(f"whole numbers expected, not {array.dtype}")
    if array.min() < INT32.min or array.max() > INT32.max:
        raise ValueError("it holds whole numbers that are too large")
    return np.ascontiguousarray(array, dtype=np.int32)


def _check_shape(array: npt.NDArray[Any], shape: tuple[int, ...]) -> None:
    fits = array.ndim == len(shape) and len(array) > 0
    if not fits or any(
        size not in (-1, given) for size, given in zip(shape, array.shape, strict=True)
    ):
        wanted = ", ".join(str(size) if size > 0 else "N" for size in shape)
        raise ValueError(f"an array of shape {array.shape} instead of ({wanted})")


def check_mesh(vertices: Floats, faces: Ints, corner_uvs: Floats) -> None:
    """Raise ValueError if these arrays [V,3], [F,K] and [F,K,2] are no mesh of a head."""
    if faces.min() < 0 or faces.max() >= len(vertices):
        raise ValueError("a face names a vertex that is not there")
    in_order = np.sort(faces, axis=1)
    if (in_order[:, 1:] == in_order[:, :-1]).any():
        raise ValueError("a face uses a vertex twice")
    if len(corner_uvs) != len(faces):
        raise ValueError("its arrays do not belong together")
    if not all(np.isfinite(array).all() for array in (vertices, corner_uvs)):
        raise ValueError("it holds numbers that are not finite")
    if np.abs(vertices).max() > MAX_EXTENT_M:
        raise ValueError(f"it is larger than {MAX_EXTENT_M:.0f} m, or as far away")
    if np.ptp(vertices, axis=0).max() < MIN_EXTENT_M:
        raise ValueError("it has no extent")
    if corner_uvs.min() < -UV_MARGIN or corner_uvs.max() > 1.0 + UV_MARGIN:
        raise ValueError("its texture coordinates lie outside the picture")
