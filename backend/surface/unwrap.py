"""Texture coordinates for a head, by xatlas."""

from __future__ import annotations

import math

import numpy as np
import xatlas
from numpy.typing import NDArray

from ..errors import HeadsmithError
from ..head_mesh import neighbour_means
from ..wire.requests import (
    ErrorCode,
)

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

MAX_FACES = 100_000  # xatlas takes minutes above, and is known to hang far above
SMOOTHING_STEPS = (4, 6, 8)  # tries: how many charts come of each is hardly more than chance
MAX_CHART_COST = 16.0
NORMAL_DEVIATION_WEIGHT = 1.0
ROUNDNESS_WEIGHT = 0.05
MIN_PADDING, MAX_PADDING = 2, 8
TEXELS_PER_PADDING = 256  # one texel of padding for so many along a side


def unwrap_uvs(vertices: Floats, faces: Indices, texture_px: int) -> NDArray[np.float32]:
    """UVs [F,3,2] in [0,1] of a closed mesh's corners, for a square texture of `texture_px`.

    Charts are cut and flattened on a smoothed copy of the mesh: locks of hair would otherwise fall into
    hundreds of tiny charts. Of a few tries the one with the fewest is taken. Texels are about equally large everywhere and on no two charts.

    Args:
        vertices: [V,3], any unit.
        faces: [F,3].

    Raises:
        HeadsmithError: BAD_REQUEST for more than `MAX_FACES` faces.
    """
    if len(faces) > MAX_FACES:
        raise HeadsmithError(
            ErrorCode.BAD_REQUEST,
            f"The head has {len(faces)} faces, but can be unwrapped with at most {MAX_FACES}; ask for "
            "fewer faces.",
        )
    tries = [_cut(vertices, faces, steps, texture_px) for steps in SMOOTHING_STEPS]
    atlas = min(tries, key=lambda atlas: atlas.chart_count)
    _, corners, uvs = atlas[0]
    # The atlas need not be square, and a texel has to be.
    square = np.array([atlas.width, atlas.height]) / max(atlas.width, atlas.height)
    scaled = uvs[corners.astype(np.int64)] * square
    return np.asarray(scaled.clip(0.0, 1.0), np.float32)


def _cut(vertices: Floats, faces: Indices, smoothing_steps: int, texture_px: int) -> xatlas.Atlas:
    atlas = xatlas.Atlas()
    smooth = smooth_vertices(vertices, faces, smoothing_steps)
    atlas.add_mesh(_unit_sized(smooth).astype(np.float32), faces.astype(np.uint32))
    atlas.generate(_chart_options(), _pack_options(texture_px))
    return atlas


def uv_coverage(corner_uvs: NDArray[np.float32]) -> float:
    """Share of the texture that the triangles with the corners [F,3,2] cover."""
    a, b, c = corner_uvs.astype(np.float64).transpose(1, 0, 2)
    doubled = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]
    return float(np.abs(doubled).sum() / 2.0)


def smooth_vertices(vertices: Floats, faces: Indices, steps: int) -> Floats:
    """Move every vertex halfway to the mean of its neighbours, `steps` times."""
    mean = neighbour_means(faces, len(vertices))
    for _ in range(steps):
        vertices = 0.5 * (vertices + mean @ vertices)
    return vertices


def _unit_sized(vertices: Floats) -> Floats:
    """Scaled to a size of 1: xatlas compares areas with fixed small numbers."""
    return (vertices - vertices.min(axis=0)) / max(float(np.ptp(vertices, axis=0).max()), 1e-12)


def _chart_options() -> xatlas.ChartOptions:
    options = xatlas.ChartOptions()
    options.max_cost = MAX_CHART_COST
    options.normal_deviation_weight = NORMAL_DEVIATION_WEIGHT
    options.roundness_weight = ROUNDNESS_WEIGHT
    return options


def _pack_options(texture_px: int) -> xatlas.PackOptions:
    options = xatlas.PackOptions()
    options.resolution = texture_px
    padding = math.ceil(texture_px / TEXELS_PER_PADDING)
    options.padding = min(max(padding, MIN_PADDING), MAX_PADDING)
    return options
