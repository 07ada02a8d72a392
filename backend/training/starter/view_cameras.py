"""Cameras of trainings that look at heads: whole views from around them, and patches of such views."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from ...generator.config import GeneratorConfig
from ...views.cameras import look_at_camera

_FRONTAL_YAW = 0.7  # radians; half the views stay within it
_HEIGHTS = (0.85, 1.15)  # of the box, that fill a view


def random_view(config: GeneratorConfig, rng: np.random.Generator) -> Tensor:
    """A camera label [25]: the head nearly fills the picture, half the time seen from the front."""
    limit = _FRONTAL_YAW if rng.random() < 0.5 else math.pi
    yaw, pitch = rng.uniform(-limit, limit), rng.normal(0.03, 0.2)
    height = rng.uniform(*_HEIGHTS) * config.box_warp
    fov = math.degrees(2 * math.atan(height / 2 / config.camera.radius))
    return look_at_camera(float(yaw), float(pitch), config.camera.radius, fov).label()


def patch_of_view(view: Tensor, point: Tensor, share: float) -> Tensor:
    """The camera label [25] of the square part of a view [25] around a point [3]; `share` of its side."""
    cam2world, intrinsics = view[:16].view(4, 4), view[16:].view(3, 3)
    inside = (point - cam2world[:3, 3]) @ cam2world[:3, :3]
    centre = (intrinsics @ (inside / inside[2]))[:2].clamp(share / 2, 1 - share / 2)
    return crop_camera(view, centre - share / 2, share)


def crop_camera(camera: Tensor, corner: Tensor, share: float) -> Tensor:
    """The camera label [25] of a square part of a picture: its upper left corner [2] as (column, row) and its
    side, as shares of the whole."""
    intrinsics = camera[16:].view(3, 3).clone()
    intrinsics[:2, 2] -= corner
    intrinsics[:2] /= share
    return torch.cat([camera[:16], intrinsics.flatten()])
