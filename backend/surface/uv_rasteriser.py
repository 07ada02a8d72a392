"""Which point of a mesh every texel of its texture shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

BATCH = 1 << 20  # texels looked at together
TOUCHING = 0.7072  # texels whose centre is that near to a triangle overlap it


@dataclass(frozen=True)
class Texels:
    """The texels that charts cover."""

    flat: Indices  # [N] row * side + column; row 0 is the top
    face: Indices  # [N]
    weights: Floats  # [N,3] of the face's corners


def rasterise_uvs(corner_uvs: NDArray[np.float32], side: int) -> Texels:
    """Every texel of a texture [side,side] that a triangle of the UVs [F,3,2] overlaps.

    Where several do, the one in which the centre of the texel lies deepest counts; a centre outside of it
    shows the nearest corner or edge.
    """
    corners = corner_uvs.astype(np.float64) * [side, -side] + [-0.5, side - 0.5]  # column, row
    depth = np.full(side * side, -np.inf)
    face = np.full(side * side, -1, np.int64)
    lines = _edge_lines(corners)
    for faces, columns, rows in _candidates(corners, side):
        inside = _edge_distances(lines, faces, columns, rows).min(axis=0)
        texels = rows * side + columns
        is_deeper = (inside > -TOUCHING) & (inside > depth[texels])
        texels, inside, faces = texels[is_deeper], inside[is_deeper], faces[is_deeper]
        np.maximum.at(depth, texels, inside)
        is_deepest = inside == depth[texels]
        face[texels[is_deepest]] = faces[is_deepest]
    flat = np.flatnonzero(face >= 0)
    weights = _weights(corners[face[flat]], flat % side, flat // side)
    return Texels(flat, face[flat], weights)


def _candidates(corners: Floats, side: int) -> Iterator[tuple[Indices, Indices, Indices]]:
    """Faces, columns and rows [N] of all texels in the boxes around the triangles [F,3,2], in batches."""
    low = np.floor(corners.min(axis=1)).astype(np.int64).clip(0, side - 1)
    high = np.ceil(corners.max(axis=1)).astype(np.int64).clip(0, side - 1)
    size = high - low + 1
    counts = size.prod(axis=1)
    ends = np.cumsum(counts)
    first = 0
    while first < len(corners):
        done = ends[first - 1] if first else 0
        last = max(first + 1, int(np.searchsorted(ends, done + BATCH, side="right")))
        faces = np.repeat(np.arange(first, last), counts[first:last])
        within = np.arange(len(faces)) - (ends - counts - done)[faces]
        width = size[faces, 0]
        yield faces, low[faces, 0] + within % width, low[faces, 1] + within // width
        first = last


def _edge_lines(corners: Floats) -> Floats:
    """Triangles [F,3,2] -> [3 edges,3,F]: what a column, a row and 1 count in the distance from an edge."""
    lines = np.zeros((3, 3, len(corners)))
    turn = np.sign(_cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]))
    for corner in range(3):
        start = corners[:, corner]
        along = corners[:, (corner + 1) % 3] - start
        along = along * (turn / np.maximum(np.hypot(*along.T), 1e-12))[:, None]
        lines[corner] = -along[:, 1], along[:, 0], -_cross(along, start)
    return lines


def _edge_distances(lines: Floats, faces: Indices, columns: Indices, rows: Indices) -> Floats:
    """Distances [3,N] of texel centres from the edges of triangles [N] out of all, positive inside."""
    distances = np.zeros((3, len(faces)))
    for edge in range(3):
        by_column, by_row, constant = lines[edge]
        distances[edge] = by_column[faces] * columns + by_row[faces] * rows + constant[faces]
    return distances


def _cross(a: Floats, b: Floats) -> Floats:
    return np.asarray(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])


def _weights(corners: Floats, columns: Indices, rows: Indices) -> Floats:
    """Barycentric weights [N,3] of texel centres in triangles [N,3,2], moved into them where negative."""
    points = np.stack([columns, rows], axis=1).astype(np.float64)
    area = _cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    area = np.where(np.abs(area) < 1e-12, 1e-12, area)
    weights = np.zeros((len(points), 3))
    for corner in range(3):
        start, end = corners[:, (corner + 1) % 3], corners[:, (corner + 2) % 3]
        weights[:, corner] = _cross(end - start, points - start) / area
    weights = weights.clip(0.0, 1.0)
    total = weights.sum(axis=1, keepdims=True)
    return np.asarray(np.where(total > 0.0, weights / np.maximum(total, 1e-12), 1.0 / 3.0))
