"""UVs of a part: nearly all of the texture for what shows, a corner for what the skin hides."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..surface.unwrap import unwrap_uvs

Wide = NDArray[np.float64]
Indices = NDArray[np.int64]
Bools = NDArray[np.bool_]

CORNER = 1 / 16  # of the texture's side
_GAP = 1 / 128
_WORTH_IT = 0.15  # share of the faces that are hidden


def unwrap_part(
    vertices: Wide, faces: Indices, is_hidden: Bools, texture_px: int
) -> NDArray[np.float32]:
    """UVs [F,3,2] of a part's faces [F,3], no two of which overlap; `is_hidden` [F] by the skin."""
    hidden = np.flatnonzero(is_hidden)
    if not _WORTH_IT * len(faces) <= len(hidden) < len(faces):
        return unwrap_uvs(vertices, faces, texture_px)
    uvs = np.empty((len(faces), 3, 2), np.float32)
    seen = np.flatnonzero(~is_hidden)
    scale = 1.0 - CORNER - _GAP
    uvs[seen] = _unwrap_some(vertices, faces[seen], round(scale * texture_px)) * scale
    corner = _unwrap_some(vertices, faces[hidden], texture_px)
    uvs[hidden] = corner * CORNER + (1.0 - CORNER)
    return uvs


def _unwrap_some(vertices: Wide, faces: Indices, texture_px: int) -> NDArray[np.float32]:
    used, renumbered = np.unique(faces, return_inverse=True)
    return unwrap_uvs(vertices[used], renumbered.reshape(-1, 3), texture_px)
