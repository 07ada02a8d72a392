"""The one place where axes and units change.

Convention: field frame (the backend's files): right-handed, y up, the face looks along +z, metres.
Blender frame: right-handed, z up, the face looks along -y, scene units (one is `scale_length` metres).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

BASE_SLAB = 0.03  # share of the height that counts as the base of the neck


def field_to_blender(vectors: Floats) -> Floats:
    """Points or directions [N,3] of the field frame in Blender's frame, still in metres."""
    x, y, z = vectors.T
    return np.ascontiguousarray(np.stack([x, -z, y], axis=1), dtype=np.float32)


def blender_to_field(vectors: Floats) -> Floats:
    """The inverse of `field_to_blender`."""
    x, y, z = vectors.T
    return np.ascontiguousarray(np.stack([x, z, -y], axis=1), dtype=np.float32)


def neck_base(points: Floats) -> Floats:
    """Where a head stands: [3], Blender's frame, from its points [N,3].

    The middle of the lowest slab front to back, and the lowest height. Sideways it stays at the plane of
    symmetry, so that mirroring works about the object's own origin.
    """
    low, high = points[:, 2].min(), points[:, 2].max()
    slab = points[points[:, 2] <= low + BASE_SLAB * (high - low)]
    middle = 0.5 * (slab[:, 1].min() + slab[:, 1].max())
    return np.array([0.0, middle, low], dtype=np.float32)


def units_per_metre(scale_length: float) -> float:
    """Scene units in a metre, for the scene's unit scale."""
    return 1.0 / scale_length if scale_length > 0 else 1.0
