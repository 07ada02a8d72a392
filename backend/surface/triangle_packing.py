"""Texture coordinates for any triangles: two to a square cell, row by row, as lightmaps are packed."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

_GAP_PX = 1.0  # between two triangles, at least


def pack_triangles(
    vertices: NDArray[np.floating[Any]], faces: NDArray[np.integer[Any]], texture_px: int
) -> NDArray[np.float32]:
    """UVs [F,3,2] in [0,1] of triangles [F,3], no two of which overlap, whatever the mesh.

    Every edge becomes a seam: this is for meshes that cannot be cut into charts. The corner before the longest edge
    lies in a corner of its cell, so that colours are least stretched.
    """
    side = math.ceil(math.sqrt(max(math.ceil(len(faces) / 2), 1)))
    cell, number = np.arange(len(faces)) // 2, np.arange(len(faces)) % 2
    gap = min(_GAP_PX * side / texture_px, 0.25)  # of a cell
    low, high = gap / 2, 1.0 - 2.0 * gap
    lower = np.array([(low, low), (high, low), (low, high)])
    corners = np.stack([lower, 1.0 - lower])[number]
    places = np.stack([cell % side, cell // side], axis=1)[:, None]
    packed = (corners + places) / side
    place = vertices[faces].astype(np.float64)
    opposite = np.linalg.norm(np.roll(place, -1, axis=1) - np.roll(place, -2, axis=1), axis=2)
    first = opposite.argmax(axis=1)
    uvs = np.empty((len(faces), 3, 2), np.float32)
    order = (first[:, None] + np.arange(3)) % 3
    np.put_along_axis(uvs, order[..., None], packed.astype(np.float32), axis=1)
    return uvs
