"""The UVs of the rig-ready topology's parts in its one texture, from those of the base mesh."""

from __future__ import annotations

import numpy as np

from ...rig.atlas_layout import (
    LASHES,
    LAYOUT,
    LEFT_EYE,
    LOWER_TEETH,
    RIGHT_EYE,
    TONGUE,
    UPPER_TEETH,
    eye_disc,
    inset,
    skin_places,
)
from ..kit.assets import Floats, Ints
from ..kit.uv_layout import TEXTURE_SIZE, pack_uvs

_TOOTH_LINE = 6.64  # decimetres: between the base mesh's rows of teeth


def atlas_uvs(material: str, quads: Ints, uvs: Floats, vertices: Floats) -> Floats:
    """UVs [F,4,2], v upwards, of quads [F,8] (four vertices, four texture coordinates) in the texture."""
    places = vertices[quads[:, :4]]
    if material == "skin":
        rows, columns = TEXTURE_SIZE
        placed = skin_places(pack_uvs(uvs)[quads[:, 4:]] * (columns, rows)) / LAYOUT
        return placed * (1, -1) + (0, 1)
    if material == "eyes":
        used = vertices[np.unique(quads[:, :4])]
        towards = places - (used.min(axis=0) + used.max(axis=0)) / 2
        towards = towards / np.linalg.norm(towards, axis=-1, keepdims=True)
        return (LEFT_EYE if places[0, 0, 0] > 0 else RIGHT_EYE).uvs(eye_disc(towards))
    if material == "lashes":
        return LASHES.uvs(inset(uvs[quads[:, 4:]]))
    corners = uvs[quads[:, 4:]]
    low, high = corners.min(axis=(0, 1)), corners.max(axis=(0, 1))
    teeth = UPPER_TEETH if places[..., 1].mean() > _TOOTH_LINE else LOWER_TEETH
    return (TONGUE if material == "tongue" else teeth).uvs(inset((corners - low) / (high - low)))
