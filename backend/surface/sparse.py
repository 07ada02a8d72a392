"""Samples a field on a grid only where its surface passes: coarse to fine, then along the surface.

Every level starts from the cells that the level before predicts by interpolation, and floods from face to
face through every further cell that the surface crosses. What the flood never reaches are parts that the
coarsest grid did not see and that touch nothing else: floating bits, which the clean-up would drop anyway.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .bricks import AXIS_KEYS, CELLS_AT_ONCE, CORNERS, BrickGrid, keys_of, points_of
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

CORNER_KEYS = keys_of(CORNERS)[:, None]  # [8,1] from the cell's key
# The four corners of every face of a cell, and the step to the cell behind that face.
FACE_CORNERS = [np.flatnonzero(CORNERS[:, axis] == side) for axis in range(3) for side in (0, 1)]
FACE_STEPS = [int(AXIS_KEYS[axis]) * (2 * side - 1) for axis in range(3) for side in (0, 1)]


def sample_sparse(
    field: Field, resolution: int, on_progress: OnProgress | None = None
) -> CrossedCells:
    """Find the cells that the surface of `field` crosses, on the grid with `resolution` cells along a side.

    Args:
        on_progress: called with the share done in [0,1]; an exception raised in it cancels.
    """
    check_resolution(resolution)
    sampler = GridSampler(field, EVALUATIONS_PER_FACE_CELL * resolution**2, on_progress)
    coarsest, level = _coarsest_level(sampler, resolution)
    for halvings in range((resolution // coarsest).bit_length() - 1):
        level = _refine(sampler, level, coarsest << (halvings + 1))
    side = resolution + 1
    lowest = points_of(level.keys) @ [side * side, side, 1]
    values = level.values.T.reshape(-1, 2, 2, 2)
    return CrossedCells(lowest, values, resolution, sampler.evaluations)


@dataclass(frozen=True)
class _Crossed:
    """The cells of one resolution that the surface crosses."""

    keys: Indices  # [N] of their lowest corners
    values: Floats  # [8,N] at their corners


class _Level:
    """What is known so far of the grid of one resolution."""

    def __init__(self, resolution: int) -> None:
        self.grid = BrickGrid(resolution)
        self.values = self.grid.zeros(np.float32)  # by slot of a point; 0 means unknown
        self.is_visited = self.grid.zeros(np.bool_)  # by slot of a cell's lowest corner


def _coarsest_level(sampler: GridSampler, resolution: int) -> tuple[int, _Crossed]:
    """The first resolution that sees something, and what it sees."""
    coarsest = resolution
    while coarsest > COARSEST and coarsest % 2 == 0:
        coarsest //= 2
    while True:
        values = evaluate_everywhere(sampler, coarsest)
        cells = crossed_cells(values > 0)
        if len(cells):
            x, y, z = (cells + CORNERS[:, None]).transpose(2, 0, 1)  # [8,N] each
            return coarsest, _Crossed(keys_of(cells), values[x, y, z])
        if coarsest >= min(resolution, COARSEST_LIMIT):
            raise EmptySurfaceError
        coarsest *= 2


def _refine(sampler: GridSampler, coarse: _Crossed, resolution: int) -> _Crossed:
    """The cells of `resolution`, twice that of `coarse`, with exact values at their corners."""
    level = _Level(resolution)
    keys = coarse.keys * 2
    for corner, values in zip(CORNER_KEYS * 2, coarse.values, strict=True):
        level.values[level.grid.slots(keys + corner)] = values
    is_predicted = _predict_crossed(coarse.values)
    return _flood(sampler, level, (keys + CORNER_KEYS)[is_predicted])


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


def _flood(sampler: GridSampler, level: _Level, start: Indices) -> _Crossed:
    """The crossed ones of the cells `start`, and all that hang together with them by faces."""
    found = []
    waiting = [start]
    while waiting:
        cells = np.unique(np.concatenate(waiting))
        cells = cells[~level.is_visited[level.grid.slots(cells)]]
        waiting = []
        for first in range(0, len(cells), CELLS_AT_ONCE):
            crossed = _visit(sampler, level, cells[first : first + CELLS_AT_ONCE])
            found.append(crossed)
            waiting.append(_unvisited_neighbours(level, crossed))
    return _Crossed(
        np.concatenate([crossed.keys for crossed in found]),
        np.concatenate([crossed.values for crossed in found], axis=1),
    )


def _visit(sampler: GridSampler, level: _Level, cells: Indices) -> _Crossed:
    """Which of `cells` the surface crosses."""
    corners = cells + CORNER_KEYS
    slots = level.grid.corner_slots(cells)
    level.is_visited[slots[0]] = True
    values = level.values[slots]
    unknown = np.flatnonzero(values == 0)
    places, keys = slots.reshape(-1)[unknown], corners.reshape(-1)[unknown]
    # Each point once, without sorting: of all that write their number to a place, one is found there.
    numbers = np.arange(1, len(places) + 1, dtype=np.float32)
    level.values[places] = numbers
    is_first = level.values[places] == numbers
    points = points_of(keys[is_first])
    level.values[places[is_first]] = sampler.evaluate(points, level.grid.resolution)
    values.reshape(-1)[unknown] = level.values[places]
    is_crossed = _is_crossed(values > 0)
    return _Crossed(cells[is_crossed], values[:, is_crossed])


def _unvisited_neighbours(level: _Level, cells: _Crossed) -> Indices:
    """The cells [M], with repetitions, behind the crossed faces of `cells` that nobody has seen yet."""
    is_inside = cells.values > 0
    behind = np.concatenate(
        [
            cells.keys[_is_crossed(is_inside[face])] + step
            for face, step in zip(FACE_CORNERS, FACE_STEPS, strict=True)
        ]
    )
    return behind[~level.is_visited[level.grid.slots(behind)]]
