"""Balls as meshes and skins."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from backend.rig.part_field import Samples, SkinDistance
from backend.surface.extract import extract_surface
from tests.backend.surface.fields import KnownField, ball

BALL_RADIUS = 0.2


def sphere_mesh(radius: float, steps: int = 6) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """A closed mesh [V,3], [F,3] of a sphere around the origin, finer with more steps."""
    field = KnownField(lambda points: ball(points, (0.0, 0.0, 0.0), 0.4))
    vertices, faces = extract_surface(field, 16 * steps)
    return vertices * (radius / np.linalg.norm(vertices, axis=1, keepdims=True)), faces


def ball_skin() -> SkinDistance:
    """The distance to a sphere with BALL_RADIUS around the origin."""
    samples = Samples.of(*sphere_mesh(BALL_RADIUS), 60_000)
    return SkinDistance(samples, samples.cloud.points, 0.5)
