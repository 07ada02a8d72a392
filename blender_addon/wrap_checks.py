"""What is wrong with the meshes or the landmarks that the user chose, told before a job is started. No bpy here."""

from __future__ import annotations

from ..backend import wire
from .head_file import Floats


def check_place(vertices: Floats, landmarks: Floats) -> None:
    """Raises RequestError with one sentence for what cannot be wrapped where it stands.

    Args:
        vertices: [V,3] metres.
        landmarks: [5,3] metres in the same frame, or [0,3].
    """
    low, high = vertices.min(axis=0).tolist(), vertices.max(axis=0).tolist()
    fault = wire.place_fault(low, high) or wire.landmarks_fault(landmarks.tolist(), low, high)
    if fault:
        raise wire.RequestError(fault)
