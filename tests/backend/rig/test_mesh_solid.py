"""Meshes as solids: balls and sheets whose distances are known, holes, floors, and what is a sheet."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from backend.rig.mesh_solid import MeshSolid, fill_mesh, sheets_of
from backend.surface.field import EmptySurfaceError
from tests.backend.rig.balls import sphere_mesh

Wide = NDArray[np.float64]
Ints = NDArray[np.int64]

RADIUS = 0.1
BOX = 0.2
NOWHERE = -1.0  # a floor below the box


def position_colors(points: Wide) -> NDArray[np.float32]:
    return (points + 0.5).astype(np.float32)


def directions(count: int) -> Wide:
    found = np.random.default_rng(5).standard_normal((count, 3))
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def solid(vertices: Wide, faces: Ints, floor: float = NOWHERE) -> MeshSolid:
    return fill_mesh(vertices, faces, BOX, floor, sphere_mesh(0.08, 10)[0], position_colors)


def sigma_at(filled: MeshSolid, points: Wide) -> Wide:
    return filled.sigma(torch.from_numpy(points.astype(np.float32))).numpy().astype(np.float64)


def card(middle: tuple[float, float, float], half: float = 0.02) -> tuple[Wide, Ints]:
    """A square [4,3], [2,3] across the x axis."""
    y, z = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]).T * half
    corners = np.stack([np.zeros(4), y, z], axis=1) + np.array(middle)
    return corners, np.array([[0, 1, 2], [0, 2, 3]])


def joined(*meshes: tuple[Wide, Ints]) -> tuple[Wide, Ints]:
    starts = np.cumsum([0] + [len(vertices) for vertices, _ in meshes])
    faces = [faces + start for (_, faces), start in zip(meshes, starts, strict=False)]
    return np.concatenate([vertices for vertices, _ in meshes]), np.concatenate(faces)


@pytest.fixture(scope="module")
def ball() -> MeshSolid:
    return solid(*sphere_mesh(RADIUS))


@pytest.mark.parametrize("height", [-0.006, -0.003, -0.001, 0.001, 0.003, 0.006])
def test_beside_a_ball_sigma_is_the_distance_positive_inside(
    ball: MeshSolid, height: float
) -> None:
    found = sigma_at(ball, directions(2000) * (RADIUS + height))
    assert found == pytest.approx(-height, abs=5e-4)


def test_far_from_it_the_sign_is_right(ball: MeshSolid) -> None:
    points = np.random.default_rng(2).uniform(-BOX, BOX, (20_000, 3))
    depth = RADIUS - np.linalg.norm(points, axis=1)
    is_clear = np.abs(depth) > 1e-3
    found = sigma_at(ball, points)
    assert np.array_equal((found > 0)[is_clear], (depth > 0)[is_clear])
    share = 4 / 3 * np.pi * RADIUS**3 / (2 * BOX) ** 3
    assert (found > 0).mean() == pytest.approx(share, abs=0.006)


def test_a_mesh_that_is_turned_makes_a_solid_that_is_turned() -> None:
    vertices, faces = sphere_mesh(RADIUS, 4)
    vertices = vertices * [1.2, 0.8, 1.0]
    turn = Rotation.from_euler("xyz", [0.4, -1.0, 2.0])
    points = directions(3000) * np.random.default_rng(1).uniform(0.07, 0.13, (3000, 1))
    plain = sigma_at(solid(vertices, faces), points)
    turned = sigma_at(solid(turn.apply(vertices), faces), turn.apply(points))
    is_near = np.abs(plain) < 0.01
    assert is_near.sum() > 300
    assert turned[is_near] == pytest.approx(plain[is_near], abs=1e-3)


def test_a_hole_is_closed_by_the_skin_below() -> None:
    """The lower third of the ball is missing; the walls are a ball within."""
    vertices, faces = sphere_mesh(RADIUS)
    open_faces = faces[vertices[faces].mean(axis=1)[:, 1] > -0.04]
    filled = solid(vertices, open_faces)
    deep = directions(2000) * np.random.default_rng(3).uniform(0.0, 0.06, (2000, 1))
    assert (sigma_at(filled, deep) > 0).all()
    beside = directions(2000) * 0.15
    assert (sigma_at(filled, beside) < 0).all()


def test_a_sheet_is_a_plate_of_two_and_a_half_millimetres() -> None:
    filled = solid(*joined(sphere_mesh(RADIUS), card((0.15, 0.01, 0.02))))
    assert filled.sheets is not None
    across = np.linspace(-0.003, 0.003, 61)
    points = np.array([0.15, 0.01, 0.02]) + across[:, None] * [1, 0, 0]
    found = sigma_at(filled, points)
    assert found == pytest.approx(0.0012 - np.abs(across), abs=3e-4)
    beyond = np.array([[0.15, 0.01 + 0.023, 0.02], [0.15, 0.01, 0.02 - 0.023]])
    assert (sigma_at(filled, beyond) < 0).all()
    # The ball is what it was.
    assert sigma_at(filled, directions(500) * 0.099) == pytest.approx(0.001, abs=5e-4)


def test_nothing_is_left_below_the_floor() -> None:
    filled = solid(*joined(sphere_mesh(RADIUS), card((0.15, -0.02, 0.0))), floor=-0.02)
    inside = directions(3000) * 0.09
    assert np.array_equal(sigma_at(filled, inside) > 0, inside[:, 1] > -0.02)
    assert (
        sigma_at(filled, np.array([[0.15, -0.03, 0.0]]))
        < 0
        < sigma_at(filled, np.array([[0.15, -0.01, 0.0]]))
    )
    near = np.array([[0.01, -0.018, 0.0], [0.01, -0.023, 0.02]])
    assert sigma_at(filled, near) == pytest.approx([0.002, -0.003], abs=1e-5)


def test_what_lies_out_of_the_box_is_left_out() -> None:
    vertices, faces = sphere_mesh(RADIUS, 3)
    alone = solid(vertices, faces)
    both = solid(*joined((vertices, faces), (vertices + np.array([0.5, 0, 0]), faces)))
    points = directions(300) * 0.11
    assert np.array_equal(sigma_at(both, points), sigma_at(alone, points))
    with pytest.raises(EmptySurfaceError):
        solid(vertices + 0.5, faces)


def test_it_has_the_colours_that_the_mesh_has_there(ball: MeshSolid) -> None:
    points = torch.tensor([[0.1, 0.0, -0.2], [0.05, 0.3, 0.0]])
    assert torch.allclose(ball.rgb(points), points + 0.5)
    assert ball.rgb(points).dtype == torch.float32


def test_the_same_mesh_makes_the_same_solid(ball: MeshSolid) -> None:
    points = directions(200) * 0.1
    again = solid(*sphere_mesh(RADIUS))
    assert np.array_equal(sigma_at(ball, points), sigma_at(again, points))
    one_by_one = np.concatenate([sigma_at(ball, point[None]) for point in points[:20]])
    assert np.array_equal(one_by_one, sigma_at(ball, points)[:20])


def test_an_open_piece_beside_a_head_is_a_sheet() -> None:
    ball, faces = sphere_mesh(RADIUS)
    strand = np.array([[0.2, 0, 0], [0.22, 0, 0], [0.2, 0.02, 0]])
    both = np.concatenate([faces, [[len(ball), len(ball) + 1, len(ball) + 2]]])
    is_sheet = sheets_of(np.concatenate([ball, strand]), both)
    assert np.flatnonzero(is_sheet).tolist() == [len(faces)]


def test_of_open_pieces_alone_the_largest_is_solid() -> None:
    """A head open at its neck, and more hair cards than head."""
    ball, faces = sphere_mesh(RADIUS)
    head = faces[ball[faces].mean(axis=1)[:, 1] > -0.05]
    cards = [ball * 0.9 + [0.4 * (k + 1), 0, 0] for k in range(3)]
    shells = [head + len(ball) * (k + 1) for k in range(3)]
    is_sheet = sheets_of(np.concatenate([ball, *cards]), np.concatenate([head, *shells]))
    assert not is_sheet[: len(head)].any()
    assert is_sheet[len(head) :].all()


def test_a_closed_piece_is_no_sheet_however_small() -> None:
    vertices, faces = joined(sphere_mesh(RADIUS, 3), sphere_mesh(0.01, 2))
    assert not sheets_of(vertices, faces).any()


def test_seams_that_split_vertices_open_nothing() -> None:
    """As every file with UVs has them: no two faces share a vertex, yet the small ball is closed."""
    vertices, faces = joined(sphere_mesh(RADIUS, 3), sphere_mesh(0.01, 2))
    split = vertices[faces].reshape(-1, 3)
    assert not sheets_of(split, np.arange(len(split)).reshape(-1, 3)).any()


@pytest.mark.parametrize("scale", [1.0, 1e-3, 1e4])
def test_pose_size_and_order_do_not_make_a_sheet(scale: float) -> None:
    vertices, faces = joined(sphere_mesh(RADIUS, 3), card((0.15, 0, 0)), card((-0.15, 0, 0.01)))
    order = np.random.default_rng(0).permutation(len(faces))
    moved = scale * Rotation.from_euler("zy", [1.0, 0.7]).apply(vertices) + 3 * scale
    expected = np.arange(len(faces)) >= len(faces) - 4
    assert np.array_equal(sheets_of(moved, faces[order]), expected[order])
