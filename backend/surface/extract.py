"""From samples of a field to its surface: marching cubes, and the largest part of what they find."""

from __future__ import annotations

from dataclasses import dataclass

import mcubes
import numpy as np
from numpy.typing import NDArray

from ..head_mesh import component_of_vertices, signed_volumes
from .field import EmptySurfaceError, Field
from .grid import CrossedCells, GridSampler, OnProgress, evaluate_everywhere
from .sparse import sample_sparse

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

# Vertices keep this share of a cell away from grid points: nearer ones give triangles too thin to work with.
GRID_POINT_DISTANCE = 0.05


def extract_surface(
    field: Field, resolution: int, on_progress: OnProgress | None = None
) -> tuple[Floats, Indices]:
    """The surface of a field's largest part.

    The field counts as empty outside its box, so the surface is closed; it is a manifold, and its faces are
    counter-clockwise from outside. Voids inside the part are filled, floating bits left out.

    Args:
        resolution: cells along a side of the box.
        on_progress: called with the share done in [0,1]; an exception raised in it cancels.

    Returns:
        Vertices [V,3] in field units and faces [F,3].

    Raises:
        EmptySurfaceError: there is nothing in the box.
    """
    cells = sample_sparse(field, resolution, on_progress)
    return _largest_in_field_units(*march_cells(cells), field, resolution)


def extract_surface_dense(field: Field, resolution: int) -> tuple[Floats, Indices]:
    """The reference for `extract_surface`: marching cubes on all grid points of the box."""
    sampler = GridSampler(field, (resolution + 1.0) ** 3, None)
    vertices, faces = mcubes.marching_cubes(evaluate_everywhere(sampler, resolution), 0.0)
    low = vertices.astype(np.int64)
    share = vertices - low  # along one axis; the other two are whole numbers
    vertices = _on_edges(low, share.argmax(axis=1), share.max(axis=1))
    return _largest_in_field_units(vertices, faces.astype(np.int64), field, resolution)


def march_cells(cells: CrossedCells) -> tuple[Floats, Indices]:
    """Marching cubes in single cells: vertices [V,3] in cells of the whole grid and faces [F,3].

    The cells are strung together to one long volume. What marching cubes finds between two cells that are
    not neighbours is thrown away, and the rest is joined at the edges of the grid.
    """
    row = _string_together(cells)
    vertices, faces = mcubes.marching_cubes(row.values, 0.0)
    faces = faces.view(np.int64)
    columns = np.ascontiguousarray(vertices.T)  # [3,V]
    middle = columns[2][faces].sum(axis=1) / 3.0
    faces = faces[~row.is_end[middle.astype(np.int64)]]

    low = columns.astype(np.int64)
    share = columns - low  # along one axis; the other two are whole numbers
    along = np.where(share[0] > 0.0, 0, np.where(share[1] > 0.0, 1, 2))
    kept = np.flatnonzero((along < 2) | ~row.is_end[low[2]])
    low, along, share = low[:, kept], along[kept], share.max(axis=0)[kept]
    side = cells.resolution + 1
    corners = row.corners[low[2]] + (low[0] * side + low[1]) * side
    _, first, joined = np.unique(corners * 3 + along, return_index=True, return_inverse=True)
    renumbered = np.zeros(len(vertices), np.int64)
    renumbered[kept] = joined
    grid_points = np.stack(np.unravel_index(corners[first], (side, side, side)), axis=1)
    return _on_edges(grid_points, along[first], share[first]), renumbered[faces]


@dataclass(frozen=True)
class _CellRow:
    """Cells in one row along z; neighbours along z share their layer of four grid points."""

    values: NDArray[np.float32]  # [2,2,L]
    corners: Indices  # [L] flat index of the lowest grid point of each layer
    is_end: NDArray[np.bool_]  # [L] whether the next layer belongs to another place


def _string_together(cells: CrossedCells) -> _CellRow:
    order = np.argsort(cells.lowest)
    lowest, values = cells.lowest[order], cells.values[order]
    is_last = np.append(np.diff(lowest) > 1, True)
    layer = np.arange(len(lowest)) + np.cumsum(is_last) - is_last  # of each cell's near side
    count = len(lowest) + int(is_last.sum())
    row = _CellRow(
        np.zeros((2, 2, count), np.float32), np.zeros(count, np.int64), np.zeros(count, np.bool_)
    )
    row.values[:, :, layer] = values[:, :, :, 0].transpose(1, 2, 0)
    row.corners[layer] = lowest
    end = layer[is_last] + 1
    row.values[:, :, end] = values[is_last, :, :, 1].transpose(1, 2, 0)
    row.corners[end] = lowest[is_last] + 1
    row.is_end[end] = True
    return row


def _on_edges(corners: Indices, along: Indices, share: Floats) -> Floats:
    """Vertices [V,3] on the grid edges from grid points [V,3] along axes [V], not too near to either end."""
    vertices = corners.astype(np.float64)
    vertices[np.arange(len(along)), along] += share.clip(
        GRID_POINT_DISTANCE, 1.0 - GRID_POINT_DISTANCE
    )
    return vertices


def _largest_in_field_units(
    vertices: Floats, faces: Indices, field: Field, resolution: int
) -> tuple[Floats, Indices]:
    vertices, faces = largest_part(vertices, faces)
    return vertices * (2.0 * field.box_half / resolution) - field.box_half, faces


def largest_part(vertices: Floats, faces: Indices) -> tuple[Floats, Indices]:
    """The connected part with the largest volume; voids count negatively."""
    if not len(faces):
        raise EmptySurfaceError
    component = component_of_vertices(faces, len(vertices))
    volumes = np.bincount(component[faces[:, 0]], signed_volumes(vertices, faces))
    largest = int(volumes.argmax())
    if volumes[largest] <= 0.0:
        raise EmptySurfaceError
    is_kept = component == largest
    renumbered = np.cumsum(is_kept) - 1
    return vertices[is_kept], renumbered[faces[is_kept[faces[:, 0]]]]
