"""How large a user's mesh may be and where it may stand, and the sentences that say so.

Both sides ask it: the add-on before a job is started, the backend before anything is searched.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from .rig_names import LANDMARKS

MAX_TRIANGLES = 5_000_000
SMALLEST_M = 0.01  # bones of a smaller head are too short for Blender
LARGEST_M = 10_000.0
FARTHEST_SIZES = 1e4  # from the origin: farther out, 32-bit numbers are coarser than skin
LANDMARK_AWAY = 0.1  # of the mesh's size, outside of its box


def count_fault(triangles: int) -> str:
    """What is wrong with a mesh of so many triangles in one sentence, or nothing."""
    if triangles <= MAX_TRIANGLES:
        return ""
    return (
        f"The mesh has more than {MAX_TRIANGLES // 1_000_000} million triangles; reduce it with a Decimate "
        "modifier first."
    )


def place_fault(low: Sequence[float], high: Sequence[float]) -> str:
    """What is wrong with the size or the place of a mesh in one sentence, or nothing.

    Args:
        low, high: [3] corners of its box, metres.
    """
    size = math.dist(low, high)
    if not SMALLEST_M <= size <= LARGEST_M:
        return f"The mesh is {size:.2g} m large; change its scale (a head is about 0.3 m)."
    away = max(abs(value) for value in (*low, *high))
    if not away <= FARTHEST_SIZES * size:
        return (
            f"The mesh lies {away:.3g} m from the origin, where its vertices are rounded; move it to the origin "
            "and try again."
        )
    return ""


def landmarks_fault(
    landmarks: Sequence[Sequence[float]], low: Sequence[float], high: Sequence[float]
) -> str:
    """What is wrong with where landmarks [5,3] (or none) lie beside a mesh, in one sentence, or nothing.

    Args:
        low, high: [3] corners of the mesh's box in the frame of the landmarks.
    """
    away = [math.dist(point, _inside(point, low, high)) for point in landmarks]
    if all(distance <= LANDMARK_AWAY * math.dist(low, high) for distance in away):
        return ""
    worst = max(range(len(away)), key=lambda index: (math.isnan(away[index]), away[index]))
    return (
        f"The landmark “{LANDMARKS[worst]}” lies {away[worst]:.3g} m away from the mesh; place the landmarks on "
        "this mesh or clear them."
    )


def _inside(point: Sequence[float], low: Sequence[float], high: Sequence[float]) -> list[float]:
    """The nearest place in a box."""
    return [min(max(x, a), b) for x, a, b in zip(point, low, high, strict=True)]
