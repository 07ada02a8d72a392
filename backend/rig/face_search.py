"""Finds a face in a mesh of any pose and size: every place like the tip of a nose is tried as one.

Hair, shoulders and an unknown rotation leave little of a head to rely on but its face. A hypothesis is a tip, a turn
about the direction in which the surface faces there, and a size; it is scored by how well the mean face lies on the
mesh in place, normal and relief.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ..surface.grid import OnProgress
from ..surface.progress import spans
from .head_topology import HeadTopology
from .pose import Similarity, fit_similarity
from .target_mesh import PointCloud, sample_surface

Wide = NDArray[np.float64]

_MODEL_POINTS, _MESH_POINTS = 6000, 6000
_SIZES = (0.55, 0.7, 0.85, 1.0)  # of the head to the mesh, against the mean head to itself
_TIPS, _TURNS = 40, 24  # of each size
_APART = 0.25  # of the head's size, between two tips
_AROUND = 0.35  # of the head's size: the surface there says where a nose points to
_FEW = 90  # points of the face by which hypotheses are scored
_TRIMMED = 0.85  # share of the face that counts: a fringe may hide the rest
_NORMAL_WEIGHT, _RELIEF_WEIGHT = 0.5, 4.0  # against a distance of the head's size
_REFINED, _ROUNDS = 10, 20
_RENEWED = 7  # rounds after which the relief is measured at the new size
_SAME = 0.2  # radians between hypotheses that count as one
_SECONDS = (1.9, 8.6)  # that trying and refining take


class FoundFace(NamedTuple):
    pose: Similarity  # from the topology's frame to the mesh's
    score: float  # mean distance of features; smaller is better


@dataclass(frozen=True)
class _Face:
    """The mean face: what every head shows but one with a mask."""

    points: Wide  # [N,3]
    normals: Wide  # [N,3]
    relief: Wide  # [N,R]
    tip: Wide  # [3] of the nose
    tip_relief: Wide  # [R]
    size: float  # of the whole mean head


def find_faces(
    topology: HeadTopology, mesh: PointCloud, count: int, on_progress: OnProgress | None = None
) -> list[FoundFace]:
    """The `count` likeliest places of a face, best first.

    Args:
        on_progress: called with the share done in [0,1]; an exception raised in it cancels.
    """
    face = _mean_face(topology)
    trying, refining = spans(on_progress, _SECONDS)
    found = sorted(_hypotheses(face, mesh, trying), key=lambda guess: guess.score)
    likely = _distinct(found, _REFINED)
    steps = spans(refining, [1.0] * len(likely))
    refined = [
        _refine(face, mesh, guess.pose, step) for guess, step in zip(likely, steps, strict=True)
    ]
    return _distinct(sorted(refined, key=lambda guess: guess.score), count)


def _mean_face(topology: HeadTopology) -> _Face:
    outer = topology.triangles[topology.is_outer_skin[topology.triangles].all(axis=1)]
    model = sample_surface(topology.vertices, outer, _MODEL_POINTS, np.random.default_rng(1))
    y, z = model.points[:, 1:].T
    tip = int(z.argmax())
    kept = (model.normals[:, 2] > 0.15) & (y > -0.105) & (y < 0.045) & (z > -0.02)
    relief = model.relief_at(model.size)
    return _Face(
        model.points[kept],
        model.normals[kept],
        relief[kept],
        model.points[tip],
        relief[tip],
        model.size,
    )


class _Index:
    """A mesh's points by place, normal and relief, for heads of one size."""

    def __init__(self, mesh: PointCloud, size: float) -> None:
        self.mesh, self.size = mesh, size
        self.relief = mesh.relief_at(size)
        self._tree = cKDTree(self._features(mesh.points, mesh.normals, self.relief))

    def _features(self, points: Wide, normals: Wide, relief: Wide) -> Wide:
        columns = [points / self.size, _NORMAL_WEIGHT * normals, _RELIEF_WEIGHT * relief]
        return np.concatenate(columns, axis=-1)

    def nearest(
        self, face: _Face, pose: Similarity, some: NDArray[np.int64] | slice
    ) -> tuple[Wide, NDArray[np.int64]]:
        """Distances [M] of features and points [M] of the mesh for some points of a placed face."""
        features = self._features(
            pose.apply(face.points[some]), pose.turn(face.normals[some]), face.relief[some]
        )
        away, near = self._tree.query(features)
        return away, near


def _hypotheses(face: _Face, mesh: PointCloud, on_progress: OnProgress) -> list[FoundFace]:
    sparse = mesh.sparser(_MESH_POINTS)
    some = np.linspace(0, len(face.points) - 1, _FEW).astype(np.int64)
    kept = round(_TRIMMED * _FEW)
    found = []
    for number, share in enumerate(_SIZES):
        scale = share * mesh.size / face.size
        index = _Index(sparse, scale * face.size)
        for at, (tip, frame) in enumerate(_tips(face, index)):
            on_progress((number + at / _TIPS) / len(_SIZES))
            for turn in 2 * np.pi * np.arange(_TURNS) / _TURNS:
                about = np.array(
                    [[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]]
                )
                rotation = frame @ about
                pose = Similarity(scale, rotation, tip - scale * rotation @ face.tip)
                away = np.sort(index.nearest(face, pose, some)[0])
                found.append(FoundFace(pose, float(away[:kept].mean())))
    return found


def _tips(face: _Face, index: _Index) -> list[tuple[Wide, Wide]]:
    """Places [3] like the tip of a nose, and frames [3,3] whose last column points out of the surface there."""
    mesh = index.mesh
    order = np.linalg.norm(index.relief - face.tip_relief, axis=1).argsort()
    chosen: list[int] = []
    for candidate in order:
        gaps = np.linalg.norm(mesh.points[chosen] - mesh.points[candidate], axis=1)
        if (gaps > _APART * index.size).all():
            chosen.append(int(candidate))
        if len(chosen) == _TIPS:
            break
    return [(mesh.points[tip], _frame(mesh, tip, _AROUND * index.size)) for tip in chosen]


def _frame(mesh: PointCloud, place: int, radius: float) -> Wide:
    near = np.linalg.norm(mesh.points - mesh.points[place], axis=1) < radius
    outward = mesh.normals[near].mean(axis=0)
    outward /= max(float(np.linalg.norm(outward)), 1e-12)
    across = np.linalg.svd(outward[None])[2][1:]
    return np.stack([across[0], np.cross(outward, across[0]), outward], axis=1)


def _refine(face: _Face, mesh: PointCloud, pose: Similarity, on_progress: OnProgress) -> FoundFace:
    """Iterated closest points from the face to the mesh."""
    sparse, score = mesh.sparser(2 * _MESH_POINTS), np.inf
    for step in range(_ROUNDS):
        on_progress(step / _ROUNDS)
        if step % _RENEWED == 0:
            index = _Index(sparse, pose.scale * face.size)
        away, near = index.nearest(face, pose, slice(None))
        kept = away <= np.quantile(away, _TRIMMED)
        score = float(away[kept].mean())
        pose = fit_similarity(face.points[kept], sparse.points[near[kept]], np.ones(kept.sum()))
    return FoundFace(pose, score)


def _distinct(found: list[FoundFace], count: int) -> list[FoundFace]:
    """The first `count` hypotheses that differ from each other."""
    kept: list[FoundFace] = []
    for guess in found:
        if len(kept) == count:
            break
        if all(guess.pose.angle_to(other.pose) > _SAME for other in kept):
            kept.append(guess)
    return kept
