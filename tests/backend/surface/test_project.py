"""Points find the surface."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from backend.surface.project import project_to_surface
from tests.backend.surface.fields import RADIUS, KnownField, sphere


def directions(count: int) -> NDArray[np.float64]:
    vectors = np.random.default_rng(3).standard_normal((count, 3))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.mark.parametrize("offset", [-0.02, -0.003, 0.0, 0.01])
def test_points_near_a_sphere_end_on_it(offset: float) -> None:
    normals = directions(100)
    moved = project_to_surface(KnownField(sphere), normals * (RADIUS + offset), normals, 0.03)
    assert np.linalg.norm(moved, axis=1) == pytest.approx(RADIUS, abs=1e-4)
    np.testing.assert_allclose(np.cross(moved, normals), 0.0, atol=1e-12)


def test_no_point_goes_further_than_the_reach() -> None:
    normals = directions(100)
    start = normals * (RADIUS + 0.05)
    moved = project_to_surface(KnownField(sphere), start, normals, 0.01)
    assert np.linalg.norm(moved - start, axis=1).max() <= 0.01 + 1e-12


def test_points_of_a_field_without_slope_stay() -> None:
    points = directions(10) * 0.2
    flat = KnownField(lambda points: torch.ones(len(points)))
    np.testing.assert_array_equal(project_to_surface(flat, points, directions(10), 0.01), points)


def test_points_on_the_faces_of_the_box_stay() -> None:
    points = np.array([[0.1, -0.499, 0.2], [0.4999, 0.0, 0.0]])
    normals = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0]])
    wide = KnownField(lambda points: 0.6 - points.norm(dim=1))
    np.testing.assert_array_equal(project_to_surface(wide, points, normals, 0.01), points)
