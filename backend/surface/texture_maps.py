"""All maps of a head, baked from its field for one mesh."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from .bake import SurfaceColors, bake_albedo
from .field import Field, field_normals
from .grid import OnProgress
from .normal_map import DetailNormals, bake_normal_map
from .part_maps import PartLabels, PartMask, bake_part_maps, even_roughness
from .project import project_to_surface
from .texels import UvMesh, locate_texels

Picture = NDArray[np.uint8]

# Along a side of the box; over one the slope is measured, since beside the surface another side of the planes decides.
DETAIL_STEPS = 4096
EDGE_SHARE = 0.99  # of the box: beyond, the surface may be its faces, and has no slope
# Where the sides of the planes take turns, slopes become terraces some texels wide: lamps shall not show them.
SMOOTHING = 0.014  # of half the box
NOISE_TILT = math.radians(7)
# Shares of the time: finding the surface, colours, normals; the rest goes to the parts.
LOCATE_SHARE, ALBEDO_SHARE, NORMAL_SHARE = 0.5, 0.15, 0.25


@dataclass(frozen=True)
class TextureMaps:
    """What a material is made of; row 0 of every picture is its top (v = 1)."""

    albedo: Picture  # [H,W,3] sRGB, unlit
    normal: Picture  # [H,W,3] tangent space, +Y (OpenGL)
    roughness: Picture  # [H,W] linear
    masks: tuple[PartMask, ...]  # none unless they were wanted, and the field knows parts


def bake_maps(
    colors: SurfaceColors,
    labels: PartLabels | None,
    mesh: UvMesh,
    side: int,
    reach: float,
    on_progress: OnProgress,
) -> TextureMaps:
    """The maps [side,side] of a mesh that lies near the surface of a field.

    Args:
        mesh: in field units.
        reach: field units; a texel shows the field's own surface, up to so far from the mesh.
        on_progress: called with the share done in [0,1]; an exception raised in it cancels.
    """

    field = colors.field

    def share(start: float, size: float) -> OnProgress:
        return lambda done: on_progress(start + size * done)

    texels = locate_texels(
        mesh,
        side,
        lambda points, outward: project_to_surface(field, points, outward, reach),
        share(0.0, LOCATE_SHARE),
    )
    smoothing = SMOOTHING * field.box_half
    done = LOCATE_SHARE
    albedo = bake_albedo(colors, mesh, texels, share(done, ALBEDO_SHARE))
    done += ALBEDO_SHARE
    normal = bake_normal_map(
        detail_of(field), mesh, texels, smoothing, NOISE_TILT, share(done, NORMAL_SHARE)
    )
    done += NORMAL_SHARE
    if labels is None:
        on_progress(1.0)
        return TextureMaps(albedo, normal, even_roughness(side), ())
    parts = bake_part_maps(labels, texels, smoothing, share(done, 1.0 - done))
    return TextureMaps(albedo, normal, parts.roughness, parts.masks)


def detail_of(field: Field) -> DetailNormals:
    """The field's own normals, none near the faces of its box."""
    step = 2.0 * field.box_half / DETAIL_STEPS
    inner = EDGE_SHARE * field.box_half

    def normals(points: Tensor) -> Tensor:
        is_inner = (points.abs().amax(dim=1) < inner)[:, None]
        return field_normals(field, points.clamp(-inner, inner), step) * is_inner

    return normals
