"""From samples of a field to its surface: marching cubes, and the largest part of what they find."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import mcubes
import numpy as np
from numpy.typing import NDArray

from ..head_mesh import component_of_vertices, signed_volumes
from .field import EmptySurfaceError, Field
from .grid import CrossedCells, GridSampler, OnProgress, evaluate_everywhere
from .keys import NEXT_CORNERS, Numbers, points_of
from .sparse import sample_sparse

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

# Vertices keep this share of a cell away from grid points: nearer ones give triangles too thin to work with.
GRID_POINT_DISTANCE = 0.05
MOST_TRIANGLES = 5  # in one cell


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
    lowest = cells.corners[0]
    near, points = cells.values[lowest], points_of(cells.keys)
    # A grid edge that the surface crosses belongs to the cell at its lower end, which is crossed as well.
    vertex = np.zeros((3, len(points)), np.int32)  # by axis and lower end
    vertices, count = [], 0
    for axis, end in enumerate(NEXT_CORNERS):
        far = cells.values[cells.corners[end]]
        cut = np.flatnonzero((near > 0) != (far > 0))
        vertex[axis, lowest[cut]] = np.arange(count, count + len(cut), dtype=np.int32)
        count += len(cut)
        start = near[cut].astype(np.float64)
        vertices.append(_on_edges(points[lowest[cut]], axis, start / (start - far[cut])))
    return np.concatenate(vertices), _cases().faces(cells, vertex)


@dataclass(frozen=True)
class _Cases:
    """The triangles of marching cubes in one cell for each of 256 cases: bit k says that corner k is inside.

    The corners of a triangle lie on edges, each given by its lower end and its axis. A case with fewer
    triangles than others is filled up with zeros.
    """

    counts: Indices  # [256] triangles
    ends: Indices  # [T,3,256] of the edges: numbers of the cell's corners
    axes: Indices  # [T,3,256]

    def faces(self, cells: CrossedCells, vertex: Numbers) -> Indices:
        """The faces [F,3]; `vertex` [3,P] is the one on the edge that starts at a point along an axis."""
        case = np.zeros(cells.count, np.uint8)
        is_inside = cells.values > 0
        for bit, corner in enumerate(cells.corners):
            case |= is_inside[corner].view(np.uint8) << bit
        counts = self.counts[case]
        parts = [np.flatnonzero(counts > triangle) for triangle in range(len(self.ends))]
        faces = np.empty((sum(map(len, parts)), 3), np.int64)
        corners, vertices = cells.corners.reshape(-1), vertex.reshape(-1)
        first = 0
        for part, ends, axes in zip(parts, self.ends * cells.count, self.axes * vertex.shape[1]):
            last = first + len(part)
            cases = case[part]
            for corner in range(3):
                starts = corners[ends[corner][cases] + part]
                faces[first:last, corner] = vertices[axes[corner][cases] + starts]
            first = last
        return faces


@cache
def _cases() -> _Cases:
    counts = np.zeros(256, np.int64)
    ends, axes = np.zeros((2, MOST_TRIANGLES, 3, 256), np.int64)
    for case in range(256):
        is_inside = (case >> np.arange(8)) & 1
        vertices, faces = mcubes.marching_cubes(is_inside.reshape(2, 2, 2) - 0.5, 0.0)
        low = np.floor(vertices)
        index = faces.astype(np.int64)
        counts[case] = len(index)
        ends[: len(index), :, case] = (low @ NEXT_CORNERS)[index]
        axes[: len(index), :, case] = (vertices - low).argmax(axis=1)[index]
    return _Cases(counts, ends, axes)


def _on_edges(corners: Numbers | Indices, along: int | Indices, share: Floats) -> Floats:
    """Vertices [V,3] on the grid edges from grid points [V,3] along axes [V], not too near to either end."""
    vertices = corners.astype(np.float64, order="C")
    vertices[np.arange(len(share)), along] += share.clip(
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
