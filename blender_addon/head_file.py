"""Reading the mesh file of a finished head, distrustfully. No bpy here."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
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
# A request asks for 100,000 faces at most; edges that cannot be collapsed leave more.
MAX_VERTICES = MAX_FACES = 200_000
NUMBER_BYTES, HEADER_BYTES = 8, 4096  # of an array, at most
MAX_REPEATED = 0.01  # share of faces that are there a second time
MIN_THICKNESS = 1e-4  # deviation across the line that fits best, of that along it
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
        check_sizes(
            path,
            {
                **dict.fromkeys(("vertices", "normals"), 3 * MAX_VERTICES),
                "faces": 3 * MAX_FACES,
                "corner_uvs": 6 * MAX_FACES,
            },
        )
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


def check_sizes(path: Path, most: Mapping[str, int]) -> None:
    """Raise one of DAMAGED if the file, or an array in it, is larger than that many numbers; unpacks nothing."""
    sizes = {name: NUMBER_BYTES * count + HEADER_BYTES for name, count in most.items()}
    with wire.open_file(path, sum(sizes.values())) as file, zipfile.ZipFile(file) as archive:
        found = {entry.filename: entry.file_size for entry in archive.infolist()}
    for name, size in sizes.items():
        if found.get(f"{name}.npy", 0) > size:
            raise ValueError(f"the array {name} is larger than that of any head")


def unusable(path: Path, error: Exception) -> wire.RequestError:
    """The sentence for a file that is not what it should be."""
    return wire.RequestError(
        f"The mesh {path.name} cannot be used ({_reason(error)}); generate the head again.",
        wire.ErrorCode.PROTOCOL,
    )


def _reason(error: Exception) -> str:
    """The first line of what it says: those after it are for programmers."""
    return next(iter(str(error).splitlines()), "")[:120] or type(error).__name__


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
    if len(vertices) > MAX_VERTICES or len(faces) > MAX_FACES:
        raise ValueError(
            f"it has {len(vertices)} vertices and {len(faces)} faces, more than any head"
        )
    _check_faces(faces, len(vertices))
    if len(corner_uvs) != len(faces):
        raise ValueError("its arrays do not belong together")
    if not all(np.isfinite(array).all() for array in (vertices, corner_uvs)):
        raise ValueError("it holds numbers that are not finite")
    if np.abs(vertices).max() > MAX_EXTENT_M:
        raise ValueError(f"it is larger than {MAX_EXTENT_M:.0f} m, or as far away")
    if extent(vertices) < MIN_EXTENT_M:
        raise ValueError("it has no extent")
    if _is_line(vertices[np.unique(faces)]):
        raise ValueError("all its vertices lie on a line")
    if corner_uvs.min() < -UV_MARGIN or corner_uvs.max() > 1.0 + UV_MARGIN:
        raise ValueError("its texture coordinates lie outside the picture")


def extent(points: Floats) -> float:
    """The longest side of the box around points [N,3]."""
    return float(np.ptp(points, axis=0).max())


def is_near(points: Floats, head: Floats, extents: float) -> bool:
    """Whether points [N,3] lie no further from the box around a head [V,3] than that many of its extents."""
    margin = extents * extent(head)
    return bool(
        (points >= head.min(axis=0) - margin).all() and (points <= head.max(axis=0) + margin).all()
    )


def _check_faces(faces: Ints, vertices: int) -> None:
    """Raise ValueError if faces [F,K] cannot be those of so many vertices."""
    if faces.min() < 0 or faces.max() >= vertices:
        raise ValueError("a face names a vertex that is not there")
    in_order = np.sort(faces, axis=1)
    if (in_order[:, 1:] == in_order[:, :-1]).any():
        raise ValueError("a face uses a vertex twice")
    in_order = in_order[np.lexsort(in_order.T)]
    if (in_order[1:] == in_order[:-1]).all(axis=1).sum() > MAX_REPEATED * len(faces):
        raise ValueError("it has the same faces again and again")


def _is_line(points: Floats) -> bool:
    """Whether points [N,3] lie on one line, by their principal axes."""
    away = points - points.mean(axis=0, dtype=np.float64)
    spread = np.linalg.eigvalsh(away.T @ away)
    return bool(spread[1] <= MIN_THICKNESS**2 * spread[2])
