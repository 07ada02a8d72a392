"""Where the parts of the rig-ready template lie in its one texture."""

from __future__ import annotations

import numpy as np

from .kit import Floats, Ints
from .uv_layout import TEXTURE_SIZE, pack_uvs

ATLAS = 1024  # texels of the layout's own scale; the texture has any size
# Column, row (from the top), width, height in texels of the layout. The skin has the left 640 columns.
_EYES = {"left": (650, 8, 324, 324), "right": (650, 342, 324, 324)}
_LASHES = (648, 676, 250, 250)
_TONGUE = (908, 676, 104, 250)
_TEETH = {"upper": (648, 934, 180, 82), "lower": (836, 934, 180, 82)}
_FRONT_SHARE = 0.8  # of an eyeball's disc that its front half takes


def atlas_uvs(material: str, quads: Ints, uvs: Floats, vertices: Floats) -> Floats:
    """UVs [F,4,2], v upwards, of quads [F,8] (four vertices, four texture coordinates) in the atlas."""
    if material == "skin":
        rows, columns = TEXTURE_SIZE
        packed = pack_uvs(uvs)[quads[:, 4:]] * (columns / ATLAS, rows / ATLAS)
        return packed * (1, -1) + (0, 1)
    if material == "eyes":
        side = "left" if vertices[quads[0, 0], 0] > 0 else "right"
        return _in_cell(_eye_disc(vertices, quads[:, :4]), _EYES[side])
    if material == "lashes":
        return _in_cell(uvs[quads[:, 4:]], _LASHES)
    corners = uvs[quads[:, 4:]]
    low, high = corners.min(axis=(0, 1)), corners.max(axis=(0, 1))
    is_upper = vertices[quads[:, :4], 1].mean() > _tooth_line(vertices)
    cell = _TONGUE if material == "tongue" else _TEETH["upper" if is_upper else "lower"]
    return _in_cell((corners - low) / (high - low), cell)


def lash_cell() -> tuple[int, int, int, int]:
    """Column, row, width and height of the lashes' picture in the layout."""
    return _LASHES


def eye_cells() -> tuple[tuple[int, int, int, int], tuple[int, int, int, int]]:
    """Cells of the left and the right eyeball; see `_eye_disc` for how they lie in them."""
    return _EYES["left"], _EYES["right"]


def _tooth_line(_vertices: Floats) -> float:
    return 6.64  # decimetres: between the base mesh's rows of teeth


def _in_cell(shares: Floats, cell: tuple[int, int, int, int]) -> Floats:
    """Places [...,2] in 0..1 of a cell, v upwards -> UVs of the atlas."""
    column, row, width, height = cell
    u = (column + shares[..., 0] * width) / ATLAS
    v = 1 - (row + (1 - shares[..., 1]) * height) / ATLAS
    return np.stack([u, v], axis=-1)


def _eye_disc(vertices: Floats, quads: Ints) -> Floats:
    """Places [F,4,2] in 0..1 of an eyeball's vertices: seen from the front, its back as a ring around.

    The front half is mapped as it looks from the front, so that the circles of the iris stay circles on coarse
    quads; no two places of the ball share a texel.
    """
    used = np.unique(quads)
    middle = (vertices[used].min(axis=0) + vertices[used].max(axis=0)) / 2
    towards = vertices[quads] - middle
    towards = towards / np.linalg.norm(towards, axis=-1, keepdims=True)
    angle = np.arccos(np.clip(towards[..., 2], -1, 1))
    quarter = np.pi / 2
    radius = np.where(
        angle <= quarter,
        _FRONT_SHARE * np.sin(angle),
        _FRONT_SHARE + (1 - _FRONT_SHARE) * (angle - quarter) / quarter,
    )
    across = np.hypot(towards[..., 0], towards[..., 1])
    direction = towards[..., :2] / np.maximum(across, 1e-9)[..., None]
    return 0.5 + 0.49 * radius[..., None] * direction
