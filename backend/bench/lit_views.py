"""Views of heads lit by a lamp at the camera: what faces it is bright, what turns away is darker."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.interpolate import griddata

from ..surface.field import field_normals
from ..training.truth.frozen_heads import SurfacePoints, spread_points
from ..views.cameras import Camera
from ..views.unlit import UnlitRenderer

Picture = NDArray[np.uint8]  # [S,S,3] sRGB
Floats = NDArray[np.floating[Any]]

_GRAZING = 0.05  # cosine; points that face the camera less are probably hidden


def draw_lit(
    renderer: UnlitRenderer,
    camera: Camera,
    size: int,
    ambient: float,
    background: float,
    points: int | None = None,
) -> Picture:
    """The head of a renderer's field.

    Args:
        ambient: how bright a surface is that is seen from the side, 0..1.
        background: grey behind the head.
        points: of the view whose normals the shading is made from; all of them by default.
    """
    view = renderer.draw(camera, size)
    chosen = view.points
    if points is not None:
        kept = spread_points(chosen.numpy(), points, np.random.default_rng(0))
        chosen = chosen[torch.from_numpy(kept)]
    normals = field_normals(renderer.field, chosen, renderer.field.box_half / 200)
    surface = SurfacePoints(chosen.numpy(), normals.numpy())
    unlit = view.over(background).numpy()
    return light(unlit, view.coverage.numpy(), surface, camera, ambient, background)


def light(
    picture: Floats,
    coverage: Floats,
    surface: SurfacePoints,
    camera: Camera,
    ambient: float,
    background: float,
) -> Picture:
    """An unlit picture [S,S,3] before a grey background, lit, given points of the head's surface."""
    facing = _facing(surface, camera, len(picture))[..., None]
    behind = background * (1 - coverage[..., None])
    lit = behind + (picture - behind) * (ambient + (1 - ambient) * facing)
    return (lit.clip(0, 1) * 255 + 0.5).astype(np.uint8)


def _facing(surface: SurfacePoints, camera: Camera, size: int) -> Floats:
    """How much the surface faces the camera, 0..1 [S,S], between those points that the camera sees."""
    offset = surface.points - camera.cam2world[:3, 3].numpy()
    toward = -offset / np.linalg.norm(offset, axis=1, keepdims=True)
    cosine = (surface.normals * toward).sum(1)
    x, y, z = (offset @ camera.cam2world[:3, :3].numpy()).T
    (fx, _, cx), (_, fy, cy), _ = camera.intrinsics.tolist()
    places = np.stack([cy + fy * y / z, cx + fx * x / z], axis=1) * size - 0.5
    seen = cosine > _GRAZING
    rows, columns = np.mgrid[:size, :size]
    facing: Floats = griddata(places[seen], cosine[seen], (rows, columns), fill_value=0.0)
    return facing
