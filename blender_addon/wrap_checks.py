"""What is wrong with the meshes or the landmarks that the user chose, told before a job is started. No bpy here."""

from __future__ import annotations

import numpy as np

from ..backend import wire
from .head_file import Floats

SMALLEST_M = 0.01  # bones of a smaller head are too short for Blender
LARGEST_M = 10_000.0
FARTHEST_SIZES = 1e4  # from the origin: farther out, 32-bit numbers are coarser than skin
AWAY = 0.1  # of the mesh's size, outside of its box


def check_place(vertices: Floats, landmarks: Floats) -> None:
    """Raises RequestError with one sentence for what cannot be wrapped where it stands.

    Args:
        vertices: [V,3] metres.
        landmarks: [5,3] metres in the same frame, or [0,3].
    """
    low, high = vertices.min(axis=0).astype(np.float64), vertices.max(axis=0).astype(np.float64)
    size = float(np.linalg.norm(high - low))
    if not SMALLEST_M <= size <= LARGEST_M:
        raise wire.RequestError(
            f"The selected mesh is {size:.2g} m large; change its scale (a head is about 0.3 m)."
        )
    away = float(np.abs(np.stack([low, high])).max())
    if away > FARTHEST_SIZES * size:
        raise wire.RequestError(
            f"The selected mesh is {away:.3g} m from the origin, where its vertices are rounded; move it to the"
            " origin."
        )
    outside = np.linalg.norm(landmarks - landmarks.clip(low, high), axis=1)
    if (outside > AWAY * size).any():
        worst = int(outside.argmax())
        raise wire.RequestError(
            f"The landmark “{wire.LANDMARKS[worst]}” lies {outside[worst]:.3g} m away from the selected mesh;"
            " place the landmarks on this mesh or clear them."
        )
