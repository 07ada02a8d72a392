"""What super-resolution adds to the look of a head: pictures of it from around, less what its field shows there.

Published generators keep much of their detail in a network behind the renderer, and nothing of it is in the field.
"""

from __future__ import annotations

import math

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor

from ..generator.config import GeneratorConfig
from ..generator.fast_field import FastField
from ..generator.fast_render import render_fast
from ..generator.model import Generator
from ..surface.field import broken_field_error
from ..surface.grid import OnProgress
from ..surface.view_detail import DetailView, ViewDetail
from .cameras import Camera, look_at_camera
from .unlit import UnlitRenderer

_YAW_STEP = 45.0  # degrees between views, at most
_PITCHES = (-25.0, 25.0)  # degrees, of further views from ahead
_FRONTAL_LIMIT = 45.0  # degrees; portraits teach a generator no more
_TOLERANCE = 0.012  # of half the box: 2 mm of a depth
_STEEPEST = 6.0  # pixels; between neighbours a longer step of the depth is an outline
_TINT = 1 / 16  # of the picture: what varies more slowly is the field's to say
_OUTLINE = (1.0, 3.0)  # raw pixels from an outline, between which trust grows: nearer, colours mix


def look_closely(
    generator: Generator, field: FastField, ws: Tensor, on_progress: OnProgress
) -> ViewDetail | None:
    """What super-resolution adds to the head of ws [1,num_ws,w_dim]; None if its textures are better without.

    Args:
        on_progress: called with the share done in [0,1]; an exception raised in it cancels.
    """
    if not paints_textures(generator.config):
        return None
    renderer, cameras = UnlitRenderer(field), detail_cameras(generator.config)
    views = []
    for done, camera in enumerate(cameras, start=1):
        views.append(_look(generator, renderer, field, camera, ws))
        on_progress(done / len(cameras))
    return ViewDetail(tuple(views), _TOLERANCE * field.box_half)


def paints_textures(config: GeneratorConfig) -> bool:
    """Whether super-resolved pictures show more than the planes hold: by default, if their pixels are finer."""
    settings, inset = config.superresolution, config.planes.inset
    if settings is None:
        return False
    if settings.paints_textures is not None:
        return settings.paints_textures
    width = 2 * config.camera.radius * math.tan(math.radians(config.camera.fov_y_degrees) / 2)
    texel = config.box_warp / config.plane_resolution * (1.0 if inset is None else inset.half)
    return width / settings.output_resolution < texel


def yaw_limit_degrees(config: GeneratorConfig) -> float:
    """How far around the head pictures are good; templates and tri-grids are made to be seen from behind too."""
    if config.camera.yaw_limit_degrees is not None:
        return config.camera.yaw_limit_degrees
    is_all_round = config.template is not None or config.planes.depth > 1
    return 180.0 if is_all_round else _FRONTAL_LIMIT


def detail_cameras(config: GeneratorConfig) -> tuple[Camera, ...]:
    """The views: from ahead and to both sides as far as pictures are good, and from above and below."""
    orbit, limit = config.camera, yaw_limit_degrees(config)
    steps = math.ceil(limit / _YAW_STEP)
    yaws = [limit * step / max(steps, 1) for step in range(-steps, steps + 1)]
    if limit >= 180.0:
        yaws = yaws[1:]  # the back counts once
    aims = [(yaw, 0.0) for yaw in yaws] + [(0.0, pitch) for pitch in _PITCHES]
    return tuple(
        look_at_camera(
            math.radians(yaw), math.radians(pitch), orbit.radius, orbit.fov_y_degrees, orbit.pivot
        )
        for yaw, pitch in aims
    )


def _look(
    generator: Generator, renderer: UnlitRenderer, field: FastField, camera: Camera, ws: Tensor
) -> DetailView:
    seen = render_fast(generator, field, camera.label(), generator.config.neural_resolution, ws)
    assert seen.image is not None
    picture = (seen.image[0].float().clamp(-1.0, 1.0) + 1.0) / 2.0
    if not torch.isfinite(picture).all():
        raise broken_field_error()
    size = picture.shape[-1]
    color, depth = draw_surface(renderer, camera, size)
    trust = trust_inside(depth, camera, size / seen.image_raw.shape[-1])
    return DetailView(camera, without_tint(picture - color, trust), trust, depth)


def without_tint(detail: Tensor, trust: Tensor) -> Tensor:
    """Detail [3,S,S] less its mean around each pixel, weighted by trust [S,S].

    Super-resolution may shift colours, by another amount in each view: that would show as patches where views meet.
    """
    weights, deviation = trust.numpy(), _TINT * len(trust)

    def blur(layer: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(ndimage.gaussian_filter(layer, deviation, mode="constant", truncate=3.0))

    total = np.maximum(blur(weights), 1e-6)
    tint = np.stack([blur(layer * weights) / total for layer in detail.numpy()])
    return detail - torch.from_numpy(tint)


def draw_surface(renderer: UnlitRenderer, camera: Camera, size: int) -> tuple[Tensor, Tensor]:
    """The field's colours [3,S,S] and the depths [S,S] in the middle of pixels; 0 where there is nothing."""
    side = 1 << (size - 1).bit_length()
    rays, depths, points = renderer.find_surface(camera, side)
    drawn = torch.zeros(side * side, 4)
    with torch.inference_mode():
        drawn[rays] = torch.cat([renderer.field.rgb(points), depths[:, None]], dim=1)
    layers = drawn.view(side, side, 4).permute(2, 0, 1)
    if side != size:
        layers = F.interpolate(layers[None], size=(size, size))[0]
    return layers[:3], layers[3]


def trust_inside(depth: Tensor, camera: Camera, raw_pixel: float) -> Tensor:
    """How far [S,S], 0..1, a picture shows one surface alone: 0 near outlines, at steps and at its border.

    Args:
        depth: [S,S], 0 where there is nothing.
        raw_pixel: pixels to the side of a rendered one.
    """
    depths = depth.numpy()
    pixel = float(depths.max(initial=0.0) / (camera.intrinsics[0, 0] * len(depths)))
    is_edge = depths <= 0.0
    steps = np.abs(np.diff(depths, axis=0)) > _STEEPEST * pixel
    is_edge[1:] |= steps
    is_edge[:-1] |= steps
    steps = np.abs(np.diff(depths, axis=1)) > _STEEPEST * pixel
    is_edge[:, 1:] |= steps
    is_edge[:, :-1] |= steps
    # Beyond the border is an edge too.
    away = ndimage.distance_transform_edt(~np.pad(is_edge, 1, constant_values=True))[1:-1, 1:-1]
    first, last = (pixels * raw_pixel for pixels in _OUTLINE)
    share = ((away - first) / (last - first)).clip(0.0, 1.0)
    return torch.from_numpy((share * share * (3.0 - 2.0 * share)).astype(np.float32))
