"""Similarities: where a head is, how it is turned, and how large it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

Wide = NDArray[np.float64]


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
            1.0 / self.scale, self.rotation.T, -(self.rotation.T @ self.shift) / self.scale
        )

    def after(self, first: Similarity) -> Similarity:
        """x -> self(first(x))."""
        return Similarity(
            self.scale * first.scale, self.rotation @ first.rotation, self.apply(first.shift)
        )

    def angle_to(self, other: Similarity) -> float:
        """Radians between the two rotations."""
        return float(Rotation.from_matrix(self.rotation.T @ other.rotation).magnitude())


def fit_similarity(source: Wide, target: Wide, weights: Wide) -> Similarity:
    """The similarity that moves points [N,3] nearest to points [N,3] (Umeyama, 1991)."""
    share = (weights / weights.sum())[:, None]
    middle, aim = (source * share).sum(axis=0), (target * share).sum(axis=0)
    a, b = source - middle, target - aim
    left, singular, right = np.linalg.svd((b * share).T @ a)
    sign = np.diag([1.0, 1.0, np.sign(np.linalg.det(left @ right))])
    rotation = left @ sign @ right
    scale = float((singular * np.diag(sign)).sum() / max(float((share * a**2).sum()), 1e-30))
    return Similarity(scale, rotation, aim - scale * rotation @ middle)
