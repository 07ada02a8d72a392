"""Reading the file of a user's mesh, distrustfully: any program may have written it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..array_file import DAMAGED, read_arrays
from ..errors import HeadsmithError
from ..wire.mesh_bounds import count_fault
from ..wire.requests import ErrorCode
from .mesh_checks import check_place
from .mesh_colors import TexturedMesh
from .mesh_math import Ints

_MOST_REPEATS = 1e6  # of a picture: UVs farther out do not tell its pixels apart
_WHOLE = "iu"  # kinds of numbers

Wide = NDArray[np.float64]


def read_mesh(path: Path) -> TexturedMesh:
    """The mesh of a .npz as JobRequest.mesh describes it, without its picture.

    Raises HeadsmithError (BAD_REQUEST) with one sentence if it cannot be used.
    """
    try:
        # What a link leads to is the user's business, but it has to be a regular file.
        arrays = read_arrays(
            path.resolve(), ("vertices", "faces"), optional=("corner_uvs", "corner_colors")
        )
    except DAMAGED as error:
        why = getattr(error, "strerror", None) or str(error)[:80] or type(error).__name__
        raise _unusable(f"{path.name} is no mesh of Headsmith ({why})") from error
    for name, shape in (("vertices", arrays["vertices"].shape), ("faces", arrays["faces"].shape)):
        if len(shape) != 2 or shape[1] != 3:
            raise _unusable(f"{path.name} is no triangle mesh: its {name} have the shape {shape}")
    vertices = _vertices(arrays["vertices"])
    faces = _faces(arrays["faces"], len(vertices))
    return TexturedMesh(
        vertices,
        faces,
        _uvs(arrays.get("corner_uvs"), faces),
        None,
        _colors(arrays.get("corner_colors"), faces),
    )


def _vertices(given: NDArray[Any]) -> Wide:
    with np.errstate(over="ignore"):
        vertices = given.astype(np.float64)
    if not len(vertices):
        raise _unusable("The mesh has no vertices")
    if not np.isfinite(vertices).all():
        raise _unusable("The mesh has vertices that are not numbers")
    check_place(vertices)
    return vertices


def _faces(given: NDArray[Any], count: int) -> Ints:
    if given.dtype.kind not in _WHOLE:
        raise _unusable(f"The mesh's faces are {given.dtype}, not whole numbers")
    if not len(given):
        raise _unusable("The mesh has no faces")
    fault = count_fault(len(given))
    if fault:
        raise HeadsmithError(ErrorCode.BAD_REQUEST, fault)
    if given.min() < 0 or given.max() >= count:
        raise _unusable("The mesh has faces of vertices that it does not have")
    return given.astype(np.int64)


def _uvs(given: NDArray[Any] | None, faces: Ints) -> NDArray[np.float32] | None:
    if given is None:
        return None
    if given.shape != (*faces.shape, 2) or not np.isfinite(given).all():
        raise _unusable("The mesh's UVs do not fit its faces")
    farthest = max(-float(given.min()), float(given.max()))
    if farthest > _MOST_REPEATS:
        raise _unusable(f"The mesh's UVs reach {farthest:.3g}", "unwrap it again or remove its UVs")
    return given.astype(np.float32)


def _colors(given: NDArray[Any] | None, faces: Ints) -> NDArray[np.uint8] | None:
    if given is None:
        return None
    if given.shape != (*faces.shape, 4) or given.dtype != np.uint8:
        raise _unusable("The mesh's vertex colours do not fit its faces")
    return given.astype(np.uint8)


def _unusable(why: str, remedy: str = "choose another mesh") -> HeadsmithError:
    return HeadsmithError(ErrorCode.BAD_REQUEST, f"{why}; {remedy}.")
