"""What every source of seen colours keeps to, by the mesh of a user that is one."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from backend.rig.mesh_colors import TexturedMesh
from backend.rig.pose import Similarity
from backend.rig.seen_colors import ColorSource, SeenColors
from tests.backend.rig.balls import sphere_mesh

RADIUS = 0.1
POSE = Similarity(100.0, np.array([[0.0, 0, 1], [0, 1, 0], [-1, 0, 0]]), np.array([5.0, -3, 7]))
LEFT, RIGHT = (200, 150, 120), (20, 15, 10)


@pytest.fixture(scope="module")
def source() -> ColorSource:
    """A ball in two colours, in a user's frame and unit, asked in the topology's."""
    vertices, faces = sphere_mesh(RADIUS)
    uvs = np.full((len(faces), 3, 2), 0.5, np.float32)
    uvs[..., 0] = np.where(vertices[faces].mean(axis=1)[:, 0] > 0, 0.25, 0.75)[:, None]
    picture = np.array([[LEFT, RIGHT]], np.uint8).repeat(2, axis=0)
    mesh = TexturedMesh(POSE.apply(vertices), faces, uvs, picture)
    return lambda points, normals: mesh.placed_colors(POSE, points, normals)


def directions(count: int) -> NDArray[np.float64]:
    found = np.random.default_rng(0).standard_normal((count, 3))
    found = found[np.abs(found[:, 0]) > 0.2]
    return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True))


def test_colours_are_single_precision_in_one_row_for_every_point(source: ColorSource) -> None:
    around = directions(500)
    seen = source(RADIUS * around, around)
    assert isinstance(seen, SeenColors)
    assert seen.rgb.shape == (len(around), 3) and seen.trust.shape == (len(around),)
    assert seen.rgb.dtype == seen.trust.dtype == np.float32
    assert seen.rgb.min() >= 0.0 and seen.rgb.max() <= 1.0
    assert seen.trust.min() >= 0.0 and seen.trust.max() <= 1.0


def test_points_are_metres_of_the_topology_s_frame(source: ColorSource) -> None:
    around = directions(500)
    seen = source(1.01 * RADIUS * around, around)
    expected = np.where(around[:, :1] > 0, LEFT, RIGHT) / 255
    assert (seen.trust > 0).all()
    assert seen.rgb == pytest.approx(expected, abs=0.01)


def test_far_from_the_surface_nothing_is_known(source: ColorSource) -> None:
    around = directions(100)
    assert (source(5.0 * RADIUS * around, around).trust == 0).all()


def test_a_point_s_colour_does_not_depend_on_the_others(source: ColorSource) -> None:
    around = directions(200)
    together, some = source(RADIUS * around, around), source(RADIUS * around[40:43], around[40:43])
    assert np.array_equal(together.rgb[40:43], some.rgb)
    assert np.array_equal(together.trust[40:43], some.trust)
