"""The pose and the kit's shapes that fit a mesh: closest points both ways, held by landmarks read off its face."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..surface.grid import OnProgress
from .head_topology import Floats, HeadTopology
from .landmarks import landmark_vertices, read_landmarks
from .mesh_math import Ints, vertex_normals
from .morph_space import shape_of
from .pose import Similarity, fit_similarity
from .target_mesh import PointCloud

Wide = NDArray[np.float64]

_ROUNDS = 24
_MARKED_ROUNDS = 3  # in which landmarks alone give the pose
_FIRM, _LIGHT = 3.0, 0.2  # weight of a landmark against that of a pair of points
_LOOSEST, _TIGHTEST = (
    0.008,
    0.0012,
)  # metres: a misfit as unlikely as one standard deviation of a shape
_FAR = 3.0  # times the median misfit: little trust
_FACING = 0.3  # cosine


@dataclass(frozen=True)
class Shaped:
    """A head of morph space and its pose, not yet looked at closely."""

    vertices: Floats  # [V,3]
    pose: Similarity


def fit_shapes(
    topology: HeadTopology, cloud: PointCloud, pose: Similarity, on_progress: OnProgress
) -> Shaped:
    """Iterated closest points between the topology and the mesh, in pose and in the kit's shapes.

    Landmarks that were read off the face hold lips and lids in place, first firmly, then less.
    """
    faces = topology.triangles[seen_triangles(topology)]
    seen = np.unique(faces)
    marks = np.searchsorted(seen, landmark_vertices(topology))
    basis = topology.morphs[:, seen].astype(np.float64)  # [K,S,3]
    back = cloud.sparser(len(seen))
    placed = pose.apply(read_landmarks(topology, aligned(cloud, pose)))
    coefficients = np.zeros(len(basis))
    for index in range(_ROUNDS):
        on_progress(index / _ROUNDS)
        tight = index / (_ROUNDS - 1)
        tolerance = _LOOSEST ** (1 - tight) * _TIGHTEST**tight
        hold = _FIRM ** (1 - tight) * _LIGHT**tight
        current = shape_of(topology, coefficients)
        shown = PointCloud(current[seen].astype(np.float64), vertex_normals(current, faces)[seen])
        if index < _MARKED_ROUNDS:
            pose = fit_similarity(shown.points[marks], placed, np.ones(len(marks)))
        else:
            pairs = _correspondences(shown, cloud, back, pose)
            pose = fit_similarity(
                shown.points[pairs.source], pose.apply(pairs.targets), pairs.weights
            )
        pairs = _correspondences(shown, cloud, back, pose)
        rows = np.einsum("ksc,sc->sk", basis[:, pairs.source], pairs.normals)
        goal = ((pairs.targets - topology.vertices[seen][pairs.source]) * pairs.normals).sum(axis=1)
        weighted = pairs.weights[:, None] * rows
        at_marks = basis[:, marks].reshape(len(basis), -1)
        offsets = (pose.inverse().apply(placed) - topology.vertices[seen][marks]).ravel()
        ridge = tolerance**2 * len(pairs.source) / len(basis) * np.eye(len(basis))
        coefficients = np.linalg.solve(
            weighted.T @ rows + hold * at_marks @ at_marks.T + ridge,
            weighted.T @ goal + hold * at_marks @ offsets,
        )
    return Shaped(shape_of(topology, coefficients), pose)


def seen_triangles(topology: HeadTopology) -> NDArray[np.bool_]:
    outer = topology.is_outer_skin[topology.triangles].all(axis=1)
    eyes = np.concatenate(topology.eyes)
    front = np.zeros(len(topology.vertices), np.bool_)
    for ball in topology.eyes:
        middle = topology.vertices[ball].mean(axis=0)
        front[ball] = topology.vertices[ball, 2] > middle[2] + 0.006
    is_front = np.isin(topology.triangles, eyes).all(axis=1) & front[topology.triangles].all(axis=1)
    return outer | is_front


def aligned(cloud: PointCloud, pose: Similarity) -> PointCloud:
    """The cloud in the topology's frame."""
    return PointCloud(pose.inverse().apply(cloud.points), cloud.normals @ pose.rotation)


@dataclass(frozen=True)
class _Correspondences:
    """Points of the topology and where they should lie, in the topology's frame."""

    source: Ints  # [M] indices of the topology's points
    targets: Wide  # [M,3]
    normals: Wide  # [M,3] of the targets
    weights: Wide  # [M]


def _correspondences(
    shown: PointCloud, cloud: PointCloud, back: PointCloud, pose: Similarity
) -> _Correspondences:
    """From the topology's points to the mesh, and from points of the mesh back to the topology."""
    there = cloud.nearest(pose.apply(shown.points), pose.turn(shown.normals))
    inverse = pose.inverse()
    returning, returning_normals = inverse.apply(back.points), back.normals @ pose.rotation
    source = np.concatenate(
        [np.arange(len(shown.points)), shown.nearest(returning, returning_normals)]
    )
    targets = np.concatenate([inverse.apply(cloud.points[there]), returning])
    normals = np.concatenate([cloud.normals[there] @ pose.rotation, returning_normals])
    facing = (normals * shown.normals[source]).sum(axis=1)
    away = np.abs(((targets - shown.points[source]) * normals).sum(axis=1))
    return _Correspondences(source, targets, normals, trust(facing, away, float(np.median(away))))


def trust(facing: Wide, away: Wide, misfit: float) -> Wide:
    """Weights of pairs: little for those that are far for their time, none for those that face elsewhere."""
    limit = _FAR * max(misfit, 1e-4)
    return np.where(facing > _FACING, 1.0 / (1.0 + (away / limit) ** 2) ** 2, 0.0) + 1e-9
