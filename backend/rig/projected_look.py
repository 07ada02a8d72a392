"""What a head looks like whose colours lie on its own surface: projected onto the topology, the unseen filled in."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ..surface.texels import LocatedTexels
from .atlas import AtlasLook, Look, atlas_texels, cell_size
from .atlas_layout import LASHES, SKIN
from .eye_look import EyeColors, draw_eye, read_eyes
from .head_topology import PART_LABELS, Floats, HeadTopology
from .lash_cards import starter_lashes
from .mesh_math import vertex_normals
from .seen_colors import ColorSource, SeenColors

Wide = NDArray[np.float64]

_MOUTH = (0.42, 0.16, 0.15)  # sRGB, of what no picture shows
_TEETH, _TONGUE, _LASH = (0.88, 0.85, 0.78), (0.66, 0.33, 0.32), (0.03, 0.02, 0.02)
_LID_M, _LIP_M = 0.0025, 0.001  # skin so near to their margins may show the eye, lashes, teeth
_FADE_M = 0.0015
_FOLD_M = 0.009  # from a lid's margin to its crease
_MARGIN_STEPS = 8  # points of an edge of those margins


def projected_look(
    topology: HeadTopology,
    vertices: Floats,
    colors: ColorSource,
    side: int,
) -> AtlasLook:
    """The look in a texture [side,side] of a wrapped head whose surface has these colours.

    Args:
        vertices: [V,3] metres in the topology's frame.
    """
    texels = atlas_texels(topology, side)
    eyes = read_eyes(topology, vertices, colors)
    skin = _skin(topology, vertices, colors, texels, eyes)
    eye = draw_eye(eyes.iris, eyes.sclera, side)
    size = cell_size(LASHES, side)
    lashes = np.broadcast_to(np.array(_LASH, np.float32), (*size, 3))
    return AtlasLook(skin, eye, eye, lashes, starter_lashes(side), _TEETH, _TONGUE)


def _skin(
    topology: HeadTopology,
    vertices: Floats,
    colors: ColorSource,
    texels: LocatedTexels,
    eyes: EyeColors,
) -> Look:
    side = texels.side
    is_skin = np.repeat(topology.face_materials, 2) == 0
    normals = vertex_normals(vertices, topology.part_triangles("skin"))
    hidden = topology.is_outer_skin[topology.triangles].mean(axis=1) < 0.5
    picture, trust = np.zeros((side * side, 3), np.float32), np.zeros(side * side, np.float32)
    chosen = np.flatnonzero((is_skin & ~hidden)[texels.face])
    for start in range(0, len(chosen), 1 << 18):
        some = chosen[start : start + (1 << 18)]
        points = texels.interpolate(vertices[topology.triangles], some).astype(np.float64)
        outward = texels.interpolate(normals[topology.triangles], some).astype(np.float64)
        seen = colors(points, outward)
        picture[texels.flat[some]] = seen.rgb
        off_margins = _off_margins(topology, vertices, points)
        off_margins *= ~_shows_sclera(topology, vertices, points, seen, eyes)
        trust[texels.flat[some]] = seen.trust * off_margins
    inside = np.flatnonzero((is_skin & hidden)[texels.face])
    in_mouth = topology.labels[topology.triangles[:, 0]] == PART_LABELS.index("mouth interior")
    rows, columns = cell_size(SKIN, side)
    filled = fill_unseen(
        picture.reshape(side, side, 3)[:rows, :columns], trust.reshape(side, side)[:rows, :columns]
    )
    mouth = texels.flat[inside[in_mouth[texels.face[inside]]]]
    filled[mouth // side, mouth % side] = _MOUTH
    return filled


def _off_margins(topology: HeadTopology, vertices: Floats, points: Wide) -> NDArray[np.float32]:
    """Points [N,3] of the skin -> [N] 0 beside the margins of lids and lips, 1 away from them."""
    steps = np.linspace(0, 1, _MARGIN_STEPS, endpoint=False)[:, None, None]
    trust = np.ones(len(points), np.float32)
    for loop, reach in (
        (topology.lid_left, _LID_M),
        (topology.lid_right, _LID_M),
        (topology.lip, _LIP_M),
    ):
        line = vertices[loop] * (1 - steps) + vertices[np.roll(loop, -1)] * steps
        away, _ = cKDTree(line.reshape(-1, 3)).query(points, distance_upper_bound=reach + _FADE_M)
        trust *= ((away - reach) / _FADE_M).clip(0, 1).astype(np.float32)
    return trust


def _shows_sclera(
    topology: HeadTopology, vertices: Floats, points: Wide, seen: SeenColors, eyes: EyeColors
) -> NDArray[np.bool_]:
    """Points [N,3] of the lids where the colour of the eye below them is seen: [N].

    Folded lids lie so near to the eye that the nearest place of a mesh may be the eye's.
    """
    margins = vertices[np.concatenate([topology.lid_left, topology.lid_right])]
    away, _ = cKDTree(margins).query(points, distance_upper_bound=_FOLD_M)
    to_skin, to_sclera = (
        np.linalg.norm(seen.rgb - color, axis=1) for color in (eyes.skin, eyes.sclera)
    )
    return np.asarray(np.isfinite(away) & (to_sclera < to_skin))


def fill_unseen(picture: Look, trust: NDArray[np.float32]) -> Look:
    """A picture [H,W,3] whose colours spread to where trust [H,W] is low, from near first.

    Push and pull (Gortler et al., 1996): averages over ever larger squares fill what smaller ones leave open.
    """
    layers = torch.from_numpy(
        np.concatenate([picture * trust[..., None], trust[..., None]], axis=2)
    )
    levels = [layers.permute(2, 0, 1)[None]]
    while min(levels[-1].shape[2:]) > 1:
        levels.append(F.avg_pool2d(levels[-1], 2, ceil_mode=True, count_include_pad=False))
    filled = levels[-1][:, :3] / levels[-1][:, 3:].clamp(min=1e-6)
    for level in reversed(levels[:-1]):
        wider = F.interpolate(filled, level.shape[2:], mode="bilinear", align_corners=False)
        known = level[:, 3:].clamp(0, 1)
        filled = level[:, :3] / level[:, 3:].clamp(min=1e-6) * known + wider * (1 - known)
    return np.ascontiguousarray(filled[0].permute(1, 2, 0).numpy())
