"""Whether a texture shows where its charts were cut: colours on both sides of every seam."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from .mesh_view import read_texture

SAMPLES = 5  # along an edge

Uvs = NDArray[np.float32]


def seam_error(
    faces: NDArray[np.integer[Any]], corner_uvs: Uvs, texture: NDArray[np.uint8]
) -> float:
    """Mean difference 0..1 of the colours that both sides of the seams read, weighted by the seams' length.

    Args:
        faces: [F,3], closed.
        corner_uvs: [F,3,2].
        texture: [H,W,C] of bytes.
    """
    one, other = seam_edges(faces, corner_uvs)
    if not len(one):
        return 0.0
    shares = torch.linspace(0, 1, SAMPLES)[None, :, None]
    colors = []
    for ends in (one, other):
        start, end = torch.from_numpy(ends).unbind(1)
        uvs = start[:, None] + shares * (end - start)[:, None]
        colors.append(read_texture(texture, uvs.reshape(-1, 2)).view(len(ends), SAMPLES, -1))
    length = torch.from_numpy(np.linalg.norm(one[:, 1] - one[:, 0], axis=1))
    difference = (colors[0] - colors[1]).abs().mean(dim=(1, 2))
    return float((difference * length).sum() / length.sum())


def seam_edges(faces: NDArray[np.integer[Any]], corner_uvs: Uvs) -> tuple[Uvs, Uvs]:
    """The ends [E,2,2] in the texture of every edge that lies on a seam, seen from its two faces."""
    start = np.arange(3 * len(faces))  # corners, one after the other
    end = start - start % 3 + (start + 1) % 3
    vertices, uvs = faces.reshape(-1).astype(np.int64), corner_uvs.reshape(-1, 2)
    size = int(vertices.max()) + 1
    forward, backward = (
        np.argsort(vertices[start] * size + vertices[end]),
        np.argsort(vertices[end] * size + vertices[start]),
    )
    one, other = start[forward], start[backward]
    first = one < other  # every edge once
    one, other = one[first], other[first]
    here = np.stack([uvs[one], uvs[end[one]]], axis=1)
    there = np.stack([uvs[end[other]], uvs[other]], axis=1)
    is_seam = (here != there).any(axis=(1, 2))
    return here[is_seam], there[is_seam]
