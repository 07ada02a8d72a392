"""Quick shaded pictures of a head, by looking for the surface of its field along each pixel's ray."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from ..delivery.files import write_atomically
from ..generator.config import GeneratorConfig
from ..generator.renderer import Rays, camera_rays
from ..surface.field import Field, field_normals
from .cameras import Camera, look_at_camera

BACKGROUND = (0.18, 0.18, 0.19)
SUPERSAMPLES = 2  # rays along a side of a pixel
COARSER = 4  # the first pass has a ray for each block of 4 x 4 rays
COARSE_SAMPLES = 48
FINE_SAMPLES = 10
SECANT_STEPS = 2
SMOOTHING = 0.015  # of the picture's side, to two standard deviations


def portrait_camera(config: GeneratorConfig, yaw: float = 0.45) -> Camera:
    """A camera that shows the whole head of such a generator, from a little above."""
    radius = config.camera.radius
    fov = math.degrees(2 * math.atan(0.45 * config.box_warp / radius))
    return look_at_camera(yaw, 0.08, radius, fov)


def render_preview(field: Field, camera: Camera, size: int) -> NDArray[np.uint8]:
    """A picture [size,size,3] of the field's surface, lightly shaded; `size` is a multiple of 2.

    A coarse picture finds roughly where the surface lies, so that the rays of the fine one need few
    samples; parts thinner than a coarse pixel may be missed.
    """
    side = size * SUPERSAMPLES
    with torch.inference_mode():
        near, far = _coarse_range(field, camera, side // COARSER)
        rays = camera_rays(camera.label()[None], side)
        origins, directions = rays.origins[0], rays.directions[0]
        near, far = (_enlarged(value) for value in (near, far))
        hopeful = torch.nonzero(near < far)[:, 0]
        picture = torch.tensor(BACKGROUND).repeat(side * side, 1)
        depth = first_crossing(
            field, origins[hopeful], directions[hopeful], near[hopeful], far[hopeful], FINE_SAMPLES
        )
        seen = torch.isfinite(depth)
        pixels = hopeful[seen]
        points = origins[pixels] + depth[seen, None] * directions[pixels]
        normals = _smoothed(field_normals(field, points, field.box_half / 100), pixels, side)
        picture[pixels] = _shaded(field.rgb(points), normals, directions[pixels])
        blocks = picture.view(size, SUPERSAMPLES, size, SUPERSAMPLES, 3).mean(dim=(1, 3))
    return (blocks.clamp(0, 1) * 255).round().to(torch.uint8).numpy()


def save_png(path: Path, picture: NDArray[np.uint8]) -> None:
    """Write a picture [H,W,3] or [H,W] at once or not at all."""
    image = Image.fromarray(picture)
    write_atomically(path, lambda temporary: image.save(temporary, compress_level=4))


def first_crossing(
    field: Field, origins: Tensor, directions: Tensor, near: Tensor, far: Tensor, samples: int
) -> Tensor:
    """Distance [R] along rays [R,3] to the first change from outside to inside, infinite if there is none.

    The surface is looked for between `near` and `far` [R] at evenly spaced samples, then by secants.
    """
    steps = torch.linspace(0, 1, samples)
    depths = near[:, None] + (far - near)[:, None] * steps  # [R,S]
    points = origins[:, None] + depths[..., None] * directions[:, None]
    sigma = field.sigma(points.reshape(-1, 3)).view(depths.shape)
    is_inside = sigma > 0
    first = is_inside.int().argmax(dim=1)
    has_hit = is_inside.any(dim=1)
    before = (first - 1).clamp(min=0)
    low, high = (depths.gather(1, i[:, None])[:, 0] for i in (before, first))
    sigma_low, sigma_high = (sigma.gather(1, i[:, None])[:, 0] for i in (before, first))
    rays = torch.nonzero(has_hit)[:, 0]
    for _ in range(SECANT_STEPS):
        share = _zero_between(sigma_low[rays], sigma_high[rays]).clamp(0.1, 0.9)
        middle = low[rays] + share * (high - low)[rays]
        value = field.sigma(origins[rays] + middle[:, None] * directions[rays])
        inside = value > 0
        high[rays], sigma_high[rays] = _chosen(inside, middle, high[rays], value, sigma_high[rays])
        low[rays], sigma_low[rays] = _chosen(~inside, middle, low[rays], value, sigma_low[rays])
    depth = low + _zero_between(sigma_low, sigma_high) * (high - low)
    return torch.where(has_hit, depth, torch.inf)


def _zero_between(below: Tensor, above: Tensor) -> Tensor:
    """Where between two depths, 0..1, a line through their sigmas is 0."""
    return (below / (below - above).clamp(max=-1e-9)).clamp(0, 1)


def _chosen(
    is_new: Tensor, depth: Tensor, old_depth: Tensor, sigma: Tensor, old_sigma: Tensor
) -> tuple[Tensor, Tensor]:
    return torch.where(is_new, depth, old_depth), torch.where(is_new, sigma, old_sigma)


def _coarse_range(field: Field, camera: Camera, size: int) -> tuple[Tensor, Tensor]:
    """Depths [size,size] between which the surface lies around each coarse pixel; near > far if nowhere."""
    rays = camera_rays(camera.label()[None], size)
    origins, directions = rays.origins[0], rays.directions[0]
    near, far = _box_range(rays, field.box_half)
    depth = first_crossing(field, origins, directions, near, far, COARSE_SAMPLES).view(size, size)
    margin = 2 * field.box_half * 1.8 / COARSE_SAMPLES
    nearest = -F.max_pool2d(-depth[None, None], 3, 1, 1)[0, 0]
    farthest = F.max_pool2d(torch.where(depth.isfinite(), depth, -torch.inf)[None, None], 3, 1, 1)
    return nearest - margin, farthest[0, 0] + margin


def _box_range(rays: Rays, box_half: float) -> tuple[Tensor, Tensor]:
    """Where each ray [R] enters and leaves the box; an empty range where it misses (slab method)."""
    inverse = 1.0 / torch.where(rays.directions[0].abs() < 1e-9, 1e-9, rays.directions[0])
    first, second = (-box_half - rays.origins[0]) * inverse, (box_half - rays.origins[0]) * inverse
    near = torch.minimum(first, second).amax(dim=1).clamp(min=0)
    return near, torch.maximum(torch.maximum(first, second).amin(dim=1), near)


def _enlarged(coarse: Tensor) -> Tensor:
    """[S,S] -> [(4S)^2], every value for its block of pixels."""
    return coarse.repeat_interleave(COARSER, 0).repeat_interleave(COARSER, 1).flatten()


def _smoothed(normals: Tensor, pixels: Tensor, size: int) -> Tensor:
    """Unit normals [N,3] at pixels [N], averaged over their neighbours: where the sides of planes take turns, a
    field has steps that lamps would show."""
    picture = torch.zeros(size * size, 3)
    picture[pixels] = normals
    reach = max(1, round(SMOOTHING * size))
    weights = torch.exp(-torch.linspace(-2, 2, 2 * reach + 1).square() / 2)
    blurred = picture.t().reshape(3, 1, size, size)
    blurred = F.conv2d(blurred, weights.view(1, 1, 1, -1), padding=(0, reach))
    blurred = F.conv2d(blurred, weights.view(1, 1, -1, 1), padding=(reach, 0))
    return F.normalize(blurred.reshape(3, -1).t()[pixels], dim=1)


def _shaded(colors: Tensor, normals: Tensor, directions: Tensor) -> Tensor:
    """Colours [N,3] of a surface with unit normals [N,3], a little darker where it turns away."""
    facing = -(normals * directions).sum(dim=1, keepdim=True)
    return colors * (0.55 + 0.45 * facing.clamp(0, 1))
