"""What the encoder sees of a head: a few views, framed as in the portrait CLIP's training."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ..generator.config import GeneratorConfig
from ..generator.model import Generator
from ..views.cameras import look_at_camera

HEAD_HEIGHT = 0.86  # field units of the starter's box (side 1) that fill the picture
_BACKGROUND = 0.5
_SAMPLES = (24, 16)  # coarse and importance samples along a ray: enough for a small picture
_FRONT, _SIDE = 0.0, 0.6  # radians of yaw
VIEW_WEIGHTS = (0.5, 0.25, 0.25)  # of the front and the two three-quarter views


def view_labels(
    config: GeneratorConfig, yaws: tuple[float, ...] = (_FRONT, _SIDE, -_SIDE)
) -> Tensor:
    """Camera labels [views,25] at eye level, with the head filling the picture."""
    radius = config.camera.radius
    height = HEAD_HEIGHT * config.box_warp
    fov = math.degrees(2 * math.atan(height / 2 / radius))
    return torch.stack([look_at_camera(yaw, 0.05, radius, fov).label() for yaw in yaws])


def render_views(generator: Generator, planes: Tensor, labels: Tensor, resolution: int) -> Tensor:
    """Pictures [views,3,resolution,resolution] of one head on grey, sRGB in about [0,1]; differentiable.

    Args:
        planes: [1,3,C,H,W].
        labels: camera labels [views,25].
    """
    shared = planes.expand(len(labels), *planes.shape[1:])
    seen = generator.render(shared, labels, resolution, depth_samples=_SAMPLES, with_labels=False)
    color = (seen.image_raw + 1) / 2
    if generator.config.renderer.white_back:
        return color
    return color + _BACKGROUND * (1 - seen.weights_sum)
