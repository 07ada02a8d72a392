"""Brows, which are cards before the skin, painted into the texture of the skin behind them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from ..generator.template_surface import TemplateSurface
from ..surface.texels import LocatedTexels
from .atlas import Look, atlas_texels
from .head_topology import Floats, HeadTopology
from .mesh_math import vertex_normals
from .target_mesh import Wide

_REACH_M = 0.008  # how far a card may lie from the skin that it is painted on
_SMOOTHINGS = (
    8  # of the directions in which skin looks for cards: creases would spread and fold what it sees
)
_EDGE = 2.5  # gain of the opacity around its cut
_BATCH = 1 << 14  # texels


def paint_brow(
    skin: Look,
    brow: TemplateSurface,
    w: Tensor,
    points: Wide,
    topology: HeadTopology,
    vertices: Floats,
    side: int,
) -> None:
    """Paint a brow into the skin's part [H,W,3] of a texture [side,side].

    Args:
        points: [P,3] of the brow's cards, metres in the topology's frame.
        vertices: [V,3] of the wrapped head in the same frame.
    """
    cards = brow.triangles.numpy().astype(np.int64)
    texels, towards = atlas_texels(topology, side), _directions(topology, vertices)
    layers = torch.cat([brow.paint(w), brow.alpha[None]])[None]
    for batch in _batches(texels, topology, vertices, points):
        at = texels.interpolate(vertices[topology.triangles], batch).astype(np.float64)
        way = texels.interpolate(towards[topology.triangles], batch).astype(np.float64)
        texel, card, weights = meet_cards(at, way, points[cards], _REACH_M)
        uvs = brow.uvs(torch.from_numpy(card), torch.from_numpy(weights.astype(np.float32)))
        seen = F.grid_sample(layers, uvs[None, None].float(), "bicubic", "border", False)
        values = seen[0, :, 0].T.numpy()
        # Where cards lie over each other, the fullest one shows.
        order = np.argsort(values[:, 3], kind="stable")
        texel, values = texel[order], values[order]
        cover = ((values[:, 3:] - brow.config.alpha_cut) * _EDGE + 0.5).clip(0, 1)
        rows, columns = np.divmod(texels.flat[batch][texel], side)
        before = skin[rows, columns]
        skin[rows, columns] = before * (1 - cover) + values[:, :3].clip(0, 1) * cover


def meet_cards(
    points: Wide, ways: Wide, corners: Wide, reach: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], Wide]:
    """Where lines through points [N,3] along ways [N,3] meet triangles [T,3,3], at most `reach` away.

    Returns:
        Points [M], triangles [M], and the barycentric weights [M,3] of where they meet.
    """
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    normal = np.cross(first, second)
    slope = ways @ normal.T
    slope = np.where(np.abs(slope) < 1e-30, 1e-30, slope)
    away = ((normal * corners[:, 0]).sum(axis=1) - points @ normal.T) / slope
    point, triangle = np.nonzero(np.abs(away) <= reach)
    offset = points[point] + away[point, triangle, None] * ways[point] - corners[triangle, 0]
    square = (normal[triangle] ** 2).sum(axis=1)
    u = (np.cross(offset, second[triangle]) * normal[triangle]).sum(axis=1) / square
    v = (np.cross(first[triangle], offset) * normal[triangle]).sum(axis=1) / square
    hit = (u >= 0) & (v >= 0) & (u + v <= 1)
    weights = np.stack([1 - u - v, u, v], axis=1)
    return point[hit], triangle[hit], weights[hit]


def _directions(topology: HeadTopology, vertices: Floats) -> Wide:
    """Unit vectors [V,3] away from the skin, without its creases."""
    normals = vertex_normals(vertices, topology.part_triangles("skin")).astype(np.float64)
    outer = topology.is_outer_skin.astype(np.float64)[:, None]
    for _ in range(_SMOOTHINGS):
        normals = normals * outer + topology.adjacency @ (normals * outer)
        normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
    return normals


def _batches(
    texels: LocatedTexels, topology: HeadTopology, vertices: Floats, cards: Wide
) -> Iterator[NDArray[np.int64]]:
    """Texels of the outer skin near cards [P,3], as indices."""
    low, high = cards.min(axis=0) - _REACH_M, cards.max(axis=0) + _REACH_M
    corners = vertices[topology.triangles]
    near = ((corners.max(axis=1) > low) & (corners.min(axis=1) < high)).all(axis=1)
    near &= topology.is_outer_skin[topology.triangles].all(axis=1)
    found = np.flatnonzero(near[texels.face])
    for start in range(0, len(found), _BATCH):
        yield found[start : start + _BATCH]
