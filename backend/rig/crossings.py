"""Pairs of a mesh's triangles that pass through each other."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

Wide = NDArray[np.float64]
Ints = NDArray[np.integer[Any]]

_CLASSES = 4  # of sizes: one large triangle should not make all search far
_EDGES = ((0, 1), (1, 2), (2, 0))
_INSIDE = 1e-9  # barycentric: what only touches does not cross


def crossing_pairs(vertices: NDArray[np.floating[Any]], faces: Ints) -> Ints:
    """Pairs [N,2] of triangles [F,3] without a common vertex that intersect; each once, the lower index first."""
    pairs = _near_pairs(vertices.astype(np.float64)[faces])
    first, second = faces[pairs[:, 0]], faces[pairs[:, 1]]
    apart = (first[:, :, None] != second[:, None, :]).all(axis=(1, 2))
    pairs = pairs[apart]
    corners = vertices.astype(np.float64)[faces]
    crosses = np.zeros(len(pairs), np.bool_)
    for one, other in ((0, 1), (1, 0)):
        pierced, piercing = corners[pairs[:, one]], corners[pairs[:, other]]
        for start, end in _EDGES:
            crosses |= _pierces(piercing[:, start], piercing[:, end], pierced)
    return pairs[crosses]


def _near_pairs(corners: Wide) -> Ints:
    """Pairs [N,2] of triangles [F,3,3] whose boxes overlap."""
    middles = corners.mean(axis=1)
    radii = np.linalg.norm(corners - middles[:, None], axis=2).max(axis=1)
    low, high = corners.min(axis=1), corners.max(axis=1)
    found = []
    for members in np.array_split(np.argsort(radii), _CLASSES):
        if not len(members):
            continue
        near = cKDTree(middles[members]).query_ball_point(middles, radii + radii[members].max())
        one = np.repeat(np.arange(len(middles)), [len(places) for places in near])
        other = members[np.concatenate([np.asarray(places, np.int64) for places in near])]
        kept = one < other
        found.append(np.stack([one[kept], other[kept]], axis=1))
    pairs = np.concatenate(found)
    one, other = pairs.T
    overlap = (low[one] <= high[other]).all(axis=1) & (low[other] <= high[one]).all(axis=1)
    return pairs[overlap]


def _pierces(start: Wide, end: Wide, triangle: Wide) -> NDArray[np.bool_]:
    """[N] whether segments cross triangles [N,3,3] (Möller and Trumbore, 1997)."""
    along = end - start
    first, second = triangle[:, 1] - triangle[:, 0], triangle[:, 2] - triangle[:, 0]
    across = np.cross(along, second)
    volume = (first * across).sum(axis=1)
    is_flat = np.abs(volume) < 1e-24
    share = 1.0 / np.where(is_flat, 1.0, volume)
    offset = start - triangle[:, 0]
    u = (offset * across).sum(axis=1) * share
    turned = np.cross(offset, first)
    v = (along * turned).sum(axis=1) * share
    place = (second * turned).sum(axis=1) * share
    within = (u > _INSIDE) & (v > _INSIDE) & (u + v < 1.0 - _INSIDE)
    return within & (place > _INSIDE) & (place < 1.0 - _INSIDE) & ~is_flat
