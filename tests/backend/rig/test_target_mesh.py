"""Meshes are sampled evenly, and what nobody sees of them is left out."""

import time

import numpy as np
import pytest
import trimesh
from numpy.typing import NDArray

from backend.rig.target_mesh import PointCloud, sample_surface


def ball(
    radius: float = 1.0, subdivisions: int = 3
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    mesh = trimesh.creation.icosphere(subdivisions=subdivisions, radius=radius)
    return np.array(mesh.vertices), np.array(mesh.faces)


def test_three_million_faces_are_sampled_in_seconds() -> None:
    side = 1225
    x, y = np.meshgrid(np.linspace(0, np.pi, side), np.linspace(0, 2 * np.pi, side), indexing="ij")
    vertices = np.stack([np.sin(x) * np.cos(y), np.sin(x) * np.sin(y), np.cos(x)], -1).reshape(
        -1, 3
    )
    a = (np.arange(side - 1)[:, None] * side + np.arange(side - 1)).ravel()
    faces = np.concatenate(
        [np.stack([a, a + side, a + 1], 1), np.stack([a + side, a + side + 1, a + 1], 1)]
    )
    start = time.process_time()
    cloud = sample_surface(vertices, faces, 60_000, np.random.default_rng(0))
    assert time.process_time() - start < 20.0
    assert np.abs(np.linalg.norm(cloud.points, axis=1) - 1).max() < 1e-4


def test_points_are_spread_by_area() -> None:
    vertices, faces = ball(subdivisions=4)
    cloud = sample_surface(vertices, faces, 20_000, np.random.default_rng(0))
    assert (cloud.points[:, 0] > 0.5).mean() == pytest.approx(0.25, abs=0.01)
    assert ((cloud.points * cloud.normals).sum(axis=1) > 0.99).all()


def test_an_inner_shell_is_not_seen() -> None:
    outer, inner = ball(), ball(0.6)
    vertices = np.concatenate([outer[0], inner[0]])
    faces = np.concatenate([outer[1], inner[1] + len(outer[0])])
    seen = sample_surface(vertices, faces, 20_000, np.random.default_rng(0)).seen()
    assert (np.linalg.norm(seen.points, axis=1) < 0.9).mean() < 0.005
    assert len(seen.points) > 10_000


def test_the_nearest_point_faces_the_same_way() -> None:
    """Two sheets back to back, a hair apart."""
    grid = np.random.default_rng(0).uniform(-1, 1, (500, 2))
    flat = np.concatenate([grid, np.zeros((500, 1))], axis=1)
    up = np.tile([0.0, 0, 1], (500, 1))
    cloud = PointCloud(
        np.concatenate([np.add(flat, [0, 0, 0.01]), flat]), np.concatenate([up, -up])
    )
    assert (cloud.nearest(flat, -up) >= 500).all()
    assert (cloud.nearest(flat, up) < 500).all()
