"""The quadric errors of a mesh that deforms, and the measures of its triangles.

Quadrics as by Garland and Heckbert, one for each pose as by Mohr and Gleicher.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Wide = NDArray[np.float64]
Whole = NDArray[np.integer[Any]]

_BORDER_WEIGHT = 4.0  # of a plane along an open edge or a seam, against that of the face beside it


@dataclass(frozen=True)
class Material:
    """The full mesh that is collapsed."""

    poses: Wide  # [P,V,3] metres, the first at rest
    pose_weights: Wide  # [P] in the error
    corners: Whole  # [T,3] of the triangles: indices of the full mesh's corners
    corner_vertices: Whole  # [C] the vertex of every corner
    corner_uvs: Wide  # [C,2]
    face_weights: Wide  # [T] how much a face's place matters
    uv_weight: float  # of a texture that slides, against a surface that moves
    uv_stray: float  # that a chart's border may move, in the texture's width

    @property
    def triangles(self) -> Whole:
        """[T,3] vertices."""
        return np.asarray(self.corner_vertices[self.corners])


def metres_a_uv(full: Material) -> float:
    """How wide the texture is, in metres of the mesh at rest."""
    areas = np.linalg.norm(face_normals(full.poses[:1], full.triangles), axis=2)
    return float(np.sqrt(areas.sum() / np.abs(uv_areas(full.corner_uvs[full.corners])).sum()))


def place_quadrics(full: Material, borders: Iterable[tuple[int, int]]) -> Wide:
    """[V,P,4,4] of the planes of the faces around each vertex, and of planes along borders.

    `borders` are faces and which of their corners begins an open edge or a seam.
    """
    triangles = full.triangles
    across = face_normals(full.poses, triangles)  # [P,T,3]
    areas = np.linalg.norm(across, axis=2)
    normals = across / np.maximum(areas, 1e-30)[..., None]
    count = full.poses.shape[1]
    quadrics = np.zeros((count, len(full.poses), 4, 4))
    first = full.poses[:, triangles[:, 0]]
    planes = np.concatenate([normals, -(normals * first).sum(axis=2, keepdims=True)], axis=2)
    weight = areas / 2 * full.face_weights
    products = np.einsum("pt,pti,ptj->tpij", weight, planes, planes)
    for k in range(3):
        np.add.at(quadrics, triangles[:, k], products)
    for face, k in borders:
        a, b = triangles[face, k], triangles[face, (k + 1) % 3]
        along = full.poses[:, b] - full.poses[:, a]
        side = np.cross(along, normals[:, face])
        side /= np.maximum(np.linalg.norm(side, axis=1, keepdims=True), 1e-30)
        plane = np.concatenate(
            [side, -(side * full.poses[:, a]).sum(axis=1, keepdims=True)], axis=1
        )
        size = _BORDER_WEIGHT * full.face_weights[face] * (along**2).sum(axis=1)
        product = np.einsum("p,pi,pj->pij", size, plane, plane)
        quadrics[a] += product
        quadrics[b] += product
    return quadrics


def texture_quadrics(full: Material, scale: float) -> Wide:
    """[V,6,6] of rest places with their texture's, times `scale`, as planes in five dimensions."""
    triangles = full.triangles
    areas = np.linalg.norm(face_normals(full.poses[:1], triangles), axis=2)[0]
    weight = areas / 2 * full.face_weights
    quadrics = np.zeros((full.poses.shape[1], 6, 6))
    uvs = full.corner_uvs[full.corners] * scale
    points = np.concatenate([full.poses[0][triangles], uvs], axis=2)  # [T,3,5]
    one = _unit(points[:, 1] - points[:, 0])
    other = points[:, 2] - points[:, 0]
    other = _unit(other - (other * one).sum(axis=1, keepdims=True) * one)
    inner = np.eye(5) - np.einsum("ti,tj->tij", one, one) - np.einsum("ti,tj->tij", other, other)
    moved = np.einsum("tij,tj->ti", inner, points[:, 0])
    whole = np.zeros((len(triangles), 6, 6))
    whole[:, :5, :5] = inner
    whole[:, :5, 5] = whole[:, 5, :5] = -moved
    whole[:, 5, 5] = (moved * points[:, 0]).sum(axis=1)
    for k in range(3):
        np.add.at(quadrics, triangles[:, k], whole * weight[:, None, None])
    return quadrics


def vertex_normals(full: Material) -> Wide:
    """[P,V,3] of unit length, means of the faces around by area."""
    triangles = full.triangles
    across, normals = face_normals(full.poses, triangles), np.zeros(full.poses.shape)
    for k in range(3):
        np.add.at(normals.swapaxes(0, 1), triangles[:, k], across.swapaxes(0, 1))
    normals /= np.maximum(np.linalg.norm(normals, axis=2, keepdims=True), 1e-30)
    return normals


def face_normals(poses: Wide, faces: Whole) -> Wide:
    """[P,T,3] of triangles [T,3], as long as twice their area."""
    a, b, c = (poses[:, faces[:, k]] for k in range(3))
    return np.cross(b - a, c - a)


def uv_areas(uvs: Wide) -> Wide:
    """[T] twice the signed areas of [T,3,2]."""
    one, other = uvs[:, 1] - uvs[:, 0], uvs[:, 2] - uvs[:, 0]
    return np.asarray(one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0])


def _unit(vectors: Wide) -> Wide:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-30)
