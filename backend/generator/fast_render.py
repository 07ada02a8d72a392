"""Volume rendering of one head without gradients, as fast as a CPU can. `Generator.render` is the reference."""

from __future__ import annotations

import torch
from torch import Tensor

from .decoder import FieldSample
from .fast_field import FastField
from .model import Generator, Rendered
from .renderer import camera_rays, render_rays_sparsely


def render_fast(
    generator: Generator,
    field: FastField,
    camera: Tensor,
    resolution: int,
    ws: Tensor | None = None,
) -> Rendered:
    """The picture of a camera label [25], of the head of `field`; super-resolved with ws [1,num_ws,w_dim]."""
    config = generator.config

    def sample(points: Tensor) -> FieldSample:
        return field.sample(points[0])

    with torch.inference_mode():
        seen = render_rays_sparsely(
            lambda points: field.sigma(points) + config.surface_sigma,
            sample,
            camera_rays(camera[None], resolution),
            config.renderer,
            config.box_warp,
        )
        return generator.finish_pictures(seen, camera[None], ws)
