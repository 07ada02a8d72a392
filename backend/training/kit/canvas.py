"""What the masks of a head are drawn from: its texels, landmarks at rest, and the kit's own lips."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from scipy.spatial import cKDTree

from .assets import Floats
from .noise import bump, smooth_step, value_noise
from .uv_space import UvSpace

# Landmarks of the base mesh at rest: kit frame, decimetres; x for the left of the two.
EYE = (0.308, 7.284, 1.37)
MOUTH_Y = 6.61
_AXIS_Z = 0.5  # of the vertical axis around which angles are measured


@dataclass(frozen=True)
class Canvas:
    """The texels [N] of a head's UV map with everything that patterns ask of them."""

    space: UvSpace
    lips: Floats  # [N] 1 on the lips

    @cached_property
    def x(self) -> Floats:
        """[N] distance from the middle plane: patterns are symmetric."""
        return np.abs(self.space.points[:, 0])

    @cached_property
    def y(self) -> Floats:
        return self.space.points[:, 1]

    @cached_property
    def z(self) -> Floats:
        return self.space.points[:, 2]

    @cached_property
    def angle(self) -> Floats:
        """[N] angle around the vertical axis from the front, 0..pi."""
        return np.arctan2(self.x, self.z - _AXIS_Z).astype(np.float32)

    @cached_property
    def mirrored(self) -> Floats:
        """Points [N,3] folded to one side."""
        return np.stack([self.x, self.y, self.z], axis=1)

    @cached_property
    def face(self) -> Floats:
        """[N] the oval front of the face, without ears, scalp and neck."""
        oval = (self.angle / 1.02) ** 3 + (np.abs(self.y - 7.06) / 0.92) ** 3
        ragged = 0.10 * (value_noise(self.mirrored, 9, 4) - 0.5)
        return smooth_step(oval + ragged, 1.06, 0.92) * self.space.outside

    @cached_property
    def beard_area(self) -> Floats:
        """[N] where a beard grows: jaw, chin and sideburns; the upper lip is the moustache's."""
        ragged = 0.06 * (value_noise(self.mirrored, 14, 5) - 0.5)
        upper = np.interp(
            self.angle,
            (0.0, 0.17, 0.27, 0.40, 0.60, 0.90, 1.10, 1.25, 1.38),
            (6.52, 6.54, 6.62, 6.62, 6.58, 6.64, 6.82, 7.15, 7.32),
        )
        lower = np.interp(
            self.angle, (0, 0.5, 0.8, 1.1, 1.3, 1.5), (6.10, 6.14, 6.26, 6.45, 6.62, 6.8)
        )
        height = self.y + ragged
        area = smooth_step(height, upper + 0.03, upper - 0.05)
        area *= smooth_step(height, lower - 0.05, lower + 0.05)
        area *= smooth_step(self.angle, 1.42, 1.34) * smooth_step(self.z, 0.62, 0.8)
        return area * self._bare

    @cached_property
    def moustache_area(self) -> Floats:
        """[N] the upper lip, down to beside the corners of the mouth."""
        low = np.interp(self.angle, (0.0, 0.2, 0.28, 0.36), (6.69, 6.66, 6.60, 6.54))
        high = np.interp(self.angle, (0.0, 0.03, 0.08, 0.2, 0.36), (6.79, 6.80, 6.81, 6.78, 6.62))
        area = smooth_step(self.y, low - 0.01, low + 0.02) * smooth_step(
            self.y, high + 0.02, high - 0.02
        )
        return (
            area * smooth_step(self.angle, 0.36, 0.31) * smooth_step(self.z, 1.2, 1.3) * self._bare
        )

    @cached_property
    def _bare(self) -> Floats:
        """[N] skin that may grow hair: not the lips, not inside."""
        return (1 - np.clip(1.5 * self.lips, 0, 1)) * self.space.outside

    def spots(self, count: int, radii: tuple[float, float], where: Floats, seed: int) -> Floats:
        """`count` soft round spots [N], their centres drawn in proportion to `where` [N]; decimetres."""
        rng = np.random.default_rng(seed)
        # Centres come from points in space, not from texels: the same at every resolution.
        centres = rng.uniform((-0.9, 5.6, -0.3), (0.9, 8.4, 1.7), (count * 400, 3))
        distance, nearest = cKDTree(self.space.points).query(centres, distance_upper_bound=0.04)
        near = np.isfinite(distance)
        kept = np.flatnonzero(near)[rng.random(len(centres))[near] < where[nearest[near]]][:count]
        radius = rng.uniform(*radii, len(centres))[kept]
        away, index = cKDTree(centres[kept]).query(self.space.points, distance_upper_bound=0.12)
        known = np.minimum(index, len(kept) - 1)
        depth = distance[kept][known]  # centres hover over the surface
        flat = np.sqrt(np.maximum(np.where(np.isfinite(away), away, 9.0) ** 2 - depth**2, 0))
        return smooth_step(flat, 1.3 * radius[known], 0.7 * radius[known])

    def line(self, points: tuple[tuple[float, float], ...], width: float) -> Floats:
        """A soft line [N] over the front through (x, y) points, on both sides; decimetres."""
        place = np.stack([self.x, self.y], axis=1)
        nearest = np.full(len(place), 9.0, np.float32)
        for start, end in pairwise(points):
            a, along = np.array(start, np.float32), np.subtract(end, start).astype(np.float32)
            share = np.clip((place - a) @ along / (along @ along), 0, 1)
            nearest = np.minimum(
                nearest, np.linalg.norm(place - a - share[:, None] * along, axis=1)
            )
        front = smooth_step(self.z, 0.9, 1.1) * self.space.outside
        return np.exp(-((nearest / width) ** 2)).astype(np.float32) * front

    def around(self, x: float, y: float, radius: tuple[float, float]) -> Floats:
        """Distance [N] from a place of the front, 1 at the radii (horizontal, vertical)."""
        return np.hypot((self.x - x) / radius[0], (self.y - y) / radius[1]).astype(np.float32)

    def glow(self, centre: tuple[float, float, float], radii: tuple[float, ...]) -> Floats:
        """A soft bell [N] on both sides."""
        return bump(self.mirrored, centre, radii) * self.space.outside
