"""Points of a grid as single numbers.

A point has a key, its three indices in 11 bits each, x highest: the key of a neighbour is a constant away,
and the same place on a grid twice as fine has twice the key. A cell has the key of its lowest corner.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.int64]
Numbers = NDArray[np.int32]  # of points or cells in the order of some list

BITS = 11  # of a key for each axis
AXIS_KEYS = np.array([1 << 2 * BITS, 1 << BITS, 1])  # the step to the next point along x, y and z
CORNERS = np.indices((2, 2, 2)).reshape(3, 8).T  # [8,3] of a cell, z fastest
NEXT_CORNERS = (4, 2, 1)  # the corners next to a cell's lowest one, along x, y and z
_INDEX = (1 << BITS) - 1


def keys_of(points: NDArray[np.int64]) -> Keys:
    """Grid points [...,3] -> keys [...]."""
    return np.asarray(points @ AXIS_KEYS)


def points_of(keys: Keys) -> Numbers:
    """Keys [N] -> grid points [N,3], each axis together in memory."""
    points = np.empty((3, len(keys)), np.int32)
    points[0] = keys >> 2 * BITS
    points[1] = (keys >> BITS) & _INDEX
    points[2] = keys & _INDEX
    return points.T


class KeyIndex:
    """Finds the numbers of points by their keys."""

    def __init__(self, keys: Keys) -> None:
        """keys [N], each once; their numbers are their places."""
        self._first = _SortedKeys(keys, 0)
        self._count = len(keys)
        # Apart from the others, to which they come in small numbers many times.
        self._added_keys = np.zeros(0, np.int64)
        self._added = _SortedKeys(self._added_keys, self._count)

    def find(self, keys: Keys) -> Numbers:
        """Keys [...] -> numbers [...], -1 for those that are not known."""
        return np.maximum(self._first.find(keys), self._added.find(keys))

    def add(self, keys: Keys) -> None:
        """New keys [M], each once -> they take the next numbers."""
        self._added_keys = np.concatenate([self._added_keys, keys])
        self._added = _SortedKeys(self._added_keys, self._count)


class _SortedKeys:
    def __init__(self, keys: Keys, first: int) -> None:
        """keys [N], each once; their numbers are their places plus `first`."""
        order = np.argsort(keys)
        self._keys = np.append(keys[order], np.iinfo(np.int64).max)
        self._numbers = np.append(order + first, -1).astype(np.int32)

    def find(self, keys: Keys) -> Numbers:
        """Keys [...] -> numbers [...], -1 for those that are not known."""
        places = np.searchsorted(self._keys, keys)
        return np.where(self._keys[places] == keys, self._numbers[places], np.int32(-1))
