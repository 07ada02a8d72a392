"""Solids whose surface, volume, genus and colours are known."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from backend.surface.bake import SurfaceColors
from backend.surface.build import SurfaceResult, SurfaceSettings, bake_head, extract_shape
from backend.surface.unwrap import unwrap_uvs

RADIUS = 0.31
CHECKER = 0.1  # side of the cubes of the checker, in field units
DARK, LIGHT = 0.2, 0.8
Solid = Callable[[Tensor], Tensor]  # [N,3] to [N], positive inside


def sphere(points: Tensor) -> Tensor:
    """Steeper inside than outside, so that interpolation between samples is not exact."""
    return (RADIUS / points.norm(dim=1).clamp_min(1e-3)).log() * 4.0


def torus(points: Tensor) -> Tensor:
    """Around the y axis; radii 0.25 and 0.09."""
    ring = points[:, [0, 2]].norm(dim=1) - 0.25
    return 0.09 - (ring**2 + points[:, 1] ** 2).sqrt()


def ellipsoid(points: Tensor) -> Tensor:
    """Half axes 0.2, 0.33, 0.27."""
    return 1.0 - (points / torch.tensor([0.2, 0.33, 0.27])).norm(dim=1)


def ball(points: Tensor, center: tuple[float, float, float], radius: float) -> Tensor:
    return radius - (points - torch.tensor(center)).norm(dim=1)


def ellipsoid_with_blobs(points: Tensor) -> Tensor:
    """Two balls float beside the ellipsoid, and a void is inside of it."""
    blobs = torch.maximum(
        ball(points, (0.38, 0.3, -0.2), 0.06), ball(points, (-0.35, -0.35, 0.3), 0.08)
    )
    solid = torch.minimum(ellipsoid(points), -ball(points, (0.0, 0.05, 0.0), 0.07))
    return torch.maximum(solid, blobs)


def bust(points: Tensor) -> Tensor:
    """A head on a neck that runs through the bottom of the box, with ears and shallow waves."""
    ears = torch.maximum(
        ball(points, (0.21, 0.05, 0.0), 0.07), ball(points, (-0.21, 0.05, 0.0), 0.07)
    )
    neck = torch.minimum(0.12 - points[:, [0, 2]].norm(dim=1), -points[:, 1])
    waves = 0.02 * torch.sin(40 * points[:, 0]) * torch.sin(30 * points[:, 1])
    head = 0.2 * ellipsoid(points) + waves * torch.sin(35 * points[:, 2])
    return torch.maximum(torch.maximum(head, ears), neck)


def checker(points: Tensor) -> Tensor:
    """Cubes of two greys."""
    is_light = (points / CHECKER).floor().sum(dim=1) % 2 == 0
    return torch.where(is_light, LIGHT, DARK)[:, None].expand(-1, 3)


def gradient(points: Tensor) -> Tensor:
    """Red, green and blue grow along x, y and z."""
    return points + 0.5


@dataclass
class KnownField:
    """A field from functions, in a box of side 1."""

    solid: Solid
    paint: Callable[[Tensor], Tensor] = gradient
    box_half: float = 0.5
    evaluations: int = 0

    def sigma(self, points: Tensor) -> Tensor:
        assert points.dtype == torch.float32
        assert bool((points.abs() <= self.box_half).all())
        self.evaluations += len(points)
        return self.solid(points)

    def rgb(self, points: Tensor) -> Tensor:
        return self.paint(points)


def textured_head(
    field: KnownField, settings: SurfaceSettings, units_per_metre: float
) -> SurfaceResult:
    """The stages that a head goes through, one after the other, in this process."""
    shape = extract_shape(field, settings, ignore)
    uvs = unwrap_uvs(shape.vertices, shape.faces, settings.texture_px)
    return bake_head(SurfaceColors(field), shape, uvs, settings, units_per_metre, ignore)


def ignore(_share: float) -> None:
    """Nobody follows the progress."""


SPHERE_VOLUME = 4.0 / 3.0 * math.pi * RADIUS**3
ELLIPSOID_VOLUME = 4.0 / 3.0 * math.pi * 0.2 * 0.33 * 0.27
TORUS_VOLUME = 2.0 * math.pi**2 * 0.25 * 0.09**2
