"""Colours of the field, painted into the texture of a mesh."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from .field import Field, broken_field_error
from .grid import OnProgress
from .texels import LocatedTexels, UvMesh
from .view_detail import ViewDetail

Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class SurfaceColors:
    """The unlit colours of a head's surface."""

    field: Field
    detail: ViewDetail | None = None  # what pictures of the head add

    def at(
        self, points: NDArray[np.floating[Any]], normals: NDArray[np.floating[Any]]
    ) -> NDArray[np.float32]:
        """[N,3] sRGB in 0..1 at points [N,3] with outward unit normals [N,3]. Field frame and units."""
        colors = _evaluate_rgb(self.field, np.asarray(points, np.float32))
        if self.detail is None:
            return colors
        return np.asarray((colors + self.detail.at(points, normals)).clip(0.0, 1.0))


def bake_albedo(
    colors: SurfaceColors,
    mesh: UvMesh,
    texels: LocatedTexels,
    on_progress: OnProgress | None = None,
) -> Picture:
    """The colour of the surface at every texel.

    Args:
        mesh: whose texels they are; its normals tell which pictures see them.
        texels: located in field units.
        on_progress: called with the share done in [0,1]; an exception raised in it cancels.

    Returns:
        [H,W,3] sRGB; row 0 is the top (v = 1). What lies beside the charts has their mean colour.
    """
    painted, corner_normals = np.zeros((len(texels), 3), np.uint8), mesh.normals[mesh.faces]
    for batch in texels.batches():
        normals = texels.interpolate(corner_normals, batch)
        normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
        rgb = colors.at(texels.points[batch], normals)
        painted[batch] = (rgb * 255.0 + 0.5).astype(np.uint8)
        if on_progress is not None:
            on_progress(min(1.0, batch.stop / len(texels)))
    mean = painted.mean(axis=0).round() if len(painted) else np.zeros(3)
    return texels.paint(painted, mean.astype(np.uint8))


def _evaluate_rgb(field: Field, points: NDArray[np.float32]) -> NDArray[np.float32]:
    with torch.inference_mode():
        rgb = field.rgb(torch.from_numpy(points))
    colors = rgb.float().cpu().numpy()
    if not np.isfinite(colors).all():
        raise broken_field_error()
    return np.asarray(colors.clip(0.0, 1.0))
