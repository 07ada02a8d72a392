"""Samples a field on a grid only where its surface passes: coarse to fine, then along the surface.

Every level starts from the cells that the level before predicts by interpolation, and floods from face to
face through every further cell that the surface crosses. What the flood never reaches are parts that the
coarsest grid did not see and that touch nothing else: floating bits, which the clean-up would drop anyway.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .field import EmptySurfaceError, Field
from .grid import (
    Bools,
    Floats,
    GridSampler,
    GridSamples,
    Indices,
    OnProgress,
    check_resolution,
    crossed_cells,
    evaluate_everywhere,
)

COARSEST = 32  # the dense first level has at most this many cells along a side ...
COARSEST_LIMIT = 64  # ... or, where it finds nothing, this many
EVALUATIONS_PER_FACE_CELL = 5.0  # of a grid's R^2, for the progress bar

CORNERS = np.indices((2, 2, 2)).reshape(3, 8).T  # [8,3] of a cell, z fastest
# The four corners of every face of a cell, and the step to the cell behind that face.
FACE_CORNERS = [np.flatnonzero(CORNERS[:, axis] == side) for axis in range(3) for side in (0, 1)]
FACE_STEPS = [
    np.eye(3, dtype=np.int64)[axis] * (2 * side - 1) for axis in range(3) for side in (0, 1)
]


def sample_sparse(
    field: Field, resolution: int, on_progress: OnProgress | None = None
) -> GridSamples:
    """Sample `field` on the grid with `resolution` cells along a side, near its surface only.

    Args:
        on_progress: called with the share done in [0,1]; an exception raised in it cancels.
    """
    check_resolution(resolution)
    sampler = GridSampler(field, EVALUATIONS_PER_FACE_CELL * resolution**2, on_progress)
    level = _coarsest_level(sampler, resolution)
    while level.resolution < resolution:
        level = _refine(sampler, level)
    values, lower, crossed_count = _fill_signs(sampler, level)
    return GridSamples(
        values, lower, resolution, field.box_half, sampler.evaluations, crossed_count
    )


class _Level:
    """The grid points of one resolution that are known so far.

    The arrays span the whole box, but nearly all of their memory is never touched: zeros come from the
    system as untouched pages. A value of 0 means unknown.
    """

    def __init__(self, resolution: int, values: Floats | None = None) -> None:
        side = resolution + 1
        self.resolution = resolution
        self.shape = (side, side, side)
        self.values = np.zeros(side**3, np.float32) if values is None else values.reshape(-1)
        self.is_visited = np.zeros(side**3, np.bool_)  # by a cell's lowest corner
        self.crossed = np.zeros(0, np.int64)  # flat index of the lowest corner of crossed cells
        self.strides = np.array([side * side, side, 1])

    def flat(self, index: Indices) -> Indices:
        """Grid index [...,3] -> flat index [...]."""
        return index @ self.strides

    def index(self, flat: Indices) -> Indices:
        """Flat index [N] -> grid index [N,3]."""
        return np.stack(np.unravel_index(flat, self.shape), axis=1)

    def corners(self, cells: Indices) -> Floats:
        """Values [N,8] at the corners of the cells [N]."""
        return self.values[cells[:, None] + CORNERS @ self.strides]


def _coarsest_level(sampler: GridSampler, resolution: int) -> _Level:
    coarsest = resolution
    while coarsest > COARSEST and coarsest % 2 == 0:
        coarsest //= 2
    while True:
        level = _Level(coarsest, evaluate_everywhere(sampler, coarsest))
        level.crossed = level.flat(crossed_cells(level.values.reshape(level.shape) > 0))
        if len(level.crossed):
            return level
        if coarsest >= min(resolution, COARSEST_LIMIT):
            raise EmptySurfaceError
        coarsest *= 2


def _refine(sampler: GridSampler, coarse: _Level) -> _Level:
    """The level with twice the resolution, exact in every cell that the surface crosses."""
    fine = _Level(coarse.resolution * 2)
    known = np.flatnonzero(coarse.values != 0)
    fine.values[fine.flat(coarse.index(known) * 2)] = coarse.values[known]
    cells = fine.flat(coarse.index(coarse.crossed) * 2)
    predicted = _predicted_cells(coarse.corners(coarse.crossed))  # [N,8]
    start = (cells[:, None] + CORNERS @ fine.strides)[predicted]
    _flood(sampler, fine, start)
    return fine


def _predicted_cells(corners: Floats) -> Bools:
    """Corner values [N,8] of cells -> which of their 8 halves-of-a-side cells [N,8] the surface crosses.

    The values between the corners are interpolated trilinearly.
    """
    inside = corners @ _halfway_weights().T > 0  # [N,27]
    points = np.indices((3, 3, 3)).reshape(3, 27).T @ np.array([9, 3, 1])
    lowest = CORNERS @ np.array([9, 3, 1])
    table = points[lowest[:, None] + lowest]  # [8 cells, 8 corners]
    return _is_crossed(inside[:, table])


def _halfway_weights() -> Floats:
    """Trilinear weights [27,8] of a cell's corners at its corners, edge, face and cell middles."""
    position = np.indices((3, 3, 3)).reshape(3, 27).T[:, None] / 2.0  # [27,1,3]
    return np.where(CORNERS == 1, position, 1.0 - position).prod(axis=2).astype(np.float32)


def _is_crossed(is_inside: Bools) -> Bools:
    """Insideness [...,K] -> whether both kinds occur [...]."""
    return is_inside.any(axis=-1) & ~is_inside.all(axis=-1)


def _flood(sampler: GridSampler, level: _Level, cells: Indices) -> None:
    """Evaluate the corners of `cells`, and of all crossed cells that hang together with them by faces."""
    found = [level.crossed]
    cells = cells[~level.is_visited[cells]]
    while len(cells):
        level.is_visited[cells] = True
        _evaluate_corners(sampler, level, cells)
        is_inside = level.corners(cells) > 0
        is_crossed = _is_crossed(is_inside)
        cells, is_inside = cells[is_crossed], is_inside[is_crossed]
        found.append(cells)
        behind = [
            cells[_is_crossed(is_inside[:, face])] + level.flat(step)
            for face, step in zip(FACE_CORNERS, FACE_STEPS, strict=True)
        ]
        cells = np.unique(np.concatenate(behind))
        cells = cells[~level.is_visited[cells]]
    level.crossed = np.concatenate(found)


def _evaluate_corners(sampler: GridSampler, level: _Level, cells: Indices) -> None:
    points = (cells[:, None] + CORNERS @ level.strides).reshape(-1)
    points = np.unique(points[level.values[points] == 0])
    level.values[points] = sampler.evaluate(level.index(points), level.resolution)


@dataclass(frozen=True)
class _Crop:
    lower: Indices  # [3]
    upper: Indices  # [3], past the end

    def of(self, level: _Level) -> Floats:
        """The level's values in the crop [X,Y,Z]."""
        (x0, y0, z0), (x1, y1, z1) = self.lower, self.upper
        return level.values.reshape(level.shape)[x0:x1, y0:y1, z0:z1]


def _fill_signs(sampler: GridSampler, level: _Level) -> tuple[Floats, tuple[int, int, int], int]:
    """The crop around the surface with every unknown value replaced by one of the right sign.

    Returns:
        Values [X,Y,Z], the grid index of the first, and the number of crossed cells.
    """
    while True:
        index = level.index(level.crossed)
        crop = _Crop(
            np.maximum(index.min(axis=0) - 1, 0), np.minimum(index.max(axis=0) + 3, level.shape)
        )
        values = _filled_along_rows(crop.of(level))
        crossed = level.flat(crossed_cells(values > 0) + crop.lower)
        strays = crossed[~level.is_visited[crossed]]
        if not len(strays):
            x, y, z = (int(i) for i in crop.lower)
            return values, (x, y, z), len(crossed)
        # A part that no level saw separates two known points: look at it and fill again.
        _flood(sampler, level, strays)


def _filled_along_rows(values: Floats) -> Floats:
    """Replace each unknown value by the last known one before it.

    Between two known points of a row no surface passes, or its cells would be known; and a row begins and
    ends outside, so that running on into the next row is right as well.
    """
    is_known = values != 0
    known = np.flatnonzero(is_known)
    starts = np.concatenate([[0], known, [values.size]])
    last_known = np.concatenate([[np.float32(-1.0)], values[is_known]])
    return np.repeat(last_known, np.diff(starts)).reshape(values.shape)
