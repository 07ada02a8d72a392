"""A user's mesh as a solid: closed surfaces filled, sheets such as hair cards given a thickness."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from torch import Tensor

from ..head_mesh import component_of_vertices
from ..surface.field import EmptySurfaceError
from .mesh_math import Ints, face_vectors
from .part_field import THREADS, Samples, SkinDistance

Wide = NDArray[np.float64]
Bools = NDArray[np.bool_]

_SAMPLES = 150_000
_SHEET_SAMPLES = 80_000
_HALF_SHEET_M = 0.0012  # of a sheet's thickness
_SMOOTH_M = 0.004  # from the surface, within which distances are means
_NEIGHBOURS = 8
_SOLID_SHARE = 0.5  # of the area: so much in one component is a head with a hole, not a sheet


@dataclass(frozen=True)
class MeshSolid:
    """A `Field` in metres whose sigma is the distance to the surface, positive inside."""

    box_half: float
    surface: SkinDistance
    samples: Samples  # of the same surface
    sheets: cKDTree | None
    floor: float  # y below which nothing counts
    colors: Callable[[Wide], NDArray[np.float32]]  # points [N,3] -> sRGB [N,3]

    def sigma(self, points: Tensor) -> Tensor:
        """[N,3] -> [N]."""
        places = points.numpy().astype(np.float64)
        values = -self.surface(places)
        near = np.flatnonzero(np.abs(values) < _SMOOTH_M)
        values[near] = -self._smooth_height(places[near])
        if self.sheets is not None:
            away, _ = self.sheets.query(
                places, distance_upper_bound=4 * _HALF_SHEET_M, workers=THREADS
            )
            values = np.maximum(values, _HALF_SHEET_M - np.minimum(away, 4 * _HALF_SHEET_M))
        values = np.minimum(values, places[:, 1] - self.floor)
        return torch.from_numpy(values.astype(np.float32))

    def _smooth_height(self, places: Wide) -> Wide:
        """Points [N,3] beside the surface -> signed distances [N]; a single sample's would crumble at sharp edges."""
        cloud = self.samples.cloud
        away, near = self.samples.tree.query(places, _NEIGHBOURS, workers=THREADS)
        heights = ((places[:, None] - cloud.points[near]) * cloud.normals[near]).sum(axis=2)
        weights = 1.0 / (away**2 + self.samples.spacing**2)
        return np.asarray((heights * weights).sum(axis=1) / weights.sum(axis=1))

    def rgb(self, points: Tensor) -> Tensor:
        """[N,3] -> [N,3] of the nearest places of the mesh."""
        return torch.from_numpy(self.colors(points.numpy().astype(np.float64)))


def fill_mesh(
    vertices: Wide,
    faces: Ints,
    box_half: float,
    floor: float,
    walls: Wide,
    colors: Callable[[Wide], NDArray[np.float32]],
) -> MeshSolid:
    """The solid of triangles [F,3] that face outwards, metres.

    Args:
        walls: points [S,3] of the closed skin below it, which closes what the mesh leaves open.

    Raises EmptySurfaceError if no triangle lies within the box.
    """
    inside = (np.abs(vertices) < box_half).all(axis=1)
    faces = faces[inside[faces].all(axis=1)]
    if not len(faces):
        raise EmptySurfaceError
    is_sheet = sheets_of(vertices, faces)
    samples = Samples.of(vertices, faces[~is_sheet], _SAMPLES)
    surface = SkinDistance(samples, np.concatenate([samples.cloud.points, walls]), box_half)
    sheets = None
    if is_sheet.any():
        sheets = cKDTree(Samples.of(vertices, faces[is_sheet], _SHEET_SAMPLES).cloud.points)
    return MeshSolid(box_half, surface, samples, sheets, floor, colors)


def sheets_of(vertices: Wide, faces: Ints) -> Bools:
    """[F] faces of open components that are no larger than half of the mesh, nor the largest of it; vertices in one place
    count as one."""
    size = float(np.ptp(vertices[np.unique(faces)], axis=0).max())
    _, same = np.unique(np.round(vertices / (1e-6 * size)), axis=0, return_inverse=True)
    welded = same.ravel()[faces]
    component = component_of_vertices(welded, int(welded.max()) + 1)[welded[:, 0]]
    edges = np.sort(
        np.concatenate([welded[:, [0, 1]], welded[:, [1, 2]], welded[:, [2, 0]]]), axis=1
    )
    code = edges[:, 0].astype(np.int64) * (int(welded.max()) + 1) + edges[:, 1]
    _, number, count = np.unique(code, return_inverse=True, return_counts=True)
    is_open_face = (count[number.ravel()] == 1).reshape(3, -1).any(axis=0)
    is_open = np.bincount(component, is_open_face) > 0
    area = np.bincount(component, np.linalg.norm(face_vectors(vertices, faces), axis=1))
    is_sheet = is_open & (area < _SOLID_SHARE * area.sum())
    is_sheet[area.argmax()] = False  # a head that is open at its neck, among many cards
    return np.asarray(is_sheet[component])
