"""Where and how large a head of unknown pose is: the mean head is laid onto it from all sides."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from .mesh_math import Ints
from .target_mesh import PointCloud

Wide = NDArray[np.float64]

TURNS = 360  # rotations that are tried first
_COARSE = (300, 3)  # points, rounds
_FINE = (1500, 25)
_TRIMMED = 0.8  # share of the points that counts: shoulders and hair are not on the mean head
_NORMAL_WEIGHT, _RELIEF_WEIGHT = 0.5, 4.0  # against a distance of the model's size
_SAME = 0.2  # radians between poses that count as one


@dataclass(frozen=True)
class Similarity:
    """x -> scale * rotation @ x + shift."""

    scale: float
    rotation: Wide  # [3,3]
    shift: Wide  # [3]

    def apply(self, points: Wide) -> Wide:
        return np.asarray(self.scale * points @ self.rotation.T + self.shift)

    def turn(self, normals: Wide) -> Wide:
        return np.asarray(normals @ self.rotation.T)

    def inverse(self) -> Similarity:
        return Similarity(
            1.0 / self.scale,
            self.rotation.T,
            -(self.rotation.T @ self.shift) / self.scale,
        )


def fit_similarity(source: Wide, target: Wide, weights: Wide) -> Similarity:
    """The similarity that moves points [N,3] nearest to points [N,3] (Umeyama, 1991)."""
    share = (weights / weights.sum())[:, None]
    middle, aim = (source * share).sum(axis=0), (target * share).sum(axis=0)
    a, b = source - middle, target - aim
    left, singular, right = np.linalg.svd((b * share).T @ a)
    sign = np.diag([1.0, 1.0, np.sign(np.linalg.det(left @ right))])
    rotation = left @ sign @ right
    scale = float((singular * np.diag(sign)).sum() / (share * a**2).sum())
    return Similarity(scale, rotation, aim - scale * rotation @ middle)


def find_poses(model: PointCloud, target: PointCloud, count: int) -> list[Similarity]:
    """The `count` best poses of the model on the target, best first; each moves model to target."""
    onto_model, onto_target = _Index(model), _Index(target)
    turns = Rotation.from_quat(_even_quaternions(TURNS)).as_matrix()
    scale, middle = target.size / model.size, target.points.mean(axis=0)
    starts = [
        Similarity(scale, turn, middle - scale * turn @ model.points.mean(axis=0)) for turn in turns
    ]
    few = target.sparser(_COARSE[0])
    rough = [_settle(onto_model, None, few, start, _COARSE[1]) for start in starts]
    rough.sort(key=lambda found: found[1])
    many = target.sparser(_FINE[0])
    chosen = _distinct(rough, 4 * count)
    fine = [_settle(onto_model, onto_target, many, pose, _FINE[1]) for pose in chosen]
    fine.sort(key=lambda found: found[1])
    return _distinct(fine, count)


class _Index:
    """A cloud's points by place, normal and relief."""

    def __init__(self, cloud: PointCloud) -> None:
        self.cloud = cloud
        self._tree = cKDTree(self._features(cloud.points, cloud.normals, cloud.relief))

    def _features(self, points: Wide, normals: Wide, relief: Wide) -> Wide:
        parts = [points / self.cloud.size, _NORMAL_WEIGHT * normals, _RELIEF_WEIGHT * relief]
        return np.concatenate(parts, axis=1)

    def pairs(self, other: PointCloud, pose: Similarity) -> tuple[Ints, Ints, float]:
        """Those of the other cloud's points, moved here by the pose, that fit best, as indices of the two clouds;
        and how well they fit."""
        away, near = self._tree.query(
            self._features(pose.apply(other.points), pose.turn(other.normals), other.relief)
        )
        kept = np.flatnonzero(away <= np.quantile(away, _TRIMMED))
        return near[kept], kept, float(away[kept].mean())


def _settle(
    onto_model: _Index,
    onto_target: _Index | None,
    target: PointCloud,
    pose: Similarity,
    rounds: int,
) -> tuple[Similarity, float]:
    """Iterated closest points from the target to the model, and back if asked; pose and score, smaller is better."""
    model, score = onto_model.cloud, np.inf
    back = model.sparser(len(target.points))
    for _ in range(rounds):
        near, kept, score = onto_model.pairs(target, pose.inverse())
        source, aims = model.points[near], target.points[kept]
        if onto_target is not None:
            near, kept, returned = onto_target.pairs(back, pose)
            score += returned
            source = np.concatenate([source, back.points[kept]])
            aims = np.concatenate([aims, onto_target.cloud.points[near]])
        pose = fit_similarity(source, aims, np.ones(len(source)))
    return pose, score


def _distinct(found: list[tuple[Similarity, float]], count: int) -> list[Similarity]:
    """The first `count` poses that differ from each other."""
    kept: list[Similarity] = []
    for pose, _ in found:
        if all(_angle(pose, other) > _SAME for other in kept):
            kept.append(pose)
    return kept[:count]


def _angle(first: Similarity, second: Similarity) -> float:
    return float(Rotation.from_matrix(first.rotation.T @ second.rotation).magnitude())


def _even_quaternions(count: int) -> Wide:
    """[count,4] spread evenly over all rotations (super-Fibonacci spirals, Alexa 2022)."""
    index = np.arange(count) + 0.5
    share = index / count
    first, second = np.sqrt(share), np.sqrt(1 - share)
    alpha = 2 * np.pi * index / np.sqrt(2.0)
    beta = 2 * np.pi * index / 1.533751168755204288118041
    return np.stack(
        [
            first * np.sin(alpha),
            first * np.cos(alpha),
            second * np.sin(beta),
            second * np.cos(beta),
        ],
        axis=1,
    )
