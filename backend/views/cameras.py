"""Cameras: one dataclass, one way to aim it, and the 25-number label of the EG3D family."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Camera:
    """A pinhole camera.

    Convention: OpenCV axes (x right, y down, z forward), field units; intrinsics are normalised by the
    picture's size, so the principal point is (0.5, 0.5) and pixel centres lie at (i + 0.5) / size.
    """

    cam2world: Tensor  # [4,4]
    intrinsics: Tensor  # [3,3]

    def label(self) -> Tensor:
        """The 25 numbers [25]: cam2world row by row, then the intrinsics row by row."""
        return torch.cat([self.cam2world.reshape(16), self.intrinsics.reshape(9)])


def look_at_camera(
    yaw: float,
    pitch: float,
    radius: float,
    fov_degrees: float,
    target: tuple[float, float, float] = (0.0, 0.0, 0.0),
) -> Camera:
    """A camera on a sphere around `target`, looking at it.

    Args:
        yaw: radians; 0 looks at the face from +z, pi/2 stands on +x.
        pitch: radians above the horizon.
        radius: field units.
        fov_degrees: the whole angle of view, the same in both directions.
    """
    aim = torch.tensor(target, dtype=torch.float64)
    outward = torch.tensor(
        [math.sin(yaw) * math.cos(pitch), math.sin(pitch), math.cos(yaw) * math.cos(pitch)],
        dtype=torch.float64,
    )
    forward = -outward
    up = torch.tensor([0.0, 1.0, 0.0], dtype=torch.float64)
    right = torch.linalg.cross(forward, up)
    right = right / right.norm()
    down = torch.linalg.cross(forward, right)
    cam2world = torch.eye(4, dtype=torch.float64)
    cam2world[:3, 0], cam2world[:3, 1], cam2world[:3, 2] = right, down, forward
    cam2world[:3, 3] = aim + radius * outward
    focal = 0.5 / math.tan(math.radians(fov_degrees) / 2)
    intrinsics = torch.tensor([[focal, 0, 0.5], [0, focal, 0.5], [0, 0, 1]], dtype=torch.float64)
    return Camera(cam2world.float(), intrinsics.float())
