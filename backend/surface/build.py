"""The field of a head becomes a shape; the shape, unwrapped (see process/unwrapping.py), a textured mesh."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ..head_mesh import HeadMesh, vertex_normals
from ..wire.results import (
    MeshFigures,
    UvFigures,
)
from .bake import SurfaceColors
from .decimate import decimate
from .extract import extract_surface
from .field import Field
from .grid import OnProgress
from .neck_rim import smooth_neck
from .part_maps import PartLabels
from .project import project_to_surface
from .texels import UvMesh
from .texture_maps import TextureMaps, bake_maps
from .unwrap import uv_coverage

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

SAMPLING_SHARE = 0.3  # of the time of the stage "extract"; the rest is decimation
REACH_CELLS = 1.0  # how far decimated vertices and texels may move to the field's surface
MIN_NORMAL_COSINE = 0.5  # between a face before and after such a move


@dataclass(frozen=True)
class SurfaceSettings:
    resolution: int = 256  # cells along a side of the field's box
    faces: int = 20_000  # at most, after decimation
    texture_px: int = 1024  # side of the texture


@dataclass(frozen=True)
class Shape:
    """A closed surface in field units."""

    vertices: Floats  # [V,3]
    faces: Indices  # [F,3]


@dataclass(frozen=True)
class SurfaceResult:
    """A finished head."""

    mesh: HeadMesh
    maps: TextureMaps
    figures: MeshFigures
    uv: UvFigures


def extract_shape(
    field: Field,
    settings: SurfaceSettings,
    on_progress: OnProgress,
    labels: PartLabels | None = None,
) -> Shape:
    """Stage "extract": the surface with the wanted number of faces, and an even rim where the neck was cut."""
    vertices, faces = extract_surface(
        field, settings.resolution, lambda share: on_progress(SAMPLING_SHARE * share)
    )
    vertices, is_moved = smooth_neck(vertices, faces, labels, settings.resolution)
    smoothed = vertices[is_moved]
    vertices, faces = decimate(
        vertices,
        faces,
        settings.faces,
        lambda share: on_progress(SAMPLING_SHARE + (1.0 - SAMPLING_SHARE) * share),
    )
    reach = _reach(field, settings)
    settled = settle_vertices(field, vertices, faces, reach)
    if len(smoothed):
        is_kept = np.isfinite(cKDTree(smoothed).query(vertices, distance_upper_bound=reach)[0])
        settled[is_kept] = vertices[is_kept]
    return Shape(settled, faces)


def bake_head(
    colors: SurfaceColors,
    shape: Shape,
    corner_uvs: NDArray[np.float32],
    settings: SurfaceSettings,
    units_per_metre: float,
    on_progress: OnProgress,
    labels: PartLabels | None = None,
) -> SurfaceResult:
    """Stage "bake": the texture's maps, and everything together in metres."""
    normals = vertex_normals(shape.vertices, shape.faces)
    baked = UvMesh(shape.vertices, shape.faces, normals, corner_uvs)
    reach = _reach(colors.field, settings)
    maps = bake_maps(colors, labels, baked, settings.texture_px, reach, on_progress)
    metres = (shape.vertices / units_per_metre).astype(np.float32)
    mesh = HeadMesh(metres, shape.faces.astype(np.int32), corner_uvs, normals)
    uv = UvFigures(round(uv_coverage(corner_uvs), 4), settings.texture_px)
    return SurfaceResult(mesh, maps, mesh.figures(), uv)


def settle_vertices(field: Field, vertices: Floats, faces: Indices, reach: float) -> Floats:
    """Move vertices [V,3] onto the surface of the field, but none that would turn a face [F,3] over."""
    normals = vertex_normals(vertices, faces)
    moved = project_to_surface(field, vertices, normals.astype(np.float64), reach)
    before = _unit_face_normals(vertices, faces)
    while True:
        cosine = (before * _unit_face_normals(moved, faces)).sum(axis=1)
        back = np.unique(faces[cosine < MIN_NORMAL_COSINE])
        back = back[(moved[back] != vertices[back]).any(axis=1)]
        if not len(back):
            return moved
        moved[back] = vertices[back]


def _unit_face_normals(vertices: Floats, faces: Indices) -> Floats:
    corners = vertices[faces]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-30)


def _reach(field: Field, settings: SurfaceSettings) -> float:
    return REACH_CELLS * 2.0 * field.box_half / settings.resolution
