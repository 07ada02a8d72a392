"""Samples a field on a grid only where its surface passes: coarse to fine, then along the surface.

Every level starts from the octants of cells that the level before predicts by interpolation, and floods from
face to face through every further octant that the surface crosses. What the flood never reaches are bits that
the coarsest grid did not see and that touch nothing else: floating ones, which the clean-up would drop anyway.

The points of a level are numbered through those of the level before: the point at the same place has eight
times the number, the seven points between it and its neighbours follow. So a cell knows the numbers of all
27 points around its octants from those of its 8 corners.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from .cell_list import CORNER_KEYS, CellList, GrowingArray
from .field import EmptySurfaceError, Field
from .grid import (
    CrossedCells,
    Floats,
    GridSampler,
    OnProgress,
    check_resolution,
    crossed_cells,
    evaluate_everywhere,
)
from .keys import Keys, Numbers, keys_of, points_of
from .octants import (
    NEEDED,
    OCTANT_POINTS,
    POINT_CORNERS,
    POINT_PLACES,
    SPREAD,
    Octants,
    Words,
    behind_crossed_faces,
    crossed_octants,
)

Places = NDArray[np.int64]

COARSEST = 16  # the dense first level has at most this many cells along a side ...
COARSEST_LIMIT = 64  # ... or, where it finds nothing, this many
EVALUATIONS_PER_FACE_CELL = 5.0  # of a grid's R^2, for the progress bar
CELLS_AT_ONCE = 1 << 14  # at most 2^16: their places are sorted as 16-bit numbers
# So few cells are looked at as a whole: a few evaluations more, but half as many rounds.
FEW_CELLS = 1 << 12


def sample_sparse(
    field: Field,
    resolution: int,
    on_progress: OnProgress | None = None,
    coarsest: int = COARSEST,
) -> CrossedCells:
    """Find the cells that the surface of `field` crosses, on the grid with `resolution` cells along a side.

    Args:
        on_progress: called with the share done in [0,1]; an exception raised in it cancels.
        coarsest: cells along a side of the dense first level, at most; more for several pieces or thin ones, of
            which the first level has to see each.
    """
    check_resolution(resolution)
    sampler = GridSampler(field, EVALUATIONS_PER_FACE_CELL * resolution**2, on_progress)
    cells = _coarsest_cells(sampler, resolution, coarsest)
    while cells.resolution < resolution:
        level = _Level(sampler, cells)
        level.flood(_predict_crossed(cells.values, cells.corners))
        cells = level.crossed_cells()
    return cells


def _coarsest_cells(sampler: GridSampler, resolution: int, first: int) -> CrossedCells:
    """What the first resolution sees that sees something; the first of all has at most `first` cells."""
    coarsest = resolution
    while coarsest > first and coarsest % 2 == 0:
        coarsest //= 2
    while True:
        values = evaluate_everywhere(sampler, coarsest)
        cells = crossed_cells(values > 0)
        if len(cells):
            keys, corners = np.unique(keys_of(cells) + CORNER_KEYS, return_inverse=True)
            x, y, z = points_of(keys).T
            numbers = corners.reshape(8, -1).astype(np.int32)
            return CrossedCells(keys, values[x, y, z], numbers, coarsest, sampler.evaluations)
        if coarsest >= min(resolution, COARSEST_LIMIT):
            raise EmptySurfaceError
        coarsest *= 2


def _predict_crossed(values: Floats, corners: Numbers) -> Octants:
    """The octants that the surface crosses in cells [N] if values between their corners are interpolated.

    Args:
        values: [P] at points.
        corners: [8,N] of the cells among these points.
    """
    octants = np.zeros(corners.shape[1], np.uint8)
    for some in _chunks(len(octants)):
        # Sums instead of means: only the signs matter.
        sums = values[corners[:, some]].reshape(2, 2, 2, -1)
        for axis in range(3):
            low, high = np.split(sums, 2, axis)
            sums = np.concatenate([low, low + high, high], axis)
        inside = np.zeros(sums.shape[-1], np.uint32)
        for bit, row in enumerate(sums.reshape(27, -1)):
            inside |= (row > 0).astype(np.uint32) << np.uint32(bit)
        octants[some] = crossed_octants(inside)
    return octants


class _Level:
    """The cells of one resolution that the surface passes, while their octants are looked at."""

    def __init__(self, sampler: GridSampler, cells: CrossedCells) -> None:
        self._sampler = sampler
        self._resolution = 2 * cells.resolution  # of the octants
        self._cells = CellList(cells.keys, cells.corners)
        self._visited = GrowingArray(np.zeros(cells.count, np.uint8))  # octants
        self._crossed = GrowingArray(np.zeros(cells.count, np.uint8))  # octants
        # Of the points around octants, by the corners that they are numbered through:
        values = np.zeros((len(cells.keys), 8), np.float32)
        values[:, 0] = cells.values
        self._values = GrowingArray(values.reshape(-1))
        self._known = GrowingArray(np.ones(len(cells.keys), np.uint8))
        self._inside = GrowingArray((cells.values > 0).view(np.uint8))

    def flood(self, octants: Octants) -> None:
        """Look at some octants [N] of all cells, and at all that hang together with crossed ones by faces."""
        cells = np.flatnonzero(octants != 0)
        octants = octants[cells]
        while len(cells):
            corners = self._cells.corners.take(cells, axis=1)
            self._evaluate(corners, octants)
            inside = np.zeros(len(cells), np.uint32)
            for spread, points in zip(SPREAD, corners, strict=True):
                inside |= spread[self._inside.all[points]]
            crossed = crossed_octants(inside) & octants
            self._visited.all[cells] |= octants
            self._crossed.all[cells] |= crossed
            waiting = self._behind(cells, crossed, inside) & ~self._visited.all
            cells = np.flatnonzero(waiting != 0)
            octants = waiting[cells]
            if len(cells) < FEW_CELLS:
                octants = ~self._visited.all[cells]

    def crossed_cells(self) -> CrossedCells:
        """The crossed octants as cells of their own grid."""
        crossed, corners = self._crossed.all, self._cells.corners
        is_used = _separate(self._needed(corners, crossed))
        used = np.flatnonzero(is_used)
        numbers = np.cumsum(is_used, dtype=np.int32) - np.int32(1)
        found = [
            _corners_of_octants(numbers, corners[:, some], crossed[some])
            for some in _chunks(len(crossed))
        ]
        return CrossedCells(
            self._keys_of_points(used),
            self._values.all[used],
            np.concatenate(found, axis=1),
            self._resolution,
            self._sampler.evaluations,
        )

    def _evaluate(self, corners: Numbers, octants: Octants) -> None:
        """Find out the values at the corners of octants [n] of cells with corners [8,n]."""
        unknown = self._needed(corners, octants) & ~self._known.all
        owners = np.flatnonzero(unknown != 0)
        places = np.flatnonzero(_separate(unknown[owners]))
        points = owners[places >> 3] << 3 | places & 7
        values = self._values.all
        values[points] = self._sampler.evaluate(
            points_of(self._keys_of_points(points)), self._resolution
        )
        self._known.all[:] |= unknown
        is_inside = values.reshape(-1, 8)[owners] > 0
        self._inside.all[owners] = np.packbits(is_inside, bitorder="little")

    def _needed(self, corners: Numbers, octants: Octants) -> NDArray[np.uint8]:
        """For each corner of all cells [P] those of its points that are corners of octants [n] in some cells.

        Args:
            corners: [8,n] of these cells.
        """
        needed = np.zeros(len(self._cells.keys), np.uint8)
        for points_of_octants, points in zip(NEEDED, corners, strict=True):
            needed[points] |= points_of_octants[
                octants
            ]  # no two cells have a point as the same corner
        return needed

    def _keys_of_points(self, numbers: Places) -> Keys:
        """Numbers [n] of points around octants -> their keys."""
        return np.asarray(self._cells.keys[numbers >> 3] * 2 + CORNER_KEYS[numbers & 7, 0])

    def _behind(self, cells: Places, crossed: Octants, inside: Words) -> Octants:
        """The octants [N] of all cells behind crossed faces of crossed octants [n] in some cells [n]."""
        behind = np.zeros(self._cells.count + 1, np.uint8)  # the last one is for cells not listed
        outside_cells, outside_octants = [], []
        for axis in range(3):
            same, *others = behind_crossed_faces(crossed, inside, axis)
            behind[cells] |= same
            for side, octants in enumerate(others):
                targets = self._cells.neighbours[side, axis].take(cells)
                behind[targets] |= octants
                missing = np.flatnonzero((targets < 0) & (octants != 0))
                outside_cells.append(self._cells.key_beside(cells[missing], side, axis))
                outside_octants.append(octants[missing])
        return np.concatenate([behind[:-1], self._add_cells(outside_cells, outside_octants)])

    def _add_cells(self, keys: list[Keys], octants: list[Octants]) -> Octants:
        """List further cells with these keys, which may repeat; their octants [n] put together for each."""
        lowest, numbers = np.unique(np.concatenate(keys), return_inverse=True)
        together = np.zeros(len(lowest), np.uint8)
        if len(lowest):
            np.bitwise_or.at(together, numbers, np.concatenate(octants))
            no_points = np.zeros(self._cells.add(lowest), np.uint8)
            self._values.append(np.zeros(8 * len(no_points), np.float32))
            self._known.append(no_points)
            self._inside.append(no_points)
            self._visited.append(np.zeros_like(together))
            self._crossed.append(np.zeros_like(together))
        return together


def _separate(points: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """One byte for each corner [P] -> one truth for each of its points [P * 8]."""
    return np.unpackbits(points, bitorder="little").view(np.bool_)


def _corners_of_octants(numbers: Numbers, corners: Numbers, octants: Octants) -> Numbers:
    """The corners [8,F] of octants [n] of cells with corners [8,n], by their numbers among all points.

    Cell by cell: what lies together stays together, for the cache and for a decimation in order.
    """
    firsts = corners * np.int32(8)
    chosen = [np.flatnonzero(octants & np.uint8(1 << octant) != 0) for octant in range(8)]
    found = np.empty((8, sum(map(len, chosen))), np.int32)
    end = 0
    for cells, points in zip(chosen, OCTANT_POINTS, strict=True):
        start, end = end, end + len(cells)
        for corner, point in enumerate(points):
            around = firsts[POINT_CORNERS[point]].take(cells) + np.int32(POINT_PLACES[point])
            found[corner, start:end] = numbers.take(around)
    by_cell = np.argsort(np.concatenate(chosen).astype(np.uint16), kind="stable")
    return found.take(by_cell, axis=1)


def _chunks(count: int) -> Iterator[slice]:
    """All of `count` cells, some after the others: what is computed for their points stays in the cache."""
    for first in range(0, count, CELLS_AT_ONCE):
        yield slice(first, first + CELLS_AT_ONCE)
