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
    # The cells are given away, so that their memory is free again when the parts are told apart.
    vertices, faces = march_cells(sample_sparse(field, resolution, on_progress))
    return _largest_in_field_units(vertices, faces, field, resolution)


def extract_surface_dense(field: Field, resolution: int) -> tuple[Floats, Indices]:
    """The reference for `extract_surface`: marching cubes on all grid points of the box."""
    sampler = GridSampler(field, (resolution + 1.0) ** 3, None)
    vertices, faces = mcubes.marching_cubes(evaluate_everywhere(sampler, resolution), 0.0)
    low = vertices.astype(np.int64)
    share = vertices - low  # along one axis; the other two are whole numbers
    vertices = low.astype(np.float64)
    along = share.argmax(axis=1), share.max(axis=1)
    vertices[np.arange(len(low)), along[0]] += _kept_apart(along[1])
    return _largest_in_field_units(vertices, faces.astype(np.int64), field, resolution)


def march_cells(cells: CrossedCells) -> tuple[Floats, Indices]:
    """Marching cubes in single cells: vertices [V,3] in cells of the whole grid and faces [F,3].

    Of both, each column is together in memory.
    """
    is_inside = (cells.values > 0).view(np.uint8)
    case = np.zeros(cells.count, np.uint8)
    for bit, corner in enumerate(cells.corners):
        case |= is_inside[corner] << np.uint8(bit)
    # A grid edge that the surface crosses belongs to the cell at its lower end, which is crossed as well.
    is_cut = [((case ^ case >> np.uint8(end)) & 1).view(np.bool_) for end in NEXT_CORNERS]
    cut = [np.flatnonzero(edges) for edges in is_cut]
    points, vertices = points_of(cells.keys).T, np.empty((3, sum(map(len, cut))))
    vertex = np.zeros((3, len(cells.keys)), np.int32)  # by axis and lower end
    last = 0
    for axis, (some, end) in enumerate(zip(cut, NEXT_CORNERS, strict=True)):
        first, last = last, last + len(some)
        lower, upper = cells.corners[0].take(some), cells.corners[end].take(some)
        near = cells.values.take(lower).astype(np.float64)
        vertices[:, first:last] = points.take(lower, axis=1)
        vertices[axis, first:last] += _kept_apart(near / (near - cells.values.take(upper)))
        vertex[axis][lower] = np.arange(first, last, dtype=np.int32)
    return vertices.T, _cases().faces(case, cells.corners, vertex).T


@dataclass(frozen=True)
class _Cases:
    """The triangles of marching cubes in one cell for each of 256 cases: bit k says that corner k is inside.

    The corners of a triangle lie on edges, each given by its lower end and its axis. A case with fewer
    triangles than others is filled up with zeros.
    """

    counts: NDArray[np.uint8]  # [256] triangles
    ends: Indices  # [T,3,256] of the edges: numbers of the cell's corners
    axes: Indices  # [T,3,256]

    def faces(self, case: NDArray[np.uint8], corners: Numbers, vertex: Numbers) -> Indices:
        """The faces [3,F] in cells [N] of these cases.

        Args:
            corners: [8,N] of the cells.
            vertex: [3,P] the one on the edge that starts at a point along an axis.
        """
        counts = self.counts[case]
        ends_of_cells = np.cumsum(counts, dtype=np.int64)
        faces = np.empty((3, ends_of_cells[-1]), np.int64)
        firsts = ends_of_cells - counts
        for triangle, (ends, axes) in enumerate(
            zip(self.ends * len(case), self.axes * vertex.shape[1], strict=True)
        ):
            cells = np.flatnonzero(counts > triangle)
            cases = case[cells].astype(np.int64)
            places = firsts.take(cells) + triangle
            for corner in range(3):
                starts = corners.take(ends[corner].take(cases) + cells)
                faces[corner][places] = vertex.take(axes[corner].take(cases) + starts)
        return faces


@cache
def _cases() -> _Cases:
    counts = np.zeros(256, np.uint8)
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


def _kept_apart(share: Floats) -> Floats:
    """Places [V] on grid edges, as shares of the way, not too near to either end."""
    return share.clip(GRID_POINT_DISTANCE, 1.0 - GRID_POINT_DISTANCE)


def _largest_in_field_units(
    vertices: Floats, faces: Indices, field: Field, resolution: int
) -> tuple[Floats, Indices]:
    vertices, faces = largest_part(vertices, faces)
    scaled = vertices * (2.0 * field.box_half / resolution) - field.box_half
    return np.ascontiguousarray(scaled), np.ascontiguousarray(faces)


def largest_part(vertices: Floats, faces: Indices) -> tuple[Floats, Indices]:
    """The connected part with the largest volume; voids count negatively."""
    if not len(faces):
        raise EmptySurfaceError
    component = component_of_vertices(faces, len(vertices))
    component_of_faces = component[faces[:, 0]]
    volumes = np.bincount(component_of_faces, signed_volumes(vertices, faces))
    largest = int(volumes.argmax())
    if volumes[largest] <= 0.0:
        raise EmptySurfaceError
    if len(volumes) == 1:
        return vertices, faces
    is_kept = component == largest
    renumbered = np.cumsum(is_kept) - 1
    kept = np.flatnonzero(component_of_faces == largest)
    kept_vertices = np.flatnonzero(is_kept)
    return vertices.take(kept_vertices, axis=0), renumbered.take(faces.T.take(kept, axis=1)).T
