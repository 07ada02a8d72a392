"""Cameras on a sphere: where they stand, how they are turned, what they see where."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from backend.views.cameras import Camera, look_at_camera

TARGET = (0.1, -0.2, 0.3)


def seen_at(camera: Camera, point: tuple[float, float, float]) -> list[float]:
    """Column and row of a point in a picture of side 1, and its distance along the view."""
    at = camera.cam2world[:3, :3].T @ (torch.tensor(point) - camera.cam2world[:3, 3])
    column, row, depth = camera.intrinsics @ at
    return [float(column / depth), float(row / depth), float(depth)]


@pytest.mark.parametrize(
    ("yaw", "pitch", "place"),
    [
        (0.0, 0.0, (0.0, 0.0, 2.0)),  # before the face
        (math.pi / 2, 0.0, (2.0, 0.0, 0.0)),
        (math.pi, 0.0, (0.0, 0.0, -2.0)),
        (0.0, math.pi / 6, (0.0, 1.0, math.sqrt(3.0))),  # above the horizon
    ],
)
def test_it_stands_on_a_sphere_around_its_target(
    yaw: float, pitch: float, place: tuple[float, float, float]
) -> None:
    camera = look_at_camera(yaw, pitch, 2.0, 30.0, TARGET)
    expected = [a + b for a, b in zip(TARGET, place, strict=True)]
    assert camera.cam2world[:3, 3].tolist() == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(("yaw", "pitch"), [(0.0, 0.0), (0.7, 0.3), (-2.5, -1.2)])
def test_it_is_turned_without_mirroring_and_sees_its_target_in_the_middle(
    yaw: float, pitch: float
) -> None:
    camera = look_at_camera(yaw, pitch, 2.7, 13.0, TARGET)
    turn: Tensor = camera.cam2world[:3, :3].double()
    torch.testing.assert_close(turn @ turn.T, torch.eye(3, dtype=torch.float64), atol=1e-6, rtol=0)
    assert float(torch.linalg.det(turn)) == pytest.approx(1.0, abs=1e-6)
    assert seen_at(camera, TARGET) == pytest.approx([0.5, 0.5, 2.7], abs=1e-5)
    assert camera.cam2world[3].tolist() == [0.0, 0.0, 0.0, 1.0]


def test_left_and_right_up_and_down_are_where_a_portrait_has_them() -> None:
    """Before the face +x of the head, which is its left side, is on the right; rows count downwards."""
    camera = look_at_camera(0.0, 0.0, 2.0, 2.0 * math.degrees(math.atan(0.25)))
    assert seen_at(camera, (0.5, 0.0, 0.0)) == pytest.approx([1.0, 0.5, 2.0], abs=1e-6)
    assert seen_at(camera, (0.0, 0.25, 0.0)) == pytest.approx([0.5, 0.25, 2.0], abs=1e-6)
    assert seen_at(camera, (0.0, 0.0, 1.0)) == pytest.approx([0.5, 0.5, 1.0], abs=1e-6)


def test_the_label_has_the_pose_and_then_the_lens_row_by_row() -> None:
    camera = Camera(torch.arange(16.0).view(4, 4), torch.arange(16.0, 25.0).view(3, 3))
    assert camera.label().tolist() == list(range(25))
