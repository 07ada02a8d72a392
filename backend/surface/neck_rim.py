"""The rim where a neck was cut, which the planes' texels leave in notches, made even."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from ..head_mesh import neighbour_means
from .part_maps import PartLabels

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

NECK = "neck"
STEPS_AT_256 = 30  # with more cells notches span more vertices
SPREAD_STEPS = 20  # over which smoothing sets in at the neck's border


def smooth_neck(
    vertices: Floats, faces: Indices, labels: PartLabels | None, resolution: int
) -> tuple[Floats, NDArray[np.bool_]]:
    """Vertices [V,3] with those of the neck moved between their neighbours, and which [V] were.

    Args:
        resolution: cells along a side of the box, of the grid that the vertices come from.
    """
    if labels is None or NECK not in labels.names:
        return vertices, np.zeros(len(vertices), np.bool_)
    with torch.inference_mode():
        logits = labels.logits(torch.from_numpy(vertices.astype(np.float32)))
    is_neck = logits.argmax(dim=1).numpy() == labels.names.index(NECK)
    means, weights = neighbour_means(faces, len(vertices)), is_neck.astype(np.float64)
    for _ in range(SPREAD_STEPS):
        weights = means @ weights
    some = np.flatnonzero(weights > 0.5)
    rows, pull = means[some], (weights[some, None] - 0.5).clip(0, 0.5)
    moved = vertices.copy()
    for _ in range(max(1, round(STEPS_AT_256 * (resolution / 256) ** 2))):
        moved[some] += pull * (rows @ moved - moved[some])
    is_moved = np.zeros(len(vertices), np.bool_)
    is_moved[some] = True
    return moved, is_moved
