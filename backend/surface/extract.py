"""From samples of a field to its surface: marching cubes, and the largest part of what they find."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import mcubes
import numpy as np
from numpy.typing import NDArray

from ..head_mesh import component_of_vertices, signed_volumes
from .bricks import CELLS_AT_ONCE, BrickGrid, keys_of
from .field import EmptySurfaceError, Field
from .grid import CrossedCells, GridSampler, OnProgress, evaluate_everywhere
from .sparse import sample_sparse

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

# Vertices keep this share of a cell away from grid points: nearer ones give triangles too thin to work with.
GRID_POINT_DISTANCE = 0.05
EDGE_ENDS = np.array([4, 2, 1])  # a cell's corners next to its lowest one, along x, y and z


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
    """Marching cubes in single cells: vertices [V,3] in cells of the whole grid and faces [F,3]."""
    count = len(cells.lowest)
    values = cells.values.reshape(count, 8).T  # [8,N]
    is_inside = values > 0
    is_cut = is_inside[EDGE_ENDS] != is_inside[0]  # [3,N]: a cell's own edges, along x, y and z
    axis, cell = np.nonzero(is_cut)
    near, far = values[0, cell].astype(np.float64), values[EDGE_ENDS[axis], cell]
    side = cells.resolution + 1
    points = np.stack(np.unravel_index(cells.lowest, (side, side, side)), axis=1)
    vertices = _on_edges(points[cell], axis, near / (near - far))
    vertex = np.cumsum(is_cut).reshape(3, count) - 1  # of each cell's own edges
    case = np.packbits(is_inside, axis=0, bitorder="little")[0]
    faces = [
        _cases().faces(case[part], vertex, owners)
        for part, owners in _owners(points, cells.resolution)
    ]
    return vertices, np.concatenate(faces)


def _owners(points: Indices, resolution: int) -> Iterator[tuple[slice, Indices]]:
    """For some of the cells at [N,3] after others, those [8,n] with their corners as lowest corners.

    A grid edge that the surface crosses belongs to the cell at its lower end, which is crossed as well.
    Where there is no such cell, any other stands in.
    """
    grid, keys = BrickGrid(resolution), keys_of(points)
    numbers = grid.zeros(np.int32)
    numbers[grid.slots(keys)] = np.arange(len(keys))
    for first in range(0, len(keys), CELLS_AT_ONCE):
        part = slice(first, first + CELLS_AT_ONCE)
        yield part, numbers[grid.corner_slots(keys[part])].astype(np.int64)


@dataclass(frozen=True)
class _Cases:
    """The triangles of marching cubes in one cell for each of 256 cases: bit k says that corner k is inside.

    The corners of a triangle lie on edges, each given by its lower end and its axis.
    """

    counts: Indices  # [256] triangles
    first: Indices  # [256] of them
    corners: Indices  # [T,3]
    axes: Indices  # [T,3]

    def faces(self, case: NDArray[np.uint8], vertex: Indices, owners: Indices) -> Indices:
        """The faces [F,3] in cells [n] of these cases.

        Args:
            vertex: [3,N] the vertex on each axis' own edge of all cells.
            owners: [8,n] which of all cells an edge belongs to that starts in a corner of the cell.
        """
        triangles = self.counts[case]
        ends = np.cumsum(triangles)
        first = self.first[case] - ends + triangles
        triangle = np.repeat(first, triangles) + np.arange(ends[-1])
        cell = np.repeat(np.arange(len(case)), triangles)[:, None]
        return np.asarray(vertex[self.axes[triangle], owners[self.corners[triangle], cell]])


@cache
def _cases() -> _Cases:
    counts, corners, axes = [], [], []
    for case in range(256):
        is_inside = (case >> np.arange(8)) & 1
        vertices, faces = mcubes.marching_cubes(is_inside.reshape(2, 2, 2) - 0.5, 0.0)
        low = np.floor(vertices)
        corner, axis = low @ [4, 2, 1], (vertices - low).argmax(axis=1)
        index = faces.astype(np.int64)
        counts.append(len(index))
        corners.append(corner.astype(np.int64)[index])
        axes.append(axis[index])
    totals = np.array(counts)
    return _Cases(totals, np.cumsum(totals) - totals, np.concatenate(corners), np.concatenate(axes))


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
    if is_kept.all():
        return vertices, faces
    renumbered = np.cumsum(is_kept) - 1
    return vertices[is_kept], renumbered[faces[is_kept[faces[:, 0]]]]
