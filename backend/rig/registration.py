"""Non-rigid registration: the topology's skin bends onto a surface, smoothly, and no face turns over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_matrix, diags
from scipy.sparse.linalg import splu
from scipy.spatial import cKDTree

from ..surface.grid import OnProgress
from ..surface.progress import spans
from .crossings import crossing_pairs
from .head_topology import Bools, Floats, HeadTopology, Ints
from .mesh_math import flipped, turned_far, vertex_normals

Wide = NDArray[np.float64]

HALVINGS = 4  # of a step that would turn faces over
_TAKE_BACKS = 12  # of moves that fold, the first half of them by halves
_RINGS = 1  # of faces that come along
_FOLD_ROUNDS = 8.0  # of bending, that taking back may last


@dataclass(frozen=True)
class Correspondence:
    """Where vertices should go."""

    points: Wide  # [N,3] metres
    weights: Wide  # [N] 0 says nothing


# Vertices [N,3] and their unit normals [N,3] -> where they should go.
Target = Callable[[Wide, Wide], Correspondence]


@dataclass(frozen=True)
class Schedule:
    """Weights of smoothness against closeness, one for each round."""

    stiffness: tuple[float, ...] = (30.0, 10.0, 3.0, 1.0, 0.5, 0.3)
    tangential: float = 0.02  # of a vertex's pull that acts across its normal


def register(
    topology: HeadTopology,
    start: Floats,
    target: Target,
    schedule: Schedule,
    on_progress: OnProgress | None = None,
) -> Floats:
    """Vertices [V,3] whose skin lies on the target as far as it says where that is.

    What moves is smooth relative to `start` (its displacements' Laplacian is small), so that quads keep their
    evenness. All parts but the skin stay at `start`.

    Args:
        on_progress: called with the share done in [0,1]; an exception raised in it cancels.
    """
    skin = topology.part("skin")
    faces = np.searchsorted(skin, topology.part_triangles("skin"))
    reference = start[skin].astype(np.float64)
    smooth = _laplacian(topology, skin)
    squared = (smooth.T @ smooth).tocsc()
    outer = topology.is_outer_skin[skin]
    current = reference.copy()
    *rounds, unfolding = spans(on_progress, [1.0] * len(schedule.stiffness) + [_FOLD_ROUNDS])
    for stiffness, tell in zip(schedule.stiffness, rounds, strict=True):
        tell(0.0)
        normals = vertex_normals(current, faces)
        aim = target(current, normals)
        weights = aim.weights * outer
        gap = aim.points - current
        along = (gap * normals).sum(axis=1, keepdims=True) * normals
        goal = current + along + schedule.tangential * (gap - along)
        system = splu((diags(weights + 1e-8) + stiffness * squared).tocsc())
        moved = reference + system.solve(weights[:, None] * (goal - reference))
        current = _without_flips(reference, current, moved, faces)
    vertices = start.copy()
    vertices[skin] = without_folds(reference, current, faces, unfolding)
    return vertices


def _laplacian(topology: HeadTopology, vertices: Ints) -> csc_matrix:
    """[N,N] umbrella operator over the edges between these vertices."""
    joined = topology.adjacency[vertices][:, vertices]
    degree = np.asarray(joined.sum(axis=1)).ravel()
    return (diags(np.ones(len(vertices))) - diags(1.0 / np.maximum(degree, 1.0)) @ joined).tocsc()


def _without_flips(reference: Wide, current: Wide, moved: Wide, faces: Ints) -> Wide:
    """The move from `current` to `moved`, shortened around the faces that it would turn over."""
    share = np.ones(len(current))
    for _ in range(HALVINGS):
        trial = current + share[:, None] * (moved - current)
        turned = flipped(reference, trial, faces)
        if not turned.any():
            return trial
        near = np.unique(faces[turned])
        near = np.unique(faces[np.isin(faces, near).any(axis=1)])
        share[near] *= 0.5
    share[near] = 0.0
    trial = current + share[:, None] * (moved - current)
    still = np.unique(faces[flipped(reference, trial, faces)])
    trial[still] = current[still]
    return trial


def without_folds(
    start: Wide, moved: Wide, faces: Ints, on_progress: OnProgress | None = None
) -> Wide:
    """The move of vertices [V,3] taken back where faces turn far or pass through others that they did not before.

    Rings of vertices around the place take part, so that nothing tears.
    """
    allowed = _codes(crossing_pairs(start, faces), len(faces))
    share = np.ones(len(start))
    trial = moved
    for attempt, tell in enumerate(spans(on_progress, [1.0] * _TAKE_BACKS)):
        tell(0.0)
        pairs = crossing_pairs(trial, faces)
        is_new = ~np.isin(_codes(pairs, len(faces)), allowed)
        bad = np.union1d(np.flatnonzero(turned_far(start, trial, faces)), pairs[is_new])
        if not len(bad):
            break
        near = np.unique(faces[bad])
        for _ in range(_RINGS):
            near = np.unique(faces[np.isin(faces, near).any(axis=1)])
        share[near] *= 0.5 if attempt < _TAKE_BACKS // 2 else 0.0
        trial = start + share[:, None] * (moved - start)
    return trial


def _codes(pairs: NDArray[np.integer[Any]], count: int) -> NDArray[np.int64]:
    """One number [N] for each pair [N,2] of `count` faces."""
    return pairs[:, 0].astype(np.int64) * count + pairs[:, 1]


def follow(before: Floats, after: Floats, is_known: Bools) -> Floats:
    """`after` [V,3] with its unknown vertices moved as the known ones near them were, from `before`.

    Lashes, teeth and tongue follow the skin around them.
    """
    known, rest = np.flatnonzero(is_known), np.flatnonzero(~is_known)
    if not len(rest):
        return after
    distance, near = cKDTree(before[known]).query(before[rest], 8)
    weights = 1.0 / np.maximum(distance, 1e-5) ** 2
    weights /= weights.sum(axis=1, keepdims=True)
    moves = (after - before)[known]
    followed = after.copy()
    followed[rest] = before[rest] + (moves[near] * weights[..., None]).sum(axis=1)
    return followed
