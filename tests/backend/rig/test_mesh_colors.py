"""Points near a textured mesh take the colour that its picture has there."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
import trimesh
from numpy.typing import NDArray

from backend.rig.mesh_colors import TexturedMesh, barycentric, sample_picture, spread_points
from backend.rig.pose import Similarity

SQUARE = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], float)
FACES = np.array([[0, 1, 2], [0, 2, 3]])
UVS = SQUARE[FACES][..., :2].astype(np.float32)


def ramp() -> NDArray[np.uint8]:
    """Red grows to the right, green upwards."""
    picture = np.zeros((64, 64, 3), np.uint8)
    picture[..., 0] = np.linspace(0, 255, 64)[None, :]
    picture[..., 1] = np.linspace(255, 0, 64)[:, None]
    return picture


def test_colours_are_read_through_the_uvs() -> None:
    mesh = TexturedMesh(SQUARE, FACES, UVS, ramp())
    points = np.array([[0.25, 0.75, 0.01], [0.9, 0.1, -0.01]])
    seen = mesh.colors(points, np.array([[0.0, 0, 1], [0, 0, 1]]))
    assert seen.rgb[:, :2] == pytest.approx(points[:, :2], abs=0.02)
    assert seen.trust.tolist() == [1.0, 1.0]


def test_thin_parts_show_the_side_that_faces_the_same_way() -> None:
    back = SQUARE - [0, 0, 0.002]
    vertices = np.concatenate([SQUARE, back])
    faces = np.concatenate([FACES, FACES[:, ::-1] + 4])
    uvs = np.concatenate([np.full_like(UVS, 0.1), np.full_like(UVS, 0.9)])
    mesh = TexturedMesh(vertices, faces, uvs, ramp())
    points = np.full((2, 3), 0.5) * [1, 1, 0] - [0, 0, 0.001]
    seen = mesh.colors(points, np.array([[0.0, 0, 1], [0, 0, -1]]))
    assert seen.rgb[:, 0] == pytest.approx([0.1, 0.9], abs=0.02)


def test_far_away_nothing_is_known() -> None:
    mesh = TexturedMesh(SQUARE, FACES, UVS, ramp())
    assert mesh.colors(np.array([[0.5, 0.5, 1.0]]), np.array([[0.0, 0, 1]])).trust[0] == 0.0


def test_the_right_edge_of_a_picture_is_not_its_left() -> None:
    """A U of 1 is the end of the picture, not the beginning of its repetition."""
    mesh = TexturedMesh(SQUARE, FACES, UVS, ramp())
    seen = mesh.colors(np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 0.0]]), None)
    assert seen.rgb[:, 0] == pytest.approx([1.0, 0.0], abs=0.01)
    assert seen.rgb[:, 1] == pytest.approx([1.0, 0.0], abs=0.01)


def test_a_rounded_edge_of_a_picture_is_not_its_other_edge() -> None:
    """Weights of a triangle sum to 1 but for rounding, and so does a U of 1 at all of its corners."""
    uvs = np.array([[1.0 + 1e-15, 0.5], [-1e-15, 0.5]])
    assert sample_picture(ramp(), uvs)[:, 0] == pytest.approx([1.0, 0.0], abs=0.01)


@pytest.mark.parametrize("repeat", [(3.0, 0.0), (-1.0, 2.0)])
def test_a_repeated_picture_is_the_same_everywhere(repeat: tuple[float, float]) -> None:
    points = np.array([[0.25, 0.75, 0.0], [1.0, 0.5, 0.0]])
    first, again = (
        TexturedMesh(SQUARE, FACES, UVS + np.array(shift, np.float32), ramp()).colors(points, None)
        for shift in ((0.0, 0.0), repeat)
    )
    assert again.rgb == pytest.approx(first.rgb, abs=1e-4)


def test_a_picture_is_not_copied_to_be_sampled() -> None:
    """A picture of 4096 would take 192 MiB as floats, at every call."""
    picture = np.broadcast_to(np.array([10, 20, 30], np.uint8), (4096, 4096, 3))
    mesh = TexturedMesh(SQUARE, FACES, UVS, picture)
    mesh.colors(SQUARE, None)  # what is kept
    tracemalloc.start()
    mesh.colors(SQUARE, None)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 20


def test_colours_at_corners_are_interpolated() -> None:
    colors = np.full((2, 3, 4), 255, np.uint8)
    colors[..., :3] = (255 * SQUARE[FACES]).astype(np.uint8)
    mesh = TexturedMesh(SQUARE, FACES, None, None, colors)
    points = np.array([[0.25, 0.75, 0.0], [0.9, 0.1, 0.0]])
    assert mesh.colors(points, None).rgb == pytest.approx(points, abs=0.01)


def test_colours_without_alpha_leave_the_picture_as_it_is() -> None:
    colors = np.zeros((2, 3, 4), np.uint8)
    colors[1] = (0, 0, 255, 255)
    mesh = TexturedMesh(SQUARE, FACES, UVS, ramp(), colors)
    seen = mesh.colors(np.array([[0.9, 0.1, 0.0], [0.1, 0.9, 0.0]]), None)
    assert seen.rgb == pytest.approx(np.array([[0.9, 0.1, 0.0], [0.0, 0.0, 1.0]]), abs=0.02)


def test_an_inverted_mesh_has_the_same_colours() -> None:
    ball = trimesh.creation.icosphere(3)
    vertices, faces = np.array(ball.vertices), np.array(ball.faces)
    colors = np.full((*faces.shape, 4), 255, np.uint8)
    colors[..., :3] = (127.5 + 127.5 * vertices[faces]).astype(np.uint8)
    mesh = TexturedMesh(vertices, faces[:, ::-1], None, None, colors[:, ::-1]).usable()
    assert mesh.colors(vertices, vertices).rgb == pytest.approx((vertices + 1) / 2, abs=0.02)


def test_a_mesh_without_a_picture_is_grey() -> None:
    seen = TexturedMesh(SQUARE, FACES, None, None).colors(SQUARE, SQUARE)
    assert (seen.rgb == 0.5).all() and (seen.trust == 1.0).all()


def test_the_topology_s_points_are_moved_to_the_mesh() -> None:
    turn = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])
    pose = Similarity(2.0, turn, np.array([1.0, 0.0, 0.0]))
    mesh = TexturedMesh(SQUARE, FACES, UVS, ramp())
    seen = mesh.placed_colors(pose, np.array([[0.1, 0.2, 0.0]]), np.array([[0.0, 0, 1]]))
    assert seen.rgb[0, :2] == pytest.approx([1 - 0.4, 0.2], abs=0.02)


def test_weights_give_back_points_of_a_triangle() -> None:
    corners = np.random.default_rng(0).standard_normal((20, 3, 3))
    wanted = np.random.default_rng(1).dirichlet((1, 1, 1), 20)
    points = (corners * wanted[..., None]).sum(axis=1)
    above = points + 0.3 * np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    assert barycentric(above, corners) == pytest.approx(wanted, abs=1e-9)


def test_points_are_spread_by_area() -> None:
    vertices = np.array([[0, 0, 0], [3, 0, 0], [0, 1, 0], [0, 0, 5], [1, 0, 5], [0, 1, 5]], float)
    face, weights = spread_points(
        vertices, np.array([[0, 1, 2], [3, 4, 5]]), 4000, np.random.default_rng(0)
    )
    assert (face == 0).mean() == pytest.approx(0.75, abs=0.01)
    assert weights.sum(axis=1) == pytest.approx(1.0)
