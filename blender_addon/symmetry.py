"""The two sides of a head: finding its plane of symmetry, averaging over it, flipping. No bpy here.

Convention: `mirror` [V] names for each vertex the one on the other side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .head_file import Floats, Ints

SNAP_SINE = 0.005  # a plane this near to x = 0 is meant to be it
SNAP_SHARE = 0.002  # of the head's size


@dataclass(frozen=True)
class Plane:
    """All points with normal . p = offset."""

    normal: Floats  # [3] of length 1
    offset: float

    def reflect(self, points: Floats) -> Floats:
        """Points [...,3] on the other side."""
        depth = points @ self.normal - np.float32(self.offset)
        return (points - 2.0 * depth[..., None] * self.normal).astype(np.float32)

    def reflect_moves(self, moves: Floats) -> Floats:
        """Directions [...,3] as a mirror shows them."""
        return Plane(self.normal, 0.0).reflect(moves)


MIDDLE = Plane(np.array([1.0, 0.0, 0.0], np.float32), 0.0)  # of a head that looks straight ahead


def mirror_plane(points: Floats, mirror: Ints) -> Plane:
    """The plane that lies best between the pairs of vertices [V,3]; x = 0 if that is about right."""
    across = (points - points[mirror]).astype(np.float64)
    _, _, axes = np.linalg.svd(across, full_matrices=False)
    normal = axes[0] * (1.0 if axes[0, 0] >= 0.0 else -1.0)
    offset = float((0.5 * (points + points[mirror]) @ normal).mean())
    size = float(np.ptp(points, axis=0).max())
    if np.hypot(normal[1], normal[2]) < SNAP_SINE and abs(offset) < SNAP_SHARE * size:
        return MIDDLE
    return Plane(normal.astype(np.float32), offset)


def flipped(points: Floats, mirror: Ints, plane: Plane) -> Floats:
    """Points [V,3] of the head that the mirror shows."""
    return plane.reflect(points[mirror])


def symmetric(points: Floats, mirror: Ints, plane: Plane) -> Floats:
    """Points [V,3] halfway between the head and what the mirror shows."""
    return 0.5 * (points + flipped(points, mirror, plane))


def other_side(names: Sequence[str], left: str, right: str) -> Ints:
    """For each name [N] the place of its counterpart, its own if it has none: jawLeft and jawRight."""
    places = {name: number for number, name in enumerate(names)}
    found = []
    for name in names:
        swapped = name.replace(left, right) if left in name else name.replace(right, left)
        found.append(places.get(swapped, places[name]))
    return np.array(found, np.int32)


def flipped_moves(moves: Floats, mirror: Ints, plane: Plane, shapes: Ints) -> Floats:
    """Moves [K,V,3] of the shapes that the mirror shows: what one side did, the other does."""
    return plane.reflect_moves(moves[shapes][:, mirror])


def symmetric_moves(moves: Floats, mirror: Ints, plane: Plane, shapes: Ints) -> Floats:
    """Moves [K,V,3] halfway between the shapes and what the mirror shows of their counterparts."""
    return 0.5 * (moves + flipped_moves(moves, mirror, plane, shapes))
