"""The small renderer: perspective, order in depth, and the texture's directions."""

import math

import numpy as np
import torch
import trimesh
from numpy.typing import NDArray

from backend.bench.mesh_view import draw_mesh, read_texture
from backend.generator.renderer import camera_rays
from backend.views.cameras import look_at_camera

SIZE = 64
SQUARE = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]], np.float32)
FACES = np.array([[0, 1, 2], [0, 2, 3]])
UVS = ((SQUARE[:, :2] + 1) / 2)[FACES].astype(np.float32)
RAMP = np.arange(256, dtype=np.uint8)


def ramps() -> NDArray[np.uint8]:
    """Red is u, green is v."""
    u, v = np.meshgrid(RAMP, RAMP[::-1])
    return np.stack([u, v, np.zeros_like(u)], axis=2)


def test_a_tilted_square_shows_its_texture_in_perspective() -> None:
    camera = look_at_camera(0.9, 0.2, 2.5, 70.0)
    view = draw_mesh(SQUARE, FACES, UVS, ramps(), camera, SIZE)
    rays = camera_rays(camera.label()[None], SIZE)
    origins, directions = rays.origins[0], rays.directions[0]
    met = origins - directions * (origins[:, 2] / directions[:, 2])[:, None]
    expected = ((met[:, :2] + 1) / 2).view(SIZE, SIZE, 2)
    whole = view.coverage == 1
    assert 300 < int(whole.sum()) < SIZE * SIZE
    error = (view.color[..., :2] - expected)[whole].abs()
    assert float(error.mean()) < 0.004
    assert float(error.max()) < 0.03  # four rays a pixel, where the square is far away


def test_what_is_nearer_hides_what_is_behind() -> None:
    both = np.concatenate([SQUARE, SQUARE * 0.5 + [0, 0, 0.5]]).astype(np.float32)
    faces = np.concatenate([FACES, FACES + 4])
    uvs = np.zeros((4, 3, 2), np.float32)
    uvs[2:] = 1.0
    camera = look_at_camera(0.0, 0.0, 3.0, 60.0)
    view = draw_mesh(both, faces, uvs, ramps(), camera, SIZE)
    assert float(view.color[SIZE // 2, SIZE // 2, 0]) > 0.99
    turned = look_at_camera(math.pi, 0.0, 3.0, 60.0)
    behind = draw_mesh(both, faces, uvs, ramps(), turned, SIZE)
    assert float(behind.color[SIZE // 2, SIZE // 2, 0]) < 0.01


def test_a_ball_covers_its_disc() -> None:
    ball = trimesh.creation.icosphere(4, 0.5)
    uvs = np.zeros((len(ball.faces), 3, 2), np.float32)
    camera = look_at_camera(0.3, 0.1, 2.0, 60.0)
    view = draw_mesh(ball.vertices, ball.faces, uvs, ramps(), camera, SIZE)
    tangent = math.tan(math.asin(0.5 / 2.0)) / math.tan(math.radians(30)) / 2  # of the picture
    assert abs(float(view.coverage.mean()) / (math.pi * tangent**2) - 1) < 0.01


def test_a_texture_is_read_between_its_texels() -> None:
    texture = np.zeros((2, 2, 3), np.uint8)
    texture[0, 1] = 255  # at the top right
    read = read_texture(texture, torch.tensor([[0.75, 0.75], [0.5, 0.75], [0.25, 0.25]]))
    assert torch.allclose(read[:, 0], torch.tensor([1.0, 0.5, 0.0]))
