"""Samples a field on a grid only where its surface passes: coarse to fine, then along the surface.

Every level starts from the cells that the level before predicts by interpolation, and floods from face to
face through every further cell that the surface crosses. What the flood never reaches are parts that the
coarsest grid did not see and that touch nothing else: floating bits, which the clean-up would drop anyway.
"""

from __future__ import annotations

import numpy as np

from .field import EmptySurfaceError, Field
from .grid import (
    Bools,
    CrossedCells,
    Floats,
    GridSampler,
    Indices,
    OnProgress,
    check_resolution,
    crossed_cells,
    evaluate_everywhere,
)

COARSEST = 16  # the dense first level has at most this many cells along a side ...
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
) -> CrossedCells:
    """Find the cells that the surface of `field` crosses, on the grid with `resolution` cells along a side.

    Args:
        on_progress: called with the share done in [0,1]; an exception raised in it cancels.
    """
    check_resolution(resolution)
    sampler = GridSampler(field, EVALUATIONS_PER_FACE_CELL * resolution**2, on_progress)
    level = _coarsest_level(sampler, resolution)
    while level.resolution < resolution:
        level = _refine(sampler, level)
    values = level.values[level.corners(level.crossed)].T.reshape(-1, 2, 2, 2)
    return CrossedCells(level.crossed, values, resolution, sampler.evaluations)


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

    def corners(self, cells: Indices) -> Indices:
        """Flat indices [8,N] of the corners of the cells [N]."""
        return cells + (CORNERS @ self.strides)[:, None]


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
    is_predicted = _predict_crossed(coarse.values[coarse.corners(coarse.crossed)])
    _flood(sampler, fine, fine.corners(cells)[is_predicted])
    return fine


def _predict_crossed(corners: Floats) -> Bools:
    """Values [8,N] at the corners of cells -> which of their 8 parts [8,N] the surface crosses.

    A part is an eighth of the cell; the values between the corners are interpolated trilinearly.
    """
    is_inside = _halfway_weights() @ corners > 0  # [27,N]
    points = np.indices((3, 3, 3)).reshape(3, 27).T @ np.array([9, 3, 1])
    lowest = CORNERS @ np.array([9, 3, 1])
    return np.stack([_is_crossed(is_inside[points[part + lowest]]) for part in lowest])


def _halfway_weights() -> Floats:
    """Trilinear weights [27,8] of a cell's corners at its corners, edge, face and cell middles."""
    position = np.indices((3, 3, 3)).reshape(3, 27).T[:, None] / 2.0  # [27,1,3]
    return np.where(CORNERS == 1, position, 1.0 - position).prod(axis=2).astype(np.float32)


def _is_crossed(is_inside: Bools) -> Bools:
    """Insideness [K,N] -> whether both kinds occur [N]."""
    return np.asarray(is_inside.any(axis=0) > is_inside.all(axis=0))


def _flood(sampler: GridSampler, level: _Level, cells: Indices) -> None:
    """Evaluate the corners of `cells`, and of all crossed cells that hang together with them by faces."""
    found = [level.crossed]
    cells = cells[~level.is_visited[cells]]
    while len(cells):
        level.is_visited[cells] = True
        corners = level.corners(cells)
        _evaluate_unknown(sampler, level, corners)
        is_inside = level.values[corners] > 0
        is_crossed = _is_crossed(is_inside)
        cells, is_inside = cells[is_crossed], is_inside[:, is_crossed]
        found.append(cells)
        behind = []
        for face, step in zip(FACE_CORNERS, FACE_STEPS, strict=True):
            neighbours = cells[_is_crossed(is_inside[face])] + level.flat(step)
            behind.append(neighbours[~level.is_visited[neighbours]])
        cells = np.unique(np.concatenate(behind))
    level.crossed = np.concatenate(found)


def _evaluate_unknown(sampler: GridSampler, level: _Level, corners: Indices) -> None:
    points = corners[level.values[corners] == 0]
    # Each point once, without sorting: of all that write their number to a place, one is found there.
    numbers = np.arange(1, len(points) + 1, dtype=np.float32)
    level.values[points] = numbers
    points = points[level.values[points] == numbers]
    level.values[points] = sampler.evaluate(level.index(points), level.resolution)
