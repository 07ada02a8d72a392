"""A latent, grown: what the generator makes of it before anything is extracted, drawn or fitted."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .generator.fast_field import FastField
from .generator.latents import neutral_latent
from .models import Models
from .views.previews import portrait_camera
from .wire.requests import JobRequest


@dataclass(frozen=True)
class GrownHead:
    """What the backbone made of a latent; it runs once."""

    ws: Tensor  # [1,num_ws,w_dim]
    planes: Tensor  # [1,3,C,H,W]
    field: FastField


def grow_head(models: Models, z: Tensor) -> GrownHead:
    """The head of a latent [Z]."""
    generator = models.generator
    camera = portrait_camera(generator.config, yaw=0.0)
    label = camera.label()[None] if generator.config.c_dim else None
    with torch.inference_mode():
        ws = generator.map(z[None], label)
        planes = generator.synthesize_planes(ws)
    return GrownHead(ws, planes, FastField(generator, planes))


def grow_pair(models: Models, z: Tensor, request: JobRequest) -> tuple[GrownHead, GrownHead]:
    """The head of a latent [Z] as it is shown and sculpted, and as it is made rig-ready: with a neutral face, unless
    the request keeps the expression."""
    blocks = models.generator.config.mapping.latent_blocks
    neutral_z = neutral_latent(z, blocks) if request.neutral else z
    if request.output == "sculpt" or torch.equal(neutral_z, z):
        shown = grow_head(models, z)
        return shown, shown
    neutral = grow_head(models, neutral_z)
    return (neutral if request.output == "rig" else grow_head(models, z)), neutral
