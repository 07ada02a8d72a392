"""From samples of a field to its surface: marching cubes, and the largest part of what they find."""

from __future__ import annotations

import mcubes
import numpy as np
from numpy.typing import NDArray

from ..head_mesh import component_of_vertices, signed_volumes
from .field import EmptySurfaceError, Field
from .grid import GridSamples, OnProgress
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
    return surface_of_grid(sample_sparse(field, resolution, on_progress))


def surface_of_grid(grid: GridSamples) -> tuple[Floats, Indices]:
    """Marching cubes and the largest part: vertices [V,3] in field units and faces [F,3]."""
    vertices, faces = mcubes.marching_cubes(grid.values, 0.0)
    vertices, faces = largest_part(_off_grid_points(vertices), faces.astype(np.int64))
    return grid.to_field_units(vertices), faces


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


def _off_grid_points(vertices: Floats) -> Floats:
    """Move vertices [V,3], in cells, along the grid edges they lie on, a little away from the edges' ends."""
    share = vertices - np.floor(vertices)
    along = np.minimum(share, 1.0 - share).argmax(axis=1)[:, None]  # the others are whole numbers
    kept = np.take_along_axis(share, along, 1).clip(GRID_POINT_DISTANCE, 1.0 - GRID_POINT_DISTANCE)
    moved = np.round(vertices)
    np.put_along_axis(moved, along, np.floor(np.take_along_axis(vertices, along, 1)) + kept, 1)
    return moved
