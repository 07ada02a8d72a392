"""Cells of a grid that know their corners and their neighbours, in a list that can grow."""

from __future__ import annotations

from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from .keys import AXIS_KEYS, CORNERS, NEXT_CORNERS, KeyIndex, Keys, Numbers, keys_of

Number = TypeVar("Number", bound=np.generic)

CORNER_KEYS = keys_of(CORNERS)[:, None]  # [8,1] from the cell's key

# [11,1] the keys of a cell's corners and of the cells before it along each axis, from the cell's key.
_CORNERS_AND_BEFORE = np.concatenate([CORNER_KEYS, -AXIS_KEYS[:, None]])


class GrowingArray(Generic[Number]):
    """An array [...,N] to whose end more can be written without copying all of it every time."""

    def __init__(self, values: NDArray[Number]) -> None:
        self._room = values
        self._count = values.shape[-1]

    @property
    def all(self) -> NDArray[Number]:
        """[...,N], to read and to write until the next `append`."""
        return self._room[..., : self._count]

    def append(self, values: NDArray[Number]) -> None:
        """values [...,M] in the places after the last one."""
        count = self._count + values.shape[-1]
        if count > self._room.shape[-1]:
            room = np.zeros((*self._room.shape[:-1], count + count // 4), self._room.dtype)
            room[..., : self._count] = self.all
            self._room = room
        self._room[..., self._count : count] = values
        self._count = count


class CellList:
    """Cells of one grid by their numbers, and the points that are their corners by theirs."""

    def __init__(self, keys: Keys, corners: Numbers) -> None:
        """keys [P] of the points; corners [8,N] of the cells among them."""
        count = corners.shape[1]
        self._keys = GrowingArray(keys)
        self._corners = GrowingArray(corners)
        self._cell_at = GrowingArray(np.full(len(keys), -1, np.int32))  # by its lowest corner
        self._neighbours = GrowingArray(np.full((2, 3, count), -1, np.int32))
        self._index: KeyIndex | None = None  # of the points, from when it is first needed
        numbers = np.arange(count, dtype=np.int32)
        self._cell_at.all[corners[0]] = numbers
        for axis, corner in enumerate(NEXT_CORNERS):
            self._join(axis, numbers, self._cell_at.all[corners[corner]])

    @property
    def count(self) -> int:
        """Number of cells."""
        return int(self.corners.shape[1])

    @property
    def keys(self) -> Keys:
        """[P] of the points."""
        return self._keys.all

    @property
    def corners(self) -> Numbers:
        """[8,N] of the cells among the points."""
        return self._corners.all

    @property
    def neighbours(self) -> Numbers:
        """The next cell [0,axis,N] and the one before [1,axis,N] along each axis, -1 if it is not listed."""
        return self._neighbours.all

    def key_beside(self, cells: NDArray[np.int64], side: int, axis: int) -> Keys:
        """The keys [n] of cells beside those with numbers [n], the sides as in `neighbours`."""
        return np.asarray(self.keys[self.corners[0][cells]] + (1 - 2 * side) * AXIS_KEYS[axis])

    def add(self, lowest: Keys) -> int:
        """List the cells with these keys [M], which are new; returns how many points are new with them."""
        self._index = self._index or KeyIndex(self.keys)
        keys = lowest + _CORNERS_AND_BEFORE
        found = self._index.find(keys)
        corners, before = found[:8], found[8:]
        is_new = corners < 0
        new, places = np.unique(keys[:8][is_new], return_inverse=True)
        corners[is_new] = len(self.keys) + places
        self._index.add(new)
        numbers = np.arange(self.count, self.count + len(lowest), dtype=np.int32)
        self._keys.append(new)
        self._corners.append(corners)
        self._cell_at.append(np.full(len(new), -1, np.int32))
        self._neighbours.append(np.full((2, 3, len(lowest)), -1, np.int32))
        self._cell_at.all[corners[0]] = numbers
        for axis, corner in enumerate(NEXT_CORNERS):
            self._join(axis, numbers, self._cell_at.all[corners[corner]])
            is_listed = before[axis] >= 0
            cells = np.where(is_listed, self._cell_at.all[before[axis]], np.int32(-1))
            self._join(axis, cells, numbers)
        return len(new)

    def _join(self, axis: int, before: Numbers, after: Numbers) -> None:
        """Make neighbours along an axis of cells [n] and those that follow [n], where both are listed."""
        both = np.flatnonzero((before >= 0) & (after >= 0))
        before, after = before[both], after[both]
        self.neighbours[0, axis][before] = after
        self.neighbours[1, axis][after] = before
