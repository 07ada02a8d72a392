"""Colours of the field, painted into the texture of its mesh."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from .field import Field, broken_field_error
from .grid import BATCH, OnProgress
from .project import project_to_surface
from .rasterise import Texels, rasterise_uvs

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
Picture = NDArray[np.uint8]

MARGIN = 8  # texels around every chart that repeat its edge
NEIGHBOURS = ((0, -1), (-1, 0), (0, 1), (1, 0), (-1, -1), (-1, 1), (1, -1), (1, 1))


def bake_albedo(
    field: Field,
    vertices: Floats,
    faces: Indices,
    normals: NDArray[np.floating],
    corner_uvs: NDArray[np.float32],
    texture_px: int,
    reach: float,
    on_progress: OnProgress | None = None,
) -> Picture:
    """The unlit colour of the field at every texel.

    Args:
        vertices: [V,3] field units.
        faces: [F,3].
        normals: [V,3] of the vertices.
        corner_uvs: [F,3,2].
        reach: field units; a texel takes its colour from the field's own surface, up to so far from the mesh.
        on_progress: called with the share done in [0,1]; an exception raised in it cancels.

    Returns:
        [H,W,3] sRGB; row 0 is the top (v = 1). Charts go on for `MARGIN` texels over their edges, and the
        rest has the mean colour.
    """
    texels = rasterise_uvs(corner_uvs, texture_px)
    colors = np.zeros((len(texels.flat), 3), np.float32)
    for start in range(0, len(colors), BATCH):
        batch = slice(start, start + BATCH)
        points = _interpolate(vertices[faces], texels, batch)
        outward = _interpolate(normals[faces].astype(np.float64), texels, batch)
        outward /= np.maximum(np.linalg.norm(outward, axis=1, keepdims=True), 1e-12)
        colors[batch] = _evaluate_rgb(field, project_to_surface(field, points, outward, reach))
        if on_progress is not None:
            on_progress(min(1.0, (start + BATCH) / len(colors)))
    painted = (colors * 255.0 + 0.5).astype(np.uint8)
    return _spread(painted, texels.flat, texture_px)


def _interpolate(corners: Floats, texels: Texels, batch: slice) -> Floats:
    """Values [F,3,3] at corners of faces -> [N,3] at the texels of the batch."""
    weights = texels.weights[batch, :, None]
    return np.asarray((corners[texels.face[batch]] * weights).sum(axis=1))


def _evaluate_rgb(field: Field, points: Floats) -> NDArray[np.float32]:
    with torch.inference_mode():
        rgb = field.rgb(torch.from_numpy(points.astype(np.float32)))
    colors = rgb.float().cpu().numpy()
    if not np.isfinite(colors).all():
        raise broken_field_error()
    return np.asarray(colors.clip(0.0, 1.0))


def _spread(colors: Picture, flat: Indices, side: int) -> Picture:
    """Colours [N,3] at flat texels -> the picture [side,side,3] with margins and mean background."""
    picture = np.empty((side * side, 3), np.uint8)
    picture[:] = colors.mean(axis=0).round() if len(colors) else 0
    picture[flat] = colors
    is_set = np.zeros(side * side, np.bool_)
    is_set[flat] = True
    edge = flat
    for _ in range(MARGIN):
        reached = [np.zeros(0, np.int64)]
        for row_step, column_step in NEIGHBOURS:
            rows, columns = edge // side + row_step, edge % side + column_step
            is_inside = (rows >= 0) & (rows < side) & (columns >= 0) & (columns < side)
            source = edge[is_inside]
            target = source + row_step * side + column_step
            source, target = source[~is_set[target]], target[~is_set[target]]
            picture[target] = picture[source]
            is_set[target] = True
            reached.append(target)
        edge = np.concatenate(reached)
    return picture.reshape(side, side, 3)
