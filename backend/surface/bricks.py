"""Values at the few points of a large grid that anyone asks about.

The points are kept in bricks of 8 x 8 x 8, so that memory is spent near the surface only: touching fresh
memory for the whole grid would take longer than evaluating the field where it matters.

A point has a key, its three indices in 11 bits each, x highest: the key of a neighbour is a constant away,
and the same place on a grid twice as fine has twice the key. A cell has the key of its lowest corner.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.int64]
Number = TypeVar("Number", bound=np.generic)

BITS = 11  # of a key for each axis
AXIS_KEYS = np.array([1 << 2 * BITS, 1 << BITS, 1])  # the step to the next point along x, y and z
CELLS_AT_ONCE = 1 << 14  # what is computed for their corners stays in the cache
CORNERS = np.indices((2, 2, 2)).reshape(3, 8).T  # [8,3] of a cell, z fastest
_INDEX = (1 << BITS) - 1
_BRICK_BITS = 3
_BRICK_POINTS_BITS = 3 * _BRICK_BITS
_UNUSED = np.iinfo(np.int64).min


class BrickGrid:
    """Which bricks of the grid with `resolution` cells along a side are in use, and where they are kept."""

    def __init__(self, resolution: int) -> None:
        self.resolution = resolution
        side = (resolution >> _BRICK_BITS) + 1  # in bricks
        # From a point's place in the order of all bricks to its slot, in the order of their first use.
        self._offsets = np.full(side**3, _UNUSED)
        self._count = 0
        self._brick_steps = (side * side, side, 1)

    def zeros(self, dtype: type[Number]) -> NDArray[Number]:
        """Memory for one number at every point, by slot: for all bricks, but in pages not touched yet."""
        return np.zeros(len(self._offsets) << _BRICK_POINTS_BITS, dtype)

    def slots(self, keys: Indices) -> Indices:
        """Keys [N] -> the slots [N] of these points; from now on their bricks are in use."""
        x, y, z = (self._places(axis, index) for axis, index in enumerate(points_of(keys).T))
        return self._slots_of_places(x + y + z)

    def corner_slots(self, cells: Indices) -> Indices:
        """Keys of cells [N] -> the slots [8,N] of their corners; from now on their bricks are in use."""
        x, y, z = (
            self._places(axis, np.stack([index, index + 1]))  # [2,N]
            for axis, index in enumerate(points_of(cells).T)
        )
        return self._slots_of_places((x[:, None, None] + y[:, None] + z).reshape(8, -1))

    def _places(self, axis: int, index: Indices) -> Indices:
        """What an index along one axis adds to a point's place in the order of all bricks."""
        brick = (index >> _BRICK_BITS) * (self._brick_steps[axis] << _BRICK_POINTS_BITS)
        return brick + ((index & ((1 << _BRICK_BITS) - 1)) << _BRICK_BITS * (2 - axis))

    def _slots_of_places(self, places: Indices) -> Indices:
        bricks = places >> _BRICK_POINTS_BITS
        offsets = self._offsets[bricks]
        if offsets.min(initial=0) == _UNUSED:
            self._use(np.unique(bricks[offsets == _UNUSED]))
            offsets = self._offsets[bricks]
        return np.asarray(places + offsets)

    def _use(self, bricks: Indices) -> None:
        numbers = np.arange(self._count, self._count + len(bricks))
        self._offsets[bricks] = (numbers - bricks) << _BRICK_POINTS_BITS
        self._count += len(bricks)


def keys_of(points: Indices) -> Indices:
    """Grid points [...,3] -> keys [...]."""
    return np.asarray(points @ AXIS_KEYS)


def points_of(keys: Indices) -> Indices:
    """Keys [N] -> grid points [N,3], each axis together in memory."""
    return np.stack([keys >> 2 * BITS, (keys >> BITS) & _INDEX, keys & _INDEX]).T
