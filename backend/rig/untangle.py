"""Faces of a wrapped head that point against their neighbours or pass through others, and how they are smoothed out."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .crossings import crossing_pairs
from .head_topology import Bools, Floats, HeadTopology
from .mesh_math import Anywhere

_ROUNDS = 12
_SHARE = 0.5  # of the way to the mean of a vertex's neighbours


def turned_quads(topology: HeadTopology, vertices: Anywhere) -> Bools:
    """[F] quads that point against the quads around them.

    A face that merely leans another way than on the true head, in a crease or at the corner of a mouth, is not turned;
    and some of the kit's own are, where lids or lips press together.
    """
    a, b, c, d = (vertices[topology.quads[:, k]].astype(np.float64) for k in range(4))
    normals = np.cross(c - a, d - b)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-30)
    start, end = topology.quads.ravel(), np.roll(topology.quads, -1, axis=1).ravel()
    low, high = np.minimum(start, end).astype(np.int64), np.maximum(start, end)
    owner = np.repeat(np.arange(len(topology.quads)), 4)
    order = np.argsort(low * len(vertices) + high, kind="stable")
    keys = (low * len(vertices) + high)[order]
    twins = np.flatnonzero(keys[1:] == keys[:-1])
    one, other = owner[order[twins]], owner[order[twins + 1]]
    around = np.zeros_like(normals)
    np.add.at(around, one, normals[other])
    np.add.at(around, other, normals[one])
    return np.asarray((around * normals).sum(axis=1) < 0)


def untangle(topology: HeadTopology, vertices: Floats) -> Floats:
    """Vertices [V,3] whose skin neither turns over nor crosses itself: there it is smoothed until it does not.

    Lips that press together and lids that wink do so on the kit's own heads; a millimetre at some vertices undoes it.
    """
    skin = topology.part_triangles("skin")
    is_skin = topology.face_materials == 0
    neighbours = topology.adjacency
    share = 1.0 / np.maximum(np.asarray(neighbours.sum(axis=1)), 1.0)
    smooth = vertices.astype(np.float64)
    for _ in range(_ROUNDS):
        turned = topology.quads[turned_quads(topology, smooth) & is_skin]
        crossing = skin[np.unique(crossing_pairs(smooth, skin))]
        bad: NDArray[np.integer[Any]] = np.union1d(turned, crossing)
        bad = np.setdiff1d(bad, topology.neck_ring)  # stays as it is, to meet a body
        if not len(bad):
            break
        mean = (neighbours @ smooth) * share
        smooth[bad] += _SHARE * (mean - smooth)[bad]
    return smooth.astype(np.float32)
