"""The skin below hair, which no point of a mesh shows: from the face, and from what lies just where skin should.

Hair only ever lies outside of the skin. The face tells the likely skull; points of the mesh count for it only where
they are hardly farther out.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..surface.grid import OnProgress
from .face_fit import (
    Correspondences,
    FaceModel,
    FaceTarget,
    face_correspondences,
    normal_equations,
    rigid_moves,
)
from .head_topology import HeadTopology
from .mesh_math import Ints, vertex_normals
from .pose import fit_similarity
from .target_mesh import PointCloud

Wide = NDArray[np.float64]
Bools = NDArray[np.bool_]

_SCALP_M = 0.03  # above the eyes
_BARE_M = 0.0008  # by how much four fifths of a scalp without hair miss the mesh at most; with hair 2 mm and more
_FACE_ROUNDS, _ROUNDS = 5, 8
_FACE_FAR = (0.010, 0.003)  # metres: at which a pair of the face loses trust, first and last
_OUTWARD = (
    0.002,
    0.0015,
)  # metres that a point may lie outside of the skin and still be skin, first and last
_INWARD_M, _ASIDE_M = 0.02, 0.008  # metres to the other sides
_TOLERANCE_M = 0.003  # of misfit that weighs as much as one standard deviation
_BARE_LOW, _BARE_HIGH = (
    np.array([-0.045, -0.075, -0.03]),
    np.array([0.045, 0.025, 0.075]),
)  # metres, where hair seldom is
_RINGS = 3  # of vertices that agree on being skin
_TANGENTIAL = 0.15  # of a face pair's pull that acts across the normal


def has_hair(topology: HeadTopology, triangles: Ints, whole: PointCloud, current: Wide) -> bool:
    """Whether a fitted shape [V,3] misses the mesh over the scalp as only hair makes it."""
    seen = np.unique(triangles)
    scalp = seen[topology.vertices[seen, 1] > _SCALP_M]
    normals = vertex_normals(current, triangles)[scalp]
    near = whole.nearest(current[scalp], normals)
    gap = ((whole.points[near] - current[scalp]) * whole.normals[near]).sum(axis=1)
    return bool(np.quantile(np.abs(gap), 0.8) > _BARE_M)


def fit_under_hair(
    topology: HeadTopology,
    triangles: Ints,
    whole: PointCloud,
    target: FaceTarget,
    start: Wide,
    on_progress: OnProgress,
) -> Wide:
    """Vertices [V,3] of the shape whose face lies on the mesh near that of `start` [V,3], and whose rest below it.

    Args:
        whole: the mesh in the topology's frame.
        on_progress: called with the share done in [0,1]; an exception raised in it cancels.
    """
    model, seen = FaceModel(topology, triangles), np.unique(triangles)
    beside = np.setdiff1d(seen, model.vertices)
    rest = topology.vertices.astype(np.float64)
    basis = np.concatenate([topology.morphs.astype(np.float64), rigid_moves(rest)])
    ridge = np.ones(len(basis))
    ridge[len(topology.morphs) :] = 0.0
    is_bare = np.zeros(len(rest), np.bool_)
    is_bare[model.vertices] = (
        (rest[model.vertices] > _BARE_LOW) & (rest[model.vertices] < _BARE_HIGH)
    ).all(axis=1)
    bare = np.flatnonzero(is_bare)
    aligned = fit_similarity(rest[bare], start[bare], np.ones(len(bare)))
    current = aligned.apply(rest)  # the face's likely skull
    for index in range(_FACE_ROUNDS + _ROUNDS):
        on_progress(index / (_FACE_ROUNDS + _ROUNDS))
        far = _between(_FACE_FAR, index / (_FACE_ROUNDS + _ROUNDS - 1))
        near = face_correspondences(model, target, current, far)
        trust = is_bare[near.source].astype(float)
        if index >= _FACE_ROUNDS:
            outward = _between(_OUTWARD, (index - _FACE_ROUNDS) / (_ROUNDS - 1))
            normals = vertex_normals(current, triangles)[near.source]
            trust = np.maximum(
                trust, skin_trust(near.targets - current[near.source], normals, outward)
            )
        pairs = [(replace(near, weights=near.weights * trust), _TANGENTIAL)]
        if index >= _FACE_ROUNDS:
            pairs.append((_skin_correspondences(current, triangles, beside, whole, outward), 0.0))
        matrix = np.diag(ridge * _TOLERANCE_M**2 * len(seen) / len(topology.morphs))
        right = np.zeros(len(basis))
        for each, tangential in pairs:
            more, pull = normal_equations(basis, rest, each, tangential)
            matrix, right = matrix + more, right + pull
        current = rest + np.tensordot(np.linalg.solve(matrix, right), basis, axes=1)
    return np.asarray(current)


def _skin_correspondences(
    current: Wide, triangles: Ints, vertices: Ints, whole: PointCloud, outward: float
) -> Correspondences:
    """Vertices [N] beside the face and the mesh's points that may be skin there."""
    points, normals = current[vertices], vertex_normals(current, triangles)[vertices]
    near = whole.nearest(points, normals)
    weights = skin_trust(whole.points[near] - points, normals, outward)
    return Correspondences(vertices, whole.points[near], whole.normals[near], weights)


def skin_trust(offsets: Wide, normals: Wide, outward: float) -> Wide:
    """Weights [N] of points that lie at these offsets [N,3] from skin with unit normals [N,3]: little for hair."""
    height = (offsets * normals).sum(axis=1)
    aside = np.sqrt(np.maximum((offsets**2).sum(axis=1) - height**2, 0.0))
    limit = np.where(height > 0.0, outward, _INWARD_M)
    return np.asarray(np.where(aside < _ASIDE_M, 1.0 / (1.0 + (height / limit) ** 4), 0.0))


def shows_skin(
    topology: HeadTopology, whole: PointCloud, current: NDArray[np.floating[Any]]
) -> Bools:
    """[S] which of the skin's vertices lie, at a shape [V,3] below the hair, where the mesh shows them.

    Hair crosses the likely skin here and there: the vertices around have to agree.
    """
    skin = topology.part("skin")
    points = current[skin].astype(np.float64)
    normals = vertex_normals(current, topology.part_triangles("skin"))[skin]
    near = whole.nearest(points, normals)
    offsets = whole.points[near] - points
    trust = skin_trust(offsets, normals, _OUTWARD[0])
    # Skin never stands out of hair, whatever is around.
    is_outside = ((offsets * normals).sum(axis=1) < 0.0) & (trust > 0.5)
    joined = topology.adjacency[skin][:, skin]
    share = 1.0 / np.maximum(np.asarray(joined.sum(axis=1)).ravel(), 1.0)
    for _ in range(_RINGS):
        trust = np.minimum(trust, share * (joined @ trust))
    return np.asarray(is_outside | (trust > 0.5))


def _between(ends: tuple[float, float], share: float) -> float:
    """Evenly in proportion from the first to the last."""
    return ends[0] ** (1 - share) * ends[1] ** share
